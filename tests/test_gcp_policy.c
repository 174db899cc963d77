/* What Google Cloud has to grant, as a custom role and as a module of Terraform. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/yaml.h"
#include "providers/gcp/account.h"
#include "tests/support/gcp.h"

static struct permission permissions[] = {
        { .name = "aiplatform.endpoints.list" },
        { .name = "cloudasset.assets.searchAllResources" },
};

static struct service services[] = {
        { .host = (char *)"cloudasset.{universe}" },
        { .host = (char *)"monitoring.{universe}" },
        { .host = (char *)"cloudasset.{universe}" },
        { .host = (char *)"run.{universe}", .api = (char *)"run.googleapis.com" },
        { .host = (char *)"{vertex_host}" },
        { .host = (char *)"{host_prefix}speech.{universe}" },
};

struct granted {
        char *document, *notes;
};

static void granted_done(struct granted *g)
{
        free(g->document);
        free(g->notes);
}

static struct granted grant(const char *format, struct gcp_options *options, enum language language)
{
        struct collector collectors[ELEMENTSOF(services)];
        const struct collector *asked[ELEMENTSOF(services)];
        const struct permission_set set = { .permissions = permissions,
                                            .n_permissions = ELEMENTSOF(permissions),
                                            .collectors = asked,
                                            .n_collectors = ELEMENTSOF(services) };
        const struct account_config config = { .name = (char *)"prod", .options = options };
        const struct grant_request request = {
                .format = format, .permissions = &set, .config = &config, .language = language
        };
        struct buffer document = BUFFER_INIT(1 << 16), notes = BUFFER_INIT(1 << 16);

        for (size_t i = 0; i < ELEMENTSOF(services); i++) {
                collectors[i] = (struct collector){ .service = &services[i] };
                asked[i] = &collectors[i];
        }
        assert_int_equal(gcp_provider.grant(&request, &document, &notes, NULL), 0);
        return (struct granted){ buffer_take(&document), buffer_take(&notes) };
}

static void role_is_what_gcloud_takes(void **state)
{
        struct gcp_options options = { .organization = (char *)"42",
                                       .quota_project = (char *)"outils" };
        struct granted g = grant("role", &options, LANGUAGE_EN);
        _cleanup_(yaml_freep) struct yaml *yaml = NULL;
        json_auto_t *role = NULL;
        const json_t *list;

        assert_int_equal(yaml_load_text(&yaml, "role.yaml", g.document, NULL), 0);
        assert_int_equal(yaml_json(yaml, &role, NULL), 0);
        list = json_object_get(role, "includedPermissions");
        assert_int_equal(json_array_size(list), 2);
        assert_string_equal(json_string_value(json_array_get(list, 0)), permissions[0].name);
        assert_string_equal(json_string_value(json_object_get(role, "stage")), "GA");
        assert_non_null(strstr(g.notes, "gcloud iam roles create vigieRead --organization=42 "));
        assert_non_null(strstr(g.notes, "serviceAccount:vigie-read@outils.iam."));
        granted_done(&g);
}

/* Each API once, and only those that the service account's own project is asked for. */
static void notes_name_the_apis_that_are_charged(void **state)
{
        for (int language = 0; language < LANGUAGE_MAX; language++) {
                struct gcp_options options = { 0 };
                struct granted g = grant("role", &options, (enum language)language);

                assert_non_null(strstr(g.notes, "--project=PROJECT cloudasset.googleapis.com "
                                                "monitoring.googleapis.com\n"));
                assert_non_null(strstr(g.notes, "--organization=ORGANIZATION "));
                assert_null(strstr(g.notes, "run.googleapis.com"));
                assert_null(strstr(g.notes, "speech"));
                granted_done(&g);
        }
}

static void terraform_has_the_role_and_its_binding(void **state)
{
        static const char *const parts[] = {
                "resource \"google_organization_iam_custom_role\" \"vigie\"",
                "    \"aiplatform.endpoints.list\",\n",
                "resource \"google_organization_iam_member\" \"vigie\"",
                "    \"cloudasset.googleapis.com\",\n    \"monitoring.googleapis.com\",\n  ])",
                "  default     = \"42\"\n",
        };
        struct gcp_options options = { .organization = (char *)"42" };

        for (int language = 0; language < LANGUAGE_MAX; language++) {
                struct granted g = grant("terraform", &options, (enum language)language);
                size_t open = 0, closed = 0;

                for (size_t i = 0; i < ELEMENTSOF(parts); i++)
                        if (!strstr(g.document, parts[i]))
                                fail_msg("'%s' is not in:\n%s", parts[i], g.document);
                for (const char *p = g.document; *p; p++) {
                        open += *p == '{';
                        closed += *p == '}';
                }
                assert_int_equal(open, closed);
                assert_non_null(strstr(g.notes, "Terraform"));
                granted_done(&g);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(role_is_what_gcloud_takes),
                cmocka_unit_test(notes_name_the_apis_that_are_charged),
                cmocka_unit_test(terraform_has_the_role_and_its_binding),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
