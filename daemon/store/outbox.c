#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/store/record.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

static_assert(sizeof(((struct store *)0)->event_created) >= CLOCK_TEXT_MAX, "a time fits");

static int outbox_put(struct store *s, enum event_kind kind, uint64_t time_usec,
                      const json_t *fields, struct error *err)
{
        _cleanup_(freep) char *text = fields ? json_canonical(fields) : NULL;

        if (!text)
                return error_oom(err);
        return store_run(s, ST_EVENT_ADD, err, "iis", (int64_t)kind, (int64_t)time_usec, text);
}

int outbox_put_take(struct store *s, enum event_kind kind, uint64_t time_usec, json_t *fields,
                    struct error *err)
{
        json_auto_t *own = fields;

        return outbox_put(s, kind, time_usec, own, err);
}

int store_outbox_add(struct store *s, enum event_kind kind, const json_t *fields, uint64_t now_usec,
                     struct error *err)
{
        int r = step_begin(s, err);

        if (r == 0)
                r = step_end(s, outbox_put(s, kind, now_usec, fields, err), err);
        if (r == 0 && !s->subject_open)
                r = store_commit(s, err);
        return r;
}

/* Nothing is told before the change it reports is committed. */
static int settle_before_telling(struct store *s, struct error *err)
{
        return s->subject_open ? 0 : store_commit(s, err);
}

/* The event of a row, if there is one; r: what getting the row came to. */
static int read_event(struct store *s, sqlite3_stmt *st, int r, struct store_event *ret,
                      struct error *err)
{
        int64_t kind;

        if (r <= 0)
                return r;
        kind = sqlite3_column_int64(st, 1);
        json_decref(s->event_fields);
        s->event_fields = column_json(st, 3);
        if (kind < 0 || kind >= EVENT_KIND_MAX || !json_is_object(s->event_fields))
                return error_set(err, -EUCLEAN, "%s: event %lld is damaged", s->path,
                                 (long long)sqlite3_column_int64(st, 0));
        *ret = (struct store_event){
                .sequence = (uint64_t)sqlite3_column_int64(st, 0),
                .kind = (enum event_kind)kind,
                .created = store_time(st, 2, s->event_created),
                .fields = s->event_fields,
        };
        return 1;
}

int store_outbox_next(struct store *s, struct store_event *ret, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = settle_before_telling(s, err);

        if (r == 0)
                r = store_row(s, ST_EVENT_NEXT, &st, err, "");
        return read_event(s, st, r, ret, err);
}

int store_outbox_after(struct store *s, uint64_t sequence, struct store_event *ret,
                       struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = settle_before_telling(s, err);

        if (r == 0)
                r = store_row(s, ST_EVENT_AFTER, &st, err, "i", (int64_t)sequence);
        return read_event(s, st, r, ret, err);
}

int store_outbox_last(struct store *s, uint64_t *ret_sequence, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(s, ST_EVENT_LAST, &st, err, "");

        *ret_sequence = r > 0 ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
        return r < 0 ? r : 0;
}

int store_position(struct store *s, const char *name, uint64_t *ret_sequence, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(s, ST_META_READ, &st, err, "s", name);

        *ret_sequence = r > 0 ? (uint64_t)sqlite3_column_int64(st, 0) : UINT64_MAX;
        return r < 0 ? r : 0;
}

int store_position_set(struct store *s, const char *name, uint64_t sequence, struct error *err)
{
        char text[24];
        int r = step_begin(s, err);

        if (r < 0)
                return r;
        (void)snprintf(text, sizeof(text), "%" PRIu64, sequence);
        if (sequence == UINT64_MAX)
                r = store_run(s, ST_META_DROP, err, "s", name);
        else
                r = store_run(s, ST_META_PUT, err, "ss", name, text);
        r = step_end(s, r, err);
        if (r == 0 && !s->subject_open)
                r = store_commit(s, err);
        return r;
}

int store_outbox_sent(struct store *s, uint64_t sequence, struct error *err)
{
        int r = step_begin(s, err);

        if (r < 0)
                return r;
        return step_end(s,
                        store_run(s, ST_EVENT_SENT, err, "ii", (int64_t)clock_realtime_usec(),
                                  (int64_t)sequence),
                        err);
}

int store_outbox_pending(struct store *s,
                         int (*cb)(void *user, enum event_kind kind, const char *severity,
                                   uint64_t n),
                         void *user, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = settle_before_telling(s, err);

        if (r == 0)
                r = store_row(s, ST_EVENT_PENDING, &st, err, "");
        while (r > 0) {
                int64_t kind = sqlite3_column_int64(st, 0);

                if (kind < 0 || kind >= EVENT_KIND_MAX)
                        return error_set(err, -EUCLEAN, "%s: an event is damaged", s->path);
                r = cb(user, (enum event_kind)kind, column_text(st, 1),
                       (uint64_t)sqlite3_column_int64(st, 2));
                if (r < 0)
                        return error_set(err, r, "events could not be counted");
                r = store_next(s, st, err);
        }
        return r;
}

int store_outbox_sent_kind(struct store *s, enum event_kind kind, struct error *err)
{
        int r = step_begin(s, err);

        if (r < 0)
                return r;
        return step_end(s,
                        store_run(s, ST_EVENT_SENT_KIND, err, "ii", (int64_t)clock_realtime_usec(),
                                  (int64_t)kind),
                        err);
}
