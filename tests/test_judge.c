#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/support/judge_cases.h"
#include "tests/support/judge_world.h"

#include <errno.h>
#include <string.h>

/* ---- cases from files: each is an array of {name, policy, date, world, expect}
 * ---------------------------- */

static bool expectation_holds(const json_t *expect, const json_t *got)
{
        const char *severity = json_member_string(expect, "severity");
        const char *says = json_member_string(expect, "says"),
                   *says_fr = json_member_string(expect, "says_fr");

        if (!got ||
            strcmp(json_member_string(got, "verdict"), json_member_string(expect, "verdict")) != 0)
                return false;
        if (severity && strcmp(json_member_string(got, "severity"), severity) != 0)
                return false;
        if (says_fr && !strstr(json_member_string(got, "fr"), says_fr))
                return false;
        return !says || strstr(json_member_string(got, "en"), says);
}

/* Words that the program never says, and marks of a text that was not filled in. */
static void assert_wording(const json_t *judgements)
{
        static const char *const never[] = { "ompliant", "onforme", "{", "}", ".." };
        json_t *g;
        size_t i;

        json_array_foreach((json_t *)judgements, i, g)
        {
                const char *en = json_member_string(g, "en"), *fr = json_member_string(g, "fr");

                assert_true(*en != '\0' && *fr != '\0');
                for (size_t k = 0; k < ELEMENTSOF(never); k++)
                        if (strstr(en, never[k]) || strstr(fr, never[k]))
                                fail_msg("%s says: %s / %s", json_member_string(g, "rule"), en, fr);
        }
}

static void run_case(void *user, const struct judge_case *c)
{
        _cleanup_(judge_world_freep) struct judge_world *w = judge_world_new(c->world);
        json_t *expect;
        size_t i;

        (void)user;
        json_array_foreach((json_t *)c->expect, i, expect)
        {
                json_auto_t *got = judge_world_run(w, c->judge, expect, c->date_usec);
                json_auto_t *again = judge_world_run(w, c->judge, expect, c->date_usec);
                const char *rule = json_member_string(expect, "rule");

                assert_non_null(got);
                assert_true(json_equal(got, again));
                assert_wording(got);
                if (!expectation_holds(expect, judge_world_of(got, rule))) {
                        _cleanup_(freep) char *want = json_dumps(expect, 0);
                        _cleanup_(freep) char *have =
                                json_dumps(judge_world_of(got, rule), JSON_ENCODE_ANY);

                        fail_msg("%s, %s:\n  expected %s\n  got      %s", c->file, c->name, want,
                                 have ? have : "nothing");
                }
        }
}

static void judge_gives_the_verdicts_of_the_cases(void **state)
{
        (void)state;
        assert_true(judge_cases_each(run_case, NULL) >= 20);
}

/* ---- retention
 * -------------------------------------------------------------------------------------------------
 */

static struct judge *new_judge(const struct policy *policy)
{
        struct judge *j = NULL;
        struct error err = { 0 };

        if (judge_new(&j, "config", NULL, policy, &err) < 0)
                fail_msg("%s", err.text);
        return j;
}

static uint64_t day(const char *text)
{
        uint64_t usec = 0;

        assert_int_equal(clock_parse_iso8601(text, &usec), 0);
        return usec;
}

static const json_t *one(json_t **ret_all, const struct judge *j, const json_t *resource,
                         const char *rule)
{
        json_auto_t *world = json_pack("{s:[O]}", "resources", resource);
        json_auto_t *subject = json_pack("{s:s}", "resource", json_member_string(resource, "id"));
        _cleanup_(judge_world_freep) struct judge_world *w = judge_world_new(world);

        *ret_all = judge_world_run(w, j, subject, day("2026-11-23"));
        assert_non_null(*ret_all);
        return judge_world_of(*ret_all, rule);
}

