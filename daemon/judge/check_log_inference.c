/* LOG-003: what one resource that answers calls says about the log of them. */
#include "daemon/judge/audit.h"
#include "daemon/judge/checks.h"
#include "daemon/judge/own_log.h"
#include "daemon/judge/trial.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

struct source_look {
        struct trial *t;
        const json_t *want; /* row of params.by_sink */
        bool found, unsure;
        char what[200], cause[256];
};

static bool fact_is(struct source_look *l, const struct resource *r, const char *name,
                    const char *want)
{
        const json_t *value = NULL;
        const char *cause = NULL;

        switch (trial_fact(l->t, r, name, &value, &cause)) {
        case FACT_KNOWN:
                return json_is_string(value) && strcmp(json_string_value(value), want) == 0;
        case FACT_UNKNOWN:
                l->unsure = true;
                (void)snprintf(l->what, sizeof(l->what), "%s (%s)", name,
                               r->name ? r->name : r->id);
                (void)snprintf(l->cause, sizeof(l->cause), "%s", cause);
                return false;
        case FACT_ABSENT:
                break;
        }
        return false;
}

static int source_on_sink(void *user, const struct resource *r)
{
        struct source_look *l = user;
        const char *kind = json_string_value(json_object_get(l->want, "log_kind"));
        const char *origin = json_string_value(json_object_get(l->want, "origin"));
        bool kind_fits = !kind || fact_is(l, r, "log.kind", kind);
        bool origin_fits = !origin || fact_is(l, r, "log.origin", origin);

        if (!kind_fits || !origin_fits)
                return 0;
        l->found = true;
        trial_set(l->t, "sink", "%s", r->name ? r->name : r->id);
        return 1;
}

/* A resource whose logs go to a sink of its place that it does not name itself. */
static int decide_by_sink(struct trial *t, const json_t *want)
{
        struct place place = trial_place(t);
        struct source_look l = { .t = t, .want = want };
        struct coverage_look look;
        int r;

        r = t->view->each(t->view->ctx, &place, "log-sink", source_on_sink, &l);
        if (r < 0)
                return r;
        if (l.found)
                return trial_decide(t, VERDICT_PASS, "pass-sink");
        if (l.unsure)
                return trial_unknown(t, l.what, l.cause);
        r = trial_coverage(t, &place, "log-sink", &look);
        if (r < 0)
                return r;
        if (look.unanswered > 0)
                return trial_unknown(t, "log-sink", look.cause);
        if (look.ok == 0)
                return trial_unknown(t, "log-sink", "no collector has read log sinks here");
        return trial_decide(t, VERDICT_FAIL, "no-sink");
}

static const json_t *sink_row_of(const struct trial *t)
{
        json_t *row, *kind;
        size_t i, k;

        json_array_foreach((json_t *)trial_param(t, "by_sink"), i, row)
        {
                json_array_foreach(json_object_get(row, "kinds"), k, kind)
                {
                        const char *pattern = json_string_value(kind);

                        if (pattern && fnmatch(pattern, t->subject->resource->kind, 0) == 0)
                                return row;
                }
        }
        return NULL;
}

static bool captures(const json_t *modes, const char *what)
{
        json_t *mode;
        size_t i;

        if (json_is_string(modes))
                return strstr(json_string_value(modes), what) != NULL;
        json_array_foreach((json_t *)modes, i, mode)
        {
                if (captures(mode, what))
                        return true;
        }
        return false;
}

/* What is asked without what is answered, or the other way round, is a part of the calls. */
static int decide_modes(struct trial *t, const char *why)
{
        const struct resource *r = t->subject->resource;
        const json_t *modes = NULL;
        const char *cause = NULL;

        if (!trial_collected(r, "log.inference.modes"))
                return trial_decide(t, VERDICT_PASS, why);
        switch (trial_fact(t, r, "log.inference.modes", &modes, &cause)) {
        case FACT_UNKNOWN:
                return trial_unknown(t, "log.inference.modes", cause);
        case FACT_ABSENT:
                return trial_decide(t, VERDICT_PASS, why);
        case FACT_KNOWN:
                break;
        }
        if (captures(modes, "Input") && captures(modes, "Output"))
                return trial_decide(t, VERDICT_PASS, why);
        trial_set_list(t, "modes", modes);
        return trial_decide(t, VERDICT_PASS, "partial-modes");
}

