#include "tests/cloudsim/operations.h"

/* clang-format off */
#define SAGEMAKER_LIST(op, key, ...) \
        { .service = "sagemaker", .name = op, .items = key, .token_in = "NextToken", .token_out = "NextToken", \
          .size = "MaxResults", .max = 100, .filters = { __VA_ARGS__ } }
#define SAGEMAKER_DETAIL(op, name_field, list) \
        { .service = "sagemaker", .name = op, .by = name_field, .of = list }
#define SINCE { FILTER_AFTER, "CreationTimeAfter", "CreationTime" }

static const struct operation sagemaker[] = {
        SAGEMAKER_LIST("ListEndpoints", "Endpoints"),
        SAGEMAKER_DETAIL("DescribeEndpoint", "EndpointName", "ListEndpoints"),
        SAGEMAKER_LIST("ListEndpointConfigs", "EndpointConfigs"),
        SAGEMAKER_DETAIL("DescribeEndpointConfig", "EndpointConfigName", "ListEndpointConfigs"),
        SAGEMAKER_LIST("ListInferenceComponents", "InferenceComponents"),
        SAGEMAKER_DETAIL("DescribeInferenceComponent", "InferenceComponentName", "ListInferenceComponents"),
        SAGEMAKER_LIST("ListModels", "Models"),
        SAGEMAKER_DETAIL("DescribeModel", "ModelName", "ListModels"),
        SAGEMAKER_LIST("ListModelPackageGroups", "ModelPackageGroupSummaryList"),
        SAGEMAKER_LIST("ListModelPackages", "ModelPackageSummaryList", { FILTER_EQUAL, "ModelPackageGroupName", "ModelPackageGroupName" },
                       { FILTER_LACKS, "ModelPackageType", "ModelPackageGroupName" }), /* Unversioned */
        SAGEMAKER_DETAIL("DescribeModelPackage", "ModelPackageName", "ListModelPackages"),
        SAGEMAKER_LIST("ListHubs", "HubSummaries"),
        SAGEMAKER_DETAIL("DescribeHub", "HubName", "ListHubs"),
        SAGEMAKER_LIST("ListHubContents", "HubContentSummaries", { FILTER_EQUAL, "HubContentType", "HubContentType" }),
        SAGEMAKER_LIST("ListNotebookInstances", "NotebookInstances"),
        SAGEMAKER_DETAIL("DescribeNotebookInstance", "NotebookInstanceName", "ListNotebookInstances"),
        SAGEMAKER_LIST("ListDomains", "Domains"),
        SAGEMAKER_DETAIL("DescribeDomain", "DomainId", "ListDomains"),
        SAGEMAKER_LIST("ListApps", "Apps"),
        SAGEMAKER_LIST("ListTrainingJobs", "TrainingJobSummaries", SINCE),
        SAGEMAKER_DETAIL("DescribeTrainingJob", "TrainingJobName", "ListTrainingJobs"),
        SAGEMAKER_LIST("ListHyperParameterTuningJobs", "HyperParameterTuningJobSummaries", SINCE),
        SAGEMAKER_LIST("ListProcessingJobs", "ProcessingJobSummaries", SINCE),
        SAGEMAKER_DETAIL("DescribeProcessingJob", "ProcessingJobName", "ListProcessingJobs"),
        SAGEMAKER_LIST("ListTransformJobs", "TransformJobSummaries", SINCE),
        SAGEMAKER_DETAIL("DescribeTransformJob", "TransformJobName", "ListTransformJobs"),
        SAGEMAKER_LIST("ListAutoMLJobs", "AutoMLJobSummaries", SINCE),
        SAGEMAKER_DETAIL("DescribeAutoMLJobV2", "AutoMLJobName", "ListAutoMLJobs"),
        SAGEMAKER_LIST("ListLabelingJobs", "LabelingJobSummaryList", SINCE),
        SAGEMAKER_LIST("ListFlowDefinitions", "FlowDefinitionSummaries"),
        SAGEMAKER_DETAIL("DescribeFlowDefinition", "FlowDefinitionName", "ListFlowDefinitions"),
        SAGEMAKER_LIST("ListFeatureGroups", "FeatureGroupSummaries"),
        SAGEMAKER_DETAIL("DescribeFeatureGroup", "FeatureGroupName", "ListFeatureGroups"),
        SAGEMAKER_LIST("ListPipelines", "PipelineSummaries"),
        SAGEMAKER_LIST("ListClusters", "ClusterSummaries"),
        SAGEMAKER_DETAIL("DescribeCluster", "ClusterName", "ListClusters"),
        SAGEMAKER_LIST("ListMlflowTrackingServers", "TrackingServerSummaries"),
        SAGEMAKER_DETAIL("DescribeMlflowTrackingServer", "TrackingServerName", "ListMlflowTrackingServers"),
        SAGEMAKER_LIST("ListMlflowApps", "Summaries"),
        SAGEMAKER_DETAIL("DescribeMlflowApp", "Arn", "ListMlflowApps"),
        SAGEMAKER_LIST("ListPartnerApps", "Summaries"),
        SAGEMAKER_DETAIL("DescribePartnerApp", "Arn", "ListPartnerApps"),
        SAGEMAKER_LIST("ListMonitoringSchedules", "MonitoringScheduleSummaries"),
        SAGEMAKER_LIST("ListModelCards", "ModelCardSummaries"),
        SAGEMAKER_LIST("ListTrainingPlans", "TrainingPlanSummaries"),
        SAGEMAKER_LIST("ListJobs", "JobSummaries", { FILTER_EQUAL, "JobCategory", "JobCategory" }),
        SAGEMAKER_LIST("ListOptimizationJobs", "OptimizationJobSummaries"),
        SAGEMAKER_DETAIL("DescribeOptimizationJob", "OptimizationJobName", "ListOptimizationJobs"),
        SAGEMAKER_LIST("ListAlgorithms", "AlgorithmSummaryList"),
        SAGEMAKER_LIST("ListEdgeDeploymentPlans", "EdgeDeploymentPlanSummaries"),
        { .service = "sagemaker", .name = "ListTags", .items = "Tags", .by = "ResourceArn", .token_in = "NextToken",
          .token_out = "NextToken", .size = "MaxResults", .max = 100 },
        { 0 },
};

