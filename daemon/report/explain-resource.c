/* A resource: what the law makes of it, what is known of it and from where, and its findings. */
#include "daemon/base/json.h"
#include "daemon/report/declared.h"
#include "daemon/report/explain-lines.h"
#include "daemon/report/explain.h"
#include "daemon/report/language.h"
#include "daemon/report/words.h"

#include <string.h>

/* ---- the law
 * ---------------------------------------------------------------------------------------- */

static void role_line(const struct explain *e, const char *label, const json_t *role)
{
        const char *name = json_member_string(role, "role");
        const char *confidence = json_member_string(role, "confidence");
        const char *reason = json_member_string(role, "reason");
        enum language language = e->request->language;
        char text[EXPLAIN_TEXT_MAX];

        if (!name)
                return;
        (void)snprintf(text, sizeof(text), _("%s (confidence %s): %s"),
                       report_word(e->words, "roles", name, language),
                       report_word(e->words, "confidences", confidence, language),
                       report_word(e->words, "reasons", reason, language));
        explain_line(e, label, text);
}

/* "AI Act, Art. 50 (transparency): in application since 2026-08-02; only …" */
static void duty_line(const struct explain *e, const char *label, const json_t *duty)
{
        const char *article = json_member_string(duty, "article");
        const char *only = json_member_string(duty, "only");
        long days = (long)json_integer_value(json_object_get(duty, "in_days"));
        char text[EXPLAIN_TEXT_MAX], name[EXPLAIN_TITLE_MAX], state[EXPLAIN_SHORT_MAX];

        (void)snprintf(
                text, sizeof(text), _("%s: %s%s%s"),
                explain_titled(e, article ? article : "-", name, sizeof(name)),
                explain_state(e, json_member_string(duty, "state"),
                              json_member_string(duty, "applies_from"), days, state, sizeof(state)),
                only ? _("; ") : "", report_word(e->words, "only", only, e->request->language));
        explain_line(e, label, text);
}

static void duty_lines(const struct explain *e, const json_t *duties)
{
        static const char *const parties[] = { "cloud", "customer", "maker" };
        json_t *duty;
        size_t i;

        if (json_array_size(duties) == 0)
                return;
        explain_heading(e, _("Duties"));
        for (size_t p = 0; p < ELEMENTSOF(parties); p++) {
                const char *label =
                        report_word(e->words, "parties", parties[p], e->request->language);

                json_array_foreach((json_t *)duties, i, duty)
                {
                        if (strcmp(json_member_string(duty, "party"), parties[p]) != 0)
                                continue;
                        duty_line(e, label, duty);
                        label = " ";
                }
        }
}

/* The act is named once: "AI Act, Art. 16, 25(4)". */
static const char *added(const struct explain *e, const json_t *adds, size_t i, char *text,
                         size_t size)
{
        const char *article = json_string_value(json_array_get(adds, i));
        const char *before = i > 0 ? json_string_value(json_array_get(adds, i - 1)) : NULL;
        size_t act = strcspn(article, "0123456789");

        if (before && act == strcspn(before, "0123456789") && strncmp(article, before, act) == 0)
                return article + act;
        return explain_provision(e, article, text, size);
}

/* "customer → Provider; adds AIA 16": what a condition makes of the reading. */
static void becomes(const struct explain *e, const json_t *condition, char *text, size_t size)
{
        static const char *const parties[] = { "cloud", "customer" };
        const json_t *adds = json_object_get(condition, "adds"), *article;
        enum language language = e->request->language;
        char name[EXPLAIN_SHORT_MAX];
        size_t used = 0, i;

        *text = '\0';
        for (size_t p = 0; p < ELEMENTSOF(parties) && used < size; p++) {
                const char *role = json_member_string(condition, parties[p]);

                if (role)
                        used += (size_t)snprintf(
                                text + used, size - used, "%s%s → %s", used ? _("; ") : "",
                                report_word(e->words, "parties", parties[p], language),
                                report_word(e->words, "roles", role, language));
        }
        json_array_foreach((json_t *)adds, i, article)
        {
                if (used >= size)
                        return;
                used += (size_t)snprintf(text + used, size - used, "%s%s%s",
                                         i > 0  ? ", "
                                         : used ? _("; ")
                                                : "",
                                         i > 0 ? "" : _("adds "),
                                         added(e, adds, i, name, sizeof(name)));
        }
}

static void on_text(const json_t *condition, char *text, size_t size)
{
        json_t *on;
        size_t used = 0, i;

        *text = '\0';
        json_array_foreach(json_object_get(condition, "on"), i, on)
        {
                if (used < size)
                        used += (size_t)snprintf(text + used, size - used, "%s%s",
                                                 i > 0 ? ", " : "", json_string_value(on));
        }
}

static void condition_line(const struct explain *e, const char *label, const json_t *condition)
{
        const char *reason = json_member_string(condition, "reason");
        const char *cause = json_is_object(json_object_get(condition, "cause"))
                                    ? report_rule_text(condition, "cause", e->request->language)
                                    : json_member_string(condition, "cause");
        char text[EXPLAIN_TEXT_MAX], then[EXPLAIN_TEXT_MAX / 4], on[EXPLAIN_TEXT_MAX / 4];

        becomes(e, condition, then, sizeof(then));
        on_text(condition, on, sizeof(on));
        (void)snprintf(text, sizeof(text), "%s%s%s%s%s%s%s%s%s", on, *on ? _(": ") : "",
                       report_word(e->words, "reasons", reason, e->request->language),
                       *then ? " [" : "", then, *then ? "]" : "", cause ? " (" : "",
                       cause ? cause : "", cause ? ")" : "");
        explain_line(e, label, text);
}

