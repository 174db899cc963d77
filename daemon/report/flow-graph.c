#include "daemon/report/flow-graph.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* In the drawing's own units, which the page scales. */
enum { BOX_MIN = 38, BOX_GAP = 9, RIBBONS_HEIGHT = 360 };
static const double RIBBON_MIN = 1.5;

/* One resource; it can be divided by the numbers of ways that there usually are. */
static const uint64_t SHARE = 720720;

struct node {
        char *key, *label, *under;
        enum flow_column column;
        enum flow_place place;
        bool kept;
        uint64_t resources;
        size_t box; /* once it is drawn */
};

struct way {
        uint64_t n;
        size_t thing, n_processes, n_logs;
        size_t *stops; /* those of processing, then those of logs */
};

struct flow_graph {
        struct node *nodes;
        size_t n_nodes;
        struct way *ways;
        size_t n_ways, ways_room;
        json_t *numbers[FLOW_COLUMN_MAX]; /* {key: number} */
};

/* ---- what goes where ---------------------------------------------------------------------------
 */

int flow_graph_new(struct flow_graph **ret)
{
        struct flow_graph *g = calloc(1, sizeof(*g));

        for (int c = 0; g && c < FLOW_COLUMN_MAX; c++) {
                g->numbers[c] = json_object();
                if (!g->numbers[c])
                        g = flow_graph_free(g);
        }
        if (!g)
                return -ENOMEM;
        *ret = g;
        return 0;
}

struct flow_graph *flow_graph_free(struct flow_graph *g)
{
        if (!g)
                return NULL;
        for (size_t i = 0; i < g->n_nodes; i++) {
                free(g->nodes[i].key);
                free(g->nodes[i].label);
                free(g->nodes[i].under);
        }
        for (size_t i = 0; i < g->n_ways; i++)
                free(g->ways[i].stops);
        for (int c = 0; c < FLOW_COLUMN_MAX; c++)
                json_decref(g->numbers[c]);
        free(g->nodes);
        free(g->ways);
        free(g);
        return NULL;
}

