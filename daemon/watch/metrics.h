/* Metrics on the daemon's socket, out of the families of report/families.h. */
#pragma once

#include "daemon/base/buffer.h"
#include "daemon/store/store.h"
#include "daemon/watch/counters.h"
#include "daemon/watch/setup.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* What the store knows: scans, coverage, resources, findings. Read once per scan. */
int metrics_put_known(struct buffer *b, struct store *s, const struct setup *setup,
                      struct error *err);
/* What was counted since the start, and when credentials expire: {account: {"provider",
 * "expires_usec","long"}}. */
void metrics_put_counted(struct buffer *b, const struct counters *c, const struct setup *setup,
                         const json_t *expiries);
