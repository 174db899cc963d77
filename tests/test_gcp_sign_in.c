/* Signing in to Google Cloud: each kind of credentials, each refusal in plain words, and files that
 * are no credentials. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/json.h"
#include "providers/gcp/adc.h"
#include "tests/support/gcp.h"

#define TOKEN_URL "https://oauth2.googleapis.com/token"
#define TOKEN(t) "{\"access_token\":\"" t "\",\"expires_in\":3599,\"token_type\":\"Bearer\"}"
#define BECOME(email)                                                                              \
        "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/" email               \
        ":generateAccessToken"
#define FLAVOR "metadata-flavor: Google\n"

static struct account *open_file(const char *path)
{
        struct gcp_options options = { .credentials_file = (char *)path };
        struct account *a = NULL;
        struct error err = { 0 };

        if (gcp_test_open(&a, &options, &err) < 0)
                fail_msg("%s", err.text);
        return a;
}

/* ---- exchanges ---------------------------------------------------------------------------------
 */

enum { EXCHANGES_MAX = 8, HAS_MAX = 6 };

struct exchange {
        const char *method, *url;
        const char *has[HAS_MAX]; /* in the request */
        int status;               /* 0: no reply */
        const char *headers, *body;
};

static int answer(struct account *a, const struct exchange *x, struct error *err)
{
        struct message_reply reply =
                gcp_test_reply(x->status, x->headers ? x->headers : "", x->body ? x->body : "");
        int r = gcp_provider.signed_in(a, NULL, &reply, GCP_TEST_NOW, err);

        message_reply_done(&reply);
        return r;
}

static void check(const struct message_request *req, const struct exchange *x)
{
        _cleanup_(freep) char *text = gcp_test_request_text(req);

        if (strcmp(req->url, x->url) != 0)
                fail_msg("asked %s, not %s", req->url, x->url);
        assert_string_equal(req->method, x->method);
        assert_true(req->secret);
        for (size_t i = 0; i < HAS_MAX && x->has[i]; i++)
                if (!strstr(text, x->has[i]))
                        fail_msg("'%s' is not in: %s", x->has[i], text);
}

/* All exchanges in turn; what sign_in() says at the end, or the first that failed. */
static int drive(struct account *a, const struct exchange *x, struct error *err)
{
        for (size_t i = 0;; i++) {
                struct message_request req = { 0 };
                uint64_t expires = 0;
                int r = gcp_provider.sign_in(a, NULL, GCP_TEST_NOW, &req, &expires, err);

                if (r == SIGN_IN_REQUEST) {
                        if (i >= EXCHANGES_MAX || !x[i].url)
                                fail_msg("one request too many: %s", req.url);
                        check(&req, &x[i]);
                        r = answer(a, &x[i], err);
                        message_request_done(&req);
                        if (r < 0)
                                return r;
                        continue;
                }
                message_request_done(&req);
                if (r >= 0 && x[i].url)
                        fail_msg("not asked: %s", x[i].url);
                return r;
        }
}

static void ready(struct account *a, const struct exchange *x, const char *token)
{
        const struct call_instance call = { .host = "x.googleapis.com", .path = "/v1/y" };
        struct message_request req = { 0 };
        struct error err = { 0 };
        _cleanup_(freep) char *text = NULL, *wanted = NULL;

        if (drive(a, x, &err) != SIGN_IN_READY)
                fail_msg("not ready: %s", err.text);
        assert_int_equal(gcp_provider.request(a, &call, GCP_TEST_NOW, &req, NULL), 0);
        text = gcp_test_request_text(&req);
        assert_true(asprintf(&wanted, "Authorization: Bearer %s\n", token) > 0);
        assert_non_null(strstr(text, wanted));
        message_request_done(&req);
        (void)gcp_provider.account_free(a);
}

static void refused(struct account *a, const struct exchange *x, int code, const char *says)
{
        struct error err = { 0 };
        int r = drive(a, x, &err);

        if (r != code || !strstr(err.text, says))
                fail_msg("%d '%s', not %d '%s'", r, err.text, code, says);
        assert_false(gcp_test_leaks(err.text));
        if (code != -EAGAIN) { /* it is not asked again */
                struct message_request req = { 0 };

                assert_int_equal(gcp_provider.sign_in(a, NULL, GCP_TEST_NOW, &req, NULL, NULL),
                                 -EACCES);
        }
        (void)gcp_provider.account_free(a);
}

