/* What stands between people and a generative model: guardrails and content filters. */
#include "daemon/judge/checks.h"
#include "daemon/judge/trial.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

enum found { FOUND_NO, FOUND_YES, FOUND_UNREAD };

/* What is said of the subject's provider. */
static json_t *of_provider(const struct trial *t, const char *param)
{
        return json_object_get(trial_param(t, param), t->subject->place.provider);
}

/* Why nothing tells: of a kind whose own guardrail was looked at, else of the provider. */
static const json_t *reason_of(const struct trial *t)
{
        const struct resource *r = t->subject->resource;
        const json_t *of_kind = json_object_get(trial_param(t, "reasons"), r->kind);

        return of_kind && trial_collected(r, "guardrail.id") ? of_kind : of_provider(t, "reasons");
}

static bool is_among(const json_t *patterns, const char *text)
{
        json_t *pattern;
        size_t i;

        json_array_foreach((json_t *)patterns, i, pattern)
        {
                if (text && json_is_string(pattern) &&
                    fnmatch(json_string_value(pattern), text, FNM_CASEFOLD) == 0)
                        return true;
        }
        return false;
}

/* Those of the values that are among the patterns; new reference. */
static json_t *which_among(const json_t *patterns, const json_t *value)
{
        json_auto_t *list = json_is_array(value) ? json_incref((json_t *)value)
                                                 : json_pack("[O]", (json_t *)value);
        json_t *hits = json_array(), *element;
        size_t i;

        json_array_foreach(list, i, element)
        {
                if (is_among(patterns, json_string_value(element)))
                        (void)json_array_append(hits, element);
        }
        return hits;
}

/* ---- which model -------------------------------------------------------------------------------
 */

/* Images and video are the means of what Art. 5(1)(ba) and (bb) forbid. */
static bool is_visual(struct trial *t)
{
        static const struct {
                const char *fact, *param;
        } rows[] = { { "model.outputs", "visual_outputs" },
                     { "model.id", "visual_models" },
                     { "model.name", "visual_models" },
                     { "model.base", "visual_models" } };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const json_t *value = NULL;
                const char *cause = NULL;
                json_auto_t *hits = NULL;

                if (!trial_collected(t->subject->resource, rows[i].fact) ||
                    fact_get(t->subject->resource->facts, rows[i].fact, &value, &cause) !=
                            FACT_KNOWN)
                        continue;
                hits = which_among(trial_param(t, rows[i].param), value);
                if (json_array_size(hits) > 0)
                        return true;
        }
        return false;
}

/* A model that makes nothing but vectors has nothing to filter. */
static bool makes_nothing(const struct trial *t)
{
        const json_t *value = NULL;
        const char *cause = NULL;
        json_auto_t *hits = NULL;

        if (fact_get(t->subject->resource->facts, "model.outputs", &value, &cause) != FACT_KNOWN)
                return false;
        hits = which_among(trial_param(t, "harmless_outputs"), value);
        return json_array_size(hits) > 0 &&
               json_array_size(hits) == (json_is_array(value) ? json_array_size(value) : 1);
}

/* ---- what is imposed on all
 * ---------------------------------------------------------------------- */

struct search {
        struct trial *t;
        const json_t *row;  /* of the rule's: {kinds, policy} */
        const char *wanted; /* the id, or its end; NULL: any */
        enum found found;
        size_t seen;
        char name[256], cause[256];
};

static bool ends_with_id(const char *id, const char *wanted)
{
        size_t length = strlen(id), n = strlen(wanted);

        return strcmp(id, wanted) == 0 ||
               (length > n && id[length - n - 1] == '/' && strcmp(id + length - n, wanted) == 0);
}

/* A record that imposes something only in one of its modes. */
static void search_mode(struct search *s, const struct resource *r)
{
        const json_t *value = NULL;
        const char *cause = NULL;

        switch (trial_fact(s->t, r, "guardrail.policy", &value, &cause)) {
        case FACT_KNOWN:
                if (is_among(json_object_get(s->row, "policy"), json_string_value(value)))
                        s->found = FOUND_YES;
                return;
        case FACT_ABSENT:
                return;
        case FACT_UNKNOWN:
                s->found = FOUND_UNREAD;
                (void)snprintf(s->cause, sizeof(s->cause), "%s", cause);
                return;
        }
}

static int search_on_record(void *user, const struct resource *r)
{
        struct search *s = user;

        if (!is_among(json_object_get(s->row, "kinds"), r->kind) ||
            (s->wanted && !ends_with_id(r->id, s->wanted)))
                return 0;
        s->seen++;
        if (json_object_get(s->row, "policy"))
                search_mode(s, r);
        else
                s->found = FOUND_YES;
        if (s->found == FOUND_YES)
                (void)snprintf(s->name, sizeof(s->name), "%s", r->name ? r->name : r->id);
        return s->found == FOUND_YES;
}

