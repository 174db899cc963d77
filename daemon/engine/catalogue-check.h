/* What the tables of the catalogue cannot say: names that must exist, things that exclude each
 * other, links between entries. Errors name file:line:column. */
#pragma once

#include "daemon/model/call.h"
#include "providers/provider.h"

/* Checks one service and fills in what is derived within it. */
int service_check(struct service *s, const struct provider *provider, const json_t *fact_names,
                  struct error *err);

/* Checks what spans services (unique ids, parents, joins) and links children to parents. */
int catalogue_check(struct catalogue *c, struct error *err);
