#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/digest.h"
#include "tests/support/aws.h"

#define KEYS(n) "aws_access_key_id = AKID" n "\naws_secret_access_key = SECRETOF" n "\n"

struct environment {
        const char *name, *value;
};

static void environment_set(const struct environment *env, size_t n)
{
        for (size_t i = 0; i < n && env[i].name; i++)
                (void)setenv(env[i].name, env[i].value, 1);
}

/* ---- the order ----------------------------------------------------------------------------------
 */

struct order {
        const char *what, *config, *credentials;
        struct environment env[6];
        const char *profile;
        enum source_kind kind;
        const char *access; /* SOURCE_STATIC */
        const char *roles;  /* ARNs in order, with spaces between */
        const char *source; /* a part of what people read */
};

#define ENV_KEYS                                                                                   \
        { "AWS_ACCESS_KEY_ID", "AKIDENV" },                                                        \
        {                                                                                          \
                "AWS_SECRET_ACCESS_KEY", "SECRETOFENV"                                             \
        }
#define WEB_ENV                                                                                    \
        { "AWS_WEB_IDENTITY_TOKEN_FILE", "/run/token" },                                           \
        {                                                                                          \
                "AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/web"                               \
        }
#define CONTAINER                                                                                  \
        {                                                                                          \
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/creds"                              \
        }
#define IMDS_ON                                                                                    \
        {                                                                                          \
                "AWS_EC2_METADATA_DISABLED", "false"                                               \
        }
#define ROLE(n) "arn:aws:iam::111122223333:role/" n

static const struct order orders[] = {
        { .what = "the environment first",
          .credentials = "[default]\n" KEYS("FILE"),
          .env = { ENV_KEYS },
          .access = "AKIDENV",
          .source = "AWS_ACCESS_KEY_ID" },
        { .what = "the environment before AWS_PROFILE",
          .credentials = "[prod]\n" KEYS("FILE"),
          .env = { ENV_KEYS, { "AWS_PROFILE", "prod" } },
          .access = "AKIDENV" },
        { .what = "a profile that the configuration names wins over the environment",
          .credentials = "[prod]\n" KEYS("FILE"),
          .env = { ENV_KEYS },
          .profile = "prod",
          .access = "AKIDFILE",
          .source = "profile prod in " },
        { .what = "the default profile",
          .credentials = "[default]\n" KEYS("FILE"),
          .access = "AKIDFILE",
          .source = "profile default in " },
        { .what = "AWS_PROFILE",
          .credentials = "[default]\n" KEYS("ONE") "[prod]\n" KEYS("TWO"),
          .env = { { "AWS_PROFILE", "prod" } },
          .access = "AKIDTWO" },
        { .what = "the credentials file before the config file",
          .config = "[default]\n" KEYS("CONF"),
          .credentials = "[default]\n" KEYS("FILE"),
          .access = "AKIDFILE" },
        { .what = "the config file alone",
          .config = "[profile prod]\n" KEYS("CONF"),
          .profile = "prod",
          .access = "AKIDCONF" },
        { .what = "a role before keys of the same profile",
          .config = "[default]\nrole_arn = " ROLE("r") "\nsource_profile = base\n",
          .credentials = "[default]\n" KEYS("ONE") "[base]\n" KEYS("BASE"),
          .access = "AKIDBASE",
          .roles = ROLE("r"),
          .source = "config (role " ROLE("r") },
        { .what = "roles through profiles, innermost first",
          .config = "[profile a]\nrole_arn = " ROLE("a") "\nsource_profile = b\n[profile b]\n"
                                                         "role_arn = " ROLE(
                                                                 "b") "\nsource_profile = c\n",
          .credentials = "[c]\n" KEYS("C"),
          .profile = "a",
          .access = "AKIDC",
          .roles = ROLE("b") " " ROLE("a") },
        { .what = "a profile that names itself for its keys",
          .config = "[profile a]\nrole_arn = " ROLE("a") "\nsource_profile = a\n",
          .credentials = "[a]\n" KEYS("A"),
          .profile = "a",
          .access = "AKIDA",
          .roles = ROLE("a") },
        { .what = "credential_source Environment",
          .config = "[profile a]\nrole_arn = " ROLE("a") "\ncredential_source = Environment\n",
          .env = { ENV_KEYS },
          .profile = "a",
          .access = "AKIDENV",
          .roles = ROLE("a") },
        { .what = "credential_source EcsContainer",
          .config = "[profile a]\nrole_arn = " ROLE("a") "\ncredential_source = EcsContainer\n",
          .env = { CONTAINER },
          .profile = "a",
          .kind = SOURCE_CONTAINER,
          .roles = ROLE("a") },
        { .what = "credential_source Ec2InstanceMetadata",
          .config = "[profile a]\nrole_arn = " ROLE("a") "\ncredential_source = "
                                                         "Ec2InstanceMetadata\n",
          .env = { IMDS_ON },
          .profile = "a",
          .kind = SOURCE_IMDS,
          .roles = ROLE("a") },
        { .what = "web identity of the environment before keys of the default profile",
          .credentials = "[default]\n" KEYS("FILE"),
          .env = { WEB_ENV },
          .kind = SOURCE_WEB_IDENTITY,
          .source = "/run/token" },
        { .what = "a role profile before web identity of the environment",
          .config = "[default]\nrole_arn = " ROLE("r") "\nsource_profile = base\n",
          .credentials = "[base]\n" KEYS("BASE"),
          .env = { WEB_ENV },
          .access = "AKIDBASE",
          .roles = ROLE("r") },
        { .what = "web identity of a profile",
          .config = "[profile w]\nrole_arn = " ROLE("w") "\nweb_identity_token_file = /t\n",
          .profile = "w",
          .kind = SOURCE_WEB_IDENTITY },
        { .what = "SSO before keys",
          .config = "[profile s]\nsso_session = corp\nsso_account_id = 111122223333\n"
                    "sso_role_name = Audit\n[sso-session corp]\nsso_start_url = https://x.example\n"
                    "sso_region = eu-west-1\n",
          .credentials = "[s]\n" KEYS("FILE"),
          .profile = "s",
          .kind = SOURCE_SSO,
          .source = "profile s" },
        { .what = "keys before credential_process",
          .config = "[default]\ncredential_process = /bin/helper\n",
          .credentials = "[default]\n" KEYS("FILE"),
          .access = "AKIDFILE" },
        { .what = "credential_process before keys of the config file",
          .config = "[default]\ncredential_process = /bin/helper --x\n" KEYS("CONF"),
          .kind = SOURCE_PROCESS,
          .source = "credential_process of profile default" },
        { .what = "a container after the profile",
          .config = "[default]\nregion = eu-west-3\n",
          .env = { CONTAINER, IMDS_ON },
          .kind = SOURCE_CONTAINER,
          .source = "http://169.254.170.2/v2/creds" },
        { .what = "keys before a container",
          .credentials = "[default]\n" KEYS("FILE"),
          .env = { CONTAINER },
          .access = "AKIDFILE" },
        { .what = "instance metadata last",
          .env = { IMDS_ON },
          .kind = SOURCE_IMDS,
          .source = "http://169.254.169.254" },
        { .what = "instance metadata over IPv6",
          .env = { IMDS_ON, { "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6" } },
          .kind = SOURCE_IMDS,
          .source = "http://[fd00:ec2::254]" },
};

static void files(const char *config, const char *credentials)
{
        (void)bench_file(".aws/config", config ? config : "");
        (void)bench_file(".aws/credentials", credentials ? credentials : "");
}

static void assert_roles(const struct chain *c, const char *want)
{
        char got[512] = "";
        size_t n = 0;

        for (size_t i = 0; i < c->n_roles; i++)
                n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%s", i > 0 ? " " : "",
                                      c->roles[i].arn);
        assert_string_equal(got, want ? want : "");
}

