/* What the catalogue's rows cannot say of Azure: pure functions, case by case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "providers/provider.h"

extern const struct provider azure_provider;

static struct resource *refined(const char *name, const char *kind, const char *region,
                                const char *item_text, const char *facts_text)
{
        const struct place here = { "azure", "lab", "11111111", region };
        json_auto_t *item = json_loads(item_text, 0, NULL);
        struct resource *r = resource_new(&here, kind);
        const struct refinement *found = NULL;
        struct error err = { 0 };

        assert_non_null(item);
        assert_non_null(r);
        json_decref(r->facts);
        r->facts = json_loads(facts_text, 0, NULL);
        assert_non_null(r->facts);
        for (size_t i = 0; i < azure_provider.n_refinements; i++)
                if (strcmp(azure_provider.refinements[i].name, name) == 0)
                        found = &azure_provider.refinements[i];
        assert_non_null(found);
        assert_int_equal(found->run(NULL, r, item, &err), 0);
        return r;
}

/* want: JSON of a known value, "absent", or "unknown: part of the cause". */
static void assert_fact(const struct resource *r, const char *name, const char *want)
{
        const json_t *value = NULL;
        const char *cause = NULL;
        enum fact_state state = fact_get(r->facts, name, &value, &cause);

        if (strcmp(want, "absent") == 0) {
                assert_int_equal(state, FACT_ABSENT);
        } else if (strncmp(want, "unknown: ", 9) == 0) {
                assert_int_equal(state, FACT_UNKNOWN);
                if (!strstr(cause, want + 9))
                        fail_msg("%s: '%s', wanted '%s'", name, cause, want + 9);
        } else {
                json_auto_t *wanted = json_loads(want, JSON_DECODE_ANY, NULL);
                _cleanup_(freep) char *got = state == FACT_KNOWN ? json_canonical(value) : NULL;

                assert_non_null(wanted);
                if (state != FACT_KNOWN || !json_equal(value, wanted))
                        fail_msg("%s: %s, wanted %s", name, got ? got : fact_state_name(state),
                                 want);
        }
}

struct refine_case {
        const char *name, *kind, *region, *item, *facts, *fact, *want;
};

static void check(const struct refine_case *cases, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                const struct refine_case *c = &cases[i];
                struct resource *r = refined(c->name, c->kind, c->region, c->item, c->facts);

                assert_fact(r, c->fact, c->want);
                (void)resource_free(r);
        }
}

#define KNOWN(value) "{\"state\": \"known\", \"value\": " value "}"
#define ABSENT "{\"state\": \"absent\"}"
#define UNKNOWN "{\"state\": \"unknown\", \"cause\": \"denied: no\"}"
#define NOTHING "{}"

/* ---- where deployments run ---------------------------------------------------------------------
 */

#define EU_ZONE                                                                                    \
        "[\"francecentral\", \"germanywestcentral\", \"italynorth\", \"westeurope\", "             \
        "\"norwayeast\", \"polandcentral\", \"spaincentral\", \"swedencentral\", "                 \
        "\"switzerlandnorth\"]"
#define DEPLOYMENT(region, item, facts, want)                                                      \
        {                                                                                          \
                "azure_deployment", "azure.cognitiveservices.deployment", region, item, facts,     \
                        "processing.regions", want                                                 \
        }
#define SKU(name) "{\"sku\": {\"name\": \"" name "\"}, \"properties\": {}}"
#define SPILLS                                                                                     \
        "{\"sku\": {\"name\": \"Standard\"}, \"properties\": {\"spilloverDeploymentName\": "       \
        "\"s\"}}"

