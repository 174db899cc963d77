/* Signing in with keys, roles, profiles, web identity and programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/json.h"
#include "tests/support/aws_exchange.h"

#define MEMBER "444455556666"
#define STS "https://sts.eu-west-1.amazonaws.com/"
#define KEYS(n) "aws_access_key_id = AKID" n "\naws_secret_access_key = SECRETOF" n "\n"

static char sts_body[1024];

/* An answer of STS; expires is JSON. */
static const char *sts_answer(const char *operation, const char *who, const char *expires)
{
        (void)snprintf(sts_body, sizeof(sts_body),
                       "{\"%sResponse\":{\"%sResult\":{\"Credentials\":{\"AccessKeyId\":\"ASIA%s\","
                       "\"SecretAccessKey\":\"SECRETOF%s\",\"SessionToken\":\"TOKENOF%s\","
                       "\"Expiration\":%s}}}}",
                       operation, operation, who, who, who, expires);
        return sts_body;
}

#define IN_AN_HOUR "1.7684694E9" /* BENCH_TIME and 3600 s */

static const struct exchange assume_member = {
        .method = "POST",
        .url = STS,
        .has = { "Action=AssumeRole&", "RoleArn=arn%3Aaws%3Aiam%3A%3A" MEMBER "%3Arole%2Faudit",
                 "ExternalId=ext-1" },
        .key = BENCH_ACCESS_KEY,
        .status = 200,
};

static void open_organization(struct bench *b)
{
        b->options.organization.role = (char *)"audit";
        b->options.organization.external_id = (char *)"ext-1";
        b->options.organization.place.line = 1;
        bench_environment_keys();
        bench_open(b);
}

/* ---- keys that are there ------------------------------------------------------------------------
 */

static void signin_with_static_keys_asks_nothing(void **state)
{
        struct bench b = { 0 };
        struct drive d = drive_of(&b, NULL);

        bench_environment_keys();
        bench_open(&b);
        drive_assert_ready(&d, BENCH_ACCESS_KEY, 0);
        bench_close(&b);
}

static void signin_ends_with_keys_of_the_environment(void **state)
{
        struct bench b = { 0 };
        struct drive d = drive_of(&b, NULL);

        bench_environment_keys();
        (void)setenv("AWS_CREDENTIAL_EXPIRATION", "2026-01-15T08:35:00Z", 1);
        bench_open(&b);
        drive_assert_ready(&d, BENCH_ACCESS_KEY, bench_time() + 5 * USEC_PER_MINUTE);
        d.now_usec += 4 * USEC_PER_MINUTE; /* they cannot be renewed: good to the end */
        drive_assert_ready(&d, BENCH_ACCESS_KEY, bench_time() + 5 * USEC_PER_MINUTE);
        d.now_usec += USEC_PER_MINUTE;
        drive_assert_failed(&d, -EACCES, "expired at 2026-01-15T08:35:00Z");
        assert_non_null(strstr(d.err.text, "environment variable"));
        bench_close(&b);
}

static void signin_reads_a_changed_file_again(void **state)
{
        struct bench b = { 0 };
        struct drive d = drive_of(&b, NULL);

        (void)bench_file(".aws/credentials", "[default]\n" KEYS("ONE"));
        bench_open(&b);
        drive_assert_ready(&d, "AKIDONE", 0);
        (void)bench_file(".aws/credentials", "[default]\n" KEYS("ANOTHER"));
        drive_assert_ready(&d, "AKIDANOTHER", 0);
        (void)bench_file(".aws/credentials", "[default]\naws_access"); /* half written */
        drive_assert_ready(&d, "AKIDANOTHER", 0);
        (void)bench_file(".aws/credentials", "[default]\n" KEYS("THIRD"));
        drive_assert_ready(&d, "AKIDTHIRD", 0);
        bench_close(&b);
}

static void signin_again_with_the_same_keys_fails(void **state)
{
        struct bench b = { 0 };
        struct drive d = drive_of(&b, NULL);

        bench_environment_keys();
        bench_open(&b);
        drive_assert_ready(&d, BENCH_ACCESS_KEY, 0);
        aws_provider.sign_in_again(b.account, NULL);
        drive_assert_failed(&d, -EACCES, "gives the same ones again");
        drive_assert_failed(&d, -EACCES, "gives the same ones again");
        bench_close(&b);
}

