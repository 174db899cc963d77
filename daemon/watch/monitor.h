/* Metrics and health over HTTP, on a socket of this machine; off unless metrics.listen is set or
 * systemd passes a socket "metrics".
 *
 *   GET /metrics   Prometheus text
 *   GET /healthz   200 while the loop turns
 *   GET /readyz    200 once the first scan has ended, or while it is not late; else 503 */
#pragma once

#include "daemon/watch/metrics.h"

#include <systemd/sd-event.h>

struct monitor;

/* What it shows; borrowed, and looked at when somebody asks. */
struct monitor_source {
        void *user;
        /* Everything but what monitor_refresh() read. */
        void (*put_counted)(void *user, struct buffer *b);
        bool (*is_ready)(void *user, const char **ret_why);
};

/* listen NULL: systemd's socket alone; *ret is NULL when there is none either. */
int monitor_new(struct monitor **ret, sd_event *event, const char *listen,
                const struct monitor_source *source, struct error *err);
struct monitor *monitor_free(struct monitor *m);
DEFINE_CLEANUP(struct monitor *, monitor_free);

/* Reads what the store knows, for everybody who asks until the next time. */
int monitor_refresh(struct monitor *m, struct store *s, const struct setup *setup,
                    struct error *err);
