#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/base/yaml.h"
#include "daemon/engine/catalogue.h"

#include <fnmatch.h>
#include <string.h>

/* The catalogue that is shipped, as the program reads it. */

static const char *const aws_rows[] = {
        /* discovery */
        "aws.account.region",
        "aws.ec2.region",
        "aws.sts.identity",
        "aws.organizations.account",
        /* infrastructure */
        "aws.ec2.accelerated_instance",
        "aws.ec2.capacity_block",
        "aws.ec2.capacity_reservation",
        "aws.ec2.cluster_node",
        "aws.eks.cluster",
        "aws.eks.nodegroup",
        /* SageMaker AI */
        "aws.sagemaker.endpoint",
        "aws.sagemaker.endpoint_config",
        "aws.sagemaker.inference_component",
        "aws.sagemaker.model",
        "aws.sagemaker.model_package_group",
        "aws.sagemaker.model_package",
        "aws.sagemaker.model_package_unversioned",
        "aws.sagemaker.hub",
        "aws.sagemaker.hub_content",
        "aws.sagemaker.notebook_instance",
        "aws.sagemaker.domain",
        "aws.sagemaker.app",
        "aws.sagemaker.training_job",
        "aws.sagemaker.tuning_job",
        "aws.sagemaker.processing_job",
        "aws.sagemaker.transform_job",
        "aws.sagemaker.automl_job",
        "aws.sagemaker.labeling_job",
        "aws.sagemaker.flow_definition",
        "aws.sagemaker.feature_group",
        "aws.sagemaker.pipeline",
        "aws.sagemaker.hyperpod_cluster",
        "aws.sagemaker.mlflow_server",
        "aws.sagemaker.mlflow_app",
        "aws.sagemaker.partner_app",
        "aws.sagemaker.monitoring_schedule",
        "aws.sagemaker.model_card",
        "aws.sagemaker.training_plan",
        "aws.sagemaker.custom_job",
        "aws.sagemaker.optimization_job",
        "aws.sagemaker.algorithm",
        "aws.sagemaker.edge_deployment",
        /* Bedrock */
        "aws.bedrock.custom_model",
        "aws.bedrock.custom_model_deployment",
        "aws.bedrock.imported_model",
        "aws.bedrock.model_import_job",
        "aws.bedrock.model_copy_job",
        "aws.bedrock.customization_job",
        "aws.bedrock.provisioned_throughput",
        "aws.bedrock.inference_profile",
        "aws.bedrock.system_inference_profile",
        "aws.bedrock.foundation_model",
        "aws.bedrock.model_access",
        "aws.bedrock.prompt_router",
        "aws.bedrock.guardrail",
        "aws.bedrock.enforced_guardrail",
        "aws.bedrock.automated_reasoning_policy",
        "aws.bedrock.batch_job",
        "aws.bedrock.evaluation_job",
        "aws.bedrock.marketplace_endpoint",
        "aws.bedrock.invocation_logging",
        "aws.bedrock.data_retention",
        "aws.bedrock.agent",
        "aws.bedrock.knowledge_base",
        "aws.bedrock.data_source",
        "aws.bedrock.flow",
        "aws.bedrock.prompt",
        "aws.bedrock.data_automation_project",
        "aws.bedrock.blueprint",
        "aws.bedrock.data_automation_library",
        /* AgentCore */
        "aws.agentcore.runtime",
        "aws.agentcore.harness",
        "aws.agentcore.gateway",
        "aws.agentcore.memory",
        "aws.agentcore.browser",
        "aws.agentcore.code_interpreter",
        "aws.agentcore.online_evaluation",
        "aws.agentcore.policy_engine",
        /* newer agent services */
        "aws.agent_registry.registry",
        "aws.agent_registry.record",
        "aws.nova_act.workflow",
        "aws.devops_agent.space",
        "aws.security_agent.space",
        "aws.aiops.investigation_group",
        "aws.connect_health.domain",
        /* assistants */
        "aws.qbusiness.application",
        "aws.qbusiness.index",
        "aws.qbusiness.web_experience",
        "aws.qbusiness.plugin",
        "aws.qbusiness.data_accessor",
        "aws.qapps.app",
        "aws.qconnect.assistant",
        "aws.qconnect.ai_agent",
        "aws.qconnect.ai_prompt",
        "aws.qconnect.ai_guardrail",
        "aws.qconnect.knowledge_base",
        "aws.connect.instance",
        "aws.quick.agent",
        "aws.quick.topic",
        "aws.quick.flow",
        "aws.quick.space",
        /* more infrastructure */
        "aws.batch.compute_environment",
        "aws.ecs.cluster",
        "aws.ecs.container_instance",
        "aws.s3vectors.bucket",
        "aws.aoss.collection",
        "aws.sagemaker_geospatial.eo_job",
        "aws.marketplace.agreement",
        /* evidence */
        "aws.cloudtrail.trail",
        "aws.cloudtrail.event_data_store",
        "aws.logs.delivery_source",
        "aws.logs.delivery",
        "aws.logs.log_group",
        "aws.logs.named_log_group",
        "aws.s3.log_bucket",
        "aws.s3.data_bucket",
        "aws.kms.key",
        "aws.usage.bedrock_model",
        "aws.usage.bedrock_mantle",
        "aws.usage.rekognition",
        "aws.usage.textract",
        "aws.usage.translate",
        "aws.usage.polly",
        "aws.usage.transcribe",
        "aws.usage.q_developer",
        "aws.usage.agent",
        "aws.usage.guardrail",
        "aws.usage.agentcore",
        "aws.usage.comprehend",
        "aws.usage.sagemaker",
        "aws.usage.lex",
        "aws.usage.kendra",
        "aws.usage.personalize",
        "aws.usage.forecast",
        "aws.usage.q_business",
        "aws.usage.log_delivery",
        "aws.usage.log_delivery_failure",
        "aws.usage.model_calls",
        "aws.usage.api_calls",
        "aws.usage.cost_line",
        "aws.usage.cost_by_type",
};