/* ---- keys --------------------------------------------------------------------------------------
 */

#define ASSERTION                                                                                  \
        .method = "POST", .url = TOKEN_URL,                                                        \
        .has = { "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=ey" }

static void key_signs_an_assertion(void **state)
{
        const struct exchange x[EXCHANGES_MAX] = { { ASSERTION, .status = 200,
                                                     .body = TOKEN("ya29.one") } };

        ready(open_file(gcp_test_key("")), x, "ya29.one");
}

static void key_of_another_universe_stays_there(void **state)
{
        const struct exchange none[EXCHANGES_MAX] = { { 0 } };
        struct account *a = open_file(gcp_test_key(", \"universe_domain\": \"s3nsapis.fr\""));
        struct call_instance call = { .host = "x.googleapis.com", .path = "/v1/y" };
        struct message_request req = { 0 };
        struct error err = { 0 };

        assert_int_equal(drive(a, none, &err), SIGN_IN_READY); /* signed by itself */
        assert_string_equal(gcp_provider.variable(a, NULL, "eu", "vertex_host"),
                            "aiplatform.eu.rep.s3nsapis.fr");
        assert_int_equal(gcp_provider.request(a, &call, GCP_TEST_NOW, &req, &err), -EINVAL);
        assert_non_null(strstr(err.text, "is no host of s3nsapis.fr"));
        message_request_done(&req);
        call.host = "x.s3nsapis.fr";
        assert_int_equal(gcp_provider.request(a, &call, GCP_TEST_NOW, &req, NULL), 0);
        message_request_done(&req);
        (void)gcp_provider.account_free(a);
}

static const struct {
        int status;
        const char *body;
        int code;
        const char *says;
} key_refusals[] = {
        { 400, "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid JWT Signature.\"}",
          -EACCES, "the key was deleted or disabled" },
        { 400,
          "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid JWT: Token must be a "
          "short-lived token (60 minutes) and in a reasonable timeframe.\"}",
          -EACCES, "clock is wrong" },
        { 400,
          "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid grant: account not "
          "found\"}",
          -EACCES, "does not exist any more" },
        { 400, "{\"error\":\"invalid_grant\"}", -EACCES, "or this machine's clock" },
        { 401, "{\"error\":\"invalid_client\"}", -EACCES, "is the key file whole?" },
        { 403, "{\"error\":\"unauthorized_client\"}", -EACCES, "may not ask" },
        { 503, "", -EAGAIN, "oauth2.googleapis.com does not answer: HTTP status 503" },
        { 429, "{\"error\":\"rate\"}", -EAGAIN, "does not answer" },
        { 0, NULL, -EAGAIN, "does not answer: timed out" },
        { 404, "<html>", -EACCES, "a proxy?" },
        { 200, "<html>", -EBADMSG, "no JSON" },
        { 200, "{}", -EBADMSG, "no access_token" },
        { 200, TOKEN("a\\r\\nb"), -EBADMSG, "no access_token" },
};

static void key_refusals_say_what_to_do(void **state)
{
        const char *path = gcp_test_key("");

        for (size_t i = 0; i < ELEMENTSOF(key_refusals); i++) {
                const struct exchange x[EXCHANGES_MAX] = { { ASSERTION,
                                                             .status = key_refusals[i].status,
                                                             .body = key_refusals[i].body } };

                refused(open_file(path), x, key_refusals[i].code, key_refusals[i].says);
        }
}

static void key_is_signed_by_their_clock_once(void **state)
{
        const struct exchange skewed = {
                ASSERTION, .status = 400, .headers = "date: Mon, 23 Nov 2026 23:00:00 GMT\n",
                .body = "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid JWT: Token "
                        "must be in a reasonable timeframe.\"}"
        };
        const struct exchange good[EXCHANGES_MAX] = {
                skewed, { ASSERTION, .status = 200, .body = TOKEN("ya29.two") }
        };
        const struct exchange bad[EXCHANGES_MAX] = { skewed, skewed };
        const char *path = gcp_test_key("");

        ready(open_file(path), good, "ya29.two");
        refused(open_file(path), bad, -EACCES, "clock is wrong");
}

