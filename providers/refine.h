/* What refinements set, with the call that listed the item as evidence: it is the first of the
 * resource's. 0, or -ENOMEM with err set. */
#pragma once

#include "daemon/base/error.h"
#include "daemon/model/resource.h"

int refine_known_take(struct resource *r, const char *name, json_t *value, struct error *err);
int refine_absent(struct resource *r, const char *name, struct error *err);
int refine_unknown(struct resource *r, const char *name, const char *cause, struct error *err);
