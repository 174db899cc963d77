/* The test bench itself as AWS: signatures, pages, roles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "daemon/base/json.h"
#include "tests/support/cloudsim_ask.h"

#define SCOPE "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260115/"
#define DATE "X-Amz-Date: 20260115T083000Z"
#define TOKEN "X-Amz-Security-Token: SESSION/TOKEN+EXAMPLE=="
#define EMPTY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* clang-format off */
static const struct {
        struct question q;
        const char *authorization, *signature;
        long status;
        const char *says;
} vectors[] = {
        { { .url = "https://api.sagemaker.eu-west-1.amazonaws.com/", .body = "{\"MaxResults\":100}",
            .headers = { JSON_1_1, "X-Amz-Target: SageMaker.ListEndpoints", DATE, TOKEN } },
          SCOPE "eu-west-1/sagemaker/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
          "354631b56eb177806788cdb01fed02b6d305f71e22ea4c99e912e7005f185f18", 200, "\"Endpoints\":[]" },
        /* its token was never given out: that is found after the signature was found good */
        { { .url = "https://bedrock.eu-west-1.amazonaws.com/inference-profiles?type=APPLICATION&nextToken=a%2Fb%2Bc%3D%3D&maxResults=1000",
            .headers = { DATE, TOKEN } },
          SCOPE "eu-west-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token",
          "a43f9c2dae5bab50ced3ccfd3e01de02322ac9478d6deff8cca53686393b38b6", 400, "Invalid token" },
        { { .url = "https://bedrock-agent.eu-central-1.amazonaws.com/tags/arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Aagent%2FABCDEF1234",
            .headers = { DATE, TOKEN } },
          SCOPE "eu-central-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token",
          "61a13f1880d1690dffccbc281161a7031bd0124c86ec625bb14029f8665a6294", 200, "\"tags\":{}" },
        { { .url = "https://sts.eu-west-1.amazonaws.com/", .body = "Action=GetCallerIdentity&Version=2011-06-15",
            .headers = { FORM, "Accept: application/json", DATE, TOKEN } },
          SCOPE "eu-west-1/sts/aws4_request, SignedHeaders=accept;content-type;host;x-amz-date;x-amz-security-token",
          "2fea193fa4fe2013ea10f5755e7ac7bbdd10e1a65fe8e13ddff0fb0c07d8f073", 200, "\"Account\":\"123456789012\"" },
        { { .url = "https://s3.eu-west-1.amazonaws.com/my-bucket?location",
            .headers = { "X-Amz-Content-Sha256: " EMPTY_HASH, DATE, TOKEN } },
          SCOPE "eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token",
          "5234ee0757e324a289c6da011f2cd49d5676dfd1dd96190813fa769332929aef", 200, "<LocationConstraint>eu-west-1<" },
};
/* clang-format on */

static struct question with_authorization(size_t i, char *header, size_t max, const char *signature)
{
        struct question q = vectors[i].q;
        size_t n = 0;

        (void)snprintf(header, max, "Authorization: %s, Signature=%s", vectors[i].authorization,
                       signature);
        while (q.headers[n])
                n++;
        q.headers[n] = header;
        return q;
}

static void cloudsim_accepts_published_signatures(void **state)
{
        START("vectors");
        for (size_t i = 0; i < ELEMENTSOF(vectors); i++) {
                char header[1024];
                struct question q =
                        with_authorization(i, header, sizeof(header), vectors[i].signature);

                cloudsim_expect(c, &q, vectors[i].status, vectors[i].says);
        }
        STOP();
}

static void cloudsim_refuses_a_signature_off_by_one_digit(void **state)
{
        static const char *const says[] = { "InvalidSignatureException", "signature we calculated",
                                            "signature we calculated", "SignatureDoesNotMatch",
                                            "SignatureDoesNotMatch" };

        START("vectors");
        for (size_t i = 0; i < ELEMENTSOF(vectors); i++) {
                char header[1024], signature[65];
                struct question q;

                (void)snprintf(signature, sizeof(signature), "%s", vectors[i].signature);
                signature[63] = signature[63] == '0' ? '1' : '0';
                q = with_authorization(i, header, sizeof(header), signature);
                cloudsim_expect(c, &q, i == 0 ? 400 : 403, says[i]);
        }
        STOP();
}

static void cloudsim_says_what_is_wrong_with_credentials(void **state)
{
        struct question unsigned_call = cloudsim_list_endpoints(NULL, "{}");
        struct question stranger = cloudsim_list_endpoints("AKIANOBODY0000000000:x", "{}");
        struct question wrong_scope = cloudsim_list_endpoints(SMALL_KEY, "{}");
        struct question with_token = cloudsim_list_endpoints(SMALL_KEY, "{}");
        struct question region_off = cloudsim_list_endpoints(SMALL_KEY, "{}");

        START("small");
        unsigned_call.sign = NULL;
        cloudsim_expect(c, &unsigned_call, 400, "MissingAuthenticationToken");
        cloudsim_expect(c, &stranger, 400, "UnrecognizedClientException");
        wrong_scope.sign = "aws:amz:eu-west-1:sagemaker";
        cloudsim_expect(c, &wrong_scope, 400, "Credential should be scoped");
        wrong_scope.sign = "aws:amz:eu-west-3:bedrock";
        cloudsim_expect(c, &wrong_scope, 400, "Credential should be scoped");
        with_token.headers[2] = "X-Amz-Security-Token: not-mine";
        cloudsim_expect(c, &with_token, 400, "UnrecognizedClientException");
        region_off.url = "https://api.sagemaker.eu-central-2.amazonaws.com/";
        region_off.sign = "aws:amz:eu-central-2:sagemaker";
        cloudsim_expect(c, &region_off, 400, "UnrecognizedClientException");
        STOP();
}

