/* One line on a terminal that says how far a scan is; nothing anywhere else. */
#pragma once

#include "daemon/watch/cycle.h"

struct progress {
        bool shown;         /* is there somebody to show it to */
        bool drawn;         /* a line stands there now */
        uint64_t last_usec; /* when it was drawn */
};

struct progress progress_new(bool quiet);
void progress_update(struct progress *p, const struct cycle_progress *now);
/* Takes the line away, before anything else is written. */
void progress_clear(struct progress *p);
