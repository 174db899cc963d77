/* The words of verdicts, severities and states in the reader's language. */
#pragma once

#include "daemon/model/coverage.h"
#include "daemon/model/verdict.h"

/* "to be addressed", "met"… translated. */
const char *words_verdict(enum verdict v);
const char *words_severity(enum severity s);

/* What a person should do about a coverage state; "" for an answer. */
const char *words_what_to_do(enum coverage_state state);
const char *words_coverage(enum coverage_state state);
