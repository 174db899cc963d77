#include "daemon/report/pack.h"

#include "daemon/base/buffer.h"
#include "daemon/base/json.h"
#include "daemon/report/language.h"
#include "daemon/report/markdown.h"

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

#define head(p, title, ...)                                                                        \
        ({                                                                                         \
                const char *const _columns[] = { __VA_ARGS__ };                                    \
                put_head(p, title, _columns, ELEMENTSOF(_columns));                                \
        })

static void put_head(const struct page *p, const char *title, const char *const *columns, size_t n)
{
        (void)fprintf(p->out, "\n## %s\n\n", title);
        put_cells(p, columns, n);
        for (size_t i = 0; i < n; i++)
                (void)fputs(i > 0 ? "---|" : "|---|", p->out);
        (void)fputc('\n', p->out);
}

/* "a, b" of the texts of a list; the caller frees. */
static char *joined(const json_t *list, const char *member)
{
        struct buffer b = BUFFER_INIT(65536);
        const json_t *value;
        size_t i;

        json_array_foreach(list, i, value)
        {
                const char *text =
                        member ? json_member_string(value, member) : json_string_value(value);

                buffer_printf(&b, "%s%s", i > 0 ? ", " : "", text ? text : "-");
        }
        return buffer_take(&b);
}

/* The codes of the registers. */
static const char *register_word(const char *code)
{
        static const struct {
                const char *code, *word;
        } words[] = {
                { "in-force", N_("in force") },
                { "to-come", N_("to come") },
                { "expired", N_("expired") },
                { "review-missed", N_("review missed") },
                { "data-location", N_("location of data") },
                { "sub-processors", N_("sub-processors") },
                { "log-access", N_("access to logs") },
                { "log-retention", N_("retention of logs") },
                { "incident-notice", N_("notice of incidents") },
                { "role-agreement", N_("agreement on roles (Article 25(4))") },
                { "audit-right", N_("right to audit") },
                { "exit", N_("exit") },
        };

        for (size_t i = 0; code && i < ELEMENTSOF(words); i++)
                if (strcmp(words[i].code, code) == 0)
                        return _(words[i].word);
        return code;
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
        _cleanup_(freep) char *roles = joined(json_object_get(of, "roles"), "title");
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
        static const char *const parties[] = { "cloud", "customer", "maker" };
        const json_t *service;
        size_t i;

        head(p, _("Who answers for what"), _("Service"), _("Party"), _("Role"), _("Duties"));
        json_array_foreach(json_object_get(p->pack, "services"), i,
                           service) for (size_t k = 0; k < ELEMENTSOF(parties); k++)
                put_party(p, service, parties[k]);
}

static void put_locations(const struct page *p)
{
        const json_t *row;
        size_t i;

        head(p, _("Where"), _("Service"), _("Provider"), _("Region"), _("Country"), _("Area"),
             _("Processed in"));
        json_array_foreach(json_object_get(p->pack, "locations"), i, row)
        {
                _cleanup_(freep) char *regions = joined(json_object_get(row, "processing"), NULL);
                _cleanup_(freep) char *text = NULL;
                bool known = json_is_true(json_object_get(row, "processing_known"));
                bool any = regions && *regions;

                if (asprintf(&text, "%s%s%s", any ? regions : "", any && !known ? "; " : "",
                             known ? "" : _("not known")) < 0)
                        text = NULL;
                cells(p, json_member_string(row, "title"), json_member_string(row, "provider"),
                      json_member_string(row, "region"), json_member_string(row, "country"),
                      word(p, "areas", json_member_string(row, "area")), text);
        }
}

static void put_retention(const struct page *p)
{
        const json_t *row;
        size_t i;

        head(p, _("Log retention"), _("Provider"), _("Against six months"),
             _("Shortest that is known, in days"));
        json_array_foreach(json_object_get(p->pack, "log_retention"), i, row)
        {
                bool met = json_is_true(json_object_get(row, "six_months")),
                     less = json_is_true(json_object_get(row, "less")),
                     unknown = json_is_true(json_object_get(row, "unknown"));
                const json_t *least = json_object_get(row, "least_days");
                char days[24] = "", text[300];

                if (least && !json_is_null(least))
                        (void)snprintf(days, sizeof(days), "%lld",
                                       (long long)json_integer_value(least));
                (void)snprintf(text, sizeof(text), "%s%s%s%s%s", met ? _("six months or more") : "",
                               met && less ? "; " : "", less ? _("less than six months") : "",
                               (met || less) && unknown ? "; " : "", unknown ? _("not known") : "");
                cells(p, json_member_string(row, "provider"), text, days);
        }
}

static void put_certificates(const struct page *p)
{
        const json_t *row;
        size_t i;

        head(p, _("Certificates"), _("Offer"), _("Certificate"), _("Standing"), _("Covers"),
             _("Valid until"), _("As of"), _("Source"));
        json_array_foreach(json_object_get(p->pack, "certificates"), i, row)
                cells(p, json_member_string(row, "offer"), json_member_string(row, "scheme"),
                      json_member_string(row, "status_title"), json_member_string(row, "product"),
                      json_member_string(row, "valid_until"), json_member_string(row, "as_of"),
                      json_member_string(row, "source"));
}

static char *clauses_of(const json_t *row)
{
        struct buffer b = BUFFER_INIT(65536);
        const json_t *value;
        size_t i;

        json_array_foreach(json_object_get(row, "clauses"), i, value) buffer_printf(
                &b, "%s%s", i > 0 ? ", " : "", register_word(json_string_value(value)));
        return buffer_take(&b);
}

static void put_contracts(const struct page *p)
{
        const json_t *row;
        size_t i;

        head(p, _("Contract clauses"), _("Provider"), _("Clauses"), _("Standing"), _("Until"));
        json_array_foreach(json_object_get(p->pack, "contracts"), i, row)
        {
                _cleanup_(freep) char *providers = joined(json_object_get(row, "providers"), NULL);
                _cleanup_(freep) char *clauses = clauses_of(row);
                _cleanup_(freep) char *about = NULL;
                bool part = json_is_true(json_object_get(row, "part"));

                if (asprintf(&about, "%s%s%s%s", providers ? providers : "-", part ? " (" : "",
                             part ? _("in part") : "", part ? ")" : "") < 0)
                        about = NULL;
                cells(p, about, clauses, register_word(json_member_string(row, "state")),
                      json_member_string(row, "until"));
        }
}

static void put_unknown(const struct page *p)
{
        const json_t *list = json_object_get(p->pack, "unknown"), *text;
        size_t i;

        (void)fprintf(p->out, "\n## %s\n\n", _("What is not known"));
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

        (void)fprintf(p->out, "# %s\n\n", _("AI services: locations, logs and responsibilities"));
        (void)fprintf(p->out, _("As of %s."), as_of ? as_of : "-");
        if (!json_is_true(json_object_get(p->pack, "complete")))
                (void)fprintf(
                        p->out, " **%s**",
                        _("Not everything could be read: see what is not known, at the end."));
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
        } else {
                const struct page page = { out, pack, words, request->report->language };

                put_page(&page);
        }
        if (fflush(out) != 0 || ferror(out))
                return error_set(err, -EIO, "output: %s", strerror(errno ? errno : EIO));
        return 0;
}