#define B "bedrock"
#define BA "bedrock-agent"
#define BD "bedrock-data-automation"
#define AC "bedrock-agentcore-control"

static const struct operation bedrock[] = {
        REST_LIST(B, "ListCustomModels", "GET", "/custom-models", "modelSummaries", IN_QUERY, 1000),
        REST_DETAIL(B, "GetCustomModel", "GET", "/custom-models/{modelIdentifier}", "modelIdentifier", NULL, "ListCustomModels"),
        REST_LIST(B, "ListCustomModelDeployments", "GET", "/model-customization/custom-model-deployments", "modelDeploymentSummaries", IN_QUERY, 1000),
        REST_LIST(B, "ListImportedModels", "GET", "/imported-models", "modelSummaries", IN_QUERY, 1000),
        REST_DETAIL(B, "GetImportedModel", "GET", "/imported-models/{modelIdentifier}", "modelIdentifier", NULL, "ListImportedModels"),
        REST_LIST(B, "ListModelImportJobs", "GET", "/model-import-jobs", "modelImportJobSummaries", IN_QUERY, 1000, { FILTER_AFTER, "creationTimeAfter", "creationTime" }),
        REST_LIST(B, "ListModelCopyJobs", "GET", "/model-copy-jobs", "modelCopyJobSummaries", IN_QUERY, 1000),
        REST_LIST(B, "ListModelCustomizationJobs", "GET", "/model-customization-jobs", "modelCustomizationJobSummaries", IN_QUERY, 1000, { FILTER_AFTER, "creationTimeAfter", "creationTime" }),
        REST_DETAIL(B, "GetModelCustomizationJob", "GET", "/model-customization-jobs/{jobIdentifier}", "jobIdentifier", NULL, "ListModelCustomizationJobs"),
        REST_LIST(B, "ListProvisionedModelThroughputs", "GET", "/provisioned-model-throughputs", "provisionedModelSummaries", IN_QUERY, 1000),
        REST_LIST(B, "ListInferenceProfiles", "GET", "/inference-profiles", "inferenceProfileSummaries", IN_QUERY, 1000, { FILTER_EQUAL, "type", "type" }),
        REST_DETAIL(B, "GetInferenceProfile", "GET", "/inference-profiles/{inferenceProfileIdentifier}", "inferenceProfileIdentifier", NULL, "ListInferenceProfiles"),
        REST_LIST(B, "ListFoundationModels", "GET", "/foundation-models", "modelSummaries", IN_QUERY, 0),
        REST_DETAIL(B, "GetFoundationModelAvailability", "GET", "/foundation-model-availability/{modelId}", "modelId", NULL, NULL),
        REST_LIST(B, "ListPromptRouters", "GET", "/prompt-routers", "promptRouterSummaries", IN_QUERY, 1000, { FILTER_EQUAL, "type", "type" }),
        REST_LIST(B, "ListGuardrails", "GET", "/guardrails", "guardrails", IN_QUERY, 1000),
        REST_DETAIL(B, "GetGuardrail", "GET", "/guardrails/{guardrailIdentifier}", "guardrailIdentifier", NULL, "ListGuardrails"),
        REST_LIST(B, "ListEnforcedGuardrailsConfiguration", "GET", "/enforcedGuardrailsConfiguration", "guardrailsConfig", IN_QUERY, 1000),
        REST_LIST(B, "ListAutomatedReasoningPolicies", "GET", "/automated-reasoning-policies", "automatedReasoningPolicySummaries", IN_QUERY, 1000),
        REST_LIST(B, "ListModelInvocationJobs", "GET", "/model-invocation-jobs", "invocationJobSummaries", IN_QUERY, 1000, { FILTER_AFTER, "submitTimeAfter", "submitTime" }),
        REST_LIST(B, "ListEvaluationJobs", "GET", "/evaluation-jobs", "jobSummaries", IN_QUERY, 1000, { FILTER_AFTER, "creationTimeAfter", "creationTime" }),
        REST_DETAIL(B, "GetEvaluationJob", "GET", "/evaluation-jobs/{jobIdentifier}", "jobIdentifier", NULL, "ListEvaluationJobs"),
        REST_LIST(B, "ListMarketplaceModelEndpoints", "GET", "/marketplace-model/endpoints", "marketplaceModelEndpoints", IN_QUERY, 1000),
        REST_DETAIL(B, "GetMarketplaceModelEndpoint", "GET", "/marketplace-model/endpoints/{endpointArn}", "endpointArn", "marketplaceModelEndpoint", "ListMarketplaceModelEndpoints"),
        { .service = B, .name = "GetModelInvocationLoggingConfiguration", .method = "GET", .path = "/logging/modelinvocations", .absent = "{}" },
        { .service = B, .name = "GetAccountDataRetention", .method = "GET", .path = "/data-retention", .absent = "{\"mode\":\"default\"}" },
        { .service = B, .name = "ListTagsForResource", .method = "POST", .path = "/listTagsForResource", .by = "resourceARN", .absent = "{\"tags\":[]}" },

        REST_LIST(BA, "ListAgents", "POST", "/agents/", "agentSummaries", IN_BODY, 1000),
        REST_DETAIL(BA, "GetAgent", "GET", "/agents/{agentId}/", "agentId", "agent", "ListAgents"),
        REST_LIST(BA, "ListAgentAliases", "POST", "/agents/{agentId}/agentaliases/", "agentAliasSummaries", IN_BODY, 1000, { FILTER_EQUAL, "agentId", "agentId" }),
        REST_LIST(BA, "ListKnowledgeBases", "POST", "/knowledgebases/", "knowledgeBaseSummaries", IN_BODY, 1000),
        REST_DETAIL(BA, "GetKnowledgeBase", "GET", "/knowledgebases/{knowledgeBaseId}", "knowledgeBaseId", "knowledgeBase", "ListKnowledgeBases"),
        REST_LIST(BA, "ListDataSources", "POST", "/knowledgebases/{knowledgeBaseId}/datasources/", "dataSourceSummaries", IN_BODY, 1000, { FILTER_EQUAL, "knowledgeBaseId", "knowledgeBaseId" }),
        REST_DETAIL(BA, "GetDataSource", "GET", "/knowledgebases/{knowledgeBaseId}/datasources/{dataSourceId}", "dataSourceId", "dataSource", "ListDataSources"),
        REST_LIST(BA, "ListFlows", "GET", "/flows/", "flowSummaries", IN_QUERY, 1000),
        REST_DETAIL(BA, "GetFlow", "GET", "/flows/{flowIdentifier}/", "flowIdentifier", NULL, "ListFlows"),
        REST_LIST(BA, "ListPrompts", "GET", "/prompts/", "promptSummaries", IN_QUERY, 1000),
        REST_DETAIL(BA, "GetPrompt", "GET", "/prompts/{promptIdentifier}/", "promptIdentifier", NULL, "ListPrompts"),
        { .service = BA, .name = "ListTagsForResource", .method = "GET", .path = "/tags/{resourceArn}", .by = "resourceArn", .absent = "{\"tags\":{}}" },

        REST_LIST(BD, "ListDataAutomationProjects", "POST", "/data-automation-projects/", "projects", IN_BODY, 1000),
        REST_DETAIL(BD, "GetDataAutomationProject", "POST", "/data-automation-projects/{projectArn}/", "projectArn", "project", "ListDataAutomationProjects"),
        REST_LIST(BD, "ListBlueprints", "POST", "/blueprints/", "blueprints", IN_BODY, 1000),
        REST_LIST(BD, "ListDataAutomationLibraries", "POST", "/data-automation-libraries/", "libraries", IN_BODY, 1000),
        { .service = BD, .name = "ListTagsForResource", .method = "POST", .path = "/listTagsForResource", .by = "resourceARN", .absent = "{\"tags\":[]}" },

        REST_LIST(AC, "ListAgentRuntimes", "POST", "/runtimes/", "agentRuntimes", IN_QUERY, 100),
        REST_DETAIL(AC, "GetAgentRuntime", "GET", "/runtimes/{agentRuntimeId}/", "agentRuntimeId", NULL, "ListAgentRuntimes"),
        REST_LIST(AC, "ListHarnesses", "GET", "/harnesses", "harnesses", IN_QUERY, 100),
        REST_DETAIL(AC, "GetHarness", "GET", "/harnesses/{harnessId}", "harnessId", "harness", "ListHarnesses"),
        REST_LIST(AC, "ListGateways", "GET", "/gateways/", "items", IN_QUERY, 1000),
        REST_DETAIL(AC, "GetGateway", "GET", "/gateways/{gatewayIdentifier}/", "gatewayIdentifier", NULL, "ListGateways"),
        REST_LIST(AC, "ListGatewayTargets", "GET", "/gateways/{gatewayIdentifier}/targets/", "items", IN_QUERY, 1000, { FILTER_EQUAL, "gatewayIdentifier", "gatewayId" }),
        REST_LIST(AC, "ListMemories", "POST", "/memories/", "memories", IN_BODY, 100),
        REST_DETAIL(AC, "GetMemory", "GET", "/memories/{memoryId}/details", "memoryId", "memory", "ListMemories"),
        REST_LIST(AC, "ListBrowsers", "POST", "/browsers", "browserSummaries", IN_QUERY, 100, { FILTER_EQUAL, "type", "type" }),
        REST_DETAIL(AC, "GetBrowser", "GET", "/browsers/{browserId}", "browserId", NULL, "ListBrowsers"),
        REST_LIST(AC, "ListCodeInterpreters", "POST", "/code-interpreters", "codeInterpreterSummaries", IN_QUERY, 100, { FILTER_EQUAL, "type", "type" }),
        REST_DETAIL(AC, "GetCodeInterpreter", "GET", "/code-interpreters/{codeInterpreterId}", "codeInterpreterId", NULL, "ListCodeInterpreters"),
        REST_LIST(AC, "ListOnlineEvaluationConfigs", "POST", "/online-evaluation-configs", "onlineEvaluationConfigs", IN_QUERY, 100),
        REST_LIST(AC, "ListPolicyEngines", "GET", "/policy-engines", "policyEngines", IN_QUERY, 100),
        { .service = AC, .name = "ListTagsForResource", .method = "GET", .path = "/tags/{resourceArn}", .by = "resourceArn", .absent = "{\"tags\":{}}" },
        { 0 },
};

