/* Vertex AI: models and what serves them, agents, and the use of models. */
#include "providers/gcp/refine.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "providers/hint.h"

#include <errno.h>
#include <string.h>

/* ---- where a model comes from -----------------------------------------------------------------
 */

/* clang-format off */
static const struct {
        const char *type, *source;
        bool own; /* trained, tuned or uploaded here */
} sources[] = {
        { "AUTOML",                "trained",     true },
        { "CUSTOM",                "trained",     true },
        { "BQML",                  "trained",     true },
        { "GENIE",                 "fine-tuned",  true },
        { "CUSTOM_TEXT_EMBEDDING", "fine-tuned",  true },
        { "MODEL_GARDEN",          "catalogue",   false },
        { "MARKETPLACE",           "marketplace", false },
};
/* clang-format on */

struct origin {
        json_t *words; /* ["trained", ...], each once */
        bool own, general;
};

static int add_once(json_t *list, json_t *value)
{
        json_t *element;
        size_t i;

        json_array_foreach(list, i, element)
        {
                if (json_equal(element, value)) {
                        json_decref(value);
                        return 0;
                }
        }
        return json_array_append_new(list, value);
}

static int origin_add(struct origin *o, const json_t *value)
{
        const char *type = json_string_value(value);
        json_t *element;
        size_t i;
        int r = 0;

        json_array_foreach((json_t *)value, i, element)
        {
                r |= origin_add(o, element);
        }
        if (!type)
                return r;
        if (strcmp(type, "GENIE") == 0 || strcmp(type, "MODEL_GARDEN") == 0)
                o->general = true;
        for (i = 0; i < ELEMENTSOF(sources); i++)
                if (strcmp(sources[i].type, type) == 0) {
                        o->own = o->own || sources[i].own;
                        return add_once(o->words, json_string(sources[i].source));
                }
        return add_once(o->words, json_incref((json_t *)value));
}

/* model.source holds the API's words; what is not known of it leaves model.custom unknown, too. */
static int settle_source(struct resource *r, struct error *err)
{
        const json_t *value = NULL;
        const char *cause = NULL;
        enum fact_state state = fact_get(r->facts, "model.source", &value, &cause);
        json_auto_t *words = json_array();
        struct origin o = { .words = words };
        int e;

        if (state == FACT_UNKNOWN)
                return gcp_unknown(r, "model.custom", cause, err);
        if (state == FACT_ABSENT)
                return gcp_absent(r, "model.custom", err);
        if (!words || origin_add(&o, value) < 0)
                return error_oom(err);
        e = gcp_set(r, "model.source",
                    json_array_size(words) == 1 ? json_incref(json_array_get(words, 0))
                                                : json_incref(words),
                    err);
        if (e == 0)
                e = gcp_set(r, "model.custom", json_boolean(o.own), err);
        if (e == 0 && o.general && r->service_type)
                e = gcp_replace(&r->service_type, "foundation-model", err);
        return e;
}

/* The first of a fact's values that names a publisher tells the maker. */
static json_t *maker_in(const json_t *value)
{
        json_t *element, *found = NULL;
        size_t i;

        if (json_is_string(value))
                return gcp_maker_of(json_string_value(value));
        json_array_foreach((json_t *)value, i, element)
        {
                if (!found)
                        found = maker_in(element);
        }
        return found;
}

static int settle_maker(struct resource *r, struct error *err)
{
        json_t *maker = maker_in(gcp_known(r, "model.base"));

        if (!maker)
                maker = maker_in(gcp_known(r, "model.id"));
        return maker ? gcp_set(r, "model.maker", maker, err) : 0;
}

int gcp_refine_model(const struct account *a, struct resource *r, const json_t *item,
                     struct error *err)
{
        int e = settle_source(r, err);

        return e < 0 ? e : settle_maker(r, err);
}

static bool names_publisher(const json_t *value)
{
        return json_is_string(value) && strstr(json_string_value(value), "publishers/");
}

/* What runs a publisher's model runs a foundation model. */
int gcp_refine_model_ref(const struct account *a, struct resource *r, const json_t *item,
                         struct error *err)
{
        int e = settle_maker(r, err);

        if (e == 0 && r->service_type && names_publisher(gcp_known(r, "model.id")))
                e = gcp_replace(&r->service_type, "foundation-model", err);
        return e;
}

int gcp_refine_cached_content(const struct account *a, struct resource *r, const json_t *item,
                              struct error *err)
{
        int e = settle_maker(r, err);

        return e < 0 ? e
                     : gcp_unknown(r, "encryption.key",
                                   "the API takes the key and never tells it afterwards", err);
}

/* ---- endpoints --------------------------------------------------------------------------------
 */

/* Its containers' logs are kept unless one of the deployed models says otherwise. */
static int settle_container_logs(struct resource *r, const json_t *item, struct error *err)
{
        const json_t *deployed = json_object_get(item, "deployedModels");
        bool off = false;
        json_t *model;
        size_t i;

        if (json_array_size(deployed) == 0)
                return gcp_absent(r, "log.application", err);
        json_array_foreach(deployed, i, model)
        {
                off = off || json_is_true(json_object_get(model, "disableContainerLogging"));
        }
        return gcp_set(r, "log.application", json_boolean(!off), err);
}

int gcp_refine_endpoint(const struct account *a, struct resource *r, const json_t *item,
                        struct error *err)
{
        const json_t *connect = json_object_get(item, "privateServiceConnectConfig");
        bool closed = json_member_string(item, "network") ||
                      json_is_true(json_object_get(connect, "enablePrivateServiceConnect"));
        int e = gcp_set(r, "exposure.public", json_boolean(!closed), err);

