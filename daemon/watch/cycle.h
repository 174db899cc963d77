/* One cycle: scan, record, judge, record. The only place that joins engine, judge and store.
 *
 * It lives in the event loop. Judging goes place by place, one per turn of the loop, so that
 * signals, timers and the watchdog are served in between; resources are streamed from the store and
 * never held together. A cycle that is cancelled still records and judges what was read; nothing is
 * taken for gone by it. */
#pragma once

#include "daemon/engine/scan.h"
#include "daemon/store/store.h"
#include "daemon/watch/setup.h"

#include <systemd/sd-event.h>

struct cycle;

enum cycle_phase { CYCLE_SCANNING, CYCLE_JUDGING, CYCLE_DONE };

struct cycle_progress {
        enum cycle_phase phase;
        const struct scan_progress *scan;
        size_t places_judged, places;
};

struct cycle_result {
        int code; /* 0; negative errno when it could not be carried out */
        const char *text;
        bool complete;  /* not cut short, no account in trouble */
        bool cancelled; /* somebody asked to stop */
        bool cut;       /* it took longer than it may */
        uint64_t n_troubles;
};

struct cycle_request {
        sd_event *event;
        const struct setup *setup;
        struct store *store;
        const char *account; /* only this entry; NULL: all */
        bool fresh;          /* ask all details again */
        bool spare_denied;   /* nobody asked for it: what was refused waits until it is due */
        void (*on_progress)(void *user, const struct cycle_progress *progress);
        void (*on_trouble)(void *user, const struct scan_trouble *trouble);
        void (*on_credentials)(void *user, const char *provider, const char *account,
                               uint64_t expires_usec);
        void (*on_asked)(void *user, const struct asked_call *call);
        /* Once, never from within cycle_new(); the cycle may be freed in it. */
        void (*on_done)(void *user, const struct cycle_result *result);
        void *user; /* the callbacks before on_done may be NULL */
};

/* Starts. What the request points to is borrowed until the cycle is freed. */
int cycle_new(struct cycle **ret, const struct cycle_request *request, struct error *err);
/* judge: what was read is judged, what was not is told as unknown. Without it the verdicts stay as
 * they were: who ends the daemon has not lost sight of anything. */
void cycle_cancel(struct cycle *c, const char *why, bool judge);
/* A cycle that is not done is recorded as incomplete, without on_done. */
struct cycle *cycle_free(struct cycle *c);
DEFINE_CLEANUP(struct cycle *, cycle_free);

/* Runs one cycle in a loop of its own until it is done; SIGINT and SIGTERM cancel it, a second one
 * of them ends the program as usual. event, setup, store, account and the callbacks but on_done are
 * taken from request; event is ignored. */
int cycle_run(const struct cycle_request *request, struct cycle_result *ret, struct error *err);
