/* What writing and checking snapshots share: folders, whole files, digests. Private to store/. */
#pragma once

#include "daemon/base/digest.h"
#include "daemon/base/error.h"
#include "daemon/store/signature.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define SNAPSHOT_MANIFEST "manifest.json"
#define SNAPSHOT_SIGNATURE "manifest.sig"
#define SNAPSHOT_TIMESTAMP "manifest.tsr"
#define SNAPSHOT_KEY "public-key.pem"
#define SNAPSHOT_SUMS "SHA256SUMS"
#define SNAPSHOT_PRUNED "pruned.json"
#define SNAPSHOT_PRUNED_SIGNATURE "pruned.sig"

enum { SNAPSHOT_NAME_MAX = 32 };

/* "2026-11-26T041500Z" */
bool snapshot_is_name(const char *name);
void snapshot_format_name(uint64_t created_usec, char name[static SNAPSHOT_NAME_MAX]);

/* Of a file in a snapshot: below it, whatever a manifest says. */
bool snapshot_is_file_name(const char *name);

/* Names of the snapshots in a folder, oldest first; the caller frees each and the list. */
int snapshot_list(const char *folder, char ***ret, size_t *ret_n, struct error *err);
void snapshot_list_free(char **names, size_t n);

/* A whole small file (NUL-terminated beyond its size). -ENOENT, -E2BIG. */
int snapshot_read(const char *dir, const char *name, char **ret, size_t *ret_bytes,
                  struct error *err);
/* The SHA-256 and size of a file that may be large. -ENOENT. */
int snapshot_hash(const char *dir, const char *name, char hex[static SHA256_HEX_MAX],
                  uint64_t *ret_bytes, struct error *err);
/* A whole file, synced. */
int snapshot_write(const char *dir, const char *name, const void *data, size_t size_bytes,
                   struct error *err);
int snapshot_sync_folder(const char *dir, struct error *err);
/* The folder and all that is in it; what cannot be removed stays. */
void snapshot_remove(const char *dir);
char *snapshot_path(const char *dir, const char *name); /* NULL: no memory */

/* Makes the folder when it is not there; -EBUSY while another process writes into it. */
int snapshot_lock(const char *folder, int *ret_fd, struct error *err);
/* The manifest of a snapshot, and its digest. */
int snapshot_read_manifest(const char *folder, const char *name, json_t **ret,
                           char hex[static SHA256_HEX_MAX], struct error *err);
/* value, signed, as two files. */
int snapshot_write_signed(const char *dir, const char *name, const char *signature_name,
                          const json_t *value, const struct signing_key *key, struct error *err);
