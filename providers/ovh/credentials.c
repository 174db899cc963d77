#include "providers/ovh/credentials.h"

#include "daemon/base/buffer.h"
#include "providers/ini.h"
#include "providers/secret.h"

#include <errno.h>
#include <string.h>

#define SYSTEM_FILE "/etc/ovh.conf"

const struct yaml_field ovh_options_fields[] = {
        { .key = "api", .type = YAML_STRING, .offset = offsetof(struct ovh_options, api) },
        { .key = "application_key",
          .type = YAML_STRING,
          .offset = offsetof(struct ovh_options, application_key) },
        { .key = "client_id",
          .type = YAML_STRING,
          .offset = offsetof(struct ovh_options, client_id) },
        { .key = "token_url",
          .type = YAML_STRING,
          .offset = offsetof(struct ovh_options, token_url) },
        { 0 },
};

/* Names in the environment, in ovh.conf and among systemd's credentials; what each is needed for.
 */
/* clang-format off */
static const struct {
        const char *env, *key;
        bool credential;
        enum ovh_mode mode;
} names[OVH_VALUE_MAX] = {
        [OVH_ENDPOINT]           = { "OVH_ENDPOINT",              NULL,                 false, OVH_MODE_NONE },
        [OVH_APPLICATION_KEY]    = { "OVH_APPLICATION_KEY",       "application_key",    true,  OVH_MODE_KEY },
        [OVH_APPLICATION_SECRET] = { "OVH_APPLICATION_SECRET",    "application_secret", true,  OVH_MODE_KEY },
        [OVH_CONSUMER_KEY]       = { "OVH_CONSUMER_KEY",          "consumer_key",       true,  OVH_MODE_KEY },
        [OVH_CLIENT_ID]          = { "OVH_CLIENT_ID",             "client_id",          true,  OVH_MODE_SERVICE },
        [OVH_CLIENT_SECRET]      = { "OVH_CLIENT_SECRET",         "client_secret",      true,  OVH_MODE_SERVICE },
        [OVH_ACCESS_TOKEN]       = { "OVH_ACCESS_TOKEN",          "access_token",       true,  OVH_MODE_TOKEN },
        [OVH_PROJECT]            = { "OVH_CLOUD_PROJECT_SERVICE", NULL,                 false, OVH_MODE_NONE },
        [OVH_AIE_KEY]            = { NULL,                        "aie_key",            true,  OVH_MODE_NONE },
};

static const char *const mode_names[] = {
        [OVH_MODE_KEY]     = "an application key",
        [OVH_MODE_SERVICE] = "a service account",
        [OVH_MODE_TOKEN]   = "an access token",
};
/* clang-format on */

enum layer {
        LAYER_CREDENTIALS, /* systemd's */
        LAYER_OPTIONS,     /* our own configuration */
        LAYER_ENVIRONMENT,
        LAYER_HOME,
        LAYER_SYSTEM,
        LAYER_MAX,
};

struct sources {
        char *value[LAYER_MAX][OVH_VALUE_MAX];
        char *home; /* the path of ~/.ovh.conf; NULL without a home */
        struct ini *files[LAYER_MAX];
        const struct ovh_endpoint *endpoint;
        const struct account_config *config;
};

static void sources_done(struct sources *s)
{
        for (size_t i = 0; i < LAYER_MAX; i++) {
                for (size_t v = 0; v < OVH_VALUE_MAX; v++)
                        secret_free(s->value[i][v]);
                (void)ini_free(s->files[i]);
        }
        free(s->home);
}

/* ---- one source after the other ------------------------------------------------------------- */

static int set_value(struct sources *s, enum layer layer, enum ovh_value v, const char *text,
                     struct error *err)
{
        if (!text || text[0] == '\0')
                return 0;
        s->value[layer][v] = strdup(text);
        return s->value[layer][v] ? 0 : error_oom(err);
}

static int read_credentials_dir(struct sources *s, const char *dir, struct error *err)
{
        for (size_t i = 0; i < OVH_VALUE_MAX; i++) {
                _cleanup_(freep) char *path = NULL;
                struct error missing = { 0 };
                int r;

                if (!names[i].credential)
                        continue;
                if (asprintf(&path, "%s/%s.%s", dir, s->config->name, names[i].key) < 0) {
                        path = NULL;
                        return error_oom(err);
                }
                r = secret_file_read(path, &s->value[LAYER_CREDENTIALS][i], &missing);
                if (r < 0 && r != -ENOENT)
                        return error_set(err, r, "%s", missing.text);
        }
        return 0;
}

