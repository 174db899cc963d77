/* Buckets and keys that resources name: asked once each, over real TLS, and each way of not being
 * told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "tests/support/scan.h"

#define BUCKET "arn:aws:s3:::hexagone-"
#define KEY "arn:aws:kms:eu-west-3:111122223333:key/0d9c7a52-3b1e-4f60-9a37-5c2e8f14b6d0"

static const char config[] =
        "accounts:\n"
        "  - name: prod\n"
        "    provider: aws\n"
        "    network: {connect_to: '@CONNECT@', ca_file: '@CA@'}\n"
        "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 3}\n";

/* What names buckets and keys in this world, and what is then asked about them. */
#define FOLLOWED                                                                                   \
        {                                                                                          \
                .sink_fails_after = -1,                                                            \
                .only = "aws.s3. aws.kms. aws.sagemaker. aws.bedrock. aws.cloudtrail."             \
        }

static int setup(void **state)
{
        scan_aws_key("AKIAHEXAGONEPROD0001", "demo/only/hexagone/prod+0000000000000000");
        return scan_world(state, "tests/worlds/demo", NULL);
}

/* "known:365", "absent", "unknown:cause…" of a fact; data and log buckets have the same id, so that
 * the fact tells which was kept last. */
static void assert_fact(const struct scan_run *run, const char *id, const char *name,
                        const char *want)
{
        const json_t *resource = json_object_get(run->resources, id);
        const json_t *value = NULL;
        const char *cause = NULL;
        _cleanup_(freep) char *text = NULL;
        char got[512];

        if (!resource)
                fail_msg("%s is not there", id);
        switch (fact_get(json_object_get(resource, "facts"), name, &value, &cause)) {
        case FACT_KNOWN:
                text = json_canonical(value);
                (void)snprintf(got, sizeof(got), "%s", text);
                break;
        case FACT_ABSENT:
                (void)snprintf(got, sizeof(got), "absent");
                break;
        case FACT_UNKNOWN:
                (void)snprintf(got, sizeof(got), "unknown: %s", cause);
                break;
        }
        if (strncmp(want, "unknown", 7) == 0 ? strncmp(got, want, strlen(want)) != 0
                                             : strcmp(got, want) != 0)
                fail_msg("%s: %s is %s, not %s", id, name, got, want);
}

