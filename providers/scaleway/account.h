/* What an open Scaleway account is; seen by this folder only. */
#pragma once

#include "providers/provider.h"
#include "providers/scaleway/credentials.h"
#include "providers/scaleway/grants.h"

/* How the organisation's id becomes known when no configuration says it: the key is asked for its
 * default project, the project for its organisation. */
enum organization_step {
        ORGANIZATION_ASK_KEY,
        ORGANIZATION_ASK_PROJECT,
};

enum { ACCOUNT_TIME_MAX = 32, ACCOUNT_REFUSED_MAX = 384 };

struct account {
        /* configuration; config is borrowed and outlives the account */
        const struct account_config *config;
        char *credentials_dir;

        /* credentials */
        struct scaleway_credentials credentials;
        char *base_url; /* instead of https://<host>, without a slash at its end; NULL: none */
        uint64_t expires_usec;
        char refused[ACCOUNT_REFUSED_MAX]; /* why the key was refused, "" while it was not */
        bool ended; /* refused, and reading the sources again gave the same key */

        /* looking up the organisation */
        bool lookup; /* it was not known when the account was opened */
        enum organization_step step;
        char *lookup_project;

        struct grants grants; /* what the key may do */
        json_t *buckets;      /* name → id of its project, as far as export jobs told */

        /* time as {period} and {recent} say it, fixed so that the pages of a list agree */
        uint64_t times_usec;
        char period[ACCOUNT_TIME_MAX]; /* "2026-11" */
        char recent[ACCOUNT_TIME_MAX]; /* "2026-11-22T21:00:00Z" */
};

/* Text over the account's secrets, in place: what a server sends back is not trusted to leave them
 * out. */
void account_redact(const struct account *a, char *text);

/* organization.c: the requests, and what their replies teach. */
int organization_request(struct account *a, struct message_request *req, struct error *err);
int organization_reply(struct account *a, const struct message_reply *reply, struct error *err);
/* body: of the key as IAM tells it. */
void account_learn_expiry(struct account *a, const json_t *body);

/* protocol.c */
int scaleway_request(struct account *a, const struct call_instance *call, uint64_t now_usec,
                     struct message_request *req, struct error *err);
/* The address of a call, for hosts that may see the key only. */
int scaleway_write_url(const struct account *a, const struct call_instance *call,
                       struct message_request *req, struct error *err);
/* A GET of path on the control plane. */
int scaleway_request_get(struct account *a, const char *path, struct message_request *req,
                         struct error *err);
/* Is it for object storage? */
bool scaleway_speaks_s3(const struct call_instance *call);
/* Appends text, percent-encoded but for RFC 3986's unreserved characters. */
void scaleway_encode(struct buffer *b, const char *text);

/* reply.c; call may be NULL (a sign-in request). */
void scaleway_interpret(struct account *a, const struct call_instance *call,
                        const struct message_reply *reply, struct reply_meaning *ret);

/* storage.c: the protocol s3; a reply that came, status and all. */
int storage_request(struct account *a, const struct call_instance *call, uint64_t now_usec,
                    struct message_request *req, struct error *err);
void storage_interpret(const struct message_reply *reply, struct reply_meaning *ret);
/* A file's address with the bucket as its host, and without what stands behind "?": a link that was
 * signed beforehand has a signature there. New reference. */
json_t *storage_address(const char *url);
/* Which projects the buckets are of that export jobs write to. */
void storage_learn(struct account *a, const json_t *body);

/* endpoint.c: "https://host[:port][/path]", or http for loopback; without a slash at its end. */
int scaleway_endpoint_parse(const char *url, char **ret, struct error *err);

/* refine.c */
enum { SCALEWAY_REFINEMENTS = 10 };
extern const struct refinement scaleway_refinements[SCALEWAY_REFINEMENTS];

/* policy.c */
bool scaleway_set_is_of_organization(const char *set);
extern const char *const scaleway_grant_formats[];
int scaleway_grant(const struct grant_request *request, struct buffer *document,
                   struct buffer *notes, struct error *err);
