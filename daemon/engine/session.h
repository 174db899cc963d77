/* Sign-in: the jobs of one scope wait for it together. */
#pragma once

#include "daemon/base/error.h"
#include "daemon/model/message.h"

#include <systemd/sd-event.h>

struct scan_scope;
struct http_transfer;
struct command;
struct job;

struct session {
        struct scan_scope *scope;
        enum { SESSION_IDLE, SESSION_RUNNING, SESSION_READY, SESSION_FAILED } state;
        uint64_t expires_usec; /* realtime; 0: not known to expire */
        uint64_t checked_usec; /* boottime: when the provider last said ready */
        struct error error;    /* of a failed sign-in; holds for the rest of the scan */
        struct http_transfer *transfer;
        struct command *command;
        sd_event_source *timer;
        struct job *waiting; /* linked by job.next_waiting */
        unsigned attempts, steps;
        unsigned renewals; /* also which credentials a call was made with */
        bool proven;       /* a call with these credentials was answered */
        bool paid;         /* the next request of the sign-in has its place in the budget */
        bool reported;
        uint64_t asked_usec; /* realtime: not tried, since it was refused then; else 0 */
};

void session_init(struct session *s, struct scan_scope *scope);
void session_done(struct session *s);

/* 0: signed in, calls can be written now. 1: under way, the job is resumed when it ends. Negative:
 * failed, with the cause. */
int session_require(struct session *s, struct job *j, struct error *err);

/* The provider said that the credentials expired with which a call was made when renewals was that
 * much: sign in anew before the next call, unless it was done since. False when this was done too
 * often. */
bool session_renew(struct session *s, unsigned renewals);

/* A call was refused for its credentials. Where none was ever answered they are no good anywhere:
 * the sign-in has failed, and no further call is made with them. Later, it may be one region that
 * does not take them. */
void session_refuse(struct session *s, const char *text);

/* The job does not wait any more. */
void session_leave(struct session *s, struct job *j);