static void follow_asks_each_named_thing_once(void **state)
{
        struct scan_run run = { .sink_fails_after = -1 };

        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_true(run.complete);
        assert_string_equal(scan_run_state(&run, "aws.s3.log_bucket", "global"), "ok");
        assert_string_equal(scan_run_state(&run, "aws.s3.data_bucket", "global"), "ok");
        assert_string_equal(scan_run_state(&run, "aws.kms.key", "global"), "ok");
        /* where the bucket says it is, kept as long as its rules say for that place */
        assert_fact(&run, BUCKET "journaux-eu-west-3", "log.region", "\"eu-west-3\"");
        assert_fact(&run, BUCKET "journaux-eu-west-3", "log.retention_days", "430");
        assert_fact(&run, BUCKET "journaux-eu-west-3", "log.locked", "true");
        assert_fact(&run, BUCKET "captures-eu-west-3", "log.retention_days", "90");
        assert_fact(&run, BUCKET "captures-eu-west-2", "log.retention_days", "\"never\"");
        assert_fact(&run, BUCKET "captures-eu-west-2", "log.region", "\"eu-west-2\"");
        /* the copy of a copy is a store too */
        assert_fact(&run, BUCKET "donnees-eu-west-3", "store.copies",
                    "[\"arn:aws:s3:::hexagone-secours-us-east-1\"]");
        assert_fact(&run, BUCKET "secours-us-east-1", "store.region", "\"us-east-1\"");
        assert_fact(&run, KEY, "key.manager", "\"CUSTOMER\"");
        /* named by many, asked about once */
        assert_int_equal(cloudsim_calls(*state, "kms", "DescribeKey", 0), 1);
        assert_int_equal(cloudsim_calls(*state, "s3", "HeadBucket", 0), 9);
        assert_null(json_object_get(run.resources, BUCKET "ancien"));
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* What is remembered of resources still names what it named: nothing is lost, no detail asked
 * again. */
static void follow_knows_what_unchanged_resources_name(void **state)
{
        struct scan_run first = { .sink_fails_after = -1 }, second = { .sink_fails_after = -1 };

        assert_int_equal(scan_run(&first, *state, config), 0);
        assert_int_equal(cloudsim_reset(*state), 0);
        second.remembered = first.resources;
        assert_int_equal(scan_run(&second, *state, config), 0);
        assert_fact(&second, BUCKET "secours-us-east-1", "store.region", "\"us-east-1\"");
        assert_fact(&second, BUCKET "journaux-eu-west-3", "log.retention_days", "430");
        assert_int_equal(cloudsim_calls(*state, "s3", "HeadBucket", 0), 9);
        assert_int_equal(cloudsim_calls(*state, "s3", "GetBucketLifecycleConfiguration", 0), 0);
        assert_int_equal(cloudsim_calls(*state, "s3", "GetBucketReplication", 0), 0);
        scan_run_done(&second);
        scan_run_done(&first);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* A refusal about one bucket says nothing about the next; its region is told all the same. */
static void follow_goes_on_after_one_denial(void **state)
{
        struct scan_run run = FOLLOWED;

        scan_fault(state,
                   "\"service\": \"s3\", \"param\": {\"Bucket\": \"hexagone-captures-eu-west-3\"}",
                   "{\"denied\": true}");
        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_fact(&run, BUCKET "captures-eu-west-3", "log.region", "\"eu-west-3\"");
        assert_fact(&run, BUCKET "captures-eu-west-3", "log.retention_days", "unknown: denied");
        assert_fact(&run, BUCKET "captures-eu-west-3", "log.locked", "unknown: denied");
        assert_fact(&run, BUCKET "journaux-eu-west-3", "log.retention_days", "430");
        assert_fact(&run, BUCKET "captures-eu-west-2", "log.retention_days", "\"never\"");
        assert_string_equal(scan_run_state(&run, "aws.s3.log_bucket", "global"), "denied");
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* Where nothing of a kind may be asked, it is given up after a few: no call is ever repeated. */
static void follow_gives_up_when_all_is_denied(void **state)
{
        struct scan_run run = FOLLOWED;

        scan_fault(state, "\"operation\": \"GetBucketReplication\"", "{\"denied\": true}");
        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_int_equal(cloudsim_counter(*state, "repeated_after_denial"), 0);
        assert_fact(&run, BUCKET "donnees-eu-west-3", "store.copies", "unknown: denied");
        assert_fact(&run, BUCKET "contrats-eu-west-3", "store.copies", "unknown: denied");
        assert_string_equal(scan_run_state(&run, "aws.s3.data_bucket", "global"), "denied");
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* Another account's bucket, and one that is not there. */
static void follow_tells_foreign_from_missing(void **state)
{
        struct scan_run run = FOLLOWED;

        scan_fault(state,
                   "\"operation\": \"HeadBucket\", \"param\": {\"Bucket\": "
                   "\"hexagone-modeles-eu-west-3\"}",
                   "{\"status\": 404, \"code\": \"NoSuchBucket\"}");
        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_null(json_object_get(run.resources, BUCKET "modeles-eu-west-3"));
        assert_string_equal(scan_run_state(&run, "aws.s3.data_bucket", "global"), "ok");
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

static void follow_unreadable_is_never_ok(void **state)
{
        static const struct {
                const char *what, *expected;
        } cases[] = {
                { "{\"denied\": true}", "denied" },
                { "{\"status\": 503}", "failed" },
                { "{\"truncate\": true}", "failed" },
                { "{\"garbage\": true}", "failed" },
                { "{\"code\": \"ThrottlingException\"}", "throttled" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct scan_run run = FOLLOWED;

                scan_fault(state, "\"operation\": \"DescribeKey\"", cases[i].what);
                assert_int_equal(scan_run(&run, *state, config), 0);
                if (strcmp(scan_run_state(&run, "aws.kms.key", "global"), cases[i].expected) != 0)
                        fail_msg("%s gives %s: %s", cases[i].what,
                                 scan_run_state(&run, "aws.kms.key", "global"),
                                 scan_run_cause(&run, "aws.kms.key", "global"));
                assert_null(json_object_get(run.resources, KEY));
                assert_int_equal(cloudsim_counter(*state, "repeated_after_denial"), 0);
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(*state), 0);
        }
}

/* What may name more was not read: the row says so, and nothing is concluded from what is not met.
 */
static void follow_is_partial_when_something_was_not_read(void **state)
{
        static const char paris[] = /* all that is denied in this world is elsewhere */
                "accounts:\n"
                "  - name: prod\n"
                "    provider: aws\n"
                "    regions: [eu-west-3]\n"
                "    network: {connect_to: '@CONNECT@', ca_file: '@CA@'}\n"
                "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 3}\n";
        struct scan_run run = { .sink_fails_after = -1 };

        assert_int_equal(scan_run(&run, *state, paris), 0);
        assert_false(scan_run_partial(&run, "aws.s3.log_bucket", "global"));
        scan_run_done(&run);
        scan_fault(state, "\"operation\": \"ListEndpoints\", \"region\": \"eu-west-3\"",
                   "{\"denied\": true}");
        run = (struct scan_run){ .sink_fails_after = -1 };
        assert_int_equal(scan_run(&run, *state, paris), 0);
        assert_string_equal(scan_run_state(&run, "aws.s3.log_bucket", "global"), "ok");
        assert_true(scan_run_partial(&run, "aws.s3.log_bucket", "global"));
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* Where nothing could be read that names anything, no answer is claimed. */
static void follow_of_nothing_read_is_skipped(void **state)
{
        static const char *const services[] = { "sagemaker", "bedrock*", "cloudtrail", "logs",
                                                "eks" };
        static const char *const collectors[] = { "aws.s3.log_bucket", "aws.s3.data_bucket",
                                                  "aws.kms.key", "aws.logs.named_log_group" };
        struct scan_run run = { .sink_fails_after = -1 };

        for (size_t i = 0; i < ELEMENTSOF(services); i++) {
                _cleanup_(freep) char *match = NULL;

                assert_true(asprintf(&match, "\"service\": \"%s\"", services[i]) > 0);
                scan_fault(state, match, "{\"denied\": true}");
        }
        assert_int_equal(scan_run(&run, *state, config), 0);
        for (size_t i = 0; i < ELEMENTSOF(collectors); i++) {
                assert_string_equal(scan_run_state(&run, collectors[i], "global"), "skipped");
                /* the first by name of all that were not read, in whatever order they were asked */
                assert_string_equal(
                        scan_run_cause(&run, collectors[i], "global"),
                        "what names it was not all read: aws.agentcore.browser, eu-central-1");
        }
        assert_int_equal(cloudsim_calls(*state, "s3", NULL, 0), 0);
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(follow_asks_each_named_thing_once),
                cmocka_unit_test(follow_knows_what_unchanged_resources_name),
                cmocka_unit_test(follow_goes_on_after_one_denial),
                cmocka_unit_test(follow_gives_up_when_all_is_denied),
                cmocka_unit_test(follow_tells_foreign_from_missing),
                cmocka_unit_test(follow_unreadable_is_never_ok),
                cmocka_unit_test(follow_is_partial_when_something_was_not_read),
                cmocka_unit_test(follow_of_nothing_read_is_skipped),
        };

        return cmocka_run_group_tests_name("scan_follow", tests, setup, scan_teardown);
}
