#include "daemon/watch/schedule.h"

#include "daemon/base/clock.h"
#include "daemon/base/digest.h"

#include <errno.h>
#include <string.h>

enum { SPREAD_PART = 3, OVERDUE_INTERVALS = 2 };
#define SPREAD_MAX_USEC (5 * USEC_PER_MINUTE)

static uint64_t spread_usec(const struct config *config, size_t index, const char *seed)
{
        uint64_t part = schedule_interval_usec(config, index) / SPREAD_PART;
        uint64_t room = part < SPREAD_MAX_USEC ? part : SPREAD_MAX_USEC, number = 0;
        const char *name = config->accounts[index].name;
        unsigned char digest[SHA256_BYTES];

        digest_hmac_sha256(seed, strlen(seed), name, strlen(name), digest);
        memcpy(&number, digest, sizeof(number));
        return room > 0 ? number % room : 0;
}

int schedule_init(struct schedule *s, const struct config *config, uint64_t now_usec,
                  uint64_t awake_usec, const char *seed)
{
        struct schedule_entry *entries =
                calloc(config->n_accounts ? config->n_accounts : 1, sizeof(*entries));

        if (!entries)
                return -ENOMEM;
        for (size_t i = 0; i < config->n_accounts; i++)
                entries[i] = (struct schedule_entry){
                        .due_usec = now_usec + (seed ? spread_usec(config, i, seed) : 0),
                        .finished_awake_usec = awake_usec,
                };
        schedule_done(s);
        *s = (struct schedule){ .entries = entries, .n = config->n_accounts };
        return 0;
}

void schedule_done(struct schedule *s)
{
        free(s->entries);
        *s = (struct schedule){ 0 };
}

/* Timers may fire early or late by their accuracy: what is due so soon is done with the rest. */
static uint64_t slack_usec(const struct config *config, size_t index)
{
        uint64_t tenth = schedule_interval_usec(config, index) / 10;

        return tenth < USEC_PER_MINUTE ? tenth : USEC_PER_MINUTE;
}

int schedule_next(const struct schedule *s, const struct config *config, uint64_t now_usec,
                  const char **ret_account)
{
        const char *first = NULL;
        size_t n_due = 0;

        for (size_t i = 0; i < s->n; i++) {
                if (s->entries[i].due_usec > now_usec + slack_usec(config, i))
                        continue;
                n_due++;
                if (!first)
                        first = config->accounts[i].name;
        }
        *ret_account = n_due == s->n ? NULL : first;
        return n_due > 0;
}

void schedule_scanned(struct schedule *s, const struct config *config, const char *account,
                      uint64_t started_usec, uint64_t awake_usec)
{
        for (size_t i = 0; i < s->n; i++) {
                struct schedule_entry *e = &s->entries[i];

                if (account && strcmp(config->accounts[i].name, account) != 0)
                        continue;
                e->due_usec = started_usec + schedule_interval_usec(config, i);
                if (awake_usec == 0)
                        continue;
                e->finished_awake_usec = awake_usec;
                e->told = false;
        }
}

void schedule_sooner(struct schedule *s, const struct config *config, const char *account,
                     uint64_t due_usec)
{
        for (size_t i = 0; i < s->n; i++)
                if ((!account || strcmp(config->accounts[i].name, account) == 0) &&
                    s->entries[i].due_usec > due_usec)
                        s->entries[i].due_usec = due_usec;
}

uint64_t schedule_wake_usec(const struct schedule *s)
{
        uint64_t first = UINT64_MAX;

        for (size_t i = 0; i < s->n; i++)
                if (s->entries[i].due_usec < first)
                        first = s->entries[i].due_usec;
        return first;
}

static uint64_t overdue_usec(const struct schedule *s, const struct config *config, size_t index)
{
        return s->entries[index].finished_awake_usec +
               OVERDUE_INTERVALS * schedule_interval_usec(config, index) +
               config->limits.scan_timeout_usec;
}

const char *schedule_overdue(struct schedule *s, const struct config *config, uint64_t awake_usec)
{
        for (size_t i = 0; i < s->n; i++) {
                if (s->entries[i].told || overdue_usec(s, config, i) > awake_usec)
                        continue;
                s->entries[i].told = true;
                return config->accounts[i].name;
        }
        return NULL;
}

bool schedule_is_late(const struct schedule *s, const struct config *config, uint64_t awake_usec)
{
        for (size_t i = 0; i < s->n; i++)
                if (overdue_usec(s, config, i) <= awake_usec)
                        return true;
        return false;
}

uint64_t schedule_overdue_usec(const struct schedule *s, const struct config *config)
{
        uint64_t first = UINT64_MAX;

        for (size_t i = 0; i < s->n; i++)
                if (!s->entries[i].told && overdue_usec(s, config, i) < first)
                        first = overdue_usec(s, config, i);
        return first;
}

uint64_t schedule_interval_usec(const struct config *config, size_t index)
{
        uint64_t own = config->accounts[index].interval_usec;

        return own ? own : config->interval_usec;
}
