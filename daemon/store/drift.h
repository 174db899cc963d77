/* What a scan changed, written down so that scans can be compared, and the damping of what changes
 * again and again. Private to store/. */
#pragma once

#include "daemon/store/record.h"

/* Numbers that stand in the store. */
enum drift_what {
        DRIFT_CHANGED,  /* a resource's facts, name, tags… */
        DRIFT_GONE,     /* a resource */
        DRIFT_RETURNED, /* a resource that was gone */
        DRIFT_STATE,    /* of a pass, with nothing told */
        DRIFT_LOST,     /* coverage, told */
        DRIFT_RESTORED, /* coverage, told */
};

enum flap_subject { FLAP_FINDING, FLAP_RESOURCE, FLAP_PASS, FLAP_SUBJECT_MAX };

/* changes: [{"fact","from","to"}], NULL for none; borrowed. */
int drift_resource(struct store_scan *scan, int64_t resource, enum drift_what what,
                   const json_t *changes, struct error *err);
/* The state of a pass is c's now and was another. */
int drift_pass(struct store_scan *scan, const struct coverage_was *was, const struct coverage *c,
               enum drift_what what, struct error *err);
/* What this scan changed of the pass is told after all: DRIFT_LOST or DRIFT_RESTORED. That a
 * skipped pass is lost shows at the end of the scan only. */
int drift_pass_told(struct store_scan *scan, int64_t pass, enum drift_what what, struct error *err);

/* Tells the event about that row, unless it flaps: then it is told once that it does, and after
 * that only when it is worse than anything that was told. The change itself was written before.
 * Takes fields. */
int flap_tell_take(struct store_scan *scan, enum flap_subject subject, int64_t row,
                   enum event_kind kind, json_t *fields, struct error *err);
/* Tells what has not changed for the whole window, of the accounts of this scan. */
int flap_settle(struct store_scan *scan, struct error *err);
