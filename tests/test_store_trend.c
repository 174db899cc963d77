/* The numbers that are kept with each scan, and what stands where there are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/buffer.h"
#include "daemon/store/trend.h"
#include "tests/support/ledger.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>

static const struct visit two = { .ids = "a b" };
static const struct judgement fail_high = { .verdict = VERDICT_FAIL, .severity = SEVERITY_HIGH };
static const struct judgement unknown_low = { .verdict = VERDICT_UNKNOWN,
                                              .severity = SEVERITY_LOW };

static int on_census(void *user, const struct store_census *c)
{
        struct buffer *b = user;

        buffer_printf(b, "%s%s", b->size_bytes > 0 ? ", " : "",
                      c->finished_usec == 0 ? "unfinished"
                      : c->complete         ? "complete"
                                            : "cut");
        if (!c->known)
                buffer_add(b, " unknown");
        else
                buffer_printf(b, " r%d s%d f%d u%d ok%d denied%d", (int)c->resources, (int)c->stale,
                              (int)c->findings[VERDICT_FAIL][SEVERITY_HIGH],
                              (int)c->findings[VERDICT_UNKNOWN][SEVERITY_LOW],
                              (int)c->coverage[COVERAGE_OK], (int)c->coverage[COVERAGE_DENIED]);
        return 0;
}

static char *trend(struct ledger *l, uint64_t since_usec, uint64_t max)
{
        struct buffer b = BUFFER_INIT(8192);
        struct error err = { 0 };

        if (store_each_census(l->store, since_usec, max, on_census, &b, &err) < 0)
                fail_msg("%s", err.text);
        buffer_add(&b, "");
        return buffer_take(&b);
}

#define assert_trend(l, since, max, expected)                                                      \
        do {                                                                                       \
                _cleanup_(freep) char *_text = trend(l, since, max);                               \
                assert_string_equal(_text, expected);                                              \
        } while (0)

static void run_sql(const struct ledger *l, const char *sql)
{
        _cleanup_(freep) char *path = ledger_path(l, "vigie.db");
        sqlite3 *db = NULL;
        char *text = NULL;

        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        if (sqlite3_exec(db, sql, NULL, NULL, &text) != SQLITE_OK)
                fail_msg("%s", text);
        (void)sqlite3_close(db);
}

static void store_counts_at_the_end_of_each_scan(void **state)
{
        const struct visit denied = { .ids = "", .state = COVERAGE_DENIED };
        struct ledger *l = *state;

        assert_trend(l, 0, UINT64_MAX, "");
        ledger_begin(l);
        ledger_visit(l, &two);
        ledger_collected(l, true);
        ledger_judge(l, &two, "a", &fail_high);
        ledger_judge(l, &two, "b", &unknown_low);
        assert_trend(l, 0, UINT64_MAX, ""); /* under way */
        ledger_end(l);
        assert_trend(l, 0, UINT64_MAX, "complete r2 s0 f1 u1 ok1 denied0");
        ledger_scan(l, &denied, 1); /* what is known stands, stale */
        assert_trend(l, 0, UINT64_MAX,
                     "complete r2 s0 f1 u1 ok1 denied0, complete r2 s2 f1 u1 ok0 denied1");
        assert_trend(l, 0, 1, "complete r2 s2 f1 u1 ok0 denied1");
        assert_trend(l, l->now_usec, UINT64_MAX, "complete r2 s2 f1 u1 ok0 denied1");
        assert_trend(l, l->now_usec + 1, UINT64_MAX, "");
}

static void store_tells_scans_that_were_cut_short(void **state)
{
        struct ledger *l = *state;

        ledger_begin(l);
        ledger_visit(l, &two);
        ledger_collected(l, false);
        ledger_end(l);
        ledger_begin(l); /* and one that was killed */
        ledger_close(l);
        ledger_open(l);
        assert_trend(l, 0, UINT64_MAX, "cut r2 s0 f0 u0 ok1 denied0");
        ledger_scan(l, &two, 1);
        assert_trend(l, 0, UINT64_MAX,
                     "cut r2 s0 f0 u0 ok1 denied0, unfinished unknown, "
                     "complete r2 s0 f0 u0 ok1 denied0");
}

