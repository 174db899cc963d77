/* What one resource or sink says about its own logs. */
#include "daemon/base/number.h"
#include "daemon/judge/audit.h"
#include "daemon/judge/checks.h"
#include "daemon/judge/refer.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

/* ---- LOG-003
 * ----------------------------------------------------------------------------------------- */

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
                                                  : trial_decide(t, VERDICT_NA, NULL);
        if (trial_decide_events(t, type) < 0)
                return t->failed;
        return t->verdict == VERDICT_FAIL && delivered == TRUTH_UNKNOWN
                       ? trial_unknown(t, "log.application", cause)
                       : 0;
}

/* Its own capture is off: calls may be in a sink of the place all the same, or in data events. */
static int decide_switched_off(struct trial *t, const json_t *row)
{
        const char *type = trial_event_type(t);

        if (row)
                return decide_by_sink(t, row);
        return type ? trial_decide_events(t, type) : trial_decide(t, VERDICT_FAIL, NULL);
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
        return trial_unknown(t, "log.inference", cause);
}

/* ---- LOG-005
 * ----------------------------------------------------------------------------------------- */

static uint64_t param_u64(const struct trial *t, const char *name)
{
        json_int_t n = json_integer_value(trial_param(t, name));

        return n > 0 ? (uint64_t)n : 0;
}

/* The policy's floor, raised by a tag, and by the law where the risk is high. Returns 0 when the
 * tag cannot be used. */
static int retention_floor(struct trial *t, uint64_t *ret)
{
        struct declaration d = trial_tag(t, "ai-act-log-days");
        uint64_t floor = t->judge->policy->log_retention_days, tagged;

        if (d.state == DECLARED_INVALID || d.state == DECLARED_CONFLICT)
                return 0;
        if (d.state == DECLARED_VALUE && number_parse_u64(d.value, &tagged) == 0 && tagged > floor)
                floor = tagged;
        if ((floor == 0 || strcmp(t->subject->risk, "high-risk") == 0) &&
            floor < param_u64(t, "half_year_days"))
                floor = param_u64(t, "half_year_days");
        *ret = floor;
        return 1;
}

static int decide_days(struct trial *t, uint64_t days, uint64_t floor)
{
        uint64_t half_year = param_u64(t, "half_year_days");

        trial_set(t, "days", "%llu", (unsigned long long)days);
        if (days >= floor)
                return trial_decide(t, VERDICT_PASS, NULL);
        /* six calendar months are 181 to 184 days: only that floor has a grey zone */
        if (floor == half_year && days >= param_u64(t, "short_half_year_days"))
                return t->judge->policy->strict_half_year
                               ? trial_decide(t, VERDICT_FAIL, "fail-strict")
                               : trial_decide(t, VERDICT_PASS, "pass-short");
        return trial_decide(t, VERDICT_FAIL, NULL);
}

static int decide_retention(struct trial *t, const json_t *value)
{
        uint64_t floor;

        if (!retention_floor(t, &floor))
                return trial_unknown(t, "ai-act-log-days", "the tag has no usable number of days");
        trial_set(t, "floor", "%llu", (unsigned long long)floor);
        if (json_is_string(value) && strcmp(json_string_value(value), "never") == 0)
                return trial_decide(t, VERDICT_PASS, "pass-never");
        if (!json_is_integer(value) || json_integer_value(value) < 0)
                return trial_unknown(t, "log.retention_days", "the value is no number of days");
        return decide_days(t, (uint64_t)json_integer_value(value), floor);
}

/* What the destinations of a log keep together: as long as the one that keeps it longest. */
struct kept {
        json_t *copy; /* the best: days, or "never"; records are borrowed until the next look */
        char what[200], cause[256]; /* of the first that could not be read */
};

static bool keeps_longer(const json_t *a, const json_t *b)
{
        if (!b || json_is_string(a))
                return true;
        return !json_is_string(b) && json_integer_value(a) > json_integer_value(b);
}

static void kept_unknown(struct kept *k, const char *what, const char *cause)
{
        if (k->what[0] != '\0')
                return;
        (void)snprintf(k->what, sizeof(k->what), "%s", what);
        (void)snprintf(k->cause, sizeof(k->cause), "%s", cause);
}

static int kept_at(struct trial *t, struct kept *k, const char *destination)
{
        const struct resource *to = trial_refer(t, "log-sink", destination);
        const json_t *value = NULL;
        const char *cause = "no retention is set";

        if (!to) {
                kept_unknown(k, destination, "it is not in the inventory");
        } else if (trial_fact(t, to, "log.retention_days", &value, &cause) != FACT_KNOWN) {
                kept_unknown(k, destination, cause);
        } else if (keeps_longer(value, k->copy)) {
                json_decref(k->copy);
                k->copy = json_copy((json_t *)value);
                if (!k->copy)
                        return t->failed = -ENOMEM;
        }
        return t->failed;
}

/* A log without a retention of its own is kept as long as where it is written to keeps it. What
 * could not be read may keep it longer. */
