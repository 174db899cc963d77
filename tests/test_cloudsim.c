/* The bench itself: what it verifies, how it pages, what its faults do. Driven by libcurl, whose
 * own signer stands apart from the simulator's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <curl/curl.h>
#include <string.h>

#include "daemon/base/buffer.h"
#include "daemon/base/json.h"
#include "tests/support/cloudsim.h"

enum { HEADERS_MAX = 10, ANSWER_MAX_BYTES = 16 * 1024 * 1024 };

static const char small_key[] = "AKIASMALLWORLD000001:small/world/secret/key+not/a/real/one000";
static const char paging_key[] = "AKIAPAGINGWORLD00001:paging/world/secret+not/a/real/one000000";
static const char synthetic_key[] = "AKIASYNTHETIC0000000:synthetic/secret/of/the/bench+0000000000";
static const char json_1_1[] = "Content-Type: application/x-amz-json-1.1";
static const char form[] = "Content-Type: application/x-www-form-urlencoded; charset=utf-8";

struct question {
        const char *method, *url, *body;
        const char *headers[HEADERS_MAX];
        const char *sign; /* "aws:amz:region:service" */
        const char *key;  /* "access:secret" */
};

struct answer {
        CURLcode code;
        long status;
        struct buffer head, body;
        json_t *json;
};

static void answer_done(struct answer *a)
{
        buffer_done(&a->head);
        buffer_done(&a->body);
        json_decref(a->json);
}

static size_t on_data(char *data, size_t one, size_t n, void *userdata)
{
        buffer_append(userdata, data, one * n);
        return one * n;
}

static struct curl_slist *headers_of(const struct question *q)
{
        struct curl_slist *list = NULL;

        for (size_t i = 0; i < HEADERS_MAX && q->headers[i]; i++)
                list = curl_slist_append(list, q->headers[i]);
        return list;
}

static struct answer ask(struct cloudsim *c, const struct question *q)
{
        struct answer a = { .head = BUFFER_INIT(ANSWER_MAX_BYTES),
                            .body = BUFFER_INIT(ANSWER_MAX_BYTES) };
        struct curl_slist *headers = headers_of(q), *to;
        char connect_to[64];
        CURL *curl = curl_easy_init();

        (void)snprintf(connect_to, sizeof(connect_to), "::%s", cloudsim_address(c));
        to = curl_slist_append(NULL, connect_to);
        (void)curl_easy_setopt(curl, CURLOPT_URL, q->url);
        (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
        (void)curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, cloudsim_ca_file(c));
        if (strncmp(q->url, "https:", 6) == 0)
                (void)curl_easy_setopt(curl, CURLOPT_CONNECT_TO, to);
        if (q->body)
                (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, q->body);
        if (q->method)
                (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, q->method);
        if (q->sign)
                (void)curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, q->sign);
        if (q->key)
                (void)curl_easy_setopt(curl, CURLOPT_USERPWD, q->key);
        (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
        (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, &a.body);
        (void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_data);
        (void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, &a.head);
        a.code = curl_easy_perform(curl);
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &a.status);
        curl_easy_cleanup(curl);
        curl_slist_free_all(headers);
        curl_slist_free_all(to);
        (void)json_parse(buffer_text(&a.body), a.body.size_bytes, &a.json, NULL);
        return a;
}

/* The question is answered with this status, and its body says this (NULL: anything). */
static void expect(struct cloudsim *c, const struct question *q, long status, const char *says)
{
        struct answer a = ask(c, q);

        if (a.status != status || (says && !strstr(buffer_text(&a.body), says)))
                print_error("%s: %ld %s\n", q->url, a.status, buffer_text(&a.body));
        assert_int_equal(a.code, CURLE_OK);
        assert_int_equal(a.status, status);
        if (says)
                assert_non_null(strstr(buffer_text(&a.body), says));
        answer_done(&a);
}

static struct question list_endpoints(const char *key, const char *body)
{
        return (struct question){
                .url = "https://api.sagemaker.eu-west-3.amazonaws.com/",
                .body = body,
                .headers = { json_1_1, "X-Amz-Target: SageMaker.ListEndpoints" },
                .sign = "aws:amz:eu-west-3:sagemaker",
                .key = key,
        };
}

