/* COV-005 is asked of every machine with accelerators that the catalogue lists and of every line of
 * use: a list of kinds forgets what comes after it. */
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

/* Whose machines show among those that are asked. */
static const char *const elsewhere[] = {
        "aws.batch.compute_environment", /* EC2 instances, where AWS may choose others */
};

static bool has_fact(const struct collector *c, const char *name)
{
        bool found = json_object_get(c->facts, name) || json_object_get(c->list.facts, name);

        for (size_t i = 0; i < c->n_detail; i++)
                found = found || json_object_get(c->detail[i].facts, name);
        for (size_t i = 0; i < c->n_joins; i++)
                found = found || json_object_get(c->joins[i].facts, name);
        return found;
}

static bool is_machine(const struct collector *c)
{
        bool accelerated =
                has_fact(c, "compute.accelerator") || has_fact(c, "compute.accelerators");

        for (size_t i = 0; i < ELEMENTSOF(elsewhere); i++)
                if (strcmp(c->id, elsewhere[i]) == 0)
                        return false;
        return c->type &&
               (strcmp(c->type, "iaas") == 0 || (strcmp(c->type, "paas") == 0 && accelerated));
}

static bool is_use(const struct collector *c)
{
        return c->type && c->no_tags && has_fact(c, "usage.quantity") && strstr(c->id, "usage");
}

static bool is_asked(const struct judge *j, const struct collector *c)
{
        json_auto_t *world = json_pack("{s:[{s:s, s:s, s:s, s:s, s:s}]}", "resources", "id",
                                       "thing", "kind", c->id, "provider", c->service->provider,
                                       "region", "nowhere-1", "service_type", c->type);
        json_auto_t *subject = json_pack("{s:s}", "resource", "thing"), *all = NULL;
        _cleanup_(judge_world_freep) struct judge_world *w = judge_world_new(world);
        uint64_t date_usec;

        assert_int_equal(clock_parse_iso8601("2026-11-23", &date_usec), 0);
        all = judge_world_run(w, j, subject, date_usec);
        assert_non_null(all);
        return strcmp(json_member_string(judge_world_of(all, "COV-005"), "verdict"), "na") != 0;
}

static void undeclared_use_is_looked_for_everywhere(void **state)
{
        static const struct policy policy = { .log_retention_days = 184 };
        _cleanup_(catalogue_freep) struct catalogue *catalogue = NULL;
        _cleanup_(judge_freep) struct judge *j = NULL;
        struct error err = { 0 };
        size_t asked = 0, forgotten = 0;

        (void)state;
        if (catalogue_load(&catalogue, "config", NULL, &err) < 0 ||
            judge_new(&j, "config", NULL, &policy, &err) < 0)
                fail_msg("%s", err.text);
        for (size_t i = 0; i < catalogue->n_services; i++) {
                const struct service *s = catalogue->services[i];

                for (size_t k = 0; k < s->n_collectors; k++) {
                        const struct collector *c = &s->collectors[k];

                        if (c->reference || c->yields || (!is_machine(c) && !is_use(c)))
                                continue;
                        asked++;
                        if (is_asked(j, c))
                                continue;
                        print_error("COV-005 does not concern %s\n", c->id);
                        forgotten++;
                }
        }
        assert_true(asked > 20);
        assert_int_equal(forgotten, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(undeclared_use_is_looked_for_everywhere),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
