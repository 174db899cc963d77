/* Object Storage as Scaleway has it: how a call is written, what a reply means. That the signature
 * is right is for cloudsim to say, which computes it again. */
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
#define NOW (UINT64_C(1795471200) * USEC_PER_SEC) /* 2026-11-23T22:00:00Z */

extern const struct provider scaleway_provider;

static struct service service = { .id = (char *)"scaleway.object_storage",
                                  .protocol = (char *)"s3" };
static struct collector collector = { .service = &service };

static struct account *open_account(const char *access_key, const char *endpoint)
{
        static struct account_config config = { .name = (char *)"lab" };
        struct account *a = NULL;

        assert_int_equal(setenv("SCW_SECRET_KEY", SECRET, 1), 0);
        assert_int_equal(setenv("SCW_CONFIG_PATH", "/nonexistent/config.yaml", 1), 0);
        assert_int_equal(unsetenv("SCW_ACCESS_KEY"), 0);
        if (access_key)
                assert_int_equal(setenv("SCW_ACCESS_KEY", access_key, 1), 0);
        config.endpoint = (char *)endpoint;
        assert_int_equal(scaleway_provider.account_new(&a, &config, NULL, NULL), 0);
        return a;
}

static int request(struct account *a, const char *host, const struct scope *scope,
                   struct message_request *req, struct error *err)
{
        const struct call call = { .method = (char *)"HEAD",
                                   .service = &service,
                                   .collector = &collector };
        json_auto_t *query = json_pack("{ss}", "lifecycle", "");
        const struct call_instance instance = { .call = &call,
                                                .region = "nl-ams",
                                                .host = host,
                                                .path = "/journaux",
                                                .query = query,
                                                .scope = scope };

        return scaleway_provider.request(a, &instance, NOW, req, err);
}

/* ---- writing -----------------------------------------------------------------------------------
 */

static const char *header(const struct message_request *req, const char *name)
{
        size_t n = strlen(name);

        for (size_t i = 0; i < req->n_headers; i++)
                if (strncmp(req->headers[i], name, n) == 0)
                        return req->headers[i];
        return "";
}

static void requests_are_signed(void **state)
{
        struct account *a = open_account("SCWLAB", NULL);
        struct message_request req = { 0 };
        struct error err = { 0 };

        assert_int_equal(request(a, "s3.nl-ams.scw.cloud", NULL, &req, &err), 0);
        assert_string_equal(req.method, "HEAD");
        assert_string_equal(req.url, "https://s3.nl-ams.scw.cloud/journaux?lifecycle=");
        assert_string_equal(header(&req, "X-Amz-Date"), "X-Amz-Date: 20261123T220000Z");
        assert_non_null(strstr(header(&req, "Authorization"),
                               "Credential=SCWLAB/20261123/nl-ams/s3/aws4_request"));
        assert_string_equal(header(&req, "X-Auth-Token"), "");
        for (size_t i = 0; i < req.n_headers; i++)
                assert_null(strstr(req.headers[i], SECRET));
        message_request_done(&req);
        (void)scaleway_provider.account_free(a);
}

/* The project of a bucket is known from the job that writes to it, or is the one that is read. */
static void requests_look_into_the_bucket_s_project(void **state)
{
        static const struct scope project = { .id = (char *)"p-2", .level = (char *)"project" };
        static const struct call list = { .items = (char *)"export_jobs" };
        const struct call_instance jobs = { .call = &list, .path = "/export-jobs" };
        struct message_reply reply = { .status = 200,
                                       .headers = strdup(""),
                                       .body = BUFFER_INIT(4096) };
        struct account *a = open_account("SCWLAB", NULL);
        struct message_request req = { 0 };
        struct error err = { 0 };
        struct reply_meaning m;

        buffer_add(&reply.body, "{\"export_jobs\":[{\"s3\":{\"bucket\":\"journaux\","
                                "\"project_id\":\"p-1\"}},{\"s3\":null}]}");
        scaleway_provider.interpret(a, &jobs, &reply, &m);
        json_decref(m.body);
        message_reply_done(&reply);
        assert_int_equal(request(a, "s3.nl-ams.scw.cloud", NULL, &req, &err), 0);
        assert_non_null(strstr(header(&req, "Authorization"), "Credential=SCWLAB@p-1/"));
        message_request_done(&req);
        assert_int_equal(request(a, "s3.nl-ams.scw.cloud", &project, &req, &err), 0);
        assert_non_null(strstr(header(&req, "Authorization"), "Credential=SCWLAB@p-2/"));
        message_request_done(&req);
        (void)scaleway_provider.account_free(a);
}

