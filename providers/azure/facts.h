/* Facts as the refinements set them: what a fact was read from stays its evidence when its value is
 * made another one. */
#pragma once

#include "daemon/base/error.h"
#include "daemon/model/resource.h"

#include <jansson.h>
#include <stdbool.h>

/* value may be NULL for no memory. */
int azure_set(struct resource *r, const char *name, json_t *value_take, struct error *err);
int azure_set_absent(struct resource *r, const char *name, struct error *err);
int azure_set_unknown(struct resource *r, const char *name, const char *cause, struct error *err);
/* A list with something in it is known, an empty one says that there is none. */
int azure_set_list(struct resource *r, const char *name, const json_t *list, struct error *err);

/* Does the row read it at all? */
bool azure_collects(const struct resource *r, const char *name);
/* The value, borrowed, NULL where it is not known. */
const json_t *azure_known(const struct resource *r, const char *name);
const char *azure_known_text(const struct resource *r, const char *name);

int azure_append_once(json_t *list, const char *text);
/* An id as ids compare: small letters; NULL without memory. */
json_t *azure_id_json(const char *id);
/* A location as an API spells it, "West Europe", as a code. */
json_t *azure_region_json(const char *location);
