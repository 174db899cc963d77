#include "daemon/store/signature.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <sys/stat.h>

struct signing_key {
        EVP_PKEY *key;
        char *public_pem;
};

DEFINE_CLEANUP(BIO *, BIO_free);
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);
DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free);

struct signing_key *signing_key_free(struct signing_key *key)
{
        if (!key)
                return NULL;
        EVP_PKEY_free(key->key); /* wipes the private half */
        free(key->public_pem);
        free(key);
        return NULL;
}

/* Without it OpenSSL asks for the passphrase on the terminal, and waits. */
static int no_passphrase(char *to, int size, int writing, void *user)
{
        return -1;
}

static int take_public(struct signing_key *key, struct error *err)
{
        _cleanup_(BIO_freep) BIO *bio = BIO_new(BIO_s_mem());
        char *data;
        long n;

        if (!bio || PEM_write_bio_PUBKEY(bio, key->key) != 1)
                return error_oom(err);
        n = BIO_get_mem_data(bio, &data);
        key->public_pem = n > 0 ? strndup(data, (size_t)n) : NULL;
        return key->public_pem ? 0 : error_oom(err);
}

/* ---- making ------------------------------------------------------------------------------------
 */

/* Beside its place first: who is interrupted leaves no half of a key behind. */
static int write_key(EVP_PKEY *key, const char *path, struct error *err)
{
        _cleanup_(freep) char *temporary = NULL;
        FILE *f;
        bool failed;
        int fd;

        if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
                temporary = NULL;
                return error_oom(err);
        }
        fd = mkostemp(temporary, O_CLOEXEC); /* 0600 */
        f = fd < 0 ? NULL : fdopen(fd, "w");
        if (!f) {
                int r = error_set(err, -errno, "signing key %s: %s", path, strerror(errno));

                if (fd >= 0)
                        (void)close(fd);
                return r;
        }
        failed = PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) != 1 || fflush(f) != 0 ||
                 fsync(fd) < 0;
        failed = fclose(f) != 0 || failed;
        /* link() and not rename(): of two that make one at the same time, the first one's stays */
        if (failed || (link(temporary, path) < 0 && errno != EEXIST)) {
                int r = error_set(err, errno ? -errno : -EIO, "signing key %s: %s", path,
                                  strerror(errno));

                (void)unlink(temporary);
                return r;
        }
        (void)unlink(temporary);
        return 0;
}

static int make_key(const char *path, struct error *err)
{
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

        if (!key)
                return error_set(err, -EIO, "signing key %s: OpenSSL makes none", path);
        return write_key(key, path, err);
}

/* ---- reading -----------------------------------------------------------------------------------
 */

static int check_mode(FILE *f, const char *path, struct error *err)
{
        struct stat st;

        if (fstat(fileno(f), &st) < 0)
                return error_set(err, -errno, "signing key %s: %s", path, strerror(errno));
        if (!S_ISREG(st.st_mode))
                return error_set(err, -EINVAL, "signing key %s is no file", path);
        if (st.st_mode & 077)
                return error_set(err, -EPERM,
                                 "signing key %s may be read by others (mode %04o): make a new one "
                                 "if they could, then chmod 600",
                                 path, (unsigned)(st.st_mode & 07777));
        return 0;
}

static int read_key(struct signing_key *key, const char *path, struct error *err)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        _cleanup_(fclosep) FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
        int r;

        if (!f)
                return error_set(err, -errno, "signing key %s: %s", path, strerror(errno));
        r = check_mode(f, path, err);
        if (r < 0)
                return r;
        key->key = PEM_read_PrivateKey(f, NULL, no_passphrase, NULL);
        ERR_clear_error();
        if (!key->key || EVP_PKEY_base_id(key->key) != EVP_PKEY_ED25519)
                return error_set(err, -EINVAL,
                                 "signing key %s is no Ed25519 private key in PEM without "
                                 "passphrase (openssl genpkey -algorithm ed25519 makes one)",
                                 path);
        return take_public(key, err);
}

int signing_key_load(struct signing_key **ret, const char *path, bool make, struct error *err)
{
        _cleanup_(signing_key_freep) struct signing_key *key = calloc(1, sizeof(*key));
        int r = 0;

        if (!key)
                return error_oom(err);
        if (make && access(path, F_OK) < 0 && errno == ENOENT)
                r = make_key(path, err);
        if (r == 0)
                r = read_key(key, path, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(key);
        return 0;
}

const char *signing_key_public(const struct signing_key *key)
{
        return key->public_pem;
}

/* ---- signing -----------------------------------------------------------------------------------
 */

int signing_key_sign(const struct signing_key *key, const void *data, size_t size_bytes,
                     unsigned char signature[static SIGNATURE_BYTES], struct error *err)
{
        _cleanup_(EVP_MD_CTX_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        size_t n = SIGNATURE_BYTES;

        if (!ctx || EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->key) != 1 ||
            EVP_DigestSign(ctx, signature, &n, data, size_bytes) != 1 || n != SIGNATURE_BYTES)
                return error_set(err, -EIO, "signing: OpenSSL refuses");
        return 0;
}

static int read_public(const char *public_pem, EVP_PKEY **ret, struct error *err)
{
        _cleanup_(BIO_freep) BIO *bio = BIO_new_mem_buf(public_pem, -1);

        if (!bio)
                return error_oom(err);
        *ret = PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);
        ERR_clear_error();
        if (!*ret || EVP_PKEY_base_id(*ret) != EVP_PKEY_ED25519) {
                EVP_PKEY_free(TAKE_PTR(*ret));
                return error_set(err, -EINVAL, "no Ed25519 public key in PEM");
        }
        return 0;
}

int signature_fingerprint(const char *public_pem, char hex[static SHA256_HEX_MAX],
                          struct error *err)
{
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
        unsigned char *der = NULL;
        int n, r = read_public(public_pem, &key, err);

        if (r < 0)
                return r;
        n = i2d_PUBKEY(key, &der);
        if (n <= 0)
                return error_oom(err);
        (void)digest_sha256_hex(der, (size_t)n, hex);
        OPENSSL_free(der);
        return 0;
}

int signature_verify(const char *public_pem, const void *data, size_t size_bytes,
                     const unsigned char *signature, size_t signature_bytes, struct error *err)
{
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
        _cleanup_(EVP_MD_CTX_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        int r = read_public(public_pem, &key, err);

        if (r < 0)
                return r;
        if (!ctx || EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) != 1)
                return error_oom(err);
        r = EVP_DigestVerify(ctx, signature, signature_bytes, data, size_bytes);
        ERR_clear_error();
        return r == 1 ? 0 : error_set(err, -EBADMSG, "the signature is not this key's");
}
