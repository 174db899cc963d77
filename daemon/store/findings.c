#include "daemon/store/drift.h"
#include "daemon/store/saying.h"

#include <errno.h>
#include <string.h>

/* Open to those who read alerts: something is to be done, or to be found out. */
static bool is_open(enum verdict v)
{
        return v == VERDICT_FAIL || v == VERDICT_UNKNOWN;
}

void findings_subject_done(struct subject *subject)
{
        free(subject->provider);
        free(subject->account);
        free(subject->scope);
        free(subject->region);
        free(subject->kind);
        free(subject->id);
        free(subject->name);
        free(subject->findings);
        *subject = (struct subject){ 0 };
}

static struct place subject_place(const struct subject *s)
{
        return (struct place){ s->provider, s->account, s->scope, s->region };
}

/* ---- events and history ------------------------------------------------------------------------
 */

/* What is said of a finding in an event. */
struct telling {
        enum event_kind kind;
        int64_t finding;
        const char *rule;
        int verdict, severity;
        const char *why[LANGUAGE_MAX];
};

static int finding_tell(struct store_scan *scan, const struct telling *t, struct error *err)
{
        const struct subject *s = &scan->subject;
        const struct place place = subject_place(s);
        json_t *fields = record_place_fields(&place);
        char id[FINDING_ID_MAX];

        if (!fields)
                return error_oom(err);
        (void)finding_id(&place, t->rule, s->kind, s->id, id);
        (void)json_object_set_new(fields, "finding", json_string(id));
        (void)json_object_set_new(fields, "rule", json_string(t->rule));
        (void)json_object_set_new(fields, "verdict",
                                  json_string(verdict_name((enum verdict)t->verdict)));
        (void)json_object_set_new(fields, "severity",
                                  json_string(severity_name((enum severity)t->severity)));
        if (s->id) {
                (void)json_object_set_new(fields, "kind", json_string(s->kind));
                (void)json_object_set_new(fields, "resource", json_string(s->id));
                if (s->name)
                        (void)json_object_set_new(fields, "name", json_string(s->name));
        }
        if (t->why[LANGUAGE_EN])
                (void)json_object_set_new(fields, "why",
                                          json_pack("{s:s, s:s?}", "en", t->why[LANGUAGE_EN], "fr",
                                                    t->why[LANGUAGE_FR]));
        return flap_tell_take(scan, FLAP_FINDING, t->finding, t->kind, fields, err);
}

/* from: NULL when there was none before. to: NULL when it is closed, saying then 0. */
static int history_add(struct store_scan *scan, int64_t finding, const struct subject_finding *from,
                       const struct judgement *to, int64_t saying, struct error *err)
{
        /* numbers are one higher here, so that 0 stands for none */
        return store_run(scan->store, ST_HISTORY_ADD, err, "iiioooooo", finding,
                         (int64_t)scan->now_usec, scan->number,
                         from ? (int64_t)from->verdict + 1 : INT64_C(0),
                         to ? (int64_t)to->verdict + 1 : INT64_C(0),
                         from ? (int64_t)from->severity + 1 : INT64_C(0),
                         to ? (int64_t)to->severity + 1 : INT64_C(0),
                         from ? from->saying : INT64_C(0), saying);
}

/* ---- closing -----------------------------------------------------------------------------------
 */

/* The subject is gone, or the rule no longer applies to it. */
static int finding_close(struct store_scan *scan, const struct subject_finding *f,
                         struct error *err)
{
        const struct telling t = { .kind = EVENT_FINDING_CLOSED,
                                   .finding = f->finding,
                                   .rule = f->rule,
                                   .verdict = f->verdict,
                                   .severity = f->severity };
        int r = store_run(scan->store, ST_FINDING_CLOSE, err, "isi", (int64_t)scan->now_usec,
                          scan->subject.account, f->finding);

        if (r < 0 || !is_open((enum verdict)f->verdict))
                return r;
        r = history_add(scan, f->finding, f, NULL, 0, err);
        return r < 0 ? r : finding_tell(scan, &t, err);
}

/* Columns of ST_FINDING_OF. */
enum { F_FINDING, F_RULE, F_VERDICT, F_SEVERITY, F_CLOSED, F_SAID, F_SAYING };

