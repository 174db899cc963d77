/* What is logged in a region or a scope: audit trails, logs of model calls, and where they do not
 * reach. */
#include "daemon/judge/audit.h"
#include "daemon/judge/checks.h"
#include "daemon/judge/own_log.h"
#include "daemon/judge/refer.h"

#include <errno.h>
#include <string.h>

/* ---- regions in use
 * ---------------------------------------------------------------------------------------- */

struct use {
        struct trial *t;
        const json_t *types; /* NULL: any resource */
        json_t *regions;     /* ["eu-west-3", …] in use */
};

static int use_on_region(void *user, const char *region)
{
        struct use *u = user;
        struct place place = trial_scope(u->t);
        uint64_t count = 0;
        json_t *type;
        size_t i;

        place.region = region;
        if (!u->types)
                count = u->t->view->count(u->t->view->ctx, &place, NULL);
        json_array_foreach((json_t *)u->types, i, type) count +=
                u->t->view->count(u->t->view->ctx, &place, json_string_value(type));
        if (count > 0 && json_array_append_new(u->regions, json_string(region)) < 0)
                return -ENOMEM;
        return 0;
}

static int regions_in_use(struct trial *t, const json_t *types, json_t **ret)
{
        struct use u = { .t = t, .types = types, .regions = json_array() };
        struct place scope = trial_scope(t);
        int r;

        if (!u.regions)
                return -ENOMEM;
        r = t->view->regions(t->view->ctx, &scope, use_on_region, &u);
        if (r < 0) {
                json_decref(u.regions);
                return r;
        }
        *ret = u.regions;
        return 0;
}

/* ---- LOG-001
 * ---------------------------------------------------------------------------------------------- */

static const char *audit_fail_why(const struct audit *a)
{
        if (a->records == 0)
                return "none";
        if (json_object_size(a->regions) > 0)
                return "partial";
        return a->incomplete[0] != '\0' ? "incomplete" : "inactive";
}

static int decide_audit(struct trial *t, struct audit *a, const json_t *in_use)
{
        json_auto_t *open = json_array();
        struct coverage_look look;
        json_t *region;
        size_t i;
        int r;

        if (!open)
                return -ENOMEM;
        json_array_foreach((json_t *)in_use, i,
                           region) if (!audit_reaches(a, json_string_value(region)))(void)
                json_array_append(open, region);
        trial_set_list(t, "open", open);
        trial_set(t, "trail", "%s", a->incomplete);
        if (a->everywhere || (json_object_size(a->regions) > 0 && json_array_size(open) == 0))
                return trial_decide(t, VERDICT_PASS,
                                    a->changes_only ? "pass-changes"
                                    : a->everywhere ? NULL
                                                    : "pass-regional");
        if (a->unsure)
                return trial_unknown(t, a->what, a->cause);
        r = audit_coverage(t, &look);
        if (r < 0)
                return r;
        if (look.unanswered > 0)
                return trial_unknown(t, "audit-log", look.cause);
        if (look.ok == 0) /* an API that is off has said nothing of the log */
                return trial_unknown(t, "audit-log", "no collector has read audit logs here");
        return trial_decide(t, VERDICT_FAIL, audit_fail_why(a));
}

static int check_audit(struct trial *t)
{
        json_auto_t *in_use = NULL;
        struct audit a;
        int r;

        r = audit_read(&a, t, NULL);
        if (r >= 0)
                r = regions_in_use(t, NULL, &in_use);
        if (r >= 0)
                r = decide_audit(t, &a, in_use);
        json_decref(a.regions);
        return r;
}

/* ---- LOG-002
 * ---------------------------------------------------------------------------------------------- */

struct invocation {
        struct trial *t;
        bool logged, no_text, off, gone, unsure;
        const char *what;
        char cause[256];
};

/* A setting whose log group or bucket is not there (any more) logs nothing. */
static int invocation_reaches(struct invocation *v, const struct resource *r)
{
        enum destinations there = DESTINATIONS_NONE;
        int n = trial_destinations(v->t, r, &there, v->cause, sizeof(v->cause));

        if (n < 0)
                return n;
        switch (there) {
        case DESTINATIONS_GONE:
                v->gone = true;
                return 0;
        case DESTINATIONS_UNREAD:
                v->unsure = true;
                v->what = "log.destination";
                return 0;
        case DESTINATIONS_NONE: /* what collects it does not say */
        case DESTINATIONS_THERE:
        case DESTINATIONS_UNSEEN:
                break;
        }
        v->logged = true;
        return 1;
}

