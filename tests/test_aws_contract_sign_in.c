#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/digest.h"
#include "tests/support/aws_contract.h"

#define NOW AWS_TEST_NOW_USEC
#define ROLE "arn:aws:iam::111122223333:role/"
#define FUTURE "2026-01-15T14:30:00Z" /* six hours on */
#define DOCUMENT(token)                                                                            \
        "{\"Code\":\"Success\",\"Version\":1,\"AccessKeyId\":\"ASIANEW\",\"SecretAccessKey\":"     \
        "\"newsecretkey\",\"" token "\":\"newtoken==\",\"Expiration\":\"" FUTURE "\"}"
#define ASSUMED(action)                                                                            \
        "{\"" action "Response\":{\"" action "Result\":{\"Credentials\":{\"AccessKeyId\":"         \
        "\"ASIANEW\",\"SecretAccessKey\":\"newsecretkey\",\"SessionToken\":\"newtoken==\","        \
        "\"Expiration\":1.7684874E9}},\"ResponseMetadata\":{\"RequestId\":\"1\"}}}"
#define KEYS_PROFILE "[base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = basesecretkey\n"

static int setup(void **state)
{
        aws_test_enter();
        return 0;
}

static int teardown(void **state)
{
        aws_test_leave();
        return 0;
}

/* Signs in and tells which key a call is signed with. */
static void check_key(struct aws_test_account *t, const struct scope *scope, const char *key)
{
        struct service service = { .id = (char *)"aws.eks",
                                   .protocol = (char *)"rest-json",
                                   .signing_name = (char *)"eks" };
        const struct call call = { .name = (char *)"ListClusters", .service = &service };
        const struct call_instance instance = { .call = &call,
                                                .scope = scope,
                                                .region = "eu-west-1",
                                                .host = "eks.eu-west-1.amazonaws.com",
                                                .path = "/clusters" };
        struct message_request req = { 0 };
        _cleanup_(freep) char *text = NULL;
        char wanted[64];

        assert_int_equal(aws_provider.request(t->account, &instance, NOW, &req, &t->err), 0);
        text = aws_test_request_text(&req);
        message_request_done(&req);
        (void)snprintf(wanted, sizeof(wanted), "Credential=%s/", key);
        if (!strstr(text, wanted))
                fail_msg("'%s' is not in:\n%s", wanted, text);
}

static void check_sign_in(const char *options, const struct aws_test_exchange *x, size_t n,
                          const char *key)
{
        struct aws_test_account t;
        int r = aws_test_open(&t, options);

        if (r == 0)
                r = aws_test_sign_in(&t, NULL, x, n, NOW);
        if (r != SIGN_IN_READY)
                fail_msg("%s", t.err.text);
        check_key(&t, NULL, key);
        assert_non_null(aws_provider.credential_source(t.account));
        aws_test_close(&t);
}

/* Opening or signing in must fail with a text that has all of these and no secret. */
static void check_refused(const char *options, const struct aws_test_exchange *x, size_t n,
                          const char *const parts[3])
{
        struct aws_test_account t;
        int r = aws_test_open(&t, options);

        if (r == 0)
                r = aws_test_sign_in(&t, NULL, x, n, NOW);
        assert_true(r < 0);
        for (size_t i = 0; i < 3 && parts[i]; i++)
                if (!strcasestr(t.err.text, parts[i]))
                        fail_msg("'%s' is not in: %s", parts[i], t.err.text);
        assert_null(strstr(t.err.text, "secretkey"));
        assert_null(strstr(t.err.text, "token=="));
        aws_test_close(&t);
}

#define REFUSED(options, x, n, ...)                                                                \
        check_refused(options, x, n, (const char *const[3]){ __VA_ARGS__ })

/* ---- the order ------------------------------------------------------------------------------ */

static void aws_sign_in_takes_sources_in_order(void **state)
{
        aws_test_file(
                ".aws/credentials",
                "[default]\naws_access_key_id = AKIDFILE\naws_secret_access_key = filesecretkey\n"
                "[lab]\naws_access_key_id=AKIDLAB\naws_secret_access_key=labsecretkey\n");
        check_sign_in("", NULL, 0, "AKIDFILE");
        check_sign_in("profile: lab", NULL, 0, "AKIDLAB");
        (void)setenv("AWS_PROFILE", "lab", 1);
        check_sign_in("", NULL, 0, "AKIDLAB");
        aws_test_keys();
        check_sign_in("", NULL, 0, AWS_TEST_KEY);
        check_sign_in("profile: lab", NULL, 0, "AKIDLAB");
        aws_test_file("credentials/prod.access_key_id", "AKIDSYSTEMD\n");
        aws_test_file("credentials/prod.secret_access_key", "systemdsecretkey\n");
        {
                char path[512];

                (void)snprintf(path, sizeof(path), "%s/credentials", getenv("HOME"));
                (void)setenv("CREDENTIALS_DIRECTORY", path, 1);
        }
        check_sign_in("", NULL, 0, "AKIDSYSTEMD");
        (void)unsetenv("CREDENTIALS_DIRECTORY");
}

