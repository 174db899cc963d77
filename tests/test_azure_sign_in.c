/* Where credentials are found, what is posted for each kind, what each refusal says; the same
 * against cloudsim, where secrets and signatures are verified, over TLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "providers/azure/account.h"
#include "tests/support/azure.h"

#define NOW AZURE_TEST_NOW_USEC
#define TOKEN_URL "POST https://login.microsoftonline.com/" AZURE_TEST_TENANT "/oauth2/v2.0/token\n"
#define SCOPE "scope=https%3A%2F%2Fmanagement.azure.com%2F.default"

/* ---- a client secret ------------------------------------------------------------------------- */

static void secret_is_posted(void **state)
{
        static const struct azure_test_step step = {
                { TOKEN_URL, "Content-Type: application/x-www-form-urlencoded",
                  "grant_type=client_credentials", "client_id=" AZURE_TEST_CLIENT,
                  "client_secret=Zq8~not.a_real-secret%2Fof%2Bthe%3Dbench", SCOPE, NULL },
                AZURE_TEST_TOKEN_REPLY
        };
        struct message_request req = { 0 };
        struct azure_test t;
        uint64_t expires = 0;

        azure_test_secret();
        assert_int_equal(azure_test_open(&t, ""), 0);
        assert_null(strstr(azure_provider.credential_source(t.account), AZURE_TEST_SECRET));
        assert_int_equal(azure_test_sign_in(&t, &step, 1, NOW), SIGN_IN_READY);
        assert_int_equal(azure_provider.sign_in(t.account, NULL, NOW, &req, &expires, &t.err),
                         SIGN_IN_READY);
        assert_int_equal(expires, NOW + 3599 * USEC_PER_SEC);
        /* good until five minutes before its end, then asked for anew */
        assert_int_equal(azure_test_sign_in(&t, NULL, 0, NOW + 3298 * USEC_PER_SEC), SIGN_IN_READY);
        assert_int_equal(azure_test_sign_in(&t, &step, 1, NOW + 3299 * USEC_PER_SEC),
                         SIGN_IN_READY);
        azure_provider.sign_in_again(t.account, NULL);
        assert_int_equal(azure_test_sign_in(&t, &step, 1, NOW + 3300 * USEC_PER_SEC),
                         SIGN_IN_READY);
        azure_test_close(&t);
}

/* ---- where they are found -------------------------------------------------------------------- */

#define ID "AZURE_TENANT_ID=" AZURE_TEST_TENANT, "AZURE_CLIENT_ID=" AZURE_TEST_CLIENT
#define SECRET "AZURE_CLIENT_SECRET=" AZURE_TEST_SECRET

