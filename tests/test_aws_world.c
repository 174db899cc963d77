/* What the world of every AWS row has in it to trip over: each trap, by what the facts say of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "daemon/base/json.h"
#include "tests/support/rows.h"

#define SM "arn:aws:sagemaker:eu-west-3:111122223333:"
#define BR "arn:aws:bedrock:eu-west-3:111122223333:"
#define AC "arn:aws:bedrock-agentcore:eu-west-3:111122223333:"
#define LG "arn:aws:logs:eu-west-3:111122223333:"

static struct bench {
        struct cloudsim *sim;
        struct scan_run plain; /* nothing denied */
} bench;

static const char config[] =
        "accounts:\n"
        "  - name: essai\n"
        "    provider: aws\n"
        "    regions: [eu-west-3]\n"
        "    network: {connect_to: '@CONNECT@', ca_file: '@CA@'}\n"
        "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 3}\n";

static const json_t *resource_of(const struct scan_run *run, const char *kind, const char *id)
{
        size_t i;
        json_t *resource;

        json_array_foreach(json_object_get(run->by_kind, kind), i, resource)
        {
                if (strcmp(json_member_string(resource, "id"), id) == 0)
                        return resource;
        }
        return NULL;
}

/* A known value as compact JSON, else the word of its state. */
static char *said(const struct scan_run *run, const char *kind, const char *id, const char *fact)
{
        const json_t *resource = resource_of(run, kind, id);
        const json_t *is = json_object_get(json_object_get(resource, "facts"), fact);

        if (!resource)
                return strdup("no such resource");
        if (strcmp(row_fact_state(resource, fact), "known") == 0)
                return json_canonical(json_object_get(is, "value"));
        return strdup(row_fact_state(resource, fact));
}

static void assert_said(const struct scan_run *run, const char *kind, const char *id,
                        const char *fact, const char *expected)
{
        _cleanup_(freep) char *is = said(run, kind, id, fact);

        if (strcmp(is, expected) != 0)
                fail_msg("%s %s: %s is %s, not %s", kind, id, fact, is, expected);
}

static void scan_with(struct scan_run *run, const char *fault)
{
        run->sink_fails_after = -1;
        assert_int_equal(cloudsim_add_faults(bench.sim, fault), 0);
        assert_int_equal(scan_run(run, bench.sim, config), 0);
        assert_int_equal(cloudsim_reset(bench.sim), 0);
}

/* ---- traps
 * ---------------------------------------------------------------------------------------- */

