/* What providers with one bearer key share: where the key is found, how calls are written, what
 * replies mean. Through the providers, which differ in their tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "providers/bearer.h"

#define NOW (UINT64_C(1795471200) * USEC_PER_SEC) /* 2026-11-23T22:00:00Z */
#define SECRET "r8_notRealSecret00000001"

extern const struct provider huggingface_provider, mistral_provider, replicate_provider;

static char folder[] = "/tmp/test-bearer-XXXXXX";

static int make_folder(void **state)
{
        return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
        char command[128];

        (void)snprintf(command, sizeof(command), "rm -r '%s'", folder);
        return system(command);
}

static int clean(void **state)
{
        static const char *const variables[] = {
                "HF_TOKEN",
                "HUGGING_FACE_HUB_TOKEN",
                "HF_TOKEN_PATH",
                "HF_HOME",
                "HF_ENDPOINT",
                "XDG_CACHE_HOME",
                "REPLICATE_API_TOKEN",
                "REPLICATE_BASE_URL",
                "MISTRAL_API_KEY",
        };

        for (size_t i = 0; i < ELEMENTSOF(variables); i++)
                (void)unsetenv(variables[i]);
        (void)setenv("HOME", folder, 1);
        return 0;
}

static void write_file(const char *name, const char *text)
{
        char path[256];
        FILE *f;

        (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
        for (char *slash = strchr(path + strlen(folder) + 1, '/'); slash;
             slash = strchr(slash + 1, '/')) {
                *slash = '\0';
                (void)mkdir(path, 0700);
                *slash = '/';
        }
        f = fopen(path, "we");
        assert_non_null(f);
        (void)fputs(text, f);
        (void)fclose(f);
}

static const struct account_config lab = { .name = (char *)"lab" };

static struct account *open_account(const struct provider *p, const struct account_config *config,
                                    const char *credentials)
{
        struct account *a = NULL;
        struct error err = { 0 };

        if (p->account_new(&a, config, credentials, &err) < 0)
                fail_msg("%s", err.text);
        return a;
}

/* ---- where the key comes from ------------------------------------------------------------------
 */

static void assert_source(const struct provider *p, const char *credentials, const char *source)
{
        struct account *a = open_account(p, &lab, credentials);

        assert_non_null(strstr(p->credential_source(a), source));
        (void)p->account_free(a);
}

static void bearer_finds_keys_in_order(void **state)
{
        write_file("cache/huggingface/token", "hf_file\n");
        (void)setenv("XDG_CACHE_HOME", folder, 1);
        assert_false(huggingface_provider.found());
        write_file("huggingface/token", "hf_file\n");
        assert_true(huggingface_provider.found());
        assert_source(&huggingface_provider, folder, "/huggingface/token");
        write_file("elsewhere", "hf_elsewhere\n");
        (void)setenv("HF_TOKEN_PATH", "/nonexistent/token", 1);
        assert_false(huggingface_provider.found());
        (void)setenv("HUGGING_FACE_HUB_TOKEN", "hf_old", 1);
        assert_source(&huggingface_provider, folder, "variable HUGGING_FACE_HUB_TOKEN");
        (void)setenv("HF_TOKEN", "hf_variable", 1);
        assert_source(&huggingface_provider, folder, "variable HF_TOKEN");
        write_file("lab.token", "hf_systemd\n");
        assert_source(&huggingface_provider, folder, "systemd credential lab.token");
        /* an account that was found around has no name that systemd would know */
        assert_source(&huggingface_provider, NULL, "variable HF_TOKEN");
}

static void bearer_without_a_key_says_where_it_looked(void **state)
{
        struct account *a = NULL;
        struct error err = { 0 };

        assert_int_equal(huggingface_provider.account_new(&a, &lab, "/run/c", &err), -ENOENT);
        assert_non_null(strstr(err.text, "systemd credential lab.token"));
        assert_non_null(strstr(err.text, "variable HF_TOKEN"));
        assert_non_null(strstr(err.text, "/.cache/huggingface/token (not there)"));
        assert_non_null(strstr(err.text, "Run 'hf auth login'"));
        err = (struct error){ 0 };
        assert_int_equal(mistral_provider.account_new(&a, NULL, NULL, &err), -ENOENT);
        assert_non_null(
                strstr(err.text, "no Mistral API key; looked at: variable MISTRAL_API_KEY"));
}

static void bearer_refuses_what_is_no_key(void **state)
{
        struct account *a = NULL;
        struct error err = { 0 };

        (void)setenv("REPLICATE_API_TOKEN", "r8_with space", 1);
        assert_int_equal(replicate_provider.account_new(&a, &lab, NULL, &err), -EINVAL);
        assert_non_null(strstr(err.text, "variable REPLICATE_API_TOKEN"));
        assert_null(strstr(err.text, "space"));
        assert_false(replicate_provider.found());
        err = (struct error){ 0 };
        (void)setenv("REPLICATE_API_TOKEN", SECRET, 1);
        (void)setenv("REPLICATE_BASE_URL", "http://replicate.example", 1);
        assert_int_equal(replicate_provider.account_new(&a, &lab, NULL, &err), -EINVAL);
        assert_non_null(strstr(err.text, "REPLICATE_BASE_URL"));
}

/* ---- writing -----------------------------------------------------------------------------------
 */

static const char *header_of(const struct message_request *req, const char *name)
{
        size_t n = strlen(name);

        for (size_t i = 0; i < req->n_headers; i++)
                if (strncmp(req->headers[i], name, n) == 0 && req->headers[i][n] == ':')
                        return req->headers[i] + n + 2;
        return NULL;
}

static void bearer_writes_calls(void **state)
{
        static const struct {
                const char *endpoint, *base; /* of the configuration; of HF_ENDPOINT */
                const char *host, *path, *query, *link;
                const char *url; /* NULL: refused */
        } cases[] = {
                { .host = "huggingface.co",
                  .path = "/api/spaces",
                  .query = "{\"author\": \"a b\", \"expand\": [\"sdk\", \"runtime\"]}",
                  .url = "https://huggingface.co/api/"
                         "spaces?author=a%20b&expand=runtime&expand=sdk" },
                { .host = "api.endpoints.huggingface.cloud",
                  .path = "/v2/endpoint/x",
                  .url = "https://api.endpoints.huggingface.cloud/v2/endpoint/x" },
                { .base = "https://hub.example:8443/mirror",
                  .host = "huggingface.co",
                  .path = "/api/spaces",
                  .url = "https://hub.example:8443/mirror/api/spaces" },
                { .base = "https://hub.example",
                  .host = "api.endpoints.huggingface.cloud",
                  .path = "/v2/endpoint/x",
                  .url = "https://api.endpoints.huggingface.cloud/v2/endpoint/x" },
                { .endpoint = "https://all.example",
                  .host = "api.endpoints.huggingface.cloud",
                  .path = "/v2/endpoint/x",
                  .url = "https://all.example/v2/endpoint/x" },
                /* the key stays here */
                { .host = "huggingface.co.example", .path = "/api/spaces" },
                { .endpoint = "https://all.example", .host = "elsewhere.example", .path = "/" },
                { .host = "huggingface.co", .path = "api/spaces" },
                /* next pages */
                { .host = "huggingface.co",
                  .path = "/api/spaces",
                  .link = "https://huggingface.co/api/spaces?cursor=x",
                  .url = "https://huggingface.co/api/spaces?cursor=x" },
                { .host = "huggingface.co", .path = "/", .link = "http://huggingface.co/api" },
                { .host = "huggingface.co",
                  .path = "/",
                  .link = "https://huggingface.co.evil/api" },
                { .host = "huggingface.co",
                  .path = "/",
                  .link = "https://huggingface.co@evil/api" },
                { .host = "huggingface.co", .path = "/", .link = "//evil/api" },
                { .base = "https://hub.example",
                  .host = "huggingface.co",
                  .path = "/",
                  .link = "https://huggingface.co/api" },
        };

        (void)setenv("HF_TOKEN", SECRET, 1);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const struct account_config config = { .name = (char *)"lab",
                                                       .endpoint = (char *)cases[i].endpoint };
                json_auto_t *query =
                        cases[i].query ? json_loads(cases[i].query, 0, NULL) : json_object();
                const struct call_instance call = { .host = cases[i].host,
                                                    .path = cases[i].path,
                                                    .query = query,
                                                    .url = cases[i].link };
                struct message_request req = { 0 };
                struct error err = { 0 };
                struct account *a;
                int r;

                if (cases[i].base)
                        (void)setenv("HF_ENDPOINT", cases[i].base, 1);
                else
                        (void)unsetenv("HF_ENDPOINT");
                a = open_account(&huggingface_provider, &config, NULL);
                r = huggingface_provider.request(a, &call, NOW, &req, &err);
                if (cases[i].url) {
                        assert_int_equal(r, 0);
                        assert_string_equal(req.url, cases[i].url);
                        assert_string_equal(header_of(&req, "Authorization"), "Bearer " SECRET);
                } else {
                        assert_int_equal(r, -EINVAL);
                        assert_null(strstr(err.text, SECRET));
                        assert_null(header_of(&req, "Authorization"));
                }
                message_request_done(&req);
                (void)huggingface_provider.account_free(a);
        }
}

