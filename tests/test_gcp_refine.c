/* What Google Cloud's rows cannot say, case by case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "providers/gcp/refine.h"

static const struct place here = { "gcp", "prod", "hexagone-ia", "europe-west4" };

static struct resource *refined(const char *name, const char *id, const char *item_text,
                                const char *facts_text)
{
        json_auto_t *item = json_loads(item_text, 0, NULL);
        struct resource *r = resource_new(&here, "gcp.test");
        const struct refinement *found = NULL;
        struct error err = { 0 };

        assert_non_null(item);
        assert_non_null(r);
        r->id = strdup(id);
        r->name = strdup(id);
        r->service_type = strdup("mlaas");
        json_decref(r->facts);
        r->facts = json_loads(facts_text, 0, NULL);
        assert_non_null(r->facts);
        for (size_t i = 0; i < GCP_REFINEMENTS; i++)
                if (strcmp(gcp_refinements[i].name, name) == 0)
                        found = &gcp_refinements[i];
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
                assert_string_not_equal(cause, "not collected");
        } else {
                json_auto_t *wanted = json_loads(want, JSON_DECODE_ANY, NULL);
                _cleanup_(freep) char *got = state == FACT_KNOWN ? json_canonical(value) : NULL;

                assert_non_null(wanted);
                if (state != FACT_KNOWN || !json_equal(value, wanted))
                        fail_msg("%s: %s, wanted %s", name, got ? got : fact_state_name(state),
                                 want);
        }
}

/* ---- audit settings ---------------------------------------------------------------------------
 */

#define SINK(more) "{\"name\": \"s\", \"destination\": \"storage.googleapis.com/b\"" more "}"
#define SINKS(list) "{\"log.sinks\": {\"state\": \"known\", \"value\": " list "}}"
#define TYPES(read, write)                                                                         \
        "\"auditLogConfigs\": [{\"logType\": \"DATA_READ\"" read                                   \
        "}, {\"logType\": \"DATA_WRITE\"" write "}]"
#define VERTEX_ON                                                                                  \
        "{\"auditConfigs\": [{\"service\": \"aiplatform.googleapis.com\", " TYPES("", "") "}]}"
#define REQUIRED "[\"projects/hexagone-ia/locations/global/buckets/_Required\"]"
#define VERTEX "[\"aiplatform.googleapis.com\", \"bigquery.googleapis.com\"]"
#define DEFAULT_FILTER                                                                             \
        ", \"filter\": \"NOT LOG_ID(\\\"cloudaudit.googleapis.com/activity\\\") AND NOT "          \
        "LOG_ID(\\\"externalaudit.googleapis.com/activity\\\")\""

