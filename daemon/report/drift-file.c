#include "daemon/report/drift-private.h"

#include "daemon/base/json.h"
#include "daemon/report/language.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* One file, and what is found in it by key. */
struct saved {
        json_t *whole;
        const json_t *coverage, *resources, *findings;
        json_t *by_list; /* {provider, account, collector: [coverage row]} */
        json_t *things;  /* {place and id: resource}: findings do not say its kind */
        json_t *basis;   /* {"": scan.basis} */
};

/* Rows of both files under their keys, in order. */
struct pairing {
        json_t *before, *after; /* {key: row} */
        const char **keys;
        size_t n;
};

static void saved_done(struct saved *f)
{
        json_decref(f->whole);
        json_decref(f->by_list);
        json_decref(f->things);
        json_decref(f->basis);
}

static void pairing_done(struct pairing *p)
{
        json_decref(p->before);
        json_decref(p->after);
        free(p->keys);
}

/* ---- reading -----------------------------------------------------------------------------------
 */

static char *key_of(const json_t *row, const char *const *members)
{
        size_t size = 0;
        char *text = NULL;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return NULL;
        for (; *members; members++) {
                const char *value = json_member_string(row, *members);

                (void)fprintf(f, "%s\t", value ? value : "");
        }
        return fclose(f) == 0 ? text : NULL;
}

static const char *const list_members[] = { "provider", "account", "collector", NULL };
static const char *const kind_members[] = { "provider", "account", "kind", NULL };
static const char *const coverage_members[] = { "provider", "account",   "scope",
                                                "region",   "collector", NULL };
static const char *const resource_members[] = { "provider", "account", "scope", "region",
                                                "kind",     "id",      NULL };
static const char *const thing_members[] = { "provider", "account", "scope", "region", "id", NULL };
static const char *const subject_members[] = { "provider", "account",  "scope",
                                               "region",   "resource", NULL };
static const char *const finding_members[] = { "rule",   "provider", "account", "scope",
                                               "region", "resource", "id",      NULL };

