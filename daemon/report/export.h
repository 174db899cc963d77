/* What the formats that other tools read have in common. */
#pragma once

#include "daemon/report/report.h"
#include "daemon/report/uuid.h"
#include "daemon/report/writer.h"

/* One report while it is written. */
struct export
{
        const struct report_request *request;
        json_t *words;                  /* NULL before the first judging */
        char scan[64];                  /* "" when there was none */
        char started[32], finished[32]; /* RFC 3339; "" while it is not known */
        char at[32];                    /* finished, else started, else the epoch */
        bool complete;                  /* everything that was asked had an answer */
        uint64_t duration_usec;
        bool without_facts; /* set by formats that write no tags and facts of resources */
};

int export_init(struct export *ret, const struct report_request *request, struct error *err);
void export_done(struct export *e);

/* Is that part asked for, or everything? */
bool export_has(const struct export *e, enum report_part part);

/* Rows of what is asked for: accounts that are not wanted, and for a scan what is closed, are left
 * out. evidence: with the records that findings may be on, beside resources. Coverage: only what
 * had no answer, unless coverage itself is asked for. */
int export_each_resource(const struct export *e, bool evidence,
                         int (*cb)(void *user, const struct store_resource *r), void *user,
                         struct error *err);
/* replies: with what it rests on, which takes as long as all else of a row. verdict NULL: any. */
int export_each_finding(const struct export *e, bool replies, const char *verdict,
                        int (*cb)(void *user, const struct store_finding *f), void *user,
                        struct error *err);
int export_each_coverage(const struct export *e,
                         int (*cb)(void *user, const struct store_coverage *c), void *user,
                         struct error *err);

/* Nothing of the inventory is left out by a filter. */
bool export_is_whole(const struct export *e);

/* A word of the store's in the reader's language; the code itself where there is none. */
const char *export_word(const struct export *e, const char *group, const char *code);

/* "aws / prod / 111122223333 / eu-west-3", what is empty left out; with control characters as they
 * are. */
enum { EXPORT_PLACE_MAX = 512 };
char *export_place(const struct place *place, char text[static EXPORT_PLACE_MAX]);
struct place export_place_of(const struct resource *r);

/* What tells a finding, or a resource, from all others of a report: two accounts of the
 * configuration may see the same one. */
enum { EXPORT_ID_MAX = 256 };
char *export_id(const char *account, const char *id, char text[static EXPORT_ID_MAX]);

/* Milliseconds since the epoch; 0 for NULL. */
int64_t export_time_ms(const char *rfc3339);

/* The law or standard that a basis is of: "AIA 26(6)" is "Regulation (EU) 2024/1689". */
const char *export_standard(const char *basis);

/* {"log.retention_days": {"state", "value", "cause"}}: as the JSON contract has facts. */
void export_facts(struct writer *w, const char *key, const json_t *facts);
/* {"cloud": {"role", "confidence", "reason"}, "customer": …}, reasons in words. */
void export_roles(const struct export *e, struct writer *w, const char *key,
                  const json_t *description);
