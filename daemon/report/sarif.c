/* SARIF 2.1.0: the rules in force, a result for each finding, and a notification for each list that
 * could not be read. What could not be determined is a result of kind "open", which SARIF has for
 * an evaluation without the information to decide. */
#include "daemon/base/json.h"
#include "daemon/base/version.h"
#include "daemon/report/export.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

struct sarif {
        struct export e;
        struct writer w;
        json_t *index; /* rule id → its place among the rules */
};

/* A level is for results of kind "fail" alone. */
static const char *const levels[] = { [SEVERITY_INFO] = "note",
                                      [SEVERITY_LOW] = "note",
                                      [SEVERITY_MEDIUM] = "warning",
                                      [SEVERITY_HIGH] = "error",
                                      [SEVERITY_CRITICAL] = "error" };
static_assert(ELEMENTSOF(levels) == SEVERITY_MAX, "every severity has its level");

static const char *const kinds[] = { [VERDICT_PASS] = "pass",
                                     [VERDICT_FAIL] = "fail",
                                     [VERDICT_UNKNOWN] = "open",
                                     [VERDICT_NA] = "notApplicable",
                                     [VERDICT_WAIVED] = "fail" };
static_assert(ELEMENTSOF(kinds) == VERDICT_MAX, "every verdict has its kind");

static void put_message(struct writer *w, const char *key, const char *text)
{
        writer_object(w, key);
        writer_text(w, "text", text);
        writer_end(w);
}

/* ---- rules -------------------------------------------------------------------------------------
 */

static int put_rule(struct sarif *s, const json_t *rule)
{
        struct writer *w = &s->w;
        enum language language = s->e.request->language;
        const char *id = json_member_string(rule, "id");
        const char *title = report_rule_text(rule, "title", language);
        const char *explanation = report_rule_text(rule, "explanation", language);

        if (!id || json_object_get(s->index, id))
                return 0;
        writer_object(w, NULL);
        writer_text(w, "id", id);
        put_message(w, "shortDescription", *title ? title : id);
        if (*explanation)
                put_message(w, "fullDescription", explanation);
        writer_object(w, "properties");
        writer_array_if_any(w, "tags");
        for (size_t i = 0; i < json_array_size(json_object_get(rule, "basis")); i++)
                writer_value(w, NULL, json_array_get(json_object_get(rule, "basis"), i));
        writer_end(w);
        writer_text(w, "applies_from", json_member_string(rule, "applies_from"));
        writer_end(w);
        writer_end(w);
        return json_object_set_new(s->index, id,
                                   json_integer((json_int_t)json_object_size(s->index)));
}

static int put_tool(struct sarif *s)
{
        json_auto_t *rules = store_rules_data(s->e.request->store);
        struct writer *w = &s->w;
        int r = 0;

        writer_object(w, "tool");
        writer_object(w, "driver");
        writer_text(w, "name", "vigie");
        writer_text(w, "version", VIGIE_VERSION);
        writer_text(w, "semanticVersion", VIGIE_VERSION);
        writer_array(w, "rules");
        for (size_t i = 0; r == 0 && i < json_array_size(rules); i++)
                r = put_rule(s, json_array_get(rules, i));
        writer_end(w);
        writer_end(w);
        writer_end(w);
        return r < 0 ? -ENOMEM : 0;
}

/* ---- what could not be read --------------------------------------------------------------------
 */

static int on_coverage(void *user, const struct store_coverage *row)
{
        struct sarif *s = user;
        const struct coverage *c = &row->coverage;
        char place[EXPORT_PLACE_MAX], text[2048];

        (void)snprintf(text, sizeof(text), "%s: %s: %s: %s", export_place(&c->place, place),
                       c->collector, coverage_state_name(c->state), c->cause ? c->cause : "");
        writer_object(&s->w, NULL);
        writer_text(&s->w, "level", "warning");
        put_message(&s->w, "message", text);
        writer_object(&s->w, "descriptor");
        writer_text(&s->w, "id", coverage_state_name(c->state));
        writer_end(&s->w);
        writer_end(&s->w);
        return writer_error(&s->w);
}

static int put_invocation(struct sarif *s, struct error *err)
{
        struct writer *w = &s->w;
        int r;

        writer_array(w, "invocations");
        writer_object(w, NULL);
        writer_bool(w, "executionSuccessful", s->e.complete);
        if (*s->e.started)
                writer_text(w, "startTimeUtc", s->e.started);
        if (*s->e.finished)
                writer_text(w, "endTimeUtc", s->e.finished);
        writer_array_if_any(w, "toolExecutionNotifications");
        r = export_each_coverage(&s->e, on_coverage, s, err);
        writer_end(w);
        writer_end(w);
        writer_end(w);
        return r;
}

/* ---- results -----------------------------------------------------------------------------------
 */

