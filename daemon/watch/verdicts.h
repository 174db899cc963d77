/* The judging half of a cycle: every resource, region and scope that is known, judged and recorded,
 * one place at a time.
 *
 * What could not be read this time keeps its last known state; a verdict "pass" over such a state
 * is not repeated, it becomes unknown with the cause. */
#pragma once

#include "daemon/judge/judge.h"
#include "daemon/store/store.h"

struct verdicts;

struct verdicts_request {
        const struct judge *judge;
        struct store *store;
        struct store_scan *record;
        const struct config *config; /* its accounts are judged */
        const char *account;         /* only this one; NULL: all */
        uint64_t date_usec;
};

/* Writes the rules in force and lists the places. The request is copied, what it points to is
 * borrowed. */
int verdicts_new(struct verdicts **ret, const struct verdicts_request *request,
                 const struct judge_view *view, struct error *err);
struct verdicts *verdicts_free(struct verdicts *v);
DEFINE_CLEANUP(struct verdicts *, verdicts_free);

size_t verdicts_n_places(const struct verdicts *v);

/* Judges the index-th place: the scope itself when it has no region; else the region and every
 * resource in it. */
int verdicts_judge_place(struct verdicts *v, size_t index, struct error *err);
