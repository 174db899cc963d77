/* What replies of Google's APIs mean: by reason, by status, by who pays, and what is said to be
 * missing in a good one. */
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
        "\"refresh_token\":\"SECRETr\"%s}"
#define INFO(reason, metadata)                                                                     \
        "{\"error\":{\"code\":403,\"message\":\"said\",\"status\":\"PERMISSION_DENIED\","          \
        "\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":"         \
        "\"" reason "\",\"domain\":\"googleapis.com\",\"metadata\":{" metadata "}}]}}"
#define STATUS(code, status, message)                                                              \
        "{\"error\":{\"code\":" code ",\"message\":\"" message "\",\"status\":\"" status "\"}}"
#define LEGACY(reason, message)                                                                    \
        "{\"error\":{\"code\":403,\"message\":\"" message "\",\"errors\":[{\"message\":\"m\","     \
        "\"domain\":\"usageLimits\",\"reason\":\"" reason "\"}]}}"

enum where { LIST, CHILD, FOLLOWED, DETAIL, SHARED };

struct expected {
        int status;
        const char *body;
        enum where where;
        enum reply_kind kind;
        const char *code, *says;
};

static const struct expected rows[] = {
        /* 401 */
        { 401, INFO("ACCESS_TOKEN_EXPIRED", ""), LIST, REPLY_EXPIRED, "ACCESS_TOKEN_EXPIRED", "" },
        { 401, INFO("CREDENTIALS_MISSING", ""), LIST, REPLY_EXPIRED, "CREDENTIALS_MISSING", "" },
        { 401, LEGACY("authError", "Invalid Credentials"), LIST, REPLY_EXPIRED, "authError", "" },
        { 401, "", LIST, REPLY_EXPIRED, "http_401", "" },
        { 401, INFO("ACCOUNT_STATE_INVALID", ""), LIST, REPLY_UNAUTHENTICATED,
          "ACCOUNT_STATE_INVALID", "disabled or deleted" },
        { 401, INFO("CREDENTIAL_TYPE_UNSUPPORTED", ""), LIST, REPLY_UNAUTHENTICATED,
          "CREDENTIAL_TYPE_UNSUPPORTED", "of a kind" },

        /* off: in the project that was asked about, by number or id */
        { 403,
          INFO("SERVICE_DISABLED",
               "\"service\":\"aiplatform.googleapis.com\",\"consumer\":\"projects/4242\""),
          LIST, REPLY_OFF, "SERVICE_DISABLED",
          "aiplatform.googleapis.com is not enabled in this project" },
        { 403, INFO("SERVICE_DISABLED", "\"consumer\":\"projects/p-1\""), LIST, REPLY_OFF, NULL,
          "" },
        { 403, LEGACY("accessNotConfigured", "X has not been used in project 4242 before or it"),
          LIST, REPLY_OFF, "accessNotConfigured", "" },
        /* and in another: nothing is known */
        { 403,
          INFO("SERVICE_DISABLED",
               "\"service\":\"cloudasset.googleapis.com\",\"consumer\":\"projects/777\""),
          SHARED, REPLY_REFUSED, "SERVICE_DISABLED",
          "not enabled in project 777, which owns the sign-in of these credentials: gcloud "
          "services "
          "enable cloudasset.googleapis.com --project 777" },
        { 403, LEGACY("accessNotConfigured", "X has not been used in project 9 before"), LIST,
          REPLY_REFUSED, NULL, "project 9" },
        { 403, INFO("SERVICE_DISABLED", ""), SHARED, REPLY_REFUSED, NULL, "(not said)" },
        { 403, INFO("BILLING_DISABLED", "\"consumer\":\"projects/4242\""), LIST, REPLY_OFF, NULL,
          "no billing account" },
        { 403, INFO("BILLING_DISABLED", "\"consumer\":\"projects/777\""), SHARED, REPLY_REFUSED,
          NULL, "project 777" },

        /* denied */
        { 403,
          INFO("IAM_PERMISSION_DENIED",
               "\"permission\":\"aiplatform.endpoints.list\",\"resource\":\"projects/p-1\""),
          LIST, REPLY_DENIED, "IAM_PERMISSION_DENIED",
          "needs aiplatform.endpoints.list on projects/p-1" },
        { 403, STATUS("403", "PERMISSION_DENIED", "The caller does not have permission"), LIST,
          REPLY_DENIED, "PERMISSION_DENIED", "does not have permission" },
        { 403, LEGACY("forbidden", "Access denied"), LIST, REPLY_DENIED, "forbidden", "" },
        { 403, "{}", LIST, REPLY_DENIED, "http_403", "" },
        { 403, INFO("ACCESS_TOKEN_SCOPE_INSUFFICIENT", ""), LIST, REPLY_DENIED, NULL,
          "scope is too narrow" },
        { 403, INFO("SECURITY_POLICY_VIOLATED", ""), LIST, REPLY_DENIED, NULL, "a policy forbids" },
        { 403, INFO("LOCATION_ORG_POLICY_VIOLATED", ""), LIST, REPLY_DENIED, NULL, "policy" },
        { 403, INFO("ENDPOINT_USAGE_RESTRICTION_VIOLATED", ""), LIST, REPLY_DENIED, NULL,
          "gcp.restrictEndpointUsage forbids europe-west1-aiplatform.googleapis.com" },
        { 403,
          "{\"error\":{\"code\":403,\"message\":\"Request is prohibited by organization's policy. "
          "vpcServiceControlsUniqueIdentifier: x\",\"status\":\"PERMISSION_DENIED\",\"details\":"
          "[{\"@type\":\"type.googleapis.com/google.rpc.PreconditionFailure\",\"violations\":"
          "[{\"type\":\"VPC_SERVICE_CONTROLS\"}]}]}}",
          LIST, REPLY_DENIED, NULL, "VPC_SERVICE_CONTROLS" },
        { 403, INFO("USER_PROJECT_DENIED", ""), LIST, REPLY_REFUSED, NULL, "cannot be charged" },
        { 403, INFO("CONSUMER_INVALID", ""), LIST, REPLY_REFUSED, NULL, "cannot be charged" },
        { 403, INFO("CONSUMER_INVALID", "\"consumer\":\"projects/4242\""), LIST, REPLY_DENIED, NULL,
          "suspended, being deleted" },
        { 403, INFO("CONSUMER_SUSPENDED", "\"consumer\":\"projects/777\""), LIST, REPLY_REFUSED,
          NULL, "cannot be charged" },
        { 403, INFO("SOMETHING_NEW", ""), LIST, REPLY_DENIED, "SOMETHING_NEW", "said" },

        /* not there */
        { 404, STATUS("404", "NOT_FOUND", "Requested entity was not found."), LIST, REPLY_ABSENT,
          "NOT_FOUND", "" },
        { 404, STATUS("404", "NOT_FOUND", "x"), CHILD, REPLY_GONE, NULL, "" },
        { 404, STATUS("404", "NOT_FOUND", "x"), FOLLOWED, REPLY_GONE, NULL, "" },
        { 404, STATUS("404", "NOT_FOUND", "x"), DETAIL, REPLY_GONE, NULL, "" },
        { 404, STATUS("404", "NOT_FOUND", "x"), SHARED, REPLY_REFUSED, NULL, "not found: x" },
        { 404, "<!DOCTYPE html>The requested URL was not found on this server.", LIST, REPLY_ABSENT,
          "http_404", "no such API at europe-west1-" },
        { 404, "<!DOCTYPE html>The requested URL was not found on this server.", SHARED,
          REPLY_BROKEN, NULL, "no such method" },
        { 404, "<html>Proxy</html>", LIST, REPLY_BROKEN, NULL, "a proxy or portal" },

        /* arguments */
        { 400, STATUS("400", "INVALID_ARGUMENT", "Location europe-west1 is not supported."), LIST,
          REPLY_ABSENT, "INVALID_ARGUMENT", "" },
        { 400, STATUS("400", "INVALID_ARGUMENT", "Invalid location: europe-west1"), LIST,
          REPLY_ABSENT, NULL, "" },
        { 400, STATUS("400", "INVALID_ARGUMENT", "Filter is not supported."), LIST, REPLY_REFUSED,
          NULL, "" },
        { 400, STATUS("400", "INVALID_ARGUMENT", "Location is not supported"), SHARED,
          REPLY_REFUSED, NULL, "" },
        { 400, STATUS("400", "INVALID_ARGUMENT", "Invalid location"), CHILD, REPLY_REFUSED, NULL,
          "" },
        { 400, STATUS("400", "FAILED_PRECONDITION", "terms not accepted"), LIST, REPLY_ABSENT, NULL,
          "not set up" },
        { 400, STATUS("400", "FAILED_PRECONDITION", "x"), DETAIL, REPLY_REFUSED, NULL, "" },

        /* later */
        { 429, INFO("RATE_LIMIT_EXCEEDED", "\"quota_limit\":\"PerMinute\""), LIST, REPLY_THROTTLED,
          NULL, "quota PerMinute" },
        { 429, "", LIST, REPLY_THROTTLED, "http_429", "" },
        { 403, LEGACY("rateLimitExceeded", "x"), LIST, REPLY_THROTTLED, NULL, "" },
        { 403, LEGACY("userRateLimitExceeded", "x"), LIST, REPLY_THROTTLED, NULL, "" },
        { 403, LEGACY("quotaExceeded", "x"), LIST, REPLY_THROTTLED, NULL, "" },
        { 409, STATUS("409", "ABORTED", "x"), LIST, REPLY_TRANSIENT, NULL, "" },
        { 499, STATUS("499", "CANCELLED", "x"), LIST, REPLY_TRANSIENT, NULL, "" },
        { 500, STATUS("500", "INTERNAL", "x"), LIST, REPLY_TRANSIENT, NULL, "" },
        { 503, STATUS("503", "UNAVAILABLE", "x"), LIST, REPLY_TRANSIENT, NULL, "" },
        { 504, "", LIST, REPLY_TRANSIENT, NULL, "" },
        { 502, "<html>Error 502</html>", LIST, REPLY_TRANSIENT, NULL, "" },
        { 501, STATUS("501", "UNIMPLEMENTED", "x"), LIST, REPLY_REFUSED, NULL, "" },
        { 302, "", LIST, REPLY_BROKEN, NULL, "" },

        /* good, or so it says */
        { 200, "{}", LIST, REPLY_OK, "", "" },
        { 200, "{\"endpoints\":[]}", LIST, REPLY_OK, "", "" },
        { 200, "<html>Sign in</html>", LIST, REPLY_BROKEN, "unreadable", "a proxy or portal" },
        { 200, "", LIST, REPLY_BROKEN, "unreadable", "" },
        { 200, "{\"endpoints\":[", LIST, REPLY_BROKEN, "unreadable", "" },
        { 200, "true", LIST, REPLY_BROKEN, "unreadable", "" },
};

