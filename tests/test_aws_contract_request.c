#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/json.h"
#include "tests/support/aws_contract.h"

#define CREDENTIAL(region, service)                                                                \
        "Authorization: AWS4-HMAC-SHA256 Credential=" AWS_TEST_KEY "/20260115/" region "/" service \
        "/aws4_request, SignedHeaders="
#define JSON_NAMES "content-type;host;x-amz-date;x-amz-security-token;x-amz-target"

static const struct request_case {
        const char *name;
        const char *protocol, *target, *version, *signing_name, *signing_region;
        const char *operation, *method, *region, *host, *path, *query, *body;
        const char *first;     /* first line of the request */
        const char *wanted[6]; /* lines of it */
        const char *sent;      /* body; NULL: none */
        const char *without;   /* what must not be there */
} cases[] = {
        { .name = "json 1.1, a vector of botocore's",
          .protocol = "aws-json-1.1",
          .target = "SageMaker",
          .signing_name = "sagemaker",
          .operation = "ListEndpoints",
          .region = "eu-west-1",
          .host = "api.sagemaker.eu-west-1.amazonaws.com",
          .path = "/",
          .body = "{\"MaxResults\": 100}",
          .first = "POST https://api.sagemaker.eu-west-1.amazonaws.com/\n",
          .wanted = { "\nContent-Type: application/x-amz-json-1.1\n",
                      "\nX-Amz-Target: SageMaker.ListEndpoints\n",
                      "\nX-Amz-Date: 20260115T083000Z\n",
                      "\nX-Amz-Security-Token: " AWS_TEST_TOKEN "\n",
                      CREDENTIAL("eu-west-1", "sagemaker") JSON_NAMES
                      ", Signature="
                      "354631b56eb177806788cdb01fed02b6d305f71e22ea4c99e912e7005f185f18" },
          .sent = "{\"MaxResults\":100}" },
        { .name = "json always has a body",
          .protocol = "aws-json-1.0",
          .target = "GraniteServiceVersion20100801",
          .signing_name = "monitoring",
          .operation = "ListMetrics",
          .region = "eu-west-1",
          .host = "monitoring.eu-west-1.amazonaws.com",
          .path = "/",
          .first = "POST https://monitoring.eu-west-1.amazonaws.com/\n",
          .wanted = { "\nContent-Type: application/x-amz-json-1.0\n",
                      CREDENTIAL("eu-west-1", "monitoring") },
          .sent = "{}" },
        { .name = "rest: sorted query, a vector of botocore's",
          .protocol = "rest-json",
          .signing_name = "bedrock",
          .operation = "ListInferenceProfiles",
          .region = "eu-west-1",
          .host = "bedrock.eu-west-1.amazonaws.com",
          .path = "/inference-profiles",
          .query = "{\"type\": \"APPLICATION\", \"nextToken\": \"a/b+c==\", \"maxResults\": 1000}",
          .first = "GET https://bedrock.eu-west-1.amazonaws.com/inference-profiles"
                   "?maxResults=1000&nextToken=a%2Fb%2Bc%3D%3D&type=APPLICATION\n",
          .wanted = { CREDENTIAL("eu-west-1", "bedrock") "host;x-amz-date;x-amz-security-token, "
                                                         "Signature=a43f9c2dae5bab50ced3ccfd3e01de"
                                                         "02322ac9478d6deff8cca53686393b38b6" },
          .without = "Content-Type" },
        { .name = "rest: an ARN in the path, a vector of botocore's",
          .protocol = "rest-json",
          .signing_name = "bedrock",
          .operation = "ListTagsForResource",
          .region = "eu-central-1",
          .host = "bedrock-agent.eu-central-1.amazonaws.com",
          .path = "/tags/arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Aagent%2FABCDEF1234",
          .first = "GET https://bedrock-agent.eu-central-1.amazonaws.com/tags/"
                   "arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Aagent%2FABCDEF1234\n",
          .wanted = { "Signature="
                      "61a13f1880d1690dffccbc281161a7031bd0124c86ec625bb14029f8665a6294" },
          .without = "Content-Type" },
        { .name = "rest: POST without members has neither body nor type",
          .protocol = "rest-json",
          .signing_name = "bedrock-agentcore",
          .operation = "ListBrowsers",
          .method = "POST",
          .region = "eu-west-1",
          .host = "bedrock-agentcore-control.eu-west-1.amazonaws.com",
          .path = "/browsers",
          .first = "POST https://bedrock-agentcore-control.eu-west-1.amazonaws.com/browsers\n",
          .wanted = { CREDENTIAL("eu-west-1", "bedrock-agentcore") },
          .without = "Content-Type" },
        { .name = "rest: an empty object is sent",
          .protocol = "rest-json",
          .signing_name = "bedrock",
          .operation = "ListAgents",
          .method = "POST",
          .region = "eu-west-1",
          .host = "bedrock-agent.eu-west-1.amazonaws.com",
          .path = "/agents/",
          .body = "{}",
          .first = "POST https://bedrock-agent.eu-west-1.amazonaws.com/agents/\n",
          .wanted = { "\nContent-Type: application/json\n" },
          .sent = "{}" },
        { .name = "query: JSON is asked for, lists are members",
          .protocol = "query",
          .version = "2011-06-15",
          .signing_name = "sts",
          .signing_region = "{home_region}",
          .operation = "GetCallerIdentity",
          .region = "global",
          .host = "sts.eu-west-1.amazonaws.com",
          .path = "/",
          .body = "{\"Tags\": [{\"Key\": \"a b\", \"Value\": \"c&d\"}, {\"Key\": \"e\"}]}",
          .first = "POST https://sts.eu-west-1.amazonaws.com/\n",
          .wanted = { "\nContent-Type: application/x-www-form-urlencoded; charset=utf-8\n",
                      "\nAccept: application/json\n", CREDENTIAL("eu-west-1", "sts") },
          .sent = "Action=GetCallerIdentity&Version=2011-06-15&Tags.member.1.Key=a%20b"
                  "&Tags.member.1.Value=c%26d&Tags.member.2.Key=e" },
        { .name = "ec2: flat lists, booleans as words",
          .protocol = "ec2",
          .version = "2016-11-15",
          .signing_name = "ec2",
          .operation = "DescribeInstances",
          .region = "eu-west-3",
          .host = "ec2.eu-west-3.amazonaws.com",
          .path = "/",
          .body = "{\"DryRun\": false, \"Filter\": [{\"Name\": \"instance-type\", \"Value\": "
                  "[\"p*\", \"g*\"]}], \"MaxResults\": 1000}",
          .first = "POST https://ec2.eu-west-3.amazonaws.com/\n",
          .wanted = { CREDENTIAL("eu-west-3", "ec2") },
          .sent = "Action=DescribeInstances&Version=2016-11-15&DryRun=false"
                  "&Filter.1.Name=instance-type&Filter.1.Value.1=p%2A&Filter.1.Value.2=g%2A"
                  "&MaxResults=1000" },
        { .name = "rest-xml: the hash of the body is a header of S3's",
          .protocol = "rest-xml",
          .signing_name = "s3",
          .operation = "GetBucketLocation",
          .region = "eu-west-1",
          .host = "s3.eu-west-1.amazonaws.com",
          .path = "/my-bucket",
          .query = "{\"location\": \"\"}",
          .first = "GET https://s3.eu-west-1.amazonaws.com/my-bucket?location=\n",
          .wanted = { "\nX-Amz-Content-Sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca4"
                      "95991b7852b855\n",
                      "Signature=5234ee0757e324a289c6da011f2cd49d5676dfd1dd96190813fa769332929ae"
                      "f" },
          .without = "Content-Type" },
        { .name = "a global service is signed for its partition's region",
          .protocol = "aws-json-1.1",
          .target = "AWSOrganizationsV20161128",
          .signing_name = "organizations",
          .signing_region = "{global_region}",
          .operation = "ListAccounts",
          .region = "global",
          .host = "organizations.us-east-1.amazonaws.com",
          .path = "/",
          .body = "{}",
          .first = "POST https://organizations.us-east-1.amazonaws.com/\n",
          .wanted = { CREDENTIAL("us-east-1", "organizations") },
          .sent = "{}" },
        { .name = "the signing name is the host's first word when none is given",
          .protocol = "rest-json",
          .operation = "ListClusters",
          .region = "eu-west-1",
          .host = "eks.eu-west-1.amazonaws.com",
          .path = "/clusters",
          .first = "GET https://eks.eu-west-1.amazonaws.com/clusters\n",
          .wanted = { CREDENTIAL("eu-west-1", "eks") } },
};

