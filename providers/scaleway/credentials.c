#include "providers/scaleway/credentials.h"

#include "daemon/base/buffer.h"
#include "providers/scaleway/profile.h"

#include <errno.h>
#include <string.h>

enum { CREDENTIAL_BYTES_MAX = 4096 };

const struct yaml_field scaleway_options_fields[] = {
        { .key = "profile",
          .type = YAML_STRING,
          .offset = offsetof(struct scaleway_options, profile) },
        { .key = "organization_id",
          .type = YAML_STRING,
          .offset = offsetof(struct scaleway_options, organization_id) },
        { .key = "project_id",
          .type = YAML_STRING,
          .offset = offsetof(struct scaleway_options, project_id) },
        { .key = "access_key",
          .type = YAML_STRING,
          .offset = offsetof(struct scaleway_options, access_key) },
        { 0 },
};

/* Names in the environment, the deprecated ones last; and in systemd's credentials. */
/* clang-format off */
static const struct {
        const char *env[3];
        const char *credential;
} key_sources[SCALEWAY_KEY_MAX] = {
        [SCALEWAY_ACCESS_KEY]    = { { "SCW_ACCESS_KEY" }, "access_key" },
        [SCALEWAY_SECRET_KEY]    = { { "SCW_SECRET_KEY", "SCW_TOKEN", "SCALEWAY_TOKEN" }, "secret_key" },
        [SCALEWAY_ORGANIZATION]  = { { "SCW_DEFAULT_ORGANIZATION_ID", "SCW_ORGANIZATION", "SCALEWAY_ORGANIZATION" }, NULL },
        [SCALEWAY_PROJECT]       = { { "SCW_DEFAULT_PROJECT_ID" }, NULL },
        [SCALEWAY_REGION]        = { { "SCW_DEFAULT_REGION", "SCW_REGION", "SCALEWAY_REGION" }, NULL },
        [SCALEWAY_ZONE]          = { { "SCW_DEFAULT_ZONE" }, NULL },
        [SCALEWAY_API_URL]       = { { "SCW_API_URL" }, NULL },
        [SCALEWAY_INSECURE]      = { { "SCW_INSECURE" }, NULL },
        [SCALEWAY_COCKPIT_TOKEN] = { { NULL }, "cockpit_token" },
};

/* What the regions were called before 2019, still found in old set-ups. */
static const struct {
        const char *old, *now;
} renamed_regions[] = {
        { "par1", "fr-par" },
        { "ams1", "nl-ams" },
};
/* clang-format on */

enum layer {
        LAYER_CREDENTIALS,    /* systemd's */
        LAYER_OPTIONS,        /* our own configuration */
        LAYER_CHOSEN_PROFILE, /* the profile that our own configuration names */
        LAYER_ENVIRONMENT,
        LAYER_FILE,
        LAYER_MAX,
};

struct sources {
        struct scaleway_values layer[LAYER_MAX];
        struct scaleway_profile file;
        const char *secret_variable; /* the variable that had the secret key */
};

static void sources_done(struct sources *s)
{
        for (size_t i = 0; i < LAYER_MAX; i++)
                scaleway_values_done(&s->layer[i]);
        scaleway_profile_done(&s->file);
}

/* ---- one source after the other ------------------------------------------------------------- */

static int value_set(struct scaleway_values *v, enum scaleway_key key, const char *text,
                     struct error *err)
{
        v->value[key] = strdup(text);
        return v->value[key] ? 0 : error_oom(err);
}

static int read_credential(const char *path, char **ret, struct error *err)
{
        char text[CREDENTIAL_BYTES_MAX] = "";
        _cleanup_(fclosep) FILE *file = fopen(path, "re");
        size_t n, from;

        if (!file && errno == ENOENT)
                return 0;
        if (!file)
                return error_set(err, -EINVAL, "%s: %s", path, strerror(errno));
        n = fread(text, 1, sizeof(text) - 1, file);
        while (n > 0 && strchr(" \t\r\n", text[n - 1]))
                n--;
        text[n] = '\0';
        from = strspn(text, " \t\r\n");
        if (text[from] != '\0')
                *ret = strdup(text + from);
        explicit_bzero(text, sizeof(text));
        return from < n && !*ret ? error_oom(err) : 0;
}

