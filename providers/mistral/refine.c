/* What the catalogue's rows cannot say. */
#include "providers/mistral/account.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "providers/refine.h"

#include <errno.h>
#include <string.h>

enum { HALF_YEAR_DAYS = 184, STEP_DAYS = 30 };

/* ---- use by zone -------------------------------------------------------------------------------
 */

/* The models of a kind of use stand in "models"; in "training", for fine-tuning; or one level
 * below, by what was counted: libraries_api.pages.models. */
static int collect_models(const json_t *use, int depth, json_t *models)
{
        static const char *const lists[] = { "models", "training" };
        const char *name;
        json_t *member, *rows;
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(lists); i++)
                json_object_foreach(json_object_get(use, lists[i]), name, rows) r |=
                        json_object_set_new(models, name, json_true());
        if (depth == 0)
                return r;
        json_object_foreach((json_t *)use, name, member)
        {
                r |= collect_models(member, depth - 1, models);
        }
        return r;
}

/* {"chat": {"models": {"mistral-large-latest": {…}}}, …}: kinds of use, and in each the models. The
 * rows of a model are not read: that it stands there is the evidence. unverified: their fields. */
static int collect_use(const json_t *item, json_t *models, json_t *kinds)
{
        const char *kind;
        json_t *use;
        int r = 0;

        json_object_foreach((json_t *)item, kind, use)
        {
                json_auto_t *used = json_object();

                r |= used ? collect_models(use, 1, used) : -1;
                if (json_object_size(used) > 0)
                        r |= json_object_set_new(kinds, kind, json_true());
                r |= json_object_update(models, used);
        }
        return r;
}

static int by_name(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of a set, sorted: the same use gives the same facts. */
static json_t *names_of(json_t *object)
{
        size_t size = json_object_size(object), n = 0;
        const char **names = calloc(size ? size : 1, sizeof(*names)), *name;
        json_t *list = json_array(), *value;

        json_object_foreach(object, name, value)
        {
                if (names)
                        names[n++] = name;
        }
        if (names)
                qsort(names, n, sizeof(*names), by_name);
        for (size_t i = 0; i < n; i++)
                (void)json_array_append_new(list, json_string(names[i]));
        free(names);
        return list;
}

/* The zone "eu" is the EU and EFTA: it is called so, for Switzerland is no member of either the
 * Union or the EEA. */
static int set_zone(struct resource *r, struct error *err)
{
        if (strcmp(r->region, "eu") == 0) {
                char *code = strdup("eu-efta");

                if (!code)
                        return error_oom(err);
                free(r->region);
                r->region = code;
        }
        return refine_known_take(r, "processing.regions", json_pack("[s]", r->region), err);
}

static int refine_usage(const struct account *a, struct resource *r, const json_t *item,
                        struct error *err)
{
        json_auto_t *models = json_object(), *kinds = json_object();
        int e;

        if (!models || !kinds || collect_use(item, models, kinds) < 0)
                return error_oom(err);
        if (json_object_size(models) == 0) {
                return refine_absent(r, "model.id", err);
        }
        e = set_zone(r, err);
        if (e >= 0)
                e = refine_known_take(r, "model.id", names_of(models), err);
        return e < 0 ? e : refine_known_take(r, "service.kind", names_of(kinds), err);
}

/* ---- the audit log -----------------------------------------------------------------------------
 */

/* How long entries are kept is not documented; that one of that age is there is a proof as far as
 * it goes. In steps, so that the fact does not change every day. */
static int refine_audit(const struct account *a, struct resource *r, const json_t *item,
                        struct error *err)
{
        const char *text = json_member_string(item, "created_at");
        uint64_t oldest_usec, days;
        char cause[160];

        if (!text || clock_parse_iso8601(text, &oldest_usec) < 0 || oldest_usec > a->now_usec) {
                return refine_unknown(r, "log.retention_days",
                                      "the oldest entry does not say its time", err);
        }
        days = (a->now_usec - oldest_usec) / USEC_PER_DAY;
        if (days >= HALF_YEAR_DAYS)
                return refine_known_take(
                        r, "log.retention_days",
                        json_integer((json_int_t)(days - (days - HALF_YEAR_DAYS) % STEP_DAYS)),
                        err);
        (void)snprintf(cause, sizeof(cause),
                       "no document says how long entries are kept; the oldest is of %.10s", text);
        return refine_unknown(r, "log.retention_days", cause, err);
}

/* ---- agents ------------------------------------------------------------------------------------
 */

static int add_once(json_t *set, const char *name)
{
        return json_object_set_new(set, name, json_true());
}

/* {"block_on_error": …, "moderation_llm_v2": {"custom_category_thresholds": {"pii": 0.1, …}}}:
 * which moderation it is, and the categories that have a threshold of their own. */
static int collect_guardrail(const json_t *guardrail, json_t *kinds, json_t *categories)
{
        const char *kind, *category;
        json_t *moderation, *threshold;
        int r = 0;

        json_object_foreach((json_t *)guardrail, kind, moderation)
        {
                if (!json_is_object(moderation))
                        continue;
                r |= add_once(kinds, kind);
                json_object_foreach(json_object_get(moderation, "custom_category_thresholds"),
                                    category, threshold)
                {
                        if (json_is_number(threshold))
                                r |= add_once(categories, category);
                }
        }
        return r;
}

static int set_names(struct resource *r, const char *fact, json_t *names, struct error *err)
{
        if (json_object_size(names) > 0)
                return refine_known_take(r, fact, names_of(names), err);
        return refine_absent(r, fact, err);
}

static int refine_guardrails(const struct account *a, struct resource *r, const json_t *item,
                             struct error *err)
{
        json_auto_t *kinds = json_object(), *categories = json_object();
        json_t *guardrail;
        size_t i;
        int e = 0;

        json_array_foreach(json_object_get(item, "guardrails"), i, guardrail)
        {
                e |= collect_guardrail(guardrail, kinds, categories);
        }
        if (!kinds || !categories || e < 0)
                return error_oom(err);
        e = set_names(r, "guardrail.id", kinds, err);
        return e < 0 ? e : set_names(r, "guardrail.filters", categories, err);
}

const struct refinement mistral_refinements[MISTRAL_REFINEMENTS] = {
        { "mistral_usage", refine_usage },
        { "mistral_audit", refine_audit },
        { "mistral_guardrails", refine_guardrails },
};
