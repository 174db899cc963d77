#include "daemon/report/csv.h"

#include "daemon/base/json.h"
#include "daemon/report/declared.h"
#include "daemon/report/report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

void csv_cell(FILE *out, const char *text)
{
        if (!text || !*text)
                return;
        if (!strpbrk(text, "\",\r\n") && !strchr("=+-@\t\r", text[0])) {
                (void)fputs(text, out);
                return;
        }
        (void)fputc('"', out);
        if (strchr("=+-@\t\r", text[0]))
                (void)fputc('\'', out);
        for (const char *p = text; *p; p++) {
                if (*p == '"')
                        (void)fputc('"', out);
                (void)fputc(*p, out);
        }
        (void)fputc('"', out);
}

void csv_line(FILE *out, const char *const *cells, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                if (i > 0)
                        (void)fputc(',', out);
                csv_cell(out, cells[i]);
        }
        (void)fputs("\r\n", out);
}

#define put_line(out, ...)                                                                         \
        ({                                                                                         \
                const char *const _cells[] = { __VA_ARGS__ };                                      \
                csv_line(out, _cells, ELEMENTSOF(_cells));                                         \
                ferror(out) ? -EIO : 0;                                                            \
        })

static int on_coverage(void *user, const struct store_coverage *row)
{
        const struct report_request *request = user;
        const struct coverage *c = &row->coverage;
        char calls[24];

        if (!report_wants(request, c->place.account))
                return 0;
        (void)snprintf(calls, sizeof(calls), "%" PRIu64, c->calls);
        return put_line(request->terminal.out, c->place.provider, c->place.account, c->place.scope,
                        c->place.region, c->collector, coverage_state_name(c->state), c->cause,
                        c->permission, calls, row->since, row->last_ok, row->asked);
}

static int on_resource(void *user, const struct store_resource *row)
{
        const struct report_request *request = user;
        const struct resource *r = row->resource;
        const json_t *d = row->description;
        _cleanup_(freep) char *declared = NULL;

        if (!report_wants(request, r->account))
                return 0;
        declared = declared_text(d);
        if (!declared)
                return -ENOMEM;
        return put_line(request->terminal.out, r->provider, r->account, r->scope, r->region,
                        json_string_value(json_object_get(d, "country")),
                        json_string_value(json_object_get(d, "area")), r->kind, r->service_type,
                        r->id, r->name, r->status, r->created, row->first_seen, row->last_seen,
                        row->stale ? "true" : "false", declared);
}

static int on_finding(void *user, const struct store_finding *f)
{
        const struct report_request *request = user;
        enum language language = request->language;
        _cleanup_(freep) char *remediation = NULL;

        if (!report_wants(request, f->place.account) || (f->closed && request->part == REPORT_SCAN))
                return 0;
        remediation =
                report_remediation(f->rule_data, f->place.provider, f->place.region, language);
        if (!remediation)
                return -ENOMEM;
        return put_line(request->terminal.out, f->id, f->rule, f->verdict, f->severity,
                        report_rule_text(f->rule_data, "title", language), f->place.provider,
                        f->place.account, f->place.scope, f->place.region, f->kind, f->resource_id,
                        f->resource_name, report_why(f, language), f->applies_from, f->state,
                        remediation, f->first_seen, f->last_seen, f->closed,
                        json_member_string(f->waiver, "id"), json_member_string(f->waiver, "owner"),
                        json_member_string(f->waiver, "reason"),
                        json_member_string(f->waiver, "until"));
}

/* A CSV file has one kind of row: for a scan, the findings. */
int report_csv(const struct report_request *request, struct error *err)
{
        FILE *out = request->terminal.out;
        struct store_filter filter = *request->filter;
        void *user = (void *)request;
        int r;

        if (request->part == REPORT_COVERAGE) {
                (void)put_line(out, "provider", "account", "scope", "region", "collector", "state",
                               "cause", "permission", "calls", "since", "last_ok", "asked");
                r = store_each_coverage(request->store, &filter, on_coverage, user, err);
        } else if (request->part == REPORT_RESOURCES) {
                (void)put_line(out, "provider", "account", "scope", "region", "country", "area",
                               "kind", "service_type", "id", "name", "status", "created",
                               "first_seen", "last_seen", "stale", "declared");
                r = store_each_resource(request->store, &filter, on_resource, user, err);
        } else {
                if (request->part == REPORT_SCAN)
                        filter.all = true;
                (void)put_line(out, "id", "rule", "verdict", "severity", "title", "provider",
                               "account", "scope", "region", "kind", "resource", "name", "why",
                               "applies_from", "state", "remediation", "first_seen", "last_seen",
                               "closed", "waiver", "waiver_owner", "waiver_reason", "waiver_until");
                filter.without_replies = true;
                r = store_each_finding(request->store, &filter, on_finding, user, err);
        }
        return r < 0 ? error_set(err, r, "report: %s", strerror(-r)) : 0;
}
