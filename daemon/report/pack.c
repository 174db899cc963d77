#include "daemon/report/pack.h"

#include "daemon/base/json.h"
#include "daemon/report/language.h"
#include "daemon/report/markdown.h"
#include "daemon/report/pack-private.h"

#include <errno.h>
#include <string.h>

struct page {
        FILE *out;
        const json_t *pack, *words;
        enum language language;
};

static const char *word(const struct page *p, const char *group, const char *code)
{
        return report_word(p->words, group, code, p->language);
}

static void put_cells(const struct page *p, const char *const *cells, size_t n)
{
        (void)fputs("|", p->out);
        for (size_t i = 0; i < n; i++) {
                (void)fputc(' ', p->out);
                markdown_cell(p->out, cells[i] && *cells[i] ? cells[i] : "-");
                (void)fputs(" |", p->out);
        }
        (void)fputc('\n', p->out);
}

#define cells(p, ...)                                                                              \
        ({                                                                                         \
                const char *const _cells[] = { __VA_ARGS__ };                                      \
                put_cells(p, _cells, ELEMENTSOF(_cells));                                          \
        })

static void put_head(const struct page *p, enum pack_part part)
{
        const struct pack_section *section = &pack_sections[part];
        const char *heads[ELEMENTSOF(section->heads)];
        size_t n = 0;

        (void)fprintf(p->out, "\n## %s\n\n", _(section->title));
        for (; n < ELEMENTSOF(heads) && section->heads[n]; n++)
                heads[n] = _(section->heads[n]);
        if (n == 0)
                return;
        put_cells(p, heads, n);
        for (size_t i = 0; i < n; i++)
                (void)fputs(i > 0 ? "---|" : "|---|", p->out);
        (void)fputc('\n', p->out);
}

/* ---- sections ----------------------------------------------------------------------------------
 */

static void put_duty(const struct page *p, const json_t *duty, const char *before)
{
        const char *only = json_member_string(duty, "only");

        (void)fputs(before, p->out);
        markdown_cell(p->out, json_member_string(duty, "title"));
        (void)fputs(_(": "), p->out);
        markdown_cell(p->out, json_member_string(duty, "state"));
        if (only) {
                (void)fputs(_("; "), p->out);
                markdown_cell(p->out, only);
        }
        if (json_is_true(json_object_get(duty, "some")))
                (void)fprintf(p->out, " (%s)", _("for some of them"));
}

static void put_party(const struct page *p, const json_t *service, const char *party)
{
        const json_t *of = json_object_get(service, party), *duty;
        _cleanup_(freep) char *roles = pack_joined(json_object_get(of, "roles"), "title");
        size_t i;

        if (json_array_size(json_object_get(of, "roles")) == 0 &&
            json_array_size(json_object_get(of, "duties")) == 0)
                return;
        (void)fputs("| ", p->out);
        markdown_cell(p->out, json_member_string(service, "title"));
        (void)fputs(" | ", p->out);
        markdown_cell(p->out, word(p, "parties", party));
        (void)fputs(" | ", p->out);
        markdown_cell(p->out, roles && *roles ? roles : "-");
        (void)fputs(" | ", p->out);
        json_array_foreach(json_object_get(of, "duties"), i, duty)
                put_duty(p, duty, i > 0 ? "<br>" : "");
        (void)fputs(" |\n", p->out);
}

static void put_services(const struct page *p)
{
        const json_t *service;
        size_t i;

        put_head(p, PACK_SERVICES);
        json_array_foreach(json_object_get(p->pack, "services"), i,
                           service) for (size_t k = 0; pack_parties[k]; k++)
                put_party(p, service, pack_parties[k]);
}

