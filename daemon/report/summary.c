#include "daemon/report/summary.h"

#include "daemon/base/clock.h"
#include "daemon/report/grid.h"
#include "daemon/report/language.h"
#include "daemon/report/unread.h"
#include "daemon/report/waivers.h"
#include "daemon/report/words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static void heading(const struct report_request *request, const char *text)
{
        (void)fputc('\n', request->terminal.out);
        terminal_put(&request->terminal, STYLE_BOLD, text);
        (void)fputc('\n', request->terminal.out);
}

int summary_print_scan(const struct report_request *request, struct error *err)
{
        FILE *out = request->terminal.out;
        struct store_summary s = { 0 };
        int r = store_summarise(request->store, &s, err);

        if (r < 0)
                return r;
        if (!s.scan_id) {
                (void)fprintf(out, "%s\n", _("No scan yet."));
                return 0;
        }
        (void)fprintf(out, _("Scan %s, started %s, finished %s (%s)"), s.scan_id,
                      s.started ? s.started : "-", s.finished ? s.finished : "-",
                      report_is_complete(&s) ? _("complete") : _("incomplete"));
        (void)fputc('\n', out);
        (void)fprintf(out, _("%" PRIu64 " calls, %.1f s"), s.calls,
                      (double)s.duration_usec / (double)USEC_PER_SEC);
        (void)fputc('\n', out);
        return 0;
}

int summary_print_resources(const struct report_request *request, const struct tally *t,
                            struct error *err)
{
        const struct grid_column columns[] = {
                { _("PROVIDER"), 0 },           { _("AREA"), 0 },           { _("TYPE"), 0 },
                { _("RESOURCES"), GRID_RIGHT }, { _("STALE"), GRID_RIGHT },
        };
        _cleanup_(grid_freep) struct grid *grid = NULL;
        int r = grid_new(&grid, &request->terminal, columns, ELEMENTSOF(columns), err);

        heading(request, _("Resources"));
        for (size_t i = 0; i < t->n_groups && r >= 0; i++) {
                const struct tally_group *g = &t->groups[i];
                char resources[24], stale[24] = "";
                const char *const cells[] = { g->provider, g->area, g->service_type, resources,
                                              stale };

                (void)snprintf(resources, sizeof(resources), "%" PRIu64, g->resources);
                if (g->stale > 0)
                        (void)snprintf(stale, sizeof(stale), "%" PRIu64, g->stale);
                r = grid_row(grid, cells);
        }
        if (r < 0)
                return error_set(err, r, "report: %s", strerror(-r));
        if (t->n_groups == 0)
                (void)fprintf(request->terminal.out, "%s\n", _("None found in what was read."));
        return grid_end(grid, err);
}

int summary_print_coverage(const struct report_request *request, const struct tally *t,
                           struct error *err)
{
        uint64_t unread = tally_unread(t), left = 0;
        FILE *out = request->terminal.out;
        int r;

        heading(request, _("Coverage"));
        (void)fprintf(out,
                      _("%" PRIu64 " answered, %" PRIu64 " off or not offered, %" PRIu64
                        " could not be read"),
                      t->coverage[COVERAGE_OK],
                      t->coverage[COVERAGE_OFF] + t->coverage[COVERAGE_ABSENT], unread);
        (void)fputc('\n', out);
        if (unread == 0)
                return 0;
        r = unread_print(request, &left, err);
        if (r < 0)
                return r;
        if (left > 0) {
                (void)fprintf(out, _("… and %" PRIu64 " more: vigie coverage"), left);
                (void)fputc('\n', out);
        }
        return 0;
}

/* "to be addressed: 5 (2 high, 3 low)" */
static void print_verdict(const struct terminal *terminal, const struct tally *t, enum verdict v)
{
        const char *before = " (";
        uint64_t sum = 0;

        for (int s = 0; s < SEVERITY_MAX; s++)
                sum += t->findings[v][s];
        (void)fprintf(terminal->out, "%s%s%" PRIu64, words_verdict(v), _(": "), sum);
        for (int s = SEVERITY_MAX - 1; s >= 0; s--) {
                if (t->findings[v][s] == 0 || (v != VERDICT_FAIL && v != VERDICT_UNKNOWN))
                        continue;
                (void)fprintf(terminal->out, "%s%" PRIu64 " ", before, t->findings[v][s]);
                terminal_put(terminal, terminal_style_of(v, (enum severity)s),
                             words_severity((enum severity)s));
                before = ", ";
        }
        (void)fputs(before[0] == ',' ? ")\n" : "\n", terminal->out);
}

void summary_print_verdicts(const struct report_request *request, const struct tally *t)
{
        static const enum verdict shown[] = { VERDICT_FAIL, VERDICT_UNKNOWN, VERDICT_PASS,
                                              VERDICT_WAIVED };

        heading(request, _("Findings"));
        for (size_t i = 0; i < ELEMENTSOF(shown); i++)
                print_verdict(&request->terminal, t, shown[i]);
}

int summary_print(const struct report_request *request, struct error *err)
{
        struct tally t;
        int r = tally_take(&t, request, err);

        if (r < 0)
                return r;
        r = summary_print_resources(request, &t, err);
        if (r >= 0)
                r = summary_print_coverage(request, &t, err);
        if (r >= 0) {
                summary_print_verdicts(request, &t);
                r = waivers_print(request, request->verbose, err);
        }
        if (r >= 0) {
                (void)fputc('\n', request->terminal.out);
                r = summary_print_scan(request, err);
        }
        tally_done(&t);
        return r;
}
