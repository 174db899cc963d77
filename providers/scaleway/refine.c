/* What the catalogue's rows cannot say. Each function reads one item as it was listed and adds
 * facts; none asks anything. */
#include "providers/scaleway/account.h"
#include "providers/scaleway/gpu.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "providers/bucket.h"
#include "providers/hint.h"

#include <errno.h>
#include <string.h>

/* The call that listed the item is the first of the resource's evidence. */
static int listed(const struct resource *r)
{
        return json_array_size(r->evidence) > 0 ? 0 : -1;
}

static int set(struct resource *r, const char *name, json_t *value, struct error *err)
{
        return fact_set_known_take(r->facts, name, value, listed(r)) < 0 ? error_oom(err) : 0;
}

static int set_absent(struct resource *r, const char *name, struct error *err)
{
        return fact_set_absent(r->facts, name, listed(r)) < 0 ? error_oom(err) : 0;
}

static int set_unknown(struct resource *r, const char *name, const char *cause, struct error *err)
{
        return fact_set_unknown(r->facts, name, cause) < 0 ? error_oom(err) : 0;
}

/* ---- managed inference ---------------------------------------------------------------------- */

#define CATALOGUE_PROJECT "00000000-0000-0000-0000-000000000000"

/* A public_network that is there, even as {}, means public; one endpoint without authentication is
 * enough for the deployment to be open. */
static int set_exposure(struct resource *r, const json_t *endpoints, struct error *err)
{
        bool is_public = false, open = false;
        const char *network = NULL;
        json_t *endpoint;
        size_t i;
        int e;

        json_array_foreach(endpoints, i, endpoint)
        {
                const char *id = json_path_string(endpoint, "private_network.private_network_id");

                is_public =
                        is_public || json_is_object(json_object_get(endpoint, "public_network"));
                open = open || json_is_true(json_object_get(endpoint, "disable_auth"));
                network = id ? id : network;
        }
        e = set(r, "exposure.public", json_boolean(is_public), err);
        if (e >= 0 && json_array_size(endpoints) > 0)
                e = set(r, "exposure.auth", json_boolean(!open), err);
        if (e < 0)
                return e;
        return network ? set(r, "exposure.private_network", json_string(network), err)
                       : set_absent(r, "exposure.private_network", err);
}

/* The join left the model's project in model.source: the catalogue's models belong to no one. */
static int set_model_source(struct resource *r, struct error *err)
{
        const json_t *owner;
        bool catalogue;
        int e;

        if (fact_get(r->facts, "model.source", &owner, NULL) != FACT_KNOWN ||
            !json_is_string(owner))
                return 0;
        catalogue = strcmp(json_string_value(owner), CATALOGUE_PROJECT) == 0;
        e = set(r, "model.custom", json_boolean(!catalogue), err);
        return e < 0 ? e
                     : set(r, "model.source", json_string(catalogue ? "catalogue" : "imported"),
                           err);
}

static int refine_deployment(const struct account *a, struct resource *r, const json_t *item,
                             struct error *err)
{
        const json_t *endpoints = json_object_get(item, "endpoints");
        int e = 0;

        if (json_is_array(endpoints))
                e = set_exposure(r, endpoints, err);
        return e < 0 ? e : set_model_source(r, err);
}

/* ---- machines ------------------------------------------------------------------------------- */

static int set_accelerator(struct resource *r, const char *normal, struct error *err)
{
        uint64_t count;
        const char *name;
        int e;

        if (!gpu_type_known(normal, &name, &count))
                return 0;
        e = set(r, "compute.accelerator", json_string(name), err);
        return e < 0 ? e : set(r, "compute.accelerators", json_integer((json_int_t)count), err);
}

/* Where the list of types could not be read, or no longer has the type, the type's name still tells
 * a GPU; that a name is not in the table tells nothing, so the fact stays as it is then. */
static int refine_instance(const struct account *a, struct resource *r, const json_t *item,
                           struct error *err)
{
        const char *type = json_member_string(item, "commercial_type");
        char normal[GPU_TYPE_MAX];

        if (fact_get(r->facts, "compute.accelerators", NULL, NULL) == FACT_KNOWN || !type ||
            !gpu_type_normalise(type, normal))
                return 0;
        return set_accelerator(r, normal, err);
}

#define EXTERNAL "external"

/* A Kosmos pool's nodes stand with another host: the region that lists the pool says nothing of
 * where they are, and neither does any call. */
