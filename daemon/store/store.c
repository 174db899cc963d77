#include "daemon/store/store.h"

#include "daemon/store/internal.h"
#include "daemon/store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { BUSY_TIMEOUT_MS = 5000 };

/* ---- transactions ------------------------------------------------------------------------------
 */

int write_begin(struct store *s, struct error *err)
{
        int r;

        if (s->read_only)
                return error_set(err, -EROFS, "store: opened for reading only");
        if (s->in_transaction)
                return 0;
        r = sql_exec(s->db, "BEGIN IMMEDIATE", err);
        if (r < 0)
                return r;
        s->in_transaction = true;
        s->pending = 0;
        return 0;
}

static void write_rollback(struct store *s, int code)
{
        if (s->scan && s->scan->failed == 0)
                s->scan->failed = code;
        if (!sqlite3_get_autocommit(s->db)) /* SQLite may have done it, when the disk was full */
                (void)sql_exec(s->db, "ROLLBACK", NULL);
        s->in_transaction = false;
        s->pending = 0;
}

int write_flush(struct store *s, struct error *err)
{
        int r;

        if (!s->in_transaction)
                return 0;
        r = sql_exec(s->db, "COMMIT", err);
        if (r < 0) {
                write_rollback(s, r);
                return r;
        }
        s->in_transaction = false;
        s->pending = 0;
        return 0;
}

int write_end(struct store *s, int r, struct error *err)
{
        if (r < 0) {
                write_rollback(s, r);
                return r;
        }
        if (!s->scan || s->pending >= ROWS_PER_TRANSACTION)
                return write_flush(s, err);
        return 0;
}

int write_run(struct store *s, struct sql *q, struct error *err)
{
        s->pending++;
        return sql_run(q, err);
}

int write_row(struct store *s, struct sql *q, struct error *err)
{
        s->rows_written++;
        return write_run(s, q, err);
}

uint64_t store_rows_written(const struct store *s)
{
        return s->rows_written;
}

/* ---- metadata
 * ------------------------------------------------------------------------------------ */

int metadata_get(struct store *s, const char *name, char **ret, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(&q, &s->cache, "SELECT value FROM metadata WHERE name = ?1", err);

        *ret = NULL;
        if (r < 0)
                return r;
        sql_bind_text(q, 1, name);
        r = sql_step(q, err);
        if (r <= 0)
                return r;
        *ret = strdup(text_or_empty(sql_text(q, 0)));
        return *ret ? 0 : error_oom(err);
}

