/* Which of AWS's replies say why: only what does not may be read as "not offered here". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/support/aws.h"

#define NOT_ALLOWED                                                                                \
        "User: arn:aws:iam::1:user/v is not authorized to perform: bedrock:ListFlows on "          \
        "resource: * because no identity-based policy allows the bedrock:ListFlows action"
#define PAGE "<!DOCTYPE html>\n<html><head><title>Gateway</title></head><body><p>No<br>"

static const struct row {
        const char *what;
        int status;
        const char *headers, *body;
        enum reply_kind kind;
        bool stated;
        const char *code, *text;
} rows[] = {
        { "IAM names the action", 403, "x-amzn-errortype: AccessDeniedException\n",
          "{\"message\":\"" NOT_ALLOWED "\"}", REPLY_DENIED, true, "AccessDeniedException",
          "bedrock:ListFlows" },
        { "an SCP", 403, "x-amzn-errortype: AccessDeniedException\n",
          "{\"message\":\"User: x is not authorized to perform: y with an explicit deny in a "
          "service control policy\"}",
          REPLY_DENIED, true, "AccessDeniedException", "AccessDeniedBySCP" },
        { "an SCP, of few words", 403, "x-amzn-errortype: AccessDeniedException\n",
          "{\"message\":\"Access denied by service control policy\"}", REPLY_DENIED, true,
          "AccessDeniedException", "AccessDeniedBySCP" },
        { "a resource control policy", 403, "x-amzn-errortype: AccessDeniedException\n",
          "{\"message\":\"x with an explicit deny in a resource control policy\"}", REPLY_DENIED,
          true, "AccessDeniedException", "AccessDeniedBySCP" },
        { "not authorized, and no more", 403, "x-amzn-errortype: AccessDeniedException\n",
          "{\"message\":\"Your account is not authorized to invoke this API operation.\"}",
          REPLY_DENIED, false, "AccessDeniedException", "Your account" },
        { "denied without a message", 403, "x-amzn-errortype: AccessDeniedException\n",
          "{\"message\":null}", REPLY_DENIED, false, "AccessDeniedException", NULL },
        { "denied without a body", 403, "x-amzn-errortype: AccessDeniedException\n", "",
          REPLY_DENIED, false, "AccessDeniedException", NULL },
        { "403 and nothing at all", 403, NULL, "", REPLY_DENIED, false, "HTTP 403", NULL },
        { "403 with a page", 403, NULL, PAGE, REPLY_DENIED, false, "HTTP 403", "web page" },
        { "Comprehend's way", 400, NULL, "{\"__type\":\"NotAuthorizedException\",\"message\":\"\"}",
          REPLY_DENIED, false, "NotAuthorizedException", NULL },
        { "not available, in words", 400, NULL,
          "{\"__type\":\"AccessDeniedException\",\"message\":\"This API is not available in this "
          "region\"}",
          REPLY_ABSENT, true, "AccessDeniedException", NULL },
        { "not subscribed, in words", 400, NULL,
          "{\"__type\":\"AccessDeniedException\",\"message\":\"The account is not subscribed to "
          "this service\"}",
          REPLY_OFF, false, "AccessDeniedException", NULL },
        { "needs a subscription", 403, NULL,
          "{\"__type\":\"SubscriptionRequiredException\",\"message\":\"The AWS Access Key Id needs "
          "a subscription for the service\"}",
          REPLY_OFF, false, "SubscriptionRequiredException", NULL },
        { "an unknown operation", 404, NULL, "{\"__type\":\"UnknownOperationException\"}",
          REPLY_ABSENT, true, "UnknownOperationException", NULL },
        { "an unknown operation, as a bad argument", 400, NULL,
          "{\"__type\":\"ValidationException\",\"message\":\"Unknown operation\"}", REPLY_REFUSED,
          false, "ValidationException", "Unknown operation" },
        { "a server error", 500, "x-amzn-errortype: InternalServerErrorException\n", "{}",
          REPLY_TRANSIENT, false, "InternalServerErrorException", NULL },
        { "404 and nothing at all", 404, NULL, "", REPLY_ABSENT, false, "HTTP 404", NULL },
        { "404 with a page", 404, NULL, PAGE, REPLY_BROKEN, false, "HTTP 404", "web page" },
        { "404 with a page that is XML", 404, NULL, "<html><body>not found</body></html>",
          REPLY_BROKEN, false, "HTTP 404", "web page" },
        { "501 with a page", 501, NULL, PAGE, REPLY_BROKEN, false, "HTTP 501", "web page" },
};

static void absent_replies_state_their_reason_or_not(void **state)
{
        static const char *const protocols[] = { "rest-json", "aws-json-1.1" };
        struct bench b = { 0 };
        struct message_request req = { 0 };

        bench_environment_keys();
        bench_open(&b);
        assert_int_equal(aws_provider.sign_in(b.account, NULL, bench_time(), &req, NULL, NULL),
                         SIGN_IN_READY);
        for (size_t i = 0; i < ELEMENTSOF(rows) * ELEMENTSOF(protocols); i++) {
                const struct row *w = &rows[i / ELEMENTSOF(protocols)];
                struct service service = { .id = (char *)"aws.test",
                                           .protocol = (char *)protocols[i % 2] };
                struct call call = { .name = (char *)"ListFlows", .service = &service };
                struct call_instance instance = { .call = &call,
                                                  .region = "eu-west-1",
                                                  .host = "thing.eu-west-1.amazonaws.com",
                                                  .path = "/" };
                struct message_reply reply = bench_reply(w->status, w->headers, w->body);
                struct reply_meaning meaning = { 0 };

                print_message("%s, %s\n", w->what, protocols[i % 2]);
                aws_provider.interpret(b.account, &instance, &reply, &meaning);
                assert_int_equal(meaning.kind, w->kind);
                assert_int_equal(meaning.stated, w->stated);
                assert_string_equal(meaning.code, w->code);
                if (w->text)
                        assert_non_null(strstr(meaning.text, w->text));
                assert_null(meaning.body);
                message_reply_done(&reply);
        }
        bench_close(&b);
}

/* An emulator, or a private endpoint, that does not have a call: nothing is known of what it would
 * have listed. */
