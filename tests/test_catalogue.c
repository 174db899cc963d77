/* The catalogue's reader: what is refused, with its place, and how overrides win. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/base/error.h"
#include "daemon/engine/catalogue.h"

static const char head[] = "service: scaleway.test\n"
                           "title: {en: t, fr: t}\n"
                           "source: nowhere\n"
                           "checked: 2026-11-23\n"
                           "host: api.scaleway.com\n"
                           "protocol: rest\n";

/* A folder of data with one service file; the caller removes it with folder_remove(). */
static char *folder_make(const char *file, const char *text)
{
        static const char facts[] = "facts:\n  model.id: id\n  log.enabled: on\n";
        char *dir = strdup("/tmp/vigie-catalogue-XXXXXX");
        char command[512];
        FILE *f;

        assert_non_null(mkdtemp(dir));
        (void)snprintf(command, sizeof(command), "%s/catalogue", dir);
        assert_int_equal(mkdir(command, 0700), 0);
        (void)snprintf(command, sizeof(command), "%s/catalogue/scaleway", dir);
        assert_int_equal(mkdir(command, 0700), 0);
        (void)snprintf(command, sizeof(command), "%s/catalogue/facts.yaml", dir);
        f = fopen(command, "we");
        assert_non_null(f);
        (void)fputs(facts, f);
        (void)fclose(f);
        (void)snprintf(command, sizeof(command), "%s/catalogue/scaleway/%s", dir, file);
        f = fopen(command, "we");
        assert_non_null(f);
        (void)fputs(text, f);
        (void)fclose(f);
        return dir;
}

static void folder_remove(char *dir, const char *file)
{
        char path[512];

        (void)snprintf(path, sizeof(path), "%s/catalogue/scaleway/%s", dir, file);
        (void)unlink(path);
        (void)snprintf(path, sizeof(path), "%s/catalogue/facts.yaml", dir);
        (void)unlink(path);
        (void)snprintf(path, sizeof(path), "%s/catalogue/scaleway", dir);
        (void)rmdir(path);
        (void)snprintf(path, sizeof(path), "%s/catalogue", dir);
        (void)rmdir(path);
        (void)rmdir(dir);
        free(dir);
}

#define ROW(more)                                                                                  \
        "collectors:\n"                                                                            \
        "  - id: scaleway.test.thing\n"                                                            \
        "    title: {en: t, fr: t}\n"                                                              \
        "    list: {call: ListThings, path: /things, items: things}\n"                             \
        "    resource: {id: id}\n" more