/* ---- other accounts -----------------------------------------------------------------------------
 */

static void signin_assumes_the_role_in_another_account(void **state)
{
        static const char *const forms[] = { IN_AN_HOUR, "1768469400", "1768469400000",
                                             "\"2026-01-15T09:30:00Z\"" };

        for (size_t i = 0; i < ELEMENTSOF(forms); i++) {
                _cleanup_(scope_freep) struct scope *scope = bench_scope(MEMBER);
                struct bench b = { 0 };
                struct drive d = drive_of(&b, scope);
                struct exchange e = assume_member;

                print_message("%s\n", forms[i]);
                open_organization(&b);
                e.body = sts_answer("AssumeRole", "MEMBER", forms[i]);
                drive_exchange(&d, &e);
                drive_assert_ready(&d, "ASIAMEMBER", HOUR);
                d.scope = NULL;
                drive_assert_ready(&d, BENCH_ACCESS_KEY, 0);
                bench_close(&b);
        }
}

/* What is finished with is forgotten: the role is assumed anew. The account's own stay. */
static void signin_forgets_an_account_that_is_done(void **state)
{
        _cleanup_(scope_freep) struct scope *scope = bench_scope(MEMBER);
        _cleanup_(scope_freep) struct scope *never = bench_scope("999999999999");
        struct bench b = { 0 };
        struct drive d = drive_of(&b, scope);
        struct exchange e = assume_member;

        open_organization(&b);
        e.body = sts_answer("AssumeRole", "MEMBER", IN_AN_HOUR);
        drive_exchange(&d, &e);
        drive_assert_ready(&d, "ASIAMEMBER", HOUR);
        aws_provider.sign_out(b.account, never);
        drive_assert_ready(&d, "ASIAMEMBER", HOUR);
        aws_provider.sign_out(b.account, scope);
        e.body = sts_answer("AssumeRole", "AGAIN", IN_AN_HOUR);
        drive_exchange(&d, &e);
        drive_assert_ready(&d, "ASIAAGAIN", HOUR);
        aws_provider.sign_out(b.account, NULL);
        d.scope = NULL;
        drive_assert_ready(&d, BENCH_ACCESS_KEY, 0);
        bench_close(&b);
}

static void signin_reads_sts_answers_in_xml(void **state)
{
        _cleanup_(scope_freep) struct scope *scope = bench_scope(MEMBER);
        struct bench b = { 0 };
        struct drive d = drive_of(&b, scope);
        struct exchange e = assume_member;

        open_organization(&b);
        e.body = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
                 "<AssumeRoleResult><Credentials><AccessKeyId>ASIAXML</AccessKeyId>"
                 "<SecretAccessKey>SECRETOFXML</SecretAccessKey><SessionToken>TOKENOFXML"
                 "</SessionToken><Expiration>2026-01-15T09:30:00Z</Expiration></Credentials>"
                 "</AssumeRoleResult></AssumeRoleResponse>";
        drive_exchange(&d, &e);
        drive_assert_ready(&d, "ASIAXML", HOUR);
        bench_close(&b);
}

static void signin_uses_own_credentials_in_the_own_account(void **state)
{
        _cleanup_(scope_freep) struct scope *known = bench_scope("111122223333");
        _cleanup_(scope_freep) struct scope *found = bench_scope("777788889999");
        struct bench b = { 0 };
        struct drive d = drive_of(&b, NULL);

        (void)setenv("AWS_ACCOUNT_ID", "111122223333", 1);
        (void)json_object_set_new(found->attributes, "own", json_true());
        open_organization(&b);
        drive_assert_ready(&d, BENCH_ACCESS_KEY, 0);
        d.scope = known;
        drive_assert_ready(&d, BENCH_ACCESS_KEY, 0);
        d.scope = found;
        drive_assert_ready(&d, BENCH_ACCESS_KEY, 0);
        bench_close(&b);
}