static void aws_sign_in_stops_at_a_source_that_is_broken(void **state)
{
        aws_test_file(".aws/config",
                      "[profile loop]\nrole_arn = " ROLE "a\nsource_profile = loop2\n"
                      "[profile loop2]\nrole_arn = " ROLE "b\nsource_profile = loop\n"
                      "[profile mfa]\nrole_arn = " ROLE "a\nsource_profile = base\n"
                      "mfa_serial = arn:aws:iam::111122223333:mfa/x\n"
                      "[profile both]\nrole_arn = " ROLE "a\nsource_profile = base\n"
                      "credential_source = Environment\n"
                      "[profile neither]\nrole_arn = " ROLE "a\n"
                      "[profile half]\naws_access_key_id = AKIDHALF\n"
                      "[profile lost]\nrole_arn = " ROLE "a\nsource_profile = nobody\n");
        aws_test_file(".aws/credentials", KEYS_PROFILE);
        REFUSED("profile: loop", NULL, 0, "loop");
        REFUSED("profile: mfa", NULL, 0, "mfa_serial");
        REFUSED("profile: both", NULL, 0, "credential_source");
        REFUSED("profile: neither", NULL, 0, "source_profile");
        REFUSED("profile: half", NULL, 0, "half");
        REFUSED("profile: lost", NULL, 0, "nobody");
        REFUSED("profile: none", NULL, 0, "none");
        (void)setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token", 1);
        REFUSED("", NULL, 0, "AWS_ROLE_ARN");
        (void)unsetenv("AWS_WEB_IDENTITY_TOKEN_FILE");
        (void)setenv("AWS_ACCESS_KEY_ID", "AKIDALONE", 1);
        REFUSED("", NULL, 0, "secret");
}

static void aws_sign_in_says_where_it_looked(void **state)
{
        (void)setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
        REFUSED("", NULL, 0, "credentials", "/.aws/c", "aws configure");
        assert_false(aws_provider.found());
        aws_test_keys();
        assert_true(aws_provider.found());
}

/* ---- each source ---------------------------------------------------------------------------- */

static void aws_sign_in_takes_roles_one_after_the_other(void **state)
{
        static const struct aws_test_exchange x[] = {
                { { "POST https://sts.eu-west-1.amazonaws.com/", "Action=AssumeRole&",
                    "RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Ffirst",
                    "DurationSeconds=3600", "Credential=AKIDBASE/", NULL },
                  { .status = 200, .body = ASSUMED("AssumeRole") } },
                { { "Action=AssumeRole&", "role%2Fsecond", "ExternalId=ext-1",
                    "Credential=ASIANEW/", "X-Amz-Security-Token: newtoken==", NULL },
                  { .status = 200, .body = ASSUMED("AssumeRole") } },
        };
        static const struct aws_test_exchange denied[] = {
                { { "Action=AssumeRole&" },
                  { .status = 403,
                    .body = "{\"Error\":{\"Code\":\"AccessDenied\",\"Message\":\"not you\"}}" } },
        };

        aws_test_file(".aws/credentials", KEYS_PROFILE);
        aws_test_file(".aws/config",
                      "[profile a]\nrole_arn = " ROLE "first\nsource_profile = base\n"
                      "[profile b]\nrole_arn = " ROLE "second\nsource_profile = a\n"
                      "external_id = ext-1\n");
        check_sign_in("profile: b", x, 2, "ASIANEW");
        check_sign_in("{profile: a, role: '" ROLE "second', external_id: ext-1}", x, 2, "ASIANEW");
        REFUSED("profile: a", denied, 1, "not you", "role/first");
}

static void aws_sign_in_runs_a_program(void **state)
{
        static const struct aws_test_exchange good[] = {
                { { "[/opt/keys] [--of] [the lab] [a\"b]" },
                  { .status = 0, .body = DOCUMENT("SessionToken") } },
        };
        static const struct aws_test_exchange bad[] = {
                { { "[/opt/keys]" },
                  { .status = 0,
                    .body = "{\"Version\":2,\"AccessKeyId\":\"A\",\"SecretAccessKey\":"
                            "\"leakedsecretkey\"}" } },
        };
        static const struct aws_test_exchange fails[] = {
                { { "[/opt/keys]" }, { .status = 1, .transport = TRANSPORT_COMMAND } },
        };

        aws_test_file(".aws/config",
                      "[profile p]\ncredential_process = /opt/keys --of \"the lab\" a\\\"b\n");
        check_sign_in("profile: p", good, 1, "ASIANEW");
        REFUSED("profile: p", bad, 1, "credential_process");
        REFUSED("profile: p", fails, 1, "credential_process");
}

