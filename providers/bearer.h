/* What providers have in common whose API takes one secret key as a bearer token and answers in
 * JSON: where the key comes from, how a call is written, what a reply means before the provider's
 * own words are read. A provider's account embeds a struct bearer.
 *
 * The key goes to the provider's hosts and to the address that the configuration names; what a
 * reply says (the URL of a next page) is not trusted with it. */
#pragma once

#include "providers/provider.h"
#include "providers/url.h"

enum { BEARER_VARIABLES_MAX = 3, BEARER_HOSTS_MAX = 4, BEARER_CONTENTS_MAX = 6 };

/* Constant for a provider. */
struct bearer_profile {
        const char *title;   /* "Replicate" */
        const char *key;     /* what the provider calls its key: "API token" */
        const char *renewal; /* where a new one comes from: "replicate.com/account/api-tokens" */
        const char *tool;    /* how the provider's own tool stores one, for people; NULL: none */
        const char *variables[BEARER_VARIABLES_MAX]; /* of the environment, the first wins */
        const char *credential;                      /* systemd's: <account>.<credential> */
        char *(*file)(void);                         /* path of the tool's own file, on the heap, or
                                                        NULL where none can be named; NULL itself: it
                                                        keeps none */
        const char *hosts[BEARER_HOSTS_MAX];         /* that may see the key */
        const char *base_variable;                   /* takes the place of hosts[0]; NULL: none */
        const char *contents[BEARER_CONTENTS_MAX]; /* members of replies, however deep, that nobody
                                                      may read: secrets, prompts, outputs */
        /* Is this member of a content that is an object no content itself, and to be read? NULL:
         * none is. call may be NULL. */
        bool (*keeps)(const struct call_instance *call, const char *content, const char *member);
};

struct bearer {
        const struct bearer_profile *profile;
        const struct account_config *config; /* borrowed, outlives the account */
        char *credentials_dir;
        char *secret;
        char *source;          /* "variable HF_TOKEN", for people */
        struct url_base base;  /* instead of the hosts */
        bool has_base;         /* it takes the place of hosts[0] */
        bool base_of_all;      /* and of every other: the configuration says so */
        uint64_t changed_usec; /* when another key was found in the place of a refused one */
};

/* ---- the account -------------------------------------------------------------------------------
 */

/* Reads the key from systemd's credentials, the environment, the tool's file: -ENOENT with what was
 * looked at and what to do. config and credentials_dir may be NULL. */
int bearer_open(struct bearer *ret, const struct bearer_profile *profile,
                const struct account_config *config, const char *credentials_dir,
                struct error *err);
void bearer_done(struct bearer *b); /* wipes the key */
/* The key's, for fingerprint of struct provider. */
void bearer_fingerprint(const struct bearer *b, unsigned char ret[static SHA256_BYTES]);
bool bearer_found(const struct bearer_profile *profile);

/* A further secret that only systemd gives: <account>.<name>. 0 with *ret NULL when it is not
 * there. Give it to secret_free(). */
int bearer_credential(const struct account_config *config, const char *credentials_dir,
                      const char *name, char **ret, struct error *err);

/* Text over the secret, in place: what a server sends back is not trusted to leave it out. NULL is
 * accepted for the secret. */
void bearer_redact(const char *secret, char *text);

/* The key is all there is: always ready. A new one takes the place of a refused one in
 * bearer_interpret(). */
int bearer_sign_in(struct account *a, const struct scope *scope, uint64_t now_usec,
                   struct message_request *req, uint64_t *ret_expires_usec, struct error *err);
int bearer_signed_in(struct account *a, const struct scope *scope,
                     const struct message_reply *reply, uint64_t now_usec, struct error *err);

/* What is granted, as JSON for a person (takes it; NULL: no memory), and the notes in the language.
 */
int bearer_grant_take(const struct grant_request *request, json_t *granted, const char *en,
                      const char *fr, struct buffer *document, struct buffer *notes,
                      struct error *err);

/* ---- calls -------------------------------------------------------------------------------------
 */

/* Method, address, Accept and the call's own headers; who asks is left to bearer_request(), or to
 * the provider where another key is meant. -EINVAL for a host that is not the provider's, and for a
 * next page that is said to be elsewhere. */
int bearer_write(const struct bearer *b, const struct call_instance *call,
                 struct message_request *req, struct error *err);
int bearer_request(const struct bearer *b, const struct call_instance *call,
                   struct message_request *req, struct error *err);

/* What the reply means as far as HTTP and JSON say it: 401 is REPLY_UNAUTHENTICATED, or
 * REPLY_EXPIRED when the sources of the key meanwhile give another (which is used from then on).
 * The code is the status ("http_404"). The provider looks at what it knows better afterwards. */
void bearer_interpret(struct bearer *b, const struct call_instance *call,
                      const struct message_reply *reply, struct reply_meaning *ret);

/* Is it the list of a collector, not one thing of it? */
bool bearer_is_list(const struct call_instance *call);

/* Makes it a denial with this text. */
void bearer_deny(struct reply_meaning *ret, const char *fmt, ...) _printf_(2, 3);
