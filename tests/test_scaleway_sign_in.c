#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "providers/provider.h"

#define SECRET "00000000-aaaa-0000-0000-000000000002"
#define OTHER "00000000-aaaa-0000-0000-000000000009"
#define NOW (UINT64_C(1795471200) * USEC_PER_SEC) /* 2026-11-23T22:00:00Z */
#define HOST "https://api.scaleway.com"
#define KEY_URL HOST "/iam/v1alpha1/api-keys/SCWLAB"
#define PROJECT_URL HOST "/account/v3/projects/"

extern const struct provider scaleway_provider;

static int clean(void **state)
{
        static const char *const variables[] = { "SCW_API_URL", "SCW_ACCESS_KEY", "SCW_PROFILE",
                                                 "SCW_DEFAULT_ORGANIZATION_ID",
                                                 "SCW_DEFAULT_PROJECT_ID" };

        for (size_t i = 0; i < ELEMENTSOF(variables); i++)
                (void)unsetenv(variables[i]);
        assert_int_equal(setenv("SCW_SECRET_KEY", SECRET, 1), 0);
        assert_int_equal(setenv("SCW_CONFIG_PATH", "/nonexistent/config.yaml", 1), 0);
        return 0;
}

static struct account *open_account(void)
{
        static const struct account_config config = { .name = (char *)"lab" };
        struct account *a = NULL;

        assert_int_equal(scaleway_provider.account_new(&a, &config, NULL, NULL), 0);
        return a;
}

/* ---- looking up the organisation ---------------------------------------------------------------
 */

enum { EXCHANGES_MAX = 3 };

struct exchange {
        const char *url; /* what is asked */
        int status;      /* what comes back; 0: no reply, a timeout */
        const char *body;
};

struct lookup {
        const char *what, *access_key, *project;
        struct exchange exchanges[EXCHANGES_MAX];
        int code; /* of the end: SIGN_IN_READY, or an errno of sign_in() or signed_in() */
        const char *organization, *text;
        const char *expires;
};

#define DENIED "{\"type\":\"permissions_denied\",\"message\":\"insufficient permissions\"}"

static const struct lookup lookups[] = {
        { .what = "the key, then its project",
          .access_key = "SCWLAB",
          .exchanges = { { KEY_URL, 200,
                           "{\"access_key\":\"SCWLAB\",\"default_project_id\":\"p/1\","
                           "\"expires_at\":\"2026-12-31T00:00:00Z\"}" },
                         { PROJECT_URL "p%2F1", 200,
                           "{\"id\":\"p/1\",\"organization_id\":\"o-1\"}" } },
          .organization = "o-1",
          .expires = "2026-12-31T00:00:00Z" },
        { .what = "without an access key: the project",
          .project = "p-2",
          .exchanges = { { PROJECT_URL "p-2", 200, "{\"organization_id\":\"o-2\"}" } },
          .organization = "o-2" },
        { .what = "the key may not read itself, the project is known",
          .access_key = "SCWLAB",
          .project = "p-3",
          .exchanges = { { KEY_URL, 403, DENIED },
                         { PROJECT_URL "p-3", 200, "{\"organization_id\":\"o-3\"}" } },
          .organization = "o-3" },
        { .what = "neither may be read",
          .access_key = "SCWLAB",
          .exchanges = { { KEY_URL, 403, DENIED } },
          .code = -EACCES,
          .text = "may not be looked up (its own API key: insufficient permissions): set "
                  "organization_id" },
        { .what = "the project may not be read",
          .access_key = "SCWLAB",
          .exchanges = { { KEY_URL, 200, "{\"default_project_id\":\"p-1\"}" },
                         { PROJECT_URL "p-1", 403, DENIED } },
          .code = -EACCES,
          .text = "(the project: insufficient permissions): set organization_id" },
        { .what = "nothing to learn it from",
          .code = -EINVAL,
          .text = "neither an access key nor a project to learn it from: set organization_id" },
        { .what = "a key without default project",
          .access_key = "SCWLAB",
          .exchanges = { { KEY_URL, 200, "{\"access_key\":\"SCWLAB\"}" } },
          .code = -EBADMSG,
          .text = "has no default project" },
        { .what = "a project without organisation",
          .project = "p-1",
          .exchanges = { { PROJECT_URL "p-1", 200, "{\"organization_id\":\"\"}" } },
          .code = -EBADMSG,
          .text = "does not say its organisation" },
        { .what = "expired",
          .access_key = "SCWLAB",
          .exchanges = { { KEY_URL, 401,
                           "{\"type\":\"denied_authentication\",\"reason\":\"expired\"}" } },
          .code = -EACCES,
          .text = "the API key SCWLAB (variable SCW_SECRET_KEY) has expired: create a new one" },
        { .what = "throttled",
          .access_key = "SCWLAB",
          .exchanges = { { KEY_URL, 429, "" } },
          .code = -EAGAIN,
          .text = "looking up the organisation" },
        { .what = "no reply",
          .access_key = "SCWLAB",
          .exchanges = { { KEY_URL, 0, NULL } },
          .code = -EAGAIN,
          .text = "looking up the organisation: timed out" },
        { .what = "a portal's page",
          .access_key = "SCWLAB",
          .exchanges = { { KEY_URL, 200, "<html>" } },
          .code = -EBADMSG,
          .text = "web page" },
};

