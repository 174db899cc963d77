#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/support/aws_contract.h"

#define IN_TIME "date: Thu, 15 Jan 2026 08:30:01 GMT\n"
#define LATE "date: Thu, 15 Jan 2026 08:50:00 GMT\n"
#define EC2_ERROR(code, text)                                                                      \
        "<?xml version=\"1.0\"?>\n<Response><Errors><Error><Code>" code "</Code><Message>" text    \
        "</Message></Error></Errors><RequestID>r-1</RequestID></Response>"
#define QUERY_ERROR(code, text)                                                                    \
        "<ErrorResponse "                                                                          \
        "xmlns=\"https://sts.amazonaws.com/doc/\"><Error><Type>Sender</Type><Code>" code           \
        "</Code><Message>" text "</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
#define HTML "<!DOCTYPE html><html><body>Sign in to the hotel's network</body></html>"

static const struct reply_case {
        const char *name, *protocol;
        int status;
        const char *headers, *body;
        enum reply_kind kind;
        const char *code; /* NULL: not looked at */
} cases[] = {
        /* answers */
        { "json", "aws-json-1.1", 200, "", "{\"Endpoints\":[]}", REPLY_OK, NULL },
        { "rest", "rest-json", 202, "", "{}", REPLY_OK, NULL },
        { "ec2", "ec2", 200, "", "<DescribeRegionsResponse><regionInfo/></DescribeRegionsResponse>",
          REPLY_OK, NULL },
        /* not answers */
        { "truncated json", "aws-json-1.1", 200, "", "{\"Endpoints\":[", REPLY_BROKEN, NULL },
        { "empty", "aws-json-1.1", 200, "", "", REPLY_BROKEN, NULL },
        { "no object", "aws-json-1.1", 200, "", "[1]", REPLY_BROKEN, NULL },
        { "two documents", "aws-json-1.1", 200, "", "{} {}", REPLY_BROKEN, NULL },
        { "a portal", "aws-json-1.1", 200, "content-type: text/html\n", HTML, REPLY_BROKEN, NULL },
        { "a portal for rest", "rest-json", 200, "", HTML, REPLY_BROKEN, NULL },
        { "a portal for ec2", "ec2", 200, "", HTML, REPLY_BROKEN, NULL },
        { "a well-formed page", "ec2", 200, "", "<html><body/></html>", REPLY_BROKEN, NULL },
        { "xml for json", "aws-json-1.1", 200, "", "<ok/>", REPLY_BROKEN, NULL },
        { "truncated xml", "ec2", 200, "", "<DescribeRegionsResponse><regionInfo>", REPLY_BROKEN,
          NULL },
        { "an error with 200", "ec2", 200, "", EC2_ERROR("Strange", "no"), REPLY_BROKEN, NULL },
        { "a redirect", "aws-json-1.1", 302, "location: https://evil.example\n", "", REPLY_BROKEN,
          NULL },
        /* codes in each protocol's place */
        { "type", "aws-json-1.1", 400, IN_TIME,
          "{\"__type\":\"com.amazonaws.sagemaker#AccessDeniedException\",\"message\":\"no\"}",
          REPLY_DENIED, "AccessDeniedException" },
        { "header, with an address", "rest-json", 403,
          IN_TIME "x-amzn-errortype: AccessDeniedException:http://internal.amazon.com/\n",
          "{\"message\":\"no\"}", REPLY_DENIED, "AccessDeniedException" },
        { "body code", "rest-json", 400, IN_TIME, "{\"code\":\"ThrottlingException\"}",
          REPLY_THROTTLED, "ThrottlingException" },
        { "ec2 denied", "ec2", 403, IN_TIME, EC2_ERROR("UnauthorizedOperation", "no"), REPLY_DENIED,
          "UnauthorizedOperation" },
        { "query json", "query", 403, IN_TIME,
          "{\"Error\":{\"Code\":\"AccessDenied\",\"Message\":\"no\"},\"RequestId\":\"r\"}",
          REPLY_DENIED, "AccessDenied" },
        { "query xml", "query", 400, IN_TIME, QUERY_ERROR("Throttling", "slowly"), REPLY_THROTTLED,
          "Throttling" },
        { "cloudwatch's header wins", "aws-json-1.0", 400,
          IN_TIME "x-amzn-query-error: Throttling;Sender\n",
          "{\"__type\":\"com.amazonaws.cloudwatch#Other\"}", REPLY_THROTTLED, "Throttling" },
        { "empty refusal", "rest-json", 403, IN_TIME, "", REPLY_DENIED, NULL },
        { "empty trouble", "rest-json", 503, IN_TIME, "", REPLY_TRANSIENT, NULL },
        { "a balancer's page", "rest-json", 502, IN_TIME, HTML, REPLY_TRANSIENT, NULL },
        { "too many", "rest-json", 429, IN_TIME, "", REPLY_THROTTLED, NULL },
        /* classes */
        { "slow down", "rest-xml", 503, IN_TIME, "<Error><Code>SlowDown</Code></Error>",
          REPLY_THROTTLED, "SlowDown" },
        { "limit", "ec2", 503, IN_TIME, EC2_ERROR("RequestLimitExceeded", "x"), REPLY_THROTTLED,
          NULL },
        { "internal", "aws-json-1.1", 500, IN_TIME, "{\"__type\":\"InternalServerException\"}",
          REPLY_TRANSIENT, NULL },
        { "request timeout", "aws-json-1.1", 400, IN_TIME, "{\"__type\":\"RequestTimeout\"}",
          REPLY_TRANSIENT, NULL },
        { "expired token", "aws-json-1.1", 400, IN_TIME, "{\"__type\":\"ExpiredTokenException\"}",
          REPLY_EXPIRED, NULL },
        { "expired in the query protocol", "query", 403, IN_TIME, QUERY_ERROR("ExpiredToken", "x"),
          REPLY_EXPIRED, NULL },
        { "unknown client", "aws-json-1.1", 400, IN_TIME,
          "{\"__type\":\"UnrecognizedClientException\",\"message\":\"The security token included "
          "in the request is invalid.\"}",
          REPLY_UNAUTHENTICATED, NULL },
        { "ec2 failure", "ec2", 401, IN_TIME, EC2_ERROR("AuthFailure", "x"), REPLY_UNAUTHENTICATED,
          NULL },
        { "opt in", "aws-json-1.1", 400, IN_TIME, "{\"__type\":\"OptInRequired\"}", REPLY_OFF,
          NULL },
        { "region disabled", "query", 403, IN_TIME, QUERY_ERROR("RegionDisabledException", "x"),
          REPLY_OFF, NULL },
        { "not in this region", "aws-json-1.1", 400, IN_TIME,
          "{\"__type\":\"AccessDeniedException\",\"message\":\"The service is not available in "
          "this region\"}",
          REPLY_ABSENT, NULL },
        { "unknown operation", "aws-json-1.1", 400, IN_TIME,
          "{\"__type\":\"UnknownOperationException\"}", REPLY_ABSENT, NULL },
        { "invalid action", "ec2", 400, IN_TIME, EC2_ERROR("InvalidAction", "x"), REPLY_ABSENT,
          NULL },
        { "gone", "rest-json", 404, IN_TIME "x-amzn-errortype: ResourceNotFoundException\n", "{}",
          REPLY_GONE, NULL },
        { "gone, as SageMaker says it", "aws-json-1.1", 400, IN_TIME,
          "{\"__type\":\"ValidationException\",\"message\":\"Could not find endpoint \\\"x\\\"\"}",
          REPLY_GONE, NULL },
        { "a bad argument", "aws-json-1.1", 400, IN_TIME,
          "{\"__type\":\"ValidationException\",\"message\":\"1 validation error\"}", REPLY_REFUSED,
          NULL },
        /* clocks */
        { "a clock that is off", "aws-json-1.1", 400, LATE,
          "{\"__type\":\"InvalidSignatureException\",\"message\":\"Signature expired: "
          "20260115T083000Z is now earlier than 20260115T084500Z\"}",
          REPLY_SKEWED, NULL },
        { "a clock that is off, in ec2", "ec2", 400, LATE, EC2_ERROR("RequestExpired", "x"),
          REPLY_SKEWED, NULL },
        { "a signature that is wrong", "aws-json-1.1", 400, IN_TIME,
          "{\"__type\":\"InvalidSignatureException\",\"message\":\"The request signature we "
          "calculated does not match\"}",
          REPLY_UNAUTHENTICATED, NULL },
};

