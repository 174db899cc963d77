/* One rule, finding, resource, service type or collector, with everything that is behind it. words:
 * the store's, or judge_words() where nothing was scanned yet. */
#pragma once

#include "daemon/report/report.h"

struct collector;

void explain_rule(const struct report_request *request, const json_t *rule, const json_t *words);
void explain_finding(const struct report_request *request, const struct store_finding *finding,
                     const json_t *words);
/* The resource, what the law makes of it, its facts with their evidence, and its findings. */
int explain_resource(const struct report_request *request, const struct store_resource *row,
                     const json_t *words, struct error *err);
/* Who is what by default, the duties, and how many there are here; without a store only the first.
 */
int explain_type(const struct report_request *request, const char *service_type,
                 const json_t *words, struct error *err);
/* What it asks, with which permission, and how far it could read here. */
int explain_collector(const struct report_request *request, const struct collector *collector,
                      const json_t *words, struct error *err);
