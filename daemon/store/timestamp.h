/* Time stamps (RFC 3161): an authority's signed word for when a digest was there, in DER that plain
 * `openssl ts` reads. Nothing here touches network or clock. */
#pragma once

#include "daemon/base/digest.h"
#include "daemon/base/error.h"

#include <stdint.h>

enum { TIMESTAMP_AUTHORITY_MAX = 256 };

/* Clocks differ: what is stamped this much before it says that it was made is still believed. */
#define TIMESTAMP_SKEW_USEC (UINT64_C(5) * 60 * 1000000)

/* A question, with a nonce of its own. */
struct timestamp_query;

int timestamp_query_new(struct timestamp_query **ret, const void *data, size_t size_bytes,
                        struct error *err);
struct timestamp_query *timestamp_query_free(struct timestamp_query *q);
DEFINE_CLEANUP(struct timestamp_query *, timestamp_query_free);
/* As it is sent; borrowed. */
const unsigned char *timestamp_query_der(const struct timestamp_query *q, size_t *ret_bytes);

/* What a reply is held against. */
struct timestamp_check {
        const void *data; /* that was stamped */
        size_t data_bytes;
        const struct timestamp_query *query; /* whose nonce it must have; NULL: it was kept */
        const char *ca_file; /* PEM: whom to believe. NULL: the certificate in the stamp, so that
                                only "altered" is told, not who made it */

        /* what comes out */
        uint64_t time_usec;
        char authority[TIMESTAMP_AUTHORITY_MAX]; /* subject of the certificate that signed it */
};

/* Whether a file can be believed at all: 0 or -EINVAL. */
int timestamp_check_ca(const char *ca_file, struct error *err);

/* 0 when the reply grants a stamp of this data by an authority that is believed, whose certificates
 * were valid at the time that it says. -EBADMSG when not, -EINVAL when ca_file cannot be used.
 * Whether a certificate was revoked is not asked. */
int timestamp_verify(struct timestamp_check *check, const void *der, size_t size_bytes,
                     struct error *err);
