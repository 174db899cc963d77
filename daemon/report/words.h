/* The words of verdicts, severities and states in the reader's language. */
#pragma once

#include "daemon/model/coverage.h"
#include "daemon/model/verdict.h"
#include "daemon/store/store.h"

/* "to be addressed", "met"… translated. */
const char *words_verdict(enum verdict v);
const char *words_severity(enum severity s);

/* What a person should do about a coverage state; "" for an answer. */
const char *words_what_to_do(enum coverage_state state);
const char *words_coverage(enum coverage_state state);

enum { WORDS_CAUSE_MAX = 1536 };
/* Why it could not be read, in the reader's language where the store's words have it, with the time
 * of which that is where it was not asked in the last scan; NULL when nothing is to be said. */
const char *words_cause(const json_t *words, const struct store_coverage *row,
                        char text[static WORDS_CAUSE_MAX]);
