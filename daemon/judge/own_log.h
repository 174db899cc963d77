/* Whether each resource of some service types in a place has a log of its calls: where no setting
 * of the place says it, but each resource for itself. */
#pragma once

#include "daemon/judge/trial.h"

struct own_logs {
        uint64_t logged, silent; /* silent: nothing that could tell of it is known */
        json_t *open;            /* names of those that are not logged */
        bool unsure;             /* of one it could not be read: fact and cause are the trial's */
};

int trial_own_logs(struct trial *t, const struct place *place, const json_t *types,
                   struct own_logs *ret);
void own_logs_done(struct own_logs *o);
