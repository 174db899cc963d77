/* The engine over TLS against cloudsim's Azure: every way to sign in and to be refused, and each
 * way of ARM to be unreadable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/base/json.h"
#include "tests/support/azure.h"
#include "tests/support/scan.h"

#define PROD "11111111-0000-4000-8000-000000000001"
#define LABO "11111111-0000-4000-8000-000000000002"
#define PROD_ACCOUNTS                                                                              \
        "/subscriptions/" PROD "/resourcegroups/prod/providers/microsoft.bench/accounts/"
#define ACCOUNTS "accounts/read"
#define DEPLOYMENTS "accounts/deployments/read"
#define NAMESPACE "Microsoft.Bench"

static const char config_format[] =
        "accounts:\n"
        "  - name: azur\n"
        "    provider: azure\n"
        "    network: {connect_to: '@CONNECT@', ca_file: '@CA@'}\n"
        "%s"
        "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 3, pages: 20}\n";

static struct cloudsim *start(const char *const *more)
{
        return cloudsim_start("tests/worlds/azure-signin", more);
}

/* A scan with what the environment has, and these lines of the account. */
static void scan(struct scan_run *run, struct cloudsim *sim, const char *options)
{
        char config[2048];

        *run = (struct scan_run){ .sink_fails_after = -1,
                                  .overrides = "tests/fixtures/azure-bench" };
        (void)snprintf(config, sizeof(config), config_format, options);
        assert_int_equal(scan_run(run, sim, config), 0);
}

static bool tells(const struct scan_run *run, const char *text)
{
        _cleanup_(freep) char *troubles = json_dumps(run->troubles, JSON_COMPACT);
        _cleanup_(freep) char *coverage = json_dumps(run->coverage, JSON_COMPACT);

        return strstr(troubles, text) || strstr(coverage, text);
}

/* Whatever happened, no secret is in what was handed over. */
static void check_no_secret(const struct scan_run *run)
{
        static const char *const secrets[] = { AZURE_TEST_SECRET,      "not-a-real-secret",
                                               "not.a_real-secret",    "eyJ0",
                                               "refresh-of-the-bench", "PRIVATE KEY" };
        const json_t *const told[] = { run->resources, run->coverage, run->troubles };

        for (size_t i = 0; i < ELEMENTSOF(told); i++) {
                _cleanup_(freep) char *text = json_dumps(told[i], JSON_COMPACT);

                for (size_t k = 0; k < ELEMENTSOF(secrets); k++)
                        assert_null(strstr(text, secrets[k]));
        }
}

static void check_all_found(const struct scan_run *run)
{
        if (json_array_size(run->troubles) > 0)
                (void)json_dumpf(run->troubles, stderr, JSON_INDENT(1));
        assert_non_null(json_object_get(run->resources, PROD_ACCOUNTS "assistant"));
        assert_non_null(
                json_object_get(run->resources, PROD_ACCOUNTS "assistant/deployments/mini"));
        assert_int_equal(json_array_size(json_object_get(run->by_kind, "azure.bench.account")), 3);
        assert_int_equal(json_array_size(run->troubles), 0);
        check_no_secret(run);
}

/* ---- what is there --------------------------------------------------------------------------- */

static void scan_finds_what_is_there(void **state)
{
        const char *const small_pages[] = { "--set", "settings.page_size=1", NULL };
        struct cloudsim *sim = start(small_pages);
        struct scan_run run;
        json_t *account;

        azure_test_secret();
        scan(&run, sim, "");
        check_all_found(&run);
        account = json_object_get(run.resources, PROD_ACCOUNTS "assistant");
        assert_string_equal(json_member_string(account, "region"), "swedencentral");
        assert_string_equal(json_member_string(account, "scope"), PROD);
        assert_true(cloudsim_pages(sim, NAMESPACE, ACCOUNTS) >= 2);
        assert_int_equal(cloudsim_calls(sim, "login", "token", 200), 1);
        scan_run_done(&run);
        assert_int_equal(cloudsim_stop(sim), 0);
}

/* ---- signing in ------------------------------------------------------------------------------ */

