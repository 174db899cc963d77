#include "tests/support/gcp.h"

#include <assert.h>
#include <jansson.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

enum { PATH_BYTES_MAX = 512 };

static char folder[64], path[PATH_BYTES_MAX], key_middle[64];

static const char *const variables[] = {
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_CLOUD_QUOTA_PROJECT",
        "GOOGLE_CLOUD_PROJECT",
        "GOOGLE_CLOUD_UNIVERSE_DOMAIN",
        "CLOUDSDK_CONFIG",
        "GCE_METADATA_HOST",
        "GCE_METADATA_TIMEOUT",
        "K_SERVICE",
        "CLOUD_RUN_JOB",
        "NO_GCE_CHECK",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
};

const char *gcp_test_enter(void)
{
        for (size_t i = 0; i < ELEMENTSOF(variables); i++)
                (void)unsetenv(variables[i]);
        (void)snprintf(folder, sizeof(folder), "/tmp/vigie-gcp-XXXXXX");
        if (!mkdtemp(folder))
                abort();
        (void)setenv("HOME", folder, 1);
        return folder;
}

void gcp_test_leave(void)
{
        static const char *const names[] = { "key.json", "key.pem", "adc.json", "token" };

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
                (void)unlink(path);
        }
        (void)rmdir(folder);
}

const char *gcp_test_file(const char *name, const char *text)
{
        FILE *f;

        (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
        f = fopen(path, "we");
        if (!f || fputs(text, f) < 0 || fclose(f) != 0)
                abort();
        return path;
}

static char *text_of(BIO *bio)
{
        char *data;
        long n = BIO_get_mem_data(bio, &data);
        char *text = strndup(data, (size_t)n);

        BIO_free(bio);
        return text;
}

const char *gcp_test_key(const char *members)
{
        EVP_PKEY *key = EVP_RSA_gen(2048);
        BIO *private = BIO_new(BIO_s_mem()), *public = BIO_new(BIO_s_mem());
        _cleanup_(freep) char *private_pem = NULL, *public_pem = NULL, *quoted = NULL, *json = NULL;
        json_auto_t *string = NULL;

        (void)PEM_write_bio_PKCS8PrivateKey(private, key, NULL, NULL, 0, NULL, NULL);
        (void)PEM_write_bio_PUBKEY(public, key);
        EVP_PKEY_free(key);
        private_pem = text_of(private);
        public_pem = text_of(public);
        (void)snprintf(key_middle, sizeof(key_middle), "%.40s",
                       private_pem + strlen(private_pem) / 2);
        key_middle[strcspn(key_middle, "\n")] = '\0';
        string = json_string(private_pem);
        quoted = json_dumps(string, JSON_ENCODE_ANY);
        if (asprintf(&json,
                     "{\"type\": \"service_account\", \"project_id\": \"hexagone-outils\", "
                     "\"private_key_id\": \"" GCP_TEST_KEY_ID "\", \"private_key\": %s, "
                     "\"client_email\": \"" GCP_TEST_EMAIL "\", \"client_id\": \"1\", "
                     "\"token_uri\": \"https://oauth2.googleapis.com/token\"%s}\n",
                     quoted, members) < 0)
                abort();
        (void)gcp_test_file("key.pem", public_pem);
        return gcp_test_file("key.json", json);
}

bool gcp_test_leaks(const char *text)
{
        return (key_middle[0] && strstr(text, key_middle)) || strstr(text, "SECRET") ||
               strstr(text, "BEGIN PRIVATE");
}

struct message_reply gcp_test_reply(int status, const char *headers, const char *body)
{
        struct message_reply reply = { .transport = status ? TRANSPORT_OK : TRANSPORT_TIMEOUT,
                                       .transport_text = "timed out",
                                       .status = status,
                                       .headers = strdup(headers),
                                       .body = BUFFER_INIT(64 * 1024),
                                       .received_usec = GCP_TEST_NOW };

        buffer_add(&reply.body, body);
        return reply;
}

char *gcp_test_request_text(const struct message_request *req)
{
        struct buffer b = BUFFER_INIT(MESSAGE_REQUEST_BYTES_MAX * 2);

        buffer_printf(&b, "%s %s\n", req->method, req->url);
        for (size_t i = 0; i < req->n_headers; i++)
                buffer_printf(&b, "%s\n", req->headers[i]);
        buffer_add(&b, req->body ? req->body : "");
        return buffer_take(&b);
}

int gcp_test_setup(void **state)
{
        (void)gcp_test_enter();
        return 0;
}

int gcp_test_teardown(void **state)
{
        gcp_test_leave();
        return 0;
}

int gcp_test_open(struct account **ret, struct gcp_options *options, struct error *err)
{
        static struct account_config config;

        config = (struct account_config){ .name = (char *)"prod", .options = options };
        return gcp_provider.account_new(ret, &config, NULL, err);
}
