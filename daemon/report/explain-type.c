/* A service type: who is what by default, the duties, and how many there are here. */
#include "daemon/base/json.h"
#include "daemon/report/duties.h"
#include "daemon/report/explain-lines.h"
#include "daemon/report/explain.h"
#include "daemon/report/language.h"

#include <string.h>

static void role_line(const struct explain *e, const char *label, const json_t *role)
{
        enum language language = e->request->language;
        char text[EXPLAIN_TEXT_MAX];

        (void)snprintf(
                text, sizeof(text), _("%s (confidence %s): %s"),
                report_word(e->words, "roles", json_member_string(role, "role"), language),
                report_word(e->words, "confidences", json_member_string(role, "confidence"),
                            language),
                report_word(e->words, "reasons", json_member_string(role, "reason"), language));
        explain_line(e, label, text);
}

/* "AI Act, Art. 16 (…): applies from 2027-12-02; if declared high-risk" */
static void duty_line(const struct explain *e, const char *label, const json_t *duty)
{
        const char *article = json_member_string(duty, "article"),
                   *only = json_member_string(duty, "only"), *id = json_member_string(duty, "date");
        const json_t *dates = json_object_get(e->words, "dates");
        const char *date = json_member_string(json_object_get(dates, id ? id : ""), "date");
        char text[EXPLAIN_TEXT_MAX], name[EXPLAIN_TITLE_MAX], state[EXPLAIN_SHORT_MAX];

        (void)snprintf(text, sizeof(text), _("%s: %s%s%s%s"),
                       explain_titled(e, article ? article : "-", name, sizeof(name)),
                       explain_state(e, "upcoming", date, 0, state, sizeof(state)),
                       json_object_get(duty, "risks") ? _("; if declared high-risk") : "",
                       only ? _("; ") : "",
                       report_word(e->words, "only", only, e->request->language));
        explain_line(e, label, text);
}

static void duty_lines(const struct explain *e, const json_t *duties)
{
        static const char *const parties[] = { "cloud", "customer", "maker" };
        json_t *duty;
        size_t i;

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

/* "provider: 12": the roles that the evidence indicates here. */
static void found_lines(const struct explain *e, const json_t *type)
{
        static const char *const parties[] = { "cloud", "customer" };
        const char *key, *label;
        char text[EXPLAIN_SHORT_MAX];
        json_t *n;

        explain_heading(e, _("Here"));
        if (!type) {
                explain_line(e, _("resources"), _("none in what was read"));
                return;
        }
        label = _("resources");
        json_object_foreach(json_object_get(type, "providers"), key, n)
        {
                (void)snprintf(text, sizeof(text), "%s: %lld", key,
                               (long long)json_integer_value(n));
                explain_line(e, label, text);
                label = " ";
        }
        for (size_t p = 0; p < ELEMENTSOF(parties); p++) {
                const json_t *party = json_object_get(json_object_get(type, "parties"), parties[p]);

                label = report_word(e->words, "parties", parties[p], e->request->language);
                json_object_foreach(json_object_get(party, "roles"), key, n)
                {
                        (void)snprintf(text, sizeof(text), "%s: %lld",
                                       report_word(e->words, "roles", key, e->request->language),
                                       (long long)json_integer_value(n));
                        explain_line(e, label, text);
                        label = " ";
                }
        }
}

int explain_type(const struct report_request *request, const char *service_type,
                 const json_t *words, struct error *err)
{
        const struct explain e = { request, words };
        const json_t *type = json_object_get(json_object_get(words, "types"), service_type);
        const struct terminal *t = &request->terminal;
        json_auto_t *found = NULL;
        int r;

        terminal_put(t, STYLE_BOLD, service_type);
        (void)fputs("  ", t->out);
        terminal_put(t, STYLE_BOLD,
                     report_word(words, "service_types", service_type, request->language));
        (void)fputc('\n', t->out);
        (void)fputs("  ", t->out);
        terminal_fold(t, 2, 2,
                      _("Indications by default: role follows who places what on the market under "
                        "which name, and duties follow the declared purpose and risk."));
        role_line(&e, _("cloud's role"), json_object_get(type, "cloud"));
        role_line(&e, _("customer's role"), json_object_get(type, "customer"));
        duty_lines(&e, json_object_get(type, "duties"));
        if (!request->store)
                return 0;
        r = duties_collect(request, &found, err);
        if (r == 0)
                found_lines(&e, json_object_get(found, service_type));
        return r;
}
