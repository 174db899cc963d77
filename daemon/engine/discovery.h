/* Which scopes an account has and which regions each of them: what the configuration says, and what
 * catalogue entries with yields: find. Private to engine/. */
#pragma once

#include "daemon/engine/pass.h"

/* Opens the account and its own identity; scopes that the configuration names are there at once. */
int discovery_open(struct scan_account *a, struct error *err);

/* Starts what discovery of scopes is due; true while some is under way. Call again when a pass of
 * it has ended. */
bool discovery_of_scopes(struct scan_account *a);
/* The same for the regions of one scope: false once its places are known. */
bool discovery_of_regions(struct scan_scope *s);

/* A list named this scope, and it is asked (kept), or is not for what the list says of it. */
int discovery_tell_scope(struct pass *p, const struct resource *r, const json_t *item, bool kept,
                         struct error *err);
/* Does the pass ask at one of the places known beforehand whether the scope has it? */
bool discovery_is_probe(const struct collector *c);

/* A pass of discovery has ended: takes what it yielded. */
void discovery_take(struct pass *p);

struct scan_scope *scan_scope_free(struct scan_scope *s);

/* Is the service asked in this scope? */
bool service_in_scope(const struct scan_scope *s, const struct service *service);
/* Is it asked at this place (a region, a zone, "global")? */
bool service_at_place(const struct service *service, const struct collector *c, const char *place);
