#include "providers/azure/certificate.h"

#include "daemon/base/clock.h"
#include "providers/jwt.h"
#include "providers/secret.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

enum { FILE_BYTES_MAX = 256 * 1024, CERTIFICATES_MAX = 8 };

DEFINE_CLEANUP(BIO *, BIO_free);
DEFINE_CLEANUP(PKCS12 *, PKCS12_free);

/* What a file holds. */
struct contents {
        EVP_PKEY *key;
        X509 *certificates[CERTIFICATES_MAX];
        size_t n_certificates;
};

static void contents_done(struct contents *c)
{
        EVP_PKEY_free(c->key);
        for (size_t i = 0; i < c->n_certificates; i++)
                X509_free(c->certificates[i]);
        ERR_clear_error();
}

static void add_certificate(struct contents *c, X509 *certificate_take)
{
        if (c->n_certificates < CERTIFICATES_MAX)
                c->certificates[c->n_certificates++] = certificate_take;
        else
                X509_free(certificate_take);
}

/* ---- the file -------------------------------------------------------------------------------- */

/* Binary: the memory is wiped by who frees it. */
static int read_bytes(const char *path, unsigned char **ret, size_t *ret_n, struct error *err)
{
        _cleanup_(fclosep) FILE *f = fopen(path, "re");
        unsigned char *bytes;

        if (!f)
                return error_set(err, errno == EACCES ? -EACCES : -EINVAL,
                                 "the certificate %s cannot be read: %s", path, strerror(errno));
        bytes = calloc(1, FILE_BYTES_MAX);
        if (!bytes)
                return error_oom(err);
        (void)setvbuf(f, NULL, _IONBF, 0);
        *ret_n = fread(bytes, 1, FILE_BYTES_MAX - 1, f);
        *ret = bytes;
        return 0;
}

/* ---- PEM ------------------------------------------------------------------------------------- */

struct passphrase {
        const char *text;
        bool asked;
};

/* Without it OpenSSL asks on the terminal, and waits. */
static int give_passphrase(char *to, int size, int writing, void *user)
{
        struct passphrase *p = user;
        int n = p->text ? (int)strlen(p->text) : 0;

        p->asked = true;
        if (!p->text || n > size)
                return -1;
        memcpy(to, p->text, (size_t)n);
        return n;
}

static int wrong_password(const char *path, const char *password, struct error *err)
{
        if (password)
                return error_set(err, -EACCES, "the certificate %s: the password does not open it",
                                 path);
        return error_set(err, -EACCES,
                         "the certificate %s is protected by a password: set "
                         "AZURE_CLIENT_CERTIFICATE_PASSWORD, or give systemd the credential "
                         "<account>.client_certificate_password",
                         path);
}

static int read_pem(struct contents *c, const char *path, const unsigned char *bytes, size_t n,
                    const char *password, struct error *err)
{
        _cleanup_(BIO_freep) BIO *keys = BIO_new_mem_buf(bytes, (int)n);
        _cleanup_(BIO_freep) BIO *certificates = BIO_new_mem_buf(bytes, (int)n);
        struct passphrase passphrase = { .text = password };
        X509 *certificate;

        if (!keys || !certificates)
                return error_oom(err);
        c->key = PEM_read_bio_PrivateKey(keys, NULL, give_passphrase, &passphrase);
        while ((certificate = PEM_read_bio_X509(certificates, NULL, NULL, NULL)))
                add_certificate(c, certificate);
        if (!c->key && passphrase.asked)
                return wrong_password(path, password, err);
        return 0;
}

/* ---- PKCS#12 --------------------------------------------------------------------------------- */

static int read_pkcs12(struct contents *c, const char *path, const unsigned char *bytes, size_t n,
                       const char *password, struct error *err)
{
        _cleanup_(PKCS12_freep) PKCS12 *p12 = d2i_PKCS12(NULL, &bytes, (long)n);
        STACK_OF(X509) *others = NULL;
        X509 *own = NULL;

        if (!p12)
                return error_set(err, -EINVAL,
                                 "the certificate %s is neither PEM nor PKCS#12 (.pfx, .p12)",
                                 path);
        if (PKCS12_verify_mac(p12, password ? password : "", -1) != 1 &&
            (password || PKCS12_verify_mac(p12, NULL, 0) != 1))
                return wrong_password(path, password, err);
        if (PKCS12_parse(p12, password ? password : "", &c->key, &own, &others) != 1)
                return error_set(err, -EINVAL,
                                 "the certificate %s cannot be decoded: it may use an algorithm "
                                 "that OpenSSL 3 no longer reads (RC2); export it again with AES",
                                 path);
        if (own)
                add_certificate(c, own);
        for (int i = 0; i < sk_X509_num(others); i++)
                add_certificate(c, sk_X509_value(others, i));
        sk_X509_free(others);
        return 0;
}

