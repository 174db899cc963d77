#include "daemon/watch/counters.h"

#include "daemon/base/clock.h"

#include <string.h>

const uint64_t counters_bounds_ms[DURATION_BUCKETS] = {
        50, 100, 250, 500, 1000, 2500, 5000, 10000
};

static struct service_counter *service_of(struct counters *c, const char *provider,
                                          const char *service)
{
        struct service_counter *grown, *row;
        size_t i;

        for (i = 0; i < c->n_services; i++) {
                int order = strcmp(c->services[i].provider, provider);

                if (order == 0)
                        order = strcmp(c->services[i].service, service);
                if (order == 0)
                        return &c->services[i];
                if (order > 0)
                        break;
        }
        grown = reallocarray(c->services, c->n_services + 1, sizeof(*grown));
        if (!grown)
                return NULL;
        c->services = grown;
        row = &grown[i];
        memmove(row + 1, row, (c->n_services - i) * sizeof(*row));
        *row = (struct service_counter){ .provider = strdup(provider), .service = strdup(service) };
        if (row->provider && row->service) {
                c->n_services++;
                return row;
        }
        free(row->provider);
        free(row->service);
        memmove(row, row + 1, (c->n_services - i) * sizeof(*row));
        return NULL;
}

static struct duration_counter *duration_of(struct counters *c, const char *provider)
{
        struct duration_counter *grown, *row;
        char *name;
        size_t i;

        for (i = 0; i < c->n_durations; i++) {
                int order = strcmp(c->durations[i].provider, provider);

                if (order == 0)
                        return &c->durations[i];
                if (order > 0)
                        break;
        }
        name = strdup(provider);
        grown = name ? reallocarray(c->durations, c->n_durations + 1, sizeof(*grown)) : NULL;
        if (!grown) {
                free(name);
                return NULL;
        }
        c->durations = grown;
        row = &grown[i];
        memmove(row + 1, row, (c->n_durations++ - i) * sizeof(*row));
        *row = (struct duration_counter){ .provider = name };
        return row;
}

void counters_expect(struct counters *c, const char *provider, const char *service)
{
        (void)service_of(c, provider, service);
        (void)duration_of(c, provider);
}

void counters_asked(struct counters *c, const struct asked_call *call)
{
        struct service_counter *service = service_of(c, call->provider, call->service);
        struct duration_counter *duration = duration_of(c, call->provider);

        if (call->spared) {
                if (service)
                        service->spared++;
                return;
        }
        if (service) {
                service->calls[call->outcome]++;
                service->retries += call->again;
        }
        if (!duration)
                return;
        duration->n++;
        duration->sum_usec += call->elapsed_usec;
        for (size_t i = 0; i < DURATION_BUCKETS; i++)
                duration->buckets[i] += call->elapsed_usec <= counters_bounds_ms[i] * USEC_PER_MSEC;
}

void counters_done(struct counters *c)
{
        for (size_t i = 0; i < c->n_services; i++) {
                free(c->services[i].provider);
                free(c->services[i].service);
        }
        for (size_t i = 0; i < c->n_durations; i++)
                free(c->durations[i].provider);
        free(c->services);
        free(c->durations);
        *c = (struct counters){ 0 };
}
