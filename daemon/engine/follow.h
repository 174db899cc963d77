/* Values of facts that other collectors are asked for one by one: the buckets and keys that
 * resources name. They are gathered while a scope is read and asked when all of it was, so that
 * each is asked once. Private to engine/.
 *
 * A value is kept as {"1": what {over} is, "2": …, "refs": {the whole values: true}}. */
#pragma once

#include "daemon/engine/site.h"

enum {
        FOLLOW_VALUES_MAX = 4096, /* of one collector in one scope */
        FOLLOW_REFS_MAX = 32,     /* whole values of one; with more, none are told */
        FOLLOW_FAILURES_MAX = 5,  /* running: the rest is not asked */
};

/* Which collectors of the account follow facts; the engine keeps the list in the account. */
int follow_prepare(struct scan_account *a);

/* What a resource says is gathered. -ENOMEM. */
int follow_gather(struct scan_scope *s, const json_t *facts);

/* A collector whose resources may name something could not be read. */
void follow_unread(struct scan_scope *s, const char *collector, const char *region);

/* The value after that one (NULL: the first) that c is asked for; NULL at the end. */
const json_t *follow_next(const struct scan_scope *s, const struct collector *c,
                          const json_t *after);

/* More was named than is asked. */
bool follow_overflowed(const struct scan_scope *s, const struct collector *c);

/* The item with "_refs", the whole values that led to it, in order; left out when they are too
 * many. New reference. */
json_t *follow_item(const json_t *value, const json_t *item);

void follow_done(struct scan_scope *s);
