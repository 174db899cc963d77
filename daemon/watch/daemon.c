#include "daemon/watch/daemon.h"

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/report/language.h"
#include "daemon/watch/alert.h"
#include "daemon/watch/cycle.h"
#include "daemon/watch/schedule.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <systemd/sd-daemon.h>

struct watch {
        /* in force */
        const char *config_path;
        struct setup *setup;
        struct setup *next_setup; /* read by a reload while a cycle was running */
        struct store *store;
        enum language language;

        /* loop */
        sd_event *event;
        sd_event_source *due;    /* the next scan */
        sd_event_source *outbox; /* the next attempt to tell */
        bool untold;             /* the last attempt failed, and this was said */
        sd_event_source *overdue;
        struct schedule schedule;

        /* the cycle in flight */
        struct cycle *cycle;
        const char *account; /* what it scans; of setup's configuration */
        uint64_t cycle_started_usec;
        bool stopping;

        json_t *expiries; /* by account: {"provider","expires_usec","told_usec"} */
};

enum {
        DRAIN_BATCH = 200, /* entries a turn of the loop */
        RETRY_USEC = 30 * 1000000,
};

/* Credentials that live for hours are renewed on the way; of the others people must hear in time.
 */
#define EXPIRY_SHORT_USEC (2 * USEC_PER_DAY)
#define EXPIRY_SOON_USEC (14 * USEC_PER_DAY)

/* ---- telling -----------------------------------------------------------------------------------
 */

