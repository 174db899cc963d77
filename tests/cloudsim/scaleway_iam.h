/* What Scaleway's IAM says of a key of the world, and who that makes it.
 *
 * A key with permission_sets: (for the whole organisation) or rules: (each with
 * permission_set_names: and organization_id: or project_ids:) may do what they allow and nothing
 * else; without them it is the owner's, who may do everything. IAM's own answers about the key
 * agree, unless the world lists the key itself. */
#pragma once

#include "tests/cloudsim/scaleway.h"

/* -EINVAL for a key whose rules are none. */
int scaleway_iam_check(const json_t *key, struct error *err);

/* May the caller, at least somewhere? *ret_projects: the only ones whose things are shown,
 * borrowed; NULL for all. Counts the set that was used. */
bool scaleway_iam_allows(const struct scaleway_call *c, const json_t **ret_projects);
/* It answers an empty list instead of saying no. */
bool scaleway_iam_is_silent(const struct scaleway_call *c);
/* The permission set that a call needs; NULL when none is known. */
const char *scaleway_iam_set(const struct request *q);

/* The items of IAM's own lists, with what is invented for the caller: a new reference, NULL when
 * the operation is none of them. */
json_t *scaleway_iam_items(const struct scaleway_call *c, const json_t *items);
