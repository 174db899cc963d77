#include "daemon/store/timestamp.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

enum { NONCE_BYTES = 8, QUERY_VERSION = 1, STATUS_TEXT_MAX = 160, REASON_MAX = 256 };

DEFINE_CLEANUP(BIO *, BIO_free);
DEFINE_CLEANUP(BIGNUM *, BN_free);
DEFINE_CLEANUP(ASN1_INTEGER *, ASN1_INTEGER_free);
DEFINE_CLEANUP(TS_MSG_IMPRINT *, TS_MSG_IMPRINT_free);
DEFINE_CLEANUP(TS_RESP *, TS_RESP_free);
DEFINE_CLEANUP(TS_VERIFY_CTX *, TS_VERIFY_CTX_free);
DEFINE_CLEANUP(X509_ALGOR *, X509_ALGOR_free);
DEFINE_CLEANUP(X509_STORE *, X509_STORE_free);

struct timestamp_query {
        TS_REQ *request;
        unsigned char *der;
        int der_bytes;
};

/* ---- asking ------------------------------------------------------------------------------------
 */

struct timestamp_query *timestamp_query_free(struct timestamp_query *q)
{
        if (!q)
                return NULL;
        TS_REQ_free(q->request);
        OPENSSL_free(q->der);
        free(q);
        return NULL;
}

const unsigned char *timestamp_query_der(const struct timestamp_query *q, size_t *ret_bytes)
{
        *ret_bytes = (size_t)q->der_bytes;
        return q->der;
}

static int set_imprint(TS_REQ *request, const void *data, size_t size_bytes, struct error *err)
{
        _cleanup_(TS_MSG_IMPRINT_freep) TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
        _cleanup_(X509_ALGOR_freep) X509_ALGOR *algorithm = X509_ALGOR_new();
        unsigned char digest[SHA256_BYTES];

        digest_sha256(data, size_bytes, digest);
        if (!imprint || !algorithm ||
            X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) != 1 ||
            TS_MSG_IMPRINT_set_algo(imprint, algorithm) != 1 ||
            TS_MSG_IMPRINT_set_msg(imprint, digest, sizeof(digest)) != 1 ||
            TS_REQ_set_msg_imprint(request, imprint) != 1)
                return error_oom(err);
        return 0;
}

static int set_nonce(TS_REQ *request, struct error *err)
{
        unsigned char bytes[NONCE_BYTES];
        _cleanup_(BN_freep) BIGNUM *number = NULL;
        _cleanup_(ASN1_INTEGER_freep) ASN1_INTEGER *nonce = NULL;

        if (RAND_bytes(bytes, sizeof(bytes)) != 1)
                return error_set(err, -EIO, "time stamp: OpenSSL has no random numbers");
        bytes[0] |= 0x80; /* none of it is lost as a leading zero */
        number = BN_bin2bn(bytes, sizeof(bytes), NULL);
        nonce = number ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
        return nonce && TS_REQ_set_nonce(request, nonce) == 1 ? 0 : error_oom(err);
}

int timestamp_query_new(struct timestamp_query **ret, const void *data, size_t size_bytes,
                        struct error *err)
{
        _cleanup_(timestamp_query_freep) struct timestamp_query *q = calloc(1, sizeof(*q));
        int r;

        if (!q || !(q->request = TS_REQ_new()) ||
            TS_REQ_set_version(q->request, QUERY_VERSION) != 1 ||
            TS_REQ_set_cert_req(q->request, 1) != 1)
                return error_oom(err);
        r = set_imprint(q->request, data, size_bytes, err);
        if (r == 0)
                r = set_nonce(q->request, err);
        if (r < 0)
                return r;
        q->der_bytes = i2d_TS_REQ(q->request, &q->der);
        if (q->der_bytes <= 0)
                return error_oom(err);
        *ret = TAKE_PTR(q);
        return 0;
}

/* ---- what a reply says -------------------------------------------------------------------------
 */

/* The authority's own words, as far as they can stand in a log. */
static void copy_status_text(const TS_STATUS_INFO *status, char to[static STATUS_TEXT_MAX])
{
        const STACK_OF(ASN1_UTF8STRING) *texts = TS_STATUS_INFO_get0_text(status);
        const ASN1_UTF8STRING *text = texts ? sk_ASN1_UTF8STRING_value(texts, 0) : NULL;
        const unsigned char *from = text ? ASN1_STRING_get0_data(text) : NULL;
        size_t n = text ? (size_t)ASN1_STRING_length(text) : 0, i;

        for (i = 0; i < n && i + 1 < STATUS_TEXT_MAX; i++)
                to[i] = from[i] >= ' ' && from[i] < 0x7f ? (char)from[i] : '?';
        to[i] = '\0';
}

