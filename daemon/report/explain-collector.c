/* A collector of the catalogue: what it asks, with which permission, and how far it could read. */
#include "daemon/base/json.h"
#include "daemon/model/call.h"
#include "daemon/report/explain-lines.h"
#include "daemon/report/explain.h"
#include "daemon/report/language.h"
#include "daemon/report/words.h"

#include <string.h>

static void text_line(const struct explain *e, const char *label, const struct text *text)
{
        explain_line(e, label, text_in(text, e->request->language));
}

static void purpose_line(const struct explain *e, const struct collector *c)
{
        enum language language = e->request->language;
        const char *value;
        json_t *type;

        explain_line(e, _("type"), report_word(e->words, "service_types", c->type, language));
        json_object_foreach(c->types, value, type)
        {
                char text[EXPLAIN_SHORT_MAX];

                (void)snprintf(
                        text, sizeof(text), "%s: %s", value,
                        report_word(e->words, "service_types", json_string_value(type), language));
                explain_line(e, _("type"), text);
        }
        explain_line(e, _("evidence of"), c->evidence);
        explain_line(e, _("discovers"), c->yields);
        if (c->reference)
                explain_line(e, _("purpose"), _("read for what others refer to; not kept"));
        explain_line(e, _("below"), c->per);
        if (c->optional) {
                explain_line(e, _("optional"), _("off unless the account's optional: names it"));
                text_line(e, " ", &c->why);
        }
}

static void call_lines(const struct explain *e, const struct call *call, const char *label)
{
        if (!call->name)
                return;
        explain_line(e, label, call->name);
        explain_line(e, _("permission"), call->permission ? call->permission : _("none is needed"));
        text_line(e, _("needs"), &call->needs);
}

static void add_names(json_t *all, const json_t *facts)
{
        const char *name;
        json_t *path;

        json_object_foreach((json_t *)facts, name, path)(void)
                json_object_set_new(all, name, json_true());
}

/* The facts it can give; what a function of the provider adds is not among them. */
static void fact_line(const struct explain *e, const struct collector *c)
{
        json_auto_t *all = json_object(), *list = json_array();
        const char *name;
        json_t *is;

        add_names(all, c->facts);
        add_names(all, c->list.facts);
        for (size_t i = 0; i < c->n_detail; i++)
                add_names(all, c->detail[i].facts);
        for (size_t i = 0; i < c->n_joins; i++)
                add_names(all, c->joins[i].facts);
        json_object_foreach(all, name, is)(void) json_array_append_new(list, json_string(name));
        explain_line_joined(e, _("facts"), list);
}

/* ---- coverage
 * ---------------------------------------------------------------------------------------- */

struct reading {
        const struct explain *e;
        uint64_t states[COVERAGE_STATE_MAX];
        uint64_t shown;
};

enum { UNREAD_SHOWN_MAX = 10 };

static int on_coverage(void *user, const struct store_coverage *row)
{
        struct reading *reading = user;
        const struct coverage *c = &row->coverage;
        char text[EXPLAIN_TEXT_MAX], because[WORDS_CAUSE_MAX];
        const char *cause = words_cause(reading->e->words, row, because);

        reading->states[c->state]++;
        if (coverage_is_answer(c->state) || ++reading->shown > UNREAD_SHOWN_MAX)
                return 0;
        (void)snprintf(text, sizeof(text), "%s %s %s: %s%s%s", c->place.account, c->place.scope,
                       c->place.region, words_coverage(c->state), cause ? ", " : "",
                       cause ? cause : "");
        explain_line(reading->e, reading->shown == 1 ? _("could not be read") : " ", text);
        return 0;
}

static int coverage_lines(const struct explain *e, const struct collector *c, struct error *err)
{
        const struct store_filter filter = { .kind = c->id, .all = true };
        struct reading reading = { .e = e };
        char text[EXPLAIN_TEXT_MAX] = "";
        size_t used = 0;
        int r;

        explain_heading(e, _("Here"));
        r = store_each_coverage(e->request->store, &filter, on_coverage, &reading, err);
        if (r < 0)
                return r;
        for (int state = 0; state < COVERAGE_STATE_MAX; state++)
                if (reading.states[state] > 0 && used < sizeof(text))
                        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s %llu",
                                                 used ? ", " : "",
                                                 words_coverage((enum coverage_state)state),
                                                 (unsigned long long)reading.states[state]);
        explain_line(e, _("coverage"), used ? text : _("never asked"));
        return 0;
}

int explain_collector(const struct report_request *request, const struct collector *c,
                      const json_t *words, struct error *err)
{
        const struct explain e = { request, words };
        const struct terminal *t = &request->terminal;

        terminal_put(t, STYLE_BOLD, c->id);
        (void)fputs("  ", t->out);
        terminal_put(t, STYLE_BOLD, text_in(&c->title, request->language));
        (void)fputc('\n', t->out);
        text_line(&e, _("service"), &c->service->title);
        purpose_line(&e, c);
        text_line(&e, _("note"), &c->note);
        text_line(&e, _("if it is empty"), &c->empty);
        call_lines(&e, &c->list, _("list"));
        for (size_t i = 0; i < c->n_detail; i++)
                call_lines(&e, &c->detail[i], _("detail"));
        fact_line(&e, c);
        explain_line(&e, _("source"), c->service->source);
        explain_line(&e, _("checked"), c->service->checked);
        return request->store ? coverage_lines(&e, c, err) : 0;
}
