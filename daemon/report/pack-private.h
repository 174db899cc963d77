/* What the files of the pack share: what is collected while it is put together, and texts that its
 * forms have in common. For pack*.c only. */
#pragma once

#include "daemon/report/explain-lines.h"
#include "daemon/report/pack.h"

/* Grows with services, regions and offers, not with resources. */
struct pack_collecting {
        struct explain e;
        const json_t *registers;
        json_t *places;    /* {"type provider region": location} */
        json_t *retention; /* {provider: {"met", "not_met", "unknown", "days"}} */
        json_t *offers;    /* {offer: true}; "" for what is of none that is known */
        json_t *providers; /* {provider: true} */
        json_t *unread;    /* {provider: true} */
        json_t *unknown;   /* [text] */
        bool stale, undescribed;
        int failed;
};

const char *pack_word(const struct pack_collecting *c, const char *group, const char *code);
const char *pack_type_word(const struct pack_collecting *c, const char *type);
/* Takes value; what fails is in failed. */
void pack_set(struct pack_collecting *c, json_t *in, const char *key, json_t *value_take);
/* One more thing that is not known; the same is said once. */
void pack_say_unknown(struct pack_collecting *c, const char *fmt, ...) _printf_(2, 3);

/* Rows of the store as they pass. */
int pack_on_resource(void *user, const struct store_resource *row);
int pack_on_retention(void *user, const struct store_finding *f);
int pack_on_log(void *user, const struct store_resource *row);

/* The lists of the pack, from what has passed; new references. */
json_t *pack_services_of(struct pack_collecting *c, const json_t *types);
json_t *pack_locations_of(struct pack_collecting *c);
json_t *pack_retention_of(struct pack_collecting *c);
json_t *pack_certificates_of(struct pack_collecting *c);
json_t *pack_contracts_of(struct pack_collecting *c);
