#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/report/fold.h"
#include "daemon/report/report.h"
#include "daemon/report/uuid.h"
#include "daemon/report/writer.h"

#include <errno.h>
#include <string.h>

static void writer_nests_and_separates(void **state)
{
        _cleanup_(freep) char *text = NULL;
        size_t size;
        struct writer w = WRITER_TO(open_memstream(&text, &size), 0);

        writer_object(&w, NULL);
        writer_text(&w, "a", "b");
        writer_text(&w, "none", NULL);
        writer_array(&w, "list");
        writer_int(&w, NULL, -1);
        writer_bool(&w, NULL, true);
        writer_object(&w, NULL);
        writer_end(&w);
        writer_end(&w);
        writer_array_if_any(&w, "empty");
        writer_end(&w);
        writer_array_if_any(&w, "some");
        writer_array_if_any(&w, NULL);
        writer_int(&w, NULL, 2);
        writer_end(&w);
        writer_end(&w);
        writer_end(&w);
        assert_int_equal(writer_finish(&w, NULL), 0);
        (void)fclose(w.out);
        assert_string_equal(text, "{\"a\":\"b\",\"list\":[-1,true,{}],\"some\":[[2]]}\n");
}

static void writer_escapes_what_json_does(void **state)
{
        static const struct {
                const char *text, *written, *line;
        } cases[] = {
                { "plain", "\"plain\"", "\"plain\"" },
                { "\"\\\n\t\x7f", "\"\\\"\\\\\\n\\u0009\\u007f\"", "\"\\\"\\\\\"" },
                { " a \n\n b ", "\" a \\n\\n b \"", "\"a b\"" },
                { "\xc3\xa9\xff\xc3", "\"\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\"",
                  "\"\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\"" },
                { "a\xc2\xa0\xe2\x80\xa8", "\"a\xc2\xa0\xe2\x80\xa8\"", "\"a\"" },
                { "", "\"\"", "" },
                { " \n", "\" \\n\"", "" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                for (int as_line = 0; as_line < 2; as_line++) {
                        _cleanup_(freep) char *text = NULL;
                        size_t size;
                        struct writer w = WRITER_TO(open_memstream(&text, &size), 0);

                        if (as_line)
                                writer_line(&w, NULL, cases[i].text);
                        else
                                writer_text(&w, NULL, cases[i].text);
                        assert_int_equal(writer_flush(&w), 0);
                        (void)fclose(w.out);
                        assert_string_equal(text, as_line ? cases[i].line : cases[i].written);
                }
}

/* The JSON of the contract is written member by member, and in the bytes of json_dumps(). */
static void writer_escapes_as_jansson_where_asked(void **state)
{
        char all[0x80];

        for (int c = 1; c < 0x80; c++)
                all[c - 1] = (char)c;
        all[0x7f] = '\0';
        for (size_t n = 0; n < sizeof(all); n++) {
                json_auto_t *value = json_string(all + n);
                _cleanup_(freep) char *text = NULL,
                                      *wanted = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
                size_t size;
                struct writer w = WRITER_TO(open_memstream(&text, &size), 0);

                w.short_escapes = true;
                writer_text(&w, NULL, all + n);
                assert_int_equal(writer_flush(&w), 0);
                (void)fclose(w.out);
                assert_string_equal(text, wanted);
        }
}

/* Longer than what is kept back, by one and by much. */
static void writer_loses_nothing_of_long_texts(void **state)
{
        static const size_t sizes[] = { WRITER_BYTES - 2, WRITER_BYTES - 1, WRITER_BYTES,
                                        WRITER_BYTES + 1, 5 * WRITER_BYTES };

        for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
                _cleanup_(freep) char *text = NULL, *longest = malloc(sizes[i] + 1);
                size_t size;
                struct writer w = WRITER_TO(open_memstream(&text, &size), 0);

                memset(longest, 'x', sizes[i]);
                longest[sizes[i]] = '\0';
                writer_array(&w, NULL);
                for (int k = 0; k < 3; k++)
                        writer_text(&w, NULL, longest);
                writer_end(&w);
                assert_int_equal(writer_finish(&w, NULL), 0);
                (void)fclose(w.out);
                assert_int_equal(size, 3 * (sizes[i] + 3) + 2);
                assert_int_equal(strspn(text + 2, "x"), sizes[i]);
        }
}

static void writer_says_when_the_disk_is_full(void **state)
{
        struct error err = { 0 };
        struct writer w = WRITER_TO(fopen("/dev/full", "we"), 0);

        assert_non_null(w.out);
        (void)setvbuf(w.out, NULL, _IONBF, 0);
        writer_object(&w, NULL);
        writer_end(&w);
        assert_int_equal(writer_finish(&w, &err), -EIO);
        assert_int_equal(err.code, -EIO);
        (void)fclose(w.out);
}

static void writer_spools_beside(void **state)
{
        for (int empty = 0; empty < 2; empty++) {
                _cleanup_(freep) char *text = NULL;
                size_t size;
                struct writer w = WRITER_TO(open_memstream(&text, &size), 0);
                struct writer some = { 0 }, none = { 0 };

                assert_int_equal(writer_spool_open(&some, NULL), 0);
                assert_int_equal(writer_spool_open(&none, NULL), 0);
                writer_object(&w, NULL);
                writer_array(&w, "rows");
                for (int i = 0; i < 2; i++) {
                        writer_int(&w, NULL, i);
                        writer_joined(&some, NULL, "n\"", i ? "b" : "a");
                }
                writer_end(&w);
                writer_spool_put(&w, "some", &some, empty);
                writer_spool_put(&w, "none", &none, empty);
                writer_spool_done(&none);
                writer_end(&w);
                assert_int_equal(writer_finish(&w, NULL), 0);
                (void)fclose(w.out);
                assert_string_equal(text, empty ? "{\"rows\":[0,1],\"some\":[\n \"n\\\"a\",\n "
                                                  "\"n\\\"b\"\n],\"none\":[]}\n"
                                                : "{\"rows\":[0,1],\"some\":[\n \"n\\\"a\",\n "
                                                  "\"n\\\"b\"\n]}\n");
        }
}

static void uuid_is_of_version_5_and_stable(void **state)
{
        char one[UUID_TEXT_MAX], two[UUID_TEXT_MAX], longest[2000];

        memset(longest, 'x', sizeof(longest) - 1);
        longest[sizeof(longest) - 1] = '\0';
        /* python3: uuid.uuid5(uuid.UUID("d2b8b5f0-5f6c-4d63-9a3e-6c1d0f6f3a51"), "finding:abc") */
        assert_string_equal(uuid_of("finding", "abc", one), "3602687a-6b95-59d5-9af9-b15ed96c0a20");
        assert_string_not_equal(uuid_of("risk", "abc", two), one);
        assert_string_equal(uuid_of("finding", longest, one), uuid_of("finding", longest, two));
        longest[1500] = 'y';
        assert_string_not_equal(uuid_of("finding", longest, two), one);
        assert_int_equal(one[14], '5');
        assert_non_null(strchr("89ab", one[19]));
}

static void fold_knows_what_was_there(void **state)
{
        struct fold f = { 0 };
        char text[32];

        for (int round = 0; round < 2; round++)
                for (int i = 0; i < 1000; i++) {
                        (void)snprintf(text, sizeof(text), "model-%d", i);
                        assert_int_equal(fold_add(&f, text), round == 0);
                }
        fold_clear(&f);
        assert_int_equal(fold_add(&f, "model-1"), 1);
        fold_done(&f);
}

static void formats_are_offered_where_they_fit(void **state)
{
        static const struct {
                enum report_part part;
                enum report_format format;
                bool fits;
        } cases[] = {
                { REPORT_SCAN, REPORT_SARIF, true },
                { REPORT_FINDINGS, REPORT_SARIF, true },
                { REPORT_RESOURCES, REPORT_SARIF, false },
                { REPORT_COVERAGE, REPORT_SARIF, false },
                { REPORT_RESOURCES, REPORT_CYCLONEDX, true },
                { REPORT_FINDINGS, REPORT_CYCLONEDX, false },
                { REPORT_COVERAGE, REPORT_CYCLONEDX, false },
                { REPORT_COVERAGE, REPORT_OCSF, true },
        };
        const char *names[REPORT_FORMAT_MAX + 1];
        enum report_format format;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                bool offered = false;

                report_format_names(cases[i].part, names);
                for (size_t n = 0; names[n]; n++) {
                        assert_int_equal(report_format_from_name(names[n], &format), 0);
                        offered = offered || format == cases[i].format;
                }
                assert_int_equal(offered, cases[i].fits);
        }
        assert_int_equal(report_format_from_name("spdx", &format), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(writer_nests_and_separates),
                cmocka_unit_test(writer_escapes_what_json_does),
                cmocka_unit_test(writer_escapes_as_jansson_where_asked),
                cmocka_unit_test(writer_loses_nothing_of_long_texts),
                cmocka_unit_test(writer_says_when_the_disk_is_full),
                cmocka_unit_test(writer_spools_beside),
                cmocka_unit_test(uuid_is_of_version_5_and_stable),
                cmocka_unit_test(fold_knows_what_was_there),
                cmocka_unit_test(formats_are_offered_where_they_fit),
        };

        return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