#define START(world)                                                                               \
        struct cloudsim *c = cloudsim_start("tests/worlds/" world, NULL);                          \
        assert_non_null(c)
#define STOP() assert_int_equal(cloudsim_stop(c), 0)

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
            .headers = { json_1_1, "X-Amz-Target: SageMaker.ListEndpoints", DATE, TOKEN } },
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
            .headers = { form, "Accept: application/json", DATE, TOKEN } },
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

                expect(c, &q, vectors[i].status, vectors[i].says);
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
                expect(c, &q, i == 0 ? 400 : 403, says[i]);
        }
        STOP();
}

static void cloudsim_says_what_is_wrong_with_credentials(void **state)
{
        struct question unsigned_call = list_endpoints(NULL, "{}");
        struct question stranger = list_endpoints("AKIANOBODY0000000000:x", "{}");
        struct question wrong_scope = list_endpoints(small_key, "{}");
        struct question with_token = list_endpoints(small_key, "{}");
        struct question region_off = list_endpoints(small_key, "{}");

        START("small");
        unsigned_call.sign = NULL;
        expect(c, &unsigned_call, 400, "MissingAuthenticationToken");
        expect(c, &stranger, 400, "UnrecognizedClientException");
        wrong_scope.sign = "aws:amz:eu-west-1:sagemaker";
        expect(c, &wrong_scope, 400, "Credential should be scoped");
        wrong_scope.sign = "aws:amz:eu-west-3:bedrock";
        expect(c, &wrong_scope, 400, "Credential should be scoped");
        with_token.headers[2] = "X-Amz-Security-Token: not-mine";
        expect(c, &with_token, 400, "UnrecognizedClientException");
        region_off.url = "https://api.sagemaker.eu-central-2.amazonaws.com/";
        region_off.sign = "aws:amz:eu-central-2:sagemaker";
        expect(c, &region_off, 400, "UnrecognizedClientException");
        STOP();
}

static void cloudsim_keeps_the_clock(void **state)
{
        const struct question q = list_endpoints(small_key, "{}");

        START("small");
        assert_int_equal(cloudsim_add_faults(c, "{\"do\": {\"clock_skew_seconds\": 600}}"), 0);
        expect(c, &q, 400, "Signature expired");
        assert_int_equal(cloudsim_clear_faults(c), 0);
        assert_int_equal(cloudsim_add_faults(c, "{\"do\": {\"clock_skew_seconds\": 200}}"), 0);
        expect(c, &q, 200, "tri-courriers");
        STOP();
}

/* All items of a paged list, and the number of pages. */
static size_t walk(struct cloudsim *c, struct question q, const char *items, size_t *ret_pages)
{
        char body[256] = "{}";
        size_t n = 0, pages = 0;

        while (*body && pages < 20) {
                struct answer a;
                const char *token;

                q.body = body;
                a = ask(c, &q);
                assert_int_equal(a.status, 200);
                n += json_array_size(json_object_get(a.json, items));
                token = json_member_string(a.json, "NextToken");
                if (!token)
                        token = json_member_string(a.json, "nextToken");
                *body = '\0';
                if (token)
                        (void)snprintf(body, sizeof(body), "{\"%s\": \"%s\"}",
                                       json_object_get(a.json, "NextToken") ? "NextToken"
                                                                            : "nextToken",
                                       token);
                answer_done(&a);
                pages++;
        }
        *ret_pages = pages;
        return n;
}

static void cloudsim_pages_lists(void **state)
{
        struct question logs = list_endpoints(paging_key, NULL), agents = logs;
        size_t pages;

        START("paging");
        assert_int_equal(walk(c, list_endpoints(paging_key, NULL), "Endpoints", &pages), 7);
        assert_int_equal(pages, 4);
        logs.url = "https://logs.eu-west-3.amazonaws.com/";
        logs.headers[1] = "X-Amz-Target: Logs_20140328.DescribeLogGroups";
        logs.sign = "aws:amz:eu-west-3:logs";
        assert_int_equal(walk(c, logs, "logGroups", &pages), 7);
        assert_int_equal(pages, 4);
        agents.url = "https://bedrock-agent.eu-west-3.amazonaws.com/agents/";
        agents.headers[0] = "Content-Type: application/json";
        agents.headers[1] = NULL;
        agents.sign = "aws:amz:eu-west-3:bedrock";
        assert_int_equal(walk(c, agents, "agentSummaries", &pages), 7);
        assert_int_equal(pages, 4);
        STOP();
}