static int index_lists(struct saved *f)
{
        json_t *row;
        size_t i;

        json_array_foreach((json_t *)f->coverage, i, row)
        {
                _cleanup_(freep) char *key = key_of(row, list_members);
                json_t *rows = key ? json_object_get(f->by_list, key) : NULL;

                if (!rows &&
                    (!key || json_object_set_new(f->by_list, key, rows = json_array()) < 0))
                        return -ENOMEM;
                if (json_array_append(rows, row) < 0)
                        return -ENOMEM;
        }
        json_array_foreach((json_t *)f->resources, i, row)
        {
                _cleanup_(freep) char *key = key_of(row, thing_members);

                if (!key || json_object_set(f->things, key, row) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int refuse(struct error *err, const char *path, const char *why)
{
        return error_set(err, -EINVAL,
                         _("%s: %s; vigie scan --format json --output FILE writes what can be "
                           "compared"),
                         path, why);
}

/* Every row is an object, and its texts are texts: what follows relies on it. */
static bool rows_are_sound(const json_t *rows)
{
        static const char *const texts[] = { "provider", "account", "scope", "region" };
        json_t *row;
        size_t i;

        if (!json_is_array(rows))
                return false;
        json_array_foreach((json_t *)rows, i, row)
        {
                for (size_t k = 0; k < ELEMENTSOF(texts); k++)
                        if (!json_member_string(row, texts[k]))
                                return false;
        }
        return true;
}

static int saved_check(struct saved *f, const char *path, struct error *err)
{
        const json_t *scan = json_object_get(f->whole, "scan"),
                     *basis = json_object_get(scan, "basis");

        f->coverage = json_object_get(f->whole, "coverage");
        f->resources = json_object_get(f->whole, "resources");
        f->findings = json_object_get(f->whole, "findings");
        if (!json_is_object(scan) || !rows_are_sound(f->coverage) ||
            !rows_are_sound(f->resources) || !rows_are_sound(f->findings))
                return refuse(err, path, _("it is not the result of a scan"));
        f->by_list = json_object();
        f->things = json_object();
        f->basis = basis ? json_pack("{s:O}", "", basis) : json_object();
        if (!f->by_list || !f->things || !f->basis || index_lists(f) < 0)
                return error_oom(err);
        return 0;
}

static int saved_read(struct saved *f, const char *path, struct error *err)
{
        _cleanup_(freep) char *inside = NULL;
        json_error_t where;
        struct stat st;

        if (stat(path, &st) < 0)
                return error_set(err, -EINVAL, "%s: %s", path, strerror(errno));
        if (S_ISDIR(st.st_mode) && asprintf(&inside, "%s/inventory.json", path) < 0) {
                inside = NULL;
                return error_oom(err);
        }
        if (inside)
                path = inside;
        f->whole = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
        if (!f->whole && where.line > 0)
                return error_set(err, -EINVAL, "%s:%d:%d: %s", path, where.line, where.column,
                                 where.text);
        if (!f->whole)
                return error_set(err, -EINVAL, "%s: %s", path, where.text);
        return saved_check(f, path, err);
}

/* ---- pairs -------------------------------------------------------------------------------------
 */

static int index_rows(json_t *by_key, const json_t *rows, const char *const *members)
{
        json_t *row;
        size_t i;

        json_array_foreach((json_t *)rows, i, row)
        {
                _cleanup_(freep) char *key = key_of(row, members);

                if (!key || json_object_set(by_key, key, row) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int compare_keys(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int pair(struct pairing *p, const json_t *before, const json_t *after,
                const char *const *members)
{
        const char *key;
        json_t *row;

        p->before = json_object();
        p->after = json_object();
        if (!p->before || !p->after || index_rows(p->before, before, members) < 0 ||
            index_rows(p->after, after, members) < 0)
                return -ENOMEM;
        p->keys = calloc(json_object_size(p->before) + json_object_size(p->after) + 1,
                         sizeof(*p->keys));
        if (!p->keys)
                return -ENOMEM;
        json_object_foreach(p->before, key, row) p->keys[p->n++] = key;
        json_object_foreach(p->after, key, row)
        {
                if (!json_object_get(p->before, key))
                        p->keys[p->n++] = key;
        }
        qsort(p->keys, p->n, sizeof(*p->keys), compare_keys);
        return 0;
}

struct comparing {
        struct drift *drift;
        struct saved before, after;
        struct error *err;
};

static int each_pair(struct comparing *c, const json_t *before, const json_t *after,
                     const char *const *members,
                     int (*cb)(struct comparing *c, const json_t *a, const json_t *b))
{
        _cleanup_(pairing_done) struct pairing p = { 0 };
        int r = pair(&p, before, after, members);

        if (r < 0)
                return error_oom(c->err);
        for (size_t i = 0; i < p.n && r >= 0; i++)
                r = cb(c, json_object_get(p.before, p.keys[i]),
                       json_object_get(p.after, p.keys[i]));
        return r;
}

static struct place place_of(const json_t *row)
{
        return (struct place){ json_member_string(row, "provider"),
                               json_member_string(row, "account"), json_member_string(row, "scope"),
                               json_member_string(row, "region") };
}

static void copy(json_t *to, const char *key, const json_t *from, const char *member)
{
        json_t *value = json_object_get(from, member);

        (void)json_object_set_new(to, key, value ? json_incref(value) : json_null());
}

/* ---- coverage ----------------------------------------------------------------------------------
 */

static json_t *state_of(const json_t *row)
{
        const char *state = json_member_string(row, "state"),
                   *cause = json_member_string(row, "cause");

        return json_pack("{s:s, s:s*}", "state", state ? state : "skipped", "cause", cause);
}

static int on_coverage(struct comparing *c, const json_t *a, const json_t *b)
{
        const struct place place = place_of(a ? a : b);
        json_auto_t *from = a ? state_of(a) : NULL;
        json_auto_t *to =
                b ? state_of(b)
                  : json_pack("{s:s, s:s}", "state", "skipped", "cause", "not in the second file");
        json_t *row;

        if (from && json_equal(json_object_get(from, "state"), json_object_get(to, "state")))
                return 0;
        row = drift_place_row(drift_coverage_change(from, to), &place);
        copy(row, "collector", a ? a : b, "collector");
        (void)json_object_set_new(row, "from", from ? json_incref(from) : json_null());
        (void)json_object_set(row, "to", to);
        return drift_put_take(c->drift, SECTION_COVERAGE, row, c->err);
}

/* How near the list is to where the thing is: it may be of the region, of the scope, or above. */
static int nearness(const json_t *list, const json_t *thing)
{
        bool scope = json_equal(json_object_get(list, "scope"), json_object_get(thing, "scope")),
             region = json_equal(json_object_get(list, "region"), json_object_get(thing, "region"));

        return scope ? 1 + region : 0;
}

/* The state of the lists that would have the thing, the nearest ones: that of one without an
 * answer, if there is one; NULL when there is none at all. New reference. */
static json_t *list_state(const struct saved *f, const json_t *thing)
{
        _cleanup_(freep) char *key = key_of(thing, kind_members);
        const json_t *rows = key ? json_object_get(f->by_list, key) : NULL;
        json_t *row, *best = NULL;
        int nearest = -1;
        size_t i;

        json_array_foreach((json_t *)rows, i, row)
        {
                int n = nearness(row, thing);

                if (n > nearest || (n == nearest && !drift_is_answer(row)))
                        best = row;
                nearest = n > nearest ? n : nearest;
        }
        return best ? state_of(best) : NULL;
}

/* ---- resources ---------------------------------------------------------------------------------
 */

static void add_change(json_t *list, const char *prefix, const char *name, json_t *a, json_t *b)
{
        if ((!a || json_is_null(a)) && (!b || json_is_null(b)))
                return;
        if (a && b && json_equal(a, b))
                return;
        (void)json_array_append_new(list, json_pack("{s:o, s:O?, s:O?}", "fact",
                                                    json_sprintf("%s%s", prefix, name), "from", a,
                                                    "to", b));
}

/* State and value; a cause that is worded otherwise is no change. */
static bool fact_same(const json_t *a, const json_t *b)
{
        const json_t *x = json_object_get(a, "value"), *y = json_object_get(b, "value");

        return a && b && json_equal(json_object_get(a, "state"), json_object_get(b, "state")) &&
               (x == y || json_equal(x, y));
}

/* What is counted moves with every reading, and is no change. */
static bool is_reading(const char *name, const json_t *a, const json_t *b)
{
        return strncmp(name, "usage.", 6) == 0 && json_object_get(a, "value") &&
               json_object_get(b, "value");
}

static int compare_members(json_t *list, const char *member, const char *prefix, const json_t *a,
                           const json_t *b)
{
        const json_t *before = json_object_get(a, member), *after = json_object_get(b, member);
        json_auto_t *all = json_object(), *sorted = NULL;
        _cleanup_(freep) char *text = NULL;
        const char *name;
        json_t *unused;

        if (!all || (before && json_object_update(all, (json_t *)before) < 0) ||
            (after && json_object_update(all, (json_t *)after) < 0))
                return -ENOMEM;
        text = json_canonical(all);
        sorted = text ? json_loads(text, 0, NULL) : NULL;
        json_object_foreach(sorted, name, unused)
        {
                json_t *x = json_object_get(before, name), *y = json_object_get(after, name);

                if (!*prefix && (fact_same(x, y) || is_reading(name, x, y)))
                        continue;
                add_change(list, prefix, name, x, y);
        }
        return sorted ? 0 : -ENOMEM;
}

/* As the store compares them; NULL without memory. */
static json_t *compare(const json_t *a, const json_t *b)
{
        static const char *const texts[] = { "name", "status", "service_type" };
        json_auto_t *list = json_array();

        for (size_t i = 0; list && i < ELEMENTSOF(texts); i++)
                add_change(list, "", texts[i], json_object_get(a, texts[i]),
                           json_object_get(b, texts[i]));
        if (!list || compare_members(list, "tags", "tags.", a, b) < 0 ||
            compare_members(list, "facts", "", a, b) < 0)
                return NULL;
        return drift_facts(list);
}

static int put_resource(struct comparing *c, const char *change, const json_t *like, json_t *facts,
                        const json_t *state)
{
        const struct place place = place_of(like);
        json_t *row = drift_place_row(change, &place);

        copy(row, "kind", like, "kind");
        copy(row, "id", like, "id");
        copy(row, "name", like, "name");
        (void)json_object_set_new(row, "facts", facts ? json_incref(facts) : json_array());
        if (state)
                (void)json_object_set_new(row, "cause", drift_cause(state));
        return drift_put_take(c->drift, SECTION_RESOURCES, row, c->err);
}

static int put_missing(struct comparing *c, const json_t *a)
{
        json_auto_t *state = list_state(&c->after, a);

        if (!state)
                state = json_pack("{s:s, s:s}", "state", "skipped", "cause",
                                  "not in the second file");
        return drift_is_answer(state) ? put_resource(c, "gone", a, NULL, NULL)
                                      : put_resource(c, "not-seen", a, NULL, state);
}

static int put_new(struct comparing *c, const json_t *b)
{
        json_auto_t *state = list_state(&c->before, b);

        return state && !drift_is_answer(state) ? put_resource(c, "first-read", b, NULL, state)
                                                : put_resource(c, "appeared", b, NULL, NULL);
}

static int on_resource(struct comparing *c, const json_t *a, const json_t *b)
{
        json_auto_t *facts = NULL, *state = NULL;

        if (!b)
                return put_missing(c, a);
        if (!a)
                return put_new(c, b);
        if (json_is_true(json_object_get(b, "stale")) &&
            !json_is_true(json_object_get(a, "stale"))) {
                state = list_state(&c->after, b);
                if (state && !drift_is_answer(state))
                        return put_resource(c, "not-seen", b, NULL, state);
        }
        facts = compare(a, b);
        if (!facts)
                return error_oom(c->err);
        return json_array_size(facts) > 0 ? put_resource(c, "changed", b, facts, NULL) : 0;
}

/* ---- findings ----------------------------------------------------------------------------------
 */

static json_t *judged_row(const json_t *f)
{
        static const char *const members[] = { "verdict",    "severity",     "why",
                                               "arithmetic", "applies_from", "state" };
        json_t *row;

        if (!f)
                return json_null();
        row = json_object();
        for (size_t i = 0; i < ELEMENTSOF(members); i++)
                copy(row, members[i], f, members[i]);
        return row;
}

static bool is_open(const json_t *f)
{
        const char *verdict = json_member_string(f, "verdict");

        return verdict && (strcmp(verdict, "fail") == 0 || strcmp(verdict, "unknown") == 0);
}

static bool moved(const json_t *a, const json_t *b)
{
        if (!a || !b)
                return is_open(a ? a : b);
        return !json_equal(json_object_get(a, "verdict"), json_object_get(b, "verdict")) ||
               !json_equal(json_object_get(a, "severity"), json_object_get(b, "severity"));
}

static const json_t *thing_of(const struct comparing *c, const json_t *finding)
{
        _cleanup_(freep) char *key = key_of(finding, subject_members);
        const json_t *thing = NULL;

        if (key && json_member_string(finding, "resource")) {
                thing = json_object_get(c->after.things, key);
                if (!thing)
                        thing = json_object_get(c->before.things, key);
        }
        return thing;
}

static int on_finding(struct comparing *c, const json_t *a, const json_t *b)
{
        const json_t *like = b ? b : a;
        const struct place place = place_of(like);
        json_auto_t *read = json_array();
        json_t *row;

        if (!moved(a, b))
                return 0;
        (void)json_array_extend(read, json_object_get(a, "facts"));
        (void)json_array_extend(read, json_object_get(b, "facts"));
        row = drift_place_row("", &place);
        copy(row, "id", like, "id");
        copy(row, "rule", like, "rule");
        copy(row, "title", like, "title");
        copy(row, "kind", thing_of(c, like), "kind");
        copy(row, "resource", like, "resource");
        copy(row, "name", thing_of(c, like), "name");
        (void)json_object_set_new(row, "from", judged_row(a));
        (void)json_object_set_new(row, "to", judged_row(b));
        (void)json_object_set_new(row, "change",
                                  json_string(drift_finding_change(json_object_get(row, "from"),
                                                                   json_object_get(row, "to"))));
        if (drift_reason_put(c->drift, row, read) < 0) {
                json_decref(row);
                return error_oom(c->err);
        }
        return drift_put_take(c->drift, SECTION_FINDINGS, row, c->err);
}

/* ---- all of it ---------------------------------------------------------------------------------
 */

static struct drift_side side_of(const struct saved *f, const char *path)
{
        const json_t *scan = json_object_get(f->whole, "scan");
        const char *id = json_member_string(scan, "id");

        return (struct drift_side){ .id = id ? id : path,
                                    .started = json_member_string(scan, "started"),
                                    .complete = json_is_true(json_object_get(scan, "complete")),
                                    .basis = f->basis };
}

static int compare_files(struct comparing *c, struct drift *d)
{
        const struct saved *a = &c->before, *b = &c->after;
        int r = drift_begin(d, c->err);

        if (r == 0)
                r = each_pair(c, a->coverage, b->coverage, coverage_members, on_coverage);
        if (r == 0)
                r = each_pair(c, a->resources, b->resources, resource_members, on_resource);
        if (r == 0)
                r = each_pair(c, a->findings, b->findings, finding_members, on_finding);
        return r == 0 ? drift_end(d, c->err) : r;
}

int drift_of_files(const struct drift_request *request, const char *a, const char *b,
                   struct drift_totals *ret, struct error *err)
{
        struct drift d = { .request = *request };
        struct comparing c = { .drift = &d, .err = err };
        int r = saved_read(&c.before, a, err);

        if (r == 0)
                r = saved_read(&c.after, b, err);
        if (r == 0) {
                d.from = side_of(&c.before, a);
                d.to = side_of(&c.after, b);
                r = compare_files(&c, &d);
        }
        *ret = d.totals;
        drift_done(&d);
        saved_done(&c.before);
        saved_done(&c.after);
        return r;
}
