#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/support/aws.h"

#define JSON_ERROR(code, text) "{\"__type\":\"" code "\",\"message\":\"" text "\"}"
#define EC2_ERROR(code, text)                                                                      \
        "<?xml version=\"1.0\"?>\n<Response><Errors><Error><Code>" code "</Code><Message>" text    \
        "</Message></Error></Errors><RequestID>r-1</RequestID></Response>"
#define QUERY_ERROR(code, text)                                                                    \
        "<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>" code "</Code><Message>" text \
        "</Message></Error><RequestId>r-2</RequestId></ErrorResponse>"
#define S3_ERROR(code)                                                                             \
        "<Error><Code>" code "</Code><Message>m</Message><RequestId>r-3</RequestId></Error>"

struct wanted {
        const char *what, *protocol, *operation;
        int status;
        const char *headers, *body;
        enum reply_kind kind;
        const char *code; /* NULL: not looked at */
        const char *text; /* a part of it */
        const char *json; /* REPLY_OK: the body, canonical */
        const char *id;   /* request id */
};

/* ---- success ----------------------------------------------------------------------------------
 */

static const struct wanted good[] = {
        { .what = "aws-json",
          .protocol = "aws-json-1.1",
          .status = 200,
          .headers = "x-amzn-requestid: id-1\n",
          .body = "{\"Endpoints\":[],\"NextToken\":\"t\"}",
          .json = "{\"Endpoints\":[],\"NextToken\":\"t\"}",
          .id = "id-1" },
        { .what = "aws-json, an empty object",
          .protocol = "aws-json-1.0",
          .status = 200,
          .body = " {} ",
          .json = "{}" },
        { .what = "rest-json with 202",
          .protocol = "rest-json",
          .status = 202,
          .body = "{\"a\":null}",
          .json = "{\"a\":null}" },
        { .what = "ec2",
          .protocol = "ec2",
          .operation = "DescribeInstances",
          .status = 200,
          .body = "<?xml version=\"1.0\"?><DescribeInstancesResponse xmlns=\"u\"><requestId>id-2"
                  "</requestId><reservationSet><item><instancesSet><item><instanceId>i-1"
                  "</instanceId></item></instancesSet></item></reservationSet>"
                  "</DescribeInstancesResponse>",
          .json = "{\"requestId\":\"id-2\",\"reservationSet\":[{\"instancesSet\":"
                  "[{\"instanceId\":\"i-1\"}]}]}",
          .id = "id-2" },
        { .what = "ec2 with nothing",
          .protocol = "ec2",
          .operation = "DescribeInstances",
          .status = 200,
          .body = "<DescribeInstancesResponse><requestId>i</requestId><reservationSet/>"
                  "</DescribeInstancesResponse>",
          .json = "{\"requestId\":\"i\",\"reservationSet\":[]}" },
        { .what = "query as JSON",
          .protocol = "query",
          .operation = "GetCallerIdentity",
          .status = 200,
          .body = "{\"GetCallerIdentityResponse\":{\"GetCallerIdentityResult\":{\"Account\":\"1\"},"
                  "\"ResponseMetadata\":{\"RequestId\":\"id-3\"}}}",
          .json = "{\"GetCallerIdentityResult\":{\"Account\":\"1\"},\"ResponseMetadata\":"
                  "{\"RequestId\":\"id-3\"}}",
          .id = "id-3" },
        { .what = "query as XML",
          .protocol = "query",
          .operation = "GetCallerIdentity",
          .status = 200,
          .body = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account>"
                  "</GetCallerIdentityResult><ResponseMetadata><RequestId>id-4</RequestId>"
                  "</ResponseMetadata></GetCallerIdentityResponse>",
          .json = "{\"GetCallerIdentityResult\":{\"Account\":\"1\"},\"ResponseMetadata\":"
                  "{\"RequestId\":\"id-4\"}}",
          .id = "id-4" },
        { .what = "s3, one bucket is a list",
          .protocol = "rest-xml",
          .operation = "ListBuckets",
          .status = 200,
          .headers = "x-amz-request-id: id-5\n",
          .body = "<ListAllMyBucketsResult><Buckets><Bucket><Name>b</Name></Bucket></Buckets>"
                  "</ListAllMyBucketsResult>",
          .json = "{\"Buckets\":{\"Bucket\":[{\"Name\":\"b\"}]}}",
          .id = "id-5" },
};

