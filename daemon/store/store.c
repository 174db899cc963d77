#include "daemon/store/store.h"

#include "daemon/base/number.h"
#include "daemon/store/private.h"
#include "daemon/store/record.h"
#include "daemon/store/schema.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

/* What SQLite may keep in memory: the whole program has 64 MiB, whatever the inventory's size. */
static const char settings[] = "PRAGMA cache_size = -8192; PRAGMA temp_store = FILE;"
                               "PRAGMA journal_size_limit = 67108864; PRAGMA cell_size_check = ON;"
                               "PRAGMA synchronous = NORMAL;";
enum { WAIT_MS = 5000 };

/* ---- the folder and the lock -------------------------------------------------------------------
 */

static int make_folder(const char *path, struct error *err)
{
        _cleanup_(freep) char *part = strdup(path);

        if (!part)
                return error_oom(err);
        for (char *p = part + (*part == '/');; p++) {
                char c = *p;

                if (c != '/' && c != '\0')
                        continue;
                *p = '\0';
                if (mkdir(part, 0700) < 0 && errno != EEXIST)
                        return error_set(err, -errno, "state folder %s: %s", part, strerror(errno));
                *p = c;
                if (c == '\0')
                        return 0;
        }
}

/* "vigie (process 4711)", as the lock file and the kernel know it. */
static void name_holder(int fd, char *text, size_t size)
{
        char number[24] = "", path[64], name[32] = "";
        ssize_t n = pread(fd, number, sizeof(number) - 1, 0);
        _cleanup_(fclosep) FILE *f = NULL;
        uint64_t pid;

        number[n > 0 ? n : 0] = '\0';
        number[strcspn(number, "\n")] = '\0';
        if (number_parse_u64(number, &pid) < 0) {
                (void)snprintf(text, size, "another process");
                return;
        }
        (void)snprintf(path, sizeof(path), "/proc/%s/comm", number);
        f = fopen(path, "re");
        if (f && fgets(name, sizeof(name), f))
                name[strcspn(name, "\n")] = '\0';
        (void)snprintf(text, size, "%s (process %s)", *name ? name : "another process", number);
}

static int take_lock(struct store *s, const char *state_dir, struct error *err)
{
        _cleanup_(freep) char *path = NULL;
        char text[96];
        int n;

        if (asprintf(&path, "%s/vigie.lock", state_dir) < 0)
                return error_oom(err);
        s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
        if (s->lock_fd < 0)
                return error_set(err, -errno, "%s: %s", path, strerror(errno));
        if (flock(s->lock_fd, LOCK_EX | LOCK_NB) < 0) {
                if (errno != EWOULDBLOCK)
                        return error_set(err, -errno, "%s: %s", path, strerror(errno));
                name_holder(s->lock_fd, text, sizeof(text));
                return error_set(err, -EBUSY,
                                 "%s is being written by %s: wait for it or stop it, or use "
                                 "another --state folder; status, findings and the like work "
                                 "beside it",
                                 s->path, text);
        }
        n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
        if (ftruncate(s->lock_fd, 0) < 0 || pwrite(s->lock_fd, text, (size_t)n, 0) != n)
                return error_set(err, -EIO, "%s: %s", path, strerror(errno));
        return 0;
}

/* ---- opening -----------------------------------------------------------------------------------
 */

static void on_write(void *user, int operation, const char *database, const char *table,
                     sqlite3_int64 row)
{
        struct store *s = user;

        if (strcmp(table, "resource") == 0 || strcmp(table, "finding") == 0)
                s->rows_written++;
}

/* Made with its mode before SQLite sees it: its side files take theirs from it. */
static int make_file(const char *path, struct error *err)
{
        _cleanup_(closep) int fd =
                open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);

        if (fd < 0 || fchmod(fd, 0600) < 0)
                return error_set(err, -errno, "%s: %s", path, strerror(errno));
        return 0;
}

/* SQLite follows no link anywhere in the name, so that the database is none; the folder may be
 * one: systemd's StateDirectory= is, for a service with DynamicUser=. */
static int resolve_name(const char *state_dir, char **ret, struct error *err)
{
        _cleanup_(freep) char *folder = realpath(state_dir, NULL);

        if (!folder)
                return error_set(err, -errno, "state folder %s: %s", state_dir, strerror(errno));
        if (asprintf(ret, "%s/vigie.db", folder) < 0) {
                *ret = NULL;
                return error_oom(err);
        }
        return 0;
}

