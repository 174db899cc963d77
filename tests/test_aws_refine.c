#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "tests/support/aws.h"

static const struct refinement *find(const char *name)
{
        for (size_t i = 0; i < aws_provider.n_refinements; i++)
                if (strcmp(aws_provider.refinements[i].name, name) == 0)
                        return &aws_provider.refinements[i];
        fail_msg("there is no %s", name);
        return NULL;
}

/* fact before, as JSON ("absent" and "unknown" by these words); NULL: not collected. */
static struct resource *resource_with(const char *fact, const char *value)
{
        struct place place = { "aws", "bench", "111122223333", "eu-west-3" };
        struct resource *r = resource_new(&place, "aws.test.thing");

        assert_non_null(r);
        if (!value)
                return r;
        if (strcmp(value, "absent") == 0)
                assert_int_equal(fact_set_absent(r->facts, fact, 3), 0);
        else if (strcmp(value, "unknown") == 0)
                assert_int_equal(fact_set_unknown(r->facts, fact, "denied: x"), 0);
        else
                assert_int_equal(fact_set_known_take(r->facts, fact,
                                                     json_loads(value, JSON_DECODE_ANY, NULL), 3),
                                 0);
        return r;
}

/* want: the value as JSON, "absent", "unknown", or NULL for not collected. */
static void assert_fact(const struct resource *r, const char *fact, const char *want)
{
        const json_t *value = NULL;
        const char *cause = NULL;
        enum fact_state state = fact_get(r->facts, fact, &value, &cause);
        _cleanup_(freep) char *text = state == FACT_KNOWN ? json_canonical(value) : NULL;

        if (!want)
                assert_null(json_object_get(r->facts, fact));
        else if (strcmp(want, "unknown") == 0)
                assert_true(state == FACT_UNKNOWN && json_object_get(r->facts, fact));
        else if (strcmp(want, "absent") == 0)
                assert_int_equal(state, FACT_ABSENT);
        else
                assert_string_equal(text ? text : "(not known)", want);
        if (state == FACT_KNOWN)
                assert_int_equal(json_integer_value(json_object_get(json_object_get(r->facts, fact),
                                                                    "evidence")),
                                 3);
}

/* ---- trails -------------------------------------------------------------------------------------
 */

#define BASIC(type, include, exclude)                                                              \
        "{\"EventSelectors\":[{\"ReadWriteType\":\"" type                                          \
        "\",\"IncludeManagementEvents\":" include ",\"ExcludeManagementEventSources\":[" exclude   \
        "]}]}"
#define ADVANCED(fields) "{\"AdvancedEventSelectors\":[" fields "]}"
#define SELECTOR(fields) "{\"FieldSelectors\":[" fields "]}"
#define MANAGEMENT "{\"Field\":\"eventCategory\",\"Equals\":[\"Management\"]}"
#define DATA "{\"Field\":\"eventCategory\",\"Equals\":[\"Data\"]}"
#define READ_ONLY(v) ",{\"Field\":\"readOnly\",\"Equals\":[\"" v "\"]}"
#define NOT_SOURCE(v) ",{\"Field\":\"eventSource\",\"NotEquals\":[" v "]}"

