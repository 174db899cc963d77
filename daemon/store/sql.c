#include "daemon/store/sql.h"

#include <errno.h>
#include <string.h>

void sql_cache_init(struct sql_cache *c, sqlite3 *db)
{
        *c = (struct sql_cache){ .db = db };
}

static void sql_free(struct sql *q)
{
        (void)sqlite3_finalize(q->stmt);
        free(q->text);
        free(q);
}

void sql_cache_done(struct sql_cache *c)
{
        for (size_t i = 0; i < SQL_KEPT_MAX; i++)
                if (c->kept[i])
                        sql_free(c->kept[i]);
        *c = (struct sql_cache){ 0 };
}

int sql_errno(int code)
{
        switch (code & 0xff) {
        case SQLITE_OK:
        case SQLITE_ROW:
        case SQLITE_DONE:
                return 0;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_SCHEMA:
        case SQLITE_FORMAT:
                return -EUCLEAN;
        case SQLITE_FULL:
                return -ENOSPC;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
                return -EBUSY;
        case SQLITE_READONLY:
                return -EROFS;
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_AUTH:
                return -EACCES;
        case SQLITE_NOMEM:
                return -ENOMEM;
        case SQLITE_TOOBIG:
                return -E2BIG;
        case SQLITE_ABORT:
        case SQLITE_INTERRUPT:
                return -ECANCELED;
        default:
                return -EIO;
        }
}

int sql_fail(sqlite3 *db, int code, struct error *err)
{
        return error_set(err, sql_errno(code), "store: %s",
                         db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
}

/* ---- statements ------------------------------------------------------------------------------ */

static uint64_t text_hash(const char *text)
{
        uint64_t hash = UINT64_C(14695981039346656037);

        for (const char *p = text; *p; p++)
                hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
        return hash;
}

static int sql_prepare(struct sql **ret, struct sql_cache *c, const char *text, struct error *err)
{
        struct sql *q = calloc(1, sizeof(*q));
        int code;

        if (!q)
                return error_oom(err);
        q->cache = c;
        q->hash = text_hash(text);
        q->text = strdup(text);
        if (!q->text) {
                sql_free(q);
                return error_oom(err);
        }
        code = sqlite3_prepare_v3(c->db, text, -1, SQLITE_PREPARE_PERSISTENT, &q->stmt, NULL);
        if (code != SQLITE_OK) {
                sql_free(q);
                return sql_fail(c->db, code, err);
        }
        *ret = q;
        return 0;
}

/* Where a new statement is kept: an empty place, else that of the one not used for longest; NULL
 * when all are taken. */
static struct sql **sql_slot(struct sql_cache *c)
{
        struct sql **oldest = NULL;

        for (size_t i = 0; i < SQL_KEPT_MAX; i++) {
                if (!c->kept[i])
                        return &c->kept[i];
                if (!c->kept[i]->taken && (!oldest || c->kept[i]->used < (*oldest)->used))
                        oldest = &c->kept[i];
        }
        return oldest;
}

int sql_take(struct sql **ret, struct sql_cache *c, const char *text, struct error *err)
{
        uint64_t hash = text_hash(text);
        struct sql *q = NULL, **slot;
        int r;

        for (size_t i = 0; i < SQL_KEPT_MAX && c->kept[i] && !q; i++)
                if (!c->kept[i]->taken && c->kept[i]->hash == hash &&
                    strcmp(c->kept[i]->text, text) == 0)
                        q = c->kept[i];
        if (!q) {
                r = sql_prepare(&q, c, text, err);
                if (r < 0 || !q)
                        return r;
                slot = sql_slot(c);
                q->alone = !slot;
                if (slot) {
                        if (*slot)
                                sql_free(*slot);
                        *slot = q;
                }
        }
        q->taken = true;
        q->used = ++c->clock;
        q->code = SQLITE_OK;
        *ret = q;
        return 0;
}

void sql_give(struct sql *q)
{
        if (!q)
                return;
        if (q->alone) {
                sql_free(q);
                return;
        }
        (void)sqlite3_reset(q->stmt);
        (void)sqlite3_clear_bindings(q->stmt);
        q->taken = false;
}

/* ---- binding -----------------------------------------------------------------------------------
 */

static void latch(struct sql *q, int code)
{
        if (q->code == SQLITE_OK)
                q->code = code;
}

void sql_bind_text(struct sql *q, int at, const char *text)
{
        latch(q, text ? sqlite3_bind_text(q->stmt, at, text, -1, SQLITE_STATIC)
                      : sqlite3_bind_null(q->stmt, at));
}

void sql_bind_u64(struct sql *q, int at, uint64_t value)
{
        latch(q, sqlite3_bind_int64(q->stmt, at, (sqlite3_int64)value));
}

void sql_bind_int(struct sql *q, int at, int64_t value)
{
        latch(q, sqlite3_bind_int64(q->stmt, at, value));
}

void sql_bind_json(struct sql *q, int at, const json_t *value)
{
        char *text =
                value ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) : NULL;

        if (value && !text)
                latch(q, SQLITE_NOMEM);
        else if (text)
                latch(q, sqlite3_bind_text(q->stmt, at, text, -1, free));
        else
                latch(q, sqlite3_bind_null(q->stmt, at));
}

/* ---- running -----------------------------------------------------------------------------------
 */

int sql_step(struct sql *q, struct error *err)
{
        int code = q->code;

        if (code == SQLITE_OK)
                code = sqlite3_step(q->stmt);
        if (code == SQLITE_ROW)
                return 1;
        return code == SQLITE_DONE ? 0 : sql_fail(q->cache->db, code, err);
}

int sql_run(struct sql *q, struct error *err)
{
        int r = sql_step(q, err);

        (void)sqlite3_reset(q->stmt);
        return r < 0 ? r : 0;
}

int sql_exec(sqlite3 *db, const char *text, struct error *err)
{
        int code = sqlite3_exec(db, text, NULL, NULL, NULL);

        return code == SQLITE_OK ? 0 : sql_fail(db, code, err);
}

/* ---- columns -----------------------------------------------------------------------------------
 */

const char *sql_text(struct sql *q, int column)
{
        return (const char *)sqlite3_column_text(q->stmt, column);
}

uint64_t sql_u64(struct sql *q, int column)
{
        return (uint64_t)sqlite3_column_int64(q->stmt, column);
}

int sql_int(struct sql *q, int column)
{
        return sqlite3_column_int(q->stmt, column);
}

int sql_json(struct sql *q, int column, json_t **ret, struct error *err)
{
        const char *text = sql_text(q, column);
        json_error_t where;

        *ret = NULL;
        if (!text)
                return 0;
        *ret = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, &where);
        return *ret ? 0 : error_set(err, -EUCLEAN, "store: unreadable JSON: %s", where.text);
}
