/* What one scan comes to, for a person: resources, what could not be read, verdicts. */
#pragma once

#include "daemon/report/report.h"
#include "daemon/report/tally.h"

int summary_print(const struct report_request *request, struct error *err);

/* The parts of it. */
int summary_print_scan(const struct report_request *request, struct error *err);
int summary_print_resources(const struct report_request *request, const struct tally *t,
                            struct error *err);
int summary_print_coverage(const struct report_request *request, const struct tally *t,
                           struct error *err);
void summary_print_verdicts(const struct report_request *request, const struct tally *t);