static const struct {
        const char *what, *reply, *want;
} trails[] = {
        { "all", BASIC("All", "true", ""), "true" },
        { "reads only", BASIC("ReadOnly", "true", ""), "false" },
        { "writes only", BASIC("WriteOnly", "true", ""), "false" },
        { "no management events", BASIC("All", "false", ""), "false" },
        { "key management left out", BASIC("All", "true", "\"kms.amazonaws.com\""), "true" },
        { "Bedrock left out", BASIC("All", "true", "\"bedrock.amazonaws.com\""), "false" },
        { "reads and writes apart",
          "{\"EventSelectors\":[{\"ReadWriteType\":\"ReadOnly\",\"IncludeManagementEvents\":true},"
          "{\"ReadWriteType\":\"WriteOnly\",\"IncludeManagementEvents\":true}]}",
          "true" },
        { "a read-write type of another name", BASIC("Some", "true", ""), "false" },
        { "advanced", ADVANCED(SELECTOR(MANAGEMENT)), "true" },
        { "advanced, data only", ADVANCED(SELECTOR(DATA)), "false" },
        { "advanced, data beside it", ADVANCED(SELECTOR(DATA) "," SELECTOR(MANAGEMENT)), "true" },
        { "advanced, writes only", ADVANCED(SELECTOR(MANAGEMENT READ_ONLY("false"))), "false" },
        { "advanced, reads only", ADVANCED(SELECTOR(MANAGEMENT READ_ONLY("true"))), "false" },
        { "advanced, both apart",
          ADVANCED(SELECTOR(MANAGEMENT READ_ONLY("true")) "," SELECTOR(
                  MANAGEMENT READ_ONLY("false"))),
          "true" },
        { "advanced, key management left out",
          ADVANCED(SELECTOR(MANAGEMENT NOT_SOURCE("\"kms.amazonaws.com\",\"rdsdata.amazonaws.com"
                                                  "\""))),
          "true" },
        { "advanced, SageMaker left out",
          ADVANCED(SELECTOR(MANAGEMENT NOT_SOURCE("\"sagemaker.amazonaws.com\""))), "false" },
        { "advanced, agents left out",
          ADVANCED(SELECTOR(MANAGEMENT NOT_SOURCE("\"bedrock-agentcore.amazonaws.com\""))),
          "false" },
        { "advanced, one source only",
          ADVANCED(SELECTOR(MANAGEMENT ",{\"Field\":\"eventSource\",\"Equals\":[\"s3.amazonaws."
                                       "com\"]}")),
          "false" },
        { "advanced, sources by their beginning",
          ADVANCED(SELECTOR(MANAGEMENT ",{\"Field\":\"eventSource\",\"NotStartsWith\":[\"b\"]}")),
          "false" },
        { "advanced, a field that is not known",
          ADVANCED(SELECTOR(MANAGEMENT ",{\"Field\":\"userIdentity.arn\",\"NotEquals\":[\"x\"]}")),
          "false" },
        { "advanced, no category", ADVANCED(SELECTOR("")), "false" },
        { "no selectors", "{\"TrailARN\":\"x\"}", "unknown" },
        { "empty selectors", "{\"EventSelectors\":[],\"AdvancedEventSelectors\":[]}", "unknown" },
        { "denied", "unknown", "unknown" },
        { "done already", "true", "true" },
};

static void refine_trail_selectors(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(trails); i++) {
                _cleanup_(resource_freep) struct resource *r =
                        resource_with("audit.management_events", trails[i].reply);

                print_message("%s\n", trails[i].what);
                assert_int_equal(find("trail_selectors")->run(NULL, r, NULL, NULL), 0);
                assert_fact(r, "audit.management_events", trails[i].want);
        }
}

/* ---- profiles -----------------------------------------------------------------------------------
 */

#define MODEL(region) "arn:aws:bedrock:" region "::foundation-model/anthropic.claude-x"

static const struct {
        const char *what, *arns; /* the fact, of as many models as the item has */
        size_t models;
        const char *want;
} profiles[] = {
        { "two regions", "[\"" MODEL("eu-west-3") "\",\"" MODEL("eu-west-2") "\"]", 2,
          "[\"eu-west-3\",\"eu-west-2\"]" },
        { "once each", "[\"" MODEL("eu-west-3") "\",\"" MODEL("eu-west-3") "\"]", 2,
          "[\"eu-west-3\"]" },
        { "no region stands for any", "[\"" MODEL("eu-west-3") "\",\"" MODEL("") "\"]", 2,
          "[\"eu-west-3\",\"global\"]" },
        { "a model without ARN", "[\"" MODEL("eu-west-3") "\"]", 2, "unknown" },
        { "what is no ARN", "[\"" MODEL("eu-west-3") "\",\"claude\"]", 2, "unknown" },
        { "what is no text", "[1]", 1, "unknown" },
        { "no models", "[]", 0, "unknown" },
        { "absent", "absent", 0, "unknown" },
        { "denied", "unknown", 1, "unknown" },
};

static void refine_profile_regions(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(profiles); i++) {
                _cleanup_(resource_freep) struct resource *r =
                        resource_with("processing.regions", profiles[i].arns);
                json_auto_t *item = json_object(), *models = json_array();

                print_message("%s\n", profiles[i].what);
                for (size_t k = 0; k < profiles[i].models; k++)
                        (void)json_array_append_new(models, json_object());
                (void)json_object_set(item, "models", models);
                assert_int_equal(find("bedrock_profile_regions")->run(NULL, r, item, NULL), 0);
                assert_fact(r, "processing.regions", profiles[i].want);
        }
}

