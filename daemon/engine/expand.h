/* A call of the catalogue made ready for one page: templates filled in, paging inserted. Private to
 * engine/. */
#pragma once

#include "daemon/engine/job.h"

struct expanded {
        struct call_instance instance; /* borrows from below */
        char *region, *host, *path;
        json_t *query, *body, *headers;
};

const struct paging *call_paging(const struct call *call);
int expand_call(const struct job *j, struct expanded *e, struct error *err);
void expanded_done(struct expanded *e);

/* Does another page follow the one in hand? 1 with *ret_next set for the styles that carry
 * something over (new reference, may be NULL), 0 for the last page, negative when the paging does
 * not make sense. */
int paging_next(const struct job *j, json_t **ret_next, struct error *err);