static void deployment_runs_where_its_kind_says(void **state)
{
        static const struct refine_case cases[] = {
                DEPLOYMENT("swedencentral", SKU("Standard"), NOTHING, "[\"swedencentral\"]"),
                DEPLOYMENT("swedencentral", SKU("standard"), NOTHING, "[\"swedencentral\"]"),
                DEPLOYMENT("uksouth", SKU("ProvisionedManaged"), NOTHING, "[\"uksouth\"]"),
                DEPLOYMENT("swedencentral", SKU("DataZoneStandard"), NOTHING, EU_ZONE),
                DEPLOYMENT("northeurope", SKU("DataZoneBatch"), NOTHING, EU_ZONE),
                DEPLOYMENT("norwayeast", SKU("DataZoneProvisionedManaged"), NOTHING, EU_ZONE),
                DEPLOYMENT("eastus2", SKU("DataZoneStandard"), NOTHING, "[\"unitedstates\"]"),
                DEPLOYMENT("uksouth", SKU("DataZoneStandard"), NOTHING, "unknown: uksouth"),
                DEPLOYMENT("francecentral", SKU("GlobalStandard"), NOTHING, "[\"global\"]"),
                DEPLOYMENT("francecentral", SKU("GlobalBatch"), NOTHING, "[\"global\"]"),
                DEPLOYMENT("francecentral", SKU("DeveloperTier"), NOTHING, "[\"global\"]"),
                DEPLOYMENT("francecentral", SKU("GlobalSomethingNew"), NOTHING, "[\"global\"]"),
                DEPLOYMENT("francecentral", SKU("DataZoneSomethingNew"), NOTHING, EU_ZONE),
                DEPLOYMENT("francecentral", SKU("RegionalTurbo"), NOTHING,
                           "unknown: RegionalTurbo"),
                DEPLOYMENT("francecentral", "{\"properties\": {}}", NOTHING, "unknown: which kind"),
                DEPLOYMENT("francecentral",
                           "{\"properties\": {\"scaleSettings\": {\"scaleType\": \"Manual\"}}}",
                           NOTHING, "[\"francecentral\"]"),
                DEPLOYMENT("francecentral", SPILLS,
                           "{\"deployment.spillover_kind\": " KNOWN("\"GlobalStandard\"") "}",
                           "[\"francecentral\", \"global\"]"),
                DEPLOYMENT("francecentral", SPILLS,
                           "{\"deployment.spillover_kind\": " KNOWN("\"Standard\"") "}",
                           "[\"francecentral\"]"),
                DEPLOYMENT("francecentral", SPILLS, "{\"deployment.spillover_kind\": " UNKNOWN "}",
                           "unknown: spills over to 's'"),
                DEPLOYMENT("francecentral", SPILLS, "{\"deployment.spillover_kind\": " ABSENT "}",
                           "unknown: spills over to 's'"),
        };

        check(cases, ELEMENTSOF(cases));
}

#define MODEL(item, facts, fact, want)                                                             \
        {                                                                                          \
                "azure_deployment", "azure.cognitiveservices.deployment", "francecentral", item,   \
                        facts, fact, want                                                          \
        }
#define AML(facts, fact, want)                                                                     \
        {                                                                                          \
                "azure_model", "azure.machinelearningservices.serverlessendpoint",                 \
                        "francecentral", NOTHING, facts, fact, want                                \
        }
#define AML_SOURCE(model) "{\"model.source\": " KNOWN("\"" model "\"") "}"

static void model_is_whose_it_is(void **state)
{
        static const struct refine_case cases[] = {
                MODEL(SKU("Standard"), "{\"processing.third_party\": " KNOWN("\"Anthropic\"") "}",
                      "processing.third_party", "\"Anthropic\""),
                MODEL(SKU("Standard"), "{\"processing.third_party\": " KNOWN("\"OpenAI\"") "}",
                      "processing.third_party", "absent"),
                MODEL("{\"properties\": {\"model\": {\"name\": \"gpt-4.1.ft-0a1b\"}}}", NOTHING,
                      "model.custom", "true"),
                MODEL("{\"properties\": {\"model\": {\"name\": \"gpt-5\", \"source\": \"/x\"}}}",
                      NOTHING, "model.source", "\"fine-tuned\""),
                MODEL("{\"properties\": {\"model\": {\"name\": \"gpt-5\"}}}", NOTHING,
                      "model.source", "\"catalogue\""),
                AML(AML_SOURCE("azureml://registries/azureml-meta/models/Llama-4"), "model.maker",
                    "\"Meta\""),
                AML(AML_SOURCE("azureml://registries/HuggingFace/models/x"), "model.custom",
                    "false"),
                AML(AML_SOURCE("azureml://registries/HuggingFace/models/x"), "model.maker",
                    "absent"),
                AML(AML_SOURCE("azureml://registries/registre-commun/models/tarif"), "model.custom",
                    "true"),
                AML(AML_SOURCE("/subscriptions/1/models/tarif"), "model.source", "\"imported\""),
        };
        struct resource *r = refined("azure_model", "x", "francecentral", NOTHING,
                                     AML_SOURCE("azureml://registries/nvidia-ai/models/x"));

        assert_string_equal(r->service_type, "foundation-model");
        (void)resource_free(r);
        check(cases, ELEMENTSOF(cases));
}

