#include "providers/gcp/source.h"

#include "daemon/base/json.h"
#include "providers/jwt.h"
#include "providers/secret.h"
#include "providers/url.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

enum { UNIVERSE_MAX = 128 };

/* A file while it is read. */
struct reading {
        const char *path;
        struct gcp_source *source;
        struct error *err;
};

static void impersonation_done(struct gcp_impersonation *i)
{
        free(i->url);
        json_decref(i->delegates);
}

void gcp_source_done(struct gcp_source *s)
{
        char *const plain[] = { s->where,          s->universe,        s->project,
                                s->quota_project,  s->token_url,       s->email,
                                s->private_key_id, s->client_id,       s->audience,
                                s->subject_type,   s->subject_path,    s->subject_url,
                                s->subject_field,  s->metadata_url,    s->aws_region_url,
                                s->aws_verify_url, s->aws_session_url, s->workforce_project };

        secret_free(s->private_key);
        secret_free(s->client_secret);
        secret_free(s->refresh_token);
        secret_json_free(s->subject_headers);
        for (size_t i = 0; i < ELEMENTSOF(plain); i++)
                free(plain[i]);
        for (size_t i = 0; i < s->n_impersonations; i++)
                impersonation_done(&s->impersonations[i]);
        *s = (struct gcp_source){ 0 };
}

/* ---- hosts -----------------------------------------------------------------------------------
 */

bool gcp_host_is_trusted(const char *universe, const char *host)
{
        size_t length = strlen(host), n = strlen(universe);

        return strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-") == length && n > 0 &&
               length > n + 1 && host[0] != '.' && host[length - n - 1] == '.' &&
               strcmp(host + length - n, universe) == 0;
}

char *gcp_url_origin(const char *url)
{
        const char *authority = strstr(url, "://");
        size_t n = authority ? (size_t)(authority - url) + 3 : 0;

        return strndup(url, n + strcspn(url + n, "/?#"));
}

bool gcp_url_is_trusted(const char *universe, const char *url)
{
        _cleanup_(freep) char *origin = gcp_url_origin(url);
        struct url_base base;

        if (!origin || url_base_parse(origin, "url", &base, NULL) < 0)
                return false;
        if (url_host_is_loopback(base.host))
                return true;
        /* keys made before 2018 name this host */
        return base.tls && (gcp_host_is_trusted(universe, base.host) ||
                            (strcmp(universe, GCP_UNIVERSE) == 0 &&
                             strcmp(base.host, "accounts.google.com") == 0));
}

/* ---- members ---------------------------------------------------------------------------------
 */

_printf_(2, 3) static int bad(const struct reading *r, const char *fmt, ...)
{
        char text[300];
        va_list ap;

        va_start(ap, fmt);
        (void)vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        return error_set(r->err, -EINVAL, "%s: %s", r->path, text);
}

static int copy(const struct reading *r, char **to, const char *text)
{
        free(*to);
        *to = strdup(text);
        return *to ? 0 : error_oom(r->err);
}

static int take(const struct reading *r, const json_t *object, const char *key, bool required,
                char **to)
{
        const char *text = json_member_string(object, key);

        if (text && text[0] != '\0')
                return copy(r, to, text);
        return required ? bad(r, "it has no '%s': the file is not whole", key) : 0;
}

struct member {
        const char *key;
        size_t offset;
        bool required;
};

static int take_all(const struct reading *r, const json_t *object, const struct member *members)
{
        int ret = 0;

        for (const struct member *m = members; m->key && ret == 0; m++)
                ret = take(r, object, m->key, m->required,
                           (char **)((char *)r->source + m->offset));
        return ret;
}

#define AT(field) offsetof(struct gcp_source, field)

/* ---- the types -------------------------------------------------------------------------------
 */

static int default_url(const struct reading *r, char **url, const char *service, const char *path)
{
        struct gcp_source *s = r->source;

        if (!*url && asprintf(url, "https://%s.%s%s", service, s->universe, path) < 0) {
                *url = NULL;
                return error_oom(r->err);
        }
        if (!gcp_url_is_trusted(s->universe, *url))
                return error_set(r->err, -EINVAL,
                                 "%s: it sends credentials to '%.100s', which is no https address "
                                 "of %s: refused",
                                 r->path, *url, s->universe);
        return 0;
}