static void set_timer(sd_event_source *source, uint64_t time_usec, uint64_t accuracy_usec)
{
        (void)sd_event_source_set_time_accuracy(source, accuracy_usec ? accuracy_usec : 1);
        (void)sd_event_source_set_time(source, time_usec);
        (void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* The outbox is read between scans only: a scan writes to the same store. */
static int watch_on_outbox(sd_event_source *source, uint64_t time_usec, void *user)
{
        struct watch *w = user;
        struct error err = { 0 };
        int sent;

        if (w->cycle)
                return 0;
        sent = alert_drain(w->store, w->language, DRAIN_BATCH, &err);
        if (sent < 0) {
                if (!w->untold)
                        log_warning("alerts are kept, to be sent later: %s", err.text);
                w->untold = true;
                set_timer(source, clock_boottime_usec() + RETRY_USEC, RETRY_USEC / 10);
                return 0;
        }
        if (w->untold)
                log_info("alerts can be sent again");
        w->untold = false;
        if (sent == DRAIN_BATCH)
                set_timer(source, clock_boottime_usec(), 1);
        return 0;
}

static void watch_tell(struct watch *w, int kind, const char *cause)
{
        json_auto_t *fields = json_pack("{s:s}", "cause", cause);
        struct error err = { 0 };
        struct alert alert;
        int r;

        if (!fields || alert_build(&alert, kind, fields, w->language) < 0)
                return;
        r = alert_send(&alert, &err);
        if (r < 0) /* standard error is what is left */
                log_message(alert_priority(kind, fields), "%s", alert_field(&alert, "MESSAGE"));
        alert_done(&alert);
}

static void notify_status(const struct watch *w, const char *status)
{
        (void)sd_notifyf(0, "STATUS=%s", status);
}

/* ---- scanning ----------------------------------------------------------------------------------
 */

static void watch_on_cycle_done(void *user, const struct cycle_result *result);
static int watch_use(struct watch *w, struct setup *setup);

static void watch_on_trouble(void *user, const struct scan_trouble *trouble)
{
        log_warning("%s / %s%s%s: %s", trouble->provider, trouble->account,
                    trouble->scope ? " / " : "", trouble->scope ? trouble->scope : "",
                    trouble->text);
}

static void watch_on_credentials(void *user, const char *provider, const char *account,
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
}

static void watch_tell_expiry(struct watch *w, const char *account, json_t *expiry)
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

static void watch_tell_expiries(struct watch *w)
{
        const char *account;
        json_t *expiry;

        json_object_foreach(w->expiries, account, expiry) watch_tell_expiry(w, account, expiry);
}

static uint64_t accuracy_usec(const struct watch *w)
{
        uint64_t tenth = w->setup->config->interval_usec / 10;

        return tenth < USEC_PER_MINUTE ? tenth : USEC_PER_MINUTE;
}

static void watch_sleep(struct watch *w)
{
        char text[CLOCK_TEXT_MAX];
        uint64_t wake_usec = schedule_wake_usec(&w->schedule), now_usec = clock_boottime_usec();
        uint64_t ahead_usec = wake_usec > now_usec ? wake_usec - now_usec : 0;
        char status[128];

        set_timer(w->due, wake_usec, accuracy_usec(w));
        (void)snprintf(status, sizeof(status), _("Idle, next scan at %s"),
                       clock_format_rfc3339(clock_realtime_usec() + ahead_usec, text));
        notify_status(w, status);
}

static void watch_start_cycle(struct watch *w, const char *account)
{
        const struct cycle_request request = {
                .event = w->event,
                .setup = w->setup,
                .store = w->store,
                .account = account,
                .on_trouble = watch_on_trouble,
                .on_credentials = watch_on_credentials,
                .on_done = watch_on_cycle_done,
                .user = w,
        };
        struct error err = { 0 };
        int r;

        w->account = account;
        w->cycle_started_usec = clock_boottime_usec();
        r = cycle_new(&w->cycle, &request, &err);
        if (r < 0) {
                log_error("the scan could not be started: %s", err.text);
                schedule_scanned(&w->schedule, w->setup->config, account, w->cycle_started_usec);
                watch_sleep(w);
                return;
        }
        notify_status(w, _("Scanning"));
        set_timer(w->overdue, w->cycle_started_usec + w->setup->config->interval_usec,
                  accuracy_usec(w));
}

static int watch_on_due(sd_event_source *source, uint64_t time_usec, void *user)
{
        struct watch *w = user;
        const char *account;

        if (w->cycle || w->stopping)
                return 0;
        if (schedule_next(&w->schedule, w->setup->config, clock_boottime_usec(), &account) > 0)
                watch_start_cycle(w, account);
        else
                watch_sleep(w);
        return 0;
}

/* Scans never overlap: one that takes longer than its interval delays the next, and is told. */
static int watch_on_overdue(sd_event_source *source, uint64_t time_usec, void *user)
{
        struct watch *w = user;

        if (w->cycle)
                watch_tell(w, EVENT_SCAN_OVERDUE, w->account ? w->account : "");
        return 0;
}

static void watch_on_cycle_done(void *user, const struct cycle_result *result)
{
        struct watch *w = user;

        if (result->code < 0)
                log_error("the scan could not be carried out: %s", result->text);
        w->cycle = cycle_free(w->cycle);
        (void)sd_event_source_set_enabled(w->overdue, SD_EVENT_OFF);
        schedule_scanned(&w->schedule, w->setup->config, w->account, w->cycle_started_usec);
        if (w->stopping) {
                (void)sd_event_exit(w->event, 0);
                return;
        }
        if (w->next_setup)
                (void)watch_use(w, TAKE_PTR(w->next_setup));
        watch_tell_expiries(w);
        /* a scan needs far more memory than the wait for the next one */
        (void)malloc_trim(0);
        set_timer(w->outbox, clock_boottime_usec(), 1);
        watch_sleep(w);
}

/* ---- signals ------------------------------------------------------------------------------------
 */

/* Verdicts that rest on such rows say so; who keeps the data wants to know before. */
static void tell_old_rows(const struct setup *setup)
{
        json_auto_t *rows = judge_old_rows(setup->judge, clock_realtime_usec());

        if (json_array_size(rows) > 0)
                log_info("jurisdictions: %zu rows are older than twelve months; vigie check "
                         "names them",
                         json_array_size(rows));
}

/* Takes setup; every account is due at once, since what is watched may have changed. */
static int watch_use(struct watch *w, struct setup *setup)
{
        int r = schedule_init(&w->schedule, setup->config, clock_boottime_usec());

        if (r < 0) {
                setup_free(setup);
                return r;
        }
        setup_free(w->setup);
        w->setup = setup;
        tell_old_rows(setup);
        return 0;
}

static unsigned long long monotonic_usec(const struct watch *w)
{
        uint64_t usec = 0;

        (void)sd_event_now(w->event, CLOCK_MONOTONIC, &usec);
        return usec;
}

static int watch_on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *user)
{
        struct watch *w = user;
        struct setup *setup = NULL;
        struct error err = { 0 };
        int r;

        (void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu", monotonic_usec(w));
        r = setup_load(&setup, w->config_path, &err);
        if (r < 0) {
                watch_tell(w, ALERT_CONFIG_REFUSED, err.text);
        } else if (w->cycle) {
                setup_free(w->next_setup);
                w->next_setup = setup;
                log_info("new configuration read; it takes over after the scan that is running");
        } else if (watch_use(w, setup) >= 0) {
                log_info("new configuration in force");
                set_timer(w->due, clock_boottime_usec(), 1);
        }
        (void)sd_notify(0, "READY=1");
        return 0;
}

static int watch_on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *user)
{
        struct watch *w = user;

        w->stopping = true;
        (void)sd_notifyf(0, "STOPPING=1\nSTATUS=%s", _("Ending"));
        if (w->cycle)
                cycle_cancel(w->cycle, "stopped");
        else
                (void)sd_event_exit(w->event, 0);
        return 0;
}

/* ---- life ---------------------------------------------------------------------------------------
 */

static int add_timer(struct watch *w, sd_event_source **ret, sd_event_time_handler_t handler,
                     const char *name)
{
        int r = sd_event_add_time(w->event, ret, CLOCK_BOOTTIME, 0, 1, handler, w);

        if (r < 0)
                return r;
        (void)sd_event_source_set_description(*ret, name);
        return sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

static int add_signals(struct watch *w)
{
        static const struct {
                int number;
                sd_event_signal_handler_t handler;
        } signals[] = {
                { SIGHUP, watch_on_reload },
                { SIGTERM, watch_on_stop },
                { SIGINT, watch_on_stop },
        };
        sigset_t mask;
        int r = 0;

        (void)sigemptyset(&mask);
        for (size_t i = 0; i < ELEMENTSOF(signals); i++)
                (void)sigaddset(&mask, signals[i].number);
        if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
                return -errno;
        for (size_t i = 0; i < ELEMENTSOF(signals) && r >= 0; i++)
                r = sd_event_add_signal(w->event, NULL, signals[i].number, signals[i].handler, w);
        return r;
}

static int watch_prepare(struct watch *w, struct error *err)
{
        int r = sd_event_new(&w->event);

        if (r >= 0)
                r = add_signals(w);
        if (r >= 0)
                r = add_timer(w, &w->due, watch_on_due, "scan-due");
        if (r >= 0)
                r = add_timer(w, &w->outbox, watch_on_outbox, "outbox");
        if (r >= 0) /* before a scan that is due at the same time */
                r = sd_event_source_set_priority(w->outbox, SD_EVENT_PRIORITY_IMPORTANT);
        if (r >= 0)
                r = add_timer(w, &w->overdue, watch_on_overdue, "scan-overdue");
        if (r >= 0)
                r = sd_event_set_watchdog(w->event, true);
        if (r >= 0)
                r = schedule_init(&w->schedule, w->setup->config, clock_boottime_usec());
        return r < 0 ? error_set(err, r, "event loop: %s", strerror(-r)) : 0;
}

static void watch_done(struct watch *w)
{
        w->cycle = cycle_free(w->cycle);
        sd_event_source_disable_unref(w->due);
        sd_event_source_disable_unref(w->outbox);
        sd_event_source_disable_unref(w->overdue);
        sd_event_unref(w->event);
        schedule_done(&w->schedule);
        store_close(w->store);
        json_decref(w->expiries);
        setup_free(w->next_setup);
        setup_free(w->setup);
}

static int watch_run(struct watch *w, const char *state_dir, struct error *err)
{
        int r;

        w->expiries = json_object();
        if (!w->expiries)
                return error_oom(err);
        r = setup_load(&w->setup, w->config_path, err);
        if (r < 0)
                return r;
        r = store_open(&w->store, state_dir, false, err);
        if (r < 0)
                return r;
        r = watch_prepare(w, err);
        if (r < 0)
                return r;
        tell_old_rows(w->setup);
        (void)sd_notify(0, "READY=1");
        /* what an earlier run could not tell goes first */
        set_timer(w->outbox, clock_boottime_usec(), 1);
        set_timer(w->due, clock_boottime_usec(), 1);
        r = sd_event_loop(w->event);
        return r < 0 ? error_set(err, r, "event loop: %s", strerror(-r)) : 0;
}

int daemon_run(const char *config_path, const char *state_dir, struct error *err)
{
        struct watch w = { .config_path = config_path, .language = language_current() };
        int r = watch_run(&w, state_dir, err);

        watch_done(&w);
        return r;
}
