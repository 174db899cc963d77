/* Who answers for what, by service type, and from when. */
#include "daemon/base/json.h"
#include "daemon/report/duties.h"
#include "daemon/report/html.h"
#include "daemon/report/language.h"

#include <inttypes.h>
#include <string.h>

static const char *const parties[] = { "cloud", "customer", "maker" };

static void put_roles(const struct html *h, const json_t *party)
{
        const char *role;
        json_t *n;
        bool any = false;

        json_object_foreach(json_object_get(party, "roles"), role, n)
        {
                html_put(h, "%s%s <b>%" PRIu64 "</b>", any ? "<br>" : "",
                         html_word(h, "roles", role), (uint64_t)json_integer_value(n));
                any = true;
        }
}

static void put_duty(const struct html *h, const json_t *type, const json_t *duty)
{
        const char *article = json_member_string(duty, "article"),
                   *only = json_member_string(duty, "only"),
                   *state = json_member_string(duty, "state");
        uint64_t n = html_count(duty, "resources"), all = html_count(type, "resources");
        char name[EXPLAIN_TITLE_MAX], when[EXPLAIN_SHORT_MAX];

        html_put(h, "<li class=\"d-%s\">%s — <time>%s</time>", state,
                 explain_titled(&h->explain, article ? article : "-", name, sizeof(name)),
                 explain_state(&h->explain, state, json_member_string(duty, "applies_from"),
                               (long)json_integer_value(json_object_get(duty, "in_days")), when,
                               sizeof(when)));
        if (only)
                html_put(h, " (%s)", html_word(h, "only", only));
        if (n != all)
                html_put(h, " <small>%" PRIu64 " / %" PRIu64 "</small>", n, all);
        html_put(h, "</li>\n");
}

static void put_party(const struct html *h, const char *title, const json_t *type, const char *id)
{
        const json_t *party = json_object_get(json_object_get(type, "parties"), id);
        const char *key;
        json_t *duty;

        if (!party)
                return;
        html_put(h, "<tr><th scope=\"row\">%s</th><td>%s</td><td>", title,
                 html_word(h, "parties", id));
        put_roles(h, party);
        html_put(h, "</td><td><ul>\n");
        json_object_foreach(json_object_get(party, "duties"), key, duty) put_duty(h, type, duty);
        html_put(h, "</ul></td></tr>\n");
}

/* The dates themselves, those to come first in mind. */
static void put_dates(const struct html *h)
{
        const char *const heads[] = { _("date"), _("what begins to apply"), _("basis"), NULL };
        const json_t *dates = json_object_get(h->e.words, "dates");
        const char *id, *last = "";
        json_t *row;

        if (json_object_size(dates) == 0)
                return;
        html_table(h, "sortable", _("Dates of application"), heads);
        for (;;) { /* a table of a dozen rows, in the order of its dates */
                const char *next = NULL;

                json_object_foreach((json_t *)dates, id, row)
                {
                        const char *date = json_member_string(row, "date");

                        if (date && strcmp(date, last) > 0 && (!next || strcmp(date, next) < 0))
                                next = date;
                }
                if (!next)
                        break;
                json_object_foreach((json_t *)dates, id, row)
                {
                        if (strcmp(json_member_string(row, "date"), next) != 0)
                                continue;
                        html_put(h,
                                 "<tr><th scope=\"row\"><time>%s</time>%s</th><td>%s</td>"
                                 "<td>%s</td></tr>\n",
                                 next, h->judged && strcmp(next, h->judged) > 0 ? " →" : " ✓",
                                 report_rule_text(row, "title", h->request->language),
                                 json_member_string(row, "basis"));
                }
                last = next;
        }
        html_table_end(h);
}

int html_duties(struct html *h)
{
        const char *const heads[] = { _("service type"), _("party"), _("role, resources"),
                                      _("duties"), NULL };
        json_auto_t *types = duties_in_order(h->survey.types, json_object_get(h->e.words, "types"));
        const char *id;
        json_t *type;

        if (!types)
                return error_oom(h->err);
        html_put(h, "<p>%s</p>\n",
                 _("Roles are indications, derived from service types and facts; what owners "
                   "declare changes them. A duty of high-risk systems binds only what is declared "
                   "as such."));
        html_table(h, "", _("Shared responsibility under the AI Act"), heads);
        json_object_foreach(types, id, type)
        {
                const char *title = strcmp(id, "unclassified") == 0
                                            ? _("service type not known")
                                            : html_word(h, "service_types", id);

                for (size_t p = 0; p < ELEMENTSOF(parties); p++)
                        put_party(h, title, type, parties[p]);
        }
        html_table_end(h);
        put_dates(h);
        return 0;
}
