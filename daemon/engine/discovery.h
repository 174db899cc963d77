/* Which scopes an account has and which regions each of them: what the configuration says, and what
 * catalogue entries with yields: find. Private to engine/. */
#pragma once

#include "daemon/engine/pass.h"

/* Opens the account and its own identity; scopes that the configuration names are there at once. */
int discovery_open(struct scan_account *a, struct error *err);

/* Starts what discovery of scopes is due; true while some is under way. Call again when a pass of
 * it has ended. */
bool discovery_of_scopes(struct scan_account *a);
/* The same for what one scope has enabled, and for its regions: false once its places are known. */
bool discovery_of_regions(struct scan_scope *s);

/* A list named this scope, and it is asked (kept), or is not for what the list says of it. */
int discovery_tell_scope(struct pass *p, const struct resource *r, const json_t *item, bool kept,
                         struct error *err);
/* A pass of discovery has ended: takes what it yielded. */
void discovery_take(struct pass *p);

struct scan_scope *scan_scope_free(struct scan_scope *s);

/* Is the service asked in this scope? */
bool service_in_scope(const struct scan_scope *s, const struct service *service);
/* Is the collector one of those that are asked in this scope (scope_with:)? */
bool collector_in_scope(const struct scan_scope *s, const struct collector *c);
/* Is it asked at this place of the scope (a region, a zone, a multi-region, "global")? */
bool service_at_place(const struct scan_scope *s, const struct collector *c, const char *place);
/* Is it a place that services of the account name beside its regions? */
bool discovery_is_multi_region(const struct scan_account *a, const char *place);
/* Does the scope have what the service needs enabled? What is not known to be off is asked. */
bool service_is_enabled(const struct scan_scope *s, const struct service *service);

/* ---- the questions that discovery puts to itself, for a plan of it too -------------------------
 */

bool discovery_yields(const struct collector *c, const char *what);
/* Twice the same scope (named and found, or found by two lists) is one. name, item and constants
 * may be NULL. */
int discovery_add_scope(struct scan_account *a, const char *id, const char *name, const char *level,
                        const json_t *item, const json_t *constants);
/* Is a list of scopes asked in this one? Once for each scope of the level it runs at; without a
 * level, as the account itself. */
bool discovery_runs_in(const struct scan_scope *s, const struct collector *c);
/* Do scopes of that level (an organisation) lead to others? They stay, whatever scopes: names. */
bool discovery_leads_on(const struct scan_account *a, const char *level);
bool discovery_wants_scope(const struct scan_account *a, const char *id, const char *level);
/* All scopes are there: from here on it is known at which of their levels services run. */
int discovery_settle_scopes(struct scan_account *a);
/* Will something be collected in the scope? Only then are its regions asked for. */
bool discovery_collects(const struct scan_scope *s);
/* The n-th alternative by which regions are found; NULL after the last. */
const struct collector *discovery_region_list(const struct scan_account *a, size_t n);
/* A list of one level's regions says nothing of scopes of another, which have none to ask. */
bool discovery_lists_regions_of(const struct scan_scope *s, const struct collector *c);
/* Does that alternative ask at each of the places known beforehand whether the scope has it? */
bool discovery_is_probe(const struct collector *c);
/* Is it asked at its n-th place? At the first in any case: it is one that every scope has. Its
 * answer tells that the credentials are good, and with it a refusal elsewhere that the scope does
 * not have that place; so it is awaited. */
bool discovery_probes(const struct scan_account *a, const struct collector *c, size_t n);
/* Is the place asked about all else, after that answer? One that did not answer may hold anything:
 * it is asked, and what cannot be read shows. */
bool discovery_probe_found(const struct scan_account *a, const char *place,
                           enum coverage_state state);
/* A region or zone that the configuration wants; "global" always. */
bool discovery_wants_place(const struct scan_account *a, const char *place);
/* From the scope's regions: all places at which some collector is asked in it. */
int discovery_fill_places(struct scan_scope *s);
