#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/json.h"
#include "tests/support/exported.h"

#include <string.h>

static const json_t *service_of(const json_t *document, const char *id)
{
        const json_t *services = json_object_get(document, "services");

        for (size_t i = 0; i < json_array_size(services); i++) {
                const json_t *service = json_array_get(services, i);
                const json_t *property =
                        exported_with(json_object_get(service, "properties"), "name", "vigie:id");

                if (strcmp(json_member_string(property, "value"), id) == 0)
                        return service;
        }
        fail_msg("no service %s", id);
        return NULL;
}

static const char *property(const json_t *object, const char *name)
{
        return json_member_string(
                exported_with(json_object_get(object, "properties"), "name", name), "value");
}

static void cyclonedx_service_has_its_flows(void **state)
{
        json_auto_t *document = NULL, *to = NULL;
        const json_t *service, *flows;

        exported_fill(*state);
        document = exported_json(*state, REPORT_CYCLONEDX, REPORT_SCAN, NULL);
        service = service_of(document, "a");
        flows = json_object_get(service, "data");
        to = json_path(exported_with(flows, "name", "processing.regions"), "destination");
        assert_int_equal(json_array_size(to), 2);
        assert_string_equal(json_string_value(json_array_get(to, 1)),
                            "urn:vigie:region:aws:us-east-1");
        assert_string_equal(json_member_string(service, "trustZone"), "aws/eu-west-1");
        assert_true(json_is_false(json_object_get(service, "authenticated")));
        assert_string_equal(property(service, "vigie:risk"), "limited");
}

static void cyclonedx_unknown_flow_says_so(void **state)
{
        json_auto_t *document = NULL;
        const json_t *service, *flows, *log;

        exported_fill(*state);
        document = exported_json(*state, REPORT_CYCLONEDX, REPORT_RESOURCES, NULL);
        service = service_of(document, "a");
        flows = json_object_get(service, "data");
        log = exported_with(flows, "name", "log.destination");
        assert_string_equal(json_member_string(log, "flow"), "unknown");
        assert_string_equal(json_member_string(log, "description"), "denied: s3:GetBucket");
        assert_null(exported_with(flows, "name", "data.inputs")); /* absent: no such flow */
        assert_string_equal(property(service, "vigie:fact:log.destination"),
                            "unknown: denied: s3:GetBucket");
        assert_string_equal(property(service, "vigie:fact:data.inputs"), "absent");
        assert_string_equal(property(service, "vigie:fact:log.retention_days"), "known: 365");
}

/* An address that is none is no endpoint, and stays among the facts. */
static void cyclonedx_endpoints_are_addresses(void **state)
{
        json_auto_t *document = NULL;
        const json_t *service;

        exported_fill(*state);
        document = exported_json(*state, REPORT_CYCLONEDX, REPORT_SCAN, NULL);
        service = service_of(document, "a");
        assert_int_equal(json_array_size(json_object_get(service, "endpoints")), 1);
        assert_non_null(strstr(property(service, "vigie:fact:endpoint.url"), "not a url"));
}

static void cyclonedx_names_a_model_once(void **state)
{
        json_auto_t *document = NULL, *refs = NULL;
        const json_t *models, *model;

        exported_fill(*state);
        document = exported_json(*state, REPORT_CYCLONEDX, REPORT_SCAN, NULL);
        models = json_object_get(document, "components");
        assert_int_equal(json_array_size(models), 1);
        model = json_array_get(models, 0);
        assert_string_equal(json_member_string(model, "type"), "machine-learning-model");
        assert_string_equal(json_path_string(model, "supplier.name"), "Maker");
        refs = json_path(document, "dependencies[].dependsOn[]");
        assert_int_equal(json_array_size(refs), 1);
        assert_string_equal(json_string_value(json_array_get(refs, 0)),
                            json_member_string(model, "bom-ref"));
}

static const char *aggregate(const json_t *document, json_t **ret)
{
        *ret = json_path(document, "compositions[0].aggregate");
        return json_string_value(*ret);
}

static void cyclonedx_is_complete_only_when_all_was_read(void **state)
{
        static const struct visit well = { .ids = "a" },
                                  denied = { .region = "eu-west-3", .state = COVERAGE_DENIED };
        const struct store_filter one = { .region = "eu-west-1" };
        const struct visit both[] = { well, denied };
        struct ledger *l = *state;
        json_auto_t *whole = NULL, *some = NULL, *unread = NULL;
        json_auto_t *said = NULL, *said_some = NULL, *said_unread = NULL;

        ledger_scan(l, &well, 1);
        whole = exported_json(l, REPORT_CYCLONEDX, REPORT_SCAN, NULL);
        assert_string_equal(aggregate(whole, &said), "complete");
        some = exported_json(l, REPORT_CYCLONEDX, REPORT_RESOURCES, &one);
        assert_string_equal(aggregate(some, &said_some), "not_specified");
        ledger_scan(l, both, 2);
        unread = exported_json(l, REPORT_CYCLONEDX, REPORT_SCAN, NULL);
        assert_string_equal(aggregate(unread, &said_unread), "incomplete");
        assert_string_equal(property(json_object_get(unread, "metadata"),
                                     "vigie:unread:aws.sagemaker.endpoint:aws / prod / "
                                     "111122223333 / eu-west-3"),
                            "denied: because");
}

static void cyclonedx_survives_hostile_names(void **state)
{
        json_auto_t *document = NULL;
        const json_t *service;

        exported_fill(*state);
        document = exported_json(*state, REPORT_CYCLONEDX, REPORT_SCAN, NULL);
        service = service_of(document, "e");
        assert_string_equal(json_member_string(service, "name"), EXPORTED_HOSTILE "\xef\xbf\xbd");
        assert_string_equal(property(service, "vigie:tag:</script>"), EXPORTED_HOSTILE);
}

#define WITH_LEDGER(f) cmocka_unit_test_setup_teardown(f, ledger_setup, ledger_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                WITH_LEDGER(cyclonedx_service_has_its_flows),
                WITH_LEDGER(cyclonedx_unknown_flow_says_so),
                WITH_LEDGER(cyclonedx_endpoints_are_addresses),
                WITH_LEDGER(cyclonedx_names_a_model_once),
                WITH_LEDGER(cyclonedx_is_complete_only_when_all_was_read),
                WITH_LEDGER(cyclonedx_survives_hostile_names),
        };

        return cmocka_run_group_tests_name("report_cyclonedx", tests, NULL, NULL);
}
