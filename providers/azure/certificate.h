/* A client certificate and its key, out of a PEM or PKCS#12 file: what a client assertion is signed
 * with, and the thumbprints by which it is known. */
#pragma once

#include "daemon/base/error.h"

#include <jansson.h>
#include <stdint.h>

struct azure_certificate {
        char *key;      /* PEM, unencrypted: secret */
        char *x5t;      /* base64url of the certificate's SHA-1: how Entra knows it */
        char *x5t_s256; /* and of its SHA-256: tells one from another */
        json_t *x5c;    /* the certificates, the key's own first: standard base64 of each */
        uint64_t expires_usec;
};

/* password may be NULL. Errors name the file and what is missing: the private key, the certificate,
 * one that fits the other, the password. Never a part of the file. */
int azure_certificate_read(struct azure_certificate *ret, const char *path, const char *password,
                           struct error *err);
void azure_certificate_done(struct azure_certificate *c); /* wipes */
