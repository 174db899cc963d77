/* What passes hand over: resources seen, changed, appeared, and absent. */
#include "daemon/store/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* A resource as it stands in the store, but for its content. */
struct standing {
        uint64_t number, pass, misses, detailed_usec;
        bool gone, details_complete;
        char listed_digest[SHA256_HEX_MAX], content_digest[SHA256_HEX_MAX];
};

static int look(struct store *s, const char *key, struct standing *ret, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(
                &q, &s->cache,
                "SELECT number, pass, misses, detailed, gone, details_complete, listed_digest,"
                " content_digest FROM resources WHERE key = ?1",
                err);

        if (r < 0)
                return r;
        sql_bind_text(q, 1, key);
        r = sql_step(q, err);
        if (r <= 0)
                return r;
        *ret = (struct standing){
                .number = sql_u64(q, 0),
                .pass = sql_u64(q, 1),
                .misses = sql_u64(q, 2),
                .detailed_usec = sql_u64(q, 3),
                .gone = sql_int(q, 4),
                .details_complete = sql_int(q, 5),
        };
        (void)snprintf(ret->listed_digest, SHA256_HEX_MAX, "%s", text_or_empty(sql_text(q, 6)));
        (void)snprintf(ret->content_digest, SHA256_HEX_MAX, "%s", text_or_empty(sql_text(q, 7)));
        return 1;
}

static bool is_told(const struct store_scan *scan, const struct resource *r)
{
        return !r->topic && !json_object_get(scan->quiet, r->account);
}

static int tell(struct store_scan *scan, enum event_kind kind, const struct resource *r,
                json_t *changes, struct error *err)
{
        const struct place place = { r->provider, r->account, r->scope, r->region };
        json_auto_t *fields = fields_new(&place), *owned = changes;

        if (!fields || fields_set(fields, "resource", r->id) < 0 ||
            fields_set(fields, "kind", r->kind) < 0 || fields_set(fields, "name", r->name) < 0 ||
            (owned && json_object_set(fields, "changes", owned) < 0))
                return error_oom(err);
        return outbox_add_take(scan, kind, TAKE_PTR(fields), err);
}

/* ---- seen --------------------------------------------------------------------------------------
 */

static int adopt_later(struct store_scan *scan, uint64_t resource, uint64_t pass)
{
        if (scan->n_adopted == scan->adopted_allocated) {
                size_t n = scan->adopted_allocated ? 2 * scan->adopted_allocated : 16;
                struct adopted *grown = reallocarray(scan->adopted, n, sizeof(*grown));

                if (!grown)
                        return -ENOMEM;
                scan->adopted = grown;
                scan->adopted_allocated = n;
        }
        scan->adopted[scan->n_adopted++] = (struct adopted){ resource, pass };
        return 0;
}

static int reset_misses(struct store_scan *scan, uint64_t number, uint64_t pass, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(&q, &scan->store->cache,
                         "UPDATE resources SET misses = 0, last_seen = NULL, pass = ?2"
                         " WHERE number = ?1",
                         err);

        if (r < 0)
                return r;
        sql_bind_u64(q, 1, number);
        sql_bind_u64(q, 2, pass);
        return write_row(scan->store, q, err);
}

static int mark_seen(struct store_scan *scan, struct scan_pass *pass, uint64_t number,
                     struct error *err)
{
        if (bitmap_add(&scan->seen, number) < 0 || bitmap_add(&pass->seen, number) < 0)
                return error_oom(err);
        return 0;
}

static int saw_again(struct store_scan *scan, struct scan_pass *pass, const struct standing *st,
                     struct error *err)
{
        int r = mark_seen(scan, pass, st->number, err);

        if (r >= 0 && st->misses > 0)
                r = reset_misses(scan, st->number, pass->number, err);
        else if (r >= 0 && st->pass != pass->number)
                r = adopt_later(scan, st->number, pass->number) < 0 ? error_oom(err) : 0;
        return r;
}

/* ---- writing a resource
 * ---------------------------------------------------------------------------- */