/* ---- reading -----------------------------------------------------------------------------------
 */

#define JSON_TYPE "content-type: application/json\n"
#define HTML_TYPE "content-type: text/html\n"

enum shape { LIST, ONE };

struct answer {
        enum transport transport;
        int status;
        const char *headers, *body;
};

static void interpret_at(const struct provider *p, struct account *a, enum shape shape,
                         const char *path, const struct answer *with, struct reply_meaning *ret)
{
        static struct service service;
        static struct collector collector = { .list = { .service = &service,
                                                        .collector = &collector } };
        static struct call detail = { .service = &service, .collector = &collector };
        const struct call_instance call = { .call = shape == LIST ? &collector.list : &detail,
                                            .host = "api.replicate.com",
                                            .path = path };
        struct message_reply reply = { .transport = with->transport,
                                       .transport_text = "timed out",
                                       .status = with->status,
                                       .headers = strdup(with->headers ? with->headers : ""),
                                       .body = BUFFER_INIT(1 << 16),
                                       .received_usec = NOW };

        buffer_add(&reply.body, with->body ? with->body : "");
        p->interpret(a, &call, &reply, ret);
        message_reply_done(&reply);
}

static void interpret(const struct provider *p, struct account *a, enum shape shape,
                      const struct answer *with, struct reply_meaning *ret)
{
        interpret_at(p, a, shape, "/v1/deployments", with, ret);
}

