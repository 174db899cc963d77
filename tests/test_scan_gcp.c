/* The engine over real TLS against cloudsim's Google Cloud: every way to sign in, who is charged,
 * and each way of being unreadable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/json.h"
#include "tests/support/gcp.h"
#include "tests/support/scan.h"

#define ENDPOINT "gcp.essai_vertex.endpoint"
#define JOB "gcp.essai_asset.job"
#define POOL                                                                                       \
        "//iam.googleapis.com/projects/4545/locations/global/workloadIdentityPools/pool/"          \
        "providers/"
#define USER(refresh)                                                                              \
        "{\"type\":\"authorized_user\",\"client_id\":\"client.apps.googleusercontent.com\","       \
        "\"client_secret\":\"SECRETclient\",\"refresh_token\":\"1//" refresh "\"%s}"
#define EXTERNAL(provider, type, source)                                                           \
        "{\"type\":\"external_account\",\"audience\":\"" POOL provider "\","                       \
        "\"subject_token_type\":\"urn:ietf:params:" type "\",\"token_url\":"                       \
        "\"https://sts.googleapis.com/v1/token\",\"service_account_impersonation_url\":"           \
        "\"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"                   \
        "cible@hexagone-outils.iam.gserviceaccount.com:generateAccessToken\","                     \
        "\"credential_source\":" source "}"

static char config[1024];

static int setup(void **state)
{
        static char key_file[256];
        const char *const more[] = { "--set", key_file, NULL };

        (void)snprintf(key_file, sizeof(key_file), "gcp.service_accounts.0.key_file=%s/key.pem",
                       gcp_test_enter());
        (void)gcp_test_key("");
        return scan_world(state, "tests/worlds/gcp-signin", more);
}

static int teardown(void **state)
{
        gcp_test_leave();
        return cloudsim_stop(*state);
}

/* The account with these further keys; credentials come from the environment. */
static void scan(struct scan_run *run, void **state, const char *keys)
{
        (void)snprintf(config, sizeof(config),
                       "accounts:\n"
                       "  - name: prod\n"
                       "    provider: gcp\n"
                       "    regions: [europe-west1, eu]\n"
                       "    network: {connect_to: '@CONNECT@', ca_file: '@CA@'}\n"
                       "%s"
                       "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 3}\n",
                       keys);
        *run = (struct scan_run){ .sink_fails_after = -1,
                                  .overrides = "tests/fixtures/gcp-signin" };
        assert_int_equal(scan_run(run, *state, config), 0);
}

static void with_file(const char *path)
{
        assert_int_equal(setenv("GOOGLE_APPLICATION_CREDENTIALS", path, 1), 0);
}

/* No secret stands in what a scan hands out. */
static void assert_no_secret(const struct scan_run *run)
{
        const json_t *const told[] = { run->resources, run->coverage, run->troubles };

        for (size_t i = 0; i < ELEMENTSOF(told); i++) {
                _cleanup_(freep) char *text = json_dumps(told[i], JSON_COMPACT);

                assert_false(gcp_test_leaks(text));
                assert_null(strstr(text, "eyJ0."));
        }
}

static const char *row(const struct scan_run *run, const char *collector, const char *scope,
                       const char *region, const char *member)
{
        _cleanup_(freep) char *key = NULL;
        const char *value;

        assert_true(asprintf(&key, "%s %s %s", collector, scope, region) > 0);
        value = json_member_string(json_object_get(run->coverage, key), member);
        return value ? value : "";
}

static void assert_row(const struct scan_run *run, const char *collector, const char *scope,
                       const char *region, const char *state, const char *says)
{
        const char *is = row(run, collector, scope, region, "state");
        const char *cause = row(run, collector, scope, region, "cause");

        if (strcmp(is, state) != 0 || !strstr(cause, says))
                fail_msg("%s %s %s: %s (%s), not %s (%s)", collector, scope, region, is, cause,
                         state, says);
}

