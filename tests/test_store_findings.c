/* The life of findings, what is said of them, and how they are asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/cleanup.h"
#include "tests/support/ledger.h"

#include <errno.h>
#include <string.h>

/* printf '%s\0' LOC-001 aws 111122223333 eu-west-1 aws.sagemaker.endpoint a | sha256sum, 32 digits
 */
#define FINDING_ID_OF_A "df40ac7883e977f529e597cd1576f34f"

static const struct visit one = { .ids = "a" };

/* ---- tables: one finding, scan after scan ------------------------------------------------------
 */

struct step {
        const char *verdict, *severity; /* NULL: the rule says nothing */
        const char *after;              /* of the finding, with all */
        const char *events;
};

enum { LIFE_STEPS_MAX = 5 };

static const struct step lives[][LIFE_STEPS_MAX] = {
        { { "fail", "high", "LOC-001 a fail high", "opened LOC-001 a fail, finished" },
          { "fail", "high", "LOC-001 a fail high", "finished" },
          { "fail", "critical", "LOC-001 a fail critical", "worsened LOC-001 a fail, finished" },
          { "fail", "low", "LOC-001 a fail low", "finished" },
          { "pass", "info", "LOC-001 a pass info", "closed LOC-001 a pass, finished" } },
        { { "unknown", "medium", "LOC-001 a unknown medium", "opened LOC-001 a unknown, finished" },
          { "fail", "medium", "LOC-001 a fail medium", "worsened LOC-001 a fail, finished" },
          { "unknown", "low", "LOC-001 a unknown low", "finished" },
          { "unknown", "high", "LOC-001 a unknown high", "worsened LOC-001 a unknown, finished" },
          { "waived", "info", "LOC-001 a waived info", "closed LOC-001 a waived, finished" } },
        { { "pass", "info", "LOC-001 a pass info", "finished" },
          { "fail", "high", "LOC-001 a fail high", "opened LOC-001 a fail, finished" },
          { "na", "info", "LOC-001 a fail high closed", "closed LOC-001 a fail, finished" },
          { "na", "info", "LOC-001 a fail high closed", "finished" },
          { "unknown", "low", "LOC-001 a unknown low", "opened LOC-001 a unknown, finished" } },
        { { "fail", "high", "LOC-001 a fail high", "opened LOC-001 a fail, finished" },
          { NULL, NULL, "LOC-001 a fail high closed", "closed LOC-001 a fail, finished" },
          { "pass", "info", "LOC-001 a pass info", "finished" },
          { "waived", "info", "LOC-001 a waived info", "finished" },
          { NULL, NULL, "LOC-001 a waived info closed", "finished" } },
};

static void judge_nothing(struct ledger *l, const char *id)
{
        _cleanup_(resource_freep) struct resource *r = ledger_resource(&one, id);
        const struct place place = ledger_place(&one);
        char key[RESOURCE_KEY_MAX];
        struct error err = { 0 };

        assert_int_equal(store_judge_begin(l->scan, &place, resource_key(r, key), &err), 0);
        assert_int_equal(store_judge_end(l->scan, &err), 0);
}

static void run_step(struct ledger *l, const struct step *s)
{
        struct judgement j = { 0 };

        ledger_begin(l);
        ledger_visit(l, &one);
        ledger_collected(l, true);
        if (s->verdict) {
                assert_int_equal(verdict_from_name(s->verdict, &j.verdict), 0);
                assert_int_equal(severity_from_name(s->severity, &j.severity), 0);
                ledger_judge(l, &one, "a", &j);
        } else {
                judge_nothing(l, "a");
        }
        ledger_end(l);
        assert_string_equal(ledger_findings(l, NULL), s->after);
        assert_string_equal(ledger_events(l), s->events);
}

static void store_findings_live_as_in_the_table(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(lives); i++) {
                void *own = NULL;

                assert_int_equal(ledger_setup(&own), 0);
                for (size_t k = 0; k < LIFE_STEPS_MAX; k++)
                        run_step(own, &lives[i][k]);
                assert_int_equal(ledger_teardown(&own), 0);
        }
}

