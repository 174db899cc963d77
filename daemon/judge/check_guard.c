/* What keeps resources from being made outside the area: policies of the organisation, or the
 * regions that are switched on. Supporting evidence: what is there already is not stopped by it. */
#include "daemon/judge/checks.h"
#include "daemon/judge/refer.h"
#include "daemon/judge/region_list.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

struct guard {
        struct trial *t;
        char **areas;
        bool targets; /* policies are read once for many scopes, and say whom they bind */
        bool manager_known, manages; /* the scope that an organisation's policies do not bind */
        bool kept;                   /* one policy limits places to the area, */
        bool together;               /* or only all of them do */
        json_t *allowed;             /* regions that every policy leaves open; NULL: no limit */
        json_t *open;                /* regions that are switched on */
        bool unsure;
        char what[200], cause[256];
};

static void guard_unsure(struct guard *g, const struct resource *r, const char *fact,
                         const char *cause)
{
        if (!g->unsure) {
                (void)snprintf(g->what, sizeof(g->what), "%s (%s)", fact,
                               r->name ? r->name : r->id);
                (void)snprintf(g->cause, sizeof(g->cause), "%s", cause ? cause : "");
        }
        g->unsure = true;
}

/* ---- whom a policy binds -----------------------------------------------------------------------
 */

static bool names(const json_t *list, const char *id)
{
        json_t *one;
        size_t i;

        json_array_foreach((json_t *)list, i, one)
        {
                if (json_is_string(one) && strcmp(json_string_value(one), id) == 0)
                        return true;
        }
        return false;
}

/* "o-1/r-1/ou-1/111122223333/": is one of the targets on the way? */
static bool leads_through(const char *path, const json_t *targets)
{
        while (*path) {
                size_t n = strcspn(path, "/");
                json_t *one;
                size_t i;

                json_array_foreach((json_t *)targets, i, one)
                {
                        if (n > 0 && json_string_length(one) == n &&
                            strncmp(json_string_value(one), path, n) == 0)
                                return true;
                }
                path += n + (path[n] == '/' ? 1 : 0);
        }
        return false;
}

/* Is the scope one of the targets, or below one? Where it stands is told by a record of its own. */
static enum truth is_below(struct guard *g, const json_t *targets, const char **ret_cause)
{
        struct trial *t = g->t;
        const char *scope = t->subject->place.scope;
        struct place account = trial_scope(t);
        const struct resource *member;
        json_auto_t *paths = NULL;
        json_t *path;
        size_t i;

        if (names(targets, scope))
                return TRUTH_YES;
        account.scope = "";
        member = t->view->find(t->view->ctx, &account, "organization-member", scope);
        *ret_cause = "its place in the organization was not read";
        if (!member || trial_fact(t, member, "organization.path", NULL, ret_cause) != FACT_KNOWN)
                return TRUTH_UNKNOWN;
        paths = trial_fact_list(t, member, "organization.path");
        json_array_foreach(paths, i, path)
        {
                if (json_is_string(path) && leads_through(json_string_value(path), targets))
                        return TRUTH_YES;
        }
        return TRUTH_NO;
}

/* A record without targets of its own is about the scope that it was read in. */
static enum truth binds(struct guard *g, const struct resource *r, const char **ret_cause)
{
        struct trial *t = g->t;
        json_auto_t *targets = NULL;

        if (!g->targets)
                return strcmp(r->scope, t->subject->place.scope) == 0 ? TRUTH_YES : TRUTH_NO;
        if (trial_fact(t, r, "policy.targets", NULL, ret_cause) == FACT_UNKNOWN)
                return TRUTH_UNKNOWN;
        targets = trial_fact_list(t, r, "policy.targets");
        return targets ? is_below(g, targets, ret_cause) : TRUTH_NO;
}

/* ---- policies ----------------------------------------------------------------------------------
 */

static bool within(struct guard *g, const json_t *regions, int *ret)
{
        struct verdict_of_regions v = { 0 };
        bool yes;

        *ret = trial_judge_regions(g->t, regions, g->areas, &v);
        yes = *ret == 0 && json_array_size(regions) > 0 && json_array_size(v.outside) == 0 &&
              json_array_size(v.unmapped) == 0;
        verdict_of_regions_done(&v);
        return yes;
}

