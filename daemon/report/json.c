#include "daemon/base/json.h"
#include "daemon/base/version.h"
#include "daemon/report/export.h"
#include "daemon/report/law-json.h"
#include "daemon/report/report.h"
#include "daemon/report/stream.h"

#include <errno.h>
#include <string.h>

/* What the law says of resources that are described alike, as JSON; kept while rows share it. */
struct law {
        json_t *description; /* NULL: nothing is kept */
        char *roles, *duties, *conditions, *declared;
};

struct rows {
        const struct report_request *request;
        struct json_stream *stream;
        json_t *words; /* what the codes of the law mean; NULL before the first judging */
        struct law law;
};

/* A copy of the reference, or an empty array or object when there is none. */
static json_t *given_or(const json_t *value, json_t *(*empty)(void))
{
        return value && !json_is_null(value) ? json_incref((json_t *)value) : empty();
}

/* otherwise: JSON for what is not there. */
static void put_given(struct writer *w, const char *key, const json_t *value, const char *otherwise)
{
        if (value && !json_is_null(value))
                writer_value(w, key, value);
        else
                writer_json(w, key, otherwise);
}

static void put_place(struct writer *w, const struct place *place)
{
        writer_text_or_null(w, "provider", place->provider);
        writer_text_or_null(w, "account", place->account);
        writer_text_or_null(w, "scope", place->scope);
        writer_text_or_null(w, "region", place->region);
}

/* Of the few that do. */
static void put_flapping(struct writer *w, bool flapping)
{
        if (flapping)
                writer_bool(w, "flapping", true);
}

/* ---- coverage -----------------------------------------------------------------------------------
 */

static int on_coverage(void *user, const struct store_coverage *c)
{
        struct rows *rows = user;
        const struct coverage *coverage = &c->coverage;
        struct writer *w;

        if (!report_wants(rows->request, coverage->place.account))
                return 0;
        w = json_stream_row(rows->stream);
        put_place(w, &coverage->place);
        writer_text_or_null(w, "collector", coverage->collector);
        writer_text_or_null(w, "state", coverage_state_name(coverage->state));
        writer_text_or_null(w, "cause", coverage->cause);
        writer_text_or_null(w, "permission", coverage->permission);
        if (c->asked)
                writer_text_or_null(w, "asked", c->asked);
        writer_int(w, "calls", (int64_t)coverage->calls);
        put_flapping(w, c->flapping);
        return json_stream_row_end(rows->stream);
}

/* ---- resources ----------------------------------------------------------------------------------
 */

static void law_done(struct law *law)
{
        json_decref(law->description);
        free(law->roles);
        free(law->duties);
        free(law->conditions);
        free(law->declared);
        *law = (struct law){ 0 };
}

/* Takes the value. */
static char *dumped(json_t *value)
{
        char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

        json_decref(value);
        return text;
}

/* Roles, duties, and what would change them. */
static int law_read(struct rows *rows, const json_t *description)
{
        enum language language = rows->request->language;
        struct law *law = &rows->law;

        if (law->roles && law->description == description)
                return 0;
        law_done(law);
        law->description =
                json_incref((json_t *)description); /* so that no other takes its place */
        law->roles = dumped(law_roles_json(description, rows->words, language));
        law->duties = dumped(law_duties_json(description, rows->words, language));
        law->conditions = dumped(law_conditions_json(description, rows->words, language));
        law->declared = dumped(given_or(json_object_get(description, "declared_by"), json_object));
        return law->roles && law->duties && law->conditions && law->declared ? 0 : -ENOMEM;
}

static void put_law(struct writer *w, const struct law *law)
{
        writer_json(w, "roles", law->roles);
        writer_json(w, "duties", law->duties);
        writer_json(w, "conditions", law->conditions);
        writer_text_or_null(w, "gpai_modifier",
                            json_member_string(law->description, "gpai_modifier"));
        writer_json(w, "declared", law->declared);
}

static void put_described(struct writer *w, const json_t *description)
{
        const char *area = json_member_string(description, "area");

        writer_text_or_null(w, "country", json_member_string(description, "country"));
        writer_text(w, "area", area ? area : "unknown");
}

static int on_resource(void *user, const struct store_resource *r)
{
        struct rows *rows = user;
        const struct resource *resource = r->resource;
        const struct place place = { resource->provider, resource->account, resource->scope,
                                     resource->region };
        struct writer *w;

        if (!report_wants(rows->request, resource->account))
                return 0;
        if (law_read(rows, r->description) < 0)
                return -ENOMEM;
        w = json_stream_row(rows->stream);
        writer_text_or_null(w, "id", resource->id);
        put_place(w, &place);
        put_described(w, r->description);
        writer_text_or_null(w, "kind", resource->kind);
        writer_text_or_null(w, "service_type", resource->service_type);
        writer_text_or_null(w, "name", resource->name);
        writer_text_or_null(w, "status", resource->status);
        writer_text_or_null(w, "created", resource->created);
        put_given(w, "tags", resource->tags, "{}");
        export_facts(w, "facts", resource->facts);
        put_law(w, &rows->law);
        writer_text_or_null(w, "first_seen", r->first_seen);
        writer_text_or_null(w, "last_seen", r->last_seen);
        writer_bool(w, "stale", r->stale);
        put_flapping(w, r->flapping);
        return json_stream_row_end(rows->stream);
}

