#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "daemon/base/buffer.h"
#include "daemon/base/clock.h"
#include "daemon/base/digest.h"
#include "daemon/base/error.h"
#include "daemon/base/json.h"
#include "daemon/base/number.h"

static void error_set_keeps_first_message(void **state)
{
        struct error err = { 0 };

        assert_int_equal(error_set(&err, -EACCES, "first %d", 1), -EACCES);
        assert_int_equal(error_set(&err, -EIO, "second"), -EIO);
        assert_string_equal(err.text, "first 1");
        assert_int_equal(err.code, -EACCES);
        assert_int_equal(error_set(NULL, -EIO, "nobody listens"), -EIO);
}

static void error_wrap_puts_context_before(void **state)
{
        struct error err = { 0 };
        char longest[600];

        (void)error_set(&err, -ENOENT, "no such thing");
        (void)error_wrap(&err, -ENOENT, "%s %s", "reading", "x");
        assert_string_equal(err.text, "reading x: no such thing");
        memset(longest, 'a', sizeof(longest) - 1);
        longest[sizeof(longest) - 1] = '\0';
        (void)error_wrap(&err, -ENOENT, "%s", longest);
        assert_true(strlen(err.text) < sizeof(err.text));
}

static void buffer_latches_its_first_failure(void **state)
{
        struct buffer b = BUFFER_INIT(8);

        buffer_add(&b, "12345678");
        assert_int_equal(buffer_error(&b), 0);
        buffer_add(&b, "9");
        assert_int_equal(buffer_error(&b), -E2BIG);
        buffer_add(&b, "");
        assert_string_equal(buffer_text(&b), "12345678");
        buffer_reset(&b);
        buffer_printf(&b, "%d", 42);
        assert_string_equal(buffer_text(&b), "42");
        buffer_done(&b);
}