/* clang-format off */
static const struct {
        const char *kind, *id, *fact, *expected;
} traps[] = {
        /* a capture that runs, one of a part, one that is switched on and stopped, none at all */
        { "aws.sagemaker.endpoint", SM "endpoint/scoring-sinistres", "log.inference", "true" },
        { "aws.sagemaker.endpoint", SM "endpoint/scoring-sinistres", "log.inference.modes", "[\"Input\",\"Output\"]" },
        { "aws.sagemaker.endpoint", SM "endpoint/chatbot-assures", "log.inference", "true" },
        { "aws.sagemaker.endpoint", SM "endpoint/chatbot-assures", "log.inference.percent", "20" },
        { "aws.sagemaker.endpoint", SM "endpoint/chatbot-assures", "log.inference.modes", "[\"Output\"]" },
        { "aws.sagemaker.endpoint", SM "endpoint/detection-fraude", "log.inference", "false" },
        { "aws.sagemaker.endpoint", SM "endpoint/lecture-constats", "log.inference", "absent" },
        { "aws.sagemaker.endpoint", SM "endpoint/lecture-constats", "data.outputs",
          "[\"s3://hexagone-constats-eu-west-3/lus/\",\"s3://hexagone-constats-eu-west-3/echecs/\"]" },
        /* which models an endpoint runs */
        { "aws.sagemaker.endpoint", SM "endpoint/chatbot-assures", "model.id",
          "[\"mistralai/Mistral-7B-Instruct-v0.3\",\"google/gemma-2-9b-it\"]" },
        { "aws.sagemaker.endpoint", SM "endpoint/chatbot-assures", "model.jumpstart", "\"huggingface-llm-mistral-7b-instruct\"" },
        { "aws.sagemaker.model", SM "model/chatbot-assures", "model.id", "[\"mistralai/Mistral-7B-Instruct-v0.3\"]" },
        { "aws.sagemaker.model", SM "model/scoring-sinistres", "model.id", "absent" },
        { "aws.sagemaker.training_job", SM "training-job/affinage-mistral-auto", "model.jumpstart", "\"huggingface-llm-mistral-7b\"" },
        /* the marketplace's endpoint is SageMaker's */
        { "aws.sagemaker.endpoint", SM "endpoint/traduction-marketplace", "model.source", "\"marketplace\"" },
        { "aws.sagemaker.endpoint", SM "endpoint/scoring-sinistres", "model.source", "absent" },
        { "aws.bedrock.marketplace_endpoint", SM "endpoint/traduction-marketplace", "model.source", "no such resource" },
        /* what is not the account's own, or not there any more */
        { "aws.sagemaker.hub", "arn:aws:sagemaker:eu-west-3:aws:hub/SageMakerPublicHub", "data.outputs", "no such resource" },
        { "aws.sagemaker.app", "d-hexagone00002/hugo-petit/Canvas/default", "version", "no such resource" },
        { "aws.sagemaker.training_job", SM "training-job/scoring-sinistres-1-0", "model.custom", "no such resource" },
        { "aws.sagemaker.model_package_unversioned", SM "model-package/scoring/3", "model.card", "no such resource" },
        { "aws.bedrock.prompt_router", BR "default-prompt-router/anthropic.claude:1", "model.id", "no such resource" },
        { "aws.agentcore.browser", "arn:aws:bedrock-agentcore:eu-west-3:aws:browser/aws.browser.v1", "log.inference", "no such resource" },
        /* a log without what is asked and answered */
        { "aws.bedrock.invocation_logging", BR "logging", "log.enabled", "true" },
        { "aws.bedrock.invocation_logging", BR "logging", "log.text", "false" },
        /* where models run */
        { "aws.bedrock.inference_profile", BR "application-inference-profile/ap1resume0001", "processing.regions", "[\"us-east-1\",\"us-west-2\"]" },
        { "aws.bedrock.inference_profile", BR "application-inference-profile/ap2conseil002", "processing.regions", "[\"eu-west-3\",\"global\"]" },
        { "aws.bedrock.system_inference_profile", BR "inference-profile/eu.anthropic.claude-sonnet-4-20250514-v1:0", "processing.regions", "[\"eu-west-3\",\"eu-west-2\"]" },
        { "aws.bedrock.prompt_router", BR "prompt-router/routeur000001", "processing.ref",
          "[\"" BR "inference-profile/eu.anthropic.claude-sonnet-4-20250514-v1:0\",\"" BR "inference-profile/global.anthropic.claude-sonnet-4-20250514-v1:0\"]" },
        { "aws.bedrock.imported_model", BR "imported-model/importe00001", "processing.regions", "\"eu-west-3\"" },
        { "aws.agentcore.runtime", AC "runtime/conseil-f6g7h8i9j0", "service.created", "\"2026-10-01T10:00:00Z\"" },
        { "aws.bedrock.prompt_router", BR "prompt-router/routeur000002", "processing.regions", "[\"eu-west-3\"]" },
        { "aws.bedrock.agent", BR "agent/AGSINISTR1", "processing.regions", "[\"eu-west-3\"]" },
        { "aws.bedrock.agent", BR "agent/AGCONSEIL2", "processing.ref", "\"eu.anthropic.claude-sonnet-4-20250514-v1:0\"" },
        { "aws.bedrock.flow", BR "flow/FLSINISTR1", "processing.ref", "\"" BR "inference-profile/eu.anthropic.claude-sonnet-4-20250514-v1:0\"" },
        { "aws.bedrock.guardrail", BR "guardrail/gr4market002", "processing.ref", "\"eu.guardrail.v1:0\"" },
        { "aws.bedrock.guardrail", BR "guardrail/gr4assures01", "processing.ref", "absent" },
        { "aws.bedrock.data_automation_project", BR "data-automation-project/projet000001", "processing.ref", "\"data-automation-profile\"" },
        /* what leaves AWS */
        { "aws.bedrock.knowledge_base", BR "knowledge-base/KBFAQPUB02", "processing.third_party", "[\"https://faq-hexagone.svc.us-east-1-aws.pinecone.io\"]" },
        { "aws.bedrock.knowledge_base", BR "knowledge-base/KBCONTRAT1", "processing.third_party", "absent" },
        { "aws.agentcore.harness", AC "harness/sante-p6q7r8s9t0", "processing.third_party", "[\"gpt-5.1\"]" },
        { "aws.agentcore.harness", AC "harness/essai-u1v2w3x4y5", "processing.third_party", "[\"groq/llama-4\",\"https://api.groq.com/openai/v1\"]" },
        { "aws.agentcore.harness", AC "harness/courtiers-k1l2m3n4o5", "processing.third_party", "absent" },
        { "aws.agentcore.harness", AC "harness/courtiers-k1l2m3n4o5", "processing.regions", "[\"eu-west-3\"]" },
        /* who may call */
        { "aws.agentcore.gateway", AC "gateway/demo-g6h7i8j9k0", "exposure.auth", "false" },
        { "aws.agentcore.runtime", AC "runtime/sinistres-a1b2c3d4e5", "exposure.public", "false" },
        { "aws.agentcore.runtime", AC "runtime/conseil-f6g7h8i9j0", "exposure.public", "true" },
        { "aws.agentcore.browser", AC "browser-custom/tarifs-w7x8y9", "log.destination", "[\"s3://hexagone-navigation-eu-west-3/\",\"" LG "log-group:/aws/vendedlogs/bedrock/agents\"]" },
        { "aws.agentcore.browser", AC "browser-custom/veille-z1a2b3", "log.inference", "false" },
        /* a delivery, a source without one, traces alone, nothing */
        { "aws.bedrock.knowledge_base", BR "knowledge-base/KBCONTRAT1", "log.application", "true" },
        { "aws.bedrock.agent", BR "agent/AGSINISTR1", "log.delivery.kind", "[\"S3\",\"CWL\"]" },
        /* where they are delivered to: each place, beside what the resource itself says; one of another account */
        { "aws.bedrock.knowledge_base", BR "knowledge-base/KBCONTRAT1", "log.destination", "\"" LG "log-group:/aws/vendedlogs/bedrock/agents\"" },
        { "aws.bedrock.agent", BR "agent/AGSINISTR1", "log.destination",
          "[\"arn:aws:s3:::hexagone-journaux-eu-west-3/agents\",\"" LG "log-group:/aws/vendedlogs/bedrock/agents\"]" },
        { "aws.agentcore.memory", AC "memory/conversations-q1r2s3", "log.destination", "\"arn:aws:firehose:eu-west-3:111122223333:deliverystream/journaux\"" },
        { "aws.agentcore.code_interpreter", AC "code-interpreter-custom/calculs-c4d5e6", "log.application", "true" },
        { "aws.agentcore.code_interpreter", AC "code-interpreter-custom/calculs-c4d5e6", "log.destination", "unknown" },
        { "aws.bedrock.agent", BR "agent/AGCONSEIL2", "log.destination", "absent" },
        { "aws.agentcore.runtime", AC "runtime/conseil-f6g7h8i9j0", "log.application", "false" },
        { "aws.agentcore.gateway", AC "gateway/demo-g6h7i8j9k0", "log.application", "false" },
        { "aws.bedrock.agent", BR "agent/AGCONSEIL2", "log.application", "false" },
        /* groups that never forget, and one that keeps nothing */
        { "aws.logs.log_group", LG "log-group:/aws/sagemaker/TrainingJobs", "log.retention_days", "\"never\"" },
        { "aws.logs.log_group", LG "log-group:/aws/sagemaker/Endpoints/chatbot-assures", "log.retention_days", "90" },
        { "aws.logs.log_group", LG "log-group:/aws/vendedlogs/bedrock/livraison", "log.retention_days", "no such resource" },
        { "aws.logs.named_log_group", LG "log-group:/hexagone/bedrock/invocations", "log.retention_days", "365" },
        /* a type that a launch template hides */
        { "aws.eks.nodegroup", "arn:aws:eks:eu-west-3:111122223333:nodegroup/recherche/gabarit", "compute.type", "absent" },
        { "aws.eks.nodegroup", "arn:aws:eks:eu-west-3:111122223333:nodegroup/plateforme-ia/generaliste", "compute.type", "no such resource" },
        { "aws.eks.cluster", "arn:aws:eks:eu-west-3:111122223333:cluster/sans-gpu", "version", "no such resource" },
        { "aws.ec2.accelerated_instance", "arn:aws:ec2:eu-west-3:111122223333:instance/i-0a1b2c3d4e5f60799", "compute.type", "no such resource" },
        /* trails that record, and do not */
        { "aws.cloudtrail.trail", "arn:aws:cloudtrail:eu-west-3:111122223333:trail/hexagone-trail", "audit.management_events", "true" },
        { "aws.cloudtrail.trail", "arn:aws:cloudtrail:eu-west-3:111122223333:trail/hexagone-trail", "audit.delivery_error", "absent" },
        { "aws.cloudtrail.trail", "arn:aws:cloudtrail:eu-west-3:111122223333:trail/essai-trail", "audit.delivery_error", "[\"AccessDenied\"]" },
        { "aws.cloudtrail.trail", "arn:aws:cloudtrail:eu-west-3:111122223333:trail/essai-trail", "audit.management_events", "false" },
};
/* clang-format on */

