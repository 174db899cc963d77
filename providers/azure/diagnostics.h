/* Diagnostic settings: which logs a resource sends, where to, and whether its use is among them. */
#pragma once

#include "providers/azure/facts.h"

/* The facts log.inference or log.application, log.destination and log.categories hold the settings
 * as the API gives them, log.categories_offered the categories; they are made what they say. A row
 * that reads none of them is left as it is. */
int azure_read_diagnostics(struct resource *r, struct error *err);

/* The setting that exports the activity log of a subscription. */
int azure_read_activity_export(struct resource *r, const json_t *item, struct error *err);
