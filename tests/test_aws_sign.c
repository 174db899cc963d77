#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "providers/sign.h"
#include "providers/url.h"

#define ACCESS_KEY "AKIDEXAMPLE"
#define SECRET_KEY "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define TOKEN "SESSION/TOKEN+EXAMPLE=="
#define DATE "20260115T083000Z"
#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static uint64_t date_usec(void)
{
        uint64_t usec = 0;

        assert_int_equal(clock_parse_iso8601("2026-01-15T08:30:00Z", &usec), 0);
        return usec;
}

static const struct sign_credentials credentials = { ACCESS_KEY, SECRET_KEY, TOKEN };

/* ---- vectors computed with another signer ---------------------------------------------------- */

struct vector {
        const char *what;
        struct sign_input in;
        const char *body;
        const char *signed_headers, *canonical_sha256, *signature;
};

static const struct vector vectors[] = {
        { .what = "V1: JSON with a target",
          .in = { .method = "POST",
                  .path = "/",
                  .host = "api.sagemaker.eu-west-1.amazonaws.com",
                  .headers = { { "x-amz-target", "SageMaker.ListEndpoints" },
                               { "content-type", "application/x-amz-json-1.1" } },
                  .n_headers = 2,
                  .region = "eu-west-1",
                  .service = "sagemaker" },
          .body = "{\"MaxResults\":100}",
          .signed_headers = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
          .canonical_sha256 = "a7f593979c923f25a37cf47a1ab6176b34c6cf85d72884736afcbe3ad3321a89",
          .signature = "354631b56eb177806788cdb01fed02b6d305f71e22ea4c99e912e7005f185f18" },
        { .what = "V2: a query out of order",
          .in = { .method = "GET",
                  .path = "/inference-profiles",
                  .query = "type=APPLICATION&nextToken=a%2Fb%2Bc%3D%3D&maxResults=1000",
                  .host = "bedrock.eu-west-1.amazonaws.com",
                  .region = "eu-west-1",
                  .service = "bedrock" },
          .signed_headers = "host;x-amz-date;x-amz-security-token",
          .canonical_sha256 = "67ee48b2c7acb4e51111e3afe5238f315a3d8fb96359e105f1ce1b653bfd8f2e",
          .signature = "a43f9c2dae5bab50ced3ccfd3e01de02322ac9478d6deff8cca53686393b38b6" },
        { .what = "V3: an ARN in the path",
          .in = { .method = "GET",
                  .path = "/tags/"
                          "arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Aagent%2FABCDEF1234",
                  .host = "bedrock-agent.eu-central-1.amazonaws.com",
                  .region = "eu-central-1",
                  .service = "bedrock" },
          .signed_headers = "host;x-amz-date;x-amz-security-token",
          .canonical_sha256 = "b4c6ac3faabb92ddc56e77e2dbd4fb3207673c2d58b17a6396b23cb13f6ca5fa",
          .signature = "61a13f1880d1690dffccbc281161a7031bd0124c86ec625bb14029f8665a6294" },
        { .what = "V4: a form, Accept signed",
          .in = { .method = "POST",
                  .path = "/",
                  .host = "sts.eu-west-1.amazonaws.com",
                  .headers = { { "content-type",
                                 "application/x-www-form-urlencoded; charset=utf-8" },
                               { "accept", "application/json" } },
                  .n_headers = 2,
                  .region = "eu-west-1",
                  .service = "sts" },
          .body = "Action=GetCallerIdentity&Version=2011-06-15",
          .signed_headers = "accept;content-type;host;x-amz-date;x-amz-security-token",
          .canonical_sha256 = "04c71f181e007e9dda726c2a19e2422d4ab5ac21e055c1640658e8f7d2fa33e5",
          .signature = "2fea193fa4fe2013ea10f5755e7ac7bbdd10e1a65fe8e13ddff0fb0c07d8f073" },
        { .what = "V5: s3 and a query without a value",
          .in = { .method = "GET",
                  .path = "/my-bucket",
                  .query = "location",
                  .host = "s3.eu-west-1.amazonaws.com",
                  .region = "eu-west-1",
                  .service = "s3",
                  .s3 = true },
          .signed_headers = "host;x-amz-content-sha256;x-amz-date;x-amz-security-token",
          .canonical_sha256 = "ae89a252085f2e058ef1681ea847930f03db9be90d49c7971fc8f8d5a6b34fcd",
          .signature = "5234ee0757e324a289c6da011f2cd49d5676dfd1dd96190813fa769332929aef" },
};

