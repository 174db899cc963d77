/* What ARM's replies mean, and which api-version is tried after a refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/support/azure.h"

#define SUB "/subscriptions/11111111-0000-4000-8000-000000000001"

static const char *const kind_names[REPLY_KIND_MAX] = {
        [REPLY_OK] = "ok",
        [REPLY_THROTTLED] = "throttled",
        [REPLY_TRANSIENT] = "transient",
        [REPLY_DENIED] = "denied",
        [REPLY_EXPIRED] = "expired",
        [REPLY_UNAUTHENTICATED] = "unauthenticated",
        [REPLY_SKEWED] = "skewed",
        [REPLY_CORRECTED] = "corrected",
        [REPLY_OFF] = "off",
        [REPLY_ABSENT] = "absent",
        [REPLY_GONE] = "gone",
        [REPLY_MOVED] = "moved",
        [REPLY_BROKEN] = "broken",
        [REPLY_REFUSED] = "refused",
};

/* A catalogue of one service: a list, a list below its items, a detail. */
struct shelf {
        struct service service;
        struct collector top, below;
        struct call detail;
        struct call_instance list, child, thing;
};

static void shelf_init(struct shelf *s)
{
        *s = (struct shelf){
                .service = { .id = (char *)"azure.cognitiveservices",
                             .version = (char *)"2026-09-01",
                             .options =
                                     json_pack("{s[ss]}", "fallback", "2025-06-01", "2024-10-01") },
                .below = { .per = (char *)"azure.account" },
        };
        s->top.list = (struct call){ .service = &s->service, .collector = &s->top };
        s->below.list = (struct call){ .name = (char *)"Children",
                                       .service = &s->service,
                                       .collector = &s->below };
        s->detail = (struct call){ .service = &s->service, .collector = &s->top };
        s->list = (struct call_instance){ .call = &s->top.list,
                                          .host = "management.azure.com",
                                          .path = SUB "/providers/Microsoft.X/accounts" };
        s->child = s->thing = s->list;
        s->child.call = &s->below.list;
        s->thing.call = &s->detail;
}

static void shelf_done(struct shelf *s)
{
        json_decref(s->service.options);
}

static struct azure_test bench;

static int setup(void **state)
{
        int r = azure_test_enter(state);

        azure_test_secret();
        return r == 0 && azure_test_open(&bench, "") == 0 ? 0 : -1;
}

static int teardown(void **state)
{
        azure_test_close(&bench);
        return azure_test_leave(state);
}

static void interpret(const struct call_instance *call, int status, const char *headers,
                      const char *body, struct reply_meaning *ret)
{
        const struct azure_test_reply from = { status, headers, body };
        struct message_reply reply;

        azure_test_reply_make(&reply, &from);
        azure_provider.interpret(bench.account, call, &reply, ret);
        message_reply_done(&reply);
}

#define ERROR(code, message) "{\"error\":{\"code\":\"" code "\",\"message\":\"" message "\"}}"

