/* Machines, notebooks, clusters, Cloud Run, and what only the asset search finds. */
#include "providers/gcp/refine.h"

#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "daemon/model/fact.h"
#include "providers/hint.h"

#include <string.h>

/* "https://…/machineTypes/a2-highgpu-1g" becomes its last part, in lists, too. */
static json_t *shortened(const json_t *value)
{
        json_t *list, *element;
        size_t i;

        if (json_is_string(value))
                return json_string(gcp_last_part(json_string_value(value)));
        list = json_array();
        json_array_foreach((json_t *)value, i, element)
        {
                (void)json_array_append_new(list, shortened(element));
        }
        return list;
}

static int shorten(struct resource *r, const char *fact, struct error *err)
{
        const json_t *value = gcp_known(r, fact);

        return value ? gcp_set(r, fact, shortened(value), err) : 0;
}

static const char unlisted[] = "the type of machine has accelerators, which the API does not list";

/* Kept for its type, its accelerators not said, or a sum of nothing. */
static int settle_accelerators(struct resource *r, struct error *err)
{
        static const char fact[] = "compute.accelerators";
        const json_t *count = gcp_known(r, fact);

        if (json_is_number(count) && json_number_value(count) > 0)
                return 0;
        return gcp_unknown(r, fact, unlisted, err);
}

int gcp_refine_instance(const struct account *a, struct resource *r, const json_t *item,
                        struct error *err)
{
        static const char *const facts[] = { "compute.type", "compute.accelerator",
                                             "compute.zone" };
        int e = 0;

        gcp_settle_region(r);
        for (size_t i = 0; i < ELEMENTSOF(facts) && e == 0; i++)
                e = shorten(r, facts[i], err);
        return e < 0 ? e : settle_accelerators(r, err);
}

/* ---- notebooks --------------------------------------------------------------------------------
 */

int gcp_refine_workbench(const struct account *a, struct resource *r, const json_t *item,
                         struct error *err)
{
        const char *disabled = json_string_value(gcp_known(r, "access.root"));
        int e = gcp_refine_place(a, r, item, err);

        if (e == 0)
                e = gcp_replace(&r->name, gcp_last_part(r->id), err);
        if (e == 0)
                e = shorten(r, "compute.type", err);
        if (e < 0)
                return e;
        if (disabled && (strcasecmp(disabled, "true") == 0 || strcasecmp(disabled, "false") == 0))
                return gcp_set(r, "access.root", json_boolean(strcasecmp(disabled, "true") != 0),
                               err);
        return gcp_unknown(r, "access.root", "the notebook's metadata does not say", err);
}

/* ---- clusters ---------------------------------------------------------------------------------
 */

static int settle_control_plane(struct resource *r, const json_t *item, struct error *err)
{
        json_auto_t *stated = json_path(
                item, "controlPlaneEndpointsConfig.ipEndpointsConfig.enablePublicEndpoint");
        json_auto_t *closed = json_path(item, "privateClusterConfig.enablePrivateEndpoint");
        json_auto_t *listed = json_path(item, "masterAuthorizedNetworksConfig.enabled");
        bool is_public = stated ? json_is_true(stated) : !json_is_true(closed);
        int e = gcp_set(r, "exposure.public", json_boolean(is_public), err);

        if (e == 0 && !json_is_true(listed)) /* networks that are listed and not asked for */
                e = gcp_absent(r, "exposure.allow_list", err);
        return e;
}

int gcp_refine_cluster(const struct account *a, struct resource *r, const json_t *item,
                       struct error *err)
{
        int e = settle_control_plane(r, item, err);

        gcp_settle_region(r);
        if (e < 0)
                return e;
        if (gcp_known_true(r, "compute.managed"))
                return gcp_unknown(r, "compute.accelerators",
                                   "Autopilot: pods ask for accelerators one by one, which the "
                                   "cluster does not tell",
                                   err);
        return settle_accelerators(r, err);
}

/* ---- Cloud Run --------------------------------------------------------------------------------
 */

static const json_t *containers_of(const json_t *item)
{
        const json_t *template = json_object_get(item, "template");
        const json_t *inner = json_object_get(template, "template"); /* of a job */

        return json_object_get(inner ? inner : template, "containers");
}

static json_int_t gpus_of(const json_t *container)
{
        const json_t *limits = json_object_get(json_object_get(container, "resources"), "limits");
        const char *text = json_member_string(limits, "nvidia.com/gpu");
        uint64_t n;

        return text && number_parse_u64(text, &n) == 0 ? (json_int_t)n : 0;
}

static int settle_workload(struct resource *r, const json_t *containers, struct error *err)
{
        json_auto_t *hints = json_array(), *hosts = json_array();
        json_t *container, *variable;
        json_int_t gpus = 0;
        size_t i, k;
        int e;

        if (!hints || !hosts)
                return error_oom(err);
        json_array_foreach((json_t *)containers, i, container)
        {
                gpus += gpus_of(container);
                hint_of_image(json_member_string(container, "image"), hints);
                json_array_foreach(json_object_get(container, "env"), k, variable)
                {
                        hint_of_variable(json_member_string(variable, "name"), hints, hosts);
                }
        }
        e = gcp_set(r, "compute.accelerators", json_integer(gpus), err);
        if (e == 0)
                e = gcp_set_list(r, "ai.hints", hints, err);
        return e < 0 ? e : gcp_set_list(r, "processing.third_party", hosts, err);
}

/* Who may call it stands in its IAM policy, which is not asked: only what opens or closes it for
 * all is known. */
static int settle_callers(struct resource *r, const json_t *item, struct error *err)
{
        const char *ingress = json_member_string(item, "ingress");
        bool all = ingress && strcmp(ingress, "INGRESS_TRAFFIC_ALL") == 0;
        int e = ingress ? gcp_set(r, "exposure.public", json_boolean(all), err)
                        : gcp_unknown(r, "exposure.public", "the API does not say", err);

        if (e < 0)
                return e;
        if (json_is_true(json_object_get(item, "iapEnabled")))
                return gcp_set(r, "exposure.auth", json_true(), err);
        if (json_is_true(json_object_get(item, "invokerIamDisabled")))
                return gcp_set(r, "exposure.auth", json_false(), err);
        return gcp_unknown(r, "exposure.auth",
                           "who may call it stands in its IAM policy, which is not asked", err);
}

int gcp_refine_run(const struct account *a, struct resource *r, const json_t *item,
                   struct error *err)
{
        int e = settle_workload(r, containers_of(item), err);

        if (e == 0)
                e = gcp_replace(&r->name, gcp_last_part(r->id), err);
        return e < 0 || !json_object_get(r->facts, "exposure.public")
                       ? e
                       : settle_callers(r, item, err);
}

/* ---- what only the asset search finds ---------------------------------------------------------
 */

int gcp_refine_asset(const struct account *a, struct resource *r, const json_t *item,
                     struct error *err)
{
        const char *id = r->id, *slash;
        _cleanup_(freep) char *place = gcp_place_in(id), *plain = NULL;
        int e = 0;

        if (strncmp(id, "//", 2) == 0 && (slash = strchr(id + 2, '/'))) {
                plain = strdup(slash + 1);
                e = plain ? gcp_replace(&r->id, plain, err) : error_oom(err);
        }
        if (e == 0 && !json_member_string(item, "location") && place)
                e = gcp_replace(&r->region, place, err);
        gcp_settle_region(r);
        return e;
}
