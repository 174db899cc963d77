#include "providers/scaleway/profile.h"

#include "daemon/base/buffer.h"
#include "daemon/base/json.h"
#include "daemon/base/yaml.h"

#include <errno.h>
#include <string.h>

static const char *const file_keys[SCALEWAY_KEY_MAX] = {
        [SCALEWAY_ACCESS_KEY] = "access_key",
        [SCALEWAY_SECRET_KEY] = "secret_key",
        [SCALEWAY_ORGANIZATION] = "default_organization_id",
        [SCALEWAY_PROJECT] = "default_project_id",
        [SCALEWAY_REGION] = "default_region",
        [SCALEWAY_ZONE] = "default_zone",
        [SCALEWAY_API_URL] = "api_url",
        [SCALEWAY_INSECURE] = "insecure",
        [SCALEWAY_COCKPIT_TOKEN] = NULL, /* not something scw knows */
};

void scaleway_values_done(struct scaleway_values *v)
{
        for (size_t i = 0; i < SCALEWAY_KEY_MAX; i++) {
                if (v->value[i])
                        explicit_bzero(v->value[i], strlen(v->value[i]));
                free(v->value[i]);
        }
        *v = (struct scaleway_values){ 0 };
}

void scaleway_profile_done(struct scaleway_profile *p)
{
        scaleway_values_done(&p->values);
        free(p->path);
        free(p->name);
        *p = (struct scaleway_profile){ 0 };
}

static const char *env(const char *name)
{
        const char *value = getenv(name);

        return value && value[0] != '\0' ? value : NULL;
}

/* NULL without an error: there is no home to look in. */
static int config_path(char **ret, struct error *err)
{
        const char *path = env("SCW_CONFIG_PATH"), *xdg = env("XDG_CONFIG_HOME"),
                   *home = env("HOME");
        int n = 0;

        if (path)
                n = asprintf(ret, "%s", path);
        else if (xdg)
                n = asprintf(ret, "%s/scw/config.yaml", xdg);
        else if (home)
                n = asprintf(ret, "%s/.config/scw/config.yaml", home);
        else
                *ret = NULL;
        return n < 0 ? error_oom(err) : 0;
}

/* What a mapping of the file says, over what is there already. */
static int merge(struct scaleway_values *into, const json_t *mapping, struct error *err)
{
        for (size_t i = 0; i < SCALEWAY_KEY_MAX; i++) {
                json_t *found = file_keys[i] ? json_object_get(mapping, file_keys[i]) : NULL;
                char *text;

                if (!found || json_is_null(found))
                        continue;
                text = json_scalar_text(found);
                if (!text)
                        return error_set(err, -EINVAL, "'%s' must be a plain value", file_keys[i]);
                if (text[0] == '\0') {
                        free(text);
                        continue;
                }
                free(into->value[i]);
                into->value[i] = text;
        }
        return 0;
}

static int no_such_profile(const char *wanted, const json_t *profiles, struct error *err)
{
        struct buffer names = BUFFER_INIT(200);
        const char *name;
        json_t *profile;
        int r;

        json_object_foreach((json_t *)profiles, name, profile)
                buffer_printf(&names, "%s%s", names.size_bytes ? ", " : "", name);
        r = error_set(err, -EINVAL, "no profile '%s' there; it has: default%s%s", wanted,
                      names.size_bytes ? ", " : "", buffer_text(&names));
        buffer_done(&names);
        return r;
}

static int read_root(struct scaleway_profile *p, const char *wanted, const json_t *root,
                     struct error *err)
{
        const json_t *profiles = json_object_get(root, "profiles"), *profile = NULL;
        int r;

        if (!json_is_object(root))
                return error_set(err, -EINVAL, "a mapping of keys is expected");
        if (!wanted)
                wanted = json_member_string(root, "active_profile");
        if (wanted && strcmp(wanted, "default") != 0) {
                profile = json_object_get(profiles, wanted);
                if (!json_is_object(profile))
                        return no_such_profile(wanted, profiles, err);
        }
        p->name = strdup(profile ? wanted : "default");
        if (!p->name)
                return error_oom(err);
        r = merge(&p->values, root, err);
        return r < 0 || !profile ? r : merge(&p->values, profile, err);
}

/* jansson does not wipe what it frees. */
static void wipe_secrets(json_t *value)
{
        const char *key;
        json_t *member;

        json_object_foreach(value, key, member)
        {
                if (strcmp(key, "secret_key") == 0 && json_is_string(member))
                        explicit_bzero((char *)json_string_value(member),
                                       json_string_length(member));
                wipe_secrets(member);
        }
}

static int read_file(struct scaleway_profile *p, const char *wanted, struct error *err)
{
        _cleanup_(yaml_freep) struct yaml *file = NULL;
        json_t *root = NULL;
        struct error missing = { 0 };
        int r;

        r = yaml_load_file(&file, p->path, &missing);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return error_set(err, r, "%s", missing.text);
        p->exists = true;
        r = yaml_json(file, &root, err);
        if (r >= 0)
                r = read_root(p, wanted, root, err);
        wipe_secrets(root);
        json_decref(root);
        return r < 0 ? error_wrap(err, r, "%s", p->path) : 0;
}

int scaleway_profile_read(struct scaleway_profile *ret, const char *wanted, struct error *err)
{
        struct scaleway_profile p = { 0 };
        int r;

        r = config_path(&p.path, err);
        if (r >= 0 && p.path)
                r = read_file(&p, wanted, err);
        if (r < 0) {
                scaleway_profile_done(&p);
                return r;
        }
        *ret = p;
        return 0;
}
