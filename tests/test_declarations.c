#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/support/judge_files.h"
#include "tests/support/judge_world.h"

#include <errno.h>
#include <string.h>

#define ENTRY(match, declare)                                                                      \
        "  - {match: " match ", declare: " declare ", owner: DPO, reason: r}\n"
#define LIST "declarations:\n"

static uint64_t day(const char *text)
{
        uint64_t usec = 0;

        assert_int_equal(clock_parse_iso8601(text, &usec), 0);
        return usec;
}

static int load(struct judge **ret, const char *a, const char *b, const struct policy *policy,
                struct error *err)
{
        struct judge_files files;
        int r;

        judge_files_init(&files);
        if (a)
                judge_files_write(&files, "declarations/a.yaml", "%s", a);
        if (b)
                judge_files_write(&files, "declarations/b.yaml", "%s", b);
        r = judge_new(ret, "config", files.dir, policy, err);
        judge_files_done(&files);
        return r;
}

/* ---- what counts -------------------------------------------------------------------------------
 */

static const char KNOWN[] = "true";
static const char DENIED[] = "{\"unknown\": \"denied\"}";

static const struct row {
        const char *a, *b; /* files */
        const char *tags, *read, *policy;
        bool win;
        const char *entry; /* canonical JSON of declared_by.ai-act-risk, what varies left out; NULL:
                              nothing */
        const char *risk;  /* that counts */
} rows[] = {
        /* a file alone */
        { LIST ENTRY("{provider: aws}", "{ai-act-risk: high-risk}"), NULL, "{}", KNOWN, NULL, false,
          "{\"file\":\"declarations/a.yaml\",\"owner\":\"DPO\",\"reason\":\"r\",\"source\":"
          "\"declaration declarations/a.yaml (DPO)\",\"state\":\"ok\",\"value\":\"high-risk\"}",
          "high-risk" },
        { LIST ENTRY("{provider: azure}", "{ai-act-risk: high-risk}"), NULL, "{}", KNOWN, NULL,
          false, NULL, "unknown" },
        /* a tag counts more, and what the file says is shown */
        { LIST ENTRY("{provider: aws}", "{ai-act-risk: high-risk}"), NULL,
          "{\"ai-act-risk\": \"limited\"}", KNOWN, NULL, false,
          "{\"overridden\":[{\"file\":\"declarations/a.yaml\",\"owner\":\"DPO\",\"source\":"
          "\"declaration declarations/a.yaml (DPO)\",\"value\":\"high-risk\"}],\"source\":\"tag\","
          "\"state\":\"ok\",\"value\":\"limited\"}",
          "limited" },
        { LIST ENTRY("{provider: aws}", "{ai-act-risk: limited}"), NULL,
          "{\"ai-act-risk\": \"Limited\"}", KNOWN, NULL, false,
          "{\"source\":\"tag\",\"state\":\"ok\",\"value\":\"limited\"}", "limited" },
        /* unless the policy wants files to */
        { LIST ENTRY("{provider: aws}", "{ai-act-risk: high-risk}"), NULL,
          "{\"ai-act-risk\": \"limited\"}", KNOWN, NULL, true,
          "{\"file\":\"declarations/a.yaml\",\"overridden\":[{\"source\":\"tag\",\"value\":"
          "\"limited\"}],\"owner\":\"DPO\",\"reason\":\"r\",\"source\":\"declaration "
          "declarations/a.yaml (DPO)\",\"state\":\"ok\",\"value\":\"high-risk\"}",
          "high-risk" },
        /* a tag that cannot be used still counts more */
        { LIST ENTRY("{provider: aws}", "{ai-act-risk: high-risk}"), NULL,
          "{\"ai-act-risk\": \"severe\"}", KNOWN, NULL, false,
          "{\"overridden\":[{\"file\":\"declarations/a.yaml\",\"owner\":\"DPO\",\"source\":"
          "\"declaration declarations/a.yaml (DPO)\",\"value\":\"high-risk\"}],\"source\":\"tag\","
          "\"state\":\"invalid\",\"value\":\"severe\"}",
          "unknown" },
        /* the policy counts less */
        { LIST ENTRY("{provider: aws}", "{ai-act-risk: high-risk}"), NULL, "{}", KNOWN,
          "{\"ai-act-risk\": \"minimal\"}", false,
          "{\"file\":\"declarations/a.yaml\",\"owner\":\"DPO\",\"reason\":\"r\",\"source\":"
          "\"declaration declarations/a.yaml (DPO)\",\"state\":\"ok\",\"value\":\"high-risk\"}",
          "high-risk" },
        { LIST ENTRY("{name: other}", "{ai-act-risk: high-risk}"), NULL, "{}", KNOWN,
          "{\"ai-act-risk\": \"minimal\"}", false,
          "{\"source\":\"policy\",\"state\":\"ok\",\"value\":\"minimal\"}", "minimal" },
        /* files that differ, and that do not */
        { LIST ENTRY("{provider: aws}", "{ai-act-risk: limited}"),
          LIST ENTRY("{name: fraude}", "{ai-act-risk: high-risk}"), "{}", KNOWN,
          "{\"ai-act-risk\": \"minimal\"}", false,
          "{\"places\":[\"declarations/a.yaml:2:5 (limited)\",\"declarations/b.yaml:2:5 "
          "(high-risk)\"],\"source\":\"declaration declarations/a.yaml (DPO), declaration "
          "declarations/b.yaml (DPO)\",\"state\":\"conflict\",\"value\":\"high-risk, limited\"}",
          "unknown" },
        { LIST ENTRY("{provider: aws}", "{ai-act-risk: limited}")
                  ENTRY("{name: fraude}", "{ai-act-risk: Limited}"),
          NULL, "{}", KNOWN, NULL, false,
          "{\"file\":\"declarations/a.yaml\",\"owner\":\"DPO\",\"reason\":\"r\",\"source\":"
          "\"declaration declarations/a.yaml (DPO)\",\"state\":\"ok\",\"value\":\"limited\"}",
          "limited" },
        /* tags not read: they may say something stricter than a file that counts less */
        { LIST ENTRY("{provider: aws}", "{ai-act-risk: minimal}"), NULL, "{}", DENIED, NULL, false,
          "{\"file\":\"declarations/a.yaml\",\"owner\":\"DPO\",\"reason\":\"r\",\"source\":"
          "\"declaration declarations/a.yaml (DPO)\",\"state\":\"ok\",\"value\":\"minimal\"}",
          "unknown" },
        { LIST ENTRY("{provider: aws}", "{ai-act-risk: minimal}"), NULL, "{}", DENIED, NULL, true,
          "{\"file\":\"declarations/a.yaml\",\"owner\":\"DPO\",\"reason\":\"r\",\"source\":"
          "\"declaration declarations/a.yaml (DPO)\",\"state\":\"ok\",\"value\":\"minimal\"}",
          "minimal" },
        /* an entry that depends on them: not even the policy counts */
        { LIST ENTRY("{tag: {tier: 1}}", "{ai-act-risk: high-risk}"), NULL, "{}", DENIED,
          "{\"ai-act-risk\": \"prohibited\"}", false,
          "{\"cause\":\"a declaration depends on a tag that is not "
          "known\",\"source\":\"declaration "
          "declarations/a.yaml (DPO)\",\"state\":\"unreadable\",\"value\":\"high-risk\"}",
          "unknown" },
        { LIST ENTRY("{tag: {tier: 1}}", "{ai-act-risk: high-risk}")
                  ENTRY("{provider: aws}", "{ai-act-risk: minimal}"),
          NULL, "{}", DENIED, NULL, true,
          "{\"cause\":\"a declaration depends on a tag that is not "
          "known\",\"source\":\"declaration "
          "declarations/a.yaml (DPO)\",\"state\":\"unreadable\",\"value\":\"high-risk, minimal\"}",
          "unknown" },
        { LIST ENTRY("{tag: {tier: 1}}", "{ai-act-risk: minimal}")
                  ENTRY("{provider: aws}", "{ai-act-risk: minimal}"),
          NULL, "{}", DENIED, NULL, true,
          "{\"file\":\"declarations/a.yaml\",\"owner\":\"DPO\",\"reason\":\"r\",\"source\":"
          "\"declaration declarations/a.yaml (DPO)\",\"state\":\"ok\",\"value\":\"minimal\"}",
          "minimal" },
        /* terms */
        { LIST "  - {match: {provider: aws}, declare: {ai-act-risk: limited}, owner: DPO, reason: "
               "r, since: 2026-11-24}\n",
          NULL, "{}", KNOWN, NULL, false, NULL, "unknown" },
        { LIST "  - {match: {provider: aws}, declare: {ai-act-risk: limited}, owner: DPO, reason: "
               "r, until: 2026-11-23}\n",
          NULL, "{}", KNOWN, NULL, false,
          "{\"file\":\"declarations/a.yaml\",\"owner\":\"DPO\",\"reason\":\"r\",\"source\":"
          "\"declaration declarations/a.yaml (DPO)\",\"state\":\"ok\",\"until\":\"2026-11-23\","
          "\"value\":\"limited\"}",
          "limited" },
        { LIST "  - {match: {provider: aws}, declare: {ai-act-risk: limited}, owner: DPO, reason: "
               "r, until: 2026-11-22}\n",
          NULL, "{}", KNOWN, NULL, false,
          "{\"file\":\"declarations/a.yaml\",\"owner\":\"DPO\",\"place\":\"declarations/"
          "a.yaml:2:5 (limited)\",\"reason\":\"r\",\"source\":\"declaration declarations/a.yaml "
          "(DPO)\",\"state\":\"ended\",\"until\":\"2026-11-22\",\"value\":\"limited\"}",
          "unknown" },
        { LIST "  - {match: {provider: aws}, declare: {ai-act-risk: limited}, owner: DPO, reason: "
               "r, until: 2026-11-22}\n",
          NULL, "{}", KNOWN, "{\"ai-act-risk\": \"minimal\"}", false,
          "{\"source\":\"policy\",\"state\":\"ok\",\"value\":\"minimal\"}", "minimal" },
};

