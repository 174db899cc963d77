/* An AWS account on the bench: a home of its own, an environment that holds nothing else, replies
 * as they would come. */
#pragma once

#include "providers/aws/account.h"

#include <stdint.h>

extern const struct provider aws_provider;

#define BENCH_ACCESS_KEY "AKIDEXAMPLE"
#define BENCH_SECRET_KEY "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define BENCH_TOKEN "SESSION/TOKEN+EXAMPLE=="
#define BENCH_TIME "2026-01-15T08:30:00Z"

/* cmocka's setup and teardown: no AWS variable is set, HOME is a new directory, and metadata is
 * switched off. */
int bench_setup(void **state);
int bench_teardown(void **state);

/* A file below HOME, directories made; the path is good until the next call. */
const char *bench_file(const char *name, const char *text);
void bench_environment_keys(void);

uint64_t bench_time(void);

struct bench {
        struct account_config config;
        struct aws_options options;
        struct account *account;
};
/* Opens the account with what options says; fails the test when that fails. */
void bench_open(struct bench *b);
int bench_try(struct bench *b, struct error *err);
void bench_close(struct bench *b);

/* A reply as engine/ hands it over; headers are "name: value\n" lines. */
struct message_reply bench_reply(int status, const char *headers, const char *body);
struct message_reply bench_no_reply(enum transport transport, const char *text);

/* The value of a header of req, NULL when it is not there. */
const char *bench_header(const struct message_request *req, const char *name);
/* Is text anywhere in the request? */
bool bench_request_has(const struct message_request *req, const char *text);

/* Opened with the keys of the environment, and signed in. */
void bench_ready(struct bench *b);
/* What a reply to operation (NULL: to some list) means in that protocol. */
void bench_interpret(struct bench *b, const char *protocol, const char *operation,
                     const struct message_reply *reply, struct reply_meaning *meaning);

struct scope *bench_scope(const char *id);

#define BENCH_TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
