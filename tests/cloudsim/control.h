/* The bench's own endpoint, below /_cloudsim/ on every host: counters, log, faults, worlds. */
#pragma once

#include "tests/cloudsim/request.h"

bool control_claims(const struct request *q);
void control_answer(struct request *q);
