#include "daemon/judge/predicate.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/base/nearest.h"
#include "daemon/base/number.h"
#include "daemon/judge/trial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

/* The first name is what a predicate that does not say gets. */
static const char *const absent_names[] = { "absent", "no", "yes", "unknown", NULL };
static const enum truth if_absent[] = { TRUTH_ABSENT, TRUTH_NO, TRUTH_YES, TRUTH_UNKNOWN };
static const char *const unknown_names[] = { "unknown", "no", NULL };
enum { UNKNOWN_IS_NO = 1 };

#define OPERATOR(name)                                                                             \
        {                                                                                          \
                .key = #name, .type = YAML_JSON, .offset = offsetof(struct predicate, name)        \
        }

const struct yaml_field predicate_fields[] = {
        { .key = "fact", .type = YAML_STRING, .offset = offsetof(struct predicate, fact) },
        { .key = "tag", .type = YAML_STRING, .offset = offsetof(struct predicate, tag) },
        OPERATOR(is),
        OPERATOR(is_not),
        OPERATOR(in),
        OPERATOR(not_in),
        OPERATOR(at_least),
        OPERATOR(below),
        OPERATOR(networks),
        OPERATOR(within_area),
        OPERATOR(present),
        OPERATOR(valid),
        OPERATOR(not_past),
        OPERATOR(not_future),
        OPERATOR(older_than_hours),
        { .key = "if_absent",
          .type = YAML_ENUM,
          .offset = offsetof(struct predicate, if_absent),
          .names = absent_names },
        { .key = "if_unknown",
          .type = YAML_ENUM,
          .offset = offsetof(struct predicate, if_unknown),
          .names = unknown_names },
        { .key = "if_missing",
          .type = YAML_ENUM,
          .offset = offsetof(struct predicate, if_missing),
          .names = unknown_names },
        { .type = YAML_PLACE, .offset = offsetof(struct predicate, place) },
        { 0 },
};

const struct yaml_field condition_fields[] = {
        { .key = "all",
          .type = YAML_LIST,
          .offset = offsetof(struct condition, all),
          .fields = predicate_fields,
          .size = sizeof(struct predicate),
          .count_offset = offsetof(struct condition, n_all) },
        { .key = "any",
          .type = YAML_LIST,
          .offset = offsetof(struct condition, any),
          .fields = predicate_fields,
          .size = sizeof(struct predicate),
          .count_offset = offsetof(struct condition, n_any) },
        { .type = YAML_PLACE, .offset = offsetof(struct condition, place) },
        { 0 },
};

/* ---- checking -------------------------------------------------------------------------------- */

static bool is_scalar(const json_t *v)
{
        return json_is_string(v) || json_is_number(v) || json_is_boolean(v);
}

static bool is_scalar_list(const json_t *v)
{
        json_t *element;
        size_t i;

        if (!json_is_array(v) || json_array_size(v) == 0)
                return false;
        json_array_foreach((json_t *)v, i, element) if (!is_scalar(element)) return false;
        return true;
}

static const char *operand_problem(const struct predicate *p)
{
        const json_t *switches[] = { p->networks, p->within_area, p->present,
                                     p->valid,    p->not_past,    p->not_future };
        size_t n = 0;

        if ((p->is && !is_scalar(p->is)) || (p->is_not && !is_scalar(p->is_not)))
                return "'is' takes one value";
        if ((p->in && !is_scalar_list(p->in)) || (p->not_in && !is_scalar_list(p->not_in)))
                return "'in' takes a list of values";
        if ((p->at_least && !json_is_number(p->at_least)) ||
            (p->below && !json_is_number(p->below)))
                return "'at_least' and 'below' take a number";
        if (p->older_than_hours && !json_is_number(p->older_than_hours))
                return "'older_than_hours' takes a number";
        for (size_t i = 0; i < ELEMENTSOF(switches); i++) {
                if (switches[i] && !json_is_boolean(switches[i]))
                        return "this predicate takes true or false";
                n += switches[i] != NULL;
        }
        n += (p->is != NULL) + (p->is_not != NULL) + (p->in != NULL) + (p->not_in != NULL) +
             (p->at_least != NULL) + (p->below != NULL) + (p->older_than_hours != NULL);
        return n == 1 ? NULL : "one predicate is needed here: is, in, at_least, present…";
}

int predicate_unknown_fact(const struct yaml *y, struct yaml_place place, const struct judge *judge,
                           const char *fact, struct error *err)
{
        struct nearest near = NEAREST_TO(fact);
        const char *name;
        json_t *unused;

        json_object_foreach(judge->fact_names, name, unused) nearest_offer(&near, name);
        if (near.best)
                return yaml_error_at(y, place, err, "unknown fact '%s'; did you mean '%s'?", fact,
                                     near.best);
        return yaml_error_at(y, place, err,
                             "unknown fact '%s': catalogue/facts.yaml has the known ones", fact);
}

