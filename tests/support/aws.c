#include "tests/support/aws.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/base/clock.h"

extern char **environ;

enum { REPLY_BYTES_MAX = 1048576 };

static void environment_clear(void)
{
        for (bool again = true; again;) {
                again = false;
                for (char **variable = environ; *variable && !again; variable++) {
                        char name[128];
                        size_t n = strcspn(*variable, "=");

                        if (strncmp(*variable, "AWS_", 4) != 0 || n >= sizeof(name))
                                continue;
                        memcpy(name, *variable, n);
                        name[n] = '\0';
                        (void)unsetenv(name);
                        again = true;
                }
        }
}

int bench_setup(void **state)
{
        char *home = strdup("/tmp/vigie-aws-XXXXXX");

        environment_clear();
        if (!home || !mkdtemp(home))
                return -1;
        (void)setenv("HOME", home, 1);
        (void)setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
        *state = home;
        return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
        return remove(path);
}

int bench_teardown(void **state)
{
        char *home = *state;

        environment_clear();
        (void)nftw(home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
        free(home);
        return 0;
}

const char *bench_file(const char *name, const char *text)
{
        static char path[512];
        FILE *f;

        (void)snprintf(path, sizeof(path), "%s/%s", getenv("HOME"), name);
        for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
                *slash = '\0';
                (void)mkdir(path, 0700);
                *slash = '/';
        }
        f = fopen(path, "we");
        assert_non_null(f);
        assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
        assert_int_equal(fclose(f), 0);
        return path;
}

void bench_environment_keys(void)
{
        (void)setenv("AWS_ACCESS_KEY_ID", BENCH_ACCESS_KEY, 1);
        (void)setenv("AWS_SECRET_ACCESS_KEY", BENCH_SECRET_KEY, 1);
        (void)setenv("AWS_SESSION_TOKEN", BENCH_TOKEN, 1);
}

uint64_t bench_time(void)
{
        uint64_t usec = 0;

        assert_int_equal(clock_parse_iso8601(BENCH_TIME, &usec), 0);
        return usec;
}

int bench_try(struct bench *b, struct error *err)
{
        b->config.name = (char *)"bench";
        b->config.provider_name = (char *)"aws";
        b->config.provider = &aws_provider;
        b->config.options = &b->options;
        return aws_provider.account_new(&b->account, &b->config, NULL, err);
}

void bench_open(struct bench *b)
{
        struct error err = { 0 };

        if (bench_try(b, &err) < 0)
                fail_msg("%s", err.text);
}

void bench_close(struct bench *b)
{
        b->account = aws_provider.account_free(b->account);
}

struct message_reply bench_reply(int status, const char *headers, const char *body)
{
        struct message_reply reply = { .status = status, .received_usec = bench_time() };

        reply.headers = strdup(headers ? headers : "");
        reply.body = BUFFER_INIT(REPLY_BYTES_MAX);
        buffer_add(&reply.body, body ? body : "");
        return reply;
}

struct message_reply bench_no_reply(enum transport transport, const char *text)
{
        struct message_reply reply = bench_reply(0, NULL, NULL);

        reply.transport = transport;
        (void)snprintf(reply.transport_text, sizeof(reply.transport_text), "%s", text);
        return reply;
}

const char *bench_header(const struct message_request *req, const char *name)
{
        size_t n = strlen(name);

        for (size_t i = 0; i < req->n_headers; i++)
                if (strncasecmp(req->headers[i], name, n) == 0 && req->headers[i][n] == ':')
                        return req->headers[i] + n + 2;
        return NULL;
}

bool bench_request_has(const struct message_request *req, const char *text)
{
        bool found = (req->url && strstr(req->url, text)) || (req->body && strstr(req->body, text));

        for (size_t i = 0; i < req->n_headers; i++)
                found = found || strstr(req->headers[i], text);
        for (char **arg = req->argv; arg && *arg; arg++)
                found = found || strstr(*arg, text);
        return found;
}

struct scope *bench_scope(const char *id)
{
        struct scope *scope = scope_new(id, NULL, "account");

        assert_non_null(scope);
        return scope;
}

void bench_ready(struct bench *b)
{
        struct message_request req = { 0 };

        bench_environment_keys();
        bench_open(b);
        assert_int_equal(aws_provider.sign_in(b->account, NULL, bench_time(), &req, NULL, NULL),
                         SIGN_IN_READY);
}

void bench_interpret(struct bench *b, const char *protocol, const char *operation,
                     const struct message_reply *reply, struct reply_meaning *meaning)
{
        struct service service = { .id = (char *)"aws.test", .protocol = (char *)protocol };
        struct call call = { .name = (char *)(operation ? operation : "ListThings"),
                             .service = &service };
        struct call_instance instance = { .call = &call,
                                          .region = "eu-west-1",
                                          .host = "thing.eu-west-1.amazonaws.com",
                                          .path = "/" };

        aws_provider.interpret(b->account, &instance, reply, meaning);
}
