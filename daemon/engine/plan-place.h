/* Where a plan asks: scopes and regions as far as they are known before the scan. Private to
 * engine/. */
#pragma once

#include "daemon/engine/discovery.h"
#include "daemon/engine/plan.h"

struct planning {
        const struct plan_request *request;
        const struct plan_sink *sink;
        struct scan scan; /* what the account is decided by; nothing of it runs */
        struct scan_account *account;
        const json_t *memory; /* of this account */
        json_t *places;
        struct error trouble;
};

#define foreach_collector_of(c, p)                                                                 \
        for (size_t _s = 0; _s < (p)->request->catalogue->n_services; _s++)                        \
                for (const struct collector *c =                                                   \
                             (p)->request->catalogue->services[_s]->collectors;                    \
                     strcmp((p)->request->catalogue->services[_s]->provider,                       \
                            (p)->account->provider->name) == 0 &&                                  \
                     c < (p)->request->catalogue->services[_s]->collectors +                       \
                                     (p)->request->catalogue->services[_s]->n_collectors;          \
                     c++)

/* Stands for the scopes of a level, or the regions of a scope, that are found at run time. */
bool plan_is_open_end(const char *id);

/* What the last scan left of a collector at a place; NULL: nothing. */
const json_t *plan_known(const struct planning *p, const char *scope, const char *region,
                         const char *collector);
enum coverage_state plan_state(const json_t *known);

/* Scopes of the account (opened or not) from configuration and memory, and at which of their levels
 * services run. */
int plan_scopes(struct planning *p);
/* Regions and places of one of them. */
int plan_regions(struct planning *p, struct scan_scope *s);
/* Could the last scan not even enter the scope, as it was told so? A rescan finds that again, and
 * asks for none of its regions. */
bool plan_is_shut(const struct planning *p, const struct scan_scope *s);