static void check(struct bench *b, const struct wanted *w)
{
        struct message_reply reply = bench_reply(w->status, w->headers, w->body);
        struct reply_meaning meaning = { 0 };

        print_message("%s\n", w->what);
        bench_interpret(b, w->protocol, w->operation, &reply, &meaning);
        assert_int_equal(meaning.kind, w->kind);
        if (w->code)
                assert_string_equal(meaning.code, w->code);
        if (w->text)
                assert_non_null(strstr(meaning.text, w->text));
        if (w->id)
                assert_string_equal(meaning.request_id, w->id);
        if (w->json) {
                _cleanup_(freep) char *json = json_canonical(meaning.body);

                assert_string_equal(json, w->json);
        } else {
                assert_null(meaning.body);
        }
        json_decref(meaning.body);
        message_reply_done(&reply);
}

static void reply_success_is_read_in_each_protocol(void **state)
{
        struct bench b = { 0 };

        bench_ready(&b);
        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                check(&b, &good[i]);
        bench_close(&b);
}

/* ---- what makes no sense ------------------------------------------------------------------------
 */

#define JSON "aws-json-1.1"
#define REST "rest-json"

static const struct wanted broken[] = {
        { .what = "an empty body", .protocol = JSON, .status = 200, .body = "" },
        { .what = "truncated JSON",
          .protocol = JSON,
          .status = 200,
          .body = "{\"Endpoints\":[{\"EndpointName\":\"a\"}" },
        { .what = "JSON that is no object", .protocol = JSON, .status = 200, .body = "[]" },
        { .what = "a text", .protocol = REST, .status = 200, .body = "\"x\"" },
        { .what = "null", .protocol = REST, .status = 200, .body = "null" },
        { .what = "HTML with 200",
          .protocol = JSON,
          .status = 200,
          .headers = "content-type: text/html\n",
          .body = "<!DOCTYPE html><html><body>Sign in</body></html>" },
        { .what = "HTML that is well-formed XML",
          .protocol = REST,
          .status = 200,
          .body = "<html><body>Sign in</body></html>" },
        { .what = "XML where JSON is due",
          .protocol = JSON,
          .status = 200,
          .body = "<ListThingsResponse/>" },
        { .what = "truncated XML",
          .protocol = "ec2",
          .operation = "DescribeRegions",
          .status = 200,
          .body = "<DescribeRegionsResponse><regionInfo><item>" },
        { .what = "another operation's answer",
          .protocol = "ec2",
          .operation = "DescribeRegions",
          .status = 200,
          .body = "<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>" },
        { .what = "HTML where XML is due",
          .protocol = "ec2",
          .operation = "DescribeRegions",
          .status = 200,
          .body = "<html><body/></html>" },
        { .what = "HTML from s3",
          .protocol = "rest-xml",
          .operation = "ListBuckets",
          .status = 200,
          .body = "<html><body>x</body></html>" },
        { .what = "query JSON of another operation",
          .protocol = "query",
          .operation = "GetCallerIdentity",
          .status = 200,
          .body = "{\"AssumeRoleResponse\":{}}" },
        { .what = "a redirect", .protocol = JSON, .status = 302, .body = "" },
        { .what = "400 that says nothing", .protocol = JSON, .status = 400, .body = "<html>" },
        { .what = "XML with a DOCTYPE",
          .protocol = "ec2",
          .operation = "DescribeRegions",
          .status = 200,
          .body = "<!DOCTYPE a [<!ENTITY b \"c\">]><DescribeRegionsResponse/>" },
};

static void reply_that_makes_no_sense_is_broken(void **state)
{
        struct bench b = { 0 };

        bench_ready(&b);
        for (size_t i = 0; i < ELEMENTSOF(broken); i++) {
                struct wanted w = broken[i];

                w.kind = REPLY_BROKEN;
                check(&b, &w);
        }
        bench_close(&b);
}

/* ---- where the code is --------------------------------------------------------------------------
 */