static struct account *open_account(const char *more)
{
        static struct gcp_options options;
        static struct account_config config;
        struct account *a = NULL;
        char text[512];

        (void)snprintf(text, sizeof(text), USER, more);
        options =
                (struct gcp_options){ .credentials_file = (char *)gcp_test_file("adc.json", text) };
        config = (struct account_config){ .name = (char *)"prod", .options = &options };
        assert_int_equal(gcp_provider.account_new(&a, &config, NULL, NULL), 0);
        return a;
}

/* Of project p-1, number 4242. */
static void interpret(struct account *a, enum where where, const struct message_reply *reply,
                      struct reply_meaning *ret)
{
        struct scope *scope = scope_new("p-1", NULL, "project");
        struct service own = { .api = (char *)"aiplatform.googleapis.com" }, shared = { 0 };
        static char *facts[] = { (char *)"log.destination", NULL };
        struct collector top = { 0 }, child = { .per = (char *)"gcp.x" };
        struct call detail = { .service = &own, .collector = &top };
        struct call_instance call = { .scope = scope,
                                      .region = "europe-west1",
                                      .host = "europe-west1-aiplatform.googleapis.com",
                                      .path = "/v1/projects/p-1/locations/europe-west1/endpoints" };

        if (where == FOLLOWED)
                top.follows.facts = facts;
        json_decref(scope->attributes);
        scope->attributes = json_pack("{s:s}", "name", "projects/4242");
        top.list = (struct call){ .service = where == SHARED ? &shared : &own, .collector = &top };
        child.list = (struct call){ .service = &own, .collector = &child };
        call.call = where == DETAIL ? &detail : where == CHILD ? &child.list : &top.list;
        if (where == SHARED) {
                call.region = "global";
                call.host = "cloudasset.googleapis.com";
                call.path = "/v1/projects/p-1:searchAllResources";
        }
        gcp_provider.interpret(a, &call, reply, ret);
        (void)scope_free(scope);
}

