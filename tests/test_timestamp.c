#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/timestamp.h"

/* An authority of its own, whose clock says what a test wants. */
enum { YEAR_SECONDS = 365 * 24 * 3600, STAMPED_AT = 1790000000 };

static const char data[] = "{\"name\": \"2026-11-26T041500Z\"}";

struct authority {
        EVP_PKEY *root_key, *key;
        X509 *root, *certificate;
        char ca_file[32];
        long clock_seconds;
};

static X509 *certificate_of(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key,
                            long from_seconds, long until_seconds)
{
        X509 *c = X509_new();
        X509_NAME *subject = X509_NAME_new();
        X509V3_CTX ctx;
        const char *usage = issuer ? "critical,timeStamping" : NULL;

        assert_int_equal(X509_set_version(c, 2), 1);
        assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(c), issuer ? 2 : 1), 1);
        assert_non_null(ASN1_TIME_set(X509_getm_notBefore(c), from_seconds));
        assert_non_null(ASN1_TIME_set(X509_getm_notAfter(c), until_seconds));
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1,
                                   0);
        X509_set_subject_name(c, subject);
        X509_set_issuer_name(c, issuer ? X509_get_subject_name(issuer) : subject);
        X509_set_pubkey(c, key);
        X509V3_set_ctx(&ctx, issuer ? issuer : c, c, NULL, NULL, 0);
        for (int i = 0; i < 2; i++) {
                X509_EXTENSION *e =
                        i == 0  ? X509V3_EXT_conf_nid(NULL, &ctx, NID_basic_constraints,
                                                     usage ? "critical,CA:FALSE"
                                                            : "critical,CA:TRUE")
                        : usage ? X509V3_EXT_conf_nid(NULL, &ctx, NID_ext_key_usage, usage)
                                : NULL;

                if (e)
                        X509_add_ext(c, e, -1);
                X509_EXTENSION_free(e);
        }
        assert_true(X509_sign(c, issuer ? issuer_key : key, EVP_sha256()) > 0);
        X509_NAME_free(subject);
        return c;
}

static int setup(void **state)
{
        struct authority *a = calloc(1, sizeof(*a));
        FILE *f;

        assert_non_null(a);
        a->root_key = EVP_EC_gen("P-256");
        a->key = EVP_EC_gen("P-256");
        a->root = certificate_of("Root, of tests", a->root_key, NULL, NULL,
                                 STAMPED_AT - YEAR_SECONDS, STAMPED_AT + 20L * YEAR_SECONDS);
        /* so short-lived that it has expired before or after the test, whenever that runs */
        a->certificate = certificate_of("Authority", a->key, a->root, a->root_key,
                                        STAMPED_AT - 3600, STAMPED_AT + 3600);
        a->clock_seconds = STAMPED_AT;
        (void)snprintf(a->ca_file, sizeof(a->ca_file), "/tmp/test-ca-XXXXXX");
        f = fdopen(mkstemp(a->ca_file), "w");
        assert_non_null(f);
        assert_int_equal(PEM_write_X509(f, a->root), 1);
        (void)fclose(f);
        *state = a;
        return 0;
}

static int teardown(void **state)
{
        struct authority *a = *state;

        (void)unlink(a->ca_file);
        X509_free(a->certificate);
        X509_free(a->root);
        EVP_PKEY_free(a->key);
        EVP_PKEY_free(a->root_key);
        free(a);
        return 0;
}

static ASN1_INTEGER *next_serial(struct TS_resp_ctx *ctx, void *user)
{
        ASN1_INTEGER *serial = ASN1_INTEGER_new();

        ASN1_INTEGER_set(serial, 7);
        return serial;
}

static int own_time(struct TS_resp_ctx *ctx, void *user, long *seconds, long *usec)
{
        const struct authority *a = user;

        *seconds = a->clock_seconds;
        *usec = 0;
        return 1;
}

/* What the authority answers: DER that the caller frees. */
static unsigned char *stamp(struct authority *a, const unsigned char *query, size_t n,
                            const EVP_MD *accepted, size_t *ret_bytes)
{
        TS_RESP_CTX *ctx = TS_RESP_CTX_new();
        BIO *in = BIO_new_mem_buf(query, (int)n);
        ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4.1", 1);
        unsigned char *der = NULL;
        TS_RESP *reply;
        int bytes;

        TS_RESP_CTX_set_serial_cb(ctx, next_serial, NULL);
        TS_RESP_CTX_set_time_cb(ctx, own_time, a);
        TS_RESP_CTX_set_signer_cert(ctx, a->certificate);
        TS_RESP_CTX_set_signer_key(ctx, a->key);
        TS_RESP_CTX_set_signer_digest(ctx, EVP_sha256());
        TS_RESP_CTX_set_ess_cert_id_digest(ctx, EVP_sha256());
        TS_RESP_CTX_set_def_policy(ctx, policy);
        TS_RESP_CTX_add_md(ctx, accepted);
        reply = TS_RESP_create_response(ctx, in);
        assert_non_null(reply);
        bytes = i2d_TS_RESP(reply, &der);
        assert_true(bytes > 0);
        TS_RESP_free(reply);
        ASN1_OBJECT_free(policy);
        BIO_free(in);
        TS_RESP_CTX_free(ctx);
        *ret_bytes = (size_t)bytes;
        return der;
}

struct round {
        struct timestamp_query *query;
        unsigned char *der;
        size_t n;
};

static struct round asked(struct authority *a, const EVP_MD *accepted)
{
        struct round r = { 0 };
        const unsigned char *query;
        size_t n;

