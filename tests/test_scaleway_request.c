#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "providers/provider.h"
#include "providers/scaleway/account.h"

#define SECRET "00000000-aaaa-0000-0000-000000000002"
#define NOW (UINT64_C(1795471200) * USEC_PER_SEC) /* 2026-11-23T22:00:00Z */

extern const struct provider scaleway_provider;

static int clean(void **state)
{
        static const char *const variables[] = { "SCW_API_URL", "SCW_ACCESS_KEY", "SCW_PROFILE",
                                                 "SCW_DEFAULT_ORGANIZATION_ID",
                                                 "SCW_DEFAULT_PROJECT_ID" };

        for (size_t i = 0; i < ELEMENTSOF(variables); i++)
                (void)unsetenv(variables[i]);
        assert_int_equal(setenv("SCW_SECRET_KEY", SECRET, 1), 0);
        assert_int_equal(setenv("SCW_CONFIG_PATH", "/nonexistent/config.yaml", 1), 0);
        return 0;
}

static struct account *open_account(const char *endpoint)
{
        static struct account_config config;
        struct account *a = NULL;
        struct error err = { 0 };

        config = (struct account_config){ .name = (char *)"lab", .endpoint = (char *)endpoint };
        if (scaleway_provider.account_new(&a, &config, NULL, &err) < 0)
                fail_msg("%s", err.text);
        return a;
}

/* ---- bytes -------------------------------------------------------------------------------------
 */

static const struct {
        const char *what, *endpoint, *host, *path, *query, *body, *headers, *options;
        const char *method, *url;
        const char *lines[4]; /* of the header, in order */
} cases[] = {
        { .what = "a list",
          .host = "api.scaleway.com",
          .path = "/inference/v1/regions/fr-par/deployments",
          .query = "{\"organization_id\": \"o-1\", \"page\": \"1\", \"page_size\": \"100\"}",
          .method = "GET",
          .url = "https://api.scaleway.com/inference/v1/regions/fr-par/deployments"
                 "?organization_id=o-1&page=1&page_size=100",
          .lines = { "Accept: application/json", "X-Auth-Token: " SECRET } },
        { .what = "no query at all",
          .host = "api.scaleway.com",
          .path = "/iam/v1alpha1/api-keys/SCW1",
          .method = "GET",
          .url = "https://api.scaleway.com/iam/v1alpha1/api-keys/SCW1",
          .lines = { "Accept: application/json", "X-Auth-Token: " SECRET } },
        { .what = "repeated keys, and characters that must be encoded",
          .host = "api.scaleway.com",
          .path = "/search/v1alpha1/resources",
          .query =
                  "{\"types\": [\"ifr_deployment\", \"gapi_batch\"], \"q\": \"a b&c=d/\\u00e9+~\", "
                  "\"n\": 3, \"none\": null}",
          .method = "GET",
          .url = "https://api.scaleway.com/search/v1alpha1/resources?types=ifr_deployment"
                 "&types=gapi_batch&q=a%20b%26c%3Dd%2F%C3%A9%2B~&n=3",
          .lines = { "Accept: application/json", "X-Auth-Token: " SECRET } },
        { .what = "the models' API",
          .host = "api.scaleway.ai",
          .path = "/v1/models",
          .options = "{\"auth\": \"bearer\"}",
          .method = "GET",
          .url = "https://api.scaleway.ai/v1/models",
          .lines = { "Accept: application/json", "Authorization: Bearer " SECRET } },
        { .what = "another endpoint, with a folder",
          .endpoint = "https://gate.example.org:8443/scw/",
          .host = "api.scaleway.com",
          .path = "/account/v3/projects",
          .query = "{\"page\": \"2\"}",
          .method = "GET",
          .url = "https://gate.example.org:8443/scw/account/v3/projects?page=2",
          .lines = { "Accept: application/json", "X-Auth-Token: " SECRET } },
        { .what = "the endpoint stands for every host",
          .endpoint = "http://127.0.0.1:8080",
          .host = "api.scaleway.ai",
          .path = "/v1/models",
          .options = "{\"auth\": \"bearer\"}",
          .method = "GET",
          .url = "http://127.0.0.1:8080/v1/models",
          .lines = { "Accept: application/json", "Authorization: Bearer " SECRET } },
        { .what = "a body and a header of the catalogue's",
          .host = "api.scaleway.com",
          .path = "/x",
          .body = "{\"b\": 1, \"a\": \"z\"}",
          .headers = "{\"X-Extra\": \"1\"}",
          .method = "POST",
          .url = "https://api.scaleway.com/x",
          .lines = { "Accept: application/json", "X-Auth-Token: " SECRET, "X-Extra: 1",
                     "Content-Type: application/json" } },
};

