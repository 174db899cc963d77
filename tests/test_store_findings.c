#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/record.h"

#include "daemon/base/clock.h"

#include <errno.h>
#include <string.h>

/* ---- judging
 * ------------------------------------------------------------------------------------- */

struct said {
        const char *rule; /* NULL: nothing was said */
        enum verdict verdict;
        enum severity severity;
};

static char *key_of(struct record *r, const char *id, char key[static RESOURCE_KEY_MAX])
{
        struct resource *x = record_resource(r, "aws.sagemaker.endpoints", id);

        (void)resource_key(x, key);
        resource_free(x);
        return key;
}

static void judge_subject(struct record *r, const char *id, const struct said *said, size_t n)
{
        const struct place place = record_place();
        char key[RESOURCE_KEY_MAX], request[32];
        struct error err = { 0 };

        if (id)
                (void)key_of(r, id, key);
        (void)snprintf(request, sizeof(request), "req-%ju", (uintmax_t)++r->n_requests);
        assert_int_equal(store_judge_begin(r->scan, &place, id ? key : NULL, &err), 0);
        for (size_t i = 0; i < n && said[i].rule; i++) {
                json_auto_t *facts = json_pack("[s]", "size");
                json_auto_t *evidence = json_pack("[{s:s}]", "request_id", request);
                const struct judgement j = {
                        .rule = said[i].rule,
                        .place = place,
                        .kind = id ? "aws.sagemaker.endpoints" : NULL,
                        .resource_id = id,
                        .resource_key = id ? key : NULL,
                        .verdict = said[i].verdict,
                        .severity = said[i].severity,
                        .why = { "seen", "vu" },
                        .facts = facts,
                        .evidence = evidence,
                };

                if (store_judge_add(r->scan, &j, &err) < 0)
                        fail_msg("%s", err.text);
        }
        assert_int_equal(store_judge_end(r->scan, &err), 0);
}

static void judged_scan(struct record *r, const char *ids, const char *id, const struct said *said,
                        size_t n)
{
        record_begin(r);
        record_pass(r, "aws.sagemaker.endpoints", COVERAGE_OK, ids);
        assert_int_equal(store_scan_collected(r->scan, true, r->now_usec, NULL), 0);
        judge_subject(r, id, said, n);
        record_end(r, true);
}

struct events {
        unsigned opened, worsened, closed;
};

static struct events take_events(struct record *r)
{
        struct store_event event;
        struct events e = { 0 };

        while (store_outbox_next(r->store, &event, NULL) > 0) {
                e.opened += event.kind == EVENT_FINDING_OPENED;
                e.worsened += event.kind == EVENT_FINDING_WORSENED;
                e.closed += event.kind == EVENT_FINDING_CLOSED;
                assert_int_equal(store_outbox_sent(r->store, event.sequence, NULL), 0);
        }
        return e;
}

/* ---- the life
 * --------------------------------------------------------------------------------------- */

#define NOTHING                                                                                    \
        {                                                                                          \
                NULL, VERDICT_NA, SEVERITY_INFO                                                    \
        }
#define SAY(v, s)                                                                                  \
        {                                                                                          \
                "LOC-001", VERDICT_##v, SEVERITY_##s                                               \
        }

