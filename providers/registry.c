#include "providers/provider.h"

#include <string.h>

extern const struct provider aws_provider;
extern const struct provider azure_provider;
extern const struct provider gcp_provider;
extern const struct provider ovh_provider;
extern const struct provider huggingface_provider;
extern const struct provider mistral_provider;
extern const struct provider replicate_provider;
extern const struct provider scaleway_provider;

/* clang-format off */
static const struct provider *const providers[] = {
        &aws_provider,
        &azure_provider,
        &gcp_provider,
        &ovh_provider,
        &scaleway_provider,
        &huggingface_provider,
        &mistral_provider,
        &replicate_provider,
};
/* clang-format on */

const struct provider *provider_find(const char *name)
{
        for (size_t i = 0; i < ELEMENTSOF(providers); i++)
                if (strcmp(providers[i]->name, name) == 0)
                        return providers[i];
        return NULL;
}

const struct provider *const *provider_all(size_t *ret_n)
{
        *ret_n = ELEMENTSOF(providers);
        return providers;
}
