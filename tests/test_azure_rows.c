/* Every Azure row of the catalogue against a world that has two of each thing. */
#include "tests/support/rows.h"

#include <stdlib.h>
#include <string.h>

static const struct row_exception exceptions[] = {
        { "azure.subscription.state", ROW_ONE | ROW_SHARED, "the subscription itself" },
        { "azure.activitylog.builtin", ROW_ONE | ROW_SHARED, "the subscription itself" },
        { "azure.subscription.databoundary", ROW_ONE, "a setting of the subscription" },
        { "azure.cognitiveservices.account", ROW_SHARED,
          "what their places offer is asked before them, by the same list" },
        { "azure.cognitiveservices.defender", ROW_ONE, "a setting of each account" },
        { "azure.machinelearningservices.job", ROW_ONE, "the first page only" },
};

static const struct row_never_known never_known[] = {
        { "azure.cognitiveservices.agentapplication", "processing.regions",
          "which models its agents call is told by an action" },
        { "azure.fabric.capacity", "processing.regions", "a setting of the Fabric tenant" },
        { "azure.fabric.capacity", "assistant.status", "a setting of the Fabric tenant" },
        { "azure.eventhub.namespace", "log.retention_days", "what takes the logs keeps them" },
};

/* A permission is the namespace and what cloudsim calls the operation; the search needs none. */
static void call_of(const struct call *call, char service[static ROW_SERVICE_MAX],
                    char operation[static ROW_OPERATION_MAX])
{
        const char *permission =
                call->permission ? call->permission : "Microsoft.ResourceGraph/resources/read";
        size_t n = strcspn(permission, "/");

        (void)snprintf(service, ROW_SERVICE_MAX, "%.*s", (int)n, permission);
        (void)snprintf(operation, ROW_OPERATION_MAX, "%s", permission + n + 1);
}

int main(void)
{
        static const struct rows_of azure = {
                .provider = "azure",
                .world = "tests/worlds/azure",
                .account = "    tenant: 99999999-9999-4999-8999-999999999999\n"
                           "    client_id: 88888888-8888-4888-8888-888888888888\n",
                .call = call_of,
                .least = 55,
                .exceptions = exceptions,
                .n_exceptions = ELEMENTSOF(exceptions),
                .never_known = never_known,
                .n_never_known = ELEMENTSOF(never_known),
        };

        if (setenv("AZURE_CLIENT_SECRET", "rows~only.hexagone-000000000000000000", 1) < 0)
                return 1;
        return rows_check(&azure);
}
