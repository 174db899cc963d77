/* OSCAL 1.2 assessment results: places are components, resources inventory items, every verdict an
 * observation. Met and to be addressed are findings, satisfied and not. OSCAL knows no third state:
 * what could not be determined, or not be read, is an observation without a finding. A waived
 * finding is not satisfied and has a risk that is accepted until a date. */
#include "daemon/base/json.h"
#include "daemon/base/version.h"
#include "daemon/report/export.h"

#include <errno.h>
#include <string.h>

#define OSCAL_VERSION "1.2.2"
#define OSCAL_NAME_SPACE "urn:vigie"

struct oscal {
        struct export e;
        struct writer w;
        struct writer findings; /* beside the observations */
        json_t *owners;         /* of waivers, that are parties already */
};

/* Two accounts may see the same finding or resource. */
static void put_uuid_of(struct writer *w, const char *key, const char *kind, const char *account,
                        const char *id)
{
        char text[EXPORT_ID_MAX], uuid[UUID_TEXT_MAX];

        writer_text(w, key, uuid_of(kind, export_id(account, id, text), uuid));
}

static void put_uuid(struct writer *w, const char *key, const char *kind, const char *id)
{
        char uuid[UUID_TEXT_MAX];

        writer_text(w, key, uuid_of(kind, id, uuid));
}

/* Required prose: never empty. */
static void put_prose(struct writer *w, const char *key, const char *text, const char *otherwise)
{
        writer_text(w, key, writer_line_is_empty(text) ? otherwise : text);
}

static void put_title(struct writer *w, const char *title, const char *otherwise)
{
        writer_line(w, "title", writer_line_is_empty(title) ? otherwise : title);
}

/* A property's value is one line and not empty; what is neither has none. */
static void put_prop(struct writer *w, const char *name, const char *value)
{
        if (writer_line_is_empty(value))
                return;
        writer_object(w, NULL);
        writer_text(w, "name", name);
        writer_text(w, "ns", OSCAL_NAME_SPACE);
        writer_line(w, "value", value);
        writer_end(w);
}

/* ---- what it is about --------------------------------------------------------------------------
 */

static void put_status(struct writer *w, const char *state)
{
        writer_object(w, "status");
        writer_text(w, "state", state);
        writer_end(w);
}

static int on_place(void *user, const struct place *place)
{
        struct oscal *o = user;
        struct writer *w = &o->w;
        char text[EXPORT_PLACE_MAX];

        if (!report_wants(o->e.request, place->account))
                return 0;
        (void)export_place(place, text);
        writer_object(w, NULL);
        put_uuid(w, "uuid", "place", text);
        writer_text(w, "type", "service");
        put_title(w, text, "-");
        put_prose(w, "description", text, "-");
        put_status(w, "operational");
        writer_end(w);
        return writer_error(w);
}

static int on_item(void *user, const struct store_resource *row)
{
        struct oscal *o = user;
        struct writer *w = &o->w;
        const struct resource *r = row->resource;
        const struct place place = export_place_of(r);
        const char *name = r->name && *r->name ? r->name : r->id;
        const char *area = json_member_string(row->description, "area");
        char text[EXPORT_PLACE_MAX];

        writer_object(w, NULL);
        put_uuid_of(w, "uuid", "resource", r->account, row->key);
        put_prose(w, "description", name, r->id);
        writer_array(w, "props");
        put_prop(w, "id", r->id);
        put_prop(w, "kind", r->kind);
        put_prop(w, "service-type", r->service_type);
        put_prop(w, "evidence", r->topic);
        put_prop(w, "provider", r->provider);
        put_prop(w, "account", r->account);
        put_prop(w, "scope", r->scope);
        put_prop(w, "region", r->region);
        put_prop(w, "country", json_member_string(row->description, "country"));
        put_prop(w, "area", area ? area : "unknown");
        put_prop(w, "first-seen", row->first_seen);
        put_prop(w, "last-seen", row->last_seen);
        put_prop(w, "stale", row->stale ? "true" : "false");
        writer_end(w);
        writer_array(w, "implemented-components");
        writer_object(w, NULL);
        put_uuid(w, "component-uuid", "place", export_place(&place, text));
        writer_end(w);
        writer_end(w);
        writer_end(w);
        return writer_error(w);
}

