/* The report that people read: one HTML file, of the store alone, that fetches nothing, works
 * without its script, and prints. One file for each section.
 *
 * Everything that is written goes through html_put(), which escapes whatever is put into a
 * pattern: names come from whoever may create resources. Patterns are the program's own texts.
 *
 * The inventory is walked once: what the sections at the top sum up is collected while its rows
 * are written to a spool, which is copied to where it belongs. Private to report/html*.c. */
#pragma once

#include "daemon/base/cleanup.h"
#include "daemon/report/explain-lines.h"
#include "daemon/report/export.h"

enum {
        HTML_SHOWN_MAX = 20000, /* rows of the inventory that a page lists one by one */
        HTML_RULE_MAX = 2000,   /* findings of one rule that it lists one by one */
        HTML_FOLD_MIN = 60,     /* findings of one rule from which they are folded by place */
};

/* What the sections are made of. Counts are JSON objects {key: n} in the order of the store. */
struct html_survey {
        json_t *types;     /* duties_add() */
        json_t *areas;     /* {area: n} */
        json_t *countries; /* {country: n}; "" without one */
        json_t *risks;     /* {risk class: n} */
        json_t *providers; /* {provider: n} */
        json_t *offers;    /* {offer: n}; "" without one */
        json_t *places;    /* {"provider\taccount\tregion": {"types": {type: n}, "n", "country",
                              "area",    "asked", "unread"}} */
        json_t *unread;    /* [{"provider","account","scope","region","n","rows": [{"collector",
                              "state","cause","permission","since","last_ok"}]}]: lists without an
                              answer, by place; n counts those beyond the bound too */
        json_t *states;    /* {coverage state: n} */
        json_t *rules; /* {rule: {"fail", "unknown", "pass", "waived", "worst", "data"}}; worst: 1 +
                          the severity of what fails or is undetermined */
        json_t *sinks; /* html-retention.c */
        json_t *flows, *flows_coarse, *flows_further; /* html-flow.c */
        uint64_t findings[VERDICT_MAX][SEVERITY_MAX];
        uint64_t resources, stale, sinks_left, flows_left, unread_left;
        FILE *inventory; /* the spool */
};

struct html {
        FILE *out;
        const struct report_request *request;
        struct export e;
        struct explain explain;
        struct html_survey survey;
        char *judged;  /* as of when; NULL when it was not judged */
        json_t *basis; /* {name: digest}; NULL likewise */
        uint64_t calls;
        struct error *err;
};

/* ---- text --------------------------------------------------------------------------------------
 */

/* For %s the text, escaped ("" for NULL); %d an int; PRIu64 and PRId64 their numbers; %% a per cent
 * sign; a colon after %s is the language's own. The pattern itself is written as it stands. */
void html_put(const struct html *h, const char *pattern, ...) __attribute__((format(printf, 2, 3)));
/* What html_put() makes of a text: fit for content and for quoted attributes. Controls and marks
 * that change which way text runs become blanks, bytes that are no UTF-8 U+FFFD. */
void html_escape(FILE *out, const char *text);
/* Fit for an id and for the class of an element: what is neither letter, digit nor hyphen becomes a
 * hyphen. Into text; returns text. */
enum { HTML_NAME_MAX = 128 };
const char *html_name(const char *from, char text[static HTML_NAME_MAX]);

/* A section with its heading, which the list of contents names too. */
void html_section(const struct html *h, const char *id, const char *title);
void html_section_end(const struct html *h);
/* <table> with a caption and its heads, NULL-terminated; class "" for none. A head that begins with
 * '#' is of a column of numbers. */
void html_table(const struct html *h, const char *class, const char *caption,
                const char *const *heads);
void html_table_end(const struct html *h);

/* A word of the store's. */
const char *html_word(const struct html *h, const char *group, const char *code);
/* The verdict or the severity with its sign, so that no colour is needed to tell them apart. */
void html_verdict(const struct html *h, enum verdict v);
void html_severity(const struct html *h, enum severity s);
/* The same of an area: a shape, and its name; or the shape alone. */
void html_area(const struct html *h, const char *area);
void html_area_sign(const struct html *h, const char *area);
/* The shape in a drawing: r from (x, y) to its edge; outlined where nothing is. */
void html_shape(const struct html *h, const char *area, int x, int y, int r, bool filled);
/* "France (FR)", the code where no name is known. */
void html_country(const struct html *h, const char *code);
/* "eu-west-3 (FR)" with the sign of its area; what the tables of regions do not have as it is. */
void html_region(const struct html *h, const char *provider, const char *region);
/* {"country", "area"} of a region, NULL when no table has it; borrowed. */
const json_t *html_region_of(const struct html *h, const char *provider, const char *region);

/* ---- counts ------------------------------------------------------------------------------------
 */

/* The object or array below key, made when it is not there; NULL without memory. Keys may hold any
 * bytes: they are escaped when they are written. */
json_t *html_object_at(json_t *in, const char *key);
json_t *html_array_at(json_t *in, const char *key);
/* One more of key; -ENOMEM. */
int html_count_up(json_t *in, const char *key);
uint64_t html_count(const json_t *in, const char *key);
/* The keys of counts, those with most first, then in the order of bytes; *ret is freed by the
 * caller, its keys are borrowed. */
int html_most(const json_t *counts, const char ***ret, size_t *ret_n);

/* ---- parts -------------------------------------------------------------------------------------
 */

/* What the page carries inside: style and script, and what its policy calls them by. */
const char *html_style(void);
const char *html_script(void);
enum { HTML_HASH_MAX = 64 };
char *html_hash(const char *text, char hash[static HTML_HASH_MAX]);
/* The policy of a page with that style, and nothing else that could be run or fetched. */
char *html_plain_policy(const char *style, char text[static REPORT_POLICY_MAX]);
/* All up to <body>; policy and style are the program's own. */
void html_begin(const struct html *h, enum language language, const char *title, const char *policy,
                const char *style);

/* A bar of that many days beside the floor, in the page's class for it; days < 0: not known. */
void html_days_bar(const struct html *h, const char *class, int64_t days, int64_t floor);

int html_survey_take(struct html *h);
void html_survey_done(struct html_survey *s);
/* Rows of html-place.c's list, as the survey walks over the inventory. */
struct html_inventory;
int html_inventory_begin(struct html_inventory **ret, struct html *h);
int html_inventory_add(struct html_inventory *i, const struct store_resource *r);
int html_inventory_end(struct html_inventory *i);
int html_sink_add(struct html *h, const struct store_resource *r);
int html_flow_add(struct html *h, const struct store_resource *r);

int html_glance(struct html *h);
/* The line of the summary that leads to the programme. */
void html_programme_line(const struct html *h);
int html_map(struct html *h);
int html_places(struct html *h);
int html_rules(struct html *h);
int html_findings(struct html *h);
int html_duties(struct html *h);
int html_flows(struct html *h);
int html_retention(struct html *h);
int html_offers(struct html *h);
int html_coverage(struct html *h);
int html_waivers(struct html *h);
int html_programme(struct html *h);
int html_changes(struct html *h);
int html_inventory(struct html *h);
int html_method(struct html *h);
