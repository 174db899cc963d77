/* What looks like an answer in Google Cloud and is none: parts that were not reached, wildcards,
 * APIs that are off, settings above the project, ids by number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "daemon/base/json.h"
#include "tests/support/scan.h"

static const char config[] =
        "accounts:\n"
        "  - name: essai\n"
        "    provider: gcp\n"
        "    credentials_file: tests/fixtures/gcp/rows-user.json\n"
        "    network: {connect_to: '@CONNECT@', ca_file: '@CA@'}\n"
        "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 2}\n";

static int setup(void **state)
{
        return scan_world(state, "tests/worlds/gcp-traps", NULL);
}

static void scan(struct scan_run *run, void **state, const char *fault)
{
        *run = (struct scan_run){ .sink_fails_after = -1 };
        if (fault)
                assert_int_equal(cloudsim_add_faults(*state, fault), 0);
        assert_int_equal(scan_run(run, *state, config), 0);
        assert_int_equal(cloudsim_reset(*state), 0);
}

static const char *told(const struct scan_run *run, const char *row, const char *member)
{
        const char *text = json_member_string(json_object_get(run->coverage, row), member);

        return text ? text : "";
}

static void assert_row(const struct scan_run *run, const char *row, const char *state,
                       const char *says)
{
        if (strcmp(told(run, row, "state"), state) != 0 || !strstr(told(run, row, "cause"), says))
                fail_msg("%s: %s (%s), not %s (%s)", row, told(run, row, "state"),
                         told(run, row, "cause"), state, says);
}

static size_t found(const struct scan_run *run, const char *kind)
{
        return json_array_size(json_object_get(run->by_kind, kind));
}

static const json_t *fact_of(const struct scan_run *run, const char *id, const char *fact)
{
        const json_t *resource = json_object_get(run->resources, id);

        if (!resource)
                fail_msg("%s is not there", id);
        return json_object_get(json_object_get(resource, "facts"), fact);
}

static void assert_value(const struct scan_run *run, const char *id, const char *fact,
                         const char *want)
{
        const json_t *is = json_object_get(fact_of(run, id, fact), "value");
        json_auto_t *wanted = json_loads(want, JSON_DECODE_ANY, NULL);
        _cleanup_(freep) char *got = is ? json_canonical(is) : NULL;

        if (!is || !json_equal(wanted, (json_t *)is))
                fail_msg("%s: %s is %s, not %s", id, fact, got ? got : "not known", want);
}

static void parts_that_were_not_reached_are_told(void **state)
{
        struct scan_run run;

        scan(&run, state, NULL);
        assert_row(&run, "gcp.tpu.node hexagone-ia global", "failed", "europe-west4-a");
        assert_int_equal(found(&run, "gcp.tpu.node"), 1);
        assert_row(&run, "gcp.gke.accelerator_nodepool hexagone-ia global", "failed",
                   "europe-west1-c");
        assert_int_equal(found(&run, "gcp.gke.accelerator_nodepool"), 1);
        assert_row(&run, "gcp.compute.gpu_instance hexagone-ia global", "failed", "UNREACHABLE");
        assert_int_equal(found(&run, "gcp.compute.gpu_instance"), 1);
        assert_row(&run, "gcp.compute.reservation hexagone-ia global", "ok", "");
        assert_row(&run, "gcp.vectorsearch.collection hexagone-ia europe-west1", "failed", "autre");
        assert_int_equal(found(&run, "gcp.vectorsearch.collection"), 1);
        assert_row(&run, "gcp.usage.api hexagone-ia global", "failed", "took too long");
        assert_int_equal(found(&run, "gcp.usage.api"), 1);
        scan_run_done(&run);
}

static void a_wildcard_that_is_refused_says_nothing(void **state)
{
        struct scan_run run;

        scan(&run, state, NULL);
        assert_row(&run, "gcp.tpu.queued_resource hexagone-ia global", "failed", "not supported");
        scan_run_done(&run);
}

static void off_denied_and_empty_are_three_things(void **state)
{
        struct scan_run run;

        scan(&run, state, NULL);
        assert_row(&run, "gcp.vertex.endpoint hexagone-ia europe-west6", "ok", "");
        assert_row(&run, "gcp.vertex.endpoint hexagone-vide europe-west1", "off", "not enabled");
        assert_row(&run, "gcp.discoveryengine.engine hexagone-ia eu", "off", "not enabled");
        assert_row(&run, "gcp.project hexagone-fini global", "off", "DELETE_REQUESTED");
        assert_row(&run, "gcp.project sys-12345678901234567890 global", "off", "");
        assert_int_equal(found(&run, "gcp.vertex.endpoint"), 1);
        scan_run_done(&run);

        scan(&run, state,
             "{\"match\": {\"service\": \"aiplatform\", \"operation\": \"endpoints.list\", "
             "\"region\": \"europe-west1\"}, \"do\": {\"denied\": true}}");
        assert_row(&run, "gcp.vertex.endpoint hexagone-ia europe-west1", "denied",
                   "aiplatform.endpoints.list");
        assert_row(&run, "gcp.vertex.endpoint hexagone-ia europe-west6", "ok", "");
        scan_run_done(&run);

        /* what is enabled could not be read: nothing is left out for it */
        scan(&run, state,
             "{\"match\": {\"service\": \"serviceusage\", \"operation\": \"services.list\"}, "
             "\"do\": {\"denied\": true}}");
        assert_row(&run, "gcp.discoveryengine.engine hexagone-ia eu", "off",
                   "discoveryengine.googleapis.com is not enabled in this project");
        assert_row(&run, "gcp.discoveryengine.engine hexagone-vide eu", "failed",
                   "which is charged as quota_project");
        assert_int_equal(found(&run, "gcp.vertex.endpoint"), 1);
        scan_run_done(&run);
}

