/* A plan while it is written. Private to report/. */
#pragma once

#include "daemon/report/plan-sum.h"
#include "daemon/report/plan.h"
#include "daemon/report/stream.h"

enum { PLAN_CURRENCIES_MAX = 8 };

/* One operation of an account, all places together. */
struct plan_operation {
        const struct call *call;
        const struct cost *cost;
        enum plan_per per;
        uint64_t times, places, calls[PLAN_SCAN_MAX];
        enum plan_doubt doubt[PLAN_SCAN_MAX]; /* the first that is one */
        bool open_end;                        /* more places may be found */
        const char *condition;
};

/* An account's entry, kept until the end. */
struct plan_entry {
        const struct account_config *config;
        char *credential_source, *trouble;
        const char *provider;
        json_t *places;
        struct plan_sum sum;
};

struct plan_report {
        struct plan_report_request request;
        struct plan_sink sink;
        struct json_stream stream;
        struct plan_entry *entries;
        size_t n_entries;
        struct plan_operation *operations; /* table: of the last entry */
        size_t n_operations, last_operation;
};

/* All accounts together. */
struct plan_total {
        uint64_t calls[PLAN_SCAN_MAX], replies[PLAN_SCAN_MAX];
        double seconds[PLAN_SCAN_MAX], month;
        bool doubtful[PLAN_SCAN_MAX];
        struct plan_money money[PLAN_CURRENCIES_MAX];
        size_t n_money;
};
void plan_total_take(struct plan_total *t, const struct plan_report *p);

int plan_json_call(struct plan_report *p, const struct plan_call *c);
int plan_json_end(struct plan_report *p, struct error *err);

int plan_table_call(struct plan_report *p, const struct plan_call *c);
/* The account whose calls have all come. */
int plan_table_entry(struct plan_report *p, struct error *err);
int plan_table_end(struct plan_report *p, struct error *err);
