/* What lifecycle, versions, replication and locks of a bucket come to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "providers/bucket.h"
#include "tests/support/aws.h"

static struct resource *bucket(const char *facts)
{
        const struct place place = { "aws", "prod", "111122223333", "eu-west-3" };
        struct resource *r = resource_new(&place, "aws.s3.log_bucket");
        json_auto_t *more = json_loads(facts, 0, NULL);

        assert_non_null(r);
        assert_non_null(more);
        r->id = strdup("arn:aws:s3:::journaux");
        r->name = strdup("journaux");
        assert_int_equal(json_object_update(r->facts, more), 0);
        return r;
}

static void refine(struct resource *r, const char *item)
{
        json_auto_t *json = json_loads(item, 0, NULL);
        struct error err = { 0 };

        assert_non_null(json);
        assert_int_equal(bucket_refine(NULL, r, json, &err), 0);
}

/* A number, a text, "absent", or "? cause". */
static void assert_fact(const struct resource *r, const char *name, const char *want,
                        const char *what)
{
        const json_t *value = NULL;
        const char *cause = NULL;
        char got[400];

        switch (fact_get(r->facts, name, &value, &cause)) {
        case FACT_KNOWN:
                if (json_is_string(value))
                        (void)snprintf(got, sizeof(got), "%s", json_string_value(value));
                else if (json_is_integer(value))
                        (void)snprintf(got, sizeof(got), "%lld",
                                       (long long)json_integer_value(value));
                else
                        (void)snprintf(got, sizeof(got), "%zu of them", json_array_size(value));
                break;
        case FACT_ABSENT:
                (void)snprintf(got, sizeof(got), "absent");
                break;
        case FACT_UNKNOWN:
                (void)snprintf(got, sizeof(got), "? %s", cause);
                break;
        }
        if (want[0] == '?' ? got[0] != '?' || !strstr(got, want + 2) : strcmp(got, want) != 0)
                fail_msg("%s: %s is '%s', not '%s'", what, name, got, want);
}

#define KNOWN(name, value) "\"" name "\": {\"state\": \"known\", \"value\": " value "}"
#define RULE(prefix, more)                                                                         \
        "{\"Status\": \"Enabled\", \"Filter\": {\"Prefix\": \"" prefix "\"}, " more "}"
#define DAYS(n) "\"Expiration\": {\"Days\": \"" #n "\"}"
#define OLD_DAYS(n) "\"NoncurrentVersionExpiration\": {\"NoncurrentDays\": \"" #n "\"}"
#define AWS_LOGS "{\"_refs\": [\"s3://journaux/AWSLogs/\"]}"