static void cloudsim_refuses_pages_that_are_not_its_own(void **state)
{
        struct question first = list_endpoints(paging_key, "{}"), other = first;
        struct question much = list_endpoints(paging_key, "{\"MaxResults\": 101}");
        char body[256];
        struct answer a;

        START("paging");
        a = ask(c, &first);
        (void)snprintf(body, sizeof(body), "{\"NextToken\": \"%s\"}",
                       json_member_string(a.json, "NextToken"));
        answer_done(&a);
        other.body = body;
        expect(c, &other, 200, "point-3");
        other.headers[1] = "X-Amz-Target: SageMaker.ListModels";
        expect(c, &other, 400, "Invalid token");
        expect(c, &much, 400, "ValidationException");
        STOP();
}

static void cloudsim_filters_as_asked(void **state)
{
        const struct question system_defined = {
                .url = "https://bedrock.eu-west-3.amazonaws.com/"
                       "inference-profiles?maxResults=10&type=SYSTEM_DEFINED",
                .sign = "aws:amz:eu-west-3:bedrock",
                .key = paging_key,
        };
        const struct question instances = {
                .url = "https://ec2.eu-west-3.amazonaws.com/",
                .body = "Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=instance-type"
                        "&Filter.1.Value.1=p*",
                .headers = { form },
                .sign = "aws:amz:eu-west-3:ec2",
                .key = paging_key,
        };
        struct answer a;

        START("paging");
        a = ask(c, &system_defined);
        assert_int_equal(a.status, 200);
        assert_int_equal(json_array_size(json_object_get(a.json, "inferenceProfileSummaries")), 2);
        assert_null(json_object_get(a.json, "nextToken"));
        answer_done(&a);
        expect(c, &instances, 200, "<reservationSet></reservationSet>");
        STOP();
}

