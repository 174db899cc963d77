#include "tests/support/judge_files.h"

#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

static const char *const folders[] = { "rules",     "law",          "regions", "jurisdictions",
                                       "catalogue", "declarations", "waivers", "registers" };

static char *path_of(const struct judge_files *files, const char *name)
{
        char *path = NULL;

        return asprintf(&path, "%s/%s", files->dir, name) < 0 ? NULL : path;
}

void judge_files_init(struct judge_files *files)
{
        *files = (struct judge_files){ .dir = "/tmp/vigie-judge-XXXXXX" };
        if (!mkdtemp(files->dir))
                abort();
        for (size_t i = 0; i < ELEMENTSOF(folders); i++) {
                _cleanup_(freep) char *path = path_of(files, folders[i]);

                if (!path || mkdir(path, 0700) < 0)
                        abort();
        }
}

void judge_files_write(struct judge_files *files, const char *name, const char *fmt, ...)
{
        char *path = path_of(files, name);
        _cleanup_(fclosep) FILE *f = path ? fopen(path, "we") : NULL;
        va_list ap;

        if (!f || files->n == JUDGE_FILES_MAX)
                abort();
        files->names[files->n++] = path;
        va_start(ap, fmt);
        (void)vfprintf(f, fmt, ap);
        va_end(ap);
}

void judge_files_done(struct judge_files *files)
{
        for (size_t i = 0; i < files->n; i++) {
                (void)unlink(files->names[i]);
                free(files->names[i]);
        }
        for (size_t i = 0; i < ELEMENTSOF(folders); i++) {
                _cleanup_(freep) char *path = path_of(files, folders[i]);

                if (path)
                        (void)rmdir(path);
        }
        (void)rmdir(files->dir);
}
