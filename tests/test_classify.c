#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/support/judge_world.h"

#include <string.h>

static struct judge *new_judge(void)
{
        static const struct policy policy = { .log_retention_days = 184 };
        struct judge *j = NULL;
        struct error err = { 0 };

        if (judge_new(&j, "config", NULL, &policy, &err) < 0)
                fail_msg("%s", err.text);
        return j;
}

static json_t *describe(const struct judge *j, const char *resource, const char *date)
{
        json_auto_t *d = json_loads(resource, 0, NULL);
        _cleanup_(resource_freep) struct resource *r = judge_world_make(d);
        struct error err = { 0 };
        json_t *description = NULL;
        uint64_t usec;

        assert_non_null(d);
        assert_int_equal(clock_parse_iso8601(date, &usec), 0);
        assert_int_equal(judge_describe(j, NULL, r, usec, &description, &err), 0);
        return description;
}

static const json_t *duty_of(const json_t *description, const char *article, const char *party)
{
        json_t *duty;
        size_t i;

        json_array_foreach(json_object_get(description, "duties"), i, duty)
        {
                if (strcmp(json_member_string(duty, "article"), article) == 0 &&
                    strcmp(json_member_string(duty, "party"), party) == 0)
                        return duty;
        }
        return NULL;
}

static void classify_gives_roles(void **state)
{
        static const struct {
                const char *resource, *cloud, *customer, *reason, *confidence; /* of the customer */
        } rows[] = {
                { "{\"service_type\": \"iaas\"}", "supplier-25-4", "none", "depends-on-workload",
                  "low" },
                { "{\"service_type\": \"paas\"}", "supplier-25-4", "none", "depends-on-workload",
                  "low" },
                { "{\"service_type\": \"paas-ai\"}", "supplier-25-4", "provider", "builds-system",
                  "medium" },
                { "{\"service_type\": \"mlaas\"}", "supplier-25-4", "provider", "trains-or-owns",
                  "medium" },
                { "{\"service_type\": \"ai-api\"}", "provider", "deployer", "uses-system",
                  "medium" },
                { "{\"service_type\": \"foundation-model\"}", "supplier-25-4",
                  "downstream-provider", "builds-on-model", "medium" },
                { "{\"service_type\": \"saas-ai\"}", "provider", "deployer", "uses-system",
                  "high" },
                { "{\"service_type\": \"quantum\"}", "none", "none", "unclassified", "low" },
                { "{\"topic\": \"log-sink\"}", "none", "none", "unclassified", "low" },
                /* conditions */
                { "{\"service_type\": \"foundation-model\", \"facts\": {\"model.maker\": "
                  "\"Amazon\"}}",
                  "provider", "downstream-provider", "builds-on-model", "medium" },
                { "{\"service_type\": \"foundation-model\", \"facts\": {\"model.maker\": "
                  "\"Anthropic\"}}",
                  "supplier-25-4", "downstream-provider", "builds-on-model", "medium" },
                { "{\"provider\": \"scaleway\", \"service_type\": \"foundation-model\", \"facts\": "
                  "{\"model.maker\": \"Amazon\"}}",
                  "supplier-25-4", "downstream-provider", "builds-on-model", "medium" },
                { "{\"service_type\": \"foundation-model\", \"facts\": {\"model.maker\": "
                  "{\"unknown\": \"denied\"}}}",
                  "supplier-25-4", "downstream-provider", "builds-on-model", "medium" },
                { "{\"service_type\": \"foundation-model\", \"facts\": {\"model.source\": "
                  "\"fine-tuned\", \"model.custom\": true}}",
                  "supplier-25-4", "downstream-provider", "fine-tune", "high" },
                { "{\"service_type\": \"mlaas\", \"facts\": {\"model.custom\": true}}",
                  "supplier-25-4", "provider", "own-model", "medium" },
                { "{\"service_type\": \"mlaas\", \"facts\": {\"model.custom\": true, "
                  "\"endpoint.url\": \"https://x\"}}",
                  "supplier-25-4", "provider", "own-model-deployed", "high" },
                { "{\"service_type\": \"mlaas\", \"facts\": {\"model.maker\": \"Mistral\", "
                  "\"model.custom\": false}}",
                  "supplier-25-4", "provider", "open-weights", "medium" },
                { "{\"service_type\": \"ai-api\", \"facts\": {\"model.source\": \"marketplace\"}}",
                  "distributor", "deployer", "uses-system", "medium" },
                { "{\"service_type\": \"saas-ai\", \"tags\": {\"ai-act-brand\": \"own\"}}",
                  "provider", "downstream-provider", "own-brand", "high" },
                { "{\"service_type\": \"saas-ai\", \"tags\": {\"ai-act-brand\": \"own\", "
                  "\"ai-act-risk\": \"high-risk\"}}",
                  "provider", "provider", "own-brand-high-risk", "high" },
                { "{\"service_type\": \"ai-api\", \"tags\": {\"ai-act-purpose\": "
                  "\"services-credit\"}}",
                  "provider", "provider", "purpose-change", "high" },
                { "{\"service_type\": \"ai-api\", \"tags\": {\"ai-act-purpose\": \"none-listed\"}}",
                  "provider", "deployer", "uses-system", "medium" },
        };
        _cleanup_(judge_freep) struct judge *j = new_judge();

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                json_auto_t *d = describe(j, rows[i].resource, "2026-11-23");
                const char *cloud = json_path_string(d, "roles.cloud.role");
                const char *customer = json_path_string(d, "roles.customer.role");
                const char *reason = json_path_string(d, "roles.customer.reason");
                const char *confidence = json_path_string(d, "roles.customer.confidence");

                if (strcmp(cloud, rows[i].cloud) != 0 || strcmp(customer, rows[i].customer) != 0 ||
                    strcmp(reason, rows[i].reason) != 0 ||
                    strcmp(confidence, rows[i].confidence) != 0)
                        fail_msg("%s: %s, %s (%s, %s)", rows[i].resource, cloud, customer, reason,
                                 confidence);
        }
}

