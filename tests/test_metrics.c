/* Metrics as they stand on the daemon's socket: what the store knows, what was counted, and that
 * both are the families that the report has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/report/families.h"
#include "daemon/watch/metrics.h"
#include "tests/support/exported.h"

static char aws[] = "aws", gcp[] = "gcp";
static struct account_config accounts[] = { { .provider_name = aws },
                                            { .provider_name = gcp },
                                            { .provider_name = aws } };
static struct config config = { .accounts = accounts, .n_accounts = ELEMENTSOF(accounts) };

static char *counted(const struct counters *c, const char *expiries)
{
        json_auto_t *known = json_loads(expiries, 0, NULL);
        struct setup setup = { .config = &config };
        struct buffer b = BUFFER_INIT(1 << 20);

        metrics_put_counted(&b, c, &setup, known);
        assert_int_equal(buffer_error(&b), 0);
        return buffer_take(&b);
}

static char *known(struct ledger *l)
{
        static char *areas[] = { NULL };
        static const struct policy policy = { .areas = areas };
        struct setup setup = { .config = &config };
        struct buffer b = BUFFER_INIT(1 << 20);
        struct error err = { 0 };

        if (judge_new(&setup.judge, "config", NULL, &policy, &err) < 0 ||
            metrics_put_known(&b, l->store, &setup, &err) < 0)
                fail_msg("%s", err.text);
        judge_free(setup.judge);
        return buffer_take(&b);
}

static void has(const char *text, const char *line)
{
        if (!strstr(text, line))
                fail_msg("does not say %s but: %s", line, text);
}

/* Each family once, its series together below its HELP and TYPE. */
static void is_in_order(const char *text)
{
        _cleanup_(freep) char *copy = strdup(text);
        char *rest = NULL, family[128] = "", seen[8192] = "|";

        for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
                char key[132];

                if (strncmp(line, "# HELP ", 7) == 0)
                        continue;
                if (strncmp(line, "# TYPE ", 7) != 0) {
                        if (strncmp(line, family, strlen(family)) != 0)
                                fail_msg("'%s' stands below %s", line, family);
                        continue;
                }
                (void)snprintf(family, sizeof(family), "%.*s", (int)strcspn(line + 7, " "),
                               line + 7);
                (void)snprintf(key, sizeof(key), "|%s|", family);
                assert_null(strstr(seen, key));
                (void)strncat(seen, family, sizeof(seen) - strlen(seen) - 2);
                (void)strncat(seen, "|", sizeof(seen) - strlen(seen) - 1);
        }
}

static void counted_says_what_was_counted(void **state)
{
        static const char *const lines[] = {
                "vigie_cycles_total{result=\"complete\"} 3\n",
                "vigie_cycles_total{result=\"partial\"} 2\n",
                "vigie_cycles_total{result=\"failed\"} 1\n",
                "vigie_drift_events_total{kind=\"removed\"} 7\n",
                "vigie_api_requests_total{provider=\"aws\",service=\"aws.iam\",outcome=\"ok\"} 1\n",
                "service=\"aws.iam\",outcome=\"denied\"} 1\n",
                "service=\"aws.iam\",outcome=\"throttled\"} 0\n",
                "vigie_api_retries_total{provider=\"aws\",service=\"aws.iam\"} 1\n",
                "vigie_api_requests_spared_total{provider=\"aws\",service=\"aws.iam\"} 1\n",
                "vigie_api_request_duration_seconds_bucket{provider=\"aws\",le=\"0.05\"} 1\n",
                "vigie_api_request_duration_seconds_bucket{provider=\"aws\",le=\"2.5\"} 1\n",
                "vigie_api_request_duration_seconds_bucket{provider=\"aws\",le=\"5\"} 2\n",
                "vigie_api_request_duration_seconds_bucket{provider=\"aws\",le=\"+Inf\"} 2\n",
                "vigie_api_request_duration_seconds_sum{provider=\"aws\"} 3.010000\n",
                "vigie_api_request_duration_seconds_count{provider=\"aws\"} 2\n",
        };
        struct counters c = { .cycles = { 3, 2, 1 }, .drift = { 0, 7, 0 } };
        struct asked_call call = { .provider = "aws",
                                   .service = "aws.iam",
                                   .elapsed_usec = 10 * USEC_PER_MSEC };
        _cleanup_(freep) char *text = NULL;

        counters_asked(&c, &call);
        call.outcome = ASKED_DENIED;
        call.again = true;
        call.elapsed_usec = 3 * USEC_PER_SEC;
        counters_asked(&c, &call);
        call.spared = true;
        counters_asked(&c, &call);
        text = counted(&c, "{}");
        for (size_t i = 0; i < ELEMENTSOF(lines); i++)
                has(text, lines[i]);
        is_in_order(text);
        counters_done(&c);
}

