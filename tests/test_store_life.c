/* The life of resources and of coverage: every way of being there, not there, and not readable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/cleanup.h"
#include "daemon/model/fact.h"
#include "tests/support/ledger.h"

#include <errno.h>
#include <string.h>

#define SCAN(l, ...)                                                                               \
        do {                                                                                       \
                const struct visit _visits[] = { __VA_ARGS__ };                                    \
                ledger_scan(l, _visits, ELEMENTSOF(_visits));                                      \
        } while (0)

/* ---- tables: one collector, scan after scan ----------------------------------------------------
 */

struct step {
        const char *ids;
        enum coverage_state state;
        const char *resources, *events; /* after it */
};

enum { STEPS_MAX = 6 };

static const struct life {
        const char *name;
        struct step steps[STEPS_MAX];
} lives[] = {
        { "first scan is the baseline, later arrivals appear",
          { { "a b", COVERAGE_OK, "a fresh, b fresh", "finished" },
            { "a b c", COVERAGE_OK, "a fresh, b fresh, c fresh", "appeared c, finished" } } },
        { "gone takes two scans running",
          { { "a b", COVERAGE_OK, "a fresh, b fresh", "finished" },
            { "a", COVERAGE_OK, "a fresh, b stale", "finished" },
            { "a", COVERAGE_OK, "a fresh, b gone", "gone b, finished" },
            { "a", COVERAGE_OK, "a fresh, b gone", "finished" } } },
        { "missing once is forgiven",
          { { "a b", COVERAGE_OK, "a fresh, b fresh", "finished" },
            { "a", COVERAGE_OK, "a fresh, b stale", "finished" },
            { "a b", COVERAGE_OK, "a fresh, b fresh", "finished" },
            { "a", COVERAGE_OK, "a fresh, b stale", "finished" } } },
        { "a denied pass keeps all, stale",
          { { "a b", COVERAGE_OK, "a fresh, b fresh", "finished" },
            { "", COVERAGE_DENIED, "a stale, b stale", "lost eu-west-1, finished" },
            { "", COVERAGE_DENIED, "a stale, b stale", "finished" },
            { "", COVERAGE_DENIED, "a stale, b stale", "finished" },
            { "a b", COVERAGE_OK, "a fresh, b fresh", "restored eu-west-1, finished" } } },
        { "denied on page two: page one is fresh",
          { { "a b", COVERAGE_OK, "a fresh, b fresh", "finished" },
            { "a", COVERAGE_DENIED, "a fresh, b stale", "lost eu-west-1, finished" },
            { "", COVERAGE_DENIED, "a stale, b stale", "finished" },
            { "b", COVERAGE_DENIED, "a stale, b fresh", "finished" },
            { "a b", COVERAGE_OK, "a fresh, b fresh", "restored eu-west-1, finished" } } },
        { "no answer in between begins the two scans anew",
          { { "a b", COVERAGE_OK, "a fresh, b fresh", "finished" },
            { "a", COVERAGE_OK, "a fresh, b stale", "finished" },
            { "a", COVERAGE_THROTTLED, "a fresh, b stale", "lost eu-west-1, finished" },
            { "a", COVERAGE_OK, "a fresh, b stale", "restored eu-west-1, finished" },
            { "a", COVERAGE_OK, "a fresh, b gone", "gone b, finished" } } },
        { "off is an answer",
          { { "a", COVERAGE_OK, "a fresh", "finished" },
            { "", COVERAGE_OFF, "a stale", "finished" },
            { "", COVERAGE_OFF, "a gone", "gone a, finished" } } },
        { "absent is an answer",
          { { "a", COVERAGE_OK, "a fresh", "finished" },
            { "", COVERAGE_ABSENT, "a stale", "finished" },
            { "", COVERAGE_OK, "a gone", "gone a, finished" } } },
        { "failed is none",
          { { "a", COVERAGE_OK, "a fresh", "finished" },
            { "", COVERAGE_FAILED, "a stale", "lost eu-west-1, finished" },
            { "", COVERAGE_FAILED, "a stale", "finished" } } },
        { "expired is none",
          { { "a", COVERAGE_OK, "a fresh", "finished" },
            { "", COVERAGE_EXPIRED, "a stale", "lost eu-west-1, finished" },
            { "", COVERAGE_EXPIRED, "a stale", "finished" } } },
        { "throttled is none",
          { { "a", COVERAGE_OK, "a fresh", "finished" },
            { "", COVERAGE_THROTTLED, "a stale", "lost eu-west-1, finished" },
            { "", COVERAGE_THROTTLED, "a stale", "finished" } } },
        { "skipped is none, and lost in a complete scan",
          { { "a", COVERAGE_OK, "a fresh", "finished" },
            { "", COVERAGE_SKIPPED, "a stale", "lost eu-west-1, finished" },
            { "", COVERAGE_SKIPPED, "a stale", "finished" },
            { "a", COVERAGE_OK, "a fresh", "restored eu-west-1, finished" } } },
        { "what comes back appears again",
          { { "a b", COVERAGE_OK, "a fresh, b fresh", "finished" },
            { "a", COVERAGE_OK, "a fresh, b stale", "finished" },
            { "a", COVERAGE_OK, "a fresh, b gone", "gone b, finished" },
            { "a b", COVERAGE_OK, "a fresh, b fresh", "appeared b, finished" } } },
        { "never readable is no loss, but never well",
          { { "", COVERAGE_DENIED, "", "finished" },
            { "", COVERAGE_DENIED, "", "finished" },
            { "a", COVERAGE_OK, "a fresh", "finished" },
            { "a b", COVERAGE_OK, "a fresh, b fresh", "appeared b, finished" } } },
};

