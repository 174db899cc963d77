#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "tests/support/aws.h"

/* One call of a catalogue, as JSON where the catalogue has trees. */
struct wanted {
        const char *what;
        struct service service;
        struct call call;
        const char *region, *host, *path;
        const char *query, *body, *headers; /* JSON; NULL: none */
        const char *environment[2];         /* name and value of one variable */

        const char *method, *url;
        const char *sent; /* the body; NULL: none */
        const char *content_type, *target, *signed_headers, *scope;
};

#define SAGEMAKER "api.sagemaker.eu-west-1.amazonaws.com"

static const struct wanted wanted[] = {
        { .what = "aws-json-1.1",
          .service = { .protocol = (char *)"aws-json-1.1",
                       .target = (char *)"SageMaker",
                       .signing_name = (char *)"sagemaker" },
          .call = { .name = (char *)"ListEndpoints" },
          .host = SAGEMAKER,
          .body = "{\"MaxResults\":100}",
          .method = "POST",
          .url = "https://" SAGEMAKER "/",
          .sent = "{\"MaxResults\":100}",
          .content_type = "application/x-amz-json-1.1",
          .target = "SageMaker.ListEndpoints",
          .signed_headers = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
          .scope = "20260115/eu-west-1/sagemaker/aws4_request" },
        { .what = "aws-json-1.1 without parameters sends {}",
          .service = { .protocol = (char *)"aws-json-1.1",
                       .target = (char *)"AWSOrganizationsV20161128",
                       .signing_region = (char *)"{global_region}" },
          .call = { .name = (char *)"DescribeOrganization" },
          .region = "global",
          .host = "organizations.us-east-1.amazonaws.com",
          .method = "POST",
          .url = "https://organizations.us-east-1.amazonaws.com/",
          .sent = "{}",
          .content_type = "application/x-amz-json-1.1",
          .target = "AWSOrganizationsV20161128.DescribeOrganization",
          .signed_headers = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
          .scope = "20260115/us-east-1/organizations/aws4_request" },
        { .what = "aws-json-1.0",
          .service = { .protocol = (char *)"aws-json-1.0",
                       .target = (char *)"GraniteServiceVersion20100801" },
          .call = { .name = (char *)"ListMetrics" },
          .host = "monitoring.eu-west-1.amazonaws.com",
          .body = "{}",
          .method = "POST",
          .url = "https://monitoring.eu-west-1.amazonaws.com/",
          .sent = "{}",
          .content_type = "application/x-amz-json-1.0",
          .target = "GraniteServiceVersion20100801.ListMetrics",
          .signed_headers = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
          .scope = "20260115/eu-west-1/monitoring/aws4_request" },
        { .what = "rest-json, GET with a query out of order",
          .service = { .protocol = (char *)"rest-json", .signing_name = (char *)"bedrock" },
          .call = { .name = (char *)"ListInferenceProfiles" },
          .host = "bedrock.eu-west-1.amazonaws.com",
          .path = "/inference-profiles",
          .query = "{\"type\":\"APPLICATION\",\"nextToken\":\"a/b+c==\",\"maxResults\":\"1000\"}",
          .method = "GET",
          .url = "https://bedrock.eu-west-1.amazonaws.com/inference-profiles"
                 "?maxResults=1000&nextToken=a%2Fb%2Bc%3D%3D&type=APPLICATION",
          .signed_headers = "host;x-amz-date;x-amz-security-token",
          .scope = "20260115/eu-west-1/bedrock/aws4_request" },
        { .what = "rest-json, POST with an empty object",
          .service = { .protocol = (char *)"rest-json", .signing_name = (char *)"bedrock" },
          .call = { .name = (char *)"ListAgents", .method = (char *)"POST" },
          .host = "bedrock-agent.eu-west-1.amazonaws.com",
          .path = "/agents/",
          .body = "{}",
          .method = "POST",
          .url = "https://bedrock-agent.eu-west-1.amazonaws.com/agents/",
          .sent = "{}",
          .content_type = "application/json",
          .signed_headers = "content-type;host;x-amz-date;x-amz-security-token",
          .scope = "20260115/eu-west-1/bedrock/aws4_request" },
        { .what = "rest-json, POST without body has no content type either",
          .service = { .protocol = (char *)"rest-json",
                       .signing_name = (char *)"bedrock-agentcore" },
          .call = { .name = (char *)"ListAgentRuntimes", .method = (char *)"POST" },
          .host = "bedrock-agentcore-control.eu-west-1.amazonaws.com",
          .path = "/runtimes/",
          .query = "{\"maxResults\":100}",
          .method = "POST",
          .url = "https://bedrock-agentcore-control.eu-west-1.amazonaws.com/runtimes/"
                 "?maxResults=100",
          .signed_headers = "host;x-amz-date;x-amz-security-token",
          .scope = "20260115/eu-west-1/bedrock-agentcore/aws4_request" },
        { .what = "rest-json, a path with an ARN is sent as it is",
          .service = { .protocol = (char *)"rest-json", .signing_name = (char *)"bedrock" },
          .call = { .name = (char *)"ListTagsForResource" },
          .host = "bedrock-agent.eu-central-1.amazonaws.com",
          .region = "eu-central-1",
          .path = "/tags/arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Aagent%2FABCDEF1234",
          .method = "GET",
          .url = "https://bedrock-agent.eu-central-1.amazonaws.com/tags/"
                 "arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Aagent%2FABCDEF1234",
          .signed_headers = "host;x-amz-date;x-amz-security-token",
          .scope = "20260115/eu-central-1/bedrock/aws4_request" },
        { .what = "a body that a template made",
          .service = { .protocol = (char *)"rest-json" },
          .call = { .name = (char *)"X", .method = (char *)"POST" },
          .host = "bedrock.eu-west-1.amazonaws.com",
          .body = "\"{\\\"a\\\":[1]}\"",
          .method = "POST",
          .url = "https://bedrock.eu-west-1.amazonaws.com/",
          .sent = "{\"a\":[1]}",
          .content_type = "application/json",
          .signed_headers = "content-type;host;x-amz-date;x-amz-security-token",
          .scope = "20260115/eu-west-1/bedrock/aws4_request" },
        { .what = "headers of the catalogue: amz ones are signed",
          .service = { .protocol = (char *)"rest-json" },
          .call = { .name = (char *)"X" },
          .host = "bedrock.eu-west-1.amazonaws.com",
          .headers = "{\"X-Amz-Account\":\"1\",\"X-Other\":\"2\"}",
          .method = "GET",
          .url = "https://bedrock.eu-west-1.amazonaws.com/",
          .signed_headers = "host;x-amz-account;x-amz-date;x-amz-security-token",
          .scope = "20260115/eu-west-1/bedrock/aws4_request" },
        { .what = "query: lists below .member, JSON asked for",
          .service = { .protocol = (char *)"query",
                       .version = (char *)"2011-06-15",
                       .signing_name = (char *)"sts",
                       .signing_region = (char *)"{home_region}" },
          .call = { .name = (char *)"AssumeRole" },
          .region = "global",
          .host = "sts.eu-west-1.amazonaws.com",
          .body = "{\"RoleArn\":\"arn:aws:iam::1:role/a b\",\"PolicyArns\":[{\"arn\":\"x\"},"
                  "{\"arn\":\"y\"}],\"DurationSeconds\":3600}",
          .method = "POST",
          .url = "https://sts.eu-west-1.amazonaws.com/",
          .sent = "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa"
                  "%20b&PolicyArns.member.1.arn=x&PolicyArns.member.2.arn=y&DurationSeconds=3600",
          .content_type = "application/x-www-form-urlencoded; charset=utf-8",
          .signed_headers = "accept;content-type;host;x-amz-date;x-amz-security-token",
          .scope = "20260115/eu-west-1/sts/aws4_request" },
        { .what = "ec2: flat lists, parameters of paging in the body",
          .service = { .protocol = (char *)"ec2", .version = (char *)"2016-11-15" },
          .call = { .name = (char *)"DescribeInstances" },
          .host = "ec2.eu-west-1.amazonaws.com",
          .query = "{\"NextToken\":\"t+\"}",
          .body = "{\"Filter\":[{\"Name\":\"instance-type\",\"Value\":[\"p*\",\"g*\"]}],"
                  "\"AllRegions\":true,\"None\":null}",
          .method = "POST",
          .url = "https://ec2.eu-west-1.amazonaws.com/",
          .sent = "Action=DescribeInstances&Version=2016-11-15&NextToken=t%2B"
                  "&Filter.1.Name=instance-type&Filter.1.Value.1=p%2A&Filter.1.Value.2=g%2A"
                  "&AllRegions=true",
          .content_type = "application/x-www-form-urlencoded; charset=utf-8",
          .signed_headers = "content-type;host;x-amz-date;x-amz-security-token",
          .scope = "20260115/eu-west-1/ec2/aws4_request" },
        { .what = "rest-xml",
          .service = { .protocol = (char *)"rest-xml", .signing_name = (char *)"s3" },
          .call = { .name = (char *)"GetBucketLocation" },
          .host = "s3.eu-west-1.amazonaws.com",
          .path = "/my-bucket",
          .query = "{\"location\":\"\"}",
          .method = "GET",
          .url = "https://s3.eu-west-1.amazonaws.com/my-bucket?location=",
          .signed_headers = "host;x-amz-content-sha256;x-amz-date;x-amz-security-token",
          .scope = "20260115/eu-west-1/s3/aws4_request" },
        { .what = "AWS_ENDPOINT_URL, with a port and a path",
          .service = { .protocol = (char *)"aws-json-1.1",
                       .target = (char *)"SageMaker",
                       .signing_name = (char *)"sagemaker" },
          .call = { .name = (char *)"ListEndpoints" },
          .host = SAGEMAKER,
          .environment = { "AWS_ENDPOINT_URL", "http://127.0.0.1:5000/base/" },
          .method = "POST",
          .url = "http://127.0.0.1:5000/base/",
          .sent = "{}",
          .content_type = "application/x-amz-json-1.1",
          .target = "SageMaker.ListEndpoints",
          .signed_headers = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
          .scope = "20260115/eu-west-1/sagemaker/aws4_request" },
        { .what = "AWS_ENDPOINT_URL_<SERVICE> of another service",
          .service = { .protocol = (char *)"rest-json", .signing_name = (char *)"bedrock" },
          .call = { .name = (char *)"X" },
          .host = "bedrock-agent.eu-west-1.amazonaws.com",
          .environment = { "AWS_ENDPOINT_URL_BEDROCK", "http://127.0.0.1:5000" },
          .method = "GET",
          .url = "https://bedrock-agent.eu-west-1.amazonaws.com/",
          .signed_headers = "host;x-amz-date;x-amz-security-token",
          .scope = "20260115/eu-west-1/bedrock/aws4_request" },
        { .what = "AWS_ENDPOINT_URL_<SERVICE>",
          .service = { .protocol = (char *)"rest-json", .signing_name = (char *)"bedrock" },
          .call = { .name = (char *)"X" },
          .host = "bedrock-agent.eu-west-1.amazonaws.com",
          .environment = { "AWS_ENDPOINT_URL_BEDROCK_AGENT", "http://localhost:5000" },
          .method = "GET",
          .url = "http://localhost:5000/",
          .signed_headers = "host;x-amz-date;x-amz-security-token",
          .scope = "20260115/eu-west-1/bedrock/aws4_request" },
        { .what = "AWS_ENDPOINT_URL_<SERVICE> where id and host differ",
          .service = { .protocol = (char *)"aws-json-1.1", .target = (char *)"Logs_20140328" },
          .call = { .name = (char *)"DescribeLogGroups" },
          .host = "logs.eu-west-1.amazonaws.com",
          .environment = { "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "https://vpce.example:8443" },
          .method = "POST",
          .url = "https://vpce.example:8443/",
          .sent = "{}",
          .content_type = "application/x-amz-json-1.1",
          .target = "Logs_20140328.DescribeLogGroups",
          .signed_headers = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
          .scope = "20260115/eu-west-1/logs/aws4_request" },
};

static json_t *tree(const char *text)
{
        return text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
}

static int write_call(struct bench *b, const struct wanted *w, struct message_request *req,
                      struct error *err)
{
        json_auto_t *query = tree(w->query), *body = tree(w->body), *headers = tree(w->headers);
        struct service service = w->service;
        struct call call = w->call;
        struct call_instance instance = {
                .call = &call,
                .region = w->region ? w->region : "eu-west-1",
                .host = w->host,
                .path = w->path ? w->path : "/",
                .query = query,
                .body = body,
                .headers = headers,
        };
        uint64_t expires = 0;

        service.id = (char *)"aws.test";
        call.service = &service;
        assert_int_equal(aws_provider.sign_in(b->account, NULL, bench_time(), req, &expires, err),
                         SIGN_IN_READY);
        return aws_provider.request(b->account, &instance, bench_time(), req, err);
}

static void assert_text(const char *got, const char *want)
{
        if (want)
                assert_string_equal(got ? got : "(nothing)", want);
        else
                assert_null(got);
}

static void protocol_writes_each_call(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(wanted); i++) {
                const struct wanted *w = &wanted[i];
                struct bench b = { 0 };
                struct message_request req = { 0 };
                struct error err = { 0 };
                char credential[256], names[256];

                print_message("%s\n", w->what);
                bench_environment_keys();
                if (w->environment[0])
                        (void)setenv(w->environment[0], w->environment[1], 1);
                bench_open(&b);
                if (write_call(&b, w, &req, &err) != 0)
                        fail_msg("%s", err.text);
                assert_string_equal(req.method, w->method);
                assert_string_equal(req.url, w->url);
                assert_text(req.body, w->sent);
                assert_int_equal(req.body_bytes, w->sent ? strlen(w->sent) : 0);
                assert_text(bench_header(&req, "content-type"), w->content_type);
                assert_text(bench_header(&req, "x-amz-target"), w->target);
                assert_string_equal(bench_header(&req, "x-amz-date"), "20260115T083000Z");
                assert_string_equal(bench_header(&req, "x-amz-security-token"), BENCH_TOKEN);
                (void)snprintf(credential, sizeof(credential),
                               "Credential=" BENCH_ACCESS_KEY "/%s,", w->scope);
                assert_non_null(strstr(bench_header(&req, "authorization"), credential));
                (void)snprintf(names, sizeof(names), "SignedHeaders=%s,", w->signed_headers);
                assert_non_null(strstr(bench_header(&req, "authorization"), names));
                assert_false(bench_request_has(&req, BENCH_SECRET_KEY));
                message_request_done(&req);
                bench_close(&b);
                if (w->environment[0])
                        (void)unsetenv(w->environment[0]);
        }
}

