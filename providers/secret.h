/* Where secrets come from and how they end: small files, variables, and memory that is overwritten
 * before it is given back. */
#pragma once

#include "daemon/base/digest.h"
#include "daemon/base/error.h"

#include <jansson.h>

/* Overwrites a text before it frees it; NULL is accepted. */
void secret_free(char *text);
static inline void secret_freep(char **text)
{
        secret_free(*text);
}

/* Overwrites every string in the tree and gives the reference back: for replies that hold secrets.
 * NULL is accepted. */
void secret_json_free(json_t *value);
static inline void secret_json_freep(json_t **value)
{
        secret_json_free(*value);
}

/* A small file without the white space at its end; give it to secret_free(). -ENOENT, -EINVAL when
 * it is empty. */
int secret_file_read(const char *path, char **ret, struct error *err);

/* An empty variable counts as none. */
const char *secret_environment(const char *name);

/* A digest of texts in their order; NULL is another than "". No text is copied. To begin with, ret
 * is all zeros; more texts may follow in another call. */
void secret_fingerprint(const char *const *texts, size_t n, unsigned char ret[static SHA256_BYTES]);
