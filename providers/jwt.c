#include "providers/jwt.h"

#include "providers/secret.h"

#include <errno.h>
#include <jwt.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <string.h>

enum { RSA_BITS_MIN = 2048 };

DEFINE_CLEANUP(jwt_t *, jwt_free);
DEFINE_CLEANUP(BIO *, BIO_free);
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);

/* Without it OpenSSL asks for the passphrase on the terminal, and waits. */
static int no_passphrase(char *to, int size, int writing, void *asked)
{
        *(bool *)asked = true;
        return -1;
}

int jwt_key_check(const char *pem, const char *what, struct error *err)
{
        _cleanup_(BIO_freep) BIO *bio = BIO_new_mem_buf(pem, -1);
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
        bool asked = false;

        if (!bio)
                return error_oom(err);
        key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &asked);
        ERR_clear_error();
        if (asked)
                return error_set(err, -EINVAL, "%s is protected by a passphrase: give it without",
                                 what);
        if (!key && !strstr(pem, "-----BEGIN "))
                return error_set(err, -EINVAL,
                                 "%s is no PEM private key (it does not have '-----BEGIN PRIVATE "
                                 "KEY-----')",
                                 what);
        if (!key)
                return error_set(err, -EINVAL,
                                 "%s is not readable as a PEM private key: it is damaged, cut, or "
                                 "something else",
                                 what);
        if (EVP_PKEY_base_id(key) != EVP_PKEY_RSA)
                return error_set(err, -EINVAL, "%s is not an RSA key", what);
        if (EVP_PKEY_bits(key) < RSA_BITS_MIN)
                return error_set(err, -EINVAL, "%s has %d bits: RSA keys have at least %d", what,
                                 EVP_PKEY_bits(key), RSA_BITS_MIN);
        return 0;
}

/* libjwt takes JSON as text. */
static int add_json(jwt_t *jwt, int (*add)(jwt_t *, const char *), const json_t *json)
{
        _cleanup_(secret_freep) char *text = json_dumps(json, JSON_COMPACT);

        return text ? add(jwt, text) : ENOMEM;
}

int jwt_rs256(const json_t *headers, const json_t *claims, const char *pem, char **ret,
              struct error *err)
{
        _cleanup_(jwt_freep) jwt_t *jwt = NULL;
        int r;

        r = jwt_key_check(pem, "the private key", err);
        if (r < 0)
                return r;
        if (jwt_new(&jwt) != 0)
                return error_oom(err);
        r = jwt_set_alg(jwt, JWT_ALG_RS256, (const unsigned char *)pem, (int)strlen(pem));
        if (r == 0 && headers)
                r = add_json(jwt, jwt_add_headers_json, headers);
        if (r == 0)
                r = add_json(jwt, jwt_add_grants_json, claims);
        if (r != 0)
                return error_set(err, -r, "the JWT cannot be put together: %s", strerror(r));
        *ret = jwt_encode_str(jwt);
        return *ret ? 0 : error_set(err, -EINVAL, "the JWT cannot be signed with that private key");
}
