#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/judge/severity.h"
#include "tests/support/judge_files.h"
#include "tests/support/judge_world.h"

#include <errno.h>
#include <string.h>

#define PASSING "tests/fixtures/judge/passing/rules.json"
#define OVERRIDES "tests/fixtures/judge/data"

static const struct policy usual_policy = { .log_retention_days = 184,
                                            .coverage_max_age_usec = USEC_PER_DAY };

static struct judge *new_judge(void)
{
        struct judge *j = NULL;
        struct error err = { 0 };

        if (judge_new(&j, "config", OVERRIDES, &usual_policy, &err) < 0)
                fail_msg("%s", err.text);
        return j;
}

static uint64_t today(void)
{
        uint64_t usec = 0;

        assert_int_equal(clock_parse_iso8601("2026-11-23", &usec), 0);
        return usec;
}

/* ---- nothing passes by silence
 * ------------------------------------------------------------------------------
 *
 * Every rule has a world in which it passes. Each fact that the rule read there is then taken away,
 * made absent, made unknown; so is the coverage. Missing and unknown must give unknown (or na where
 * nothing was collected), absent must not pass, unless the row says what it means. */

enum loss { LOSS_MISSING, LOSS_ABSENT, LOSS_UNKNOWN, LOSS_MAX };
static const char *const loss_names[] = { "missing", "absent", "unknown" };

static json_t *lost_fact(enum loss loss)
{
        return loss == LOSS_ABSENT ? json_pack("{s:b}", "absent", 1)
                                   : json_pack("{s:s}", "unknown", "denied by the test");
}

static void lose_tags(json_t *resource, enum loss loss)
{
        json_t *facts = json_object_get(resource, "facts");

        if (!json_object_get(resource, "tags"))
                return;
        (void)json_object_del(resource, "tags");
        if (!facts) {
                facts = json_object();
                (void)json_object_set_new(resource, "facts", facts);
        }
        if (loss != LOSS_MISSING)
                (void)json_object_set_new(facts, "tags", lost_fact(loss));
}

static void lose_fact(json_t *resource, const char *fact, enum loss loss)
{
        json_t *facts = json_object_get(resource, "facts");

        if (!json_object_get(facts, fact))
                return;
        if (loss == LOSS_MISSING)
                (void)json_object_del(facts, fact);
        else
                (void)json_object_set_new(facts, fact, lost_fact(loss));
}

static void lose_coverage(json_t *world, enum loss loss)
{
        json_t *row;
        size_t i;

        if (loss == LOSS_MISSING)
                (void)json_object_del(world, "coverage");
        json_array_foreach(json_object_get(world, "coverage"), i, row)(void)
                json_object_set_new(row, "state", json_string("denied"));
}

static json_t *world_without(const json_t *world, const char *what, enum loss loss)
{
        json_t *copy = json_deep_copy(world), *resource;
        size_t i;

        if (strcmp(what, "coverage") == 0)
                lose_coverage(copy, loss);
        json_array_foreach(json_object_get(copy, "resources"), i, resource)
        {
                if (strcmp(what, "tags") == 0)
                        lose_tags(resource, loss);
                else
                        lose_fact(resource, what, loss);
        }
        return copy;
}

static json_t *verdict_in(const struct judge *j, const json_t *world, const json_t *row)
{
        _cleanup_(judge_world_freep) struct judge_world *w = judge_world_new(world);
        json_auto_t *all = judge_world_run(w, j, json_object_get(row, "subject"), today());

        assert_non_null(all);
        return json_incref((json_t *)judge_world_of(all, json_member_string(row, "rule")));
}

static bool acceptable(const char *verdict, const char *what, enum loss loss)
{
        if (strcmp(verdict, "pass") == 0)
                return false;
        if (loss == LOSS_ABSENT)
                return true;
        if (strcmp(verdict, "unknown") == 0)
                return true;
        return loss == LOSS_MISSING && strcmp(verdict, "na") == 0 && strcmp(what, "tags") != 0;
}

