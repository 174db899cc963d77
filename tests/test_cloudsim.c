/* The bench itself: what it verifies, how it pages, what its faults do. Driven by libcurl, whose
 * own signer stands apart from the simulator's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "daemon/base/json.h"
#include "tests/support/cloudsim_ask.h"

/* clang-format off */
static const struct {
        const char *fault;
        CURLcode code;
        long status;
        const char *head, *says;
} faults[] = {
        { "{\"do\": {\"status\": 429, \"retry_after\": 7}}", CURLE_OK, 429, "Retry-After: 7", "ThrottlingException" },
        { "{\"do\": {\"status\": 503, \"retry_after_date\": 7}}", CURLE_OK, 503, " GMT", "ServiceUnavailable" },
        { "{\"do\": {\"code\": \"ThrottlingException\", \"message\": \"Rate exceeded\"}}", CURLE_OK, 400, NULL, "Rate exceeded" },
        { "{\"do\": {\"status\": 500}}", CURLE_OK, 500, NULL, "InternalServerException" },
        { "{\"do\": {\"denied\": true}}", CURLE_OK, 400, NULL, "AccessDeniedException" },
        { "{\"do\": {\"denied\": \"scp\"}}", CURLE_OK, 400, NULL, "explicit deny in a service control policy" },
        { "{\"do\": {\"denied\": \"empty\"}}", CURLE_OK, 400, NULL, "\"message\":\"\"" },
        { "{\"do\": {\"region_off\": true}}", CURLE_OK, 400, NULL, "UnrecognizedClientException" },
        { "{\"do\": {\"api_off\": true}}", CURLE_OK, 400, NULL, "SubscriptionRequiredException" },
        { "{\"do\": {\"html\": true}}", CURLE_OK, 200, "text/html", "<html>" },
        { "{\"do\": {\"garbage\": true}}", CURLE_OK, 200, "application/json", "[{\"EndpointName\": ]]" },
        { "{\"do\": {\"truncate\": true}}", CURLE_PARTIAL_FILE, 200, NULL, "tri-courriers" },
        { "{\"do\": {\"oversize_bytes\": 3000000}}", CURLE_OK, 200, "Content-Length: 30000", "tri-courriers" },
        { "{\"match\": {\"operation\": \"Describe*\"}, \"do\": {\"status\": 500}}", CURLE_OK, 200, NULL, "tri-courriers" },
        { "{\"match\": {\"times\": 1, \"nth\": 2}, \"do\": {\"status\": 500}}", CURLE_OK, 200, NULL, "tri-courriers" },
};
/* clang-format on */

static void cloudsim_plays_faults(void **state)
{
        const struct question q = cloudsim_list_endpoints(SMALL_KEY, "{}");

        START("small");
        for (size_t i = 0; i < ELEMENTSOF(faults); i++) {
                struct answer a;

                assert_int_equal(cloudsim_clear_faults(c), 0);
                assert_int_equal(cloudsim_add_faults(c, faults[i].fault), 0);
                a = cloudsim_ask(c, &q);
                if (a.code != faults[i].code || a.status != faults[i].status)
                        print_error("%s: %d %ld\n", faults[i].fault, a.code, a.status);
                assert_int_equal(a.code, faults[i].code);
                assert_int_equal(a.status, faults[i].status);
                if (faults[i].head)
                        assert_non_null(strstr(buffer_text(&a.head), faults[i].head));
                assert_non_null(strstr(buffer_text(&a.body), faults[i].says));
                answer_done(&a);
        }
        STOP();
}

static void cloudsim_resets_connections(void **state)
{
        const struct question q = cloudsim_list_endpoints(SMALL_KEY, "{}");
        struct answer a;

        START("small");
        assert_int_equal(cloudsim_add_faults(c, "{\"do\": {\"reset\": true}}"), 0);
        a = cloudsim_ask(c, &q);
        assert_int_not_equal(a.code, CURLE_OK);
        assert_int_equal(a.status, 0);
        answer_done(&a);
        STOP();
}

