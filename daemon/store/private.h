/* What the files of the store share. Private to store/.
 *
 * Writing: each public function that writes is one step: step_begin(), statements, step_end().
 * Steps are gathered into transactions of thousands; a transaction is committed between steps only,
 * so that a change and the event that tells it are always in the same one. A step that fails rolls
 * the whole transaction back, and with it fails the scan that is being recorded. */
#pragma once

#include "daemon/store/store.h"

#include <sqlite3.h>

enum { STEPS_MAX = 4096 };

enum statement {
#define STATEMENT(name, sql) ST_##name,
#include "daemon/store/statements.h"
#undef STATEMENT
        ST_MAX,
};

/* The rows that are being handed to callbacks now, innermost first: what is written about them
 * needs no look-up. */
struct current_row {
        const struct current_row *outer;
        int64_t resource, place, description;
        char key[RESOURCE_KEY_MAX];
};

struct saying_slot {
        char digest[SHA256_HEX_MAX];
        int64_t saying;
};
enum { SAYING_SLOTS = 256 };

struct store {
        sqlite3 *db;
        sqlite3_stmt *statements[ST_MAX];
        char *path;
        int lock_fd;
        bool read_only;
        int wait_ms; /* for whoever holds it */

        /* the transaction under way */
        uint64_t steps;
        bool subject_open;       /* between store_judge_begin() and _end(): no commit */
        struct store_scan *scan; /* being recorded, NULL when none is */
        struct saying_slot *sayings;

        /* what queries lent out */
        const struct current_row *current;
        char *rules_digest;
        json_t *rules; /* {id: rule}, of rules_digest */
        char *summary[3], summary_judged[32];
        json_t *summary_basis;
        json_t *event_fields;
        char event_created[32];

        uint64_t rows_written;

        /* when what changes again and again is damped; 0: never */
        uint64_t damp_changes, damp_within_usec;
};

/* ---- statements --------------------------------------------------------------------------------
 */

/* The error SQLite has, with what was being done, as a negative errno. */
int store_error(struct store *s, struct error *err, const char *doing);
/* A statement of the table, prepared at its first use. */
int store_statement(struct store *s, enum statement id, sqlite3_stmt **ret, struct error *err);
/* types: i int64_t, s text or NULL, o int64_t with NULL for 0. */
int store_run(struct store *s, enum statement id, struct error *err, const char *types, ...);
/* 1 with *ret on its first row, 0 when there is none, negative. Reset *ret when done with it
 * (_cleanup_(statement_resetp)); no other use of id before. */
int store_row(struct store *s, enum statement id, sqlite3_stmt **ret, struct error *err,
              const char *types, ...);
/* The next row: 1, 0, negative. */
int store_next(struct store *s, sqlite3_stmt *st, struct error *err);
void statement_resetp(sqlite3_stmt **st);
void statement_finalizep(sqlite3_stmt **st);
const char *column_text(sqlite3_stmt *st, int column); /* borrowed until the next row */
json_t *column_json(sqlite3_stmt *st, int column);     /* NULL: damaged */

/* ---- transactions ------------------------------------------------------------------------------
 */

int step_begin(struct store *s, struct error *err);
/* r: of the step. Returns it, or the failure to commit. */
int step_end(struct store *s, int r, struct error *err);
int store_commit(struct store *s, struct error *err);
void store_rollback(struct store *s, int code, const struct error *err);

/* ---- shared words ------------------------------------------------------------------------------
 */

/* The row of a place, made when it is not there. */
int store_place(struct store *s, const struct place *place, int64_t *ret, struct error *err);
/* The row of the resource with that key; place NULL: anywhere, which is slow unless the row is
 * being handed to a callback. -ENOENT. */
int store_row_of_key(struct store *s, const struct place *place, const char *key, int64_t *ret,
                     struct error *err);
/* s->rules as they were last written. */
int store_rules_refresh(struct store *s, struct error *err);
/* What is kept under a name: NULL when nothing is; new reference. */
json_t *store_meta_json(struct store *s, const char *name);
int store_meta_put(struct store *s, const char *name, const json_t *value, struct error *err);
char *store_time(sqlite3_stmt *st, int column, char text[static 32]); /* NULL for NULL */
/* Adds an event to the transaction under way. Takes fields, NULL for no memory. */
int outbox_put_take(struct store *s, enum event_kind kind, uint64_t time_usec, json_t *fields,
                    struct error *err);
/* The functions that queries use: vigie_key(), vigie_finding(). */
int functions_register(struct store *s);
