/* The named functions that the catalogue's rows call. */
#include "providers/azure/refine.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "providers/azure/diagnostics.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static int refine_place(const struct account *a, struct resource *r, const json_t *item,
                        struct error *err)
{
        return azure_read_places(r, err);
}

/* What most things have: a place, a network in front, and logs. */
static int refine_resource(const struct account *a, struct resource *r, const json_t *item,
                           struct error *err)
{
        int e = azure_read_places(r, err);

        if (e >= 0)
                e = azure_read_exposure(r, item, err);
        return e < 0 ? e : azure_read_diagnostics(r, err);
}

static int refine_used(const struct account *a, struct resource *r, const json_t *item,
                       struct error *err)
{
        int e = refine_resource(a, r, item, err);

        return e < 0 ? e : azure_read_usage(r, err);
}

static int refine_location_policy(const struct account *a, struct resource *r, const json_t *item,
                                  struct error *err)
{
        return azure_read_location_policy(r, item, err);
}

static int refine_diagnostics(const struct account *a, struct resource *r, const json_t *item,
                              struct error *err)
{
        return azure_read_diagnostics(r, err);
}

static int refine_account(const struct account *a, struct resource *r, const json_t *item,
                          struct error *err)
{
        int e = refine_resource(a, r, item, err);

        if (e >= 0)
                e = azure_read_usage(r, err);
        return e < 0 ? e : azure_read_account(r, item, err);
}

static int refine_deployment(const struct account *a, struct resource *r, const json_t *item,
                             struct error *err)
{
        int e = azure_read_diagnostics(r, err);

        return e < 0 ? e : azure_read_deployment(r, item, err);
}

/* Which deployments its agents call is told by an action that readers may not take. */
static int refine_agent(const struct account *a, struct resource *r, const json_t *item,
                        struct error *err)
{
        return azure_set_unknown(r, "processing.regions",
                                 "which models its agents call cannot be read by a reader "
                                 "(listAgents is an action)",
                                 err);
}

/* A connection to Application Insights is where agents leave their traces. */
static int refine_connection(const struct account *a, struct resource *r, const json_t *item,
                             struct error *err)
{
        const char *category = json_path_string(item, "properties.category");
        const char *target = json_path_string(item, "properties.target");
        static const char traces[] = "log.delivery";
        int e = 0;

        if (azure_collects(r, traces) && category && strcasecmp(category, "AppInsights") == 0 &&
            target && target[0] == '/')
                e = azure_set(r, traces, azure_id_json(target), err);
        else if (azure_collects(r, traces))
                e = azure_set_absent(r, traces, err);
        return e < 0 ? e : azure_read_third_party(r, err);
}

/* A filter that is not enabled, or tells without blocking, lets the content through. One that does
 * not say is no filter that is known to block, nor known not to: the whole is unknown then. */
static int refine_content_filter(const struct account *a, struct resource *r, const json_t *item,
                                 struct error *err)
{
        static const char off[] = "guardrail.off";
        const json_t *filters = azure_known(r, off);
        json_auto_t *names = json_array();
        json_t *filter;
        size_t i;

        if (!names)
                return error_oom(err);
        if (!filters)
                return 0;
        json_array_foreach((json_t *)filters, i, filter)
        {
                const json_t *enabled = json_object_get(filter, "enabled"),
                             *blocking = json_object_get(filter, "blocking");
                const char *name = json_member_string(filter, "name");

                if (!name || !json_is_boolean(enabled) || !json_is_boolean(blocking))
                        return azure_set_unknown(r, off, "a filter does not say whether it blocks",
                                                 err);
                if ((json_is_false(enabled) || json_is_false(blocking)) &&
                    azure_append_once(names, name) < 0)
                        return error_oom(err);
        }
        return azure_set(r, off, json_incref(names), err);
}

/* The GUID of a role's definition, which is the same in every subscription. */
static int refine_role(const struct account *a, struct resource *r, const json_t *item,
                       struct error *err)
{
        const char *id = azure_known_text(r, "config.id"), *slash = id ? strrchr(id, '/') : NULL;

        return slash ? azure_set(r, "config.id", azure_id_json(slash + 1), err) : 0;
}

static int refine_bot(const struct account *a, struct resource *r, const json_t *item,
                      struct error *err)
{
        int e = refine_resource(a, r, item, err);

        return e < 0 ? e : azure_read_third_party(r, err);
}

/* On a cluster of the account's own, that cluster decides where it runs. */
static int refine_online_endpoint(const struct account *a, struct resource *r, const json_t *item,
                                  struct error *err)
{
        int e = refine_used(a, r, item, err);

        if (e < 0 || !json_path_string(item, "properties.compute"))
                return e;
        return azure_set_unknown(r, "processing.regions",
                                 "it runs on a cluster that is attached to the workspace, wherever "
                                 "that is",
                                 err);
}

static int refine_model(const struct account *a, struct resource *r, const json_t *item,
                        struct error *err)
{
        int e = azure_read_places(r, err);

        return e < 0 ? e : azure_read_model(r, err);
}

/* What is said in the form "true" or "0" where a destination was to be is none. */
static int read_deployment_logs(struct resource *r, struct error *err)
{
        const json_t *value = azure_known(r, "log.destination");
        json_auto_t *kept = json_array();
        json_t *one;
        size_t i;

        if (!kept)
                return error_oom(err);
        json_array_foreach((json_t *)value, i, one)
        {
                json_auto_t *id = json_is_string(one) && json_string_value(one)[0] == '/'
                                          ? azure_id_json(json_string_value(one))
                                          : NULL;

                if (id)
                        (void)azure_append_once(kept, json_string_value(id));
        }
        return value ? azure_set_list(r, "log.destination", kept, err) : 0;
}

