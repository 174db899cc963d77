/* How calls are written, and where the token never goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "daemon/base/json.h"
#include "tests/support/azure.h"

#define ARM "https://management.azure.com"
#define BEARER "Authorization: Bearer " AZURE_TEST_TOKEN

static struct service service = { .id = (char *)"azure.x", .version = (char *)"2026-09-01" };

static const struct azure_test_step signed_in = { .reply = AZURE_TEST_TOKEN_REPLY };

static void open_signed_in(struct azure_test *t, const char *options, const char *endpoint)
{
        azure_test_secret();
        assert_int_equal(azure_test_open(t, options), 0);
        if (endpoint) {
                azure_provider.account_free(t->account);
                t->config.endpoint = (char *)endpoint;
                t->account = NULL;
                assert_int_equal(azure_provider.account_new(&t->account, &t->config, NULL, &t->err),
                                 0);
        }
        assert_int_equal(azure_test_sign_in(t, &signed_in, 1, AZURE_TEST_NOW_USEC), 0);
}

/* The request as text, or the error; the caller frees. */
static char *write_call(struct azure_test *t, const struct call_instance *like, int *ret_code)
{
        struct call call = { .name = (char *)"List", .service = &service };
        struct call_instance instance = *like;
        struct message_request req = { 0 };
        struct error err = { 0 };
        char *text;

        if (instance.call) /* a method */
                call.method = instance.call->method;
        instance.call = &call;
        *ret_code = azure_provider.request(t->account, &instance, AZURE_TEST_NOW_USEC, &req, &err);
        text = *ret_code < 0 ? strdup(err.text) : azure_test_request_text(&req);
        message_request_done(&req);
        return text;
}

static void check(struct azure_test *t, const struct call_instance *call, const char *const *wanted)
{
        int r;
        _cleanup_(freep) char *text = write_call(t, call, &r);

        if (r < 0)
                fail_msg("%s", text);
        for (; *wanted; wanted++)
                if (!strstr(text, *wanted))
                        fail_msg("'%s' is not in:\n%s", *wanted, text);
}

static void check_refused(struct azure_test *t, const struct call_instance *call, int code,
                          const char *wanted)
{
        int r;
        _cleanup_(freep) char *text = write_call(t, call, &r);

        assert_int_equal(r, code);
        if (!strstr(text, wanted) || strstr(text, AZURE_TEST_TOKEN))
                fail_msg("'%s' is not in: %s", wanted, text);
}

static void request_has_version_and_token(void **state)
{
        json_auto_t *query = json_pack("{s:s, s:s}", "$filter", "a eq 'b'", "$top", "100");
        json_auto_t *own = json_pack("{s:s}", "api-version", "2020-01-01");
        json_auto_t *body = json_pack("{s:s}", "query", "resources");
        json_auto_t *headers = json_pack("{s:s}", "x-ms-effective-locale", "en");
        struct call post = { .method = (char *)"POST" };
        struct azure_test t;

        open_signed_in(&t, "", NULL);
        check(&t,
              &(struct call_instance){
                      .host = "management.azure.com", .path = "/subscriptions", .query = query },
              (const char *const[]){ "GET " ARM "/subscriptions?%24filter=a%20eq%20%27b%27&%24top="
                                     "100&api-version=2026-09-01\n",
                                     BEARER, "Accept: application/json", NULL });
        check(&t,
              &(struct call_instance){ .host = "MANAGEMENT.azure.com", .path = "/a", .query = own },
              (const char *const[]){ "GET " ARM "/a?api-version=2020-01-01\n", NULL });
        check(&t,
              &(struct call_instance){ .call = &post,
                                       .host = "management.azure.com",
                                       .path = "/g",
                                       .body = body,
                                       .headers = headers },
              (const char *const[]){ "POST " ARM "/g?api-version=2026-09-01\n",
                                     "Content-Type: application/json", "x-ms-effective-locale: en",
                                     "{\"query\":\"resources\"}", NULL });
        azure_test_close(&t);
}

