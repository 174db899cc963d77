/* Where things are, where inference runs, where logs are kept. */
#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/judge/checks.h"
#include "daemon/judge/refer.h"
#include "daemon/judge/region_list.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { RESOLVE_DEPTH_MAX = 3, EXPIRY_NOTE_DAYS = 180 };

void trial_set_areas(struct trial *t, char **areas)
{
        json_t *list = json_array();

        for (char **a = areas; list && *a; a++)
                (void)json_array_append_new(list, json_string(*a));
        trial_set_list(t, "areas", list);
        json_decref(list);
}

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

/* ---- lists of regions
 * ----------------------------------------------------------------------------------- */

void verdict_of_regions_done(struct verdict_of_regions *v)
{
        json_decref(v->outside);
        json_decref(v->unmapped);
        *v = (struct verdict_of_regions){ 0 };
}

int trial_judge_regions(struct trial *t, const json_t *regions, char **areas,
                        struct verdict_of_regions *ret)
{
        json_t *element;
        size_t i;

        *ret = (struct verdict_of_regions){ .outside = json_array(), .unmapped = json_array() };
        if (!ret->outside || !ret->unmapped)
                return t->failed = -ENOMEM;
        json_array_foreach((json_t *)regions, i, element)
        {
                const char *region = json_string_value(element);
                enum within w;

                if (!region) {
                        (void)json_array_append_new(ret->unmapped, json_string("?"));
                        continue;
                }
                if (regions_is_placeless(region)) {
                        ret->anywhere = true;
                        (void)json_array_append(ret->outside, element);
                        continue;
                }
                w = regions_within(t->judge->regions, t->subject->place.provider, region,
                                   (const char *const *)areas, t->date_usec);
                if (w != WITHIN_YES)
                        (void)json_array_append(w == WITHIN_NO ? ret->outside : ret->unmapped,
                                                element);
        }
        return 0;
}

int region_list_add(struct trial *t, json_t *list, const json_t *region)
{
        const char *code = json_string_value(region);
        json_t *there;
        size_t i;

        json_array_foreach(list, i, there)
        {
                if (code && json_is_string(there) &&
                    strcasecmp(json_string_value(there), code) == 0)
                        return 0;
        }
        return json_array_append(list, (json_t *)region) < 0 ? (t->failed = -ENOMEM) : 0;
}

/* One region outside decides; one that is not mapped leaves it open. pass and fail: keys of the
 * rule's texts, NULL for the usual ones. */
static int decide_regions(struct trial *t, const json_t *regions, const char *pass,
                          const char *fail)
{
        struct verdict_of_regions v = { 0 };
        _cleanup_(areas_freep) char **areas = NULL;
        const char *cause = NULL;
        int r;

        r = trial_areas(t, &areas, &cause);
        if (r < 0)
                return r;
        if (r == 0)
                return trial_unknown(t, "ai-act-area", cause);
        trial_set_areas(t, areas);
        trial_set_list(t, "regions", regions);
        r = trial_judge_regions(t, regions, areas, &v);
        if (r == 0) {
                trial_set_list(t, "outside", v.outside);
                trial_set_list(t, "unmapped", v.unmapped);
                if (v.anywhere)
                        r = trial_decide(t, VERDICT_FAIL, "anywhere");
                else if (json_array_size(v.outside) > 0)
                        r = trial_decide(t, VERDICT_FAIL, fail);
                else if (json_array_size(v.unmapped) > 0)
                        r = trial_decide(t, VERDICT_UNKNOWN, "unmapped");
                else
                        r = trial_decide(t, VERDICT_PASS, pass);
        }
        verdict_of_regions_done(&v);
        return r;
}

