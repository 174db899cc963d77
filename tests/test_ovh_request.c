#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "tests/support/ovh.h"

#define EU "eu.api.ovh.com"
#define AIE "oai.endpoints.kepler.ai.cloud.ovh.net"
#define NOW (UINT64_C(1700000000) * USEC_PER_SEC)

static const struct {
        const char *what;
        const char *const *variables;
        const char *endpoint, *host, *path, *query, *headers, *auth;
        const char *url;
        const char *lines[6]; /* of the header, in order */
        int code;
        const char *text;
} cases[] = {
        /* the vector of the fact sheet */
        { .what = "a signature",
          .variables = ovh_key_variables,
          .host = EU,
          .path = "/v1/cloud/project",
          .url = "https://" EU "/v1/cloud/project",
          .lines = { "Accept: application/json", "X-Ovh-Application: appkey",
                     "X-Ovh-Consumer: consumer", "X-Ovh-Timestamp: 1700000000",
                     "X-Ovh-Signature: $1$5169bde19c04ce506fd407f97fc043bd4c8546c6" } },
        { .what = "what is signed is what is sent: the query, encoded",
          .variables = ovh_key_variables,
          .host = EU,
          .path = "/v1/cloud/project/p%2F1/ai/app",
          .query = "{\"size\": \"100\", \"page\": \"1\", \"labelSelector\": \"a=b c\"}",
          .url = "https://" EU "/v1/cloud/project/p%2F1/ai/app?labelSelector=a%3Db%20c&page=1&"
                 "size=100",
          .lines = { "Accept: application/json", "X-Ovh-Application: appkey",
                     "X-Ovh-Consumer: consumer", "X-Ovh-Timestamp: 1700000000",
                     "X-Ovh-Signature: $1$44b9dc496ea331076540ee1818562ce29eea0151" } },
        { .what = "version 2, by cursor, with a token",
          .variables = ovh_token_variables,
          .host = EU,
          .path = "/v2/iam/policy",
          .query = "{\"details\": \"true\"}",
          .headers = "{\"X-Pagination-Size\": \"100\", \"X-Pagination-Cursor\": \"c/1==\"}",
          .url = "https://" EU "/v2/iam/policy?details=true",
          .lines = { "Accept: application/json", "Authorization: Bearer access-token",
                     "X-Pagination-Size: 100", "X-Pagination-Cursor: c/1==" } },
        { .what = "an address of the configuration's own",
          .variables = ovh_token_variables,
          .endpoint = "http://127.0.0.1:8080/proxy/",
          .host = EU,
          .path = "/v1/me",
          .url = "http://127.0.0.1:8080/proxy/v1/me",
          .lines = { "Accept: application/json", "Authorization: Bearer access-token" } },
        { .what = "an open catalogue gets no credential",
          .variables = ovh_key_variables,
          .host = "catalog.endpoints.ai.ovh.net",
          .path = "/rest/v1/models_v2",
          .auth = "none",
          .url = "https://catalog.endpoints.ai.ovh.net/rest/v1/models_v2",
          .lines = { "Accept: application/json" } },
        { .what = "AI Endpoints without a key of its own",
          .variables = ovh_token_variables,
          .host = AIE,
          .path = "/v1/batches",
          .auth = "aie",
          .code = -EACCES,
          .text = "give systemd the credential <account>.aie_key" },
        { .what = "a host that a template made",
          .variables = ovh_token_variables,
          .host = "eu.api.ovh.com.example.net",
          .path = "/v1/me",
          .code = -EINVAL,
          .text = "'eu.api.ovh.com.example.net' is not eu.api.ovh.com: the key stays here" },
        { .what = "another continent's host",
          .variables = ovh_token_variables,
          .host = "ca.api.ovh.com",
          .path = "/v1/me",
          .code = -EINVAL,
          .text = "the key stays here" },
        { .what = "a way to show who asks that there is not",
          .variables = ovh_token_variables,
          .host = EU,
          .path = "/v1/me",
          .auth = "basic",
          .code = -EINVAL,
          .text = "must be account, none or aie, not 'basic'" },
        { .what = "a path that begins nowhere",
          .variables = ovh_token_variables,
          .host = EU,
          .path = "v1/me",
          .code = -EINVAL,
          .text = "does not begin with '/'" },
};

