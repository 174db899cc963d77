/* The history in each of its forms: days, gaps, what is not known, and names from anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/report/history.h"
#include "daemon/report/html-chart.h"
#include "tests/support/ledger.h"

#include <jansson.h>
#include <sqlite3.h>
#include <string.h>

static const struct visit two = { .ids = "a b" };
static const struct judgement fail_high = { .verdict = VERDICT_FAIL, .severity = SEVERITY_HIGH };

static void run_sql(struct ledger *l, const char *sql)
{
        _cleanup_(freep) char *path = ledger_path(l, "vigie.db");
        sqlite3 *db = NULL;
        char *text = NULL;

        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        if (sqlite3_exec(db, sql, NULL, NULL, &text) != SQLITE_OK)
                fail_msg("%s", text);
        (void)sqlite3_close(db);
}

static void scan(struct ledger *l, bool complete)
{
        ledger_begin(l);
        ledger_visit(l, &two);
        ledger_collected(l, complete);
        ledger_judge(l, &two, "a", &fail_high);
        ledger_end(l);
}

static char *written_as(struct ledger *l, struct history_request request,
                        enum history_format format)
{
        char *text = NULL;
        size_t n = 0;
        struct error err = { 0 };
        FILE *out = open_memstream(&text, &n);

        assert_non_null(out);
        request.store = l->store;
        request.terminal.out = out;
        if (history_write(&request, format, &err) < 0)
                fail_msg("%s", err.text);
        (void)fclose(out);
        return text;
}

static json_t *json_of(struct ledger *l, struct history_request request)
{
        _cleanup_(freep) char *text = written_as(l, request, HISTORY_JSON);
        json_t *all = json_loads(text, 0, NULL);

        assert_non_null(all);
        return all;
}

static const struct history_request by_day = { .by = HISTORY_BY_DAY };
static const struct history_request by_scan = { .by = HISTORY_BY_SCAN };

/* The first scan is of 19 July, the second of the day after; the third comes three days later. */
static void fill(struct ledger *l)
{
        scan(l, true);
        scan(l, true);
        scan(l, false);
        l->now_usec += 3 * 24 * LEDGER_HOUR;
        scan(l, true);
}

static void history_has_a_row_for_each_day(void **state)
{
        static const struct {
                const char *day;
                int scans, cut;
                bool known;
        } days[] = {
                { "2026-07-19", 1, 0, true },  { "2026-07-20", 2, 1, true },
                { "2026-07-21", 0, 0, false }, { "2026-07-22", 0, 0, false },
                { "2026-07-23", 1, 0, true },
        };
        struct ledger *l = *state;
        json_auto_t *all = NULL;
        const json_t *rows;

        fill(l);
        all = json_of(l, by_day);
        assert_string_equal(json_string_value(json_object_get(all, "by")), "day");
        rows = json_object_get(all, "history");
        assert_int_equal(json_array_size(rows), ELEMENTSOF(days));
        for (size_t i = 0; i < ELEMENTSOF(days); i++) {
                const json_t *row = json_array_get(rows, i), *fail, *high;

                assert_string_equal(json_string_value(json_object_get(row, "day")), days[i].day);
                assert_int_equal(json_integer_value(json_object_get(row, "scans")), days[i].scans);
                assert_int_equal(json_integer_value(json_object_get(row, "cut_short")),
                                 days[i].cut);
                assert_true(json_is_true(json_object_get(row, "known")) == days[i].known);
                assert_true(json_is_null(json_object_get(row, "findings")) == !days[i].known);
                assert_true(json_is_null(json_object_get(row, "coverage")) == !days[i].known);
                assert_true(json_is_null(json_object_get(row, "resources")) == !days[i].known);
                fail = json_object_get(json_object_get(row, "findings"), "fail");
                high = json_object_get(fail, "high");
                if (days[i].known)
                        assert_int_equal(json_integer_value(high), 1);
        }
}

static void history_has_a_row_for_each_scan(void **state)
{
        struct history_request newest = by_scan, late = by_scan;
        struct ledger *l = *state;
        json_auto_t *all = NULL, *two_of_them = NULL, *last = NULL;
        const json_t *rows;

        fill(l);
        all = json_of(l, by_scan);
        rows = json_object_get(all, "history");
        assert_int_equal(json_array_size(rows), 4);
        assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "started")),
                            "2026-07-19T23:26:40Z");
        assert_true(json_is_false(json_object_get(json_array_get(rows, 2), "complete")));
        assert_int_equal(json_array_size(json_object_get(json_array_get(rows, 0), "accounts")), 2);
        newest.max = 2;
        two_of_them = json_of(l, newest);
        rows = json_object_get(two_of_them, "history");
        assert_int_equal(json_array_size(rows), 2);
        assert_true(json_is_false(json_object_get(json_array_get(rows, 0), "complete")));
        late.since_usec = l->now_usec;
        last = json_of(l, late);
        assert_int_equal(json_array_size(json_object_get(last, "history")), 1);
}

static void history_does_not_say_zero_for_what_it_does_not_know(void **state)
{
        struct ledger *l = *state;
        _cleanup_(freep) char *table = NULL, *csv = NULL, *page = NULL;

        scan(l, true);
        run_sql(l, "UPDATE scan SET census = NULL");
        table = written_as(l, by_day, HISTORY_TABLE);
        assert_non_null(strstr(table, "2026-07-19 1"));
        assert_null(strstr(table, " 0 "));
        assert_non_null(strstr(table, " ? "));
        assert_non_null(strstr(table, "? is not known"));
        csv = written_as(l, by_day, HISTORY_CSV);
        assert_non_null(strstr(csv, "\r\n2026-07-19,,1,0,false,,,,"));
        page = written_as(l, by_day, HISTORY_HTML);
        assert_non_null(strstr(page, "<td>?</td>"));
        assert_null(strstr(page, "<td>0</td>"));
        assert_non_null(strstr(page, "2026-07-19: not known"));
        assert_non_null(strstr(page, "class=\"c-unknown\" fill=\"url(#hatch-findings)\""));
}