static void number_takes_whole_numbers_only(void **state)
{
        static const struct {
                const char *text;
                int result;
                uint64_t value;
        } cases[] = {
                { "0", 0, 0 },
                { "184", 0, 184 },
                { "18446744073709551615", 0, UINT64_MAX },
                { "", -EINVAL, 0 },
                { "-1", -EINVAL, 0 },
                { " 1", -EINVAL, 0 },
                { "1 ", -EINVAL, 0 },
                { "1e3", -EINVAL, 0 },
                { "18446744073709551616", -ERANGE, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                uint64_t value = 0;

                assert_int_equal(number_parse_u64(cases[i].text, &value), cases[i].result);
                assert_true(value == cases[i].value);
        }
}

static void clock_reads_what_providers_write(void **state)
{
        static const struct {
                const char *text;
                int result;
                uint64_t usec;
        } cases[] = {
                { "2026-01-15T08:30:00Z", 0, UINT64_C(1768465800) * USEC_PER_SEC },
                { "2026-01-15T08:30:00.123Z", 0, UINT64_C(1768465800123000) },
                { "2026-01-15T08:30:00.123456789Z", 0, UINT64_C(1768465800123456) },
                { "2026-01-15T09:30:00+01:00", 0, UINT64_C(1768465800) * USEC_PER_SEC },
                { "2026-01-15T09:30:00+0100", 0, UINT64_C(1768465800) * USEC_PER_SEC },
                { "2026-01-15", 0, UINT64_C(1768435200) * USEC_PER_SEC },
                { "2026-01-15T08:30:00Z ", -EINVAL, 0 },
                { "yesterday", -EINVAL, 0 },
                { "", -EINVAL, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                uint64_t usec = 0;

                assert_int_equal(clock_parse_iso8601(cases[i].text, &usec), cases[i].result);
                assert_true(usec == cases[i].usec);
        }
}

static void clock_parses_days(void **state)
{
        static const char *const none[] = { "2026-02-30", "2026-13-01", "2026-01-15T08:30:00Z",
                                            "2026-1-15",  "15/01/2026", "" };
        uint64_t usec = 0;

        (void)state;
        assert_int_equal(clock_parse_day("2026-01-15", &usec), 0);
        assert_true(usec == UINT64_C(1768435200) * USEC_PER_SEC);
        assert_int_equal(clock_parse_day("2028-02-29", &usec), 0);
        for (size_t i = 0; i < ELEMENTSOF(none); i++)
                assert_int_equal(clock_parse_day(none[i], &usec), -EINVAL);
}

static void clock_writes_rfc3339(void **state)
{
        char text[CLOCK_TEXT_MAX];

        assert_string_equal(clock_format_rfc3339(UINT64_C(1768465800999999), text),
                            "2026-01-15T08:30:00Z");
        assert_string_equal(clock_format_compact(UINT64_C(1768465800) * USEC_PER_SEC, text),
                            "20260115T083000Z");
}

static void clock_reads_http_dates(void **state)
{
        uint64_t usec = 0;

        assert_int_equal(clock_parse_http_date("Thu, 15 Jan 2026 08:30:00 GMT", &usec), 0);
        assert_true(usec == UINT64_C(1768465800) * USEC_PER_SEC);
        assert_int_equal(clock_parse_http_date("120", &usec), -EINVAL);
}

static void clock_reads_spans(void **state)
{
        static const struct {
                const char *text;
                int result;
                uint64_t usec;
        } cases[] = {
                { "15min", 0, 15 * USEC_PER_MINUTE },
                { "1h 30min", 0, 90 * USEC_PER_MINUTE },
                { "20", 0, 20 * USEC_PER_SEC },
                { "500ms", 0, 500 * USEC_PER_MSEC },
                { "7 days", 0, 7 * USEC_PER_DAY },
                { "", -EINVAL, 0 },
                { "min", -EINVAL, 0 },
                { "5 fortnights", -EINVAL, 0 },
                { "-1s", -EINVAL, 0 },
                { "99999999999999999999s", -EINVAL, 0 },
                { "9999999999999999999w", -EINVAL, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                uint64_t usec = 0;

                assert_int_equal(clock_parse_span(cases[i].text, &usec), cases[i].result);
                assert_true(usec == cases[i].usec);
        }
}

static void digest_is_sha256(void **state)
{
        char hex[SHA256_HEX_MAX];

        assert_string_equal(digest_sha256_hex("", 0, hex),
                            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_string_equal(digest_sha1_hex("abc", 3, hex),
                            "a9993e364706816aba3e25717850c26c9cd0d89d");
}

static void json_path_follows_the_catalogue_s_paths(void **state)
{
        static const struct {
                const char *path, *expected; /* canonical; NULL: nothing there */
        } cases[] = {
                { "a.b", "1" },
                { "a.missing", NULL },
                { "a.nothing", NULL },
                { "a.b.c", NULL },
                { "list[].x", "[1,2]" },
                { "list[]", "[{\"x\":1},{\"x\":2},{\"y\":3}]" },
                { "list[1].x", "2" },
                { "list[9].x", NULL },
                { "nested[].in[].x", "[1,2,3]" },
                { "Tags[Key=Value]", "{\"owner\":\"ml\",\"risk\":\"\"}" },
                { "Tags[Key=Value].owner", "\"ml\"" },
                { "Tags[Key=Value].missing", NULL },
                { "empty[].x", "[]" },
                { "a[].x", NULL },
                { "map[*].in[].x", "[1,2]" },
                { "map[*].missing", "[]" },
                { "list[*].x", NULL },
                { "a[", NULL },
        };
        json_auto_t *root =
                json_loads("{\"a\":{\"b\":1,\"nothing\":null},\"list\":[{\"x\":1},{\"x\":2},{\"y\":"
                           "3}],\"empty\":[],"
                           "\"map\":{\"p\":{\"in\":[{\"x\":1}]},\"q\":{\"in\":[{\"x\":2}]}},"
                           "\"nested\":[{\"in\":[{\"x\":1},{\"x\":2}]},{\"in\":[{\"x\":3}]},{}],"
                           "\"Tags\":[{\"Key\":\"owner\",\"Value\":\"ml\"},{\"Key\":\"risk\"}]}",
                           0, NULL);

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                json_auto_t *found = json_path(root, cases[i].path);
                _cleanup_(freep) char *text = found ? json_canonical(found) : NULL;

                if (cases[i].expected)
                        assert_string_equal(text, cases[i].expected);
                else
                        assert_null(found);
        }
}

static void json_parse_says_where(void **state)
{
        struct error err = { 0 };
        json_t *value = NULL;

        assert_int_equal(json_parse("{\"a\": [1, 2", 11, &value, &err), -EBADMSG);
        assert_non_null(strstr(err.text, "line 1"));
        assert_null(value);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(error_set_keeps_first_message),
                cmocka_unit_test(error_wrap_puts_context_before),
                cmocka_unit_test(buffer_latches_its_first_failure),
                cmocka_unit_test(number_takes_whole_numbers_only),
                cmocka_unit_test(clock_reads_what_providers_write),
                cmocka_unit_test(clock_parses_days),
                cmocka_unit_test(clock_writes_rfc3339),
                cmocka_unit_test(clock_reads_http_dates),
                cmocka_unit_test(clock_reads_spans),
                cmocka_unit_test(digest_is_sha256),
                cmocka_unit_test(json_path_follows_the_catalogue_s_paths),
                cmocka_unit_test(json_parse_says_where),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