static void check_case(size_t i, struct message_request *req, int r, const struct error *err)
{
        size_t n = 0;

        if (r != cases[i].code)
                fail_msg("%s: %d %s", cases[i].what, r, err->text);
        if (r < 0) {
                if (!strstr(err->text, cases[i].text))
                        fail_msg("%s: %s", cases[i].what, err->text);
                return;
        }
        assert_string_equal(req->method, "GET");
        assert_string_equal(req->url, cases[i].url);
        for (; n < ELEMENTSOF(cases[i].lines) && cases[i].lines[n]; n++)
                if (n >= req->n_headers || strcmp(req->headers[n], cases[i].lines[n]) != 0)
                        fail_msg("%s: '%s', not '%s'", cases[i].what,
                                 n < req->n_headers ? req->headers[n] : "(nothing)",
                                 cases[i].lines[n]);
        assert_int_equal(req->n_headers, n);
}

static void requests_are_written_to_the_byte(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct account_config config = { .name = (char *)"lab",
                                                 .endpoint = (char *)cases[i].endpoint };
                json_auto_t *options = json_pack("{ss*}", "auth", cases[i].auth);
                struct service service = { .options = options };
                struct call of = { .service = &service };
                json_auto_t *query = cases[i].query ? json_loads(cases[i].query, 0, NULL) : NULL;
                json_auto_t *headers =
                        cases[i].headers ? json_loads(cases[i].headers, 0, NULL) : NULL;
                const struct call_instance call = { .call = &of,
                                                    .host = cases[i].host,
                                                    .path = cases[i].path,
                                                    .query = query,
                                                    .headers = headers };
                struct message_request req = { 0 };
                struct error err = { 0 };
                struct account *a;

                ovh_forget();
                ovh_set(cases[i].variables);
                a = ovh_open(&config);
                check_case(i, &req, ovh_provider.request(a, &call, NOW, &req, &err), &err);
                message_request_done(&req);
                (void)ovh_provider.account_free(a);
        }
}

/* The first page without a number, whatever the API calls it; then every number from 1. */
static void requests_miss_no_page(void **state)
{
        static const char *const urls[] = {
                "https://" EU "/v1/x?size=100",
                "https://" EU "/v1/x?page=1&size=100",
                "https://" EU "/v1/x?page=2&size=100",
        };
        const struct account_config config = { .name = (char *)"lab" };
        struct service service = { .paging = { .style = PAGING_PAGE, .request = (char *)"page" } };
        struct collector collector = { .list = { .service = &service } };
        struct account *a;

        collector.list.collector = &collector;
        ovh_forget();
        ovh_set(ovh_token_variables);
        a = ovh_open(&config);
        for (size_t i = 0; i < ELEMENTSOF(urls); i++) {
                json_auto_t *query =
                        json_pack("{so ss}", "page", json_sprintf("%zu", i + 1), "size", "100");
                const struct call_instance call = {
                        .call = &collector.list, .host = EU, .path = "/v1/x", .query = query
                };
                struct message_request req = { 0 };
                struct error err = { 0 };

                assert_int_equal(ovh_provider.request(a, &call, NOW, &req, &err), 0);
                assert_string_equal(req.url, urls[i]);
                message_request_done(&req);
        }
        (void)ovh_provider.account_free(a);
}

static void requests_have_no_body(void **state)
{
        const struct account_config config = { .name = (char *)"lab" };
        json_auto_t *body = json_object();
        const struct call_instance call = { .host = EU, .path = "/v1/me", .body = body };
        struct message_request req = { 0 };
        struct error err = { 0 };
        struct account *a;

        ovh_forget();
        ovh_set(ovh_token_variables);
        a = ovh_open(&config);
        assert_int_equal(ovh_provider.request(a, &call, NOW, &req, &err), -EINVAL);
        (void)ovh_provider.account_free(a);
}

static void an_address_must_be_one(void **state)
{
        const struct account_config config = { .name = (char *)"lab",
                                               .endpoint = (char *)"http://eu.api.ovh.com" };
        struct error err = { 0 };
        struct account *a = NULL;

        ovh_forget();
        ovh_set(ovh_token_variables);
        assert_int_equal(ovh_provider.account_new(&a, &config, NULL, &err), -EINVAL);
        assert_non_null(strstr(err.text, "must use https"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(requests_are_written_to_the_byte),
                cmocka_unit_test(requests_miss_no_page),
                cmocka_unit_test(requests_have_no_body),
                cmocka_unit_test(an_address_must_be_one),
        };

        return cmocka_run_group_tests_name("ovh request", tests, NULL, NULL);
}
