/* What metrics count since the daemon began: calls, scans, changes. Kept by provider and service,
 * of which there are few; never by resource. */
#pragma once

#include "daemon/base/error.h"
#include "daemon/model/asked.h"

enum cycle_outcome { CYCLE_COMPLETE, CYCLE_PARTIAL, CYCLE_FAILED, CYCLE_OUTCOME_MAX };
enum drift { DRIFT_ADDED, DRIFT_REMOVED, DRIFT_CHANGED, DRIFT_MAX };

enum { DURATION_BUCKETS = 8 };
/* Upper bounds of the buckets, in milliseconds; one more has all. */
extern const uint64_t counters_bounds_ms[DURATION_BUCKETS];

struct counters {
        uint64_t cycles[CYCLE_OUTCOME_MAX];
        uint64_t drift[DRIFT_MAX];
        struct service_counter {
                char *provider, *service;
                uint64_t calls[ASKED_MAX];
                uint64_t retries;
                uint64_t spared; /* not made: refused before */
        } * services;            /* sorted by provider and service */
        size_t n_services;
        struct duration_counter {
                char *provider;
                uint64_t buckets[DURATION_BUCKETS], n, sum_usec; /* buckets: each up to its bound */
        } * durations;                                           /* sorted by provider */
        size_t n_durations;
};

void counters_done(struct counters *c);

/* A service of which calls may come: it counts 0 from now on. Without memory it is left out. */
void counters_expect(struct counters *c, const char *provider, const char *service);
void counters_asked(struct counters *c, const struct asked_call *call);
