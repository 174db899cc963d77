/* How long logs are kept, and whether they can be changed. */
#include "daemon/base/number.h"
#include "daemon/judge/checks.h"
#include "daemon/judge/refer.h"

#include <errno.h>
#include <string.h>

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
