#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "providers/provider.h"
#include "providers/scaleway/gpu.h"

extern const struct provider scaleway_provider;

static const struct place here = { "scaleway", "lab", "project-1", "fr-par" };

static struct resource *refined(const char *name, const char *item_text, const char *facts_text)
{
        json_auto_t *item = json_loads(item_text, 0, NULL);
        struct resource *r = resource_new(&here, "scaleway.test");
        const struct refinement *found = NULL;
        struct error err = { 0 };

        assert_non_null(item);
        assert_non_null(r);
        if (facts_text) {
                json_decref(r->facts);
                r->facts = json_loads(facts_text, 0, NULL);
                assert_non_null(r->facts);
        }
        for (size_t i = 0; i < scaleway_provider.n_refinements; i++)
                if (strcmp(scaleway_provider.refinements[i].name, name) == 0)
                        found = &scaleway_provider.refinements[i];
        assert_non_null(found);
        assert_int_equal(found->run(NULL, r, item, &err), 0);
        return r;
}

/* want: JSON of a known value, "absent", "unknown" (with a cause) or "none" (never set). */
static void assert_fact(const struct resource *r, const char *name, const char *want)
{
        const json_t *value = NULL;
        const char *cause = NULL;
        enum fact_state state = fact_get(r->facts, name, &value, &cause);

        if (strcmp(want, "none") == 0) {
                assert_null(json_object_get(r->facts, name));
        } else if (strcmp(want, "absent") == 0) {
                assert_int_equal(state, FACT_ABSENT);
        } else if (strcmp(want, "unknown") == 0) {
                assert_int_equal(state, FACT_UNKNOWN);
                assert_non_null(cause);
                assert_string_not_equal(cause, "not collected");
        } else {
                json_auto_t *wanted = json_loads(want, JSON_DECODE_ANY, NULL);

                assert_non_null(wanted);
                if (state != FACT_KNOWN || !json_equal(value, wanted)) {
                        _cleanup_(freep) char *got =
                                state == FACT_KNOWN ? json_canonical(value) : NULL;

                        fail_msg("%s: %s, wanted %s", name, got ? got : fact_state_name(state),
                                 want);
                }
        }
}

/* ---- node types ------------------------------------------------------------------------------ */

static const struct {
        const char *type, *normal, *name;
        uint64_t count; /* 0: no GPU that is known */
} type_cases[] = {
        { "l4_1_24g", "L4-1-24G", "L4", 1 },
        { "L4-8-24G", "L4-8-24G", "L4", 8 },
        { "l40s_2_48g", "L40S-2-48G", "L40S", 2 },
        { "h100_1_80g", "H100-1-80G", "H100 PCIe", 1 },
        { "H100-SXM-4-80G", "H100-SXM-4-80G", "H100 SXM", 4 },
        { "h100_sxm_8_80g", "H100-SXM-8-80G", "H100 SXM", 8 },
        { "b300_sxm_8_288g", "B300-SXM-8-288G", "B300", 8 },
        { "H200-2-141G", "H200-2-141G", "H200", 2 },
        { "GH200-1-96G", "GH200-1-96G", "GH200", 1 },
        { "render_s", "RENDER-S", "P100", 1 },
        { "gpu_3070_s", "GPU-3070-S", "RTX 3070", 1 },
        { "pro2_xxs", "PRO2-XXS", NULL, 0 },
        { "dev1_m", "DEV1-M", NULL, 0 },
        { "l4x_1", "L4X-1", NULL, 0 },
        { "l4", "L4", NULL, 0 },
        { "", "", NULL, 0 },
};

static void gpu_types_are_normalised(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(type_cases); i++) {
                char normal[GPU_TYPE_MAX];
                const char *name = NULL;
                uint64_t count = 0;
                bool known;

                assert_true(gpu_type_normalise(type_cases[i].type, normal));
                assert_string_equal(normal, type_cases[i].normal);
                known = gpu_type_known(normal, &name, &count);
                assert_int_equal(known, type_cases[i].count > 0);
                assert_int_equal(count, type_cases[i].count);
                if (known)
                        assert_string_equal(name, type_cases[i].name);
        }
}

