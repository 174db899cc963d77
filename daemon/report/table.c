#include "daemon/report/declared.h"
#include "daemon/report/findings.h"
#include "daemon/report/grid.h"
#include "daemon/report/language.h"
#include "daemon/report/report.h"
#include "daemon/report/summary.h"
#include "daemon/report/words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct rows {
        const struct report_request *request;
        struct grid *grid;
        const json_t *words; /* the store's, of coverage */
};

static int on_coverage(void *user, const struct store_coverage *row)
{
        const struct rows *rows = user;
        const struct coverage *c = &row->coverage;
        char cause[WORDS_CAUSE_MAX];
        const char *const cells[] = { c->place.provider, c->place.account,
                                      c->place.scope,    c->place.region,
                                      c->collector,      words_coverage(c->state),
                                      row->since,        words_cause(rows->words, row, cause) };

        return report_wants(rows->request, c->place.account) ? grid_row(rows->grid, cells) : 0;
}

static int print_coverage(const struct report_request *request, struct error *err)
{
        const struct grid_column columns[] = {
                { _("PROVIDER"), 0 }, { _("ACCOUNT"), 0 },         { _("SCOPE"), 0 },
                { _("REGION"), 0 },   { _("COLLECTOR"), 0 },       { _("STATE"), 0 },
                { _("SINCE"), 0 },    { _("CAUSE"), GRID_SHRINK },
        };
        _cleanup_(grid_freep) struct grid *grid = NULL;
        json_auto_t *words = store_words(request->store);
        struct rows rows = { .request = request, .words = words };
        int r = grid_new(&grid, &request->terminal, columns, ELEMENTSOF(columns), err);

        if (r < 0)
                return r;
        rows.grid = grid;
        r = store_each_coverage(request->store, request->filter, on_coverage, &rows, err);
        return r < 0 ? error_set(err, r, "report: %s", strerror(-r)) : grid_end(grid, err);
}

static int on_resource(void *user, const struct store_resource *row)
{
        const struct rows *rows = user;
        const struct resource *r = row->resource;
        const json_t *d = row->description;
        const char *role = json_string_value(
                json_object_get(json_object_get(json_object_get(d, "roles"), "customer"), "role"));
        _cleanup_(freep) char *declared = declared_text(d);
        const char *const cells[] = { r->provider,
                                      r->account,
                                      r->scope,
                                      r->region,
                                      json_string_value(json_object_get(d, "area")),
                                      r->service_type,
                                      role,
                                      r->kind,
                                      r->name ? r->name : r->id,
                                      row->gone    ? _("gone")
                                      : row->stale ? _("stale")
                                                   : r->status,
                                      declared };

        return report_wants(rows->request, r->account) ? grid_row(rows->grid, cells) : 0;
}

static int print_resources(const struct report_request *request, struct error *err)
{
        const struct grid_column columns[] = {
                { _("PROVIDER"), 0 },
                { _("ACCOUNT"), 0 },
                { _("SCOPE"), 0 },
                { _("REGION"), 0 },
                { _("AREA"), 0 },
                { _("TYPE"), 0 },
                { _("ROLE"), 0 },
                { _("KIND"), GRID_SHRINK },
                { _("NAME"), GRID_SHRINK },
                { _("STATUS"), 0 },
                { _("DECLARED"), GRID_SHRINK },
        };
        _cleanup_(grid_freep) struct grid *grid = NULL;
        struct rows rows = { .request = request };
        int r = grid_new(&grid, &request->terminal, columns, ELEMENTSOF(columns), err);

        if (r < 0)
                return r;
        rows.grid = grid;
        r = store_each_resource(request->store, request->filter, on_resource, &rows, err);
        return r < 0 ? error_set(err, r, "report: %s", strerror(-r)) : grid_end(grid, err);
}

int report_table(const struct report_request *request, struct error *err)
{
        int r;

        switch (request->part) {
        case REPORT_COVERAGE:
                return print_coverage(request, err);
        case REPORT_RESOURCES:
                return print_resources(request, err);
        case REPORT_FINDINGS:
                return findings_print(request, err);
        default:
                r = findings_print(request, err);
                return r < 0 ? r : summary_print(request, err);
        }
}
