#include "daemon/base/json.h"
#include "daemon/base/version.h"
#include "daemon/report/programme-private.h"
#include "daemon/report/stream.h"

#include <assert.h>

static const char *const lacks[] = {
        [LACK_SCAN] = "scan",       [LACK_ACCOUNT] = "account", [LACK_READING] = "reading",
        [LACK_RULE] = "rule",       [LACK_ENTRY] = "entry",     [LACK_PART] = "part",
        [LACK_TO_COME] = "to-come", [LACK_ENDED] = "ended",     [LACK_WORDS] = "words",
};
static_assert(ELEMENTSOF(lacks) == PROGRAMME_LACK_MAX, "every lack has its word");

static void put_text(json_t *row, const char *key, const char *text)
{
        (void)json_object_set_new(row, key, json_stream_text(text));
}

static void put_number(json_t *row, const char *key, uint64_t value)
{
        (void)json_object_set_new(row, key, json_integer((json_int_t)value));
}

static void put_count(json_t *row, const struct programme_count *c)
{
        put_number(row, "done", c->done);
        put_number(row, "open", c->open);
        put_number(row, "unknown", c->unknown);
        put_number(row, "waived", c->waived);
        put_number(row, "total", programme_total(c));
}

static json_t *percent_row(int percent)
{
        return percent < 0 ? json_null() : json_integer(percent);
}

static const char *text_or_null(const char *text)
{
        return *text ? text : NULL;
}

static json_t *gap_row(const struct programme_request *request, const struct programme_gauge *g,
                       const struct programme_gap *gap)
{
        _cleanup_(freep) char *text = programme_gap_text(request, gap),
                              *see = programme_gap_see(g, gap);
        json_t *row = json_object();

        put_text(row, "lack", lacks[gap->lack]);
        put_text(row, "subject", text_or_null(gap->subject));
        put_text(row, "entry", text_or_null(gap->entry));
        put_text(row, "detail", text_or_null(gap->detail));
        put_text(row, "severity", gap->lack == LACK_RULE ? severity_name(gap->severity) : NULL);
        put_number(row, "open", gap->count.open);
        put_number(row, "unknown", gap->count.unknown);
        put_text(row, "text", text);
        put_text(row, "see", see);
        return row;
}

static json_t *gauge_row(const struct programme_request *request, const struct programme_gauge *g)
{
        json_t *row = json_object(), *missing = json_array();

        put_text(row, "id", g->id);
        put_text(row, "title", text_in(g->title, request->language));
        put_text(row, "of", g->register_name ? "register" : g->coverage ? "coverage" : "rules");
        put_text(row, "register", g->register_name);
        (void)json_object_set_new(row, "percent", percent_row(programme_gauge_percent(g)));
        put_count(row, &g->count);
        for (size_t i = 0; i < g->n_gaps; i++)
                (void)json_array_append_new(missing, gap_row(request, g, &g->gaps[i]));
        (void)json_object_set_new(row, "missing", missing);
        return row;
}

static json_t *stage_row(const struct programme_request *request, const struct programme_stage *s)
{
        json_t *row = json_object(), *measures = json_array();

        put_text(row, "id", s->id);
        put_text(row, "title", text_in(s->title, request->language));
        (void)json_object_set_new(row, "weeks",
                                  s->weeks ? json_integer((json_int_t)s->weeks) : json_null());
        (void)json_object_set_new(row, "percent",
                                  percent_row(programme_percent(request->programme, s)));
        (void)json_object_set_new(row, "complete",
                                  json_boolean(programme_stage_is_done(request->programme, s)));
        put_count(row, &s->count);
        for (size_t i = 0; i < s->n_gauges; i++)
                (void)json_array_append_new(measures, gauge_row(request, &s->gauges[i]));
        (void)json_object_set_new(row, "measures", measures);
        return row;
}

static json_t *span_row(const struct programme_span *span)
{
        json_t *row = json_object();

        put_number(row, "from", span->from);
        put_number(row, "to", span->to);
        return row;
}

static json_t *bracket_row(const struct programme_request *request,
                           const struct programme_bracket *b)
{
        json_t *row = json_object(), *ranges = json_array();

        put_text(row, "id", b->id);
        put_text(row, "title", text_in(b->title, request->language));
        (void)json_object_set(row, "providers", b->providers);
        for (size_t i = 0; i < b->n_ranges; i++)
                (void)json_array_append_new(ranges, span_row(&b->ranges[i]));
        (void)json_object_set_new(row, "ranges", ranges);
        return row;
}

static json_t *scan_row(const struct programme *p)
{
        json_t *row = json_object();

        if (!p->scan) {
                json_decref(row);
                return json_null();
        }
        put_text(row, "id", p->scan);
        put_text(row, "finished", p->finished);
        (void)json_object_set_new(row, "complete", json_boolean(p->complete && p->unread == 0));
        return row;
}

int programme_json(const struct programme_request *request, struct error *err)
{
        const struct programme *p = request->programme;
        struct json_stream stream = JSON_STREAM_TO(request->terminal.out);

        json_stream_member_take(&stream, "vigie", json_string(VIGIE_VERSION));
        json_stream_member_take(&stream, "scan", scan_row(p));
        json_stream_member_take(&stream, "unread", json_integer((json_int_t)p->unread));
        json_stream_member_take(&stream, "unscanned", json_integer((json_int_t)p->unscanned));
        json_stream_member_take(&stream, "source",
                                json_stream_text(text_in(p->source, request->language)));
        json_stream_member_take(&stream, "as_of", json_stream_text(p->as_of));
        json_stream_member_take(&stream, "months", span_row(&p->months));
        json_stream_array(&stream, "steps");
        for (size_t i = 0; i < p->n_stages; i++)
                (void)json_stream_row_take(&stream, stage_row(request, &p->stages[i]));
        json_stream_array_end(&stream);
        json_stream_member_take(&stream, "currency", json_string("EUR"));
        json_stream_array(&stream, "budgets");
        for (size_t i = 0; i < p->n_brackets; i++)
                (void)json_stream_row_take(&stream, bracket_row(request, &p->brackets[i]));
        json_stream_array_end(&stream);
        json_stream_member_take(&stream, "without_budget", json_incref(p->unplaced));
        json_stream_member_take(&stream, "registers", json_incref(p->registers));
        return json_stream_end(&stream, err);
}
