/* The ways of resources, drawn: three columns of boxes with ribbons between them. Where a box is
 * stands in it as a sign and a word, and its ribbons have the pattern of its place, so that no
 * colour is needed to tell them apart. What is in it is in the table below it too. */
#include "daemon/base/buffer.h"
#include "daemon/report/html-flow.h"
#include "daemon/report/language.h"
#include "daemon/report/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* In the drawing's own units, which the page scales. */
enum {
        WIDTH = 1002, /* the columns, and the edge of the last one */
        HEAD = 26,    /* the names of the columns */
        SIGN = 20,    /* of a place, and the room it has in its box */
        PAD = 9,
        LINE = 15,
        NUMBER_WIDTH = 9, /* a digit, at least */
        CELL_1 = 80,      /* likewise of a letter of the first line and of the second, in tenths */
        CELL_2 = 65,
        CLIPPED_MAX = 256,
};

static const struct {
        const char *title;
        int x, width;
} columns[FLOW_COLUMN_MAX] = {
        [FLOW_THINGS] = { N_("what it is"), 0, 260 },
        [FLOW_PROCESSES] = { N_("processes in"), 370, 270 },
        [FLOW_LOGS] = { N_("its own logs go to"), 750, 250 },
};

/* area: as html_area() takes it, NULL for none; pattern: of its ribbons. */
static const struct {
        const char *class, *area, *pattern;
} places[FLOW_PLACE_MAX] = {
        [FLOW_NO_PLACE] = { "thing", NULL, NULL },
        [FLOW_EU] = { "eu", "eu", NULL },
        [FLOW_EEA] = { "eea", "eea", "flow-eea" },
        [FLOW_ADEQUATE] = { "adequate", "adequate", "flow-adequate" },
        [FLOW_OTHER] = { "other", "other", "flow-other" },
        [FLOW_UNKNOWN] = { "unknown", "unknown", "flow-unknown" },
        [FLOW_NONE] = { "none", NULL, "flow-none" },
};

/* ---- text --------------------------------------------------------------------------------------
 */

/* As much of a text as fits into so many cells, "…" for the rest. */
static const char *clip(const char *text, int cells, char clipped[static CLIPPED_MAX])
{
        size_t at = 0, fits = 0;

        for (int used = 0; text[at];) {
                uint32_t code = 0;
                size_t n = utf8_next(text + at, &code);

                used += code >= 0x1100 ? 2 : 1; /* East Asian letters are wide */
                at += n ? n : 1;
                if (used < cells)
                        fits = at;
                if (used > cells || at + sizeof("…") > CLIPPED_MAX) {
                        (void)snprintf(clipped, CLIPPED_MAX, "%.*s…", (int)fits, text);
                        return clipped;
                }
        }
        return text;
}

static int digits(uint64_t n)
{
        return snprintf(NULL, 0, "%" PRIu64, n);
}

/* Of several nodes: what they are, and how many. */
static const char *label_of(const struct flow_box *b, enum flow_column c,
                            char text[static CLIPPED_MAX])
{
        if (b->nodes == 1)
                return b->label;
        (void)snprintf(text, CLIPPED_MAX,
                       c == FLOW_THINGS ? _("other services: %zu") : _("other places: %zu"),
                       b->nodes);
        return text;
}

static const char *under_of(const struct flow_box *b)
{
        return b->nodes == 1 ? b->under : html_flow_place_word(b->place);
}

/* "eu-west-3 (FR), AWS, EU" */
static void put_name(const struct html *h, const struct flow_box *b, enum flow_column c)
{
        char text[CLIPPED_MAX];
        const char *under = under_of(b);

        html_put(h, "%s%s%s", label_of(b, c, text), *under ? ", " : "", under);
}

/* ---- ribbons -----------------------------------------------------------------------------------
 */

static void put_pattern(const struct html *h, enum flow_place place, int size, const char *turn,
                        const char *marks)
{
        (void)fprintf(h->out,
                      "<pattern id=\"%s\" class=\"p-%s\" width=\"%d\" height=\"%d\" "
                      "patternUnits=\"userSpaceOnUse\"%s><rect width=\"%d\" height=\"%d\"/>%s"
                      "</pattern>\n",
                      places[place].pattern, places[place].class, size, size, turn, size, size,
                      marks);
}

