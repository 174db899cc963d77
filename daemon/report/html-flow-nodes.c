/* What the nodes of the drawing of flows are: kinds of things at a provider, regions, and what is
 * known instead of a region. */
#include "daemon/base/buffer.h"
#include "daemon/base/json.h"
#include "daemon/report/html-flow.h"
#include "daemon/report/language.h"

#include <errno.h>
#include <string.h>

enum { TEXT_BYTES_MAX = 64 * 1024 };

static enum flow_place place_of(const char *area)
{
        static const char *const areas[FLOW_PLACE_MAX] = {
                [FLOW_EU] = "eu",
                [FLOW_EEA] = "eea",
                [FLOW_ADEQUATE] = "adequate",
                [FLOW_OTHER] = "other",
        };

        for (int i = 0; area && i < FLOW_PLACE_MAX; i++)
                if (areas[i] && strcmp(areas[i], area) == 0)
                        return (enum flow_place)i;
        return FLOW_UNKNOWN;
}

const char *html_flow_place_word(enum flow_place place)
{
        static const char *const words[FLOW_PLACE_MAX] = {
                [FLOW_EU] = N_("EU"),
                [FLOW_EEA] = N_("EEA"),
                [FLOW_ADEQUATE] = N_("outside EU/EEA, adequate"),
                [FLOW_OTHER] = N_("outside EU/EEA"),
                [FLOW_UNKNOWN] = N_("not determined"),
        };

        return words[place] ? _(words[place]) : "";
}

/* ---- things ------------------------------------------------------------------------------------
 */

/* By service type: by provider too there would be too many to look at, and the places tell it. */
static int thing(const struct html *h, struct flow_graph *g, const char *type, size_t *ret)
{
        const struct flow_node node = {
                .key = type,
                .label = *type ? html_word(h, "service_types", type) : _("service type not known"),
        };

        return flow_graph_node(g, FLOW_THINGS, &node, ret);
}

/* ---- places ------------------------------------------------------------------------------------
 */

/* A node into the stops; when there is no room left the last one stands for all that follow. */
static int stop(struct flow_graph *g, enum flow_column column, const struct flow_node *node,
                struct flow_stops *stops)
{
        const struct flow_node further = { .key = "?further",
                                           .label = _("further places"),
                                           .under = _("see the table"),
                                           .place = FLOW_UNKNOWN,
                                           .kept = true };
        size_t n;
        int r = flow_graph_node(g, column, node, &n);

        if (r < 0 || flow_stops_add(stops, n))
                return r;
        r = flow_graph_node(g, column, &further, &n);
        if (r == 0)
                stops->nodes[stops->n - 1] = n;
        return r;
}

static int unread(struct flow_graph *g, enum flow_column column, struct flow_stops *stops)
{
        const struct flow_node node = { .key = "?unread",
                                        .label = _("not read"),
                                        .under = _("it may be anywhere"),
                                        .place = FLOW_UNKNOWN,
                                        .kept = true };

        return stop(g, column, &node, stops);
}

/* documented: nothing but the documentation says so, without proof per call. */
static int region(const struct html *h, struct flow_graph *g, enum flow_column column,
                  const char *provider, const char *code, bool documented, struct flow_stops *stops)
{
        const json_t *row = html_region_of(h, provider, code);
        const char *country = json_member_string(row, "country");
        enum flow_place place = place_of(json_member_string(row, "area"));
        struct buffer key = BUFFER_INIT(TEXT_BYTES_MAX), label = BUFFER_INIT(TEXT_BYTES_MAX),
                      under = BUFFER_INIT(TEXT_BYTES_MAX);
        struct flow_node node = { .place = place };
        int r;

        buffer_printf(&key, "%s\t%s\t%d", provider ? provider : "", code, documented);
        buffer_printf(&label, country ? "%s (%s)" : "%s", code, country);
        buffer_printf(&under, "%s, %s%s%s", html_word(h, "providers", provider),
                      html_flow_place_word(place), documented ? ", " : "",
                      documented ? _("by documentation only") : "");
        node.key = buffer_text(&key);
        node.label = buffer_text(&label);
        node.under = buffer_text(&under);
        r = buffer_error(&key) < 0 || buffer_error(&label) < 0 || buffer_error(&under) < 0
                    ? -ENOMEM
                    : stop(g, column, &node, stops);
        buffer_done(&key);
        buffer_done(&label);
        buffer_done(&under);
        return r;
}

