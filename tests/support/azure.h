/* An Azure account in an empty environment, spoken to through the provider's table alone; and
 * certificates, made when they are needed. */
#pragma once

#include "providers/provider.h"

extern const struct provider azure_provider;

#define AZURE_TEST_TENANT "aaaa0000-0000-4000-8000-000000000001"
#define AZURE_TEST_CLIENT "bbbb0000-0000-4000-8000-000000000001"
#define AZURE_TEST_SECRET "Zq8~not.a_real-secret/of+the=bench"
#define AZURE_TEST_TOKEN "eyJ0.an-access-token-of-the-bench"
#define AZURE_TEST_NOW_USEC UINT64_C(1768465800000000) /* 2026-01-15T08:30:00Z */

/* Takes every variable of Azure's tools away and makes a home of its own, in which there is
 * nothing. cmocka's setup and teardown. */
int azure_test_enter(void **state);
int azure_test_leave(void **state);
/* Writes a file below the home; its path is good until the next call. */
const char *azure_test_file(const char *name, const char *text);
/* Tenant, application and secret into the environment. */
void azure_test_secret(void);

/* A self-signed certificate and its key as PEM below the home: <name>.pem has both, <name>.crt and
 * <name>.key one each, <name>.pfx both under a password, <name>.locked.pem with the key under it.
 */
void azure_test_certificate(const char *name, const char *password);

struct azure_test {
        struct account_config config;
        struct yaml *yaml;
        struct account *account;
        struct error err;
};
/* options: YAML of the entry's own keys, "" for none. The result of account_new(). */
int azure_test_open(struct azure_test *t, const char *options);
void azure_test_close(struct azure_test *t);

struct azure_test_reply {
        int status; /* 0: none came */
        const char *headers, *body;
};
/* One step of a sign-in: what the request must have in it, what comes back. */
struct azure_test_step {
        const char *wanted[8]; /* parts of method, URL, headers or body, NULL-terminated */
        struct azure_test_reply reply;
};
/* Signs in as the engine does; the last result of sign_in() or signed_in(). Fails when a request is
 * made for which there is no step, or steps are left. */
int azure_test_sign_in(struct azure_test *t, const struct azure_test_step *steps, size_t n,
                       uint64_t now_usec);

#define AZURE_TEST_TOKEN_REPLY                                                                     \
        {                                                                                          \
                200, NULL,                                                                         \
                        "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":"         \
                        "\"" AZURE_TEST_TOKEN "\"}"                                                \
        }

void azure_test_reply_make(struct message_reply *reply, const struct azure_test_reply *from);
/* "METHOD URL\nName: value\n…\n\nbody"; the caller frees. */
char *azure_test_request_text(const struct message_request *req);