static void judge_weighs_retention(void **state)
{
        static const struct {
                const char *fact; /* JSON of the fact */
                const char *tag;  /* ai-act-log-days */
                bool strict;
                const char *verdict, *says;
        } rows[] = {
                { "1", NULL, false, "fail", "below the floor" },
                { "90", NULL, false, "fail", "kept 90 days" },
                { "180", NULL, false, "fail", "below the floor of 184" },
                { "181", NULL, false, "pass", "too short from others" },
                { "183", NULL, false, "pass", "too short from others" },
                { "181", NULL, true, "fail", "some dates only" },
                { "183", NULL, true, "fail", "some dates only" },
                { "180", NULL, true, "fail", "below the floor" },
                { "184", NULL, true, "pass", "kept 184 days" },
                { "184", NULL, false, "pass", "kept 184 days" },
                { "365", NULL, false, "pass", "kept 365 days" },
                { "365", "400", false, "fail", "below the floor of 400" },
                { "365", "365", false, "pass", "floor is 365" },
                { "184", "30", false, "pass", "floor is 184" },
                { "365", "long", false, "unknown", "ai-act-log-days" },
                { "\"never\"", NULL, false, "pass", "never expire" },
                { "{\"absent\": true}", NULL, false, "unknown", "no retention is set" },
                { "{\"unknown\": \"denied\"}", NULL, false, "unknown", "denied" },
                { "\"a while\"", NULL, false, "unknown", "no number" },
                { "-1", NULL, false, "unknown", "no number" },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                struct policy policy = { .log_retention_days = 184,
                                         .strict_half_year = rows[i].strict };
                _cleanup_(judge_freep) struct judge *j = new_judge(&policy);
                json_auto_t *fact = json_loads(rows[i].fact, JSON_DECODE_ANY, NULL);
                json_auto_t *sink = json_pack(
                        "{s:s, s:s, s:s, s:s, s:{s:O}, s:{s:s*}}", "id", "group", "topic",
                        "log-sink", "region", "eu-west-3", "kind", "aws.logs.group", "facts",
                        "log.retention_days", fact, "tags", "ai-act-log-days", rows[i].tag);
                json_auto_t *all = NULL;
                const json_t *g = one(&all, j, sink, "LOG-005");

                if (!g || strcmp(json_member_string(g, "verdict"), rows[i].verdict) != 0 ||
                    !strstr(json_member_string(g, "en"), rows[i].says))
                        fail_msg("%s (tag %s): %s: %s", rows[i].fact,
                                 rows[i].tag ? rows[i].tag : "-", json_member_string(g, "verdict"),
                                 json_member_string(g, "en"));
        }
}

/* A policy below six months does not lower what the law asks for high risk. */
static void judge_keeps_six_months_for_high_risk(void **state)
{
        static const struct {
                const char *risk, *verdict, *state;
        } rows[] = {
                { "high-risk", "fail", "upcoming" },
                { "limited", "pass", "not-dated" },
        };
        struct policy policy = { .log_retention_days = 90 };
        _cleanup_(judge_freep) struct judge *j = new_judge(&policy);

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                json_auto_t *sink =
                        json_pack("{s:s, s:s, s:s, s:{s:i}, s:{s:s}}", "id", "group", "topic",
                                  "log-sink", "region", "eu-west-3", "facts", "log.retention_days",
                                  100, "tags", "ai-act-risk", rows[i].risk);
                json_auto_t *all = NULL;
                const json_t *g = one(&all, j, sink, "LOG-005");

                assert_string_equal(json_member_string(g, "verdict"), rows[i].verdict);
                assert_string_equal(json_member_string(g, "state"), rows[i].state);
        }
}

/* ---- order, purity, digests
 * ------------------------------------------------------------------------------------ */

static void judge_hands_over_rules_in_order(void **state)
{
        struct policy policy = { .log_retention_days = 184 };
        _cleanup_(judge_freep) struct judge *j = new_judge(&policy);
        json_auto_t *resource = json_pack("{s:s, s:s, s:s}", "id", "m", "region", "eu-west-3",
                                          "service_type", "mlaas");
        json_auto_t *all = NULL;

        (void)state;
        (void)one(&all, j, resource, "LOC-001");
        assert_true(json_array_size(all) > 10);
        for (size_t i = 1; i < json_array_size(all); i++)
                assert_true(strcmp(json_member_string(json_array_get(all, i - 1), "rule"),
                                   json_member_string(json_array_get(all, i), "rule")) < 0);
}