static void cloudsim_keeps_the_clock(void **state)
{
        const struct question q = cloudsim_list_endpoints(SMALL_KEY, "{}");

        START("small");
        assert_int_equal(cloudsim_add_faults(c, "{\"do\": {\"clock_skew_seconds\": 600}}"), 0);
        cloudsim_expect(c, &q, 400, "Signature expired");
        assert_int_equal(cloudsim_clear_faults(c), 0);
        assert_int_equal(cloudsim_add_faults(c, "{\"do\": {\"clock_skew_seconds\": 200}}"), 0);
        cloudsim_expect(c, &q, 200, "tri-courriers");
        STOP();
}

static void cloudsim_pages_lists(void **state)
{
        struct question logs = cloudsim_list_endpoints(PAGING_KEY, NULL), agents = logs;
        size_t pages;

        START("paging");
        assert_int_equal(
                cloudsim_walk(c, cloudsim_list_endpoints(PAGING_KEY, NULL), "Endpoints", &pages),
                7);
        assert_int_equal(pages, 4);
        logs.url = "https://logs.eu-west-3.amazonaws.com/";
        logs.headers[1] = "X-Amz-Target: Logs_20140328.DescribeLogGroups";
        logs.sign = "aws:amz:eu-west-3:logs";
        assert_int_equal(cloudsim_walk(c, logs, "logGroups", &pages), 7);
        assert_int_equal(pages, 4);
        agents.url = "https://bedrock-agent.eu-west-3.amazonaws.com/agents/";
        agents.headers[0] = "Content-Type: application/json";
        agents.headers[1] = NULL;
        agents.sign = "aws:amz:eu-west-3:bedrock";
        assert_int_equal(cloudsim_walk(c, agents, "agentSummaries", &pages), 7);
        assert_int_equal(pages, 4);
        STOP();
}

static void cloudsim_refuses_pages_that_are_not_its_own(void **state)
{
        struct question first = cloudsim_list_endpoints(PAGING_KEY, "{}"), other = first;
        struct question much = cloudsim_list_endpoints(PAGING_KEY, "{\"MaxResults\": 101}");
        char body[256];
        struct answer a;

        START("paging");
        a = cloudsim_ask(c, &first);
        (void)snprintf(body, sizeof(body), "{\"NextToken\": \"%s\"}",
                       json_member_string(a.json, "NextToken"));
        answer_done(&a);
        other.body = body;
        cloudsim_expect(c, &other, 200, "point-3");
        other.headers[1] = "X-Amz-Target: SageMaker.ListModels";
        cloudsim_expect(c, &other, 400, "Invalid token");
        cloudsim_expect(c, &much, 400, "ValidationException");
        STOP();
}

static void cloudsim_filters_as_asked(void **state)
{
        const struct question system_defined = {
                .url = "https://bedrock.eu-west-3.amazonaws.com/"
                       "inference-profiles?maxResults=10&type=SYSTEM_DEFINED",
                .sign = "aws:amz:eu-west-3:bedrock",
                .key = PAGING_KEY,
        };
        const struct question instances = {
                .url = "https://ec2.eu-west-3.amazonaws.com/",
                .body = "Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=instance-type"
                        "&Filter.1.Value.1=p*",
                .headers = { FORM },
                .sign = "aws:amz:eu-west-3:ec2",
                .key = PAGING_KEY,
        };
        struct answer a;

        START("paging");
        a = cloudsim_ask(c, &system_defined);
        assert_int_equal(a.status, 200);
        assert_int_equal(json_array_size(json_object_get(a.json, "inferenceProfileSummaries")), 2);
        assert_null(json_object_get(a.json, "nextToken"));
        answer_done(&a);
        cloudsim_expect(c, &instances, 200, "<reservationSet></reservationSet>");
        STOP();
}

static struct question assume(const char *body)
{
        return (struct question){
                .url = "https://sts.eu-west-3.amazonaws.com/",
                .body = body,
                .headers = { FORM, "Accept: application/json" },
                .sign = "aws:amz:eu-west-3:sts",
                .key = SMALL_KEY,
        };
}

#define ASSUME                                                                                     \
        "Action=AssumeRole&Version=2011-06-15&RoleSessionName=vigie&DurationSeconds=900&RoleArn="  \
        "arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fvigie-read"

