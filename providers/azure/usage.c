/* Metrics: what was used, when last, and by which name. */
#include "providers/azure/refine.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>

struct used {
        double total;
        const char *last; /* the newest point in which something was counted */
        json_t *deployments;
};

static double read_points(struct used *u, const json_t *series)
{
        double sum = 0;
        json_t *point;
        size_t i;

        json_array_foreach(json_object_get(series, "data"), i, point)
        {
                const json_t *total = json_object_get(point, "total");
                double n = json_number_value(total ? total : json_object_get(point, "average"));
                const char *time = json_member_string(point, "timeStamp");

                if (n <= 0)
                        continue;
                sum += n;
                /* of one form, so that they sort as they are */
                if (time && (!u->last || strcmp(time, u->last) > 0))
                        u->last = time;
        }
        return sum;
}

static void add_deployment(struct used *u, const json_t *series)
{
        json_t *one;
        size_t i;

        json_array_foreach(json_object_get(series, "metadatavalues"), i, one)
        {
                const char *name = json_path_string(one, "name.value");
                const char *value = json_member_string(one, "value");

                if (name && value && *value && strcasecmp(name, "ModelDeploymentName") == 0)
                        (void)azure_append_once(u->deployments, value);
        }
}

static json_t *total_of(const struct used *u)
{
        return u->total == floor(u->total) && u->total < 9e15 ? json_integer((json_int_t)u->total)
                                                              : json_real(u->total);
}

static int set_used(struct resource *r, const struct used *u, struct error *err)
{
        _cleanup_(freep) char *last = u->last ? strdup(u->last) : NULL;
        int e = 0;

        if (azure_collects(r, "usage.deployments"))
                e = azure_set_list(r, "usage.deployments", u->deployments, err);
        if (e >= 0)
                e = last ? azure_set(r, "usage.last", json_string(last), err)
                         : azure_set_absent(r, "usage.last", err);
        return e >= 0 && azure_collects(r, "usage.quantity")
                       ? azure_set(r, "usage.quantity", total_of(u), err)
                       : e;
}

/* A metric without a point counted nothing: that is idle, and known. */
int azure_read_usage(struct resource *r, struct error *err)
{
        const char *counted = azure_collects(r, "usage.quantity") ? "usage.quantity" : "usage.last";
        json_auto_t *series = json_incref((json_t *)azure_known(r, counted));
        json_auto_t *deployments = json_array();
        struct used u = { .deployments = deployments };
        json_t *one;
        size_t i;

        if (!deployments)
                return error_oom(err);
        if (!azure_collects(r, counted) || fact_get(r->facts, counted, NULL, NULL) == FACT_UNKNOWN)
                return 0;
        json_array_foreach(series, i, one)
        {
                double n = read_points(&u, one);

                u.total += n;
                if (n > 0)
                        add_deployment(&u, one);
        }
        return set_used(r, &u, err);
}