static int refine_external_pool(struct resource *r, struct error *err)
{
        static const char cause[] = "Kosmos external nodes: they run outside Scaleway, in a place "
                                    "that no API gives";
        char *region = strdup(EXTERNAL);
        int e;

        if (!region)
                return error_oom(err);
        free(r->region);
        r->region = region;
        e = set(r, "compute.type", json_string(EXTERNAL), err);
        if (e >= 0)
                e = set_unknown(r, "processing.regions", cause, err);
        if (e >= 0)
                e = set_unknown(r, "compute.accelerator", cause, err);
        return e < 0 ? e : set_unknown(r, "compute.accelerators", cause, err);
}

static int refine_pool(const struct account *a, struct resource *r, const json_t *item,
                       struct error *err)
{
        const char *type = json_member_string(item, "node_type");
        char normal[GPU_TYPE_MAX];
        int e;

        if (!type || !gpu_type_normalise(type, normal))
                return 0;
        if (strcasecmp(type, EXTERNAL) == 0)
                return refine_external_pool(r, err);
        e = set(r, "compute.type", json_string(normal), err);
        return e < 0 ? e : set_accelerator(r, normal, err);
}

/* ---- containers and jobs -------------------------------------------------------------------- */

/* Serverless work has no GPU: only the image and the names of its variables tell of AI. */

/* {name: value}, or [{key, hashed_value}] as secrets came before v1. */
static void hints_of_variables(const json_t *variables, json_t *hints, json_t *hosts)
{
        const char *name;
        json_t *value;
        size_t i;

        json_object_foreach((json_t *)variables, name, value) hint_of_variable(name, hints, hosts);
        json_array_foreach((json_t *)variables, i, value)
        {
                name = json_member_string(value, "key");
                if (name)
                        hint_of_variable(name, hints, hosts);
        }
}

static int set_list(struct resource *r, const char *name, json_t *list, struct error *err)
{
        return json_array_size(list) > 0 ? set(r, name, json_incref(list), err)
                                         : set_absent(r, name, err);
}

static int refine_workload(const struct account *a, struct resource *r, const json_t *item,
                           struct error *err)
{
        json_auto_t *hints = json_array(), *hosts = json_array();
        int e;

        if (!hints || !hosts)
                return error_oom(err);
        hint_of_image(json_member_string(item, "image"), hints);
        hint_of_image(json_member_string(item, "image_uri"), hints);
        hints_of_variables(json_object_get(item, "environment_variables"), hints, hosts);
        hints_of_variables(json_object_get(item, "secret_environment_variables"), hints, hosts);
        e = set_list(r, "ai.hints", hints, err);
        return e < 0 ? e : set_list(r, "processing.third_party", hosts, err);
}

/* ---- logs ----------------------------------------------------------------------------------- */

#define SUCCESS "success" /* of an export job's last status */

/* "https://http-intake.logs.datadoghq.eu/v1/input" gives the host; what has no scheme is one. */
static json_t *host_of(const char *url)
{
        const char *scheme = strstr(url, "://");
        const char *host = scheme ? scheme + 3 : url;
        size_t length = strcspn(host, "/?#");
        const char *at = memrchr(host, '@', length);

        if (at) {
                length -= (size_t)(at + 1 - host);
                host = at + 1;
        }
        if (length > 0 && host[0] != '[')
                length = strcspn(host, ":/?#");
        return json_stringn(host, length);
}

static int refine_exporter(const struct account *a, struct resource *r, const json_t *item,
                           struct error *err)
{
        const char *url = json_path_string(item, "datadog_destination.endpoint");

        if (!url)
                url = json_path_string(item, "otlp_destination.endpoint");
        return url ? set(r, "export.endpoint", host_of(url), err)
                   : set_unknown(r, "export.endpoint",
                                 "the exporter does not name the address that it sends to", err);
}

/* The address under which object storage has what is exported (in folders of years, below the
 * prefix): how long it is kept there is for the bucket to say. */
static json_t *address_of(const json_t *item)
{
        const char *bucket = json_path_string(item, "s3.bucket");
        const char *region = json_path_string(item, "s3.region");
        const char *prefix = json_path_string(item, "s3.prefix");
        size_t n = prefix ? strlen(prefix) : 0;

        if (!bucket || !region)
                return NULL;
        return json_sprintf("https://%s.s3.%s.scw.cloud/%s%s", bucket, region, prefix ? prefix : "",
                            n > 0 && prefix[n - 1] != '/' ? "/" : "");
}