static void signin_without_role_says_what_to_set(void **state)
{
        _cleanup_(scope_freep) struct scope *scope = bench_scope(MEMBER);
        struct bench b = { 0 };
        struct drive d = drive_of(&b, scope);

        bench_environment_keys();
        bench_open(&b);
        drive_assert_failed(&d, -EINVAL, "role:");
        bench_close(&b);
}

static void signin_takes_a_role_of_the_configuration_by_its_arn(void **state)
{
        struct bench b = { .options = { .role = (char *)"arn:aws:iam::" MEMBER ":role/p/audit",
                                        .external_id = (char *)"ext-1" } };
        struct exchange e = assume_member;
        struct drive d = drive_of(&b, NULL);

        bench_environment_keys();
        bench_open(&b);
        e.has[1] = "RoleArn=arn%3Aaws%3Aiam%3A%3A" MEMBER "%3Arole%2Fp%2Faudit&";
        e.body = sts_answer("AssumeRole", "ROLE", IN_AN_HOUR);
        drive_exchange(&d, &e);
        drive_assert_ready(&d, "ASIAROLE", HOUR);
        assert_string_equal(aws_provider.variable(b.account, NULL, NULL, "account_id"), MEMBER);
        bench_close(&b);
}

/* ---- what can go wrong with a role --------------------------------------------------------------
 */

#define STS_ERROR(code, text) "{\"Error\":{\"Code\":\"" code "\",\"Message\":\"" text "\"}}"

static const struct {
        const char *what;
        int status;
        const char *body;
        enum transport transport;
        int code;
        const char *says;
} failures[] = {
        { "denied", 403, STS_ERROR("AccessDenied", "not authorized"), TRANSPORT_OK, -EPERM,
          "trust policy" },
        { "unknown keys", 403, STS_ERROR("InvalidClientTokenId", "invalid SECRETOFX"), TRANSPORT_OK,
          -EACCES, "are refused" },
        { "a region that is off", 403, STS_ERROR("RegionDisabledException", "off"), TRANSPORT_OK,
          -EACCES, "RegionDisabledException" },
        { "throttled", 400, STS_ERROR("Throttling", "slow"), TRANSPORT_OK, -EAGAIN, "Throttling" },
        { "down", 503, "", TRANSPORT_OK, -EAGAIN, "HTTP 503" },
        { "a page of a proxy", 200, "<html/>", TRANSPORT_OK, -EAGAIN, "no answer" },
        { "half an answer", 200, "{\"AssumeRoleResponse\":{\"AssumeRoleResult\":", TRANSPORT_OK,
          -EAGAIN, "JSON" },
        { "no reply", 0, "", TRANSPORT_TIMEOUT, -EAGAIN, "nothing came" },
        { "no credentials in it", 200, "{\"AssumeRoleResponse\":{\"AssumeRoleResult\":{}}}",
          TRANSPORT_OK, -EBADMSG, "Expiration" },
};

static void signin_role_failures(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(failures); i++) {
                _cleanup_(scope_freep) struct scope *scope = bench_scope(MEMBER);
                struct bench b = { 0 };
                struct drive d = drive_of(&b, scope);
                struct exchange e = assume_member;
                struct message_request req;
                struct message_reply reply;

                print_message("%s\n", failures[i].what);
                open_organization(&b);
                assert_int_equal(drive_ask(&d, &req, NULL), SIGN_IN_REQUEST);
                drive_check_request(&req, &e);
                message_request_done(&req);
                reply = failures[i].transport == TRANSPORT_OK
                                ? bench_reply(failures[i].status, NULL, failures[i].body)
                                : bench_no_reply(failures[i].transport, "nothing came");
                assert_int_equal(
                        aws_provider.signed_in(b.account, scope, &reply, d.now_usec, &d.err),
                        failures[i].code);
                if (!strstr(d.err.text, failures[i].says))
                        fail_msg("'%s' does not say '%s'", d.err.text, failures[i].says);
                message_reply_done(&reply);
                /* it is asked again, and can succeed */
                e.body = sts_answer("AssumeRole", "MEMBER", IN_AN_HOUR);
                drive_exchange(&d, &e);
                drive_assert_ready(&d, "ASIAMEMBER", HOUR);
                bench_close(&b);
        }
}

