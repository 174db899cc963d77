/* Metrics as OpenMetrics text, read into JSON:
 *
 *   {"types":   {"http_requests": "counter", …},        by family
 *    "samples": {"http_requests_total": 41.0, …}}       summed over all labels: replicas, status
 * codes
 *
 * Labels, times and exemplars are passed over, and so are values that are no finite number. */
#pragma once

#include "daemon/base/error.h"

#include <jansson.h>

/* *ret is a new reference. -EBADMSG with the line for what is no metric, and for a text without the
 * "# EOF" that every OpenMetrics text ends with: it was cut short. The error never quotes the text.
 */
int openmetrics_parse(const char *text, json_t **ret, struct error *err);