/* All policies hold at once: what one leaves open, another may close. */
static int guard_add_limit(struct guard *g, const struct resource *r, json_t *regions)
{
        json_t *one;
        size_t i = 0;
        int n = 0;

        if (!g->kept && within(g, regions, &n)) {
                g->kept = true;
                trial_set(g->t, "policy", "%s", r->name ? r->name : r->id);
                trial_set_list(g->t, "regions", regions);
        }
        if (!g->allowed) {
                g->allowed = json_incref(regions);
                return n;
        }
        while ((one = json_array_get(g->allowed, i))) {
                if (json_is_string(one) && names(regions, json_string_value(one)))
                        i++;
                else
                        (void)json_array_remove(g->allowed, i);
        }
        return n;
}

static int guard_on_policy(void *user, const struct resource *r)
{
        struct guard *g = user;
        const char *cause = NULL, *bound_cause = NULL;
        const json_t *value = NULL;
        enum fact_state state = trial_fact(g->t, r, "policy.regions", &value, &cause);
        json_auto_t *regions = NULL;

        if (state == FACT_ABSENT)
                return 0;
        switch (binds(g, r, &bound_cause)) {
        case TRUTH_NO:
        case TRUTH_ABSENT:
                return 0;
        case TRUTH_UNKNOWN:
                guard_unsure(g, r, "policy.targets", bound_cause);
                return 0;
        case TRUTH_YES:
                break;
        }
        if (state == FACT_UNKNOWN) {
                guard_unsure(g, r, "policy.regions", cause);
                return 0;
        }
        regions = json_is_array(value) ? json_copy((json_t *)value)
                                       : json_pack("[O]", (json_t *)value);
        return regions ? guard_add_limit(g, r, regions) : -ENOMEM;
}

/* What an organisation's policies do not bind: the account that manages it. */
static int guard_on_organization(void *user, const struct resource *r)
{
        struct guard *g = user;
        const json_t *id = NULL;
        const char *cause = NULL;

        if (trial_fact(g->t, r, "organization.management", &id, &cause) != FACT_KNOWN ||
            !json_is_string(id)) {
                guard_unsure(g, r, "organization.management", cause);
                return 0;
        }
        g->manager_known = true;
        g->manages = g->manages || strcmp(json_string_value(id), g->t->subject->place.scope) == 0;
        return 0;
}

/* Nothing limits it, as far as was read: was everything read? */
static int decide_unlimited(struct guard *g, const char *topic)
{
        struct trial *t = g->t;
        struct place place = trial_scope(t);
        struct verdict_of_regions v = { 0 };
        struct coverage_look look;
        int r;

        if (g->targets)
                place.scope = "";
        r = trial_coverage(t, &place, topic, &look);
        if (r < 0)
                return r;
        if (look.unanswered > 0)
                return trial_unknown(t, topic, look.cause);
        if (look.ok == 0)
                return trial_decide(t, VERDICT_UNKNOWN, "unread");
        if (!g->allowed)
                return trial_decide(t, VERDICT_FAIL, NULL);
        r = trial_judge_regions(t, g->allowed, g->areas, &v);
        if (r == 0) {
                trial_set_list(t, "outside", v.outside);
                trial_set_list(t, "unmapped", v.unmapped);
                (void)trial_decide(t,
                                   json_array_size(v.outside) > 0 ? VERDICT_FAIL : VERDICT_UNKNOWN,
                                   json_array_size(v.outside) > 0 ? "wide" : "unmapped");
        }
        verdict_of_regions_done(&v);
        return r;
}

static int decide_policies(struct guard *g, const char *topic)
{
        struct trial *t = g->t;
        struct place account = trial_scope(t);
        struct coverage_look look;
        int n = 0;

        if (g->manages)
                return trial_decide(t, VERDICT_FAIL, "management");
        if (g->targets && !g->manager_known && !g->unsure) {
                account.scope = "";
                n = trial_coverage(t, &account, "organization", &look);
                if (n < 0)
                        return n;
                return look.unanswered > 0 ? trial_unknown(t, "organization", look.cause)
                                           : trial_decide(t, VERDICT_UNKNOWN, "unread");
        }
        if (g->allowed && !g->kept && within(g, g->allowed, &n)) {
                g->kept = g->together = true;
                trial_set_list(t, "regions", g->allowed);
        }
        if (n < 0)
                return n;
        if (g->kept && (!g->targets || g->manager_known))
                return trial_decide(t, VERDICT_PASS, g->together ? "pass-together" : NULL);
        return g->unsure ? trial_unknown(t, g->what, g->cause) : decide_unlimited(g, topic);
}

