#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/watch/alert.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static void alert_ids_are_fixed_and_distinct(void **state)
{
        /* people filter on these: a change here breaks them */
        static const char *const ids[ALERT_KIND_MAX] = {
                [EVENT_FINDING_OPENED] = "3d3d6d99412b434192fd585d0e9a7af6",
                [EVENT_FINDING_WORSENED] = "d559e449775f431e8ebb8cd52f40c6af",
                [EVENT_FINDING_CLOSED] = "81eca71013e2495a9cf32e53cc270421",
                [EVENT_RESOURCE_APPEARED] = "c93ed90cce43417dab23d26636e1b3ca",
                [EVENT_RESOURCE_CHANGED] = "e41c06f299da4630bbb5a1527b214fb1",
                [EVENT_RESOURCE_GONE] = "65c7dca5e74b4e2289845b06d9c2bca5",
                [EVENT_COVERAGE_LOST] = "ca137238c7974af08a1912fa0620c21c",
                [EVENT_COVERAGE_RESTORED] = "21520124274b49c0bf0414a7e928d811",
                [EVENT_CREDENTIALS_FAILING] = "4e3674c98e734ffaba12fafca5fa0db3",
                [EVENT_CREDENTIALS_EXPIRING] = "9367e343b19b48e287381c642102daaa",
                [EVENT_SCAN_FINISHED] = "5cb67c0d89eb4b94806017283e85d17f",
                [EVENT_SCAN_OVERDUE] = "e94b4e1d66a0460391b4b0b92651696d",
                [EVENT_WAIVER_EXPIRED] = "1f0b62538d394403b6976fd9253705b7",
                [EVENT_FLAPPING] = "18bf58c28bba49d3885618c3c21bffc4",
                [EVENT_SETTLED] = "d98e4c5bd8ab43d4902dec4905b3f896",
                [ALERT_DIGEST] = "7f0c9d1e5b8a4c63a2d4e6f1039b58c7",
                [ALERT_CONFIG_REFUSED] = "aaea7b2c88f44ba7b9dc6fc261fc16a6",
                [ALERT_SNAPSHOT_WRITTEN] = "0a9d7c5ee1b84f33a6c2b1f05c1d7e94",
                [ALERT_SNAPSHOT_FAILED] = "f2c46b8d3a5e4c0f9b7d1e6a8c35f012",
                [ALERT_SNAPSHOT_UNSTAMPED] = "5b1e0d4a97c2463f8a6fd3c07e92b4d1",
        };

        for (int i = 0; i < ALERT_KIND_MAX; i++) {
                assert_string_equal(alert_message_id(i), ids[i]);
                assert_int_equal(strlen(ids[i]), 32);
                for (const char *p = ids[i]; *p; p++)
                        assert_true(isxdigit((unsigned char)*p) && !isupper((unsigned char)*p));
                for (int k = 0; k < i; k++)
                        assert_string_not_equal(ids[i], ids[k]);
        }
}

static bool catalog_has(const char *path, const char *id)
{
        _cleanup_(fclosep) FILE *f = fopen(path, "re");
        char line[1024], wanted[64];
        bool found = false;

        assert_non_null(f);
        (void)snprintf(wanted, sizeof(wanted), "-- %s", id);
        while (!found && fgets(line, sizeof(line), f))
                found = strncmp(line, wanted, strlen(wanted)) == 0;
        return found;
}

static void alert_ids_are_explained(void **state)
{
        for (int i = 0; i < ALERT_KIND_MAX; i++) {
                assert_true(catalog_has("systemd/vigie.catalog", alert_message_id(i)));
                assert_true(catalog_has("systemd/vigie.fr.catalog", alert_message_id(i)));
        }
}

