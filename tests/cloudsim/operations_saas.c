/* Assistants, newer agent services and infrastructure. */
#include "tests/cloudsim/operations.h"

/* clang-format off */
/* Lists whose query, or whose reply, does not name its parameters as most do. */
#define NAMED_LIST(svc, op, where, key, token, token_reply, limit_name, limit, id) \
        { .service = svc, .name = op, .method = "GET", .path = where, .items = key, .by = id, .in = IN_QUERY, .token_in = token, \
          .token_out = token_reply, .size = limit_name, .max = limit }
#define CONNECT_LIST(op, where, key, limit, id) NAMED_LIST("connect", op, where, key, "nextToken", "NextToken", "maxResults", limit, id)
#define QUICK_LIST(op, where, key, limit) NAMED_LIST("quicksight", op, where, key, "next-token", "NextToken", "max-results", limit, NULL)

#define AR "agent-registry-control"
#define QB "qbusiness"
#define QC "qconnect"
#define ASSISTANT { FILTER_EQUAL, "assistantId", "assistantId" }
#define CUSTOMER { FILTER_EQUAL, "origin", "origin" }

/* A list below one thing, which the world tells apart by the parameter that names it. */
#define REST_BELOW(svc, op, verb, where, key, place, limit, id) \
        { .service = svc, .name = op, .method = verb, .path = where, .items = key, .by = id, .in = place, .token_in = "nextToken", \
          .token_out = "nextToken", .size = "maxResults", .max = limit }

