#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/judge/judge.h"
#include "daemon/judge/programme.h"
#include "daemon/watch/programme-register.h"
#include "daemon/watch/programme.h"
#include "tests/support/judge_files.h"

#include <errno.h>
#include <string.h>

static const struct policy usual_policy = { .log_retention_days = 184 };

static struct judge *new_judge(const char *overrides)
{
        struct judge *j = NULL;
        struct error err = { 0 };

        if (judge_new(&j, "config", overrides, &usual_policy, &err) < 0)
                fail_msg("%s", err.text);
        return j;
}

static uint64_t day(const char *text)
{
        uint64_t usec = 0;

        assert_int_equal(clock_parse_iso8601(text, &usec), 0);
        return usec;
}

/* ---- the steps ---------------------------------------------------------------------------------
 */

static void programme_has_the_seven_steps_of_its_source(void **state)
{
        static const struct {
                const char *id;
                uint64_t weeks;
        } steps[] = { { "role", 2 },     { "map", 3 },       { "localisation", 2 },
                      { "security", 4 }, { "contracts", 4 }, { "training", 2 },
                      { "monitor", 0 } };
        _cleanup_(judge_freep) struct judge *j = new_judge(NULL);
        const struct programme_plan *p = judge_programme(j);

        (void)state;
        assert_int_equal(p->n_steps, ELEMENTSOF(steps));
        for (size_t i = 0; i < ELEMENTSOF(steps); i++) {
                assert_string_equal(p->steps[i].id, steps[i].id);
                assert_int_equal(p->steps[i].weeks, steps[i].weeks);
        }
        assert_int_equal(p->months.from, 8);
        assert_int_equal(p->months.to, 14);
        assert_int_equal(p->n_budgets, 3);
        assert_int_equal(p->budgets[1].n_ranges, 2);
        assert_int_equal(p->budgets[1].ranges[1].to, 5000000);
}

static void programme_counts_every_rule_once(void **state)
{
        _cleanup_(judge_freep) struct judge *j = new_judge(NULL);
        json_auto_t *rules = judge_rules(j);
        const json_t *rule;
        size_t i;

        (void)state;
        json_array_foreach(
                rules, i,
                rule) if (!programme_measure_of(judge_programme(j), json_member_string(rule, "id")))
                fail_msg("%s counts in no step", json_member_string(rule, "id"));
        assert_string_equal(programme_measure_of(judge_programme(j), "GOV-010")->id, "roles");
        assert_string_equal(programme_measure_of(judge_programme(j), "SOV-001")->id, "location");
        assert_string_equal(programme_measure_of(judge_programme(j), "SOV-002")->id, "protection");
}

static void programme_is_no_part_of_the_digest(void **state)
{
        struct judge_files files;
        _cleanup_(judge_freep) struct judge *before = new_judge(NULL), *after = NULL;

        (void)state;
        judge_files_init(&files);
        judge_files_write(&files, "law/programme.yaml", "%s",
                          "source: {en: a, fr: b}\nas_of: 2026-11-23\nmonths: {from: 1, to: 2}\n"
                          "steps: []\nbudgets: []\n");
        after = new_judge(files.dir);
        judge_files_done(&files);
        assert_string_equal(judge_digest(before), judge_digest(after));
}

#define HEAD "source: {en: a, fr: b}\nas_of: 2026-11-23\nmonths: {from: 8, to: 14}\nbudgets: []\n"
#define STEP(more) HEAD "steps:\n  - {id: s, title: {en: a, fr: b}, " more "}\n"
#define MEASURE(more) STEP("weeks: 2, measures: [{id: m, title: {en: a, fr: b}, " more "}]")

static const struct {
        const char *text, *says;
} bad[] = {
        { STEP("measures: []"), "6:5: 's' needs 'weeks', or 'continuous: true'" },
        { STEP("weeks: 2, continuous: true, measures: []"), "'s' needs 'weeks', or" },
        { STEP("weeks: 0, measures: []"), "'weeks' must be between 1" },
        { STEP("week: 2, measures: []"), "unknown key 'week'; did you mean 'weeks'?" },
        { MEASURE("rules: [LCO-*]"), "'rules': 'LCO-*' names no rule" },
        { MEASURE("rules: [LOC-*], coverage: true"),
          "'m' needs one of 'rules', 'coverage', 'register'" },
        { MEASURE("each: account"), "'m' needs one of 'rules', 'coverage', 'register'" },
        { MEASURE("register: contract, each: account"), "'register': 'contract' is none of " },
        { MEASURE("register: contracts, each: cloud"), "'each' must be one of: entry, account" },
        { MEASURE("register: contracts, each: account, needs: [escape]"),
          "'needs': 'escape' is no clause" },
        { MEASURE("register: training, each: team, needs: [exit]"),
          "'needs': 'exit' is no clause of a contract" },
        { "source: {en: a, fr: b}\nas_of: lately\nmonths: {from: 8, to: 14}\nbudgets: []\n"
          "steps: []\n",
          "2:8: 'as_of': 'lately' is no date" },
        { "source: {en: a, fr: b}\nas_of: 2026-11-23\nmonths: {from: 8, to: 4}\nbudgets: []\n"
          "steps: []\n",
          "3:23: 'to' is less than 'from'" },
        { "source: a\nas_of: 2026-11-23\nmonths: {from: 8, to: 14}\nbudgets: []\nsteps: []\n",
          "1:9: 'source' must be a mapping" },
};