static void check_loss(const struct judge *j, const json_t *row, const char *what, enum loss loss)
{
        const json_t *but = json_object_get(json_object_get(row, "but"), what);
        const char *want = json_member_string(but, loss_names[loss]);
        json_auto_t *world = world_without(json_object_get(row, "world"), what, loss);
        json_auto_t *got = verdict_in(j, world, row);
        const char *verdict = json_member_string(got, "verdict");

        if (want ? strcmp(verdict, want) != 0 : !acceptable(verdict, what, loss))
                fail_msg("%s with %s %s: %s: %s", json_member_string(row, "rule"), what,
                         loss_names[loss], verdict, json_member_string(got, "en"));
}

static void check_row(const struct judge *j, const json_t *row)
{
        json_auto_t *got = verdict_in(j, json_object_get(row, "world"), row);
        const json_t *fact;
        size_t i;

        if (!got || strcmp(json_member_string(got, "verdict"), "pass") != 0)
                fail_msg("%s does not pass in its world: %s", json_member_string(row, "rule"),
                         json_member_string(got, "en"));
        json_array_foreach((json_t *)json_object_get(got, "facts"), i, fact)
        {
                for (int loss = 0; loss < LOSS_MAX; loss++)
                        check_loss(j, row, json_string_value(fact), (enum loss)loss);
        }
        if (!json_path_string(row, "subject.resource") ||
            json_object_get(json_object_get(row, "world"), "coverage")) {
                check_loss(j, row, "coverage", LOSS_MISSING);
                check_loss(j, row, "coverage", LOSS_UNKNOWN);
        }
}

static void rules_never_pass_by_silence(void **state)
{
        _cleanup_(judge_freep) struct judge *j = new_judge();
        json_auto_t *rows = json_load_file(PASSING, 0, NULL), *rules = judge_rules(j);
        json_auto_t *seen = json_object();
        json_t *row;
        size_t i;

        (void)state;
        assert_true(json_array_size(rows) > 0);
        json_array_foreach(rows, i, row)
        {
                check_row(j, row);
                (void)json_object_set_new(seen, json_member_string(row, "rule"), json_true());
        }
        json_array_foreach(rules, i, row) if (!json_object_get(seen, json_member_string(row, "id")))
                fail_msg("%s has no world in " PASSING, json_member_string(row, "id"));
}

/* Nothing known at all: a resource of each type without any fact, in a place that was never asked.
 */
static void rules_pass_nothing_of_an_empty_resource(void **state)
{
        static const char *const types[] = { "iaas",   "paas",   "paas-ai",
                                             "mlaas",  "ai-api", "foundation-model",
                                             "saas-ai" };
        _cleanup_(judge_freep) struct judge *j = new_judge();

        (void)state;
        for (size_t k = 0; k < ELEMENTSOF(types); k++) {
                json_auto_t *world = json_pack("{s:[{s:s, s:s, s:s}]}", "resources", "id", "m",
                                               "region", "nowhere-1", "service_type", types[k]);
                json_auto_t *subject = json_pack("{s:s}", "resource", "m");
                _cleanup_(judge_world_freep) struct judge_world *w = judge_world_new(world);
                json_auto_t *all = judge_world_run(w, j, subject, today());
                json_t *g;
                size_t i;

                json_array_foreach(all, i,
                                   g) if (strcmp(json_member_string(g, "verdict"), "pass") == 0)
                        fail_msg("%s passes for %s: %s", json_member_string(g, "rule"), types[k],
                                 json_member_string(g, "en"));
        }
}

/* ---- severity
 * -------------------------------------------------------------------------------------------------
 */

static void severity_load_or_fail(struct severity_profiles *p)
{
        struct error err = { 0 };
        struct data data;

        assert_int_equal(data_init(&data, "config", NULL, &err), 0);
        if (severity_load(p, &data, &err) < 0)
                fail_msg("%s", err.text);
        data_done(&data);
}

#define UPCOMING .upcoming_id = "hr-annex3", .upcoming_date = "2027-12-02"

