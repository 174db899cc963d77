/* The rules below config/rules, read once and checked whole. */
#pragma once

#include "daemon/judge/data.h"
#include "daemon/judge/predicate.h"
#include "daemon/model/text.h"
#include "daemon/model/verdict.h"

#include <stdbool.h>

struct check;

enum rule_subject { RULE_RESOURCE, RULE_SINK, RULE_PLACE, RULE_SCOPE };

/* One row of decide: the first whose condition holds gives the verdict. */
struct rule_row {
        int verdict;        /* enum verdict */
        char *why;          /* key of rule.why; NULL: the verdict's name */
        char **types;       /* of these service types alone; NULL: of all that the rule concerns */
        char *severity;     /* key of rule.fixed; NULL: by service type, else default */
        char *applies_from; /* id of a date, instead of the rule's */
        char **kinds;       /* of these kinds alone, with *; NULL likewise */
        struct condition when;
        struct yaml_place place;
};

struct rule {
        char *id; /* "LOC-003" */
        struct text title;
        char **basis;        /* "AIA 19(1)", "GDPR 32", "policy" */
        char *applies_from;  /* id of a date; NULL: not dated */
        char **applies_risk; /* risks for which the date and its provision apply; NULL: all */
        char *profile;       /* "A", "B", "C"; or */
        json_t *by_data;     /* {value of ai-act-data: a profile, or a severity}, instead of the
                                profile */
        json_t *by_risk;     /* {value of ai-act-risk: likewise}; by_data wins */
        json_t *by_date; /* {id of a date: a profile}: from that day on, where the check says that
                            the subject is one that it concerns */
        json_t *fixed;   /* {default: medium, <service type or the check's word>: high} */
        char *status;    /* "disputed"…; NULL: none */
        int subject;     /* enum rule_subject */
        bool of_account; /* of places: of what the account itself was asked, too */
        char **topics;   /* of sinks; with resources: evidence that is judged as they are */
        char **types, **kinds, **not_kinds; /* kinds: with * */
        char **also_kinds;                  /* whatever their type: beside those of types; with * */
        char **facts;                       /* one of them was collected */
        char **no_adjustment;               /* "type", "env": not for this rule */
        char *check_name;
        json_t *params; /* of the check */
        struct rule_row *rows;
        size_t n_rows;
        int when_absent;     /* enum verdict by name: what an absent fact means where no row says;
                                default unknown */
        json_t *why;         /* {key: {en, fr}} */
        json_t *remediation; /* {provider: {en, fr}} */
        struct text explanation;
        struct yaml_place place;

        /* filled in after reading */
        const struct check *check;
        bool only_ai_act; /* every basis is a provision of the AI Act */
};

struct rules {
        struct rule **list; /* sorted by id */
        size_t n;
        struct rule_file *files;
        size_t n_files;
};

int rules_load(struct rules *rules, const struct judge *judge, struct data *data,
               struct error *err);
void rules_done(struct rules *rules);

/* As judge_rules() publishes them; dates resolved. New reference. */
json_t *rules_json(const struct rules *rules, const struct judge *judge);