static const struct {
        const char *what, *options, *variables[6];
        int code;
        const char *text; /* in the source, or in the error */
} places[] = {
        { "nothing at all", "", { NULL }, 0, "managed identity of this machine" },
        { "the environment",
          "",
          { ID, SECRET },
          0,
          "client secret of the environment, application " AZURE_TEST_CLIENT },
        { "Terraform's names",
          "",
          { "ARM_TENANT_ID=" AZURE_TEST_TENANT, "ARM_CLIENT_ID=c", "ARM_CLIENT_SECRET=s" },
          0,
          "client secret of the environment, application c" },
        { "the configuration first",
          "{tenant: t, client_id: c, client_secret_file: @HOME@/secret}",
          { ID, SECRET },
          0,
          "client secret of the account's configuration, application c" },
        { "the secret before the certificate",
          "",
          { ID, SECRET, "AZURE_CLIENT_CERTIFICATE_PATH=/nonexistent" },
          0,
          "client secret" },
        { "the certificate before the token",
          "",
          { ID, "AZURE_CLIENT_CERTIFICATE_PATH=@HOME@/vigie.pem", "AZURE_FEDERATED_TOKEN_FILE=/x" },
          0,
          "client certificate of the environment" },
        { "the token before the machine",
          "",
          { ID, "AZURE_FEDERATED_TOKEN_FILE=/x", "IDENTITY_ENDPOINT=http://127.0.0.1:1/",
            "IDENTITY_HEADER=h" },
          0,
          "federated token of the environment" },
        { "App Service",
          "",
          { "IDENTITY_ENDPOINT=http://127.0.0.1:1/", "IDENTITY_HEADER=h" },
          0,
          "managed identity of App Service" },
        { "Arc",
          "",
          { "IDENTITY_ENDPOINT=http://localhost:40342/metadata/identity/oauth2/token",
            "IMDS_ENDPOINT=http://localhost:40342" },
          0,
          "managed identity of Azure Arc" },
        { "Machine Learning",
          "",
          { "MSI_ENDPOINT=http://127.0.0.1:1/", "MSI_SECRET=h" },
          0,
          "Azure Machine Learning" },
        { "an identity by name, before all else",
          "managed_identity: dddd",
          { ID, SECRET },
          0,
          "managed identity dddd of this machine" },
        { "Service Fabric",
          "",
          { "IDENTITY_ENDPOINT=https://127.0.0.1:1/", "IDENTITY_HEADER=h",
            "IDENTITY_SERVER_THUMBPRINT=ab" },
          -EINVAL,
          "Service Fabric cannot be used" },
        { "Cloud Shell",
          "",
          { "MSI_ENDPOINT=http://127.0.0.1:1/" },
          -EINVAL,
          "Cloud Shell cannot be used" },
        { "plain http to elsewhere",
          "",
          { "IDENTITY_ENDPOINT=http://192.0.2.1/", "IDENTITY_HEADER=h" },
          -EINVAL,
          "https" },
        { "Arc has no second identity",
          "managed_identity: dddd",
          { "IDENTITY_ENDPOINT=http://localhost:40342/", "IMDS_ENDPOINT=http://localhost:40342" },
          -EINVAL,
          "cannot be chosen there" },
        { "a secret without a tenant",
          "",
          { "AZURE_CLIENT_ID=c", SECRET },
          -EINVAL,
          "no tenant to use it in" },
        { "a secret without an application",
          "",
          { "AZURE_TENANT_ID=t", SECRET },
          -EINVAL,
          "not of which application" },
        { "a tenant that would leave its place in the URL",
          "",
          { "AZURE_TENANT_ID=a/../b", "AZURE_CLIENT_ID=c", SECRET },
          -EINVAL,
          "neither a GUID nor a domain" },
        { "the secret's id",
          "",
          { ID, "AZURE_CLIENT_SECRET=12345678-1234-1234-1234-123456789abc" },
          -EINVAL,
          "looks like the secret's id" },
        { "a secret file that is not there",
          "client_secret_file: /nonexistent/secret",
          { ID },
          -ENOENT,
          "/nonexistent/secret" },
        { "a certificate that is not there",
          "",
          { ID, "AZURE_CLIENT_CERTIFICATE_PATH=/nonexistent/a.pem" },
          -EINVAL,
          "the certificate /nonexistent/a.pem cannot be read" },
};

static char *with_home(const char *text)
{
        const char *mark = strstr(text, "@HOME@");
        char *made = NULL;

        if (!mark)
                return strdup(text);
        assert_true(asprintf(&made, "%.*s%s%s", (int)(mark - text), text, getenv("HOME"),
                             mark + strlen("@HOME@")) > 0);
        return made;
}

static void set_variables(const char *const *variables, size_t n, bool set)
{
        for (size_t i = 0; i < n && variables[i]; i++) {
                _cleanup_(freep) char *text = with_home(variables[i]);
                char *equal = strchr(text, '=');

                *equal = '\0';
                if (set)
                        (void)setenv(text, equal + 1, 1);
                else
                        (void)unsetenv(text);
        }
}

static void clear_environment(void)
{
        static const char *const names[] = { "AZURE_TENANT_ID", "AZURE_CLIENT_ID",
                                             "AZURE_CLIENT_SECRET" };

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                (void)unsetenv(names[i]);
}

