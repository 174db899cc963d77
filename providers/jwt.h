/* JSON Web Tokens (RFC 7519) signed with an RSA key, RS256: how a key proves itself to a token
 * endpoint (RFC 7523). */
#pragma once

#include "daemon/base/error.h"

#include <jansson.h>

/* Is that text a PEM private key that jwt_rs256() can sign with? what names it in the error:
 * -EINVAL tells a text that is no PEM from a key with a passphrase and from one that is no RSA key.
 * Never a part of the text. */
int jwt_key_check(const char *pem, const char *what, struct error *err);

/* Signs claims. headers (may be NULL) beside "alg" and "typ", which are set here. The caller gives
 * the token to secret_free(). */
int jwt_rs256(const json_t *headers, const json_t *claims, const char *pem, char **ret,
              struct error *err);
