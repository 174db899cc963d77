/* Which scopes an account has and which regions each of them: what the configuration says, and what
 * catalogue entries with yields: find. Private to engine/. */
#pragma once

#include "daemon/engine/pass.h"

/* Opens the account and its own identity; scopes that the configuration names are there at once. */
int discovery_open(struct scan_account *a, struct error *err);

/* Starts what discovery is due; true while some is under way. Call again when a pass of it has
 * ended. */
bool discovery_advance(struct scan_account *a);

/* A pass of discovery has ended: takes what it yielded. */
void discovery_take(struct pass *p);

/* Is the service asked in this scope? */
bool service_in_scope(const struct scan_scope *s, const struct service *service);
/* Is it asked at this place (a region, a zone, "global")? */
bool service_at_place(const struct service *service, const struct collector *c, const char *place);
