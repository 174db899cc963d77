#include "daemon/report/summary.h"

#include "daemon/base/clock.h"
#include "daemon/report/grid.h"
#include "daemon/report/language.h"
#include "daemon/report/words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { UNREAD_SHOWN_MAX = 15 };

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

/* ---- what could not be read --------------------------------------------------------------------
 */

struct unread {
        const struct report_request *request;
        uint64_t shown;
};

static void put_unread_place(const struct terminal *t, const struct coverage *c)
{
        const char *const parts[] = { c->place.account, c->place.scope, c->place.region };

        (void)fputs("  - ", t->out);
        terminal_put(t, STYLE_PLAIN, c->place.provider);
        for (size_t i = 0; i < ELEMENTSOF(parts); i++)
                if (*parts[i]) {
                        (void)fputs(" / ", t->out);
                        terminal_put(t, STYLE_PLAIN, parts[i]);
                }
        (void)fputs("  ", t->out);
        terminal_put(t, STYLE_BOLD, c->collector);
        (void)fputs("  ", t->out);
        terminal_put(t, STYLE_BLUE, coverage_state_name(c->state));
        (void)fputc('\n', t->out);
}

static int on_coverage(void *user, const struct store_coverage *row)
{
        struct unread *u = user;
        const struct coverage *c = &row->coverage;
        const struct terminal *t = &u->request->terminal;
        _cleanup_(freep) char *to_do = NULL;
        bool missing = c->state == COVERAGE_DENIED && c->permission;

        if (coverage_is_answer(c->state) || !report_wants(u->request, c->place.account))
                return 0;
        if (u->shown++ >= UNREAD_SHOWN_MAX && !u->request->verbose)
                return 1;
        if (asprintf(&to_do, "%s%s%s", words_what_to_do(c->state), missing ? ": " : "",
                     missing ? c->permission : "") < 0) {
                to_do = NULL;
                return -ENOMEM;
        }
        put_unread_place(t, c);
        if (c->cause) {
                (void)fputs("      ", t->out);
                terminal_fold(t, 6, 6, c->cause);
        }
        (void)fputs("      → ", t->out);
        terminal_fold(t, 8, 8, to_do);
        return ferror(t->out) ? -EIO : 0;
}

int summary_print_coverage(const struct report_request *request, const struct tally *t,
                           struct error *err)
{
        const struct store_filter all = { 0 };
        struct unread u = { .request = request };
        uint64_t unread = tally_unread(t);
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
        r = store_each_coverage(request->store, &all, on_coverage, &u, err);
        if (r < 0)
                return error_set(err, r, "report: %s", strerror(-r));
        if (!request->verbose && unread > UNREAD_SHOWN_MAX) {
                (void)fprintf(out, _("… and %" PRIu64 " more: vigie coverage"),
                              unread - UNREAD_SHOWN_MAX);
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
        (void)fprintf(terminal->out, "%s: %" PRIu64, words_verdict(v), sum);
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
                (void)fputc('\n', request->terminal.out);
                r = summary_print_scan(request, err);
        }
        tally_done(&t);
        return r;
}
