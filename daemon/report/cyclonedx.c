/* CycloneDX 1.6: every resource is a service with its trust zone and the data that flows through
 * it; the models they name are components. What an API did not tell is a flow of direction
 * "unknown" or a property that says why; the composition is incomplete where something was not
 * read. */
#include "daemon/base/json.h"
#include "daemon/base/version.h"
#include "daemon/model/fact.h"
#include "daemon/report/export.h"
#include "daemon/report/fold.h"

#include <errno.h>
#include <string.h>

struct bom {
        struct export e;
        struct writer w;                        /* services go there as they come */
        struct writer components, dependencies; /* and these beside them */
        struct fold models;                     /* that have been written */
        struct fold named;                      /* by one resource */
        bool incomplete;
};

static void put_property(struct writer *w, const char *name, const char *value)
{
        if (!value)
                return;
        writer_object(w, NULL);
        writer_text(w, "name", name);
        writer_text(w, "value", value);
        writer_end(w);
}

/* ---- references --------------------------------------------------------------------------------
 */

/* May stand in an IRI as it is; others are written as percent and hexadecimal digits. */
static bool is_unreserved(unsigned char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               (c && strchr("-._~:@!$&'()*+,;=", c));
}

/* "urn:vigie:KIND:…" of any text, into uri; cut short at its size. */
static const char *urn_of(const char *kind, const char *text, char *uri, size_t size)
{
        size_t n = (size_t)snprintf(uri, size, "urn:vigie:%s:", kind);

        for (const char *p = text; *p && n + 4 < size; p++) {
                unsigned char c = (unsigned char)*p;

                n += (size_t)snprintf(uri + n, size - n, is_unreserved(c) ? "%c" : "%%%02X", c);
        }
        return uri;
}

/* A URI with a host, of plain characters only. */
static bool is_url(const char *text)
{
        if (strncmp(text, "https://", 8) != 0 && strncmp(text, "http://", 7) != 0)
                return false;
        for (const char *p = text; *p; p++)
                if (!is_unreserved((unsigned char)*p) && !strchr("/?#%", *p))
                        return false;
        return true;
}

/* Each text of a fact's value that is one or a list of them. */
static void each_text(const json_t *value, void (*cb)(void *user, const char *text), void *user)
{
        if (json_is_string(value))
                cb(user, json_string_value(value));
        for (size_t i = 0; i < json_array_size(value); i++)
                if (json_is_string(json_array_get(value, i)))
                        cb(user, json_string_value(json_array_get(value, i)));
}

/* ---- models ------------------------------------------------------------------------------------
 */

/* What names the models of a resource: their ids, else their names. */
static const json_t *models_of(const struct resource *r)
{
        const json_t *value = NULL;

        if (fact_get(r->facts, "model.id", &value, NULL) == FACT_KNOWN ||
            fact_get(r->facts, "model.name", &value, NULL) == FACT_KNOWN)
                return value;
        return NULL;
}

static const char *known_text(const struct resource *r, const char *fact)
{
        const json_t *value = NULL;

        return fact_get(r->facts, fact, &value, NULL) == FACT_KNOWN ? json_string_value(value)
                                                                    : NULL;
}

static char *model_ref(const char *model, char ref[static UUID_TEXT_MAX + 8])
{
        char uuid[UUID_TEXT_MAX];

        (void)snprintf(ref, UUID_TEXT_MAX + 8, "model:%s", uuid_of("model", model, uuid));
        return ref;
}

struct naming {
        struct bom *bom;
        const struct resource *resource;
        int r;
};

static void put_model(void *user, const char *model)
{
        struct naming *n = user;
        struct writer *w = &n->bom->components;
        const char *maker = known_text(n->resource, "model.maker");
        const char *task = known_text(n->resource, "model.task");
        char ref[UUID_TEXT_MAX + 8];

        if (n->r < 0 || !*model)
                return;
        n->r = fold_add(&n->bom->models, model);
        if (n->r != 1)
                return;
        writer_object(w, NULL);
        writer_text(w, "type", "machine-learning-model");
        writer_text(w, "bom-ref", model_ref(model, ref));
        writer_text(w, "name", model);
        if (maker) {
                writer_object(w, "supplier");
                writer_text(w, "name", maker);
                writer_end(w);
        }
        if (task) {
                writer_object(w, "modelCard");
                writer_object(w, "modelParameters");
                writer_text(w, "task", task);
                writer_end(w);
                writer_end(w);
        }
        writer_array_if_any(w, "properties");
        put_property(w, "vigie:model.source", known_text(n->resource, "model.source"));
        put_property(w, "vigie:model.base", known_text(n->resource, "model.base"));
        writer_end(w);
        writer_end(w);
}