static const struct {
        const char *what;
        char call; /* l a list, c a list below something, t a thing */
        int status;
        const char *headers, *body;
        enum reply_kind kind;
        const char *code, *text;
        bool stated;
} cases[] = {
        { "no role", 'l', 403, NULL,
          ERROR("AuthorizationFailed",
                "The client 'x' with object id 'y' does not have authorization to perform action "
                "'Microsoft.X/accounts/read' over scope '" SUB "' or the scope is invalid."),
          REPLY_DENIED, "AuthorizationFailed", "needs Microsoft.X/accounts/read on " SUB, true },
        { "no role, and no word of which action", 'l', 403, NULL,
          ERROR("AuthorizationFailed", "Not allowed."), REPLY_DENIED, "AuthorizationFailed",
          "Not allowed.", false },
        { "a linked scope", 't', 403, NULL,
          ERROR("LinkedAuthorizationFailed", "perform action 'a/b/read' on scope 's'"),
          REPLY_DENIED, "LinkedAuthorizationFailed", "needs a/b/read", true },
        { "a deny assignment", 't', 403, NULL,
          ERROR("DenyAssignmentAuthorizationFailed", "denied by 'z'"), REPLY_DENIED,
          "DenyAssignmentAuthorizationFailed", "denied", false },
        { "forbidden without JSON", 'l', 403, NULL, "Forbidden", REPLY_DENIED, "HTTP 403",
          "no explanation", false },
        { "a portal's 403", 'l', 403, "content-type: text/html\n", "<html>", REPLY_BROKEN,
          "HTTP 403", "web page", false },
        { "a removed subscription", 'l', 404, NULL, ERROR("SubscriptionNotFound", "x"),
          REPLY_DENIED, "SubscriptionNotFound", "not visible", false },
        { "another tenant", 'l', 401, NULL, ERROR("InvalidAuthenticationTokenTenant", "x"),
          REPLY_DENIED, "InvalidAuthenticationTokenTenant", "belongs to another tenant", true },
        { "an old token", 'l', 401, NULL, ERROR("ExpiredAuthenticationToken", "x"), REPLY_EXPIRED,
          "ExpiredAuthenticationToken", "", false },
        { "a revoked token", 'l', 401,
          "www-authenticate: Bearer error=\"insufficient_claims\", claims=\"abc\"\n",
          ERROR("Unauthorized", "x"), REPLY_EXPIRED, "Unauthorized", "", false },
        { "a token for another audience", 'l', 401, NULL,
          ERROR("InvalidAuthenticationTokenAudience", "x"), REPLY_UNAUTHENTICATED,
          "InvalidAuthenticationTokenAudience", "", false },
        { "not registered", 'l', 409, NULL, ERROR("MissingSubscriptionRegistration", "x"),
          REPLY_OFF, "MissingSubscriptionRegistration", "", true },
        { "not registered, said inside", 'l', 409, NULL,
          "{\"error\":{\"code\":\"Conflict\",\"message\":\"m\",\"details\":[{\"code\":"
          "\"MissingSubscriptionRegistration\",\"message\":\"n\"}]}}",
          REPLY_OFF, "MissingSubscriptionRegistration", "m", true },
        { "a preview not asked for", 'l', 403, NULL, ERROR("FeatureNotRegistered", "x"), REPLY_OFF,
          "FeatureNotRegistered", "", true },
        { "no such namespace in this cloud", 'l', 404, NULL, ERROR("InvalidResourceNamespace", "x"),
          REPLY_ABSENT, "InvalidResourceNamespace", "", true },
        { "not in this location", 'l', 400, NULL, ERROR("LocationNotAvailableForResourceType", "x"),
          REPLY_ABSENT, "LocationNotAvailableForResourceType", "", true },
        { "the version is taken, the location is not", 'l', 400, NULL,
          ERROR("NoRegisteredProviderFound",
                "No registered resource provider found for location 'x' and API version "
                "'2026-09-01' for type 'accounts'. The supported api-versions are '2026-09-01'. "
                "The supported locations are 'y'."),
          REPLY_ABSENT, "NoRegisteredProviderFound", "", true },
        { "a thing that went away", 't', 404, NULL, ERROR("ResourceNotFound", "x"), REPLY_GONE,
          "ResourceNotFound", "", false },
        { "a parent that went away", 'c', 404, NULL, ERROR("ParentResourceNotFound", "x"),
          REPLY_GONE, "ParentResourceNotFound", "", false },
        { "a list that is not there says nothing of what is", 'l', 404, NULL,
          ERROR("ResourceNotFound", "x"), REPLY_REFUSED, "ResourceNotFound", "", false },
        { "a bare 404 says nothing", 't', 404, NULL, "", REPLY_REFUSED, "HTTP 404", "", false },
        { "a portal's 404 says nothing", 't', 404, NULL, "<html>", REPLY_BROKEN, "HTTP 404", "",
          false },
        { "no logs to send", 't', 400, NULL,
          ERROR("BadRequest", "The resource type 'a/b' does not support diagnostic settings."),
          REPLY_REFUSED, "DiagnosticSettingsNotSupported", "", true },
        { "no logs to send, by code", 't', 404, NULL, ERROR("ResourceTypeNotSupported", "x"),
          REPLY_REFUSED, "DiagnosticSettingsNotSupported", "", true },
        { "another bad request", 't', 400, NULL, ERROR("BadRequest", "metric x"), REPLY_REFUSED,
          "BadRequest", "metric x", false },
        { "its own code stays", 't', 404, NULL, ERROR("ManagementPolicyNotFound", "x"), REPLY_GONE,
          "ManagementPolicyNotFound", "", false },
        { "not wrapped", 't', 404, NULL, "{\"code\":\"NotFound\",\"message\":\"m\"}", REPLY_GONE,
          "NotFound", "m", false },
        { "a word of .NET", 't', 400, NULL, "{\"Message\":\"m\"}", REPLY_REFUSED, "HTTP 400", "m",
          false },
        { "throttled", 'l', 429, "retry-after: 17\n", ERROR("OperationNotAllowed", "x"),
          REPLY_THROTTLED, "OperationNotAllowed", "", false },
        { "throttled by name", 'l', 400, NULL, ERROR("RateLimiting", "x"), REPLY_THROTTLED,
          "RateLimiting", "", false },
        { "an outage", 'l', 503, NULL, "upstream", REPLY_TRANSIENT, "HTTP 503", "", false },
        { "an outage that names a code", 'l', 500, NULL, ERROR("Forbidden", "x"), REPLY_TRANSIENT,
          "Forbidden", "", false },
        { "a redirect", 'l', 302, "location: https://other\n", "", REPLY_BROKEN, "HTTP 302", "",
          false },
        { "a web page with 200", 'l', 200, NULL, "<html>", REPLY_BROKEN, "unreadable", "web page",
          false },
        { "half a reply", 'l', 200, NULL, "{\"value\":[", REPLY_BROKEN, "unreadable", "HTTP 200",
          false },
        { "an error with 200", 'l', 200, NULL, ERROR("AuthorizationFailed", "action 'a/read'"),
          REPLY_DENIED, "AuthorizationFailed", "needs a/read", true },
        { "no connection", 'l', 0, NULL, NULL, REPLY_TRANSIENT, "refused", "no luck", false },
};

