/* The tables, and how an older file becomes a newer one. The version stands in PRAGMA user_version.
 */
#pragma once

#include "daemon/base/error.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

enum { SCHEMA_VERSION = 1 };
#define SCHEMA_APPLICATION_ID UINT32_C(0x56696769) /* "Vigi" */

/* Looks at the file's first bytes and changes nothing. 0 for a store of this version or an older
 * one, 1 for none or an empty one, -EPROTO for a newer one, -EUCLEAN for what is no store. */
int schema_look(const char *file, struct error *err);

/* The same through SQLite, which also sees what stands in the write-ahead log; fails with -ENOENT
 * for an empty one. */
int schema_check(sqlite3 *db, struct error *err);

/* Creates the tables, or brings them to this version, in one transaction. */
int schema_migrate(sqlite3 *db, struct error *err);
