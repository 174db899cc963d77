#include "daemon/base/json.h"
#include "daemon/store/drift.h"

#include <errno.h>
#include <string.h>

/* Transactions are not begun anew for each of many small passes. */
enum { PASS_STEPS_MIN = 256 };

struct record_pass *record_pass_free(struct record_pass *p)
{
        if (!p)
                return NULL;
        if (p->link) {
                *p->link = p->next;
                if (p->next)
                        p->next->link = p->link;
        }
        free(p->provider);
        free(p->account);
        free(p->scope);
        free(p->region);
        free(p->collector);
        free(p);
        return NULL;
}

/* ---- a pass ------------------------------------------------------------------------------------
 */

static int pass_new(struct record_pass **ret, struct store_scan *scan, const struct place *place,
                    const char *collector)
{
        _cleanup_(record_pass_freep) struct record_pass *p = calloc(1, sizeof(*p));

        if (!p)
                return -ENOMEM;
        p->scan = scan;
        p->provider = strdup(place->provider);
        p->account = strdup(place->account);
        p->scope = strdup(place->scope ? place->scope : "");
        p->region = strdup(place->region ? place->region : "");
        p->collector = strdup(collector);
        if (!p->provider || !p->account || !p->scope || !p->region || !p->collector)
                return -ENOMEM;
        p->baseline = json_is_true(json_object_get(scan->accounts, place->account));
        *ret = TAKE_PTR(p);
        return 0;
}

static int pass_row(struct record_pass *p, struct error *err)
{
        const struct place place = { p->provider, p->account, p->scope, p->region };
        int r = store_place(p->scan->store, &place, &p->place_row, err);

        return r < 0 ? r : coverage_row(p->scan, &place, p->collector, &p->pass, err);
}

static int on_pass_begin(void *user, const struct place *place, const char *collector,
                         void **ret_pass, struct error *err)
{
        struct store_scan *scan = user;
        _cleanup_(record_pass_freep) struct record_pass *p = NULL;
        int r = record_step(scan, err);

        if (r < 0)
                return r;
        r = pass_new(&p, scan, place, collector);
        if (r < 0)
                (void)error_oom(err);
        else
                r = pass_row(p, err);
        r = step_end(scan->store, r, err);
        if (r < 0 || !p)
                return r;
        p->next = scan->passes;
        p->link = &scan->passes;
        if (p->next)
                p->next->link = &p->next;
        scan->passes = p;
        *ret_pass = TAKE_PTR(p);
        return 0;
}

/* Kept as it is: visited in this scan, without a new time of its answer. One that bears a time to
 * come, since a clock was set back, is of no known age. */
static int pass_keep(struct store_scan *scan, const struct place *place, const char *collector,
                     uint64_t not_before_usec, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int64_t row, pass;
        int r = store_place(scan->store, place, &row, err);

        if (r == 0)
                r = store_row(scan->store, ST_PASS_KNOWN, &st, err, "isii", row, collector,
                              (int64_t)not_before_usec, (int64_t)scan->now_usec);
        if (r <= 0)
                return r;
        pass = sqlite3_column_int64(st, 0);
        statement_resetp(&st);
        r = store_run(scan->store, ST_PASS_KEEP, err, "ii", pass, scan->number);
        return r < 0 ? r : 1;
}

static int on_pass_known(void *user, const struct place *place, const char *collector,
                         uint64_t not_before_usec, struct error *err)
{
        struct store_scan *scan = user;
        int r = record_step(scan, err);

        return r < 0 ? r
                     : step_end(scan->store,
                                pass_keep(scan, place, collector, not_before_usec, err), err);
}

static int pass_ended(struct record_pass *p, const struct coverage *c, struct error *err)
{
        struct store_scan *scan = p->scan;
        struct coverage_was was = { 0 };
        int r = coverage_was_read(scan->store, p->pass, &was, err);

        if (r == 0)
                r = absence_of_pass(scan, &was, coverage_is_answer(c->state) && !c->partial, err);
        if (r == 0)
                r = coverage_put(scan, &was, c, false, err);
        scan->calls += c->calls;
        return r;
}

