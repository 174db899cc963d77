/* Localisation: where a thing stands, where it processes, where its logs go. Things that go the
 * same way are one row. */
#include "daemon/report/html-flow.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "daemon/report/language.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* ---- following ---------------------------------------------------------------------------------
 */

static int find(const struct html *h, const json_t *flow, const char *topic, const char *id,
                struct resource **ret)
{
        const struct place place = { json_member_string(flow, "provider"),
                                     json_member_string(flow, "account"),
                                     json_member_string(flow, "scope"),
                                     json_member_string(flow, "region") };

        return store_find(h->request->store, &place, topic, id, ret, h->err);
}

/* A log's destination by its id or name, or by the name in its address ("s3://name/below"). */
static int find_sink(const struct html *h, const json_t *flow, const char *to,
                     struct resource **ret)
{
        const char *name = strstr(to, "://");
        _cleanup_(freep) char *part = NULL;
        int r = find(h, flow, "log-sink", to, ret);

        name = name ? name + strlen("://") : to;
        if (r != -ENOENT || (name == to && !strchr(to, '/')))
                return r;
        part = strndup(name, strcspn(name, "/"));
        if (!part)
                return error_oom(h->err);
        return *part ? find(h, flow, "log-sink", part, ret) : -ENOENT;
}

static int add_region(json_t *regions, const char *region)
{
        return html_count_up(regions, region && *region ? region : "?");
}

/* Where the record says that it is kept; its own region only where no fact speaks of it. */
static int add_sink(json_t *regions, const struct resource *sink)
{
        const json_t *value = NULL;

        if (!json_object_get(sink->facts, "log.region"))
                return add_region(regions, sink->region);
        if (fact_get(sink->facts, "log.region", &value, NULL) == FACT_KNOWN)
                return add_region(regions, json_string_value(value));
        return add_region(regions, "?");
}

static int follow_logs(const struct html *h, const json_t *flow, json_t *regions)
{
        const json_t *to = json_object_get(json_object_get(flow, "logs"), "to");
        json_t *element;
        size_t i;

        json_array_foreach((json_t *)to, i, element)
        {
                _cleanup_(resource_freep) struct resource *sink = NULL;
                const char *text = json_string_value(element);
                int r = text ? find_sink(h, flow, text, &sink) : -ENOENT;

                if (r < 0 && r != -ENOENT)
                        return r;
                if ((r < 0 ? add_region(regions, "?") : add_sink(regions, sink)) < 0)
                        return error_oom(h->err);
        }
        return 0;
}

static int add_list(json_t *regions, const json_t *list)
{
        json_t *element;
        size_t i;

        json_array_foreach((json_t *)list, i,
                           element) if (add_region(regions, json_string_value(element)) <
                                        0) return -ENOMEM;
        return 0;
}

static int follow_processing(const struct html *h, const json_t *flow, json_t *regions)
{
        const json_t *processing = json_object_get(flow, "processing");
        json_t *element;
        size_t i;

        if (add_list(regions, json_object_get(processing, "regions")) < 0 ||
            add_list(regions, json_object_get(processing, "documented")) < 0)
                return error_oom(h->err);
        json_array_foreach(json_object_get(processing, "ref"), i, element)
        {
                _cleanup_(resource_freep) struct resource *map = NULL;
                const char *text = json_string_value(element);
                const json_t *value = NULL;
                json_auto_t *list = NULL;
                int r = text ? find(h, flow, "processing-map", text, &map) : -ENOENT;

                if (r < 0 && r != -ENOENT)
                        return r;
                if (map && fact_get(map->facts, "processing.regions", &value, NULL) == FACT_KNOWN)
                        list = html_flow_list(value);
                if ((list ? add_list(regions, list) : add_region(regions, "?")) < 0)
                        return error_oom(h->err);
        }
        return 0;
}

/* ---- rows --------------------------------------------------------------------------------------
 */

/* Flows whose ways lead to the same regions are one row; each is a way in the drawing. */
static int fold(const struct html *h, const json_t *flow, json_t *folded, struct flow_graph *g)
{
        json_auto_t *processing = json_object(), *logs = json_object(), *row = NULL;
        _cleanup_(freep) char *key = NULL;
        json_t *there;
        int r = processing && logs ? follow_processing(h, flow, processing) : -ENOMEM;

        if (r == 0)
                r = follow_logs(h, flow, logs);
        if (r == 0 && html_flow_put_way(h, g, flow, processing, logs) < 0)
                r = error_oom(h->err);
        if (r < 0)
                return r;
        row = json_pack("{s:O, s:O, s:O, s:O, s:O, s:O, s:O}", "provider",
                        json_object_get(flow, "provider"), "account",
                        json_object_get(flow, "account"), "region", json_object_get(flow, "region"),
                        "processing", processing, "logs", logs, "said",
                        json_object_get(flow, "processing"), "logged",
                        json_object_get(flow, "logs"));
        if (row && json_object_size(logs) > 0) /* the regions say all */
                (void)json_object_del(row, "logged");
        if (row && json_object_size(processing) > 0 &&
            !json_object_get(json_object_get(flow, "processing"), "documented"))
                (void)json_object_del(row, "said");
        key = row ? json_canonical(row) : NULL;
        if (!key)
                return error_oom(h->err);
        there = json_object_get(folded, key);
        if (!there) {
                (void)json_object_set(row, "example", json_object_get(flow, "example"));
                return json_object_set(row, "n", json_object_get(flow, "n")) < 0 ||
                                       json_object_set(folded, key, row) < 0
                               ? error_oom(h->err)
                               : 0;
        }
        return json_object_set_new(there, "n",
                                   json_integer((json_int_t)html_count(there, "n") +
                                                (json_int_t)html_count(flow, "n")));
}