bool gcp_has_token_endpoint(const struct gcp_source *s)
{
        return strcmp(s->universe, GCP_UNIVERSE) == 0;
}

static int read_service_account(const struct reading *r, const json_t *json)
{
        static const struct member members[] = {
                { "client_email", AT(email), true },
                { "private_key", AT(private_key), true },
                { "private_key_id", AT(private_key_id), false },
                { "token_uri", AT(token_url), false },
                { 0 },
        };
        char what[300];
        int ret = take_all(r, json, members);

        if (ret < 0)
                return ret;
        r->source->kind = GCP_SERVICE_ACCOUNT;
        (void)snprintf(what, sizeof(what), "%.250s: private_key", r->path);
        ret = jwt_key_check(r->source->private_key, what, r->err);
        if (ret < 0 || !gcp_has_token_endpoint(r->source))
                return ret;
        return default_url(r, &r->source->token_url, "oauth2", "/token");
}

static int read_user(const struct reading *r, const json_t *json)
{
        static const struct member members[] = {
                { "client_id", AT(client_id), true },
                { "client_secret", AT(client_secret), true },
                { "refresh_token", AT(refresh_token), true },
                { "token_uri", AT(token_url), false },
                { 0 },
        };
        int ret = take_all(r, json, members);

        r->source->kind = GCP_USER;
        return ret < 0 ? ret : default_url(r, &r->source->token_url, "oauth2", "/token");
}

static int read_external_user(const struct reading *r, const json_t *json)
{
        static const struct member members[] = {
                { "client_id", AT(client_id), true },
                { "client_secret", AT(client_secret), true },
                { "refresh_token", AT(refresh_token), true },
                { "token_url", AT(token_url), true },
                { "audience", AT(audience), false },
                { 0 },
        };
        int ret = take_all(r, json, members);

        r->source->kind = GCP_EXTERNAL_USER;
        return ret < 0 ? ret : default_url(r, &r->source->token_url, "sts", "/v1/oauthtoken");
}

static int add_impersonation(const struct reading *r, const char *url, const json_t *delegates,
                             uint64_t lifetime_s)
{
        struct gcp_source *s = r->source;
        struct gcp_impersonation *i = &s->impersonations[s->n_impersonations];

        if (s->n_impersonations == GCP_IMPERSONATIONS_MAX)
                return bad(r, "it impersonates more often than anybody does");
        s->n_impersonations++;
        *i = (struct gcp_impersonation){ .lifetime_s = lifetime_s };
        i->delegates = json_is_array(delegates) ? json_deep_copy(delegates) : NULL;
        i->url = strdup(url);
        return i->url ? default_url(r, &i->url, "iamcredentials", "") : error_oom(r->err);
}

/* What a URL is asked for a token with: headers of the file's own, to a place of the file's own. */
static int check_subject_url(const struct reading *r, const char *url)
{
        _cleanup_(freep) char *origin = gcp_url_origin(url);
        struct url_base base;

        if (!origin)
                return error_oom(r->err);
        return url_base_parse(origin, "credential_source.url", &base, r->err) < 0
                       ? error_wrap(r->err, -EINVAL, "%s", r->path)
                       : 0;
}

static int read_aws_source(const struct reading *r, const json_t *from)
{
        static const struct member members[] = {
                { "regional_cred_verification_url", AT(aws_verify_url), true },
                { "region_url", AT(aws_region_url), false },
                { "url", AT(subject_url), false },
                { "imdsv2_session_token_url", AT(aws_session_url), false },
                { 0 },
        };
        char *const *const urls[] = { &r->source->aws_region_url, &r->source->subject_url,
                                      &r->source->aws_session_url };
        int ret = take_all(r, from, members);

        r->source->kind = GCP_EXTERNAL_AWS;
        if (ret == 0 && strcmp(json_member_string(from, "environment_id"), "aws1") != 0)
                ret = bad(r, "credential_source.environment_id is not aws1, but '%.60s'",
                          json_member_string(from, "environment_id"));
        for (size_t i = 0; ret == 0 && i < ELEMENTSOF(urls); i++)
                if (*urls[i])
                        ret = check_subject_url(r, *urls[i]);
        return ret;
}