/* A detail call: what is not found there is an item, not a place. */
static void interpret(struct account *a, const char *protocol, const struct message_reply *reply,
                      struct reply_meaning *ret)
{
        static struct collector collector = { .id = (char *)"aws.test.thing" };
        struct service service = { .id = (char *)"aws.test", .protocol = (char *)protocol };
        const char *name = strcmp(protocol, "ec2") == 0 ? "DescribeRegions" : "GetCallerIdentity";
        const struct call call = { .name = (char *)name,
                                   .service = &service,
                                   .collector = &collector };
        const struct call_instance instance = { .call = &call,
                                                .region = "eu-west-1",
                                                .host = "x.eu-west-1.amazonaws.com",
                                                .path = "/" };

        aws_provider.interpret(a, &instance, reply, ret);
}

static void open_account(struct aws_test_account *t)
{
        aws_test_enter();
        aws_test_keys();
        assert_int_equal(aws_test_open(t, ""), 0);
        assert_int_equal(aws_test_sign_in(t, NULL, NULL, 0, AWS_TEST_NOW_USEC), SIGN_IN_READY);
}

static void aws_replies_mean_what_they_say(void **state)
{
        int wrong = 0;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const struct reply_case *x = &cases[i];
                const struct aws_test_reply from = { .status = x->status,
                                                     .headers = x->headers,
                                                     .body = x->body };
                struct aws_test_account t;
                struct message_reply reply;
                struct reply_meaning m;

                open_account(&t);
                aws_test_reply_make(&reply, &from);
                interpret(t.account, x->protocol, &reply, &m);
                if (m.kind != x->kind || (x->code && strcmp(m.code, x->code) != 0) ||
                    (m.kind == REPLY_OK) != (m.body != NULL)) {
                        print_error("%s: kind %d, wanted %d; code %s, text %s\n", x->name, m.kind,
                                    x->kind, m.code, m.text);
                        wrong++;
                }
                if (m.kind != REPLY_OK && m.kind != REPLY_BROKEN && m.code[0] == '\0') {
                        print_error("%s: no code\n", x->name);
                        wrong++;
                }
                json_decref(m.body);
                message_reply_done(&reply);
                aws_test_close(&t);
                aws_test_leave();
        }
        assert_int_equal(wrong, 0);
}