/* The first that ends of a provider's, without those that are renewed on the way. */
static void counted_says_when_credentials_end(void **state)
{
        static const struct {
                const char *expiries, *aws, *gcp;
        } cases[] = {
                { "{}", "+Inf", "+Inf" },
                { "{\"a\": {\"provider\": \"aws\", \"expires_usec\": 2000000000, \"long\": true},"
                  " \"b\": {\"provider\": \"aws\", \"expires_usec\": 1500000, \"long\": true},"
                  " \"c\": {\"provider\": \"aws\", \"expires_usec\": 1000000, \"long\": false}}",
                  "1.500", "+Inf" },
                { "{\"a\": {\"provider\": \"gcp\", \"expires_usec\": 7000000, \"long\": true},"
                  " \"b\": {\"expires_usec\": 1, \"long\": true}}",
                  "+Inf", "7.000" },
        };
        struct counters none = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(freep) char *text = counted(&none, cases[i].expiries);
                char line[128];

                (void)snprintf(line, sizeof(line), "_timestamp_seconds{provider=\"aws\"} %s\n",
                               cases[i].aws);
                has(text, line);
                (void)snprintf(line, sizeof(line), "_timestamp_seconds{provider=\"gcp\"} %s\n",
                               cases[i].gcp);
                has(text, line);
        }
}

static void known_says_what_the_store_has(void **state)
{
        static const char *const lines[] = {
                "vigie_cycle_last_start_timestamp_seconds 1784503600.000\n",
                "vigie_scope_coverage_ratio{provider=\"aws\"} 0.750000\n",
                "vigie_scope_coverage_ratio{provider=\"gcp\"} 0.000000\n",
                "vigie_scopes{provider=\"aws\",state=\"denied\"} 1\n",
                "vigie_scopes{provider=\"aws\",state=\"read\"} 0\n",
                "vigie_scopes{provider=\"gcp\",state=\"read\"} 0\n",
                "vigie_resources{provider=\"aws\",kind=\"aws.bedrock.agent\",residency=\"eu\"} 1\n",
                "vigie_findings{rule=\"LOC-001\",severity=\"high\",state=\"fail\"} 1\n",
                /* a rule that exists and of which the store has nothing */
                "vigie_findings{rule=\"LOG-003\",severity=\"high\",state=\"fail\"} 0\n",
        };
        _cleanup_(freep) char *text = NULL;

        exported_fill(*state);
        text = known(*state);
        for (size_t i = 0; i < ELEMENTSOF(lines); i++)
                has(text, lines[i]);
        assert_null(strstr(text, "name-"));
        is_in_order(text);
}

static void known_of_an_empty_store_is_zero(void **state)
{
        _cleanup_(freep) char *text = known(*state);

        has(text, "vigie_cycle_last_success_timestamp_seconds 0.000\n");
        has(text, "vigie_scope_coverage_ratio{provider=\"aws\"} 0.000000\n");
        assert_null(strstr(text, "vigie_resources{"));
        is_in_order(text);
}

/* Until when a waiver holds: its last day is part of it. */
static void known_waivers_end_with_their_last_day(void **state)
{
        json_auto_t *waivers = json_pack("[{s:s, s:s, s:s, s:s, s:i}]", "id", "W-1", "owner", "o",
                                         "reason", "r", "until", "2027-03-31", "waived", 0);
        struct ledger *l = *state;
        _cleanup_(freep) char *text = NULL;
        struct error err = { 0 };

        ledger_begin(l);
        ledger_collected(l, true);
        if (store_waivers(l->scan, waivers, &err) < 0)
                fail_msg("%s", err.text);
        ledger_end(l);
        text = known(l);
        has(text, "vigie_waiver_expiry_timestamp_seconds{waiver=\"W-1\"} 1806537600.000\n");
}

/* What the report says of scans, coverage and resources stands word for word on the socket. */
static void known_is_what_the_report_says(void **state)
{
        _cleanup_(freep) char *report = NULL, *text = NULL;
        char *rest = NULL;
        size_t n = 0;

        exported_fill(*state);
        report = exported_text(*state, REPORT_PROMETHEUS, REPORT_SCAN, NULL);
        text = known(*state);
        for (char *line = strtok_r(report, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
                if (!strstr(line, "vigie_build_info") && !strstr(line, "vigie_findings{")) {
                        has(text, line);
                        n++;
                }
        assert_true(n > 20);
}

static void families_write_any_label(void **state)
{
        static const char *const cases[][2] = {
                { "plain", "plain" },
                { "a\"b\\c\nd", "a\\\"b\\\\c\\nd" },
                { "\xc3\xa9", "\xc3\xa9" },
                { "\xff", "\xef\xbf\xbd" },
                { "", "" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const struct label labels[] = { { "provider", cases[i][0] }, { NULL, NULL } };
                _cleanup_(buffer_done) struct buffer b = BUFFER_INIT(1024);
                char line[128];

                family_count(&b, FAMILY_SCOPES, labels, 5);
                (void)snprintf(line, sizeof(line), "vigie_scopes{provider=\"%s\"} 5\n",
                               cases[i][1]);
                assert_string_equal(buffer_text(&b), line);
        }
}

#define WITH_LEDGER(f) cmocka_unit_test_setup_teardown(f, ledger_setup, ledger_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(counted_says_what_was_counted),
                cmocka_unit_test(counted_says_when_credentials_end),
                WITH_LEDGER(known_says_what_the_store_has),
                WITH_LEDGER(known_of_an_empty_store_is_zero),
                WITH_LEDGER(known_waivers_end_with_their_last_day),
                WITH_LEDGER(known_is_what_the_report_says),
                cmocka_unit_test(families_write_any_label),
        };

        return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
