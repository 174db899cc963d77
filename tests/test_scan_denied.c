/* What was refused in one scan, in the scans after it: asked again when it is due and not before,
 * and in the meantime neither clean nor newer than it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/support/scan.h"

#define KIND "aws.sagemaker.endpoint"
#define REGION "eu-west-3"
#define PLACE "essai 111122223333 " REGION
#define ARN "arn:aws:sagemaker:" REGION ":111122223333:endpoint/"
#define DENIED "{\"denied\": true}"

#define CONFIG(interval)                                                                           \
        interval "accounts:\n"                                                                     \
                 "  - name: essai\n"                                                               \
                 "    provider: aws\n"                                                             \
                 "    network: {connect_to: '@CONNECT@', ca_file: '@CA@'}\n"                       \
                 "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 3}\n"
static const char config[] = CONFIG("");

static const char *const small_pages[] = { "--set", "settings.page_size=2", NULL };

static int setup(void **state)
{
        scan_aws_small_key();
        return scan_world(state, "tests/worlds/small", small_pages);
}

/* How many calls of that operation a scan makes that spares what was refused. */
static uint64_t scan(void **state, struct scan_run *run, json_t *denied, const char *operation)
{
        uint64_t before = cloudsim_calls(*state, "sagemaker", operation, 0);

        *run = (struct scan_run){ .sink_fails_after = -1,
                                  .only = "aws.sagemaker.",
                                  .spare_denied = true,
                                  .denied = denied };
        assert_int_equal(scan_run(run, *state, config), 0);
        return cloudsim_calls(*state, "sagemaker", operation, 0) - before;
}

/* And lets go of the rest of it. */
static uint64_t calls(void **state, json_t *denied, const char *operation)
{
        struct scan_run run;
        uint64_t n = scan(state, &run, denied, operation);

        scan_run_done(&run);
        return n;
}

static json_t *remembered(json_t *denied, const char *key)
{
        return json_object_get(json_object_get(denied, PLACE), key);
}

static uint64_t number(const json_t *row, const char *name)
{
        return (uint64_t)json_integer_value(json_object_get(row, name));
}

static json_t *coverage_of(const struct scan_run *run)
{
        return json_object_get(run->coverage, KIND " 111122223333 " REGION);
}

static void refused_once_is_spared_then(void **state)
{
        json_auto_t *denied = json_object(), *first = NULL, *second = NULL;
        struct scan_run run;

        scan_fault(state,
                   "\"service\": \"sagemaker\", \"operation\": \"ListEndpoints\", \"region\": "
                   "\"" REGION "\"",
                   DENIED);
        assert_true(scan(state, &run, denied, "ListEndpoints") >= 1);
        assert_int_equal(run.spared, 0);
        first = json_incref(coverage_of(&run));
        assert_int_equal(number(first, "asked"), 0); /* in this scan */
        scan_run_done(&run);
        assert_non_null(remembered(denied, KIND " 0"));
        cloudsim_reset(*state);
        scan_fault(state,
                   "\"service\": \"sagemaker\", \"operation\": \"ListEndpoints\", \"region\": "
                   "\"" REGION "\"",
                   DENIED);

        (void)scan(state, &run, denied, "ListEndpoints");
        assert_int_equal(cloudsim_calls(*state, "sagemaker", "ListEndpoints", 400), 0);
        assert_true(run.complete);
        assert_int_equal(run.spared, 1);
        assert_null(json_object_get(run.by_kind, KIND));
        second = json_incref(coverage_of(&run));
        assert_string_equal(json_member_string(second, "state"), "denied");
        assert_string_equal(json_member_string(second, "cause"),
                            json_member_string(first, "cause"));
        assert_string_equal(json_member_string(second, "permission"),
                            json_member_string(first, "permission"));
        assert_int_equal(number(second, "calls"), 0);
        assert_int_equal(number(second, "asked"), number(remembered(denied, KIND " 0"), "asked"));
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* The rest between two refusals grows, up to a day, and is longer than the interval. */
static void refused_again_rests_for_longer(void **state)
{
        static const struct {
                const char *interval;
                uint64_t times;
                unsigned hours;
        } cases[] = { { CONFIG(""), 0, 1 },
                      { CONFIG(""), 1, 2 },
                      { CONFIG(""), 2, 4 },
                      { CONFIG(""), 5, 24 },
                      { CONFIG(""), 4000000000, 24 },
                      { CONFIG("interval: 1h\n"), 0, 2 },
                      { CONFIG("interval: 1d\n"), 0, 48 },
                      { CONFIG("interval: 1d\n"), 9, 48 } };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct scan_run run = { .sink_fails_after = -1, .spare_denied = true };
                json_auto_t *denied = json_object();
                json_t *row;

                scan_fault(state, "\"service\": \"sagemaker\", \"operation\": \"ListEndpoints\"",
                           DENIED);
                (void)calls(state, denied, "ListEndpoints");
                row = remembered(denied, KIND " 0");
                assert_int_equal(number(row, "times"), 1);
                (void)json_object_set_new(row, "times", json_integer((json_int_t)cases[i].times));
                (void)json_object_set_new(row, "due", json_integer(1));
                run.denied = denied;
                assert_int_equal(scan_run(&run, *state, cases[i].interval), 0);
                row = remembered(denied, KIND " 0");
                assert_int_equal(number(row, "times"), cases[i].times + 1);
                assert_int_equal(number(row, "due") - number(row, "asked"),
                                 cases[i].hours * USEC_PER_HOUR);
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(*state), 0);
        }
}

