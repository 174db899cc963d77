/* One item of a list on its way to the sink: details, joins, refinement, children. Private to
 * engine/. */
#pragma once

#include "daemon/engine/pass.h"

enum item_state {
        ITEM_NEW,
        ITEM_CHILDREN_FIRST,
        ITEM_KNOWN,
        ITEM_DETAIL,
        ITEM_FINISH,
        ITEM_CHILDREN_LAST,
        ITEM_DONE
};

struct item {
        struct listing *listing;
        struct item *next, **link; /* of listing.items */
        json_t *json;
        struct resource *resource;
        struct frame frame;
        struct job job;
        enum item_state state;
        bool running, waiting;

        /* details */
        size_t detail, rounds; /* which call, and how often it was looked at */
        json_t *each_list, *details;
        char *failed;      /* why the last detail call that failed did */
        bool part_missing; /* a page, or one of each:, of the detail call in hand was not read */

        /* children */
        size_t children_open;
        bool children_done, child_kept, child_unreadable;
        bool kept;
};

/* One execution of a collector's list: of a root pass, or below one item of its parent. */
struct listing {
        struct pass *pass;
        struct item *owner;           /* NULL for a root */
        struct listing *next, **link; /* of the owner's pass: what is to be ended on cancel */
        struct job job;
        struct frame frame;
        size_t over;
        unsigned failures; /* of follows:, running */
        struct item *items;
        size_t items_open;
        bool kept_any, job_ended;
        enum coverage_state state;
};

int item_new(struct listing *l, json_t *json);
void item_run(struct item *it);
void item_free(struct item *it);

/* pass.c's part. */
int listing_start(struct pass *p, struct item *owner);
void listing_item_ended(struct listing *l);
void pass_degrade(struct pass *p, const struct job *j);
void pass_degrade_text(struct pass *p, enum coverage_state state, const char *text);