        if (e == 0)
                e = settle_container_logs(r, item, err);
        if (e == 0)
                e = gcp_settle_percent(r, err);
        if (e == 0)
                e = gcp_settle_destinations(r, "log.destination", err);
        if (e == 0)
                e = settle_source(r, err);
        return e < 0 ? e : settle_maker(r, err);
}

int gcp_refine_monitoring_job(const struct account *a, struct resource *r, const json_t *item,
                              struct error *err)
{
        int e = gcp_settle_percent(r, err);

        if (e == 0)
                e = gcp_settle_days(r, "log.retention_days", err);
        return e < 0 ? e : gcp_settle_destinations(r, "log.destination", err);
}

/* ---- use --------------------------------------------------------------------------------------
 */

/* A place that the row's tables do not have is left as it stands there: nothing is promised of it.
 */
static int settle_processing(struct resource *r, const char *place, struct error *err)
{
        static const char regions[] = "processing.regions", documented[] = "processing.documented";
        char cause[200];
        int e;

        if (json_is_array(gcp_known(r, regions)))
                return gcp_absent(r, documented, err);
        if (json_is_array(gcp_known(r, documented)))
                return gcp_absent(r, regions, err);
        (void)snprintf(cause, sizeof(cause),
                       "the provider's table of data residency has no column for %.60s: no "
                       "place of processing is promised",
                       place ? place : "it");
        e = gcp_absent(r, documented, err);
        return e < 0 ? e : gcp_unknown(r, regions, cause, err);
}

int gcp_refine_publisher_model(const struct account *a, struct resource *r, const json_t *item,
                               struct error *err)
{
        int e = gcp_settle_percent(r, err);

        if (e == 0)
                e = gcp_settle_destinations(r, "log.destination", err);
        return e < 0 ? e
                     : settle_processing(r, json_path_string(item, "resource.labels.location"),
                                         err);
}

int gcp_refine_api_use(const struct account *a, struct resource *r, const json_t *item,
                       struct error *err)
{
        static const char gemini[] = "generativelanguage.googleapis.com";
        const char *service = json_string_value(gcp_known(r, "processing.regions"));

        if (service && strcmp(service, gemini) == 0) /* no choice of place at all */
                return gcp_set(r, "processing.regions", json_pack("[s]", "global"), err);
        return gcp_unknown(r, "processing.regions",
                           "the metric's location is that of the API's servers, no evidence of "
                           "where requests are processed",
                           err);
}

/* ---- agents and stores ------------------------------------------------------------------------
 */

/* true, false, or not said: only its value tells what the variable does; it is not kept. */
static int settle_telemetry(struct resource *r, const json_t *env, struct error *err)
{
        static const char fact[] = "log.application";
        json_t *variable;
        size_t i;

        json_array_foreach((json_t *)env, i, variable)
        {
                const char *name = json_member_string(variable, "name");
                const char *value = json_member_string(variable, "value");

                if (!name || strcmp(name, "GOOGLE_CLOUD_AGENT_ENGINE_ENABLE_TELEMETRY") != 0 ||
                    !value)
                        continue;
                if (strcasecmp(value, "true") == 0 || strcmp(value, "1") == 0)
                        return gcp_set(r, fact, json_true(), err);
                if (strcasecmp(value, "false") == 0 || strcmp(value, "0") == 0)
                        return gcp_set(r, fact, json_false(), err);
        }
        return gcp_unknown(r, fact, "the API does not say whether the agent keeps logs", err);
}

int gcp_refine_reasoning_engine(const struct account *a, struct resource *r, const json_t *item,
                                struct error *err)
{
        json_auto_t *env = json_path(item, "spec.deploymentSpec.env");
        json_auto_t *hints = json_array();
        json_t *variable;
        size_t i;
        int e;

        if (!hints)
                return error_oom(err);
        json_array_foreach(env, i, variable)
        {
                hint_of_variable(json_member_string(variable, "name"), hints, NULL);
        }
        e = gcp_set_list(r, "ai.hints", hints, err);
        return e < 0 ? e : settle_telemetry(r, env, err);
}

int gcp_refine_rag_corpus(const struct account *a, struct resource *r, const json_t *item,
                          struct error *err)
{
        static const char *const not_stores[] = { "ragEmbeddingModelConfig", "apiAuth" };
        const json_t *config = json_object_get(item, "vectorDbConfig");
        const char *key, *kind = NULL;
        json_t *value;

        json_object_foreach((json_t *)config, key, value)
        {
                if (strcmp(key, not_stores[0]) != 0 && strcmp(key, not_stores[1]) != 0)
                        kind = key;
        }
        return kind ? gcp_set(r, "store.kind", json_string(kind), err)
                    : gcp_absent(r, "store.kind", err);
}

/* A remote model calls another; all others were trained here. */
int gcp_refine_bigquery_model(const struct account *a, struct resource *r, const json_t *item,
                              struct error *err)
{
        const char *type = json_member_string(item, "modelType");
        bool remote = type && strcmp(type, "REMOTE") == 0;
        int e = gcp_set(r, "model.custom", json_boolean(!remote), err);

        if (e == 0)
                e = gcp_set(r, "model.source", json_string(remote ? "catalogue" : "trained"), err);
        return e < 0 || !remote ? e : gcp_refine_model_ref(a, r, item, err);
}