static void run_life(const struct life *life, bool listed, const char *topic)
{
        void *state = NULL;
        struct ledger *l;

        assert_int_equal(ledger_setup(&state), 0);
        l = state;
        for (size_t i = 0; i < STEPS_MAX && life->steps[i].resources; i++) {
                const struct step *s = &life->steps[i];
                const struct visit v = {
                        .ids = s->ids, .state = s->state, .listed = listed, .topic = topic
                };
                const char *found;

                ledger_scan(l, &v, 1);
                found = ledger_resources(l);
                if (strcmp(found, s->resources) != 0)
                        fail_msg("%s, scan %zu: %s, not %s", life->name, i + 1, found,
                                 s->resources);
                found = ledger_events(l);
                if (!topic && strcmp(found, s->events) != 0)
                        fail_msg("%s, scan %zu: %s, not %s", life->name, i + 1, found, s->events);
                if (topic && (strstr(found, "appeared") || strstr(found, "gone")))
                        fail_msg("%s, scan %zu: evidence is told: %s", life->name, i + 1, found);
        }
        assert_int_equal(ledger_teardown(&state), 0);
}

static void store_life_as_in_the_table(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(lives); i++)
                run_life(&lives[i], false, NULL);
}

/* The same when details are remembered: known() counts as seen. */
static void store_life_with_remembered_details(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(lives); i++)
                run_life(&lives[i], true, NULL);
}

static void store_life_of_evidence_is_not_told(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(lives); i++)
                run_life(&lives[i], false, "audit-log");
}

/* ---- scans that do not run to their end --------------------------------------------------------
 */

static void store_interrupted_scan_makes_nothing_gone(void **state)
{
        struct ledger *l = *state;
        const struct visit other = { .region = "eu-west-3", .ids = "z" };

        SCAN(l, { .ids = "a b" }, other);
        SCAN(l, { .ids = "a" }, other);
        (void)ledger_events(l);
        for (int i = 0; i < 3; i++) { /* b would be gone */
                ledger_begin(l);
                ledger_visit(l, &(struct visit){ .ids = "a" });
                ledger_collected(l, false);
                ledger_end(l);
                assert_string_equal(ledger_resources(l), "a fresh, b stale, z stale");
                assert_string_equal(ledger_coverage(l), "ok eu-west-1, skipped eu-west-3");
                assert_string_equal(ledger_events(l), "finished");
        }
        SCAN(l, { .ids = "a" }, other);
        assert_string_equal(ledger_events(l), "gone b, finished");
        assert_string_equal(ledger_coverage(l), "ok eu-west-1, ok eu-west-3");
}

