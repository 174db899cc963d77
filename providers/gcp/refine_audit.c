/* Which services have their Data Access logs on, and whether a sink keeps them. */
#include "providers/gcp/refine.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"

#include <errno.h>
#include <string.h>

static const char data_events[] = "audit.data_events", part_events[] = "audit.data_events_partial",
                  destination[] = "log.destination", sinks[] = "log.sinks";

/* The services that rules ask about: allServices stands for each of them.
 * Whether generativelanguage writes such logs at all is unverified. */
static const char *const services[] = {
        "aiplatform.googleapis.com",
        "discoveryengine.googleapis.com",
        "dialogflow.googleapis.com",
        "ces.googleapis.com",
        "documentai.googleapis.com",
        "speech.googleapis.com",
        "translate.googleapis.com",
        "vision.googleapis.com",
        "language.googleapis.com",
        "notebooks.googleapis.com",
        "retail.googleapis.com",
        "jobs.googleapis.com",
        "visionai.googleapis.com",
        "automl.googleapis.com",
        "contactcenterinsights.googleapis.com",
        "geminidataanalytics.googleapis.com",
        "vectorsearch.googleapis.com",
        "generativelanguage.googleapis.com",
        "storage.googleapis.com",
};
/* Its Data Access logs are always on. */
static const char always_on[] = "bigquery.googleapis.com";

/* ---- what is on -------------------------------------------------------------------------------
 */

struct on {
        bool all;  /* for everybody */
        bool some; /* but for some members */
};

/* Log types of allServices and of the service add up; so do the members that are left out. */
static struct on log_type(const json_t *configs, const char *service, const char *type)
{
        struct on on = { 0 };
        json_t *config, *log;
        size_t i, k;

        json_array_foreach((json_t *)configs, i, config)
        {
                const char *name = json_member_string(config, "service");

                if (!name || (strcmp(name, "allServices") != 0 && strcmp(name, service) != 0))
                        continue;
                json_array_foreach(json_object_get(config, "auditLogConfigs"), k, log)
                {
                        const char *is = json_member_string(log, "logType");

                        if (!is || strcmp(is, type) != 0)
                                continue;
                        on.all = true;
                        on.some = on.some ||
                                  json_array_size(json_object_get(log, "exemptedMembers")) > 0;
                }
        }
        return on;
}

struct settings {
        json_t *whole, *part; /* names of services */
};

static void settings_of(struct settings *s, const json_t *configs, const char *service)
{
        struct on reads = log_type(configs, service, "DATA_READ");
        struct on writes = log_type(configs, service, "DATA_WRITE");

        if (reads.all && writes.all && !reads.some && !writes.some)
                (void)json_array_append_new(s->whole, json_string(service));
        else if (reads.all || writes.all)
                (void)json_array_append_new(s->part, json_string(service));
}

static int exempted(struct resource *r, const json_t *configs, struct error *err)
{
        json_auto_t *members = json_path(configs, "[].auditLogConfigs[].exemptedMembers[]");

        return json_array_size(members) > 0 ? gcp_set_list(r, "audit.exempted", members, err) : 0;
}

/* ---- what a sink lets through ------------------------------------------------------------------
 */

enum kept { KEPT_NO, KEPT_MAYBE, KEPT_YES };

static bool has(const char *text, const char *word)
{
        return strcasestr(text, word) != NULL;
}

/* "NOT LOG_ID("…") AND NOT LOG_ID("…")" and nothing else: the filter that _Default is made with. */
static bool only_leaves_logs_out(const char *filter)
{
        static const char begin[] = "NOT LOG_ID(\"";

        for (;;) {
                const char *end;

                filter += strspn(filter, " \n\t");
                if (strncmp(filter, "AND ", 4) == 0)
                        filter += 4 + strspn(filter + 4, " \n\t");
                if (*filter == '\0')
                        return true;
                if (strncmp(filter, begin, strlen(begin)) != 0)
                        return false;
                end = strstr(filter, "\")");
                if (!end)
                        return false;
                filter = end + 2;
        }
}

/* The query language is not evaluated: what it names is looked at, and doubt stays doubt. */
static enum kept filter_lets_through(const char *filter)
{
        bool plain;

        if (!filter || filter[strspn(filter, " \n\t")] == '\0')
                return KEPT_YES;
        if (only_leaves_logs_out(filter))
                return has(filter, "data_access") ? KEPT_NO : KEPT_YES;
        plain = !has(filter, " AND ") && !has(filter, "NOT ") && !has(filter, "!=") &&
                !strchr(filter, '-') && !strchr(filter, '\n');
        if (has(filter, "data_access"))
                return plain ? KEPT_YES : KEPT_MAYBE;
        if (has(filter, "cloudaudit.googleapis.com/") ||
            has(filter, "cloudaudit.googleapis.com%2F"))
                return plain ? KEPT_NO : KEPT_MAYBE; /* another audit log */
        if (has(filter, "cloudaudit.googleapis.com"))
                return plain ? KEPT_YES : KEPT_MAYBE;
        return KEPT_MAYBE;
}

