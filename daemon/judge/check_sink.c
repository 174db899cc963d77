/* Where data, copies and logs are kept. */
#include "daemon/base/json.h"
#include "daemon/judge/checks.h"
#include "daemon/judge/refer.h"
#include "daemon/judge/region_list.h"

#include <errno.h>

static const char *text_param(const struct trial *t, const char *name)
{
        const char *text = json_string_value(trial_param(t, name));

        return text ? text : "";
}

/* Where something is kept, as far as it is told. */
struct kept {
        json_t *regions;            /* codes */
        json_t *values;             /* names of stores, or codes */
        const char *unread, *cause; /* the first fact that could not be read, and why; NULL: none */
};

static void kept_done(struct kept *k)
{
        json_decref(k->regions);
        json_decref(k->values);
}

static void kept_unread(struct kept *k, const char *fact, const char *cause)
{
        if (k->unread)
                return;
        k->unread = fact;
        k->cause = cause;
}

/* Where a record writes to, when that is elsewhere: buckets, groups, archives. true: there it is,
 * or it is not known where. */
static bool add_destinations(struct trial *t, struct kept *k)
{
        static const char *const facts[] = { "log.destination", "export.bucket" };
        const struct resource *r = t->subject->resource;
        const char *cause = NULL;

        for (size_t i = 0; i < ELEMENTSOF(facts); i++) {
                json_auto_t *list = trial_fact_list(t, r, facts[i]);

                if (list) {
                        if (json_array_extend(k->values, list) < 0)
                                t->failed = -ENOMEM;
                        return json_array_size(list) > 0;
                }
        }
        for (size_t i = 0; i < ELEMENTSOF(facts); i++)
                if (trial_collected(r, facts[i]) &&
                    trial_fact(t, r, facts[i], NULL, &cause) == FACT_UNKNOWN) {
                        kept_unread(k, facts[i], cause);
                        return true;
                }
        return false;
}

/* Its region by its own fact, else those of what it writes to, else that of its place. */
static void add_place(struct trial *t, struct kept *k)
{
        const struct resource *r = t->subject->resource;
        const char *fact = text_param(t, "region"), *cause = NULL;
        const char *place = t->subject->place.region;
        json_auto_t *regions = trial_fact_list(t, r, fact);

        if (regions) {
                if (json_array_extend(k->regions, regions) < 0)
                        t->failed = -ENOMEM;
                return;
        }
        if (trial_collected(r, fact) && trial_fact(t, r, fact, NULL, &cause) == FACT_UNKNOWN)
                kept_unread(k, fact, cause);
        else if (add_destinations(t, k))
                return;
        else if (regions_is_placeless(place))
                kept_unread(k, fact, "the API names no region");
        else if (json_array_append_new(k->regions, json_string(place)) < 0)
                t->failed = -ENOMEM;
}

/* What it is copied to counts like where it is. */
static void add_copies(struct trial *t, struct kept *k)
{
        const struct resource *r = t->subject->resource;
        const char *fact = text_param(t, "copies"), *cause = NULL;
        json_auto_t *copies = trial_fact_list(t, r, fact);

        if (copies && json_array_extend(k->values, copies) < 0)
                t->failed = -ENOMEM;
        if (copies ||
            (!trial_collected(r, fact) && !json_is_true(trial_param(t, "copies_required"))))
                return;
        if (trial_fact(t, r, fact, NULL, &cause) == FACT_UNKNOWN)
                kept_unread(k, fact, cause);
}

/* A place outside decides; what could not be read, or located, leaves it open. */
static int decide_kept(struct trial *t, const struct kept *k)
{
        struct named_places p = { 0 };
        json_t *region;
        size_t i;
        int r = trial_locate(t, k->values, text_param(t, "topic"), text_param(t, "region"), &p);

        json_array_foreach(k->regions, i, region) if (r == 0) r =
                region_list_add(t, p.regions, region);
        trial_set_list(t, "destination", p.lost);
        if (r == 0 && json_array_size(p.regions) > 0)
                r = trial_decide_regions(t, p.regions, NULL, NULL);
        if (r == 0 && (json_array_size(p.regions) == 0 || t->verdict != VERDICT_FAIL)) {
                if (k->unread)
                        r = trial_unknown(t, k->unread, k->cause);
                else if (json_array_size(p.lost) > 0)
                        r = trial_decide(t, VERDICT_UNKNOWN, "destination");
                else if (json_array_size(p.regions) == 0)
                        r = trial_unknown(t, text_param(t, "region"), "no region is named");
        }
        named_places_done(&p);
        return r;
}

static int check_sink_region(struct trial *t)
{
        _cleanup_(kept_done) struct kept k = { .regions = json_array(), .values = json_array() };
        const struct resource *r = t->subject->resource;
        const char *cause = NULL;
        const json_t *value = NULL;

        if (!k.regions || !k.values)
                return t->failed = -ENOMEM;
        if (trial_collected(r, "export.endpoint") &&
            trial_fact(t, r, "export.endpoint", &value, &cause) != FACT_ABSENT) {
                if (!value)
                        return trial_unknown(t, "export.endpoint", cause);
                trial_set(t, "endpoint", "%s",
                          json_is_string(value) ? json_string_value(value) : "?");
                return trial_decide(t, VERDICT_UNKNOWN, "third-party");
        }
        add_place(t, &k);
        add_copies(t, &k);
        return t->failed < 0 ? t->failed : decide_kept(t, &k);
}

const struct check checks_sink[] = {
        { .name = "sink-location",
          .run = check_sink_region,
          .whys = NAMES("pass", "fail", "anywhere", "unmapped", "unknown", "third-party",
                        "destination"),
          .vars = NAMES("areas", "regions", "outside", "unmapped", "endpoint", "destination"),
          .params = NAMES("topic", "region", "copies", "copies_required") },
        { 0 },
};
