#include "daemon/watch/paths.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

static bool is_folder(const char *path)
{
        struct stat st;

        return path && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int join(char **ret, const char *folder, const char *below, struct error *err)
{
        if (asprintf(ret, "%s/%s", folder, below) < 0) {
                *ret = NULL;
                return error_oom(err);
        }
        return 0;
}

static int copy(char **ret, const char *text, struct error *err)
{
        *ret = strdup(text);
        return *ret ? 0 : error_oom(err);
}

/* The folder of the running program; "" when the kernel does not say. */
static void program_dir(char dir[static PATH_MAX])
{
        ssize_t n = readlink("/proc/self/exe", dir, PATH_MAX - 1);
        char *slash;

        dir[n > 0 ? n : 0] = '\0';
        slash = strrchr(dir, '/');
        if (slash)
                *slash = '\0';
}

/* The folder below the program's own when it has marker in it: 1, else 0. */
static int beside_program(char **ret, const char *below, const char *marker, struct error *err)
{
        _cleanup_(freep) char *folder = NULL, *inside = NULL;
        char program[PATH_MAX];
        int r;

        program_dir(program);
        r = join(&folder, program, below, err);
        if (r < 0)
                return r;
        r = join(&inside, folder, marker, err);
        if (r < 0)
                return r;
        if (program[0] == '\0' || !is_folder(inside))
                return 0;
        *ret = realpath(folder, NULL);
        return *ret ? 1 : error_set(err, -errno, "%s: %s", folder, strerror(errno));
}

int paths_data_dir(char **ret, struct error *err)
{
        const char *set = getenv("VIGIE_DATADIR");
        int r;

        if (set && *set)
                return copy(ret, set, err);
        r = beside_program(ret, "../config", "catalogue", err);
        if (r == 0)
                r = beside_program(ret, "../share/vigie", "catalogue", err);
        if (r != 0)
                return r < 0 ? r : 0;
        return copy(ret, VIGIE_DATADIR, err);
}

int paths_locale_dir(char **ret, struct error *err)
{
        int r = beside_program(ret, "locale", "", err);

        if (r == 0)
                return copy(ret, VIGIE_LOCALEDIR, err);
        return r < 0 ? r : 0;
}

int paths_state_dir(char **ret, struct error *err)
{
        const char *unit = getenv("STATE_DIRECTORY"), *xdg = getenv("XDG_STATE_HOME"),
                   *home = getenv("HOME");

        if (unit && *unit) { /* systemd joins several with colons; the unit has one */
                *ret = strndup(unit, strcspn(unit, ":"));
                return *ret ? 0 : error_oom(err);
        }
        if (geteuid() == 0 && is_folder("/var/lib/vigie"))
                return copy(ret, "/var/lib/vigie", err);
        if (xdg && xdg[0] == '/')
                return join(ret, xdg, "vigie", err);
        if (home && *home)
                return join(ret, home, ".local/state/vigie", err);
        return error_set(err, -EINVAL,
                         "no folder to remember in: HOME is not set; name one with --state");
}

int paths_control_own(char **ret, const char *state_dir, struct error *err)
{
        const char *unit = getenv("RUNTIME_DIRECTORY");

        if (!unit || !*unit)
                return join(ret, state_dir, "control", err);
        if (asprintf(ret, "%.*s/control", (int)strcspn(unit, ":"), unit) < 0) {
                *ret = NULL;
                return error_oom(err);
        }
        return 0;
}

int paths_control_find(char **ret, const char *state_dir, struct error *err)
{
        /* the daemon's own, and that of vigie-control.socket */
        static const char *const of_unit[] = { "/run/vigie/control", "/run/vigie-control" };
        _cleanup_(freep) char *path = NULL;
        int r = paths_control_own(&path, state_dir, err);

        if (r < 0)
                return r;
        assert(path);
        for (size_t i = 0; i < ELEMENTSOF(of_unit) && strcmp(state_dir, "/var/lib/vigie") == 0; i++)
                if (access(path, F_OK) < 0 && access(of_unit[i], F_OK) == 0)
                        return copy(ret, of_unit[i], err);
        *ret = TAKE_PTR(path);
        return 0;
}

const char *paths_default_config(void)
{
        return "/etc/vigie/vigie.yaml";
}
