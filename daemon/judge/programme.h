/* The steps of a compliance programme (config/law/programme.yaml): what counts for each, the effort
 * and the budget that its source gives. How far a step is, is reckoned from what is known; nothing
 * here moves a verdict. */
#pragma once

#include "daemon/judge/register.h"

struct judge;

enum programme_each { EACH_ENTRY, EACH_ACCOUNT, EACH_TEAM };

/* One of rules, coverage and register. */
struct programme_measure {
        char *id;
        struct text title;
        char **rules;  /* patterns with *; a rule counts in the first measure that names it */
        bool coverage; /* lists that were asked */
        char *register_name;
        int each;     /* enum programme_each */
        char **needs; /* clauses of a contract */
        struct yaml_place place;

        enum register_kind kind; /* of register_name */
};

struct programme_step {
        char *id;
        struct text title;
        uint64_t weeks; /* 0: continuous */
        bool continuous;
        struct programme_measure *measures;
        size_t n_measures;
        struct yaml_place place;
};

struct programme_range {
        uint64_t from, to; /* EUR */
        struct yaml_place place;
};

struct programme_budget {
        char *id;
        struct text title;
        char **providers;
        struct programme_range *ranges;
        size_t n_ranges;
};

struct programme_plan {
        struct text source;
        char *as_of;
        struct programme_range months;
        struct programme_step *steps;
        size_t n_steps;
        struct programme_budget *budgets;
        size_t n_budgets;
};

/* Every pattern has to name a rule in force: judge->rules is there. */
int programme_load(struct programme_plan **ret, const struct judge *judge, struct data *data,
                   struct error *err);
struct programme_plan *programme_free(struct programme_plan *p);
DEFINE_CLEANUP(struct programme_plan *, programme_free);

/* The measure in which the rule counts; NULL: none. */
const struct programme_measure *programme_measure_of(const struct programme_plan *p,
                                                     const char *rule);
