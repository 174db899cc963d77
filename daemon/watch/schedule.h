/* When each account is due. Times are CLOCK_BOOTTIME microseconds, so that suspend counts: what
 * became due meanwhile is scanned once, at once. What tells that scans no longer finish counts the
 * time that the machine was awake (awake_usec, CLOCK_MONOTONIC): nobody is to hear of a lid that
 * was closed. */
#pragma once

#include "daemon/model/config.h"

struct schedule {
        struct schedule_entry {
                uint64_t due_usec;
                uint64_t finished_awake_usec; /* the last scan that ended; at first the start */
                bool told;                    /* that none has for too long */
        } * entries;                          /* by index of the account */
        size_t n;
};

/* Every account is due at now_usec, or with a seed (the machine's) somewhere in the third of its
 * interval after, five minutes at most: always at the same place, at another for each account and
 * machine, so that many daemons that start together do not ask together. 0 or -ENOMEM. */
int schedule_init(struct schedule *s, const struct config *config, uint64_t now_usec,
                  uint64_t awake_usec, const char *seed);
void schedule_done(struct schedule *s);

/* The account to scan now: NULL in ret_account when all are due together. 0 when none is due, else
 * 1. */
int schedule_next(const struct schedule *s, const struct config *config, uint64_t now_usec,
                  const char **ret_account);

/* A scan of the account (NULL: all) that began at started_usec is over since awake_usec; 0: it
 * could not be carried out. */
void schedule_scanned(struct schedule *s, const struct config *config, const char *account,
                      uint64_t started_usec, uint64_t awake_usec);

/* The account (NULL: all) is due at due_usec if that is sooner. */
void schedule_sooner(struct schedule *s, const struct config *config, const char *account,
                     uint64_t due_usec);

/* When the next account is due. */
uint64_t schedule_wake_usec(const struct schedule *s);

/* The dead man's signal: the next account of which no scan has finished for two of its intervals
 * (beyond the time that one may take), and of which that was not said yet; NULL when there is none.
 * It is not named again until a scan of it has finished. */
const char *schedule_overdue(struct schedule *s, const struct config *config, uint64_t awake_usec);
/* Is there one, said or not? */
bool schedule_is_late(const struct schedule *s, const struct config *config, uint64_t awake_usec);
/* When to ask for it again, awake; UINT64_MAX: never, all was said. */
uint64_t schedule_overdue_usec(const struct schedule *s, const struct config *config);

/* An account's own interval, else the general one. */
uint64_t schedule_interval_usec(const struct config *config, size_t index);