static int read_format(const struct reading *r, const json_t *from)
{
        const json_t *format = json_object_get(from, "format");
        const char *type = json_member_string(format, "type");

        if (!type || strcmp(type, "text") == 0)
                return 0;
        if (strcmp(type, "json") != 0)
                return bad(r, "credential_source.format.type '%.60s' is neither text nor json",
                           type);
        return take(r, format, "subject_token_field_name", true, &r->source->subject_field);
}

static int read_credential_source(const struct reading *r, const json_t *from)
{
        json_t *headers = json_object_get(from, "headers");
        int ret;

        if (json_object_get(from, "executable"))
                return bad(r, "its credential_source runs a program (executable): vigie does not. "
                              "Use a file or URL source, or a service account key");
        if (json_object_get(from, "certificate"))
                return bad(r, "its credential_source is a client certificate, which vigie cannot "
                              "use. Use a file or URL source");
        if (json_member_string(from, "environment_id"))
                return read_aws_source(r, from);
        ret = read_format(r, from);
        if (ret < 0)
                return ret;
        if (json_member_string(from, "file")) {
                r->source->kind = GCP_EXTERNAL_FILE;
                return take(r, from, "file", true, &r->source->subject_path);
        }
        if (!json_member_string(from, "url"))
                return bad(r, "its credential_source has neither file, url nor environment_id");
        r->source->kind = GCP_EXTERNAL_URL;
        r->source->subject_headers = json_is_object(headers) ? json_deep_copy(headers) : NULL;
        ret = take(r, from, "url", true, &r->source->subject_url);
        return ret < 0 ? ret : check_subject_url(r, r->source->subject_url);
}

static uint64_t lifetime(const json_t *json, const char *key)
{
        json_int_t s = json_integer_value(json_object_get(json, key));

        return s > 0 && s <= GCP_LIFETIME_MAX_S ? (uint64_t)s : GCP_LIFETIME_S;
}

static int read_external(const struct reading *r, const json_t *json)
{
        static const struct member members[] = {
                { "audience", AT(audience), true },
                { "subject_token_type", AT(subject_type), true },
                { "token_url", AT(token_url), false },
                { "client_id", AT(client_id), false },
                { "client_secret", AT(client_secret), false },
                { "workforce_pool_user_project", AT(workforce_project), false },
                { 0 },
        };
        const char *become = json_member_string(json, "service_account_impersonation_url");
        int ret = take_all(r, json, members);

        if (ret == 0)
                ret = default_url(r, &r->source->token_url, "sts", "/v1/token");
        if (ret == 0)
                ret = read_credential_source(r, json_object_get(json, "credential_source"));
        if (ret == 0 && become)
                ret = add_impersonation(
                        r, become, NULL,
                        lifetime(json_object_get(json, "service_account_impersonation"),
                                 "token_lifetime_seconds"));
        return ret;
}

static int read_typed(const struct reading *r, const json_t *json);

static int read_impersonated(const struct reading *r, const json_t *json)
{
        const json_t *inner = json_object_get(json, "source_credentials");
        const char *url = json_member_string(json, "service_account_impersonation_url");
        const char *type = json_member_string(inner, "type");
        int ret;

        if (!inner || !url)
                return bad(r, "it has no '%s': the file is not whole",
                           inner ? "service_account_impersonation_url" : "source_credentials");
        if (type && strcmp(type, "impersonated_service_account") == 0)
                return bad(r, "its source_credentials are themselves of that type");
        ret = read_typed(r, inner);
        return ret < 0 ? ret
                       : add_impersonation(r, url, json_object_get(json, "delegates"),
                                           GCP_LIFETIME_S);
}

static int read_gdch(const struct reading *r, const json_t *json)
{
        return bad(r, "type gdch_service_account is of air-gapped Distributed Cloud, which vigie "
                      "does not read");
}

static const struct {
        const char *type;
        int (*read)(const struct reading *r, const json_t *json);
} types[] = {
        { "service_account", read_service_account },
        { "authorized_user", read_user },
        { "external_account", read_external },
        { "external_account_authorized_user", read_external_user },
        { "impersonated_service_account", read_impersonated },
        { "gdch_service_account", read_gdch },
};

