/* Reads config/catalogue/<provider>/<service>.yaml into struct catalogue (model/call.h) and checks
 * it whole. */
#pragma once

#include "daemon/model/call.h"

/* Files below data_dir/catalogue, replaced or added to by files of the same name below
 * overrides_dir/catalogue (NULL: none). Errors name file:line:column. Providers that are not built
 * in are refused. */
int catalogue_load(struct catalogue **ret, const char *data_dir, const char *overrides_dir,
                   struct error *err);
struct catalogue *catalogue_free(struct catalogue *c);
DEFINE_CLEANUP(struct catalogue *, catalogue_free);

/* Forgets what belongs to providers of which keep says no. */
void catalogue_keep(struct catalogue *c, bool (*keep)(void *user, const char *provider),
                    void *user);

/* Between scans: gives back what is made of the text again by catalogue_wake(), before the next
 * one. -ENOMEM. */
void catalogue_rest(struct catalogue *c);
int catalogue_wake(struct catalogue *c);

const struct collector *catalogue_find(const struct catalogue *c, const char *collector_id);

/* Of a service whose budget is the account's: the first one that draws on the same, which is those
 * of the same provider and host. */
const struct service *catalogue_budget_service(const struct catalogue *c,
                                               const struct service *service);

/* What a request of the call costs; NULL: nothing. */
const struct cost *catalogue_cost(const struct call *call);
