#include "daemon/store/drift.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* Damping: what was told N times within a window is told once more, as flapping, and then not until
 * it has been the same for the whole window. The rows of history and drift are written all the
 * same, and are what is counted. */

static_assert(FLAP_FINDING == 0 && FLAP_RESOURCE == 1 && FLAP_PASS == 2,
              "subjects keep their numbers");

void store_damp(struct store *s, uint64_t changes, uint64_t within_usec)
{
        s->damp_changes = within_usec > 0 ? changes : 0;
        s->damp_within_usec = within_usec;
}

static const char *event_word(enum event_kind kind)
{
        static const char *const words[EVENT_KIND_MAX] = {
                [EVENT_FINDING_OPENED] = "opened",      [EVENT_FINDING_WORSENED] = "worsened",
                [EVENT_FINDING_CLOSED] = "closed",      [EVENT_RESOURCE_APPEARED] = "appeared",
                [EVENT_RESOURCE_GONE] = "gone",         [EVENT_COVERAGE_LOST] = "lost",
                [EVENT_COVERAGE_RESTORED] = "restored", [EVENT_CREDENTIALS_FAILING] = "lost",
        };

        return words[kind] ? words[kind] : "";
}

static int64_t window_begin(const struct store_scan *scan)
{
        uint64_t within_usec = scan->store->damp_within_usec;

        return scan->now_usec > within_usec ? (int64_t)(scan->now_usec - within_usec) : 0;
}

/* What the window holds: how often it changed, and the highest severity it had. */
struct window {
        uint64_t changes;
        int64_t severity;
};

static int window_read(struct store_scan *scan, enum flap_subject subject, int64_t row,
                       struct window *ret, struct error *err)
{
        static const enum statement counts[] = {
                [FLAP_FINDING] = ST_FLAP_COUNT_FINDING,
                [FLAP_RESOURCE] = ST_FLAP_COUNT_RESOURCE,
                [FLAP_PASS] = ST_FLAP_COUNT_PASS,
        };
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(scan->store, counts[subject], &st, err, "ii", row, window_begin(scan));

        *ret = (struct window){ 0 };
        if (r > 0) {
                ret->changes = (uint64_t)sqlite3_column_int64(st, 0);
                ret->severity = sqlite3_column_int64(st, 1);
        }
        return r < 0 ? r : 0;
}

/* The highest severity that was told; -1 when it does not flap. */
static int told_severity(struct store_scan *scan, enum flap_subject subject, int64_t row, int *ret,
                         struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(scan->store, ST_FLAP_FIND, &st, err, "ii", (int64_t)subject, row);

        *ret = r > 0 ? (int)sqlite3_column_int64(st, 0) : -1;
        return r < 0 ? r : 0;
}

static int severity_in(const json_t *fields)
{
        const char *name = json_string_value(json_object_get(fields, "severity"));
        enum severity severity = SEVERITY_INFO;

        if (name)
                (void)severity_from_name(name, &severity);
        return (int)severity;
}

static void note_flapping(json_t *fields, const struct store *s, enum event_kind kind,
                          const struct window *w)
{
        if (json_object_get(fields, "severity")) /* how bad it gets, not how it is just now */
                (void)json_object_set_new(fields, "severity",
                                          json_string(severity_name((enum severity)w->severity)));
        (void)json_object_set_new(fields, "flapping", json_true());
        (void)json_object_set_new(fields, "event", json_string(event_word(kind)));
        (void)json_object_set_new(fields, "times", json_integer((json_int_t)w->changes));
        (void)json_object_set_new(fields, "within_s",
                                  json_integer((json_int_t)(s->damp_within_usec / 1000000)));
}

static int flap_begin(struct store_scan *scan, enum flap_subject subject, int64_t row,
                      const struct window *w, struct error *err)
{
        return store_run(scan->store, ST_FLAP_PUT, err, "iiii", (int64_t)subject, row,
                         (int64_t)scan->now_usec, w->severity);
}

/* It flaps already: kept quiet, unless it is worse than anything that was told. */
static int flap_on(struct store_scan *scan, enum flap_subject subject, int64_t row, int told,
                   enum event_kind kind, json_t *fields, struct error *err)
{
        int severity = severity_in(fields), r;

        if (kind == EVENT_FINDING_CLOSED || severity <= told) {
                record_count(scan, kind);
                return 0;
        }
        r = store_run(scan->store, ST_FLAP_TOLD, err, "iii", (int64_t)subject, row,
                      (int64_t)severity);
        if (r < 0)
                return r;
        (void)json_object_set_new(fields, "flapping", json_true());
        return record_event_take(scan, kind, json_incref(fields), err);
}

int flap_tell_take(struct store_scan *scan, enum flap_subject subject, int64_t row,
                   enum event_kind kind, json_t *fields, struct error *err)
{
        json_auto_t *own = fields;
        const struct store *s = scan->store;
        struct window w = { 0 };
        int told = -1, r;

