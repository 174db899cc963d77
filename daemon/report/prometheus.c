/* The text format of Prometheus, for the textfile collector of node_exporter: the families that the
 * daemon has on its socket, as far as the store knows them. No name of a resource is a label, and
 * what could not be read is a state of its own, never a series that is missing. */
#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/base/version.h"
#include "daemon/report/export.h"
#include "daemon/report/utf8.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum residency { RESIDENCY_EU, RESIDENCY_OUTSIDE, RESIDENCY_UNKNOWN, RESIDENCY_MAX };
static const char *const residencies[] = { "eu", "outside", "unknown" };
static_assert(ELEMENTSOF(residencies) == RESIDENCY_MAX, "every residency has its name");

enum scope_state {
        SCOPE_READ,
        SCOPE_SKIPPED,
        SCOPE_FAILED,
        SCOPE_THROTTLED,
        SCOPE_DENIED,
        SCOPE_MAX
};
static const char *const scope_states[] = { "read", "skipped", "failed", "throttled", "denied" };
static_assert(ELEMENTSOF(scope_states) == SCOPE_MAX, "every state has its name");

static const enum verdict shown[] = { VERDICT_PASS, VERDICT_FAIL, VERDICT_UNKNOWN, VERDICT_WAIVED };

/* A rule's numbers: findings by verdict and severity. */
enum { N_OF_RULE = VERDICT_MAX * SEVERITY_MAX };

struct metrics {
        struct export e;
        FILE *out;

        /* counted: {first label: [numbers]} and, for kinds, {provider: {kind: [numbers]}} */
        json_t *rules, *providers, *kinds;

        /* the scope whose coverage is being read */
        char scope[EXPORT_PLACE_MAX], provider[64];
        enum scope_state worst;
};

