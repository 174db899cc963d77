#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/ledger.h"

#include "daemon/model/fact.h"

#include <ftw.h>
#include <string.h>

static const char *or_default(const char *text, const char *other)
{
        return text ? text : other;
}

/* ---- life --------------------------------------------------------------------------------------
 */

void ledger_open(struct ledger *l)
{
        struct error err = { 0 };

        if (store_open(&l->store, l->dir, false, &err) < 0)
                fail_msg("%s", err.text);
}

void ledger_close(struct ledger *l)
{
        l->scan = NULL; /* the store gives it up */
        l->store = store_close(l->store);
}

int ledger_setup(void **state)
{
        struct ledger *l = calloc(1, sizeof(*l));

        if (!l)
                return -1;
        (void)snprintf(l->dir, sizeof(l->dir), "/tmp/vigie-store-XXXXXX");
        l->now_usec = LEDGER_START;
        *state = l;
        if (!mkdtemp(l->dir))
                return -1;
        ledger_open(l);
        return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
        return remove(path);
}

int ledger_teardown(void **state)
{
        struct ledger *l = *state;

        ledger_close(l);
        (void)nftw(l->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
        free(l);
        return 0;
}

char *ledger_path(const struct ledger *l, const char *name)
{
        char *path;

        assert_true(asprintf(&path, "%s/%s", l->dir, name) > 0);
        return path;
}

/* ---- scans -------------------------------------------------------------------------------------
 */

struct place ledger_place(const struct visit *v)
{
        return (struct place){ "aws", or_default(v->account, "prod"), "111122223333",
                               or_default(v->region, "eu-west-1") };
}

struct resource *ledger_resource(const struct visit *v, const char *id)
{
        struct place place = ledger_place(v);
        struct resource *r;

        place.scope = or_default(v->scope, place.scope);
        r = resource_new(&place, or_default(v->collector, "aws.sagemaker.endpoint"));
        assert_non_null(r);
        r->id = strdup(id);
        assert_true(asprintf(&r->name, "name-%s", id) > 0);
        r->status = strdup("InService");
        if (v->topic)
                r->topic = strdup(v->topic);
        else
                r->service_type = strdup("mlaas");
        assert_int_equal(fact_set_known_take(r->facts, "log.retention_days", json_integer(365), 0),
                         0);
        (void)json_object_set_new(r->tags, "Env", json_string("prod"));
        (void)json_array_append_new(r->evidence, json_pack("{s:s, s:s}", "call", "ListEndpoints",
                                                           "time", "2026-07-19T22:00:00Z"));
        (void)snprintf(r->listed_digest, sizeof(r->listed_digest), "digest-%s", id);
        r->details_complete = true;
        r->detailed_usec = LEDGER_START;
        return r;
}

void ledger_begin(struct ledger *l)
{
        static const char *const accounts[] = { "prod", "lab", NULL };
        struct error err = { 0 };

        l->now_usec += LEDGER_HOUR;
        if (store_scan_begin(&l->scan, l->store, accounts, l->now_usec, &err) < 0)
                fail_msg("%s", err.text);
}

static void put(const struct sink *sink, void *pass, const struct visit *v,
                const struct resource *r)
{
        struct error err = { 0 };

        if (v->listed && sink->known(sink->user, pass, r, LEDGER_START, NULL, &err) > 0)
                return;
        if (sink->resource(sink->user, pass, r, &err) < 0)
                fail_msg("%s", err.text);
}

static void end_pass(const struct sink *sink, void *pass, const struct visit *v, uint64_t items)
{
        const struct coverage c = {
                .place = ledger_place(v),
                .collector = or_default(v->collector, "aws.sagemaker.endpoint"),
                .topic = v->topic,
                .service_type = v->topic ? NULL : "mlaas",
                .state = v->state,
                .cause = v->state == COVERAGE_OK ? NULL : "because",
                .permission = "sagemaker:ListEndpoints",
                .calls = 2,
                .items = items,
                .partial = v->partial,
        };
        struct error err = { 0 };

        if (sink->pass_end(sink->user, pass, &c, &err) < 0)
                fail_msg("%s", err.text);
}

static void *begin_pass(const struct sink *sink, const struct visit *v)
{
        const struct place place = ledger_place(v);
        struct error err = { 0 };
        void *pass = NULL;

        if (sink->pass_begin(sink->user, &place, or_default(v->collector, "aws.sagemaker.endpoint"),
                             &pass, &err) < 0)
                fail_msg("%s", err.text);
        return pass;
}

void ledger_visit(struct ledger *l, const struct visit *v)
{
        const struct sink *sink = store_scan_sink(l->scan);
        void *pass = begin_pass(sink, v);
        const char *p = or_default(v->ids, "");
        uint64_t n = 0;

        for (p += strspn(p, " "); *p; p += strspn(p, " "), n++) {
                _cleanup_(resource_freep) struct resource *r = NULL;
                size_t length = strcspn(p, " ");
                char id[64];

                (void)snprintf(id, sizeof(id), "%.*s", (int)length, p);
                r = ledger_resource(v, id);
                put(sink, pass, v, r);
                p += length;
        }
        end_pass(sink, pass, v, n);
}

void ledger_put(struct ledger *l, const struct visit *v, const struct resource *r)
{
        const struct sink *sink = store_scan_sink(l->scan);
        void *pass = begin_pass(sink, v);

        put(sink, pass, v, r);
        end_pass(sink, pass, v, 1);
}

void ledger_collected(struct ledger *l, bool complete)
{
        struct error err = { 0 };

        if (store_scan_collected(l->scan, complete, l->now_usec + LEDGER_HOUR / 60, &err) < 0)
                fail_msg("%s", err.text);
}

void ledger_end(struct ledger *l)
{
        struct error err = { 0 };

        if (store_scan_end(TAKE_PTR(l->scan), l->now_usec + LEDGER_HOUR / 30, &err) < 0)
                fail_msg("%s", err.text);
}

void ledger_scan(struct ledger *l, const struct visit *visits, size_t n)
{
        ledger_begin(l);
        for (size_t i = 0; i < n; i++)
                ledger_visit(l, &visits[i]);
        ledger_collected(l, true);
        ledger_end(l);
}

void ledger_judge(struct ledger *l, const struct visit *v, const char *id,
                  const struct judgement *like)
{
        _cleanup_(resource_freep) struct resource *r = id ? ledger_resource(v, id) : NULL;
        struct judgement j = *like;
        struct place place = ledger_place(v);
        char key[RESOURCE_KEY_MAX];
        struct error err = { 0 };

        place.scope = or_default(v->scope, place.scope);
        j.place = place;
        j.rule = or_default(like->rule, "LOC-001");
        j.why[LANGUAGE_EN] = or_default(like->why[LANGUAGE_EN], "It is there.");
        j.why[LANGUAGE_FR] = or_default(like->why[LANGUAGE_FR], "C'est là.");
        if (r) {
                j.kind = r->kind;
                j.resource_id = r->id;
                j.resource_key = resource_key(r, key);
        }
        if (store_judge_begin(l->scan, &place, j.resource_key, &err) < 0 ||
            store_judge_add(l->scan, &j, &err) < 0 || store_judge_end(l->scan, &err) < 0)
                fail_msg("%s", err.text);
}

/* ---- what it knows -----------------------------------------------------------------------------
 */

static void add_text(struct ledger *l, const char *fmt, ...) _printf_(2, 3);
static void add_text(struct ledger *l, const char *fmt, ...)
{
        size_t used = strlen(l->text);
        va_list ap;

        if (used > 0)
                used += (size_t)snprintf(l->text + used, sizeof(l->text) - used, ", ");
        assert_true(used < sizeof(l->text));
        va_start(ap, fmt);
        used += (size_t)vsnprintf(l->text + used, sizeof(l->text) - used, fmt, ap);
        va_end(ap);
        assert_true(used < sizeof(l->text));
}

static int on_resource(void *user, const struct store_resource *r)
{
        add_text(user, "%s %s", r->resource->id, r->gone ? "gone" : r->stale ? "stale" : "fresh");
        return 0;
}

const char *ledger_resources(struct ledger *l)
{
        const struct store_filter all = { .all = true, .evidence = true };
        struct error err = { 0 };

        l->text[0] = '\0';
        if (store_each_resource(l->store, &all, on_resource, l, &err) < 0)
                fail_msg("%s", err.text);
        return l->text;
}

static int on_coverage(void *user, const struct store_coverage *c)
{
        add_text(user, "%s %s", coverage_state_name(c->coverage.state), c->coverage.place.region);
        return 0;
}

const char *ledger_coverage(struct ledger *l)
{
        const struct store_filter all = { .all = true };
        struct error err = { 0 };

        l->text[0] = '\0';
        if (store_each_coverage(l->store, &all, on_coverage, l, &err) < 0)
                fail_msg("%s", err.text);
        return l->text;
}

static int on_finding(void *user, const struct store_finding *f)
{
        add_text(user, "%s %s %s %s%s", f->rule, f->resource_id ? f->resource_id : "-", f->verdict,
                 f->severity, f->closed ? " closed" : "");
        return 0;
}

const char *ledger_findings(struct ledger *l, const struct store_filter *f)
{
        const struct store_filter all = { .all = true };
        struct error err = { 0 };

        l->text[0] = '\0';
        if (store_each_finding(l->store, f ? f : &all, on_finding, l, &err) < 0)
                fail_msg("%s", err.text);
        return l->text;
}

static const char *field(const json_t *fields, const char *key)
{
        const char *text = json_string_value(json_object_get(fields, key));

        return text ? text : "";
}

static void add_event(struct ledger *l, const struct store_event *event)
{
        static const char *const names[EVENT_KIND_MAX] = {
                [EVENT_FINDING_OPENED] = "opened",
                [EVENT_FINDING_WORSENED] = "worsened",
                [EVENT_FINDING_CLOSED] = "closed",
                [EVENT_RESOURCE_APPEARED] = "appeared",
                [EVENT_RESOURCE_CHANGED] = "changed",
                [EVENT_RESOURCE_GONE] = "gone",
                [EVENT_COVERAGE_LOST] = "lost",
                [EVENT_COVERAGE_RESTORED] = "restored",
                [EVENT_CREDENTIALS_FAILING] = "credentials",
                [EVENT_CREDENTIALS_EXPIRING] = "expiring",
                [EVENT_SCAN_FINISHED] = "finished",
                [EVENT_SCAN_OVERDUE] = "overdue",
                [EVENT_WAIVER_EXPIRED] = "waiver",
                [EVENT_FLAPPING] = "flapping",
                [EVENT_SETTLED] = "settled",
        };
        const json_t *f = event->fields;

        switch (event->kind) {
        case EVENT_FINDING_OPENED:
        case EVENT_FINDING_WORSENED:
        case EVENT_FINDING_CLOSED:
                add_text(l, "%s %s %s %s", names[event->kind], field(f, "rule"),
                         field(f, "resource"), field(f, "verdict"));
                break;
        case EVENT_COVERAGE_LOST:
        case EVENT_COVERAGE_RESTORED:
        case EVENT_CREDENTIALS_FAILING:
                add_text(l, "%s %s", names[event->kind],
                         *field(f, "region") ? field(f, "region") : field(f, "account"));
                break;
        case EVENT_FLAPPING:
        case EVENT_SETTLED:
                add_text(l, "%s %s (%s)", names[event->kind],
                         *field(f, "rule")       ? field(f, "rule")
                         : *field(f, "resource") ? field(f, "resource")
                                                 : field(f, "region"),
                         field(f, "event"));
                break;
        case EVENT_SCAN_FINISHED:
                add_text(l, "%s", names[event->kind]);
                break;
        case EVENT_WAIVER_EXPIRED:
                add_text(l, "%s %s %s %s", names[event->kind], field(f, "waiver"),
                         field(f, "until"), field(f, "rule"));
                break;
        default:
                add_text(l, "%s %s", names[event->kind], field(f, "resource"));
        }
}

const char *ledger_events(struct ledger *l)
{
        struct store_event event;
        struct error err = { 0 };
        uint64_t last = 0;

        l->text[0] = '\0';
        while (store_outbox_next(l->store, &event, &err) > 0) {
                assert_true(event.sequence > last); /* in order, and none twice */
                last = event.sequence;
                add_event(l, &event);
                if (store_outbox_sent(l->store, event.sequence, &err) < 0)
                        fail_msg("%s", err.text);
        }
        if (err.code < 0)
                fail_msg("%s", err.text);
        return l->text;
}