static int answer(struct account *a, const struct exchange *x, struct error *err)
{
        struct message_reply reply = { .transport = x->status ? TRANSPORT_OK : TRANSPORT_TIMEOUT,
                                       .transport_text = "timed out",
                                       .status = x->status,
                                       .headers = strdup(""),
                                       .body = BUFFER_INIT(4096) };
        int r;

        buffer_add(&reply.body, x->body ? x->body : "");
        r = scaleway_provider.signed_in(a, NULL, &reply, NOW, err);
        message_reply_done(&reply);
        return r;
}

static int sign_in(struct account *a, const struct lookup *l, uint64_t *ret_expires_usec,
                   struct error *err)
{
        for (size_t i = 0;; i++) {
                struct message_request req = { 0 };
                int r = scaleway_provider.sign_in(a, NULL, NOW, &req, ret_expires_usec, err);

                /* what the key may do is asked next: test_scaleway_grants.c */
                if (r == SIGN_IN_REQUEST &&
                    scaleway_provider.variable(a, NULL, NULL, "organization"))
                        r = SIGN_IN_READY;
                if (r == SIGN_IN_REQUEST) {
                        assert_true(i < EXCHANGES_MAX && l->exchanges[i].url);
                        assert_string_equal(req.url, l->exchanges[i].url);
                        assert_string_equal(req.headers[1], "X-Auth-Token: " SECRET);
                        r = answer(a, &l->exchanges[i], err);
                }
                message_request_done(&req);
                if (r < 0)
                        return r;
                if (!l->exchanges[i].url)
                        return r;
        }
}

static void sign_in_looks_up_the_organization(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(lookups); i++) {
                const struct lookup *l = &lookups[i];
                struct error err = { 0 };
                uint64_t expires_usec = 0;
                struct account *a;

                print_message("%s\n", l->what);
                (void)clean(NULL);
                if (l->access_key)
                        assert_int_equal(setenv("SCW_ACCESS_KEY", l->access_key, 1), 0);
                if (l->project)
                        assert_int_equal(setenv("SCW_DEFAULT_PROJECT_ID", l->project, 1), 0);
                a = open_account();
                assert_int_equal(sign_in(a, l, &expires_usec, &err), l->code);
                if (l->text && !strstr(err.text, l->text))
                        fail_msg("'%s' is not in '%s'", l->text, err.text);
                assert_null(strstr(err.text, SECRET));
                if (l->organization)
                        assert_string_equal(
                                scaleway_provider.variable(a, NULL, NULL, "organization"),
                                l->organization);
                else
                        assert_null(scaleway_provider.variable(a, NULL, NULL, "organization"));
                if (l->expires) {
                        char text[CLOCK_TEXT_MAX];

                        assert_string_equal(clock_format_rfc3339(expires_usec, text), l->expires);
                }
                (void)scaleway_provider.account_free(a);
        }
}

static void sign_in_goes_on_after_a_failure_for_now(void **state)
{
        static const struct lookup later = { .exchanges = { { KEY_URL, 503, "" } } };
        static const struct lookup now = {
                .exchanges = { { KEY_URL, 200, "{\"default_project_id\":\"p-1\"}" },
                               { PROJECT_URL "p-1", 200, "{\"organization_id\":\"o-1\"}" } }
        };
        uint64_t expires_usec = 0;
        struct account *a;

        assert_int_equal(setenv("SCW_ACCESS_KEY", "SCWLAB", 1), 0);
        a = open_account();
        assert_int_equal(sign_in(a, &later, &expires_usec, NULL), -EAGAIN);
        assert_int_equal(sign_in(a, &now, &expires_usec, NULL), SIGN_IN_READY);
        assert_string_equal(scaleway_provider.variable(a, NULL, NULL, "organization"), "o-1");
        (void)scaleway_provider.account_free(a);
}

