#include "daemon/judge/audit.h"

#include <errno.h>
#include <string.h>

static void audit_unsure(struct audit *a, const struct resource *r, const char *fact,
                         const char *cause)
{
        if (!a->unsure) {
                (void)snprintf(a->what, sizeof(a->what), "%s (%s)", fact,
                               r->name ? r->name : r->id);
                (void)snprintf(a->cause, sizeof(a->cause), "%s", cause);
        }
        a->unsure = true;
}

/* Truth of one property of a trail: absent is no where the API answered without it. */
static enum truth audit_is(struct audit *a, const struct resource *r, const char *fact,
                           const char **ret_cause)
{
        enum truth truth = trial_fact_true(a->t, r, fact, ret_cause);

        return truth == TRUTH_ABSENT ? TRUTH_NO : truth;
}

static void audit_covers(struct audit *a, const struct resource *r)
{
        const char *cause = NULL;
        enum truth multi = audit_is(a, r, "audit.multi_region", &cause);

        a->changes_only |= trial_collected(r, "audit.reads") &&
                           trial_fact_true(a->t, r, "audit.reads", &cause) != TRUTH_YES;

        if (multi == TRUTH_YES) {
                a->everywhere = true;
                return;
        }
        if (multi == TRUTH_UNKNOWN)
                audit_unsure(a, r, "audit.multi_region", cause);
        if (json_object_set_new(a->regions, r->region, json_true()) < 0)
                a->t->failed = -ENOMEM;
}

/* Another scope's trail counts when it is the organisation's. */
static bool audit_concerns(struct audit *a, const struct resource *r)
{
        const char *cause = NULL;
        enum truth organisation;

        if (strcmp(r->scope, a->scope) == 0)
                return true;
        organisation = audit_is(a, r, "audit.organization", &cause);
        if (organisation == TRUTH_UNKNOWN)
                audit_unsure(a, r, "audit.organization", cause);
        return organisation == TRUTH_YES;
}

/* Are the data events of that kind in it: yes, no, or in part, which is not known to be enough. */
static enum truth audit_has_type(struct audit *a, const struct resource *r, const char **ret_cause)
{
        static const char *const facts[] = { "audit.data_events", "audit.data_events_partial" };

        for (size_t i = 0; i < ELEMENTSOF(facts); i++) {
                const json_t *value = NULL;
                json_t *element;
                size_t k;

                if (trial_fact(a->t, r, facts[i], &value, ret_cause) == FACT_UNKNOWN)
                        return TRUTH_UNKNOWN;
                json_array_foreach((json_t *)value, k, element)
                {
                        if (!json_is_string(element) ||
                            strcasecmp(json_string_value(element), a->type) != 0)
                                continue;
                        if (i == 0)
                                return TRUTH_YES;
                        *ret_cause = "only part of these events is recorded";
                        return TRUTH_UNKNOWN;
                }
        }
        return TRUTH_NO;
}

static int audit_on_record(void *user, const struct resource *r)
{
        struct audit *a = user;
        const char *active_cause = NULL, *events_cause = NULL;
        enum truth active, events;

        if (!audit_concerns(a, r))
                return 0;
        a->records++;
        active = audit_is(a, r, "audit.active", &active_cause);
        if (active == TRUTH_NO) {
                a->inactive++;
                return 0;
        }
        events = a->type ? audit_has_type(a, r, &events_cause)
                         : trial_fact_true(a->t, r, "audit.management_events", &events_cause);
        if (events == TRUTH_NO) {
                if (a->incomplete[0] == '\0')
                        (void)snprintf(a->incomplete, sizeof(a->incomplete), "%s",
                                       r->name ? r->name : r->id);
                return 0;
        }
        if (active == TRUTH_UNKNOWN)
                audit_unsure(a, r, "audit.active", active_cause);
        else if (events != TRUTH_YES)
                audit_unsure(a, r, a->type ? "audit.data_events" : "audit.management_events",
                             events_cause ? events_cause : "the API does not say");
        else
                audit_covers(a, r);
        return 0;
}

static int audit_on_other_record(void *user, const struct resource *r)
{
        const struct audit *a = user;

        return strcmp(r->scope, a->scope) == 0 ? 0 : audit_on_record(user, r);
}

/* Own records first; those of the account's other scopes where the organisation's log is kept
 * elsewhere: with hundreds of scopes these are not read for nothing. */
int audit_read(struct audit *a, struct trial *t, const char *type)
{
        struct place account = trial_scope(t);
        int r;

        *a = (struct audit){
                .t = t, .type = type, .scope = t->subject->place.scope, .regions = json_object()
        };
        if (!a->regions)
                return -ENOMEM;
        r = t->view->each(t->view->ctx, &account, "audit-log", audit_on_record, a);
        if (r < 0 || a->everywhere)
                return r;
        account.scope = "";
        return t->view->each(t->view->ctx, &account, "audit-log", audit_on_other_record, a);
}

/* The scope's own rows, else the account's, unless the scope itself could not be entered. */
int audit_coverage(struct trial *t, struct coverage_look *ret)
{
        struct place place = trial_scope(t);
        int r;

        r = trial_coverage(t, &place, "audit-log", ret);
        if (r < 0 || ret->rows > 0)
                return r;
        r = trial_coverage(t, &place, "sign-in", ret);
        if (r < 0 || ret->unanswered > 0)
                return r;
        place.scope = "";
        return trial_coverage(t, &place, "audit-log", ret);
}

bool audit_reaches(const struct audit *a, const char *region)
{
        struct location at =
                regions_locate(a->t->judge->regions, a->t->subject->place.provider, region, 0);

        if (a->everywhere || json_object_get(a->regions, region))
                return true;
        if (at.code && json_object_get(a->regions, at.code)) /* a zone is recorded in its region */
                return true;
        /* what has no region is recorded with whichever region the provider chose */
        return regions_is_placeless(region) && json_object_size(a->regions) > 0;
}
