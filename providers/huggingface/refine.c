/* What the catalogue's rows cannot say. Each function reads one item as it was listed. */
#include "providers/huggingface/account.h"

#include "daemon/base/json.h"
#include "providers/refine.h"

#include <errno.h>
#include <string.h>

/* ---- endpoints ---------------------------------------------------------------------------------
 */

/* "private" once meant AWS PrivateLink only; today it is the organisation's members by token, over
 * the Internet. PrivateLink is what the status or the account id shows. */
static int refine_endpoint(const struct account *a, struct resource *r, const json_t *item,
                           struct error *err)
{
        static const char *const known[] = { "public", "authenticated", "protected", "private" };
        const char *type = json_member_string(item, "type");
        json_auto_t *link = json_path(item, "status.private"),
                    *owner = json_path(item, "accountId");
        bool understood = false;
        int e;

        for (size_t i = 0; type && i < ELEMENTSOF(known); i++)
                understood = understood || strcmp(type, known[i]) == 0;
        if (!understood) {
                e = refine_unknown(r, "exposure.public",
                                   "the endpoint's type is none that is known", err);
                return e < 0 ? e
                             : refine_unknown(r, "exposure.auth",
                                              "the endpoint's type is none that is known", err);
        }
        e = refine_known_take(r, "exposure.public", json_boolean(!link && !owner), err);
        return e < 0 ? e
                     : refine_known_take(r, "exposure.auth",
                                         json_boolean(strcmp(type, "public") != 0), err);
}

/* ---- where repositories and Spaces are ---------------------------------------------------------
 */

/* The region of an item: its own member, or the tag region:eu. NULL when neither says it. */
static const char *region_told(const json_t *item)
{
        const char *region = json_member_string(item, "region");
        json_t *tag;
        size_t i;

        json_array_foreach(json_object_get(item, "tags"), i, tag)
        {
                const char *text = json_string_value(tag);

                if (!region && text && strncmp(text, "region:", 7) == 0)
                        region = text + 7;
        }
        return region && region[0] != '\0' ? region : NULL;
}

/* The documentation: everything is stored in the US unless the organisation chose the EU. */
static int set_region(struct resource *r, const json_t *item, struct error *err)
{
        const char *region = region_told(item);
        char *code = strdup(region ? region : "us");

        if (!code)
                return error_oom(err);
        free(r->region);
        r->region = code;
        return 0;
}

/* A Space runs where it is kept; a store is where its items are. */
static int refine_place(const struct account *a, struct resource *r, const json_t *item,
                        struct error *err)
{
        int e = set_region(r, item, err);

        return e < 0 ? e
                     : refine_known_take(r, r->topic ? "store.region" : "processing.documented",
                                         json_string(r->region), err);
}

/* Who reads a dataset signs in where it is private or gated; what is neither is for anybody. */
static int refine_dataset(const struct account *a, struct resource *r, const json_t *item,
                          struct error *err)
{
        static const char fact[] = "exposure.auth";
        const json_t *private = json_object_get(item, "private"),
                     *gated = json_object_get(item, "gated");
        int e = refine_place(a, r, item, err);

        if (e < 0)
                return e;
        if (json_is_true(private) || json_is_string(gated))
                return refine_known_take(r, fact, json_true(), err);
        if (json_is_false(private) && json_is_false(gated))
                return refine_known_take(r, fact, json_false(), err);
        return refine_absent(r, fact, err);
}

/* ---- models ------------------------------------------------------------------------------------
 */

/* "base_model:finetune:org/name": the relation and the model; "base_model:org/name": the model. */
static const char *base_of(const char *tag, bool *ret_tuned)
{
        static const char *const relations[] = { "finetune:", "adapter:", "merge:", "quantized:" };

        if (strncmp(tag, "base_model:", 11) != 0)
                return NULL;
        tag += 11;
        for (size_t i = 0; i < ELEMENTSOF(relations); i++) {
                size_t n = strlen(relations[i]);

                if (strncmp(tag, relations[i], n) != 0)
                        continue;
                *ret_tuned = *ret_tuned || strcmp(relations[i], "quantized:") != 0;
                return tag + n;
        }
        return tag;
}

static int set_base(struct resource *r, const json_t *item, struct error *err)
{
        const char *base = NULL;
        bool tuned = false;
        json_t *tag;
        size_t i;
        int e;

        json_array_foreach(json_object_get(item, "tags"), i, tag)
        {
                const char *text = json_string_value(tag);
                const char *of = text ? base_of(text, &tuned) : NULL;

                base = base ? base : of;
        }
        e = base ? refine_known_take(r, "model.base", json_string(base), err)
                 : refine_absent(r, "model.base", err);
        if (e < 0)
                return e;
        return tuned ? refine_known_take(r, "model.source", json_string("fine-tuned"), err)
                     : refine_absent(r, "model.source", err);
}

static int refine_model(const struct account *a, struct resource *r, const json_t *item,
                        struct error *err)
{
        int e = set_region(r, item, err);

        return e < 0 ? e : set_base(r, item, err);
}

/* ---- metrics -----------------------------------------------------------------------------------
 */

/* Is the sample a count of requests: http_requests_total of a counter, http_request_duration_count
 * of a histogram? unverified: no document names the metrics. */
static bool counts_requests(const json_t *types, const char *sample)
{
        static const char *const ends[] = { "_total", "_count", "" };
        size_t n = strlen(sample);

        for (size_t i = 0; strstr(sample, "request") && i < ELEMENTSOF(ends); i++) {
                size_t end = strlen(ends[i]);
                _cleanup_(freep) char *family = NULL;
                const char *type;

                if (n <= end || strcmp(sample + n - end, ends[i]) != 0)
                        continue;
                family = strndup(sample, n - end);
                type = family ? json_member_string(types, family) : NULL;
                if (type && (strcmp(type, "counter") == 0 ||
                             (strcmp(type, "histogram") == 0 && strcmp(ends[i], "_count") == 0)))
                        return true;
        }
        return false;
}

/* Several may count the same requests: the highest is taken, not the sum. */
static int refine_metrics(const struct account *a, struct resource *r, const json_t *item,
                          struct error *err)
{
        const json_t *types = json_object_get(item, "types");
        double most = -1;
        const char *sample;
        json_t *value;

        json_object_foreach(json_object_get(item, "samples"), sample, value)
        {
                if (counts_requests(types, sample) && json_number_value(value) > most)
                        most = json_number_value(value);
        }
        if (most < 0)
                return refine_unknown(r, "usage.quantity",
                                      "none of the endpoint's metrics counts requests", err);
        return refine_known_take(r, "usage.quantity", json_real(most), err);
}

const struct refinement huggingface_refinements[HUGGINGFACE_REFINEMENTS] = {
        { "huggingface_endpoint", refine_endpoint }, { "huggingface_place", refine_place },
        { "huggingface_dataset", refine_dataset },   { "huggingface_model", refine_model },
        { "huggingface_metrics", refine_metrics },
};
