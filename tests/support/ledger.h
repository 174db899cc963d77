/* A store in a directory of its own, scans written into it as tables, and what it then knows as one
 * line of text. */
#pragma once

#include "daemon/store/store.h"

enum { LEDGER_TEXT_MAX = 8192 };

#define LEDGER_HOUR UINT64_C(3600000000)
#define LEDGER_START UINT64_C(1784500000000000) /* 2026-07-19T22:26:40Z */

struct ledger {
        char dir[64];
        struct store *store;
        struct store_scan *scan;
        uint64_t now_usec; /* an hour later with each scan */
        char text[LEDGER_TEXT_MAX];
};

/* What one pass of a scan finds. */
struct visit {
        const char *account;       /* NULL: "prod" */
        const char *region;        /* NULL: "eu-west-1" */
        const char *collector;     /* NULL: "aws.sagemaker.endpoint" */
        const char *ids;           /* of what is there, with blanks between */
        enum coverage_state state; /* in the end */
        const char *topic;
        const char *scope; /* of the resources, when not the pass's */
        bool partial;      /* what leads to it was not all read */
        bool listed;       /* asks known() first, as for collectors with details */
};

/* cmocka's setup and teardown; *state is the ledger. */
int ledger_setup(void **state);
int ledger_teardown(void **state);
void ledger_open(struct ledger *l);
void ledger_close(struct ledger *l);
char *ledger_path(const struct ledger *l, const char *name); /* the caller frees */

void ledger_begin(struct ledger *l);
void ledger_visit(struct ledger *l, const struct visit *v);
void ledger_collected(struct ledger *l, bool complete);
void ledger_end(struct ledger *l);
/* All of it: n visits, no judging. */
void ledger_scan(struct ledger *l, const struct visit *visits, size_t n);

struct place ledger_place(const struct visit *v);
/* As visit finds it: fact log.retention_days 365, tag Env prod. */
struct resource *ledger_resource(const struct visit *v, const char *id);
/* Between begin and collected: one pass, state ok, with this resource alone. */
void ledger_put(struct ledger *l, const struct visit *v, const struct resource *r);

/* One verdict on a subject: the resource with that id, or the place. verdict NA closes. */
void ledger_judge(struct ledger *l, const struct visit *v, const char *id,
                  const struct judgement *like);

/* "a fresh, b stale, c gone": resources and evidence, in order. */
const char *ledger_resources(struct ledger *l);
/* "ok eu-west-1, denied eu-west-3" in order. */
const char *ledger_coverage(struct ledger *l);
/* "LOC-001 a fail high, LOG-001 - pass info closed", in order. */
const char *ledger_findings(struct ledger *l, const struct store_filter *f);
/* "appeared a, lost eu-west-1, finished": what was not sent yet; all is sent then. */
const char *ledger_events(struct ledger *l);
