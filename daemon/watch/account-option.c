#include "daemon/watch/account-option.h"

#include "providers/provider.h"

#include <string.h>

struct opened {
        struct account *account; /* NULL: could not be opened */
        bool tried;
};

struct account_options {
        const struct config *config;
        struct opened *opened; /* one for each account of the configuration */
};

int account_options_new(struct account_options **ret, const struct config *config,
                        struct error *err)
{
        _cleanup_(account_options_freep) struct account_options *o = calloc(1, sizeof(*o));

        if (!o)
                return error_oom(err);
        o->config = config;
        o->opened = calloc(config->n_accounts + 1, sizeof(*o->opened));
        if (!o->opened)
                return error_oom(err);
        *ret = TAKE_PTR(o);
        return 0;
}

struct account_options *account_options_free(struct account_options *o)
{
        if (!o)
                return NULL;
        for (size_t i = 0; o->opened && i < o->config->n_accounts; i++)
                if (o->opened[i].account)
                        o->config->accounts[i].provider->account_free(o->opened[i].account);
        free(o->opened);
        free(o);
        return NULL;
}

/* Why it cannot be opened is told where it is scanned. */
static const struct account *open_once(struct opened *opened, const struct account_config *config)
{
        struct error err = { 0 };

        if (!opened->tried &&
            config->provider->account_new(&opened->account, config, getenv("CREDENTIALS_DIRECTORY"),
                                          &err) < 0)
                opened->account = NULL;
        opened->tried = true;
        return opened->account;
}

const char *account_option(struct account_options *o, const char *account, const char *name)
{
        for (size_t i = 0; i < o->config->n_accounts; i++) {
                const struct account_config *config = &o->config->accounts[i];
                const struct account *opened;

                if (strcmp(config->name, account) != 0)
                        continue;
                if (strcmp(name, "offer") == 0)
                        return config->offer;
                opened = open_once(&o->opened[i], config);
                return opened ? config->provider->variable(opened, NULL, NULL, name) : NULL;
        }
        return NULL;
}
