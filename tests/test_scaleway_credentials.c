#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "providers/provider.h"
#include "providers/scaleway/credentials.h"

#define FIXTURE "tests/fixtures/scaleway/"
#define TOP "00000000-aaaa-0000-0000-000000000001"
#define LAB "00000000-aaaa-0000-0000-000000000002"
#define PROD "00000000-aaaa-0000-0000-000000000003"
#define ENV "00000000-bbbb-0000-0000-000000000001"
#define CRED "00000000-cccc-0000-0000-000000000001"

extern const struct provider scaleway_provider;

static const char *const variables[] = {
        "SCW_CONFIG_PATH",
        "XDG_CONFIG_HOME",
        "HOME",
        "SCW_PROFILE",
        "SCW_ACCESS_KEY",
        "SCW_SECRET_KEY",
        "SCW_TOKEN",
        "SCALEWAY_TOKEN",
        "SCW_API_URL",
        "SCW_INSECURE",
        "SCW_REGION",
        "SCALEWAY_REGION",
        "SCW_ORGANIZATION",
        "SCALEWAY_ORGANIZATION",
        "SCW_DEFAULT_ORGANIZATION_ID",
        "SCW_DEFAULT_PROJECT_ID",
        "SCW_DEFAULT_REGION",
        "SCW_DEFAULT_ZONE",
};

static int clean(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(variables); i++)
                (void)unsetenv(variables[i]);
        return 0;
}

static void assert_text(const char *value, const char *want)
{
        if (want)
                assert_string_equal(value ? value : "(nothing)", want);
        else
                assert_null(value);
}

struct environment {
        const char *name, *value;
};

static void environment_set(const struct environment *env, size_t n)
{
        (void)clean(NULL);
        for (size_t i = 0; i < n && env[i].name; i++)
                assert_int_equal(setenv(env[i].name, env[i].value, 1), 0);
}

/* ---- order of the sources -------------------------------------------------------------------- */

struct source_case {
        const char *what;
        struct environment env[5];
        struct scaleway_options options;
        const char *secret, *access, *organization, *source;
};

#define CONFIG                                                                                     \
        {                                                                                          \
                "SCW_CONFIG_PATH", FIXTURE "config.yaml"                                           \
        }

