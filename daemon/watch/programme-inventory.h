/* Whom a programme is about: accounts of the configuration and of the inventory, teams that are
 * declared to own something. */
#pragma once

#include "daemon/store/store.h"
#include "daemon/watch/setup.h"

struct programme_account {
        char *name, *provider;
        json_t *offers; /* {offer: true} that its resources are of */
        bool scanned;
};

struct programme_inventory {
        struct programme_account *accounts; /* in order of name and provider */
        size_t n_accounts;
        json_t *teams; /* {team: true} */
};

/* store NULL: the configuration's accounts alone. */
int programme_inventory_take(struct programme_inventory *ret, const struct config *config,
                             struct store *store, struct error *err);
void programme_inventory_done(struct programme_inventory *inventory);