static void chain_takes_the_first_source_of_the_order(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(orders); i++) {
                const struct order *o = &orders[i];
                struct bench b = { .options = { .profile = (char *)o->profile } };
                char *home = strdup(getenv("HOME"));

                print_message("%s\n", o->what);
                files(o->config, o->credentials);
                environment_set(o->env, ELEMENTSOF(o->env));
                bench_open(&b);
                assert_int_equal(b.account->chain.kind, o->kind);
                if (o->access)
                        assert_string_equal(b.account->chain.fixed.access_key, o->access);
                assert_roles(&b.account->chain, o->roles);
                if (o->source)
                        assert_non_null(
                                strstr(aws_provider.credential_source(b.account), o->source));
                assert_null(strstr(aws_provider.credential_source(b.account), "SECRETOF"));
                bench_close(&b);
                for (size_t k = 0; k < ELEMENTSOF(o->env) && o->env[k].name; k++)
                        (void)unsetenv(o->env[k].name);
                (void)setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
                (void)setenv("HOME", home, 1);
                free(home);
        }
}

/* ---- what stops it ------------------------------------------------------------------------------
 */

struct refusal {
        const char *what, *config, *credentials;
        struct environment env[4];
        struct aws_options options;
        int code;
        const char *says;
};

static const struct refusal refusals[] = {
        { .what = "nothing at all", .code = -EACCES, .says = "no credentials found" },
        { .what = "half a pair in the environment",
          .credentials = "[default]\n" KEYS("FILE"),
          .env = { { "AWS_ACCESS_KEY_ID", "AKIDENV" } },
          .code = -EINVAL,
          .says = "environment: the secret access key is missing" },
        { .what = "half a pair in a file",
          .credentials = "[default]\naws_secret_access_key = SECRETOFX\n",
          .code = -EINVAL,
          .says = "the access key is missing" },
        { .what = "quotes around a key",
          .credentials = "[default]\naws_access_key_id = AKID\naws_secret_access_key = \"SECRETOF "
                         "X\"\n",
          .code = -EINVAL,
          .says = "characters that no key has" },
        { .what = "a profile that is not there",
          .options = { .profile = (char *)"prod" },
          .env = { ENV_KEYS },
          .code = -EINVAL,
          .says = "profile prod is neither in" },
        { .what = "AWS_PROFILE that is not there",
          .credentials = "[default]\n" KEYS("FILE"),
          .env = { { "AWS_PROFILE", "prod" } },
          .code = -EINVAL,
          .says = "profile prod is neither in" },
        { .what = "a loop of profiles",
          .config = "[profile a]\nrole_arn = x\nsource_profile = b\n[profile b]\nrole_arn = x\n"
                    "source_profile = a\n",
          .options = { .profile = (char *)"a" },
          .code = -EINVAL,
          .says = "leads back to itself" },
        { .what = "a profile that names itself without keys",
          .config = "[profile a]\nrole_arn = x\nsource_profile = a\n",
          .options = { .profile = (char *)"a" },
          .code = -EINVAL,
          .says = "leads back to itself" },
        { .what = "a source profile that is not there",
          .config = "[profile a]\nrole_arn = x\nsource_profile = b\n",
          .options = { .profile = (char *)"a" },
          .code = -EINVAL,
          .says = "source_profile b does not exist" },
        { .what = "a source profile without credentials",
          .config = "[profile a]\nrole_arn = x\nsource_profile = b\n[profile b]\nregion = r\n",
          .options = { .profile = (char *)"a" },
          .code = -EINVAL,
          .says = "source_profile b holds no credentials" },
        { .what = "a role without source",
          .config = "[profile a]\nrole_arn = x\n",
          .options = { .profile = (char *)"a" },
          .code = -EINVAL,
          .says = "source_profile or credential_source" },
        { .what = "a role with two sources",
          .config = "[profile a]\nrole_arn = x\nsource_profile = b\ncredential_source = "
                    "Environment\n",
          .options = { .profile = (char *)"a" },
          .code = -EINVAL,
          .says = "and not both" },
        { .what = "a credential source of another name",
          .config = "[profile a]\nrole_arn = x\ncredential_source = Cloud\n",
          .options = { .profile = (char *)"a" },
          .code = -EINVAL,
          .says = "'Cloud' is not known" },
        { .what = "a credential source that has nothing",
          .config = "[profile a]\nrole_arn = x\ncredential_source = Environment\n",
          .options = { .profile = (char *)"a" },
          .code = -EINVAL,
          .says = "there is nothing there" },
        { .what = "a one-time code",
          .config = "[profile a]\nrole_arn = x\nsource_profile = a\nmfa_serial = y\n",
          .credentials = "[a]\n" KEYS("A"),
          .options = { .profile = (char *)"a" },
          .code = -EINVAL,
          .says = "needs a person" },
        { .what = "more roles than a chain has",
          .config = "[profile a]\nrole_arn = x\nsource_profile = b\n[profile b]\nrole_arn = x\n"
                    "source_profile = c\n[profile c]\nrole_arn = x\nsource_profile = d\n[profile d]"
                    "\nrole_arn = x\nsource_profile = e\n[profile e]\nrole_arn = x\nsource_profile "
                    "= f\n[profile f]\nrole_arn = x\nsource_profile = g\n",
          .credentials = "[g]\n" KEYS("G"),
          .options = { .profile = (char *)"a" },
          .code = -EINVAL,
          .says = "more than 5 roles" },
        { .what = "a duration out of bounds",
          .config = "[profile a]\nrole_arn = x\nsource_profile = a\nduration_seconds = 60\n",
          .credentials = "[a]\n" KEYS("A"),
          .options = { .profile = (char *)"a" },
          .code = -EINVAL,
          .says = "duration_seconds" },
        { .what = "a web identity without role",
          .env = { { "AWS_WEB_IDENTITY_TOKEN_FILE", "/run/token" } },
          .code = -EINVAL,
          .says = "AWS_ROLE_ARN is not" },
        { .what = "SSO without a role",
          .config = "[default]\nsso_start_url = https://x\nsso_region = eu-west-1\n"
                    "sso_account_id = 111122223333\n",
          .code = -EINVAL,
          .says = "sso_role_name is missing" },
        { .what = "an SSO session that is not there",
          .config = "[default]\nsso_session = corp\nsso_account_id = 111122223333\n"
                    "sso_role_name = r\n",
          .code = -EINVAL,
          .says = "sso_start_url is missing" },
        { .what = "aws login",
          .config = "[default]\nlogin_session = arn:x\n",
          .code = -EINVAL,
          .says = "login_session" },
        { .what = "a command with an open quote",
          .config = "[default]\ncredential_process = helper \"SECRETOFX\n",
          .code = -EINVAL,
          .says = "a quote is open" },
        { .what = "a container elsewhere",
          .env = { { "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.1.1/x" } },
          .code = -EINVAL,
          .says = "is not allowed" },
        { .what = "a container on the network without TLS",
          .env = { { "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/x" } },
          .code = -EINVAL,
          .says = "https" },
        { .what = "a line that is no setting",
          .credentials = "[default]\nSECRETOFX\n",
          .code = -EINVAL,
          .says = "credentials:2: " },
        { .what = "a region that would lead elsewhere",
          .env = { ENV_KEYS, { "AWS_REGION", "evil.example/" } },
          .code = -EINVAL,
          .says = "is no region" },
        { .what = "a partition of another name",
          .env = { ENV_KEYS },
          .options = { .partition = (char *)"aws-mars" },
          .code = -EINVAL,
          .says = "aws-eusc" },
        { .what = "a role's name with nowhere to assume it",
          .env = { ENV_KEYS },
          .options = { .role = (char *)"audit" },
          .code = -EINVAL,
          .says = "give the role's ARN" },
        { .what = "an ARN of something else",
          .env = { ENV_KEYS },
          .options = { .role = (char *)"arn:aws:iam::111122223333:user/x" },
          .code = -EINVAL,
          .says = "is no role's ARN" },
};

