/* One rule on one subject: what the judge, its predicates and its checks share. Builders latch a
 * lack of memory in t->failed. */
#pragma once

#include "daemon/judge/articles.h"
#include "daemon/judge/classify.h"
#include "daemon/judge/declarations.h"
#include "daemon/judge/judge.h"
#include "daemon/judge/jurisdiction.h"
#include "daemon/judge/law.h"
#include "daemon/judge/region.h"
#include "daemon/judge/register_trial.h"
#include "daemon/judge/rules.h"
#include "daemon/judge/severity.h"
#include "daemon/judge/tag.h"
#include "daemon/judge/waiver.h"
#include "daemon/judge/words.h"
#include "daemon/model/fact.h"

struct judge {
        const struct policy *policy;
        json_t *fact_names;  /* {name: description} */
        json_t *policy_tags; /* policy->tags and default_risk together */
        struct regions *regions;
        json_t *countries; /* countries_load() */
        struct jurisdictions *jurisdictions;
        struct vocabulary *vocabulary;
        struct declarations *declarations;
        struct law *law;
        struct severity_profiles severity;
        struct words words;
        struct articles *articles;
        struct roles *roles;
        struct rules rules;
        struct waivers *waivers;
        struct registers *registers;
        struct programme_plan *programme;
        char digest[SHA256_HEX_MAX];
        json_t *parts; /* {file, or "policy": digest} */
};

struct subject {
        const struct resource *resource; /* NULL: a place or a scope */
        struct place place;
        struct location at;
        struct declared declared;
        /* by enum register_tag: the entry that declares it, or that would; NULL: none */
        const struct register_entry *registers[REGISTER_TAG_MAX];
        const char *risk; /* effective: "unknown" when not declared, in conflict or invalid */
};

struct trial {
        const struct judge *judge;
        const struct judge_view *view; /* NULL while conditions of roles are asked */
        const struct rule *rule;       /* NULL likewise */
        const struct subject *subject;
        uint64_t date_usec;

        /* what comes out */
        enum verdict verdict;
        const char *why;          /* key of the rule's texts */
        const char *severity;     /* key of rule->fixed; NULL: by service type, else default */
        const char *applies_from; /* id of a date, instead of the rule's; NULL: the rule's */
        bool of_date;             /* rule->by_date concerns the subject */
        json_t *vars;             /* {placeholder: text or {en, fr}} */
        json_t *facts;            /* names read, in order */
        json_t *evidence;         /* of what was read beside the subject's own */
        json_t *notes;            /* [{en, fr}]: said after the text of what does not pass;
                                     NULL: none */
        json_t *after;            /* the same after the text of whatever applies; NULL: none */
        const char *doubt; /* why the resource's tags are not known, when a pass rests on what
                              they might say otherwise: it is then withheld */
        int failed;        /* latched */
};

void trial_init(struct trial *t, const struct judge *judge, const struct subject *subject,
                uint64_t date_usec);
void trial_done(struct trial *t);

/* Each returns 0, so that a check can end with it. why NULL: the verdict's name. */
int trial_decide(struct trial *t, enum verdict verdict, const char *why);
/* Verdict unknown for the reason of that fact (or other source of knowledge). The cause is said in
 * both languages when the words know it (words.causes), else as it is. */
int trial_unknown(struct trial *t, const char *what, const char *cause);

/* Placeholders. NULL as text sets "". */
void trial_set(struct trial *t, const char *name, const char *fmt, ...) _printf_(3, 4);
void trial_set_text(struct trial *t, const char *name, const json_t *text);
/* A word of the words' group, in both languages. */
void trial_set_word(struct trial *t, const char *name, const char *group, const char *id);
/* The placeholder {cause}; {x} in the words is about, which may be NULL. */
void trial_cause(struct trial *t, const char *cause, const char *about);
/* A list as "a, b, c". */
void trial_set_list(struct trial *t, const char *name, const json_t *strings);

/* A sentence of the words' findings, with the placeholders as they are now, for the end of the
 * text.
 */
void trial_note(struct trial *t, const char *id);
/* The same of every text that applies. */
void trial_say(struct trial *t, const char *id);
/* declared_get() of the subject, which notes what has ended and which files differ. */
struct declaration trial_tag(struct trial *t, const char *key);

/* Notes that the fact was read. */
void trial_note_fact(struct trial *t, const char *name);
/* fact_get() that notes the reading; r may be another record than the subject, whose evidence is
 * then kept. */
enum fact_state trial_fact(struct trial *t, const struct resource *r, const char *name,
                           const json_t **ret_value, const char **ret_cause);
/* The same for truth values: absent and unknown stay apart; a value that is no boolean is unknown.
 */
enum truth trial_fact_true(struct trial *t, const struct resource *r, const char *name,
                           const char **ret_cause);
/* Was the fact collected at all, in whatever state? */
bool trial_collected(const struct resource *r, const char *name);

/* Allowed areas of the subject: its tag ai-act-area, else the policy's. Returns 1 with a list that
 * the caller frees by areas_free(), 0 when they are not known (cause set), negative for failure. */
int trial_areas(struct trial *t, char ***ret, const char **ret_cause);
char **areas_free(char **areas);
DEFINE_CLEANUP(char **, areas_free);

/* The resource's own tags could not be read, and might be stricter than what counts without them.
 */
void trial_doubt_tags(struct trial *t);

/* Later than now by more than clocks differ: no time at which anything was done. */
bool trial_is_future(const struct trial *t, uint64_t usec);

/* Parameters of the check. */
const json_t *trial_param(const struct trial *t, const char *name);
bool trial_param_has(const struct trial *t, const char *name, const char *value);

/* The text of t->why with its placeholders filled in, and the notes; the caller frees. */
char *trial_text(const struct trial *t, enum language language);
/* Without what trial_note() and trial_say() add: a piece of another text. */
char *trial_phrase(const struct trial *t, enum language language);

/* Places for the view. */
struct place trial_place(const struct trial *t);
struct place trial_scope(const struct trial *t);

/* What the coverage says about a topic, collector or service type there. */
struct coverage_look {
        size_t rows;       /* that concern it */
        size_t ok;         /* of them in state ok */
        size_t unanswered; /* no answer: denied, throttled… */
        char cause[256]; /* of the first without answer: "collector in region: denied (permission)"
                          */
};
int trial_coverage(struct trial *t, const struct place *place, const char *what,
                   struct coverage_look *ret);
/* Of the collectors that list those service types (an array of texts). */
int trial_coverage_types(struct trial *t, const struct place *place, const json_t *types,
                         struct coverage_look *ret);
/* Writes what a row without answer says. */
void coverage_describe(const struct coverage *c, char *text, size_t size);
