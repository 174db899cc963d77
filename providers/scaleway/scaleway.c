/* The provider: what the engine asks of Scaleway. */
#include "providers/scaleway/account.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "providers/secret.h"

#include <errno.h>
#include <string.h>

void account_redact(const struct account *a, char *text)
{
        const char *const secrets[] = { a->credentials.secret_key, a->credentials.cockpit_token };

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
        scaleway_credentials_done(&a->credentials);
        grants_done(&a->grants);
        json_decref(a->buckets);
        free(a->credentials_dir);
        free(a->base_url);
        free(a->lookup_project);
        free(a);
        return NULL;
}
DEFINE_CLEANUP(struct account *, account_free);

static int set_base_url(struct account *a, struct error *err)
{
        const char *url = a->config->endpoint ? a->config->endpoint : a->credentials.api_url;

        return url ? scaleway_endpoint_parse(url, &a->base_url, err) : 0;
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
        r = scaleway_credentials_read(&a->credentials, config, credentials_dir, err);
        if (r < 0)
                return r;
        r = set_base_url(a, err);
        if (r < 0)
                return r;
        a->lookup = !a->credentials.organization;
        *ret = TAKE_PTR(a);
        return 0;
}

static bool found(void)
{
        struct scaleway_credentials c = { 0 };
        bool there = scaleway_credentials_read(&c, NULL, NULL, NULL) == 0;

        scaleway_credentials_done(&c);
        return there;
}

static const char *credential_source(const struct account *a)
{
        return a->credentials.source;
}

static void fingerprint(const struct account *a, unsigned char ret[static SHA256_BYTES])
{
        const struct scaleway_credentials *c = &a->credentials;
        const char *const texts[] = { c->access_key, c->secret_key, c->organization, c->project,
                                      c->cockpit_token };

        memset(ret, 0, SHA256_BYTES);
        secret_fingerprint(texts, ELEMENTSOF(texts), ret);
}

/* ---- signing in ----------------------------------------------------------------------------- */

/* A day back, cut to the hour; and the month a week ago, so that a month's first days do not look
 * as if nothing had been used. */
static void set_times(struct account *a, uint64_t now_usec)
{
        uint64_t recent = now_usec > USEC_PER_DAY ? now_usec - USEC_PER_DAY : 0;
        uint64_t week = now_usec > 7 * USEC_PER_DAY ? now_usec - 7 * USEC_PER_DAY : 0;
        char month[CLOCK_TEXT_MAX];

        if (a->period[0] != '\0' && now_usec < a->times_usec + USEC_PER_HOUR)
                return;
        a->times_usec = now_usec;
        (void)clock_format_rfc3339(recent - recent % USEC_PER_HOUR, a->recent);
        (void)snprintf(a->period, sizeof(a->period), "%.7s", clock_format_rfc3339(week, month));
}

/* A refused key does not become good by asking again, but the one in its place may be: the sources
 * are read once more, for a key that was replaced while we ran. */
static void look_for_another_key(struct account *a)
{
        struct scaleway_credentials c = { 0 };

        a->ended = true;
        if (scaleway_credentials_read(&c, a->config, a->credentials_dir, NULL) < 0)
                return;
        if (strcmp(c.secret_key, a->credentials.secret_key) != 0) {
                struct scaleway_credentials before = a->credentials;

                a->credentials = c;
                c = before;
                if (!a->credentials.organization)
                        a->credentials.organization = TAKE_PTR(c.organization);
                a->ended = false;
                a->refused[0] = '\0';
                a->expires_usec = 0;
                grants_done(&a->grants); /* those of the other key */
        }
        scaleway_credentials_done(&c);
}

static int sign_in(struct account *a, const struct scope *scope, uint64_t now_usec,
                   struct message_request *req, uint64_t *ret_expires_usec, struct error *err)
{
        set_times(a, now_usec);
        if (a->refused[0] != '\0' && !a->ended)
                look_for_another_key(a);
        if (a->refused[0] != '\0')
                return error_set(err, -EACCES, "%s", a->refused);
        if (ret_expires_usec)
                *ret_expires_usec = a->expires_usec;
        return a->credentials.organization ? grants_request(a, scope, req, err)
                                           : organization_request(a, req, err);
}

static int signed_in(struct account *a, const struct scope *scope,
                     const struct message_reply *reply, uint64_t now_usec, struct error *err)
{
        return a->credentials.organization ? grants_reply(a, scope, reply, err)
                                           : organization_reply(a, reply, err);
}

/* sign_in() sees by itself that the key was refused. */
static void sign_in_again(struct account *a, const struct scope *scope)
{
        a->ended = false;
}

/* ---- discovery ------------------------------------------------------------------------------ */

static int add_scope(json_t *list, const char *id, const char *level, struct error *err)
{
        json_t *scope = json_pack("{s:s, s:s}", "id", id, "level", level);

        return json_array_append_new(list, scope) < 0 ? error_oom(err) : 0;
}

static bool is_wanted(const struct account *a, const char *id)
{
        for (char **s = a->config->scopes; s && *s; s++)
                if (strcmp(*s, id) == 0)
                        return true;
        return !a->config->scopes;
}

/* The organisation as far as it is known before signing in; the catalogue yields it otherwise. The
 * key's own project stands beside it: a key that may not list projects can still read its own. */
static int scopes(struct account *a, json_t *ret, struct error *err)
{
        const struct scaleway_credentials *c = &a->credentials;
        int r = 0;

        if (c->organization)
                r = add_scope(ret, c->organization, "organization", err);
        if (r >= 0 && c->project && is_wanted(a, c->project))
                r = add_scope(ret, c->project, "project", err);
        return r;
}

static const char *variable(const struct account *a, const struct scope *scope, const char *region,
                            const char *name)
{
        const struct scaleway_credentials *c = &a->credentials;
        /* clang-format off */
        const struct { const char *name, *value; } variables[] = {
                { "organization",    c->organization },
                { "project",         c->project ? c->project : a->lookup_project },
                { "access_key",      c->access_key },
                { "default_region",  c->default_region },
                { "default_zone",    c->default_zone },
                { "cockpit_token",   c->cockpit_token ? "set" : NULL }, /* for when:, not the secret */
                { "period",          a->period[0] ? a->period : NULL },
                { "recent",          a->recent[0] ? a->recent : NULL },
                { "organization_lookup", a->lookup ? "yes" : NULL }, /* for when: */
        };
        /* clang-format on */

        for (size_t i = 0; i < ELEMENTSOF(variables); i++)
                if (strcmp(variables[i].name, name) == 0)
                        return variables[i].value;
        return NULL;
}

static const char *const protocols[] = { "rest", "s3", NULL };

extern const struct provider scaleway_provider;
const struct provider scaleway_provider = {
        .name = "scaleway",
        .title = "Scaleway",
        .options_fields = scaleway_options_fields,
        .options_size = sizeof(struct scaleway_options),
        .account_new = account_new,
        .account_free = account_free,
        .found = found,
        .credential_source = credential_source,
        .fingerprint = fingerprint,
        .sign_in = sign_in,
        .signed_in = signed_in,
        .sign_in_again = sign_in_again,
        .scopes = scopes,
        .variable = variable,
        .request = scaleway_request,
        .interpret = scaleway_interpret,
        .protocols = protocols,
        .refinements = scaleway_refinements,
        .n_refinements = SCALEWAY_REFINEMENTS,
        .grant_formats = scaleway_grant_formats,
        .grant = scaleway_grant,
};
