/* Where a Bedrock model runs, by what it is called: nothing is concluded from the geography in a
 * profile's name, since a profile may lead out of it. */
#include "providers/aws/account.h"
#include "providers/aws/arn.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"

#include <errno.h>
#include <string.h>

#define FACT_REGIONS "processing.regions"
#define FACT_REF "processing.ref"

static bool is_kind(const struct arn *arn, const char *kind)
{
        size_t n = strlen(kind);

        return strncmp(arn->resource, kind, n) == 0 && arn->resource[n] == '/';
}

static int append_once(json_t *list, const char *text)
{
        json_t *element;
        size_t i;

        json_array_foreach(list, i, element)
        {
                if (strcmp(json_string_value(element), text) == 0)
                        return 0;
        }
        return json_array_append_new(list, json_string(text)) < 0 ? -ENOMEM : 0;
}

/* An ARN without region stands for any commercial region. */
static int append_region(json_t *list, const char *region)
{
        return append_once(list, region[0] != '\0' ? region : "global");
}

static int set_unknown(struct resource *r, const char *cause, struct error *err)
{
        return fact_set_unknown(r->facts, FACT_REGIONS, cause) < 0 ? error_oom(err) : 0;
}

static int set_known_take(struct resource *r, const char *fact, json_t *value_take, int evidence,
                          struct error *err)
{
        return fact_set_known_take(r->facts, fact, value_take, evidence) < 0 ? error_oom(err) : 0;
}

/* ---- inference profiles
 * -------------------------------------------------------------------------- */

int aws_refine_profile_regions(const struct account *a, struct resource *r, const json_t *item,
                               struct error *err)
{
        const json_t *models = NULL;
        json_auto_t *regions = json_array();
        enum fact_state state = fact_get(r->facts, FACT_REGIONS, &models, NULL);
        json_t *model;
        size_t i;

        if (!regions)
                return error_oom(err);
        if (state == FACT_UNKNOWN)
                return 0;
        if (state == FACT_ABSENT || json_array_size(models) == 0 ||
            json_array_size(models) != json_array_size(json_object_get(item, "models")))
                return set_unknown(r, "the profile does not name its models", err);
        json_array_foreach((json_t *)models, i, model)
        {
                struct arn arn;

                if (!json_is_string(model) || !arn_read(json_string_value(model), &arn))
                        return set_unknown(r, "a model of the profile has no readable ARN", err);
                if (append_region(regions, arn.region) < 0)
                        return error_oom(err);
        }
        return set_known_take(r, FACT_REGIONS, json_incref(regions),
                              fact_evidence(r->facts, FACT_REGIONS), err);
}

/* ---- references to models
 * ------------------------------------------------------------------------ */

/* Words before the first dot of an id. */
static const char *const geographies[] = { "apac", "au", "ca", "eu", "global",
                                           "il",   "in", "jp", "kr", "latam",
                                           "me",   "sa", "uk", "us", "us-gov" };
static const char *const makers[] = { "ai21",      "amazon",     "anthropic", "cohere",  "deepseek",
                                      "google",    "luma",       "meta",      "minimax", "mistral",
                                      "moonshot",  "moonshotai", "nvidia",    "openai",  "qwen",
                                      "stability", "twelvelabs", "writer",    "zai" };

static bool first_word_in(const char *id, const char *const *words, size_t n)
{
        size_t length = strcspn(id, ".");

        for (size_t i = 0; id[length] == '.' && i < n; i++)
                if (strlen(words[i]) == length && strncmp(words[i], id, length) == 0)
                        return true;
        return false;
}

enum model_place {
        MODEL_IN_REGION, /* runs in the region given, "" for anywhere */
        MODEL_BY_MAP,    /* a profile or router says where */
        MODEL_UNKNOWN,
};

/* What runs where it stands, and what leads elsewhere. */
static const struct {
        const char *kind;
        enum model_place place;
} arn_kinds[] = {
        { "foundation-model", MODEL_IN_REGION },
        { "provisioned-model", MODEL_IN_REGION },
        { "custom-model", MODEL_IN_REGION },
        { "imported-model", MODEL_IN_REGION },
        { "custom-model-deployment", MODEL_IN_REGION },
        { "inference-profile", MODEL_BY_MAP },
        { "application-inference-profile", MODEL_BY_MAP },
        { "prompt-router", MODEL_BY_MAP },
        { "default-prompt-router", MODEL_BY_MAP },
};

