/* Judges of the policies that cases name: one a policy, for whoever asks. Reading rules and law
 * anew for each of some two hundred cases would take most of a test's time. */
#pragma once

#include "daemon/judge/judge.h"

struct judge_pool;

/* overrides (NULL: the shipped data alone) is borrowed. */
struct judge_pool *judge_pool_new(const char *overrides);
struct judge_pool *judge_pool_free(struct judge_pool *pool);
DEFINE_CLEANUP(struct judge_pool *, judge_pool_free);

/* Of a case's "policy", NULL when it has none; NULL, said on standard error, when it is refused. */
const struct judge *judge_pool_get(struct judge_pool *pool, const json_t *policy);
