/* How findings and coverage went over time: what was known at the end of each scan, or of each day,
 * in numbers. What was not counted, and a day without a scan, is shown as not known. */
#pragma once

#include "daemon/report/report.h"
#include "daemon/store/trend.h"

enum history_format { HISTORY_TABLE, HISTORY_JSON, HISTORY_CSV, HISTORY_HTML, HISTORY_FORMAT_MAX };

/* -EINVAL for a name that is none. */
int history_format_from_name(const char *name, enum history_format *ret);

enum history_by {
        HISTORY_BY_DAY,  /* of the day (UTC), the last scan that was counted */
        HISTORY_BY_SCAN, /* each of them */
};

struct history_request {
        struct store *store;
        enum history_by by;
        uint64_t since_usec;      /* scans that began then, or later */
        uint64_t max;             /* the newest so many scans; 0: all */
        enum language language;   /* of the page */
        struct terminal terminal; /* where it is written */
        bool served;              /* the page: links to what else vigie serve has */
};

/* -EIO when what was written did not reach its file. */
int history_write(const struct history_request *request, enum history_format format,
                  struct error *err);

/* One scan, or one day. */
struct history_row {
        struct store_census census; /* by day, known: of the last that was; else nothing of it is */
        uint64_t day_usec;          /* when the day began */
        uint64_t scans;             /* on that day */
        uint64_t cut;               /* of them, cut short or never ended */
};

/* Oldest first; by day, days without a scan are there too, between the first and the last one with.
 * cb as for the store's rows. */
int history_each(const struct history_request *request,
                 int (*cb)(void *user, const struct history_row *row), void *user,
                 struct error *err);

/* "2026-11-26" or "2026-11-26T08:15:00Z". */
enum { HISTORY_LABEL_MAX = 32 };
char *history_label(const struct history_request *request, const struct history_row *row,
                    char text[static HISTORY_LABEL_MAX]);
/* "complete", "cut short", "not ended"; by day "4", "4, 1 cut short", "no scan". */
enum { HISTORY_STATE_MAX = 96 };
char *history_state(const struct history_request *request, const struct history_row *row,
                    char text[static HISTORY_STATE_MAX]);
/* "prod, lab": the accounts that a scan was of; the caller frees, NULL without memory. */
char *history_accounts(const struct store_census *c);
/* Lists without an answer, of *ret_all. */
uint64_t history_unread(const struct store_census *c, uint64_t *ret_all);

/* The forms, each in a file of its own. */
int history_table(const struct history_request *request, struct error *err);
int history_json(const struct history_request *request, struct error *err);
int history_csv(const struct history_request *request, struct error *err);
int history_html(const struct history_request *request, struct error *err);

/* The policy that the page states (Content-Security-Policy), for whoever serves it. */
char *history_policy(char text[static REPORT_POLICY_MAX]);
