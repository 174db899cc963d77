#include "daemon/store/filter.h"

#include <errno.h>

enum {
        D_PROVIDER,
        D_ACCOUNT,
        D_SCOPE,
        D_REGION,
        D_COLLECTOR,
        D_COMPLETE,
        D_DETAILED,
        D_LAST,
        D_EVIDENCE
};

static int give_reading(struct store *s, sqlite3_stmt *st,
                        int (*cb)(void *user, const struct store_reading *r), void *user,
                        struct error *err)
{
        const char *text = column_text(st, D_EVIDENCE);
        json_auto_t *evidence = text ? json_loads(text, 0, NULL) : NULL;
        const struct store_reading given = {
                .place = { column_text(st, D_PROVIDER), column_text(st, D_ACCOUNT),
                           column_text(st, D_SCOPE), column_text(st, D_REGION) },
                .collector = column_text(st, D_COLLECTOR),
                .details_complete = sqlite3_column_int64(st, D_COMPLETE) != 0,
                .detailed_usec = (uint64_t)sqlite3_column_int64(st, D_DETAILED),
                .detailed_last = sqlite3_column_int64(st, D_LAST) != 0,
                .evidence = evidence,
        };

        if (!evidence)
                return error_set(err, -EUCLEAN, "%s: the evidence of a resource is damaged",
                                 s->path);
        return cb(user, &given);
}

int store_each_reading(struct store *s, const struct store_filter *f,
                       int (*cb)(void *user, const struct store_reading *r), void *user,
                       struct error *err)
{
        _cleanup_(query_done) struct query q = QUERY_INIT;
        _cleanup_(statement_finalizep) sqlite3_stmt *st = NULL;
        int r;

        query_add(&q, "SELECT o.provider, o.account, o.scope, o.region, p.collector,"
                      " r.details_complete, r.detailed, r.detailed >="
                      " (SELECT started FROM scan s WHERE s.scan = p.scan), r.evidence"
                      " FROM place o CROSS JOIN pass p INDEXED BY pass_order ON p.place = o.place"
                      " CROSS JOIN resource r INDEXED BY resource_pass ON r.pass = p.pass"
                      " WHERE r.gone IS NULL AND r.missing = 0");
        query_where_place(&q, f);
        query_where(&q, "p.collector = ?", f->kind);
        query_add(&q, " ORDER BY o.provider, o.account, o.scope, o.region, p.collector");
        r = query_prepare(&q, s, &st, err);
        if (r == 0)
                r = store_next(s, st, err);
        while (r > 0) {
                r = give_reading(s, st, cb, user, err);
                if (r != 0)
                        return query_outcome(r, err);
                r = store_next(s, st, err);
        }
        return r;
}
