/* AI use that leaves no resource behind, and the proof that logs arrive: the engine against
 * cloudsim's metrics, events and bill. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "tests/support/scan.h"

#define IN "111122223333/eu-west-3/"
#define BEDROCK IN "AWS/Bedrock/"
#define EU_PROFILE "eu.anthropic.claude-sonnet-4-20250514-v1:0"
#define GLOBAL_PROFILE "global.anthropic.claude-haiku-4-5-20251001-v1:0"
#define MISTRAL "mistral.mistral-large-2402-v1:0"
#define GROUP "arn:aws:logs:eu-west-3:111122223333:log-group:/aws/sagemaker/Endpoints/tri"
#define BILL "111122223333/bill/"

#define CONFIG(more)                                                                               \
        "accounts:\n"                                                                              \
        "  - name: essai\n"                                                                        \
        "    provider: aws\n" more "    network: {connect_to: '@CONNECT@', ca_file: '@CA@'}\n"     \
        "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 3}\n"

static int setup(void **state)
{
        scan_aws_key("AKIAUSAGEWORLD000001", "usage/world/secret/key+not/a/real/one000");
        *state = cloudsim_start("tests/worlds/usage", NULL);
        return *state ? 0 : -1;
}

static int teardown(void **state)
{
        return cloudsim_stop(*state);
}

static void scan(struct scan_run *run, void **state, const char *config)
{
        run->sink_fails_after = -1;
        assert_int_equal(scan_run(run, *state, config), 0);
        assert_true(run->complete);
        assert_int_equal(json_array_size(run->troubles), 0);
}

static void deny(void **state, const char *operation)
{
        _cleanup_(freep) char *text = NULL;

        assert_true(asprintf(&text,
                             "{\"match\": {\"operation\": \"%s\"}, \"do\": {\"denied\": true}}",
                             operation) > 0);
        assert_int_equal(cloudsim_add_faults(*state, text), 0);
}

/* The value of a fact as canonical text, its state when it is not known, "(no such thing)". */
static char *fact_text(const struct scan_run *run, const char *id, const char *name)
{
        const json_t *resource = json_object_get(run->resources, id), *value = NULL;
        enum fact_state s;

        if (!resource)
                return strdup("(no such thing)");
        s = fact_get(json_object_get(resource, "facts"), name, &value, NULL);
        return s == FACT_KNOWN ? json_canonical(value) : strdup(fact_state_name(s));
}

struct expected {
        const char *id, *fact, *value;
};

static void assert_facts(const struct scan_run *run, const struct expected *rows, size_t n)
{
        size_t wrong = 0;

        for (size_t i = 0; i < n; i++) {
                _cleanup_(freep) char *is = fact_text(run, rows[i].id, rows[i].fact);

                if (is && strcmp(is, rows[i].value) == 0)
                        continue;
                print_error("%s: %s is %s, expected %s\n", rows[i].id, rows[i].fact, is,
                            rows[i].value);
                wrong++;
        }
        assert_int_equal(wrong, 0);
}

static size_t count_of(const struct scan_run *run, const char *kind, const char *region)
{
        const char *id;
        json_t *resource;
        size_t n = 0;

        json_object_foreach(run->resources, id, resource)
        {
                n += strcmp(json_member_string(resource, "kind"), kind) == 0 &&
                     strcmp(json_member_string(resource, "region"), region) == 0;
        }
        return n;
}

/* ---- what is used ------------------------------------------------------------------------------
 */