static int read_typed(const struct reading *r, const json_t *json)
{
        const char *type = json_member_string(json, "type");

        if (!type && (json_object_get(json, "installed") || json_object_get(json, "web")))
                return bad(r,
                           "that is an OAuth client (%s), with which people sign in, not "
                           "credentials: give a service account's key, or run 'gcloud auth "
                           "application-default login'",
                           json_object_get(json, "web") ? "web" : "installed");
        if (!type)
                return bad(r, "it has no 'type': not a file of Google credentials. Give a service "
                              "account's JSON key or a workload identity configuration");
        for (size_t i = 0; i < ELEMENTSOF(types); i++)
                if (strcmp(types[i].type, type) == 0)
                        return types[i].read(r, json);
        return bad(r,
                   "credentials of type '%.60s' are not known to vigie: give a service "
                   "account's JSON key or a workload identity configuration",
                   type);
}

/* ---- the file --------------------------------------------------------------------------------
 */

/* A DER sequence: what the console gives as a P12 key. */
static bool is_pkcs12(const char *path)
{
        _cleanup_(fclosep) FILE *f = fopen(path, "re");
        unsigned char head[2] = { 0 };

        return f && fread(head, 1, sizeof(head), f) == sizeof(head) && head[0] == 0x30 &&
               head[1] >= 0x80;
}

/* What else lies in such places. */
static const char *other_kind(const char *text)
{
        static const struct {
                const char *begins, *is;
        } kinds[] = {
                { "AIza", "an API key: API keys do not identify anybody here" },
                { "ya29.", "an access token, which ends within the hour" },
                { "-----BEGIN", "a bare PEM file: the whole JSON key is needed" },
                { "GOCSPX-", "an OAuth client's secret" },
        };

        for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
                if (strncmp(text, kinds[i].begins, strlen(kinds[i].begins)) == 0)
                        return kinds[i].is;
        return "not JSON";
}

bool gcp_universe_is_valid(const char *text)
{
        size_t n = strlen(text);

        return n < UNIVERSE_MAX && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-") == n &&
               strchr(text, '.') && text[0] != '.' && text[n - 1] != '.';
}

static int read_json(const struct reading *r, const json_t *json)
{
        static const struct member members[] = {
                { "universe_domain", AT(universe), false },
                { "quota_project_id", AT(quota_project), false },
                { "project_id", AT(project), false },
                { 0 },
        };
        const json_t *inner = json_object_get(json, "source_credentials");
        int ret = take_all(r, inner ? inner : json, members);

        if (ret == 0 && inner)
                ret = take_all(r, json, members);
        if (ret < 0)
                return ret;
        r->source->universe_said = r->source->universe != NULL;
        if (!r->source->universe_said)
                r->source->universe = strdup(GCP_UNIVERSE);
        if (!r->source->universe)
                return error_oom(r->err);
        if (!gcp_universe_is_valid(r->source->universe))
                return bad(r, "universe_domain '%.60s' is no domain", r->source->universe);
        return read_typed(r, json);
}

int gcp_source_read(struct gcp_source *ret, const char *path, struct error *err)
{
        struct gcp_source s = { 0 };
        struct reading reading = { path, &s, err };
        _cleanup_(secret_freep) char *text = NULL;
        _cleanup_(secret_json_freep) json_t *json = NULL;
        int r;

        if (is_pkcs12(path))
                return bad(&reading, "that is a P12 key: create a key of type JSON instead");
        r = secret_file_read(path, &text, err);
        if (r < 0)
                return r;
        /* no word of the parser's: it quotes what it stumbled over */
        if (json_parse(text, strlen(text), &json, NULL) < 0)
                return bad(&reading,
                           "that is %s. Give a service account's JSON key or a workload "
                           "identity configuration",
                           other_kind(text));
        r = read_json(&reading, json);
        if (r < 0) {
                gcp_source_done(&s);
                return r;
        }
        gcp_source_done(ret);
        *ret = s;
        return 0;
}

int gcp_source_impersonate(struct gcp_source *s, const char *email, struct error *err)
{
        struct reading r = { "impersonate", s, err };
        _cleanup_(freep) char *url = NULL;

        if (!strchr(email, '@') ||
            strspn(email, "abcdefghijklmnopqrstuvwxyz0123456789-.@:") != strlen(email))
                return bad(&r, "'%.100s' is no service account's e-mail address", email);
        if (asprintf(&url,
                     "https://iamcredentials.%s/v1/projects/-/serviceAccounts/"
                     "%s:generateAccessToken",
                     s->universe, email) < 0) {
                url = NULL;
                return error_oom(err);
        }
        return add_impersonation(&r, url, NULL, GCP_LIFETIME_S);
}