static void programme_refuses_bad_steps(void **state)
{
        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                struct judge_files files;
                struct judge *j = NULL;
                struct error err = { 0 };

                judge_files_init(&files);
                judge_files_write(&files, "law/programme.yaml", "%s", bad[i].text);
                if (judge_new(&j, "config", files.dir, &usual_policy, &err) != -EINVAL)
                        fail_msg("row %zu is taken: %s", i, bad[i].text);
                judge_files_done(&files);
                if (!strstr(err.text, bad[i].says) || !strstr(err.text, "programme.yaml:"))
                        fail_msg("row %zu says: %s\n  instead of: %s", i, err.text, bad[i].says);
        }
}

/* ---- registers ---------------------------------------------------------------------------------
 */

#define CONTRACT(id, dates, match, clauses)                                                        \
        "  - {id: " id ", owner: legal, proof: x, " dates ", applies_to: {" match                  \
        "}, clauses: [" clauses "]}\n"
#define NOW "date: 2026-01-31, valid_until: 2027-01-31"
#define EVERY                                                                                      \
        "data-location, sub-processors, log-access, log-retention, incident-notice, "              \
        "role-agreement, audit-right, exit"

/* accounts: prod and lab at aws (offer aws.standard), gra at ovh, of which no offer is known */
/* clang-format off */
static const struct {
        const char *entries;
        uint64_t done, open;
        enum programme_lack first; /* of the first gap */
        const char *subject, *detail;
} contracts[] = {
        { "", 0, 3, LACK_ENTRY, "gra (ovh)", "" },
        { CONTRACT("a", NOW, "provider: \"*\"", EVERY), 3, 0, 0, NULL, NULL },
        { CONTRACT("a", NOW, "provider: aws", EVERY), 2, 1, LACK_ENTRY, "gra (ovh)", "" },
        { CONTRACT("a", NOW, "account: prod", EVERY), 1, 2, LACK_ENTRY, "gra (ovh)", "" },
        { CONTRACT("a", NOW, "offer: aws.*", EVERY), 2, 1, LACK_ENTRY, "gra (ovh)", "" },
        { CONTRACT("a", NOW, "offer: aws.eusc", EVERY), 0, 3, LACK_ENTRY, "gra (ovh)", "" },
        /* of which offer it is, is not known: it is not concluded */
        { CONTRACT("a", NOW, "provider: ovh, offer: ovh.eu", EVERY), 0, 3, LACK_PART, "gra (ovh)", "" },
        { CONTRACT("a", NOW, "provider: \"*\"", "exit, audit-right"), 0, 3, LACK_WORDS, "gra (ovh)",
          "data-location, sub-processors, log-access, log-retention, incident-notice, role-agreement" },
        { CONTRACT("a", NOW, "provider: ovh, kind: ovh.ai.*", EVERY), 0, 3, LACK_PART, "gra (ovh)", "" },
        { CONTRACT("a", NOW, "provider: ovh, kind: \"*\"", EVERY), 1, 2, LACK_ENTRY, "lab (aws)", "" },
        { CONTRACT("a", "date: 2025-01-31, valid_until: 2026-01-31", "provider: ovh", EVERY), 0, 3, LACK_ENDED, "gra (ovh)", "2026-01-31" },
        { CONTRACT("a", "date: 2025-01-31, review: 2026-02-28", "provider: ovh", EVERY), 0, 3, LACK_ENDED, "gra (ovh)", "2026-02-28" },
        { CONTRACT("a", "date: 2027-01-01, valid_until: 2029-01-31", "provider: ovh", EVERY), 0, 3, LACK_TO_COME, "gra (ovh)", "2027-01-01" },
        /* the best of several */
        { CONTRACT("a", "date: 2025-01-31, valid_until: 2026-01-31", "provider: ovh", EVERY)
          CONTRACT("b", NOW, "provider: ovh", EVERY), 1, 2, LACK_ENTRY, "lab (aws)", "" },
};
/* clang-format on */

