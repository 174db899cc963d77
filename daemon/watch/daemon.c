#include "daemon/watch/daemon.h"

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/watch/alert.h"
#include "daemon/watch/config.h"
#include "daemon/watch/watch.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <systemd/sd-daemon.h>

/* How long beginning (a new format of what is remembered) and ending may take, told to systemd
 * before they do. */
#define EXTEND_USEC (5 * USEC_PER_MINUTE)

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

/* Every account is due at once, since what is watched may have changed, and what was refused is
 * asked again. */
int watch_use(struct watch *w, struct setup *setup)
{
        struct setup *before = w->setup;
        struct error err = { 0 };
        int r;

        w->setup = setup;
        r = watch_plan_scans(w, false);
        if (r < 0) {
                w->setup = before;
                setup_free(setup);
                return r;
        }
        if (w->monitor || setup->config->metrics.listen)
                watch_open_monitor(w);
        watch_open_webhook(w); /* before what it borrows goes */
        setup_free(before);
        tell_old_rows(setup);
        if (store_forget_denials(w->store, &err) < 0)
                log_warning("what was refused before is asked when it is due: %s", err.text);
        return 0;
}

static void tell_refused(struct watch *w, const struct error *err)
{
        json_auto_t *fields = json_pack("{s:s}", "cause", err->text);

        watch_tell(w, ALERT_CONFIG_REFUSED, fields);
}

static int watch_on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *user)
{
        struct watch *w = user;
        struct setup *setup = NULL;
        struct error err = { 0 };
        int r;

        (void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
                         (unsigned long long)watch_awake_usec(w));
        r = setup_load_long(&setup, w->config_path, &err);
        if (r < 0) {
                tell_refused(w, &err);
        } else if (w->cycle) {
                setup_free(w->next_setup);
                w->next_setup = setup;
                log_info("new configuration read; it takes over after the scan that is running");
        } else if (watch_use(w, setup) >= 0) {
                log_info("new configuration in force");
                watch_set_timer(w->due, clock_boottime_usec(), 1);
        }
        (void)sd_notify(0, "READY=1");
        return 0;
}

static int watch_on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *user)
{
        struct watch *w = user;

        w->stopping = true;
        (void)sd_notifyf(0, "STOPPING=1\nSTATUS=%s\nEXTEND_TIMEOUT_USEC=%llu", _("Ending"),
                         (unsigned long long)EXTEND_USEC);
        if (w->cycle)
                cycle_cancel(w->cycle, "stopped", false);
        else
                (void)sd_event_exit(w->event, 0);
        return 0;
}

/* ---- life ---------------------------------------------------------------------------------------
 */

static int add_timer(struct watch *w, sd_event_source **ret, clockid_t clock,
                     sd_event_time_handler_t handler, const char *name)
{
        int r = sd_event_add_time(w->event, ret, clock, 0, 1, handler, w);

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

        (void)signal(SIGXFSZ, SIG_IGN); /* LimitFSIZE= is an error to tell, as a full disk is */
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
                r = add_timer(w, &w->due, CLOCK_BOOTTIME, watch_on_due, "scan-due");
        if (r >= 0)
                r = add_timer(w, &w->outbox, CLOCK_BOOTTIME, watch_on_outbox, "outbox");
        if (r >= 0) /* before a scan that is due at the same time */
                r = sd_event_source_set_priority(w->outbox, SD_EVENT_PRIORITY_IMPORTANT);
        if (r >= 0)
                r = add_timer(w, &w->overdue, CLOCK_MONOTONIC, watch_on_overdue, "scan-overdue");
        if (r >= 0)
                r = sd_event_set_watchdog(w->event, true);
        if (r >= 0)
                r = watch_plan_scans(w, true);
        return r < 0 ? error_set(err, r, "event loop: %s", strerror(-r)) : 0;
}

static bool has_account(void *user, const char *account)
{
        const struct watch *w = user;

        return config_account(w->setup->config, account);
}

static void on_asked(void *user)
{
        struct watch *w = user;

        watch_set_timer(w->due, clock_boottime_usec(), 1);
}

/* What it is for is asking; the watch is kept without it. */
static void open_control(struct watch *w)
{
        static const struct control_calls calls = {
                .has_account = has_account,
                .status = watch_status,
                .on_asked = on_asked,
        };
        struct error err = { 0 };

        if (control_new(&w->control, w->event, w->state_dir, &calls, w, &err) < 0)
                log_warning("no control socket, vigie scan --daemon will not work: %s", err.text);
}

static void watch_done(struct watch *w)
{
        w->control = control_free(w->control);
        w->monitor = monitor_free(w->monitor);
        w->webhook = webhook_free(w->webhook);
        counters_done(&w->counters);
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

static int watch_open(struct watch *w, struct error *err)
{
        int r;

        w->expiries = json_object();
        if (!w->expiries)
                return error_oom(err);
        r = setup_load_long(&w->setup, w->config_path, err);
        if (r < 0)
                return r;
        (void)sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%llu", (unsigned long long)EXTEND_USEC);
        r = store_open(&w->store, w->state_dir, false, err);
        return r < 0 ? r : watch_prepare(w, err);
}

static int watch_run(struct watch *w, struct error *err)
{
        int r = watch_open(w, err);

        if (r < 0)
                return r;
        open_control(w);
        watch_open_monitor(w);
        watch_open_webhook(w);
        tell_old_rows(w->setup);
        (void)sd_notify(0, "READY=1"); /* that the network is there is not waited for */
        /* what an earlier run could not tell goes first */
        watch_set_timer(w->outbox, clock_boottime_usec(), 1);
        watch_set_timer(w->due, clock_boottime_usec(), 1);
        r = sd_event_loop(w->event);
        return r < 0 ? error_set(err, r, "event loop: %s", strerror(-r)) : 0;
}

int daemon_run(const char *config_path, const char *state_dir, struct error *err)
{
        struct watch w = {
                .config_path = config_path,
                .state_dir = state_dir,
                .language = language_current(),
        };
        int r = watch_run(&w, err);

        watch_done(&w);
        return r;
}
