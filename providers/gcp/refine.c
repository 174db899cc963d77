#include "providers/gcp/refine.h"

#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "daemon/model/fact.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

const struct refinement gcp_refinements[] = {
        { "gcp_place", gcp_refine_place },
        { "gcp_endpoint", gcp_refine_endpoint },
        { "gcp_model", gcp_refine_model },
        { "gcp_model_ref", gcp_refine_model_ref },
        { "gcp_cached_content", gcp_refine_cached_content },
        { "gcp_publisher_model", gcp_refine_publisher_model },
        { "gcp_reasoning_engine", gcp_refine_reasoning_engine },
        { "gcp_rag_corpus", gcp_refine_rag_corpus },
        { "gcp_monitoring_job", gcp_refine_monitoring_job },
        { "gcp_api_use", gcp_refine_api_use },
        { "gcp_bigquery_model", gcp_refine_bigquery_model },
        { "gcp_engine", gcp_refine_engine },
        { "gcp_agent", gcp_refine_agent },
        { "gcp_ces_app", gcp_refine_ces_app },
        { "gcp_retention", gcp_refine_retention },
        { "gcp_guardrail", gcp_refine_guardrail },
        { "gcp_data_sharing", gcp_refine_data_sharing },
        { "gcp_video", gcp_refine_video },
        { "gcp_automl_model", gcp_refine_automl_model },
        { "gcp_vector_collection", gcp_refine_vector_collection },
        { "gcp_workbench", gcp_refine_workbench },
        { "gcp_instance", gcp_refine_instance },
        { "gcp_cluster", gcp_refine_cluster },
        { "gcp_run", gcp_refine_run },
        { "gcp_asset", gcp_refine_asset },
        { "gcp_binding", gcp_refine_binding },
        { "gcp_sink", gcp_refine_sink },
        { "gcp_log_bucket", gcp_refine_log_bucket },
        { "gcp_named_log_bucket", gcp_refine_named_log_bucket },
        { "gcp_bucket", gcp_refine_bucket },
        { "gcp_dataset", gcp_refine_dataset },
        { "gcp_audit_config", gcp_refine_audit_config },
        { "gcp_location_policy", gcp_refine_location_policy },
        { "gcp_alert_policy", gcp_refine_alert_policy },
};
static_assert(ELEMENTSOF(gcp_refinements) == GCP_REFINEMENTS, "every function has its row");

/* ---- facts ------------------------------------------------------------------------------------
 */

static int listed(const struct resource *r)
{
        return json_array_size(r->evidence) > 0 ? 0 : -1;
}

int gcp_set(struct resource *r, const char *fact, json_t *value, struct error *err)
{
        return fact_set_known_take(r->facts, fact, value, listed(r)) < 0 ? error_oom(err) : 0;
}

int gcp_absent(struct resource *r, const char *fact, struct error *err)
{
        return fact_set_absent(r->facts, fact, listed(r)) < 0 ? error_oom(err) : 0;
}

int gcp_unknown(struct resource *r, const char *fact, const char *cause, struct error *err)
{
        return fact_set_unknown(r->facts, fact, cause) < 0 ? error_oom(err) : 0;
}

int gcp_set_list(struct resource *r, const char *fact, json_t *list, struct error *err)
{
        return json_array_size(list) > 0 ? gcp_set(r, fact, json_incref(list), err)
                                         : gcp_absent(r, fact, err);
}

const json_t *gcp_known(const struct resource *r, const char *fact)
{
        const json_t *value = NULL;

        return fact_get(r->facts, fact, &value, NULL) == FACT_KNOWN ? value : NULL;
}

bool gcp_known_true(const struct resource *r, const char *fact)
{
        return json_is_true(gcp_known(r, fact));
}

/* ---- names ------------------------------------------------------------------------------------
 */

