#include "tests/cloudsim/operations.h"

#include <string.h>

#include "daemon/base/cleanup.h"

/* clang-format off */
static const struct service services[] = {
        { "sagemaker",                 "api.sagemaker",             "sagemaker",          PROTOCOL_JSON_1_1,  "SageMaker", false },
        { "bedrock",                   "bedrock",                   "bedrock",            PROTOCOL_REST_JSON, NULL, false },
        { "bedrock-agent",             "bedrock-agent",             "bedrock",            PROTOCOL_REST_JSON, NULL, false },
        { "bedrock-data-automation",   "bedrock-data-automation",   "bedrock",            PROTOCOL_REST_JSON, NULL, false },
        { "bedrock-agentcore-control", "bedrock-agentcore-control", "bedrock-agentcore",  PROTOCOL_REST_JSON, NULL, false },
        { "eks",                       "eks",                       "eks",                PROTOCOL_REST_JSON, NULL, false },
        { "account",                   "account",                   "account",            PROTOCOL_REST_JSON, NULL, true },
        { "organizations",             "organizations",             "organizations",      PROTOCOL_JSON_1_1,  "AWSOrganizationsV20161128", true },
        { "cloudtrail",                "cloudtrail",                "cloudtrail",         PROTOCOL_JSON_1_1,  "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101", false },
        { "logs",                      "logs",                      "logs",               PROTOCOL_JSON_1_1,  "Logs_20140328", false },
        { "kms",                       "kms",                       "kms",                PROTOCOL_JSON_1_1,  "TrentService", false },
        { "tagging",                   "tagging",                   "tagging",            PROTOCOL_JSON_1_1,  "ResourceGroupsTaggingAPI_20170126", false },
        { "sts",                       "sts",                       "sts",                PROTOCOL_QUERY,     NULL, false },
        { "ec2",                       "ec2",                       "ec2",                PROTOCOL_EC2,       NULL, false },
        { "s3",                        "s3",                        "s3",                 PROTOCOL_REST_XML,  NULL, false },
};
/* clang-format on */

const struct service *service_by_prefix(const char *prefix)
{
        for (size_t i = 0; i < ELEMENTSOF(services); i++)
                if (strcmp(services[i].prefix, prefix) == 0)
                        return &services[i];
        return NULL;
}

const struct service *service_by_name(const char *name)
{
        for (size_t i = 0; i < ELEMENTSOF(services); i++)
                if (strcmp(services[i].name, name) == 0)
                        return &services[i];
        return NULL;
}

const struct service *service_by_signing(const char *signing, const struct service *after)
{
        size_t i = after ? (size_t)(after - services) + 1 : 0;

        for (; i < ELEMENTSOF(services); i++)
                if (strcmp(services[i].signing, signing) == 0)
                        return &services[i];
        return NULL;
}

const struct operation *operation_by_name(const char *service, const char *name)
{
        for (size_t t = 0; t < OPERATION_TABLES; t++)
                for (const struct operation *o = operations_table(t); o->service; o++)
                        if (strcmp(o->service, service) == 0 && strcmp(o->name, name) == 0)
                                return o;
        return NULL;
}
