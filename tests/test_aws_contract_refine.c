#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "tests/support/aws_contract.h"

#define BASIC(management, kind, more)                                                              \
        "{\"EventSelectors\":[{\"IncludeManagementEvents\":" management                            \
        ",\"ReadWriteType\":\"" kind "\"" more "}]}"
#define FIELD(name, test, value) "{\"Field\":\"" name "\",\"" test "\":[\"" value "\"]}"
#define MANAGEMENT FIELD("eventCategory", "Equals", "Management")
#define ADVANCED(fields) "{\"AdvancedEventSelectors\":[{\"FieldSelectors\":[" fields "]}]}"
#define MODEL(region, what) "arn:aws:bedrock:" region ":" what
#define FOUNDATION(region) MODEL(region, ":foundation-model/anthropic.claude-3-haiku")
#define PROFILE MODEL("eu-west-3", "111122223333:inference-profile/eu.anthropic.claude-3-haiku")
#define UNKNOWN "?"

static const struct refine_case {
        const char *name, *refinement, *value; /* what the rows of the catalogue left */
        const char *result;  /* the fact after it, as JSON; UNKNOWN; NULL: as before */
        const char *ref;     /* processing.ref, as JSON; NULL: not there */
        const char *regions; /* processing.regions of bedrock_model_ref; NULL: not there */
} cases[] = {
        { .name = "all",
          .refinement = "trail_selectors",
          .value = BASIC("true", "All", ""),
          .result = "true" },
        { .name = "writes only",
          .refinement = "trail_selectors",
          .value = BASIC("true", "WriteOnly", ""),
          .result = "false" },
        { .name = "no management",
          .refinement = "trail_selectors",
          .value = BASIC("false", "All", ""),
          .result = "false" },
        { .name = "but KMS",
          .refinement = "trail_selectors",
          .value = BASIC("true", "All",
                         ",\"ExcludeManagementEventSources\":[\"kms.amazonaws.com\"]"),
          .result = "true" },
        { .name = "but Bedrock",
          .refinement = "trail_selectors",
          .value = BASIC("true", "All",
                         ",\"ExcludeManagementEventSources\":[\"bedrock.amazonaws.com\"]"),
          .result = "false" },
        { .name = "reads and writes apart",
          .refinement = "trail_selectors",
          .value = "{\"EventSelectors\":[{\"IncludeManagementEvents\":true,\"ReadWriteType\":"
                   "\"ReadOnly\"},{\"IncludeManagementEvents\":true,\"ReadWriteType\":"
                   "\"WriteOnly\"}]}",
          .result = "true" },
        { .name = "advanced",
          .refinement = "trail_selectors",
          .value = ADVANCED(MANAGEMENT),
          .result = "true" },
        { .name = "advanced, writes",
          .refinement = "trail_selectors",
          .value = ADVANCED(MANAGEMENT "," FIELD("readOnly", "Equals", "false")),
          .result = "false" },
        { .name = "advanced, but KMS",
          .refinement = "trail_selectors",
          .value = ADVANCED(MANAGEMENT "," FIELD("eventSource", "NotEquals", "kms.amazonaws.com")),
          .result = "true" },
        { .name = "advanced, but Bedrock",
          .refinement = "trail_selectors",
          .value = ADVANCED(MANAGEMENT
                            "," FIELD("eventSource", "NotEquals", "bedrock.amazonaws.com")),
          .result = "false" },
        { .name = "advanced, some events",
          .refinement = "trail_selectors",
          .value = ADVANCED(MANAGEMENT "," FIELD("eventName", "StartsWith", "Delete")),
          .result = "false" },
        { .name = "data alone",
          .refinement = "trail_selectors",
          .value = ADVANCED(FIELD("eventCategory", "Equals", "Data")),
          .result = "false" },
        { .name = "no selectors",
          .refinement = "trail_selectors",
          .value = "{}",
          .result = UNKNOWN },
        { .name = "regions of a profile",
          .refinement = "bedrock_profile_regions",
          .value = "[\"" FOUNDATION("eu-west-3") "\",\"" FOUNDATION("eu-west-2") "\",\"" FOUNDATION(
                  "eu-west-3") "\"]",
          .result = "[\"eu-west-3\",\"eu-west-2\"]" },
        { .name = "anywhere",
          .refinement = "bedrock_profile_regions",
          .value = "[\"" FOUNDATION("") "\"]",
          .result = "[\"global\"]" },
        { .name = "no ARN",
          .refinement = "bedrock_profile_regions",
          .value = "[\"" FOUNDATION("eu-west-3") "\",\"x\"]",
          .result = UNKNOWN },
        { .name = "no models",
          .refinement = "bedrock_profile_regions",
          .value = "[]",
          .result = UNKNOWN },
        { .name = "a bare id",
          .refinement = "bedrock_model_ref",
          .value = "\"anthropic.claude-3-haiku\"",
          .regions = "[\"eu-west-3\"]" },
        { .name = "an id with dots",
          .refinement = "bedrock_model_ref",
          .value = "\"zai.glm-4.7\"",
          .regions = "[\"eu-west-3\"]" },
        { .name = "a model's ARN",
          .refinement = "bedrock_model_ref",
          .value = "\"" FOUNDATION("eu-west-3") "\"",
          .regions = "[\"eu-west-3\"]" },
        { .name = "a profile's id",
          .refinement = "bedrock_model_ref",
          .value = "\"eu.anthropic.claude-3-haiku\"",
          .ref = "\"eu.anthropic.claude-3-haiku\"" },
        { .name = "a reach that is new",
          .refinement = "bedrock_model_ref",
          .value = "\"mars.anthropic.claude-3-haiku\"",
          .ref = "\"mars.anthropic.claude-3-haiku\"" },
        { .name = "a profile's ARN",
          .refinement = "bedrock_model_ref",
          .value = "\"" PROFILE "\"",
          .ref = "\"" PROFILE "\"" },
        { .name = "a custom model",
          .refinement = "bedrock_model_ref",
          .value = "\"" MODEL("eu-central-1", "111122223333:custom-model/x/1") "\"",
          .regions = "[\"eu-central-1\"]" },
        { .name = "no known form",
          .refinement = "bedrock_model_ref",
          .value = "\"mymodel\"",
          .regions = UNKNOWN },
};

