/* LOG-010: is anybody told when an AI resource fails or is abused? Alerts are bound to a resource,
 * to its kind, or to the log that it writes. */
#include "daemon/judge/checks.h"
#include "daemon/judge/refer.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

struct alerts {
        struct trial *t;
        const json_t *words; /* what alerts call the subject's kind; NULL: nothing known */
        json_t *logs;        /* what the subject writes to; NULL: not known */
        bool scope_only;     /* records of other scopes are passed over */
        bool bound, silent;
        bool log_open; /* an alert watches a log, and it is not known whether the subject's */
        bool unsure;
        char what[200], cause[256];
};

static void alerts_unsure(struct alerts *a, const struct resource *r, const char *fact,
                          const char *cause)
{
        if (!a->unsure) {
                (void)snprintf(a->what, sizeof(a->what), "%s (%s)", fact,
                               r->name ? r->name : r->id);
                (void)snprintf(a->cause, sizeof(a->cause), "%s", cause ? cause : "");
        }
        a->unsure = true;
}

/* ---- what an alert watches ---------------------------------------------------------------------
 */

/* The words of params.services for the subject's kind; borrowed, NULL for none. */
static const json_t *alert_words(const struct trial *t)
{
        json_t *row, *kind;
        size_t i, k;

        json_array_foreach((json_t *)trial_param(t, "services"), i, row)
        {
                json_array_foreach(json_object_get(row, "kinds"), k, kind)
                {
                        if (json_is_string(kind) &&
                            fnmatch(json_string_value(kind), t->subject->resource->kind, 0) == 0)
                                return json_object_get(row, "words");
                }
        }
        return NULL;
}

static bool share_a_text(const json_t *a, const json_t *b)
{
        json_t *x, *y;
        size_t i, k;

        json_array_foreach((json_t *)a, i, x)
        {
                json_array_foreach((json_t *)b, k, y)
                {
                        if (json_is_string(x) && json_is_string(y) &&
                            strcasecmp(json_string_value(x), json_string_value(y)) == 0)
                                return true;
                }
        }
        return false;
}

/* "/subscriptions/s" is above "/subscriptions/s/resourcegroups/g", "endpoints/7" ends
 * "projects/p/locations/l/endpoints/7". */
static bool is_above(const char *path, const char *id)
{
        size_t n = strlen(path);

        return n > 0 && strncasecmp(path, id, n) == 0 && id[n] == '/';
}

static bool is_end_of(const char *part, const char *id)
{
        size_t n = strlen(part), length = strlen(id);

        return n > 0 && n < length && strcasecmp(id + length - n, part) == 0 &&
               strchr("/:", id[length - n - 1]);
}

enum aim { AIM_ELSEWHERE, AIM_ABOVE, AIM_AT };

static enum aim aim_at(const struct resource *r, const char *target)
{
        if (strcasecmp(target, r->id) == 0 || (r->name && strcmp(target, r->name) == 0) ||
            is_end_of(target, r->id))
                return AIM_AT;
        return is_above(target, r->id) ? AIM_ABOVE : AIM_ELSEWHERE;
}

/* The nearest of its targets; what names none is about all there is of its kind. A model that the
 * subject calls is watched as the subject is. */
static enum aim aim_of(struct alerts *a, const json_t *targets)
{
        const struct resource *subject = a->t->subject->resource;
        json_auto_t *models = trial_fact_list(a->t, subject, "model.id");
        enum aim nearest = AIM_ELSEWHERE;
        json_t *target;
        size_t i;

        json_array_foreach((json_t *)targets, i, target)
        {
                enum aim one = json_is_string(target) ? aim_at(subject, json_string_value(target))
                                                      : AIM_ELSEWHERE;

                nearest = one > nearest ? one : nearest;
        }
        if (nearest == AIM_ELSEWHERE && share_a_text(targets, models))
                return AIM_AT;
        return nearest;
}

