/* A schematic map: Europe, and the world. No coast is drawn: each country is a sign at its place,
 * in the shape of its area, larger where something is, with its code and its count beside it. */
#include "daemon/base/json.h"
#include "daemon/report/html.h"
#include "daemon/report/language.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* A part of the world, and where it is drawn. */
struct panel {
        const char *title;
        double north, south, west, east; /* degrees */
        int width, height;               /* of the drawing */
};

static const struct panel europe = { N_("Europe"), 68, 33, -26, 40, 620, 620 };
static const struct panel world = { N_("The world"), 72, -48, -128, 180, 620, 300 };

static bool within(const struct panel *p, double lat, double lon)
{
        return lat <= p->north && lat >= p->south && lon >= p->west && lon <= p->east;
}

static bool position(const json_t *country, double *lat, double *lon)
{
        const json_t *at = json_object_get(country, "at");

        *lat = json_number_value(json_array_get(at, 0));
        *lon = json_number_value(json_array_get(at, 1));
        return json_array_size(at) == 2;
}

/* ---- signs -------------------------------------------------------------------------------------
 */

/* Around (x, y), r from the middle to the edge: circle, diamond, triangle, square; a cross where
 * the area is not known. */
void html_shape(const struct html *h, const char *area, int x, int y, int r, bool filled)
{
        const char *class = filled ? "on" : "off";

        if (strcmp(area, "eu") == 0)
                html_put(h, "<circle class=\"%s a-eu\" cx=\"%d\" cy=\"%d\" r=\"%d\"/>", class, x, y,
                         r);
        else if (strcmp(area, "eea") == 0)
                html_put(h, "<path class=\"%s a-eea\" d=\"M%d %dL%d %dL%d %dL%d %dZ\"/>", class,
                         x - r, y, x, y - r, x + r, y, x, y + r);
        else if (strcmp(area, "adequate") == 0)
                html_put(h, "<path class=\"%s a-adequate\" d=\"M%d %dL%d %dL%d %dZ\"/>", class,
                         x - r, y + r, x, y - r, x + r, y + r);
        else if (strcmp(area, "other") == 0)
                html_put(h,
                         "<rect class=\"%s a-other\" x=\"%d\" y=\"%d\" width=\"%d\" "
                         "height=\"%d\"/>",
                         class, x - r, y - r, 2 * r, 2 * r);
        else
                html_put(h, "<path class=\"%s a-unknown\" d=\"M%d %dL%d %dM%d %dL%d %d\"/>", class,
                         x - r, y - r, x + r, y + r, x - r, y + r, x + r, y - r);
}

/* The area of a sign grows with the count, within what can still be told apart. */
static int radius_of(uint64_t n)
{
        return n == 0 ? 4 : (int)fmin(22, 6 + 2.2 * log2((double)n + 1));
}

static void put_country(const struct html *h, const struct panel *p, const char *code,
                        const json_t *country, uint64_t n)
{
        const char *area = json_member_string(country, "area");
        double lat, lon;
        int x, y, r = radius_of(n);

        if (!position(country, &lat, &lon) || !within(p, lat, lon))
                return;
        x = 20 + (int)((lon - p->west) / (p->east - p->west) * (p->width - 60));
        y = 20 + (int)((p->north - lat) / (p->north - p->south) * (p->height - 40));
        html_put(h, "<g><title>%s: %" PRIu64 "</title>",
                 report_rule_text(country, "title", h->request->language), n);
        html_shape(h, area ? area : "unknown", x, y, r, n > 0);
        if (n > 0)
                html_put(h,
                         "<text class=\"on\" text-anchor=\"middle\" x=\"%d\" y=\"%d\">%s %" PRIu64
                         "</text>",
                         x, y + r + 13, code, n);
        else
                html_put(h, "<text x=\"%d\" y=\"%d\">%s</text>", x + r + 2, y + 3, code);
        html_put(h, "</g>\n");
}