/* ---- accounts ----------------------------------------------------------------------------------
 */

#define ACCOUNT(region, item, facts, fact, want)                                                   \
        {                                                                                          \
                "azure_account", "azure.cognitiveservices.account", region, item, facts, fact,     \
                        want                                                                       \
        }
#define PUBLIC(value) "{\"exposure.public\": " value "}"
#define REGIONS(value) "{\"processing.regions\": " value "}"

static void account_says_where_it_works_and_who_reaches_it(void **state)
{
        static const struct refine_case cases[] = {
                ACCOUNT("francecentral", NOTHING, PUBLIC(ABSENT), "exposure.public", "true"),
                ACCOUNT("francecentral", NOTHING, PUBLIC(KNOWN("\"disabled\"")), "exposure.public",
                        "false"),
                ACCOUNT("francecentral", NOTHING, PUBLIC(KNOWN("\"SecuredByPerimeter\"")),
                        "exposure.public", "unknown: perimeter"),
                ACCOUNT("francecentral",
                        "{\"properties\": {\"networkAcls\": {\"defaultAction\": \"deny\"}}}",
                        PUBLIC(KNOWN("\"Enabled\"")), "exposure.public", "false"),
                ACCOUNT("francecentral",
                        "{\"properties\": {\"networkAcls\": {\"defaultAction\": \"Deny\", "
                        "\"ipRules\": [{\"value\": \"203.0.113.1\"}]}}}",
                        PUBLIC(KNOWN("\"Enabled\"")), "exposure.public", "true"),
                ACCOUNT("francecentral", NOTHING, REGIONS(ABSENT), "processing.regions",
                        "[\"francecentral\"]"),
                ACCOUNT("francecentral", NOTHING,
                        REGIONS(KNOWN("[\"East US\", \"France Central\"]")), "processing.regions",
                        "[\"eastus\", \"francecentral\"]"),
                ACCOUNT("westus3", "{\"kind\": \"aiservices\"}", REGIONS(ABSENT),
                        "processing.regions", "[\"westus3\", \"global\"]"),
                ACCOUNT("westus3",
                        "{\"kind\": \"AIServices\", \"properties\": {\"instant\": "
                        "{\"modelAllowList\": []}}}",
                        REGIONS(ABSENT), "processing.regions", "[\"westus3\"]"),
                ACCOUNT("global", "{\"kind\": \"TextTranslation\"}", REGIONS(ABSENT),
                        "processing.regions", "unknown: global"),
                ACCOUNT("global",
                        "{\"properties\": {\"endpoint\": "
                        "\"https://api-eur.cognitive.microsofttranslator.com/\"}}",
                        REGIONS(ABSENT), "processing.regions", "unknown: European"),
                ACCOUNT("switzerlandnorth", NOTHING, NOTHING, "data.geography", "\"Europe\""),
                ACCOUNT("japaneast", NOTHING, NOTHING, "data.geography", "unknown: geographies"),
                ACCOUNT("westeurope", "{\"kind\": \"face\"}", NOTHING, "use.biometric", "true"),
        };

        check(cases, ELEMENTSOF(cases));
}

/* ---- diagnostic settings -----------------------------------------------------------------------
 */

#define LAW                                                                                        \
        "\"workspaceId\": "                                                                        \
        "\"/subscriptions/1/resourceGroups/R/providers/Microsoft.OperationalInsights/workspaces/"  \
        "L\""
