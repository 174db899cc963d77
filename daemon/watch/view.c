#include "daemon/watch/view.h"

#include "daemon/base/buffer.h"
#include "daemon/base/clock.h"
#include "daemon/watch/account-option.h"

#include <errno.h>
#include <string.h>

enum {
        SLOTS = 128,          /* answers kept */
        ROWS_KEPT_MAX = 1024, /* longer answers are asked again */
};

/* One row of coverage with its strings. */
struct kept_coverage {
        struct coverage coverage;
        uint64_t last_ok_usec;
        char *text; /* every string of coverage, one after the other */
};

/* The answer to one question; key is the question. */
struct slot {
        char *key;
        struct resource **resources;
        size_t n_resources;
        struct kept_coverage *coverages;
        size_t n_coverages;
        uint64_t count;
        int busy; /* being gone through: must stay */
};

struct view {
        struct store *store;
        struct account_options *options;
        struct judge_view judge;
        struct slot slots[SLOTS]; /* of each, coverage, count */
        struct slot finds[SLOTS]; /* apart: what find gave must stay until the next find */
        struct error error;
};

/* ---- slots --------------------------------------------------------------------------------- */

static void slot_done(struct slot *s)
{
        for (size_t i = 0; i < s->n_resources; i++)
                resource_free(s->resources[i]);
        for (size_t i = 0; i < s->n_coverages; i++)
                free(s->coverages[i].text);
        free(s->resources);
        free(s->coverages);
        free(s->key);
        *s = (struct slot){ 0 };
}

static char *question(const char *verb, const struct place *place, const char *what)
{
        const char *region = place->region ? place->region : "";
        char *key = NULL;

        /* the tab keeps the parts apart: none of them may have one */
        if (asprintf(&key, "%s\t%s\t%s\t%s\t%s\t%s", verb, place->provider, place->account,
                     place->scope ? place->scope : "", region, what ? what : "\t") < 0)
                return NULL;
        return key;
}

static struct slot *slot_of(struct slot slots[static SLOTS], const char *key)
{
        uint64_t hash = UINT64_C(14695981039346656037);

        for (const char *p = key; *p; p++)
                hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
        return &slots[hash % SLOTS];
}

static bool slot_has(const struct slot *s, const char *key)
{
        return s->key && strcmp(s->key, key) == 0;
}

/* Puts an answer where its question belongs; dropped when that place is in use. */
static void slot_put(struct view *v, struct slot *answer)
{
        struct slot *s = slot_of(v->slots, answer->key);

        if (s->busy) {
                slot_done(answer);
                return;
        }
        slot_done(s);
        *s = *answer;
        *answer = (struct slot){ 0 };
}

static void view_fail(struct view *v, int code, const struct error *err)
{
        (void)error_set(&v->error, code, "%s", err->text[0] ? err->text : strerror(-code));
}

/* ---- find ---------------------------------------------------------------------------------- */

static const struct resource *on_find(void *ctx, const struct place *place, const char *topic,
                                      const char *id)
{
        struct view *v = ctx;
        _cleanup_(freep) char *key = question(topic ? topic : "\t", place, id);
        struct slot *s = key ? slot_of(v->finds, key) : NULL, answer = { 0 };
        struct error err = { 0 };
        int r;

        if (!s) {
                view_fail(v, -ENOMEM, &err);
                return NULL;
        }
        if (slot_has(s, key))
                return s->n_resources ? s->resources[0] : NULL;
        answer.resources = calloc(1, sizeof(struct resource *));
        r = answer.resources ? store_find(v->store, place, topic, id, &answer.resources[0], &err)
                             : -ENOMEM;
        if (r < 0 && r != -ENOENT) {
                view_fail(v, r, &err);
                slot_done(&answer);
                return NULL;
        }
        answer.n_resources = r >= 0;
        answer.key = TAKE_PTR(key);
        slot_done(s);
        *s = answer;
        return s->n_resources ? s->resources[0] : NULL;
}

/* ---- rows of evidence ------------------------------------------------------------------------ */

static char *dup_or_null(const char *text, bool *failed)
{
        char *copy = text ? strdup(text) : NULL;

        if (text && !copy)
                *failed = true;
        return copy;
}

