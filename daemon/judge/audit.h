/* Audit logs of a scope: which regions they cover, with the events that are asked for. */
#pragma once

#include "daemon/judge/trial.h"

/* What all audit-log records of a scope say together. */
struct audit {
        struct trial *t;
        const char *type;  /* kind of resource whose data events are asked for; NULL: management
                              events */
        const char *scope; /* judged */
        bool everywhere;   /* a complete one covers every region */
        bool changes_only; /* of one that counts the provider records no reads of settings */
        json_t *regions;   /* {region: true} covered by complete regional ones */
        size_t records, inactive;
        char incomplete[200]; /* name of the first that is active and leaves events out */
        bool unsure;          /* a record may cover more than is known */
        char what[200], cause[256];
};

/* Own records first; those of the account's other scopes where the organisation's log is kept
 * elsewhere. The caller frees a->regions. */
int audit_read(struct audit *a, struct trial *t, const char *type);

/* Is what happens in that region recorded? */
bool audit_reaches(const struct audit *a, const char *region);

/* The kind of data events that record calls to the subject: of the row of params.by_events
 * ([{kinds: [patterns], type}]) that its kind fits; NULL when there is none. Calls that are
 * management events have this type, which no kind of data events has. */
#define MANAGEMENT_EVENTS "management"
const char *trial_event_type(const struct trial *t);
/* pass-events, no-events (of management events: pass-management, no-management) or unknown, with
 * the placeholder {type}. */
int trial_decide_events(struct trial *t, const char *type);

/* Was everything read that could hold an audit log of this scope? */
int audit_coverage(struct trial *t, struct coverage_look *ret);
