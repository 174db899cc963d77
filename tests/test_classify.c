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
                { "{\"service_type\": \"iaas\", \"tags\": {\"ai-act-role\": \"provider\"}}",
                  "supplier-25-4", "provider", "declared-provider", "medium" },
                { "{\"service_type\": \"foundation-model\", \"tags\": {\"ai-act-role\": "
                  "\"deployer\"}}",
                  "supplier-25-4", "deployer", "declared-deployer", "medium" },
                /* evidence wins over what is declared */
                { "{\"service_type\": \"foundation-model\", \"tags\": {\"ai-act-role\": "
                  "\"deployer\"}, \"facts\": {\"model.custom\": true}}",
                  "supplier-25-4", "downstream-provider", "custom-model", "high" },
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
        json_auto_t *next_day = describe(
                j, "{\"service_type\": \"mlaas\", \"tags\": {\"ai-act-risk\": \"high-risk\"}}",
                "2026-11-24");
        json_auto_t *after = describe(
                j, "{\"service_type\": \"mlaas\", \"tags\": {\"ai-act-risk\": \"high-risk\"}}",
                "2027-12-02");
        json_auto_t *plain = describe(j, "{\"service_type\": \"mlaas\"}", "2026-11-23");
        const json_t *duty = duty_of(before, "AIA 9-15", "customer");

        (void)state;
        assert_string_equal(json_member_string(duty, "applies_from"), "2027-12-02");
        assert_string_equal(json_member_string(duty, "state"), "upcoming");
        assert_true(json_equal(before, next_day)); /* or every row were written anew every day */
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

/* ---- what would change the reading
 * ------------------------------------------------------------------- */

static const json_t *condition_of(const json_t *description, const char *reason)
{
        json_t *condition;
        size_t i;

        json_array_foreach(json_object_get(description, "conditions"), i,
                           condition) if (strcmp(json_member_string(condition, "reason"), reason) ==
                                          0) return condition;
        return NULL;
}

static void classify_says_what_would_change(void **state)
{
        static const struct {
                const char *resource, *reason, *condition; /* NULL: not there */
        } rows[] = {
                /* a declaration that nobody made */
                { "{\"service_type\": \"saas-ai\", \"tags\": {\"x\": \"y\"}}", "own-brand",
                  "{\"customer\": \"downstream-provider\", \"on\": [\"ai-act-brand=own\"], "
                  "\"reason\": \"own-brand\", \"state\": \"if-declared\"}" },
                { "{\"service_type\": \"saas-ai\", \"tags\": {\"ai-act-brand\": \"third-party\"}}",
                  "own-brand", NULL },
                { "{\"service_type\": \"saas-ai\", \"tags\": {\"ai-act-brand\": \"own\"}}",
                  "own-brand",
                  "{\"customer\": \"downstream-provider\", \"reason\": \"own-brand\", "
                  "\"state\": \"holds\"}" },
                { "{\"service_type\": \"ai-api\", \"tags\": {\"x\": \"y\"}}", "purpose-change",
                  "{\"adds\": [\"AIA 25(1)(c)\", \"AIA 16\"], \"customer\": \"provider\", "
                  "\"on\": [\"ai-act-purpose\"], \"reason\": \"purpose-change\", "
                  "\"state\": \"if-declared\"}" },
                { "{\"service_type\": \"saas-ai\"}", "declared-high-risk",
                  "{\"adds\": [\"AIA 16\", \"AIA 26\"], \"on\": [\"ai-act-risk=high-risk\"], "
                  "\"reason\": \"declared-high-risk\", \"state\": \"if-declared\"}" },
                { "{\"service_type\": \"saas-ai\", \"tags\": {\"ai-act-risk\": \"minimal\"}}",
                  "declared-high-risk", NULL },
                /* tags that could not be read: not "nobody declared it" */
                { "{\"service_type\": \"saas-ai\", \"facts\": {\"tags\": {\"unknown\": "
                  "\"denied\"}}}",
                  "own-brand",
                  "{\"cause\": \"denied\", \"customer\": \"downstream-provider\", \"on\": "
                  "[\"ai-act-brand=own\"], \"reason\": \"own-brand\", \"state\": "
                  "\"if-known\"}" },
                /* evidence */
                { "{\"service_type\": \"mlaas\", \"facts\": {\"model.source\": {\"unknown\": "
                  "\"denied\"}}}",
                  "fine-tune",
                  "{\"cause\": \"denied\", \"customer\": \"downstream-provider\", \"on\": "
                  "[\"model.source\"], \"reason\": \"fine-tune\", \"state\": \"if-known\"}" },
                { "{\"service_type\": \"mlaas\", \"facts\": {\"model.source\": \"catalogue\"}}",
                  "fine-tune", NULL },
                { "{\"service_type\": \"mlaas\", \"facts\": {\"model.source\": {\"absent\": "
                  "true}}}",
                  "fine-tune", NULL },
                { "{\"service_type\": \"iaas\"}", "marketplace", NULL }, /* nothing asks for it */
                { "{\"service_type\": \"mlaas\", \"facts\": {\"model.license\": \"mit\"}, "
                  "\"tags\": {\"x\": \"y\"}}",
                  "open-source-exempt",
                  "{\"reason\": \"open-source-exempt\", \"state\": \"holds\"}" },
                { "{\"service_type\": \"mlaas\", \"facts\": {\"model.license\": \"mit\"}, "
                  "\"tags\": {\"ai-act-risk\": \"high-risk\"}}",
                  "open-source-exempt", NULL },
                { "{\"service_type\": \"mlaas\", \"facts\": {\"model.license\": \"llama3\"}}",
                  "open-source-exempt", NULL },
        };
        _cleanup_(judge_freep) struct judge *j = new_judge();

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                json_auto_t *d = describe(j, rows[i].resource, "2026-11-23");
                const json_t *condition = condition_of(d, rows[i].reason);
                _cleanup_(freep) char *text =
                        condition ? json_dumps(condition, JSON_SORT_KEYS) : NULL;

                if (!text != !rows[i].condition || (text && strcmp(text, rows[i].condition) != 0))
                        fail_msg("%s: %s", rows[i].resource, text ? text : "nothing");
        }
}

