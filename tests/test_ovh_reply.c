#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/support/ovh.h"

/* ---- calls of each shape ----------------------------------------------------------------------
 */

enum shape { LIST, CHILD, DETAIL, ELSEWHERE, SHAPE_MAX };

struct bench {
        json_t *options;
        struct service service[SHAPE_MAX];
        struct collector collector[SHAPE_MAX];
        struct call detail;
        struct scope scope;
};

static void bench_init(struct bench *b)
{
        *b = (struct bench){ .options = json_pack("{ss}", "auth", "aie") };
        for (size_t i = 0; i < SHAPE_MAX; i++) {
                b->collector[i].service = &b->service[i];
                b->collector[i].list.collector = &b->collector[i];
                b->collector[i].list.service = &b->service[i];
        }
        b->collector[CHILD].per = (char *)"ovh.kube.id";
        b->service[ELSEWHERE].options = b->options;
        b->detail.collector = &b->collector[DETAIL];
        b->detail.service = &b->service[DETAIL];
        b->scope = (struct scope){ .id = (char *)"p-1", .level = (char *)"project" };
}

static void interpret(struct bench *b, struct account *a, enum shape shape, const char *path,
                      struct message_reply *reply, struct reply_meaning *ret)
{
        const struct call_instance call = {
                .call = shape == DETAIL ? &b->detail : &b->collector[shape].list,
                .scope = &b->scope,
                .host = "eu.api.ovh.com",
                .path = path,
        };

        ovh_provider.interpret(a, &call, reply, ret);
        message_reply_done(reply);
}

static struct account *open_with(const char *const *variables)
{
        static const struct account_config config = { .name = (char *)"lab" };

        ovh_forget();
        ovh_set(variables);
        return ovh_open(&config);
}

/* ---- meanings ----------------------------------------------------------------------------------
 */

#define KEY ovh_key_variables
#define SERVICE ovh_service_variables
#define TOKEN ovh_token_variables
#define OLD(code, message)                                                                         \
        "{\"errorCode\":\"" code "\",\"httpCode\":\"403 Forbidden\",\"message\":\"" message "\"}"
#define NEW(class, message) "{\"class\":\"" class "\",\"message\":\"" message "\"}"

