/* Provider and region → country → area. Every code is looked up in a table; nothing is concluded
 * from how it begins. A zone is its region's code after the provider's own suffix rule; what is in
 * no table is unknown. */
#pragma once

#include "daemon/judge/data.h"

#include <stdbool.h>

struct regions;

struct location {
        const char *code;       /* as the table writes it; NULL when not mapped */
        const char *country;    /* ISO 3166 alpha-2; NULL when not mapped or more than one */
        char *const *countries; /* where it may be any of several; NULL otherwise */
        const char *area;       /* "eu", "eea", "adequate", "other", "unknown" */
        bool named;             /* a place, and not "", "global" or a list of countries */
};

/* An adequacy decision of the Commission. */
struct decision {
        char *country, *number, *adopted, *source, *as_of;
        char *expires;         /* date, or NULL */
        uint64_t expires_usec; /* 0: no end date */
        json_t *scope;         /* {en, fr}, or NULL */
        struct yaml_place place;
};

enum within { WITHIN_NO, WITHIN_YES, WITHIN_UNKNOWN };

int regions_load(struct regions **ret, struct data *data, struct error *err);
struct regions *regions_free(struct regions *t);
DEFINE_CLEANUP(struct regions *, regions_free);

/* Borrowed from the table. The area is as of the date (0: of the list as it stands): a decision
 * that has expired makes a country "other". */
struct location regions_locate(const struct regions *t, const char *provider, const char *region,
                               uint64_t date_usec);

/* "", "global" and the like: a region that names no place. */
bool regions_is_placeless(const char *region);

/* Is that an area or a country code? */
bool regions_area_known(const struct regions *t, const char *word);

/* Is the region in one of the areas or countries (NULL-terminated)? eu is part of eea, eea of
 * adequate; "any" is everywhere. */
enum within regions_within(const struct regions *t, const char *provider, const char *region,
                           const char *const *areas, uint64_t date_usec);

/* The same of a country. */
bool regions_country_within(const struct regions *t, const char *country, const char *const *areas,
                            uint64_t date_usec);

/* The area of a country itself: regions_locate() says it of a region. */
const char *regions_country_area(const struct regions *t, const char *country, uint64_t date_usec);

/* The partition, or cloud of its own, that a region belongs to: the table's word, else the
 * provider's name. NULL when the region is not mapped, or names no place. */
const char *regions_partition(const struct regions *t, const char *provider, const char *region);

/* NULL when the country has none. */
const struct decision *regions_decision(const struct regions *t, const char *country);

/* {provider: {code: {"country" (where it is one), "area"}}} of the codes that the tables name, for
 * reports; patterns are not in it. The areas are those of the lists as they stand. New reference,
 * NULL without memory. */
json_t *regions_json(const struct regions *t);
