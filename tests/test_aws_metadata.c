/* Signing in where a container or an instance lends its role. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "tests/support/aws_exchange.h"

/* ---- containers and instances -------------------------------------------------------------------
 */

#define METADATA(who)                                                                              \
        "{\"Code\":\"Success\",\"AccessKeyId\":\"ASIA" who "\",\"SecretAccessKey\":\"SECRETOF" who \
        "\",\"Token\":\"TOKENOF" who "\",\"Expiration\":\"2026-01-15T09:30:00Z\"}"

static void signin_from_a_container(void **state)
{
        struct bench b = { 0 };
        struct drive d = drive_of(&b, NULL);
        struct exchange e = { .method = "GET",
                              .url = "http://169.254.170.2/v2/creds?id=1",
                              .has = { "authorization: word-1", "accept: application/json" },
                              .status = 200,
                              .body = METADATA("C") };

        (void)setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/creds?id=1", 1);
        (void)setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "not-this", 1);
        (void)setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", bench_file("auth", "word-1\n"), 1);
        bench_open(&b);
        drive_exchange(&d, &e);
        drive_assert_ready(&d, "ASIAC", HOUR);
        bench_close(&b);
}

static void signin_from_a_container_fails_for_good_after_three_tries(void **state)
{
        struct bench b = { 0 };
        struct drive d = drive_of(&b, NULL);
        struct exchange e = { .method = "GET",
                              .url = "http://127.0.0.1:8080/creds",
                              .transport = TRANSPORT_TIMEOUT,
                              .taken = -EAGAIN };

        (void)setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:8080/creds", 1);
        bench_open(&b);
        drive_exchange(&d, &e);
        drive_exchange(&d, &e);
        e.taken = -EACCES;
        drive_exchange(&d, &e);
        assert_non_null(strstr(d.err.text, "http://127.0.0.1:8080/creds"));
        e.transport = TRANSPORT_OK;
        e.status = 403;
        e.body = "{\"code\":\"AccessDenied\",\"message\":\"SECRETOF\"}";
        drive_exchange(&d, &e);
        assert_non_null(strstr(d.err.text, "authorization token"));
        bench_close(&b);
}

#define IMDS "http://169.254.169.254/latest/"
#define IMDS_ROLES IMDS "meta-data/iam/security-credentials/"

static const struct exchange imds_token = { .method = "PUT",
                                            .url = IMDS "api/token",
                                            .has = { "x-aws-ec2-metadata-token-ttl-seconds: "
                                                     "21600" },
                                            .status = 200,
                                            .body = "imds-word" };
static const struct exchange imds_document = { .method = "GET",
                                               .url = IMDS "dynamic/instance-identity/document",
                                               .has = { "x-aws-ec2-metadata-token: imds-word" },
                                               .status = 200,
                                               .body = "{\"region\":\"eu-west-3\"}" };
static const struct exchange imds_role = { .method = "GET",
                                           .url = IMDS_ROLES,
                                           .has = { "x-aws-ec2-metadata-token: imds-word" },
                                           .status = 200,
                                           .body = "my role\n" };
static const struct exchange imds_credentials = {
        .method = "GET",
        .url = IMDS_ROLES "role-1",
        .has = { "x-aws-ec2-metadata-token: imds-word" },
        .status = 200,
        .body = METADATA("I"),
};

static void open_instance(struct bench *b)
{
        (void)setenv("AWS_EC2_METADATA_DISABLED", "false", 1);
        bench_open(b);
}

static void signin_from_instance_metadata(void **state)
{
        struct bench b = { 0 };
        struct drive d = drive_of(&b, NULL);
        struct exchange e = imds_role;

        open_instance(&b);
        drive_exchange(&d, &imds_token);
        drive_exchange(&d, &imds_document);
        e.body = "role-1\nrole-2\n";
        drive_exchange(&d, &e);
        drive_exchange(&d, &imds_credentials);
        drive_assert_ready(&d, "ASIAI", HOUR);
        assert_string_equal(aws_provider.variable(b.account, NULL, NULL, "home_region"),
                            "eu-west-3");
        bench_close(&b);
}

