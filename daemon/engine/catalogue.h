/* Reads config/catalogue/<provider>/<service>.yaml into struct catalogue (model/call.h) and checks
 * it whole. */
#pragma once

#include "daemon/base/files.h"
#include "daemon/model/call.h"

/* Files below data_dir/catalogue, replaced or added to by files of the same name below
 * overrides_dir/catalogue (NULL: none). Errors name file:line:column. Providers that are not built
 * in are refused. */
int catalogue_load(struct catalogue **ret, const char *data_dir, const char *overrides_dir,
                   struct error *err);
/* The same, of files that are kept (NULL: none are). */
struct catalogue_source {
        struct files *files;
        const char *data_dir, *overrides_dir;
};
int catalogue_load_from(struct catalogue **ret, const struct catalogue_source *from,
                        struct error *err);
struct catalogue *catalogue_free(struct catalogue *c);
DEFINE_CLEANUP(struct catalogue *, catalogue_free);

/* Forgets what belongs to providers of which keep says no. */
void catalogue_keep(struct catalogue *c, bool (*keep)(void *user, const char *provider),
                    void *user);

const struct collector *catalogue_find(const struct catalogue *c, const char *collector_id);

/* Of a service whose budget is the account's: the first one that draws on the same, which is those
 * of the same provider and host. */
const struct service *catalogue_budget_service(const struct catalogue *c,
                                               const struct service *service);

/* What a request of the call costs; NULL: nothing. */
const struct cost *catalogue_cost(const struct call *call);
