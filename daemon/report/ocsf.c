/* OCSF 1.8, one event a line: 2003 Compliance Finding for a finding, 5023 Cloud Resources Inventory
 * Info for a resource, and 5023 with status Failure for a list that could not be read. Members that
 * 1.3 requires are there, too.
 *
 * What could not be determined is "Warning", which OCSF has for information that is missing; it is
 * never Pass. */
#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "daemon/base/version.h"
#include "daemon/report/export.h"

#include <assert.h>
#include <errno.h>

#define OCSF_VERSION "1.8.0"

enum { CLASS_FINDING = 2003, CLASS_INVENTORY = 5023 };
enum { FINDING_CREATE = 1, FINDING_UPDATE = 2, FINDING_CLOSE = 3, INVENTORY_COLLECT = 2 };
enum { STATUS_UNKNOWN = 0, STATUS_SUCCESS = 1, STATUS_FAILURE = 2 }; /* of an event */
enum { FINDING_NEW = 1, FINDING_SUPPRESSED = 3, FINDING_RESOLVED = 4 };
enum { SEVERITY_INFORMATIONAL = 1, ACCOUNT_OTHER = 99 };

static const int severities[] = { [SEVERITY_INFO] = SEVERITY_INFORMATIONAL,
                                  [SEVERITY_LOW] = 2,
                                  [SEVERITY_MEDIUM] = 3,
                                  [SEVERITY_HIGH] = 4,
                                  [SEVERITY_CRITICAL] = 5 };
static_assert(ELEMENTSOF(severities) == SEVERITY_MAX, "every severity has its number");

/* A waived finding still fails; that it is let be is the status of the finding. */
static const struct {
        int compliance, finding;
        const char *caption;
} verdicts[] = {
        [VERDICT_PASS] = { 1, FINDING_RESOLVED, "Pass" },
        [VERDICT_FAIL] = { 3, FINDING_NEW, "Fail" },
        [VERDICT_UNKNOWN] = { 2, FINDING_NEW, "Warning" },
        [VERDICT_NA] = { 99, FINDING_RESOLVED, "Other" },
        [VERDICT_WAIVED] = { 3, FINDING_SUPPRESSED, "Fail" },
};
static_assert(ELEMENTSOF(verdicts) == VERDICT_MAX, "every verdict has its status");

/* ---- what every event has ----------------------------------------------------------------------
 */

static struct writer begin_event(const struct export *e, int class_uid, int activity, int severity,
                                 int64_t time_ms)
{
        struct writer w = WRITER_TO(e->request->terminal.out, 0);

        writer_object(&w, NULL);
        writer_int(&w, "class_uid", class_uid);
        writer_int(&w, "category_uid", class_uid / 1000);
        writer_int(&w, "activity_id", activity);
        writer_int(&w, "type_uid", (int64_t)class_uid * 100 + activity);
        writer_int(&w, "severity_id", severity);
        writer_int(&w, "time", time_ms);
        return w;
}

/* An event has a name of its own: what it is about, and when. */
static void put_metadata(struct writer *w, const char *kind, const char *id, int64_t time_ms)
{
        char name[1024], uuid[UUID_TEXT_MAX];

        (void)snprintf(name, sizeof(name), "%lld %s", (long long)time_ms, id);
        writer_object(w, "metadata");
        writer_text(w, "version", OCSF_VERSION);
        writer_text(w, "uid", uuid_of(kind, name, uuid));
        writer_text(w, "log_name", "vigie");
        writer_array(w, "profiles");
        writer_text(w, NULL, "cloud");
        writer_end(w);
        writer_object(w, "product");
        writer_text(w, "name", "vigie");
        writer_text(w, "vendor_name", "vigie");
        writer_text(w, "version", VIGIE_VERSION);
        writer_end(w);
        writer_end(w);
}

static void put_cloud(const struct export *e, struct writer *w, const struct place *place)
{
        const char *number = export_word(e, "ocsf_account_types", place->provider);
        int64_t type = ACCOUNT_OTHER;

        if (number_parse_i64(number, &type) < 0)
                type = ACCOUNT_OTHER;
        writer_object(w, "cloud");
        writer_text(w, "provider", export_word(e, "providers", place->provider));
        if (*place->region)
                writer_text(w, "region", place->region);
        writer_object(w, "account");
        if (*place->scope)
                writer_text(w, "uid", place->scope);
        writer_text(w, "name", place->account);
        writer_int(w, "type_id", type);
        writer_text(w, "type", export_word(e, "account_types", place->provider));
        writer_end(w);
        writer_end(w);
}

static int end_event(const struct export *e, struct writer *w)
{
        writer_object(w, "unmapped");
        writer_object(w, "vigie");
        writer_text(w, "scan", e->scan);
        writer_end(w);
        writer_end(w);
        writer_end(w);
        return writer_finish(w, NULL);
}

/* ---- findings ----------------------------------------------------------------------------------
 */

