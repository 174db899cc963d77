/* Where things are. */
#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/judge/checks.h"
#include "daemon/judge/region_list.h"

#include <errno.h>
#include <string.h>

enum { EXPIRY_NOTE_DAYS = 180 };

/* " (only for recipients that are listed)", or nothing. */
static void set_decision_scope(struct trial *t, const json_t *scope)
{
        const char *en = json_member_string(scope, "en"), *fr = json_member_string(scope, "fr");
        json_auto_t *text = en && fr ? json_pack("{s:o, s:o}", "en", json_sprintf(" (%s)", en),
                                                 "fr", json_sprintf(" (%s)", fr))
                                     : NULL;

        trial_set_text(t, "decision_scope", text);
}

static void set_decision(struct trial *t, const struct decision *d)
{
        trial_set(t, "decision", "%s", d ? d->number : "-");
        trial_set(t, "expires", "%s", d && d->expires ? d->expires : "-");
        set_decision_scope(t, d ? d->scope : NULL);
}

/* ---- LOC-001
 * ---------------------------------------------------------------------------------------- */

/* A code that stands for several countries: {span} is which, {beyond} those of them outside the
 * areas. Where the table has an area for it and no list, that is all there is to tell. */
static void set_span(struct trial *t, const struct location *at, char **areas)
{
        json_auto_t *span = json_array(), *beyond = json_array();

        for (char *const *c = at->countries; c && *c; c++) {
                (void)json_array_append_new(span, json_string(*c));
                if (!regions_country_within(t->judge->regions, *c, (const char *const *)areas,
                                            t->date_usec))
                        (void)json_array_append_new(beyond, json_string(*c));
        }
        trial_set_list(t, "beyond", beyond);
        if (at->countries)
                trial_set_list(t, "span", span);
        else
                trial_set_word(t, "span", "areas", at->area);
}

static const char *inside_why(const struct trial *t, const struct decision *d)
{
        if (!t->subject->at.named)
                return "pass-multi";
        if (strcmp(t->subject->at.area, "adequate") != 0 || !d)
                return "pass";
        if (d->expires_usec > 0 &&
            d->expires_usec - t->date_usec <= EXPIRY_NOTE_DAYS * USEC_PER_DAY)
                return "pass-expiring";
        return "pass-adequate";
}

static const char *multi_outside_why(const struct location *at)
{
        return at->countries ? "multi-outside" : "multi-elsewhere";
}

static const char *outside_why(const struct trial *t, const struct decision *d)
{
        if (!t->subject->at.named)
                return multi_outside_why(&t->subject->at);
        if (d && strcmp(t->subject->at.area, "adequate") == 0)
                return "outside-adequate";
        return d && d->expires_usec > 0 && d->expires_usec < t->date_usec ? "outside-expired"
                                                                          : "outside";
}

static int check_area(struct trial *t)
{
        const struct subject *s = t->subject;
        const struct decision *d = regions_decision(t->judge->regions, s->at.country);
        _cleanup_(areas_freep) char **areas = NULL;
        const char *cause = NULL;
        int r;

        if (regions_is_placeless(s->place.region))
                return trial_decide(t, VERDICT_NA, "na-placeless");
        r = trial_areas(t, &areas, &cause);
        if (r < 0)
                return r;
        if (r == 0)
                return trial_unknown(t, "ai-act-area", cause);
        trial_set_areas(t, areas);
        set_decision(t, d);
        set_span(t, &s->at, areas);
        switch (regions_within(t->judge->regions, s->place.provider, s->place.region,
                               (const char *const *)areas, t->date_usec)) {
        case WITHIN_YES:
                return trial_decide(t, VERDICT_PASS, inside_why(t, d));
        case WITHIN_NO:
                return trial_decide(t, VERDICT_FAIL, outside_why(t, d));
        case WITHIN_UNKNOWN:
                break;
        }
        return trial_decide(t, VERDICT_UNKNOWN, "unmapped");
}

/* ---- LOC-002
 * ------------------------------------------------------------------------------------------ */

/* No region is named: what else says where it is? */
static int check_placeless(struct trial *t)
{
        const struct resource *r = t->subject->resource;
        const json_t *value = NULL;
        const char *cause = NULL;
        enum fact_state state = FACT_ABSENT;

        if (trial_collected(r, "processing.regions"))
                state = trial_fact(t, r, "processing.regions", &value, &cause);
        if (state == FACT_UNKNOWN)
                return trial_unknown(t, "processing.regions", cause);
        if (state == FACT_KNOWN) {
                json_auto_t *list = region_list_of(value);

                return list ? trial_decide_regions(t, list, "pass-processing", "processing-outside")
                            : (t->failed = -ENOMEM);
        }
        state = FACT_ABSENT;
        if (trial_collected(r, "processing.documented"))
                state = trial_fact(t, r, "processing.documented", &value, &cause);
        if (state == FACT_UNKNOWN)
                return trial_unknown(t, "processing.documented", cause);
        if (state == FACT_ABSENT)
                return trial_decide(t, VERDICT_FAIL, NULL);
        trial_set(t, "documented", "%s", json_is_string(value) ? json_string_value(value) : "?");
        return trial_decide(t, VERDICT_UNKNOWN, "documented");
}

/* The provider chooses among several countries. */
static int decide_multi(struct trial *t, const json_t *region)
{
        const struct location *at = &t->subject->at;
        _cleanup_(areas_freep) char **areas = NULL;
        const char *cause = NULL;
        int r = trial_areas(t, &areas, &cause);

        if (r < 0)
                return r;
        if (r > 0)
                set_span(t, at, areas);
        return trial_decide_regions(t, region, "pass-multi", multi_outside_why(at));
}

static int check_named(struct trial *t)
{
        const struct subject *s = t->subject;

        if (s->at.named)
                return trial_decide(t, VERDICT_NA, NULL);
        if (!regions_is_placeless(s->place.region)) {
                json_auto_t *one = json_pack("[s]", s->place.region);

                return one ? decide_multi(t, one) : (t->failed = -ENOMEM);
        }
        return check_placeless(t);
}

const struct check checks_location[] = {
        { .name = "area",
          .run = check_area,
          .whys = NAMES("pass", "pass-adequate", "pass-expiring", "pass-multi", "outside",
                        "outside-adequate", "outside-expired", "multi-outside", "multi-elsewhere",
                        "unmapped", "unknown", "na-placeless"),
          .vars = NAMES("areas", "decision", "expires", "decision_scope", "span", "beyond") },
        { .name = "named-location",
          .run = check_named,
          .whys = NAMES("na", "fail", "anywhere", "multi-outside", "multi-elsewhere",
                        "processing-outside", "unmapped", "unknown", "pass-multi",
                        "pass-processing", "documented"),
          .vars = NAMES("areas", "regions", "outside", "unmapped", "documented", "span",
                        "beyond") },
        { 0 },
};
