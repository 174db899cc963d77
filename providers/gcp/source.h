/* What an ADC file (application default credentials) says: which of Google's ways to sign in, with
 * what. Read as a whole and checked before anything is asked of the network. */
#pragma once

#include "daemon/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define GCP_UNIVERSE "googleapis.com"

enum { GCP_IMPERSONATIONS_MAX = 4, GCP_LIFETIME_S = 3600, GCP_LIFETIME_MAX_S = 43200 };

enum gcp_source_kind {
        GCP_SERVICE_ACCOUNT, /* a key signs an assertion */
        GCP_USER,            /* a refresh token of a person's sign-in */
        GCP_EXTERNAL_FILE,   /* another identity provider's token, in a file */
        GCP_EXTERNAL_URL,    /* or behind a URL */
        GCP_EXTERNAL_AWS,    /* an AWS identity, proven by a signature */
        GCP_EXTERNAL_USER,   /* a refresh token of a workforce pool */
        GCP_METADATA,        /* the machine's own service account */
};

struct gcp_impersonation {
        char *url;         /* of generateAccessToken */
        json_t *delegates; /* full names; NULL: none */
        uint64_t lifetime_s;
};

struct gcp_source {
        enum gcp_source_kind kind;
        char *where;    /* "variable GOOGLE_APPLICATION_CREDENTIALS, /etc/key.json": for people */
        char *universe; /* "googleapis.com" unless the file says another */
        bool universe_said;
        char *project, *quota_project; /* NULL: not said */

        char *token_url;
        char *email, *private_key, *private_key_id;      /* GCP_SERVICE_ACCOUNT */
        char *client_id, *client_secret, *refresh_token; /* GCP_USER, GCP_EXTERNAL_USER */

        /* GCP_EXTERNAL_… */
        char *audience, *subject_type, *workforce_project;
        char *subject_path, *subject_url;
        json_t *subject_headers;
        char *subject_field; /* member of a JSON reply; NULL: the whole text */
        char *aws_region_url, *aws_verify_url, *aws_session_url; /* subject_url: the role's keys */

        char *metadata_url; /* GCP_METADATA: "http://169.254.169.254" */
        bool last_resort;   /* nothing says that this machine is Google's */

        struct gcp_impersonation impersonations[GCP_IMPERSONATIONS_MAX]; /* in turn */
        size_t n_impersonations;
};

void gcp_source_done(struct gcp_source *s); /* wipes */

/* Reads the file at path. -EINVAL says what it is instead, and what to do; never a part of it. */
int gcp_source_read(struct gcp_source *ret, const char *path, struct error *err);

/* A domain such as a universe has. */
bool gcp_universe_is_valid(const char *text);

/* One more service account to become: an e-mail address. */
int gcp_source_impersonate(struct gcp_source *s, const char *email, struct error *err);

/* Other universes have no token endpoint for keys: their APIs take the key's assertion itself. */
bool gcp_has_token_endpoint(const struct gcp_source *s);

/* Scheme and authority of a URL, on the heap: what stands behind them is checked by nobody here. */
char *gcp_url_origin(const char *url);
/* May credentials of the universe be sent there? https, and the host of the universe, an old one of
 * Google's own for tokens, or (what was said by the operator) loopback. */
bool gcp_url_is_trusted(const char *universe, const char *url);
bool gcp_host_is_trusted(const char *universe, const char *host);
