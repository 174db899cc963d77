/* Counts over the store: what the summary prints and what the exit status says. */
#pragma once

#include "daemon/report/report.h"

struct tally_group {
        char *provider, *area, *service_type;
        uint64_t resources, stale;
};

struct tally {
        uint64_t findings[VERDICT_MAX][SEVERITY_MAX]; /* open ones */
        uint64_t coverage[COVERAGE_STATE_MAX];
        uint64_t resources, stale;
        struct tally_group *groups; /* in order of provider, area, service type */
        size_t n_groups;
};

/* Goes through everything the request wants once; its filter is not applied. */
int tally_take(struct tally *ret, const struct report_request *request, struct error *err);
void tally_done(struct tally *t);

/* Findings that fail, or could not be decided, at that severity or above: what could not be read
 * must not look clean. */
uint64_t tally_at_least(const struct tally *t, enum severity severity);

/* Places and collectors that gave no answer. */
uint64_t tally_unread(const struct tally *t);