static json_t *load(const char *text)
{
        return text ? json_loads(text, 0, NULL) : NULL;
}

static void request_bytes(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                json_auto_t *query = load(cases[i].query), *body = load(cases[i].body),
                            *headers = load(cases[i].headers), *options = load(cases[i].options);
                const struct service service = { .options = options };
                const struct call call = { .service = &service };
                const struct call_instance instance = { .call = &call,
                                                        .host = cases[i].host,
                                                        .path = cases[i].path,
                                                        .query = query,
                                                        .body = body,
                                                        .headers = headers };
                struct account *a = open_account(cases[i].endpoint);
                struct message_request req = { 0 };
                struct error err = { 0 };
                size_t n = 0;

                print_message("%s\n", cases[i].what);
                assert_int_equal(scaleway_provider.request(a, &instance, NOW, &req, &err), 0);
                assert_string_equal(req.method, cases[i].method);
                assert_string_equal(req.url, cases[i].url);
                for (; n < 4 && cases[i].lines[n]; n++) {
                        assert_true(n < req.n_headers);
                        assert_string_equal(req.headers[n], cases[i].lines[n]);
                }
                assert_int_equal(req.n_headers, n);
                if (body)
                        assert_string_equal(req.body, "{\"a\":\"z\",\"b\":1}");
                else
                        assert_null(req.body);
                assert_null(strstr(req.url, SECRET));
                message_request_done(&req);
                (void)scaleway_provider.account_free(a);
        }
}

/* ---- refusals ----------------------------------------------------------------------------------
 */

static const struct {
        const char *what, *host, *path, *options, *headers, *url;
        int code;
        const char *text;
} refused[] = {
        { "a host from a reply", "evil.example.org", "/x", NULL, NULL, NULL, -EINVAL,
          "is no host of Scaleway" },
        { "a host that only ends alike", "notscaleway.com", "/x", NULL, NULL, NULL, -EINVAL,
          "is no host of Scaleway" },
        { "a host with a path in it", "evil.example.org/.scaleway.com", "/x", NULL, NULL, NULL,
          -EINVAL, "is no host of Scaleway" },
        { "a host with a user in it", "x@evil.scaleway.com", "/x", NULL, NULL, NULL, -EINVAL,
          "is no host of Scaleway" },
        { "a path that would change the host", "api.scaleway.com", "@evil.example.org/", NULL, NULL,
          NULL, -EINVAL, "does not begin with '/'" },
        { "an unknown way to sign in", "api.scaleway.com", "/x", "{\"auth\": \"basic\"}", NULL,
          NULL, -EINVAL, "options: auth: must be" },
        { "no Cockpit token", "id.metrics.cockpit.fr-par.scw.cloud", "/x",
          "{\"auth\": \"cockpit\"}", NULL, NULL, -EACCES, "no Cockpit token" },
        { "a header with a line break", "api.scaleway.com", "/x", NULL, "{\"X\": \"a\\nb: c\"}",
          NULL, -EINVAL, "line break" },
        { "paging by links", "api.scaleway.com", "/x", NULL, NULL, "https://api.scaleway.com/y",
          -EINVAL, "links" },
};

static void request_keeps_the_key_at_home(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(refused); i++) {
                json_auto_t *options = load(refused[i].options),
                            *headers = load(refused[i].headers);
                const struct service service = { .options = options };
                const struct call call = { .service = &service };
                const struct call_instance instance = { .call = &call,
                                                        .host = refused[i].host,
                                                        .path = refused[i].path,
                                                        .headers = headers,
                                                        .url = refused[i].url };
                struct account *a = open_account(NULL);
                struct message_request req = { 0 };
                struct error err = { 0 };

                print_message("%s\n", refused[i].what);
                assert_int_equal(scaleway_provider.request(a, &instance, NOW, &req, &err),
                                 refused[i].code);
                if (!strstr(err.text, refused[i].text))
                        fail_msg("'%s' is not in '%s'", refused[i].text, err.text);
                assert_null(strstr(err.text, SECRET));
                message_request_done(&req);
                (void)scaleway_provider.account_free(a);
        }
}

