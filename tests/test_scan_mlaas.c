/* Scans of Hugging Face, Replicate and Mistral over real TLS: keys that are revoked, too narrow or
 * of somebody else, and what an empty answer is worth then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "daemon/base/json.h"
#include "tests/support/mlaas.h"
#include "tests/support/scan.h"

#define HF_ROWS "hf_rowsOnlyHexagone000000000000000001"
#define HF_READER "hf_readerOnlyHexagone00000000000000002"
#define HF_NARROW "hf_narrowOnlyHexagone00000000000000003"
#define HF_OLDER "hf_olderOnlyHexagone000000000000000004"
#define R8_ROWS "r8_rowsOnlyHexagone0000000000000000001"
#define R8_OLDER "r8_olderOnlyHexagone000000000000000002"
#define WORKSPACE_KEY "rowsOnlyHexagoneWorkspaceKey0001"
#define ADMIN_KEY "rowsOnlyHexagoneAdminKey00000001"
#define ADMIN_BEARER "rowsOnlyHexagoneBearerAdmin00002"
#define WORKSPACE "9f000000-0000-4000-8000-000000000001"

#define ACCOUNT(provider, more)                                                                    \
        "accounts:\n"                                                                              \
        "  - name: essai\n"                                                                        \
        "    provider: " provider "\n" more                                                        \
        "    network: {connect_to: '@CONNECT@', ca_file: '@CA@'}\n"                                \
        "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 3}\n"

static int setup(void **state)
{
        (void)unsetenv("HF_TOKEN");
        (void)unsetenv("CREDENTIALS_DIRECTORY");
        return scan_world(state, "tests/worlds/mlaas", NULL);
}

static struct scan_run scan(struct cloudsim *sim, const char *config, const char *variable,
                            const char *key)
{
        struct scan_run run = { .sink_fails_after = -1 };

        (void)setenv(variable, key, 1);
        assert_int_equal(scan_run(&run, sim, config), 0);
        return run;
}

/* The row of a collector in one scope. */
static const json_t *row(const struct scan_run *run, const char *collector, const char *scope)
{
        const json_t *coverage;
        char key[256];

        (void)snprintf(key, sizeof(key), "%s %s global", collector, scope);
        coverage = json_object_get(run->coverage, key);
        if (!coverage)
                fail_msg("no row %s", key);
        return coverage;
}

static void assert_row(const struct scan_run *run, const char *collector, const char *scope,
                       const char *state, const char *cause)
{
        const json_t *coverage = row(run, collector, scope);
        const char *told = json_member_string(coverage, "cause");

        assert_string_equal(json_member_string(coverage, "state"), state);
        if (*cause)
                assert_non_null(strstr(told ? told : "", cause));
}

static size_t found(const struct scan_run *run, const char *kind)
{
        return json_array_size(json_object_get(run->by_kind, kind));
}

static void assert_no_secret(const struct scan_run *run, const char *secret)
{
        _cleanup_(freep) char *coverage = json_dumps(run->coverage, JSON_COMPACT);
        _cleanup_(freep) char *troubles = json_dumps(run->troubles, JSON_COMPACT);

        assert_null(strstr(coverage, secret));
        assert_null(strstr(troubles, secret));
}

/* Prompts, outputs, instructions, values of variables: nothing of them is kept anywhere. */
static void assert_no_contents(const struct scan_run *run)
{
        _cleanup_(freep) char *found = json_dumps(run->by_kind, JSON_COMPACT);

        assert_non_null(found);
        assert_null(strstr(found, "not-to-be-kept"));
}

/* ---- Hugging Face ------------------------------------------------------------------------------
 */

static void huggingface_reader_sees_all(void **state)
{
        struct scan_run run = scan(*state, ACCOUNT("huggingface", ""), "HF_TOKEN", HF_READER);

        assert_true(run.complete);
        assert_int_equal(found(&run, "huggingface.endpoint"), 3);
        assert_int_equal(found(&run, "huggingface.space"), 2);
        assert_row(&run, "huggingface.space", "hexagone", "ok", "");
        assert_no_secret(&run, HF_READER);
        assert_no_contents(&run);
        scan_run_done(&run);
}

