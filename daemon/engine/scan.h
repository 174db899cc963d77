/* One scan: every account, scope, region and collector asked once, what is found streamed into a
 * sink.
 *
 * Nothing here knows rules or the store. Memory is bounded by what is in flight, not by what
 * exists. */
#pragma once

#include "daemon/model/asked.h"
#include "daemon/model/call.h"
#include "daemon/model/config.h"
#include "daemon/model/sink.h"

#include <systemd/sd-event.h>

struct scan;

struct scan_progress {
        uint64_t passes_done,
                passes_total; /* total grows while scopes and regions are discovered */
        uint64_t calls, retries, throttled, denied, bytes;
        uint64_t resources;
        uint64_t in_flight;
};

/* Why an account could not be asked at all, or not to the end. */
struct scan_trouble {
        const char *account, *provider;
        const char *scope; /* NULL: the whole account */
        int code;          /* negative errno */
        const char *text;
        uint64_t asked_usec; /* realtime: it was refused then, and not tried again now; or 0 */
};

struct scan_request {
        sd_event *event;
        const struct config *config;
        const struct catalogue *catalogue;
        const struct sink *sink;
        const char *account; /* only this entry; NULL: all */
        bool fresh;          /* ask all details again, whatever is known */
        bool spare_denied;   /* what was refused before is asked again only when it is due */
        void (*on_progress)(void *user, const struct scan_progress *progress); /* may be NULL */
        void (*on_trouble)(void *user, const struct scan_trouble *trouble);    /* may be NULL */
        void (*on_credentials)(void *user, const char *provider, const char *account,
                               uint64_t expires_usec);               /* may be NULL */
        void (*on_asked)(void *user, const struct asked_call *call); /* may be NULL */
        void (*on_done)(void *user, bool complete); /* once; the scan may be freed in it */
        void *user;
};

/* Starts; everything happens in the event loop. The request is copied, what it points to is
 * borrowed. */
int scan_new(struct scan **ret, const struct scan_request *request, struct error *err);
/* Ends what is in flight; every pass that was begun is ended as skipped. on_done follows with
 * complete = false. */
void scan_cancel(struct scan *s, const char *why);
const struct scan_progress *scan_progress(const struct scan *s);
struct scan *scan_free(struct scan *s); /* without on_done */
DEFINE_CLEANUP(struct scan *, scan_free);