static void aws_transports_mean_absent_only_when_names_resolve(void **state)
{
        static const struct {
                enum transport transport;
                bool network_up;
                enum reply_kind kind;
        } rows[] = {
                { TRANSPORT_UNRESOLVED, false, REPLY_TRANSIENT },
                { TRANSPORT_UNRESOLVED, true, REPLY_ABSENT },
                { TRANSPORT_TIMEOUT, true, REPLY_TRANSIENT },
                { TRANSPORT_REFUSED, true, REPLY_TRANSIENT },
                { TRANSPORT_BROKEN, true, REPLY_TRANSIENT },
        };
        struct aws_test_account t;

        open_account(&t);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const struct aws_test_reply from = { .transport = rows[i].transport };
                struct message_reply reply;
                struct reply_meaning m;

                aws_test_reply_make(&reply, &from);
                reply.network_up = rows[i].network_up;
                interpret(t.account, "aws-json-1.1", &reply, &m);
                assert_int_equal(m.kind, rows[i].kind);
                assert_null(m.body);
                message_reply_done(&reply);
        }
        aws_test_close(&t);
        aws_test_leave();
}

static struct reply_meaning meaning_of(struct aws_test_account *t, const char *protocol,
                                       const struct aws_test_reply *from)
{
        struct message_reply reply;
        struct reply_meaning m;

        aws_test_reply_make(&reply, from);
        interpret(t->account, protocol, &reply, &m);
        message_reply_done(&reply);
        return m;
}

