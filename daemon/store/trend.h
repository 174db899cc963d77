/* What was known at the end of each scan, in numbers, for as long as scans are kept. */
#pragma once

#include "daemon/store/store.h"

struct store_census {
        const char *scan_id;
        const json_t *accounts; /* names of those that were scanned: an object's keys */
        uint64_t started_usec;
        uint64_t finished_usec; /* 0: it did not end */
        bool complete;          /* it was not cut short */

        /* Was it counted? Scans of before there were numbers were not, nor those that did not end.
         * Without, the rest is 0 and means nothing. */
        bool known;
        uint64_t resources, stale;
        uint64_t findings[VERDICT_MAX][SEVERITY_MAX]; /* open ones */
        uint64_t coverage[COVERAGE_STATE_MAX];
};

/* The newest scans that began at since_usec or later, max of them at most, oldest first; one that
 * is under way is left out. cb as for the store's rows. */
int store_each_census(struct store *s, uint64_t since_usec, uint64_t max,
                      int (*cb)(void *user, const struct store_census *c), void *user,
                      struct error *err);