/* ---- what is made of it ---------------------------------------------------------------------- */

/* The certificate of the key comes first. */
static int pair_up(struct contents *c, const char *path, struct error *err)
{
        if (!c->key)
                return error_set(err, -EINVAL,
                                 "the certificate %s has no private key: the file must hold both, "
                                 "'-----BEGIN CERTIFICATE-----' and '-----BEGIN PRIVATE KEY-----'",
                                 path);
        if (c->n_certificates == 0)
                return error_set(err, -EINVAL,
                                 "%s has a private key but no certificate: add the one that is "
                                 "registered with the application",
                                 path);
        for (size_t i = 0; i < c->n_certificates; i++)
                if (X509_check_private_key(c->certificates[i], c->key) == 1) {
                        X509 *own = c->certificates[i];

                        c->certificates[i] = c->certificates[0];
                        c->certificates[0] = own;
                        return 0;
                }
        return error_set(err, -EINVAL, "%s: the private key does not belong to the certificate",
                         path);
}

static char *base64url(const unsigned char *bytes, size_t n)
{
        char *text = calloc(1, (n + 2) / 3 * 4 + 1);

        if (!text)
                return NULL;
        (void)EVP_EncodeBlock((unsigned char *)text, bytes, (int)n);
        text[strcspn(text, "=")] = '\0';
        for (char *p = text; *p != '\0'; p++)
                *p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
        return text;
}

static char *thumbprint(const X509 *certificate, const EVP_MD *digest)
{
        unsigned char bytes[EVP_MAX_MD_SIZE];
        unsigned n = 0;

        return X509_digest(certificate, digest, bytes, &n) == 1 ? base64url(bytes, n) : NULL;
}

static int add_x5c(json_t *list, X509 *certificate)
{
        unsigned char *der = NULL;
        int n = i2d_X509(certificate, &der), r = -ENOMEM;
        char *text = n > 0 ? calloc(1, ((size_t)n + 2) / 3 * 4 + 1) : NULL;

        if (text) {
                (void)EVP_EncodeBlock((unsigned char *)text, der, n);
                r = json_array_append_new(list, json_string(text));
        }
        free(text);
        OPENSSL_free(der);
        return r;
}

static int write_key(EVP_PKEY *key, char **ret)
{
        _cleanup_(BIO_freep) BIO *bio = BIO_new(BIO_s_secmem());
        char *data = NULL;
        long n;

        if (!bio || PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
                return -ENOMEM;
        n = BIO_get_mem_data(bio, &data);
        *ret = n > 0 ? strndup(data, (size_t)n) : NULL;
        return *ret ? 0 : -ENOMEM;
}

/* 0 for an end that cannot be read: Entra judges it in any case. */
static uint64_t end_of(const X509 *certificate)
{
        struct tm tm = { 0 };
        time_t end = -1;

        if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) == 1)
                end = timegm(&tm);
        return end > 0 ? (uint64_t)end * USEC_PER_SEC : 0;
}

static int assemble(struct azure_certificate *ret, struct contents *c, const char *path,
                    struct error *err)
{
        char what[256];
        int r = pair_up(c, path, err);

        if (r < 0)
                return r;
        ret->x5t = thumbprint(c->certificates[0], EVP_sha1());
        ret->x5t_s256 = thumbprint(c->certificates[0], EVP_sha256());
        ret->x5c = json_array();
        for (size_t i = 0; r == 0 && i < c->n_certificates; i++)
                r = add_x5c(ret->x5c, c->certificates[i]);
        if (r < 0 || !ret->x5t || !ret->x5t_s256 || write_key(c->key, &ret->key) < 0)
                return error_oom(err);
        ret->expires_usec = end_of(c->certificates[0]);
        (void)snprintf(what, sizeof(what), "the private key in %.200s", path);
        return jwt_key_check(ret->key, what, err);
}

int azure_certificate_read(struct azure_certificate *ret, const char *path, const char *password,
                           struct error *err)
{
        struct azure_certificate made = { 0 };
        struct contents c = { 0 };
        unsigned char *bytes = NULL;
        size_t n = 0;
        int r = read_bytes(path, &bytes, &n, err);

        if (r < 0 || !bytes)
                return r;
        if (memmem(bytes, n, "-----BEGIN ", 11))
                r = read_pem(&c, path, bytes, n, password, err);
        else
                r = read_pkcs12(&c, path, bytes, n, password, err);
        if (r == 0)
                r = assemble(&made, &c, path, err);
        explicit_bzero(bytes, n);
        free(bytes);
        contents_done(&c);
        if (r < 0) {
                azure_certificate_done(&made);
                return r;
        }
        *ret = made;
        return 0;
}

void azure_certificate_done(struct azure_certificate *c)
{
        secret_free(c->key);
        free(c->x5t);
        free(c->x5t_s256);
        json_decref(c->x5c);
        *c = (struct azure_certificate){ 0 };
}
