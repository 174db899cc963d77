#include "daemon/store/trend.h"

#include "daemon/base/json.h"
#include "daemon/store/filter.h"
#include "daemon/store/record.h"

#include <errno.h>

/* Columns of ST_CENSUSES. */
enum { C_ID, C_ACCOUNTS, C_STARTED, C_FINISHED, C_COMPLETE, C_CENSUS };

/* ---- writing -----------------------------------------------------------------------------------
 */

/* What is 0 is left out: most of it is, in most scans. */
static void put_count(json_t *object, const char *name, uint64_t n)
{
        if (n > 0)
                (void)json_object_set_new(object, name, json_integer((json_int_t)n));
}

static json_t *finding_counts(const struct store_summary *s)
{
        json_t *row = json_object();

        for (int v = 0; v < VERDICT_MAX; v++) {
                json_t *severities = json_object();

                for (int i = 0; i < SEVERITY_MAX; i++)
                        put_count(severities, severity_name((enum severity)i), s->findings[v][i]);
                if (json_object_size(severities) > 0)
                        (void)json_object_set(row, verdict_name((enum verdict)v), severities);
                json_decref(severities);
        }
        return row;
}

static json_t *coverage_counts(const struct store_summary *s)
{
        json_t *row = json_object();

        for (int i = 0; i < COVERAGE_STATE_MAX; i++)
                put_count(row, coverage_state_name((enum coverage_state)i), s->coverage[i]);
        return row;
}

int trend_count(struct store_scan *scan, struct error *err)
{
        _cleanup_(freep) char *text = NULL;
        struct store_summary s;
        json_auto_t *census = NULL;
        int r = store_summarise(scan->store, &s, err);

        if (r < 0)
                return r;
        census = json_pack("{s:I, s:I, s:o, s:o}", "resources", (json_int_t)s.resources, "stale",
                           (json_int_t)s.stale, "findings", finding_counts(&s), "coverage",
                           coverage_counts(&s));
        text = census ? json_canonical(census) : NULL;
        if (!text)
                return error_oom(err);
        return store_run(scan->store, ST_SCAN_CENSUS, err, "si", text, scan->number);
}

/* ---- reading -----------------------------------------------------------------------------------
 */

static uint64_t count_of(const json_t *object, const char *name)
{
        json_int_t n = json_integer_value(json_object_get(object, name));

        return n > 0 ? (uint64_t)n : 0;
}

static void read_counts(const json_t *census, struct store_census *c)
{
        const json_t *findings = json_object_get(census, "findings");
        const json_t *coverage = json_object_get(census, "coverage");

        c->known = true;
        c->resources = count_of(census, "resources");
        c->stale = count_of(census, "stale");
        for (int v = 0; v < VERDICT_MAX; v++) {
                const json_t *row = json_object_get(findings, verdict_name((enum verdict)v));

                for (int i = 0; i < SEVERITY_MAX; i++)
                        c->findings[v][i] = count_of(row, severity_name((enum severity)i));
        }
        for (int i = 0; i < COVERAGE_STATE_MAX; i++)
                c->coverage[i] = count_of(coverage, coverage_state_name((enum coverage_state)i));
}

static int give_row(struct store *s, sqlite3_stmt *st,
                    int (*cb)(void *user, const struct store_census *c), void *user,
                    struct error *err)
{
        bool counted = column_text(st, C_CENSUS);
        json_auto_t *census = counted ? column_json(st, C_CENSUS) : NULL;
        json_auto_t *accounts = column_json(st, C_ACCOUNTS);
        struct store_census c = {
                .scan_id = column_text(st, C_ID),
                .accounts = accounts,
                .started_usec = (uint64_t)sqlite3_column_int64(st, C_STARTED),
                .finished_usec = (uint64_t)sqlite3_column_int64(st, C_FINISHED),
                .complete = sqlite3_column_int64(st, C_COMPLETE) != 0,
        };

        if (!c.scan_id || !accounts || (counted && !json_is_object(census)))
                return error_set(err, -EUCLEAN, "%s: the numbers of a scan are damaged", s->path);
        if (census)
                read_counts(census, &c);
        return cb(user, &c);
}

int store_each_census(struct store *s, uint64_t since_usec, uint64_t max,
                      int (*cb)(void *user, const struct store_census *c), void *user,
                      struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(s, ST_CENSUSES, &st, err, "ii", (int64_t)since_usec,
                          max < INT64_MAX ? (int64_t)max : INT64_MAX);

        while (r > 0) {
                r = give_row(s, st, cb, user, err);
                r = r == 0 ? store_next(s, st, err) : query_outcome(r, err);
        }
        return r;
}
