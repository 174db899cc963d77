/* What came to be otherwise between two scans: everything that the scans after the one and up to
 * the other changed, as the difference that is left in the end. What changed and changed back is
 * not in it.
 *
 * Changes are written down by the scans themselves; what a scan did that is older than
 * store_span_since() is not known. */
#pragma once

#include "daemon/store/store.h"

struct store_scan_row {
        int64_t number;
        const char *id, *started, *finished; /* RFC 3339; finished NULL: it was cut off */
        uint64_t started_usec;
        bool complete;
        const json_t *accounts; /* {name: …} */
        const json_t *basis; /* store_judged_by(): {name: digest}; NULL: not judged, or not known */
        const char *judged;  /* as of when; NULL likewise */
};
/* Newest first. A callback returns 0 to go on, > 0 to stop, < 0 to fail. */
int store_each_scan(struct store *s, int (*cb)(void *user, const struct store_scan_row *row),
                    void *user, struct error *err);
/* The number of the last scan whose own changes are not known: 0 when all are. */
int store_span_since(struct store *s, int64_t *ret, struct error *err);

/* Of the scans (from, to]. */
struct store_span {
        int64_t from, to;            /* numbers */
        uint64_t from_usec, to_usec; /* when they began */
};

enum store_moved { MOVED_APPEARED, MOVED_CHANGED, MOVED_GONE };

struct store_moved_resource {
        enum store_moved moved;
        struct place place;
        const char *kind, *id, *name, *topic;
        int64_t pass; /* that lists it */
        const json_t
                *changes; /* [{"fact","from","to"}] by name; empty unless it was there before */
};
/* In the order of the inventory, evidence records too. */
int store_each_moved_resource(struct store *s, const struct store_span *span,
                              int (*cb)(void *user, const struct store_moved_resource *r),
                              void *user, struct error *err);

struct store_moved_pass {
        int64_t pass;
        struct place place;
        const char *collector;
        const json_t *from, *to; /* {"state","cause"}; from NULL: it was not asked before */
};
int store_each_moved_pass(struct store *s, const struct store_span *span,
                          int (*cb)(void *user, const struct store_moved_pass *p), void *user,
                          struct error *err);

/* The resources of a pass that were not seen when it was last visited, by their rows now. */
int store_each_unseen(struct store *s, int64_t pass,
                      int (*cb)(void *user, const struct store_resource *r), void *user,
                      struct error *err);

struct store_judged {
        const char *verdict; /* NULL: there was none, or it is closed */
        const char *severity, *why[LANGUAGE_MAX], *arithmetic, *applies_from, *state;
        const json_t *facts; /* names of those that were read; NULL: not known */
};
struct store_moved_finding {
        const char *id, *rule;
        struct place place;
        const char *kind, *resource_id, *resource_name;
        struct store_judged from, to;
        const json_t *rule_data;
};
/* Most severe first, as findings are listed. */
int store_each_moved_finding(struct store *s, const struct store_span *span,
                             int (*cb)(void *user, const struct store_moved_finding *f), void *user,
                             struct error *err);
