#include "daemon/report/drift-private.h"

#include "daemon/base/json.h"
#include "daemon/base/version.h"
#include "daemon/report/csv.h"

#include <errno.h>
#include <string.h>

static const char *const section_names[] = { "coverage", "resources", "findings" };

/* ---- rows --------------------------------------------------------------------------------------
 */

static void put_text(json_t *row, const char *key, const char *text)
{
        (void)json_object_set_new(row, key, json_stream_text(text));
}

json_t *drift_place_row(const char *change, const struct place *place)
{
        json_t *row = json_object();

        put_text(row, "change", change);
        put_text(row, "provider", place->provider);
        put_text(row, "account", place->account);
        put_text(row, "scope", place->scope ? place->scope : "");
        put_text(row, "region", place->region ? place->region : "");
        return row;
}

char *drift_key(const json_t *row)
{
        static const char *const keys[] = { "provider", "account", "scope", "region", "kind" };
        const char *parts[ELEMENTSOF(keys)], *id = json_member_string(row, "resource");
        char *key;

        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                parts[i] = json_member_string(row, keys[i]);
                if (!parts[i])
                        parts[i] = "";
        }
        if (!id)
                id = json_member_string(row, "id");
        return asprintf(&key, "%s\t%s\t%s\t%s\t%s\t%s", parts[0], parts[1], parts[2], parts[3],
                        parts[4], id ? id : "") < 0
                       ? NULL
                       : key;
}

/* A value that has no state of its own (name, status, a tag) is known. */
static json_t *fact_side(const json_t *side)
{
        json_t *copy;

        if (!side || json_is_null(side))
                return json_null();
        if (!json_is_object(side) || !json_object_get(side, "state"))
                return json_pack("{s:s, s:O}", "state", "known", "value", side);
        copy = json_copy((json_t *)side);
        (void)json_object_del(copy, "evidence");
        return copy;
}

json_t *drift_facts(const json_t *changes)
{
        json_t *list = json_array(), *change;
        size_t i;

        json_array_foreach((json_t *)changes, i, change)(void) json_array_append_new(
                list, json_pack("{s:O, s:o, s:o}", "fact", json_object_get(change, "fact"), "from",
                                fact_side(json_object_get(change, "from")), "to",
                                fact_side(json_object_get(change, "to"))));
        return list;
}

json_t *drift_cause(const json_t *state)
{
        const char *name = json_member_string(state, "state"),
                   *cause = json_member_string(state, "cause");

        return cause && *cause ? json_sprintf("%s: %s", name, cause)
                               : json_string(name ? name : "");
}

bool drift_is_answer(const json_t *state)
{
        const char *name = json_member_string(state, "state");

        for (int i = 0; name && i < COVERAGE_STATE_MAX; i++)
                if (strcmp(coverage_state_name((enum coverage_state)i), name) == 0)
                        return coverage_is_answer((enum coverage_state)i);
        return false;
}

const char *drift_coverage_change(const json_t *from, const json_t *to)
{
        bool was = drift_is_answer(from), can = drift_is_answer(to);

        if (!from)
                return "added";
        if (was == can)
                return "changed";
        return can ? "restored" : "lost";
}

/* ---- what counts -------------------------------------------------------------------------------
 */

static bool is(const json_t *row, const char *key, const char *text)
{
        const char *value = json_member_string(row, key);

        return value && strcmp(value, text) == 0;
}

static int severity_of(const json_t *judged)
{
        const char *name = json_member_string(judged, "severity");
        enum severity severity = SEVERITY_INFO;

        if (name)
                (void)severity_from_name(name, &severity);
        return (int)severity;
}

static bool is_open(const json_t *judged)
{
        return is(judged, "verdict", "fail") || is(judged, "verdict", "unknown");
}

const char *drift_finding_change(const json_t *from, const json_t *to)
{
        if (is_open(from) != is_open(to))
                return is_open(to) ? "opened" : "closed";
        if (is(to, "verdict", "unknown") && !is(from, "verdict", "unknown"))
                return "undetermined";
        if (severity_of(to) > severity_of(from) ||
            (is(from, "verdict", "unknown") && is(to, "verdict", "fail")))
                return "worsened";
        return "improved";
}

