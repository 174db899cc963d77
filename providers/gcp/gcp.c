/* The provider: what the engine asks of Google Cloud. */
#include "providers/gcp/account.h"

#include "daemon/base/json.h"
#include "providers/secret.h"
#include "providers/url.h"

#include <errno.h>
#include <string.h>

/* ---- accounts ---------------------------------------------------------------------------------
 */

static struct account *account_free(struct account *a)
{
        if (!a)
                return NULL;
        gcp_flows_free(a);
        oauth_token_done(&a->token);
        gcp_source_done(&a->source);
        free(a->endpoint);
        free(a->scratch);
        free(a);
        return NULL;
}
DEFINE_CLEANUP(struct account *, account_free);

/* An address with or without {service} in it. */
static int set_endpoint(struct account *a, struct error *err)
{
        const char *text = a->config->endpoint, *word = text ? strstr(text, "{service}") : NULL;
        _cleanup_(freep) char *example = NULL;
        struct url_base base;
        size_t n;
        int r;

        if (!text)
                return 0;
        r = word ? asprintf(&example, "%.*sx%s", (int)(word - text), text,
                            word + strlen("{service}"))
                 : asprintf(&example, "%s", text);
        if (r < 0) {
                example = NULL;
                return error_oom(err);
        }
        r = url_base_parse(example, "endpoint", &base, err);
        if (r < 0)
                return r;
        a->endpoint = strdup(text);
        if (!a->endpoint)
                return error_oom(err);
        n = strlen(a->endpoint);
        while (n > 0 && a->endpoint[n - 1] == '/')
                a->endpoint[--n] = '\0';
        return 0;
}

static int check_organization(const struct account *a, struct error *err)
{
        const char *text = a->options ? a->options->organization : NULL;

        if (!text || (text[0] != '\0' && text[strspn(text, "0123456789")] == '\0'))
                return 0;
        return error_set(err, -EINVAL,
                         "organization '%.100s' is no organisation's number: 'gcloud organizations "
                         "list' shows it",
                         text);
}

