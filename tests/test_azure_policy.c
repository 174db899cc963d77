/* What Azure has to grant, as a custom role. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "daemon/base/json.h"
#include "providers/azure/account.h"
#include "tests/support/azure.h"

#define OWN(text) ((char[]){ text })
#define GROUP "/providers/Microsoft.Management/managementGroups/"

static struct permission permissions[] = {
        { .name = "Microsoft.CognitiveServices/accounts/read" },
        { .name = "Microsoft.Insights/diagnosticSettings/read" },
};

static int grant(const char *format, struct azure_options *options, char **scopes, char **ret,
                 struct error *err)
{
        const struct permission_set set = { .permissions = permissions,
                                            .n_permissions = ELEMENTSOF(permissions) };
        const struct account_config config = { .name = OWN("azur"),
                                               .options = options,
                                               .scopes = scopes };
        struct buffer document = BUFFER_INIT(1 << 16), notes = BUFFER_INIT(1 << 16);
        int r = 0;

        for (int language = 0; language < LANGUAGE_MAX && r == 0; language++) {
                const struct grant_request request = { .format = format,
                                                       .permissions = &set,
                                                       .config = &config,
                                                       .language = (enum language)language };

                buffer_reset(&document);
                buffer_reset(&notes);
                r = azure_provider.grant(&request, &document, &notes, err);
                assert_true(r < 0 || notes.size_bytes > 100);
        }
        *ret = r == 0 ? buffer_take(&document) : NULL;
        buffer_done(&document);
        buffer_done(&notes);
        return r;
}

static void role_has_the_actions_and_no_others(void **state)
{
        static const struct {
                const char *tenant, *groups[3], *scopes[3], *assignable[2];
        } rows[] = {
                { NULL, { NULL }, { NULL }, { GROUP "TENANT_ID" } },
                { AZURE_TEST_TENANT, { NULL }, { NULL }, { GROUP AZURE_TEST_TENANT } },
                { "hexagone.example", { NULL }, { NULL }, { GROUP "TENANT_ID" } },
                { AZURE_TEST_TENANT, { "one" }, { "s" }, { GROUP "one" } },
                { AZURE_TEST_TENANT, { "one", "two" }, { NULL }, { GROUP AZURE_TEST_TENANT } },
                { NULL,
                  { NULL },
                  { "s-1", "s-2" },
                  { "/subscriptions/s-1", "/subscriptions/s-2" } },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                struct azure_options options = { .tenant = (char *)rows[i].tenant };
                _cleanup_(freep) char *text = NULL;
                json_auto_t *role = NULL;
                const json_t *list;

                if (rows[i].groups[0])
                        options.management_groups = (char **)rows[i].groups;
                assert_int_equal(grant("role", &options,
                                       rows[i].scopes[0] ? (char **)rows[i].scopes : NULL, &text,
                                       NULL),
                                 0);
                assert_int_equal(json_parse(text, strlen(text), &role, NULL), 0);
                list = json_object_get(role, "AssignableScopes");
                for (size_t k = 0; k < 2 && rows[i].assignable[k]; k++)
                        assert_string_equal(json_string_value(json_array_get(list, k)),
                                            rows[i].assignable[k]);
                assert_int_equal(json_array_size(list), rows[i].assignable[1] ? 2 : 1);
                list = json_object_get(role, "Actions");
                assert_int_equal(json_array_size(list), 2);
                assert_string_equal(json_string_value(json_array_get(list, 0)),
                                    permissions[0].name);
                assert_int_equal(json_array_size(json_object_get(role, "DataActions")), 0);
        }
}

static void terraform_has_the_same(void **state)
{
        struct azure_options options = { .tenant = (char *)AZURE_TEST_TENANT };
        _cleanup_(freep) char *text = NULL;

        assert_int_equal(grant("terraform", &options, NULL, &text, NULL), 0);
        assert_non_null(strstr(text, "azurerm_role_definition"));
        assert_non_null(strstr(text, "\"" GROUP AZURE_TEST_TENANT "\",\n"));
        assert_non_null(strstr(text, "      \"Microsoft.Insights/diagnosticSettings/read\",\n"));
}

static void nothing_else_is_granted(void **state)
{
        static const char *const actions[] = { "Microsoft.X/accounts/write", "*/read", "read",
                                               "Microsoft.X/accounts/listKeys/action",
                                               "Microsoft.X/\"/read" };
        static const char *const scopes[] = { "x\"\n} resource", NULL };
        const char *kept = permissions[1].name;
        struct error err = { 0 };
        char *text = NULL;

        for (size_t i = 0; i < ELEMENTSOF(actions); i++) {
                permissions[1].name = actions[i];
                assert_int_equal(grant("role", NULL, NULL, &text, NULL), -EINVAL);
                assert_null(text);
        }
        permissions[1].name = kept;
        assert_int_equal(grant("terraform", NULL, (char **)scopes, &text, &err), -EINVAL);
        assert_non_null(strstr(err.text, "is no id"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(role_has_the_actions_and_no_others),
                cmocka_unit_test(terraform_has_the_same),
                cmocka_unit_test(nothing_else_is_granted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
