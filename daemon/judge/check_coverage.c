/* What could not be read, and what that hides. */
#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/judge/checks.h"
#include "daemon/judge/region.h"
#include "daemon/judge/trial.h"

#include <errno.h>
#include <string.h>

static void add_once(struct trial *t, json_t *list, const char *text)
{
        json_t *element;
        size_t i;

        json_array_foreach(list, i,
                           element) if (strcmp(json_string_value(element), text) == 0) return;
        if (json_array_append_new(list, json_string(text)) < 0)
                t->failed = -ENOMEM;
}

/* ---- COV-001
 * ----------------------------------------------------------------------------------------- */

/* What discovery says has topics of its own: "region" for lists of regions, "scope" for lists that
 * name this scope. */
struct scanned {
        struct trial *t;
        json_t *regions; /* {region: {"answers": n, "lost": n, "rows": n}} */
        json_t *lists;   /* the same for the lists of regions */
        size_t rows, listed;
        char cause[256]; /* why a list of regions was not read */
};

static void count_up(json_t *object, const char *key)
{
        json_int_t n = json_integer_value(json_object_get(object, key));

        (void)json_object_set_new(object, key, json_integer(n + 1));
}

static bool is_lost(enum coverage_state state)
{
        return state == COVERAGE_SKIPPED || state == COVERAGE_FAILED ||
               state == COVERAGE_THROTTLED || state == COVERAGE_EXPIRED;
}

static int scanned_on_row(void *user, const struct coverage *c)
{
        struct scanned *s = user;
        bool list = c->topic && strcmp(c->topic, "region") == 0;
        json_t *regions = list ? s->lists : s->regions;
        json_t *region = json_object_get(regions, c->place.region);

        if (c->topic && strcmp(c->topic, "scope") == 0)
                return 0;
        if (!region) {
                region = json_object();
                if (json_object_set_new(regions, c->place.region, region) < 0)
                        return -ENOMEM;
        }
        s->rows++;
        if (list && c->state == COVERAGE_OK)
                s->listed++;
        else if (list && s->cause[0] == '\0')
                coverage_describe(c, s->cause, sizeof(s->cause));
        count_up(region, "rows");
        if (coverage_is_answer(c->state))
                count_up(region, "answers");
        if (is_lost(c->state))
                count_up(region, "lost");
        return 0;
}

static int decide_scanned(struct trial *t, const struct scanned *s)
{
        json_auto_t *unread = json_array(), *partly = json_array();
        /* where nothing else was asked, that is for want of a list */
        const json_t *regions = json_object_size(s->regions) > 0 ? s->regions : s->lists;
        const char *name;
        json_t *region;

        if (!unread || !partly)
                return -ENOMEM;
        json_object_foreach((json_t *)regions, name, region)
        {
                json_int_t lost = json_integer_value(json_object_get(region, "lost"));

                /* signing in has no region */
                const char *where = *name ? name : t->subject->place.scope;

                if (json_integer_value(json_object_get(region, "answers")) == 0)
                        (void)json_array_append_new(unread, json_string(where));
                else if (lost > 0)
                        (void)json_array_append_new(
                                partly, json_sprintf("%s (%lld/%lld)", where, (long long)lost,
                                                     (long long)json_integer_value(
                                                             json_object_get(region, "rows"))));
        }
        trial_set_list(t, "unread", unread);
        trial_set_list(t, "partly", partly);
        if (json_array_size(unread) > 0)
                return trial_decide(t, VERDICT_FAIL,
                                    json_array_size(partly) > 0 ? "both" : "unread");
        if (json_array_size(partly) > 0)
                return trial_decide(t, VERDICT_FAIL, "partly");
        if (json_object_size(s->regions) == 0)
                return trial_unknown(t, "coverage", "nothing was asked here");
        /* the regions known beforehand were read; there may be others */
        if (s->cause[0] != '\0' && s->listed == 0)
                return trial_unknown(t, "regions", s->cause);
        return trial_decide(t, VERDICT_PASS, NULL);
}

static int check_scanned(struct trial *t)
{
        struct scanned s = { .t = t, .regions = json_object(), .lists = json_object() };
        struct place scope = trial_scope(t);
        int r = s.regions && s.lists
                        ? t->view->coverage(t->view->ctx, &scope, NULL, scanned_on_row, &s)
                        : -ENOMEM;

        trial_set(t, "count", "%zu", json_object_size(s.regions));
        if (r >= 0)
                r = s.rows == 0 ? trial_unknown(t, "coverage", "nothing was asked here")
                                : decide_scanned(t, &s);
        json_decref(s.regions);
        json_decref(s.lists);
        return r;
}

