/* JSON web tokens as a cloud's token endpoint reads them: parts, and the signature. */
#pragma once

#include "daemon/base/cleanup.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdbool.h>

/* Header and claims, new references; -EBADMSG for what is no signed token. */
int jwt_parts(const char *token, json_t **ret_header, json_t **ret_claims);

/* RS256 (PKCS#1 v1.5) or PS256 (PSS) by the header's alg; any other is no signature. */
bool jwt_signed_by(const char *token, EVP_PKEY *key);

/* Bytes of base64url without padding; NULL for a text that is none. The caller frees. */
unsigned char *jwt_decode(const char *text, size_t n, size_t *ret_n);
/* And back; the caller frees. */
char *jwt_encode(const unsigned char *bytes, size_t n);
