#include "daemon/watch/metrics.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/report/families.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

static double seconds(uint64_t usec)
{
        return (double)usec / (double)USEC_PER_SEC;
}

/* Each provider of the configuration once, in its order. */
static bool first_of_provider(const struct config *config, size_t index)
{
        for (size_t i = 0; i < index; i++)
                if (strcmp(config->accounts[i].provider_name,
                           config->accounts[index].provider_name) == 0)
                        return false;
        return true;
}

/* ---- coverage ----------------------------------------------------------------------------------
 */

/* One provider's; rows come scope by scope. */
struct scopes {
        const char *provider;
        char scope[512];
        enum scope_state worst;
        struct family_scopes n;
};

static void scope_close(struct scopes *s)
{
        if (s->scope[0])
                s->n.scopes[s->worst]++;
        s->scope[0] = '\0';
        s->worst = SCOPE_READ;
}

static int on_passes(void *user, const struct store_count *c)
{
        struct scopes *s = user;
        enum scope_state state = scope_state(c->state);
        char scope[sizeof(s->scope)];

        if (strcmp(c->provider, s->provider) != 0)
                return 0;
        s->n.asked += c->n;
        s->n.answered += state == SCOPE_READ ? c->n : 0;
        (void)snprintf(scope, sizeof(scope), "%s/%s", c->account, c->scope);
        if (strcmp(scope, s->scope) != 0)
                scope_close(s);
        memcpy(s->scope, scope, sizeof(scope));
        if (state > s->worst)
                s->worst = state;
        return 0;
}

static int take_scopes(struct store *s, const struct config *config, struct scopes *all,
                       struct error *err)
{
        for (size_t i = 0; i < config->n_accounts; i++) {
                int r;

                all[i] = (struct scopes){ .provider = config->accounts[i].provider_name };
                if (!first_of_provider(config, i))
                        continue;
                r = store_each_count(s, COUNT_PASSES, on_passes, &all[i], err);
                if (r < 0)
                        return r;
                scope_close(&all[i]);
        }
        return 0;
}

static int put_coverage(struct buffer *b, struct store *s, const struct config *config,
                        struct error *err)
{
        _cleanup_(freep) struct scopes *all = calloc(config->n_accounts + 1, sizeof(*all));
        int r;

        if (!all)
                return error_oom(err);
        r = take_scopes(s, config, all, err);
        if (r < 0)
                return r;
        family_begin(b, FAMILY_COVERAGE_RATIO);
        for (size_t i = 0; i < config->n_accounts; i++)
                if (first_of_provider(config, i))
                        family_put_ratio(b, all[i].provider, &all[i].n);
        family_begin(b, FAMILY_SCOPES);
        for (size_t i = 0; i < config->n_accounts; i++)
                if (first_of_provider(config, i))
                        family_put_scopes(b, all[i].provider, &all[i].n);
        return 0;
}

/* ---- resources ---------------------------------------------------------------------------------
 */

/* One kind's; rows come kind by kind. */
struct kinds {
        struct buffer *b;
        char provider[64], kind[128];
        uint64_t n[RESIDENCY_MAX];
};

static void kind_close(struct kinds *k)
{
        if (k->kind[0])
                family_put_kind(k->b, k->provider, k->kind, k->n);
        memset(k->n, 0, sizeof(k->n));
        k->kind[0] = '\0';
}

static int on_resources(void *user, const struct store_count *c)
{
        struct kinds *k = user;

        if (strcmp(k->kind, c->kind) != 0 || strcmp(k->provider, c->provider) != 0)
                kind_close(k);
        (void)snprintf(k->provider, sizeof(k->provider), "%s", c->provider);
        (void)snprintf(k->kind, sizeof(k->kind), "%s", c->kind);
        k->n[residency_of(c->area)] += c->n;
        return 0;
}

static int put_resources(struct buffer *b, struct store *s, struct error *err)
{
        struct kinds kinds = { .b = b };
        int r;

        family_begin(b, FAMILY_RESOURCES);
        r = store_each_count(s, COUNT_RESOURCES, on_resources, &kinds, err);
        kind_close(&kinds);
        return r;
}

/* ---- findings ----------------------------------------------------------------------------------
 */

/* Findings of one rule, and where rules are that have none. */
struct rule_counts {
        json_t *rules; /* {id: [count of verdict 0 severity 0, …]} */
};

static json_t *rule_row(struct rule_counts *counts, const char *rule)
{
        json_t *row = json_object_get(counts->rules, rule);

        if (row)
                return row;
        row = json_array();
        for (int i = 0; i < FAMILY_RULE_NUMBERS; i++)
                (void)json_array_append_new(row, json_integer(0));
        return json_object_set_new(counts->rules, rule, row) < 0 ? NULL : row;
}

static int on_findings(void *user, const struct store_count *c)
{
        json_t *row = rule_row(user, c->rule);

        if (!row)
                return -ENOMEM;
        return json_array_set_new(row, (size_t)c->verdict * SEVERITY_MAX + c->severity,
                                  json_integer((json_int_t)c->n));
}

static int put_findings(struct buffer *b, struct store *s, const struct judge *judge,
                        struct error *err)
{
        json_auto_t *rules = judge_rules(judge), *counted = json_object();
        struct rule_counts counts = { .rules = counted };
        const char *id;
        json_t *rule;
        size_t i;
        int r;

        json_array_foreach(rules, i, rule)
        {
                id = json_string_value(json_object_get(rule, "id"));
                if (!id || !rule_row(&counts, id))
                        return error_oom(err);
        }
        r = store_each_count(s, COUNT_FINDINGS, on_findings, &counts, err);
        if (r < 0)
                return r;
        family_begin(b, FAMILY_FINDINGS);
        json_object_foreach(counted, id, rule) family_put_rule(b, id, rule);
        return 0;
}

