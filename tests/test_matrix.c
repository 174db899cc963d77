/* Every rule, every provider: the cases of tests/fixtures/judge have each verdict that can be
 * reached, and what cannot be is listed with its reason. And a waiver turns each fail, and nothing
 * else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/json.h"
#include "tests/support/judge_cases.h"
#include "tests/support/judge_files.h"
#include "tests/support/judge_pool.h"
#include "tests/support/judge_world.h"

#include <dirent.h>
#include <string.h>

#define UNREACHABLE "tests/fixtures/judge/unreachable"
#define DATA "tests/fixtures/judge/data"

static const char *const providers[] = { "aws",      "azure",       "gcp",       "ovh",
                                         "scaleway", "huggingface", "replicate", "mistral" };
static const char *const verdicts[] = { "pass", "fail", "unknown", "na" };

enum { KEY_MAX = 128 };

static const char *key_of(char key[static KEY_MAX], const char *rule, const char *provider,
                          const char *verdict)
{
        (void)snprintf(key, KEY_MAX, "%s %s %s", rule, provider, verdict);
        return key;
}

/* ---- what the cases have -----------------------------------------------------------------------
 */

static const char *provider_of(const json_t *world, const json_t *expect)
{
        const char *id = json_member_string(expect, "resource"),
                   *provider = json_member_string(expect, "provider");
        const json_t *r;
        size_t i;

        json_array_foreach(json_object_get(world, "resources"), i,
                           r) if (id && strcmp(json_member_string(r, "id"), id) == 0) provider =
                json_member_string(r, "provider");
        return provider ? provider : "aws";
}

static void note_case(void *user, const struct judge_case *c)
{
        const json_t *expect;
        char key[KEY_MAX];
        size_t i;

        json_array_foreach(c->expect, i, expect)(void) json_object_set_new(
                user,
                key_of(key, json_member_string(expect, "rule"), provider_of(c->world, expect),
                       json_member_string(expect, "verdict")),
                json_true());
}

/* ---- what cannot be reached --------------------------------------------------------------------
 */

static bool is_among(const char *const *names, size_t n, const char *name)
{
        for (size_t i = 0; i < n; i++)
                if (name && strcmp(names[i], name) == 0)
                        return true;
        return false;
}

static void note_row(json_t *excused, const json_t *seen, const json_t *rules, const char *file,
                     const json_t *row)
{
        const char *rule = json_member_string(row, "rule"),
                   *provider = json_member_string(row, "provider"),
                   *verdict = json_member_string(row, "verdict"),
                   *because = json_member_string(row, "because");
        char key[KEY_MAX];

        if (!rule || !json_object_get(rules, rule) ||
            !is_among(providers, ELEMENTSOF(providers), provider) ||
            !is_among(verdicts, ELEMENTSOF(verdicts), verdict) || !because || strlen(because) < 10)
                fail_msg("%s: a row that says nothing: %s", file, rule ? rule : "no rule");
        (void)key_of(key, rule, provider, verdict);
        if (json_object_get(seen, key))
                fail_msg("%s: %s is reached by a case", file, key);
        if (json_object_get(excused, key))
                fail_msg("%s: %s stands twice", file, key);
        (void)json_object_set_new(excused, key, json_true());
}

static int is_json(const struct dirent *entry)
{
        const char *dot = strrchr(entry->d_name, '.');

        return dot && strcmp(dot, ".json") == 0;
}

static void read_excuses(json_t *excused, const json_t *seen, const json_t *rules)
{
        struct dirent **entries;
        int n = scandir(UNREACHABLE, &entries, is_json, alphasort);

        assert_true(n > 0);
        for (int i = 0; i < n; i++) {
                json_auto_t *rows = NULL;
                const json_t *row;
                json_error_t where;
                char path[512];
                size_t k;

                (void)snprintf(path, sizeof(path), UNREACHABLE "/%s", entries[i]->d_name);
                rows = json_load_file(path, 0, &where);
                if (!rows)
                        fail_msg("%s:%d:%d: %s", path, where.line, where.column, where.text);
                json_array_foreach(rows, k, row) note_row(excused, seen, rules, path, row);
                free(entries[i]);
        }
        free(entries);
}

