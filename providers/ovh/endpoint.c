#include "providers/ovh/endpoint.h"

#include "daemon/base/cleanup.h"

#include <errno.h>
#include <string.h>

static const struct ovh_endpoint endpoints[] = {
        { .name = "ovh-eu",
          .host = "eu.api.ovh.com",
          .token_url = "https://www.ovh.com/auth/oauth2/token",
          .urn = "eu" },
        { .name = "ovh-ca",
          .host = "ca.api.ovh.com",
          .token_url = "https://ca.ovh.com/auth/oauth2/token",
          .urn = "ca" },
        { .name = "ovh-us",
          .host = "api.us.ovhcloud.com",
          .token_url = "https://us.ovhcloud.com/auth/oauth2/token",
          .urn = "us" },
};

int ovh_endpoint_find(const char *name, const struct ovh_endpoint **ret, struct error *err)
{
        *ret = &endpoints[0];
        if (!name)
                return 0;
        for (size_t i = 0; i < ELEMENTSOF(endpoints); i++)
                if (strcasecmp(endpoints[i].name, name) == 0) {
                        *ret = &endpoints[i];
                        return 0;
                }
        if (strncasecmp(name, "kimsufi-", 8) == 0 || strncasecmp(name, "soyoustart-", 11) == 0)
                return error_set(err, -EINVAL,
                                 "the endpoint %s has no Public Cloud and so no AI services: use "
                                 "ovh-eu, ovh-ca or ovh-us",
                                 name);
        return error_set(err, -EINVAL, "no endpoint '%.64s': there are ovh-eu, ovh-ca and ovh-us",
                         name);
}