static void condition_lines(const struct explain *e, const json_t *d)
{
        static const char *const states[] = { "holds", "if-declared", "if-known" };
        const char *modifier = json_member_string(d, "gpai_modifier");
        json_t *condition;
        size_t i;

        if (json_array_size(json_object_get(d, "conditions")) == 0)
                return;
        explain_heading(e, _("What changes this reading"));
        explain_line(e, _("note"),
                     report_word(e->words, "gpai_modifier", modifier, e->request->language));
        for (size_t s = 0; s < ELEMENTSOF(states); s++) {
                const char *label =
                        report_word(e->words, "condition_states", states[s], e->request->language);

                json_array_foreach(json_object_get(d, "conditions"), i, condition)
                {
                        if (!json_is_object(condition) || /* of an older version */
                            strcmp(json_member_string(condition, "state"), states[s]) != 0)
                                continue;
                        condition_line(e, label, condition);
                        label = " ";
                }
        }
}

static void law_lines(const struct explain *e, const json_t *d)
{
        const json_t *roles = json_object_get(d, "roles");
        enum language language = e->request->language;

        explain_line(e, _("country"), json_member_string(d, "country"));
        explain_line(e, _("area"),
                     report_word(e->words, "areas", json_member_string(d, "area"), language));
        explain_line(e, _("risk"),
                     report_word(e->words, "risks", json_member_string(d, "risk"), language));
        role_line(e, _("cloud's role"), json_object_get(roles, "cloud"));
        role_line(e, _("customer's role"), json_object_get(roles, "customer"));
        duty_lines(e, json_object_get(d, "duties"));
        condition_lines(e, d);
}

/* ---- what is known of it
 * ----------------------------------------------------------------------------- */

static const char *state_word(const char *state)
{
        if (state && strcmp(state, "absent") == 0)
                return _("absent");
        return state && strcmp(state, "unknown") == 0 ? _("not known") : state ? state : "?";
}

static void fact_line(const struct explain *e, const char *name, const json_t *fact)
{
        const json_t *value = json_object_get(fact, "value");
        const char *state = json_member_string(fact, "state");
        _cleanup_(freep) char *cause =
                report_cause(e->words, json_member_string(fact, "cause"), e->request->language);
        const json_t *evidence = json_object_get(fact, "evidence");
        const struct terminal *t = &e->request->terminal;
        _cleanup_(freep) char *text = NULL, *shown = NULL;
        char source[24] = "";

        if (value)
                text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        if (evidence)
                (void)snprintf(source, sizeof(source), " [%lld]",
                               (long long)json_integer_value(evidence));
        if (asprintf(&shown, "%s%s%s%s", text ? text : state_word(state), cause ? _(": ") : "",
                     cause ? cause : "", source) < 0)
                shown = NULL;
        (void)fputs("  ", t->out);
        terminal_put(t, STYLE_PLAIN, name);
        (void)fputs(" = ", t->out);
        terminal_fold(t, 4, 6, shown ? shown : "");
}

static void known_lines(const struct explain *e, const struct resource *r)
{
        const char *name;
        json_t *value;

        if (json_object_size(r->tags) > 0)
                explain_heading(e, _("Tags"));
        json_object_foreach(r->tags, name, value) explain_line(e, name, json_string_value(value));
        explain_heading(e, _("Facts"));
        json_object_foreach(r->facts, name, value) fact_line(e, name, value);
        explain_evidence(e, r->evidence);
}

/* ---- its findings
 * ------------------------------------------------------------------------------------ */

static int on_finding(void *user, const struct store_finding *f)
{
        const struct report_request *request = user;
        enum verdict verdict = VERDICT_UNKNOWN;
        enum severity severity = SEVERITY_INFO;
        const struct terminal *t = &request->terminal;

        if (f->closed)
                return 0;
        (void)verdict_from_name(f->verdict, &verdict);
        (void)severity_from_name(f->severity, &severity);
        (void)fputs("  ", t->out);
        terminal_put(t, terminal_style_of(verdict, severity), f->rule);
        (void)fprintf(t->out, "  %s, %s%s", words_verdict(verdict), words_severity(severity),
                      _(": "));
        terminal_fold(t, 30, 6, report_why(f, request->language));
        return 0;
}

int explain_resource(const struct report_request *request, const struct store_resource *row,
                     const json_t *words, struct error *err)
{
        const struct explain e = { request, words };
        const struct resource *r = row->resource;
        const struct place place = { r->provider, r->account, r->scope, r->region };
        const struct store_filter own = { .id = row->key, .all = true };

        terminal_put(&request->terminal, STYLE_BOLD, r->name && *r->name ? r->name : r->id);
        (void)fputc('\n', request->terminal.out);
        explain_line(&e, _("id"), r->id);
        explain_line(&e, _("kind"), r->kind);
        explain_line(&e, _("type"),
                     report_word(words, "service_types", r->service_type, request->language));
        explain_place(&e, &place);
        explain_line(&e, _("status"), row->gone ? _("gone") : row->stale ? _("stale") : r->status);
        explain_line(&e, _("created"), r->created);
        explain_line(&e, _("first seen"), row->first_seen);
        explain_line(&e, _("last seen"), row->last_seen);
        law_lines(&e, row->description);
        explain_offer(&e, row->description);
        declared_print(request, row->description);
        known_lines(&e, r);
        explain_heading(&e, _("Findings"));
        return store_each_finding(request->store, &own, on_finding, (void *)request, err);
}
