/* An AWS account in an empty environment, spoken to through the provider's table alone. */
#pragma once

#include "providers/provider.h"

#define AWS_TEST_KEY "AKIDEXAMPLE"
#define AWS_TEST_SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define AWS_TEST_TOKEN "SESSION/TOKEN+EXAMPLE=="
#define AWS_TEST_NOW_USEC UINT64_C(1768465800000000) /* 2026-01-15T08:30:00Z */

extern const struct provider aws_provider;

/* Takes every AWS variable away and makes a home of its own, in which there is nothing. */
void aws_test_enter(void);
void aws_test_leave(void); /* removes the home */
/* Writes a file below the home. */
void aws_test_file(const char *name, const char *text);
void aws_test_keys(void); /* into the environment */

struct aws_test_account {
        struct account_config config;
        struct yaml *yaml;
        struct account *account;
        struct error err;
};

/* options: YAML of the entry's own keys, "" for none. The result of account_new(). */
int aws_test_open(struct aws_test_account *t, const char *options);
void aws_test_close(struct aws_test_account *t);

/* One canned reply. */
struct aws_test_reply {
        int status;
        const char *headers, *body;
        enum transport transport;
};
void aws_test_reply_make(struct message_reply *reply, const struct aws_test_reply *from);

/* Carries out a sign-in, in which each request must contain what is expected of it. Requests
 * for the caller's identity, or the machine's, are answered without being listed. */
struct aws_test_exchange {
        const char *wanted[6]; /* parts of method, URL, headers or body, NULL-terminated */
        struct aws_test_reply reply;
};
/* The result of the last sign_in() or signed_in(); fails the test when exchanges are left. */
int aws_test_sign_in(struct aws_test_account *t, const struct scope *scope,
                     const struct aws_test_exchange *exchanges, size_t n, uint64_t now_usec);

/* "METHOD URL\nName: value\n…\n\nbody", or the words of a command; the caller frees. */
char *aws_test_request_text(const struct message_request *req);
