#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/ovh.h"

#define FIXTURE "tests/fixtures/ovh/"

enum { PAIRS_MAX = 11 };

static const struct {
        const char *what;
        const char *variables[PAIRS_MAX];
        struct ovh_options options;
        const char *credentials_dir;
        int code;
        enum ovh_mode mode;
        const char *endpoint, *identifier, *source; /* identifier: application key or client id */
        const char *text;                           /* of the failure */
} cases[] = {
        { .what = "nothing at all",
          .code = -ENOENT,
          .text = "no OVHcloud credentials; looked at: variables OVH_*, section ovh-eu of "
                  "/etc/ovh.conf" },
        { .what = "an application key in the environment",
          .variables = { "OVH_APPLICATION_KEY", "k", "OVH_APPLICATION_SECRET", "s",
                         "OVH_CONSUMER_KEY", "c" },
          .mode = OVH_MODE_KEY,
          .endpoint = "ovh-eu",
          .identifier = "k",
          .source = "variables OVH_*" },
        { .what = "a service account, of Canada",
          .variables = { "OVH_ENDPOINT", "ovh-ca", "OVH_CLIENT_ID", "id", "OVH_CLIENT_SECRET",
                         "s" },
          .mode = OVH_MODE_SERVICE,
          .endpoint = "ovh-ca",
          .identifier = "id",
          .source = "variables OVH_*" },
        { .what = "an access token",
          .variables = { "OVH_ACCESS_TOKEN", "t" },
          .mode = OVH_MODE_TOKEN,
          .endpoint = "ovh-eu",
          .source = "variables OVH_*" },
        { .what = "the file of the home, in the section that it names",
          .variables = { "HOME", FIXTURE "home" },
          .mode = OVH_MODE_SERVICE,
          .endpoint = "ovh-ca",
          .identifier = "CA.client",
          .source = "section ovh-ca of " FIXTURE "home/.ovh.conf" },
        { .what = "the section that the environment names",
          .variables = { "HOME", FIXTURE "home", "OVH_ENDPOINT", "ovh-eu" },
          .mode = OVH_MODE_KEY,
          .endpoint = "ovh-eu",
          .identifier = "eukey",
          .source = "section ovh-eu of " FIXTURE "home/.ovh.conf" },
        { .what = "the configuration's endpoint wins over both",
          .variables = { "HOME", FIXTURE "home", "OVH_ENDPOINT", "ovh-ca" },
          .options = { .api = (char *)"ovh-eu" },
          .mode = OVH_MODE_KEY,
          .endpoint = "ovh-eu",
          .identifier = "eukey",
          .source = "section ovh-eu of " FIXTURE "home/.ovh.conf" },
        { .what = "the environment wins over files",
          .variables = { "HOME", FIXTURE "home", "OVH_ENDPOINT", "ovh-eu", "OVH_ACCESS_TOKEN",
                         "t" },
          .mode = OVH_MODE_TOKEN,
          .endpoint = "ovh-eu",
          .source = "variables OVH_*" },
        { .what = "systemd's credentials win over all",
          .variables = { "HOME", FIXTURE "home", "OVH_CLIENT_ID", "id", "OVH_CLIENT_SECRET", "s" },
          .credentials_dir = FIXTURE "secrets",
          .mode = OVH_MODE_KEY,
          .endpoint = "ovh-ca",
          .identifier = "credkey",
          .source = "systemd credentials lab.*" },
        { .what = "the identifier stands in the configuration, the secret elsewhere",
          .variables = { "OVH_CLIENT_SECRET", "s" },
          .options = { .client_id = (char *)"mine" },
          .mode = OVH_MODE_SERVICE,
          .endpoint = "ovh-eu",
          .identifier = "mine",
          .source = "the account's entry" },
        { .what = "no consumer key",
          .variables = { "HOME", FIXTURE "home", "OVH_ENDPOINT", "ovh-us" },
          .code = -EINVAL,
          .text = "section ovh-us of " FIXTURE "home/.ovh.conf: an application key without "
                  "consumer_key: create one with the rules of 'vigie permissions ovh" },
        { .what = "no secret of the service account",
          .variables = { "OVH_CLIENT_ID", "id" },
          .code = -EINVAL,
          .text = "variables OVH_*: a service account without client_secret" },
        { .what = "two ways in one file",
          .variables = { "HOME", FIXTURE "both" },
          .code = -EINVAL,
          .text = "both an application key and an access token are there; keep the one" },
        { .what = "a file that is none",
          .variables = { "HOME", FIXTURE "broken" },
          .code = -EINVAL,
          .text = FIXTURE "broken/.ovh.conf:2" },
        { .what = "an endpoint without Public Cloud",
          .variables = { "OVH_ENDPOINT", "kimsufi-eu", "OVH_ACCESS_TOKEN", "t" },
          .code = -EINVAL,
          .text = "the endpoint kimsufi-eu has no Public Cloud" },
        { .what = "an endpoint that is none",
          .options = { .api = (char *)"ovh-mars" },
          .code = -EINVAL,
          .text = "no endpoint 'ovh-mars': there are ovh-eu, ovh-ca and ovh-us" },
        { .what = "a secret with a line end in it",
          .variables = { "OVH_CLIENT_ID", "id", "OVH_CLIENT_SECRET", "hidden\nsecret" },
          .code = -EINVAL,
          .text = "variables OVH_*: client_secret has characters that no client_secret has" },
};

