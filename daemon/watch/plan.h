/* What a scan would ask, with what the store remembers of earlier ones. Opens no connection. */
#pragma once

#include "daemon/model/plan.h"
#include "daemon/store/store.h"
#include "daemon/watch/setup.h"

struct plan_ask {
        const struct setup *setup;
        struct store *store; /* NULL: nothing was scanned yet */
        const char *account; /* only this entry; NULL: all */
        uint64_t now_usec;
};

int plan_make(const struct plan_ask *ask, const struct plan_sink *sink, struct error *err);
