#include "daemon/report/markdown.h"

#include "daemon/base/json.h"
#include "daemon/report/declared.h"
#include "daemon/report/export.h"
#include "daemon/report/language.h"
#include "daemon/report/tally.h"
#include "daemon/report/utf8.h"
#include "daemon/report/words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* ---- tables ------------------------------------------------------------------------------------
 */

static const char *entity_of(char c)
{
        return c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : NULL;
}

/* Marks that would change which way text runs have no business in a table. */
static bool is_hidden(uint32_t code)
{
        return code < ' ' || (code >= 0x7f && code < 0xa0) || (code >= 0x200b && code <= 0x200f) ||
               (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
               code == 0xfeff;
}

void markdown_cell(FILE *out, const char *text)
{
        for (const char *p = text ? text : ""; *p;) {
                uint32_t code = 0;
                size_t n = utf8_next(p, &code);

                if (n == 0)
                        (void)fputs("\xef\xbf\xbd", out);
                else if (is_hidden(code))
                        (void)fputc(' ', out);
                else if (entity_of(*p))
                        (void)fputs(entity_of(*p), out);
                else if (strchr("\\`*_[]|~$#", *p))
                        (void)fprintf(out, "\\%c", *p);
                else
                        (void)fwrite(p, 1, n, out);
                p += n ? n : 1;
        }
}

static int put_row(FILE *out, const char *const *cells, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                (void)fputs(i > 0 ? " | " : "| ", out);
                markdown_cell(out, cells[i]);
        }
        (void)fputs(" |\n", out);
        return ferror(out) ? -EIO : 0;
}

#define row(out, ...)                                                                              \
        ({                                                                                         \
                const char *const _cells[] = { __VA_ARGS__ };                                      \
                put_row(out, _cells, ELEMENTSOF(_cells));                                          \
        })

/* The title of a table is put off until its first row. */
struct table {
        const struct export *e;
        FILE *out;
        const char *title;
        const char *const *columns;
        size_t n_columns;
        bool begun;
};

static void table_begin(struct table *t)
{
        if (t->begun)
                return;
        t->begun = true;
        (void)fprintf(t->out, "\n## %s\n\n", t->title);
        (void)put_row(t->out, t->columns, t->n_columns);
        for (size_t i = 0; i < t->n_columns; i++)
                (void)fputs(i > 0 ? " | ---" : "| ---", t->out);
        (void)fputs(" |\n", t->out);
}

#define TABLE(e_, title_, columns_)                                                                \
        ((struct table){ .e = (e_),                                                                \
                         .out = (e_)->request->terminal.out,                                       \
                         .title = (title_),                                                        \
                         .columns = (columns_),                                                    \
                         .n_columns = ELEMENTSOF(columns_) })

static void table_end(const struct table *t)
{
        if (!t->begun)
                (void)fprintf(t->out, "\n## %s\n\n%s\n", t->title, _("None."));
}

/* ---- rows --------------------------------------------------------------------------------------
 */

static int on_coverage(void *user, const struct store_coverage *c)
{
        struct table *t = user;
        const struct coverage *coverage = &c->coverage;
        const struct place *place = &coverage->place;
        char cause[WORDS_CAUSE_MAX];

        table_begin(t);
        return row(t->out, place->provider, place->account, place->scope, place->region,
                   coverage->collector, coverage_state_name(coverage->state),
                   words_cause(t->e->words, c, cause), coverage->permission, c->since);
}

static int on_resource(void *user, const struct store_resource *r)
{
        struct table *t = user;
        const struct resource *resource = r->resource;
        const json_t *d = r->description, *roles = json_object_get(d, "roles");
        const char *area = json_member_string(d, "area");
        const char *role = json_member_string(json_object_get(roles, "customer"), "role");
        _cleanup_(freep) char *declared = declared_text(d);

        if (!declared)
                return -ENOMEM;
        table_begin(t);
        return row(t->out, resource->provider, resource->account, resource->scope, resource->region,
                   export_word(t->e, "areas", area ? area : "unknown"),
                   export_word(t->e, "service_types", resource->service_type),
                   export_word(t->e, "roles", role), resource->kind,
                   resource->name ? resource->name : resource->id,
                   r->gone    ? _("gone")
                   : r->stale ? _("stale")
                              : resource->status,
                   declared);
}

static int on_finding(void *user, const struct store_finding *f)
{
        struct table *t = user;
        enum language language = t->e->request->language;
        _cleanup_(freep) char *remediation =
                report_remediation(f->rule_data, f->place.provider, f->place.region, language);
        char place[EXPORT_PLACE_MAX];
        enum severity severity;
        enum verdict verdict;

        if (!remediation)
                return -ENOMEM;
        if (verdict_from_name(f->verdict, &verdict) < 0 ||
            severity_from_name(f->severity, &severity) < 0)
                return -EUCLEAN;
        table_begin(t);
        return row(t->out, f->rule, report_rule_text(f->rule_data, "title", language),
                   words_verdict(verdict), words_severity(severity), export_place(&f->place, place),
                   f->resource_name ? f->resource_name : f->resource_id, report_why(f, language),
                   f->applies_from, verdict == VERDICT_PASS ? "" : remediation);
}