/* ---- services ----------------------------------------------------------------------------------
 */

static void put_endpoint(void *user, const char *text)
{
        if (is_url(text))
                writer_text(user, NULL, text);
}

static void put_access(struct writer *w, const struct resource *r)
{
        const json_t *value = NULL;

        if (fact_get(r->facts, "endpoint.url", &value, NULL) == FACT_KNOWN) {
                writer_array_if_any(w, "endpoints");
                each_text(value, put_endpoint, w);
                writer_end(w);
        }
        if (fact_get(r->facts, "exposure.auth", &value, NULL) == FACT_KNOWN &&
            json_is_boolean(value))
                writer_bool(w, "authenticated", json_is_true(value));
}

/* What a fact says about where data goes. */
static const struct flow {
        const char *fact, *direction, *classification;
        const char *end;  /* "source" or "destination" */
        const char *kind; /* of what is there */
} flows[] = {
        { "processing.regions", "bi-directional", "inference", "destination", "region" },
        { "processing.third_party", "outbound", "inference", "destination", "party" },
        { "log.destination", "outbound", "logs", "destination", "log" },
        { "data.inputs", "inbound", "inputs", "source", "data" },
        { "data.outputs", "outbound", "outputs", "destination", "data" },
};

struct ends {
        struct writer *w;
        const struct flow *flow;
        const struct resource *resource;
};

static void put_end(void *user, const char *text)
{
        const struct ends *ends = user;
        char uri[1024], region[256];

        if (is_url(text)) {
                writer_text(ends->w, NULL, text);
                return;
        }
        if (strcmp(ends->flow->kind, "region") == 0) {
                (void)snprintf(region, sizeof(region), "%s:%s", ends->resource->provider, text);
                text = region;
        }
        writer_text(ends->w, NULL, urn_of(ends->flow->kind, text, uri, sizeof(uri)));
}

/* An absent fact is an answer: no such flow. */
static void put_flow(struct writer *w, const struct resource *r, const struct flow *flow)
{
        const char *cause = NULL;
        const json_t *value = NULL;
        enum fact_state state;
        struct ends ends = { w, flow, r };

        if (!json_object_get(r->facts, flow->fact))
                return;
        state = fact_get(r->facts, flow->fact, &value, &cause);
        if (state == FACT_ABSENT)
                return;
        writer_object(w, NULL);
        writer_text(w, "flow", state == FACT_KNOWN ? flow->direction : "unknown");
        writer_text(w, "classification", flow->classification);
        writer_text(w, "name", flow->fact);
        if (state == FACT_UNKNOWN)
                writer_text(w, "description", cause);
        writer_array_if_any(w, flow->end);
        each_text(value, put_end, &ends);
        writer_end(w);
        writer_end(w);
}

/* "known: 365", "absent", "unknown: denied: …" */
static int put_fact(struct writer *w, const char *name, const json_t *fact)
{
        const char *state = json_member_string(fact, "state");
        const char *detail = json_member_string(fact, "cause");
        const json_t *value = json_object_get(fact, "value");
        _cleanup_(freep) char *text = NULL;

        if (json_is_string(value)) {
                detail = json_string_value(value);
        } else if (value) {
                text = json_is_array(value) || json_is_object(value) ? json_canonical(value)
                                                                     : json_scalar_text(value);
                if (!text)
                        return -ENOMEM;
                detail = text;
        }
        writer_object(w, NULL);
        writer_joined(w, "name", "vigie:fact:", name);
        if (state && detail)
                writer_joined(w, "value",
                              strcmp(state, "known") == 0 ? "known: " : "unknown: ", detail);
        else
                writer_text(w, "value", state ? state : "unknown");
        writer_end(w);
        return 0;
}