static const char *const gcp_rows[] = {
        "gcp.agentregistry.agent",
        "gcp.agentregistry.mcp_server",
        "gcp.agentregistry.service",
        "gcp.apikeys.gemini_key",
        "gcp.asset.assistant",
        "gcp.asset.bigquery_model",
        "gcp.asset.conversation",
        "gcp.asset.financial",
        "gcp.asset.notebook",
        "gcp.asset.resource",
        "gcp.asset.search",
        "gcp.asset.speaker",
        "gcp.asset.speech_model",
        "gcp.asset.task_api",
        "gcp.assuredworkloads.workload",
        "gcp.audit.folder",
        "gcp.audit.organization",
        "gcp.audit.project",
        "gcp.automl.dataset",
        "gcp.automl.model",
        "gcp.bigquery.data_dataset",
        "gcp.bigquery.dataset",
        "gcp.bigquery.log_dataset",
        "gcp.bigquery.ml_model",
        "gcp.ces.app",
        "gcp.cloudaicompanion.data_sharing",
        "gcp.cloudaicompanion.logging_binding",
        "gcp.cloudaicompanion.logging_setting",
        "gcp.cloudaicompanion.repository_index",
        "gcp.compute.gpu_instance",
        "gcp.compute.region",
        "gcp.compute.reservation",
        "gcp.dialogflow.conversation_profile",
        "gcp.dialogflow.cx_agent",
        "gcp.dialogflow.encryption",
        "gcp.dialogflow.es_agent",
        "gcp.dialogflow.security_settings",
        "gcp.discoveryengine.cmek",
        "gcp.discoveryengine.datastore",
        "gcp.discoveryengine.engine",
        "gcp.documentai.processor",
        "gcp.folder",
        "gcp.geminidata.agent",
        "gcp.gke.accelerator_nodepool",
        "gcp.insights.analysis_rule",
        "gcp.insights.encryption",
        "gcp.insights.issue_model",
        "gcp.insights.qa_scorecard",
        "gcp.insights.settings",
        "gcp.kms.key",
        "gcp.logging.bucket",
        "gcp.logging.folder_sink",
        "gcp.logging.inherited_sink_table",
        "gcp.logging.named_bucket",
        "gcp.logging.organization_sink",
        "gcp.logging.sink",
        "gcp.logging.sink_table",
        "gcp.modelarmor.floor_setting",
        "gcp.modelarmor.folder_floor_setting",
        "gcp.modelarmor.template",
        "gcp.notebooks.instance",
        "gcp.notebooks.runtime",
        "gcp.organization",
        "gcp.orgpolicy.locations",
        "gcp.orgpolicy.supporting",
        "gcp.project",
        "gcp.region",
        "gcp.resourcemanager.ancestor_table",
        "gcp.resourcemanager.folder",
        "gcp.resourcemanager.organization",
        "gcp.retail.catalog",
        "gcp.retail.model",
        "gcp.retail.serving_config",
        "gcp.run.gpu_job",
        "gcp.run.gpu_service",
        "gcp.run.gpu_worker_pool",
        "gcp.serviceusage.ai_api",
        "gcp.serviceusage.service",
        "gcp.speech.config",
        "gcp.speech.custom_class",
        "gcp.speech.phrase_set",
        "gcp.speech.recognizer",
        "gcp.storage.data_bucket",
        "gcp.storage.log_bucket",
        "gcp.talent.tenant",
        "gcp.tpu.node",
        "gcp.tpu.queued_resource",
        "gcp.translate.adaptive_dataset",
        "gcp.translate.dataset",
        "gcp.translate.glossary",
        "gcp.translate.model",
        "gcp.usage.api",
        "gcp.usage.callers",
        "gcp.usage.endpoint",
        "gcp.usage.provisioned_throughput",
        "gcp.usage.publisher_model",
        "gcp.usage.reasoning_engine",
        "gcp.vectorsearch.collection",
        "gcp.vertex.batch_prediction_job",
        "gcp.vertex.cached_content",
        "gcp.vertex.custom_job",
        "gcp.vertex.dataset",
        "gcp.vertex.deployment_resource_pool",
        "gcp.vertex.endpoint",
        "gcp.vertex.example_store",
        "gcp.vertex.extension",
        "gcp.vertex.feature_group",
        "gcp.vertex.feature_online_store",
        "gcp.vertex.featurestore",
        "gcp.vertex.hpt_job",
        "gcp.vertex.index",
        "gcp.vertex.index_endpoint",
        "gcp.vertex.location",
        "gcp.vertex.metadata_store",
        "gcp.vertex.model",
        "gcp.vertex.model_monitor",
        "gcp.vertex.model_monitoring_job",
        "gcp.vertex.nas_job",
        "gcp.vertex.notebook_execution_job",
        "gcp.vertex.notebook_runtime",
        "gcp.vertex.notebook_runtime_template",
        "gcp.vertex.persistent_resource",
        "gcp.vertex.pipeline_job",
        "gcp.vertex.rag_corpus",
        "gcp.vertex.reasoning_engine",
        "gcp.vertex.schedule",
        "gcp.vertex.tensorboard",
        "gcp.vertex.training_pipeline",
        "gcp.vertex.tuning_job",
        "gcp.vision.product_set",
        "gcp.visionai.application",
        "gcp.visionai.processor",
        "gcp.workbench.instance",
};

