/* The provider: what the engine asks of Azure. */
#include "providers/azure/account.h"
#include "providers/azure/refine.h"

#include "daemon/base/json.h"
#include "providers/secret.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* Any failure but "there is none": who set a secret without a tenant, or keeps the CLI's tokens
 * encrypted, wants to be told. */
static bool found(void)
{
        struct azure_credentials c = { 0 };
        int r = azure_credentials_read(&c, NULL, NULL, NULL);

        azure_credentials_done(&c);
        return r != -ENOENT;
}

static const char *credential_source(const struct account *a)
{
        return a->credentials.source;
}

/* A login of the Azure CLI renews its refresh token with each use, and a managed identity's header
 * is another after each restart of its host: the identity behind them is the same. */
static void fingerprint(const struct account *a, unsigned char ret[static SHA256_BYTES])
{
        const struct azure_credentials *c = &a->credentials;
        const char *const texts[] = {
                c->source,      c->tenant,
                c->client_id,   c->kind == AZURE_SECRET ? c->secret : NULL,
                c->resource_id, c->certificate.x5t_s256,
                c->token_file,
        };

        memset(ret, 0, SHA256_BYTES);
        secret_fingerprint(texts, ELEMENTSOF(texts), ret);
}

/* ---- discovery ------------------------------------------------------------------------------- */

static int add_scope(json_t *list, const char *id, const char *level, struct error *err)
{
        json_t *scope = json_pack("{s:s, s:s}", "id", id, "level", level);

        return json_array_append_new(list, scope) < 0 ? error_oom(err) : 0;
}

/* The tenant where it is known before anything is asked, and what the configuration names; the
 * catalogue yields the rest. A subscription that is named is asked even where the list does not
 * show it: that it cannot be read is then told. */
static int scopes(struct account *a, json_t *ret, struct error *err)
{
        char **groups = a->options ? a->options->management_groups : NULL;
        char **named = a->config ? a->config->scopes : NULL;
        int r = 0;

        if (a->credentials.tenant)
                r = add_scope(ret, a->credentials.tenant, "tenant", err);
        for (; r == 0 && groups && *groups; groups++)
                r = add_scope(ret, *groups, "management-group", err);
        for (; r == 0 && named && *named; named++)
                r = add_scope(ret, *named, "subscription", err);
        return r;
}

static const char *variable(const struct account *a, const struct scope *scope, const char *region,
                            const char *name)
{
        const struct azure_cloud *cloud = a->cloud;
        const char *tenant = scope ? json_member_string(scope->attributes, "tenantId") : NULL;
        bool groups = a->options && a->options->management_groups;
        bool subscription = scope && scope->level && strcmp(scope->level, "subscription") == 0;
        /* clang-format off */
        const struct { const char *name, *value; } variables[] = {
                { "arm",               a->arm.authority },
                { "authority",         a->authority.authority },
                { "cloud",             cloud->name },
                { "tenant",            a->credentials.tenant ? a->credentials.tenant : tenant },
                { "tenant_lookup",     a->credentials.tenant ? NULL : "yes" }, /* for when: */
                { "management_groups", groups ? "yes" : NULL },                /* for when: */
                { "no_management_groups", groups ? NULL : "yes" },             /* for when: */
                { "subscription",      subscription ? scope->id : NULL },
                { "cognitive_suffix",  cloud->cognitive_suffix },
                { "openai_suffix",     cloud->openai_suffix },
                { "search_suffix",     cloud->search_suffix },
                { "ml_suffix",         cloud->ml_suffix },
                { "log_analytics",     cloud->log_analytics },
        };
        /* clang-format on */

        for (size_t i = 0; i < ELEMENTSOF(variables); i++)
                if (strcmp(variables[i].name, name) == 0)
                        return variables[i].value;
        return NULL;
}

/* ---- spellings ------------------------------------------------------------------------------- */

/* Ids, types and names do not tell letter case apart, and replies mix it. */
static char *id_key(const struct account *a, const struct scope *scope, const char *id)
{
        char *key = strdup(id);
        size_t n = key ? strlen(key) : 0;

        for (char *p = key; p && *p != '\0'; p++)
                *p = (char)tolower((unsigned char)*p);
        while (n > 1 && key[n - 1] == '/')
                key[--n] = '\0';
        return key;
}

/* "West Europe" is westeurope. */
static void region_code(char *location)
{
        char *to = location;

        for (const char *p = location; *p != '\0'; p++)
                if (*p != ' ')
                        *to++ = (char)tolower((unsigned char)*p);
        *to = '\0';
}

static const char *const protocols[] = { "rest", NULL };

extern const struct provider azure_provider;
const struct provider azure_provider = {
        .name = "azure",
        .title = "Microsoft Azure",
        .options_fields = azure_options_fields,
        .options_size = sizeof(struct azure_options),
        .account_new = azure_account_new,
        .account_free = azure_account_free,
        .found = found,
        .credential_source = credential_source,
        .fingerprint = fingerprint,
        .sign_in = azure_sign_in,
        .signed_in = azure_signed_in,
        .sign_in_again = azure_sign_in_again,
        .scopes = scopes,
        .variable = variable,
        .request = azure_request,
        .interpret = azure_interpret,
        .one_identity = true,
        .id_key = id_key,
        .ids_are_keys = true,
        .region_code = region_code,
        .protocols = protocols,
        .refinements = azure_refinements,
        .n_refinements = AZURE_REFINEMENTS,
        .grant_formats = azure_grant_formats,
        .grant = azure_grant,
};
