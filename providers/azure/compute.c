/* Machines with accelerators, and containers that use them. */
#include "providers/azure/refine.h"

#include "daemon/base/json.h"
#include "providers/hint.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define ACCELERATOR "compute.accelerator"

/* Words in the name of a size, the most telling first. */
/* clang-format off */
static const struct {
        const char *begins, *has, *accelerator;
} sizes[] = {
        { "standard_n",  "_gb300",   "GB300" },
        { "standard_n",  "_gb200",   "GB200" },
        { "standard_n",  "mi300x",   "MI300X" },
        { "standard_n",  "h200",     "H200" },
        { "standard_n",  "h100",     "H100" },
        { "standard_n",  "rtxpro",   "RTX PRO 6000" },
        { "standard_n",  "a100",     "A100" },
        { "standard_nd", "asr_v4",   "A100" },
        { "standard_n",  "_t4",      "T4" },
        { "standard_n",  "a10",      "A10 (visualisation class)" },
        { "standard_n",  "v710",     "V710 (visualisation class)" },
        { "standard_ng", "",         "V620 (visualisation class)" },
        { "standard_nv", "",         "GPU (visualisation class)" },
        { "standard_nc", "",         "GPU" },
        { "standard_nd", "",         "GPU" },
        { "consumption-gpu", "t4",   "T4" },
        { "consumption-gpu", "a100", "A100" },
        { "consumption-gpu", "",     "GPU" },
        { "nc",          "a100",     "A100" },
        { "nc",          "t4",       "T4" },
};
/* clang-format on */

static const char *accelerator_of(const char *size)
{
        for (size_t i = 0; i < ELEMENTSOF(sizes); i++)
                if (strncasecmp(size, sizes[i].begins, strlen(sizes[i].begins)) == 0 &&
                    strcasestr(size, sizes[i].has))
                        return sizes[i].accelerator;
        return NULL;
}

static int add_accelerator(json_t *found, const json_t *size)
{
        const char *name = json_is_string(size) ? accelerator_of(json_string_value(size)) : NULL;

        return name ? azure_append_once(found, name) : 0;
}

/* The fact holds one size, or the sizes of several groups. */
int azure_read_accelerator(struct resource *r, struct error *err)
{
        const json_t *value = azure_known(r, ACCELERATOR);
        json_auto_t *found = json_array();
        json_t *element;
        size_t i;
        int e;

        if (!value)
                return 0;
        e = found ? add_accelerator(found, value) : -ENOMEM;
        json_array_foreach((json_t *)value, i, element)
        {
                if (e == 0)
                        e = add_accelerator(found, element);
        }
        if (e < 0)
                return error_oom(err);
        if (json_array_size(found) == 1)
                return azure_set(r, ACCELERATOR, json_incref(json_array_get(found, 0)), err);
        return azure_set_list(r, ACCELERATOR, found, err);
}

/* ---- container apps --------------------------------------------------------------------------
 */

/* Images, and names of variables, that point at AI; what a variable holds is never looked at. */
static int set_hints(struct resource *r, const json_t *item, struct error *err)
{
        json_auto_t *containers = json_path(item, "properties.template.containers");
        json_auto_t *hints = json_array(), *hosts = json_array();
        json_t *container, *variable;
        size_t i, k;
        int e;

        if (!hints || !hosts)
                return error_oom(err);
        json_array_foreach(containers, i, container)
        {
                hint_of_image(json_member_string(container, "image"), hints);
                json_array_foreach(json_object_get(container, "env"), k, variable)
                {
                        hint_of_variable(json_member_string(variable, "name"), hints, hosts);
                }
        }
        e = azure_set_list(r, "ai.hints", hints, err);
        return e < 0 ? e : azure_set_list(r, "processing.third_party", hosts, err);
}

static const char *profile_type(const json_t *profiles, const char *name)
{
        json_t *profile;
        size_t i;

        json_array_foreach((json_t *)profiles, i, profile)
        {
                const char *called = json_member_string(profile, "name");

                if (called && strcasecmp(called, name) == 0)
                        return json_member_string(profile, "workloadProfileType");
        }
        return NULL;
}

/* compute.type and compute.accelerator hold the profiles of its environment: it runs on one. */
int azure_read_container(struct resource *r, const json_t *item, struct error *err)
{
        const char *name = json_path_string(item, "properties.workloadProfileName");
        const json_t *profiles = azure_known(r, "compute.type");
        const char *found = name && profiles ? profile_type(profiles, name) : NULL;
        _cleanup_(freep) char *type = found ? strdup(found) : NULL;
        int e = 0;

        if (profiles && type) {
                e = azure_set(r, "compute.type", json_string(type), err);
                if (e >= 0)
                        e = azure_set(r, ACCELERATOR, json_string(type), err);
                if (e >= 0)
                        e = azure_read_accelerator(r, err);
        } else if (profiles) { /* in the common profile, which has no GPU */
                e = azure_set_absent(r, "compute.type", err);
                if (e >= 0)
                        e = azure_set_absent(r, ACCELERATOR, err);
        }
        return e < 0 ? e : set_hints(r, item, err);
}
