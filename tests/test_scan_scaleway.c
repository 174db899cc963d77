/* The engine over real TLS against cloudsim's Scaleway: what is found, and each way of being
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

#define ORGANIZATION "5a000000-0000-4000-8000-000000000001"
#define DEPLOYMENT "5a000000-0000-4000-8000-0000000000d1"
#define LIST "/inference/v1/deployments"

static const char config[] =
        "accounts:\n"
        "  - name: lab\n"
        "    provider: scaleway\n"
        "    organization_id: " ORGANIZATION "\n"
        "    network: {connect_to: '@CONNECT@', ca_file: '@CA@'}\n"
        "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 3, pages: 20}\n";

static int setup(void **state)
{
        setenv("SCW_ACCESS_KEY", "SCWSMALLWORLD0000001", 1);
        setenv("SCW_SECRET_KEY", "5a000000-0000-4000-8000-00000000c1ef", 1);
        setenv("SCW_CONFIG_PATH", "/nonexistent", 1);
        return scan_world(state, "tests/worlds/small", NULL);
}

static void scan_finds_what_is_there(void **state)
{
        struct scan_run run = { .sink_fails_after = -1 };
        json_t *deployment;

        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_true(run.complete);
        deployment = json_object_get(run.resources, DEPLOYMENT);
        assert_non_null(deployment);
        assert_string_equal(json_member_string(deployment, "kind"),
                            "scaleway.inference.deployment");
        assert_string_equal(json_member_string(deployment, "name"), "assistant-interne");
        assert_string_equal(json_path_string(deployment, "tags.ai-act-risk"), "limited");
        assert_string_equal(scan_run_state(&run, "scaleway.inference.deployment", "fr-par"), "ok");
        assert_int_equal(json_array_size(run.troubles), 0);
        scan_run_done(&run);
}

/* Each way of being unreadable, on the list: never ok, and the resource is not invented. */
static void scan_list_unreadable_is_never_ok(void **state)
{
        static const struct {
                const char *fault, *expected, *cause;
        } cases[] = {
                { "{\"denied\": true}", "denied", "permissions_denied" },
                { "{\"status\": 429}", "throttled", "" },
                { "{\"status\": 503}", "failed", "" },
                { "{\"truncate\": true}", "failed", "" },
                { "{\"garbage\": true}", "failed", "" },
                { "{\"html\": true}", "failed", "" },
                { "{\"reset\": true}", "failed", "" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct scan_run run = { .sink_fails_after = -1 };
                _cleanup_(freep) char *fault = NULL;

                assert_true(asprintf(&fault,
                                     "{\"match\": {\"operation\": \"" LIST "\"}, \"do\": %s}",
                                     cases[i].fault) > 0);
                assert_int_equal(cloudsim_add_faults(*state, fault), 0);
                assert_int_equal(scan_run(&run, *state, config), 0);
                assert_string_equal(scan_run_state(&run, "scaleway.inference.deployment", "fr-par"),
                                    cases[i].expected);
                assert_non_null(
                        strstr(scan_run_cause(&run, "scaleway.inference.deployment", "fr-par"),
                               cases[i].cause));
                assert_null(json_object_get(run.resources, DEPLOYMENT));
                /* the others go on */
                assert_string_equal(scan_run_state(&run, "scaleway.project", "global"), "ok");
                assert_int_equal(cloudsim_counter(*state, "repeated_after_denial"), 0);
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(*state), 0);
        }
}

static void scan_passing_failure_is_overcome(void **state)
{
        static const struct {
                const char *fault;
                uint64_t retries; /* libcurl itself sends again on a connection that was closed
                                     while idle */
        } cases[] = {
                { "{\"status\": 429, \"retry_after\": 0}", 1 },
                { "{\"status\": 503}", 1 },
                { "{\"truncate\": true}", 1 },
                { "{\"reset\": true}", 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct scan_run run = { .sink_fails_after = -1 };
                _cleanup_(freep) char *fault = NULL;

                assert_true(asprintf(&fault,
                                     "{\"match\": {\"operation\": \"" LIST
                                     "\", \"times\": 1}, \"do\": %s}",
                                     cases[i].fault) > 0);
                assert_int_equal(cloudsim_add_faults(*state, fault), 0);
                assert_int_equal(scan_run(&run, *state, config), 0);
                assert_string_equal(scan_run_state(&run, "scaleway.inference.deployment", "fr-par"),
                                    "ok");
                assert_non_null(json_object_get(run.resources, DEPLOYMENT));
                assert_true(run.progress.retries >= cases[i].retries);
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(*state), 0);
        }
}

static void scan_wrong_key_is_told_with_its_source(void **state)
{
        struct scan_run run = { .sink_fails_after = -1 };

        setenv("SCW_SECRET_KEY", "5a000000-0000-4000-8000-000000000bad", 1);
        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_int_equal(json_object_size(run.resources), 0);
        assert_string_equal(scan_run_state(&run, "scaleway.project", "global"), "expired");
        assert_null(strstr(scan_run_cause(&run, "scaleway.project", "global"), "000000000bad"));
        scan_run_done(&run);
        setenv("SCW_SECRET_KEY", "5a000000-0000-4000-8000-00000000c1ef", 1);
}

static void scan_interrupted_ends_every_pass(void **state)
{
        struct scan_run run = { .sink_fails_after = -1, .cancel_after_calls = 6 };
        const char *key;
        json_t *row;
        int skipped = 0;

        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_false(run.complete);
        json_object_foreach(run.coverage, key, row) skipped +=
                strcmp(json_member_string(row, "state"), "skipped") == 0;
        assert_true(skipped > 0);
        scan_run_done(&run);
}

static void scan_ends_when_nothing_can_be_kept(void **state)
{
        struct scan_run run = { .sink_fails_after = 0 };

        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_false(run.complete);
        assert_int_equal(json_object_size(run.resources), 0);
        scan_run_done(&run);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(scan_finds_what_is_there),
                cmocka_unit_test(scan_list_unreadable_is_never_ok),
                cmocka_unit_test(scan_passing_failure_is_overcome),
                cmocka_unit_test(scan_wrong_key_is_told_with_its_source),
                cmocka_unit_test(scan_interrupted_ends_every_pass),
                cmocka_unit_test(scan_ends_when_nothing_can_be_kept),
        };

        return cmocka_run_group_tests(tests, setup, scan_teardown);
}
