#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/cleanup.h"
#include "daemon/base/json.h"
#include "daemon/store/slice.h"

#include <string.h>

static struct slice whole(const char *text)
{
        return (struct slice){ text, strlen(text) };
}

static void assert_slice(struct slice s, const char *expected)
{
        if (!expected) {
                assert_null(s.text);
                return;
        }
        assert_non_null(s.text);
        assert_int_equal(s.size_bytes, strlen(expected));
        assert_memory_equal(s.text, expected, s.size_bytes);
}

static const struct {
        const char *object, *name, *value; /* NULL: not there */
} members[] = {
        { "{}", "a", NULL },
        { "{\"a\":1}", "a", "1" },
        { "{\"a\":1}", "", NULL },
        { "{\"a\":1,\"b\":[1,{\"c\":2}],\"d\":\"x\"}", "b", "[1,{\"c\":2}]" },
        { "{\"a\":1,\"b\":[1,{\"c\":2}],\"d\":\"x\"}", "c", NULL },
        { "{\"a\":1,\"b\":[1,{\"c\":2}],\"d\":\"x\"}", "d", "\"x\"" },
        { "{\"a\":\"\\\"b\\\":1,{[\",\"b\":2}", "b", "2" },
        { "{\"a\":{\"b\":1},\"b\":2}", "b", "2" },
        { "{\"ab\":1,\"a\":2}", "a", "2" },
        { "{\"a\":\"\\\\\",\"b\":2}", "b", "2" },
        { "{\"a\":\"}\"}", "a", "\"}\"" },
        { "{\"a\":1", "a", NULL },
        { "{\"a\":\"x}", "a", NULL },
        { "{\"a\"", "a", NULL },
        { "{\"a\\", "a", NULL },
        { "{", "a", NULL },
        { "", "a", NULL },
        { "[\"a\"]", "a", NULL },
};

static void slice_finds_members_at_the_top_only(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(members); i++)
                assert_slice(slice_member(whole(members[i].object), members[i].name),
                             members[i].value);
        assert_slice(slice_member((struct slice){ 0 }, "a"), NULL);
}

static const struct {
        const char *array;
        size_t index;
        const char *value;
} elements[] = {
        { "[]", 0, NULL },
        { "[1]", 0, "1" },
        { "[1]", 1, NULL },
        { "[[1,2],{\"a\":[3,4]},\"],\",null]", 0, "[1,2]" },
        { "[[1,2],{\"a\":[3,4]},\"],\",null]", 1, "{\"a\":[3,4]}" },
        { "[[1,2],{\"a\":[3,4]},\"],\",null]", 2, "\"],\"" },
        { "[[1,2],{\"a\":[3,4]},\"],\",null]", 3, "null" },
        { "[[1,2],{\"a\":[3,4]},\"],\",null]", 4, NULL },
        { "[1,2", 1, NULL },
        { "[", 0, NULL },
        { "{\"a\":1}", 0, NULL },
};

static void slice_finds_elements_at_the_top_only(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(elements); i++)
                assert_slice(slice_element(whole(elements[i].array), elements[i].index),
                             elements[i].value);
}

/* Every member of what json_canonical() writes is found, as it stands there. */
static void slice_agrees_with_the_parser(void **state)
{
        json_auto_t *object =
                json_pack("{s:{s:s, s:i}, s:[s, [i, i], {}], s:s, s:n, s:b, s:f}",
                          "log.retention_days", "state", "known", "evidence", 3, "b \"quoted\"",
                          "x,]}", 1, 2, "c", "\\\" é 日 {", "d", "e", 1, "f", 1.5);
        _cleanup_(freep) char *text = json_canonical(object);
        const char *name;
        json_t *value;

        assert_non_null(text);
        json_object_foreach(object, name, value)
        {
                _cleanup_(freep) char *expected = json_canonical(value);

                if (!strchr(name, '"')) /* names of facts have none */
                        assert_slice(slice_member(whole(text), name), expected);
        }
        for (size_t cut = 0; cut < strlen(text); cut++) /* cut anywhere: no value goes too far */
                json_object_foreach(object, name, value)
                {
                        struct slice s = slice_member((struct slice){ text, cut }, name);

                        assert_true(!s.text || s.text + s.size_bytes <= text + cut);
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(slice_finds_members_at_the_top_only),
                cmocka_unit_test(slice_finds_elements_at_the_top_only),
                cmocka_unit_test(slice_agrees_with_the_parser),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