static const struct source_case source_cases[] = {
        { .what = "the active profile, merged over the top level",
          .env = { CONFIG },
          .secret = LAB,
          .access = "SCWLABXXXXXXXXXXXXXX",
          .organization = "0a0a0a0a-0000-0000-0000-000000000001",
          .source = "profile lab in " FIXTURE "config.yaml (warning: 'insecure' is set and "
                    "ignored: certificates are always verified)" },
        { .what = "the profile of SCW_PROFILE",
          .env = { CONFIG, { "SCW_PROFILE", "prod" } },
          .secret = PROD,
          .access = "SCWTOPXXXXXXXXXXXXXX",
          .organization = "0a0a0a0a-0000-0000-0000-000000000003",
          .source = "profile prod in " FIXTURE "config.yaml" },
        { .what = "the top level by its name",
          .env = { CONFIG, { "SCW_PROFILE", "default" } },
          .secret = TOP,
          .access = "SCWTOPXXXXXXXXXXXXXX",
          .organization = "0a0a0a0a-0000-0000-0000-000000000001",
          .source = "profile default in " FIXTURE "config.yaml" },
        { .what = "no profiles in the file",
          .env = { { "SCW_CONFIG_PATH", FIXTURE "config-top-level.yaml" } },
          .secret = TOP,
          .access = "SCWTOPXXXXXXXXXXXXXX",
          .source = "profile default in " FIXTURE "config-top-level.yaml" },
        { .what = "the environment wins over the file, key by key",
          .env = { CONFIG,
                   { "SCW_SECRET_KEY", ENV },
                   { "SCW_DEFAULT_ORGANIZATION_ID", "from-env" } },
          .secret = ENV,
          .access = "SCWLABXXXXXXXXXXXXXX",
          .organization = "from-env",
          .source = "variable SCW_SECRET_KEY (warning: 'insecure' is set and ignored: "
                    "certificates are always verified)" },
        { .what = "an empty variable is none",
          .env = { { "SCW_CONFIG_PATH", FIXTURE "config-top-level.yaml" },
                   { "SCW_SECRET_KEY", "" } },
          .secret = TOP,
          .access = "SCWTOPXXXXXXXXXXXXXX",
          .source = "profile default in " FIXTURE "config-top-level.yaml" },
        { .what = "deprecated variables",
          .env = { { "SCALEWAY_TOKEN", ENV }, { "SCALEWAY_ORGANIZATION", "old" } },
          .secret = ENV,
          .organization = "old",
          .source = "variable SCALEWAY_TOKEN" },
        { .what = "deprecated variables stand behind the new ones",
          .env = { { "SCW_TOKEN", TOP },
                   { "SCW_SECRET_KEY", ENV },
                   { "SCW_ORGANIZATION", "old" },
                   { "SCW_DEFAULT_ORGANIZATION_ID", "new" } },
          .secret = ENV,
          .organization = "new",
          .source = "variable SCW_SECRET_KEY" },
        { .what = "a profile that the account names wins over the environment",
          .env = { CONFIG, { "SCW_SECRET_KEY", ENV }, { "SCW_PROFILE", "lab" } },
          .options = { .profile = (char *)"prod" },
          .secret = PROD,
          .access = "SCWTOPXXXXXXXXXXXXXX",
          .organization = "0a0a0a0a-0000-0000-0000-000000000003",
          .source = "profile prod in " FIXTURE "config.yaml" },
        { .what = "our own configuration wins over both",
          .env = { CONFIG, { "SCW_DEFAULT_ORGANIZATION_ID", "from-env" } },
          .options = { .organization_id = (char *)"ours", .access_key = (char *)"SCWOURS" },
          .secret = LAB,
          .access = "SCWOURS",
          .organization = "ours",
          .source = "profile lab in " FIXTURE "config.yaml (warning: 'insecure' is set and "
                    "ignored: certificates are always verified)" },
};

static void credentials_come_in_order(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(source_cases); i++) {
                const struct source_case *c = &source_cases[i];
                struct scaleway_options options = c->options;
                const struct account_config config = { .name = (char *)"lab", .options = &options };
                struct scaleway_credentials got = { 0 };
                struct error err = { 0 };

                print_message("%s\n", c->what);
                environment_set(c->env, ELEMENTSOF(c->env));
                assert_int_equal(scaleway_credentials_read(&got, &config, NULL, &err), 0);
                assert_text(got.secret_key, c->secret);
                assert_text(got.access_key, c->access);
                assert_text(got.organization, c->organization);
                assert_text(got.source, c->source);
                scaleway_credentials_done(&got);
        }
}

/* ---- where the file is looked for ------------------------------------------------------------ */

static void make_file(const char *folder, const char *name, const char *text)
{
        _cleanup_(freep) char *path = NULL;
        _cleanup_(fclosep) FILE *file = NULL;

        assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
        file = fopen(path, "we");
        assert_non_null(file);
        assert_true(fputs(text, file) >= 0);
}

static void make_folder(const char *base, const char *name)
{
        _cleanup_(freep) char *path = NULL;

        assert_true(asprintf(&path, "%s/%s", base, name) > 0);
        assert_int_equal(mkdir(path, 0700), 0);
}

static void remove_tree(const char *base, const char *const *names, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                _cleanup_(freep) char *path = NULL;

                assert_true(asprintf(&path, "%s/%s", base, names[i]) > 0);
                assert_int_equal(remove(path), 0);
        }
        assert_int_equal(remove(base), 0);
}