static int refine_online_deployment(const struct account *a, struct resource *r, const json_t *item,
                                    struct error *err)
{
        const char *type = json_path_string(item, "properties.endpointComputeType");
        int e = refine_model(a, r, item, err);

        if (e >= 0)
                e = azure_read_collector(r, item, err);
        if (e >= 0)
                e = read_deployment_logs(r, err);
        if (e < 0 || !type || strcasecmp(type, "Managed") == 0)
                return e;
        return azure_set_unknown(r, "processing.regions",
                                 "it runs on a cluster that is attached to the workspace, wherever "
                                 "that is",
                                 err);
}

static int refine_gpu(const struct account *a, struct resource *r, const json_t *item,
                      struct error *err)
{
        int e = refine_resource(a, r, item, err);

        return e < 0 ? e : azure_read_accelerator(r, err);
}

/* Where the environment's logs do not go to Azure Monitor, its settings there say nothing. */
static int refine_environment(const struct account *a, struct resource *r, const json_t *item,
                              struct error *err)
{
        const char *to = json_path_string(item, "properties.appLogsConfiguration.destination");
        int e = refine_gpu(a, r, item, err);

        if (e < 0 || !to || strcasecmp(to, "azure-monitor") == 0)
                return e;
        return azure_set(r, "log.application", json_boolean(strcasecmp(to, "log-analytics") == 0),
                         err);
}

static int refine_container(const struct account *a, struct resource *r, const json_t *item,
                            struct error *err)
{
        return azure_read_container(r, item, err);
}

static int refine_activity_export(const struct account *a, struct resource *r, const json_t *item,
                                  struct error *err)
{
        return azure_read_activity_export(r, item, err);
}

static int refine_log_workspace(const struct account *a, struct resource *r, const json_t *item,
                                struct error *err)
{
        int e = azure_read_log_workspace(r, item, err);

        return e < 0 ? e : azure_read_places(r, err);
}

static int refine_log_storage(const struct account *a, struct resource *r, const json_t *item,
                              struct error *err)
{
        int e = azure_read_log_storage(r, err);

        if (e == 0)
                e = azure_read_exposure(r, item, err);
        return e < 0 ? e : azure_read_places(r, err);
}

/* What a component says of retention and place holds for what it keeps itself, and not for what it
 * writes into a workspace: that one says how long. */
static int refine_component(const struct account *a, struct resource *r, const json_t *item,
                            struct error *err)
{
        if (azure_known(r, "log.destination"))
                (void)json_object_del(r->facts, "log.retention_days");
        /* nor where: unless it keeps them itself, its own place is not theirs */
        if (fact_get(r->facts, "log.destination", NULL, NULL) != FACT_ABSENT)
                (void)json_object_del(r->facts, "log.region");
        return azure_read_places(r, err);
}

static int refine_event_hub(const struct account *a, struct resource *r, const json_t *item,
                            struct error *err)
{
        int e = azure_read_places(r, err);

        return e < 0 ? e
                     : azure_set_unknown(r, "log.retention_days",
                                         "an event hub keeps logs for 7 to 90 days, and who takes "
                                         "them from there cannot be read",
                                         err);
}

static int refine_fabric(const struct account *a, struct resource *r, const json_t *item,
                         struct error *err)
{
        static const char cause[] = "a setting of the Fabric tenant, which Azure does not show "
                                    "(Fabric admin portal, Tenant settings, Copilot)";
        int e = azure_set_unknown(r, "assistant.status", cause, err);

        return e < 0 ? e : azure_set_unknown(r, "processing.regions", cause, err);
}

static int refine_security_copilot(const struct account *a, struct resource *r, const json_t *item,
                                   struct error *err)
{
        const char *cross = azure_known_text(r, "processing.regions");

        if (cross && strcasecmp(cross, "Allowed") == 0)
                return azure_set(r, "processing.regions", json_pack("[s]", "global"), err);
        return azure_set_unknown(r, "processing.regions",
                                 "it stays in a geography, of which the API does not name the "
                                 "regions",
                                 err);
}

const struct refinement azure_refinements[AZURE_REFINEMENTS] = {
        { .name = "azure_place", .run = refine_place },
        { .name = "azure_resource", .run = refine_resource },
        { .name = "azure_used", .run = refine_used },
        { .name = "azure_diagnostics", .run = refine_diagnostics },
        { .name = "azure_account", .run = refine_account },
        { .name = "azure_deployment", .run = refine_deployment },
        { .name = "azure_agent", .run = refine_agent },
        { .name = "azure_connection", .run = refine_connection },
        { .name = "azure_content_filter", .run = refine_content_filter },
        { .name = "azure_role", .run = refine_role },
        { .name = "azure_bot", .run = refine_bot },
        { .name = "azure_online_endpoint", .run = refine_online_endpoint },
        { .name = "azure_online_deployment", .run = refine_online_deployment },
        { .name = "azure_model", .run = refine_model },
        { .name = "azure_gpu", .run = refine_gpu },
        { .name = "azure_environment", .run = refine_environment },
        { .name = "azure_container", .run = refine_container },
        { .name = "azure_activity_export", .run = refine_activity_export },
        { .name = "azure_location_policy", .run = refine_location_policy },
        { .name = "azure_log_workspace", .run = refine_log_workspace },
        { .name = "azure_log_storage", .run = refine_log_storage },
        { .name = "azure_component", .run = refine_component },
        { .name = "azure_event_hub", .run = refine_event_hub },
        { .name = "azure_fabric", .run = refine_fabric },
        { .name = "azure_security_copilot", .run = refine_security_copilot },
};