static void reply_means_what_arm_says(void **state)
{
        struct shelf s;

        shelf_init(&s);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const struct call_instance *call = cases[i].call == 'l'   ? &s.list
                                                   : cases[i].call == 'c' ? &s.child
                                                                          : &s.thing;
                struct reply_meaning m;

                interpret(call, cases[i].status, cases[i].headers, cases[i].body, &m);
                if (m.kind != cases[i].kind || strcmp(m.code, cases[i].code) != 0 ||
                    !strstr(m.text, cases[i].text) || m.stated != cases[i].stated)
                        fail_msg("%s: %s %s%s: %s", cases[i].what, kind_names[m.kind], m.code,
                                 m.stated ? " (stated)" : "", m.text);
                assert_null(m.body);
        }
        shelf_done(&s);
}

static void reply_says_when_to_come_back(void **state)
{
        static const struct {
                const char *headers;
                uint64_t seconds;
        } waits[] = {
                { "retry-after: 17\n", 17 },
                { "retry-after: Thu, 15 Jan 2026 08:30:20 GMT\n", 20 },
                { "date: Thu, 15 Jan 2026 08:00:00 GMT\nretry-after: Thu, 15 Jan 2026 08:00:05 "
                  "GMT\n",
                  5 },
                { "x-ms-user-quota-remaining: 0\nx-ms-user-quota-resets-after: 00:00:04\n", 4 },
                { "retry-after: soon\n", 0 },
                { "", 0 },
        };
        struct shelf s;

        shelf_init(&s);
        for (size_t i = 0; i < ELEMENTSOF(waits); i++) {
                struct reply_meaning m;

                interpret(&s.list, 429, waits[i].headers, ERROR("TooManyRequests", "x"), &m);
                assert_int_equal(m.kind, REPLY_THROTTLED);
                assert_int_equal(m.retry_after_usec, waits[i].seconds * USEC_PER_SEC);
        }
        shelf_done(&s);
}

static void reply_that_is_cut_says_so(void **state)
{
        static const struct {
                const char *headers, *body, *partial;
        } replies[] = {
                { "", "{\"data\":[],\"resultTruncated\":\"false\"}", "" },
                { "", "{\"data\":[],\"resultTruncated\":\"true\",\"$skipToken\":\"t\"}", "" },
                { "", "{\"data\":[],\"resultTruncated\":\"true\"}", "no further page" },
                { "x-ms-tenant-subscription-limit-hit: true\n", "{\"data\":[]}", "10000" },
                { "x-ms-request-id: r-1\n", "{\"value\":[]}", "" },
        };
        struct shelf s;

        shelf_init(&s);
        for (size_t i = 0; i < ELEMENTSOF(replies); i++) {
                struct reply_meaning m;

                interpret(&s.list, 200, replies[i].headers, replies[i].body, &m);
                assert_int_equal(m.kind, REPLY_OK);
                assert_non_null(m.body);
                assert_non_null(strstr(m.partial, replies[i].partial));
                assert_true(replies[i].partial[0] || !m.partial[0]);
                json_decref(m.body);
        }
        shelf_done(&s);
}

/* ---- api-versions ---------------------------------------------------------------------------- */

#define VERSION(v, known)                                                                          \
        ERROR("InvalidResourceType",                                                               \
              "The resource type 'accounts' could not be found in the namespace 'Microsoft.X' "    \
              "for "                                                                               \
              "api version '" v "'. The supported api-versions are '" known "'.")

