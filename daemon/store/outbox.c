#include "daemon/base/json.h"
#include "daemon/store/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* ---- fields -----------------------------------------------------------------------------------
 */

static json_t *text_repaired(const char *text)
{
        _cleanup_(freep) char *copy = strdup(text);

        for (char *p = copy; p && *p; p++)
                if ((unsigned char)*p > 127)
                        *p = '?';
        return copy ? json_string(copy) : NULL;
}

int fields_set(json_t *fields, const char *name, const char *text)
{
        json_t *value;

        if (!text)
                return 0;
        value = json_string(text);
        if (!value)
                value = text_repaired(text);
        return json_object_set_new(fields, name, value) < 0 ? -ENOMEM : 0;
}

json_t *fields_new(const struct place *place)
{
        json_auto_t *fields = json_object();

        if (!fields || fields_set(fields, "provider", place->provider) < 0 ||
            fields_set(fields, "account", place->account) < 0 ||
            fields_set(fields, "scope", place->scope) < 0 ||
            fields_set(fields, "region", place->region) < 0)
                return NULL;
        return TAKE_PTR(fields);
}

/* ---- writing
 * ------------------------------------------------------------------------------------- */

static int outbox_insert(struct store *s, enum event_kind kind, const json_t *fields,
                         uint64_t now_usec, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(&q, &s->cache,
                         "INSERT INTO outbox (kind, created, fields) VALUES (?1, ?2, ?3)", err);

        if (r < 0)
                return r;
        sql_bind_int(q, 1, kind);
        sql_bind_u64(q, 2, now_usec);
        sql_bind_json(q, 3, fields);
        return write_run(s, q, err);
}

int outbox_add_take(struct store_scan *scan, enum event_kind kind, json_t *fields,
                    struct error *err)
{
        json_auto_t *owned = fields;

        if (!owned || fields_set(owned, "scan", scan->id) < 0)
                return error_oom(err);
        scan->counts[kind]++;
        return outbox_insert(scan->store, kind, owned, scan->now_usec, err);
}

int store_outbox_add(struct store *s, enum event_kind kind, const json_t *fields, uint64_t now_usec,
                     struct error *err)
{
        int r = write_flush(s, err); /* what a scan has gathered does not hang on this */

        if (r >= 0)
                r = write_begin(s, err);
        if (r < 0)
                return r;
        r = write_end(s, outbox_insert(s, kind, fields, now_usec, err), err);
        return r < 0 ? r : write_flush(s, err);
}

/* ---- sending
 * ------------------------------------------------------------------------------------- */

static int outbox_read(struct store *s, struct sql *q, struct store_event *ret, struct error *err)
{
        json_t *fields;
        int kind = sql_int(q, 1), r;

        if (kind < 0 || kind >= EVENT_KIND_MAX)
                return error_set(err, -EUCLEAN, "store: event %" PRIu64 " is of no known kind",
                                 sql_u64(q, 0));
        r = sql_json(q, 3, &fields, err);
        if (r < 0)
                return r;
        json_decref(s->event_fields);
        s->event_fields = fields;
        *ret = (struct store_event){
                .sequence = sql_u64(q, 0),
                .kind = (enum event_kind)kind,
                .created = clock_format_rfc3339(sql_u64(q, 2), s->event_created),
                .fields = fields,
        };
        return 1;
}

int store_outbox_next(struct store *s, struct store_event *ret, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = write_flush(s, err); /* nothing is told that a crash could still undo */

        if (r >= 0)
                r = sql_take(&q, &s->cache,
                             "SELECT sequence, kind, created, fields FROM outbox"
                             " WHERE sent IS NULL ORDER BY sequence LIMIT 1",
                             err);
        if (r < 0)
                return r;
        r = sql_step(q, err);
        return r <= 0 ? r : outbox_read(s, q, ret, err);
}

int store_outbox_sent(struct store *s, uint64_t sequence, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = write_begin(s, err);

        if (r < 0)
                return r;
        r = sql_take(&q, &s->cache, "UPDATE outbox SET sent = ?2 WHERE sequence = ?1", err);
        if (r >= 0) {
                sql_bind_u64(q, 1, sequence);
                sql_bind_u64(q, 2, clock_realtime_usec());
                r = write_run(s, q, err);
        }
        return write_end(s, r, err);
}