static void assert_found(const struct scan_run *run)
{
        const json_t *fact;
        json_t *endpoint =
                json_object_get(run->resources, "projects/4242/locations/europe-west1/endpoints/2");

        assert_non_null(endpoint);
        assert_string_equal(json_path_string(endpoint, "name"), "tri");
        fact = json_object_get(json_object_get(endpoint, "facts"), "model.id");
        assert_string_equal(json_member_string(fact, "value"), "m-2");
        assert_row(run, ENDPOINT, "hexagone-ia", "europe-west1", "ok", "");
        assert_no_secret(run);
}

/* ---- signing in --------------------------------------------------------------------------------
 */

static void scan_with_a_key(void **state)
{
        struct scan_run run;

        with_file(gcp_test_key(""));
        assert_int_equal(cloudsim_reload(*state), 0); /* the new key's other half */
        scan(&run, state, "");
        assert_found(&run);
        assert_int_equal(json_array_size(run.troubles), 0);
        assert_row(&run, ENDPOINT, "hexagone-ia", "eu", "ok", "");
        assert_row(&run, JOB, "hexagone-ia", "global", "ok", "");
        assert_non_null(json_object_get(run.resources, "//aiplatform.googleapis.com/projects/4242/"
                                                       "locations/europe-west1/customJobs/7"));
        assert_null(json_object_get(
                run.resources,
                "//compute.googleapis.com/projects/hexagone-ia/zones/z/instances/x"));
        assert_int_equal(cloudsim_calls(*state, "oauth2", "token", 200), 1); /* one for all */
        assert_int_equal(cloudsim_pages(*state, "aiplatform", "endpoints.list"), 2);
        scan_run_done(&run);
}

static void scan_as_another_service_account(void **state)
{
        struct scan_run run;

        with_file(gcp_test_key(""));
        assert_int_equal(cloudsim_reload(*state), 0);
        scan(&run, state, "    impersonate: cible@hexagone-outils.iam.gserviceaccount.com\n");
        assert_found(&run);
        assert_int_equal(cloudsim_calls(*state, "iamcredentials", NULL, 200), 1);
        scan_run_done(&run);

        /* one that may not become it */
        setenv("GOOGLE_APPLICATION_CREDENTIALS", "", 1);
        setenv("GCE_METADATA_HOST", cloudsim_http_url(*state) + strlen("http://"), 1);
        scan(&run, state, "    impersonate: personne@hexagone-outils.iam.gserviceaccount.com\n");
        assert_non_null(strstr(json_path_string(json_array_get(run.troubles, 0), "text"),
                               "there is no service account personne@"));
        scan_run_done(&run);
        unsetenv("GCE_METADATA_HOST");
}

static void scan_with_foreign_tokens(void **state)
{
        struct scan_run run;
        char text[2048];

        (void)snprintf(text, sizeof(text),
                       EXTERNAL("oidc", "oauth:token-type:jwt", "{\"file\":\"%s\"}"),
                       gcp_test_file("token", "SECRETtoken\n"));
        with_file(gcp_test_file("adc.json", text));
        scan(&run, state, "");
        assert_found(&run);
        scan_run_done(&run);

        (void)snprintf(text, sizeof(text),
                       EXTERNAL("oidc", "oauth:token-type:jwt",
                                "{\"url\":\"https://identity.googleapis.com/identity\",\"headers\":"
                                "{\"X-Identity\":\"yes\"},\"format\":{\"type\":\"json\","
                                "\"subject_token_field_name\":\"value\"}}"));
        with_file(gcp_test_file("adc.json", text));
        scan(&run, state, "");
        assert_found(&run);
        scan_run_done(&run);
}

/* cloudsim computes the signature again, as AWS would. */
static void scan_with_an_aws_identity(void **state)
{
        static const char source[] =
                EXTERNAL("aws", "aws:token-type:aws4_request",
                         "{\"environment_id\":\"aws1\",\"regional_cred_verification_url\":"
                         "\"https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version="
                         "2011-06-15\"}");
        struct scan_run run;

        setenv("AWS_REGION", "eu-west-3", 1);
        setenv("AWS_ACCESS_KEY_ID", "AKIAGCPPOOL000000001", 1);
        setenv("AWS_SECRET_ACCESS_KEY", "fake/secret/of/the/gcp/pool+000000000000", 1);
        with_file(gcp_test_file("adc.json", source));
        scan(&run, state, "");
        assert_found(&run);
        scan_run_done(&run);

        setenv("AWS_SECRET_ACCESS_KEY", "fake/SECRET/that/is/wrong+00000000000000", 1);
        scan(&run, state, "");
        assert_non_null(strstr(json_path_string(json_array_get(run.troubles, 0), "text"),
                               "issuer, audience and subject"));
        assert_no_secret(&run);
        scan_run_done(&run);
}

