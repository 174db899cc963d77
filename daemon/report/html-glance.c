/* The first screen: which AI, where, who is responsible, what is missing, what could not be seen.
 */
#include "daemon/base/json.h"
#include "daemon/report/html.h"
#include "daemon/report/language.h"
#include "daemon/report/words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { WORST_SHOWN = 4, COUNTRIES_SHOWN = 8, PLACES_SHOWN = 4 };

static void tile(const struct html *h, const char *title)
{
        html_put(h, "<article class=\"tile\"><h3>%s</h3>\n", title);
}

static void tile_end(const struct html *h, const char *to, const char *more)
{
        html_put(h, "<p class=\"more\"><a href=\"#%s\">%s</a></p></article>\n", to, more);
}

static void big(const struct html *h, uint64_t n, const char *what)
{
        html_put(h, "<p class=\"big\"><b>%" PRIu64 "</b> %s</p>\n", n, what);
}

/* ---- which AI ----------------------------------------------------------------------------------
 */

static void put_which(const struct html *h)
{
        const char *type;
        json_t *row;

        tile(h, _("Which AI?"));
        big(h, h->survey.resources, _("resources that the APIs named"));
        html_put(h, "<ul>");
        json_object_foreach(h->survey.types, type, row)
                html_put(h, "<li><b>%" PRIu64 "</b> %s</li>\n", html_count(row, "resources"),
                         strcmp(type, "unclassified") == 0 ? _("service type not known")
                                                           : html_word(h, "service_types", type));
        html_put(h, "</ul>");
        if (h->survey.resources == 0)
                html_put(h, "<p>%s</p>", _("None found in what was read."));
        if (h->survey.stale > 0)
                html_put(h, "<p>? %s: <b>%" PRIu64 "</b></p>",
                         _("as last known, not read this time"), h->survey.stale);
        tile_end(h, "inventory", _("All of them"));
}

/* ---- where -------------------------------------------------------------------------------------
 */

static int put_where(const struct html *h)
{
        static const char *const areas[] = { "eu", "eea", "adequate", "other", "unknown" };
        _cleanup_(freep) const char **countries = NULL;
        size_t n = 0;

        if (html_most(h->survey.countries, &countries, &n) < 0)
                return error_oom(h->err);
        tile(h, _("Where?"));
        html_put(h, "<ul class=\"plain\">");
        for (size_t i = 0; i < ELEMENTSOF(areas); i++) {
                uint64_t in = html_count(h->survey.areas, areas[i]);

                if (in == 0)
                        continue;
                html_put(h, "<li>");
                html_area_sign(h, areas[i]);
                html_put(h, " <b>%" PRIu64 "</b> %s</li>\n", in, html_word(h, "areas", areas[i]));
        }
        html_put(h, "</ul><p>");
        for (size_t i = 0, shown = 0; i < n && shown < COUNTRIES_SHOWN; i++) {
                if (!*countries[i])
                        continue;
                html_put(h, "%s", shown++ > 0 ? ", " : "");
                html_country(h, countries[i]);
                html_put(h, " <b>%" PRIu64 "</b>", html_count(h->survey.countries, countries[i]));
        }
        html_put(h, "</p>");
        tile_end(h, "map", _("Map and matrix"));
        return 0;
}

/* ---- who ---------------------------------------------------------------------------------------
 */

/* {role: n} of one party over all service types. */
static json_t *roles_of(const struct html *h, const char *party)
{
        json_t *sum = json_object(), *type, *n;
        const char *id, *role;

        json_object_foreach(h->survey.types, id, type) json_object_foreach(
                json_object_get(json_object_get(json_object_get(type, "parties"), party), "roles"),
                role, n)(void) json_object_set_new(sum, role,
                                                   json_integer((json_int_t)html_count(sum, role) +
                                                                json_integer_value(n)));
        return sum;
}

static int put_party(const struct html *h, const char *party)
{
        json_auto_t *roles = roles_of(h, party);
        _cleanup_(freep) const char **most = NULL;
        size_t n = 0;

        if (html_most(roles, &most, &n) < 0)
                return error_oom(h->err);
        if (n == 0)
                return 0;
        html_put(h, "<dt>%s</dt><dd>", html_word(h, "parties", party));
        for (size_t i = 0; i < n; i++)
                html_put(h, "%s%s <b>%" PRIu64 "</b>", i > 0 ? ", " : "",
                         html_word(h, "roles", most[i]), html_count(roles, most[i]));
        html_put(h, "</dd>\n");
        return 0;
}

static int put_who(const struct html *h)
{
        uint64_t undeclared = html_count(h->survey.risks, "unknown");
        int r;

        tile(h, _("Who is responsible?"));
        html_put(h, "<dl>");
        r = put_party(h, "customer");
        if (r == 0)
                r = put_party(h, "cloud");
        html_put(h, "</dl><p>%s: <b>%" PRIu64 "</b> / %" PRIu64 "</p>",
                 _("Risk class not declared"), undeclared, h->survey.resources);
        tile_end(h, "duties", _("Duties and dates"));
        return r;
}