static void request_with_cockpit_token(void **state)
{
        json_auto_t *options = json_pack("{s:s}", "auth", "cockpit");
        const struct service service = { .options = options };
        const struct call call = { .service = &service };
        const struct call_instance instance = { .call = &call,
                                                .host = "id.metrics.cockpit.fr-par.scw.cloud",
                                                .path = "/prometheus/api/v1/query" };
        struct account *a = open_account(NULL);
        struct message_request req = { 0 };

        assert_null(scaleway_provider.variable(a, NULL, NULL, "cockpit_token"));
        a->credentials.cockpit_token = strdup("tok-1");
        assert_string_equal(scaleway_provider.variable(a, NULL, NULL, "cockpit_token"), "set");
        assert_int_equal(scaleway_provider.request(a, &instance, NOW, &req, NULL), 0);
        assert_string_equal(req.headers[1], "Authorization: Bearer tok-1");
        message_request_done(&req);
        (void)scaleway_provider.account_free(a);
}

/* ---- the API's address -------------------------------------------------------------------------
 */

static const struct {
        const char *url, *want; /* NULL: refused */
} endpoints[] = {
        { "https://api.scaleway.com", "https://api.scaleway.com" },
        { "https://api.example.org/", "https://api.example.org" },
        { "https://api.example.org:8443/a/b//", "https://api.example.org:8443/a/b" },
        { "http://127.0.0.1:8080", "http://127.0.0.1:8080" },
        { "http://127.8.9.1", "http://127.8.9.1" },
        { "http://localhost:1", "http://localhost:1" },
        { "http://[::1]:8080/", "http://[::1]:8080" },
        { "http://api.scaleway.com", NULL },
        { "http://10.0.0.1", NULL },
        { "http://127.0.0.1.example.org", NULL },
        { "http://localhost.example.org", NULL },
        { "http://127.0.0.1@example.org", NULL },
        { "https://user:word@example.org", NULL },
        { "https://example.org/?x=1", NULL },
        { "https://example.org/#x", NULL },
        { "https://example.org:0", NULL },
        { "https://example.org:70000", NULL },
        { "https://example.org:80x", NULL },
        { "https://", NULL },
        { "https:///path", NULL },
        { "http://[::1", NULL },
        { "http://[]", NULL },
        { "ftp://example.org", NULL },
        { "api.scaleway.com", NULL },
        { "", NULL },
};

static void endpoint_is_https_or_loopback(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(endpoints); i++) {
                _cleanup_(freep) char *got = NULL;
                struct error err = { 0 };
                int r = scaleway_endpoint_parse(endpoints[i].url, &got, &err);

                print_message("%s\n", endpoints[i].url);
                if (endpoints[i].want) {
                        assert_int_equal(r, 0);
                        assert_string_equal(got, endpoints[i].want);
                } else {
                        assert_int_equal(r, -EINVAL);
                        assert_null(got);
                        assert_null(strstr(err.text, "word"));
                }
        }
}

static void endpoint_of_the_account_wins_over_the_variable(void **state)
{
        struct account *a;

        assert_int_equal(setenv("SCW_API_URL", "https://by-env.example.org", 1), 0);
        a = open_account("https://by-account.example.org");
        assert_string_equal(a->base_url, "https://by-account.example.org");
        (void)scaleway_provider.account_free(a);
        a = open_account(NULL);
        assert_string_equal(a->base_url, "https://by-env.example.org");
        (void)scaleway_provider.account_free(a);
        (void)unsetenv("SCW_API_URL");
        a = open_account(NULL);
        assert_null(a->base_url);
        (void)scaleway_provider.account_free(a);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(request_bytes, clean),
                cmocka_unit_test_setup(request_keeps_the_key_at_home, clean),
                cmocka_unit_test_setup(request_with_cockpit_token, clean),
                cmocka_unit_test_setup(endpoint_is_https_or_loopback, clean),
                cmocka_unit_test_setup(endpoint_of_the_account_wins_over_the_variable, clean),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