static struct sign_input input_of(const struct vector *v)
{
        struct sign_input in = v->in;

        in.credentials = credentials;
        in.time_usec = date_usec();
        in.body = v->body;
        in.body_bytes = v->body ? strlen(v->body) : 0;
        return in;
}

static void sign_agrees_with_the_vectors(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(vectors); i++) {
                const struct vector *v = &vectors[i];
                struct sign_input in = input_of(v);
                struct sign_output out = { 0 };
                char want[512];

                print_message("%s\n", v->what);
                assert_int_equal(sign(&in, NULL, &out, NULL), 0);
                assert_string_equal(out.date, DATE);
                assert_string_equal(out.canonical_sha256, v->canonical_sha256);
                assert_string_equal(out.signature, v->signature);
                (void)snprintf(want, sizeof(want),
                               "AWS4-HMAC-SHA256 Credential=" ACCESS_KEY
                               "/20260115/%s/%s/aws4_request, SignedHeaders=%s, Signature=%s",
                               in.region, in.service, v->signed_headers, v->signature);
                assert_string_equal(out.authorization, want);
                free(out.authorization);
        }
}

static void sign_hashes_the_body(void **state)
{
        struct sign_input in = input_of(&vectors[0]);
        struct sign_output out = { 0 };

        assert_int_equal(sign(&in, NULL, &out, NULL), 0);
        assert_string_equal(out.body_sha256,
                            "2d15147ff135326e9aa457f92b8cf18b2889cc4a24e034dd67f9ee8e50055c06");
        free(out.authorization);
        in.body = NULL;
        in.body_bytes = 0;
        assert_int_equal(sign(&in, NULL, &out, NULL), 0);
        assert_string_equal(out.body_sha256, EMPTY_SHA256);
        free(out.authorization);
}

/* ---- the key --------------------------------------------------------------------------------- */

static void sign_key_is_derived_step_by_step(void **state)
{
        struct sign_input in = input_of(&vectors[0]);
        unsigned char key[SHA256_BYTES];
        char hex[SHA256_HEX_MAX];

        sign_key(&in, "20260115", NULL, key);
        assert_string_equal(digest_hex(key, sizeof(key), hex),
                            "444c4d819af4f4fe4aac6c892d11d98cc7e6e2a88cce00627ae1c2ba9fe02864");
}

static void sign_cache_gives_what_derivation_gives(void **state)
{
        struct sign_cache *cache = calloc(1, sizeof(*cache)), zero = { 0 };

        assert_non_null(cache);
        for (int round = 0; round < 2; round++)
                for (size_t i = 0; i < ELEMENTSOF(vectors); i++) {
                        struct sign_input in = input_of(&vectors[i]);
                        struct sign_output out = { 0 };

                        assert_int_equal(sign(&in, cache, &out, NULL), 0);
                        assert_string_equal(out.signature, vectors[i].signature);
                        free(out.authorization);
                }
        sign_cache_wipe(cache);
        assert_memory_equal(cache, &zero, sizeof(zero));
        free(cache);
}

static void sign_cache_tells_keys_dates_and_places_apart(void **state)
{
        struct sign_cache *cache = calloc(1, sizeof(*cache));
        struct sign_input in = input_of(&vectors[0]);
        unsigned char first[SHA256_BYTES], key[SHA256_BYTES], plain[SHA256_BYTES];

        assert_non_null(cache);
        sign_key(&in, "20260115", cache, first);
        sign_key(&in, "20260116", cache, key);
        assert_memory_not_equal(key, first, SHA256_BYTES);
        in.region = "eu-west-3";
        sign_key(&in, "20260115", cache, key);
        assert_memory_not_equal(key, first, SHA256_BYTES);
        in.region = "eu-west-1";
        in.credentials = (struct sign_credentials){ "AKIDOTHER", "another secret", NULL };
        sign_key(&in, "20260115", cache, key);
        sign_key(&in, "20260115", NULL, plain);
        assert_memory_equal(key, plain, SHA256_BYTES);
        assert_memory_not_equal(key, first, SHA256_BYTES);
        free(cache);
}

/* ---- canonical form -------------------------------------------------------------------------- */

struct canonical_case {
        const char *what, *path, *query;
        bool s3;
        const char *want_path, *want_query;
};