/* ---- what is missing ---------------------------------------------------------------------------
 */

static uint64_t sum_of(const struct html *h, enum verdict v)
{
        uint64_t n = 0;

        for (int s = 0; s < SEVERITY_MAX; s++)
                n += h->survey.findings[v][s];
        return n;
}

static void put_severities(const struct html *h, enum verdict v)
{
        html_put(h, "<ul class=\"row\">");
        for (int s = SEVERITY_MAX - 1; s >= 0; s--) {
                if (h->survey.findings[v][s] == 0)
                        continue;
                html_put(h, "<li><b>%" PRIu64 "</b> ", h->survey.findings[v][s]);
                html_severity(h, (enum severity)s);
                html_put(h, "</li>");
        }
        html_put(h, "</ul>\n");
}

static void put_missing(const struct html *h)
{
        size_t shown = 0;

        tile(h, _("What is missing?"));
        big(h, sum_of(h, VERDICT_FAIL), words_verdict(VERDICT_FAIL));
        put_severities(h, VERDICT_FAIL);
        html_put(h, "<ul>");
        for (int s = SEVERITY_MAX; s > 0 && shown < WORST_SHOWN; s--) {
                const char *id;
                json_t *rule;

                json_object_foreach(h->survey.rules, id, rule)
                {
                        if (html_count(rule, "worst") != (uint64_t)s ||
                            html_count(rule, "fail") == 0 || shown >= WORST_SHOWN)
                                continue;
                        shown++;
                        html_put(h, "<li><a href=\"#r-%s\">%s</a> %s <b>%" PRIu64 "</b></li>\n", id,
                                 id,
                                 report_rule_text(json_object_get(rule, "data"), "title",
                                                  h->request->language),
                                 html_count(rule, "fail"));
                }
        }
        html_put(h, "</ul>");
        tile_end(h, "findings", _("Findings and their evidence"));
}

/* ---- what could not be seen --------------------------------------------------------------------
 */

static uint64_t unread_of(const struct html *h, uint64_t *ret_asked)
{
        uint64_t unread = 0;

        *ret_asked = 0;
        for (int s = 0; s < COVERAGE_STATE_MAX; s++) {
                uint64_t n = html_count(h->survey.states, coverage_state_name(s));

                *ret_asked += n;
                unread += coverage_is_answer((enum coverage_state)s) ? 0 : n;
        }
        return unread;
}

/* The next of those with most, after the one with that count at that index. */
static size_t next_unseen(const json_t *unread, uint64_t *n, size_t after)
{
        size_t best = SIZE_MAX;
        uint64_t most = 0;

        for (size_t i = 0; i < json_array_size(unread); i++) {
                uint64_t own = html_count(json_array_get(unread, i), "n");
                bool left = own < *n || (own == *n && after != SIZE_MAX && i > after);

                if (left && own > most) {
                        most = own;
                        best = i;
                }
        }
        *n = most;
        return best;
}

static void put_unseen_places(const struct html *h)
{
        size_t all = json_array_size(h->survey.unread), at = SIZE_MAX;
        uint64_t n = UINT64_MAX;

        html_put(h, "<ul>");
        for (size_t i = 0; i < all && i < PLACES_SHOWN; i++) {
                const json_t *g;
                const char *region;

                at = next_unseen(h->survey.unread, &n, at);
                g = json_array_get(h->survey.unread, at);
                region = json_member_string(g, "region");
                html_put(h, "<li>%s / %s%s%s <b>%" PRIu64 "</b></li>\n",
                         json_member_string(g, "account"), json_member_string(g, "scope"),
                         region && *region ? " / " : "", region, n);
        }
        if (all > PLACES_SHOWN)
                html_put(h, "<li>+ %" PRIu64 " %s</li>", (uint64_t)(all - PLACES_SHOWN),
                         _("further places"));
        html_put(h, "</ul>");
}

static void put_unseen(const struct html *h)
{
        uint64_t asked, unread = unread_of(h, &asked), unknown = sum_of(h, VERDICT_UNKNOWN);

        tile(h, _("What could not be seen?"));
        big(h, unread, _("lists without an answer"));
        html_put(h, "<p>%s: %" PRIu64 "</p>\n", _("lists that were asked"), asked);
        html_put(h, "<p><b>%" PRIu64 "</b> %s</p>\n", unknown, words_verdict(VERDICT_UNKNOWN));
        put_severities(h, VERDICT_UNKNOWN);
        if (unread > 0)
                put_unseen_places(h);
        else if (*h->e.scan)
                html_put(h, "<p>%s</p>", _("Every list that was asked had an answer."));
        tile_end(h, "coverage", _("What to grant"));
}

int html_glance(struct html *h)
{
        int r;

        html_put(h, "<div class=\"tiles\">\n");
        put_which(h);
        r = put_where(h);
        if (r == 0)
                r = put_who(h);
        put_missing(h);
        put_unseen(h);
        html_put(h, "</div>\n");
        html_programme_line(h);
        return r;
}
