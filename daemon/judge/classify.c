#include "daemon/judge/classify.h"

#include "daemon/base/json.h"
#include "daemon/base/list.h"
#include "daemon/judge/trial.h"

#include <errno.h>
#include <string.h>

struct classification {
        struct trial *t;
        const struct judge_view *view;
        struct role cloud, customer; /* borrowed */
        json_t *duties, *conditions;
        int gpai_modifier;
};

static void append(struct classification *c, json_t *list, json_t *row)
{
        if (!row || json_array_append_new(list, row) < 0)
                c->t->failed = -ENOMEM;
}

/* ---- duties
 * ----------------------------------------------------------------------------------------- */

static bool binds(const struct duty *d, const struct subject *s)
{
        return !d->risks || list_has(d->risks, s->risk);
}

/* A condition may name a duty that the table has with a reservation: the later row counts. */
static void forget_duty(json_t *duties, const struct duty *d)
{
        for (size_t i = json_array_size(duties); i-- > 0;) {
                const json_t *row = json_array_get(duties, i);

                if (strcmp(json_member_string(row, "article"), d->article) == 0 &&
                    strcmp(json_member_string(row, "party"), d->party) == 0)
                        (void)json_array_remove(duties, i);
        }
}

static void add_duties(struct classification *c, const struct duty *duties, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                const struct duty *d = &duties[i];
                struct law_state state = law_state(c->t->judge->law, d->date, c->t->date_usec);
                json_t *row;

                if (!binds(d, c->t->subject))
                        continue;
                forget_duty(c->duties, d);
                row = json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:s*}", "article", d->article, "party",
                                d->party, "date", d->date, "applies_from", state.date, "state",
                                state.name, "only", d->only);
                append(c, c->duties, row);
        }
}

/* ---- conditions: what changed the reading, and what would
 * ------------------------------------------- */

/* Established outside the Union? The operator's country answers; where only its parent is outside,
 * nobody but the contract tells which of them places the service on the market. */
static enum truth third_country(struct classification *c)
{
        const struct judge *j = c->t->judge;
        const struct resource *r = c->t->subject->resource;
        const struct offer *offer = NULL;
        const char *parent;

        if (jurisdictions_find(j->jurisdictions, c->view, &c->t->subject->place, r->kind, &offer) !=
                    OFFER_FOUND ||
            !offer->owner.country) {
                trial_cause(c->t, "who operates it is not known", NULL);
                return TRUTH_UNKNOWN;
        }
        if (strcmp(regions_country_area(j->regions, offer->owner.country, c->t->date_usec), "eu") !=
            0)
                return TRUTH_YES;
        parent = offer->parent.country;
        if (parent && strcmp(regions_country_area(j->regions, parent, c->t->date_usec), "eu") == 0)
                return TRUTH_NO;
        trial_cause(c->t, "operated from the Union, with a parent outside it", NULL);
        return TRUTH_UNKNOWN;
}

static bool concerns(const struct classification *c, const struct role_condition *rc)
{
        const struct subject *s = c->t->subject;

        if (rc->types && !list_has(rc->types, s->resource->service_type))
                return false;
        if (rc->cloud_is && (!c->cloud.role || strcmp(rc->cloud_is, c->cloud.role) != 0))
                return false;
        return !rc->providers || list_has(rc->providers, s->place.provider);
}

static enum truth holds(struct classification *c, const struct role_condition *rc)
{
        enum truth truth = condition_eval(&rc->when, c->t);

        return truth == TRUTH_YES && rc->third_country ? third_country(c) : truth;
}

static void take_role(struct role *to, const struct role *from, const char *reason)
{
        if (!from->role)
                return;
        *to = *from;
        to->reason = (char *)reason;
}

/* What is missing to settle the predicates: "ai-act-brand=own", "model.maker". */
static void add_needs(struct classification *c, json_t *on, const struct predicate *predicates,
                      size_t n)
{
        const struct subject *s = c->t->subject;

        for (size_t i = 0; i < n; i++) {
                const struct predicate *p = &predicates[i];
                const char *value = json_string_value(p->is);
                char text[128];

                if (p->tag && declared_get(&s->declared, p->tag).state == DECLARED_VALUE)
                        continue;
                if (p->fact && fact_get(s->resource->facts, p->fact, NULL, NULL) != FACT_UNKNOWN)
                        continue;
                (void)snprintf(text, sizeof(text), "%s%s%s", p->tag ? p->tag : p->fact,
                               p->tag && value ? "=" : "", p->tag && value ? value : "");
                append(c, on, json_string(text));
        }
}

static bool is_undeclared(const struct subject *s, const struct condition *when)
{
        for (size_t i = 0; i < when->n_all + when->n_any; i++) {
                const struct predicate *p =
                        i < when->n_all ? &when->all[i] : &when->any[i - when->n_all];

                if (p->tag && declared_get(&s->declared, p->tag).state == DECLARED_NONE)
                        return true;
        }
        return false;
}

/* A fact that no collector of this kind of thing has ever asked for is worth a word only where the
 * table speaks of this type. */
static bool is_askable(const struct role_condition *rc, const struct subject *s)
{
        if (rc->types)
                return true;
        for (size_t i = 0; i < rc->when.n_all; i++)
                if (rc->when.all[i].fact && !trial_collected(s->resource, rc->when.all[i].fact))
                        return false;
        return true;
}