static void refused_is_asked_when_somebody_asks(void **state)
{
        static const bool fresh[] = { false, true };

        for (size_t i = 0; i < ELEMENTSOF(fresh); i++) {
                struct scan_run run = { .sink_fails_after = -1,
                                        .only = "aws.sagemaker.",
                                        .fresh = fresh[i] };
                json_auto_t *denied = json_object();
                uint64_t before, asked;

                scan_fault(state, "\"service\": \"sagemaker\", \"operation\": \"ListEndpoints\"",
                           DENIED);
                (void)calls(state, denied, "ListEndpoints");
                before = cloudsim_calls(*state, "sagemaker", "ListEndpoints", 0);
                asked = number(remembered(denied, KIND " 0"), "asked");
                run.denied = denied;
                assert_int_equal(scan_run(&run, *state, config), 0);
                assert_true(cloudsim_calls(*state, "sagemaker", "ListEndpoints", 0) > before);
                assert_int_equal(run.spared, 0);
                /* asked of its own accord it is not for that asked more rarely */
                assert_int_equal(number(remembered(denied, KIND " 0"), "times"), 1);
                assert_true(number(remembered(denied, KIND " 0"), "asked") > asked);
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(*state), 0);
        }
}

/* What was refused, due again, is answered; and it is forgotten that it was refused. */
static void allowed_is_forgotten(void **state)
{
        json_auto_t *denied = json_object();
        struct scan_run run;

        scan_fault(state, "\"service\": \"sagemaker\", \"operation\": \"ListEndpoints\"", DENIED);
        (void)calls(state, denied, "ListEndpoints");
        assert_int_equal(cloudsim_reset(*state), 0);
        (void)json_object_set_new(remembered(denied, KIND " 0"), "due", json_integer(1));
        assert_true(scan(state, &run, denied, "ListEndpoints") >= 1);
        assert_string_equal(scan_run_state(&run, KIND, REGION), "ok");
        assert_int_equal(json_array_size(json_object_get(run.by_kind, KIND)), 3);
        assert_null(remembered(denied, KIND " 0"));
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* Others' way of not answering is none of it, and a clock that was set back makes nothing wait. */
static void asked_in_every_scan(void **state)
{
        static const struct {
                const char *match, *what;
        } cases[] = {
                { "\"service\": \"sagemaker\", \"operation\": \"ListEndpoints\"",
                  "{\"status\": 429}" },
                { "\"service\": \"sagemaker\", \"operation\": \"ListEndpoints\"",
                  "{\"status\": 503}" },
                { "\"service\": \"sagemaker\", \"operation\": \"ListEndpoints\"",
                  "{\"garbage\": true}" },
                { "\"service\": \"sagemaker\", \"operation\": \"ListEndpoints\", \"page\": 2",
                  DENIED },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                json_auto_t *denied = json_object();
                struct scan_run run;

                scan_fault(state, cases[i].match, cases[i].what);
                assert_true(scan(state, &run, denied, "ListEndpoints") >= 1);
                assert_string_not_equal(scan_run_state(&run, KIND, REGION), "ok");
                scan_run_done(&run);
                assert_null(remembered(denied, KIND " 0"));
                assert_true(calls(state, denied, "ListEndpoints") >= 1);
                assert_int_equal(cloudsim_reset(*state), 0);
        }
}

static void a_clock_that_was_set_back_makes_nothing_wait(void **state)
{
        json_auto_t *denied = json_object();
        uint64_t later = clock_realtime_usec() + USEC_PER_DAY;
        json_t *row;

        scan_fault(state, "\"service\": \"sagemaker\", \"operation\": \"ListEndpoints\"", DENIED);
        (void)calls(state, denied, "ListEndpoints");
        row = remembered(denied, KIND " 0");
        (void)json_object_set_new(row, "asked", json_integer((json_int_t)later));
        (void)json_object_set_new(row, "due", json_integer((json_int_t)(later + USEC_PER_HOUR)));
        assert_true(calls(state, denied, "ListEndpoints") >= 1);
        assert_true(number(remembered(denied, KIND " 0"), "asked") < later);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* A row of the catalogue that asks otherwise than it did, or is no more: what was refused was
 * something else. */
static void another_call_is_asked(void **state)
{
        json_auto_t *denied = json_object();
        json_t *row;

        scan_fault(state, "\"service\": \"sagemaker\", \"operation\": \"ListEndpoints\"", DENIED);
        (void)calls(state, denied, "ListEndpoints");
        row = remembered(denied, KIND " 0");
        (void)json_object_set_new(row, "digest", json_string("of another"));
        (void)json_object_set(json_object_get(denied, PLACE), "aws.none.such 0", row);
        (void)json_object_set(json_object_get(denied, PLACE), KIND " 99", row);
        assert_true(calls(state, denied, "ListEndpoints") >= 1);
        assert_int_equal(cloudsim_reset(*state), 0);
}

static const char *state_of_fact(const struct scan_run *run, const char *id, const char *fact)
{
        const json_t *facts = json_object_get(json_object_get(run->resources, id), "facts");

        return json_member_string(json_object_get(facts, fact), "state");
}

/* Details that are refused for all: spared, and what they would have said is unknown. */
static void refused_details_are_spared(void **state)
{
        json_auto_t *denied = json_object();
        struct scan_run run;

        scan_fault(state, "\"operation\": \"DescribeEndpoint\"", DENIED);
        assert_true(calls(state, denied, "DescribeEndpoint") >= 1);
        assert_int_equal(scan(state, &run, denied, "DescribeEndpoint"), 0);
        assert_int_equal(run.spared, 1); /* however many things it would have asked about */
        assert_int_equal(json_array_size(json_object_get(run.by_kind, KIND)), 3);
        assert_string_equal(scan_run_state(&run, KIND, REGION), "denied");
        assert_string_equal(state_of_fact(&run, ARN "tri-courriers", "log.inference"), "unknown");
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* One thing's own policy says nothing about the others: what they answer goes on being asked. */
static void refused_for_one_is_not_for_all(void **state)
{
        json_auto_t *denied = json_object();

        for (int i = 0; i < 2; i++) {
                struct scan_run run;

                scan_fault(state,
                           "\"operation\": \"DescribeEndpoint\", "
                           "\"param\": {\"EndpointName\": \"essai-resume\"}",
                           DENIED);
                assert_true(scan(state, &run, denied, "DescribeEndpoint") >= 2);
                assert_string_equal(state_of_fact(&run, ARN "tri-courriers", "log.inference"),
                                    "known");
                assert_string_equal(state_of_fact(&run, ARN "essai-resume", "log.inference"),
                                    "unknown");
                assert_null(remembered(denied, KIND " 1"));
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(*state), 0);
        }
}

/* Nobody knows what a scan that was cut short would have had answered. */
static void cut_short_remembers_nothing(void **state)
{
        json_auto_t *denied = json_object();
        struct scan_run run = { .sink_fails_after = -1,
                                .spare_denied = true,
                                .denied = denied,
                                .cancel_after_calls = 40 };
        const char *place;
        json_t *rows;

        scan_fault(state, "\"service\": \"sagemaker\"", DENIED);
        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_false(run.complete);
        json_object_foreach(denied, place, rows)
        {
                assert_null(json_object_get(rows, KIND " 0"));
        }
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* Credentials that were refused are told although all that they would ask was denied before. */
static void credentials_are_tried_all_the_same(void **state)
{
        json_auto_t *denied = json_object();
        struct scan_run run;

        scan_fault(state, "\"service\": \"sagemaker\", \"operation\": \"ListEndpoints\"", DENIED);
        (void)calls(state, denied, "ListEndpoints");
        scan_fault(state, "\"service\": \"sts\"",
                   "{\"status\": 403, \"code\": \"InvalidClientTokenId\"}");
        (void)scan(state, &run, denied, "ListEndpoints");
        assert_int_equal(json_array_size(run.troubles), 1);
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(refused_once_is_spared_then),
                cmocka_unit_test(refused_again_rests_for_longer),
                cmocka_unit_test(refused_is_asked_when_somebody_asks),
                cmocka_unit_test(allowed_is_forgotten),
                cmocka_unit_test(asked_in_every_scan),
                cmocka_unit_test(a_clock_that_was_set_back_makes_nothing_wait),
                cmocka_unit_test(another_call_is_asked),
                cmocka_unit_test(refused_details_are_spared),
                cmocka_unit_test(refused_for_one_is_not_for_all),
                cmocka_unit_test(cut_short_remembers_nothing),
                cmocka_unit_test(credentials_are_tried_all_the_same),
        };

        return cmocka_run_group_tests_name("scan_denied", tests, setup, scan_teardown);
}