static void request_keeps_the_token_at_arm(void **state)
{
        static const char *const hosts[] = { "example.com", "management.azure.com.example.com",
                                             "management.azure.com@example.com",
                                             "management.usgovcloudapi.net", "" };
        struct azure_test t;

        open_signed_in(&t, "", NULL);
        for (size_t i = 0; i < ELEMENTSOF(hosts); i++)
                check_refused(&t, &(struct call_instance){ .host = hosts[i], .path = "/a" },
                              -EINVAL, "the token stays here");
        check_refused(&t, &(struct call_instance){ .host = "management.azure.com", .path = "a" },
                      -EINVAL, "does not begin with '/'");
        azure_test_close(&t);
}

static void request_follows_links_to_arm_alone(void **state)
{
        static const struct {
                const char *link, *url; /* NULL: refused */
        } links[] = {
                { ARM "/a?api-version=1&%24skiptoken=x%3D",
                  "/a?api-version=1&%24skiptoken=x%3D\n" },
                { "https://management.azure.com:443/a?b", "/a?b\n" },
                { "HTTPS://Management.Azure.Com/A?b", "/A?b\n" },
                { "http://management.azure.com/a", NULL },
                { "https://management.example.com/a", NULL },
                { "https://management.azure.com@example.com/a", NULL },
                { "https://example.com/management.azure.com", NULL },
                { "https://management.azure.com.example.com/a", NULL },
                { "https://management.azure.com:8443/a", NULL },
                { "//management.azure.com/a", NULL },
                { "/a", NULL },
                { "https://management.azure.com", NULL },
                { "https://management.azure.com/a b", NULL },
                { "", NULL },
        };
        struct azure_test t;

        open_signed_in(&t, "", NULL);
        for (size_t i = 0; i < ELEMENTSOF(links); i++) {
                const struct call_instance call = { .host = "management.azure.com",
                                                    .path = "/a",
                                                    .url = links[i].link };
                char wanted[128];

                (void)snprintf(wanted, sizeof(wanted), "GET " ARM "%s",
                               links[i].url ? links[i].url : "");
                if (links[i].url)
                        check(&t, &call, (const char *const[]){ wanted, BEARER, NULL });
                else
                        check_refused(&t, &call, -EBADMSG, "next page");
        }
        azure_test_close(&t);
}

/* A private address in the place of ARM's: links that name either are followed there. */
static void request_goes_to_the_endpoint(void **state)
{
        static const char *const links[] = { "https://arm.hexagone.example/gate/a?b", ARM "/a?b" };
        static const char *const urls[] = { "GET https://arm.hexagone.example/gate/a?b\n",
                                            "GET https://arm.hexagone.example/gate/a?b\n" };
        struct azure_test t;

        open_signed_in(&t, "", "https://arm.hexagone.example/gate");
        check(&t, &(struct call_instance){ .host = "arm.hexagone.example", .path = "/a" },
              (const char *const[]){ "GET https://arm.hexagone.example/gate/a?api-version=",
                                     NULL });
        assert_string_equal(azure_provider.variable(t.account, NULL, NULL, "arm"),
                            "arm.hexagone.example");
        for (size_t i = 0; i < ELEMENTSOF(links); i++)
                check(&t,
                      &(struct call_instance){
                              .host = "arm.hexagone.example", .path = "/a", .url = links[i] },
                      (const char *const[]){ urls[i], NULL });
        azure_test_close(&t);
}

static void ids_and_locations_compare(void **state)
{
        static const struct {
                const char *spelled, *code;
        } places[] = { { "West Europe", "westeurope" }, { "westeurope", "westeurope" },
                       { "Global", "global" },          { "", "" },
                       { "UAE North", "uaenorth" },     { " East US 2 ", "eastus2" } };
        _cleanup_(freep) char *id = NULL;
        struct azure_test t;
        char text[32];

        open_signed_in(&t, "", NULL);
        id = azure_provider.id_key(t.account, NULL, "/Subscriptions/A/resourceGroups/RG/");
        assert_string_equal(id, "/subscriptions/a/resourcegroups/rg");
        assert_true(azure_provider.ids_are_keys);
        for (size_t i = 0; i < ELEMENTSOF(places); i++) {
                (void)snprintf(text, sizeof(text), "%s", places[i].spelled);
                azure_provider.region_code(text);
                assert_string_equal(text, places[i].code);
        }
        azure_test_close(&t);
}

