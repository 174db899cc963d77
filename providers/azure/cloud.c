#include "providers/azure/cloud.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const struct azure_cloud clouds[] = {
        {
                .name = "public",
                .names = { "AzureCloud", "AzurePublicCloud", "AzurePublic" },
                .authority = "login.microsoftonline.com",
                .arm = "management.azure.com",
                .audience = "https://management.azure.com",
                .cognitive_suffix = "cognitiveservices.azure.com",
                .openai_suffix = "openai.azure.com",
                .search_suffix = "search.windows.net",
                .ml_suffix = "inference.ml.azure.com",
                .log_analytics = "api.loganalytics.azure.com",
        },
        {
                .name = "usgovernment",
                .names = { "AzureUSGovernment", "AzureUSGovernmentCloud", "usgov", "government" },
                .authority = "login.microsoftonline.us",
                .arm = "management.usgovcloudapi.net",
                .audience = "https://management.usgovcloudapi.net",
                .cognitive_suffix = "cognitiveservices.azure.us",
                .openai_suffix = "openai.azure.us",
                .search_suffix = "search.azure.us",
                .ml_suffix = "inference.ml.azure.us",
                .log_analytics = "api.loganalytics.us",
        },
        {
                .name = "china",
                .names = { "AzureChinaCloud", "AzureChina" },
                .authority = "login.chinacloudapi.cn",
                .authorities = { "login.partner.microsoftonline.cn" },
                .arm = "management.chinacloudapi.cn",
                .audience = "https://management.chinacloudapi.cn",
                .cognitive_suffix = "cognitiveservices.azure.cn",
                .openai_suffix = "openai.azure.cn",
                .search_suffix = "search.azure.cn",
                .log_analytics = "api.loganalytics.azure.cn",
        },
};

static bool is_called(const struct azure_cloud *c, const char *name)
{
        if (strcasecmp(c->name, name) == 0)
                return true;
        for (size_t i = 0; i < ELEMENTSOF(c->names); i++)
                if (c->names[i] && strcasecmp(c->names[i], name) == 0)
                        return true;
        return false;
}

int azure_cloud_find(const char *name, const char *setting, const struct azure_cloud **ret,
                     struct error *err)
{
        for (size_t i = 0; i < ELEMENTSOF(clouds); i++)
                if (is_called(&clouds[i], name)) {
                        *ret = &clouds[i];
                        return 0;
                }
        if (strcasecmp(name, "german") == 0 || strcasecmp(name, "AzureGermanCloud") == 0)
                return error_set(err, -EINVAL,
                                 "%s: Azure Germany was closed in October 2021; its regions are "
                                 "now part of the public cloud",
                                 setting);
        return error_set(err, -EINVAL,
                         "%s: there is no cloud '%s'; known are public, usgovernment and china. "
                         "Another one is named by authority: and endpoint:",
                         setting, name);
}

const struct azure_cloud *azure_cloud_of_authority(const char *host)
{
        for (size_t i = 0; i < ELEMENTSOF(clouds); i++) {
                if (strcasecmp(clouds[i].authority, host) == 0)
                        return &clouds[i];
                for (size_t k = 0; k < ELEMENTSOF(clouds[i].authorities); k++)
                        if (clouds[i].authorities[k] &&
                            strcasecmp(clouds[i].authorities[k], host) == 0)
                                return &clouds[i];
        }
        return NULL;
}

const struct azure_cloud *azure_cloud_default(void)
{
        return &clouds[0];
}
