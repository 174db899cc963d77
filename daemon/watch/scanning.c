#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/version.h"
#include "daemon/watch/alert.h"
#include "daemon/watch/config.h"
#include "daemon/watch/watch.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <systemd/sd-id128.h>

/* Of vigie: what it makes of the machine's id tells nobody that id. */
#define SEED_ID SD_ID128_MAKE(a3, 4b, 41, 2c, 7d, 2e, 4f, 5b, 9a, 31, 6f, 0d, 44, 8c, 52, e9)

/* ---- when --------------------------------------------------------------------------------------
 */

uint64_t watch_awake_usec(const struct watch *w)
{
        uint64_t usec = 0;

        (void)sd_event_now(w->event, CLOCK_MONOTONIC, &usec);
        return usec;
}

int watch_plan_scans(struct watch *w, bool spread)
{
        char seed[SD_ID128_STRING_MAX] = "";
        sd_id128_t id;

        /* without an id of the machine the accounts are at least apart from each other */
        if (sd_id128_get_machine_app_specific(SEED_ID, &id) >= 0)
                (void)sd_id128_to_string(id, seed);
        return schedule_init(&w->schedule, w->setup->config, clock_boottime_usec(),
                             watch_awake_usec(w), spread ? seed : NULL);
}

static uint64_t accuracy_usec(const struct watch *w)
{
        uint64_t tenth = w->setup->config->interval_usec / 10;

        return tenth < USEC_PER_MINUTE ? tenth : USEC_PER_MINUTE;
}

static uint64_t next_scan_usec(const struct watch *w)
{
        uint64_t wake_usec = schedule_wake_usec(&w->schedule), now_usec = clock_boottime_usec();

        return clock_realtime_usec() + (wake_usec > now_usec ? wake_usec - now_usec : 0);
}

static void watch_sleep(struct watch *w)
{
        uint64_t overdue_usec = schedule_overdue_usec(&w->schedule, w->setup->config);
        char text[CLOCK_TEXT_MAX], status[512];
        int n;

        watch_set_timer(w->due, schedule_wake_usec(&w->schedule), accuracy_usec(w));
        if (overdue_usec != UINT64_MAX)
                watch_set_timer(w->overdue, overdue_usec, accuracy_usec(w));
        n = snprintf(status, sizeof(status), _("Idle, next scan at %s"),
                     clock_format_rfc3339(next_scan_usec(w), text));
        if (w->last.text[0] && n > 0 && (size_t)n < sizeof(status))
                (void)snprintf(status + n, sizeof(status) - (size_t)n, "; %s", w->last.text);
        watch_status_text(status);
}

/* ---- what came of it ---------------------------------------------------------------------------
 */

static uint64_t unsettled(const struct store_summary *s, enum severity least)
{
        uint64_t n = 0;

        for (int severity = 0; severity < SEVERITY_MAX; severity++)
                if (severity >= (int)least)
                        n += s->findings[VERDICT_FAIL][severity] +
                             s->findings[VERDICT_UNKNOWN][severity];
        return n;
}

static void remember_last(struct watch *w, const struct cycle_result *result,
                          const struct store_summary *s)
{
        char time[CLOCK_TEXT_MAX];

        w->last = (struct last_cycle){
                .finished_usec = clock_realtime_usec(),
                .code = result->code,
                .complete = result->complete,
        };
        (void)clock_format_rfc3339(w->last.finished_usec, time);
        if (result->code < 0)
                (void)snprintf(w->last.text, sizeof(w->last.text), _("last scan failed at %s: %s"),
                               time, result->text);
        else
                (void)snprintf(w->last.text, sizeof(w->last.text),
                               result->complete ? _("last scan complete at %s, %" PRIu64
                                                    " findings of severity high or above")
                                                : _("last scan incomplete at %s, %" PRIu64
                                                    " findings of severity high or above"),
                               time, unsettled(s, SEVERITY_HIGH));
}

