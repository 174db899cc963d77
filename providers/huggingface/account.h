/* What an open Hugging Face account is; seen by this folder only. */
#pragma once

#include "providers/bearer.h"

#define HUB_HOST "huggingface.co"
#define ENDPOINTS_HOST "api.endpoints.huggingface.cloud"

struct account {
        struct bearer bearer;

        /* What whoami has told of the token; NULL until it has. Lists of the Hub leave out what the
         * token may not see instead of refusing, so that it decides what they are worth. */
        json_t *namespaces; /* object: the user's own name and the organisations'; the path at which
                               the settings list the repositories of each */
        json_t *readable;   /* object: those of which a fine-grained token may read repositories */
        bool fine_grained;
        bool role_known;
};

/* Of services whose replies are OpenMetrics text. */
#define PROTOCOL_METRICS "openmetrics"

extern const struct bearer_profile huggingface_profile;

/* token.c */
char *huggingface_token_file(void);
void huggingface_learn(struct account *a, const json_t *whoami);
/* Why a list of what that namespace has on the Hub may be without its private part; 0 when it is
 * whole. */
bool huggingface_hides(const struct account *a, const char *namespace, char *why, size_t size);

/* reply.c; call may be NULL. */
void huggingface_interpret(struct account *a, const struct call_instance *call,
                           const struct message_reply *reply, struct reply_meaning *ret);

/* refine.c */
enum { HUGGINGFACE_REFINEMENTS = 5 };
extern const struct refinement huggingface_refinements[HUGGINGFACE_REFINEMENTS];

/* grant.c */
extern const char *const huggingface_grant_formats[];
int huggingface_grant(const struct grant_request *request, struct buffer *document,
                      struct buffer *notes, struct error *err);
