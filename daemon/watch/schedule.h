/* When each account is due. Times are CLOCK_BOOTTIME microseconds, so that suspend counts. */
#pragma once

#include "daemon/model/config.h"

struct schedule {
        uint64_t *due_usec; /* by index of the account */
        size_t n;
};

/* Every account is due at now_usec. 0 or -ENOMEM. */
int schedule_init(struct schedule *s, const struct config *config, uint64_t now_usec);
void schedule_done(struct schedule *s);

/* The account to scan now: NULL in ret_account when all are due together. 0 when none is due, else
 * 1. */
int schedule_next(const struct schedule *s, const struct config *config, uint64_t now_usec,
                  const char **ret_account);

/* The account (NULL: all) was scanned, starting at started_usec. */
void schedule_scanned(struct schedule *s, const struct config *config, const char *account,
                      uint64_t started_usec);

/* When the next account is due. */
uint64_t schedule_wake_usec(const struct schedule *s);

/* An account's own interval, else the general one. */
uint64_t schedule_interval_usec(const struct config *config, size_t index);