static const struct wanted shapes[] = {
        { .what = "__type with a namespace",
          .protocol = JSON,
          .status = 400,
          .headers = "x-amzn-requestid: r-0\n",
          .body = JSON_ERROR("com.amazonaws.sagemaker#ValidationException", "bad"),
          .kind = REPLY_REFUSED,
          .code = "ValidationException",
          .text = "bad",
          .id = "r-0" },
        { .what = "__type with a URL",
          .protocol = JSON,
          .status = 400,
          .body = JSON_ERROR("ThrottlingException:http://x/", "slow"),
          .kind = REPLY_THROTTLED,
          .code = "ThrottlingException" },
        { .what = "Message in upper case",
          .protocol = JSON,
          .status = 400,
          .body = "{\"__type\":\"AccessDeniedException\",\"Message\":\"no\"}",
          .kind = REPLY_DENIED,
          .code = "AccessDeniedException",
          .text = "no" },
        { .what = "the header alone",
          .protocol = JSON,
          .status = 400,
          .headers = "x-amzn-errortype: AccessDeniedException\n",
          .body = "",
          .kind = REPLY_DENIED,
          .code = "AccessDeniedException" },
        { .what = "rest-json: the header wins over the body",
          .protocol = REST,
          .status = 403,
          .headers = "x-amzn-errortype: AccessDeniedException:http://internal/\n",
          .body = "{\"code\":\"Other\",\"message\":\"no\"}",
          .kind = REPLY_DENIED,
          .code = "AccessDeniedException",
          .text = "no" },
        { .what = "rest-json: code",
          .protocol = REST,
          .status = 429,
          .body = "{\"code\":\"TooManyRequestsException\",\"__type\":\"Other\"}",
          .kind = REPLY_THROTTLED,
          .code = "TooManyRequestsException" },
        { .what = "rest-json: __type",
          .protocol = REST,
          .status = 404,
          .body = "{\"__type\":\"x#ResourceNotFoundException\"}",
          .kind = REPLY_GONE,
          .code = "ResourceNotFoundException" },
        { .what = "rest-json: nothing but a status",
          .protocol = REST,
          .status = 403,
          .body = "<html>Forbidden</html>",
          .kind = REPLY_DENIED,
          .code = "HTTP 403" },
        { .what = "CloudWatch's query error wins",
          .protocol = "aws-json-1.0",
          .status = 400,
          .headers = "x-amzn-query-error: Throttling;Sender\n",
          .body = JSON_ERROR("SomethingElse", "x"),
          .kind = REPLY_THROTTLED,
          .code = "Throttling" },
        { .what = "query",
          .protocol = "query",
          .status = 403,
          .body = QUERY_ERROR("AccessDenied", "no"),
          .kind = REPLY_DENIED,
          .code = "AccessDenied",
          .text = "no",
          .id = "r-2" },
        { .what = "query as JSON",
          .protocol = "query",
          .status = 403,
          .body = "{\"Error\":{\"Code\":\"AccessDenied\",\"Message\":\"no\"},\"RequestId\":\"q\"}",
          .kind = REPLY_DENIED,
          .code = "AccessDenied",
          .text = "no",
          .id = "q" },
        { .what = "ec2",
          .protocol = "ec2",
          .status = 403,
          .body = EC2_ERROR("UnauthorizedOperation", "no &amp; no"),
          .kind = REPLY_DENIED,
          .code = "UnauthorizedOperation",
          .text = "no & no",
          .id = "r-1" },
        { .what = "s3",
          .protocol = "rest-xml",
          .status = 404,
          .body = S3_ERROR("NoSuchBucket"),
          .kind = REPLY_GONE,
          .code = "NoSuchBucket",
          .id = "r-3" },
        { .what = "s3, an error after its 200",
          .protocol = "rest-xml",
          .status = 200,
          .body = S3_ERROR("SlowDown"),
          .kind = REPLY_THROTTLED,
          .code = "SlowDown" },
        { .what = "s3, another region",
          .protocol = "rest-xml",
          .status = 301,
          .headers = "x-amz-bucket-region: eu-west-3\n",
          .body = S3_ERROR("PermanentRedirect"),
          .kind = REPLY_MOVED,
          .code = "eu-west-3" },
        { .what = "XML from a JSON service",
          .protocol = JSON,
          .status = 404,
          .body = "<UnknownOperationException/>",
          .kind = REPLY_ABSENT,
          .code = "UnknownOperationException" },
};

static void reply_errors_are_found_in_each_shape(void **state)
{
        struct bench b = { 0 };

        bench_ready(&b);
        for (size_t i = 0; i < ELEMENTSOF(shapes); i++)
                check(&b, &shapes[i]);
        bench_close(&b);
}

/* ---- what the code means ------------------------------------------------------------------------
 */