static void aws_sign_in_shows_a_web_identity(void **state)
{
        static const struct aws_test_exchange x[] = {
                { { "POST https://sts.eu-west-1.amazonaws.com/",
                    "Action=AssumeRoleWithWebIdentity&", "WebIdentityToken=jwt.of.pod",
                    "role%2Fpod", NULL },
                  { .status = 200, .body = ASSUMED("AssumeRoleWithWebIdentity") } },
        };
        char path[512];

        aws_test_file("token", "jwt.of.pod\n");
        (void)snprintf(path, sizeof(path), "%s/token", getenv("HOME"));
        (void)setenv("AWS_WEB_IDENTITY_TOKEN_FILE", path, 1);
        (void)setenv("AWS_ROLE_ARN", ROLE "pod", 1);
        check_sign_in("", x, 1, "ASIANEW");
}

static void aws_sign_in_asks_a_container(void **state)
{
        static const struct aws_test_exchange x[] = {
                { { "GET http://169.254.170.2/v2/credentials/1", "Authorization: secret-of-task" },
                  { .status = 200, .body = DOCUMENT("Token") } },
        };

        (void)setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/1", 1);
        (void)setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "secret-of-task", 1);
        check_sign_in("", x, 1, "ASIANEW");
        (void)unsetenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
        (void)setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/keys", 1);
        REFUSED("", NULL, 0, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
}

static void aws_sign_in_asks_the_metadata_service(void **state)
{
#define TOKEN                                                                                      \
        {                                                                                          \
                { "PUT http://169.254.169.254/latest/api/token",                                   \
                  "X-aws-ec2-metadata-token-ttl-seconds: 21600" },                                 \
                {                                                                                  \
                        .status = 200, .body = "mdtoken"                                           \
                }                                                                                  \
        }
#define ROLES                                                                                      \
        {                                                                                          \
                "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/\n",         \
                        "X-aws-ec2-metadata-token: mdtoken"                                        \
        }
        static const struct aws_test_exchange x[] = {
                TOKEN,
                { ROLES, { .status = 200, .body = "audit\n" } },
                { { "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/audit\n",
                    "X-aws-ec2-metadata-token: mdtoken" },
                  { .status = 200, .body = DOCUMENT("Token") } },
        };
        static const struct aws_test_exchange no_role[] = { TOKEN, { ROLES, { .status = 404 } } };

        check_sign_in("", x, 3, "ASIANEW");
        REFUSED("", no_role, 2, "role");
}

static void aws_sign_in_uses_the_sso_cache(void **state)
{
        static const struct aws_test_exchange keys = {
                { "GET https://portal.sso.eu-west-1.amazonaws.com/federation/credentials?"
                  "account_id=111122223333&role_name=Audit",
                  "x-amz-sso_bearer_token: ", NULL },
                { .status = 200,
                  .body = "{\"roleCredentials\":{\"accessKeyId\":\"ASIANEW\",\"secretAccessKey\":"
                          "\"newsecretkey\",\"sessionToken\":\"newtoken==\",\"expiration\":"
                          "1768487400000}}" }
        };
        const struct aws_test_exchange renewed[] = {
                { { "POST https://oidc.eu-west-1.amazonaws.com/token", "refresh_token",
                    "oldrefresh", NULL },
                  { .status = 200,
                    .body = "{\"accessToken\":\"newbearer\",\"expiresIn\":3600,\"refreshToken\":"
                            "\"newrefresh\"}" } },
                keys,
        };
        char hex[41], name[128];

        (void)snprintf(name, sizeof(name), ".aws/sso/cache/%s.json",
                       digest_sha1_hex("corp", 4, hex));
        aws_test_file(".aws/config", "[profile s]\nsso_session = corp\nsso_account_id = "
                                     "111122223333\nsso_role_name = Audit\n[sso-session corp]\n"
                                     "sso_start_url = https://corp.awsapps.com/start\nsso_region = "
                                     "eu-west-1\n");
        REFUSED("profile: s", NULL, 0, "aws sso login");
        aws_test_file(name, "{\"accessToken\":\"bearer\",\"expiresAt\":\"" FUTURE "\"}");
        check_sign_in("profile: s", &keys, 1, "ASIANEW");
        aws_test_file(name, "{\"accessToken\":\"old\",\"expiresAt\":\"2026-01-15T08:00:00Z\"}");
        REFUSED("profile: s", NULL, 0, "aws sso login");
        aws_test_file(name, "{\"accessToken\":\"old\",\"expiresAt\":\"2026-01-15T08:00:00Z\","
                            "\"refreshToken\":\"oldrefresh\",\"clientId\":\"id\",\"clientSecret\":"
                            "\"clientsecretkey\",\"registrationExpiresAt\":\"" FUTURE "\"}");
        check_sign_in("profile: s", renewed, 2, "ASIANEW");
        /* what was renewed is in the cache, for the next one */
        check_sign_in("profile: s", &keys, 1, "ASIANEW");
}

