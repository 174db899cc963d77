#include "daemon/watch/metrics.h"

#include "daemon/base/clock.h"
#include "daemon/base/version.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static void family(struct buffer *b, const char *name, const char *type, const char *help)
{
        buffer_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label value. */
static void put_value(struct buffer *b, const char *text)
{
        for (const char *p = text; *p; p++) {
                if (*p == '\n')
                        buffer_add(b, "\\n");
                else if (*p == '\\' || *p == '"')
                        buffer_printf(b, "\\%c", *p);
                else
                        buffer_append(b, p, 1);
        }
}

static void put_label(struct buffer *b, const char *before, const char *name, const char *value)
{
        buffer_printf(b, "%s%s=\"", before, name);
        put_value(b, value);
        buffer_add(b, "\"");
}

static void put_count(struct buffer *b, uint64_t n)
{
        buffer_printf(b, "} %" PRIu64 "\n", n);
}

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

/* ---- scans -------------------------------------------------------------------------------------
 */

static int put_times(struct buffer *b, struct store *s, struct error *err)
{
        struct store_times t;
        int r = store_scan_times(s, &t, err);

        if (r < 0)
                return r;
        family(b, "vigie_cycle_last_start_timestamp_seconds", "gauge",
               "When the last scan began; 0 before the first.");
        buffer_printf(b, "vigie_cycle_last_start_timestamp_seconds %.3f\n",
                      seconds(t.started_usec));
        family(b, "vigie_cycle_last_success_timestamp_seconds", "gauge",
               "When the last scan came to its end, whatever it could read; 0 before the first.");
        buffer_printf(b, "vigie_cycle_last_success_timestamp_seconds %.3f\n",
                      seconds(t.succeeded_usec));
        family(b, "vigie_cycle_duration_seconds", "gauge", "How long the last scan took.");
        buffer_printf(b, "vigie_cycle_duration_seconds %.3f\n", seconds(t.duration_usec));
        return 0;
}

/* ---- coverage ----------------------------------------------------------------------------------
 */

enum scope_state {
        SCOPE_READ,
        SCOPE_SKIPPED,
        SCOPE_FAILED,
        SCOPE_THROTTLED,
        SCOPE_DENIED,
        SCOPE_MAX
};

static const char *const scope_states[SCOPE_MAX] = {
        [SCOPE_READ] = "read",           [SCOPE_SKIPPED] = "skipped", [SCOPE_FAILED] = "failed",
        [SCOPE_THROTTLED] = "throttled", [SCOPE_DENIED] = "denied",
};

/* One provider's; rows come scope by scope. */
struct scopes {
        const char *provider;
        char scope[512];
        enum scope_state worst;
        uint64_t answered, asked, scopes[SCOPE_MAX];
};

static enum scope_state scope_state(enum coverage_state state)
{
        switch (state) {
        case COVERAGE_DENIED:
        case COVERAGE_EXPIRED:
                return SCOPE_DENIED;
        case COVERAGE_THROTTLED:
                return SCOPE_THROTTLED;
        case COVERAGE_SKIPPED:
                return SCOPE_SKIPPED;
        default:
                return coverage_is_answer(state) ? SCOPE_READ : SCOPE_FAILED;
        }
}

static void scope_close(struct scopes *s)
{
        if (s->scope[0])
                s->scopes[s->worst]++;
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
        s->asked += c->n;
        s->answered += state == SCOPE_READ ? c->n : 0;
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
        family(b, "vigie_scope_coverage_ratio", "gauge",
               "Share of what is to be read that an API answered; 0 before the first scan.");
        for (size_t i = 0; i < config->n_accounts; i++) {
                if (!first_of_provider(config, i))
                        continue;
                put_label(b, "vigie_scope_coverage_ratio{", "provider", all[i].provider);
                buffer_printf(b, "} %.6f\n",
                              all[i].asked ? (double)all[i].answered / (double)all[i].asked : 0.0);
        }
        family(b, "vigie_scopes", "gauge",
               "Cloud accounts, subscriptions and projects, by the worst that was met in them.");
        for (size_t i = 0; i < config->n_accounts; i++)
                for (int state = 0; state < SCOPE_MAX && first_of_provider(config, i); state++) {
                        put_label(b, "vigie_scopes{", "provider", all[i].provider);
                        put_label(b, ",", "state", scope_states[state]);
                        put_count(b, all[i].scopes[state]);
                }
        return 0;
}

/* ---- resources ---------------------------------------------------------------------------------
 */

enum residency { RESIDENCY_EU, RESIDENCY_OUTSIDE, RESIDENCY_UNKNOWN, RESIDENCY_MAX };

static const char *const residencies[RESIDENCY_MAX] = { "eu", "outside", "unknown" };

static enum residency residency_of(const char *area)
{
        if (strcmp(area, "eu") == 0 || strcmp(area, "eea") == 0)
                return RESIDENCY_EU;
        return strcmp(area, "unknown") == 0 ? RESIDENCY_UNKNOWN : RESIDENCY_OUTSIDE;
}

/* One kind's; rows come kind by kind. */
struct kinds {
        struct buffer *b;
        char provider[64], kind[128];
        uint64_t n[RESIDENCY_MAX];
};

static void kind_close(struct kinds *k)
{
        for (int i = 0; k->kind[0] && i < RESIDENCY_MAX; i++) {
                put_label(k->b, "vigie_resources{", "provider", k->provider);
                put_label(k->b, ",", "kind", k->kind);
                put_label(k->b, ",", "residency", residencies[i]);
                put_count(k->b, k->n[i]);
                k->n[i] = 0;
        }
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

        family(b, "vigie_resources", "gauge",
               "AI that is deployed, by where it is; where it works may be elsewhere: see the "
               "findings of LOC rules.");
        r = store_each_count(s, COUNT_RESOURCES, on_resources, &kinds, err);
        kind_close(&kinds);
        return r;
}

/* ---- findings ----------------------------------------------------------------------------------
 */

enum { SHOWN_VERDICTS = 4 };
static const enum verdict shown[SHOWN_VERDICTS] = { VERDICT_PASS, VERDICT_FAIL, VERDICT_UNKNOWN,
                                                    VERDICT_WAIVED };

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
        for (int i = 0; i < VERDICT_MAX * SEVERITY_MAX; i++)
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

static void put_rule(struct buffer *b, const char *rule, const json_t *row)
{
        for (int severity = 0; severity < SEVERITY_MAX; severity++)
                for (size_t v = 0; v < SHOWN_VERDICTS; v++) {
                        const json_t *n = json_array_get(row, (size_t)shown[v] * SEVERITY_MAX +
                                                                      (size_t)severity);

                        put_label(b, "vigie_findings{", "rule", rule);
                        put_label(b, ",", "severity", severity_name((enum severity)severity));
                        put_label(b, ",", "state", verdict_name(shown[v]));
                        put_count(b, (uint64_t)json_integer_value(n));
                }
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
        family(b, "vigie_findings", "gauge",
               "Open findings: what a rule said of how many subjects.");
        json_object_foreach(counted, id, rule) put_rule(b, id, rule);
        return 0;
}

static int put_waivers(struct buffer *b, struct store *s, struct error *err)
{
        json_auto_t *waivers = NULL;
        const json_t *waiver;
        size_t i;
        int r = store_waivers_known(s, &waivers, err);

        if (r < 0)
                return r;
        family(b, "vigie_waiver_expiry_timestamp_seconds", "gauge", "When a waiver ends.");
        json_array_foreach(waivers, i, waiver)
        {
                const char *id = json_string_value(json_object_get(waiver, "id"));
                const char *until = json_string_value(json_object_get(waiver, "until"));
                uint64_t until_usec = 0;

                if (!id || !until || clock_parse_iso8601(until, &until_usec) < 0)
                        continue;
                put_label(b, "vigie_waiver_expiry_timestamp_seconds{", "waiver", id);
                buffer_printf(b, "} %.3f\n", seconds(until_usec));
        }
        return 0;
}

int metrics_put_known(struct buffer *b, struct store *s, const struct setup *setup,
                      struct error *err)
{
        int r = put_times(b, s, err);

        if (r >= 0)
                r = put_coverage(b, s, setup->config, err);
        if (r >= 0)
                r = put_resources(b, s, err);
        if (r >= 0)
                r = put_findings(b, s, setup->judge, err);
        if (r >= 0)
                r = put_waivers(b, s, err);
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

        family(b, "vigie_api_requests_total", "counter", "Requests to providers, by what came.");
        for (size_t i = 0; i < c->n_services; i++)
                for (int o = 0; o < ASKED_MAX; o++) {
                        const struct service_counter *s = &c->services[i];

                        put_label(b, "vigie_api_requests_total{", "provider", s->provider);
                        put_label(b, ",", "service", s->service);
                        put_label(b, ",", "outcome", outcomes[o]);
                        put_count(b, s->calls[o]);
                }
        family(b, "vigie_api_retries_total", "counter",
               "Those of the requests that were made because one before did not do.");
        for (size_t i = 0; i < c->n_services; i++) {
                put_label(b, "vigie_api_retries_total{", "provider", c->services[i].provider);
                put_label(b, ",", "service", c->services[i].service);
                put_count(b, c->services[i].retries);
        }
}

static void put_durations(struct buffer *b, const struct counters *c)
{
        static const char name[] = "vigie_api_request_duration_seconds";

        family(b, name, "histogram", "How long providers took to answer.");
        for (size_t i = 0; i < c->n_durations; i++) {
                const struct duration_counter *d = &c->durations[i];

                for (size_t k = 0; k < DURATION_BUCKETS; k++) {
                        put_label(b, "vigie_api_request_duration_seconds_bucket{", "provider",
                                  d->provider);
                        buffer_printf(b, ",le=\"%g\"", (double)counters_bounds_ms[k] / 1000.0);
                        put_count(b, d->buckets[k]);
                }
                put_label(b, "vigie_api_request_duration_seconds_bucket{", "provider", d->provider);
                put_label(b, ",", "le", "+Inf");
                put_count(b, d->n);
                put_label(b, "vigie_api_request_duration_seconds_sum{", "provider", d->provider);
                buffer_printf(b, "} %.6f\n", seconds(d->sum_usec));
                put_label(b, "vigie_api_request_duration_seconds_count{", "provider", d->provider);
                put_count(b, d->n);
        }
}

/* The first to expire of a provider's; those that are renewed on the way do not count. */
static void put_expiry(struct buffer *b, const char *provider, const json_t *expiries)
{
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
        put_label(b, "vigie_credential_expiry_timestamp_seconds{", "provider", provider);
        if (first_usec == UINT64_MAX)
                buffer_add(b, "} +Inf\n");
        else
                buffer_printf(b, "} %.3f\n", seconds(first_usec));
}

static void put_totals(struct buffer *b, const struct counters *c)
{
        static const char *const results[CYCLE_OUTCOME_MAX] = { "complete", "partial", "failed" };
        static const char *const changes[DRIFT_MAX] = { "added", "removed", "changed" };

        family(b, "vigie_build_info", "gauge", "What runs.");
        buffer_printf(b, "vigie_build_info{version=\"%s\",commit=\"%s\"} 1\n", VIGIE_VERSION,
                      version_commit());
        family(b, "vigie_cycles_total", "counter",
               "Scans: complete, partial (cut short, or an account in trouble), failed.");
        for (int i = 0; i < CYCLE_OUTCOME_MAX; i++)
                buffer_printf(b, "vigie_cycles_total{result=\"%s\"} %" PRIu64 "\n", results[i],
                              c->cycles[i]);
        family(b, "vigie_drift_events_total", "counter",
               "Resources that appeared, went or changed.");
        for (int i = 0; i < DRIFT_MAX; i++)
                buffer_printf(b, "vigie_drift_events_total{kind=\"%s\"} %" PRIu64 "\n", changes[i],
                              c->drift[i]);
}

void metrics_put_counted(struct buffer *b, const struct counters *c, const struct setup *setup,
                         const json_t *expiries)
{
        const struct config *config = setup->config;

        put_totals(b, c);
        put_calls(b, c);
        put_durations(b, c);
        family(b, "vigie_credential_expiry_timestamp_seconds", "gauge",
               "When the first of a provider's credentials expires; +Inf while none is known to, "
               "those that are renewed by themselves left out.");
        for (size_t i = 0; i < config->n_accounts; i++)
                if (first_of_provider(config, i))
                        put_expiry(b, config->accounts[i].provider_name, expiries);
}