static void cloudsim_issues_and_expires_roles(void **state)
{
        const struct question good = assume(ASSUME "&ExternalId=hexagone-vigie");
        const struct question no_id = assume(ASSUME);
        char key[256], token[512];
        struct question q;
        json_t *credentials;
        struct answer a;

        START("small");
        cloudsim_expect(c, &no_id, 403, "AccessDenied");
        a = cloudsim_ask(c, &good);
        assert_int_equal(a.status, 200);
        credentials = json_path(a.json, "AssumeRoleResponse.AssumeRoleResult.Credentials");
        assert_true(json_is_real(json_object_get(credentials, "Expiration")));
        (void)snprintf(key, sizeof(key), "%s:%s", json_member_string(credentials, "AccessKeyId"),
                       json_member_string(credentials, "SecretAccessKey"));
        (void)snprintf(token, sizeof(token), "X-Amz-Security-Token: %s",
                       json_member_string(credentials, "SessionToken"));
        json_decref(credentials);
        answer_done(&a);
        q = cloudsim_list_endpoints(key, "{}");
        cloudsim_expect(c, &q, 400, "UnrecognizedClientException");
        q.headers[2] = token;
        cloudsim_expect(c, &q, 200, "tri-courriers");
        assert_int_equal(cloudsim_add_faults(c, "{\"match\": {\"nth\": 2}, "
                                                "\"do\": {\"expire_token\": true}}"),
                         0);
        cloudsim_expect(c, &q, 200, "tri-courriers");
        cloudsim_expect(c, &q, 400, "ExpiredTokenException");
        cloudsim_expect(c, &q, 400, "ExpiredTokenException");
        STOP();
}

/* A partition of its own: other hosts, other ARNs, and no other partition's keys. */
static void cloudsim_plays_the_sovereign_cloud(void **state)
{
        static const char key[] = "AKIAEUSC000000000001:org/world/secret/of/eusc+0000000000000000";
        static const char other[] =
                "AKIANORD000000000001:org/world/secret/of/nord+0000000000000000";
        struct question who = {
                .url = "https://sts.eusc-de-east-1.amazonaws.eu/",
                .body = "Action=GetCallerIdentity&Version=2011-06-15",
                .headers = { FORM },
                .sign = "aws:amz:eusc-de-east-1:sts",
                .key = key,
        };
        struct question guardrails = {
                .method = "GET",
                .url = "https://bedrock.eusc-de-east-1.api.amazonwebservices.eu/guardrails",
                .sign = "aws:amz:eusc-de-east-1:bedrock",
                .key = key,
        };
        START("organizations");

        cloudsim_expect(c, &who, 200, "arn:aws-eusc:iam::400000000001:user/vigie");
        cloudsim_expect(c, &guardrails, 200, "guardrails");
        who.key = guardrails.key = other;
        cloudsim_expect(c, &who, 403, "InvalidClientTokenId");
        cloudsim_expect(c, &guardrails, 403, "security token");
        STOP();
}

static void cloudsim_describes_tags_and_misses(void **state)
{
        struct question q =
                cloudsim_list_endpoints(SMALL_KEY, "{\"EndpointName\": \"tri-courriers\"}");

        START("small");
        q.headers[1] = "X-Amz-Target: SageMaker.DescribeEndpoint";
        cloudsim_expect(c, &q, 200, "\"EnableCapture\":true");
        q.body = "{\"EndpointName\": \"essai-resume\"}"; /* the list alone knows it */
        cloudsim_expect(c, &q, 200, "\"EndpointStatus\":\"Failed\"");
        q.body = "{\"EndpointName\": \"inconnu\"}";
        cloudsim_expect(c, &q, 400, "Could not find");
        q.headers[1] = "X-Amz-Target: SageMaker.ListTags";
        q.body = "{\"ResourceArn\": \"arn:aws:sagemaker:eu-west-3:111122223333:endpoint/inconnu\"}";
        cloudsim_expect(c, &q, 200, "{\"Tags\":[]}");
        q.headers[1] = "X-Amz-Target: SageMaker.ListHubs";
        cloudsim_expect(c, &q, 200, "{\"HubSummaries\":[]}");
        q.headers[1] = "X-Amz-Target: SageMaker.ListNothing";
        cloudsim_expect(c, &q, 404, "UnknownOperationException");
        STOP();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(cloudsim_accepts_published_signatures),
                cmocka_unit_test(cloudsim_refuses_a_signature_off_by_one_digit),
                cmocka_unit_test(cloudsim_says_what_is_wrong_with_credentials),
                cmocka_unit_test(cloudsim_keeps_the_clock),
                cmocka_unit_test(cloudsim_pages_lists),
                cmocka_unit_test(cloudsim_refuses_pages_that_are_not_its_own),
                cmocka_unit_test(cloudsim_filters_as_asked),
                cmocka_unit_test(cloudsim_issues_and_expires_roles),
                cmocka_unit_test(cloudsim_plays_the_sovereign_cloud),
                cmocka_unit_test(cloudsim_describes_tags_and_misses),
        };

        return cmocka_run_group_tests_name("cloudsim_aws", tests, NULL, NULL);
}