/* Binds ?1 to ?21: what insert and update have in common. */
static void bind_resource(struct sql *q, const struct resource *r, const char *digest,
                          uint64_t pass)
{
        const char *const texts[] = { r->provider, r->account,  r->scope,        r->region,
                                      r->kind,     r->id,       r->name,         r->status,
                                      r->created,  r->modified, r->service_type, r->topic };
        const json_t *const values[] = { r->tags, r->facts, r->evidence };
        static const char *const empty[] = { "{}", "{}", "[]" };

        for (int i = 0; i < (int)ELEMENTSOF(texts); i++)
                sql_bind_text(q, i + 1, texts[i] || i > 5 ? texts[i] : "");
        sql_bind_text(q, 13, r->listed_digest);
        sql_bind_text(q, 14, digest);
        sql_bind_int(q, 15, r->details_complete);
        sql_bind_u64(q, 16, r->detailed_usec);
        for (int i = 0; i < (int)ELEMENTSOF(values); i++)
                if (values[i])
                        sql_bind_json(q, 17 + i, values[i]);
                else
                        sql_bind_text(q, 17 + i, empty[i]);
        sql_bind_u64(q, 20, pass);
}

static int insert_resource(struct store_scan *scan, struct scan_pass *pass,
                           const struct resource *r, const char *key, const char *digest,
                           struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int code =
                sql_take(&q, &scan->store->cache,
                         "INSERT INTO resources (provider, account, scope, region, kind, id, name,"
                         " status, created, modified, service_type, topic, listed_digest,"
                         " content_digest, details_complete, detailed, tags, facts, evidence, pass,"
                         " key, first_seen) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
                         " ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)",
                         err);

        if (code < 0)
                return code;
        bind_resource(q, r, digest, pass->number);
        sql_bind_text(q, 21, key);
        sql_bind_u64(q, 22, scan->now_usec);
        code = write_row(scan->store, q, err);
        if (code >= 0)
                code = mark_seen(scan, pass, (uint64_t)sqlite3_last_insert_rowid(scan->store->db),
                                 err);
        if (code < 0 || !is_told(scan, r))
                return code;
        return tell(scan, EVENT_RESOURCE_APPEARED, r, NULL, err);
}

static int read_changes(struct store_scan *scan, uint64_t number, const struct resource *to,
                        json_t **ret, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        struct resource from = { 0 };
        int r = sql_take(&q, &scan->store->cache,
                         "SELECT " RESOURCE_COLUMNS " FROM resources r WHERE r.number = ?1", err);

        if (r < 0)
                return r;
        sql_bind_u64(q, 1, number);
        r = sql_step(q, err);
        if (r == 0)
                return error_set(err, -EUCLEAN, "store: resource %" PRIu64 " vanished", number);
        if (r > 0)
                r = resource_row_read(q, false, &from, err);
        if (r >= 0) {
                *ret = content_changes(&from, to);
                r = *ret ? 0 : error_oom(err);
        }
        resource_row_done(&from);
        return r;
}

static int update_resource(struct store_scan *scan, struct scan_pass *pass,
                           const struct standing *st, const struct resource *r, const char *digest,
                           struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        json_auto_t *changes = NULL;
        int code = 0;

        if (is_told(scan, r) && !st->gone)
                code = read_changes(scan, st->number, r, &changes, err);
        if (code >= 0)
                code = sql_take(
                        &q, &scan->store->cache,
                        "UPDATE resources SET provider = ?1, account = ?2, scope = ?3, region = ?4,"
                        " kind = ?5, id = ?6, name = ?7, status = ?8, created = ?9, modified = ?10,"
                        " service_type = ?11, topic = ?12, listed_digest = ?13,"
                        " content_digest = ?14, details_complete = ?15, detailed = ?16, tags = ?17,"
                        " facts = ?18, evidence = ?19, pass = ?20, misses = 0, gone = 0,"
                        " last_seen = NULL WHERE number = ?21",
                        err);
        if (code < 0)
                return code;
        bind_resource(q, r, digest, pass->number);
        sql_bind_u64(q, 21, st->number);
        code = write_row(scan->store, q, err);
        if (code >= 0)
                code = mark_seen(scan, pass, st->number, err);
        if (code < 0 || !is_told(scan, r))
                return code;
        return tell(scan, st->gone ? EVENT_RESOURCE_APPEARED : EVENT_RESOURCE_CHANGED, r,
                    TAKE_PTR(changes), err);
}

/* The content is what it was. When the details were asked matters only where known() was: the rest
 * is read whole every time. */
