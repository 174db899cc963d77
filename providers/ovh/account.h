/* What an open OVHcloud account is; seen by this folder only. */
#pragma once

#include "providers/oauth.h"
#include "providers/ovh/credentials.h"
#include "providers/provider.h"

enum { ACCOUNT_REFUSED_MAX = 384 };

struct account {
        /* configuration; config is borrowed and outlives the account */
        const struct account_config *config;
        char *credentials_dir;
        char *base_url; /* instead of https://<host>, without a slash at its end; NULL: none */

        /* credentials */
        struct ovh_credentials credentials;
        char refused[ACCOUNT_REFUSED_MAX]; /* why they were refused, "" while they were not */
        bool ended; /* refused, and reading the sources again gave the same */

        /* OVH_MODE_KEY: how far this machine's clock is ahead of OVHcloud's */
        bool time_known;
        int64_t ahead_seconds;
        uint64_t time_read_usec;

        /* OVH_MODE_SERVICE */
        struct oauth_token token;
};

/* Text over the account's secrets, in place: what a server sends back is not trusted to leave them
 * out. */
void ovh_redact(const struct account *a, char *text);

/* signin.c */
int ovh_sign_in(struct account *a, const struct scope *scope, uint64_t now_usec,
                struct message_request *req, uint64_t *ret_expires_usec, struct error *err);
int ovh_signed_in(struct account *a, const struct scope *scope, const struct message_reply *reply,
                  uint64_t now_usec, struct error *err);
void ovh_sign_in_again(struct account *a, const struct scope *scope);

/* protocol.c */
int ovh_request(struct account *a, const struct call_instance *call, uint64_t now_usec,
                struct message_request *req, struct error *err);
/* "https://eu.api.ovh.com" or what stands instead. */
int ovh_url(const struct account *a, const char *host, const char *path, const char *query,
            char **ret, struct error *err);
/* The signature of a call; body "" for none. hex gets "$1$" and 40 digits. */
enum { OVH_SIGNATURE_MAX = 44 };
int ovh_sign(const struct ovh_credentials *c, const char *method, const char *url, const char *body,
             uint64_t seconds, char signature[static OVH_SIGNATURE_MAX], struct error *err);

/* reply.c; call may be NULL (a sign-in request). */
void ovh_interpret(struct account *a, const struct call_instance *call,
                   const struct message_reply *reply, struct reply_meaning *ret);

/* scrub.c: takes out of a reply what is secret in it, and wipes it: passwords, tokens, the values
 * of variables but those that name a model. */
void ovh_scrub(const char *path, json_t *body);
bool ovh_names_model(const char *variable);

/* usage.c: adds to a bill of use what it says of AI Endpoints, one line for each model. */
int ovh_usage_lines(json_t *body);

/* gpu.c: the accelerator that a flavour's name says, NULL when the name says none; *ret_cpu: it is
 * of a family that has none. */
const char *ovh_gpu_of_flavor(const char *flavor, bool *ret_cpu);

/* duration.c: "P1Y", "P6M", "P14D" in days; -EINVAL. Whole months count as the calendar does, for
 * a rule that asks for six of them. */
int ovh_duration_days(const char *text, uint64_t *ret);

/* refine.c */
enum { OVH_REFINEMENTS = 7 };
extern const struct refinement ovh_refinements[OVH_REFINEMENTS];

/* policy.c */
extern const char *const ovh_grant_formats[];
int ovh_grant(const struct grant_request *request, struct buffer *document, struct buffer *notes,
              struct error *err);
