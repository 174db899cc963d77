/* scw's configuration file: top-level keys are the default profile, profiles: has named ones that
 * are merged over it, active_profile: chooses. */
#pragma once

#include "daemon/base/error.h"

#include <stdbool.h>

enum scaleway_key {
        SCALEWAY_ACCESS_KEY,
        SCALEWAY_SECRET_KEY,
        SCALEWAY_ORGANIZATION,
        SCALEWAY_PROJECT,
        SCALEWAY_REGION,
        SCALEWAY_ZONE,
        SCALEWAY_API_URL,
        SCALEWAY_INSECURE,
        SCALEWAY_COCKPIT_TOKEN,
        SCALEWAY_KEY_MAX,
};

/* One source of values; NULL where it has none. Owns them. */
struct scaleway_values {
        char *value[SCALEWAY_KEY_MAX];
};

void scaleway_values_done(struct scaleway_values *v); /* wipes */

struct scaleway_profile {
        struct scaleway_values values;
        char *path;  /* of the file that was, or would have been, read; NULL without a home */
        char *name;  /* of the profile in use, "default" for the top level */
        bool exists; /* the file is there */
};

/* wanted: a profile by name, NULL for what the file says. A file that is not there is no failure
 * (exists is false); one that cannot be read, or lacks the profile, is. */
int scaleway_profile_read(struct scaleway_profile *ret, const char *wanted, struct error *err);
void scaleway_profile_done(struct scaleway_profile *p);
