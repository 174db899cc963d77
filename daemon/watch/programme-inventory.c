#include "daemon/watch/programme-inventory.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

static struct programme_account *account_of(struct programme_inventory *inventory, const char *name,
                                            const char *provider)
{
        struct programme_account *grown, *a;

        for (size_t i = 0; i < inventory->n_accounts; i++) {
                a = &inventory->accounts[i];
                if (strcmp(a->name, name) == 0 && strcmp(a->provider, provider) == 0)
                        return a;
        }
        grown = reallocarray(inventory->accounts, inventory->n_accounts + 1, sizeof(*grown));
        if (!grown)
                return NULL;
        inventory->accounts = grown;
        a = &grown[inventory->n_accounts++];
        *a = (struct programme_account){ .name = strdup(name),
                                         .provider = strdup(provider),
                                         .offers = json_object() };
        return a->name && a->provider && a->offers ? a : NULL;
}

static int on_place(void *user, const struct place *place)
{
        struct programme_account *a = account_of(user, place->account, place->provider);

        if (!a)
                return -ENOMEM;
        a->scanned = true;
        return 0;
}

/* A declaration is its value, or an object that has it. */
static const char *declared(const json_t *description, const char *tag)
{
        const json_t *value = json_object_get(json_object_get(description, "declared"), tag);

        return json_is_object(value) ? json_member_string(value, "value")
                                     : json_string_value(value);
}

static int on_description(void *user, const char *provider, const char *account,
                          const json_t *description)
{
        struct programme_inventory *inventory = user;
        struct programme_account *a = account_of(inventory, account, provider);
        const char *offer = json_member_string(description, "offer"),
                   *team = declared(description, "ai-act-owner");

        if (!a)
                return -ENOMEM;
        if (offer && json_object_set_new(a->offers, offer, json_true()) < 0)
                return -ENOMEM;
        if (team && json_object_set_new(inventory->teams, team, json_true()) < 0)
                return -ENOMEM;
        return 0;
}

static int by_name(const void *x, const void *y)
{
        const struct programme_account *a = x, *b = y;
        int order = strcmp(a->name, b->name);

        return order ? order : strcmp(a->provider, b->provider);
}

int programme_inventory_take(struct programme_inventory *ret, const struct config *config,
                             struct store *store, struct error *err)
{
        static const struct store_filter all = { 0 };
        int r = 0;

        *ret = (struct programme_inventory){ .teams = json_object() };
        for (size_t i = 0; i < config->n_accounts; i++) {
                const struct account_config *c = &config->accounts[i];
                struct programme_account *a = account_of(ret, c->name, c->provider_name);

                if (!a || (c->offer && json_object_set_new(a->offers, c->offer, json_true()) < 0))
                        return error_oom(err);
        }
        if (!ret->teams)
                return error_oom(err);
        if (store)
                r = store_each_place(store, &all, on_place, ret, err);
        if (store && r >= 0)
                r = store_each_description(store, on_description, ret, err);
        if (ret->n_accounts > 0)
                qsort(ret->accounts, ret->n_accounts, sizeof(*ret->accounts), by_name);
        return r < 0 ? error_set(err, r, "%s", strerror(-r)) : 0;
}

void programme_inventory_done(struct programme_inventory *inventory)
{
        for (size_t i = 0; i < inventory->n_accounts; i++) {
                free(inventory->accounts[i].name);
                free(inventory->accounts[i].provider);
                json_decref(inventory->accounts[i].offers);
        }
        free(inventory->accounts);
        json_decref(inventory->teams);
        *inventory = (struct programme_inventory){ 0 };
}
