#include "daemon/store/private.h"

#include "daemon/base/clock.h"
#include "daemon/store/record.h"
#include "daemon/store/row.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static const char *const statement_sql[] = {
#define STATEMENT(name, sql) [ST_##name] = (sql),
#include "daemon/store/statements.h"
#undef STATEMENT
};
static_assert(ELEMENTSOF(statement_sql) == ST_MAX, "every statement has its text");

/* ---- errors ------------------------------------------------------------------------------------
 */

static int code_of(int sqlite)
{
        switch (sqlite & 0xff) {
        case SQLITE_NOMEM:
                return -ENOMEM;
        case SQLITE_FULL:
                return -ENOSPC;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
                return -EUCLEAN;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
                return -EBUSY;
        case SQLITE_READONLY:
                return -EROFS;
        case SQLITE_PERM:
        case SQLITE_AUTH:
                return -EACCES;
        case SQLITE_INTERRUPT:
                return -ECANCELED;
        default:
                return -EIO;
        }
}

static const char *advice_for(int code)
{
        switch (code) {
        case -ENOSPC:
                return "; make room, what was committed is kept";
        case -EUCLEAN:
                return "; restore a copy, or move it away and let the next scan begin a new one";
        default:
                return "";
        }
}

int store_error(struct store *s, struct error *err, const char *doing)
{
        int code = code_of(sqlite3_extended_errcode(s->db));

        return error_set(err, code, "%s: %s: %s%s", s->path, doing, sqlite3_errmsg(s->db),
                         advice_for(code));
}

/* ---- statements --------------------------------------------------------------------------------
 */

void statement_resetp(sqlite3_stmt **st)
{
        if (*st)
                (void)sqlite3_reset(*st);
}

void statement_finalizep(sqlite3_stmt **st)
{
        (void)sqlite3_finalize(*st);
}

int store_statement(struct store *s, enum statement id, sqlite3_stmt **ret, struct error *err)
{
        if (!s->statements[id] &&
            sqlite3_prepare_v3(s->db, statement_sql[id], -1, SQLITE_PREPARE_PERSISTENT,
                               &s->statements[id], NULL) != SQLITE_OK)
                return store_error(s, err, "preparing");
        *ret = s->statements[id];
        return 0;
}

static int bind(sqlite3_stmt *st, const char *types, va_list *ap)
{
        int r = SQLITE_OK;

        for (int i = 0; types[i] && r == SQLITE_OK; i++) {
                const char *text = types[i] == 's' ? va_arg(*ap, const char *) : NULL;
                int64_t number = types[i] == 's' ? 0 : va_arg(*ap, int64_t);

                if (types[i] == 's')
                        r = sqlite3_bind_text(st, i + 1, text, -1, SQLITE_STATIC);
                else if (types[i] == 'o' && number == 0)
                        r = sqlite3_bind_null(st, i + 1);
                else
                        r = sqlite3_bind_int64(st, i + 1, number);
        }
        return r;
}

int store_next(struct store *s, sqlite3_stmt *st, struct error *err)
{
        switch (sqlite3_step(st)) {
        case SQLITE_ROW:
                return 1;
        case SQLITE_DONE:
                return 0;
        default:
                return store_error(s, err, s->read_only ? "reading" : "reading or writing");
        }
}

static int run(struct store *s, enum statement id, const char *types, va_list *ap,
               struct error *err)
{
        sqlite3_stmt *st = NULL;
        int r = store_statement(s, id, &st, err);

        if (r < 0)
                return r;
        assert(!sqlite3_stmt_busy(st));
        assert(sqlite3_bind_parameter_count(st) == (int)strlen(types));
        if (bind(st, types, ap) != SQLITE_OK)
                return store_error(s, err, "binding");
        return store_next(s, st, err);
}

int store_run(struct store *s, enum statement id, struct error *err, const char *types, ...)
{
        va_list ap;
        int r;

        va_start(ap, types);
        r = run(s, id, types, &ap, err);
        va_end(ap);
        statement_resetp(&s->statements[id]);
        return r < 0 ? r : 0;
}

