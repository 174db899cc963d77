/* What vigie remembers: inventory, coverage, findings with their life, scans, and an outbox of what
 * is to be told.
 *
 * One writer. An event (something to tell) is written in the same transaction as the change it
 * reports, and marked sent after the journal took it: kill -9 at any instant loses none. Nothing
 * unreadable is ever removed: a resource is gone only when its pass was ok (or the place is off or
 * absent) and it was not there, in two scans running; until then its last known state is kept,
 * stale.
 *
 * A scan in which nothing changed rewrites no resource and no finding: what was seen is kept in
 * bitmaps over row ids.
 *
 * The interface is narrow so that another engine can stand beside SQLite. */
#pragma once

#include "daemon/model/coverage.h"
#include "daemon/model/resource.h"
#include "daemon/model/sink.h"
#include "daemon/model/verdict.h"

struct store;
struct store_scan;

/* Opens or creates state_dir/vigie.db (0600, the folder 0700). read_only: for status and reports,
 * beside a running daemon. -ENOENT: read_only and there is none. -EPROTO: written by a newer
 * version: refused, untouched. -EUCLEAN: damaged. */
int store_open(struct store **ret, const char *state_dir, bool read_only, struct error *err);
struct store *store_close(struct store *s);
DEFINE_CLEANUP(struct store *, store_close);

/* The id of the last scan that has ended, for who has to know often and cannot wait; the caller
 * frees. -ENODATA: none has. -EBUSY: somebody holds the store. Else as store_open() read_only. */
int store_peek(char **ret_scan_id, const char *state_dir, struct error *err);

/* From here to store_read_end() all reading sees one moment, whatever a daemon writes meanwhile. Of
 * a store that was opened read_only. */
int store_read_begin(struct store *s, struct error *err);
void store_read_end(struct store *s);

/* ---- a scan
 * -------------------------------------------------------------------------------------------------------
 */

/* A finding, resource or pass that changes as many times within that time is told as flapping once,
 * and then not until it has not changed for as long. 0 changes: all is told. Until it is called,
 * too. */
void store_damp(struct store *s, uint64_t changes, uint64_t within_usec);

/* Begins to record a scan of these accounts (names; NULL-terminated). One at a time. */
int store_scan_begin(struct store_scan **ret, struct store *s, const char *const *accounts,
                     uint64_t now_usec, struct error *err);
/* Where the engine hands over what it found; valid until store_scan_end(). */
const struct sink *store_scan_sink(struct store_scan *scan);
/* Hex id of the scan, stable. */
const char *store_scan_id(const struct store_scan *scan);

/* Something that concerns a whole account (credentials refused…): every pass of the account not
 * ended in this scan becomes expired or failed with that cause at the end, and an event is written
 * when it is new. state is EXPIRED, DENIED or FAILED. A row of
 * coverage "sign-in" in region "" says it of the account or scope itself; it is ok once the trouble
 * is over. */
struct store_trouble {
        const char *provider, *account, *scope; /* scope NULL: the whole account */
        enum coverage_state state;
        const char *cause;
        uint64_t asked_usec; /* of struct coverage */
};
int store_scan_trouble(struct store_scan *scan, const struct store_trouble *t, struct error *err);

/* Whatever was refused to any account is asked again in the next scan: the configuration or the
 * catalogue is another. Between scans only. */
int store_forget_denials(struct store *s, struct error *err);

/* Ends the collection: passes known from before and not visited become skipped; absences are
 * counted. complete: the scan was not cut short. After this the inventory can be judged;
 * store_scan_end() closes. */
int store_scan_collected(struct store_scan *scan, bool complete, uint64_t now_usec,
                         struct error *err);

/* The verdicts of one subject (a resource, by its key; or a place or scope, key NULL): begin, one
 * add per judgement, end. What changed is written with its events; findings of the subject not
 * added again are closed. Verdict na is not kept. */
int store_judge_begin(struct store_scan *scan, const struct place *place, const char *resource_key,
                      struct error *err);