static const struct expected used[] = {
        { BEDROCK EU_PROFILE, "model.id", "\"" EU_PROFILE "\"" },
        { BEDROCK EU_PROFILE, "processing.ref", "\"" EU_PROFILE "\"" },
        { BEDROCK EU_PROFILE, "usage.quantity", "200" }, /* neither 220 nor 20 */
        { BEDROCK EU_PROFILE, "usage.unit", "\"call\"" },
        { BEDROCK EU_PROFILE, "tags", "true" },
        { BEDROCK GLOBAL_PROFILE, "processing.ref", "\"" GLOBAL_PROFILE "\"" },
        { "arn:aws:bedrock:eu-west-3:111122223333:inference-profile/" GLOBAL_PROFILE,
          "processing.regions", "[\"global\"]" },
        { BEDROCK MISTRAL, "processing.regions", "[\"eu-west-3\"]" },
        { BEDROCK MISTRAL, "model.maker", "\"Mistral AI\"" },
        { BEDROCK MISTRAL, "usage.quantity", "5" }, /* what is older than 14 days is not in it */
        { BEDROCK "Across all model IDs", "model.id", "(no such thing)" },
        { IN "AWS/BedrockMantle/openai.gpt-oss-120b", "usage.quantity", "31" },
        { IN "AWS/BedrockMantle/", "model.id", "(no such thing)" },
        { IN "AWS/Rekognition/SearchFacesByImage", "use.biometric", "true" },
        { IN "AWS/Rekognition/SearchFacesByImage", "use.emotion", "false" },
        { IN "AWS/Rekognition/DetectLabels", "use.biometric", "false" },
        { IN "AWS/Rekognition/DetectLabels", "usage.quantity", "400" },
        { IN "AWS/Rekognition/DetectFaces", "use.emotion", "true" },
        { IN "AWS/Textract/AnalyzeDocument", "usage.quantity", "14" },
        { IN "AWS/Translate/TranslateText", "model.task", "\"TranslateText\"" },
        { IN "AWS/Translate/", "model.task", "(no such thing)" },
        { IN "AWS/Polly/SynthesizeSpeech", "usage.unit", "\"character\"" },
        { IN "AWS/Transcribe/streaming", "model.domain", "\"medical\"" },
        { IN "AWS/Lex/BOT0000001", "parent.id", "\"BOT0000001\"" },
        { IN "AWS/SageMaker/tri-des-cv/AllTraffic", "parent.id", "\"tri-des-cv\"" },
        { IN "AWS/Kendra/0a000000-0000-4000-8000-000000000001", "parent.id",
          "\"0a000000-0000-4000-8000-000000000001\"" },
};

