/* How often a call is made, from what the last scan left. Pure; private to engine/. */
#pragma once

#include "daemon/model/plan.h"

/* What is known of a collector at a place, and of the one it stands below. */
struct plan_pass {
        const struct collector *collector;
        const json_t *known;           /* of struct plan_request.memory; NULL: nothing */
        const struct plan_pass *above; /* NULL for a root */
};

/* The index-th detail call, asked about everything, or about what is no longer good only. */
struct plan_number plan_count_detail(const struct plan_pass *pass, size_t index, bool fresh);

/* The list, whether details are asked or not. */
struct plan_number plan_count_list(const struct plan_pass *pass);

/* Is its last answer young enough for list_ttl, so that a scan does not ask at all? */
bool plan_is_rested(const struct plan_pass *pass);
