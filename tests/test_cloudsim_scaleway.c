/* The test bench itself as Scaleway: tokens, and each style of pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "daemon/base/json.h"
#include "tests/support/cloudsim_ask.h"

static void cloudsim_checks_scaleway_tokens(void **state)
{
        struct question q = cloudsim_scaleway("https://api.scaleway.com/account/v3/projects");

        START("paging");
        cloudsim_expect(c, &q, 200, "projet-1");
        q.headers[0] = NULL;
        cloudsim_expect(c, &q, 401, "denied_authentication");
        q.headers[0] = "X-Auth-Token: 00000000-0000-4000-8000-000000000000";
        cloudsim_expect(c, &q, 401, "\"reason\":\"not_found\"");
        q.headers[0] = "X-Auth-Token: 5b000000-0000-4000-8000-00000000dead";
        cloudsim_expect(c, &q, 401, "\"reason\":\"expired\"");
        q = cloudsim_scaleway("https://api.scaleway.com/account/v3/projects"
                              "?organization_id=00000000-0000-4000-8000-000000000001");
        cloudsim_expect(c, &q, 403, "permissions_denied");
        q = cloudsim_scaleway("https://api.scaleway.ai/v1/models");
        cloudsim_expect(c, &q, 401, "denied_authentication");
        q.headers[0] = "Authorization: Bearer 5b000000-0000-4000-8000-00000000c1ef";
        cloudsim_expect(c, &q, 200, "\"data\":[]");
        STOP();
}

static void cloudsim_pages_scaleway_by_total(void **state)
{
        size_t n = 0;

        START("paging");
        for (int page = 1; page <= 5; page++) {
                char url[160];
                struct question q;
                struct answer a;

                (void)snprintf(url, sizeof(url),
                               "https://api.scaleway.com/inference/v1/regions/fr-par/"
                               "deployments?page=%d&page_size=100",
                               page);
                q = cloudsim_scaleway(url);
                a = cloudsim_ask(c, &q);
                assert_int_equal(a.status, 200);
                assert_int_equal(json_integer_value(json_object_get(a.json, "total_count")), 7);
                n += json_array_size(json_object_get(a.json, "deployments"));
                answer_done(&a);
        }
        assert_int_equal(n, 7);
        STOP();
}

static void cloudsim_pages_scaleway_by_header(void **state)
{
        const struct question q =
                cloudsim_scaleway("https://api.scaleway.com/instance/v1/zones/fr-par-2/"
                                  "servers?page=4&per_page=100");
        const struct question one =
                cloudsim_scaleway("https://api.scaleway.com/instance/v1/zones/fr-par-2/servers/"
                                  "5b000000-0000-4000-8000-000000000303");
        const struct question none =
                cloudsim_scaleway("https://api.scaleway.com/instance/v1/zones/fr-par-2/"
                                  "servers/5b000000-0000-4000-8000-000000000999");
        struct answer a;

        START("paging");
        a = cloudsim_ask(c, &q);
        assert_int_equal(a.status, 200);
        assert_non_null(strstr(buffer_text(&a.head), "X-Total-Count: 7"));
        assert_null(json_object_get(a.json, "total_count"));
        assert_int_equal(json_array_size(json_object_get(a.json, "servers")), 1);
        answer_done(&a);
        cloudsim_expect(c, &one, 200, "{\"server\":{");
        cloudsim_expect(c, &none, 404, "unknown_resource");
        STOP();
}

static void cloudsim_pages_scaleway_by_token(void **state)
{
        char url[256] = "https://api.scaleway.com/audit-trail/v1alpha1/regions/fr-par/events"
                        "?page_size=100";
        size_t n = 0, pages = 0;

        START("paging");
        while (*url && pages < 10) {
                struct question q = cloudsim_scaleway(url);
                struct answer a = cloudsim_ask(c, &q);
                const char *token = json_member_string(a.json, "next_page_token");
                char *escaped = token ? curl_easy_escape(NULL, token, 0) : NULL;

                assert_int_equal(a.status, 200);
                n += json_array_size(json_object_get(a.json, "events"));
                pages++;
                *url = '\0';
                if (escaped)
                        (void)snprintf(url, sizeof(url),
                                       "https://api.scaleway.com/audit-trail/v1alpha1/regions/"
                                       "fr-par/events?page_size=100&page_token=%s",
                                       escaped);
                curl_free(escaped);
                answer_done(&a);
        }
        assert_int_equal(n, 7);
        assert_int_equal(pages, 4);
        STOP();
}

static void cloudsim_knows_where_scaleway_products_are(void **state)
{
        const struct question elsewhere = cloudsim_scaleway(
                "https://api.scaleway.com/inference/v1/regions/nl-ams/deployments");
        const struct question empty =
                cloudsim_scaleway("https://api.scaleway.com/k8s/v1/regions/nl-ams/clusters");
        const struct question much = cloudsim_scaleway(
                "https://api.scaleway.com/k8s/v1/regions/nl-ams/clusters?page_size=101");

        START("paging");
        cloudsim_expect(c, &elsewhere, 404, "not_found");
        cloudsim_expect(c, &empty, 200, "{\"clusters\":[],\"total_count\":0}");
        cloudsim_expect(c, &much, 400, "invalid_arguments");
        STOP();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(cloudsim_checks_scaleway_tokens),
                cmocka_unit_test(cloudsim_pages_scaleway_by_total),
                cmocka_unit_test(cloudsim_pages_scaleway_by_header),
                cmocka_unit_test(cloudsim_pages_scaleway_by_token),
                cmocka_unit_test(cloudsim_knows_where_scaleway_products_are),
        };

        return cmocka_run_group_tests_name("cloudsim_scaleway", tests, NULL, NULL);
}
