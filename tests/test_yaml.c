#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "daemon/base/json.h"
#include "daemon/base/yaml.h"

struct part {
        char *name;
        uint64_t size;
        struct yaml_place place;
};

struct whole {
        char *title;
        char **words;
        bool flag;
        uint64_t span_usec, count;
        int colour;
        json_t *anything;
        struct part one;
        struct part *parts;
        size_t n_parts;
};

static const char *const colours[] = { "red", "green", NULL };

static const struct yaml_field part_fields[] = {
        { .key = "name",
          .type = YAML_STRING,
          .offset = offsetof(struct part, name),
          .required = true },
        { .key = "size",
          .type = YAML_UINT,
          .offset = offsetof(struct part, size),
          .min = 1,
          .max = 10 },
        { .type = YAML_PLACE, .offset = offsetof(struct part, place) },
        { 0 },
};

static const struct yaml_field whole_fields[] = {
        { .key = "title", .type = YAML_STRING, .offset = offsetof(struct whole, title) },
        { .key = "words", .type = YAML_STRINGS, .offset = offsetof(struct whole, words) },
        { .key = "flag", .type = YAML_BOOL, .offset = offsetof(struct whole, flag) },
        { .key = "span", .type = YAML_SPAN, .offset = offsetof(struct whole, span_usec) },
        { .key = "count", .type = YAML_UINT, .offset = offsetof(struct whole, count) },
        { .key = "colour",
          .type = YAML_ENUM,
          .offset = offsetof(struct whole, colour),
          .names = colours },
        { .key = "anything", .type = YAML_JSON, .offset = offsetof(struct whole, anything) },
        { .key = "one",
          .type = YAML_SECTION,
          .offset = offsetof(struct whole, one),
          .fields = part_fields },
        { .key = "parts",
          .type = YAML_LIST,
          .offset = offsetof(struct whole, parts),
          .fields = part_fields,
          .size = sizeof(struct part),
          .count_offset = offsetof(struct whole, n_parts) },
        { 0 },
};

static void yaml_binds_every_type(void **state)
{
        static const char text[] =
                "title: hello\n"
                "words: [a, b]\n"
                "flag: yes\n"
                "span: 15min\n"
                "count: 7\n"
                "colour: green\n"
                "anything: {n: 1, s: '1', list: [true, null, 1.5], id: 012345678901}\n"
                "one: {name: x, size: 10}\n"
                "parts:\n"
                "  - name: first\n"
                "  - {name: second, size: 2}\n";
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        _cleanup_(freep) char *anything = NULL;
        struct whole w = { 0 };
        struct error err = { 0 };

        assert_int_equal(yaml_load_text(&y, "test.yaml", text, &err), 0);
        assert_int_equal(yaml_bind(y, whole_fields, &w, &err), 0);
        assert_string_equal(w.title, "hello");
        assert_string_equal(w.words[1], "b");
        assert_null(w.words[2]);
        assert_true(w.flag);
        assert_true(w.span_usec == UINT64_C(900000000));
        assert_int_equal(w.count, 7);
        assert_int_equal(w.colour, 1);
        anything = json_canonical(w.anything);
        assert_string_equal(
                anything, "{\"id\":\"012345678901\",\"list\":[true,null,1.5],\"n\":1,\"s\":\"1\"}");
        assert_string_equal(w.one.name, "x");
        assert_int_equal(w.n_parts, 2);
        assert_string_equal(w.parts[1].name, "second");
        assert_int_equal(w.parts[0].place.line, 10);
        assert_int_equal(w.parts[0].place.column, 5);
        yaml_unbind(whole_fields, &w);
        assert_null(w.parts);
}