static const struct {
        const char *why, *item, *facts;
        const char *events, *part, *destination, *error;
} audit_cases[] = {
        { "both types, a sink without filter", VERTEX_ON, SINKS("[" SINK("") "]"), VERTEX, "absent",
          "[\"gs://b\"]", "none" },
        { "a sink alone is no list", VERTEX_ON, SINKS(SINK("")), VERTEX, "absent", "[\"gs://b\"]",
          "none" },
        { "nothing on: BigQuery's are on all the same", "{}", SINKS(SINK("")),
          "[\"bigquery.googleapis.com\"]", "absent", REQUIRED, "none" },
        { "administrators' reads are no data",
          "{\"auditConfigs\": [{\"service\": \"aiplatform.googleapis.com\", \"auditLogConfigs\": "
          "[{\"logType\": \"ADMIN_READ\"}]}]}",
          SINKS(SINK("")), "[\"bigquery.googleapis.com\"]", "absent", REQUIRED, "none" },
        { "one of the two is a part",
          "{\"auditConfigs\": [{\"service\": \"aiplatform.googleapis.com\", \"auditLogConfigs\": "
          "[{\"logType\": \"DATA_READ\"}]}]}",
          SINKS(SINK("")), "[\"bigquery.googleapis.com\"]", "[\"aiplatform.googleapis.com\"]",
          "[\"gs://b\"]", "none" },
        { "somebody left out is a part",
          "{\"auditConfigs\": [{\"service\": \"aiplatform.googleapis.com\", " TYPES(
                  ", \"exemptedMembers\": [\"user:a@b\"]", "") "}]}",
          SINKS(SINK("")), "[\"bigquery.googleapis.com\"]", "[\"aiplatform.googleapis.com\"]",
          "[\"gs://b\"]", "none" },
        { "all services and the service add up",
          "{\"auditConfigs\": [{\"service\": \"allServices\", \"auditLogConfigs\": [{\"logType\": "
          "\"DATA_READ\"}]}, {\"service\": \"speech.googleapis.com\", \"auditLogConfigs\": "
          "[{\"logType\": \"DATA_WRITE\"}]}]}",
          SINKS(SINK("")), "[\"speech.googleapis.com\", \"bigquery.googleapis.com\"]", NULL,
          "[\"gs://b\"]", "none" },
        { "the filter that _Default is made with", VERTEX_ON, SINKS(SINK(DEFAULT_FILTER)), VERTEX,
          "absent", "[\"gs://b\"]", "none" },
        { "a filter that leaves them out", VERTEX_ON,
          SINKS(SINK(
                  ", \"filter\": \"NOT LOG_ID(\\\"cloudaudit.googleapis.com/data_access\\\")\"")),
          "absent", "absent", REQUIRED,
          "\"Data Access logs are switched on, and no sink keeps them\"" },
        { "a filter that names them", VERTEX_ON,
          SINKS(SINK(", \"filter\": \"logName:\\\"cloudaudit.googleapis.com%2Fdata_access\\\"\"")),
          VERTEX, "absent", "[\"gs://b\"]", "none" },
        { "a filter that names them and more is not evaluated", VERTEX_ON,
          SINKS(SINK(", \"filter\": \"logName:\\\"data_access\\\" AND "
                     "protoPayload.serviceName=\\\"storage.googleapis.com\\\"\"")),
          "unknown", "unknown", REQUIRED, "none" },
        { "a filter on something else is not evaluated", VERTEX_ON,
          SINKS(SINK(", \"filter\": \"severity>=ERROR\"")), "unknown", "unknown", REQUIRED,
          "none" },
        { "_Default switched off", VERTEX_ON, SINKS(SINK(", \"disabled\": true")), "absent",
          "absent", REQUIRED, "\"Data Access logs are switched on, and no sink keeps them\"" },
        { "an exclusion that takes them out", VERTEX_ON,
          SINKS(SINK(DEFAULT_FILTER
                     ", \"exclusions\": [{\"filter\": \"LOG_ID(\\\"cloudaudit.googleapis.com/"
                     "data_access\\\")\"}]")),
          "absent", "absent", REQUIRED,
          "\"Data Access logs are switched on, and no sink keeps them\"" },
        { "an exclusion that is switched off", VERTEX_ON,
          SINKS(SINK(DEFAULT_FILTER ", \"exclusions\": [{\"disabled\": true, \"filter\": "
                                    "\"LOG_ID(\\\"cloudaudit.googleapis.com/data_access\\\")\"}]")),
          VERTEX, "absent", "[\"gs://b\"]", "none" },
        { "an exclusion by severity may take some out", VERTEX_ON,
          SINKS(SINK(DEFAULT_FILTER ", \"exclusions\": [{\"filter\": \"severity<WARNING\"}]")),
          "unknown", "unknown", REQUIRED, "none" },
        { "no sink at all", VERTEX_ON, SINKS("[{}]"), "absent", "absent", REQUIRED,
          "\"Data Access logs are switched on, and no sink keeps them\"" },
        { "sinks that could not be read", VERTEX_ON,
          "{\"log.sinks\": {\"state\": \"unknown\", \"cause\": \"denied\"}}", "unknown", "unknown",
          "unknown", "none" },
};

static void audit_settings_become_services(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(audit_cases); i++) {
                _cleanup_(resource_freep) struct resource *r =
                        refined("gcp_audit_config", "projects/hexagone-ia/auditConfigs",
                                audit_cases[i].item, audit_cases[i].facts);

                print_message("%s\n", audit_cases[i].why);
                assert_fact(r, "audit.data_events", audit_cases[i].events);
                if (audit_cases[i].part)
                        assert_fact(r, "audit.data_events_partial", audit_cases[i].part);
                assert_fact(r, "log.destination", audit_cases[i].destination);
                assert_fact(r, "audit.delivery_error", audit_cases[i].error);
        }
}