static int read_options(struct sources *s, struct error *err)
{
        const struct ovh_options *o = s->config ? s->config->options : NULL;
        int r = 0;

        if (!o)
                return 0;
        r = set_value(s, LAYER_OPTIONS, OVH_ENDPOINT, o->api, err);
        if (r == 0)
                r = set_value(s, LAYER_OPTIONS, OVH_APPLICATION_KEY, o->application_key, err);
        return r < 0 ? r : set_value(s, LAYER_OPTIONS, OVH_CLIENT_ID, o->client_id, err);
}

static int read_environment(struct sources *s, struct error *err)
{
        int r = 0;

        for (size_t i = 0; i < OVH_VALUE_MAX && r == 0; i++)
                if (names[i].env)
                        r = set_value(s, LAYER_ENVIRONMENT, (enum ovh_value)i,
                                      secret_environment(names[i].env), err);
        return r;
}

/* A file that is not there, or that this user may not read, is no source. */
static int open_file(struct sources *s, enum layer layer, const char *path, struct error *err)
{
        struct error why = { 0 };
        int r = ini_load(&s->files[layer], path, &why);

        if (r == -ENOENT || r == -EACCES)
                return 0;
        return r < 0 ? error_set(err, r, "%s", why.text)
                     : set_value(s, layer, OVH_ENDPOINT,
                                 ini_get(s->files[layer], "default", "endpoint"), err);
}

static int open_files(struct sources *s, struct error *err)
{
        const char *home = secret_environment("HOME");
        int r = 0;

        if (home && asprintf(&s->home, "%s/.ovh.conf", home) < 0) {
                s->home = NULL;
                return error_oom(err);
        }
        if (s->home)
                r = open_file(s, LAYER_HOME, s->home, err);
        return r < 0 ? r : open_file(s, LAYER_SYSTEM, SYSTEM_FILE, err);
}

/* The section is that of the endpoint, which another source may have named. */
static int read_file(struct sources *s, enum layer layer, struct error *err)
{
        int r = 0;

        for (size_t i = 0; i < OVH_VALUE_MAX && r == 0; i++)
                if (names[i].key && i != OVH_AIE_KEY)
                        r = set_value(s, layer, (enum ovh_value)i,
                                      ini_get(s->files[layer], s->endpoint->name, names[i].key),
                                      err);
        return r;
}

static const char *first(const struct sources *s, enum ovh_value v)
{
        for (size_t i = 0; i < LAYER_MAX; i++)
                if (s->value[i][v])
                        return s->value[i][v];
        return NULL;
}

static int read_sources(struct sources *s, const char *credentials_dir, struct error *err)
{
        int r = 0;

        if (s->config && credentials_dir)
                r = read_credentials_dir(s, credentials_dir, err);
        if (r == 0)
                r = read_options(s, err);
        if (r == 0)
                r = read_environment(s, err);
        if (r == 0)
                r = open_files(s, err);
        if (r == 0)
                r = ovh_endpoint_find(first(s, OVH_ENDPOINT), &s->endpoint, err);
        if (r == 0)
                r = read_file(s, LAYER_HOME, err);
        return r != 0 ? r : read_file(s, LAYER_SYSTEM, err);
}

/* ---- together ------------------------------------------------------------------------------- */

static void describe(const struct sources *s, enum layer layer, struct buffer *b)
{
        switch (layer) {
        case LAYER_CREDENTIALS:
                buffer_printf(b, "systemd credentials %s.*", s->config->name);
                return;
        case LAYER_OPTIONS:
                buffer_add(b, "the account's entry");
                return;
        case LAYER_ENVIRONMENT:
                buffer_add(b, "variables OVH_*");
                return;
        case LAYER_HOME:
        case LAYER_SYSTEM:
                buffer_printf(b, "section %s of %s", s->endpoint->name,
                              layer == LAYER_HOME ? s->home : SYSTEM_FILE);
                return;
        case LAYER_MAX:
                break;
        }
}

/* What the layer can sign in with; several ways in one place are a mistake of whoever wrote it. */
static int mode_of(const struct sources *s, enum layer layer, enum ovh_mode *ret, struct error *err)
{
        *ret = OVH_MODE_NONE;
        for (size_t i = 0; i < OVH_VALUE_MAX; i++) {
                struct buffer where = BUFFER_INIT(512);

                if (!s->value[layer][i] || names[i].mode == OVH_MODE_NONE || names[i].mode == *ret)
                        continue;
                if (*ret == OVH_MODE_NONE) {
                        *ret = names[i].mode;
                        continue;
                }
                describe(s, layer, &where);
                (void)error_set(err, -EINVAL,
                                "%s: both %s and %s are there; keep the one to sign in with",
                                buffer_text(&where), mode_names[*ret], mode_names[names[i].mode]);
                buffer_done(&where);
                return -EINVAL;
        }
        return 0;
}