static void store_interrupted_scan_is_no_baseline(void **state)
{
        struct ledger *l = *state;

        ledger_begin(l);
        ledger_visit(l, &(struct visit){ .ids = "a" });
        ledger_collected(l, false);
        ledger_end(l);
        SCAN(l, { .ids = "a b" });
        SCAN(l, { .ids = "a b c" });
        assert_string_equal(ledger_events(l), "finished, finished, appeared c, finished");
}

static void store_unvisited_passes_become_skipped(void **state)
{
        struct ledger *l = *state;

        SCAN(l, { .ids = "a" }, { .region = "eu-west-3", .ids = "z" });
        SCAN(l, { .ids = "a" });
        assert_string_equal(ledger_coverage(l), "ok eu-west-1, skipped eu-west-3");
        assert_string_equal(ledger_resources(l), "a fresh, z stale");
        assert_string_equal(ledger_events(l), "finished, lost eu-west-3, finished");
        SCAN(l, { .ids = "a" });
        assert_string_equal(ledger_events(l), "finished"); /* told once */
        SCAN(l, { .ids = "a" }, { .region = "eu-west-3", .ids = "z" });
        assert_string_equal(ledger_events(l), "restored eu-west-3, finished");
}

static void store_scan_of_one_account_leaves_the_others(void **state)
{
        struct ledger *l = *state;
        static const char *const only[] = { "prod", NULL };
        struct error err = { 0 };

        SCAN(l, { .ids = "a" }, { .account = "lab", .ids = "z" });
        (void)ledger_events(l);
        l->now_usec += LEDGER_HOUR;
        assert_int_equal(store_scan_begin(&l->scan, l->store, only, l->now_usec, &err), 0);
        ledger_visit(l, &(struct visit){ .ids = "a" });
        ledger_collected(l, true);
        ledger_end(l);
        assert_string_equal(ledger_coverage(l), "ok eu-west-1, ok eu-west-1");
        assert_string_equal(ledger_resources(l), "z fresh, a fresh"); /* lab before prod */
        assert_string_equal(ledger_events(l), "finished");
}

/* ---- accounts in trouble -----------------------------------------------------------------------
 */

static void trouble_scan(struct ledger *l, const char *scope, enum coverage_state state)
{
        struct error err = { 0 };

        ledger_begin(l);
        ledger_visit(l, &(struct visit){ .account = "lab", .ids = "z" });
        assert_int_equal(store_scan_trouble(l->scan,
                                            &(struct store_trouble){ .provider = "aws",
                                                                     .account = "prod",
                                                                     .scope = scope,
                                                                     .state = state,
                                                                     .cause = "the token expired" },
                                            &err),
                         0);
        ledger_collected(l, true);
        ledger_end(l);
}

static void store_trouble_is_told_once_while_it_lasts(void **state)
{
        struct ledger *l = *state;
        const struct visit lab = { .account = "lab", .ids = "z" }, prod = { .ids = "a" };

        SCAN(l, lab, prod);
        (void)ledger_events(l);
        trouble_scan(l, NULL, COVERAGE_EXPIRED);
        assert_string_equal(ledger_events(l), "credentials prod, finished");
        assert_string_equal(ledger_coverage(l), "ok eu-west-1, expired , expired eu-west-1");
        assert_string_equal(ledger_resources(l), "z fresh, a stale");
        trouble_scan(l, NULL, COVERAGE_EXPIRED);
        trouble_scan(l, NULL, COVERAGE_DENIED);
        assert_string_equal(ledger_events(l), "finished, finished");
        SCAN(l, lab, prod);
        assert_string_equal(ledger_events(l), "restored prod, finished");
        assert_string_equal(ledger_coverage(l), "ok eu-west-1, ok , ok eu-west-1");
        trouble_scan(l, NULL, COVERAGE_EXPIRED);
        assert_string_equal(ledger_events(l), "credentials prod, finished");
}