static void scan_signs_in_with_a_certificate(void **state)
{
        char certificate[600], path[512];
        const char *const more[] = { "--set", certificate, NULL };
        struct cloudsim *sim;
        struct scan_run run;

        azure_test_secret();
        (void)unsetenv("AZURE_CLIENT_SECRET");
        azure_test_certificate("vigie", "pass");
        azure_test_certificate("other", "pass");
        (void)snprintf(path, sizeof(path), "%s/vigie.pfx", getenv("HOME"));
        (void)snprintf(certificate, sizeof(certificate),
                       "azure.tenants." AZURE_TEST_TENANT
                       ".applications.0.certificates=[\"%s/vigie.crt\"]",
                       getenv("HOME"));
        sim = start(more);
        (void)setenv("AZURE_CLIENT_CERTIFICATE_PATH", path, 1);
        (void)setenv("AZURE_CLIENT_CERTIFICATE_PASSWORD", "pass", 1);
        scan(&run, sim, "");
        check_all_found(&run);
        scan_run_done(&run);
        /* one that is not registered */
        (void)snprintf(path, sizeof(path), "%s/other.pem", getenv("HOME"));
        (void)setenv("AZURE_CLIENT_CERTIFICATE_PATH", path, 1);
        scan(&run, sim, "");
        assert_true(tells(&run, "the certificate is not registered"));
        assert_int_equal(json_object_size(run.resources), 0);
        check_no_secret(&run);
        scan_run_done(&run);
        (void)unsetenv("AZURE_CLIENT_CERTIFICATE_PATH");
        (void)unsetenv("AZURE_CLIENT_CERTIFICATE_PASSWORD");
        assert_int_equal(cloudsim_stop(sim), 0);
}

/* {"alg":"RS256"}.claims.x: nobody here verifies another issuer's signature. */
static const char *federated_token(const char *issuer, const char *subject)
{
        static char token[1200];
        char claims[512];
        unsigned char text[1024];

        (void)snprintf(claims, sizeof(claims),
                       "{\"iss\":\"%s\",\"sub\":\"%s\",\"aud\":\"api://AzureADTokenExchange\","
                       "\"exp\":%lld}",
                       issuer, subject, (long long)time(NULL) + 3600);
        while (strlen(claims) % 3 != 0)
                (void)strcat(claims, " ");
        (void)EVP_EncodeBlock(text, (const unsigned char *)claims, (int)strlen(claims));
        (void)snprintf(token, sizeof(token), "eyJhbGciOiJSUzI1NiJ9.%s.c2lnbmF0dXJl", text);
        return token;
}

static void scan_signs_in_with_a_federated_token(void **state)
{
        static const struct {
                const char *issuer, *subject, *told; /* NULL: taken */
        } tokens[] = {
                { "https://oidc.hexagone.example", "system:serviceaccount:watch:vigie", NULL },
                { "https://oidc.hexagone.example", "system:serviceaccount:watch:autre",
                  "does not trust the subject" },
                { "https://oidc.example", "system:serviceaccount:watch:vigie",
                  "does not trust the issuer" },
        };
        struct cloudsim *sim = start(NULL);

        azure_test_secret();
        (void)unsetenv("AZURE_CLIENT_SECRET");
        for (size_t i = 0; i < ELEMENTSOF(tokens); i++) {
                struct scan_run run;

                (void)setenv("AZURE_FEDERATED_TOKEN_FILE",
                             azure_test_file("token",
                                             federated_token(tokens[i].issuer, tokens[i].subject)),
                             1);
                scan(&run, sim, "");
                if (tokens[i].told)
                        assert_true(tells(&run, tokens[i].told));
                else
                        check_all_found(&run);
                scan_run_done(&run);
        }
        (void)unsetenv("AZURE_FEDERATED_TOKEN_FILE");
        assert_int_equal(cloudsim_stop(sim), 0);
}

