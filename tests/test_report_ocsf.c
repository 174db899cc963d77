#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/json.h"
#include "tests/support/exported.h"

#include <string.h>

/* The events of a report, as an array; a new reference. */
static json_t *events(struct ledger *l, enum report_part part, const struct store_filter *filter)
{
        _cleanup_(freep) char *text = exported_text(l, REPORT_OCSF, part, filter);
        json_t *all = json_array();
        char *line, *rest = NULL;

        for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
                json_t *event = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

                if (!event)
                        fail_msg("no JSON: %s", line);
                (void)json_array_append_new(all, event);
        }
        return all;
}

static int64_t number(const json_t *event, const char *path)
{
        json_auto_t *value = json_path(event, path);

        return json_is_integer(value) ? json_integer_value(value) : -1;
}

/* The finding on the resource with that id. */
static const json_t *about(const json_t *all, const char *id)
{
        for (size_t i = 0; i < json_array_size(all); i++) {
                const json_t *event = json_array_get(all, i);
                json_auto_t *uid = json_path(event, "resources[0].uid");

                if (number(event, "class_uid") == 2003 && uid &&
                    strcmp(json_string_value(uid), id) == 0)
                        return event;
        }
        fail_msg("no finding on %s", id);
        return NULL;
}

static void ocsf_verdicts_have_their_status(void **state)
{
        static const struct {
                const char *id;
                int compliance, finding, severity;
                const char *status;
        } cases[] = {
                { "a", 1, 4, 1, "Pass" },
                { "b", 3, 1, 4, "Fail" },
                { "c", 2, 1, 3, "Warning" },
                { "d", 3, 3, 4, "Fail" }, /* let be, and failing all the same */
        };
        json_auto_t *all = NULL;

        exported_fill(*state);
        all = events(*state, REPORT_SCAN, NULL);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const json_t *event = about(all, cases[i].id);

                assert_int_equal(number(event, "compliance.status_id"), cases[i].compliance);
                assert_int_equal(number(event, "status_id"), cases[i].finding);
                assert_int_equal(number(event, "severity_id"), cases[i].severity);
                assert_string_equal(json_path_string(event, "compliance.status"), cases[i].status);
                assert_string_equal(json_path_string(event, "compliance.control"), "LOC-001");
        }
}

static void ocsf_finding_says_why_and_by_which_law(void **state)
{
        json_auto_t *all = NULL, *standards = NULL, *evidence = NULL;
        const json_t *event;

        exported_fill(*state);
        all = events(*state, REPORT_FINDINGS, NULL);
        event = about(all, "c");
        assert_string_equal(json_path_string(event, "message"), "what was seen");
        assert_string_equal(json_path_string(event, "compliance.status_code"), "unknown");
        assert_string_equal(json_path_string(event, "remediation.desc"), "Move it.");
        assert_string_equal(json_path_string(event, "cloud.provider"), "AWS");
        assert_int_equal(number(event, "cloud.account.type_id"), 10);
        standards = json_path(event, "compliance.standards");
        assert_int_equal(json_array_size(standards), 3); /* AIA twice, GDPR, policy */
        assert_string_equal(json_string_value(json_array_get(standards, 0)),
                            "Regulation (EU) 2024/1689");
        evidence = json_path(event, "evidences[0].data.request_id");
        assert_string_equal(json_string_value(evidence), "r-1");
}

static void ocsf_times_are_milliseconds(void **state)
{
        json_auto_t *all = NULL;
        size_t i;
        json_t *event;

        exported_fill(*state);
        all = events(*state, REPORT_SCAN, NULL);
        json_array_foreach(all, i, event)
        {
                assert_in_range(number(event, "time"), INT64_C(1784000000000),
                                INT64_C(1785000000000));
                assert_int_equal(number(event, "type_uid"),
                                 number(event, "class_uid") * 100 + number(event, "activity_id"));
        }
}

static void ocsf_unread_list_is_a_failure(void **state)
{
        static const enum report_part parts[] = { REPORT_SCAN, REPORT_RESOURCES, REPORT_COVERAGE };

        exported_fill(*state);
        for (size_t p = 0; p < ELEMENTSOF(parts); p++) {
                json_auto_t *all = events(*state, parts[p], NULL);
                const json_t *denied = exported_with(all, "status_code", "denied");

                assert_non_null(denied);
                assert_int_equal(number(denied, "class_uid"), 5023);
                assert_int_equal(number(denied, "status_id"), 2);
                assert_string_equal(json_path_string(denied, "status_detail"), "because");
                assert_string_equal(json_path_string(denied, "cloud.region"), "eu-west-3");
        }
}

