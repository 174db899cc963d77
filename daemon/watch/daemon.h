/* The daemon: keeps watch on the configured interval, tells the journal what changed, tells systemd
 * how it is. Between scans nothing wakes it but its timers. */
#pragma once

#include "daemon/base/error.h"

#include <stdbool.h>

/* Runs until SIGTERM or SIGINT. -EINVAL for a bad configuration at the start. */
int daemon_run(const char *config_path, const char *state_dir, struct error *err);