static void store_trouble_from_the_start_is_covered(void **state)
{
        struct ledger *l = *state;
        const struct visit lab = { .account = "lab", .ids = "z" };

        trouble_scan(l, NULL, COVERAGE_EXPIRED);
        assert_string_equal(ledger_coverage(l), "ok eu-west-1, expired ");
        ledger_begin(l); /* cut short: nothing says that it works now */
        ledger_visit(l, &lab);
        ledger_collected(l, false);
        ledger_end(l);
        assert_string_equal(ledger_coverage(l), "ok eu-west-1, expired ");
        SCAN(l, lab);
        assert_string_equal(ledger_coverage(l), "ok eu-west-1, ok ");
        (void)ledger_events(l);
        SCAN(l, lab, { .ids = "a" }); /* what is read for the first time is the baseline */
        assert_string_equal(ledger_events(l), "finished");
}

static void store_trouble_of_the_network_is_a_loss(void **state)
{
        struct ledger *l = *state;

        SCAN(l, { .account = "lab", .ids = "z" }, { .ids = "a" });
        (void)ledger_events(l);
        trouble_scan(l, "111122223333", COVERAGE_FAILED);
        assert_string_equal(ledger_events(l), "lost prod, finished");
        assert_string_equal(ledger_coverage(l), "ok eu-west-1, failed , failed eu-west-1");
}

static void store_trouble_of_another_scope_is_its_own(void **state)
{
        struct ledger *l = *state;

        SCAN(l, { .account = "lab", .ids = "z" }, { .ids = "a" });
        trouble_scan(l, "444455556666", COVERAGE_EXPIRED);
        assert_string_equal(ledger_coverage(l), "ok eu-west-1, skipped eu-west-1, expired ");
}

/* ---- resources elsewhere than their pass -------------------------------------------------------
 */

static void store_resource_belongs_to_its_pass(void **state)
{
        struct ledger *l = *state;
        const struct visit v = { .ids = "a b", .scope = "project-1" };

        SCAN(l, v);
        SCAN(l, { .ids = "a", .scope = "project-1" });
        assert_string_equal(ledger_resources(l), "a fresh, b stale");
        SCAN(l, { .state = COVERAGE_DENIED });
        assert_string_equal(ledger_resources(l), "a stale, b stale");
}

/* Listed from two regions, at home in neither. */
static void put_from(struct ledger *l, const char *region, enum coverage_state state)
{
        const struct visit v = { .region = region, .state = state };
        _cleanup_(resource_freep) struct resource *r = ledger_resource(&v, "a");

        free(r->region);
        r->region = strdup("global");
        if (state == COVERAGE_OK)
                ledger_put(l, &v, r);
        else
                ledger_visit(l, &v);
}

static void scan_two(struct ledger *l, enum coverage_state first, enum coverage_state second)
{
        ledger_begin(l);
        put_from(l, "eu-west-1", first);
        put_from(l, "eu-west-3", second);
        ledger_collected(l, true);
        ledger_end(l);
}

static void store_resource_in_two_passes_is_one(void **state)
{
        struct ledger *l = *state;
        uint64_t written;

        scan_two(l, COVERAGE_OK, COVERAGE_OK);
        written = store_rows_written(l->store);
        scan_two(l, COVERAGE_OK, COVERAGE_OK);
        assert_int_equal(store_rows_written(l->store), written);
        assert_string_equal(ledger_resources(l), "a fresh");
        scan_two(l, COVERAGE_DENIED, COVERAGE_OK); /* seen all the same */
        assert_string_equal(ledger_resources(l), "a fresh");
        scan_two(l, COVERAGE_ABSENT, COVERAGE_OK);
        scan_two(l, COVERAGE_ABSENT, COVERAGE_OK);
        assert_string_equal(ledger_resources(l), "a fresh");
        assert_null(strstr(ledger_events(l), "gone"));
}

/* ---- changes -----------------------------------------------------------------------------------
 */

static char *changes_after(struct ledger *l, void (*change)(struct resource *r))
{
        const struct visit v = { 0 };
        _cleanup_(resource_freep) struct resource *r = ledger_resource(&v, "a");
        struct store_event event;
        struct error err = { 0 };
        char *text = NULL;

        ledger_scan(l, &(struct visit){ .ids = "a" }, 1);
        (void)ledger_events(l);
        change(r);
        ledger_begin(l);
        ledger_put(l, &v, r);
        ledger_collected(l, true);
        ledger_end(l);
        assert_int_equal(store_outbox_next(l->store, &event, &err), 1);
        if (event.kind == EVENT_RESOURCE_CHANGED) {
                text = json_dumps(json_object_get(event.fields, "changes"),
                                  JSON_COMPACT | JSON_SORT_KEYS);
                assert_string_equal(json_string_value(json_object_get(event.fields, "resource")),
                                    "a");
                assert_string_equal(json_string_value(json_object_get(event.fields, "kind")),
                                    "aws.sagemaker.endpoint");
        }
        (void)ledger_events(l);
        return text;
}