static void yaml_says_what_is_wrong_and_where(void **state)
{
        static const struct {
                const char *text, *expected;
        } cases[] = {
                { "title: x\ntitel: y\n",
                  "t.yaml:2:1: unknown key 'titel'; did you mean 'title'?" },
                { "zebra: 1\n", "t.yaml:1:1: unknown key 'zebra'" },
                { "title: x\ntitle: y\n", "t.yaml:2:1: key 'title' stands here twice" },
                { "count: many\n", "t.yaml:1:8: 'count' must be a whole number" },
                { "flag: perhaps\n", "t.yaml:1:7: 'flag' must be true or false" },
                { "span: soon\n", "t.yaml:1:7: 'span' must be a time span, for instance 15min" },
                { "colour: blue\n", "t.yaml:1:9: 'colour' must be one of: red, green" },
                { "words: {a: b}\n", "t.yaml:1:8: 'words' must be a list of texts" },
                { "one: [1]\n", "t.yaml:1:6: 'one' must be a mapping of keys" },
                { "one: {size: 3}\n", "t.yaml:1:6: 'name' is missing" },
                { "one: {name: x, size: 11}\n", "t.yaml:1:22: 'size' must be between 1 and 10" },
                { "parts: {name: x}\n", "t.yaml:1:8: 'parts' must be a list" },
                { "parts: [3]\n", "t.yaml:1:9: an entry of 'parts' must be a mapping of keys" },
                { "title: [x\n", "t.yaml:2:1: did not find expected ',' or ']'" },
                { "- a\n- b\n", "t.yaml:1:1: a mapping of keys is expected here" },
                { "title:\n", "t.yaml:1:7: 'title' must be a text" },
                { "a: 1\n---\nb: 2\n", "t.yaml:1:1: more than one YAML document in the file" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(yaml_freep) struct yaml *y = NULL;
                struct whole w = { 0 };
                struct error err = { 0 };
                int r = yaml_load_text(&y, "t.yaml", cases[i].text, &err);

                if (r == 0)
                        r = yaml_bind(y, whole_fields, &w, &err);
                assert_int_equal(r, -EINVAL);
                assert_string_equal(err.text, cases[i].expected);
                yaml_unbind(whole_fields, &w);
        }
}

static void yaml_keeps_what_a_document_does_not_mention(void **state)
{
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        struct whole w = { .count = 3 };
        struct error err = { 0 };

        assert_int_equal(yaml_load_text(&y, "t.yaml", "# nothing\n", &err), 0);
        assert_int_equal(yaml_bind(y, whole_fields, &w, &err), 0);
        assert_int_equal(w.count, 3);
}

static void yaml_binds_a_part_by_its_place(void **state)
{
        static const struct yaml_field own[] = {
                { .key = "name", .type = YAML_STRING, .offset = offsetof(struct part, name) },
                { .type = YAML_PLACE, .offset = offsetof(struct part, place) },
                { .type = YAML_REST },
                { 0 },
        };
        static const struct yaml_field other[] = {
                { .key = "size", .type = YAML_UINT, .offset = offsetof(struct part, size) },
                { 0 },
        };
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        struct part p = { 0 };
        struct error err = { 0 };

        assert_int_equal(yaml_load_text(&y, "t.yaml", "name: x\nsize: 4\n", &err), 0);
        assert_int_equal(yaml_bind(y, own, &p, &err), 0);
        assert_int_equal(yaml_bind_at(y, p.place, other, own, &p, &err), 0);
        assert_int_equal(p.size, 4);
        yaml_unbind(own, &p);
        y = yaml_free(y);
        assert_int_equal(yaml_load_text(&y, "t.yaml", "name: x\nsise: 4\n", &err), 0);
        assert_int_equal(yaml_bind(y, own, &p, &err), 0);
        assert_int_equal(yaml_bind_at(y, p.place, other, own, &p, &err), -EINVAL);
        assert_string_equal(err.text, "t.yaml:2:1: unknown key 'sise'; did you mean 'size'?");
        yaml_unbind(own, &p);
}

static void yaml_missing_file_is_not_there(void **state)
{
        struct yaml *y = NULL;
        struct error err = { 0 };

        assert_int_equal(yaml_load_file(&y, "tests/fixtures/there-is-no-such-file.yaml", &err),
                         -ENOENT);
        assert_null(y);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(yaml_binds_every_type),
                cmocka_unit_test(yaml_says_what_is_wrong_and_where),
                cmocka_unit_test(yaml_keeps_what_a_document_does_not_mention),
                cmocka_unit_test(yaml_binds_a_part_by_its_place),
                cmocka_unit_test(yaml_missing_file_is_not_there),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