static struct programme_inventory inventory_of(json_t *teams)
{
        static struct programme_account accounts[3];

        accounts[0] =
                (struct programme_account){ (char *)"gra", (char *)"ovh", json_object(), true };
        accounts[1] = (struct programme_account){ (char *)"lab", (char *)"aws",
                                                  json_pack("{s:b}", "aws.standard", 1), true };
        accounts[2] = (struct programme_account){ (char *)"prod", (char *)"aws",
                                                  json_pack("{s:b}", "aws.standard", 1), true };
        return (struct programme_inventory){ accounts, ELEMENTSOF(accounts), teams };
}

static void inventory_gone(struct programme_inventory *inventory)
{
        for (size_t i = 0; i < inventory->n_accounts; i++)
                json_decref(inventory->accounts[i].offers);
        json_decref(inventory->teams);
}

static void gauge_gone(struct programme_gauge *g)
{
        for (size_t i = 0; i < g->n_gaps; i++) {
                free(g->gaps[i].subject);
                free(g->gaps[i].entry);
                free(g->gaps[i].detail);
        }
        free(g->gaps);
}

static const struct programme_measure *measure_named(const struct judge *j, const char *id)
{
        const struct programme_plan *p = judge_programme(j);

        for (size_t i = 0; i < p->n_steps; i++)
                for (size_t k = 0; k < p->steps[i].n_measures; k++)
                        if (strcmp(p->steps[i].measures[k].id, id) == 0)
                                return &p->steps[i].measures[k];
        fail_msg("no measure '%s'", id);
        return NULL;
}

/* The gauge of a measure with that file of registers; the judge is gone after, its texts too. */
static struct programme_gauge weigh(const char *text, const char *measure,
                                    const struct programme_inventory *inventory)
{
        struct programme_gauge g = { 0 };
        struct judge_files files;
        _cleanup_(judge_freep) struct judge *j = NULL;

        judge_files_init(&files);
        judge_files_write(&files, "registers/own.yaml", "%s", text);
        j = new_judge(files.dir);
        judge_files_done(&files);
        assert_int_equal(programme_registers_weigh(&g, measure_named(j, measure),
                                                   judge_registers(j), inventory,
                                                   day("2026-11-23")),
                         0);
        return g;
}

static void programme_weighs_contracts_account_by_account(void **state)
{
        struct programme_inventory inventory = inventory_of(json_object());

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(contracts); i++) {
                _cleanup_(freep) char *text = NULL;
                struct programme_gauge g;

                assert_true(asprintf(&text, "contracts:%s%s",
                                     *contracts[i].entries ? "\n" : " []\n",
                                     contracts[i].entries) > 0);
                g = weigh(text, "clauses", &inventory);
                if (g.count.done != contracts[i].done || g.count.open != contracts[i].open ||
                    g.n_gaps != g.count.open)
                        fail_msg("row %zu: %d done, %d open, %zu gaps", i, (int)g.count.done,
                                 (int)g.count.open, g.n_gaps);
                if (g.n_gaps > 0 && (g.gaps[0].lack != contracts[i].first ||
                                     strcmp(g.gaps[0].subject, contracts[i].subject) != 0 ||
                                     strcmp(g.gaps[0].detail, contracts[i].detail) != 0))
                        fail_msg("row %zu: %d %s %s", i, (int)g.gaps[0].lack, g.gaps[0].subject,
                                 g.gaps[0].detail);
                gauge_gone(&g);
        }
        inventory_gone(&inventory);
}

static void programme_weighs_training_team_by_team(void **state)
{
        static const char text[] = "training:\n"
                                   "  - {id: a, owner: hr, proof: x, " NOW
                                   ", team: Data-Science, content: c, people: 3}\n"
                                   "  - {id: b, owner: hr, proof: x, date: 2025-01-31, review: "
                                   "2026-01-31, team: legal,"
                                   " content: c, people: 3}\n";
        struct programme_inventory inventory =
                inventory_of(json_pack("{s:b, s:b}", "data-science", 1, "claims", 1));
        struct programme_gauge g = weigh(text, "literacy", &inventory);

        (void)state;
        assert_int_equal(g.count.done, 1); /* in capitals or not */
        assert_int_equal(g.count.open, 2);
        assert_string_equal(g.gaps[0].subject, "claims");
        assert_int_equal(g.gaps[0].lack, LACK_ENTRY);
        assert_string_equal(g.gaps[1].subject, "legal");
        assert_int_equal(g.gaps[1].lack, LACK_ENDED);
        gauge_gone(&g);
        inventory_gone(&inventory);

        /* nobody is known to own anything: that is not nothing to do */
        inventory = inventory_of(json_object());
        g = weigh("training: []\n", "literacy", &inventory);
        assert_int_equal(g.count.done, 0);
        assert_int_equal(g.count.open, 1);
        gauge_gone(&g);
        inventory_gone(&inventory);
}