static void scan_signs_in_with_the_machine_or_a_login(void **state)
{
        static const char *const app_service[] = {
                "--set", "azure.tenants." AZURE_TEST_TENANT ".managed_identity.kind=app_service",
                "--set",
                "azure.tenants." AZURE_TEST_TENANT
                ".managed_identity.header=header-not-a-real-secret",
                NULL
        };
        struct cloudsim *sim = start(NULL);
        char lines[256];
        struct scan_run run;

        (void)unsetenv("AZURE_CLIENT_ID");
        (void)unsetenv("AZURE_CLIENT_SECRET");
        (void)setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", cloudsim_http_url(sim), 1);
        scan(&run, sim, "    managed_identity: system\n");
        check_all_found(&run);
        scan_run_done(&run);
        scan(&run, sim, "    managed_identity: eeee0000-0000-4000-8000-000000000001\n");
        assert_true(tells(&run, "has no managed identity"));
        scan_run_done(&run);
        (void)unsetenv("AZURE_POD_IDENTITY_AUTHORITY_HOST");
        assert_int_equal(cloudsim_stop(sim), 0);

        sim = start(app_service);
        (void)snprintf(lines, sizeof(lines), "%s/msi/token", cloudsim_http_url(sim));
        (void)setenv("IDENTITY_ENDPOINT", lines, 1);
        (void)setenv("IDENTITY_HEADER", "header-not-a-real-secret", 1);
        scan(&run, sim, "");
        check_all_found(&run);
        scan_run_done(&run);
        (void)unsetenv("IDENTITY_ENDPOINT");
        (void)unsetenv("IDENTITY_HEADER");

        (void)azure_test_file(".azure/azureProfile.json",
                              "{\"subscriptions\":[{\"id\":\"s\",\"isDefault\":true,\"tenantId\":"
                              "\"" AZURE_TEST_TENANT "\",\"environmentName\":\"AzureCloud\","
                              "\"user\":{\"name\":\"marie\",\"type\":\"user\"}}]}");
        (void)azure_test_file(".azure/msal_token_cache.json",
                              "{\"RefreshToken\":{\"r\":{\"home_account_id\":\"h\",\"client_id\":"
                              "\"04b07795-8ddb-461a-bbee-02f9e1bf7b46\",\"secret\":"
                              "\"refresh-of-the-bench\"}}}");
        (void)unsetenv("AZURE_TENANT_ID");
        scan(&run, sim, "");
        check_all_found(&run);
        scan_run_done(&run);
        (void)unlink(azure_test_file(".azure/azureProfile.json", ""));
        (void)snprintf(lines, sizeof(lines), "    tenant: hexagone.example\n");
        azure_test_secret();
        scan(&run, sim, lines); /* a domain is as good as the id */
        check_all_found(&run);
        scan_run_done(&run);
        assert_int_equal(cloudsim_stop(sim), 0);
}

static void scan_that_is_refused_says_why(void **state)
{
        static const struct {
                const char *tenant, *client, *secret, *fault, *told;
        } cases[] = {
                { AZURE_TEST_TENANT, AZURE_TEST_CLIENT, "wrong-not-a-real-secret", NULL,
                  "the client secret is wrong (AADSTS7000215" },
                { AZURE_TEST_TENANT, AZURE_TEST_CLIENT, "Zq8~old.not.a_real-secret", NULL,
                  "the client secret has expired (AADSTS7000222" },
                { AZURE_TEST_TENANT, "cccc", AZURE_TEST_SECRET, NULL,
                  "the tenant has no such application (AADSTS700016" },
                { "no-such-tenant.example", AZURE_TEST_CLIENT, AZURE_TEST_SECRET, NULL,
                  "the tenant does not exist (AADSTS90002" },
                { AZURE_TEST_TENANT, AZURE_TEST_CLIENT, AZURE_TEST_SECRET, "{\"status\": 503}",
                  "the token endpoint login.microsoftonline.com is busy or down (HTTP 503)" },
                { AZURE_TEST_TENANT, AZURE_TEST_CLIENT, AZURE_TEST_SECRET, "{\"reset\": true}",
                  "the token endpoint login.microsoftonline.com does not answer" },
                { AZURE_TEST_TENANT, AZURE_TEST_CLIENT, AZURE_TEST_SECRET, "{\"html\": true}",
                  "no JSON" },
                { AZURE_TEST_TENANT, AZURE_TEST_CLIENT, AZURE_TEST_SECRET,
                  "{\"status\": 401, \"code\": \"53003\"}", "CA policy" },
        };
        struct cloudsim *sim = start(NULL);

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(freep) char *fault = NULL;
                struct scan_run run;

                (void)setenv("AZURE_TENANT_ID", cases[i].tenant, 1);
                (void)setenv("AZURE_CLIENT_ID", cases[i].client, 1);
                (void)setenv("AZURE_CLIENT_SECRET", cases[i].secret, 1);
                assert_true(asprintf(&fault, "{\"match\": {\"service\": \"login\"}, \"do\": %s}",
                                     cases[i].fault ? cases[i].fault : "{}") > 0);
                assert_int_equal(cloudsim_add_faults(sim, fault), 0);
                scan(&run, sim, "");
                if (!tells(&run, cases[i].told)) {
                        (void)json_dumpf(run.troubles, stderr, JSON_INDENT(1));
                        fail_msg("%s is not told", cases[i].told);
                }
                assert_int_equal(json_object_size(run.resources), 0);
                check_no_secret(&run);
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(sim), 0);
        }
        assert_int_equal(cloudsim_stop(sim), 0);
}