/* Every resource is told what a reader could settle; every reason has its words. */
static void classify_says_something_of_every_type(void **state)
{
        static const char *const types[] = { "iaas",   "paas",   "paas-ai",
                                             "mlaas",  "ai-api", "foundation-model",
                                             "saas-ai" };
        _cleanup_(judge_freep) struct judge *j = new_judge();
        json_auto_t *words = judge_words(j);

        (void)state;
        for (size_t k = 0; k < ELEMENTSOF(types); k++) {
                json_auto_t *resource = json_pack("{s:s}", "service_type", types[k]);
                _cleanup_(freep) char *text = json_dumps(resource, 0);
                json_auto_t *d = describe(j, text, "2026-11-23");
                json_t *row;
                size_t i;

                assert_true(json_array_size(json_object_get(d, "conditions")) > 1);
                json_array_foreach(json_object_get(d, "conditions"), i, row)
                {
                        const char *reason = json_member_string(row, "reason");
                        const char *is = json_member_string(row, "state");

                        assert_non_null(json_object_get(json_object_get(words, "reasons"), reason));
                        assert_non_null(
                                json_object_get(json_object_get(words, "condition_states"), is));
                }
        }
}

static const char *place_option(void *ctx, const struct place *place, const char *name)
{
        const char *const *option = ctx;

        (void)place;
        return strcmp(name, option[0]) == 0 ? option[1] : NULL;
}

static void classify_knows_providers_of_third_countries(void **state)
{
        static const struct {
                const char *provider, *option, *value, *condition, *duty;
        } rows[] = {
                { "mistral", "x", "x", NULL, NULL },
                { "ovh", "continent", "us", "holds", "AIA 22" },
                { "ovh", "continent", "eu", NULL, NULL },
                { "aws", "partition", "aws", "if-known", NULL },     /* operator LU, parent US */
                { "aws", "partition", "aws-gov", "if-known", NULL }, /* no row: not known */
        };
        _cleanup_(judge_freep) struct judge *j = new_judge();
        uint64_t usec;

        (void)state;
        assert_int_equal(clock_parse_iso8601("2026-11-23", &usec), 0);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const char *option[] = { rows[i].option, rows[i].value };
                const struct judge_view view = { .ctx = option, .option = place_option };
                json_auto_t *resource =
                        json_pack("{s:s, s:s, s:{s:s}}", "provider", rows[i].provider,
                                  "service_type", "saas-ai", "tags", "ai-act-risk", "high-risk");
                _cleanup_(resource_freep) struct resource *r = judge_world_make(resource);
                json_auto_t *d = NULL;
                struct error err = { 0 };
                const char *is;

                assert_int_equal(judge_describe(j, &view, r, usec, &d, &err), 0);
                is = json_member_string(condition_of(d, "third-country-provider"), "state");
                if (!is != !rows[i].condition || (is && strcmp(is, rows[i].condition) != 0))
                        fail_msg("row %zu: %s", i, is ? is : "nothing");
                assert_int_equal(!duty_of(d, "AIA 22", "cloud"), !rows[i].duty);
        }
}

/* What a condition says of a duty takes the place of what the table says. */
static void classify_lists_a_duty_once(void **state)
{
        _cleanup_(judge_freep) struct judge *j = new_judge();
        json_auto_t *watched =
                describe(j, "{\"service_type\": \"foundation-model\"}", "2026-11-23");
        json_auto_t *changed =
                describe(j,
                         "{\"service_type\": \"foundation-model\", \"tags\": {\"ai-act-brand\": "
                         "\"own\", \"ai-act-risk\": \"high-risk\", \"ai-act-purpose\": "
                         "\"services-credit\"}}",
                         "2026-11-23");
        json_auto_t *seen = json_object();
        json_t *duty;
        size_t i;

        (void)state;
        assert_string_equal(
                json_member_string(duty_of(watched, "AIA 25(1)(c)", "customer"), "only"),
                "high-risk-purpose");
        assert_null(json_object_get(duty_of(changed, "AIA 25(1)(c)", "customer"), "only"));
        assert_non_null(duty_of(changed, "AIA 16", "customer"));
        assert_non_null(duty_of(changed, "AIA 27", "customer"));
        assert_string_equal(json_member_string(duty_of(changed, "AIA 27", "customer"), "date"),
                            "hr-annex3");
        json_array_foreach(json_object_get(changed, "duties"), i, duty)
        {
                char key[64];

                (void)snprintf(key, sizeof(key), "%s %s", json_member_string(duty, "article"),
                               json_member_string(duty, "party"));
                assert_null(json_object_get(seen, key));
                (void)json_object_set_new(seen, key, json_true());
        }
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
                cmocka_unit_test(classify_says_what_would_change),
                cmocka_unit_test(classify_says_something_of_every_type),
                cmocka_unit_test(classify_knows_providers_of_third_countries),
                cmocka_unit_test(classify_lists_a_duty_once),
                cmocka_unit_test(classify_describes_place_and_declarations),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