static const struct {
        const char *code, *text;
        int status;
        enum reply_kind kind;
} classes[] = {
        { "Throttling", "", 400, REPLY_THROTTLED },
        { "ThrottlingException", "", 400, REPLY_THROTTLED },
        { "ThrottledException", "", 400, REPLY_THROTTLED },
        { "RequestThrottledException", "", 400, REPLY_THROTTLED },
        { "RequestThrottled", "", 400, REPLY_THROTTLED },
        { "TooManyRequestsException", "", 429, REPLY_THROTTLED },
        { "ProvisionedThroughputExceededException", "", 400, REPLY_THROTTLED },
        { "RequestLimitExceeded", "", 503, REPLY_THROTTLED },
        { "BandwidthLimitExceeded", "", 509, REPLY_THROTTLED },
        { "LimitExceededException", "", 400, REPLY_THROTTLED },
        { "SlowDown", "", 503, REPLY_THROTTLED },
        { "PriorRequestNotComplete", "", 400, REPLY_THROTTLED },
        { "EC2ThrottledException", "", 400, REPLY_THROTTLED },
        { "TransactionInProgressException", "", 400, REPLY_THROTTLED },
        { "SomethingNew", "", 429, REPLY_THROTTLED },
        { "RequestTimeout", "", 400, REPLY_TRANSIENT },
        { "RequestTimeoutException", "", 400, REPLY_TRANSIENT },
        { "InternalServerException", "", 500, REPLY_TRANSIENT },
        { "InternalFailure", "", 500, REPLY_TRANSIENT },
        { "ServiceUnavailable", "", 503, REPLY_TRANSIENT },
        { "ServiceUnavailableException", "", 503, REPLY_TRANSIENT },
        { "SomethingNew", "", 500, REPLY_TRANSIENT },
        { "SomethingNew", "", 502, REPLY_TRANSIENT },
        { "SomethingNew", "", 503, REPLY_TRANSIENT },
        { "SomethingNew", "", 504, REPLY_TRANSIENT },
        { "ExpiredToken", "", 403, REPLY_EXPIRED },
        { "ExpiredTokenException", "", 400, REPLY_EXPIRED },
        { "UnrecognizedClientException", "", 400, REPLY_UNAUTHENTICATED },
        { "InvalidClientTokenId", "", 403, REPLY_UNAUTHENTICATED },
        { "AuthFailure", "", 401, REPLY_UNAUTHENTICATED },
        { "InvalidAccessKeyId", "", 403, REPLY_UNAUTHENTICATED },
        { "MissingAuthenticationToken", "", 403, REPLY_UNAUTHENTICATED },
        { "SignatureDoesNotMatch", "", 403, REPLY_UNAUTHENTICATED },
        { "InvalidSignatureException", "", 403, REPLY_UNAUTHENTICATED },
        { "IncompleteSignature", "", 400, REPLY_UNAUTHENTICATED },
        { "SomethingNew", "", 401, REPLY_UNAUTHENTICATED },
        { "OptInRequired", "", 403, REPLY_OFF },
        { "RegionDisabledException", "", 403, REPLY_OFF },
        { "SubscriptionRequiredException", "", 400, REPLY_OFF },
        { "AWSOrganizationsNotInUseException", "", 400, REPLY_OFF },
        { "IllegalLocationConstraintException", "", 400, REPLY_OFF },
        { "AccessDeniedException", "Your account is not subscribed to it", 400, REPLY_OFF },
        { "UnsupportedUserEditionException", "", 403, REPLY_OFF },
        { "AccessDeniedException",
          "Operation is being called from endpoint eu-west-3, but your identity region is "
          "us-east-1. Please use the us-east-1 endpoint.",
          401, REPLY_OFF },
        { "UnknownOperationException", "", 400, REPLY_ABSENT },
        { "UnknownOperationException", "", 404, REPLY_ABSENT },
        { "InvalidAction", "", 400, REPLY_ABSENT },
        { "UnknownEndpoint", "", 400, REPLY_ABSENT },
        { "NotImplemented", "", 501, REPLY_ABSENT },
        { "SomethingNew", "", 501, REPLY_ABSENT },
        { "AccessDeniedException", "The operation is not available in this region", 403,
          REPLY_ABSENT },
        { "ValidationException", "This action is not supported in this region.", 400,
          REPLY_ABSENT },
        { "AccessDenied", "", 403, REPLY_DENIED },
        { "AccessDeniedException", "User: arn:x is not authorized to perform: y", 400,
          REPLY_DENIED },
        { "UnauthorizedOperation", "", 403, REPLY_DENIED },
        { "AuthorizationError", "", 403, REPLY_DENIED },
        { "AuthorizationErrorException", "", 400, REPLY_DENIED },
        { "UnauthorizedException", "", 401, REPLY_DENIED },
        { "NotAuthorized", "", 400, REPLY_DENIED },
        { "SomethingNew", "", 403, REPLY_DENIED },
        { "ResourceNotFound", "", 400, REPLY_GONE },
        { "ResourceNotFoundException", "", 404, REPLY_GONE },
        { "NotFoundException", "", 404, REPLY_GONE },
        { "TrailNotFoundException", "", 400, REPLY_GONE },
        { "InvalidInstanceID.NotFound", "", 400, REPLY_GONE },
        { "SomethingNew", "", 404, REPLY_GONE },
        { "ValidationException", "Could not find endpoint \\\"x\\\".", 400, REPLY_GONE },
        { "ValidationException", "1 validation error detected", 400, REPLY_REFUSED },
        { "SomethingNew", "", 400, REPLY_REFUSED },
        { "UnsupportedOperationException", "", 400, REPLY_REFUSED },
};