/* The vectors again, through the whole of it. */
static void protocol_signs_as_the_vectors_say(void **state)
{
        static const struct {
                size_t row;
                const char *signature;
        } vectors[] = {
                { 0, "354631b56eb177806788cdb01fed02b6d305f71e22ea4c99e912e7005f185f18" },
                { 3, "a43f9c2dae5bab50ced3ccfd3e01de02322ac9478d6deff8cca53686393b38b6" },
                { 6, "61a13f1880d1690dffccbc281161a7031bd0124c86ec625bb14029f8665a6294" },
                { 11, "5234ee0757e324a289c6da011f2cd49d5676dfd1dd96190813fa769332929aef" },
        };
        struct bench b = { 0 };

        bench_environment_keys();
        bench_open(&b);
        for (size_t i = 0; i < ELEMENTSOF(vectors); i++) {
                struct message_request req = { 0 };

                print_message("%s\n", wanted[vectors[i].row].what);
                assert_int_equal(write_call(&b, &wanted[vectors[i].row], &req, NULL), 0);
                assert_non_null(strstr(bench_header(&req, "authorization"), vectors[i].signature));
                message_request_done(&req);
        }
        bench_close(&b);
}

static void protocol_asks_cloudwatch_for_query_errors(void **state)
{
        struct bench b = { 0 };
        struct message_request req = { 0 };

        bench_environment_keys();
        bench_open(&b);
        assert_int_equal(write_call(&b, &wanted[2], &req, NULL), 0);
        assert_string_equal(bench_header(&req, "x-amzn-query-mode"), "true");
        message_request_done(&req);
        assert_int_equal(write_call(&b, &wanted[0], &req, NULL), 0);
        assert_null(bench_header(&req, "x-amzn-query-mode"));
        message_request_done(&req);
        bench_close(&b);
}

