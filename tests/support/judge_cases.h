/* The cases of tests/fixtures/judge/<file>.json, one by one: {"name", "policy", "date", "world",
 * "expect"}, each with a judge of its policy. For tests that ask the same of all of them. */
#pragma once

#include "daemon/judge/judge.h"

struct judge_case {
        const char *file, *name;
        const json_t *world, *expect, *policy;
        const struct judge *judge; /* of that policy, shared with the other cases that have it */
        uint64_t date_usec;
};

/* How many there were. Each call reads the files anew, those of the judges too. */
size_t judge_cases_each(void (*cb)(void *user, const struct judge_case *c), void *user);

/* Every subject of a world, as judge_world_run() takes it: its resources, and the places and scopes
 * that resources and coverage name; new reference. */
json_t *judge_cases_subjects(const json_t *world);