static void chain_stops_at_a_source_that_is_wrong(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(refusals); i++) {
                const struct refusal *f = &refusals[i];
                struct bench b = { .options = f->options };
                struct error err = { 0 };

                print_message("%s\n", f->what);
                files(f->config, f->credentials);
                environment_set(f->env, ELEMENTSOF(f->env));
                assert_int_equal(bench_try(&b, &err), f->code);
                assert_null(b.account);
                if (!strstr(err.text, f->says))
                        fail_msg("'%s' does not say '%s'", err.text, f->says);
                assert_null(strstr(err.text, "SECRETOF"));
                for (size_t k = 0; k < ELEMENTSOF(f->env) && f->env[k].name; k++)
                        (void)unsetenv(f->env[k].name);
        }
}

static void chain_checks_account_ids(void **state)
{
        char *ids[] = { (char *)"111122223333", (char *)"1111", NULL };
        struct bench b = { .options = { .organization = { .accounts = ids, .place = { 1, 1 } } } };
        struct error err = { 0 };

        bench_environment_keys();
        assert_int_equal(bench_try(&b, &err), -EINVAL);
        assert_non_null(strstr(err.text, "'1111'"));
}

/* ---- systemd ------------------------------------------------------------------------------------
 */

static void chain_takes_systemd_credentials_before_all(void **state)
{
        struct bench b = { .options = { .profile = (char *)"prod" } };
        char directory[256];

        files(NULL, "[prod]\n" KEYS("FILE"));
        (void)bench_file("creds/bench.access_key_id", "AKIDSYSTEMD\n");
        (void)bench_file("creds/bench.secret_access_key", "SECRETOFSYSTEMD\n");
        (void)snprintf(directory, sizeof(directory), "%s/creds", getenv("HOME"));
        b.config.name = (char *)"bench";
        b.config.options = &b.options;
        assert_int_equal(aws_provider.account_new(&b.account, &b.config, directory, NULL), 0);
        assert_string_equal(b.account->chain.fixed.access_key, "AKIDSYSTEMD");
        assert_string_equal(b.account->chain.fixed.secret_key, "SECRETOFSYSTEMD");
        assert_null(b.account->chain.fixed.token);
        assert_non_null(strstr(aws_provider.credential_source(b.account), "systemd"));
        bench_close(&b);
}