static int renew_details(struct store_scan *scan, const struct standing *st,
                         const struct resource *r, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        bool asked = bitmap_has(&scan->asked, st->number);
        int code;

        if (st->details_complete == r->details_complete &&
            (!asked || (st->detailed_usec == r->detailed_usec &&
                        strcmp(st->listed_digest, r->listed_digest) == 0)))
                return 0;
        code = sql_take(
                &q, &scan->store->cache,
                "UPDATE resources SET listed_digest = ?2, details_complete = ?3, detailed = ?4"
                " WHERE number = ?1",
                err);
        if (code < 0)
                return code;
        sql_bind_u64(q, 1, st->number);
        sql_bind_text(q, 2, r->listed_digest);
        sql_bind_int(q, 3, r->details_complete);
        sql_bind_u64(q, 4, r->detailed_usec);
        return write_row(scan->store, q, err);
}

static int take_resource(struct store_scan *scan, struct scan_pass *pass, const struct resource *r,
                         struct error *err)
{
        char key[RESOURCE_KEY_MAX], digest[SHA256_HEX_MAX];
        struct standing st;
        int code = look(scan->store, resource_key(r, key), &st, err);

        if (code < 0)
                return code;
        if (content_digest(r, digest) < 0)
                return error_oom(err);
        if (code == 0)
                return insert_resource(scan, pass, r, key, digest, err);
        /* listed twice in one scan: the first one counts, but for details it could not read */
        if (bitmap_has(&scan->seen, st.number) && (st.details_complete || !r->details_complete))
                return saw_again(scan, pass, &st, err);
        if (st.gone || strcmp(st.content_digest, digest) != 0)
                return update_resource(scan, pass, &st, r, digest, err);
        code = renew_details(scan, &st, r, err);
        return code < 0 ? code : saw_again(scan, pass, &st, err);
}

/* ---- the sink
 * ------------------------------------------------------------------------------------------ */

static int on_pass_begin(void *user, const struct place *place, const char *collector,
                         void **ret_pass, struct error *err)
{
        struct store_scan *scan = user;
        struct scan_pass *pass;
        int r = scan_usable(scan, err);

        if (r >= 0)
                r = write_begin(scan->store, err);
        if (r < 0)
                return r;
        pass = calloc(1, sizeof(*pass));
        r = pass ? coverage_begin(scan, place, collector, pass, err) : error_oom(err);
        r = write_end(scan->store, r, err);
        if (r < 0) {
                free(pass);
                return r;
        }
        *ret_pass = pass;
        return 0;
}

static int on_known(void *user, void *handle, const struct resource *r, uint64_t not_before_usec,
                    struct error *err)
{
        struct store_scan *scan = user;
        char key[RESOURCE_KEY_MAX];
        struct standing st;
        int code = scan_usable(scan, err);

        if (code >= 0)
                code = look(scan->store, resource_key(r, key), &st, err);
        if (code <= 0)
                return code;
        if (bitmap_add(&scan->asked, st.number) < 0)
                return error_oom(err);
        if (st.gone || !st.details_complete || st.detailed_usec < not_before_usec ||
            strcmp(st.listed_digest, r->listed_digest) != 0)
                return 0;
        code = write_begin(scan->store, err);
        if (code >= 0)
                code = write_end(scan->store, saw_again(scan, handle, &st, err), err);
        return code < 0 ? code : 1;
}

static int on_resource(void *user, void *handle, const struct resource *r, struct error *err)
{
        struct store_scan *scan = user;
        int code = scan_usable(scan, err);

        if (code >= 0)
                code = write_begin(scan->store, err);
        if (code < 0)
                return code;
        return write_end(scan->store, take_resource(scan, handle, r, err), err);
}

static int end_pass(struct store_scan *scan, const struct scan_pass *pass, const struct coverage *c,
                    struct error *err)
{
        bool answer = coverage_is_answer(c->state);
        int r = coverage_end(scan, pass, c, err);

        if (r >= 0 && answer)
                r = inventory_count_absent(scan, pass, err);
        if (r >= 0)
                r = inventory_keep_partial(scan, pass, answer, err);
        if (r >= 0 && bitmap_add(&scan->visited, pass->number) < 0)
                r = error_oom(err);
        scan->calls += c->calls;
        return r;
}

static int on_pass_end(void *user, void *handle, const struct coverage *c, struct error *err)
{
        struct store_scan *scan = user;
        struct scan_pass *pass = handle;
        int r = scan_usable(scan, err);

        if (r >= 0)
                r = write_begin(scan->store, err);
        if (r >= 0)
                r = write_end(scan->store, end_pass(scan, pass, c, err), err);
        bitmap_done(&pass->seen);
        free(pass);
        return r;
}

const struct sink inventory_sink = {
        .pass_begin = on_pass_begin,
        .known = on_known,
        .resource = on_resource,
        .pass_end = on_pass_end,
};
