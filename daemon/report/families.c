#include "daemon/report/families.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/base/version.h"
#include "daemon/report/utf8.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

static const struct {
        const char *name, *type, *help;
} families[] = {
        [FAMILY_BUILD_INFO] = { "vigie_build_info", "gauge", "What runs, or wrote this." },
        [FAMILY_CYCLES] = { "vigie_cycles_total", "counter",
                            "Scans: complete, partial (cut short, or an account in trouble), "
                            "failed." },
        [FAMILY_CYCLE_START] = { "vigie_cycle_last_start_timestamp_seconds", "gauge",
                                 "When the last scan began; 0 before the first." },
        [FAMILY_CYCLE_SUCCESS] = { "vigie_cycle_last_success_timestamp_seconds", "gauge",
                                   "When the last scan came to its end, whatever it could read; 0 "
                                   "before the first." },
        [FAMILY_CYCLE_DURATION] = { "vigie_cycle_duration_seconds", "gauge",
                                    "How long the last scan took." },
        [FAMILY_COVERAGE_RATIO] = { "vigie_scope_coverage_ratio", "gauge",
                                    "Share of what is to be read that an API answered; 0 before "
                                    "the first scan." },
        [FAMILY_SCOPES] = { "vigie_scopes", "gauge",
                            "Cloud accounts, subscriptions and projects, by the worst that was "
                            "met in them." },
        [FAMILY_RESOURCES] = { "vigie_resources", "gauge",
                               "AI that is deployed, by where it is; where it works may be "
                               "elsewhere: see the findings of LOC rules." },
        [FAMILY_FINDINGS] = { "vigie_findings", "gauge",
                              "Open findings: what a rule said of how many subjects." },
        [FAMILY_WAIVER_EXPIRY] = { "vigie_waiver_expiry_timestamp_seconds", "gauge",
                                   "Until when a waiver holds: the end of its last day." },
        [FAMILY_DRIFT] = { "vigie_drift_events_total", "counter",
                           "Resources that appeared, went or changed." },
        [FAMILY_REQUESTS] = { "vigie_api_requests_total", "counter",
                              "Requests to providers, by what came." },
        [FAMILY_RETRIES] = { "vigie_api_retries_total", "counter",
                             "Those of the requests that were made because one before did not "
                             "do." },
        [FAMILY_SPARED] = { "vigie_api_requests_spared_total", "counter",
                            "Requests that were not made because the same was denied before and "
                            "is not due to be asked again." },
        [FAMILY_REQUEST_DURATION] = { "vigie_api_request_duration_seconds", "histogram",
                                      "How long providers took to answer." },
        [FAMILY_CREDENTIAL_EXPIRY] = { "vigie_credential_expiry_timestamp_seconds", "gauge",
                                       "When the first of a provider's credentials expires; +Inf "
                                       "while none is known to, those that are renewed by "
                                       "themselves left out." },
};
static_assert(ELEMENTSOF(families) == FAMILY_MAX, "every family has its row");

static const char *const scope_states[] = { "read", "skipped", "failed", "throttled", "denied" };
static_assert(ELEMENTSOF(scope_states) == SCOPE_STATE_MAX, "every state has its name");

static const char *const residencies[] = { "eu", "outside", "unknown" };
static_assert(ELEMENTSOF(residencies) == RESIDENCY_MAX, "every residency has its name");

static const enum verdict shown[] = { VERDICT_PASS, VERDICT_FAIL, VERDICT_UNKNOWN, VERDICT_WAIVED };

/* ---- series ------------------------------------------------------------------------------------
 */

const char *family_name(enum family f)
{
        return families[f].name;
}

void family_begin(struct buffer *b, enum family f)
{
        buffer_printf(b, "# HELP %s %s\n# TYPE %s %s\n", families[f].name, families[f].help,
                      families[f].name, families[f].type);
}

static void put_value(struct buffer *b, const char *text)
{
        while (*text) {
                uint32_t code;
                size_t n = utf8_next(text, &code);

                if (n == 0)
                        buffer_add(b, "\xef\xbf\xbd");
                else if (*text == '\n')
                        buffer_add(b, "\\n");
                else
                        buffer_printf(b, "%s%.*s", *text == '\\' || *text == '"' ? "\\" : "",
                                      (int)n, text);
                text += n ? n : 1;
        }
}

void family_series(struct buffer *b, enum family f, const char *suffix, const struct label *labels)
{
        buffer_printf(b, "%s%s", families[f].name, suffix);
        for (const struct label *l = labels; l && l->name; l++) {
                buffer_printf(b, "%s%s=\"", l == labels ? "{" : ",", l->name);
                put_value(b, l->value);
                buffer_add(b, "\"");
        }
        buffer_add(b, labels && labels->name ? "} " : " ");
}

