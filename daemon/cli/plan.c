#include "daemon/cli/plan.h"

#include "daemon/base/clock.h"
#include "daemon/cli/command.h"
#include "daemon/cli/output.h"
#include "daemon/report/language.h"
#include "daemon/report/plan.h"
#include "daemon/watch/plan.h"

#include <errno.h>

static int write_plan(const struct plan_options *o, struct store *store, FILE *out,
                      struct error *err)
{
        _cleanup_(plan_report_freep) struct plan_report *report = NULL;
        const struct plan_report_request request = {
                .config = o->setup->config,
                .language = language_current(),
                .terminal = terminal_of(out, !o->common->no_color),
                .format = o->format,
                .remembers = store != NULL,
        };
        const struct plan_ask ask = { .setup = o->setup,
                                      .store = store,
                                      .account = o->account,
                                      .now_usec = clock_realtime_usec() };
        int r = plan_report_new(&report, &request, err);

        if (r >= 0)
                r = plan_make(&ask, plan_report_sink(report), err);
        return r < 0 ? r : plan_report_end(report, err);
}

int plan_print(const struct plan_options *o)
{
        _cleanup_(store_closep) struct store *store = NULL;
        struct output output = { 0 };
        struct error err = { 0 }, none = { 0 };
        int r = store_open(&store, o->common->state, true, &none);

        if (r < 0 && r != -ENOENT) /* a store that cannot be read is not one that is not there */
                return options_fail(&none, r == -EINVAL ? -EIO : r);
        r = output_open(&output, o->output, &err);
        if (r >= 0)
                r = write_plan(o, store, output.file, &err);
        if (r >= 0)
                r = output_commit(&output, &err);
        output_done(&output);
        return r < 0 ? options_fail(&err, -EIO) : EXIT_CLEAN;
}
