/* OVHcloud is three companies with an API each: accounts, keys and projects of one are nothing to
 * the others. */
#pragma once

#include "daemon/base/error.h"

struct ovh_endpoint {
        const char *name; /* as OVHcloud's own clients call it: "ovh-eu" */
        const char *host;
        const char *token_url;
        const char *urn; /* the part of an identity or resource name: "eu" */
};

/* NULL: OVHcloud's usual one. -EINVAL for what has no Public Cloud, or is not known. */
int ovh_endpoint_find(const char *name, const struct ovh_endpoint **ret, struct error *err);