static int check_policies(struct guard *g, const char *topic)
{
        struct trial *t = g->t;
        struct place place = trial_scope(t);
        int r = 0;

        if (g->targets) { /* read where the organisation is asked, not in each of its accounts */
                place.scope = "";
                r = t->view->each(t->view->ctx, &place, "organization", guard_on_organization, g);
        }
        if (r >= 0)
                r = t->view->each(t->view->ctx, &place, topic, guard_on_policy, g);
        if (r >= 0)
                r = t->failed;
        return r < 0 ? r : decide_policies(g, topic);
}

/* ---- regions that are switched on --------------------------------------------------------------
 */

static int guard_on_place(void *user, const struct resource *r)
{
        struct guard *g = user;
        const json_t *code = NULL;
        const char *cause = NULL;

        if (trial_fact(g->t, r, "place.code", &code, &cause) == FACT_KNOWN && json_is_string(code))
                return json_array_append(g->open, (json_t *)code) < 0 ? -ENOMEM : 0;
        guard_unsure(g, r, "place.code", cause ? cause : "the API names no region");
        return 0;
}

static int decide_places(struct guard *g, const char *topic, const struct verdict_of_regions *v)
{
        struct trial *t = g->t;
        struct place place = trial_scope(t);
        struct coverage_look look;
        int r;

        trial_set_list(t, "regions", g->open);
        trial_set_list(t, "outside", v->outside);
        trial_set_list(t, "unmapped", v->unmapped);
        if (json_array_size(v->outside) > 0)
                return trial_decide(t, VERDICT_FAIL, "open");
        if (g->unsure)
                return trial_unknown(t, g->what, g->cause);
        r = trial_coverage(t, &place, topic, &look);
        if (r < 0)
                return r;
        if (look.unanswered > 0)
                return trial_unknown(t, topic, look.cause);
        if (look.ok == 0 || json_array_size(g->open) == 0)
                return trial_decide(t, VERDICT_UNKNOWN, "unread");
        return json_array_size(v->unmapped) > 0 ? trial_decide(t, VERDICT_UNKNOWN, "unmapped")
                                                : trial_decide(t, VERDICT_PASS, "pass-places");
}

static int check_places(struct guard *g, const char *topic)
{
        struct trial *t = g->t;
        struct place place = trial_scope(t);
        struct verdict_of_regions v = { 0 };
        int r = t->view->each(t->view->ctx, &place, topic, guard_on_place, g);

        if (r >= 0)
                r = trial_judge_regions(t, g->open, g->areas, &v);
        if (r == 0)
                r = decide_places(g, topic, &v);
        verdict_of_regions_done(&v);
        return r;
}

/* ---- LOC-007 -----------------------------------------------------------------------------------
 */

static int check_guard(struct trial *t)
{
        const json_t *how = json_object_get(trial_param(t, "guards"), t->subject->place.provider);
        const char *policies = json_member_string(how, "policies");
        const char *places = json_member_string(how, "places");
        _cleanup_(areas_freep) char **areas = NULL;
        struct guard g = { .t = t, .targets = json_is_true(json_object_get(how, "targets")) };
        const char *cause = NULL;
        int r;

        if (!policies && !places)
                return trial_decide(t, VERDICT_NA, NULL);
        r = trial_areas(t, &areas, &cause);
        if (r <= 0)
                return r < 0 ? r : trial_unknown(t, "ai-act-area", cause);
        trial_set_areas(t, areas);
        g.areas = areas;
        g.open = json_array();
        if (!g.open)
                return -ENOMEM;
        r = policies ? check_policies(&g, policies) : check_places(&g, places);
        json_decref(g.allowed);
        json_decref(g.open);
        return r;
}

const struct check checks_guard[] = {
        { .name = "location-guard",
          .run = check_guard,
          .whys = NAMES("pass", "pass-together", "pass-places", "fail", "wide", "open",
                        "management", "unmapped", "unread", "unknown", "na"),
          .vars = NAMES("areas", "policy", "regions", "outside", "unmapped"),
          .params = NAMES("guards") },
        { 0 },
};