static void absent_by_a_bare_status_is_not_an_own_endpoints_to_say(void **state)
{
        static const struct {
                int status;
                const char *body;
                enum reply_kind kind;
        } cases[] = {
                { 404, "", REPLY_REFUSED },
                { 501, "", REPLY_REFUSED },
                { 404, "{}", REPLY_REFUSED },
                { 404, "{\"__type\":\"UnknownOperationException\"}", REPLY_ABSENT },
                { 404, "{\"__type\":\"ResourceNotFoundException\"}", REPLY_GONE },
        };
        struct bench b = { .config = { .endpoint = (char *)"https://aws.example" } };
        struct service service = { .id = (char *)"aws.test", .protocol = (char *)"rest-json" };
        struct call call = { .name = (char *)"ListFlows", .service = &service };
        struct call_instance instance = {
                .call = &call, .region = "eu-west-1", .host = "thing.example", .path = "/"
        };

        bench_environment_keys();
        bench_open(&b);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct message_reply reply = bench_reply(cases[i].status, NULL, cases[i].body);
                struct reply_meaning meaning = { 0 };

                aws_provider.interpret(b.account, &instance, &reply, &meaning);
                assert_int_equal(meaning.kind, cases[i].kind);
                if (cases[i].kind == REPLY_REFUSED)
                        assert_non_null(strstr(meaning.text, "thing.example does not answer"));
                message_reply_done(&reply);
        }
        bench_close(&b);
}

/* STS stands in every region; behind endpoints of one's own nobody is asked. */
static void absent_witness_is_sts(void **state)
{
        struct bench b = { 0 }, own = { .config = { .endpoint = (char *)"https://aws.example" } };
        _cleanup_(freep) char *there = NULL, *global = NULL, *none = NULL;

        bench_environment_keys();
        bench_open(&b);
        there = aws_provider.witness(b.account, NULL, "eu-central-2");
        assert_string_equal(there, "sts.eu-central-2.amazonaws.com");
        global = aws_provider.witness(b.account, NULL, "global");
        assert_non_null(global);
        assert_null(strstr(global, "global"));
        bench_close(&b);
        bench_open(&own);
        none = aws_provider.witness(own.account, NULL, "eu-central-2");
        assert_null(none);
        bench_close(&own);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(absent_replies_state_their_reason_or_not),
                cmocka_unit_test(absent_by_a_bare_status_is_not_an_own_endpoints_to_say),
                cmocka_unit_test(absent_witness_is_sts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