static const struct {
        const char *what;
        const char *const *variables;
        enum shape shape;
        int status;
        const char *headers, *body;
        enum reply_kind kind;
        const char *code, *text;
} cases[] = {
        { "a list of ids", KEY, LIST, 200, NULL, "[\"a\",\"b\"]", REPLY_OK, "", "" },
        { "a thing", KEY, DETAIL, 200, NULL, "{\"id\":\"a\"}", REPLY_OK, "", "" },
        { "a number is no list", KEY, LIST, 200, NULL, "7", REPLY_BROKEN, "unreadable",
          "no JSON object, and no list" },
        { "a cut reply", KEY, LIST, 200, NULL, "[\"a\",", REPLY_BROKEN, "unreadable",
          "no valid JSON" },
        { "nothing", KEY, LIST, 200, NULL, "", REPLY_BROKEN, "unreadable", "no valid JSON" },
        { "a portal", KEY, LIST, 200, "content-type: text/html\n", "<html>", REPLY_BROKEN,
          "unreadable", "a web page instead of JSON" },
        { "another success is no answer", KEY, LIST, 204, NULL, "", REPLY_BROKEN, "http_204", "" },
        { "a redirect", KEY, LIST, 302, NULL, "", REPLY_BROKEN, "http_302", "" },

        { "another continent's key", KEY, LIST, 403, NULL,
          OLD("INVALID_KEY", "This application key is invalid"), REPLY_UNAUTHENTICATED,
          "INVALID_KEY",
          "ovh-eu does not know the application key appkey (variables OVH_*): deleted, a typing "
          "error, or made at another endpoint" },
        { "not validated", KEY, LIST, 403, NULL,
          OLD("INVALID_CREDENTIAL", "This credential is not valid"), REPLY_UNAUTHENTICATED,
          "INVALID_CREDENTIAL", "is not validated, was revoked or has expired (This credential" },
        { "expired consumer key", KEY, LIST, 403, NULL,
          OLD("NOT_CREDENTIAL", "This credential does not exist"), REPLY_UNAUTHENTICATED,
          "NOT_CREDENTIAL", "open its validation URL and log in" },
        { "a rule of the key is missing", KEY, LIST, 403, NULL,
          OLD("NOT_GRANTED_CALL", "This call has not been granted"), REPLY_DENIED,
          "NOT_GRANTED_CALL", "This call has not been granted" },
        { "an action is missing", SERVICE, LIST, 403, NULL,
          "{\"class\":\"Client::Forbidden\",\"message\":\"User not granted for this request\","
          "\"details\":{\"unauthorizedActionsByAuthentication\":\"\","
          "\"unauthorizedActionsByIAM\":\"publicCloudProject:apiovh:ai/app/get\"}}",
          REPLY_DENIED, "Client::Forbidden",
          "User not granted for this request: needs publicCloudProject:apiovh:ai/app/get" },
        { "both kinds of missing action", SERVICE, LIST, 403, NULL,
          "{\"class\":\"Client::Forbidden\",\"message\":\"no\",\"details\":{"
          "\"unauthorizedActionsByAuthentication\":\"a\",\"unauthorizedActionsByIAM\":\"b,c\"}}",
          REPLY_DENIED, "Client::Forbidden", "no: needs a, b,c" },
        { "a key's error says nothing to a service account", SERVICE, LIST, 403, NULL,
          OLD("INVALID_CREDENTIAL", "no"), REPLY_DENIED, "INVALID_CREDENTIAL", "no" },
        { "forbidden without a word", SERVICE, LIST, 403, NULL, "", REPLY_DENIED, "http_403",
          "not granted" },

        { "a clock that was set", KEY, LIST, 400, NULL,
          NEW("Client::BadRequest", "Invalid signature"), REPLY_EXPIRED, "Client::BadRequest",
          "refuses the signature (Invalid signature), also with its own time" },
        { "old time", KEY, LIST, 400, NULL, NEW("Client::BadRequest", "Query timestamp too old"),
          REPLY_EXPIRED, "Client::BadRequest", "this machine's clock" },
        { "a bad argument", KEY, LIST, 400, NULL, NEW("Client::BadRequest", "Invalid size"),
          REPLY_REFUSED, "Client::BadRequest", "HTTP 400: Invalid size" },
        { "an ended token is renewed", SERVICE, LIST, 401, NULL,
          NEW("Client::Unauthorized", "Invalid token"), REPLY_EXPIRED, "Client::Unauthorized",
          "does not accept the token of the service account EU.client" },
        { "an access token that was revoked", TOKEN, LIST, 401, NULL,
          NEW("Client::Unauthorized", "Invalid token"), REPLY_UNAUTHENTICATED,
          "Client::Unauthorized", "the access token (variables OVH_*) has ended or was revoked" },
        { "a key refused", KEY, LIST, 401, NULL, NEW("Client::Unauthorized", "You must login"),
          REPLY_UNAUTHENTICATED, "Client::Unauthorized", "refuses the application key" },
        { "a key of another API", TOKEN, ELSEWHERE, 401, NULL,
          "{\"error\":{\"message\":\"Invalid API key\"}}", REPLY_DENIED, "http_401",
          "this API does not accept the key: Invalid API key" },

        { "a project that cannot be seen", KEY, LIST, 404, NULL,
          NEW("Client::NotFound", "This service does not exist"), REPLY_REFUSED, "Client::NotFound",
          "This service does not exist: the project p-1 does not exist, cannot be seen with these "
          "credentials" },
        { "a parent that went away", KEY, CHILD, 404, NULL, NEW("Client::NotFound", "gone"),
          REPLY_GONE, "Client::NotFound", "gone" },
        { "a thing that went away", KEY, DETAIL, 404, NULL, NEW("Client::NotFound", "gone"),
          REPLY_GONE, "Client::NotFound", "gone" },
        { "not the API says that it is not there", KEY, CHILD, 404, "content-type: text/html\n",
          "<html>", REPLY_BROKEN, "http_404", "not found" },
        { "nobody says so", KEY, DETAIL, 404, NULL, "", REPLY_REFUSED, "http_404", "not found" },
        { "a suspended project", KEY, LIST, 460, NULL,
          NEW("Client::ServiceExpired", "This service is expired"), REPLY_OFF,
          "Client::ServiceExpired", "the service has expired or is suspended" },

        { "throttled", KEY, LIST, 429, NULL, "", REPLY_THROTTLED, "http_429", "HTTP 429" },
        { "a conflict passes", KEY, LIST, 409, NULL, NEW("Client::Conflict", "busy"),
          REPLY_TRANSIENT, "Client::Conflict", "HTTP 409: busy" },
        { "a time-out", KEY, LIST, 408, NULL, "", REPLY_TRANSIENT, "http_408", "" },
        { "they failed", KEY, LIST, 500, NULL, NEW("Server::InternalServerError", "oops"),
          REPLY_TRANSIENT, "Server::InternalServerError", "HTTP 500: oops" },
        { "maintenance", KEY, LIST, 503, NULL, "<html>", REPLY_TRANSIENT, "http_503", "" },
        { "not made", KEY, LIST, 501, NULL, "", REPLY_REFUSED, "http_501", "" },
        { "gone for good", KEY, LIST, 410, NULL, "", REPLY_REFUSED, "http_410", "" },
};

