#include "providers/gcp/adc.h"

#include "providers/secret.h"
#include "providers/url.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define METADATA_ADDRESS "169.254.169.254"
#define GCLOUD_FILE "application_default_credentials.json"

enum { PATH_BYTES_MAX = 4096 };

const struct yaml_field gcp_options_fields[] = {
        { .key = "credentials_file",
          .type = YAML_STRING,
          .offset = offsetof(struct gcp_options, credentials_file) },
        { .key = "impersonate",
          .type = YAML_STRING,
          .offset = offsetof(struct gcp_options, impersonate) },
        { .key = "quota_project",
          .type = YAML_STRING,
          .offset = offsetof(struct gcp_options, quota_project) },
        { .key = "organization",
          .type = YAML_STRING,
          .offset = offsetof(struct gcp_options, organization) },
        { .key = "universe_domain",
          .type = YAML_STRING,
          .offset = offsetof(struct gcp_options, universe_domain) },
        { 0 },
};

/* ---- where ----------------------------------------------------------------------------------- */

static bool is_there(const char *path)
{
        return path[0] != '\0' && access(path, F_OK) == 0;
}

static const char *gcloud_file(char path[static PATH_BYTES_MAX])
{
        const char *folder = secret_environment("CLOUDSDK_CONFIG");
        const char *home = secret_environment("HOME");

        path[0] = '\0';
        if (folder)
                (void)snprintf(path, PATH_BYTES_MAX, "%s/" GCLOUD_FILE, folder);
        else if (home)
                (void)snprintf(path, PATH_BYTES_MAX, "%s/.config/gcloud/" GCLOUD_FILE, home);
        return path;
}

static bool says_true(const char *text)
{
        return text && (strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0);
}

/* What the firmware calls a machine of Google's. */
static bool firmware_is_google(void)
{
        _cleanup_(fclosep) FILE *f = fopen("/sys/class/dmi/id/product_name", "re");
        char text[64] = "";

        return f && fgets(text, sizeof(text), f) && strncmp(text, "Google", 6) == 0;
}

static bool machine_is_google(void)
{
        if (says_true(secret_environment("NO_GCE_CHECK")))
                return false;
        return secret_environment("GCE_METADATA_HOST") || secret_environment("K_SERVICE") ||
               secret_environment("CLOUD_RUN_JOB") || firmware_is_google();
}

/* ---- reading --------------------------------------------------------------------------------- */

/* From the file, with where it was found. */
static int read_file(struct gcp_source *ret, const char *path, const char *found_by,
                     struct error *err)
{
        const char *warning = "";
        struct stat st;
        int r = gcp_source_read(ret, path, err);

        if (r < 0)
                return error_wrap(err, r == -ENOENT ? -EINVAL : r, "%s", found_by);
        if (stat(path, &st) == 0 && (st.st_mode & S_IROTH) &&
            (ret->private_key || ret->refresh_token))
                warning = " (warning: everybody on this machine can read it)";
        if (asprintf(&ret->where, "%s, %s%s", found_by, path, warning) < 0) {
                ret->where = NULL;
                return error_oom(err);
        }
        return 0;
}

static int read_metadata(struct gcp_source *ret, struct error *err)
{
        const char *host = secret_environment("GCE_METADATA_HOST");
        struct gcp_source s = { .kind = GCP_METADATA };
        struct url_base base;
        int r = 0;

        /* by its address: the name needs a resolver that not every container has */
        if (!host || strcmp(host, "metadata.google.internal") == 0)
                host = METADATA_ADDRESS;
        s.last_resort = !machine_is_google();
        s.universe = strdup(GCP_UNIVERSE);
        s.where = strdup("metadata server");
        if (!s.universe || !s.where || asprintf(&s.metadata_url, "http://%s", host) < 0)
                r = error_oom(err);
        if (r == 0)
                r = url_base_parse(s.metadata_url, "GCE_METADATA_HOST", &base, err);
        if (r < 0) {
                gcp_source_done(&s);
                return r;
        }
        *ret = s;
        return 0;
}

