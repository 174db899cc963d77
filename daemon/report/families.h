/* The families of metrics: names, types, help and labels, in one place for the daemon's socket and
 * for the report. Names never change: dashboards and alert rules are written over them. No label
 * holds an id of a resource or a text, and what could not be read is a state of its own, never a
 * series that is missing. Text format 0.0.4 of Prometheus. */
#pragma once

#include "daemon/base/buffer.h"
#include "daemon/store/store.h"

enum family {
        FAMILY_BUILD_INFO,
        FAMILY_CYCLES,
        FAMILY_CYCLE_START,
        FAMILY_CYCLE_SUCCESS,
        FAMILY_CYCLE_DURATION,
        FAMILY_COVERAGE_RATIO,
        FAMILY_SCOPES,
        FAMILY_RESOURCES,
        FAMILY_FINDINGS,
        FAMILY_WAIVER_EXPIRY,
        FAMILY_DRIFT,
        FAMILY_REQUESTS,
        FAMILY_RETRIES,
        FAMILY_SPARED,
        FAMILY_REQUEST_DURATION,
        FAMILY_CREDENTIAL_EXPIRY,
        FAMILY_MAX,
};

struct label {
        const char *name, *value;
};

const char *family_name(enum family f);

/* HELP and TYPE: before the first series of a family, once. */
void family_begin(struct buffer *b, enum family f);
/* A series. labels end with an empty one; NULL for none. The value: infinite is +Inf. */
void family_count(struct buffer *b, enum family f, const struct label *labels, uint64_t n);
void family_number(struct buffer *b, enum family f, const struct label *labels, int decimals,
                   double value);
/* Of a histogram: up to where the value is to stand; suffix "_bucket", "_sum", "_count". */
void family_series(struct buffer *b, enum family f, const char *suffix, const struct label *labels);

/* ---- what both have ----------------------------------------------------------------------------
 */

/* What may be met in a scope, the worse the later. */
enum scope_state {
        SCOPE_READ,
        SCOPE_SKIPPED,
        SCOPE_FAILED,
        SCOPE_THROTTLED,
        SCOPE_DENIED,
        SCOPE_STATE_MAX,
};
enum scope_state scope_state(enum coverage_state state);

/* What was counted of a provider. */
struct family_scopes {
        uint64_t asked, answered;         /* lists */
        uint64_t scopes[SCOPE_STATE_MAX]; /* by the worst that was met in them */
};

enum residency { RESIDENCY_EU, RESIDENCY_OUTSIDE, RESIDENCY_UNKNOWN, RESIDENCY_MAX };
enum residency residency_of(const char *area); /* NULL: unknown */

/* Numbers of a rule's findings: at verdict * SEVERITY_MAX + severity. */
enum { FAMILY_RULE_NUMBERS = VERDICT_MAX * SEVERITY_MAX };

/* Families of one series, whole. */
void family_put_build(struct buffer *b);
int family_put_times(struct buffer *b, struct store *s, struct error *err);
/* One provider's series of FAMILY_COVERAGE_RATIO and of FAMILY_SCOPES, a kind's of
 * FAMILY_RESOURCES, a rule's of FAMILY_FINDINGS (numbers: an array of integers). */
void family_put_ratio(struct buffer *b, const char *provider, const struct family_scopes *s);
void family_put_scopes(struct buffer *b, const char *provider, const struct family_scopes *s);
void family_put_kind(struct buffer *b, const char *provider, const char *kind,
                     const uint64_t n[static RESIDENCY_MAX]);
void family_put_rule(struct buffer *b, const char *rule, const json_t *numbers);
/* The family whole, even without a waiver. */
int family_put_waivers(struct buffer *b, struct store *s, struct error *err);