static void put_family(FILE *out, const char *name, const char *help)
{
        (void)fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* before is what stands between this label and what comes before it: "{" or ",". */
static void put_label(FILE *out, const char *before, const char *name, const char *value)
{
        (void)fprintf(out, "%s%s=\"", before, name);
        while (*value) {
                uint32_t code;
                size_t n = utf8_next(value, &code);

                if (n == 0)
                        (void)fputs("\xef\xbf\xbd", out);
                else if (*value == '\n')
                        (void)fputs("\\n", out);
                else
                        (void)fprintf(out, "%s%.*s", *value == '\\' || *value == '"' ? "\\" : "",
                                      (int)n, value);
                value += n ? n : 1;
        }
        (void)fputc('"', out);
}

/* ---- counting ----------------------------------------------------------------------------------
 */

/* The numbers under that key, made when they are not there; NULL without memory. */
static json_t *numbers_of(json_t *object, const char *key, size_t n)
{
        json_t *numbers = json_object_get(object, key);

        if (numbers)
                return numbers;
        numbers = json_array();
        for (size_t i = 0; i < n; i++)
                (void)json_array_append_new(numbers, json_integer(0));
        return json_object_set_new_nocheck(object, key, numbers) < 0 ? NULL : numbers;
}

static int count(json_t *numbers, size_t index)
{
        json_t *number = json_array_get(numbers, index);

        return json_integer_set(number, json_integer_value(number) + 1) < 0 ? -ENOMEM : 0;
}

static uint64_t number_at(const json_t *numbers, size_t index)
{
        return (uint64_t)json_integer_value(json_array_get(numbers, index));
}

static int on_finding(void *user, const struct store_finding *f)
{
        struct metrics *m = user;
        enum severity severity;
        enum verdict verdict;

        if (f->closed)
                return 0;
        if (verdict_from_name(f->verdict, &verdict) < 0 ||
            severity_from_name(f->severity, &severity) < 0)
                return -EUCLEAN;
        return count(numbers_of(m->rules, f->rule, N_OF_RULE),
                     (size_t)verdict * SEVERITY_MAX + severity);
}

static enum residency residency_of(const char *area)
{
        if (!area || strcmp(area, "unknown") == 0)
                return RESIDENCY_UNKNOWN;
        return strcmp(area, "eu") == 0 || strcmp(area, "eea") == 0 ? RESIDENCY_EU
                                                                   : RESIDENCY_OUTSIDE;
}

static int on_resource(void *user, const struct store_resource *row)
{
        struct metrics *m = user;
        const struct resource *r = row->resource;
        json_t *kinds = json_object_get(m->kinds, r->provider);

        if (!kinds) {
                kinds = json_object();
                if (json_object_set_new(m->kinds, r->provider, kinds) < 0)
                        return -ENOMEM;
        }
        return count(numbers_of(kinds, r->kind, RESIDENCY_MAX),
                     residency_of(json_member_string(row->description, "area")));
}

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

/* A provider's numbers: its scopes by state, then how many lists were asked, and were answered. */
enum { N_ASKED = SCOPE_MAX, N_ANSWERED, N_OF_PROVIDER };

static int close_scope(struct metrics *m)
{
        int r = 0;

        if (m->scope[0])
                r = count(numbers_of(m->providers, m->provider, N_OF_PROVIDER), m->worst);
        m->scope[0] = '\0';
        m->worst = SCOPE_READ;
        return r;
}

static int on_coverage(void *user, const struct store_coverage *row)
{
        struct metrics *m = user;
        struct place place = row->coverage.place;
        enum scope_state state = scope_state(row->coverage.state);
        char scope[EXPORT_PLACE_MAX];
        json_t *numbers;
        int r = 0;

        if (!report_wants(m->e.request, place.account))
                return 0;
        place.region = "";
        if (strcmp(export_place(&place, scope), m->scope) != 0)
                r = close_scope(m);
        (void)snprintf(m->scope, sizeof(m->scope), "%s", scope);
        (void)snprintf(m->provider, sizeof(m->provider), "%s", place.provider);
        if (state > m->worst)
                m->worst = state;
        numbers = numbers_of(m->providers, m->provider, N_OF_PROVIDER);
        if (r == 0)
                r = count(numbers, N_ASKED);
        return r < 0 || state != SCOPE_READ ? r : count(numbers, N_ANSWERED);
}

/* ---- writing -----------------------------------------------------------------------------------
 */

static double seconds_of(const char *rfc3339)
{
        return (double)export_time_ms(*rfc3339 ? rfc3339 : NULL) / 1000.0;
}

static void put_cycle(const struct metrics *m)
{
        FILE *out = m->out;

        put_family(out, "vigie_build_info", "What wrote this.");
        (void)fprintf(out, "vigie_build_info{version=\"%s\"} 1\n", VIGIE_VERSION);
        put_family(out, "vigie_cycle_last_start_timestamp_seconds",
                   "When the last scan began; 0 before the first.");
        (void)fprintf(out, "vigie_cycle_last_start_timestamp_seconds %.3f\n",
                      seconds_of(m->e.started));
        put_family(out, "vigie_cycle_last_success_timestamp_seconds",
                   "When the last scan came to its end, whatever it could read; 0 if it did not.");
        (void)fprintf(out, "vigie_cycle_last_success_timestamp_seconds %.3f\n",
                      seconds_of(m->e.finished));
        put_family(out, "vigie_cycle_duration_seconds", "How long the last scan took.");
        (void)fprintf(out, "vigie_cycle_duration_seconds %.3f\n",
                      (double)m->e.duration_usec / (double)USEC_PER_SEC);
}

static int put_coverage(struct metrics *m, struct error *err)
{
        const struct store_filter *asked = m->e.request->filter;
        struct store_filter filter = *asked;
        const char *provider;
        json_t *n;
        int r;

        filter.all = true; /* what was answered is the ratio's other part */
        r = store_each_coverage(m->e.request->store, &filter, on_coverage, m, err);
        if (r >= 0)
                r = close_scope(m);
        if (r < 0)
                return r;
        put_family(m->out, "vigie_scope_coverage_ratio",
                   "Share of what is to be read that an API answered.");
        json_object_foreach(m->providers, provider, n)
        {
                put_label(m->out, "vigie_scope_coverage_ratio{", "provider", provider);
                (void)fprintf(m->out, "} %.6f\n",
                              (double)number_at(n, N_ANSWERED) / (double)number_at(n, N_ASKED));
        }
        put_family(m->out, "vigie_scopes",
                   "Cloud accounts, subscriptions and projects, by the worst that was met in "
                   "them.");
        json_object_foreach(m->providers, provider, n) for (size_t i = 0; i < SCOPE_MAX; i++)
        {
                put_label(m->out, "vigie_scopes{", "provider", provider);
                put_label(m->out, ",", "state", scope_states[i]);
                (void)fprintf(m->out, "} %" PRIu64 "\n", number_at(n, i));
        }
        return 0;
}

static int put_resources(struct metrics *m, struct error *err)
{
        int r = export_each_resource(&m->e, false, on_resource, m, err);
        const char *provider, *kind;
        json_t *kinds, *n;

        if (r < 0)
                return r;
        put_family(m->out, "vigie_resources",
                   "AI that is deployed, by where it is; where it works may be elsewhere: see the "
                   "findings of LOC rules.");
        json_object_foreach(m->kinds, provider, kinds)
        {
                json_object_foreach(kinds, kind, n) for (size_t i = 0; i < RESIDENCY_MAX; i++)
                {
                        put_label(m->out, "vigie_resources{", "provider", provider);
                        put_label(m->out, ",", "kind", kind);
                        put_label(m->out, ",", "residency", residencies[i]);
                        (void)fprintf(m->out, "} %" PRIu64 "\n", number_at(n, i));
                }
        }
        return 0;
}

static void put_rule(FILE *out, const char *rule, const json_t *n)
{
        for (int severity = 0; severity < SEVERITY_MAX; severity++)
                for (size_t i = 0; i < ELEMENTSOF(shown); i++) {
                        put_label(out, "vigie_findings{", "rule", rule);
                        put_label(out, ",", "severity", severity_name((enum severity)severity));
                        put_label(out, ",", "state", verdict_name(shown[i]));
                        (void)fprintf(
                                out, "} %" PRIu64 "\n",
                                number_at(n, (size_t)shown[i] * SEVERITY_MAX + (size_t)severity));
                }
}

/* Rules without a finding are there with zeros, so that an alert on them can be written. */
static int put_findings(struct metrics *m, struct error *err)
{
        json_auto_t *known = store_rules_data(m->e.request->store);
        struct export all = m->e;
        struct report_request request = *m->e.request;
        struct store_filter filter = *request.filter;
        const char *rule;
        json_t *n;
        int r;

        for (size_t i = 0; i < json_array_size(known); i++) {
                rule = json_member_string(json_array_get(known, i), "id");
                if (filter.rule && rule && strcmp(rule, filter.rule) != 0)
                        continue;
                if (rule && !numbers_of(m->rules, rule, N_OF_RULE))
                        return error_oom(err);
        }
        filter.all = true; /* zeros must not stand for what was left out */
        filter.verdict = filter.min_severity = NULL;
        request.filter = &filter;
        all.request = &request;
        r = export_each_finding(&all, NULL, on_finding, m, err);
        if (r < 0)
                return r;
        put_family(m->out, "vigie_findings",
                   "Open findings: what a rule said of how many subjects.");
        json_object_foreach(m->rules, rule, n) put_rule(m->out, rule, n);
        return 0;
}

static int put_waivers(struct metrics *m, struct error *err)
{
        json_auto_t *waivers = NULL;
        int r = store_waivers_known(m->e.request->store, &waivers, err);

        if (r < 0 || json_array_size(waivers) == 0)
                return r;
        put_family(m->out, "vigie_waiver_expiry_timestamp_seconds",
                   "Until when a waiver holds: the end of its last day.");
        for (size_t i = 0; i < json_array_size(waivers); i++) {
                const json_t *waiver = json_array_get(waivers, i);
                const char *id = json_member_string(waiver, "id");
                const char *until = json_member_string(waiver, "until");

                if (!id || !until)
                        continue;
                put_label(m->out, "vigie_waiver_expiry_timestamp_seconds{", "waiver", id);
                (void)fprintf(m->out, "} %.3f\n", seconds_of(until) + 24.0 * 3600);
        }
        return 0;
}

static int take(struct metrics *m, const struct report_request *request, struct error *err)
{
        if (!m->rules || !m->providers || !m->kinds)
                return error_oom(err);
        return export_init(&m->e, request, err);
}

int report_prometheus(const struct report_request *request, struct error *err)
{
        struct metrics m = { .out = request->terminal.out,
                             .rules = json_object(),
                             .providers = json_object(),
                             .kinds = json_object() };
        int r = take(&m, request, err);

        if (r >= 0)
                put_cycle(&m);
        if (r >= 0 && export_has(&m.e, REPORT_COVERAGE))
                r = put_coverage(&m, err);
        if (r >= 0 && export_has(&m.e, REPORT_RESOURCES))
                r = put_resources(&m, err);
        if (r >= 0 && export_has(&m.e, REPORT_FINDINGS))
                r = put_findings(&m, err);
        if (r >= 0 && export_has(&m.e, REPORT_FINDINGS))
                r = put_waivers(&m, err);
        export_done(&m.e);
        json_decref(m.rules);
        json_decref(m.providers);
        json_decref(m.kinds);
        return r;
}
