/* What a scan would ask, before it asks: rows of calls, with what is known about how often. */
#pragma once

#include "daemon/model/call.h"
#include "daemon/model/config.h"
#include "daemon/model/coverage.h"
#include "daemon/model/place.h"

enum plan_purpose {
        PLAN_SCOPES,
        PLAN_APIS,
        PLAN_REGIONS,
        PLAN_LIST,
        PLAN_DETAIL,
        PLAN_PURPOSE_MAX
};

/* What the call is made once for. */
enum plan_per {
        PLAN_PER_PLACE,
        PLAN_PER_PARENT,   /* each item of the parent collector */
        PLAN_PER_VALUE,    /* each value of the facts it follows */
        PLAN_PER_RESOURCE, /* each item that is kept */
        PLAN_PER_ELEMENT,  /* each element of a list in it */
        PLAN_PER_MAX,
};

/* Why a number is not certain; the first that applies. */
enum plan_doubt {
        PLAN_SURE,
        PLAN_UNSEEN,      /* no earlier scan tells: only what is certain beforehand is counted */
        PLAN_UNREAD,      /* the last scan could not read it to the end */
        PLAN_PAGES,       /* how the items fall into pages */
        PLAN_CONDITIONAL, /* not made for every item, or answered without leaving a trace */
        PLAN_DROPPED,     /* asked, too, about items that were dropped after their details */
        PLAN_ALTERNATIVE, /* only if the one before it is not answered */
        PLAN_DOUBT_MAX,
};

struct plan_number {
        uint64_t calls;
        enum plan_doubt doubt;
};

struct plan_call {
        struct place place; /* scope and region: NULL while they are found at run time */
        const char *level;  /* the provider's word for the scope; NULL: the account itself */
        enum plan_purpose purpose;
        enum plan_per per;
        const struct call *call; /* with its collector and service */
        const struct cost *cost; /* of each request; NULL: nothing */
        uint64_t times;          /* over: how often for one of per */
        const char *condition; /* an option of the account that it depends on, and that is not known
                                */
        bool seen;             /* the store knows it */
        enum coverage_state state; /* of its collector in the last scan, if seen */

        uint64_t least;                   /* certain without any earlier scan */
        struct plan_number rescan, fresh; /* nothing changed; all details asked again */
};

/* What an account's entry comes to, before its calls. */
struct plan_account {
        const struct account_config *config;
        const char *provider;
        const char *credential_source; /* NULL: the entry cannot be opened now, because of */
        const char *trouble;           /* this; else NULL */
        /* {"scopes": [{"id", "level", "from"}], "regions": [{"id", "from"}], "scopes_found_by":
         * [collector], "regions_found_by": [collector]}; id null, from "run time": found when the
         * scan runs; from "configuration", "catalogue" or "last scan": known beforehand */
        const json_t *places;
};

/* Where a plan goes: each account, followed by its calls in the order of a scan. */
struct plan_sink {
        int (*account)(void *user, const struct plan_account *a);
        int (*call)(void *user, const struct plan_call *c);
        void *user;
};
