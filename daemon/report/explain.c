#include "daemon/report/explain.h"

#include "daemon/report/declared.h"
#include "daemon/report/language.h"
#include "daemon/report/waivers.h"
#include "daemon/report/words.h"

#include <errno.h>
#include <string.h>

enum { LABEL_COLUMNS = 16 };

static void heading(const struct terminal *t, const char *text)
{
        (void)fputc('\n', t->out);
        terminal_put(t, STYLE_BOLD, text);
        (void)fputc('\n', t->out);
}

/* "label:   text", nothing without text. Columns are counted in characters: labels are translated.
 */
static void line(const struct terminal *t, const char *label, const char *text)
{
        int columns = 0;

        if (!text || !*text)
                return;
        for (const char *p = label; *p; p++)
                columns += (*p & 0xc0) != 0x80;
        (void)fprintf(t->out, "  %s:%*s", label,
                      columns < LABEL_COLUMNS ? LABEL_COLUMNS - columns : 1, "");
        terminal_fold(t, LABEL_COLUMNS + 3, LABEL_COLUMNS + 3, text);
}

/* A text that is a string, or one string for each language. */
static const char *text_of(const json_t *text, enum language language)
{
        const char *own =
                json_string_value(json_object_get(text, language == LANGUAGE_FR ? "fr" : "en"));

        if (!own)
                own = json_string_value(json_object_get(text, "en"));
        return own ? own : json_string_value(text);
}

static void line_joined(const struct terminal *t, const char *label, const json_t *list)
{
        char text[1024] = "";
        size_t used = 0, i;
        json_t *item;

        json_array_foreach((json_t *)list, i, item)
        {
                int n = snprintf(text + used, sizeof(text) - used, "%s%s", used ? ", " : "",
                                 json_string_value(item) ? json_string_value(item) : "");

                if (n < 0 || (size_t)n >= sizeof(text) - used)
                        break;
                used += (size_t)n;
        }
        line(t, label, text);
}

/* ---- a rule
 * -------------------------------------------------------------------------------------- */

static void rule_head(const struct report_request *request, const json_t *rule)
{
        const struct terminal *t = &request->terminal;
        const char *id = json_string_value(json_object_get(rule, "id"));

        terminal_put(t, STYLE_BOLD, id ? id : "");
        (void)fputs("  ", t->out);
        terminal_put(t, STYLE_BOLD, report_rule_text(rule, "title", request->language));
        (void)fputc('\n', t->out);
}

static void rule_body(const struct report_request *request, const json_t *rule)
{
        const struct terminal *t = &request->terminal;
        const char *explanation = report_rule_text(rule, "explanation", request->language);

        if (*explanation) {
                (void)fputs("  ", t->out);
                terminal_fold(t, 2, 2, explanation);
        }
        line_joined(t, _("basis"), json_object_get(rule, "basis"));
        line(t, _("applies from"), json_string_value(json_object_get(rule, "applies_from")));
        line(t, _("state"), json_string_value(json_object_get(rule, "status")));
        line(t, _("profile"), json_string_value(json_object_get(rule, "profile")));
}

void explain_rule(const struct report_request *request, const json_t *rule)
{
        const struct terminal *t = &request->terminal;
        json_t *remediation = json_object_get(rule, "remediation"), *text;
        const char *provider;

        rule_head(request, rule);
        rule_body(request, rule);
        if (json_object_size(remediation) > 0)
                heading(t, _("What to do"));
        json_object_foreach(remediation, provider, text)
                line(t, provider, text_of(text, request->language));
}

/* ---- evidence
 * ------------------------------------------------------------------------------------- */

static void print_evidence(const struct terminal *t, const json_t *evidence)
{
        const json_t *item;
        size_t i;

        if (json_array_size(evidence) == 0)
                return;
        heading(t, _("Evidence"));
        json_array_foreach((json_t *)evidence, i, item)
        {
                static const char *const members[] = { "time", "call", "request_id", "sha256" };

                (void)fprintf(t->out, "  [%zu]", i);
                for (size_t m = 0; m < ELEMENTSOF(members); m++) {
                        const char *text = json_string_value(json_object_get(item, members[m]));

                        if (!text)
                                continue;
                        (void)fputc(' ', t->out);
                        terminal_put(t, m == 1 ? STYLE_BOLD : STYLE_PLAIN, text);
                }
                (void)fputc('\n', t->out);
        }
}

/* ---- a finding
 * ------------------------------------------------------------------------------------ */

