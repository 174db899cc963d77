/* OAuth 2.0 token endpoints (RFC 6749): the form that is posted, the token or the refusal that
 * comes back. Vendors differ in what they post and in what their errors mean, not in this. */
#pragma once

#include "daemon/model/message.h"

#include <stddef.h>
#include <stdint.h>

struct oauth_pair {
        const char *name, *value; /* value NULL: left out */
};

/* POST to url of the pairs as application/x-www-form-urlencoded; the request is secret. Its
 * headers may be added to. */
int oauth_request(struct message_request *req, const char *url, const struct oauth_pair *pairs,
                  size_t n_pairs, struct error *err);

struct oauth_token {
        char *access_token;
        char *refresh_token; /* NULL: none came */
        uint64_t expires_usec;
};
void oauth_token_done(struct oauth_token *t); /* wipes */

/* The token in a reply of status 200. Its end is "expires_in" (seconds from now_usec), or
 * "expires_on" (seconds since 1970), numbers or texts, whichever comes first; an hour where
 * neither stands there. -EBADMSG for what is no token reply; the text has no part of it. ret must
 * be empty or owned: what it holds is wiped. */
int oauth_token_read(struct oauth_token *ret, const struct message_reply *reply, uint64_t now_usec,
                     struct error *err);

enum { OAUTH_CODES_MAX = 8 };

struct oauth_error {
        char error[64];                  /* "invalid_grant" */
        char subtype[64];                /* "invalid_rapt", of "error_subtype" or "suberror" */
        char description[384];           /* its first line, cut */
        uint64_t codes[OAUTH_CODES_MAX]; /* of "error_codes": Entra's numbers */
        size_t n_codes;
};
/* What a refusal says; false when it is no OAuth error (a proxy's page, say). */
bool oauth_error_read(struct oauth_error *ret, const struct message_reply *reply);