/* ---- with the resource -------------------------------------------------------------------------
 */

static const struct judgement fail_high = { .verdict = VERDICT_FAIL, .severity = SEVERITY_HIGH };
static const struct judgement pass = { .verdict = VERDICT_PASS, .rule = "LOG-001" };

static void collect(struct ledger *l, const char *ids, enum coverage_state state)
{
        const struct visit v = { .ids = ids, .state = state };

        ledger_begin(l);
        ledger_visit(l, &v);
        ledger_collected(l, true);
}

static void store_findings_of_the_gone_are_closed(void **state)
{
        struct ledger *l = *state;

        collect(l, "a b", COVERAGE_OK);
        ledger_judge(l, &one, "a", &fail_high);
        ledger_judge(l, &one, "b", &fail_high);
        ledger_end(l);
        collect(l, "a", COVERAGE_OK);
        ledger_end(l);
        (void)ledger_events(l);
        assert_string_equal(ledger_findings(l, NULL), "LOC-001 a fail high, LOC-001 b fail high");
        collect(l, "a", COVERAGE_OK);
        ledger_end(l);
        assert_string_equal(ledger_events(l), "gone b, closed LOC-001 b fail, finished");
        assert_string_equal(ledger_findings(l, NULL),
                            "LOC-001 a fail high, LOC-001 b fail high closed");
}

static void store_findings_of_the_unreadable_stay(void **state)
{
        struct ledger *l = *state;

        collect(l, "a", COVERAGE_OK);
        ledger_judge(l, &one, "a", &fail_high);
        ledger_end(l);
        (void)ledger_events(l);
        for (int i = 0; i < 3; i++) {
                collect(l, "", COVERAGE_DENIED);
                ledger_end(l);
        }
        assert_string_equal(ledger_findings(l, NULL), "LOC-001 a fail high");
        assert_null(strstr(ledger_events(l), "closed"));
}

/* Judging happens while the rows are walked, and asks the store in between. */
struct judging {
        struct ledger *l;
        size_t n;
};

static int on_row(void *user, const struct store_resource *row)
{
        struct judging *j = user;
        const struct resource *r = row->resource;
        const struct place place = { r->provider, r->account, r->scope, r->region };
        _cleanup_(resource_freep) struct resource *found = NULL;
        json_auto_t *description = json_pack("{s:s, s:s}", "area", "eu", "country", "IE");
        const struct judgement judgement = { .rule = "LOC-001",
                                             .place = place,
                                             .kind = r->kind,
                                             .resource_id = r->id,
                                             .resource_key = row->key,
                                             .verdict = VERDICT_FAIL,
                                             .severity = SEVERITY_LOW };
        struct error err = { 0 };

        j->n++;
        assert_int_equal(store_describe(j->l->scan, row->key, description, &err), 0);
        assert_int_equal(store_judge_begin(j->l->scan, &place, row->key, &err), 0);
        assert_int_equal(store_judge_add(j->l->scan, &judgement, &err), 0);
        assert_int_equal(store_find(j->l->store, &place, NULL, r->id, &found, &err), 0);
        assert_string_equal(found->id, r->id);
        assert_int_equal(store_count(j->l->store, &place, "mlaas"), 4);
        assert_int_equal(store_judge_end(j->l->scan, &err), 0);
        return 0;
}

static int on_described(void *user, const struct store_resource *row)
{
        size_t *n = user;

        assert_string_equal(json_string_value(json_object_get(row->description, "area")), "eu");
        (*n)++;
        return 0;
}

/* "1, -": what the duties say, of the rows that are there. */
static int on_days(void *user, const struct store_resource *row)
{
        char *text = user;
        json_t *duty;
        size_t i;

        json_array_foreach(json_object_get(row->description, "duties"), i, duty)
        {
                const json_t *days = json_object_get(duty, "in_days");

                (void)snprintf(text + strlen(text), 64 - strlen(text), "%s%lld", *text ? ", " : "",
                               json_is_integer(days) ? (long long)json_integer_value(days) : -1LL);
        }
        return 0;
}