static void credentials_are_found_in_order(void **state)
{
        clear_environment();
        (void)azure_test_file("secret", AZURE_TEST_SECRET "\n");
        azure_test_certificate("vigie", "pass");
        for (size_t i = 0; i < ELEMENTSOF(places); i++) {
                _cleanup_(freep) char *options = with_home(places[i].options);
                struct azure_test t;
                const char *text;
                int r;

                set_variables(places[i].variables, 6, true);
                r = azure_test_open(&t, options);
                text = r < 0 ? t.err.text : azure_provider.credential_source(t.account);
                if (r != places[i].code || !strstr(text, places[i].text) ||
                    strstr(text, AZURE_TEST_SECRET))
                        fail_msg("%s: %d %s", places[i].what, r, text);
                azure_test_close(&t);
                set_variables(places[i].variables, 6, false);
        }
        assert_false(azure_provider.found());
}

static void systemd_credentials_go_first(void **state)
{
        char folder[512];
        struct azure_test t;

        azure_test_secret();
        (void)snprintf(folder, sizeof(folder), "%s/credentials", getenv("HOME"));
        (void)azure_test_file("credentials/prod.client_secret", "from-systemd\n");
        (void)setenv("CREDENTIALS_DIRECTORY", folder, 1);
        assert_int_equal(azure_test_open(&t, ""), 0);
        assert_string_equal(t.account->credentials.secret, "from-systemd");
        azure_test_close(&t);
        (void)unsetenv("CREDENTIALS_DIRECTORY");
        clear_environment();
}

/* ---- certificates ---------------------------------------------------------------------------- */

static void certificate_files_are_read(void **state)
{
        static const struct {
                const char *file, *password;
                int code;
                const char *text;
        } files[] = {
                { "vigie.pem", NULL, 0, NULL },
                { "vigie.pfx", "pass", 0, NULL },
                { "vigie.locked.pem", "pass", 0, NULL },
                { "vigie.crt", NULL, -EINVAL, "has no private key" },
                { "vigie.key", NULL, -EINVAL, "has a private key but no certificate" },
                { "mixed.pem", NULL, -EINVAL, "does not belong to the certificate" },
                { "vigie.pfx", NULL, -EACCES, "is protected by a password: set" },
                { "vigie.pfx", "wrong", -EACCES, "the password does not open it" },
                { "vigie.locked.pem", NULL, -EACCES, "is protected by a password: set" },
                { "vigie.locked.pem", "wrong", -EACCES, "the password does not open it" },
                { "noise", NULL, -EINVAL, "neither PEM nor PKCS#12" },
                { "empty", NULL, -EINVAL, "neither PEM nor PKCS#12" },
        };
        char command[1024];

        azure_test_certificate("vigie", "pass");
        azure_test_certificate("other", "pass");
        (void)azure_test_file("noise", "not a certificate");
        (void)azure_test_file("empty", "");
        (void)snprintf(command, sizeof(command), "cd %s && cat vigie.crt other.key > mixed.pem",
                       getenv("HOME"));
        assert_int_equal(system(command), 0);
        for (size_t i = 0; i < ELEMENTSOF(files); i++) {
                struct azure_certificate c = { 0 };
                struct error err = { 0 };
                char path[512];
                int r;

                (void)snprintf(path, sizeof(path), "%s/%s", getenv("HOME"), files[i].file);
                r = azure_certificate_read(&c, path, files[i].password, &err);
                if (r != files[i].code || (r < 0 && !strstr(err.text, files[i].text)))
                        fail_msg("%s: %d %s", files[i].file, r, err.text);
                if (r == 0)
                        assert_int_equal(strlen(c.x5t), 27);
                azure_certificate_done(&c);
        }
}

static void certificate_is_asserted(void **state)
{
        static const struct azure_test_step step = {
                { TOKEN_URL, "grant_type=client_credentials",
                  "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-"
                  "bearer",
                  "client_assertion=ey", SCOPE, NULL },
                AZURE_TEST_TOKEN_REPLY
        };
        struct azure_test t;

        azure_test_certificate("vigie", "pass");
        set_variables((const char *const[]){ ID, "AZURE_CLIENT_CERTIFICATE_PATH=@HOME@/vigie.pem" },
                      3, true);
        assert_int_equal(azure_test_open(&t, ""), 0);
        assert_int_equal(azure_test_sign_in(&t, &step, 1, NOW), SIGN_IN_READY);
        /* one that is over is not shown */
        assert_int_equal(azure_test_sign_in(&t, NULL, 0, NOW + 9000 * USEC_PER_DAY), -EACCES);
        assert_non_null(strstr(t.err.text, "the client certificate expired at 20"));
        azure_test_close(&t);
        (void)unsetenv("AZURE_CLIENT_CERTIFICATE_PATH");
        clear_environment();
}

