/* The engine over real TLS against cloudsim's AWS: regions, pages, details, and each way of being
 * unreadable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "tests/support/scan.h"

#define ARN "arn:aws:sagemaker:eu-west-3:111122223333:endpoint/"
#define KIND "aws.sagemaker.endpoint"
#define REGION "eu-west-3"

static const char config[] =
        "accounts:\n"
        "  - name: essai\n"
        "    provider: aws\n"
        "    network: {connect_to: '@CONNECT@', ca_file: '@CA@'}\n"
        "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 3, pages: 20}\n";

/* Pages of two, so that the three endpoints need a second one. */
static const char *const small_pages[] = { "--set", "settings.page_size=2", NULL };

static int setup(void **state)
{
        scan_aws_small_key();
        return scan_world(state, "tests/worlds/small", small_pages);
}

static const json_t *fact_of(const struct scan_run *run, const char *id, const char *name)
{
        return json_object_get(json_object_get(json_object_get(run->resources, id), "facts"), name);
}

static void scan_finds_what_is_there(void **state)
{
        struct scan_run run = { .sink_fails_after = -1 };
        const json_t *endpoint;

        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_true(run.complete);
        assert_string_equal(scan_run_state(&run, KIND, REGION), "ok");
        endpoint = json_object_get(run.resources, ARN "tri-courriers");
        assert_non_null(endpoint);
        assert_string_equal(json_member_string(endpoint, "scope"), "111122223333");
        assert_string_equal(json_path_string(endpoint, "tags.ai-act-owner"), "equipe-courrier");
        assert_string_equal(
                json_member_string(fact_of(&run, ARN "tri-courriers", "log.inference"), "state"),
                "known");
        /* no data capture in the reply: absent, not unknown and not false */
        assert_string_equal(
                json_member_string(fact_of(&run, ARN "score-clients", "log.inference"), "state"),
                "absent");
        /* the second page */
        assert_non_null(json_object_get(run.resources, ARN "essai-resume"));
        assert_true(cloudsim_calls(*state, "sagemaker", "ListEndpoints", 200) == 2);
        assert_int_equal(json_array_size(run.troubles), 0);
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

static void scan_list_unreadable_is_never_ok(void **state)
{
        static const struct {
                const char *what, *expected;
        } cases[] = {
                { "{\"denied\": true}", "denied" },
                { "{\"denied\": \"scp\"}", "denied" },
                { "{\"denied\": \"empty\"}", "denied" },
                { "{\"code\": \"ThrottlingException\"}", "throttled" },
                { "{\"status\": 503}", "failed" },
                { "{\"truncate\": true}", "failed" },
                { "{\"garbage\": true}", "failed" },
                { "{\"html\": true}", "failed" },
                { "{\"endless_token\": true}", "failed" },
                { "{\"repeat_token\": true}", "failed" },
                { "{\"region_off\": true}", "expired" },
                { "{\"api_off\": true}", "off" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct scan_run run = { .sink_fails_after = -1 };

                scan_fault(state, "\"operation\": \"ListEndpoints\"", cases[i].what);
                assert_int_equal(scan_run(&run, *state, config), 0);
                if (strcmp(scan_run_state(&run, KIND, REGION), cases[i].expected) != 0)
                        fail_msg("%s gives %s: %s", cases[i].what,
                                 scan_run_state(&run, KIND, REGION),
                                 scan_run_cause(&run, KIND, REGION));
                assert_int_equal(cloudsim_counter(*state, "repeated_after_denial"), 0);
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(*state), 0);
        }
}

static void scan_denied_on_page_two_keeps_page_one_and_says_denied(void **state)
{
        struct scan_run run = { .sink_fails_after = -1 };

        scan_fault(state, "\"operation\": \"ListEndpoints\", \"page\": 2", "{\"denied\": true}");
        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_string_equal(scan_run_state(&run, KIND, REGION), "denied");
        assert_non_null(json_object_get(run.resources, ARN "tri-courriers"));
        assert_null(json_object_get(run.resources, ARN "essai-resume"));
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* What its parent may be kept for, and no sense can be made of: the parent is kept. */
static void scan_unreadable_child_keeps_its_parent(void **state)
{
        struct cloudsim *sim;
        struct scan_run run = { .sink_fails_after = -1 };

        setenv("AWS_ACCESS_KEY_ID", "AKIASTEPSWORLD000001", 1);
        setenv("AWS_SECRET_ACCESS_KEY", "steps/world/secret/key+not/a/real/one000", 1);
        sim = cloudsim_start("tests/worlds/steps", NULL);
        assert_non_null(sim);
        assert_int_equal(scan_run(&run, sim, config), 0);
        assert_string_equal(scan_run_state(&run, "aws.ec2.cluster_node", REGION), "failed");
        assert_non_null(json_object_get(run.resources,
                                        "arn:aws:eks:eu-west-3:111122223333:cluster/sans-nom"));
        scan_run_done(&run);
        assert_int_equal(cloudsim_stop(sim), 0);
        assert_int_equal(setenv("AWS_ACCESS_KEY_ID", "AKIASMALLWORLD000001", 1), 0);
        assert_int_equal(
                setenv("AWS_SECRET_ACCESS_KEY", "small/world/secret/key+not/a/real/one000", 1), 0);
}

/* A detail that cannot be read leaves the resource there, its facts unknown with the cause, and the
 * pass not ok. */
static void scan_detail_unreadable_is_unknown(void **state)
{
        static const struct {
                const char *what, *expected;
        } cases[] = {
                { "{\"denied\": true}", "denied" },
                { "{\"code\": \"ThrottlingException\"}", "throttled" },
                { "{\"truncate\": true}", "failed" },
                { "{\"html\": true}", "failed" },
                { "{\"status\": 500}", "failed" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct scan_run run = { .sink_fails_after = -1 };
                const json_t *fact;

                scan_fault(state, "\"operation\": \"DescribeEndpoint\"", cases[i].what);
                assert_int_equal(scan_run(&run, *state, config), 0);
                assert_string_equal(scan_run_state(&run, KIND, REGION), cases[i].expected);
                assert_non_null(json_object_get(run.resources, ARN "tri-courriers"));
                fact = fact_of(&run, ARN "tri-courriers", "log.inference");
                assert_string_equal(json_member_string(fact, "state"), "unknown");
                assert_non_null(strstr(json_member_string(fact, "cause"), cases[i].expected));
                assert_non_null(strstr(json_member_string(fact, "cause"), "DescribeEndpoint"));
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(*state), 0);
        }
}

static void scan_denied_tags_are_unknown_tags(void **state)
{
        struct scan_run run = { .sink_fails_after = -1 };

        scan_fault(state, "\"operation\": \"ListTags\"", "{\"denied\": true}");
        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_string_equal(json_member_string(fact_of(&run, ARN "tri-courriers", "tags"), "state"),
                            "unknown");
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* The key is withdrawn in mid-scan: what comes after is not clean, and not "off". */
static void scan_credentials_expired_in_mid_scan(void **state)
{
        struct scan_run run = { .sink_fails_after = -1 };

        scan_fault(state, "\"operation\": \"ListEndpoints\"", "{\"expire_token\": true}");
        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_string_equal(scan_run_state(&run, KIND, REGION), "expired");
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

static void scan_clock_that_is_off_is_corrected(void **state)
{
        struct scan_run run = { .sink_fails_after = -1 };

        scan_fault(state, "\"provider\": \"aws\"", "{\"clock_skew_seconds\": 600}");
        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_string_equal(scan_run_state(&run, KIND, REGION), "ok");
        assert_non_null(json_object_get(run.resources, ARN "tri-courriers"));
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

static void scan_second_time_asks_lists_only(void **state)
{
        struct scan_run first = { .sink_fails_after = -1 }, second = { .sink_fails_after = -1 },
                        fresh = { .sink_fails_after = -1, .fresh = true };

        assert_int_equal(scan_run(&first, *state, config), 0);
        assert_int_equal(cloudsim_reset(*state), 0);
        second.remembered = first.resources;
        assert_int_equal(scan_run(&second, *state, config), 0);
        assert_true(json_equal(json_object_get(second.resources, ARN "tri-courriers"),
                               json_object_get(first.resources, ARN "tri-courriers")));
        assert_int_equal(cloudsim_calls(*state, "sagemaker", "DescribeEndpoint", 0), 0);
        assert_true(cloudsim_calls(*state, "sagemaker", "ListEndpoints", 0) > 0);
        fresh.remembered = first.resources;
        assert_int_equal(scan_run(&fresh, *state, config), 0);
        assert_int_equal(cloudsim_calls(*state, "sagemaker", "DescribeEndpoint", 0), 3);
        scan_run_done(&first);
        scan_run_done(&second);
        scan_run_done(&fresh);
        assert_int_equal(cloudsim_reset(*state), 0);
}

static void scan_region_list_denied_falls_back(void **state)
{
        struct scan_run run = { .sink_fails_after = -1 };

        scan_fault(state, "\"operation\": \"ListRegions\"", "{\"denied\": true}");
        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_string_equal(scan_run_state(&run, "aws.account.region", ""), "denied");
        assert_string_equal(scan_run_state(&run, "aws.ec2.region", ""), "ok");
        assert_non_null(json_object_get(run.resources, ARN "tri-courriers"));
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

static void scan_of_a_wrong_key_finds_nothing_and_says_why(void **state)
{
        struct scan_run run = { .sink_fails_after = -1 };

        setenv("AWS_SECRET_ACCESS_KEY", "this/is/not/the/secret/of/that/key000000", 1);
        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_int_equal(json_object_size(run.resources), 0);
        assert_string_equal(scan_run_state(&run, "aws.sts.identity", ""), "expired");
        assert_null(strstr(scan_run_cause(&run, "aws.sts.identity", ""), "this/is/not"));
        scan_run_done(&run);
        setenv("AWS_SECRET_ACCESS_KEY", "small/world/secret/key+not/a/real/one000", 1);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* An emulator on plain http, as AWS_ENDPOINT_URL names it. */
static void scan_through_an_endpoint_url(void **state)
{
        struct scan_run run = { .sink_fails_after = -1 };
        static const char plain[] =
                "accounts:\n"
                "  - {name: essai, provider: aws, endpoint: '@HTTP@'}\n"
                "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 3}\n";

        assert_int_equal(scan_run(&run, *state, plain), 0);
        assert_string_equal(scan_run_state(&run, KIND, REGION), "ok");
        assert_non_null(json_object_get(run.resources, ARN "essai-resume"));
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(scan_finds_what_is_there),
                cmocka_unit_test(scan_list_unreadable_is_never_ok),
                cmocka_unit_test(scan_denied_on_page_two_keeps_page_one_and_says_denied),
                cmocka_unit_test(scan_unreadable_child_keeps_its_parent),
                cmocka_unit_test(scan_detail_unreadable_is_unknown),
                cmocka_unit_test(scan_denied_tags_are_unknown_tags),
                cmocka_unit_test(scan_credentials_expired_in_mid_scan),
                cmocka_unit_test(scan_clock_that_is_off_is_corrected),
                cmocka_unit_test(scan_second_time_asks_lists_only),
                cmocka_unit_test(scan_region_list_denied_falls_back),
                cmocka_unit_test(scan_of_a_wrong_key_finds_nothing_and_says_why),
                cmocka_unit_test(scan_through_an_endpoint_url),
        };

        return cmocka_run_group_tests(tests, setup, scan_teardown);
}