static int on_pass_end(void *user, void *pass, const struct coverage *coverage, struct error *err)
{
        struct store_scan *scan = user;
        _cleanup_(record_pass_freep) struct record_pass *p = pass;
        int r = record_step(scan, err);

        if (r < 0)
                return r;
        r = step_end(scan->store, pass_ended(p, coverage, err), err);
        if (r == 0 && scan->store->steps >= PASS_STEPS_MIN)
                r = store_commit(scan->store, err);
        return r;
}

/* ---- a resource --------------------------------------------------------------------------------
 */

/* Where the resource itself is, which may be elsewhere than where it was listed. */
static int resource_place(struct record_pass *p, const struct resource *r, int64_t *ret,
                          struct error *err)
{
        const struct place place = { r->provider, r->account, r->scope, r->region };

        if (strcmp(r->scope, p->scope) == 0 && strcmp(r->region, p->region) == 0 &&
            strcmp(r->account, p->account) == 0 && strcmp(r->provider, p->provider) == 0) {
                *ret = p->place_row;
                return 0;
        }
        return store_place(p->scan->store, &place, ret, err);
}

/* Columns of ST_RESOURCE_FIND. */
enum {
        R_RESOURCE,
        R_PASS,
        R_MISSING,
        R_GONE,
        R_DIGEST,
        R_COMPLETE,
        R_DETAILED,
        R_OWNER_STATE,
        R_OWNER_SCAN,
        R_NAME,
        R_STATUS,
        R_TYPE,
        R_CREATED,
        R_MODIFIED,
        R_TAGS,
        R_FACTS,
};

/* It was there: nothing is written but that it was missing, or that the pass it belonged to can no
 * longer be read while this one can. */
static int resource_seen(struct record_pass *p, sqlite3_stmt *st, struct error *err)
{
        struct store_scan *scan = p->scan;
        int64_t row = sqlite3_column_int64(st, R_RESOURCE),
                owner = sqlite3_column_int64(st, R_PASS);
        bool missing = sqlite3_column_int64(st, R_MISSING) > 0, other = owner != p->pass;
        enum coverage_state state = (enum coverage_state)sqlite3_column_int64(st, R_OWNER_STATE);
        int r = bitmap_set(&scan->seen, row);

        if (r < 0)
                return error_set(err, r, "%s: row %lld: %s", scan->store->path, (long long)row,
                                 strerror(-r));
        if (other && (missing || !coverage_is_answer(state)))
                return store_run(scan->store, ST_RESOURCE_ADOPT, err, "ii", p->pass, row);
        return missing ? store_run(scan->store, ST_RESOURCE_THERE, err, "i", row) : 0;
}

static int known_facts(sqlite3_stmt *st, json_t **ret, struct error *err)
{
        const char *text = column_text(st, R_FACTS);

        return json_parse(text, strlen(text), ret, err);
}

static int known(struct record_pass *p, const struct resource *r, uint64_t not_before_usec,
                 json_t **ret_facts, struct error *err)
{
        struct store_scan *scan = p->scan;
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int64_t place;
        int n = resource_place(p, r, &place, err);

        if (n == 0)
                n = store_row(scan->store, ST_RESOURCE_FIND, &st, err, "iss", place, r->kind,
                              r->id);
        if (n <= 0)
                return n;
        if (sqlite3_column_type(st, R_GONE) != SQLITE_NULL)
                return 0;
        if (strcmp(column_text(st, R_DIGEST), r->listed_digest) == 0 &&
            sqlite3_column_int64(st, R_COMPLETE) != 0 &&
            (uint64_t)sqlite3_column_int64(st, R_DETAILED) >= not_before_usec) {
                n = resource_seen(p, st, err);
                if (n == 0 && ret_facts)
                        n = known_facts(st, ret_facts, err);
                return n < 0 ? n : 1;
        }
        n = bitmap_set(&scan->asked, sqlite3_column_int64(st, R_RESOURCE));
        return n < 0 ? error_set(err, n, "%s: %s", scan->store->path, strerror(-n)) : 0;
}