static struct question assume(const char *body)
{
        return (struct question){
                .url = "https://sts.eu-west-3.amazonaws.com/",
                .body = body,
                .headers = { form, "Accept: application/json" },
                .sign = "aws:amz:eu-west-3:sts",
                .key = small_key,
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
        expect(c, &no_id, 403, "AccessDenied");
        a = ask(c, &good);
        assert_int_equal(a.status, 200);
        credentials = json_path(a.json, "AssumeRoleResponse.AssumeRoleResult.Credentials");
        assert_true(json_is_real(json_object_get(credentials, "Expiration")));
        (void)snprintf(key, sizeof(key), "%s:%s", json_member_string(credentials, "AccessKeyId"),
                       json_member_string(credentials, "SecretAccessKey"));
        (void)snprintf(token, sizeof(token), "X-Amz-Security-Token: %s",
                       json_member_string(credentials, "SessionToken"));
        json_decref(credentials);
        answer_done(&a);
        q = list_endpoints(key, "{}");
        expect(c, &q, 400, "UnrecognizedClientException");
        q.headers[2] = token;
        expect(c, &q, 200, "tri-courriers");
        assert_int_equal(cloudsim_add_faults(c, "{\"match\": {\"nth\": 2}, "
                                                "\"do\": {\"expire_token\": true}}"),
                         0);
        expect(c, &q, 200, "tri-courriers");
        expect(c, &q, 400, "ExpiredTokenException");
        expect(c, &q, 400, "ExpiredTokenException");
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
                .headers = { form },
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

        expect(c, &who, 200, "arn:aws-eusc:iam::400000000001:user/vigie");
        expect(c, &guardrails, 200, "guardrails");
        who.key = guardrails.key = other;
        expect(c, &who, 403, "InvalidClientTokenId");
        expect(c, &guardrails, 403, "security token");
        STOP();
}

static void cloudsim_describes_tags_and_misses(void **state)
{
        struct question q = list_endpoints(small_key, "{\"EndpointName\": \"tri-courriers\"}");

        START("small");
        q.headers[1] = "X-Amz-Target: SageMaker.DescribeEndpoint";
        expect(c, &q, 200, "\"EnableCapture\":true");
        q.body = "{\"EndpointName\": \"essai-resume\"}"; /* the list alone knows it */
        expect(c, &q, 200, "\"EndpointStatus\":\"Failed\"");
        q.body = "{\"EndpointName\": \"inconnu\"}";
        expect(c, &q, 400, "Could not find");
        q.headers[1] = "X-Amz-Target: SageMaker.ListTags";
        q.body = "{\"ResourceArn\": \"arn:aws:sagemaker:eu-west-3:111122223333:endpoint/inconnu\"}";
        expect(c, &q, 200, "{\"Tags\":[]}");
        q.headers[1] = "X-Amz-Target: SageMaker.ListHubs";
        expect(c, &q, 200, "{\"HubSummaries\":[]}");
        q.headers[1] = "X-Amz-Target: SageMaker.ListNothing";
        expect(c, &q, 404, "UnknownOperationException");
        STOP();
}

/* clang-format off */
static const struct {
        const char *fault;
        CURLcode code;
        long status;
        const char *head, *says;
} faults[] = {
        { "{\"do\": {\"status\": 429, \"retry_after\": 7}}", CURLE_OK, 429, "Retry-After: 7", "ThrottlingException" },
        { "{\"do\": {\"status\": 503, \"retry_after_date\": 7}}", CURLE_OK, 503, " GMT", "ServiceUnavailable" },
        { "{\"do\": {\"code\": \"ThrottlingException\", \"message\": \"Rate exceeded\"}}", CURLE_OK, 400, NULL, "Rate exceeded" },
        { "{\"do\": {\"status\": 500}}", CURLE_OK, 500, NULL, "InternalServerException" },
        { "{\"do\": {\"denied\": true}}", CURLE_OK, 400, NULL, "AccessDeniedException" },
        { "{\"do\": {\"denied\": \"scp\"}}", CURLE_OK, 400, NULL, "explicit deny in a service control policy" },
        { "{\"do\": {\"denied\": \"empty\"}}", CURLE_OK, 400, NULL, "\"message\":\"\"" },
        { "{\"do\": {\"region_off\": true}}", CURLE_OK, 400, NULL, "UnrecognizedClientException" },
        { "{\"do\": {\"api_off\": true}}", CURLE_OK, 400, NULL, "SubscriptionRequiredException" },
        { "{\"do\": {\"html\": true}}", CURLE_OK, 200, "text/html", "<html>" },
        { "{\"do\": {\"garbage\": true}}", CURLE_OK, 200, "application/json", "[{\"EndpointName\": ]]" },
        { "{\"do\": {\"truncate\": true}}", CURLE_PARTIAL_FILE, 200, NULL, "tri-courriers" },
        { "{\"do\": {\"oversize_bytes\": 3000000}}", CURLE_OK, 200, "Content-Length: 30000", "tri-courriers" },
        { "{\"match\": {\"operation\": \"Describe*\"}, \"do\": {\"status\": 500}}", CURLE_OK, 200, NULL, "tri-courriers" },
        { "{\"match\": {\"times\": 1, \"nth\": 2}, \"do\": {\"status\": 500}}", CURLE_OK, 200, NULL, "tri-courriers" },
};
/* clang-format on */

static void cloudsim_plays_faults(void **state)
{
        const struct question q = list_endpoints(small_key, "{}");

        START("small");
        for (size_t i = 0; i < ELEMENTSOF(faults); i++) {
                struct answer a;

                assert_int_equal(cloudsim_clear_faults(c), 0);
                assert_int_equal(cloudsim_add_faults(c, faults[i].fault), 0);
                a = ask(c, &q);
                if (a.code != faults[i].code || a.status != faults[i].status)
                        print_error("%s: %d %ld\n", faults[i].fault, a.code, a.status);
                assert_int_equal(a.code, faults[i].code);
                assert_int_equal(a.status, faults[i].status);
                if (faults[i].head)
                        assert_non_null(strstr(buffer_text(&a.head), faults[i].head));
                assert_non_null(strstr(buffer_text(&a.body), faults[i].says));
                answer_done(&a);
        }
        STOP();
}

static void cloudsim_resets_connections(void **state)
{
        const struct question q = list_endpoints(small_key, "{}");
        struct answer a;

        START("small");
        assert_int_equal(cloudsim_add_faults(c, "{\"do\": {\"reset\": true}}"), 0);
        a = ask(c, &q);
        assert_int_not_equal(a.code, CURLE_OK);
        assert_int_equal(a.status, 0);
        answer_done(&a);
        STOP();
}

static void cloudsim_plays_lists_without_end(void **state)
{
        const struct question q = list_endpoints(paging_key, "{}");
        char first[64], again[256];
        struct question next = q;
        size_t pages;
        struct answer a;

        START("paging");
        assert_int_equal(cloudsim_add_faults(c, "{\"do\": {\"endless_token\": true}}"), 0);
        (void)walk(c, q, "Endpoints", &pages);
        assert_int_equal(pages, 20);
        assert_int_equal(cloudsim_clear_faults(c), 0);
        assert_int_equal(cloudsim_add_faults(c, "{\"do\": {\"repeat_token\": true}}"), 0);
        a = ask(c, &q);
        (void)snprintf(first, sizeof(first), "%s", json_member_string(a.json, "NextToken"));
        answer_done(&a);
        (void)snprintf(again, sizeof(again), "{\"NextToken\": \"%s\"}", first);
        next.body = again;
        expect(c, &next, 200, first);
        STOP();
}

static void cloudsim_strikes_the_second_page_only(void **state)
{
        struct question q = list_endpoints(paging_key, "{}");
        char body[256];
        struct answer a;

        START("paging");
        assert_int_equal(
                cloudsim_add_faults(c, "{\"match\": {\"page\": 2}, \"do\": {\"denied\": true}}"),
                0);
        a = ask(c, &q);
        assert_int_equal(a.status, 200);
        (void)snprintf(body, sizeof(body), "{\"NextToken\": \"%s\"}",
                       json_member_string(a.json, "NextToken"));
        answer_done(&a);
        q.body = body;
        expect(c, &q, 400, "AccessDeniedException");
        STOP();
}

static const char scaleway_token[] = "X-Auth-Token: 5b000000-0000-4000-8000-00000000c1ef";

static struct question scaleway(const char *url)
{
        return (struct question){ .url = url, .headers = { scaleway_token } };
}

static void cloudsim_checks_scaleway_tokens(void **state)
{
        struct question q = scaleway("https://api.scaleway.com/account/v3/projects");

        START("paging");
        expect(c, &q, 200, "projet-1");
        q.headers[0] = NULL;
        expect(c, &q, 401, "denied_authentication");
        q.headers[0] = "X-Auth-Token: 00000000-0000-4000-8000-000000000000";
        expect(c, &q, 401, "\"reason\":\"not_found\"");
        q.headers[0] = "X-Auth-Token: 5b000000-0000-4000-8000-00000000dead";
        expect(c, &q, 401, "\"reason\":\"expired\"");
        q = scaleway("https://api.scaleway.com/account/v3/projects"
                     "?organization_id=00000000-0000-4000-8000-000000000001");
        expect(c, &q, 403, "permissions_denied");
        q = scaleway("https://api.scaleway.ai/v1/models");
        expect(c, &q, 401, "denied_authentication");
        q.headers[0] = "Authorization: Bearer 5b000000-0000-4000-8000-00000000c1ef";
        expect(c, &q, 200, "\"data\":[]");
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
                q = scaleway(url);
                a = ask(c, &q);
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
        const struct question q = scaleway("https://api.scaleway.com/instance/v1/zones/fr-par-2/"
                                           "servers?page=4&per_page=100");
        const struct question one =
                scaleway("https://api.scaleway.com/instance/v1/zones/fr-par-2/servers/"
                         "5b000000-0000-4000-8000-000000000303");
        const struct question none = scaleway("https://api.scaleway.com/instance/v1/zones/fr-par-2/"
                                              "servers/5b000000-0000-4000-8000-000000000999");
        struct answer a;

        START("paging");
        a = ask(c, &q);
        assert_int_equal(a.status, 200);
        assert_non_null(strstr(buffer_text(&a.head), "X-Total-Count: 7"));
        assert_null(json_object_get(a.json, "total_count"));
        assert_int_equal(json_array_size(json_object_get(a.json, "servers")), 1);
        answer_done(&a);
        expect(c, &one, 200, "{\"server\":{");
        expect(c, &none, 404, "unknown_resource");
        STOP();
}

static void cloudsim_pages_scaleway_by_token(void **state)
{
        char url[256] = "https://api.scaleway.com/audit-trail/v1alpha1/regions/fr-par/events"
                        "?page_size=100";
        size_t n = 0, pages = 0;

        START("paging");
        while (*url && pages < 10) {
                struct question q = scaleway(url);
                struct answer a = ask(c, &q);
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
        const struct question elsewhere =
                scaleway("https://api.scaleway.com/inference/v1/regions/nl-ams/deployments");
        const struct question empty =
                scaleway("https://api.scaleway.com/k8s/v1/regions/nl-ams/clusters");
        const struct question much =
                scaleway("https://api.scaleway.com/k8s/v1/regions/nl-ams/clusters?page_size=101");

        START("paging");
        expect(c, &elsewhere, 404, "not_found");
        expect(c, &empty, 200, "{\"clusters\":[],\"total_count\":0}");
        expect(c, &much, 400, "invalid_arguments");
        STOP();
}

static void cloudsim_counts_calls(void **state)
{
        const struct question q = list_endpoints(small_key, "{}");
        json_t *log;

        START("small");
        expect(c, &q, 200, NULL);
        assert_int_equal(
                cloudsim_add_faults(c, "{\"match\": {\"times\": 2}, \"do\": {\"denied\": true}}"),
                0);
        expect(c, &q, 400, "AccessDenied");
        assert_int_equal(cloudsim_counter(c, "repeated_after_denial"), 0);
        expect(c, &q, 400, "AccessDenied");
        assert_int_equal(cloudsim_counter(c, "repeated_after_denial"), 1);
        assert_int_equal(cloudsim_calls(c, "sagemaker", "ListEndpoints", 200), 1);
        assert_int_equal(cloudsim_calls(c, "sagemaker", "ListEndpoints", 400), 2);
        assert_int_equal(cloudsim_calls(c, "sagemaker", NULL, 0), 3);
        assert_int_equal(cloudsim_calls(c, "bedrock", NULL, 0), 0);
        log = cloudsim_log(c);
        assert_int_equal(json_array_size(log), 3);
        assert_string_equal(json_member_string(json_array_get(log, 0), "operation"),
                            "ListEndpoints");
        json_decref(log);
        assert_int_equal(cloudsim_reset(c), 0);
        assert_int_equal(cloudsim_counter(c, "requests"), 0);
        STOP();
}

static void cloudsim_watches_budgets(void **state)
{
        const struct question q = list_endpoints(small_key, "{}");
        struct cloudsim *c = cloudsim_start(
                "tests/worlds/small",
                (const char *const[]){ "--set",
                                       "budgets=[{\"match\": {\"service\": \"sagemaker\"}, "
                                       "\"per_second\": 0.001, \"burst\": 2, \"throttle\": true}]",
                                       NULL });

        assert_non_null(c);
        expect(c, &q, 200, NULL);
        expect(c, &q, 200, NULL);
        expect(c, &q, 400, "ThrottlingException");
        assert_int_equal(cloudsim_counter(c, "budget_violations"), 1);
        STOP();
}

/* A call to the plain listener. */
static void expect_plain(struct cloudsim *c, struct question q, long status, const char *says)
{
        char url[256];

        (void)snprintf(url, sizeof(url), "%s%s", cloudsim_http_url(c), q.url);
        q.url = url;
        expect(c, &q, status, says);
}

static void cloudsim_plays_instance_metadata(void **state)
{
        static const char roles[] = "/latest/meta-data/iam/security-credentials/";
        struct question q = { .url = roles };
        char header[128], url[128];
        struct answer a;

        START("paging");
        expect_plain(c, q, 401, NULL);
        (void)snprintf(url, sizeof(url), "%s/latest/api/token", cloudsim_http_url(c));
        a = ask(c,
                &(struct question){ .method = "PUT",
                                    .url = url,
                                    .headers = { "X-aws-ec2-metadata-token-ttl-seconds: 21600" } });
        assert_int_equal(a.status, 200);
        (void)snprintf(header, sizeof(header), "X-aws-ec2-metadata-token: %s",
                       buffer_text(&a.body));
        answer_done(&a);
        q.headers[0] = header;
        expect_plain(c, q, 200, "vigie-machine");
        q.url = "/latest/meta-data/iam/security-credentials/vigie-machine";
        expect_plain(c, q, 200, "\"AccessKeyId\":\"ASIA");
        q.url = "/latest/dynamic/instance-identity/document";
        expect_plain(c, q, 200, "\"accountId\":\"111122223333\"");
        STOP();
}

static void cloudsim_plays_container_and_sign_on(void **state)
{
        struct question q = { .url = "/creds" };

        START("paging");
        expect_plain(c, q, 401, NULL);
        q.headers[0] = "Authorization: jeton-du-conteneur";
        expect_plain(c, q, 200, "\"Token\":");
        q = (struct question){
                .url = "https://portal.sso.eu-west-3.amazonaws.com/federation/credentials"
                       "?account_id=111122223333&role_name=vigie-lecture",
                .headers = { "x-amz-sso_bearer_token: perdu" },
        };
        expect(c, &q, 401, "Session token");
        q.headers[0] = "x-amz-sso_bearer_token: sso-acces";
        expect(c, &q, 200, "\"roleCredentials\":");
        q = (struct question){
                .url = "https://oidc.eu-west-3.amazonaws.com/token",
                .body = "{\"clientId\":\"client\",\"clientSecret\":\"secret-du-client\","
                        "\"grantType\":\"refresh_token\",\"refreshToken\":\"sso-renouvellement\"}",
                .headers = { "Content-Type: application/json" },
        };
        expect(c, &q, 200, "\"accessToken\":\"sso-acces\"");
        q.body = "{\"grantType\":\"refresh_token\",\"refreshToken\":\"autre\"}";
        expect(c, &q, 400, "invalid_grant");
        STOP();
}

static void cloudsim_takes_an_endpoint_override(void **state)
{
        START("paging");
        expect_plain(c,
                     (struct question){ .url = "/agents/",
                                        .body = "{}",
                                        .headers = { "Content-Type: application/json" },
                                        .sign = "aws:amz:eu-west-3:bedrock",
                                        .key = paging_key },
                     200, "agentSummaries");
        expect_plain(c, scaleway("/account/v3/projects"), 200, "projet-1");
        expect_plain(c, (struct question){ .url = "/" }, 404, NULL);
        STOP();
}

static void cloudsim_invents_worlds(void **state)
{
        struct question q = list_endpoints(synthetic_key, "{\"MaxResults\": 100}");
        char first[64];
        struct answer a;

        START("synthetic");
        a = ask(c, &q);
        assert_int_equal(json_array_size(json_object_get(a.json, "Endpoints")), 100);
        (void)snprintf(first, sizeof(first), "%s", json_member_string(a.json, "NextToken"));
        answer_done(&a);
        expect(c, &q, 200, first); /* the same question, the same answer */
        q.headers[1] = "X-Amz-Target: SageMaker.DescribeEndpoint";
        q.body = "{\"EndpointName\": \"point-0000249\"}";
        expect(c, &q, 200, "\"EndpointName\":\"point-0000249\"");
        expect(c, &q, 200, "config-0000249");
        q.body = "{\"EndpointName\": \"point-0000250\"}";
        expect(c, &q, 400, "Could not find");
        q = (struct question){
                .url = "https://api.scaleway.com/inference/v1/regions/fr-par/deployments"
                       "?page=3&page_size=100",
                .headers = { "X-Auth-Token: 10000000-0000-4000-8000-00000000feed" },
        };
        a = ask(c, &q);
        assert_int_equal(json_array_size(json_object_get(a.json, "deployments")), 50);
        answer_done(&a);
        STOP();
}

static void write_world(const char *path, const char *text)
{
        FILE *f = fopen(path, "w");

        assert_non_null(f);
        assert_true(fputs(text, f) >= 0);
        assert_int_equal(fclose(f), 0);
}

#define WORLD_HEAD                                                                                 \
        "aws:\n  accounts:\n    \"111122223333\":\n      keys: [{access_key: "                     \
        "AKIASMALLWORLD000001, "                                                                   \
        "secret_key: \"small/world/secret/key+not/a/real/one000\"}]\n"

/* clang-format off */
static const struct {
        const char *text, *says;
} bad_worlds[] = {
        { "aws: {accounts: {}}\nclouds: {}\n", ":2:1: clouds: unknown key" },
        { WORLD_HEAD "      regions: {enabled: eu-west-3}\n", ":5:17: enabled: must be a list" },
        { WORLD_HEAD, ": regions: is missing" },
        { "aws:\n  accounts:\n    \"12\": {regions: {enabled: []}}\n", ":3:5: 12: an account is" },
        { "aws: {accounts: [\n", "world.yaml:2" },
        { "faults: [{do: {statsu: 500}}]\n", "unknown key \"statsu\"" },
};
/* clang-format on */

static void cloudsim_refuses_bad_worlds(void **state)
{
        char directory[] = "/tmp/test-cloudsim-XXXXXX", path[64], message[1024];

        assert_non_null(mkdtemp(directory));
        (void)snprintf(path, sizeof(path), "%s/world.yaml", directory);
        for (size_t i = 0; i < ELEMENTSOF(bad_worlds); i++) {
                write_world(path, bad_worlds[i].text);
                assert_int_equal(cloudsim_refused(directory, NULL, message, sizeof(message)), 2);
                if (!strstr(message, bad_worlds[i].says))
                        print_error("%s", message);
                assert_non_null(strstr(message, bad_worlds[i].says));
        }
        (void)unlink(path);
        assert_int_equal(cloudsim_refused(directory, NULL, message, sizeof(message)), 2);
        assert_int_equal(cloudsim_refused("tests/worlds/small",
                                          (const char *const[]){ "--listen", "0.0.0.0:0", NULL },
                                          message, sizeof(message)),
                         2);
        assert_non_null(strstr(message, "loopback"));
        (void)rmdir(directory);
}

static void cloudsim_reads_an_edited_world(void **state)
{
        static const char region[] = "      regions: {enabled: [eu-west-3]}\n      services:\n";
        const struct question q = list_endpoints(small_key, "{}");
        char directory[] = "/tmp/test-cloudsim-XXXXXX", path[64];
        struct cloudsim *c;
        char text[1024];

        assert_non_null(mkdtemp(directory));
        (void)snprintf(path, sizeof(path), "%s/world.yaml", directory);
        (void)snprintf(text, sizeof(text), "%s%s        eu-west-3: {}\n", WORLD_HEAD, region);
        write_world(path, text);
        c = cloudsim_start(directory, NULL);
        assert_non_null(c);
        expect(c, &q, 200, "{\"Endpoints\":[]}");
        (void)snprintf(text, sizeof(text),
                       "%s%s        eu-west-3: {sagemaker: {ListEndpoints: {Endpoints: "
                       "[{EndpointName: nouveau}]}}}\n",
                       WORLD_HEAD, region);
        write_world(path, text);
        assert_int_equal(cloudsim_reload(c), 0);
        expect(c, &q, 200, "nouveau");
        write_world(path, "aws: 1\n");
        assert_true(cloudsim_reload(c) < 0);
        expect(c, &q, 200, "nouveau");
        STOP();
        (void)unlink(path);
        (void)rmdir(directory);
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
                cmocka_unit_test(cloudsim_plays_faults),
                cmocka_unit_test(cloudsim_resets_connections),
                cmocka_unit_test(cloudsim_plays_lists_without_end),
                cmocka_unit_test(cloudsim_strikes_the_second_page_only),
                cmocka_unit_test(cloudsim_checks_scaleway_tokens),
                cmocka_unit_test(cloudsim_pages_scaleway_by_total),
                cmocka_unit_test(cloudsim_pages_scaleway_by_header),
                cmocka_unit_test(cloudsim_pages_scaleway_by_token),
                cmocka_unit_test(cloudsim_knows_where_scaleway_products_are),
                cmocka_unit_test(cloudsim_counts_calls),
                cmocka_unit_test(cloudsim_watches_budgets),
                cmocka_unit_test(cloudsim_plays_instance_metadata),
                cmocka_unit_test(cloudsim_plays_container_and_sign_on),
                cmocka_unit_test(cloudsim_takes_an_endpoint_override),
                cmocka_unit_test(cloudsim_invents_worlds),
                cmocka_unit_test(cloudsim_refuses_bad_worlds),
                cmocka_unit_test(cloudsim_reads_an_edited_world),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