static void alert_priority_follows_severity(void **state)
{
        static const struct {
                const char *severity;
                int kind, priority;
        } cases[] = {
                { "critical", EVENT_FINDING_OPENED, 2 }, { "high", EVENT_FINDING_OPENED, 3 },
                { "medium", EVENT_FINDING_OPENED, 4 },   { "low", EVENT_FINDING_OPENED, 5 },
                { "info", EVENT_FINDING_OPENED, 6 },     { "critical", EVENT_FINDING_WORSENED, 2 },
                { "critical", EVENT_FINDING_CLOSED, 6 }, { "odd", EVENT_FINDING_OPENED, 5 },
                { NULL, EVENT_CREDENTIALS_FAILING, 3 },  { NULL, EVENT_COVERAGE_LOST, 4 },
                { NULL, EVENT_SCAN_FINISHED, 6 },        { NULL, ALERT_CONFIG_REFUSED, 3 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                json_auto_t *fields = json_object();

                if (cases[i].severity)
                        json_object_set_new(fields, "severity", json_string(cases[i].severity));
                assert_int_equal(alert_priority(cases[i].kind, fields), cases[i].priority);
        }
}

static json_t *finding_fields(void)
{
        return json_pack("{s:s s:s s:s s:s s:s s:s s:s s:s s:s s:s s:s s:s s:{s:s s:s}}", "rule",
                         "LOC-001", "verdict", "fail", "severity", "high", "provider", "aws",
                         "account", "prod", "scope", "111122223333", "region", "us-east-1",
                         "resource", "arn:aws:sagemaker:us-east-1:111122223333:endpoint/e", "kind",
                         "aws.sagemaker.endpoint", "finding", "0123abcd", "scan", "77", "name",
                         "fraud\nPRIORITY=0", "why", "en", "outside the area", "fr",
                         "hors de la zone");
}

static void alert_has_every_field_that_applies(void **state)
{
        json_auto_t *fields = finding_fields();
        static const char *const expected[][2] = {
                { "MESSAGE_ID", "3d3d6d99412b434192fd585d0e9a7af6" },
                { "PRIORITY", "3" },
                { "SYSLOG_IDENTIFIER", "vigie" },
                { "VIGIE_RULE", "LOC-001" },
                { "VIGIE_VERDICT", "fail" },
                { "VIGIE_SEVERITY", "high" },
                { "VIGIE_PROVIDER", "aws" },
                { "VIGIE_ACCOUNT", "prod" },
                { "VIGIE_SCOPE", "111122223333" },
                { "VIGIE_REGION", "us-east-1" },
                { "VIGIE_RESOURCE", "arn:aws:sagemaker:us-east-1:111122223333:endpoint/e" },
                { "VIGIE_KIND", "aws.sagemaker.endpoint" },
                { "VIGIE_FINDING", "0123abcd" },
                { "VIGIE_SCAN", "77" },
        };
        struct alert a;

        assert_int_equal(alert_build(&a, EVENT_FINDING_OPENED, fields, LANGUAGE_EN), 0);
        for (size_t i = 0; i < ELEMENTSOF(expected); i++) {
                assert_non_null(alert_field(&a, expected[i][0]));
                assert_string_equal(alert_field(&a, expected[i][0]), expected[i][1]);
        }
        assert_null(alert_field(&a, "VIGIE_COLLECTOR"));
        assert_null(alert_field(&a, "VIGIE_CAUSE"));
        assert_int_equal(a.n_fields, ELEMENTSOF(expected) + 1);
        alert_done(&a);
}

static void alert_message_is_readable(void **state)
{
        json_auto_t *fields = finding_fields();
        struct alert a;

        assert_int_equal(alert_build(&a, EVENT_FINDING_OPENED, fields, LANGUAGE_EN), 0);
        assert_string_equal(alert_field(&a, "MESSAGE"),
                            "LOC-001 opened (fail, high): aws / prod / 111122223333 / us-east-1: "
                            "fraud\nPRIORITY=0. outside the area");
        alert_done(&a);
        assert_int_equal(alert_build(&a, EVENT_FINDING_CLOSED, fields, LANGUAGE_FR), 0);
        assert_non_null(strstr(alert_field(&a, "MESSAGE"), "hors de la zone"));
        alert_done(&a);
}

static void alert_of_flapping_says_how_often(void **state)
{
        json_auto_t *fields = finding_fields();
        struct alert a;

        (void)json_object_set_new(fields, "name", json_string("fraud"));
        (void)json_object_set_new(fields, "event", json_string("closed"));
        (void)json_object_set_new(fields, "times", json_integer(4));
        (void)json_object_set_new(fields, "within_s", json_integer(86400));
        assert_int_equal(alert_build(&a, EVENT_FLAPPING, fields, LANGUAGE_EN), 0);
        assert_string_equal(alert_field(&a, "MESSAGE"),
                            "Flapping: LOC-001 aws / prod / 111122223333 / us-east-1: fraud. It "
                            "changed 4 times within 24 h (now: closed); it is told again when it "
                            "has been the same for as long, or is worse than before. outside the "
                            "area");
        assert_string_equal(alert_field(&a, "PRIORITY"), "3");
        assert_string_equal(alert_field(&a, "VIGIE_FINDING"), "0123abcd");
        alert_done(&a);
        assert_int_equal(alert_build(&a, EVENT_SETTLED, fields, LANGUAGE_EN), 0);
        assert_string_equal(alert_field(&a, "MESSAGE"),
                            "Stable again: LOC-001 aws / prod / 111122223333 / us-east-1: fraud: "
                            "closed. outside the area");
        alert_done(&a);
}

/* What a name holds stays inside its field: nothing of it becomes a field of its own. */
static void alert_fields_cannot_be_forged(void **state)
{
        json_auto_t *fields = finding_fields();
        struct alert a;

        assert_int_equal(alert_build(&a, EVENT_FINDING_OPENED, fields, LANGUAGE_EN), 0);
        assert_string_equal(alert_field(&a, "PRIORITY"), "3");
        for (size_t i = 0; i < a.n_fields; i++)
                assert_int_equal(a.fields[i].iov_len, strlen(a.fields[i].iov_base));
        alert_done(&a);
}

static void alert_digest_counts_what_it_holds(void **state)
{
        json_auto_t *fields = json_pack(
                "{s:s, s:i, s:[{s:i, s:i, s:{s:i, s:i}}, {s:i, s:i, s:{}}]}", "count", "45",
                "priority", 2, "kinds", "kind", EVENT_FINDING_OPENED, "n", 40, "severities",
                "critical", 3, "low", 37, "kind", EVENT_RESOURCE_GONE, "n", 5, "severities");
        struct alert a;

        assert_int_equal(alert_build(&a, ALERT_DIGEST, fields, LANGUAGE_EN), 0);
        assert_string_equal(alert_field(&a, "MESSAGE"),
                            "45 changes at once: 40 findings opened (3 critical, 37 low), 5 "
                            "resources gone. vigie findings, vigie resources and vigie coverage "
                            "name each");
        assert_string_equal(alert_field(&a, "PRIORITY"), "2");
        assert_string_equal(alert_field(&a, "VIGIE_COUNT"), "45");
        alert_done(&a);
}

/* The same kind tells of one that could not be written and of older ones that could not go. */
static void alert_of_a_snapshot_says_whether_it_is_there(void **state)
{
        json_auto_t *none = json_pack("{s:s}", "cause", "no space"),
                    *there = json_pack("{s:s, s:s}", "cause", "x/manifest.json: damaged", "written",
                                       "/s/2026-11-26T041500Z");
        struct alert a;

        assert_int_equal(alert_build(&a, ALERT_SNAPSHOT_FAILED, none, LANGUAGE_EN), 0);
        assert_string_equal(alert_field(&a, "MESSAGE"), "No snapshot was written: no space");
        alert_done(&a);
        assert_int_equal(alert_build(&a, ALERT_SNAPSHOT_FAILED, there, LANGUAGE_EN), 0);
        assert_string_equal(alert_field(&a, "MESSAGE"),
                            "Snapshot written (/s/2026-11-26T041500Z), but: x/manifest.json: "
                            "damaged");
        assert_string_equal(alert_field(&a, "PRIORITY"), "3");
        alert_done(&a);
}

static void alert_of_every_kind_builds_from_nothing(void **state)
{
        json_auto_t *fields = json_object();

        for (int i = 0; i < ALERT_KIND_MAX; i++) {
                struct alert a;

                assert_int_equal(alert_build(&a, i, fields, LANGUAGE_FR), 0);
                assert_true(*alert_field(&a, "MESSAGE") != '\0');
                alert_done(&a);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(alert_ids_are_fixed_and_distinct),
                cmocka_unit_test(alert_ids_are_explained),
                cmocka_unit_test(alert_priority_follows_severity),
                cmocka_unit_test(alert_has_every_field_that_applies),
                cmocka_unit_test(alert_message_is_readable),
                cmocka_unit_test(alert_of_flapping_says_how_often),
                cmocka_unit_test(alert_fields_cannot_be_forged),
                cmocka_unit_test(alert_digest_counts_what_it_holds),
                cmocka_unit_test(alert_of_a_snapshot_says_whether_it_is_there),
                cmocka_unit_test(alert_of_every_kind_builds_from_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
