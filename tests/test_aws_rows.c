/* Every AWS row of the catalogue against a world that has two of each thing. */
#include "tests/support/rows.h"

#include <string.h>

static const struct row_exception exceptions[] = {
        { "aws.bedrock.invocation_logging", ROW_ONE, "a setting of account and region" },
        { "aws.bedrock.data_retention", ROW_ONE, "a setting of account and region" },
        { "aws.organizations.organization", ROW_ONE, "there is one organisation" },
        { "aws.organizations.member", ROW_ONE | ROW_SHARED, "how accounts are found" },
        { "aws.iam.access_key", ROW_ONE | ROW_SHARED, "one of each account, by who is asking" },
        { "aws.usage.q_developer", ROW_ONE, "its use as a whole, one for each region" },
};

/* Host names whose first part is not what cloudsim calls the service. */
static const struct {
        const char *prefix, *service;
} services[] = {
        { "api.sagemaker", "sagemaker" },
        { "api.ecr", "ecr" },
        { "models-v2-lex", "lexv2-models" },
        { "monitoring", "cloudwatch" },
        { "aidevops", "devops-agent" },
        { "health-agent", "connecthealth" },
        { "data.qapps", "qapps" },
        { "wisdom", "qconnect" },
        { "agreement-marketplace", "marketplace-agreement" },
        { "aoss", "opensearchserverless" },
};

/* The service of a host template: "sagemaker" of "api.sagemaker.{region}.{suffix}". */
static void call_of(const struct call *call, char service[static ROW_SERVICE_MAX],
                    char operation[static ROW_OPERATION_MAX])
{
        const char *host = call->host ? call->host : call->service->host;
        size_t n = strcspn(host, "{");

        while (n > 0 && host[n - 1] == '.')
                n--;
        (void)snprintf(service, ROW_SERVICE_MAX, "%.*s", (int)n, host);
        for (size_t i = 0; i < ELEMENTSOF(services); i++)
                if (strcmp(services[i].prefix, service) == 0) {
                        (void)snprintf(service, ROW_SERVICE_MAX, "%s", services[i].service);
                        break;
                }
        (void)snprintf(operation, ROW_OPERATION_MAX, "%s", call->name);
}

int main(void)
{
        static const struct rows_of aws = {
                .provider = "aws",
                .world = "tests/worlds/aws",
                .account = "    organization: {}\n",
                .call = call_of,
                .least = 71,
                .exceptions = exceptions,
                .n_exceptions = ELEMENTSOF(exceptions),
        };

        scan_aws_key("AKIAHEXAGONEROWS0001", "rows/only/hexagone+00000000000000000000");
        return rows_check(&aws);
}
