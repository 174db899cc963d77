#include "tests/cloudsim/jwt.h"

#include <errno.h>
#include <openssl/rsa.h>
#include <string.h>

#include "daemon/base/json.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

unsigned char *jwt_decode(const char *text, size_t n, size_t *ret_n)
{
        unsigned char *out = malloc(n / 4 * 3 + 4);
        unsigned bits = 0, have = 0;
        size_t size = 0;

        for (size_t i = 0; out && i < n; i++) {
                const char *at = text[i] ? strchr(letters, text[i]) : NULL;

                if (!at) {
                        free(out);
                        return NULL;
                }
                bits = bits << 6 | (unsigned)(at - letters);
                have += 6;
                if (have >= 8) {
                        have -= 8;
                        out[size++] = (unsigned char)(bits >> have);
                }
        }
        *ret_n = size;
        return out;
}

char *jwt_encode(const unsigned char *bytes, size_t n)
{
        char *out = malloc(n / 3 * 4 + 5);
        size_t size = 0;

        for (size_t i = 0; out && i < n; i += 3) {
                unsigned bits = (unsigned)bytes[i] << 16;

                bits |= i + 1 < n ? (unsigned)bytes[i + 1] << 8 : 0;
                bits |= i + 2 < n ? bytes[i + 2] : 0;
                for (size_t k = 0; k < 4 && k <= n - i; k++)
                        out[size++] = letters[bits >> (18 - 6 * k) & 63];
        }
        if (out)
                out[size] = '\0';
        return out;
}

/* The dots; false unless there are two, with something around each. */
static bool split(const char *token, const char **ret_claims, const char **ret_signature)
{
        const char *claims = strchr(token, '.'),
                   *signature = claims ? strchr(claims + 1, '.') : NULL;

        if (!signature || claims == token || signature == claims + 1 || !signature[1] ||
            strchr(signature + 1, '.'))
                return false;
        *ret_claims = claims + 1;
        *ret_signature = signature + 1;
        return true;
}

static json_t *part(const char *text, size_t n)
{
        size_t size = 0;
        _cleanup_(freep) unsigned char *bytes = jwt_decode(text, n, &size);
        json_t *value = NULL;

        if (!bytes || json_parse((const char *)bytes, size, &value, NULL) < 0)
                return NULL;
        return value;
}

int jwt_parts(const char *token, json_t **ret_header, json_t **ret_claims)
{
        const char *claims, *signature;
        json_auto_t *header = NULL, *body = NULL;

        if (!split(token, &claims, &signature))
                return -EBADMSG;
        header = part(token, (size_t)(claims - token - 1));
        body = part(claims, (size_t)(signature - claims - 1));
        if (!json_is_object(header) || !json_is_object(body))
                return -EBADMSG;
        *ret_header = json_incref(header);
        *ret_claims = json_incref(body);
        return 0;
}

bool jwt_signed_by(const char *token, EVP_PKEY *key)
{
        json_auto_t *header = NULL, *claims = NULL;
        const char *claims_at, *signature, *alg;
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        EVP_PKEY_CTX *key_context = NULL; /* the other context's */
        unsigned char *bytes = NULL;
        size_t n = 0;
        bool good = false;

        if (context && jwt_parts(token, &header, &claims) == 0 &&
            split(token, &claims_at, &signature)) {
                alg = json_member_string(header, "alg");
                bytes = jwt_decode(signature, strlen(signature), &n);
                good = bytes && alg && (strcmp(alg, "RS256") == 0 || strcmp(alg, "PS256") == 0) &&
                       EVP_DigestVerifyInit(context, &key_context, EVP_sha256(), NULL, key) == 1 &&
                       (strcmp(alg, "RS256") == 0 ||
                        (EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) == 1 &&
                         EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, 32) == 1)) &&
                       EVP_DigestVerify(context, bytes, n, (const unsigned char *)token,
                                        (size_t)(signature - token - 1)) == 1;
        }
        free(bytes);
        EVP_MD_CTX_free(context);
        return good;
}
