/* The judge's data files: config/{rules,law,regions}, file by file replaced from a folder of
 * overrides; what stands in that folder alone (declarations, waivers, registers); and the digest
 * over what was read. */
#pragma once

#include "daemon/base/digest.h"
#include "daemon/base/error.h"
#include "daemon/base/files.h"

struct data {
        const char *dir;       /* borrowed */
        const char *overrides; /* borrowed; NULL for none */
        struct files *files;   /* borrowed; NULL: read from disk and not kept */
        json_t *seen; /* {"law/dates.yaml": content as canonical JSON, a text}: what the digest is
                         made of */
};

int data_init(struct data *d, const char *dir, const char *overrides, struct error *err);
void data_done(struct data *d);

/* One file by its name below the folders ("law/dates.yaml"). */
int data_load(struct data *d, const char *name, struct yaml **ret, struct error *err);

/* Every *.yaml of a folder ("rules"), in the order of their names. cb borrows the document for the
 * call. */
int data_each(struct data *d, const char *folder,
              int (*cb)(void *user, const char *name, const struct yaml *y, struct error *err),
              void *user, struct error *err);

/* The same of a folder that is beside the configuration only, and may not be there ("waivers"). */
int data_each_own(struct data *d, const char *folder,
                  int (*cb)(void *user, const char *name, const struct yaml *y, struct error *err),
                  void *user, struct error *err);

enum { DATA_PART_HEX = 16 };
int data_part_put(json_t *parts, const char *name, const json_t *content);
/* {name: the first 16 hex digits of its content's digest} of what was loaded; NULL without memory.
 */
json_t *data_parts(const struct data *d);

/* Digest of everything that was loaded, and of extra (borrowed). */
int data_digest(const struct data *d, const json_t *extra, char hex[static SHA256_HEX_MAX],
                struct error *err);
