/* Assistants and infrastructure that are AI, or not, by what is in them: what a scan keeps, and
 * what it does not rule out when it could not look. */
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

#define REGION "eu-west-3"
#define CONNECT                                                                                    \
        "arn:aws:connect:eu-west-3:111122223333:instance/50617283-0000-4000-8000-00000000f00"
#define ECS "arn:aws:ecs:eu-west-3:111122223333:cluster/"
#define EKS "arn:aws:eks:us-east-1:111122223333:cluster/"
#define BATCH "arn:aws:batch:eu-west-3:111122223333:compute-environment/"
#define DENIED "{\"denied\": true}"

static const char config[] =
        "accounts:\n"
        "  - name: essai\n"
        "    provider: aws\n"
        "    optional: [aws.marketplace.agreement, aws.aoss.collection]\n"
        "    network: {connect_to: '@CONNECT@', ca_file: '@CA@'}\n"
        "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 3}\n";

static int setup(void **state)
{
        scan_aws_key("AKIAHEXAGONEROWS0001", "rows/only/hexagone+00000000000000000000");
        return scan_world(state, "tests/worlds/aws", NULL);
}

static void scan(void **state, struct scan_run *run, const char *only)
{
        *run = (struct scan_run){ .sink_fails_after = -1, .only = only };
        assert_int_equal(scan_run(run, *state, config), 0);
        assert_true(run->complete);
}