static int regions(const struct html *h, struct flow_graph *g, enum flow_column column,
                   const json_t *flow, const json_t *list, struct flow_stops *stops)
{
        bool documented = column == FLOW_PROCESSES &&
                          json_object_get(json_object_get(flow, "processing"), "documented");
        const char *code;
        json_t *value;
        int r = 0;

        json_object_foreach((json_t *)list, code, value)
        {
                if (r < 0)
                        return r;
                r = strcmp(code, "?") == 0
                            ? unread(g, column, stops)
                            : region(h, g, column, json_member_string(flow, "provider"), code,
                                     documented, stops);
        }
        return r;
}

/* Nothing says where it processes: it may be where it stands, and that is all that is known. */
static int unstated(const struct html *h, struct flow_graph *g, const json_t *flow,
                    struct flow_stops *stops)
{
        const json_t *row = html_region_of(h, json_member_string(flow, "provider"),
                                           json_member_string(flow, "region"));
        enum flow_place stands = place_of(json_member_string(row, "area"));
        struct buffer key = BUFFER_INIT(TEXT_BYTES_MAX), under = BUFFER_INIT(TEXT_BYTES_MAX);
        struct flow_node node = { .label = _("not stated"), .place = FLOW_UNKNOWN, .kept = true };
        int r;

        buffer_printf(&key, "?unstated %d", stands);
        buffer_printf(&under, _("stands in: %s"), html_flow_place_word(stands));
        node.key = buffer_text(&key);
        node.under = buffer_text(&under);
        r = buffer_error(&key) < 0 || buffer_error(&under) < 0
                    ? -ENOMEM
                    : stop(g, FLOW_PROCESSES, &node, stops);
        buffer_done(&key);
        buffer_done(&under);
        return r;
}

static int processes(const struct html *h, struct flow_graph *g, const json_t *flow,
                     const json_t *list, struct flow_stops *stops)
{
        if (json_object_size(list) > 0)
                return regions(h, g, FLOW_PROCESSES, flow, list, stops);
        if (json_object_get(json_object_get(flow, "processing"), "unknown"))
                return unread(g, FLOW_PROCESSES, stops);
        return unstated(h, g, flow, stops);
}

static int logs(const struct html *h, struct flow_graph *g, const json_t *flow, const json_t *list,
                struct flow_stops *stops)
{
        const json_t *said = json_object_get(flow, "logs");
        bool none = json_object_get(said, "none");
        const struct flow_node node = { .key = none ? "?none" : "?unstated",
                                        .label = none ? _("none of its own") : _("not stated"),
                                        .under = none ? _("the API says so") : _("no API says it"),
                                        .place = none ? FLOW_NONE : FLOW_UNKNOWN,
                                        .kept = true };

        if (json_object_size(list) > 0)
                return regions(h, g, FLOW_LOGS, flow, list, stops);
        if (json_object_get(said, "unknown"))
                return unread(g, FLOW_LOGS, stops);
        return stop(g, FLOW_LOGS, &node, stops);
}

/* ---- ways --------------------------------------------------------------------------------------
 */

int html_flow_put_way(const struct html *h, struct flow_graph *g, const json_t *flow,
                      const json_t *process_list, const json_t *log_list)
{
        struct flow_stops through = { .n = 0 }, to = { .n = 0 };
        const char *type;
        json_t *n;
        int r = processes(h, g, flow, process_list, &through);

        if (r == 0)
                r = logs(h, g, flow, log_list, &to);
        json_object_foreach(json_object_get(flow, "types"), type, n)
        {
                size_t from = 0;

                if (r == 0)
                        r = thing(h, g, type, &from);
                if (r == 0)
                        r = flow_graph_add(g, from, &through, &to, (uint64_t)json_integer_value(n));
        }
        return r;
}

static int put_left(const struct html *h, struct flow_graph *g, const char *type, uint64_t n)
{
        const struct flow_node node = { .key = "?left",
                                        .label = _("not followed"),
                                        .under = _("too many different ways"),
                                        .place = FLOW_UNKNOWN,
                                        .kept = true };
        struct flow_stops through = { .n = 0 }, to = { .n = 0 };
        size_t from = 0;
        int r = thing(h, g, type, &from);

        if (r == 0)
                r = stop(g, FLOW_PROCESSES, &node, &through);
        if (r == 0)
                r = stop(g, FLOW_LOGS, &node, &to);
        return r == 0 ? flow_graph_add(g, from, &through, &to, n) : r;
}

int html_flow_put_left(const struct html *h, struct flow_graph *g, const json_t *left)
{
        const char *type;
        json_t *n;
        int r = 0;

        json_object_foreach((json_t *)left, type, n) r =
                r < 0 ? r : put_left(h, g, type, (uint64_t)json_integer_value(n));
        return r;
}
