/* Replies that never came, that ask to come back later, and that are of another clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "tests/support/aws.h"

#define JSON "aws-json-1.1"

/* ---- transport ----------------------------------------------------------------------------------
 */

static const struct {
        enum transport transport;
        bool network_up;
        enum reply_kind kind;
} transports[] = {
        { TRANSPORT_UNRESOLVED, true, REPLY_ABSENT },
        { TRANSPORT_UNRESOLVED, false, REPLY_TRANSIENT },
        { TRANSPORT_REFUSED, true, REPLY_TRANSIENT },
        { TRANSPORT_TLS, true, REPLY_TRANSIENT },
        { TRANSPORT_TIMEOUT, true, REPLY_TRANSIENT },
        { TRANSPORT_BROKEN, true, REPLY_TRANSIENT },
        { TRANSPORT_TOO_LARGE, true, REPLY_REFUSED },
};

static void reply_that_never_came(void **state)
{
        struct bench b = { 0 };

        bench_ready(&b);
        for (size_t i = 0; i < ELEMENTSOF(transports); i++) {
                struct message_reply reply = bench_no_reply(transports[i].transport, "why it did");
                struct reply_meaning meaning = { 0 };

                print_message("transport %zu\n", i);
                reply.network_up = transports[i].network_up;
                bench_interpret(&b, JSON, NULL, &reply, &meaning);
                assert_int_equal(meaning.kind, transports[i].kind);
                assert_true(meaning.code[0] != '\0');
                if (meaning.kind != REPLY_ABSENT)
                        assert_string_equal(meaning.text, "why it did");
                message_reply_done(&reply);
        }
        bench_close(&b);
}

/* Behind an endpoint of one's own, a name that does not resolve says nothing about AWS. */
static void reply_of_an_own_endpoint_is_never_absent(void **state)
{
        struct bench b = { .config = { .endpoint = (char *)"https://aws.example" } };
        struct message_reply reply = bench_no_reply(TRANSPORT_UNRESOLVED, "no such host");
        struct reply_meaning meaning = { 0 };

        bench_ready(&b);
        reply.network_up = true;
        bench_interpret(&b, JSON, NULL, &reply, &meaning);
        assert_int_equal(meaning.kind, REPLY_TRANSIENT);
        message_reply_done(&reply);
        bench_close(&b);
}

/* ---- later --------------------------------------------------------------------------------------
 */

static const struct {
        const char *headers;
        uint64_t seconds;
} retries[] = {
        { "", 0 },
        { "retry-after: 7\n", 7 },
        { "retry-after: Thu, 15 Jan 2026 08:30:20 GMT\n", 20 },
        { "date: Thu, 15 Jan 2026 09:00:00 GMT\nretry-after: Thu, 15 Jan 2026 09:00:05 GMT\n", 5 },
        { "retry-after: Thu, 15 Jan 2026 08:29:00 GMT\n", 0 },
        { "retry-after: soon\n", 0 },
        { "retry-after: -5\n", 0 },
        { "retry-after: 99999999999\n", 86400 },
};

static void reply_says_when_to_come_back(void **state)
{
        struct bench b = { 0 };

        bench_ready(&b);
        for (size_t i = 0; i < ELEMENTSOF(retries); i++) {
                struct message_reply reply = bench_reply(429, retries[i].headers, "");
                struct reply_meaning meaning = { 0 };

                print_message("%s\n", retries[i].headers);
                bench_interpret(&b, JSON, NULL, &reply, &meaning);
                assert_int_equal(meaning.kind, REPLY_THROTTLED);
                assert_int_equal(meaning.retry_after_usec, retries[i].seconds * USEC_PER_SEC);
                message_reply_done(&reply);
        }
        bench_close(&b);
}

/* ---- the clock ----------------------------------------------------------------------------------
 */

static enum reply_kind kind_with(struct bench *b, const char *code, const char *date)
{
        struct reply_meaning meaning = { 0 };
        struct message_reply reply;
        char body[256], headers[128] = "";

        (void)snprintf(body, sizeof(body), "{\"__type\":\"%s\",\"message\":\"Signature expired\"}",
                       code);
        if (date)
                (void)snprintf(headers, sizeof(headers), "date: %s\n", date);
        reply = bench_reply(403, headers, body);
        bench_interpret(b, JSON, NULL, &reply, &meaning);
        message_reply_done(&reply);
        return meaning.kind;
}

static void reply_learns_the_clock_only_when_it_is_off(void **state)
{
        static const char *const suspects[] = {
                "RequestExpired",        "RequestTimeTooSkewed",
                "RequestInTheFuture",    "InvalidSignatureException",
                "SignatureDoesNotMatch", "AuthFailure"
        };
        struct bench b = { 0 };

        bench_ready(&b);
        for (size_t i = 0; i < ELEMENTSOF(suspects); i++) {
                enum reply_kind otherwise = i == 0 ? REPLY_EXPIRED : REPLY_UNAUTHENTICATED;

                print_message("%s\n", suspects[i]);
                b.account->offset_usec = 0;
                assert_int_equal(kind_with(&b, suspects[i], NULL), otherwise);
                assert_int_equal(kind_with(&b, suspects[i], "Thu, 15 Jan 2026 08:33:59 GMT"),
                                 otherwise);
                assert_int_equal(b.account->offset_usec, 0);
                assert_int_equal(kind_with(&b, suspects[i], "Thu, 15 Jan 2026 08:40:00 GMT"),
                                 REPLY_SKEWED);
                assert_int_equal(b.account->offset_usec, 600 * (int64_t)USEC_PER_SEC);
                /* known by now: it is not the clock */
                assert_int_equal(kind_with(&b, suspects[i], "Thu, 15 Jan 2026 08:40:00 GMT"),
                                 otherwise);
                assert_int_equal(kind_with(&b, suspects[i], "Thu, 15 Jan 2026 08:20:00 GMT"),
                                 REPLY_SKEWED);
                assert_int_equal(b.account->offset_usec, -600 * (int64_t)USEC_PER_SEC);
        }
        assert_int_equal(kind_with(&b, "InvalidClientTokenId", "Thu, 15 Jan 2026 18:40:00 GMT"),
                         REPLY_UNAUTHENTICATED);
        bench_close(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                BENCH_TEST(reply_that_never_came),
                BENCH_TEST(reply_of_an_own_endpoint_is_never_absent),
                BENCH_TEST(reply_says_when_to_come_back),
                BENCH_TEST(reply_learns_the_clock_only_when_it_is_off),
        };

        return cmocka_run_group_tests_name("aws_transport", tests, NULL, NULL);
}
