/* What an open Replicate account is; seen by this folder only. */
#pragma once

#include "providers/bearer.h"

struct account {
        struct bearer bearer;
};

/* reply.c */
void replicate_interpret(struct account *a, const struct call_instance *call,
                         const struct message_reply *reply, struct reply_meaning *ret);

/* refine.c */
enum { REPLICATE_REFINEMENTS = 2 };
extern const struct refinement replicate_refinements[REPLICATE_REFINEMENTS];

/* grant.c */
extern const char *const replicate_grant_formats[];
int replicate_grant(const struct grant_request *request, struct buffer *document,
                    struct buffer *notes, struct error *err);
