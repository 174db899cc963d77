/* One document, made by a process of its own: a large one holds nobody up, has its own language and
 * leaves no memory behind; what goes wrong in it goes wrong there. The store is read as of one
 * moment, whatever a daemon writes meanwhile. */
#pragma once

#include "daemon/report/history.h"
#include "daemon/report/report.h"

#include <systemd/sd-event.h>

struct rendering;

struct rendering_work {
        const char *state_dir;
        const char *config; /* whose registers the report's page tells of; NULL: the default */
        enum language language;
        bool of_history;
        enum report_format format; /* of the report */
        bool with_links;           /* the report leads to what is served beside it */
        enum history_format history_format;
        enum history_by by;
        uint64_t max_scans; /* of the history; 0: all */
};

/* ok: file (which is the callee's, at its beginning) holds the document; else it is -1, and why
 * says why. The rendering is over, and freed by whoever has it. */
typedef void (*rendering_fn)(void *user, bool ok, int file, uint64_t size_bytes, const char *why);

/* Calls back later, once, unless it is freed before. work is borrowed for the call. SIGCHLD must be
 * blocked. */
int rendering_start(struct rendering **ret, sd_event *event, const struct rendering_work *work,
                    rendering_fn on_done, void *user, struct error *err);
/* Ends the process when it still runs. */
struct rendering *rendering_free(struct rendering *r);
DEFINE_CLEANUP(struct rendering *, rendering_free);