/* A token that ends in the middle is renewed, and nothing is lost. */
static void scan_renews_an_expired_token(void **state)
{
        struct cloudsim *sim = start(NULL);
        struct scan_run run;

        azure_test_secret();
        assert_int_equal(
                cloudsim_add_faults(sim, "{\"match\": {\"operation\": \"" DEPLOYMENTS
                                         "\", \"times\": 1}, \"do\": {\"expire_token\": true}}"),
                0);
        scan(&run, sim, "");
        check_all_found(&run);
        assert_true(cloudsim_calls(sim, "login", "token", 200) >= 2);
        scan_run_done(&run);
        assert_int_equal(cloudsim_stop(sim), 0);
}

/* ---- being unreadable ------------------------------------------------------------------------ */

static void scan_unreadable_is_never_ok(void **state)
{
        static const struct {
                const char *operation, *fault, *collector, *expected, *cause;
        } cases[] = {
                { ACCOUNTS, "{\"denied\": true}", "azure.bench.account", "denied",
                  "needs Microsoft.Bench/accounts/read" },
                { DEPLOYMENTS, "{\"denied\": true}", "azure.bench.deployment", "denied",
                  "AuthorizationFailed" },
                { ACCOUNTS, "{\"status\": 429, \"retry_after\": 0}", "azure.bench.account",
                  "throttled", "" },
                { ACCOUNTS, "{\"status\": 503}", "azure.bench.account", "failed", "" },
                { ACCOUNTS, "{\"truncate\": true}", "azure.bench.account", "failed", "" },
                { ACCOUNTS, "{\"garbage\": true}", "azure.bench.account", "failed", "" },
                { ACCOUNTS, "{\"html\": true}", "azure.bench.account", "failed", "web page" },
                { ACCOUNTS, "{\"api_off\": true}", "azure.bench.account", "off",
                  "MissingSubscriptionRegistration" },
                { ACCOUNTS, "{\"region_off\": true}", "azure.bench.account", "absent", "" },
                { ACCOUNTS, "{\"status\": 404, \"code\": \"ResourceNotFound\"}",
                  "azure.bench.account", "failed", "ResourceNotFound" },
                { ACCOUNTS, "{\"endless_token\": true}", "azure.bench.account", "failed", "" },
        };
        struct cloudsim *sim = start(NULL);

        azure_test_secret();
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(freep) char *fault = NULL;
                struct scan_run run;

                assert_true(asprintf(&fault,
                                     "{\"match\": {\"service\": \"" NAMESPACE
                                     "\", \"operation\": \"%s\", \"account\": \"" PROD
                                     "\"}, \"do\": %s}",
                                     cases[i].operation, cases[i].fault) > 0);
                assert_int_equal(cloudsim_add_faults(sim, fault), 0);
                scan(&run, sim, "    scopes: [" PROD "]\n");
                if (strcmp(scan_run_state(&run, cases[i].collector, ""), cases[i].expected) != 0 ||
                    !strstr(scan_run_cause(&run, cases[i].collector, ""), cases[i].cause)) {
                        (void)json_dumpf(run.coverage, stderr, JSON_INDENT(1));
                        fail_msg("%s", cases[i].fault);
                }
                assert_int_equal(cloudsim_counter(sim, "repeated_after_denial"), 0);
                check_no_secret(&run);
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(sim), 0);
        }
        assert_int_equal(cloudsim_stop(sim), 0);
}

/* A next page somewhere else is not asked for, and what it holds is not known; one behind an empty
 * page is. */
