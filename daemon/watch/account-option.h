/* What accounts say of themselves, for the judge: the configuration's word for the offer, and the
 * provider's own words (the partition, the universe) that tell one offer from another. An account
 * is opened when first asked about, and closed with the rest; nothing goes over the network. */
#pragma once

#include "daemon/base/error.h"
#include "daemon/model/config.h"

struct account_options;

/* The configuration is borrowed. */
int account_options_new(struct account_options **ret, const struct config *config,
                        struct error *err);
struct account_options *account_options_free(struct account_options *o);
DEFINE_CLEANUP(struct account_options *, account_options_free);

/* NULL: not said, no such account, or one that cannot be opened. Borrowed until the next call. */
const char *account_option(struct account_options *o, const char *account, const char *name);