static void reply_classes_are_those_of_the_codes(void **state)
{
        struct bench b = { 0 };

        bench_ready(&b);
        for (size_t i = 0; i < ELEMENTSOF(classes); i++) {
                char body[512];
                struct wanted w = { .what = classes[i].code,
                                    .protocol = JSON,
                                    .status = classes[i].status,
                                    .body = body,
                                    .kind = classes[i].kind,
                                    .code = classes[i].code };

                (void)snprintf(body, sizeof(body), JSON_ERROR("%s", "%s"), classes[i].code,
                               classes[i].text);
                check(&b, &w);
        }
        bench_close(&b);
}

/* Where the service says so in its options, a list that is not found is a service not in use: only
 * of the account's own lists, only with that code. */
static void reply_of_a_service_not_in_use_is_off(void **state)
{
        static const struct {
                const char *code;
                bool options, detail, child;
                enum reply_kind kind;
        } cases[] = {
                { "ResourceNotFoundException", true, false, false, REPLY_OFF },
                { "ResourceNotFoundException", false, false, false, REPLY_GONE },
                { "ResourceNotFoundException", true, true, false, REPLY_GONE },
                { "ResourceNotFoundException", true, false, true, REPLY_GONE },
                { "AccessDeniedException", true, false, false, REPLY_DENIED },
                { "InternalFailure", true, false, false, REPLY_TRANSIENT },
        };
        json_auto_t *options = json_pack("{s:[s]}", "not_in_use", "ResourceNotFoundException");
        struct bench b = { 0 };

        bench_ready(&b);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct service service = { .id = (char *)"aws.test",
                                           .protocol = (char *)"rest-json",
                                           .options = cases[i].options ? options : NULL };
                struct collector collector = { .service = &service,
                                               .per = cases[i].child ? (char *)"aws.up" : NULL };
                struct call detail = { .name = (char *)"GetThing",
                                       .service = &service,
                                       .collector = &collector };
                struct call_instance instance = { .region = "eu-west-1",
                                                  .host = "thing.eu-west-1.amazonaws.com",
                                                  .path = "/" };
                char headers[96];
                struct message_reply reply;
                struct reply_meaning meaning = { 0 };

                collector.list = (struct call){ .name = (char *)"ListThings",
                                                .service = &service,
                                                .collector = &collector };
                instance.call = cases[i].detail ? &detail : &collector.list;
                (void)snprintf(headers, sizeof(headers), "x-amzn-errortype: %s\n", cases[i].code);
                reply = bench_reply(404, headers, "{\"message\":\"m\"}");
                aws_provider.interpret(b.account, &instance, &reply, &meaning);
                assert_int_equal(meaning.kind, cases[i].kind);
                message_reply_done(&reply);
        }
        bench_close(&b);
}

static const struct wanted bare[] = {
        { .what = "404 without a word", .protocol = JSON, .status = 404, .kind = REPLY_ABSENT },
        { .what = "401 without a word",
          .protocol = JSON,
          .status = 401,
          .kind = REPLY_UNAUTHENTICATED },
        { .what = "429 without a word", .protocol = REST, .status = 429, .kind = REPLY_THROTTLED },
        { .what = "503 with HTML",
          .protocol = "ec2",
          .status = 503,
          .body = "<html><body><h1>503",
          .kind = REPLY_TRANSIENT,
          .code = "HTTP 503" },
};

