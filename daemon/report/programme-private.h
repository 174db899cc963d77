/* What the formats of programmes share; nobody else's. */
#pragma once

#include "daemon/report/programme.h"

int programme_json(const struct programme_request *request, struct error *err);
int programme_table(const struct programme_request *request, struct error *err);
int programme_markdown(const struct programme_request *request, struct error *err);

/* What is missing, as a sentence, and where to see it or mend it; the caller frees, NULL without
 * memory. */
char *programme_gap_text(const struct programme_request *request, const struct programme_gap *gap);
char *programme_gap_see(const struct programme_gauge *gauge, const struct programme_gap *gap);

/* Gaps of one gauge that are told together: n subjects without an entry; else one gap. */
struct programme_missing {
        const struct programme_gauge *gauge;
        const struct programme_gap *gaps;
        size_t n;
};
/* The most pressing of a stage first; the caller frees. NULL without memory; *ret_n 0 when nothing
 * is missing. */
struct programme_missing *programme_missing_of(const struct programme_stage *stage, size_t *ret_n);
char *programme_missing_text(const struct programme_request *request,
                             const struct programme_missing *m);

/* "2 weeks", "continuous". */
char *programme_effort_text(const struct programme_stage *stage);
/* "17 weeks, then continuous; 8 to 14 months in all". */
char *programme_duration_text(const struct programme *p);
/* "hyperscaler (aws, gcp): EUR 500 k-2 M or 1 M-5 M". */
char *programme_bracket_text(const struct programme_request *request,
                             const struct programme_bracket *bracket);
/* The last scan, or that there was none. */
char *programme_scan_text(const struct programme *p);
/* What the numbers leave out; "" when nothing. */
char *programme_left_out_text(const struct programme *p);
/* "aws, gcp" */
char *programme_names_text(const json_t *names);

/* Entries of the registers that count no longer. */
size_t programme_registers_ended(const json_t *registers);
/* One entry of the registers in words: its state, translated. */
const char *programme_state_word(const char *state);