static json_t *articles_of(const struct classification *c, const struct duty *duties, size_t n,
                           bool high_risk_only)
{
        static const char high_risk[] = "high-risk";
        json_t *list = json_array();

        for (size_t i = 0; list && i < n; i++)
                if (high_risk_only ? duties[i].risks && list_has(duties[i].risks, high_risk) &&
                                             !binds(&duties[i], c->t->subject)
                                   : true)
                        (void)json_array_append_new(list, json_string(duties[i].article));
        return list;
}

static json_t *condition_json(struct classification *c, const struct role_condition *rc,
                              const char *state)
{
        json_auto_t *adds = articles_of(c, rc->duties, rc->n_duties, false);
        json_t *row = json_pack("{s:s, s:s, s:s*, s:s*}", "reason", rc->reason, "state", state,
                                "cloud", rc->cloud.role, "customer", rc->customer.role);

        if (row && json_array_size(adds) > 0)
                (void)json_object_set(row, "adds", adds);
        return row;
}

static void open_condition(struct classification *c, const struct role_condition *rc,
                           const char *state, bool with_cause)
{
        json_auto_t *on = json_array();
        json_t *row = condition_json(c, rc, state);

        add_needs(c, on, rc->when.all, rc->when.n_all);
        add_needs(c, on, rc->when.any, rc->when.n_any);
        if (row && json_array_size(on) > 0)
                (void)json_object_set(row, "on", on);
        if (row && with_cause)
                (void)json_object_set(row, "cause", json_object_get(c->t->vars, "cause"));
        append(c, c->conditions, row);
}

static void apply_condition(struct classification *c, const struct role_condition *rc)
{
        append(c, c->conditions, condition_json(c, rc, "holds"));
        take_role(&c->cloud, &rc->cloud, rc->reason);
        take_role(&c->customer, &rc->customer, rc->reason);
        add_duties(c, rc->duties, rc->n_duties);
        if (rc->gpai_modifier != MODIFIER_NONE)
                c->gpai_modifier = rc->gpai_modifier;
}

static void try_condition(struct classification *c, const struct role_condition *rc)
{
        const struct subject *s = c->t->subject;

        if (!concerns(c, rc))
                return;
        switch (holds(c, rc)) {
        case TRUTH_YES:
                apply_condition(c, rc);
                return;
        case TRUTH_UNKNOWN:
                if (is_askable(rc, s))
                        open_condition(c, rc, "if-known", true);
                return;
        case TRUTH_ABSENT:
                if (is_undeclared(s, &rc->when))
                        open_condition(c, rc, "if-declared", false);
                return;
        case TRUTH_NO: /* settled */
                return;
        }
}

/* Most duties hang on the risk, and only a declaration can say it. */
static void add_risk(struct classification *c, const struct service_role *s)
{
        json_auto_t *adds = NULL;

        if (strcmp(c->t->subject->risk, "unknown") != 0)
                return;
        adds = articles_of(c, s->duties, s->n_duties, true);
        if (json_array_size(adds) > 0)
                append(c, c->conditions,
                       json_pack("{s:s, s:s, s:[s], s:O}", "reason", "declared-high-risk", "state",
                                 "if-declared", "on", "ai-act-risk=high-risk", "adds", adds));
}

/* ---- the whole
 * -------------------------------------------------------------------------------------- */

static json_t *classification_json(const struct classification *c)
{
        static const char *const modifiers[] = { [MODIFIER_NONE] = NULL,
                                                 [MODIFIER_UNLIKELY] = "unlikely",
                                                 [MODIFIER_UNKNOWN] = "unknown" };

        if (c->t->failed)
                return NULL;
        return json_pack("{s:{s:o, s:o}, s:O, s:O, s:s*}", "roles", "cloud", role_json(&c->cloud),
                         "customer", role_json(&c->customer), "duties", c->duties, "conditions",
                         c->conditions, "gpai_modifier", modifiers[c->gpai_modifier]);
}

static json_t *nothing_known(void)
{
        return json_pack("{s:{s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s}}, s:[], s:[]}", "roles", "cloud",
                         "role", "none", "confidence", "low", "reason", "unclassified", "customer",
                         "role", "none", "confidence", "low", "reason", "unclassified", "duties",
                         "conditions");
}

json_t *classify(const struct judge *judge, const struct judge_view *view,
                 const struct subject *subject, uint64_t date_usec)
{
        const struct roles *roles = judge->roles;
        const struct service_role *s = roles_find(roles, subject->resource->service_type);
        json_auto_t *duties = json_array(), *conditions = json_array();
        struct classification c = { .view = view, .duties = duties, .conditions = conditions };
        struct trial t;
        json_t *result = NULL;

        if (!s)
                return nothing_known();
        if (!duties || !conditions)
                return NULL;
        trial_init(&t, judge, subject, date_usec);
        c.t = &t;
        if (t.failed == 0) {
                take_role(&c.cloud, &s->cloud, s->cloud.reason);
                take_role(&c.customer, &s->customer, s->customer.reason);
                add_duties(&c, s->duties, s->n_duties);
                for (size_t i = 0; i < roles->n_conditions; i++)
                        try_condition(&c, &roles->conditions[i]);
                add_risk(&c, s);
                result = classification_json(&c);
        }
        trial_done(&t);
        return result;
}
