/* Metrics as text: what is summed, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/cleanup.h"
#include "providers/openmetrics.h"

#include <errno.h>
#include <string.h>

static const struct {
        const char *what, *text;
        const char *samples; /* as JSON, sorted; NULL: refused */
        const char *error;
} cases[] = {
        { "nothing to tell", "# EOF\n", "{}", NULL },
        { "the end without a line's end", "# EOF", "{}", NULL },
        { "labels are summed",
          "# HELP http_requests Requests.\n# TYPE http_requests counter\n"
          "http_requests_total{code=\"200\",replica=\"a\"} 40\n"
          "http_requests_total{code=\"500\",replica=\"a\"} 1\n# EOF\n",
          "{\"http_requests_total\": 41.0}", NULL },
        { "times and exemplars are passed over",
          "a_total 3 1732600000.5 # {trace_id=\"x\"} 0.67\n# EOF\n", "{\"a_total\": 3.0}", NULL },
        { "a brace and a quote within a label",
          "a_total{path=\"/v1/{id}\",say=\"\\\"}\\\"\"} 2\n# EOF\n", "{\"a_total\": 2.0}", NULL },
        { "exponents and signs", "a 1e3\nb -2.5\n# EOF\n", "{\"a\": 1000.0, \"b\": -2.5}", NULL },
        { "what is no number is no sample", "a NaN\nb +Inf\nc -inf\n# EOF\n", "{}", NULL },
        { "lines of Windows", "a 1\r\n\r\n# EOF\r\n", "{\"a\": 1.0}", NULL },
        { "a reply that was cut short", "a_total 3\n", NULL, "cut short" },
        { "nothing at all", "", NULL, "cut short" },
        { "a comment alone", "# anything\n", NULL, "cut short" },
        { "more after the end", "# EOF\na 1\n", NULL, "line 2 is no OpenMetrics text" },
        { "a web page", "<html><body>Sign in</body></html>\n", NULL, "line 1 is no" },
        { "JSON", "{\"error\": \"not found\"}\n", NULL, "line 1 is no" },
        { "a name without a value", "a\n# EOF\n", NULL, "line 1 is no" },
        { "labels that do not end", "ok 1\na{b=\"c} 2\n# EOF\n", NULL, "line 2 is no" },
        { "a value that is a word", "a many\n# EOF\n", NULL, "line 1 is no" },
        { "a name that begins with a digit", "1a 1\n# EOF\n", NULL, "line 1 is no" },
        { "a type of nothing", "# TYPE a\n# EOF\n", NULL, "line 1 is no" },
};

static void openmetrics_reads_and_refuses(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(freep) char *samples = NULL;
                json_auto_t *metrics = NULL;
                struct error err = { 0 };
                int r = openmetrics_parse(cases[i].text, &metrics, &err);

                if (!cases[i].samples) {
                        if (r != -EBADMSG || metrics || !strstr(err.text, cases[i].error))
                                fail_msg("%s: %d, %s", cases[i].what, r, err.text);
                        assert_null(strstr(err.text, "Sign in")); /* nothing is quoted */
                        continue;
                }
                if (r < 0)
                        fail_msg("%s: %s", cases[i].what, err.text);
                samples = json_dumps(json_object_get(metrics, "samples"), JSON_SORT_KEYS);
                if (strcmp(samples, cases[i].samples) != 0)
                        fail_msg("%s: %s", cases[i].what, samples);
        }
}

static void openmetrics_knows_types(void **state)
{
        json_auto_t *metrics = NULL;

        assert_int_equal(
                openmetrics_parse("# TYPE a counter\n# TYPE b histogram\n# EOF\n", &metrics, NULL),
                0);
        assert_string_equal(
                json_string_value(json_object_get(json_object_get(metrics, "types"), "b")),
                "histogram");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(openmetrics_reads_and_refuses),
                cmocka_unit_test(openmetrics_knows_types),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
