/* The pack as a page of its own, with the report's look: no script, nothing fetched, fit for paper.
 */
#include "daemon/base/json.h"
#include "daemon/report/html.h"
#include "daemon/report/language.h"
#include "daemon/report/pack-private.h"

#include <inttypes.h>

struct sheet {
        struct html h;
        const json_t *pack;
};

static const json_t *rows_of(const struct sheet *s, const char *member)
{
        return json_object_get(s->pack, member);
}

/* Ended by html_table_end(), when there is one. */
static bool put_table(const struct sheet *s, enum pack_part part, const char *caption,
                      const json_t *rows)
{
        const char *const *from = pack_sections[part].heads;
        const char *heads[ELEMENTSOF(pack_sections[part].heads) + 1] = { NULL };
        size_t n = 0;

        for (; from[n]; n++)
                heads[n] = _(from[n]);
        if (part == PACK_RETENTION) /* beside the number what it looks like */
                heads[n] = _("bar");
        if (json_array_size(rows) == 0) {
                html_put(&s->h, "<p>? %s</p>\n",
                         _("Nothing found or recorded: see what is not known, at the end."));
                return false;
        }
        html_table(&s->h, "", caption, heads);
        return true;
}

static void put_cell(const struct sheet *s, const char *text)
{
        html_put(&s->h, "<td>%s</td>", text && *text ? text : "-");
}

static void put_day(const struct sheet *s, const char *day)
{
        if (day && *day)
                html_put(&s->h, "<td><time>%s</time></td>", day);
        else
                put_cell(s, NULL);
}

/* ---- who answers for what ----------------------------------------------------------------------
 */

static void put_duty(const struct sheet *s, const json_t *duty)
{
        const char *only = json_member_string(duty, "only");

        html_put(&s->h, "<li>%s%s%s", json_member_string(duty, "title"), _(": "),
                 json_member_string(duty, "state"));
        if (only)
                html_put(&s->h, "%s%s", _("; "), only);
        if (json_is_true(json_object_get(duty, "some")))
                html_put(&s->h, " (%s)", _("for some of them"));
        html_put(&s->h, "</li>\n");
}

static bool has_part(const json_t *of)
{
        return json_array_size(json_object_get(of, "roles")) > 0 ||
               json_array_size(json_object_get(of, "duties")) > 0;
}

static void put_party(const struct sheet *s, const json_t *of, const char *party)
{
        _cleanup_(freep) char *roles = pack_joined(json_object_get(of, "roles"), "title");
        const json_t *duties = json_object_get(of, "duties"), *duty;
        size_t i;

        put_cell(s, html_word(&s->h, "parties", party));
        put_cell(s, roles);
        if (json_array_size(duties) == 0) {
                html_put(&s->h, "<td></td></tr>\n");
                return;
        }
        html_put(&s->h, "<td><ul>");
        json_array_foreach(duties, i, duty) put_duty(s, duty);
        html_put(&s->h, "</ul></td></tr>\n");
}

static void put_service(const struct sheet *s, const json_t *service)
{
        int n = 0;
        bool first = true;

        for (size_t i = 0; pack_parties[i]; i++)
                n += has_part(json_object_get(service, pack_parties[i]));
        for (size_t i = 0; pack_parties[i]; i++) {
                const json_t *of = json_object_get(service, pack_parties[i]);

                if (!has_part(of))
                        continue;
                html_put(&s->h, "<tr>");
                if (first)
                        html_put(&s->h, "<th scope=\"rowgroup\" rowspan=\"%d\">%s</th>", n,
                                 json_member_string(service, "title"));
                first = false;
                put_party(s, of, pack_parties[i]);
        }
}

static void put_services(const struct sheet *s)
{
        const json_t *rows = rows_of(s, "services"), *service;
        size_t i;

        if (!put_table(s, PACK_SERVICES, _("Roles and duties under the AI Act, by service"), rows))
                return;
        json_array_foreach(rows, i, service) put_service(s, service);
        html_table_end(&s->h);
}

/* ---- where, and how long -----------------------------------------------------------------------
 */

static void put_location(const struct sheet *s, const json_t *row)
{
        _cleanup_(freep) char *processing = pack_processing(row);
        const char *country = json_member_string(row, "country");

        html_put(&s->h, "<tr><th scope=\"row\">%s</th>", json_member_string(row, "title"));
        put_cell(s, json_member_string(row, "provider"));
        put_cell(s, json_member_string(row, "region"));
        html_put(&s->h, "<td>");
        html_country(&s->h, country ? country : "-");
        html_put(&s->h, "</td><td>");
        html_area(&s->h, json_member_string(row, "area"));
        html_put(&s->h, "</td>");
        put_cell(s, processing);
        html_put(&s->h, "</tr>\n");
}

static void put_locations(const struct sheet *s)
{
        const json_t *rows = rows_of(s, "locations"), *row;
        size_t i;

        if (!put_table(s, PACK_LOCATIONS, _("Regions, and where requests are processed"), rows))
                return;
        json_array_foreach(rows, i, row) put_location(s, row);
        html_table_end(&s->h);
}

/* The colour is that of the whole row: the shortest that is known may not be the shortest. */
static void put_days(const struct sheet *s, const json_t *row)
{
        const json_t *least = json_object_get(row, "least_days");
        bool less = json_is_true(json_object_get(row, "less")),
             unknown = json_is_true(json_object_get(row, "unknown"));
        int64_t days = json_is_integer(least) ? (int64_t)json_integer_value(least) : -1;

        if (days >= 0)
                html_put(&s->h, "<td>%" PRId64 "</td><td>", days);
        else
                html_put(&s->h, "<td>-</td><td>");
        html_days_bar(&s->h,
                      less      ? "b-fail"
                      : unknown ? "b-unknown"
                                : "b-pass",
                      days, PACK_HALF_YEAR_DAYS);
        html_put(&s->h, "</td>");
}

