#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#include "daemon/base/buffer.h"
#include "daemon/base/json.h"
#include "providers/jwt.h"
#include "providers/secret.h"

static char *pem_of(EVP_PKEY *key, const char *passphrase)
{
        BIO *bio = BIO_new(BIO_s_mem());
        char *data, *text;
        long n;

        assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key,
                                                       passphrase ? EVP_aes_128_cbc() : NULL,
                                                       passphrase, passphrase ? 4 : 0, NULL, NULL),
                         1);
        n = BIO_get_mem_data(bio, &data);
        text = strndup(data, (size_t)n);
        BIO_free(bio);
        return text;
}

/* Base64 for URLs, back to bytes; n is set. */
static unsigned char *decode(const char *text, size_t length, size_t *ret_n)
{
        char *plain = calloc(1, length + 5);
        unsigned char *bytes = calloc(1, length + 5);
        int n;

        memcpy(plain, text, length);
        for (char *p = plain; *p; p++)
                *p = (char)(*p == '-' ? '+' : *p == '_' ? '/' : *p);
        while (strlen(plain) % 4 != 0)
                plain[strlen(plain)] = '=';
        n = EVP_DecodeBlock(bytes, (unsigned char *)plain, (int)strlen(plain));
        assert_true(n > 0);
        *ret_n = length * 3 / 4;
        free(plain);
        return bytes;
}

static json_t *part(const char *text, size_t length)
{
        size_t n;
        unsigned char *bytes = decode(text, length, &n);
        json_t *json = json_loadb((char *)bytes, n, 0, NULL);

        free(bytes);
        assert_non_null(json);
        return json;
}

static void jwt_signs_what_the_public_key_verifies(void **state)
{
        EVP_PKEY *key = EVP_RSA_gen(2048);
        _cleanup_(freep) char *pem = pem_of(key, NULL), *token = NULL;
        json_auto_t *claims = json_pack("{s:s, s:s, s:I}", "iss", "a@b", "aud", "https://t/é",
                                        "exp", (json_int_t)4102444800);
        json_auto_t *headers = json_pack("{s:s, s:s}", "kid", "k1", "x5t#S256", "aGFzaA");
        const char *claims_at, *signature_at;
        json_t *read;
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        unsigned char *signature;
        size_t n;

        assert_int_equal(jwt_rs256(headers, claims, pem, &token, NULL), 0);
        claims_at = strchr(token, '.') + 1;
        signature_at = strchr(claims_at, '.') + 1;
        assert_null(strchr(token, '='));

        read = part(token, (size_t)(claims_at - token) - 1);
        assert_string_equal(json_member_string(read, "alg"), "RS256");
        assert_string_equal(json_member_string(read, "typ"), "JWT");
        assert_string_equal(json_member_string(read, "kid"), "k1");
        assert_string_equal(json_member_string(read, "x5t#S256"), "aGFzaA");
        json_decref(read);
        read = part(claims_at, (size_t)(signature_at - claims_at) - 1);
        assert_true(json_equal(read, claims));
        json_decref(read);

        signature = decode(signature_at, strlen(signature_at), &n);
        assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key), 1);
        assert_int_equal(EVP_DigestVerify(ctx, signature, n, (const unsigned char *)token,
                                          (size_t)(signature_at - token) - 1),
                         1);
        free(signature);
        EVP_MD_CTX_free(ctx);
        EVP_PKEY_free(key);
}

static void refuses(const char *pem, const char *why)
{
        json_auto_t *claims = json_pack("{s:s}", "iss", "a");
        struct error err = { 0 };
        char *token = NULL;

        assert_int_equal(jwt_key_check(pem, "private_key in key.json", &err), -EINVAL);
        assert_non_null(strstr(err.text, why));
        assert_non_null(strstr(err.text, "key.json"));
        assert_int_equal(jwt_rs256(NULL, claims, pem, &token, NULL), -EINVAL);
        assert_null(token);
}

static void jwt_says_what_is_wrong_with_a_key(void **state)
{
        EVP_PKEY *small = EVP_RSA_gen(1024), *ec = EVP_EC_gen("P-256"), *key = EVP_RSA_gen(2048);
        _cleanup_(freep) char *small_pem = pem_of(small, NULL), *ec_pem = pem_of(ec, NULL),
                              *locked = pem_of(key, "test"), *cut = pem_of(key, NULL);

        refuses("", "no PEM");
        refuses("ya29.something", "no PEM");
        refuses("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "something else");
        refuses(small_pem, "1024 bits");
        refuses(ec_pem, "not an RSA key");
        refuses(locked, "passphrase"); /* and does not ask for it */
        cut[strlen(cut) / 2] = '\0';
        refuses(cut, "damaged");
        EVP_PKEY_free(small);
        EVP_PKEY_free(ec);
        EVP_PKEY_free(key);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(jwt_signs_what_the_public_key_verifies),
                cmocka_unit_test(jwt_says_what_is_wrong_with_a_key),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
