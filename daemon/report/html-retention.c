/* How long each log is kept, beside the floor of the policy. */
#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "daemon/report/html.h"
#include "daemon/report/language.h"
#include "daemon/report/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { SINKS_MAX = 4000, BAR_WIDTH = 240, BAR_DAYS = 400 };

/* ---- collecting --------------------------------------------------------------------------------
 */

int html_sink_add(struct html *h, const struct store_resource *row)
{
        const struct resource *r = row->resource;
        json_t *sink;

        if (!json_object_get(r->facts, "log.retention_days"))
                return 0;
        if (json_object_size(h->survey.sinks) >= SINKS_MAX) {
                h->survey.sinks_left++;
                return 0;
        }
        sink = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "provider",
                         json_stream_text(r->provider), "account", json_stream_text(r->account),
                         "region", json_stream_text(r->region), "name",
                         json_stream_text(r->name ? r->name : r->id), "kind",
                         json_stream_text(r->kind), "days",
                         json_incref(json_object_get(r->facts, "log.retention_days")), "place",
                         json_object_get(r->facts, "log.region")
                                 ? json_incref(json_object_get(r->facts, "log.region"))
                                 : json_null(),
                         "locked",
                         json_object_get(r->facts, "log.locked")
                                 ? json_incref(json_object_get(r->facts, "log.locked"))
                                 : json_null());
        return sink && json_object_set_new(h->survey.sinks, row->key, sink) == 0 ? 0 : -ENOMEM;
}

/* ---- rows --------------------------------------------------------------------------------------
 */

/* What one log says: known days, "never", nothing (absent), or not known. */
struct kept {
        bool known, never, number;
        int64_t days;
        const char *cause;
};

static struct kept kept_of(const json_t *fact)
{
        const char *state = json_member_string(fact, "state");
        const json_t *value = json_object_get(fact, "value");
        struct kept k = { .known = state && strcmp(state, "known") == 0,
                          .cause = json_member_string(fact, "cause") };

        if (!k.known)
                return k;
        k.never = json_is_string(value);
        k.number = json_is_number(value);
        k.days = (int64_t)json_number_value(value);
        return k;
}

/* What is below the floor first, then what nobody knows. */
static int rank_of(const struct kept *k, int64_t floor)
{
        if (k->known && k->number)
                return k->days < floor ? 0 : 2;
        return k->known && k->never ? 2 : 1;
}

void html_days_bar(const struct html *h, const char *class, int64_t days, int64_t floor)
{
        html_put(h,
                 "<svg class=\"bar\" viewBox=\"0 0 %d 14\" preserveAspectRatio=\"none\" "
                 "aria-hidden=\"true\">",
                 BAR_WIDTH + 10);
        html_put(h, "<rect class=\"b-track\" width=\"%d\" height=\"14\"/>", BAR_WIDTH);
        if (days >= 0)
                html_put(h, "<rect class=\"%s\" width=\"%d\" height=\"14\"/>", class,
                         (int)((days < BAR_DAYS ? days : BAR_DAYS) * BAR_WIDTH / BAR_DAYS));
        else
                html_put(h, "<text x=\"4\" y=\"12\">?</text>");
        if (floor > 0 && floor <= BAR_DAYS)
                html_put(h, "<path class=\"floor\" d=\"M%d 0V14\"/>",
                         (int)(floor * BAR_WIDTH / BAR_DAYS));
        html_put(h, "</svg>");
}

static void put_bar(const struct html *h, const struct kept *k, int64_t floor)
{
        html_days_bar(h, rank_of(k, floor) == 0 ? "b-fail" : "b-pass",
                      !k->known  ? -1
                      : k->never ? BAR_DAYS
                                 : k->days,
                      floor);
}

static void put_cause(const struct html *h, const char *cause)
{
        _cleanup_(freep) char *said = report_cause(h->e.words, cause, h->request->language);

        html_put(h, "? <small>%s</small>", said);
}

static void put_days(const struct html *h, const struct kept *k, int64_t floor)
{
        if (k->known && k->number)
                html_put(h, "%s %" PRId64 " %s", k->days < floor ? "✗" : "✓", k->days, _("days"));
        else if (k->known)
                html_put(h, "∞ %s", _("without end"));
        else if (k->cause)
                put_cause(h, k->cause);
        else
                html_put(h, "? %s", _("the API states no duration"));
}

static void put_fact(const struct html *h, const json_t *fact)
{
        const char *state = json_member_string(fact, "state");
        const json_t *value = json_object_get(fact, "value");

        if (!state)
                html_put(h, "?");
        else if (strcmp(state, "known") != 0)
                html_put(h, "%s", strcmp(state, "absent") == 0 ? _("not stated") : "?");
        else
                html_put(h, "%s", json_is_true(value) ? _("yes") : _("no"));
}

static void put_place(const struct html *h, const json_t *sink)
{
        const json_t *fact = json_object_get(sink, "place"),
                     *value = json_object_get(fact, "value");
        const char *provider = json_member_string(sink, "provider"),
                   *cause = json_member_string(fact, "cause");

        if (json_is_string(value))
                html_region(h, provider, json_string_value(value));
        else if (cause)
                put_cause(h, cause);
        else
                html_region(h, provider, json_member_string(sink, "region"));
}

static void put_sink(const struct html *h, const json_t *sink, const struct kept *k, int64_t floor)
{
        html_put(h, "<tr><th scope=\"row\">%s<br><small>%s</small></th><td>%s / %s</td><td>",
                 json_member_string(sink, "name"), json_member_string(sink, "kind"),
                 html_word(h, "providers", json_member_string(sink, "provider")),
                 json_member_string(sink, "account"));
        put_place(h, sink);
        html_put(h, "</td><td>");
        put_days(h, k, floor);
        html_put(h, "</td><td>");
        put_bar(h, k, floor);
        html_put(h, "</td><td>");
        put_fact(h, json_object_get(sink, "locked"));
        html_put(h, "</td></tr>\n");
}

int html_retention(struct html *h)
{
        const char *const heads[] = { _("log"), _("account"), _("kept in"), _("for"),
                                      _("bar"), _("locked"),  NULL };
        int64_t floor = (int64_t)json_integer_value(
                json_object_get(json_object_get(h->e.words, "policy"), "log_retention_days"));
        const char *key;
        json_t *sink;

        if (floor > 0)
                html_put(h, "<p>%s: <b>%" PRId64 "</b> %s</p>\n",
                         _("The line is the floor of the policy: at least six months, AI Act, "
                           "Art. 19 and 26(6), as days"),
                         floor, _("days"));
        if (json_object_size(h->survey.sinks) == 0) {
                html_put(h, "<p>? %s</p>\n",
                         _("No log of which a duration could be read was found: that says nothing "
                           "of whether there is one."));
                return 0;
        }
        html_table(h, "sortable",
                   _("Logs: those below the floor first, then those of which it is not known"),
                   heads);
        for (int rank = 0; rank <= 2; rank++)
                json_object_foreach(h->survey.sinks, key, sink)
                {
                        struct kept k = kept_of(json_object_get(sink, "days"));

                        if (rank_of(&k, floor) == rank)
                                put_sink(h, sink, &k, floor);
                }
        html_table_end(h);
        if (h->survey.sinks_left > 0)
                html_put(h, "<p class=\"alarm\">%s: %" PRIu64 "</p>\n",
                         _("further logs, not listed here"), h->survey.sinks_left);
        return 0;
}