static int write_case(struct aws_test_account *t, const struct request_case *x,
                      struct message_request *req)
{
        struct service service = {
                .id = (char *)"aws.test",
                .protocol = (char *)x->protocol,
                .target = (char *)x->target,
                .version = (char *)x->version,
                .signing_name = (char *)x->signing_name,
                .signing_region = (char *)x->signing_region,
        };
        const struct call call = { .name = (char *)x->operation,
                                   .method = (char *)x->method,
                                   .service = &service };
        json_auto_t *query = x->query ? json_loads(x->query, 0, NULL) : NULL;
        json_auto_t *body = x->body ? json_loads(x->body, 0, NULL) : NULL;
        const struct call_instance instance = { .call = &call,
                                                .region = x->region,
                                                .host = x->host,
                                                .path = x->path,
                                                .query = query,
                                                .body = body };
        int r;

        r = aws_provider.request(t->account, &instance, AWS_TEST_NOW_USEC, req, &t->err);
        return r < 0 ? r : message_request_error(req, &t->err);
}

static void check_case(const struct request_case *x, const char *text)
{
        const char *body = strstr(text, "\n\n");

        print_message("request: %s\n", x->name);
        if (strncmp(text, x->first, strlen(x->first)) != 0)
                fail_msg("wanted %s, have %s", x->first, text);
        for (size_t i = 0; i < ELEMENTSOF(x->wanted) && x->wanted[i]; i++)
                if (!strcasestr(text, x->wanted[i]))
                        fail_msg("'%s' is not in:\n%s", x->wanted[i], text);
        if (x->without && strcasestr(text, x->without))
                fail_msg("'%s' is in:\n%s", x->without, text);
        assert_non_null(body);
        assert_string_equal(body + 2, x->sent ? x->sent : "");
}