static void replies_mean_what_they_should(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct message_reply reply =
                        ovh_reply(cases[i].status, cases[i].headers, cases[i].body);
                struct account *a = open_with(cases[i].variables);
                struct reply_meaning m;
                struct bench b;

                bench_init(&b);
                interpret(&b, a, cases[i].shape, "/v1/x", &reply, &m);
                if (m.kind != cases[i].kind || strcmp(m.code, cases[i].code) != 0 ||
                    !strstr(m.text, cases[i].text))
                        fail_msg("%s: %d '%s' '%s'", cases[i].what, m.kind, m.code, m.text);
                assert_true((m.body != NULL) == (m.kind == REPLY_OK));
                json_decref(m.body);
                json_decref(b.options);
                (void)ovh_provider.account_free(a);
        }
}

static void replies_carry_their_number_and_their_wait(void **state)
{
        struct message_reply reply =
                ovh_reply(429, "x-ovh-queryid: EU.ext-1.64f0.abc\nretry-after: 7\n", "");
        struct account *a = open_with(KEY);
        struct reply_meaning m;
        struct bench b;

        bench_init(&b);
        interpret(&b, a, LIST, "/v1/x", &reply, &m);
        assert_string_equal(m.request_id, "EU.ext-1.64f0.abc");
        assert_int_equal(m.retry_after_usec, 7 * USEC_PER_SEC);
        json_decref(b.options);
        (void)ovh_provider.account_free(a);
}

static void replies_that_did_not_come_are_no_answer(void **state)
{
        static const struct {
                enum transport transport;
                enum reply_kind kind;
        } transports[] = {
                { TRANSPORT_UNRESOLVED, REPLY_TRANSIENT }, { TRANSPORT_REFUSED, REPLY_TRANSIENT },
                { TRANSPORT_TLS, REPLY_BROKEN },           { TRANSPORT_TIMEOUT, REPLY_TRANSIENT },
                { TRANSPORT_BROKEN, REPLY_TRANSIENT },     { TRANSPORT_TOO_LARGE, REPLY_BROKEN },
        };

        for (size_t i = 0; i < ELEMENTSOF(transports); i++) {
                struct message_reply reply = ovh_reply(0, NULL, NULL);
                struct account *a = open_with(KEY);
                struct reply_meaning m;
                struct bench b;

                bench_init(&b);
                reply.transport = transports[i].transport;
                interpret(&b, a, LIST, "/v1/x", &reply, &m);
                assert_int_equal(m.kind, transports[i].kind);
                json_decref(b.options);
                (void)ovh_provider.account_free(a);
        }
}

/* What a server sends back is not trusted to leave the secrets out. */
static void texts_have_no_secrets(void **state)
{
        struct message_reply reply = ovh_reply(
                403, NULL, NEW("Client::Forbidden", "no consumer consumer, no secret: secret"));
        struct account *a = open_with(KEY);
        struct reply_meaning m;
        struct bench b;

        bench_init(&b);
        interpret(&b, a, LIST, "/v1/x", &reply, &m);
        assert_null(strstr(m.text, "consumer"));
        assert_null(strstr(m.text, "secret"));
        json_decref(b.options);
        (void)ovh_provider.account_free(a);
}

