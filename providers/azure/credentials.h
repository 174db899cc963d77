/* Where the credentials for Entra come from: our own configuration and systemd's credentials, the
 * environment as Azure's tools read it, what the machine offers, the Azure CLI's login. The first
 * source that says anything is taken, whole.
 *
 * Of several kinds in one source the order is that of Azure's own libraries: secret, certificate,
 * federated token, managed identity. */
#pragma once

#include "daemon/model/config.h"
#include "providers/azure/certificate.h"

#include <stdbool.h>
#include <stdint.h>

/* The provider's own keys of an accounts: entry. No secret ever stands there, only names of files.
 */
struct azure_options {
        char *tenant, *client_id;
        char *client_secret_file;
        char *client_certificate; /* a file */
        bool send_certificate_chain;
        char *federated_token_file;
        char *managed_identity; /* "system", a client id, or a resource id */
        char *cloud, *authority;
        char **management_groups;
};
extern const struct yaml_field azure_options_fields[];

enum azure_kind {
        AZURE_SECRET,
        AZURE_CERTIFICATE,
        AZURE_FEDERATED,        /* a token of another issuer, in a file that is rotated */
        AZURE_APP_SERVICE,      /* managed identities from here on */
        AZURE_MACHINE_LEARNING, /* and App Service as it was before 2019 */
        AZURE_ARC,
        AZURE_IMDS,
        AZURE_CLI, /* a person's login: tokens out of the cache */
        AZURE_KIND_MAX,
};

struct azure_credentials {
        enum azure_kind kind;
        char *tenant;    /* NULL: a managed identity's own */
        char *client_id; /* of the application; of managed identities the one that is meant */
        char *secret;    /* client secret, refresh token, or header of the metadata endpoint */
        struct azure_certificate certificate;
        bool send_chain;
        char *token_file;   /* AZURE_FEDERATED */
        char *endpoint;     /* of the metadata service */
        char *resource_id;  /* of a managed identity that is named by it */
        char *access_token; /* AZURE_CLI: still good when the cache was read, or NULL */
        uint64_t access_token_expires_usec;
        char *cloud;  /* AZURE_CLI: the one that was logged in to; else NULL */
        char *source; /* for people, without secrets */
};

/* -ENOENT where nothing is found: the text says what was looked at. config and credentials_dir may
 * be NULL. */
int azure_credentials_read(struct azure_credentials *ret, const struct account_config *config,
                           const char *credentials_dir, struct error *err);
void azure_credentials_done(struct azure_credentials *c); /* wipes */

static inline bool azure_kind_is_managed(enum azure_kind kind)
{
        return kind >= AZURE_APP_SERVICE && kind <= AZURE_IMDS;
}

/* cli.c: the Azure CLI's login. -ENOENT when there is none; -EINVAL for one that cannot be used
 * without its help, with what to do. tenant (may be NULL) chooses among several. */
int azure_cli_read(struct azure_credentials *ret, const char *tenant, struct error *err);
/* Is there one that could be read, or would be if it were not encrypted? */
bool azure_cli_found(void);
/* The public client that the CLI signs in as. */
#define AZURE_CLI_CLIENT "04b07795-8ddb-461a-bbee-02f9e1bf7b46"

/* managed.c: the managed identity that the environment says there is, or (wanted) that this machine
 * is asked for without further signs. identity: "system", a client id or a resource id; NULL: what
 * AZURE_CLIENT_ID says. 1: there is one; 0: none; -EINVAL for a kind that cannot be used. */
int azure_managed_find(struct azure_credentials *ret, const char *identity, bool wanted,
                       struct error *err);