/* ---- people ------------------------------------------------------------------------------------
 */

static void user_refreshes(void **state)
{
        const struct exchange x[EXCHANGES_MAX] = {
                { .method = "POST",
                  .url = TOKEN_URL,
                  .has = { "grant_type=refresh_token", "client_id=c.apps", "client_secret=SECRETc",
                           "refresh_token=1%2F%2FSECRETr" },
                  .status = 200,
                  .body = TOKEN("ya29.user") }
        };

        ready(open_file(gcp_test_file("adc.json", GCP_TEST_USER)), x, "ya29.user");
}

static void user_whose_sign_in_ended_signs_in_again(void **state)
{
        static const char *const bodies[] = {
                ("{\"error\":\"invalid_grant\",\"error_description\":\"Token has been expired or "
                 "revoked.\"}"),
                "{\"error\":\"invalid_grant\",\"error_subtype\":\"invalid_rapt\"}",
                "{\"error\":\"deleted_client\"}",
        };

        for (size_t i = 0; i < ELEMENTSOF(bodies); i++) {
                const struct exchange x[EXCHANGES_MAX] = {
                        { .method = "POST", .url = TOKEN_URL, .status = 400, .body = bodies[i] }
                };

                refused(open_file(gcp_test_file("adc.json", GCP_TEST_USER)), x, -EACCES,
                        "gcloud auth application-default login");
        }
}

/* ---- workload identity -------------------------------------------------------------------------
 */

#define EXCHANGE(token)                                                                            \
        .method = "POST", .url = GCP_TEST_STS,                                                     \
        .has = { "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange",           \
                 "subject_token=" token "&", "audience=%2F%2Fiam.googleapis.com%2Fprojects%2F42",  \
                 "scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform" }

static void external_file_is_exchanged_and_becomes(void **state)
{
        const struct exchange x[EXCHANGES_MAX] = {
                { EXCHANGE("SECRETjwt"), .status = 200, .body = TOKEN("fed") },
                { .method = "POST",
                  .url = BECOME("r@p.iam.gserviceaccount.com"),
                  .has = { "Authorization: Bearer fed", "\"lifetime\":\"1200s\"",
                           "\"delegates\":[]", "auth/cloud-platform" },
                  .status = 200,
                  .body = "{\"accessToken\":\"ya29.sa\",\"expireTime\":\"2026-11-23T22:20:00Z\"}" },
        };
        char text[2048];

        (void)snprintf(
                text, sizeof(text),
                GCP_TEST_EXTERNAL(
                        "{\"file\":\"%s\"}",
                        ",\"service_account_impersonation_url\":"
                        "\"" BECOME(
                                "r@p.iam.gserviceaccount.com") "\","
                                                               "\"service_account_impersonation\":"
                                                               "{\"token_lifetime_seconds\":"
                                                               "1200}"),
                gcp_test_file("token", " SECRETjwt\n"));
        ready(open_file(gcp_test_file("adc.json", text)), x, "ya29.sa");
}

static void external_url_is_asked_as_the_file_says(void **state)
{
        const struct exchange x[EXCHANGES_MAX] = {
                { .method = "GET",
                  .url = "http://169.254.169.254/metadata/identity?resource=x",
                  .has = { "Metadata: True" },
                  .status = 200,
                  .body = "{\"access_token\":\"SECRETazure\"}" },
                { EXCHANGE("SECRETazure"), .status = 200, .body = TOKEN("fed2") },
        };

        ready(open_file(gcp_test_file(
                      "adc.json",
                      GCP_TEST_EXTERNAL(
                              "{\"url\":\"http://169.254.169.254/metadata/identity?resource=x\","
                              "\"headers\":{\"Metadata\":\"True\"},\"format\":{\"type\":\"json\","
                              "\"subject_token_field_name\":\"access_token\"}}",
                              ""))),
              x, "fed2");
}

