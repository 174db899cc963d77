/* Accounts, deployments and the models in them: whose they are, and where they run. */
#include "providers/azure/processing.h"
#include "providers/azure/refine.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define PROCESSING "processing.regions"
#define THIRD_PARTY "processing.third_party"

/* ---- accounts --------------------------------------------------------------------------------
 */

/* What some kinds of account are for, letter case aside. */
/* clang-format off */
static const struct {
        const char *kind, *fact;
} purposes[] = {
        { "Face",            "use.biometric" },
        { "Emotion",         "use.emotion" },
        { "HealthInsights",  "use.health" },
        { "OpenAI",          "use.generative" },
        { "AIServices",      "use.generative" },
};
/* clang-format on */

static int set_purpose(struct resource *r, const json_t *item, struct error *err)
{
        const char *kind = json_member_string(item, "kind");
        int e = 0;

        for (size_t i = 0; kind && i < ELEMENTSOF(purposes) && e >= 0; i++)
                if (strcasecmp(purposes[i].kind, kind) == 0)
                        e = azure_set(r, purposes[i].fact, json_true(), err);
        return e;
}

static bool is_european_translator(const char *endpoint)
{
        return endpoint && strcasestr(endpoint, "api-eur.cognitive.microsofttranslator.");
}

/* Foundry projects can call models by name without a deployment, from anywhere in the world, unless
 * the list of those that may is there and empty. Only accounts in westus3 can, so far; the property
 * was seen in a preview version only (unverified). */
static bool may_call_without_deployment(const json_t *item, const char *region)
{
        const char *kind = json_member_string(item, "kind");
        json_auto_t *allowed = json_path(item, "properties.instant.modelAllowList");

        if (!kind || strcasecmp(kind, "AIServices") != 0)
                return false;
        return allowed ? json_array_size(allowed) > 0 : strcmp(region, "westus3") == 0;
}

/* Its own region, and those that it routes to; processing.regions holds the latter. */
static int set_account_processing(struct resource *r, const json_t *item, struct error *err)
{
        const json_t *others = azure_known(r, PROCESSING);
        json_auto_t *regions = json_is_array(others) ? json_copy((json_t *)others) : json_array();

        if (!regions)
                return error_oom(err);
        if (strcmp(r->region, "global") == 0) {
                if (is_european_translator(json_path_string(item, "properties.endpoint")))
                        return azure_set_unknown(r, PROCESSING,
                                                 "the endpoint is the European one of Translator, "
                                                 "whose countries the API does not name",
                                                 err);
                return azure_set_unknown(r, PROCESSING,
                                         "the account is global: the API does not say where it "
                                         "works",
                                         err);
        }
        if (azure_append_once(regions, r->region) < 0 ||
            (may_call_without_deployment(item, r->region) &&
             azure_append_once(regions, "global") < 0))
                return error_oom(err);
        return azure_set_list(r, PROCESSING, regions, err);
}

static int set_geography(struct resource *r, struct error *err)
{
        const char *geography = azure_geography(r->region);

        if (geography)
                return azure_set(r, "data.geography", json_string(geography), err);
        return azure_set_unknown(r, "data.geography",
                                 "the table of geographies does not have the region", err);
}

int azure_read_account(struct resource *r, const json_t *item, struct error *err)
{
        int e = set_purpose(r, item, err);

        if (e >= 0)
                e = set_account_processing(r, item, err);
        return e < 0 ? e : set_geography(r, err);
}

/* ---- deployments -----------------------------------------------------------------------------
 */

static const char *kind_of_deployment(const json_t *item)
{
        const char *sku = json_path_string(item, "sku.name");

        if (sku)
                return sku;
        /* before there were kinds, all were regional */
        return json_path_string(item, "properties.scaleSettings.scaleType") ? "Standard" : NULL;
}

/* Where it runs, and where what is too much for it does: the widest of both. */
static int set_deployment_processing(struct resource *r, const json_t *item, struct error *err)
{
        const char *sku = kind_of_deployment(item);
        const char *spillover = json_path_string(item, "properties.spilloverDeploymentName");
        const char *other = azure_known_text(r, "deployment.spillover_kind");
        json_auto_t *regions = json_array();
        struct error why = { 0 };

        if (!regions)
                return error_oom(err);
        if (!sku)
                (void)error_set(&why, -ENOENT, "the deployment does not say of which kind it is");
        else
                (void)azure_add_processing(regions, sku, r->region, &why);
        if (why.code == 0 && spillover && !other)
                (void)error_set(&why, -ENOENT,
                                "it spills over to '%s', of which the kind could not be read",
                                spillover);
        else if (why.code == 0 && spillover)
                (void)azure_add_processing(regions, other, r->region, &why);
        if (why.code != 0)
                return azure_set_unknown(r, PROCESSING, why.text, err);
        return azure_set_list(r, PROCESSING, regions, err);
}

/* Anthropic runs its models itself, for either way of hosting, and may do so outside Azure; nothing
 * in the API tells them apart. Others sell, and Microsoft runs. */