static void put_locations(const struct page *p)
{
        const json_t *row;
        size_t i;

        put_head(p, PACK_LOCATIONS);
        json_array_foreach(json_object_get(p->pack, "locations"), i, row)
        {
                _cleanup_(freep) char *processing = pack_processing(row);

                cells(p, json_member_string(row, "title"), json_member_string(row, "provider"),
                      json_member_string(row, "region"), json_member_string(row, "country"),
                      word(p, "areas", json_member_string(row, "area")), processing);
        }
}

static void put_retention(const struct page *p)
{
        const json_t *row;
        size_t i;

        put_head(p, PACK_RETENTION);
        json_array_foreach(json_object_get(p->pack, "log_retention"), i, row)
        {
                _cleanup_(freep) char *kept = pack_kept(row);
                const json_t *least = json_object_get(row, "least_days");
                char days[24] = "";

                if (json_is_integer(least))
                        (void)snprintf(days, sizeof(days), "%lld",
                                       (long long)json_integer_value(least));
                cells(p, json_member_string(row, "provider"), kept, days);
        }
}

static void put_certificates(const struct page *p)
{
        const json_t *row;
        size_t i;

        put_head(p, PACK_CERTIFICATES);
        json_array_foreach(json_object_get(p->pack, "certificates"), i, row)
                cells(p, json_member_string(row, "offer"), json_member_string(row, "scheme"),
                      json_member_string(row, "status_title"), json_member_string(row, "product"),
                      json_member_string(row, "valid_until"), json_member_string(row, "as_of"),
                      json_member_string(row, "source"));
}

static void put_contracts(const struct page *p)
{
        const json_t *row;
        size_t i;

        put_head(p, PACK_CONTRACTS);
        json_array_foreach(json_object_get(p->pack, "contracts"), i, row)
        {
                _cleanup_(freep) char *of = pack_contract_of(row), *clauses = pack_clauses(row);

                cells(p, of, clauses, pack_register_word(json_member_string(row, "state")),
                      json_member_string(row, "until"));
        }
}

static void put_unknown(const struct page *p)
{
        const json_t *list = json_object_get(p->pack, "unknown"), *text;
        size_t i;

        put_head(p, PACK_UNKNOWN);
        json_array_foreach(list, i, text)
        {
                (void)fputs("- ", p->out);
                markdown_cell(p->out, json_string_value(text));
                (void)fputc('\n', p->out);
        }
        if (json_array_size(list) == 0)
                (void)fprintf(p->out, "%s\n", _("Nothing of what was asked for."));
}

static void put_page(const struct page *p)
{
        const char *as_of = json_member_string(p->pack, "as_of");

        (void)fprintf(p->out, "# %s\n\n", _(pack_title));
        (void)fprintf(p->out, _("As of %s."), as_of ? as_of : "-");
        if (!json_is_true(json_object_get(p->pack, "complete")))
                (void)fprintf(p->out, " **%s**", _(pack_incomplete));
        (void)fputc('\n', p->out);
        put_services(p);
        put_locations(p);
        put_retention(p);
        put_certificates(p);
        put_contracts(p);
        put_unknown(p);
        (void)fprintf(p->out, "\n*%s*\n", json_member_string(p->pack, "disclaimer"));
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

int pack_write(const struct pack_request *request, struct error *err)
{
        FILE *out = request->report->terminal.out;
        json_auto_t *pack = NULL, *words = NULL;
        int r = pack_collect(request, &pack, err);

        if (r < 0)
                return r;
        words = store_words(request->report->store);
        if (request->format == PACK_JSON) {
                if (json_dumpf(pack, out, JSON_INDENT(1)) < 0)
                        return error_set(err, -EIO, "output: %s", strerror(errno ? errno : EIO));
                (void)fputc('\n', out);
        } else if (request->format == PACK_HTML) {
                pack_html(request->report, pack, words);
        } else {
                const struct page page = { out, pack, words, request->report->language };

                put_page(&page);
        }
        if (fflush(out) != 0 || ferror(out))
                return error_set(err, -EIO, "output: %s", strerror(errno ? errno : EIO));
        return 0;
}
