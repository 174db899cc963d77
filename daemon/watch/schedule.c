#include "daemon/watch/schedule.h"

#include "daemon/base/clock.h"

#include <errno.h>
#include <string.h>

int schedule_init(struct schedule *s, const struct config *config, uint64_t now_usec)
{
        uint64_t *due = calloc(config->n_accounts ? config->n_accounts : 1, sizeof(*due));

        if (!due)
                return -ENOMEM;
        for (size_t i = 0; i < config->n_accounts; i++)
                due[i] = now_usec;
        schedule_done(s);
        *s = (struct schedule){ .due_usec = due, .n = config->n_accounts };
        return 0;
}

void schedule_done(struct schedule *s)
{
        free(s->due_usec);
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
                if (s->due_usec[i] > now_usec + slack_usec(config, i))
                        continue;
                n_due++;
                if (!first)
                        first = config->accounts[i].name;
        }
        *ret_account = n_due == s->n ? NULL : first;
        return n_due > 0;
}

void schedule_scanned(struct schedule *s, const struct config *config, const char *account,
                      uint64_t started_usec)
{
        for (size_t i = 0; i < s->n; i++)
                if (!account || strcmp(config->accounts[i].name, account) == 0)
                        s->due_usec[i] = started_usec + schedule_interval_usec(config, i);
}

uint64_t schedule_wake_usec(const struct schedule *s)
{
        uint64_t first = UINT64_MAX;

        for (size_t i = 0; i < s->n; i++)
                if (s->due_usec[i] < first)
                        first = s->due_usec[i];
        return first;
}

uint64_t schedule_interval_usec(const struct config *config, size_t index)
{
        uint64_t own = config->accounts[index].interval_usec;

        return own ? own : config->interval_usec;
}
