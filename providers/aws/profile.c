#include "providers/aws/profile.h"

#include "providers/aws/credentials.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

char *aws_profile_home_path(const char *name)
{
        const char *home = secret_environment("HOME");
        char *path = NULL;

        if (!home || asprintf(&path, "%s/.aws/%s", home, name) < 0)
                return NULL;
        return path;
}

static char *file_path(const char *variable, const char *name)
{
        const char *path = secret_environment(variable), *home = secret_environment("HOME");
        char *full = NULL;

        if (!path)
                return aws_profile_home_path(name);
        if (strncmp(path, "~/", 2) != 0 || !home)
                return strdup(path);
        return asprintf(&full, "%s%s", home, path + 1) < 0 ? NULL : full;
}

static struct profile_stamp stamp_of(const char *path)
{
        struct stat st;

        if (!path || stat(path, &st) < 0)
                return (struct profile_stamp){ 0 };
        return (struct profile_stamp){
                .modified_ns = (uint64_t)st.st_mtim.tv_sec * UINT64_C(1000000000) +
                               (uint64_t)st.st_mtim.tv_nsec,
                .size_bytes = (uint64_t)st.st_size,
                .inode = (uint64_t)st.st_ino,
        };
}

static int load_one(struct ini **ret, const char *path, struct error *err)
{
        struct error local = { 0 };
        int r = path ? ini_load(ret, path, &local) : 0;

        if (r == -ENOENT || r == -ENOTDIR)
                return 0;
        return r < 0 ? error_set(err, r, "%s", local.text) : 0;
}

int aws_profiles_load(struct profiles *ret, struct error *err)
{
        struct profiles p = { 0 };
        int r;

        p.config_path = file_path("AWS_CONFIG_FILE", "config");
        p.credentials_path = file_path("AWS_SHARED_CREDENTIALS_FILE", "credentials");
        /* before reading: what is written meanwhile is then seen as changed */
        p.stamps[0] = stamp_of(p.config_path);
        p.stamps[1] = stamp_of(p.credentials_path);
        r = load_one(&p.config, p.config_path, err);
        if (r == 0)
                r = load_one(&p.credentials, p.credentials_path, err);
        if (r < 0) {
                aws_profiles_done(&p);
                return r;
        }
        *ret = p;
        return 0;
}

void aws_profiles_done(struct profiles *p)
{
        free(p->config_path);
        free(p->credentials_path);
        (void)ini_free(p->config);
        (void)ini_free(p->credentials);
        *p = (struct profiles){ 0 };
}

static bool stamp_same(struct profile_stamp a, struct profile_stamp b)
{
        return a.modified_ns == b.modified_ns && a.size_bytes == b.size_bytes && a.inode == b.inode;
}

bool aws_profiles_changed(const struct profiles *p)
{
        return !stamp_same(p->stamps[0], stamp_of(p->config_path)) ||
               !stamp_same(p->stamps[1], stamp_of(p->credentials_path));
}

static const char *filled(const char *value)
{
        return value && value[0] != '\0' ? value : NULL;
}

const char *aws_profile_get_credentials(const struct profiles *p, const char *name, const char *key)
{
        return filled(ini_get(p->credentials, name, key));
}

const char *aws_profile_section_get(const struct profiles *p, const char *kind, const char *name,
                                    const char *key)
{
        _cleanup_(freep) char *section = NULL;

        if (asprintf(&section, "%s %s", kind, name) < 0) {
                section = NULL;
                return NULL;
        }
        return filled(ini_get(p->config, section, key));
}

const char *aws_profile_get_config(const struct profiles *p, const char *name, const char *key)
{
        const char *value = aws_profile_section_get(p, "profile", name, key);

        if (!value && strcmp(name, "default") == 0)
                value = filled(ini_get(p->config, name, key));
        return value;
}

const char *aws_profile_get(const struct profiles *p, const char *name, const char *key)
{
        const char *value = aws_profile_get_credentials(p, name, key);

        return value ? value : aws_profile_get_config(p, name, key);
}

bool aws_profile_exists(const struct profiles *p, const char *name)
{
        _cleanup_(freep) char *section = NULL;

        if (asprintf(&section, "profile %s", name) < 0) {
                section = NULL;
                return false;
        }
        return ini_has_section(p->credentials, name) || ini_has_section(p->config, section) ||
               (strcmp(name, "default") == 0 && ini_has_section(p->config, name));
}

const char *aws_profile_service_endpoint(const struct profiles *p, const char *services,
                                         const char *service)
{
        _cleanup_(freep) char *section = NULL;

        if (asprintf(&section, "services %s", services) < 0) {
                section = NULL;
                return NULL;
        }
        return filled(ini_get_nested(p->config, section, service, "endpoint_url"));
}