/* For who asked for the scan. */
static json_t *scan_result(const struct watch *w, const struct cycle_result *result,
                           const struct store_summary *s)
{
        json_t *accounts = json_array();

        for (size_t i = 0; i < w->setup->config->n_accounts; i++) {
                const char *name = w->setup->config->accounts[i].name;

                if (!w->account || strcmp(name, w->account) == 0)
                        (void)json_array_append_new(accounts, json_string(name));
        }
        return json_pack("{s:s?, s:o, s:b, s:b, s:s?}", "scan", s->scan_id, "accounts", accounts,
                         "complete", result->complete, "cancelled", result->cancelled, "error",
                         result->code < 0 ? result->text : NULL);
}

static void say_how_it_ended(const struct cycle_result *result)
{
        if (result->code < 0)
                log_error("the scan could not be carried out: %s", result->text);
        else if (result->cut)
                log_warning(
                        "the scan took longer than limits.scan_timeout and was cut short: it is "
                        "recorded as incomplete; what was not reached is as the scan before "
                        "left it");
}

enum { UNANSWERED_SOONER = 5 };

/* Nobody answered: there is no network, or not yet, as after a boot. That is tried again soon; a
 * few times, since a proxy that is wrong looks the same. */
static void try_sooner(struct watch *w, const struct cycle_result *result)
{
        bool none_asked = w->spared && !w->tried; /* all that there is was refused before */

        if (w->answered || none_asked || result->code < 0 || result->cancelled) {
                w->unanswered = 0;
                return;
        }
        if (w->unanswered++ == 0)
                log_warning(
                        "no provider answered: nothing could be read in this scan, and nothing is "
                        "taken for gone; is the network there? vigie coverage has the causes");
        if (w->unanswered <= UNANSWERED_SOONER)
                schedule_sooner(&w->schedule, w->setup->config, w->account,
                                clock_boottime_usec() + USEC_PER_MINUTE);
}

static void watch_on_cycle_done(void *user, const struct cycle_result *result)
{
        struct watch *w = user;
        struct cycle_result copy = *result;
        _cleanup_(freep) char *text = strdup(result->text ? result->text : "");
        struct store_summary summary = { 0 };
        json_auto_t *told = NULL;
        struct error err = { 0 };

        copy.text = text ? text : "";
        say_how_it_ended(&copy);
        w->cycle = cycle_free(w->cycle);
        schedule_scanned(&w->schedule, w->setup->config, w->account, w->cycle_started_usec,
                         copy.code < 0 ? 0 : watch_awake_usec(w));
        try_sooner(w, &copy);
        if (store_summarise(w->store, &summary, &err) < 0)
                log_error("%s", err.text);
        remember_last(w, &copy, &summary);
        watch_count_cycle(w, &copy);
        watch_refresh_monitor(w);
        told = scan_result(w, &copy, &summary);
        if (w->control)
                control_end(w->control, told);
        if (w->stopping) {
                (void)sd_event_exit(w->event, 0);
                return;
        }
        if (w->next_setup)
                (void)watch_use(w, TAKE_PTR(w->next_setup));
        watch_tell_expiries(w);
        watch_set_timer(w->outbox, clock_boottime_usec(), 1);
        watch_sleep(w);
        if (w->control && control_next(w->control, &(const char *){ NULL }))
                watch_set_timer(w->due, clock_boottime_usec(), 1);
}

/* ---- beginning ---------------------------------------------------------------------------------
 */

static void watch_on_trouble(void *user, const struct scan_trouble *trouble)
{
        struct watch *w = user;

        w->answered = w->answered || trouble->code == -EACCES || trouble->code == -EPERM;
        log_warning("%s / %s%s%s: %s", trouble->provider, trouble->account,
                    trouble->scope ? " / " : "", trouble->scope ? trouble->scope : "",
                    trouble->text);
}

