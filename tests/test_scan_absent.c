/* The same reply means "denied" where a service is offered and "absent" where it is known not to
 * be: through the engine, over TLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/base/clock.h"
#include "tests/support/scan.h"

#define KIND "aws.bedrock.data_automation_project"
#define PROJECT "arn:aws:bedrock:eu-central-2:111122223333:data-automation-project/factures"
#define SERVICE "\"service\": \"bedrock-data-automation\""

static const char config[] =
        "accounts:\n"
        "  - name: essai\n"
        "    provider: aws\n"
        "    network: {connect_to: '@CONNECT@', ca_file: '@CA@'}\n"
        "    optional: [aws.bedrock.automated_reasoning_policy]\n"
        "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 3, pages: 20}\n";

static int setup(void **state)
{
        scan_aws_small_key();
        return scan_world(state, "tests/worlds/absent", NULL);
}

static void scan(struct scan_run *run, void **state)
{
        run->only = "aws.bedrock.";
        assert_int_equal(scan_run(run, *state, config), 0);
        assert_true(run->complete);
}

static void expect(const struct scan_run *run, const char *kind, const char *region,
                   const char *wanted, const char *cause)
{
        if (strcmp(scan_run_state(run, kind, region), wanted) != 0 ||
            !strstr(scan_run_cause(run, kind, region), cause))
                fail_msg("%s in %s is %s (%s), and not %s (…%s…)", kind, region,
                         scan_run_state(run, kind, region), scan_run_cause(run, kind, region),
                         wanted, cause);
}

static void not_in_cause(const struct scan_run *run, const char *region, const char *words)
{
        assert_null(strstr(scan_run_cause(run, KIND, region), words));
}

/* Region data of our own: offered in eu-west-3, not in eu-central-2, of the others nothing is said.
 */
static const char *overrides(void **state, uint64_t days_ago)
{
        static char dir[256];
        char path[300], date[CLOCK_TEXT_MAX];
        FILE *f;

        (void)snprintf(dir, sizeof(dir), "%s/etc", cloudsim_directory(*state));
        (void)mkdir(dir, 0700);
        (void)snprintf(path, sizeof(path), "%s/offered", dir);
        (void)mkdir(path, 0700);
        (void)snprintf(path, sizeof(path), "%s/offered/aws.yaml", dir);
        f = fopen(path, "we");
        assert_non_null(f);
        (void)fprintf(f,
                      "provider: aws\n"
                      "claims:\n"
                      "  - service: aws.bedrock_data_automation\n"
                      "    regions: [eu-west-3]\n"
                      "    not_in: [eu-central-2]\n"
                      "    absent_when:\n"
                      "      - {code: AccessDeniedException}\n"
                      "      - {code: ValidationException, text: unknown operation}\n"
                      "      - {code: InternalServerErrorException}\n"
                      "    source: the bench\n"
                      "    checked: %.10s\n",
                      clock_format_rfc3339(clock_realtime_usec() - days_ago * USEC_PER_DAY, date));
        (void)fclose(f);
        return dir;
}

static void absent_where_not_offered_denied_where_offered(void **state)
{
        static const struct {
                const char *what, *offered; /* the state where it is offered, or nothing is said */
        } cases[] = {
                { "{\"denied\": \"empty\"}", "denied" },
                { "{\"status\": 403, \"code\": \"AccessDeniedException\", \"message\": \"Your "
                  "account is not authorized to invoke this API operation.\"}",
                  "denied" },
                { "{\"status\": 400, \"code\": \"ValidationException\", \"message\": \"Unknown "
                  "operation\"}",
                  "failed" },
                { "{\"status\": 500, \"code\": \"InternalServerErrorException\"}", "failed" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct scan_run run = { .sink_fails_after = -1, .overrides = overrides(state, 3) };

                scan_fault(state, SERVICE, cases[i].what);
                scan(&run, state);
                expect(&run, KIND, "eu-central-2", "absent",
                       "not offered in eu-central-2 (the bench, checked 20");
                expect(&run, KIND, "eu-west-3", cases[i].offered, "");
                expect(&run, KIND, "us-west-1", cases[i].offered, "");
                not_in_cause(&run, "eu-west-3", "offered");
                not_in_cause(&run, "us-west-1", "offered");
                assert_int_equal(cloudsim_counter(*state, "repeated_after_denial"), 0);
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(*state), 0);
        }
}

/* A refusal that says why is what it says, everywhere. */
static void absent_never_when_the_reason_is_stated(void **state)
{
        static const struct {
                const char *what, *cause;
        } cases[] = {
                { "{\"denied\": true}", "not authorized to perform" },
                { "{\"denied\": \"scp\"}", "AccessDeniedBySCP" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct scan_run run = { .sink_fails_after = -1, .overrides = overrides(state, 3) };

                scan_fault(state, SERVICE, cases[i].what);
                scan(&run, state);
                expect(&run, KIND, "eu-central-2", "denied", cases[i].cause);
                expect(&run, KIND, "eu-west-3", "denied", cases[i].cause);
                not_in_cause(&run, "eu-central-2", "offered");
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(*state), 0);
        }
}