static int on_known(void *user, void *pass, const struct resource *r, uint64_t not_before_usec,
                    json_t **ret_facts, struct error *err)
{
        struct store_scan *scan = user;
        int n = record_step(scan, err);

        if (n == 0)
                n = step_end(scan->store, known(pass, r, not_before_usec, ret_facts, err), err);
        return n;
}

/* ---- what is written of it ---------------------------------------------------------------------
 */

struct resource_texts {
        char *tags, *facts, *evidence;
};

static void texts_done(struct resource_texts *t)
{
        free(t->tags);
        free(t->facts);
        free(t->evidence);
}

static int texts_make(struct resource_texts *t, const struct resource *r, struct error *err)
{
        t->tags = json_canonical(r->tags);
        t->facts = json_canonical(r->facts);
        t->evidence = json_canonical(r->evidence);
        return t->tags && t->facts && t->evidence ? 0 : error_oom(err);
}

static int resource_tell(struct record_pass *p, int64_t row, enum event_kind kind,
                         const struct resource *r, json_t *changes, struct error *err)
{
        const struct place place = { r->provider, r->account, r->scope, r->region };
        json_t *fields;

        if (r->topic || (kind == EVENT_RESOURCE_APPEARED && !p->baseline))
                return 0;
        fields = record_place_fields(&place);
        if (!fields)
                return error_oom(err);
        (void)json_object_set_new(fields, "kind", json_string(r->kind));
        (void)json_object_set_new(fields, "resource", json_string(r->id));
        if (r->name)
                (void)json_object_set_new(fields, "name", json_string(r->name));
        if (changes)
                (void)json_object_set(fields, "changes", changes);
        return kind == EVENT_RESOURCE_CHANGED
                       ? record_event_take(p->scan, kind, fields, err)
                       : flap_tell_take(p->scan, FLAP_RESOURCE, row, kind, fields, err);
}

static int resource_insert(struct record_pass *p, int64_t place, const struct resource *r,
                           struct error *err)
{
        _cleanup_(texts_done) struct resource_texts t = { 0 };
        struct store *s = p->scan->store;
        int64_t now = (int64_t)p->scan->now_usec, row;
        int n = texts_make(&t, r, err);

        if (n == 0)
                n = store_run(s, ST_RESOURCE_ADD, err, "iissiisssssssiisss", p->pass, place,
                              r->kind, r->id, now, now, r->name, r->status, r->created, r->modified,
                              r->service_type, r->topic, r->listed_digest,
                              (int64_t)r->details_complete, (int64_t)r->detailed_usec, t.tags,
                              t.facts, t.evidence);
        if (n < 0)
                return n;
        row = sqlite3_last_insert_rowid(s->db);
        n = bitmap_set(&p->scan->seen, row);
        if (n < 0)
                return error_set(err, n, "%s: %s", s->path, strerror(-n));
        return resource_tell(p, row, EVENT_RESOURCE_APPEARED, r, NULL, err);
}

static int resource_rewrite(struct record_pass *p, int64_t row, const struct resource *r,
                            struct error *err)
{
        _cleanup_(texts_done) struct resource_texts t = { 0 };
        int n = texts_make(&t, r, err);

        if (n < 0)
                return n;
        return store_run(p->scan->store, ST_RESOURCE_CHANGE, err, "iisssssssiisss", row,
                         (int64_t)p->scan->now_usec, r->name, r->status, r->created, r->modified,
                         r->service_type, r->topic, r->listed_digest, (int64_t)r->details_complete,
                         (int64_t)r->detailed_usec, t.tags, t.facts, t.evidence);
}

