/* Why something is not known is said in the reader's language: every cause that the catalogue gives
 * has its words, and no finding shows it in the other language. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/engine/catalogue.h"
#include "tests/support/judge_world.h"

#include <string.h>

enum { CAUSE_BYTES_MAX = 255 }; /* checks cut what is longer, and then its words are not found */

struct looking {
        const struct judge *judge;
        json_t *words; /* {cause: {en, fr}} */
        const struct collector *collector;
        size_t causes, wrong;
};

static void complain(struct looking *l, const char *fact, const char *cause, const char *what)
{
        print_error("%s, %s: \"%s\": %s\n", l->collector->id, fact, cause, what);
        l->wrong++;
}

/* The thing with that fact unknown, as the rules judge it. */
static void judge_thing(struct looking *l, const char *fact, const char *cause)
{
        const struct collector *c = l->collector;
        json_auto_t *world =
                json_pack("{s:[{s:s, s:s, s:s, s:s, s:s, s:{s:{s:s}}}]}", "resources", "id",
                          "thing", "kind", c->id, "provider", c->service->provider, "region",
                          "nowhere-1", c->evidence ? "topic" : "service_type",
                          c->evidence ? c->evidence : c->type, "facts", fact, "unknown", cause);
        json_auto_t *subject = json_pack("{s:s}", "resource", "thing"), *all = NULL;
        _cleanup_(judge_world_freep) struct judge_world *w = judge_world_new(world);
        uint64_t date_usec;
        json_t *g;
        size_t i;

        assert_int_equal(clock_parse_iso8601("2026-11-23", &date_usec), 0);
        all = judge_world_run(w, l->judge, subject, date_usec);
        json_array_foreach(all, i, g)
        {
                if (strstr(json_member_string(g, "fr"), cause))
                        complain(l, fact, cause, json_member_string(g, "fr"));
        }
}

static void look_at_cause(struct looking *l, const char *fact, const char *cause)
{
        const json_t *text = json_object_get(l->words, cause);
        const char *fr = json_member_string(text, "fr");

        l->causes++;
        if (!fr || strcmp(fr, cause) == 0)
                complain(l, fact, cause, "law/words.yaml, causes: no words in French");
        else if (strlen(cause) > CAUSE_BYTES_MAX)
                complain(l, fact, cause, "too long for a cause");
        else if (l->collector->evidence || l->collector->type)
                judge_thing(l, fact, cause);
}

static void look_at_facts(struct looking *l, const json_t *facts)
{
        const char *name;
        json_t *spec;

        json_object_foreach((json_t *)facts, name, spec)
        {
                const char *cause = json_member_string(spec, "unknown");

                if (cause)
                        look_at_cause(l, name, cause);
        }
}

static void look_at_collector(struct looking *l, const struct collector *c)
{
        l->collector = c;
        look_at_facts(l, c->facts);
        look_at_facts(l, c->list.facts);
        for (size_t i = 0; i < c->n_detail; i++)
                look_at_facts(l, c->detail[i].facts);
        for (size_t i = 0; i < c->n_joins; i++)
                look_at_facts(l, c->joins[i].facts);
}

static void causes_of_the_catalogue_are_said_in_french(void **state)
{
        static const struct policy policy = { .log_retention_days = 184,
                                              .coverage_max_age_usec = USEC_PER_DAY };
        _cleanup_(catalogue_freep) struct catalogue *catalogue = NULL;
        _cleanup_(judge_freep) struct judge *j = NULL;
        json_auto_t *all = NULL;
        struct looking l = { 0 };
        struct error err = { 0 };

        (void)state;
        if (catalogue_load(&catalogue, "config", NULL, &err) < 0 ||
            judge_new(&j, "config", NULL, &policy, &err) < 0)
                fail_msg("%s", err.text);
        all = judge_words(j);
        l.judge = j;
        l.words = json_object_get(all, "causes");
        for (size_t s = 0; s < catalogue->n_services; s++)
                for (size_t c = 0; c < catalogue->services[s]->n_collectors; c++)
                        look_at_collector(&l, &catalogue->services[s]->collectors[c]);
        assert_true(l.causes > 40);
        assert_int_equal(l.wrong, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(causes_of_the_catalogue_are_said_in_french),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
