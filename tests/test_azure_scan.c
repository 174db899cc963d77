/* Azure as it is scanned: what is easily taken for something else, and what could not be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "daemon/base/json.h"
#include "tests/support/scan.h"

static const char config[] =
        "accounts:\n"
        "  - name: essai\n"
        "    provider: azure\n"
        "    tenant: 99999999-9999-4999-8999-999999999999\n"
        "    client_id: 88888888-8888-4888-8888-888888888888\n"
        "    network: {connect_to: '@CONNECT@', ca_file: '@CA@'}\n"
        "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 3}\n";

#define GROUP                                                                                      \
        "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/ia-prod/providers/"
#define ACCOUNTS GROUP "microsoft.cognitiveservices/accounts/"
#define ACCOUNT "azure.cognitiveservices.account"

static struct cloudsim *sim;

static void scan_with(struct scan_run *run, const char *text)
{
        *run = (struct scan_run){ .sink_fails_after = -1 };
        assert_int_equal(scan_run(run, sim, text), 0);
        assert_true(run->complete);
}

static void scan(struct scan_run *run)
{
        scan_with(run, config);
}

/* What is found of that kind, by its id in full. */
static const json_t *found(const struct scan_run *run, const char *kind, const char *id)
{
        const json_t *list = json_object_get(run->by_kind, kind);
        json_t *one;
        size_t i;

        json_array_foreach((json_t *)list, i, one)
        {
                if (strcmp(json_member_string(one, "id"), id) == 0)
                        return one;
        }
        return NULL;
}

/* want: JSON of a known value, "absent", or "unknown: part of the cause". */
static void assert_fact(const struct scan_run *run, const char *kind, const char *id,
                        const char *fact, const char *want)
{
        const json_t *r = found(run, kind, id);
        const json_t *is = json_object_get(json_object_get(r, "facts"), fact);
        const char *state = json_member_string(is, "state");
        const char *cause = json_member_string(is, "cause");
        _cleanup_(freep) char *got = is ? json_canonical(is) : NULL;
        bool good;

        if (!r)
                fail_msg("%s: %s is not there", kind, id);
        if (strncmp(want, "unknown: ", 9) == 0) {
                good = cause && strstr(cause, want + 9);
        } else if (strcmp(want, "absent") == 0) {
                good = state && strcmp(state, want) == 0;
        } else {
                json_auto_t *wanted = json_loads(want, JSON_DECODE_ANY, NULL);

                assert_non_null(wanted);
                good = json_equal(json_object_get(is, "value"), wanted);
        }
        if (!good)
                fail_msg("%s %s: %s, wanted %s", id, fact, got ? got : "nothing", want);
}

/* Of the first subscription; of no matter what where the collector is not asked in one. */
static const json_t *coverage_of(const struct scan_run *run, const char *collector)
{
        const json_t *any = NULL;
        const char *key;
        json_t *row;

        json_object_foreach(run->coverage, key, row)
        {
                size_t n = strlen(collector);

                if (strncmp(key, collector, n) != 0 || key[n] != ' ')
                        continue;
                if (strncmp(key + n, " 1111", 5) == 0)
                        return row;
                any = row;
        }
        return any;
}

static void assert_covered(const struct scan_run *run, const char *collector, const char *state,
                           const char *cause)
{
        const json_t *row = coverage_of(run, collector);
        const char *is = json_member_string(row, "state");
        const char *why = json_member_string(row, "cause");

        if (!is || strcmp(is, state) != 0)
                fail_msg("%s: %s (%s), wanted %s", collector, is, why, state);
        if (*cause && (!why || !strstr(why, cause)))
                fail_msg("%s: '%s', wanted '%s'", collector, why, cause);
}

/* ---- the traps ---------------------------------------------------------------------------------
 */

#define DEPLOYMENT "azure.cognitiveservices.deployment"

