/* What a plan makes of what the last scan left: tables over memory, and the store's part of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "daemon/engine/plan-count.h"
#include "daemon/report/plan-sum.h"
#include "tests/support/ledger.h"

/* ---- counting ------------------------------------------------------------------------------- */

static struct call details[2];
static char *twice[] = { (char *)"a", (char *)"b", NULL };
static struct keep fact_row = { .fact = (char *)"compute.type", .absent = true };
static struct keep path_row = { .path = (char *)"state", .absent = true };

enum kind {
        PLAIN,
        OVER,
        UNPAGED,
        COUNTED,
        DETAILED,
        EACH,
        REQUIRES,
        WORDS,
        WORDS_LATE,
        UNIQUE_LATE,
        LATE,
        EARLY,
        MIXED,
        REFERENCE,
        FOLLOWS,
        FOLLOWS_ALONE
};

/* Lists of at most ten to a page. */
static struct collector make(enum kind kind, struct service *service)
{
        struct collector c = { .id = (char *)"x.s.thing", .service = service, .detail = details };

        c.paging = (struct paging){ .style = PAGING_TOKEN,
                                    .size = json_pack("{s:i}", "MaxResults", 10),
                                    .place = { 1, 1 } };
        details[0] = details[1] = (struct call){ .name = (char *)"Describe", .service = service };
        if (kind == UNPAGED)
                c.paging.style = PAGING_NONE;
        if (kind == COUNTED)
                c.paging.style = PAGING_PAGE;
        if (kind == OVER)
                c.list.over = twice;
        if (kind == REFERENCE)
                c.reference = true;
        if (kind == EACH)
                details[0].each = (char *)"parts";
        if (kind == WORDS || kind == WORDS_LATE)
                details[0].over = twice;
        if (kind == REQUIRES)
        details[0].requires = (char *)"part";
        if (kind == FOLLOWS || kind == FOLLOWS_ALONE) {
                c.follows.facts = twice;
                c.paging.style = PAGING_NONE;
        }
        c.n_detail = kind == PLAIN || kind == FOLLOWS_ALONE ? 0 : 1;
        c.keep = kind == EARLY ? &path_row : &fact_row;
        c.unique = kind == UNIQUE_LATE;
        c.n_keep = kind == WORDS_LATE || kind == UNIQUE_LATE || kind == LATE || kind == EARLY ||
                   kind == MIXED;
        c.drop = &path_row;
        c.n_drop = kind == MIXED;
        return c;
}

static const char *text_of(struct plan_number n)
{
        static char texts[2][32];
        static int turn;
        static const char *const doubts[] = {
                "", " unseen", " unread", " pages", " conditional", " dropped", " alternative"
        };
        char *text = texts[turn ^= 1];

        (void)snprintf(text, sizeof(texts[0]), "%llu%s", (unsigned long long)n.calls,
                       doubts[n.doubt]);
        return text;
}