static int on_undated(void *user, const struct store_resource *row)
{
        static const char duties[] =
                "{\"duties\": [{\"applies_from\": \"2026-07-21\", \"state\": \"upcoming\"},"
                " {\"applies_from\": \"2026-08-02\", \"state\": \"upcoming\"},"
                " {\"applies_from\": \"2025-02-02\", \"state\": \"in-application\"},"
                " {\"applies_from\": null, \"state\": \"not-dated\"}]}";
        struct ledger *l = user;
        json_auto_t *description = json_loads(duties, 0, NULL);
        struct error err = { 0 };

        assert_int_equal(store_describe(l->scan, row->key, description, &err), 0);
        return 0;
}

/* Days of judging: the 19th (at half past ten in the evening), the 20th, the 30th. */
static void store_counts_days_as_it_reads(void **state)
{
        static const struct {
                uint64_t judged_usec;
                const char *days;
        } rows[] = {
                { LEDGER_START, "2, 14, -1, -1" },
                { LEDGER_START + 2 * LEDGER_HOUR, "1, 13, -1, -1" },
                { LEDGER_START + UINT64_C(254) * LEDGER_HOUR, "0, 3, -1, -1" },
        };
        const struct store_filter none = { 0 };
        struct ledger *l = *state;
        uint64_t written = 0;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                json_auto_t *parts = json_pack("{s:s}", "law/dates.yaml", "aa");
                struct error err = { 0 };
                char text[64] = "";

                collect(l, "a", COVERAGE_OK);
                assert_int_equal(store_judged_by(l->scan, parts, rows[i].judged_usec, &err), 0);
                assert_int_equal(store_each_resource(l->store, &none, on_undated, l, &err), 0);
                ledger_end(l);
                assert_int_equal(store_each_resource(l->store, &none, on_days, text, &err), 0);
                assert_string_equal(text, rows[i].days);
                if (i == 0)
                        written = store_rows_written(l->store);
        }
        assert_int_equal(store_rows_written(l->store), written);
}

static void store_judging_while_walking(void **state)
{
        struct ledger *l = *state;
        const struct store_filter eu = { .area = "eu" }, elsewhere = { .area = "other" };
        uint64_t written = 0;

        for (int i = 0; i < 2; i++) {
                const struct store_filter none = { 0 };
                struct judging judging = { .l = l };
                struct error err = { 0 };
                size_t n = 0;

                collect(l, "a b c d", COVERAGE_OK);
                assert_int_equal(store_each_resource(l->store, &none, on_row, &judging, &err), 0);
                ledger_end(l);
                assert_int_equal(judging.n, 4);
                assert_int_equal(store_each_resource(l->store, &eu, on_described, &n, &err), 0);
                assert_int_equal(store_each_resource(l->store, &elsewhere, on_described, &n, &err),
                                 0);
                assert_int_equal(n, 4);
                if (i == 0)
                        written = store_rows_written(l->store);
        }
        assert_int_equal(store_rows_written(l->store), written);
        assert_string_equal(ledger_findings(l, NULL),
                            "LOC-001 a fail low, LOC-001 b fail low, LOC-001 c fail low, "
                            "LOC-001 d fail low");
}

/* ---- ids ---------------------------------------------------------------------------------------
 */

static int on_id(void *user, const struct store_finding *f)
{
        (void)snprintf(user, 64, "%s", f->id);
        return 0;
}

static void id_of(char id[static 64], const char *account)
{
        const struct visit v = { .account = account, .ids = "a" };
        const struct store_filter all = { .all = true };
        struct error err = { 0 };
        void *state = NULL;
        struct ledger *l;

        assert_int_equal(ledger_setup(&state), 0);
        l = state;
        ledger_begin(l);
        ledger_visit(l, &v);
        ledger_collected(l, true);
        ledger_judge(l, &v, "a", &fail_high);
        ledger_end(l);
        assert_int_equal(store_each_finding(l->store, &all, on_id, id, &err), 0);
        assert_int_equal(ledger_teardown(&state), 0);
}

