/* Waivers: who let a finding be, why, and until when; which end soon, have ended, or hold for
 * nothing. */
#pragma once

#include "daemon/report/report.h"

/* "D-2026-014, Legal, until 2027-03-31: the reason"; the caller frees. NULL without memory. */
char *waiver_text(const json_t *waiver);

/* One line for each waiver under a heading, with what it holds for; nothing when there are none.
 * all: also those of which there is nothing to say. */
int waivers_print(const struct report_request *request, bool all, struct error *err);