static int put_subjects(struct oscal *o, struct error *err)
{
        int r;

        writer_object(&o->w, "local-definitions");
        writer_array_if_any(&o->w, "components");
        r = store_each_place(o->e.request->store, o->e.request->filter, on_place, o, err);
        writer_end(&o->w);
        if (r >= 0 && o->e.request->part != REPORT_COVERAGE) {
                writer_array_if_any(&o->w, "inventory-items");
                r = export_each_resource(&o->e, export_has(&o->e, REPORT_FINDINGS), on_item, o,
                                         err);
                writer_end(&o->w);
        }
        writer_end(&o->w);
        return r;
}

/* ---- observations ------------------------------------------------------------------------------
 */

/* The rules in force are the controls; without any, all of none. */
static void put_controls(struct oscal *o)
{
        json_auto_t *rules = store_rules_data(o->e.request->store);
        struct writer *w = &o->w;

        writer_object(w, "reviewed-controls");
        writer_array(w, "control-selections");
        writer_object(w, NULL);
        if (json_array_size(rules) == 0) {
                writer_object(w, "include-all");
                writer_end(w);
        } else {
                writer_array(w, "include-controls");
                for (size_t i = 0; i < json_array_size(rules); i++) {
                        const json_t *rule = json_array_get(rules, i);

                        writer_object(w, NULL);
                        writer_text(w, "control-id", json_member_string(rule, "id"));
                        writer_end(w);
                }
                writer_end(w);
        }
        writer_end(w);
        writer_end(w);
        writer_end(w);
}

/* The thing itself, or the place when a rule is about that. */
static void put_subject(struct writer *w, const struct place *place, const char *resource_key)
{
        char text[EXPORT_PLACE_MAX];

        writer_array(w, "subjects");
        writer_object(w, NULL);
        if (resource_key)
                put_uuid_of(w, "subject-uuid", "resource", place->account, resource_key);
        else
                put_uuid(w, "subject-uuid", "place", export_place(place, text));
        writer_text(w, "type", resource_key ? "inventory-item" : "component");
        writer_end(w);
        writer_end(w);
}

static void put_method(struct writer *w)
{
        writer_array(w, "methods");
        writer_text(w, NULL, "TEST");
        writer_end(w);
}

static void put_evidence(struct writer *w, const json_t *evidence)
{
        writer_array_if_any(w, "relevant-evidence");
        for (size_t i = 0; i < json_array_size(evidence); i++) {
                const json_t *entry = json_array_get(evidence, i);
                const char *call = json_member_string(entry, "call");
                static const char *const members[] = { "time", "request_id", "sha256" };

                writer_object(w, NULL);
                put_prose(w, "description", call, "API call");
                writer_array_if_any(w, "props");
                for (size_t k = 0; k < ELEMENTSOF(members); k++)
                        put_prop(w, members[k], json_member_string(entry, members[k]));
                writer_end(w);
                writer_end(w);
        }
        writer_end(w);
}

static void put_target(struct writer *w, const struct store_finding *f)
{
        bool pass = strcmp(f->verdict, "pass") == 0;

        writer_object(w, "target");
        writer_text(w, "type", "objective-id");
        writer_text(w, "target-id", f->rule);
        writer_object(w, "status");
        writer_text(w, "state", pass ? "satisfied" : "not-satisfied");
        writer_text(w, "reason", pass ? "pass" : "fail");
        writer_end(w);
        writer_end(w);
}

static void put_related(struct writer *w, const char *key, const char *member, const char *uuid)
{
        writer_array(w, key);
        writer_object(w, NULL);
        writer_text(w, member, uuid);
        writer_end(w);
        writer_end(w);
}

static char *finding_uuid(const char *kind, const struct store_finding *f,
                          char uuid[static UUID_TEXT_MAX])
{
        char text[EXPORT_ID_MAX];

        return uuid_of(kind, export_id(f->place.account, f->id, text), uuid);
}

static int put_finding(struct oscal *o, const struct store_finding *f, const char *observation)
{
        struct writer *w = &o->findings;
        enum language language = o->e.request->language;
        char uuid[UUID_TEXT_MAX];

        if (strcmp(f->verdict, "unknown") == 0)
                return 0;
        writer_object(w, NULL);
        put_uuid_of(w, "uuid", "finding", f->place.account, f->id);
        put_title(w, report_rule_text(f->rule_data, "title", language), f->rule);
        put_prose(w, "description", report_why(f, language), f->rule);
        put_target(w, f);
        put_related(w, "related-observations", "observation-uuid", observation);
        if (f->waiver)
                put_related(w, "related-risks", "risk-uuid", finding_uuid("risk", f, uuid));
        writer_end(w);
        return writer_error(w);
}