static int setup(void **state)
{
        struct error err = { 0 };
        struct catalogue *c = NULL;

        if (catalogue_load(&c, "config", NULL, &err) < 0)
                fail_msg("%s", err.text);
        *state = c;
        return 0;
}

static int teardown(void **state)
{
        catalogue_free(*state);
        return 0;
}

typedef void (*visit_fn)(const struct collector *c, const struct call *call, const void *user);

/* Every collector, with call NULL, and then each of its calls. Returns how many there are. */
static size_t visit(const struct catalogue *cat, visit_fn visitor, const void *user)
{
        size_t n = 0;

        for (size_t i = 0; i < cat->n_services; i++)
                for (size_t k = 0; k < cat->services[i]->n_collectors; k++, n++) {
                        const struct collector *c = &cat->services[i]->collectors[k];

                        visitor(c, NULL, user);
                        if (c->list.name)
                                visitor(c, &c->list, user);
                        for (size_t d = 0; d < c->n_detail; d++)
                                visitor(c, &c->detail[d], user);
                }
        return n;
}

static void catalogue_data_has_every_row(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(aws_rows); i++)
                if (!catalogue_find(*state, aws_rows[i]))
                        fail_msg("%s is not in the catalogue", aws_rows[i]);
        for (size_t i = 0; i < ELEMENTSOF(gcp_rows); i++)
                if (!catalogue_find(*state, gcp_rows[i]))
                        fail_msg("%s is not in the catalogue", gcp_rows[i]);
}

