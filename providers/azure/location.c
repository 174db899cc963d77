/* Which regions an assignment of Azure Policy leaves open: the built-in definition "Allowed
 * locations", alone or in an initiative, and definitions of one's own that are made like it. What
 * is made otherwise and speaks of locations is not certain, and is said so. */
#include "providers/azure/refine.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define FACT_REGIONS "policy.regions"

/* The built-in definition, and the parameter that it takes. */
static const char allowed_locations[] = "e56962a6-4747-49cd-b67b-bf8b01975c4c";
static const char locations_parameter[] = "listOfAllowedLocations";

/* What it is: NULL in all three means that it limits nothing. */
struct reading {
        const json_t *assigned; /* parameters of the assignment */
        const json_t *defaults; /* and what they are where it gives none */
        const json_t *regions;  /* borrowed: an array */
        const char *doubt;
};

/* ---- values and parameters ---------------------------------------------------------------------
 */

/* "[parameters('x')]" is what the assignment gives for x, else its default; else the value itself.
 */
static const json_t *resolve(const struct reading *g, const json_t *value)
{
        static const char before[] = "[parameters('", after[] = "')]";
        const char *text = json_string_value(value);
        size_t n = text ? strlen(text) : 0, around = strlen(before) + strlen(after);
        char name[128];
        const json_t *found;

        if (n <= around || n - around >= sizeof(name) ||
            strncmp(text, before, strlen(before)) != 0 ||
            strcmp(text + n - strlen(after), after) != 0)
                return value;
        (void)snprintf(name, sizeof(name), "%.*s", (int)(n - around), text + strlen(before));
        found = json_object_get(json_object_get(g->assigned, name), "value");
        return found ? found : json_object_get(json_object_get(g->defaults, name), "defaultValue");
}

static void take_regions(struct reading *g, const json_t *value)
{
        const json_t *list = resolve(g, value);

        if (json_is_array(list) && json_array_size(list) > 0)
                g->regions = list;
        else
                g->doubt = "the list of locations of the policy could not be read";
}

/* Only a denial keeps anything out: audit and disabled do not. 1: it denies. */
static int denies(struct reading *g, const json_t *effect)
{
        const char *word = json_string_value(resolve(g, effect));

        if (!word || word[0] == '[') {
                g->doubt = "the effect of the policy could not be read";
                return 0;
        }
        return strcasecmp(word, "deny") == 0;
}

/* ---- definitions -------------------------------------------------------------------------------
 */

static bool ends_in(const char *text, const char *end)
{
        size_t n = strlen(text), length = strlen(end);

        return n >= length && strcasecmp(text + n - length, end) == 0;
}

static bool is_field(const json_t *condition, const char *field)
{
        const char *is = json_member_string(condition, "field");

        return is && strcasecmp(is, field) == 0;
}

/* Does anything in it speak of the location? */
static bool speaks_of_location(const json_t *value)
{
        const char *key;
        json_t *one;
        size_t i;

        if (is_field(value, "location"))
                return true;
        json_object_foreach((json_t *)value, key, one)
        {
                if (speaks_of_location(one))
                        return true;
        }
        json_array_foreach((json_t *)value, i, one)
        {
                if (speaks_of_location(one))
                        return true;
        }
        return false;
}

/* {field: location, notIn: […]}, or {not: {field: location, in: […]}}. */
static const json_t *locations_of(const json_t *condition)
{
        const json_t *negated = json_object_get(condition, "not");

        if (is_field(condition, "location"))
                return json_object_get(condition, "notIn");
        return is_field(negated, "location") ? json_object_get(negated, "in") : NULL;
}

/* What the built-in definition leaves out, too: what has no place of its own. */
static bool is_usual_exception(const json_t *condition)
{
        const char *value = json_member_string(condition, "notEquals");

        return value && ((is_field(condition, "location") && strcasecmp(value, "global") == 0) ||
                         (is_field(condition, "type") &&
                          strcasecmp(value, "Microsoft.AzureActiveDirectory/b2cDirectories") == 0));
}

static void read_rule(struct reading *g, const json_t *rule)
{
        const json_t *condition = json_object_get(rule, "if");
        const json_t *all = json_object_get(condition, "allOf"), *list = locations_of(condition);
        json_auto_t *effect = json_path(rule, "then.effect");
        bool usual = true;
        json_t *one;
        size_t i;

        if (!speaks_of_location(condition))
                return;
        json_array_foreach((json_t *)all, i, one)
        {
                const json_t *here = locations_of(one);

                usual = usual && (here ? !list : is_usual_exception(one));
                list = here ? here : list;
        }
        if (!list || !usual)
                g->doubt = "the condition of the policy is not a plain list of locations";
        else if (denies(g, effect))
                take_regions(g, list);
}