static void judge_digest_follows_policy_only(void **state)
{
        struct policy a = { .log_retention_days = 184 }, b = { .log_retention_days = 185 };
        _cleanup_(judge_freep) struct judge *first = new_judge(&a), *same = new_judge(&a),
                                            *other = new_judge(&b);

        (void)state;
        assert_int_equal(strlen(judge_digest(first)), 64);
        assert_string_equal(judge_digest(first), judge_digest(same));
        assert_string_not_equal(judge_digest(first), judge_digest(other));
}

static void judge_keeps_evidence_of_other_records(void **state)
{
        struct policy policy = { .log_retention_days = 184 };
        _cleanup_(judge_freep) struct judge *j = new_judge(&policy);
        json_auto_t *world = json_loads(
                "{\"resources\": ["
                "{\"id\": \"agent\", \"region\": \"eu-west-3\", \"service_type\": \"paas-ai\", "
                "\"facts\": {\"processing.ref\": \"eu.model\"}},"
                "{\"id\": \"eu.model\", \"region\": \"eu-west-3\", \"topic\": \"processing-map\", "
                "\"facts\": {\"processing.regions\": [\"eu-west-1\"]}}]}",
                0, NULL);
        _cleanup_(judge_world_freep) struct judge_world *w = judge_world_new(world);
        json_auto_t *subject = json_pack("{s:s}", "resource", "agent");
        json_auto_t *all = judge_world_run(w, j, subject, day("2026-11-23"));
        const json_t *g = judge_world_of(all, "LOC-003"), *evidence;

        (void)state;
        evidence = json_object_get(g, "evidence");
        assert_string_equal(json_member_string(g, "verdict"), "pass");
        assert_int_equal(json_array_size(evidence), 1);
        assert_string_equal(json_member_string(json_array_get(evidence, 0), "request_id"),
                            "eu.model");
        assert_int_equal(json_array_size(json_object_get(g, "facts")), 2);
}

static void judge_gives_causes_in_both_languages(void **state)
{
        struct policy policy = { .log_retention_days = 184 };
        _cleanup_(judge_freep) struct judge *j = new_judge(&policy);
        json_auto_t *sink = json_loads("{\"id\": \"s\", \"topic\": \"log-sink\", \"region\": "
                                       "\"eu-west-3\", \"facts\": {\"log.retention_days\": "
                                       "{\"absent\": true}}}",
                                       0, NULL);
        json_auto_t *agent = json_loads("{\"id\": \"a\", \"region\": \"eu-west-3\", \"facts\": "
                                        "{\"processing.ref\": \"eu.model\"}}",
                                        0, NULL);
        json_auto_t *unseen = json_loads(
                "{\"id\": \"u\", \"region\": \"eu-west-3\", \"facts\": {\"processing.regions\": "
                "{\"unknown\": \"eu.other cannot be seen from here\"}}}",
                0, NULL);
        json_auto_t *refused = json_loads(
                "{\"id\": \"r\", \"region\": \"eu-west-3\", \"facts\": {\"processing.regions\": "
                "{\"unknown\": \"aws.x, eu-west-3: skipped: what names it was not all read: "
                "aws.y: z\"}}}",
                0, NULL);
        json_auto_t *all = NULL, *more = NULL, *last = NULL, *behind = NULL;
        const json_t *g = one(&all, j, sink, "LOG-005");

        (void)state;
        assert_non_null(strstr(json_member_string(g, "en"), "no retention is set"));
        assert_non_null(strstr(json_member_string(g, "fr"), "aucune durée de conservation"));
        g = one(&more, j, agent, "LOC-003");
        assert_non_null(strstr(json_member_string(g, "en"), "eu.model is not in the inventory"));
        assert_non_null(strstr(json_member_string(g, "fr"), "eu.model ne figure pas"));
        g = one(&last, j, unseen, "LOC-003"); /* the name is in what was collected */
        assert_non_null(strstr(json_member_string(g, "en"), "eu.other cannot be seen from here"));
        assert_non_null(strstr(json_member_string(g, "fr"), "eu.other n'est pas visible d'ici"));
        g = one(&behind, j, refused, "LOC-003"); /* behind its place, and the longest that fits */
        assert_non_null(strstr(json_member_string(g, "en"),
                               "aws.x, eu-west-3: skipped: what names it was not all read: "
                               "aws.y: z"));
        assert_non_null(strstr(json_member_string(g, "fr"),
                               "aws.x, eu-west-3 : laissé de côté : ce qui le nomme n'a pas été lu "
                               "en entier : aws.y: z"));
}

