/* What the calls of a plan come to: how many, how fast at most, for how much. */
#pragma once

#include "daemon/model/plan.h"

#include "daemon/base/error.h"

/* The three scans that a plan tells about. */
enum plan_scan {
        PLAN_LEAST,  /* certain without any earlier scan */
        PLAN_RESCAN, /* nothing changed since the last */
        PLAN_FRESH,  /* all details asked again */
        PLAN_SCAN_MAX,
};

/* What bounds how fast the calls go: one for each service at each scope and region that is asked,
 * or one for all of a host's services, in its first one's name, where the account shares it.
 * Those that go where the thing is (sent_to) share the budgets of regions that the plan does not
 * know, and so bound nothing. */
struct plan_budget {
        const struct service *service;
        const char *sent_to;      /* template; NULL: to the region of the place */
        char *scope, *region;     /* NULL: found at run time */
        double per_second, burst; /* 0: none */
        uint64_t calls[PLAN_SCAN_MAX];
};

/* All calls with the same price. */
struct plan_price {
        const struct cost *cost;
        const struct service *service;
        double calls[PLAN_SCAN_MAX], month;
};

/* A price summed up, in one currency. */
struct plan_money {
        char currency[4];
        double scan[PLAN_SCAN_MAX]; /* as if nothing were free */
        double month;               /* beyond what is free */
        bool unverified;
};

struct plan_sum {
        const struct limits *limits;
        uint64_t interval_usec;
        uint64_t calls[PLAN_SCAN_MAX];
        double month;                 /* calls, scanning at the interval */
        bool doubtful[PLAN_SCAN_MAX]; /* not all of them are certain */
        struct plan_budget *budgets;
        size_t n_budgets;
        struct plan_budget *paces; /* of services that are asked more slowly than the account's
                                      budget allows: their calls, which are in a budget too */
        size_t n_paces;
        json_t *index; /* of budgets, by place and service */
        struct plan_price *prices;
        size_t n_prices;
};

int plan_sum_init(struct plan_sum *s, const struct limits *limits, uint64_t interval_usec);
void plan_sum_done(struct plan_sum *s);
int plan_sum_add(struct plan_sum *s, const struct plan_call *c);

/* How often the account is scanned in a month of 30 days. */
double plan_sum_scans(const struct plan_sum *s);
/* No scan can be shorter, in seconds: a bucket gives its burst at once and then its rate. */
double plan_budget_seconds(const struct plan_budget *b, enum plan_scan scan);
double plan_sum_seconds(const struct plan_sum *s, enum plan_scan scan);
/* So many replies have to be waited for one after another, at least: calls by those in flight. */
uint64_t plan_sum_replies(const struct plan_sum *s, enum plan_scan scan);
/* Adds the prices of s to money, one entry a currency; their number, at most max. */
size_t plan_sum_money(const struct plan_sum *s, struct plan_money *money, size_t n, size_t max);
