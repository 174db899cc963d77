/* What an open AWS account is; seen by this folder only. */
#pragma once

#include "providers/aws/chain.h"
#include "providers/aws/partition.h"
#include "providers/provider.h"
#include "providers/sign.h"
#include "providers/url.h"

enum { AWS_REGION_MAX = 32, AWS_ACCOUNT_ID_DIGITS = 12 };

struct aws_organization_options {
        char *role, *external_id;
        char **accounts;
        struct yaml_place place; /* line 0: not there */
};

struct aws_options {
        char *profile, *role, *external_id, *partition, *sts_region;
        struct aws_organization_options organization;
};

enum flow_step {
        FLOW_IDLE,
        FLOW_SOURCE, /* the chain's source says which step is next */
        FLOW_PROCESS,
        FLOW_WEB_IDENTITY,
        FLOW_SSO_REFRESH,
        FLOW_SSO_ROLE,
        FLOW_CONTAINER,
        FLOW_IMDS_TOKEN,
        FLOW_IMDS_DOCUMENT,
        FLOW_IMDS_ROLE,
        FLOW_IMDS_CREDENTIALS,
        FLOW_ROLE,   /* the next role of the chain */
        FLOW_MEMBER, /* the role in another account */
        FLOW_DONE,
        FLOW_STEP_MAX,
};

/* One sign-in under way; belongs to the scope that it is for. */
struct flow {
        enum flow_step step;
        struct aws_credentials have; /* of the steps done */
        size_t role;                 /* next of chain.roles */
        unsigned tries;              /* of the step that failed for now */
        bool source_again;           /* the base credentials were renewed in this sign-in */
        bool token_again;            /* instance metadata was asked for another token */
        char *imds_token, *imds_role;
        char *sso_token; /* just renewed */
};

struct identity {
        char *account_id; /* of the scope; NULL: the account's own credentials */
        struct aws_credentials credentials;
        bool renew;                  /* refused as expired: not to be used again */
        uint64_t next_advisory_usec; /* an early renewal failed: not before this */
        struct flow flow;
};

struct account {
        /* configuration; config is borrowed and outlives the account */
        const struct account_config *config;
        const struct aws_options *options;
        char *credentials_dir;

        /* what files and environment say */
        struct profiles profiles;
        struct chain chain;
        char *source; /* for people */
        const struct partition *partition;
        char region[AWS_REGION_MAX]; /* home region: nearest to the credentials */
        char sts_region[AWS_REGION_MAX];
        bool region_known;     /* someone said which */
        bool sts_region_fixed; /* the configuration said which */
        bool endpoints;        /* some endpoint is overridden */
        bool has_endpoint;     /* by the configuration, for all services */
        struct url_base endpoint;
        char session_name[65];

        /* in use */
        int64_t offset_usec; /* the provider's clock less ours */
        struct identity base;
        struct identity **members; /* sorted by account_id */
        size_t n_members;
        struct sign_cache cache;
};

static inline uint64_t aws_account_now(const struct account *a, uint64_t now_usec)
{
        return now_usec + (uint64_t)a->offset_usec;
}

/* account.c */
void aws_fingerprint(const struct account *a, unsigned char ret[static SHA256_BYTES]);
const char *aws_variable(const struct account *a, const struct scope *scope, const char *region,
                         const char *name);
int aws_scopes(struct account *a, json_t *ret, struct error *err);
/* Reads files and environment again, when they changed or force is set. */
int aws_account_reload(struct account *a, bool force, struct error *err);
void aws_account_set_region(struct account *a, const char *region);
/* place.c: region and partition, of options, environment and profile; -EINVAL when they disagree.
 */
int aws_places_set(struct account *a, struct error *err);
/* The account's id in an ARN, into id; false when it has none. */
bool aws_account_id_of_arn(const char *arn, char id[static AWS_ACCOUNT_ID_DIGITS + 1]);
/* 12 digits. */
bool aws_account_id_valid(const char *id);
bool aws_account_region_valid(const char *region);
extern const struct yaml_field aws_options_fields[];
int aws_account_new(struct account **ret, const struct account_config *config,
                    const char *credentials_dir, struct error *err);
