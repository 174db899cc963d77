/* Predicates over facts and declarations, as rules and conditions of roles are written in YAML.
 * Four answers, not two: what is absent or unknown is neither yes nor no, and whoever asks must say
 * what it means. */
#pragma once

#include "daemon/base/yaml.h"

struct trial;
struct judge;

enum truth { TRUTH_NO, TRUTH_YES, TRUTH_ABSENT, TRUTH_UNKNOWN };

struct predicate {
        char *fact, *tag;         /* what is read: one of them */
        json_t *is, *is_not;      /* a scalar */
        json_t *in, *not_in;      /* a list of scalars */
        json_t *at_least, *below; /* numbers */
        json_t *networks; /* true: networks, none of which is the whole Internet; false: one is */
        json_t *within_area; /* true: every region named lies in the allowed areas; false: one does
                                not */
        json_t *present;     /* true or false */
        json_t *valid;       /* tag: its value is one of the vocabulary's */
        json_t *not_past;    /* true: the date has not passed; false: it has */
        json_t *not_future;  /* true: the date is today or before; false: it is to come */
        json_t *older_than_hours; /* a number: the time lies further back; unknown of one to come */
        int if_absent;  /* what an absent fact means here: absent (default: the rule says), no, yes,
                           unknown */
        int if_unknown; /* what an unknown one does: unknown (default), no; never yes */
        int if_missing; /* what one does that this kind of resource has no collector for: unknown
                           (default), no */
        struct yaml_place place;
};

struct condition {
        struct predicate *all, *any;
        size_t n_all, n_any;
        struct yaml_place place;
};

/* Table rows for a struct that embeds a condition: keys all and any. */
extern const struct yaml_field predicate_fields[];
extern const struct yaml_field condition_fields[];

/* Names the fact, and the one that was meant, as far as can be guessed. -EINVAL. */
int predicate_unknown_fact(const struct yaml *y, struct yaml_place place, const struct judge *judge,
                           const char *fact, struct error *err);

/* Unknown facts, tags, operators without sense: -EINVAL with the place. */
int condition_check(const struct condition *c, const struct judge *judge, const struct yaml *y,
                    struct error *err);

/* Notes in t what was read, and the cause of what is absent or unknown. No predicate at all is yes.
 */
enum truth condition_eval(const struct condition *c, struct trial *t);
