/* What a provider is: five answers, all over memory. Only engine/ touches the network and the
 * clock; a provider may read the local files its ecosystem keeps credentials in.
 *
 *  1. which credentials, from which request if one is needed, until when   sign_in(), signed_in()
 *  2. which scopes                                                          scopes(), and catalogue
 * entries with yields: scope
 *  3. which regions                                                         regions(), and entries
 * with yields: region
 *  4. how a call is written and signed                                      request()
 *  5. what a reply means                                                    interpret()
 *
 * and, for people, how permissions are granted in its own format           grant()
 */
#pragma once

#include "daemon/base/buffer.h"
#include "daemon/base/digest.h"
#include "daemon/model/call.h"
#include "daemon/model/config.h"
#include "daemon/model/message.h"
#include "daemon/model/permission.h"
#include "daemon/model/resource.h"
#include "daemon/model/scope.h"

struct account; /* opened by account_new(); each provider defines its own */

/* One call, expanded: templates filled in, paging inserted. Borrowed for request() and interpret().
 */
struct call_instance {
        const struct call *call;
        const struct scope *scope;
        const char *region;  /* the code to put into host and signature; "global" for a service
                                without regions */
        const char *host;    /* "api.sagemaker.eu-west-1.amazonaws.com" */
        const char *path;    /* labels already percent-encoded: sent as it is; begins with "/" */
        const json_t *query; /* object: string or list of strings, not encoded; NULL for none */
        const json_t *body;  /* NULL for none */
        const json_t *headers;
        const char *url; /* PAGING_LINK: the next page's URL as the provider gave it, else NULL */
};

enum sign_in {
        SIGN_IN_READY = 0,   /* calls can be written now */
        SIGN_IN_REQUEST = 1, /* carry out the request that was written, give the reply to
                                signed_in(), ask again */
};

/* What a reply means for the call that got it. */
enum reply_kind {
        REPLY_OK,
        REPLY_THROTTLED,       /* later; retry_after_usec when it said so */
        REPLY_TRANSIENT,       /* the peer failed: try again */
        REPLY_DENIED,          /* these credentials may not; do not repeat */
        REPLY_EXPIRED,         /* credentials expired: sign in once more, then try once more */
        REPLY_UNAUTHENTICATED, /* credentials refused; in one region only it may mean REPLY_OFF: the
                                  engine decides */
        REPLY_SKEWED,    /* our clock is off; the provider has taken the offset from the reply: try
                            once more */
        REPLY_CORRECTED, /* the provider has learnt from the reply how to write the call (another
                            version of the API): try once more */
        REPLY_OFF,       /* region or API not enabled */
        REPLY_ABSENT,    /* the service is not offered there */
        REPLY_GONE,      /* the thing asked about is not there (any more) */
        REPLY_MOVED,     /* ask again in the region named in code */
        REPLY_BROKEN,    /* no sense can be made of it: not what this API answers */
        REPLY_REFUSED,   /* understood and refused (bad argument, not supported); do not repeat */
        REPLY_KIND_MAX,
};

struct reply_meaning {
        enum reply_kind kind;
        bool stated; /* the reply itself gives the reason (names what is not allowed, a policy, that
                        it is not offered): there is no other way to read it */
        char code[96];  /* the provider's error code */
        char text[384]; /* its message, cut; no secrets */
        char request_id[96];
        uint64_t retry_after_usec; /* 0: not said */
        char partial[256]; /* REPLY_OK that says itself that something is missing, and what; else ""
                            */
        json_t *body; /* REPLY_OK: the reply as JSON (XML converted), a new reference for the caller
                       */
};

/* A named function that a catalogue entry may call, for what a row cannot say. Reads the item as
 * listed (details merged into facts already) and adds or changes facts of r; pure. */
struct refinement {
        const char *name;
        int (*run)(const struct account *a, struct resource *r, const json_t *item,
                   struct error *err);
};

/* What is to be granted, and to whom. */
struct grant_request {
        const char *format; /* one of grant_formats */
        const struct permission_set *permissions;
        const struct account_config *config; /* NULL: no account in particular */
        const struct account *account; /* open; NULL: it could not be, or none in particular */
        enum language language;        /* of the notes */
};

struct provider {
        const char *name;  /* "aws" */
        const char *title; /* "Amazon Web Services" */

        /* The provider's own keys of an accounts: entry, bound into a struct of options_size bytes.
         */
        const struct yaml_field *options_fields;
        size_t options_size;