static void programme_takes_no_entry_that_lacks_something(void **state)
{
        static const struct {
                const char *measure, *text, *detail;
        } rows[] = {
                { "incidents",
                  "incident_contacts:\n  - {id: a, owner: b, proof: x, " NOW
                  ", reach: office-hours, contact: c, procedure: d, tested: 2026-02-01}\n",
                  "reach" },
                { "incidents",
                  "incident_contacts:\n  - {id: a, owner: b, proof: x, " NOW
                  ", reach: 24/7, contact: c, procedure: d}\n",
                  "tested" },
                { "incidents",
                  "incident_contacts:\n  - {id: a, owner: b, proof: x, " NOW
                  ", reach: 24/7, contact: c, procedure: d, tested: 2026-02-01}\n",
                  NULL },
                { "tests",
                  "security_tests:\n  - {id: a, owner: b, proof: x, " NOW
                  ", applies_to: {provider: \"*\"}, test: red-team, outcome: findings-open}\n",
                  "outcome" },
                { "tests",
                  "security_tests:\n  - {id: a, owner: b, proof: x, " NOW
                  ", applies_to: {provider: \"*\"}, test: red-team, outcome: findings-fixed}\n",
                  NULL },
        };
        struct programme_inventory inventory = inventory_of(json_object());

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                struct programme_gauge g = weigh(rows[i].text, rows[i].measure, &inventory);

                assert_int_equal(g.count.done, rows[i].detail ? 0 : 3);
                if (rows[i].detail) {
                        assert_int_equal(g.gaps[0].lack, LACK_WORDS);
                        assert_string_equal(g.gaps[0].detail, rows[i].detail);
                }
                gauge_gone(&g);
        }
        inventory_gone(&inventory);
}

/* ---- how far -----------------------------------------------------------------------------------
 */

static void programme_percent_never_flatters(void **state)
{
        struct programme_gauge gauges[] = {
                { .count = { .done = 1000 } },
                { .register_name = "contracts", .count = { .done = 1 } },
        };
        struct programme_stage stage = {
                .gauges = gauges, .n_gauges = 2, .of_scan = true, .count = { .done = 1001 }
        };
        struct programme p = { .scan = (char *)"1", .complete = true };

        (void)state;
        assert_int_equal(programme_percent(&p, &stage), 100);
        p.unread = 1; /* what it holds is not known */
        assert_int_equal(programme_percent(&p, &stage), 99);
        assert_false(programme_stage_is_done(&p, &stage));
        p.unread = 0;
        p.unscanned = 1;
        assert_int_equal(programme_percent(&p, &stage), 99);
        p.unscanned = 0;
        p.complete = false;
        assert_int_equal(programme_percent(&p, &stage), 99);
        p.complete = true;
        /* one register weighs as much as a thousand verdicts */
        gauges[1].count = (struct programme_count){ .open = 1 };
        stage.count = (struct programme_count){ .done = 1000, .open = 1 };
        assert_int_equal(programme_percent(&p, &stage), 50);
        /* what is waived or undetermined is not done */
        gauges[1].count = (struct programme_count){ .unknown = 1 };
        assert_int_equal(programme_percent(&p, &stage), 50);
        gauges[1].count = (struct programme_count){ .waived = 1 };
        assert_int_equal(programme_percent(&p, &stage), 50);
        /* 999 of 1000 is no 100 */
        gauges[0].count = (struct programme_count){ .done = 999, .open = 1 };
        gauges[1].count = (struct programme_count){ .done = 1 };
        stage.count = (struct programme_count){ .done = 1000, .open = 1 };
        assert_int_equal(programme_percent(&p, &stage), 99);
        /* before the first scan, what rests on it is not done */
        p.scan = NULL;
        gauges[0].count = (struct programme_count){ 0 };
        assert_int_equal(programme_percent(&p, &stage), 50);
        stage.n_gauges = 1;
        assert_int_equal(programme_percent(&p, &stage), -1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(programme_has_the_seven_steps_of_its_source),
                cmocka_unit_test(programme_counts_every_rule_once),
                cmocka_unit_test(programme_is_no_part_of_the_digest),
                cmocka_unit_test(programme_refuses_bad_steps),
                cmocka_unit_test(programme_weighs_contracts_account_by_account),
                cmocka_unit_test(programme_weighs_training_team_by_team),
                cmocka_unit_test(programme_takes_no_entry_that_lacks_something),
                cmocka_unit_test(programme_percent_never_flatters),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
