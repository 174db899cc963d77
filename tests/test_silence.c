/* Nothing unreadable ever looks clean, asked of every case and of every collector there is:
 * whatever is taken away from a world, no rule begins to pass, and no rule passes on a fact that it
 * read and that is not known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/engine/catalogue.h"
#include "tests/support/judge_cases.h"
#include "tests/support/judge_world.h"

#include <string.h>

enum loss { LOSS_MISSING, LOSS_ABSENT, LOSS_UNKNOWN, LOSS_MAX };
static const char *const loss_names[] = { "missing", "absent", "unknown" };

/* What a rule may pass in spite of, although it looked at it: something else suffices. */
static const struct {
        const char *rule, *fact, *because;
} in_spite[] = {
        { "GOV-004", "tags", "the policy declares an owner for all" },
        { "SOV-001", "tags", "the policy declares an assessment for all" },
        { "SEC-002", "tags", "the key is the customer's, whatever is declared" },
        { "SEC-008", "guardrail.id", "a guardrail is imposed on every call there" },
        { "GOV-012", "model.id", "the model is known by another of its names" },
        { "GOV-012", "model.base", "the model is known by another of its names" },
        { "LOG-010", "alert.targets", "an alert is bound by its kind or its log, too" },
        { "LOG-010", "alert.services", "an alert is bound by its target or its log, too" },
        { "LOG-010", "alert.logs", "an alert is bound by its target or its kind, too" },
        { "LOG-010", "log.destination", "an alert is bound by its target or its kind, too" },
        { "LOG-001", "audit.multi_region", "every region in use has its own audit log" },
        { "LOG-001", "audit.reads", "the verdict says that reads may not be in it" },
        { "LOG-002", "log.inference", "data events show the calls" },
        { "LOG-003", "log.application", "data events show the calls" },
        { "LOG-003", "log.inference", "data events show the calls" },
        { "LOG-004", "audit.multi_region", "the log is of the region in question" },
        { "LOG-006", "audit.validation", "a lock is enough" },
        { "LOG-007", "audit.active", "a delivery was seen" },
        { "LOG-009", "audit.multi_region", "every region in use has its own audit log" },
};

/* ---- taking away
 * ------------------------------------------------------------------------------------ */

static json_t *lost(enum loss loss)
{
        return loss == LOSS_ABSENT ? json_pack("{s:b}", "absent", 1)
                                   : json_pack("{s:s}", "unknown", "denied by the test");
}

static void lose_fact(json_t *resource, const char *fact, enum loss loss)
{
        json_t *facts = json_object_get(resource, "facts");

        if (!json_object_get(facts, fact))
                return;
        if (loss == LOSS_MISSING)
                (void)json_object_del(facts, fact);
        else
                (void)json_object_set_new(facts, fact, lost(loss));
}

static void lose_tags(json_t *resource, enum loss loss)
{
        if (!json_object_get(resource, "tags") &&
            !json_object_get(json_object_get(resource, "facts"), "tags"))
                return;
        (void)json_object_del(resource, "tags");
        (void)json_object_del(json_object_get(resource, "facts"), "tags");
        if (!json_object_get(resource, "facts"))
                (void)json_object_set_new(resource, "facts", json_object());
        if (loss != LOSS_MISSING)
                (void)json_object_set_new(json_object_get(resource, "facts"), "tags", lost(loss));
}

static json_t *without(const json_t *world, const char *what, enum loss loss)
{
        json_t *copy = json_deep_copy(world), *row;
        size_t i;

        json_array_foreach(json_object_get(copy, "resources"), i, row)
        {
                if (strcmp(what, "tags") == 0)
                        lose_tags(row, loss);
                else
                        lose_fact(row, what, loss);
        }
        if (strcmp(what, "coverage") == 0) {
                json_array_foreach(json_object_get(copy, "coverage"), i, row)(void)
                        json_object_set_new(row, "state", json_string("denied"));
        }
        return copy;
}

static json_t *names_in(const json_t *world)
{
        json_t *names = json_object(), *row, *value;
        const char *name;
        size_t i;

        json_array_foreach(json_object_get(world, "resources"), i, row)
                json_object_foreach(json_object_get(row, "facts"), name, value)(void)
                        json_object_set_new(names, name, json_true());
        (void)json_object_set_new(names, "tags", json_true());
        return names;
}

/* ---- the cases
 * -------------------------------------------------------------------------------------- */

static bool noted(const json_t *judgement, const char *fact)
{
        json_t *name;
        size_t i;

        json_array_foreach(json_object_get(judgement, "facts"), i,
                           name) if (strcmp(json_string_value(name), fact) == 0) return true;
        return false;
}