static void bucket_retention_is_that_of_the_place_written_to(void **state)
{
        static const struct {
                const char *what, *rules, *versioning, *item, *want;
        } cases[] = {
                { "no rules", NULL, "absent", AWS_LOGS, "never" },
                { "all of it", RULE("", DAYS(90)), "absent", AWS_LOGS, "90" },
                { "its prefix", RULE("AWSLogs/", DAYS(400)), "absent", AWS_LOGS, "400" },
                { "the shorter of two", RULE("", DAYS(400)) "," RULE("AWSLogs/", DAYS(30)),
                  "absent", AWS_LOGS, "30" },
                { "another place", RULE("tmp/", DAYS(7)), "absent", AWS_LOGS, "never" },
                { "part of it", RULE("AWSLogs/1111", DAYS(7)), "absent", AWS_LOGS,
                  "? part of the bucket (AWSLogs/1111)" },
                { "part of it, later than all", RULE("", DAYS(5)) "," RULE("AWSLogs/1", DAYS(7)),
                  "absent", AWS_LOGS, "5" },
                { "not known where", RULE("tmp/", DAYS(7)), "absent", "{}", "? tmp/" },
                { "the bucket as a whole", RULE("", DAYS(365)), "absent", "{}", "365" },
                { "one of two places", RULE("b/", DAYS(10)), "absent",
                  "{\"_refs\": [\"s3://journaux/a/\", \"arn:aws:s3:::journaux/b/c\"]}", "10" },
                { "https form", RULE("b/", DAYS(10)), "absent",
                  "{\"_refs\": [\"https://journaux.s3.eu-west-3.amazonaws.com/b/x\"]}", "10" },
                { "switched off", "{\"Status\": \"Disabled\", \"Prefix\": \"\", " DAYS(7) "}",
                  "absent", AWS_LOGS, "never" },
                { "old form of the prefix",
                  "{\"Status\": \"Enabled\", \"Prefix\": \"AWSLogs\", " DAYS(7) "}", "absent",
                  AWS_LOGS, "7" },
                { "transitions keep",
                  RULE("", "\"Transition\": {\"Days\": \"30\", \"StorageClass\": \"GLACIER\"}"),
                  "absent", AWS_LOGS, "never" },
                { "at a date", RULE("", "\"Expiration\": {\"Date\": \"2027-01-01T00:00:00Z\"}"),
                  "absent", AWS_LOGS, "? date" },
                { "by tag",
                  "{\"Status\": \"Enabled\", \"Filter\": {\"Tag\": {\"Key\": \"a\", \"Value\": "
                  "\"b\"}}, " DAYS(7) "}",
                  "absent", AWS_LOGS, "? tag" },
                { "by tag and prefix",
                  "{\"Status\": \"Enabled\", \"Filter\": {\"And\": {\"Prefix\": \"x/\", \"Tag\": "
                  "{}}}, " DAYS(7) "}",
                  "absent", AWS_LOGS, "never" },
                { "versions end", RULE("", DAYS(90) "," OLD_DAYS(100)), "true", AWS_LOGS, "190" },
                { "versions do not end", RULE("", DAYS(90)), "true", AWS_LOGS, "never" },
                { "only versions end", RULE("", OLD_DAYS(30)), "true", AWS_LOGS, "never" },
                { "versioning suspended", RULE("", DAYS(90)), "false", AWS_LOGS, "90" },
                { "versioning not read", RULE("", DAYS(90)), "denied", AWS_LOGS, "? denied" },
                { "versioning not read, no end", RULE("tmp/", DAYS(9)), "denied", AWS_LOGS,
                  "never" },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const char *v = cases[i].versioning;
                _cleanup_(resource_freep) struct resource *r = NULL;
                char facts[1024], rules[768], versioning[128];

                (void)snprintf(rules, sizeof(rules), "{\"state\": \"known\", \"value\": [%s]}",
                               cases[i].rules ? cases[i].rules : "");
                if (strcmp(v, "absent") == 0)
                        (void)snprintf(versioning, sizeof(versioning), "{\"state\": \"absent\"}");
                else if (strcmp(v, "denied") == 0)
                        (void)snprintf(versioning, sizeof(versioning),
                                       "{\"state\": \"unknown\", \"cause\": \"denied\"}");
                else
                        (void)snprintf(versioning, sizeof(versioning),
                                       "{\"state\": \"known\", \"value\": %s}", v);
                (void)snprintf(facts, sizeof(facts),
                               "{\"log.retention_days\": %s, \"store.versioning\": %s}",
                               cases[i].rules ? rules : "{\"state\": \"absent\"}", versioning);
                r = bucket(facts);
                refine(r, cases[i].item);
                assert_fact(r, "log.retention_days", cases[i].want, cases[i].what);
        }
}

static void bucket_that_was_not_read_stays_unknown(void **state)
{
        _cleanup_(resource_freep) struct resource *r = bucket(
                "{\"log.retention_days\": {\"state\": \"unknown\", \"cause\": \"denied: x\"},"
                " \"log.copies\": {\"state\": \"unknown\", \"cause\": \"denied: y\"},"
                " \"log.locked_days\": {\"state\": \"unknown\", \"cause\": \"denied: z\"}}");

        (void)state;
        refine(r, AWS_LOGS);
        assert_fact(r, "log.retention_days", "? denied: x", "retention");
        assert_fact(r, "log.copies", "? denied: y", "copies");
        assert_fact(r, "log.locked_days", "? denied: z", "lock");
}

