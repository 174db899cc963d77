/* The judge: the same inventory, policy and date give the same verdicts, byte for byte. It touches
 * neither network nor store and reads no clock; what it may ask of the inventory comes through
 * struct judge_view.
 *
 * Rules, law, roles, tags, regions, declarations and waivers are data (config/rules, config/law,
 * config/regions), read once by judge_new(). */
#pragma once

#include "daemon/model/config.h"
#include "daemon/model/coverage.h"
#include "daemon/model/resource.h"
#include "daemon/model/verdict.h"

#include <stdbool.h>

struct files;
struct judge;
struct registers;
struct programme_plan;

/* What the judge may ask of the inventory. Places: account and scope are given; region "" or NULL
 * means every region of the scope, scope "" every scope of the account. Resources are borrowed
 * until the next call of the same function. */
struct judge_view {
        void *ctx;

        /* The resource or evidence record with that id, or that name, in the place; else in any
         * region of the scope, else in the account; of that topic, when one is given. NULL: not
         * there. What an id refers to: a key, a bucket, a log group, an inference profile. */
        const struct resource *(*find)(void *ctx, const struct place *place, const char *topic,
                                       const char *id);

        /* Each evidence record of the topic in the place, in order of kind and id. cb returns 0 to
         * go on, > 0 to stop, < 0 fails. */
        int (*each)(void *ctx, const struct place *place, const char *topic,
                    int (*cb)(void *user, const struct resource *r), void *user);

        /* The same of the resources of that service type. */
        int (*of_type)(void *ctx, const struct place *place, const char *service_type,
                       int (*cb)(void *user, const struct resource *r), void *user);

        /* Each coverage row in the place whose collector or topic is what (NULL: all), in order of
         * region and collector. */
        int (*coverage)(void *ctx, const struct place *place, const char *what,
                        int (*cb)(void *user, const struct coverage *c), void *user);

        /* How many resources (not evidence) of that service type (NULL: any) are in the place. */
        uint64_t (*count)(void *ctx, const struct place *place, const char *service_type);

        /* The regions of the scope in which something was asked, in order. */
        int (*regions)(void *ctx, const struct place *place,
                       int (*cb)(void *user, const char *region), void *user);

        /* What the account's entry or its credentials say of it: "offer" (the configuration's
         * word for the offer it is of), or the provider's own words: "partition", "universe"…
         * NULL: not said, or not to be had. Borrowed until the next call. May be NULL itself. */
        const char *(*option)(void *ctx, const struct place *place, const char *name);

        /* When the last complete pass of the collector there ended; 0: never. */
        uint64_t (*last_complete_usec)(void *ctx, const struct coverage *c);
};

/* Reads data_dir/{rules,law,regions,jurisdictions}, file by file replaced from overrides_dir (NULL:
 * none), and overrides_dir/{declarations,waivers,registers}. Errors name file:line:column. The
 * policy is borrowed and must outlive the judge. */
int judge_new(struct judge **ret, const char *data_dir, const char *overrides_dir,
              const struct policy *policy, struct error *err);
/* The same, of files that are kept. */
int judge_new_from(struct judge **ret, struct files *files, const char *data_dir,
                   const char *overrides_dir, const struct policy *policy, struct error *err);
struct judge *judge_free(struct judge *j);
DEFINE_CLEANUP(struct judge *, judge_free);

/* Hex SHA-256 of rules, law, regions, jurisdictions, declarations, waivers, registers and policy in
 * force. */
const char *judge_digest(const struct judge *j);

/* What that digest is made of, each by itself, in 16 hex digits: {"law/dates.yaml": …, "policy": …,
 * "vigie": the version of the program}; new reference. */
json_t *judge_parts(const struct judge *j);

/* Country (ISO 3166 alpha-2) and area of a provider's region; NULL and "unknown" when it is not
 * mapped, NULL and "unknown" for "global". Borrowed from the judge. */
void judge_locate(const struct judge *j, const char *provider, const char *region,
                  const char **ret_country, const char **ret_area);

