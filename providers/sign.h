/* AWS Signature Version 4. Pure but for the cache of derived keys, which the caller owns.
 *
 * Written here because libcurl 7.88 signs paths with percent-encoded labels wrongly, so that no
 * ".../tags/{arn}" call could be made with it. Google takes such a signature as the proof of an AWS
 * identity. */
#pragma once

#include "daemon/base/digest.h"
#include "daemon/base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Borrowed. */
struct sign_credentials {
        const char *access_key, *secret_key;
        const char *token; /* session token; NULL for none */
};

struct sign_header {
        const char *name; /* lower case */
        const char *value;
};

enum { SIGN_HEADERS_MAX = 16, SIGN_DATE_MAX = 17, SIGN_CACHE_ENTRIES = 128 };

struct sign_input {
        const char *method;
        const char *path;  /* as it is sent */
        const char *query; /* as it is sent, without "?"; NULL for none */
        const char *host;  /* as the Host header has it */
        /* signed besides host, x-amz-date and x-amz-security-token; in any order */
        struct sign_header headers[SIGN_HEADERS_MAX];
        size_t n_headers;
        const void *body;
        size_t body_bytes;
        const char *region, *service;
        uint64_t time_usec;
        struct sign_credentials credentials;
        bool s3; /* the path is signed as it is sent; header x-amz-content-sha256 is signed, and the
                    caller sends it with what sign_output says */
};

struct sign_output {
        char date[SIGN_DATE_MAX]; /* X-Amz-Date */
        char body_sha256[SHA256_HEX_MAX];
        char canonical_sha256[SHA256_HEX_MAX]; /* of the canonical request */
        char signature[SHA256_HEX_MAX];
        char *authorization; /* the header's value; the caller frees */
};

/* Keys derived from secrets, one for each date, region, service and access key. */
struct sign_cache {
        struct sign_cache_entry {
                char id[160]; /* "date/region/service/access key"; "" while unused */
                unsigned char key[SHA256_BYTES];
        } entries[SIGN_CACHE_ENTRIES];
};
void sign_cache_wipe(struct sign_cache *cache);

/* cache may be NULL. -EINVAL for more headers than fit. */
int sign(const struct sign_input *in, struct sign_cache *cache, struct sign_output *ret,
         struct error *err);

/* The canonical request itself; the caller frees. body_sha256 is 64 hex digits. */
int sign_canonical_request(const struct sign_input *in, const char *date, const char *body_sha256,
                           char **ret, struct error *err);

/* The derived key, for what date ("20260115") says. */
void sign_key(const struct sign_input *in, const char *date, struct sign_cache *cache,
              unsigned char key[static SHA256_BYTES]);