static void reply_without_code_goes_by_its_status(void **state)
{
        struct bench b = { 0 };

        bench_ready(&b);
        for (size_t i = 0; i < ELEMENTSOF(bare); i++)
                check(&b, &bare[i]);
        bench_close(&b);
}

static void reply_denied_by_a_control_policy_says_so(void **state)
{
        struct wanted w = { .what = "SCP",
                            .protocol = JSON,
                            .status = 400,
                            .body = JSON_ERROR("AccessDeniedException",
                                               "User: x is not authorized to perform: y with an "
                                               "explicit deny in a service control policy"),
                            .kind = REPLY_DENIED,
                            .code = "AccessDeniedException",
                            .text = "AccessDeniedBySCP: denied by an explicit deny in a service "
                                    "control policy: User: x" };
        struct bench b = { 0 };

        bench_ready(&b);
        check(&b, &w);
        bench_close(&b);
}

/* ---- texts --------------------------------------------------------------------------------------
 */

static void reply_text_holds_no_secret_and_one_line(void **state)
{
        struct message_reply reply = bench_reply(
                403, NULL,
                JSON_ERROR("InvalidSignatureException",
                           "a " BENCH_TOKEN "\\nb " BENCH_SECRET_KEY
                           "\\n\\nThe Canonical String for this request should have been\\nPOST "
                           "x-amz-security-token:" BENCH_TOKEN));
        struct reply_meaning meaning = { 0 };
        struct bench b = { 0 };

        bench_ready(&b);
        bench_interpret(&b, JSON, NULL, &reply, &meaning);
        assert_string_equal(meaning.text, "a *** b *** (credentials: environment variable "
                                          "AWS_ACCESS_KEY_ID, in partition aws)");
        message_reply_done(&reply);
        bench_close(&b);
}

static void reply_text_is_cut_between_characters(void **state)
{
        struct bench b = { 0 };

        bench_ready(&b);
        for (size_t shift = 0; shift < 3; shift++) {
                struct buffer body = BUFFER_INIT(4096);
                struct reply_meaning meaning = { 0 };
                struct message_reply reply;
                json_t *text;

                buffer_add(&body, "{\"__type\":\"X\",\"message\":\"");
                for (size_t i = 0; i < shift; i++)
                        buffer_add(&body, "x");
                for (int i = 0; i < 300; i++)
                        buffer_add(&body, "\xe2\x82\xac");
                buffer_add(&body, "\"}");
                reply = bench_reply(400, NULL, buffer_text(&body));
                bench_interpret(&b, JSON, NULL, &reply, &meaning);
                assert_true(strlen(meaning.text) > 370);
                text = json_string(meaning.text); /* NULL for what is no UTF-8 */
                assert_non_null(text);
                json_decref(text);
                message_reply_done(&reply);
                buffer_done(&body);
        }
        bench_close(&b);
}

static void reply_head_bucket_tells_the_region(void **state)
{
        struct wanted w = { .what = "HeadBucket, denied",
                            .protocol = "rest-xml",
                            .operation = "HeadBucket",
                            .status = 403,
                            .headers = "x-amz-bucket-region: eu-west-3\n",
                            .kind = REPLY_OK,
                            .json = "{\"BucketRegion\":\"eu-west-3\"}" };
        struct bench b = { 0 };

        bench_ready(&b);
        check(&b, &w);
        w.what = "HeadBucket, not there";
        w.status = 404;
        w.headers = "";
        w.kind = REPLY_GONE;
        w.json = NULL;
        check(&b, &w);
        bench_close(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                BENCH_TEST(reply_success_is_read_in_each_protocol),
                BENCH_TEST(reply_that_makes_no_sense_is_broken),
                BENCH_TEST(reply_errors_are_found_in_each_shape),
                BENCH_TEST(reply_of_a_service_not_in_use_is_off),
                BENCH_TEST(reply_classes_are_those_of_the_codes),
                BENCH_TEST(reply_without_code_goes_by_its_status),
                BENCH_TEST(reply_denied_by_a_control_policy_says_so),
                BENCH_TEST(reply_text_holds_no_secret_and_one_line),
                BENCH_TEST(reply_text_is_cut_between_characters),
                BENCH_TEST(reply_head_bucket_tells_the_region),
        };

        return cmocka_run_group_tests_name("aws_reply", tests, NULL, NULL);
}