static void aws_requests_are_these_bytes(void **state)
{
        struct aws_test_account t;

        aws_test_enter();
        aws_test_keys();
        assert_int_equal(aws_test_open(&t, ""), 0);
        assert_int_equal(aws_test_sign_in(&t, NULL, NULL, 0, AWS_TEST_NOW_USEC), SIGN_IN_READY);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct message_request req = { 0 };
                _cleanup_(freep) char *text = NULL;
                int r = write_case(&t, &cases[i], &req);

                if (r < 0)
                        fail_msg("%s: %s", cases[i].name, t.err.text);
                text = aws_test_request_text(&req);
                check_case(&cases[i], text);
                message_request_done(&req);
        }
        aws_test_close(&t);
        aws_test_leave();
}

/* One address may stand for all of AWS; it is its name that is signed then. */
static void aws_requests_go_to_the_endpoint(void **state)
{
        static const struct {
                const char *endpoint, *variable, *value, *wanted;
        } endpoints[] = {
                { "http://127.0.0.1:8080", NULL, NULL, "POST http://127.0.0.1:8080/\n" },
                { "https://proxy.example/aws/", NULL, NULL, "POST https://proxy.example/aws/\n" },
                { NULL, "AWS_ENDPOINT_URL", "https://all.example", "POST https://all.example/\n" },
        };

        for (size_t i = 0; i < ELEMENTSOF(endpoints); i++) {
                struct message_request req = { 0 };
                struct aws_test_account t;
                struct account_config *c = &t.config;
                _cleanup_(freep) char *text = NULL;

                aws_test_enter();
                aws_test_keys();
                if (endpoints[i].variable)
                        (void)setenv(endpoints[i].variable, endpoints[i].value, 1);
                assert_int_equal(aws_test_open(&t, ""), 0);
                if (endpoints[i].endpoint) {
                        aws_provider.account_free(t.account);
                        t.account = NULL;
                        c->endpoint = (char *)endpoints[i].endpoint;
                        assert_int_equal(aws_provider.account_new(&t.account, c, NULL, &t.err), 0);
                }
                assert_int_equal(aws_test_sign_in(&t, NULL, NULL, 0, AWS_TEST_NOW_USEC),
                                 SIGN_IN_READY);
                assert_int_equal(write_case(&t, &cases[0], &req), 0);
                text = aws_test_request_text(&req);
                if (strncmp(text, endpoints[i].wanted, strlen(endpoints[i].wanted)) != 0)
                        fail_msg("wanted %s, have %s", endpoints[i].wanted, text);
                assert_null(strstr(text, "354631b56eb1778")); /* signed for another host */
                message_request_done(&req);
                aws_test_close(&t);
                aws_test_leave();
        }
}

/* Neither token nor signature leaves for a host that a template made up. */
static void aws_requests_stay_with_aws(void **state)
{
        static const char *const hosts[] = { "evil.example",
                                             "sts.eu-west-1.amazonaws.com.evil.example",
                                             "evil.example/amazonaws.com", "a@amazonaws.com",
                                             "xamazonaws.com" };
        struct request_case x = cases[0];
        struct aws_test_account t;

        aws_test_enter();
        aws_test_keys();
        assert_int_equal(aws_test_open(&t, ""), 0);
        assert_int_equal(aws_test_sign_in(&t, NULL, NULL, 0, AWS_TEST_NOW_USEC), SIGN_IN_READY);
        for (size_t i = 0; i < ELEMENTSOF(hosts); i++) {
                struct message_request req = { 0 };

                print_message("host: %s\n", hosts[i]);
                x.host = hosts[i];
                assert_int_equal(write_case(&t, &x, &req), -EINVAL);
                message_request_done(&req);
        }
        aws_test_close(&t);
        aws_test_leave();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(aws_requests_are_these_bytes),
                cmocka_unit_test(aws_requests_go_to_the_endpoint),
                cmocka_unit_test(aws_requests_stay_with_aws),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