static void signin_corrects_the_clock(void **state)
{
        _cleanup_(scope_freep) struct scope *scope = bench_scope(MEMBER);
        struct bench b = { 0 };
        struct drive d = drive_of(&b, scope);
        struct exchange e = assume_member;

        open_organization(&b);
        e.has[2] = "x-amz-date: 20260115T083000Z";
        e.status = 403;
        e.headers = "date: Thu, 15 Jan 2026 08:40:00 GMT\n";
        e.body = STS_ERROR("SignatureDoesNotMatch", "Signature expired");
        drive_exchange(&d, &e);
        e.has[2] = "x-amz-date: 20260115T084000Z";
        e.status = 200;
        e.body = sts_answer("AssumeRole", "MEMBER", IN_AN_HOUR);
        drive_exchange(&d, &e);
        drive_assert_ready(&d, "ASIAMEMBER", HOUR - 10 * USEC_PER_MINUTE); /* by our clock */
        bench_close(&b);
}

/* ---- chains -------------------------------------------------------------------------------------
 */

static void signin_goes_through_the_roles_of_profiles(void **state)
{
        struct bench b = { .options = { .profile = (char *)"a" } };
        struct drive d = drive_of(&b, NULL);
        struct exchange e = { .method = "POST",
                              .url = STS,
                              .has = { "%3Arole%2Fb&", "DurationSeconds=7200",
                                       "RoleSessionName=me" },
                              .lacks = { "ExternalId" },
                              .key = "AKIDC",
                              .status = 200 };

        (void)bench_file(".aws/config",
                         "[profile a]\nrole_arn = arn:aws:iam::111122223333:role/a\n"
                         "source_profile = b\nexternal_id = e-1\nduration_seconds = 7200\n"
                         "region = eu-west-1\n"
                         "[profile b]\nrole_arn = arn:aws:iam::111122223333:role/b\n"
                         "source_profile = c\nrole_session_name = me\nduration_seconds = 7200\n");
        (void)bench_file(".aws/credentials", "[c]\n" KEYS("C"));
        bench_open(&b);
        e.body = sts_answer("AssumeRole", "B", IN_AN_HOUR);
        drive_exchange(&d, &e);
        /* from a role, an hour is the most */
        e = (struct exchange){ .method = "POST",
                               .url = STS,
                               .has = { "%3Arole%2Fa&", "DurationSeconds=3600", "ExternalId=e-1" },
                               .key = "ASIAB",
                               .status = 200,
                               .body = sts_answer("AssumeRole", "A", IN_AN_HOUR) };
        drive_exchange(&d, &e);
        drive_assert_ready(&d, "ASIAA", HOUR);
        bench_close(&b);
}

static void signin_begins_again_when_the_source_has_expired(void **state)
{
        _cleanup_(scope_freep) struct scope *scope = bench_scope(MEMBER);
        struct bench b = { .options = { .profile = (char *)"a",
                                        .organization = { .role = (char *)"audit",
                                                          .external_id = (char *)"ext-1",
                                                          .place = { 1, 1 } } } };
        struct drive d = drive_of(&b, scope);
        struct exchange role = { .method = "POST",
                                 .url = STS,
                                 .has = { "%3Arole%2Fa&" },
                                 .key = "AKIDA",
                                 .status = 200 };
        struct exchange member = assume_member;

        (void)bench_file(".aws/config", "[profile a]\nsource_profile = a\n"
                                        "role_arn = arn:aws:iam::111122223333:role/a\n");
        (void)bench_file(".aws/credentials", "[a]\n" KEYS("A"));
        bench_open(&b);
        role.body = sts_answer("AssumeRole", "ROLE", IN_AN_HOUR);
        drive_exchange(&d, &role);
        member.key = "ASIAROLE";
        member.status = 403;
        member.body = STS_ERROR("ExpiredToken", "expired");
        drive_exchange(&d, &member);
        role.body = sts_answer("AssumeRole", "ROLETWO", IN_AN_HOUR);
        drive_exchange(&d, &role); /* from the source, once */
        member.key = "ASIAROLETWO";
        member.taken = -EACCES;
        drive_exchange(&d, &member);
        assert_non_null(strstr(d.err.text, "ExpiredToken"));
        bench_close(&b);
}