static void put_regions(const struct html *h, const char *provider, const json_t *regions)
{
        const char *region;
        json_t *n;

        html_put(h, "<ul class=\"plain\">");
        json_object_foreach((json_t *)regions, region, n)
        {
                html_put(h, "<li>");
                if (strcmp(region, "?") == 0)
                        html_put(h, "? %s", _("a place that was not read"));
                else
                        html_region(h, provider, region);
                html_put(h, "</li>");
        }
        html_put(h, "</ul>");
}

static void put_silence(const struct html *h, const json_t *said, const char *otherwise)
{
        const char *cause = json_member_string(said, "unknown");

        if (cause)
                html_put(h, "? <small>%s</small>", cause);
        else if (json_object_get(said, "none"))
                html_put(h, "✗ %s", _("none of its own"));
        else if (json_object_get(said, "documented"))
                html_put(h, " <small>%s</small>",
                         _("by the documentation only, without proof per call"));
        else
                html_put(h, "? %s", otherwise);
}

static void put_flow(const struct html *h, const json_t *row)
{
        const char *provider = json_member_string(row, "provider");
        const json_t *processing = json_object_get(row, "processing"),
                     *logs = json_object_get(row, "logs");

        html_put(h, "<tr><th scope=\"row\">%s / %s</th><td>", html_word(h, "providers", provider),
                 json_member_string(row, "account"));
        html_region(h, provider, json_member_string(row, "region"));
        html_put(h, "</td><td class=\"to\" aria-hidden=\"true\">→</td><td>");
        if (json_object_size(processing) > 0)
                put_regions(h, provider, processing);
        if (json_object_get(row, "said"))
                put_silence(h, json_object_get(row, "said"),
                            _("not stated: its own region, or another"));
        html_put(h, "</td><td class=\"to\" aria-hidden=\"true\">→</td><td>");
        if (json_object_size(logs) > 0)
                put_regions(h, provider, logs);
        if (json_object_get(row, "logged"))
                put_silence(h, json_object_get(row, "logged"), _("not stated"));
        html_put(h, "</td><td class=\"n\">%" PRIu64 "</td><td>%s</td></tr>\n", html_count(row, "n"),
                 json_member_string(row, "example"));
}

/* What is beyond the ways that are followed: the regions that its facts name are drawn, and what
 * would have to be looked for is not known. */
static int add_coarse(const struct html *h, const json_t *flow, struct flow_graph *g)
{
        const json_t *processing = json_object_get(flow, "processing"),
                     *ref = json_object_get(processing, "ref"),
                     *to = json_object_get(json_object_get(flow, "logs"), "to");
        json_auto_t *processes = json_object(), *logs = json_object();

        if (!processes || !logs ||
            add_list(processes, json_object_get(processing, "regions")) < 0 ||
            add_list(processes, json_object_get(processing, "documented")) < 0 ||
            (ref && add_region(processes, "?") < 0) || (to && add_region(logs, "?") < 0) ||
            html_flow_put_way(h, g, flow, processes, logs) < 0)
                return error_oom(h->err);
        return 0;
}

static int add_all(struct html *h, json_t *folded, struct flow_graph *g)
{
        const char *key;
        json_t *flow;
        int r = 0;

        json_object_foreach(h->survey.flows, key, flow) r = r < 0 ? r : fold(h, flow, folded, g);
        json_object_foreach(h->survey.flows_coarse, key, flow) r =
                r < 0 ? r : add_coarse(h, flow, g);
        if (r == 0 && html_flow_put_left(h, g, h->survey.flows_further) < 0)
                r = error_oom(h->err);
        return r;
}

int html_flows(struct html *h)
{
        const char *const heads[] = { _("account"),
                                      _("stands in"),
                                      "→",
                                      _("processes in"),
                                      "→",
                                      _("its own logs go to"),
                                      _("#resources"),
                                      _("for example"),
                                      NULL };
        _cleanup_(flow_graph_freep) struct flow_graph *g = NULL;
        json_auto_t *folded = json_object();
        const char *key;
        json_t *flow;
        int r = folded && flow_graph_new(&g) == 0 ? 0 : error_oom(h->err);

        html_put(h, "<p>%s</p>\n",
                 _("Logs that a setting of the whole account or region sends are not in the last "
                   "column: see “How long logs are kept”. A question mark is a place that nobody "
                   "could read: it may be anywhere."));
        if (r == 0)
                r = add_all(h, folded, g);
        if (r == 0)
                r = html_flow_draw(h, g);
        if (r < 0)
                return r;
        html_table(h, "sortable", _("From the resource to where it processes and logs"), heads);
        json_object_foreach(folded, key, flow) put_flow(h, flow);
        html_table_end(h);
        if (h->survey.flows_left > 0)
                html_put(h, "<p class=\"alarm\">%s: %" PRIu64 "</p>\n",
                         _("resources that go further ways, not listed here"),
                         h->survey.flows_left);
        return 0;
}
