#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/memory.h"
#include "daemon/watch/alert.h"
#include "daemon/watch/digest.h"
#include "daemon/watch/watch.h"

#include <systemd/sd-daemon.h>

enum {
        DRAIN_BATCH = 200, /* entries a turn of the loop */
        RETRY_USEC = 30 * 1000000,
        REST_LEAST_USEC = 10 * 1000000, /* who scans again sooner keeps what it needs for it */
};

/* Credentials that live for hours are renewed on the way; of the others people must hear in time.
 */
#define EXPIRY_SHORT_USEC (2 * USEC_PER_DAY)
#define EXPIRY_SOON_USEC (14 * USEC_PER_DAY)

/* A scan, and telling of it, need far more memory than the wait for the next one. */
static void watch_rest(struct watch *w)
{
        const uint64_t soon_usec = clock_boottime_usec() + REST_LEAST_USEC;

        if (schedule_wake_usec(&w->schedule) > soon_usec)
                setup_rest(w->setup);
        store_rest(w->store);
        memory_rest();
}

/* How many were told, or a negative errno. */
static int drain(struct watch *w, struct error *err)
{
        uint64_t by_kind[EVENT_KIND_MAX] = { 0 };
        int sent = digest_drain(w->store, w->language, w->setup->config->alerts.digest_above,
                                by_kind, err);

        if (sent >= 0)
                sent = alert_drain(w->store, w->language, DRAIN_BATCH, by_kind, err);
        w->counters.drift[DRIFT_ADDED] += by_kind[EVENT_RESOURCE_APPEARED];
        w->counters.drift[DRIFT_REMOVED] += by_kind[EVENT_RESOURCE_GONE];
        w->counters.drift[DRIFT_CHANGED] += by_kind[EVENT_RESOURCE_CHANGED];
        return sent;
}

/* The outbox is read between scans only: a scan writes to the same store. */
int watch_on_outbox(sd_event_source *source, uint64_t time_usec, void *user)
{
        struct watch *w = user;
        struct error err = { 0 };
        int sent;

        if (w->cycle)
                return 0;
        sent = drain(w, &err);
        if (sent < 0 && !w->untold)
                log_warning("alerts are kept, to be sent later: %s", err.text);
        if (sent >= 0 && w->untold)
                log_info("alerts can be sent again");
        w->untold = sent < 0;
        if (w->untold)
                watch_set_timer(source, clock_boottime_usec() + RETRY_USEC, RETRY_USEC / 10);
        else if (sent == DRAIN_BATCH)
                watch_set_timer(source, clock_boottime_usec(), 1);
        if (w->webhook) /* whatever the journal does */
                webhook_wake(w->webhook);
        if (sent != DRAIN_BATCH)
                watch_rest(w);
        return 0;
}

static bool is_busy(void *user)
{
        const struct watch *w = user;

        return w->cycle;
}

void watch_open_webhook(struct watch *w)
{
        const struct webhook_options options = {
                .event = w->event,
                .store = w->store,
                .config = &w->setup->config->alerts.webhook,
                .language = w->language,
                .is_busy = is_busy,
                .user = w,
        };
        struct error err = { 0 };

        w->webhook = webhook_free(w->webhook);
        if (webhook_new(&w->webhook, &options, &err) < 0)
                log_error("no webhook: %s", err.text);
        watch_set_timer(w->outbox, clock_boottime_usec(), 1); /* what is to be sent already */
}

void watch_tell(struct watch *w, int kind, const json_t *fields)
{
        struct error err = { 0 };
        struct alert alert;

        if (!fields || alert_build(&alert, kind, fields, w->language) < 0)
                return;
        if (alert_send(&alert, &err) < 0) /* standard error is what is left */
                log_message(alert_priority(kind, fields), "%s", alert_field(&alert, "MESSAGE"));
        alert_done(&alert);
}

void watch_status_text(const char *text)
{
        (void)sd_notifyf(0, "STATUS=%s", text);
}

/* ---- credentials -------------------------------------------------------------------------------
 */

void watch_on_credentials(void *user, const char *provider, const char *account,
                          uint64_t expires_usec)
{
        struct watch *w = user;
        json_t *expiry = json_object_get(w->expiries, account);

        if (!expiry) {
                expiry = json_pack("{s:s, s:I}", "provider", provider, "told_usec", (json_int_t)0);
                if (!expiry || json_object_set_new(w->expiries, account, expiry) < 0)
                        return;
        }
        (void)json_object_set_new(expiry, "expires_usec", json_integer((json_int_t)expires_usec));
        /* once long, long until it is over: a day before that it is no token that is renewed */
        if (expires_usec > clock_realtime_usec() + EXPIRY_SHORT_USEC)
                (void)json_object_set_new(expiry, "long", json_true());
}

static void tell_expiry(struct watch *w, const char *account, json_t *expiry)
{
        json_int_t expires = json_integer_value(json_object_get(expiry, "expires_usec"));
        json_int_t told = json_integer_value(json_object_get(expiry, "told_usec"));
        uint64_t expires_usec = (uint64_t)expires, now_usec = clock_realtime_usec();
        json_auto_t *fields = NULL;
        struct error err = { 0 };
        char text[CLOCK_TEXT_MAX];

        if (expires == told || expires_usec < now_usec + EXPIRY_SHORT_USEC ||
            expires_usec > now_usec + EXPIRY_SOON_USEC)
                return;
        fields = json_pack("{s:O, s:s, s:s}", "provider", json_object_get(expiry, "provider"),
                           "account", account, "cause", clock_format_rfc3339(expires_usec, text));
        if (!fields ||
            store_outbox_add(w->store, EVENT_CREDENTIALS_EXPIRING, fields, now_usec, &err) < 0)
                return; /* asked again after the next scan */
        (void)json_object_set_new(expiry, "told_usec", json_integer(expires));
}

void watch_tell_expiries(struct watch *w)
{
        const char *account;
        json_t *expiry;

        json_object_foreach(w->expiries, account, expiry) tell_expiry(w, account, expiry);
}