static int read_credentials_dir(struct scaleway_values *v, const char *dir, const char *account,
                                struct error *err)
{
        for (size_t i = 0; i < SCALEWAY_KEY_MAX; i++) {
                _cleanup_(freep) char *path = NULL;
                int r;

                if (!key_sources[i].credential)
                        continue;
                if (asprintf(&path, "%s/%s.%s", dir, account, key_sources[i].credential) < 0) {
                        path = NULL;
                        return error_oom(err);
                }
                r = read_credential(path, &v->value[i], err);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int read_options(struct scaleway_values *v, const struct scaleway_options *o,
                        struct error *err)
{
        int r = 0;

        if (o->access_key)
                r = value_set(v, SCALEWAY_ACCESS_KEY, o->access_key, err);
        if (r >= 0 && o->organization_id)
                r = value_set(v, SCALEWAY_ORGANIZATION, o->organization_id, err);
        if (r >= 0 && o->project_id)
                r = value_set(v, SCALEWAY_PROJECT, o->project_id, err);
        return r;
}

static const char *env_first(const char *const names[3], const char **ret_name)
{
        for (size_t i = 0; i < 3 && names[i]; i++) {
                const char *value = getenv(names[i]);

                if (value && value[0] != '\0') {
                        *ret_name = names[i];
                        return value;
                }
        }
        return NULL;
}

static int read_environment(struct sources *s, struct error *err)
{
        for (size_t i = 0; i < SCALEWAY_KEY_MAX; i++) {
                const char *name = NULL, *value = env_first(key_sources[i].env, &name);
                int r;

                if (!value)
                        continue;
                r = value_set(&s->layer[LAYER_ENVIRONMENT], (enum scaleway_key)i, value, err);
                if (r < 0)
                        return r;
                if (i == SCALEWAY_SECRET_KEY)
                        s->secret_variable = name;
        }
        return 0;
}

static int read_file(struct sources *s, const struct scaleway_options *o, struct error *err)
{
        const char *chosen = o ? o->profile : NULL, *by_env = getenv("SCW_PROFILE");
        int r;

        r = scaleway_profile_read(&s->file,
                                  chosen                        ? chosen
                                  : by_env && by_env[0] != '\0' ? by_env
                                                                : NULL,
                                  err);
        if (r < 0)
                return r;
        if (chosen && !s->file.exists)
                return error_set(err, -ENOENT, "profile '%s' is wanted, but there is no %s", chosen,
                                 s->file.path ? s->file.path : "scw configuration file");
        s->layer[chosen ? LAYER_CHOSEN_PROFILE : LAYER_FILE] = s->file.values;
        s->file.values = (struct scaleway_values){ 0 };
        return 0;
}

static int read_sources(struct sources *s, const struct account_config *config,
                        const char *credentials_dir, struct error *err)
{
        const struct scaleway_options *o = config ? config->options : NULL;
        int r = 0;

        if (config && credentials_dir)
                r = read_credentials_dir(&s->layer[LAYER_CREDENTIALS], credentials_dir,
                                         config->name, err);
        if (r >= 0 && o)
                r = read_options(&s->layer[LAYER_OPTIONS], o, err);
        if (r >= 0)
                r = read_environment(s, err);
        return r < 0 ? r : read_file(s, o, err);
}

/* ---- together ------------------------------------------------------------------------------- */

static char *pick(struct sources *s, enum scaleway_key key, enum layer *ret_layer)
{
        for (size_t i = 0; i < LAYER_MAX; i++)
                if (s->layer[i].value[key]) {
                        if (ret_layer)
                                *ret_layer = (enum layer)i;
                        return TAKE_PTR(s->layer[i].value[key]);
                }
        return NULL;
}

static bool says_true(const char *text)
{
        return text && (strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0 ||
                        strcasecmp(text, "yes") == 0 || strcasecmp(text, "on") == 0);
}

static int rename_region(char **code, struct error *err)
{
        for (size_t i = 0; *code && i < ELEMENTSOF(renamed_regions); i++)
                if (strcmp(*code, renamed_regions[i].old) == 0) {
                        free(*code);
                        *code = strdup(renamed_regions[i].now);
                        return *code ? 0 : error_oom(err);
                }
        return 0;
}

static int describe(const struct sources *s, const struct account_config *config, enum layer layer,
                    char **ret)
{
        struct buffer b = BUFFER_INIT(1024);
        bool insecure = false;

        if (layer == LAYER_CREDENTIALS)
                buffer_printf(&b, "systemd credential %s.secret_key", config->name);
        else if (layer == LAYER_ENVIRONMENT)
                buffer_printf(&b, "variable %s", s->secret_variable);
        else
                buffer_printf(&b, "profile %s in %s", s->file.name, s->file.path);
        for (size_t i = 0; i < LAYER_MAX; i++)
                insecure = insecure || says_true(s->layer[i].value[SCALEWAY_INSECURE]);
        if (insecure)
                buffer_add(&b, " (warning: 'insecure' is set and ignored: "
                               "certificates are always verified)");
        *ret = buffer_take(&b);
        return *ret ? 0 : -ENOMEM;
}

static int nothing_found(const struct sources *s, const struct account_config *config,
                         const char *credentials_dir, struct error *err)
{
        struct buffer b = BUFFER_INIT(400);
        int r;

        if (config && credentials_dir)
                buffer_printf(&b, "systemd credential %s.secret_key, ", config->name);
        buffer_add(&b, "variable SCW_SECRET_KEY");
        if (s->file.path)
                buffer_printf(&b, ", %s%s", s->file.path,
                              s->file.exists ? " (it has no secret_key)" : " (not there)");
        r = error_set(err, -ENOENT,
                      "no Scaleway secret key; looked at: %s. Run 'scw init', set SCW_SECRET_KEY, "
                      "or give systemd the credential",
                      buffer_text(&b));
        buffer_done(&b);
        return r;
}

/* Catches the usual slips before a request carries them; the text never shows the value. */
static int check_secret(const struct scaleway_credentials *c, struct error *err)
{
        if (strncmp(c->secret_key, "SCW", 3) == 0)
                return error_set(err, -EINVAL,
                                 "%s: that is an access key (SCW…); the secret key is the UUID "
                                 "beside it",
                                 c->source);
        for (const char *p = c->secret_key; *p != '\0'; p++)
                if (*p <= ' ' || *p > '~')
                        return error_set(err, -EINVAL,
                                         "%s: the secret key has characters that no key has",
                                         c->source);
        return 0;
}

static int assemble(struct scaleway_credentials *c, struct sources *s,
                    const struct account_config *config, const char *credentials_dir,
                    struct error *err)
{
        enum layer layer = LAYER_MAX;

        c->secret_key = pick(s, SCALEWAY_SECRET_KEY, &layer);
        if (!c->secret_key)
                return nothing_found(s, config, credentials_dir, err);
        if (describe(s, config, layer, &c->source) < 0)
                return error_oom(err);
        c->access_key = pick(s, SCALEWAY_ACCESS_KEY, NULL);
        c->organization = pick(s, SCALEWAY_ORGANIZATION, NULL);
        c->project = pick(s, SCALEWAY_PROJECT, NULL);
        c->default_region = pick(s, SCALEWAY_REGION, NULL);
        c->default_zone = pick(s, SCALEWAY_ZONE, NULL);
        c->api_url = pick(s, SCALEWAY_API_URL, NULL);
        c->cockpit_token = pick(s, SCALEWAY_COCKPIT_TOKEN, NULL);
        if (rename_region(&c->default_region, err) < 0)
                return -ENOMEM;
        return check_secret(c, err);
}

int scaleway_credentials_read(struct scaleway_credentials *ret, const struct account_config *config,
                              const char *credentials_dir, struct error *err)
{
        struct scaleway_credentials c = { 0 };
        struct sources s = { 0 };
        int r;

        r = read_sources(&s, config, credentials_dir, err);
        if (r >= 0)
                r = assemble(&c, &s, config, credentials_dir, err);
        sources_done(&s);
        if (r < 0) {
                scaleway_credentials_done(&c);
                return r;
        }
        *ret = c;
        return 0;
}

void scaleway_credentials_done(struct scaleway_credentials *c)
{
        if (c->secret_key)
                explicit_bzero(c->secret_key, strlen(c->secret_key));
        if (c->cockpit_token)
                explicit_bzero(c->cockpit_token, strlen(c->cockpit_token));
        free(c->access_key);
        free(c->secret_key);
        free(c->organization);
        free(c->project);
        free(c->default_region);
        free(c->default_zone);
        free(c->api_url);
        free(c->cockpit_token);
        free(c->source);
        *c = (struct scaleway_credentials){ 0 };
}