static void settings_above_the_project_count(void **state)
{
        struct scan_run run;

        scan(&run, state, NULL);
        assert_value(&run, "projects/hexagone-ia/auditConfigs", "audit.data_events_partial",
                     "[\"aiplatform.googleapis.com\"]");
        assert_value(&run, "projects/hexagone-ia/auditConfigs", "audit.exempted",
                     "[\"user:astreinte@hexagone.example\"]");
        assert_value(&run, "projects/hexagone-ia/folders/720000000001/auditConfigs",
                     "audit.data_events",
                     "[\"aiplatform.googleapis.com\", \"bigquery.googleapis.com\"]");
        scan_run_done(&run);

        /* what is above cannot be read: what the project says stays, the rest is told */
        scan(&run, state,
             "{\"match\": {\"operation\": \"folders.getIamPolicy\"}, \"do\": {\"denied\": true}}");
        assert_row(&run, "gcp.audit.folder hexagone-ia global", "denied", "folders.getIamPolicy");
        assert_row(&run, "gcp.audit.project hexagone-ia global", "ok", "");
        assert_int_equal(found(&run, "gcp.audit.folder"), 0);
        scan_run_done(&run);
}

/* Every project asks about the organisation above it: what one of them is denied, no other asks,
 * and it is denied to each. */
static void what_stands_above_is_denied_once(void **state)
{
        static const char fault[] = "{\"match\": {\"operation\": \"organizations.getIamPolicy\"}, "
                                    "\"do\": {\"denied\": true, \"latency_ms\": 50}}";
        struct scan_run run = { .sink_fails_after = -1 };

        assert_int_equal(cloudsim_add_faults(*state, fault), 0);
        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_row(&run, "gcp.audit.organization hexagone-ia global", "denied", "getIamPolicy");
        assert_row(&run, "gcp.audit.organization hexagone-vide global", "denied", "getIamPolicy");
        assert_int_equal(cloudsim_calls(*state, NULL, "organizations.getIamPolicy", 403), 1);
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

static void logs_that_no_sink_keeps_are_no_logs(void **state)
{
        struct scan_run run;

        scan(&run, state, NULL);
        assert_string_equal(json_member_string(fact_of(&run, "projects/hexagone-vide/auditConfigs",
                                                       "audit.data_events"),
                                               "state"),
                            "absent");
        assert_value(&run, "projects/hexagone-vide/auditConfigs", "audit.delivery_error",
                     "\"Data Access logs are switched on, and no sink keeps them\"");
        scan_run_done(&run);

        scan(&run, state,
             "{\"match\": {\"service\": \"logging\", \"operation\": \"sinks.list\"}, \"do\": "
             "{\"denied\": true}}");
        assert_string_equal(json_member_string(fact_of(&run, "projects/hexagone-ia/auditConfigs",
                                                       "audit.data_events"),
                                               "state"),
                            "unknown");
        scan_run_done(&run);
}

static void ids_by_number_and_by_id_are_one(void **state)
{
        struct scan_run run;

        scan(&run, state, NULL);
        /* thirty days by silence, under the project's id, as the sink names it */
        assert_value(&run, "projects/hexagone-ia/locations/global/buckets/_Default",
                     "log.retention_days", "30");
        assert_int_equal(found(&run, "gcp.logging.bucket"), 1);
        assert_value(&run, "projects/hexagone-fini/locations/europe-west9/buckets/audit",
                     "log.retention_days", "365");
        assert_int_equal(found(&run, "gcp.logging.named_bucket"), 1);
        /* the search names the endpoint that the list has, and one in a region that has none */
        assert_int_equal(found(&run, "gcp.asset.resource"), 1);
        assert_non_null(json_object_get(run.resources,
                                        "projects/hexagone-ia/locations/europe-west9/endpoints/9"));
        scan_run_done(&run);
}

static void one_type_that_is_refused_hides_one_row(void **state)
{
        struct scan_run run;

        scan(&run, state,
             "{\"match\": {\"service\": \"cloudasset\", \"param\": {\"assetTypes\": "
             "\"bigquery.googleapis.com/Model\"}}, \"do\": {\"status\": 400, \"code\": "
             "\"INVALID_ARGUMENT\", \"message\": \"no searchable type\"}}");
        assert_row(&run, "gcp.asset.bigquery_model hexagone-ia global", "failed", "searchable");
        assert_row(&run, "gcp.asset.resource hexagone-ia global", "ok", "");
        assert_int_equal(found(&run, "gcp.asset.resource"), 1);
        scan_run_done(&run);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(parts_that_were_not_reached_are_told),
                cmocka_unit_test(a_wildcard_that_is_refused_says_nothing),
                cmocka_unit_test(off_denied_and_empty_are_three_things),
                cmocka_unit_test(settings_above_the_project_count),
                cmocka_unit_test(what_stands_above_is_denied_once),
                cmocka_unit_test(logs_that_no_sink_keeps_are_no_logs),
                cmocka_unit_test(ids_by_number_and_by_id_are_one),
                cmocka_unit_test(one_type_that_is_refused_hides_one_row),
        };

        return cmocka_run_group_tests_name("scan_gcp_rows", tests, setup, scan_teardown);
}
