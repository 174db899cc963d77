/* Every OVHcloud row of the catalogue against a world that has two of each thing. */
#include "tests/support/rows.h"

#include <stdlib.h>
#include <string.h>

static const struct row_exception exceptions[] = {
        { "ovh.ai.notebook.quantum", ROW_BEHIND, "the first notebooks are of the other kind" },
        { "ovh.ai.job.ended", ROW_BEHIND, "the first jobs have not ended" },
        { "ovh.region.enabled", ROW_SHARED, "which regions are asked" },
        { "ovh.ai.job", ROW_ONE, "one of each state" },
        { "ovh.audit.log", ROW_ONE, "that there is one" },
        { "ovh.audit.calls", ROW_ONE, "that there is one" },
};

static const struct row_never_known never_known[] = {
        { "ovh.ai.token", "access.expires", "the API has no end for them" },
        { "ovh.me.apps.client", "access.expires", "the API has no end for them" },
};

/* cloudsim knows a call by its path, each word that is asked for being "{}". */
static void call_of(const struct call *call, char service[static ROW_SERVICE_MAX],
                    char operation[static ROW_OPERATION_MAX])
{
        const char *from = call->path, *word = strchr(from + 1, '/');
        char *to = operation;

        (void)snprintf(service, ROW_SERVICE_MAX, "%.*s", (int)strcspn(word + 1, "/"), word + 1);
        while (*from) {
                size_t n = 1 + strcspn(from + 1, "/");
                bool asked = memchr(from, '{', n) != NULL;

                to += snprintf(to, (size_t)(operation + ROW_OPERATION_MAX - to), "%.*s",
                               asked ? 3 : (int)n, asked ? "/{}" : from);
                from += n;
        }
}

int main(void)
{
        static const struct rows_of ovh = {
                .provider = "ovh",
                .world = "tests/worlds/ovh",
                .account = "",
                .call = call_of,
                .least = 40,
                .exceptions = exceptions,
                .n_exceptions = ELEMENTSOF(exceptions),
                .never_known = never_known,
                .n_never_known = ELEMENTSOF(never_known),
        };

        if (setenv("HOME", "/nonexistent", 1) < 0 ||
            setenv("CREDENTIALS_DIRECTORY", "tests/fixtures/ovh/credentials", 1) < 0 ||
            setenv("OVH_CLIENT_ID", "EU.0123456789abcdef", 1) < 0 ||
            setenv("OVH_CLIENT_SECRET", "leakedclientsecret01", 1) < 0)
                return 1;
        return rows_check(&ovh);
}
