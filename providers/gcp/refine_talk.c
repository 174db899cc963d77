/* Search, conversation, guardrails, and the smaller AI services. */
#include "providers/gcp/refine.h"

#include "daemon/base/json.h"

#include <string.h>

static bool is_at(const struct resource *r, const char *place)
{
        return strcmp(r->region, place) == 0;
}

static int set_anywhere(struct resource *r, struct error *err)
{
        return gcp_set(r, "processing.regions", json_pack("[s]", "global"), err);
}

/* ---- search and Gemini Enterprise -------------------------------------------------------------
 */

/* What the API never shows says nothing; what it shows without the switch is off. */
static int settle_observability(struct resource *r, const json_t *item, struct error *err)
{
        bool shown = json_is_object(json_object_get(item, "observabilityConfig"));
        int e = 0;

        if (gcp_known(r, "log.inference"))
                return 0;
        if (shown)
                e = gcp_set(r, "log.inference", json_false(), err);
        else
                e = gcp_unknown(r, "log.inference",
                                "the API shows no observability settings of this app", err);
        if (e == 0 && !gcp_known(r, "log.text"))
                e = shown ? gcp_set(r, "log.text", json_false(), err)
                          : gcp_unknown(r, "log.text",
                                        "the API shows no observability settings of this app", err);
        return e;
}

/* Single models of an app can be let out to global, which the API does not tell one by one. */
static int settle_engine_place(struct resource *r, const json_t *item, struct error *err)
{
        const char *type = json_member_string(item, "appType");
        bool enterprise = type && strcmp(type, "APP_TYPE_INTRANET") == 0;
        json_auto_t *crosses = json_path(item, "chatEngineConfig.allowCrossRegion");

        if (json_is_true(crosses))
                return set_anywhere(r, err);
        if (is_at(r, "global") || (!enterprise && !json_object_get(item, "modelConfigs")))
                return 0;
        return gcp_unknown(r, "processing.regions",
                           "single models of the app may be let out to global, and the API does "
                           "not say which are",
                           err);
}

int gcp_refine_engine(const struct account *a, struct resource *r, const json_t *item,
                      struct error *err)
{
        int e = settle_observability(r, item, err);

        return e < 0 ? e : settle_engine_place(r, item, err);
}

/* ---- conversation -----------------------------------------------------------------------------
 */

int gcp_refine_agent(const struct account *a, struct resource *r, const json_t *item,
                     struct error *err)
{
        json_auto_t *newer =
                json_path(item, "advancedSettings.loggingSettings.enableStackdriverLogging");
        bool older = json_is_true(json_object_get(item, "enableStackdriverLogging"));
        int e = 0;

        if ((json_is_true(newer) || older) && json_object_get(r->facts, "log.inference"))
                e = gcp_set(r, "log.inference", json_true(), err);
        if (e == 0 && older && json_object_get(r->facts, "log.application"))
                e = gcp_set(r, "log.application", json_true(), err);
        if (e == 0)
                e = gcp_settle_destinations(r, "log.destination", err);
        if (e < 0)
                return e;
        if (is_at(r, "global"))
                return set_anywhere(r, err);
        return gcp_unknown(r, "processing.regions",
                           "the place covers data at rest only, as the documentation says; where "
                           "conversations are processed is not said",
                           err);
}

/* Conversations are kept unless that is switched off. */
int gcp_refine_ces_app(const struct account *a, struct resource *r, const json_t *item,
                       struct error *err)
{
        json_auto_t *off = json_path(
                item, "loggingSettings.conversationLoggingSettings.disableConversationLogging");
        bool logged = !json_is_true(off) || gcp_known_true(r, "log.application");
        int e = gcp_set(r, "log.inference", json_boolean(logged), err);

        if (e == 0)
                e = gcp_settle_destinations(r, "log.destination", err);
        return e < 0 ? e : gcp_settle_days(r, "data.retention_days", err);
}

int gcp_refine_retention(const struct account *a, struct resource *r, const json_t *item,
                         struct error *err)
{
        return gcp_settle_days(r, "data.retention_days", err);
}

/* ---- guardrails and settings ------------------------------------------------------------------
 */

int gcp_refine_guardrail(const struct account *a, struct resource *r, const json_t *item,
                         struct error *err)
{
        const json_t *floor = json_object_get(item, "aiPlatformFloorSetting");
        json_auto_t *filters = json_array();
        const char *name;
        json_t *value;
        int e;

        json_object_foreach(json_object_get(item, "filterConfig"), name, value)
        {
                (void)json_array_append_new(filters, json_string(name));
        }
        e = filters ? gcp_set_list(r, "guardrail.filters", filters, err) : error_oom(err);
        if (e < 0 || !json_object_get(r->facts, "guardrail.policy"))
                return e;
        if (json_is_true(json_object_get(floor, "inspectAndBlock")))
                return gcp_set(r, "guardrail.policy", json_string("block"), err);
        if (json_is_true(json_object_get(floor, "inspectOnly")))
                return gcp_set(r, "guardrail.policy", json_string("inspect"), err);
        return gcp_absent(r, "guardrail.policy", err);
}

int gcp_refine_data_sharing(const struct account *a, struct resource *r, const json_t *item,
                            struct error *err)
{
        bool shared = json_is_true(json_object_get(item, "enableDataSharing")) ||
                      json_is_true(json_object_get(item, "enablePreviewDataSharing"));

        return gcp_set(r, "use.data_sharing", json_boolean(shared), err);
}

/* ---- the others -------------------------------------------------------------------------------
 */

/* Faces are what tells people apart; counting persons does not. */
int gcp_refine_video(const struct account *a, struct resource *r, const json_t *item,
                     struct error *err)
{
        const json_t *processors = gcp_known(r, "use.biometric.remote");
        bool faces = false;
        json_t *name;
        size_t i;

        json_array_foreach((json_t *)processors, i, name)
        {
                faces = faces ||
                        (json_is_string(name) && strcasestr(json_string_value(name), "face"));
        }
        return gcp_set(r, "use.biometric.remote", json_boolean(faces), err);
}

/* "imageClassificationModelMetadata": whichever is there. */
int gcp_refine_automl_model(const struct account *a, struct resource *r, const json_t *item,
                            struct error *err)
{
        static const char end[] = "ModelMetadata";
        const char *key;
        json_t *value;

        json_object_foreach((json_t *)item, key, value)
        {
                size_t length = strlen(key);

                if (length > strlen(end) && strcmp(key + length - strlen(end), end) == 0)
                        return gcp_set(r, "model.task", json_stringn(key, length - strlen(end)),
                                       err);
        }
        return gcp_absent(r, "model.task", err);
}

enum { SCHEMA_DEPTH_MAX = 8 };

/* Wherever the schema of the vectors names a model. */
static void models_in(const json_t *value, json_t *list, int depth)
{
        const char *key;
        json_t *member;
        size_t i;

        if (depth > SCHEMA_DEPTH_MAX)
                return;
        json_object_foreach((json_t *)value, key, member)
        {
                if (strcmp(key, "modelId") == 0 && json_is_string(member))
                        (void)json_array_append(list, member);
                models_in(member, list, depth + 1);
        }
        json_array_foreach((json_t *)value, i, member)
        {
                models_in(member, list, depth + 1);
        }
}

int gcp_refine_vector_collection(const struct account *a, struct resource *r, const json_t *item,
                                 struct error *err)
{
        json_auto_t *models = json_array();

        if (!models)
                return error_oom(err);
        models_in(json_object_get(item, "vectorSchema"), models, 0);
        return gcp_set_list(r, "model.id", models, err);
}
