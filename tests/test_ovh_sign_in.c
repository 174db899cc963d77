#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "tests/support/ovh.h"

#define NOW (UINT64_C(1795471200) * USEC_PER_SEC) /* 2026-11-23T22:00:00Z */
#define TOKEN                                                                                      \
        "{\"access_token\":\"tok-1\",\"token_type\":\"Bearer\",\"expires_in\":3599,\"scope\":"     \
        "\"all\"}"

static const struct account_config config = { .name = (char *)"lab" };

static int ask(struct account *a, uint64_t now, struct message_request *req, struct error *err)
{
        uint64_t expires = 7;

        *req = (struct message_request){ 0 };
        return ovh_provider.sign_in(a, NULL, now, req, &expires, err);
}

static int answer(struct account *a, int status, const char *body, struct error *err)
{
        struct message_reply reply = ovh_reply(status, NULL, body);
        int r = ovh_provider.signed_in(a, NULL, &reply, NOW, err);

        message_reply_done(&reply);
        return r;
}

static const char *header(const struct message_request *req, const char *name)
{
        for (size_t i = 0; i < req->n_headers; i++)
                if (strncmp(req->headers[i], name, strlen(name)) == 0)
                        return req->headers[i] + strlen(name);
        return NULL;
}

static void write_call(struct account *a, struct message_request *req)
{
        const struct call_instance call = { .host = "eu.api.ovh.com", .path = "/v1/cloud/project" };
        struct error err = { 0 };

        *req = (struct message_request){ 0 };
        if (ovh_provider.request(a, &call, NOW, req, &err) < 0)
                fail_msg("%s", err.text);
}

/* ---- an application key: OVHcloud's time ------------------------------------------------------
 */

/* Our clock is a minute ahead; the calls carry OVHcloud's time. */
static void sign_in_takes_the_time_of_ovhcloud(void **state)
{
        struct message_request req;
        struct error err = { 0 };
        struct account *a;

        ovh_forget();
        ovh_set(ovh_key_variables);
        a = ovh_open(&config);
        assert_int_equal(ask(a, NOW, &req, &err), SIGN_IN_REQUEST);
        assert_string_equal(req.url, "https://eu.api.ovh.com/v1/auth/time");
        assert_null(header(&req, "X-Ovh-"));
        message_request_done(&req);
        assert_int_equal(answer(a, 200, "1795471140", &err), 0);
        assert_int_equal(ask(a, NOW, &req, &err), SIGN_IN_READY);
        write_call(a, &req);
        assert_string_equal(header(&req, "X-Ovh-Timestamp: "), "1795471140");
        message_request_done(&req);

        /* clocks drift: it is asked again, and after a signature that was refused at once */
        assert_int_equal(ask(a, NOW + 7 * USEC_PER_HOUR, &req, &err), SIGN_IN_REQUEST);
        message_request_done(&req);
        assert_int_equal(ask(a, NOW, &req, &err), SIGN_IN_READY);
        ovh_provider.sign_in_again(a, NULL);
        assert_int_equal(ask(a, NOW, &req, &err), SIGN_IN_REQUEST);
        message_request_done(&req);
        (void)ovh_provider.account_free(a);
}

static const struct {
        int status;
        const char *body;
        int code;
        const char *text;
} no_times[] = {
        { 200, "\"now\"", -EBADMSG, "something that is no time" },
        { 200, "<html></html>", -EBADMSG, "a proxy or portal answered" },
        { 200, "-1", -EBADMSG, "no time" },
        { 404, "{\"message\":\"no\"}", -EBADMSG, "HTTP 404" },
        { 503, "", -EAGAIN, "HTTP 503" },
        { 429, "", -EAGAIN, "HTTP 429" },
};

