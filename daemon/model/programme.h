/* How far a compliance programme is, by what is known: for each step what is done, what is open and
 * what could not be determined, which is never counted as done. */
#pragma once

#include "daemon/model/text.h"
#include "daemon/model/verdict.h"

#include <stdbool.h>
#include <stdint.h>

struct programme_count {
        uint64_t done, open, unknown, waived;
};

/* Why something is not done. */
enum programme_lack {
        LACK_SCAN,    /* nothing was scanned yet */
        LACK_ACCOUNT, /* subject: an account that no scan has seen */
        LACK_READING, /* lists that gave no answer */
        LACK_RULE,    /* subject: a rule */
        LACK_ENTRY,   /* subject: an account or team without entry; empty: no entry at all */
        LACK_PART,    /* entry: covers a part of the account only */
        LACK_TO_COME, /* entry: counts from detail only */
        LACK_ENDED,   /* entry: ended on detail */
        LACK_WORDS,   /* entry: lacks detail */
        PROGRAMME_LACK_MAX
};

struct programme_gap {
        enum programme_lack lack;
        char *subject, *entry, *detail; /* "" where it does not apply */
        struct programme_count count;
        enum severity severity; /* the worst of a rule's */
};

/* One thing that counts for a step. */
struct programme_gauge {
        const char *id; /* borrowed, as the title */
        const struct text *title;
        const char *register_name; /* of registers; NULL: of rules, or of coverage */
        bool coverage;
        struct programme_count count;
        struct programme_gap *gaps; /* the most pressing first */
        size_t n_gaps;
};

struct programme_stage {
        const char *id;
        const struct text *title;
        uint64_t weeks; /* 0: continuous */
        struct programme_count count;
        struct programme_gauge *gauges;
        size_t n_gauges;
        bool of_scan; /* a gauge rests on what was scanned */
};

struct programme_span {
        uint64_t from, to;
};

struct programme_bracket {
        const char *id;
        const struct text *title;
        json_t *providers; /* of the inventory, that it applies to */
        struct programme_span *ranges;
        size_t n_ranges;
};

/* Titles are borrowed from the judge, which must outlive it. */
struct programme {
        const struct text *source;
        const char *as_of;
        struct programme_span months;
        struct programme_stage *stages;
        size_t n_stages;
        struct programme_bracket *brackets; /* those that apply */
        size_t n_brackets;
        json_t *unplaced;      /* providers without a bracket */
        json_t *rules;         /* as judge_rules() has them */
        json_t *registers;     /* as registers_json() has them */
        char *scan, *finished; /* the last scan; NULL: none yet */
        bool complete;         /* it reached its end, and every list gave an answer */
        uint64_t unread;       /* lists that gave none: what they hold is in no number */
        uint64_t unscanned;    /* accounts that no scan has seen */
};

struct programme *programme_result_free(struct programme *p);
DEFINE_CLEANUP(struct programme *, programme_result_free);

uint64_t programme_total(const struct programme_count *c);
void programme_count_add(struct programme_count *to, const struct programme_count *c);
/* Is everything done, and known to be everything? */
bool programme_stage_is_done(const struct programme *p, const struct programme_stage *s);
/* Rounded down; -1 where nothing counts. */
int programme_gauge_percent(const struct programme_gauge *g);
/* The mean of its gauges, so that a contract does not vanish beside a thousand verdicts; 100 is for
 * what is done wholly, -1 for what nobody has looked at yet. */
int programme_percent(const struct programme *p, const struct programme_stage *s);
/* How pressing it is, up to SEVERITY_MAX: what stands in the way of all else comes first, and a
 * register without entry weighs like a finding of high severity. */
int programme_gap_weight(const struct programme_gap *g);