static void world_says_what_is_so(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(traps); i++)
                assert_said(&bench.plain, traps[i].kind, traps[i].id, traps[i].fact,
                            traps[i].expected);
}

/* Passwords in environments, prompts, instructions, topics, hyper-parameters: read with the rest of
 * a reply, and kept nowhere. */
static void world_keeps_no_secret(void **state)
{
        _cleanup_(freep) char *all = json_dumps(bench.plain.by_kind, JSON_COMPACT);

        assert_non_null(all);
        assert_non_null(strstr(all, "mistralai/Mistral-7B-Instruct-v0.3"));
        assert_null(strstr(all, "ne-doit-jamais-sortir"));
        assert_null(strstr(all, "DB_PASSWORD"));
        assert_null(strstr(all, "HUGGING_FACE_HUB_TOKEN"));
        assert_null(strstr(all, "SEUIL"));
}

/* ---- what a detail says in pieces
 * ----------------------------------------------------------------- */

static const char endpoint[] = "aws.sagemaker.endpoint", chatbot[] = SM "endpoint/chatbot-assures",
                  scoring[] = SM "endpoint/scoring-sinistres", agent[] = "aws.bedrock.agent",
                  claims[] = BR "agent/AGSINISTR1", gateway[] = "aws.agentcore.gateway",
                  tools[] = AC "gateway/outils-b1c2d3e4f5";