static void cloudsim_plays_lists_without_end(void **state)
{
        const struct question q = cloudsim_list_endpoints(PAGING_KEY, "{}");
        char first[64], again[256];
        struct question next = q;
        size_t pages;
        struct answer a;

        START("paging");
        assert_int_equal(cloudsim_add_faults(c, "{\"do\": {\"endless_token\": true}}"), 0);
        (void)cloudsim_walk(c, q, "Endpoints", &pages);
        assert_int_equal(pages, 20);
        assert_int_equal(cloudsim_clear_faults(c), 0);
        assert_int_equal(cloudsim_add_faults(c, "{\"do\": {\"repeat_token\": true}}"), 0);
        a = cloudsim_ask(c, &q);
        (void)snprintf(first, sizeof(first), "%s", json_member_string(a.json, "NextToken"));
        answer_done(&a);
        (void)snprintf(again, sizeof(again), "{\"NextToken\": \"%s\"}", first);
        next.body = again;
        cloudsim_expect(c, &next, 200, first);
        STOP();
}

static void cloudsim_strikes_the_second_page_only(void **state)
{
        struct question q = cloudsim_list_endpoints(PAGING_KEY, "{}");
        char body[256];
        struct answer a;

        START("paging");
        assert_int_equal(
                cloudsim_add_faults(c, "{\"match\": {\"page\": 2}, \"do\": {\"denied\": true}}"),
                0);
        a = cloudsim_ask(c, &q);
        assert_int_equal(a.status, 200);
        (void)snprintf(body, sizeof(body), "{\"NextToken\": \"%s\"}",
                       json_member_string(a.json, "NextToken"));
        answer_done(&a);
        q.body = body;
        cloudsim_expect(c, &q, 400, "AccessDeniedException");
        STOP();
}

static void cloudsim_counts_calls(void **state)
{
        const struct question q = cloudsim_list_endpoints(SMALL_KEY, "{}");
        json_t *log;

        START("small");
        cloudsim_expect(c, &q, 200, NULL);
        assert_int_equal(
                cloudsim_add_faults(c, "{\"match\": {\"times\": 2}, \"do\": {\"denied\": true}}"),
                0);
        cloudsim_expect(c, &q, 400, "AccessDenied");
        assert_int_equal(cloudsim_counter(c, "repeated_after_denial"), 0);
        cloudsim_expect(c, &q, 400, "AccessDenied");
        assert_int_equal(cloudsim_counter(c, "repeated_after_denial"), 1);
        assert_int_equal(cloudsim_calls(c, "sagemaker", "ListEndpoints", 200), 1);
        assert_int_equal(cloudsim_calls(c, "sagemaker", "ListEndpoints", 400), 2);
        assert_int_equal(cloudsim_calls(c, "sagemaker", NULL, 0), 3);
        assert_int_equal(cloudsim_calls(c, "bedrock", NULL, 0), 0);
        log = cloudsim_log(c);
        assert_int_equal(json_array_size(log), 3);
        assert_string_equal(json_member_string(json_array_get(log, 0), "operation"),
                            "ListEndpoints");
        json_decref(log);
        assert_int_equal(cloudsim_reset(c), 0);
        assert_int_equal(cloudsim_counter(c, "requests"), 0);
        STOP();
}

static void cloudsim_watches_budgets(void **state)
{
        const struct question q = cloudsim_list_endpoints(SMALL_KEY, "{}");
        struct cloudsim *c = cloudsim_start(
                "tests/worlds/small",
                (const char *const[]){ "--set",
                                       "budgets=[{\"match\": {\"service\": \"sagemaker\"}, "
                                       "\"per_second\": 0.001, \"burst\": 2, \"throttle\": true}]",
                                       NULL });

        assert_non_null(c);
        cloudsim_expect(c, &q, 200, NULL);
        cloudsim_expect(c, &q, 200, NULL);
        cloudsim_expect(c, &q, 400, "ThrottlingException");
        assert_int_equal(cloudsim_counter(c, "budget_violations"), 1);
        STOP();
}

/* A call to the plain listener. */
static void expect_plain(struct cloudsim *c, struct question q, long status, const char *says)
{
        char url[256];

        (void)snprintf(url, sizeof(url), "%s%s", cloudsim_http_url(c), q.url);
        q.url = url;
        cloudsim_expect(c, &q, status, says);
}

