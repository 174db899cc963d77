/* Ways of resources through three columns (what they are, where they process, where their logs go),
 * laid out to be drawn: nodes as boxes, and links whose width follows how many resources go there.
 *
 * Each resource has one share of the drawing, whatever ways it has: several divide it. The numbers
 * are whole: a box and a link say how many resources touch them, each counted once. Of a column the
 * largest nodes are boxes of their own; the others of one place are one box together, so that
 * nothing is left out and no place is hidden behind another. The same ways give the same drawing.
 */
#pragma once

#include "daemon/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum flow_column { FLOW_THINGS, FLOW_PROCESSES, FLOW_LOGS, FLOW_COLUMN_MAX };

/* In the order in which they stand below each other. */
enum flow_place {
        FLOW_NO_PLACE, /* of the first column */
        FLOW_EU,
        FLOW_EEA,
        FLOW_ADEQUATE,
        FLOW_OTHER,
        FLOW_UNKNOWN,
        FLOW_NONE, /* an API says that there is none */
        FLOW_PLACE_MAX
};

enum {
        FLOW_SHOWN_MAX = 10, /* nodes of a column that have a box because of their size */
        FLOW_KEPT_MAX = 16,  /* those that have one in any case */
        FLOW_BOXES_MAX = FLOW_SHOWN_MAX + FLOW_KEPT_MAX + FLOW_PLACE_MAX,
        FLOW_WAY_MAX = 64, /* nodes of one column that one way has */
};

struct flow_node {
        const char *key;   /* tells it from the others of its column; any bytes */
        const char *label; /* for people; copied, as the key */
        const char *under; /* likewise, smaller */
        enum flow_place place;
        bool kept; /* never one of several in a box: there are few of these */
};

struct flow_graph;

int flow_graph_new(struct flow_graph **ret);
struct flow_graph *flow_graph_free(struct flow_graph *g);
DEFINE_CLEANUP(struct flow_graph *, flow_graph_free);

/* The number of the node, which is made when it is not there. */
int flow_graph_node(struct flow_graph *g, enum flow_column column, const struct flow_node *node,
                    size_t *ret);

/* Nodes of one column, each once. */
struct flow_stops {
        size_t nodes[FLOW_WAY_MAX];
        size_t n;
};
/* False when there is no room for another one. */
bool flow_stops_add(struct flow_stops *s, size_t node);

/* n resources of that node process at each of the one kind of stops and log to each of the other;
 * both have one at least. */
int flow_graph_add(struct flow_graph *g, size_t thing, const struct flow_stops *processes,
                   const struct flow_stops *logs, uint64_t n);

/* ---- the drawing, in its own units -------------------------------------------------------------
 */

struct flow_box {
        const char *label, *under; /* of the first of its nodes; borrowed */
        enum flow_place place;
        size_t nodes; /* how many it stands for */
        uint64_t resources;
        double y, height;
};

struct flow_link {
        size_t from, to; /* boxes of a column and of the next */
        uint64_t resources;
        double y_from, y_to, width; /* its upper edge at both ends */
};

struct flow_drawing {
        struct flow_box boxes[FLOW_COLUMN_MAX][FLOW_BOXES_MAX];
        size_t n_boxes[FLOW_COLUMN_MAX];
        struct flow_link links[FLOW_COLUMN_MAX - 1][FLOW_BOXES_MAX * FLOW_BOXES_MAX];
        size_t n_links[FLOW_COLUMN_MAX - 1];
        double height;
        uint64_t resources;
};

/* The caller frees; its texts live as long as the graph. -ENOMEM. */
int flow_graph_draw(struct flow_graph *g, struct flow_drawing **ret);