int flow_graph_node(struct flow_graph *g, enum flow_column column, const struct flow_node *node,
                    size_t *ret)
{
        const json_t *there = json_object_get(g->numbers[column], node->key);
        struct node *grown, *to;

        if (there) {
                *ret = (size_t)json_integer_value(there);
                return 0;
        }
        grown = reallocarray(g->nodes, g->n_nodes + 1, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        g->nodes = grown;
        to = &grown[g->n_nodes++];
        *to = (struct node){ .key = strdup(node->key),
                             .label = strdup(node->label ? node->label : ""),
                             .under = strdup(node->under ? node->under : ""),
                             .column = column,
                             .place = node->place,
                             .kept = node->kept };
        if (!to->key || !to->label || !to->under ||
            json_object_set_new_nocheck(g->numbers[column], node->key,
                                        json_integer((json_int_t)g->n_nodes - 1)) < 0)
                return -ENOMEM;
        *ret = g->n_nodes - 1;
        return 0;
}

bool flow_stops_add(struct flow_stops *s, size_t node)
{
        for (size_t i = 0; i < s->n; i++)
                if (s->nodes[i] == node)
                        return true;
        if (s->n == FLOW_WAY_MAX)
                return false;
        s->nodes[s->n++] = node;
        return true;
}

static struct way *way_new(struct flow_graph *g)
{
        if (g->n_ways == g->ways_room) {
                size_t room = g->ways_room ? 2 * g->ways_room : 64;
                struct way *grown = reallocarray(g->ways, room, sizeof(*grown));

                if (!grown)
                        return NULL;
                g->ways = grown;
                g->ways_room = room;
        }
        return &g->ways[g->n_ways++];
}

int flow_graph_add(struct flow_graph *g, size_t thing, const struct flow_stops *processes,
                   const struct flow_stops *logs, uint64_t n)
{
        struct way *w = way_new(g);

        if (!w)
                return -ENOMEM;
        *w = (struct way){ .n = n,
                           .thing = thing,
                           .n_processes = processes->n,
                           .n_logs = logs->n,
                           .stops = calloc(processes->n + logs->n + 1, sizeof(*w->stops)) };
        if (!w->stops)
                return -ENOMEM;
        memcpy(w->stops, processes->nodes, processes->n * sizeof(*w->stops));
        memcpy(w->stops + processes->n, logs->nodes, logs->n * sizeof(*w->stops));
        g->nodes[thing].resources += n;
        for (size_t i = 0; i < processes->n + logs->n; i++)
                g->nodes[w->stops[i]].resources += n;
        return 0;
}

/* ---- which nodes have a box --------------------------------------------------------------------
 */

struct seat {
        struct node *node;
};

static int larger_first(const void *a, const void *b)
{
        const struct node *x = ((const struct seat *)a)->node, *y = ((const struct seat *)b)->node;

        if (x->resources != y->resources)
                return x->resources < y->resources ? 1 : -1;
        return strcmp(x->key, y->key);
}

/* Those that share a box stand behind those that have their own. */
static int as_drawn(const void *a, const void *b)
{
        const struct node *x = ((const struct seat *)a)->node, *y = ((const struct seat *)b)->node;

        if (x->place != y->place)
                return (int)x->place - (int)y->place;
        if (x->box != y->box) /* 1: shared, for now */
                return x->box < y->box ? -1 : 1;
        return larger_first(a, b);
}

/* Who shares a box with others of its place; one alone does not. */
static void choose(struct seat *column, size_t n)
{
        size_t shown = 0, kept = 0, left[FLOW_PLACE_MAX] = { 0 };

        for (size_t i = 0; i < n; i++) {
                struct node *node = column[i].node;
                bool own = node->kept ? kept++ < FLOW_KEPT_MAX : shown++ < FLOW_SHOWN_MAX;

                node->box = !own;
                left[node->place] += !own;
        }
        for (size_t i = 0; i < n; i++)
                if (left[column[i].node->place] == 1)
                        column[i].node->box = 0;
}

static void add_boxes(struct flow_drawing *d, enum flow_column c, struct seat *column, size_t n)
{
        bool was_shared = false;

        for (size_t i = 0; i < n; i++) {
                struct node *node = column[i].node;
                bool shared = node->box == 1;

                if (!shared || !was_shared || column[i - 1].node->place != node->place)
                        d->boxes[c][d->n_boxes[c]++] = (struct flow_box){ .label = node->label,
                                                                          .under = node->under,
                                                                          .place = node->place };
                node->box = d->n_boxes[c] - 1;
                d->boxes[c][node->box].nodes++;
                was_shared = shared;
        }
}

static int make_boxes(struct flow_graph *g, struct flow_drawing *d, enum flow_column c)
{
        _cleanup_(freep) struct seat *column = calloc(g->n_nodes + 1, sizeof(*column));
        size_t n = 0;

        if (!column)
                return -ENOMEM;
        for (size_t i = 0; i < g->n_nodes; i++)
                if (g->nodes[i].column == c && g->nodes[i].resources > 0)
                        column[n++].node = &g->nodes[i];
        qsort(column, n, sizeof(*column), larger_first);
        choose(column, n);
        qsort(column, n, sizeof(*column), as_drawn);
        add_boxes(d, c, column, n);
        return 0;
}

/* ---- how many go there -------------------------------------------------------------------------
 */

struct between {
        uint64_t shares, resources;
};

struct counting {
        struct flow_drawing *d;
        struct between (*links)[FLOW_BOXES_MAX][FLOW_BOXES_MAX]; /* by column */
};

/* The boxes that a way has in a column, each once. */
static void boxes_of(const struct flow_graph *g, const size_t *stops, size_t n,
                     struct flow_stops *ret)
{
        ret->n = 0;
        for (size_t i = 0; i < n; i++)
                (void)flow_stops_add(ret, g->nodes[stops[i]].box);
}

static void count_way(const struct flow_graph *g, const struct counting *counting,
                      const struct way *w)
{
        struct flow_drawing *d = counting->d;
        struct flow_stops processes, logs;
        size_t thing = g->nodes[w->thing].box;
        uint64_t share = w->n * SHARE;

        boxes_of(g, w->stops, w->n_processes, &processes);
        boxes_of(g, w->stops + w->n_processes, w->n_logs, &logs);
        d->resources += w->n;
        d->boxes[FLOW_THINGS][thing].resources += w->n;
        for (size_t p = 0; p < processes.n; p++) {
                struct between *in = &counting->links[0][thing][processes.nodes[p]];

                in->shares += share / processes.n;
                in->resources += w->n;
                d->boxes[FLOW_PROCESSES][processes.nodes[p]].resources += w->n;
                for (size_t l = 0; l < logs.n; l++) {
                        struct between *out =
                                &counting->links[1][processes.nodes[p]][logs.nodes[l]];

                        out->shares += share / processes.n / logs.n;
                        out->resources += w->n;
                }
        }
        for (size_t l = 0; l < logs.n; l++)
                d->boxes[FLOW_LOGS][logs.nodes[l]].resources += w->n;
}

static void add_links(const struct counting *counting, size_t c)
{
        struct flow_drawing *d = counting->d;
        double all = (double)d->resources * (double)SHARE;

        for (size_t from = 0; from < d->n_boxes[c]; from++)
                for (size_t to = 0; to < d->n_boxes[c + 1]; to++) {
                        const struct between *b = &counting->links[c][from][to];
                        double width = (double)b->shares / all * RIBBONS_HEIGHT;

                        if (b->resources > 0)
                                d->links[c][d->n_links[c]++] = (struct flow_link){
                                        .from = from,
                                        .to = to,
                                        .resources = b->resources,
                                        .width = width > RIBBON_MIN ? width : RIBBON_MIN,
                                };
                }
}

/* ---- where it stands ---------------------------------------------------------------------------
 */

/* How much room the links of a box need at that side, and where the next one begins. */
struct edge {
        double width, next;
};

static void widen(const struct flow_drawing *d, struct edge in[][FLOW_BOXES_MAX],
                  struct edge out[][FLOW_BOXES_MAX])
{
        for (size_t c = 0; c + 1 < FLOW_COLUMN_MAX; c++)
                for (size_t i = 0; i < d->n_links[c]; i++) {
                        const struct flow_link *l = &d->links[c][i];

                        out[c][l->from].width += l->width;
                        in[c + 1][l->to].width += l->width;
                }
}

static double height_of(const struct edge *in, const struct edge *out)
{
        double width = in->width > out->width ? in->width : out->width;

        return width > BOX_MIN ? width : BOX_MIN;
}

static double column_height(const struct flow_drawing *d, size_t c, const struct edge *in,
                            const struct edge *out)
{
        double sum = BOX_GAP;

        for (size_t i = 0; i < d->n_boxes[c]; i++)
                sum += height_of(&in[i], &out[i]) + BOX_GAP;
        return sum;
}

/* The columns stand in the middle beside each other, so that links are short. */
static void place_boxes(struct flow_drawing *d, size_t c, struct edge *in, struct edge *out)
{
        double y = (d->height - column_height(d, c, in, out)) / 2 + BOX_GAP;

        for (size_t i = 0; i < d->n_boxes[c]; i++) {
                struct flow_box *b = &d->boxes[c][i];

                b->y = y;
                b->height = height_of(&in[i], &out[i]);
                in[i].next = y + (b->height - in[i].width) / 2;
                out[i].next = y + (b->height - out[i].width) / 2;
                y += b->height + BOX_GAP;
        }
}

/* From the top down on both sides, in the order of boxes: links of one box do not cross there. */
static void place_links(struct flow_drawing *d, size_t c, struct edge *out, struct edge *in)
{
        for (size_t i = 0; i < d->n_links[c]; i++) {
                struct flow_link *l = &d->links[c][i];

                l->y_from = out[l->from].next;
                l->y_to = in[l->to].next;
                out[l->from].next += l->width;
                in[l->to].next += l->width;
        }
}

static void lay_out(struct flow_drawing *d)
{
        struct edge in[FLOW_COLUMN_MAX][FLOW_BOXES_MAX] = { 0 },
                    out[FLOW_COLUMN_MAX][FLOW_BOXES_MAX] = { 0 };

        widen(d, in, out);
        for (size_t c = 0; c < FLOW_COLUMN_MAX; c++) {
                double own = column_height(d, c, in[c], out[c]);

                if (own > d->height)
                        d->height = own;
        }
        for (size_t c = 0; c < FLOW_COLUMN_MAX; c++)
                place_boxes(d, c, in[c], out[c]);
        for (size_t c = 0; c + 1 < FLOW_COLUMN_MAX; c++)
                place_links(d, c, out[c], in[c + 1]);
}

int flow_graph_draw(struct flow_graph *g, struct flow_drawing **ret)
{
        _cleanup_(freep) struct flow_drawing *d = calloc(1, sizeof(*d));
        struct counting counting = { d, calloc(FLOW_COLUMN_MAX - 1, sizeof(*counting.links)) };
        int r = d && counting.links ? 0 : -ENOMEM;

        for (size_t c = 0; r == 0 && c < FLOW_COLUMN_MAX; c++)
                r = make_boxes(g, d, (enum flow_column)c);
        for (size_t i = 0; r == 0 && i < g->n_ways; i++)
                count_way(g, &counting, &g->ways[i]);
        for (size_t c = 0; r == 0 && c + 1 < FLOW_COLUMN_MAX; c++)
                add_links(&counting, c);
        free(counting.links);
        if (r < 0)
                return r;
        lay_out(d);
        *ret = TAKE_PTR(d);
        return 0;
}
