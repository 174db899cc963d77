/* What an open Azure account is; seen by this folder only. */
#pragma once

#include "providers/azure/cloud.h"
#include "providers/azure/credentials.h"
#include "providers/oauth.h"
#include "providers/provider.h"
#include "providers/url.h"

struct account {
        /* configuration; config is borrowed and outlives the account */
        const struct account_config *config;
        const struct azure_options *options;
        char *credentials_dir;
        const struct azure_cloud *cloud;
        struct url_base authority;             /* of the token endpoint */
        struct url_base arm;                   /* of Azure Resource Manager */
        char audience[URL_AUTHORITY_MAX + 16]; /* of its tokens: "https://management.azure.com" */
        bool other_cloud; /* none of the table: only what the configuration names is asked */

        /* signing in */
        struct azure_credentials credentials;
        struct oauth_token token; /* access_token NULL: none yet */
        bool renew;               /* refused as expired */
        int64_t offset_usec;      /* Entra's clock less ours */
        bool offset_tried;
        char *arc_authorization; /* what the Arc agent asked for: once */
        char refused[512];       /* these credentials, and why; "" while they are not */

        /* in use */
        json_t *versions; /* "service operation" → the api-version it took, where not the first */
};

static inline uint64_t azure_now(const struct account *a, uint64_t now_usec)
{
        return now_usec + (uint64_t)a->offset_usec;
}

/* account.c */
int azure_account_new(struct account **ret, const struct account_config *config,
                      const char *credentials_dir, struct error *err);
struct account *azure_account_free(struct account *a);
/* Text over the secrets that the account holds, in place. */
void azure_redact(const struct account *a, char *text);

/* signin.c */
int azure_sign_in(struct account *a, const struct scope *scope, uint64_t now_usec,
                  struct message_request *req, uint64_t *ret_expires_usec, struct error *err);
int azure_signed_in(struct account *a, const struct scope *scope, const struct message_reply *reply,
                    uint64_t now_usec, struct error *err);
void azure_sign_in_again(struct account *a, const struct scope *scope);

/* entra.c: the token endpoint of a tenant */
int azure_entra_request(struct account *a, uint64_t now_usec, struct message_request *req,
                        struct error *err);
/* A refusal, as an error that says what to do: -EAGAIN what passes, -EACCES what does not (kept in
 * a->refused), 0 when it is to be asked again with a corrected clock. */
int azure_entra_refusal(struct account *a, const struct message_reply *reply, struct error *err);

/* aadsts.c: what Entra's numbers mean */
enum azure_aadsts_kind {
        AADSTS_FATAL,
        AADSTS_LATER,
        AADSTS_CLOCK,
};
struct azure_aadsts {
        uint64_t code;
        enum azure_aadsts_kind kind;
        const char *what, *action;
};
/* NULL for a number that is not in the table. */
const struct azure_aadsts *azure_aadsts_find(uint64_t code);

/* managed.c */
int azure_managed_request(struct account *a, struct message_request *req, struct error *err);
/* A reply that has no token: -EAGAIN, -EACCES, or 0 when it is to be asked again. */
int azure_managed_refusal(struct account *a, const struct message_reply *reply, struct error *err);
/* The file that the Arc agent names in its challenge, if it is one that may be read: false for any
 * other. */
bool azure_arc_key_path(const char *challenge, char *path, size_t size);

/* version.c: api-versions. The one to send for the call; NULL when the call names its own. */
const char *azure_version_of(const struct account *a, const struct call_instance *call);
/* The reply refuses the api-version that its message names: is there another to try? Remembers it
 * for the operation. */
bool azure_version_next(struct account *a, const struct call_instance *call, const char *message);
/* "The supported api-versions are '…'" lists it. */
bool azure_version_supported(const char *message, const char *version);

/* protocol.c */
int azure_request(struct account *a, const struct call_instance *call, uint64_t now_usec,
                  struct message_request *req, struct error *err);

/* reply.c */
void azure_interpret(struct account *a, const struct call_instance *call,
                     const struct message_reply *reply, struct reply_meaning *ret);

/* policy.c */
extern const char *const azure_grant_formats[];
int azure_grant(const struct grant_request *request, struct buffer *document, struct buffer *notes,
                struct error *err);
