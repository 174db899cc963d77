#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/record.h"

#include "daemon/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

/* ---- opening -----------------------------------------------------------------------------------
 */

static const char *state_dir(const struct record *r)
{
        static char state[96];

        (void)snprintf(state, sizeof(state), "%s/state", r->folder);
        return state;
}

static void store_is_for_its_owner_alone(void **state)
{
        struct record *r = *state;
        struct stat st;

        assert_int_equal(stat(state_dir(r), &st), 0);
        assert_int_equal(st.st_mode & 0777, 0700);
        assert_int_equal(stat(record_file(r, "vigie.db"), &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
}

static void store_refuses_a_second_writer(void **state)
{
        struct record *r = *state;
        struct store *second = NULL;
        struct error err = { 0 };

        assert_int_equal(store_open(&second, state_dir(r), false, &err), -EBUSY);
        assert_non_null(strstr(err.text, "another vigie"));
        assert_int_equal(store_open(&second, state_dir(r), true, NULL), 0);
        second = store_close(second);
}

static void store_reading_says_when_there_is_none(void **state)
{
        struct record *r = *state;
        struct store *s = NULL;
        char none[128];

        (void)snprintf(none, sizeof(none), "%s/none", r->folder);
        assert_int_equal(store_open(&s, none, true, NULL), -ENOENT);
        assert_int_equal(access(none, F_OK), -1);
        assert_null(s);
}

static void store_reading_does_not_write(void **state)
{
        static const char *const accounts[] = { "prod", NULL };
        struct record *r = *state;
        struct store_scan *scan = NULL;
        struct store *s = NULL;

        assert_int_equal(store_open(&s, state_dir(r), true, NULL), 0);
        assert_int_equal(store_scan_begin(&scan, s, accounts, 1, NULL), -EROFS);
        assert_null(scan);
        store_close(s);
}

static char *slurp(const char *file, size_t *ret_bytes)
{
        FILE *f = fopen(file, "re");
        char *bytes = malloc(1 << 20);

        assert_non_null(f);
        assert_non_null(bytes);
        *ret_bytes = fread(bytes, 1, 1 << 20, f);
        (void)fclose(f);
        return bytes;
}

static void write_at(const char *file, off_t at, const void *bytes, size_t n)
{
        int fd = open(file, O_WRONLY | O_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, bytes, n, at), (ssize_t)n);
        (void)close(fd);
}

static void refused_untouched(struct record *r, int code, const char *words)
{
        const char *const names[] = { "vigie.db", "vigie.db-wal" };
        char *before[2] = { NULL, NULL };
        size_t n_before[2] = { 0, 0 };

        for (int i = 0; i < 2; i++)
                if (access(record_file(r, names[i]), F_OK) == 0)
                        before[i] = slurp(record_file(r, names[i]), &n_before[i]);
        for (int read_only = 0; read_only < 2; read_only++) {
                struct error err = { 0 };

                assert_int_equal(store_open(&r->store, state_dir(r), read_only, &err), code);
                assert_non_null(strstr(err.text, words));
                assert_null(r->store);
        }
        for (int i = 0; i < 2; i++) {
                size_t n;
                char *after;

                if (!before[i])
                        continue;
                after = slurp(record_file(r, names[i]), &n);
                assert_int_equal(n, n_before[i]);
                assert_memory_equal(after, before[i], n);
                free(after);
                free(before[i]);
        }
}

static void store_of_a_newer_version_is_left_as_it_is(void **state)
{
        struct record *r = *state;

        record_scan(r, COVERAGE_OK, "a b");
        record_close(r);
        write_at(record_file(r, "vigie.db"), 60, "\0\0\0\7", 4);
        refused_untouched(r, -EPROTO, "newer");
}

/* The newer version may stand in the log only, when its program died. */
static void store_of_a_newer_version_in_the_log_too(void **state)
{
        struct record *r = *state;
        sqlite3 *db = NULL;

        record_scan(r, COVERAGE_OK, "a b");
        record_close(r);
        assert_int_equal(sqlite3_open(record_file(r, "vigie.db"), &db), SQLITE_OK);
        (void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 9", NULL, NULL, NULL), SQLITE_OK);
        (void)sqlite3_close(db);
        assert_int_equal(access(record_file(r, "vigie.db-wal"), F_OK), 0);
        refused_untouched(r, -EPROTO, "newer");
}

static void store_damaged_is_refused(void **state)
{
        static const struct {
                off_t at;
                const char *bytes;
        } cases[] = {
                { 0, "no database at all" },                     /* magic */
                { 100, "\377\377\377\377\377\377\377\377\377" }, /* root page of the schema */
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct record *r;
                void *inner = NULL;

                assert_int_equal(record_setup(&inner), 0);
                r = inner;
                record_scan(r, COVERAGE_OK, "a b");
                record_close(r);
                write_at(record_file(r, "vigie.db"), cases[i].at, cases[i].bytes,
                         strlen(cases[i].bytes));
                refused_untouched(r, -EUCLEAN, "");
                (void)record_teardown(&inner);
        }
}

static void store_of_another_program_is_refused(void **state)
{
        struct record *r = *state;

        record_close(r);
        assert_int_equal(record_number(r, "SELECT count(*) FROM outbox"), 0);
        write_at(record_file(r, "vigie.db"), 68, "abcd", 4);
        refused_untouched(r, -EUCLEAN, "no store of vigie");
}

static void store_cut_short_is_refused_or_fails_clearly(void **state)
{
        struct record *r = *state;

        record_scan(r, COVERAGE_OK, "a b c d");
        record_close(r);
        assert_int_equal(truncate(record_file(r, "vigie.db"), 8192), 0);
        refused_untouched(r, -EUCLEAN, "");
}

#define with_store(test) cmocka_unit_test_setup_teardown(test, record_setup, record_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                with_store(store_is_for_its_owner_alone),
                with_store(store_refuses_a_second_writer),
                with_store(store_reading_says_when_there_is_none),
                with_store(store_reading_does_not_write),
                with_store(store_of_a_newer_version_is_left_as_it_is),
                with_store(store_of_a_newer_version_in_the_log_too),
                cmocka_unit_test(store_damaged_is_refused),
                with_store(store_of_another_program_is_refused),
                with_store(store_cut_short_is_refused_or_fails_clearly),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
