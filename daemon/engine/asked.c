#include "daemon/engine/asked.h"

#include <string.h>

static bool named(char *const *list, const char *id)
{
        for (char *const *s = list; s && *s; s++)
                if (strcmp(*s, id) == 0)
                        return true;
        return false;
}

bool collector_configured(const struct account_config *config, const struct collector *c,
                          bool optional)
{
        if (named(config->exclude, c->id))
                return false;
        return !c->optional || optional || named(config->optional, c->id);
}

bool collector_asked(const struct account_config *config, const struct account *account,
                     const struct collector *c)
{
        if (!collector_configured(config, c, false))
                return false;
        return !c->when || config->provider->variable(account, NULL, NULL, c->when) != NULL;
}