static void cloudsim_plays_instance_metadata(void **state)
{
        static const char roles[] = "/latest/meta-data/iam/security-credentials/";
        struct question q = { .url = roles };
        char header[128], url[128];
        struct answer a;

        START("paging");
        expect_plain(c, q, 401, NULL);
        (void)snprintf(url, sizeof(url), "%s/latest/api/token", cloudsim_http_url(c));
        a = cloudsim_ask(c, &(struct question){
                                    .method = "PUT",
                                    .url = url,
                                    .headers = { "X-aws-ec2-metadata-token-ttl-seconds: 21600" } });
        assert_int_equal(a.status, 200);
        (void)snprintf(header, sizeof(header), "X-aws-ec2-metadata-token: %s",
                       buffer_text(&a.body));
        answer_done(&a);
        q.headers[0] = header;
        expect_plain(c, q, 200, "vigie-machine");
        q.url = "/latest/meta-data/iam/security-credentials/vigie-machine";
        expect_plain(c, q, 200, "\"AccessKeyId\":\"ASIA");
        q.url = "/latest/dynamic/instance-identity/document";
        expect_plain(c, q, 200, "\"accountId\":\"111122223333\"");
        STOP();
}

static void cloudsim_plays_container_and_sign_on(void **state)
{
        struct question q = { .url = "/creds" };

        START("paging");
        expect_plain(c, q, 401, NULL);
        q.headers[0] = "Authorization: jeton-du-conteneur";
        expect_plain(c, q, 200, "\"Token\":");
        q = (struct question){
                .url = "https://portal.sso.eu-west-3.amazonaws.com/federation/credentials"
                       "?account_id=111122223333&role_name=vigie-lecture",
                .headers = { "x-amz-sso_bearer_token: perdu" },
        };
        cloudsim_expect(c, &q, 401, "Session token");
        q.headers[0] = "x-amz-sso_bearer_token: sso-acces";
        cloudsim_expect(c, &q, 200, "\"roleCredentials\":");
        q = (struct question){
                .url = "https://oidc.eu-west-3.amazonaws.com/token",
                .body = "{\"clientId\":\"client\",\"clientSecret\":\"secret-du-client\","
                        "\"grantType\":\"refresh_token\",\"refreshToken\":\"sso-renouvellement\"}",
                .headers = { "Content-Type: application/json" },
        };
        cloudsim_expect(c, &q, 200, "\"accessToken\":\"sso-acces\"");
        q.body = "{\"grantType\":\"refresh_token\",\"refreshToken\":\"autre\"}";
        cloudsim_expect(c, &q, 400, "invalid_grant");
        STOP();
}

static void cloudsim_takes_an_endpoint_override(void **state)
{
        START("paging");
        expect_plain(c,
                     (struct question){ .url = "/agents/",
                                        .body = "{}",
                                        .headers = { "Content-Type: application/json" },
                                        .sign = "aws:amz:eu-west-3:bedrock",
                                        .key = PAGING_KEY },
                     200, "agentSummaries");
        expect_plain(c, cloudsim_scaleway("/account/v3/projects"), 200, "projet-1");
        expect_plain(c, (struct question){ .url = "/" }, 404, NULL);
        STOP();
}

static void cloudsim_invents_worlds(void **state)
{
        struct question q = cloudsim_list_endpoints(SYNTHETIC_KEY, "{\"MaxResults\": 100}");
        char first[64];
        struct answer a;

        START("synthetic");
        a = cloudsim_ask(c, &q);
        assert_int_equal(json_array_size(json_object_get(a.json, "Endpoints")), 100);
        (void)snprintf(first, sizeof(first), "%s", json_member_string(a.json, "NextToken"));
        answer_done(&a);
        cloudsim_expect(c, &q, 200, first); /* the same question, the same answer */
        q.headers[1] = "X-Amz-Target: SageMaker.DescribeEndpoint";
        q.body = "{\"EndpointName\": \"point-0000249\"}";
        cloudsim_expect(c, &q, 200, "\"EndpointName\":\"point-0000249\"");
        cloudsim_expect(c, &q, 200, "config-0000249");
        q.body = "{\"EndpointName\": \"point-0000250\"}";
        cloudsim_expect(c, &q, 400, "Could not find");
        q = (struct question){
                .url = "https://api.scaleway.com/inference/v1/regions/fr-par/deployments"
                       "?page=3&page_size=100",
                .headers = { "X-Auth-Token: 10000000-0000-4000-8000-00000000feed" },
        };
        a = cloudsim_ask(c, &q);
        assert_int_equal(json_array_size(json_object_get(a.json, "deployments")), 50);
        answer_done(&a);
        STOP();
}

static void write_world(const char *path, const char *text)
{
        FILE *f = fopen(path, "w");

        assert_non_null(f);
        assert_true(fputs(text, f) >= 0);
        assert_int_equal(fclose(f), 0);
}