static int nothing_found(const struct sources *s, const char *credentials_dir, struct error *err)
{
        struct buffer b = BUFFER_INIT(400);
        int r;

        if (s->config && credentials_dir)
                buffer_printf(&b, "systemd credentials %s.*, ", s->config->name);
        buffer_printf(&b, "variables OVH_*, section %s of %s%s" SYSTEM_FILE, s->endpoint->name,
                      s->home ? s->home : "", s->home ? " and " : "");
        r = error_set(err, -ENOENT,
                      "no OVHcloud credentials; looked at: %s. Set OVH_CLIENT_ID and "
                      "OVH_CLIENT_SECRET of a service account, or write such a section",
                      buffer_text(&b));
        buffer_done(&b);
        return r;
}

/* The text never shows the value. */
static int check_value(const struct ovh_credentials *c, enum ovh_value v, struct error *err)
{
        const char *name = names[v].key;

        if (!c->value[v])
                return error_set(err, -EINVAL, "%s: %s without %s%s", c->source,
                                 mode_names[c->mode], name,
                                 v == OVH_CONSUMER_KEY
                                         ? ": create one with the rules of 'vigie permissions ovh "
                                           "--format credential-rules' and validate it"
                                         : "");
        for (const char *p = c->value[v]; *p != '\0'; p++)
                if (*p <= ' ' || *p > '~')
                        return error_set(err, -EINVAL, "%s: %s has characters that no %s has",
                                         c->source, name, name);
        return 0;
}

static int take_values(struct ovh_credentials *c, struct sources *s, struct error *err)
{
        int r = 0;

        for (size_t i = 0; i < OVH_VALUE_MAX; i++) {
                bool wanted = names[i].mode == OVH_MODE_NONE || names[i].mode == c->mode;

                for (size_t k = 0; wanted && k < LAYER_MAX && !c->value[i]; k++)
                        c->value[i] = TAKE_PTR(s->value[k][i]);
                if (r == 0 && wanted && names[i].mode != OVH_MODE_NONE)
                        r = check_value(c, (enum ovh_value)i, err);
        }
        return r;
}

static int assemble(struct ovh_credentials *c, struct sources *s, const char *credentials_dir,
                    struct error *err)
{
        struct buffer source = BUFFER_INIT(1024);
        size_t layer;
        int r = 0;

        for (layer = 0; layer < LAYER_MAX && r == 0; layer++) {
                r = mode_of(s, (enum layer)layer, &c->mode, err);
                if (c->mode != OVH_MODE_NONE)
                        break;
        }
        if (r < 0)
                return r;
        if (c->mode == OVH_MODE_NONE)
                return nothing_found(s, credentials_dir, err);
        describe(s, (enum layer)layer, &source);
        c->source = buffer_take(&source);
        if (!c->source)
                return error_oom(err);
        c->endpoint = s->endpoint;
        c->own_project = layer == LAYER_ENVIRONMENT;
        return take_values(c, s, err);
}

int ovh_credentials_read(struct ovh_credentials *ret, const struct account_config *config,
                         const char *credentials_dir, struct error *err)
{
        struct ovh_credentials c = { 0 };
        struct sources s = { .config = config };
        int r;

        r = read_sources(&s, credentials_dir, err);
        if (r == 0)
                r = assemble(&c, &s, credentials_dir, err);
        sources_done(&s);
        if (r < 0) {
                ovh_credentials_done(&c);
                return r;
        }
        *ret = c;
        return 0;
}

void ovh_credentials_done(struct ovh_credentials *c)
{
        for (size_t i = 0; i < OVH_VALUE_MAX; i++)
                secret_free(c->value[i]);
        free(c->source);
        *c = (struct ovh_credentials){ 0 };
}

static bool same(const char *a, const char *b)
{
        return a && b ? strcmp(a, b) == 0 : a == b;
}

bool ovh_credentials_equal(const struct ovh_credentials *a, const struct ovh_credentials *b)
{
        for (size_t i = OVH_APPLICATION_KEY; i <= OVH_ACCESS_TOKEN; i++)
                if (!same(a->value[i], b->value[i]))
                        return false;
        return a->mode == b->mode && a->endpoint == b->endpoint;
}
