/* Reads vigie.yaml, then conf.d/<*.yaml> beside it in the order of their names, into struct config.
 *
 * Later files win over earlier ones; their accounts are added. Every error is -EINVAL and names
 * file:line:column. */
#pragma once

#include "daemon/model/config.h"

/* path NULL: the default file, which need not be there. With no account in any file, one is made
 * for each provider whose own tools would find credentials; -ENOKEY when there are none either. */
int config_load(struct config **ret, const char *path, struct error *err);
/* The files alone: no credentials are looked for, and there may be no account. */
int config_read(struct config **ret, const char *path, struct error *err);
struct config *config_free(struct config *c);
DEFINE_CLEANUP(struct config *, config_free);

/* NULL when there is no such entry. */
const struct account_config *config_account(const struct config *c, const char *name);

/* The names of the accounts as a NULL-terminated list; the caller frees the list, not the names. */
const char **config_account_names(const struct config *c);
