/* Waivers: files waivers/<*.yaml> beside the configuration, each entry of which lets a failed rule
 * be, with an owner, a reason and an end.
 *
 * A waiver makes "fail" into "waived" through its last day; it never touches what is unknown, and
 * never takes a row away. What it cannot decide (tags that could not be read) it does not waive. */
#pragma once

#include "daemon/judge/data.h"

struct judge;
struct subject;
struct waivers;
struct waiver;

/* Rules are checked against judge->rules, which are read before. */
int waivers_load(struct waivers **ret, const struct judge *judge, struct data *data,
                 struct error *err);
struct waivers *waivers_free(struct waivers *ws);
DEFINE_CLEANUP(struct waivers *, waivers_free);

/* The waiver in force for that rule on the subject, of several the one that ends last; NULL: none.
 * *ret_ended is then the one that ended last, or NULL. */
const struct waiver *waivers_find(const struct waivers *ws, const char *rule,
                                  const struct subject *s, uint64_t date_usec,
                                  const struct waiver **ret_ended);

const char *waiver_id(const struct waiver *w);
const char *waiver_owner(const struct waiver *w);
const char *waiver_until(const struct waiver *w);
/* {"id","owner","reason","until"}, as struct judgement has it; new reference. */
json_t *waiver_json(const struct waiver *w);

/* Every waiver as judge_waivers() has it; new reference. */
json_t *waivers_json(const struct waivers *ws, uint64_t date_usec);
