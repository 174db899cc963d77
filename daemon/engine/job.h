/* One call of the catalogue, from sign-in to its last page. job.c alone knows time: what to do
 * after each kind of reply, how long to wait, when to give up. Private to engine/. */
#pragma once

#include "daemon/engine/site.h"
#include "daemon/model/coverage.h"

enum job_state {
        JOB_AUTH,
        JOB_BUDGET,
        JOB_SLOT,
        JOB_REQUEST,
        JOB_RESPONSE,
        JOB_WITNESS,
        JOB_BACKOFF,
        JOB_PAGE,
        JOB_DONE,
        JOB_FAILED,
        JOB_STATE_MAX,
};

/* What templates are filled in from: where the call is made, and what it is about. Frames form a
 * chain to the parent's. */
struct frame {
        struct site *site;
        const char *region; /* instead of the site's, when a call goes elsewhere; NULL */
        const struct frame *parent;
        const json_t *item;    /* as listed; NULL for a root list */
        const char *id, *name; /* of the resource; may be NULL */
        const json_t *each;    /* detail with each: */
        const char *over;      /* list with over: or follows: */
        const json_t *follow;  /* list with follows: the value it is asked for */
        const json_t *details; /* replies of the detail calls before, array; may be NULL */
};

/* One page as it came, borrowed for on_page. */
struct job_page {
        const json_t *body;
        const char *time, *request_id, *sha256; /* for evidence */
};

struct job_events {
        /* 0: go on; 1: hold until job_go_on(); negative: the page is unreadable, the job fails. */
        int (*on_page)(void *user, const struct job_page *page, struct error *err);
        void (*on_done)(void *user); /* the outcome is in the job; it may be ended in it */
};

struct job {
        /* configuration, borrowed */
        struct site *site;
        const struct call *call;
        const struct frame *frame;
        const struct job_events *events;
        void *user;
        bool paged;

        /* in flight */
        enum job_state state;
        enum job_state resume; /* where a wait goes on */
        struct http_transfer *transfer;
        sd_event_source *timer;
        struct message_reply reply;
        enum { WITNESS_UNASKED, WITNESS_THERE, WITNESS_LOST } witness; /* of this reply */
        struct job *next_waiting; /* for a slot or for a sign-in */
        bool holds_slot, waits_for_slot, waits_for_session, held;
        json_t *next;   /* token or URL of the next page; NULL for the first */
        json_t *before; /* the token before */
        uint64_t page, page_items, items_seen;
        unsigned attempts, transients, renewed, skewed, corrected;
        unsigned renewals; /* of the session, when the call was sent */
        uint64_t wait_usec;
        json_t *body; /* of the page in hand */
        char request_id[96];
        char sha256[SHA256_HEX_MAX];
        char request[SHA256_HEX_MAX]; /* its digest, where scopes ask the same; "" */
        bool first;                   /* others wait for what comes of it */
        char partial[256];            /* what a page said is missing; "" for nothing */
        char region[64];              /* that the call is sent to; "" while not known */

        /* result */
        enum coverage_state outcome;
        enum reply_kind reply_kind; /* of the last reply */
        struct error error;
        uint64_t calls;
        uint64_t asked_usec; /* realtime: the refusal is of then, and was not asked for now; or 0 */
};

/* Prepares and starts. on_done may come before this returns (a call that is known to be denied is
 * not made). */
void job_start(struct job *j);
void job_init(struct job *j, struct site *site, const struct call *call, const struct frame *frame,
              const struct job_events *events, void *user);
void job_go_on(struct job *j);
/* How many items the page had: page-number paging counts them. */
void job_count(struct job *j, uint64_t items);
void job_resume(struct job *j);
/* Ends whatever is in flight, without on_done. */
void job_cancel(struct job *j);
void job_done(struct job *j);

/* The value of a template's name in a frame; the function of struct template_values. */
json_t *frame_value(void *frame, const char *name);
