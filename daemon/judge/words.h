/* The words of config/law/words.yaml: what people read for the ids that the program uses, in both
 * languages. */
#pragma once

#include "daemon/judge/data.h"
#include "daemon/model/text.h"

#include <stdbool.h>

struct words {
        json_t *groups; /* {"service_types": {id: {"en", "fr"}}, …, "disclaimer": {"en", "fr"}} */
};

int words_load(struct words *w, struct data *data, struct error *err);
void words_done(struct words *w);

/* The word for an id of a group; the id itself where there is none. */
const char *words_of(const struct words *w, const char *group, const char *id,
                     enum language language);

/* Is value a mapping {en, fr} of two texts? */
bool words_is_text(const json_t *value);