/* Nothing was found: was everything read where it would stand? */
static int search_coverage(struct search *s, const struct place *place)
{
        json_t *kind;
        size_t i;

        json_array_foreach(json_object_get(s->row, "kinds"), i, kind)
        {
                struct coverage_look look;
                int r = trial_coverage(s->t, place, json_string_value(kind), &look);

                if (r < 0)
                        return r;
                if (look.rows > 0 && look.unanswered == 0)
                        continue;
                s->found = FOUND_UNREAD;
                (void)snprintf(s->cause, sizeof(s->cause), "%s",
                               look.unanswered > 0 ? look.cause : "nothing was asked here");
                return 0;
        }
        return 0;
}

/* Over records of a topic in the scope, or resources of a type in the place. */
static int search(struct search *s)
{
        const char *topic = json_member_string(s->row, "topic"),
                   *type = json_member_string(s->row, "type");
        const struct judge_view *view = s->t->view;
        struct place place = topic ? trial_scope(s->t) : trial_place(s->t);
        int r;

        if (topic)
                r = view->each(view->ctx, &place, topic, search_on_record, s);
        else
                r = view->of_type(view->ctx, &place, type ? type : "", search_on_record, s);
        if (r < 0 || s->found != FOUND_NO)
                return r < 0 ? r : 0;
        return search_coverage(s, &place);
}

static int search_enforced(struct trial *t, struct search *s)
{
        *s = (struct search){ .t = t, .row = of_provider(t, "enforced") };
        if (!is_among(json_object_get(s->row, "of"), t->subject->resource->kind))
                return 0;
        return search(s);
}

/* No guardrail of its own: one that is imposed on all counts, what was not read leaves it open. */
static int decide_without(struct trial *t, bool known_none)
{
        struct search s;
        int r = search_enforced(t, &s);

        if (r < 0)
                return r;
        trial_set(t, "guardrail", "%s", s.name);
        if (s.found == FOUND_YES)
                return trial_decide(t, VERDICT_PASS, "enforced");
        if (s.found == FOUND_UNREAD)
                return trial_unknown(t, "guardrail", s.cause);
        if (known_none)
                return trial_decide(t, VERDICT_FAIL, "none");
        s = (struct search){ .t = t, .row = of_provider(t, "own") };
        if (s.row && is_among(json_object_get(s.row, "of"), t->subject->resource->kind)) {
                r = search(&s);
                if (r < 0)
                        return r;
                if (s.found == FOUND_UNREAD)
                        return trial_unknown(t, "guardrail", s.cause);
                if (s.found == FOUND_NO)
                        return trial_decide(t, VERDICT_FAIL, "none-here");
        }
        trial_set_text(t, "reason", reason_of(t));
        return trial_decide(t, VERDICT_UNKNOWN, reason_of(t) ? "untold" : "unset");
}

/* ---- its own
 * ------------------------------------------------------------------------------------- */

/* A bare id is one of the account's own; the ARN of another account's cannot be looked up. */
static int decide_named(struct trial *t, const char *id)
{
        struct search s = { .t = t, .row = of_provider(t, "own"), .wanted = id };
        int r = 0;

        trial_set(t, "guardrail", "%s", id);
        if (!s.row || strchr(id, ':') || strchr(id, '/'))
                return trial_decide(t, VERDICT_PASS, NULL);
        r = search(&s);
        if (r < 0)
                return r;
        if (s.found == FOUND_UNREAD)
                return trial_unknown(t, "guardrail.id", s.cause);
        return s.found == FOUND_YES ? trial_decide(t, VERDICT_PASS, NULL)
                                    : trial_decide(t, VERDICT_FAIL, "gone");
}

struct filter {
        struct trial *t;
        const char *name, *parent;
        bool found;
        json_t *weak; /* what is weaker in it */
        const char *unread;
        char cause[256];
};

/* What of a fact of the filter is among the words of a parameter. */
static void filter_weigh(struct filter *f, const struct resource *r, const char *fact,
                         const char *param)
{
        const json_t *value = NULL;
        const char *cause = NULL;
        json_auto_t *hits = NULL;

        switch (trial_fact(f->t, r, fact, &value, &cause)) {
        case FACT_KNOWN:
                hits = which_among(of_provider(f->t, param), value);
                (void)json_array_extend(f->weak, hits);
                return;
        case FACT_ABSENT:
                cause = "the API does not say";
                break;
        case FACT_UNKNOWN:
                break;
        }
        f->unread = fact;
        (void)snprintf(f->cause, sizeof(f->cause), "%s", cause);
}

static int filter_on_record(void *user, const struct resource *r)
{
        struct filter *f = user;
        const json_t *parent = NULL;
        const char *cause = NULL;

        if (!r->name || strcasecmp(r->name, f->name) != 0 ||
            fact_get(r->facts, "parent.id", &parent, &cause) != FACT_KNOWN ||
            !json_is_string(parent) || strcasecmp(json_string_value(parent), f->parent) != 0)
                return 0;
        f->found = true;
        filter_weigh(f, r, "guardrail.off", "harms");
        filter_weigh(f, r, "guardrail.strength", "weak_strength");
        filter_weigh(f, r, "guardrail.policy", "weak_modes");
        return 1;
}

