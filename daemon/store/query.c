#include "daemon/store/filter.h"
#include "daemon/store/row.h"

#include <errno.h>
#include <string.h>

/* ---- resources ---------------------------------------------------------------------------------
 */

struct walk {
        struct store *store;
        int (*cb)(void *user, const struct store_resource *r);
        void *user;
        bool without_replies, without_facts;
};

static int give_row(const struct walk *w, struct row *row, sqlite3_stmt *st)
{
        struct current_row current = {
                .outer = w->store->current,
                .resource = sqlite3_column_int64(st, C_RESOURCE),
                .place = sqlite3_column_int64(st, C_PLACE),
        };
        const struct store_resource given = {
                .resource = &row->resource,
                .key = row->key,
                .first_seen = store_time(st, C_FIRST, row->first),
                .last_seen = row_last_seen(st, row->last),
                .stale = row_is_stale(st),
                .gone = sqlite3_column_type(st, C_GONE) != SQLITE_NULL,
                .flapping = sqlite3_column_int64(st, C_FLAPPING) != 0,
                .description = row->description,
        };
        int r;

        memcpy(current.key, row->key, sizeof(current.key));
        w->store->current = &current;
        r = w->cb(w->user, &given);
        w->store->current = current.outer;
        return r;
}

static int walk_rows(const struct walk *w, sqlite3_stmt *st, struct error *err)
{
        _cleanup_(row_end) struct row row = { .without_replies = w->without_replies,
                                              .without_facts = w->without_facts };
        int r = store_next(w->store, st, err);

        while (r > 0) {
                r = row_read(&row, st);
                if (r < 0)
                        return error_set(err, r, "%s: resource %lld is damaged", w->store->path,
                                         (long long)sqlite3_column_int64(st, C_RESOURCE));
                r = give_row(w, &row, st);
                if (r != 0)
                        return query_outcome(r, err);
                r = store_next(w->store, st, err);
        }
        return r;
}

static void resource_query(struct query *q, const struct store_filter *f)
{
        /* without id, two indexes are walked in order: nothing is sorted, whatever the size */
        query_add(q, ROW_SELECT);
        if (f->id)
                query_add(q, "resource r CROSS JOIN place o ON o.place = r.place");
        else
                query_add(q, "place o CROSS JOIN resource r INDEXED BY resource_order"
                             " ON r.place = o.place");
        query_add(q, ROW_JOINS);
        query_add(q, " WHERE 1");
        query_where_place(q, f);
        query_where_resource(q, f);
        query_where(q,
                    "(r.id = ? OR r.name = ? OR (length(?) = 32 AND"
                    " vigie_key(o.provider, o.scope, o.region, r.kind, r.id) = ?))",
                    f->id);
        if (!f->all)
                query_add(q, " AND r.gone IS NULL");
        if (!f->evidence && !f->topic)
                query_add(q, " AND r.topic IS NULL");
        query_add(q, " ORDER BY o.provider, o.account, o.scope, o.region, r.kind, r.id");
}

int store_each_resource(struct store *s, const struct store_filter *f,
                        int (*cb)(void *user, const struct store_resource *r), void *user,
                        struct error *err)
{
        _cleanup_(query_done) struct query q = QUERY_INIT;
        _cleanup_(statement_finalizep) sqlite3_stmt *st = NULL;
        const struct walk w = { s, cb, user, f->without_replies, f->without_facts };
        int r;

        resource_query(&q, f);
        r = query_prepare(&q, s, &st, err);
        return r < 0 ? r : walk_rows(&w, st, err);
}

/* ---- coverage ----------------------------------------------------------------------------------
 */

enum {
        V_PROVIDER,
        V_ACCOUNT,
        V_SCOPE,
        V_REGION,
        V_COLLECTOR,
        V_TOPIC,
        V_TYPE,
        V_STATE,
        V_CAUSE,
        V_PERMISSION,
        V_CALLS,
        V_ITEMS,
        V_SINCE,
        V_LAST_OK,
        V_FLAPPING,
        V_ASKED,
};

static void coverage_query(struct query *q, const struct store_filter *f)
{
        query_add(q, "SELECT o.provider, o.account, o.scope, o.region, p.collector, p.topic,"
                     " p.service_type, p.state, p.cause, p.permission, p.calls, p.items, p.since,"
                     " p.last_ok, EXISTS (SELECT 1 FROM flap WHERE subject = 2 AND row = p.pass),"
                     " p.asked"
                     " FROM place o CROSS JOIN pass p INDEXED BY pass_order"
                     " ON p.place = o.place WHERE 1");
        query_where_place(q, f);
        query_where(q, "p.collector = ?", f->kind);
        query_where(q, "p.topic = ?", f->topic);
        query_where(q, "p.service_type = ?", f->service_type);
        query_where(q, "instr(lower(p.collector), lower(?))", f->text);
        if (!f->all)
                query_add(q, " AND p.state <> 0");
        query_add(q, " ORDER BY o.provider, o.account, o.scope, o.region, p.collector");
}

