#include "daemon/base/clock.h"
#include "daemon/base/number.h"
#include "daemon/store/private.h"

#include <errno.h>
#include <string.h>

/* Rows that one call deletes of each kind at most, so that the daemon is not held up; the rest goes
 * next time. */
enum { PRUNE_ROWS_MAX = 10000 };

/* As many rows of what scans changed are kept, however much changes: some 300 bytes each. */
enum { DRIFT_ROWS_MAX = 1000000 };

/* What nothing refers to any more is looked for once a day: it takes a walk over all findings. */
static const uint64_t sweep_usec = USEC_PER_DAY;

/* A refusal that was not asked again for so long is of a call, or an account, that is no more. */
static const uint64_t denial_keep_usec = 30 * USEC_PER_DAY;

static int prune_old(struct store *s, uint64_t before_usec, struct error *err)
{
        static const enum statement steps[] = {
                ST_PRUNE_EVENTS,    ST_PRUNE_HISTORY, ST_PRUNE_FINDINGS,
                ST_PRUNE_RESOURCES, ST_PRUNE_SCANS,   ST_PRUNE_DRIFT,
        };
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(steps) && r == 0; i++)
                r = store_run(s, steps[i], err, "ii", (int64_t)before_usec,
                              (int64_t)PRUNE_ROWS_MAX);
        return r;
}

/* Of which scan on the changes are known, once the oldest were forgotten. */
static int drift_note_past(struct store *s, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        char text[24];
        int r = store_row(s, ST_DRIFT_PAST, &st, err, "");

        if (r <= 0 || sqlite3_column_type(st, 0) == SQLITE_NULL)
                return r < 0 ? r : 0;
        (void)snprintf(text, sizeof(text), "%lld", (long long)sqlite3_column_int64(st, 0));
        return store_run(s, ST_META_PUT, err, "ss", "drift_since", text);
}

static int prune_many(struct store *s, struct error *err)
{
        int r = store_run(s, ST_PRUNE_DRIFT_MANY, err, "ii", (int64_t)DRIFT_ROWS_MAX,
                          (int64_t)PRUNE_ROWS_MAX);

        return r < 0 || sqlite3_changes(s->db) == 0 ? r : drift_note_past(s, err);
}

static bool sweep_is_due(struct store *s, uint64_t now_usec)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        uint64_t last_usec;

        if (store_row(s, ST_META_READ, &st, NULL, "s", "swept") <= 0 || !column_text(st, 0) ||
            number_parse_u64(column_text(st, 0), &last_usec) < 0)
                return true;
        return now_usec < last_usec || now_usec - last_usec >= sweep_usec;
}

static int sweep(struct store *s, uint64_t now_usec, struct error *err)
{
        static const enum statement steps[] = { ST_PRUNE_FRESH, ST_PRUNE_SAYINGS,
                                                ST_PRUNE_DESCRIPTIONS, ST_PRUNE_BASIS,
                                                ST_PRUNE_FLAPS };
        uint64_t old_usec = now_usec > denial_keep_usec ? now_usec - denial_keep_usec : 0;
        char text[24];
        int r = store_run(s, ST_PRUNE_DENIALS, err, "i", (int64_t)old_usec);

        for (size_t i = 0; i < ELEMENTSOF(steps) && r == 0; i++)
                r = store_run(s, steps[i], err, "");
        memset(s->sayings, 0, SAYING_SLOTS * sizeof(*s->sayings));
        (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)now_usec);
        return r < 0 ? r : store_run(s, ST_META_PUT, err, "ss", "swept", text);
}

int store_prune(struct store *s, uint64_t keep_usec, uint64_t now_usec, struct error *err)
{
        int r;

        if (s->scan)
                return error_set(err, -EBUSY, "%s: a scan is being recorded", s->path);
        r = step_begin(s, err);
        if (r < 0)
                return r;
        r = prune_old(s, now_usec > keep_usec ? now_usec - keep_usec : 0, err);
        if (r == 0)
                r = prune_many(s, err);
        if (r == 0 && sweep_is_due(s, now_usec))
                r = sweep(s, now_usec, err);
        return step_end(s, r, err);
}
