#include "providers/azure/diagnostics.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define ALL_LOGS "allLogs"
#define INFERENCE "log.inference"
#define APPLICATION "log.application"
#define DESTINATION "log.destination"
#define CATEGORIES "log.categories"
#define OFFERED "log.categories_offered"

/* ---- which categories tell of use -------------------------------------------------------------
 */

enum { WANTED_MAX = 2 };

/* Each of wanted must be there, one of its words apart by "|". What is not here needs all logs. */
/* clang-format off */
static const struct need {
        const char *kind, *wanted[WANTED_MAX];
} needs[] = {
        { "azure.cognitiveservices.account",          { "RequestResponse|AzureOpenAIRequestUsage" } },
        { "azure.cognitiveservices.deployment",       { "RequestResponse|AzureOpenAIRequestUsage" } },
        { "azure.cognitiveservices.project",          { "Trace" } },
        { "azure.machinelearningservices.workspace",  { "ModelsChangeEvent", "RunEvent|AmlRunStatusChangedEvent" } },
        { "azure.machinelearningservices.onlineendpoint", { "AmlOnlineEndpointTrafficLog" } },
        { "azure.machinelearningservices.registry",   { "RegistryAssetReadEvent|RegistryAssetWriteEvent" } },
        { "azure.search.service",                     { "OperationLogs" } },
        { "azure.botservice.bot",                     { "BotRequest" } },
        { "azure.videoindexer.account",               { "Audit", "IndexingLogs" } },
        { "azure.databricks.workspace",               { "serverlessRealTimeInference", "modelRegistry" } },
        { "azure.app.managedenvironment",             { "ContainerAppConsoleLogs" } },
        { "azure.containerservice.cluster",           { "kube-audit|kube-audit-admin" } },
        { "azure.apimanagement.service",              { "GatewayLlmLogs" } },
};
/* clang-format on */

static const struct need *need_of(const char *kind)
{
        for (size_t i = 0; i < ELEMENTSOF(needs); i++)
                if (strcmp(needs[i].kind, kind) == 0)
                        return &needs[i];
        return NULL;
}

static bool list_has(const json_t *list, const char *text, size_t length)
{
        json_t *element;
        size_t i;

        json_array_foreach((json_t *)list, i, element)
        {
                const char *one = json_string_value(element);

                if (one && strlen(one) == length && strncasecmp(one, text, length) == 0)
                        return true;
        }
        return false;
}

static bool has_word_of(const json_t *categories, const char *words)
{
        for (const char *p = words; *p;) {
                size_t n = strcspn(p, "|");

                if (list_has(categories, p, n))
                        return true;
                p += n + (p[n] == '|');
        }
        return false;
}

static bool meets(const struct need *need, const json_t *categories)
{
        if (list_has(categories, ALL_LOGS, strlen(ALL_LOGS)))
                return true;
        for (size_t i = 0; need && i < WANTED_MAX && need->wanted[i]; i++)
                if (!has_word_of(categories, need->wanted[i]))
                        return false;
        return need != NULL;
}

/* ---- what a setting sends ---------------------------------------------------------------------
 */

static bool offers(const json_t *category, const char *group)
{
        json_auto_t *groups = json_path(category, "properties.categoryGroups");

        return strcmp(group, "") != 0 && list_has(groups, group, strlen(group));
}

/* The log categories of a group: false where that is not known. */
static bool add_group(json_t *to, const json_t *offered, const char *group)
{
        bool found = false;
        json_t *category;
        size_t i;

        json_array_foreach((json_t *)offered, i, category)
        {
                const char *name = json_member_string(category, "name");

                if (!name || !offers(category, group))
                        continue;
                found = true;
                (void)azure_append_once(to, name);
        }
        return found;
}

/* The names of what is switched on; what a group that is not known holds leaves it unsure. */
static json_t *enabled_categories(const json_t *setting, const json_t *offered, bool *ret_unsure)
{
        json_t *names = json_array(), *element;
        json_auto_t *logs = json_path(setting, "properties.logs");
        size_t i;

        json_array_foreach(logs, i, element)
        {
                const char *category = json_member_string(element, "category");
                const char *group = json_member_string(element, "categoryGroup");

                if (!json_is_true(json_object_get(element, "enabled")))
                        continue;
                if (category)
                        (void)azure_append_once(names, category);
                if (!group)
                        continue;
                (void)azure_append_once(names, group);
                *ret_unsure |=
                        !add_group(names, offered, group) && strcasecmp(group, ALL_LOGS) != 0;
        }
        return names;
}

/* ---- where to ---------------------------------------------------------------------------------
 */

/* "/subscriptions/…/namespaces/n/authorizationRules/r" is a rule of the namespace. */
static json_t *event_hub_namespace(const char *rule)
{
        const char *cut = strcasestr(rule, "/authorizationrules/");
        _cleanup_(freep) char *id = strndup(rule, cut ? (size_t)(cut - rule) : strlen(rule));

        return id ? azure_id_json(id) : NULL;
}

static void append_take(json_t *list, json_t *text_take)
{
        if (text_take && json_string_length(text_take) > 0)
                (void)azure_append_once(list, json_string_value(text_take));
        json_decref(text_take);
}

