/* Named checks: what the predicates of a rule cannot say. A check decides (trial_decide) and never
 * passes on silence. */
#pragma once

struct trial;

struct check {
        const char *name;
        int (*run)(struct trial *t);
        const char *const *whys;   /* texts that a rule with this check must have */
        const char *const *vars;   /* placeholders that they may use */
        const char *const *params; /* parameters that the rule must give; NULL: none */
};

/* LOG-003's on the resource that is the subject; by_sink and by_events may be missing. */
int trial_inference_log(struct trial *t);

struct nearest;

/* NULL when there is none of that name; near then has what it may have meant. */
const struct check *check_find(const char *name, struct nearest *near);

/* By file: where things are, what is logged, what was read, who rules. */
extern const struct check checks_location[], checks_inference[], checks_sink[], checks_log[],
        checks_log_inference[], checks_log_place[], checks_log_events[], checks_coverage[],
        checks_sovereignty[], checks_certificate[], checks_key[], checks_customer_key[],
        checks_model[], checks_guardrail[], checks_transit[], checks_grants[], checks_guard[],
        checks_alert[];

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })
