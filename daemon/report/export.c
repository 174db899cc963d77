#include "daemon/report/export.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

static void copy(char *to, size_t size, const char *text)
{
        (void)snprintf(to, size, "%s", text ? text : "");
}

int export_init(struct export *ret, const struct report_request *request, struct error *err)
{
        struct export e = { .request = request };
        struct store_summary summary = { 0 };
        int r = store_summarise(request->store, &summary, err);

        if (r < 0)
                return r;
        copy(e.scan, sizeof(e.scan), summary.scan_id);
        copy(e.started, sizeof(e.started), summary.started);
        copy(e.finished, sizeof(e.finished), summary.finished);
        copy(e.at, sizeof(e.at),
             summary.finished  ? summary.finished
             : summary.started ? summary.started
                               : "1970-01-01T00:00:00Z");
        e.complete = summary.scan_id && report_is_complete(&summary);
        e.duration_usec = summary.duration_usec;
        e.words = store_words(request->store);
        *ret = e;
        return 0;
}

void export_done(struct export *e)
{
        json_decref(e->words);
        *e = (struct export){ 0 };
}

bool export_has(const struct export *e, enum report_part part)
{
        return e->request->part == REPORT_SCAN || e->request->part == part;
}

/* ---- rows --------------------------------------------------------------------------------------
 */

struct walk {
        const struct export *e;
        int (*resource)(void *user, const struct store_resource *r);
        int (*finding)(void *user, const struct store_finding *f);
        int (*coverage)(void *user, const struct store_coverage *c);
        void *user;
};

static int outcome(int r, struct error *err)
{
        return r < 0 ? error_set(err, r, "report: %s", strerror(-r)) : 0;
}

static int on_resource(void *user, const struct store_resource *r)
{
        const struct walk *w = user;

        return report_wants(w->e->request, r->resource->account) ? w->resource(w->user, r) : 0;
}

int export_each_resource(const struct export *e, bool evidence,
                         int (*cb)(void *user, const struct store_resource *r), void *user,
                         struct error *err)
{
        struct walk w = { .e = e, .resource = cb, .user = user };
        struct store_filter filter = *e->request->filter;

        filter.evidence = evidence;
        filter.without_replies = true;
        filter.without_facts = e->without_facts;
        return outcome(store_each_resource(e->request->store, &filter, on_resource, &w, err), err);
}

static int on_finding(void *user, const struct store_finding *f)
{
        const struct walk *w = user;

        if (!report_wants(w->e->request, f->place.account))
                return 0;
        if (f->closed && w->e->request->part == REPORT_SCAN) /* history is no result of a scan */
                return 0;
        return w->finding(w->user, f);
}

int export_each_finding(const struct export *e, bool replies, const char *verdict,
                        int (*cb)(void *user, const struct store_finding *f), void *user,
                        struct error *err)
{
        struct walk w = { .e = e, .finding = cb, .user = user };
        struct store_filter filter = *e->request->filter;

        if (e->request->part == REPORT_SCAN)
                filter.all = true;
        if (verdict)
                filter.verdict = verdict;
        filter.without_replies = !replies;
        return outcome(store_each_finding(e->request->store, &filter, on_finding, &w, err), err);
}

static int on_coverage(void *user, const struct store_coverage *c)
{
        const struct walk *w = user;

        if (!report_wants(w->e->request, c->coverage.place.account))
                return 0;
        if (w->e->request->part != REPORT_COVERAGE && coverage_is_answer(c->coverage.state))
                return 0;
        return w->coverage(w->user, c);
}

int export_each_coverage(const struct export *e,
                         int (*cb)(void *user, const struct store_coverage *c), void *user,
                         struct error *err)
{
        struct walk w = { .e = e, .coverage = cb, .user = user };

        return outcome(
                store_each_coverage(e->request->store, e->request->filter, on_coverage, &w, err),
                err);
}

bool export_is_whole(const struct export *e)
{
        const struct store_filter *f = e->request->filter;

        return !f->provider && !f->account && !f->scope && !f->region && !f->kind &&
               !f->service_type && !f->area && !f->id && !f->text;
}

/* ---- words -------------------------------------------------------------------------------------
 */

const char *export_word(const struct export *e, const char *group, const char *code)
{
        return report_word(e->words, group, code, e->request->language);
}

char *export_place(const struct place *place, char text[static EXPORT_PLACE_MAX])
{
        const char *const parts[] = { place->provider, place->account, place->scope,
                                      place->region };
        size_t n = 0;

        text[0] = '\0';
        for (size_t i = 0; i < ELEMENTSOF(parts); i++) {
                if (!parts[i] || !*parts[i] || n >= EXPORT_PLACE_MAX)
                        continue;
                n += (size_t)snprintf(text + n, EXPORT_PLACE_MAX - n, "%s%s", n > 0 ? " / " : "",
                                      parts[i]);
        }
        return text;
}

char *export_id(const char *account, const char *id, char text[static EXPORT_ID_MAX])
{
        (void)snprintf(text, EXPORT_ID_MAX, "%s/%.64s", id, account);
        return text;
}

struct place export_place_of(const struct resource *r)
{
        return (struct place){ r->provider, r->account, r->scope, r->region };
}

int64_t export_time_ms(const char *rfc3339)
{
        uint64_t usec = 0;

        return rfc3339 && clock_parse_iso8601(rfc3339, &usec) == 0 ? (int64_t)(usec / USEC_PER_MSEC)
                                                                   : 0;
}

const char *export_standard(const char *basis)
{
        static const struct {
                const char *word, *standard;
        } standards[] = {
                { "AIA ", "Regulation (EU) 2024/1689" },
                { "GDPR ", "Regulation (EU) 2016/679" },
                { "NIS2 ", "Directive (EU) 2022/2555" },
        };

        for (size_t i = 0; i < ELEMENTSOF(standards); i++)
                if (strncmp(basis, standards[i].word, strlen(standards[i].word)) == 0)
                        return standards[i].standard;
        return basis;
}

/* ---- parts of rows -----------------------------------------------------------------------------
 */

void export_facts(struct writer *w, const char *key, const json_t *facts)
{
        static const char *const members[] = { "state", "value", "cause" };
        const char *name;
        json_t *fact;

        writer_object(w, key);
        json_object_foreach((json_t *)facts, name, fact)
        {
                writer_object(w, name);
                for (size_t i = 0; i < ELEMENTSOF(members); i++)
                        writer_value(w, members[i], json_object_get(fact, members[i]));
                writer_end(w);
        }
        writer_end(w);
}

void export_roles(const struct export *e, struct writer *w, const char *key,
                  const json_t *description)
{
        const char *party;
        json_t *role;

        writer_object(w, key);
        json_object_foreach(json_object_get(description, "roles"), party, role)
        {
                const char *reason = json_member_string(role, "reason");

                writer_object(w, party);
                writer_text(w, "role", json_member_string(role, "role"));
                writer_text(w, "confidence", json_member_string(role, "confidence"));
                writer_text(w, "reason", reason ? export_word(e, "reasons", reason) : NULL);
                writer_end(w);
        }
        writer_end(w);
}