/* What the law makes of a resource, as the JSON contract has it (new reference):
 * {"country","area","roles":{"cloud":{"role","confidence","reason"},"customer":{…}},
 *  "duties":[{"article","party","date","applies_from","state","only"}],
 *  "conditions":[{"reason","state","on":[],"cloud","customer","adds":[],"cause"}],"gpai_modifier",
 *  "risk","declared":{…canonical tags…},
 *  "declared_by":{tag:{"value","source":"tag"|"declaration FILE (owner)"|"policy",
 *    "state":"ok|invalid|conflict|unreadable|ended",…}} (struct declared),
 *  "offer"}.
 * A condition holds, or would change roles and duties if a tag declared it (if-declared) or a fact
 * were known (if-known): on says which, cloud and customer the role, adds the articles, cause (a
 * text or {en, fr}) why it is not known. "only" is an id of words.only; "offer" one of
 * judge_words()' offers, not there when none is known. view may be NULL: then nothing is known of
 * the account. */
int judge_describe(const struct judge *j, const struct judge_view *view, const struct resource *r,
                   uint64_t date_usec, json_t **ret, struct error *err);

typedef int (*judge_emit_fn)(void *user, const struct judgement *judgement);

/* Every rule whose subject this is, na included, in order of rule id. A negative return of emit
 * ends it and is returned. */
int judge_resource(const struct judge *j, const struct judge_view *view, const struct resource *r,
                   uint64_t date_usec, judge_emit_fn emit, void *user, struct error *err);
/* Rules on one region of a scope. */
int judge_place(const struct judge *j, const struct judge_view *view, const struct place *place,
                uint64_t date_usec, judge_emit_fn emit, void *user, struct error *err);
/* Rules on a whole scope (region ""). */
int judge_scope(const struct judge *j, const struct judge_view *view, const struct place *place,
                uint64_t date_usec, judge_emit_fn emit, void *user, struct error *err);

/* The rules in force for reports and `vigie explain`, new reference:
 * [{"id","title":{"en","fr"},"basis":[],"applies_from","profile","status","explanation":{"en","fr"},
 *   "remediation":{"aws":{"en","fr"},…}}] */
json_t *judge_rules(const struct judge *j);
/* As registers_json() has them; new reference. */
json_t *judge_registers_json(const struct judge *j, uint64_t date_usec);
/* What the owner recorded (register.h), and the steps of a programme (programme.h); borrowed. */
const struct registers *judge_registers(const struct judge *j);
const struct programme_plan *judge_programme(const struct judge *j);
/* Is that one of the provider's offers? */
bool judge_has_offer(const struct judge *j, const char *provider, const char *offer);
/* Rows of config/jurisdictions that are older than twelve months on that date:
 * [{"file","line","column","what","as_of"}], new reference. */
json_t *judge_old_rows(const struct judge *j, uint64_t date_usec);
/* The waivers and the declarations of the files beside the configuration, in the order of files and
 * lines, as they stand on that date; new references:
 * [{"id","owner","reason","until","since"?,"rules":[],"file","line","column",
 *   "state":"later|in-force|ending|ended"}]: "ending" is in force for two weeks at most;
 * [{"file","line","column","owner","since"?,"until"?,"state"}]. */
json_t *judge_waivers(const struct judge *j, uint64_t date_usec);
json_t *judge_declarations(const struct judge *j, uint64_t date_usec);
/* Service types and roles with their words:
 * {"service_types":{id:{"en","fr"}},"roles":{…},"verdicts":{…},"severities":{…},"states":{…},"areas":{…},
 *  "disclaimer":{"en","fr"}, "offers":{…}, "laws":{…}, "schemes":{…},
 *  "acts":{id:{"en","fr"}}, "articles":{id:{"title","text"}}, "provisions":{as rules and duties
 * name them:[ids of articles]}, "types":{service type: what roles_json() says},
 *  "dates":{id:{"date","title","basis","was"}}, "profiles":{id:{risk:severity}}}, new reference. */
json_t *judge_words(const struct judge *j);
