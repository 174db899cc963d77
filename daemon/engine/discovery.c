#include "daemon/engine/discovery.h"

#include "daemon/base/json.h"
#include "daemon/base/list.h"
#include "daemon/engine/denial.h"
#include "daemon/engine/follow.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

bool discovery_yields(const struct collector *c, const char *what)
{
        return c->yields && strcmp(c->yields, what) == 0;
}

static bool of_account(const struct scan_account *a, const struct service *service)
{
        return strcmp(service->provider, a->provider->name) == 0;
}

#define foreach_collector(c, a)                                                                    \
        for (size_t _s = 0; _s < (a)->scan->request.catalogue->n_services; _s++)                   \
                for (const struct collector *c =                                                   \
                             (a)->scan->request.catalogue->services[_s]->collectors;               \
                     of_account(a, (a)->scan->request.catalogue->services[_s]) &&                  \
                     c < (a)->scan->request.catalogue->services[_s]->collectors +                  \
                                     (a)->scan->request.catalogue->services[_s]->n_collectors;     \
                     c++)

/* ---- scopes
 * -------------------------------------------------------------------------------------------- */

static struct scan_scope *scope_of(const struct scan_account *a, const char *id, const char *level)
{
        _cleanup_(freep) char *key = NULL;
        const json_t *at;

        if (asprintf(&key, "%s %s", level, id) < 0)
                key = NULL;
        at = key ? json_object_get(a->index, key) : NULL;
        return at ? a->scopes[json_integer_value(at)] : NULL;
}

static int index_add(struct scan_account *a, const struct scope *scope)
{
        _cleanup_(freep) char *key = NULL;

        if (asprintf(&key, "%s %s", scope->level, scope->id) < 0) {
                key = NULL;
                return -ENOMEM;
        }
        return json_object_set_new(a->index, key, json_integer((json_int_t)a->n_scopes)) < 0
                       ? -EINVAL /* an id that is no text */
                       : 0;
}

struct scan_scope *scan_scope_free(struct scan_scope *s)
{
        if (!s)
                return NULL;
        session_done(&s->session);
        (void)scope_free(s->scope);
        json_decref(s->apis);
        json_decref(s->regions);
        json_decref(s->multi_regions);
        json_decref(s->places);
        json_decref(s->given);
        follow_done(s);
        scope_budgets_free(s);
        free(s->refused.cause);
        free(s);
        return NULL;
}

static int scope_add(struct scan_account *a, struct scope *scope_take, struct scan_scope **ret)
{
        struct scan_scope **grown =
                reallocarray(a->scopes, a->n_scopes + 1, sizeof(struct scan_scope *));
        struct scan_scope *s = calloc(1, sizeof(*s));

        if (grown)
                a->scopes = grown;
        if (!grown || !s || (scope_take && index_add(a, scope_take) < 0)) {
                free(s);
                (void)scope_free(scope_take);
                return -ENOMEM;
        }
        s->account = a;
        s->scope = scope_take;
        session_init(&s->session, s);
        s->index = a->n_scopes;
        a->scopes[a->n_scopes++] = s;
        *ret = s;
        return 0;
}

/* Twice the same scope (named and found, or found by two lists) is one. */
int discovery_add_scope(struct scan_account *a, const char *id, const char *name, const char *level,
                        const json_t *item, const json_t *constants)
{
        struct scan_scope *s = scope_of(a, id, level);
        struct scope *scope;

        if (!s) {
                scope = scope_new(id, name, level);
                if (!scope || scope_add(a, scope, &s) < 0)
                        return -ENOMEM;
        } else if (name && !s->scope->name) {
                s->scope->name = strdup(name);
        }
        if (json_is_object(item))
                (void)json_object_update(s->scope->attributes, (json_t *)item);
        if (json_is_object(constants))
                (void)json_object_update(s->scope->attributes, (json_t *)constants);
        return 0;
}