static bool is(const json_t *judgement, const char *verdict)
{
        return strcmp(json_member_string(judgement, "verdict"), verdict) == 0;
}

static bool excused(const char *rule, const char *fact)
{
        for (size_t i = 0; i < ELEMENTSOF(in_spite); i++)
                if (strcmp(in_spite[i].rule, rule) == 0 && strcmp(in_spite[i].fact, fact) == 0)
                        return true;
        return false;
}

static void complain(const struct judge_case *c, const json_t *subject, const char *what,
                     enum loss loss, const json_t *before, const json_t *after, const char *why)
{
        _cleanup_(freep) char *who = json_dumps(subject, JSON_COMPACT);

        print_error("%s, %s, %s: %s of %s with %s %s: %s; was %s (%s), is %s (%s)\n", c->file,
                    c->name, who, json_member_string(before, "rule"), who, what, loss_names[loss],
                    why, json_member_string(before, "verdict"), json_member_string(before, "en"),
                    json_member_string(after, "verdict"), json_member_string(after, "en"));
}

struct silence {
        size_t wrong, runs;
};

static void compare(struct silence *s, const struct judge_case *c, const json_t *subject,
                    const char *what, enum loss loss, const json_t *before, const json_t *after)
{
        const char *rule = json_member_string(before, "rule");
        const char *why = NULL;

        if (excused(rule, what))
                return;
        /* missing says that nobody asks for it of this kind of thing, absent that the API answered:
         * tests/test_rules.c has what each then means to each rule */
        if (loss == LOSS_UNKNOWN && is(after, "pass") && !is(before, "pass"))
                why = "begins to pass";
        else if (loss == LOSS_UNKNOWN && is(after, "pass") && noted(after, what))
                why = "passes on what it read and is not known";
        else if (loss == LOSS_UNKNOWN && strcmp(what, "coverage") != 0 && !is(before, "na") &&
                 !noted(before, what) && !noted(after, what) &&
                 strcmp(json_member_string(before, "verdict"),
                        json_member_string(after, "verdict")) != 0)
                why = "rests on a fact that it does not name";
        if (!why)
                return;
        complain(c, subject, what, loss, before, after, why);
        s->wrong++;
}

/* What every subject gets in that world, in the order of the subjects. */
static json_t *judged(const struct judge_case *c, const json_t *world, const json_t *subjects)
{
        _cleanup_(judge_world_freep) struct judge_world *w = judge_world_new(world);
        json_t *all = json_array(), *subject;
        size_t i;

        json_array_foreach((json_t *)subjects, i, subject)
        {
                json_t *one = judge_world_run(w, c->judge, subject, c->date_usec);

                assert_non_null(one);
                (void)json_array_append_new(all, one);
        }
        return all;
}

static void try_loss(struct silence *s, const struct judge_case *c, const json_t *subjects,
                     const json_t *before, const char *what, enum loss loss)
{
        json_auto_t *world = without(c->world, what, loss), *after = NULL;
        json_t *was, *judgement;
        size_t i, k;

        if (json_equal(world, (json_t *)c->world)) /* there was nothing to take away */
                return;
        after = judged(c, world, subjects);
        json_array_foreach((json_t *)before, i, was)
        {
                const json_t *is_now = json_array_get(after, i);

                s->runs++;
                assert_int_equal(json_array_size(is_now), json_array_size(was));
                json_array_foreach(was, k, judgement)
                        compare(s, c, json_array_get(subjects, i), what, loss, judgement,
                                json_array_get(is_now, k));
        }
}

static void on_case(void *user, const struct judge_case *c)
{
        json_auto_t *subjects = judge_cases_subjects(c->world), *names = names_in(c->world);
        json_auto_t *before = judged(c, c->world, subjects);
        const char *name;
        json_t *value;

        json_object_foreach(names, name, value) for (int loss = 0; loss < LOSS_MAX; loss++)
                try_loss(user, c, subjects, before, name, (enum loss)loss);
        try_loss(user, c, subjects, before, "coverage", LOSS_UNKNOWN);
}

static void silence_makes_no_case_pass(void **state)
{
        struct silence s = { 0 };

        (void)state;
        assert_true(judge_cases_each(on_case, &s) > 50);
        print_message("%zu subjects with something taken away\n", s.runs);
        assert_true(s.runs > 1000);
        assert_int_equal(s.wrong, 0);
}

/* ---- the collectors
 * --------------------------------------------------------------------------------- */

/* Verdicts on a resource that need no fact of it, and what they say: who runs the offer, and that
 * its endpoints take TLS only, are words of a table. */