/* ---- region and partition -----------------------------------------------------------------------
 */

static const struct {
        const char *what, *config, *aws_region, *profile, *partition, *first_region;
        const char *want_region, *want_partition, *want_suffix, *want_global;
} places[] = {
        { "nothing said", NULL, NULL, NULL, NULL, NULL, "eu-west-1", "aws", "amazonaws.com",
          "us-east-1" },
        { "the environment", NULL, "eu-west-3", NULL, NULL, NULL, "eu-west-3", "aws",
          "amazonaws.com", "us-east-1" },
        { "the profile", "[default]\nregion = eu-central-1\n", NULL, NULL, NULL, NULL,
          "eu-central-1", "aws", "amazonaws.com", "us-east-1" },
        { "the environment before the default profile", "[default]\nregion = eu-central-1\n",
          "eu-west-3", NULL, NULL, NULL, "eu-west-3", "aws", "amazonaws.com", "us-east-1" },
        { "a named profile before the environment",
          "[profile s]\nregion = eusc-de-east-1\n" KEYS("S"), "eu-west-3", "s", NULL, NULL,
          "eusc-de-east-1", "aws-eusc", "amazonaws.eu", "eusc-de-east-1" },
        { "the configuration's partition", NULL, "eu-west-3", NULL, "aws-eusc", NULL,
          "eusc-de-east-1", "aws-eusc", "amazonaws.eu", "eusc-de-east-1" },
        { "the wanted regions", NULL, NULL, NULL, NULL, "eusc-de-east-1", "eusc-de-east-1",
          "aws-eusc", "amazonaws.eu", "eusc-de-east-1" },
        { "an ARN",
          "[profile r]\nrole_arn = arn:aws-us-gov:iam::111122223333:role/x\n"
          "source_profile = r\n" KEYS("R"),
          NULL, "r", NULL, NULL, "us-gov-west-1", "aws-us-gov", "amazonaws.com", "us-gov-west-1" },
        { "China", NULL, "cn-north-1", NULL, NULL, NULL, "cn-north-1", "aws-cn", "amazonaws.com.cn",
          "cn-northwest-1" },
};

