/* Where prompts are processed, by the kind of a deployment (sku.name) and the place of its account.
 */
#pragma once

#include "providers/azure/facts.h"

/* Adds the regions to the list; 0, or a negative errno with the reason in err when it is not known.
 */
int azure_add_processing(json_t *regions, const char *sku, const char *region, struct error *err);

/* The geography in which data is kept at rest, NULL where the table does not have the region. */
const char *azure_geography(const char *region);