static void usage_is_found_once(void **state)
{
        static const struct {
                const char *kind;
                size_t here, elsewhere;
        } counts[] = {
                { "aws.usage.bedrock_model", 3, 0 }, { "aws.usage.bedrock_mantle", 2, 0 },
                { "aws.usage.rekognition", 3, 0 },   { "aws.usage.textract", 2, 0 },
                { "aws.usage.translate", 2, 0 },     { "aws.usage.polly", 2, 0 },
                { "aws.usage.transcribe", 2, 0 },    { "aws.usage.q_developer", 1, 1 },
                { "aws.usage.agent", 2, 0 },         { "aws.usage.guardrail", 2, 0 },
                { "aws.usage.agentcore", 2, 0 },     { "aws.usage.comprehend", 2, 0 },
                { "aws.usage.lex", 2, 0 },           { "aws.usage.kendra", 2, 0 },
                { "aws.usage.personalize", 2, 0 },   { "aws.usage.forecast", 2, 0 },
                { "aws.usage.q_business", 2, 0 },    { "aws.usage.sagemaker", 2, 0 },
        };
        struct scan_run run = { 0 };

        scan(&run, state, CONFIG(""));
        assert_facts(&run, used, ELEMENTSOF(used));
        for (size_t i = 0; i < ELEMENTSOF(counts); i++) {
                print_message("%s\n", counts[i].kind);
                assert_int_equal(count_of(&run, counts[i].kind, "eu-west-3"), counts[i].here);
                /* a region without use is silent, and was read */
                assert_int_equal(count_of(&run, counts[i].kind, "us-east-1"), counts[i].elsewhere);
                assert_string_equal(scan_run_state(&run, counts[i].kind, "us-east-1"), "ok");
        }
        assert_string_equal(
                json_member_string(json_object_get(run.resources, BEDROCK MISTRAL), "service_type"),
                "foundation-model");
        assert_string_equal(json_member_string(json_object_get(run.resources, IN "AWS/Lex/"
                                                                                 "BOT0000001"),
                                               "topic"),
                            "usage");
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

static void usage_denied_is_not_no_use(void **state)
{
        struct scan_run run = { 0 };

        deny(state, "ListMetrics");
        scan(&run, state, CONFIG(""));
        assert_int_equal(count_of(&run, "aws.usage.bedrock_model", "eu-west-3"), 0);
        assert_string_equal(scan_run_state(&run, "aws.usage.bedrock_model", "eu-west-3"), "denied");
        assert_string_equal(scan_run_state(&run, "aws.usage.rekognition", "us-east-1"), "denied");
        assert_string_equal(scan_run_state(&run, "aws.usage.log_delivery", "eu-west-3"), "denied");
        assert_int_equal(cloudsim_counter(*state, "repeated_after_denial"), 0);
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

static void usage_without_statistics_has_unknown_figures(void **state)
{
        static const struct expected unread[] = {
                { BEDROCK EU_PROFILE, "model.id", "\"" EU_PROFILE "\"" },
                { BEDROCK EU_PROFILE, "usage.quantity", "unknown" },
                { BEDROCK EU_PROFILE, "usage.last", "unknown" },
                { IN "AWS/Lex/BOT0000001", "usage.last", "unknown" },
                { BEDROCK "ModelInvocationLogsS3DeliveryFailure", "log.delivery.failures",
                  "unknown" },
                { BEDROCK "ModelInvocationLogsS3DeliverySuccess", "log.delivery.last", "unknown" },
        };
        struct scan_run run = { 0 };

        deny(state, "GetMetricStatistics");
        scan(&run, state, CONFIG(""));
        assert_facts(&run, unread, ELEMENTSOF(unread));
        assert_string_equal(scan_run_state(&run, "aws.usage.bedrock_model", "eu-west-3"), "denied");
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* ---- who and where -----------------------------------------------------------------------------
 */

static const struct expected seen[] = {
        { IN "events/InvokeModel", "usage.principals",
          "[\"arn:aws:sts::111122223333:assumed-role/assistant-courrier\"]" },
        { IN "events/InvokeModel", "processing.observed_regions", "[\"eu-west-2\",\"eu-west-3\"]" },
        { IN "events/InvokeModel", "model.id", "[\"" EU_PROFILE "\",\"" MISTRAL "\"]" },
        /* who was refused used nothing */
        { IN "events/Converse", "usage.principals", "[\"arn:aws:iam::111122223333:user/essai\"]" },
        { IN "events/Converse", "processing.observed_regions", "[\"us-east-1\"]" },
        { IN "events/ConverseStream", "usage.principals", "(no such thing)" },
        { IN "events/comprehend.amazonaws.com", "usage.principals",
          "[\"arn:aws:iam::111122223333:role/analyse\"]" },
        /* readings of the inventory, vigie's own among them, are no use */
        { IN "events/rekognition.amazonaws.com", "usage.principals",
          "[\"arn:aws:sts::111122223333:assumed-role/assistant-courrier\"]" },
        { IN "events/translate.amazonaws.com", "usage.principals", "(no such thing)" },
};

static void usage_events_say_who_and_where(void **state)
{
        struct scan_run run = { 0 };
        _cleanup_(freep) char *all = NULL;

        scan(&run, state, CONFIG(""));
        assert_facts(&run, seen, ELEMENTSOF(seen));
        all = json_canonical(run.resources);
        assert_null(strstr(all, "192.0.2.44"));
        assert_null(strstr(all, "i-0000000000000001"));
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

static void usage_events_denied_are_unread(void **state)
{
        struct scan_run run = { 0 };

        deny(state, "LookupEvents");
        scan(&run, state, CONFIG(""));
        assert_string_equal(scan_run_state(&run, "aws.usage.model_calls", "eu-west-3"), "denied");
        assert_string_equal(scan_run_state(&run, "aws.usage.api_calls", "eu-west-3"), "denied");
        assert_int_equal(count_of(&run, "aws.usage.model_calls", "eu-west-3"), 0);
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* ---- how often ---------------------------------------------------------------------------------
 */

static void usage_lists_are_left_alone_while_young(void **state)
{
        struct scan_run first = { 0 }, second = { 0 }, fresh = { .fresh = true };

        scan(&first, state, CONFIG("    optional: [aws.usage.cost_line]\n"));
        assert_int_equal(cloudsim_calls(*state, "cloudtrail", "LookupEvents", 0), 26);
        assert_int_equal(cloudsim_calls(*state, "ce", "GetCostAndUsage", 0), 1);
        assert_int_equal(cloudsim_reset(*state), 0);
        second.answered = fresh.answered = first.coverage;
        second.remembered = fresh.remembered = first.resources;
        scan(&second, state, CONFIG("    optional: [aws.usage.cost_line]\n"));
        assert_int_equal(cloudsim_calls(*state, "cloudtrail", "LookupEvents", 0), 0);
        assert_int_equal(cloudsim_calls(*state, "ce", "GetCostAndUsage", 0), 0);
        /* whether logs arrive is asked all the same */
        assert_int_equal(cloudsim_calls(*state, "cloudwatch", "ListMetrics", 0), 4);
        scan(&fresh, state, CONFIG("    optional: [aws.usage.cost_line]\n"));
        assert_int_equal(cloudsim_calls(*state, "ce", "GetCostAndUsage", 0), 1);
        scan_run_done(&first);
        scan_run_done(&second);
        scan_run_done(&fresh);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* ---- the bill ----------------------------------------------------------------------------------
 */

static void usage_on_the_bill_is_asked_when_wanted(void **state)
{
        struct scan_run off = { 0 }, on = { 0 };
        const json_t *line;

        scan(&off, state, CONFIG(""));
        assert_int_equal(cloudsim_calls(*state, "ce", "GetCostAndUsage", 0), 0);
        assert_int_equal(cloudsim_reset(*state), 0);
        scan(&on, state, CONFIG("    optional: [aws.usage.cost_line]\n"));
        /* two months of one service and region are one line; storage is none */
        assert_int_equal(count_of(&on, "aws.usage.cost_line", "eu-west-3"), 1);
        line = json_object_get(on.resources, BILL "eu-west-3/Amazon Rekognition");
        assert_string_equal(json_member_string(line, "service_type"), "ai-api");
        line = json_object_get(on.resources,
                               BILL "us-east-1/Claude Sonnet 4 (Amazon Bedrock Edition)");
        assert_string_equal(json_member_string(line, "service_type"), "foundation-model");
        assert_string_equal(json_member_string(line, "region"), "us-east-1");
        scan_run_done(&off);
        scan_run_done(&on);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* Grouping by region may be refused: that is told, and there is another way. */
static void usage_on_the_bill_by_region_or_by_type(void **state)
{
        static const struct expected lines[] = {
                { BILL "EUW3-ImagesProcessed/Amazon Rekognition", "inventory.place",
                  "\"eu-west-3\"" },
        };
        struct scan_run refused = { 0 }, run = { 0 };

        assert_int_equal(cloudsim_add_faults(*state,
                                             "{\"match\": {\"operation\": \"GetCostAndUsage\"}, "
                                             "\"do\": {\"code\": \"ValidationException\"}}"),
                         0);
        scan(&refused, state, CONFIG("    optional: [aws.usage.cost_line]\n"));
        assert_string_equal(scan_run_state(&refused, "aws.usage.cost_line", "global"), "failed");
        assert_non_null(strstr(scan_run_cause(&refused, "aws.usage.cost_line", "global"),
                               "ValidationException"));
        scan_run_done(&refused);
        assert_int_equal(cloudsim_reset(*state), 0);
        scan(&run, state, CONFIG("    optional: [aws.usage.cost_by_type]\n"));
        assert_string_equal(scan_run_state(&run, "aws.usage.cost_by_type", "global"), "ok");
        assert_facts(&run, lines, ELEMENTSOF(lines));
        assert_int_equal(count_of(&run, "aws.usage.cost_by_type", "eu-west-3"), 1);
        assert_int_equal(count_of(&run, "aws.usage.cost_by_type", "us-east-1"), 1);
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* ---- logs that arrive --------------------------------------------------------------------------
 */

static const struct expected delivered[] = {
        { BEDROCK "ModelInvocationLogsCloudWatchDeliverySuccess", "log.delivery.count", "122" },
        { BEDROCK "ModelInvocationLogsS3DeliveryFailure", "log.delivery.failures", "5" },
        /* a failure of last week is over */
        { BEDROCK "ModelInvocationLogsCloudWatchDeliveryFailure", "log.delivery.failures", "0" },
        { GROUP, "log.copies", "[\"eu-west-1\"]" },
};

static void usage_logs_are_seen_to_arrive(void **state)
{
        struct scan_run run = { 0 };

        scan(&run, state, CONFIG(""));
        assert_facts(&run, delivered, ELEMENTSOF(delivered));
        assert_string_equal(
                json_member_string(json_object_get(run.resources,
                                                   BEDROCK "ModelInvocationLogsS3DeliverySuccess"),
                                   "topic"),
                "log-delivery");
        /* no log is set up there: nothing is asked about its deliveries */
        assert_int_equal(count_of(&run, "aws.usage.log_delivery", "us-east-1"), 0);
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

static void usage_copies_of_logs_denied_are_unknown(void **state)
{
        static const struct expected unread[] = { { GROUP, "log.copies", "unknown" } };
        struct scan_run run = { 0 };

        deny(state, "DescribeSubscriptionFilters");
        scan(&run, state, CONFIG(""));
        assert_facts(&run, unread, ELEMENTSOF(unread));
        assert_string_equal(scan_run_state(&run, "aws.logs.log_group", "eu-west-3"), "denied");
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(usage_is_found_once),
                cmocka_unit_test(usage_denied_is_not_no_use),
                cmocka_unit_test(usage_without_statistics_has_unknown_figures),
                cmocka_unit_test(usage_events_say_who_and_where),
                cmocka_unit_test(usage_events_denied_are_unread),
                cmocka_unit_test(usage_lists_are_left_alone_while_young),
                cmocka_unit_test(usage_on_the_bill_is_asked_when_wanted),
                cmocka_unit_test(usage_on_the_bill_by_region_or_by_type),
                cmocka_unit_test(usage_logs_are_seen_to_arrive),
                cmocka_unit_test(usage_copies_of_logs_denied_are_unknown),
        };

        return cmocka_run_group_tests_name("aws_usage", tests, setup, teardown);
}