int discovery_open(struct scan_account *a, struct error *err)
{
        json_auto_t *known = json_array();
        struct scan_scope *own;
        json_t *entry;
        size_t i;
        int r;

        a->asked = json_object();
        a->index = json_object();
        if (!known || !a->asked || !a->index || scope_add(a, NULL, &own) < 0)
                return error_oom(err);
        r = a->provider->account_new(&a->account, a->config, getenv("CREDENTIALS_DIRECTORY"), err);
        if (r == 0)
                r = account_credentials_seen(a, err);
        if (r < 0)
                return r;
        r = a->provider->scopes ? a->provider->scopes(a->account, known, err) : 0;
        if (r < 0)
                return r;
        json_array_foreach(known, i, entry)
        {
                const char *id = json_member_string(entry, "id"),
                           *level = json_member_string(entry, "level");

                if (!id || !level)
                        return error_set(err, -EINVAL, "a scope without id or level");
                if (discovery_add_scope(a, id, json_member_string(entry, "name"), level,
                                        json_object_get(entry, "attributes"), NULL) < 0)
                        return error_oom(err);
        }
        return 0;
}

/* ---- sites of discovery
 * ------------------------------------------------------------------------------------ */

static int discovery_start(struct scan_scope *s, const struct collector *c, const char *place)
{
        struct error err = { 0 };
        struct site *site = site_new(s, place, SITE_DISCOVERY);
        int r;

        if (!site)
                return -ENOMEM;
        s->account->discovering++;
        s->discovering++;
        r = pass_start(site, c, &err);
        if (r < 0)
                scan_abort(s->account->scan, &err);
        return r;
}

bool discovery_runs_in(const struct scan_scope *s, const struct collector *c)
{
        const char *level = c->service->scope;

        return level ? s->scope && strcmp(s->scope->level, level) == 0 : !s->scope;
}

static bool scopes_advance(struct scan_account *a)
{
        bool begun = false;

        foreach_collector(c, a)
        {
                if (!discovery_yields(c, "scope") || !collector_wanted(a, c))
                        continue;
                for (size_t i = 0; i < a->n_scopes; i++) {
                        const struct scope *scope = a->scopes[i]->scope;
                        _cleanup_(freep) char *key = NULL;

                        if (!discovery_runs_in(a->scopes[i], c))
                                continue;
                        if (asprintf(&key, "%s %s", c->id, scope ? scope->id : "") < 0) {
                                key = NULL;
                                return false;
                        }
                        if (json_object_get(a->asked, key))
                                continue;
                        (void)json_object_set_new(a->asked, key, json_true());
                        begun = discovery_start(a->scopes[i], c, "global") == 0 || begun;
                }
        }
        return begun;
}

/* ---- regions
 * ---------------------------------------------------------------------------------------------------
 */

const struct collector *discovery_region_list(const struct scan_account *a, size_t n)
{
        foreach_collector(c, a) if (discovery_yields(c, "region") && collector_wanted(a, c) &&
                                    n-- == 0) return c;
        return NULL;
}

static int append_once(json_t *list, const char *text)
{
        json_t *element;
        size_t i;

        json_array_foreach(list, i,
                           element) if (strcmp(json_string_value(element), text) == 0) return 0;
        return json_array_append_new(list, json_string(text));
}

/* "fr-par" wanted lets "fr-par-2" pass too. */
bool discovery_wants_place(const struct scan_account *a, const char *place)
{
        char **regions = a->config->regions;

        if (!regions || strcmp(place, "global") == 0)
                return true;
        for (; *regions; regions++) {
                size_t length = strlen(*regions);

                if (strncmp(place, *regions, length) == 0 &&
                    (place[length] == '\0' || place[length] == '-'))
                        return true;
        }
        return false;
}

static void place_add(struct scan_scope *s, json_t *seen, const char *place)
{
        if (json_object_get(seen, place) || !discovery_wants_place(s->account, place))
                return;
        (void)json_object_set_new(seen, place, json_true());
        (void)json_array_append_new(s->places, json_string(place));
}

static char *const *places_of(const struct collector *c)
{
        return c->places ? c->places : c->service->places;
}

