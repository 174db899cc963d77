/* Lists in pages: filters, sizes, and tokens that are worth nothing in another list. */
#pragma once

#include "tests/cloudsim/operations.h"
#include "tests/cloudsim/request.h"

enum { TOKEN_TEXT_MAX = 48 };

/* Where the page asked for begins and how many items it may hold. */
struct page {
        size_t offset, size;
        char next[TOKEN_TEXT_MAX]; /* "" on the last page */
};

/* Reads token and size from the parameters (names may be NULL) and sets q->page.
 * -EBADMSG for a token that was not given out for this list, -ERANGE for a size out of bounds. */
int page_begin(struct request *q, const char *token_name, const char *size_name, size_t max,
               struct page *ret);

/* The list holds total items: sets p->next, faults included. */
void page_end(const struct request *q, const char *token_name, const char *size_name, size_t total,
              struct page *p);

/* The items that the parameters ask for; a new reference. */
json_t *page_filter(const struct request *q, const struct filter *filters, size_t n, json_t *items);

/* A new array with the items of the page. */
json_t *page_slice(const struct page *p, const json_t *items);
