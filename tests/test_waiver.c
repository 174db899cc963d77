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

#define LIST "waivers:\n"
#define WAIVER(id, rules, match, until)                                                            \
        "  - {id: " id ", rules: " rules ", match: " match                                         \
        ", owner: Risques, reason: Essai sans données, until: " until "}\n"

static const struct policy usual = { .log_retention_days = 184 };

static uint64_t day(const char *text)
{
        uint64_t usec = 0;

        assert_int_equal(clock_parse_iso8601(text, &usec), 0);
        return usec;
}

static int load(struct judge **ret, const char *a, const char *b, struct error *err)
{
        struct judge_files files;
        int r;

        judge_files_init(&files);
        if (a)
                judge_files_write(&files, "waivers/a.yaml", "%s", a);
        if (b)
                judge_files_write(&files, "waivers/b.yaml", "%s", b);
        r = judge_new(ret, "config", files.dir, &usual, err);
        judge_files_done(&files);
        return r;
}

/* Outside the area (LOC-001 fails), without an owner (GOV-004 fails); tags of the other could not
 * be read (GOV-004 is unknown). */
static const char WORLD[] =
        "{\"resources\": ["
        "{\"id\": \"essai\", \"region\": \"us-east-1\", \"kind\": \"aws.sagemaker.endpoint\", "
        "\"service_type\": \"mlaas\", \"tags\": {\"env\": \"lab\"}, \"facts\": {\"tags\": true}},"
        "{\"id\": \"illisible\", \"region\": \"us-east-1\", \"kind\": \"aws.sagemaker.endpoint\", "
        "\"service_type\": \"mlaas\", \"facts\": {\"tags\": {\"unknown\": \"denied\"}}},"
        "{\"id\": \"conforme\", \"region\": \"eu-west-3\", \"kind\": \"aws.sagemaker.endpoint\", "
        "\"service_type\": \"mlaas\", \"facts\": {\"tags\": true}}]}";

static json_t *run(const struct judge *j, const char *id, const char *date)
{
        json_auto_t *world = json_loads(WORLD, 0, NULL);
        json_auto_t *subject = json_pack("{s:s}", "resource", id);
        _cleanup_(judge_world_freep) struct judge_world *w = judge_world_new(world);

        return judge_world_run(w, j, subject, day(date));
}

static char *id_of(const char *rule, const char *id, char hex[static FINDING_ID_MAX])
{
        const struct place place = { "aws", "prod", "111122223333", "us-east-1" };

        return finding_id(&place, rule, "aws.sagemaker.endpoint", id, hex);
}

/* ---- when it holds -----------------------------------------------------------------------------
 */