static void store_finding_ids_are_stable(void **state)
{
        char first[64] = "", second[64] = "";

        id_of(first, "prod");
        id_of(second, "lab"); /* the name of an account is this machine's own */
        assert_string_equal(first, second);
        assert_int_equal(strlen(first), 32);
        assert_int_equal(strspn(first, "0123456789abcdef"), 32);
        assert_string_equal(first, FINDING_ID_OF_A);
}

static void store_findings_are_asked_for_by_id(void **state)
{
        struct ledger *l = *state;
        _cleanup_(resource_freep) struct resource *r = ledger_resource(&one, "b");
        struct store_filter f = { .all = true };
        char key[RESOURCE_KEY_MAX], id[64] = "";
        struct error err = { 0 };

        collect(l, "a b", COVERAGE_OK);
        ledger_judge(l, &one, "a", &fail_high);
        ledger_judge(l, &one, "b", &fail_high);
        ledger_judge(l, &one, NULL, &fail_high);
        ledger_end(l);
        f.id = "b";
        assert_string_equal(ledger_findings(l, &f), "LOC-001 b fail high");
        f.id = "name-b";
        assert_string_equal(ledger_findings(l, &f), "LOC-001 b fail high");
        f.id = resource_key(r, key);
        assert_string_equal(ledger_findings(l, &f), "LOC-001 b fail high");
        assert_int_equal(store_each_finding(l->store, &f, on_id, id, &err), 0);
        f.id = id;
        assert_string_equal(ledger_findings(l, &f), "LOC-001 b fail high");
        f.id = "00000000000000000000000000000000";
        assert_string_equal(ledger_findings(l, &f), "");
        f.id = "nothing";
        assert_string_equal(ledger_findings(l, &f), "");
}

/* ---- order and filters -------------------------------------------------------------------------
 */

static const struct {
        struct store_filter filter;
        const char *found;
} questions[] = {
        { { .all = true },
          "LOC-001 a fail critical, GOV-001 b waived high, LOC-001 b fail high, LOG-001 - unknown "
          "low, LOG-001 c unknown low, LOG-001 a pass info" },
        { { 0 },
          "LOC-001 a fail critical, GOV-001 b waived high, LOC-001 b fail high, LOG-001 - unknown "
          "low, LOG-001 c unknown low" },
        { { .verdict = "pass" }, "LOG-001 a pass info" },
        { { .verdict = "fail" }, "LOC-001 a fail critical, LOC-001 b fail high" },
        { { .min_severity = "high" },
          "LOC-001 a fail critical, GOV-001 b waived high, LOC-001 b fail high" },
        { { .rule = "LOG-001" }, "LOG-001 - unknown low, LOG-001 c unknown low" },
        { { .region = "eu-west-3" }, "LOG-001 c unknown low" },
        { { .region = "" }, "LOG-001 - unknown low" },
        { { .account = "lab", .all = true }, "" },
        { { .provider = "aws", .account = "prod", .rule = "GOV-001" }, "GOV-001 b waived high" },
        { { .kind = "aws.sagemaker.endpoint", .text = "NAME-C" }, "LOG-001 c unknown low" },
        { { .service_type = "mlaas", .text = "b" }, "GOV-001 b waived high, LOC-001 b fail high" },
        { { .text = "100%_'; DROP TABLE finding; --" }, "" },
};

struct counted {
        uint64_t n[VERDICT_MAX][SEVERITY_MAX];
};

static int on_walked(void *user, const struct store_finding *f)
{
        struct counted *c = user;
        enum verdict verdict;
        enum severity severity;

        assert_int_equal(verdict_from_name(f->verdict, &verdict), 0);
        assert_int_equal(severity_from_name(f->severity, &severity), 0);
        assert_int_equal(json_array_size(f->evidence), 0);
        c->n[verdict][severity] += !f->closed;
        return 0;
}