static bool in_europe(const json_t *country)
{
        double lat, lon;

        return position(country, &lat, &lon) && within(&europe, lat, lon);
}

/* What is in Europe stands in the world as one sign, since its own panel tells it apart. */
static void put_europe(const struct html *h)
{
        const json_t *countries = json_object_get(h->e.words, "countries");
        uint64_t n = 0;
        const char *code;
        json_t *count;

        json_object_foreach(h->survey.countries, code,
                            count) if (in_europe(json_object_get(countries, code))) n +=
                (uint64_t)json_integer_value(count);
        html_put(h,
                 "<rect class=\"box\" x=\"206\" y=\"32\" width=\"130\" height=\"62\"/>"
                 "<text class=\"on\" x=\"214\" y=\"68\">%s %" PRIu64 "</text>\n",
                 _("Europe"), n);
}

static void put_panel(const struct html *h, const struct panel *p)
{
        const json_t *countries = json_object_get(h->e.words, "countries");
        const char *code;
        json_t *country;

        html_put(h,
                 "<figure><figcaption>%s</figcaption>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" "
                 "aria-label=\"%s\">\n",
                 _(p->title), p->width, p->height, _(p->title));
        html_put(h, "<rect class=\"sea\" width=\"%d\" height=\"%d\"/>\n", p->width, p->height);
        for (int filled = 0; filled <= 1; filled++) /* those with something stand above the rest */
                json_object_foreach((json_t *)countries, code, country)
                {
                        uint64_t n = html_count(h->survey.countries, code);

                        if ((n > 0) == filled && (p == &europe || !in_europe(country)))
                                put_country(h, p, code, country, n);
                }
        if (p == &world)
                put_europe(h);
        html_put(h, "</svg></figure>\n");
}

/* ---- the same in words -------------------------------------------------------------------------
 */

static void put_legend(const struct html *h)
{
        static const char *const areas[] = { "eu", "eea", "adequate", "other", "unknown" };

        html_put(h, "<ul class=\"row legend\">");
        for (size_t i = 0; i < ELEMENTSOF(areas); i++) {
                html_put(h, "<li>");
                html_area(h, areas[i]);
                html_put(h, " <b>%" PRIu64 "</b></li>", html_count(h->survey.areas, areas[i]));
        }
        html_put(h, "</ul>\n");
}

static int put_table(const struct html *h)
{
        const char *const heads[] = { _("country"), _("area"), _("#resources"), NULL };
        const json_t *countries = json_object_get(h->e.words, "countries");
        _cleanup_(freep) const char **most = NULL;
        size_t n = 0;

        if (html_most(h->survey.countries, &most, &n) < 0)
                return error_oom(h->err);
        html_table(h, "sortable", _("Resources by country"), heads);
        for (size_t i = 0; i < n; i++) {
                const char *area = json_member_string(json_object_get(countries, most[i]), "area");

                html_put(h, "<tr><th scope=\"row\">");
                if (*most[i])
                        html_country(h, most[i]);
                else
                        html_put(h, "%s", _("no country: global, several, or not known"));
                html_put(h, "</th><td>");
                html_area(h, area);
                html_put(h, "</td><td class=\"n\">%" PRIu64 "</td></tr>\n",
                         html_count(h->survey.countries, most[i]));
        }
        html_table_end(h);
        return 0;
}

int html_map(struct html *h)
{
        html_put(h, "<p>%s</p>\n",
                 _("Where resources stand, as their provider's API says. Where they process, and "
                   "where their logs go, may be elsewhere: see “Where data goes”."));
        if (json_object_size(json_object_get(h->e.words, "countries")) > 0) {
                html_put(h, "<div class=\"maps\">");
                put_panel(h, &europe);
                html_put(h, "<div>");
                put_panel(h, &world);
                put_legend(h);
                html_put(h, "</div></div>\n");
        }
        return put_table(h);
}
