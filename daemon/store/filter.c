#include "daemon/store/filter.h"

#include <errno.h>
#include <string.h>

void query_done(struct query *q)
{
        buffer_done(&q->sql);
}

void query_add(struct query *q, const char *sql)
{
        buffer_add(&q->sql, sql);
}

void query_where(struct query *q, const char *condition, const char *value)
{
        if (!value)
                return;
        if (q->n_values == QUERY_VALUES_MAX) {
                q->failed = true;
                return;
        }
        q->values[q->n_values++] = value;
        buffer_add(&q->sql, " AND ");
        for (const char *p = condition; *p; p++)
                if (*p == '?')
                        buffer_printf(&q->sql, "?%d", q->n_values);
                else
                        buffer_append(&q->sql, p, 1);
}

void query_where_place(struct query *q, const struct store_filter *f)
{
        query_where(q, "o.provider = ?", f->provider);
        query_where(q, "o.account = ?", f->account);
        query_where(q, "o.scope = ?", f->scope);
        query_where(q, "o.region = ?", f->region);
}

void query_where_resource(struct query *q, const struct store_filter *f)
{
        query_where(q, "r.kind = ?", f->kind);
        query_where(q, "r.service_type = ?", f->service_type);
        query_where(q, "r.topic = ?", f->topic);
        query_where(q, "coalesce(d.area, 'unknown') = ?", f->area);
        query_where(q,
                    "(instr(lower(r.id), lower(?)) OR instr(lower(r.name), lower(?))"
                    " OR instr(lower(r.kind), lower(?)))",
                    f->text);
}

int query_prepare(struct query *q, struct store *s, sqlite3_stmt **ret, struct error *err)
{
        _cleanup_(statement_finalizep) sqlite3_stmt *st = NULL;
        int r = buffer_error(&q->sql);

        if (r < 0 || q->failed)
                return error_set(err, r < 0 ? r : -E2BIG, "%s: too many conditions", s->path);
        if (sqlite3_prepare_v2(s->db, buffer_text(&q->sql), -1, &st, NULL) != SQLITE_OK)
                return store_error(s, err, "preparing");
        for (int i = 0; i < q->n_values; i++)
                if (sqlite3_bind_text(st, i + 1, q->values[i], -1, SQLITE_STATIC) != SQLITE_OK)
                        return store_error(s, err, "binding");
        *ret = TAKE_PTR(st);
        return 0;
}

int query_outcome(int r, struct error *err)
{
        if (r >= 0)
                return 0;
        return error_set(err, r, "%s", strerror(-r));
}
