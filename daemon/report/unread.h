/* What could not be read, one line for each collector; a place in which nothing was read, and all
 * of it for the same kind of reason, is one line as a whole. */
#pragma once

#include "daemon/report/report.h"

/* ret_left: rows that are not shown, unless the request is verbose: then all are, each by itself.
 */
int unread_print(const struct report_request *request, uint64_t *ret_left, struct error *err);
