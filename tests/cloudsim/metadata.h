/* Where machines find credentials: instance metadata (version 2), container endpoint, single
 * sign-on. */
#pragma once

#include "tests/cloudsim/request.h"

bool metadata_claims(const struct request *q);
void metadata_answer(struct request *q);
