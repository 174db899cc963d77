#include "daemon/watch/plan.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/engine/plan.h"

#include <errno.h>
#include <string.h>

struct remembering {
        const struct plan_ask *ask;
        json_t *memory;                    /* of struct plan_request */
        const struct collector *collector; /* of the row before: rows come pass by pass */
};

static json_t *below(json_t *object, const char *key)
{
        json_t *there = json_object_get(object, key);

        if (!there && json_object_set_new(object, key, json_object()) == 0)
                there = json_object_get(object, key);
        return there;
}

static json_t *known_of(const struct remembering *m, const struct place *place,
                        const char *collector)
{
        json_t *account = below(m->memory, place->account);

        return below(below(below(account, place->scope), place->region), collector);
}

/* ---- passes --------------------------------------------------------------------------------- */

/* The store's time is of whole seconds: at worst a list is planned that is spared. */
static bool is_young(const struct remembering *m, const struct collector *c,
                     const struct store_coverage *row)
{
        uint64_t now_usec = m->ask->now_usec, last_ok_usec = 0;

        if (c->list_ttl_usec == 0 || now_usec < c->list_ttl_usec || !row->last_ok ||
            !coverage_is_answer(row->coverage.state))
                return false;
        return clock_parse_iso8601(row->last_ok, &last_ok_usec) == 0 &&
               last_ok_usec >= now_usec - c->list_ttl_usec;
}

static int on_coverage(void *user, const struct store_coverage *row)
{
        const struct remembering *m = user;
        const struct coverage *c = &row->coverage;
        const struct collector *collector = catalogue_find(m->ask->setup->catalogue, c->collector);
        size_t n = collector ? collector->n_detail : 0;
        uint64_t calls = c->calls == 0 && c->asked_usec > 0 ? 1 : c->calls; /* spared then */
        json_t *known;

        if (!collector) /* sign-in, or what the catalogue has no more: the scope is there */
                return below(below(m->memory, c->place.account), c->place.scope) ? 0 : -ENOMEM;
        known = known_of(m, &c->place, c->collector);
        if (!known || json_object_update_new(
                              known, json_pack("{s:i, s:I, s:I, s:i, s:i, s:[], s:[], s:[]}",
                                               "state", (int)c->state, "calls", (json_int_t)calls,
                                               "items", (json_int_t)c->items, "resources", 0,
                                               "made", 0, "fresh", "again", "traced")) < 0)
                return -ENOMEM;
        if (is_young(m, collector, row) && json_object_set_new(known, "young", json_true()) < 0)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                if (json_array_append_new(json_object_get(known, "fresh"), json_integer(0)) < 0 ||
                    json_array_append_new(json_object_get(known, "again"), json_integer(0)) < 0 ||
                    json_array_append_new(json_object_get(known, "traced"), json_integer(0)) < 0)
                        return -ENOMEM;
        return 0;
}

/* ---- resources ------------------------------------------------------------------------------ */

static void add(json_t *number, uint64_t n)
{
        (void)json_integer_set(number, json_integer_value(number) + (json_int_t)n);
}

/* How many replies to the call the resource has as evidence; the first entry is the list's. Where
 * several calls share a name, each but the last takes one. */
static uint64_t traces(const struct collector *c, size_t index, const json_t *evidence)
{
        const char *name = c->detail[index].name;
        uint64_t n = 0, before = 0, after = 0;

        for (size_t i = 1; i < json_array_size(evidence); i++) {
                const char *call = json_member_string(json_array_get(evidence, i), "call");

                n += call && strcmp(call, name) == 0;
        }
        for (size_t i = 0; i < c->n_detail; i++)
                if (i != index && strcmp(c->detail[i].name, name) == 0)
                        *(i < index ? &before : &after) += 1;
        if (n <= before)
                return 0;
        return after > 0 ? 1 : n - before;
}

static bool is_stale(const struct remembering *m, const struct store_reading *r)
{
        uint64_t ttl_usec = m->collector->detail_ttl_usec
                                    ? m->collector->detail_ttl_usec
                                    : m->ask->setup->config->limits.detail_ttl_usec;
        uint64_t now_usec = m->ask->now_usec;

        return !r->details_complete ||
               r->detailed_usec < (now_usec > ttl_usec ? now_usec - ttl_usec : 0);
}

static int on_reading(void *user, const struct store_reading *r)
{
        struct remembering *m = user;
        json_t *known;

        if (!m->collector || strcmp(m->collector->id, r->collector) != 0)
                m->collector = catalogue_find(m->ask->setup->catalogue, r->collector);
        if (!m->collector)
                return 0;
        known = known_of(m, &r->place, r->collector);
        if (!known)
                return -ENOMEM;
        add(json_object_get(known, "resources"), 1);
        for (size_t i = 0; i < m->collector->n_detail; i++) {
                const struct call *call = &m->collector->detail[i];
                uint64_t traced = traces(m->collector, i, r->evidence), calls = traced;
                uint64_t times = plan_times(call);

                if (calls < times && plan_is_always_made(call))
                        calls = times; /* refused, and made all the same */
                add(json_array_get(json_object_get(known, "fresh"), i), calls);
                add(json_array_get(json_object_get(known, "traced"), i), traced >= times);
                if (r->detailed_last)
                        add(json_object_get(known, "made"), calls);
                if (is_stale(m, r))
                        add(json_array_get(json_object_get(known, "again"), i), calls);
        }
        return 0;
}

int plan_make(const struct plan_ask *ask, const struct plan_sink *sink, struct error *err)
{
        const struct store_filter filter = { .account = ask->account, .all = true };
        struct remembering m = { .ask = ask, .memory = json_object() };
        struct plan_request request = { .config = ask->setup->config,
                                        .catalogue = ask->setup->catalogue,
                                        .account = ask->account,
                                        .memory = m.memory };
        int r = m.memory ? 0 : error_oom(err);

        if (r == 0 && ask->store)
                r = store_each_coverage(ask->store, &filter, on_coverage, &m, err);
        if (r >= 0 && ask->store)
                r = store_each_reading(ask->store, &filter, on_reading, &m, err);
        if (r >= 0)
                r = plan_walk(&request, sink, err);
        json_decref(m.memory);
        return r < 0 ? error_set(err, r, "the plan: %s", strerror(-r)) : 0;
}