static enum model_place place_of(const char *id, const char *own_region,
                                 char region[static ARN_FIELD_MAX])
{
        struct arn arn;

        (void)snprintf(region, ARN_FIELD_MAX, "%s", own_region);
        if (strncmp(id, "arn:", 4) == 0) {
                if (!arn_read(id, &arn))
                        return MODEL_UNKNOWN;
                (void)snprintf(region, ARN_FIELD_MAX, "%s", arn.region);
                if (strcmp(arn.service, "sagemaker") == 0) /* an endpoint of the Marketplace */
                        return MODEL_IN_REGION;
                for (size_t i = 0; i < ELEMENTSOF(arn_kinds); i++)
                        if (is_kind(&arn, arn_kinds[i].kind))
                                return arn_kinds[i].place;
                return MODEL_UNKNOWN;
        }
        if (first_word_in(id, geographies, ELEMENTSOF(geographies)))
                return MODEL_BY_MAP;
        if (first_word_in(id, makers, ELEMENTSOF(makers)))
                return MODEL_IN_REGION;
        /* two words are a maker's model, three a geography's: the rest is left to the map, which
         * knows it or not */
        return strchr(id, '.') ? MODEL_BY_MAP : MODEL_UNKNOWN;
}

struct places {
        json_t *regions, *refs;
        bool unknown;
};

static int places_add(struct places *p, const char *id, const char *own_region)
{
        char region[ARN_FIELD_MAX];

        switch (place_of(id, own_region, region)) {
        case MODEL_IN_REGION:
                return append_region(p->regions, region);
        case MODEL_BY_MAP:
                return append_once(p->refs, id);
        case MODEL_UNKNOWN:
                break;
        }
        p->unknown = true;
        return 0;
}

static int places_fill(struct places *p, const json_t *ids, const char *own_region)
{
        json_t *id;
        size_t i;
        int r = 0;

        if (json_is_string(ids))
                return places_add(p, json_string_value(ids), own_region);
        p->unknown = json_array_size(ids) == 0;
        json_array_foreach((json_t *)ids, i, id)
        {
                if (r == 0 && json_is_string(id))
                        r = places_add(p, json_string_value(id), own_region);
                else
                        p->unknown = true;
        }
        return r;
}

/* Known regions are enough for a verdict, so they are set only when they are all: beside a
 * reference, the own region is left to the rules on the resource itself, and any other is put among
 * the references, where it is not found. */
static int places_set(struct resource *r, const struct places *p, struct error *err)
{
        int evidence = fact_evidence(r->facts, "model.id");
        json_t *region;
        size_t i;

        if (p->unknown)
                return set_unknown(r, "the reference to the model is of no kind known here", err);
        if (json_array_size(p->refs) == 0)
                return set_known_take(r, FACT_REGIONS, json_incref(p->regions), evidence, err);
        json_array_foreach(p->regions, i, region)
        {
                if (strcmp(json_string_value(region), r->region) != 0 &&
                    append_once(p->refs, json_string_value(region)) < 0)
                        return error_oom(err);
        }
        return set_known_take(
                r, FACT_REF,
                json_incref(json_array_size(p->refs) == 1 ? json_array_get(p->refs, 0) : p->refs),
                evidence, err);
}

int aws_refine_model_ref(const struct account *a, struct resource *r, const json_t *item,
                         struct error *err)
{
        struct places p = { .regions = json_array(), .refs = json_array() };
        const json_t *ids = NULL;
        const char *cause = NULL;
        int result = 0;

        switch (fact_get(r->facts, "model.id", &ids, &cause)) {
        case FACT_ABSENT:
                break;
        case FACT_UNKNOWN:
                result = set_unknown(r, cause, err);
                break;
        case FACT_KNOWN:
                if (!p.regions || !p.refs || places_fill(&p, ids, r->region) < 0)
                        result = error_oom(err);
                else
                        result = places_set(r, &p, err);
                break;
        }
        json_decref(p.regions);
        json_decref(p.refs);
        return result;
}
