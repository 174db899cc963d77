/* Faults on request: which of them strike a call, and what they do to its reply. */
#pragma once

#include "tests/cloudsim/request.h"

/* Writes an error in the provider's own shape into q->reply. code may be NULL: the usual one. */
typedef void faults_error_fn(struct request *q, unsigned status, const char *code,
                             const char *message);

/* q is identified: counts it against every fault and collects the effects. */
void faults_match(struct request *q);

/* Makes the reply if a fault asks for an error; false when the call goes on. */
bool faults_answer(struct request *q, faults_error_fn *error);

/* After the reply was made: HTML, garbage, more bytes than anybody wants. */
void faults_spoil(struct request *q);

/* Checks a list of faults from the world or the control endpoint. -EINVAL. */
int faults_check(const json_t *list, struct error *err);
