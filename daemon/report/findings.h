/* Findings for a person: grouped by severity, rule and verdict, each with where, what and why. */
#pragma once

#include "daemon/report/report.h"

int findings_print(const struct report_request *request, struct error *err);
