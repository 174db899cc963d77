/* Reports over the store, and nothing else: one file per format.
 *
 * Rows are streamed in the store's order, so that the same state gives the same bytes and memory
 * does not grow with the inventory. */
#pragma once

#include "daemon/model/text.h"
#include "daemon/report/terminal.h"
#include "daemon/store/store.h"

enum report_format {
        REPORT_TABLE,
        REPORT_JSON,
        REPORT_CSV,
        REPORT_OCSF,
        REPORT_OSCAL,
        REPORT_CYCLONEDX,
        REPORT_SARIF,
        REPORT_PROMETHEUS,
        REPORT_MARKDOWN,
        REPORT_HTML,
        REPORT_FORMAT_MAX,
};

/* -EINVAL for a name that is none. */
int report_format_from_name(const char *name, enum report_format *ret);

enum report_part {
        REPORT_SCAN, /* everything: what one scan saw */
        REPORT_COVERAGE,
        REPORT_RESOURCES,
        REPORT_FINDINGS,
};

/* Does the format have a form for that part? */
bool report_format_has(enum report_format format, enum report_part part);

/* The names of the formats that have one, NULL-terminated. */
void report_format_names(enum report_part part, const char *names[static REPORT_FORMAT_MAX + 1]);

struct programme;

struct report_request {
        struct store *store;
        enum report_part part;
        const struct store_filter *filter;
        const char *const *accounts; /* only these (NULL-terminated); NULL: all */
        enum language language;
        struct terminal terminal;          /* where it is written */
        bool verbose;                      /* table: no group is cut short */
        bool served;                       /* html: its history is at /history */
        const struct programme *programme; /* html: how far it is; NULL: not reckoned */
        const char *no_programme; /* html: why it could not be; NULL: nobody asked for it */
};

int report_json(const struct report_request *request, struct error *err);
int report_csv(const struct report_request *request, struct error *err);
int report_table(const struct report_request *request, struct error *err);
int report_ocsf(const struct report_request *request, struct error *err);
int report_oscal(const struct report_request *request, struct error *err);
int report_cyclonedx(const struct report_request *request, struct error *err);
int report_sarif(const struct report_request *request, struct error *err);
int report_prometheus(const struct report_request *request, struct error *err);
int report_markdown(const struct report_request *request, struct error *err);
int report_html(const struct report_request *request, struct error *err);

/* The policy that the HTML page states (Content-Security-Policy), for whoever serves it. */
enum { REPORT_POLICY_MAX = 512 };
char *report_html_policy(char text[static REPORT_POLICY_MAX]);

/* By format; -EIO when what was written did not reach its file. */
int report_write(const struct report_request *request, enum report_format format,
                 struct error *err);

/* Is this row's account asked for? */
bool report_wants(const struct report_request *request, const char *account);

/* Did the last scan reach its end, and does every list have an answer? */
bool report_is_complete(const struct store_summary *summary);

/* title, remediation… of a rule: member[language], English where there is none; "" without it. */
const char *report_rule_text(const json_t *rule_data, const char *member, enum language language);

/* What to do about a finding, for its provider; "" when the rule does not say. "{region}" in it
 * becomes region, or the word REGION when that is NULL or empty. The caller frees; NULL without
 * memory. */
char *report_remediation(const json_t *rule_data, const char *provider, const char *region,
                         enum language language);

/* The word for a code of that group ("roles", "reasons"…) in the words that the store keeps; the
 * code itself when they do not have it, "" without one. */
const char *report_word(const json_t *words, const char *group, const char *code,
                        enum language language);

/* A cause that the store keeps, said in that language where the words have it. The caller frees;
 * NULL without one, or without memory. */
char *report_cause(const json_t *words, const char *cause, enum language language);

/* The finding's reason in that language, "" at least. */
const char *report_why(const struct store_finding *finding, enum language language);