static int resource_compare(struct record_pass *p, sqlite3_stmt *st, const struct resource *r,
                            json_t **ret_changes, bool *ret_differs, struct error *err)
{
        const struct compare_old old = {
                .name = column_text(st, R_NAME),
                .status = column_text(st, R_STATUS),
                .service_type = column_text(st, R_TYPE),
                .created = column_text(st, R_CREATED),
                .modified = column_text(st, R_MODIFIED),
                .tags = column_text(st, R_TAGS),
                .facts = column_text(st, R_FACTS),
                .details_complete = sqlite3_column_int64(st, R_COMPLETE) != 0,
        };
        int n = compare_resource(&old, r, ret_changes, ret_differs);

        return n < 0 ? error_set(err, n, "%s: row %lld: %s", p->scan->store->path,
                                 (long long)sqlite3_column_int64(st, R_RESOURCE), strerror(-n))
                     : 0;
}

/* It was gone and is there again. */
static int resource_return(struct record_pass *p, sqlite3_stmt *st, const struct resource *r,
                           struct error *err)
{
        int64_t row = sqlite3_column_int64(st, R_RESOURCE);
        json_auto_t *changes = NULL;
        bool differs = false;
        int n = bitmap_set(&p->scan->seen, row);

        if (n < 0)
                return error_set(err, n, "%s: %s", p->scan->store->path, strerror(-n));
        n = resource_compare(p, st, r, &changes, &differs, err);
        if (n == 0)
                n = store_run(p->scan->store, ST_RESOURCE_ADOPT, err, "ii", p->pass, row);
        if (n == 0)
                n = resource_rewrite(p, row, r, err);
        if (n == 0)
                n = drift_resource(p->scan, row, DRIFT_RETURNED, changes, err);
        return n < 0 ? n : resource_tell(p, row, EVENT_RESOURCE_APPEARED, r, NULL, err);
}

static int resource_update(struct record_pass *p, sqlite3_stmt *st, const struct resource *r,
                           struct error *err)
{
        json_auto_t *changes = NULL;
        int64_t row = sqlite3_column_int64(st, R_RESOURCE);
        bool differs = false;
        int n = resource_seen(p, st, err);

        if (n == 0)
                n = resource_compare(p, st, r, &changes, &differs, err);
        if (n == 0 && (differs || bitmap_has(&p->scan->asked, row)))
                n = resource_rewrite(p, row, r, err);
        if (n < 0 || json_array_size(changes) == 0)
                return n;
        n = drift_resource(p->scan, row, DRIFT_CHANGED, changes, err);
        return n < 0 ? n : resource_tell(p, row, EVENT_RESOURCE_CHANGED, r, changes, err);
}

static int resource_put(struct record_pass *p, const struct resource *r, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int64_t place;
        int n = resource_place(p, r, &place, err);

        if (n == 0)
                n = store_row(p->scan->store, ST_RESOURCE_FIND, &st, err, "iss", place, r->kind,
                              r->id);
        if (n < 0)
                return n;
        if (n == 0)
                return resource_insert(p, place, r, err);
        return sqlite3_column_type(st, R_GONE) == SQLITE_NULL ? resource_update(p, st, r, err)
                                                              : resource_return(p, st, r, err);
}

static int on_resource(void *user, void *pass, const struct resource *r, struct error *err)
{
        struct store_scan *scan = user;
        int n = compare_check(r, err);

        if (n == 0)
                n = record_step(scan, err);
        return n < 0 ? n : step_end(scan->store, resource_put(pass, r, err), err);
}

const struct sink inventory_sink = {
        .denied = denial_each,
        .deny = denial_put,
        .allow = denial_forget,
        .signs_in = denial_signs_in,
        .pass_known = on_pass_known,
        .pass_begin = on_pass_begin,
        .known = on_known,
        .resource = on_resource,
        .pass_end = on_pass_end,
};
