/* Reckons how far a compliance programme is: verdicts and coverage of the store, the inventory's
 * accounts and teams, and the registers. */
#pragma once

#include "daemon/model/programme.h"
#include "daemon/store/store.h"
#include "daemon/watch/setup.h"

struct programme_ask {
        const struct setup *setup; /* of setup_read(); must outlive the answer */
        struct store *store;       /* NULL: nothing was scanned yet */
        uint64_t now_usec;         /* 0: as of when the store was last judged, so that the same
                                      store and registers give the same; now where it never was */
};

int programme_make(struct programme **ret, const struct programme_ask *ask, struct error *err);
