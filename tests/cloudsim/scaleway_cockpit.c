/* Metrics of a Cockpit data source, as Prometheus answers: for tokens made in Cockpit, not for API
 * keys. Every query gets what the world says of the data source. */
#include <string.h>

#include "daemon/base/json.h"
#include "tests/cloudsim/faults.h"
#include "tests/cloudsim/meter.h"
#include "tests/cloudsim/scaleway.h"
#include "tests/cloudsim/world.h"

static const char between[] = ".metrics.cockpit.";

bool scaleway_cockpit_claims(const struct request *q)
{
        const char *at = strstr(q->host, between);
        const char *end = at ? strstr(at, ".scw.cloud") : NULL;

        return end && strcmp(end, ".scw.cloud") == 0;
}

/* The organisation whose token it is; NULL for none. */
static const char *organization_of(const struct request *q)
{
        const char *bearer = request_header(q, "Authorization"), *id;
        json_t *organization, *token;
        size_t i;

        if (!bearer || strncmp(bearer, "Bearer ", 7) != 0)
                return NULL;
        json_object_foreach(world_at(q->sim->world, "scaleway", "organizations"), id, organization)
        {
                json_array_foreach(json_object_get(organization, "cockpit_tokens"), i, token)
                {
                        if (strcmp(json_string_value(token), bearer + 7) == 0)
                                return id;
                }
        }
        return NULL;
}

static void identify(struct request *q, const char *organization)
{
        const char *place = strstr(q->host, between) + strlen(between);

        (void)snprintf(q->provider, sizeof(q->provider), "scaleway");
        (void)snprintf(q->account, sizeof(q->account), "%s", organization ? organization : "");
        (void)snprintf(q->region, sizeof(q->region), "%.*s", (int)strcspn(place, "."), place);
        (void)snprintf(q->service, sizeof(q->service), "cockpit-metrics");
        (void)snprintf(q->operation, sizeof(q->operation), "%s", q->path);
        q->page = 1;
}

void scaleway_cockpit_answer(struct request *q)
{
        const char *organization = organization_of(q);
        char source[64];
        json_auto_t *reply = NULL;
        json_t *result;

        identify(q, organization);
        faults_match(q);
        if (faults_answer(q, scaleway_error))
                return;
        if (!organization || q->effects.denied) {
                q->refused = true;
                reply_text(q, organization ? 403 : 401, "text/plain", "no such token here\n");
                return;
        }
        if (meter_budget(q)) {
                scaleway_error(q, 429, NULL, NULL);
                return;
        }
        (void)snprintf(source, sizeof(source), "%.*s", (int)strcspn(q->host, "."), q->host);
        result = world_at(q->sim->world, "scaleway", "organizations", organization, "metrics",
                          source);
        reply = json_pack("{ss s{ss so}}", "status", "success", "data", "resultType", "vector",
                          "result", result ? json_incref(result) : json_array());
        reply_json(q, 200, reply);
}
