/* REST clouds whose world is the provider's own JSON by path: what stands at a path, lists in
 * pages, bearer tokens, permissions as patterns. Errors and page members are the provider's: it
 * composes its answers from these. */
#pragma once

#include "tests/cloudsim/paging.h"
#include "tests/cloudsim/request.h"

/* ---- what exists -------------------------------------------------------------------------------
 */

struct rest_found {
        const char *key; /* the path as the world spells it; of the list, for an item of one */
        json_t *value;   /* borrowed: an array is a list, an object a thing or a reply as it is */
        bool item;       /* value stands in the list at key */
};

/* What stands at path: under that very key, or as an item of a list: of the one above it, by the
 * last word of its id, name or selfLink, or of any, by its whole id. fold: letter case aside. */
bool rest_find(const json_t *resources, const char *path, bool fold, struct rest_found *ret);

/* Something stands at path or below it. */
bool rest_knows(const json_t *resources, const char *path, bool fold);

/* The path of the request without percent-encoding; the caller frees. */
char *rest_path(const struct request *q);

/* {error: {status, code, message}} in the world: answers so, natively. False for anything else. */
typedef void rest_error_fn(struct request *q, unsigned status, const char *code,
                           const char *message);
bool rest_world_error(struct request *q, const json_t *value, rest_error_fn *error);

/* ---- lists -------------------------------------------------------------------------------------
 */

struct rest_paging {
        const char *token_param; /* "$skiptoken", "pageToken" */
        const char *size_param;  /* "pageSize"; NULL: the provider's pages have its own size */
        size_t size_max;
};

/* The items of the page asked for, a new reference, and the token of the next one in next ("" on
 * the last). NULL with *ret_error: -EBADMSG for a token of another list, -ERANGE for a size. */
json_t *rest_page(struct request *q, const struct rest_paging *p, const json_t *items,
                  char next[static TOKEN_TEXT_MAX], int *ret_error);

/* ---- who asks ----------------------------------------------------------------------------------
 */

/* Issues a bearer token for the identity (taken over); the token, borrowed from the sim. */
const char *rest_issue(struct sim *s, json_t *identity, uint64_t lifetime_usec);

/* The identity of the request's bearer token, borrowed; NULL for none that was issued. Sets
 * q->access_key, so that faults can expire it. */
const json_t *rest_bearer(struct request *q);
bool rest_bearer_expired(const struct request *q, const json_t *identity);

/* Do the patterns (a list; NULL allows all) allow the action? Counts it for the account if so. */
bool rest_allows(struct request *q, const json_t *patterns, const char *action);