/* ---- a refused key ------------------------------------------------------------------------------
 */

static enum reply_kind refuse(struct account *a)
{
        struct message_reply reply = { .status = 401,
                                       .headers = strdup(""),
                                       .body = BUFFER_INIT(4096) };
        const struct call_instance call = { .host = "api.scaleway.com", .path = "/x" };
        struct reply_meaning m;

        buffer_add(&reply.body, "{\"type\":\"denied_authentication\",\"reason\":\"expired\"}");
        scaleway_provider.interpret(a, &call, &reply, &m);
        message_reply_done(&reply);
        return m.kind;
}

static void sign_in_after_refusal_says_what_to_do(void **state)
{
        struct message_request req = { 0 };
        uint64_t expires_usec = 0;
        struct error err = { 0 };
        struct account *a;

        assert_int_equal(setenv("SCW_DEFAULT_ORGANIZATION_ID", "o-1", 1), 0);
        a = open_account();
        assert_int_equal(scaleway_provider.sign_in(a, NULL, NOW, &req, &expires_usec, &err),
                         SIGN_IN_READY);
        assert_int_equal(refuse(a), REPLY_EXPIRED);
        for (int i = 0; i < 2; i++) { /* the second time, too */
                err = (struct error){ 0 };
                scaleway_provider.sign_in_again(a, NULL);
                assert_int_equal(scaleway_provider.sign_in(a, NULL, NOW, &req, &expires_usec, &err),
                                 -EACCES);
                assert_non_null(strstr(err.text, "has expired: create a new one"));
                assert_non_null(strstr(err.text, "variable SCW_SECRET_KEY"));
                assert_null(strstr(err.text, SECRET));
        }
        message_request_done(&req);
        (void)scaleway_provider.account_free(a);
}

static void sign_in_takes_a_key_that_was_replaced(void **state)
{
        const struct call_instance call = { .host = "api.scaleway.com", .path = "/x" };
        struct message_request req = { 0 };
        uint64_t expires_usec = 0;
        struct account *a;

        assert_int_equal(setenv("SCW_DEFAULT_ORGANIZATION_ID", "o-1", 1), 0);
        a = open_account();
        assert_int_equal(refuse(a), REPLY_EXPIRED);
        assert_int_equal(setenv("SCW_SECRET_KEY", OTHER, 1), 0);
        scaleway_provider.sign_in_again(a, NULL);
        assert_int_equal(scaleway_provider.sign_in(a, NULL, NOW, &req, &expires_usec, NULL),
                         SIGN_IN_READY);
        assert_int_equal(scaleway_provider.request(a, &call, NOW, &req, NULL), 0);
        assert_string_equal(req.headers[1], "X-Auth-Token: " OTHER);
        assert_string_equal(scaleway_provider.variable(a, NULL, NULL, "organization"), "o-1");
        message_request_done(&req);
        (void)scaleway_provider.account_free(a);
}

/* ---- scopes, variables --------------------------------------------------------------------------
 */

static void assert_scope(const json_t *scopes, size_t i, const char *id, const char *level)
{
        assert_string_equal(json_member_string(json_array_get(scopes, i), "id"), id);
        assert_string_equal(json_member_string(json_array_get(scopes, i), "level"), level);
}

static void scopes_are_what_is_known_before_signing_in(void **state)
{
        json_auto_t *none = json_array(), *both = json_array();
        struct account *a = open_account();

        assert_int_equal(scaleway_provider.scopes(a, none, NULL), 0);
        assert_int_equal(json_array_size(none), 0);
        /* then the catalogue's entry yields it */
        assert_non_null(scaleway_provider.variable(a, NULL, NULL, "organization_lookup"));
        (void)scaleway_provider.account_free(a);

        assert_int_equal(setenv("SCW_DEFAULT_ORGANIZATION_ID", "o-1", 1), 0);
        assert_int_equal(setenv("SCW_DEFAULT_PROJECT_ID", "p-1", 1), 0);
        a = open_account();
        assert_int_equal(scaleway_provider.scopes(a, both, NULL), 0);
        assert_int_equal(json_array_size(both), 2);
        assert_scope(both, 0, "o-1", "organization");
        assert_scope(both, 1, "p-1", "project");
        assert_null(scaleway_provider.variable(a, NULL, NULL, "organization_lookup"));
        (void)scaleway_provider.account_free(a);
}

