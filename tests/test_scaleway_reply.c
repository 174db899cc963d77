#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "providers/provider.h"

#define SECRET "00000000-aaaa-0000-0000-000000000002"

extern const struct provider scaleway_provider;

/* ---- calls of each shape ----------------------------------------------------------------------
 */

enum shape { LIST, CHILD, DETAIL, GLOBAL_LIST, BEARER, BEARER_CHILD, SHAPE_MAX };

struct world {
        struct account *account;
        json_t *bearer;
        struct service service[SHAPE_MAX];
        struct collector collector[SHAPE_MAX];
        struct call detail;
};

static const char *const paths[SHAPE_MAX] = {
        [LIST] = "/inference/v1/regions/fr-par/deployments",
        [CHILD] = "/k8s/v1/regions/fr-par/clusters/c1/pools",
        [DETAIL] = "/k8s/v1/regions/fr-par/clusters/c1/acls",
        [GLOBAL_LIST] = "/account/v3/projects",
        [BEARER] = "/v1/models",
        [BEARER_CHILD] = "/prometheus/api/v1/query",
};

static int set_up(void **state)
{
        static const struct account_config config = { .name = (char *)"lab" };
        struct world *w = calloc(1, sizeof(*w));

        assert_non_null(w);
        assert_int_equal(setenv("SCW_SECRET_KEY", SECRET, 1), 0);
        assert_int_equal(setenv("SCW_ACCESS_KEY", "SCWLABXXXXXXXXXXXXXX", 1), 0);
        assert_int_equal(setenv("SCW_CONFIG_PATH", "/nonexistent/config.yaml", 1), 0);
        assert_int_equal(scaleway_provider.account_new(&w->account, &config, NULL, NULL), 0);
        w->bearer = json_pack("{s:s}", "auth", "bearer");
        for (size_t i = 0; i < SHAPE_MAX; i++) {
                w->collector[i].service = &w->service[i];
                w->collector[i].list.collector = &w->collector[i];
                w->collector[i].list.service = &w->service[i];
        }
        w->collector[CHILD].per = w->collector[BEARER_CHILD].per = (char *)"scaleway.k8s.cluster";
        w->service[GLOBAL_LIST].locality = LOCALITY_GLOBAL;
        w->service[BEARER].options = w->service[BEARER_CHILD].options = w->bearer;
        w->detail.collector = &w->collector[DETAIL];
        w->detail.service = &w->service[DETAIL];
        *state = w;
        return 0;
}

static int tear_down(void **state)
{
        struct world *w = *state;

        (void)scaleway_provider.account_free(w->account);
        json_decref(w->bearer);
        free(w);
        return 0;
}

struct answer {
        int status;
        const char *headers, *body;
};

static void interpret(struct world *w, enum shape shape, const struct answer *a,
                      struct reply_meaning *ret)
{
        const struct call_instance call = {
                .call = shape == DETAIL ? &w->detail : &w->collector[shape].list,
                .region = "fr-par",
                .host = "api.scaleway.com",
                .path = paths[shape],
        };
        struct message_reply reply = { .status = a->status, .body = BUFFER_INIT(1 << 20) };

        reply.received_usec = UINT64_C(1795471200) * USEC_PER_SEC; /* 2026-11-23T22:00:00Z */
        reply.headers = strdup(a->headers ? a->headers : "");
        assert_non_null(reply.headers);
        buffer_add(&reply.body, a->body ? a->body : "");
        scaleway_provider.interpret(w->account, &call, &reply, ret);
        message_reply_done(&reply);
}

/* ---- the table ---------------------------------------------------------------------------------
 */

#define JSON_TYPE "content-type: application/json\n"
#define HTML_TYPE "content-type: text/html; charset=utf-8\n"
#define NOT_FOUND "{\"type\":\"not_found\",\"message\":\"resource is not found\"}"