static void put_retention(const struct sheet *s)
{
        const json_t *rows = rows_of(s, "log_retention"), *row;
        size_t i;

        html_put(&s->h, "<p>%s: <b>%d</b> %s</p>\n",
                 _("The line is six months, AI Act, Art. 19 and 26(6), as days"),
                 PACK_HALF_YEAR_DAYS, _("days"));
        if (!put_table(s, PACK_RETENTION, _("How long logs are kept, by provider"), rows))
                return;
        json_array_foreach(rows, i, row)
        {
                _cleanup_(freep) char *kept = pack_kept(row);

                html_put(&s->h, "<tr><th scope=\"row\">%s</th>",
                         json_member_string(row, "provider"));
                put_cell(s, kept);
                put_days(s, row);
                html_put(&s->h, "</tr>\n");
        }
        html_table_end(&s->h);
}

/* ---- on paper ----------------------------------------------------------------------------------
 */

static void put_certificates(const struct sheet *s)
{
        const json_t *rows = rows_of(s, "certificates"), *row;
        size_t i;

        if (!put_table(s, PACK_CERTIFICATES,
                       _("What is certified; a certificate holds for what its own scope names"),
                       rows))
                return;
        json_array_foreach(rows, i, row)
        {
                html_put(&s->h, "<tr><th scope=\"row\">%s</th>", json_member_string(row, "offer"));
                put_cell(s, json_member_string(row, "scheme"));
                put_cell(s, json_member_string(row, "status_title"));
                put_cell(s, json_member_string(row, "product"));
                put_day(s, json_member_string(row, "valid_until"));
                put_day(s, json_member_string(row, "as_of"));
                html_put(&s->h, "<td><small>%s</small></td></tr>\n",
                         json_member_string(row, "source"));
        }
        html_table_end(&s->h);
}

static void put_contracts(const struct sheet *s)
{
        const json_t *rows = rows_of(s, "contracts"), *row;
        size_t i;

        if (!put_table(s, PACK_CONTRACTS, _("Clauses of the contracts that are recorded"), rows))
                return;
        json_array_foreach(rows, i, row)
        {
                _cleanup_(freep) char *of = pack_contract_of(row), *clauses = pack_clauses(row);

                html_put(&s->h, "<tr><th scope=\"row\">%s</th>", of);
                put_cell(s, clauses);
                put_cell(s, pack_register_word(json_member_string(row, "state")));
                put_day(s, json_member_string(row, "until"));
                html_put(&s->h, "</tr>\n");
        }
        html_table_end(&s->h);
}

static void put_unknown(const struct sheet *s)
{
        const json_t *list = rows_of(s, "unknown"), *text;
        size_t i;

        if (json_array_size(list) == 0) {
                html_put(&s->h, "<p>%s</p>\n", _("Nothing of what was asked for."));
                return;
        }
        html_put(&s->h, "<ul>\n");
        json_array_foreach(list, i, text) html_put(&s->h, "<li>%s</li>\n", json_string_value(text));
        html_put(&s->h, "</ul>\n");
}

/* ---- the page ----------------------------------------------------------------------------------
 */

static void (*const writers[])(const struct sheet *s) = {
        [PACK_SERVICES] = put_services,   [PACK_LOCATIONS] = put_locations,
        [PACK_RETENTION] = put_retention, [PACK_CERTIFICATES] = put_certificates,
        [PACK_CONTRACTS] = put_contracts, [PACK_UNKNOWN] = put_unknown,
};

static void put_header(const struct sheet *s)
{
        const char *as_of = json_member_string(s->pack, "as_of");

        html_put(&s->h, "<a class=\"skip\" href=\"#main\">%s</a>\n<header>\n<h1>%s</h1>\n<p>",
                 _("Skip to the content"), _(pack_title));
        html_put(&s->h, _("As of %s."), as_of ? as_of : "-");
        html_put(&s->h, "</p>\n");
        if (!json_is_true(json_object_get(s->pack, "complete")))
                html_put(&s->h, "<p class=\"alarm\"><a href=\"#%s\">%s</a></p>\n",
                         pack_sections[PACK_UNKNOWN].id, _(pack_incomplete));
        html_put(&s->h, "<nav aria-label=\"%s\"><ul>\n", _("Contents"));
        for (size_t i = 0; i < PACK_SECTION_MAX; i++)
                html_put(&s->h, "<li><a href=\"#%s\">%s</a></li>\n", pack_sections[i].id,
                         _(pack_sections[i].title));
        html_put(&s->h, "</ul></nav>\n</header>\n<main id=\"main\" class=\"sheet\">\n");
}

void pack_html(const struct report_request *request, const json_t *pack, json_t *words)
{
        const struct sheet s = {
                .h = { .out = request->terminal.out,
                       .request = request,
                       .e = { .request = request, .words = words } },
                .pack = pack,
        };
        char policy[REPORT_POLICY_MAX];

        html_begin(&s.h, request->language, _(pack_title), html_plain_policy(html_style(), policy),
                   html_style());
        put_header(&s);
        for (size_t i = 0; i < PACK_SECTION_MAX; i++) {
                html_section(&s.h, pack_sections[i].id, _(pack_sections[i].title));
                writers[i](&s);
                html_section_end(&s.h);
        }
        html_put(&s.h, "</main>\n<footer><p>%s</p></footer>\n</body>\n</html>\n",
                 json_member_string(pack, "disclaimer"));
}
