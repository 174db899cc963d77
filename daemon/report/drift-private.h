/* What the files of the comparison share. Private to report/drift*. */
#pragma once

#include "daemon/report/drift.h"
#include "daemon/report/stream.h"

/* One end, as it is shown. */
struct drift_side {
        const char *id, *started;
        bool complete;
        const json_t *basis; /* {account: {part: digest}}; account "": any; NULL: not known */
};

enum drift_section { SECTION_COVERAGE, SECTION_RESOURCES, SECTION_FINDINGS, SECTION_MAX };

struct drift {
        struct drift_request request;
        struct drift_side from, to;
        struct drift_totals totals;
        uint64_t counts[SECTION_MAX];

        /* what findings may have moved for */
        json_t *coverage;  /* rows, as they were written */
        json_t *resources; /* {key: row} */
        json_t *facts;     /* {account: {fact: 1}} of every change */

        struct json_stream stream;
        enum drift_section section; /* being written */
        bool begun;
};

int drift_begin(struct drift *d, struct error *err);
/* The rows of one list after the other, in the order of enum drift_section. Takes row. */
int drift_put_take(struct drift *d, enum drift_section section, json_t *row, struct error *err);
int drift_end(struct drift *d, struct error *err);
void drift_done(struct drift *d);

/* "denied: …", of a list that gave no answer. */
json_t *drift_cause(const json_t *state);
/* "provider\taccount\t…": what a resource is found by. The caller frees. */
char *drift_key(const json_t *row);
json_t *drift_place_row(const char *change, const struct place *place);
/* from and to of every change as {"state","value","cause"}, null where there was none. */
json_t *drift_facts(const json_t *changes);
/* "lost", "restored", "changed", or "added" when from is NULL. */
const char *drift_coverage_change(const json_t *from, const json_t *to);
/* "opened", "worsened", "improved", "closed", or "undetermined" what was failed. */
const char *drift_finding_change(const json_t *from, const json_t *to);
bool drift_is_answer(const json_t *state); /* {"state"} of coverage; NULL is none */

/* The names of the parts that differ between the two ends for that account, in order; NULL when
 * one of them is not known. New reference. */
json_t *drift_parts(const struct drift *d, const char *account);

/* Why a finding moved: adds "reason", and "parts" or "facts" where they say it. read: names of the
 * facts that the verdicts rest on, NULL when not known. */
int drift_reason_put(const struct drift *d, json_t *row, const json_t *read);

/* drift-table.c */
void drift_table_begin(const struct drift *d);
void drift_table_row(const struct drift *d, enum drift_section section, const json_t *row);
void drift_table_end(const struct drift *d);