static void verdict_line(const struct report_request *request, const struct store_finding *f)
{
        enum verdict verdict = VERDICT_UNKNOWN;
        enum severity severity = SEVERITY_INFO;
        char text[128];

        (void)verdict_from_name(f->verdict, &verdict);
        (void)severity_from_name(f->severity, &severity);
        (void)snprintf(text, sizeof(text), "%s, %s", words_verdict(verdict),
                       words_severity(severity));
        line(&request->terminal, _("verdict"), text);
        line(&request->terminal, _("severity why"), f->arithmetic);
}

static void place_lines(const struct terminal *t, const struct place *place)
{
        line(t, _("provider"), place->provider);
        line(t, _("account"), place->account);
        line(t, _("scope"), place->scope);
        line(t, _("region"), place->region);
}

void explain_finding(const struct report_request *request, const struct store_finding *f)
{
        const struct terminal *t = &request->terminal;
        _cleanup_(freep) char *remediation = report_remediation(f->rule_data, f->place.provider,
                                                                f->place.region, request->language);
        _cleanup_(freep) char *waiver = f->waiver ? waiver_text(f->waiver) : NULL;

        rule_head(request, f->rule_data);
        line(t, _("finding"), f->id);
        line(t, _("rule"), f->rule);
        verdict_line(request, f);
        line(t, _("why"), report_why(f, request->language));
        line(t, _("waived"), waiver);
        place_lines(t, &f->place);
        line(t, _("resource"), f->resource_id);
        line(t, _("name"), f->resource_name);
        line(t, _("kind"), f->kind);
        line_joined(t, _("facts read"), f->facts);
        line_joined(t, _("basis"), json_object_get(f->rule_data, "basis"));
        line(t, _("applies from"), f->applies_from);
        line(t, _("state"), f->state);
        line(t, _("first seen"), f->first_seen);
        line(t, _("last seen"), f->last_seen);
        line(t, _("closed"), f->closed);
        line(t, _("what to do"), remediation);
        print_evidence(t, f->evidence);
}

/* ---- a resource
 * ------------------------------------------------------------------------------------ */

static void role_line(const struct report_request *request, const char *label, const json_t *role,
                      const json_t *words)
{
        const char *name = json_string_value(json_object_get(role, "role"));
        const char *confidence = json_string_value(json_object_get(role, "confidence"));
        const char *reason = json_string_value(json_object_get(role, "reason"));
        enum language language = request->language;
        char text[1024];

        if (!name)
                return;
        (void)snprintf(text, sizeof(text), "%s (%s): %s",
                       report_word(words, "roles", name, language),
                       report_word(words, "confidences", confidence, language),
                       report_word(words, "reasons", reason, language));
        line(&request->terminal, label, text);
}

static void print_law(const struct report_request *request, const json_t *d, const json_t *words)
{
        const struct terminal *t = &request->terminal;
        const json_t *roles = json_object_get(d, "roles"), *duty;
        size_t i;

        line(t, _("country"), json_string_value(json_object_get(d, "country")));
        line(t, _("area"), json_string_value(json_object_get(d, "area")));
        line(t, _("risk"), json_string_value(json_object_get(d, "risk")));
        role_line(request, _("cloud's role"), json_object_get(roles, "cloud"), words);
        role_line(request, _("customer's role"), json_object_get(roles, "customer"), words);
        json_array_foreach(json_object_get(d, "duties"), i, duty)
        {
                const char *from = json_string_value(json_object_get(duty, "applies_from"));
                const char *article = json_string_value(json_object_get(duty, "article"));
                const char *party = json_string_value(json_object_get(duty, "party"));
                char text[256];

                (void)snprintf(text, sizeof(text), "%s (%s%s%s)", article ? article : "-",
                               party ? party : "-", from ? ", " : "", from ? from : "");
                line(t, i == 0 ? _("duties") : " ", text);
        }
}

/* "CLOUD Act, FISA section 702 (…)": the laws that reach the offer. */
static void exposure_lines(const struct report_request *request, const json_t *offer,
                           const json_t *words)
{
        const json_t *row;
        size_t i;

        json_array_foreach(json_object_get(offer, "exposures"), i, row)
        {
                const char *state = json_string_value(json_object_get(row, "state"));
                const char *id = json_string_value(json_object_get(row, "law"));
                const json_t *law = json_object_get(json_object_get(words, "laws"), id);
                const char *matters = text_of(json_object_get(law, "matters"), request->language);
                char text[1024];

                (void)snprintf(text, sizeof(text), "%s%s%s%s%s%s",
                               report_word(words, "laws", id, request->language), state ? " (" : "",
                               report_word(words, "exposure_states", state, request->language),
                               state ? ")" : "", matters ? ": " : "", matters ? matters : "");
                line(&request->terminal, i == 0 ? _("exposed to") : " ", text);
        }
}

