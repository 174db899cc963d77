/* The engine over real TLS against cloudsim's OVHcloud: each way to sign in, and each way that it
 * goes wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/support/ovh.h"
#include "tests/support/scan.h"

#define APP "1a000000-0000-4000-8000-000000000001"
#define PROJECT "9f000000000000000000000000000001"

#define CONFIG(more)                                                                               \
        "accounts:\n"                                                                              \
        "  - name: hx\n"                                                                           \
        "    provider: ovh\n"                                                                      \
        "    network: {connect_to: '@CONNECT@', ca_file: '@CA@'}\n" more                           \
        "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 3}\n"

static const char *const key[] = { "OVH_APPLICATION_KEY",
                                   "ovhworldappkey01",
                                   "OVH_APPLICATION_SECRET",
                                   "leakedapplicationsecret000000001",
                                   "OVH_CONSUMER_KEY",
                                   "leakedconsumerkey000000000000001",
                                   NULL };
static const char *const service[] = { "OVH_CLIENT_ID", "EU.0123456789abcdef", "OVH_CLIENT_SECRET",
                                       "leakedclientsecret01", NULL };
static const char *const token[] = { "OVH_ACCESS_TOKEN", "leakedaccesstoken0000000000000001",
                                     NULL };

static int setup(void **state)
{
        return scan_world(state, "tests/worlds/ovh", NULL);
}

static void scan(struct scan_run *run, struct cloudsim *sim, const char *const variables[],
                 const char *config)
{
        *run = (struct scan_run){ .sink_fails_after = -1 };
        ovh_forget();
        ovh_set(variables);
        assert_int_equal(scan_run(run, sim, config), 0);
}

/* Nothing that a scan gives holds a secret: not of the credentials, not of the replies. */
static void assert_no_secret(const struct scan_run *run)
{
        const json_t *const given[] = { run->resources, run->coverage, run->troubles };

        for (size_t i = 0; i < ELEMENTSOF(given); i++) {
                _cleanup_(freep) char *text = json_dumps(given[i], 0);

                assert_non_null(text);
                assert_null(strstr(text, "leaked"));
        }
}

static void scan_signs_in_each_way(void **state)
{
        const char *const *const ways[] = { key, service, token };

        for (size_t i = 0; i < ELEMENTSOF(ways); i++) {
                struct scan_run run;

                scan(&run, *state, ways[i], CONFIG(""));
                assert_true(run.complete);
                assert_int_equal(json_array_size(run.troubles), 0);
                assert_non_null(json_object_get(run.resources, APP));
                assert_string_equal(scan_run_state(&run, "ovh.ai.app", "global"), "ok");
                assert_string_equal(scan_run_state(&run, "ovh.instance", "UK1"), "ok");
                assert_no_secret(&run);
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(*state), 0);
        }
}

/* Whatever number the API gives to its first page, what is on it is found. */
static void scan_finds_the_first_page_by_any_number(void **state)
{
        static const char *const from_zero[] = { "--set", "ovh.accounts.hx12345-ovh.first_page=0",
                                                 NULL };
        struct cloudsim *sim = cloudsim_start("tests/worlds/ovh", from_zero);
        struct scan_run run;

        assert_non_null(sim);
        scan(&run, sim, service, CONFIG(""));
        assert_int_equal(json_array_size(json_object_get(run.by_kind, "ovh.ai.app")), 2);
        assert_int_equal(json_array_size(json_object_get(run.by_kind, "ovh.ai.notebook")), 2);
        scan_run_done(&run);
        assert_int_equal(cloudsim_stop(sim), 0);
}

/* ---- credentials that are not taken -----------------------------------------------------------
 */

static const struct {
        const char *what;
        const char *variables[9];
        const char *text;
} refused[] = {
        { "a consumer key that is not validated",
          { "OVH_APPLICATION_KEY", "ovhworldpending1", "OVH_APPLICATION_SECRET",
            "leakedapplicationsecret000000002", "OVH_CONSUMER_KEY",
            "leakedconsumerkey000000000000002" },
          "is not validated, was revoked or has expired" },
        { "another endpoint than the key's",
          { "OVH_ENDPOINT", "ovh-ca", "OVH_APPLICATION_KEY", "ovhworldappkey01",
            "OVH_APPLICATION_SECRET", "leakedapplicationsecret000000001", "OVH_CONSUMER_KEY",
            "leakedconsumerkey000000000000001" },
          "ovh-ca does not know the application key ovhworldappkey01" },
        { "another endpoint than the service account's",
          { "OVH_ENDPOINT", "ovh-us", "OVH_CLIENT_ID", "EU.0123456789abcdef", "OVH_CLIENT_SECRET",
            "leakedclientsecret01" },
          "OVHcloud (ovh-us) refuses the service account EU.0123456789abcdef" },
        { "a wrong secret of a service account",
          { "OVH_CLIENT_ID", "EU.0123456789abcdef", "OVH_CLIENT_SECRET", "leakedwrong" },
          "check its secret" },
        { "an access token that was revoked",
          { "OVH_ACCESS_TOKEN", "leakedrevoked" },
          "has ended or was revoked" },
        { "a wrong application secret",
          { "OVH_APPLICATION_KEY", "ovhworldappkey01", "OVH_APPLICATION_SECRET", "leakedwrong",
            "OVH_CONSUMER_KEY", "leakedconsumerkey000000000000001" },
          "check application_secret and consumer_key" },
};