static int predicate_check(const struct predicate *p, const struct judge *judge,
                           const struct yaml *y, struct error *err)
{
        const char *problem = operand_problem(p);

        if ((p->fact != NULL) == (p->tag != NULL))
                return yaml_error_at(y, p->place, err, "either 'fact' or 'tag' is needed");
        if (p->fact && !json_object_get(judge->fact_names, p->fact))
                return predicate_unknown_fact(y, yaml_place_of(y, p->place, "fact"), judge, p->fact,
                                              err);
        if (p->tag && !vocabulary_has(judge->vocabulary, p->tag))
                return yaml_error_at(y, yaml_place_of(y, p->place, "tag"), err,
                                     "unknown tag '%s': law/tags.yaml has the known ones", p->tag);
        if (problem)
                return yaml_error_at(y, p->place, err, "%s", problem);
        if (p->valid && !p->tag)
                return yaml_error_at(y, p->place, err, "'valid' goes with a tag");
        return 0;
}

int condition_check(const struct condition *c, const struct judge *judge, const struct yaml *y,
                    struct error *err)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < c->n_all; i++)
                r = predicate_check(&c->all[i], judge, y, err);
        for (size_t i = 0; r == 0 && i < c->n_any; i++)
                r = predicate_check(&c->any[i], judge, y, err);
        return r;
}

/* ---- asking -----------------------------------------------------------------------------------
 */

static enum truth truth_of(bool b)
{
        return b ? TRUTH_YES : TRUTH_NO;
}

static bool same(const json_t *a, const json_t *b)
{
        if (json_is_number(a) && json_is_number(b))
                return json_number_value(a) == json_number_value(b);
        return json_equal(a, b);
}

static bool among(const json_t *list, const json_t *value)
{
        json_t *element;
        size_t i;

        json_array_foreach((json_t *)list, i, element) if (same(element, value)) return true;
        return false;
}

static bool is_empty(const json_t *v)
{
        return json_is_null(v) || (json_is_string(v) && json_string_length(v) == 0) ||
               (json_is_array(v) && json_array_size(v) == 0) ||
               (json_is_object(v) && json_object_size(v) == 0);
}

static enum truth compare_number(struct trial *t, const json_t *value, const json_t *bound,
                                 bool below)
{
        if (!json_is_number(value)) {
                trial_cause(t, "the value is no number", NULL);
                return TRUTH_UNKNOWN;
        }
        return truth_of((json_number_value(value) < json_number_value(bound)) == below);
}

static enum truth date_not_past(struct trial *t, const json_t *value)
{
        const char *text = json_string_value(value);
        uint64_t usec;

        if (!text || clock_parse_iso8601(text, &usec) < 0) {
                trial_cause(t, "the value is no date", NULL);
                return TRUTH_UNKNOWN;
        }
        return truth_of(usec + USEC_PER_DAY > t->date_usec); /* the day itself has not passed */
}

static enum truth date_not_future(struct trial *t, const json_t *value)
{
        const char *text = json_string_value(value);
        uint64_t usec;

        if (!text || clock_parse_iso8601(text, &usec) < 0) {
                trial_cause(t, "the value is no date", NULL);
                return TRUTH_UNKNOWN;
        }
        return truth_of(!trial_is_future(t, usec));
}

static enum truth is_older(struct trial *t, const json_t *value, const json_t *hours)
{
        const char *text = json_string_value(value);
        double span_usec = json_number_value(hours) * (double)USEC_PER_HOUR;
        uint64_t usec;

        if (!text || clock_parse_iso8601(text, &usec) < 0) {
                trial_cause(t, "the value is no date", NULL);
                return TRUTH_UNKNOWN;
        }
        if (trial_is_future(t, usec)) { /* some clock is wrong, and how old it is not known */
                trial_cause(t, "the time {x} is still to come", text);
                return TRUTH_UNKNOWN;
        }
        return truth_of(usec < t->date_usec && (double)(t->date_usec - usec) > span_usec);
}

static enum truth one_region_within(struct trial *t, const json_t *value, char **areas)
{
        const char *region = json_string_value(value);
        enum within w = WITHIN_UNKNOWN;

        if (region)
                w = regions_within(t->judge->regions, t->subject->place.provider, region,
                                   (const char *const *)areas, t->date_usec);
        if (w == WITHIN_UNKNOWN)
                trial_cause(t, "the table of regions gives no country for {x}", region);
        return w == WITHIN_UNKNOWN ? TRUTH_UNKNOWN : truth_of(w == WITHIN_YES);
}

