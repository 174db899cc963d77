/* Records scans into a store in a folder of its own, as the engine would. */
#pragma once

#include "daemon/store/store.h"

struct record {
        char folder[64];
        struct store *store;
        struct store_scan *scan;
        uint64_t now_usec; /* of the next scan; an hour later after each */
        uint64_t n_requests;
};

/* cmocka's setup and teardown: the state is a struct record with an open store. */
int record_setup(void **state);
int record_teardown(void **state);

void record_open(struct record *r);
void record_close(struct record *r);
/* A file of the folder; static. */
const char *record_file(const struct record *r, const char *name);

void record_begin(struct record *r); /* of the account "prod" */
/* One pass in eu-west-1 of 111122223333 in which the ids were seen ("" and NULL: none; "a b c"). */
void record_pass(struct record *r, const char *collector, enum coverage_state state,
                 const char *ids);
void record_end(struct record *r, bool complete);
/* Begin, one pass, end. */
void record_scan(struct record *r, enum coverage_state state, const char *ids);

struct place record_place(void);
struct resource *record_resource(struct record *r, const char *collector, const char *id);
void record_put(struct record *r, void *pass, const struct resource *resource);

/* Takes the events there are and marks them sent; how many of the kind there were. */
unsigned record_events(struct record *r, enum event_kind kind);

/* One number from the file, by SQL. */
int64_t record_number(const struct record *r, const char *sql);