static void assert_text(const char *where, const char *what, const struct text *t)
{
        for (int i = 0; i < LANGUAGE_MAX; i++)
                if (!t->in[i] || t->in[i][0] == '\0')
                        fail_msg("%s: no %s in language %d", where, what, i);
}

static void check_texts(const struct collector *c, const struct call *call, const void *user)
{
        if (call)
                return;
        assert_text(c->id, "title", &c->title);
        if (c->optional)
                assert_text(c->id, "why", &c->why);
        if (c->note.in[LANGUAGE_EN] || c->note.in[LANGUAGE_FR])
                assert_text(c->id, "note", &c->note);
}

static void catalogue_data_speaks_both_languages(void **state)
{
        const struct catalogue *cat = *state;

        for (size_t i = 0; i < cat->n_services; i++)
                assert_text(cat->services[i]->id, "title", &cat->services[i]->title);
        assert_true(visit(cat, check_texts, NULL) >= ELEMENTSOF(aws_rows));
}

static void check_sources(const struct service *s)
{
        uint64_t usec;

        if (!s->source || s->source[0] == '\0')
                fail_msg("%s does not say where its facts come from", s->id);
        if (!s->checked || clock_parse_iso8601(s->checked, &usec) < 0)
                fail_msg("%s does not say when they were checked", s->id);
}

static void check_aws_service(const struct service *s)
{
        if (!s->permission_prefix || !s->signing_name || s->rate_per_second <= 0)
                fail_msg("%s: permission_prefix, signing_name and rate are needed", s->id);
        if (!strstr(s->host, "suffix}")) /* {suffix}, {ce_suffix}, {dualstack_suffix} */
                fail_msg("%s: '%s' holds in one partition only", s->id, s->host);
}

static void catalogue_data_says_its_sources(void **state)
{
        const struct catalogue *cat = *state;

        for (size_t i = 0; i < cat->n_services; i++) {
                check_sources(cat->services[i]);
                if (strcmp(cat->services[i]->provider, "aws") == 0)
                        check_aws_service(cat->services[i]);
        }
}

/* S3 has actions of other names than its operations (facts: aws.md 6.5, 9). */
static const char *action_of(const char *operation)
{
        static const struct {
                const char *operation, *action;
        } others[] = {
                { "HeadBucket", "ListBucket" },
                { "GetBucketLifecycleConfiguration", "GetLifecycleConfiguration" },
                { "GetBucketReplication", "GetReplicationConfiguration" },
                { "GetBucketEncryption", "GetEncryptionConfiguration" },
                { "GetObjectLockConfiguration", "GetBucketObjectLockConfiguration" },
        };

        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                if (strcmp(others[i].operation, operation) == 0)
                        return others[i].action;
        return operation;
}