#define HUB "\"eventHubAuthorizationRuleId\": \"/subscriptions/1/ns/N/authorizationRules/r\""
#define PARTNER "\"marketplacePartnerId\": \"/subscriptions/1/p\""
#define LOG(category) "{\"category\": \"" category "\", \"categoryGroup\": null, \"enabled\": true}"
#define OFF(category) "{\"category\": \"" category "\", \"enabled\": false}"
#define GROUP(group) "{\"category\": null, \"categoryGroup\": \"" group "\", \"enabled\": true}"
#define SETTING(to, logs)                                                                          \
        "{\"name\": \"s\", \"properties\": {" to ", \"logs\": [" logs                              \
        "], \"metrics\": [{\"category\": \"AllMetrics\", \"enabled\": true}]}}"
#define SETTINGS(list, offered)                                                                    \
        "{\"log.inference\": " KNOWN("[" list "]") ", \"log.destination\": " KNOWN(                \
                "[" list                                                                           \
                "]") ", \"log.categories\": " KNOWN("[" list                                       \
                                                    "]") ", \"log.categories_offered\": " offered  \
                                                         "}"
#define OFFERED                                                                                    \
        KNOWN("[{\"name\": \"Audit\", \"properties\": {\"categoryType\": \"Logs\", "               \
              "\"categoryGroups\": [\"audit\", \"allLogs\"]}}, {\"name\": \"RequestResponse\", "   \
              "\"properties\": {\"categoryType\": \"Logs\", \"categoryGroups\": [\"allLogs\"]}}]")
#define LOGGED(kind, list, offered, fact, want)                                                    \
        {                                                                                          \
                "azure_diagnostics", kind, "francecentral", NOTHING, SETTINGS(list, offered),      \
                        fact, want                                                                 \
        }
#define COGNITIVE "azure.cognitiveservices.account"
#define WORKSPACE                                                                                  \
        "/subscriptions/1/resourcegroups/r/providers/microsoft.operationalinsights/workspaces/l"

static void settings_say_whether_use_is_logged(void **state)
{
        static const struct refine_case cases[] = {
                LOGGED(COGNITIVE, SETTING(LAW, GROUP("allLogs")), OFFERED, "log.inference", "true"),
                LOGGED(COGNITIVE, SETTING(LAW, GROUP("allLogs")), UNKNOWN, "log.inference", "true"),
                LOGGED(COGNITIVE, SETTING(LAW, GROUP("audit")), OFFERED, "log.inference", "false"),
                LOGGED(COGNITIVE, SETTING(LAW, GROUP("audit")), UNKNOWN, "log.inference",
                       "unknown: group"),
                LOGGED(COGNITIVE, SETTING(LAW, LOG("requestresponse")), ABSENT, "log.inference",
                       "true"),
                LOGGED(COGNITIVE, SETTING(LAW, OFF("RequestResponse")), ABSENT, "log.inference",
                       "false"),
                LOGGED(COGNITIVE, SETTING(LAW, LOG("Audit")), ABSENT, "log.inference", "false"),
                LOGGED(COGNITIVE, SETTING(LAW, ""), ABSENT, "log.inference", "false"),
                LOGGED(COGNITIVE, SETTING(LAW, ""), ABSENT, "log.destination", "absent"),
                LOGGED(COGNITIVE, SETTING(LAW, LOG("RequestResponse")), ABSENT, "log.destination",
                       "[\"" WORKSPACE "\"]"),
                LOGGED(COGNITIVE, SETTING(HUB, LOG("RequestResponse")), ABSENT, "log.inference",
                       "unknown: event hub"),
                LOGGED(COGNITIVE, SETTING(HUB, LOG("RequestResponse")), ABSENT, "log.destination",
                       "[\"/subscriptions/1/ns/n\"]"),
                LOGGED(COGNITIVE, SETTING(PARTNER, LOG("RequestResponse")), ABSENT, "log.inference",
                       "unknown: partner"),
                LOGGED(COGNITIVE,
                       SETTING(HUB, LOG("RequestResponse")) ", " SETTING(LAW, LOG("Audit")), ABSENT,
                       "log.inference", "unknown: event hub"),
                LOGGED(COGNITIVE,
                       SETTING(LAW, LOG("Trace")) ", " SETTING(LAW, LOG("RequestResponse")), ABSENT,
                       "log.inference", "true"),
                LOGGED(COGNITIVE, SETTING(LAW, GROUP("allLogs")), OFFERED, "log.categories",
                       "[\"allLogs\", \"Audit\", \"RequestResponse\"]"),
                LOGGED("azure.machinelearningservices.onlineendpoint",
                       SETTING(LAW, LOG("AmlOnlineEndpointConsoleLog")), ABSENT, "log.inference",
                       "false"),
                LOGGED("azure.videoindexer.account", SETTING(LAW, LOG("IndexingLogs")), ABSENT,
                       "log.inference", "false"),
                LOGGED("azure.videoindexer.account",
                       SETTING(LAW, LOG("IndexingLogs") ", " LOG("Audit")), ABSENT, "log.inference",
                       "true"),
                LOGGED("azure.healthbot.bot", SETTING(LAW, LOG("Audit")), ABSENT, "log.inference",
                       "false"),
                { "azure_diagnostics", COGNITIVE, "francecentral", NOTHING,
                  "{\"log.inference\": " ABSENT ", \"log.categories\": " ABSENT "}",
                  "log.inference", "false" },
                { "azure_diagnostics", COGNITIVE, "francecentral", NOTHING,
                  "{\"log.inference\": " UNKNOWN ", \"log.categories\": " UNKNOWN "}",
                  "log.inference", "unknown: denied" },
        };

        check(cases, ELEMENTSOF(cases));
}