/* From one judgement to the next, and what is told of the second. */
static const struct {
        struct said from, to;
        struct events want;
        unsigned rows;
} transitions[] = {
        { NOTHING, SAY(FAIL, HIGH), { 1, 0, 0 }, 1 },
        { NOTHING, SAY(UNKNOWN, LOW), { 1, 0, 0 }, 1 },
        { NOTHING, SAY(PASS, INFO), { 0, 0, 0 }, 1 },
        { NOTHING, SAY(NA, INFO), { 0, 0, 0 }, 0 },
        { NOTHING, SAY(WAIVED, HIGH), { 0, 0, 0 }, 1 },
        { SAY(FAIL, HIGH), SAY(FAIL, HIGH), { 0, 0, 0 }, 0 },
        { SAY(FAIL, HIGH), SAY(FAIL, CRITICAL), { 0, 1, 0 }, 1 },
        { SAY(FAIL, HIGH), SAY(FAIL, LOW), { 0, 0, 0 }, 1 },
        { SAY(FAIL, HIGH), SAY(UNKNOWN, MEDIUM), { 0, 0, 0 }, 1 },
        { SAY(FAIL, HIGH), SAY(PASS, INFO), { 0, 0, 1 }, 1 },
        { SAY(FAIL, HIGH), SAY(NA, INFO), { 0, 0, 1 }, 1 },
        { SAY(FAIL, HIGH), SAY(WAIVED, HIGH), { 0, 0, 1 }, 1 },
        { SAY(FAIL, HIGH), NOTHING, { 0, 0, 1 }, 1 },
        { SAY(UNKNOWN, LOW), SAY(FAIL, MEDIUM), { 0, 1, 0 }, 1 },
        { SAY(UNKNOWN, HIGH), SAY(FAIL, MEDIUM), { 0, 1, 0 }, 1 },
        { SAY(UNKNOWN, LOW), SAY(UNKNOWN, HIGH), { 0, 1, 0 }, 1 },
        { SAY(UNKNOWN, LOW), SAY(PASS, INFO), { 0, 0, 1 }, 1 },
        { SAY(PASS, INFO), SAY(FAIL, HIGH), { 0, 1, 0 }, 1 },
        { SAY(PASS, INFO), SAY(UNKNOWN, LOW), { 1, 0, 0 }, 1 },
        { SAY(PASS, INFO), SAY(PASS, INFO), { 0, 0, 0 }, 0 },
        { SAY(PASS, INFO), NOTHING, { 0, 0, 0 }, 1 },
        { SAY(WAIVED, HIGH), SAY(FAIL, HIGH), { 1, 0, 0 }, 1 },
};

static void store_tells_what_became_of_a_finding(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(transitions); i++) {
                struct record *r;
                struct events e;
                uint64_t written;
                void *inner = NULL;

                assert_int_equal(record_setup(&inner), 0);
                r = inner;
                judged_scan(r, "x", "x", &transitions[i].from, 1);
                (void)take_events(r);
                written = store_rows_written(r->store);
                judged_scan(r, "x", "x", &transitions[i].to, 1);
                e = take_events(r);
                if (memcmp(&e, &transitions[i].want, sizeof(e)) != 0)
                        fail_msg("case %zu: opened %u, worsened %u, closed %u", i, e.opened,
                                 e.worsened, e.closed);
                if (store_rows_written(r->store) - written != transitions[i].rows)
                        fail_msg("case %zu: %ju rows", i,
                                 (uintmax_t)(store_rows_written(r->store) - written));
                (void)record_teardown(&inner);
        }
}

static void store_reopens_what_was_closed(void **state)
{
        static const struct said fail = SAY(FAIL, HIGH), nothing = NOTHING;
        struct record *r = *state;

        judged_scan(r, "x", "x", &fail, 1);
        judged_scan(r, "x", "x", &nothing, 1);
        (void)take_events(r);
        judged_scan(r, "x", "x", &fail, 1);
        assert_int_equal(take_events(r).opened, 1);
        assert_int_equal(record_number(r, "SELECT count(*) FROM findings"), 1);
        assert_int_equal(record_number(r, "SELECT count(*) FROM findings WHERE closed IS NULL"), 1);
        assert_int_equal(record_number(r, "SELECT count(*) FROM finding_history"), 3);
}

static void store_closes_findings_of_what_is_gone(void **state)
{
        static const struct said fail = SAY(FAIL, HIGH), nothing = NOTHING;
        struct record *r = *state;

        judged_scan(r, "x", "x", &fail, 1);
        (void)take_events(r);
        judged_scan(r, "", NULL, &nothing, 1);
        assert_int_equal(take_events(r).closed, 0);
        judged_scan(r, "", NULL, &nothing, 1);
        assert_int_equal(take_events(r).closed, 1);
}

/* ---- queries
 * ------------------------------------------------------------------------------------------- */

struct listing {
        char text[512];
        char id[33];
        size_t n_evidence;
        char title[32];
};

