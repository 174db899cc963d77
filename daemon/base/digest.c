#include "daemon/base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdbool.h>

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

/* SHA256() and SHA1() ask OpenSSL's providers each time, which takes longer than a short text. */
struct digester {
        EVP_MD *algorithm;
        EVP_MD_CTX *context;
};

/* False when that cannot be. */
static bool digest(struct digester *kept, const char *name, const void *data, size_t size_bytes,
                   unsigned char *out)
{
        if (!kept->algorithm)
                kept->algorithm = EVP_MD_fetch(NULL, name, NULL);
        if (!kept->context)
                kept->context = EVP_MD_CTX_new();
        return kept->algorithm && kept->context &&
               EVP_DigestInit_ex2(kept->context, kept->algorithm, NULL) == 1 &&
               EVP_DigestUpdate(kept->context, data, size_bytes) == 1 &&
               EVP_DigestFinal_ex(kept->context, out, NULL) == 1;
}

void digest_sha256(const void *data, size_t size_bytes, unsigned char out[static SHA256_BYTES])
{
        static struct digester kept;

        if (!digest(&kept, "SHA256", data, size_bytes, out))
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
        static struct digester kept;
        unsigned char bytes[SHA_DIGEST_LENGTH];

        if (!digest(&kept, "SHA1", data, size_bytes, bytes))
                (void)SHA1(data, size_bytes, bytes);
        return digest_hex(bytes, sizeof(bytes), hex);
}