static void sign_in_needs_a_time_that_is_one(void **state)
{
        struct account *a;

        ovh_forget();
        ovh_set(ovh_key_variables);
        a = ovh_open(&config);
        for (size_t i = 0; i < ELEMENTSOF(no_times); i++) {
                struct error err = { 0 };

                assert_int_equal(answer(a, no_times[i].status, no_times[i].body, &err),
                                 no_times[i].code);
                if (!strstr(err.text, no_times[i].text))
                        fail_msg("%s", err.text);
        }
        (void)ovh_provider.account_free(a);
}

/* ---- a service account: a token ---------------------------------------------------------------
 */

static void sign_in_fetches_a_token_and_renews_it(void **state)
{
        struct message_request req;
        struct error err = { 0 };
        struct account *a;

        ovh_forget();
        ovh_set(ovh_service_variables);
        a = ovh_open(&config);
        assert_int_equal(ask(a, NOW, &req, &err), SIGN_IN_REQUEST);
        assert_string_equal(req.url, "https://www.ovh.com/auth/oauth2/token");
        assert_string_equal(req.method, "POST");
        assert_true(req.secret);
        assert_memory_equal(req.body,
                            "grant_type=client_credentials&client_id=EU.client&"
                            "client_secret=client-secret&scope=all",
                            req.body_bytes);
        message_request_done(&req);
        assert_int_equal(answer(a, 200, TOKEN, &err), 0);
        assert_int_equal(ask(a, NOW, &req, &err), SIGN_IN_READY);
        write_call(a, &req);
        assert_string_equal(header(&req, "Authorization: "), "Bearer tok-1");
        assert_null(header(&req, "X-Ovh-"));
        message_request_done(&req);

        /* a minute before its end, and when it was refused */
        assert_int_equal(ask(a, NOW + 3530 * USEC_PER_SEC, &req, &err), SIGN_IN_READY);
        assert_int_equal(ask(a, NOW + 3540 * USEC_PER_SEC, &req, &err), SIGN_IN_REQUEST);
        message_request_done(&req);
        ovh_provider.sign_in_again(a, NULL);
        assert_int_equal(ask(a, NOW, &req, &err), SIGN_IN_REQUEST);
        message_request_done(&req);
        (void)ovh_provider.account_free(a);
}

static const struct {
        const char *api, *token_url, *url;
} token_urls[] = {
        { "ovh-ca", NULL, "https://ca.ovh.com/auth/oauth2/token" },
        { "ovh-us", NULL, "https://us.ovhcloud.com/auth/oauth2/token" },
        { "ovh-ca", "https://www.ovh.ca/auth/oauth2/token",
          "https://www.ovh.ca/auth/oauth2/token" },
};

static void sign_in_asks_the_company_of_the_account(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(token_urls); i++) {
                struct ovh_options options = { .api = (char *)token_urls[i].api,
                                               .token_url = (char *)token_urls[i].token_url };
                struct account_config of = { .name = (char *)"lab", .options = &options };
                struct message_request req;
                struct error err = { 0 };
                struct account *a;

                ovh_forget();
                ovh_set(ovh_service_variables);
                a = ovh_open(&of);
                assert_int_equal(ask(a, NOW, &req, &err), SIGN_IN_REQUEST);
                assert_string_equal(req.url, token_urls[i].url);
                message_request_done(&req);
                (void)ovh_provider.account_free(a);
        }
}

static void sign_in_says_why_a_service_account_is_refused(void **state)
{
        struct message_request req;
        struct error err = { 0 };
        struct account *a;

        ovh_forget();
        ovh_set(ovh_service_variables);
        a = ovh_open(&config);
        assert_int_equal(answer(a, 401,
                                "{\"error\":\"invalid_client\",\"error_description\":\"no such "
                                "client-secret\"}",
                                &err),
                         -EACCES);
        assert_non_null(strstr(err.text, "OVHcloud (ovh-eu) refuses the service account EU.client "
                                         "(variables OVH_*): invalid_client"));
        assert_non_null(strstr(err.text, "set api: or OVH_ENDPOINT to ovh-eu, ovh-ca or ovh-us"));
        assert_null(strstr(err.text, "client-secret"));
        err = (struct error){ 0 };
        assert_int_equal(ask(a, NOW, &req, &err), -EACCES);
        assert_int_equal(answer(a, 200, "{}", &err), -EBADMSG);
        assert_int_equal(answer(a, 403, "<html>", &err), -EBADMSG);
        (void)ovh_provider.account_free(a);
}

