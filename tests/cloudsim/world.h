/* Worlds: what exists, in YAML. See README.md for their shape. */
#pragma once

#include "daemon/base/error.h"

#include <jansson.h>

/* path is a file, or a directory with world.yaml in it. -EINVAL with file:line:column for a bad
 * one. overrides: dotted path → value. */
int world_load(const char *path, const json_t *overrides, json_t **ret, struct error *err);

/* A member by a path of keys, borrowed; NULL when one is missing: world_at(root, "aws",
 * "accounts"). */
#define world_at(root, ...) world_follow(root, (const char *const[]){ __VA_ARGS__, NULL })
json_t *world_follow(const json_t *root, const char *const *keys);