static int account_new(struct account **ret, const struct account_config *config,
                       const char *credentials_dir, struct error *err)
{
        _cleanup_(account_freep) struct account *a = calloc(1, sizeof(*a));
        int r;

        if (!a || !(a->scratch = calloc(1, GCP_SCRATCH_MAX)))
                return error_oom(err);
        a->config = config;
        a->options = config->options;
        r = check_organization(a, err);
        if (r == 0)
                r = gcp_adc_read(&a->source, config, credentials_dir, err);
        if (r == 0)
                r = set_endpoint(a, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(a);
        return 0;
}

static const char *credential_source(const struct account *a)
{
        return a->source.where;
}

static void fingerprint(const struct account *a, unsigned char ret[static SHA256_BYTES])
{
        const struct gcp_source *s = &a->source;
        const char *const texts[] = {
                s->where,        s->email,         s->private_key_id, s->private_key,
                s->client_id,    s->client_secret, s->refresh_token,  s->audience,
                s->subject_path, s->subject_url,   s->project,        s->quota_project,
        };

        memset(ret, 0, SHA256_BYTES);
        secret_fingerprint(texts, ELEMENTSOF(texts), ret);
        for (size_t i = 0; i < s->n_impersonations; i++) {
                const char *const become[] = { s->impersonations[i].url };

                secret_fingerprint(become, ELEMENTSOF(become), ret);
        }
}

/* ---- discovery --------------------------------------------------------------------------------
 */

static int add_scope(json_t *list, const char *id, const char *level, struct error *err)
{
        json_t *scope = json_pack("{s:s, s:s}", "id", id, "level", level);

        return json_array_append_new(list, scope) < 0 ? error_oom(err) : 0;
}

static const char *level_of(const char *id)
{
        return strncmp(id, "organizations/", 14) == 0 ? "organization"
               : strncmp(id, "folders/", 8) == 0      ? "folder"
                                                      : "project";
}

/* What the configuration names; without it the project that the environment names, as gcloud would
 * take it. The catalogue finds the rest. */
static int scopes(struct account *a, json_t *ret, struct error *err)
{
        const char *own = secret_environment("GOOGLE_CLOUD_PROJECT");
        int r = 0;

        for (char **s = a->config->scopes; s && *s && r == 0; s++)
                r = add_scope(ret, *s, level_of(*s), err);
        if (!a->config->scopes && own && r == 0)
                r = add_scope(ret, own, "project", err);
        if (!a->config->scopes && a->options && a->options->organization && r == 0) {
                (void)snprintf(a->scratch, GCP_SCRATCH_MAX, "organizations/%.64s",
                               a->options->organization);
                r = add_scope(ret, a->scratch, "organization", err);
        }
        return r;
}

/* Any of Google's hosts has a name if the resolver works: only hosts made for one region have none
 * where a service is not offered. */
static char *witness(const struct account *a, const struct scope *scope, const char *region)
{
        char *host = NULL;

        if (a->endpoint || asprintf(&host, "cloudresourcemanager.%s", a->source.universe) < 0)
                return NULL;
        return host;
}

/* ---- variables --------------------------------------------------------------------------------
 */

static bool is_jurisdiction(const char *region)
{
        return strcmp(region, "eu") == 0 || strcmp(region, "us") == 0;
}

/* Vertex AI stands at a host of its own in each region, at one without region for "global", and at
 * jurisdictional endpoints for "eu" and "us". */
static const char *vertex_host(const struct account *a, const char *region)
{
        const char *universe = a->source.universe;

        if (!region || strcmp(region, "global") == 0)
                (void)snprintf(a->scratch, GCP_SCRATCH_MAX, "aiplatform.%s", universe);
        else if (is_jurisdiction(region))
                (void)snprintf(a->scratch, GCP_SCRATCH_MAX, "aiplatform.%.64s.rep.%s", region,
                               universe);
        else
                (void)snprintf(a->scratch, GCP_SCRATCH_MAX, "%.64s-aiplatform.%s", region,
                               universe);
        return a->scratch;
}

/* "europe-west1-" before the name of a service whose hosts go by location. */
static const char *host_prefix(const struct account *a, const char *region)
{
        if (!region || strcmp(region, "global") == 0)
                return "";
        (void)snprintf(a->scratch, GCP_SCRATCH_MAX, "%.64s-", region);
        return a->scratch;
}

static const char *variable(const struct account *a, const struct scope *scope, const char *region,
                            const char *name)
{
        /* clang-format off */
        const struct { const char *name, *value; } variables[] = {
                { "universe",      a->source.universe },
                { "organization",  a->options ? a->options->organization : NULL },
                { "quota_project", a->source.quota_project },
                { "project",       a->source.project },
        };
        /* clang-format on */

        if (strcmp(name, "vertex_host") == 0)
                return vertex_host(a, region);
        if (strcmp(name, "host_prefix") == 0)
                return host_prefix(a, region);
        if (strcmp(name, "automl_prefix") == 0) /* one host for the EU, the bare one for the rest */
                return region && strcmp(region, "eu") == 0 ? "eu-" : "";
        for (size_t i = 0; i < ELEMENTSOF(variables); i++)
                if (strcmp(variables[i].name, name) == 0)
                        return variables[i].value;
        return NULL;
}

/* What has its default value is left out of a reply, an empty list too, and these stand without it.
 */
static const char *const envelope[] = {
        "kind",        "id",           "selfLink",     "etag",         "unit",
        "unreachable", "unreachables", "missingZones", "readTime",     "totalSize",
        "totalItems",  "warning",      "version",      "auditConfigs", NULL,
};

static const char *const protocols[] = { "rest", NULL };

extern const struct provider gcp_provider;
const struct provider gcp_provider = {
        .name = "gcp",
        .title = "Google Cloud",
        .options_fields = gcp_options_fields,
        .options_size = sizeof(struct gcp_options),
        .account_new = account_new,
        .account_free = account_free,
        .found = gcp_adc_found,
        .credential_source = credential_source,
        .fingerprint = fingerprint,
        .sign_in = gcp_sign_in,
        .signed_in = gcp_signed_in,
        .sign_in_again = gcp_sign_in_again,
        .sign_out = gcp_sign_out,
        .scopes = scopes,
        .variable = variable,
        .request = gcp_request,
        .interpret = gcp_interpret,
        .witness = witness,
        .one_identity = true,
        .id_key = gcp_id_key,
        .region_code = gcp_region_code,
        .envelope = envelope,
        .protocols = protocols,
        .refinements = gcp_refinements,
        .n_refinements = GCP_REFINEMENTS,
        .grant_formats = gcp_grant_formats,
        .grant = gcp_grant,
};
