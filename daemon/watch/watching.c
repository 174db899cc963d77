#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/watch/watch.h"

#include <string.h>

/* ---- counting ----------------------------------------------------------------------------------
 */

void watch_on_asked(void *user, const struct asked_call *call)
{
        struct watch *w = user;

        if (call->spared)
                w->spared = true;
        else
                w->tried = true;
        w->answered = w->answered || (!call->spared && call->outcome != ASKED_ERROR &&
                                      call->outcome != ASKED_TIMEOUT);
        if (w->monitor)
                counters_asked(&w->counters, call);
}

void watch_count_cycle(struct watch *w, const struct cycle_result *result)
{
        enum cycle_outcome outcome = result->code < 0   ? CYCLE_FAILED
                                     : result->complete ? CYCLE_COMPLETE
                                                        : CYCLE_PARTIAL;

        w->counters.cycles[outcome]++;
}

/* What may be asked counts 0 before it is: rate() needs a beginning. */
static void expect_calls(struct watch *w)
{
        const struct catalogue *catalogue = w->setup->catalogue;
        const struct config *config = w->setup->config;

        for (size_t i = 0; i < config->n_accounts; i++)
                for (size_t k = 0; k < catalogue->n_services; k++)
                        if (strcmp(catalogue->services[k]->provider,
                                   config->accounts[i].provider_name) == 0)
                                counters_expect(&w->counters, config->accounts[i].provider_name,
                                                catalogue->services[k]->id);
}

/* ---- showing -----------------------------------------------------------------------------------
 */

static void put_counted(void *user, struct buffer *b)
{
        const struct watch *w = user;

        metrics_put_counted(b, &w->counters, w->setup, w->expiries);
}

static bool is_ready(void *user, const char **ret_why)
{
        const struct watch *w = user;

        if (!schedule_is_late(&w->schedule, w->setup->config, watch_awake_usec(w)))
                return true;
        *ret_why = "no scan has come to its end for two intervals\n";
        return false;
}

void watch_refresh_monitor(struct watch *w)
{
        struct error err = { 0 };

        if (w->monitor && monitor_refresh(w->monitor, w->store, w->setup, &err) < 0)
                log_warning("metrics stay as they were: %s", err.text);
}

void watch_open_monitor(struct watch *w)
{
        const struct monitor_source source = {
                .user = w,
                .put_counted = put_counted,
                .is_ready = is_ready,
        };
        struct error err = { 0 };

        w->monitor = monitor_free(w->monitor); /* an address can be taken once only */
        if (monitor_new(&w->monitor, w->event, w->setup->config->metrics.listen, &source, &err) < 0)
                log_error("no metrics: %s", err.text); /* watching goes on without */
        if (!w->monitor)
                return;
        expect_calls(w);
        watch_refresh_monitor(w);
}