static int decide_captured(struct trial *t)
{
        const struct resource *r = t->subject->resource;
        const json_t *percent = NULL;
        const char *cause = NULL;

        trial_set(t, "percent", "100");
        if (!trial_collected(r, "log.inference.percent"))
                return decide_modes(t, NULL);
        switch (trial_fact(t, r, "log.inference.percent", &percent, &cause)) {
        case FACT_UNKNOWN:
                return trial_unknown(t, "log.inference.percent", cause);
        case FACT_ABSENT:
                return decide_modes(t, NULL);
        case FACT_KNOWN:
                break;
        }
        if (!json_is_number(percent))
                return trial_unknown(t, "log.inference.percent", "the value is no number");
        trial_set(t, "percent", "%.4g", json_number_value(percent));
        if (json_number_value(percent) <= 0)
                return trial_decide(t, VERDICT_FAIL, NULL);
        return decide_modes(t, json_number_value(percent) < 100 ? "partial" : NULL);
}

static bool is_among(const json_t *patterns, const char *kind)
{
        json_t *pattern;
        size_t i;

        json_array_foreach((json_t *)patterns, i, pattern)
        {
                if (json_is_string(pattern) && fnmatch(json_string_value(pattern), kind, 0) == 0)
                        return true;
        }
        return false;
}

/* Nothing that was read tells of its calls: of an AI service that is not known unless it is one
 * that nobody calls, or whose calls are asked elsewhere. */
static int decide_untold(struct trial *t)
{
        const struct resource *r = t->subject->resource;

        if (!r->service_type || !trial_param_has(t, "ai_types", r->service_type) ||
            is_among(trial_param(t, "no_calls"), r->kind))
                return trial_decide(t, VERDICT_NA, NULL);
        return trial_decide(t, VERDICT_UNKNOWN, "no-source");
}

/* What has no setting of its own: delivered to a log, kept in a sink of the place, or recorded as
 * events. */
static int decide_without_setting(struct trial *t, const json_t *row)
{
        const struct resource *r = t->subject->resource;
        const char *type = trial_event_type(t), *cause = NULL;
        enum truth delivered = TRUTH_NO;

        if (row)
                return decide_by_sink(t, row);
        if (trial_collected(r, "log.application"))
                delivered = trial_fact_true(t, r, "log.application", &cause);
        if (delivered == TRUTH_YES)
                return trial_decide(t, VERDICT_PASS, "pass-delivery");
        if (!type)
                return delivered == TRUTH_UNKNOWN ? trial_unknown(t, "log.application", cause)
                                                  : decide_untold(t);
        if (trial_decide_events(t, type) < 0)
                return t->failed;
        return t->verdict == VERDICT_FAIL && delivered == TRUTH_UNKNOWN
                       ? trial_unknown(t, "log.application", cause)
                       : 0;
}

/* ---- what answers through its parts, each of which has a log of its own
 * ------------------------------------------------------------------------------------------------
 */

struct parts_look {
        struct trial *t;
        json_t *open; /* names of those without a log */
        size_t logged;
        bool unsure;
        char what[200], cause[256];
};

static void part_unsure(struct parts_look *p, const struct resource *r, const char *fact,
                        const char *cause)
{
        p->unsure = true;
        (void)snprintf(p->what, sizeof(p->what), "%s (%s)", fact, r->name ? r->name : r->id);
        (void)snprintf(p->cause, sizeof(p->cause), "%s", cause);
}

static bool part_is_ours(struct parts_look *p, const struct resource *r)
{
        const json_t *parent = NULL;
        const char *cause = NULL;
        enum fact_state state = trial_fact(p->t, r, "parent.id", &parent, &cause);

        if (state == FACT_UNKNOWN)
                part_unsure(p, r, "parent.id", cause);
        /* some providers write one id in several ways */
        return state == FACT_KNOWN && json_is_string(parent) &&
               strcasecmp(json_string_value(parent), p->t->subject->resource->id) == 0;
}

static int part_on_resource(void *user, const struct resource *r)
{
        static const char *const facts[] = { "log.application", "log.inference" };
        struct parts_look *p = user;
        const char *unread = NULL, *why = NULL;

        if (!part_is_ours(p, r))
                return 0;
        for (size_t i = 0; i < ELEMENTSOF(facts); i++) {
                const char *cause = NULL;
                enum truth truth = trial_collected(r, facts[i])
                                           ? trial_fact_true(p->t, r, facts[i], &cause)
                                           : TRUTH_NO;

                if (truth == TRUTH_YES) {
                        p->logged++;
                        return 0;
                }
                if (truth == TRUTH_UNKNOWN) {
                        unread = facts[i];
                        why = cause;
                }
        }
        if (unread)
                part_unsure(p, r, unread, why);
        else if (json_array_append_new(p->open, json_string(r->name ? r->name : r->id)) < 0)
                return -ENOMEM;
        return 0;
}