/* ---- federated tokens ------------------------------------------------------------------------ */

static void federated_token_is_read_each_time(void **state)
{
        static const struct azure_test_step first = {
                { TOKEN_URL, "client_assertion=first.token.a", SCOPE, NULL }, AZURE_TEST_TOKEN_REPLY
        };
        static const struct azure_test_step second = { { "client_assertion=second.token.b", NULL },
                                                       AZURE_TEST_TOKEN_REPLY };
        struct azure_test t;

        (void)azure_test_file("token", "first.token.a\n");
        set_variables((const char *const[]){ ID, "AZURE_FEDERATED_TOKEN_FILE=@HOME@/token" }, 3,
                      true);
        assert_int_equal(azure_test_open(&t, ""), 0);
        assert_int_equal(azure_test_sign_in(&t, &first, 1, NOW), SIGN_IN_READY);
        (void)azure_test_file("token", " second.token.b ");
        azure_provider.sign_in_again(t.account, NULL);
        assert_int_equal(azure_test_sign_in(&t, &second, 1, NOW), SIGN_IN_READY);
        (void)azure_test_file("token", "two words");
        azure_provider.sign_in_again(t.account, NULL);
        assert_int_equal(azure_test_sign_in(&t, NULL, 0, NOW), -EACCES);
        assert_non_null(strstr(t.err.text, "is no token"));
        (void)unlink(azure_test_file("token", "x"));
        azure_provider.sign_in_again(t.account, NULL);
        assert_int_equal(azure_test_sign_in(&t, NULL, 0, NOW), -EACCES);
        assert_non_null(strstr(t.err.text, "cannot read"));
        azure_test_close(&t);
        (void)unsetenv("AZURE_FEDERATED_TOKEN_FILE");
        clear_environment();
}

/* ---- managed identities ---------------------------------------------------------------------- */

#define RESOURCE "resource=https%3A%2F%2Fmanagement.azure.com%2F"
#define MANAGED_TOKEN                                                                              \
        {                                                                                          \
                200, NULL,                                                                         \
                        "{\"access_token\":\"" AZURE_TEST_TOKEN                                    \
                        "\",\"expires_on\":\"1768552199\","                                        \
                        "\"resource\":\"x\",\"token_type\":\"Bearer\"}"                            \
        }

