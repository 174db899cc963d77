/* From replies to resources: items, attributes, facts, tags. Pure, over memory. */
#pragma once

#include "daemon/engine/template.h"
#include "daemon/model/call.h"
#include "daemon/model/resource.h"

/* The items of a reply, as an array of objects (new reference). -EBADMSG when the reply has
 * something else where the list should be, or a list of neither objects, texts nor numbers. A reply
 * that says nothing at all is an empty list; one that has other things but not the list is no
 * answer to this call. */
int extract_items(const json_t *body, const struct call *call, const struct paging *paging,
                  json_t **ret, struct error *err);

/* A resource with what the list says of it; -EBADMSG when the item has no id. values resolve
 * templates over the item. */
int extract_resource(const struct collector *c, const struct place *place, const json_t *item,
                     const struct template_values *values, struct resource **ret,
                     struct error *err);

/* Text of a map entry: a template when it has "{", else a path in the item. NULL in *ret when there
 * is nothing. */
int extract_text(const char *map, const json_t *item, const struct template_values *values,
                 char **ret, struct error *err);

/* Where facts are read. */
struct extract_source {
        const json_t *body;
        const struct template_values *values;            /* for values that are templates */
        int evidence;                                    /* index of the reply in r->evidence */
        json_t *(*id_key)(void *user, const json_t *id); /* for id: a text in the form in which ids
                                                            compare; NULL: as it is */
        void *user;
        bool collect; /* known values join those that are there (detail calls with each: or over:)
                       */
};

/* Reads facts: into r. A missing value never takes the place of a known one. */
int extract_facts(struct resource *r, const json_t *facts, const struct extract_source *source,
                  struct error *err);

/* The facts could not be read: unknown, with the cause, unless known already. */
int extract_facts_unknown(struct resource *r, const json_t *facts, const char *cause,
                          struct error *err);

/* Tags found at path in body are added to r->tags: an object of scalars, or a list of "key=value"
 * texts; fact "tags" becomes known. */
int extract_tags(struct resource *r, const char *path, const json_t *body, int evidence,
                 struct error *err);

/* Adds an entry to r->evidence and returns its index, or a negative errno. Borrowed texts;
 * request_id may be "". */
int extract_evidence(struct resource *r, const char *call, const char *time, const char *request_id,
                     const char *sha256);

/* Does one of the rows hold, or are there none? All on paths of the item. */
bool extract_fits(const struct keep *rows, size_t n, const json_t *item);

/* Is the item to be kept, as far as the list can tell (r NULL: only conditions on the item; any
 * condition on facts counts as holding) or finally (r with its facts)? */
bool extract_keep(const struct collector *c, const json_t *item, const struct resource *r);