static void replies_mean_what_they_say(void **state)
{
        struct account *a = open_account("");

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const struct expected *x = &rows[i];
                struct message_reply reply = gcp_test_reply(x->status, "", x->body);
                struct reply_meaning m;

                interpret(a, x->where, &reply, &m);
                if (m.kind != x->kind || (x->code && strcmp(m.code, x->code) != 0) ||
                    !strstr(m.text, x->says))
                        fail_msg("row %zu (HTTP %d %s): kind %d, code '%s', text '%s'", i,
                                 x->status, x->body, m.kind, m.code, m.text);
                assert_true((m.body != NULL) == (m.kind == REPLY_OK));
                json_decref(m.body);
                message_reply_done(&reply);
        }
        (void)gcp_provider.account_free(a);
}

static void reply_names_the_quota_project(void **state)
{
        static const char *const bodies[] = {
                INFO("SERVICE_DISABLED",
                     "\"service\":\"cloudasset.googleapis.com\",\"consumer\":\"projects/777\""),
                INFO("USER_PROJECT_DENIED", ""),
        };
        static const char *const says[] = { "which is charged as quota_project: gcloud services "
                                            "enable cloudasset.googleapis.com --project quota-1",
                                            "project quota-1 cannot be charged" };
        struct account *a = open_account(",\"quota_project_id\":\"quota-1\"");

        for (size_t i = 0; i < ELEMENTSOF(bodies); i++) {
                struct message_reply reply = gcp_test_reply(403, "", bodies[i]);
                struct reply_meaning m;

                interpret(a, SHARED, &reply, &m);
                assert_int_equal(m.kind, REPLY_REFUSED);
                if (!strstr(m.text, says[i]))
                        fail_msg("'%s' is not in '%s'", says[i], m.text);
                message_reply_done(&reply);
        }
        (void)gcp_provider.account_free(a);
}

