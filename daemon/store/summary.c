#include "daemon/store/private.h"

#include <errno.h>
#include <string.h>

static int keep(char **slot, const char *text, const char **ret)
{
        free(*slot);
        *slot = text ? strdup(text) : NULL;
        *ret = *slot;
        return text && !*slot ? -ENOMEM : 0;
}

static int last_scan(struct store *s, struct store_summary *ret, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        char started[32], finished[32];
        int r = store_row(s, ST_SCAN_LAST, &st, err, "");

        if (r <= 0)
                return r;
        r = keep(&s->summary[0], column_text(st, 0), &ret->scan_id);
        if (r == 0)
                r = keep(&s->summary[1], store_time(st, 1, started), &ret->started);
        if (r == 0)
                r = keep(&s->summary[2], store_time(st, 2, finished), &ret->finished);
        if (r < 0)
                return error_oom(err);
        ret->complete = sqlite3_column_int64(st, 3) != 0;
        ret->calls = (uint64_t)sqlite3_column_int64(st, 4);
        if (ret->finished && sqlite3_column_int64(st, 2) > sqlite3_column_int64(st, 1))
                ret->duration_usec =
                        (uint64_t)(sqlite3_column_int64(st, 2) - sqlite3_column_int64(st, 1));
        return 0;
}

static int last_judged(struct store *s, struct store_summary *ret, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(s, ST_SCAN_JUDGED, &st, err, "");

        if (r <= 0)
                return r;
        json_decref(s->summary_basis);
        ret->basis = s->summary_basis = column_json(st, 0);
        ret->judged = store_time(st, 1, s->summary_judged);
        return 0;
}

static int count(struct store *s, enum statement id, uint64_t *ret, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(s, id, &st, err, "");

        *ret = r > 0 ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
        return r < 0 ? r : 0;
}

static int count_findings(struct store *s, struct store_summary *ret, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(s, ST_COUNT_FINDINGS, &st, err, "");

        while (r > 0) {
                int64_t v = sqlite3_column_int64(st, 0), severity = sqlite3_column_int64(st, 1);

                if (v < 0 || v >= VERDICT_MAX || severity < 0 || severity >= SEVERITY_MAX)
                        return error_set(err, -EUCLEAN, "%s: a finding is damaged", s->path);
                ret->findings[v][severity] = (uint64_t)sqlite3_column_int64(st, 2);
                r = store_next(s, st, err);
        }
        return r;
}

static int count_coverage(struct store *s, struct store_summary *ret, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(s, ST_COUNT_COVERAGE, &st, err, "");

        while (r > 0) {
                int64_t state = sqlite3_column_int64(st, 0);

                if (state < 0 || state >= COVERAGE_STATE_MAX)
                        return error_set(err, -EUCLEAN, "%s: coverage is damaged", s->path);
                ret->coverage[state] = (uint64_t)sqlite3_column_int64(st, 1);
                r = store_next(s, st, err);
        }
        return r;
}

int store_summarise(struct store *s, struct store_summary *ret, struct error *err)
{
        uint64_t live = 0;
        int r;

        *ret = (struct store_summary){ 0 };
        r = last_scan(s, ret, err);
        if (r == 0)
                r = last_judged(s, ret, err);
        if (r == 0)
                r = count(s, ST_COUNT_RESOURCES, &ret->resources, err);
        if (r == 0)
                r = count(s, ST_COUNT_LIVE, &live, err);
        if (r == 0)
                r = count(s, ST_COUNT_STALE, &ret->stale, err);
        if (r == 0)
                r = count_findings(s, ret, err);
        if (r == 0)
                r = count_coverage(s, ret, err);
        ret->evidence_records = live - ret->resources;
        return r;
}
