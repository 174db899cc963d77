/* Replies that are good and say themselves that a part is missing: places that could not be
 * reached, warnings of aggregated lists, errors of a query. */
#include "providers/gcp/account.h"

#include "daemon/base/json.h"

#include <string.h>

enum { NAMED_MAX = 4 };

static void add(char *text, size_t size, const char *what)
{
        size_t used = strlen(text);

        (void)snprintf(text + used, size - used, "%s%s", used ? "; " : "", what);
}

/* "unreachable: a, b and 3 more" */
static void add_places(char *text, size_t size, const json_t *places)
{
        char said[200] = "not reached: ";
        size_t i, n = json_array_size(places);
        json_t *place;

        if (n == 0)
                return;
        json_array_foreach(places, i, place)
        {
                const char *name = json_string_value(place);
                const char *slash = name ? strrchr(name, '/') : NULL;
                size_t used = strlen(said);

                if (i < NAMED_MAX)
                        (void)snprintf(said + used, sizeof(said) - used, "%s%.40s", i ? ", " : "",
                                       slash  ? slash + 1
                                       : name ? name
                                              : "a place without name");
        }
        if (n > NAMED_MAX)
                (void)snprintf(said + strlen(said), sizeof(said) - strlen(said), " and %zu more",
                               n - NAMED_MAX);
        add(text, size, said);
}

/* A scope of an aggregated list without anything says so by a warning, too. */
static bool is_trouble(const json_t *warning)
{
        const char *code = json_member_string(warning, "code");

        return json_is_object(warning) && json_object_size(warning) > 0 &&
               (!code || strcmp(code, "NO_RESULTS_ON_PAGE") != 0);
}

static void add_warning(char *text, size_t size, const char *where, const json_t *warning)
{
        const char *code = json_member_string(warning, "code");
        const char *message = json_member_string(warning, "message");
        char said[200];

        if (!is_trouble(warning))
                return;
        (void)snprintf(said, sizeof(said), "%.50s%s%.40s%s%.90s", where, where[0] ? ": " : "",
                       code ? code : "warning", message ? ", " : "", message ? message : "");
        add(text, size, said);
}

void gcp_partial(const json_t *body, char *text, size_t size)
{
        static const char *const places[] = { "unreachable", "unreachables", "missingZones" };
        const json_t *items = json_object_get(body, "items"), *value;
        const char *key;
        size_t i;

        text[0] = '\0';
        for (i = 0; i < ELEMENTSOF(places); i++)
                add_places(text, size, json_object_get(body, places[i]));
        add_warning(text, size, "", json_object_get(body, "warning"));
        if (json_is_object(items))
                json_object_foreach((json_t *)items, key, value)
                {
                        add_warning(text, size, key, json_object_get(value, "warning"));
                }
        json_array_foreach(json_object_get(body, "executionErrors"), i, value)
        {
                if (i == 0)
                        add_warning(text, size, "the query", value);
        }
}