/* ---- where logs are kept -----------------------------------------------------------------------
 */

#define RULES(list) "{\"log.retention_days\": " KNOWN("[" list "]") "}"
#define RULE(filters, days)                                                                        \
        "{\"enabled\": true, \"definition\": {\"filters\": {" filters                              \
        "}, \"actions\": {\"baseBlob\": {\"delete\": {" days "}}}}}"
#define APPEND "\"blobTypes\": [\"appendBlob\"]"
#define AFTER(days) "\"daysAfterModificationGreaterThan\": " days
#define STORE(facts, fact, want)                                                                   \
        {                                                                                          \
                "azure_log_storage", "azure.storage.log_account", "francecentral", NOTHING, facts, \
                        fact, want                                                                 \
        }
#define LAWS(item, facts, fact, want)                                                              \
        {                                                                                          \
                "azure_log_workspace", "azure.operationalinsights.workspace", "francecentral",     \
                        item, facts, fact, want                                                    \
        }

static void sinks_say_how_long_and_where(void **state)
{
        static const struct refine_case cases[] = {
                STORE("{\"log.retention_days\": " ABSENT "}", "log.retention_days", "\"never\""),
                STORE("{\"log.retention_days\": " UNKNOWN "}", "log.retention_days",
                      "unknown: denied"),
                STORE(RULES(RULE(APPEND, AFTER("200"))), "log.retention_days", "200"),
                STORE(RULES(RULE(APPEND, AFTER("200")) ", " RULE(APPEND, AFTER("30"))),
                      "log.retention_days", "30"),
                STORE(RULES(RULE("\"blobTypes\": [\"blockBlob\"]", AFTER("30"))),
                      "log.retention_days", "\"never\""),
                STORE(RULES(RULE(APPEND ", \"prefixMatch\": [\"photos/\"]", AFTER("30"))),
                      "log.retention_days", "\"never\""),
                STORE(RULES(RULE(APPEND ", \"prefixMatch\": [\"insights-logs-requestresponse\"]",
                                 AFTER("90.0"))),
                      "log.retention_days", "90"),
                STORE(RULES(RULE("", AFTER("60") ", \"daysAfterCreationGreaterThan\": 40")),
                      "log.retention_days", "40"),
                STORE("{\"log.locked\": " KNOWN("[true, false]") "}", "log.locked",
                      "unknown: some of its containers of logs are locked, others are not"),
                STORE("{\"log.locked\": " KNOWN("[false, false]") "}", "log.locked", "false"),
                STORE("{\"log.locked\": " KNOWN("false") "}", "log.locked", "false"),
                STORE("{\"log.locked\": " ABSENT "}", "log.locked",
                      "unknown: no container of logs is there yet"),
                STORE("{\"log.locked\": " KNOWN("[true, true]") "}", "log.locked", "true"),
                STORE("{\"log.locked\": " UNKNOWN "}", "log.locked", "unknown: denied"),
                LAWS(NOTHING,
                     "{\"log.retention_days\": " ABSENT
                     ", \"log.retention_default_days\": " KNOWN("30") "}",
                     "log.retention_days", "30"),
                LAWS(NOTHING,
                     "{\"log.retention_days\": " UNKNOWN
                     ", \"log.retention_default_days\": " KNOWN("30") "}",
                     "log.retention_days", "unknown: denied"),
                LAWS("{\"properties\": {\"replication\": {\"enabled\": true, \"location\": "
                     "\"East US\"}}}",
                     "{\"log.copies\": " KNOWN("{}") "}", "log.copies", "[\"eastus\"]"),
                LAWS("{\"properties\": {\"replication\": {\"enabled\": false}}}",
                     "{\"log.copies\": " KNOWN("{}") "}", "log.copies", "absent"),
                { "azure_event_hub", "azure.eventhub.namespace", "francecentral", NOTHING,
                  "{\"log.retention_days\": " ABSENT "}", "log.retention_days",
                  "unknown: event hub" },
        };

        check(cases, ELEMENTSOF(cases));
}