/* The Hub answers 200 with what is public: not the whole list, and not said to be. */
static void huggingface_narrow_token_is_never_clean(void **state)
{
        static const char *const lists[] = { "huggingface.space", "huggingface.model",
                                             "huggingface.dataset" };
        struct scan_run run = scan(*state, ACCOUNT("huggingface", ""), "HF_TOKEN", HF_NARROW);

        for (size_t i = 0; i < ELEMENTSOF(lists); i++) {
                assert_row(&run, lists[i], "hexagone", "failed",
                           "may not read the repositories of hexagone");
                assert_int_equal(found(&run, lists[i]), 1); /* the public one */
                assert_row(&run, lists[i], "vigie-hexagone", "ok", "");
        }
        assert_row(&run, "huggingface.endpoint", "hexagone", "denied", "missing permissions");
        assert_row(&run, "huggingface.job", "hexagone", "denied", "missing permissions");
        scan_run_done(&run);
}

static void huggingface_wrong_organisation_is_never_clean(void **state)
{
        struct scan_run run = scan(*state, ACCOUNT("huggingface", "    scopes: [autre]\n"),
                                   "HF_TOKEN", HF_READER);

        assert_row(&run, "huggingface.space", "autre", "failed", "does not belong to autre");
        assert_row(&run, "huggingface.model", "autre", "failed", "does not belong to autre");
        assert_row(&run, "huggingface.endpoint", "autre", "denied",
                   "no access to the Inference Endpoints of autre");
        assert_row(&run, "huggingface.job", "autre", "denied", "");
        assert_int_equal(found(&run, "huggingface.space"), 1);
        scan_run_done(&run);
}

/* Where the settings list repositories is known for the token's own namespaces only. */
static void huggingface_repositories_of_others_are_never_clean(void **state)
{
        struct scan_run run = scan(
                *state,
                ACCOUNT("huggingface", "    scopes: [autre]\n    optional: [huggingface.repos]\n"),
                "HF_TOKEN", HF_READER);

        assert_row(&run, "huggingface.repos", "autre", "failed", "repositories");
        assert_int_equal(found(&run, "huggingface.repos"), 0);
        scan_run_done(&run);
}

/* Metrics are text: whatever else comes is no metrics, and a text that was cut proves nothing. */
static void huggingface_metrics_unreadable_are_never_ok(void **state)
{
        static const struct {
                const char *fault, *expected;
        } cases[] = {
                { "{\"denied\": true}", "denied" },   { "{\"status\": 404}", "failed" },
                { "{\"status\": 429}", "throttled" }, { "{\"status\": 503}", "failed" },
                { "{\"truncate\": true}", "failed" }, { "{\"garbage\": true}", "failed" },
                { "{\"html\": true}", "failed" },     { "{\"reset\": true}", "failed" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(freep) char *fault = NULL;
                struct scan_run run;

                assert_true(asprintf(&fault,
                                     "{\"match\": {\"operation\": \"GetEndpointMetrics\"}, "
                                     "\"do\": %s}",
                                     cases[i].fault) > 0);
                assert_int_equal(cloudsim_add_faults(*state, fault), 0);
                run = scan(*state,
                           ACCOUNT("huggingface", "    optional: [huggingface.endpoint.metrics]\n"),
                           "HF_TOKEN", HF_READER);
                (void)fprintf(stderr, "%s\n", cases[i].fault);
                assert_row(&run, "huggingface.endpoint.metrics", "hexagone", cases[i].expected, "");
                assert_row(&run, "huggingface.endpoint", "hexagone", "ok", "");
                assert_int_equal(found(&run, "huggingface.endpoint.metrics"), 0);
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(*state), 0);
        }
}