static enum truth regions_inside(struct trial *t, const json_t *value)
{
        _cleanup_(areas_freep) char **areas = NULL;
        enum truth all = TRUTH_YES;
        const char *cause = NULL;
        json_t *element;
        size_t i;
        int r;

        r = trial_areas(t, &areas, &cause);
        if (r <= 0) {
                trial_cause(t, r < 0 ? "no memory" : cause, NULL);
                return TRUTH_UNKNOWN;
        }
        if (!json_is_array(value))
                return one_region_within(t, value, areas);
        if (json_array_size(value) == 0) {
                trial_cause(t, "no region is named", NULL);
                return TRUTH_UNKNOWN;
        }
        json_array_foreach((json_t *)value, i, element)
        {
                enum truth one = one_region_within(t, element, areas);

                if (one == TRUTH_NO)
                        return TRUTH_NO;
                if (one == TRUTH_UNKNOWN)
                        all = TRUTH_UNKNOWN;
        }
        return all;
}

/* "192.0.2.0/24" is, "0.0.0.0/0" is not, a security group's name is neither. */
static enum truth network_is_closed(const char *text)
{
        unsigned char address[16];
        char host[INET6_ADDRSTRLEN];
        const char *slash = text ? strchr(text, '/') : NULL;
        uint64_t bits;

        if (!text || strcspn(text, "/") >= sizeof(host))
                return TRUTH_UNKNOWN;
        (void)snprintf(host, sizeof(host), "%.*s", (int)strcspn(text, "/"), text);
        if (inet_pton(AF_INET, host, address) != 1 && inet_pton(AF_INET6, host, address) != 1)
                return TRUTH_UNKNOWN;
        if (!slash)
                return TRUTH_YES;
        return number_parse_u64(slash + 1, &bits) < 0 ? TRUTH_UNKNOWN : truth_of(bits > 0);
}

static enum truth networks_closed(struct trial *t, const json_t *value)
{
        enum truth all = TRUTH_YES;
        json_t *element;
        size_t i;

        json_array_foreach((json_t *)value, i, element)
        {
                enum truth one = network_is_closed(json_string_value(element));

                if (one == TRUTH_NO)
                        return TRUTH_NO;
                if (one == TRUTH_UNKNOWN)
                        all = TRUTH_UNKNOWN;
        }
        if (all == TRUTH_UNKNOWN)
                trial_cause(t, "the value is no list of networks", NULL);
        return json_array_size(value) == 0 ? TRUTH_NO : all; /* an empty list keeps nobody out */
}

/* The answer for a switch that is written the other way round (within_area: false). */
static enum truth switched(enum truth truth, const json_t *operand)
{
        if (json_is_true(operand) || truth == TRUTH_UNKNOWN)
                return truth;
        return truth_of(truth == TRUTH_NO);
}

static enum truth value_holds(struct trial *t, const struct predicate *p, const json_t *value)
{
        if (p->is)
                return truth_of(same(value, p->is));
        if (p->is_not)
                return truth_of(!same(value, p->is_not));
        if (p->in)
                return truth_of(among(p->in, value));
        if (p->not_in)
                return truth_of(!among(p->not_in, value));
        if (p->at_least)
                return compare_number(t, value, p->at_least, false);
        if (p->below)
                return compare_number(t, value, p->below, true);
        if (p->networks)
                return switched(networks_closed(t, value), p->networks);
        if (p->within_area)
                return switched(regions_inside(t, value), p->within_area);
        if (p->older_than_hours)
                return is_older(t, value, p->older_than_hours);
        if (p->not_past)
                return switched(date_not_past(t, value), p->not_past);
        if (p->not_future)
                return switched(date_not_future(t, value), p->not_future);
        return truth_of(!is_empty(value) == json_is_true(p->present));
}

static void note_value(struct trial *t, const json_t *value)
{
        _cleanup_(freep) char *text = json_scalar_text(value);

        if (json_is_array(value))
                trial_set_list(t, "value", value);
        else
                trial_set(t, "value", "%s", text ? text : "");
}

static enum truth absent(const struct predicate *p)
{
        if (p->present)
                return truth_of(json_is_false(p->present));
        return if_absent[p->if_absent];
}

static enum truth unknown(struct trial *t, const struct predicate *p, const char *cause)
{
        if (p->if_unknown == UNKNOWN_IS_NO)
                return TRUTH_NO;
        trial_set(t, "fact", "%s", p->fact ? p->fact : p->tag);
        trial_cause(t, cause, NULL);
        return TRUTH_UNKNOWN;
}

static enum truth ask_fact(struct trial *t, const struct predicate *p)
{
        const struct resource *r = t->subject->resource;
        const json_t *value = NULL;
        const char *cause = NULL;

