/* Scaleway: one token, lists per region, zone or organisation, and three paging styles. */
#pragma once

#include "tests/cloudsim/request.h"

enum scaleway_style {
        STYLE_PAGE,   /* page, page_size; total_count in the body */
        STYLE_HEADER, /* page, per_page; X-Total-Count */
        STYLE_TOKEN,  /* page_token, page_size; next_page_token */
        STYLE_CURSOR, /* after, limit; has_more, last_id, as OpenAI has it */
        STYLE_WHOLE,  /* everything at once */
        STYLE_ONE,    /* one thing by its id, out of the list of the same key */
        STYLE_OBJECT, /* an object, as the world has it */
};

struct scaleway_operation {
        const char *path; /* {place}, {id}, and labels that filter by the member of their name */
        const char *key;  /* in the world, below the place */
        const char *items;
        enum scaleway_style style;
        const char *wrap;   /* STYLE_ONE: the member around the thing */
        const char *places; /* where the product is offered; NULL: not bound to a place */
        const char *id;     /* member that {id} names, "id" when NULL */
};

/* A call under way. */
struct scaleway_call {
        struct request *q;
        const struct scaleway_operation *operation;
        const json_t *organization; /* borrowed */
        const json_t *key;          /* the caller's, borrowed */
        const json_t *projects;     /* the only ones whose things are shown, borrowed; NULL: all */
};

/* An empty row at the end. */
extern const struct scaleway_operation scaleway_operations[];

bool scaleway_claims(const struct request *q);
void scaleway_answer(struct request *q);

/* scaleway_cockpit.c: what a Cockpit token may query, at a host for each data source. */
bool scaleway_cockpit_claims(const struct request *q);
void scaleway_cockpit_answer(struct request *q);
/* An error in Scaleway's own shape. */
void scaleway_error(struct request *q, unsigned status, const char *type, const char *message);

/* scaleway_s3.c: object storage, at hosts of its own. */
bool scaleway_s3_claims(const struct request *q);
void scaleway_s3_answer(struct request *q);