static const struct {
        struct severity_case c;
        enum verdict verdict;
        enum severity severity;
        const char *text; /* NULL: not looked at */
} severity_rows[] = {
        { { .profile = "A", .risk = "prohibited" }, VERDICT_FAIL, SEVERITY_CRITICAL, NULL },
        { { .profile = "A", .risk = "high-risk" },
          VERDICT_FAIL,
          SEVERITY_CRITICAL,
          "base=A/high-risk=critical -> critical" },
        { { .profile = "A", .risk = "limited" }, VERDICT_FAIL, SEVERITY_MEDIUM, NULL },
        { { .profile = "A", .risk = "minimal" }, VERDICT_FAIL, SEVERITY_LOW, NULL },
        { { .profile = "A", .risk = "unknown" }, VERDICT_FAIL, SEVERITY_HIGH, NULL },
        { { .profile = "B", .risk = "prohibited" }, VERDICT_FAIL, SEVERITY_CRITICAL, NULL },
        { { .profile = "B", .risk = "high-risk" }, VERDICT_FAIL, SEVERITY_HIGH, NULL },
        { { .profile = "B", .risk = "limited" }, VERDICT_FAIL, SEVERITY_MEDIUM, NULL },
        { { .profile = "B", .risk = "minimal" }, VERDICT_FAIL, SEVERITY_LOW, NULL },
        { { .profile = "B", .risk = "unknown" }, VERDICT_FAIL, SEVERITY_MEDIUM, NULL },
        { { .profile = "C", .risk = "prohibited" }, VERDICT_FAIL, SEVERITY_HIGH, NULL },
        { { .profile = "C", .risk = "high-risk" }, VERDICT_FAIL, SEVERITY_MEDIUM, NULL },
        { { .profile = "C", .risk = "limited" }, VERDICT_FAIL, SEVERITY_LOW, NULL },
        { { .profile = "C", .risk = "minimal" }, VERDICT_FAIL, SEVERITY_INFO, NULL },
        { { .profile = "C", .risk = "unknown" }, VERDICT_FAIL, SEVERITY_LOW, NULL },
        /* what is unknown counts one step less, and never less than low */
        { { .profile = "A", .risk = "high-risk" },
          VERDICT_UNKNOWN,
          SEVERITY_HIGH,
          "base=A/high-risk=critical; -1 unknown -> high" },
        { { .profile = "C", .risk = "minimal" }, VERDICT_UNKNOWN, SEVERITY_LOW, NULL },
        { { .profile = "B", .risk = "minimal" }, VERDICT_UNKNOWN, SEVERITY_LOW, NULL },
        { { .profile = "A", .risk = "high-risk" }, VERDICT_PASS, SEVERITY_INFO, "pass -> info" },
        { { .profile = "A", .risk = "high-risk" }, VERDICT_NA, SEVERITY_INFO, "na -> info" },
        /* 1: raw infrastructure */
        { { .profile = "A", .risk = "unknown", .service_type = "iaas" },
          VERDICT_FAIL,
          SEVERITY_MEDIUM,
          "base=A/unknown=high; -1 iaas -> medium" },
        { { .profile = "A", .risk = "unknown", .service_type = "paas" },
          VERDICT_FAIL,
          SEVERITY_MEDIUM,
          NULL },
        { { .profile = "A", .risk = "unknown", .service_type = "paas-ai" },
          VERDICT_FAIL,
          SEVERITY_HIGH,
          NULL },
        { { .profile = "A", .risk = "high-risk", .service_type = "iaas" },
          VERDICT_FAIL,
          SEVERITY_CRITICAL,
          NULL },
        { { .profile = "A", .risk = "unknown", .service_type = "iaas", .data = "health" },
          VERDICT_FAIL,
          SEVERITY_HIGH,
          NULL },
        { { .profile = "A", .risk = "unknown", .service_type = "iaas", .data = "personal" },
          VERDICT_FAIL,
          SEVERITY_HIGH,
          NULL },
        { { .profile = "A", .risk = "unknown", .service_type = "iaas", .data = "none" },
          VERDICT_FAIL,
          SEVERITY_MEDIUM,
          NULL },
        { { .profile = "A", .risk = "unknown", .service_type = "iaas", .no_type = true },
          VERDICT_FAIL,
          SEVERITY_HIGH,
          NULL },
        /* 2: not yet applicable */
        { { .profile = "A", .risk = "high-risk", UPCOMING },
          VERDICT_FAIL,
          SEVERITY_HIGH,
          "base=A/high-risk=critical; -1 upcoming (hr-annex3 2027-12-02) -> high" },
        /* 3: development and test */
        { { .profile = "A", .risk = "high-risk", .env = "dev" },
          VERDICT_FAIL,
          SEVERITY_HIGH,
          "base=A/high-risk=critical; -1 env dev -> high" },
        { { .profile = "A", .risk = "high-risk", .env = "test" },
          VERDICT_FAIL,
          SEVERITY_HIGH,
          NULL },
        { { .profile = "A", .risk = "high-risk", .env = "staging" },
          VERDICT_FAIL,
          SEVERITY_CRITICAL,
          NULL },
        { { .profile = "A", .risk = "high-risk", .env = "dev", .no_env = true },
          VERDICT_FAIL,
          SEVERITY_CRITICAL,
          NULL },
        /* all in order, and the floor */
        { { .profile = "A", .risk = "unknown", .service_type = "iaas", .env = "test", UPCOMING },
          VERDICT_FAIL,
          SEVERITY_INFO,
          "base=A/unknown=high; -1 iaas; -1 upcoming (hr-annex3 2027-12-02); -1 env test -> info" },
        { { .profile = "C", .risk = "minimal", .service_type = "iaas", .env = "test", UPCOMING },
          VERDICT_FAIL,
          SEVERITY_INFO,
          NULL },
        /* fixed */
        { { .fixed = "medium", .risk = "high-risk" },
          VERDICT_FAIL,
          SEVERITY_MEDIUM,
          "base=fixed=medium -> medium" },
        { { .fixed = "high", .fixed_key = "mlaas", .risk = "unknown", UPCOMING },
          VERDICT_FAIL,
          SEVERITY_MEDIUM,
          "base=fixed/mlaas=high; -1 upcoming (hr-annex3 2027-12-02) -> medium" },
};

