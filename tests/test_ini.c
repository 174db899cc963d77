#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "providers/ini.h"

static struct ini *parse(const char *text)
{
        struct ini *ini = NULL;

        assert_int_equal(ini_parse(&ini, "test", text, strlen(text), NULL), 0);
        return ini;
}

struct value {
        const char *what, *text, *section, *key, *sub, *want;
};

static const struct value values[] = {
        { "a key", "[a]\nk = v\n", "a", "k", NULL, "v" },
        { "no spaces", "[a]\nk=v", "a", "k", NULL, "v" },
        { "line ends of Windows", "[a]\r\nk = v\r\n", "a", "k", NULL, "v" },
        { "a byte order mark", "\xef\xbb\xbf[a]\nk = v\n", "a", "k", NULL, "v" },
        { "keys in any case", "[a]\nAWS_Key = v\n", "a", "aws_key", NULL, "v" },
        { "equals in a value", "[a]\nk = a=b==\n", "a", "k", NULL, "a=b==" },
        { "a hash in a value", "[a]\nk = a#b ;c\n", "a", "k", NULL, "a#b ;c" },
        { "comments", "# c\n; c\n[a]\n  # c\nk = v\n", "a", "k", NULL, "v" },
        { "an empty value", "[a]\nk =\n", "a", "k", NULL, "" },
        { "the last one counts", "[a]\nk = 1\nk = 2\n", "a", "k", NULL, "2" },
        { "a section in two parts", "[a]\nk = 1\n[b]\nk = 2\n[a]\nl = 3\n", "a", "l", NULL, "3" },
        { "another section's key", "[a]\nk = 1\n[b]\nl = 2\n", "b", "k", NULL, NULL },
        { "no such section", "[a]\nk = 1\n", "b", "k", NULL, NULL },
        { "spaces in a section", "[ profile   prod ]\nk = v\n", "profile prod", "k", NULL, "v" },
        { "quotes in a section", "[profile \"my test\"]\nk = v\n", "profile my test", "k", NULL,
          "v" },
        { "a comment after a section", "[a] # c\nk = v\n", "a", "k", NULL, "v" },
        { "lines further in", "[services x]\nec2 =\n  endpoint_url = http://localhost\n  b = c\n",
          "services x", "ec2", "endpoint_url", "http://localhost" },
        { "lines further in are not keys", "[a]\ns3 =\n  k = v\n", "a", "k", NULL, NULL },
        { "after lines further in", "[a]\ns3 =\n  k = v\nl = w\n", "a", "l", NULL, "w" },
        { "all keys further in", "[a]\n  k = v\n  l = w\n", "a", "l", NULL, "w" },
};

static void ini_finds_values(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(values); i++) {
                const struct value *c = &values[i];
                _cleanup_(ini_freep) struct ini *ini = parse(c->text);
                const char *got = ini_get_nested(ini, c->section, c->key, c->sub);

                print_message("%s\n", c->what);
                if (c->want)
                        assert_string_equal(got ? got : "(nothing)", c->want);
                else
                        assert_null(got);
        }
}

static void ini_knows_sections_without_keys(void **state)
{
        _cleanup_(ini_freep) struct ini *ini = parse("[a]\n[profile b]\n");

        assert_true(ini_has_section(ini, "a"));
        assert_true(ini_has_section(ini, "profile b"));
        assert_false(ini_has_section(ini, "b"));
        assert_false(ini_has_section(NULL, "a"));
        assert_null(ini_get(NULL, "a", "k"));
}

static const struct {
        const char *what, *text, *says;
} bad[] = {
        { "no equals sign", "[a]\nSECRETWORD\n", "test:2: " },
        { "a key before any section", "k = SECRETWORD\n", "test:1: " },
        { "no key", "[a]\n\n= SECRETWORD\n", "test:3: " },
        { "an open section", "[a]\nk = v\n[b\n", "test:3: " },
};

static void ini_names_the_line_and_not_what_is_in_it(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                struct ini *ini = NULL;
                struct error err = { 0 };

                print_message("%s\n", bad[i].what);
                assert_int_equal(ini_parse(&ini, "test", bad[i].text, strlen(bad[i].text), &err),
                                 -EINVAL);
                assert_null(ini);
                assert_non_null(strstr(err.text, bad[i].says));
                assert_null(strstr(err.text, "SECRET"));
        }
}

static void ini_refuses_nul_bytes(void **state)
{
        struct ini *ini = NULL;

        assert_int_equal(ini_parse(&ini, "test", "[a]\0k = v\n", 10, NULL), -EINVAL);
        assert_null(ini);
}

static void ini_says_when_there_is_no_file(void **state)
{
        struct error err = { 0 };
        struct ini *ini = NULL;

        assert_int_equal(ini_load(&ini, "tests/fixtures/aws/not-there", &err), -ENOENT);
        assert_non_null(strstr(err.text, "tests/fixtures/aws/not-there"));
        assert_null(ini);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(ini_finds_values),
                cmocka_unit_test(ini_knows_sections_without_keys),
                cmocka_unit_test(ini_names_the_line_and_not_what_is_in_it),
                cmocka_unit_test(ini_refuses_nul_bytes),
                cmocka_unit_test(ini_says_when_there_is_no_file),
        };

        return cmocka_run_group_tests_name("ini", tests, NULL, NULL);
}