/* Does it watch the subject or its kind? What names services watches those only, what names things
 * those only; of a whole subscription that says no service, AI is not meant. */
static bool watches(struct alerts *a, const json_t *services, const json_t *targets)
{
        bool kind = share_a_text(services, a->words);

        if (json_array_size(services) > 0 && !kind)
                return false;
        switch (aim_of(a, targets)) {
        case AIM_AT:
                return true;
        case AIM_ABOVE:
                return kind;
        case AIM_ELSEWHERE:
                break;
        }
        return kind && json_array_size(targets) == 0;
}

static bool watches_its_log(struct alerts *a, const json_t *logs)
{
        json_t *log, *own;
        size_t i, k;

        json_array_foreach((json_t *)logs, i, log)
        {
                json_array_foreach(a->logs, k, own)
                {
                        const char *text = json_string_value(own);

                        if (text && json_is_string(log) &&
                            (strcasecmp(text, json_string_value(log)) == 0 ||
                             is_end_of(json_string_value(log), text)))
                                return true;
                }
        }
        return false;
}

/* ---- one alert ---------------------------------------------------------------------------------
 */

/* Metrics and events of a region are watched in that region. */
static bool is_there(const struct alerts *a, const struct resource *r)
{
        const struct place *place = &a->t->subject->place;
        struct location at =
                regions_locate(a->t->judge->regions, place->provider, place->region, 0);

        return regions_is_placeless(r->region) || strcmp(r->region, place->region) == 0 ||
               (at.code && strcmp(r->region, at.code) == 0);
}

/* The list of a fact in *ret, new reference, NULL for none; false when it could not be read. */
static bool list_of(struct alerts *a, const struct resource *r, const char *fact, json_t **ret)
{
        const char *cause = NULL;

        if (!trial_collected(r, fact))
                return true;
        if (trial_fact(a->t, r, fact, NULL, &cause) == FACT_UNKNOWN) {
                alerts_unsure(a, r, fact, cause);
                return false;
        }
        *ret = trial_fact_list(a->t, r, fact);
        return true;
}

/* One that is switched off, or tells nobody, alerts nobody. */
static void take(struct alerts *a, const struct resource *r)
{
        const char *on_cause = NULL, *actions_cause = NULL;
        enum truth on = TRUTH_YES;
        enum fact_state actions = FACT_KNOWN;
        json_auto_t *nobody = json_array();
        const json_t *told = NULL;

        if (trial_collected(r, "alert.enabled"))
                on = trial_fact_true(a->t, r, "alert.enabled", &on_cause);
        if (trial_collected(r, "alert.actions"))
                actions = trial_fact(a->t, r, "alert.actions", &told, &actions_cause);
        if (on == TRUTH_NO || on == TRUTH_ABSENT)
                return;
        trial_set(a->t, "alert", "%s", r->name ? r->name : r->id);
        if (on == TRUTH_UNKNOWN)
                alerts_unsure(a, r, "alert.enabled", on_cause);
        else if (actions == FACT_UNKNOWN)
                alerts_unsure(a, r, "alert.actions", actions_cause);
        else if (actions == FACT_ABSENT || (told && json_equal((json_t *)told, nobody)))
                a->silent = true;
        else
                a->bound = true;
}

static int alerts_on_record(void *user, const struct resource *r)
{
        struct alerts *a = user;
        json_auto_t *services = NULL, *targets = NULL, *logs = NULL;
        bool told;

        if (!is_there(a, r) || (a->scope_only && strcmp(r->scope, a->t->subject->place.scope) != 0))
                return 0;
        told = list_of(a, r, "alert.services", &services);
        if (json_array_size(services) == 0 || share_a_text(services, a->words))
                told &= list_of(a, r, "alert.targets", &targets); /* of another kind's, no matter */
        (void)list_of(a, r, "alert.logs", &logs);
        if ((told && watches(a, services, targets)) || watches_its_log(a, logs))
                take(a, r);
        else if (json_array_size(logs) > 0 && !a->logs)
                a->log_open = true;
        return a->bound ? 1 : 0;
}