/* clang-format off */
static const struct {
        const char *what;
        enum shape shape;
        struct answer answer;
        enum reply_kind kind;
        const char *code, *text; /* a part of the text; NULL: not looked at */
} cases[] = {
        /* answers */
        { "a page", LIST, { 200, JSON_TYPE, "{\"deployments\":[],\"total_count\":0}" }, REPLY_OK, "", "" },
        { "a top-level list", LIST, { 200, JSON_TYPE, "[]" }, REPLY_OK, "", "" },

        /* what looks like an answer and is none */
        { "a portal's page", LIST, { 200, HTML_TYPE, "<html>log in</html>" }, REPLY_BROKEN, "unreadable", "web page" },
        { "HTML that says it is JSON", LIST, { 200, JSON_TYPE, "\n<!DOCTYPE html>" }, REPLY_BROKEN, "unreadable", "web page" },
        { "cut JSON", LIST, { 200, JSON_TYPE, "{\"deployments\":[{\"id\":\"a\"" }, REPLY_BROKEN, "unreadable", "no valid JSON" },
        { "an empty body", LIST, { 200, JSON_TYPE, "" }, REPLY_BROKEN, "unreadable", "HTTP 200" },
        { "a bare word", LIST, { 200, JSON_TYPE, "\"ok\"" }, REPLY_BROKEN, "unreadable", "no JSON object" },
        { "JSON null", LIST, { 200, JSON_TYPE, "null" }, REPLY_BROKEN, "unreadable", "no JSON object" },
        { "no content", LIST, { 204, "", "" }, REPLY_BROKEN, "http_204", NULL },
        { "a redirect", LIST, { 302, "location: https://example.org\n", "" }, REPLY_BROKEN, "http_302", NULL },

        /* who asks */
        { "expired", LIST, { 401, JSON_TYPE, "{\"type\":\"denied_authentication\",\"method\":\"api_key\",\"reason\":\"expired\",\"message\":\"authentication is denied\"}" },
          REPLY_EXPIRED, "denied_authentication/expired", "has expired: create a new one" },
        { "deleted", LIST, { 401, JSON_TYPE, "{\"type\":\"denied_authentication\",\"reason\":\"not_found\"}" },
          REPLY_UNAUTHENTICATED, "denied_authentication/not_found", "does not know the API key SCWLAB" },
        { "malformed", LIST, { 401, JSON_TYPE, "{\"type\":\"denied_authentication\",\"reason\":\"invalid_argument\"}" },
          REPLY_UNAUTHENTICATED, "denied_authentication/invalid_argument", "check the secret key" },
        { "401 without a word", LIST, { 401, "", "" }, REPLY_UNAUTHENTICATED, "denied_authentication/unknown_reason", "variable SCW_SECRET_KEY" },
        { "the models' API has rights of its own", BEARER, { 401, JSON_TYPE, "{\"error\":{\"message\":\"no access\",\"type\":\"auth\"}}" },
          REPLY_DENIED, "auth", "does not accept the key: no access" },
        { "an expired key is one there, too", BEARER, { 401, JSON_TYPE, "{\"type\":\"denied_authentication\",\"reason\":\"expired\"}" },
          REPLY_EXPIRED, "denied_authentication/expired", "has expired" },

        /* what may be done */
        { "denied", LIST, { 403, JSON_TYPE, "{\"type\":\"permissions_denied\",\"message\":\"insufficient permissions\",\"details\":[{\"resource\":\"inference_deployment\",\"action\":\"read\"},{\"resource\":\"project\",\"action\":\"list\"}]}" },
          REPLY_DENIED, "permissions_denied", "insufficient permissions: needs read on inference_deployment, list on project" },
        { "denied by something else", LIST, { 403, HTML_TYPE, "<html>" }, REPLY_DENIED, "http_403", "insufficient permissions" },
        { "quota", LIST, { 403, JSON_TYPE, "{\"type\":\"quotas_exceeded\",\"message\":\"quota\"}" }, REPLY_REFUSED, "quotas_exceeded", "quota" },

        /* where it is */
        { "no such product there", LIST, { 404, JSON_TYPE, NOT_FOUND }, REPLY_ABSENT, "not_found", "resource is not found" },
        { "no such region", LIST, { 404, JSON_TYPE, "{\"type\":\"not_found\",\"resource\":\"region\"}" }, REPLY_ABSENT, "not_found", "region" },
        { "the instances' own word", LIST, { 404, JSON_TYPE, "{\"type\":\"unknown_resource\",\"message\":\"zone not found\"}" }, REPLY_ABSENT, "unknown_resource", NULL },
        { "a route that is not there", LIST, { 404, "content-type: text/plain\n", "404 page not found" }, REPLY_ABSENT, "http_404", NULL },
        { "a portal's 404", LIST, { 404, HTML_TYPE, "<html>404</html>" }, REPLY_BROKEN, "http_404", NULL },
        { "the project is gone, not the product", LIST, { 404, JSON_TYPE, "{\"type\":\"not_found\",\"resource\":\"project\"}" }, REPLY_REFUSED, "not_found", "project" },
        { "region is not served", LIST, { 400, JSON_TYPE, "{\"type\":\"invalid_arguments\",\"details\":[{\"argument_name\":\"region\",\"reason\":\"constraint\"}]}" },
          REPLY_ABSENT, "invalid_arguments", "region: constraint" },
        { "invalid without details", LIST, { 400, JSON_TYPE, "{\"type\":\"invalid_arguments\"}" }, REPLY_ABSENT, "invalid_arguments", NULL },
        { "another argument says nothing of the region", LIST, { 400, JSON_TYPE, "{\"type\":\"invalid_arguments\",\"message\":\"bad\",\"details\":[{\"argument_name\":\"region\",\"reason\":\"constraint\"},{\"argument_name\":\"organization_id\",\"reason\":\"format\",\"help_message\":\"a UUID\"}]}" },
          REPLY_REFUSED, "invalid_arguments", "organization_id: format, a UUID" },
        { "invalid on a list without places", GLOBAL_LIST, { 400, JSON_TYPE, "{\"type\":\"invalid_arguments\"}" }, REPLY_REFUSED, "invalid_arguments", NULL },
        { "the instances' other word", LIST, { 400, JSON_TYPE, "{\"type\":\"invalid_request_error\",\"message\":\"quota exceeded\"}" }, REPLY_REFUSED, "invalid_request_error", "quota exceeded" },
        { "a list without places is never absent", GLOBAL_LIST, { 404, JSON_TYPE, NOT_FOUND }, REPLY_REFUSED, "not_found", NULL },
        { "nor is the models' API", BEARER, { 404, JSON_TYPE, NOT_FOUND }, REPLY_REFUSED, "not_found", NULL },
        { "a detail vanished", DETAIL, { 404, JSON_TYPE, NOT_FOUND }, REPLY_GONE, "not_found", NULL },
        { "a parent vanished", CHILD, { 404, JSON_TYPE, NOT_FOUND }, REPLY_GONE, "not_found", NULL },
        { "a parent's list without the API's word", CHILD, { 404, "", "404 page not found" }, REPLY_REFUSED, "http_404", NULL },
        { "another API knows nothing of parents", BEARER_CHILD, { 404, JSON_TYPE, NOT_FOUND }, REPLY_REFUSED, "not_found", NULL },
        { "expired thing", DETAIL, { 410, JSON_TYPE, "{\"type\":\"resource_expired\"}" }, REPLY_GONE, "resource_expired", NULL },
        { "expired list", LIST, { 410, JSON_TYPE, "{\"type\":\"resource_expired\"}" }, REPLY_REFUSED, "resource_expired", NULL },

        /* not now */
        { "throttled", LIST, { 429, "", "" }, REPLY_THROTTLED, "http_429", "HTTP 429" },
        { "in between", LIST, { 409, JSON_TYPE, "{\"type\":\"transient_state\",\"current_state\":\"starting\"}" }, REPLY_TRANSIENT, "transient_state", NULL },
        { "locked", LIST, { 423, JSON_TYPE, "{\"type\":\"locked\"}" }, REPLY_REFUSED, "locked", NULL },
        { "out of stock", LIST, { 409, JSON_TYPE, "{\"type\":\"out_of_stock\"}" }, REPLY_REFUSED, "out_of_stock", NULL },
        { "precondition", LIST, { 412, JSON_TYPE, "{\"type\":\"precondition_failed\",\"message\":\"no\"}" }, REPLY_REFUSED, "precondition_failed", "no" },
        { "their fault", LIST, { 500, JSON_TYPE, "{\"type\":\"internal\",\"message\":\"oops\"}" }, REPLY_TRANSIENT, "internal", "HTTP 500: oops" },
        { "their proxy's fault", LIST, { 502, HTML_TYPE, "<html>Bad Gateway</html>" }, REPLY_TRANSIENT, "http_502", NULL },
        { "overloaded", LIST, { 503, "", "" }, REPLY_TRANSIENT, "http_503", NULL },
        { "not implemented", LIST, { 501, "", "" }, REPLY_REFUSED, "http_501", NULL },
        { "too slow", LIST, { 408, "", "" }, REPLY_TRANSIENT, "http_408", NULL },
};
/* clang-format on */