static int subject_load_findings(struct store_scan *scan, struct error *err)
{
        struct subject *s = &scan->subject;
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r;

        s->findings = calloc(SUBJECT_FINDINGS_MAX, sizeof(*s->findings));
        if (!s->findings)
                return error_oom(err);
        r = store_row(scan->store, ST_FINDING_OF, &st, err, "ii", s->resource, s->place_row);
        while (r > 0) {
                struct subject_finding *f = &s->findings[s->n_findings];

                if (s->n_findings == SUBJECT_FINDINGS_MAX)
                        return error_set(err, -E2BIG, "%s: too many findings of one subject",
                                         scan->store->path);
                f->finding = sqlite3_column_int64(st, F_FINDING);
                f->verdict = (int)sqlite3_column_int64(st, F_VERDICT);
                f->severity = (int)sqlite3_column_int64(st, F_SEVERITY);
                f->closed = sqlite3_column_type(st, F_CLOSED) != SQLITE_NULL;
                (void)snprintf(f->rule, sizeof(f->rule), "%s", column_text(st, F_RULE));
                (void)snprintf(f->said, sizeof(f->said), "%s", column_text(st, F_SAID));
                f->saying = sqlite3_column_int64(st, F_SAYING);
                s->n_findings++;
                r = store_next(scan->store, st, err);
        }
        return r;
}

static char *dup_text(const char *text, int *r)
{
        char *copy = text ? strdup(text) : NULL;

        if (text && !copy)
                *r = -ENOMEM;
        return copy;
}

/* Columns of ST_SUBJECT. */
enum { S_PLACE, S_PROVIDER, S_ACCOUNT, S_SCOPE, S_REGION, S_KIND, S_ID, S_NAME };

static int subject_load_resource(struct store_scan *scan, int64_t resource, struct error *err)
{
        struct subject *s = &scan->subject;
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(scan->store, ST_SUBJECT, &st, err, "i", resource);

        if (r < 0)
                return r;
        if (r == 0)
                return error_set(err, -ENOENT, "%s: no such resource", scan->store->path);
        r = 0;
        s->resource = resource;
        s->place_row = sqlite3_column_int64(st, S_PLACE);
        s->provider = dup_text(column_text(st, S_PROVIDER), &r);
        s->account = dup_text(column_text(st, S_ACCOUNT), &r);
        s->scope = dup_text(column_text(st, S_SCOPE), &r);
        s->region = dup_text(column_text(st, S_REGION), &r);
        s->kind = dup_text(column_text(st, S_KIND), &r);
        s->id = dup_text(column_text(st, S_ID), &r);
        s->name = dup_text(column_text(st, S_NAME), &r);
        return r < 0 ? error_oom(err) : 0;
}

int findings_close_resource(struct store_scan *scan, int64_t resource, struct error *err)
{
        struct subject *s = &scan->subject;
        int r;

        findings_subject_done(s);
        r = subject_load_resource(scan, resource, err);
        if (r == 0)
                r = subject_load_findings(scan, err);
        for (size_t i = 0; i < s->n_findings && r == 0; i++)
                if (!s->findings[i].closed)
                        r = finding_close(scan, &s->findings[i], err);
        findings_subject_done(s);
        return r;
}

/* ---- one verdict -------------------------------------------------------------------------------
 */

/* A rule that speaks twice of one subject changes what it said. */
static void subject_note(struct subject *s, int64_t finding, int64_t saying,
                         const struct judgement *j, const struct said *said)
{
        struct subject_finding *f = &s->findings[s->n_findings];

        if (s->n_findings == SUBJECT_FINDINGS_MAX)
                return;
        *f = (struct subject_finding){ .finding = finding,
                                       .saying = saying,
                                       .verdict = (int)j->verdict,
                                       .severity = (int)j->severity,
                                       .added = true };
        (void)snprintf(f->rule, sizeof(f->rule), "%s", j->rule);
        memcpy(f->said, said->said, sizeof(f->said));
        s->n_findings++;
}

static int finding_insert(struct store_scan *scan, const struct judgement *j,
                          const struct said *said, struct error *err)
{
        const struct subject *subject = &scan->subject;
        int64_t saying, finding, now = (int64_t)scan->now_usec;
        struct store *s = scan->store;
        struct telling t = { EVENT_FINDING_OPENED,
                             0,
                             j->rule,
                             (int)j->verdict,
                             (int)j->severity,
                             { j->why[LANGUAGE_EN], j->why[LANGUAGE_FR] } };
        int r = saying_row(s, said, j, &saying, err);

        if (r == 0)
                r = store_run(s, ST_RULE_ADD, err, "s", j->rule);
        if (r == 0)
                r = store_run(s, ST_FINDING_ADD, err, "iisiiiii", subject->resource,
                              subject->place_row, j->rule, (int64_t)j->verdict,
                              (int64_t)j->severity, saying, now, now);
        if (r < 0)
                return r;
        t.finding = finding = sqlite3_last_insert_rowid(s->db);
        subject_note(&scan->subject, finding, saying, j, said);
        if (!is_open(j->verdict))
                return 0;
        r = history_add(scan, finding, NULL, j, saying, err);
        return r < 0 ? r : finding_tell(scan, &t, err);
}

/* What is to be told of a finding that was f and is j now; EVENT_KIND_MAX for nothing. */
static enum event_kind change_event(const struct subject_finding *f, const struct judgement *j)
{
        bool was = !f->closed && is_open((enum verdict)f->verdict), is = is_open(j->verdict);