/* clang-format off */
static const struct {
        const char *what;
        enum shape shape;
        struct answer answer;
        enum reply_kind kind;
        const char *code, *text; /* a part of the text */
        uint64_t retry_s;
} cases[] = {
        { "a page", LIST, { TRANSPORT_OK, 200, JSON_TYPE, "{\"results\":[]}" }, REPLY_OK, "", "", 0 },
        { "a bare list", LIST, { TRANSPORT_OK, 200, JSON_TYPE, "[]" }, REPLY_OK, "", "", 0 },

        /* what looks like an answer and is none */
        { "a portal's page", LIST, { TRANSPORT_OK, 200, HTML_TYPE, "<html>log in</html>" }, REPLY_BROKEN, "unreadable", "web page", 0 },
        { "cut JSON", LIST, { TRANSPORT_OK, 200, JSON_TYPE, "{\"results\":[{\"id\"" }, REPLY_BROKEN, "unreadable", "no valid JSON", 0 },
        { "an empty body", LIST, { TRANSPORT_OK, 200, JSON_TYPE, "" }, REPLY_BROKEN, "unreadable", "HTTP 200", 0 },
        { "no content", LIST, { TRANSPORT_OK, 204, NULL, "" }, REPLY_BROKEN, "http_204", "", 0 },
        { "a redirect", LIST, { TRANSPORT_OK, 302, "location: https://evil/\n", "" }, REPLY_BROKEN, "http_302", "", 0 },

        /* who */
        { "refused", LIST, { TRANSPORT_OK, 401, JSON_TYPE, "{\"title\":\"Unauthenticated\",\"detail\":\"You did not pass a valid token\",\"status\":401}" },
          REPLY_UNAUTHENTICATED, "http_401", "Replicate refuses the API token (variable REPLICATE_API_TOKEN): You did not pass", 0 },
        { "refused, and the key said back", LIST, { TRANSPORT_OK, 401, JSON_TYPE, "{\"detail\":\"bad " SECRET "\"}" }, REPLY_UNAUTHENTICATED, "http_401", "bad ***", 0 },
        { "not allowed", LIST, { TRANSPORT_OK, 403, JSON_TYPE, "{\"detail\":\"no\"}" }, REPLY_DENIED, "http_403", "no", 0 },
        { "unpaid", LIST, { TRANSPORT_OK, 402, JSON_TYPE, "{\"detail\":\"no credit\"}" }, REPLY_DENIED, "http_402", "payment", 0 },

        /* what */
        { "a thing that is gone", ONE, { TRANSPORT_OK, 404, JSON_TYPE, "{\"detail\":\"not found\"}" }, REPLY_GONE, "http_404", "not found", 0 },
        { "a list that is not there", LIST, { TRANSPORT_OK, 404, JSON_TYPE, "{\"detail\":\"not found\"}" }, REPLY_REFUSED, "http_404", "not found", 0 },
        { "a proxy's 404", ONE, { TRANSPORT_OK, 404, HTML_TYPE, "<html>" }, REPLY_BROKEN, "http_404", "web page", 0 },
        { "a wrong argument", LIST, { TRANSPORT_OK, 422, JSON_TYPE, "{\"detail\":[{\"loc\":[\"query\"],\"msg\":\"value is not valid\",\"type\":\"int\"}]}" }, REPLY_REFUSED, "http_422", "value is not valid", 0 },

        /* later */
        { "throttled, in seconds", LIST, { TRANSPORT_OK, 429, "retry-after: 7\n", "{\"detail\":\"throttled\"}" }, REPLY_THROTTLED, "http_429", "throttled", 7 },
        { "throttled, until a date", LIST, { TRANSPORT_OK, 429, "retry-after: Mon, 23 Nov 2026 22:00:09 GMT\n", "{}" }, REPLY_THROTTLED, "http_429", "", 9 },
        { "throttled, in words", LIST, { TRANSPORT_OK, 429, NULL, "{\"detail\":\"Request was throttled. Your rate limit resets in ~12s.\"}" }, REPLY_THROTTLED, "http_429", "", 12 },
        { "throttled, unsaid", LIST, { TRANSPORT_OK, 429, NULL, "" }, REPLY_THROTTLED, "http_429", "", 30 },
        { "down", LIST, { TRANSPORT_OK, 503, NULL, "" }, REPLY_TRANSIENT, "http_503", "", 0 },
        { "not made", LIST, { TRANSPORT_OK, 501, NULL, "{}" }, REPLY_REFUSED, "http_501", "", 0 },
        { "no reply", LIST, { TRANSPORT_TIMEOUT, 0, NULL, "" }, REPLY_TRANSIENT, "timeout", "timed out", 0 },
        { "a bad certificate", LIST, { TRANSPORT_TLS, 0, NULL, "" }, REPLY_BROKEN, "tls", "", 0 },
};
/* clang-format on */