const struct operation operations_saas[] = {
        REST_LIST(AR, "ListRegistries", "POST", "/registries-list", "registries", IN_BODY, 100),
        REST_BELOW(AR, "ListRegistryRecords", "POST", "/registries/{registryId}/records-list", "registryRecords", IN_BODY, 100, "registryId"),

        REST_LIST("nova-act", "ListWorkflowDefinitions", "POST", "/workflow-definitions", "workflowDefinitionSummaries", IN_QUERY, 100),
        REST_DETAIL("nova-act", "GetWorkflowDefinition", "GET", "/workflow-definitions/{workflowDefinitionName}", "workflowDefinitionName", NULL, "ListWorkflowDefinitions"),

        REST_LIST("devops-agent", "ListAgentSpaces", "POST", "/v1/agentspaces/list", "agentSpaces", IN_QUERY, 100),
        REST_LIST("securityagent", "ListAgentSpaces", "POST", "/ListAgentSpaces", "agentSpaceSummaries", IN_BODY, 100),

        REST_LIST("aiops", "ListInvestigationGroups", "GET", "/investigationGroups", "investigationGroups", IN_QUERY, 50),
        REST_DETAIL("aiops", "GetInvestigationGroup", "GET", "/investigationGroups/{identifier}", "identifier", NULL, "ListInvestigationGroups"),

        REST_LIST("connecthealth", "ListDomains", "GET", "/domain", "domains", IN_QUERY, 100, { FILTER_EQUAL, "status", "status" }),
        REST_DETAIL("connecthealth", "GetDomain", "GET", "/domain/{domainId}", "domainId", NULL, "ListDomains"),

        REST_LIST(QB, "ListApplications", "GET", "/applications", "applications", IN_QUERY, 100),
        REST_DETAIL(QB, "GetApplication", "GET", "/applications/{applicationId}", "applicationId", NULL, "ListApplications"),
        REST_DETAIL(QB, "GetChatControlsConfiguration", "GET", "/applications/{applicationId}/chatcontrols", "applicationId", NULL, NULL),
        REST_BELOW(QB, "ListIndices", "GET", "/applications/{applicationId}/indices", "indices", IN_QUERY, 100, "applicationId"),
        REST_DETAIL(QB, "GetIndex", "GET", "/applications/{applicationId}/indices/{indexId}", "indexId", NULL, NULL),
        REST_BELOW(QB, "ListDataSources", "GET", "/applications/{applicationId}/indices/{indexId}/datasources", "dataSources", IN_QUERY, 100, "indexId"),
        REST_BELOW(QB, "ListRetrievers", "GET", "/applications/{applicationId}/retrievers", "retrievers", IN_QUERY, 100, "applicationId"),
        REST_BELOW(QB, "ListWebExperiences", "GET", "/applications/{applicationId}/experiences", "webExperiences", IN_QUERY, 100, "applicationId"),
        REST_DETAIL(QB, "GetWebExperience", "GET", "/applications/{applicationId}/experiences/{webExperienceId}", "webExperienceId", NULL, NULL),
        REST_BELOW(QB, "ListPlugins", "GET", "/applications/{applicationId}/plugins", "plugins", IN_QUERY, 50, "applicationId"),
        REST_DETAIL(QB, "GetPlugin", "GET", "/applications/{applicationId}/plugins/{pluginId}", "pluginId", NULL, NULL),
        REST_BELOW(QB, "ListDataAccessors", "GET", "/applications/{applicationId}/dataaccessors", "dataAccessors", IN_QUERY, 10, "applicationId"),
        { .service = QB, .name = "ListTagsForResource", .method = "GET", .path = "/v1/tags/{resourceARN}", .by = "resourceARN", .absent = "{\"tags\":[]}" },

        { .service = "qapps", .name = "ListQApps", .method = "GET", .path = "/apps.list", .items = "apps", .by = "instance-id", .in = IN_QUERY, .token_in = "nextToken",
          .token_out = "nextToken", .size = "limit", .max = 100 },

        REST_LIST(QC, "ListAssistants", "GET", "/assistants", "assistantSummaries", IN_QUERY, 100),
        REST_LIST(QC, "ListAIAgents", "GET", "/assistants/{assistantId}/aiagents", "aiAgentSummaries", IN_QUERY, 100, ASSISTANT, CUSTOMER),
        REST_LIST(QC, "ListAIPrompts", "GET", "/assistants/{assistantId}/aiprompts", "aiPromptSummaries", IN_QUERY, 100, ASSISTANT, CUSTOMER),
        REST_LIST(QC, "ListAIGuardrails", "GET", "/assistants/{assistantId}/aiguardrails", "aiGuardrailSummaries", IN_QUERY, 100, ASSISTANT),
        REST_LIST(QC, "ListKnowledgeBases", "GET", "/knowledgeBases", "knowledgeBaseSummaries", IN_QUERY, 100),

        CONNECT_LIST("ListInstances", "/instance", "InstanceSummaryList", 10, NULL),
        { .service = "connect", .name = "DescribeInstance", .method = "GET", .path = "/instance/{InstanceId}", .by = "InstanceId" },
        { .service = "connect", .name = "DescribeInstanceAttribute", .method = "GET", .path = "/instance/{InstanceId}/attribute/{AttributeType}", .by = "InstanceId" },
        CONNECT_LIST("ListIntegrationAssociations", "/instance/{InstanceId}/integration-associations", "IntegrationAssociationSummaryList", 100, "InstanceId"),
        CONNECT_LIST("ListBots", "/instance/{InstanceId}/bots", "LexBots", 25, "InstanceId"),
        CONNECT_LIST("ListInstanceStorageConfigs", "/instance/{InstanceId}/storage-configs", "StorageConfigs", 10, "InstanceId"),
        { .service = "connect", .name = "ListTagsForResource", .method = "GET", .path = "/tags/{resourceArn}", .by = "resourceArn", .absent = "{\"tags\":{}}" },

        QUICK_LIST("ListAgents", "/accounts/{AwsAccountId}/agents", "AgentSummaries", 100),
        QUICK_LIST("ListTopics", "/accounts/{AwsAccountId}/topics", "TopicsSummaries", 100),
        QUICK_LIST("ListFlows", "/accounts/{AwsAccountId}/flows", "FlowSummaryList", 100),
        QUICK_LIST("ListSpaces", "/v1/accounts/{AwsAccountId}/spaces", "SpaceSummaries", 500),

        REST_LIST("batch", "DescribeComputeEnvironments", "POST", "/v1/describecomputeenvironments", "computeEnvironments", IN_BODY, 100),

        { .service = "ecs", .name = "ListClusters", .items = "clusterArns", .token_in = "nextToken", .token_out = "nextToken", .size = "maxResults", .max = 100 },
        { .service = "ecs", .name = "ListContainerInstances", .items = "containerInstanceArns", .by = "cluster", .token_in = "nextToken", .token_out = "nextToken",
          .size = "maxResults", .max = 100 },
        { .service = "ecs", .name = "DescribeContainerInstances", .items = "containerInstances", .filters = { { FILTER_ANY, "containerInstances", "containerInstanceArn" } } },
        { .service = "ecs", .name = "ListTagsForResource", .by = "resourceArn", .absent = "{\"tags\":[]}" },

        REST_LIST("s3vectors", "ListVectorBuckets", "POST", "/ListVectorBuckets", "vectorBuckets", IN_BODY, 500),
        REST_DETAIL("s3vectors", "GetVectorBucket", "POST", "/GetVectorBucket", "vectorBucketName", "vectorBucket", "ListVectorBuckets"),
        { .service = "s3vectors", .name = "ListTagsForResource", .method = "GET", .path = "/tags/{resourceArn}", .by = "resourceArn", .absent = "{\"tags\":{}}" },

        JSON_LIST("opensearchserverless", "ListCollections", "collectionSummaries", "nextToken", "maxResults", 100),
        { .service = "opensearchserverless", .name = "BatchGetCollection", .items = "collectionDetails",
          .filters = { { FILTER_ANY, "ids", "id" }, { FILTER_ANY, "names", "name" } } },
        { .service = "opensearchserverless", .name = "ListTagsForResource", .by = "resourceArn", .absent = "{\"tags\":[]}" },

        { .service = "sagemaker-geospatial", .name = "ListEarthObservationJobs", .method = "POST", .path = "/list-earth-observation-jobs", .items = "EarthObservationJobSummaries",
          .token_in = "NextToken", .token_out = "NextToken", .size = "MaxResults", .max = 20 },

        JSON_LIST("marketplace-agreement", "SearchAgreements", "agreementViewSummaries", "nextToken", "maxResults", 50),
        { 0 },
};
/* clang-format on */