static void scan_tells_why_credentials_are_refused(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(refused); i++) {
                struct scan_run run;

                scan(&run, *state, refused[i].variables, CONFIG(""));
                assert_int_equal(json_object_size(run.resources), 0);
                if (strcmp(scan_run_state(&run, "ovh.project", "global"), "expired") != 0 ||
                    !strstr(scan_run_cause(&run, "ovh.project", "global"), refused[i].text))
                        fail_msg("%s: %s, %s", refused[i].what,
                                 scan_run_state(&run, "ovh.project", "global"),
                                 scan_run_cause(&run, "ovh.project", "global"));
                assert_no_secret(&run);
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(*state), 0);
        }
}

/* ---- time --------------------------------------------------------------------------------------
 */

/* OVHcloud's clock is a minute off ours, in validation as in /auth/time: no call is refused. */
static void scan_lives_with_a_clock_that_is_off(void **state)
{
        struct scan_run run;

        assert_int_equal(cloudsim_add_faults(*state, "{\"match\": {\"provider\": \"ovh\"}, \"do\": "
                                                     "{\"clock_skew_seconds\": 60}}"),
                         0);
        scan(&run, *state, key, CONFIG(""));
        assert_true(run.complete);
        assert_int_equal(json_array_size(run.troubles), 0);
        assert_string_equal(scan_run_state(&run, "ovh.ai.app", "global"), "ok");
        assert_int_equal(cloudsim_calls(*state, "auth", "/v1/auth/time", 200), 1);
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* A token that ends or is revoked in mid-scan is renewed, once. */
static void scan_renews_a_token_that_was_revoked(void **state)
{
        struct scan_run run;

        assert_int_equal(cloudsim_add_faults(*state,
                                             "{\"match\": {\"operation\": \"*/ai/app\", \"times\": "
                                             "1}, \"do\": {\"expire_token\": true}}"),
                         0);
        scan(&run, *state, service, CONFIG(""));
        assert_true(run.complete);
        assert_int_equal(json_array_size(run.troubles), 0);
        assert_non_null(json_object_get(run.resources, APP));
        assert_true(cloudsim_calls(*state, "auth", "/auth/oauth2/token", 200) >= 2);
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* ---- what may not be seen ----------------------------------------------------------------------
 */

static void scan_says_which_project_cannot_be_seen(void **state)
{
        struct scan_run run;

        scan(&run, *state, service, CONFIG("    scopes: [9f0000000000000000000000000000ab]\n"));
        assert_int_equal(json_object_size(json_object_get(run.by_kind, "ovh.ai.app")), 0);
        assert_null(json_object_get(run.resources, APP));
        assert_string_equal(scan_run_state(&run, "ovh.ai.app", "global"), "failed");
        assert_non_null(strstr(scan_run_cause(&run, "ovh.ai.app", "global"),
                               "the project 9f0000000000000000000000000000ab does not exist, "
                               "cannot be seen with these credentials"));
        assert_int_equal(json_array_size(run.troubles), 0);
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

static void scan_names_the_action_that_is_missing(void **state)
{
        static const char *const narrow[] = { "OVH_CLIENT_ID", "EU.narrow0000000000",
                                              "OVH_CLIENT_SECRET", "leakedclientsecret03", NULL };
        struct scan_run run;

        scan(&run, *state, narrow, CONFIG(""));
        assert_true(run.complete);
        assert_non_null(json_object_get(run.resources, APP));
        assert_string_equal(scan_run_state(&run, "ovh.kube.id", "global"), "denied");
        assert_non_null(strstr(scan_run_cause(&run, "ovh.kube.id", "global"),
                               "needs publicCloudProject:apiovh:kube/get"));
        assert_string_equal(scan_run_state(&run, "ovh.audit.activity_id", "global"), "denied");
        assert_string_equal(scan_run_state(&run, "ovh.audit.activity", "global"), "skipped");
        assert_int_equal(cloudsim_counter(*state, "repeated_after_denial"), 0);
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* A key's rules let version 1 pass; what version 2 would say is not granted, and told so. */
static void scan_goes_on_with_a_narrow_key(void **state)
{
        static const char *const narrow[] = { "OVH_APPLICATION_KEY",
                                              "ovhworldnarrow01",
                                              "OVH_APPLICATION_SECRET",
                                              "leakedapplicationsecret000000003",
                                              "OVH_CONSUMER_KEY",
                                              "leakedconsumerkey000000000000003",
                                              NULL };
        const json_t *app;
        struct scan_run run;

        scan(&run, *state, narrow, CONFIG(""));
        assert_true(run.complete);
        app = json_object_get(run.resources, APP);
        assert_non_null(app);
        assert_string_equal(scan_run_state(&run, "ovh.iam.policy", "global"), "denied");
        assert_non_null(
                strstr(scan_run_cause(&run, "ovh.iam.policy", "global"), "NOT_GRANTED_CALL"));
        assert_string_equal(json_path_string(app, "tags.ai-act-risk"), "limited");
        assert_string_equal(
                json_member_string(json_object_get(json_object_get(app, "facts"), "tags"), "state"),
                "unknown");
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* A suspended project is off; one that never had the AI tools is not asked about them. */
static void scan_asks_nothing_of_what_is_off(void **state)
{
        static const char *const canada[] = { "OVH_CLIENT_ID", "CA.0123456789abcdef",
                                              "OVH_CLIENT_SECRET", "leakedclientsecret04", NULL };
        struct scan_run run;
        const json_t *of;

        scan(&run, *state, canada, CONFIG("    api: ovh-ca\n"));
        assert_true(run.complete);
        of = json_object_get(run.coverage, "ovh.ai.app 9f0000000000000000000000000000fe global");
        assert_string_equal(json_member_string(of, "state"), "off");
        assert_non_null(strstr(json_member_string(of, "cause"), "ai-tools is not enabled"));
        of = json_object_get(run.coverage, "ovh.kube.id 9f0000000000000000000000000000ff global");
        assert_string_equal(json_member_string(of, "state"), "off");
        assert_non_null(strstr(json_member_string(of, "cause"), "expired or is suspended"));
        assert_int_equal(cloudsim_calls(*state, "cloud", "/v1/cloud/project/{}/ai/app", 200), 0);
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* OVHcloud counts by key: what all regions and services together are asked keeps one rate. */
static void scan_keeps_the_rate_of_the_key(void **state)
{
        const double per_second = 100;
        struct scan_run run = { .sink_fails_after = -1 };
        uint64_t began_usec, requests;
        double least_usec;

        ovh_forget();
        ovh_set(token);
        began_usec = clock_boottime_usec();
        assert_int_equal(scan_run(&run, *state,
                                  "accounts:\n"
                                  "  - name: hx\n"
                                  "    provider: ovh\n"
                                  "    network: {connect_to: '@CONNECT@', ca_file: '@CA@'}\n"
                                  "limits: {requests_per_second: 100}\n"),
                         0);
        requests = cloudsim_counter(*state, "requests") -
                   cloudsim_calls(*state, "catalogue", NULL, 0); /* another host's */
        assert_true(requests > 110);
        least_usec = ((double)requests - per_second) / per_second * (double)USEC_PER_SEC;
        assert_true((double)(clock_boottime_usec() - began_usec) >= least_usec);
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* Each way of being unreadable, on a list: never ok, and nothing is invented. */
static void scan_list_unreadable_is_never_ok(void **state)
{
        static const struct {
                const char *fault, *expected;
        } cases[] = {
                { "{\"denied\": true}", "denied" },        { "{\"status\": 429}", "throttled" },
                { "{\"status\": 503}", "failed" },         { "{\"truncate\": true}", "failed" },
                { "{\"garbage\": true}", "failed" },       { "{\"html\": true}", "failed" },
                { "{\"reset\": true}", "failed" },         { "{\"status\": 404}", "failed" },
                { "{\"endless_token\": true}", "failed" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(freep) char *fault = NULL;
                struct scan_run run;

                assert_true(asprintf(&fault,
                                     "{\"match\": {\"operation\": \"*/ai/app\"}, \"do\": %s}",
                                     cases[i].fault) > 0);
                assert_int_equal(cloudsim_add_faults(*state, fault), 0);
                scan(&run, *state, service, CONFIG(""));
                if (strcmp(scan_run_state(&run, "ovh.ai.app", "global"), cases[i].expected) != 0)
                        fail_msg("%s: %s", cases[i].fault,
                                 scan_run_state(&run, "ovh.ai.app", "global"));
                assert_string_equal(scan_run_state(&run, "ovh.kube.id", "global"), "ok");
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(*state), 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(scan_signs_in_each_way),
                cmocka_unit_test(scan_finds_the_first_page_by_any_number),
                cmocka_unit_test(scan_tells_why_credentials_are_refused),
                cmocka_unit_test(scan_lives_with_a_clock_that_is_off),
                cmocka_unit_test(scan_renews_a_token_that_was_revoked),
                cmocka_unit_test(scan_says_which_project_cannot_be_seen),
                cmocka_unit_test(scan_names_the_action_that_is_missing),
                cmocka_unit_test(scan_goes_on_with_a_narrow_key),
                cmocka_unit_test(scan_asks_nothing_of_what_is_off),
                cmocka_unit_test(scan_keeps_the_rate_of_the_key),
                cmocka_unit_test(scan_list_unreadable_is_never_ok),
        };

        return cmocka_run_group_tests_name("scan ovh", tests, setup, scan_teardown);
}
