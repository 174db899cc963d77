/* Sovereignty: who operates what is used, which law reaches them, what is certified. */
#include "daemon/base/json.h"
#include "daemon/report/html.h"
#include "daemon/report/language.h"

#include <inttypes.h>
#include <string.h>

static void put_exposures(const struct html *h, const json_t *offer)
{
        const json_t *exposures = json_object_get(offer, "exposures"), *row;
        enum language language = h->request->language;
        size_t i;

        if (json_array_size(exposures) == 0) {
                html_put(h, "%s", _("none listed"));
                return;
        }
        html_put(h, "<ul>");
        json_array_foreach((json_t *)exposures, i, row)
        {
                const char *id = json_member_string(row, "law"),
                           *state = json_member_string(row, "state");
                const json_t *law =
                        json_object_get(json_object_get(h->e.words, "laws"), id ? id : "");

                html_put(h, "<li><b>%s</b>", html_word(h, "laws", id));
                if (state)
                        html_put(h, " (%s)", html_word(h, "exposure_states", state));
                html_put(h, " <small>%s</small>", report_rule_text(law, "matters", language));
                if (json_is_true(json_object_get(law, "unverified")))
                        html_put(h, " <small>? %s</small>", _("not verified"));
                html_put(h, "</li>\n");
        }
        html_put(h, "</ul>");
}

static void put_certificates(const struct html *h, const json_t *offer)
{
        const json_t *rows = json_object_get(offer, "certificates"), *row;
        size_t i;

        if (json_array_size(rows) == 0) {
                html_put(h, "? %s", _("none is known"));
                return;
        }
        html_put(h, "<ul>");
        json_array_foreach((json_t *)rows, i, row)
        {
                const char *product = json_member_string(row, "product"),
                           *until = json_member_string(row, "valid_until");

                html_put(h, "<li><b>%s</b>: %s",
                         html_word(h, "schemes", json_member_string(row, "scheme")),
                         html_word(h, "certificate_statuses", json_member_string(row, "status")));
                if (product)
                        html_put(h, ", %s", product);
                if (until)
                        html_put(h, " → <time>%s</time>", until);
                html_put(h, " <small>(%s)</small></li>\n", json_member_string(row, "as_of"));
        }
        html_put(h, "</ul>");
}

static void put_unverified(const struct html *h, const json_t *offer)
{
        const json_t *list = json_object_get(offer, "unverified"), *item;
        size_t i;

        json_array_foreach((json_t *)list, i, item)
                html_put(h, "%s%s", i > 0 ? ", " : "", json_string_value(item));
}

static void put_offer(const struct html *h, const char *id)
{
        const json_t *offer = json_object_get(json_object_get(h->e.words, "offers"), id);

        html_put(h,
                 "<tr><th scope=\"row\">%s</th><td class=\"n\">%" PRIu64 "</td><td>%s</td>"
                 "<td>%s</td><td>",
                 offer ? report_rule_text(offer, "title", h->request->language)
                       : _("? not known: no table names this offer"),
                 html_count(h->survey.offers, id), json_member_string(offer, "operator"),
                 json_member_string(offer, "parent"));
        if (offer)
                put_exposures(h, offer);
        html_put(h, "</td><td>");
        if (offer)
                put_certificates(h, offer);
        html_put(h, "</td><td>");
        put_unverified(h, offer);
        html_put(h, "</td><td><small>%s (%s)</small></td></tr>\n",
                 json_member_string(offer, "source"), json_member_string(offer, "as_of"));
}

int html_offers(struct html *h)
{
        const char *const heads[] = { _("offer"),           _("#resources"),   _("operator"),
                                      _("ultimate parent"), _("exposed to"),   _("certificates"),
                                      _("not verified"),    _("source, date"), NULL };
        _cleanup_(freep) const char **most = NULL;
        size_t n = 0;

        if (html_most(h->survey.offers, &most, &n) < 0)
                return error_oom(h->err);
        html_put(h, "<p>%s</p>\n",
                 _("Of the offer, not of each resource. A certificate holds for what its own scope "
                   "names; none of them presumes conformity with the AI Act."));
        html_table(h, "sortable", _("Operators, exposures and certificates of what is used"),
                   heads);
        for (size_t i = 0; i < n; i++)
                put_offer(h, most[i]);
        html_table_end(h);
        return 0;
}