/* Some parts may stand in a list that was not read; without any, nothing answers calls. */
static int decide_parts(struct trial *t, const struct parts_look *p,
                        const struct coverage_look *look)
{
        if (json_array_size(p->open) > 0) {
                trial_set_list(t, "open", p->open);
                return trial_decide(t, VERDICT_FAIL, "open-parts");
        }
        if (p->unsure)
                return trial_unknown(t, p->what, p->cause);
        if (look->unanswered > 0)
                return trial_unknown(t, "log.application", look->cause);
        if (look->ok == 0 && p->logged == 0)
                return trial_unknown(t, "log.application", "nothing was asked here");
        trial_set(t, "count", "%zu", p->logged);
        return p->logged > 0 ? trial_decide(t, VERDICT_PASS, "pass-parts")
                             : trial_decide(t, VERDICT_FAIL, NULL);
}

static int decide_by_parts(struct trial *t, const json_t *parts)
{
        struct parts_look p = { .t = t, .open = json_array() };
        struct place place = trial_place(t);
        struct coverage_look look;
        int r = p.open ? trial_each_use(t, &place, parts, part_on_resource, &p) : -ENOMEM;

        if (r >= 0)
                r = trial_coverage_uses(t, &place, parts, &look);
        if (r >= 0)
                r = decide_parts(t, &p, &look);
        json_decref(p.open);
        return r;
}

static const json_t *parts_of(const struct trial *t)
{
        json_t *row;
        size_t i;

        json_array_foreach((json_t *)trial_param(t, "by_parts"), i, row)
        {
                if (is_among(json_object_get(row, "kinds"), t->subject->resource->kind))
                        return json_object_get(row, "parts");
        }
        return NULL;
}

/* ---- the setting of its own
 * ------------------------------------------------------------------------------------------------
 */

/* Its own capture is off: calls may be in a sink of the place all the same, in the logs of its
 * parts, or in data events. */
static int decide_switched_off(struct trial *t, const json_t *row)
{
        const char *type = trial_event_type(t);
        const json_t *parts = parts_of(t);

        if (row)
                return decide_by_sink(t, row);
        if (parts)
                return decide_by_parts(t, parts);
        return type ? trial_decide_events(t, type) : trial_decide(t, VERDICT_FAIL, NULL);
}

/* Whether its own capture is on is not known: what a sink of the place, its parts or the events
 * show of its calls counts all the same, what they do not show proves nothing. */
static int decide_unread(struct trial *t, const json_t *row, const char *cause)
{
        const char *type = trial_event_type(t);
        const json_t *parts = parts_of(t);
        int r = 0;

        if (row)
                r = decide_by_sink(t, row);
        else if (parts)
                r = decide_by_parts(t, parts);
        else if (type)
                r = trial_decide_events(t, type);
        if (r < 0 || t->verdict == VERDICT_PASS)
                return r;
        return trial_unknown(t, "log.inference", cause);
}

int trial_inference_log(struct trial *t)
{
        const struct resource *r = t->subject->resource;
        const json_t *row = sink_row_of(t);
        const char *cause = NULL;

        if (!trial_collected(r, "log.inference"))
                return decide_without_setting(t, row);
        switch (trial_fact_true(t, r, "log.inference", &cause)) {
        case TRUTH_YES:
                return decide_captured(t);
        case TRUTH_NO:
        case TRUTH_ABSENT:
                return decide_switched_off(t, row);
        case TRUTH_UNKNOWN:
                break;
        }
        return decide_unread(t, row, cause);
}

const struct check checks_log_inference[] = {
        { .name = "inference-log",
          .run = trial_inference_log,
          .whys = NAMES("pass", "pass-sink", "pass-delivery", "pass-events", "partial",
                        "pass-management", "partial-modes", "fail", "no-sink", "no-events",
                        "no-management", "no-source", "unknown", "na", "pass-parts", "open-parts"),
          .vars = NAMES("sink", "percent", "modes", "type", "open", "count"),
          .params = NAMES("by_sink", "by_parts", "by_events", "ai_types", "no_calls") },
        { 0 },
};