static void severity_adds_up(void **state)
{
        struct severity_profiles p = { 0 };

        (void)state;
        severity_load_or_fail(&p);
        for (size_t i = 0; i < ELEMENTSOF(severity_rows); i++) {
                struct buffer text = BUFFER_INIT(512);
                enum severity got =
                        severity_of(&p, &severity_rows[i].c, severity_rows[i].verdict, &text);

                if (got != severity_rows[i].severity)
                        fail_msg("row %zu: %s", i, buffer_text(&text));
                if (severity_rows[i].text)
                        assert_string_equal(buffer_text(&text), severity_rows[i].text);
                buffer_done(&text);
        }
        severity_done(&p);
}

/* ---- bad files
 * ----------------------------------------------------------------------------------------------------
 */

#define RULE_TEXTS                                                                                 \
        "    why: {pass: {en: a, fr: b}, fail: {en: a, fr: b}, unknown: {en: a, fr: b}}\n"         \
        "    remediation: {aws: {en: a, fr: b}}\n"                                                 \
        "    explanation: {en: a, fr: b}\n"
#define RULE_HEAD                                                                                  \
        "  - id: X-001\n    title: {en: a, fr: b}\n    basis: [AIA 4]\n    subject: resource\n"
#define DECIDE(row) "    decide:\n      - " row "\n"