int store_row(struct store *s, enum statement id, sqlite3_stmt **ret, struct error *err,
              const char *types, ...)
{
        va_list ap;
        int r;

        va_start(ap, types);
        r = run(s, id, types, &ap, err);
        va_end(ap);
        *ret = s->statements[id];
        return r;
}

const char *column_text(sqlite3_stmt *st, int column)
{
        return (const char *)sqlite3_column_text(st, column);
}

json_t *column_json(sqlite3_stmt *st, int column)
{
        const char *text = column_text(st, column);

        return text ? json_loadb(text, (size_t)sqlite3_column_bytes(st, column), JSON_DECODE_ANY,
                                 NULL)
                    : NULL;
}

char *store_time(sqlite3_stmt *st, int column, char text[static 32])
{
        static_assert(CLOCK_TEXT_MAX == 32, "a time fits");
        if (sqlite3_column_type(st, column) == SQLITE_NULL)
                return NULL;
        return clock_format_rfc3339((uint64_t)sqlite3_column_int64(st, column), text);
}

/* ---- transactions ------------------------------------------------------------------------------
 */

int step_begin(struct store *s, struct error *err)
{
        if (s->read_only)
                return error_set(err, -EROFS, "%s is open for reading only", s->path);
        if (!sqlite3_get_autocommit(s->db))
                return 0;
        s->steps = 0;
        if (sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
                return store_error(s, err, "beginning to write");
        return 0;
}

int store_commit(struct store *s, struct error *err)
{
        struct error own = { 0 };
        int r = 0;

        if (sqlite3_get_autocommit(s->db))
                return 0;
        s->steps = 0;
        if (sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
                r = store_error(s, &own, "committing");
        if (r < 0) {
                store_rollback(s, r, &own);
                (void)error_set(err, r, "%s", own.text);
        }
        return r;
}

void store_rollback(struct store *s, int code, const struct error *err)
{
        if (!sqlite3_get_autocommit(s->db))
                (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
        s->steps = 0;
        if (s->sayings)
                memset(s->sayings, 0, SAYING_SLOTS * sizeof(*s->sayings));
        if (s->scan)
                record_fail(s->scan, code, err && err->code ? err->text : "writing failed");
}

int step_end(struct store *s, int r, struct error *err)
{
        if (r < 0) {
                store_rollback(s, r, err);
                return r;
        }
        s->steps++;
        if (s->scan && (s->subject_open || s->steps < STEPS_MAX))
                return r;
        return store_commit(s, err) < 0 ? (err && err->code ? err->code : -EIO) : r;
}

/* ---- functions in SQL --------------------------------------------------------------------------
 */

static const char *argument(sqlite3_value *value)
{
        const char *text = (const char *)sqlite3_value_text(value);

        return text ? text : "";
}

/* vigie_key(provider, scope, region, kind, id) */
static void sql_key(sqlite3_context *ctx, int n, sqlite3_value **v)
{
        char key[RESOURCE_KEY_MAX];
        const struct resource r = {
                .provider = (char *)argument(v[0]),
                .scope = (char *)argument(v[1]),
                .region = (char *)argument(v[2]),
                .kind = (char *)argument(v[3]),
                .id = (char *)argument(v[4]),
        };

        sqlite3_result_text(ctx, resource_key(&r, key), -1, SQLITE_TRANSIENT);
}

/* vigie_finding(provider, scope, region, rule, kind, id) */
static void sql_finding(sqlite3_context *ctx, int n, sqlite3_value **v)
{
        char id[FINDING_ID_MAX];
        const struct place place = { .provider = argument(v[0]),
                                     .account = "",
                                     .scope = argument(v[1]),
                                     .region = argument(v[2]) };

        (void)finding_id(&place, argument(v[3]), argument(v[4]), argument(v[5]), id);
        sqlite3_result_text(ctx, id, -1, SQLITE_TRANSIENT);
}

int functions_register(struct store *s)
{
        static const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;

        if (sqlite3_create_function(s->db, "vigie_key", 5, flags, NULL, sql_key, NULL, NULL) !=
                    SQLITE_OK ||
            sqlite3_create_function(s->db, "vigie_finding", 6, flags, NULL, sql_finding, NULL,
                                    NULL) != SQLITE_OK)
                return -ENOMEM;
        return 0;
}
