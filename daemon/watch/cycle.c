#include "daemon/watch/cycle.h"

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/watch/verdicts.h"
#include "daemon/watch/view.h"

#include <errno.h>
#include <string.h>

struct cycle {
        struct cycle_request request;
        char *account;

        /* in flight */
        enum cycle_phase phase;
        struct scan *scan;
        struct store_scan *record;
        struct view *view;
        struct verdicts *verdicts;
        sd_event_source *turn; /* judges the next place, or reports the end */
        size_t next_place;

        /* result */
        bool cancelled, unjudged, cut, scan_complete;
        uint64_t n_troubles;
        struct error error;
};

static void cycle_fail(struct cycle *c, int code, const struct error *err)
{
        (void)error_set(&c->error, code, "%s", err->text[0] ? err->text : strerror(-code));
}

static void cycle_report(struct cycle *c, const struct scan_progress *scan)
{
        const struct cycle_progress progress = {
                .phase = c->phase,
                .scan = scan,
                .places_judged = c->next_place,
                .places = c->verdicts ? verdicts_n_places(c->verdicts) : 0,
        };

        if (c->request.on_progress)
                c->request.on_progress(c->request.user, &progress);
}

/* ---- what the scan says -----------------------------------------------------------------------
 */

static void cycle_on_progress(void *user, const struct scan_progress *progress)
{
        cycle_report(user, progress);
}

static enum coverage_state state_of_trouble(int code)
{
        switch (code) {
        case -EACCES:
                return COVERAGE_EXPIRED;
        case -EPERM:
                return COVERAGE_DENIED;
        default:
                return COVERAGE_FAILED;
        }
}

static void cycle_on_trouble(void *user, const struct scan_trouble *trouble)
{
        struct cycle *c = user;
        const struct store_trouble t = { .provider = trouble->provider,
                                         .account = trouble->account,
                                         .scope = trouble->scope,
                                         .state = state_of_trouble(trouble->code),
                                         .cause = trouble->text,
                                         .asked_usec = trouble->asked_usec };
        struct error err = { 0 };
        int r;

        c->n_troubles++;
        r = store_scan_trouble(c->record, &t, &err);
        if (r < 0)
                cycle_fail(c, r, &err);
        if (c->request.on_trouble)
                c->request.on_trouble(c->request.user, trouble);
}

static void cycle_on_credentials(void *user, const char *provider, const char *account,
                                 uint64_t expires_usec)
{
        struct cycle *c = user;

        if (c->request.on_credentials)
                c->request.on_credentials(c->request.user, provider, account, expires_usec);
}

static void cycle_on_asked(void *user, const struct asked_call *call)
{
        struct cycle *c = user;

        if (c->request.on_asked)
                c->request.on_asked(c->request.user, call);
}

static void cycle_on_scan_done(void *user, bool complete)
{
        struct cycle *c = user;

        c->scan_complete = complete;
        c->cut = !complete && !c->cancelled && c->error.code == 0;
        (void)sd_event_source_set_enabled(c->turn, SD_EVENT_ON);
}

/* ---- the end of collecting, judging, the end ---------------------------------------------------
 */

/* Ends the collection and lists what is to be judged. */
static int cycle_collected(struct cycle *c, struct error *err)
{
        const struct setup *setup = c->request.setup;
        uint64_t now_usec = clock_realtime_usec();
        const struct verdicts_request request = {
                .judge = setup->judge,
                .store = c->request.store,
                .record = c->record,
                .config = setup->config,
                .account = c->account,
                .date_usec = now_usec,
        };
        int r;

        cycle_report(c, scan_progress(c->scan));
        c->scan = scan_free(c->scan);
        r = store_scan_collected(c->record, c->scan_complete, now_usec, err);
        if (r < 0)
                return r;
        r = view_new(&c->view, c->request.store, setup->config, err);
        if (r < 0)
                return r;
        return verdicts_new(&c->verdicts, &request, view_judge(c->view), err);
}

static int cycle_judge_next(struct cycle *c, struct error *err)
{
        int r = verdicts_judge_place(c->verdicts, c->next_place, err);

        if (r < 0)
                return r;
        c->next_place++;
        cycle_report(c, NULL);
        return view_error(c->view, err);
}

static void cycle_close(struct cycle *c)
{
        struct error err = { 0 };
        int r;

        c->verdicts = verdicts_free(c->verdicts);
        c->view = view_free(c->view);
        if (!c->record)
                return;
        r = store_scan_end(TAKE_PTR(c->record), clock_realtime_usec(), &err);
        if (r < 0)
                cycle_fail(c, r, &err);
        else if (store_prune(c->request.store, STORE_KEEP_USEC, clock_realtime_usec(), &err) < 0)
                log_warning("what is over could not be forgotten: %s", err.text);
}