static int on_counted(void *user, const struct store_count *c)
{
        struct counted *counted = user;

        assert_string_equal(c->account, ledger_place(&one).account);
        counted->n[c->verdict][c->severity] += c->n;
        return 0;
}

/* Counting finds what walking finds, but for what is closed. */
static void counted_as_walked(struct ledger *l, const struct store_filter *filter)
{
        struct counted walked = { 0 }, counted = { 0 };
        struct store_filter light = *filter;
        struct error err = { 0 };

        light.without_replies = true;
        assert_int_equal(store_each_finding(l->store, &light, on_walked, &walked, &err), 0);
        assert_int_equal(store_count_findings(l->store, filter, on_counted, &counted, &err), 0);
        assert_memory_equal(&walked, &counted, sizeof(walked));
}

static void store_findings_in_order_by_filter(void **state)
{
        struct ledger *l = *state;
        const struct visit west3 = { .region = "eu-west-3", .ids = "c" }, scope = { .region = "" };
        const struct judgement critical = { .verdict = VERDICT_FAIL,
                                            .severity = SEVERITY_CRITICAL };
        const struct judgement waived = { .rule = "GOV-001",
                                          .verdict = VERDICT_WAIVED,
                                          .severity = SEVERITY_HIGH };
        const struct judgement unknown = { .rule = "LOG-001",
                                           .verdict = VERDICT_UNKNOWN,
                                           .severity = SEVERITY_LOW };
        struct error err = { 0 };
        _cleanup_(resource_freep) struct resource *b = ledger_resource(&one, "b");
        const struct place place = ledger_place(&one);
        struct judgement two[2];
        char key[RESOURCE_KEY_MAX];

        ledger_begin(l);
        ledger_visit(l, &west3);
        ledger_visit(l, &(struct visit){ .ids = "b a" });
        ledger_collected(l, true);
        ledger_judge(l, &west3, "c", &unknown);
        ledger_judge(l, &scope, NULL, &unknown);
        assert_int_equal(store_judge_begin(l->scan, &place, resource_key(b, key), &err), 0);
        two[0] = waived;
        two[1] = (struct judgement){ .rule = "LOC-001",
                                     .verdict = VERDICT_FAIL,
                                     .severity = SEVERITY_HIGH };
        for (size_t i = 0; i < 2; i++)
                assert_int_equal(store_judge_add(l->scan, &two[i], &err), 0);
        assert_int_equal(store_judge_end(l->scan, &err), 0);
        ledger_judge(l, &one, "a", &critical);
        ledger_end(l);
        ledger_begin(l);
        ledger_visit(l, &west3);
        ledger_visit(l, &(struct visit){ .ids = "b a" });
        ledger_collected(l, true);
        {
                _cleanup_(resource_freep) struct resource *a = ledger_resource(&one, "a");
                const struct judgement again = { .rule = "LOC-001",
                                                 .verdict = VERDICT_FAIL,
                                                 .severity = SEVERITY_CRITICAL };

                assert_int_equal(store_judge_begin(l->scan, &place, resource_key(a, key), &err), 0);
                assert_int_equal(store_judge_add(l->scan, &again, &err), 0);
                assert_int_equal(store_judge_add(l->scan, &pass, &err), 0);
                assert_int_equal(store_judge_end(l->scan, &err), 0);
        }
        ledger_end(l);
        for (size_t i = 0; i < ELEMENTSOF(questions); i++) {
                assert_string_equal(ledger_findings(l, &questions[i].filter), questions[i].found);
                counted_as_walked(l, &questions[i].filter);
        }
}

static int never(void *user, const struct store_finding *f)
{
        fail_msg("a finding for a bad filter");
        return 0;
}

static void store_findings_refuse_unknown_words(void **state)
{
        struct ledger *l = *state;
        const struct store_filter verdict = { .verdict = "maybe" },
                                  severity = { .min_severity = "" };
        struct error err = { 0 };

        assert_int_equal(store_each_finding(l->store, &verdict, never, NULL, &err), -EINVAL);
        err = (struct error){ 0 };
        assert_int_equal(store_each_finding(l->store, &severity, never, NULL, &err), -EINVAL);
}