static void put_finding_info(struct writer *w, const struct store_finding *f, const char *title,
                             const char *why)
{
        writer_object(w, "finding_info");
        writer_text(w, "uid", f->id);
        writer_text(w, "title", title);
        writer_text(w, "desc", why);
        writer_array(w, "types");
        writer_text(w, NULL, "compliance");
        writer_end(w);
        writer_int(w, "created_time", export_time_ms(f->first_seen));
        writer_int(w, "first_seen_time", export_time_ms(f->first_seen));
        writer_int(w, "last_seen_time", export_time_ms(f->last_seen));
        writer_int(w, "modified_time", export_time_ms(f->changed));
        writer_end(w);
}

/* The laws of the bases, each once. */
static void put_standards(struct writer *w, const json_t *basis)
{
        const char *standard;

        writer_array(w, "standards");
        for (size_t i = 0; i < json_array_size(basis); i++) {
                bool first = true;

                standard = export_standard(json_string_value(json_array_get(basis, i)));
                for (size_t k = 0; k < i && first; k++)
                        first = export_standard(json_string_value(json_array_get(basis, k))) !=
                                standard;
                if (first)
                        writer_text(w, NULL, standard);
        }
        writer_end(w);
}

static void put_compliance(struct writer *w, const struct store_finding *f, enum verdict verdict,
                           const char *why)
{
        const json_t *basis = json_object_get(f->rule_data, "basis");

        writer_object(w, "compliance");
        writer_text(w, "control", f->rule);
        put_standards(w, basis);
        if (json_array_size(basis) > 0)
                writer_value(w, "requirements", basis);
        writer_int(w, "status_id", verdicts[verdict].compliance);
        writer_text(w, "status", verdicts[verdict].caption);
        writer_text(w, "status_code", f->verdict);
        writer_array(w, "status_details");
        writer_text(w, NULL, why);
        writer_end(w);
        writer_end(w);
}

static void put_subject(struct writer *w, const struct store_finding *f)
{
        if (!f->resource_id)
                return;
        writer_array(w, "resources");
        writer_object(w, NULL);
        writer_text(w, "uid", f->resource_id);
        writer_text(w, "name", f->resource_name);
        writer_text(w, "type", f->kind);
        if (*f->place.region)
                writer_text(w, "region", f->place.region);
        writer_end(w);
        writer_end(w);
}

static void put_evidence(struct writer *w, const json_t *evidence)
{
        writer_array_if_any(w, "evidences");
        for (size_t i = 0; i < json_array_size(evidence); i++) {
                writer_object(w, NULL);
                writer_value(w, "data", json_array_get(evidence, i));
                writer_end(w);
        }
        writer_end(w);
}

static int put_remediation(const struct export *e, struct writer *w, const struct store_finding *f)
{
        _cleanup_(freep) char *text = report_remediation(f->rule_data, f->place.provider,
                                                         f->place.region, e->request->language);

        if (!text)
                return -ENOMEM;
        if (*text) {
                writer_object(w, "remediation");
                writer_text(w, "desc", text);
                writer_end(w);
        }
        return 0;
}

static int end_finding(const struct export *e, struct writer *w, const struct store_finding *f)
{
        writer_object(w, "unmapped");
        writer_object(w, "vigie");
        writer_text(w, "scan", e->scan);
        writer_text(w, "verdict", f->verdict);
        writer_text(w, "applies_from", f->applies_from);
        writer_text(w, "state", f->state);
        writer_value(w, "facts", f->facts);
        writer_value(w, "waiver", f->waiver);
        writer_end(w);
        writer_end(w);
        writer_end(w);
        return writer_finish(w, NULL);
}

static int on_finding(void *user, const struct store_finding *f)
{
        const struct export *e = user;
        const char *title = report_rule_text(f->rule_data, "title", e->request->language);
        const char *why = report_why(f, e->request->language);
        int64_t time_ms = export_time_ms(f->closed ? f->closed : f->changed);
        int activity = f->closed                                 ? FINDING_CLOSE
                       : time_ms > export_time_ms(f->first_seen) ? FINDING_UPDATE
                                                                 : FINDING_CREATE;
        char id[EXPORT_ID_MAX];
        enum severity severity;
        enum verdict verdict;
        struct writer w;
        int r = 0;

        if (verdict_from_name(f->verdict, &verdict) < 0 ||
            severity_from_name(f->severity, &severity) < 0)
                return -EUCLEAN;
        w = begin_event(e, CLASS_FINDING, activity, severities[severity], time_ms);
        writer_int(&w, "status_id", f->closed ? FINDING_RESOLVED : verdicts[verdict].finding);
        writer_text(&w, "message", *why ? why : title);
        put_metadata(&w, "finding", export_id(f->place.account, f->id, id), time_ms);
        put_cloud(e, &w, &f->place);
        put_finding_info(&w, f, *title ? title : f->rule, why);
        put_compliance(&w, f, verdict, why);
        put_subject(&w, f);
        put_evidence(&w, f->evidence);
        if (verdict != VERDICT_PASS && !f->closed)
                r = put_remediation(e, &w, f);
        return r < 0 ? r : end_finding(e, &w, f);
}