static const struct {
        const char *options, *variables[3];
        struct azure_test_step step;
        int code;
        const char *text;
} managed[] = {
        { "managed_identity: system",
          { NULL },
          { { "GET "
              "http://169.254.169.254/metadata/identity/oauth2/"
              "token?api-version=2018-02-01&" RESOURCE "\n",
              "Metadata: true", NULL },
            MANAGED_TOKEN },
          SIGN_IN_READY,
          NULL },
        { "managed_identity: dddd",
          { NULL },
          { { "&client_id=dddd\n", NULL }, MANAGED_TOKEN },
          SIGN_IN_READY,
          NULL },
        { "managed_identity: /subscriptions/s/x",
          { NULL },
          { { "&msi_res_id=%2Fsubscriptions%2Fs%2Fx\n", NULL }, MANAGED_TOKEN },
          SIGN_IN_READY,
          NULL },
        { "",
          { "ARM_USE_MSI=true", "AZURE_CLIENT_ID=eeee" },
          { { "&client_id=eeee\n", NULL }, MANAGED_TOKEN },
          SIGN_IN_READY,
          NULL },
        { "",
          { "IDENTITY_ENDPOINT=http://127.0.0.1:81/msi/token", "IDENTITY_HEADER=hhhh" },
          { { "GET http://127.0.0.1:81/msi/token?api-version=2019-08-01&" RESOURCE "\n",
              "X-IDENTITY-HEADER: hhhh", NULL },
            MANAGED_TOKEN },
          SIGN_IN_READY,
          NULL },
        { "",
          { "MSI_ENDPOINT=http://127.0.0.1:81/msi", "MSI_SECRET=hhhh" },
          { { "GET http://127.0.0.1:81/msi?api-version=2017-09-01&" RESOURCE "\n", "secret: hhhh",
              NULL },
            MANAGED_TOKEN },
          SIGN_IN_READY,
          NULL },
        { "managed_identity: system",
          { NULL },
          { { NULL },
            { 400, NULL,
              "{\"error\":\"invalid_request\",\"error_description\":\"Identity not found\"}" } },
          -EACCES,
          "has no managed identity: assign one" },
        { "managed_identity: system",
          { NULL },
          { { NULL }, { 410, NULL, "" } },
          -EAGAIN,
          "is not ready (HTTP 410" },
        { "managed_identity: system",
          { NULL },
          { { NULL }, { 429, NULL, "" } },
          -EAGAIN,
          "is not ready" },
        { "managed_identity: system",
          { NULL },
          { { NULL }, { 403, NULL, "" } },
          -EACCES,
          "refuses a token" },
        { "managed_identity: system",
          { NULL },
          { { NULL }, { 0 } },
          -EAGAIN,
          "this machine is not in Azure" },
        { "managed_identity: system",
          { NULL },
          { { NULL }, { 200, NULL, "<html>" } },
          -EBADMSG,
          "no JSON" },
        { "",
          { "IDENTITY_ENDPOINT=http://localhost:40342/t", "IMDS_ENDPOINT=http://localhost" },
          { { "GET http://localhost:40342/t?api-version=2020-06-01&" RESOURCE "\n",
              "Metadata: true", NULL },
            { 401, "www-authenticate: Basic realm=/etc/shadow\n", "" } },
          -EACCES,
          "names no key file below /var/opt/azcmagent/tokens/" },
};

static void managed_identities_are_asked(void **state)
{
        clear_environment();
        for (size_t i = 0; i < ELEMENTSOF(managed); i++) {
                struct azure_test t;
                int r;

                set_variables(managed[i].variables, 3, true);
                assert_int_equal(azure_test_open(&t, managed[i].options), 0);
                r = azure_test_sign_in(&t, &managed[i].step, 1, NOW);
                if (r != managed[i].code || (r < 0 && !strstr(t.err.text, managed[i].text)))
                        fail_msg("%zu: %d %s", i, r, t.err.text);
                azure_test_close(&t);
                set_variables(managed[i].variables, 3, false);
        }
}

static void arc_reads_its_own_keys_alone(void **state)
{
        static const struct {
                const char *challenge, *path;
        } rows[] = {
                { "Basic realm=/var/opt/azcmagent/tokens/a1.key",
                  "/var/opt/azcmagent/tokens/a1.key" },
                { "Basic realm=\"/var/opt/azcmagent/tokens/a1.key\"",
                  "/var/opt/azcmagent/tokens/a1.key" },
                { "Basic realm=/var/opt/azcmagent/tokens/../../../etc/a.key", NULL },
                { "Basic realm=/var/opt/azcmagent/tokens/sub/a.key", NULL },
                { "Basic realm=/var/opt/azcmagent/tokens/a.pem", NULL },
                { "Basic realm=/var/opt/azcmagent/tokens/.key", NULL },
                { "Basic realm=/etc/a.key", NULL },
                { "Bearer realm=/var/opt/azcmagent/tokens/a.key", NULL },
                { "Basic", NULL },
                { "", NULL },
        };
        char path[256];

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                assert_int_equal(azure_arc_key_path(rows[i].challenge, path, sizeof(path)),
                                 rows[i].path != NULL);
                if (rows[i].path)
                        assert_string_equal(path, rows[i].path);
        }
}

/* ---- the Azure CLI --------------------------------------------------------------------------- */

