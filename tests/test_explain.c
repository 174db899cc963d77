#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/json.h"
#include "daemon/judge/judge.h"
#include "daemon/report/explain-lines.h"
#include "daemon/report/explain.h"

#include <stdio.h>
#include <string.h>

/* A report into memory, with the words of the judge in force. */
struct paper {
        char *text;
        size_t size;
        FILE *out;
        json_t *words, *rules;
        struct report_request request;
};

static const struct policy policy = { .log_retention_days = 184 };

static void paper_init(struct paper *p, enum language language)
{
        _cleanup_(judge_freep) struct judge *j = NULL;
        struct error err = { 0 };

        *p = (struct paper){ 0 };
        if (judge_new(&j, "config", NULL, &policy, &err) < 0)
                fail_msg("%s", err.text);
        p->words = judge_words(j);
        p->rules = judge_rules(j);
        p->out = open_memstream(&p->text, &p->size);
        assert_non_null(p->out);
        p->request = (struct report_request){ .language = language, .terminal = { .out = p->out } };
}

static void paper_done(struct paper *p)
{
        (void)fclose(p->out);
        free(p->text);
        json_decref(p->words);
        json_decref(p->rules);
}

static void assert_says(struct paper *p, const char *what)
{
        (void)fflush(p->out);
        if (!strstr(p->text, what))
                fail_msg("expected '%s' in: %s", what, p->text);
}

static void assert_says_not(struct paper *p, const char *what)
{
        (void)fflush(p->out);
        if (strstr(p->text, what))
                fail_msg("unexpected '%s' in: %s", what, p->text);
}

static void explain_spells_out_the_sum(void **state)
{
        static const struct {
                const char *sum, *says[4];
        } rows[] = {
                { "base=A/high-risk=critical -> critical",
                  { "critical: profile A of the rule, risk class High-risk",
                    "another declared risk (ai-act-risk): prohibited → critical, limited → medium, "
                    "minimal → low" } },
                { "base=A/unknown=high; -1 iaas; -1 env test -> low",
                  { "one step down: infrastructure (iaas), neither declared high-risk",
                    "one step down: declared environment test", "which makes low",
                    "ai-act-env=prod: one step up" } },
                { "base=fixed/mlaas=high; -1 upcoming (hr-annex3 2027-12-02) -> medium",
                  { "high: the rule fixes it for mlaas",
                    "in a provision that applies from 2027-12-02 (hr-annex3)",
                    "the date: from 2027-12-02, one step up" } },
                { "base=fixed=medium; -1 unknown -> low",
                  { "medium: the rule fixes it", "it could not be determined",
                    "the missing evidence: then it is met, or one step more severe" } },
                { "base=A/high-risk=critical; waived by D-1 until 2027-03-26 -> info",
                  { "waived by D-1 until 2027-03-26", "which makes info" } },
                /* what it does not know is not left out */
                { "base=A/high-risk=critical; -2 moonlight -> medium",
                  { "-2 moonlight", "which makes medium" } },
                { "base=oddly; -1 eclipse -> low", { "oddly", "-1 eclipse" } },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                struct paper p;

                paper_init(&p, LANGUAGE_EN);
                const struct explain e = { &p.request, p.words };

                explain_arithmetic(&e, rows[i].sum);
                for (size_t k = 0; k < 4 && rows[i].says[k]; k++)
                        assert_says(&p, rows[i].says[k]);
                paper_done(&p);
        }
}

static void explain_weighs_nothing_of_what_is_met(void **state)
{
        static const char *const sums[] = { "pass -> info", "", "->", ";;;", "base" };
        struct paper p;

        (void)state;
        paper_init(&p, LANGUAGE_EN);
        const struct explain e = { &p.request, p.words };

        explain_arithmetic(&e, NULL);
        for (size_t i = 0; i < ELEMENTSOF(sums); i++)
                explain_arithmetic(&e, sums[i]);
        (void)fflush(p.out);
        assert_int_equal(p.size, 0);
        paper_done(&p);
}

static void explain_names_provisions(void **state)
{
        static const struct {
                const char *provision, *text;
        } rows[] = {
                { "AIA 26(6)", "AI Act, Art. 26(6)" },
                { "AIA Annex III", "AI Act, Annex III" },
                { "Data Act 28", "Data Act, Art. 28" },
                { "policy", "policy" },
                { "AIAX 4", "AIAX 4" },
                { "", "" },
        };
        struct paper p;
        char text[EXPLAIN_TITLE_MAX];

        (void)state;
        paper_init(&p, LANGUAGE_EN);
        const struct explain e = { &p.request, p.words };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                assert_string_equal(explain_provision(&e, rows[i].provision, text, sizeof(text)),
                                    rows[i].text);
        assert_string_equal(explain_titled(&e, "AIA 72, 73", text, sizeof(text)),
                            "AI Act, Art. 72, 73 (post-market monitoring; serious incidents)");
        assert_string_equal(explain_titled(&e, "AIA 999", text, sizeof(text)), "AI Act, Art. 999");
        paper_done(&p);
}

/* Every rule of the house can be explained: each article has words, in both languages. */
static void explain_rules_of_the_house(void **state)
{
        for (int language = 0; language < LANGUAGE_MAX; language++) {
                struct paper p;
                json_t *rule;
                size_t i;

                (void)state;
                paper_init(&p, (enum language)language);
                json_array_foreach(p.rules, i, rule)
                {
                        (void)fflush(p.out);
                        size_t before = p.size;

                        explain_rule(&p.request, rule, p.words);
                        (void)fflush(p.out);
                        assert_true(p.size > before + 300);
                        assert_non_null(strstr(p.text + before, "What it rests on"));
                        assert_null(strstr(p.text + before, "basis:")); /* none without words */
                }
                assert_says(&p, language == LANGUAGE_FR ? "RGPD" : "GDPR, Art. 32");
                paper_done(&p);
        }
}

/* Words of an older version, in a store that this one reads: less is said, and nothing wrong. */
static void explain_lives_with_old_words(void **state)
{
        json_auto_t *rule = json_loads(
                "{\"id\": \"X-001\", \"basis\": [\"AIA 4\"], \"profile\": \"A\"}", 0, NULL);
        json_auto_t *few = json_object();
        struct error err = { 0 };
        struct paper p;

        (void)state;
        paper_init(&p, LANGUAGE_EN);
        explain_rule(&p.request, rule, NULL);
        explain_rule(&p.request, rule, few);
        assert_says(&p, "AIA 4");
        assert_int_equal(explain_type(&p.request, "mlaas", p.words, &err), 0);
        assert_says(&p, "written agreement with suppliers): applies from 2027-12-02; if declared "
                        "high-risk");
        assert_says_not(&p, "Here"); /* there is no store */
        paper_done(&p);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(explain_spells_out_the_sum),
                cmocka_unit_test(explain_weighs_nothing_of_what_is_met),
                cmocka_unit_test(explain_names_provisions),
                cmocka_unit_test(explain_rules_of_the_house),
                cmocka_unit_test(explain_lives_with_old_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
