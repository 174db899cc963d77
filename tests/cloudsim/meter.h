/* What was asked, counted: calls, calls in flight, calls repeated after a denial, budgets. */
#pragma once

#include "tests/cloudsim/request.h"

/* Against the budgets of the world, before the reply is made. True: throttle this call. */
bool meter_budget(struct request *q);

/* The reply is made: counts and logs it. */
void meter_count(struct request *q);

/* {"calls": [{provider, account, region, service, operation, status, calls}], …}, a new reference.
 */
json_t *meter_counters(const struct sim *s);