static void waiver_holds_for_what_fails_until_its_end(void **state)
{
        static const struct {
                const char *waiver, *resource, *rule, *date;
                const char *verdict, *severity, *says; /* says: in the English text or arithmetic */
        } rows[] = {
                { "", "essai", "LOC-001", "2026-11-23", "fail", "high", "" },
                { WAIVER("W-1", "[LOC-001]", "{name: essai}", "2027-03-31"), "essai", "LOC-001",
                  "2026-11-23", "waived", "high",
                  "base=A/unknown=high; waived by W-1 until 2027-03-31 -> high" },
                { WAIVER("W-1", "LOC-*", "{name: essai}", "2027-03-31"), "essai", "LOC-001",
                  "2027-03-31T23:59:59Z", "waived", "high", "" },
                /* the day after it is back, and says so */
                { WAIVER("W-1", "LOC-*", "{name: essai}", "2027-03-31"), "essai", "LOC-001",
                  "2027-04-01", "fail", "high", "Waiver W-1 (Risques) ended on 2027-03-31." },
                { WAIVER("W-1", "LOC-*", "{name: essai}", "2027-03-31, since: 2026-11-24"), "essai",
                  "LOC-001", "2026-11-23", "fail", "high", "" },
                /* other rules, other resources */
                { WAIVER("W-1", "GOV-*", "{name: essai}", "2027-03-31"), "essai", "LOC-001",
                  "2026-11-23", "fail", "high", "" },
                { WAIVER("W-1", "LOC-001", "{name: autre}", "2027-03-31"), "essai", "LOC-001",
                  "2026-11-23", "fail", "high", "" },
                { WAIVER("W-1", "'*'", "{tag: {env: lab}}", "2027-03-31"), "essai", "LOC-001",
                  "2026-11-23", "waived", "high", "" },
                { WAIVER("W-1", "'*'", "{tag: {env: prod}}", "2027-03-31"), "essai", "LOC-001",
                  "2026-11-23", "fail", "high", "" },
                /* what is unknown stays so, what passes too */
                { WAIVER("W-1", "'*'", "{provider: aws}", "2027-03-31"), "illisible", "GOV-004",
                  "2026-11-23", "unknown", NULL, "" },
                { WAIVER("W-1", "'*'", "{provider: aws}", "2027-03-31"), "conforme", "LOC-001",
                  "2026-11-23", "pass", "info", "" },
                /* a waiver that cannot be told to hold does not */
                { WAIVER("W-1", "'*'", "{tag: {env: lab}}", "2027-03-31"), "illisible", "LOC-001",
                  "2026-11-23", "fail", NULL, "" },
                /* of several the one that ends last; one that ended is no news beside it */
                { WAIVER("W-1", "LOC-*", "{name: essai}", "2026-12-31")
                          WAIVER("W-2", "LOC-001", "{provider: aws}", "2027-06-30")
                                  WAIVER("W-3", "LOC-001", "{provider: aws}", "2026-10-31"),
                  "essai", "LOC-001", "2026-11-23", "waived", "high",
                  "waived by W-2 until 2027-06-30" },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(freep) char *text = NULL;
                _cleanup_(judge_freep) struct judge *j = NULL;
                struct error err = { 0 };
                json_auto_t *all = NULL;
                const json_t *g;

                assert_true(asprintf(&text, LIST "%s", *rows[i].waiver ? rows[i].waiver : "  []") >
                            0);
                if (load(&j, text, NULL, &err) < 0)
                        fail_msg("row %zu: %s", i, err.text);
                all = run(j, rows[i].resource, rows[i].date);
                g = judge_world_of(all, rows[i].rule);
                if (strcmp(json_member_string(g, "verdict"), rows[i].verdict) != 0 ||
                    (rows[i].severity &&
                     strcmp(json_member_string(g, "severity"), rows[i].severity) != 0) ||
                    (!strstr(json_member_string(g, "en"), rows[i].says) &&
                     !strstr(json_member_string(g, "arithmetic"), rows[i].says)))
                        fail_msg("row %zu: %s %s: %s (%s)", i, json_member_string(g, "verdict"),
                                 json_member_string(g, "severity"), json_member_string(g, "en"),
                                 json_member_string(g, "arithmetic"));
                if (strcmp(rows[i].verdict, "fail") == 0 && !*rows[i].says)
                        assert_null(strstr(json_member_string(g, "en"), "aiver"));
        }
}

static void waiver_names_one_finding(void **state)
{
        char hex[FINDING_ID_MAX], text[512];
        _cleanup_(judge_freep) struct judge *j = NULL;
        struct error err = { 0 };
        json_auto_t *essai = NULL, *other = NULL;

        (void)state;
        (void)snprintf(text, sizeof(text), LIST WAIVER("W-1", "'*'", "{finding: %s}", "2027-03-31"),
                       id_of("LOC-001", "essai", hex));
        if (load(&j, text, NULL, &err) < 0)
                fail_msg("%s", err.text);
        essai = run(j, "essai", "2026-11-23");
        other = run(j, "illisible", "2026-11-23");
        assert_string_equal(json_member_string(judge_world_of(essai, "LOC-001"), "verdict"),
                            "waived");
        assert_string_equal(json_member_string(judge_world_of(essai, "GOV-004"), "verdict"),
                            "fail");
        assert_string_equal(json_member_string(judge_world_of(other, "LOC-001"), "verdict"),
                            "fail");
}

static int keep_waiver(void *user, const struct judgement *judgement)
{
        json_t **ret = user;

        assert_true(!judgement->waiver == (judgement->verdict != VERDICT_WAIVED));
        if (strcmp(judgement->rule, "LOC-001") == 0)
                *ret = json_deep_copy(judgement->waiver);
        return 0;
}

static void waiver_goes_with_the_verdict(void **state)
{
        json_auto_t *world = json_loads(WORLD, 0, NULL), *waiver = NULL;
        _cleanup_(judge_world_freep) struct judge_world *w = judge_world_new(world);
        _cleanup_(judge_freep) struct judge *j = NULL;
        _cleanup_(freep) char *text = NULL;
        struct error err = { 0 };

        (void)state;
        if (load(&j, LIST WAIVER("W-1", "LOC-*", "{name: essai}", "2027-03-31"), NULL, &err) < 0)
                fail_msg("%s", err.text);
        assert_int_equal(judge_resource(j, judge_world_view(w), judge_world_resource(w, "essai"),
                                        day("2026-11-23"), keep_waiver, &waiver, &err),
                         0);
        text = json_canonical(waiver);
        assert_string_equal(text, "{\"id\":\"W-1\",\"owner\":\"Risques\",\"reason\":\"Essai sans "
                                  "données\",\"until\":\"2027-03-31\"}");
}

