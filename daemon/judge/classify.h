/* What the law makes of a resource: roles of cloud and customer, duties, what would change them.
 * All of it is data (config/law/roles.yaml); risk comes from declarations only. */
#pragma once

#include "daemon/judge/data.h"

#include <stdbool.h>

struct judge;
struct roles;
struct subject;

int roles_load(struct roles **ret, const struct judge *judge, struct data *data, struct error *err);
struct roles *roles_free(struct roles *roles);
DEFINE_CLEANUP(struct roles *, roles_free);

/* Is that a service type of the table? */
bool roles_has_type(const struct roles *roles, const char *service_type);
const char *roles_type_at(const struct roles *roles, size_t i); /* NULL after the last */

/* {"roles":…, "duties":…, "conditions":…} as judge_describe() has them; new reference, NULL without
 * memory. */
json_t *classify(const struct judge *judge, const struct subject *subject, uint64_t date_usec);

/* {reason code: {en, fr}} for the words; new reference. */
json_t *roles_reasons(const struct roles *roles);
