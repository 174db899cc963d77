#include "daemon/judge/own_log.h"

#include "daemon/judge/checks.h"

#include <errno.h>
#include <string.h>

enum { EVIDENCE_OF_MAX = 20 }; /* resources whose evidence is kept with the verdict of all */

struct own_look {
        struct trial *t;
        struct own_logs *to;
        size_t seen;
};

static void take_reading(struct own_look *o, const struct trial *one)
{
        json_t *name;
        size_t i;

        if (o->seen++ >= EVIDENCE_OF_MAX)
                return;
        json_array_foreach(one->facts, i, name)
        {
                trial_note_fact(o->t, json_string_value(name));
        }
        (void)json_array_extend(o->t->evidence, one->subject->resource->evidence);
        (void)json_array_extend(o->t->evidence, one->evidence);
}

static void take_unknown(struct own_look *o, const struct trial *one)
{
        if (!o->to->unsure) {
                trial_set_text(o->t, "fact", json_object_get(one->vars, "fact"));
                trial_set_text(o->t, "cause", json_object_get(one->vars, "cause"));
        }
        o->to->unsure = true;
}

static int own_on_resource(void *user, const struct resource *r)
{
        struct own_look *o = user;
        struct subject subject = *o->t->subject;
        struct trial one;
        int n;

        subject.resource = r;
        trial_init(&one, o->t->judge, &subject, o->t->date_usec);
        one.view = o->t->view;
        one.rule = o->t->rule;
        n = trial_inference_log(&one);
        if (n == 0)
                n = one.failed;
        switch (one.verdict) {
        case VERDICT_PASS:
                o->to->logged++;
                break;
        case VERDICT_FAIL:
                (void)json_array_append_new(o->to->open, json_string(r->name ? r->name : r->id));
                break;
        case VERDICT_UNKNOWN:
                take_unknown(o, &one);
                break;
        case VERDICT_NA:
        case VERDICT_WAIVED:
        case VERDICT_MAX:
                o->to->silent++;
                break;
        }
        if (one.verdict != VERDICT_NA)
                take_reading(o, &one);
        trial_done(&one);
        return n;
}

/* ---- use of models that are no resource
 * --------------------------------------------------------------------------------------- */

static bool is_of_provider(const json_t *kind, const char *provider)
{
        const char *text = json_string_value(kind);
        size_t n = strlen(provider);

        return text && strncmp(text, provider, n) == 0 && text[n] == '.';
}

struct use_look {
        const json_t *kinds;
        int (*cb)(void *user, const struct resource *r);
        void *user;
};

static int use_on_resource(void *user, const struct resource *r)
{
        const struct use_look *u = user;
        json_t *kind;
        size_t i;

        json_array_foreach((json_t *)u->kinds, i, kind)
        {
                if (json_is_string(kind) && strcmp(json_string_value(kind), r->kind) == 0)
                        return u->cb(u->user, r);
        }
        return 0;
}

int trial_each_use(struct trial *t, const struct place *place, const json_t *uses,
                   int (*cb)(void *user, const struct resource *r), void *user)
{
        json_t *row, *kind;
        size_t i, k;

        json_array_foreach((json_t *)uses, i, row)
        {
                struct use_look u = { json_object_get(row, "kinds"), cb, user };
                const char *type = json_string_value(json_object_get(row, "type"));
                bool here = false;
                int r;

                json_array_foreach((json_t *)u.kinds, k, kind) here |=
                        is_of_provider(kind, place->provider);
                if (!here || !type) /* others have such resources by the thousand */
                        continue;
                r = t->view->of_type(t->view->ctx, place, type, use_on_resource, &u);
                if (r < 0)
                        return r;
        }
        return 0;
}

int trial_coverage_uses(struct trial *t, const struct place *place, const json_t *uses,
                        struct coverage_look *ret)
{
        json_t *row, *kind;
        size_t i, k;

        *ret = (struct coverage_look){ 0 };
        json_array_foreach((json_t *)uses, i, row)
        {
                json_array_foreach(json_object_get(row, "kinds"), k, kind)
                {
                        int r;

                        if (!is_of_provider(kind, place->provider))
                                continue;
                        r = trial_coverage(t, place, json_string_value(kind), ret);
                        if (r < 0 || ret->unanswered > 0)
                                return r;
                }
        }
        return 0;
}

/* ---- all of a place
 * --------------------------------------------------------------------------------------- */

int trial_own_logs(struct trial *t, const struct place *place, const json_t *types,
                   const json_t *uses, struct own_logs *ret)
{
        struct own_look o = { .t = t, .to = ret };
        json_t *type;
        size_t i;
        int r = 0;

        *ret = (struct own_logs){ .open = json_array() };
        if (!ret->open)
                return t->failed = -ENOMEM;
        json_array_foreach((json_t *)types, i, type)
        {
                r = t->view->of_type(t->view->ctx, place, json_string_value(type), own_on_resource,
                                     &o);
                if (r < 0)
                        return r;
        }
        r = trial_each_use(t, place, uses, own_on_resource, &o);
        return r < 0 ? r : t->failed;
}

void own_logs_done(struct own_logs *o)
{
        json_decref(o->open);
        *o = (struct own_logs){ 0 };
}
