#include "tests/support/azure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>
#include <sys/stat.h>

enum { REPLY_BYTES_MAX = 1 << 20 };

extern char **environ;

int azure_test_enter(void **state)
{
        static const char *const prefixes[] = { "AZURE_",    "ARM_",           "IDENTITY_",
                                                "IMDS_ENDP", "MSI_",           "CREDENTIALS_DIR",
                                                "HOME=",     "XDG_CONFIG_HOME" };
        char home[] = "/tmp/vigie-test-XXXXXX";

        for (size_t i = 0; environ[i];) {
                char name[128];
                bool take = false;

                for (size_t k = 0; k < ELEMENTSOF(prefixes); k++)
                        take |= strncmp(environ[i], prefixes[k], strlen(prefixes[k])) == 0;
                (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(environ[i], "="),
                               environ[i]);
                if (take)
                        (void)unsetenv(name);
                else
                        i++;
        }
        if (!mkdtemp(home))
                return -1;
        return setenv("HOME", home, 1);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

int azure_test_leave(void **state)
{
        const char *home = getenv("HOME");

        if (!home || strncmp(home, "/tmp/vigie-test-", 16) != 0)
                return -1;
        return nftw(home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static FILE *create(const char *name, char path[static 512])
{
        FILE *file;

        (void)snprintf(path, 512, "%s/%s", getenv("HOME"), name);
        for (char *p = path + 1; (p = strchr(p, '/')); p++) {
                *p = '\0';
                (void)mkdir(path, 0700);
                *p = '/';
        }
        file = fopen(path, "we");
        assert_non_null(file);
        return file;
}

const char *azure_test_file(const char *name, const char *text)
{
        static char path[512];
        FILE *file = create(name, path);

        (void)fputs(text, file);
        (void)fclose(file);
        return path;
}

void azure_test_secret(void)
{
        (void)setenv("AZURE_TENANT_ID", AZURE_TEST_TENANT, 1);
        (void)setenv("AZURE_CLIENT_ID", AZURE_TEST_CLIENT, 1);
        (void)setenv("AZURE_CLIENT_SECRET", AZURE_TEST_SECRET, 1);
}

/* ---- certificates ---------------------------------------------------------------------------- */

static X509 *make_certificate(EVP_PKEY *key)
{
        X509 *x = X509_new();
        X509_NAME *name;

        assert_non_null(x);
        name = X509_get_subject_name(x);
        (void)X509_set_version(x, X509_VERSION_3);
        (void)ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
        (void)X509_gmtime_adj(X509_getm_notBefore(x), -3600);
        (void)X509_gmtime_adj(X509_getm_notAfter(x), 3600L * 24 * 365);
        (void)X509_set_pubkey(x, key);
        (void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                         (const unsigned char *)"vigie-test", -1, -1, 0);
        (void)X509_set_issuer_name(x, name);
        assert_true(X509_sign(x, key, EVP_sha256()) > 0);
        return x;
}

static void write_pem(const char *name, const char *ending, X509 *x, EVP_PKEY *key,
                      const char *password)
{
        char file[128], path[512];
        FILE *f;

        (void)snprintf(file, sizeof(file), "%s%s", name, ending);
        f = create(file, path);
        if (key)
                assert_int_equal(PEM_write_PKCS8PrivateKey(
                                         f, key, password ? EVP_aes_256_cbc() : NULL, password,
                                         password ? (int)strlen(password) : 0, NULL, NULL),
                                 1);
        if (x)
                assert_int_equal(PEM_write_X509(f, x), 1);
        (void)fclose(f);
}

void azure_test_certificate(const char *name, const char *password)
{
        EVP_PKEY *key = EVP_RSA_gen(2048);
        X509 *x = make_certificate(key);
        PKCS12 *p12 = PKCS12_create(password, "vigie", key, x, NULL, 0, 0, 0, 0, 0);
        char file[128], path[512];
        FILE *f;

        write_pem(name, ".pem", x, key, NULL);
        write_pem(name, ".locked.pem", x, key, password);
        write_pem(name, ".crt", x, NULL, NULL);
        write_pem(name, ".key", NULL, key, NULL);
        (void)snprintf(file, sizeof(file), "%s.pfx", name);
        f = create(file, path);
        assert_int_equal(i2d_PKCS12_fp(f, p12), 1);
        (void)fclose(f);
        PKCS12_free(p12);
        X509_free(x);
        EVP_PKEY_free(key);
}

/* ---- the account ----------------------------------------------------------------------------- */

int azure_test_open(struct azure_test *t, const char *options)
{
        static char name[] = "prod";

        *t = (struct azure_test){ .config = { .name = name, .provider = &azure_provider } };
        t->config.options = calloc(1, azure_provider.options_size);
        assert_int_equal(yaml_load_text(&t->yaml, "options", options, NULL), 0);
        assert_int_equal(yaml_bind(t->yaml, azure_provider.options_fields, t->config.options, NULL),
                         0);
        return azure_provider.account_new(&t->account, &t->config, getenv("CREDENTIALS_DIRECTORY"),
                                          &t->err);
}

void azure_test_close(struct azure_test *t)
{
        azure_provider.account_free(t->account);
        yaml_unbind(azure_provider.options_fields, t->config.options);
        free(t->config.options);
        yaml_free(t->yaml);
}

void azure_test_reply_make(struct message_reply *reply, const struct azure_test_reply *from)
{
        *reply = (struct message_reply){
                .transport = from->status ? TRANSPORT_OK : TRANSPORT_REFUSED,
                .status = from->status,
                .headers = strdup(from->headers ? from->headers : ""),
                .body = BUFFER_INIT(REPLY_BYTES_MAX),
                .received_usec = AZURE_TEST_NOW_USEC,
        };
        if (!from->status)
                (void)snprintf(reply->transport_text, sizeof(reply->transport_text), "no luck");
        buffer_add(&reply->body, from->body ? from->body : "");
}

char *azure_test_request_text(const struct message_request *req)
{
        struct buffer b = BUFFER_INIT(256 * 1024);

        buffer_printf(&b, "%s %s\n", req->method, req->url);
        for (size_t i = 0; i < req->n_headers; i++)
                buffer_printf(&b, "%s\n", req->headers[i]);
        buffer_add(&b, "\n");
        if (req->body)
                buffer_append(&b, req->body, req->body_bytes);
        return buffer_take(&b);
}

static void check_request(const struct message_request *req, const struct azure_test_step *step)
{
        _cleanup_(freep) char *text = azure_test_request_text(req);

        assert_true(req->secret);
        for (size_t i = 0; i < ELEMENTSOF(step->wanted) && step->wanted[i]; i++)
                if (!strstr(text, step->wanted[i]))
                        fail_msg("'%s' is not in:\n%s", step->wanted[i], text);
}

int azure_test_sign_in(struct azure_test *t, const struct azure_test_step *steps, size_t n,
                       uint64_t now_usec)
{
        size_t next = 0;
        int r;

        t->err = (struct error){ 0 };
        for (;;) {
                struct message_request req = { 0 };
                struct message_reply reply;
                uint64_t expires;

                r = azure_provider.sign_in(t->account, NULL, now_usec, &req, &expires, &t->err);
                if (r == SIGN_IN_REQUEST) {
                        assert_int_equal(message_request_error(&req, NULL), 0);
                        if (next == n)
                                fail_msg("%s %s is one request too many", req.method, req.url);
                        check_request(&req, &steps[next]);
                }
                message_request_done(&req);
                if (r != SIGN_IN_REQUEST)
                        break;
                azure_test_reply_make(&reply, &steps[next++].reply);
                r = azure_provider.signed_in(t->account, NULL, &reply, now_usec, &t->err);
                message_reply_done(&reply);
                if (r < 0)
                        break;
        }
        assert_int_equal(next, n);
        return r;
}