struct account *aws_account_free(struct account *a);

/* identity.c */
bool identity_is_own(const struct account *a, const struct scope *scope);
/* The identity that signs in scope; NULL when it never signed in. */
struct identity *identity_find(struct account *a, const struct scope *scope);
/* The same, made when it is not there; NULL without memory. */
struct identity *identity_get(struct account *a, const struct scope *scope);
void identity_done(struct identity *id);
void aws_sign_out(struct account *a, const struct scope *scope);
void flow_reset(struct flow *f);
/* Text over the secrets that an identity holds, in place. */
void aws_account_redact(const struct account *a, const struct identity *id, char *text);

/* endpoint.c: is the host replaced? 1 and the base, 0, or negative for an address that is none. */
int aws_endpoint(const struct account *a, const char *host, struct url_base *ret,
                 struct error *err);
/* Checks every override that environment and profile hold. */
int aws_endpoint_check(struct account *a, struct error *err);

/* protocol.c */
enum aws_protocol {
        AWS_JSON_1_1,
        AWS_JSON_1_0,
        AWS_REST_JSON,
        AWS_QUERY,
        AWS_EC2,
        AWS_REST_XML,
        AWS_PROTOCOL_MAX,
};
extern const char *const aws_protocols[AWS_PROTOCOL_MAX + 1];
enum aws_protocol aws_protocol_from_name(const char *name);

/* A call as any protocol needs it; borrowed. */
struct aws_message {
        enum aws_protocol protocol;
        const char *operation, *target, *version;
        const char *method; /* NULL: the protocol's */
        const char *host, *path;
        const json_t *query, *body, *headers;
        const char *service, *region;              /* to sign for */
        const struct aws_credentials *credentials; /* NULL: not signed */
        uint64_t now_usec;                         /* our clock */
};
int aws_message_write(struct account *a, const struct aws_message *m, struct message_request *req,
                      struct error *err);
int aws_request(struct account *a, const struct call_instance *call, uint64_t now_usec,
                struct message_request *req, struct error *err);
/* body.c: "Action=…" with nested members written flat. */
int aws_form_write(struct buffer *b, const struct aws_message *m, struct error *err);

/* reply.c: what a reply means, but for what only the account can tell. */
struct aws_reading {
        bool clock;   /* a clock that is off may be the reason */
        bool session; /* may also mean that session credentials have expired */
};
void aws_reply_read(const struct message_reply *reply, enum aws_protocol protocol,
                    const char *operation, struct reply_meaning *ret, struct aws_reading *reading);
/* error.c: what an error's code, message and status mean. code and text of ret are filled in. */
enum reply_kind aws_error_kind(int status, struct reply_meaning *ret, struct aws_reading *reading);

/* interpret.c */
char *aws_witness(const struct account *a, const struct scope *scope, const char *region);
void aws_interpret(struct account *a, const struct call_instance *call,
                   const struct message_reply *reply, struct reply_meaning *ret);
/* The same for a request of a sign-in. */
void aws_interpret_for(struct account *a, const struct identity *id, enum aws_protocol protocol,
                       const char *operation, const struct message_reply *reply,
                       struct reply_meaning *ret);
/* The Date header says that our clock is off by more than four minutes from what was thought: takes
 * the offset over. */
bool aws_learn_offset(struct account *a, const struct message_reply *reply);

/* signin.c */
int aws_sign_in(struct account *a, const struct scope *scope, uint64_t now_usec,
                struct message_request *req, uint64_t *ret_expires_usec, struct error *err);
int aws_signed_in(struct account *a, const struct scope *scope, const struct message_reply *reply,
                  uint64_t now_usec, struct error *err);
void aws_sign_in_again(struct account *a, const struct scope *scope);

/* Steps of a sign-in. ask() writes a request and returns SIGN_IN_REQUEST, or goes on by itself and
 * returns 0 with another step set; take() reads the reply and sets the step. */
