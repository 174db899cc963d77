/* How far the registers are for one gauge of a programme. */
#pragma once

#include "daemon/judge/programme.h"
#include "daemon/model/programme.h"
#include "daemon/watch/programme-inventory.h"

/* Adds a gap to the gauge; texts may be NULL. -ENOMEM. */
int programme_gap_add(struct programme_gauge *g, const struct programme_gap *gap);

int programme_registers_weigh(struct programme_gauge *g, const struct programme_measure *m,
                              const struct registers *registers,
                              const struct programme_inventory *inventory, uint64_t now_usec);
