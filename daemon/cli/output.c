#include "daemon/cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

/* Of a large report, stdio's own 4 KiB make a call of the system for every few rows. */
enum { OUTPUT_BUFFER_BYTES = 131072 };

/* A pipe or a device is written to as it is: a file in its place would take it away. */
static bool is_special(const char *path)
{
        struct stat st;

        return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static int open_special(struct output *ret, const char *path, struct error *err)
{
        struct output o = { .path = strdup(path) };

        if (!o.path)
                return error_oom(err);
        o.file = fopen(path, "we");
        if (!o.file) {
                int r = error_set(err, -errno, "%s: %s", path, strerror(errno));

                output_done(&o);
                return r;
        }
        *ret = o;
        return 0;
}

int output_open(struct output *ret, const char *path, struct error *err)
{
        struct output o = { 0 };
        mode_t mask;
        int fd;

        if (!path || strcmp(path, "-") == 0) {
                *ret = (struct output){ .file = stdout };
                return 0;
        }
        if (is_special(path))
                return open_special(ret, path, err);
        o.path = strdup(path);
        if (!o.path || asprintf(&o.temporary, "%s.XXXXXX", path) < 0) {
                o.temporary = NULL;
                output_done(&o);
                return error_oom(err);
        }
        fd = mkostemp(o.temporary, O_CLOEXEC);
        if (fd < 0) {
                int r = error_set(err, -errno, "%s: %s", path, strerror(errno));

                free(o.temporary);
                o.temporary = NULL;
                output_done(&o);
                return r;
        }
        mask = umask(0); /* mkostemp() knows 0600 only; a report gets what any new file gets */
        (void)umask(mask);
        (void)fchmod(fd, 0666 & ~mask);
        o.file = fdopen(fd, "w");
        if (!o.file) {
                (void)close(fd);
                output_done(&o);
                return error_oom(err);
        }
        (void)setvbuf(o.file, NULL, _IOFBF, OUTPUT_BUFFER_BYTES);
        *ret = o;
        return 0;
}

int output_commit(struct output *o, struct error *err)
{
        bool failed;

        if (!o->path)
                return fflush(stdout) != 0
                               ? error_set(err, -errno, "standard output: %s", strerror(errno))
                               : 0;
        failed = fflush(o->file) != 0 || (o->temporary && fsync(fileno(o->file)) < 0);
        failed = fclose(TAKE_PTR(o->file)) != 0 || failed;
        if (failed || (o->temporary && rename(o->temporary, o->path) < 0))
                return error_set(err, -errno, "%s: %s", o->path, strerror(errno));
        free(TAKE_PTR(o->temporary));
        return 0;
}

void output_done(struct output *o)
{
        if (o->path && o->file)
                (void)fclose(o->file);
        if (o->temporary)
                (void)unlink(o->temporary);
        free(o->temporary);
        free(o->path);
        *o = (struct output){ 0 };
}