/* ---- references ---------------------------------------------------------------------------------
 */

#define ARN(region, kind) "arn:aws:bedrock:" region ":111122223333:" kind "/x"

static const struct {
        const char *what, *id, *regions, *ref;
} references[] = {
        { "a model's id", "\"anthropic.claude-3-haiku-20240307-v1:0\"", "[\"eu-west-3\"]", NULL },
        { "an id with dots in its version", "\"zai.glm-4.6\"", "[\"eu-west-3\"]", NULL },
        { "a model's ARN", "\"" MODEL("eu-central-1") "\"", "[\"eu-central-1\"]", NULL },
        { "a model's ARN without region", "\"" MODEL("") "\"", "[\"global\"]", NULL },
        { "a geographic profile", "\"eu.anthropic.claude-sonnet-4-v1:0\"", NULL,
          "\"eu.anthropic.claude-sonnet-4-v1:0\"" },
        { "a global profile", "\"global.anthropic.claude-sonnet-4-v1:0\"", NULL,
          "\"global.anthropic.claude-sonnet-4-v1:0\"" },
        { "a government's profile", "\"us-gov.anthropic.claude-x\"", NULL,
          "\"us-gov.anthropic.claude-x\"" },
        { "an id that is not known is looked up", "\"nova.maker.model-1\"", NULL,
          "\"nova.maker.model-1\"" },
        { "a profile's ARN", "\"" ARN("eu-west-3", "inference-profile") "\"", NULL,
          "\"" ARN("eu-west-3", "inference-profile") "\"" },
        { "an application profile's ARN",
          "\"" ARN("eu-west-3", "application-inference-profile") "\"", NULL,
          "\"" ARN("eu-west-3", "application-inference-profile") "\"" },
        { "a router", "\"" ARN("eu-west-3", "prompt-router") "\"", NULL,
          "\"" ARN("eu-west-3", "prompt-router") "\"" },
        { "provisioned", "\"" ARN("us-east-1", "provisioned-model") "\"", "[\"us-east-1\"]", NULL },
        { "custom", "\"" ARN("eu-west-3", "custom-model") "\"", "[\"eu-west-3\"]", NULL },
        { "imported", "\"" ARN("eu-west-3", "imported-model") "\"", "[\"eu-west-3\"]", NULL },
        { "deployed", "\"" ARN("eu-west-3", "custom-model-deployment") "\"", "[\"eu-west-3\"]",
          NULL },
        { "another kind of ARN", "\"" ARN("eu-west-3", "mystery") "\"", "unknown", NULL },
        { "no id at all", "\"claude\"", "unknown", NULL },
        { "half an ARN", "\"arn:aws:bedrock\"", "unknown", NULL },
        { "several in one region", "[\"amazon.titan-x\",\"mistral.large\"]", "[\"eu-west-3\"]",
          NULL },
        { "one of them unknown", "[\"amazon.titan-x\",\"claude\"]", "unknown", NULL },
        { "one of them no text", "[\"amazon.titan-x\",1]", "unknown", NULL },
        { "none", "[]", "unknown", NULL },
        { "a profile beside a model: the profile decides",
          "[\"amazon.titan-x\",\"eu.anthropic.claude-x\"]", NULL, "\"eu.anthropic.claude-x\"" },
        { "another region beside a profile is not lost",
          "[\"" MODEL("us-east-1") "\",\"eu.anthropic.claude-x\"]", NULL,
          "[\"eu.anthropic.claude-x\",\"us-east-1\"]" },
        { "denied", "unknown", "unknown", NULL },
        { "absent", "absent", NULL, NULL },
};

static void refine_model_ref(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(references); i++) {
                _cleanup_(resource_freep) struct resource *r =
                        resource_with("model.id", references[i].id);

                print_message("%s\n", references[i].what);
                assert_int_equal(find("bedrock_model_ref")->run(NULL, r, NULL, NULL), 0);
                assert_fact(r, "processing.regions", references[i].regions);
                assert_fact(r, "processing.ref", references[i].ref);
        }
}