static void classify_dates_duties(void **state)
{
        _cleanup_(judge_freep) struct judge *j = new_judge();
        json_auto_t *before = describe(
                j, "{\"service_type\": \"mlaas\", \"tags\": {\"ai-act-risk\": \"high-risk\"}}",
                "2026-11-23");
        json_auto_t *after = describe(
                j, "{\"service_type\": \"mlaas\", \"tags\": {\"ai-act-risk\": \"high-risk\"}}",
                "2027-12-02");
        json_auto_t *plain = describe(j, "{\"service_type\": \"mlaas\"}", "2026-11-23");
        const json_t *duty = duty_of(before, "AIA 9-15", "customer");

        (void)state;
        assert_string_equal(json_member_string(duty, "applies_from"), "2027-12-02");
        assert_string_equal(json_member_string(duty, "state"), "upcoming");
        assert_int_equal(json_integer_value(json_object_get(duty, "in_days")), 374);
        duty = duty_of(after, "AIA 9-15", "customer");
        assert_string_equal(json_member_string(duty, "state"), "in-application");
        assert_null(duty_of(plain, "AIA 9-15", "customer"));
        duty = duty_of(plain, "AIA 50", "customer");
        assert_string_equal(json_member_string(duty, "state"), "in-application");
        assert_string_equal(json_member_string(duty_of(plain, "AIA 4", "customer"), "applies_from"),
                            "2025-02-02");
}

static void classify_never_says_modifier_yes(void **state)
{
        _cleanup_(judge_freep) struct judge *j = new_judge();
        json_auto_t *tuned = describe(j,
                                      "{\"service_type\": \"foundation-model\", \"facts\": "
                                      "{\"model.source\": \"fine-tuned\"}}",
                                      "2026-11-23");
        json_auto_t *custom = describe(
                j, "{\"service_type\": \"foundation-model\", \"facts\": {\"model.custom\": true}}",
                "2026-11-23");
        json_auto_t *plain = describe(j, "{\"service_type\": \"foundation-model\"}", "2026-11-23");

        (void)state;
        assert_string_equal(json_member_string(tuned, "gpai_modifier"), "unlikely");
        assert_string_equal(json_member_string(custom, "gpai_modifier"), "unknown");
        assert_null(json_object_get(plain, "gpai_modifier"));
}

static void classify_describes_place_and_declarations(void **state)
{
        _cleanup_(judge_freep) struct judge *j = new_judge();
        json_auto_t *d = describe(j,
                                  "{\"region\": \"eu-west-2\", \"service_type\": \"mlaas\", "
                                  "\"tags\": {\"AI-Act:Risk\": \"limited\", \"x\": \"y\"}}",
                                  "2026-11-23");
        json_auto_t *nowhere = describe(j,
                                        "{\"region\": \"eu-west-77\", \"service_type\": \"mlaas\", "
                                        "\"tags\": {\"ai-act-risk\": \"huge\"}}",
                                        "2026-11-23");
        const char *country, *area;

        (void)state;
        assert_string_equal(json_member_string(d, "country"), "GB");
        assert_string_equal(json_member_string(d, "area"), "adequate");
        assert_string_equal(json_member_string(d, "risk"), "limited");
        assert_string_equal(json_path_string(d, "declared.ai-act-risk"), "limited");
        assert_int_equal(json_object_size(json_object_get(d, "declared")), 1);
        assert_true(json_is_null(json_object_get(nowhere, "country")));
        assert_string_equal(json_member_string(nowhere, "area"), "unknown");
        assert_string_equal(json_member_string(nowhere, "risk"), "unknown");
        judge_locate(j, "aws", "eu-central-2", &country, &area);
        assert_string_equal(country, "CH");
        assert_string_equal(area, "adequate");
        judge_locate(j, "aws", "global", &country, &area);
        assert_null(country);
        assert_string_equal(area, "unknown");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(classify_gives_roles),
                cmocka_unit_test(classify_dates_duties),
                cmocka_unit_test(classify_never_says_modifier_yes),
                cmocka_unit_test(classify_describes_place_and_declarations),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
