/* What the law makes of a resource, as the JSON contract publishes it: codes stay, reasons become
 * words. Each takes a description of judge_describe() (NULL: not judged yet) and the store's words,
 * and gives a new reference. */
#pragma once

#include "daemon/model/text.h"

#include <jansson.h>

/* {"cloud": {"role", "confidence", "reason"}, "customer": …} */
json_t *law_roles_json(const json_t *description, const json_t *words, enum language language);
/* [{"article", "party", "date", "applies_from", "state", "in_days", "only"}] */
json_t *law_duties_json(const json_t *description, const json_t *words, enum language language);
/* [{"reason", "text", "state", "on", "cloud", "customer", "adds", "cause"}] */
json_t *law_conditions_json(const json_t *description, const json_t *words, enum language language);
