/* Whether each resource of some service types in a place has a log of its calls: where no setting
 * of the place says it, but each resource for itself. */
#pragma once

#include "daemon/judge/trial.h"

struct own_logs {
        uint64_t logged, silent; /* silent: nothing that could tell of it is known */
        json_t *open;            /* names of those that are not logged */
        bool unsure;             /* of one it could not be read: fact and cause are the trial's */
};

/* uses: as trial_each_use() has them. */
int trial_own_logs(struct trial *t, const struct place *place, const json_t *types,
                   const json_t *uses, struct own_logs *ret);
/* Each resource in the place that is of a row of uses: [{type: service type, kinds: [kind…]}].
 * What cb returns is as for the view. */
int trial_each_use(struct trial *t, const struct place *place, const json_t *uses,
                   int (*cb)(void *user, const struct resource *r), void *user);
/* Of the collectors of these kinds of the place's provider. */
int trial_coverage_uses(struct trial *t, const struct place *place, const json_t *uses,
                        struct coverage_look *ret);
void own_logs_done(struct own_logs *o);