static int on_observation(void *user, const struct store_finding *f)
{
        struct oscal *o = user;
        struct writer *w = &o->w;
        enum language language = o->e.request->language;
        const json_t *basis = json_object_get(f->rule_data, "basis");
        char uuid[UUID_TEXT_MAX];

        if (f->closed)
                return 0;
        writer_object(w, NULL);
        writer_text(w, "uuid", finding_uuid("observation", f, uuid));
        put_title(w, report_rule_text(f->rule_data, "title", language), f->rule);
        put_prose(w, "description", report_why(f, language), f->rule);
        writer_array(w, "props");
        put_prop(w, "rule", f->rule);
        put_prop(w, "verdict", f->verdict);
        put_prop(w, "severity", f->severity);
        put_prop(w, "applies-from", f->applies_from);
        for (size_t i = 0; i < json_array_size(basis); i++)
                put_prop(w, "basis", json_string_value(json_array_get(basis, i)));
        writer_end(w);
        put_method(w);
        put_subject(w, &f->place, f->resource_key);
        put_evidence(w, f->evidence);
        writer_text(w, "collected", f->last_seen);
        writer_end(w);
        return writer_error(w) < 0 ? o->w.failed : put_finding(o, f, uuid);
}

static int on_unread(void *user, const struct store_coverage *row)
{
        struct oscal *o = user;
        struct writer *w = &o->w;
        const struct coverage *c = &row->coverage;
        char place[EXPORT_PLACE_MAX], id[EXPORT_PLACE_MAX + 256];

        (void)snprintf(id, sizeof(id), "%s: %s", export_place(&c->place, place), c->collector);
        writer_object(w, NULL);
        put_uuid(w, "uuid", "coverage", id);
        put_title(w, id, c->collector);
        put_prose(w, "description", c->cause, coverage_state_name(c->state));
        writer_array(w, "props");
        put_prop(w, "collector", c->collector);
        put_prop(w, "coverage", coverage_state_name(c->state));
        put_prop(w, "permission", c->permission);
        put_prop(w, "since", row->since);
        put_prop(w, "last-ok", row->last_ok);
        put_prop(w, "asked", row->asked);
        writer_end(w);
        put_method(w);
        put_subject(w, &c->place, NULL);
        writer_text(w, "collected", o->e.at);
        writer_end(w);
        return writer_error(w);
}

static int put_observations(struct oscal *o, struct error *err)
{
        int r = writer_spool_open(&o->findings, err);

        if (r < 0)
                return r;
        writer_array_if_any(&o->w, "observations");
        r = export_each_coverage(&o->e, on_unread, o, err);
        if (r >= 0 && export_has(&o->e, REPORT_FINDINGS))
                r = export_each_finding(&o->e, true, NULL, on_observation, o, err);
        writer_end(&o->w);
        return r;
}

/* ---- findings and risks ------------------------------------------------------------------------
 */

/* Who let it be, since when. */
static void put_approval(struct writer *w, const struct store_finding *f)
{
        const char *owner = json_member_string(f->waiver, "owner");

        writer_object(w, "risk-log");
        writer_array(w, "entries");
        writer_object(w, NULL);
        put_uuid_of(w, "uuid", "approval", f->place.account, f->id);
        put_title(w, json_member_string(f->waiver, "id"), "-");
        writer_text(w, "start", f->changed);
        writer_array_if_any(w, "logged-by");
        if (owner) {
                writer_object(w, NULL);
                put_uuid(w, "party-uuid", "owner", owner);
                writer_end(w);
        }
        writer_end(w);
        writer_text(w, "status-change", "deviation-approved");
        writer_end(w);
        writer_end(w);
        writer_end(w);
}

static int on_risk(void *user, const struct store_finding *f)
{
        struct oscal *o = user;
        struct writer *w = &o->w;
        enum language language = o->e.request->language;
        const char *until = json_member_string(f->waiver, "until");
        char deadline[64], uuid[UUID_TEXT_MAX];

        if (f->closed || !f->waiver)
                return 0;
        writer_object(w, NULL);
        put_uuid_of(w, "uuid", "risk", f->place.account, f->id);
        put_title(w, report_rule_text(f->rule_data, "title", language), f->rule);
        put_prose(w, "description", report_why(f, language), f->rule);
        put_prose(w, "statement", json_member_string(f->waiver, "reason"), "-");
        writer_text(w, "status", "deviation-approved");
        if (until) { /* the last day on which it holds */
                (void)snprintf(deadline, sizeof(deadline), "%sT23:59:59Z", until);
                writer_text(w, "deadline", deadline);
        }
        put_approval(w, f);
        put_related(w, "related-observations", "observation-uuid",
                    finding_uuid("observation", f, uuid));
        writer_end(w);
        return writer_error(w);
}