static void reply_means(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct reply_meaning m;

                interpret(*state, cases[i].shape, &cases[i].answer, &m);
                if (m.kind != cases[i].kind || strcmp(m.code, cases[i].code) != 0)
                        fail_msg("%s: kind %d code '%s', wanted %d '%s'", cases[i].what,
                                 (int)m.kind, m.code, (int)cases[i].kind, cases[i].code);
                if (cases[i].text && !strstr(m.text, cases[i].text))
                        fail_msg("%s: '%s' is not in '%s'", cases[i].what, cases[i].text, m.text);
                assert_true((m.body != NULL) == (m.kind == REPLY_OK));
                json_decref(m.body);
        }
}

static void reply_retry_after_in_both_forms(void **state)
{
        static const struct {
                const char *headers;
                int status;
                uint64_t seconds;
        } waits[] = {
                { "", 429, 0 },
                { "retry-after: 7\n", 429, 7 },
                { "retry-after: 30\n", 503, 30 },
                { "retry-after: Mon, 23 Nov 2026 22:01:00 GMT\n", 429, 60 },
                { "retry-after: Mon, 23 Nov 2026 21:00:00 GMT\n", 429, 0 }, /* in the past */
                { "retry-after: soon\n", 429, 0 },
                { "retry-after: 99999999999\n", 429, 86400 },
                { "retry-after: 5\n", 403, 0 }, /* a denial is not repeated */
        };

        for (size_t i = 0; i < ELEMENTSOF(waits); i++) {
                const struct answer answer = { waits[i].status, waits[i].headers, "" };
                struct reply_meaning m;

                interpret(*state, LIST, &answer, &m);
                assert_int_equal(m.retry_after_usec, waits[i].seconds * USEC_PER_SEC);
        }
}

