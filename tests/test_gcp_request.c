/* How calls to Google's APIs are written, and how ids and locations compare. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/json.h"
#include "providers/gcp/adc.h"
#include "tests/support/gcp.h"

#define USER                                                                                       \
        "{\"type\":\"authorized_user\",\"client_id\":\"c\",\"client_secret\":\"SECRETc\","         \
        "\"refresh_token\":\"SECRETr\",\"quota_project_id\":\"quota-1\"}"
#define TOKEN "{\"access_token\":\"ya29.t\",\"expires_in\":3599}"

/* Signed in with the file. */
static struct account *open_account(const char *path, const char *endpoint)
{
        static struct gcp_options options;
        static struct account_config config;
        struct message_reply reply = gcp_test_reply(200, "", TOKEN);
        struct message_request req = { 0 };
        struct account *a = NULL;
        struct error err = { 0 };

        options = (struct gcp_options){ .credentials_file = (char *)path,
                                        .organization = (char *)"42" };
        config = (struct account_config){ .name = (char *)"prod",
                                          .options = &options,
                                          .endpoint = (char *)endpoint };
        if (gcp_provider.account_new(&a, &config, NULL, &err) < 0)
                fail_msg("%s", err.text);
        assert_int_equal(gcp_provider.sign_in(a, NULL, GCP_TEST_NOW, &req, NULL, NULL),
                         SIGN_IN_REQUEST);
        assert_int_equal(gcp_provider.signed_in(a, NULL, &reply, GCP_TEST_NOW, NULL), 0);
        assert_int_equal(gcp_provider.sign_in(a, NULL, GCP_TEST_NOW, &req, NULL, NULL),
                         SIGN_IN_READY);
        message_request_done(&req);
        message_reply_done(&reply);
        return a;
}

static char *written(struct account *a, const struct call_instance *call)
{
        struct message_request req = { 0 };
        struct error err = { 0 };
        char *text;

        if (gcp_provider.request(a, call, GCP_TEST_NOW, &req, &err) < 0)
                fail_msg("%s", err.text);
        text = gcp_test_request_text(&req);
        message_request_done(&req);
        return text;
}

static void request_writes_get_and_post(void **state)
{
        json_auto_t *query = json_pack("{s:s, s:[ss], s:n}", "pageToken", "a/b+c=", "names", "y",
                                       "x", "left_out");
        json_auto_t *body = json_pack("{s:{s:i}}", "options", "requestedPolicyVersion", 3);
        json_auto_t *headers = json_pack("{s:s}", "X-Goog-FieldMask", "a,b");
        struct account *a = open_account(gcp_test_file("adc.json", USER), NULL);
        _cleanup_(freep) char *get = NULL, *post = NULL;
        struct call_instance call = { .host = "x.googleapis.com",
                                      .path = "/v1/projects/p/y",
                                      .query = query,
                                      .headers = headers };

        get = written(a, &call);
        assert_string_equal(
                get, "GET https://x.googleapis.com/v1/projects/p/y?names=x&names=y&pageToken="
                     "a%2Fb%2Bc%3D&prettyPrint=false\n"
                     "Accept: application/json\n"
                     "Authorization: Bearer ya29.t\n"
                     "x-goog-user-project: quota-1\n"
                     "X-Goog-FieldMask: a,b\n");
        call = (struct call_instance){ .host = "x.googleapis.com",
                                       .path = "/v1/projects/p:getIamPolicy",
                                       .body = body };
        post = written(a, &call);
        assert_string_equal(post,
                            "POST https://x.googleapis.com/v1/projects/p:getIamPolicy?prettyPrint="
                            "false\n"
                            "Accept: application/json\n"
                            "Authorization: Bearer ya29.t\n"
                            "x-goog-user-project: quota-1\n"
                            "Content-Type: application/json\n"
                            "{\"options\":{\"requestedPolicyVersion\":3}}");
        (void)gcp_provider.account_free(a);
}