static void put_role(struct writer *w, const json_t *description, const char *party,
                     const char *property)
{
        const json_t *roles = json_object_get(description, "roles");

        put_property(w, property, json_member_string(json_object_get(roles, party), "role"));
}

static int put_properties(struct writer *w, const struct store_resource *row)
{
        const struct resource *r = row->resource;
        const json_t *d = row->description;
        const char *area = json_member_string(d, "area"), *name;
        char property[300];
        json_t *value;
        int failed = 0;

        writer_array(w, "properties");
        put_property(w, "vigie:id", r->id);
        put_property(w, "vigie:account", r->account);
        put_property(w, "vigie:scope", r->scope);
        put_property(w, "vigie:region", r->region);
        put_property(w, "vigie:country", json_member_string(d, "country"));
        put_property(w, "vigie:area", area ? area : "unknown");
        put_property(w, "vigie:service-type", r->service_type);
        put_property(w, "vigie:status", r->status);
        put_property(w, "vigie:risk", json_member_string(d, "risk"));
        put_role(w, d, "cloud", "vigie:role:cloud");
        put_role(w, d, "customer", "vigie:role:customer");
        put_property(w, "vigie:first-seen", row->first_seen);
        put_property(w, "vigie:last-seen", row->last_seen);
        put_property(w, "vigie:stale", row->stale ? "true" : "false");
        json_object_foreach(r->tags, name, value)
        {
                (void)snprintf(property, sizeof(property), "vigie:tag:%s", name);
                put_property(w, property, json_string_value(value));
        }
        json_object_foreach(r->facts, name, value) if (failed == 0) failed =
                put_fact(w, name, value);
        writer_end(w);
        return failed;
}

static void put_provider(const struct export *e, struct writer *w, const struct store_resource *row)
{
        const json_t *offers = json_object_get(e->words, "offers");
        const char *offer = json_member_string(row->description, "offer");
        const char *operator= offer ? json_member_string(json_object_get(offers, offer), "operator")
                                    : NULL;

        writer_object(w, "provider");
        writer_text(w, "name",
                    operator? operator : export_word(e, "providers", row->resource->provider));
        writer_end(w);
}

static void put_dependency(void *user, const char *model)
{
        struct naming *n = user;
        char ref[UUID_TEXT_MAX + 8];

        /* a list may name the same model twice, and each stands there once */
        if (n->r >= 0 && *model && (n->r = fold_add(&n->bom->named, model)) == 1)
                writer_text(&n->bom->dependencies, NULL, model_ref(model, ref));
}

static int put_models(struct bom *bom, const struct store_resource *row, const char *ref)
{
        struct naming n = { .bom = bom, .resource = row->resource };
        const json_t *models = models_of(row->resource);
        struct writer *w = &bom->dependencies;

        if (!models)
                return 0;
        each_text(models, put_model, &n);
        fold_clear(&bom->named);
        writer_object(w, NULL);
        writer_text(w, "ref", ref);
        writer_array(w, "dependsOn");
        each_text(models, put_dependency, &n);
        writer_end(w);
        writer_end(w);
        return n.r < 0 ? n.r : writer_error(w);
}

