/* Where OVHcloud credentials come from, as its own clients find them: systemd credentials first,
 * then our own configuration, the environment, ~/.ovh.conf, /etc/ovh.conf. Never ./ovh.conf: a
 * daemon must not take keys from whatever folder it stands in.
 *
 * There are three ways to sign in, and one is used: that of the first source which has any. Two
 * ways in one source are refused, as by OVHcloud's clients. */
#pragma once

#include "daemon/base/error.h"
#include "daemon/model/config.h"
#include "providers/ovh/endpoint.h"

#include <stdbool.h>

enum ovh_mode {
        OVH_MODE_NONE,
        OVH_MODE_KEY,     /* application key, secret and consumer key: signed calls */
        OVH_MODE_SERVICE, /* OAuth2 service account: tokens of one hour */
        OVH_MODE_TOKEN,   /* an access token that somebody else has fetched */
};

enum ovh_value {
        OVH_ENDPOINT,
        OVH_APPLICATION_KEY,
        OVH_APPLICATION_SECRET,
        OVH_CONSUMER_KEY,
        OVH_CLIENT_ID,
        OVH_CLIENT_SECRET,
        OVH_ACCESS_TOKEN,
        OVH_PROJECT,
        OVH_AIE_KEY, /* of AI Endpoints' own API, beside any way to sign in */
        OVH_VALUE_MAX,
};

/* The provider's own keys of an accounts: entry. No secret stands there. */
struct ovh_options {
        char *api; /* "ovh-ca" */
        char *application_key;
        char *client_id;
        char *token_url;
};

extern const struct yaml_field ovh_options_fields[];

struct ovh_credentials {
        enum ovh_mode mode;
        const struct ovh_endpoint *endpoint;
        char *value[OVH_VALUE_MAX]; /* NULL where there is none */
        bool own_project;           /* the project stands where the credentials do */
        char *source;               /* "section ovh-eu of /etc/ovh.conf", for people */
};

/* -ENOENT when there are none: the text says where they were looked for. config may be NULL
 * (whatever lies around); credentials_dir may be NULL. */
int ovh_credentials_read(struct ovh_credentials *ret, const struct account_config *config,
                         const char *credentials_dir, struct error *err);
/* Wipes the secrets before they are freed. */
void ovh_credentials_done(struct ovh_credentials *c);
bool ovh_credentials_equal(const struct ovh_credentials *a, const struct ovh_credentials *b);
