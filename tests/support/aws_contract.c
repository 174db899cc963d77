#include "tests/support/aws_contract.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

#define STS_IDENTITY                                                                               \
        "{\"GetCallerIdentityResponse\":{\"GetCallerIdentityResult\":{\"Account\":"                \
        "\"111122223333\",\"Arn\":\"arn:aws:iam::111122223333:user/vigie\",\"UserId\":\"AIDA\"},"  \
        "\"ResponseMetadata\":{\"RequestId\":\"1\"}}}"

enum { STEPS_MAX = 32 };

void aws_test_enter(void)
{
        char home[] = "/tmp/vigie-test-XXXXXX";
        extern char **environ;

        for (size_t i = 0; environ[i];) {
                char name[128];

                (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(environ[i], "="),
                               environ[i]);
                if (strncmp(name, "AWS_", 4) == 0)
                        (void)unsetenv(name);
                else
                        i++;
        }
        assert_non_null(mkdtemp(home));
        (void)setenv("HOME", home, 1);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

void aws_test_leave(void)
{
        const char *home = getenv("HOME");

        assert_true(home && strncmp(home, "/tmp/vigie-test-", 16) == 0);
        (void)nftw(home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void aws_test_file(const char *name, const char *text)
{
        char path[512];
        FILE *file;

        (void)snprintf(path, sizeof(path), "%s/%s", getenv("HOME"), name);
        for (char *p = path + 1; (p = strchr(p, '/')); p++) {
                *p = '\0';
                (void)mkdir(path, 0700);
                *p = '/';
        }
        file = fopen(path, "we");
        assert_non_null(file);
        (void)fputs(text, file);
        (void)fclose(file);
}

void aws_test_keys(void)
{
        (void)setenv("AWS_ACCESS_KEY_ID", AWS_TEST_KEY, 1);
        (void)setenv("AWS_SECRET_ACCESS_KEY", AWS_TEST_SECRET, 1);
        (void)setenv("AWS_SESSION_TOKEN", AWS_TEST_TOKEN, 1);
}

int aws_test_open(struct aws_test_account *t, const char *options)
{
        static char name[] = "prod";

        *t = (struct aws_test_account){ .config = { .name = name, .provider = &aws_provider } };
        t->config.options = calloc(1, aws_provider.options_size);
        assert_int_equal(yaml_load_text(&t->yaml, "options", options, NULL), 0);
        assert_int_equal(yaml_bind(t->yaml, aws_provider.options_fields, t->config.options, NULL),
                         0);
        return aws_provider.account_new(&t->account, &t->config, getenv("CREDENTIALS_DIRECTORY"),
                                        &t->err);
}

void aws_test_close(struct aws_test_account *t)
{
        aws_provider.account_free(t->account);
        yaml_unbind(aws_provider.options_fields, t->config.options);
        free(t->config.options);
        yaml_free(t->yaml);
}

void aws_test_reply_make(struct message_reply *reply, const struct aws_test_reply *from)
{
        *reply = (struct message_reply){
                .transport = from->transport,
                .status = from->status,
                .headers = strdup(from->headers ? from->headers : ""),
                .body = BUFFER_INIT(64 * 1024),
                .received_usec = AWS_TEST_NOW_USEC,
        };
        if (from->transport != TRANSPORT_OK)
                (void)snprintf(reply->transport_text, sizeof(reply->transport_text), "no luck");
        buffer_add(&reply->body, from->body ? from->body : "");
}

char *aws_test_request_text(const struct message_request *req)
{
        struct buffer b = BUFFER_INIT(256 * 1024);
        char *text;

        for (size_t i = 0; req->argv && req->argv[i]; i++)
                buffer_printf(&b, "%s[%s]", i > 0 ? " " : "", req->argv[i]);
        if (!req->argv)
                buffer_printf(&b, "%s %s\n", req->method, req->url);
        for (size_t i = 0; i < req->n_headers; i++)
                buffer_printf(&b, "%s\n", req->headers[i]);
        buffer_add(&b, "\n");
        if (req->body)
                buffer_append(&b, req->body, req->body_bytes);
        text = buffer_take(&b);
        buffer_done(&b);
        return text;
}

/* Parts are compared without regard to case: header names have none. */
static void check_request(const char *text, const struct aws_test_exchange *x)
{
        for (size_t i = 0; i < ELEMENTSOF(x->wanted) && x->wanted[i]; i++)
                if (!strcasestr(text, x->wanted[i]))
                        fail_msg("'%s' is not in:\n%s", x->wanted[i], text);
}

int aws_test_sign_in(struct aws_test_account *t, const struct scope *scope,
                     const struct aws_test_exchange *exchanges, size_t n, uint64_t now_usec)
{
        const struct aws_test_reply identity = { .status = 200, .body = STS_IDENTITY };
        const struct aws_test_reply machine = { .status = 200,
                                                .body = "{\"accountId\":\"111122223333\","
                                                        "\"region\":\"eu-west-1\"}" };
        size_t next = 0;

        for (int i = 0; i < STEPS_MAX; i++) {
                struct message_request req = { 0 };
                struct message_reply reply;
                _cleanup_(freep) char *text = NULL;
                int r;

                r = aws_provider.sign_in(t->account, scope, now_usec, &req, NULL, &t->err);
                if (r != SIGN_IN_REQUEST) {
                        message_request_done(&req);
                        assert_int_equal(next, n);
                        return r;
                }
                assert_int_equal(message_request_error(&req, NULL), 0);
                assert_true(req.secret || (req.body && strstr(req.body, "GetCallerIdentity")));
                text = aws_test_request_text(&req);
                message_request_done(&req);
                if (strstr(text, "Action=GetCallerIdentity") &&
                    !(next < n && strstr(exchanges[next].wanted[0], "GetCallerIdentity"))) {
                        aws_test_reply_make(&reply, &identity);
                } else if (strstr(text, "/latest/dynamic/instance-identity/document")) {
                        aws_test_reply_make(&reply, &machine);
                } else {
                        if (next == n)
                                fail_msg("not expected:\n%s", text);
                        check_request(text, &exchanges[next]);
                        aws_test_reply_make(&reply, &exchanges[next++].reply);
                }
                r = aws_provider.signed_in(t->account, scope, &reply, now_usec, &t->err);
                message_reply_done(&reply);
                if (r < 0) {
                        assert_int_equal(next, n);
                        return r;
                }
        }
        fail_msg("the sign-in does not come to an end");
        return -ELOOP;
}