static const char *variable(const struct bench *b, const char *name)
{
        const char *value = aws_provider.variable(b->account, NULL, "eu-west-1", name);

        return value ? value : "(nothing)";
}

static void chain_knows_region_and_partition(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(places); i++) {
                char *regions[] = { (char *)places[i].first_region, NULL };
                struct bench b = { .options = { .profile = (char *)places[i].profile,
                                                .partition = (char *)places[i].partition } };

                print_message("%s\n", places[i].what);
                files(places[i].config, NULL);
                bench_environment_keys();
                if (places[i].aws_region)
                        (void)setenv("AWS_REGION", places[i].aws_region, 1);
                if (places[i].first_region)
                        b.config.regions = regions;
                bench_open(&b);
                assert_string_equal(variable(&b, "home_region"), places[i].want_region);
                assert_string_equal(variable(&b, "sts_region"), places[i].want_region);
                assert_string_equal(variable(&b, "partition"), places[i].want_partition);
                assert_string_equal(variable(&b, "suffix"), places[i].want_suffix);
                assert_string_equal(variable(&b, "global_region"), places[i].want_global);
                assert_string_equal(variable(&b, "organization"), "(nothing)");
                assert_string_equal(variable(&b, "nonsense"), "(nothing)");
                bench_close(&b);
                (void)unsetenv("AWS_REGION");
        }
}

