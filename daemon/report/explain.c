#include "daemon/report/explain.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/report/explain-lines.h"
#include "daemon/report/language.h"
#include "daemon/report/waivers.h"
#include "daemon/report/words.h"

#include <errno.h>
#include <string.h>

/* ---- a rule
 * -------------------------------------------------------------------------------------- */

static void rule_head(const struct explain *e, const json_t *rule)
{
        const struct terminal *t = &e->request->terminal;
        const char *id = json_member_string(rule, "id");
        const char *explanation = report_rule_text(rule, "explanation", e->request->language);

        terminal_put(t, STYLE_BOLD, id ? id : "");
        (void)fputs("  ", t->out);
        terminal_put(t, STYLE_BOLD, report_rule_text(rule, "title", e->request->language));
        (void)fputc('\n', t->out);
        if (*explanation) {
                (void)fputs("  ", t->out);
                terminal_fold(t, 2, 2, explanation);
        }
}

static void basis_lines(const struct explain *e, const json_t *rule)
{
        json_t *basis;
        size_t i;

        if (json_array_size(json_object_get(rule, "basis")) == 0)
                return;
        explain_heading(e, _("What it rests on"));
        json_array_foreach(json_object_get(rule, "basis"), i, basis)
        {
                const char *provision = json_string_value(basis);

                if (json_object_get(json_object_get(e->words, "provisions"), provision))
                        explain_articles(e, provision);
                else /* of a store that an older version wrote */
                        explain_line(e, _("basis"), provision);
        }
}

/* "Prohibited → critical, High-risk → critical…" */
static void profile_line(const struct explain *e, const char *profile)
{
        static const char *const risks[] = { "prohibited", "high-risk", "limited", "minimal",
                                             "unknown" };
        const json_t *row = json_object_get(json_object_get(e->words, "profiles"), profile);
        char text[EXPLAIN_TEXT_MAX] = "";
        size_t used = 0;

        for (size_t i = 0; row && i < ELEMENTSOF(risks) && used < sizeof(text); i++)
                used += (size_t)snprintf(
                        text + used, sizeof(text) - used, "%s%s → %s", i > 0 ? ", " : "",
                        report_word(e->words, "risks", risks[i], e->request->language),
                        explain_severity(json_member_string(row, risks[i])));
        explain_line(e, _("severity"), text);
}

/* "usually → medium, mlaas → high…" of what the rule fixes. */
static void fixed_line(const struct explain *e, const json_t *fixed)
{
        char text[EXPLAIN_TEXT_MAX] = "";
        const char *key;
        size_t used = 0;
        json_t *value;

        json_object_foreach((json_t *)fixed, key, value)
        {
                if (used < sizeof(text))
                        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s → %s",
                                                 used ? ", " : "",
                                                 strcmp(key, "default") == 0 ? _("usually") : key,
                                                 explain_severity(json_string_value(value)));
        }
        explain_line(e, _("severity"), text);
}

static const char *status_text(const json_t *rule)
{
        const char *status = json_member_string(rule, "status");

        return status && strcmp(status, "disputed") == 0
                       ? _("disputed: readings differ on the date of application")
                       : status;
}

/* The date in words, from the table of dates: "2027-12-02: high-risk systems of Annex III". */
static void date_line(const struct explain *e, const json_t *rule)
{
        const char *date = json_member_string(rule, "applies_from");
        const char *id = json_member_string(rule, "applies_id");
        const json_t *row = json_object_get(json_object_get(e->words, "dates"), id ? id : "");
        const char *title = report_rule_text(row, "title", e->request->language);
        char text[EXPLAIN_TEXT_MAX];

        if (!date)
                return;
        (void)snprintf(text, sizeof(text), "%s%s%s", date, *title ? _(": ") : "", title);
        explain_line(e, _("applies from"), text);
}

static void remediation_lines(const struct explain *e, const json_t *rule)
{
        json_t *remediation = json_object_get(rule, "remediation"), *text;
        const char *provider;

        if (json_object_size(remediation) > 0)
                explain_heading(e, _("What to do"));
        json_object_foreach(remediation, provider, text)
                explain_line(e, strcmp(provider, "all") == 0 ? _("everywhere") : provider,
                             report_rule_text(remediation, provider, e->request->language));
}

void explain_rule(const struct report_request *request, const json_t *rule, const json_t *words)
{
        const struct explain e = { request, words };

        rule_head(&e, rule);
        date_line(&e, rule);
        explain_line(&e, _("state"), status_text(rule));
        if (json_member_string(rule, "profile"))
                profile_line(&e, json_member_string(rule, "profile"));
        else
                fixed_line(&e, json_object_get(rule, "fixed"));
        basis_lines(&e, rule);
        remediation_lines(&e, rule);
}

/* ---- a finding
 * ------------------------------------------------------------------------------------ */

static void verdict_lines(const struct explain *e, const struct store_finding *f)
{
        enum verdict verdict = VERDICT_UNKNOWN;
        enum severity severity = SEVERITY_INFO;
        char text[EXPLAIN_SHORT_MAX];

        (void)verdict_from_name(f->verdict, &verdict);
        (void)severity_from_name(f->severity, &severity);
        (void)snprintf(text, sizeof(text), "%s, %s", words_verdict(verdict),
                       words_severity(severity));
        explain_line(e, _("verdict"), text);
        explain_line(e, _("why"), report_why(f, e->request->language));
        explain_arithmetic(e, f->arithmetic);
}

/* Days from the day it was last judged to the date on which its provision applies. */
static long days_until(const struct store_finding *f)
{
        uint64_t judged_usec, from_usec;

        if (!f->applies_from || !f->last_seen ||
            clock_parse_iso8601(f->last_seen, &judged_usec) < 0 ||
            clock_parse_iso8601(f->applies_from, &from_usec) < 0)
                return 0;
        judged_usec -= judged_usec % USEC_PER_DAY;
        return from_usec > judged_usec ? (long)((from_usec - judged_usec) / USEC_PER_DAY) : 0;
}

static void state_line(const struct explain *e, const struct store_finding *f)
{
        char text[EXPLAIN_SHORT_MAX];

        if (f->state)
                explain_line(e, _("applies"),
                             explain_state(e, f->state, f->applies_from, days_until(f), text,
                                           sizeof(text)));
}

static void life_lines(const struct explain *e, const struct store_finding *f)
{
        explain_line(e, _("first seen"), f->first_seen);
        explain_line(e, _("last seen"), f->last_seen);
        explain_line(e, _("closed"), f->closed);
}

void explain_finding(const struct report_request *request, const struct store_finding *f,
                     const json_t *words)
{
        const struct explain e = { request, words };
        _cleanup_(freep) char *remediation = report_remediation(f->rule_data, f->place.provider,
                                                                f->place.region, request->language);
        _cleanup_(freep) char *waiver = f->waiver ? waiver_text(f->waiver) : NULL;

        rule_head(&e, f->rule_data);
        explain_line(&e, _("finding"), f->id);
        explain_line(&e, _("rule"), f->rule);
        verdict_lines(&e, f);
        explain_line(&e, _("waived"), waiver);
        state_line(&e, f);
        explain_place(&e, &f->place);
        explain_line(&e, _("resource"), f->resource_id);
        explain_line(&e, _("name"), f->resource_name);
        explain_line(&e, _("kind"), f->kind);
        explain_line_joined(&e, _("facts read"), f->facts);
        life_lines(&e, f);
        explain_line(&e, _("what to do"), remediation);
        basis_lines(&e, f->rule_data);
        explain_evidence(&e, f->evidence);
}