static int stop_at_once(void *user, const struct judgement *g)
{
        (void)g;
        ++*(int *)user;
        return -ECANCELED;
}

static void judge_returns_what_emit_returns(void **state)
{
        struct policy policy = { .log_retention_days = 184 };
        _cleanup_(judge_freep) struct judge *j = new_judge(&policy);
        json_auto_t *world = json_loads("{\"resources\": [{\"id\": \"m\"}]}", 0, NULL);
        _cleanup_(judge_world_freep) struct judge_world *w = judge_world_new(world);
        struct error err = { 0 };
        int calls = 0;

        (void)state;
        assert_int_equal(judge_resource(j, judge_world_view(w), judge_world_resource(w, "m"),
                                        day("2026-11-23"), stop_at_once, &calls, &err),
                         -ECANCELED);
        assert_int_equal(calls, 1);
}

static void judge_refuses_bad_policy(void **state)
{
        char *areas[] = { (char *)"eu", (char *)"europe", NULL };
        json_auto_t *unknown_key = json_pack("{s:s}", "ai-act-colour", "blue");
        json_auto_t *bad_value = json_pack("{s:s}", "ai-act-risk", "some");
        struct {
                struct policy policy;
                const char *says;
        } rows[] = {
                { { .areas = areas }, "'europe'" },
                { { .tags = unknown_key }, "ai-act-colour" },
                { { .tags = bad_value }, "'some'" },
                { { .default_risk = (char *)"huge" }, "'huge'" },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                struct judge *j = NULL;
                struct error err = { 0 };

                assert_int_equal(judge_new(&j, "config", NULL, &rows[i].policy, &err), -EINVAL);
                assert_null(j);
                assert_non_null(strstr(err.text, rows[i].says));
        }
}

static void judge_publishes_rules_and_words(void **state)
{
        static const char *const groups[] = { "service_types", "roles", "verdicts", "severities",
                                              "states",        "areas", "reasons" };
        struct policy policy = { .log_retention_days = 184 };
        _cleanup_(judge_freep) struct judge *j = new_judge(&policy);
        json_auto_t *rules = judge_rules(j), *words = judge_words(j);
        json_t *rule;
        size_t i;

        (void)state;
        assert_true(json_array_size(rules) >= 16);
        json_array_foreach(rules, i, rule)
        {
                const json_t *remediation = json_object_get(rule, "remediation");

                assert_non_null(json_path_string(rule, "title.fr"));
                assert_non_null(json_path_string(rule, "explanation.fr"));
                assert_true(json_array_size(json_object_get(rule, "basis")) > 0);
                assert_non_null(json_path_string(remediation, "aws.fr"));
                assert_non_null(json_path_string(remediation, "scaleway.en"));
        }
        for (i = 0; i < ELEMENTSOF(groups); i++)
                assert_true(json_object_size(json_object_get(words, groups[i])) > 1);
        assert_non_null(json_path_string(words, "disclaimer.fr"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(judge_gives_the_verdicts_of_the_cases),
                cmocka_unit_test(judge_weighs_retention),
                cmocka_unit_test(judge_keeps_six_months_for_high_risk),
                cmocka_unit_test(judge_hands_over_rules_in_order),
                cmocka_unit_test(judge_digest_follows_policy_only),
                cmocka_unit_test(judge_keeps_evidence_of_other_records),
                cmocka_unit_test(judge_gives_causes_in_both_languages),
                cmocka_unit_test(judge_returns_what_emit_returns),
                cmocka_unit_test(judge_refuses_bad_policy),
                cmocka_unit_test(judge_publishes_rules_and_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