        /* Opens an account: reads environment and shared files as this provider's own tools do.
         * Fails with a text that says which source was looked at and what to do. credentials_dir is
         * systemd's $CREDENTIALS_DIRECTORY, or NULL. */
        int (*account_new)(struct account **ret, const struct account_config *config,
                           const char *credentials_dir, struct error *err);
        struct account *(*account_free)(struct account *a); /* wipes secrets; NULL is accepted */

        /* Are there credentials for this provider that its own tools would use? With no
         * configuration at all, vigie asks each provider. No network. */
        bool (*found)(void);

        /* "profile prod in ~/.aws/config": where the credentials come from, without secrets.
         * Borrowed. */
        const char *(*credential_source)(const struct account *a);

        /* A digest of what it signs in with as its files and variables give it, and of nothing that
         * is renewed by itself: an account of other credentials, or another identity, has another
         * one. Right after account_new(). NULL: nothing is known of that. */
        void (*fingerprint)(const struct account *a, unsigned char ret[static SHA256_BYTES]);

        /* Makes the account ready to write calls in scope (NULL: its own identity). SIGN_IN_READY
         * until the credentials need refreshing at now_usec. A negative errno ends the sign-in for
         * that scope: -EACCES refused or expired (do this: …),
         * -EPERM good credentials that may not act in that scope, -EAGAIN not now. After
         * REPLY_EXPIRED the engine calls sign_in_again() first. ret_expires_usec: 0 when they do
         * not expire. */
        int (*sign_in)(struct account *a, const struct scope *scope, uint64_t now_usec,
                       struct message_request *req, uint64_t *ret_expires_usec, struct error *err);
        int (*signed_in)(struct account *a, const struct scope *scope,
                         const struct message_reply *reply, uint64_t now_usec, struct error *err);
        void (*sign_in_again)(struct account *a, const struct scope *scope);
        /* Nothing is asked in scope any more: its own credentials are forgotten. May be NULL. */
        void (*sign_out)(struct account *a, const struct scope *scope);

        /* Scopes the configuration names itself, appended to the JSON array ret as
         * {"id","name","level"}; none is fine. */
        int (*scopes)(struct account *a, json_t *ret, struct error *err);

        /* What {name} stands for in a template at that place: "partition", "suffix",
         * "organization"… or an option for when:. NULL when it has no value. Borrowed until the
         * next call. scope and region may be NULL. */
        const char *(*variable)(const struct account *a, const struct scope *scope,
                                const char *region, const char *name);

        int (*request)(struct account *a, const struct call_instance *call, uint64_t now_usec,
                       struct message_request *req, struct error *err);
        void (*interpret)(struct account *a, const struct call_instance *call,
                          const struct message_reply *reply, struct reply_meaning *ret);

        /* A host that has a name wherever the provider has a region: asked, without credentials,
         * when another host of that region has none, to tell a service that is not offered there
         * from a resolver that fails. On the heap; NULL where none is known. May be NULL itself. */
        char *(*witness)(const struct account *a, const struct scope *scope, const char *region);

        /* What two spellings of one id have in common, on the heap (NULL: no memory): ids are
         * compared by it. May be NULL: every letter counts. scope may be NULL. */
        char *(*id_key)(const struct account *a, const struct scope *scope, const char *id);
        bool one_identity; /* every scope is asked with the same credentials: what is denied in one
                              is denied in all */
        bool ids_are_keys; /* resources are known by that form of their id */
        /* Makes what an API calls a location the code of it ("West Europe" is westeurope), in
         * place; never longer. May be NULL. */
        void (*region_code)(char *location);

        /* Members that a reply may have beside its list, which is then left out where it is empty;
         * ends with NULL; NULL: only those that the engine knows. */
        const char *const *envelope;

        const char *const *protocols; /* names a service's protocol: may have; ends with NULL */
        const struct refinement *refinements;
        size_t n_refinements;

        /* Writes what grants the permissions, and nothing else, as a whole document in the
         * provider's own format; notes: what to do with it, for a person. Pure. */
        const char *const *grant_formats; /* the first is the usual one; ends with NULL; NULL: none
                                             is known yet */
        int (*grant)(const struct grant_request *request, struct buffer *document,
                     struct buffer *notes, struct error *err);
};

/* The registry: every provider that is built in, in one list. */
const struct provider *provider_find(const char *name); /* NULL when there is none */
const struct provider *const *provider_all(size_t *ret_n);