int metadata_set(struct store *s, const char *name, const char *value, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(&q, &s->cache,
                         "INSERT INTO metadata (name, value) VALUES (?1, ?2)"
                         " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                         err);

        if (r < 0)
                return r;
        sql_bind_text(q, 1, name);
        sql_bind_text(q, 2, value);
        return write_run(s, q, err);
}

/* ---- opening
 * --------------------------------------------------------------------------------------- */

static int make_folder(const char *folder, struct error *err)
{
        if (mkdir(folder, 0700) < 0 && errno != EEXIST)
                return error_set(err, -errno, "%s: %s", folder, strerror(errno));
        return 0;
}

static int take_lock(struct store *s, const char *state_dir, struct error *err)
{
        _cleanup_(freep) char *file = NULL;

        if (asprintf(&file, "%s/vigie.lock", state_dir) < 0) {
                file = NULL;
                return error_oom(err);
        }
        s->lock_fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (s->lock_fd < 0)
                return error_set(err, -errno, "%s: %s", file, strerror(errno));
        if (flock(s->lock_fd, LOCK_EX | LOCK_NB) < 0)
                return error_set(err, errno == EWOULDBLOCK ? -EBUSY : -errno, "%s: %s", file,
                                 errno == EWOULDBLOCK ? "another vigie writes to this store"
                                                      : strerror(errno));
        return 0;
}

/* The mode is SQLite's default otherwise, and the log beside the file takes the file's. */
static int make_file(const char *file, struct error *err)
{
        _cleanup_(closep) int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

        return fd < 0 ? error_set(err, -errno, "%s: %s", file, strerror(errno)) : 0;
}

static int open_file(struct store *s, const char *name, int flags, struct error *err)
{
        int code;

        (void)sqlite3_close(s->db);
        s->db = NULL;
        code = sqlite3_open_v2(name, &s->db, flags | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOMUTEX,
                               NULL);
        if (code != SQLITE_OK)
                return sql_fail(s->db, code, err);
        (void)sqlite3_busy_timeout(s->db, BUSY_TIMEOUT_MS);
        /* a store that is then refused must be left as it is, its log too */
        (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        return 0;
}

static int open_reading(struct store *s, const char *file, struct error *err)
{
        _cleanup_(freep) char *log = NULL, *uri = NULL;
        struct error first = { 0 };
        int r = open_file(s, file, SQLITE_OPEN_READONLY, &first);

        if (r >= 0)
                r = schema_check(s->db, &first);
        if (r != -EACCES && r != -EROFS)
                return r < 0 ? error_set(err, r, "%s", first.text) : 0;
        /* WAL wants to write beside the file even to read; when nobody writes, it need not be */
        if (asprintf(&log, "%s-wal", file) < 0)
                log = NULL;
        if (asprintf(&uri, "file:%s?immutable=1", file) < 0)
                uri = NULL;
        if (!log || !uri || access(log, F_OK) == 0 || strpbrk(file, "?#%"))
                return error_set(err, r, "%s", first.text);
        r = open_file(s, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
        return r < 0 ? r : schema_check(s->db, err);
}

static int open_writing(struct store *s, const char *file, struct error *err)
{
        int r = make_file(file, err);

        if (r >= 0)
                r = open_file(s, file, SQLITE_OPEN_READWRITE, err);
        if (r < 0)
                return r;
        r = schema_check(s->db, NULL);
        if (r < 0 && r != -ENOENT)
                return schema_check(s->db, err);
        r = sql_exec(s->db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL", err);
        if (r >= 0)
                r = schema_migrate(s->db, err);
        if (r >= 0)
                (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
        return r;
}

static int open_prepared(struct store *s, const char *state_dir, struct error *err)
{
        _cleanup_(freep) char *file = NULL;
        int r;

        if (asprintf(&file, "%s/vigie.db", state_dir) < 0) {
                file = NULL;
                return error_oom(err);
        }
        r = schema_look(file, err);
        if (r < 0)
                return r;
        if (s->read_only && r > 0)
                return error_set(err, -ENOENT, "%s: no store yet: nothing was scanned", file);
        r = s->read_only ? open_reading(s, file, err) : open_writing(s, file, err);
        if (r < 0)
                return r;
        return sql_exec(s->db,
                        "PRAGMA cache_size = -8192; PRAGMA temp_store = FILE;"
                        "PRAGMA journal_size_limit = 16777216; PRAGMA cell_size_check = ON",
                        err);
}

int store_open(struct store **ret, const char *state_dir, bool read_only, struct error *err)
{
        _cleanup_(store_closep) struct store *s = calloc(1, sizeof(*s));
        int r = 0;

        if (!s)
                return error_oom(err);
        s->lock_fd = -1;
        s->read_only = read_only;
        if (!read_only)
                r = make_folder(state_dir, err);
        if (r >= 0 && !read_only)
                r = take_lock(s, state_dir, err);
        if (r >= 0)
                r = open_prepared(s, state_dir, err);
        if (r < 0)
                return r;
        sql_cache_init(&s->cache, s->db);
        *ret = TAKE_PTR(s);
        return 0;
}

struct store *store_close(struct store *s)
{
        if (!s)
                return NULL;
        if (s->in_transaction)
                (void)write_flush(s, NULL);
        sql_cache_done(&s->cache);
        (void)sqlite3_close(s->db);
        closep(&s->lock_fd);
        json_decref(s->rules_by_id);
        json_decref(s->event_fields);
        free(s);
        return NULL;
}