static int decide_unseen_filter(struct trial *t, const struct place *scope)
{
        struct coverage_look look;
        int r = trial_coverage(t, scope, "guardrail", &look);

        if (r < 0)
                return r;
        return trial_unknown(t, "guardrail.id",
                             look.unanswered > 0 ? look.cause
                                                 : "no record of that filter was read");
}

/* A named set of filters of the account that the deployment belongs to. */
static int decide_filter(struct trial *t, const char *name)
{
        const json_t *parent = NULL;
        const char *cause = NULL;
        struct place scope = trial_scope(t);
        json_auto_t *weak = json_array();
        struct filter f = { .t = t, .name = name, .weak = weak };
        int r;

        trial_set(t, "guardrail", "%s", name);
        if (is_among(of_provider(t, "defaults"), name))
                return trial_decide(t, VERDICT_PASS, "default");
        if (trial_fact(t, t->subject->resource, "parent.id", &parent, &cause) != FACT_KNOWN ||
            !json_is_string(parent))
                return trial_unknown(t, "parent.id", cause ? cause : "the API does not say");
        f.parent = json_string_value(parent);
        r = t->view->each(t->view->ctx, &scope, "guardrail", filter_on_record, &f);
        if (r < 0)
                return r;
        if (!f.found)
                return decide_unseen_filter(t, &scope);
        trial_set_list(t, "weak", weak);
        if (json_array_size(weak) > 0)
                return trial_decide(t, VERDICT_FAIL, "weaker");
        return f.unread ? trial_unknown(t, f.unread, f.cause)
                        : trial_decide(t, VERDICT_PASS, "strict");
}

static int decide_id(struct trial *t)
{
        const json_t *value = NULL;
        const char *cause = NULL, *id;
        bool none = is_among(trial_param(t, "none_when_absent"), t->subject->resource->kind);
        struct search s;
        int r;

        switch (trial_fact(t, t->subject->resource, "guardrail.id", &value, &cause)) {
        case FACT_ABSENT:
                return decide_without(t, none);
        case FACT_UNKNOWN:
                r = search_enforced(t, &s);
                trial_set(t, "guardrail", "%s", s.name);
                if (r < 0)
                        return r;
                return s.found == FOUND_YES ? trial_decide(t, VERDICT_PASS, "enforced")
                                            : trial_unknown(t, "guardrail.id", cause);
        case FACT_KNOWN:
                break;
        }
        if (json_is_array(value) && json_array_size(value) == 0)
                return decide_without(t, none);
        id = json_string_value(json_is_array(value) ? json_array_get(value, 0) : value);
        if (!id)
                return trial_unknown(t, "guardrail.id", "the value is no text");
        return of_provider(t, "defaults") ? decide_filter(t, id) : decide_named(t, id);
}

/* A switch of the endpoint itself. */
static int decide_switch(struct trial *t)
{
        const json_t *value = NULL;
        const char *cause = NULL, *word;

        switch (trial_fact(t, t->subject->resource, "guardrail.policy", &value, &cause)) {
        case FACT_ABSENT:
                return trial_unknown(t, "guardrail.policy", "the API does not say");
        case FACT_UNKNOWN:
                return trial_unknown(t, "guardrail.policy", cause);
        case FACT_KNOWN:
                break;
        }
        word = json_string_value(value);
        trial_set(t, "guardrail", "%s", word ? word : "?");
        if (is_among(of_provider(t, "switch_on"), word))
                return trial_decide(t, VERDICT_PASS, NULL);
        if (is_among(of_provider(t, "switch_off"), word))
                return trial_decide(t, VERDICT_FAIL, "none");
        return trial_unknown(t, "guardrail.policy", "a word that is not known");
}

static int check_guardrail(struct trial *t)
{
        const struct resource *r = t->subject->resource;

        t->of_date = is_visual(t);
        trial_set(t, "guardrail", "-");
        if (makes_nothing(t))
                return trial_decide(t, VERDICT_NA, NULL);
        if (trial_collected(r, "guardrail.id"))
                return decide_id(t);
        return trial_collected(r, "guardrail.policy") ? decide_switch(t) : decide_without(t, false);
}

const struct check checks_guardrail[] = {
        { "guardrail", check_guardrail,
          NAMES("pass", "enforced", "default", "strict", "none", "none-here", "gone", "weaker",
                "untold", "unset", "na", "unknown"),
          NAMES("guardrail", "weak", "reason"),
          NAMES("own", "enforced", "none_when_absent", "defaults", "harms", "weak_strength",
                "weak_modes", "switch_on", "switch_off", "reasons", "visual_outputs",
                "visual_models", "harmless_outputs") },
        { 0 },
};