static void requests_that_cannot_be_made_say_why(void **state)
{
        static const struct {
                const char *access_key, *endpoint, *host, *text;
        } cases[] = {
                { NULL, NULL, "s3.fr-par.scw.cloud", "set SCW_ACCESS_KEY" },
                { "SCWLAB", "https://scw.example.org", "s3.fr-par.scw.cloud",
                  "has an endpoint of its own" },
                { "SCWLAB", NULL, "s3.example.org", "no host of Scaleway" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct account *a = open_account(cases[i].access_key, cases[i].endpoint);
                struct message_request req = { 0 };
                struct error err = { 0 };

                assert_true(request(a, cases[i].host, NULL, &req, &err) < 0);
                if (!strstr(err.text, cases[i].text))
                        fail_msg("'%s' is not in '%s'", cases[i].text, err.text);
                message_request_done(&req);
                (void)scaleway_provider.account_free(a);
        }
}

/* ---- reading -----------------------------------------------------------------------------------
 */

#define ERROR(code)                                                                                \
        "<?xml version=\"1.0\"?><Error><Code>" code "</Code><Message>no</Message></Error>"

static void replies_mean_what_they_say(void **state)
{
        static const struct {
                const char *what;
                int status;
                const char *body;
                enum reply_kind kind;
                const char *code, *text;
        } cases[] = {
                { "the answer to HEAD", 200, "", REPLY_OK, NULL, NULL },
                { "one rule is a list of one", 200,
                  "<LifecycleConfiguration><Rule><Status>Enabled</Status></Rule>"
                  "</LifecycleConfiguration>",
                  REPLY_OK, NULL, NULL },
                { "nothing is set", 200, "<VersioningConfiguration/>", REPLY_OK, NULL, NULL },
                { "no rules", 404, ERROR("NoSuchLifecycleConfiguration"), REPLY_REFUSED,
                  "NoSuchLifecycleConfiguration", "HTTP 404: no" },
                { "no bucket, to HEAD", 404, "", REPLY_REFUSED, "http_404", "no such bucket" },
                { "no bucket", 404, ERROR("NoSuchBucket"), REPLY_REFUSED, "NoSuchBucket",
                  "or not in a project that the key looks into" },
                { "denied", 403, ERROR("AccessDenied"), REPLY_DENIED, "AccessDenied", NULL },
                { "denied, to HEAD", 403, "", REPLY_DENIED, "http_403", NULL },
                { "slower", 503, ERROR("SlowDown"), REPLY_THROTTLED, "SlowDown", NULL },
                { "failed", 500, "", REPLY_TRANSIENT, "http_500", NULL },
                { "elsewhere", 301, ERROR("PermanentRedirect"), REPLY_REFUSED, NULL, NULL },
                { "cut off", 200, "<LifecycleConfiguration><Rule>", REPLY_BROKEN, "unreadable",
                  NULL },
                { "JSON", 200, "{}", REPLY_BROKEN, "unreadable", NULL },
        };
        const struct call call = { .service = &service, .collector = &collector };
        const struct call_instance instance = { .call = &call, .path = "/journaux" };
        struct account *a = open_account("SCWLAB", NULL);

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct message_reply reply = { .status = cases[i].status,
                                               .headers = strdup(""),
                                               .body = BUFFER_INIT(4096) };
                struct reply_meaning m;

                print_message("%s\n", cases[i].what);
                buffer_add(&reply.body, cases[i].body);
                scaleway_provider.interpret(a, &instance, &reply, &m);
                assert_int_equal(m.kind, cases[i].kind);
                assert_true((m.kind == REPLY_OK) == json_is_object(m.body));
                if (cases[i].code)
                        assert_string_equal(m.code, cases[i].code);
                if (cases[i].text)
                        assert_non_null(strstr(m.text, cases[i].text));
                if (m.kind == REPLY_OK && strstr(cases[i].body, "Rule"))
                        assert_true(json_is_array(json_object_get(m.body, "Rule")));
                json_decref(m.body);
                message_reply_done(&reply);
        }
        (void)scaleway_provider.account_free(a);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(requests_are_signed),
                cmocka_unit_test(requests_look_into_the_bucket_s_project),
                cmocka_unit_test(requests_that_cannot_be_made_say_why),
                cmocka_unit_test(replies_mean_what_they_say),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
