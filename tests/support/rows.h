/* The rows of the shipped catalogue that a world has to prove, and what a scan says about each: for
 * a provider, every row against a world that has two of each thing, in pages of one. What is there
 * is found with all its facts, and what is denied never looks clean. The catalogue drives it, so
 * that a new row without a world fails. */
#pragma once

#include "tests/support/scan.h"

/* Why a row is not like the others. The test that uses it says the reason beside. */
enum {
        ROW_ONE = 1,    /* there is one of it in a place: one item, and so no second page */
        ROW_LATER = 2,  /* follows what others name: when they are unread, it is partial */
        ROW_SHARED = 4, /* its list is discovery's, too: denied, there would be no scan */
        ROW_BEHIND =
                8, /* the first page has nothing that it keeps: other rows read the same list */
};

struct row_exception {
        const char *id; /* a pattern of collector ids */
        int how;
        const char *why;
};

/* A fact that no item of a world can show. */
struct row_never_known {
        const char *id, *fact, *why;
};

enum { ROW_SERVICE_MAX = 96, ROW_OPERATION_MAX = 160 };

/* What cloudsim calls the service and the operation of a call. */
typedef void row_call_fn(const struct call *call, char service[static ROW_SERVICE_MAX],
                         char operation[static ROW_OPERATION_MAX]);

struct rows_of {
        const char *provider, *world;
        const char
                *account; /* further lines of the accounts: entry, indented by four; "" for none */
        row_call_fn *call;
        size_t least; /* rows that the provider has at least */
        const struct row_exception *exceptions;
        size_t n_exceptions;
        const struct row_never_known *never_known;
        size_t n_never_known;
        uint64_t repeated; /* calls that more than one row makes alike, or in more than one scope:
                              denied, they are denied again */
};

/* Every test of rows, as one group: how many failed. */
int rows_check(const struct rows_of *of);

struct row {
        const struct collector *collector;
        char service[ROW_SERVICE_MAX], operation[ROW_OPERATION_MAX];
        int how;
        bool paged;
};

struct rows {
        struct catalogue *catalogue;
        struct row *list;
        size_t n;
        char *optional; /* all that are off by default, as a YAML list: "[a, b]" */
};

/* Every collector of a provider that finds things: all but discovery. */
int rows_load(struct rows *ret, const struct rows_of *of, struct error *err);
void rows_done(struct rows *r);

/* What of it a scan found: array of resources, borrowed, NULL for none. */
const json_t *row_found(const struct row *row, const struct scan_run *run);
/* The coverage of the place where most was found, and its key. */
const json_t *row_coverage(const struct row *row, const struct scan_run *run, const char **ret_key);
/* "" when it says nothing. */
const char *row_fact_state(const json_t *resource, const char *fact);
