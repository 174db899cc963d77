#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/json.h"
#include "tests/support/exported.h"

#include <string.h>

/* The result whose only logical location has that name. */
static const json_t *result_of(const json_t *document, const char *id)
{
        json_auto_t *results = json_path(document, "runs[0].results");

        for (size_t i = 0; i < json_array_size(results); i++) {
                const json_t *result = json_array_get(results, i);
                json_auto_t *name =
                        json_path(result, "locations[0].logicalLocations[0].fullyQualifiedName");

                if (strcmp(json_string_value(name), id) == 0)
                        return result; /* document holds it */
        }
        fail_msg("no result for %s", id);
        return NULL;
}

static void sarif_verdicts_have_their_kind(void **state)
{
        static const struct {
                const char *id, *kind, *level;
        } cases[] = {
                { "a", "pass", "none" },
                { "b", "fail", "error" },
                { "c", "open", "none" },
                { "d", "fail", "error" },
                { "aws / prod / 111122223333 / eu-west-1", "fail", "note" },
        };
        json_auto_t *document = NULL;

        exported_fill(*state);
        document = exported_json(*state, REPORT_SARIF, REPORT_SCAN, NULL);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const json_t *result = result_of(document, cases[i].id);

                assert_string_equal(json_member_string(result, "kind"), cases[i].kind);
                assert_string_equal(json_member_string(result, "level"), cases[i].level);
        }
}

static void sarif_waiver_is_a_suppression(void **state)
{
        json_auto_t *document = NULL, *justification = NULL;

        exported_fill(*state);
        document = exported_json(*state, REPORT_SARIF, REPORT_FINDINGS, NULL);
        justification = json_path(result_of(document, "d"), "suppressions[0].justification");
        assert_string_equal(json_string_value(justification), "Essai (Risques, 2027-03-31)");
        assert_null(json_object_get(result_of(document, "b"), "suppressions"));
}

static void sarif_results_point_at_their_rule(void **state)
{
        json_auto_t *document = NULL, *rules = NULL;
        const json_t *result, *rule;

        exported_fill(*state);
        document = exported_json(*state, REPORT_SARIF, REPORT_SCAN, NULL);
        rules = json_path(document, "runs[0].tool.driver.rules");
        assert_int_equal(json_array_size(rules), 3); /* those without a result, too */
        result = result_of(document, "aws / prod / 111122223333 / eu-west-1");
        rule = json_array_get(rules,
                              (size_t)json_integer_value(json_object_get(result, "ruleIndex")));
        assert_string_equal(json_member_string(rule, "id"), "LOG-001");
}

static void sarif_unread_list_is_a_notification(void **state)
{
        json_auto_t *document = NULL, *invocation = NULL, *text = NULL;

        exported_fill(*state);
        document = exported_json(*state, REPORT_SARIF, REPORT_SCAN, NULL);
        invocation = json_path(document, "runs[0].invocations[0]");
        assert_true(json_is_false(json_object_get(invocation, "executionSuccessful")));
        text = json_path(invocation, "toolExecutionNotifications[0].message.text");
        assert_string_equal(json_string_value(text),
                            "aws / prod / 111122223333 / eu-west-3: aws.sagemaker.endpoint: "
                            "denied: because");
}

static void sarif_has_results_when_there_are_none(void **state)
{
        json_auto_t *document = NULL, *results = NULL;

        ledger_scan(*state, NULL, 0);
        document = exported_json(*state, REPORT_SARIF, REPORT_SCAN, NULL);
        results = json_path(document, "runs[0].results");
        assert_true(json_is_array(results));
        assert_int_equal(json_array_size(results), 0);
}

#define WITH_LEDGER(f) cmocka_unit_test_setup_teardown(f, ledger_setup, ledger_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                WITH_LEDGER(sarif_verdicts_have_their_kind),
                WITH_LEDGER(sarif_waiver_is_a_suppression),
                WITH_LEDGER(sarif_results_point_at_their_rule),
                WITH_LEDGER(sarif_unread_list_is_a_notification),
                WITH_LEDGER(sarif_has_results_when_there_are_none),
        };

        return cmocka_run_group_tests_name("report_sarif", tests, NULL, NULL);
}