/* Not the symptom that was seen: the state stays, and the cause says what is suspected. */
static void absent_never_by_another_symptom(void **state)
{
        static const struct {
                const char *what, *wanted, *cause;
        } cases[] = {
                { "{\"status\": 400, \"code\": \"ValidationException\", \"message\": \"bad\"}",
                  "failed", "bad; perhaps not offered in eu-central-2 (the bench" },
                { "{\"status\": 400, \"code\": \"NotAuthorizedException\"}", "denied",
                  "perhaps not offered in eu-central-2" },
                { "{\"code\": \"ThrottlingException\"}", "throttled", "" },
                { "{\"html\": true}", "failed", "" },
                { "{\"truncate\": true}", "failed", "" },
                { "{\"api_off\": true}", "off", "" },
                { "{\"code\": \"ExpiredTokenException\"}", "expired", "" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct scan_run run = { .sink_fails_after = -1, .overrides = overrides(state, 3) };

                scan_fault(state, SERVICE, cases[i].what);
                scan(&run, state);
                expect(&run, KIND, "eu-central-2", cases[i].wanted, cases[i].cause);
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(*state), 0);
        }
}

static void absent_not_by_knowledge_of_last_year(void **state)
{
        struct scan_run run = { .sink_fails_after = -1, .overrides = overrides(state, 400) };

        scan_fault(state, SERVICE, "{\"denied\": \"empty\"}");
        scan(&run, state);
        expect(&run, KIND, "eu-central-2", "denied",
               "was not offered, more than a year ago, in eu-central-2");
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* The data is never a reason not to ask, and an answer wins over it. */
static void absent_data_gives_way_to_an_answer(void **state)
{
        struct scan_run run = { .sink_fails_after = -1, .overrides = overrides(state, 3) };

        scan(&run, state);
        expect(&run, KIND, "eu-central-2", "ok", "");
        assert_non_null(json_object_get(run.resources, PROJECT));
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* What the shipped file says, with the replies that were seen. */
static void absent_by_the_shipped_data(void **state)
{
        static const struct {
                const char *operation, *what, *kind, *region, *wanted;
        } cases[] = {
#define GENERIC                                                                                    \
        "{\"status\": 403, \"code\": \"AccessDeniedException\", \"message\": \"Your account is "   \
        "not authorized to invoke this API operation.\"}"
#define REASONING "aws.bedrock.automated_reasoning_policy"
#define BROKEN "{\"status\": 500, \"code\": \"InternalServerErrorException\"}"
#define UNKNOWN "{\"code\": \"ValidationException\", \"message\": \"Unknown Operation\"}"
                { "ListAutomatedReasoningPolicies", GENERIC, REASONING, "us-west-1", "absent" },
                { "ListAutomatedReasoningPolicies", GENERIC, REASONING, "eu-west-3", "denied" },
                { "ListGuardrails", GENERIC, "aws.bedrock.guardrail", "us-west-1", "denied" },
                { "ListFlows", BROKEN, "aws.bedrock.flow", "us-west-1", "absent" },
                { "ListFlows", BROKEN, "aws.bedrock.flow", "eu-west-3", "failed" },
                { "ListPrompts", BROKEN, "aws.bedrock.prompt", "us-west-1", "absent" },
                { "ListAgents", BROKEN, "aws.bedrock.agent", "us-west-1", "failed" },
                { "ListCustomModels", UNKNOWN, "aws.bedrock.custom_model", "eu-west-3", "absent" },
                { "ListCustomModels", GENERIC, "aws.bedrock.custom_model", "eu-west-3", "denied" },
                { "ListImportedModels", UNKNOWN, "aws.bedrock.imported_model", "us-west-1",
                  "failed" },
                { "ListDataAutomationProjects", "{\"denied\": \"empty\"}", KIND, "ap-southeast-1",
                  "absent" },
                { "ListDataAutomationProjects", GENERIC, KIND, "ap-southeast-1", "denied" },
                { "ListDataAutomationProjects", "{\"denied\": \"empty\"}", KIND, "eu-west-3",
                  "denied" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct scan_run run = { .sink_fails_after = -1 };
                char match[128];

                (void)snprintf(match, sizeof(match), "\"operation\": \"%s\"", cases[i].operation);
                scan_fault(state, match, cases[i].what);
                scan(&run, state);
                expect(&run, cases[i].kind, cases[i].region, cases[i].wanted,
                       strcmp(cases[i].wanted, "absent") == 0 ? ", checked 2026-" : "");
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(*state), 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(absent_where_not_offered_denied_where_offered),
                cmocka_unit_test(absent_never_when_the_reason_is_stated),
                cmocka_unit_test(absent_never_by_another_symptom),
                cmocka_unit_test(absent_not_by_knowledge_of_last_year),
                cmocka_unit_test(absent_data_gives_way_to_an_answer),
                cmocka_unit_test(absent_by_the_shipped_data),
        };

        return cmocka_run_group_tests(tests, setup, scan_teardown);
}