static int on_service(void *user, const struct store_resource *row)
{
        struct bom *bom = user;
        struct writer *w = &bom->w;
        const struct resource *r = row->resource;
        char ref[EXPORT_ID_MAX + 16], id[EXPORT_ID_MAX], zone[256];
        int failed;

        bom->incomplete = bom->incomplete || row->stale;
        (void)snprintf(ref, sizeof(ref), "resource:%s", export_id(r->account, row->key, id));
        (void)snprintf(zone, sizeof(zone), "%s/%s", r->provider, r->region);
        writer_object(w, NULL);
        writer_text(w, "bom-ref", ref);
        put_provider(&bom->e, w, row);
        writer_text(w, "group", r->kind);
        writer_text(w, "name", r->name && *r->name ? r->name : r->id);
        put_access(w, r);
        writer_text(w, "trustZone", zone);
        writer_array_if_any(w, "data");
        for (size_t i = 0; i < ELEMENTSOF(flows); i++)
                put_flow(w, r, &flows[i]);
        writer_end(w);
        failed = put_properties(w, row);
        writer_end(w);
        if (failed == 0)
                failed = put_models(bom, row, ref);
        return failed < 0 ? failed : writer_error(w);
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static int on_coverage(void *user, const struct store_coverage *row)
{
        struct bom *bom = user;
        const struct coverage *c = &row->coverage;
        char place[EXPORT_PLACE_MAX], name[EXPORT_PLACE_MAX + 256], value[1024];

        bom->incomplete = true;
        (void)snprintf(name, sizeof(name), "vigie:unread:%s:%s", c->collector,
                       export_place(&c->place, place));
        (void)snprintf(value, sizeof(value), "%s: %s", coverage_state_name(c->state),
                       c->cause ? c->cause : "");
        put_property(&bom->w, name, value);
        return writer_error(&bom->w);
}

static int put_metadata(struct bom *bom, struct error *err)
{
        struct writer *w = &bom->w;
        int r;

        writer_object(w, "metadata");
        writer_text(w, "timestamp", bom->e.at);
        writer_array(w, "lifecycles");
        writer_object(w, NULL);
        writer_text(w, "phase", "operations");
        writer_end(w);
        writer_end(w);
        writer_object(w, "tools");
        writer_array(w, "components");
        writer_object(w, NULL);
        writer_text(w, "type", "application");
        writer_text(w, "name", "vigie");
        writer_text(w, "version", VIGIE_VERSION);
        writer_end(w);
        writer_end(w);
        writer_end(w);
        writer_object(w, "component");
        writer_text(w, "type", "platform");
        writer_text(w, "bom-ref", "estate");
        writer_text(w, "name", "estate");
        writer_end(w);
        writer_array(w, "properties");
        put_property(w, "vigie:scan", bom->e.scan);
        r = export_each_coverage(&bom->e, on_coverage, bom, err);
        writer_end(w);
        writer_end(w);
        return r;
}

/* One walk for all three. */
static int put_inventory(struct bom *bom, struct error *err)
{
        int r = writer_spool_open(&bom->components, err);

        if (r >= 0)
                r = writer_spool_open(&bom->dependencies, err);
        if (r < 0)
                return r;
        writer_array(&bom->w, "services");
        r = export_each_resource(&bom->e, false, on_service, bom, err);
        writer_end(&bom->w);
        if (r < 0)
                return r;
        writer_spool_put(&bom->w, "components", &bom->components, true);
        writer_spool_put(&bom->w, "dependencies", &bom->dependencies, true);
        return 0;
}

/* Complete is said of everything only, and only when everything was read. */
static void put_compositions(struct bom *bom)
{
        struct writer *w = &bom->w;

        writer_array(w, "compositions");
        writer_object(w, NULL);
        writer_text(w, "aggregate",
                    bom->incomplete || !bom->e.complete ? "incomplete"
                    : export_is_whole(&bom->e)          ? "complete"
                                                        : "not_specified");
        writer_array(w, "assemblies");
        writer_text(w, NULL, "estate");
        writer_end(w);
        writer_end(w);
        writer_end(w);
}

static int put_document(struct bom *bom, struct error *err)
{
        struct writer *w = &bom->w;
        char serial[64], uuid[UUID_TEXT_MAX];
        int r;

        (void)snprintf(serial, sizeof(serial), "urn:uuid:%s", uuid_of("bom", bom->e.scan, uuid));
        writer_object(w, NULL);
        writer_text(w, "bomFormat", "CycloneDX");
        writer_text(w, "specVersion", "1.6");
        writer_text(w, "serialNumber", serial);
        writer_int(w, "version", 1);
        r = put_metadata(bom, err);
        if (r >= 0)
                r = put_inventory(bom, err);
        if (r < 0)
                return r;
        put_compositions(bom);
        writer_end(w);
        return writer_finish(w, err);
}

int report_cyclonedx(const struct report_request *request, struct error *err)
{
        struct bom bom = { .w = WRITER_TO(request->terminal.out, 2) };
        int r = export_init(&bom.e, request, err);

        if (r >= 0)
                r = put_document(&bom, err);
        writer_spool_done(&bom.components);
        writer_spool_done(&bom.dependencies);
        fold_done(&bom.models);
        fold_done(&bom.named);
        export_done(&bom.e);
        return r;
}
