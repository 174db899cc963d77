/* What a record names elsewhere: the buckets, groups and stores it writes to or is copied to, as
 * records of evidence. */
#pragma once

#include "daemon/judge/trial.h"

/* The record of that topic that a value names: by id or name, or by the name in a URI
 * ("s3://name/path") or before the first "/" of an id. NULL: not in the inventory. Borrowed until
 * the next look. */
const struct resource *trial_refer(struct trial *t, const char *topic, const char *value);

/* The record of a key that an id names. The id of a version (…/keys/k/versions/3) names the key
 * that it is one of: the rule's parameter key_versions says what stands between them
 * ("/versions/"), by provider. NULL: not in the inventory. Borrowed until the next look. */
const struct resource *trial_key(struct trial *t, const char *id);

/* Every place that some values name: region codes, and what could not be located. */
struct named_places {
        json_t *regions, *lost;
};
/* Values are region codes or names of records of the topic, whose region is in the fact. */
int trial_locate(struct trial *t, const json_t *values, const char *topic, const char *region_fact,
                 struct named_places *ret);
void named_places_done(struct named_places *p);

/* Are the destinations of a log there? */
enum destinations {
        DESTINATIONS_NONE,   /* it names none */
        DESTINATIONS_THERE,  /* at least one is */
        DESTINATIONS_GONE,   /* sinks were read, and none of them is */
        DESTINATIONS_UNREAD, /* sinks were not all read: cause */
        DESTINATIONS_UNSEEN, /* nothing reads sinks here */
};
int trial_destinations(struct trial *t, const struct resource *r, enum destinations *ret,
                       char *cause, size_t size);

/* A fact's value as a list, new reference; NULL when it is not known. */
json_t *trial_fact_list(struct trial *t, const struct resource *r, const char *fact);
