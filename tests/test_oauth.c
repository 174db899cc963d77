#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "providers/oauth.h"

static const uint64_t now_usec = 1700000000 * USEC_PER_SEC;

static struct message_reply reply_of(const char *body)
{
        struct message_reply reply = { .status = 200, .body = BUFFER_INIT(4096) };

        buffer_add(&reply.body, body);
        return reply;
}

static void oauth_writes_the_form(void **state)
{
        const struct oauth_pair pairs[] = {
                { "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer" },
                { "assertion", "a.b-c_d+e/f=&" },
                { "left_out", NULL },
                { "empty", "" },
        };
        struct message_request req = { 0 };

        assert_int_equal(oauth_request(&req, "https://t.example/token", pairs, 4, NULL), 0);
        assert_string_equal(req.method, "POST");
        assert_string_equal(req.url, "https://t.example/token");
        assert_string_equal(req.headers[0], "Content-Type: application/x-www-form-urlencoded");
        assert_string_equal(req.body,
                            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
                            "&assertion=a.b-c_d%2Be%2Ff%3D%26&empty=");
        assert_int_equal(req.body_bytes, strlen(req.body));
        assert_true(req.secret);
        message_request_done(&req);
}

/* clang-format off */
static const struct {
        const char *body;
        uint64_t end_seconds;
} ends[] = {
        /* RFC 6749 5.1's example, numbers as texts, and where they disagree the sooner */
        { "{\"access_token\":\"2YotnFZFEjr1zCsicMWpAA\",\"token_type\":\"example\",\"expires_in\":3600}", 0 },
        { "{\"access_token\":\"t\",\"token_type\":\"bearer\",\"expires_in\":3599}", 1700003599 },
        { "{\"access_token\":\"t\",\"token_type\":\"Bearer\",\"expires_in\":\"3599\"}", 1700003599 },
        { "{\"access_token\":\"t\",\"expires_on\":\"1700001000\"}", 1700001000 },
        { "{\"access_token\":\"t\",\"expires_on\":1700001000,\"expires_in\":3600}", 1700001000 },
        { "{\"access_token\":\"t\",\"expires_in\":3599.9}", 1700003599 },
        { "{\"access_token\":\"t\"}", 1700003600 },
        { "{\"access_token\":\"t\",\"expires_in\":-5,\"expires_on\":\"tomorrow\"}", 1700003600 },
        { "{\"access_token\":\"t\",\"expires_in\":\"99999999999999999999\"}", 1700003600 },
};

static const char *const no_tokens[] = {
        "", "<html>proxy</html>", "[]", "{}", "{\"access_token\":\"\"}", "{\"access_token\":12}",
        "{\"access_token\":\"a\\r\\nX-Evil: 1\"}", "{\"access_token\":\"a b\"}",
        "{\"access_token\":\"t\",\"token_type\":\"mac\"}", "{\"access_token\":\"t\"",
};
/* clang-format on */

static void oauth_reads_a_token_and_its_end(void **state)
{
        struct oauth_token t = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(ends); i++) {
                struct message_reply reply = reply_of(ends[i].body);
                int r = oauth_token_read(&t, &reply, now_usec, NULL);

                assert_int_equal(r, ends[i].end_seconds ? 0 : -EBADMSG);
                if (r == 0)
                        assert_int_equal(t.expires_usec, ends[i].end_seconds * USEC_PER_SEC);
                message_reply_done(&reply);
        }
        assert_string_equal(t.access_token, "t");
        oauth_token_done(&t);
        assert_null(t.access_token);
}

static void oauth_keeps_the_old_token_when_none_came(void **state)
{
        struct oauth_token t = { .access_token = strdup("old") };

        for (size_t i = 0; i < ELEMENTSOF(no_tokens); i++) {
                struct message_reply reply = reply_of(no_tokens[i]);
                struct error err = { 0 };

                assert_int_equal(oauth_token_read(&t, &reply, now_usec, &err), -EBADMSG);
                assert_null(strstr(err.text, "Evil"));
                assert_string_equal(t.access_token, "old");
                message_reply_done(&reply);
        }
        oauth_token_done(&t);
}

static void oauth_reads_a_refusal(void **state)
{
        struct message_reply reply = reply_of("{\"error\":\"invalid_grant\",\"error_description\":"
                                              "\"AADSTS700027: bad.\\r\\nTrace "
                                              "ID: x\",\"error_codes\":[700027, 7000, "
                                              "\"x\"],\"error_subtype\":\"invalid_rapt\"}");
        struct oauth_error e;

        assert_true(oauth_error_read(&e, &reply));
        assert_string_equal(e.error, "invalid_grant");
        assert_string_equal(e.subtype, "invalid_rapt");
        assert_string_equal(e.description, "AADSTS700027: bad.");
        assert_int_equal(e.n_codes, 2);
        assert_int_equal(e.codes[0], 700027);
        message_reply_done(&reply);

        reply = reply_of("<html>502</html>");
        assert_false(oauth_error_read(&e, &reply));
        message_reply_done(&reply);
        reply = reply_of("{\"error\":{\"code\":403}}");
        assert_false(oauth_error_read(&e, &reply));
        message_reply_done(&reply);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(oauth_writes_the_form),
                cmocka_unit_test(oauth_reads_a_token_and_its_end),
                cmocka_unit_test(oauth_keeps_the_old_token_when_none_came),
                cmocka_unit_test(oauth_reads_a_refusal),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
