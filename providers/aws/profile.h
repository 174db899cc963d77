/* The shared files of the AWS tools: ~/.aws/config and ~/.aws/credentials, or what
 * AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name. */
#pragma once

#include "daemon/base/error.h"
#include "providers/ini.h"

#include <stdint.h>
#include <sys/types.h>

struct profile_stamp {
        uint64_t modified_ns, size_bytes, inode; /* all 0: not there */
};

struct profiles {
        char *config_path, *credentials_path; /* NULL: there is no home */
        struct ini *config, *credentials;     /* NULL: not there */
        struct profile_stamp stamps[2];
};

/* A file that is not there is no error. */
int aws_profiles_load(struct profiles *ret, struct error *err);
void aws_profiles_done(struct profiles *p);
/* A file was written since. */
bool aws_profiles_changed(const struct profiles *p);

bool aws_profile_exists(const struct profiles *p, const char *name);
/* The credentials file wins over the config file, as with the AWS tools. NULL when not there or
 * empty. */
const char *aws_profile_get(const struct profiles *p, const char *name, const char *key);
const char *aws_profile_get_config(const struct profiles *p, const char *name, const char *key);
const char *aws_profile_get_credentials(const struct profiles *p, const char *name,
                                        const char *key);
/* "[sso-session x]", "[services x]" of the config file. */
const char *aws_profile_section_get(const struct profiles *p, const char *kind, const char *name,
                                    const char *key);
/* endpoint_url for a service in "[services x]": "sagemaker =" with indented lines. */
const char *aws_profile_service_endpoint(const struct profiles *p, const char *services,
                                         const char *service);
/* "~/.aws/<name>"; NULL without a home or memory. The caller frees. */
char *aws_profile_home_path(const char *name);
