/* What the judge says. */
#pragma once

#include "daemon/model/place.h"
#include "daemon/model/text.h"

#include <jansson.h>

enum verdict {
        VERDICT_PASS,
        VERDICT_FAIL,
        VERDICT_UNKNOWN,
        VERDICT_NA,
        VERDICT_WAIVED,
        VERDICT_MAX
};
enum severity {
        SEVERITY_INFO,
        SEVERITY_LOW,
        SEVERITY_MEDIUM,
        SEVERITY_HIGH,
        SEVERITY_CRITICAL,
        SEVERITY_MAX
};

const char *verdict_name(enum verdict v);
const char *severity_name(enum severity s);
int verdict_from_name(const char *name, enum verdict *ret);   /* -EINVAL */
int severity_from_name(const char *name, enum severity *ret); /* -EINVAL */

/* One rule on one subject. Everything is borrowed for the call that hands it over. */
struct judgement {
        const char *rule;         /* "LOC-003" */
        struct place place;       /* region "" when the subject is a whole scope */
        const char *kind;         /* of the resource, NULL when the subject is a place or scope */
        const char *resource_id;  /* provider's id, NULL likewise */
        const char *resource_key; /* resource_key(), NULL likewise */
        enum verdict verdict;
        enum severity severity; /* of a fail, waived or not; one step lower for unknown; info for
                                   pass and na */
        const char *why[LANGUAGE_MAX]; /* what was seen and what it means */
        const char *arithmetic; /* "base=A/high-risk=critical; -1 upcoming (hr-annex3 2027-12-02) ->
                                   high" */
        const char *applies_from; /* "2027-12-02", NULL when not dated */
        const char *state;        /* "in-application", "upcoming", "not-dated" */
        const json_t *facts;    /* ["log.retention_days", …]: names of the facts that were read */
        const json_t *evidence; /* array as in resource.evidence, of what was read beside the
                                   resource's own */
        const json_t *waiver;   /* {"id","owner","reason","until"} of what is waived, NULL */
};

/* Stable across scans and machines: hex, 32 digits. The account is no part of it, as its name is
 * the configuration's own: what two accounts see is one thing with one id, and a row is told from
 * others by account and id. kind and id: of the resource, NULL when the subject is a place or
 * scope. */
enum { FINDING_ID_MAX = 33 };
char *finding_id(const struct place *place, const char *rule, const char *kind, const char *id,
                 char hex[static FINDING_ID_MAX]);