static void bearer_reads_replies(void **state)
{
        struct account *a;

        (void)setenv("REPLICATE_API_TOKEN", SECRET, 1);
        a = open_account(&replicate_provider, &lab, NULL);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct reply_meaning m;

                (void)fprintf(stderr, "%s\n", cases[i].what);
                interpret(&replicate_provider, a, cases[i].shape, &cases[i].answer, &m);
                assert_int_equal(m.kind, cases[i].kind);
                assert_string_equal(m.code, cases[i].code);
                assert_non_null(strstr(m.text, cases[i].text));
                assert_null(strstr(m.text, SECRET));
                assert_int_equal(m.retry_after_usec, cases[i].retry_s * USEC_PER_SEC);
                assert_int_equal(m.body != NULL, m.kind == REPLY_OK);
                json_decref(m.body);
        }
        (void)replicate_provider.account_free(a);
}

/* Prompts and outputs come with what is asked for, and go before anybody reads it. */
static void bearer_drops_contents(void **state)
{
        static const struct answer page = {
                TRANSPORT_OK, 200, JSON_TYPE,
                "{\"results\":[{\"id\":\"p\",\"input\":{\"prompt\":\"x\"},\"output\":[\"y\"],"
                "\"logs\":"
                "\"z\",\"metrics\":{\"input\":3,\"time\":1}}],\"next\":null}"
        };
        json_auto_t *wanted = json_loads("{\"results\":[{\"id\":\"p\",\"metrics\":{\"time\":1}}],"
                                         "\"next\":null}",
                                         0, NULL);
        struct reply_meaning m;
        struct account *a;

        (void)setenv("REPLICATE_API_TOKEN", SECRET, 1);
        a = open_account(&replicate_provider, &lab, NULL);
        interpret(&replicate_provider, a, LIST, &page, &m);
        assert_true(json_equal(m.body, wanted));
        json_decref(m.body);
        (void)replicate_provider.account_free(a);
}