/* ---- the rest ----------------------------------------------------------------------------------
 */

#define THIRD(url, want)                                                                           \
        {                                                                                          \
                "azure_connection", "x", "francecentral", NOTHING,                                 \
                        "{\"processing.third_party\": " KNOWN("\"" url "\"") "}",                  \
                        "processing.third_party", want                                             \
        }
#define SIZE(size, want)                                                                           \
        {                                                                                          \
                "azure_gpu", "x", "francecentral", NOTHING,                                        \
                        "{\"compute.accelerator\": " KNOWN(size) "}", "compute.accelerator", want  \
        }

static void targets_outside_azure_are_third_parties(void **state)
{
        static const struct refine_case cases[] = {
                THIRD("https://API.openai.com/v1", "\"api.openai.com\""),
                THIRD("https://user@bots.example:8443/x", "\"bots.example\""),
                THIRD("https://openai-x.openai.azure.com/", "absent"),
                THIRD("https://notazure.com/", "\"notazure.com\""),
                THIRD("https://x.azure.com.example/", "\"x.azure.com.example\""),
                THIRD("/subscriptions/1/resourceGroups/r", "absent"),
                THIRD("_", "absent"),
        };

        check(cases, ELEMENTSOF(cases));
}

static void sizes_tell_accelerators(void **state)
{
        static const struct refine_case cases[] = {
                SIZE("\"Standard_NC24ads_A100_v4\"", "\"A100\""),
                SIZE("\"STANDARD_ND96ISR_H200_V5\"", "\"H200\""),
                SIZE("\"Standard_NC8as_T4_v3\"", "\"T4\""),
                SIZE("\"Standard_NV36ads_A10_v5\"", "\"A10 (visualisation class)\""),
                SIZE("\"Standard_NG32ads_V620_v1\"", "\"V620 (visualisation class)\""),
                SIZE("\"Standard_D4s_v5\"", "absent"),
                SIZE("[\"Standard_D4s_v5\", \"Standard_ND96isr_H100_v5\"]", "\"H100\""),
                SIZE("\"Consumption-GPU-NC8as-T4\"", "\"T4\""),
        };

        check(cases, ELEMENTSOF(cases));
}

#define FILTER(name, enabled, blocking)                                                            \
        "{\"name\": \"" name "\", \"enabled\": " enabled ", \"blocking\": " blocking "}"
#define FILTERS(list, want)                                                                        \
        {                                                                                          \
                "azure_content_filter", "azure.cognitiveservices.raipolicy", "francecentral",      \
                        NOTHING, "{\"guardrail.off\": " list "}", "guardrail.off", want            \
        }

static void filters_that_do_not_block_are_named(void **state)
{
        static const struct refine_case cases[] = {
                FILTERS(KNOWN("[" FILTER("Hate", "true", "true") "]"), "[]"),
                FILTERS(KNOWN("[" FILTER("Hate", "true", "false") ", " FILTER("Sexual", "true",
                                                                              "true") "]"),
                        "[\"Hate\"]"),
                FILTERS(KNOWN("[" FILTER("Hate", "false", "true") ", " FILTER("Hate", "false",
                                                                              "false") "]"),
                        "[\"Hate\"]"),
                FILTERS(KNOWN("[{\"name\": \"Hate\", \"enabled\": true}]"), "unknown: blocks"),
                FILTERS(KNOWN("[\"Hate\"]"), "unknown: blocks"),
                FILTERS(ABSENT, "absent"),
                FILTERS(UNKNOWN, "unknown: "),
        };

        check(cases, ELEMENTSOF(cases));
}