/* What an exclusion may take out of what the filter let through. */
static enum kept after_exclusion(const json_t *exclusion)
{
        static const char *const doubtful[] = { "severity", "sample(", "protoPayload", "aiplatform",
                                                "audited_", "logName", "LOG_ID" };
        const char *filter = json_member_string(exclusion, "filter");

        if (json_is_true(json_object_get(exclusion, "disabled")))
                return KEPT_YES;
        if (!filter || filter[0] == '\0')
                return KEPT_NO;
        if (has(filter, "data_access") || has(filter, "cloudaudit"))
                return has(filter, " AND ") ? KEPT_MAYBE : KEPT_NO;
        for (size_t i = 0; i < ELEMENTSOF(doubtful); i++)
                if (has(filter, doubtful[i]))
                        return KEPT_MAYBE;
        return KEPT_YES;
}

static enum kept sink_keeps(const json_t *sink)
{
        enum kept kept = KEPT_NO, left;
        json_t *exclusion;
        size_t i;

        if (!json_member_string(sink, "destination") ||
            json_is_true(json_object_get(sink, "disabled")))
                return KEPT_NO;
        kept = filter_lets_through(json_member_string(sink, "filter"));
        json_array_foreach(json_object_get(sink, "exclusions"), i, exclusion)
        {
                left = after_exclusion(exclusion);
                kept = left < kept ? left : kept;
        }
        return kept;
}

struct sinks {
        json_t *destinations, *names; /* of those that surely keep Data Access logs */
        enum kept best;
};

static void sinks_add(struct sinks *s, const json_t *value)
{
        enum kept kept;
        json_t *element;
        size_t i;

        json_array_foreach((json_t *)value, i, element)
        {
                sinks_add(s, element);
        }
        if (!json_is_object(value))
                return;
        kept = sink_keeps(value);
        if (kept > s->best)
                s->best = kept;
        if (kept != KEPT_YES)
                return;
        (void)json_array_append(s->destinations, json_object_get(value, "destination"));
        (void)json_array_append(s->names, json_object_get(value, "name"));
}

/* ---- the record -------------------------------------------------------------------------------
 */

/* Kept 400 days whatever is set: where the control plane's events are. */
static int to_required(struct resource *r, struct error *err)
{
        return gcp_set(r, destination,
                       json_pack("[o]", json_sprintf("projects/%s/locations/global/buckets/"
                                                     "_Required",
                                                     r->scope)),
                       err);
}

static int events_unknown(struct resource *r, const char *cause, struct error *err)
{
        int e = gcp_unknown(r, data_events, cause, err);

        return e < 0 ? e : gcp_unknown(r, part_events, cause, err);
}

/* Switched on, and thrown away before it is written. */
static int events_dropped(struct resource *r, bool asked, struct error *err)
{
        int e = gcp_absent(r, data_events, err);

        if (e == 0)
                e = gcp_absent(r, part_events, err);
        if (e == 0 && asked)
                e = gcp_set(r, "audit.delivery_error",
                            json_string("Data Access logs are switched on, and no sink keeps them"),
                            err);
        return e < 0 ? e : to_required(r, err);
}

static int settle(struct resource *r, const struct settings *on, const struct sinks *s,
                  struct error *err)
{
        bool asked = json_array_size(on->whole) + json_array_size(on->part) > 0;
        int e;

        if (s->best == KEPT_NO)
                return events_dropped(r, asked, err);
        if (s->best == KEPT_MAYBE) {
                e = events_unknown(r,
                                   "whether a sink keeps Data Access logs cannot be read from the "
                                   "filters",
                                   err);
                return e < 0 ? e : to_required(r, err);
        }
        (void)json_array_append_new(on->whole, json_string(always_on));
        e = gcp_set_list(r, data_events, on->whole, err);
        if (e == 0)
                e = gcp_set_list(r, part_events, on->part, err);
        if (e < 0 || !asked)
                return e < 0 ? e : to_required(r, err);
        e = gcp_set_list(r, destination, s->destinations, err);
        return e < 0 ? e : gcp_settle_destinations(r, destination, err);
}

int gcp_refine_audit_config(const struct account *a, struct resource *r, const json_t *item,
                            struct error *err)
{
        json_auto_t *whole = json_array(), *part = json_array(), *to = json_array(),
                    *names = json_array();
        const json_t *configs = json_object_get(item, "auditConfigs"), *seen = NULL;
        struct settings on = { .whole = whole, .part = part };
        struct sinks s = { .destinations = to, .names = names };
        const char *cause = NULL;
        int e;

        if (!whole || !part || !to || !names)
                return error_oom(err);
        for (size_t i = 0; i < ELEMENTSOF(services); i++)
                settings_of(&on, configs, services[i]);
        e = exempted(r, configs, err);
        if (e < 0)
                return e;
        if (fact_get(r->facts, sinks, &seen, &cause) == FACT_UNKNOWN) {
                e = gcp_unknown(r, destination, cause, err);
                return e < 0 ? e : events_unknown(r, cause, err);
        }
        sinks_add(&s, seen);
        e = gcp_set_list(r, sinks, names, err);
        return e < 0 ? e : settle(r, &on, &s, err);
}