#define TYPE(v) ",{\"Field\":\"resources.type\",\"Equals\":[\"" v "\"]}"
#define BASIC_DATA(rw, type, values)                                                               \
        "{\"EventSelectors\":[{\"ReadWriteType\":\"" rw                                            \
        "\",\"IncludeManagementEvents\":true,\"DataResources\":[{\"Type\":\"" type                 \
        "\",\"Values\":[" values "]}]}]}"

/* Which kinds of resource have their data events in the log, whole or in part. */
static void refine_trail_data_events(void **state)
{
        static const struct {
                const char *what, *reply, *whole, *part;
        } cases[] = {
                { "management only", ADVANCED(SELECTOR(MANAGEMENT)), "absent", "absent" },
                { "one kind", ADVANCED(SELECTOR(DATA TYPE("AWS::Bedrock::AgentAlias"))),
                  "[\"AWS::Bedrock::AgentAlias\"]", "absent" },
                { "two kinds",
                  ADVANCED(SELECTOR(DATA TYPE("AWS::S3::Object")) "," SELECTOR(
                          DATA TYPE("AWS::QBusiness::Application"))),
                  "[\"AWS::S3::Object\",\"AWS::QBusiness::Application\"]", "absent" },
                { "reads only", ADVANCED(SELECTOR(DATA TYPE("AWS::S3::Object") READ_ONLY("true"))),
                  "absent", "[\"AWS::S3::Object\"]" },
                { "some of them",
                  ADVANCED(SELECTOR(DATA TYPE("AWS::S3::Object") ",{\"Field\":\"resources.ARN\","
                                                                 "\"StartsWith\":[\"x\"]}")),
                  "absent", "[\"AWS::S3::Object\"]" },
                { "a kind of management events", ADVANCED(SELECTOR(MANAGEMENT TYPE("x"))), "absent",
                  "absent" },
                { "basic, all buckets", BASIC_DATA("All", "AWS::S3::Object", "\"arn:aws:s3\""),
                  "[\"AWS::S3::Object\"]", "absent" },
                { "basic, all buckets, long",
                  BASIC_DATA("All", "AWS::S3::Object", "\"arn:aws:s3:::\""),
                  "[\"AWS::S3::Object\"]", "absent" },
                { "basic, one bucket",
                  BASIC_DATA("All", "AWS::S3::Object", "\"arn:aws:s3:::one/\""), "absent",
                  "[\"AWS::S3::Object\"]" },
                { "basic, writes only",
                  BASIC_DATA("WriteOnly", "AWS::S3::Object", "\"arn:aws:s3\""), "absent",
                  "[\"AWS::S3::Object\"]" },
                { "no selectors", "{\"TrailARN\":\"x\"}", "unknown", "unknown" },
                { "denied", "unknown", "unknown", "unknown" },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(resource_freep) struct resource *r =
                        resource_with("audit.management_events", cases[i].reply);
                json_auto_t *item = json_object();
                struct error err = { 0 };

                print_message("%s\n", cases[i].what);
                assert_int_equal(find("trail_selectors")->run(NULL, r, item, &err), 0);
                assert_fact(r, "audit.data_events", cases[i].whole);
                assert_fact(r, "audit.data_events_partial", cases[i].part);
        }
}

/* ---- policies on regions -----------------------------------------------------------------------
 */

#define SCP(statement) "{\"Version\": \"2012-10-17\", \"Statement\": [" statement "]}"
#define OTHER_REGIONS(regions) "\"StringNotEquals\": {\"aws:RequestedRegion\": " regions "}"
#define DENY(what, condition)                                                                      \
        "{\"Effect\": \"Deny\", " what ", \"Resource\": \"*\", \"Condition\": {" condition "}}"
#define EVERYTHING "\"Action\": \"*\""

