/* What the last scan came to, in a few lines or as one JSON object. */
#pragma once

#include "daemon/report/report.h"

int status_write(const struct report_request *request, enum report_format format,
                 struct error *err);
