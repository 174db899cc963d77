/* The provider: what the engine asks of Mistral. */
#include "providers/mistral/account.h"

#include "daemon/base/clock.h"
#include "providers/secret.h"

#include <errno.h>
#include <string.h>

#define LEVEL_WORKSPACE "workspace"
#define LEVEL_ORGANIZATION "organization"

const struct yaml_field mistral_options_fields[] = {
        { .key = "workspace_id",
          .type = YAML_STRING,
          .offset = offsetof(struct mistral_options, workspace_id) },
        { .key = "organization_id",
          .type = YAML_STRING,
          .offset = offsetof(struct mistral_options, organization_id) },
        { 0 },
};

static const struct bearer_profile profile = {
        .title = "Mistral",
        .key = "API key",
        .renewal = "console.mistral.ai",
        .variables = { "MISTRAL_API_KEY" },
        .credential = "api_key",
        .hosts = { MISTRAL_HOST },
        .contents = { "instructions", "key" },
};

/* ---- the account -------------------------------------------------------------------------------
 */

static struct account *account_free(struct account *a)
{
        if (!a)
                return NULL;
        bearer_done(&a->bearer);
        secret_free(a->admin_key);
        free(a);
        return NULL;
}

static int account_new(struct account **ret, const struct account_config *config,
                       const char *credentials_dir, struct error *err)
{
        struct account *a = calloc(1, sizeof(*a));
        int r;

        if (!a)
                return error_oom(err);
        r = bearer_open(&a->bearer, &profile, config, credentials_dir, err);
        if (r == 0)
                r = bearer_credential(config, credentials_dir, "admin_key", &a->admin_key, err);
        if (r < 0) {
                (void)account_free(a);
                return r;
        }
        *ret = a;
        return 0;
}

static bool found(void)
{
        return bearer_found(&profile);
}

static const char *credential_source(const struct account *a)
{
        return a->bearer.source;
}

static void fingerprint(const struct account *a, unsigned char ret[static SHA256_BYTES])
{
        const char *const texts[] = { a->admin_key };

        bearer_fingerprint(&a->bearer, ret);
        secret_fingerprint(texts, ELEMENTSOF(texts), ret);
}

/* ---- signing in --------------------------------------------------------------------------------
 */

/* The month of a week ago, so that a month's first days do not look as if nothing had been used. */
static void set_times(struct account *a, uint64_t now_usec)
{
        uint64_t week = now_usec > 7 * USEC_PER_DAY ? now_usec - 7 * USEC_PER_DAY : 0;
        char text[CLOCK_TEXT_MAX];

        a->now_usec = now_usec;
        if (a->month[0] != '\0' && now_usec < a->month_usec + USEC_PER_HOUR)
                return;
        a->month_usec = now_usec;
        (void)clock_format_rfc3339(week, text);
        (void)snprintf(a->year, sizeof(a->year), "%.4s", text);
        (void)snprintf(a->month, sizeof(a->month), "%.2s", text[5] == '0' ? text + 6 : text + 5);
        a->month[strcspn(a->month, "-")] = '\0';
}

static bool is_organization(const struct scope *scope)
{
        return scope && strcmp(scope->level, LEVEL_ORGANIZATION) == 0;
}

static int sign_in(struct account *a, const struct scope *scope, uint64_t now_usec,
                   struct message_request *req, uint64_t *ret_expires_usec, struct error *err)
{
        set_times(a, now_usec);
        return is_organization(scope) ? mistral_admin_sign_in(a, req, err) : SIGN_IN_READY;
}

static int signed_in(struct account *a, const struct scope *scope,
                     const struct message_reply *reply, uint64_t now_usec, struct error *err)
{
        return mistral_admin_signed_in(a, reply, err);
}

/* ---- discovery ---------------------------------------------------------------------------------
 */

static int add_scope(json_t *list, const char *id, const char *level, struct error *err)
{
        return json_array_append_new(list, json_pack("{ss ss}", "id", id, "level", level)) < 0
                       ? error_oom(err)
                       : 0;
}

/* No call tells what a key belongs to. */
static int scopes(struct account *a, json_t *ret, struct error *err)
{
        const struct account_config *config = a->bearer.config;
        const struct mistral_options *o = config ? config->options : NULL;
        const char *name = config ? config->name : "mistral";
        int r = add_scope(ret, o && o->organization_id ? o->organization_id : name,
                          LEVEL_ORGANIZATION, err);

        return r < 0 ? r
                     : add_scope(ret, o && o->workspace_id ? o->workspace_id : name,
                                 LEVEL_WORKSPACE, err);
}

static const char *variable(const struct account *a, const struct scope *scope, const char *region,
                            const char *name)
{
        if (strcmp(name, "month") == 0 && a->month[0] != '\0')
                return a->month;
        if (strcmp(name, "year") == 0 && a->year[0] != '\0')
                return a->year;
        return NULL;
}

static int request(struct account *a, const struct call_instance *call, uint64_t now_usec,
                   struct message_request *req, struct error *err)
{
        return mistral_is_admin(call) ? mistral_admin_request(a, call, req, err)
                                      : bearer_request(&a->bearer, call, req, err);
}

static const char *const protocols[] = { "rest", NULL };

extern const struct provider mistral_provider;
const struct provider mistral_provider = {
        .name = "mistral",
        .title = "Mistral AI",
        .options_fields = mistral_options_fields,
        .options_size = sizeof(struct mistral_options),
        .account_new = account_new,
        .account_free = account_free,
        .found = found,
        .credential_source = credential_source,
        .fingerprint = fingerprint,
        .sign_in = sign_in,
        .signed_in = signed_in,
        .scopes = scopes,
        .variable = variable,
        .request = request,
        .interpret = mistral_interpret,
        .protocols = protocols,
        .refinements = mistral_refinements,
        .n_refinements = MISTRAL_REFINEMENTS,
        .grant_formats = mistral_grant_formats,
        .grant = mistral_grant,
};
