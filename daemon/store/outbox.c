#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/store/record.h"

#include <assert.h>
#include <errno.h>
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

int store_outbox_next(struct store *s, struct store_event *ret, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int64_t kind;
        int r = settle_before_telling(s, err);

        if (r == 0)
                r = store_row(s, ST_EVENT_NEXT, &st, err, "");
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