static const struct {
        const char *what, *document, *want; /* want: as of assert_fact() */
} policies[] = {
        { "all others", SCP(DENY(EVERYTHING, OTHER_REGIONS("[\"eu-west-3\", \"eu-west-1\"]"))),
          "[\"eu-west-3\",\"eu-west-1\"]" },
        { "one region, no list", SCP(DENY(EVERYTHING, OTHER_REGIONS("\"eu-west-3\""))),
          "[\"eu-west-3\"]" },
        { "one statement, no list",
          "{\"Statement\": " DENY("\"Action\": [\"*\"]", OTHER_REGIONS("[\"eu-west-3\"]")) "}",
          "[\"eu-west-3\"]" },
        { "the key in capitals, if it exists",
          SCP(DENY(EVERYTHING,
                   "\"stringnotequalsifexists\": {\"AWS:REQUESTEDREGION\": [\"eu-west-3\"]}")),
          "[\"eu-west-3\"]" },
        { "a pattern is told as it is",
          SCP(DENY(EVERYTHING, "\"StringNotLike\": {\"aws:RequestedRegion\": \"eu-*\"}")),
          "[\"eu-*\"]" },
        { "global services left out",
          SCP(DENY("\"NotAction\": [\"iam:*\", \"sts:*\", \"s3:ListAllMyBuckets\", "
                   "\"s3:GetAccountPublic*\", \"ec2:DescribeRegions\", \"directconnect:*\"]",
                   OTHER_REGIONS("[\"eu-west-3\"]"))),
          "[\"eu-west-3\"]" },
        { "AI left out",
          SCP(DENY("\"NotAction\": [\"iam:*\", \"bedrock:*\"]", OTHER_REGIONS("[\"eu-west-3\"]"))),
          "unknown" },
        { "calls of models left out",
          SCP(DENY("\"NotAction\": \"bedrock:InvokeModel*\"", OTHER_REGIONS("[\"eu-west-3\"]"))),
          "unknown" },
        { "objects left out",
          SCP(DENY("\"NotAction\": [\"s3:*\"]", OTHER_REGIONS("[\"eu-west-3\"]"))), "unknown" },
        { "all left out", SCP(DENY("\"NotAction\": [\"*\"]", OTHER_REGIONS("[\"eu-west-3\"]"))),
          "unknown" },
        { "some actions", SCP(DENY("\"Action\": [\"ec2:*\"]", OTHER_REGIONS("[\"eu-west-3\"]"))),
          "unknown" },
        { "some resources",
          SCP("{\"Effect\": \"Deny\", " EVERYTHING ", \"Resource\": \"arn:aws:s3:::x\", "
              "\"Condition\": {" OTHER_REGIONS("[\"eu-west-3\"]") "}}"),
          "unknown" },
        { "somebody left out",
          SCP(DENY(EVERYTHING, OTHER_REGIONS("[\"eu-west-3\"]") ", \"ArnNotLike\": "
                                                                "{\"aws:PrincipalArn\": \"x\"}")),
          "unknown" },
        { "regions denied by name",
          SCP(DENY(EVERYTHING, "\"StringEquals\": {\"aws:RequestedRegion\": [\"us-east-1\"]}")),
          "unknown" },
        { "regions allowed by name",
          SCP("{\"Effect\": \"Allow\", " EVERYTHING ", \"Resource\": \"*\", \"Condition\": "
              "{\"StringEquals\": {\"aws:RequestedRegion\": \"eu-west-3\"}}}"),
          "unknown" },
        { "two that hold at once",
          SCP(DENY(EVERYTHING, OTHER_REGIONS("[\"eu-west-3\", \"us-east-1\"]")) "," DENY(
                  EVERYTHING, OTHER_REGIONS("[\"eu-west-3\", \"eu-west-1\"]"))),
          "[\"eu-west-3\"]" },
        { "one that is certain beside one that is not",
          SCP(DENY("\"Action\": \"ec2:*\"", OTHER_REGIONS("[\"eu-west-1\"]")) "," DENY(
                  EVERYTHING, OTHER_REGIONS("[\"eu-west-3\"]"))),
          "[\"eu-west-3\"]" },
        { "of something else", SCP(DENY(EVERYTHING, "\"Bool\": {\"aws:SecureTransport\": false}")),
          "absent" },
        { "of nothing", "{\"Statement\": []}", "absent" },
        { "no JSON", "{\"Statement\": [", "unknown" },
};

static void refine_policies_on_regions(void **state)
{
        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(policies); i++) {
                _cleanup_(resource_freep) struct resource *r =
                        resource_with("policy.regions", NULL);
                struct error err = { 0 };

                print_message("%s\n", policies[i].what);
                assert_int_equal(fact_set_known_take(r->facts, "policy.regions",
                                                     json_string(policies[i].document), 3),
                                 0);
                assert_int_equal(find("region_policy")->run(NULL, r, NULL, &err), 0);
                assert_fact(r, "policy.regions", policies[i].want);
        }
}

