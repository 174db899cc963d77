#include "tests/support/judge_world.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/model/fact.h"

#include <errno.h>
#include <string.h>

struct judge_world {
        struct resource **resources;
        size_t n_resources;
        struct coverage *coverage;
        uint64_t *last_usec;
        size_t n_coverage;
        json_t *description;
        struct judge_view view;
};

static const char *text_or(const json_t *object, const char *key, const char *fallback)
{
        const char *text = json_member_string(object, key);

        return text ? text : fallback;
}

static void set_fact(json_t *facts, const char *name, const json_t *value)
{
        const char *cause = json_member_string(value, "unknown");

        if (cause)
                (void)fact_set_unknown(facts, name, cause);
        else if (json_object_get(value, "absent"))
                (void)fact_set_absent(facts, name, 0);
        else
                (void)fact_set_known_take(facts, name, json_incref((json_t *)value), 0);
}

struct resource *judge_world_make(const json_t *d)
{
        struct place place = { text_or(d, "provider", "aws"), text_or(d, "account", "prod"),
                               text_or(d, "scope", "111122223333"), text_or(d, "region", "") };
        struct resource *r = resource_new(&place, text_or(d, "kind", "aws.test.thing"));
        const char *name;
        json_t *value;

        r->id = strdup(text_or(d, "id", "thing"));
        r->name = strdup(text_or(d, "name", r->id));
        if (json_member_string(d, "service_type"))
                r->service_type = strdup(json_member_string(d, "service_type"));
        if (json_member_string(d, "topic"))
                r->topic = strdup(json_member_string(d, "topic"));
        json_object_foreach(json_object_get(d, "tags"), name, value)(void)
                json_object_set(r->tags, name, value);
        json_object_foreach(json_object_get(d, "facts"), name, value)
                set_fact(r->facts, name, value);
        (void)json_array_append_new(r->evidence,
                                    json_pack("{s:s, s:s}", "call", "Read", "request_id", r->id));
        return r;
}

static bool in_place(const struct place *where, const struct place *what)
{
        if (strcmp(where->account, what->account) != 0)
                return false;
        if (where->scope && *where->scope && strcmp(where->scope, what->scope) != 0)
                return false;
        return !where->region || !*where->region || strcmp(where->region, what->region) == 0;
}

static struct place place_of(const struct resource *r)
{
        return (struct place){ r->provider, r->account, r->scope, r->region };
}

static const struct resource *view_find(void *ctx, const struct place *place, const char *topic,
                                        const char *id)
{
        struct judge_world *w = ctx;
        struct place wider = *place;

        for (int step = 0; step < 3; step++) {
                for (size_t i = 0; i < w->n_resources; i++) {
                        const struct resource *r = w->resources[i];
                        struct place here = place_of(r);

                        if (in_place(&wider, &here) &&
                            (!topic || (r->topic && strcmp(r->topic, topic) == 0)) &&
                            (strcmp(r->id, id) == 0 || strcmp(r->name, id) == 0))
                                return r;
                }
                if (step == 0)
                        wider.region = "";
                else
                        wider.scope = "";
        }
        return NULL;
}

/* Records of a topic, or resources of a service type. */
static int each_of(struct judge_world *w, const struct place *place, const char *topic,
                   const char *type, int (*cb)(void *, const struct resource *), void *user)
{
        for (size_t i = 0; i < w->n_resources; i++) {
                const struct resource *r = w->resources[i];
                struct place here = place_of(r);
                int result;

                if (!in_place(place, &here) || !r->topic != !topic ||
                    (topic && strcmp(r->topic, topic) != 0) ||
                    (type && (!r->service_type || strcmp(r->service_type, type) != 0)))
                        continue;
                result = cb(user, r);
                if (result != 0)
                        return result < 0 ? result : 0;
        }
        return 0;
}

static int view_each(void *ctx, const struct place *place, const char *topic,
                     int (*cb)(void *, const struct resource *), void *user)
{
        return each_of(ctx, place, topic, NULL, cb, user);
}

static int view_of_type(void *ctx, const struct place *place, const char *type,
                        int (*cb)(void *, const struct resource *), void *user)
{
        return each_of(ctx, place, NULL, type, cb, user);
}

static int view_coverage(void *ctx, const struct place *place, const char *what,
                         int (*cb)(void *, const struct coverage *), void *user)
{
        struct judge_world *w = ctx;

        for (size_t i = 0; i < w->n_coverage; i++) {
                const struct coverage *c = &w->coverage[i];
                int result;

                if (!in_place(place, &c->place))
                        continue;
                if (what && strcmp(c->collector, what) != 0 &&
                    (!c->topic || strcmp(c->topic, what) != 0))
                        continue;
                result = cb(user, c);
                if (result != 0)
                        return result < 0 ? result : 0;
        }
        return 0;
}

static uint64_t view_count(void *ctx, const struct place *place, const char *service_type)
{
        struct judge_world *w = ctx;
        uint64_t n = 0;

        for (size_t i = 0; i < w->n_resources; i++) {
                const struct resource *r = w->resources[i];
                struct place here = place_of(r);

                n += !r->topic && in_place(place, &here) &&
                     (!service_type ||
                      (r->service_type && strcmp(r->service_type, service_type) == 0));
        }
        return n;
}

static int view_regions(void *ctx, const struct place *place, int (*cb)(void *, const char *),
                        void *user)
{
        struct judge_world *w = ctx;
        json_auto_t *seen = json_object();

        for (size_t i = 0; i < w->n_coverage; i++) {
                const struct coverage *c = &w->coverage[i];
                int result;

                if (!in_place(place, &c->place) || json_object_get(seen, c->place.region))
                        continue;
                (void)json_object_set_new(seen, c->place.region, json_true());
                result = cb(user, c->place.region);
                if (result != 0)
                        return result < 0 ? result : 0;
        }
        return 0;
}

