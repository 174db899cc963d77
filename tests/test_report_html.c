#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/model/programme.h"
#include "daemon/report/html.h"
#include "tests/support/exported.h"

#include <inttypes.h>
#include <string.h>

/* ---- text --------------------------------------------------------------------------------------
 */

static void html_escapes_whatever_is_put(void **state)
{
        static const struct {
                const char *text, *written;
        } cases[] = {
                { NULL, "" },
                { "plain é →", "plain é →" },
                { "</script><b>&", "&lt;/script&gt;&lt;b&gt;&amp;" },
                { "a\" onload='x'", "a&quot; onload=&#39;x&#39;" },
                { "two\nlines\r\t.", "two lines  ." },
                { "<!-- -->", "&lt;!-- --&gt;" },
                { "\033[31m", " [31m" },
                { "\xe2\x80\xae"
                  "gpj.exe",
                  " gpj.exe" },
                { "\xef\xbf\xbf", " " }, /* U+FFFF: no character in HTML */
                { "cut \xc3", "cut \xef\xbf\xbd" },
                { "\xc0\xbc", "\xef\xbf\xbd\xef\xbf\xbd" }, /* '<', too long */
                { "\xff<", "\xef\xbf\xbd&lt;" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(freep) char *text = NULL;
                size_t size;
                FILE *out = open_memstream(&text, &size);

                assert_non_null(out);
                html_escape(out, cases[i].text);
                (void)fclose(out);
                assert_string_equal(text, cases[i].written);
        }
}

static void html_patterns_take_texts_and_numbers(void **state)
{
        const char *volatile nothing = NULL; /* as of a member that is not there */
        _cleanup_(freep) char *text = NULL;
        size_t size;
        struct html h = { .out = open_memstream(&text, &size) };

        assert_non_null(h.out);
        html_put(&h, "<a b=\"%s\">%d %" PRIu64 " %% %s: %s</a>", "\"<", -1, UINT64_MAX, "x",
                 nothing);
        (void)fclose(h.out);
        assert_string_equal(text, "<a b=\"&quot;&lt;\">-1 18446744073709551615 % x: </a>");
}

static void html_most_sorts_by_count_then_by_bytes(void **state)
{
        json_auto_t *counts = json_pack("{s:i, s:i, s:i}", "b", 1, "c", 7, "a", 1);
        _cleanup_(freep) const char **keys = NULL;
        size_t n = 0;

        assert_int_equal(html_most(counts, &keys, &n), 0);
        assert_int_equal(n, 3);
        assert_string_equal(keys[0], "c");
        assert_string_equal(keys[1], "a");
        assert_string_equal(keys[2], "b");
}

/* ---- pages -------------------------------------------------------------------------------------
 */

static void assert_says(const char *page, const char *const *says, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (!strstr(page, says[i]))
                        fail_msg("does not say %s but: %s", says[i], page);
}

static char *page_of(struct ledger *l, const struct store_filter *filter)
{
        return exported_text(l, REPORT_HTML, REPORT_SCAN, filter);
}

static void html_has_each_section(void **state)
{
        static const char *const says[] = {
                "<!DOCTYPE html>\n<html lang=\"en\">",
                "default-src 'none'; style-src 'sha256-",
                "<section id=\"glance\"",
                "<section id=\"map\"",
                "<section id=\"places\"",
                "<section id=\"rules\"",
                "<section id=\"findings\"",
                "<section id=\"duties\"",
                "<section id=\"flows\"",
                "<section id=\"retention\"",
                "<section id=\"offers\"",
                "<section id=\"coverage\"",
                "<section id=\"waivers\"",
                "<section id=\"programme\"",
                "<section id=\"changes\"",
                "<section id=\"inventory\"",
                "<section id=\"method\"",
                "<footer><p>No advice.</p></footer>",
                "</html>\n",
        };
        _cleanup_(freep) char *page = NULL;

        exported_fill(*state);
        page = page_of(*state, NULL);
        assert_says(page, says, ELEMENTSOF(says));
}

/* What was denied is said at the top, in the matrix and in its own section, and counts as nothing
 * else. */
static void html_shows_what_is_not_known(void **state)
{
        static const char *const says[] = {
                "<p class=\"alarm\"><a href=\"#coverage\">Not everything could be read",
                "<b>1</b> lists without an answer",
                "? 1 / 1<span class=\"hear\"> lists without an answer</span>",
                "<td>? denied</td><td>because",
                "<b>1</b> undetermined",
                "<small>denied: s3:GetBucket</small>", /* where the log of a goes */
                "data-v=\"unknown\" data-s=\"medium\"",
        };
        _cleanup_(freep) char *page = NULL;

        exported_fill(*state);
        page = page_of(*state, NULL);
        assert_says(page, says, ELEMENTSOF(says));
}

static void html_findings_have_reason_and_evidence(void **state)
{
        static const char *const says[] = {
                "<details class=\"rule\" id=\"r-LOC-001\">",
                "<p>Why it matters.</p>",
                "<li><b>AWS</b>: Move it.</li>",
                "<span class=\"why\">what was seen</span></summary>",
                "<b>ListEndpoints</b> r-1<br><code>sha256:00ff</code>",
                "<dd>W-1, Risques, until 2027-03-31: Essai</dd>",
                "<dd>none: nothing was read</dd>", /* LOG-001 was judged without */
        };
        _cleanup_(freep) char *page = NULL;

        exported_fill(*state);
        page = page_of(*state, NULL);
        assert_says(page, says, ELEMENTSOF(says));
}

/* Names end neither an element, nor an attribute, nor the script. */
static void html_holds_hostile_names(void **state)
{
        _cleanup_(freep) char *page = NULL;
        const char *script;

        exported_fill(*state);
        page = page_of(*state, NULL);
        assert_non_null(strstr(page, "=1+1 &quot;quoted&quot; &lt;/script&gt;|`*_[x](y)\\  "));
        assert_non_null(strstr(page, "end\xef\xbf\xbd<br>"));
        script = strstr(page, "<script>");
        assert_non_null(script);
        assert_null(strstr(script + 1, "<script"));
        assert_string_equal(strstr(script, "</script>"), "</script>\n</body>\n</html>\n");
        assert_null(strchr(page, '\x1b'));
}

static void html_is_the_same_for_the_same_store(void **state)
{
        _cleanup_(freep) char *one = NULL, *two = NULL;

        exported_fill(*state);
        one = page_of(*state, NULL);
        two = page_of(*state, NULL);
        assert_string_equal(one, two);
}

static void html_says_when_it_is_a_part_only(void **state)
{
        static const struct store_filter filter = { .region = "eu-west-1" };
        _cleanup_(freep) char *page = NULL, *whole = NULL;

        exported_fill(*state);
        page = page_of(*state, &filter);
        whole = page_of(*state, NULL);
        assert_non_null(strstr(page, "This report was limited to a part"));
        assert_null(strstr(whole, "This report was limited to a part"));
        assert_non_null(strstr(page, "<b>5</b> resources that the APIs named"));
}

static void html_of_nothing_is_no_all_clear(void **state)
{
        static const char *const says[] = {
                "<p class=\"alarm\">No scan yet.</p>",
                "None found in what was read.",
                "Nothing was judged yet.",
                "Nothing was asked yet.",
        };
        _cleanup_(freep) char *page = NULL;

        page = page_of(*state, NULL);
        assert_says(page, says, ELEMENTSOF(says));
        assert_null(strstr(page, "Every list that was asked had an answer."));
}

/* A list that a scan lost, and what was behind it. */
static void html_tells_what_changed(void **state)
{
        static const struct visit there = { .ids = "a b" }, denied = { .state = COVERAGE_DENIED };
        static const char *const says[] = {
                "Between the scans",
                "can no longer be read",
                "<td>not seen</td><th scope=\"row\">name-a</th>",
        };
        _cleanup_(freep) char *page = NULL, *first = NULL;

        ledger_scan(*state, &there, 1);
        first = page_of(*state, NULL);
        assert_non_null(strstr(first, "only one complete scan is recorded"));
        ledger_scan(*state, &denied, 1);
        page = page_of(*state, NULL);
        assert_says(page, says, ELEMENTSOF(says));
        assert_null(strstr(page, "<td>gone</td>"));
}

/* ---- the programme -----------------------------------------------------------------------------
 */

/* The page with that programme; the caller frees. */
static char *page_with(struct ledger *l, const struct programme *p, const char *why_not,
                       const struct store_filter *filter)
{
        static const struct store_filter none = { 0 };
        struct report_request request = { .store = l->store,
                                          .part = REPORT_SCAN,
                                          .filter = filter ? filter : &none,
                                          .language = LANGUAGE_EN,
                                          .programme = p,
                                          .no_programme = why_not };
        struct error err = { 0 };
        char *text = NULL;
        size_t size;

        request.terminal.out = open_memstream(&text, &size);
        assert_non_null(request.terminal.out);
        if (report_write(&request, REPORT_HTML, &err) < 0)
                fail_msg("%s", err.text);
        (void)fclose(request.terminal.out);
        return text;
}

#define TEXT(s)                                                                                    \
        {                                                                                          \
                .in = { [LANGUAGE_EN] = (char *)(s) }                                              \
        }

/* Two steps: one of rules that is not done, one of a register, wholly done. */
static char *page_of_programme(struct ledger *l, json_t *registers_take, uint64_t unread,
                               const struct store_filter *filter)
{
        static const struct text role = TEXT("Identify <the> role"), train = TEXT("Train teams"),
                                 declared = TEXT("declared"), literacy = TEXT("AI literacy"),
                                 guide = TEXT("the guide");
        json_auto_t *registers = registers_take, *providers = json_pack("[s]", "aws"),
                    *rules = store_rules_data(l->store);
        struct programme_gap gaps[] = {
                { .lack = LACK_RULE,
                  .subject = (char *)"LOC-001",
                  .entry = (char *)"",
                  .detail = (char *)"",
                  .count = { .open = 3, .unknown = 1 },
                  .severity = SEVERITY_HIGH },
                { .lack = LACK_ENTRY,
                  .subject = (char *)"</table><script>",
                  .entry = (char *)"",
                  .detail = (char *)"",
                  .count = { .open = 1 } },
        };
        struct programme_gauge of_rules = { .title = &declared,
                                            .register_name = "contracts",
                                            .count = { 1, 3, 1, 2 },
                                            .gaps = gaps,
                                            .n_gaps = ELEMENTSOF(gaps) },
                               of_training = { .title = &literacy,
                                               .register_name = "training",
                                               .count = { .done = 4 } };
        struct programme_stage stages[] = {
                { .title = &role,
                  .weeks = 2,
                  .count = { 1, 3, 1, 2 },
                  .gauges = &of_rules,
                  .n_gauges = 1,
                  .of_scan = true },
                { .title = &train, .count = { .done = 4 }, .gauges = &of_training, .n_gauges = 1 },
        };
        const struct programme p = { .source = &guide,
                                     .as_of = "2026-01-01",
                                     .months = { 8, 14 },
                                     .stages = stages,
                                     .n_stages = ELEMENTSOF(stages),
                                     .unplaced = providers,
                                     .rules = rules,
                                     .registers = registers,
                                     .scan = (char *)"scan",
                                     .finished = (char *)"now",
                                     .complete = true,
                                     .unread = unread };

        assert_true(registers && providers && rules);
        return page_with(l, &p, NULL, filter);
}

static void html_tells_how_far_the_programme_is(void **state)
{
        static const char *const says[] = {
                "<a href=\"#programme\">Compliance programme</a></li>",
                "<b>1 / 2</b> steps of the programme done · <b>2</b> entries in registers · "
                "<b>1</b> ended",
                "<th scope=\"row\">1. Identify &lt;the&gt; role</th>",
                "<td class=\"n\">1 / 7</td><td class=\"n\">3</td><td class=\"n\">1</td>"
                "<td class=\"n\">2</td><td>2 weeks</td>",
                "LOC-001 Outside: 3 to be addressed, 1 undetermined</td><td>"
                "<a href=\"#r-LOC-001\">LOC-001</a>",
                "&lt;/table&gt;&lt;script&gt;: no entry in the register</td>"
                "<td><code>registers/*.yaml, contracts:</code>",
                "<summary>2 entries, 1 of them ended</summary>",
                "<td>C-1</td><td>Achats &lt;b&gt;</td><td>GED 1</td><td>2026-01-01</td>"
                "<td>2027-01-01</td><td>in force</td>",
                "<td>expired</td>",
                "Source: the guide, 2026-01-01",
        };
        json_t *registers =
                json_pack("[{s:s, s:s, s:s, s:s, s:s, s:s, s:s}, {s:s, s:s, s:s}]", "register",
                          "contracts", "id", "C-1", "owner", "Achats <b>", "proof", "GED 1", "date",
                          "2026-01-01", "until", "2027-01-01", "state", "in-force", "register",
                          "training", "id", "T-1", "state", "expired");
        _cleanup_(freep) char *page = NULL;

        exported_fill(*state);
        page = page_of_programme(*state, registers, 0, NULL);
        assert_says(page, says, ELEMENTSOF(says));
        assert_null(strstr(page, "No register was given"));
        assert_null(strstr(page, "lists could not be read: what they hold"));
}

static void html_programme_without_registers_says_so(void **state)
{
        static const char *const says[] = {
                "? no register was given",
                "<p class=\"alarm\">? No register was given: contracts, training",
                "vigie report --config FILE names.",
                "3 lists could not be read: what they hold is in none of these numbers",
                "The programme is of all that is known, not of this part alone.",
        };
        static const struct store_filter filter = { .region = "eu-west-1" };
        _cleanup_(freep) char *page = NULL;

        exported_fill(*state);
        page = page_of_programme(*state, json_array(), 3, &filter);
        assert_says(page, says, ELEMENTSOF(says));
}

/* Neither that it is done nor that nothing is. */
static void html_says_why_there_is_no_programme(void **state)
{
        static const char *const says[] = {
                "? How far it is could not be reckoned: /etc/vigie.yaml:3:4: unknown key &lt;b&gt;",
        };
        _cleanup_(freep) char *page = NULL, *without = NULL;

        exported_fill(*state);
        page = page_with(*state, NULL, "/etc/vigie.yaml:3:4: unknown key <b>", NULL);
        assert_says(page, says, ELEMENTSOF(says));
        without = page_of(*state, NULL);
        assert_non_null(strstr(without, "? How far it is was not reckoned for this page"));
        assert_null(strstr(without, "steps of the programme done"));
}

static void html_is_refused_for_parts(void **state)
{
        assert_true(report_format_has(REPORT_HTML, REPORT_SCAN));
        assert_false(report_format_has(REPORT_HTML, REPORT_FINDINGS));
}

#define WITH_LEDGER(f) cmocka_unit_test_setup_teardown(f, ledger_setup, ledger_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(html_escapes_whatever_is_put),
                cmocka_unit_test(html_patterns_take_texts_and_numbers),
                cmocka_unit_test(html_most_sorts_by_count_then_by_bytes),
                WITH_LEDGER(html_has_each_section),
                WITH_LEDGER(html_shows_what_is_not_known),
                WITH_LEDGER(html_findings_have_reason_and_evidence),
                WITH_LEDGER(html_holds_hostile_names),
                WITH_LEDGER(html_is_the_same_for_the_same_store),
                WITH_LEDGER(html_says_when_it_is_a_part_only),
                WITH_LEDGER(html_of_nothing_is_no_all_clear),
                WITH_LEDGER(html_tells_what_changed),
                WITH_LEDGER(html_tells_how_far_the_programme_is),
                WITH_LEDGER(html_programme_without_registers_says_so),
                WITH_LEDGER(html_says_why_there_is_no_programme),
                cmocka_unit_test(html_is_refused_for_parts),
        };

        return cmocka_run_group_tests_name("report_html", tests, NULL, NULL);
}
