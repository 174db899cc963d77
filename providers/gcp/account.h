/* What an open Google Cloud account is; seen by this folder only. */
#pragma once

#include "providers/gcp/adc.h"
#include "providers/gcp/refine.h"
#include "providers/oauth.h"
#include "providers/provider.h"

enum gcp_step {
        GCP_IDLE,
        GCP_SOURCE,
        GCP_METADATA_UNIVERSE,
        GCP_METADATA_TOKEN,
        GCP_ASSERT,
        GCP_REFRESH,
        GCP_SUBJECT_URL,
        GCP_AWS_SESSION,
        GCP_AWS_REGION,
        GCP_AWS_ROLE,
        GCP_AWS_KEYS,
        GCP_AWS_SIGN,
        GCP_EXCHANGE,
        GCP_BECOME, /* another service account, for each impersonation */
        GCP_DONE,
        GCP_STEP_MAX,
};

/* One sign-in under way; each scope that waits has its own, so that replies cannot be mixed up.
 * What one of them gets is for all. */
struct gcp_flow {
        char *scope; /* id; NULL: the account's own */
        enum gcp_step step;
        struct oauth_token have;
        size_t became;     /* impersonations that are done */
        bool clock_learnt; /* once */
        char *subject;     /* the token of another identity provider */
        struct {
                char *session, *region, *role;
                char *access_key, *secret_key, *token;
        } aws;
        struct gcp_flow *next;
};

enum { GCP_SCRATCH_MAX = 256 };

struct account {
        /* configuration; config is borrowed and outlives the account */
        const struct account_config *config;
        const struct gcp_options *options; /* NULL: none */
        struct gcp_source source;
        char *endpoint; /* "https://{service}-x.p.googleapis.com": instead of every API's host;
                           NULL: none */

        /* signing in */
        struct oauth_token token;
        uint64_t next_renewal_usec; /* not before, while the token is good */
        int64_t offset_usec;        /* what our clock lacks */
        bool renew;                 /* the token was refused before its end */
        char refused[512];          /* why signing in is of no use, "" while it may be */
        struct gcp_flow *flows;

        char *scratch; /* GCP_SCRATCH_MAX bytes: what variable() made up last */
};

/* signin.c */
int gcp_sign_in(struct account *a, const struct scope *scope, uint64_t now_usec,
                struct message_request *req, uint64_t *ret_expires_usec, struct error *err);
int gcp_signed_in(struct account *a, const struct scope *scope, const struct message_reply *reply,
                  uint64_t now_usec, struct error *err);
void gcp_sign_in_again(struct account *a, const struct scope *scope);
void gcp_sign_out(struct account *a, const struct scope *scope);
void gcp_flows_free(struct account *a);
/* Text over the account's secrets, in place: what a server sends back is not trusted to leave them
 * out. */
void gcp_redact(const struct account *a, char *text);

/* Steps of a sign-in. ask() writes a request and returns SIGN_IN_REQUEST, or goes on by itself and
 * returns 0 with another step set; take() reads the reply and sets the step. */
struct gcp_at {
        struct account *account;
        struct gcp_flow *flow;
        uint64_t now_usec; /* our clock */
};
struct gcp_step_ops {
        const char *name;
        int (*ask)(const struct gcp_at *at, struct message_request *req, struct error *err);
        int (*take)(const struct gcp_at *at, const struct message_reply *reply, struct error *err);
};
/* token.c */
extern const struct gcp_step_ops gcp_assert, gcp_refresh, gcp_exchange, gcp_become;
/* metadata.c */
extern const struct gcp_step_ops gcp_metadata_universe, gcp_metadata_token;
/* subject.c: other identity providers' tokens. gcp_subject_file() reads the file now. */
extern const struct gcp_step_ops gcp_subject_url, gcp_aws_session, gcp_aws_region, gcp_aws_role,
        gcp_aws_keys, gcp_aws_sign;
int gcp_subject_file(const struct gcp_at *at, struct error *err);
int gcp_aws_begin(const struct gcp_at *at, struct error *err);

/* Nothing came, or a status that may pass: for take(), which returns -EAGAIN then. */
bool gcp_passes(const struct message_reply *reply);
/* "HTTP status 404", or why nothing came. */
const char *gcp_outcome(const struct message_reply *reply, char text[static 300]);
/* The Date header says that our clock is off by minutes: takes the offset over, once a sign-in. */
bool gcp_learn_offset(const struct gcp_at *at, const struct message_reply *reply);
static inline uint64_t gcp_now(const struct account *a, uint64_t now_usec)
{
        return now_usec + (uint64_t)a->offset_usec;
}

/* protocol.c */
int gcp_request(struct account *a, const struct call_instance *call, uint64_t now_usec,
                struct message_request *req, struct error *err);
/* The project that a call is charged to by header; NULL: the API decides. */
const char *gcp_quota_project(const struct account *a, const struct call *call);

/* reply.c; call may be NULL (a sign-in request). */
void gcp_interpret(struct account *a, const struct call_instance *call,
                   const struct message_reply *reply, struct reply_meaning *ret);

/* reason.c: an error of Google's APIs, as far as it says. */
struct gcp_error {
        int status;                   /* HTTP */
        const char *name;             /* "PERMISSION_DENIED"; "" when not said */
        const char *reason, *message; /* "" when not said; of ErrorInfo, or of errors[] */
        const char *violation;        /* type of a PreconditionFailure's first violation, "" */
        const json_t *metadata;       /* of ErrorInfo; may be NULL */
        uint64_t retry_usec;          /* of RetryInfo; 0: not said */
};
void gcp_error_read(struct gcp_error *ret, int status, const json_t *body);
const char *gcp_error_metadata(const struct gcp_error *e, const char *key); /* NULL: not there */
/* Fills kind, code, stated, text and retry_after_usec of ret. */
void gcp_error_meaning(struct account *a, const struct call_instance *call,
                       const struct gcp_error *e, struct reply_meaning *ret);

/* partial.c: what a reply that is good says to be missing, into text; "" when nothing. */
void gcp_partial(const json_t *body, char *text, size_t size);

/* ids.c: is that the number of the project? */
bool gcp_is_number_of(const struct scope *scope, const char *text, size_t length);
char *gcp_id_key(const struct account *a, const struct scope *scope, const char *id);
void gcp_region_code(char *location);

/* policy.c */
extern const char *const gcp_grant_formats[];
int gcp_grant(const struct grant_request *request, struct buffer *document, struct buffer *notes,
              struct error *err);