/* clang-format off */
static const struct {
        const char *name;
        enum kind kind;
        enum coverage_state state;
        int calls, items, resources, made, fresh, again, traced;
        const char *list, *fresh_detail, *rescan_detail;
} counts[] = {
        /* no details: the calls are the lists, pages and all */
        { "lists alone",        PLAIN,    COVERAGE_OK,       3, 25, 25,  0, 0, 0, 0, "3", NULL, NULL },
        { "nothing there",      DETAILED, COVERAGE_OK,       1,  0,  0,  0, 0, 0, 0, "1", "0", "0" },
        { "denied at once",     DETAILED, COVERAGE_DENIED,   1,  0,  0,  0, 0, 0, 0, "1", "0", "0" },
        { "not offered",        DETAILED, COVERAGE_ABSENT,   1,  0,  0,  0, 0, 0, 0, "1", "0", "0" },
        { "a reference",        REFERENCE, COVERAGE_OK,      4, 25,  0,  0, 0, 0, 0, "4", NULL, NULL },
        /* what did not come to an end says nothing certain */
        { "throttled",          DETAILED, COVERAGE_THROTTLED, 7, 5,  5,  5, 5, 0, 5, "7 unread", "5 unread", "0 unread" },
        { "failed",             PLAIN,    COVERAGE_FAILED,   2,  0,  0,  0, 0, 0, 0, "2 unread", NULL, NULL },
        { "skipped",            PLAIN,    COVERAGE_SKIPPED,  0,  0,  0,  0, 0, 0, 0, "0 unread", NULL, NULL },
        { "details denied",     DETAILED, COVERAGE_DENIED,   3,  5,  5,  2, 5, 5, 0, "1 unread", "5 unread", "5 unread" },
        { "page two denied",    PLAIN,    COVERAGE_DENIED,   2, 10, 10,  0, 0, 0, 0, "2", NULL, NULL },
        /* the first scan, an unchanged one, one with --fresh */
        { "all asked",          DETAILED, COVERAGE_OK,       6,  5,  5,  5, 5, 0, 5, "1", "5", "0" },
        { "all remembered",     DETAILED, COVERAGE_OK,       1,  5,  5,  0, 5, 0, 5, "1", "5", "0" },
        { "asked again",        DETAILED, COVERAGE_OK,       6,  5,  5,  0, 5, 0, 5, "1", "5", "0" },
        { "two changed",        DETAILED, COVERAGE_OK,       3,  5,  5,  2, 5, 0, 5, "1", "5", "0" },
        { "two too old",        DETAILED, COVERAGE_OK,       1,  5,  5,  0, 5, 2, 5, "1", "5", "2" },
        { "three pages",        DETAILED, COVERAGE_OK,      28, 25, 25, 25, 25, 0, 25, "3", "25", "0" },
        { "three, remembered",  DETAILED, COVERAGE_OK,       3, 25, 25,  0, 25, 0, 25, "3", "25", "0" },
        { "over two",           OVER,     COVERAGE_OK,       7,  5,  5,  5, 5, 0, 5, "2", "5", "0" },
        { "no pages",           UNPAGED,  COVERAGE_OK,      26, 25, 25, 25, 25, 0, 25, "1", "25", "0" },
        { "an empty page ends", COUNTED,  COVERAGE_OK,      12, 10, 10, 10, 10, 0, 10, "2", "10", "0" },
        /* pages shorter than asked for */
        { "short pages",        DETAILED, COVERAGE_OK,       9,  5,  5,  5, 5, 0, 5, "4", "5", "0" },
        { "short, remembered",  DETAILED, COVERAGE_OK,       4,  5,  5,  0, 5, 0, 5, "4", "5", "0" },
        { "short, asked again", DETAILED, COVERAGE_OK,       9,  5,  5,  0, 5, 0, 5, "4 pages", "5", "0" },
        /* once for each value: those that are gone are asked about, too */
        { "values",             FOLLOWS,  COVERAGE_OK,       6,  3,  3,  3, 3, 0, 3, "3", "3", "0" },
        { "one is gone",        FOLLOWS,  COVERAGE_OK,       7,  3,  3,  3, 3, 0, 3, "4", "3", "0" },
        { "gone, remembered",   FOLLOWS,  COVERAGE_OK,       4,  3,  3,  0, 3, 0, 3, "4", "3", "0" },
        { "values alone",       FOLLOWS_ALONE, COVERAGE_OK,  4,  3,  3,  0, 0, 0, 0, "4", NULL, NULL },
        { "one is denied",      FOLLOWS_ALONE, COVERAGE_DENIED, 4, 3, 3, 0, 0, 0, 0, "4 unread", NULL, NULL },
        { "nothing is named",   FOLLOWS,  COVERAGE_OK,       0,  0,  0,  0, 0, 0, 0, "0", "0", "0" },
        /* without a trace: refused, or never made */
        { "no trace",           DETAILED, COVERAGE_OK,       5,  5,  5,  5, 5, 0, 4, "1 conditional", "5 conditional", "0" },
        { "no trace, made",     DETAILED, COVERAGE_OK,       6,  5,  5,  5, 5, 0, 4, "1", "5 conditional", "0" },
        { "some need it",       REQUIRES, COVERAGE_OK,       4,  5,  5,  3, 3, 0, 3, "1", "3 conditional", "0" },
        { "all need it",        REQUIRES, COVERAGE_OK,       6,  5,  5,  5, 5, 0, 5, "1", "5", "0" },
        { "elements",           EACH,     COVERAGE_OK,       9,  5,  5,  8, 8, 0, 5, "1", "8 conditional", "0" },
        { "elements too old",   EACH,     COVERAGE_OK,       1,  5,  5,  0, 8, 2, 5, "1", "8 conditional", "2 conditional" },
        /* once for each of two words */
        { "words",              WORDS,    COVERAGE_OK,      11,  5,  5, 10, 10, 0, 5, "1", "10", "0" },
        { "words, remembered",  WORDS,    COVERAGE_OK,       1,  5,  5,  0, 10, 0, 5, "1", "10", "0" },
        { "a word refused",     WORDS,    COVERAGE_OK,      11,  5,  5, 10, 10, 0, 4, "1", "10 conditional", "0" },
        /* dropped before the details, after them, who knows when */
        { "dropped before",     EARLY,    COVERAGE_OK,       4,  5,  3,  3, 3, 0, 3, "1", "3", "0" },
        { "dropped after",      LATE,     COVERAGE_OK,       6,  5,  3,  3, 3, 0, 3, "1", "5", "2" },
        { "after, remembered",  LATE,     COVERAGE_OK,       3,  5,  3,  0, 3, 0, 3, "1", "5", "2" },
        { "after, for two words", WORDS_LATE, COVERAGE_OK,  11,  5,  3,  6, 6, 0, 3, "1", "10", "4" },
        { "after, or twice",    UNIQUE_LATE, COVERAGE_OK,    5,  5,  3,  3, 3, 0, 3, "1 conditional", "3 dropped", "0 dropped" },
        { "dropped somewhere",  MIXED,    COVERAGE_OK,       5,  5,  3,  3, 3, 0, 3, "1 conditional", "3 dropped", "0 dropped" },
};
/* clang-format on */