static void traps_are_not_fallen_into(void **state)
{
        static const struct {
                const char *kind, *id, *fact, *want;
        } cases[] = {
                /* ids in other letters, regions by their display names */
                { ACCOUNT, ACCOUNTS "paris", "processing.regions", "[\"francecentral\"]" },
                { DEPLOYMENT, ACCOUNTS "paris/deployments/nouveau", "processing.regions",
                  "unknown: RegionalTurbo" },
                { DEPLOYMENT, ACCOUNTS "paris/deployments/ancien", "processing.regions",
                  "[\"francecentral\"]" },
                { DEPLOYMENT, ACCOUNTS "paris/deployments/debordant", "processing.regions",
                  "[\"francecentral\", \"global\"]" },
                { DEPLOYMENT, ACCOUNTS "paris/deployments/perdu", "processing.regions",
                  "unknown: spills over to 'disparu'" },
                { DEPLOYMENT, ACCOUNTS "londres/deployments/zone", "processing.regions",
                  "unknown: uksouth" },
                { ACCOUNT, ACCOUNTS "phoenix", "processing.regions", "[\"westus3\", \"global\"]" },
                /* a setting of metrics, none at all, and one whose destination is not to be read */
                { ACCOUNT, ACCOUNTS "londres", "log.inference", "false" },
                { ACCOUNT, ACCOUNTS "phoenix", "log.inference", "false" },
                { ACCOUNT, ACCOUNTS "paris", "log.inference", "true" },
                { "azure.healthbot.bot", GROUP "microsoft.healthbot/healthbots/bot-sante",
                  "log.inference", "unknown: does not support diagnostic settings" },
        };
        const json_t *gone;
        struct scan_run run;

        sim = cloudsim_start("tests/worlds/azure-traps", NULL);
        assert_non_null(sim);
        scan(&run);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                assert_fact(&run, cases[i].kind, cases[i].id, cases[i].fact, cases[i].want);
        /* a workspace of somebody else's */
        assert_covered(&run, "azure.operationalinsights.workspace", "denied", "not visible");
        /* not registered: not asked, though something would answer */
        assert_covered(&run, "azure.search.service", "off", "not enabled");
        assert_int_equal(cloudsim_calls(sim, "Microsoft.Search", NULL, 0), 0);
        /* versions of the API: the last of the fallbacks, remembered; and none that is taken */
        assert_covered(&run, ACCOUNT, "ok", "");
        assert_covered(&run, DEPLOYMENT, "ok", "");
        assert_covered(&run, "azure.machinelearningservices.workspace", "failed", "api-version");
        assert_int_equal(json_array_size(json_object_get(
                                 run.by_kind, "azure.machinelearningservices.workspace")),
                         0);
        /* a search that finds nothing, and a subscription that is no more */
        assert_covered(&run, "azure.resourcegraph.resource", "ok", "");
        gone = json_object_get(run.coverage,
                               "azure.subscription 33333333-3333-4333-8333-333333333333 global");
        assert_string_equal(json_member_string(gone, "state"), "off");
        assert_non_null(strstr(json_member_string(gone, "cause"), "Deleted"));
        assert_string_equal(
                json_member_string(found(&run, ACCOUNT, ACCOUNTS "paris"), "service_type"),
                "foundation-model");
        scan_run_done(&run);
        assert_int_equal(cloudsim_stop(sim), 0);
}

/* Those who name groups get what is below these, and no other subscription. */
static void groups_narrow_what_is_asked(void **state)
{
        _cleanup_(freep) char *text = NULL;
        const char *before = strstr(config, "    network:");
        struct scan_run run;

        assert_true(asprintf(&text, "%.*s    management_groups: [groupe-ia]\n%s",
                             (int)(before - config), config, before) > 0);
        sim = cloudsim_start("tests/worlds/azure-traps", NULL);
        assert_non_null(sim);
        scan_with(&run, text);
        assert_covered(&run, "azure.managementgroup.subscription", "ok", "");
        assert_null(coverage_of(&run, "azure.subscription"));
        assert_non_null(found(&run, ACCOUNT, ACCOUNTS "paris"));
        scan_run_done(&run);
        assert_int_equal(cloudsim_stop(sim), 0);
}

