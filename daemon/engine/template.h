/* Templates of the catalogue: "{name}" filled in from where a call is made and from the item it is
 * about. */
#pragma once

#include "daemon/base/error.h"

#include <jansson.h>
#include <stdbool.h>

/* Finds a value: a new reference, or NULL when there is none. */
struct template_values {
        json_t *(*value)(void *user, const char *name);
        void *user;
};

enum template_encoding {
        TEMPLATE_PLAIN,
        TEMPLATE_PATH
}; /* PATH: values percent-encoded but for A-Za-z0-9-._~, and the slashes of {+x}, which is a path
      itself */

bool template_is_valid(const char *text);
bool template_tree_is_valid(const json_t *tree);

/* Fills in text; the caller frees. -ENODATA names the value that is missing. */
int template_expand(const char *text, enum template_encoding encoding,
                    const struct template_values *values, char **ret, struct error *err);

/* Fills in every string of a tree; a string that is one template alone takes the value with its
 * JSON type. */
int template_expand_tree(const json_t *tree, const struct template_values *values, json_t **ret,
                         struct error *err);
