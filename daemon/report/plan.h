/* A plan as table, JSON or CSV: a sink for plan_make(). */
#pragma once

#include "daemon/model/plan.h"
#include "daemon/report/report.h"

struct plan_report;

struct plan_report_request {
        const struct config *config;
        enum language language;
        struct terminal terminal;
        enum report_format format;
        bool remembers; /* there was a store */
};

int plan_report_new(struct plan_report **ret, const struct plan_report_request *request,
                    struct error *err);
struct plan_report *plan_report_free(struct plan_report *p);
DEFINE_CLEANUP(struct plan_report *, plan_report_free);

/* Valid as long as p. */
const struct plan_sink *plan_report_sink(const struct plan_report *p);
/* What comes after the last call; -EIO when what was written did not reach its file. */
int plan_report_end(struct plan_report *p, struct error *err);

/* The words of plans in JSON and CSV; the last in the reader's language, "" for PLAN_SURE. */
const char *plan_purpose_name(enum plan_purpose purpose);
const char *plan_per_name(enum plan_per per);
const char *plan_doubt_name(enum plan_doubt doubt);
const char *plan_doubt_words(enum plan_doubt doubt);