/* What every identity may ask: who it is, and what it finds of that which it may read; and what
 * another API answers to everybody, or to a key of its own. */
static bool needs_none(const char *operation)
{
        static const char *const free_of_all[] = {
                "GetCallerIdentity", "Resources",      "productSets.list",  "ListLocations",
                "ListIamResources",  "GetIamResource", "ListResourceTypes", "ListModels",
                "ListBatches",       "WhoAmI",         "ListJobHardware",   "ListSpaceHardware",
        };

        for (size_t i = 0; i < ELEMENTSOF(free_of_all); i++)
                if (strcmp(free_of_all[i], operation) == 0)
                        return true;
        return false;
}

/* An action of Azure names what is read; none of those that do something is asked for. */
static void check_azure_action(const struct collector *c, const struct call *call)
{
        static const char verb[] = "/read";
        size_t n = strlen(call->permission);

        if (strncmp(call->permission, "Microsoft.", 10) != 0 || n < strlen(verb) ||
            strcmp(call->permission + n - strlen(verb), verb) != 0)
                fail_msg("%s: '%s' is no action that reads", c->id, call->permission);
}

/* An AWS action is "<prefix>:<Operation>"; detail calls have permissions as lists have. */
static void check_permission(const struct collector *c, const struct call *call, const void *user)
{
        const char *colon = call && call->permission ? strchr(call->permission, ':') : NULL;

        if (!call)
                return;
        if (!call->permission && needs_none(call->name))
                return;
        if (!call->permission || call->permission[0] == '\0')
                fail_msg("%s: %s has no permission", c->id, call->name);
        if (strncmp(c->id, "azure.", 6) == 0)
                check_azure_action(c, call);
        if (strncmp(c->id, "aws.", 4) != 0)
                return;
        if (!colon || colon == call->permission || strcmp(colon + 1, action_of(call->name)) != 0)
                fail_msg("%s: '%s' is no action for %s", c->id, call->permission, call->name);
}

static void catalogue_data_names_every_permission(void **state)
{
        assert_true(visit(*state, check_permission, NULL) > 0);
}

static void check_operation(const struct collector *c, const struct call *call, const void *user)
{
        static const char *const reading[] = {
                "List*",
                "Get*",
                "Describe*",
                "Head*",
                "LookupEvents",
                "BatchGetCollection",
                "SearchAgreements",
        };
        bool reads = false;

        if (!call || strncmp(c->id, "aws.", 4) != 0)
                return;
        for (size_t i = 0; i < ELEMENTSOF(reading); i++)
                reads = reads || fnmatch(reading[i], call->name, 0) == 0;
        if (!reads)
                fail_msg("%s: %s does not read", c->id, call->name);
}

/* A permission of Google Cloud ends with what it lets do. */
static void check_gcp_permission(const struct collector *c, const struct call *call,
                                 const void *user)
{
        static const char *const reading[] = {
                "*.list", "*.get", "*.getIamPolicy", "*.getMetadata", "*.searchAllResources",
        };
        bool reads = false;

        if (!call || !call->permission || strncmp(c->id, "gcp.", 4) != 0)
                return;
        for (size_t i = 0; i < ELEMENTSOF(reading); i++)
                reads = reads || fnmatch(reading[i], call->permission, 0) == 0;
        if (!reads)
                fail_msg("%s: %s does not read", c->id, call->permission);
}

static void catalogue_data_only_reads(void **state)
{
        assert_true(visit(*state, check_operation, NULL) > 0);
        assert_true(visit(*state, check_gcp_permission, NULL) > 0);
}