static void refine_policies_that_were_not_read(void **state)
{
        _cleanup_(resource_freep) struct resource *r = resource_with("policy.regions", "unknown");

        (void)state;
        assert_int_equal(find("region_policy")->run(NULL, r, NULL, NULL), 0);
        assert_fact(r, "policy.regions", "unknown");
}

/* ---- events, registries ------------------------------------------------------------------------
 */

static void refine_patterns_of_events(void **state)
{
        static const struct {
                const char *pattern, *services, *targets;
        } cases[] = {
                { "{\"source\": [\"aws.sagemaker\"], \"detail\": {\"TrainingJobStatus\": "
                  "[\"Failed\"]}}",
                  "[\"aws.sagemaker\"]", "absent" },
                { "{\"source\": [\"aws.sagemaker\"], \"detail\": {\"EndpointName\": [\"e\", "
                  "{\"prefix\": \"f\"}]}}",
                  "[\"aws.sagemaker\"]", "[\"e\"]" },
                { "{\"source\": [\"aws.bedrock\", \"aws.sagemaker\"], \"resources\": [\"arn:1\"]}",
                  "[\"aws.bedrock\",\"aws.sagemaker\"]", "[\"arn:1\"]" },
                { "{\"detail-type\": [\"x\"]}", "absent", "absent" },
                { "{", "unknown", "known before" },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(resource_freep) struct resource *r =
                        resource_with("alert.services", "\"text\"");
                json_auto_t *item = json_pack("{s:s}", "EventPattern", cases[i].pattern);

                assert_int_equal(find("event_pattern")->run(NULL, r, item, NULL), 0);
                assert_fact(r, "alert.services", cases[i].services);
                if (strcmp(cases[i].targets, "known before") != 0)
                        assert_fact(r, "alert.targets", cases[i].targets);
        }
}

static void refine_registries(void **state)
{
#define REPLICATED(filters)                                                                        \
        "\"replicationConfiguration\": {\"rules\": [{\"destinations\": [{\"region\": "             \
        "\"us-east-1\"}]" filters "}]}"
#define REFS "\"_refs\": [\"1.dkr.ecr.eu-west-3.amazonaws.com/models/fraud:3\"]"
        static const struct {
                const char *item, *want;
        } cases[] = {
                { "{\"registryId\": \"1\", " REFS ", " REPLICATED("") "}", "[\"us-east-1\"]" },
                { "{\"registryId\": \"1\", " REFS
                  ", " REPLICATED(", \"repositoryFilters\": [{\"filter\": \"models/\"}]") "}",
                  "[\"us-east-1\"]" },
                { "{\"registryId\": \"1\", " REFS
                  ", " REPLICATED(", \"repositoryFilters\": [{\"filter\": \"site\"}]") "}",
                  "absent" },
                { "{\"registryId\": \"1\", " REFS
                  ", \"replicationConfiguration\": {\"rules\": []}}",
                  "absent" },
                { "{\"registryId\": \"2\", " REFS ", " REPLICATED("") "}", "unknown" },
                { "{" REFS "}", "unknown" },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(resource_freep) struct resource *r = resource_with("store.copies", "[]");
                json_auto_t *item = json_loads(cases[i].item, 0, NULL);

                assert_non_null(item);
                r->id = strdup("1.dkr.ecr.eu-west-3.amazonaws.com");
                assert_int_equal(find("ecr_registry")->run(NULL, r, item, NULL), 0);
                assert_fact(r, "store.copies", cases[i].want);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(refine_trail_selectors),
                cmocka_unit_test(refine_trail_data_events),
                cmocka_unit_test(refine_profile_regions),
                cmocka_unit_test(refine_model_ref),
                cmocka_unit_test(refine_policies_on_regions),
                cmocka_unit_test(refine_policies_that_were_not_read),
                cmocka_unit_test(refine_patterns_of_events),
                cmocka_unit_test(refine_registries),
        };

        return cmocka_run_group_tests_name("aws_refine", tests, NULL, NULL);
}