static void reply_waits_as_long_as_it_says(void **state)
{
        static const struct {
                const char *headers, *body;
                uint64_t seconds;
        } cases[] = {
                { "retry-after: 7\n", "", 7 },
                { "retry-after: Mon, 23 Nov 2026 22:00:30 GMT\n", "", 30 },
                { "",
                  "{\"error\":{\"code\":429,\"details\":[{\"@type\":\"type.googleapis.com/google."
                  "rpc.RetryInfo\",\"retryDelay\":\"12s\"}]}}",
                  12 },
                { "", INFO("RATE_LIMIT_EXCEEDED", "\"quota_limit\":\"SearchPerDay\""), 86400 },
                { "", INFO("RESOURCE_QUOTA_EXCEEDED", ""), 86400 },
                { "retry-after: soon\n", "", 0 },
        };
        struct account *a = open_account("");

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct message_reply reply = gcp_test_reply(429, cases[i].headers, cases[i].body);
                struct reply_meaning m;

                interpret(a, LIST, &reply, &m);
                assert_int_equal(m.kind, REPLY_THROTTLED);
                assert_int_equal(m.retry_after_usec, cases[i].seconds * USEC_PER_SEC);
                message_reply_done(&reply);
        }
        (void)gcp_provider.account_free(a);
}