/* Hosts that follow no rule, for each partition; what is not known has no value. */
static void chain_knows_the_hosts_of_partitions(void **state)
{
        static const struct {
                const char *partition, *dualstack, *iam, *ce;
        } hosts[] = {
                { "aws", "api.aws", "iam.amazonaws.com", "amazonaws.com" },
                { "aws-eusc", "api.amazonwebservices.eu", "iam.eusc-de-east-1.amazonaws.eu",
                  "api.amazonwebservices.eu" },
                { "aws-us-gov", "api.aws", "(nothing)", "(nothing)" },
                { "aws-cn", "api.amazonwebservices.com.cn", "iam.cn-north-1.amazonaws.com.cn",
                  "(nothing)" },
        };

        for (size_t i = 0; i < ELEMENTSOF(hosts); i++) {
                struct bench b = { .options = { .partition = (char *)hosts[i].partition } };
                char name[64];

                files(NULL, NULL);
                bench_environment_keys();
                bench_open(&b);
                assert_string_equal(variable(&b, "dualstack_suffix"), hosts[i].dualstack);
                assert_string_equal(variable(&b, "iam_host"), hosts[i].iam);
                assert_string_equal(variable(&b, "ce_suffix"), hosts[i].ce);
                for (size_t k = 0; k < ELEMENTSOF(hosts); k++) {
                        (void)snprintf(name, sizeof(name), "partition.%s", hosts[k].partition);
                        assert_string_equal(variable(&b, name),
                                            k == i ? hosts[k].partition : "(nothing)");
                }
                bench_close(&b);
        }
}

static void chain_names_the_scopes_of_the_configuration(void **state)
{
        char *ids[] = { (char *)"111122223333", (char *)"444455556666", NULL };
        struct bench b = { .options = { .organization = { .role = (char *)"audit",
                                                          .accounts = ids,
                                                          .place = { 1, 1 } } } };
        json_auto_t *scopes = json_array();

        bench_environment_keys();
        bench_open(&b);
        assert_int_equal(aws_provider.scopes(b.account, scopes, NULL), 0);
        assert_int_equal(json_array_size(scopes), 2);
        assert_string_equal(json_string_value(json_object_get(json_array_get(scopes, 1), "id")),
                            "444455556666");
        assert_string_equal(variable(&b, "organization"), "(nothing)"); /* named: not listed */
        bench_close(&b);
        b.options.organization.accounts = NULL;
        bench_open(&b);
        assert_string_equal(variable(&b, "organization"), "all");
        bench_close(&b);
}

/* ---- words --------------------------------------------------------------------------------------
 */

static const struct {
        const char *text, *words;
} commands[] = {
        { "/bin/helper --profile x", "/bin/helper|--profile|x" },
        { "  a\t b ", "a|b" },
        { "\"a b\" 'c d'", "a b|c d" },
        { "a\\ b", "a b" },
        { "'a\\b' \"a\\\\b\" \"a\\\"b\" \"a\\nb\"", "a\\b|a\\b|a\"b|a\\nb" },
        { "a'b'\"c\"", "abc" },
        { "''", "" },
        { "$(x) `y` >z", "$(x)|`y`|>z" },
};

static void chain_splits_commands_as_a_shell_does(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(commands); i++) {
                char **words = NULL, got[256] = "";
                size_t n = 0;

                print_message("%s\n", commands[i].text);
                assert_int_equal(chain_split_command(commands[i].text, &words, NULL), 0);
                for (char **word = words; *word; word++)
                        n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%s",
                                              word > words ? "|" : "", *word);
                assert_string_equal(got, commands[i].words);
                chain_free_words(words);
        }
}

/* ---- is there anything? -------------------------------------------------------------------------
 */

static void chain_is_found_only_when_there_is_something(void **state)
{
        assert_false(aws_provider.found());
        (void)setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x", 1);
        assert_true(aws_provider.found());
        (void)unsetenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
        (void)setenv("AWS_ACCESS_KEY_ID", "AKID", 1); /* half of it: said when it is opened */
        assert_true(aws_provider.found());
        (void)unsetenv("AWS_ACCESS_KEY_ID");
        (void)bench_file(".aws/config", "[default]\nregion = eu-west-3\n");
        assert_false(aws_provider.found());
        (void)bench_file(".aws/credentials", "[default]\n" KEYS("X"));
        assert_true(aws_provider.found());
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                BENCH_TEST(chain_takes_the_first_source_of_the_order),
                BENCH_TEST(chain_stops_at_a_source_that_is_wrong),
                BENCH_TEST(chain_checks_account_ids),
                BENCH_TEST(chain_takes_systemd_credentials_before_all),
                BENCH_TEST(chain_knows_region_and_partition),
                BENCH_TEST(chain_knows_the_hosts_of_partitions),
                BENCH_TEST(chain_names_the_scopes_of_the_configuration),
                BENCH_TEST(chain_splits_commands_as_a_shell_does),
                BENCH_TEST(chain_is_found_only_when_there_is_something),
        };

        return cmocka_run_group_tests_name("aws_chain", tests, NULL, NULL);
}
