/* One rule, finding or resource, with everything that is behind it. */
#pragma once

#include "daemon/report/report.h"

void explain_rule(const struct report_request *request, const json_t *rule);
void explain_finding(const struct report_request *request, const struct store_finding *finding);
/* The resource, what the law makes of it, its facts with their evidence, and its findings. */
int explain_resource(const struct report_request *request, const struct store_resource *row,
                     struct error *err);