#define PROFILE(user, type)                                                                        \
        "\xef\xbb\xbf{\"subscriptions\":[{\"id\":\"s\",\"isDefault\":false,\"tenantId\":\"t-2\","  \
        "\"user\":{\"name\":\"u2\",\"type\":\"user\"}},{\"id\":\"s\",\"isDefault\":true,"          \
        "\"environmentName\":\"AzureCloud\",\"tenantId\":\"" AZURE_TEST_TENANT "\",\"user\":{"     \
        "\"name\":\"" user "\",\"type\":\"" type "\"}}]}"
#define PERSON PROFILE("marie@hexagone.example", "user")
#define ACCESS(home, target, expires, secret)                                                      \
        "{\"credential_type\":\"AccessToken\",\"home_account_id\":\"" home "\",\"realm\":"         \
        "\"" AZURE_TEST_TENANT "\",\"target\":\"" target "\",\"expires_on\":\"" expires "\","      \
        "\"secret\":\"" secret "\"}"
#define CACHE(tokens)                                                                              \
        "{\"Account\":{\"a\":{\"home_account_id\":\"h1\",\"username\":\"Marie@hexagone.example\"}" \
        "},"                                                                                       \
        "\"AccessToken\":{" tokens "},\"RefreshToken\":{\"x\":{\"home_account_id\":\"h2\","        \
        "\"client_id\":\"" AZURE_CLI_CLIENT "\",\"secret\":\"another-person\"},\"r\":{"            \
        "\"home_account_id\":\"h1\",\"client_id\":\"" AZURE_CLI_CLIENT "\",\"secret\":"            \
        "\"refresh-of-the-bench\"}}}"
#define ARM_TARGET "https://management.core.windows.net//user_impersonation"

static void cli_token_is_used_then_renewed(void **state)
{
        static const struct azure_test_step renews = {
                { TOKEN_URL, "grant_type=refresh_token", "client_id=" AZURE_CLI_CLIENT,
                  "refresh_token=refresh-of-the-bench", SCOPE, NULL },
                { 200, NULL,
                  "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"new\","
                  "\"refresh_token\":\"next-refresh\"}" }
        };
        static const struct azure_test_step again = { { "refresh_token=next-refresh", NULL },
                                                      AZURE_TEST_TOKEN_REPLY };
        struct azure_test t;

        clear_environment();
        (void)azure_test_file(".azure/azureProfile.json", PERSON);
        (void)azure_test_file(
                ".azure/msal_token_cache.json",
                CACHE("\"1\":" ACCESS("h2", ARM_TARGET, "1768469400", "other") ",\"2\":" ACCESS(
                        "h1", "https://graph.microsoft.com/.default", "1768469400",
                        "graph") ",\"3\":" ACCESS("h1", ARM_TARGET, "1768469400", "cached")));
        assert_true(azure_provider.found());
        assert_int_equal(azure_test_open(&t, ""), 0);
        assert_string_equal(azure_provider.credential_source(t.account),
                            "the Azure CLI's login of marie@hexagone.example");
        assert_int_equal(azure_test_sign_in(&t, NULL, 0, NOW), SIGN_IN_READY);
        assert_string_equal(t.account->token.access_token, "cached");
        assert_int_equal(azure_test_sign_in(&t, &renews, 1, NOW + 3400 * USEC_PER_SEC),
                         SIGN_IN_READY);
        assert_string_equal(t.account->token.access_token, "new");
        azure_provider.sign_in_again(t.account, NULL);
        assert_int_equal(azure_test_sign_in(&t, &again, 1, NOW + 3500 * USEC_PER_SEC),
                         SIGN_IN_READY);
        azure_test_close(&t);
}