static const char *failure_words(const TS_STATUS_INFO *status)
{
        static const struct {
                int bit;
                const char *words;
        } failures[] = {
                { TS_INFO_BAD_ALG, "it does not take SHA-256" },
                { TS_INFO_BAD_REQUEST, "bad request" },
                { TS_INFO_BAD_DATA_FORMAT, "bad data format" },
                { TS_INFO_TIME_NOT_AVAILABLE, "it has no time" },
                { TS_INFO_UNACCEPTED_POLICY, "policy not accepted" },
                { TS_INFO_UNACCEPTED_EXTENSION, "extension not accepted" },
                { TS_INFO_ADD_INFO_NOT_AVAILABLE, "information not available" },
                { TS_INFO_SYSTEM_FAILURE, "system failure" },
        };
        const ASN1_BIT_STRING *bits = TS_STATUS_INFO_get0_failure_info(status);

        for (size_t i = 0; bits && i < ELEMENTSOF(failures); i++)
                if (ASN1_BIT_STRING_get_bit(bits, failures[i].bit))
                        return failures[i].words;
        return "no reason given";
}

static int check_status(TS_RESP *reply, struct error *err)
{
        const TS_STATUS_INFO *status = TS_RESP_get_status_info(reply);
        long code = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(status));
        char text[STATUS_TEXT_MAX];

        if (code == TS_STATUS_GRANTED || code == TS_STATUS_GRANTED_WITH_MODS)
                return 0;
        copy_status_text(status, text);
        return error_set(err, -EBADMSG, "the authority refuses (status %ld): %s%s%s%s", code,
                         failure_words(status), *text ? " (\"" : "", text, *text ? "\")" : "");
}

/* An imprint by a digest of an earlier age would prove nothing of these bytes. */
static int check_imprint_algorithm(TS_TST_INFO *info, struct error *err)
{
        TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
        const ASN1_OBJECT *algorithm = NULL;

        X509_ALGOR_get0(&algorithm, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
        return OBJ_obj2nid(algorithm) == NID_sha256
                       ? 0
                       : error_set(err, -EBADMSG, "it is of another digest than SHA-256");
}

static int read_time(TS_TST_INFO *info, uint64_t *ret_usec, struct error *err)
{
        struct tm tm = { 0 };
        time_t seconds;

        if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &tm) != 1)
                return error_set(err, -EBADMSG, "its time cannot be read");
        seconds = timegm(&tm);
        if (seconds < 0)
                return error_set(err, -EBADMSG, "its time cannot be read");
        *ret_usec = (uint64_t)seconds * 1000000;
        return 0;
}

static int read_reply(TS_RESP **ret, const void *der, size_t size_bytes, struct error *err)
{
        const unsigned char *at = der;
        _cleanup_(TS_RESP_freep) TS_RESP *reply = d2i_TS_RESP(NULL, &at, (long)size_bytes);

        ERR_clear_error();
        if (!reply || at != (const unsigned char *)der + size_bytes)
                return error_set(err, -EBADMSG, "no time stamp (RFC 3161) at all");
        *ret = TAKE_PTR(reply);
        return 0;
}

/* ---- whom to believe ---------------------------------------------------------------------------
 */

static X509 *signer_of(TS_RESP *reply, STACK_OF(X509) * *ret_signers)
{
        *ret_signers = PKCS7_get0_signers(TS_RESP_get_token(reply), NULL, 0);
        return *ret_signers ? sk_X509_value(*ret_signers, 0) : NULL;
}

static void copy_authority(X509 *signer, char to[static TIMESTAMP_AUTHORITY_MAX])
{
        _cleanup_(BIO_freep) BIO *bio = BIO_new(BIO_s_mem());
        char *text = NULL;
        long n;

        /* RFC 2253 escapes what has no place in a line */
        if (!bio || X509_NAME_print_ex(bio, X509_get_subject_name(signer), 0, XN_FLAG_RFC2253) < 0)
                return;
        n = BIO_get_mem_data(bio, &text);
        (void)snprintf(to, TIMESTAMP_AUTHORITY_MAX, "%.*s", (int)(n > 0 ? n : 0), text ? text : "");
}

static int load_trust(X509_STORE *store, const char *ca_file, struct error *err)
{
        if (X509_STORE_load_file(store, ca_file) == 1)
                return 0;
        ERR_clear_error();
        return error_set(err, -EINVAL, "%s: no certificates in PEM that can be read", ca_file);
}

int timestamp_check_ca(const char *ca_file, struct error *err)
{
        _cleanup_(X509_STORE_freep) X509_STORE *store = X509_STORE_new();

        return store ? load_trust(store, ca_file, err) : error_oom(err);
}

/* Whom to believe at the time that was stamped: a certificate that has expired since is no fault of
 * the stamp. */