        if (p->if_missing == UNKNOWN_IS_NO && r && !trial_collected(r, p->fact))
                return TRUTH_NO;
        switch (trial_fact(t, r, p->fact, &value, &cause)) {
        case FACT_ABSENT:
                trial_set(t, "fact", "%s", p->fact);
                return absent(p);
        case FACT_UNKNOWN:
                return unknown(t, p, cause);
        case FACT_KNOWN:
                break;
        }
        trial_set(t, "fact", "%s", p->fact);
        note_value(t, value);
        return value_holds(t, p, value);
}

static enum truth ask_declared(struct trial *t, const struct predicate *p,
                               const struct declaration *d)
{
        json_auto_t *value = json_string(d->value);

        trial_set(t, "value", "%s", d->value);
        /* the resource's own tag may say something else; that somebody declares it stays so */
        if (!d->settled && !p->present && !json_is_false(p->valid))
                trial_doubt_tags(t);
        if (p->valid)
                return truth_of((d->state == DECLARED_VALUE) == json_is_true(p->valid));
        if (p->present)
                return truth_of(json_is_true(p->present));
        if (d->state == DECLARED_INVALID) {
                trial_cause(t, "{x} is not a value of this tag", d->value);
                return TRUTH_UNKNOWN;
        }
        if (!value) {
                t->failed = -ENOMEM;
                return TRUTH_UNKNOWN;
        }
        return value_holds(t, p, value);
}

static enum truth ask_tag(struct trial *t, const struct predicate *p)
{
        struct declaration d = trial_tag(t, p->tag);

        trial_note_fact(t, "tags");
        trial_set(t, "fact", "%s", p->tag);
        switch (d.state) {
        case DECLARED_NONE:
                if (p->valid)
                        return TRUTH_NO;
                return absent(p);
        case DECLARED_UNREADABLE:
                return unknown(t, p, d.cause);
        case DECLARED_CONFLICT:
                trial_set(t, "value", "%s", d.value);
                trial_cause(t, "two values for one tag: {x}", d.value);
                return TRUTH_UNKNOWN;
        case DECLARED_VALUE:
        case DECLARED_INVALID:
                break;
        }
        return ask_declared(t, p, &d);
}

static enum truth ask(struct trial *t, const struct predicate *p)
{
        return p->fact ? ask_fact(t, p) : ask_tag(t, p);
}

/* What was said of a predicate that leaves the condition open: one that is unknown, else one that
 * is absent. What is asked after it and is known speaks of another fact. */
struct doubt {
        enum truth truth; /* TRUTH_YES: nothing is open */
        json_t *vars;
};

static void doubt_done(struct doubt *d)
{
        json_decref(d->vars);
}

static void doubt_keep(struct doubt *d, enum truth one, const json_t *vars)
{
        bool open = one == TRUTH_UNKNOWN || (one == TRUTH_ABSENT && d->truth != TRUTH_UNKNOWN);

        if (!open)
                return;
        json_decref(d->vars);
        d->vars = json_copy((json_t *)vars);
        d->truth = one;
}

static enum truth doubt_tell(struct doubt *d, struct trial *t)
{
        if (d->truth == TRUTH_YES)
                return d->truth;
        if (!d->vars) {
                t->failed = -ENOMEM;
                return TRUTH_UNKNOWN;
        }
        json_decref(t->vars);
        t->vars = TAKE_PTR(d->vars);
        return d->truth;
}

/* One "yes" decides, and what was open beside it is forgotten. false: none can hold. */
static bool any_may_hold(const struct condition *c, struct trial *t, struct doubt *d)
{
        _cleanup_(doubt_done) struct doubt among = { .truth = TRUTH_YES };

        for (size_t i = 0; i < c->n_any; i++) {
                enum truth one = ask(t, &c->any[i]);

                if (one == TRUTH_YES)
                        return true;
                doubt_keep(&among, one, t->vars);
        }
        doubt_keep(d, among.truth, among.vars);
        return c->n_any == 0 || among.truth != TRUTH_YES;
}

/* In a conjunction one "no" decides; in a disjunction one "yes". Unknown weighs more than absent.
 */
enum truth condition_eval(const struct condition *c, struct trial *t)
{
        _cleanup_(doubt_done) struct doubt d = { .truth = TRUTH_YES };

        for (size_t i = 0; i < c->n_all; i++) {
                enum truth one = ask(t, &c->all[i]);

                if (one == TRUTH_NO)
                        return TRUTH_NO;
                doubt_keep(&d, one, t->vars);
        }
        return any_may_hold(c, t, &d) ? doubt_tell(&d, t) : TRUTH_NO;
}
