/* Registers: what no API tells, in small dated files below registers/ beside the configuration:
 * contracts and their clauses, training, security tests, certificates held, incident contacts,
 * transfer and impact assessments. Entries are declarations of the owner's, each with who answers
 * for it and a reference to its proof; they are shown as such, and a proof is never followed.
 *
 * An entry counts from its date until the end of valid_until, or of the review when that comes
 * first. After that, and before, it is as if it were not there, and whoever asks is told so. */
#pragma once

#include "daemon/judge/data.h"
#include "daemon/judge/jurisdiction.h"

#include <stdbool.h>

enum register_kind {
        REGISTER_CONTRACT,
        REGISTER_TRAINING,
        REGISTER_SECURITY_TEST,
        REGISTER_CERTIFICATE,
        REGISTER_INCIDENT_CONTACT,
        REGISTER_TRANSFER,
        REGISTER_ASSESSMENT,
        REGISTER_KIND_MAX
};

enum register_outcome { OUTCOME_NO_FINDINGS, OUTCOME_FINDINGS_FIXED, OUTCOME_FINDINGS_OPEN };
enum register_reach { REACH_ALWAYS, REACH_OFFICE_HOURS };
enum register_assessment {
        ASSESSMENT_FRIA,
        ASSESSMENT_DPIA,
        ASSESSMENT_TECHNICAL_FILE,
        ASSESSMENT_REGISTRATION
};

/* The words of the files, in the order of the enums; each list ends with NULL. */
extern const char *const register_tests[],
        *const register_outcomes[], *const register_reaches[],
                                            *const register_assessments[],
                                                    *const register_clauses[],
                                                            *const register_instruments[];

/* What an entry is about: lists of patterns with *; each list that is there has to match. */
struct register_match {
        char **provider, **account, **scope, **region, **kind, **offer, **system;
        struct yaml_place place;
};

struct register_entry {
        char *id, *owner, *proof, *note;
        char *date, *valid_until, *review;
        struct register_match applies_to;

        char **clauses;       /* contract */
        char *team, *content; /* training */
        uint64_t people;      /* likewise */
        char *next;           /* training, security test: when the next one is due */
        int test;             /* security test: penetration, red-team… */
        int outcome;          /* enum register_outcome */
        char *scheme;         /* certificate: a value of ai-act-required */
        int reach;            /* incident contact: enum register_reach */
        char *contact;        /* likewise: whom to call */
        char *procedure;      /* likewise: a reference */
        char *tested;         /* likewise: date of the last try; NULL: never */
        char **instruments;   /* transfer: tia, scc, dpf, bcr */
        int assessment;       /* enum register_assessment */

        /* filled in after reading */
        enum register_kind kind;
        const struct scheme *of; /* of a certificate */
        uint64_t level;          /* likewise */
        uint64_t date_usec, end_usec;
        bool ends_by_review;
        const char *file; /* for messages; lives as long as the registers */
        struct yaml_place place;
};

struct registers {
        struct register_list {
                struct register_entry *rows;
                size_t n;
        } of[REGISTER_KIND_MAX];
        char **files;
        size_t n_files;
};

/* No folder of registers is no error: there are none. */
int registers_load(struct registers **ret, const struct jurisdictions *jurisdictions,
                   struct data *data, struct error *err);
struct registers *registers_free(struct registers *r);
DEFINE_CLEANUP(struct registers *, registers_free);

/* "contracts", "training"…: the key in the files. */
const char *register_kind_name(enum register_kind kind);

enum register_state { REGISTER_IN_FORCE, REGISTER_TO_COME, REGISTER_EXPIRED, REGISTER_UNREVIEWED };
enum register_state register_state(const struct register_entry *e, uint64_t date_usec);
/* "in-force", "to-come", "expired", "review-missed". */
const char *register_state_name(enum register_state state);
/* The last day on which it counts, as written. */
const char *register_until(const struct register_entry *e);

/* What is asked about. What is NULL matches no list that is there, but "*". */
struct register_subject {
        const char *provider, *account, *scope, *region, *region_code, *kind, *offer, *system;
};
bool register_covers(const struct register_entry *e, const struct register_subject *s);
/* Does one of the patterns match? */
bool register_names(char *const *list, const char *word);

/* What keeps an entry in force from counting: "reach", "tested", "outcome", "tia"; NULL: nothing.
 */
const char *register_lacks(const struct register_entry *e);

/* For people: [{"register", "id", "owner", "proof", "date", "until", "state", "applies_to", "file",
 * "line"…}], in order of kind, file and place; new reference. */
json_t *registers_json(const struct registers *r, uint64_t date_usec);