/* Where the setting writes to. keeps: what is written there is known to be kept somewhere. */
static void add_destinations(json_t *to, const json_t *setting, bool *ret_keeps)
{
        static const char *const stores[] = { "properties.workspaceId",
                                              "properties.storageAccountId" };
        const char *hub = json_path_string(setting, "properties.eventHubAuthorizationRuleId");
        const char *partner = json_path_string(setting, "properties.marketplacePartnerId");

        for (size_t i = 0; i < ELEMENTSOF(stores); i++) {
                const char *id = json_path_string(setting, stores[i]);

                if (!id || *id == '\0')
                        continue;
                *ret_keeps = true;
                append_take(to, azure_id_json(id));
        }
        if (hub)
                append_take(to, event_hub_namespace(hub));
        if (partner)
                append_take(to, azure_id_json(partner));
}

/* ---- all settings of a resource ---------------------------------------------------------------
 */

struct reading {
        const struct need *need;
        const json_t *offered; /* NULL: not known */
        json_t *categories, *destinations;
        bool sent, kept, unsure; /* use is sent; to a place that keeps it; may be sent */
};

static int read_setting(struct reading *g, const json_t *setting)
{
        bool unsure = false;
        json_auto_t *names = enabled_categories(setting, g->offered, &unsure);
        json_t *name;
        size_t i;

        if (!names)
                return -ENOMEM;
        json_array_foreach(names, i, name)
        {
                if (azure_append_once(g->categories, json_string_value(name)) < 0)
                        return -ENOMEM;
        }
        if (!meets(g->need, names)) {
                g->unsure |= unsure;
                return 0;
        }
        g->sent = true;
        add_destinations(g->destinations, setting, &g->kept);
        return 0;
}

static int set_use(struct resource *r, const char *fact, const struct reading *g, struct error *err)
{
        if (g->kept)
                return azure_set(r, fact, json_true(), err);
        if (g->sent)
                return azure_set_unknown(r, fact,
                                         "its logs go to an event hub or a partner's service only: "
                                         "that they are kept cannot be read",
                                         err);
        if (g->unsure)
                return azure_set_unknown(r, fact,
                                         "a group of categories is sent, and which ones are in it "
                                         "could not be read",
                                         err);
        return azure_set(r, fact, json_false(), err);
}

static json_t *names_of(const json_t *categories)
{
        json_t *names = json_array(), *category;
        size_t i;

        json_array_foreach((json_t *)categories, i, category)
        {
                const char *name = json_member_string(category, "name");
                const char *type = json_path_string(category, "properties.categoryType");

                if (name && (!type || strcasecmp(type, "Logs") == 0))
                        (void)azure_append_once(names, name);
        }
        return names;
}

static int set_facts(struct resource *r, const struct reading *g, struct error *err)
{
        json_auto_t *offered = g->offered ? names_of(g->offered) : NULL;
        int e = 0;

        if (azure_collects(r, INFERENCE))
                e = set_use(r, INFERENCE, g, err);
        else if (azure_collects(r, APPLICATION))
                e = set_use(r, APPLICATION, g, err);
        if (e >= 0)
                e = azure_set_list(r, DESTINATION, g->destinations, err);
        if (e >= 0)
                e = azure_set_list(r, CATEGORIES, g->categories, err);
        return e >= 0 && offered ? azure_set_list(r, OFFERED, offered, err) : e;
}

int azure_read_diagnostics(struct resource *r, struct error *err)
{
        json_auto_t *categories = json_array(), *destinations = json_array();
        struct reading g = { .need = need_of(r->kind),
                             .offered = azure_known(r, OFFERED),
                             .categories = categories,
                             .destinations = destinations };
        const json_t *settings = NULL;
        json_t *setting;
        size_t i;

        if (!categories || !destinations)
                return error_oom(err);
        if (!azure_collects(r, CATEGORIES) ||
            fact_get(r->facts, CATEGORIES, &settings, NULL) == FACT_UNKNOWN)
                return 0; /* could not be read: nor could what is made of it */
        json_array_foreach((json_t *)settings, i, setting)
        {
                if (read_setting(&g, setting) < 0)
                        return error_oom(err);
        }
        if (!g.sent && meets(g.need, g.categories)) { /* all of them together do */
                g.sent = true;
                json_array_foreach((json_t *)settings, i, setting)
                {
                        add_destinations(g.destinations, setting, &g.kept);
                }
        }
        return set_facts(r, &g, err);
}

/* ---- the activity log -------------------------------------------------------------------------
 */

/* Who changed what, and what was found dangerous; Azure records no reads. */
static const struct need activity = { "", { "Administrative", "Security" } };

int azure_read_activity_export(struct resource *r, const json_t *item, struct error *err)
{
        bool unsure = false, keeps = false, records;
        json_auto_t *names = enabled_categories(item, NULL, &unsure);
        json_auto_t *destinations = json_array();
        int e;

        if (!names || !destinations)
                return error_oom(err);
        add_destinations(destinations, item, &keeps);
        records = meets(&activity, names);
        e = azure_set(r, "audit.active", json_boolean(json_array_size(names) > 0), err);
        if (e >= 0)
                e = unsure && !records
                            ? azure_set_unknown(r, "audit.management_events",
                                                "a group of categories is exported, and "
                                                "which ones are in it is not known",
                                                err)
                            : azure_set(r, "audit.management_events", json_boolean(records), err);
        if (e >= 0)
                e = azure_set_list(r, DESTINATION, destinations, err);
        return e < 0 ? e : azure_set_list(r, CATEGORIES, names, err);
}