static int open_database(struct store *s, const char *state_dir, struct error *err)
{
        _cleanup_(freep) char *name = NULL;
        int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW |
                    (s->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
        int r = resolve_name(state_dir, &name, err);

        if (r < 0)
                return r;
        if (sqlite3_open_v2(name, &s->db, flags, NULL) != SQLITE_OK) {
                if (!s->db)
                        return error_oom(err);
                return store_error(s, err, "opening");
        }
        (void)sqlite3_busy_timeout(s->db, s->wait_ms);
        (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        /* one that turns out to be newer must not be changed by closing it */
        (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        if (functions_register(s) < 0)
                return error_oom(err);
        return 0;
}

static int set_up(struct store *s, bool empty, struct error *err)
{
        int r;

        if (!s->read_only && empty &&
            sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) != SQLITE_OK)
                return store_error(s, err, "making it");
        if (sqlite3_exec(s->db, settings, NULL, NULL, NULL) != SQLITE_OK)
                return store_error(s, err, "opening");
        r = schema_migrate(s, err);
        if (r < 0 || s->read_only)
                return r;
        if (sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) != SQLITE_OK)
                return store_error(s, err, "opening");
        (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
        (void)sqlite3_update_hook(s->db, on_write, s);
        return 0;
}

static int prepare_folder(struct store *s, const char *state_dir, struct error *err)
{
        int r = make_folder(state_dir, err);

        if (r == 0)
                r = take_lock(s, state_dir, err);
        return r == 0 ? make_file(s->path, err) : r;
}

static int open_store(struct store **ret, const char *state_dir, bool read_only, int wait_ms,
                      struct error *err)
{
        _cleanup_(store_closep) struct store *s = calloc(1, sizeof(*s));
        bool empty = false;
        int r;

        if (!s)
                return error_oom(err);
        s->read_only = read_only;
        s->wait_ms = wait_ms;
        s->lock_fd = -1;
        if (asprintf(&s->path, "%s/vigie.db", state_dir) < 0) {
                s->path = NULL;
                return error_oom(err);
        }
        if (read_only && access(s->path, F_OK) < 0 && errno == ENOENT)
                return error_set(err, -ENOENT, "%s is not there: nothing was scanned yet", s->path);
        if (!read_only) {
                r = prepare_folder(s, state_dir, err);
                if (r < 0)
                        return r;
        }
        r = schema_inspect(s->path, &empty, err);
        if (r < 0)
                return r;
        s->sayings = calloc(SAYING_SLOTS, sizeof(*s->sayings));
        if (!s->sayings)
                return error_oom(err);
        r = open_database(s, state_dir, err);
        if (r == 0)
                r = set_up(s, empty, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(s);
        return 0;
}

int store_open(struct store **ret, const char *state_dir, bool read_only, struct error *err)
{
        return open_store(ret, state_dir, read_only, WAIT_MS, err);
}

static int last_ended(struct store *s, char **ret_scan_id, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(s, ST_SCAN_LAST, &st, err, "");

        if (r < 0)
                return r;
        if (r == 0 || sqlite3_column_type(st, 2) == SQLITE_NULL)
                return error_set(err, -ENODATA, "%s: no scan has ended yet", s->path);
        *ret_scan_id = strdup(column_text(st, 0) ? column_text(st, 0) : "");
        return *ret_scan_id ? 0 : error_oom(err);
}

int store_peek(char **ret_scan_id, const char *state_dir, struct error *err)
{
        _cleanup_(store_closep) struct store *s = NULL;
        int r = open_store(&s, state_dir, true, 0, err);

        if (r < 0)
                return r;
        assert(s);
        return last_ended(s, ret_scan_id, err);
}

struct store *store_close(struct store *s)
{
        if (!s)
                return NULL;
        if (s->scan)
                record_abandon(s->scan);
        for (size_t i = 0; i < ST_MAX; i++)
                (void)sqlite3_finalize(s->statements[i]);
        (void)sqlite3_close(s->db);
        if (s->lock_fd >= 0)
                (void)close(s->lock_fd);
        for (size_t i = 0; i < ELEMENTSOF(s->summary); i++)
                free(s->summary[i]);
        json_decref(s->rules);
        json_decref(s->event_fields);
        json_decref(s->summary_basis);
        free(s->rules_digest);
        free(s->sayings);
        free(s->path);
        free(s);
        return NULL;
}

int store_read_begin(struct store *s, struct error *err)
{
        return sqlite3_exec(s->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK
                       ? 0
                       : store_error(s, err, "beginning to read");
}

void store_read_end(struct store *s)
{
        if (!sqlite3_get_autocommit(s->db))
                (void)sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
}

void store_rest(struct store *s)
{
        (void)sqlite3_db_release_memory(s->db);
        for (size_t i = 0; i < ST_MAX; i++) {
                (void)sqlite3_finalize(s->statements[i]);
                s->statements[i] = NULL;
        }
}

uint64_t store_rows_written(const struct store *s)
{
        return s->rows_written;
}