/* One path reads both of STS's forms. */
static void aws_replies_of_sts_have_one_shape(void **state)
{
        static const struct aws_test_reply replies[] = {
                { .status = 200,
                  .body = "{\"GetCallerIdentityResponse\":{\"GetCallerIdentityResult\":{"
                          "\"Account\":"
                          "\"111122223333\"},\"ResponseMetadata\":{\"RequestId\":\"r-1\"}}}" },
                { .status = 200,
                  .body = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/\">"
                          "<GetCallerIdentityResult><Account>111122223333</Account>"
                          "</GetCallerIdentityResult><ResponseMetadata><RequestId>r-1</RequestId>"
                          "</ResponseMetadata></GetCallerIdentityResponse>" },
        };
        struct aws_test_account t;

        open_account(&t);
        for (size_t i = 0; i < ELEMENTSOF(replies); i++) {
                struct reply_meaning m = meaning_of(&t, "query", &replies[i]);

                assert_int_equal(m.kind, REPLY_OK);
                assert_string_equal(json_path_string(m.body, "GetCallerIdentityResult.Account"),
                                    "111122223333");
                assert_string_equal(m.request_id, "r-1");
                json_decref(m.body);
        }
        aws_test_close(&t);
        aws_test_leave();
}

static void aws_replies_never_repeat_a_secret(void **state)
{
        const struct aws_test_reply from = {
                .status = 403,
                .headers = "x-amzn-requestid: r-2\nretry-after: 7\n" IN_TIME,
                .body = "{\"__type\":\"AccessDeniedException\",\"message\":\"key " AWS_TEST_SECRET
                        " token " AWS_TEST_TOKEN " refused\"}"
        };
        const struct aws_test_reply slow = { .status = 503, .headers = "retry-after: 7\n" IN_TIME };
        struct aws_test_account t;
        struct reply_meaning m;

        open_account(&t);
        m = meaning_of(&t, "aws-json-1.1", &from);
        assert_int_equal(m.kind, REPLY_DENIED);
        assert_null(strstr(m.text, AWS_TEST_SECRET));
        assert_null(strstr(m.text, AWS_TEST_TOKEN));
        assert_non_null(strstr(m.text, "refused"));
        assert_string_equal(m.request_id, "r-2");
        m = meaning_of(&t, "aws-json-1.1", &slow);
        assert_int_equal(m.kind, REPLY_TRANSIENT);
        assert_int_equal(m.retry_after_usec, 7 * USEC_PER_SEC);
        aws_test_close(&t);
        aws_test_leave();
}

/* The second time our clock has the offset: then the key is what is wrong. */
static void aws_replies_correct_the_clock_once(void **state)
{
        const struct aws_test_reply from = { .status = 403,
                                             .headers = LATE,
                                             .body = "{\"__type\":\"RequestTimeTooSkewed\"}" };
        struct aws_test_account t;

        open_account(&t);
        assert_int_equal(meaning_of(&t, "aws-json-1.1", &from).kind, REPLY_SKEWED);
        assert_int_not_equal(meaning_of(&t, "aws-json-1.1", &from).kind, REPLY_SKEWED);
        aws_test_close(&t);
        aws_test_leave();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(aws_replies_mean_what_they_say),
                cmocka_unit_test(aws_transports_mean_absent_only_when_names_resolve),
                cmocka_unit_test(aws_replies_of_sts_have_one_shape),
                cmocka_unit_test(aws_replies_never_repeat_a_secret),
                cmocka_unit_test(aws_replies_correct_the_clock_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
