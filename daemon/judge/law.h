/* The law's dates of application, as data. */
#pragma once

#include "daemon/judge/data.h"

#include <stdbool.h>

struct law;

struct law_date {
        char *id, *date, *basis, *scope, *status, *was, *source, *as_of, *superseded_by;
        char **provisions;
        json_t *title; /* {en, fr} */
        uint64_t from_usec;
        struct yaml_place place;
};

struct law_state {
        const char *name; /* "in-application", "upcoming", "not-dated" */
        const char *date; /* "2027-12-02", NULL when not dated */
        bool upcoming;
};

int law_load(struct law **ret, struct data *data, struct error *err);
struct law *law_free(struct law *l);
DEFINE_CLEANUP(struct law *, law_free);

/* NULL when there is no such id. */
const struct law_date *law_find(const struct law *l, const char *id);

struct nearest;
/* Every id, as what a word may have meant. */
void law_offer(const struct law *l, struct nearest *near);

/* How the provision stands on that date; id NULL: not dated. */
struct law_state law_state(const struct law *l, const char *id, uint64_t date_usec);

/* {id: {"date", "title": {en, fr}, "basis", "was"}}; new reference. */
json_t *law_json(const struct law *l);