int metrics_put_known(struct buffer *b, struct store *s, const struct setup *setup,
                      struct error *err)
{
        int r = family_put_times(b, s, err);

        if (r >= 0)
                r = put_coverage(b, s, setup->config, err);
        if (r >= 0)
                r = put_resources(b, s, err);
        if (r >= 0)
                r = put_findings(b, s, setup->judge, err);
        if (r >= 0)
                r = family_put_waivers(b, s, err);
        if (r < 0)
                return r;
        r = buffer_error(b);
        return r < 0 ? error_set(err, r, "metrics: %s", strerror(-r)) : 0;
}

/* ---- what was counted --------------------------------------------------------------------------
 */

static void put_calls(struct buffer *b, const struct counters *c)
{
        static const char *const outcomes[ASKED_MAX] = { "ok", "denied", "throttled", "error",
                                                         "timeout" };

        family_begin(b, FAMILY_REQUESTS);
        for (size_t i = 0; i < c->n_services; i++)
                for (int o = 0; o < ASKED_MAX; o++) {
                        const struct service_counter *s = &c->services[i];
                        const struct label labels[] = { { "provider", s->provider },
                                                        { "service", s->service },
                                                        { "outcome", outcomes[o] },
                                                        { NULL, NULL } };

                        family_count(b, FAMILY_REQUESTS, labels, s->calls[o]);
                }
}

/* Families with a number of each service. */
static void put_services(struct buffer *b, const struct counters *c, enum family f)
{
        family_begin(b, f);
        for (size_t i = 0; i < c->n_services; i++) {
                const struct service_counter *s = &c->services[i];
                const struct label labels[] = { { "provider", s->provider },
                                                { "service", s->service },
                                                { NULL, NULL } };

                family_count(b, f, labels, f == FAMILY_SPARED ? s->spared : s->retries);
        }
}

static void put_bucket(struct buffer *b, const char *provider, const char *bound, uint64_t n)
{
        const struct label labels[] = { { "provider", provider }, { "le", bound }, { NULL, NULL } };

        family_series(b, FAMILY_REQUEST_DURATION, "_bucket", labels);
        buffer_printf(b, "%" PRIu64 "\n", n);
}

static void put_durations(struct buffer *b, const struct counters *c)
{
        family_begin(b, FAMILY_REQUEST_DURATION);
        for (size_t i = 0; i < c->n_durations; i++) {
                const struct duration_counter *d = &c->durations[i];
                const struct label labels[] = { { "provider", d->provider }, { NULL, NULL } };
                char bound[32];

                for (size_t k = 0; k < DURATION_BUCKETS; k++) {
                        (void)snprintf(bound, sizeof(bound), "%g",
                                       (double)counters_bounds_ms[k] / 1000.0);
                        put_bucket(b, d->provider, bound, d->buckets[k]);
                }
                put_bucket(b, d->provider, "+Inf", d->n);
                family_series(b, FAMILY_REQUEST_DURATION, "_sum", labels);
                buffer_printf(b, "%.6f\n", seconds(d->sum_usec));
                family_series(b, FAMILY_REQUEST_DURATION, "_count", labels);
                buffer_printf(b, "%" PRIu64 "\n", d->n);
        }
}

/* The first to expire of a provider's; those that are renewed on the way do not count. */
static void put_expiry(struct buffer *b, const char *provider, const json_t *expiries)
{
        const struct label labels[] = { { "provider", provider }, { NULL, NULL } };
        uint64_t first_usec = UINT64_MAX;
        const char *account;
        json_t *expiry;

        json_object_foreach((json_t *)expiries, account, expiry)
        {
                const char *of = json_string_value(json_object_get(expiry, "provider"));
                uint64_t usec =
                        (uint64_t)json_integer_value(json_object_get(expiry, "expires_usec"));

                if (of && strcmp(of, provider) == 0 &&
                    json_is_true(json_object_get(expiry, "long")) && usec < first_usec)
                        first_usec = usec;
        }
        family_number(b, FAMILY_CREDENTIAL_EXPIRY, labels, 3,
                      first_usec == UINT64_MAX ? (double)INFINITY : seconds(first_usec));
}

/* A family with one label. */
static void put_named(struct buffer *b, enum family f, const char *label, const char *const *values,
                      const uint64_t *n, size_t n_values)
{
        family_begin(b, f);
        for (size_t i = 0; i < n_values; i++) {
                const struct label labels[] = { { label, values[i] }, { NULL, NULL } };

                family_count(b, f, labels, n[i]);
        }
}

void metrics_put_counted(struct buffer *b, const struct counters *c, const struct setup *setup,
                         const json_t *expiries)
{
        static const char *const results[CYCLE_OUTCOME_MAX] = { "complete", "partial", "failed" };
        static const char *const changes[DRIFT_MAX] = { "added", "removed", "changed" };
        const struct config *config = setup->config;

        family_put_build(b);
        put_named(b, FAMILY_CYCLES, "result", results, c->cycles, CYCLE_OUTCOME_MAX);
        put_named(b, FAMILY_DRIFT, "kind", changes, c->drift, DRIFT_MAX);
        put_calls(b, c);
        put_services(b, c, FAMILY_RETRIES);
        put_services(b, c, FAMILY_SPARED);
        put_durations(b, c);
        family_begin(b, FAMILY_CREDENTIAL_EXPIRY);
        for (size_t i = 0; i < config->n_accounts; i++)
                if (first_of_provider(config, i))
                        put_expiry(b, config->accounts[i].provider_name, expiries);
}
