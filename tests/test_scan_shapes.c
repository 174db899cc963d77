/* Forms of replies that another implementation of the API showed, and that once looked better than
 * they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "tests/support/scan.h"

#define LOGGING(region) "arn:aws:bedrock:" region ":111122223333:logging"
#define GROUP "arn:aws:logs:eu-west-3:111122223333:log-group:appels"
#define NAMED "aws.logs.named_log_group"

static const char config[] =
        "accounts:\n"
        "  - name: essai\n"
        "    provider: aws\n"
        "    network: {connect_to: '@CONNECT@', ca_file: '@CA@'}\n"
        "    regions: [eu-central-2, eu-west-3]\n"
        "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 3, pages: 20}\n";

static int setup(void **state)
{
        scan_aws_small_key();
        return scan_world(state, "tests/worlds/absent", NULL);
}

static const json_t *value_of(const struct scan_run *run, const char *id, const char *name)
{
        const json_t *value = NULL;

        (void)fact_get(json_object_get(json_object_get(run->resources, id), "facts"), name, &value,
                       NULL);
        return value;
}

/* {"loggingConfig": {}} logs nothing: only a destination makes it logging. */
static void shapes_logging_without_a_destination_is_off(void **state)
{
        struct scan_run run = { .sink_fails_after = -1 };

        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_true(json_is_false(value_of(&run, LOGGING("eu-central-2"), "log.enabled")));
        assert_true(json_is_true(value_of(&run, LOGGING("eu-west-3"), "log.enabled")));
        assert_int_equal(json_integer_value(value_of(&run, GROUP, "log.retention_days")), 365);
        assert_string_equal(scan_run_state(&run, NAMED, "global"), "ok");
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* One group is asked for by name; a token in the reply still means that there is more. */
static void shapes_a_named_group_has_pages_too(void **state)
{
        struct scan_run run = { .sink_fails_after = -1 };

        assert_int_equal(cloudsim_add_faults(*state,
                                             "{\"match\": {\"operation\": \"DescribeLogGroups\"}, "
                                             "\"do\": {\"endless_token\": true}}"),
                         0);
        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_string_equal(scan_run_state(&run, NAMED, "global"), "failed");
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(shapes_logging_without_a_destination_is_off),
                cmocka_unit_test(shapes_a_named_group_has_pages_too),
        };

        return cmocka_run_group_tests(tests, setup, scan_teardown);
}