void family_count(struct buffer *b, enum family f, const struct label *labels, uint64_t n)
{
        family_series(b, f, "", labels);
        buffer_printf(b, "%" PRIu64 "\n", n);
}

void family_number(struct buffer *b, enum family f, const struct label *labels, int decimals,
                   double value)
{
        family_series(b, f, "", labels);
        if (isinf(value))
                buffer_add(b, "+Inf\n");
        else
                buffer_printf(b, "%.*f\n", decimals, value);
}

/* ---- what both have ----------------------------------------------------------------------------
 */

enum scope_state scope_state(enum coverage_state state)
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

enum residency residency_of(const char *area)
{
        if (!area || strcmp(area, "unknown") == 0)
                return RESIDENCY_UNKNOWN;
        return strcmp(area, "eu") == 0 || strcmp(area, "eea") == 0 ? RESIDENCY_EU
                                                                   : RESIDENCY_OUTSIDE;
}

void family_put_build(struct buffer *b)
{
        const struct label labels[] = { { "version", VIGIE_VERSION },
                                        { "commit", version_commit() },
                                        { NULL, NULL } };

        family_begin(b, FAMILY_BUILD_INFO);
        family_count(b, FAMILY_BUILD_INFO, labels, 1);
}

static void put_seconds(struct buffer *b, enum family f, uint64_t usec)
{
        family_begin(b, f);
        family_number(b, f, NULL, 3, (double)usec / (double)USEC_PER_SEC);
}

int family_put_times(struct buffer *b, struct store *s, struct error *err)
{
        struct store_times t;
        int r = store_scan_times(s, &t, err);

        if (r < 0)
                return r;
        put_seconds(b, FAMILY_CYCLE_START, t.started_usec);
        put_seconds(b, FAMILY_CYCLE_SUCCESS, t.succeeded_usec);
        put_seconds(b, FAMILY_CYCLE_DURATION, t.duration_usec);
        return 0;
}

void family_put_ratio(struct buffer *b, const char *provider, const struct family_scopes *s)
{
        const struct label labels[] = { { "provider", provider }, { NULL, NULL } };

        family_number(b, FAMILY_COVERAGE_RATIO, labels, 6,
                      s->asked ? (double)s->answered / (double)s->asked : 0.0);
}

void family_put_scopes(struct buffer *b, const char *provider, const struct family_scopes *s)
{
        for (size_t i = 0; i < SCOPE_STATE_MAX; i++) {
                const struct label labels[] = { { "provider", provider },
                                                { "state", scope_states[i] },
                                                { NULL, NULL } };

                family_count(b, FAMILY_SCOPES, labels, s->scopes[i]);
        }
}

void family_put_kind(struct buffer *b, const char *provider, const char *kind,
                     const uint64_t n[static RESIDENCY_MAX])
{
        for (size_t i = 0; i < RESIDENCY_MAX; i++) {
                const struct label labels[] = { { "provider", provider },
                                                { "kind", kind },
                                                { "residency", residencies[i] },
                                                { NULL, NULL } };

                family_count(b, FAMILY_RESOURCES, labels, n[i]);
        }
}

void family_put_rule(struct buffer *b, const char *rule, const json_t *numbers)
{
        for (size_t severity = 0; severity < SEVERITY_MAX; severity++)
                for (size_t i = 0; i < ELEMENTSOF(shown); i++) {
                        const struct label labels[] = { { "rule", rule },
                                                        { "severity",
                                                          severity_name((enum severity)severity) },
                                                        { "state", verdict_name(shown[i]) },
                                                        { NULL, NULL } };
                        const json_t *n =
                                json_array_get(numbers, (size_t)shown[i] * SEVERITY_MAX + severity);

                        family_count(b, FAMILY_FINDINGS, labels, (uint64_t)json_integer_value(n));
                }
}

int family_put_waivers(struct buffer *b, struct store *s, struct error *err)
{
        json_auto_t *waivers = NULL;
        int r = store_waivers_known(s, &waivers, err);

        if (r < 0)
                return r;
        family_begin(b, FAMILY_WAIVER_EXPIRY);
        for (size_t i = 0; i < json_array_size(waivers); i++) {
                const json_t *waiver = json_array_get(waivers, i);
                const struct label labels[] = { { "waiver", json_member_string(waiver, "id") },
                                                { NULL, NULL } };
                const char *until = json_member_string(waiver, "until");
                uint64_t last_usec = 0;

                if (labels[0].value && until && clock_parse_iso8601(until, &last_usec) == 0)
                        family_number(b, FAMILY_WAIVER_EXPIRY, labels, 3,
                                      (double)(last_usec + USEC_PER_DAY) / (double)USEC_PER_SEC);
        }
        return 0;
}