static void to_90_days(struct resource *r)
{
        (void)fact_set_known_take(r->facts, "log.retention_days", json_integer(90), 0);
}
static void to_absent(struct resource *r)
{
        (void)fact_set_absent(r->facts, "log.retention_days", 0);
}
static void to_unknown(struct resource *r)
{
        (void)fact_set_unknown(r->facts, "log.retention_days", "denied: logs:Describe");
}
static void to_more_facts(struct resource *r)
{
        (void)fact_set_known_take(r->facts, "model.id", json_string("m"), 0);
        (void)fact_set_known_take(r->facts, "audit.active", json_true(), 0);
}
static void to_stopped(struct resource *r)
{
        free(r->status);
        r->status = strdup("Stopped");
}
static void to_unnamed(struct resource *r)
{
        free(r->name);
        r->name = NULL;
}
static void to_other_tags(struct resource *r)
{
        (void)json_object_set_new(r->tags, "Env", json_string("test"));
        (void)json_object_set_new(r->tags, "Owner", json_string("l'équipe \"IA\""));
}
static void to_other_evidence(struct resource *r)
{
        json_t *fact = json_object_get(r->facts, "log.retention_days");

        (void)json_array_insert_new(r->evidence, 0, json_pack("{s:s}", "call", "Other"));
        (void)json_object_set_new(fact, "evidence", json_integer(1));
}
static void to_modified(struct resource *r)
{
        r->modified = strdup("2026-07-19T00:00:00Z");
}

#define FACT(name, from, to) "{\"fact\":\"" name "\",\"from\":" from ",\"to\":" to "}"

static const struct {
        void (*change)(struct resource *r);
        const char *changes; /* NULL: not told */
} changes[] = {
        { to_90_days, "[" FACT("log.retention_days", "{\"state\":\"known\",\"value\":365}",
                               "{\"state\":\"known\",\"value\":90}") "]" },
        { to_absent, "[" FACT("log.retention_days", "{\"state\":\"known\",\"value\":365}",
                              "{\"state\":\"absent\"}") "]" },
        { to_unknown, "[" FACT("log.retention_days", "{\"state\":\"known\",\"value\":365}",
                               "{\"cause\":\"denied: logs:Describe\",\"state\":\"unknown\"}") "]" },
        { to_more_facts,
          "[" FACT("audit.active", "null", "{\"state\":\"known\",\"value\":true}") "," FACT(
                  "model.id", "null", "{\"state\":\"known\",\"value\":\"m\"}") "]" },
        { to_stopped, "[" FACT("status", "\"InService\"", "\"Stopped\"") "]" },
        { to_unnamed, "[" FACT("name", "\"name-a\"", "null") "]" },
        { to_other_tags, "[" FACT("tags.Env", "\"prod\"", "\"test\"") "," FACT(
                                 "tags.Owner", "null", "\"l'équipe \\\"IA\\\"\"") "]" },
        { to_other_evidence, NULL },
        { to_modified, NULL },
};

static void store_change_is_told_with_from_and_to(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(changes); i++) {
                _cleanup_(freep) char *text = NULL;
                void *own = NULL;

                assert_int_equal(ledger_setup(&own), 0);
                text = changes_after(own, changes[i].change);
                if (changes[i].changes)
                        assert_string_equal(text ? text : "(nothing)", changes[i].changes);
                else
                        assert_null(text);
                assert_int_equal(ledger_teardown(&own), 0);
        }
}

static void store_change_of_evidence_alone_rewrites_nothing(void **state)
{
        struct ledger *l = *state;
        const struct visit v = { 0 };
        _cleanup_(resource_freep) struct resource *r = ledger_resource(&v, "a");
        uint64_t written;

        SCAN(l, { .ids = "a" });
        written = store_rows_written(l->store);
        to_other_evidence(r);
        r->detailed_usec += LEDGER_HOUR;
        ledger_begin(l);
        ledger_put(l, &v, r);
        ledger_collected(l, true);
        ledger_end(l);
        assert_int_equal(store_rows_written(l->store), written);
}

