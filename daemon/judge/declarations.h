/* Declarations of what cannot be tagged: files declarations/<*.yaml> beside the configuration, each
 * with entries that say who declares what of which resources and places.
 *
 * A resource's own tag counts more than a file (unless policy.declarations_win), a file more than
 * policy.tags. Entries that differ on one key are a conflict, which is unknown; an entry that
 * matches by tags which could not be read makes its keys unknown; one that has ended counts for
 * nothing, and is remembered so that it can be said. */
#pragma once

#include "daemon/judge/data.h"

#include <stdbool.h>

struct declarations;
struct subject;
struct vocabulary;

int declarations_load(struct declarations **ret, const struct vocabulary *v, struct data *data,
                      struct error *err);
struct declarations *declarations_free(struct declarations *ds);
DEFINE_CLEANUP(struct declarations *, declarations_free);

/* Adds to s->declared, whose tags were read, what the files declare of the subject. Entries have
 * besides what struct declared says: "file", "owner", "reason", "until"; of a conflict "places";
 * of what is unreadable "cause"; of what has ended "place"; and "overridden": [{"value", "source",
 * "file", "owner"}], what counts less and says something else. */
int declarations_add(const struct declarations *ds, struct subject *s, uint64_t date_usec);

/* Every entry as judge_declarations() has it; new reference. */
json_t *declarations_json(const struct declarations *ds, uint64_t date_usec);