static int invocation_on_record(void *user, const struct resource *r)
{
        struct invocation *v = user;
        const char *enabled_cause = NULL, *text_cause = NULL;
        enum truth enabled = trial_fact_true(v->t, r, "log.enabled", &enabled_cause);
        enum truth text;

        if (enabled == TRUTH_NO || enabled == TRUTH_ABSENT) {
                v->off = true;
                return 0;
        }
        text = trial_fact_true(v->t, r, "log.text", &text_cause);
        if (text == TRUTH_NO) {
                v->no_text = true;
                return 0;
        }
        if (enabled == TRUTH_UNKNOWN || text == TRUTH_UNKNOWN) {
                v->unsure = true;
                v->what = enabled == TRUTH_UNKNOWN ? "log.enabled" : "log.text";
                (void)snprintf(v->cause, sizeof(v->cause), "%s",
                               enabled == TRUTH_UNKNOWN ? enabled_cause : text_cause);
                return 0;
        }
        return invocation_reaches(v, r);
}

/* Where the provider has no such setting of a place, each resource has its own log, or none. */
static int decide_by_own_logs(struct trial *t, const struct place *place)
{
        struct own_logs own;
        int r = trial_own_logs(t, place, trial_param(t, "model_types"),
                               trial_param(t, "model_uses"), &own);

        if (r >= 0) {
                trial_set_list(t, "open", own.open);
                if (json_array_size(own.open) > 0)
                        (void)trial_decide(t, VERDICT_FAIL, "fail-own");
                else if (own.unsure)
                        (void)trial_decide(t, VERDICT_UNKNOWN, NULL);
                else if (own.silent > 0 || own.logged == 0)
                        (void)trial_decide(t, VERDICT_UNKNOWN, "no-source");
                else
                        (void)trial_decide(t, VERDICT_PASS, "pass-own");
        }
        own_logs_done(&own);
        return r;
}

static int decide_invocation(struct trial *t, const struct place *place, struct invocation *v)
{
        struct coverage_look look;
        int r;

        if (v->logged)
                return trial_decide(t, VERDICT_PASS, NULL);
        if (v->unsure)
                return trial_unknown(t, v->what, v->cause);
        r = trial_coverage(t, place, "invocation-log", &look);
        if (r < 0)
                return r;
        if (look.unanswered > 0)
                return trial_unknown(t, "invocation-log", look.cause);
        if (v->gone)
                return trial_decide(t, VERDICT_FAIL, "no-destination");
        if (v->no_text || v->off)
                return trial_decide(t, VERDICT_FAIL, v->no_text ? "no-text" : NULL);
        if (look.rows == 0)
                return decide_by_own_logs(t, place);
        if (look.ok == 0)
                return trial_decide(t, VERDICT_UNKNOWN, "no-source");
        return trial_decide(t, VERDICT_FAIL, NULL);
}

static int count_use(void *user, const struct resource *r)
{
        ++*(uint64_t *)user;
        return 0;
}

/* Models in the place, and traces of the use of some that are no resource of their own. */
static int count_models(struct trial *t, const struct place *place, uint64_t *ret)
{
        uint64_t count = 0;
        json_t *type;
        size_t i;
        int r;

        json_array_foreach((json_t *)trial_param(t, "model_types"), i, type) count +=
                t->view->count(t->view->ctx, place, json_string_value(type));
        r = trial_each_use(t, place, trial_param(t, "model_uses"), count_use, &count);
        *ret = count;
        return r;
}

static int decide_no_models(struct trial *t, const struct place *place)
{
        struct coverage_look look;
        int r = trial_coverage_types(t, place, trial_param(t, "model_types"), &look);

        if (r >= 0 && look.unanswered == 0)
                r = trial_coverage_uses(t, place, trial_param(t, "model_uses"), &look);
        if (r < 0)
                return r;
        return look.unanswered > 0 ? trial_unknown(t, "foundation-model", look.cause)
                                   : trial_decide(t, VERDICT_NA, NULL);
}

