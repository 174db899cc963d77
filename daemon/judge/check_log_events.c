/* What only events in the audit log show: access to data stores, calls to agents. */
#include "daemon/judge/audit.h"
#include "daemon/judge/checks.h"

#include <fnmatch.h>
#include <string.h>

static const char *type_of_kind(const json_t *rows, const char *kind)
{
        json_t *row, *pattern;
        size_t i, k;

        json_array_foreach((json_t *)rows, i, row)
        {
                json_array_foreach(json_object_get(row, "kinds"), k, pattern)
                {
                        if (json_is_string(pattern) &&
                            fnmatch(json_string_value(pattern), kind, 0) == 0)
                                return json_string_value(json_object_get(row, "type"));
                }
        }
        return NULL;
}

const char *trial_event_type(const struct trial *t)
{
        const struct resource *r = t->subject->resource;

        return r ? type_of_kind(trial_param(t, "by_events"), r->kind) : NULL;
}

static int decide_events(struct trial *t, const struct audit *a)
{
        struct coverage_look look;
        int r;

        if (audit_reaches(a, t->subject->place.region))
                return trial_decide(t, VERDICT_PASS, a->type ? "pass-events" : "pass-management");
        if (a->unsure)
                return trial_unknown(t, a->what, a->cause);
        r = audit_coverage(t, &look);
        if (r < 0)
                return r;
        if (look.unanswered > 0)
                return trial_unknown(t, "audit-log", look.cause);
        return look.ok == 0
                       ? trial_unknown(t, "audit-log", "no collector has read audit logs here")
                       : trial_decide(t, VERDICT_FAIL, a->type ? "no-events" : "no-management");
}

int trial_decide_events(struct trial *t, const char *type)
{
        struct audit a;
        int r = audit_read(&a, t, strcmp(type, MANAGEMENT_EVENTS) == 0 ? NULL : type);

        trial_set(t, "type", "%s", type);
        if (r >= 0)
                r = decide_events(t, &a);
        json_decref(a.regions);
        return r;
}

static int check_data_events(struct trial *t)
{
        const char *type = trial_event_type(t);

        return type ? trial_decide_events(t, type) : trial_decide(t, VERDICT_UNKNOWN, "no-source");
}

const struct check checks_log_events[] = {
        { .name = "data-events",
          .run = check_data_events,
          .whys = NAMES("pass-events", "no-events", "no-source", "unknown"),
          .vars = NAMES("type"),
          .params = NAMES("by_events") },
        { 0 },
};