static int set_third_party(struct resource *r, struct error *err)
{
        const char *maker = azure_known_text(r, THIRD_PARTY);

        if (!maker)
                return 0;
        return strcasecmp(maker, "Anthropic") == 0
                       ? azure_set(r, THIRD_PARTY, json_string("Anthropic"), err)
                       : azure_set_absent(r, THIRD_PARTY, err);
}

static int set_origin(struct resource *r, const json_t *item, struct error *err)
{
        const char *name = json_path_string(item, "properties.model.name");
        bool tuned =
                json_path_string(item, "properties.model.source") || (name && strstr(name, ".ft-"));
        int e = azure_set(r, "model.custom", json_boolean(tuned), err);

        return e < 0 ? e
                     : azure_set(r, "model.source", json_string(tuned ? "fine-tuned" : "catalogue"),
                                 err);
}

int azure_read_deployment(struct resource *r, const json_t *item, struct error *err)
{
        int e = set_deployment_processing(r, item, err);

        if (e >= 0)
                e = set_third_party(r, err);
        return e < 0 ? e : set_origin(r, item, err);
}

/* ---- models of Machine Learning --------------------------------------------------------------
 */

/* Registries that others publish; a registry of the account's own is not among them. */
/* clang-format off */
static const struct {
        const char *prefix, *maker; /* maker NULL: more than one */
} registries[] = {
        { "azureml-meta",      "Meta" },
        { "azureml-mistral",   "Mistral AI" },
        { "azureml-cohere",    "Cohere" },
        { "azureml-anthropic", "Anthropic" },
        { "azureml-deepseek",  "DeepSeek" },
        { "azureml-xai",       "xAI" },
        { "azureml-ai21",      "AI21 Labs" },
        { "azureml-openai",    "OpenAI" },
        { "azureml-",          NULL },
        { "azureml/",          NULL },
        { "nvidia-ai",         NULL },
        { "HuggingFace",       NULL },
};
/* clang-format on */

static bool in_published_registry(const char *model, const char **ret_maker)
{
        static const char scheme[] = "azureml://registries/";
        const char *registry = model + strlen(scheme);

        if (strncasecmp(model, scheme, strlen(scheme)) != 0)
                return false;
        for (size_t i = 0; i < ELEMENTSOF(registries); i++)
                if (strncasecmp(registry, registries[i].prefix, strlen(registries[i].prefix)) ==
                    0) {
                        *ret_maker = registries[i].maker;
                        return true;
                }
        return false;
}

static int set_type(struct resource *r, const char *type, struct error *err)
{
        char *copy = strdup(type);

        if (!copy)
                return error_oom(err);
        free(r->service_type);
        r->service_type = copy;
        return 0;
}

int azure_read_model(struct resource *r, struct error *err)
{
        _cleanup_(freep) char *model = NULL;
        const char *maker = NULL, *known = azure_known_text(r, "model.source");
        bool published;
        int e;

        if (!known)
                return 0;
        model = strdup(known);
        if (!model)
                return error_oom(err);
        published = in_published_registry(model, &maker);
        e = azure_set(r, "model.custom", json_boolean(!published), err);
        if (e >= 0)
                e = azure_set(r, "model.source", json_string(published ? "catalogue" : "imported"),
                              err);
        if (e >= 0)
                e = maker ? azure_set(r, "model.maker", json_string(maker), err)
                          : azure_set_absent(r, "model.maker", err);
        return e >= 0 && published ? set_type(r, "foundation-model", err) : e;
}

/* ---- the data collector of an online deployment ----------------------------------------------
 */

/* The collections that are on: what is asked, what is answered, and how much of it. */
static double read_collections(const json_t *collections, json_t *modes)
{
        double rate = 1;
        const char *name;
        json_t *one;

        json_object_foreach((json_t *)collections, name, one)
        {
                const char *mode = json_member_string(one, "dataCollectionMode");
                const json_t *sampling = json_object_get(one, "samplingRate");

                if (!mode || strcasecmp(mode, "Enabled") != 0)
                        continue;
                if (strcasecmp(name, "request") == 0 || strcasecmp(name, "model_inputs") == 0)
                        (void)azure_append_once(modes, "Input");
                if (strcasecmp(name, "response") == 0 || strcasecmp(name, "model_outputs") == 0)
                        (void)azure_append_once(modes, "Output");
                if (json_is_number(sampling) && json_number_value(sampling) < rate)
                        rate = json_number_value(sampling);
        }
        return rate;
}

/* A deployment without it is judged by its endpoint's log. */
int azure_read_collector(struct resource *r, const json_t *item, struct error *err)
{
        json_auto_t *collections = json_path(item, "properties.dataCollector.collections");
        json_auto_t *modes = json_array();
        double rate = read_collections(collections, modes);
        int e = azure_set_list(r, "log.inference.modes", modes, err);

        if (e < 0 || json_array_size(modes) == 0)
                return e;
        e = azure_set(r, "log.inference", json_true(), err);
        return e < 0 ? e : azure_set(r, "log.inference.percent", json_real(rate * 100), err);
}
