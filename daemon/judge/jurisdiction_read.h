/* How the files below config/jurisdictions are read: what jurisdiction_file.c and
 * jurisdiction_offer.c share; nobody else's. */
#pragma once

#include "daemon/judge/jurisdiction_file.h"

/* One file while it is read. */
struct reading {
        struct jurisdictions *j;
        const struct yaml *y;
        struct error *err;
};

/* -EINVAL: "'text' why" where the key stands. */
int reading_refuse(const struct reading *in, struct yaml_place place, const char *key,
                   const char *text, const char *why);
/* text NULL: nothing is done. */
int reading_date(const struct reading *in, struct yaml_place place, const char *key,
                 const char *text, uint64_t *ret_usec);
/* What the row does not say is what stands above it. */
int reading_provenance(const struct reading *in, struct provenance *from, const char *file,
                       const char *source, const char *as_of);
int reading_country(const struct reading *in, struct yaml_place place, const char *key,
                    const char *country);

const struct exposure_law *jurisdictions_law(const struct jurisdictions *j, const char *id);
const struct scheme *jurisdictions_scheme(const struct jurisdictions *j, const char *id);

/* The offers of one provider, into the file's struct. */
int offer_file_read(const struct reading *in, struct offer_file *f);
void offer_file_done(struct offer_file *f);

/* ---- rows of tables ----------------------------------------------------------------------------
 */

#define FIELD(type_, struct_, member_, ...)                                                        \
        {                                                                                          \
                .key = #member_, .type = type_, .offset = offsetof(struct struct_, member_),       \
                __VA_ARGS__                                                                        \
        }
#define KEYED(key_, type_, struct_, member_, ...)                                                  \
        {                                                                                          \
                .key = key_, .type = type_, .offset = offsetof(struct struct_, member_),           \
                __VA_ARGS__                                                                        \
        }
#define ROWS(struct_, member_, fields_, of_, ...)                                                  \
        {                                                                                          \
                .key = #member_, .type = YAML_LIST, .offset = offsetof(struct struct_, member_),   \
                .fields = fields_, .size = sizeof(struct of_),                                     \
                .count_offset = offsetof(struct struct_, n_##member_), __VA_ARGS__                 \
        }
#define PLACE(struct_, member_)                                                                    \
        {                                                                                          \
                .type = YAML_PLACE, .offset = offsetof(struct struct_, member_)                    \
        }
#define TEXT(struct_, member_, ...)                                                                \
        FIELD(YAML_SECTION, struct_, member_, .fields = text_fields, ##__VA_ARGS__)
/* of every row: what it does not say is what its file, or its offer, says */
#define PROVENANCE(struct_)                                                                        \
        KEYED("source", YAML_STRING, struct_, from.source),                                        \
                KEYED("as_of", YAML_STRING, struct_, from.as_of),                                  \
                KEYED("confidence", YAML_STRING, struct_, from.confidence),                        \
                PLACE(struct_, from.place)