static json_t *resource_of(const struct row *row)
{
        json_auto_t *read = json_loads(row->read, JSON_DECODE_ANY, NULL);
        json_auto_t *tags = json_loads(row->tags, 0, NULL);

        return json_pack("{s:s, s:s, s:s, s:s, s:O, s:{s:O}}", "id", "fraude", "name", "fraude",
                         "region", "eu-west-3", "service_type", "mlaas", "tags", tags, "facts",
                         "tags", read);
}

static void declarations_count_by_precedence(void **state)
{
        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                json_auto_t *policy_tags =
                        rows[i].policy ? json_loads(rows[i].policy, 0, NULL) : NULL;
                json_auto_t *d = resource_of(&rows[i]), *description = NULL;
                _cleanup_(resource_freep) struct resource *r = judge_world_make(d);
                struct policy policy = { .log_retention_days = 184,
                                         .tags = policy_tags,
                                         .declarations_win = rows[i].win };
                _cleanup_(judge_freep) struct judge *j = NULL;
                _cleanup_(freep) char *got = NULL;
                struct error err = { 0 };
                const json_t *entry;

                if (load(&j, rows[i].a, rows[i].b, &policy, &err) < 0)
                        fail_msg("row %zu: %s", i, err.text);
                assert_int_equal(judge_describe(j, NULL, r, day("2026-11-23"), &description, &err),
                                 0);
                entry = json_object_get(json_object_get(description, "declared_by"), "ai-act-risk");
                got = entry ? json_canonical(entry) : NULL;
                if (!got != !rows[i].entry || (got && strcmp(got, rows[i].entry) != 0))
                        fail_msg("row %zu:\n%s, expected\n%s", i, got, rows[i].entry);
                assert_string_equal(json_member_string(description, "risk"), rows[i].risk);
        }
}

