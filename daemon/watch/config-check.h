/* What tables cannot say about a configuration: names, addresses, words. Errors name the place of
 * the value. */
#pragma once

#include "daemon/judge/judge.h"
#include "daemon/model/call.h"
#include "daemon/model/config.h"

/* Sets a->provider; the nearest name is suggested. */
int config_check_provider(const struct yaml *y, struct account_config *a, struct error *err);

/* The index-th account against those before it, and by itself. "all" among its regions becomes
 * NULL. */
int config_check_account(const struct yaml *y, struct config *c, size_t index, struct error *err);

/* interval and policy, as the document y left them. */
int config_check_general(const struct yaml *y, const struct config *c, struct error *err);

/* The collectors that accounts name in optional and exclude exist. */
int config_check_collectors(const struct config *c, const struct catalogue *catalogue,
                            struct error *err);

/* The offers that accounts name are their provider's. */
int config_check_offers(const struct config *c, const struct judge *judge, struct error *err);