static void count_finding(struct drift *d, const json_t *row)
{
        const json_t *from = json_object_get(row, "from"), *to = json_object_get(row, "to");
        bool unread = is(row, "reason", "unreadable");
        /* of what is new nothing was determined before: that is no loss */
        bool determined = json_member_string(from, "verdict") && !is(from, "verdict", "unknown");

        if (unread || (is(to, "verdict", "unknown") && determined))
                d->totals.lost++;
        else if (is(to, "verdict", "fail") && severity_of(to) >= (int)d->request.fail_on &&
                 (!is(from, "verdict", "fail") || severity_of(to) > severity_of(from)))
                d->totals.worse++;
}

static void count_resource(struct drift *d, const json_t *row)
{
        json_t *change;
        size_t i;

        if (is(row, "change", "not-seen"))
                d->totals.lost++;
        json_array_foreach(json_object_get(row, "facts"), i,
                           change) if (is(json_object_get(change, "to"), "state", "unknown") &&
                                       !is(json_object_get(change, "from"), "state", "unknown"))
                d->totals.lost++;
}

static int note_resource(struct drift *d, const json_t *row)
{
        const char *account = json_member_string(row, "account");
        json_t *facts = json_object_get(d->facts, account), *change;
        _cleanup_(freep) char *key = drift_key(row);
        size_t i;

        if (!key)
                return -ENOMEM;
        if (!facts) {
                facts = json_object();
                if (json_object_set_new(d->facts, account, facts) < 0)
                        return -ENOMEM;
        }
        json_array_foreach(json_object_get(row, "facts"), i, change)(void)
                json_object_set_new(facts, json_member_string(change, "fact"), json_true());
        return json_object_set(d->resources, key, (json_t *)row);
}

static int note(struct drift *d, enum drift_section section, const json_t *row)
{
        d->totals.rows++;
        d->counts[section]++;
        switch (section) {
        case SECTION_COVERAGE:
                if (is(row, "change", "lost"))
                        d->totals.lost++;
                return json_array_append(d->coverage, (json_t *)row);
        case SECTION_RESOURCES:
                count_resource(d, row);
                return note_resource(d, row);
        default:
                count_finding(d, row);
                return 0;
        }
}

/* ---- writing -----------------------------------------------------------------------------------
 */

static json_t *side_row(const struct drift_side *side)
{
        json_t *row = json_object();

        put_text(row, "id", side->id);
        put_text(row, "started", side->started);
        (void)json_object_set_new(row, "complete", json_boolean(side->complete));
        return row;
}

static void open_section(struct drift *d, enum drift_section section)
{
        d->section = section;
        if (d->request.format == REPORT_JSON)
                json_stream_array(&d->stream, section_names[section]);
}

static void close_section(struct drift *d)
{
        if (d->request.format == REPORT_JSON)
                json_stream_array_end(&d->stream);
}

int drift_begin(struct drift *d, struct error *err)
{
        static const char *const columns[] = { "list",        "change", "provider", "account",
                                               "scope",       "region", "kind",     "resource",
                                               "rule",        "from",   "to",       "severity_from",
                                               "severity_to", "reason", "detail" };

        d->coverage = json_array();
        d->resources = json_object();
        d->facts = json_object();
        if (!d->coverage || !d->resources || !d->facts)
                return error_oom(err);
        d->stream = JSON_STREAM_TO(d->request.terminal.out);
        if (d->request.format == REPORT_JSON) {
                json_stream_member_take(&d->stream, "vigie", json_string(VIGIE_VERSION));
                json_stream_member_take(&d->stream, "from", side_row(&d->from));
                json_stream_member_take(&d->stream, "to", side_row(&d->to));
        } else if (d->request.format == REPORT_CSV) {
                csv_line(d->request.terminal.out, columns, ELEMENTSOF(columns));
        } else {
                drift_table_begin(d);
        }
        d->begun = true;
        open_section(d, SECTION_COVERAGE);
        return 0;
}