/* ---- what is said ------------------------------------------------------------------------------
 */

struct said {
        char why[256], evidence[512], facts[256], rule[64], times[128], more[128];
};

static int on_said(void *user, const struct store_finding *f)
{
        struct said *said = user;
        char *evidence = json_dumps(f->evidence, JSON_COMPACT | JSON_SORT_KEYS);
        char *facts = json_dumps(f->facts, JSON_COMPACT);
        const char *title = json_string_value(json_object_get(f->rule_data, "title"));

        (void)snprintf(said->why, sizeof(said->why), "%s|%s", f->why[LANGUAGE_EN],
                       f->why[LANGUAGE_FR]);
        (void)snprintf(said->evidence, sizeof(said->evidence), "%s", evidence);
        (void)snprintf(said->facts, sizeof(said->facts), "%s", facts);
        (void)snprintf(said->rule, sizeof(said->rule), "%s", title ? title : "(none)");
        (void)snprintf(said->times, sizeof(said->times), "%s %s %s", f->first_seen + 11,
                       f->last_seen + 11, f->changed + 11);
        (void)snprintf(said->more, sizeof(said->more), "%s %s %s", f->arithmetic, f->applies_from,
                       f->state);
        free(evidence);
        free(facts);
        return 0;
}

static void judge_saying(struct ledger *l, const char *why, const json_t *evidence)
{
        json_auto_t *facts =
                json_pack("[s, s, s]", "log.retention_days", "log.region", "log.retention_days");
        const struct judgement j = { .verdict = VERDICT_FAIL,
                                     .severity = SEVERITY_HIGH,
                                     .why = { why, "l'« été »" },
                                     .arithmetic = "base=high",
                                     .applies_from = "2027-12-02",
                                     .state = "upcoming",
                                     .facts = facts,
                                     .evidence = evidence };

        collect(l, "a", COVERAGE_OK);
        ledger_judge(l, &one, "a", &j);
}

static void store_findings_carry_what_was_said(void **state)
{
        struct ledger *l = *state;
        json_auto_t *evidence = json_pack("[{s:s}]", "call", "DescribeTrails");
        json_auto_t *later = json_pack("[{s:s}]", "call", "DescribeTrails at another time");
        json_auto_t *rules = json_pack("[{s:s, s:s}]", "id", "LOC-001", "title", "Where");
        json_auto_t *words = json_pack("{s:s}", "disclaimer", "the evidence indicates"), *back;
        const struct store_filter all = { .all = true };
        struct error err = { 0 };
        struct said said;
        uint64_t written;

        judge_saying(l, "It's \"there\"", evidence);
        assert_int_equal(store_rules(l->scan, "d1", rules, words, &err), 0);
        ledger_end(l);
        assert_int_equal(store_each_finding(l->store, &all, on_said, &said, &err), 0);
        assert_string_equal(said.why, "It's \"there\"|l'« été »");
        assert_string_equal(said.facts,
                            "[\"log.retention_days\",\"log.region\",\"log.retention_days\"]");
        /* the reply the fact came from, once; then what was read beside it */
        assert_string_equal(said.evidence,
                            "[{\"call\":\"ListEndpoints\",\"time\":\"2026-07-19T22:00:00Z\"},"
                            "{\"call\":\"DescribeTrails\"}]");
        assert_string_equal(said.rule, "Where");
        assert_string_equal(said.more, "base=high 2027-12-02 upcoming");
        assert_string_equal(said.times, "23:27:40Z 23:27:40Z 23:27:40Z");
        back = store_words(l->store);
        assert_true(json_equal(back, words));

        written = store_rows_written(l->store);
        judge_saying(l, "It's \"there\"", later); /* evidence alone is no change */
        ledger_end(l);
        assert_int_equal(store_rows_written(l->store), written);
        assert_int_equal(store_each_finding(l->store, &all, on_said, &said, &err), 0);
        assert_string_equal(said.times, "23:27:40Z 00:27:40Z 23:27:40Z");

        judge_saying(l, "It is elsewhere", later); /* other words are stored, and not told */
        ledger_end(l);
        assert_int_equal(store_rows_written(l->store), written + 1);
        assert_int_equal(store_each_finding(l->store, &all, on_said, &said, &err), 0);
        assert_string_equal(said.why, "It is elsewhere|l'« été »");
        assert_string_equal(ledger_events(l),
                            "opened LOC-001 a fail, finished, finished, finished");
}