static int put_findings(struct oscal *o, struct error *err)
{
        int r;

        if (!export_has(&o->e, REPORT_FINDINGS))
                return 0;
        writer_array_if_any(&o->w, "risks");
        r = export_each_finding(&o->e, false, "waived", on_risk, o, err);
        writer_end(&o->w);
        if (r >= 0)
                writer_spool_put(&o->w, "findings", &o->findings, false);
        return r;
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static int on_owner(void *user, const struct store_finding *f)
{
        struct oscal *o = user;
        const char *owner = json_member_string(f->waiver, "owner");

        if (f->closed || !owner || json_object_get(o->owners, owner))
                return 0;
        writer_object(&o->w, NULL);
        put_uuid(&o->w, "uuid", "owner", owner);
        writer_text(&o->w, "type", "organization");
        writer_line(&o->w, "name", owner);
        writer_end(&o->w);
        return json_object_set_new(o->owners, owner, json_true()) < 0 ? -ENOMEM : 0;
}

static int put_metadata(struct oscal *o, struct error *err)
{
        struct writer *w = &o->w;
        int r = 0;

        writer_object(w, "metadata");
        writer_text(w, "title", "vigie " VIGIE_VERSION);
        writer_text(w, "last-modified", o->e.at);
        put_prose(w, "version", o->e.scan, "-");
        writer_text(w, "oscal-version", OSCAL_VERSION);
        writer_array_if_any(w, "parties");
        if (export_has(&o->e, REPORT_FINDINGS))
                r = export_each_finding(&o->e, false, "waived", on_owner, o, err);
        writer_end(w);
        writer_end(w);
        return r;
}

static int put_result(struct oscal *o, struct error *err)
{
        struct writer *w = &o->w;
        int r;

        writer_array(w, "results");
        writer_object(w, NULL);
        put_uuid(w, "uuid", "result", o->e.scan);
        put_title(w, o->e.scan, "-");
        writer_text(w, "description", "Read-only inventory of AI services, judged by rules.");
        writer_text(w, "start", *o->e.started ? o->e.started : o->e.at);
        if (*o->e.finished)
                writer_text(w, "end", o->e.finished);
        writer_array(w, "props");
        put_prop(w, "complete", o->e.complete ? "true" : "false");
        writer_end(w);
        r = put_subjects(o, err);
        if (r < 0)
                return r;
        put_controls(o);
        r = put_observations(o, err);
        if (r >= 0)
                r = put_findings(o, err);
        writer_end(w);
        writer_end(w);
        return r;
}

/* A plan has to be named; what is assessed against are the rules in force. */
static void put_plan(struct oscal *o)
{
        struct writer *w = &o->w;

        writer_object(w, "back-matter");
        writer_array(w, "resources");
        writer_object(w, NULL);
        put_uuid(w, "uuid", "plan", "rules");
        writer_text(w, "title", "Rules in force");
        writer_text(w, "description", "No assessment plan: the rules that vigie has are applied.");
        writer_end(w);
        writer_end(w);
        writer_end(w);
}

static int put_document(struct oscal *o, struct error *err)
{
        struct writer *w = &o->w;
        char href[UUID_TEXT_MAX + 1];
        int r;

        href[0] = '#';
        (void)uuid_of("plan", "rules", href + 1);
        writer_object(w, NULL);
        writer_object(w, "assessment-results");
        put_uuid(w, "uuid", "assessment-results", o->e.scan);
        r = put_metadata(o, err);
        if (r < 0)
                return r;
        writer_object(w, "import-ap");
        writer_text(w, "href", href);
        writer_end(w);
        r = put_result(o, err);
        if (r < 0)
                return r;
        put_plan(o);
        writer_end(w);
        writer_end(w);
        return writer_finish(w, err);
}

int report_oscal(const struct report_request *request, struct error *err)
{
        struct oscal o = { .w = WRITER_TO(request->terminal.out, 5), .owners = json_object() };
        int r = o.owners ? export_init(&o.e, request, err) : error_oom(err);

        o.e.without_facts = true;
        if (r >= 0)
                r = put_document(&o, err);
        writer_spool_done(&o.findings);
        export_done(&o.e);
        json_decref(o.owners);
        return r;
}