/* ---- what findings say of them -----------------------------------------------------------------
 */

static const json_t *gov_001(json_t **ret_all, const char *a, const char *b)
{
        static const struct row plain = { .tags = "{}", .read = KNOWN };
        json_auto_t *d = resource_of(&plain);
        json_auto_t *world = json_pack("{s:[O]}", "resources", d);
        json_auto_t *subject = json_pack("{s:s}", "resource", "fraude");
        _cleanup_(judge_world_freep) struct judge_world *w = judge_world_new(world);
        const struct policy policy = { .log_retention_days = 184 };
        _cleanup_(judge_freep) struct judge *j = NULL;
        struct error err = { 0 };

        if (load(&j, a, b, &policy, &err) < 0)
                fail_msg("%s", err.text);
        *ret_all = judge_world_run(w, j, subject, day("2026-11-23"));
        return judge_world_of(*ret_all, "GOV-001");
}

static void declarations_are_told_by_findings(void **state)
{
        static const struct {
                const char *a, *b, *verdict, *en, *fr;
        } cases[] = {
                { LIST ENTRY("{provider: aws}", "{ai-act-risk: high-risk}"), NULL, "pass",
                  "high-risk", "high-risk" },
                { LIST "  - {match: {provider: aws}, declare: {ai-act-risk: limited}, owner: DPO, "
                       "reason: r, until: 2026-11-22}\n",
                  NULL, "fail",
                  "A declaration ended on 2026-11-22 and no longer counts: "
                  "declarations/a.yaml:2:5 (limited), DPO.",
                  "Une déclaration a pris fin le 2026-11-22 et ne compte plus : "
                  "declarations/a.yaml:2:5 (limited), DPO." },
                { LIST ENTRY("{provider: aws}", "{ai-act-risk: limited}"),
                  LIST ENTRY("{name: fraude}", "{ai-act-risk: high-risk}"), "unknown",
                  "Declarations differ: declarations/a.yaml:2:5 (limited), declarations/b.yaml:2:5 "
                  "(high-risk).",
                  "Des déclarations divergent : declarations/a.yaml:2:5 (limited), "
                  "declarations/b.yaml:2:5 (high-risk)." },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                json_auto_t *all = NULL;
                const json_t *g = gov_001(&all, cases[i].a, cases[i].b);

                assert_string_equal(json_member_string(g, "verdict"), cases[i].verdict);
                if (!strstr(json_member_string(g, "en"), cases[i].en) ||
                    !strstr(json_member_string(g, "fr"), cases[i].fr))
                        fail_msg("case %zu: %s / %s", i, json_member_string(g, "en"),
                                 json_member_string(g, "fr"));
        }
}