static void protocol_adds_the_clock_offset(void **state)
{
        struct bench b = { 0 };
        struct message_request req = { 0 };

        bench_environment_keys();
        bench_open(&b);
        b.account->offset_usec = -600 * INT64_C(1000000);
        assert_int_equal(write_call(&b, &wanted[0], &req, NULL), 0);
        assert_string_equal(bench_header(&req, "x-amz-date"), "20260115T082000Z");
        message_request_done(&req);
        bench_close(&b);
}

static void protocol_refuses_header_injection(void **state)
{
        struct wanted w = wanted[0];
        struct bench b = { 0 };
        struct message_request req = { 0 };
        struct error err = { 0 };

        bench_environment_keys();
        bench_open(&b);
        w.headers = "{\"X-Amz-Account\":\"1\\r\\nX-Evil: 2\"}";
        assert_int_equal(write_call(&b, &w, &req, &err), -EINVAL);
        assert_null(req.url);
        bench_close(&b);
}

static void protocol_takes_the_endpoint_of_the_configuration_first(void **state)
{
        struct bench b = { .config = { .endpoint = (char *)"https://aws.example" } };
        struct message_request req = { 0 };

        bench_environment_keys();
        (void)setenv("AWS_ENDPOINT_URL_SAGEMAKER", "http://127.0.0.1:1", 1);
        bench_open(&b);
        assert_int_equal(write_call(&b, &wanted[0], &req, NULL), 0);
        assert_string_equal(req.url, "https://aws.example/");
        message_request_done(&req);
        bench_close(&b);
}

