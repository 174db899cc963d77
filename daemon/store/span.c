#include "daemon/store/span.h"

#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "daemon/store/drift.h"
#include "daemon/store/filter.h"
#include "daemon/store/row.h"

#include <errno.h>
#include <string.h>

static void put_json(json_t **slot, json_t *value)
{
        json_decref(*slot);
        *slot = value;
}

static int damaged(struct store *s, struct error *err)
{
        return error_set(err, -EUCLEAN, "%s: what scans changed is damaged", s->path);
}

/* ---- scans -------------------------------------------------------------------------------------
 */

/* Columns of ST_SCANS. */
enum { N_SCAN, N_ID, N_STARTED, N_FINISHED, N_COMPLETE, N_ACCOUNTS, N_PARTS, N_JUDGED };

static int give_scan(sqlite3_stmt *st, int (*cb)(void *user, const struct store_scan_row *row),
                     void *user)
{
        json_auto_t *accounts = column_json(st, N_ACCOUNTS), *basis = column_json(st, N_PARTS);
        char started[32], finished[32], judged[32];
        const struct store_scan_row row = {
                .number = sqlite3_column_int64(st, N_SCAN),
                .id = column_text(st, N_ID),
                .started = store_time(st, N_STARTED, started),
                .finished = store_time(st, N_FINISHED, finished),
                .started_usec = (uint64_t)sqlite3_column_int64(st, N_STARTED),
                .complete = sqlite3_column_int64(st, N_COMPLETE) != 0,
                .accounts = accounts,
                .basis = basis,
                .judged = store_time(st, N_JUDGED, judged),
        };

        return cb(user, &row);
}

int store_each_scan(struct store *s, int (*cb)(void *user, const struct store_scan_row *row),
                    void *user, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(s, ST_SCANS, &st, err, "");

        while (r > 0) {
                r = give_scan(st, cb, user);
                r = r == 0 ? store_next(s, st, err) : query_outcome(r, err);
        }
        return r;
}

int store_span_since(struct store *s, int64_t *ret, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(s, ST_META_READ, &st, err, "s", "drift_since");

        *ret = 0;
        if (r <= 0 || !column_text(st, 0))
                return r < 0 ? r : 0;
        return number_parse_i64(column_text(st, 0), ret) < 0 ? damaged(s, err) : 0;
}

/* ---- resources ---------------------------------------------------------------------------------
 */

/* Columns of the query. */
enum {
        M_RESOURCE,
        M_PROVIDER,
        M_ACCOUNT,
        M_SCOPE,
        M_REGION,
        M_KIND,
        M_ID,
        M_NAME,
        M_TOPIC,
        M_PASS,
        M_FIRST,
        M_WHAT,
        M_CHANGES,
};

/* Two indexes are walked in the order of the answer; only the changes of one resource are sorted.
 * Columns of M_. */
static const char resources_sql[] =
        "SELECT r.resource, provider, account, scope, region, r.kind, r.id, r.name, r.topic,"
        " r.pass, r.first_seen, d.what, d.changes FROM place o CROSS JOIN resource r"
        " INDEXED BY resource_order ON r.place = o.place LEFT JOIN drift d"
        " INDEXED BY drift_resource ON d.resource = r.resource AND d.resource IS NOT NULL"
        " AND d.scan > ?1 AND d.scan <= ?2"
        " WHERE d.drift IS NOT NULL OR (r.first_seen > ?3 AND r.first_seen <= ?4)"
        " ORDER BY provider, account, scope, region, kind, id, d.drift";

/* One resource while its rows are read. */
struct moving {
        const struct store_span *span;
        int64_t resource; /* 0: none yet */
        char *texts[M_PASS];
        int64_t pass;
        bool was_there, is_there;
        json_t *changes; /* {fact: {"fact","from","to"}} */
};

static void moving_done(struct moving *m)
{
        for (size_t i = 0; i < ELEMENTSOF(m->texts); i++)
                free(m->texts[i]);
        memset(m->texts, 0, sizeof(m->texts));
        put_json(&m->changes, NULL);
        m->resource = 0;
}