/* ---- places that lists over the whole scope tell of
 * ------------------------------------------------------------------------------------------------
 */

static bool is_discovery(const struct coverage *c)
{
        static const char *const topics[] = { "region", "scope", "api" };

        for (size_t i = 0; i < ELEMENTSOF(topics); i++)
                if (c->topic && strcmp(c->topic, topics[i]) == 0)
                        return true;
        return false;
}

static int whole_on_row(void *user, const struct coverage *c)
{
        size_t *lists = user;

        *lists += is_discovery(c) ? 0 : 1;
        return 0;
}

/* Nothing was asked of the region itself: is what is there in lists over the whole scope, whose
 * reading is judged where they are? 1: so decided. */
static int decide_told_elsewhere(struct trial *t)
{
        struct place whole = trial_place(t);
        size_t lists = 0;
        int r;

        if (regions_is_placeless(whole.region))
                return 0;
        whole.region = "global";
        r = t->view->coverage(t->view->ctx, &whole, NULL, whole_on_row, &lists);
        if (r < 0 || lists == 0)
                return r;
        r = trial_decide(t, VERDICT_NA, "na-whole");
        return r < 0 ? r : 1;
}

/* The account's own place is asked for by the empty scope, which stands for every scope, too. */
static bool is_of_another_scope(const struct trial *t, const struct coverage *c)
{
        return strcmp(t->subject->place.scope, c->place.scope) != 0;
}

/* ---- COV-002
 * ----------------------------------------------------------------------------------------- */

struct denied {
        struct trial *t;
        json_t *permissions, *kinds;
        size_t rows, denied, by_policy, read, unanswered, below;
        bool hides_ai;
        char cause[256];
};

/* Does the cause say that a policy above the account forbids it? What it says then is data. */
static bool by_policy(const struct trial *t, const char *cause)
{
        json_t *mark;
        size_t i;

        json_array_foreach((json_t *)trial_param(t, "policy_marks"), i,
                           mark) if (cause && strstr(cause, json_string_value(mark))) return true;
        return false;
}

static int denied_on_row(void *user, const struct coverage *c)
{
        struct denied *d = user;

        if (is_of_another_scope(d->t, c))
                return 0;

        d->rows++;
        if (c->state != COVERAGE_DENIED) {
                d->read += c->state == COVERAGE_OK;
                d->below += c->state == COVERAGE_SKIPPED && by_policy(d->t, c->cause);
                if (!coverage_is_answer(c->state) && d->unanswered++ == 0)
                        coverage_describe(c, d->cause, sizeof(d->cause));
                return 0;
        }
        d->denied++;
        d->by_policy += by_policy(d->t, c->cause);
        add_once(d->t, d->permissions, c->permission ? c->permission : c->collector);
        add_once(d->t, d->kinds, c->collector);
        if (trial_param_has(d->t, "ai_types", c->service_type))
                d->hides_ai = true;
        return 0;
}

static int decide_denied(struct trial *t, const struct denied *d)
{
        trial_set_list(t, "permissions", d->permissions);
        trial_set_list(t, "collectors", d->kinds);
        trial_set(t, "count", "%zu", d->denied);
        /* one line for a region that is closed as a whole, not one for each thing it does not tell
         */
        if (d->denied > 0 && d->by_policy == d->denied && d->read == 0 && d->unanswered == d->below)
                return trial_decide(t, VERDICT_FAIL, "closed");
        if (json_array_size(d->permissions) > 0) {
                t->severity = d->hides_ai ? "hides-ai" : NULL;
                return trial_decide(t, VERDICT_FAIL, d->hides_ai ? "hides-ai" : NULL);
        }
        if (d->rows == 0)
                return trial_unknown(t, "coverage", "nothing was asked here");
        if (d->unanswered > 0)
                return trial_unknown(t, "coverage", d->cause);
        return trial_decide(t, VERDICT_PASS, NULL);
}

static int check_denied(struct trial *t)
{
        struct denied d = { .t = t, .permissions = json_array(), .kinds = json_array() };
        struct place place = trial_place(t);
        int r = d.permissions && d.kinds
                        ? t->view->coverage(t->view->ctx, &place, NULL, denied_on_row, &d)
                        : -ENOMEM;

        if (r >= 0)
                r = d.rows == 0 ? decide_told_elsewhere(t) : 0;
        if (r == 0)
                r = decide_denied(t, &d);
        json_decref(d.permissions);
        json_decref(d.kinds);
        return r < 0 ? r : 0;
}

/* ---- COV-003
 * ----------------------------------------------------------------------------------------- */