static void done(void **state, struct scan_run *run)
{
        scan_run_done(run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* page 0: any. */
static void fault(void **state, const char *service, const char *operation, unsigned page,
                  const char *what)
{
        _cleanup_(freep) char *text = NULL;
        char on[32] = "";

        if (page > 0)
                (void)snprintf(on, sizeof(on), ", \"page\": %u", page);
        assert_true(asprintf(&text,
                             "{\"match\": {\"service\": \"%s\", \"operation\": \"%s\"%s}, "
                             "\"do\": %s}",
                             service, operation, on, what) > 0);
        assert_int_equal(cloudsim_add_faults(*state, text), 0);
}

static bool found(const struct scan_run *run, const char *prefix, const char *name)
{
        char id[256];

        (void)snprintf(id, sizeof(id), "%s%s", prefix, name);
        return json_object_get(run->resources, id) != NULL;
}

static void assert_fact(const struct scan_run *run, const char *id, const char *name,
                        const char *expected)
{
        const json_t *facts = json_object_get(json_object_get(run->resources, id), "facts");
        const json_t *value = NULL;
        _cleanup_(freep) char *text = NULL;

        assert_int_equal(fact_get(facts, name, &value, NULL), FACT_KNOWN);
        text = json_canonical(value);
        assert_string_equal(text, expected);
}

static void assert_unknown(const struct scan_run *run, const char *id, const char *name)
{
        const json_t *facts = json_object_get(json_object_get(run->resources, id), "facts");
        const char *cause = NULL;

        assert_int_equal(fact_get(facts, name, NULL, &cause), FACT_UNKNOWN);
        assert_non_null(strstr(cause, "denied"));
}

/* ---- contact centres
 * ------------------------------------------------------------------------------ */

static void connect_is_ai_by_what_is_in_it(void **state)
{
        struct scan_run run;

        scan(state, &run, NULL);
        assert_fact(&run, CONNECT "1", "analysis.sentiment", "true");
        assert_fact(&run, CONNECT "1", "log.application", "true");
        /* two calls, one fact */
        assert_fact(&run, CONNECT "1", "data.outputs",
                    "[\"s3://hexagone-appels-eu-west-3\",\"s3://hexagone-dialogues-eu-west-3\"]");
        assert_fact(&run, CONNECT "1", "data.regions", "[\"eu-west-3\",\"us-east-1\"]");
        /* the assistant is on the second page of the details */
        assert_fact(&run, CONNECT "2", "integration.kinds", "[\"VOICE_ID\",\"WISDOM_ASSISTANT\"]");
        assert_true(found(&run, CONNECT, "3"));
        assert_false(found(&run, CONNECT, "4"));
        assert_string_equal(scan_run_state(&run, "aws.connect.instance", REGION), "ok");
        done(state, &run);
}

static void connect_that_could_not_be_looked_into_is_kept(void **state)
{
        static const struct {
                const char *operation, *fact;
                unsigned page;
        } cases[] = {
                { "DescribeInstanceAttribute", "analysis.sentiment", 0 },
                { "ListIntegrationAssociations", "integration.kinds", 0 },
                { "ListIntegrationAssociations", "integration.kinds", 2 },
                { "ListBots", "agent.used", 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct scan_run run;

                fault(state, "connect", cases[i].operation, cases[i].page, DENIED);
                scan(state, &run, "aws.connect.");
                assert_true(found(&run, CONNECT, "4"));
                assert_unknown(&run, CONNECT "4", cases[i].fact);
                assert_string_equal(scan_run_state(&run, "aws.connect.instance", REGION), "denied");
                done(state, &run);
        }
}

/* Asked by kind, one fact: half of it is not it, whichever half. */
static void connect_storage_half_read_is_unknown(void **state)
{
        static const char *const kinds[] = { "CALL_RECORDINGS", "CHAT_TRANSCRIPTS" };

        for (size_t i = 0; i < ELEMENTSOF(kinds); i++) {
                struct scan_run run;
                char text[256];
                const char *cause = NULL;

                (void)snprintf(text, sizeof(text),
                               "{\"match\": {\"operation\": \"ListInstanceStorageConfigs\", "
                               "\"param\": {\"resourceType\": \"%s\"}}, "
                               "\"do\": {\"status\": 500}}",
                               kinds[i]);
                assert_int_equal(cloudsim_add_faults(*state, text), 0);
                scan(state, &run, "aws.connect.");
                assert_int_equal(
                        fact_get(json_object_get(json_object_get(run.resources, CONNECT "1"),
                                                 "facts"),
                                 "data.outputs", NULL, &cause),
                        FACT_UNKNOWN);
                assert_non_null(strstr(cause, "failed"));
                assert_string_equal(scan_run_state(&run, "aws.connect.instance", REGION), "failed");
                done(state, &run);
        }
}

/* ---- who answers whom
 * ------------------------------------------------------------------------------ */

static void qapps_denied_say_what_is_missing(void **state)
{
        struct scan_run run;

        fault(state, "qapps", "ListQApps", 0, DENIED);
        scan(state, &run, "aws.qapps. aws.qbusiness.");
        assert_string_equal(scan_run_state(&run, "aws.qapps.app", REGION), "denied");
        assert_non_null(strstr(scan_run_cause(&run, "aws.qapps.app", REGION), "ListQApps"));
        assert_non_null(strstr(scan_run_cause(&run, "aws.qapps.app", REGION), "not to a role"));
        /* once, whatever the number of applications */
        assert_int_equal(cloudsim_calls(*state, "qapps", "ListQApps", 403), 1);
        assert_int_equal(cloudsim_counter(*state, "repeated_after_denial"), 0);
        assert_string_equal(scan_run_state(&run, "aws.qbusiness.application", REGION), "ok");
        done(state, &run);
}

static void quick_is_off_where_nobody_subscribed(void **state)
{
        static const struct {
                const char *what, *expected;
        } cases[] = {
                { "{\"status\": 404, \"code\": \"ResourceNotFoundException\"}", "off" },
                { "{\"status\": 403, \"code\": \"UnsupportedUserEditionException\"}", "off" },
                { "{\"status\": 401, \"code\": \"AccessDeniedException\", \"message\": \"Operation "
                  "is being called from endpoint eu-west-3, but your identity region is "
                  "us-east-1. Please use the us-east-1 endpoint.\"}",
                  "off" },
                { DENIED, "denied" },
                { "{\"status\": 500}", "failed" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct scan_run run;

                fault(state, "quicksight", "ListAgents", 0, cases[i].what);
                scan(state, &run, "aws.quick.");
                assert_string_equal(scan_run_state(&run, "aws.quick.agent", REGION),
                                    cases[i].expected);
                assert_true(scan_run_cause(&run, "aws.quick.agent", REGION)[0] != '\0');
                done(state, &run);
        }
}

/* ---- machines
 * -------------------------------------------------------------------------------------- */

static void batch_is_kept_unless_it_has_no_accelerator(void **state)
{
        struct scan_run run;

        scan(state, &run, "aws.batch. aws.ec2.");
        assert_true(found(&run, BATCH, "entrainement"));
        assert_true(found(&run, BATCH, "famille"));
        assert_true(found(&run, BATCH, "au-mieux"));
        assert_true(found(&run, BATCH, "a-part"));
        assert_false(found(&run, BATCH, "processeurs"));
        assert_false(found(&run, BATCH, "sans-machine"));
        done(state, &run);
}

static void ecs_is_kept_for_its_hosts(void **state)
{
        struct scan_run run;

        scan(state, &run, "aws.ecs.");
        assert_true(found(&run, ECS, "inference"));
        assert_true(found(&run, ECS, "ateliers")); /* on the second page of its hosts */
        assert_false(found(&run, ECS, "sites"));
        assert_false(found(&run, ECS, "vide"));
        assert_string_equal(scan_run_state(&run, "aws.ecs.cluster", REGION), "ok");
        done(state, &run);
}

static void ecs_hosts_are_described_by_the_page(void **state)
{
        const char *const whole_pages[] = { "--set", "settings.page_size=100", NULL };
        struct cloudsim *sim = cloudsim_start("tests/worlds/aws", whole_pages);
        struct scan_run run = { .sink_fails_after = -1, .only = "aws.ecs." };

        assert_non_null(sim);
        assert_int_equal(scan_run(&run, sim, config), 0);
        assert_true(found(&run, ECS, "inference"));
        assert_true(found(&run, ECS, "ateliers"));
        assert_false(found(&run, ECS, "sites"));
        /* three clusters with hosts, five hosts */
        assert_int_equal(cloudsim_calls(sim, "ecs", "DescribeContainerInstances", 200), 3);
        scan_run_done(&run);
        assert_int_equal(cloudsim_stop(sim), 0);
}

static void ecs_that_could_not_be_looked_into_is_kept(void **state)
{
        static const struct {
                const char *operation, *collector;
                unsigned page;
                bool sites, empty;
        } cases[] = {
                { "ListContainerInstances", "aws.ecs.container_instance_page", 0, true, true },
                { "DescribeContainerInstances", "aws.ecs.container_instance", 0, true, false },
                /* after a denial the other clusters are not asked about */
                { "ListContainerInstances", "aws.ecs.container_instance_page", 2, true, true },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct scan_run run;

                fault(state, "ecs", cases[i].operation, cases[i].page, DENIED);
                scan(state, &run, "aws.ecs.");
                assert_true(found(&run, ECS, "inference"));
                assert_true(found(&run, ECS, "ateliers"));
                assert_int_equal(found(&run, ECS, "sites"), cases[i].sites);
                assert_int_equal(found(&run, ECS, "vide"), cases[i].empty);
                assert_string_equal(scan_run_state(&run, cases[i].collector, REGION), "denied");
                done(state, &run);
        }
}

static void eks_is_kept_for_instances_with_its_name(void **state)
{
        struct scan_run run;

        scan(state, &run, "aws.eks. aws.ec2.");
        assert_true(found(&run, EKS, "karpenter"));
        assert_true(found(&run, EKS, "automatique"));
        assert_false(found(&run, EKS, "processeurs"));
        assert_fact(&run, EKS "automatique", "compute.pools", "[\"general-purpose\",\"system\"]");
        /* each instance counts once, where it stands */
        assert_false(found(&run, "", "i-0e0e0e0e0e0e0e001"));
        assert_true(
                found(&run, "arn:aws:ec2:us-east-1:111122223333:instance/", "i-0e0e0e0e0e0e0e001"));
        done(state, &run);
}

/* ---- by type
 * --------------------------------------------------------------------------------------- */

static void marketplace_keeps_machine_learning_only(void **state)
{
        struct scan_run run;

        scan(state, &run, "aws.marketplace.");
        assert_true(found(&run, "agmt-", "0001"));
        assert_true(found(&run, "agmt-", "0002"));
        assert_false(found(&run, "agmt-", "0003"));
        assert_fact(&run, "agmt-0001", "agreement.ends", "\"2026-10-09T08:53:20Z\"");
        done(state, &run);
}

static void aoss_keeps_vectors_and_what_is_not_known(void **state)
{
        struct scan_run run;
        const char *prefix = "arn:aws:aoss:eu-west-3:111122223333:collection/";

        scan(state, &run, "aws.aoss.");
        assert_true(found(&run, prefix, "0a1b2c3d4e5f6g7h8i01"));
        assert_false(found(&run, prefix, "0a1b2c3d4e5f6g7h8i03"));
        done(state, &run);
        fault(state, "opensearchserverless", "BatchGetCollection", 0, DENIED);
        scan(state, &run, "aws.aoss.");
        assert_true(found(&run, prefix, "0a1b2c3d4e5f6g7h8i03"));
        assert_string_equal(scan_run_state(&run, "aws.aoss.collection", REGION), "denied");
        done(state, &run);
}

/* A prompt's model says where it runs: in the region, or where a profile leads. */
static void qconnect_prompts_refer_to_models(void **state)
{
        struct scan_run run;

        scan(state, &run, "aws.qconnect. aws.bedrock.");
        assert_fact(&run, "arn:aws:wisdom:eu-west-3:111122223333:ai-prompt/e001/p1",
                    "processing.regions", "[\"eu-west-3\"]");
        assert_fact(&run, "arn:aws:wisdom:eu-west-3:111122223333:ai-prompt/e001/p2",
                    "processing.ref", "\"us.anthropic.claude-sonnet-4-20250514-v1:0\"");
        /* the provider's own are not the customer's */
        assert_false(found(&run, "arn:aws:wisdom:eu-west-3:111122223333:ai-agent/e001/", "a3"));
        done(state, &run);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(connect_is_ai_by_what_is_in_it),
                cmocka_unit_test(connect_that_could_not_be_looked_into_is_kept),
                cmocka_unit_test(connect_storage_half_read_is_unknown),
                cmocka_unit_test(qapps_denied_say_what_is_missing),
                cmocka_unit_test(quick_is_off_where_nobody_subscribed),
                cmocka_unit_test(batch_is_kept_unless_it_has_no_accelerator),
                cmocka_unit_test(ecs_is_kept_for_its_hosts),
                cmocka_unit_test(ecs_hosts_are_described_by_the_page),
                cmocka_unit_test(ecs_that_could_not_be_looked_into_is_kept),
                cmocka_unit_test(eks_is_kept_for_instances_with_its_name),
                cmocka_unit_test(marketplace_keeps_machine_learning_only),
                cmocka_unit_test(aoss_keeps_vectors_and_what_is_not_known),
                cmocka_unit_test(qconnect_prompts_refer_to_models),
        };

        return cmocka_run_group_tests_name("scan_saas", tests, setup, scan_teardown);
}