static void history_of_a_clock_that_went_back_has_no_day_twice(void **state)
{
        struct ledger *l = *state;
        json_auto_t *all = NULL;
        const json_t *rows;

        scan(l, true);
        scan(l, true);
        l->now_usec -= 2 * LEDGER_HOUR;
        scan(l, true);
        all = json_of(l, by_day);
        rows = json_object_get(all, "history");
        assert_int_equal(json_array_size(rows), 2);
        assert_int_equal(json_integer_value(json_object_get(json_array_get(rows, 1), "scans")), 2);
}

static void history_of_nothing_says_so(void **state)
{
        struct ledger *l = *state;
        _cleanup_(freep) char *table = written_as(l, by_day, HISTORY_TABLE);
        _cleanup_(freep) char *page = written_as(l, by_scan, HISTORY_HTML);
        json_auto_t *all = json_of(l, by_day);

        assert_string_equal(table, "No scan in that time.\n");
        assert_non_null(strstr(page, "No scan in that time."));
        assert_null(strstr(page, "<svg"));
        assert_int_equal(json_array_size(json_object_get(all, "history")), 0);
}

static void history_escapes_names(void **state)
{
        struct ledger *l = *state;
        _cleanup_(freep) char *page = NULL, *table = NULL;
        json_auto_t *all = NULL;

        scan(l, true);
        run_sql(l, "UPDATE scan SET accounts = json_object('</td><script>alert(1)</script>"
                   "\"''&' || char(10, 27) || 'x', 1)");
        page = written_as(l, by_scan, HISTORY_HTML);
        assert_null(strstr(page, "<script"));
        assert_non_null(strstr(page, "&lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;"
                                     "&amp;"));
        table = written_as(l, by_scan, HISTORY_TABLE);
        assert_null(strchr(table, 27));
        all = json_of(l, by_scan); /* it is JSON all the same */
        assert_non_null(all);
}

static void history_page_is_the_same_each_time(void **state)
{
        struct ledger *l = *state;
        _cleanup_(freep) char *once = NULL, *again = NULL, *linked = NULL;
        struct history_request served = by_day;
        char policy[REPORT_POLICY_MAX];

        fill(l);
        once = written_as(l, by_day, HISTORY_HTML);
        again = written_as(l, by_day, HISTORY_HTML);
        assert_string_equal(once, again);
        assert_null(strstr(once, "href=")); /* a file has nowhere to lead to */
        served.served = true;
        linked = written_as(l, served, HISTORY_HTML);
        assert_non_null(strstr(linked, "<a href=\"/history?by=scan\">"));
        assert_non_null(strstr(once, history_policy(policy)));
        assert_null(strstr(once, "style=\"")); /* the policy would not have it */
}

/* ---- charts ------------------------------------------------------------------------------------
 */

static const char *point_label(void *user, size_t point)
{
        return point == 0 ? "<b>&\"one" : "two";
}

static bool point_known(void *user, size_t point)
{
        return point == 0;
}

static uint64_t point_value(void *user, size_t point, size_t series)
{
        return series == 0 ? 3 : 0;
}

static void chart_escapes_and_draws(void **state)
{
        const struct chart c = {
                .id = "c",
                .title = "<title>",
                .unknown = "not <known>",
                .n_series = 2,
                .series = { { "a<b", "k0" }, { "c", "k1" } },
                .n_points = 2,
                .label = point_label,
                .known = point_known,
                .value = point_value,
        };
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);

        chart_write(&c, out);
        (void)fclose(out);
        assert_non_null(strstr(text, "<title>&lt;b&gt;&amp;&quot;one: a&lt;b 3, c 0</title>"));
        assert_non_null(strstr(text, "<title>two: not &lt;known&gt;</title>"));
        assert_non_null(strstr(text, "&lt;title&gt;</title>"));
        /* three of five, from the bottom (234) up; nothing of the series that is 0 */
        assert_non_null(strstr(text, "class=\"k0\" x=\"64.00\" y=\"99.60\" width=\"443.00\" "
                                     "height=\"134.40\""));
        assert_null(strstr(text, "class=\"k1\" x="));
        assert_non_null(strstr(text, "fill=\"url(#hatch-c)\" x=\"508.00\" y=\"10.00\""));
}

static void chart_ceiling_is_round(void **state)
{
        static const uint64_t cases[][2] = { { 0, 1 },   { 1, 1 },    { 2, 2 },
                                             { 3, 5 },   { 6, 10 },   { 11, 20 },
                                             { 50, 50 }, { 51, 100 }, { 1000001, 2000000 } };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                assert_int_equal(chart_ceiling(cases[i][0]), cases[i][1]);
        assert_true(chart_ceiling(UINT64_MAX) == UINT64_MAX);
}

#define LEDGER_TEST(f) cmocka_unit_test_setup_teardown(f, ledger_setup, ledger_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(history_has_a_row_for_each_day),
                LEDGER_TEST(history_has_a_row_for_each_scan),
                LEDGER_TEST(history_does_not_say_zero_for_what_it_does_not_know),
                LEDGER_TEST(history_of_a_clock_that_went_back_has_no_day_twice),
                LEDGER_TEST(history_of_nothing_says_so),
                LEDGER_TEST(history_escapes_names),
                LEDGER_TEST(history_page_is_the_same_each_time),
                cmocka_unit_test(chart_escapes_and_draws),
                cmocka_unit_test(chart_ceiling_is_round),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