/* Who has a role nowhere sees nothing, and that is no empty inventory. */
static void nothing_seen_is_not_nothing_there(void **state)
{
        struct scan_run run;

        sim = cloudsim_start("tests/worlds/azure-none", NULL);
        assert_non_null(sim);
        scan(&run);
        assert_covered(&run, "azure.subscription", "denied", "no role");
        scan_run_done(&run);
        assert_int_equal(cloudsim_stop(sim), 0);
}

/* ---- what could not be read --------------------------------------------------------------------
 */

#define LIST "\"service\": \"Microsoft.Search\", \"operation\": \"searchServices/read\""
#define SEARCH "azure.search.service"

static size_t count(const struct scan_run *run, const char *kind)
{
        return json_array_size(json_object_get(run->by_kind, kind));
}

static void add_fault(const char *match, const char *what)
{
        _cleanup_(freep) char *fault = NULL;

        assert_true(asprintf(&fault, "{\"match\": {%s}, \"do\": %s}", match, what) > 0);
        assert_int_equal(cloudsim_add_faults(sim, fault), 0);
}

static void lists_unread_are_never_ok(void **state)
{
        static const struct {
                const char *match, *fault, *expected, *cause;
                size_t items;
        } cases[] = {
                { LIST, "{\"denied\": true}", "denied", "searchServices/read", 0 },
                { LIST, "{\"denied\": \"empty\"}", "denied", "", 0 },
                { LIST, "{\"status\": 429}", "throttled", "", 0 },
                { LIST, "{\"status\": 503}", "failed", "", 0 },
                { LIST, "{\"truncate\": true}", "failed", "", 0 },
                { LIST, "{\"garbage\": true}", "failed", "", 0 },
                { LIST, "{\"html\": true}", "failed", "", 0 },
                { LIST, "{\"reset\": true}", "failed", "", 0 },
                { LIST, "{\"api_off\": true}", "off", "", 0 },
                { LIST, "{\"region_off\": true}", "absent", "", 0 },
                { LIST, "{\"endless_token\": true}", "failed", "", 0 },
                /* the token goes to nobody else, and what was read stays */
                { LIST, "{\"foreign_link\": true}", "failed", "", 1 },
                { LIST ", \"page\": 2", "{\"denied\": true}", "denied", "", 1 },
                /* an empty page is not the last one */
                { LIST ", \"times\": 1", "{\"empty_page\": true}", "ok", "", 2 },
                { LIST ", \"times\": 1", "{\"status\": 429, \"retry_after\": 0}", "ok", "", 2 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct scan_run run;

                add_fault(cases[i].match, cases[i].fault);
                scan(&run);
                if (count(&run, SEARCH) < cases[i].items ||
                    (cases[i].items == 0 && strstr(cases[i].fault, "endless") == NULL &&
                     count(&run, SEARCH) > 0))
                        fail_msg("%s: %zu found", cases[i].fault, count(&run, SEARCH));
                assert_covered(&run, SEARCH, cases[i].expected, cases[i].cause);
                assert_covered(&run, "azure.bing.account", "ok", ""); /* the others go on */
                assert_int_equal(cloudsim_counter(sim, "repeated_after_denial"), 0);
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(sim), 0);
        }
}

