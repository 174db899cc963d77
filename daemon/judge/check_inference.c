/* Where inference runs, and to whom what it is given is handed on. */
#include "daemon/base/json.h"
#include "daemon/judge/checks.h"
#include "daemon/judge/region_list.h"

#include <errno.h>
#include <string.h>

enum { RESOLVE_DEPTH_MAX = 3 };

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
                        json_auto_t *list = region_list_of(value);

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
                json_auto_t *refs =
                        region_list_of(value); /* the record is borrowed until the next find */

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
                r = trial_decide_regions(t, found->regions, "pass-resolved", NULL);
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
        json_auto_t *refs = region_list_of(value);
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
        json_auto_t *list = region_list_of(value);

        return list ? trial_decide_regions(t, list, NULL, NULL) : (t->failed = -ENOMEM);
}

static int check_documented(struct trial *t, const json_t *value)
{
        json_auto_t *list = region_list_of(value);

        return list ? trial_decide_regions(t, list, "documented", NULL) : (t->failed = -ENOMEM);
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
        json_auto_t *parties = region_list_of(value);

        trial_set_list(t, "party", parties);
        return trial_decide(t, VERDICT_UNKNOWN, "third-party");
}

const struct check checks_inference[] = {
        { .name = "inference-location",
          .run = check_inference,
          .whys = NAMES("pass", "pass-resolved", "documented", "fail", "anywhere", "unmapped",
                        "third-party", "shared", "unknown", "na"),
          .vars = NAMES("areas", "regions", "outside", "unmapped", "ref", "party"),
          .params = NAMES("inference_types", "sharing") },
        { 0 },
};