static void expect(const char *what, const char *is, const char *want)
{
        if (!is || strcmp(is, want) != 0)
                fail_msg("%s: '%s', not '%s'", what, is ? is : "(nothing)", want);
}

static void credentials_come_from_where_they_stand(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const struct account_config config = { .name = (char *)"lab",
                                                       .options = (void *)&cases[i].options };
                struct ovh_credentials c = { 0 };
                struct error err = { 0 };
                const char *identifier;
                int r;

                ovh_forget();
                ovh_set(cases[i].variables);
                r = ovh_credentials_read(&c, &config, cases[i].credentials_dir, &err);
                if (r != cases[i].code)
                        fail_msg("%s: %d %s", cases[i].what, r, err.text);
                if (r < 0) {
                        if (!strstr(err.text, cases[i].text))
                                fail_msg("%s: %s", cases[i].what, err.text);
                        assert_null(strstr(err.text, "hidden"));
                        assert_null(strstr(err.text, "not-a-secret"));
                        continue;
                }
                identifier = c.value[OVH_APPLICATION_KEY] ? c.value[OVH_APPLICATION_KEY]
                                                          : c.value[OVH_CLIENT_ID];
                assert_int_equal(c.mode, cases[i].mode);
                expect(cases[i].what, c.endpoint->name, cases[i].endpoint);
                expect(cases[i].what, c.source, cases[i].source);
                if (cases[i].identifier)
                        expect(cases[i].what, identifier, cases[i].identifier);
                ovh_credentials_done(&c);
        }
}

/* A daemon takes no keys from the folder that it happens to stand in. */
static void credentials_never_come_from_the_working_folder(void **state)
{
        char *here = getcwd(NULL, 0);
        struct ovh_credentials c = { 0 };

        ovh_forget();
        assert_int_equal(chdir(FIXTURE "secrets"), 0);
        assert_int_equal(ovh_credentials_read(&c, NULL, NULL, NULL), -ENOENT);
        assert_int_equal(chdir(here), 0);
        free(here);
}

static void credentials_are_found_without_configuration(void **state)
{
        ovh_forget();
        assert_false(ovh_provider.found());
        ovh_set(ovh_token_variables);
        assert_true(ovh_provider.found());
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(credentials_come_from_where_they_stand),
                cmocka_unit_test(credentials_never_come_from_the_working_folder),
                cmocka_unit_test(credentials_are_found_without_configuration),
        };

        return cmocka_run_group_tests_name("ovh credentials", tests, NULL, NULL);
}