static char *const *multi_regions_of(const struct collector *c)
{
        return c->multi_regions ? c->multi_regions : c->service->multi_regions;
}

bool discovery_is_multi_region(const struct scan_account *a, const char *place)
{
        foreach_collector(c, a) if (list_has(multi_regions_of(c), place)) return true;
        return false;
}

bool service_at_place(const struct scan_scope *s, const struct collector *c, const char *place)
{
        char *const *places = places_of(c);

        if (c->service->locality == LOCALITY_GLOBAL)
                return strcmp(place, "global") == 0;
        if (list_has(multi_regions_of(c), place))
                return true;
        if (c->service->locality == LOCALITY_MULTI_REGION ||
            json_object_get(s->multi_regions, place) || strcmp(place, "global") == 0)
                return false;
        return !places || list_has(places, place);
}

bool service_in_scope(const struct scan_scope *s, const struct service *service)
{
        const struct scan_account *a = s->account;

        if (!s->scope || !of_account(a, service))
                return false;
        return strcmp(s->scope->level, service->scope ? service->scope : a->lowest) == 0;
}

bool collector_in_scope(const struct scan_scope *s, const struct collector *c)
{
        if (!service_in_scope(s, c->service))
                return false;
        for (char *const *with = c->scope_with; with && *with; with++)
                if (!json_is_true(json_object_get(s->scope->attributes, *with)))
                        return false;
        return true;
}

static bool is_region_of(const struct scan_scope *s, const char *place)
{
        json_t *region;
        size_t i;

        json_array_foreach(s->regions, i,
                           region) if (strcmp(json_string_value(region), place) == 0) return true;
        return false;
}

/* The places beside the regions: whoever asks in all regions does not ask there. */
static int fill_multi_regions(struct scan_scope *s, const struct collector *c, json_t *seen)
{
        char *const *place = multi_regions_of(c);

        for (; place && *place; place++) {
                if (!s->multi_regions && !(s->multi_regions = json_object()))
                        return -ENOMEM;
                if (!is_region_of(s, *place))
                        (void)json_object_set_new(s->multi_regions, *place, json_true());
                place_add(s, seen, *place);
        }
        return 0;
}

static void fill_regions(struct scan_scope *s, const struct collector *c, json_t *seen)
{
        char *const *places = places_of(c);
        json_t *region;
        size_t i;

        if (json_array_size(s->regions) == 0 || c->service->locality == LOCALITY_ZONE) {
                for (; places && *places; places++)
                        place_add(s, seen, *places);
                return;
        }
        json_array_foreach(s->regions, i, region)
        {
                if (service_at_place(s, c, json_string_value(region)))
                        place_add(s, seen, json_string_value(region));
        }
}

int discovery_fill_places(struct scan_scope *s)
{
        struct scan_account *a = s->account;
        json_auto_t *seen = json_object();

        s->places = json_array();
        if (!s->places || !seen)
                return -ENOMEM;
        foreach_collector(c, a)
        {
                if (c->yields || c->per || c->follows.facts || c->rest ||
                    !collector_in_scope(s, c) || !collector_wanted(a, c))
                        continue;
                if (c->service->locality == LOCALITY_GLOBAL)
                        place_add(s, seen, "global");
                else if (fill_multi_regions(s, c, seen) < 0)
                        return -ENOMEM;
                if (c->service->locality == LOCALITY_REGION ||
                    c->service->locality == LOCALITY_ZONE)
                        fill_regions(s, c, seen);
        }
        return 0;
}

/* ---- what is enabled ---------------------------------------------------------------------------
 */

/* Names of APIs compare without letter case. */
static json_t *api_key(const char *name)
{
        _cleanup_(freep) char *lower = strdup(name);

        for (char *c = lower; c && *c; c++)
                *c = (char)tolower((unsigned char)*c);
        return lower ? json_string(lower) : NULL;
}

bool service_is_enabled(const struct scan_scope *s, const struct service *service)
{
        json_auto_t *key = s->apis && service->api ? api_key(service->api) : NULL;

        return !key || json_object_get(s->apis, json_string_value(key));
}