/* An allowed area that is declared for a place holds for what is there. */
static void declarations_hold_for_places(void **state)
{
        static const char file[] =
                LIST ENTRY("{provider: aws, region: eu-central-2}", "{ai-act-area: eu_ch}");
        const struct policy policy = { .log_retention_days = 184 };
        json_auto_t *world = json_loads("{\"resources\": [{\"id\": \"zurich\", \"region\": "
                                        "\"eu-central-2\", \"service_type\": \"mlaas\", \"facts\": "
                                        "{\"tags\": true}}]}",
                                        0, NULL);
        json_auto_t *subject = json_pack("{s:s}", "resource", "zurich");
        _cleanup_(judge_world_freep) struct judge_world *w = judge_world_new(world);
        static const char *const verdicts[] = { "fail", "pass" };

        (void)state;
        for (size_t i = 0; i < 2; i++) {
                _cleanup_(judge_freep) struct judge *j = NULL;
                json_auto_t *all = NULL;
                struct error err = { 0 };

                if (load(&j, i ? file : NULL, NULL, &policy, &err) < 0)
                        fail_msg("%s", err.text);
                all = judge_world_run(w, j, subject, day("2026-11-23"));
                assert_string_equal(json_member_string(judge_world_of(all, "LOC-001"), "verdict"),
                                    verdicts[i]);
        }
}

/* ---- what is refused ---------------------------------------------------------------------------
 */

