#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/json.h"
#include "tests/support/exported.h"

#include <string.h>

static void prometheus_says(void **state)
{
        static const char *const lines[] = {
                "vigie_cycle_last_start_timestamp_seconds 1784503600.000\n",
                "vigie_scope_coverage_ratio{provider=\"aws\"} 0.750000\n",
                "vigie_scopes{provider=\"aws\",state=\"denied\"} 1\n",
                "vigie_scopes{provider=\"aws\",state=\"read\"} 0\n",
                "vigie_resources{provider=\"aws\",kind=\"aws.bedrock.agent\",residency=\"eu\"} 1\n",
                "kind=\"aws.sagemaker.endpoint\",residency=\"unknown\"} 3\n",
                "vigie_findings{rule=\"LOC-001\",severity=\"high\",state=\"fail\"} 1\n",
                "vigie_findings{rule=\"LOC-001\",severity=\"high\",state=\"waived\"} 1\n",
                "vigie_findings{rule=\"LOC-001\",severity=\"medium\",state=\"unknown\"} 1\n",
                "vigie_findings{rule=\"LOC-001\",severity=\"info\",state=\"pass\"} 1\n",
                /* a rule without findings */
                "vigie_findings{rule=\"SEC-001\",severity=\"high\",state=\"fail\"} 0\n",
        };
        _cleanup_(freep) char *text = NULL;

        exported_fill(*state);
        text = exported_text(*state, REPORT_PROMETHEUS, REPORT_SCAN, NULL);
        for (size_t i = 0; i < ELEMENTSOF(lines); i++)
                if (!strstr(text, lines[i]))
                        fail_msg("does not say %s but: %s", lines[i], text);
        assert_null(strstr(text, "name-")); /* no name is a label */
}

/* A filter for verdicts does not make zeros of the others. */
static void prometheus_counts_all_verdicts(void **state)
{
        const struct store_filter filter = { .verdict = "fail", .min_severity = "high" };
        const struct store_filter rule = { .rule = "LOG-001" };
        _cleanup_(freep) char *text = NULL;
        _cleanup_(freep) char *one = NULL;

        exported_fill(*state);
        text = exported_text(*state, REPORT_PROMETHEUS, REPORT_FINDINGS, &filter);
        assert_non_null(strstr(text, "severity=\"medium\",state=\"unknown\"} 1\n"));
        one = exported_text(*state, REPORT_PROMETHEUS, REPORT_FINDINGS, &rule);
        assert_null(strstr(one, "LOC-001"));
        assert_non_null(strstr(one, "rule=\"LOG-001\",severity=\"low\",state=\"fail\"} 1\n"));
}

/* All samples of a family stand together, after its HELP and TYPE. */
static void prometheus_families_are_contiguous(void **state)
{
        _cleanup_(freep) char *text = NULL;
        char *line, *rest = NULL, family[128] = "";

        exported_fill(*state);
        text = exported_text(*state, REPORT_PROMETHEUS, REPORT_SCAN, NULL);
        for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
                size_t n = strcspn(line, "{ ");

                if (strncmp(line, "# TYPE ", 7) == 0)
                        (void)snprintf(family, sizeof(family), "%.*s", (int)strcspn(line + 7, " "),
                                       line + 7);
                if (*line != '#')
                        assert_true(n == strlen(family) && strncmp(line, family, n) == 0);
        }
}

static void prometheus_parts_are_apart(void **state)
{
        _cleanup_(freep) char *text = NULL;

        exported_fill(*state);
        text = exported_text(*state, REPORT_PROMETHEUS, REPORT_COVERAGE, NULL);
        assert_non_null(strstr(text, "vigie_scopes{"));
        assert_null(strstr(text, "vigie_findings"));
        assert_null(strstr(text, "vigie_resources"));
}

#define WITH_LEDGER(f) cmocka_unit_test_setup_teardown(f, ledger_setup, ledger_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                WITH_LEDGER(prometheus_says),
                WITH_LEDGER(prometheus_counts_all_verdicts),
                WITH_LEDGER(prometheus_families_are_contiguous),
                WITH_LEDGER(prometheus_parts_are_apart),
        };

        return cmocka_run_group_tests_name("report_prometheus", tests, NULL, NULL);
}