static void start_cycle(struct watch *w, const char *account, bool asked)
{
        const struct cycle_request request = {
                .event = w->event,
                .setup = w->setup,
                .store = w->store,
                .account = account,
                .spare_denied = !asked,
                .on_trouble = watch_on_trouble,
                .on_credentials = watch_on_credentials,
                .on_asked = watch_on_asked,
                .on_done = watch_on_cycle_done,
                .user = w,
        };
        struct error err = { 0 };
        int r;

        w->account = account;
        w->answered = w->tried = w->spared = false;
        w->cycle_started_usec = clock_boottime_usec();
        if (w->control)
                control_begin(w->control, account);
        r = setup_wake(w->setup, &err);
        if (r >= 0)
                r = cycle_new(&w->cycle, &request, &err);
        if (r < 0) {
                const struct cycle_result result = { .code = r, .text = err.text };

                watch_on_cycle_done(w, &result);
                return;
        }
        watch_status_text(_("Scanning"));
}

/* A reload took the account away while somebody waited for it. */
static void refuse_asked(struct watch *w, const char *account)
{
        json_auto_t *result = json_pack("{s:b, s:s}", "complete", 0, "error",
                                        "the account is no longer in the configuration");

        control_begin(w->control, account);
        control_end(w->control, result);
}

/* What somebody asked for goes first. */
static bool asked_for(struct watch *w, const char **ret_account)
{
        while (w->control && control_next(w->control, ret_account)) {
                const char *name = *ret_account;
                const struct account_config *a =
                        name ? config_account(w->setup->config, name) : NULL;

                if (!name || a) {
                        *ret_account = a ? a->name : NULL;
                        return true;
                }
                refuse_asked(w, name);
        }
        return false;
}

int watch_on_due(sd_event_source *source, uint64_t time_usec, void *user)
{
        struct watch *w = user;
        const char *account = NULL;

        if (w->cycle || w->stopping)
                return 0;
        if (asked_for(w, &account))
                start_cycle(w, account, true);
        else if (schedule_next(&w->schedule, w->setup->config, clock_boottime_usec(), &account) > 0)
                start_cycle(w, account, false);
        else
                watch_sleep(w);
        return 0;
}

/* Scans never overlap: one that takes too long delays the next, and is told. */
int watch_on_overdue(sd_event_source *source, uint64_t time_usec, void *user)
{
        struct watch *w = user;
        uint64_t next_usec;
        const char *account;

        while ((account = schedule_overdue(&w->schedule, w->setup->config, watch_awake_usec(w)))) {
                const struct account_config *a = config_account(w->setup->config, account);
                json_auto_t *fields =
                        json_pack("{s:s, s:s}", "provider", a->provider_name, "account", account);
                struct error err = { 0 };

                /* the outbox is told from between scans only, which may be long from now */
                if (w->cycle || !fields ||
                    store_outbox_add(w->store, EVENT_SCAN_OVERDUE, fields, clock_realtime_usec(),
                                     &err) < 0)
                        watch_tell(w, EVENT_SCAN_OVERDUE, fields);
                else
                        watch_set_timer(w->outbox, clock_boottime_usec(), 1);
        }
        next_usec = schedule_overdue_usec(&w->schedule, w->setup->config);
        if (next_usec != UINT64_MAX)
                watch_set_timer(source, next_usec, accuracy_usec(w));
        return 0;
}

/* ---- for who asks ------------------------------------------------------------------------------
 */

json_t *watch_status(void *user)
{
        const struct watch *w = user;
        char next[CLOCK_TEXT_MAX], last[CLOCK_TEXT_MAX];
        json_t *finished = NULL;

        if (w->last.finished_usec)
                finished = json_pack("{s:s, s:b, s:s}", "finished",
                                     clock_format_rfc3339(w->last.finished_usec, last), "complete",
                                     w->last.complete, "text", w->last.text);
        return json_pack("{s:s, s:i, s:s, s:s, s:s?, s:o?}", "vigie", VIGIE_VERSION, "pid",
                         (int)getpid(), "state", w->cycle ? "scanning" : "idle", "next",
                         clock_format_rfc3339(next_scan_usec(w), next), "account",
                         w->cycle ? w->account : NULL, "last", finished);
}
