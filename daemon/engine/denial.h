/* Calls that were refused: not made again at that site in the same scan, and then from scan to scan
 * ever more rarely. Private to engine/.
 *
 * A refusal is remembered through the sink when the site ends, if nothing that was asked by that
 * call was answered there: what one thing's policy refuses says nothing about the next. Whoever is
 * asked by a person, with other credentials or another configuration is asked at once. */
#pragma once

#include "daemon/engine/site.h"

/* Of things that may belong to others (follows:) a call is given up only when it was refused
 * several times running. */
struct denial {
        const struct call *call;
        char *cause;
        unsigned times;      /* refused in this scan, running */
        bool answered;       /* something that it asked was, in this scan */
        bool off;            /* of struct denied_call */
        bool rests;          /* remembered, and not due again */
        bool counted;        /* that it was spared */
        uint64_t asked_usec; /* remembered: when it was last refused; 0: it is not remembered */
        uint64_t due_usec, refusals; /* of struct denied_call */
        struct denial *next;
};

/* Why the call is not to be made at the site; NULL: it is. */
struct denial *site_denial(struct site *s, const struct call *call);
/* Refused before this scan, and not in it. */
static inline bool denial_is_spared(const struct denial *d)
{
        return d->rests && d->times == 0;
}

void site_deny(struct site *s, const struct call *call, const char *cause);
/* It was refused where it asks whether the scope has the place: that it has not is the answer,
 * which rests as a denial does. */
void site_deny_off(struct site *s, const struct call *call, const char *cause);
/* It was answered: refusals before it count no more. */
void site_allow(struct site *s, const struct call *call);
/* Something was said that is no refusal, or a part of it was had. */
void site_answered(struct site *s, const struct call *call);

/* Nothing is asked at the site any more: what was refused is remembered, what was answered is
 * forgotten. */
void site_remember(struct site *s);
void site_denials_free(struct site *s);

/* Of signing in to a scope, which those of an account's own identity are not: was it refused
 * before, and is not due? Then err says why, and ret_asked_usec when. */
bool scope_denial(struct scan_scope *s, uint64_t *ret_asked_usec, struct error *err);
void scope_deny(struct scan_scope *s, const char *cause);
void scope_allow(struct scan_scope *s);

/* Tells the sink what the account signs in with: with other credentials nothing is remembered. */
int account_credentials_seen(struct scan_account *a, struct error *err);