const char *gcp_last_part(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

char *gcp_place_in(const char *path)
{
        static const char *const words[] = { "/locations/", "/zones/", "/regions/" };

        for (size_t i = 0; path && i < ELEMENTSOF(words); i++) {
                const char *at = strstr(path, words[i]);

                if (at)
                        return strndup(at + strlen(words[i]), strcspn(at + strlen(words[i]), "/"));
        }
        return NULL;
}

int gcp_replace(char **attribute, const char *text, struct error *err)
{
        char *copy = strdup(text);

        if (!copy)
                return error_oom(err);
        free(*attribute);
        *attribute = copy;
        return 0;
}

/* Zones are told by a fact: what is asked is asked of regions, and what is found stands beside it.
 */
void gcp_settle_region(struct resource *r)
{
        size_t n = strlen(r->region);

        if (n > 2 && r->region[n - 2] == '-' && islower((unsigned char)r->region[n - 1]) &&
            isdigit((unsigned char)r->region[n - 3]))
                r->region[n - 2] = '\0';
}

int gcp_refine_place(const struct account *a, struct resource *r, const json_t *item,
                     struct error *err)
{
        _cleanup_(freep) char *place = gcp_place_in(r->id);
        int e;

        if (!place)
                return 0;
        e = gcp_replace(&r->region, place, err);
        if (e < 0)
                return e;
        gcp_settle_region(r);
        return json_object_get(r->facts, "compute.zone")
                       ? gcp_set(r, "compute.zone", json_string(place), err)
                       : 0;
}

/* ---- destinations of logs ---------------------------------------------------------------------
 */

/* "bq://project.dataset.table"; a project alone names no data set. */
static json_t *bigquery_destination(const char *text)
{
        const char *rest = text + strlen("bq://");
        size_t project = strcspn(rest, "."), dataset;

        if (rest[project] == '\0')
                return json_string(text);
        dataset = strcspn(rest + project + 1, ".");
        return json_sprintf("bigquery.googleapis.com/projects/%.*s/datasets/%.*s", (int)project,
                            rest, (int)dataset, rest + project + 1);
}

json_t *gcp_destination(const char *text)
{
        static const char storage[] = "storage.googleapis.com/",
                          logging[] = "logging.googleapis.com/";

        if (strncmp(text, "//", 2) == 0)
                text += 2;
        if (strncmp(text, "bq://", 5) == 0)
                return bigquery_destination(text);
        if (strncmp(text, storage, strlen(storage)) == 0)
                return json_sprintf("gs://%s", text + strlen(storage));
        if (strncmp(text, logging, strlen(logging)) == 0)
                return json_string(text + strlen(logging));
        if (strncmp(text, "gs://", 5) == 0)
                return json_stringn(text, 5 + strcspn(text + 5, "/"));
        return json_string(text);
}

static int add_destination(json_t *list, const json_t *value)
{
        json_t *element;
        size_t i;
        int r = 0;

        if (json_is_string(value)) {
                json_t *to = gcp_destination(json_string_value(value)), *seen;

                json_array_foreach(list, i, seen)
                {
                        if (json_equal(seen, to)) {
                                json_decref(to);
                                return 0;
                        }
                }
                return json_array_append_new(list, to);
        }
        json_array_foreach((json_t *)value, i, element)
        {
                r |= add_destination(list, element);
        }
        return r;
}

int gcp_settle_destinations(struct resource *r, const char *fact, struct error *err)
{
        const json_t *value = gcp_known(r, fact);
        json_auto_t *list = json_array();

        if (!value)
                return 0;
        if (!list || add_destination(list, value) < 0)
                return error_oom(err);
        return gcp_set_list(r, fact, list, err);
}

/* ---- numbers ----------------------------------------------------------------------------------
 */

int gcp_settle_percent(struct resource *r, struct error *err)
{
        static const char fact[] = "log.inference.percent";
        const json_t *share = gcp_known(r, fact);

        if (json_is_number(share))
                return gcp_set(r, fact, json_real(json_number_value(share) * 100), err);
        return !share && gcp_known_true(r, "log.inference") ? gcp_set(r, fact, json_real(0), err)
                                                            : 0;
}

int gcp_settle_days(struct resource *r, const char *fact, struct error *err)
{
        const char *text = json_string_value(gcp_known(r, fact));
        _cleanup_(freep) char *seconds = text ? strndup(text, strspn(text, "0123456789")) : NULL;
        uint64_t n;

        if (!text)
                return 0;
        if (!seconds || number_parse_u64(seconds, &n) < 0)
                return gcp_unknown(r, fact, "the time it is kept cannot be read", err);
        return gcp_set(r, fact, json_integer((json_int_t)(n / 86400)), err);
}

/* ---- who made a model -------------------------------------------------------------------------
 */

static json_t *maker(const char *publisher, size_t length)
{
        /* clang-format off */
        static const struct { const char *publisher, *maker; } makers[] = {
                { "google",      "Google" },
                { "anthropic",   "Anthropic" },
                { "meta",        "Meta" },
                { "mistralai",   "Mistral AI" },
                { "ai21",        "AI21 Labs" },
                { "deepseek-ai", "DeepSeek" },
                { "qwen",        "Alibaba" },
                { "openai",      "OpenAI" },
                { "nvidia",      "NVIDIA" },
        };
        /* clang-format on */

        for (size_t i = 0; i < ELEMENTSOF(makers); i++)
                if (strlen(makers[i].publisher) == length &&
                    strncmp(makers[i].publisher, publisher, length) == 0)
                        return json_string(makers[i].maker);
        return json_stringn(publisher, length);
}

json_t *gcp_maker_of(const char *model)
{
        const char *publisher = strstr(model, "publishers/");

        if (publisher) {
                publisher += strlen("publishers/");
                return maker(publisher, strcspn(publisher, "/"));
        }
        if (strncmp(model, "gemini-", 7) == 0) /* a tuning job names it so */
                return json_string("Google");
        return NULL;
}