/* ---- what need not be asked again --------------------------------------------------------------
 */

static int known_with(struct ledger *l, const char *digest, bool complete, uint64_t not_before_usec)
{
        const struct visit v = { 0 };
        _cleanup_(resource_freep) struct resource *r = ledger_resource(&v, "a");
        struct place place = ledger_place(&v);
        const struct sink *sink;
        struct error err = { 0 };
        const struct coverage c = { .place = place, .collector = r->kind };
        void *pass;
        int n;

        r->details_complete = complete;
        ledger_begin(l);
        ledger_put(l, &v, r);
        ledger_collected(l, true);
        ledger_end(l);
        ledger_begin(l);
        (void)snprintf(r->listed_digest, sizeof(r->listed_digest), "%s", digest);
        sink = store_scan_sink(l->scan);
        assert_int_equal(sink->pass_begin(sink->user, &place, r->kind, &pass, &err), 0);
        n = sink->known(sink->user, pass, r, not_before_usec, NULL, &err);
        assert_int_equal(sink->pass_end(sink->user, pass, &c, &err), 0);
        ledger_collected(l, true);
        ledger_end(l);
        return n;
}

static void store_known_only_what_is_whole_and_recent(void **state)
{
        struct ledger *l = *state;

        assert_int_equal(known_with(l, "digest-a", true, 0), 1);
        assert_int_equal(known_with(l, "digest-a", true, LEDGER_START), 1);
        assert_int_equal(known_with(l, "digest-a", true, LEDGER_START + 1), 0);
        assert_int_equal(known_with(l, "digest-other", true, 0), 0);
        assert_int_equal(known_with(l, "digest-a", false, 0), 0);
}

/* Details that were asked again because of their age are good from then on. */
static void store_known_again_after_details_were_asked(void **state)
{
        struct ledger *l = *state;
        const struct visit v = { .ids = "a", .listed = true };
        _cleanup_(resource_freep) struct resource *r = ledger_resource(&v, "a");
        struct place place = ledger_place(&v);
        const struct coverage c = { .place = place, .collector = r->kind };
        const struct sink *sink;
        struct error err = { 0 };
        void *pass;

        SCAN(l, v);
        for (int i = 0; i < 2; i++) {
                ledger_begin(l);
                sink = store_scan_sink(l->scan);
                assert_int_equal(sink->pass_begin(sink->user, &place, r->kind, &pass, &err), 0);
                assert_int_equal(sink->known(sink->user, pass, r, LEDGER_START + 5, NULL, &err), i);
                r->detailed_usec = LEDGER_START + 5;
                if (i == 0)
                        assert_int_equal(sink->resource(sink->user, pass, r, &err), 0);
                assert_int_equal(sink->pass_end(sink->user, pass, &c, &err), 0);
                ledger_collected(l, true);
                ledger_end(l);
        }
        assert_null(strstr(ledger_events(l), "changed"));
}

static void store_second_scan_writes_no_row(void **state)
{
        struct ledger *l = *state;
        const struct judgement fail = { .verdict = VERDICT_FAIL, .severity = SEVERITY_HIGH };
        uint64_t written = 0;

        for (int i = 0; i < 3; i++) {
                const struct visit v = { .ids = "a b c", .listed = i == 2 };

                ledger_begin(l);
                ledger_visit(l, &v);
                ledger_collected(l, true);
                ledger_judge(l, &v, "a", &fail);
                ledger_judge(l, &v, NULL, &fail);
                ledger_end(l);
                if (i == 0)
                        written = store_rows_written(l->store);
                assert_int_equal(written, 5); /* three resources, two findings */
                assert_int_equal(store_rows_written(l->store), written);
        }
}

/* ---- times -------------------------------------------------------------------------------------
 */

static int on_times(void *user, const struct store_resource *r)
{
        char *text = user;
        size_t used = strlen(text);

        (void)snprintf(text + used, 256 - used, "%s %s-%s ", r->resource->id, r->first_seen + 11,
                       r->last_seen + 11);
        return 0;
}

