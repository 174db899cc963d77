#include "daemon/engine/plan-place.h"

#include "daemon/base/json.h"
#include "daemon/engine/catalogue.h"

#include <errno.h>
#include <string.h>

static const char at_run_time[] = "*";

bool plan_is_open_end(const char *id)
{
        return strcmp(id, at_run_time) == 0;
}

const json_t *plan_known(const struct planning *p, const char *scope, const char *region,
                         const char *collector)
{
        const json_t *regions = json_object_get(p->memory, scope);

        return json_object_get(json_object_get(regions, region), collector);
}

enum coverage_state plan_state(const json_t *known)
{
        return (enum coverage_state)json_integer_value(json_object_get(known, "state"));
}

/* ---- what is known of the places ------------------------------------------------------------ */

static int note_place(struct planning *p, const char *list, const char *id, const char *level,
                      const char *from)
{
        json_t *rows = json_object_get(p->places, list), *row, *entry;
        size_t i;

        json_array_foreach(rows, i, row)
        {
                const char *there = json_member_string(row, "id");

                if ((there ? strcmp(there, id) == 0 : plan_is_open_end(id)) &&
                    (!level || strcmp(json_member_string(row, "level"), level) == 0))
                        return 0;
        }
        entry = json_pack("{s:s?, s:s}", "id", plan_is_open_end(id) ? NULL : id, "from", from);
        if (level && entry)
                (void)json_object_set_new(entry, "level", json_string(level));
        return json_array_append_new(rows, entry) < 0 ? -ENOMEM : 0;
}

static int note_finder(struct planning *p, const char *list, const char *collector)
{
        json_t *rows = json_object_get(p->places, list), *row;
        size_t i;

        json_array_foreach(rows, i,
                           row) if (strcmp(json_string_value(row), collector) == 0) return 0;
        return json_array_append_new(rows, json_string(collector)) < 0 ? -ENOMEM : 0;
}

/* ---- scopes --------------------------------------------------------------------------------- */

static const char *lowest_level(const struct planning *p)
{
        foreach_collector_of(c, p) if (discovery_yields(c, "scope") &&
                                       collector_wanted(p->account, c) &&
                                       !discovery_leads_on(p->account, c->level)) return c->level;
        return "";
}

static bool was_asked(const struct planning *p, const char *scope, const struct collector *c)
{
        const char *region;
        json_t *known;

        json_object_foreach(json_object_get(p->memory, scope), region, known)
        {
                if (json_object_get(known, c->id))
                        return true;
        }
        return false;
}

/* What is asked in some scopes only (scope_with:) was asked in this one, or may be at run time. */
static json_t *attributes_of(const struct planning *p, const char *scope)
{
        json_t *attributes = json_object();

        foreach_collector_of(c, p)
        {
                char *const *with = c->scope_with;

                if (!with || (!plan_is_open_end(scope) && !was_asked(p, scope, c)))
                        continue;
                for (; *with; with++)
                        (void)json_object_set_new(attributes, *with, json_true());
        }
        return attributes;
}

static int add_scope(struct planning *p, const char *id, const char *level, const char *from)
{
        json_auto_t *attributes = attributes_of(p, id);

        if (!attributes || discovery_add_scope(p->account, id, NULL, level, NULL, attributes) < 0)
                return -ENOMEM;
        return note_place(p, "scopes", id, level, from);
}

static bool has_level(const struct scan_account *a, const char *level)
{
        for (size_t i = 1; i < a->n_scopes; i++)
                if (strcmp(a->scopes[i]->scope->level, level) == 0)
                        return true;
        return false;
}

/* A list of scopes has a row in each that it names, too, and that was told without a call. */
static bool is_told(const struct collector *c, const json_t *known)
{
        return discovery_yields(c, "scope") &&
               (!c->service->scope || (coverage_is_answer(plan_state(known)) &&
                                       json_integer_value(json_object_get(known, "calls")) == 0));
}

/* The level of a scope, from one row of it; NULL: a row that was not renewed does not tell. */
static const char *level_told(const struct planning *p, const char *collector, const json_t *known)
{
        const struct collector *c = catalogue_find(p->request->catalogue, collector);

        if (!c)
                return lowest_level(p);
        if (is_told(c, known))
                return c->level;
        if (discovery_yields(c, "scope") && plan_state(known) == COVERAGE_SKIPPED)
                return NULL;
        return c->service->scope ? c->service->scope : lowest_level(p);
}

#define foreach_known(collector, known, regions)                                                   \
        for (void *_r = json_object_iter((json_t *)(regions)); _r;                                 \
             _r = json_object_iter_next((json_t *)(regions), _r))                                  \
        json_object_foreach(json_object_iter_value(_r), collector, known)

/* Did a list say of the scope that nothing is asked there, and none that it is? */
static bool is_off(const struct planning *p, const json_t *regions)
{
        const char *collector;
        bool off = false;
        json_t *known;

        foreach_known(collector, known, regions)
        {
                const struct collector *c = catalogue_find(p->request->catalogue, collector);

                if (!c || !is_told(c, known))
                        continue;
                if (plan_state(known) == COVERAGE_OK)
                        return false;
                off |= plan_state(known) == COVERAGE_OFF;
        }
        return off;
}

/* What was asked in a scope tells its level; the same id may stand for two (an organisation and its
 * first project). */