static void scopes_leave_out_what_is_not_wanted(void **state)
{
        static char *wanted[] = { (char *)"p-2", NULL };
        static const struct account_config config = { .name = (char *)"lab", .scopes = wanted };
        json_auto_t *scopes = json_array();
        struct account *a = NULL;

        assert_int_equal(setenv("SCW_DEFAULT_ORGANIZATION_ID", "o-1", 1), 0);
        assert_int_equal(setenv("SCW_DEFAULT_PROJECT_ID", "p-1", 1), 0);
        assert_int_equal(scaleway_provider.account_new(&a, &config, NULL, NULL), 0);
        assert_int_equal(scaleway_provider.scopes(a, scopes, NULL), 0);
        assert_int_equal(json_array_size(scopes), 1);
        assert_scope(scopes, 0, "o-1", "organization");
        (void)scaleway_provider.account_free(a);
}

static void variables_of_time_follow_the_clock_of_the_call(void **state)
{
        static const struct {
                const char *now, *period, *recent;
        } times[] = {
                { "2026-11-23T22:00:00Z", "2026-11", "2026-11-22T22:00:00Z" },
                { "2026-11-23T22:59:59Z", "2026-11", "2026-11-22T22:00:00Z" },
                { "2026-12-07T00:00:00Z", "2026-11", "2026-12-06T00:00:00Z" },
                { "2026-12-08T00:00:00Z", "2026-12", "2026-12-07T00:00:00Z" },
                { "2027-01-03T10:20:30Z", "2026-12", "2027-01-02T10:00:00Z" },
        };

        assert_int_equal(setenv("SCW_DEFAULT_ORGANIZATION_ID", "o-1", 1), 0);
        for (size_t i = 0; i < ELEMENTSOF(times); i++) {
                struct account *a = open_account();
                struct message_request req = { 0 };
                uint64_t now_usec, expires_usec;

                assert_null(scaleway_provider.variable(a, NULL, NULL, "period"));
                assert_int_equal(clock_parse_iso8601(times[i].now, &now_usec), 0);
                assert_int_equal(
                        scaleway_provider.sign_in(a, NULL, now_usec, &req, &expires_usec, NULL),
                        SIGN_IN_READY);
                assert_string_equal(scaleway_provider.variable(a, NULL, NULL, "period"),
                                    times[i].period);
                assert_string_equal(scaleway_provider.variable(a, NULL, NULL, "recent"),
                                    times[i].recent);
                /* a little later nothing changes: the pages of one list agree */
                now_usec += 59 * USEC_PER_MINUTE;
                assert_int_equal(
                        scaleway_provider.sign_in(a, NULL, now_usec, &req, &expires_usec, NULL),
                        SIGN_IN_READY);
                assert_string_equal(scaleway_provider.variable(a, NULL, NULL, "recent"),
                                    times[i].recent);
                (void)scaleway_provider.account_free(a);
        }
}

static void variables_hold_no_secret(void **state)
{
        static const char *const names[] = { "secret_key", "secret", "token", "nothing" };
        struct account *a = open_account();

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                assert_null(scaleway_provider.variable(a, NULL, NULL, names[i]));
        (void)scaleway_provider.account_free(a);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(sign_in_looks_up_the_organization, clean),
                cmocka_unit_test_setup(sign_in_goes_on_after_a_failure_for_now, clean),
                cmocka_unit_test_setup(sign_in_after_refusal_says_what_to_do, clean),
                cmocka_unit_test_setup(sign_in_takes_a_key_that_was_replaced, clean),
                cmocka_unit_test_setup(scopes_are_what_is_known_before_signing_in, clean),
                cmocka_unit_test_setup(scopes_leave_out_what_is_not_wanted, clean),
                cmocka_unit_test_setup(variables_of_time_follow_the_clock_of_the_call, clean),
                cmocka_unit_test_setup(variables_hold_no_secret, clean),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
