#include "daemon/base/version.h"
#include "daemon/report/law-json.h"
#include "daemon/report/report.h"
#include "daemon/report/stream.h"

#include <errno.h>
#include <string.h>

struct rows {
        const struct report_request *request;
        struct json_stream *stream;
        json_t *words; /* what the codes of the law mean; NULL before the first judging */
};

static void put_text(json_t *row, const char *key, const char *text)
{
        (void)json_object_set_new(row, key, json_stream_text(text));
}

/* A copy of the reference, or an empty array or object when there is none. */
static json_t *given_or(const json_t *value, json_t *(*empty)(void))
{
        return value && !json_is_null(value) ? json_incref((json_t *)value) : empty();
}

static void put_place(json_t *row, const struct place *place)
{
        put_text(row, "provider", place->provider);
        put_text(row, "account", place->account);
        put_text(row, "scope", place->scope);
        put_text(row, "region", place->region);
}

/* Of the few that do. */
static void put_flapping(json_t *row, bool flapping)
{
        if (flapping)
                (void)json_object_set_new(row, "flapping", json_true());
}

/* ---- coverage -----------------------------------------------------------------------------------
 */

static int on_coverage(void *user, const struct store_coverage *c)
{
        struct rows *rows = user;
        const struct coverage *coverage = &c->coverage;
        json_t *row;

        if (!report_wants(rows->request, coverage->place.account))
                return 0;
        row = json_object();
        put_place(row, &coverage->place);
        put_text(row, "collector", coverage->collector);
        put_text(row, "state", coverage_state_name(coverage->state));
        put_text(row, "cause", coverage->cause);
        put_text(row, "permission", coverage->permission);
        (void)json_object_set_new(row, "calls", json_integer((json_int_t)coverage->calls));
        put_flapping(row, c->flapping);
        return json_stream_row_take(rows->stream, row);
}

/* ---- resources ----------------------------------------------------------------------------------
 */

/* The published form: state with value or cause; the store's index of evidence stays behind. */
static json_t *facts_row(const json_t *facts)
{
        json_t *row = json_object(), *fact;
        const char *name;

        json_object_foreach((json_t *)facts, name, fact)
        {
                json_t *published = json_object();
                static const char *const members[] = { "state", "value", "cause" };

                for (size_t i = 0; i < ELEMENTSOF(members); i++) {
                        json_t *member = json_object_get(fact, members[i]);

                        if (member)
                                (void)json_object_set(published, members[i], member);
                }
                (void)json_object_set_new(row, name, published);
        }
        return row;
}

/* Roles, duties, and what would change them. */
static void put_law(const struct rows *rows, json_t *row, const json_t *description)
{
        enum language language = rows->request->language;
        const char *modifier = json_string_value(json_object_get(description, "gpai_modifier"));

        (void)json_object_set_new(row, "roles", law_roles_json(description, rows->words, language));
        (void)json_object_set_new(row, "duties",
                                  law_duties_json(description, rows->words, language));
        (void)json_object_set_new(row, "conditions",
                                  law_conditions_json(description, rows->words, language));
        put_text(row, "gpai_modifier", modifier);
}

static void put_description(json_t *row, const json_t *description)
{
        const char *country = json_string_value(json_object_get(description, "country"));
        const char *area = json_string_value(json_object_get(description, "area"));

        put_text(row, "country", country);
        put_text(row, "area", area ? area : "unknown");
}

static int on_resource(void *user, const struct store_resource *r)
{
        struct rows *rows = user;
        const struct resource *resource = r->resource;
        const struct place place = { resource->provider, resource->account, resource->scope,
                                     resource->region };
        json_t *row;

        if (!report_wants(rows->request, resource->account))
                return 0;
        row = json_object();
        put_text(row, "id", resource->id);
        put_place(row, &place);
        put_description(row, r->description);
        put_text(row, "kind", resource->kind);
        put_text(row, "service_type", resource->service_type);
        put_text(row, "name", resource->name);
        put_text(row, "status", resource->status);
        put_text(row, "created", resource->created);
        (void)json_object_set_new(row, "tags", given_or(resource->tags, json_object));
        (void)json_object_set_new(row, "facts", facts_row(resource->facts));
        put_law(rows, row, r->description);
        (void)json_object_set_new(
                row, "declared",
                given_or(json_object_get(r->description, "declared_by"), json_object));
        put_text(row, "first_seen", r->first_seen);
        put_text(row, "last_seen", r->last_seen);
        (void)json_object_set_new(row, "stale", json_boolean(r->stale));
        put_flapping(row, r->flapping);
        return json_stream_row_take(rows->stream, row);
}

/* ---- findings
 * ------------------------------------------------------------------------------------ */

static int on_finding(void *user, const struct store_finding *f)
{
        struct rows *rows = user;
        enum language language = rows->request->language;
        _cleanup_(freep) char *remediation = NULL;
        json_t *row;

        if (!report_wants(rows->request, f->place.account))
                return 0;
        if (f->closed && rows->request->part == REPORT_SCAN) /* history is no result of this scan */
                return 0;
        remediation =
                report_remediation(f->rule_data, f->place.provider, f->place.region, language);
        if (!remediation)
                return -ENOMEM;
        row = json_object();
        put_text(row, "id", f->id);
        put_text(row, "rule", f->rule);
        put_text(row, "verdict", f->verdict);
        put_text(row, "severity", f->severity);
        put_text(row, "why", report_why(f, language));
        put_text(row, "resource", f->resource_id);
        put_place(row, &f->place);
        put_text(row, "title", report_rule_text(f->rule_data, "title", language));
        (void)json_object_set_new(row, "basis",
                                  given_or(json_object_get(f->rule_data, "basis"), json_array));
        put_text(row, "applies_from", f->applies_from);
        put_text(row, "state", f->state);
        put_text(row, "arithmetic", f->arithmetic);
        (void)json_object_set_new(row, "facts", given_or(f->facts, json_array));
        (void)json_object_set_new(row, "evidence", given_or(f->evidence, json_array));
        put_text(row, "remediation", remediation);
        put_text(row, "first_seen", f->first_seen);
        put_text(row, "last_seen", f->last_seen);
        (void)json_object_set_new(row, "waiver",
                                  f->waiver ? json_incref((json_t *)f->waiver) : json_null());
        put_flapping(row, f->flapping);
        return json_stream_row_take(rows->stream, row);
}

/* ---- the whole
 * ----------------------------------------------------------------------------------- */

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
        int r = 0;

        if (has_part(request, REPORT_COVERAGE)) {
                json_stream_array(rows->stream, "coverage");
                r = store_each_coverage(request->store, filter, on_coverage, rows, err);
                json_stream_array_end(rows->stream);
        }
        if (r >= 0 && has_part(request, REPORT_RESOURCES)) {
                json_stream_array(rows->stream, "resources");
                r = store_each_resource(request->store, request->filter, on_resource, rows, err);
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
        if (r < 0)
                return error_set(err, stream.failed ? stream.failed : r, "report: %s",
                                 strerror(-(stream.failed ? stream.failed : r)));
        return json_stream_end(&stream, err);
}