static void cli_login_that_cannot_be_read_says_why(void **state)
{
        static const struct {
                const char *profile, *cache, *entries; /* NULL: not there */
                const char *options;
                const char *text;
        } rows[] = {
                { PERSON, NULL, NULL, "", "keeps its tokens encrypted" },
                { PERSON, "{", NULL, "", "is not readable: run 'az login' again" },
                { PERSON, "{}", NULL, "", "has no token of marie@hexagone.example" },
                { PERSON, CACHE(""), NULL, "tenant: 00000000-0000-4000-8000-00000000000f",
                  "not logged in to tenant 00000000-0000-4000-8000-00000000000f" },
                { PROFILE("app-1", "servicePrincipal"), NULL, NULL, "",
                  "keeps the secrets of applications encrypted" },
                { PROFILE("app-1", "servicePrincipal"), NULL, "[]", "",
                  "login as application app-1 is gone" },
                { PROFILE("app-1", "servicePrincipal"), NULL,
                  "[{\"client_id\":\"app-1\",\"tenant\":\"" AZURE_TEST_TENANT
                  "\",\"client_assertion\":\"a\"}]",
                  "", "set federated_token_file:" },
        };

        clear_environment();
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                struct azure_test t;

                (void)azure_test_file(".azure/azureProfile.json", rows[i].profile);
                (void)unlink(azure_test_file(".azure/msal_token_cache.json", ""));
                (void)unlink(azure_test_file(".azure/service_principal_entries.json", ""));
                if (rows[i].cache)
                        (void)azure_test_file(".azure/msal_token_cache.json", rows[i].cache);
                if (rows[i].entries)
                        (void)azure_test_file(".azure/service_principal_entries.json",
                                              rows[i].entries);
                assert_true(azure_provider.found());
                assert_int_equal(azure_test_open(&t, rows[i].options), -EINVAL);
                if (!strstr(t.err.text, rows[i].text))
                        fail_msg("%zu: %s", i, t.err.text);
                azure_test_close(&t);
        }
}

static void cli_application_signs_in_by_itself(void **state)
{
        static const struct azure_test_step step = { { TOKEN_URL, "grant_type=client_credentials",
                                                       "client_id=app-1",
                                                       "client_secret=cli-secret", NULL },
                                                     AZURE_TEST_TOKEN_REPLY };
        struct azure_test t;

        clear_environment();
        (void)azure_test_file(".azure/azureProfile.json", PROFILE("app-1", "servicePrincipal"));
        (void)azure_test_file(".azure/service_principal_entries.json",
                              "[{\"client_id\":\"app-1\",\"tenant\":\"" AZURE_TEST_TENANT
                              "\",\"client_secret\":\"cli-secret\"}]");
        assert_int_equal(azure_test_open(&t, ""), 0);
        assert_int_equal(azure_test_sign_in(&t, &step, 1, NOW), SIGN_IN_READY);
        azure_test_close(&t);
        (void)unlink(azure_test_file(".azure/azureProfile.json", "{}"));
}

/* ---- being refused --------------------------------------------------------------------------- */

#define AADSTS(number)                                                                             \
        {                                                                                          \
                401, NULL,                                                                         \
                        "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS" number      \
                        ": words of Entra's\",\"error_codes\":[" number "]}"                       \
        }

static const struct {
        struct azure_test_reply reply;
        int code;
        const char *text;
} refusals[] = {
        { AADSTS("7000215"), -EACCES, "the client secret is wrong" },
        { AADSTS("7000222"), -EACCES, "the client secret has expired" },
        { AADSTS("700016"), -EACCES, "the tenant has no such application" },
        { AADSTS("90002"), -EACCES, "the tenant does not exist" },
        { AADSTS("900023"), -EACCES, "neither a GUID nor a domain" },
        { AADSTS("700027"), -EACCES, "the certificate is not registered" },
        { AADSTS("70021"), -EACCES, "trusts no such federated token" },
        { AADSTS("700213"), -EACCES, "does not trust the subject" },
        { AADSTS("53003"), -EACCES, "CA policy" },
        { AADSTS("500011"), -EACCES, "check cloud" },
        { AADSTS("90033"), -EAGAIN, "AADSTS90033" },
        { AADSTS("50196"), -EAGAIN, "AADSTS50196" },
        { AADSTS("999"), -EACCES, "words of Entra's" },
        { { 429, NULL, "" }, -EAGAIN, "busy or down (HTTP 429)" },
        { { 503, NULL, "<html>" }, -EAGAIN, "busy or down (HTTP 503)" },
        { { 404, NULL, "<html>" }, -EBADMSG, "no answer of Entra" },
        { { 200, NULL, "<html>" }, -EBADMSG, "no JSON" },
        { { 200, NULL, "{}" }, -EBADMSG, "no access_token" },
        { { 0 }, -EAGAIN, "the token endpoint login.microsoftonline.com does not answer: no luck" },
};

