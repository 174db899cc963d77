/* What the law makes of a resource: roles of cloud and customer, duties, what would change them.
 * All of it is data (config/law/roles.yaml); risk comes from declarations only. */
#pragma once

#include "daemon/judge/roles.h"

#include <stdint.h>

struct judge_view;
struct subject;

/* {"roles":…, "duties":…, "conditions":…} as judge_describe() has them; new reference, NULL without
 * memory. view may be NULL: then nothing is known of the account. */
json_t *classify(const struct judge *judge, const struct judge_view *view,
                 const struct subject *subject, uint64_t date_usec);