static void catalogue_refuses_with_its_place(void **state)
{
        static const struct {
                const char *rows, *expected; /* after "<file>:" */
        } cases[] = {
                { ROW("    type: mlaas\n    colour: red\n"), "13:5: unknown key 'colour'" },
                { ROW("    type: mlas\n"),
                  "8:5: 'scaleway.test.thing': unknown service type 'mlas'" },
                { ROW(""),
                  "8:5: 'scaleway.test.thing' needs one of type, evidence, yields, reference" },
                { ROW("    type: mlaas\n    evidence: log-sink\n"),
                  "8:5: 'scaleway.test.thing' needs one of type" },
                { ROW("    type: mlaas\n    facts: {model.identity: x}\n"),
                  "8:5: facts: 'model.identity' is no fact" },
                { ROW("    type: mlaas\n    facts: {model.id: {paht: x}}\n"),
                  "8:5: facts: unknown key 'paht' of 'model.id'" },
                { ROW("    type: mlaas\n    facts: {model.id: {unknown: why, path: x}}\n"),
                  "8:5: facts: 'model.id': 'unknown' is a cause, and stands alone" },
                { ROW("    type: mlaas\n    refine: nothing_like_it\n"),
                  "8:5: 'scaleway.test.thing': scaleway has no refinement" },
                { ROW("    type: mlaas\n    per: scaleway.test.other\n"),
                  "8:5: 'scaleway.test.thing': no collector" },
                { ROW("    type: mlaas\n    per: scaleway.test.thing\n"),
                  "8:5: 'scaleway.test.thing'" },
                { ROW("    type: mlaas\n    keep: [{path: a, matches: '['}]\n"),
                  "13:12: keep: '[' is no regular expression" },
                { ROW("    type: mlaas\n    keep: [{path: a}]\n"),
                  "13:12: keep: needs one of equals" },
                { ROW("    type: mlaas\n    keep: [{equals: a}]\n"),
                  "13:12: keep: needs either 'path' or 'fact'" },
                { ROW("    type: mlaas\n    detail: [{call: Get, where: [{fact: model.id, equals: "
                      "a}]}]\n"),
                  "13:34: where: needs a 'path'" },
                { ROW("    type: mlaas\n    detail: [{call: Get, where: [{path: a}]}]\n"),
                  "13:34: keep: needs one of equals" },
                { ROW("    type: mlaas\n    join: [{with: scaleway.x, on: a}]\n"),
                  "13:12: join: no reference collector" },
                { ROW("    type: mlaas\n    optional: true\n"),
                  "8:5: 'scaleway.test.thing' is optional and does not say 'why'" },
                { ROW("    type: mlaas\n    detail: [{call: Get, path: '/x/{id'}]\n"),
                  "13:14: '/x/{id': a '{' has no '}'" },
                { ROW("    reference: true\n    list_ttl: 1h\n"),
                  "8:5: 'scaleway.test.thing': 'list_ttl' is for lists of resources or evidence" },
                { ROW("    type: mlaas\n    list_ttl: 1h\n"
                      "  - id: scaleway.test.part\n    title: {en: t, fr: t}\n    type: mlaas\n"
                      "    list: {call: ListParts, path: /parts, items: parts}\n"
                      "    resource: {id: id}\n    per: scaleway.test.thing\n"),
                  "14:5: 'scaleway.test.part': nothing can stand below 'scaleway.test.thing'" },
                { ROW("    type: mlaas\n    list_ttl: 1h\n    facts: {model.id: x}\n"
                      "  - id: scaleway.test.bucket\n    title: {en: t, fr: t}\n"
                      "    evidence: log-sink\n"
                      "    follows: {facts: [model.id], matches: ['^(.*)$']}\n"
                      "    list: {call: GetBucket, path: /buckets, items: .}\n"
                      "    resource: {id: id}\n"),
                  "8:5: 'scaleway.test.thing': a list with list_ttl cannot set facts" },
                { ROW("    type: mlaas\n    cost: {amount: 0.01}\n"),
                  "13:11: 'currency' is missing" },
                { ROW("    type: mlaas\n    cost: {currency: USD}\n"),
                  "13:11: 'amount' is missing" },
                { ROW("    type: mlaas\n    cost: {amount: 1, currency: dollars}\n"),
                  "13:11: cost: 'dollars' is no currency" },
                { ROW("    type: mlaas\n    cost: {amount: 1, currency: USD, per: 0}\n"),
                  "13:43: 'per'" },
                { ROW("    type: mlaas\n    cost: {amount: 1, currency: USD, each: 2}\n"),
                  "13:38: unknown key 'each'" },
                { ROW("    type: mlaas\n    detail: [{call: Get, cost: {amount: 1, currency: "
                      "usd}}]\n"),
                  "13:32: cost: 'usd' is no currency" },
                { ROW("    yields: planet\n"),
                  "8:5: 'scaleway.test.thing': yields is 'scope', 'api' or 'region'" },
                { ROW("    yields: scope\n"),
                  "8:5: 'scaleway.test.thing': what yields scopes says their 'level'" },
                { ROW("    evidence: key\n    follows: {facts: [model.idd], matches: "
                      "['(.*)']}\n"),
                  "13:14: follows: 'model.idd' is no fact" },
                { ROW("    evidence: key\n    follows: {facts: [model.id], matches: "
                      "['(']}\n"),
                  "13:14: follows: '(' is no regular expression" },
                { ROW("    evidence: key\n    follows: {facts: [model.id], matches: "
                      "['x']}\n"),
                  "13:14: follows: 'x' needs one to nine groups" },
                { ROW("    evidence: key\n    follows: {facts: [model.id]}\n"),
                  "13:14: follows: 'matches' is missing" },
                { ROW("    evidence: key\n    follows: {matches: ['(x)']}\n"),
                  "13:14: follows: 'facts' is missing" },
                { ROW("    reference: true\n    follows: {facts: [model.id], matches: "
                      "['(x)']}\n"),
                  "13:14: 'scaleway.test.thing': follows goes with none of per" },
                { "collectors:\n  - id: other.thing\n    title: {en: t, fr: t}\n",
                  "8:5: 'other.thing' must begin with 'scaleway.'" },
                { "collectors:\n  - id: scaleway.a\n    title: {en: t}\n",
                  "9:12: 'fr' is missing" },
                { "collectors:\n  - id: scaleway.a\n    title: {en: t, fr: t}\n    type: mlaas\n",
                  "8:5: 'scaleway.a': 'list' is missing" },
                { "locality: zone\n", "1:1: a service of zones says its 'places'" },
                { "locality: multi-region\n",
                  "1:1: a service of multi-regions says its 'multi_regions'" },
                { ROW("    type: mlaas\n    rest: true\n"),
                  "8:5: 'scaleway.test.thing': 'rest' is for one list over a whole scope" },
                { ROW("    type: mlaas\n    per: scaleway.other\n    scope_with: [own]\n"),
                  "8:5: 'scaleway.test.thing': 'scope_with' is for lists that stand below no "
                  "other" },
                { "rate: {per_second: fast}\n", "7:20: 'per_second' must be a number" },
                { "budget: account\n", "1:1: 'budget: account' needs a 'rate'" },
                { "budget: region\n", "7:9: " },
                { "pace: {per_second: 1}\n", "1:1: 'pace' goes with 'budget: account'" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(freep) char *text = NULL, *expected = NULL;
                struct catalogue *c = NULL;
                struct error err = { 0 };
                char *dir;

                assert_true(asprintf(&text, "%s%s", head, cases[i].rows) > 0);
                dir = folder_make("test.yaml", text);
                assert_true(asprintf(&expected, "%s/catalogue/scaleway/test.yaml:%s", dir,
                                     cases[i].expected) > 0);
                assert_int_equal(catalogue_load(&c, dir, NULL, &err), -EINVAL);
                if (strncmp(err.text, expected, strlen(expected)) != 0)
                        fail_msg("case %zu:\n  expected %s\n  got      %s", i, expected, err.text);
                folder_remove(dir, "test.yaml");
        }
}

/* What the account shares is one budget: two services of a host cannot give it two rates. */
static void catalogue_budget_of_a_host_has_one_rate(void **state)
{
        static const struct {
                const char *host, *rate;
                bool refused;
        } cases[] = {
                { "api.scaleway.com", "{per_second: 2, burst: 4}", true },
                { "api.scaleway.com", "{per_second: 1, burst: 2}", true },
                { "api.scaleway.com", "{per_second: 1, burst: 4}", false },
                { "api.scaleway.ai", "{per_second: 2, burst: 4}", false },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                static const char rows[] = ROW("    type: mlaas\n");
                _cleanup_(freep) char *first = NULL, *second = NULL;
                struct catalogue *c = NULL;
                struct error err = { 0 };
                char *dir, *more;
                int r;

                assert_true(asprintf(&first,
                                     "%sbudget: account\nrate: {per_second: 1, burst: 4}\n%s", head,
                                     rows) > 0);
                assert_true(asprintf(&second,
                                     "service: scaleway.zweite\ntitle: {en: t, fr: t}\n"
                                     "source: nowhere\nchecked: 2026-11-23\nhost: %s\n"
                                     "protocol: rest\nbudget: account\nrate: %s\n"
                                     "collectors:\n  - id: scaleway.zweite.thing\n"
                                     "    title: {en: t, fr: t}\n    type: mlaas\n"
                                     "    list: {call: ListThings, path: /t, items: t}\n"
                                     "    resource: {id: id}\n",
                                     cases[i].host, cases[i].rate) > 0);
                dir = folder_make("test.yaml", first);
                more = folder_make("zweite.yaml", second);
                r = catalogue_load(&c, dir, more, &err);
                assert_int_equal(r, cases[i].refused ? -EINVAL : 0);
                if (cases[i].refused)
                        assert_non_null(strstr(err.text,
                                               "zweite.yaml:1:1: 'rate' differs from that of "
                                               "scaleway.test, whose host"));
                else
                        assert_ptr_equal(
                                catalogue_budget_service(c, c->services[1]),
                                c->services[strcmp(cases[i].host, "api.scaleway.com") != 0]);
                (void)catalogue_free(c);
                folder_remove(dir, "test.yaml");
                folder_remove(more, "zweite.yaml");
        }
}

static void catalogue_cost_of_the_nearest_wins(void **state)
{
        static const char text[] =
                ROW("    type: mlaas\n"
                    "    cost: {amount: 2, currency: EUR, per: 1000, free: 5, unverified: true}\n"
                    "    detail:\n"
                    "      - {call: Own, cost: {amount: 3, currency: USD}}\n"
                    "      - {call: Free, cost: {amount: 0, currency: USD}}\n"
                    "      - {call: Below}\n") "  - id: scaleway.test.other\n"
                                               "    title: {en: t, fr: t}\n"
                                               "    type: mlaas\n"
                                               "    list: {call: ListOthers, items: others}\n"
                                               "    resource: {id: id}\n";
        _cleanup_(catalogue_freep) struct catalogue *c = NULL;
        _cleanup_(freep) char *whole = NULL;
        const struct collector *thing, *other;
        struct error err = { 0 };
        char *dir;

        assert_true(asprintf(&whole, "%scost: {amount: 1, currency: USD}\n%s", head, text) > 0);
        dir = folder_make("a.yaml", whole);
        assert_int_equal(catalogue_load(&c, dir, NULL, &err), 0);
        folder_remove(dir, "a.yaml");
        thing = catalogue_find(c, "scaleway.test.thing");
        other = catalogue_find(c, "scaleway.test.other");
        assert_true(catalogue_cost(&thing->list)->amount == 2);
        assert_int_equal(catalogue_cost(&thing->list)->per, 1000);
        assert_int_equal(catalogue_cost(&thing->list)->free, 5);
        assert_true(catalogue_cost(&thing->list)->unverified);
        assert_true(catalogue_cost(&thing->detail[0])->amount == 3);
        assert_null(catalogue_cost(&thing->detail[1]));
        assert_true(catalogue_cost(&thing->detail[2])->amount == 2);
        assert_true(catalogue_cost(&other->list)->amount == 1);
}

static void catalogue_override_replaces_the_file(void **state)
{
        _cleanup_(freep) char *text = NULL, *other = NULL;
        _cleanup_(catalogue_freep) struct catalogue *c = NULL;
        struct error err = { 0 };
        char *data, *over;

        assert_true(asprintf(&text, "%s%s", head, ROW("    type: mlaas\n")) > 0);
        assert_true(asprintf(&other, "%s%s", head, ROW("    type: iaas\n")) > 0);
        data = folder_make("test.yaml", text);
        over = folder_make("test.yaml", other);
        assert_int_equal(catalogue_load(&c, data, over, &err), 0);
        assert_int_equal(c->n_services, 1);
        assert_string_equal(catalogue_find(c, "scaleway.test.thing")->type, "iaas");
        assert_null(catalogue_find(c, "scaleway.test.nothing"));
        folder_remove(data, "test.yaml");
        folder_remove(over, "test.yaml");
}

static void catalogue_of_an_unknown_provider_is_refused(void **state)
{
        char *dir = folder_make("test.yaml", head), path[512];
        struct catalogue *c = NULL;
        struct error err = { 0 };

        (void)snprintf(path, sizeof(path), "%s/catalogue/nimbus", dir);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(catalogue_load(&c, dir, NULL, &err), -EINVAL);
        assert_non_null(strstr(err.text, "no provider 'nimbus' is built in"));
        (void)rmdir(path);
        folder_remove(dir, "test.yaml");
}

static void catalogue_ids_are_unique(void **state)
{
        _cleanup_(freep) char *text = NULL;
        struct catalogue *c = NULL;
        struct error err = { 0 };
        char *dir;

        assert_true(asprintf(&text, "%s%s%s", head, ROW("    type: mlaas\n"),
                             strchr(ROW("    type: iaas\n"), '\n') + 1) > 0);
        dir = folder_make("test.yaml", text);
        assert_int_equal(catalogue_load(&c, dir, NULL, &err), -EINVAL);
        assert_non_null(strstr(err.text, "'scaleway.test.thing' stands in the catalogue twice"));
        folder_remove(dir, "test.yaml");
}

static void catalogue_without_data_says_where_it_looked(void **state)
{
        struct catalogue *c = NULL;
        struct error err = { 0 };

        assert_int_equal(catalogue_load(&c, "/nonexistent", NULL, &err), -EINVAL);
        assert_non_null(strstr(err.text, "/nonexistent/catalogue/facts.yaml"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(catalogue_refuses_with_its_place),
                cmocka_unit_test(catalogue_override_replaces_the_file),
                cmocka_unit_test(catalogue_cost_of_the_nearest_wins),
                cmocka_unit_test(catalogue_budget_of_a_host_has_one_rate),
                cmocka_unit_test(catalogue_of_an_unknown_provider_is_refused),
                cmocka_unit_test(catalogue_ids_are_unique),
                cmocka_unit_test(catalogue_without_data_says_where_it_looked),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