static int on_finding(void *user, const struct store_finding *f)
{
        struct listing *l = user;
        size_t used = strlen(l->text);

        (void)snprintf(l->text + used, sizeof(l->text) - used, "%s:%s:%s%s ", f->rule, f->verdict,
                       f->severity, f->closed ? ":closed" : "");
        (void)snprintf(l->id, sizeof(l->id), "%s", f->id);
        l->n_evidence = json_array_size(f->evidence);
        (void)snprintf(l->title, sizeof(l->title), "%s",
                       json_string_value(json_object_get(f->rule_data, "title")) ?: "-");
        assert_string_equal(f->why[LANGUAGE_EN], "seen");
        assert_string_equal(f->why[LANGUAGE_FR], "vu");
        return 0;
}

static struct listing list(struct record *r, const struct store_filter *f)
{
        struct listing l = { 0 };

        assert_int_equal(store_each_finding(r->store, f, on_finding, &l, NULL), 0);
        return l;
}

static void store_filters_and_orders_findings(void **state)
{
        static const struct said said[] = {
                { "LOC-002", VERDICT_FAIL, SEVERITY_LOW },
                { "LOC-001", VERDICT_FAIL, SEVERITY_LOW },
                { "LOG-001", VERDICT_UNKNOWN, SEVERITY_CRITICAL },
                { "LOG-002", VERDICT_PASS, SEVERITY_INFO },
                { "LOG-003", VERDICT_WAIVED, SEVERITY_HIGH },
        };
        static const struct said place_said[] = { { "COV-001", VERDICT_FAIL, SEVERITY_MEDIUM } };
        static const struct {
                struct store_filter filter;
                const char *want;
        } cases[] = {
                { { .rule = NULL },
                  "LOG-001:unknown:critical LOG-003:waived:high COV-001:fail:medium "
                  "LOC-001:fail:low "
                  "LOC-002:fail:low " },
                { { .min_severity = "medium" },
                  "LOG-001:unknown:critical LOG-003:waived:high COV-001:fail:medium " },
                { { .verdict = "pass" }, "LOG-002:pass:info " },
                { { .verdict = "fail", .kind = "aws.sagemaker.endpoints" },
                  "LOC-001:fail:low LOC-002:fail:low " },
                { { .rule = "COV-001" }, "COV-001:fail:medium " },
                { { .region = "" }, "" },
                { { .region = "eu-west-1", .rule = "COV-001" }, "COV-001:fail:medium " },
                { { .id = "x", .min_severity = "high" },
                  "LOG-001:unknown:critical LOG-003:waived:high " },
                { { .service_type = "mlaas", .verdict = "unknown" }, "LOG-001:unknown:critical " },
                { { .text = "SAGEMAKER", .verdict = "unknown" }, "LOG-001:unknown:critical " },
                { { .account = "dev" }, "" },
        };
        struct record *r = *state;
        struct error err = { 0 };

        record_begin(r);
        record_pass(r, "aws.sagemaker.endpoints", COVERAGE_OK, "x");
        assert_int_equal(store_scan_collected(r->scan, true, r->now_usec, NULL), 0);
        judge_subject(r, "x", said, ELEMENTSOF(said));
        judge_subject(r, NULL, place_said, ELEMENTSOF(place_said));
        record_end(r, true);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                assert_string_equal(list(r, &cases[i].filter).text, cases[i].want);
        assert_int_equal(store_each_finding(r->store, &(struct store_filter){ .verdict = "good" },
                                            on_finding, NULL, &err),
                         -EINVAL);
}

static void store_gives_rule_and_evidence_with_a_finding(void **state)
{
        static const struct said fail = SAY(FAIL, HIGH);
        const struct store_filter all = { .all = true };
        struct record *r = *state;
        json_auto_t *rules = json_pack("[{s:s, s:s}]", "id", "LOC-001", "title", "Place");
        json_auto_t *words = json_pack("{s:s}", "a", "b");
        json_auto_t *given = NULL;

        assert_null(store_words(r->store));
        record_begin(r);
        record_pass(r, "aws.sagemaker.endpoints", COVERAGE_OK, "x");
        assert_int_equal(store_scan_collected(r->scan, true, r->now_usec, NULL), 0);
        assert_int_equal(store_rules(r->scan, "d1", rules, words, NULL), 0);
        judge_subject(r, "x", &fail, 1);
        assert_string_equal(list(r, &all).title, "Place");
        (void)json_object_set_new(json_array_get(rules, 0), "title", json_string("Other"));
        assert_int_equal(store_rules(r->scan, "d1", rules, words, NULL), 0);
        assert_string_equal(list(r, &all).title, "Place"); /* the same digest is the same rules */
        assert_int_equal(store_rules(r->scan, "d2", rules, words, NULL), 0);
        assert_string_equal(list(r, &all).title, "Other");
        record_end(r, true);
        assert_int_equal(list(r, &all).n_evidence, 2); /* of the fact, and beside it */
        given = store_words(r->store);
        assert_true(json_equal(given, words));
}

