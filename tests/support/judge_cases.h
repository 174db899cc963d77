/* The cases of tests/fixtures/judge/<file>.json, one by one: {"name", "policy", "date", "world",
 * "expect"}, each with a judge of its policy. For tests that ask the same of all of them. */
#pragma once

#include "daemon/judge/judge.h"

/* The policy of a case; what it lends out lives as long as the case's JSON. */
struct judge_case_policy {
        struct policy policy;
        char *areas[8], *allow[8], *deny[8];
};

void judge_case_policy_read(struct judge_case_policy *box, const json_t *d);

struct judge_case {
        const char *file, *name;
        const json_t *world, *expect;
        const struct policy *policy;
        const struct judge *judge; /* of that policy */
        uint64_t date_usec;
};

/* How many there were. */
size_t judge_cases_each(void (*cb)(void *user, const struct judge_case *c), void *user);

/* Every subject of a world, as judge_world_run() takes it: its resources, and the places and scopes
 * that resources and coverage name; new reference. */
json_t *judge_cases_subjects(const json_t *world);