static void declarations_refuse_bad_input(void **state)
{
        static const struct {
                const char *text, *error;
        } bad[] = {
                { "declaration: []\n", "a.yaml:1:1: unknown key 'declaration'; did you mean" },
                { LIST "  - {match: {provider: aws}, declare: {ai-act-risk: limited}, reason: r}\n",
                  "a.yaml:2:5: 'owner' is missing" },
                { LIST "  - {match: {provider: aws}, declare: {ai-act-risk: limited}, owner: o}\n",
                  "a.yaml:2:5: 'reason' is missing" },
                { LIST "  - {match: {provider: aws}, declare: {ai-act-risk: limited}, owner: '', "
                       "reason: r}\n",
                  "'owner' is empty" },
                { LIST "  - {declare: {ai-act-risk: limited}, owner: o, reason: r}\n",
                  "a.yaml:2:5: 'match' is missing" },
                { LIST ENTRY("{}", "{ai-act-risk: limited}"),
                  "a.yaml:2:13: 'match' needs at least one key" },
                { LIST ENTRY("{finding: x}", "{ai-act-risk: limited}"),
                  "a.yaml:2:14: unknown key 'finding'" },
                { LIST ENTRY("{provider: aws}", "{ai-act-rsk: limited}"),
                  "a.yaml:2:52: 'ai-act-rsk' is not one of the tags of law/tags.yaml; did you mean "
                  "'ai-act-risk'?" },
                { LIST ENTRY("{provider: aws}", "{ai-act-risk: huge}"),
                  "a.yaml:2:53: ai-act-risk does not take 'huge'" },
                { LIST ENTRY("{provider: aws}", "{ai-act-risk: [limited]}"),
                  "ai-act-risk does not take '?'" },
                { LIST ENTRY("{provider: aws}", "{ai-act-review: tomorrow}"),
                  "ai-act-review does not take 'tomorrow'" },
                { LIST ENTRY("{provider: aws}", "{}"),
                  "a.yaml:2:39: 'declare' must be a mapping {tag: value}" },
                { LIST ENTRY("{provider: aws}", "limited"),
                  "a.yaml:2:39: 'declare' must be a mapping {tag: value}" },
                { LIST "  - {match: {provider: aws}, declare: {ai-act-risk: limited}, owner: o, "
                       "reason: r, until: never}\n",
                  "'until' must be a date like 2027-03-31, not 'never'" },
                { "- a\n", "a.yaml:1:1: a mapping of keys is expected here" },
                { LIST "  - {match: {provider: aws}\n", "a.yaml:" },
        };
        const struct policy policy = { .log_retention_days = 184 };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_(judge_freep) struct judge *j = NULL;
                struct error err = { 0 };

                assert_int_equal(load(&j, bad[i].text, NULL, &policy, &err), -EINVAL);
                if (!strstr(err.text, bad[i].error))
                        fail_msg("%s%s", bad[i].text, err.text);
        }
}

static void declarations_are_part_of_the_digest(void **state)
{
        static const char *const files[] = {
                NULL,
                LIST ENTRY("{provider: aws}", "{ai-act-risk: limited}"),
                LIST ENTRY("{provider: aws}", "{ai-act-risk: high-risk}"),
        };
        const struct policy tags = { .log_retention_days = 184 };
        const struct policy win = { .log_retention_days = 184, .declarations_win = true };
        struct judge *j[4] = { NULL };
        struct error err = { 0 };

        (void)state;
        for (size_t i = 0; i < 3; i++)
                assert_int_equal(load(&j[i], files[i], NULL, &tags, &err), 0);
        assert_int_equal(load(&j[3], files[2], NULL, &win, &err), 0);
        for (size_t i = 0; i < 4; i++)
                for (size_t k = 0; k < i; k++)
                        assert_string_not_equal(judge_digest(j[i]), judge_digest(j[k]));
        for (size_t i = 0; i < 4; i++)
                judge_free(j[i]);
}

static void declarations_list_their_terms(void **state)
{
        static const char file[] = LIST ENTRY(
                "{provider: aws}",
                "{ai-act-risk: limited}") "  - {match: {provider: aws}, declare: {ai-act-env: "
                                          "dev}, owner: Essais, "
                                          "reason: r, since: 2026-01-01, until: 2026-11-22}\n";
        const struct policy policy = { .log_retention_days = 184 };
        _cleanup_(judge_freep) struct judge *j = NULL;
        _cleanup_(freep) char *text = NULL;
        json_auto_t *list = NULL;
        struct error err = { 0 };

        (void)state;
        assert_int_equal(load(&j, file, NULL, &policy, &err), 0);
        list = judge_declarations(j, day("2026-11-23"));
        text = json_canonical(list);
        assert_string_equal(text, "[{\"column\":5,\"file\":\"declarations/a.yaml\",\"line\":2,"
                                  "\"owner\":\"DPO\",\"state\":\"in-force\"},{\"column\":5,"
                                  "\"file\":\"declarations/a.yaml\",\"line\":3,\"owner\":"
                                  "\"Essais\",\"since\":\"2026-01-01\",\"state\":\"ended\","
                                  "\"until\":\"2026-11-22\"}]");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(declarations_count_by_precedence),
                cmocka_unit_test(declarations_are_told_by_findings),
                cmocka_unit_test(declarations_hold_for_places),
                cmocka_unit_test(declarations_refuse_bad_input),
                cmocka_unit_test(declarations_are_part_of_the_digest),
                cmocka_unit_test(declarations_list_their_terms),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
