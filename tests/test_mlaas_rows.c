/* Every row of Hugging Face, Replicate and Mistral against a world that has two of each thing. */
#include "tests/support/rows.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/mlaas.h"

static const struct row_exception huggingface_exceptions[] = {
        { "huggingface.endpoint_logs", ROW_ONE, "one retention for all containers" },
        { "huggingface.providers", ROW_SHARED, "signing in asks whoami, too" },
};

static const struct row_exception replicate_exceptions[] = {
        { "replicate.prediction_logs", ROW_ONE, "one retention for all predictions" },
        { "replicate.prediction", ROW_ONE, "the latest page alone is read" },
        { "replicate.file", ROW_ONE, "that there are files" },
};

static const struct row_exception mistral_exceptions[] = {
        { "mistral.file", ROW_ONE, "that there are files" },
        { "mistral.admin.audit", ROW_ONE, "one log for the organisation" },
        { "mistral.admin.workspace", ROW_SHARED, "signing in asks for it" },
        { "mistral.usage", ROW_ONE, "one in each zone" },
};

/* cloudsim calls the service as its host, and the operation as the catalogue does. */
static void call_of(const struct call *call, char service[static ROW_SERVICE_MAX],
                    char operation[static ROW_OPERATION_MAX])
{
        (void)snprintf(service, ROW_SERVICE_MAX, "%s", call->service->host);
        (void)snprintf(operation, ROW_OPERATION_MAX, "%s", call->name);
}

#define ROWS(name, number, again)                                                                  \
        {                                                                                          \
                .provider = #name, .world = "tests/worlds/mlaas", .account = "", .call = call_of,  \
                .least = number, .exceptions = name##_exceptions,                                  \
                .n_exceptions = ELEMENTSOF(name##_exceptions), .repeated = again                   \
        }

int main(void)
{
        static const struct rows_of all[] = {
                /* endpoints are listed for their logs too, hardware of jobs and of Spaces in both
                 * namespaces */
                ROWS(huggingface, 13, 4),
                /* predictions are listed for their logs too */
                ROWS(replicate, 6, 1),
                ROWS(mistral, 14, 0),
        };
        char folder[] = "/tmp/test-mlaas-rows-XXXXXX";
        int failed = 0;

        if (!mkdtemp(folder) ||
            setenv("HF_TOKEN", "hf_rowsOnlyHexagone000000000000000001", 1) < 0 ||
            setenv("REPLICATE_API_TOKEN", "r8_rowsOnlyHexagone0000000000000000001", 1) < 0 ||
            setenv("MISTRAL_API_KEY", "rowsOnlyHexagoneWorkspaceKey0001", 1) < 0)
                return 1;
        mlaas_admin_key(folder, "rowsOnlyHexagoneAdminKey00000001");
        for (size_t i = 0; i < ELEMENTSOF(all); i++)
                failed += rows_check(&all[i]);
        mlaas_admin_key(folder, NULL);
        return failed + (rmdir(folder) < 0);
}