#define EC2_LIST(op, set, limit, ...) \
        { .service = "ec2", .name = op, .items = set, .token_in = "NextToken", .token_out = "nextToken", .size = "MaxResults", \
          .max = limit, .filters = { __VA_ARGS__ } }

static const struct operation others[] = {
        EC2_LIST("DescribeInstances", "reservationSet", 1000),
        EC2_LIST("DescribeCapacityBlocks", "capacityBlockSet", 1000),
        EC2_LIST("DescribeCapacityReservations", "capacityReservationSet", 1000),
        { .service = "ec2", .name = "DescribeRegions" },

        REST_LIST("eks", "ListClusters", "GET", "/clusters", "clusters", IN_QUERY, 100),
        REST_DETAIL("eks", "DescribeCluster", "GET", "/clusters/{name}", "name", "cluster", NULL),
        { .service = "eks", .name = "ListNodegroups", .method = "GET", .path = "/clusters/{name}/node-groups", .items = "nodegroups", .by = "name", .in = IN_QUERY,
          .token_in = "nextToken", .token_out = "nextToken", .size = "maxResults", .max = 100 },
        REST_DETAIL("eks", "DescribeNodegroup", "GET", "/clusters/{name}/node-groups/{nodegroupName}", "nodegroupName", "nodegroup", NULL),
        { .service = "eks", .name = "ListTagsForResource", .method = "GET", .path = "/tags/{resourceArn}", .by = "resourceArn", .absent = "{\"tags\":{}}" },

        { .service = "account", .name = "ListRegions", .method = "POST", .path = "/listRegions", .items = "Regions", .token_in = "NextToken",
          .token_out = "NextToken", .size = "MaxResults", .max = 50, .filters = { { FILTER_ANY, "RegionOptStatusContains", "RegionOptStatus" } } },

        { .service = "organizations", .name = "ListAccounts", .items = "Accounts", .token_in = "NextToken", .token_out = "NextToken",
          .size = "MaxResults", .max = 20 },
        { .service = "organizations", .name = "DescribeOrganization" },
        { .service = "organizations", .name = "ListPolicies", .items = "Policies", .token_in = "NextToken", .token_out = "NextToken",
          .size = "MaxResults", .max = 20, .filters = { { FILTER_EQUAL, "Filter", "Type" } } },
        { .service = "organizations", .name = "DescribePolicy", .by = "PolicyId" },
        { .service = "organizations", .name = "ListTargetsForPolicy", .items = "Targets", .by = "PolicyId", .token_in = "NextToken",
          .token_out = "NextToken", .size = "MaxResults", .max = 20 },

        { .service = "events", .name = "ListRules", .items = "Rules", .token_in = "NextToken", .token_out = "NextToken", .size = "Limit", .max = 100 },
        { .service = "events", .name = "ListTargetsByRule", .items = "Targets", .by = "Rule", .token_in = "NextToken", .token_out = "NextToken",
          .size = "Limit", .max = 100 },

        { .service = "ecr", .name = "DescribeRegistry" },

        { .service = "cloudtrail", .name = "DescribeTrails", .items = "trailList", .absent = "{\"trailList\":[]}" },
        { .service = "cloudtrail", .name = "GetTrailStatus", .by = "Name" },
        { .service = "cloudtrail", .name = "GetEventSelectors", .by = "TrailName" },
        { .service = "cloudtrail", .name = "ListEventDataStores", .items = "EventDataStores", .token_in = "NextToken", .token_out = "NextToken",
          .size = "MaxResults", .max = 1000 },
        { .service = "cloudtrail", .name = "GetEventDataStore", .by = "EventDataStore", .of = "ListEventDataStores" },
        { .service = "cloudtrail", .name = "ListTags", .items = "ResourceTagList" },

        { .service = "logs", .name = "DescribeLogGroups", .items = "logGroups", .token_in = "nextToken", .token_out = "nextToken", .size = "limit",
          .max = 50, .filters = { { FILTER_PREFIX, "logGroupNamePrefix", "logGroupName" }, { FILTER_ANY, "logGroupIdentifiers", "logGroupName" } } },
        { .service = "logs", .name = "DescribeSubscriptionFilters", .items = "subscriptionFilters", .by = "logGroupName", .token_in = "nextToken",
          .token_out = "nextToken", .size = "limit", .max = 50 },
        { .service = "logs", .name = "DescribeMetricFilters", .items = "metricFilters", .token_in = "nextToken", .token_out = "nextToken", .size = "limit",
          .max = 50 },
        { .service = "logs", .name = "DescribeDeliveries", .items = "deliveries", .token_in = "nextToken", .token_out = "nextToken", .size = "limit", .max = 50 },
        { .service = "logs", .name = "DescribeDeliverySources", .items = "deliverySources", .token_in = "nextToken", .token_out = "nextToken", .size = "limit", .max = 50 },
        { .service = "logs", .name = "DescribeDeliveryDestinations", .items = "deliveryDestinations", .token_in = "nextToken", .token_out = "nextToken", .size = "limit", .max = 50 },
        { .service = "logs", .name = "ListTagsForResource", .by = "resourceArn", .absent = "{\"tags\":{}}" },

        { .service = "kms", .name = "DescribeKey", .by = "KeyId" },
        { .service = "tagging", .name = "GetResources", .items = "ResourceTagMappingList", .token_in = "PaginationToken", .token_out = "PaginationToken",
          .size = "ResourcesPerPage", .max = 100 },

        { .service = "sts", .name = "GetCallerIdentity" },
        { .service = "sts", .name = "AssumeRole" },
        { .service = "sts", .name = "AssumeRoleWithWebIdentity" },

        { 0 },
};
/* clang-format on */

const struct operation *operations_table(size_t table)
{
        static const struct operation *const tables[OPERATION_TABLES] = {
                sagemaker,       bedrock,          others,           operations_ai,
                operations_saas, operations_usage, operations_stores
        };

        return tables[table];
}