static void assert_times(struct ledger *l, const char *expected)
{
        const struct store_filter all = { .all = true };
        char text[256] = "";
        struct error err = { 0 };

        assert_int_equal(store_each_resource(l->store, &all, on_times, text, &err), 0);
        assert_string_equal(text, expected);
}

static void store_last_seen_follows_the_scans(void **state)
{
        struct ledger *l = *state;

        SCAN(l, { .ids = "a b" }); /* 23:26:40 */
        assert_times(l, "a 23:26:40Z-23:26:40Z b 23:26:40Z-23:26:40Z ");
        SCAN(l, { .ids = "a b" }); /* 00:26:40 */
        assert_times(l, "a 23:26:40Z-00:26:40Z b 23:26:40Z-00:26:40Z ");
        SCAN(l, { .ids = "a", .state = COVERAGE_DENIED }); /* 01: a was on page one */
        assert_times(l, "a 23:26:40Z-01:26:40Z b 23:26:40Z-00:26:40Z ");
        SCAN(l, { .state = COVERAGE_DENIED });
        assert_times(l, "a 23:26:40Z-01:26:40Z b 23:26:40Z-00:26:40Z ");
        SCAN(l, { .ids = "a" }); /* 03 */
        SCAN(l, { .ids = "a" });
        assert_times(l, "a 23:26:40Z-04:26:40Z b 23:26:40Z-00:26:40Z ");
        SCAN(l, { .ids = "a b" }); /* 05: first_seen is kept */
        assert_times(l, "a 23:26:40Z-05:26:40Z b 23:26:40Z-05:26:40Z ");
}

/* A row that is only as far as what leads to it was read tells of no absence, not even when a thing
 * was missed before. */
static void store_partial_answer_tells_of_no_absence(void **state)
{
        struct ledger *l = *state;
        const struct visit all = { .ids = "a b" }, some = { .ids = "a" },
                           part = { .ids = "a", .partial = true };

        ledger_scan(l, &all, 1);
        ledger_scan(l, &part, 1);
        ledger_scan(l, &part, 1);
        assert_string_equal(ledger_resources(l), "a fresh, b fresh");
        ledger_scan(l, &some, 1);
        assert_string_equal(ledger_resources(l), "a fresh, b stale");
        ledger_scan(l, &part, 1);
        assert_string_equal(ledger_resources(l), "a fresh, b stale");
        ledger_scan(l, &some, 1);
        assert_string_equal(ledger_resources(l), "a fresh, b stale");
        ledger_scan(l, &some, 1);
        assert_string_equal(ledger_resources(l), "a fresh, b gone");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(store_life_as_in_the_table),
                cmocka_unit_test(store_life_with_remembered_details),
                cmocka_unit_test(store_life_of_evidence_is_not_told),
                cmocka_unit_test(store_change_is_told_with_from_and_to),
#define WITH_LEDGER(test) cmocka_unit_test_setup_teardown(test, ledger_setup, ledger_teardown)
                WITH_LEDGER(store_interrupted_scan_makes_nothing_gone),
                WITH_LEDGER(store_interrupted_scan_is_no_baseline),
                WITH_LEDGER(store_partial_answer_tells_of_no_absence),
                WITH_LEDGER(store_unvisited_passes_become_skipped),
                WITH_LEDGER(store_scan_of_one_account_leaves_the_others),
                WITH_LEDGER(store_trouble_is_told_once_while_it_lasts),
                WITH_LEDGER(store_trouble_from_the_start_is_covered),
                WITH_LEDGER(store_trouble_of_the_network_is_a_loss),
                WITH_LEDGER(store_trouble_of_another_scope_is_its_own),
                WITH_LEDGER(store_resource_belongs_to_its_pass),
                WITH_LEDGER(store_resource_in_two_passes_is_one),
                WITH_LEDGER(store_change_of_evidence_alone_rewrites_nothing),
                WITH_LEDGER(store_known_only_what_is_whole_and_recent),
                WITH_LEDGER(store_known_again_after_details_were_asked),
                WITH_LEDGER(store_second_scan_writes_no_row),
                WITH_LEDGER(store_last_seen_follows_the_scans),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
