#include "daemon/engine/asked.h"

#include "daemon/base/list.h"

bool collector_configured(const struct account_config *config, const struct collector *c,
                          bool optional)
{
        if (list_has(config->exclude, c->id))
                return false;
        return !c->optional || optional || list_has(config->optional, c->id);
}

bool collector_asked(const struct account_config *config, const struct account *account,
                     const struct collector *c)
{
        if (!collector_configured(config, c, false))
                return false;
        return !c->when || config->provider->variable(account, NULL, NULL, c->when) != NULL;
}