static int open_trust(X509_STORE **ret, const struct timestamp_check *check, X509 *signer,
                      struct error *err)
{
        _cleanup_(X509_STORE_freep) X509_STORE *store = X509_STORE_new();
        int r = 0;

        if (!store)
                return error_oom(err);
        X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store),
                                   (time_t)(check->time_usec / 1000000));
        if (check->ca_file)
                r = load_trust(store, check->ca_file, err);
        else if (X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) != 1 ||
                 X509_STORE_add_cert(store, signer) != 1)
                r = error_oom(err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(store);
        return 0;
}

/* ---- checking ----------------------------------------------------------------------------------
 */

/* What OpenSSL found first, in words where they are known. */
static void copy_reason(char to[static REASON_MAX])
{
        static const struct {
                int reason;
                const char *words;
        } known[] = {
                { TS_R_MESSAGE_IMPRINT_MISMATCH, "it is of other bytes than these" },
                { TS_R_NONCE_MISMATCH, "it answers another question (nonce)" },
                { TS_R_NONCE_NOT_RETURNED, "it answers no question (nonce)" },
                { TS_R_SIGNATURE_FAILURE, "its signature is wrong" },
                { TS_R_CERTIFICATE_VERIFY_ERROR, "its authority is not believed" },
        };
        const char *data = NULL, *words = NULL;
        int flags = 0;
        unsigned long code = ERR_peek_error_all(NULL, NULL, NULL, &data, &flags);

        for (size_t i = 0; i < ELEMENTSOF(known); i++)
                if (ERR_GET_LIB(code) == ERR_LIB_TS && ERR_GET_REASON(code) == known[i].reason)
                        words = known[i].words;
        if (!words)
                words = ERR_reason_error_string(code);
        (void)snprintf(to, REASON_MAX, "%s%s%s", words ? words : "OpenSSL refuses it",
                       data && *data && (flags & ERR_TXT_STRING) ? ": " : "",
                       data && (flags & ERR_TXT_STRING) ? data : "");
        ERR_clear_error();
}

/* Takes the store. */
static TS_VERIFY_CTX *verify_context(const struct timestamp_check *check, X509_STORE *store_take)
{
        _cleanup_(TS_VERIFY_CTX_freep) TS_VERIFY_CTX *ctx = TS_VERIFY_CTX_new();
        _cleanup_(BIO_freep) BIO *data = BIO_new_mem_buf(check->data, (int)check->data_bytes);

        if (!ctx || !data ||
            (check->query && !TS_REQ_to_TS_VERIFY_CTX(check->query->request, ctx))) {
                X509_STORE_free(store_take);
                return NULL;
        }
        (void)TS_VERIFY_CTX_add_flags(ctx, TS_VFY_VERSION | TS_VFY_DATA | TS_VFY_SIGNER |
                                                   TS_VFY_SIGNATURE);
        (void)TS_VERIFY_CTX_set_data(ctx, TAKE_PTR(data));
        (void)TS_VERIFY_CTX_set_store(ctx, store_take);
        return TAKE_PTR(ctx);
}

static int verify_reply(const struct timestamp_check *check, TS_RESP *reply, X509 *signer,
                        struct error *err)
{
        _cleanup_(TS_VERIFY_CTX_freep) TS_VERIFY_CTX *ctx = NULL;
        X509_STORE *store = NULL;
        char reason[REASON_MAX];
        int r = open_trust(&store, check, signer, err);

        if (r < 0)
                return r;
        ctx = verify_context(check, store);
        if (!ctx)
                return error_oom(err);
        ERR_clear_error();
        if (TS_RESP_verify_response(ctx, reply) == 1)
                return 0;
        copy_reason(reason);
        return error_set(err, -EBADMSG, "%s", reason);
}

int timestamp_verify(struct timestamp_check *check, const void *der, size_t size_bytes,
                     struct error *err)
{
        _cleanup_(TS_RESP_freep) TS_RESP *reply = NULL;
        STACK_OF(X509) *signers = NULL;
        TS_TST_INFO *info;
        X509 *signer;
        int r = read_reply(&reply, der, size_bytes, err);

        if (r == 0)
                r = check_status(reply, err);
        if (r < 0)
                return r;
        info = TS_RESP_get_tst_info(reply);
        signer = info ? signer_of(reply, &signers) : NULL;
        ERR_clear_error();
        if (!signer)
                r = error_set(err, -EBADMSG, "it has no certificate of who signed it");
        if (r == 0)
                r = check_imprint_algorithm(info, err);
        if (r == 0)
                r = read_time(info, &check->time_usec, err);
        if (r == 0)
                r = verify_reply(check, reply, signer, err);
        if (r == 0)
                copy_authority(signer, check->authority);
        sk_X509_free(signers);
        return r;
}
