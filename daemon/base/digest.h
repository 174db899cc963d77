/* SHA-256 and HMAC-SHA-256 over OpenSSL, in hex where people and protocols read them. */
#pragma once

#include <stddef.h>

enum { SHA256_BYTES = 32, SHA256_HEX_MAX = 65 };

/* 64 hex digits and a NUL into hex; returns hex. */
char *digest_sha256_hex(const void *data, size_t size_bytes, char hex[static SHA256_HEX_MAX]);
void digest_sha256(const void *data, size_t size_bytes, unsigned char out[static SHA256_BYTES]);
void digest_hmac_sha256(const void *key, size_t key_bytes, const void *data, size_t size_bytes,
                        unsigned char out[static SHA256_BYTES]);
/* 40 hex digits and a NUL; SSO cache file names are made of it. */
char *digest_sha1_hex(const void *data, size_t size_bytes, char hex[static 41]);
char *digest_hex(const unsigned char *bytes, size_t n, char *hex);
