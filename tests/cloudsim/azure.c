#include "tests/cloudsim/azure.h"

#include <string.h>

#include "daemon/base/json.h"
#include "tests/cloudsim/world.h"

static const struct azure_cloud clouds[] = {
        { "login.microsoftonline.com", "management.azure.com", "api://AzureADTokenExchange" },
        { "login.microsoftonline.us", "management.usgovcloudapi.net",
          "api://AzureADTokenExchangeUSGov" },
        { "login.chinacloudapi.cn", "management.chinacloudapi.cn",
          "api://AzureADTokenExchangeChina" },
        { "login.partner.microsoftonline.cn", "management.chinacloudapi.cn",
          "api://AzureADTokenExchangeChina" },
};

const struct azure_cloud *azure_cloud_of(const char *host)
{
        for (size_t i = 0; i < ELEMENTSOF(clouds); i++)
                if (strcmp(clouds[i].authority, host) == 0 || strcmp(clouds[i].arm, host) == 0)
                        return &clouds[i];
        return &clouds[0];
}

bool azure_claims(const struct request *q)
{
        return json_object_get(q->sim->world, "azure") &&
               (azure_token_claims(q) || azure_metadata_claims(q) || azure_arm_claims(q));
}

void azure_answer(struct request *q)
{
        (void)snprintf(q->provider, sizeof(q->provider), "azure");
        (void)snprintf(q->region, sizeof(q->region), "global");
        request_parse_pairs(q, q->query);
        if (azure_token_claims(q))
                azure_token_answer(q);
        else if (azure_metadata_claims(q))
                azure_metadata_answer(q);
        else
                azure_arm_answer(q);
}

json_t *azure_identity(const char *tenant, const json_t *who, const char *audience)
{
        static const char *const kept[] = { "actions", "subscriptions" };
        const char *client = json_member_string(who, "client_id");
        json_t *identity = json_pack("{ss ss? ss}", "tenant", tenant, "client_id", client,
                                     "audience", audience);

        for (size_t i = 0; i < ELEMENTSOF(kept); i++)
                if (json_object_get(who, kept[i]))
                        (void)json_object_set(identity, kept[i], json_object_get(who, kept[i]));
        return identity;
}
