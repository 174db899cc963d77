/* Localisation: where a thing stands, where it processes, where its logs go. Things that go the
 * same way are one row. */
#include "daemon/base/buffer.h"
#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "daemon/report/html.h"
#include "daemon/report/language.h"
#include "daemon/report/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { FLOWS_MAX = 4000, KEY_BYTES_MAX = 1024 * 1024 };

/* ---- collecting --------------------------------------------------------------------------------
 */

static json_t *as_list(const json_t *value)
{
        return json_is_array(value) ? json_incref((json_t *)value)
                                    : json_pack("[O]", (json_t *)value);
}

/* {"regions": […]}, {"ref": […]}, {"documented": […]}, {"unknown": cause}, or {} when nothing says
 * it: in the order in which LOC-003 asks. */
static json_t *processing_of(const json_t *facts)
{
        static const struct {
                const char *fact, *member;
        } sources[] = {
                { "processing.regions", "regions" },
                { "processing.ref", "ref" },
                { "processing.documented", "documented" },
        };

        for (size_t i = 0; i < ELEMENTSOF(sources); i++) {
                const json_t *value = NULL;
                const char *cause = NULL;

                if (!json_object_get(facts, sources[i].fact))
                        continue;
                switch (fact_get(facts, sources[i].fact, &value, &cause)) {
                case FACT_KNOWN:
                        return json_pack("{s:o}", sources[i].member, as_list(value));
                case FACT_UNKNOWN:
                        return json_pack("{s:o}", "unknown", json_stream_text(cause));
                case FACT_ABSENT:
                        break;
                }
        }
        return json_object();
}

/* {"to": […]}, {"unknown": cause}, {"none": true} where the API says there is none, {} when nothing
 * says it. */
static json_t *logs_of(const json_t *facts)
{
        const json_t *value = NULL;
        const char *cause = NULL;

        if (!json_object_get(facts, "log.destination"))
                return json_object();
        switch (fact_get(facts, "log.destination", &value, &cause)) {
        case FACT_KNOWN:
                return json_pack("{s:o}", "to", as_list(value));
        case FACT_UNKNOWN:
                return json_pack("{s:o}", "unknown", json_stream_text(cause));
        default:
                return json_pack("{s:b}", "none", true);
        }
}

/* What tells one way from another, made without an object for each resource. */
static char *key_of(const struct resource *r)
{
        static const char *const facts[] = { "processing.regions", "processing.ref",
                                             "processing.documented", "log.destination" };
        struct buffer key = BUFFER_INIT(KEY_BYTES_MAX);

        buffer_printf(&key, "%s\t%s\t%s\t%s", r->provider, r->account, r->scope, r->region);
        for (size_t i = 0; i < ELEMENTSOF(facts); i++) {
                const json_t *value = NULL;
                const char *cause = NULL;
                enum fact_state state = json_object_get(r->facts, facts[i])
                                                ? fact_get(r->facts, facts[i], &value, &cause)
                                                : FACT_ABSENT;
                char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

                buffer_printf(&key, "\t%d%d%s%s", state,
                              json_object_get(r->facts, facts[i]) != NULL, text ? text : "",
                              cause ? cause : "");
                free(text);
        }
        if (buffer_error(&key) < 0) {
                buffer_done(&key);
                return NULL;
        }
        return buffer_take(&key);
}

int html_flow_add(struct html *h, const struct store_resource *row)
{
        const struct resource *r = row->resource;
        _cleanup_(freep) char *key = key_of(r);
        json_t *flow = key ? json_object_get(h->survey.flows, key) : NULL;

        if (!key)
                return -ENOMEM;
        if (flow)
                return html_count_up(flow, "n");
        if (json_object_size(h->survey.flows) >= FLOWS_MAX) {
                h->survey.flows_left++;
                return 0;
        }
        flow = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i}", "provider",
                         json_stream_text(r->provider), "account", json_stream_text(r->account),
                         "scope", json_stream_text(r->scope), "region", json_stream_text(r->region),
                         "processing", processing_of(r->facts), "logs", logs_of(r->facts),
                         "example", json_stream_text(r->name ? r->name : r->id), "n", 1);
        /* the key may be no UTF-8: it is never written */
        return flow && json_object_set_new_nocheck(h->survey.flows, key, flow) == 0 ? 0 : -ENOMEM;
}

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
                        list = as_list(value);
                if ((list ? add_list(regions, list) : add_region(regions, "?")) < 0)
                        return error_oom(h->err);
        }
        return 0;
}

/* ---- rows --------------------------------------------------------------------------------------
 */

/* Flows whose ways lead to the same regions are one. */
static int fold(const struct html *h, const json_t *flow, json_t *folded)
{
        json_auto_t *processing = json_object(), *logs = json_object(), *row = NULL;
        _cleanup_(freep) char *key = NULL;
        json_t *there;
        int r = processing && logs ? follow_processing(h, flow, processing) : -ENOMEM;

        if (r == 0)
                r = follow_logs(h, flow, logs);
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
        json_auto_t *folded = json_object();
        const char *key;
        json_t *flow;
        int r = folded ? 0 : error_oom(h->err);

        html_put(h, "<p>%s</p>\n",
                 _("Logs that a setting of the whole account or region sends are not in the last "
                   "column: see “How long logs are kept”. A question mark is a place that nobody "
                   "could read: it may be anywhere."));
        json_object_foreach(h->survey.flows, key, flow) r = r < 0 ? r : fold(h, flow, folded);
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