static void scan_on_a_machine_of_google_s(void **state)
{
        struct scan_run run;

        setenv("GOOGLE_APPLICATION_CREDENTIALS", "", 1);
        setenv("GCE_METADATA_HOST", cloudsim_http_url(*state) + strlen("http://"), 1);
        scan(&run, state, "");
        assert_found(&run);
        scan_run_done(&run);
        unsetenv("GCE_METADATA_HOST");
}

static void scan_with_refused_credentials(void **state)
{
        static const struct {
                const char *fault, *says;
        } cases[] = {
                { "{\"status\": 503}", "oauth2.googleapis.com does not answer: HTTP status 503" },
                { "{\"reset\": true}", "does not answer" },
                { "{\"html\": true}", "no JSON" },
                { "{\"status\": 400, \"code\": \"invalid_grant\", \"message\": \"Invalid JWT "
                  "Signature.\"}",
                  "the key was deleted or disabled" },
        };
        struct scan_run run;
        char text[512];

        with_file(gcp_test_key(""));
        assert_int_equal(cloudsim_reload(*state), 0);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(freep) char *fault = NULL;

                assert_true(asprintf(&fault, "{\"match\": {\"service\": \"oauth2\"}, \"do\": %s}",
                                     cases[i].fault) > 0);
                assert_int_equal(cloudsim_add_faults(*state, fault), 0);
                scan(&run, state, "");
                if (!strstr(json_path_string(json_array_get(run.troubles, 0), "text"),
                            cases[i].says))
                        fail_msg("'%s', not '%s'",
                                 json_path_string(json_array_get(run.troubles, 0), "text"),
                                 cases[i].says);
                assert_int_equal(json_object_size(run.resources), 0);
                assert_no_secret(&run);
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(*state), 0);
        }
        (void)snprintf(text, sizeof(text), USER("SECRETrevoked"), "");
        with_file(gcp_test_file("adc.json", text));
        scan(&run, state, "");
        assert_non_null(strstr(json_path_string(json_array_get(run.troubles, 0), "text"),
                               "gcloud auth application-default login"));
        assert_no_secret(&run);
        scan_run_done(&run);
}

static void scan_goes_on_with_a_new_token(void **state)
{
        struct scan_run run;

        with_file(gcp_test_key(""));
        assert_int_equal(cloudsim_reload(*state), 0);
        assert_int_equal(cloudsim_add_faults(*state,
                                             "{\"match\": {\"operation\": \"endpoints.get\", "
                                             "\"times\": 1}, \"do\": {\"expire_token\": true}}"),
                         0);
        scan(&run, state, "");
        assert_found(&run);
        assert_true(cloudsim_calls(*state, "oauth2", "token", 200) >= 2);
        scan_run_done(&run);
}

/* ---- who is charged, what is off ---------------------------------------------------------------
 */