/* The JSON values are shared: the store builds them anew for each row and does not change them. */
static struct resource *resource_copy(const struct resource *from)
{
        _cleanup_(resource_freep) struct resource *r = calloc(1, sizeof(*r));
        bool failed = false;

        if (!r)
                return NULL;
        *r = (struct resource){
                .provider = dup_or_null(from->provider, &failed),
                .account = dup_or_null(from->account, &failed),
                .scope = dup_or_null(from->scope, &failed),
                .region = dup_or_null(from->region, &failed),
                .kind = dup_or_null(from->kind, &failed),
                .id = dup_or_null(from->id, &failed),
                .name = dup_or_null(from->name, &failed),
                .status = dup_or_null(from->status, &failed),
                .created = dup_or_null(from->created, &failed),
                .modified = dup_or_null(from->modified, &failed),
                .service_type = dup_or_null(from->service_type, &failed),
                .topic = dup_or_null(from->topic, &failed),
                .tags = json_incref(from->tags),
                .facts = json_incref(from->facts),
                .evidence = json_incref(from->evidence),
                .details_complete = from->details_complete,
                .detailed_usec = from->detailed_usec,
        };
        memcpy(r->listed_digest, from->listed_digest, sizeof(r->listed_digest));
        return failed ? NULL : TAKE_PTR(r);
}

/* Gives a row to the judge and keeps a copy, until there are too many to keep. */
struct asking {
        struct slot answer;
        bool keep;
        int (*on_resource)(void *user, const struct resource *r);
        int (*on_coverage)(void *user, const struct coverage *c);
        void *user;
};

/* An answer that the judge cut short is not the whole answer. */
static int asking_goes_on(struct asking *a, int r)
{
        if (r != 0)
                a->keep = false;
        return r;
}

static int on_store_resource(void *user, const struct store_resource *row)
{
        struct asking *a = user;
        struct slot *s = &a->answer;
        struct resource **grown;

        if (a->keep && s->n_resources < ROWS_KEPT_MAX) {
                grown = reallocarray(s->resources, s->n_resources + 1, sizeof(struct resource *));
                if (!grown)
                        return -ENOMEM;
                s->resources = grown;
                grown[s->n_resources] = resource_copy(row->resource);
                if (!grown[s->n_resources])
                        return -ENOMEM;
                s->n_resources++;
        } else {
                a->keep = false;
        }
        return asking_goes_on(a, a->on_resource(a->user, row->resource));
}

static struct store_filter filter_of(const struct place *place)
{
        return (struct store_filter){
                .provider = place->provider,
                .account = place->account,
                .scope = place->scope && *place->scope ? place->scope : NULL,
                .region = place->region && *place->region ? place->region : NULL,
        };
}

/* Keeps a complete answer. An early stop is no failure. */
static int settle(struct view *v, struct asking *a, int r, const struct error *err)
{
        if (r < 0 && err->code != 0)
                view_fail(v, r, err);
        if (r >= 0 && a->keep && a->answer.key)
                slot_put(v, &a->answer);
        slot_done(&a->answer);
        return r < 0 ? r : 0;
}

static int each_of(struct view *v, char *key_take, const struct store_filter *filter,
                   int (*cb)(void *user, const struct resource *r), void *user)
{
        _cleanup_(freep) char *key = key_take;
        struct slot *s = key ? slot_of(v->slots, key) : NULL;
        struct asking a = { .keep = true, .on_resource = cb, .user = user };
        struct error err = { 0 };
        int r = 0;

        if (!s)
                return -ENOMEM;
        if (slot_has(s, key)) {
                s->busy++;
                for (size_t i = 0; i < s->n_resources && r == 0; i++)
                        r = cb(user, s->resources[i]);
                s->busy--;
                return r < 0 ? r : 0;
        }
        a.answer.key = TAKE_PTR(key);
        r = store_each_resource(v->store, filter, on_store_resource, &a, &err);
        return settle(v, &a, r, &err);
}

