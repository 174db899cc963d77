#include "tests/cloudsim/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/x509.h>
#include <string.h>
#include <time.h>

enum { NAMES_MAX = 4096, LIFETIME_SECONDS = 30 * 24 * 3600, PAST_SECONDS = 2 * 24 * 3600 };

struct name {
        char *name;
        gnutls_pcert_st cert;
};

struct tls {
        gnutls_x509_privkey_t ca_key, key;
        gnutls_x509_crt_t ca;
        gnutls_privkey_t leaf; /* one key serves all names */
        struct name *names[NAMES_MAX];
        size_t n_names;
};

struct tls *tls_free(struct tls *t)
{
        if (!t)
                return NULL;
        for (size_t i = 0; i < t->n_names; i++) {
                gnutls_pcert_deinit(&t->names[i]->cert);
                free(t->names[i]->name);
                free(t->names[i]);
        }
        if (t->leaf)
                gnutls_privkey_deinit(t->leaf);
        if (t->ca)
                gnutls_x509_crt_deinit(t->ca);
        if (t->key)
                gnutls_x509_privkey_deinit(t->key);
        if (t->ca_key)
                gnutls_x509_privkey_deinit(t->ca_key);
        free(t);
        return NULL;
}

static int make_key(gnutls_x509_privkey_t *ret)
{
        int r = gnutls_x509_privkey_init(ret);

        return r < 0 ? r
                     : gnutls_x509_privkey_generate(
                               *ret, GNUTLS_PK_ECDSA,
                               GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
}

/* What authority and leaves have in common. */
static int make_certificate(gnutls_x509_crt_t *ret, gnutls_x509_privkey_t key, const char *name,
                            size_t serial)
{
        unsigned char number[8] = { 1 };
        time_t now = time(NULL);
        int r = gnutls_x509_crt_init(ret);

        for (size_t i = 7; i > 0; i--, serial >>= 8)
                number[i] = (unsigned char)(serial & 0xff);
        if (r >= 0)
                r = gnutls_x509_crt_set_version(*ret, 3);
        if (r >= 0)
                r = gnutls_x509_crt_set_serial(*ret, number, sizeof(number));
        if (r >= 0)
                r = gnutls_x509_crt_set_activation_time(*ret, now - PAST_SECONDS);
        if (r >= 0)
                r = gnutls_x509_crt_set_expiration_time(*ret, now + LIFETIME_SECONDS);
        if (r >= 0)
                r = gnutls_x509_crt_set_dn_by_oid(*ret, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                                  (unsigned)strlen(name));
        return r < 0 ? r : gnutls_x509_crt_set_key(*ret, key);
}

static int make_authority(struct tls *t)
{
        int r = make_certificate(&t->ca, t->ca_key, "cloudsim throw-away CA", 1);

        if (r >= 0)
                r = gnutls_x509_crt_set_basic_constraints(t->ca, 1, 0);
        if (r >= 0)
                r = gnutls_x509_crt_set_key_usage(t->ca,
                                                  GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
        return r < 0 ? r : gnutls_x509_crt_sign2(t->ca, t->ca, t->ca_key, GNUTLS_DIG_SHA256, 0);
}

static int write_authority(const struct tls *t, const char *dir, struct error *err)
{
        _cleanup_(freep) char *path = NULL;
        gnutls_datum_t pem = { 0 };
        FILE *f;
        int r = 0;

        if (asprintf(&path, "%s/ca.pem", dir) < 0) {
                path = NULL;
                return error_oom(err);
        }
        if (gnutls_x509_crt_export2(t->ca, GNUTLS_X509_FMT_PEM, &pem) < 0)
                return error_oom(err);
        f = fopen(path, "we");
        if (!f || fwrite(pem.data, 1, pem.size, f) != pem.size || fflush(f) != 0)
                r = error_set(err, -errno, "%s: %s", path, strerror(errno));
        if (f)
                (void)fclose(f);
        gnutls_free(pem.data);
        return r;
}

int tls_new(struct tls **ret, const char *dir, struct error *err)
{
        _cleanup_(tls_freep) struct tls *t = calloc(1, sizeof(*t));
        int r;

        if (!t)
                return error_oom(err);
        r = make_key(&t->ca_key);
        if (r >= 0)
                r = make_key(&t->key);
        if (r >= 0)
                r = make_authority(t);
        if (r >= 0)
                r = gnutls_privkey_init(&t->leaf);
        if (r >= 0)
                r = gnutls_privkey_import_x509(t->leaf, t->key, 0);
        if (r < 0)
                return error_set(err, -EIO, "cannot make certificates: %s", gnutls_strerror(r));
        r = write_authority(t, dir, err);
        if (r == 0)
                *ret = TAKE_PTR(t);
        return r;
}

static int set_names(gnutls_x509_crt_t crt, const char *name)
{
        struct in_addr loopback;
        int r = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name,
                                                     (unsigned)strlen(name), GNUTLS_FSAN_APPEND);

        if (r < 0 || strcmp(name, "localhost") != 0)
                return r;
        loopback.s_addr = htonl(INADDR_LOOPBACK);
        return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, &loopback,
                                                    sizeof(loopback), GNUTLS_FSAN_APPEND);
}

static int sign_leaf(struct tls *t, const char *name, gnutls_pcert_st *ret)
{
        gnutls_x509_crt_t crt = NULL;
        int r = make_certificate(&crt, t->key, "cloudsim", t->n_names + 2);

        if (r >= 0)
                r = set_names(crt, name);
        if (r >= 0)
                r = gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE);
        if (r >= 0)
                r = gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0);
        if (r >= 0)
                r = gnutls_x509_crt_sign2(crt, t->ca, t->ca_key, GNUTLS_DIG_SHA256, 0);
        if (r >= 0)
                r = gnutls_pcert_import_x509(ret, crt, 0);
        if (crt)
                gnutls_x509_crt_deinit(crt);
        return r;
}

int tls_certificate(struct tls *t, const char *name, gnutls_pcert_st **ret_cert,
                    gnutls_privkey_t *ret_key)
{
        struct name *fresh;

        if (!name)
                name = "localhost";
        *ret_key = t->leaf;
        for (size_t i = 0; i < t->n_names; i++)
                if (strcmp(t->names[i]->name, name) == 0) {
                        *ret_cert = &t->names[i]->cert;
                        return 0;
                }
        fresh = t->n_names < NAMES_MAX ? calloc(1, sizeof(*fresh)) : NULL;
        if (!fresh)
                return -ENOMEM;
        fresh->name = strdup(name);
        if (!fresh->name || sign_leaf(t, name, &fresh->cert) < 0) {
                free(fresh->name);
                free(fresh);
                return -ENOMEM;
        }
        t->names[t->n_names++] = fresh;
        *ret_cert = &fresh->cert;
        return 0;
}
