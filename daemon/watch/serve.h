/* vigie serve: the report and its history over HTTP, read-only, from the store alone, for this
 * machine alone. Anybody else comes through a proxy of the operator's, who also says who may. */
#pragma once

#include "daemon/base/error.h"
#include "daemon/model/text.h"

#include <stdbool.h>

struct serve_options {
        const char *state_dir;
        const char *config;       /* whose registers the page tells of; NULL: the default */
        const char *listen;       /* "127.0.0.1:9478", "unix:/path"; NULL: that, unless systemd
                                     listens */
        const char *const *hosts; /* what else Host may be; NULL-terminated */
        bool has_language;        /* else the browser chooses */
        enum language language;
};

/* Serves until it is told to stop (SIGTERM, SIGINT). -EINVAL: the address. */
int serve_run(const struct serve_options *options, struct error *err);
