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
        { "rekognition",               "rekognition",               "rekognition",        PROTOCOL_JSON_1_1,  "RekognitionService", false },
        { "comprehend",                "comprehend",                "comprehend",         PROTOCOL_JSON_1_1,  "Comprehend_20171127", false },
        { "comprehendmedical",         "comprehendmedical",         "comprehendmedical",  PROTOCOL_JSON_1_1,  "ComprehendMedical_20181030", false },
        { "textract",                  "textract",                  "textract",           PROTOCOL_JSON_1_1,  "Textract", false },
        { "transcribe",                "transcribe",                "transcribe",         PROTOCOL_JSON_1_1,  "Transcribe", false },
        { "translate",                 "translate",                 "translate",          PROTOCOL_JSON_1_1,  "AWSShineFrontendService_20170701", false },
        { "polly",                     "polly",                     "polly",              PROTOCOL_REST_JSON, NULL, false },
        { "lexv2-models",              "models-v2-lex",             "lex",                PROTOCOL_REST_JSON, NULL, false },
        { "kendra",                    "kendra",                    "kendra",             PROTOCOL_JSON_1_1,  "AWSKendraFrontendService", false },
        { "personalize",               "personalize",               "personalize",        PROTOCOL_JSON_1_1,  "AmazonPersonalize", false },
        { "forecast",                  "forecast",                  "forecast",           PROTOCOL_JSON_1_1,  "AmazonForecast", false },
        { "frauddetector",             "frauddetector",             "frauddetector",      PROTOCOL_JSON_1_1,  "AWSHawksNestServiceFacade", false },
        { "lookoutequipment",          "lookoutequipment",          "lookoutequipment",   PROTOCOL_JSON_1_0,  "AWSLookoutEquipmentFrontendService", false },
        { "healthlake",                "healthlake",                "healthlake",         PROTOCOL_JSON_1_0,  "HealthLake", false },
        { "agent-registry-control",    "agent-registry-control",    "agent-registry",     PROTOCOL_REST_JSON, NULL, false },
        { "nova-act",                  "nova-act",                  "nova-act",           PROTOCOL_REST_JSON, NULL, false },
        { "devops-agent",              "aidevops",                  "aidevops",           PROTOCOL_REST_JSON, NULL, false },
        { "securityagent",             "securityagent",             "securityagent",      PROTOCOL_REST_JSON, NULL, false },
        { "aiops",                     "aiops",                     "aiops",              PROTOCOL_REST_JSON, NULL, false },
        { "connecthealth",             "health-agent",              "health-agent",       PROTOCOL_REST_JSON, NULL, false },
        { "qbusiness",                 "qbusiness",                 "qbusiness",          PROTOCOL_REST_JSON, NULL, false },
        { "qapps",                     "data.qapps",                "qapps",              PROTOCOL_REST_JSON, NULL, false },
        { "qconnect",                  "wisdom",                    "wisdom",             PROTOCOL_REST_JSON, NULL, false },
        { "connect",                   "connect",                   "connect",            PROTOCOL_REST_JSON, NULL, false },
        { "quicksight",                "quicksight",                "quicksight",         PROTOCOL_REST_JSON, NULL, false },
        { "batch",                     "batch",                     "batch",              PROTOCOL_REST_JSON, NULL, false },
        { "ecs",                       "ecs",                       "ecs",                PROTOCOL_JSON_1_1,  "AmazonEC2ContainerServiceV20141113", false },
        { "s3vectors",                 "s3vectors",                 "s3vectors",          PROTOCOL_REST_JSON, NULL, false },
        { "opensearchserverless",      "aoss",                      "aoss",               PROTOCOL_JSON_1_0,  "OpenSearchServerless", false },
        { "sagemaker-geospatial",      "sagemaker-geospatial",      "sagemaker-geospatial", PROTOCOL_REST_JSON, NULL, false },
        { "marketplace-agreement",     "agreement-marketplace",     "aws-marketplace",    PROTOCOL_JSON_1_0,  "AWSMPCommerceService_v20200301", true },
        { "cloudwatch",                "monitoring",                "monitoring",         PROTOCOL_JSON_1_0,  "GraniteServiceVersion20100801", false },
        { "events",                    "events",                    "events",             PROTOCOL_JSON_1_1,  "AWSEvents", false },
        { "ecr",                       "api.ecr",                   "ecr",                PROTOCOL_JSON_1_1,  "AmazonEC2ContainerRegistry_V20150921", false },
        { "ce",                        "ce",                        "ce",                 PROTOCOL_JSON_1_1,  "AWSInsightsIndexService", true },
        { "iam",                       "iam",                       "iam",                PROTOCOL_QUERY,     NULL, true },
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