static void put_patterns(const struct html *h)
{
        html_put(h, "<defs>\n");
        put_pattern(h, FLOW_EEA, 12, "", "<path d=\"M0 6H12\"/>");
        put_pattern(h, FLOW_ADEQUATE, 10, " patternTransform=\"rotate(45)\"",
                    "<path d=\"M5 0V10\"/>");
        put_pattern(h, FLOW_OTHER, 7, "", "<path d=\"M0 0L7 7M7 0L0 7\"/>");
        put_pattern(h, FLOW_UNKNOWN, 8, "",
                    "<circle cx=\"2\" cy=\"2\" r=\"1.3\"/><circle cx=\"6\" cy=\"6\" r=\"1.3\"/>");
        put_pattern(h, FLOW_NONE, 9, "", "<path d=\"M4 0V5\"/>");
        html_put(h, "</defs>\n");
}

static void put_ribbon(const struct html *h, const struct flow_drawing *d, size_t c,
                       const struct flow_link *l)
{
        const struct flow_box *from = &d->boxes[c][l->from], *to = &d->boxes[c + 1][l->to];
        int left = columns[c].x + columns[c].width, right = columns[c + 1].x,
            middle = (left + right) / 2;
        double y0 = HEAD + l->y_from, y1 = HEAD + l->y_to;

        (void)fprintf(h->out, "<path class=\"l l-%s\"", places[to->place].class);
        if (places[to->place].pattern)
                (void)fprintf(h->out, " fill=\"url(#%s)\"", places[to->place].pattern);
        (void)fprintf(h->out,
                      " d=\"M%d %.1fC%d %.1f %d %.1f %d %.1fV%.1fC%d %.1f %d %.1f %d %.1fZ\">",
                      left, y0, middle, y0, middle, y1, right, y1, y1 + l->width, middle,
                      y1 + l->width, middle, y0 + l->width, left, y0 + l->width);
        html_put(h, "<title>");
        put_name(h, from, (enum flow_column)c);
        html_put(h, " → ");
        put_name(h, to, (enum flow_column)(c + 1));
        html_put(h, ": %" PRIu64 "</title></path>\n", l->resources);
}

/* ---- boxes -------------------------------------------------------------------------------------
 */

static void put_text(const struct html *h, const char *class, int x, double y, const char *text)
{
        (void)fprintf(h->out, "<text class=\"%s\" x=\"%d\" y=\"%.1f\">", class, x, y);
        html_put(h, "%s</text>", text);
}

static void put_sign(const struct html *h, const struct flow_box *b, int x, double y)
{
        if (b->place == FLOW_UNKNOWN || b->place == FLOW_NONE)
                put_text(h, "w-1", x - 4, y + 4, b->place == FLOW_NONE ? "✗" : "?");
        else if (places[b->place].area)
                html_shape(h, places[b->place].area, x, (int)y, 6, true);
}

/* A name without anything below it may have both lines; where the second one begins, NULL when it
 * needs none. */
static const char *break_line(const char *label, int cells, char first[static CLIPPED_MAX])
{
        const char *at = NULL;
        int used = 0;

        for (const char *p = label; *p && p - label < CLIPPED_MAX; p++) {
                if (*p == ' ')
                        at = p;
                used += ((unsigned char)*p & 0xc0) != 0x80;
                if (used > cells)
                        break;
        }
        if (used <= cells || !at)
                return NULL;
        (void)snprintf(first, CLIPPED_MAX, "%.*s", (int)(at - label), label);
        return at + 1;
}

static void put_lines(const struct html *h, enum flow_column c, const struct flow_box *b,
                      double middle)
{
        int x = columns[c].x + PAD + (c == FLOW_THINGS ? 0 : SIGN),
            right = columns[c].x + columns[c].width - PAD,
            cells = 10 * (right - x - (digits(b->resources) + 1) * NUMBER_WIDTH) / CELL_1;
        char text[CLIPPED_MAX], first[CLIPPED_MAX], clipped[CLIPPED_MAX];
        const char *label = label_of(b, c, text), *under = under_of(b),
                   *rest = *under ? NULL : break_line(label, cells, first);
        double base = *under || rest ? middle - 3 : middle + 5;

        put_text(h, "w-1", x, base, clip(rest ? first : label, cells, clipped));
        (void)fprintf(h->out,
                      "<text class=\"w-1\" text-anchor=\"end\" x=\"%d\" y=\"%.1f\">%" PRIu64
                      "</text>",
                      right, base, b->resources);
        if (rest)
                put_text(h, "w-1", x, base + LINE, clip(rest, cells, clipped));
        else if (*under)
                put_text(h, "w-2", x, base + LINE, clip(under, 10 * (right - x) / CELL_2, clipped));
}