/* ---- the verdict -------------------------------------------------------------------------------
 */

static int add_destinations(void *user, const struct resource *r)
{
        static const char *const facts[] = { "log.destination", "log.delivery" };
        struct alerts *a = user;

        for (size_t i = 0; i < ELEMENTSOF(facts); i++) {
                json_auto_t *one = NULL;

                if (!trial_collected(r, facts[i]) ||
                    trial_fact(a->t, r, facts[i], NULL, NULL) == FACT_UNKNOWN)
                        continue;
                if (!a->logs && !(a->logs = json_array()))
                        return -ENOMEM;
                one = trial_fact_list(a->t, r, facts[i]);
                (void)json_array_extend(a->logs, one); /* that there is none is known, too */
        }
        return 0;
}

/* Where the subject's logs are, as far as it says, or the setting of its place that logs calls of
 * its type. */
static int find_logs(struct alerts *a)
{
        struct trial *t = a->t;
        const json_t *of_place = trial_param(t, "place_logs");
        const char *topic = json_member_string(of_place, "topic");
        const char *type = json_member_string(of_place, "type");
        struct place place = trial_place(t);
        int r = add_destinations(a, t->subject->resource);

        if (r < 0 || !topic || !type || !t->subject->resource->service_type ||
            strcmp(type, t->subject->resource->service_type) != 0)
                return r;
        return t->view->each(t->view->ctx, &place, topic, add_destinations, a);
}

/* What alerts there are is read in the subject's region, or where they belong to none. */
static int look_for_alerts(struct alerts *a, struct coverage_look *ret)
{
        struct place place = trial_place(a->t);
        int r = trial_coverage(a->t, &place, "alert", ret);

        if (r < 0 || ret->rows > 0)
                return r;
        place.region = "";
        if (!a->scope_only)
                place.scope = "";
        return trial_coverage(a->t, &place, "alert", ret);
}

static int decide_alerts(struct alerts *a)
{
        struct trial *t = a->t;
        struct coverage_look look;
        int r;

        if (a->bound)
                return trial_decide(t, VERDICT_PASS, NULL);
        if (a->unsure)
                return trial_unknown(t, a->what, a->cause);
        r = look_for_alerts(a, &look);
        if (r < 0)
                return r;
        if (look.unanswered > 0)
                return trial_unknown(t, "alert", look.cause);
        if (look.ok == 0)
                return trial_decide(t, VERDICT_UNKNOWN, "no-source");
        if (a->log_open)
                return trial_decide(t, VERDICT_UNKNOWN, "log");
        return trial_decide(t, VERDICT_FAIL, a->silent ? "silent" : NULL);
}

static int check_alert(struct trial *t)
{
        struct place place = trial_scope(t);
        struct alerts a = { .t = t,
                            .words = alert_words(t),
                            .scope_only = !trial_param_has(t, "account_wide", place.provider) };
        int r;

        if (strcmp(t->subject->risk, "minimal") == 0)
                return trial_decide(t, VERDICT_NA, "na-minimal");
        if (!a.scope_only)
                place.scope = "";
        r = find_logs(&a);
        if (r >= 0)
                r = t->view->each(t->view->ctx, &place, "alert", alerts_on_record, &a);
        if (r >= 0)
                r = t->failed < 0 ? t->failed : decide_alerts(&a);
        json_decref(a.logs);
        return r;
}

const struct check checks_alert[] = {
        { .name = "alert",
          .run = check_alert,
          .whys = NAMES("pass", "fail", "silent", "log", "no-source", "unknown", "na-minimal"),
          .vars = NAMES("alert"),
          .params = NAMES("services", "account_wide", "place_logs") },
        { 0 },
};
