/* Who answers for what: the roles and duties of cloud, customer and maker by service type, derived
 * from what the inventory says of each resource. Memory grows with types, scopes and articles, not
 * with resources. */
#pragma once

#include "daemon/report/report.h"

enum duties_format { DUTIES_TABLE, DUTIES_JSON, DUTIES_MARKDOWN, DUTIES_FORMAT_MAX };

/* -EINVAL for a name that is none. */
int duties_format_from_name(const char *name, enum duties_format *ret);

/* request->part is not looked at. -EIO when what was written did not reach its file. */
int duties_write(const struct report_request *request, enum duties_format format,
                 struct error *err);

/* {service type: {"resources", "stale", "undescribed", "providers": {id: n}, "scopes": {"provider
 * scope": n}, "parties": {"cloud": {"roles": {role: n}, "duties": {key: {"article", "date",
 * "applies_from", "state", "in_days", "only", "resources"}}}…}}}; "unclassified" is what has no
 * type. New reference. */
int duties_collect(const struct report_request *request, json_t **ret, struct error *err);

/* One resource more into types, for who walks over the inventory anyway. */
int duties_add(json_t *types, const struct store_resource *row);

/* The types in the order of the store's table of roles (words "types"), then what it does not have.
 * New reference; NULL without memory. */
json_t *duties_in_order(const json_t *types, const json_t *table);
