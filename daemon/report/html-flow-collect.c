/* Which ways resources go, as their facts say it, kept while the inventory is walked over. */
#include "daemon/base/buffer.h"
#include "daemon/model/fact.h"
#include "daemon/report/html-flow.h"
#include "daemon/report/stream.h"

#include <errno.h>
#include <string.h>

enum {
        FLOWS_MAX = 4000,  /* ways that are followed to their end */
        COARSE_MAX = 4000, /* and further ones of which the regions that facts name are kept */
        KEY_BYTES_MAX = 1024 * 1024,
};

json_t *html_flow_list(const json_t *value)
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
                        return json_pack("{s:o}", sources[i].member, html_flow_list(value));
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
                return json_pack("{s:o}", "to", html_flow_list(value));
        case FACT_UNKNOWN:
                return json_pack("{s:o}", "unknown", json_stream_text(cause));
        default:
                return json_pack("{s:b}", "none", true);
        }
}

/* Says where something is by itself, so that nothing has to be looked for. */
static bool is_plain(const char *fact)
{
        return strcmp(fact, "processing.regions") == 0 ||
               strcmp(fact, "processing.documented") == 0;
}

/* What tells one way from another, made without an object for each resource. Coarse: whose it is
 * makes no difference, and what would have to be followed is all one. */
static char *key_of(const struct resource *r, bool coarse)
{
        static const char *const facts[] = { "processing.regions", "processing.ref",
                                             "processing.documented", "log.destination" };
        struct buffer key = BUFFER_INIT(KEY_BYTES_MAX);

        if (coarse)
                buffer_printf(&key, "%s\t%s", r->provider, r->region);
        else
                buffer_printf(&key, "%s\t%s\t%s\t%s", r->provider, r->account, r->scope, r->region);
        for (size_t i = 0; i < ELEMENTSOF(facts); i++) {
                const json_t *value = NULL;
                const char *cause = NULL;
                enum fact_state state = json_object_get(r->facts, facts[i])
                                                ? fact_get(r->facts, facts[i], &value, &cause)
                                                : FACT_ABSENT;
                bool told = !coarse || is_plain(facts[i]);
                char *text =
                        value && told ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

                buffer_printf(&key, "\t%d%d%s%s", state,
                              json_object_get(r->facts, facts[i]) != NULL, text ? text : "",
                              cause && !coarse ? cause : "");
                free(text);
        }
        if (buffer_error(&key) < 0) {
                buffer_done(&key);
                return NULL;
        }
        return buffer_take(&key);
}

static int count_type(json_t *flow, const struct resource *r)
{
        return html_count_up(flow, "n") < 0 ? -ENOMEM
                                            : html_count_up(json_object_get(flow, "types"),
                                                            r->service_type ? r->service_type : "");
}

static json_t *flow_new(const struct resource *r)
{
        return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:{}}", "provider",
                         json_stream_text(r->provider), "account", json_stream_text(r->account),
                         "scope", json_stream_text(r->scope), "region", json_stream_text(r->region),
                         "processing", processing_of(r->facts), "logs", logs_of(r->facts),
                         "example", json_stream_text(r->name ? r->name : r->id), "types");
}

/* One more that goes that way; 1 when there is no room for another way. */
static int add_to(json_t *flows, size_t max, const struct resource *r, bool coarse)
{
        _cleanup_(freep) char *key = key_of(r, coarse);
        json_t *flow = key ? json_object_get(flows, key) : NULL;

        if (!key)
                return -ENOMEM;
        if (flow)
                return count_type(flow, r);
        if (json_object_size(flows) >= max)
                return 1;
        flow = flow_new(r);
        /* the key may be no UTF-8: it is never written */
        if (!flow || json_object_set_new_nocheck(flows, key, flow) < 0)
                return -ENOMEM;
        return count_type(flow, r);
}

int html_flow_add(struct html *h, const struct store_resource *row)
{
        struct html_survey *s = &h->survey;
        int r = add_to(s->flows, FLOWS_MAX, row->resource, false);

        if (r <= 0)
                return r;
        s->flows_left++;
        r = add_to(s->flows_coarse, COARSE_MAX, row->resource, true);
        return r <= 0 ? r
                      : html_count_up(s->flows_further, row->resource->service_type
                                                                ? row->resource->service_type
                                                                : "");
}
