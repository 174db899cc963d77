/* Where a command writes: standard output, a file that appears whole or not at all, or a device or
 * pipe that is there already. */
#pragma once

#include "daemon/base/error.h"

struct output {
        FILE *file;
        char *path;      /* NULL: standard output */
        char *temporary; /* NULL: it is written to as it is */
};

/* path NULL or "-": standard output. */
int output_open(struct output *ret, const char *path, struct error *err);
/* Puts the file in its place. */
int output_commit(struct output *o, struct error *err);
/* Without output_commit() before, the file that was there stays as it was. */
void output_done(struct output *o);