        if (!was)
                return is ? EVENT_FINDING_OPENED : EVENT_KIND_MAX;
        if (!is)
                return EVENT_FINDING_CLOSED;
        if ((int)j->severity > f->severity ||
            (f->verdict == VERDICT_UNKNOWN && j->verdict == VERDICT_FAIL))
                return EVENT_FINDING_WORSENED;
        return EVENT_KIND_MAX;
}

static int finding_change(struct store_scan *scan, struct subject_finding *f,
                          const struct judgement *j, const struct said *said, struct error *err)
{
        bool changed =
                f->closed || f->verdict != (int)j->verdict || f->severity != (int)j->severity;
        const struct telling t = {
                change_event(f, j), f->finding,       j->rule,
                (int)j->verdict,    (int)j->severity, { j->why[LANGUAGE_EN], j->why[LANGUAGE_FR] }
        };
        int64_t saying;
        int r;

        if (!changed && strcmp(f->said, said->said) == 0)
                return 0;
        r = saying_row(scan->store, said, j, &saying, err);
        if (r == 0)
                r = store_run(scan->store, ST_FINDING_PUT, err, "iiioi", (int64_t)j->verdict,
                              (int64_t)j->severity, saying,
                              changed ? (int64_t)scan->now_usec : INT64_C(0), f->finding);
        /* as for one that is new: that all is well is no change worth a row */
        if (r == 0 && changed && (!f->closed || is_open(j->verdict)))
                r = history_add(scan, f->finding, f->closed ? NULL : f, j, saying, err);
        f->closed = false;
        f->saying = saying;
        f->verdict = (int)j->verdict;
        f->severity = (int)j->severity;
        memcpy(f->said, said->said, sizeof(f->said));
        return r < 0 || t.kind == EVENT_KIND_MAX ? r : finding_tell(scan, &t, err);
}

static int judge_add(struct store_scan *scan, const struct judgement *j, struct error *err)
{
        _cleanup_(said_done) struct said said = { 0 };
        struct subject *s = &scan->subject;
        int r = said_make(&said, j, err);

        if (r < 0)
                return r;
        for (size_t i = 0; i < s->n_findings; i++) {
                struct subject_finding *f = &s->findings[i];

                if (strcmp(f->rule, j->rule) != 0)
                        continue;
                f->added = true;
                return finding_change(scan, f, j, &said, err);
        }
        return finding_insert(scan, j, &said, err);
}

/* ---- a subject ---------------------------------------------------------------------------------
 */

static int subject_load_place(struct store_scan *scan, const struct place *place, struct error *err)
{
        struct subject *s = &scan->subject;
        int r = 0;

        s->provider = dup_text(place->provider, &r);
        s->account = dup_text(place->account, &r);
        s->scope = dup_text(place->scope ? place->scope : "", &r);
        s->region = dup_text(place->region ? place->region : "", &r);
        if (r < 0)
                return error_oom(err);
        return store_place(scan->store, place, &s->place_row, err);
}

int store_judge_begin(struct store_scan *scan, const struct place *place, const char *resource_key,
                      struct error *err)
{
        int64_t resource = 0;
        int r = record_step(scan, err);

        if (r < 0)
                return r;
        findings_subject_done(&scan->subject);
        scan->store->subject_open = true;
        if (resource_key)
                r = store_row_of_key(scan->store, place, resource_key, &resource, err);
        if (r == 0)
                r = resource_key ? subject_load_resource(scan, resource, err)
                                 : subject_load_place(scan, place, err);
        if (r == 0)
                r = subject_load_findings(scan, err);
        r = step_end(scan->store, r, err);
        if (r < 0)
                scan->store->subject_open = false;
        return r;
}

int store_judge_add(struct store_scan *scan, const struct judgement *j, struct error *err)
{
        int r;

        if (j->verdict == VERDICT_NA) /* not kept; one that was is closed at the end */
                return record_check(scan, err);
        if (strlen(j->rule) >= sizeof(scan->subject.findings->rule))
                return error_set(err, -EINVAL, "%s: not the id of a rule", j->rule);
        r = record_step(scan, err);
        return r < 0 ? r : step_end(scan->store, judge_add(scan, j, err), err);
}

int store_judge_end(struct store_scan *scan, struct error *err)
{
        const struct subject *s = &scan->subject;
        int r = record_step(scan, err);

        for (size_t i = 0; i < s->n_findings && r == 0; i++)
                if (!s->findings[i].added && !s->findings[i].closed)
                        r = finding_close(scan, &s->findings[i], err);
        scan->store->subject_open = false;
        r = step_end(scan->store, r, err);
        findings_subject_done(&scan->subject);
        return r;
}