static int set_destination(struct resource *r, const json_t *item, struct error *err)
{
        json_t *address = address_of(item);

        if (address)
                return set(r, "log.destination", address, err);
        return set_unknown(r, "log.destination",
                           "the export job does not name the bucket that it writes to", err);
}

static int refine_export_job(const struct account *a, struct resource *r, const json_t *item,
                             struct error *err)
{
        const char *code = json_path_string(item, "last_status.code");
        const char *message = json_path_string(item, "last_status.message");
        int e = set_destination(r, item, err);

        if (e < 0)
                return e;
        if (!code)
                return set_absent(r, "audit.delivery_error", err); /* it has not run yet */
        if (strcmp(code, SUCCESS) == 0) {
                const char *last = json_member_string(item, "last_run_at");

                e = last ? set(r, "audit.last_delivery", json_string(last), err) : 0;
                return e < 0 ? e : set_absent(r, "audit.delivery_error", err);
        }
        return set(r, "audit.delivery_error",
                   json_string(message && message[0] != '\0' ? message : code), err);
}

/* The audit log itself is kept 90 days; where it is exported, as long as the bucket keeps it. Then
 * it has no retention of its own: its destination's counts. An export that fails, or that could not
 * be read, leaves it open. */
static int refine_audit_log(const struct account *a, struct resource *r, const json_t *item,
                            struct error *err)
{
        static const char fact[] = "log.retention_days";
        const json_t *buckets = NULL, *codes = NULL;
        const char *cause = NULL;
        json_t *code;
        size_t i;

        switch (fact_get(r->facts, "log.destination", &buckets, &cause)) {
        case FACT_ABSENT:
                return 0;
        case FACT_UNKNOWN:
                return set_unknown(r, fact, cause, err);
        case FACT_KNOWN:
                break;
        }
        (void)fact_get(r->facts, "export.status", &codes, NULL);
        if (json_array_size(codes) != json_array_size(buckets))
                return set_unknown(r, fact, "an export of the audit log has not run yet", err);
        json_array_foreach((json_t *)codes, i, code)
        {
                if (!json_is_string(code) || strcmp(json_string_value(code), SUCCESS) != 0)
                        return set_unknown(r, fact, "the last export of the audit log failed", err);
        }
        return json_object_del(r->facts, fact) < 0 ? error_oom(err) : 0;
}

/* ---- batches --------------------------------------------------------------------------------- */

/* Files are named by their address, which may be a link that lets anybody read them. */
static int refine_batch(const struct account *a, struct resource *r, const json_t *item,
                        struct error *err)
{
        static const char *const facts[] = { "data.inputs", "data.outputs" };

        for (size_t i = 0; i < ELEMENTSOF(facts); i++) {
                const json_t *value = NULL;

                if (fact_get(r->facts, facts[i], &value, NULL) != FACT_KNOWN ||
                    !json_is_string(value))
                        continue;
                if (set(r, facts[i], storage_address(json_string_value(value)), err) < 0)
                        return err->code;
        }
        return 0;
}

/* ---- databases ------------------------------------------------------------------------------- */

/* An endpoint list that says public access somewhere. */
static int refine_search_database(const struct account *a, struct resource *r, const json_t *item,
                                  struct error *err)
{
        const json_t *endpoints = json_object_get(item, "endpoints");
        bool is_public = false;
        json_t *endpoint;
        size_t i;

        if (!json_is_array(endpoints))
                return 0;
        json_array_foreach(endpoints, i, endpoint) is_public =
                is_public || json_is_object(json_object_get(endpoint, "public"));
        return set(r, "exposure.public", json_boolean(is_public), err);
}

const struct refinement scaleway_refinements[SCALEWAY_REFINEMENTS] = {
        { .name = "scaleway_deployment", .run = refine_deployment },
        { .name = "scaleway_instance", .run = refine_instance },
        { .name = "scaleway_pool", .run = refine_pool },
        { .name = "scaleway_workload", .run = refine_workload },
        { .name = "scaleway_exporter", .run = refine_exporter },
        { .name = "scaleway_export_job", .run = refine_export_job },
        { .name = "scaleway_audit_log", .run = refine_audit_log },
        { .name = "scaleway_batch", .run = refine_batch },
        { .name = "s3_bucket", .run = bucket_refine },
        { .name = "scaleway_search_database", .run = refine_search_database },
};
