#include "daemon/watch/digest.h"

#include "daemon/watch/alert.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

/* Told one by one whatever their number: they say that the watch itself is in trouble. */
static bool is_change(enum event_kind kind)
{
        return kind <= EVENT_COVERAGE_RESTORED;
}

struct digest {
        uint64_t n, by_kind[EVENT_KIND_MAX];
        json_t *severities[EVENT_KIND_MAX]; /* of those that have one: {"high": n} */
        int priority;                       /* of the most urgent */
};

static void digest_done(struct digest *d)
{
        for (size_t i = 0; i < EVENT_KIND_MAX; i++)
                json_decref(d->severities[i]);
}

static int on_pending(void *user, enum event_kind kind, const char *severity, uint64_t n)
{
        json_auto_t *fields = json_pack("{s:s}", "severity", severity);
        struct digest *d = user;
        int priority;

        if (!is_change(kind))
                return 0;
        if (!fields)
                return -ENOMEM;
        d->n += n;
        d->by_kind[kind] += n;
        priority = alert_priority((int)kind, fields);
        if (priority < d->priority)
                d->priority = priority;
        if (!*severity)
                return 0;
        if (!d->severities[kind])
                d->severities[kind] = json_object();
        return json_object_set_new(d->severities[kind], severity, json_integer((json_int_t)n)) < 0
                       ? -ENOMEM
                       : 0;
}

static json_t *digest_fields(const struct digest *d)
{
        json_t *kinds = json_array();
        char count[24];

        for (size_t i = 0; i < EVENT_KIND_MAX; i++)
                if (d->by_kind[i] > 0)
                        (void)json_array_append_new(
                                kinds, json_pack("{s:I, s:I, s:O?}", "kind", (json_int_t)i, "n",
                                                 (json_int_t)d->by_kind[i], "severities",
                                                 d->severities[i]));
        (void)snprintf(count, sizeof(count), "%" PRIu64, d->n);
        return json_pack("{s:s, s:i, s:o}", "count", count, "priority", d->priority, "kinds",
                         kinds);
}

static int tell(struct store *store, const struct digest *d, enum language language,
                uint64_t told_by_kind[EVENT_KIND_MAX], struct error *err)
{
        json_auto_t *fields = digest_fields(d);
        struct alert a;
        int r = fields ? alert_build(&a, ALERT_DIGEST, fields, language) : -ENOMEM;

        if (r < 0)
                return error_set(err, r, "alert: %s", strerror(-r));
        r = alert_send(&a, err);
        alert_done(&a);
        for (int i = 0; i < EVENT_KIND_MAX && r >= 0; i++) {
                if (d->by_kind[i] == 0)
                        continue;
                told_by_kind[i] += d->by_kind[i];
                r = store_outbox_sent_kind(store, (enum event_kind)i, err);
        }
        return r;
}

int digest_drain(struct store *store, enum language language, uint64_t above,
                 uint64_t told_by_kind[EVENT_KIND_MAX], struct error *err)
{
        _cleanup_(digest_done) struct digest d = { .priority = INT32_MAX };
        int r = store_outbox_pending(store, on_pending, &d, err);

        if (r < 0 || d.n <= above)
                return r < 0 ? r : 0;
        r = tell(store, &d, language, told_by_kind, err);
        return r < 0 ? r : (int)(d.n < INT32_MAX ? d.n : INT32_MAX);
}