static void put_box(const struct html *h, enum flow_column c, const struct flow_box *b)
{
        double y = HEAD + b->y, middle = y + b->height / 2;

        html_put(h, "<g><title>");
        put_name(h, b, c);
        html_put(h, ": %" PRIu64 "</title>", b->resources);
        (void)fprintf(h->out,
                      "<rect class=\"n-%s\" x=\"%d.5\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" "
                      "rx=\"3\"/>",
                      places[b->place].class, columns[c].x, y, columns[c].width - 1, b->height);
        put_sign(h, b, columns[c].x + PAD + 5, middle);
        put_lines(h, c, b, middle);
        html_put(h, "</g>\n");
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

/* For those who hear the page: what the two columns of places hold. */
static void put_description(const struct html *h, const struct flow_drawing *d)
{
        for (int c = FLOW_PROCESSES; c < FLOW_COLUMN_MAX; c++) {
                html_put(h, "%s%s: ", c == FLOW_PROCESSES ? "" : " ", _(columns[c].title));
                for (size_t i = 0; i < d->n_boxes[c]; i++) {
                        html_put(h, "%s", i > 0 ? "; " : "");
                        put_name(h, &d->boxes[c][i], (enum flow_column)c);
                        html_put(h, ": %" PRIu64, d->boxes[c][i].resources);
                }
                html_put(h, ".");
        }
}

static void put_picture(const struct html *h, const struct flow_drawing *d)
{
        (void)fprintf(h->out,
                      "<svg class=\"flow\" viewBox=\"0 0 %d %d\" role=\"img\" "
                      "aria-labelledby=\"flow-title\" aria-describedby=\"flow-text\">",
                      WIDTH, HEAD + (int)d->height);
        html_put(h, "<title id=\"flow-title\">%s</title>\n<desc id=\"flow-text\">",
                 _("From what is deployed to where it processes and logs"));
        put_description(h, d);
        html_put(h, "</desc>\n");
        put_patterns(h);
        for (size_t c = 0; c + 1 < FLOW_COLUMN_MAX; c++)
                for (size_t i = 0; i < d->n_links[c]; i++)
                        put_ribbon(h, d, c, &d->links[c][i]);
        for (size_t c = 0; c < FLOW_COLUMN_MAX; c++) {
                put_text(h, "w-3", columns[c].x, 14, _(columns[c].title));
                for (size_t i = 0; i < d->n_boxes[c]; i++)
                        put_box(h, (enum flow_column)c, &d->boxes[c][i]);
        }
        html_put(h, "</svg>");
}

/* Each place that is in it, with the pattern of its ribbons. */
static void put_legend(const struct html *h, const struct flow_drawing *d)
{
        bool has[FLOW_PLACE_MAX] = { false };

        for (size_t c = FLOW_PROCESSES; c < FLOW_COLUMN_MAX; c++)
                for (size_t i = 0; i < d->n_boxes[c]; i++)
                        has[d->boxes[c][i].place] = true;
        html_put(h, "<ul class=\"row legend\">");
        for (int p = FLOW_EU; p < FLOW_PLACE_MAX; p++) {
                if (!has[p])
                        continue;
                html_put(h,
                         "<li><svg class=\"key\" viewBox=\"0 0 30 14\" aria-hidden=\"true\"><path "
                         "class=\"l l-%s\"",
                         places[p].class);
                if (places[p].pattern)
                        (void)fprintf(h->out, " fill=\"url(#%s)\"", places[p].pattern);
                html_put(h, " d=\"M0 1H30V13H0Z\"/></svg> ");
                if (places[p].area)
                        html_area(h, places[p].area);
                else
                        html_put(h, "✗ %s", _("none of its own"));
                html_put(h, "</li>");
        }
        html_put(h, "</ul>\n");
}

int html_flow_draw(const struct html *h, struct flow_graph *g)
{
        _cleanup_(freep) struct flow_drawing *d = NULL;

        if (flow_graph_draw(g, &d) < 0)
                return error_oom(h->err);
        if (d->resources == 0)
                return 0;
        html_put(h, "<p>%s</p>\n",
                 _("The width of a ribbon follows the number of resources; one that may go to "
                   "several places is divided among them, and counted in each."));
        html_put(h, "<section class=\"wide\" tabindex=\"0\" aria-label=\"%s\">",
                 _("From what is deployed to where it processes and logs"));
        put_picture(h, d);
        html_put(h, "</section>\n");
        put_legend(h, d);
        return 0;
}
