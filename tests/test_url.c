#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "providers/url.h"

static void url_encodes_all_but_the_unreserved(void **state)
{
        struct buffer b = BUFFER_INIT(1024);

        url_encode(&b, "AZaz09-._~ /:+%\xc3\xa9");
        assert_string_equal(buffer_text(&b), "AZaz09-._~%20%2F%3A%2B%25%C3%A9");
        buffer_reset(&b);
        url_encode_path(&b, "/a b/%3A", 8);
        assert_string_equal(buffer_text(&b), "/a%20b/%253A");
        buffer_done(&b);
}

static const struct {
        const char *what, *json, *want;
} queries[] = {
        { "nothing", "{}", "" },
        { "sorted", "{\"b\": \"2\", \"a\": \"1\", \"C\": \"3\"}", "C=3&a=1&b=2" },
        { "a list repeats the name", "{\"f\": [\"y\", \"x\"], \"a\": 1}", "a=1&f=x&f=y" },
        { "numbers and booleans", "{\"n\": 100, \"t\": true}", "n=100&t=true" },
        { "null is left out", "{\"n\": null, \"t\": \"x\"}", "t=x" },
        { "encoded", "{\"next token\": \"a/b+c==\"}", "next%20token=a%2Fb%2Bc%3D%3D" },
        { "an empty value", "{\"location\": \"\"}", "location=" },
};

static void url_writes_queries_in_order(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(queries); i++) {
                json_auto_t *json = json_loads(queries[i].json, 0, NULL);
                _cleanup_(freep) char *text = NULL;

                print_message("%s\n", queries[i].what);
                assert_int_equal(url_query(json, &text, NULL), 0);
                assert_string_equal(text, queries[i].want);
        }
}

static void url_query_of_nothing_is_empty(void **state)
{
        _cleanup_(freep) char *text = NULL;

        assert_int_equal(url_query(NULL, &text, NULL), 0);
        assert_string_equal(text, "");
}

static void url_bounds_queries(void **state)
{
        json_auto_t *many = json_object();
        char name[16], *text = NULL;
        struct error err = { 0 };

        for (int i = 0; i <= URL_QUERY_PAIRS_MAX; i++) {
                (void)snprintf(name, sizeof(name), "p%d", i);
                (void)json_object_set_new(many, name, json_integer(i));
        }
        assert_int_equal(url_query(many, &text, &err), -E2BIG);
        assert_null(text);
}

static const struct {
        const char *url, *host, *authority, *path;
        bool tls;
} bases[] = {
        { "https://example.com", "example.com", "example.com", "", true },
        { "https://Example.COM/", "example.com", "example.com", "", true },
        { "https://example.com:443", "example.com", "example.com", "", true },
        { "https://example.com:8443/aws//", "example.com", "example.com:8443", "/aws", true },
        { "http://localhost:5000", "localhost", "localhost:5000", "", false },
        { "http://127.0.0.1:80/a/b", "127.0.0.1", "127.0.0.1", "/a/b", false },
        { "http://[::1]:5000", "::1", "[::1]:5000", "", false },
        { "http://169.254.170.2", "169.254.170.2", "169.254.170.2", "", false },
        { "http://[fd00:ec2::23]", "fd00:ec2::23", "[fd00:ec2::23]", "", false },
};

static void url_reads_base_addresses(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(bases); i++) {
                struct url_base u = { 0 };

                print_message("%s\n", bases[i].url);
                assert_int_equal(url_base_parse(bases[i].url, "endpoint", &u, NULL), 0);
                assert_string_equal(u.host, bases[i].host);
                assert_string_equal(u.authority, bases[i].authority);
                assert_string_equal(u.path, bases[i].path);
                assert_int_equal(u.tls, bases[i].tls);
        }
}

static const char *const bad[] = {
        "",
        "example.com",
        "ftp://example.com",
        "https://",
        "https://:443",
        "https://user:word@example.com",
        "https://example.com?a=b",
        "https://example.com/#a",
        "https://exa mple.com",
        "https://example.com\r\nX: y",
        "https://example.com:0",
        "https://example.com:65536",
        "https://example.com:x",
        "https://[::1",
        "https://[::1]x",
        "http://example.com",
        "http://10.0.0.1:5000",
        "http://127.0.0.1.example.com",
        "http://169.255.0.1",
};

static void url_refuses_other_addresses(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                struct url_base u = { 0 };
                struct error err = { 0 };

                print_message("%s\n", bad[i]);
                assert_int_equal(url_base_parse(bad[i], "endpoint", &u, &err), -EINVAL);
                assert_non_null(strstr(err.text, "endpoint"));
                assert_null(strstr(err.text, "word@"));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(url_encodes_all_but_the_unreserved),
                cmocka_unit_test(url_writes_queries_in_order),
                cmocka_unit_test(url_query_of_nothing_is_empty),
                cmocka_unit_test(url_bounds_queries),
                cmocka_unit_test(url_reads_base_addresses),
                cmocka_unit_test(url_refuses_other_addresses),
        };

        return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
