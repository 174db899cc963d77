/* Every Google Cloud row of the catalogue against a world that has two of each thing. */
#include "tests/support/rows.h"

#include <stdlib.h>
#include <string.h>

static const struct row_exception exceptions[] = {
        { "gcp.serviceusage.ai_api", ROW_SHARED, "what is enabled says what else is asked" },
        { "gcp.audit.project", ROW_ONE, "a setting of the project" },
        { "gcp.audit.organization", ROW_ONE, "there is one organisation" },
        { "gcp.resourcemanager.organization", ROW_ONE, "there is one organisation" },
        { "gcp.orgpolicy.locations", ROW_ONE, "a setting of the project" },
        { "gcp.dialogflow.es_agent", ROW_ONE, "one agent for each place" },
        { "gcp.*.encryption", ROW_ONE, "a setting of each place" },
        { "gcp.insights.settings", ROW_ONE, "a setting of each place" },
        { "gcp.speech.config", ROW_ONE, "a setting of each place" },
        { "gcp.modelarmor.floor_setting", ROW_ONE, "a setting of the project" },
        { "gcp.asset.resource", ROW_BEHIND, "its first page is given by a list already" },
        { "gcp.asset.bigquery_model", ROW_BEHIND, "its first page is given by a list already" },
        { "gcp.compute.gpu_instance", ROW_BEHIND, "its first page is a zone without machines" },
        { "gcp.run.gpu_service", ROW_BEHIND, "its first page has no sign of AI" },
        { "gcp.logging.sink", ROW_BEHIND, "denied to the table of sinks, it is not asked again" },
};

static const struct row_never_known never_known[] = {
        { "gcp.apikeys.gemini_key", "access.expires", "a key has no end" },
        { "gcp.vertex.cached_content", "encryption.key", "the API never tells it" },
};

/* Operations that cloudsim names by the words of their paths. */
static const struct {
        const char *service, *call, *operation;
} odd[] = {
        { "storage", "buckets.get", "b.get" },
        { "dialogflow", "locations.getEncryptionSpec", "encryptionSpec.get" },
        { "dialogflow", "agents.getGenerativeSettings", "generativeSettings.get" },
        { "speech", "locations.getConfig", "config.get" },
        { "contactcenterinsights", "locations.getSettings", "settings.get" },
        { "contactcenterinsights", "locations.getEncryptionSpec", "encryptionSpec.get" },
        { "modelarmor", "floorSettings.get", "floorSetting.get" },
};

/* The first word of the host, behind what stands for a place. */
static void call_of(const struct call *call, char service[static ROW_SERVICE_MAX],
                    char operation[static ROW_OPERATION_MAX])
{
        const char *host = call->host ? call->host : call->service->host;

        if (strcmp(host, "{vertex_host}") == 0)
                host = "aiplatform.";
        else if (host[0] == '{')
                host = strchr(host, '}') + 1;
        (void)snprintf(service, ROW_SERVICE_MAX, "%.*s", (int)strcspn(host, "."), host);
        (void)snprintf(operation, ROW_OPERATION_MAX, "%s", call->name);
        for (size_t i = 0; i < ELEMENTSOF(odd); i++)
                if (strcmp(odd[i].service, service) == 0 && strcmp(odd[i].call, call->name) == 0)
                        (void)snprintf(operation, ROW_OPERATION_MAX, "%s", odd[i].operation);
}

int main(void)
{
        static const struct rows_of gcp = {
                .provider = "gcp",
                .world = "tests/worlds/gcp",
                .account = "    credentials_file: tests/fixtures/gcp/rows-user.json\n",
                .call = call_of,
                .least = 110,
                .exceptions = exceptions,
                .n_exceptions = ELEMENTSOF(exceptions),
                .never_known = never_known,
                .n_never_known = ELEMENTSOF(never_known),
        };

        return rows_check(&gcp);
}
