/* Declarations: what the owner says of a resource, by tags on it, in a file of declarations/ or in
 * vigie's policy. They are declarations: shown with who made them, never verified.
 *
 * Keys and values are normalised (lower case; `: / . _` and spaces become `-`), so that
 * ai-act:risk, AI_Act.Risk and ai-act-risk are one key. Two values for one key are a conflict; tags
 * that could not be read make every key that they may hold unknown. */
#pragma once

#include "daemon/base/nearest.h"
#include "daemon/judge/data.h"

#include <stdbool.h>

struct vocabulary; /* config/law/tags.yaml: canonical keys and the values they take */

enum declared_state {
        DECLARED_NONE,
        DECLARED_VALUE,
        DECLARED_INVALID,    /* there, with a value that the key does not take */
        DECLARED_CONFLICT,   /* two values for one key */
        DECLARED_UNREADABLE, /* it depends on tags that could not be read */
};

struct declared {
        json_t *entries;        /* {key: {"value", "source", "state": "ok"|"invalid"|"conflict"|
                                   "unreadable", …}}; what declarations_add() adds is said there */
        json_t *ended;          /* {key: the declaration that ended last}, or NULL */
        const char *unreadable; /* cause, borrowed from the facts; NULL when the tags were read */
        bool files_win;         /* files count more than tags */
};

struct declaration {
        enum declared_state state;
        const char *value;    /* normalised; of a conflict: "a, b" */
        const char *source;   /* "tag", "declaration FILE (owner)" or "policy" */
        const char *cause;    /* UNREADABLE: why */
        const json_t *places; /* of files that differ: ["declarations/a.yaml:3:5 (value)"] */
        const json_t *ended;  /* nothing else declares it, and this did until it ended */
        bool settled;         /* tags that could not be read would not change it */
};

int vocabulary_load(struct vocabulary **ret, struct data *data, struct error *err);
struct vocabulary *vocabulary_free(struct vocabulary *v);
DEFINE_CLEANUP(struct vocabulary *, vocabulary_free);

bool vocabulary_has(const struct vocabulary *v, const char *key);
/* May the key hold that value? */
bool vocabulary_accepts(const struct vocabulary *v, const char *key, const char *value);

/* Into text (cut to size); returns text. */
char *tag_normalise_key(const char *key, char *text, size_t size);

/* The value in the form in which the key keeps it, into text; NULL when the key does not take it.
 */
const char *vocabulary_normalise(const struct vocabulary *v, const char *key, const char *value,
                                 char *text, size_t size);
/* Offers every key, for "did you mean". */
void vocabulary_offer(const struct vocabulary *v, struct nearest *near);

/* Of the tags whose key has the normal form of key: how many there are, and how many of their
 * values are like the pattern. */
struct tag_values {
        size_t there, like;
};
struct tag_values tag_find(const json_t *tags, const char *key, const char *pattern);

/* What the tags of a resource declare; facts tell by "tags" whether they could be read. */
int declared_read(struct declared *d, const struct vocabulary *v, const json_t *tags,
                  const json_t *facts);
/* policy: an object of canonical keys, or NULL; counts for what nothing else declares. */
int declared_add_policy(struct declared *d, const struct vocabulary *v, const json_t *policy);
void declared_done(struct declared *d);

struct declaration declared_get(const struct declared *d, const char *key);
/* The value when it is declared and valid, else NULL. */
const char *declared_value(const struct declared *d, const char *key);
/* {key: value} of what is declared and valid, sorted as the vocabulary; new reference. */
json_t *declared_json(const struct declared *d, const struct vocabulary *v);
/* {key: entry} of all that is declared, with who declared it, what is not valid, and what ended
 * (state "ended"); new reference. */
json_t *declared_by_json(const struct declared *d, const struct vocabulary *v);