static void counts_are_what_the_last_scan_proves(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(counts); i++) {
                struct service service = { .id = (char *)"x.s", .provider = (char *)"x" };
                struct collector c = make(counts[i].kind, &service);
                json_auto_t *known = json_pack(
                        "{s:i, s:i, s:i, s:i, s:i, s:[i], s:[i], s:[i]}", "state",
                        (int)counts[i].state, "calls", counts[i].calls, "items", counts[i].items,
                        "resources", counts[i].resources, "made", counts[i].made, "fresh",
                        counts[i].fresh, "again", counts[i].again, "traced", counts[i].traced);
                struct plan_pass pass = { &c, known, NULL };

                c.list.collector = &c;
                c.list.service = &service;
                print_message("%s\n", counts[i].name);
                assert_string_equal(text_of(plan_count_list(&pass)), counts[i].list);
                if (counts[i].fresh_detail) {
                        assert_string_equal(text_of(plan_count_detail(&pass, 0, true)),
                                            counts[i].fresh_detail);
                        assert_string_equal(text_of(plan_count_detail(&pass, 0, false)),
                                            counts[i].rescan_detail);
                }
                json_decref(c.paging.size);
        }
}

static void counts_below_a_parent(void **state)
{
        static const struct {
                const char *name;
                enum coverage_state above_state, state;
                int above_items, above_resources, calls, items;
                const char *list;
        } cases[] = {
                { "one each", COVERAGE_OK, COVERAGE_OK, 3, 3, 3, 0, "3" },
                { "one each, with details", COVERAGE_OK, COVERAGE_OK, 3, 3, 5, 2, "3" },
                { "below what was denied", COVERAGE_DENIED, COVERAGE_SKIPPED, 0, 0, 0, 0, "0" },
                { "below what failed", COVERAGE_FAILED, COVERAGE_SKIPPED, 0, 0, 0, 0, "0 unread" },
                { "below a page that failed", COVERAGE_FAILED, COVERAGE_SKIPPED, 9, 9, 2, 0,
                  "2 unread" },
                { "denied below several", COVERAGE_OK, COVERAGE_DENIED, 3, 3, 2, 0, "2 unread" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct service service = { .id = (char *)"x.s", .provider = (char *)"x" };
                struct collector above = make(PLAIN, &service), c = make(DETAILED, &service);
                json_auto_t *known_above =
                        json_pack("{s:i, s:i, s:i}", "state", (int)cases[i].above_state, "items",
                                  cases[i].above_items, "resources", cases[i].above_resources);
                json_auto_t *known = json_pack(
                        "{s:i, s:i, s:i, s:i, s:i, s:[i], s:[i], s:[i]}", "state",
                        (int)cases[i].state, "calls", cases[i].calls, "items", cases[i].items,
                        "resources", cases[i].items, "made", cases[i].items, "fresh",
                        cases[i].items, "again", 0, "traced", cases[i].items);
                struct plan_pass parent = { &above, known_above, NULL };
                struct plan_pass pass = { &c, known, &parent };

                c.per = (char *)"x.s.above";
                c.list.collector = &c;
                c.list.service = &service;
                print_message("%s\n", cases[i].name);
                assert_string_equal(text_of(plan_count_list(&pass)), cases[i].list);
                json_decref(above.paging.size);
                json_decref(c.paging.size);
        }
}

/* ---- what the store remembers --------------------------------------------------------------- */

static int on_reading(void *user, const struct store_reading *r)
{
        char *text = user;
        size_t length = strlen(text);

        (void)snprintf(text + length, LEDGER_TEXT_MAX - length, "%s%s %s%s", length ? ", " : "",
                       r->place.region, r->collector, r->detailed_last ? " now" : "");
        assert_true(json_is_array(r->evidence));
        return 0;
}

static const char *readings(struct ledger *l)
{
        const struct store_filter filter = { .account = "prod" };
        struct error err = { 0 };

        l->text[0] = '\0';
        assert_int_equal(store_each_reading(l->store, &filter, on_reading, l->text, &err), 0);
        return l->text;
}

static void readings_are_of_what_was_there(void **state)
{
        struct ledger *l = *state;
        const struct visit all = { .ids = "a b" }, one = { .ids = "a", .listed = true };
        const struct visit elsewhere = { .account = "lab", .ids = "c" };
        const struct visit moved = { .region = "eu-west-3", .scope = "other" };
        _cleanup_(resource_freep) struct resource *r = ledger_resource(&moved, "d");

        ledger_scan(l, &all, 1);
        ledger_scan(l, &elsewhere, 1);
        ledger_scan(l, &all, 1);
        assert_string_equal(readings(l), "eu-west-1 aws.sagemaker.endpoint, "
                                         "eu-west-1 aws.sagemaker.endpoint");
        ledger_scan(l, &one, 1); /* b is not there: nothing will be asked about it */
        assert_string_equal(readings(l), "eu-west-1 aws.sagemaker.endpoint");

        ledger_begin(l); /* listed in one place, being in another */
        r->detailed_usec = l->now_usec;
        ledger_put(l, &moved, r);
        ledger_collected(l, true);
        ledger_end(l);
        assert_string_equal(readings(l), "eu-west-1 aws.sagemaker.endpoint, "
                                         "eu-west-3 aws.sagemaker.endpoint now");
}

/* ---- sums ----------------------------------------------------------------------------------- */

static void sums_of_budgets_and_prices(void **state)
{
        struct limits limits = { .in_flight = 4, .per_account = 8, .detail_ttl_usec = 0 };
        struct service slow = { .id = (char *)"x.slow", .rate_per_second = 2, .burst = 4 };
        struct service free_of = { .id = (char *)"x.free" };
        struct collector c = { .id = (char *)"x.slow.thing", .service = &slow };
        struct call list = { .name = (char *)"List", .service = &slow, .collector = &c };
        struct call other = { .name = (char *)"Other", .service = &free_of, .collector = &c };
        char usd[] = "USD";
        struct cost cost = { .amount = 0.03, .currency = usd, .per = 10000, .free = 14400 };
        struct plan_call row = { .place = { "x", "a", "s", "r" },
                                 .call = &list,
                                 .cost = &cost,
                                 .purpose = PLAN_LIST,
                                 .least = 1,
                                 .rescan = { 10, PLAN_SURE },
                                 .fresh = { 24, PLAN_PAGES } };
        struct plan_money money[2];
        struct plan_sum sum;

        assert_int_equal(plan_sum_init(&sum, &limits, UINT64_C(1800000000)), 0); /* 30 min */
        assert_int_equal(plan_sum_add(&sum, &row), 0);
        row.place.region = NULL; /* another bucket */
        row.fresh = (struct plan_number){ 5, PLAN_SURE };
        assert_int_equal(plan_sum_add(&sum, &row), 0);
        row.call = &other; /* no budget, no price */
        row.cost = NULL;
        row.fresh = (struct plan_number){ 1000, PLAN_SURE };
        assert_int_equal(plan_sum_add(&sum, &row), 0);

        assert_true(plan_sum_seconds(&sum, PLAN_LEAST) == 0);
        assert_true(plan_sum_seconds(&sum, PLAN_RESCAN) == 3);
        assert_true(plan_sum_seconds(&sum, PLAN_FRESH) == 10);
        assert_int_equal(plan_sum_replies(&sum, PLAN_FRESH), (1029 + 3) / 4);
        assert_false(sum.doubtful[PLAN_RESCAN]);
        assert_true(sum.doubtful[PLAN_FRESH]);
        assert_true(plan_sum_scans(&sum) == 1440);
        assert_int_equal(plan_sum_money(&sum, money, 0, 2), 1);
        assert_true(money[0].scan[PLAN_RESCAN] == 20 * (0.03 / 10000));
        assert_true(money[0].month == (20 * 1440 - 14400) * (0.03 / 10000));
        plan_sum_done(&sum);
}

/* Whatever the scope, region and service: what is asked of one host waits for one budget. */
static void sums_of_a_budget_that_the_account_shares(void **state)
{
        struct limits limits = { .in_flight = 4, .per_account = 8 };
        struct service one = { .id = (char *)"x.one",
                               .host = (char *)"api.x",
                               .budget = BUDGET_ACCOUNT,
                               .rate_per_second = 1,
                               .burst = 5 };
        struct service two = { .id = (char *)"x.two",
                               .host = (char *)"api.x",
                               .budget = BUDGET_ACCOUNT,
                               .rate_per_second = 1,
                               .burst = 5 };
        struct service away = { .id = (char *)"x.away",
                                .host = (char *)"files.x",
                                .budget = BUDGET_ACCOUNT,
                                .rate_per_second = 1,
                                .burst = 5 };
        struct collector c = { .id = (char *)"x.one.thing", .service = &one };
        struct call of_one = { .name = (char *)"One", .service = &one, .collector = &c };
        struct call of_two = { .name = (char *)"Two", .service = &two, .collector = &c };
        struct call of_away = { .name = (char *)"Away", .service = &away, .collector = &c };
        struct plan_call row = { .place = { "x", "a", "s", "r" },
                                 .call = &of_one,
                                 .purpose = PLAN_LIST,
                                 .fresh = { 10, PLAN_SURE } };
        struct plan_sum sum;

        assert_int_equal(plan_sum_init(&sum, &limits, UINT64_C(1800000000)), 0);
        assert_int_equal(plan_sum_add(&sum, &row), 0);
        row.place.scope = "t";
        row.place.region = "q";
        assert_int_equal(plan_sum_add(&sum, &row), 0);
        row.call = &of_two;
        assert_int_equal(plan_sum_add(&sum, &row), 0);
        row.call = &of_away;
        assert_int_equal(plan_sum_add(&sum, &row), 0);
        assert_int_equal(sum.n_budgets, 2);
        assert_true(plan_sum_seconds(&sum, PLAN_FRESH) == 25);
        plan_sum_done(&sum);
}

/* Its calls come out of the account's budget, and no faster than its pace, wherever they go. */
static void sums_of_a_service_with_a_pace(void **state)
{
        struct limits limits = { .in_flight = 4, .per_account = 8 };
        struct service slow = { .id = (char *)"x.slow",
                                .host = (char *)"api.x",
                                .budget = BUDGET_ACCOUNT,
                                .rate_per_second = 10,
                                .burst = 10,
                                .pace_per_second = 0.5 };
        struct collector c = { .id = (char *)"x.slow.thing", .service = &slow };
        struct call call = { .name = (char *)"Slow", .service = &slow, .collector = &c };
        struct plan_call row = { .place = { "x", "a", "s", "r" },
                                 .call = &call,
                                 .purpose = PLAN_LIST,
                                 .rescan = { 1, PLAN_SURE },
                                 .fresh = { 10, PLAN_SURE } };
        static const struct {
                double configured, least, rescan, fresh;
        } cases[] = { { 0, 0, 2, 38 }, { 4, 0, 0, 4 } };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct plan_sum sum;

                limits.requests_per_second = cases[i].configured;
                row.place.region = "r";
                assert_int_equal(plan_sum_init(&sum, &limits, UINT64_C(1800000000)), 0);
                assert_int_equal(plan_sum_add(&sum, &row), 0);
                row.place.region = "q";
                assert_int_equal(plan_sum_add(&sum, &row), 0);
                assert_int_equal(sum.n_budgets, 1);
                assert_int_equal(sum.n_paces, 1);
                assert_int_equal(sum.paces[0].calls[PLAN_FRESH], 20);
                assert_int_equal(sum.calls[PLAN_FRESH], 20); /* counted once */
                assert_true(plan_sum_seconds(&sum, PLAN_LEAST) == cases[i].least);
                assert_true(plan_sum_seconds(&sum, PLAN_RESCAN) == cases[i].rescan);
                assert_true(plan_sum_seconds(&sum, PLAN_FRESH) == cases[i].fresh);
                plan_sum_done(&sum);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(counts_are_what_the_last_scan_proves),
                cmocka_unit_test(counts_below_a_parent),
                cmocka_unit_test_setup_teardown(readings_are_of_what_was_there, ledger_setup,
                                                ledger_teardown),
                cmocka_unit_test(sums_of_budgets_and_prices),
                cmocka_unit_test(sums_of_a_budget_that_the_account_shares),
                cmocka_unit_test(sums_of_a_service_with_a_pace),
        };

        return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
