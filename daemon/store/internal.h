/* What the files of the store share.
 *
 * Every public function that writes is one operation: write_begin(), its statements, write_end(). A
 * change and its event are written in one operation, and a transaction ends between operations
 * only, so that no event is parted from its change. When an operation fails, the transaction is
 * rolled back and the scan in course accepts nothing more: what it remembers having written would
 * not be true. */
#pragma once

#include "daemon/base/clock.h"
#include "daemon/store/sql.h"
#include "daemon/store/store.h"

enum {
        ROWS_PER_TRANSACTION = 2000,
        MISSES_UNTIL_GONE = 2,
};

/* The row that stands for an account of which nothing was ever read. */
#define ACCOUNT_COLLECTOR "account"

/* A set of row ids. */
struct bitmap {
        uint64_t *words;
        size_t n_words;
};

bool bitmap_has(const struct bitmap *b, uint64_t id);
int bitmap_add(struct bitmap *b, uint64_t id); /* -ENOMEM */
void bitmap_done(struct bitmap *b);

struct store {
        sqlite3 *db;
        struct sql_cache cache;
        int lock_fd; /* -1 when only reading */
        bool read_only;

        /* the transaction in course */
        bool in_transaction;
        uint64_t pending; /* statements that wrote since it began */
        struct store_scan *scan;

        uint64_t rows_written;

        /* rules by id, as last parsed */
        json_t *rules_by_id;
        char rules_digest[SHA256_HEX_MAX];

        /* what the strings given out stand in */
        char scan_id[33], started[CLOCK_TEXT_MAX], finished[CLOCK_TEXT_MAX];
        char event_created[CLOCK_TEXT_MAX];
        json_t *event_fields;
};

/* A pass in course. */
struct scan_pass {
        uint64_t number;
        bool known_before;         /* was there when it began */
        enum coverage_state state; /* then */
        bool lost;
        uint64_t last_ok_usec, since_usec; /* then; 0: never */
        struct bitmap seen;                /* resources seen through it */
};

/* A resource seen through another pass than its own. */
struct adopted {
        uint64_t resource, pass;
};

/* One finding of the subject that is being judged, as it stands in the store. */
struct known_finding {
        char id[33];
        char digest[SHA256_HEX_MAX];
        enum verdict verdict;
        enum severity severity;
        bool closed, added;
};

struct store_scan {
        struct store *store;
        struct sink sink;
        char id[33];
        uint64_t now_usec; /* its begin: the time of everything in it */
        char **accounts;
        bool complete, collected;
        int failed; /* the error of the first operation that did */
        uint64_t calls;

        json_t *quiet; /* object of accounts that were never scanned to the end: nothing "appears"
                        */
        struct bitmap seen;    /* resources */
        struct bitmap asked;   /* resources whose details were worth asking about */
        struct bitmap visited; /* passes ended */
        struct adopted *adopted;
        size_t n_adopted, adopted_allocated;

        /* the subject being judged */
        bool judging;
        char subject[RESOURCE_KEY_MAX];
        struct known_finding *findings;
        size_t n_findings, findings_allocated;
        json_t *judged; /* object of accounts */

        uint64_t counts[EVENT_KIND_MAX]; /* events of the scan, for its last one */
};

/* ---- store.c ------------------------------------------------------------------------------------
 */

int write_begin(struct store *s, struct error *err);
/* Ends an operation: commits when it stands alone or enough has gathered; r < 0 rolls back. Returns
 * r, or the error of the commit. */
int write_end(struct store *s, int r, struct error *err);
/* Commits what is pending. */
int write_flush(struct store *s, struct error *err);
/* A statement that counts as one write; a row of resources or findings also counts for
 * store_rows_written(). */
int write_run(struct store *s, struct sql *q, struct error *err);
int write_row(struct store *s, struct sql *q, struct error *err);

int metadata_get(struct store *s, const char *name, char **ret, struct error *err); /* NULL: none */
int metadata_set(struct store *s, const char *name, const char *value, struct error *err);

static inline const char *text_or_empty(const char *text)
{
        return text ? text : "";
}

/* ---- scan.c ---------------------------------------------------------------------------------- */

/* Fails when an operation of the scan failed before. */
int scan_usable(const struct store_scan *scan, struct error *err);

/* ---- inventory.c
 * ------------------------------------------------------------------------------------ */