/* Prompts, instructions, environments, hyper-parameters and word lists are not to be kept. */
static void check_content(const struct collector *c, const json_t *value)
{
        static const char *const content[] = {
                "Environment",
                "environmentVariables",
                "HyperParameters",
                "instruction",
                "promptOverride",
                "templateText",
                "wordPolicy",
                "topicPolicy",
                "inputText",
                "definition.nodes[].configuration.prompt.sourceConfiguration.inline.template",
        };
        /* of environments, these variables and no other: they name the model */
        static const char *const allowed[] = {
                "PrimaryContainer.Environment.HF_MODEL_ID",
                "Containers[].Environment.HF_MODEL_ID",
        };
        const char *text = json_string_value(value), *key;
        json_t *part;
        size_t i;

        for (i = 0; text && i < ELEMENTSOF(allowed); i++)
                if (strcmp(text, allowed[i]) == 0)
                        return;
        for (i = 0; text && i < ELEMENTSOF(content); i++)
                if (strstr(text, content[i]))
                        fail_msg("%s keeps '%s'", c->id, text);
        json_object_foreach((json_t *)value, key, part)
        {
                check_content(c, part);
        }
        json_array_foreach((json_t *)value, i, part)
        {
                check_content(c, part);
        }
}

static void check_contents(const struct collector *c, const struct call *call, const void *user)
{
        check_content(c, call ? call->facts : c->facts);
}

static void catalogue_data_keeps_no_content(void **state)
{
        assert_true(visit(*state, check_contents, NULL) > 0);
}

static void check_names(const struct collector *c, const json_t *facts, const json_t *known)
{
        const char *name;
        json_t *spec;

        json_object_foreach((json_t *)facts, name, spec)
        {
                if (!json_object_get(known, name))
                        fail_msg("%s: '%s' is not in facts.yaml", c->id, name);
        }
}

static void check_fact_names(const struct collector *c, const struct call *call, const void *user)
{
        check_names(c, call ? call->facts : c->facts, user);
        for (size_t i = 0; !call && i < c->n_joins; i++)
                check_names(c, c->joins[i].facts, user);
}

static void catalogue_data_uses_known_facts(void **state)
{
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        json_auto_t *document = NULL;
        const json_t *names;
        struct error err = { 0 };

        assert_int_equal(yaml_load_file(&y, "config/catalogue/facts.yaml", &err), 0);
        assert_int_equal(yaml_json(y, &document, &err), 0);
        names = json_object_get(document, "facts");
        assert_true(json_object_size(names) > 50);
        assert_true(visit(*state, check_fact_names, names) > 0);
}