static void gpu_type_too_long_is_refused(void **state)
{
        char normal[GPU_TYPE_MAX];

        assert_false(gpu_type_normalise(
                "h100_1_80g_h100_1_80g_h100_1_80g_h100_1_80g_h100_1_80g_h100_1_80g", normal));
}

/* ---- facts ----------------------------------------------------------------------------------- */

#define UNKNOWN(name) "\"" name "\": {\"state\": \"unknown\", \"cause\": \"denied\"}"
#define KNOWN(name, value) "\"" name "\": {\"state\": \"known\", \"value\": " value "}"

#define ABSENT(name) "\"" name "\": {\"state\": \"absent\"}"
#define AUDIT_FACTS(destination, status)                                                           \
        "{" KNOWN("log.retention_days", "90") "," destination "," status "}"

static const struct {
        const char *refinement, *item, *facts;
        struct {
                const char *name, *want;
        } want[4];
        const char *region; /* NULL: as it was */
} fact_cases[] = {
        /* pools */
        { "scaleway_pool",
          "{\"node_type\": \"l4_2_24g\"}",
          NULL,
          { { "compute.type", "\"L4-2-24G\"" },
            { "compute.accelerators", "2" },
            { "compute.accelerator", "\"L4\"" } },
          NULL },
        { "scaleway_pool",
          "{\"node_type\": \"external\"}",
          NULL,
          { { "compute.type", "\"external\"" },
            { "processing.regions", "unknown" },
            { "compute.accelerators", "unknown" } },
          "external" },
        { "scaleway_pool",
          "{\"node_type\": \"pro2_m\"}",
          NULL,
          { { "compute.type", "\"PRO2-M\"" }, { "compute.accelerators", "none" } },
          NULL },
        { "scaleway_pool", "{}", NULL, { { "compute.type", "none" } }, NULL },
        { "scaleway_pool", "{\"node_type\": 7}", NULL, { { "compute.type", "none" } }, NULL },
        /* machines: the joined list wins; the name helps where it could not be read */
        { "scaleway_instance",
          "{\"commercial_type\": \"H100-2-80G\"}",
          "{" UNKNOWN("compute.accelerators") "}",
          { { "compute.accelerators", "2" }, { "compute.accelerator", "\"H100 PCIe\"" } },
          NULL },
        { "scaleway_instance",
          "{\"commercial_type\": \"H100-2-80G\"}",
          "{" KNOWN("compute.accelerators", "1") "}",
          { { "compute.accelerators", "1" } },
          NULL },
        { "scaleway_instance",
          "{\"commercial_type\": \"NEW-2-80G\"}",
          "{" UNKNOWN("compute.accelerators") "}",
          { { "compute.accelerators", "unknown" } },
          NULL },
        /* deployments */
        { "scaleway_deployment",
          "{\"endpoints\": [{\"public_network\": {}, \"disable_auth\": false}]}",
          "{" KNOWN("model.source", "\"00000000-0000-0000-0000-000000000000\"") "}",
          { { "exposure.public", "true" },
            { "exposure.auth", "true" },
            { "model.source", "\"catalogue\"" },
            { "model.custom", "false" } },
          NULL },
        { "scaleway_deployment",
          "{\"endpoints\": [{\"private_network\": {\"private_network_id\": \"pn\"}},"
          " {\"public_network\": {}, \"disable_auth\": true}]}",
          "{" KNOWN("model.source", "\"project-1\"") "}",
          { { "exposure.public", "true" },
            { "exposure.auth", "false" },
            { "exposure.private_network", "\"pn\"" },
            { "model.custom", "true" } },
          NULL },
        { "scaleway_deployment",
          "{\"endpoints\": [{\"private_network\": {\"private_network_id\": \"pn\"}}]}",
          "{" UNKNOWN("model.source") "}",
          { { "exposure.public", "false" },
            { "model.source", "unknown" },
            { "model.custom", "none" } },
          NULL },
        { "scaleway_deployment",
          "{\"endpoints\": []}",
          NULL,
          { { "exposure.public", "false" }, { "exposure.auth", "none" } },
          NULL },
        { "scaleway_deployment", "{}", NULL, { { "exposure.public", "none" } }, NULL },
        { "scaleway_deployment",
          "{\"endpoints\": \"x\"}",
          NULL,
          { { "exposure.public", "none" } },
          NULL },
        /* containers and jobs: names, never values */
        { "scaleway_workload",
          "{\"image\": \"rg.fr-par.scw.cloud/ai/vLLM:1\", \"environment_variables\":"
          " {\"MISTRAL_API_KEY\": \"s3cret\", \"PORT\": \"80\"}}",
          NULL,
          { { "ai.hints", "[\"image:vllm\", \"variable:MISTRAL_API_KEY\"]" },
            { "processing.third_party", "[\"api.mistral.ai\"]" } },
          NULL },
        { "scaleway_workload",
          "{\"image\": \"nginx\", \"secret_environment_variables\": {\"OPENAI_API_KEY\": "
          "\"$argon\"}}",
          NULL,
          { { "ai.hints", "[\"variable:OPENAI_API_KEY\"]" },
            { "processing.third_party", "[\"api.openai.com\"]" } },
          NULL },
        { "scaleway_workload",
          "{\"image_uri\": \"docker.io/ollama/ollama\", "
          "\"environment_variables\": {\"SCW_GENERATIVE_KEY\": \"x\"}}",
          NULL,
          { { "ai.hints", "[\"image:ollama\", \"image:llama\", \"variable:SCW_GENERATIVE_KEY\"]" },
            { "processing.third_party", "absent" } },
          NULL },
        { "scaleway_workload",
          "{\"image\": \"nginx\", \"environment_variables\": {}}",
          NULL,
          { { "ai.hints", "absent" }, { "processing.third_party", "absent" } },
          NULL },
        { "scaleway_workload",
          "{\"image\": \"nginx\", \"secret_environment_variables\": [{\"key\": \"OPENAI_API_KEY\","
          " \"hashed_value\": \"s3cret\"}, {\"key\": 1}, 2]}",
          NULL,
          { { "ai.hints", "[\"variable:OPENAI_API_KEY\"]" },
            { "processing.third_party", "[\"api.openai.com\"]" } },
          NULL },
        /* logs */
        { "scaleway_exporter",
          "{\"datadog_destination\": {\"endpoint\": \"https://http-intake.logs.datadoghq.com/v1\","
          " \"api_key\": \"s3cret\"}}",
          NULL,
          { { "export.endpoint", "\"http-intake.logs.datadoghq.com\"" } },
          NULL },
        { "scaleway_exporter",
          "{\"otlp_destination\": {\"endpoint\": \"https://u:s3cret@otel.example.org:4318/x\"}}",
          NULL,
          { { "export.endpoint", "\"otel.example.org\"" } },
          NULL },
        { "scaleway_exporter", "{}", NULL, { { "export.endpoint", "unknown" } }, NULL },
        { "scaleway_export_job",
          "{\"last_run_at\": \"2026-11-23T02:00:00Z\", \"last_status\": {\"code\": \"success\"}}",
          NULL,
          { { "audit.last_delivery", "\"2026-11-23T02:00:00Z\"" },
            { "audit.delivery_error", "absent" },
            { "log.destination", "unknown" },
            { "log.retention_days", "none" } }, /* the bucket's */
          NULL },
        { "scaleway_export_job",
          "{\"s3\": {\"bucket\": \"audit\", \"region\": \"pl-waw\", \"prefix\": \"a/b\"}}",
          NULL,
          { { "log.destination", "\"https://audit.s3.pl-waw.scw.cloud/a/b/\"" } },
          NULL },
        { "scaleway_export_job",
          "{\"last_run_at\": \"2026-11-23T02:00:00Z\","
          " \"last_status\": {\"code\": \"failure\", \"message\": \"bucket gone\"}}",
          NULL,
          { { "audit.last_delivery", "none" }, { "audit.delivery_error", "\"bucket gone\"" } },
          NULL },
        { "scaleway_export_job",
          "{\"last_run_at\": null, \"last_status\": null}",
          NULL,
          { { "audit.last_delivery", "none" }, { "audit.delivery_error", "absent" } },
          NULL },
        { "scaleway_batch",
          "{}",
          "{" KNOWN("data.inputs",
                    "\"https://s3.fr-par.scw.cloud/lots/a/"
                    "b.jsonl?X-Amz-Signature=s3cret\"") "," KNOWN("data.outputs",
                                                                  "\"https://"
                                                                  "lots.s3.fr-par.scw.cloud/"
                                                                  "c.jsonl#s3cret\"") "}",
          { { "data.inputs", "\"https://lots.s3.fr-par.scw.cloud/a/b.jsonl\"" },
            { "data.outputs", "\"https://lots.s3.fr-par.scw.cloud/c.jsonl\"" } },
          NULL },
        { "scaleway_batch",
          "{}",
          "{" KNOWN("data.inputs", "\"s3://lots/a.jsonl\"") "," KNOWN(
                  "data.outputs", "\"https://s3.fr-par.scw.cloud\"") "}",
          { { "data.inputs", "\"s3://lots/a.jsonl\"" },
            { "data.outputs", "\"https://s3.fr-par.scw.cloud\"" } },
          NULL },
        { "scaleway_batch",
          "{}",
          "{" KNOWN("data.inputs",
                    "\"https://s3.fr-par.scw.cloud/\"") "," UNKNOWN("data.outputs") "}",
          { { "data.inputs", "\"https://s3.fr-par.scw.cloud/\"" }, { "data.outputs", "unknown" } },
          NULL },
        /* nothing is exported: what Audit Trail keeps itself */
        { "scaleway_audit_log",
          "{}",
          AUDIT_FACTS(ABSENT("log.destination"), ABSENT("export.status")),
          { { "log.retention_days", "90" } },
          NULL },
        { "scaleway_audit_log",
          "{}",
          AUDIT_FACTS(UNKNOWN("log.destination"), UNKNOWN("export.status")),
          { { "log.retention_days", "unknown" } },
          NULL },
        { "scaleway_audit_log",
          "{}",
          AUDIT_FACTS(KNOWN("log.destination", "[\"audit\"]"),
                      KNOWN("export.status", "[\"success\"]")),
          { { "log.retention_days", "none" } },
          NULL },
        { "scaleway_audit_log",
          "{}",
          AUDIT_FACTS(KNOWN("log.destination", "[\"audit\"]"),
                      KNOWN("export.status", "[\"failure\"]")),
          { { "log.retention_days", "unknown" } },
          NULL },
        { "scaleway_audit_log",
          "{}",
          AUDIT_FACTS(KNOWN("log.destination", "[\"audit\"]"), ABSENT("export.status")),
          { { "log.retention_days", "unknown" } },
          NULL },
        { "scaleway_search_database",
          "{\"endpoints\": [{\"public\": {}}]}",
          NULL,
          { { "exposure.public", "true" } },
          NULL },
        { "scaleway_search_database",
          "{\"endpoints\": [{\"private_network\": {}}]}",
          NULL,
          { { "exposure.public", "false" } },
          NULL },
};

static void refinements_read_what_rows_cannot(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(fact_cases); i++) {
                _cleanup_(resource_freep) struct resource *r =
                        refined(fact_cases[i].refinement, fact_cases[i].item, fact_cases[i].facts);
                _cleanup_(freep) char *all = json_canonical(r->facts);

                print_message("%s %s\n", fact_cases[i].refinement, fact_cases[i].item);
                for (size_t k = 0; k < 4 && fact_cases[i].want[k].name; k++)
                        assert_fact(r, fact_cases[i].want[k].name, fact_cases[i].want[k].want);
                assert_string_equal(r->region,
                                    fact_cases[i].region ? fact_cases[i].region : "fr-par");
                assert_null(strstr(all, "s3cret"));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(gpu_types_are_normalised),
                cmocka_unit_test(gpu_type_too_long_is_refused),
                cmocka_unit_test(refinements_read_what_rows_cannot),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
