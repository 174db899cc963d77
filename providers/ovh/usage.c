/* AI Endpoints has no list of what was deployed: that a model was called stands in the bill only,
 * as a component "<model>-input_tokens" of a region's use. */
#include "providers/ovh/account.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

#define LINES "aiEndpoints"

/* "gpt-oss-120b-input_tokens" → the model's part; a component that is none stays whole. */
static size_t model_length(const char *component)
{
        static const char *const ends[] = { "-input_tokens", "-output_tokens" };
        size_t length = strlen(component);

        for (size_t i = 0; i < ELEMENTSOF(ends); i++) {
                size_t n = strlen(ends[i]);

                if (length > n && strcmp(component + length - n, ends[i]) == 0)
                        return length - n;
        }
        return length;
}

static json_t *line_of(json_t *lines, const char *model, size_t length)
{
        json_t *line;
        size_t i;

        json_array_foreach(lines, i, line)
        {
                const char *name = json_member_string(line, "model");

                if (name && strlen(name) == length && strncmp(name, model, length) == 0)
                        return line;
        }
        line = json_pack("{s:s%, s:f}", "model", model, length, "quantity", 0.0);
        return line && json_array_append_new(lines, line) == 0 ? line : NULL;
}

/* Tokens in and out are added up. *
 * sum, and takes the unit away: there is no number for it. */
static int add_component(json_t *lines, const json_t *component, const char *region)
{
        const char *name = json_member_string(component, "name");
        const char *unit = json_path_string(component, "quantity.unit");
        json_auto_t *value = json_path(component, "quantity.value");
        json_t *line = name ? line_of(lines, name, model_length(name)) : NULL;
        double sum = json_number_value(json_object_get(line, "quantity"));

        if (!name)
                return 0;
        if (!line)
                return -ENOMEM;
        if (json_is_number(value))
                (void)json_object_set_new(line, "quantity",
                                          json_real(sum + json_number_value(value)));
        if (unit)
                (void)json_set_string(line, "unit", unit);
        return region ? json_set_string(line, "region", region) : 0;
}

static int add_resource(json_t *lines, const json_t *resource)
{
        const char *region = json_member_string(resource, "region");
        json_t *component;
        size_t i;
        int r = 0;

        json_array_foreach(json_object_get(resource, "components"), i, component)
        {
                if (r == 0)
                        r = add_component(lines, component, region);
        }
        return r;
}

int ovh_usage_lines(json_t *body)
{
        json_t *lines, *use, *resource;
        size_t i, k;
        int r = 0;

        if (!json_is_object(body))
                return 0; /* a list of the months that are over */
        lines = json_array();
        if (json_object_set_new(body, LINES, lines) < 0)
                return -ENOMEM;
        json_array_foreach(json_object_get(body, "resourcesUsage"), i, use)
        {
                const char *type = json_member_string(use, "type");

                if (!type || strcmp(type, "ai-endpoints") != 0)
                        continue;
                json_array_foreach(json_object_get(use, "resources"), k, resource)
                {
                        if (r == 0)
                                r = add_resource(lines, resource);
                }
        }
        return r;
}
