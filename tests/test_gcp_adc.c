/* Where the credentials of a Google account are found, and files that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "providers/gcp/adc.h"
#include "tests/support/gcp.h"

/* ---- where credentials are found ---------------------------------------------------------------
 */

static void found_in_the_order_of_google_s_tools(void **state)
{
        const char *folder = getenv("HOME");
        char gcloud[256];
        struct account *a = NULL;
        struct error err = { 0 };

        setenv("NO_GCE_CHECK", "true", 1); /* tests may run on a machine of Google's */
        assert_false(gcp_provider.found());
        assert_int_equal(gcp_test_open(&a, NULL, &err), -ENOENT);
        assert_non_null(strstr(err.text, "GOOGLE_APPLICATION_CREDENTIALS (not set)"));

        setenv("CLOUDSDK_CONFIG", folder, 1);
        (void)snprintf(gcloud, sizeof(gcloud), "%s",
                       gcp_test_file("application_default_credentials.json", GCP_TEST_USER));
        (void)chmod(gcloud, 0600);
        assert_true(gcp_provider.found());
        assert_int_equal(gcp_test_open(&a, NULL, NULL), 0);
        assert_non_null(strstr(gcp_provider.credential_source(a), "gcloud's application default"));
        assert_null(strstr(gcp_provider.credential_source(a), "warning"));
        assert_string_equal(gcp_provider.variable(a, NULL, NULL, "quota_project"),
                            "hexagone-quota");
        (void)gcp_provider.account_free(a);

        setenv("GOOGLE_CLOUD_QUOTA_PROJECT", "other", 1);
        setenv("GOOGLE_APPLICATION_CREDENTIALS", gcp_test_key(""), 1);
        (void)chmod(getenv("GOOGLE_APPLICATION_CREDENTIALS"), 0644);
        assert_int_equal(gcp_test_open(&a, NULL, NULL), 0);
        assert_non_null(strstr(gcp_provider.credential_source(a),
                               "variable GOOGLE_APPLICATION_CREDENTIALS, "));
        assert_non_null(strstr(gcp_provider.credential_source(a), "everybody on this machine"));
        assert_string_equal(gcp_provider.variable(a, NULL, NULL, "quota_project"), "other");
        (void)gcp_provider.account_free(a);

        /* what is named and not there is an error, not a reason to look further */
        setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nonexistent.json", 1);
        err = (struct error){ 0 };
        assert_true(gcp_provider.found());
        assert_int_equal(gcp_test_open(&a, NULL, &err), -EINVAL);
        assert_non_null(strstr(err.text, "/nonexistent.json"));
        (void)unlink(gcloud);
}

static void found_in_systemd_s_credentials_first(void **state)
{
        const struct account_config config = { .name = (char *)"adc" };
        struct account *a = NULL;

        (void)gcp_test_file("adc.json", GCP_TEST_USER);
        setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nonexistent.json", 1);
        assert_int_equal(gcp_provider.account_new(&a, &config, getenv("HOME"), NULL), 0);
        assert_non_null(strstr(gcp_provider.credential_source(a), "systemd credential"));
        (void)gcp_provider.account_free(a);
}

/* ---- files that are no credentials -------------------------------------------------------------
 */

#define KEY_WITH(key)                                                                              \
        "{\"type\":\"service_account\",\"client_email\":\"a@b\",\"private_key\":" key "}"

