/* Where a Scaleway key comes from, as the scw tool finds it: systemd credentials first, then our
 * own configuration, the environment, the profile in scw's configuration file. Each value is taken
 * from the first source that has it.
 *
 * One difference from scw: an account entry that names a profile gets that profile's values before
 * the environment's. Two entries with two profiles would otherwise both run with the key that
 * happens to be in SCW_SECRET_KEY, and show one organisation under two names. */
#pragma once

#include "daemon/base/error.h"
#include "daemon/model/config.h"

#include <stdbool.h>

/* The provider's own keys of an accounts: entry. The secret key never stands there. */
struct scaleway_options {
        char *profile;
        char *organization_id;
        char *project_id;
        char *access_key;
};

extern const struct yaml_field scaleway_options_fields[];

struct scaleway_credentials {
        char *access_key; /* an identifier, not secret; may be NULL */
        char *secret_key; /* never NULL after a successful read */
        char *organization, *project;
        char *default_region, *default_zone;
        char *api_url;       /* as written, not checked; NULL: Scaleway's own */
        char *cockpit_token; /* for metrics; NULL when there is none */
        char *source; /* "profile lab in ~/.config/scw/config.yaml": of the secret key, for people
                       */
};

/* -ENOENT when there is no secret key: the text says where it was looked for. config may be NULL
 * (whatever lies around); credentials_dir may be NULL. */
int scaleway_credentials_read(struct scaleway_credentials *ret, const struct account_config *config,
                              const char *credentials_dir, struct error *err);
/* Wipes the secrets before they are freed. */
void scaleway_credentials_done(struct scaleway_credentials *c);
