/* Every Scaleway row of the catalogue against a world that has two of each thing. */
#include "tests/support/rows.h"

#include <stdlib.h>
#include <string.h>

static const struct row_exception exceptions[] = {
        { "scaleway.audit.events", ROW_ONE, "one audit log for each region" },
        { "scaleway.audit.products", ROW_ONE, "one answer for each region" },
        { "scaleway.cockpit.metrics_source", ROW_ONE, "one in each project" },
        { "scaleway.cockpit.config", ROW_ONE, "one answer for each region" },
};

/* What stands before the thing itself: "/regions/{region}", "/zones/{zone}", a project. */
static const char *const places[] = { "/regions/{region}", "/zones/{zone}", "/{scope}",
                                      "/clusters/{parent.id}", "/clusters/{id}" };

static void leave_out(char *path, const char *part)
{
        char *at = strstr(path, part);

        if (at)
                memmove(at, at + strlen(part), strlen(at + strlen(part)) + 1);
}

/* The service is the first part of the path, an operation the path without its places. */
static void call_of(const struct call *call, char service[static ROW_SERVICE_MAX],
                    char operation[static ROW_OPERATION_MAX])
{
        const char *host = call->host ? call->host : call->service->host;

        (void)snprintf(operation, ROW_OPERATION_MAX, "%s", call->path);
        for (size_t i = 0; i < ELEMENTSOF(places); i++)
                leave_out(operation, places[i]);
        if (strncmp(host, "s3.", 3) == 0)
                (void)snprintf(operation, ROW_OPERATION_MAX, "%s", call->name);
        if (strncmp(host, "s3.", 3) == 0)
                (void)snprintf(service, ROW_SERVICE_MAX, "s3");
        else if (strstr(host, ".metrics.cockpit."))
                (void)snprintf(service, ROW_SERVICE_MAX, "cockpit-metrics");
        else if (strcmp(host, "api.scaleway.ai") == 0)
                (void)snprintf(service, ROW_SERVICE_MAX, "generative-apis");
        else
                (void)snprintf(service, ROW_SERVICE_MAX, "%.*s", (int)strcspn(call->path + 1, "/"),
                               call->path + 1);
}

int main(void)
{
        static const struct rows_of scaleway = {
                .provider = "scaleway",
                .world = "tests/worlds/scaleway",
                .account = "    organization_id: 9a000000-0000-4000-8000-000000000001\n",
                .call = call_of,
                .least = 38,
                .exceptions = exceptions,
                .n_exceptions = ELEMENTSOF(exceptions),
        };
        char directory[] = "/tmp/vigie-rows-XXXXXX", path[64];
        FILE *file = NULL;
        int failed;

        if (!mkdtemp(directory))
                return 1;
        (void)snprintf(path, sizeof(path), "%s/essai.cockpit_token", directory);
        file = fopen(path, "we");
        if (!file || fputs("rows-only-cockpit-token-of-hexagone", file) < 0 || fclose(file) != 0 ||
            setenv("CREDENTIALS_DIRECTORY", directory, 1) < 0 ||
            setenv("SCW_CONFIG_PATH", "/nonexistent", 1) < 0 ||
            setenv("SCW_ACCESS_KEY", "SCWHEXAGONEROWS00001", 1) < 0 ||
            setenv("SCW_SECRET_KEY", "9a000000-0000-4000-8000-00000000c1ef", 1) < 0)
                return 1;
        failed = rows_check(&scaleway);
        (void)remove(path);
        (void)remove(directory);
        return failed;
}