static int on_each(void *ctx, const struct place *place, const char *topic,
                   int (*cb)(void *user, const struct resource *r), void *user)
{
        struct store_filter filter = filter_of(place);

        filter.topic = topic;
        filter.evidence = true;
        return each_of(ctx, question("each", place, topic), &filter, cb, user);
}

static int on_of_type(void *ctx, const struct place *place, const char *service_type,
                      int (*cb)(void *user, const struct resource *r), void *user)
{
        struct store_filter filter = filter_of(place);

        filter.service_type = service_type;
        return each_of(ctx, question("of_type", place, service_type), &filter, cb, user);
}

/* ---- rows of coverage ------------------------------------------------------------------------ */

static const char *keep_text(char **to, const char *text)
{
        char *at = *to;

        if (!text)
                return NULL;
        *to = stpcpy(at, text) + 1;
        return at;
}

static int keep_coverage(struct kept_coverage *k, const struct store_coverage *row)
{
        const struct coverage *c = &row->coverage;
        const char *const texts[] = { c->place.provider, c->place.account, c->place.scope,
                                      c->place.region,   c->collector,     c->topic,
                                      c->service_type,   c->cause,         c->permission };
        size_t bytes = 0;
        char *to;

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                bytes += texts[i] ? strlen(texts[i]) + 1 : 0;
        *k = (struct kept_coverage){ .coverage = *c, .text = malloc(bytes + 1) };
        if (!k->text)
                return -ENOMEM;
        to = k->text;
        k->coverage.place.provider = keep_text(&to, c->place.provider);
        k->coverage.place.account = keep_text(&to, c->place.account);
        k->coverage.place.scope = keep_text(&to, c->place.scope);
        k->coverage.place.region = keep_text(&to, c->place.region);
        k->coverage.collector = keep_text(&to, c->collector);
        k->coverage.topic = keep_text(&to, c->topic);
        k->coverage.service_type = keep_text(&to, c->service_type);
        k->coverage.cause = keep_text(&to, c->cause);
        k->coverage.permission = keep_text(&to, c->permission);
        if (row->last_ok)
                (void)clock_parse_iso8601(row->last_ok, &k->last_ok_usec);
        return 0;
}

static int on_store_coverage(void *user, const struct store_coverage *row)
{
        struct asking *a = user;
        struct slot *s = &a->answer;
        struct kept_coverage *grown;
        int r;

        if (a->keep && s->n_coverages < ROWS_KEPT_MAX) {
                grown = reallocarray(s->coverages, s->n_coverages + 1, sizeof(*grown));
                if (!grown)
                        return -ENOMEM;
                s->coverages = grown;
                r = keep_coverage(&grown[s->n_coverages], row);
                if (r < 0)
                        return r;
                s->n_coverages++;
        } else {
                a->keep = false;
        }
        return asking_goes_on(a, a->on_coverage(a->user, &row->coverage));
}

static bool is_what(const struct coverage *c, const char *what)
{
        return !what || strcmp(c->collector, what) == 0 ||
               (c->topic && strcmp(c->topic, what) == 0);
}

/* The store filters coverage by collector; the judge asks by collector or topic. */
struct what {
        struct asking *asking;
        const char *what;
};

static int on_matching_coverage(void *user, const struct store_coverage *row)
{
        const struct what *w = user;

        return is_what(&row->coverage, w->what) ? on_store_coverage(w->asking, row) : 0;
}

static int on_coverage(void *ctx, const struct place *place, const char *what,
                       int (*cb)(void *user, const struct coverage *c), void *user)
{
        struct view *v = ctx;
        _cleanup_(freep) char *key = question("coverage", place, what);
        struct slot *s = key ? slot_of(v->slots, key) : NULL;
        struct store_filter filter = filter_of(place);
        struct asking a = { .keep = true, .on_coverage = cb, .user = user };
        struct what w = { .asking = &a, .what = what };
        struct error err = { 0 };
        int r = 0;

        if (!s)
                return -ENOMEM;
        if (slot_has(s, key)) {
                s->busy++;
                for (size_t i = 0; i < s->n_coverages && r == 0; i++)
                        r = cb(user, &s->coverages[i].coverage);
                s->busy--;
                return r < 0 ? r : 0;
        }
        filter.all = true;
        a.answer.key = TAKE_PTR(key);
        r = store_each_coverage(v->store, &filter, on_matching_coverage, &w, &err);
        return settle(v, &a, r, &err);
}

