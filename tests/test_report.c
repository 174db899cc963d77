#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/report/csv.h"
#include "daemon/report/report.h"
#include "daemon/report/stream.h"
#include "daemon/report/tally.h"
#include "daemon/report/utf8.h"

#include <errno.h>
#include <string.h>

/* What a function printed, as text. */
struct paper {
        char *text;
        size_t size;
        FILE *file;
};

static void paper_open(struct paper *p)
{
        *p = (struct paper){ 0 };
        p->file = open_memstream(&p->text, &p->size);
        assert_non_null(p->file);
}

static const char *paper_text(struct paper *p)
{
        assert_int_equal(fflush(p->file), 0);
        return p->text;
}

static void paper_done(struct paper *p)
{
        (void)fclose(p->file);
        free(p->text);
}

static void utf8_next_takes_only_what_is_valid(void **state)
{
        static const struct {
                const char *text;
                size_t bytes;
                uint32_t code;
        } cases[] = {
                { "a", 1, 'a' },
                { "é", 2, 0xe9 },
                { "→", 3, 0x2192 },
                { "\xf0\x9f\x98\x80", 4, 0x1f600 },
                { "\x80", 0, 0 },             /* a tail without a head */
                { "\xc3", 0, 0 },             /* cut short */
                { "\xc0\xaf", 0, 0 },         /* longer than needed */
                { "\xe0\x80\xaf", 0, 0 },     /* longer than needed */
                { "\xed\xa0\x80", 0, 0 },     /* half of a UTF-16 pair */
                { "\xf4\x90\x80\x80", 0, 0 }, /* past the end */
                { "\xff", 0, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                uint32_t code = 0;

                assert_int_equal(utf8_next(cases[i].text, &code), cases[i].bytes);
                assert_int_equal(code, cases[i].code);
        }
}

static void stream_writes_an_object_row_by_row(void **state)
{
        struct paper p;
        struct json_stream s;
        json_auto_t *back = NULL;

        paper_open(&p);
        s = JSON_STREAM_TO(p.file);
        json_stream_member_take(&s, "vigie", json_string("1.2.3"));
        json_stream_array(&s, "empty");
        json_stream_array_end(&s);
        json_stream_array(&s, "rows");
        for (int i = 0; i < 3; i++)
                assert_int_equal(json_stream_row_take(&s, json_integer(i)), 0);
        json_stream_array_end(&s);
        assert_int_equal(json_stream_end(&s, NULL), 0);
        assert_string_equal(paper_text(&p),
                            "{\"vigie\": \"1.2.3\",\n \"empty\": [],\n \"rows\": [\n"
                            "  0,\n  1,\n  2\n ]}\n");
        back = json_loads(p.text, 0, NULL);
        assert_int_equal(json_array_size(json_object_get(back, "rows")), 3);
        paper_done(&p);
}

static void stream_survives_hostile_text(void **state)
{
        static const struct {
                const char *text, *read_back;
        } cases[] = {
                { "plain", "plain" },
                { "quote\" backslash\\ tab\t newline\n", "quote\" backslash\\ tab\t newline\n" },
                { "\033[2J\001", "\033[2J\001" },
                { "</script>", "</script>" },
                { "cut \xc3", "cut \xef\xbf\xbd" },
                { "\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd" },
                { "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
                { "", "" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct paper p;
                struct json_stream s;
                json_auto_t *back = NULL;

                paper_open(&p);
                s = JSON_STREAM_TO(p.file);
                json_stream_member_take(&s, "text", json_stream_text(cases[i].text));
                assert_int_equal(json_stream_end(&s, NULL), 0);
                assert_null(strchr(paper_text(&p), 033));
                back = json_loads(p.text, 0, NULL);
                assert_non_null(back);
                assert_string_equal(json_string_value(json_object_get(back, "text")),
                                    cases[i].read_back);
                paper_done(&p);
        }
}

static void stream_latches_what_failed(void **state)
{
        struct error err = { 0 };
        struct json_stream s;
        FILE *full = fopen("/dev/full", "we");

        assert_non_null(full);
        (void)setvbuf(full, NULL, _IONBF, 0);
        s = JSON_STREAM_TO(full);
        json_stream_array(&s, "rows");
        assert_int_equal(json_stream_row_take(&s, json_integer(1)), -EIO);
        assert_int_equal(json_stream_end(&s, &err), -EIO);
        assert_int_equal(err.code, -EIO);
        (void)fclose(full);
}

static void csv_quotes_where_needed(void **state)
{
        static const struct {
                const char *cell, *written;
        } cases[] = {
                { NULL, "" },
                { "", "" },
                { "plain", "plain" },
                { "two words", "two words" },
                { "a,b", "\"a,b\"" },
                { "say \"yes\"", "\"say \"\"yes\"\"\"" },
                { "line\nbreak", "\"line\nbreak\"" },
                { "return\rhere", "\"return\rhere\"" },
                { "=1+1", "\"'=1+1\"" },
                { "@SUM(A1)", "\"'@SUM(A1)\"" },
                { "-x", "\"'-x\"" },
                { "a=b", "a=b" },
                { "é", "é" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct paper p;

                paper_open(&p);
                csv_cell(p.file, cases[i].cell);
                assert_string_equal(paper_text(&p), cases[i].written);
                paper_done(&p);
        }
}

static void csv_lines_end_as_the_standard_says(void **state)
{
        const char *const cells[] = { "a", NULL, "c,d" };
        struct paper p;

        paper_open(&p);
        csv_line(p.file, cells, ELEMENTSOF(cells));
        assert_string_equal(paper_text(&p), "a,,\"c,d\"\r\n");
        paper_done(&p);
}

static void terminal_shows_nothing_a_terminal_would_obey(void **state)
{
        static const struct {
                const char *text, *shown;
        } cases[] = {
                { "plain é →", "plain é →" },
                { "\033[31mred", "?[31mred" },
                { "two\nlines\r", "two?lines?" },
                { "\x7f", "?" },
                { "\xc2\x9b"
                  "31m",
                  "?31m" }, /* CSI in one character */
                { "\xe2\x80\xae"
                  "gpj.exe",
                  "?gpj.exe" }, /* right-to-left override */
                { "cut \xc3", "cut ?" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(freep) char *safe = terminal_safe(cases[i].text);

                assert_string_equal(safe, cases[i].shown);
        }
}

static void terminal_folds_at_the_width(void **state)
{
        struct paper p;
        struct terminal t;

        paper_open(&p);
        t = (struct terminal){ .out = p.file, .columns = 20 };
        terminal_fold(&t, 4, 4, "one two three four five");
        t.columns = 0;
        terminal_fold(&t, 4, 4, "one two three four five");
        assert_string_equal(paper_text(&p),
                            "one two three\n    four five\none two three four five\n");
        paper_done(&p);
}

static void terminal_colours_only_when_asked(void **state)
{
        struct paper p;
        struct terminal t;

        paper_open(&p);
        t = terminal_of(p.file, true); /* no terminal: no colour, whoever asks */
        assert_false(t.colour);
        terminal_put(&t, STYLE_RED, "a");
        t.colour = true;
        terminal_put(&t, STYLE_RED, "b");
        assert_string_equal(paper_text(&p), "a\033[31mb\033[0m");
        paper_done(&p);
}

static void report_takes_texts_in_the_language(void **state)
{
        json_auto_t *rule = json_pack("{s:{s:s s:s}}", "title", "en", "Title", "fr", "Titre");

        assert_string_equal(report_rule_text(rule, "title", LANGUAGE_FR), "Titre");
        assert_string_equal(report_rule_text(rule, "title", LANGUAGE_EN), "Title");
        assert_string_equal(report_rule_text(NULL, "title", LANGUAGE_EN), "");
}

static void report_remediation_names_the_region(void **state)
{
        json_auto_t *rule = json_pack("{s:{s:{s:s s:s} s:{s:s}}}", "remediation", "aws", "en",
                                      "delete the one in {region}, not {region}x", "fr", "faire",
                                      "all", "en", "anything");
        static const struct {
                const char *provider, *region, *text;
                enum language language;
        } cases[] = {
                { "aws", "us-east-1", "delete the one in us-east-1, not us-east-1x", LANGUAGE_EN },
                { "aws", NULL, "delete the one in REGION, not REGIONx", LANGUAGE_EN },
                { "aws", "", "delete the one in REGION, not REGIONx", LANGUAGE_EN },
                { "aws", "us-east-1", "faire", LANGUAGE_FR },
                { "gcp", "x", "anything", LANGUAGE_FR },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(freep) char *text = report_remediation(
                        rule, cases[i].provider, cases[i].region, cases[i].language);

                assert_string_equal(text, cases[i].text);
        }
}

static void report_words_fall_back_to_the_code(void **state)
{
        json_auto_t *words = json_pack("{s:{s:{s:s s:s}}}", "roles", "deployer", "en", "Deployer",
                                       "fr", "Déployeur");

        assert_string_equal(report_word(words, "roles", "deployer", LANGUAGE_FR), "Déployeur");
        assert_string_equal(report_word(words, "roles", "other", LANGUAGE_FR), "other");
        assert_string_equal(report_word(NULL, "roles", "deployer", LANGUAGE_FR), "deployer");
        assert_string_equal(report_word(words, "roles", NULL, LANGUAGE_FR), "");
}

static void tally_counts_unknown_like_fail(void **state)
{
        struct tally t = { 0 };

        t.findings[VERDICT_FAIL][SEVERITY_HIGH] = 2;
        t.findings[VERDICT_UNKNOWN][SEVERITY_CRITICAL] = 3;
        t.findings[VERDICT_FAIL][SEVERITY_MEDIUM] = 5;
        t.findings[VERDICT_PASS][SEVERITY_CRITICAL] = 7;
        t.findings[VERDICT_WAIVED][SEVERITY_CRITICAL] = 11;
        assert_int_equal(tally_at_least(&t, SEVERITY_CRITICAL), 3);
        assert_int_equal(tally_at_least(&t, SEVERITY_HIGH), 5);
        assert_int_equal(tally_at_least(&t, SEVERITY_INFO), 10);
        t.coverage[COVERAGE_OK] = 1;
        t.coverage[COVERAGE_OFF] = 1;
        t.coverage[COVERAGE_ABSENT] = 1;
        assert_int_equal(tally_unread(&t), 0);
        for (int state_ = 0; state_ < COVERAGE_STATE_MAX; state_++)
                t.coverage[state_] = 1;
        assert_int_equal(tally_unread(&t), COVERAGE_STATE_MAX - 3);
}

static void report_formats_have_names(void **state)
{
        enum report_format format;

        assert_int_equal(report_format_from_name("json", &format), 0);
        assert_int_equal(format, REPORT_JSON);
        assert_int_equal(report_format_from_name("yaml", &format), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(utf8_next_takes_only_what_is_valid),
                cmocka_unit_test(stream_writes_an_object_row_by_row),
                cmocka_unit_test(stream_survives_hostile_text),
                cmocka_unit_test(stream_latches_what_failed),
                cmocka_unit_test(csv_quotes_where_needed),
                cmocka_unit_test(csv_lines_end_as_the_standard_says),
                cmocka_unit_test(terminal_shows_nothing_a_terminal_would_obey),
                cmocka_unit_test(terminal_folds_at_the_width),
                cmocka_unit_test(terminal_colours_only_when_asked),
                cmocka_unit_test(report_takes_texts_in_the_language),
                cmocka_unit_test(report_remediation_names_the_region),
                cmocka_unit_test(report_words_fall_back_to_the_code),
                cmocka_unit_test(tally_counts_unknown_like_fail),
                cmocka_unit_test(report_formats_have_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