/* ---- findings
 * ------------------------------------------------------------------------------------ */

static int on_finding(void *user, const struct store_finding *f)
{
        struct rows *rows = user;
        enum language language = rows->request->language;
        _cleanup_(freep) char *remediation = NULL;
        struct writer *w;

        if (!report_wants(rows->request, f->place.account))
                return 0;
        if (f->closed && rows->request->part == REPORT_SCAN) /* history is no result of this scan */
                return 0;
        remediation =
                report_remediation(f->rule_data, f->place.provider, f->place.region, language);
        if (!remediation)
                return -ENOMEM;
        w = json_stream_row(rows->stream);
        writer_text_or_null(w, "id", f->id);
        writer_text_or_null(w, "rule", f->rule);
        writer_text_or_null(w, "verdict", f->verdict);
        writer_text_or_null(w, "severity", f->severity);
        writer_text_or_null(w, "why", report_why(f, language));
        writer_text_or_null(w, "resource", f->resource_id);
        put_place(w, &f->place);
        writer_text_or_null(w, "title", report_rule_text(f->rule_data, "title", language));
        put_given(w, "basis", json_object_get(f->rule_data, "basis"), "[]");
        writer_text_or_null(w, "applies_from", f->applies_from);
        writer_text_or_null(w, "state", f->state);
        writer_text_or_null(w, "arithmetic", f->arithmetic);
        put_given(w, "facts", f->facts, "[]");
        put_given(w, "evidence", f->evidence, "[]");
        writer_text_or_null(w, "remediation", remediation);
        writer_text_or_null(w, "first_seen", f->first_seen);
        writer_text_or_null(w, "last_seen", f->last_seen);
        put_given(w, "waiver", f->waiver, "null");
        put_flapping(w, f->flapping);
        return json_stream_row_end(rows->stream);
}

/* ---- the whole
 * ----------------------------------------------------------------------------------- */

static void put_text(json_t *row, const char *key, const char *text)
{
        (void)json_object_set_new(row, key, json_stream_text(text));
}

static json_t *scan_row(const struct store_summary *summary)
{
        json_t *row = json_object();

        put_text(row, "id", summary->scan_id);
        put_text(row, "started", summary->started);
        put_text(row, "finished", summary->finished);
        (void)json_object_set_new(row, "complete", json_boolean(report_is_complete(summary)));
        if (summary->basis) {
                (void)json_object_set(row, "basis", (json_t *)summary->basis);
                put_text(row, "judged", summary->judged);
        }
        return row;
}

static bool has_part(const struct report_request *request, enum report_part part)
{
        return request->part == REPORT_SCAN || request->part == part;
}

static int write_rows(struct rows *rows, const struct store_filter *filter, struct error *err)
{
        const struct report_request *request = rows->request;
        struct store_filter present = *request->filter; /* gone ones only when asked for */
        int r = 0;

        present.without_replies = true;
        if (has_part(request, REPORT_COVERAGE)) {
                json_stream_array(rows->stream, "coverage");
                r = store_each_coverage(request->store, filter, on_coverage, rows, err);
                json_stream_array_end(rows->stream);
        }
        if (r >= 0 && has_part(request, REPORT_RESOURCES)) {
                json_stream_array(rows->stream, "resources");
                r = store_each_resource(request->store, &present, on_resource, rows, err);
                json_stream_array_end(rows->stream);
        }
        if (r >= 0 && has_part(request, REPORT_FINDINGS)) {
                json_stream_array(rows->stream, "findings");
                r = store_each_finding(request->store, filter, on_finding, rows, err);
                json_stream_array_end(rows->stream);
        }
        return r;
}

int report_json(const struct report_request *request, struct error *err)
{
        struct json_stream stream = JSON_STREAM_TO(request->terminal.out);
        struct rows rows = { .request = request, .stream = &stream };
        struct store_filter filter = *request->filter;
        struct store_summary summary = { 0 };
        int r;

        r = store_summarise(request->store, &summary, err);
        if (r < 0)
                return r;
        json_stream_member_take(&stream, "vigie", json_string(VIGIE_VERSION));
        json_stream_member_take(&stream, "scan", scan_row(&summary));
        if (request->part == REPORT_SCAN) /* a scan's report has what is well too */
                filter.all = true;
        rows.words = store_words(request->store);
        r = write_rows(&rows, &filter, err);
        json_decref(rows.words);
        law_done(&rows.law);
        if (r < 0)
                return error_set(err, stream.failed ? stream.failed : r, "report: %s",
                                 strerror(-(stream.failed ? stream.failed : r)));
        return json_stream_end(&stream, err);
}