#define AWS_SOURCE                                                                                 \
        "{\"environment_id\":\"aws1\",\"region_url\":\"http://169.254.169.254/latest/meta-data/"   \
        "placement/availability-zone\",\"url\":\"http://169.254.169.254/latest/meta-data/iam/"     \
        "security-credentials\",\"imdsv2_session_token_url\":\"http://169.254.169.254/latest/api/" \
        "token\",\"regional_cred_verification_url\":\"https://sts.{region}.amazonaws.com?Action="  \
        "GetCallerIdentity&Version=2011-06-15\"}"

static void external_aws_is_proven_by_a_signature(void **state)
{
        const struct exchange x[EXCHANGES_MAX] = {
                { .method = "PUT",
                  .url = "http://169.254.169.254/latest/api/token",
                  .has = { "X-aws-ec2-metadata-token-ttl-seconds: 300" },
                  .status = 200,
                  .body = "SECRETsession" },
                { .method = "GET",
                  .url = "http://169.254.169.254/latest/meta-data/placement/availability-zone",
                  .has = { "X-aws-ec2-metadata-token: SECRETsession" },
                  .status = 200,
                  .body = "eu-west-3a" },
                { .method = "GET",
                  .url = "http://169.254.169.254/latest/meta-data/iam/security-credentials",
                  .status = 200,
                  .body = "role-1" },
                { .method = "GET",
                  .url = "http://169.254.169.254/latest/meta-data/iam/security-credentials/role-1",
                  .status = 200,
                  .body = "{\"AccessKeyId\":\"ASIA1\",\"SecretAccessKey\":\"SECRETaws\",\"Token\":"
                          "\"TOKEN1\"}" },
                { .method = "POST",
                  .url = GCP_TEST_STS,
                  .has = { "subject_token=%257B%2522headers%2522", /* encoded twice */
                           "Credential%253DASIA1%252F20261123%252Feu-west-3%252Fsts%252Faws4_"
                           "request",
                           "sts.eu-west-3.amazonaws.com", "x-goog-cloud-target-resource",
                           "x-amz-security-token" },
                  .status = 200,
                  .body = TOKEN("fed3") },
        };
        const struct exchange by_environment[EXCHANGES_MAX] = {
                { .method = "POST",
                  .url = GCP_TEST_STS,
                  .has = { "Credential%253DAKIA2%252F" },
                  .status = 200,
                  .body = TOKEN("fed4") },
        };
        const char *path = gcp_test_file("adc.json", GCP_TEST_EXTERNAL(AWS_SOURCE, ""));

        ready(open_file(path), x, "fed3");
        setenv("AWS_REGION", "eu-west-1", 1);
        setenv("AWS_ACCESS_KEY_ID", "AKIA2", 1);
        setenv("AWS_SECRET_ACCESS_KEY", "SECRETaws", 1);
        ready(open_file(path), by_environment, "fed4");
}

static void external_refusals_say_what_to_do(void **state)
{
        static const struct {
                int status;
                const char *body, *says;
        } cases[] = {
                { 400, "{\"error\":\"invalid_target\",\"error_description\":\"x\"}",
                  "does not exist, or is disabled" },
                { 400, "{\"error\":\"invalid_grant\",\"error_description\":\"SECRETjwt expired\"}",
                  "issuer, audience and subject" },
        };
        char text[2048];

        (void)snprintf(text, sizeof(text), GCP_TEST_EXTERNAL("{\"file\":\"%s\"}", ""),
                       gcp_test_file("token", "SECRETjwt"));
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const struct exchange x[EXCHANGES_MAX] = {
                        { EXCHANGE("SECRETjwt"), .status = cases[i].status, .body = cases[i].body }
                };

                refused(open_file(gcp_test_file("adc.json", text)), x, -EACCES, cases[i].says);
        }
        gcp_test_file("token", " \n");
        refused(open_file(gcp_test_file("adc.json", text)), (struct exchange[EXCHANGES_MAX]){ 0 },
                -EINVAL, "token is empty");
}

/* ---- impersonation -----------------------------------------------------------------------------
 */

