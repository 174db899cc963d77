/* Ed25519 (RFC 8032) signatures over what is handed to auditors, as PEM and raw bytes that plain
 * openssl reads. */
#pragma once

#include "daemon/base/digest.h"
#include "daemon/base/error.h"

#include <stdbool.h>

enum { SIGNATURE_BYTES = 64 };

struct signing_key;

/* Reads an unencrypted PEM private key that only its owner may read. make: when there is none, one
 * is made there, mode 0600. -ENOENT, -EPERM (others may read it), -EINVAL (no Ed25519 key). */
int signing_key_load(struct signing_key **ret, const char *path, bool make, struct error *err);
struct signing_key *signing_key_free(struct signing_key *key);
DEFINE_CLEANUP(struct signing_key *, signing_key_free);

/* The public half as PEM; borrowed from the key. */
const char *signing_key_public(const struct signing_key *key);
int signing_key_sign(const struct signing_key *key, const void *data, size_t size_bytes,
                     unsigned char signature[static SIGNATURE_BYTES], struct error *err);

/* Hex SHA-256 of the public key's DER form: what people compare. -EINVAL for what is no Ed25519
 * public key in PEM. */
int signature_fingerprint(const char *public_pem, char hex[static SHA256_HEX_MAX],
                          struct error *err);
/* 0 when the signature is that key's over these bytes; -EBADMSG when it is not. */
int signature_verify(const char *public_pem, const void *data, size_t size_bytes,
                     const unsigned char *signature, size_t signature_bytes, struct error *err);