#define ROLE(facts, want)                                                                          \
        {                                                                                          \
                "azure_role", "azure.authorization.roleassignment", "global", NOTHING,             \
                        "{\"config.id\": " facts "}", "config.id", want                            \
        }

static void roles_are_told_by_their_guid(void **state)
{
        static const struct refine_case cases[] = {
                ROLE(KNOWN("\"/subscriptions/1/providers/Microsoft.Authorization/roleDefinitions/"
                           "8E3AF657-A8FF-443C-A75C-2FE8C4BCB635\""),
                     "\"8e3af657-a8ff-443c-a75c-2fe8c4bcb635\""),
                ROLE(KNOWN("\"8e3af657\""), "\"8e3af657\""),
                ROLE(UNKNOWN, "unknown: "),
        };

        check(cases, ELEMENTSOF(cases));
}

#define ASSIGNMENT(id, more) "{\"properties\": {\"policyDefinitionId\": \"" id "\"" more "}}"
#define BUILT_IN "/providers/Microsoft.Authorization/policyDefinitions/"
#define LOCATIONS BUILT_IN "E56962A6-4747-49cd-b67b-bf8b01975c4c"
#define LISTED(values) ", \"parameters\": {\"listOfAllowedLocations\": {\"value\": [" values "]}}"
#define OWN_POLICY "/subscriptions/11111111/providers/Microsoft.Authorization/policyDefinitions/own"
#define OWN_REGIONS ", \"parameters\": {\"ok\": {\"value\": [\"francecentral\"]}}"
#define WHEN(condition, effect)                                                                    \
        "{\"policyRule\": {\"if\": " condition ", \"then\": {\"effect\": \"" effect                \
        "\"}}, \"parameters\": {\"e\": {\"defaultValue\": \"Deny\"}}}"
#define OUTSIDE "{\"field\": \"location\", \"notIn\": \"[parameters('ok')]\"}"
#define NOT_GLOBAL "{\"field\": \"location\", \"notEquals\": \"global\"}"
#define INITIATIVE(members)                                                                        \
        "{\"parameters\": {\"r\": {\"defaultValue\": [\"westeurope\"]}}, \"policyDefinitions\": "  \
        "[" members "]}"
#define POLICY(item, definition, want)                                                             \
        {                                                                                          \
                "azure_location_policy", "azure.policy.assignment", "global", item,                \
                        "{\"policy.regions\": " definition "}", "policy.regions", want             \
        }