/* Rules on scopes and regions can be waived, too: their rows of coverage stay as they are. */
static void waiver_holds_for_places(void **state)
{
        static const char world_text[] =
                "{\"coverage\": [{\"region\": \"us-east-1\", \"collector\": \"aws.x\", "
                "\"service_type\": \"mlaas\", \"state\": \"denied\", \"cause\": \"AccessDenied\", "
                "\"permission\": \"x:List\"}]}";
        static const char *const files[] = {
                NULL,
                LIST WAIVER("W-1", "COV-002", "{provider: aws, region: us-*}", "2027-03-31"),
                LIST WAIVER("W-1", "COV-002", "{name: '*'}", "2027-03-31"),
        };
        static const char *const verdicts[] = { "fail", "waived", "fail" };
        json_auto_t *world = json_loads(world_text, 0, NULL);
        json_auto_t *subject = json_pack("{s:[s, s]}", "place", "111122223333", "us-east-1");
        _cleanup_(judge_world_freep) struct judge_world *w = judge_world_new(world);

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(files); i++) {
                _cleanup_(judge_freep) struct judge *j = NULL;
                struct error err = { 0 };
                json_auto_t *all = NULL;

                if (load(&j, files[i], NULL, &err) < 0)
                        fail_msg("%s", err.text);
                all = judge_world_run(w, j, subject, day("2026-11-23"));
                assert_string_equal(json_member_string(judge_world_of(all, "COV-002"), "verdict"),
                                    verdicts[i]);
        }
}

/* ---- what is refused ---------------------------------------------------------------------------
 */

static void waiver_refuses_bad_input(void **state)
{
        static const struct {
                const char *text, *error;
        } bad[] = {
                { LIST "  - {id: W, rules: LOC-001, match: {name: x}, owner: o, reason: r}\n",
                  "waivers/a.yaml:2:5: 'until' is missing" },
                { LIST
                  "  - {id: W, rules: LOC-001, match: {name: x}, reason: r, until: 2027-01-01}\n",
                  "waivers/a.yaml:2:5: 'owner' is missing" },
                { LIST
                  "  - {id: W, rules: LOC-001, match: {name: x}, owner: o, until: 2027-01-01}\n",
                  "waivers/a.yaml:2:5: 'reason' is missing" },
                { LIST "  - {rules: LOC-001, match: {name: x}, owner: o, reason: r, until: "
                       "2027-01-01}\n",
                  "waivers/a.yaml:2:5: 'id' is missing" },
                { LIST "  - {id: W, match: {name: x}, owner: o, reason: r, until: 2027-01-01}\n",
                  "waivers/a.yaml:2:5: 'rules' is missing" },
                { LIST "  - {id: W, rules: LOC-001, owner: o, reason: r, until: 2027-01-01}\n",
                  "waivers/a.yaml:2:5: 'match' is missing" },
                { LIST WAIVER("W", "LOC-01", "{name: x}", "2027-01-01"),
                  "waivers/a.yaml:2:20: there is no rule 'LOC-01'; did you mean 'LOC-001'?" },
                { LIST WAIVER("W", "[LOC-001, LOX-*]", "{name: x}", "2027-01-01"),
                  "waivers/a.yaml:2:20: there is no rule 'LOX-*'" },
                { LIST WAIVER("W", "[]", "{name: x}", "2027-01-01"), "'rules' names no rule" },
                { LIST WAIVER("W", "LOC-001", "{}", "2027-01-01"),
                  "waivers/a.yaml:2:36: 'match' needs at least one key" },
                { LIST WAIVER("W", "LOC-001", "{name: x}", "forever"),
                  "'until' must be a date like 2027-03-31, not 'forever'" },
                { LIST WAIVER("W", "LOC-001", "{name: x}", "2027-06-31"),
                  "'until' must be a date" },
                { LIST WAIVER("W", "LOC-001", "{name: x}", "~"), "'until' must be a text" },
                { LIST WAIVER("W", "LOC-001", "{name: x}", "2027-01-01, since: 2027-01-02"),
                  "it ends on 2027-01-01, before it begins (2027-01-02)" },
                { LIST WAIVER("W", "LOC-001", "{name: x}", "2027-01-01, verdict: pass"),
                  "unknown key 'verdict'" },
                { LIST WAIVER("''", "LOC-001", "{name: x}", "2027-01-01"), "'id' is empty" },
                { LIST WAIVER("W", "LOC-001", "{name: x}", "2027-01-01")
                          WAIVER("W", "LOC-002", "{name: x}", "2027-01-01"),
                  "waivers/a.yaml:3:10: waiver 'W' is in waivers/a.yaml:2:5 already" },
                { "waiver: []\n", "waivers/a.yaml:1:1: unknown key 'waiver'; did you mean" },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_(judge_freep) struct judge *j = NULL;
                struct error err = { 0 };

                assert_int_equal(load(&j, bad[i].text, NULL, &err), -EINVAL);
                if (!strstr(err.text, bad[i].error))
                        fail_msg("%s%s", bad[i].text, err.text);
        }
}

