#include "tests/cloudsim/mlaas.h"

#define HUB "huggingface.co"
#define ENDPOINTS "api.endpoints.huggingface.cloud"
#define REPLICATE "api.replicate.com"
#define MISTRAL "api.mistral.ai"

/* clang-format off */
#define HUB_LIST(where, op) \
        { .host = HUB, .path = where, .name = op, .style = MLAAS_LINK_HEADER, .token_in = "cursor", .size = "limit", .max = 1000 }
#define REPLICATE_LIST(where, op) \
        { .host = REPLICATE, .path = where, .name = op, .style = MLAAS_LINK_BODY, .items = "results", .token_in = "cursor", .token_out = "next", .max = 100 }
#define MISTRAL_PAGES(where, op, key) \
        { .host = MISTRAL, .path = where, .name = op, .style = MLAAS_PAGE, .items = key, .size = "page_size", .size_default = 100, .max = 1000 }
#define MISTRAL_TOKENS(where, op, key, in, out) \
        { .host = MISTRAL, .path = where, .name = op, .style = MLAAS_TOKEN, .items = key, .token_in = in, .token_out = out, .size = "page_size", .max = 1000 }

const struct mlaas_operation mlaas_operations[] = {
        { .host = HUB, .path = "/api/whoami-v2", .name = "WhoAmI", .style = MLAAS_WHOAMI },
        HUB_LIST("/api/spaces", "ListSpaces"),
        HUB_LIST("/api/models", "ListModels"),
        HUB_LIST("/api/datasets", "ListDatasets"),
        { .host = HUB, .path = "/api/jobs/hardware", .name = "ListJobHardware", .style = MLAAS_WHOLE },
        { .host = HUB, .path = "/api/jobs/{namespace}", .name = "ListJobs", .style = MLAAS_LINK_HEADER, .token_in = "cursor", .max = 100, .right = "job." },
        { .host = HUB, .path = "/api/scheduled-jobs/{namespace}", .name = "ListScheduledJobs", .style = MLAAS_LINK_HEADER, .token_in = "cursor", .max = 100, .right = "job." },
        HUB_LIST("/api/settings/repositories", "ListRepositories"),
        { .host = HUB, .path = "/api/organizations/{namespace}/settings/repositories", .name = "ListRepositories", .style = MLAAS_LINK_HEADER, .token_in = "cursor", .size = "limit", .max = 1000, .right = "repo.content." },
        { .host = HUB, .path = "/api/spaces/hardware", .name = "ListSpaceHardware", .style = MLAAS_WHOLE },
        { .host = ENDPOINTS, .path = "/v2/provider/{namespace}", .name = "ListHardware", .style = MLAAS_WHOLE, .items = "vendors", .right = "inference.endpoints." },
        { .host = ENDPOINTS, .path = "/v2/endpoint/{namespace}/{name}/open-metrics", .name = "GetEndpointMetrics", .style = MLAAS_TEXT, .right = "inference.endpoints." },
        { .host = ENDPOINTS, .path = "/v2/endpoint/{namespace}", .name = "ListEndpoints", .style = MLAAS_WHOLE, .items = "items", .right = "inference.endpoints." },

        { .host = REPLICATE, .path = "/v1/account", .name = "GetAccount", .style = MLAAS_WHOAMI },
        REPLICATE_LIST("/v1/deployments", "ListDeployments"),
        REPLICATE_LIST("/v1/predictions", "ListPredictions"),
        REPLICATE_LIST("/v1/trainings", "ListTrainings"),
        REPLICATE_LIST("/v1/files", "ListFiles"),
        REPLICATE_LIST("/v1/models", "ListModels"),
        { .host = REPLICATE, .path = "/v1/models/{owner}/{name}", .name = "GetModel", .style = MLAAS_ONE },
        { .host = REPLICATE, .path = "/v1/hardware", .name = "ListHardware", .style = MLAAS_WHOLE },

        { .host = MISTRAL, .path = "/v1/models", .name = "ListModels", .style = MLAAS_WHOLE, .items = "data" },
        MISTRAL_PAGES("/v1/fine_tuning/jobs", "ListFineTuningJobs", "data"),
        MISTRAL_PAGES("/v1/batch/jobs", "ListBatchJobs", "data"),
        MISTRAL_PAGES("/v1/files", "ListFiles", "data"),
        MISTRAL_PAGES("/v1/agents", "ListAgents", NULL),
        MISTRAL_TOKENS("/v1/libraries", "ListLibraries", "data", "page_token", "next_page_token"),
        { .host = MISTRAL, .path = "/v1/rag/indexes/summary", .name = "ListSearchIndexes", .style = MLAAS_WHOLE },
        { .host = MISTRAL, .path = "/v1/rag/deployments", .name = "ListSearchDeployments", .style = MLAAS_WHOLE, .items = "deployments" },
        MISTRAL_TOKENS("/v1/connectors", "ListConnectors", "items", "cursor", "pagination.next_cursor"),
        MISTRAL_TOKENS("/v1/workflows/deployments", "ListWorkflowDeployments", "deployments", "cursor", "next_cursor"),
        { .host = MISTRAL, .path = "/v1/admin/workspaces", .name = "ListWorkspaces", .style = MLAAS_PAGE, .items = "items", .size = "page_size", .size_default = 25, .max = 100, .first = 1, .admin = true },
        { .host = MISTRAL, .path = "/v1/admin/api-keys", .name = "ListApiKeys", .style = MLAAS_OFFSET, .items = "keys", .size = "limit", .size_default = 100, .max = 100, .admin = true },
        { .host = MISTRAL, .path = "/v1/admin/audit-logs", .name = "ListAuditLogs", .style = MLAAS_LATEST, .size = "limit", .size_default = 20, .admin = true },
        { .host = MISTRAL, .path = "/v1/admin/usage", .name = "GetUsage", .style = MLAAS_OBJECT, .admin = true },
        { 0 },
};
