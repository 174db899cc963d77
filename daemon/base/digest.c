#include "daemon/base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

char *digest_hex(const unsigned char *bytes, size_t n, char *hex)
{
        static const char digits[] = "0123456789abcdef";

        for (size_t i = 0; i < n; i++) {
                hex[2 * i] = digits[bytes[i] >> 4];
                hex[2 * i + 1] = digits[bytes[i] & 15];
        }
        hex[2 * n] = '\0';
        return hex;
}

/* Looked up once: SHA256() asks OpenSSL's providers each time, which takes longer than a short
 * text.
 */
static const EVP_MD *sha256(void)
{
        static EVP_MD *kept;

        if (!kept)
                kept = EVP_MD_fetch(NULL, "SHA256", NULL);
        return kept;
}

void digest_sha256(const void *data, size_t size_bytes, unsigned char out[static SHA256_BYTES])
{
        if (!sha256() || EVP_Digest(data, size_bytes, out, NULL, sha256(), NULL) != 1)
                (void)SHA256(data, size_bytes, out);
}

char *digest_sha256_hex(const void *data, size_t size_bytes, char hex[static SHA256_HEX_MAX])
{
        unsigned char bytes[SHA256_BYTES];

        digest_sha256(data, size_bytes, bytes);
        return digest_hex(bytes, sizeof(bytes), hex);
}

void digest_hmac_sha256(const void *key, size_t key_bytes, const void *data, size_t size_bytes,
                        unsigned char out[static SHA256_BYTES])
{
        unsigned int n = SHA256_BYTES;

        (void)HMAC(EVP_sha256(), key, (int)key_bytes, data, size_bytes, out, &n);
}

char *digest_sha1_hex(const void *data, size_t size_bytes, char hex[static 41])
{
        unsigned char bytes[SHA_DIGEST_LENGTH];

        (void)SHA1(data, size_bytes, bytes);
        return digest_hex(bytes, sizeof(bytes), hex);
}
