/* What the explanations are made of: labelled lines, provisions and their articles in words. For
 * explain*.c and duties.c only. */
#pragma once

#include "daemon/report/report.h"

enum { EXPLAIN_TEXT_MAX = 2048, EXPLAIN_SHORT_MAX = 160, EXPLAIN_TITLE_MAX = 512 };

struct explain {
        const struct report_request *request;
        const json_t *words; /* the store's, or the judge's; borrowed, may be NULL */
};

void explain_heading(const struct explain *e, const char *text);
/* "label:   text", nothing without text. */
void explain_line(const struct explain *e, const char *label, const char *text);
void explain_line_joined(const struct explain *e, const char *label, const json_t *list);

/* "AI Act, Art. 26(6)" for "AIA 26(6)", into text (cut to size); returns text. */
const char *explain_provision(const struct explain *e, const char *provision, char *text,
                              size_t size);
/* One line for each article that the provision leads to, with what it says. */
void explain_articles(const struct explain *e, const char *provision);
/* "AI Act, Art. 50 (transparency)": with the title of its article, of several the first and the
 * last; into text. */
const char *explain_titled(const struct explain *e, const char *provision, char *text, size_t size);

/* "In application since 2026-08-02", "Applies from 2027-12-02 (in 374 days)"; into text. */
const char *explain_state(const struct explain *e, const char *state, const char *date, long days,
                          char *text, size_t size);

/* A severity's word for its code. */
const char *explain_severity(const char *code);

/* How the severity came about, step by step, and what would change it; from the judge's sum. */
void explain_arithmetic(const struct explain *e, const char *arithmetic);

void explain_evidence(const struct explain *e, const json_t *evidence);
void explain_place(const struct explain *e, const struct place *place);

/* Who runs it, which law reaches them, what is certified: of the offer, not of the resource. */
void explain_offer(const struct explain *e, const json_t *description);