static const struct {
        const char *options, *variables[2]; /* NAME=value */
        const char *authority, *arm, *error;
} clouds[] = {
        { "", { NULL }, "login.microsoftonline.com", "management.azure.com", NULL },
        { "cloud: usgovernment",
          { NULL },
          "login.microsoftonline.us",
          "management.usgovcloudapi.net",
          NULL },
        { "cloud: AzureChinaCloud",
          { NULL },
          "login.chinacloudapi.cn",
          "management.chinacloudapi.cn",
          NULL },
        { "",
          { "AZURE_CLOUD=AzureUSGovernment" },
          "login.microsoftonline.us",
          "management.usgovcloudapi.net",
          NULL },
        { "",
          { "ARM_ENVIRONMENT=china" },
          "login.chinacloudapi.cn",
          "management.chinacloudapi.cn",
          NULL },
        { "",
          { "AZURE_AUTHORITY_HOST=https://login.microsoftonline.us/" },
          "login.microsoftonline.us",
          "management.usgovcloudapi.net",
          NULL },
        { "cloud: public",
          { "AZURE_AUTHORITY_HOST=login.microsoftonline.us" },
          "login.microsoftonline.us",
          "management.azure.com",
          NULL },
        { "authority: login.partner.microsoftonline.cn",
          { NULL },
          "login.partner.microsoftonline.cn",
          "management.chinacloudapi.cn",
          NULL },
        { "cloud: german", { NULL }, NULL, NULL, "closed in October 2021" },
        { "cloud: bleu", { NULL }, NULL, NULL, "there is no cloud 'bleu'" },
        { "authority: login.sovereign.example", { NULL }, NULL, NULL, "endpoint:" },
        { "authority: 'http://login.sovereign.example'", { NULL }, NULL, NULL, "authority" },
};

static void clouds_have_their_own_hosts(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(clouds); i++) {
                struct azure_test t;
                int r;

                for (size_t k = 0; k < 2 && clouds[i].variables[k]; k++) {
                        char name[64];

                        (void)snprintf(name, sizeof(name), "%.*s",
                                       (int)strcspn(clouds[i].variables[k], "="),
                                       clouds[i].variables[k]);
                        (void)setenv(name, strchr(clouds[i].variables[k], '=') + 1, 1);
                }
                azure_test_secret();
                r = azure_test_open(&t, clouds[i].options);
                if (clouds[i].error) {
                        assert_int_equal(r, -EINVAL);
                        assert_non_null(strstr(t.err.text, clouds[i].error));
                } else {
                        assert_int_equal(r, 0);
                        assert_string_equal(
                                azure_provider.variable(t.account, NULL, NULL, "authority"),
                                clouds[i].authority);
                        assert_string_equal(azure_provider.variable(t.account, NULL, NULL, "arm"),
                                            clouds[i].arm);
                }
                azure_test_close(&t);
                (void)unsetenv("AZURE_CLOUD");
                (void)unsetenv("ARM_ENVIRONMENT");
                (void)unsetenv("AZURE_AUTHORITY_HOST");
        }
}

static void scopes_are_what_is_configured(void **state)
{
        static char *const named[] = { (char *)"1111", NULL };
        json_auto_t *scopes = json_array();
        struct azure_test t;

        open_signed_in(&t, "management_groups: [hexagone]", NULL);
        t.config.scopes = (char **)named;
        assert_int_equal(azure_provider.scopes(t.account, scopes, NULL), 0);
        assert_int_equal(json_array_size(scopes), 3);
        assert_string_equal(json_member_string(json_array_get(scopes, 0), "level"), "tenant");
        assert_string_equal(json_member_string(json_array_get(scopes, 0), "id"), AZURE_TEST_TENANT);
        assert_string_equal(json_member_string(json_array_get(scopes, 1), "id"), "hexagone");
        assert_string_equal(json_member_string(json_array_get(scopes, 2), "level"), "subscription");
        assert_null(azure_provider.variable(t.account, NULL, NULL, "no_management_groups"));
        t.config.scopes = NULL;
        azure_test_close(&t);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(request_has_version_and_token),
                cmocka_unit_test(request_keeps_the_token_at_arm),
                cmocka_unit_test(request_follows_links_to_arm_alone),
                cmocka_unit_test(request_goes_to_the_endpoint),
                cmocka_unit_test(ids_and_locations_compare),
                cmocka_unit_test(clouds_have_their_own_hosts),
                cmocka_unit_test(scopes_are_what_is_configured),
        };

        return cmocka_run_group_tests(tests, azure_test_enter, azure_test_leave);
}
