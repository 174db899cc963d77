/* What owners declare of a resource, and who said it: declarations are shown, never verified. */
#pragma once

#include "daemon/report/report.h"

/* "risk=limited, env=dev (tag); owner=data (declaration declarations/ovh.yaml, DPO)": what is
 * declared and valid, in short; "" when nothing is. The caller frees, NULL without memory. */
char *declared_text(const json_t *description);

/* The source of one declaration in the language of the program, into text; returns text. */
const char *declared_source(const json_t *entry, char *text, size_t size);

/* A line for each declaration: value, who, why, until when, and what it overrides; what has ended,
 * differs or is no value is told as such. */
void declared_print(const struct report_request *request, const json_t *description);
