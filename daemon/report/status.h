/* What the last scan came to, in a few lines or as one JSON object. */
#pragma once

#include "daemon/report/report.h"

/* daemon: what the running one says of itself; NULL when none answers. */
int status_write(const struct report_request *request, const json_t *daemon,
                 enum report_format format, struct error *err);
