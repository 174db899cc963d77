/* A dated snapshot of what the store knows, with the rules, law and catalogue in force. */
#pragma once

#include "daemon/base/error.h"
#include "daemon/model/text.h"

#include <stdbool.h>
#include <stdint.h>

struct snapshot_request {
        const char *config_path; /* NULL: the default, if it is there */
        const char *state_dir;
        const char *folder; /* NULL: as the configuration says */
        uint64_t created_usec;
        uint64_t wait_usec; /* for a scan that is being recorded */
        enum language language;
};

struct snapshot_result {
        char *path;             /* of the snapshot, once it is written; the caller frees */
        bool complete;          /* the last scan reached its end and every list had an answer */
        int pruned;             /* older ones whose files were removed */
        struct error unstamped; /* why the authority's time stamp is not in it; code 0: it is, or
                                   none was configured */
};

/* Writes one and tells the journal when it runs as a service. -ENOENT: nothing was scanned yet.
 * With a path it failed at removing the files of older ones only. */
int snapshot_make(const struct snapshot_request *request, struct snapshot_result *ret,
                  struct error *err);
