/* Signing in by SSO, and renewing its token. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/base/digest.h"
#include "daemon/base/json.h"
#include "tests/support/aws_exchange.h"

/* ---- SSO ----------------------------------------------------------------------------------------
 */

#define PORTAL                                                                                     \
        "https://portal.sso.eu-west-3.amazonaws.com/federation/credentials"                        \
        "?account_id=111122223333&role_name=Audit"
#define OIDC "https://oidc.eu-west-3.amazonaws.com/token"
#define SSO_CACHE(expires)                                                                         \
        "{\"startUrl\":\"https://x.example\",\"accessToken\":\"TOKENOFOLD\",\"expiresAt\":"        \
        "\"" expires "\",\"refreshToken\":\"REFRESH\",\"clientId\":\"client\",\"clientSecret\":"   \
        "\"CLIENTSECRET\",\"registrationExpiresAt\":\"2026-03-01T00:00:00Z\"}"
#define SSO_CACHE_PLAIN(expires) "{\"accessToken\":\"TOKENOFOLD\",\"expiresAt\":\"" expires "\"}"

static char cache_name[96];

static void open_sso(struct bench *b, const char *cache)
{
        char hex[41];

        (void)bench_file(".aws/config",
                         "[profile s]\nsso_session = corp\nsso_account_id = 111122223333\n"
                         "sso_role_name = Audit\n[sso-session corp]\n"
                         "sso_start_url = https://x.example\nsso_region = eu-west-3\n");
        (void)snprintf(cache_name, sizeof(cache_name), ".aws/sso/cache/%s.json",
                       digest_sha1_hex("corp", 4, hex));
        if (cache)
                (void)bench_file(cache_name, cache);
        b->options.profile = (char *)"s";
        bench_open(b);
}

static const struct exchange sso_role = {
        .method = "GET",
        .url = PORTAL,
        .has = { "x-amz-sso_bearer_token: TOKENOFOLD" },
        .status = 200,
        .body = "{\"roleCredentials\":{\"accessKeyId\":\"ASIAS\",\"secretAccessKey\":\"SECRETOFS\","
                "\"sessionToken\":\"TOKENOFS\",\"expiration\":1768469400000}}",
};
static const struct exchange sso_refresh = {
        .method = "POST",
        .url = OIDC,
        .has = { "\"grantType\":\"refresh_token\"", "\"refreshToken\":\"REFRESH\"",
                 "\"clientSecret\":\"CLIENTSECRET\"" },
        .status = 200,
        .body = "{\"accessToken\":\"TOKENOFNEW\",\"expiresIn\":28800,\"refreshToken\":\"NEXT\"}",
};

static void signin_by_sso_with_a_good_token(void **state)
{
        static const char *const caches[] = { SSO_CACHE("2026-01-15T08:45:01Z"),
                                              SSO_CACHE_PLAIN("2026-01-15T08:31:00UTC") };

        for (size_t i = 0; i < ELEMENTSOF(caches); i++) {
                struct bench b = { 0 };
                struct drive d = drive_of(&b, NULL);

                open_sso(&b, caches[i]);
                drive_exchange(&d, &sso_role);
                drive_assert_ready(&d, "ASIAS", HOUR);
                assert_string_equal(aws_provider.variable(b.account, NULL, NULL, "account_id"),
                                    "111122223333");
                bench_close(&b);
        }
}

static void assert_cache(const char *key, const char *want)
{
        char path[512];
        struct stat st;
        json_auto_t *cache = NULL;

        (void)snprintf(path, sizeof(path), "%s/%s", getenv("HOME"), cache_name);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        cache = json_load_file(path, 0, NULL);
        assert_string_equal(json_string_value(json_object_get(cache, key)), want);
}

static void signin_by_sso_renews_the_token(void **state)
{
        static const char *const ends[] = { SSO_CACHE("2026-01-15T08:44:00Z"),
                                            SSO_CACHE("2026-01-15T08:00:00Z") };

        for (size_t i = 0; i < ELEMENTSOF(ends); i++) {
                struct bench b = { 0 };
                struct drive d = drive_of(&b, NULL);
                struct exchange role = sso_role;

                open_sso(&b, ends[i]);
                drive_exchange(&d, &sso_refresh);
                role.has[0] = "x-amz-sso_bearer_token: TOKENOFNEW";
                drive_exchange(&d, &role);
                drive_assert_ready(&d, "ASIAS", HOUR);
                assert_cache("accessToken", "TOKENOFNEW");
                assert_cache("refreshToken", "NEXT");
                assert_cache("expiresAt", "2026-01-15T16:30:00Z");
                assert_cache("clientSecret", "CLIENTSECRET");
                bench_close(&b);
        }
}

static void signin_by_sso_keeps_a_good_token_that_is_not_renewed(void **state)
{
        struct bench b = { 0 };
        struct drive d = drive_of(&b, NULL);
        struct exchange e = sso_refresh;

        open_sso(&b, SSO_CACHE("2026-01-15T08:40:00Z"));
        e.status = 503;
        e.body = "";
        drive_exchange(&d, &e);
        drive_exchange(&d, &sso_role);
        drive_assert_ready(&d, "ASIAS", HOUR);
        bench_close(&b);
}

static void signin_by_sso_says_to_log_in(void **state)
{
        struct bench b = { 0 };
        struct drive d = drive_of(&b, NULL);
        struct exchange e = sso_refresh;

        open_sso(&b, NULL);
        drive_assert_failed(&d, -EACCES, "run 'aws sso login --profile s'");
        (void)bench_file(cache_name, "{\"accessTok");
        drive_assert_failed(&d, -EACCES, "run 'aws sso login --profile s'");
        (void)bench_file(cache_name, SSO_CACHE_PLAIN("2026-01-15T08:29:59Z"));
        drive_assert_failed(&d, -EACCES, "ended at 2026-01-15T08:29:59Z; run 'aws sso login");
        (void)bench_file(cache_name, SSO_CACHE("2026-01-15T08:29:59Z"));
        e.status = 400;
        e.body = "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid grant\"}";
        e.taken = -EACCES;
        drive_exchange(&d, &e);
        assert_non_null(strstr(d.err.text, "run 'aws sso login --profile s'"));
        bench_close(&b);
}

static void signin_by_sso_with_a_token_that_is_refused(void **state)
{
        struct bench b = { 0 };
        struct drive d = drive_of(&b, NULL);
        struct exchange e = sso_role;

        open_sso(&b, SSO_CACHE("2026-01-15T16:00:00Z"));
        e.status = 401;
        e.headers = "x-amzn-errortype: UnauthorizedException\n";
        e.body = "{\"message\":\"Session token not found or invalid\"}";
        drive_exchange(&d, &e); /* it can be renewed: once */
        drive_exchange(&d, &sso_refresh);
        e.has[0] = "x-amz-sso_bearer_token: TOKENOFNEW";
        e.taken = -EACCES;
        drive_exchange(&d, &e);
        assert_non_null(strstr(d.err.text, "run 'aws sso login"));
        bench_close(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                BENCH_TEST(signin_by_sso_with_a_good_token),
                BENCH_TEST(signin_by_sso_renews_the_token),
                BENCH_TEST(signin_by_sso_keeps_a_good_token_that_is_not_renewed),
                BENCH_TEST(signin_by_sso_says_to_log_in),
                BENCH_TEST(signin_by_sso_with_a_token_that_is_refused),
        };

        return cmocka_run_group_tests_name("aws_sso", tests, NULL, NULL);
}
