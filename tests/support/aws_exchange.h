/* A sign-in on the bench, exchange by exchange: what must be asked, and what comes back. */
#pragma once

#include "daemon/base/clock.h"
#include "tests/support/aws.h"

/* One exchange of a sign-in: what must be asked, and what comes back. */
struct exchange {
        const char *method, *url;
        const char *has[3];   /* in URL, headers or body; up to the first NULL */
        const char *lacks[2]; /* in none of them */
        const char *key;      /* it is signed with; NULL: not signed */
        int status;
        const char *headers, *body;
        enum transport transport;
        int taken; /* what signed_in() returns */
};

struct drive {
        struct bench *b;
        const struct scope *scope;
        uint64_t now_usec;
        struct error err;
};

/* Of an account that was opened, at the time of the bench. */
struct drive drive_of(struct bench *b, const struct scope *scope);

/* What sign_in() returns. */
int drive_ask(struct drive *d, struct message_request *req, uint64_t *ret_expires_usec);
void drive_check_request(const struct message_request *req, const struct exchange *e);
/* sign_in() must ask e; its answer is given to signed_in(). */
void drive_exchange(struct drive *d, const struct exchange *e);
void drive_assert_ready(struct drive *d, const char *access_key, uint64_t expires_usec);
void drive_assert_failed(struct drive *d, int code, const char *says);

#define HOUR (bench_time() + USEC_PER_HOUR)
