/* What came to be otherwise between two scans, and why verdicts moved: from what the store wrote
 * down, or from two files of `vigie scan --format json`.
 *
 * Three lists of rows: coverage, resources, findings. A resource is gone only where its list was
 * answered without it; where the list could not be read it is "not-seen", with the cause. Memory
 * grows with what changed (and with the files, when files are compared). */
#pragma once

#include "daemon/report/report.h"
#include "daemon/store/span.h"

struct drift_request {
        enum report_format format;
        enum language language;
        struct terminal terminal; /* where it is written */
        enum severity fail_on;    /* worse below this does not count as such */
};

struct drift_totals {
        uint64_t worse; /* findings that fail now, and did not, or were less severe */
        uint64_t lost;  /* what could be read or determined, and no longer can */
        uint64_t rows;
};

/* The words for a row's "change", and for why a finding moved, in the reader's language. */
const char *drift_change_text(const json_t *row);
const char *drift_reason_text(const char *reason);

/* The scans between which store_each_moved_…() tell, and how each is named. */
struct drift_scan {
        int64_t number; /* 0: none */
        char *id, *started;
        uint64_t started_usec;
        bool complete;
        json_t *basis; /* {account: {part: digest}} */
};
struct drift_pick {
        struct drift_scan from, to;
};
void drift_pick_done(struct drift_pick *p);
/* a, b: the beginning of a scan's id, or a date: the last complete scan begun by then; NULL b: the
 * last complete one; NULL a: the one before b, or, with since_usec, the last one begun by then
 * (else the oldest there is). -EINVAL: no such scan, or its changes are not known. */
int drift_pick(struct drift_pick *ret, struct store *s, const char *a, const char *b,
               uint64_t since_usec, struct error *err);

int drift_of_scans(const struct drift_request *request, struct store *s,
                   const struct drift_pick *pick, struct drift_totals *ret, struct error *err);

/* Each a file, or a folder with an inventory.json. -EINVAL: not what vigie scan --format json
 * writes. */
int drift_of_files(const struct drift_request *request, const char *a, const char *b,
                   struct drift_totals *ret, struct error *err);
