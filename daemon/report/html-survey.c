/* What the sections sum up, collected in one walk each over inventory and coverage. */
#include "daemon/base/json.h"
#include "daemon/report/duties.h"
#include "daemon/report/html.h"
#include "daemon/report/stream.h"

#include <errno.h>
#include <string.h>

enum {
        UNREAD_ROWS_MAX = 4000, /* lists without an answer that are kept one by one */
        PLACE_KEY_MAX = 1024,
};

static json_t *place_at(struct html_survey *s, const struct place *p)
{
        char key[PLACE_KEY_MAX];

        (void)snprintf(key, sizeof(key), "%s\t%s\t%s", p->provider, p->account, p->region);
        return html_object_at(s->places, key);
}

/* ---- inventory ---------------------------------------------------------------------------------
 */

struct walking {
        struct html *h;
        struct html_inventory *inventory;
};

static const char *text_or(const json_t *object, const char *key, const char *otherwise)
{
        const char *text = json_member_string(object, key);

        return text ? text : otherwise;
}

static int count_place(struct html_survey *s, const struct resource *r, const json_t *d)
{
        const struct place place = { r->provider, r->account, r->scope, r->region };
        const char *country = json_member_string(d, "country");
        json_t *at = place_at(s, &place);

        if (!at || html_count_up(at, "n") < 0 ||
            html_count_up(html_object_at(at, "types"), r->service_type ? r->service_type : "") < 0)
                return -ENOMEM;
        if (country && !json_object_get(at, "country"))
                (void)json_object_set_new(at, "country", json_string(country));
        if (json_object_get(at, "area"))
                return 0;
        return json_object_set_new(at, "area", json_string(text_or(d, "area", "unknown"))) < 0
                       ? -ENOMEM
                       : 0;
}

static int count(struct html *h, const struct store_resource *row)
{
        struct html_survey *s = &h->survey;
        const struct resource *r = row->resource;
        const json_t *d = row->description;

        s->resources++;
        s->stale += row->stale;
        if (html_count_up(s->areas, text_or(d, "area", "unknown")) < 0 ||
            html_count_up(s->countries, text_or(d, "country", "")) < 0 ||
            html_count_up(s->risks, text_or(d, "risk", "unknown")) < 0 ||
            html_count_up(s->offers, text_or(d, "offer", "")) < 0 ||
            html_count_up(s->providers, r->provider) < 0)
                return -ENOMEM;
        return count_place(s, r, d);
}

static int on_resource(void *user, const struct store_resource *row)
{
        struct walking *w = user;
        int r;

        if (row->gone)
                return 0;
        if (row->resource->topic)
                return html_sink_add(w->h, row);
        r = count(w->h, row);
        if (r == 0)
                r = duties_add(w->h->survey.types, row);
        if (r == 0)
                r = html_flow_add(w->h, row);
        return r == 0 ? html_inventory_add(w->inventory, row) : r;
}

static int take_inventory(struct html *h)
{
        struct walking w = { .h = h };
        int r = html_inventory_begin(&w.inventory, h), closed;

        if (r < 0)
                return r;
        r = export_each_resource(&h->e, true, on_resource, &w, h->err);
        closed = html_inventory_end(w.inventory);
        return r < 0 ? r : closed;
}

/* ---- coverage ----------------------------------------------------------------------------------
 */

static bool same_place(const json_t *group, const struct place *p)
{
        return group && strcmp(text_or(group, "provider", ""), p->provider) == 0 &&
               strcmp(text_or(group, "account", ""), p->account) == 0 &&
               strcmp(text_or(group, "scope", ""), p->scope) == 0 &&
               strcmp(text_or(group, "region", ""), p->region) == 0;
}

/* The rows of one place stand together. */
static json_t *group_of(struct html_survey *s, const struct place *p)
{
        size_t n = json_array_size(s->unread);
        json_t *last = n > 0 ? json_array_get(s->unread, n - 1) : NULL, *group;

        if (same_place(last, p))
                return last;
        group = json_pack("{s:o, s:o, s:o, s:o, s:[]}", "provider", json_stream_text(p->provider),
                          "account", json_stream_text(p->account), "scope",
                          json_stream_text(p->scope), "region", json_stream_text(p->region),
                          "rows");
        return group && json_array_append_new(s->unread, group) == 0 ? group : NULL;
}