static void huggingface_revoked_token_finds_nothing_clean(void **state)
{
        struct scan_run run = scan(*state, ACCOUNT("huggingface", "    scopes: [hexagone]\n"),
                                   "HF_TOKEN", HF_OLDER);
        const json_t *whoami = row(&run, "huggingface.user", "");

        assert_string_equal(json_member_string(whoami, "state"), "expired");
        assert_non_null(strstr(json_member_string(whoami, "cause"), "variable HF_TOKEN"));
        assert_int_equal(json_object_size(run.resources), 0);
        assert_row(&run, "huggingface.space", "hexagone", "denied", "");
        assert_no_secret(&run, HF_OLDER);
        scan_run_done(&run);
}

static void huggingface_waits_for_the_window(void **state)
{
        struct scan_run run;

        assert_int_equal(cloudsim_add_faults(*state, "{\"match\": {\"operation\": \"ListSpaces\", "
                                                     "\"times\": 1}, \"do\": {\"status\": 429}}"),
                         0);
        run = scan(*state, ACCOUNT("huggingface", ""), "HF_TOKEN", HF_READER);
        assert_row(&run, "huggingface.space", "hexagone", "ok", "");
        assert_int_equal(run.progress.throttled, 1);
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* ---- Replicate ---------------------------------------------------------------------------------
 */

static void replicate_models_are_the_accounts_own(void **state)
{
        struct scan_run run =
                scan(*state, ACCOUNT("replicate", ""), "REPLICATE_API_TOKEN", R8_ROWS);

        assert_true(run.complete);
        assert_int_equal(found(&run, "replicate.model"), 2);      /* of the three that are named */
        assert_int_equal(found(&run, "replicate.prediction"), 1); /* of the latest page, of one */
        assert_no_contents(&run);
        scan_run_done(&run);
}

static void replicate_revoked_token_finds_nothing_clean(void **state)
{
        struct scan_run run =
                scan(*state, ACCOUNT("replicate", ""), "REPLICATE_API_TOKEN", R8_OLDER);

        assert_row(&run, "replicate.account", "", "expired", "variable REPLICATE_API_TOKEN");
        assert_int_equal(json_object_size(run.resources), 0);
        assert_no_secret(&run, R8_OLDER);
        scan_run_done(&run);
}

static void replicate_lists_unreadable_are_never_ok(void **state)
{
        static const struct {
                const char *fault, *expected;
        } cases[] = {
                { "{\"denied\": true}", "denied" },       { "{\"status\": 402}", "denied" },
                { "{\"status\": 429}", "throttled" },     { "{\"status\": 503}", "failed" },
                { "{\"truncate\": true}", "failed" },     { "{\"garbage\": true}", "failed" },
                { "{\"html\": true}", "failed" },         { "{\"reset\": true}", "failed" },
                { "{\"repeat_token\": true}", "failed" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(freep) char *fault = NULL;
                struct scan_run run;

                assert_true(
                        asprintf(&fault,
                                 "{\"match\": {\"operation\": \"ListDeployments\"}, \"do\": %s}",
                                 cases[i].fault) > 0);
                assert_int_equal(cloudsim_add_faults(*state, fault), 0);
                run = scan(*state, ACCOUNT("replicate", ""), "REPLICATE_API_TOKEN", R8_ROWS);
                assert_row(&run, "replicate.deployment", "hexagone", cases[i].expected, "");
                assert_row(&run, "replicate.training", "hexagone", "ok", "");
                assert_true(scan_run_partial(&run, "replicate.model", "global"));
                scan_run_done(&run);
                assert_int_equal(cloudsim_reset(*state), 0);
        }
}

/* ---- Mistral -----------------------------------------------------------------------------------
 */

#define MISTRAL ACCOUNT("mistral", "    workspace_id: " WORKSPACE "\n    organization_id: o-1\n")

static void mistral_without_admin_key_says_what_is_missing(void **state)
{
        struct scan_run run;

        mlaas_admin_key(cloudsim_directory(*state), NULL);
        run = scan(*state, MISTRAL, "MISTRAL_API_KEY", WORKSPACE_KEY);
        assert_row(&run, "mistral.agent", WORKSPACE, "ok", "");
        assert_int_equal(found(&run, "mistral.agent"), 2);
        assert_no_contents(&run);
        assert_row(&run, "mistral.admin.audit", "o-1", "denied", "no Admin API key");
        assert_int_equal(found(&run, "mistral.usage"), 0);
        assert_string_equal(scan_run_state(&run, "mistral.usage", "eu"), "denied");
        scan_run_done(&run);
}

static void mistral_admin_key_works_in_either_header(void **state)
{
        static const char *const keys[] = { ADMIN_KEY, ADMIN_BEARER };

        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                struct scan_run run;

                mlaas_admin_key(cloudsim_directory(*state), keys[i]);
                run = scan(*state, MISTRAL, "MISTRAL_API_KEY", WORKSPACE_KEY);
                assert_row(&run, "mistral.admin.audit", "o-1", "ok", "");
                assert_row(&run, "mistral.admin.api_key", "o-1", "ok", "");
                assert_int_equal(found(&run, "mistral.usage"), 2);
                assert_no_secret(&run, keys[i]);
                scan_run_done(&run);
        }
        mlaas_admin_key(cloudsim_directory(*state), NULL);
}

static void mistral_workspace_key_is_no_admin_key(void **state)
{
        struct scan_run run;

        mlaas_admin_key(cloudsim_directory(*state), WORKSPACE_KEY);
        run = scan(*state, MISTRAL, "MISTRAL_API_KEY", WORKSPACE_KEY);
        assert_row(&run, "mistral.admin.audit", "o-1", "denied", "as x-api-key and as bearer");
        assert_row(&run, "mistral.agent", WORKSPACE, "ok", "");
        scan_run_done(&run);
        mlaas_admin_key(cloudsim_directory(*state), NULL);
}

static void mistral_revoked_key_finds_nothing_clean(void **state)
{
        struct scan_run run =
                scan(*state, MISTRAL, "MISTRAL_API_KEY", "olderOnlyHexagoneWorkspaceKey002");

        assert_row(&run, "mistral.agent", WORKSPACE, "expired", "variable MISTRAL_API_KEY");
        assert_int_equal(json_object_size(run.resources), 0);
        scan_run_done(&run);
}

static void mistral_without_fine_tuning_has_none(void **state)
{
        struct scan_run run;

        assert_int_equal(cloudsim_add_faults(*state,
                                             "{\"match\": {\"operation\": \"ListFineTuningJobs\"}, "
                                             "\"do\": {\"status\": 404}}"),
                         0);
        assert_int_equal(cloudsim_add_faults(*state, "{\"match\": {\"operation\": \"ListAgents\"}, "
                                                     "\"do\": {\"status\": 404}}"),
                         0);
        run = scan(*state, MISTRAL, "MISTRAL_API_KEY", WORKSPACE_KEY);
        assert_row(&run, "mistral.fine_tuning_job", WORKSPACE, "absent", "no fine-tuning");
        assert_row(&run, "mistral.agent", WORKSPACE, "failed", ""); /* that is nowhere said */
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(huggingface_reader_sees_all),
                cmocka_unit_test(huggingface_narrow_token_is_never_clean),
                cmocka_unit_test(huggingface_wrong_organisation_is_never_clean),
                cmocka_unit_test(huggingface_repositories_of_others_are_never_clean),
                cmocka_unit_test(huggingface_metrics_unreadable_are_never_ok),
                cmocka_unit_test(huggingface_revoked_token_finds_nothing_clean),
                cmocka_unit_test(huggingface_waits_for_the_window),
                cmocka_unit_test(replicate_models_are_the_accounts_own),
                cmocka_unit_test(replicate_revoked_token_finds_nothing_clean),
                cmocka_unit_test(replicate_lists_unreadable_are_never_ok),
                cmocka_unit_test(mistral_without_admin_key_says_what_is_missing),
                cmocka_unit_test(mistral_admin_key_works_in_either_header),
                cmocka_unit_test(mistral_workspace_key_is_no_admin_key),
                cmocka_unit_test(mistral_revoked_key_finds_nothing_clean),
                cmocka_unit_test(mistral_without_fine_tuning_has_none),
        };

        return cmocka_run_group_tests(tests, setup, scan_teardown);
}
