#include "daemon/report/drift-private.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

/* What is written while the store is walked. */
struct telling {
        struct drift *drift;
        struct store *store;
        json_t *lost; /* [{"pass","state","cause"}]: whose resources were not seen */
        const json_t *lost_now;
        json_t *unanswered; /* {pass: state and cause before}: lists that had no answer then */
        struct error *err;
};

static void put_text(json_t *row, const char *key, const char *text)
{
        (void)json_object_set_new(row, key, json_stream_text(text));
}

/* ---- coverage ----------------------------------------------------------------------------------
 */

static int on_pass(void *user, const struct store_moved_pass *p)
{
        struct telling *t = user;
        const char *change = drift_coverage_change(p->from, p->to);
        json_t *row = drift_place_row(change, &p->place);
        char pass[24];

        put_text(row, "collector", p->collector);
        (void)json_object_set_new(row, "from",
                                  p->from ? json_incref((json_t *)p->from) : json_null());
        (void)json_object_set(row, "to", (json_t *)p->to);
        if (strcmp(change, "lost") == 0)
                (void)json_array_append_new(t->lost,
                                            json_pack("{s:I, s:O}", "pass", (json_int_t)p->pass,
                                                      "to", (json_t *)p->to));
        (void)snprintf(pass, sizeof(pass), "%lld", (long long)p->pass);
        if (!drift_is_answer(p->from))
                (void)json_object_set(t->unanswered, pass,
                                      p->from ? (json_t *)p->from : json_null());
        return drift_put_take(t->drift, SECTION_COVERAGE, row, t->err);
}

/* ---- resources ---------------------------------------------------------------------------------
 */

static json_t *resource_row(const char *change, const struct place *place, const char *kind,
                            const char *id, const char *name)
{
        json_t *row = drift_place_row(change, place);

        put_text(row, "kind", kind);
        put_text(row, "id", id);
        put_text(row, "name", name);
        return row;
}

static int on_moved(void *user, const struct store_moved_resource *r)
{
        static const char *const words[] = {
                [MOVED_APPEARED] = "appeared", [MOVED_CHANGED] = "changed", [MOVED_GONE] = "gone"
        };
        struct telling *t = user;
        json_t *row = resource_row(words[r->moved], &r->place, r->kind, r->id, r->name), *before;
        char pass[24];

        if (r->topic)
                put_text(row, "topic", r->topic);
        (void)json_object_set_new(row, "facts", drift_facts(r->changes));
        (void)snprintf(pass, sizeof(pass), "%lld", (long long)r->pass);
        before = json_object_get(t->unanswered, pass);
        if (r->moved == MOVED_APPEARED && before && !json_is_null(before)) {
                /* it may have been there all along */
                put_text(row, "change", "first-read");
                (void)json_object_set_new(row, "cause", drift_cause(before));
        }
        return drift_put_take(t->drift, SECTION_RESOURCES, row, t->err);
}

static int on_unseen(void *user, const struct store_resource *row)
{
        struct telling *t = user;
        const struct resource *r = row->resource;
        const struct place place = { r->provider, r->account, r->scope, r->region };
        json_t *own = resource_row("not-seen", &place, r->kind, r->id, r->name);

        (void)json_object_set_new(own, "cause", drift_cause(t->lost_now));
        (void)json_object_set_new(own, "facts", json_array());
        put_text(own, "last_seen", row->last_seen);
        return drift_put_take(t->drift, SECTION_RESOURCES, own, t->err);
}

static int put_unseen(struct telling *t, const json_t *lost)
{
        t->lost_now = json_object_get(lost, "to");
        return store_each_unseen(t->store,
                                 (int64_t)json_integer_value(json_object_get(lost, "pass")),
                                 on_unseen, t, t->err);
}

/* ---- findings ----------------------------------------------------------------------------------
 */

static json_t *judged_row(const struct store_judged *j, enum language language)
{
        const char *why = j->why[language] ? j->why[language] : j->why[LANGUAGE_EN];
        json_t *row;

        if (!j->verdict)
                return json_null();
        row = json_object();
        put_text(row, "verdict", j->verdict);
        put_text(row, "severity", j->severity);
        put_text(row, "why", why);
        put_text(row, "arithmetic", j->arithmetic);
        put_text(row, "applies_from", j->applies_from);
        put_text(row, "state", j->state);
        return row;
}

/* What either verdict read; NULL when one of them is not kept. */
static json_t *read_by(const struct store_moved_finding *f)
{
        json_t *list;

        if ((f->from.verdict && !f->from.facts) || (f->to.verdict && !f->to.facts))
                return NULL;
        list = json_array();
        (void)json_array_extend(list, (json_t *)f->from.facts);
        (void)json_array_extend(list, (json_t *)f->to.facts);
        return list;
}

static int on_finding(void *user, const struct store_moved_finding *f)
{
        struct telling *t = user;
        enum language language = t->drift->request.language;
        json_t *row = drift_place_row("", &f->place);
        json_auto_t *read = read_by(f);

        put_text(row, "id", f->id);
        put_text(row, "rule", f->rule);
        put_text(row, "title", report_rule_text(f->rule_data, "title", language));
        put_text(row, "kind", f->kind);
        put_text(row, "resource", f->resource_id);
        put_text(row, "name", f->resource_name);
        (void)json_object_set_new(row, "from", judged_row(&f->from, language));
        (void)json_object_set_new(row, "to", judged_row(&f->to, language));
        put_text(row, "change",
                 drift_finding_change(json_object_get(row, "from"), json_object_get(row, "to")));
        if (drift_reason_put(t->drift, row, read) < 0) {
                json_decref(row);
                return error_oom(t->err);
        }
        return drift_put_take(t->drift, SECTION_FINDINGS, row, t->err);
}

/* ---- all of it ---------------------------------------------------------------------------------
 */

static int tell(struct telling *t, const struct store_span *span, bool last)
{
        json_t *lost;
        size_t i;
        int r = store_each_moved_pass(t->store, span, on_pass, t, t->err);

        if (r >= 0)
                r = store_each_moved_resource(t->store, span, on_moved, t, t->err);
        /* the rows are as the last scan left them: of an older end, they would be of another time
         */
        if (last)
                json_array_foreach(t->lost, i, lost) r = r < 0 ? r : put_unseen(t, lost);
        return r < 0 ? r : store_each_moved_finding(t->store, span, on_finding, t, t->err);
}

static int on_newest(void *user, const struct store_scan_row *row)
{
        *(int64_t *)user = row->number;
        return 1;
}

int drift_of_scans(const struct drift_request *request, struct store *s,
                   const struct drift_pick *pick, struct drift_totals *ret, struct error *err)
{
        const struct drift_scan *from = &pick->from, *to = &pick->to;
        const struct store_span span = { from->number, to->number, from->started_usec,
                                         to->started_usec };
        struct drift d = {
                .request = *request,
                .from = { from->id, from->started, from->complete, from->basis },
                .to = { to->id, to->started, to->complete, to->basis },
        };
        struct telling t = { .drift = &d,
                             .store = s,
                             .lost = json_array(),
                             .unanswered = json_object(),
                             .err = err };
        int64_t newest = 0;
        int r = store_each_scan(s, on_newest, &newest, err);

        if (r >= 0)
                r = t.lost && t.unanswered ? drift_begin(&d, err) : error_oom(err);
        if (r >= 0)
                r = tell(&t, &span, newest == to->number);
        if (r >= 0)
                r = drift_end(&d, err);
        *ret = d.totals;
        drift_done(&d);
        json_decref(t.lost);
        json_decref(t.unanswered);
        return r;
}