/* ---- what stays in the reply -------------------------------------------------------------------
 */

static const struct {
        const char *path, *body, *want;
} scrubbed[] = {
        { "/v1/cloud/project/p/ai/registry",
          "[{\"id\":\"r\",\"username\":\"u\",\"password\":\"leaked\"}]",
          "[{\"id\":\"r\",\"username\":\"u\"}]" },
        { "/v1/cloud/project/p/ai/token",
          "[{\"id\":\"t\",\"spec\":{\"role\":\"read\"},\"status\":{\"value\":\"leaked\","
          "\"version\":1}}]",
          "[{\"id\":\"t\",\"spec\":{\"role\":\"read\"},\"status\":{\"version\":1}}]" },
        { "/v1/cloud/project/p/ai/app",
          "[{\"spec\":{\"envVars\":[{\"name\":\"HF_TOKEN\",\"value\":\"leaked\"},{\"name\":"
          "\"MODEL_ID\",\"value\":\"m\"},{\"value\":\"leaked\"}]}}]",
          "[{\"spec\":{\"envVars\":[{\"name\":\"HF_TOKEN\"},{\"name\":\"MODEL_ID\",\"value\":"
          "\"m\"},{}]}}]" },
        { "/v1/me/api/oauth2/client/x", "{\"clientId\":\"x\",\"clientSecret\":\"leaked\"}",
          "{\"clientId\":\"x\"}" },
        { "/v1/x", "{\"quantity\":{\"value\":\"7\"},\"token\":{\"id\":1}}",
          "{\"quantity\":{\"value\":\"7\"},\"token\":{\"id\":1}}" },
};

static void secrets_never_leave_the_reply(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(scrubbed); i++) {
                struct message_reply reply = ovh_reply(200, NULL, scrubbed[i].body);
                json_auto_t *want = json_loads(scrubbed[i].want, 0, NULL);
                struct account *a = open_with(KEY);
                struct reply_meaning m;
                struct bench b;

                bench_init(&b);
                interpret(&b, a, LIST, scrubbed[i].path, &reply, &m);
                assert_int_equal(m.kind, REPLY_OK);
                if (!json_equal(m.body, want))
                        fail_msg("%s", scrubbed[i].path);
                json_decref(m.body);
                json_decref(b.options);
                (void)ovh_provider.account_free(a);
        }
}

/* ---- use of AI Endpoints -----------------------------------------------------------------------
 */

static void use_is_one_line_for_each_model(void **state)
{
        json_auto_t *body = json_loads(
                "{\"resourcesUsage\":[{\"type\":\"ai-endpoints\",\"resources\":[{\"region\":"
                "\"GRA\","
                "\"components\":[{\"name\":\"m-1-input_tokens\",\"quantity\":{\"unit\":\"Token\","
                "\"value\":2}},{\"name\":\"m-1-output_tokens\",\"quantity\":{\"value\":3.5}},"
                "{\"name\":\"images\",\"quantity\":{\"unit\":\"Image\",\"value\":1}},{}]}]},"
                "{\"type\":\"storage\",\"resources\":[{\"components\":[{\"name\":\"x\"}]}]}]}",
                0, NULL);
        json_auto_t *want =
                json_loads("[{\"model\":\"m-1\",\"quantity\":5.5,\"unit\":\"Token\",\"region\":"
                           "\"GRA\"},{\"model\":\"images\",\"quantity\":1.0,\"unit\":\"Image\","
                           "\"region\":\"GRA\"}]",
                           0, NULL);
        json_auto_t *list = json_loads("[\"202511\"]", 0, NULL);

        assert_int_equal(ovh_usage_lines(body), 0);
        assert_true(json_equal(json_object_get(body, "aiEndpoints"), want));
        assert_int_equal(ovh_usage_lines(list), 0);
        assert_int_equal(json_array_size(list), 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(replies_mean_what_they_should),
                cmocka_unit_test(replies_carry_their_number_and_their_wait),
                cmocka_unit_test(replies_that_did_not_come_are_no_answer),
                cmocka_unit_test(texts_have_no_secrets),
                cmocka_unit_test(secrets_never_leave_the_reply),
                cmocka_unit_test(use_is_one_line_for_each_model),
        };

        return cmocka_run_group_tests_name("ovh reply", tests, NULL, NULL);
}