static void cycle_finish(struct cycle *c)
{
        struct cycle_result result;

        c->phase = CYCLE_DONE;
        (void)sd_event_source_set_enabled(c->turn, SD_EVENT_OFF);
        cycle_close(c);
        result = (struct cycle_result){
                .code = c->error.code,
                .text = c->error.text,
                .complete = c->scan_complete && c->n_troubles == 0 && c->error.code == 0,
                .cancelled = c->cancelled,
                .cut = c->cut,
                .n_troubles = c->n_troubles,
        };
        c->request.on_done(c->request.user, &result); /* may free c */
}

/* One turn: the end of collecting, or one place, or the end. */
static int cycle_on_turn(sd_event_source *source, void *user)
{
        struct cycle *c = user;
        struct error err = { 0 };
        int r = 0;

        if (c->phase == CYCLE_SCANNING) {
                r = cycle_collected(c, &err);
                c->phase = CYCLE_JUDGING;
        } else if (c->error.code == 0 && !c->unjudged &&
                   c->next_place < verdicts_n_places(c->verdicts)) {
                r = cycle_judge_next(c, &err);
        } else {
                cycle_finish(c);
                return 0;
        }
        if (r < 0) {
                cycle_fail(c, r, &err);
                cycle_finish(c);
        }
        return 0;
}

/* ---- life -------------------------------------------------------------------------------------
 */

static int cycle_begin_record(struct cycle *c, struct error *err)
{
        _cleanup_(freep) const char **names = config_account_names(c->request.setup->config);
        const char *const one[] = { c->account, NULL };

        const struct damping *damping = &c->request.setup->config->flapping;

        if (!names)
                return error_oom(err);
        store_damp(c->request.store, damping->changes, damping->within_usec);
        return store_scan_begin(&c->record, c->request.store, c->account ? one : names,
                                clock_realtime_usec(), err);
}

static int cycle_start_scan(struct cycle *c, struct error *err)
{
        const struct scan_request request = {
                .event = c->request.event,
                .config = c->request.setup->config,
                .catalogue = c->request.setup->catalogue,
                .sink = store_scan_sink(c->record),
                .account = c->account,
                .fresh = c->request.fresh,
                .spare_denied = c->request.spare_denied,
                .on_progress = cycle_on_progress,
                .on_trouble = cycle_on_trouble,
                .on_credentials = cycle_on_credentials,
                .on_asked = cycle_on_asked,
                .on_done = cycle_on_scan_done,
                .user = c,
        };

        return scan_new(&c->scan, &request, err);
}

int cycle_new(struct cycle **ret, const struct cycle_request *request, struct error *err)
{
        _cleanup_(cycle_freep) struct cycle *c = calloc(1, sizeof(*c));
        int r;

        if (!c)
                return error_oom(err);
        c->request = *request;
        c->account = request->account ? strdup(request->account) : NULL;
        if (request->account && !c->account)
                return error_oom(err);
        r = sd_event_add_defer(request->event, &c->turn, cycle_on_turn, c);
        if (r < 0)
                return error_set(err, r, "event loop: %s", strerror(-r));
        (void)sd_event_source_set_description(c->turn, "cycle-turn");
        (void)sd_event_source_set_priority(c->turn, SD_EVENT_PRIORITY_IDLE);
        (void)sd_event_source_set_enabled(c->turn, SD_EVENT_OFF);
        r = cycle_begin_record(c, err);
        if (r < 0)
                return r;
        r = cycle_start_scan(c, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(c);
        return 0;
}

void cycle_cancel(struct cycle *c, const char *why, bool judge)
{
        c->cancelled = true;
        c->unjudged = !judge;
        if (c->phase == CYCLE_SCANNING && c->scan)
                scan_cancel(c->scan, why);
        else if (c->phase == CYCLE_JUDGING) /* findings not reached stay as they were */
                (void)error_set(&c->error, -ECANCELED, "%s while judging", why);
}

struct cycle *cycle_free(struct cycle *c)
{
        struct error err = { 0 };

        if (!c)
                return NULL;
        sd_event_source_disable_unref(c->turn);
        c->scan = scan_free(c->scan);
        if (c->record && c->phase == CYCLE_SCANNING)
                (void)store_scan_collected(c->record, false, clock_realtime_usec(), &err);
        cycle_close(c);
        free(c->account);
        free(c);
        return NULL;
}