/* What a training has made is a name, and stays; nothing else of any output does. */
static void bearer_keeps_the_name_of_what_was_made(void **state)
{
        static const struct answer page = { TRANSPORT_OK, 200, JSON_TYPE,
                                            "{\"results\":[{\"id\":\"t\",\"output\":{\"version\":"
                                            "\"o/n:v\",\"weights\":\"x\"}}]}" };
        static const struct {
                const char *path, *wanted;
        } lists[] = {
                { "/v1/trainings",
                  "{\"results\":[{\"id\":\"t\",\"output\":{\"version\":\"o/n:v\"}}]}" },
                { "/v1/predictions", "{\"results\":[{\"id\":\"t\"}]}" },
        };

        (void)setenv("REPLICATE_API_TOKEN", SECRET, 1);
        for (size_t i = 0; i < ELEMENTSOF(lists); i++) {
                json_auto_t *wanted = json_loads(lists[i].wanted, 0, NULL);
                struct account *a = open_account(&replicate_provider, &lab, NULL);
                struct reply_meaning m;

                interpret_at(&replicate_provider, a, LIST, lists[i].path, &page, &m);
                assert_true(json_equal(m.body, wanted));
                json_decref(m.body);
                (void)replicate_provider.account_free(a);
        }
}

/* A key that was replaced while we ran is found when the old one is refused; once. */
static void bearer_takes_the_key_that_replaced_it(void **state)
{
        static const struct answer refused = { TRANSPORT_OK, 401, JSON_TYPE, "{}" };
        const struct call_instance call = { .host = "api.replicate.com", .path = "/v1/account" };
        struct message_request req = { 0 };
        struct reply_meaning m;
        struct account *a;

        (void)setenv("REPLICATE_API_TOKEN", SECRET, 1);
        a = open_account(&replicate_provider, &lab, NULL);
        (void)setenv("REPLICATE_API_TOKEN", "r8_theNewOne", 1);
        interpret(&replicate_provider, a, LIST, &refused, &m);
        assert_int_equal(m.kind, REPLY_EXPIRED);
        assert_int_equal(replicate_provider.request(a, &call, NOW, &req, NULL), 0);
        assert_string_equal(header_of(&req, "Authorization"), "Bearer r8_theNewOne");
        message_request_done(&req);
        /* a reply to what was written before */
        interpret(&replicate_provider, a, LIST, &refused, &m);
        assert_int_equal(m.kind, REPLY_EXPIRED);
        (void)replicate_provider.account_free(a);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(bearer_finds_keys_in_order, clean),
                cmocka_unit_test_setup(bearer_without_a_key_says_where_it_looked, clean),
                cmocka_unit_test_setup(bearer_refuses_what_is_no_key, clean),
                cmocka_unit_test_setup(bearer_writes_calls, clean),
                cmocka_unit_test_setup(bearer_reads_replies, clean),
                cmocka_unit_test_setup(bearer_drops_contents, clean),
                cmocka_unit_test_setup(bearer_keeps_the_name_of_what_was_made, clean),
                cmocka_unit_test_setup(bearer_takes_the_key_that_replaced_it, clean),
        };

        return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