/* "log.retention_days; tags.Env", or the cause. */
static char *detail_text(const json_t *row)
{
        json_t *list = json_object_get(row, "facts"), *element;
        char *text = NULL;
        size_t size = 0, i;
        _cleanup_(fclosep) FILE *f = NULL;

        if (!json_array_size(list))
                list = json_object_get(row, "parts");
        f = open_memstream(&text, &size);
        if (!f)
                return NULL;
        json_array_foreach(list, i, element)
        {
                const char *name = json_is_string(element) ? json_string_value(element)
                                                           : json_member_string(element, "fact");

                (void)fprintf(f, "%s%s", i > 0 ? "; " : "", name ? name : "");
        }
        if (json_member_string(row, "cause"))
                (void)fputs(json_member_string(row, "cause"), f);
        (void)fclose(TAKE_PTR(f));
        return text;
}

static const char *state_or_verdict(const json_t *side)
{
        const char *verdict = json_member_string(side, "verdict");

        return verdict ? verdict : json_member_string(side, "state");
}

static void csv_row(const struct drift *d, enum drift_section section, const json_t *row)
{
        const json_t *from = json_object_get(row, "from"), *to = json_object_get(row, "to");
        const char *kind = json_member_string(row, "kind");
        _cleanup_(freep) char *detail = detail_text(row);
        const char *const cells[] = {
                section_names[section],
                json_member_string(row, "change"),
                json_member_string(row, "provider"),
                json_member_string(row, "account"),
                json_member_string(row, "scope"),
                json_member_string(row, "region"),
                kind ? kind : json_member_string(row, "collector"),
                section == SECTION_RESOURCES ? json_member_string(row, "id")
                                             : json_member_string(row, "resource"),
                json_member_string(row, "rule"),
                state_or_verdict(from),
                state_or_verdict(to),
                json_member_string(from, "severity"),
                json_member_string(to, "severity"),
                json_member_string(row, "reason"),
                detail,
        };

        csv_line(d->request.terminal.out, cells, ELEMENTSOF(cells));
}

int drift_put_take(struct drift *d, enum drift_section section, json_t *row, struct error *err)
{
        json_auto_t *own = row;
        int r;

        if (!own || note(d, section, own) < 0)
                return error_oom(err);
        while (d->section < section) {
                close_section(d);
                open_section(d, d->section + 1);
        }
        switch (d->request.format) {
        case REPORT_JSON:
                r = json_stream_row_take(&d->stream, json_incref(own));
                break;
        case REPORT_CSV:
                csv_row(d, section, own);
                r = ferror(d->request.terminal.out) ? -EIO : 0;
                break;
        default:
                drift_table_row(d, section, own);
                r = ferror(d->request.terminal.out) ? -EIO : 0;
        }
        return r < 0 ? error_set(err, r, "output: %s", strerror(-r)) : 0;
}

int drift_end(struct drift *d, struct error *err)
{
        while (d->section < SECTION_FINDINGS) {
                close_section(d);
                open_section(d, d->section + 1);
        }
        close_section(d);
        if (d->request.format == REPORT_TABLE)
                drift_table_end(d);
        if (d->request.format != REPORT_JSON)
                return 0;
        json_stream_member_take(&d->stream, "summary",
                                json_pack("{s:I, s:I, s:I, s:I, s:I}", "coverage",
                                          (json_int_t)d->counts[SECTION_COVERAGE], "resources",
                                          (json_int_t)d->counts[SECTION_RESOURCES], "findings",
                                          (json_int_t)d->counts[SECTION_FINDINGS], "worse",
                                          (json_int_t)d->totals.worse, "lost",
                                          (json_int_t)d->totals.lost));
        return json_stream_end(&d->stream, err);
}

void drift_done(struct drift *d)
{
        json_decref(d->coverage);
        json_decref(d->resources);
        json_decref(d->facts);
}
