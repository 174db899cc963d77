/* What is asked of a whole scope: which APIs it has enabled, places that are no regions, and a
 * search for what no list has given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "daemon/base/json.h"
#include "tests/support/scan.h"

#define ORGANIZATION "5a000000-0000-4000-8000-000000000001"
#define MODELS "/inference/v1/models"
#define THINGS "/serverless-jobs/v1alpha2/job-definitions"

static const char config[] =
        "accounts:\n"
        "  - name: lab\n"
        "    provider: scaleway\n"
        "    organization_id: " ORGANIZATION "\n"
        "    regions: [fr-par, eu]\n"
        "    network: {connect_to: '@CONNECT@', ca_file: '@CA@'}\n"
        "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 3, pages: 20}\n";

static int setup(void **state)
{
        setenv("SCW_ACCESS_KEY", "SCWBREADTHWORLD00001", 1);
        setenv("SCW_SECRET_KEY", "5a000000-0000-4000-8000-00000000c1ef", 1);
        setenv("SCW_CONFIG_PATH", "/nonexistent", 1);
        return scan_world(state, "tests/worlds/breadth", NULL);
}

static void scan(struct scan_run *run, void **state, const char *fault)
{
        *run = (struct scan_run){ .sink_fails_after = -1, .overrides = "tests/fixtures/breadth" };
        assert_int_equal(cloudsim_reset(*state), 0);
        if (fault)
                assert_int_equal(cloudsim_add_faults(*state, fault), 0);
        assert_int_equal(scan_run(run, *state, config), 0);
}

static const char *kind_of(const struct scan_run *run, const char *id)
{
        const char *kind = json_member_string(json_object_get(run->resources, id), "kind");

        return kind ? kind : "";
}

/* ---- enabled APIs ------------------------------------------------------------------------------
 */

static void breadth_asks_what_is_enabled(void **state)
{
        struct scan_run run;

        scan(&run, state, NULL);
        assert_string_equal(scan_run_state(&run, "scaleway.essai.api", "global"), "ok");
        assert_string_equal(scan_run_state(&run, "scaleway.things.thing", "global"), "ok");
        assert_string_equal(scan_run_state(&run, "scaleway.others.cluster", "global"), "off");
        assert_non_null(strstr(scan_run_cause(&run, "scaleway.others.cluster", "global"),
                               "others.api is not enabled in"));
        assert_string_equal(scan_run_state(&run, "scaleway.others.pool", "global"), "off");
        scan_run_done(&run);
}

/* A list that was not read, or not wholly, is no reason to leave anything out. */
static void breadth_asks_all_when_the_list_is_unread(void **state)
{
        struct scan_run run;

        scan(&run, state,
             "{\"match\": {\"operation\": \"" MODELS "\"}, \"do\": {\"denied\": true}}");
        assert_string_equal(scan_run_state(&run, "scaleway.essai.api", "global"), "denied");
        assert_string_equal(scan_run_state(&run, "scaleway.things.thing", "global"), "ok");
        assert_string_equal(scan_run_state(&run, "scaleway.others.cluster", "global"), "ok");
        scan_run_done(&run);
}

/* Among what a collector found: another may know the same thing by the same id. */
static bool gives(const struct scan_run *run, const char *kind, const char *id)
{
        json_t *resource;
        size_t i;

        json_array_foreach(json_object_get(run->by_kind, kind), i, resource)
        {
                if (strcmp(json_member_string(resource, "id"), id) == 0)
                        return true;
        }
        return false;
}

/* An empty list is one that hides what it has: nothing is off for it. */
static void breadth_asks_all_when_the_list_is_empty(void **state)
{
        static const char *const none[] = { "--set",
                                            "scaleway.organizations." ORGANIZATION
                                            ".places.fr-par." MODELS ".models=[]",
                                            NULL };
        struct cloudsim *sim = cloudsim_start("tests/worlds/breadth", none);
        struct scan_run run;

        assert_non_null(sim);
        scan(&run, (void **)&sim, NULL);
        assert_string_equal(scan_run_state(&run, "scaleway.essai.api", "global"), "ok");
        assert_string_equal(scan_run_state(&run, "scaleway.others.cluster", "global"), "ok");
        scan_run_done(&run);
        assert_int_equal(cloudsim_stop(sim), 0);
}

/* ---- places beside the regions -----------------------------------------------------------------
 */

static void breadth_asks_in_multi_regions(void **state)
{
        static const char *const everywhere[] = { "fr-par", "eu", "global" };
        struct scan_run run;

        scan(&run, state, NULL);
        for (size_t i = 0; i < ELEMENTSOF(everywhere); i++)
                assert_string_equal(
                        scan_run_state(&run, "scaleway.places.everywhere", everywhere[i]), "ok");
        assert_string_equal(scan_run_state(&run, "scaleway.places.some", "fr-par"), "ok");
        assert_string_equal(scan_run_state(&run, "scaleway.places.some", "eu"), "ok");
        assert_string_equal(scan_run_state(&run, "scaleway.places.some", "global"), "");
        /* who asks in all regions does not ask in what is none */
        assert_string_equal(scan_run_state(&run, "scaleway.inference.deployment", "fr-par"), "ok");
        assert_string_equal(scan_run_state(&run, "scaleway.inference.deployment", "eu"), "");
        assert_true(gives(&run, "scaleway.places.some", "eu/Things.API"));
        scan_run_done(&run);
}

/* ---- the rest ----------------------------------------------------------------------------------
 */

static void breadth_gives_what_no_list_gave(void **state)
{
        struct scan_run run;

        scan(&run, state, NULL);
        assert_string_equal(kind_of(&run, "thing-1"), "scaleway.things.thing");
        assert_string_equal(kind_of(&run, "thing-2"), ""); /* left out on purpose */
        assert_string_equal(kind_of(&run, "thing-3"), "scaleway.essai.search");
        scan_run_done(&run);
}

/* What a list could not give, the search gives: and the list is not ok for it. */
static void breadth_gives_what_could_not_be_listed(void **state)
{
        struct scan_run run;

        scan(&run, state,
             "{\"match\": {\"operation\": \"" THINGS "\"}, \"do\": {\"denied\": true}}");
        assert_string_equal(scan_run_state(&run, "scaleway.things.thing", "global"), "denied");
        assert_string_equal(kind_of(&run, "thing-1"), "scaleway.essai.search");
        assert_string_equal(kind_of(&run, "thing-2"), "scaleway.essai.search");
        scan_run_done(&run);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(breadth_asks_what_is_enabled),
                cmocka_unit_test(breadth_asks_all_when_the_list_is_unread),
                cmocka_unit_test(breadth_asks_all_when_the_list_is_empty),
                cmocka_unit_test(breadth_asks_in_multi_regions),
                cmocka_unit_test(breadth_gives_what_no_list_gave),
                cmocka_unit_test(breadth_gives_what_could_not_be_listed),
        };

        return cmocka_run_group_tests(tests, setup, scan_teardown);
}