/* What rules stand on: without it, they would have nothing to read and say so for ever. */
static void catalogue_data_reads_the_evidence(void **state)
{
        static const struct {
                const char *collector, *fact;
        } cases[] = {
                { "aws.cloudtrail.trail", "audit.active" },
                { "aws.cloudtrail.trail", "audit.multi_region" },
                { "aws.cloudtrail.trail", "audit.management_events" },
                { "aws.cloudtrail.trail", "audit.last_delivery" },
                { "aws.cloudtrail.trail", "log.destination" },
                { "aws.bedrock.invocation_logging", "log.enabled" },
                { "aws.bedrock.invocation_logging", "log.destination" },
                { "aws.bedrock.invocation_logging", "log.text" },
                { "aws.bedrock.data_retention", "data_retention.mode" },
                { "aws.bedrock.system_inference_profile", "processing.regions" },
                { "aws.bedrock.inference_profile", "processing.regions" },
                { "aws.bedrock.agent", "model.id" },
                { "aws.logs.log_group", "log.retention_days" },
                { "aws.logs.named_log_group", "log.retention_days" },
                { "aws.s3.log_bucket", "log.retention_days" },
                { "aws.s3.log_bucket", "log.region" },
                { "aws.s3.log_bucket", "log.locked" },
                { "aws.s3.data_bucket", "store.region" },
                { "aws.s3.data_bucket", "store.copies" },
                { "aws.kms.key", "key.manager" },
                { "aws.sagemaker.endpoint", "log.inference" },
                { "aws.sagemaker.notebook_instance", "exposure.public" },
                { "aws.ec2.accelerated_instance", "exposure.public" },
                { "aws.eks.cluster", "exposure.allow_list" },
                { "aws.usage.bedrock_model", "model.id" },
                { "aws.usage.rekognition", "use.biometric" },
                { "aws.usage.log_delivery", "log.delivery.last" },
                { "aws.usage.log_delivery_failure", "log.delivery.failures" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const struct collector *c = catalogue_find(*state, cases[i].collector);
                bool found;

                assert_non_null(c);
                found = json_object_get(c->facts, cases[i].fact) != NULL;
                for (size_t k = 0; k < c->n_detail; k++)
                        found = found || json_object_get(c->detail[k].facts, cases[i].fact);
                if (!found)
                        fail_msg("%s does not set %s", cases[i].collector, cases[i].fact);
        }
}

/* An absent field means that nothing expires; a trail's state is asked where the trail lives. */
static void catalogue_data_knows_the_traps(void **state)
{
        const struct collector *group = catalogue_find(*state, "aws.logs.log_group");
        const struct collector *trail = catalogue_find(*state, "aws.cloudtrail.trail");
        const struct collector *regions = catalogue_find(*state, "aws.account.region");
        const json_t *retention = json_object_get(group->facts, "log.retention_days");

        assert_string_equal(json_string_value(json_object_get(retention, "default")), "never");
        assert_int_equal(trail->n_detail, 2);
        for (size_t i = 0; i < trail->n_detail; i++)
                assert_string_equal(trail->detail[i].region, "{HomeRegion}");
        assert_true(json_is_true(json_object_get(trail->list.body, "includeShadowTrails")));
        assert_string_equal(regions->yields, "region");
        assert_string_equal(regions->service->signing_region, "{global_region}");
        assert_true(catalogue_find(*state, "aws.bedrock.foundation_model")->reference);
        assert_true(catalogue_find(*state, "aws.eks.cluster")->keep_with_children);
}

static bool probed(const struct catalogue *c, const char *code)
{
        static const char *const probes[] = { "aws.sts.region", "aws.sts.region_eusc",
                                              "aws.sts.region_gov", "aws.sts.region_cn" };

        for (size_t i = 0; i < ELEMENTSOF(probes); i++)
                for (char **place = catalogue_find(c, probes[i])->places; *place; place++)
                        if (strcmp(*place, code) == 0)
                                return true;
        return false;
}

/* The regions that are asked when no list may be read are those of the region table, Local Zones
 * apart, which are no regions. */
static void catalogue_data_tries_every_region(void **state)
{
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        json_auto_t *table = NULL;
        struct error err = { 0 };
        json_t *row;
        size_t i, n = 0;

        assert_int_equal(yaml_load_file(&y, "config/regions/aws.yaml", &err), 0);
        assert_int_equal(yaml_json(y, &table, &err), 0);
        json_array_foreach(json_object_get(table, "regions"), i, row)
        {
                const char *code = json_member_string(row, "code");
                const char *zone = code ? strpbrk(code, "0123456789") : NULL;

                if (!zone || zone[1] != '\0')
                        continue;
                n++;
                if (!probed(*state, code))
                        fail_msg("%s is in the region table and never tried", code);
        }
        assert_true(n >= 39);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(catalogue_data_has_every_row),
                cmocka_unit_test(catalogue_data_speaks_both_languages),
                cmocka_unit_test(catalogue_data_says_its_sources),
                cmocka_unit_test(catalogue_data_names_every_permission),
                cmocka_unit_test(catalogue_data_only_reads),
                cmocka_unit_test(catalogue_data_keeps_no_content),
                cmocka_unit_test(catalogue_data_uses_known_facts),
                cmocka_unit_test(catalogue_data_reads_the_evidence),
                cmocka_unit_test(catalogue_data_knows_the_traps),
                cmocka_unit_test(catalogue_data_tries_every_region),
        };

        return cmocka_run_group_tests_name("catalogue_data", tests, setup, teardown);
}