static void reply_request_id_is_kept(void **state)
{
        const struct answer answer = { 200, JSON_TYPE "x-request-id: 4f1c\n", "{}" };
        struct reply_meaning m;

        interpret(*state, LIST, &answer, &m);
        assert_string_equal(m.request_id, "4f1c");
        json_decref(m.body);
}

static void reply_transport_is_never_an_answer(void **state)
{
        static const struct {
                enum transport transport;
                enum reply_kind kind;
                const char *code;
        } rows[] = {
                { TRANSPORT_UNRESOLVED, REPLY_TRANSIENT, "unresolved" },
                { TRANSPORT_REFUSED, REPLY_TRANSIENT, "refused" },
                { TRANSPORT_TLS, REPLY_BROKEN, "tls" },
                { TRANSPORT_TIMEOUT, REPLY_TRANSIENT, "timeout" },
                { TRANSPORT_BROKEN, REPLY_TRANSIENT, "broken" },
                { TRANSPORT_TOO_LARGE, REPLY_BROKEN, "too_large" },
                { TRANSPORT_COMMAND, REPLY_BROKEN, "command" },
        };
        struct world *w = *state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const struct call_instance call = { .call = &w->collector[LIST].list,
                                                    .path = paths[LIST] };
                struct message_reply reply = { .transport = rows[i].transport,
                                               .status = 200,
                                               .transport_text = "why",
                                               .network_up = true,
                                               .headers = (char *)"" };
                struct reply_meaning m;

                scaleway_provider.interpret(w->account, &call, &reply, &m);
                assert_int_equal(m.kind, rows[i].kind);
                assert_string_equal(m.code, rows[i].code);
                assert_string_equal(m.text, "why");
                assert_null(m.body);
        }
}

static void reply_text_hides_secrets(void **state)
{
        static const struct answer answers[] = {
                { 400, JSON_TYPE, "{\"message\":\"token " SECRET " and " SECRET " again\"}" },
                { 403, JSON_TYPE,
                  "{\"type\":\"" SECRET "\",\"details\":[{\"resource\":\"" SECRET
                  "\",\"action\":\"a\"}]}" },
                { 500, JSON_TYPE, "{\"error\":\"" SECRET "\"}" },
                { 404, JSON_TYPE, "{\"type\":\"not_found\",\"resource\":\"" SECRET "\"}" },
        };

        for (size_t i = 0; i < ELEMENTSOF(answers); i++) {
                struct reply_meaning m;

                interpret(*state, LIST, &answers[i], &m);
                assert_null(strstr(m.text, SECRET));
                assert_null(strstr(m.code, SECRET));
                assert_true(strstr(m.text, "***") || strstr(m.code, "***"));
        }
}

static void reply_hostile_bodies_are_survived(void **state)
{
        static const char *const bodies[] = {
                "{\"type\":7,\"message\":[],\"details\":{}}",
                "{\"type\":\"permissions_denied\",\"details\":[1,null,{\"resource\":3}]}",
                "{\"type\":\"invalid_arguments\",\"details\":\"x\"}",
                "{\"type\":\"\xff\"}",
                "[[[[",
        };
        static const int statuses[] = { 400, 401, 403, 404, 429, 500 };

        for (size_t i = 0; i < ELEMENTSOF(bodies); i++)
                for (size_t k = 0; k < ELEMENTSOF(statuses); k++) {
                        const struct answer answer = { statuses[k], JSON_TYPE, bodies[i] };
                        struct reply_meaning m;

                        interpret(*state, LIST, &answer, &m);
                        assert_int_not_equal(m.kind, REPLY_OK);
                        assert_null(m.body);
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(reply_means, set_up, tear_down),
                cmocka_unit_test_setup_teardown(reply_retry_after_in_both_forms, set_up, tear_down),
                cmocka_unit_test_setup_teardown(reply_request_id_is_kept, set_up, tear_down),
                cmocka_unit_test_setup_teardown(reply_transport_is_never_an_answer, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(reply_text_hides_secrets, set_up, tear_down),
                cmocka_unit_test_setup_teardown(reply_hostile_bodies_are_survived, set_up,
                                                tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