static int moving_begin(struct moving *m, sqlite3_stmt *st)
{
        uint64_t first_usec = (uint64_t)sqlite3_column_int64(st, M_FIRST);

        moving_done(m);
        for (int i = M_PROVIDER; i < M_PASS; i++) {
                const char *text = column_text(st, i);

                m->texts[i] = text ? strdup(text) : NULL;
                if (text && !m->texts[i])
                        return -ENOMEM;
        }
        m->changes = json_object();
        if (!m->changes)
                return -ENOMEM;
        m->resource = sqlite3_column_int64(st, M_RESOURCE);
        m->pass = sqlite3_column_int64(st, M_PASS);
        m->was_there = first_usec <= m->span->from_usec;
        /* what comes back was gone when the span began, unless it went in it */
        if (sqlite3_column_type(st, M_WHAT) != SQLITE_NULL &&
            sqlite3_column_int64(st, M_WHAT) == DRIFT_RETURNED)
                m->was_there = false;
        m->is_there = true;
        return 0;
}

/* The first "from" and the last "to" of each fact. */
static int moving_merge(struct moving *m, const json_t *changes)
{
        json_t *change;
        size_t i;

        json_array_foreach((json_t *)changes, i, change)
        {
                const char *fact = json_member_string(change, "fact");
                json_t *known = fact ? json_object_get(m->changes, fact) : NULL;
                int r;

                if (!fact)
                        return -EUCLEAN;
                r = known ? json_object_set(known, "to", json_object_get(change, "to"))
                          : json_object_set_new(m->changes, fact, json_copy(change));
                if (r < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int moving_row(struct moving *m, sqlite3_stmt *st)
{
        json_auto_t *changes = column_json(st, M_CHANGES);

        if (sqlite3_column_type(st, M_WHAT) == SQLITE_NULL)
                return 0;
        switch ((enum drift_what)sqlite3_column_int64(st, M_WHAT)) {
        case DRIFT_GONE:
                m->is_there = false;
                return 0;
        case DRIFT_RETURNED:
                m->is_there = true;
                return moving_merge(m, changes);
        default:
                return moving_merge(m, changes);
        }
}

/* As a list in the order of the names, without what came back to what it was. */
static json_t *changes_left(const struct moving *m)
{
        json_auto_t *sorted = NULL;
        _cleanup_(freep) char *text = json_canonical(m->changes);
        json_t *list = json_array(), *change;
        const char *fact;

        sorted = text ? json_loads(text, 0, NULL) : NULL;
        json_object_foreach(sorted, fact, change) if (!json_equal(json_object_get(change, "from"),
                                                                  json_object_get(change, "to")))(
                void) json_array_append(list, change);
        return list;
}

static int moving_give(struct moving *m,
                       int (*cb)(void *user, const struct store_moved_resource *r), void *user)
{
        json_auto_t *changes = NULL;
        struct store_moved_resource given = {
                .moved = m->was_there ? (m->is_there ? MOVED_CHANGED : MOVED_GONE) : MOVED_APPEARED,
                .place = { m->texts[M_PROVIDER], m->texts[M_ACCOUNT], m->texts[M_SCOPE],
                           m->texts[M_REGION] },
                .kind = m->texts[M_KIND],
                .id = m->texts[M_ID],
                .name = m->texts[M_NAME],
                .topic = m->texts[M_TOPIC],
                .pass = m->pass,
        };

        if (m->resource == 0 || (!m->was_there && !m->is_there))
                return 0;
        changes = given.moved == MOVED_CHANGED ? changes_left(m) : json_array();
        if (!changes)
                return -ENOMEM;
        given.changes = changes;
        if (given.moved == MOVED_CHANGED && json_array_size(changes) == 0)
                return 0;
        return cb(user, &given);
}

static int walk_moving(struct store *s, struct moving *m, sqlite3_stmt *st,
                       int (*cb)(void *user, const struct store_moved_resource *r), void *user,
                       struct error *err)
{
        int r = store_next(s, st, err);

        while (r > 0) {
                int n = 0;

                if (sqlite3_column_int64(st, M_RESOURCE) != m->resource) {
                        n = moving_give(m, cb, user);
                        n = n == 0 ? moving_begin(m, st) : n;
                }
                n = n == 0 ? moving_row(m, st) : n;
                if (n != 0)
                        return n == -EUCLEAN ? damaged(s, err) : query_outcome(n, err);
                r = store_next(s, st, err);
        }
        return r < 0 ? r : query_outcome(moving_give(m, cb, user), err);
}

int span_prepare(struct store *s, const char *sql, const struct store_span *span,
                 sqlite3_stmt **ret, struct error *err)
{
        const int64_t values[] = { span->from, span->to, (int64_t)span->from_usec,
                                   (int64_t)span->to_usec };
        _cleanup_(statement_finalizep) sqlite3_stmt *st = NULL;
        int n;

        if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK)
                return store_error(s, err, "comparing scans");
        n = sqlite3_bind_parameter_count(st);
        for (int i = 0; i < n && i < (int)ELEMENTSOF(values); i++)
                if (sqlite3_bind_int64(st, i + 1, values[i]) != SQLITE_OK)
                        return store_error(s, err, "comparing scans");
        *ret = TAKE_PTR(st);
        return 0;
}

int store_each_moved_resource(struct store *s, const struct store_span *span,
                              int (*cb)(void *user, const struct store_moved_resource *r),
                              void *user, struct error *err)
{
        _cleanup_(statement_finalizep) sqlite3_stmt *st = NULL;
        struct moving m = { .span = span };
        int r = span_prepare(s, resources_sql, span, &st, err);

        if (r == 0)
                r = walk_moving(s, &m, st, cb, user, err);
        moving_done(&m);
        return r;
}

/* ---- coverage ----------------------------------------------------------------------------------
 */

enum { P_PASS, P_PROVIDER, P_ACCOUNT, P_SCOPE, P_REGION, P_COLLECTOR, P_FIRST, P_LAST };

/* The first row and the last of each pass. */
static const char passes_sql[] =
        "WITH ends AS (SELECT pass, min(drift) AS first, max(drift) AS last FROM drift"
        " WHERE pass IS NOT NULL AND scan > ?1 AND scan <= ?2 GROUP BY pass)"
        " SELECT p.pass, provider, account, scope, region, collector,"
        " (SELECT changes FROM drift WHERE drift = first),"
        " (SELECT changes FROM drift WHERE drift = last)"
        " FROM ends JOIN pass p USING (pass) JOIN place USING (place)"
        " ORDER BY provider, account, scope, region, collector";

static int give_pass(sqlite3_stmt *st, int (*cb)(void *user, const struct store_moved_pass *p),
                     void *user)
{
        json_auto_t *first = column_json(st, P_FIRST), *last = column_json(st, P_LAST);
        const json_t *from = json_object_get(first, "from"), *to = json_object_get(last, "to");
        const struct store_moved_pass given = {
                .pass = sqlite3_column_int64(st, P_PASS),
                .place = { column_text(st, P_PROVIDER), column_text(st, P_ACCOUNT),
                           column_text(st, P_SCOPE), column_text(st, P_REGION) },
                .collector = column_text(st, P_COLLECTOR),
                .from = json_is_null(from) ? NULL : from,
                .to = to,
        };

        if (!first || !from || !json_is_object(to))
                return -EUCLEAN;
        if (given.from && strcmp(json_string_value(json_object_get(from, "state")),
                                 json_string_value(json_object_get(to, "state"))) == 0)
                return 0;
        return cb(user, &given);
}

int store_each_moved_pass(struct store *s, const struct store_span *span,
                          int (*cb)(void *user, const struct store_moved_pass *p), void *user,
                          struct error *err)
{
        _cleanup_(statement_finalizep) sqlite3_stmt *st = NULL;
        int r = span_prepare(s, passes_sql, span, &st, err);

        if (r == 0)
                r = store_next(s, st, err);
        while (r > 0) {
                r = give_pass(st, cb, user);
                if (r != 0)
                        return r == -EUCLEAN ? damaged(s, err) : query_outcome(r, err);
                r = store_next(s, st, err);
        }
        return r;
}

static int give_unseen(sqlite3_stmt *st, struct row *row,
                       int (*cb)(void *user, const struct store_resource *r), void *user)
{
        int r = row_read(row, st);
        const struct store_resource given = {
                .resource = &row->resource,
                .key = row->key,
                .first_seen = r < 0 ? NULL : store_time(st, C_FIRST, row->first),
                .last_seen = r < 0 ? NULL : row_last_seen(st, row->last),
                .stale = true,
                .description = row->description,
        };

        return r < 0 || !row_is_stale(st) ? r : cb(user, &given);
}

int store_each_unseen(struct store *s, int64_t pass,
                      int (*cb)(void *user, const struct store_resource *r), void *user,
                      struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        _cleanup_(row_end) struct row row = { .description_row = 0 };
        int r = store_row(s, ST_UNSEEN, &st, err, "i", pass);

        while (r > 0) {
                r = give_unseen(st, &row, cb, user);
                if (r != 0)
                        return r == -EUCLEAN ? damaged(s, err) : query_outcome(r, err);
                r = store_next(s, st, err);
        }
        return r;
}