int store_judge_add(struct store_scan *scan, const struct judgement *j, struct error *err);
int store_judge_end(struct store_scan *scan, struct error *err);
/* What the law makes of a resource (judge_describe()); written when it changed. */
int store_describe(struct store_scan *scan, const char *resource_key, const json_t *description,
                   struct error *err);
/* Rules and words in force (judge_rules(), judge_words()), for reports; written when the digest
 * changed. */
int store_rules(struct store_scan *scan, const char *digest, const json_t *rules,
                const json_t *words, struct error *err);

/* The waivers as they stand (judge_waivers()), for reports; the end of each is told once, however
 * often it is handed over: again only when it was given another end. */
int store_waivers(struct store_scan *scan, const json_t *waivers, struct error *err);

/* By what the findings of this scan are judged: {name of a file or of the policy: digest}, and as
 * of when; so that a later comparison can tell the world's changes from the rules'. */
int store_judged_by(struct store_scan *scan, const json_t *parts, uint64_t date_usec,
                    struct error *err);

/* Commits, writes the event "scan finished", frees scan. With cancel the last transaction is still
 * kept: what was read was read. */
int store_scan_end(struct store_scan *scan, uint64_t now_usec, struct error *err);

/* ---- what is known (also while a scan is being judged)
 * --------------------------------------------------------------- */

struct store_filter {
        const char *provider, *account, *scope,
                *region; /* NULL: any; region "" in findings: subjects without region */
        const char *kind, *service_type, *area, *topic;
        const char *id; /* resource id, or name, or key; finding id */
        const char *rule;
        const char *verdict;      /* NULL: any */
        const char *min_severity; /* findings: at or above */
        const char *text;         /* somewhere in id, name or kind */
        bool evidence;            /* resources: evidence records too */
        bool without_replies;     /* what they come from is not read, and is empty */
        bool without_facts;       /* resources: nor are tags and facts */
        bool all; /* findings: pass and closed too; resources: gone too; coverage: ok too */
};

/* Rows come in a stable order (provider, account, scope, region, kind, id; findings: severity
 * first, then rule, then place). A callback returns 0 to go on, > 0 to stop early, < 0 to fail. */

struct store_resource {
        const struct resource *resource;
        const char *key;
        const char *first_seen, *last_seen; /* RFC 3339 */
        bool stale; /* its pass could not be read this time, or it was not there once */
        bool gone;
        bool flapping; /* it comes and goes, and is not told each time */
        /* judge_describe(), with "in_days" in upcoming duties: from the day of the last judging to
         * "applies_from", not stored; NULL when not judged yet */
        const json_t *description;
};
int store_each_resource(struct store *s, const struct store_filter *f,
                        int (*cb)(void *user, const struct store_resource *r), void *user,
                        struct error *err);

struct store_finding {
        const char *id; /* hex, stable across scans and machines */
        const char *rule, *verdict, *severity;
        struct place place;
        const char *kind, *resource_id, *resource_name,
                *resource_key; /* NULL when the subject is a place or scope */
        const char *why[LANGUAGE_MAX];
        const char *arithmetic, *applies_from, *state;
        const json_t *facts, *evidence; /* evidence: of the facts read, and beside them */
        const char *first_seen, *last_seen, *changed, *closed; /* closed NULL while open */
        const json_t *waiver;    /* {"id","owner","reason","until"} of what is waived, or NULL */
        bool flapping;           /* it opens and closes, and is not told each time */
        const json_t *rule_data; /* the rule as judge_rules() gave it, NULL when unknown */
};
int store_each_finding(struct store *s, const struct store_filter *f,
                       int (*cb)(void *user, const struct store_finding *finding), void *user,
                       struct error *err);

/* The life of one finding, oldest change first: from NULL: it was not there, or closed; to NULL:
 * closed because its subject is gone or the rule no longer applies. */