static void certificate_lines(const struct report_request *request, const json_t *offer,
                              const json_t *words)
{
        const json_t *row;
        size_t i;

        json_array_foreach(json_object_get(offer, "certificates"), i, row)
        {
                const char *status = json_string_value(json_object_get(row, "status"));
                const char *scheme = json_string_value(json_object_get(row, "scheme"));
                const char *product = json_string_value(json_object_get(row, "product"));
                const char *type = json_string_value(json_object_get(row, "type"));
                const char *until = json_string_value(json_object_get(row, "valid_until"));
                const char *as_of = json_string_value(json_object_get(row, "as_of"));
                char text[512];

                product = product ? product : type;
                (void)snprintf(
                        text, sizeof(text), "%s%s%s%s: %s%s%s (%s)",
                        report_word(words, "schemes", scheme, request->language),
                        product ? " (" : "", product ? product : "", product ? ")" : "",
                        report_word(words, "certificate_statuses", status, request->language),
                        until ? " → " : "", until ? until : "", as_of ? as_of : "?");
                line(&request->terminal, i == 0 ? _("certificates") : " ", text);
        }
}

/* Who runs it, which law reaches them, what is certified: of the offer, not of the resource. */
static void print_offer(const struct report_request *request, const json_t *description,
                        const json_t *words)
{
        const char *id = json_string_value(json_object_get(description, "offer"));
        const json_t *offer = id ? json_object_get(json_object_get(words, "offers"), id) : NULL;
        const struct terminal *t = &request->terminal;

        if (!offer)
                return;
        heading(t, _("Offer"));
        line(t, _("name"), text_of(json_object_get(offer, "title"), request->language));
        line(t, _("operator"), json_string_value(json_object_get(offer, "operator")));
        line(t, _("ultimate parent"), json_string_value(json_object_get(offer, "parent")));
        exposure_lines(request, offer, words);
        certificate_lines(request, offer, words);
        line_joined(t, _("not verified"), json_object_get(offer, "unverified"));
        line(t, _("source"), json_string_value(json_object_get(offer, "source")));
        line(t, _("as of"), json_string_value(json_object_get(offer, "as_of")));
}

static void print_fact(const struct terminal *t, const char *name, const json_t *fact)
{
        const json_t *value = json_object_get(fact, "value");
        const char *state = json_string_value(json_object_get(fact, "state"));
        const char *cause = json_string_value(json_object_get(fact, "cause"));
        _cleanup_(freep) char *text = NULL, *shown = NULL;
        const json_t *evidence = json_object_get(fact, "evidence");
        char source[24] = "";

        if (value)
                text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        if (evidence)
                (void)snprintf(source, sizeof(source), " [%lld]",
                               (long long)json_integer_value(evidence));
        if (asprintf(&shown, "%s%s%s%s",
                     text    ? text
                     : state ? state
                             : "?",
                     cause ? ": " : "", cause ? cause : "", source) < 0)
                shown = NULL;
        (void)fprintf(t->out, "  ");
        terminal_put(t, STYLE_PLAIN, name);
        (void)fputs(" = ", t->out);
        terminal_fold(t, 4, 6, shown ? shown : "");
}

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
        (void)fprintf(t->out, "  %s, %s: ", words_verdict(verdict), words_severity(severity));
        terminal_fold(t, 30, 6, report_why(f, request->language));
        return 0;
}

int explain_resource(const struct report_request *request, const struct store_resource *row,
                     struct error *err)
{
        const struct resource *r = row->resource;
        const struct terminal *t = &request->terminal;
        const struct place place = { r->provider, r->account, r->scope, r->region };
        const struct store_filter own = { .id = row->key, .all = true };
        json_auto_t *words = store_words(request->store);
        const char *name;
        json_t *value;

        terminal_put(t, STYLE_BOLD, r->name && *r->name ? r->name : r->id);
        (void)fputc('\n', t->out);
        line(t, _("id"), r->id);
        line(t, _("kind"), r->kind);
        line(t, _("type"), report_word(words, "service_types", r->service_type, request->language));
        place_lines(t, &place);
        line(t, _("status"), row->gone ? _("gone") : row->stale ? _("stale") : r->status);
        line(t, _("created"), r->created);
        line(t, _("first seen"), row->first_seen);
        line(t, _("last seen"), row->last_seen);
        print_law(request, row->description, words);
        print_offer(request, row->description, words);
        declared_print(request, row->description);
        if (json_object_size(r->tags) > 0)
                heading(t, _("Tags"));
        json_object_foreach(r->tags, name, value) line(t, name, json_string_value(value));
        heading(t, _("Facts"));
        json_object_foreach(r->facts, name, value) print_fact(t, name, value);
        print_evidence(t, r->evidence);
        heading(t, _("Findings"));
        return store_each_finding(request->store, &own, on_finding, (void *)request, err);
}