/* ---- when to renew ------------------------------------------------------------------------------
 */

static void signin_renews_in_time_and_keeps_what_is_good(void **state)
{
        _cleanup_(scope_freep) struct scope *scope = bench_scope(MEMBER);
        struct bench b = { 0 };
        struct drive d = drive_of(&b, scope);
        struct exchange e = assume_member;

        open_organization(&b);
        e.body = sts_answer("AssumeRole", "ONE", IN_AN_HOUR);
        drive_exchange(&d, &e);
        d.now_usec = bench_time() + 44 * USEC_PER_MINUTE;
        drive_assert_ready(&d, "ASIAONE", HOUR);
        d.now_usec = bench_time() + 46 * USEC_PER_MINUTE; /* 14 minutes left: try */
        e.status = 503;
        e.body = "";
        drive_exchange(&d, &e);
        drive_assert_ready(&d, "ASIAONE", HOUR); /* it failed: these are kept */
        d.now_usec += 30 * USEC_PER_SEC;
        drive_assert_ready(&d, "ASIAONE", HOUR); /* and not tried at once again */
        d.now_usec += 60 * USEC_PER_SEC;
        e.status = 403;
        e.body = STS_ERROR("AccessDenied", "no");
        drive_exchange(&d, &e);
        drive_assert_ready(&d, "ASIAONE", HOUR);
        d.now_usec = bench_time() + 51 * USEC_PER_MINUTE; /* 9 minutes left: it must succeed */
        e.taken = -EPERM;
        drive_exchange(&d, &e);
        e.taken = 0;
        e.status = 200;
        e.body = sts_answer("AssumeRole", "TWO", "\"2026-01-15T10:21:00Z\"");
        drive_exchange(&d, &e);
        drive_assert_ready(&d, "ASIATWO", HOUR + 51 * USEC_PER_MINUTE);
        bench_close(&b);
}

static void signin_windows_shrink_for_short_lives(void **state)
{
        struct aws_credentials c = { .access_key = (char *)"A" };
        uint64_t now = bench_time();

        c.obtained_usec = now;
        assert_int_equal(aws_credentials_state(&c, now), AWS_CREDENTIALS_GOOD); /* never ends */
        c.expires_usec = now + 4 * USEC_PER_MINUTE;
        assert_int_equal(aws_credentials_state(&c, now), AWS_CREDENTIALS_GOOD);
        assert_int_equal(aws_credentials_state(&c, now + 170 * USEC_PER_SEC),
                         AWS_CREDENTIALS_ADVISORY);
        assert_int_equal(aws_credentials_state(&c, now + 190 * USEC_PER_SEC),
                         AWS_CREDENTIALS_MANDATORY);
        c.expires_usec = now + 6 * USEC_PER_HOUR;
        assert_int_equal(aws_credentials_state(&c, c.expires_usec - 16 * USEC_PER_MINUTE),
                         AWS_CREDENTIALS_GOOD);
        assert_int_equal(aws_credentials_state(&c, c.expires_usec - 15 * USEC_PER_MINUTE),
                         AWS_CREDENTIALS_ADVISORY);
        assert_int_equal(aws_credentials_state(&c, c.expires_usec - 10 * USEC_PER_MINUTE),
                         AWS_CREDENTIALS_MANDATORY);
        assert_int_equal(aws_credentials_state(&c, c.expires_usec + 1), AWS_CREDENTIALS_MANDATORY);
}

static void signin_again_asks_for_other_credentials(void **state)
{
        _cleanup_(scope_freep) struct scope *scope = bench_scope(MEMBER);
        struct bench b = { 0 };
        struct drive d = drive_of(&b, scope);
        struct exchange e = assume_member;

        open_organization(&b);
        e.body = sts_answer("AssumeRole", "ONE", IN_AN_HOUR);
        drive_exchange(&d, &e);
        drive_assert_ready(&d, "ASIAONE", HOUR);
        aws_provider.sign_in_again(b.account, scope);
        e.body = sts_answer("AssumeRole", "TWO", IN_AN_HOUR);
        drive_exchange(&d, &e);
        drive_assert_ready(&d, "ASIATWO", HOUR);
        bench_close(&b);
}

