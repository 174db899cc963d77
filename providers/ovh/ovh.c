/* The provider: what the engine asks of OVHcloud. */
#include "providers/ovh/account.h"

#include "daemon/base/json.h"
#include "providers/secret.h"
#include "providers/url.h"

#include <errno.h>
#include <string.h>

void ovh_redact(const struct account *a, char *text)
{
        const struct ovh_credentials *c = &a->credentials;
        const char *const secrets[] = { c->value[OVH_APPLICATION_SECRET],
                                        c->value[OVH_CONSUMER_KEY],
                                        c->value[OVH_CLIENT_SECRET],
                                        c->value[OVH_ACCESS_TOKEN],
                                        c->value[OVH_AIE_KEY],
                                        a->token.access_token };

        for (size_t i = 0; i < ELEMENTSOF(secrets); i++) {
                size_t length = secrets[i] ? strlen(secrets[i]) : 0;
                char *from = text;

                while (length >= 3 && (from = strstr(from, secrets[i]))) {
                        memset(from, '*', 3);
                        memmove(from + 3, from + length, strlen(from + length) + 1);
                        from += 3;
                }
        }
}

static struct account *account_free(struct account *a)
{
        if (!a)
                return NULL;
        ovh_credentials_done(&a->credentials);
        oauth_token_done(&a->token);
        free(a->credentials_dir);
        free(a->base_url);
        free(a);
        return NULL;
}
DEFINE_CLEANUP(struct account *, account_free);

static int set_base_url(struct account *a, struct error *err)
{
        struct url_base base;
        int r;

        if (!a->config->endpoint)
                return 0;
        r = url_base_parse(a->config->endpoint, "endpoint", &base, err);
        if (r < 0)
                return r;
        if (asprintf(&a->base_url, "%s://%s%s", base.tls ? "https" : "http", base.authority,
                     base.path) < 0) {
                a->base_url = NULL;
                return error_oom(err);
        }
        return 0;
}

static int account_new(struct account **ret, const struct account_config *config,
                       const char *credentials_dir, struct error *err)
{
        _cleanup_(account_freep) struct account *a = calloc(1, sizeof(*a));
        int r;

        if (!a)
                return error_oom(err);
        a->config = config;
        if (credentials_dir && !(a->credentials_dir = strdup(credentials_dir)))
                return error_oom(err);
        r = ovh_credentials_read(&a->credentials, config, credentials_dir, err);
        if (r == 0)
                r = set_base_url(a, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(a);
        return 0;
}

static bool found(void)
{
        struct ovh_credentials c = { 0 };
        bool there = ovh_credentials_read(&c, NULL, NULL, NULL) == 0;

        ovh_credentials_done(&c);
        return there;
}

static const char *credential_source(const struct account *a)
{
        return a->credentials.source;
}

static void fingerprint(const struct account *a, unsigned char ret[static SHA256_BYTES])
{
        memset(ret, 0, SHA256_BYTES);
        secret_fingerprint((const char *const *)a->credentials.value, OVH_VALUE_MAX, ret);
}

/* ---- discovery ------------------------------------------------------------------------------ */

static int add_scope(json_t *list, const char *id, const char *level, struct error *err)
{
        json_t *scope = json_pack("{s:s, s:s}", "id", id, "level", level);

        return json_array_append_new(list, scope) < 0 ? error_oom(err) : 0;
}

/* The account itself is known by its endpoint: its own name is one more right to ask for. Projects
 * that the configuration names are asked even when no list shows them: that they cannot be seen is
 * worth saying. */
static int scopes(struct account *a, json_t *ret, struct error *err)
{
        const struct ovh_credentials *c = &a->credentials;
        char **named = a->config->scopes;
        int r = add_scope(ret, c->endpoint->name, "account", err);

        for (; r == 0 && named && *named; named++)
                if (strcmp(*named, c->endpoint->name) != 0)
                        r = add_scope(ret, *named, "project", err);
        if (r == 0 && !a->config->scopes && c->own_project && c->value[OVH_PROJECT])
                r = add_scope(ret, c->value[OVH_PROJECT], "project", err);
        return r;
}

static const char *variable(const struct account *a, const struct scope *scope, const char *region,
                            const char *name)
{
        const struct ovh_credentials *c = &a->credentials;
        /* clang-format off */
        const struct { const char *name, *value; } variables[] = {
                { "api_host", c->endpoint->host },
                { "continent", c->endpoint->urn },
                { "aie_key",  c->value[OVH_AIE_KEY] ? "set" : NULL }, /* for when:, not the secret */
        };
        /* clang-format on */

        for (size_t i = 0; i < ELEMENTSOF(variables); i++)
                if (strcmp(variables[i].name, name) == 0)
                        return variables[i].value;
        return NULL;
}

static const char *const protocols[] = { "rest", NULL };

extern const struct provider ovh_provider;
const struct provider ovh_provider = {
        .name = "ovh",
        .title = "OVHcloud",
        .options_fields = ovh_options_fields,
        .options_size = sizeof(struct ovh_options),
        .account_new = account_new,
        .account_free = account_free,
        .found = found,
        .credential_source = credential_source,
        .fingerprint = fingerprint,
        .sign_in = ovh_sign_in,
        .signed_in = ovh_signed_in,
        .sign_in_again = ovh_sign_in_again,
        .scopes = scopes,
        .variable = variable,
        .request = ovh_request,
        .interpret = ovh_interpret,
        .protocols = protocols,
        .refinements = ovh_refinements,
        .n_refinements = OVH_REFINEMENTS,
        .grant_formats = ovh_grant_formats,
        .grant = ovh_grant,
};