static void refusals_say_what_to_do(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(refusals); i++) {
                const struct azure_test_step step = { { NULL }, refusals[i].reply };
                struct azure_test t;
                int r;

                azure_test_secret();
                assert_int_equal(azure_test_open(&t, ""), 0);
                r = azure_test_sign_in(&t, &step, 1, NOW);
                if (r != refusals[i].code || !strstr(t.err.text, refusals[i].text) ||
                    !strstr(t.err.text, "client secret of the environment") ||
                    strstr(t.err.text, AZURE_TEST_SECRET))
                        fail_msg("%s: %d %s", refusals[i].text, r, t.err.text);
                if (r == -EACCES) /* what was refused is not asked again */
                        assert_int_equal(azure_test_sign_in(&t, NULL, 0, NOW), -EACCES);
                azure_test_close(&t);
        }
        clear_environment();
}

static void replaced_secret_is_tried(void **state)
{
        static const struct azure_test_step refused = { { NULL }, AADSTS("7000222") };
        static const struct azure_test_step taken = { { "client_secret=fresh", NULL },
                                                      AZURE_TEST_TOKEN_REPLY };
        struct azure_test t;

        azure_test_secret();
        assert_int_equal(azure_test_open(&t, ""), 0);
        assert_int_equal(azure_test_sign_in(&t, &refused, 1, NOW), -EACCES);
        (void)setenv("AZURE_CLIENT_SECRET", "fresh", 1);
        assert_int_equal(azure_test_sign_in(&t, &taken, 1, NOW), SIGN_IN_READY);
        azure_test_close(&t);
        clear_environment();
}

static void clock_that_is_off_is_corrected_once(void **state)
{
        static const struct azure_test_step steps[] = {
                { { NULL },
                  { 401, "date: Thu, 15 Jan 2026 09:30:00 GMT\n",
                    "{\"error\":\"invalid_client\",\"error_codes\":[700024]}" } },
                { { NULL }, AZURE_TEST_TOKEN_REPLY },
        };
        const struct azure_test_step twice[] = { steps[0], steps[0] };
        struct azure_test t;

        azure_test_certificate("vigie", "pass");
        set_variables((const char *const[]){ ID, "AZURE_CLIENT_CERTIFICATE_PATH=@HOME@/vigie.pem" },
                      3, true);
        assert_int_equal(azure_test_open(&t, ""), 0);
        assert_int_equal(azure_test_sign_in(&t, steps, 2, NOW), SIGN_IN_READY);
        assert_int_equal(t.account->offset_usec, (int64_t)USEC_PER_HOUR);
        azure_test_close(&t);
        assert_int_equal(azure_test_open(&t, ""), 0);
        assert_int_equal(azure_test_sign_in(&t, twice, 2, NOW), -EACCES);
        assert_non_null(strstr(t.err.text, "clock"));
        azure_test_close(&t);
        (void)unsetenv("AZURE_CLIENT_CERTIFICATE_PATH");
        clear_environment();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(secret_is_posted),
                cmocka_unit_test(credentials_are_found_in_order),
                cmocka_unit_test(systemd_credentials_go_first),
                cmocka_unit_test(certificate_files_are_read),
                cmocka_unit_test(certificate_is_asserted),
                cmocka_unit_test(federated_token_is_read_each_time),
                cmocka_unit_test(managed_identities_are_asked),
                cmocka_unit_test(arc_reads_its_own_keys_alone),
                cmocka_unit_test(cli_token_is_used_then_renewed),
                cmocka_unit_test(cli_login_that_cannot_be_read_says_why),
                cmocka_unit_test(cli_application_signs_in_by_itself),
                cmocka_unit_test(refusals_say_what_to_do),
                cmocka_unit_test(replaced_secret_is_tried),
                cmocka_unit_test(clock_that_is_off_is_corrected_once),
        };

        return cmocka_run_group_tests(tests, azure_test_enter, azure_test_leave);
}