static int check_classified(struct trial *t)
{
        struct place scope = trial_scope(t);
        uint64_t all = t->view->count(t->view->ctx, &scope, NULL), known = 0;
        struct coverage_look look;
        const char *type;
        int r;

        for (size_t i = 0; (type = roles_type_at(t->judge->roles, i)); i++)
                known += t->view->count(t->view->ctx, &scope, type);
        trial_set(t, "count", "%llu", (unsigned long long)(all > known ? all - known : 0));
        trial_set(t, "total", "%llu", (unsigned long long)all);
        if (all > known)
                return trial_decide(t, VERDICT_FAIL, NULL);
        r = trial_coverage(t, &scope, NULL, &look);
        if (r < 0)
                return r;
        if (look.rows == 0)
                return trial_unknown(t, "coverage", "nothing was asked here");
        if (look.unanswered > 0)
                return trial_unknown(t, "coverage", look.cause);
        return trial_decide(t, VERDICT_PASS, NULL);
}

/* ---- COV-004
 * ----------------------------------------------------------------------------------------- */

struct aged {
        struct trial *t;
        json_t *old, *never, *ahead;
        size_t rows;
};

static int aged_on_row(void *user, const struct coverage *c)
{
        struct aged *a = user;
        uint64_t last_usec, max_usec = a->t->judge->policy->coverage_max_age_usec;

        if (is_of_another_scope(a->t, c))
                return 0;

        a->rows++;
        if (c->state == COVERAGE_OFF || c->state == COVERAGE_ABSENT)
                return 0; /* there is nothing to be out of date */
        last_usec = a->t->view->last_complete_usec(a->t->view->ctx, c);
        if (last_usec == 0)
                add_once(a->t, a->never, c->collector);
        else if (trial_is_future(a->t, last_usec))
                add_once(a->t, a->ahead, c->collector);
        else if (last_usec < a->t->date_usec && a->t->date_usec - last_usec > max_usec)
                add_once(a->t, a->old, c->collector);
        return 0;
}

static int decide_aged(struct trial *t, const struct aged *a)
{
        uint64_t hours = t->judge->policy->coverage_max_age_usec / USEC_PER_HOUR;

        trial_set_list(t, "old", a->old);
        trial_set_list(t, "never", a->never);
        trial_set_list(t, "ahead", a->ahead);
        trial_set(t, "hours", "%llu", (unsigned long long)hours);
        if (json_array_size(a->old) > 0)
                return trial_decide(t, VERDICT_FAIL, NULL);
        if (json_array_size(a->never) > 0)
                return trial_decide(t, VERDICT_UNKNOWN, "never");
        if (json_array_size(a->ahead) > 0)
                return trial_decide(t, VERDICT_UNKNOWN, "ahead");
        if (a->rows == 0)
                return trial_unknown(t, "coverage", "nothing was asked here");
        return trial_decide(t, VERDICT_PASS, NULL);
}

static int check_aged(struct trial *t)
{
        struct aged a = {
                .t = t, .old = json_array(), .never = json_array(), .ahead = json_array()
        };
        struct place place = trial_place(t);
        int r;

        if (!a.old || !a.never || !a.ahead) {
                r = -ENOMEM;
        } else if (t->judge->policy->coverage_max_age_usec == 0) {
                r = trial_decide(t, VERDICT_NA, NULL);
        } else {
                r = t->view->coverage(t->view->ctx, &place, NULL, aged_on_row, &a);
                if (r >= 0)
                        r = a.rows == 0 ? decide_told_elsewhere(t) : 0;
                if (r == 0)
                        r = decide_aged(t, &a);
        }
        json_decref(a.old);
        json_decref(a.never);
        json_decref(a.ahead);
        return r < 0 ? r : 0;
}

const struct check checks_coverage[] = {
        { .name = "scanned",
          .run = check_scanned,
          .whys = NAMES("pass", "unread", "partly", "both", "unknown"),
          .vars = NAMES("unread", "partly", "count") },
        { .name = "denied",
          .run = check_denied,
          .whys = NAMES("pass", "fail", "hides-ai", "closed", "unknown", "na-whole"),
          .vars = NAMES("permissions", "collectors", "count"),
          .params = NAMES("ai_types", "policy_marks") },
        { .name = "classified",
          .run = check_classified,
          .whys = NAMES("pass", "fail", "unknown"),
          .vars = NAMES("count", "total") },
        { .name = "aged",
          .run = check_aged,
          .whys = NAMES("pass", "fail", "never", "ahead", "unknown", "na", "na-whole"),
          .vars = NAMES("old", "never", "ahead", "hours") },
        { 0 },
};
