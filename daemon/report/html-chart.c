#include "daemon/report/html-chart.h"

#include "daemon/report/html.h"

#include <inttypes.h>

/* In the drawing's own units, which the page scales. */
enum { WIDTH = 960, HEIGHT = 260, LEFT = 64, RIGHT = 8, TOP = 10, BOTTOM = 26 };
enum { PLOT_WIDTH = WIDTH - LEFT - RIGHT, PLOT_HEIGHT = HEIGHT - TOP - BOTTOM };
enum { LINES = 5, DATES_MAX = 5 }; /* what chart_ceiling() gives from 5 on is divided by 5 */

static uint64_t total(const struct chart *c, size_t point)
{
        uint64_t sum = 0;

        for (size_t i = 0; i < c->n_series; i++)
                sum += c->value(c->user, point, i);
        return sum;
}

uint64_t chart_ceiling(uint64_t n)
{
        static const uint64_t steps[] = { 1, 2, 5 };
        uint64_t unit = 1;

        for (; unit < UINT64_MAX / 100; unit *= 10)
                for (size_t i = 0; i < ELEMENTSOF(steps); i++)
                        if (steps[i] * unit >= n)
                                return steps[i] * unit;
        return n;
}

static double left_of(const struct chart *c, size_t point)
{
        return LEFT + (double)PLOT_WIDTH * (double)point / (double)c->n_points;
}

static double height_of(uint64_t n, uint64_t top)
{
        return (double)PLOT_HEIGHT * (double)n / (double)top;
}

/* What a pointer that rests on the column is told, and who hears the page. */
static void put_title(const struct chart *c, size_t point, FILE *out)
{
        (void)fputs("<title>", out);
        html_escape(out, c->label(c->user, point));
        if (!c->known(c->user, point)) {
                (void)fputs(": ", out);
                html_escape(out, c->unknown);
        }
        for (size_t i = 0; c->known(c->user, point) && i < c->n_series; i++) {
                (void)fputs(i == 0 ? ": " : ", ", out);
                html_escape(out, c->series[i].name);
                (void)fprintf(out, " %" PRIu64, c->value(c->user, point, i));
        }
        (void)fputs("</title>", out);
}

struct box {
        double x, y, width, height;
};

/* hatched: the id of the chart whose pattern fills it; NULL: its class does. */
static void put_box(FILE *out, const char *class, const char *hatched, struct box b)
{
        (void)fprintf(out, "<rect class=\"%s\" ", class);
        if (hatched)
                (void)fprintf(out, "fill=\"url(#hatch-%s)\" ", hatched);
        (void)fprintf(out, "x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"/>", b.x, b.y,
                      b.width, b.height);
}

static void put_column(const struct chart *c, size_t point, uint64_t top, FILE *out)
{
        double width = (double)PLOT_WIDTH / (double)c->n_points;
        struct box box = { left_of(c, point), TOP + PLOT_HEIGHT, width - (width > 4), 0 };

        (void)fputs("<g>", out);
        put_title(c, point, out);
        if (!c->known(c->user, point)) {
                box.y = TOP;
                box.height = PLOT_HEIGHT;
                put_box(out, "c-unknown", c->id, box);
        }
        for (size_t i = 0; c->known(c->user, point) && i < c->n_series; i++) {
                box.height = height_of(c->value(c->user, point, i), top);
                box.y -= box.height;
                if (box.height > 0)
                        put_box(out, c->series[i].class, NULL, box);
        }
        (void)fputs("</g>\n", out);
}

static void put_scale(uint64_t top, FILE *out)
{
        uint64_t lines = top < LINES ? top : LINES;

        for (uint64_t i = 0; i <= lines; i++) {
                uint64_t n = top * i / lines;
                double y = TOP + PLOT_HEIGHT - height_of(n, top);

                (void)fprintf(out,
                              "<line class=\"c-line\" x1=\"%d\" x2=\"%d\" y1=\"%.2f\" "
                              "y2=\"%.2f\"/><text class=\"c-text\" x=\"%d\" y=\"%.2f\" "
                              "text-anchor=\"end\">%" PRIu64 "</text>\n",
                              LEFT, WIDTH - RIGHT, y, y, LEFT - 6, y + 4, n);
        }
}

static void put_dates(const struct chart *c, FILE *out)
{
        size_t n = c->n_points < DATES_MAX ? c->n_points : DATES_MAX;

        for (size_t i = 0; i < n; i++) {
                size_t point = n > 1 ? (c->n_points - 1) * i / (n - 1) : 0;
                const char *anchor = n == 1 || (i > 0 && i < n - 1) ? "middle"
                                     : i == 0                       ? "start"
                                                                    : "end";
                double width = (double)PLOT_WIDTH / (double)c->n_points;
                double at = i == 0 && n > 1 ? 0 : i == n - 1 && n > 1 ? width : width / 2;

                (void)fprintf(out, "<text class=\"c-text\" x=\"%.2f\" y=\"%d\" text-anchor=\"%s\">",
                              left_of(c, point) + at, HEIGHT - 8, anchor);
                html_escape(out, c->label(c->user, point));
                (void)fputs("</text>\n", out);
        }
}

/* Beside each name its colour and its place from the bottom, which needs none. */
static void put_legend(const struct chart *c, FILE *out)
{
        (void)fputs("<ol class=\"c-legend\">", out);
        for (size_t i = 0; i < c->n_series; i++) {
                (void)fprintf(out,
                              "<li><svg width=\"12\" height=\"12\" aria-hidden=\"true\"><rect "
                              "class=\"%s\" width=\"12\" height=\"12\"/></svg> ",
                              c->series[i].class);
                html_escape(out, c->series[i].name);
                (void)fputs("</li>", out);
        }
        (void)fputs("</ol>\n", out);
}

void chart_write(const struct chart *c, FILE *out)
{
        uint64_t most = 0, top;

        for (size_t i = 0; i < c->n_points; i++)
                if (c->known(c->user, i) && total(c, i) > most)
                        most = total(c, i);
        top = chart_ceiling(most > 0 ? most : 1);
        put_legend(c, out);
        (void)fprintf(out,
                      "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" "
                      "aria-labelledby=\"t-%s\"><title id=\"t-%s\">",
                      WIDTH, HEIGHT, c->id, c->id);
        html_escape(out, c->title);
        (void)fputs("</title>\n<defs><pattern id=\"hatch-", out);
        (void)fprintf(out,
                      "%s\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
                      "patternTransform=\"rotate(45)\"><line class=\"c-hatch\" x1=\"0\" "
                      "x2=\"0\" y1=\"0\" y2=\"6\"/></pattern></defs>\n",
                      c->id);
        put_scale(top, out);
        for (size_t i = 0; i < c->n_points; i++)
                put_column(c, i, top, out);
        put_dates(c, out);
        (void)fputs("</svg>\n", out);
}