static void signin_refuses_credentials_that_have_ended(void **state)
{
        _cleanup_(scope_freep) struct scope *scope = bench_scope(MEMBER);
        struct bench b = { 0 };
        struct drive d = drive_of(&b, scope);
        struct exchange e = assume_member;

        open_organization(&b);
        e.body = sts_answer("AssumeRole", "OLD", "\"2026-01-15T08:29:00Z\"");
        e.taken = -EACCES;
        drive_exchange(&d, &e);
        assert_non_null(strstr(d.err.text, "expired at 2026-01-15T08:29:00Z"));
        /* unless it is our clock that is off */
        e.headers = "date: Thu, 15 Jan 2026 07:30:00 GMT\n";
        e.taken = 0;
        drive_exchange(&d, &e);
        drive_assert_ready(&d, "ASIAOLD", bench_time() + 59 * USEC_PER_MINUTE);
        bench_close(&b);
}

/* ---- web identity -------------------------------------------------------------------------------
 */

static void signin_by_web_identity_is_not_signed(void **state)
{
        struct bench b = { 0 };
        struct drive d = drive_of(&b, NULL);
        struct exchange e = { .method = "POST",
                              .url = STS,
                              .has = { "Action=AssumeRoleWithWebIdentity", "WebIdentityToken=jwt.1",
                                       "RoleSessionName=vigie" },
                              .status = 200 };

        (void)setenv("AWS_WEB_IDENTITY_TOKEN_FILE", bench_file("token", "jwt.1\n"), 1);
        (void)setenv("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/web", 1);
        bench_open(&b);
        e.body = sts_answer("AssumeRoleWithWebIdentity", "WEB", IN_AN_HOUR);
        drive_exchange(&d, &e);
        drive_assert_ready(&d, "ASIAWEB", HOUR);
        (void)bench_file("token", "jwt.2"); /* read again each time */
        aws_provider.sign_in_again(b.account, NULL);
        e.has[1] = "WebIdentityToken=jwt.2";
        e.status = 400;
        e.body = STS_ERROR("ExpiredTokenException", "expired");
        e.taken = -EACCES;
        drive_exchange(&d, &e);
        assert_int_equal(remove(getenv("AWS_WEB_IDENTITY_TOKEN_FILE")), 0);
        drive_assert_failed(&d, -ENOENT, "token");
        bench_close(&b);
}

/* ---- credential_process -------------------------------------------------------------------------
 */

static const struct {
        const char *what, *output;
        int status, taken;
        const char *access, *says;
} processes[] = {
        { "static", "{\"Version\":1,\"AccessKeyId\":\"AKIDP\",\"SecretAccessKey\":\"SECRETOFP\"}",
          0, 0, "AKIDP", NULL },
        { "temporary",
          "{\"Version\":1,\"AccessKeyId\":\"ASIAP\",\"SecretAccessKey\":\"SECRETOFP\","
          "\"SessionToken\":\"t\",\"Expiration\":\"2026-01-15T09:30:00Z\",\"AccountId\":\"1\"}",
          0, 0, "ASIAP", NULL },
        { "another version",
          "{\"Version\":2,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"SECRETOFP\"}", 0, -EBADMSG,
          NULL, "Version" },
        { "no JSON", "SECRETOFP", 0, -EBADMSG, NULL, "no valid JSON" },
        { "no secret", "{\"Version\":1,\"AccessKeyId\":\"A\"}", 0, -EBADMSG, NULL,
          "no SecretAccessKey" },
        { "a secret that would break a header",
          "{\"Version\":1,\"AccessKeyId\":\"A\\r\\nX: y\",\"SecretAccessKey\":\"SECRETOFP\"}", 0,
          -EBADMSG, NULL, "AccessKeyId" },
        { "it failed", "SECRETOFP", 3, -EACCES, NULL, "status 3" },
};

