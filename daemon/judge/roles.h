/* config/law/roles.yaml, read once and checked whole: service types with their roles and duties,
 * and the conditions that change them. */
#pragma once

#include "daemon/judge/data.h"
#include "daemon/judge/predicate.h"

#include <stdbool.h>

struct judge;

enum gpai_modifier { MODIFIER_NONE, MODIFIER_UNLIKELY, MODIFIER_UNKNOWN };

struct role {
        char *role, *confidence, *reason;
};

struct duty {
        char *article, *party, *date;
        char *only;   /* an id of words.only: when it binds, where the table cannot tell; or NULL */
        char **risks; /* NULL: whatever the risk */
        struct yaml_place place;
};

struct service_role {
        char *type;
        struct role cloud, customer;
        struct duty *duties;
        size_t n_duties;
        struct yaml_place place;
};

/* What changes a role: a reason code, when it holds, and what it then says. */
struct role_condition {
        char *reason;
        char **types, **providers;
        struct condition when;
        bool third_country; /* and: whoever runs the offer is established outside the Union */
        char *cloud_is;     /* and: this is the cloud's role so far; NULL: whatever it is */
        struct role cloud, customer; /* role NULL: unchanged */
        struct duty *duties;         /* added */
        size_t n_duties;
        int gpai_modifier; /* enum gpai_modifier */
        struct yaml_place place;
};

struct roles {
        char *source, *as_of;
        struct service_role *types;
        size_t n_types;
        struct role_condition *conditions;
        size_t n_conditions;
        json_t *reasons; /* {code: {en, fr}} */
};

/* After words, dates and articles: names are looked up there. */
int roles_load(struct roles **ret, const struct judge *judge, struct data *data, struct error *err);
struct roles *roles_free(struct roles *roles);
DEFINE_CLEANUP(struct roles *, roles_free);

/* NULL when the table does not have the type. */
const struct service_role *roles_find(const struct roles *roles, const char *service_type);
/* Is that a service type of the table? */
bool roles_has_type(const struct roles *roles, const char *service_type);
const char *roles_type_at(const struct roles *roles, size_t i); /* NULL after the last */

/* {"role", "confidence", "reason"}; new reference. */
json_t *role_json(const struct role *role);
/* {reason code: {en, fr}} for the words; new reference. */
json_t *roles_reasons(const struct roles *roles);
/* {service type: {"order", "cloud": {"role", "confidence", "reason"}, "customer": {…}, "duties":
 * [{"article", "party", "date", "risks", "only"}]}}: what holds by default; new reference. */
json_t *roles_json(const struct roles *roles);
/* Calls back for each article of a duty, until cb returns other than 0, which is returned. */
int roles_each_article(const struct roles *roles, int (*cb)(void *user, const char *article),
                       void *user);