static void signin_gets_another_metadata_token_once(void **state)
{
        struct bench b = { 0 };
        struct drive d = drive_of(&b, NULL);
        struct exchange role = imds_role, credentials = imds_credentials;

        (void)setenv("AWS_REGION", "eu-west-1", 1);
        open_instance(&b);
        drive_exchange(&d, &imds_token);
        role.body = "role-1";
        drive_exchange(&d, &role); /* the region is known: no document */
        credentials.status = 401;
        drive_exchange(&d, &credentials);
        drive_exchange(&d, &imds_token);
        drive_exchange(&d, &role);
        credentials.taken = -EACCES;
        drive_exchange(&d, &credentials);
        bench_close(&b);
}

static void signin_on_an_instance_without_role(void **state)
{
        struct bench b = { 0 };
        struct drive d = drive_of(&b, NULL);
        struct exchange e = imds_role;

        (void)setenv("AWS_REGION", "eu-west-1", 1);
        open_instance(&b);
        drive_exchange(&d, &imds_token);
        e.status = 404;
        e.body = "";
        e.taken = -EACCES;
        drive_exchange(&d, &e);
        assert_non_null(strstr(d.err.text, "has no role"));
        drive_exchange(&d, &imds_token);
        e.status = 200;
        e.body = "a b"; /* no name of a role */
        e.taken = -EBADMSG;
        drive_exchange(&d, &e);
        bench_close(&b);
}

/* Version 1 answers without a token; it is never asked. */
static void signin_never_asks_metadata_without_a_token(void **state)
{
        static const int statuses[] = { 403, 404, 405 };

        for (size_t i = 0; i < ELEMENTSOF(statuses); i++) {
                struct bench b = { 0 };
                struct drive d = drive_of(&b, NULL);
                struct exchange e = imds_token;

                open_instance(&b);
                e.status = statuses[i];
                e.taken = -EACCES;
                drive_exchange(&d, &e);
                drive_exchange(&d, &e); /* from the beginning, and not on without a token */
                bench_close(&b);
        }
}

static void signin_off_an_instance_says_where_it_looked(void **state)
{
        struct bench b = { 0 };
        struct drive d = drive_of(&b, NULL);
        struct exchange e = imds_token;

        open_instance(&b);
        e.transport = TRANSPORT_TIMEOUT;
        e.taken = -EAGAIN;
        drive_exchange(&d, &e);
        e.taken = -EACCES;
        drive_exchange(&d, &e);
        assert_non_null(strstr(d.err.text, "none in profile default"));
        bench_close(&b);
}

static void signin_refuses_bad_metadata(void **state)
{
        static const struct {
                const char *body, *says;
                int taken;
        } bad[] = {
                { "{\"Code\":\"Failed\",\"Message\":\"SECRETOF\"}", "Failed", -EACCES },
                { "{\"Code\":\"Success\"}", "Expiration", -EBADMSG },
                { "{\"Code\":\"Success\",\"Expiration\":\"soon\"}", "Expiration", -EBADMSG },
                { "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"SECRETOF\",\"Expiration\":"
                  "\"2026-01-15T09:30:00Z\"}",
                  "Token", -EBADMSG },
                { "<html/>", "no valid JSON", -EBADMSG },
        };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                struct bench b = { 0 };
                struct drive d = drive_of(&b, NULL);
                struct exchange role = imds_role, credentials = imds_credentials;

                print_message("%s\n", bad[i].body);
                (void)setenv("AWS_REGION", "eu-west-1", 1);
                open_instance(&b);
                role.body = "role-1";
                credentials.body = bad[i].body;
                credentials.taken = bad[i].taken;
                drive_exchange(&d, &imds_token);
                drive_exchange(&d, &role);
                drive_exchange(&d, &credentials);
                assert_non_null(strstr(d.err.text, bad[i].says));
                bench_close(&b);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                BENCH_TEST(signin_from_a_container),
                BENCH_TEST(signin_from_a_container_fails_for_good_after_three_tries),
                BENCH_TEST(signin_from_instance_metadata),
                BENCH_TEST(signin_gets_another_metadata_token_once),
                BENCH_TEST(signin_on_an_instance_without_role),
                BENCH_TEST(signin_never_asks_metadata_without_a_token),
                BENCH_TEST(signin_off_an_instance_says_where_it_looked),
                BENCH_TEST(signin_refuses_bad_metadata),
        };

        return cmocka_run_group_tests_name("aws_metadata", tests, NULL, NULL);
}
