/* Facts: normalised attributes of a resource, with what is not known kept apart from what is not
 * there.
 *
 * They live in one JSON object per resource, in the form that the program publishes:
 *   {"log.retention_days": {"state": "known", "value": 365, "evidence": 0},
 *    "encryption.key":     {"state": "absent", "evidence": 0},
 *    "log.inference":      {"state": "unknown", "cause": "denied: sagemaker:DescribeEndpoint"}}
 * "evidence" is an index into the resource's list of evidence. Absent means that an API answered
 * and the thing was not in the answer; a call that did not succeed gives unknown, never absent.
 *
 * Names in use stand in config/catalogue/facts.yaml. */
#pragma once

#include <jansson.h>

enum fact_state { FACT_ABSENT, FACT_KNOWN, FACT_UNKNOWN };

const char *fact_state_name(enum fact_state state);

/* evidence < 0 for none. Return 0 or -ENOMEM. */
int fact_set_known_take(json_t *facts, const char *name, json_t *value, int evidence);
int fact_set_absent(json_t *facts, const char *name, int evidence);
int fact_set_unknown(json_t *facts, const char *name, const char *cause);

/* A name that is not there at all is FACT_UNKNOWN with cause "not collected". ret_value (borrowed,
 * set only when known) and ret_cause (borrowed, set only when unknown) may be NULL. */
enum fact_state fact_get(const json_t *facts, const char *name, const json_t **ret_value,
                         const char **ret_cause);
/* Index of the evidence of a fact that is known or absent; -1 for none. */
int fact_evidence(const json_t *facts, const char *name);