struct store_change {
        const char *time;    /* RFC 3339 */
        const char *scan_id; /* NULL when the scan is no longer kept */
        const char *verdict_from, *verdict_to, *severity_from, *severity_to;
};
int store_each_change(struct store *s, const char *finding_id,
                      int (*cb)(void *user, const struct store_change *c), void *user,
                      struct error *err);

struct store_coverage {
        struct coverage coverage;
        const char *since;   /* in this state since */
        const char *last_ok; /* NULL: never */
        const char *asked;   /* when it was refused, where that was not asked again; else NULL */
        bool flapping;       /* lost and restored, and not told each time */
};
int store_each_coverage(struct store *s, const struct store_filter *f,
                        int (*cb)(void *user, const struct store_coverage *c), void *user,
                        struct error *err);

/* How the resources that are there were read, pass by pass: place is where they were listed, which
 * may not be where they are. The filter's place and kind apply to the pass. */
struct store_reading {
        struct place place;
        const char *collector;
        bool details_complete;
        uint64_t detailed_usec;
        bool detailed_last;     /* in the last scan that visited the pass */
        const json_t *evidence; /* of struct resource */
};
int store_each_reading(struct store *s, const struct store_filter *f,
                       int (*cb)(void *user, const struct store_reading *r), void *user,
                       struct error *err);

/* Distinct places, region "" first for each scope; for judging and for reports. */
int store_each_place(struct store *s, const struct store_filter *f,
                     int (*cb)(void *user, const struct place *place), void *user,
                     struct error *err);

/* What the law makes of the resources of each account: each description that some of them have,
 * once, in order. Much faster than a walk over them. Borrowed for the call. */
int store_each_description(struct store *s,
                           int (*cb)(void *user, const char *provider, const char *account,
                                     const json_t *description),
                           void *user, struct error *err);

/* One resource or evidence record by id or name, in the place, else in its scope, else in its
 * account, of that topic (NULL: any); owned by the caller. -ENOENT. */
int store_find(struct store *s, const struct place *place, const char *topic, const char *id,
               struct resource **ret, struct error *err);
uint64_t store_count(struct store *s, const struct place *place, const char *service_type);

struct store_summary {
        const char *scan_id, *started, *finished; /* of the last scan; NULL when there was none */
        const json_t *basis; /* store_judged_by() of the last scan that was judged; NULL: none */
        const char *judged;  /* and as of when */
        bool complete;
        uint64_t duration_usec, calls;
        uint64_t resources, stale, evidence_records;
        uint64_t findings[VERDICT_MAX][SEVERITY_MAX]; /* open ones */
        uint64_t coverage[COVERAGE_STATE_MAX];
};
/* Strings in ret are valid until the next call on the store. */
int store_summarise(struct store *s, struct store_summary *ret, struct error *err);

/* Counts by what metrics are labelled with; what does not apply is NULL or 0. A kind of which all
 * is gone counts 0. */
enum store_count_of {
        COUNT_FINDINGS,  /* open ones: rule, severity, verdict; in order of rule, verdict, severity
                          */
        COUNT_RESOURCES, /* provider, kind, area */
        COUNT_PASSES,    /* provider, account, scope, state */
        COUNT_OF_MAX,
};
struct store_count {
        const char *rule, *provider, *account, *scope, *kind, *area;
        enum severity severity;
        enum verdict verdict;
        enum coverage_state state;
        uint64_t n;
};
int store_each_count(struct store *s, enum store_count_of what,
                     int (*cb)(void *user, const struct store_count *c), void *user,
                     struct error *err);
/* Open findings of a filter by rule, severity, verdict and account; the same may come in parts. */
int store_count_findings(struct store *s, const struct store_filter *f,
                         int (*cb)(void *user, const struct store_count *c), void *user,
                         struct error *err);

/* Of scans; 0: never. */
struct store_times {
        uint64_t started_usec;   /* the last that was begun */
        uint64_t succeeded_usec; /* the end of the last that was not cut short */
        uint64_t duration_usec;  /* of the last that has ended */
};
int store_scan_times(struct store *s, struct store_times *ret, struct error *err);