/* ---- the others -------------------------------------------------------------------------------
 */

#define KNOWN(fact, value) "\"" fact "\": {\"state\": \"known\", \"value\": " value "}"
#define ABSENT(fact) "\"" fact "\": {\"state\": \"absent\"}"
#define USED_AT(place) "{\"resource\": {\"labels\": {\"location\": \"" place "\"}}}"
#define RULE(action, condition)                                                                    \
        "{\"action\": {\"type\": \"" action "\"}, \"condition\": {" condition "}}"
#define BUCKET(rules) "{\"location\": \"EUROPE-WEST9\", \"lifecycle\": {\"rule\": [" rules "]}}"
#define BUCKET_FACTS "{" KNOWN("log.region", "\"EUROPE-WEST9\"") "}"
#define POLICY(rules) "{\"spec\": {\"rules\": [" rules "]}}"
#define ALLOWED(values) "{\"values\": {\"allowedValues\": [" values "]}}"
#define ALERT(condition) "{\"conditions\": [{" condition "}]}"
#define OPTIONAL_FACTS(fact) "{" ABSENT(fact) "}"

struct want {
        const char *name, *want;
};

static const struct {
        const char *refinement, *id;
        const char *region; /* NULL: as it was */
        const char *item, *facts;
        struct want want[4];
} cases[] = {
        /* places */
        { "gcp_place",
          "projects/p/locations/europe-west1-b/instances/x",
          "europe-west1",
          "{}",
          OPTIONAL_FACTS("compute.zone"),
          { { "compute.zone", "\"europe-west1-b\"" } } },
        { "gcp_publisher_model",
          "m",
          NULL,
          USED_AT("global"),
          "{" KNOWN("processing.regions", "[\"global\"]") "}",
          { { "processing.regions", "[\"global\"]" }, { "processing.documented", "absent" } } },
        { "gcp_publisher_model",
          "m",
          NULL,
          USED_AT("europe-west9"),
          "{" KNOWN("processing.regions", "\"europe-west9\"") ", " KNOWN("processing.documented",
                                                                         "[\"europe-west9\"]") "}",
          { { "processing.regions", "absent" },
            { "processing.documented", "[\"europe-west9\"]" } } },
        { "gcp_publisher_model",
          "m",
          NULL,
          USED_AT("europe-west6"),
          "{" KNOWN("processing.regions", "\"europe-west6\"") ", " KNOWN("processing.documented",
                                                                         "\"europe-west6\"") "}",
          { { "processing.regions", "unknown" }, { "processing.documented", "absent" } } },
        { "gcp_api_use",
          "u",
          NULL,
          "{}",
          "{" KNOWN("processing.regions", "\"generativelanguage.googleapis.com\"") "}",
          { { "processing.regions", "[\"global\"]" } } },
        { "gcp_api_use",
          "u",
          NULL,
          "{}",
          "{" KNOWN("processing.regions", "\"vision.googleapis.com\"") "}",
          { { "processing.regions", "unknown" } } },
        { "gcp_agent",
          "a",
          NULL,
          "{\"enableStackdriverLogging\": true}",
          "{" KNOWN("log.inference", "false") "}",
          { { "log.inference", "true" }, { "processing.regions", "unknown" } } },
        { "gcp_engine",
          "e",
          NULL,
          "{\"chatEngineConfig\": {\"allowCrossRegion\": true}}",
          "{" KNOWN("processing.regions", "[\"eu\"]") "}",
          { { "processing.regions", "[\"global\"]" }, { "log.inference", "unknown" } } },
        { "gcp_engine",
          "e",
          NULL,
          "{\"appType\": \"APP_TYPE_INTRANET\", \"observabilityConfig\": {}}",
          "{" KNOWN("processing.regions", "[\"eu\"]") "}",
          { { "processing.regions", "unknown" }, { "log.inference", "false" } } },
        /* models */
        { "gcp_endpoint",
          "e",
          NULL,
          "{\"deployedModels\": [{\"id\": \"1\"}, {\"disableContainerLogging\": true}]}",
          "{" KNOWN("model.source", "[\"GENIE\", \"CUSTOM\"]") ", " KNOWN("log.inference",
                                                                          "true") "}",
          { { "model.source", "[\"fine-tuned\", \"trained\"]" },
            { "model.custom", "true" },
            { "log.application", "false" },
            { "log.inference.percent", "0.0" } } },
        { "gcp_endpoint",
          "e",
          NULL,
          "{\"network\": \"n\"}",
          "{" KNOWN("log.inference.percent", "0.25") ", " KNOWN(
                  "log.destination", "\"bq://p.d.t\"") ", \"model.source\": {\"state\": "
                                                       "\"unknown\", \"cause\": \"denied\"}}",
          { { "exposure.public", "false" },
            { "log.inference.percent", "25.0" },
            { "log.destination", "[\"bigquery.googleapis.com/projects/p/datasets/d\"]" },
            { "model.custom", "unknown" } } },
        { "gcp_model_ref",
          "b",
          NULL,
          "{}",
          "{" KNOWN("model.id", "\"projects/1/locations/l/publishers/mistralai/models/m\"") "}",
          { { "model.maker", "\"Mistral AI\"" } } },
        { "gcp_reasoning_engine",
          "r",
          NULL,
          "{\"spec\": {\"deploymentSpec\": {\"env\": [{\"name\": \"OPENAI_API_KEY\", \"value\": "
          "\"s3cret\"}, {\"name\": \"GOOGLE_CLOUD_AGENT_ENGINE_ENABLE_TELEMETRY\", \"value\": "
          "\"false\"}]}}}",
          "{}",
          { { "ai.hints", "[\"variable:OPENAI_API_KEY\"]" }, { "log.application", "false" } } },
        /* logs */
        { "gcp_log_bucket",
          "projects/123/locations/global/buckets/_Default",
          "global",
          "{}",
          "{}",
          { { "log.retention_days", "30" }, { "log.region", "\"global\"" } } },
        { "gcp_log_bucket",
          "projects/123/locations/global/buckets/_Required",
          "global",
          "{}",
          "{}",
          { { "log.retention_days", "400" } } },
        { "gcp_named_log_bucket",
          "projects/hexagone-ia/locations/global/buckets/_Default",
          NULL,
          "{\"retentionDays\": 90}",
          "{" KNOWN("data.owner", "\"hexagone-ia\"") "}",
          { { "data.owner", "absent" }, { "log.retention_days", "90" } } },
        { "gcp_bucket",
          "gs://b",
          NULL,
          BUCKET(""),
          BUCKET_FACTS,
          { { "log.retention_days", "\"never\"" }, { "log.region", "\"europe-west9\"" } } },
        { "gcp_bucket",
          "gs://b",
          NULL,
          BUCKET(RULE("Delete", "\"age\": 200") ", " RULE("Delete", "\"age\": 90")),
          BUCKET_FACTS,
          { { "log.retention_days", "90" } } },
        { "gcp_bucket",
          "gs://b",
          NULL,
          BUCKET(RULE("Delete", "\"numNewerVersions\": 3") ", " RULE("SetStorageClass",
                                                                     "\"age\": 30")),
          BUCKET_FACTS,
          { { "log.retention_days", "\"never\"" } } },
        { "gcp_bucket",
          "gs://b",
          NULL,
          BUCKET(RULE("Delete", "\"createdBefore\": \"2026-01-01\"")),
          BUCKET_FACTS,
          { { "log.retention_days", "unknown" } } },
        { "gcp_dataset",
          "d",
          NULL,
          "{\"location\": \"EU\", \"defaultTableExpirationMs\": \"86400000\"}",
          "{" KNOWN("log.region", "\"EU\"") "}",
          { { "log.retention_days", "1" }, { "log.region", "\"eu\"" } } },
        { "gcp_dataset",
          "d",
          NULL,
          "{\"location\": \"US\"}",
          "{" KNOWN("log.region", "\"US\"") "}",
          { { "log.retention_days", "\"never\"" } } },
        { "gcp_monitoring_job",
          "j",
          NULL,
          "{}",
          "{" KNOWN("log.retention_days", "\"15897600s\"") "}",
          { { "log.retention_days", "184" } } },
        { "gcp_sink",
          "s",
          NULL,
          "{}",
          "{" KNOWN("log.destination", "\"pubsub.googleapis.com/projects/p/topics/t\"") "}",
          { { "log.destination", "[\"pubsub.googleapis.com/projects/p/topics/t\"]" } } },
        /* the policy on locations */
        { "gcp_location_policy",
          "p",
          NULL,
          POLICY(ALLOWED("\"in:eu-locations\"")),
          "{}",
          { { "policy.verdict", "\"present\"" }, { "policy.regions", "[\"eu\"]" } } },
        { "gcp_location_policy",
          "p",
          NULL,
          POLICY(ALLOWED("\"in:europe-west1-locations\", \"europe-west9-b\", \"EU\"")),
          "{}",
          { { "policy.verdict", "\"present\"" },
            { "policy.regions", "[\"europe-west1\",\"europe-west9-b\",\"EU\"]" } } },
        { "gcp_location_policy",
          "p",
          NULL,
          POLICY(ALLOWED("\"in:europe-locations\"")),
          "{}",
          { { "policy.verdict", "\"partial\"" },
            { "policy.regions", "[\"eu\",\"europe-west2\",\"europe-west6\"]" } } },
        { "gcp_location_policy",
          "p",
          NULL,
          POLICY(ALLOWED("\"in:eu-locations\", \"europe-west2\"")),
          "{}",
          { { "policy.verdict", "\"absent\"" } } },
        { "gcp_location_policy",
          "p",
          NULL,
          POLICY("{\"allowAll\": true}"),
          "{}",
          { { "policy.verdict", "\"absent\"" }, { "policy.regions", "absent" } } },
        { "gcp_location_policy", "p", NULL, "{}", "{}", { { "policy.verdict", "\"absent\"" } } },
        { "gcp_location_policy",
          "p",
          NULL,
          POLICY("{\"values\": {\"deniedValues\": [\"in:us-locations\"]}}"),
          "{}",
          { { "policy.verdict", "\"unknown\"" }, { "policy.regions", "unknown" } } },
        { "gcp_location_policy",
          "p",
          NULL,
          POLICY("{\"condition\": {}, \"values\": {\"allowedValues\": [\"in:eu-locations\"]}}"),
          "{}",
          { { "policy.verdict", "\"unknown\"" }, { "policy.regions", "unknown" } } },
        /* alerts */
        { "gcp_alert_policy",
          "a",
          NULL,
          ALERT("\"conditionThreshold\": {\"filter\": \"resource.type = "
                "\\\"aiplatform.googleapis.com/Endpoint\\\" AND resource.labels.endpoint_id = "
                "\\\"7\\\" AND resource.labels.location = \\\"europe-west9\\\"\"}"),
          "{}",
          { { "alert.services", "[\"aiplatform.googleapis.com\"]" },
            { "alert.targets", "[\"7\"]" } } },
        { "gcp_alert_policy",
          "a",
          NULL,
          ALERT("\"conditionMatchedLog\": {\"filter\": \"resource.label.service="
                "\\\"dialogflow.googleapis.com\\\" severity>=ERROR\"}"),
          "{}",
          { { "alert.services", "[\"dialogflow.googleapis.com\"]" },
            { "alert.targets", "absent" } } },
        { "gcp_alert_policy",
          "a",
          NULL,
          ALERT("\"conditionThreshold\": {\"filter\": \"resource.type=\\\"gce_instance\\\" "
                "resource.labels.instance_id!=\\\"1\\\"\"}"),
          "{}",
          { { "alert.services", "absent" }, { "alert.targets", "absent" } } },
        /* machines */
        { "gcp_instance",
          "i",
          NULL,
          "{}",
          "{" KNOWN("compute.type", "\"https://x/machineTypes/a3-highgpu-8g\"") ", " KNOWN(
                  "compute.accelerators", "0") "}",
          { { "compute.type", "\"a3-highgpu-8g\"" }, { "compute.accelerators", "unknown" } } },
        { "gcp_cluster",
          "c",
          NULL,
          "{\"privateClusterConfig\": {\"enablePrivateEndpoint\": true}}",
          "{" KNOWN("compute.managed", "true") ", " KNOWN("exposure.allow_list",
                                                          "[\"10.0.0.0/8\"]") "}",
          { { "exposure.public", "false" },
            { "compute.accelerators", "unknown" },
            { "exposure.allow_list", "absent" } } },
        { "gcp_run",
          "projects/p/locations/l/services/s",
          NULL,
          "{\"ingress\": \"INGRESS_TRAFFIC_ALL\", \"template\": {\"containers\": [{\"image\": "
          "\"vllm\", \"env\": [{\"name\": \"MISTRAL_API_KEY\", \"value\": \"s3cret\"}], "
          "\"resources\": {\"limits\": {\"nvidia.com/gpu\": \"1\"}}}]}}",
          OPTIONAL_FACTS("exposure.public"),
          { { "compute.accelerators", "1" },
            { "processing.third_party", "[\"api.mistral.ai\"]" },
            { "exposure.public", "true" },
            { "exposure.auth", "unknown" } } },
        { "gcp_workbench",
          "projects/p/locations/europe-west1-b/instances/x",
          "europe-west1",
          "{}",
          "{" KNOWN("access.root", "\"true\"") "}",
          { { "access.root", "false" } } },
        { "gcp_asset",
          "//aiplatform.googleapis.com/projects/1/locations/asia-east1/models/2",
          "asia-east1",
          "{}",
          "{}",
          { { NULL, NULL } } },
};

