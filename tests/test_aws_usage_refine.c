/* What a page of events, and the destinations of a log, are made into. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "tests/support/aws.h"

static int refine(const char *name, struct resource *r, const json_t *item)
{
        for (size_t i = 0; i < aws_provider.n_refinements; i++)
                if (strcmp(aws_provider.refinements[i].name, name) == 0)
                        return aws_provider.refinements[i].run(NULL, r, item, NULL);
        fail_msg("there is no %s", name);
        return -1;
}

static struct resource *some_resource(void)
{
        static const struct place place = { "aws", "bench", "111122223333", "eu-west-3" };
        struct resource *r = resource_new(&place, "aws.usage.model_calls");

        assert_non_null(r);
        return r;
}

static void assert_fact(const struct resource *r, const char *fact, const char *want)
{
        const json_t *value = NULL;
        enum fact_state state = fact_get(r->facts, fact, &value, NULL);
        _cleanup_(freep) char *text = value ? json_canonical(value) : NULL;

        assert_string_equal(state == FACT_KNOWN ? text : fact_state_name(state), want);
}

#define EVENT(body)                                                                                \
        "{\"CloudTrailEvent\":\"{\\\"eventName\\\":\\\"InvokeModel\\\","                           \
        "\\\"eventTime\\\":\\\"2026-01-15T08:30:00Z\\\","                                          \
        "\\\"awsRegion\\\":\\\"eu-west-3\\\"" body "}\"}"
#define BY(arn) ",\\\"userIdentity\\\":{\\\"arn\\\":\\\"" arn "\\\"}"
#define USER "arn:aws:iam::1:user/u"
#define PAGE(events, more) "{\"Events\":[" events "]" more "}"
#define MORE ",\"NextToken\":\"x\""
#define OWN EVENT(BY(USER) ",\\\"userAgent\\\":\\\"vigie/1 (x)\\\"")

static const struct {
        const char *what, *item, *principals, *regions, *last;
} pages[] = {
        { "a call in its region", PAGE(EVENT(BY(USER)), ""), "[\"" USER "\"]", "[\"eu-west-3\"]",
          "\"2026-01-15T08:30:00Z\"" },
        { "the same caller twice", PAGE(EVENT(BY(USER)) "," EVENT(BY(USER)), MORE),
          "[\"" USER "\"]", "[\"eu-west-3\"]", "\"2026-01-15T08:30:00Z\"" },
        { "a call that ran elsewhere",
          PAGE(EVENT(BY(USER) ",\\\"additionalEventData\\\":{\\\"inferenceRegion\\\":\\\"us-east-1"
                              "\\\"}"),
               ""),
          "[\"" USER "\"]", "[\"us-east-1\"]", "\"2026-01-15T08:30:00Z\"" },
        { "a role without its session",
          PAGE(EVENT(BY("arn:aws:sts::1:assumed-role/r/alice@example.com")), ""),
          "[\"arn:aws:sts::1:assumed-role/r\"]", "[\"eu-west-3\"]", "\"2026-01-15T08:30:00Z\"" },
        { "a service of the provider",
          PAGE(EVENT(",\\\"userIdentity\\\":{\\\"invokedBy\\\":\\\"bedrock.amazonaws.com\\\"}"),
               ""),
          "[\"bedrock.amazonaws.com\"]", "[\"eu-west-3\"]", "\"2026-01-15T08:30:00Z\"" },
        { "none", PAGE("", ""), "absent", "absent", "absent" },
        { "an empty reply", "{}", "absent", "absent", "absent" },
        { "an empty page with more behind it", PAGE("", MORE), "unknown", "unknown", "unknown" },
        { "own calls only", PAGE(OWN, ""), "absent", "absent", "absent" },
        { "own calls only, and older ones", PAGE(OWN, MORE), "unknown", "unknown", "unknown" },
        { "a call that was refused", PAGE(EVENT(BY(USER) ",\\\"errorCode\\\":\\\"x\\\""), ""),
          "absent", "absent", "absent" },
        { "an event that is no JSON",
          PAGE(EVENT(BY(USER)) ",{\"CloudTrailEvent\":\"{\\\"even\"}", ""), "unknown", "unknown",
          "unknown" },
        { "an event without its text", PAGE("{\"EventName\":\"InvokeModel\"}", ""), "unknown",
          "unknown", "unknown" },
        { "an event without caller", PAGE(EVENT(""), ""), "unknown", "unknown", "unknown" },
        { "no list", "{\"Events\":\"x\"}", "unknown", "unknown", "unknown" },
};

static void refine_usage_events(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(pages); i++) {
                _cleanup_(resource_freep) struct resource *r = some_resource();
                json_auto_t *item = json_loads(pages[i].item, 0, NULL);

                print_message("%s\n", pages[i].what);
                assert_non_null(item);
                assert_int_equal(refine("usage_events", r, item), 0);
                assert_fact(r, "usage.principals", pages[i].principals);
                assert_fact(r, "processing.observed_regions", pages[i].regions);
                assert_fact(r, "usage.last", pages[i].last);
        }
}

#define LOGS(region) "\"arn:aws:logs:" region ":1:destination:d\""

static const struct {
        const char *what, *arns, *want;
} copies[] = {
        { "two regions", "[" LOGS("eu-west-1") "," LOGS("us-east-1") "]",
          "[\"eu-west-1\",\"us-east-1\"]" },
        { "once each", "[" LOGS("eu-west-1") "," LOGS("eu-west-1") "]", "[\"eu-west-1\"]" },
        { "no region", "[" LOGS("eu-west-1") "," LOGS("") "]", "unknown" },
        { "no ARN", "[\"somewhere\"]", "unknown" },
        { "no text", "[1]", "unknown" },
};

static void refine_log_copies(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(copies); i++) {
                _cleanup_(resource_freep) struct resource *r = some_resource();

                print_message("%s\n", copies[i].what);
                assert_int_equal(fact_set_known_take(r->facts, "log.copies",
                                                     json_loads(copies[i].arns, 0, NULL), 1),
                                 0);
                assert_int_equal(refine("log_copies", r, NULL), 0);
                assert_fact(r, "log.copies", copies[i].want);
        }
}

static void refine_log_copies_leaves_what_is_not_known(void **state)
{
        _cleanup_(resource_freep) struct resource *none = some_resource(),
                                                  *denied = some_resource();

        assert_int_equal(fact_set_absent(none->facts, "log.copies", 1), 0);
        assert_int_equal(refine("log_copies", none, NULL), 0);
        assert_fact(none, "log.copies", "absent");
        assert_int_equal(fact_set_unknown(denied->facts, "log.copies", "denied: x"), 0);
        assert_int_equal(refine("log_copies", denied, NULL), 0);
        assert_fact(denied, "log.copies", "unknown");
}

static const struct {
        const char *type, *region;
} bills[] = {
        { "EUW1-InputTokenCount", "eu-west-1" },
        { "EUC1-ImagesProcessed", "eu-central-1" },
        { "EUS2-x", "eu-south-2" },
        { "USE1-InputTokenCount", "us-east-1" },
        { "USW2-x", "us-west-2" },
        { "Claude3Sonnet-input-tokens", "us-east-1" },
        { "DataTransfer-Out-Bytes", "us-east-1" },
        { "APN1-ImagesProcessed", NULL },
        { "EUX1-x", NULL },
};

static void refine_bill_region(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(bills); i++) {
                _cleanup_(resource_freep) struct resource *r = some_resource();
                _cleanup_(freep) char *want = NULL;

                print_message("%s\n", bills[i].type);
                assert_true(asprintf(&want, "\"%s\"", bills[i].region ? bills[i].region : "") > 0);
                assert_int_equal(fact_set_known_take(r->facts, "inventory.place",
                                                     json_string(bills[i].type), 0),
                                 0);
                assert_int_equal(refine("bill_region", r, NULL), 0);
                assert_fact(r, "inventory.place", bills[i].region ? want : "unknown");
                assert_string_equal(r->region, bills[i].region ? bills[i].region : "unknown");
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(refine_usage_events),
                cmocka_unit_test(refine_bill_region),
                cmocka_unit_test(refine_log_copies),
                cmocka_unit_test(refine_log_copies_leaves_what_is_not_known),
        };

        return cmocka_run_group_tests_name("aws_usage_refine", tests, NULL, NULL);
}