static json_t *rule_names(void)
{
        static const struct policy policy = { .log_retention_days = 184 };
        _cleanup_(judge_freep) struct judge *j = NULL;
        json_auto_t *rules = NULL;
        json_t *names = json_object(), *rule;
        struct error err = { 0 };
        size_t i;

        if (judge_new(&j, "config", NULL, &policy, &err) < 0)
                fail_msg("%s", err.text);
        rules = judge_rules(j);
        json_array_foreach(rules, i, rule)(void)
                json_object_set_new(names, json_member_string(rule, "id"), json_true());
        return names;
}

static void rules_judge_every_provider(void **state)
{
        json_auto_t *seen = json_object(), *excused = json_object(), *rules = rule_names();
        const char *rule;
        char key[KEY_MAX];
        size_t missing = 0;
        json_t *value;

        (void)state;
        assert_true(judge_cases_each(note_case, seen) > 50);
        read_excuses(excused, seen, rules);
        assert_int_equal(json_object_size(rules), 45);
        json_object_foreach(rules, rule, value) for (size_t p = 0; p < ELEMENTSOF(providers);
                                                     p++) for (size_t v = 0;
                                                               v < ELEMENTSOF(verdicts); v++)
        {
                (void)key_of(key, rule, providers[p], verdicts[v]);
                if (json_object_get(seen, key) || json_object_get(excused, key))
                        continue;
                print_error("no case, and no reason why there is none: %s\n", key);
                missing++;
        }
        print_message("%zu verdicts by cases, %zu cannot be reached\n", json_object_size(seen),
                      json_object_size(excused));
        assert_int_equal(missing, 0);
}

/* ---- waivers -----------------------------------------------------------------------------------
 */

static void copy_data(struct judge_files *files, const char *name)
{
        _cleanup_(fclosep) FILE *f = NULL;
        char path[256], text[16384];
        size_t n;

        (void)snprintf(path, sizeof(path), DATA "/%s", name);
        f = fopen(path, "re");
        assert_non_null(f);
        n = fread(text, 1, sizeof(text) - 1, f);
        text[n] = '\0';
        judge_files_write(files, name, "%s", text);
}

struct waiving {
        struct judge_pool *judges; /* with a waiver of everything */
        size_t waived, other;
};

static void compare(struct waiving *w, const struct judge_case *c, const json_t *before,
                    const json_t *after)
{
        json_t *b;
        size_t i;

        assert_int_equal(json_array_size(before), json_array_size(after));
        json_array_foreach((json_t *)before, i, b)
        {
                const json_t *a = json_array_get(after, i);
                const char *was = json_member_string(b, "verdict"),
                           *is = json_member_string(a, "verdict");
                bool failed = strcmp(was, "fail") == 0;

                if (strcmp(is, failed ? "waived" : was) != 0 ||
                    strcmp(json_member_string(a, "severity"), json_member_string(b, "severity")) !=
                            0)
                        fail_msg("%s, %s: %s was %s and is %s under a waiver", c->file, c->name,
                                 json_member_string(b, "rule"), was, is);
                *(failed ? &w->waived : &w->other) += 1;
        }
}

static void waive_case(void *user, const struct judge_case *c)
{
        _cleanup_(judge_world_freep) struct judge_world *world = judge_world_new(c->world);
        json_auto_t *subjects = judge_cases_subjects(c->world);
        struct waiving *w = user;
        const struct judge *j = judge_pool_get(w->judges, c->policy);
        json_t *subject;
        size_t i;

        assert_non_null(j);
        json_array_foreach(subjects, i, subject)
        {
                json_auto_t *before = judge_world_run(world, c->judge, subject, c->date_usec),
                            *after = judge_world_run(world, j, subject, c->date_usec);

                compare(w, c, before, after);
        }
}

static void waivers_turn_fails_and_nothing_else(void **state)
{
        struct judge_files files;
        struct waiving w = { 0 };

        (void)state;
        judge_files_init(&files);
        w.judges = judge_pool_new(files.dir);
        assert_non_null(w.judges);
        copy_data(&files, "jurisdictions/essai.yaml");
        copy_data(&files, "regions/essai.yaml");
        judge_files_write(&files, "waivers/all.yaml", "%s",
                          "waivers:\n  - {id: all, rules: [\"*\"], match: {account: \"*\"}, owner: "
                          "Hexagone, reason: essai, until: 2099-12-31}\n");
        assert_true(judge_cases_each(waive_case, &w) > 50);
        w.judges = judge_pool_free(w.judges);
        judge_files_done(&files);
        assert_true(w.waived > 200 && w.other > 1000);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rules_judge_every_provider),
                cmocka_unit_test(waivers_turn_fails_and_nothing_else),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
