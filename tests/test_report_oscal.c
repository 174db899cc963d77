#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/json.h"
#include "tests/support/exported.h"

#include <string.h>

static json_t *result_of(const json_t *document)
{
        json_t *result = json_path(document, "assessment-results.results[0]");

        assert_non_null(result);
        return result;
}

/* The element of an array that has a property of that name and value. */
static const json_t *with_prop(const json_t *array, const char *name, const char *value)
{
        for (size_t i = 0; i < json_array_size(array); i++) {
                const json_t *props = json_object_get(json_array_get(array, i), "props");

                for (size_t k = 0; k < json_array_size(props); k++) {
                        const json_t *prop = json_array_get(props, k);

                        if (strcmp(json_member_string(prop, "name"), name) == 0 &&
                            strcmp(json_member_string(prop, "value"), value) == 0)
                                return json_array_get(array, i);
                }
        }
        return NULL;
}

/* The finding that the observation with that verdict leads to. */
static const json_t *finding_of(const json_t *result, const char *verdict)
{
        const json_t *findings = json_object_get(result, "findings");
        const json_t *observation =
                with_prop(json_object_get(result, "observations"), "verdict", verdict);

        assert_non_null(observation);
        for (size_t i = 0; i < json_array_size(findings); i++) {
                json_auto_t *uuid = json_path(json_array_get(findings, i),
                                              "related-observations[0].observation-uuid");

                if (strcmp(json_string_value(uuid), json_member_string(observation, "uuid")) == 0)
                        return json_array_get(findings, i);
        }
        return NULL;
}

static void oscal_has_no_finding_for_what_is_not_known(void **state)
{
        static const struct {
                const char *verdict, *state;
        } cases[] = {
                { "pass", "satisfied" },
                { "fail", "not-satisfied" },
                { "waived", "not-satisfied" },
                { "unknown", NULL },
        };
        json_auto_t *document = NULL, *result = NULL;

        exported_fill(*state);
        document = exported_json(*state, REPORT_OSCAL, REPORT_SCAN, NULL);
        result = result_of(document);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const json_t *finding = finding_of(result, cases[i].verdict);

                assert_int_equal(!finding, !cases[i].state);
                if (finding)
                        assert_string_equal(json_path_string(finding, "target.status.state"),
                                            cases[i].state);
        }
        assert_int_equal(json_array_size(json_object_get(result, "findings")), 4);
        assert_int_equal(json_array_size(json_object_get(result, "observations")), 6);
}

static void oscal_unread_list_is_an_observation(void **state)
{
        json_auto_t *document = NULL, *result = NULL;
        const json_t *observation;

        exported_fill(*state);
        document = exported_json(*state, REPORT_OSCAL, REPORT_SCAN, NULL);
        result = result_of(document);
        observation = with_prop(json_object_get(result, "observations"), "coverage", "denied");
        assert_non_null(observation);
        assert_string_equal(json_member_string(observation, "description"), "because");
}

static void oscal_waiver_is_an_approved_risk(void **state)
{
        json_auto_t *document = NULL, *result = NULL, *risk = NULL, *party = NULL, *by = NULL,
                    *related = NULL;

        exported_fill(*state);
        document = exported_json(*state, REPORT_OSCAL, REPORT_FINDINGS, NULL);
        result = result_of(document);
        risk = json_path(result, "risks[0]");
        assert_non_null(risk);
        assert_string_equal(json_member_string(risk, "status"), "deviation-approved");
        assert_string_equal(json_member_string(risk, "deadline"), "2027-03-31T23:59:59Z");
        assert_string_equal(json_member_string(risk, "statement"), "Essai");
        related = json_path(finding_of(result, "waived"), "related-risks[0].risk-uuid");
        assert_string_equal(json_string_value(related), json_member_string(risk, "uuid"));
        party = json_path(document, "assessment-results.metadata.parties[0]");
        assert_string_equal(json_member_string(party, "name"), "Risques");
        by = json_path(risk, "risk-log.entries[0].logged-by[0].party-uuid");
        assert_string_equal(json_string_value(by), json_member_string(party, "uuid"));
}