static void credentials_file_is_looked_for_in_order(void **state)
{
        static const char *const made[] = {
                "x/scw/config.yaml", "x/scw",     "x", "h/.config/scw/config.yaml",
                "h/.config/scw",     "h/.config", "h", "c.yaml"
        };
        char base[] = "/tmp/test_scaleway_XXXXXX", path[64], xdg[64], home[64];
        struct scaleway_credentials got = { 0 };

        assert_non_null(mkdtemp(base));
        make_folder(base, "x");
        make_folder(base, "x/scw");
        make_folder(base, "h");
        make_folder(base, "h/.config");
        make_folder(base, "h/.config/scw");
        make_file(base, "c.yaml", "secret_key: by-path\n");
        make_file(base, "x/scw/config.yaml", "secret_key: by-xdg\n");
        make_file(base, "h/.config/scw/config.yaml", "secret_key: by-home\n");
        (void)snprintf(path, sizeof(path), "%s/c.yaml", base);
        (void)snprintf(xdg, sizeof(xdg), "%s/x", base);
        (void)snprintf(home, sizeof(home), "%s/h", base);

        assert_int_equal(setenv("HOME", home, 1), 0);
        assert_int_equal(scaleway_credentials_read(&got, NULL, NULL, NULL), 0);
        assert_string_equal(got.secret_key, "by-home");
        scaleway_credentials_done(&got);
        assert_int_equal(setenv("XDG_CONFIG_HOME", xdg, 1), 0);
        assert_int_equal(scaleway_credentials_read(&got, NULL, NULL, NULL), 0);
        assert_string_equal(got.secret_key, "by-xdg");
        scaleway_credentials_done(&got);
        assert_int_equal(setenv("SCW_CONFIG_PATH", path, 1), 0);
        assert_int_equal(scaleway_credentials_read(&got, NULL, NULL, NULL), 0);
        assert_string_equal(got.secret_key, "by-path");
        scaleway_credentials_done(&got);
        remove_tree(base, made, ELEMENTSOF(made));
}

static void credentials_of_systemd_come_first(void **state)
{
        static const char *const made[] = { "lab.secret_key", "lab.access_key",
                                            "lab.cockpit_token" };
        char base[] = "/tmp/test_scaleway_XXXXXX";
        struct scaleway_options options = { .access_key = (char *)"SCWOURS" };
        struct account_config config = { .name = (char *)"lab", .options = &options };
        struct scaleway_credentials got = { 0 };

        assert_non_null(mkdtemp(base));
        make_file(base, "lab.secret_key", "  " CRED "\n");
        make_file(base, "lab.access_key", "SCWCRED\n");
        make_file(base, "lab.cockpit_token", "cockpit\n");
        assert_int_equal(setenv("SCW_SECRET_KEY", ENV, 1), 0);
        assert_int_equal(scaleway_credentials_read(&got, &config, base, NULL), 0);
        assert_string_equal(got.secret_key, CRED);
        assert_string_equal(got.access_key, "SCWCRED");
        assert_string_equal(got.cockpit_token, "cockpit");
        assert_string_equal(got.source, "systemd credential lab.secret_key");
        scaleway_credentials_done(&got);

        config.name = (char *)"other"; /* whose credentials are not there */
        assert_int_equal(scaleway_credentials_read(&got, &config, base, NULL), 0);
        assert_string_equal(got.secret_key, ENV);
        assert_null(got.cockpit_token);
        scaleway_credentials_done(&got);
        remove_tree(base, made, ELEMENTSOF(made));
}

/* ---- what goes wrong ------------------------------------------------------------------------- */

static const struct {
        struct environment env[3];
        const char *profile;
        int code;
        const char *text; /* a part of it */
} bad_cases[] = {
        { .code = -ENOENT, .text = "no Scaleway secret key; looked at: variable SCW_SECRET_KEY" },
        { .env = { { "SCW_CONFIG_PATH", FIXTURE "config-no-secret.yaml" } },
          .code = -ENOENT,
          .text = "config-no-secret.yaml (it has no secret_key)" },
        { .env = { { "SCW_CONFIG_PATH", FIXTURE "nowhere.yaml" } },
          .code = -ENOENT,
          .text = "nowhere.yaml (not there)" },
        { .env = { { "SCW_CONFIG_PATH", FIXTURE "config-broken.yaml" } },
          .code = -EINVAL,
          .text = "config-broken.yaml: 'secret_key' must be a plain value" },
        { .env = { CONFIG },
          .profile = "nobody",
          .code = -EINVAL,
          .text = "no profile 'nobody' there; it has: default, lab, prod" },
        { .env = { { "SCW_SECRET_KEY", ENV }, { "SCW_CONFIG_PATH", FIXTURE "nowhere.yaml" } },
          .profile = "prod",
          .code = -ENOENT,
          .text = "profile 'prod' is wanted, but there is no" },
        { .env = { { "SCW_SECRET_KEY", "SCWSWAPPED0000000000" } },
          .code = -EINVAL,
          .text = "that is an access key" },
        { .env = { { "SCW_SECRET_KEY", "with\nbreak" } },
          .code = -EINVAL,
          .text = "characters that no key has" },
};

