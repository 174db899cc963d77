/* SigV4 as the server sees it: the Authorization header is taken apart and the signature computed
 * again from what came over the wire. Written from the specification, apart from the client's
 * signer, so that the two check each other. */
#pragma once

#include "daemon/base/digest.h"

#include <stddef.h>

struct sigv4_authorization {
        char access_key[129];
        char date[9]; /* YYYYMMDD */
        char region[64];
        char service[64];
        char signed_headers[1024];
        char signature[SHA256_HEX_MAX];
};

struct sigv4_message {
        const char *method;
        const char *path;  /* as sent */
        const char *query; /* as sent, without "?" */
        const void *body;
        size_t body_bytes;
        /* The value of a header by its lower-case name, NULL when it was not sent. */
        const char *(*header)(void *userdata, const char *name);
        void *userdata;
};

/* -EINVAL for what is not a complete AWS4-HMAC-SHA256 header. */
int sigv4_parse(const char *authorization, struct sigv4_authorization *ret);

/* Whether the name stands in SignedHeaders. */
int sigv4_is_signed(const struct sigv4_authorization *a, const char *name);

/* kSigning; the same for a whole day, so callers keep it. */
void sigv4_key(const struct sigv4_authorization *a, const char *secret,
               unsigned char key[static SHA256_BYTES]);

/* The signature the message should carry. -EINVAL when a signed header is missing, -E2BIG. */
int sigv4_signature(const struct sigv4_message *m, const struct sigv4_authorization *a,
                    const unsigned char key[static SHA256_BYTES],
                    char signature[static SHA256_HEX_MAX]);
