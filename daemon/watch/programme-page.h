/* The programme for a page of a report, which knows neither configuration nor judge. */
#pragma once

#include "daemon/report/report.h"
#include "daemon/watch/programme.h"

struct programme_page {
        struct setup *setup; /* whose texts the programme borrows */
        struct programme *programme;
        struct error error; /* why there is none */
};

/* As of the last judging, by that configuration (NULL: the default one, if it is there), into the
 * request: what cannot be read is told there, in place of the programme. < 0 then. */
int programme_page_take(struct programme_page *ret, const char *config_path,
                        struct report_request *request);
void programme_page_done(struct programme_page *p);
