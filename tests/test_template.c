#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "daemon/base/json.h"
#include "daemon/engine/template.h"

static json_t *value(void *user, const char *name)
{
        return json_incref(json_object_get(user, name));
}

static void template_expands_a_text(void **state)
{
        static const struct {
                const char *text, *expected;
                enum template_encoding encoding;
                int result;
        } cases[] = {
                { "plain", "plain", TEMPLATE_PLAIN, 0 },
                { "api.{region}.x", "api.eu-west-3.x", TEMPLATE_PLAIN, 0 },
                { "/tags/{arn}", "/tags/arn%3Aa%2Fb%20c", TEMPLATE_PATH, 0 },
                { "/tags/{arn}", "/tags/arn:a/b c", TEMPLATE_PLAIN, 0 },
                { "{+arn}/tags", "arn%3Aa/b%20c/tags", TEMPLATE_PATH, 0 },
                { "x{+none?}", "x", TEMPLATE_PATH, 0 },
                { "{region}{n}", "eu-west-37", TEMPLATE_PLAIN, 0 },
                { "/x-{none?}-y", "/x--y", TEMPLATE_PATH, 0 },
                { "/x-{none}", NULL, TEMPLATE_PATH, -ENODATA },
                { "{list}", NULL, TEMPLATE_PLAIN, -ENODATA },
        };
        json_auto_t *values = json_pack("{s:s, s:s, s:i, s:[s]}", "region", "eu-west-3", "arn",
                                        "arn:a/b c", "n", 7, "list", "x");
        struct template_values v = { .value = value, .user = values };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(freep) char *text = NULL;
                struct error err = { 0 };

                assert_int_equal(template_expand(cases[i].text, cases[i].encoding, &v, &text, &err),
                                 cases[i].result);
                if (cases[i].expected)
                        assert_string_equal(text, cases[i].expected);
                else
                        assert_non_null(strstr(err.text, "no value for {"));
        }
}

static void template_tree_keeps_types_of_lone_templates(void **state)
{
        json_auto_t *values = json_pack("{s:i, s:[s,s], s:s}", "n", 7, "list", "a", "b", "s", "t");
        json_auto_t *tree = json_pack("{s:s, s:s, s:s, s:[s], s:b}", "n", "{n}", "list", "{list}",
                                      "s", "x-{s}", "deep", "{s}", "flag", 1);
        struct template_values v = { .value = value, .user = values };
        _cleanup_(freep) char *text = NULL;
        json_auto_t *expanded = NULL;

        assert_int_equal(template_expand_tree(tree, &v, &expanded, NULL), 0);
        text = json_canonical(expanded);
        assert_string_equal(
                text,
                "{\"deep\":[\"t\"],\"flag\":true,\"list\":[\"a\",\"b\"],\"n\":7,\"s\":\"x-t\"}");
}

static void template_tree_names_what_is_missing(void **state)
{
        json_auto_t *values = json_object(), *tree = json_pack("{s:{s:s}}", "a", "b", "{gone}");
        struct template_values v = { .value = value, .user = values };
        struct error err = { 0 };
        json_t *expanded = NULL;

        assert_int_equal(template_expand_tree(tree, &v, &expanded, &err), -ENODATA);
        assert_string_equal(err.text, "no value for {gone}");
}

static void template_validity_is_about_braces(void **state)
{
        json_auto_t *bad = json_pack("{s:[s]}", "a", "x{y"),
                    *good = json_pack("{s:[s]}", "a", "x{y}");

        assert_true(template_is_valid("a{b}c"));
        assert_false(template_is_valid("a{b"));
        assert_false(template_tree_is_valid(bad));
        assert_true(template_tree_is_valid(good));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(template_expands_a_text),
                cmocka_unit_test(template_tree_keeps_types_of_lone_templates),
                cmocka_unit_test(template_tree_names_what_is_missing),
                cmocka_unit_test(template_validity_is_about_braces),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
