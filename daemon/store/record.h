/* A scan while it is recorded. Private to store/. */
#pragma once

#include "daemon/store/bitmap.h"
#include "daemon/store/private.h"

/* A pass between its begin and its end. */
struct record_pass {
        struct store_scan *scan;
        struct record_pass *next, **link; /* of scan.passes */
        int64_t pass, place_row;
        char *provider, *account, *scope, *region, *collector;
        bool baseline; /* its account was read whole before: what appears now is told */
};

/* One finding of the subject being judged, as it was. */
struct subject_finding {
        int64_t finding, saying;
        char rule[32];
        char said[SHA256_HEX_MAX];
        int verdict, severity;
        bool closed, added;
};

enum { SUBJECT_FINDINGS_MAX = 128 };

struct subject {
        int64_t resource, place_row;
        char *provider, *account, *scope, *region;
        char *kind, *id, *name; /* NULL when the subject is a place */
        struct subject_finding *findings;
        size_t n_findings;
};

enum record_count {
        COUNT_APPEARED,
        COUNT_CHANGED,
        COUNT_GONE,
        COUNT_OPENED,
        COUNT_WORSENED,
        COUNT_CLOSED,
        COUNT_LOST,
        COUNT_RESTORED,
        COUNT_MAX,
};

struct store_scan {
        struct store *store;
        struct sink sink;
        int64_t number; /* row of the scan */
        char id[33];
        uint64_t started_usec;
        uint64_t now_usec; /* of the phase: the start, then the end of collecting */
        json_t *accounts;  /* {name: was read whole before} */
        json_t *troubles;  /* [{"provider","account","scope","state","cause"}] */
        bool collected, complete;

        struct record_pass *passes; /* under way */
        struct bitmap seen;         /* resources that were there */
        struct bitmap asked;        /* resources whose details had to be asked again */
        struct subject subject;

        uint64_t calls, counts[COUNT_MAX];
        int failed; /* negative errno: nothing more is recorded */
        char failure[512];
};

/* The scan can go on? 0, or why not. */
int record_check(const struct store_scan *scan, struct error *err);
void record_fail(struct store_scan *scan, int code, const char *text);
/* Frees it without recording its end. */
void record_abandon(struct store_scan *scan);

/* Begins a step of the scan. */
int record_step(struct store_scan *scan, struct error *err);
/* Adds an event with the scan's id to the transaction; counts it. Takes fields. */
int record_event_take(struct store_scan *scan, enum event_kind kind, json_t *fields,
                      struct error *err);
/* Counts it for the end of the scan, as record_event_take() does, without telling it. */
void record_count(struct store_scan *scan, enum event_kind kind);
/* {"provider","account","scope","region"}, empty ones left out. */
json_t *record_place_fields(const struct place *place);

/* inventory.c: the functions of the sink */
extern const struct sink inventory_sink;
struct record_pass *record_pass_free(struct record_pass *p);
DEFINE_CLEANUP(struct record_pass *, record_pass_free);

/* coverage.c */
struct coverage_was {
        int64_t pass, state, last_ok, run, told, partial;
        bool visited;    /* by a scan, once */
        char cause[256]; /* of the state; a longer one ends early */
};
/* A visit of a pass ended: writes its row, with lost or restored. quiet: no event, the trouble of
 * the account was told instead. */
int coverage_put(struct store_scan *scan, const struct coverage_was *was, const struct coverage *c,
                 bool quiet, struct error *err);
/* The row of a pass, made when it is not there. */
int coverage_row(struct store_scan *scan, const struct place *place, const char *collector,
                 int64_t *ret, struct error *err);
int coverage_was_read(struct store *s, int64_t pass, struct coverage_was *ret, struct error *err);
/* The passes that were not visited, those that were cut short, and the troubles of accounts. */
int coverage_settle(struct store_scan *scan, struct error *err);

/* denial.c: functions of the sink, too */
int denial_each(void *user, const struct place *place,
                int (*cb)(void *to, const struct denied_call *d), void *to, struct error *err);
int denial_put(void *user, const struct place *place, const struct denied_call *d,
               struct error *err);
int denial_forget(void *user, const struct place *place, const struct denied_call *d,
                  struct error *err);
int denial_signs_in(void *user, const char *account,
                    const unsigned char fingerprint[static SHA256_BYTES], struct error *err);

/* absence.c */
int absence_of_pass(struct store_scan *scan, const struct coverage_was *was, bool answer,
                    struct error *err);
int absence_settle(struct store_scan *scan, struct error *err);

/* compare.c: what changed, as [{"fact","from","to"}]; *ret_differs is set too when only the
 * cause of an unknown fact or a time differs. */
struct compare_old {
        const char *name, *status, *service_type, *created, *modified, *tags, *facts;
        bool details_complete;
};
int compare_resource(const struct compare_old *old, const struct resource *r, json_t **ret_changes,
                     bool *ret_differs);
/* -EINVAL for texts that hold NUL, which no reply may bring in. */
int compare_check(const struct resource *r, struct error *err);

/* findings.c */
/* The resource is gone: so are its findings. */
int findings_close_resource(struct store_scan *scan, int64_t resource, struct error *err);
void findings_subject_done(struct subject *subject);

/* trend.c */
/* Keeps what is known now, in numbers, with the scan. */
int trend_count(struct store_scan *scan, struct error *err);
