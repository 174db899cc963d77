/* The ways of resources as a drawing and as nodes of it; private to html-flow*.c. */
#pragma once

#include "daemon/report/flow-graph.h"
#include "daemon/report/html.h"

/* A fact's value as an array; a new reference. */
json_t *html_flow_list(const json_t *value);
/* One kind of way into the graph. flow: as html_flow_add() makes it; processes and logs: {region:
 * …} that it leads to, "?" for one that could not be read. */
int html_flow_put_way(const struct html *h, struct flow_graph *g, const json_t *flow,
                      const json_t *processes, const json_t *logs);
/* Ways that nobody followed: {service type: n}. */
int html_flow_put_left(const struct html *h, struct flow_graph *g, const json_t *left);
/* A word for the place, short enough for a box. */
const char *html_flow_place_word(enum flow_place place);
/* The drawing and its legend; nothing when no resource is in it. */
int html_flow_draw(const struct html *h, struct flow_graph *g);