static int decide_by_destinations(struct trial *t, const json_t *destinations)
{
        struct kept k = { 0 };
        json_t *element;
        size_t i;
        int r = 0;

        json_array_foreach((json_t *)destinations, i, element)
        {
                if (r == 0 && json_is_string(element))
                        r = kept_at(t, &k, json_string_value(element));
        }
        if (r == 0 && k.copy)
                r = decide_retention(t, k.copy);
        if (r == 0 && k.what[0] != '\0' && (!k.copy || t->verdict == VERDICT_FAIL))
                r = trial_unknown(t, k.what, k.cause);
        json_decref(k.copy);
        return r;
}

static int check_retention(struct trial *t)
{
        const struct resource *r = t->subject->resource;
        json_auto_t *destinations = NULL;
        const json_t *value = NULL;
        const char *cause = NULL;

        switch (trial_collected(r, "log.kind") ? trial_fact(t, r, "log.kind", &value, &cause)
                                               : FACT_ABSENT) {
        case FACT_KNOWN:
                if (json_is_string(value) && strcmp(json_string_value(value), "logs") != 0)
                        return trial_decide(t, VERDICT_NA, NULL);
                break;
        case FACT_UNKNOWN: /* of what holds no logs nothing would follow */
                return trial_unknown(t, "log.kind", cause);
        case FACT_ABSENT:
                break;
        }
        if (!trial_collected(r, "log.retention_days") &&
            (destinations = trial_fact_list(t, r, "log.destination")))
                return decide_by_destinations(t, destinations);
        switch (trial_fact(t, r, "log.retention_days", &value, &cause)) {
        case FACT_KNOWN:
                return decide_retention(t, value);
        case FACT_ABSENT:
                return trial_unknown(t, "log.retention_days", "no retention is set");
        case FACT_UNKNOWN:
                break;
        }
        return trial_unknown(t, "log.retention_days", cause);
}

/* ---- LOG-006
 * ----------------------------------------------------------------------------------------- */

/* One of its destinations is locked: yes, no, or not known for a cause. */
static enum truth destination_locked(struct trial *t, const json_t *destinations, char *what,
                                     char *cause, size_t size)
{
        enum truth all = TRUTH_NO;
        json_t *element;
        size_t i;

        json_array_foreach((json_t *)destinations, i, element)
        {
                const char *value = json_string_value(element), *why = "it is not in the inventory";
                const struct resource *to = value ? trial_refer(t, "log-sink", value) : NULL;
                enum truth one = TRUTH_UNKNOWN;

                if (to && trial_collected(to, "log.locked"))
                        one = trial_fact_true(t, to, "log.locked", &why);
                else if (to) /* a kind of sink that has no lock */
                        one = TRUTH_NO;
                if (one == TRUTH_YES)
                        return TRUTH_YES;
                if (one == TRUTH_UNKNOWN && all == TRUTH_NO) {
                        (void)snprintf(what, size, "%s", value ? value : "log.destination");
                        (void)snprintf(cause, size, "%s", why);
                        all = TRUTH_UNKNOWN;
                }
        }
        return all;
}

/* Digests that show a change, or a lock that prevents it: one is enough. */
static int check_protection(struct trial *t)
{
        const struct resource *r = t->subject->resource;
        json_auto_t *destinations = NULL;
        char what[256] = "log.destination", cause[256] = "the API does not say";
        const char *unread = NULL;
        enum truth validated = trial_fact_true(t, r, "audit.validation", &unread), locked;

        if (validated == TRUTH_YES)
                return trial_decide(t, VERDICT_PASS, NULL);
        destinations = trial_fact_list(t, r, "log.destination");
        locked = destinations ? destination_locked(t, destinations, what, cause, sizeof(what))
                              : TRUTH_UNKNOWN;
        if (locked == TRUTH_YES)
                return trial_decide(t, VERDICT_PASS, "pass-locked");
        if (validated == TRUTH_UNKNOWN)
                return trial_unknown(t, "audit.validation", unread);
        return locked == TRUTH_NO ? trial_decide(t, VERDICT_FAIL, NULL)
                                  : trial_unknown(t, what, cause);
}

const struct check checks_log[] = {
        { .name = "inference-log",
          .run = trial_inference_log,
          .whys = NAMES("pass", "pass-sink", "pass-delivery", "pass-events", "partial",
                        "partial-modes", "fail", "no-sink", "no-events", "unknown", "na"),
          .vars = NAMES("sink", "percent", "modes", "type"),
          .params = NAMES("by_sink", "by_events") },
        { .name = "log-retention",
          .run = check_retention,
          .whys = NAMES("pass", "pass-short", "pass-never", "fail", "fail-strict", "unknown", "na"),
          .vars = NAMES("days", "floor"),
          .params = NAMES("half_year_days", "short_half_year_days") },
        { .name = "log-protection",
          .run = check_protection,
          .whys = NAMES("pass", "pass-locked", "fail", "unknown") },
        { 0 },
};