static int add_unread(struct html *h, const struct store_coverage *row)
{
        struct html_survey *s = &h->survey;
        const struct coverage *c = &row->coverage;
        _cleanup_(freep) char *cause = NULL;
        json_t *group = group_of(s, &c->place), *own;

        if (!group || html_count_up(group, "n") < 0)
                return -ENOMEM;
        if (s->unread_left++ >= UNREAD_ROWS_MAX)
                return 0;
        cause = report_cause(h->e.words, c->cause, h->request->language);
        own = json_pack(
                "{s:o, s:i, s:o, s:o, s:o, s:o}", "collector", json_stream_text(c->collector),
                "state", (int)c->state, "cause", json_stream_text(cause), "permission",
                c->state == COVERAGE_DENIED ? json_stream_text(c->permission) : json_null(),
                "since", json_stream_text(row->since), "last_ok", json_stream_text(row->last_ok));
        return json_array_append_new(json_object_get(group, "rows"), own) < 0 ? -ENOMEM : 0;
}

static int on_coverage(void *user, const struct store_coverage *row)
{
        struct html *h = user;
        const struct coverage *c = &row->coverage;
        json_t *at;

        if (!report_wants(h->request, c->place.account))
                return 0;
        at = place_at(&h->survey, &c->place);
        if (!at || html_count_up(at, "asked") < 0 ||
            html_count_up(h->survey.states, coverage_state_name(c->state)) < 0)
                return -ENOMEM;
        if (coverage_is_answer(c->state))
                return 0;
        return html_count_up(at, "unread") < 0 ? -ENOMEM : add_unread(h, row);
}

static int take_coverage(struct html *h)
{
        struct store_filter filter = *h->request->filter;
        int r;

        filter.all = true;
        r = store_each_coverage(h->request->store, &filter, on_coverage, h, h->err);
        h->survey.unread_left -=
                h->survey.unread_left > UNREAD_ROWS_MAX ? UNREAD_ROWS_MAX : h->survey.unread_left;
        return r < 0 ? error_set(h->err, r, "report: %s", strerror(-r)) : 0;
}

/* ---- findings ----------------------------------------------------------------------------------
 */

static int on_findings(void *user, const struct store_count *c)
{
        struct html *h = user;
        struct html_survey *s = &h->survey;
        json_t *rule;
        uint64_t n;

        if (!report_wants(h->request, c->account))
                return 0;
        rule = html_object_at(s->rules, c->rule);
        n = c->n + html_count(rule, verdict_name(c->verdict));
        if (!rule ||
            json_object_set_new(rule, verdict_name(c->verdict), json_integer((json_int_t)n)) < 0)
                return -ENOMEM;
        s->findings[c->verdict][c->severity] += c->n;
        if ((c->verdict == VERDICT_FAIL || c->verdict == VERDICT_UNKNOWN) &&
            json_integer_value(json_object_get(rule, "worst")) < (json_int_t)c->severity + 1)
                return json_object_set_new(rule, "worst", json_integer(c->severity + 1)) < 0
                               ? -ENOMEM
                               : 0;
        return 0;
}

static int take_findings(struct html *h)
{
        struct store_filter filter = *h->request->filter;

        filter.all = true; /* what is met too */
        return store_count_findings(h->request->store, &filter, on_findings, h, h->err);
}

static int take_rules(struct html *h)
{
        json_auto_t *rules = store_rules_data(h->request->store);
        json_t *rule;
        size_t i;

        json_array_foreach(rules, i, rule)
        {
                const char *id = json_member_string(rule, "id");
                json_t *at = id ? json_object_get(h->survey.rules, id) : NULL;

                if (at && json_object_set(at, "data", rule) < 0)
                        return error_oom(h->err);
        }
        return 0;
}

/* ---- all of it ---------------------------------------------------------------------------------
 */

int html_survey_take(struct html *h)
{
        struct html_survey *s = &h->survey;
        json_t **const objects[] = { &s->types,        &s->areas,  &s->countries, &s->risks,
                                     &s->providers,    &s->offers, &s->places,    &s->states,
                                     &s->rules,        &s->sinks,  &s->flows,     &s->flows_coarse,
                                     &s->flows_further };
        int r;

        for (size_t i = 0; i < ELEMENTSOF(objects); i++) {
                *objects[i] = json_object();
                if (!*objects[i])
                        return error_oom(h->err);
        }
        s->unread = json_array();
        s->inventory = tmpfile();
        if (!s->unread)
                return error_oom(h->err);
        if (!s->inventory)
                return error_set(h->err, -errno, "report: a temporary file: %s", strerror(errno));
        r = take_inventory(h);
        if (r == 0)
                r = take_coverage(h);
        if (r == 0)
                r = take_findings(h);
        return r == 0 ? take_rules(h) : r;
}

void html_survey_done(struct html_survey *s)
{
        json_t *const objects[] = { s->types,         s->areas,  s->countries, s->risks,
                                    s->providers,     s->offers, s->places,    s->states,
                                    s->rules,         s->sinks,  s->flows,     s->flows_coarse,
                                    s->flows_further, s->unread };

        for (size_t i = 0; i < ELEMENTSOF(objects); i++)
                json_decref(objects[i]);
        if (s->inventory)
                (void)fclose(s->inventory);
        *s = (struct html_survey){ 0 };
}