static void refinements_read_what_rows_cannot(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(resource_freep) struct resource *r =
                        refined(cases[i].refinement, cases[i].id, cases[i].item, cases[i].facts);
                _cleanup_(freep) char *all = json_canonical(r->facts);

                print_message("%s %s\n", cases[i].refinement, cases[i].item);
                for (size_t k = 0; k < 4 && cases[i].want[k].name; k++)
                        assert_fact(r, cases[i].want[k].name, cases[i].want[k].want);
                assert_string_equal(r->region, cases[i].region ? cases[i].region : "europe-west4");
                assert_null(strstr(all, "s3cret"));
        }
}

static void ids_and_types_are_settled(void **state)
{
        _cleanup_(resource_freep) struct resource *asset =
                refined("gcp_asset", "//aiplatform.googleapis.com/projects/1/models/2", "{}", "{}");
        _cleanup_(resource_freep) struct resource *bucket =
                refined("gcp_log_bucket", "projects/123/locations/eu/buckets/b", "{}", "{}");
        _cleanup_(resource_freep) struct resource *tuned =
                refined("gcp_endpoint", "e", "{}", "{" KNOWN("model.source", "\"GENIE\"") "}");

        assert_string_equal(asset->id, "projects/1/models/2");
        assert_string_equal(bucket->id, "projects/hexagone-ia/locations/eu/buckets/b");
        assert_string_equal(tuned->service_type, "foundation-model");
}

static void members_are_told_by_their_kind(void **state)
{
        static const struct {
                const char *facts, *want;
        } rows[] = {
                { "{" KNOWN("access.principal_kinds",
                            "[\"user:a@hexagone.example\", \"user:b@hexagone.example\", "
                            "\"serviceAccount:r@p.iam\", \"allUsers\"]") "}",
                  "[\"user\", \"serviceAccount\", \"allUsers\"]" },
                { "{" KNOWN("access.principal_kinds", "[\"principalSet://iam/pools/p/*\", 7]") "}",
                  "[\"principalSet\", \"?\"]" },
                { "{\"access.principal_kinds\": {\"state\": \"absent\"}}", "absent" },
                { "{}", "none" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(resource_freep) struct resource *r =
                        refined("gcp_binding", "b", "{}", rows[i].facts);

                assert_fact(r, "access.principal_kinds", rows[i].want);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(audit_settings_become_services),
                cmocka_unit_test(refinements_read_what_rows_cannot),
                cmocka_unit_test(ids_and_types_are_settled),
                cmocka_unit_test(members_are_told_by_their_kind),
        };

        return cmocka_run_group_tests_name("gcp_refine", tests, NULL, NULL);
}