static void signin_runs_a_process(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(processes); i++) {
                struct bench b = { 0 };
                struct drive d = drive_of(&b, NULL);
                struct message_request req;
                struct message_reply reply =
                        bench_reply(processes[i].status, NULL, processes[i].output);

                print_message("%s\n", processes[i].what);
                (void)bench_file(".aws/config", "[default]\ncredential_process = /bin/helper "
                                                "\"a b\"\n");
                bench_open(&b);
                assert_int_equal(drive_ask(&d, &req, NULL), SIGN_IN_REQUEST);
                assert_null(req.url);
                assert_true(req.secret);
                assert_string_equal(req.argv[0], "/bin/helper");
                assert_string_equal(req.argv[1], "a b");
                assert_null(req.argv[2]);
                message_request_done(&req);
                if (processes[i].status != 0) {
                        reply.transport = TRANSPORT_COMMAND;
                        (void)snprintf(reply.transport_text, sizeof(reply.transport_text),
                                       "the command ended with status 3");
                }
                assert_int_equal(
                        aws_provider.signed_in(b.account, NULL, &reply, d.now_usec, &d.err),
                        processes[i].taken);
                message_reply_done(&reply);
                if (processes[i].says) {
                        assert_non_null(strstr(d.err.text, processes[i].says));
                        assert_non_null(strstr(d.err.text, "credential_process of profile"));
                        assert_null(strstr(d.err.text, "SECRETOF"));
                } else {
                        drive_assert_ready(&d, processes[i].access, i == 0 ? 0 : HOUR);
                }
                bench_close(&b);
        }
}

/* ---- secrets ------------------------------------------------------------------------------------
 */

static void signin_reply_without_request_is_refused(void **state)
{
        struct bench b = { 0 };
        struct message_reply reply = bench_reply(200, NULL, "{}");
        struct error err = { 0 };

        bench_environment_keys();
        bench_open(&b);
        assert_int_equal(aws_provider.signed_in(b.account, NULL, &reply, bench_time(), &err),
                         -EINVAL);
        message_reply_done(&reply);
        bench_close(&b);
}

static void signin_wipes_what_it_frees(void **state)
{
        struct aws_credentials c = { .access_key = strdup("AKIDWIPE"),
                                     .secret_key = strdup("SECRETOFWIPE"),
                                     .token = strdup("TOKENOFWIPE") };
        struct aws_credentials copy = { 0 };

        assert_int_equal(aws_credentials_copy(&copy, &c), 0);
        assert_true(aws_credentials_same(&copy, &c));
        aws_credentials_done(&c);
        assert_true(aws_credentials_empty(&c));
        assert_null(c.secret_key);
        assert_null(c.token);
        assert_string_equal(copy.secret_key, "SECRETOFWIPE");
        aws_credentials_done(&copy);
        aws_credentials_done(&copy); /* twice is harmless */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                BENCH_TEST(signin_with_static_keys_asks_nothing),
                BENCH_TEST(signin_ends_with_keys_of_the_environment),
                BENCH_TEST(signin_reads_a_changed_file_again),
                BENCH_TEST(signin_again_with_the_same_keys_fails),
                BENCH_TEST(signin_assumes_the_role_in_another_account),
                BENCH_TEST(signin_forgets_an_account_that_is_done),
                BENCH_TEST(signin_reads_sts_answers_in_xml),
                BENCH_TEST(signin_uses_own_credentials_in_the_own_account),
                BENCH_TEST(signin_without_role_says_what_to_set),
                BENCH_TEST(signin_takes_a_role_of_the_configuration_by_its_arn),
                BENCH_TEST(signin_role_failures),
                BENCH_TEST(signin_corrects_the_clock),
                BENCH_TEST(signin_goes_through_the_roles_of_profiles),
                BENCH_TEST(signin_begins_again_when_the_source_has_expired),
                BENCH_TEST(signin_renews_in_time_and_keeps_what_is_good),
                BENCH_TEST(signin_windows_shrink_for_short_lives),
                BENCH_TEST(signin_again_asks_for_other_credentials),
                BENCH_TEST(signin_refuses_credentials_that_have_ended),
                BENCH_TEST(signin_by_web_identity_is_not_signed),
                BENCH_TEST(signin_runs_a_process),
                BENCH_TEST(signin_reply_without_request_is_refused),
                BENCH_TEST(signin_wipes_what_it_frees),
        };

        return cmocka_run_group_tests_name("aws_signin", tests, NULL, NULL);
}