static void scan_tells_off_from_a_mistake(void **state)
{
        struct scan_run run;
        char text[512];

        with_file(gcp_test_key(""));
        assert_int_equal(cloudsim_reload(*state), 0);
        scan(&run, state, "");
        assert_row(&run, ENDPOINT, "hexagone-vide", "europe-west1", "off", "is not enabled");
        assert_row(&run, ENDPOINT, "hexagone-sans-compte", "europe-west1", "off",
                   "no billing account");
        assert_row(&run, JOB, "hexagone-vide", "global", "ok", ""); /* charged to the tools' */
        scan_run_done(&run);

        /* a project to be charged that has not enabled what is asked */
        scan(&run, state, "    quota_project: hexagone-quota\n");
        assert_row(&run, JOB, "hexagone-ia", "global", "failed",
                   "cloudasset.googleapis.com is not enabled in project 4646, which is charged as "
                   "quota_project");
        assert_row(&run, ENDPOINT, "hexagone-ia", "europe-west1", "ok", "");
        scan_run_done(&run);

        /* a person's calls are nobody's without one */
        (void)snprintf(text, sizeof(text), USER("SECRETrefresh"), "");
        with_file(gcp_test_file("adc.json", text));
        scan(&run, state, "    scopes: [hexagone-ia]\n");
        assert_row(&run, JOB, "hexagone-ia", "global", "failed", "quota_project");
        assert_no_secret(&run);
        scan_run_done(&run);
}

/* ---- unreadable --------------------------------------------------------------------------------
 */

static void scan_list_unreadable_is_never_ok(void **state)
{
        static const struct {
                const char *fault, *expected, *cause;
        } cases[] = {
                { "{\"denied\": true}", "denied", "needs aiplatform.endpoints.list" },
                { "{\"status\": 429}", "throttled", "" },
                { "{\"status\": 403, \"code\": \"rateLimitExceeded\"}", "throttled", "" },
                { "{\"status\": 503}", "failed", "" },
                { "{\"status\": 403, \"code\": \"SECURITY_POLICY_VIOLATED\"}", "denied", "policy" },
                { "{\"truncate\": true}", "failed", "" },
                { "{\"garbage\": true}", "failed", "" },
                { "{\"html\": true}", "failed", "" },
                { "{\"reset\": true}", "failed", "" },
                { "{\"repeat_token\": true}", "failed", "" },
                { "{\"api_off\": true}", "off", "" },
                { "{\"region_off\": true}", "absent", "not supported" },
        };
        struct scan_run run;

        with_file(gcp_test_key(""));
        assert_int_equal(cloudsim_reload(*state), 0);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(freep) char *fault = NULL;

                assert_true(asprintf(&fault,
                                     "{\"match\": {\"operation\": \"endpoints.list\", \"region\": "
                                     "\"europe-west1\"}, \"do\": %s}",
                                     cases[i].fault) > 0);
                assert_int_equal(cloudsim_add_faults(*state, fault), 0);
                scan(&run, state, "    scopes: [hexagone-ia]\n");
                assert_row(&run, ENDPOINT, "hexagone-ia", "europe-west1", cases[i].expected,
                           cases[i].cause);
                assert_row(&run, ENDPOINT, "hexagone-ia", "eu", "ok", "");
                assert_int_equal(cloudsim_counter(*state, "repeated_after_denial"), 0);
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(*state), 0);
        }
}

static void scan_reads_on_behind_an_empty_page(void **state)
{
        struct scan_run run;

        with_file(gcp_test_key(""));
        assert_int_equal(cloudsim_reload(*state), 0);
        assert_int_equal(cloudsim_add_faults(*state,
                                             "{\"match\": {\"operation\": \"endpoints.list\", "
                                             "\"region\": \"europe-west1\", \"times\": 1}, \"do\": "
                                             "{\"empty_page\": true}}"),
                         0);
        scan(&run, state, "    scopes: [hexagone-ia]\n");
        assert_found(&run);
        scan_run_done(&run);
}

static int each(void **state)
{
        unsetenv("AWS_REGION");
        unsetenv("AWS_ACCESS_KEY_ID");
        unsetenv("AWS_SECRET_ACCESS_KEY");
        return cloudsim_reset(*state);
}

#define TEST(f) cmocka_unit_test_setup(f, each)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(scan_with_a_key),
                TEST(scan_as_another_service_account),
                TEST(scan_with_foreign_tokens),
                TEST(scan_with_an_aws_identity),
                TEST(scan_on_a_machine_of_google_s),
                TEST(scan_with_refused_credentials),
                TEST(scan_goes_on_with_a_new_token),
                TEST(scan_tells_off_from_a_mistake),
                TEST(scan_list_unreadable_is_never_ok),
                TEST(scan_reads_on_behind_an_empty_page),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
