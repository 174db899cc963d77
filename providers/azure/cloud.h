/* Azure's clouds: hosts, and what each calls its parts. Data, by name or by authority. */
#pragma once

#include "daemon/base/error.h"

struct azure_cloud {
        const char *name;           /* "public" */
        const char *names[5];       /* what tools call it, beside that; the CLI's own first */
        const char *authority;      /* host of the token endpoint */
        const char *authorities[2]; /* other names of that host */
        const char *arm;            /* host of Azure Resource Manager */
        const char *audience;       /* of its tokens, without a slash at the end */
        const char *cognitive_suffix, *openai_suffix, *search_suffix, *ml_suffix;
        const char *log_analytics; /* host of its queries */
};

/* The cloud that a setting names, letter case aside. -EINVAL for one that is closed or unknown;
 * setting is what the text came from. */
int azure_cloud_find(const char *name, const char *setting, const struct azure_cloud **ret,
                     struct error *err);
/* The cloud of a host of the authority; NULL for none that is known. */
const struct azure_cloud *azure_cloud_of_authority(const char *host);
/* Where nothing names another. */
const struct azure_cloud *azure_cloud_default(void);