static void put_location(struct writer *w, const struct store_finding *f)
{
        char place[EXPORT_PLACE_MAX];

        (void)export_place(&f->place, place);
        writer_array(w, "locations");
        writer_object(w, NULL);
        writer_array(w, "logicalLocations");
        writer_object(w, NULL);
        writer_text(w, "name",
                    !f->resource_id    ? place
                    : f->resource_name ? f->resource_name
                                       : f->resource_id);
        writer_text(w, "fullyQualifiedName", f->resource_id ? f->resource_id : place);
        writer_text(w, "kind", f->resource_id ? "resource" : "namespace");
        writer_end(w);
        writer_end(w);
        writer_end(w);
        writer_end(w);
}

static void put_suppression(struct writer *w, const struct store_finding *f)
{
        char text[1024];

        writer_array_if_any(w, "suppressions");
        if (f->waiver) {
                const char *reason = json_member_string(f->waiver, "reason");
                const char *owner = json_member_string(f->waiver, "owner");
                const char *until = json_member_string(f->waiver, "until");

                (void)snprintf(text, sizeof(text), "%s (%s, %s)", reason ? reason : "",
                               owner ? owner : "", until ? until : "");
                writer_object(w, NULL);
                writer_text(w, "kind", "external");
                writer_text(w, "status", "accepted");
                writer_text(w, "justification", text);
                writer_end(w);
        }
        writer_end(w);
}

static void put_properties(struct writer *w, const struct store_finding *f)
{
        writer_object(w, "properties");
        writer_text(w, "verdict", f->verdict);
        writer_text(w, "severity", f->severity);
        writer_text(w, "provider", f->place.provider);
        writer_text(w, "account", f->place.account);
        writer_text(w, "scope", f->place.scope);
        writer_text(w, "region", f->place.region);
        writer_text(w, "kind", f->kind);
        writer_text(w, "applies_from", f->applies_from);
        writer_text(w, "state", f->state);
        writer_text(w, "first_seen", f->first_seen);
        writer_text(w, "last_seen", f->last_seen);
        writer_value(w, "facts", f->facts);
        writer_value(w, "evidence", f->evidence);
        writer_value(w, "waiver", f->waiver);
        writer_end(w);
}

static int on_finding(void *user, const struct store_finding *f)
{
        struct sarif *s = user;
        struct writer *w = &s->w;
        const char *why = report_why(f, s->e.request->language);
        const json_t *index = json_object_get(s->index, f->rule);
        char uuid[UUID_TEXT_MAX], id[EXPORT_ID_MAX];
        enum severity severity;
        enum verdict verdict;

        if (f->closed)
                return 0;
        if (verdict_from_name(f->verdict, &verdict) < 0 ||
            severity_from_name(f->severity, &severity) < 0)
                return -EUCLEAN;
        writer_object(w, NULL);
        writer_text(w, "ruleId", f->rule);
        writer_value(w, "ruleIndex", index);
        writer_text(w, "kind", kinds[verdict]);
        writer_text(w, "level", strcmp(kinds[verdict], "fail") == 0 ? levels[severity] : "none");
        put_message(w, "message", *why ? why : f->rule);
        writer_text(w, "guid", uuid_of("finding", export_id(f->place.account, f->id, id), uuid));
        put_location(w, f);
        writer_object(w, "fingerprints");
        writer_text(w, "vigie/v1", f->id);
        writer_end(w);
        put_suppression(w, f);
        put_properties(w, f);
        writer_end(w);
        return writer_error(w);
}

static int put_run(struct sarif *s, struct error *err)
{
        struct writer *w = &s->w;
        int r;

        writer_object(w, NULL);
        writer_text(w, "language", s->e.request->language == LANGUAGE_FR ? "fr" : "en");
        writer_object(w, "automationDetails");
        writer_text(w, "id", s->e.scan);
        writer_end(w);
        r = put_tool(s);
        if (r < 0)
                return error_oom(err);
        r = put_invocation(s, err);
        if (r < 0)
                return r;
        writer_array(w, "results");
        r = export_each_finding(&s->e, true, NULL, on_finding, s, err);
        writer_end(w);
        writer_end(w);
        return r;
}

int report_sarif(const struct report_request *request, struct error *err)
{
        struct sarif s = { .w = WRITER_TO(request->terminal.out, 4), .index = json_object() };
        int r = s.index ? export_init(&s.e, request, err) : error_oom(err);

        if (r >= 0) {
                writer_object(&s.w, NULL);
                writer_text(&s.w, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
                writer_text(&s.w, "version", "2.1.0");
                writer_array(&s.w, "runs");
                r = put_run(&s, err);
                if (r >= 0) {
                        writer_end(&s.w);
                        writer_end(&s.w);
                        r = writer_finish(&s.w, err);
                }
        }
        export_done(&s.e);
        json_decref(s.index);
        return r;
}