/* A service account's calls to what stands in the project are that project's own. */
static void request_charges_who_has_to_pay(void **state)
{
        struct service own = { .api = (char *)"aiplatform.googleapis.com" }, shared = { 0 };
        struct call own_call = { .service = &own }, shared_call = { .service = &shared };
        struct call_instance call = { .host = "x.googleapis.com", .path = "/v1/y" };
        struct account *a;
        _cleanup_(freep) char *key_own = NULL, *key_shared = NULL, *user_own = NULL;

        setenv("GOOGLE_CLOUD_QUOTA_PROJECT", "quota-2", 1);
        a = open_account(gcp_test_key(""), NULL);
        call.call = &own_call;
        key_own = written(a, &call);
        assert_null(strstr(key_own, "x-goog-user-project"));
        call.call = &shared_call;
        key_shared = written(a, &call);
        assert_non_null(strstr(key_shared, "x-goog-user-project: quota-2\n"));
        (void)gcp_provider.account_free(a);

        a = open_account(gcp_test_file("adc.json", USER), NULL);
        call.call = &own_call;
        user_own = written(a, &call);
        assert_non_null(strstr(user_own, "x-goog-user-project: quota-2\n"));
        (void)gcp_provider.account_free(a);
}

static void request_goes_to_the_endpoint_that_is_set(void **state)
{
        static const struct {
                const char *endpoint, *url;
        } cases[] = {
                { "https://gcp.hexagone.example/", "GET https://gcp.hexagone.example/v1/y?" },
                { "https://{service}-vigie.p.googleapis.com",
                  "GET https://europe-west1-aiplatform-vigie.p.googleapis.com/v1/y?" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const struct call_instance call = {
                        .host = "europe-west1-aiplatform.googleapis.com", .path = "/v1/y"
                };
                struct account *a =
                        open_account(gcp_test_file("adc.json", USER), cases[i].endpoint);
                _cleanup_(freep) char *text = written(a, &call);

                assert_ptr_equal(strstr(text, cases[i].url), text);
                (void)gcp_provider.account_free(a);
        }
}

static void endpoint_without_tls_is_refused(void **state)
{
        struct gcp_options options = { .credentials_file =
                                               (char *)gcp_test_file("adc.json", USER) };
        struct account_config config = { .name = (char *)"prod",
                                         .options = &options,
                                         .endpoint = (char *)"http://{service}.example" };
        struct account *a = NULL;

        assert_int_equal(gcp_provider.account_new(&a, &config, NULL, NULL), -EINVAL);
        assert_null(a);
}

static void request_keeps_the_token_from_other_hosts(void **state)
{
        static const char *const hosts[] = { "evil.example",
                                             "googleapis.com",
                                             "evilgoogleapis.com",
                                             "x.googleapis.com.evil.example",
                                             "x.googleapis.com:8443",
                                             "x@y.googleapis.com",
                                             "x/.googleapis.com",
                                             ".googleapis.com",
                                             "" };
        struct account *a = open_account(gcp_test_file("adc.json", USER), NULL);

        for (size_t i = 0; i < ELEMENTSOF(hosts); i++) {
                const struct call_instance call = { .host = hosts[i], .path = "/v1/y" };
                struct message_request req = { 0 };
                struct error err = { 0 };

                assert_int_equal(gcp_provider.request(a, &call, GCP_TEST_NOW, &req, &err), -EINVAL);
                assert_non_null(strstr(err.text, "the token stays here"));
                message_request_done(&req);
        }
        const struct call_instance path = { .host = "x.googleapis.com", .path = "@evil" };
        const struct call_instance link = { .host = "x.googleapis.com",
                                            .path = "/v1",
                                            .url = "https://evil.example" };
        struct message_request req = { 0 };

        assert_int_equal(gcp_provider.request(a, &path, GCP_TEST_NOW, &req, NULL), -EINVAL);
        message_request_done(&req);
        assert_int_equal(gcp_provider.request(a, &link, GCP_TEST_NOW, &req, NULL), -EINVAL);
        message_request_done(&req);
        (void)gcp_provider.account_free(a);
}

/* ---- variables, ids, locations -----------------------------------------------------------------
 */

static void variables_say_hosts_by_location(void **state)
{
        static const struct {
                const char *region, *vertex, *prefix, *automl;
        } rows[] = {
                { "europe-west4", "europe-west4-aiplatform.googleapis.com", "europe-west4-", "" },
                { "global", "aiplatform.googleapis.com", "", "" },
                { "eu", "aiplatform.eu.rep.googleapis.com", "eu-", "eu-" },
                { "us", "aiplatform.us.rep.googleapis.com", "us-", "" },
                { NULL, "aiplatform.googleapis.com", "", "" },
        };
        struct account *a = open_account(gcp_test_file("adc.json", USER), NULL);

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                assert_string_equal(gcp_provider.variable(a, NULL, rows[i].region, "vertex_host"),
                                    rows[i].vertex);
                assert_string_equal(gcp_provider.variable(a, NULL, rows[i].region, "host_prefix"),
                                    rows[i].prefix);
                assert_string_equal(gcp_provider.variable(a, NULL, rows[i].region, "automl_prefix"),
                                    rows[i].automl);
        }
        assert_string_equal(gcp_provider.variable(a, NULL, NULL, "universe"), "googleapis.com");
        assert_string_equal(gcp_provider.variable(a, NULL, NULL, "organization"), "42");
        assert_null(gcp_provider.variable(a, NULL, NULL, "refresh_token"));
        assert_null(gcp_provider.variable(a, NULL, NULL, "client_secret"));
        (void)gcp_provider.account_free(a);
}