        if (!own)
                return error_oom(err);
        if (s->damp_changes == 0)
                return record_event_take(scan, kind, json_incref(own), err);
        r = told_severity(scan, subject, row, &told, err);
        if (r < 0)
                return r;
        if (told >= 0)
                return flap_on(scan, subject, row, told, kind, own, err);
        r = window_read(scan, subject, row, &w, err);
        if (r < 0)
                return r;
        if (w.changes < s->damp_changes)
                return record_event_take(scan, kind, json_incref(own), err);
        r = flap_begin(scan, subject, row, &w, err);
        if (r < 0)
                return r;
        note_flapping(own, s, kind, &w);
        record_count(scan, kind);
        return record_event_take(scan, EVENT_FLAPPING, json_incref(own), err);
}

/* ---- stable again ------------------------------------------------------------------------------
 */

/* Columns of ST_FLAP_FINDING, ST_FLAP_RESOURCE, ST_FLAP_PASS; NULL where a subject has none. */
enum {
        L_ROW,
        L_PROVIDER,
        L_ACCOUNT,
        L_SCOPE,
        L_REGION,
        L_OVER, /* closed, gone, not an answer: 1 */
        L_KIND,
        L_ID,
        L_NAME,
        L_RULE,
        L_VERDICT,
        L_SEVERITY,
        L_WHY_EN,
        L_WHY_FR,
        L_STATE,
        L_CAUSE,
};

static void put_text(json_t *fields, const char *key, const char *text)
{
        if (text)
                (void)json_object_set_new(fields, key, json_string(text));
}

static void put_finding(json_t *fields, const struct place *place, sqlite3_stmt *st)
{
        const char *why_en = column_text(st, L_WHY_EN), *why_fr = column_text(st, L_WHY_FR);
        char id[FINDING_ID_MAX];

        (void)finding_id(place, column_text(st, L_RULE), column_text(st, L_KIND),
                         column_text(st, L_ID), id);
        put_text(fields, "finding", id);
        put_text(fields, "rule", column_text(st, L_RULE));
        put_text(fields, "verdict",
                 verdict_name((enum verdict)sqlite3_column_int64(st, L_VERDICT)));
        put_text(fields, "severity",
                 severity_name((enum severity)sqlite3_column_int64(st, L_SEVERITY)));
        if (why_en)
                (void)json_object_set_new(fields, "why",
                                          json_pack("{s:s, s:s?}", "en", why_en, "fr", why_fr));
}

static json_t *settled_fields(enum flap_subject subject, sqlite3_stmt *st)
{
        static const char *const words[][2] = {
                [FLAP_FINDING] = { "opened", "closed" },
                [FLAP_RESOURCE] = { "appeared", "gone" },
                [FLAP_PASS] = { "restored", "lost" },
        };
        const struct place place = { column_text(st, L_PROVIDER), column_text(st, L_ACCOUNT),
                                     column_text(st, L_SCOPE), column_text(st, L_REGION) };
        json_t *fields = record_place_fields(&place);

        if (!fields)
                return NULL;
        put_text(fields, "event", words[subject][sqlite3_column_int64(st, L_OVER) != 0]);
        if (subject == FLAP_PASS) {
                put_text(fields, "collector", column_text(st, L_KIND));
                put_text(fields, "state",
                         coverage_state_name(
                                 (enum coverage_state)sqlite3_column_int64(st, L_STATE)));
                put_text(fields, "cause", column_text(st, L_CAUSE));
                return fields;
        }
        put_text(fields, "kind", column_text(st, L_KIND));
        put_text(fields, "resource", column_text(st, L_ID));
        put_text(fields, "name", column_text(st, L_NAME));
        if (subject == FLAP_FINDING)
                put_finding(fields, &place, st);
        return fields;
}

static int settle_one(struct store_scan *scan, enum flap_subject subject, sqlite3_stmt *st,
                      struct error *err)
{
        int64_t row = sqlite3_column_int64(st, L_ROW);
        struct window w = { 0 };
        int r;

        /* of what was not looked at, nothing is said */
        if (!json_object_get(scan->accounts, column_text(st, L_ACCOUNT)))
                return 0;
        r = window_read(scan, subject, row, &w, err);
        if (r < 0 || w.changes > 0)
                return r;
        r = store_run(scan->store, ST_FLAP_FORGET, err, "ii", (int64_t)subject, row);
        return r < 0 ? r : record_event_take(scan, EVENT_SETTLED, settled_fields(subject, st), err);
}

/* One at a time: the row that is told leaves the table that is walked. */
static int settle_subject(struct store_scan *scan, enum flap_subject subject, struct error *err)
{
        static const enum statement rows[] = {
                [FLAP_FINDING] = ST_FLAP_FINDING,
                [FLAP_RESOURCE] = ST_FLAP_RESOURCE,
                [FLAP_PASS] = ST_FLAP_PASS,
        };
        int64_t last = 0;

        for (;;) {
                _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
                int r = store_row(scan->store, rows[subject], &st, err, "i", last);

                if (r <= 0)
                        return r;
                last = sqlite3_column_int64(st, L_ROW);
                r = settle_one(scan, subject, st, err);
                if (r < 0)
                        return r;
        }
}

int flap_settle(struct store_scan *scan, struct error *err)
{
        int r = 0;

        for (int i = 0; i < FLAP_SUBJECT_MAX && r == 0; i++)
                r = settle_subject(scan, (enum flap_subject)i, err);
        return r;
}
