/* By what credentials are known again: the same for the same, another for others, and not touched
 * by what renews itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "providers/provider.h"
#include "providers/secret.h"

enum { CHANGES_MAX = 3, VARIABLES_MAX = 4 };

static char gcp_file[] = "/tmp/vigie-fingerprint-XXXXXX";

/* Variables that make an account, and then each other value that makes another. */
static const struct {
        const char *provider;
        const char *variables[VARIABLES_MAX][2];
        const char *changes[CHANGES_MAX][2];
} cases[] = {
        { "aws",
          { { "AWS_ACCESS_KEY_ID", "AKIAFIRST00000000000" }, { "AWS_SECRET_ACCESS_KEY", "one" } },
          { { "AWS_ACCESS_KEY_ID", "AKIASECOND0000000000" }, { "AWS_SECRET_ACCESS_KEY", "two" } } },
        { "azure",
          { { "AZURE_TENANT_ID", "11111111-1111-4111-8111-111111111111" },
            { "AZURE_CLIENT_ID", "22222222-2222-4222-8222-222222222222" },
            { "AZURE_CLIENT_SECRET", "one" } },
          { { "AZURE_CLIENT_SECRET", "two" },
            { "AZURE_CLIENT_ID", "33333333-3333-4333-8333-333333333333" } } },
        { "gcp", { { "GOOGLE_APPLICATION_CREDENTIALS", gcp_file } }, { { NULL, NULL } } },
        { "ovh",
          { { "OVH_CLIENT_ID", "EU.one" }, { "OVH_CLIENT_SECRET", "one" } },
          { { "OVH_CLIENT_SECRET", "two" } } },
        { "scaleway",
          { { "SCW_ACCESS_KEY", "SCWFIRST000000000000" },
            { "SCW_SECRET_KEY", "11111111-1111-4111-8111-111111111111" },
            { "SCW_DEFAULT_ORGANIZATION_ID", "22222222-2222-4222-8222-222222222222" } },
          { { "SCW_SECRET_KEY", "33333333-3333-4333-8333-333333333333" } } },
        { "huggingface", { { "HF_TOKEN", "hf_one" } }, { { "HF_TOKEN", "hf_two" } } },
        { "replicate",
          { { "REPLICATE_API_TOKEN", "r8_one" } },
          { { "REPLICATE_API_TOKEN", "r8_two" } } },
        { "mistral", { { "MISTRAL_API_KEY", "one" } }, { { "MISTRAL_API_KEY", "two" } } },
};

static void fingerprint_of(const struct provider *p, unsigned char ret[static SHA256_BYTES])
{
        _cleanup_(freep) void *options = calloc(1, p->options_size + 1);
        char name[] = "a";
        const struct account_config config = { .name = name, .provider = p, .options = options };
        struct account *account = NULL;
        struct error err = { 0 };

        if (p->account_new(&account, &config, NULL, &err) < 0)
                fail_msg("%s: %s", p->name, err.text);
        memset(ret, 0xee, SHA256_BYTES);
        p->fingerprint(account, ret);
        p->account_free(account);
}

static void gcp_write(const char *refresh_token)
{
        _cleanup_(fclosep) FILE *f = fopen(gcp_file, "we");

        assert_non_null(f);
        assert_true(fprintf(f,
                            "{\"type\": \"authorized_user\", \"client_id\": \"c\", "
                            "\"client_secret\": \"s\", \"refresh_token\": \"%s\"}",
                            refresh_token) > 0);
}

static void fingerprint_tells_credentials_apart(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const struct provider *p = provider_find(cases[i].provider);
                unsigned char first[SHA256_BYTES], again[SHA256_BYTES], changed[SHA256_BYTES];

                for (size_t k = 0; k < VARIABLES_MAX && cases[i].variables[k][0]; k++)
                        setenv(cases[i].variables[k][0], cases[i].variables[k][1], 1);
                fingerprint_of(p, first);
                fingerprint_of(p, again);
                if (memcmp(first, again, sizeof(first)) != 0)
                        fail_msg("%s: the same is another", p->name);
                for (size_t k = 0; k < CHANGES_MAX && cases[i].changes[k][0]; k++) {
                        setenv(cases[i].changes[k][0], cases[i].changes[k][1], 1);
                        fingerprint_of(p, changed);
                        if (memcmp(first, changed, sizeof(first)) == 0)
                                fail_msg("%s: another %s is the same", p->name,
                                         cases[i].changes[k][0]);
                        memcpy(first, changed, sizeof(first));
                }
        }
}

static void fingerprint_of_a_file_is_of_what_it_says(void **state)
{
        const struct provider *p = provider_find("gcp");
        unsigned char first[SHA256_BYTES], again[SHA256_BYTES], changed[SHA256_BYTES];

        setenv("GOOGLE_APPLICATION_CREDENTIALS", gcp_file, 1);
        fingerprint_of(p, first);
        gcp_write("one"); /* written anew, as before */
        fingerprint_of(p, again);
        assert_memory_equal(first, again, sizeof(first));
        gcp_write("two");
        fingerprint_of(p, changed);
        assert_memory_not_equal(first, changed, sizeof(first));
}

static void fingerprint_is_had_of_every_provider(void **state)
{
        size_t n;
        const struct provider *const *all = provider_all(&n);

        assert_int_equal(n, ELEMENTSOF(cases));
        for (size_t i = 0; i < n; i++)
                assert_non_null(all[i]->fingerprint);
}

/* Where one text ends and the next begins counts, and nothing is as good as something empty. */
static void fingerprint_knows_texts_apart(void **state)
{
        static const char *const texts[][2] = {
                { "a", "bc" }, { "ab", "c" },   { "abc", "" },    { "abc", NULL },
                { "", "abc" }, { NULL, "abc" }, { "\xff", NULL },
        };
        unsigned char all[ELEMENTSOF(texts)][SHA256_BYTES] = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                secret_fingerprint(texts[i], 2, all[i]);
                for (size_t k = 0; k < i; k++)
                        assert_memory_not_equal(all[i], all[k], SHA256_BYTES);
        }
}

static int setup(void **state)
{
        static const char *const unset[] = {
                "AWS_PROFILE",
                "AWS_SESSION_TOKEN",
                "AWS_WEB_IDENTITY_TOKEN_FILE",
                "AZURE_CLIENT_CERTIFICATE_PATH",
                "OVH_APPLICATION_KEY",
                "OVH_APPLICATION_SECRET",
                "OVH_CONSUMER_KEY",
                "OVH_ACCESS_TOKEN",
                "OVH_ENDPOINT",
                "SCW_PROFILE",
                "HF_TOKEN_PATH",
        };
        int fd = mkstemp(gcp_file);

        if (fd < 0)
                return -1;
        (void)close(fd);
        gcp_write("one");
        for (size_t i = 0; i < ELEMENTSOF(unset); i++)
                unsetenv(unset[i]);
        setenv("HOME", "/nonexistent", 1);
        setenv("AWS_CONFIG_FILE", "/dev/null", 1);
        setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
        setenv("SCW_CONFIG_PATH", "/nonexistent", 1);
        return 0;
}

static int teardown(void **state)
{
        return unlink(gcp_file);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(fingerprint_tells_credentials_apart),
                cmocka_unit_test(fingerprint_of_a_file_is_of_what_it_says),
                cmocka_unit_test(fingerprint_is_had_of_every_provider),
                cmocka_unit_test(fingerprint_knows_texts_apart),
        };

        return cmocka_run_group_tests_name("fingerprint", tests, setup, teardown);
}