static void world_details_are_read_to_the_last_page(void **state)
{
        const json_t *tags = json_object_get(resource_of(&bench.plain, endpoint, scoring), "tags");

        assert_string_equal(json_member_string(tags, "ai-act-risk"), "high-risk");
        assert_string_equal(json_member_string(tags, "ai-act-owner"), "equipe-actuariat");
        assert_said(&bench.plain, agent, claims, "deployment.aliases",
                    "[\"ALPROD0001\",\"ALESSAI002\"]");
        assert_said(&bench.plain, gateway, tools, "agent.tools", "[\"LAMBDA\",\"MCP_SERVER\"]");
}

static void world_detail_with_a_page_denied_is_unknown(void **state)
{
        struct scan_run run = { 0 };

        scan_with(&run, "[{\"match\": {\"operation\": \"List*Tags*\", \"page\": 2}, \"do\": "
                        "{\"denied\": true}}, {\"match\": {\"operation\": \"ListTags\", \"page\": "
                        "2}, \"do\": {\"denied\": true}}, {\"match\": {\"operation\": "
                        "\"ListAgentAliases\", \"page\": 2}, \"do\": {\"denied\": true}}]");
        assert_said(&run, endpoint, scoring, "tags", "unknown");
        assert_said(&run, endpoint, chatbot, "model.jumpstart", "unknown");
        assert_string_equal(scan_run_state(&run, endpoint, "eu-west-3"), "denied");
        assert_said(&run, agent, claims, "deployment.aliases", "unknown");
        assert_string_equal(scan_run_state(&run, agent, "eu-west-3"), "denied");
        scan_run_done(&run);
}