/* Every reference leads to something in the document. */
static void oscal_references_hold(void **state)
{
        json_auto_t *document = NULL, *result = NULL, *subjects = NULL, *items = NULL,
                    *components = NULL, *used = NULL;
        size_t i;
        json_t *uuid;

        exported_fill(*state);
        document = exported_json(*state, REPORT_OSCAL, REPORT_SCAN, NULL);
        result = result_of(document);
        items = json_path(result, "local-definitions.inventory-items");
        components = json_path(result, "local-definitions.components");
        subjects = json_path(result, "observations[].subjects[].subject-uuid");
        assert_int_equal(json_array_size(subjects), 6);
        json_array_foreach(subjects, i, uuid)
                assert_true(exported_with(items, "uuid", json_string_value(uuid)) ||
                            exported_with(components, "uuid", json_string_value(uuid)));
        used = json_path(items, "[].implemented-components[].component-uuid");
        json_array_foreach(used, i, uuid)
                assert_non_null(exported_with(components, "uuid", json_string_value(uuid)));
}

/* A finding may be on a record of evidence, a log's bucket for instance. */
static void oscal_lists_the_evidence_that_findings_are_on(void **state)
{
        static const struct visit bucket = { .ids = "bucket",
                                             .collector = "aws.s3.log_bucket",
                                             .topic = "log-destination" };
        const struct judgement failed = { .rule = "LOC-005",
                                          .verdict = VERDICT_FAIL,
                                          .severity = SEVERITY_HIGH };
        struct ledger *l = *state;
        json_auto_t *document = NULL, *result = NULL, *items = NULL, *subject = NULL;

        ledger_begin(l);
        ledger_visit(l, &bucket);
        ledger_collected(l, true);
        ledger_judge(l, &bucket, "bucket", &failed);
        ledger_end(l);
        document = exported_json(l, REPORT_OSCAL, REPORT_FINDINGS, NULL);
        result = result_of(document);
        items = json_path(result, "local-definitions.inventory-items");
        subject = json_path(result, "observations[0].subjects[0].subject-uuid");
        assert_non_null(exported_with(items, "uuid", json_string_value(subject)));
        assert_non_null(with_prop(items, "evidence", "log-destination"));
}

static void oscal_has_no_empty_array(void **state)
{
        struct ledger *l = *state;
        _cleanup_(freep) char *text = NULL;

        ledger_scan(l, NULL, 0);
        text = exported_text(l, REPORT_OSCAL, REPORT_SCAN, NULL);
        assert_null(strstr(text, "[]"));
        assert_non_null(strstr(text, "\"include-all\""));
}

/* A property is one line, and not empty. */
static void oscal_properties_are_single_lines(void **state)
{
        json_auto_t *document = NULL, *result = NULL, *values = NULL;
        size_t i;
        json_t *value;

        exported_fill(*state);
        document = exported_json(*state, REPORT_OSCAL, REPORT_SCAN, NULL);
        result = result_of(document);
        values = json_path(result, "local-definitions.inventory-items[].props[].value");
        assert_true(json_array_size(values) > 0);
        json_array_foreach(values, i, value)
        {
                const char *text = json_string_value(value);

                assert_true(*text && *text != ' ' && text[strlen(text) - 1] != ' ');
                assert_null(strpbrk(text, "\n\r\033"));
        }
}

#define WITH_LEDGER(f) cmocka_unit_test_setup_teardown(f, ledger_setup, ledger_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                WITH_LEDGER(oscal_has_no_finding_for_what_is_not_known),
                WITH_LEDGER(oscal_unread_list_is_an_observation),
                WITH_LEDGER(oscal_waiver_is_an_approved_risk),
                WITH_LEDGER(oscal_references_hold),
                WITH_LEDGER(oscal_lists_the_evidence_that_findings_are_on),
                WITH_LEDGER(oscal_has_no_empty_array),
                WITH_LEDGER(oscal_properties_are_single_lines),
        };

        return cmocka_run_group_tests_name("report_oscal", tests, NULL, NULL);
}
