/* What verdicts say, kept once for all findings that say the same. Private to store/. */
#pragma once

#include "daemon/store/private.h"

struct said {
        char *facts, *evidence;
        char *waiver;                /* NULL: none */
        char said[SHA256_HEX_MAX];   /* of all but the evidence: what counts as a change */
        char digest[SHA256_HEX_MAX]; /* of all */
};

int said_make(struct said *ret, const struct judgement *j, struct error *err);
void said_done(struct said *said);
/* The row that says it, made when there is none. */
int saying_row(struct store *s, const struct said *said, const struct judgement *j, int64_t *ret,
               struct error *err);