static int give_coverage(sqlite3_stmt *st, int (*cb)(void *user, const struct store_coverage *c),
                         void *user)
{
        char since[32], last_ok[32], asked[32];
        const struct store_coverage given = {
                .coverage = {
                        .place = { column_text(st, V_PROVIDER), column_text(st, V_ACCOUNT),
                                   column_text(st, V_SCOPE), column_text(st, V_REGION) },
                        .collector = column_text(st, V_COLLECTOR),
                        .topic = column_text(st, V_TOPIC),
                        .service_type = column_text(st, V_TYPE),
                        .state = (enum coverage_state)sqlite3_column_int64(st, V_STATE),
                        .cause = column_text(st, V_CAUSE),
                        .permission = column_text(st, V_PERMISSION),
                        .calls = (uint64_t)sqlite3_column_int64(st, V_CALLS),
                        .items = (uint64_t)sqlite3_column_int64(st, V_ITEMS),
                        .asked_usec = (uint64_t)sqlite3_column_int64(st, V_ASKED),
                },
                .since = store_time(st, V_SINCE, since),
                .last_ok = store_time(st, V_LAST_OK, last_ok),
                .asked = store_time(st, V_ASKED, asked),
                .flapping = sqlite3_column_int64(st, V_FLAPPING) != 0,
        };

        return given.coverage.state < COVERAGE_STATE_MAX ? cb(user, &given) : -EUCLEAN;
}

int store_each_coverage(struct store *s, const struct store_filter *f,
                        int (*cb)(void *user, const struct store_coverage *c), void *user,
                        struct error *err)
{
        _cleanup_(query_done) struct query q = QUERY_INIT;
        _cleanup_(statement_finalizep) sqlite3_stmt *st = NULL;
        int r;

        coverage_query(&q, f);
        r = query_prepare(&q, s, &st, err);
        if (r == 0)
                r = store_next(s, st, err);
        while (r > 0) {
                r = give_coverage(st, cb, user);
                if (r != 0)
                        return query_outcome(r, err);
                r = store_next(s, st, err);
        }
        return r;
}

/* ---- places ------------------------------------------------------------------------------------
 */

/* Region "" first for each scope, whether it has a row or not. */
struct places {
        char *scope; /* the last that was given, "provider\taccount\tscope" */
        bool whole, regions;
        int (*cb)(void *user, const struct place *place);
        void *user;
};

static int give_whole(struct places *p, const struct place *place)
{
        struct place whole = *place;
        char *scope = NULL;

        if (asprintf(&scope, "%s\t%s\t%s", place->provider, place->account, place->scope) < 0)
                return -ENOMEM;
        if (p->scope && strcmp(p->scope, scope) == 0) {
                free(scope);
                return 0;
        }
        free(p->scope);
        p->scope = scope;
        whole.region = "";
        return p->cb(p->user, &whole);
}

static int give_place(struct places *p, sqlite3_stmt *st)
{
        const struct place place = { column_text(st, 0), column_text(st, 1), column_text(st, 2),
                                     column_text(st, 3) };
        int r = p->whole ? give_whole(p, &place) : 0;

        return r == 0 && p->regions && *place.region ? p->cb(p->user, &place) : r;
}

int store_each_place(struct store *s, const struct store_filter *f,
                     int (*cb)(void *user, const struct place *place), void *user,
                     struct error *err)
{
        _cleanup_(query_done) struct query q = QUERY_INIT;
        _cleanup_(statement_finalizep) sqlite3_stmt *st = NULL;
        struct places p = { .whole = !f->region || !*f->region,
                            .regions = !f->region || *f->region,
                            .cb = cb,
                            .user = user };
        struct store_filter places = *f;
        int r;

        places.region = p.whole ? NULL : f->region;
        query_add(&q, "SELECT provider, account, scope, region FROM place o WHERE 1");
        query_where_place(&q, &places);
        query_add(&q, " ORDER BY provider, account, scope, region");
        r = query_prepare(&q, s, &st, err);
        if (r == 0)
                r = store_next(s, st, err);
        while (r > 0) {
                r = give_place(&p, st);
                if (r == 0)
                        r = store_next(s, st, err);
                else
                        r = query_outcome(r, err);
        }
        free(p.scope);
        return r;
}

/* ---- descriptions ------------------------------------------------------------------------------
 */

int store_each_description(struct store *s,
                           int (*cb)(void *user, const char *provider, const char *account,
                                     const json_t *description),
                           void *user, struct error *err)
{
        _cleanup_(query_done) struct query q = QUERY_INIT;
        _cleanup_(statement_finalizep) sqlite3_stmt *st = NULL;
        int r;

        query_add(&q, "SELECT DISTINCT o.provider, o.account, d.text FROM"
                      " (SELECT DISTINCT place, description FROM resource"
                      " WHERE gone IS NULL AND topic IS NULL) r"
                      " CROSS JOIN place o ON o.place = r.place"
                      " CROSS JOIN description d ON d.description = r.description"
                      " ORDER BY o.provider, o.account, d.text");
        r = query_prepare(&q, s, &st, err);
        if (r == 0)
                r = store_next(s, st, err);
        while (r > 0) {
                json_auto_t *description = column_json(st, 2);

                if (!description)
                        return error_set(err, -EUCLEAN, "%s: a description is damaged", s->path);
                r = cb(user, column_text(st, 0), column_text(st, 1), description);
                r = r == 0 ? store_next(s, st, err) : query_outcome(r, err);
        }
        return r;
}
