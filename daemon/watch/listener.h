/* A small HTTP server on the event loop, for sockets of this machine: metrics, control, report. The
 * only file that knows libmicrohttpd.
 *
 * A request comes as an exchange, which is answered at once or later; whoever is not answered when
 * the listener is freed is told that the daemon ends. Nothing wakes the loop while nobody asks. */
#pragma once

#include "daemon/base/error.h"

#include <stdint.h>
#include <systemd/sd-event.h>

struct exchange;
struct listener;

enum {
        LISTENER_OK = 200,
        LISTENER_NOT_MODIFIED = 304,
        LISTENER_FORBIDDEN = 403,
        LISTENER_NOT_FOUND = 404,
        LISTENER_NOT_ALLOWED = 405,
        LISTENER_FAILED = 500,
        LISTENER_UNAVAILABLE = 503,
};

/* Answers x, or keeps it to answer later. Whoever keeps it waits for its answer alone: a client
 * that goes away does not end it. */
typedef void (*listener_fn)(void *user, struct exchange *x);

/* fd listens already; it is the listener's from here, also on failure. */
int listener_new(struct listener **ret, sd_event *event, int fd, listener_fn on_request, void *user,
                 struct error *err);
struct listener *listener_free(struct listener *l);
DEFINE_CLEANUP(struct listener *, listener_free);

const char *exchange_method(const struct exchange *x);
const char *exchange_path(const struct exchange *x);
/* A parameter of the query, decoded; NULL when it is not there. Valid until the answer. */
const char *exchange_argument(const struct exchange *x, const char *name);
/* A header of the request; NULL when it is not there. Valid until the answer. */
const char *exchange_header(const struct exchange *x, const char *name);

struct reply_header {
        const char *name, *value; /* NULL: left out */
};
struct reply {
        unsigned status;
        const char *type;
        const char *body; /* copied; NULL: file */
        int file;         /* its first size_bytes; the listener's from here */
        uint64_t size_bytes;
        const struct reply_header *headers; /* beside the type; the last without name */
};

/* Answers, once. x is gone after. A reader who takes the answer slowly keeps nobody waiting. */
void exchange_answer(struct exchange *x, const struct reply *reply);
/* The same with a body alone, which is copied. */
void exchange_reply(struct exchange *x, unsigned status, const char *type, const char *body);