static void store_of_before_numbers_does_not_say_zero(void **state)
{
        struct ledger *l = *state;

        ledger_scan(l, &two, 1);
        ledger_close(l);
        run_sql(l, "UPDATE scan SET census = NULL"); /* as the new column comes */
        ledger_open(l);
        assert_trend(l, 0, UINT64_MAX, "complete unknown");
        ledger_scan(l, &two, 1);
        assert_trend(l, 0, UINT64_MAX, "complete unknown, complete r2 s0 f0 u0 ok1 denied0");
}

static void store_says_when_its_numbers_are_damaged(void **state)
{
        static const char *const damage[] = { "'{'", "'[]'", "7" };
        struct ledger *l = *state;

        ledger_scan(l, &two, 1);
        for (size_t i = 0; i < ELEMENTSOF(damage); i++) {
                _cleanup_(freep) char *sql = NULL;
                struct buffer b = BUFFER_INIT(8192);
                struct error err = { 0 };

                assert_true(asprintf(&sql, "UPDATE scan SET census = %s", damage[i]) > 0);
                run_sql(l, sql);
                assert_int_equal(store_each_census(l->store, 0, 9, on_census, &b, &err), -EUCLEAN);
                assert_non_null(strstr(err.text, "damaged"));
                buffer_done(&b);
        }
}

static void store_forgets_numbers_with_their_scan(void **state)
{
        struct ledger *l = *state;
        struct error err = { 0 };

        ledger_scan(l, &two, 1);
        ledger_scan(l, &two, 1);
        assert_int_equal(store_prune(l->store, LEDGER_HOUR / 2, l->now_usec + LEDGER_HOUR, &err),
                         0);
        assert_trend(l, 0, UINT64_MAX, "complete r2 s0 f0 u0 ok1 denied0"); /* the last stays */
}

static int peek(struct ledger *l, char **ret)
{
        struct error err = { 0 };
        int r = store_peek(ret, l->dir, &err);

        assert_true((r < 0) == (err.text[0] != '\0'));
        return r;
}

static void store_peek_names_the_last_scan_that_ended(void **state)
{
        _cleanup_(freep) char *first = NULL, *meanwhile = NULL, *second = NULL;
        struct ledger *l = *state;
        char *none = NULL;

        assert_int_equal(peek(l, &none), -ENODATA);
        ledger_begin(l);
        assert_int_equal(peek(l, &none), -ENODATA);
        ledger_visit(l, &two);
        ledger_collected(l, true);
        ledger_end(l);
        assert_int_equal(peek(l, &first), 0);
        ledger_begin(l);
        assert_int_equal(peek(l, &meanwhile), 0);
        assert_string_equal(first, meanwhile);
        ledger_collected(l, true);
        ledger_end(l);
        assert_int_equal(peek(l, &second), 0);
        assert_string_not_equal(first, second);
        ledger_close(l);
        run_sql(l, "PRAGMA user_version = 77");
        assert_int_equal(peek(l, &none), -EPROTO);
        (void)snprintf(l->dir + strlen(l->dir), 4, "-no");
        assert_int_equal(peek(l, &none), -ENOENT);
        l->dir[strlen(l->dir) - 3] = '\0';
}

/* Held by another: said at once. */
static void store_peek_does_not_wait(void **state)
{
        struct ledger *l = *state;
        _cleanup_(freep) char *path = ledger_path(l, "vigie.db");
        sqlite3 *db = NULL;
        char *none = NULL;

        ledger_scan(l, &two, 1);
        ledger_close(l);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(
                sqlite3_exec(db, "PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE", NULL, NULL, NULL),
                SQLITE_OK);
        assert_int_equal(peek(l, &none), -EBUSY);
        (void)sqlite3_close(db);
}

#define LEDGER_TEST(f) cmocka_unit_test_setup_teardown(f, ledger_setup, ledger_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(store_counts_at_the_end_of_each_scan),
                LEDGER_TEST(store_tells_scans_that_were_cut_short),
                LEDGER_TEST(store_of_before_numbers_does_not_say_zero),
                LEDGER_TEST(store_says_when_its_numbers_are_damaged),
                LEDGER_TEST(store_forgets_numbers_with_their_scan),
                LEDGER_TEST(store_peek_names_the_last_scan_that_ended),
                LEDGER_TEST(store_peek_does_not_wait),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