/* ---- resources ---------------------------------------------------------------------------------
 */

static void put_tags(struct writer *w, const json_t *tags)
{
        const char *name;
        json_t *value;

        writer_array_if_any(w, "tags");
        json_object_foreach((json_t *)tags, name, value)
        {
                writer_object(w, NULL);
                writer_text(w, "name", name);
                writer_text(w, "value", json_string_value(value) ? json_string_value(value) : "");
                writer_end(w);
        }
        writer_end(w);
}

static void put_resource_data(const struct export *e, struct writer *w,
                              const struct store_resource *row)
{
        const json_t *d = row->description;

        writer_object(w, "data");
        writer_text(w, "service_type", row->resource->service_type);
        writer_text(w, "status", row->resource->status);
        writer_text(w, "country", json_member_string(d, "country"));
        writer_text(w, "area",
                    json_member_string(d, "area") ? json_member_string(d, "area") : "unknown");
        export_facts(w, "facts", row->resource->facts);
        export_roles(e, w, "roles", d);
        writer_value(w, "duties", json_object_get(d, "duties"));
        writer_text(w, "first_seen", row->first_seen);
        writer_bool(w, "stale", row->stale);
        writer_end(w);
}

static int on_resource(void *user, const struct store_resource *row)
{
        const struct export *e = user;
        const struct resource *r = row->resource;
        const struct place place = export_place_of(r);
        int64_t time_ms = export_time_ms(row->last_seen);
        char id[EXPORT_ID_MAX];
        struct writer w =
                begin_event(e, CLASS_INVENTORY, INVENTORY_COLLECT, SEVERITY_INFORMATIONAL, time_ms);

        writer_int(&w, "status_id", row->stale ? STATUS_UNKNOWN : STATUS_SUCCESS);
        if (row->stale)
                writer_text(&w, "status_code", "stale");
        put_metadata(&w, "resource", export_id(r->account, row->key, id), time_ms);
        put_cloud(e, &w, &place);
        if (*place.region)
                writer_text(&w, "region", place.region);
        writer_array(&w, "resources");
        writer_object(&w, NULL);
        writer_text(&w, "uid", r->id);
        writer_text(&w, "name", r->name);
        writer_text(&w, "type", r->kind);
        if (*place.region)
                writer_text(&w, "region", place.region);
        if (export_time_ms(r->created) > 0)
                writer_int(&w, "created_time", export_time_ms(r->created));
        put_tags(&w, r->tags);
        put_resource_data(e, &w, row);
        writer_end(&w);
        writer_end(&w);
        return end_event(e, &w);
}

/* ---- coverage ----------------------------------------------------------------------------------
 */

static int on_coverage(void *user, const struct store_coverage *row)
{
        const struct export *e = user;
        const struct coverage *c = &row->coverage;
        bool answered = coverage_is_answer(c->state);
        int64_t time_ms = export_time_ms(e->at);
        struct writer w =
                begin_event(e, CLASS_INVENTORY, INVENTORY_COLLECT, SEVERITY_INFORMATIONAL, time_ms);
        char place[EXPORT_PLACE_MAX], id[EXPORT_PLACE_MAX + 128];

        (void)snprintf(id, sizeof(id), "%s %s", c->collector, export_place(&c->place, place));
        writer_int(&w, "status_id", answered ? STATUS_SUCCESS : STATUS_FAILURE);
        writer_text(&w, "status_code", coverage_state_name(c->state));
        writer_text(&w, "status_detail", c->cause);
        writer_text(&w, "message", id);
        put_metadata(&w, "coverage", id, time_ms);
        put_cloud(e, &w, &c->place);
        if (*c->place.region)
                writer_text(&w, "region", c->place.region);
        writer_object(&w, "unmapped");
        writer_object(&w, "vigie");
        writer_text(&w, "scan", e->scan);
        writer_text(&w, "collector", c->collector);
        writer_text(&w, "state", coverage_state_name(c->state));
        writer_text(&w, "permission", c->permission);
        writer_text(&w, "since", row->since);
        writer_text(&w, "last_ok", row->last_ok);
        writer_text(&w, "asked", row->asked);
        writer_end(&w);
        writer_end(&w);
        writer_end(&w);
        return writer_finish(&w, NULL);
}

/* A list that could not be read stands beside every list of resources. */
int report_ocsf(const struct report_request *request, struct error *err)
{
        struct export e;
        int r = export_init(&e, request, err);

        if (r < 0)
                return r;
        if (export_has(&e, REPORT_COVERAGE) || export_has(&e, REPORT_RESOURCES))
                r = export_each_coverage(&e, on_coverage, &e, err);
        if (r >= 0 && export_has(&e, REPORT_RESOURCES))
                r = export_each_resource(&e, false, on_resource, &e, err);
        if (r >= 0 && export_has(&e, REPORT_FINDINGS))
                r = export_each_finding(&e, true, NULL, on_finding, &e, err);
        export_done(&e);
        return r;
}
