/* One collector at one site: its list, the details of each item, its children, and what came of it
 * as coverage. Private to engine/.
 *
 * A page is worked off before the next is asked, so that memory is bounded by a page and not by the
 * list. */
#pragma once

#include "daemon/engine/job.h"

struct listing;

struct pass {
        struct site *site;
        const struct collector *collector;
        struct pass *parent; /* of a collector with per: */
        struct pass **children;
        size_t n_children;
        struct pass *next, **link; /* root passes: of scan.passes */
        struct listing *root;

        void *handle; /* the sink's */
        bool begun;
        json_t *ids;     /* of a collector with unique: {id: true} of what came so far */
        json_t *yielded; /* discovery: array of {"id","name","item"} */

        /* what came of it, the worst of all its calls */
        enum coverage_state state;
        char *cause;
        const char *permission;
        uint64_t calls, items;
        uint64_t asked_usec; /* of struct job */
};

/* Begins a root pass with those of its children; scan_pass_ended() follows, never before this
 * returns 0 … unless no call had to be made. */
int pass_start(struct site *site, const struct collector *c, struct error *err);
/* Ends it as skipped, whatever is under way. */
void pass_cancel(struct pass *p, const char *why);

/* Is the collector wanted for this account: not excluded, not optional unless named, its when:
 * given. In an account that could not be opened (which only a plan looks at) when: may be given. */
bool collector_wanted(const struct scan_account *a, const struct collector *c);

/* What scan.c provides. */
void scan_pass_started(struct pass *p);
void scan_pass_ended(struct pass *p);
void scan_abort(struct scan *s,
                const struct error *err); /* the sink failed: nothing can be kept any more */