/* Rules and words as last written; NULL when none; new references. */
json_t *store_rules_data(struct store *s);
json_t *store_words(struct store *s);

/* The waivers as last written, each with "waived": the open findings that it holds for; new
 * reference, an empty array when there are none. */
int store_waivers_known(struct store *s, json_t **ret, struct error *err);

/* ---- outbox
 * ----------------------------------------------------------------------------------------------------
 */

/* Kinds of events; watch/alert gives each its MESSAGE_ID, priority and words. */
enum event_kind {
        EVENT_FINDING_OPENED,
        EVENT_FINDING_WORSENED,
        EVENT_FINDING_CLOSED,
        EVENT_RESOURCE_APPEARED,
        EVENT_RESOURCE_CHANGED,
        EVENT_RESOURCE_GONE,
        EVENT_COVERAGE_LOST,
        EVENT_COVERAGE_RESTORED,
        EVENT_CREDENTIALS_FAILING,
        EVENT_CREDENTIALS_EXPIRING,
        EVENT_SCAN_FINISHED,
        EVENT_SCAN_OVERDUE,
        EVENT_WAIVER_EXPIRED,
        EVENT_FLAPPING, /* it opened and closed, or came and went, too often: told no more… */
        EVENT_SETTLED, /* …until it has been the same for the whole window; "event": what it is now
                        */
        EVENT_KIND_MAX,
};

struct store_event {
        uint64_t sequence;
        enum event_kind kind;
        const char *created; /* RFC 3339 */
        const json_t *
                fields; /* {"provider","account","scope","region","rule","verdict","severity","resource","kind","finding","scan","collector",
                           "cause","name","why":{"en","fr"},"changes":[{"fact","from","to"}],
                           "waiver","owner","reason","until",
                           counts…}: those that apply */
};
/* The oldest event not sent; 1 when there is one, 0 when there is none. */
int store_outbox_next(struct store *s, struct store_event *ret, struct error *err);
int store_outbox_sent(struct store *s, uint64_t sequence, struct error *err);
/* What is not sent, by kind and severity ("" without one); then all of a kind as sent, told
 * together. */
int store_outbox_pending(struct store *s,
                         int (*cb)(void *user, enum event_kind kind, const char *severity,
                                   uint64_t n),
                         void *user, struct error *err);
int store_outbox_sent_kind(struct store *s, enum event_kind kind, struct error *err);
/* For others than the journal, who keep their place themselves: the first event after a sequence
 * number, sent or not; and such a place under a name, UINT64_MAX when there is none (to set it:
 * forgets it). */
int store_outbox_after(struct store *s, uint64_t sequence, struct store_event *ret,
                       struct error *err);
int store_outbox_last(struct store *s, uint64_t *ret_sequence, struct error *err);
int store_position(struct store *s, const char *name, uint64_t *ret_sequence, struct error *err);
int store_position_set(struct store *s, const char *name, uint64_t sequence, struct error *err);
/* An event from outside a scan, in a transaction of its own. */
int store_outbox_add(struct store *s, enum event_kind kind, const json_t *fields, uint64_t now_usec,
                     struct error *err);

/* ---- housekeeping -----------------------------------------------------------------------------
 */

/* How long what is over is kept when nothing else is said: 400 days. */
#define STORE_KEEP_USEC (UINT64_C(400) * 24 * 60 * 60 * 1000000)

/* Forgets what has been over for longer than keep_usec: closed findings with their history, gone
 * resources, events that were sent, old scans. What is open, there, or not sent is never touched.
 * Between scans only (-EBUSY); each call does a bounded amount. */
int store_prune(struct store *s, uint64_t keep_usec, uint64_t now_usec, struct error *err);

/* Gives back what SQLite keeps in memory for the next one who asks. */
void store_rest(struct store *s);

/* Rows of resources and findings inserted, updated or deleted since the store was opened; for tests
 * and the benchmark. */
uint64_t store_rows_written(const struct store *s);