static void policies_say_which_regions_they_leave(void **state)
{
        static const struct refine_case cases[] = {
                POLICY(ASSIGNMENT(LOCATIONS, LISTED("\"francecentral\", \"West Europe\", "
                                                    "\"global\"")),
                       KNOWN("[]"), "[\"francecentral\", \"westeurope\"]"),
                POLICY(ASSIGNMENT(LOCATIONS, ", \"enforcementMode\": \"DoNotEnforce\"" LISTED(
                                                     "\"francecentral\"")),
                       KNOWN("[]"), "absent"),
                POLICY(ASSIGNMENT(LOCATIONS, ", \"notScopes\": [\"/subscriptions/11111111/"
                                             "resourceGroups/x\"]" LISTED("\"francecentral\"")),
                       KNOWN("[]"), "unknown: parts of the subscription"),
                POLICY(ASSIGNMENT(LOCATIONS, ", \"notScopes\": [\"/subscriptions/2/"
                                             "resourceGroups/x\"]" LISTED("\"francecentral\"")),
                       KNOWN("[]"), "[\"francecentral\"]"),
                POLICY(ASSIGNMENT(LOCATIONS, ", \"overrides\": [{}]" LISTED("\"francecentral\"")),
                       KNOWN("[]"), "unknown: parts of the subscription"),
                POLICY(ASSIGNMENT(LOCATIONS, ""), ABSENT, "unknown: list of locations"),
                POLICY(ASSIGNMENT(BUILT_IN "e765b5de-1225-4ba3-bd56-1ac6695af988",
                                  LISTED("\"francecentral\"")),
                       KNOWN("[\"francecentral\"]"), "absent"),
                POLICY("{\"properties\": {}}", ABSENT, "unknown: could not be read"),
                /* definitions of one's own */
                POLICY(ASSIGNMENT(OWN_POLICY, OWN_REGIONS), KNOWN(WHEN(OUTSIDE, "deny")),
                       "[\"francecentral\"]"),
                POLICY(ASSIGNMENT(OWN_POLICY, OWN_REGIONS),
                       KNOWN(WHEN("{\"allOf\": [" OUTSIDE ", " NOT_GLOBAL "]}",
                                  "[parameters('e')]")),
                       "[\"francecentral\"]"),
                POLICY(ASSIGNMENT(OWN_POLICY, ""),
                       KNOWN(WHEN(
                               "{\"not\": {\"field\": \"location\", \"in\": [\"swedencentral\"]}}",
                               "Deny")),
                       "[\"swedencentral\"]"),
                POLICY(ASSIGNMENT(OWN_POLICY, OWN_REGIONS), KNOWN(WHEN(OUTSIDE, "audit")),
                       "absent"),
                POLICY(ASSIGNMENT(OWN_POLICY, OWN_REGIONS),
                       KNOWN(WHEN(OUTSIDE, "[parameters('other')]")), "unknown: effect"),
                POLICY(ASSIGNMENT(OWN_POLICY, ""), KNOWN(WHEN(OUTSIDE, "deny")),
                       "unknown: list of locations"),
                POLICY(ASSIGNMENT(OWN_POLICY, OWN_REGIONS),
                       KNOWN(WHEN("{\"allOf\": [" OUTSIDE ", {\"field\": \"type\", \"equals\": "
                                  "\"x\"}]}",
                                  "deny")),
                       "unknown: plain list"),
                POLICY(ASSIGNMENT(OWN_POLICY, OWN_REGIONS),
                       KNOWN(WHEN("{\"anyOf\": [" OUTSIDE "]}", "deny")), "unknown: plain list"),
                POLICY(ASSIGNMENT(OWN_POLICY, ""),
                       KNOWN(WHEN("{\"field\": \"tags\", \"exists\": false}", "deny")), "absent"),
                POLICY(ASSIGNMENT(OWN_POLICY, ""), UNKNOWN, "unknown: denied"),
                /* initiatives */
                POLICY(ASSIGNMENT("/x/policySetDefinitions/s", ""),
                       KNOWN(INITIATIVE("{\"policyDefinitionId\": \"" LOCATIONS
                                        "\", \"parameters\": {\"listOfAllowedLocations\": "
                                        "{\"value\": \"[parameters('r')]\"}}}")),
                       "[\"westeurope\"]"),
                POLICY(ASSIGNMENT("/x/policySetDefinitions/s", ""),
                       KNOWN(INITIATIVE("{\"policyDefinitionId\": \"" BUILT_IN "other\"}")),
                       "absent"),
                POLICY(ASSIGNMENT("/x/policySetDefinitions/s", ""),
                       KNOWN(INITIATIVE("{\"policyDefinitionId\": \"" OWN_POLICY "\"}")),
                       "unknown: not read"),
                POLICY(ASSIGNMENT("/x/policySetDefinitions/s", ""),
                       KNOWN(INITIATIVE("{\"policyDefinitionId\": \"" LOCATIONS "\"}")),
                       "unknown: list of locations"),
        };

        check(cases, ELEMENTSOF(cases));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(deployment_runs_where_its_kind_says),
                cmocka_unit_test(model_is_whose_it_is),
                cmocka_unit_test(account_says_where_it_works_and_who_reaches_it),
                cmocka_unit_test(settings_say_whether_use_is_logged),
                cmocka_unit_test(sinks_say_how_long_and_where),
                cmocka_unit_test(targets_outside_azure_are_third_parties),
                cmocka_unit_test(sizes_tell_accelerators),
                cmocka_unit_test(filters_that_do_not_block_are_named),
                cmocka_unit_test(roles_are_told_by_their_guid),
                cmocka_unit_test(policies_say_which_regions_they_leave),
        };

        return cmocka_run_group_tests_name("azure_refine", tests, NULL, NULL);
}
