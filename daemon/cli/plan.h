/* vigie scan --plan */
#pragma once

#include "daemon/cli/options.h"
#include "daemon/report/report.h"
#include "daemon/watch/setup.h"

struct plan_options {
        const struct options *common;
        const struct setup *setup;
        const char *account, *output;
        enum report_format format;
};

/* Prints what a scan would ask; an exit status. */
int plan_print(const struct plan_options *o);