static const struct canonical_case canonical_cases[] = {
        { "an empty path", "", NULL, false, "/", "" },
        { "dot segments", "/a/./b/../c", NULL, false, "/a/c", "" },
        { "dot segments above the top", "/../../a", NULL, false, "/a", "" },
        { "two slashes", "/a//b", NULL, false, "/a/b", "" },
        { "a slash at the end", "/agents/", NULL, false, "/agents/", "" },
        { "encoded twice", "/model/a%3Ab", NULL, false, "/model/a%253Ab", "" },
        { "unreserved stays", "/A-z0.9_~", NULL, false, "/A-z0.9_~", "" },
        { "s3: once, and as it is", "/b/a%3Ab//c/../d", NULL, true, "/b/a%3Ab//c/../d", "" },
        { "s3: an empty path", "", NULL, true, "/", "" },
        { "sorted by name", "/", "b=2&a=1&B=3", false, "/", "B=3&a=1&b=2" },
        { "sorted by value", "/", "a=2&a=10&a=1", false, "/", "a=1&a=10&a=2" },
        { "a name that begins another", "/", "ab=1&a=2", false, "/", "a=2&ab=1" },
        { "no value", "/", "location&a", false, "/", "a=&location=" },
        { "lower-case digits", "/", "a=%2f%3a", false, "/", "a=%2F%3A" },
        { "plus and space", "/", "a=b+c&d=e f", false, "/", "a=b%2Bc&d=e%20f" },
        { "equals in a value", "/", "token=abc==", false, "/", "token=abc%3D%3D" },
        { "empty pairs", "/", "&&a=1&", false, "/", "a=1" },
        { "a lonely per cent", "/", "a=100%", false, "/", "a=100%25" },
        { "two bytes", "/", "a=%C3%A9", false, "/", "a=%C3%A9" },
};

static void sign_canonical_path_and_query(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(canonical_cases); i++) {
                const struct canonical_case *c = &canonical_cases[i];
                struct sign_input in = { .method = "GET",
                                         .path = c->path,
                                         .query = c->query,
                                         .host = "h",
                                         .s3 = c->s3 };
                _cleanup_(freep) char *text = NULL, *want = NULL;

                print_message("%s\n", c->what);
                assert_int_equal(sign_canonical_request(&in, DATE, EMPTY_SHA256, &text, NULL), 0);
                assert_true(asprintf(&want,
                                     "GET\n%s\n%s\nhost:h\n%sx-amz-date:" DATE
                                     "\n\nhost;%sx-amz-date\n" EMPTY_SHA256,
                                     c->want_path, c->want_query,
                                     c->s3 ? "x-amz-content-sha256:" EMPTY_SHA256 "\n" : "",
                                     c->s3 ? "x-amz-content-sha256;" : "") > 0);
                assert_string_equal(text, want);
        }
}

static void sign_canonical_headers_are_trimmed_and_sorted(void **state)
{
        struct sign_input in = { .method = "GET",
                                 .path = "/",
                                 .host = "h:8080",
                                 .headers = { { "x-amz-meta-test", "  a   b\t c  " },
                                              { "x-amz-meta", "" },
                                              { "accept", "*" } },
                                 .n_headers = 3,
                                 .credentials = { .token = "t" } };
        _cleanup_(freep) char *text = NULL;

        assert_int_equal(sign_canonical_request(&in, DATE, EMPTY_SHA256, &text, NULL), 0);
        assert_string_equal(text, "GET\n/\n\naccept:*\nhost:h:8080\nx-amz-date:" DATE
                                  "\nx-amz-meta:\nx-amz-meta-test:a b c\n"
                                  "x-amz-security-token:t\n\n"
                                  "accept;host;x-amz-date;x-amz-meta;x-amz-meta-test;"
                                  "x-amz-security-token\n" EMPTY_SHA256);
}

static void sign_refuses_too_many_headers(void **state)
{
        struct sign_input in = input_of(&vectors[0]);
        struct sign_output out = { 0 };
        struct error err = { 0 };

        in.n_headers = SIGN_HEADERS_MAX + 1;
        assert_int_equal(sign(&in, NULL, &out, &err), -EINVAL);
        assert_null(out.authorization);
        assert_null(strstr(err.text, SECRET_KEY));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(sign_agrees_with_the_vectors),
                cmocka_unit_test(sign_hashes_the_body),
                cmocka_unit_test(sign_key_is_derived_step_by_step),
                cmocka_unit_test(sign_cache_gives_what_derivation_gives),
                cmocka_unit_test(sign_cache_tells_keys_dates_and_places_apart),
                cmocka_unit_test(sign_canonical_path_and_query),
                cmocka_unit_test(sign_canonical_headers_are_trimmed_and_sorted),
                cmocka_unit_test(sign_refuses_too_many_headers),
        };

        return cmocka_run_group_tests_name("aws_sign", tests, NULL, NULL);
}