static const struct {
        const char *text, *says;
} bad_files[] = {
        { "", "is empty" },
        { "AIzaSECRET", "API key" },
        { "ya29.SECRET", "access token" },
        { "GOCSPX-SECRET", "OAuth client's secret" },
        { "-----BEGIN PRIVATE KEY-----\nSECRET\n", "bare PEM file" },
        { "SECRET {", "not JSON" },
        { "{\"installed\":{\"client_secret\":\"SECRET\"}}", "OAuth client (installed)" },
        { "{\"web\":{}}", "OAuth client (web)" },
        { "{\"private_key\":\"SECRET\"}", "it has no 'type'" },
        { "[]", "it has no 'type'" },
        { "{\"type\":\"SECRE\"}", "type 'SECRE' are not known" },
        { "{\"type\":\"gdch_service_account\"}", "air-gapped" },
        { "{\"type\":\"service_account\"}", "it has no 'client_email'" },
        { KEY_WITH("\"SECRET\""), "no PEM private key" },
        { KEY_WITH("\"-----BEGIN PRIVATE KEY-----\\nSECRET\\n-----END PRIVATE KEY-----\\n\""),
          "not readable as a PEM" },
        { "{\"type\":\"authorized_user\",\"client_id\":\"c\"}", "no 'client_secret'" },
        { "{\"type\":\"authorized_user\",\"client_id\":\"c\",\"client_secret\":\"SECRET\","
          "\"refresh_token\":\"SECRET\",\"token_uri\":\"https://evil.example/token\"}",
          "no https address of googleapis.com: refused" },
        { "{\"type\":\"authorized_user\",\"client_id\":\"c\",\"client_secret\":\"SECRET\","
          "\"refresh_token\":\"SECRET\",\"token_uri\":\"http://oauth2.googleapis.com/token\"}",
          "no https address" },
        { "{\"type\":\"authorized_user\",\"universe_domain\":\"a/b\"}", "is no domain" },
        { GCP_TEST_EXTERNAL("{\"executable\":{\"command\":\"/bin/x\"}}", ""), "runs a program" },
        { GCP_TEST_EXTERNAL("{\"certificate\":{}}", ""), "client certificate" },
        { GCP_TEST_EXTERNAL("{}", ""), "neither file, url nor environment_id" },
        { GCP_TEST_EXTERNAL(
                  "{\"environment_id\":\"aws9\",\"regional_cred_verification_url\":\"x\"}", ""),
          "not aws1" },
        { GCP_TEST_EXTERNAL("{\"url\":\"http://evil.example/\"}", ""), "must use https" },
        { GCP_TEST_EXTERNAL("{\"file\":\"/x\",\"format\":{\"type\":\"xml\"}}", ""),
          "neither text nor json" },
        { "{\"type\":\"impersonated_service_account\"}", "no 'source_credentials'" },
        { "{\"type\":\"impersonated_service_account\",\"service_account_impersonation_url\":\"x\","
          "\"source_credentials\":{\"type\":\"impersonated_service_account\"}}",
          "themselves of that type" },
};

static void bad_files_are_told_apart(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(bad_files); i++) {
                struct gcp_options options = { .credentials_file = (char *)gcp_test_file(
                                                       "adc.json", bad_files[i].text) };
                struct account *a = NULL;
                struct error err = { 0 };
                int r = gcp_test_open(&a, &options, &err);

                if (r != -EINVAL || !strstr(err.text, bad_files[i].says))
                        fail_msg("%zu: %d '%s', not '%s'", i, r, err.text, bad_files[i].says);
                assert_non_null(strstr(err.text, "adc.json"));
                assert_null(strstr(err.text, "SECRET"));
                assert_null(a);
        }
}

static void bad_file_of_p12_or_without_rights(void **state)
{
        struct gcp_options options = { 0 };
        struct account *a = NULL;
        struct error err = { 0 };

        options.credentials_file = (char *)gcp_test_file("adc.json", "\x30\x82\x01\x02");
        assert_int_equal(gcp_test_open(&a, &options, &err), -EINVAL);
        assert_non_null(strstr(err.text, "P12"));
        options.credentials_file = (char *)"/proc/self";
        err = (struct error){ 0 };
        assert_true(gcp_test_open(&a, &options, &err) < 0);
        assert_non_null(strstr(err.text, "/proc/self"));
}

static void bad_options_are_refused(void **state)
{
        char path[256];
        struct {
                struct gcp_options o;
                const char *says;
        } cases[] = {
                { { .organization = (char *)"hexagone.example" }, "no organisation's number" },
                { { .quota_project = (char *)"projects/x" }, "no project's id" },
                { { .impersonate = (char *)"vigie" }, "no service account's e-mail" },
                { { .universe_domain = (char *)"s3nsapis.fr" }, "not sent to another universe" },
        };

        (void)snprintf(path, sizeof(path), "%s", gcp_test_key(""));
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct account *a = NULL;
                struct error err = { 0 };

                cases[i].o.credentials_file = path;
                assert_int_equal(gcp_test_open(&a, &cases[i].o, &err), -EINVAL);
                if (!strstr(err.text, cases[i].says))
                        fail_msg("'%s', not '%s'", err.text, cases[i].says);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                GCP_TEST(found_in_the_order_of_google_s_tools),
                GCP_TEST(found_in_systemd_s_credentials_first),
                GCP_TEST(bad_files_are_told_apart),
                GCP_TEST(bad_file_of_p12_or_without_rights),
                GCP_TEST(bad_options_are_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