/* Who may not read settings knows nothing of logs, and says so of each thing. */
static void settings_denied_say_nothing(void **state)
{
        struct scan_run run;
        const char *kind;
        json_t *list, *one;
        size_t i, looked = 0;

        add_fault("\"service\": \"Microsoft.Insights\", \"operation\": \"diagnosticSettings/read\"",
                  "{\"denied\": true}");
        scan(&run);
        json_object_foreach(run.by_kind, kind, list)
        {
                json_array_foreach(list, i, one)
                {
                        const json_t *facts = json_object_get(one, "facts");
                        const json_t *log = json_object_get(facts, "log.inference");
                        const char *said = json_member_string(log, "state");

                        if (!log || !json_object_get(facts, "log.categories"))
                                continue;
                        looked++;
                        if (!said || strcmp(said, "unknown") != 0)
                                fail_msg("%s %s: log.inference is %s", kind,
                                         json_member_string(one, "id"), said);
                }
        }
        assert_true(looked >= 15);
        assert_covered(&run, "azure.activitylog.export", "denied", "diagnosticSettings/read");
        assert_covered(&run, ACCOUNT, "denied", "diagnosticSettings/read");
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(sim), 0);
}

/* ---- what a whole world says -------------------------------------------------------------------
 */

#define LAW GROUP "microsoft.operationalinsights/workspaces/law-journaux"
#define STORE GROUP "microsoft.storage/storageaccounts/"
#define AML GROUP "microsoft.machinelearningservices/workspaces/aml-scoring/"