/* Two models behind one endpoint: one that cannot be read must not leave the other as the whole. */
static void world_detail_for_each_is_all_or_unknown(void **state)
{
        static const char *const models[] = { "chatbot-assures", "resume-appels" };

        for (size_t i = 0; i < ELEMENTSOF(models); i++) {
                _cleanup_(freep) char *fault = NULL;
                struct scan_run run = { 0 };

                assert_true(asprintf(&fault,
                                     "{\"match\": {\"operation\": \"DescribeModel\", \"param\": "
                                     "{\"ModelName\": \"%s\"}}, \"do\": {\"status\": 500}}",
                                     models[i]) > 0);
                scan_with(&run, fault);
                assert_said(&run, endpoint, chatbot, "model.id", "unknown");
                assert_string_equal(scan_run_state(&run, endpoint, "eu-west-3"), "failed");
                scan_run_done(&run);
        }
}

/* What a call would be asked about stands in a reply that did not come: it is not needless. */
static void world_detail_of_an_unread_detail_is_unknown(void **state)
{
        struct scan_run run = { 0 };

        scan_with(&run, "{\"match\": {\"operation\": \"DescribeEndpointConfig\"}, \"do\": "
                        "{\"denied\": true}}");
        assert_said(&run, endpoint, chatbot, "model.id", "unknown");
        assert_said(&run, endpoint, chatbot, "log.inference.modes", "unknown");
        assert_said(&run, endpoint, chatbot, "log.inference", "true");
        scan_run_done(&run);
}

/* The look-up tables cannot be read: what they would have said is unknown, not absent or false. */
static void world_unread_references_are_unknown(void **state)
{
        struct scan_run run = { 0 };

        scan_with(&run, "[{\"match\": {\"operation\": \"DescribeDeliverySources\"}, \"do\": "
                        "{\"denied\": true}}, {\"match\": {\"operation\": "
                        "\"ListMarketplaceModelEndpoints\"}, \"do\": {\"denied\": true}}]");
        assert_said(&run, agent, claims, "log.application", "unknown");
        assert_said(&run, agent, claims, "log.destination", "unknown");
        assert_said(&run, endpoint, scoring, "model.source", "unknown");
        scan_run_done(&run);
        scan_with(&run, "{\"match\": {\"operation\": \"DescribeDeliveryDestinations\"}, \"do\": "
                        "{\"denied\": true}}");
        assert_said(&run, agent, claims, "log.application", "true");
        assert_said(&run, agent, claims, "log.destination", "unknown");
        scan_run_done(&run);
}

/* Details that are remembered are no longer good when what they are joined with has changed. */
static void world_remembers_as_long_as_references_do(void **state)
{
        struct scan_run second = { .sink_fails_after = -1, .remembered = bench.plain.resources },
                        third = { .remembered = bench.plain.resources };

        assert_int_equal(cloudsim_reset(bench.sim), 0);
        assert_int_equal(scan_run(&second, bench.sim, config), 0);
        assert_int_equal(cloudsim_calls(bench.sim, "bedrock-agent", "GetAgent", 0), 0);
        assert_said(&second, agent, claims, "log.application", "true");
        scan_with(&third, "{\"match\": {\"operation\": \"DescribeDeliveries\"}, \"do\": "
                          "{\"denied\": true}}");
        assert_said(&third, agent, claims, "log.application", "unknown");
        scan_run_done(&second);
        scan_run_done(&third);
}

/* ---- the bench
 * ------------------------------------------------------------------------------------ */

static int setup(void **state)
{
        scan_aws_key("AKIAHEXAGONEROWS0001", "rows/only/hexagone+00000000000000000000");
        bench.sim = cloudsim_start("tests/worlds/aws", NULL);
        bench.plain.sink_fails_after = -1;
        return bench.sim ? scan_run(&bench.plain, bench.sim, config) : -1;
}

static int teardown(void **state)
{
        scan_run_done(&bench.plain);
        return cloudsim_stop(bench.sim);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(world_says_what_is_so),
                cmocka_unit_test(world_keeps_no_secret),
                cmocka_unit_test(world_details_are_read_to_the_last_page),
                cmocka_unit_test(world_detail_with_a_page_denied_is_unknown),
                cmocka_unit_test(world_detail_for_each_is_all_or_unknown),
                cmocka_unit_test(world_detail_of_an_unread_detail_is_unknown),
                cmocka_unit_test(world_unread_references_are_unknown),
                cmocka_unit_test(world_remembers_as_long_as_references_do),
        };

        return cmocka_run_group_tests_name("aws_world", tests, setup, teardown);
}
