#include "daemon/report/report.h"

#include "daemon/base/buffer.h"
#include "daemon/model/cause.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
        HAS_SCAN = 1U << REPORT_SCAN,
        HAS_COVERAGE = 1U << REPORT_COVERAGE,
        HAS_RESOURCES = 1U << REPORT_RESOURCES,
        HAS_FINDINGS = 1U << REPORT_FINDINGS,
        HAS_ALL = HAS_SCAN | HAS_COVERAGE | HAS_RESOURCES | HAS_FINDINGS,
};

/* The one list of formats: what is not there is neither parsed nor offered. */
static const struct {
        const char *name;
        int (*write)(const struct report_request *request, struct error *err);
        unsigned parts;
} formats[] = {
        [REPORT_TABLE] = { "table", report_table, HAS_ALL },
        [REPORT_JSON] = { "json", report_json, HAS_ALL },
        [REPORT_CSV] = { "csv", report_csv, HAS_ALL },
        [REPORT_OCSF] = { "ocsf", report_ocsf, HAS_ALL },
        [REPORT_OSCAL] = { "oscal", report_oscal, HAS_ALL },
        [REPORT_CYCLONEDX] = { "cyclonedx", report_cyclonedx, HAS_SCAN | HAS_RESOURCES },
        [REPORT_SARIF] = { "sarif", report_sarif, HAS_SCAN | HAS_FINDINGS },
        [REPORT_PROMETHEUS] = { "prometheus", report_prometheus, HAS_ALL },
        [REPORT_MARKDOWN] = { "markdown", report_markdown, HAS_ALL },
        [REPORT_HTML] = { "html", report_html, HAS_SCAN },
};
static_assert(ELEMENTSOF(formats) == REPORT_FORMAT_MAX, "every format has its row");

bool report_format_has(enum report_format format, enum report_part part)
{
        return formats[format].parts & 1U << part;
}

void report_format_names(enum report_part part, const char *names[static REPORT_FORMAT_MAX + 1])
{
        size_t n = 0;

        for (size_t i = 0; i < ELEMENTSOF(formats); i++)
                if (report_format_has((enum report_format)i, part))
                        names[n++] = formats[i].name;
        names[n] = NULL;
}

int report_format_from_name(const char *name, enum report_format *ret)
{
        for (size_t i = 0; i < ELEMENTSOF(formats); i++)
                if (strcmp(formats[i].name, name) == 0) {
                        *ret = (enum report_format)i;
                        return 0;
                }
        return -EINVAL;
}

int report_write(const struct report_request *request, enum report_format format, struct error *err)
{
        FILE *out = request->terminal.out;
        int r = formats[format].write(request, err);

        if (r < 0)
                return r;
        if (fflush(out) != 0 || ferror(out))
                return error_set(err, -EIO, "output: %s", strerror(errno ? errno : EIO));
        return 0;
}

bool report_wants(const struct report_request *request, const char *account)
{
        if (!request->accounts)
                return true;
        for (const char *const *a = request->accounts; *a; a++)
                if (strcmp(*a, account) == 0)
                        return true;
        return false;
}

static const char *text_of(const json_t *texts, enum language language)
{
        const char *text =
                json_string_value(json_object_get(texts, language == LANGUAGE_FR ? "fr" : "en"));

        if (!text)
                text = json_string_value(json_object_get(texts, "en"));
        return text ? text : "";
}

bool report_is_complete(const struct store_summary *summary)
{
        for (int state = 0; state < COVERAGE_STATE_MAX; state++)
                if (summary->coverage[state] > 0 && !coverage_is_answer((enum coverage_state)state))
                        return false;
        return summary->complete;
}

const char *report_rule_text(const json_t *rule_data, const char *member, enum language language)
{
        return text_of(json_object_get(rule_data, member), language);
}

char *report_remediation(const json_t *rule_data, const char *provider, const char *region,
                         enum language language)
{
        static const char placeholder[] = "{region}";
        const json_t *all = json_object_get(rule_data, "remediation");
        const json_t *own = json_object_get(all, provider);
        const char *text = text_of(own ? own : json_object_get(all, "all"), language), *at;
        struct buffer b = BUFFER_INIT(65536);

        while ((at = strstr(text, placeholder))) {
                buffer_append(&b, text, (size_t)(at - text));
                buffer_add(&b, region && *region ? region : "REGION");
                text = at + strlen(placeholder);
        }
        buffer_add(&b, text);
        if (buffer_error(&b) < 0) {
                buffer_done(&b);
                return NULL;
        }
        return buffer_take(&b);
}

const char *report_word(const json_t *words, const char *group, const char *code,
                        enum language language)
{
        const char *word =
                code ? text_of(json_object_get(json_object_get(words, group), code), language) : "";

        return *word || !code ? word : code;
}

char *report_cause(const json_t *words, const char *cause, enum language language)
{
        char *said[LANGUAGE_MAX] = { NULL };

        if (!cause)
                return NULL;
        if (cause_say(json_object_get(words, "causes"), cause, NULL, said) <= 0)
                return strdup(cause);
        for (int l = 0; l < LANGUAGE_MAX; l++)
                if (l != (int)language)
                        free(said[l]);
        return said[language];
}

const char *report_why(const struct store_finding *finding, enum language language)
{
        const char *why = finding->why[language];

        if (!why)
                why = finding->why[LANGUAGE_EN];
        return why ? why : "";
}
