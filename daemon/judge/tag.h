/* Declarations: what the owner says of a resource, by tags on it or in vigie's policy. They are
 * declarations: shown, never verified.
 *
 * Keys and values are normalised (lower case; `: / . _` and spaces become `-`), so that
 * ai-act:risk, AI_Act.Risk and ai-act-risk are one key. Two values for one key are a conflict; tags
 * that could not be read make every key that they may hold unknown. */
#pragma once

#include "daemon/judge/data.h"

#include <stdbool.h>

struct vocabulary; /* config/law/tags.yaml: canonical keys and the values they take */

enum declared_state {
        DECLARED_NONE,
        DECLARED_VALUE,
        DECLARED_INVALID,    /* there, with a value that the key does not take */
        DECLARED_CONFLICT,   /* two values for one key */
        DECLARED_UNREADABLE, /* the tags could not be read, and nothing else declares it */
};

struct declared {
        json_t *entries;        /* {key: {"value", "source": "tag"|"policy", "state":
                                   "ok"|"invalid"|"conflict"}} */
        const char *unreadable; /* cause, borrowed from the facts; NULL when the tags were read */
};

struct declaration {
        enum declared_state state;
        const char *value;  /* normalised; of a conflict: "a, b" */
        const char *source; /* "tag" or "policy" */
        const char *cause;  /* UNREADABLE: why */
};

int vocabulary_load(struct vocabulary **ret, struct data *data, struct error *err);
struct vocabulary *vocabulary_free(struct vocabulary *v);
DEFINE_CLEANUP(struct vocabulary *, vocabulary_free);

bool vocabulary_has(const struct vocabulary *v, const char *key);
/* May the key hold that value? */
bool vocabulary_accepts(const struct vocabulary *v, const char *key, const char *value);

/* Into text (cut to size); returns text. */
char *tag_normalise_key(const char *key, char *text, size_t size);

/* tags, facts: of the resource (facts tell by "tags" whether they could be read); policy: an object
 * of canonical keys, or NULL. */
int declared_read(struct declared *d, const struct vocabulary *v, const json_t *tags,
                  const json_t *facts, const json_t *policy);
void declared_done(struct declared *d);

struct declaration declared_get(const struct declared *d, const char *key);
/* The value when it is declared and valid, else NULL. */
const char *declared_value(const struct declared *d, const char *key);
/* {key: value} of what is declared and valid, sorted as the vocabulary; new reference. */
json_t *declared_json(const struct declared *d, const struct vocabulary *v);
