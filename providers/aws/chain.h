/* Which credentials an account uses: the first source of the AWS tools' order that is configured.
 * Nothing is asked here; files and environment only. A source that is configured but incomplete is
 * an error and never passed over for another identity. */
#pragma once

#include "providers/aws/credentials.h"
#include "providers/aws/profile.h"
#include "providers/url.h"

struct aws_options;

enum source_kind {
        SOURCE_STATIC,       /* keys that are there already: environment, files, systemd */
        SOURCE_PROCESS,      /* credential_process */
        SOURCE_WEB_IDENTITY, /* a token file exchanged for a role */
        SOURCE_SSO,          /* the sign-in cached by "aws sso login" */
        SOURCE_CONTAINER,    /* ECS, EKS Pod Identity */
        SOURCE_IMDS,         /* instance metadata */
        SOURCE_KIND_MAX,
};

/* A role assumed with the credentials of the step before. */
struct chain_role {
        char *arn, *external_id, *session_name;
        uint64_t duration_seconds; /* 0: the usual hour */
        char *origin;              /* "profile prod" */
};

enum { CHAIN_ROLES_MAX = 5 };

struct chain {
        enum source_kind kind;
        char *source; /* for people: "profile prod in /home/x/.aws/config" */

        struct aws_credentials fixed;                          /* SOURCE_STATIC */
        char **argv;                                           /* SOURCE_PROCESS */
        char *token_file, *role_arn, *session_name;            /* SOURCE_WEB_IDENTITY */
        char *sso_cache, *sso_region, *sso_account, *sso_role; /* SOURCE_SSO */
        char *sso_login; /* "aws sso login --profile x": what helps */
        char *url;       /* SOURCE_CONTAINER: to GET; SOURCE_IMDS: base without slash */
        char *authorization, *authorization_file; /* SOURCE_CONTAINER */
        bool last_resort;                         /* SOURCE_IMDS: nothing else was configured */

        struct chain_role roles[CHAIN_ROLES_MAX]; /* in the order they are assumed */
        size_t n_roles;
};

struct chain_context {
        const struct aws_options *options;
        const char *account;         /* name of the configuration's entry */
        const char *credentials_dir; /* systemd's; may be NULL */
        const struct profiles *profiles;
        bool alone; /* no accounts are named beside the credentials' own */
};

/* -EACCES when there is nothing at all, -EINVAL for what is incomplete. */
int chain_build(struct chain *ret, const struct chain_context *x, struct error *err);
void chain_done(struct chain *c); /* wipes */

/* The profile in force, "default" when none is named. Borrowed. */
const char *chain_profile(const struct aws_options *options);

/* Are there credentials, without asking anyone? */
bool chain_found(void);

/* chain_source.c: what is written in a profile and in the environment. 1: taken, 0: not there. */
int chain_from_systemd(struct chain *c, const struct chain_context *x, struct error *err);
int chain_from_environment(struct chain *c, struct error *err);
int chain_from_web_environment(struct chain *c, struct error *err);
int chain_from_web_profile(struct chain *c, const struct chain_context *x, const char *profile,
                           struct error *err);
int chain_from_sso(struct chain *c, const struct chain_context *x, const char *profile,
                   struct error *err);
int chain_from_static(struct chain *c, const struct chain_context *x, const char *profile,
                      bool in_credentials, struct error *err);
int chain_from_process(struct chain *c, const struct chain_context *x, const char *profile,
                       struct error *err);
int chain_from_container(struct chain *c, struct error *err);
int chain_from_imds(struct chain *c, struct error *err);

/* Splits a command line into words as a shell would, without running one. -EINVAL for an open
 * quote or no word. The list and its words are the caller's. */
int chain_split_command(const char *text, char ***ret, struct error *err);
void chain_free_words(char **words);