#define WORLD_HEAD                                                                                 \
        "aws:\n  accounts:\n    \"111122223333\":\n      keys: [{access_key: "                     \
        "AKIASMALLWORLD000001, "                                                                   \
        "secret_key: \"small/world/secret/key+not/a/real/one000\"}]\n"

/* clang-format off */
static const struct {
        const char *text, *says;
} bad_worlds[] = {
        { "aws: {accounts: {}}\nclouds: {}\n", ":2:1: clouds: unknown key" },
        { WORLD_HEAD "      regions: {enabled: eu-west-3}\n", ":5:17: enabled: must be a list" },
        { WORLD_HEAD, ": regions: is missing" },
        { "aws:\n  accounts:\n    \"12\": {regions: {enabled: []}}\n", ":3:5: 12: an account is" },
        { "aws: {accounts: [\n", "world.yaml:2" },
        { "faults: [{do: {statsu: 500}}]\n", "unknown key \"statsu\"" },
};
/* clang-format on */

static void cloudsim_refuses_bad_worlds(void **state)
{
        char directory[] = "/tmp/test-cloudsim-XXXXXX", path[64], message[1024];

        assert_non_null(mkdtemp(directory));
        (void)snprintf(path, sizeof(path), "%s/world.yaml", directory);
        for (size_t i = 0; i < ELEMENTSOF(bad_worlds); i++) {
                write_world(path, bad_worlds[i].text);
                assert_int_equal(cloudsim_refused(directory, NULL, message, sizeof(message)), 2);
                if (!strstr(message, bad_worlds[i].says))
                        print_error("%s", message);
                assert_non_null(strstr(message, bad_worlds[i].says));
        }
        (void)unlink(path);
        assert_int_equal(cloudsim_refused(directory, NULL, message, sizeof(message)), 2);
        assert_int_equal(cloudsim_refused("tests/worlds/small",
                                          (const char *const[]){ "--listen", "0.0.0.0:0", NULL },
                                          message, sizeof(message)),
                         2);
        assert_non_null(strstr(message, "loopback"));
        (void)rmdir(directory);
}

static void cloudsim_reads_an_edited_world(void **state)
{
        static const char region[] = "      regions: {enabled: [eu-west-3]}\n      services:\n";
        const struct question q = cloudsim_list_endpoints(SMALL_KEY, "{}");
        char directory[] = "/tmp/test-cloudsim-XXXXXX", path[64];
        struct cloudsim *c;
        char text[1024];

        assert_non_null(mkdtemp(directory));
        (void)snprintf(path, sizeof(path), "%s/world.yaml", directory);
        (void)snprintf(text, sizeof(text), "%s%s        eu-west-3: {}\n", WORLD_HEAD, region);
        write_world(path, text);
        c = cloudsim_start(directory, NULL);
        assert_non_null(c);
        cloudsim_expect(c, &q, 200, "{\"Endpoints\":[]}");
        (void)snprintf(text, sizeof(text),
                       "%s%s        eu-west-3: {sagemaker: {ListEndpoints: {Endpoints: "
                       "[{EndpointName: nouveau}]}}}\n",
                       WORLD_HEAD, region);
        write_world(path, text);
        assert_int_equal(cloudsim_reload(c), 0);
        cloudsim_expect(c, &q, 200, "nouveau");
        write_world(path, "aws: 1\n");
        assert_true(cloudsim_reload(c) < 0);
        cloudsim_expect(c, &q, 200, "nouveau");
        STOP();
        (void)unlink(path);
        (void)rmdir(directory);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(cloudsim_plays_faults),
                cmocka_unit_test(cloudsim_resets_connections),
                cmocka_unit_test(cloudsim_plays_lists_without_end),
                cmocka_unit_test(cloudsim_strikes_the_second_page_only),
                cmocka_unit_test(cloudsim_counts_calls),
                cmocka_unit_test(cloudsim_watches_budgets),
                cmocka_unit_test(cloudsim_plays_instance_metadata),
                cmocka_unit_test(cloudsim_plays_container_and_sign_on),
                cmocka_unit_test(cloudsim_takes_an_endpoint_override),
                cmocka_unit_test(cloudsim_invents_worlds),
                cmocka_unit_test(cloudsim_refuses_bad_worlds),
                cmocka_unit_test(cloudsim_reads_an_edited_world),
        };

        return cmocka_run_group_tests_name("cloudsim", tests, NULL, NULL);
}