static void protocol_takes_endpoints_of_the_profile(void **state)
{
        struct bench b = { 0 };
        struct message_request req = { 0 };

        (void)bench_file(".aws/config", "[default]\nendpoint_url = http://localhost:1\n"
                                        "services = mine\n[services mine]\nsagemaker =\n"
                                        "  endpoint_url = http://localhost:2\n");
        bench_environment_keys();
        bench_open(&b);
        assert_int_equal(write_call(&b, &wanted[0], &req, NULL), 0);
        assert_string_equal(req.url, "http://localhost:2/");
        message_request_done(&req);
        assert_int_equal(write_call(&b, &wanted[2], &req, NULL), 0);
        assert_string_equal(req.url, "http://localhost:1/");
        message_request_done(&req);
        (void)setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", 1);
        assert_int_equal(write_call(&b, &wanted[0], &req, NULL), 0);
        assert_string_equal(req.url, "https://" SAGEMAKER "/");
        message_request_done(&req);
        bench_close(&b);
}

static void protocol_refuses_plain_endpoints_elsewhere(void **state)
{
        struct bench b = { 0 };
        struct error err = { 0 };

        bench_environment_keys();
        (void)setenv("AWS_ENDPOINT_URL_S3", "http://example.com", 1);
        assert_int_equal(bench_try(&b, &err), -EINVAL);
        assert_non_null(strstr(err.text, "https"));
        assert_null(b.account);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                BENCH_TEST(protocol_writes_each_call),
                BENCH_TEST(protocol_signs_as_the_vectors_say),
                BENCH_TEST(protocol_asks_cloudwatch_for_query_errors),
                BENCH_TEST(protocol_adds_the_clock_offset),
                BENCH_TEST(protocol_refuses_header_injection),
                BENCH_TEST(protocol_takes_the_endpoint_of_the_configuration_first),
                BENCH_TEST(protocol_takes_endpoints_of_the_profile),
                BENCH_TEST(protocol_refuses_plain_endpoints_elsewhere),
        };

        return cmocka_run_group_tests_name("aws_protocol", tests, NULL, NULL);
}