static int scope_of_memory(struct planning *p, const char *id, const json_t *regions, bool leading)
{
        const char *collector, *lowest = lowest_level(p);
        bool told = false;
        json_t *known;
        int r = 0;

        if (is_off(p, regions))
                return 0;
        foreach_known(collector, known, regions)
        {
                const char *level = level_told(p, collector, known);

                told = true;
                if (r == 0 && level && discovery_leads_on(p->account, level) == leading &&
                    discovery_wants_scope(p->account, id, level))
                        r = add_scope(p, id, level, "last scan");
        }
        if (!told && discovery_leads_on(p->account, lowest) == leading &&
            discovery_wants_scope(p->account, id, lowest))
                r = add_scope(p, id, lowest, "last scan");
        return r;
}

/* Scopes of levels that lead on, or of the others: the scan takes the last for the lowest. */
static int scopes_of_levels(struct planning *p, bool leading)
{
        struct scan_account *a = p->account;
        const char *id;
        json_t *regions;
        int r = 0;

        json_object_foreach((json_t *)p->memory, id, regions) if (r == 0 && *id) r =
                scope_of_memory(p, id, regions, leading);
        foreach_collector_of(c, p)
        {
                if (r < 0 || !discovery_yields(c, "scope") || !collector_wanted(a, c))
                        continue;
                r = note_finder(p, "scopes_found_by", c->id);
                if (r == 0 && discovery_leads_on(a, c->level) == leading && !has_level(a, c->level))
                        r = add_scope(p, at_run_time, c->level, "run time");
        }
        return r;
}

int plan_scopes(struct planning *p)
{
        struct scan_account *a = p->account;
        int r = 0;

        for (size_t i = 1; i < a->n_scopes && r == 0; i++)
                r = note_place(p, "scopes", a->scopes[i]->scope->id, a->scopes[i]->scope->level,
                               "configuration");
        for (char **s = a->config->scopes; !a->account && s && *s && r == 0; s++)
                r = add_scope(p, *s, lowest_level(p), "configuration");
        if (r == 0)
                r = scopes_of_levels(p, true);
        if (r == 0)
                r = scopes_of_levels(p, false);
        return r < 0 ? r : discovery_settle_scopes(a);
}

/* ---- regions -------------------------------------------------------------------------------- */

static int add_region(struct planning *p, struct scan_scope *s, const char *region,
                      const char *from)
{
        size_t length = strlen(region), i;
        json_t *there;

        /* "fr-par" of the configuration is there when "fr-par-2" is */
        json_array_foreach(s->regions, i, there)
        {
                const char *text = json_string_value(there);

                if (strncmp(text, region, length) == 0 &&
                    (text[length] == '\0' || text[length] == '-'))
                        return 0;
        }
        if (json_array_append_new(s->regions, json_string(region)) < 0)
                return -ENOMEM;
        return note_place(p, "regions", region, NULL, from);
}

/* Is the region one that the last scan asked, or would have? Not if all that there was of it is the
 * question whether the scope has it. */
static bool region_is_told(const struct planning *p, const char *region, const json_t *collectors)
{
        const char *collector;
        bool told = false;
        json_t *known;

        json_object_foreach((json_t *)collectors, collector, known)
        {
                const struct collector *c = catalogue_find(p->request->catalogue, collector);

                if (c && discovery_is_probe(c)) {
                        if (!discovery_probe_found(p->account, region, plan_state(known)))
                                return false;
                        told |= plan_state(known) != COVERAGE_SKIPPED;
                } else {
                        told = true;
                }
        }
        return told;
}

/* Regions that only a list tells: those of the last scan, and those that the configuration names.
 */
static int regions_of_list(struct planning *p, struct scan_scope *s)
{
        const json_t *known = json_object_get(p->memory, s->scope->id);
        const char *region;
        json_t *collectors;
        int r = 0;

        json_object_foreach((json_t *)known, region, collectors)
        {
                if (r == 0 && *region && strcmp(region, "global") != 0 &&
                    !discovery_is_multi_region(p->account, region) &&
                    region_is_told(p, region, collectors))
                        r = add_region(p, s, region, "last scan");
        }
        for (char **c = p->account->config->regions; c && *c && r == 0; c++)
                r = add_region(p, s, *c, "configuration");
        if (r == 0 && json_array_size(s->regions) == 0)
                r = add_region(p, s, at_run_time, "run time");
        return r;
}

bool plan_is_shut(const struct planning *p, const struct scan_scope *s)
{
        const struct collector *c = discovery_region_list(p->account, 0);
        const json_t *known;

        if (!c || !c->list.name)
                return false;
        known = plan_known(p, s->scope->id, discovery_is_probe(c) ? c->places[0] : "global", c->id);
        return known && plan_state(known) == COVERAGE_DENIED &&
               json_integer_value(json_object_get(known, "calls")) == 0;
}

int plan_regions(struct planning *p, struct scan_scope *s)
{
        const struct collector *c = discovery_region_list(p->account, 0);
        int r = 0;

        if (!discovery_collects(s))
                return 0;
        if (c)
                s->regions = json_array();
        for (size_t n = 0; c && c->list.name && r == 0; c = discovery_region_list(p->account, ++n))
                r = note_finder(p, "regions_found_by", c->id);
        c = discovery_region_list(p->account, 0);
        for (char **place = c && !c->list.name ? c->places : NULL; place && *place && r == 0;
             place++)
                r = add_region(p, s, *place, "catalogue");
        if (r == 0 && plan_is_shut(p, s))
                return (s->places = json_array()) ? 0 : -ENOMEM;
        if (r == 0 && c && c->list.name)
                r = regions_of_list(p, s);
        return r < 0 ? r : discovery_fill_places(s);
}