struct flow_at {
        struct account *account;
        struct identity *identity;
        uint64_t now_usec; /* our clock */
};
struct flow_ops {
        const char *name;
        int (*ask)(const struct flow_at *at, struct message_request *req, struct error *err);
        int (*take)(const struct flow_at *at, const struct message_reply *reply, struct error *err);
};
/* FLOW_SOURCE of SOURCE_SSO: looks at the cached sign-in and sets the step. */
int flow_sso_begin(const struct flow_at *at, struct error *err);
extern const struct flow_ops flow_process, flow_web_identity, flow_sso_refresh, flow_sso_role,
        flow_container, flow_imds_token, flow_imds_document, flow_imds_role, flow_imds_credentials,
        flow_role, flow_member;

/* For take(): nothing came, or a status that may pass: -EAGAIN while tries are left, then -EACCES
 * with the text. */
int flow_later(const struct flow_at *at, unsigned tries_max, struct error *err, const char *fmt,
               ...) _printf_(4, 5);
/* Credentials came: checks their end and keeps them as flow.have; takes them over. */
int flow_have_take(const struct flow_at *at, const struct message_reply *reply,
                   struct aws_credentials *credentials_take, struct error *err);
/* The ARN of the role that is assumed in another account; the caller frees. -EINVAL when none is
 * configured. */
int aws_account_member_role(const struct account *a, const char *account_id, char **ret,
                            struct error *err);

/* refine.c: the functions that catalogue entries name. */
enum { AWS_REFINEMENTS = 13 };
extern const struct refinement aws_refinements[AWS_REFINEMENTS];
/* scp.c: policy.regions holds the text of a service control policy; becomes the regions that it
 * leaves open, or why they are not certain. */
int aws_refine_scp(const struct account *a, struct resource *r, const json_t *item,
                   struct error *err);
/* event.c: alert.services and alert.targets become what the pattern of a rule waits for. */
int aws_refine_event_pattern(const struct account *a, struct resource *r, const json_t *item,
                             struct error *err);
/* ecr.c: store.copies becomes the regions that the images named are copied to. */
int aws_refine_registry(const struct account *a, struct resource *r, const json_t *item,
                        struct error *err);
/* trail.c: audit.management_events holds the selectors; becomes true or false, or unknown. */
int aws_refine_trail_selectors(const struct account *a, struct resource *r, const json_t *item,
                               struct error *err);
/* trail.c: the same of a trail, and log.destination becomes the places that its files are under. */
int aws_refine_trail(const struct account *a, struct resource *r, const json_t *item,
                     struct error *err);
/* lex.c: log.destination and log.encryption_key hold the settings of an alias; they become where
 * its conversations are written, and the keys of that. */
int aws_refine_lex_logs(const struct account *a, struct resource *r, const json_t *item,
                        struct error *err);
/* model_ref.c: processing.regions holds the ARNs of models; becomes the list of their regions. */
int aws_refine_profile_regions(const struct account *a, struct resource *r, const json_t *item,
                               struct error *err);
/* model_ref.c: model.id says where inference runs (processing.regions), or which map says so
 * (processing.ref). */
int aws_refine_model_ref(const struct account *a, struct resource *r, const json_t *item,
                         struct error *err);
/* usage.c: a page of CloudTrail's events says who called (usage.principals), what (model.id), when
 * last (usage.last) and where inference ran (processing.observed_regions). */
int aws_refine_usage_events(const struct account *a, struct resource *r, const json_t *item,
                            struct error *err);
/* usage.c: inventory.place holds a type of use of the bill; becomes the region in its prefix, which
 * is the resource's too. */
int aws_refine_bill_region(const struct account *a, struct resource *r, const json_t *item,
                           struct error *err);
/* usage.c: log.copies holds the ARNs of destinations; becomes the list of their regions. */
int aws_refine_log_copies(const struct account *a, struct resource *r, const json_t *item,
                          struct error *err);
int aws_refine_bucket(const struct account *a, struct resource *r, const json_t *item,
                      struct error *err);
int aws_refine_grant(const struct account *a, struct resource *r, const json_t *item,
                     struct error *err);