static void read_definition(struct reading *g, const json_t *properties)
{
        g->defaults = json_object_get(properties, "parameters");
        read_rule(g, json_object_get(properties, "policyRule"));
}

/* An initiative: its members are definitions of the platform, or such as were not read. */
static void read_initiative(struct reading *g, const json_t *properties)
{
        static const char built_in[] = "/providers/Microsoft.Authorization/policyDefinitions/";
        const char *unread = NULL;
        json_t *member;
        size_t i;

        g->defaults = json_object_get(properties, "parameters");
        json_array_foreach(json_object_get(properties, "policyDefinitions"), i, member)
        {
                const char *id = json_member_string(member, "policyDefinitionId");
                const json_t *parameters = json_object_get(member, "parameters");

                if (id && ends_in(id, allowed_locations))
                        take_regions(
                                g, json_object_get(json_object_get(parameters, locations_parameter),
                                                   "value"));
                else if (!id || strncasecmp(id, built_in, strlen(built_in)) != 0)
                        unread = "an initiative holds definitions that were not read";
        }
        if (!g->regions && !g->doubt) /* the others could only narrow it */
                g->doubt = unread;
}

/* ---- assignments -------------------------------------------------------------------------------
 */

/* Parts that are left out, or for which it is weakened: what is left is not the whole subscription.
 * What is left out of other subscriptions does not matter here. */
static bool is_partial(const struct resource *r, const json_t *properties)
{
        _cleanup_(freep) char *own = NULL;
        json_t *scope;
        size_t i;

        if (json_array_size(json_object_get(properties, "resourceSelectors")) > 0 ||
            json_array_size(json_object_get(properties, "overrides")) > 0)
                return true;
        if (asprintf(&own, "/subscriptions/%s", r->scope) < 0) {
                own = NULL;
                return true;
        }
        json_array_foreach(json_object_get(properties, "notScopes"), i, scope)
        {
                const char *path = json_string_value(scope);

                if (!path || strncasecmp(path, "/subscriptions/", 15) != 0 ||
                    strncasecmp(path, own, strlen(own)) == 0)
                        return true;
        }
        return false;
}

static void read_assignment(struct reading *g, const struct resource *r, const json_t *item,
                            const json_t *definition)
{
        const json_t *properties = json_object_get(item, "properties");
        const char *id = json_member_string(properties, "policyDefinitionId");
        const char *mode = json_member_string(properties, "enforcementMode");

        g->assigned = json_object_get(properties, "parameters");
        if (mode && strcasecmp(mode, "Default") != 0)
                return;
        if (!id)
                g->doubt = "the policy could not be read";
        else if (ends_in(id, allowed_locations))
                take_regions(g, json_object_get(json_object_get(g->assigned, locations_parameter),
                                                "value"));
        else if (json_object_get(definition, "policyDefinitions"))
                read_initiative(g, definition);
        else if (definition)
                read_definition(g, definition);
        if (g->regions && is_partial(r, properties))
                g->doubt = "the policy leaves parts of the subscription out";
}

/* Codes, without "global": what has no place of its own is always let through. */
static json_t *codes_of(const json_t *regions)
{
        json_t *codes = json_array(), *one;
        size_t i;

        json_array_foreach((json_t *)regions, i, one)
        {
                json_t *code = json_is_string(one) ? azure_region_json(json_string_value(one))
                                                   : json_string("?");

                if (!code || (strcmp(json_string_value(code), "global") != 0
                                      ? json_array_append(codes, code) < 0
                                      : false)) {
                        json_decref(code);
                        json_decref(codes);
                        return NULL;
                }
                json_decref(code);
        }
        return codes;
}

int azure_read_location_policy(struct resource *r, const json_t *item, struct error *err)
{
        const json_t *definition = azure_known(r, FACT_REGIONS);
        struct reading g = { 0 };

        if (fact_get(r->facts, FACT_REGIONS, NULL, NULL) == FACT_UNKNOWN)
                return 0;
        json_auto_t *kept = json_incref((json_t *)definition);

        read_assignment(&g, r, item, kept);
        if (g.doubt)
                return azure_set_unknown(r, FACT_REGIONS, g.doubt, err);
        return g.regions ? azure_set(r, FACT_REGIONS, codes_of(g.regions), err)
                         : azure_set_absent(r, FACT_REGIONS, err);
}