static void reply_says_what_is_missing(void **state)
{
        static const struct {
                const char *body, *partial;
        } cases[] = {
                { "{\"services\":[],\"unreachable\":[\"projects/p/locations/europe-west1\"]}",
                  "not reached: europe-west1" },
                { "{\"unreachable\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"]}",
                  "not reached: a, b, c, d and 2 more" },
                { "{\"clusters\":[],\"missingZones\":[\"europe-west1-b\"]}",
                  "not reached: europe-west1-b" },
                { "{\"items\":{},\"unreachables\":[\"regions/x\"]}", "not reached: x" },
                { "{\"items\":{\"zones/a\":{\"warning\":{\"code\":\"NO_RESULTS_ON_PAGE\"}},"
                  "\"zones/b\":{\"warning\":{\"code\":\"UNREACHABLE\",\"message\":\"down\"}}}}",
                  "zones/b: UNREACHABLE, down" },
                { "{\"warning\":{\"code\":\"NO_RESULTS_ON_PAGE\"}}", "" },
                { "{\"timeSeries\":[],\"executionErrors\":[{\"code\":14,\"message\":\"late\"}]}",
                  "the query: warning, late" },
                { "{\"unreachable\":[],\"executionErrors\":[]}", "" },
                { "{\"items\":[{\"warning\":1}]}", "" },
                { "{\"unreachable\":[7]}", "not reached: a place without name" },
        };
        struct account *a = open_account("");

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct message_reply reply = gcp_test_reply(200, "", cases[i].body);
                struct reply_meaning m;

                interpret(a, SHARED, &reply, &m);
                assert_int_equal(m.kind, REPLY_OK);
                assert_string_equal(m.partial, cases[i].partial);
                json_decref(m.body);
                message_reply_done(&reply);
        }
        (void)gcp_provider.account_free(a);
}

static void no_reply_is_no_answer(void **state)
{
        struct account *a = open_account("");

        for (int t = TRANSPORT_UNRESOLVED; t <= TRANSPORT_COMMAND; t++) {
                struct message_reply reply = gcp_test_reply(200, "", "{}");
                struct reply_meaning m;

                reply.transport = (enum transport)t;
                reply.network_up = true;
                interpret(a, LIST, &reply, &m);
                assert_true(m.kind == REPLY_TRANSIENT || m.kind == REPLY_BROKEN);
                assert_null(m.body);
                message_reply_done(&reply);
        }
        (void)gcp_provider.account_free(a);
}

/* Only hosts that are made for one location say by their absence that it has no such service. */
static void regional_host_without_name_is_absent(void **state)
{
        struct message_reply reply = gcp_test_reply(0, "", "");
        const struct call_instance call = { .host = "modelarmor.europe-west9.rep.googleapis.com",
                                            .path = "/v1/x",
                                            .region = "europe-west9" };
        struct account *a = open_account("");
        _cleanup_(freep) char *witness = gcp_provider.witness(a, NULL, "europe-west9");
        struct reply_meaning m;

        assert_string_equal(witness, "cloudresourcemanager.googleapis.com");
        reply.transport = TRANSPORT_UNRESOLVED;
        gcp_provider.interpret(a, &call, &reply, &m);
        assert_int_equal(m.kind, REPLY_TRANSIENT); /* the resolver may be what fails */
        reply.network_up = true;
        gcp_provider.interpret(a, &call, &reply, &m);
        assert_int_equal(m.kind, REPLY_ABSENT);
        message_reply_done(&reply);
        (void)gcp_provider.account_free(a);
}

static void replies_that_repeat_secrets_are_cut(void **state)
{
        struct message_reply reply =
                gcp_test_reply(403, "", STATUS("403", "PERMISSION_DENIED", "bad SECRETr and more"));
        struct account *a = open_account("");
        struct reply_meaning m;

        interpret(a, LIST, &reply, &m);
        assert_null(strstr(m.text, "SECRETr"));
        assert_non_null(strstr(m.text, "bad *** and more"));
        message_reply_done(&reply);
        (void)gcp_provider.account_free(a);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                GCP_TEST(replies_mean_what_they_say),
                GCP_TEST(reply_names_the_quota_project),
                GCP_TEST(reply_waits_as_long_as_it_says),
                GCP_TEST(reply_says_what_is_missing),
                GCP_TEST(no_reply_is_no_answer),
                GCP_TEST(regional_host_without_name_is_absent),
                GCP_TEST(replies_that_repeat_secrets_are_cut),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
