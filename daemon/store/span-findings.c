#include "daemon/store/span.h"

#include "daemon/store/filter.h"

#include <errno.h>
#include <string.h>

/* Columns of the query; those of what was said before, then the same of what is said after. */
enum {
        F_FINDING,
        F_RESOURCE,
        F_PROVIDER,
        F_ACCOUNT,
        F_SCOPE,
        F_REGION,
        F_RULE,
        F_KIND,
        F_ID,
        F_NAME,
        F_FROM,
        F_TO = F_FROM + 8,
};
enum { J_VERDICT, J_SEVERITY, J_WHY_EN, J_WHY_FR, J_ARITHMETIC, J_APPLIES, J_STATE, J_FACTS };

/* The first change of each finding says how it was, the last how it is. */
static const char findings_sql[] =
        "WITH ends AS (SELECT finding, min(history) AS first, max(history) AS last"
        " FROM history INDEXED BY history_scan WHERE scan > ?1 AND scan <= ?2 GROUP BY finding)"
        " SELECT f.finding, f.resource, provider, account, scope, region, rule, r.kind, r.id,"
        " r.name, a.verdict_from, a.severity_from, x.why_en, x.why_fr, x.arithmetic,"
        " x.applies_from, x.state, x.facts, b.verdict_to, b.severity_to, y.why_en, y.why_fr,"
        " y.arithmetic, y.applies_from, y.state, y.facts"
        " FROM ends JOIN history a ON a.history = first JOIN history b ON b.history = last"
        " JOIN finding f ON f.finding = ends.finding JOIN place o ON o.place = f.place"
        " LEFT JOIN resource r ON r.resource = f.resource"
        " LEFT JOIN saying x ON x.saying = a.saying_from"
        " LEFT JOIN saying y ON y.saying = b.saying_to"
        " ORDER BY coalesce(b.severity_to, -1) DESC, rule, provider, account, scope, region,"
        " r.kind, r.id";

static int judged_read(struct store_judged *j, sqlite3_stmt *st, int column, json_t **facts)
{
        int64_t verdict = sqlite3_column_int64(st, column + J_VERDICT),
                severity = sqlite3_column_int64(st, column + J_SEVERITY);

        if (sqlite3_column_type(st, column + J_VERDICT) == SQLITE_NULL)
                return 0;
        if (verdict < 0 || verdict >= VERDICT_MAX || severity < 0 || severity >= SEVERITY_MAX)
                return -EUCLEAN;
        *facts = column_json(st, column + J_FACTS);
        *j = (struct store_judged){
                .verdict = verdict_name((enum verdict)verdict),
                .severity = severity_name((enum severity)severity),
                .why = { column_text(st, column + J_WHY_EN), column_text(st, column + J_WHY_FR) },
                .arithmetic = column_text(st, column + J_ARITHMETIC),
                .applies_from = column_text(st, column + J_APPLIES),
                .state = column_text(st, column + J_STATE),
                .facts = *facts,
        };
        return 0;
}

static bool same_text(const char *a, const char *b)
{
        return a == b || (a && b && strcmp(a, b) == 0);
}

static int give_moved(struct store *s, sqlite3_stmt *st,
                      int (*cb)(void *user, const struct store_moved_finding *f), void *user)
{
        json_auto_t *before = NULL, *after = NULL;
        char id[FINDING_ID_MAX];
        struct store_moved_finding f = {
                .rule = column_text(st, F_RULE),
                .place = { column_text(st, F_PROVIDER), column_text(st, F_ACCOUNT),
                           column_text(st, F_SCOPE), column_text(st, F_REGION) },
                .kind = column_text(st, F_KIND),
                .resource_id = column_text(st, F_ID),
                .resource_name = column_text(st, F_NAME),
        };
        int r = judged_read(&f.from, st, F_FROM, &before);

        if (r == 0)
                r = judged_read(&f.to, st, F_TO, &after);
        if (r < 0)
                return r;
        if (same_text(f.from.verdict, f.to.verdict) && same_text(f.from.severity, f.to.severity))
                return 0;
        f.id = finding_id(&f.place, f.rule, f.kind, f.resource_id, id);
        f.rule_data = json_object_get(s->rules, f.rule);
        return cb(user, &f);
}

int store_each_moved_finding(struct store *s, const struct store_span *span,
                             int (*cb)(void *user, const struct store_moved_finding *f), void *user,
                             struct error *err)
{
        _cleanup_(statement_finalizep) sqlite3_stmt *st = NULL;
        int r = store_rules_refresh(s, err);

        if (r == 0)
                r = span_prepare(s, findings_sql, span, &st, err);
        if (r == 0)
                r = store_next(s, st, err);
        while (r > 0) {
                r = give_moved(s, st, cb, user);
                if (r == -EUCLEAN)
                        return error_set(err, r, "%s: the history of a finding is damaged",
                                         s->path);
                r = r == 0 ? store_next(s, st, err) : query_outcome(r, err);
        }
        return r;
}