#define BECOMING "x@p.iam.gserviceaccount.com"
#define IMPERSONATED                                                                               \
        "{\"type\":\"impersonated_service_account\",\"service_account_impersonation_url\":"        \
        "\"" BECOME(BECOMING) "\",\"delegates\":[\"projects/-/serviceAccounts/d\"],"               \
                              "\"source_credentials\":" GCP_TEST_USER "}"
#define REFRESHED                                                                                  \
        {                                                                                          \
                .method = "POST", .url = TOKEN_URL, .status = 200, .body = TOKEN("ya29.user")      \
        }

static void impersonated_becomes_with_delegates(void **state)
{
        const struct exchange x[EXCHANGES_MAX] = {
                REFRESHED,
                { .method = "POST",
                  .url = BECOME(BECOMING),
                  .has = { "Bearer ya29.user", "\"delegates\":[\"projects/-/serviceAccounts/d\"]" },
                  .status = 200,
                  .body = "{\"accessToken\":\"ya29.x\",\"expireTime\":\"2026-11-23T23:00:00Z\"}" },
        };

        ready(open_file(gcp_test_file("adc.json", IMPERSONATED)), x, "ya29.x");
}

static void impersonation_refusals_say_what_to_do(void **state)
{
        static const struct {
                int status;
                const char *body;
                int code;
                const char *says;
        } cases[] = {
                { 403, "{\"error\":{\"code\":403,\"status\":\"PERMISSION_DENIED\"}}", -EACCES,
                  "roles/iam.serviceAccountTokenCreator" },
                { 404, "{\"error\":{\"code\":404,\"message\":\"Not found\"}}", -EACCES,
                  "there is no service account " BECOMING },
                { 403,
                  "{\"error\":{\"code\":403,\"details\":[{\"@type\":\"type.googleapis.com/"
                  "google.rpc.ErrorInfo\",\"reason\":\"SERVICE_DISABLED\"}]}}",
                  -EACCES, "enable iamcredentials.googleapis.com" },
                { 503, "", -EAGAIN, "HTTP status 503" },
                { 200, "{\"accessToken\":\"x\"}", -EBADMSG, "no token" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const struct exchange x[EXCHANGES_MAX] = {
                        REFRESHED,
                        { .method = "POST",
                          .url = BECOME(BECOMING),
                          .status = cases[i].status,
                          .body = cases[i].body },
                };

                refused(open_file(gcp_test_file("adc.json", IMPERSONATED)), x, cases[i].code,
                        cases[i].says);
        }
}

/* ---- the metadata server -----------------------------------------------------------------------
 */

#define METADATA "http://169.254.169.254/computeMetadata/v1"
#define UNIVERSE                                                                                   \
        .method = "GET", .url = METADATA "/universe/universe-domain",                              \
        .has = { "Metadata-Flavor: Google" }
#define TOKEN_STEP .method = "GET", .url = METADATA "/instance/service-accounts/default/token"

static struct account *open_metadata(void)
{
        struct account *a = NULL;
        struct error err = { 0 };

        setenv("K_SERVICE", "job", 1);
        if (gcp_test_open(&a, NULL, &err) < 0)
                fail_msg("%s", err.text);
        return a;
}

static void metadata_gives_the_machine_s_token(void **state)
{
        const struct exchange x[EXCHANGES_MAX] = {
                { UNIVERSE, .status = 404, .headers = FLAVOR },
                { TOKEN_STEP, .status = 200, .headers = FLAVOR, .body = TOKEN("ya29.vm") },
        };

        ready(open_metadata(), x, "ya29.vm");
}

static void metadata_refusals_say_what_to_do(void **state)
{
        static const struct {
                struct exchange x[EXCHANGES_MAX];
                int code;
                const char *says;
        } cases[] = {
                { { { UNIVERSE, .status = 200, .body = "<html>" } },
                  -EACCES,
                  "is not Google's metadata server" },
                { { { UNIVERSE, .status = 404, .headers = FLAVOR },
                    { TOKEN_STEP, .status = 404, .headers = FLAVOR } },
                  -EACCES,
                  "no service account is attached" },
                { { { UNIVERSE, .status = 404, .headers = FLAVOR },
                    { TOKEN_STEP, .status = 503, .headers = FLAVOR } },
                  -EAGAIN,
                  "503" },
                { { { UNIVERSE, .status = 200, .headers = FLAVOR, .body = "a b" } },
                  -EBADMSG,
                  "no domain" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                refused(open_metadata(), cases[i].x, cases[i].code, cases[i].says);
}

static void metadata_of_another_universe_is_followed(void **state)
{
        const struct exchange x[EXCHANGES_MAX] = {
                { UNIVERSE, .status = 200, .headers = FLAVOR, .body = "s3nsapis.fr\n" },
                { TOKEN_STEP, .status = 200, .headers = FLAVOR, .body = TOKEN("ya29.vm") },
        };
        struct gcp_options options = { .universe_domain = (char *)"googleapis.com" };
        struct account *a = open_metadata();

        assert_int_equal(drive(a, x, NULL), SIGN_IN_READY);
        assert_string_equal(gcp_provider.variable(a, NULL, NULL, "universe"), "s3nsapis.fr");
        (void)gcp_provider.account_free(a);
        assert_int_equal(gcp_test_open(&a, &options, NULL), 0);
        refused(a, x, -EACCES, "not of googleapis.com as universe_domain says");
}

static void metadata_that_is_not_there_says_what_was_looked_at(void **state)
{
        const struct exchange x[EXCHANGES_MAX] = { { UNIVERSE, .status = 0 } };
        struct account *a = NULL;

        setenv("GCE_METADATA_HOST", "metadata.google.internal", 1);
        assert_int_equal(gcp_test_open(&a, NULL, NULL), 0);
        refused(a, x, -EAGAIN, "metadata server: timed out"); /* it should be there */
        unsetenv("GCE_METADATA_HOST");
        if (access("/sys/class/dmi/id/product_name", F_OK) == 0)
                return; /* it may be there */
        assert_int_equal(gcp_test_open(&a, NULL, NULL), 0);
        refused(a, x, -EACCES, "Set credentials_file:");
}

/* ---- renewal -----------------------------------------------------------------------------------
 */

static void token_is_renewed_before_its_end_and_kept_when_that_fails(void **state)
{
        const struct exchange first[EXCHANGES_MAX] = { { ASSERTION, .status = 200,
                                                         .body = TOKEN("one") } };
        struct account *a = open_file(gcp_test_key(""));
        struct message_request req = { 0 };
        const struct exchange down = { .status = 503 };
        uint64_t expires = 0, late = GCP_TEST_NOW + 3400 * USEC_PER_SEC;
        struct message_reply reply;

        assert_int_equal(drive(a, first, NULL), SIGN_IN_READY);
        assert_int_equal(
                gcp_provider.sign_in(a, NULL, late - 200 * USEC_PER_SEC, &req, &expires, NULL),
                SIGN_IN_READY);
        assert_int_equal(expires, GCP_TEST_NOW + 3599 * USEC_PER_SEC);
        assert_int_equal(gcp_provider.sign_in(a, NULL, late, &req, NULL, NULL), SIGN_IN_REQUEST);
        message_request_done(&req);
        reply = gcp_test_reply(down.status, "", "");
        assert_int_equal(gcp_provider.signed_in(a, NULL, &reply, late, NULL), 0); /* good yet */
        message_reply_done(&reply);
        assert_int_equal(gcp_provider.sign_in(a, NULL, late, &req, NULL, NULL), SIGN_IN_READY);
        /* a minute later it is tried again */
        assert_int_equal(gcp_provider.sign_in(a, NULL, late + 61 * USEC_PER_SEC, &req, NULL, NULL),
                         SIGN_IN_REQUEST);
        message_request_done(&req);
        (void)gcp_provider.account_free(a);
}

/* A hundred projects do not ask for a hundred tokens. */
static void token_is_renewed_by_one_scope_for_all(void **state)
{
        const struct exchange first[EXCHANGES_MAX] = { { ASSERTION, .status = 200,
                                                         .body = TOKEN("one") } };
        struct account *a = open_file(gcp_test_key(""));
        struct scope *p1 = scope_new("p-1", NULL, "project"),
                     *p2 = scope_new("p-2", NULL, "project");
        struct message_request req = { 0 };
        uint64_t late = GCP_TEST_NOW + 3400 * USEC_PER_SEC;
        struct message_reply reply = gcp_test_reply(200, "", TOKEN("two"));

        assert_int_equal(drive(a, first, NULL), SIGN_IN_READY);
        assert_int_equal(gcp_provider.sign_in(a, p1, late, &req, NULL, NULL), SIGN_IN_REQUEST);
        message_request_done(&req);
        assert_int_equal(gcp_provider.sign_in(a, p2, late, &req, NULL, NULL), SIGN_IN_READY);
        assert_int_equal(gcp_provider.signed_in(a, p1, &reply, late, NULL), 0);
        assert_int_equal(gcp_provider.sign_in(a, p1, late, &req, NULL, NULL), SIGN_IN_READY);
        /* one that goes away in the middle of it leaves it to the others */
        late += 3400 * USEC_PER_SEC;
        assert_int_equal(gcp_provider.sign_in(a, p1, late, &req, NULL, NULL), SIGN_IN_REQUEST);
        message_request_done(&req);
        gcp_provider.sign_out(a, p1);
        assert_int_equal(gcp_provider.sign_in(a, p2, late, &req, NULL, NULL), SIGN_IN_REQUEST);
        message_request_done(&req);
        assert_int_equal(gcp_provider.signed_in(a, p1, &reply, late, NULL), -EINVAL);
        message_reply_done(&reply);
        (void)scope_free(p1);
        (void)scope_free(p2);
        (void)gcp_provider.account_free(a);
}

static void token_refused_early_is_asked_for_again(void **state)
{
        const struct exchange x[EXCHANGES_MAX] = { { ASSERTION, .status = 200,
                                                     .body = TOKEN("one") } };
        struct account *a = open_file(gcp_test_key(""));

        assert_int_equal(drive(a, x, NULL), SIGN_IN_READY);
        gcp_provider.sign_in_again(a, NULL);
        ready(a, x, "one");
}

static void scopes_are_those_that_are_named(void **state)
{
        static char *named[] = { (char *)"p-1", (char *)"organizations/42", NULL };
        struct account_config config = { .name = (char *)"prod", .scopes = named };
        json_auto_t *list = json_array();
        struct account *a = NULL;

        assert_int_equal(gcp_provider.account_new(&a, &config, NULL, NULL), 0);
        assert_int_equal(gcp_provider.scopes(a, list, NULL), 0);
        assert_int_equal(json_array_size(list), 2);
        assert_string_equal(json_member_string(json_array_get(list, 0), "level"), "project");
        assert_string_equal(json_member_string(json_array_get(list, 1), "level"), "organization");
        (void)gcp_provider.account_free(a);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                GCP_TEST(key_signs_an_assertion),
                GCP_TEST(key_of_another_universe_stays_there),
                GCP_TEST(key_refusals_say_what_to_do),
                GCP_TEST(key_is_signed_by_their_clock_once),
                GCP_TEST(user_refreshes),
                GCP_TEST(user_whose_sign_in_ended_signs_in_again),
                GCP_TEST(external_file_is_exchanged_and_becomes),
                GCP_TEST(external_url_is_asked_as_the_file_says),
                GCP_TEST(external_aws_is_proven_by_a_signature),
                GCP_TEST(external_refusals_say_what_to_do),
                GCP_TEST(impersonated_becomes_with_delegates),
                GCP_TEST(impersonation_refusals_say_what_to_do),
                GCP_TEST(metadata_gives_the_machine_s_token),
                GCP_TEST(metadata_refusals_say_what_to_do),
                GCP_TEST(metadata_of_another_universe_is_followed),
                GCP_TEST(metadata_that_is_not_there_says_what_was_looked_at),
                GCP_TEST(token_is_renewed_before_its_end_and_kept_when_that_fails),
                GCP_TEST(token_is_renewed_by_one_scope_for_all),
                GCP_TEST(token_refused_early_is_asked_for_again),
                GCP_TEST(scopes_are_those_that_are_named),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