/* The api-version that the next request carries. */
static void check_sent(const struct call_instance *call, const char *version)
{
        static const struct azure_test_step step = { .reply = AZURE_TEST_TOKEN_REPLY };
        struct message_request req = { 0 };
        char wanted[64];

        azure_provider.sign_in_again(bench.account, NULL);
        assert_int_equal(azure_test_sign_in(&bench, &step, 1, AZURE_TEST_NOW_USEC), 0);
        assert_int_equal(azure_provider.request(bench.account, call, 0, &req, NULL), 0);
        (void)snprintf(wanted, sizeof(wanted), "api-version=%s", version);
        if (!strstr(req.url, wanted))
                fail_msg("'%s' is not in %s", wanted, req.url);
        message_request_done(&req);
}

static void version_falls_back_in_order(void **state)
{
        struct reply_meaning m;
        struct shelf s;

        shelf_init(&s);
        check_sent(&s.list, "2026-09-01");
        interpret(&s.list, 404, NULL, VERSION("2026-09-01", "2024-10-01, 2023-05-01"), &m);
        assert_int_equal(m.kind, REPLY_CORRECTED);
        check_sent(&s.list, "2024-10-01"); /* the one that the message lists */
        /* a call that was under way: the same answer again */
        interpret(&s.list, 404, NULL, VERSION("2026-09-01", "2024-10-01, 2023-05-01"), &m);
        assert_int_equal(m.kind, REPLY_CORRECTED);
        check_sent(&s.child, "2026-09-01"); /* another type may well have the new one */
        interpret(&s.list, 404, NULL, VERSION("2024-10-01", "2023-05-01"), &m);
        assert_int_equal(m.kind, REPLY_REFUSED);
        assert_non_null(strstr(m.text, "api-version 2024-10-01 is refused"));
        shelf_done(&s);
}

static void version_falls_back_without_a_list(void **state)
{
        static const char *const codes[] = { "InvalidApiVersionParameter", "UnsupportedApiVersion",
                                             "NoRegisteredProviderFound" };

        for (size_t i = 0; i < ELEMENTSOF(codes); i++) {
                char body[256], id[32];
                struct reply_meaning m;
                struct shelf s;

                shelf_init(&s);
                (void)snprintf(id, sizeof(id), "azure.s%zu", i);
                s.service.id = id;
                (void)snprintf(body, sizeof(body), ERROR("%s", "The api-version '%s' is invalid."),
                               codes[i], "2026-09-01");
                interpret(&s.list, 400, NULL, body, &m);
                assert_int_equal(m.kind, REPLY_CORRECTED);
                check_sent(&s.list, "2025-06-01");
                shelf_done(&s);
        }
}

/* Resource Manager's own types word it otherwise. */
static void version_is_taken_from_the_list(void **state)
{
        struct reply_meaning m;
        struct shelf s;

        shelf_init(&s);
        s.service.id = (char *)"azure.subscriptions";
        interpret(&s.list, 400, NULL,
                  ERROR("InvalidApiVersionParameter",
                        "The api-version '2026-09-01' is invalid. The supported versions are "
                        "'2024-10-01,2022-12-01'."),
                  &m);
        assert_int_equal(m.kind, REPLY_CORRECTED);
        check_sent(&s.list, "2024-10-01");
        shelf_done(&s);
}

/* The call's own version is a choice, and a type that does not exist has no version at all. */
static void version_of_the_call_stays(void **state)
{
        json_auto_t *query = json_pack("{ss}", "api-version", "2020-01-01");
        struct reply_meaning m;
        struct shelf s;

        shelf_init(&s);
        s.service.id = (char *)"azure.other";
        s.list.query = query;
        check_sent(&s.list, "2020-01-01");
        interpret(&s.list, 404, NULL, VERSION("2020-01-01", "2024-10-01"), &m);
        assert_int_equal(m.kind, REPLY_REFUSED);
        s.list.query = NULL;
        interpret(&s.list, 404, NULL, ERROR("InvalidResourceType", "no such type"), &m);
        assert_int_equal(m.kind, REPLY_REFUSED);
        shelf_done(&s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reply_means_what_arm_says),
                cmocka_unit_test(reply_says_when_to_come_back),
                cmocka_unit_test(reply_that_is_cut_says_so),
                cmocka_unit_test(version_falls_back_in_order),
                cmocka_unit_test(version_falls_back_without_a_list),
                cmocka_unit_test(version_is_taken_from_the_list),
                cmocka_unit_test(version_of_the_call_stays),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
