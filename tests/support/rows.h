/* The rows of the shipped catalogue that a world has to prove, and what a scan says about each. */
#pragma once

#include "tests/support/scan.h"

/* Why a row is not like the others. The test that uses it says the reason beside. */
enum {
        ROW_ONE = 1,   /* there is one of it in a region: one item, and so no second page */
        ROW_LATER = 2, /* follows what others name: when they are unread, it is partial */
};

struct row_exception {
        const char *id; /* a pattern of collector ids */
        int how;
        const char *why;
};

struct row {
        const struct collector *collector;
        const char *service; /* as cloudsim calls it */
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
int rows_load(struct rows *ret, const char *provider, const struct row_exception *exceptions,
              size_t n, struct error *err);
void rows_done(struct rows *r);

/* What of it a scan found: array of resources, borrowed, NULL for none. */
const json_t *row_found(const struct row *row, const struct scan_run *run);
/* The coverage of the place where most was found, and its key. */
const json_t *row_coverage(const struct row *row, const struct scan_run *run, const char **ret_key);
/* "" when it says nothing. */
const char *row_fact_state(const json_t *resource, const char *fact);