/* ---- an access token, and what is replaced while we run ---------------------------------------
 */

static void sign_in_needs_nothing_for_an_access_token(void **state)
{
        struct message_request req;
        struct error err = { 0 };
        struct account *a;

        ovh_forget();
        ovh_set(ovh_token_variables);
        a = ovh_open(&config);
        assert_int_equal(ask(a, NOW, &req, &err), SIGN_IN_READY);
        write_call(a, &req);
        assert_string_equal(header(&req, "Authorization: "), "Bearer access-token");
        message_request_done(&req);
        (void)ovh_provider.account_free(a);
}

static void sign_in_finds_what_took_the_place_of_refused_credentials(void **state)
{
        struct message_reply reply = ovh_reply(
                401, NULL, "{\"class\":\"Client::Unauthorized\",\"message\":\"revoked\"}");
        struct message_request req;
        struct error err = { 0 };
        struct reply_meaning m;
        struct account *a;

        ovh_forget();
        ovh_set(ovh_token_variables);
        a = ovh_open(&config);
        ovh_provider.interpret(a, NULL, &reply, &m);
        message_reply_done(&reply);
        assert_int_equal(m.kind, REPLY_UNAUTHENTICATED);
        assert_int_equal(ask(a, NOW, &req, &err), -EACCES);
        assert_non_null(strstr(err.text, "has ended or was revoked"));
        assert_int_equal(setenv("OVH_ACCESS_TOKEN", "another-token", 1), 0);
        ovh_provider.sign_in_again(a, NULL);
        assert_int_equal(ask(a, NOW, &req, &err), SIGN_IN_READY);
        write_call(a, &req);
        assert_string_equal(header(&req, "Authorization: "), "Bearer another-token");
        message_request_done(&req);
        (void)ovh_provider.account_free(a);
}

/* ---- scopes ------------------------------------------------------------------------------------
 */

static void scopes_are_the_account_and_the_projects_that_are_named(void **state)
{
        char *named[] = { (char *)"p-1", NULL };
        struct account_config of = { .name = (char *)"lab", .scopes = named };
        json_auto_t *got = json_array(), *plain = json_array();
        json_auto_t *want = json_pack("[{ss ss} {ss ss}]", "id", "ovh-eu", "level", "account", "id",
                                      "p-1", "level", "project");
        struct error err = { 0 };
        struct account *a;

        ovh_forget();
        ovh_set(ovh_token_variables);
        a = ovh_open(&of);
        assert_int_equal(ovh_provider.scopes(a, got, &err), 0);
        assert_true(json_equal(got, want));
        (void)ovh_provider.account_free(a);

        assert_int_equal(setenv("OVH_CLOUD_PROJECT_SERVICE", "p-1", 1), 0);
        a = ovh_open(&config);
        assert_int_equal(ovh_provider.scopes(a, plain, &err), 0);
        assert_true(json_equal(plain, want));
        (void)ovh_provider.account_free(a);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(sign_in_takes_the_time_of_ovhcloud),
                cmocka_unit_test(sign_in_needs_a_time_that_is_one),
                cmocka_unit_test(sign_in_fetches_a_token_and_renews_it),
                cmocka_unit_test(sign_in_asks_the_company_of_the_account),
                cmocka_unit_test(sign_in_says_why_a_service_account_is_refused),
                cmocka_unit_test(sign_in_needs_nothing_for_an_access_token),
                cmocka_unit_test(sign_in_finds_what_took_the_place_of_refused_credentials),
                cmocka_unit_test(scopes_are_the_account_and_the_projects_that_are_named),
        };

        return cmocka_run_group_tests_name("ovh sign-in", tests, NULL, NULL);
}
