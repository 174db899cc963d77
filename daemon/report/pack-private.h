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
        json_t *retention; /* {provider: {"met", "not_met", "unknown", "days", "judged_days": the
                              shortest of those that were held against a floor, "kinds"}} */
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

/* ---- what its forms have in common -------------------------------------------------------------
 */

enum pack_part {
        PACK_SERVICES,
        PACK_LOCATIONS,
        PACK_RETENTION,
        PACK_CERTIFICATES,
        PACK_CONTRACTS,
        PACK_UNKNOWN,
        PACK_SECTION_MAX,
};

/* Words are not translated yet; heads end with NULL. */
extern const struct pack_section {
        const char *id, *title, *heads[8];
} pack_sections[];

extern const char *const pack_title, *const pack_incomplete; /* not translated yet either */

extern const char *const pack_parties[]; /* in the order in which they are told; ends with NULL */

/* The word for a code of the registers. */
const char *pack_register_word(const char *code);

/* Cells, which the caller frees; NULL without memory. */
char *pack_joined(const json_t *list, const char *member); /* member NULL: a list of texts */
char *pack_processing(const json_t *location);
char *pack_kept(const json_t *retention);
char *pack_clauses(const json_t *contract);
char *pack_contract_of(const json_t *contract); /* which clouds, and whether in part */

/* Six calendar months are 181 to 184 days. */
enum { PACK_HALF_YEAR_SHORT_DAYS = 181, PACK_HALF_YEAR_DAYS = 184 };

/* What pack_collect() made, as a page for a browser; words are the store's. */
void pack_html(const struct report_request *request, const json_t *pack, json_t *words);