/* An account of each provider's usual kind, unless the world says otherwise; null: not said. */
static const char *view_option(void *ctx, const struct place *place, const char *name)
{
        static const char *const usual[][2] = { { "partition", "aws" },
                                                { "universe", "googleapis.com" },
                                                { "cloud", "public" },
                                                { "continent", "eu" } };
        struct judge_world *w = ctx;
        const json_t *said = json_object_get(json_object_get(w->description, "options"), name);

        for (size_t i = 0; !said && i < ELEMENTSOF(usual); i++)
                if (strcmp(usual[i][0], name) == 0)
                        return usual[i][1];
        return json_string_value(said);
}

static uint64_t view_last(void *ctx, const struct coverage *c)
{
        struct judge_world *w = ctx;

        return w->last_usec[c - w->coverage];
}

static void make_coverage(struct judge_world *w, size_t i, const json_t *d)
{
        struct coverage *c = &w->coverage[i];
        const char *last = json_member_string(d, "last");

        c->place = (struct place){ text_or(d, "provider", "aws"), text_or(d, "account", "prod"),
                                   text_or(d, "scope", "111122223333"),
                                   text_or(d, "region", "eu-west-3") };
        c->collector = text_or(d, "collector", "aws.test.thing");
        c->topic = json_member_string(d, "topic");
        c->service_type = json_member_string(d, "service_type");
        c->cause = json_member_string(d, "cause");
        c->permission = json_member_string(d, "permission");
        (void)coverage_state_from_name(text_or(d, "state", "ok"), &c->state);
        if (last)
                (void)clock_parse_iso8601(last, &w->last_usec[i]);
}

struct judge_world *judge_world_new(const json_t *description)
{
        struct judge_world *w = calloc(1, sizeof(*w));
        const json_t *resources = json_object_get(description, "resources");
        const json_t *coverage = json_object_get(description, "coverage");

        w->description = json_incref((json_t *)description);
        w->n_resources = json_array_size(resources);
        w->resources = calloc(w->n_resources + 1, sizeof(struct resource *));
        for (size_t i = 0; i < w->n_resources; i++)
                w->resources[i] = judge_world_make(json_array_get(resources, i));
        w->n_coverage = json_array_size(coverage);
        w->coverage = calloc(w->n_coverage + 1, sizeof(*w->coverage));
        w->last_usec = calloc(w->n_coverage + 1, sizeof(*w->last_usec));
        for (size_t i = 0; i < w->n_coverage; i++)
                make_coverage(w, i, json_array_get(coverage, i));
        w->view = (struct judge_view){ .ctx = w,
                                       .find = view_find,
                                       .each = view_each,
                                       .of_type = view_of_type,
                                       .coverage = view_coverage,
                                       .count = view_count,
                                       .regions = view_regions,
                                       .option = view_option,
                                       .last_complete_usec = view_last };
        return w;
}

struct judge_world *judge_world_free(struct judge_world *w)
{
        if (!w)
                return NULL;
        for (size_t i = 0; i < w->n_resources; i++)
                resource_free(w->resources[i]);
        free(w->resources);
        free(w->coverage);
        free(w->last_usec);
        json_decref(w->description);
        free(w);
        return NULL;
}

const struct judge_view *judge_world_view(const struct judge_world *w)
{
        return &w->view;
}

struct resource *judge_world_resource(const struct judge_world *w, const char *id)
{
        for (size_t i = 0; i < w->n_resources; i++)
                if (strcmp(w->resources[i]->id, id) == 0)
                        return w->resources[i];
        return NULL;
}

static int collect(void *user, const struct judgement *g)
{
        json_t *list = user;

        return json_array_append_new(
                list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?, s:s?, s:s, s:O, s:O, s:s, s:s?}",
                                "rule", g->rule, "verdict", verdict_name(g->verdict), "severity",
                                severity_name(g->severity), "en", g->why[LANGUAGE_EN], "fr",
                                g->why[LANGUAGE_FR], "arithmetic", g->arithmetic, "applies_from",
                                g->applies_from, "state", g->state, "facts", g->facts, "evidence",
                                g->evidence, "region", g->place.region, "kind", g->kind));
}

json_t *judge_world_run(const struct judge_world *w, const struct judge *j, const json_t *subject,
                        uint64_t date_usec)
{
        const char *id = json_member_string(subject, "resource");
        const char *scope = json_member_string(subject, "scope");
        const json_t *place = json_object_get(subject, "place");
        struct place where = { text_or(subject, "provider", "aws"), "prod", scope, "" };
        json_t *list = json_array();
        struct error err = { 0 };
        int r;

        if (id) {
                const struct resource *res = judge_world_resource(w, id);

                r = res ? judge_resource(j, &w->view, res, date_usec, collect, list, &err)
                        : -ENOENT;
        } else if (scope) {
                r = judge_scope(j, &w->view, &where, date_usec, collect, list, &err);
        } else {
                where.scope = json_string_value(json_array_get(place, 0));
                where.region = json_string_value(json_array_get(place, 1));
                r = judge_place(j, &w->view, &where, date_usec, collect, list, &err);
        }
        if (r >= 0)
                return list;
        (void)fprintf(stderr, "judging failed: %d %s\n", r, err.text);
        json_decref(list);
        return NULL;
}

const json_t *judge_world_of(const json_t *judgements, const char *rule)
{
        json_t *g;
        size_t i;

        json_array_foreach((json_t *)judgements, i,
                           g) if (strcmp(json_member_string(g, "rule"), rule) == 0) return g;
        return NULL;
}
