/* A scan on paper: the calls that it would make, in its order, from catalogue, configuration and
 * what earlier scans left. It opens no connection and signs nothing; which scopes, places and
 * collectors are asked is decided by the functions that the scan itself goes by. */
#pragma once

#include "daemon/model/plan.h"

#include "daemon/base/error.h"

struct plan_request {
        const struct config *config;
        const struct catalogue *catalogue;
        const char *account; /* only this entry; NULL: all */
        /* {account: {scope: {region: {collector: known}}}}, NULL for nothing; known is
         * {"state": enum coverage_state, "calls", "items", "resources": those kept,
         *  "young": true when list_ttl spares it,
         *  "made": detail calls among the calls, as far as that is known,
         *  "fresh": [for each detail call, how often it is made for all of them],
         *  "again": [the same, for those whose details are no longer good],
         *  "traced": [for how many of them it left evidence]} */
        const json_t *memory;
};

/* How often one execution of the call asks: once, or once for each of over:. */
uint64_t plan_times(const struct call *call);
/* Is the detail call made for every item, as often each time? */
bool plan_is_always_made(const struct call *call);

int plan_walk(const struct plan_request *request, const struct plan_sink *sink, struct error *err);
