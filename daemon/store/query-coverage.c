/* Coverage, places, counts, and the summary of all. */
#include "daemon/store/internal.h"

#include <errno.h>
#include <string.h>

/* ---- coverage ----------------------------------------------------------------------------------
 */

int coverage_row_read(struct sql *q, int first, struct store_coverage *ret,
                      struct coverage_times *times, struct error *err)
{
        int state = sql_int(q, first + 7);

        if (state < 0 || state >= COVERAGE_STATE_MAX)
                return error_set(err, -EUCLEAN, "store: coverage of no known state");
        *ret = (struct store_coverage){
                .coverage = {
                        .place = { sql_text(q, first), sql_text(q, first + 1),
                                   sql_text(q, first + 2), sql_text(q, first + 3) },
                        .collector = sql_text(q, first + 4),
                        .topic = sql_text(q, first + 5),
                        .service_type = sql_text(q, first + 6),
                        .state = (enum coverage_state)state,
                        .cause = sql_text(q, first + 8),
                        .permission = sql_text(q, first + 9),
                        .calls = sql_u64(q, first + 10),
                        .items = sql_u64(q, first + 11),
                },
                .since = clock_format_rfc3339(sql_u64(q, first + 12), times->since),
        };
        if (sql_text(q, first + 13))
                ret->last_ok = clock_format_rfc3339(sql_u64(q, first + 13), times->last_ok);
        return 0;
}

static void coverage_conditions(struct conditions *c, const struct store_filter *f)
{
        conditions_text(c, "p.provider = ?", f->provider);
        conditions_text(c, "p.account = ?", f->account);
        conditions_text(c, "p.scope = ?", f->scope);
        conditions_text(c, "p.region = ?", f->region);
        conditions_text(c, "p.collector = ?", f->kind);
        conditions_text(c, "p.service_type = ?", f->service_type);
        conditions_text(c, "p.topic = ?", f->topic);
        conditions_text(c, "instr(lower(p.collector), lower(?))", f->text);
        if (!f->all)
                conditions_number(c, "p.state <> ?", COVERAGE_OK);
}

int store_each_coverage(struct store *s, const struct store_filter *f,
                        int (*cb)(void *user, const struct store_coverage *c), void *user,
                        struct error *err)
{
        static const char *const sql[2] = {
                "SELECT " COVERAGE_COLUMNS " FROM passes p",
                " ORDER BY p.provider, p.account, p.scope, p.region, p.collector",
        };
        _cleanup_(sql_givep) struct sql *q = NULL;
        struct conditions c = { 0 };
        int r;

        coverage_conditions(&c, f);
        r = conditions_take(&q, s, &c, sql, err);
        if (r < 0)
                return r;
        while ((r = sql_step(q, err)) > 0) {
                struct coverage_times times;
                struct store_coverage row;

                r = coverage_row_read(q, 0, &row, &times, err);
                if (r >= 0)
                        r = cb(user, &row);
                if (r != 0)
                        return r;
        }
        return r;
}

/* ---- places
 * ------------------------------------------------------------------------------------------ */

/* Findings too: what was said of a place that is no more must be taken back. The row that stands
 * for an account is no place. */
#define PLACES                                                                                     \
        "SELECT provider, account, scope, region FROM (SELECT provider, account, scope, region"    \
        " FROM passes WHERE collector <> '" ACCOUNT_COLLECTOR "'"                                  \
        " UNION SELECT provider, account, scope, '' FROM passes"                                   \
        " WHERE collector <> '" ACCOUNT_COLLECTOR "'"                                              \
        " UNION SELECT provider, account, scope, region FROM resources WHERE gone = 0"             \
        " UNION SELECT provider, account, scope, '' FROM resources WHERE gone = 0"                 \
        " UNION SELECT provider, account, scope, region FROM findings"                             \
        " WHERE resource_key IS NULL AND closed IS NULL)"

int store_each_place(struct store *s, const struct store_filter *f,
                     int (*cb)(void *user, const struct place *place), void *user,
                     struct error *err)
{
        static const char *const sql[2] = { PLACES, " ORDER BY provider, account, scope, region" };
        _cleanup_(sql_givep) struct sql *q = NULL;
        struct conditions c = { 0 };
        int r;

        conditions_text(&c, "provider = ?", f->provider);
        conditions_text(&c, "account = ?", f->account);
        conditions_text(&c, "scope = ?", f->scope);
        conditions_text(&c, "region = ?", f->region);
        r = conditions_take(&q, s, &c, sql, err);
        if (r < 0)
                return r;
        while ((r = sql_step(q, err)) > 0) {
                const struct place place = { sql_text(q, 0), sql_text(q, 1), sql_text(q, 2),
                                             sql_text(q, 3) };

                r = cb(user, &place);
                if (r != 0)
                        return r;
        }
        return r;
}