static json_t *as_list(const json_t *value)
{
        return json_is_array(value) ? json_incref((json_t *)value)
                                    : json_pack("[O]", (json_t *)value);
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
                json_auto_t *list = as_list(value);

                return list ? decide_regions(t, list, "pass-processing", "processing-outside")
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
        return decide_regions(t, region, "pass-multi", multi_outside_why(at));
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

/* ---- LOC-003
 * ------------------------------------------------------------------------------------------ */

/* What following references found: regions, or the cause why not. */
struct routing {
        json_t *regions;
        const char *what;
        char cause[320], about[200];
};

static void routing_unknown(struct routing *found, const char *what, const char *cause,
                            const char *about)
{
        if (found->what)
                return;
        found->what = what;
        (void)snprintf(found->cause, sizeof(found->cause), "%s", cause);
        (void)snprintf(found->about, sizeof(found->about), "%s", about);
}

/* Maps that could not be read may hold what is looked for. */
static int unresolved(struct trial *t, const char *ref, struct routing *found)
{
        struct place place = trial_place(t);
        struct coverage_look look;
        int r;

        r = trial_coverage(t, &place, "processing-map", &look);
        if (r < 0)
                return r;
        if (look.unanswered > 0)
                routing_unknown(found, "processing.ref", look.cause, ref);
        else
                routing_unknown(found, "processing.ref", "{x} is not in the inventory", ref);
        return 0;
}

static int resolve_refs(struct trial *t, const json_t *refs, int depth, struct routing *found);

static int resolve(struct trial *t, const char *ref, int depth, struct routing *found)
{
        struct place place = trial_place(t);
        const struct resource *map = NULL;
        const json_t *value = NULL;
        const char *cause = NULL;
        enum fact_state state;

        if (depth > RESOLVE_DEPTH_MAX) {
                routing_unknown(found, "processing.ref", "references lead in a circle or too deep",
                                ref);
                return 0;
        }
        map = t->view->find(t->view->ctx, &place, NULL, ref);
        if (!map)
                return unresolved(t, ref, found);
        if (trial_collected(map, "processing.regions") || !trial_collected(map, "processing.ref")) {
                state = trial_fact(t, map, "processing.regions", &value, &cause);
                if (state == FACT_KNOWN) {
                        json_auto_t *list = as_list(value);

                        return list && json_array_extend(found->regions, list) == 0
                                       ? 0
                                       : (t->failed = -ENOMEM);
                }
                if (state == FACT_UNKNOWN || !trial_collected(map, "processing.ref")) {
                        routing_unknown(found, "processing.regions",
                                        cause ? cause : "the map names no region", ref);
                        return 0;
                }
        }
        state = trial_fact(t, map, "processing.ref", &value, &cause);
        if (state == FACT_KNOWN) {
                json_auto_t *refs = as_list(value); /* the record is borrowed until the next find */

                return refs ? resolve_refs(t, refs, depth + 1, found) : (t->failed = -ENOMEM);
        }
        routing_unknown(found, "processing.ref", cause ? cause : "the map names no region", ref);
        return 0;
}

static int resolve_refs(struct trial *t, const json_t *refs, int depth, struct routing *found)
{
        json_t *element;
        size_t i;

        if (json_array_size(refs) == 0)
                routing_unknown(found, "processing.ref", "an empty list of references", "");
        json_array_foreach((json_t *)refs, i, element)
        {
                const char *ref = json_string_value(element);
                int r = 0;

                if (ref)
                        r = resolve(t, ref, depth, found);
                else
                        routing_unknown(found, "processing.ref", "a reference that is no text", "");
                if (r < 0)
                        return r;
        }
        return 0;
}

/* A region outside is a fact even when another reference could not be followed. */
static int decide_routing(struct trial *t, const struct routing *found)
{
        int r = 0;

        if (json_array_size(found->regions) > 0)
                r = decide_regions(t, found->regions, "pass-resolved", NULL);
        if (r < 0 || (json_array_size(found->regions) > 0 && t->verdict == VERDICT_FAIL))
                return r;
        if (found->what) {
                (void)trial_unknown(t, found->what, NULL);
                trial_cause(t, found->cause, found->about);
                return 0;
        }
        if (json_array_size(found->regions) == 0)
                return trial_unknown(t, "processing.regions", "no region is named");
        return r;
}

static int check_reference(struct trial *t, const json_t *value)
{
        json_auto_t *refs = as_list(value);
        struct routing found = { .regions = json_array() };
        int r = refs && found.regions ? 0 : (t->failed = -ENOMEM);

        trial_set_list(t, "ref", refs);
        if (r == 0)
                r = resolve_refs(t, refs, 1, &found);
        if (r == 0)
                r = decide_routing(t, &found);
        json_decref(found.regions);
        return r;
}

static int check_known(struct trial *t, const json_t *value)
{
        json_auto_t *list = as_list(value);

        return list ? decide_regions(t, list, NULL, NULL) : (t->failed = -ENOMEM);
}

static int check_documented(struct trial *t, const json_t *value)
{
        json_auto_t *list = as_list(value);

        return list ? decide_regions(t, list, "documented", NULL) : (t->failed = -ENOMEM);
}

/* Regions the API gives, else what the reference leads to, else what only the documentation says. A
 * source that could not be read hides no region outside that another one names. */
static int check_routing(struct trial *t)
{
        static const struct {
                const char *fact;
                int (*decide)(struct trial *t, const json_t *value);
        } sources[] = {
                { "processing.regions", check_known },
                { "processing.ref", check_reference },
                { "processing.documented", check_documented },
        };
        const struct resource *r = t->subject->resource;
        const char *unread = NULL, *why = NULL; /* of a source before the one that answered */

        for (size_t i = 0; i < ELEMENTSOF(sources); i++) {
                const json_t *value = NULL;
                const char *cause = NULL;
                int k;

                if (!trial_collected(r, sources[i].fact))
                        continue;
                switch (trial_fact(t, r, sources[i].fact, &value, &cause)) {
                case FACT_UNKNOWN:
                        why = unread ? why : cause;
                        unread = unread ? unread : sources[i].fact;
                        continue;
                case FACT_ABSENT:
                        continue;
                case FACT_KNOWN:
                        break;
                }
                k = sources[i].decide(t, value);
                return k < 0 || !unread || t->verdict == VERDICT_FAIL
                               ? k
                               : trial_unknown(t, unread, why);
        }
        if (unread)
                return trial_unknown(t, unread, why);
        if (trial_param_has(t, "inference_types", r->service_type))
                return trial_unknown(t, "processing.regions",
                                     "the API does not say where inference runs");
        return trial_decide(t, VERDICT_NA, NULL);
}

/* A setting of the place by which prompts and answers are handed on. */
struct sharing {
        struct trial *t;
        const json_t *rule; /* params.sharing */
        bool shared;
        const char *unread; /* why one of the settings is not known */
};

static bool is_among(const json_t *list, const char *text)
{
        json_t *one;
        size_t i;

        json_array_foreach((json_t *)list, i, one)
        {
                if (strcmp(json_string_value(one), text) == 0)
                        return true;
        }
        return false;
}

static int sharing_on_record(void *user, const struct resource *r)
{
        struct sharing *s = user;
        const char *fact = json_member_string(s->rule, "fact"), *cause = NULL;
        const json_t *mode = NULL;
        json_t *one;
        size_t i;

        if (!fact || !trial_collected(r, fact) ||
            !is_among(json_object_get(s->rule, "collectors"), r->kind))
                return 0;
        if (trial_fact(s->t, r, fact, &mode, &cause) == FACT_UNKNOWN)
                s->unread = cause;
        json_array_foreach(json_object_get(s->rule, "modes"), i, one)
        {
                s->shared = s->shared || json_equal(one, (json_t *)mode);
        }
        return s->shared ? 1 : 0;
}

static bool is_concerned(const struct trial *t, const json_t *rule)
{
        const char *type = t->subject->resource->service_type;

        return type && is_among(json_object_get(rule, "types"), type);
}

/* A setting whose list could not be read is none that says that nothing is handed on. */
static int decide_unread_settings(struct trial *t, const struct sharing *s)
{
        struct place place = trial_place(t);
        struct coverage_look look;
        json_t *collector;
        size_t i;

        if (s->unread)
                return trial_unknown(t, json_member_string(s->rule, "fact"), s->unread);
        json_array_foreach(json_object_get(s->rule, "collectors"), i, collector)
        {
                int r = trial_coverage(t, &place, json_string_value(collector), &look);

                if (r < 0)
                        return r;
                if (look.unanswered > 0)
                        return trial_unknown(t, json_member_string(s->rule, "fact"), look.cause);
        }
        return 0;
}

/* What runs inside may be handed on all the same: to whom is known, not where. */
static int check_sharing(struct trial *t)
{
        const json_t *rule = trial_param(t, "sharing");
        struct sharing s = { .t = t, .rule = rule };
        const char *topic = json_member_string(rule, "topic");
        struct place place = trial_place(t);
        int r;

        if (t->verdict != VERDICT_PASS || !topic || !is_concerned(t, rule))
                return 0;
        r = t->view->each(t->view->ctx, &place, topic, sharing_on_record, &s);
        if (r < 0)
                return r;
        return s.shared ? trial_decide(t, VERDICT_UNKNOWN, "shared")
                        : decide_unread_settings(t, &s);
}

/* Whatever the provider's own part does, what a third party gets is where that one keeps it. */
static int check_inference(struct trial *t)
{
        static const char fact[] = "processing.third_party";
        const struct resource *r = t->subject->resource;
        const json_t *value = NULL;
        const char *cause = NULL;
        int k = check_routing(t);

        if (k < 0 || t->verdict == VERDICT_FAIL)
                return k;
        if (!trial_collected(r, fact))
                return check_sharing(t);
        switch (trial_fact(t, r, fact, &value, &cause)) {
        case FACT_ABSENT:
                return check_sharing(t);
        case FACT_UNKNOWN:
                return t->verdict == VERDICT_UNKNOWN ? k : trial_unknown(t, fact, cause);
        case FACT_KNOWN:
                break;
        }
        json_auto_t *parties = as_list(value);

        trial_set_list(t, "party", parties);
        return trial_decide(t, VERDICT_UNKNOWN, "third-party");
}

/* ---- LOC-004, LOC-005
 * ------------------------------------------------------------------------------------------ */

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
                r = decide_regions(t, p.regions, NULL, NULL);
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
        { .name = "inference-location",
          .run = check_inference,
          .whys = NAMES("pass", "pass-resolved", "documented", "fail", "anywhere", "unmapped",
                        "third-party", "shared", "unknown", "na"),
          .vars = NAMES("areas", "regions", "outside", "unmapped", "ref", "party"),
          .params = NAMES("inference_types", "sharing") },
        { .name = "sink-location",
          .run = check_sink_region,
          .whys = NAMES("pass", "fail", "anywhere", "unmapped", "unknown", "third-party",
                        "destination"),
          .vars = NAMES("areas", "regions", "outside", "unmapped", "endpoint", "destination"),
          .params = NAMES("topic", "region", "copies", "copies_required") },
        { 0 },
};