static void ids_compare_without_host_and_number(void **state)
{
        static const struct {
                const char *id, *key;
        } rows[] = {
                { "projects/p-1/locations/l/models/m", "projects/p-1/locations/l/models/m" },
                { "projects/4242/locations/l/models/m", "projects/p-1/locations/l/models/m" },
                { "//aiplatform.googleapis.com/projects/4242/locations/l/models/m",
                  "projects/p-1/locations/l/models/m" },
                { "https://www.googleapis.com/compute/v1/projects/p-1/zones/z/instances/i",
                  "projects/p-1/zones/z/instances/i" },
                { "//storage.googleapis.com/a-bucket", "a-bucket" },
                { "projects/42421/x", "projects/42421/x" }, /* another project's number */
                { "projects/4242", "projects/p-1" },
                { "gs://a-bucket/x", "gs://a-bucket/x" },
                { "4242", "4242" },
                { "", "" },
        };
        struct scope *scope = scope_new("p-1", NULL, "project");

        json_decref(scope->attributes);
        scope->attributes = json_pack("{s:s}", "name", "projects/4242");
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(freep) char *key = gcp_provider.id_key(NULL, scope, rows[i].id);

                assert_string_equal(key, rows[i].key);
        }
        scope = scope_free(scope);
        free(gcp_provider.id_key(NULL, NULL, "projects/1/x"));
}

static void locations_become_codes(void **state)
{
        static const struct {
                const char *location, *code;
        } rows[] = {
                { "europe-west1", "europe-west1" },
                { "EUROPE-WEST1", "europe-west1" },
                { "EU", "eu" },
                { "https://www.googleapis.com/compute/v1/projects/p/zones/europe-west4-b",
                  "europe-west4-b" },
                { "projects/p/locations/global", "global" },
                { "", "" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char text[128];

                (void)snprintf(text, sizeof(text), "%s", rows[i].location);
                gcp_provider.region_code(text);
                assert_string_equal(text, rows[i].code);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                GCP_TEST(request_writes_get_and_post),
                GCP_TEST(request_charges_who_has_to_pay),
                GCP_TEST(request_goes_to_the_endpoint_that_is_set),
                GCP_TEST(endpoint_without_tls_is_refused),
                GCP_TEST(request_keeps_the_token_from_other_hosts),
                GCP_TEST(variables_say_hosts_by_location),
                GCP_TEST(ids_compare_without_host_and_number),
                GCP_TEST(locations_become_codes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