static const char *given(const char *text)
{
        return text && *text ? text : NULL;
}

uint64_t store_count(struct store *s, const struct place *place, const char *service_type)
{
        static const char *const sql[2] = { "SELECT count(*) FROM resources r",
                                            " AND r.gone = 0 AND r.topic IS NULL" };
        _cleanup_(sql_givep) struct sql *q = NULL;
        struct conditions c = { 0 };

        conditions_text(&c, "r.provider = ?", given(place->provider));
        conditions_text(&c, "r.account = ?", given(place->account));
        conditions_text(&c, "r.scope = ?", given(place->scope));
        conditions_text(&c, "r.region = ?", given(place->region));
        conditions_text(&c, "r.service_type = ?", service_type);
        if (conditions_take(&q, s, &c, sql, NULL) < 0 || sql_step(q, NULL) <= 0)
                return 0;
        return sql_u64(q, 0);
}

/* ---- the summary
 * ---------------------------------------------------------------------------------------- */

static int summarise_scan(struct store *s, struct store_summary *ret, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(&q, &s->cache,
                         "SELECT id, started, finished, complete, calls FROM scans"
                         " ORDER BY finished IS NULL, number DESC LIMIT 1",
                         err);

        if (r < 0)
                return r;
        r = sql_step(q, err);
        if (r <= 0)
                return r;
        (void)snprintf(s->scan_id, sizeof(s->scan_id), "%s", sql_text(q, 0));
        ret->scan_id = s->scan_id;
        ret->started = clock_format_rfc3339(sql_u64(q, 1), s->started);
        ret->complete = sql_int(q, 3);
        ret->calls = sql_u64(q, 4);
        if (sql_text(q, 2)) {
                ret->finished = clock_format_rfc3339(sql_u64(q, 2), s->finished);
                if (sql_u64(q, 2) > sql_u64(q, 1))
                        ret->duration_usec = sql_u64(q, 2) - sql_u64(q, 1);
        }
        return 0;
}

static int summarise_resources(struct store *s, struct store_summary *ret, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(&q, &s->cache,
                         "SELECT count(*) FILTER (WHERE r.topic IS NULL),"
                         " count(*) FILTER (WHERE r.topic IS NULL AND " RESOURCE_STALE "),"
                         " count(*) FILTER (WHERE r.topic IS NOT NULL) FROM resources r"
                         " LEFT JOIN passes p ON p.number = r.pass"
                         " LEFT JOIN partial t ON t.resource = r.number WHERE r.gone = 0",
                         err);

        if (r >= 0)
                r = sql_step(q, err);
        if (r < 0)
                return r;
        ret->resources = sql_u64(q, 0);
        ret->stale = sql_u64(q, 1);
        ret->evidence_records = sql_u64(q, 2);
        return 0;
}

static int summarise_findings(struct store *s, struct store_summary *ret, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(&q, &s->cache,
                         "SELECT verdict, severity, count(*) FROM findings WHERE closed IS NULL"
                         " GROUP BY verdict, severity",
                         err);

        if (r < 0)
                return r;
        while ((r = sql_step(q, err)) > 0) {
                int verdict = sql_int(q, 0), severity = sql_int(q, 1);

                if (verdict < 0 || verdict >= VERDICT_MAX || severity < 0 ||
                    severity >= SEVERITY_MAX)
                        return error_set(err, -EUCLEAN, "store: finding of no known verdict");
                ret->findings[verdict][severity] = sql_u64(q, 2);
        }
        return r;
}

static int summarise_coverage(struct store *s, struct store_summary *ret, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(&q, &s->cache, "SELECT state, count(*) FROM passes GROUP BY state", err);

        if (r < 0)
                return r;
        while ((r = sql_step(q, err)) > 0) {
                int state = sql_int(q, 0);

                if (state < 0 || state >= COVERAGE_STATE_MAX)
                        return error_set(err, -EUCLEAN, "store: coverage of no known state");
                ret->coverage[state] = sql_u64(q, 1);
        }
        return r;
}

int store_summarise(struct store *s, struct store_summary *ret, struct error *err)
{
        struct store_summary summary = { 0 };
        int r = summarise_scan(s, &summary, err);

        if (r >= 0)
                r = summarise_resources(s, &summary, err);
        if (r >= 0)
                r = summarise_findings(s, &summary, err);
        if (r >= 0)
                r = summarise_coverage(s, &summary, err);
        if (r < 0)
                return r;
        *ret = summary;
        return 0;
}