static void ocsf_resource_has_its_facts(void **state)
{
        json_auto_t *all = NULL;
        const struct store_filter filter = { .id = "a" };
        const json_t *event = NULL;
        json_auto_t *cause = NULL;
        size_t i;
        json_t *each;

        exported_fill(*state);
        all = events(*state, REPORT_RESOURCES, &filter);
        json_array_foreach(all, i, each) if (json_object_get(each, "resources")) event = each;
        assert_non_null(event);
        assert_int_equal(number(event, "status_id"), 1);
        cause = json_path(event, "resources[0].data.facts");
        assert_string_equal(json_member_string(json_object_get(cause, "log.destination"), "cause"),
                            "denied: s3:GetBucket");
}

/* What is not seen again, while its list cannot be read, is not said to be well. */
static void ocsf_stale_is_no_success(void **state)
{
        static const struct visit denied = { .state = COVERAGE_DENIED };
        struct ledger *l = *state;
        json_auto_t *all = NULL;
        size_t i, stale = 0;
        json_t *event;

        exported_fill(l);
        ledger_scan(l, &denied, 1);
        all = events(l, REPORT_RESOURCES, NULL);
        json_array_foreach(all, i, event)
        {
                const char *code = json_path_string(event, "status_code");

                if (code && strcmp(code, "stale") == 0) {
                        stale++;
                        assert_int_equal(number(event, "status_id"), 0);
                }
        }
        assert_true(stale >= 3);
}

static void ocsf_closed_finding_is_closed(void **state)
{
        static const struct visit bcd = { .ids = "b c d" };
        const struct store_filter filter = { .all = true };
        const struct judgement na = { .rule = "LOC-001", .verdict = VERDICT_NA };
        struct ledger *l = *state;
        json_auto_t *all = NULL;
        const json_t *event;

        exported_fill(l);
        ledger_begin(l);
        ledger_visit(l, &bcd);
        ledger_collected(l, true);
        ledger_judge(l, &bcd, "b", &na);
        ledger_end(l);
        all = events(l, REPORT_FINDINGS, &filter);
        event = about(all, "b");
        assert_int_equal(number(event, "activity_id"), 3);
        assert_int_equal(number(event, "status_id"), 4);
        assert_int_equal(number(event, "type_uid"), 200303);
}

static void ocsf_survives_hostile_names(void **state)
{
        json_auto_t *all = NULL;
        bool found = false;
        size_t i;
        json_t *event;

        exported_fill(*state);
        all = events(*state, REPORT_RESOURCES, NULL);
        json_array_foreach(all, i, event)
        {
                json_auto_t *name = json_path(event, "resources[0].name");

                if (name && strcmp(json_string_value(name), EXPORTED_HOSTILE "\xef\xbf\xbd") == 0)
                        found = true;
        }
        assert_true(found);
}

static void ocsf_is_the_same_twice(void **state)
{
        _cleanup_(freep) char *one = NULL;
        _cleanup_(freep) char *two = NULL;

        exported_fill(*state);
        one = exported_text(*state, REPORT_OCSF, REPORT_SCAN, NULL);
        two = exported_text(*state, REPORT_OCSF, REPORT_SCAN, NULL);
        assert_string_equal(one, two);
}

#define WITH_LEDGER(f) cmocka_unit_test_setup_teardown(f, ledger_setup, ledger_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                WITH_LEDGER(ocsf_verdicts_have_their_status),
                WITH_LEDGER(ocsf_finding_says_why_and_by_which_law),
                WITH_LEDGER(ocsf_times_are_milliseconds),
                WITH_LEDGER(ocsf_unread_list_is_a_failure),
                WITH_LEDGER(ocsf_resource_has_its_facts),
                WITH_LEDGER(ocsf_stale_is_no_success),
                WITH_LEDGER(ocsf_closed_finding_is_closed),
                WITH_LEDGER(ocsf_survives_hostile_names),
                WITH_LEDGER(ocsf_is_the_same_twice),
        };

        return cmocka_run_group_tests_name("report_ocsf", tests, NULL, NULL);
}
