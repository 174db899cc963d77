#include "daemon/store/private.h"

#include <errno.h>

/* Columns after the count, by what is counted. */

static void read_finding(sqlite3_stmt *st, struct store_count *c)
{
        c->rule = column_text(st, 1);
        c->severity = (enum severity)sqlite3_column_int(st, 2);
        c->verdict = (enum verdict)sqlite3_column_int(st, 3);
}

static void read_resource(sqlite3_stmt *st, struct store_count *c)
{
        c->provider = column_text(st, 1);
        c->kind = column_text(st, 2);
        c->area = column_text(st, 3);
}

static void read_pass(sqlite3_stmt *st, struct store_count *c)
{
        c->provider = column_text(st, 1);
        c->account = column_text(st, 2);
        c->scope = column_text(st, 3);
        c->state = (enum coverage_state)sqlite3_column_int(st, 4);
}

static const struct {
        enum statement id;
        void (*read)(sqlite3_stmt *st, struct store_count *c);
} counts[] = {
        [COUNT_FINDINGS] = { ST_EACH_COUNT_FINDINGS, read_finding },
        [COUNT_RESOURCES] = { ST_EACH_COUNT_RESOURCES, read_resource },
        [COUNT_PASSES] = { ST_EACH_COUNT_PASSES, read_pass },
};

int store_each_count(struct store *s, enum store_count_of what,
                     int (*cb)(void *user, const struct store_count *c), void *user,
                     struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(s, counts[what].id, &st, err, "");

        while (r > 0) {
                struct store_count c = { .n = (uint64_t)sqlite3_column_int64(st, 0) };

                counts[what].read(st, &c);
                if ((unsigned)c.severity >= SEVERITY_MAX || (unsigned)c.verdict >= VERDICT_MAX ||
                    (unsigned)c.state >= COVERAGE_STATE_MAX)
                        return error_set(err, -EUCLEAN, "%s: a count is damaged", s->path);
                r = cb(user, &c);
                if (r != 0)
                        return r < 0 ? error_set(err, r, "counting failed") : 0;
                r = store_next(s, st, err);
        }
        return r;
}

int store_scan_times(struct store *s, struct store_times *ret, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(s, ST_SCAN_TIMES, &st, err, "");

        *ret = (struct store_times){ 0 };
        if (r <= 0)
                return r;
        ret->started_usec = (uint64_t)sqlite3_column_int64(st, 0);
        ret->succeeded_usec = (uint64_t)sqlite3_column_int64(st, 1);
        ret->duration_usec = (uint64_t)sqlite3_column_int64(st, 2);
        return 0;
}
