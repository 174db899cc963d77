/* What has to be granted for the catalogue in force: files only, no network. */
#pragma once

#include "daemon/model/permission.h"
#include "daemon/watch/config.h"
#include "providers/provider.h"

struct permissions_request {
        const char *config; /* file; NULL: the default one, if it is there */
        const struct provider *provider;
        const char *account; /* of the configuration: what it asks for; NULL: none in particular */
        bool optional;       /* also what is off by default */
        bool everything;     /* without an account: also what depends on one */
};

struct permissions {
        struct permission_set set;
        const struct account_config *account; /* NULL: none in particular */
        struct account *opened; /* NULL: it could not be, as unopened says: what depends on its
                                   options is in the set */
        struct error unopened;

        /* owned, and borrowed by the set */
        const struct provider *provider;
        struct config *config;
        struct catalogue *catalogue;
};

/* -ESRCH: the configuration has no such account, or one of another provider; err says which. */
int permissions_load(struct permissions **ret, const struct permissions_request *request,
                     struct error *err);
struct permissions *permissions_free(struct permissions *p);
DEFINE_CLEANUP(struct permissions *, permissions_free);