/* ---- parts -------------------------------------------------------------------------------------
 */

static int put_coverage(const struct export *e, struct error *err)
{
        const char *const columns[] = { _("provider"), _("account"),    _("scope"),
                                        _("region"),   _("collector"),  _("state"),
                                        _("cause"),    _("permission"), _("since") };
        struct table t = TABLE(
                e, e->request->part == REPORT_COVERAGE ? _("Coverage") : _("Could not be read"),
                columns);
        int r = export_each_coverage(e, on_coverage, &t, err);

        table_end(&t);
        return r;
}

static int put_resources(const struct export *e, struct error *err)
{
        const char *const columns[] = { _("provider"), _("account"), _("scope"),   _("region"),
                                        _("area"),     _("type"),    _("role"),    _("kind"),
                                        _("name"),     _("status"),  _("declared") };
        struct table t = TABLE(e, _("Resources"), columns);
        int r = export_each_resource(e, false, on_resource, &t, err);

        table_end(&t);
        return r;
}

static int put_findings(const struct export *e, struct error *err)
{
        const char *const columns[] = { _("rule"),     _("title"),        _("verdict"),
                                        _("severity"), _("place"),        _("resource"),
                                        _("why"),      _("applies from"), _("remediation") };
        struct table t = TABLE(e, _("Findings"), columns);
        int r = export_each_finding(e, false, NULL, on_finding, &t, err);

        table_end(&t);
        return r;
}

static int put_summary(const struct export *e, struct error *err)
{
        static const enum verdict shown[] = { VERDICT_FAIL, VERDICT_UNKNOWN, VERDICT_WAIVED,
                                              VERDICT_PASS };
        const char *columns[SEVERITY_MAX + 1] = { _("verdict") }, *cells[SEVERITY_MAX + 1];
        char numbers[SEVERITY_MAX][24];
        struct table t;
        struct tally tally;
        int r = tally_take(&tally, e->request, err);

        if (r < 0)
                return r;
        for (int s = 0; s < SEVERITY_MAX; s++)
                columns[SEVERITY_MAX - s] = words_severity((enum severity)s);
        t = TABLE(e, _("Summary"), columns);
        table_begin(&t);
        for (size_t i = 0; i < ELEMENTSOF(shown); i++) {
                cells[0] = words_verdict(shown[i]);
                for (int s = 0; s < SEVERITY_MAX; s++) {
                        (void)snprintf(numbers[s], sizeof(numbers[s]), "%" PRIu64,
                                       tally.findings[shown[i]][s]);
                        cells[SEVERITY_MAX - s] = numbers[s];
                }
                (void)put_row(t.out, cells, ELEMENTSOF(cells));
        }
        tally_done(&tally);
        return 0;
}

static int put_waivers(const struct export *e, struct error *err)
{
        const char *const columns[] = { _("waiver"), _("owner"), _("reason"),
                                        _("until"),  _("state"), _("findings") };
        struct table t = TABLE(e, _("Waivers"), columns);
        json_auto_t *waivers = NULL;
        int r = store_waivers_known(e->request->store, &waivers, err);

        for (size_t i = 0; r >= 0 && i < json_array_size(waivers); i++) {
                const json_t *w = json_array_get(waivers, i);
                char n[24];

                (void)snprintf(n, sizeof(n), "%" JSON_INTEGER_FORMAT,
                               json_integer_value(json_object_get(w, "waived")));
                table_begin(&t);
                r = row(t.out, json_member_string(w, "id"), json_member_string(w, "owner"),
                        json_member_string(w, "reason"), json_member_string(w, "until"),
                        json_member_string(w, "state"), n);
        }
        return r;
}

static int put_parts(const struct export *e, struct error *err)
{
        bool whole = e->request->part == REPORT_SCAN;
        int r = whole ? put_summary(e, err) : 0;

        /* what is not known comes before what is */
        if (r >= 0)
                r = put_coverage(e, err);
        if (r >= 0 && export_has(e, REPORT_RESOURCES))
                r = put_resources(e, err);
        if (r >= 0 && export_has(e, REPORT_FINDINGS))
                r = put_findings(e, err);
        return r >= 0 && whole ? put_waivers(e, err) : r;
}

int report_markdown(const struct report_request *request, struct error *err)
{
        FILE *out = request->terminal.out;
        struct export e;
        int r = export_init(&e, request, err);

        if (r < 0)
                return r;
        e.without_facts = true;
        (void)fputs("# vigie\n\n", out);
        if (*e.scan)
                (void)fprintf(out, _("Scan %s, started %s, finished %s (%s)"), e.scan,
                              *e.started ? e.started : "-", *e.finished ? e.finished : "-",
                              e.complete ? _("complete") : _("incomplete"));
        else
                (void)fputs(_("No scan yet."), out);
        (void)fputc('\n', out);
        r = put_parts(&e, err);
        if (r >= 0 && e.words) {
                (void)fputs("\n", out);
                markdown_cell(out, report_rule_text(e.words, "disclaimer", request->language));
                (void)fputs("\n", out);
        }
        export_done(&e);
        return r;
}