static void waiver_refuses_one_id_in_two_files(void **state)
{
        static const char text[] = LIST WAIVER("W", "LOC-001", "{name: x}", "2027-01-01");
        _cleanup_(judge_freep) struct judge *j = NULL;
        struct error err = { 0 };

        (void)state;
        assert_int_equal(load(&j, text, text, &err), -EINVAL);
        assert_non_null(strstr(err.text, "waivers/b.yaml:2:10: waiver 'W' is in "
                                         "waivers/a.yaml:2:5 already"));
}

/* ---- what is published -------------------------------------------------------------------------
 */

static void waiver_is_part_of_the_digest(void **state)
{
        _cleanup_(judge_freep) struct judge *none = NULL, *one = NULL, *longer = NULL;
        struct error err = { 0 };

        (void)state;
        assert_int_equal(load(&none, NULL, NULL, &err), 0);
        assert_int_equal(
                load(&one, LIST WAIVER("W", "LOC-001", "{name: x}", "2027-01-01"), NULL, &err), 0);
        assert_int_equal(
                load(&longer, LIST WAIVER("W", "LOC-001", "{name: x}", "2027-01-02"), NULL, &err),
                0);
        assert_string_not_equal(judge_digest(none), judge_digest(one));
        assert_string_not_equal(judge_digest(one), judge_digest(longer));
}

static void waiver_lists_its_state(void **state)
{
        static const char *const states[][2] = { { "2026-10-31", "later" },
                                                 { "2026-11-01", "in-force" },
                                                 { "2026-12-18", "ending" },
                                                 { "2027-01-01", "ended" } };
        _cleanup_(judge_freep) struct judge *j = NULL;
        _cleanup_(freep) char *text = NULL;
        struct error err = { 0 };
        json_auto_t *list = NULL;

        (void)state;
        assert_int_equal(load(&j,
                              LIST WAIVER("W", "[LOC-001, GOV-*]", "{name: x}",
                                          "2026-12-31, since: "
                                          "2026-11-01"),
                              NULL, &err),
                         0);
        for (size_t i = 0; i < ELEMENTSOF(states); i++) {
                json_auto_t *then = judge_waivers(j, day(states[i][0]));

                assert_string_equal(json_member_string(json_array_get(then, 0), "state"),
                                    states[i][1]);
        }
        list = judge_waivers(j, day("2026-11-23"));
        text = json_canonical(list);
        assert_string_equal(
                text, "[{\"column\":5,\"file\":\"waivers/a.yaml\",\"id\":\"W\",\"line\":2,"
                      "\"owner\":\"Risques\",\"reason\":\"Essai sans données\",\"rules\":"
                      "[\"LOC-001\",\"GOV-*\"],\"since\":\"2026-11-01\",\"state\":\"in-force\","
                      "\"until\":\"2026-12-31\"}]");
}

/* The examples that are installed can be taken as they are. */
static void waiver_examples_are_right(void **state)
{
        static const char *const names[] = { "declarations", "waivers" };
        _cleanup_(judge_freep) struct judge *j = NULL;
        struct judge_files files;
        struct error err = { 0 };
        json_auto_t *waivers = NULL, *declarations = NULL;

        (void)state;
        judge_files_init(&files);
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                char path[64], to[64], text[8192];
                _cleanup_(fclosep) FILE *f = NULL;

                (void)snprintf(path, sizeof(path), "config/examples/%s.yaml", names[i]);
                (void)snprintf(to, sizeof(to), "%s/example.yaml", names[i]);
                f = fopen(path, "re");
                assert_non_null(f);
                text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
                judge_files_write(&files, to, "%s", text);
        }
        if (judge_new(&j, "config", files.dir, &usual, &err) < 0)
                fail_msg("%s", err.text);
        judge_files_done(&files);
        waivers = judge_waivers(j, day("2026-11-23"));
        declarations = judge_declarations(j, day("2026-11-23"));
        assert_true(json_array_size(waivers) > 0 && json_array_size(declarations) > 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(waiver_holds_for_what_fails_until_its_end),
                cmocka_unit_test(waiver_names_one_finding),
                cmocka_unit_test(waiver_goes_with_the_verdict),
                cmocka_unit_test(waiver_holds_for_places),
                cmocka_unit_test(waiver_refuses_bad_input),
                cmocka_unit_test(waiver_refuses_one_id_in_two_files),
                cmocka_unit_test(waiver_is_part_of_the_digest),
                cmocka_unit_test(waiver_lists_its_state),
                cmocka_unit_test(waiver_examples_are_right),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
