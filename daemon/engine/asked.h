/* Which collectors an account asks for: one answer for scans and for the permissions they need. */
#pragma once

#include "daemon/model/call.h"
#include "daemon/model/config.h"
#include "providers/provider.h"

/* The account's words about the collector, optional: and exclude:, without its when:. optional: as
 * if the account named every optional one. */
bool collector_configured(const struct account_config *config, const struct collector *c,
                          bool optional);

/* The same, and its when: holds for the open account. */
bool collector_asked(const struct account_config *config, const struct account *account,
                     const struct collector *c);
