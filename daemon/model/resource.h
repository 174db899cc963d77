/* One deployed thing, or one record of evidence about a place, as a collector found it. */
#pragma once

#include "daemon/base/cleanup.h"
#include "daemon/base/digest.h"
#include "daemon/model/place.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct resource {
        /* identity: provider, account, scope, region, kind and id together */
        char *provider, *account, *scope, *region;
        char *kind; /* the collector's id */
        char *id;   /* the provider's own id: ARN, path, UUID */

        /* as listed */
        char *name, *status;
        char *created, *modified; /* RFC 3339 UTC, NULL when the API does not say */
        char *service_type;       /* "mlaas", "foundation-model"…; NULL for evidence */
        char *topic; /* what it is evidence about ("audit-log"…); NULL for a resource */

        json_t *tags;     /* object of strings as the provider has them; empty when there are none;
                             whether     they could be read at all is the fact "tags" */
        json_t *facts;    /* fact.h */
        json_t *evidence; /* array of {"call","time","request_id","sha256","status"} */

        char listed_digest[SHA256_HEX_MAX]; /* of the item in the list, and of what it is joined
                                               with: what tells whether details are still good */
        bool details_complete;              /* every detail call succeeded */
        uint64_t detailed_usec;             /* when the details were asked, realtime */
};

struct resource *resource_new(const struct place *place, const char *kind);
struct resource *resource_free(struct resource *r);
DEFINE_CLEANUP(struct resource *, resource_free);

/* Stable across scans and machines: hex, 32 digits, of provider, scope, region, kind and id. */
enum { RESOURCE_KEY_MAX = 33 };
char *resource_key(const struct resource *r, char key[static RESOURCE_KEY_MAX]);
