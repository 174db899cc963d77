/* The life of a finding. */
#include "daemon/store/filter.h"

static const char *verdict_at(sqlite3_stmt *st, int column)
{
        int64_t v = sqlite3_column_int64(st, column);

        return sqlite3_column_type(st, column) == SQLITE_NULL || v < 0 || v >= VERDICT_MAX
                       ? NULL
                       : verdict_name((enum verdict)v);
}

static const char *severity_at(sqlite3_stmt *st, int column)
{
        int64_t v = sqlite3_column_int64(st, column);

        return sqlite3_column_type(st, column) == SQLITE_NULL || v < 0 || v >= SEVERITY_MAX
                       ? NULL
                       : severity_name((enum severity)v);
}

static int give_change(sqlite3_stmt *st, int (*cb)(void *user, const struct store_change *c),
                       void *user)
{
        char time[32];
        const struct store_change change = {
                .time = store_time(st, 0, time),
                .scan_id = column_text(st, 1),
                .verdict_from = verdict_at(st, 2),
                .verdict_to = verdict_at(st, 3),
                .severity_from = severity_at(st, 4),
                .severity_to = severity_at(st, 5),
        };

        return cb(user, &change);
}

int store_each_change(struct store *s, const char *id,
                      int (*cb)(void *user, const struct store_change *c), void *user,
                      struct error *err)
{
        _cleanup_(statement_finalizep) sqlite3_stmt *st = NULL;
        _cleanup_(query_done) struct query q = QUERY_INIT;
        int r;

        query_add(&q, "SELECT h.time, s.id, h.verdict_from, h.verdict_to, h.severity_from,"
                      " h.severity_to FROM finding f CROSS JOIN place o USING (place)"
                      " LEFT JOIN resource r USING (resource) CROSS JOIN history h"
                      " ON h.finding = f.finding LEFT JOIN scan s ON s.scan = h.scan WHERE 1");
        query_where(&q,
                    "vigie_finding(o.provider, o.scope, o.region, f.rule, coalesce(r.kind, ''),"
                    " coalesce(r.id, '')) = ?",
                    id);
        query_add(&q, " ORDER BY h.history");
        r = query_prepare(&q, s, &st, err);
        if (r == 0)
                r = store_next(s, st, err);
        while (r > 0) {
                r = give_change(st, cb, user);
                r = r == 0 ? store_next(s, st, err) : query_outcome(r, err);
        }
        return r;
}