static const struct {
        const char *rules, *says;
} bad_rules[] = {
        { RULE_HEAD "    profile: A\n" DECIDE("{verdict: fail, all: [{fact: no.such, is: 1}]}")
                  RULE_TEXTS,
          "10:38: unknown fact 'no.such': catalogue/facts.yaml has the known ones" },
        { RULE_HEAD "    profile: A\n" DECIDE(
                  "{verdict: fail, all: [{fact: log.retention_day, is: 1}]}") RULE_TEXTS,
          "10:38: unknown fact 'log.retention_day'; did you mean 'log.retention_days'?" },
        { RULE_HEAD "    profile: A\n" DECIDE(
                  "{verdict: fail, all: [{fact: model.id, at_leest: 2}]}") RULE_TEXTS,
          "10:48: unknown key 'at_leest'; did you mean 'at_least'?" },
        { RULE_HEAD "    profile: A\n" DECIDE("{verdict: fail, all: [{fact: model.id, alike: 1}]}")
                  RULE_TEXTS,
          "10:48: unknown key 'alike'" },
        { RULE_HEAD "    profile: A\n" DECIDE("{verdict: fail, all: [{fact: model.id}]}")
                  RULE_TEXTS,
          "one predicate is needed" },
        { RULE_HEAD "    profile: A\n" DECIDE(
                  "{verdict: fail, all: [{fact: model.id, is: 1, at_least: 2}]}") RULE_TEXTS,
          "one predicate is needed" },
        { RULE_HEAD "    profile: A\n" DECIDE(
                  "{verdict: fail, all: [{tag: ai-act-colour, is: red}]}") RULE_TEXTS,
          "unknown tag 'ai-act-colour'" },
        { RULE_HEAD "    profile: A\n" DECIDE("{verdict: fail, all: [{fact: model.id, in: red}]}")
                  RULE_TEXTS,
          "'in' takes a list" },
        { RULE_HEAD "    profile: A\n" DECIDE(
                  "{verdict: fail, all: [{fact: model.id, at_least: red}]}") RULE_TEXTS,
          "take a number" },
        { RULE_HEAD "    profile: A\n" DECIDE(
                  "{verdict: fail, all: [{fact: model.id, present: maybe}]}") RULE_TEXTS,
          "takes true or false" },
        { RULE_HEAD "    profile: A\n" DECIDE(
                  "{verdict: fail, all: [{fact: model.id, is: 1, if_unknown: \"yes\"}]}")
                  RULE_TEXTS,
          "if_unknown" },
        { RULE_HEAD "    profile: A\n" DECIDE(
                  "{verdict: fail, all: [{fact: model.id, older_than_hours: red}]}") RULE_TEXTS,
          "'older_than_hours' takes a number" },
        { RULE_HEAD "    profile: A\n" DECIDE("{verdict: pass}") RULE_TEXTS,
          "10:9: X-001: a row without condition may only be na or unknown" },
        { RULE_HEAD "    profile: A\n" DECIDE(
                  "{verdict: fail, all: [{tag: ai-act-review, not_future: soon}]}") RULE_TEXTS,
          "this predicate takes true or false" },
        { RULE_HEAD "    profile: A\n" DECIDE(
                  "{verdict: fail, types: [quantum], all: [{fact: model.id, is: 1}]}") RULE_TEXTS,
          "10:32: X-001: unknown service type 'quantum'; known are iaas, paas" },
        { RULE_HEAD "    profile: A\n" DECIDE(
                  "{verdict: fail, applies_from: art5-knew, all: [{fact: model.id, is: 1}]}")
                  RULE_TEXTS,
          "X-001: no date 'art5-knew' in law/dates.yaml; did you mean 'art5-new'?" },
        { RULE_HEAD "    fixed: {default: low}\n" DECIDE(
                  "{verdict: fail, severity: public, all: [{fact: model.id, is: 1}]}") RULE_TEXTS,
          "X-001: fixed.public is missing" },
        { RULE_HEAD "    profile: A\n" DECIDE(
                  "{verdict: fail, severity: public, all: [{fact: model.id, is: 1}]}") RULE_TEXTS,
          "X-001: fixed.public is missing" },
        { RULE_HEAD "    profile: A\n" DECIDE(
                  "{verdict: fail, why: dark, all: [{fact: model.id, is: 1}]}") RULE_TEXTS,
          "why.dark is missing" },
        { RULE_HEAD "    profile: A\n    kinds: [aws.s3.*]\n" DECIDE(
                  "{verdict: fail, kinds: [aws.sagemaker.endpoint], all: [{fact: model.id, is: "
                  "1}]}") RULE_TEXTS,
          "11:32: X-001: 'aws.sagemaker.endpoint' is none of the rule's kinds: name it in the "
          "rule's 'kinds', or leave it out here" },
        { RULE_HEAD "    profile: A\n" DECIDE(
                  "{verdict: fail, kinds: [aws.s3.x], all: [{fact: model.id, is: 1}]}") RULE_TEXTS,
          "'aws.s3.x' is none of the rule's kinds" },
        { RULE_HEAD "    profile: A\n    also_kinds: [aws.s3.*]\n" DECIDE("{verdict: na}")
                  RULE_TEXTS,
          "X-001: 'also_kinds' goes with 'types'; without them, name 'kinds'" },
        { RULE_HEAD "    profile: D\n    check: area\n" RULE_TEXTS,
          "8:14: X-001: unknown profile 'D'; known are A, B, C" },
        { RULE_HEAD "    profile: A\n    fixed: {default: low}\n    check: area\n" RULE_TEXTS,
          "either 'profile' or 'fixed'" },
        { RULE_HEAD "    profile: A\n    by_data: {medical: B}\n    check: area\n" RULE_TEXTS,
          "ai-act-data does not take 'medical'" },
        { RULE_HEAD "    profile: A\n    by_data: {health: Z}\n    check: area\n" RULE_TEXTS,
          "by_data.health is neither a profile nor a severity" },
        { RULE_HEAD
          "    fixed: {default: low}\n    by_data: {health: B}\n    check: area\n" RULE_TEXTS,
          "'by_data' goes with 'profile'" },
        { RULE_HEAD "    profile: A\n    by_risk: {grave: B}\n    check: area\n" RULE_TEXTS,
          "ai-act-risk does not take 'grave'" },
        { RULE_HEAD "    profile: A\n    by_risk: {minimal: Z}\n    check: area\n" RULE_TEXTS,
          "by_risk.minimal is neither a profile nor a severity" },
        { RULE_HEAD "    profile: A\n    by_risk: high\n    check: area\n" RULE_TEXTS,
          "'by_risk' must be a mapping" },
        { RULE_HEAD "    profile: A\n    by_date: {never: B}\n    check: area\n" RULE_TEXTS,
          "by_date: no date 'never'" },
        { RULE_HEAD "    profile: A\n    by_date: {art5-new: high}\n    check: area\n" RULE_TEXTS,
          "by_date.art5-new is no profile" },
        { RULE_HEAD "    profile: A\n    by_date: {art5-new: B}\n" DECIDE("{verdict: na}")
                  RULE_TEXTS,
          "'by_date' goes with 'profile' and 'check'" },
        { RULE_HEAD "    fixed: {default: grave}\n    check: area\n" RULE_TEXTS,
          "fixed.default is no severity; known are critical" },
        { RULE_HEAD "    profile: A\n    check: no-such\n" RULE_TEXTS,
          "9:12: X-001: unknown check 'no-such'" },
        { RULE_HEAD "    profile: A\n    check: aera\n" RULE_TEXTS,
          "9:12: X-001: unknown check 'aera'; did you mean 'area'?" },
        { RULE_HEAD "    profile: [A]\n    check: area\n" RULE_TEXTS,
          "8:14: 'profile' must be a text" },
        { RULE_HEAD "    profile: A\n    decide: sometimes\n" RULE_TEXTS,
          "9:13: 'decide' must be a list" },
        { RULE_HEAD "    profile: A\n    applies_from: hr-annex-3\n" DECIDE("{verdict: na}")
                  RULE_TEXTS,
          "9:19: X-001: no date 'hr-annex-3' in law/dates.yaml; did you mean 'hr-annex3'?" },
        { "  - id: LOC-001\n    title: {en: a, fr: b}\n    basis: [AIA 4]\n    subject: resource\n"
          "    profile: A\n" DECIDE("{verdict: na}") RULE_TEXTS,
          "4:9: rule 'LOC-001' stands here twice, first in config/rules/location.yaml:5: give "
          "one" },
        { RULE_HEAD "    profile: A\n    check: area\n" RULE_TEXTS,
          "why.pass-adequate is missing" },
        { RULE_HEAD "    profile: A\n" RULE_TEXTS, "either 'check' or 'decide'" },
        { RULE_HEAD "    profile: A\n    applies_from: never\n" DECIDE("{verdict: na}") RULE_TEXTS,
          "no date 'never'" },
        { RULE_HEAD "    profile: A\n    types: [quantum]\n" DECIDE("{verdict: na}") RULE_TEXTS,
          "9:12: X-001: unknown service type 'quantum'; known are iaas, paas" },
        { RULE_HEAD "    profile: A\n    facts: [no.such]\n" DECIDE("{verdict: na}") RULE_TEXTS,
          "9:12: unknown fact 'no.such'" },
        { RULE_HEAD "    profile: A\n" DECIDE(
                  "{verdict: na}") "    why: {na: {en: \"{colour}\", fr: b}}\n    remediation: "
                                   "{aws: {en: a, fr: b}}\n    explanation: {en: a, fr: b}\n",
          "unknown placeholder '{colour}'" },
        { RULE_HEAD "    profile: A\n" DECIDE(
                  "{verdict: na}") "    why: {na: {en: a}}\n    remediation: {aws: {en: a, fr: "
                                   "b}}\n    explanation: {en: a, fr: b}\n",
          "why.na needs en and fr" },
        { "  - {id: LOC-001}\n", "4:5: 'title' is missing" },
        { RULE_HEAD "    profile: A\n" DECIDE("{verdict: unknown}") RULE_TEXTS RULE_HEAD
          "    profile: A\n" DECIDE("{verdict: unknown}") RULE_TEXTS,
          "14:9: rule 'X-001' stands here twice, first in /tmp/vigie-judge-" },
        { "  - [\n", "did not find" },
};