static int nothing_found(const char *gcloud, struct error *err)
{
        return error_set(err, -ENOENT,
                         "no Google credentials; looked at: variable "
                         "GOOGLE_APPLICATION_CREDENTIALS (not set), %s (not there), metadata "
                         "server (NO_GCE_CHECK is set). Set credentials_file: to a service "
                         "account's key, or run 'gcloud auth application-default login'",
                         gcloud[0] ? gcloud : "gcloud's file (no HOME)");
}

static int read_first(struct gcp_source *ret, const struct account_config *config,
                      const char *credentials_dir, struct error *err)
{
        const struct gcp_options *o = config ? config->options : NULL;
        const char *variable = secret_environment("GOOGLE_APPLICATION_CREDENTIALS");
        _cleanup_(freep) char *credential = NULL;
        char gcloud[PATH_BYTES_MAX];

        if (o && o->credentials_file)
                return read_file(ret, o->credentials_file, "credentials_file", err);
        if (config && credentials_dir &&
            asprintf(&credential, "%s/%s.json", credentials_dir, config->name) < 0) {
                credential = NULL;
                return error_oom(err);
        }
        if (credential && is_there(credential))
                return read_file(ret, credential, "systemd credential", err);
        if (variable)
                return read_file(ret, variable, "variable GOOGLE_APPLICATION_CREDENTIALS", err);
        if (is_there(gcloud_file(gcloud)))
                return read_file(ret, gcloud, "gcloud's application default credentials", err);
        if (says_true(secret_environment("NO_GCE_CHECK")))
                return nothing_found(gcloud, err);
        return read_metadata(ret, err);
}

/* ---- and what else is said --------------------------------------------------------------------
 */

/* A key of one universe is never sent to another. */
static int set_universe(struct gcp_source *s, const struct gcp_options *o, struct error *err)
{
        const char *by_env = secret_environment("GOOGLE_CLOUD_UNIVERSE_DOMAIN");
        const char *said = o && o->universe_domain ? o->universe_domain : by_env;
        bool known = s->kind != GCP_METADATA && s->universe; /* the server says it later */

        if (!said || (known && strcmp(said, s->universe) == 0))
                return 0;
        if (known)
                return error_set(err, -EINVAL,
                                 "%s says '%.100s', but the credentials (%s) are of %s: they are "
                                 "not sent to another universe",
                                 o && o->universe_domain ? "universe_domain"
                                                         : "GOOGLE_CLOUD_UNIVERSE_DOMAIN",
                                 said, s->where, s->universe);
        if (!gcp_universe_is_valid(said))
                return error_set(err, -EINVAL, "universe_domain '%.100s' is no domain", said);
        free(s->universe);
        s->universe = strdup(said);
        s->universe_said = true;
        return s->universe ? 0 : error_oom(err);
}

static int set_quota_project(struct gcp_source *s, const struct gcp_options *o, struct error *err)
{
        const char *by_env = secret_environment("GOOGLE_CLOUD_QUOTA_PROJECT");
        const char *said = o && o->quota_project ? o->quota_project : by_env;

        if (!said)
                return 0;
        if (strpbrk(said, "/ \t\r\n"))
                return error_set(err, -EINVAL, "quota_project '%.100s' is no project's id", said);
        free(s->quota_project);
        s->quota_project = strdup(said);
        return s->quota_project ? 0 : error_oom(err);
}

int gcp_adc_read(struct gcp_source *ret, const struct account_config *config,
                 const char *credentials_dir, struct error *err)
{
        const struct gcp_options *o = config ? config->options : NULL;
        struct gcp_source s = { 0 };
        int r = read_first(&s, config, credentials_dir, err);

        if (r == 0)
                r = set_universe(&s, o, err);
        if (r == 0)
                r = set_quota_project(&s, o, err);
        if (r == 0 && o && o->impersonate)
                r = gcp_source_impersonate(&s, o->impersonate, err);
        if (r < 0) {
                gcp_source_done(&s);
                return r;
        }
        *ret = s;
        return 0;
}

bool gcp_adc_found(void)
{
        char gcloud[PATH_BYTES_MAX];

        return secret_environment("GOOGLE_APPLICATION_CREDENTIALS") ||
               is_there(gcloud_file(gcloud)) || machine_is_google();
}
