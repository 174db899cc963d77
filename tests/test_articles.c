#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/json.h"
#include "daemon/judge/articles.h"
#include "daemon/judge/judge.h"
#include "tests/support/judge_files.h"

#include <errno.h>
#include <string.h>

static const struct policy usual_policy = { .log_retention_days = 184 };

static struct articles *load(const char *overrides, struct error *err)
{
        struct articles *a = NULL;
        struct data data;

        assert_int_equal(data_init(&data, "config", overrides, err), 0);
        (void)articles_load(&a, &data, err);
        data_done(&data);
        return a;
}

static void articles_resolve_provisions(void **state)
{
        static const struct {
                const char *provision, *ids; /* NULL: leads nowhere */
        } rows[] = {
                { "AIA 4", "[\"AIA 4\"]" },
                { "AIA 26(6)", "[\"AIA 26(6)\"]" },
                { "AIA 26(7)", "[\"AIA 26\"]" },
                { "AIA 19(1)", "[\"AIA 19\"]" },
                { "AIA 5(1)(ba)", "[\"AIA 5\"]" },
                { "AIA 3(3)-(8)", "[\"AIA 3\"]" },
                { "AIA 50(1)-(4)", "[\"AIA 50\"]" },
                { "AIA 50(3)-(4)", "[\"AIA 50(3)-(4)\"]" },
                { "AIA 16-19", "[\"AIA 16\",\"AIA 17\",\"AIA 18\",\"AIA 19\"]" },
                { "AIA 72, 73", "[\"AIA 72\",\"AIA 73\"]" },
                { "GDPR 28, 32", "[\"GDPR 28\",\"GDPR 32\"]" },
                { "Data Act 28", "[\"Data Act 28\"]" },
                { "Law 2024-449 Art. 31", "[\"Law 2024-449 Art. 31\"]" },
                { "policy", "[\"policy\"]" },
                { "AIA 999", NULL },
                { "AIA 9-8", NULL },
                { "AIA 9-99999", NULL },
                { "AIA 19-24", NULL }, /* 20 and 21 are not there: a range is whole or nothing */
                { "AIA 72, 999", NULL },
                { "AIA", NULL },
                { "AIA ", NULL },
                { "", NULL },
                { "GDPRX 28", NULL },
                { "AIA (", NULL },
        };
        struct error err = { 0 };
        _cleanup_(articles_freep) struct articles *a = load(NULL, &err);

        (void)state;
        if (!a)
                fail_msg("%s", err.text);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                json_auto_t *ids = articles_resolve(a, rows[i].provision);
                _cleanup_(freep) char *text = ids ? json_dumps(ids, JSON_COMPACT) : NULL;

                if (!text != !rows[i].ids || (text && strcmp(text, rows[i].ids) != 0))
                        fail_msg("%s: %s", rows[i].provision, text ? text : "nowhere");
        }
}

/* Everything that the judge publishes can be read: provisions lead to articles with words. */
static void articles_stand_behind_every_basis(void **state)
{
        _cleanup_(judge_freep) struct judge *j = NULL;
        struct error err = { 0 };
        json_t *ids, *id, *rule, *basis;
        const char *provision;
        size_t i, k;

        (void)state;
        if (judge_new(&j, "config", NULL, &usual_policy, &err) < 0)
                fail_msg("%s", err.text);
        json_auto_t *words = judge_words(j), *rules = judge_rules(j);
        const json_t *provisions = json_object_get(words, "provisions");
        const json_t *articles = json_object_get(words, "articles");

        json_object_foreach((json_t *)provisions, provision, ids)
        {
                assert_true(json_array_size(ids) > 0);
                json_array_foreach(ids, i, id)
                {
                        const json_t *a = json_object_get(articles, json_string_value(id));

                        assert_true(strlen(json_path_string(a, "text.fr")) > 10);
                        assert_true(strlen(json_path_string(a, "title.en")) > 3);
                }
        }
        json_array_foreach(rules, i, rule)
                json_array_foreach(json_object_get(rule, "basis"), k, basis)
                        assert_non_null(json_object_get(provisions, json_string_value(basis)));
        assert_non_null(json_object_get(provisions, "AIA 9-15")); /* of a duty */
        assert_non_null(json_object_get(provisions, "AIA 27"));   /* of a condition */
}

#define HEAD "source: x\nas_of: 2026-11-23\nacts: {AIA: {en: AIA, fr: RIA}}\narticles:\n"
#define AIA_4 "  - {id: AIA 4, title: {en: a, fr: b}, text: {en: a, fr: b}}\n"

static void articles_refuse_bad_files(void **state)
{
        static const struct {
                const char *text, *says;
        } rows[] = {
                { HEAD AIA_4 AIA_4, "articles.yaml:6:5: 'AIA 4' stands here twice" },
                { HEAD "  - {id: AIA 4, title: {en: a, fr: b}, text: {en: a}}\n",
                  "articles.yaml:5:46: 'fr' is missing" },
                { "source: x\nas_of: y\nacts: {AIA: {en: AIA}}\narticles:\n" AIA_4,
                  "articles.yaml:3:7: acts.AIA needs en and fr" },
                { HEAD "  - {id: AIA 4, txt: a}\n", "unknown key 'txt'" },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                struct judge_files files;
                struct error err = { 0 };

                judge_files_init(&files);
                judge_files_write(&files, "law/articles.yaml", "%s", rows[i].text);
                assert_null(load(files.dir, &err));
                judge_files_done(&files);
                if (!strstr(err.text, rows[i].says))
                        fail_msg("expected %s, got %s", rows[i].says, err.text);
        }
}

/* A rule or a duty that rests on an article nobody wrote down is refused where it stands. */
static void articles_are_needed_by_rules_and_duties(void **state)
{
        struct judge_files files;
        struct error err = { 0 };
        struct judge *j = NULL;

        (void)state;
        judge_files_init(&files);
        judge_files_write(&files, "law/articles.yaml", "%s", HEAD AIA_4);
        assert_int_equal(judge_new(&j, "config", files.dir, &usual_policy, &err), -EINVAL);
        judge_files_done(&files);
        assert_non_null(strstr(err.text, "law/roles.yaml:"));
        assert_non_null(strstr(err.text, "'AIA 25(4)' leads to no article"));

        err = (struct error){ 0 };
        judge_files_init(&files);
        judge_files_write(
                &files, "rules/own.yaml", "%s",
                "source: x\nchecked: 2026-11-23\nrules:\n  - id: X-001\n    title: {en: a, fr: "
                "b}\n    basis: [AIA 4, \"AIA 444\"]\n    subject: resource\n    profile: A\n    "
                "decide: [{verdict: na}]\n    why: {na: {en: a, fr: b}}\n    remediation: {aws: "
                "{en: a, fr: b}}\n    explanation: {en: a, fr: b}\n");
        assert_int_equal(judge_new(&j, "config", files.dir, &usual_policy, &err), -EINVAL);
        judge_files_done(&files);
        assert_non_null(strstr(err.text, "own.yaml:6:12: X-001: basis 'AIA 444' leads to no"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(articles_resolve_provisions),
                cmocka_unit_test(articles_stand_behind_every_basis),
                cmocka_unit_test(articles_refuse_bad_files),
                cmocka_unit_test(articles_are_needed_by_rules_and_duties),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
