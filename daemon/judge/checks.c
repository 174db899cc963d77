#include "daemon/judge/checks.h"

#include "daemon/base/cleanup.h"
#include "daemon/base/nearest.h"

#include <string.h>

const struct check *check_find(const char *name, struct nearest *near)
{
        static const struct check *const tables[] = {
                checks_location,      checks_inference,   checks_sink,       checks_log,
                checks_log_inference, checks_log_place,   checks_log_events, checks_coverage,
                checks_sovereignty,   checks_certificate, checks_key,        checks_customer_key,
                checks_model,         checks_guardrail,   checks_transit,    checks_grants,
                checks_guard,         checks_alert
        };

        for (size_t i = 0; i < ELEMENTSOF(tables); i++)
                for (const struct check *c = tables[i]; c->name; c++) {
                        if (strcmp(c->name, name) == 0)
                                return c;
                        nearest_offer(near, c->name);
                }
        return NULL;
}