/* ---- the rest ------------------------------------------------------------------------------ */

static uint64_t on_count(void *ctx, const struct place *place, const char *service_type)
{
        struct view *v = ctx;
        _cleanup_(freep) char *key = question("count", place, service_type);
        struct slot *s, answer = { 0 };
        uint64_t count;

        if (!key)
                return store_count(v->store, place, service_type);
        s = slot_of(v->slots, key);
        if (s && slot_has(s, key))
                return s->count;
        /* the judge gives back the view that it was given: v is never NULL */
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        count = answer.count = store_count(v->store, place, service_type);
        answer.key = TAKE_PTR(key);
        if (answer.key)
                slot_put(v, &answer);
        return count;
}

struct region_asking {
        int (*cb)(void *user, const char *region);
        void *user;
};

static int on_store_place(void *user, const struct place *place)
{
        const struct region_asking *a = user;

        return *place->region ? a->cb(a->user, place->region) : 0;
}

static int on_regions(void *ctx, const struct place *place,
                      int (*cb)(void *user, const char *region), void *user)
{
        struct view *v = ctx;
        struct store_filter filter = filter_of(place);
        struct region_asking a = { .cb = cb, .user = user };
        struct error err = { 0 };
        int r;

        filter.region = NULL;
        r = store_each_place(v->store, &filter, on_store_place, &a, &err);
        if (r < 0 && err.code != 0)
                view_fail(v, r, &err);
        return r < 0 ? r : 0;
}

static const char *on_option(void *ctx, const struct place *place, const char *name)
{
        struct view *v = ctx;

        return account_option(v->options, place->account, name);
}

static int on_last_ok(void *user, const struct store_coverage *row)
{
        if (row->last_ok)
                (void)clock_parse_iso8601(row->last_ok, user);
        return 1;
}

static uint64_t on_last_complete(void *ctx, const struct coverage *c)
{
        struct view *v = ctx;
        struct store_filter filter = filter_of(&c->place);
        struct error err = { 0 };
        uint64_t usec = 0;
        int r;

        /* mostly asked about a row that was just given */
        for (size_t i = 0; i < SLOTS; i++)
                for (size_t n = 0; v->slots[i].busy && n < v->slots[i].n_coverages; n++)
                        if (&v->slots[i].coverages[n].coverage == c)
                                return v->slots[i].coverages[n].last_ok_usec;
        filter.kind = c->collector;
        filter.all = true;
        r = store_each_coverage(v->store, &filter, on_last_ok, &usec, &err);
        if (r < 0)
                view_fail(v, r, &err);
        return usec;
}

/* ---- life ---------------------------------------------------------------------------------- */

int view_new(struct view **ret, struct store *store, const struct config *config, struct error *err)
{
        _cleanup_(view_freep) struct view *v = calloc(1, sizeof(*v));

        int r;

        if (!v)
                return error_oom(err);
        r = account_options_new(&v->options, config, err);
        if (r < 0)
                return r;
        v->store = store;
        v->judge = (struct judge_view){
                .ctx = v,
                .find = on_find,
                .each = on_each,
                .of_type = on_of_type,
                .coverage = on_coverage,
                .count = on_count,
                .regions = on_regions,
                .option = on_option,
                .last_complete_usec = on_last_complete,
        };
        *ret = TAKE_PTR(v);
        return 0;
}

struct view *view_free(struct view *v)
{
        if (!v)
                return NULL;
        for (size_t i = 0; i < SLOTS; i++) {
                slot_done(&v->slots[i]);
                slot_done(&v->finds[i]);
        }
        account_options_free(v->options);
        free(v);
        return NULL;
}

const struct judge_view *view_judge(const struct view *v)
{
        return &v->judge;
}

int view_error(const struct view *v, struct error *err)
{
        return v->error.code ? error_set(err, v->error.code, "%s", v->error.text) : 0;
}