static void scan_follows_links_to_arm_alone(void **state)
{
        const char *const small_pages[] = { "--set", "settings.page_size=1", NULL };
        struct cloudsim *sim = start(small_pages);
        struct scan_run run;

        azure_test_secret();
        assert_int_equal(cloudsim_add_faults(sim, "{\"match\": {\"operation\": \"" ACCOUNTS
                                                  "\", \"page\": 1}, \"do\": {\"empty_page\": "
                                                  "true}}"),
                         0);
        scan(&run, sim, "");
        check_all_found(&run);
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(sim), 0);
        assert_int_equal(cloudsim_add_faults(sim, "{\"match\": {\"operation\": \"" ACCOUNTS
                                                  "\"}, \"do\": {\"foreign_link\": true}}"),
                         0);
        scan(&run, sim, "    scopes: [" PROD "]\n");
        assert_string_equal(scan_run_state(&run, "azure.bench.account", ""), "failed");
        assert_non_null(
                strstr(scan_run_cause(&run, "azure.bench.account", ""), "management.example.com"));
        assert_int_equal(cloudsim_calls(sim, NAMESPACE, ACCOUNTS, 0), 1);
        scan_run_done(&run);
        assert_int_equal(cloudsim_stop(sim), 0);
}

/* Refused versions are replaced; where none is left, nothing looks read. */
static void scan_falls_back_to_older_versions(void **state)
{
        static const struct {
                const char *known, *expected;
        } worlds[] = {
                { "azure.api_versions={\"microsoft.bench\": [\"2024-10-01\"]}", "ok" },
                { "azure.api_versions={\"Microsoft.Bench\": [\"2023-05-01\"]}", "failed" },
        };

        azure_test_secret();
        for (size_t i = 0; i < ELEMENTSOF(worlds); i++) {
                const char *const more[] = { "--set", worlds[i].known, NULL };
                struct cloudsim *sim = start(more);
                struct scan_run run;

                scan(&run, sim, "");
                assert_string_equal(scan_run_state(&run, "azure.bench.account", ""),
                                    worlds[i].expected);
                if (i == 0)
                        check_all_found(&run);
                else
                        assert_true(tells(&run, "api-version"));
                scan_run_done(&run);
                assert_int_equal(cloudsim_stop(sim), 0);
        }
}

/* Less than all: one subscription of two, one action of two. */
static void scan_of_a_narrow_role_says_what_it_lacks(void **state)
{
        struct cloudsim *sim = start(NULL);
        struct scan_run run;

        azure_test_secret();
        (void)setenv("AZURE_CLIENT_ID", "bbbb0000-0000-4000-8000-000000000002", 1);
        (void)setenv("AZURE_CLIENT_SECRET", "narrow-not-a-real-secret", 1);
        scan(&run, sim, "");
        assert_non_null(json_object_get(run.resources, PROD_ACCOUNTS "vision"));
        assert_string_equal(scan_run_state(&run, "azure.bench.account", ""), "denied");
        assert_string_equal(scan_run_state(&run, "azure.bench.deployment", ""), "denied");
        assert_true(tells(&run, "needs Microsoft.Insights/diagnosticSettings/read"));
        check_no_secret(&run);
        scan_run_done(&run);
        /* a subscription that is named, and not to be seen */
        scan(&run, sim, "    scopes: [" LABO "]\n");
        assert_string_equal(scan_run_state(&run, "azure.bench.account", ""), "denied");
        assert_true(tells(&run, "not visible"));
        scan_run_done(&run);
        assert_int_equal(cloudsim_stop(sim), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(scan_finds_what_is_there),
                cmocka_unit_test(scan_signs_in_with_a_certificate),
                cmocka_unit_test(scan_signs_in_with_a_federated_token),
                cmocka_unit_test(scan_signs_in_with_the_machine_or_a_login),
                cmocka_unit_test(scan_that_is_refused_says_why),
                cmocka_unit_test(scan_renews_an_expired_token),
                cmocka_unit_test(scan_unreadable_is_never_ok),
                cmocka_unit_test(scan_follows_links_to_arm_alone),
                cmocka_unit_test(scan_falls_back_to_older_versions),
                cmocka_unit_test(scan_of_a_narrow_role_says_what_it_lacks),
        };

        return cmocka_run_group_tests(tests, azure_test_enter, azure_test_leave);
}