static int on_change(void *user, const struct store_change *c)
{
        char *text = user;
        size_t used = strlen(text);

        (void)snprintf(text + used, 512 - used, "%s/%s>%s/%s ",
                       c->verdict_from ? c->verdict_from : "-",
                       c->severity_from ? c->severity_from : "-",
                       c->verdict_to ? c->verdict_to : "-", c->severity_to ? c->severity_to : "-");
        assert_non_null(c->scan_id);
        return 0;
}

static void store_findings_keep_their_history(void **state)
{
        struct ledger *l = *state;
        char text[512] = "";
        struct error err = { 0 };

        for (size_t k = 0; k < LIFE_STEPS_MAX; k++)
                run_step(l, &lives[2][k]);
        assert_int_equal(store_each_change(l->store, FINDING_ID_OF_A, on_change, text, &err), 0);
        assert_string_equal(text, "pass/info>fail/high fail/high>-/- -/->unknown/low ");
}

/* ---- how many ----------------------------------------------------------------------------------
 */

struct counting {
        char text[256];
        int stop_after;
};

static int on_count(void *user, const struct store_count *c)
{
        struct counting *counting = user;
        size_t used = strlen(counting->text);

        (void)snprintf(counting->text + used, sizeof(counting->text) - used, "%s %s %s %d;",
                       c->rule, verdict_name(c->verdict), severity_name(c->severity), (int)c->n);
        return --counting->stop_after == 0 ? 1 : 0;
}

static void store_findings_are_counted_by_rule(void **state)
{
        struct ledger *l = *state;
        struct counting all = { 0 }, first = { .stop_after = 1 }, open = { 0 };
        struct error err = { 0 };

        collect(l, "a b c", COVERAGE_OK);
        ledger_judge(l, &one, "c", &pass);
        ledger_judge(l, &one, "b", &fail_high);
        ledger_judge(l, &one, "a", &fail_high);
        ledger_end(l);
        assert_int_equal(store_each_count(l->store, COUNT_FINDINGS, on_count, &all, &err), 0);
        assert_string_equal(all.text, "LOC-001 fail high 2;LOG-001 pass info 1;");
        assert_int_equal(store_each_count(l->store, COUNT_FINDINGS, on_count, &first, &err), 0);
        assert_string_equal(first.text, "LOC-001 fail high 2;");
        /* what is closed is not open */
        collect(l, "a b c", COVERAGE_OK);
        judge_nothing(l, "b");
        ledger_end(l);
        assert_int_equal(store_each_count(l->store, COUNT_FINDINGS, on_count, &open, &err), 0);
        assert_string_equal(open.text, "LOC-001 fail high 1;LOG-001 pass info 1;");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(store_findings_live_as_in_the_table),
                cmocka_unit_test(store_finding_ids_are_stable),
#define WITH_LEDGER(test) cmocka_unit_test_setup_teardown(test, ledger_setup, ledger_teardown)
                WITH_LEDGER(store_findings_of_the_gone_are_closed),
                WITH_LEDGER(store_findings_of_the_unreadable_stay),
                WITH_LEDGER(store_counts_days_as_it_reads),
                WITH_LEDGER(store_judging_while_walking),
                WITH_LEDGER(store_findings_are_asked_for_by_id),
                WITH_LEDGER(store_findings_in_order_by_filter),
                WITH_LEDGER(store_findings_refuse_unknown_words),
                WITH_LEDGER(store_findings_carry_what_was_said),
                WITH_LEDGER(store_findings_keep_their_history),
                WITH_LEDGER(store_findings_are_counted_by_rule),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
