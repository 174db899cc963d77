/* Access keys as they come from any source, with their end and the windows before it. */
#pragma once

#include "daemon/base/error.h"
#include "providers/secret.h"
#include "providers/sign.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct aws_credentials {
        char *access_key, *secret_key, *token; /* token NULL: none */
        char *account_id;                      /* NULL when the source does not say */
        uint64_t expires_usec;                 /* 0: never */
        uint64_t obtained_usec;
};

/* Wipes before it frees; leaves an empty object. */
void aws_credentials_done(struct aws_credentials *c);
/* ret must be empty or owned: what it holds is wiped first. 0 or -ENOMEM. */
int aws_credentials_copy(struct aws_credentials *ret, const struct aws_credentials *from);
bool aws_credentials_same(const struct aws_credentials *a, const struct aws_credentials *b);

static inline bool aws_credentials_empty(const struct aws_credentials *c)
{
        return !c->access_key;
}

/* Borrows. */
struct sign_credentials aws_credentials_sign(const struct aws_credentials *c);

/* Before their end, credentials are renewed: from the first window on if it can be done, from the
 * second on it must. Short-lived ones have shorter windows, so that those just got are good. */
enum aws_credentials_state {
        AWS_CREDENTIALS_GOOD,
        AWS_CREDENTIALS_ADVISORY,  /* 15 minutes left: try, and keep these when it fails */
        AWS_CREDENTIALS_MANDATORY, /* 10 minutes left: renew, or fail */
};
enum aws_credentials_state aws_credentials_state(const struct aws_credentials *c,
                                                 uint64_t now_usec);
bool aws_credentials_expired(const struct aws_credentials *c, uint64_t now_usec);

/* Where they stand in a JSON object. A time is ISO 8601 text, a number of seconds, or of
 * milliseconds when it is too large for these. */
struct aws_credentials_form {
        const char *access_key, *secret_key, *token, *expires, *account_id; /* NULL: not there */
        bool temporary; /* token and end must be there */
};
/* -EBADMSG names the member that is missing or unreadable, never a value. */
int aws_credentials_read(struct aws_credentials *ret, const json_t *object,
                         const struct aws_credentials_form *form, struct error *err);
