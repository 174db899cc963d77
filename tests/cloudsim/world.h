/* Worlds: what exists, in YAML. See README.md for their shape. */
#pragma once

#include "daemon/base/error.h"

#include <jansson.h>

/* path is a file, or a directory with world.yaml in it. -EINVAL with file:line:column for a bad
 * one. overrides: dotted path → value. */
int world_load(const char *path, const json_t *overrides, json_t **ret, struct error *err);

/* A member by a path of keys (ends with NULL), borrowed; NULL when one is missing. */
json_t *world_at(const json_t *root, ...) __attribute__((sentinel));
