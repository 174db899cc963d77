#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/report/markdown.h"
#include "tests/support/exported.h"

#include <string.h>

static void markdown_cells_are_text_only(void **state)
{
        static const struct {
                const char *text, *written;
        } cases[] = {
                { NULL, "" },
                { "plain é →", "plain é →" },
                { "a|b", "a\\|b" },
                { "two\nlines\r", "two lines " },
                { "</script><b>&", "&lt;/script&gt;&lt;b&gt;&amp;" },
                { "[x](http://y)", "\\[x\\](http://y)" },
                { "`code` *b* _i_ ~s~ $m$", "\\`code\\` \\*b\\* \\_i\\_ \\~s\\~ \\$m\\$" },
                { "back\\slash", "back\\\\slash" },
                { "\033[31m", " \\[31m" },
                { "\xe2\x80\xae"
                  "gpj.exe",
                  " gpj.exe" },
                { "cut \xc3", "cut \xef\xbf\xbd" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(freep) char *text = NULL;
                size_t size;
                FILE *out = open_memstream(&text, &size);

                assert_non_null(out);
                markdown_cell(out, cases[i].text);
                (void)fclose(out);
                assert_string_equal(text, cases[i].written);
        }
}

static void markdown_has_each_part(void **state)
{
        static const char *const says[] = {
                "(incomplete)\n",
                "\n## Summary\n",
                "\n## Could not be read\n",
                "| eu-west-3 | aws.sagemaker.endpoint | denied | because",
                "\n## Resources\n",
                "| mlaas |  | aws.sagemaker.endpoint | name-b | InService |",
                "\n## Findings\n",
                "| LOC-001 | Outside | undetermined | medium |",
                "| LOC-001 | Outside | waived | high |",
                "\nNo advice.\n",
        };
        _cleanup_(freep) char *text = NULL;

        exported_fill(*state);
        text = exported_text(*state, REPORT_MARKDOWN, REPORT_SCAN, NULL);
        for (size_t i = 0; i < ELEMENTSOF(says); i++)
                if (!strstr(text, says[i]))
                        fail_msg("does not say %s but: %s", says[i], text);
}

/* A list of resources alone still says what could not be read. */
static void markdown_of_resources_tells_what_is_unread(void **state)
{
        _cleanup_(freep) char *text = NULL;

        exported_fill(*state);
        text = exported_text(*state, REPORT_MARKDOWN, REPORT_RESOURCES, NULL);
        assert_non_null(strstr(text, "| denied | because"));
        assert_null(strstr(text, "## Findings"));
}

static void markdown_says_when_there_is_nothing(void **state)
{
        _cleanup_(freep) char *text = NULL;

        ledger_scan(*state, NULL, 0);
        text = exported_text(*state, REPORT_MARKDOWN, REPORT_SCAN, NULL);
        assert_non_null(strstr(text, "## Resources\n\nNone.\n"));
        assert_non_null(strstr(text, "## Findings\n\nNone.\n"));
}

#define WITH_LEDGER(f) cmocka_unit_test_setup_teardown(f, ledger_setup, ledger_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(markdown_cells_are_text_only),
                WITH_LEDGER(markdown_has_each_part),
                WITH_LEDGER(markdown_of_resources_tells_what_is_unread),
                WITH_LEDGER(markdown_says_when_there_is_nothing),
        };

        return cmocka_run_group_tests_name("report_markdown", tests, NULL, NULL);
}