static void world_is_told_as_it_is(void **state)
{
        static const struct {
                const char *kind, *id, *fact, *want;
        } cases[] = {
                { ACCOUNT, ACCOUNTS "openai-hexagone", "processing.regions",
                  "[\"westeurope\", \"francecentral\"]" },
                { ACCOUNT, ACCOUNTS "foundry-hexagone", "log.destination",
                  "[\"" LAW "\", \"" STORE "journauxia\"]" },
                { ACCOUNT, ACCOUNTS "foundry-hexagone", "encryption.key",
                  "\"https://coffre-ia.vault.azure.net/keys/cle-ia\"" },
                { ACCOUNT, ACCOUNTS "foundry-hexagone", "usage.quantity", "45" },
                { ACCOUNT, ACCOUNTS "foundry-hexagone", "usage.last", "\"2026-01-14T00:00:00Z\"" },
                { ACCOUNT, ACCOUNTS "foundry-hexagone", "usage.deployments",
                  "[\"assistant-sinistres\", \"gpt-5-mini\"]" },
                { ACCOUNT, ACCOUNTS "openai-hexagone", "usage.quantity", "0" },
                { ACCOUNT, ACCOUNTS "openai-hexagone", "usage.last", "absent" },
                { ACCOUNT, ACCOUNTS "parole-relation-client", "usage.quantity", "254" },
                { ACCOUNT, ACCOUNTS "parole-relation-client", "log.inference",
                  "unknown: event hub" },
                { ACCOUNT, ACCOUNTS "vision-sinistres", "log.inference", "false" },
                { DEPLOYMENT, ACCOUNTS "foundry-hexagone/deployments/redaction",
                  "processing.third_party", "\"Anthropic\"" },
                { DEPLOYMENT, ACCOUNTS "foundry-hexagone/deployments/redaction", "log.inference",
                  "true" },
                { DEPLOYMENT, ACCOUNTS "foundry-hexagone/deployments/routeur", "model.choice",
                  "\"balanced\"" },
                { DEPLOYMENT, ACCOUNTS "openai-hexagone/deployments/resume", "model.source",
                  "\"fine-tuned\"" },
                { DEPLOYMENT, ACCOUNTS "foundry-hexagone/deployments/redaction", "model.retires",
                  "\"2027-02-01T00:00:00Z\"" },
                { DEPLOYMENT, ACCOUNTS "foundry-hexagone/deployments/redaction", "model.lifecycle",
                  "\"GenerallyAvailable\"" },
                { DEPLOYMENT, ACCOUNTS "openai-hexagone/deployments/resume", "model.retires",
                  "unknown: cannot be seen from here" },
                { "azure.cognitiveservices.project",
                  ACCOUNTS "foundry-hexagone/projects/souscription", "log.inference", "false" },
                { "azure.cognitiveservices.connection",
                  ACCOUNTS "foundry-hexagone/connections/openai-direct", "processing.third_party",
                  "\"api.openai.com\"" },
                { "azure.machinelearningservices.onlinedeployment",
                  AML "onlineendpoints/tarification/deployments/bleu", "log.inference.percent",
                  "50.0" },
                { "azure.machinelearningservices.onlinedeployment",
                  AML "onlineendpoints/tarification/deployments/bleu", "model.maker", "\"Meta\"" },
                { "azure.machinelearningservices.onlinedeployment",
                  AML "onlineendpoints/tarification/deployments/vert", "processing.regions",
                  "unknown: attached" },
                { "azure.machinelearningservices.onlineendpoint", AML "onlineendpoints/fraude",
                  "log.inference", "false" },
                { "azure.machinelearningservices.registry",
                  GROUP "microsoft.machinelearningservices/registries/registre-commun",
                  "data.regions", "[\"francecentral\", \"eastus\"]" },
                { "azure.operationalinsights.workspace", LAW, "log.retention_days", "365" },
                { "azure.operationalinsights.workspace", LAW, "log.copies", "[\"westeurope\"]" },
                { "azure.operationalinsights.workspace", LAW, "log.region", "\"francecentral\"" },
                { "azure.operationalinsights.workspace",
                  "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/commun/"
                  "providers/microsoft.operationalinsights/workspaces/law-commun",
                  "log.region", "\"eastus\"" },
                { "azure.operationalinsights.table", LAW "/tables/amlonlineendpointtrafficlog",
                  "log.retention_days", "90" },
                { "azure.storage.log_account", STORE "journauxia", "log.retention_days", "400" },
                { "azure.storage.log_account", STORE "journauxia", "log.copies",
                  "\"francesouth\"" },
                { "azure.storage.log_account", STORE "journauxsanscycle", "log.retention_days",
                  "\"never\"" },
                { "azure.storage.data_account", STORE "donneesusa", "store.region", "\"eastus\"" },
                { "azure.securitycopilot.capacity",
                  GROUP "microsoft.securitycopilot/capacities/securite-debordement",
                  "processing.regions", "[\"global\"]" },
                { "azure.botservice.bot", GROUP "microsoft.botservice/botservices/bot-interne",
                  "processing.regions", "unknown: global" },
                { "azure.app.containerapp", GROUP "microsoft.app/containerapps/modele",
                  "compute.accelerator", "\"A100\"" },
        };
        struct scan_run run;

        scan(&run);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                assert_fact(&run, cases[i].kind, cases[i].id, cases[i].fact, cases[i].want);
        /* neighbours that are no AI, and what another row has given */
        assert_int_equal(count(&run, "azure.containerservice.cluster"), 2);
        assert_int_equal(count(&run, "azure.compute.vmss"), 2);
        assert_int_equal(count(&run, "azure.resourcegraph.resource"), 2);
        assert_string_equal(json_member_string(found(&run, "azure.resourcegraph.resource",
                                                     GROUP "microsoft.newaiservices/minds/nouveau"),
                                               "region"),
                            "eastus");
        scan_run_done(&run);
}

static int start(void **state)
{
        sim = cloudsim_start("tests/worlds/azure", NULL);
        return sim ? 0 : -1;
}

static int stop(void **state)
{
        return cloudsim_stop(sim);
}

int main(void)
{
        static const struct CMUnitTest traps[] = {
                cmocka_unit_test(traps_are_not_fallen_into),
                cmocka_unit_test(groups_narrow_what_is_asked),
                cmocka_unit_test(nothing_seen_is_not_nothing_there),
        };
        static const struct CMUnitTest world[] = {
                cmocka_unit_test(world_is_told_as_it_is),
                cmocka_unit_test(lists_unread_are_never_ok),
                cmocka_unit_test(settings_denied_say_nothing),
        };

        if (setenv("AZURE_CLIENT_SECRET", "rows~only.hexagone-000000000000000000", 1) < 0)
                return 1;
        return cmocka_run_group_tests_name("azure_traps", traps, NULL, NULL) +
               cmocka_run_group_tests_name("azure_scan", world, start, stop);
}