static const char *fact_of(const struct refine_case *x)
{
        if (strcmp(x->refinement, "trail_selectors") == 0)
                return "audit.management_events";
        return strcmp(x->refinement, "bedrock_model_ref") == 0 ? "model.id" : "processing.regions";
}

static const struct refinement *find(const char *name)
{
        for (size_t i = 0; i < aws_provider.n_refinements; i++)
                if (strcmp(aws_provider.refinements[i].name, name) == 0)
                        return &aws_provider.refinements[i];
        fail_msg("there is no refinement %s", name);
        return NULL;
}

/* A lone value is as good as a list of it. */
static bool holds(const json_t *facts, const char *name, const char *wanted)
{
        const json_t *value = NULL;
        enum fact_state state = fact_get(facts, name, &value, NULL);
        json_auto_t *other = NULL;

        if (!wanted)
                return !json_object_get(facts, name);
        if (strcmp(wanted, UNKNOWN) == 0)
                return state == FACT_UNKNOWN && json_object_get(facts, name);
        other = json_loads(wanted, JSON_DECODE_ANY, NULL);
        assert_non_null(other);
        if (state == FACT_KNOWN && !json_is_array(value) && json_array_size(other) == 1)
                return json_equal(value, json_array_get(other, 0));
        if (state == FACT_KNOWN && json_array_size(value) == 1 && !json_is_array(other))
                return json_equal(json_array_get(value, 0), other);
        return state == FACT_KNOWN && json_equal(value, other);
}

static int check_case(const struct aws_test_account *t, const struct refine_case *x)
{
        const struct place place = { "aws", "prod", "111122223333", "eu-west-3" };
        struct resource *r = resource_new(&place, "aws.test.thing");
        json_auto_t *item = json_object();
        json_t *models = json_array(), *arns = json_loads(x->value, JSON_DECODE_ANY, NULL), *arn;
        size_t i;
        bool model = strcmp(x->refinement, "bedrock_model_ref") == 0, good;

        json_array_foreach(arns, i, arn)
        {
                (void)json_array_append_new(models, json_pack("{s:O}", "modelArn", arn));
        }
        assert_int_equal(json_object_set_new(item, "models", models), 0);
        assert_int_equal(fact_set_known_take(r->facts, fact_of(x), arns, -1), 0);
        assert_int_equal(find(x->refinement)->run(t->account, r, item, NULL), 0);
        good = holds(r->facts, fact_of(x), x->result ? x->result : x->value);
        if (model)
                good = good && holds(r->facts, "processing.ref", x->ref) &&
                       holds(r->facts, "processing.regions", x->regions);
        if (!good) {
                _cleanup_(freep) char *text = json_dumps(r->facts, JSON_SORT_KEYS);

                print_error("%s: %s\n", x->name, text);
        }
        resource_free(r);
        return good ? 0 : 1;
}

static void aws_refinements_say_what_is_certain(void **state)
{
        struct aws_test_account t;
        int wrong = 0;

        aws_test_enter();
        aws_test_keys();
        assert_int_equal(aws_test_open(&t, ""), 0);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                wrong += check_case(&t, &cases[i]);
        aws_test_close(&t);
        aws_test_leave();
        assert_int_equal(wrong, 0);
}

/* What could not be read stays unknown, with its cause. */
static void aws_refinements_keep_the_unknown(void **state)
{
        struct aws_test_account t;

        aws_test_enter();
        aws_test_keys();
        assert_int_equal(aws_test_open(&t, ""), 0);
        for (size_t i = 0; i < aws_provider.n_refinements; i++) {
                const struct refine_case x = { .refinement = aws_provider.refinements[i].name };
                const struct place place = { "aws", "prod", "111122223333", "eu-west-3" };
                struct resource *r = resource_new(&place, "aws.test.thing");
                json_auto_t *item = json_object();
                const char *cause = NULL;

                assert_int_equal(fact_set_unknown(r->facts, fact_of(&x), "denied: x"), 0);
                assert_int_equal(aws_provider.refinements[i].run(t.account, r, item, NULL), 0);
                assert_int_equal(fact_get(r->facts, fact_of(&x), NULL, &cause), FACT_UNKNOWN);
                assert_string_equal(cause, "denied: x");
                resource_free(r);
        }
        aws_test_close(&t);
        aws_test_leave();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(aws_refinements_say_what_is_certain),
                cmocka_unit_test(aws_refinements_keep_the_unknown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