static void rules_refuse_bad_files(void **state)
{
        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(bad_rules); i++) {
                struct judge *j = NULL;
                struct judge_files files;
                struct error err = { 0 };

                judge_files_init(&files);
                judge_files_write(&files, "rules/own.yaml",
                                  "source: x\nchecked: 2026-11-23\nrules:\n%s", bad_rules[i].rules);
                assert_int_equal(judge_new(&j, "config", files.dir, &usual_policy, &err), -EINVAL);
                judge_files_done(&files);
                if (!strstr(err.text, bad_rules[i].says) || !strstr(err.text, "rules/own.yaml:"))
                        fail_msg("row %zu: expected %s, got %s", i, bad_rules[i].says, err.text);
        }
}

#define ROLES_OF(customer_and_duties)                                                              \
        "source: x\nas_of: y\nreasons: {x: {en: a, fr: b}}\nservice_types:\n  - {type: mlaas, "    \
        "cloud: {role: none, confidence: low, reason: x}, customer: " customer_and_duties "}\n"

static void rules_refuse_bad_law(void **state)
{
        static const struct {
                const char *file, *text, *says;
        } rows[] = {
                { "law/dates.yaml",
                  "source: x\nas_of: y\ndates:\n  - {id: a, date: soon, basis: b, status: s, "
                  "source: x, as_of: y, title: {en: a, fr: b}}\n",
                  "4:19: 'soon' is no date: write the day as 2027-12-02" },
                { "law/dates.yaml",
                  "source: x\nas_of: y\ndates:\n  - {id: a, date: 2027-02-30, basis: b, status: s, "
                  "source: x, as_of: y, title: {en: a, fr: b}}\n",
                  "4:19: '2027-02-30' is no date" },
                { "law/dates.yaml",
                  "source: x\nas_of: y\ndates:\n  - {id: a, date: 2027-02-03, was: once, basis: b, "
                  "status: s, source: x, as_of: y, title: {en: a, fr: b}}\n",
                  "4:36: 'once' is no date" },
                { "law/dates.yaml",
                  "source: x\nas_of: y\ndates:\n  - {id: a, date: 2027-02-03, basis: b, status: s, "
                  "source: x, as_of: y, title: {en: a, fr: b}}\n  - {id: a, date: 2027-02-04, "
                  "basis: b, status: s, source: x, as_of: y, title: {en: a, fr: b}}\n",
                  "5:10: 'a' stands here twice, first in line 4" },
                { "law/dates.yaml",
                  "source: x\nas_of: y\ndates:\n  - {id: first, date: 2027-02-03, superseded_by: "
                  "frist, basis: b, status: s, source: x, as_of: y, title: {en: a, fr: b}}\n",
                  "superseded by 'frist', which is not here; did you mean 'first'?" },
                { "law/dates.yaml", "source: x\nas_of: y\ndates: []\n", "no date" },
                { "law/words.yaml", "source: x\nas_of: y\nwords: {}\n",
                  "words.service_types is missing" },
                { "law/severity.yaml",
                  "source: x\nas_of: y\nprofiles: {A: {}}\nlow_types: []\nsensitive_data: "
                  "[]\nlow_env: []\n",
                  "profiles.A.prohibited is no severity" },
                { "law/tags.yaml",
                  "source: x\nas_of: y\ntags:\n  - {key: a, kind: enum, title: {en: a, fr: b}}\n",
                  "values go with enum" },
                { "law/roles.yaml",
                  "source: x\nas_of: y\nreasons: {}\nservice_types:\n  - {type: mlaas, cloud: "
                  "{role: king, confidence: high}, customer: {role: none, confidence: low}}\n",
                  "5:5: unknown role 'king'" },
                { "law/roles.yaml",
                  ROLES_OF("{role: none, confidence: low, reason: x}, duties: "
                           "[{article: AIA 999, party: cloud}]"),
                  "'AIA 999' leads to no article" },
                { "law/roles.yaml",
                  ROLES_OF("{role: none, confidence: low, reason: x}, duties: "
                           "[{article: AIA 4, party: cloud, only: never}]"),
                  "no words for only: 'never'" },
                { "law/roles.yaml",
                  ROLES_OF("{role: none, confidence: low, reason: x}") "conditions:\n  - {reason: "
                                                                       "x, all: [{fact: "
                                                                       "model.custom, is: true}], "
                                                                       "gpai_modifier: \"yes\"}\n",
                  "7:71: 'gpai_modifier'" },
                { "law/roles.yaml",
                  ROLES_OF("{role: none, confidence: low, reason: x}") "conditions:\n  - {reason: "
                                                                       "x, third_country: true, "
                                                                       "cloud_is: king}\n",
                  "7:5: unknown role 'king'" },
                { "law/roles.yaml",
                  ROLES_OF("{role: none, confidence: low, reason: x}") "conditions:\n  - {reason: "
                                                                       "x, cloud_is: provider}\n",
                  "7:5: 'all', 'any' or 'third_country' is needed" },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                struct judge *j = NULL;
                struct judge_files files;
                struct error err = { 0 };

                judge_files_init(&files);
                judge_files_write(&files, rows[i].file, "%s", rows[i].text);
                assert_int_equal(judge_new(&j, "config", files.dir, &usual_policy, &err), -EINVAL);
                judge_files_done(&files);
                if (!strstr(err.text, rows[i].says))
                        fail_msg("%s: expected %s, got %s", rows[i].file, rows[i].says, err.text);
        }
}