        assert_int_equal(timestamp_query_new(&r.query, data, strlen(data), NULL), 0);
        query = timestamp_query_der(r.query, &n);
        r.der = stamp(a, query, n, accepted, &r.n);
        return r;
}

static void round_done(struct round *r)
{
        timestamp_query_free(r->query);
        OPENSSL_free(r->der);
}

static int verify(const struct authority *a, const struct round *r, struct timestamp_check *check,
                  struct error *err)
{
        *check = (struct timestamp_check){
                .data = data, .data_bytes = strlen(data), .query = r->query, .ca_file = a->ca_file
        };
        return timestamp_verify(check, r->der, r->n, err);
}

/* Whenever the test runs: the certificate was valid when it stamped, and that counts. */
static void timestamp_holds_at_the_time_it_says(void **state)
{
        struct authority *a = *state;
        struct round r = asked(a, EVP_sha256());
        struct timestamp_check check;
        struct error err = { 0 };

        assert_int_equal(verify(a, &r, &check, &err), 0);
        assert_int_equal(check.time_usec / 1000000, STAMPED_AT);
        assert_string_equal(check.authority, "CN=Authority");
        check = (struct timestamp_check){ .data = data, .data_bytes = strlen(data) };
        assert_int_equal(timestamp_verify(&check, r.der, r.n, &err),
                         0); /* kept, by nobody's word */
        round_done(&r);
}

static void timestamp_by_an_expired_authority_does_not(void **state)
{
        static const struct {
                long clock_seconds;
                const char *what;
        } cases[] = { { STAMPED_AT + 7200, "has expired" },
                      { STAMPED_AT - 7200, "not yet valid" } };
        struct authority *a = *state;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct timestamp_check check;
                struct error err = { 0 };
                struct round r;

                a->clock_seconds = cases[i].clock_seconds;
                r = asked(a, EVP_sha256());
                assert_int_equal(verify(a, &r, &check, &err), -EBADMSG);
                assert_non_null(strstr(err.text, cases[i].what));
                /* nor when nobody is asked to vouch for it */
                check = (struct timestamp_check){ .data = data, .data_bytes = strlen(data) };
                assert_int_equal(timestamp_verify(&check, r.der, r.n, NULL), -EBADMSG);
                round_done(&r);
        }
        a->clock_seconds = STAMPED_AT;
}

static void timestamp_of_other_bytes_does_not(void **state)
{
        struct authority *a = *state;
        struct round r = asked(a, EVP_sha256());
        struct timestamp_check check = { .data = "x", .data_bytes = 1, .ca_file = a->ca_file };
        struct error err = { 0 };

        assert_int_equal(timestamp_verify(&check, r.der, r.n, &err), -EBADMSG);
        assert_non_null(strstr(err.text, "other bytes"));
        round_done(&r);
}

static void timestamp_of_another_question_does_not(void **state)
{
        struct authority *a = *state;
        struct round r = asked(a, EVP_sha256()), later = asked(a, EVP_sha256());
        struct timestamp_check check;
        struct error err = { 0 };

        OPENSSL_free(later.der);
        later.der = r.der;
        later.n = r.n;
        assert_int_equal(verify(a, &later, &check, &err), -EBADMSG);
        assert_non_null(strstr(err.text, "another question"));
        later.der = NULL;
        round_done(&later);
        round_done(&r);
}

static void timestamp_refusal_says_why(void **state)
{
        struct authority *a = *state;
        struct round r = asked(a, EVP_sha512());
        struct timestamp_check check;
        struct error err = { 0 };

        assert_int_equal(verify(a, &r, &check, &err), -EBADMSG);
        assert_non_null(strstr(err.text, "it does not take SHA-256"));
        round_done(&r);
}

/* Whatever byte is lost or changed, it is no stamp: nothing crashes, nothing is taken. */
static void timestamp_no_byte_of_it_may_change(void **state)
{
        struct authority *a = *state;
        struct round r = asked(a, EVP_sha256());
        struct timestamp_check check;

        for (size_t n = 0; n < r.n; n++) {
                struct round cut = { .query = r.query, .der = r.der, .n = n };

                assert_int_equal(verify(a, &cut, &check, NULL), -EBADMSG);
        }
        for (size_t i = 0; i < r.n; i++) {
                unsigned char kept = r.der[i];
                int result;

                r.der[i] ^= 0x55;
                result = verify(a, &r, &check, NULL);
                r.der[i] = kept;
                if (result == 0 && check.time_usec / 1000000 != STAMPED_AT)
                        fail_msg("byte %zu of %zu may change", i, r.n);
        }
        round_done(&r);
}

static void timestamp_trust_has_to_be_there(void **state)
{
        struct error err = { 0 };

        assert_int_equal(timestamp_check_ca("/nowhere.pem", &err), -EINVAL);
        assert_non_null(strstr(err.text, "/nowhere.pem"));
        assert_int_equal(timestamp_check_ca("config/vigie.yaml", NULL), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(timestamp_holds_at_the_time_it_says),
                cmocka_unit_test(timestamp_by_an_expired_authority_does_not),
                cmocka_unit_test(timestamp_of_other_bytes_does_not),
                cmocka_unit_test(timestamp_of_another_question_does_not),
                cmocka_unit_test(timestamp_refusal_says_why),
                cmocka_unit_test(timestamp_no_byte_of_it_may_change),
                cmocka_unit_test(timestamp_trust_has_to_be_there),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
