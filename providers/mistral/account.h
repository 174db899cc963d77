/* What an open Mistral account is; seen by this folder only.
 *
 * Two kinds of keys: a workspace's, for what is in it, and the organisation's Admin key
 * (Enterprise, preview), for usage, keys and audit logs. Neither tells which workspace or
 * organisation it is of: the configuration may, else the account's own name stands for both. */
#pragma once

#include "providers/bearer.h"

#define MISTRAL_HOST "api.mistral.ai"
#define MISTRAL_ADMIN_PATH "/v1/admin/"

enum { ACCOUNT_MONTH_MAX = 8 };

/* The provider's own keys of an accounts: entry. */
struct mistral_options {
        char *workspace_id;
        char *organization_id;
};

extern const struct yaml_field mistral_options_fields[];

/* How the Admin key is sent: the guide and the published API differ. */
enum admin_header {
        ADMIN_HEADER_API_KEY, /* x-api-key */
        ADMIN_HEADER_BEARER,
        ADMIN_HEADER_MAX, /* both were refused */
};

struct account {
        struct bearer bearer; /* the workspace's key */

        char *admin_key; /* NULL: none was given */
        enum admin_header admin_header;
        bool admin_proven; /* that way is accepted */
        char admin_refused[384];

        /* the month that usage is asked for, fixed so that its calls agree */
        uint64_t month_usec;
        char month[ACCOUNT_MONTH_MAX], year[ACCOUNT_MONTH_MAX];
        uint64_t now_usec; /* of the last sign-in */
};

bool mistral_is_admin(const struct call_instance *call);

/* admin.c: signing in to the organisation with the Admin key. */
int mistral_admin_sign_in(struct account *a, struct message_request *req, struct error *err);
int mistral_admin_signed_in(struct account *a, const struct message_reply *reply,
                            struct error *err);
int mistral_admin_request(const struct account *a, const struct call_instance *call,
                          struct message_request *req, struct error *err);

/* reply.c */
void mistral_interpret(struct account *a, const struct call_instance *call,
                       const struct message_reply *reply, struct reply_meaning *ret);

/* refine.c */
enum { MISTRAL_REFINEMENTS = 3 };
extern const struct refinement mistral_refinements[MISTRAL_REFINEMENTS];

/* grant.c */
extern const char *const mistral_grant_formats[];
int mistral_grant(const struct grant_request *request, struct buffer *document,
                  struct buffer *notes, struct error *err);
