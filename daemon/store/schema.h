/* The tables, and how an older store becomes the current one. Private to store/. */
#pragma once

#include "daemon/store/private.h"

enum {
        SCHEMA_VERSION = 6,              /* PRAGMA user_version */
        SCHEMA_APPLICATION = 0x76696769, /* PRAGMA application_id: "vigi" */
};

/* Looks at the file without SQLite, so that one that is not ours to open stays untouched. Sets
 * *ret_empty when there is nothing in it yet. -ENOENT, -EUCLEAN, -EPROTO. */
int schema_inspect(const char *path, bool *ret_empty, struct error *err);

/* Brings the open store to SCHEMA_VERSION, each step in a transaction of its own. -EPROTO when the
 * store is newer, or read-only and older. */
int schema_migrate(struct store *s, struct error *err);