static int check_invocation(struct trial *t)
{
        struct place place = trial_place(t);
        struct invocation v = { .t = t };
        uint64_t count = 0;
        int r = count_models(t, &place, &count);

        if (r < 0)
                return r;
        if (count == 0)
                return decide_no_models(t, &place);
        trial_set(t, "count", "%llu", (unsigned long long)count);
        r = t->view->each(t->view->ctx, &place, "invocation-log", invocation_on_record, &v);
        if (r < 0)
                return r;
        return decide_invocation(t, &place, &v);
}

/* ---- LOG-009
 * ---------------------------------------------------------------------------------------------- */

/* Anything that matters and was not read withholds the verdict. */
static int reach_coverage(struct trial *t, struct coverage_look *ret)
{
        struct place scope = trial_scope(t);
        int r;

        r = trial_coverage_types(t, &scope, trial_param(t, "ai_types"), ret);
        if (r < 0 || ret->unanswered > 0)
                return r;
        r = trial_coverage(t, &scope, "invocation-log", ret);
        if (r < 0 || ret->unanswered > 0)
                return r;
        return audit_coverage(t, ret);
}

static int uncovered_regions(struct trial *t, const struct audit *a, const json_t *in_use,
                             json_t *open)
{
        json_t *region;
        size_t i;

        json_array_foreach((json_t *)in_use, i, region)
        {
                struct place place = trial_scope(t);
                struct invocation v = { .t = t };
                int r;

                place.region = json_string_value(region);
                if (audit_reaches(a, place.region))
                        continue;
                r = t->view->each(t->view->ctx, &place, "invocation-log", invocation_on_record, &v);
                if (r < 0)
                        return r;
                if (!v.logged)
                        (void)json_array_append(open, region);
        }
        return 0;
}

static int decide_reach(struct trial *t, const struct audit *a, const json_t *in_use)
{
        json_auto_t *open = json_array();
        struct coverage_look look;
        int r = open ? uncovered_regions(t, a, in_use, open) : -ENOMEM;

        if (r >= 0)
                r = reach_coverage(t, &look);
        if (r < 0)
                return r;
        trial_set_list(t, "regions", in_use);
        trial_set_list(t, "open", open);
        if (look.unanswered > 0)
                return trial_unknown(t, "coverage", look.cause);
        if (json_array_size(in_use) == 0)
                return trial_decide(t, VERDICT_NA, NULL);
        if (json_array_size(open) == 0)
                return trial_decide(t, VERDICT_PASS, NULL);
        if (a->unsure)
                return trial_unknown(t, a->what, a->cause);
        if (look.ok == 0)
                return trial_unknown(t, "audit-log", "no collector has read audit logs here");
        return trial_decide(t, VERDICT_FAIL, NULL);
}

static int check_reach(struct trial *t)
{
        json_auto_t *in_use = NULL;
        struct audit a;
        int r;

        r = audit_read(&a, t, NULL);
        if (r >= 0)
                r = regions_in_use(t, trial_param(t, "ai_types"), &in_use);
        if (r >= 0)
                r = decide_reach(t, &a, in_use);
        json_decref(a.regions);
        return r;
}

const struct check checks_log_place[] = {
        { .name = "audit-log",
          .run = check_audit,
          .whys = NAMES("pass", "pass-changes", "pass-regional", "none", "partial", "incomplete",
                        "inactive", "unknown"),
          .vars = NAMES("open", "trail") },
        { .name = "invocation-log",
          .run = check_invocation,
          .whys = NAMES("pass", "pass-own", "fail", "fail-own", "no-text", "no-destination",
                        "no-source", "unknown", "na"),
          .vars = NAMES("count", "open"),
          .params = NAMES("model_types", "model_uses", "by_events") },
        { .name = "log-reach",
          .run = check_reach,
          .whys = NAMES("pass", "fail", "unknown", "na"),
          .vars = NAMES("regions", "open"),
          .params = NAMES("ai_types") },
        { 0 },
};