static void bucket_copies_are_those_of_enabled_rules(void **state)
{
        _cleanup_(resource_freep) struct resource *r = bucket("{" KNOWN(
                "store.copies",
                "[{\"Status\": \"Enabled\", \"Destination\": {\"Bucket\": "
                "[\"arn:aws:s3:::a\"]}}, {\"Status\": \"Enabled\", \"Destination\": "
                "{\"Bucket\": \"arn:aws:s3:::b\"}}, {\"Status\": \"Disabled\", "
                "\"Destination\": {\"Bucket\": \"arn:aws:s3:::c\"}}]") "," KNOWN("log.copies",
                                                                                 "[{\"Status\": "
                                                                                 "\"Disabled\", "
                                                                                 "\"Destination\": "
                                                                                 "{\"Bucket\": "
                                                                                 "\"arn:aws:s3:::"
                                                                                 "c\"}}]") "}");

        (void)state;
        refine(r, "{}");
        assert_fact(r, "store.copies", "2 of them", "copies");
        assert_fact(r, "log.copies", "absent", "none enabled");
        assert_null(json_object_get(r->facts, "log.retention_days"));
}

static void bucket_lock_is_in_days(void **state)
{
        static const struct {
                const char *retention, *want;
        } cases[] = {
                { "{\"Mode\": \"COMPLIANCE\", \"Days\": \"200\"}", "200" },
                { "{\"Mode\": \"GOVERNANCE\", \"Years\": \"2\"}", "730" },
                { "{\"Mode\": \"GOVERNANCE\"}", "? no length" },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(resource_freep) struct resource *r = NULL;
                char facts[256];

                (void)snprintf(facts, sizeof(facts),
                               "{\"log.locked_days\": {\"state\": \"known\", \"value\": [%s]}}",
                               cases[i].retention);
                r = bucket(facts);
                refine(r, "{}");
                assert_fact(r, "log.locked_days", cases[i].want, cases[i].retention);
        }
}

/* A trail's files are below AWSLogs/, after its prefix; its group's ARN ends with ":*". */
static void trail_destinations_are_where_its_files_are(void **state)
{
        _cleanup_(resource_freep) struct resource *r =
                bucket("{" KNOWN("log.destination", "[\"journaux\"]") "}");
        json_auto_t *item = json_loads("{\"S3BucketName\": \"journaux\", \"S3KeyPrefix\": \"pfx\","
                                       " \"CloudWatchLogsLogGroupArn\":"
                                       " \"arn:aws:logs:eu-west-3:1:log-group:g:*\"}",
                                       0, NULL);
        const json_t *value = NULL;
        struct error err = { 0 };

        (void)state;
        assert_int_equal(aws_refine_trail(NULL, r, item, &err), 0);
        assert_int_equal(fact_get(r->facts, "log.destination", &value, NULL), FACT_KNOWN);
        assert_string_equal(json_string_value(json_array_get(value, 0)),
                            "s3://journaux/pfx/AWSLogs/");
        assert_string_equal(json_string_value(json_array_get(value, 1)),
                            "arn:aws:logs:eu-west-3:1:log-group:g");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(bucket_retention_is_that_of_the_place_written_to),
                cmocka_unit_test(bucket_that_was_not_read_stays_unknown),
                cmocka_unit_test(bucket_copies_are_those_of_enabled_rules),
                cmocka_unit_test(bucket_lock_is_in_days),
                cmocka_unit_test(trail_destinations_are_where_its_files_are),
        };

        return cmocka_run_group_tests_name("aws_bucket", tests, NULL, NULL);
}
