#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/aws_exchange.h"

#include <string.h>

int drive_ask(struct drive *d, struct message_request *req, uint64_t *ret_expires_usec)
{
        d->err = (struct error){ 0 };
        *req = (struct message_request){ 0 };
        return aws_provider.sign_in(d->b->account, d->scope, d->now_usec, req, ret_expires_usec,
                                    &d->err);
}

void drive_check_request(const struct message_request *req, const struct exchange *e)
{
        const char *authorization = bench_header(req, "authorization");

        assert_string_equal(req->method, e->method);
        assert_string_equal(req->url, e->url);
        assert_true(req->secret);
        for (size_t i = 0; i < ELEMENTSOF(e->has) && e->has[i]; i++)
                if (!bench_request_has(req, e->has[i]))
                        fail_msg("'%s' is not in the request", e->has[i]);
        for (size_t i = 0; i < ELEMENTSOF(e->lacks) && e->lacks[i]; i++)
                assert_false(bench_request_has(req, e->lacks[i]));
        assert_false(bench_request_has(req, "SECRETOF"));
        if (e->key)
                assert_non_null(strstr(authorization ? authorization : "(not signed)", e->key));
        else
                assert_false(authorization && strstr(authorization, "AWS4-HMAC"));
}

void drive_exchange(struct drive *d, const struct exchange *e)
{
        struct message_request req;
        struct message_reply reply;

        if (drive_ask(d, &req, NULL) != SIGN_IN_REQUEST)
                fail_msg("no request: %s", d->err.text);
        drive_check_request(&req, e);
        message_request_done(&req);
        reply = e->transport == TRANSPORT_OK ? bench_reply(e->status, e->headers, e->body)
                                             : bench_no_reply(e->transport, "nothing came");
        reply.received_usec = d->now_usec;
        assert_int_equal(
                aws_provider.signed_in(d->b->account, d->scope, &reply, d->now_usec, &d->err),
                e->taken);
        assert_null(strstr(d->err.text, "SECRETOF"));
        assert_null(strstr(d->err.text, "TOKENOF"));
        message_reply_done(&reply);
}

void drive_assert_ready(struct drive *d, const char *access_key, uint64_t expires_usec)
{
        struct message_request req;
        struct identity *id;
        uint64_t expires = 1;

        if (drive_ask(d, &req, &expires) != SIGN_IN_READY)
                fail_msg("not ready: %s", d->err.text);
        id = identity_find(d->b->account, d->scope);
        assert_non_null(id);
        assert_string_equal(id->credentials.access_key, access_key);
        assert_int_equal(expires, expires_usec);
}

void drive_assert_failed(struct drive *d, int code, const char *says)
{
        struct message_request req;

        assert_int_equal(drive_ask(d, &req, NULL), code);
        if (!strstr(d->err.text, says))
                fail_msg("'%s' does not say '%s'", d->err.text, says);
        assert_null(strstr(d->err.text, "SECRETOF"));
}

struct drive drive_of(struct bench *b, const struct scope *scope)
{
        return (struct drive){ .b = b, .scope = scope, .now_usec = bench_time() };
}