static void rules_of_an_override_are_asked(void **state)
{
        _cleanup_(judge_freep) struct judge *usual = new_judge();
        json_auto_t *world =
                json_loads("{\"resources\": [{\"id\": \"m\", \"region\": \"eu-west-3\", "
                           "\"facts\": {\"compute.count\": 9, \"log.destination\": [\"a\"]}}]}",
                           0, NULL);
        _cleanup_(judge_world_freep) struct judge_world *w = judge_world_new(world);
        json_auto_t *subject = json_pack("{s:s}", "resource", "m"), *all = NULL;
        struct judge_files files;
        struct judge *j = NULL;
        struct error err = { 0 };

        (void)state;
        judge_files_init(&files);
        judge_files_write(&files, "rules/own.yaml", "source: x\nchecked: 2026-11-23\nrules:\n%s",
                          RULE_HEAD
                          "    profile: A\n" DECIDE("{verdict: pass, all: [{fact: compute.count, "
                                                    "below: 3}]}") "      - {verdict: fail, all: "
                                                                   "[{fact: compute.count, "
                                                                   "at_least: 9}]}\n" RULE_TEXTS);
        if (judge_new(&j, "config", files.dir, &usual_policy, &err) < 0)
                fail_msg("%s", err.text);
        judge_files_done(&files);
        all = judge_world_run(w, j, subject, today());
        assert_string_equal(json_member_string(judge_world_of(all, "X-001"), "verdict"), "fail");
        assert_string_not_equal(judge_digest(j), judge_digest(usual));
        judge_free(j);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rules_never_pass_by_silence),
                cmocka_unit_test(rules_pass_nothing_of_an_empty_resource),
                cmocka_unit_test(severity_adds_up),
                cmocka_unit_test(rules_refuse_bad_files),
                cmocka_unit_test(rules_refuse_bad_law),
                cmocka_unit_test(rules_of_an_override_are_asked),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