static void credentials_errors_say_where_and_what(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(bad_cases); i++) {
                struct scaleway_options options = { .profile = (char *)bad_cases[i].profile };
                const struct account_config config = { .name = (char *)"lab", .options = &options };
                struct scaleway_credentials got = { 0 };
                struct error err = { 0 };

                environment_set(bad_cases[i].env, ELEMENTSOF(bad_cases[i].env));
                assert_int_equal(scaleway_credentials_read(&got, &config, NULL, &err),
                                 bad_cases[i].code);
                if (!strstr(err.text, bad_cases[i].text))
                        fail_msg("'%s' is not in '%s'", bad_cases[i].text, err.text);
                assert_null(strstr(err.text, "SCWSWAPPED"));
                assert_null(strstr(err.text, "with"));
        }
}

static void credentials_errors_hold_no_secret(void **state)
{
        char base[] = "/tmp/test_scaleway_XXXXXX", path[64];
        static const char *const made[] = { "c.yaml" };
        static const char *const texts[] = {
                "secret_key: " LAB "\nprofiles: [\n",
                "secret_key: {" LAB ": x}\n",
                "secret_key: " LAB "\nsecret_key: " LAB "\n",
                "secret_key: " LAB "\nactive_profile: gone\n",
        };

        assert_non_null(mkdtemp(base));
        (void)snprintf(path, sizeof(path), "%s/c.yaml", base);
        assert_int_equal(setenv("SCW_CONFIG_PATH", path, 1), 0);
        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                struct scaleway_credentials got = { 0 };
                struct error err = { 0 };

                make_file(base, "c.yaml", texts[i]);
                assert_true(scaleway_credentials_read(&got, NULL, NULL, &err) < 0);
                assert_true(err.text[0] != '\0');
                assert_null(strstr(err.text, LAB));
        }
        remove_tree(base, made, ELEMENTSOF(made));
}

static void credentials_old_region_names_are_translated(void **state)
{
        static const struct {
                const char *name, *value, *want;
        } cases[] = {
                { "SCW_DEFAULT_REGION", "par1", "fr-par" },
                { "SCW_REGION", "ams1", "nl-ams" },
                { "SCALEWAY_REGION", "pl-waw", "pl-waw" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct scaleway_credentials got = { 0 };

                (void)clean(NULL);
                assert_int_equal(setenv("SCW_SECRET_KEY", ENV, 1), 0);
                assert_int_equal(setenv(cases[i].name, cases[i].value, 1), 0);
                assert_int_equal(scaleway_credentials_read(&got, NULL, NULL, NULL), 0);
                assert_string_equal(got.default_region, cases[i].want);
                scaleway_credentials_done(&got);
        }
}

static void credentials_are_found_without_configuration(void **state)
{
        assert_false(scaleway_provider.found());
        assert_int_equal(setenv("SCW_SECRET_KEY", ENV, 1), 0);
        assert_true(scaleway_provider.found());
        (void)clean(NULL);
        assert_int_equal(setenv("SCW_CONFIG_PATH", FIXTURE "config.yaml", 1), 0);
        assert_true(scaleway_provider.found());
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(credentials_come_in_order, clean),
                cmocka_unit_test_setup(credentials_file_is_looked_for_in_order, clean),
                cmocka_unit_test_setup(credentials_of_systemd_come_first, clean),
                cmocka_unit_test_setup(credentials_errors_say_where_and_what, clean),
                cmocka_unit_test_setup(credentials_errors_hold_no_secret, clean),
                cmocka_unit_test_setup(credentials_old_region_names_are_translated, clean),
                cmocka_unit_test_setup(credentials_are_found_without_configuration, clean),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
