/* Lists that are not asked in every scan: what they found is kept, and only while that is honest.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "daemon/model/fact.h"
#include "tests/support/ledger.h"

#define FIRST (LEDGER_START + LEDGER_HOUR) /* when the first scan began */

static const struct visit both = { .ids = "a b" };

/* Asks in a scan of its own whether the pass is kept. */
static int kept_since(struct ledger *l, uint64_t not_before_usec)
{
        const struct place place = ledger_place(&both);
        const struct sink *sink;
        struct error err = { 0 };
        int r;

        ledger_begin(l);
        sink = store_scan_sink(l->scan);
        r = sink->pass_known(sink->user, &place, "aws.sagemaker.endpoint", not_before_usec, &err);
        if (r < 0)
                fail_msg("%s", err.text);
        ledger_collected(l, true);
        ledger_end(l);
        return r;
}

static void store_keeps_what_a_young_answer_found(void **state)
{
        struct ledger *l = *state;

        ledger_scan(l, &both, 1);
        (void)ledger_events(l);
        for (int i = 0; i < 3; i++) { /* the answer grows no younger by being kept */
                assert_int_equal(kept_since(l, FIRST), 1);
                assert_string_equal(ledger_resources(l), "a fresh, b fresh");
                assert_string_equal(ledger_coverage(l), "ok eu-west-1");
                assert_string_equal(ledger_events(l), "finished");
        }
        assert_int_equal(kept_since(l, FIRST + 1), 0);
        /* neither kept nor asked: not clean */
        assert_string_equal(ledger_coverage(l), "skipped eu-west-1");
}

static void store_keeps_no_answer_that_was_none(void **state)
{
        const struct visit denied = { .ids = "a", .state = COVERAGE_DENIED };
        struct ledger *l = *state;

        assert_int_equal(kept_since(l, 0), 0); /* never asked */
        ledger_scan(l, &both, 1);
        ledger_scan(l, &denied, 1);
        assert_int_equal(kept_since(l, 0), 0);
        assert_string_equal(ledger_coverage(l), "skipped eu-west-1");
}

/* What was missing once is gone when it is missing again, and not because nobody looked. */
static void store_asks_again_before_something_is_gone(void **state)
{
        const struct visit one = { .ids = "a" };
        struct ledger *l = *state;

        ledger_scan(l, &both, 1);
        ledger_scan(l, &one, 1);
        assert_int_equal(kept_since(l, 0), 0);
        assert_null(strstr(ledger_resources(l), "b gone"));
        ledger_scan(l, &one, 1);
        ledger_scan(l, &one, 1);
        assert_non_null(strstr(ledger_resources(l), "b gone"));
        assert_int_equal(kept_since(l, 0), 1);
}

/* A new reading of use is written, and no event. That it can no longer be read is one. */
static void store_tells_no_change_of_use(void **state)
{
        static const char *const told[] = { "appeared", "finished", "changed" };
        struct ledger *l = *state;
        const struct visit v = { 0 };

        for (int i = 0; i < 3; i++) {
                _cleanup_(resource_freep) struct resource *r = ledger_resource(&v, "a");
                const char *events;
                int n = i < 2 ? fact_set_known_take(r->facts, "usage.quantity", json_integer(i), 0)
                              : fact_set_unknown(r->facts, "usage.quantity", "denied");

                assert_int_equal(n, 0);
                ledger_begin(l);
                ledger_put(l, &v, r);
                ledger_collected(l, true);
                ledger_end(l);
                events = ledger_events(l);
                if (i > 0)
                        assert_non_null(strstr(events, told[i]));
                if (i < 2)
                        assert_null(strstr(events, "changed"));
        }
}

int main(void)
{
#define WITH_LEDGER(test) cmocka_unit_test_setup_teardown(test, ledger_setup, ledger_teardown)
        const struct CMUnitTest tests[] = {
                WITH_LEDGER(store_keeps_what_a_young_answer_found),
                WITH_LEDGER(store_keeps_no_answer_that_was_none),
                WITH_LEDGER(store_asks_again_before_something_is_gone),
                WITH_LEDGER(store_tells_no_change_of_use),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
