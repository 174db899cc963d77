/* The unit that owns resources: AWS account, Azure subscription, GCP project, Scaleway organisation
 * or project… */
#pragma once

#include "daemon/base/cleanup.h"

#include <jansson.h>

struct scope {
        char *id;
        char *name;         /* may be NULL */
        char *level;        /* the provider's word: "account", "organization", "project" */
        json_t *attributes; /* what the discovering entry kept for later calls ({scope.x} in
                               templates); an object */
};

struct scope *scope_new(const char *id, const char *name, const char *level);
struct scope *scope_free(struct scope *s);
DEFINE_CLEANUP(struct scope *, scope_free);