/* The id is that of rule and subject: neither the account's name nor the machine is in it. */
static void store_finding_ids_are_stable(void **state)
{
        static const struct said fail = SAY(FAIL, HIGH);
        const struct store_filter all = { .all = true };
        struct record *r = *state;

        judged_scan(r, "x", "x", &fail, 1);
        assert_int_equal(strlen(list(r, &all).id), 32);
        assert_string_equal(list(r, &all).id, "a3f82eb29e2271e87de7a812c917fa12");
}

static int on_described(void *user, const struct store_resource *row)
{
        (void)snprintf(user, 32, "%s",
                       json_string_value(json_object_get(row->description, "area")) ?: "-");
        return 0;
}

static int describe_each(void *user, const struct store_resource *row)
{
        json_auto_t *description = json_pack("{s:s, s:s}", "area", "eu", "country", "IE");
        struct record *r = user;

        return store_describe(r->scan, row->key, description, NULL);
}

/* Written from within the listing, as judging does. */
static void store_describes_while_it_lists(void **state)
{
        const struct store_filter all = { .all = true }, eu = { .area = "eu" };
        struct record *r = *state;
        uint64_t written;
        char area[32] = "";

        for (int i = 0; i < 2; i++) {
                record_begin(r);
                record_pass(r, "aws.sagemaker.endpoints", COVERAGE_OK, "x y z");
                assert_int_equal(store_scan_collected(r->scan, true, r->now_usec, NULL), 0);
                written = store_rows_written(r->store);
                assert_int_equal(store_each_resource(r->store, &all, describe_each, r, NULL), 0);
                assert_int_equal(store_rows_written(r->store) - written, i == 0 ? 3 : 0);
                record_end(r, true);
        }
        assert_int_equal(store_each_resource(r->store, &eu, on_described, area, NULL), 0);
        assert_string_equal(area, "eu");
}

static void store_prunes_what_has_ended(void **state)
{
        static const struct said fail = SAY(FAIL, HIGH), nothing = NOTHING;
        struct record *r = *state;

        judged_scan(r, "x y", "x", &fail, 1);
        judged_scan(r, "y", NULL, &nothing, 1);
        judged_scan(r, "y", "y", &fail, 1);
        (void)take_events(r);
        assert_int_equal(store_prune(r->store, UINT64_C(1790000000) * USEC_PER_SEC, NULL), 0);
        assert_int_equal(record_number(r, "SELECT count(*) FROM resources"), 2);
        assert_int_equal(store_prune(r->store, r->now_usec + USEC_PER_DAY, NULL), 0);
        assert_int_equal(record_number(r, "SELECT count(*) FROM resources"), 1);
        assert_int_equal(record_number(r, "SELECT count(*) FROM findings"), 1);
        assert_int_equal(record_number(r, "SELECT count(*) FROM passes"), 1);
        assert_int_equal(record_number(r, "SELECT count(*) FROM scans"), 1);
}

#define with_store(test) cmocka_unit_test_setup_teardown(test, record_setup, record_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(store_tells_what_became_of_a_finding),
                with_store(store_reopens_what_was_closed),
                with_store(store_closes_findings_of_what_is_gone),
                with_store(store_filters_and_orders_findings),
                with_store(store_gives_rule_and_evidence_with_a_finding),
                with_store(store_finding_ids_are_stable),
                with_store(store_describes_while_it_lists),
                with_store(store_prunes_what_has_ended),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
