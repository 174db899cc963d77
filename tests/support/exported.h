/* A small inventory with one of everything that formats have to tell apart, and reports of it. */
#pragma once

#include "daemon/report/report.h"
#include "tests/support/ledger.h"

/* What stands in the name and the tags of the hostile resource. */
#define EXPORTED_HOSTILE                                                                           \
        "=1+1 \"quoted\" </script>|`*_[x](y)\\ \n\x1b[31m \xc3\xa9 \xf0\x9f\x98\x80 {0} end"

/* eu-west-1: resources a to d of collector aws.sagemaker.endpoint, with LOC-001 passed by a, failed
 * by b (high), unknown of c (medium), waived of d (W-1, Risques, until 2027-03-31); e is hostile
 * and has no finding. eu-west-3: the list is denied. LOG-001 fails the place eu-west-1. a says
 * where it works, which model it has, and that its log's destination is not known. */
void exported_fill(struct ledger *l);

/* The report as text; the caller frees. filter NULL: none. */
char *exported_text(struct ledger *l, enum report_format format, enum report_part part,
                    const struct store_filter *filter);
/* The report as one JSON document, parsed; a new reference. */
json_t *exported_json(struct ledger *l, enum report_format format, enum report_part part,
                      const struct store_filter *filter);

/* The element of an array whose member is that text, NULL when there is none; borrowed. */
const json_t *exported_with(const json_t *array, const char *member, const char *text);