/* ---- members and time ----------------------------------------------------------------------- */

static void aws_sign_in_takes_the_role_of_a_member(void **state)
{
        static const struct aws_test_exchange x[] = {
                { { "Action=AssumeRole&",
                    "RoleArn=arn%3Aaws%3Aiam%3A%3A444455556666%3Arole%2Fvigie-read",
                    "ExternalId=ext-1", "Credential=" AWS_TEST_KEY "/", NULL },
                  { .status = 200, .body = ASSUMED("AssumeRole") } },
        };
        struct scope *member = scope_new("444455556666", NULL, "account");
        struct scope *own = scope_new("111122223333", NULL, "account");
        struct aws_test_account t;

        aws_test_keys();
        assert_int_equal(aws_test_open(&t, "organization: {role: vigie-read, external_id: ext-1}"),
                         0);
        assert_non_null(aws_provider.variable(t.account, NULL, NULL, "organization"));
        assert_int_equal(aws_test_sign_in(&t, NULL, NULL, 0, NOW), SIGN_IN_READY);
        assert_int_equal(json_object_set_new(own->attributes, "own", json_true()), 0);
        assert_int_equal(aws_test_sign_in(&t, own, NULL, 0, NOW), SIGN_IN_READY);
        assert_int_equal(aws_test_sign_in(&t, member, x, 1, NOW), SIGN_IN_READY);
        check_key(&t, member, "ASIANEW");
        check_key(&t, own, AWS_TEST_KEY);
        check_key(&t, NULL, AWS_TEST_KEY);
        aws_test_close(&t);
        scope_free(member);
        scope_free(own);
}

/* Until a quarter of an hour before the end: nothing; then trying; from ten minutes on for good. */
static void aws_sign_in_renews_before_the_end(void **state)
{
        static const struct aws_test_exchange good = {
                { "[/opt/keys]" }, { .status = 0, .body = DOCUMENT("SessionToken") }
        };
        static const struct aws_test_exchange bad = {
                { "[/opt/keys]" }, { .status = 1, .transport = TRANSPORT_COMMAND }
        };
        const uint64_t end = NOW + 6 * USEC_PER_HOUR;
        struct aws_test_account t;

        aws_test_file(".aws/config", "[profile p]\ncredential_process = /opt/keys\n");
        assert_int_equal(aws_test_open(&t, "profile: p"), 0);
        assert_int_equal(aws_test_sign_in(&t, NULL, &good, 1, NOW), SIGN_IN_READY);
        assert_int_equal(aws_test_sign_in(&t, NULL, NULL, 0, end - 16 * USEC_PER_MINUTE),
                         SIGN_IN_READY);
        assert_int_equal(aws_test_sign_in(&t, NULL, &bad, 1, end - 14 * USEC_PER_MINUTE),
                         SIGN_IN_READY);
        assert_true(aws_test_sign_in(&t, NULL, &bad, 1, end - 9 * USEC_PER_MINUTE) < 0);
        t.err = (struct error){ 0 };
        aws_test_close(&t);
}

static void aws_sign_in_again_does_not_repeat_a_refused_key(void **state)
{
        struct aws_test_account t;
        int r;

        aws_test_keys();
        assert_int_equal(aws_test_open(&t, ""), 0);
        assert_int_equal(aws_test_sign_in(&t, NULL, NULL, 0, NOW), SIGN_IN_READY);
        aws_provider.sign_in_again(t.account, NULL);
        r = aws_test_sign_in(&t, NULL, NULL, 0, NOW);
        assert_true(r < 0);
        assert_non_null(strstr(t.err.text, "AWS_ACCESS_KEY_ID"));
        assert_null(strstr(t.err.text, AWS_TEST_SECRET));
        aws_test_close(&t);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(aws_sign_in_takes_sources_in_order),
                TEST(aws_sign_in_stops_at_a_source_that_is_broken),
                TEST(aws_sign_in_says_where_it_looked),
                TEST(aws_sign_in_takes_roles_one_after_the_other),
                TEST(aws_sign_in_runs_a_program),
                TEST(aws_sign_in_shows_a_web_identity),
                TEST(aws_sign_in_asks_a_container),
                TEST(aws_sign_in_asks_the_metadata_service),
                TEST(aws_sign_in_uses_the_sso_cache),
                TEST(aws_sign_in_takes_the_role_of_a_member),
                TEST(aws_sign_in_renews_before_the_end),
                TEST(aws_sign_in_again_does_not_repeat_a_refused_key),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
