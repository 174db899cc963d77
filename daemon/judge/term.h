/* From when until when an entry of declarations/ or waivers/ counts: whole days, UTC, both
 * included. */
#pragma once

#include "daemon/base/yaml.h"

struct term {
        char *since, *until;           /* "2027-03-31" as written; NULL: open */
        uint64_t since_usec, end_usec; /* [since, end): end is the day after; 0: none */
};

enum term_state {
        TERM_LATER,
        TERM_IN_FORCE,
        TERM_ENDING, /* in force, and for TERM_SOON_DAYS at most */
        TERM_ENDED,
        TERM_STATE_MAX,
};
enum { TERM_SOON_DAYS = 14 };

#define TERM_FIELDS(of, need_until)                                                                \
        { .key = "since", .type = YAML_STRING, .offset = offsetof(struct of, term.since) },        \
        {                                                                                          \
                .key = "until", .type = YAML_STRING, .offset = offsetof(struct of, term.until),    \
                .required = need_until                                                             \
        }

/* Reads the two dates of the mapping at place. */
int term_check(struct term *t, const struct yaml *y, struct yaml_place place, struct error *err);
enum term_state term_state(const struct term *t, uint64_t date_usec);
const char *term_state_name(enum term_state state);
