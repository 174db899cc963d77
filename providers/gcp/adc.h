/* Where Google's own tools look for credentials (application default credentials), after what was
 * said to vigie itself: the account's credentials_file, systemd's <account>.json, the variable
 * GOOGLE_APPLICATION_CREDENTIALS, the file of 'gcloud auth application-default login', the metadata
 * server. The first that is there is taken; one that is broken is an error, not a reason to look
 * further. */
#pragma once

#include "daemon/model/config.h"
#include "providers/gcp/source.h"

/* The provider's own keys of an accounts: entry. */
struct gcp_options {
        char *credentials_file;
        char *impersonate; /* a service account to become, after all else */
        char *quota_project;
        char *organization; /* its number */
        char *universe_domain;
};
extern const struct yaml_field gcp_options_fields[];

/* config and credentials_dir may be NULL. -ENOENT: the text says where was looked. */
int gcp_adc_read(struct gcp_source *ret, const struct account_config *config,
                 const char *credentials_dir, struct error *err);

/* Is anything there that Google's own tools would use? Whether it is any good is not asked. */
bool gcp_adc_found(void);