static bool apis_advance(struct scan_scope *s)
{
        bool begun = false;

        if (s->apis_asked)
                return s->discovering > 0;
        s->apis_asked = true;
        foreach_collector(c, s->account)
        {
                if (discovery_yields(c, "api") && service_in_scope(s, c->service) &&
                    collector_wanted(s->account, c))
                        begun = discovery_start(s, c, "global") == 0 || begun;
        }
        return begun;
}

/* A list that was not read whole says nothing of what is not in it; one with nothing in it at all
 * is likelier to be hidden than true. */
static void apis_take(const struct pass *p)
{
        struct scan_scope *s = p->site->scope;
        json_t *entry;
        size_t i;

        if (p->state != COVERAGE_OK || p->items == 0)
                return;
        if (!s->apis)
                s->apis = json_object();
        json_array_foreach(p->yielded, i, entry)
        {
                json_auto_t *key = api_key(json_member_string(entry, "id"));

                (void)json_object_set_new(s->apis, json_string_value(key), json_true());
        }
}

/* ---- places known beforehand, asked one by one -------------------------------------------------
 */

bool discovery_is_probe(const struct collector *c)
{
        return discovery_yields(c, "region") && c->places && c->list.name;
}

bool discovery_probes(const struct scan_account *a, const struct collector *c, size_t n)
{
        return n == 0 || discovery_wants_place(a, c->places[n]);
}

bool discovery_probe_found(const struct scan_account *a, const char *place,
                           enum coverage_state state)
{
        return state != COVERAGE_OFF && state != COVERAGE_ABSENT && discovery_wants_place(a, place);
}

static bool probe_advance(struct scan_scope *s)
{
        char *const *places = s->probe->places;
        bool begun = false;

        while (places[s->next_probe] && s->session.state != SESSION_FAILED) {
                size_t n = s->next_probe++;

                if (!discovery_probes(s->account, s->probe, n))
                        continue;
                begun = discovery_start(s, s->probe, places[n]) == 0 || begun;
                if (n == 0 && begun)
                        break;
        }
        return begun;
}

static void probe_take(const struct pass *p)
{
        struct scan_scope *s = p->site->scope;

        if (s->session.state != SESSION_FAILED &&
            discovery_probe_found(s->account, p->site->region, p->state))
                (void)append_once(s->regions, p->site->region);
}

bool discovery_lists_regions_of(const struct scan_scope *s, const struct collector *c)
{
        return !c->service->scope || strcmp(c->service->scope, s->scope->level) == 0;
}

/* The alternatives are tried in order until one answers; the last may be a list of what is known
 * beforehand. */
static bool regions_advance(struct scan_scope *s)
{
        const struct collector *c;

        if (s->places || s->discovering > 0)
                return s->discovering > 0;
        while (!s->regions && (c = discovery_region_list(s->account, s->region_try))) {
                s->region_try++;
                if (!discovery_lists_regions_of(s, c))
                        continue;
                if (c->list.name && !c->places)
                        return discovery_start(s, c, "global") == 0;
                s->regions = json_array();
                if (c->list.name)
                        s->probe = c;
                for (char **place = c->places; !s->probe && place && *place; place++)
                        (void)append_once(s->regions, *place);
        }
        if (s->probe && probe_advance(s))
                return true;
        return discovery_fill_places(s) < 0;
}

bool discovery_collects(const struct scan_scope *s)
{
        foreach_collector(c, s->account) if (!c->yields &&
                                             service_in_scope(s, c->service)) return true;
        return false;
}

int discovery_settle_scopes(struct scan_account *a)
{
        a->lowest = strdup(a->n_scopes > 1 ? a->scopes[a->n_scopes - 1]->scope->level : "");
        a->scopes_known = a->lowest != NULL;
        json_decref(TAKE_PTR(a->index));
        json_decref(TAKE_PTR(a->asked));
        return a->scopes_known ? 0 : -ENOMEM;
}

bool discovery_of_scopes(struct scan_account *a)
{
        if (a->scopes_known)
                return false;
        (void)scopes_advance(a);
        if (a->discovering > 0)
                return true;
        return discovery_settle_scopes(a) < 0;
}