static const struct {
        const char *rule, *says;
} of_the_offer[] = {
        { "SOV-001", "" },
        { "SEC-003", "Managed endpoint, encrypted by design" },
};

static void add_facts(json_t *facts, const json_t *names, enum loss loss)
{
        const char *name;
        json_t *path;

        json_object_foreach((json_t *)names, name, path)(void)
                json_object_set_new(facts, name, lost(loss));
}

/* A thing of that kind, all of whose facts are lost. */
static json_t *thing_of(const struct collector *c, const char *type, enum loss loss)
{
        json_t *facts = json_object();

        if (loss != LOSS_MISSING) {
                add_facts(facts, c->facts, loss);
                add_facts(facts, c->list.facts, loss);
                for (size_t i = 0; i < c->n_detail; i++)
                        add_facts(facts, c->detail[i].facts, loss);
                for (size_t i = 0; i < c->n_joins; i++)
                        add_facts(facts, c->joins[i].facts, loss);
                (void)json_object_set_new(facts, "tags", lost(loss));
        }
        return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "id", "thing", "kind", c->id, "provider",
                         c->service->provider, "region", "nowhere-1",
                         c->evidence ? "topic" : "service_type", c->evidence ? c->evidence : type,
                         "facts", facts);
}

static bool is_of_the_offer(const char *rule, const char *text)
{
        for (size_t i = 0; i < ELEMENTSOF(of_the_offer); i++)
                if (strcmp(of_the_offer[i].rule, rule) == 0 && strstr(text, of_the_offer[i].says))
                        return true;
        return false;
}

static size_t try_thing(const struct judge *j, const struct collector *c, const char *type,
                        enum loss loss)
{
        json_auto_t *thing = thing_of(c, type, loss);
        json_auto_t *world = json_pack("{s:[O]}", "resources", thing);
        json_auto_t *subject = json_pack("{s:s}", "resource", "thing"), *all = NULL;
        _cleanup_(judge_world_freep) struct judge_world *w = judge_world_new(world);
        size_t wrong = 0, i;
        uint64_t date_usec;
        json_t *g;

        assert_int_equal(clock_parse_iso8601("2026-11-23", &date_usec), 0);
        all = judge_world_run(w, j, subject, date_usec);
        assert_non_null(all);
        json_array_foreach(all, i, g)
        {
                const char *rule = json_member_string(g, "rule");

                if (!is(g, "pass") || is_of_the_offer(rule, json_member_string(g, "en")))
                        continue;
                print_error("%s passes for a %s whose facts are %s: %s\n", rule, c->id,
                            loss_names[loss], json_member_string(g, "en"));
                wrong++;
        }
        return wrong;
}

static size_t try_collector(const struct judge *j, const struct collector *c)
{
        size_t wrong = 0;
        const char *value;
        json_t *type;

        if (c->reference || c->yields)
                return 0;
        json_object_foreach(c->types, value, type)
        {
                wrong += try_thing(j, c, json_string_value(type), LOSS_MISSING);
                wrong += try_thing(j, c, json_string_value(type), LOSS_UNKNOWN);
        }
        if (c->type || c->evidence) {
                wrong += try_thing(j, c, c->type, LOSS_MISSING);
                wrong += try_thing(j, c, c->type, LOSS_UNKNOWN);
        }
        return wrong;
}

static void silence_makes_no_collector_pass(void **state)
{
        static const struct policy policy = { .log_retention_days = 184,
                                              .coverage_max_age_usec = USEC_PER_DAY };
        _cleanup_(catalogue_freep) struct catalogue *catalogue = NULL;
        _cleanup_(judge_freep) struct judge *j = NULL;
        json_auto_t *providers = json_object();
        struct error err = { 0 };
        size_t wrong = 0, n = 0;

        (void)state;
        if (catalogue_load(&catalogue, "config", NULL, &err) < 0 ||
            judge_new(&j, "config", NULL, &policy, &err) < 0)
                fail_msg("%s", err.text);
        for (size_t i = 0; i < catalogue->n_services; i++) {
                const struct service *s = catalogue->services[i];

                (void)json_object_set_new(providers, s->provider, json_true());
                for (size_t k = 0; k < s->n_collectors; k++, n++)
                        wrong += try_collector(j, &s->collectors[k]);
        }
        print_message("%zu collectors of %zu providers\n", n, json_object_size(providers));
        assert_true(json_object_size(providers) >= 8);
        assert_int_equal(wrong, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(silence_makes_no_case_pass),
                cmocka_unit_test(silence_makes_no_collector_pass),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
