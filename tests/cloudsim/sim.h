/* The bench: one world, what was asked of it, and the faults it plays. One thread owns all of it.
 */
#pragma once

#include "daemon/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum {
        SIM_LOG_MAX = 5000,
        SIM_BODY_MAX_BYTES = 4 * 1024 * 1024,
        SIM_REPLY_MAX_BYTES = 64 * 1024 * 1024,
};

struct sim {
        /* configuration */
        char *world_path;
        json_t *overrides;    /* "settings.latency_ms" → value, over what the world says */
        uint64_t frozen_usec; /* a clock that stands still, 0 for the real one */

        /* what exists: read from the world, never changed by requests */
        json_t *world;
        json_t *keys; /* AWS access key → {account, arn, user, secret, token?, expires_usec?} */
        json_t *scw_keys; /* Scaleway secret key → {organization, access_key, expires_usec?} */

        /* what requests made */
        json_t *issued;   /* temporary credentials, as in keys */
        json_t *expired;  /* access or secret keys declared expired by a fault */
        json_t *signing;  /* "date/region/service/access key" → signing key, hex */
        json_t *sessions; /* instance metadata tokens */

        /* faults and measures */
        json_t *faults;
        json_t *counters; /* "provider account region service operation status" → calls */
        json_t *denied;   /* digests of requests that were refused */
        json_t *actions;  /* account → {IAM action: calls that were let through} */
        json_t *buckets;  /* token buckets of the budgets */
        json_t *log;      /* the last SIM_LOG_MAX calls, a ring */
        size_t log_next;
        uint64_t requests, repeated_after_denial, violations;
        uint64_t in_flight, in_flight_max, connections;
};

/* Reads the world; -EINVAL with file:line:column for a bad one. */
int sim_init(struct sim *s, const char *world_path, struct error *err);
void sim_done(struct sim *s);

/* Reads the world again and forgets what requests made; the old one stays when the new one is bad.
 */
int sim_reload(struct sim *s, struct error *err);

/* Forgets counters, log, denials, faults set at run time and expired keys. */
void sim_reset(struct sim *s);

uint64_t sim_now_usec(const struct sim *s);
