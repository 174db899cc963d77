/* OVHcloud: three APIs, one for each company; calls signed by an application key or carrying a
 * token; bare lists of ids, numbered pages (AI) and cursors in headers (version 2). */
#pragma once

#include "tests/cloudsim/request.h"

enum ovh_style {
        OVH_WHOLE,  /* everything at once, or one thing, as the world has it */
        OVH_PAGES,  /* page and size */
        OVH_CURSOR, /* X-Pagination-Cursor, X-Pagination-Size; X-Pagination-Cursor-Next */
};

/* What the API offers: "{}" is one word of the path. */
struct ovh_route {
        const char *path;
        enum ovh_style style;
        const char *action; /* IAM's name of the right; NULL: none is needed */
};

/* An empty row at the end. */
extern const struct ovh_route ovh_routes[];

/* A call under way. */
struct ovh_call {
        struct request *q;
        const struct ovh_route *route;
        const char *endpoint;   /* "ovh-eu", by the host name */
        const json_t *account;  /* borrowed; NULL while nobody is known */
        const json_t *identity; /* key, service account or token in the world */
};

bool ovh_claims(const struct request *q);
void ovh_answer(struct request *q);

/* In the shape of the API's own errors: an upper-case code is an older errorCode, another a class.
 */
void ovh_error(struct request *q, unsigned status, const char *code, const char *message);

/* ovh_auth.c: who asks, or the refusal is written. */
bool ovh_authenticate(struct ovh_call *c);
/* The token endpoint of a service account. */
void ovh_answer_token(struct request *q);
/* Do the rights of the identity allow the call? Counts it if so. */
bool ovh_allows(struct ovh_call *c);