extern const struct sink inventory_sink;
/* Counts an absence for each resource of the pass that was not seen, and removes what has gone. */
int inventory_count_absent(struct store_scan *scan, const struct scan_pass *pass,
                           struct error *err);
/* Remembers what a pass saw that did not come to its end; or forgets it, when one did. */
int inventory_keep_partial(struct store_scan *scan, const struct scan_pass *pass, bool answer,
                           struct error *err);
/* A resource whose own pass was not read belongs to the one it was seen through. */
int inventory_adopt(struct store_scan *scan, struct error *err);

/* ---- coverage.c
 * --------------------------------------------------------------------------------------- */

int coverage_begin(struct store_scan *scan, const struct place *place, const char *collector,
                   struct scan_pass *ret, struct error *err);
int coverage_end(struct store_scan *scan, const struct scan_pass *pass, const struct coverage *c,
                 struct error *err);
int coverage_close_unvisited(struct store_scan *scan, struct error *err);

/* ---- change.c
 * ------------------------------------------------------------------------------------------ */

/* Digest of what counts as the content of a resource: not the evidence, nor what points to it. */
int content_digest(const struct resource *r, char hex[static SHA256_HEX_MAX]);
/* [{"fact","from","to"}]; NULL without memory. */
json_t *content_changes(const struct resource *from, const struct resource *to);

/* ---- findings.c
 * ------------------------------------------------------------------------------------------ */

/* Closes what is open of a subject that is no more. */
int findings_close_subject(struct store_scan *scan, const char *subject, struct error *err);
void findings_done(struct store_scan *scan);

/* ---- outbox.c
 * --------------------------------------------------------------------------------------------- */

/* Text that is no UTF-8 has its bytes above 127 replaced; NULL is left out. */
int fields_set(json_t *fields, const char *name, const char *text);
json_t *fields_new(const struct place *place);
/* Within the operation in course; takes fields (NULL: no memory). */
int outbox_add_take(struct store_scan *scan, enum event_kind kind, json_t *fields,
                    struct error *err);

/* ---- query.c
 * --------------------------------------------------------------------------------------------------
 */

/* Conditions gathered for one query: text with numbered parameters, and what is bound to them. */
struct conditions {
        char text[2048];
        size_t used;
        struct {
                const char *text;
                int64_t number;
        } values[24];
        int n;
        int failed;
};

/* Adds " AND " and sql, in which every "?" stands for value. */
void conditions_text(struct conditions *c, const char *sql, const char *value);
void conditions_number(struct conditions *c, const char *sql, int64_t value);
/* Takes before + conditions + after, bound. */
int conditions_take(struct sql **ret, struct store *s, const struct conditions *c,
                    const char *const sql[2], struct error *err);

/* Reads the columns RESOURCE_COLUMNS, from the first; the strings are borrowed from the row, the
 * JSON is owned: resource_row_done(). */
#define RESOURCE_COLUMNS                                                                           \
        "r.provider, r.account, r.scope, r.region, r.kind, r.id, r.name, r.status, r.created,"     \
        " r.modified, r.service_type, r.topic, r.listed_digest, r.details_complete, r.detailed,"   \
        " r.tags, r.facts, r.evidence"
enum { RESOURCE_COLUMNS_MAX = 18 };
int resource_row_read(struct sql *q, bool plain, struct resource *ret, struct error *err);
void resource_row_done(struct resource *r);

/* Whether the row r with its pass p and partial t is stale. */
#define RESOURCE_STALE                                                                             \
        "(r.gone = 0 AND (r.misses > 0 OR (p.state NOT IN (0, 5, 6) AND coalesce(t.seen, -1) <"    \
        " p.tried)))"

/* ---- query-coverage.c
 * ---------------------------------------------------------------------------- */

/* The text of the times in a row. */
struct coverage_times {
        char since[CLOCK_TEXT_MAX], last_ok[CLOCK_TEXT_MAX];
};

#define COVERAGE_COLUMNS                                                                           \
        "p.provider, p.account, p.scope, p.region, p.collector, p.topic, p.service_type, p.state," \
        " p.cause, p.permission, p.calls, p.items, p.since, p.last_ok"
/* Reads them from column first on. */
int coverage_row_read(struct sql *q, int first, struct store_coverage *ret,
                      struct coverage_times *times, struct error *err);