bool discovery_of_regions(struct scan_scope *s)
{
        return s->scope && (s->places || discovery_collects(s)) &&
               (apis_advance(s) || regions_advance(s));
}

/* ---- scopes that a list names ------------------------------------------------------------------
 */

/* "SUSPENDED": what the entry's conditions look at. */
static const char *scope_status(const struct collector *c, const json_t *item, char text[static 64])
{
        for (size_t i = 0; i < c->n_keep + c->n_drop; i++) {
                const struct keep *row = i < c->n_keep ? &c->keep[i] : &c->drop[i - c->n_keep];
                json_auto_t *value = row->path ? json_path(item, row->path) : NULL;

                if (json_is_string(value)) {
                        (void)snprintf(text, 64, "%s", json_string_value(value));
                        return text;
                }
        }
        return "not active";
}

bool discovery_leads_on(const struct scan_account *a, const char *level)
{
        foreach_collector(c, a) if (discovery_yields(c, "scope") && c->service->scope &&
                                    strcmp(c->service->scope, level) == 0) return true;
        return false;
}

bool discovery_wants_scope(const struct scan_account *a, const char *id, const char *level)
{
        return !a->config->scopes || list_has(a->config->scopes, id) ||
               discovery_leads_on(a, level);
}

/* Is anything asked in scopes of that level, or do they only lead to others? */
static bool level_collects(const struct scan_account *a, const char *level)
{
        foreach_collector(c,
                          a) if (!c->yields && (!c->service->scope ||
                                                strcmp(c->service->scope, level) == 0)) return true;
        return false;
}

int discovery_tell_scope(struct pass *p, const struct resource *r, const json_t *item, bool kept,
                         struct error *err)
{
        const struct scan_account *a = p->site->scope->account;
        const struct sink *sink = a->scan->request.sink;
        const struct collector *c = p->collector;
        struct coverage told = {
                .place = site_place(p->site),
                .collector = c->id,
                .topic = c->yields,
                .state = kept ? COVERAGE_OK : COVERAGE_OFF,
                .permission = c->list.permission,
        };
        char cause[256], status[64];
        void *handle = NULL;
        int n;

        if (!discovery_wants_scope(a, r->id, c->level) || (kept && !level_collects(a, c->level)))
                return 0;
        told.place.scope = r->id;
        n = sink->pass_begin(sink->user, &told.place, c->id, &handle, err);
        if (n < 0)
                return n;
        (void)snprintf(cause, sizeof(cause), "its state is %s: nothing is asked there",
                       scope_status(c, item, status));
        told.cause = kept ? NULL : cause;
        return sink->pass_end(sink->user, handle, &told, err);
}

void discovery_take(struct pass *p)
{
        struct scan_scope *s = p->site->scope;
        struct scan_account *a = s->account;
        const struct collector *c = p->collector;
        json_t *entry;
        size_t i;

        a->discovering--;
        s->discovering--;
        if (discovery_is_probe(c)) {
                probe_take(p);
                return;
        }
        if (discovery_yields(c, "api")) {
                apis_take(p);
                return;
        }
        if (discovery_yields(c, "region")) {
                bool unusable = s->session.state == SESSION_FAILED;

                /* what cannot sign in has no regions to ask, and none to guess; a list of none is
                 * no answer where another can be asked */
                if ((p->state == COVERAGE_OK && p->items > 0) || unusable)
                        s->regions = json_array();
                if (unusable)
                        s->places = json_array();
        }
        json_array_foreach(p->yielded, i, entry)
        {
                const char *id = json_member_string(entry, "id");

                if (discovery_yields(c, "region") && p->state == COVERAGE_OK)
                        (void)append_once(s->regions, id);
                else if (discovery_yields(c, "scope") && discovery_wants_scope(a, id, c->level))
                        (void)discovery_add_scope(a, id, json_member_string(entry, "name"),
                                                  c->level, json_object_get(entry, "item"),
                                                  c->attributes);
        }
}
