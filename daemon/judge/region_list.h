/* Lists of region codes against the areas that are allowed. */
#pragma once

#include "daemon/judge/trial.h"

struct verdict_of_regions {
        json_t *outside, *unmapped; /* region codes */
        bool anywhere;              /* "global" is among them */
};

/* Every region of a list, one by one. 0, or -ENOMEM; the caller ends it in both cases. */
int trial_judge_regions(struct trial *t, const json_t *regions, char **areas,
                        struct verdict_of_regions *ret);
void verdict_of_regions_done(struct verdict_of_regions *v);

/* One region outside decides; one that is not mapped leaves it open. pass and fail: keys of the
 * rule's texts, NULL for the usual ones. */
int trial_decide_regions(struct trial *t, const json_t *regions, const char *pass,
                         const char *fail);

/* A fact that may be one value or a list of them, as a list; new reference. */
json_t *region_list_of(const json_t *value);

/* Appends a code that the list does not have yet, letter case aside. 0, or -ENOMEM. */
int region_list_add(struct trial *t, json_t *list, const json_t *region);

/* The placeholder {areas}. */
void trial_set_areas(struct trial *t, char **areas);
