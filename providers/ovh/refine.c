/* What the catalogue's rows cannot say. Each function reads one item as it was listed and adds
 * facts; none asks anything. */
#include "providers/ovh/account.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"

#include <ctype.h>
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

/* ---- AI Deploy, Training, Notebooks --------------------------------------------------------- */

/* The tags of the project were read last; the thing's own win. What the platform tags by itself
 * ("ovh/…", "ovh:…") declares nothing. */
static void own_tags(struct resource *r, json_t *tags)
{
        const char *key;
        json_t *value;
        void *next;

        json_object_foreach(tags, key, value)
        {
                if (json_is_string(value))
                        (void)json_object_set(r->tags, key, value);
        }
        json_object_foreach_safe(r->tags, next, key, value)
        {
                if (strncmp(key, "ovh/", 4) == 0 || strncmp(key, "ovh:", 4) == 0)
                        (void)json_object_del(r->tags, key);
        }
}

static void own_iam_tags(struct resource *r, const json_t *item)
{
        own_tags(r, json_object_get(json_object_get(item, "iam"), "tags"));
}

static int refine_tags(const struct account *a, struct resource *r, const json_t *item,
                       struct error *err)
{
        own_iam_tags(r, item);
        return 0;
}

/* What a variable that names models says; scrub.c has left these values alone. */
static const char *model_of_variables(const json_t *variables)
{
        json_t *variable;
        size_t i;

        json_array_foreach((json_t *)variables, i, variable)
        {
                const char *name = json_member_string(variable, "name");
                const char *value = json_member_string(variable, "value");

                if (name && value && value[0] != '\0' && ovh_names_model(name))
                        return value;
        }
        return NULL;
}

/* "--model X", "--model=X", also inside one word of a shell: "vllm serve --model X". */
static json_t *model_of_word(const char *word, const char *next)
{
        static const char option[] = "--model";
        const char *at = strstr(word, option);
        char after = at ? at[strlen(option)] : 'x';

        if (at && after == '\0')
                return next && next[0] != '-' ? json_string(next) : NULL;
        if (!at || (after != '=' && after != ' '))
                return NULL;
        at += strlen(option) + 1;
        at += strspn(at, " ");
        return *at ? json_stringn(at, strcspn(at, " \t\"'")) : NULL;
}

static json_t *model_of_command(const json_t *command)
{
        size_t n = json_array_size(command);
        json_t *found = NULL;

        for (size_t i = 0; i < n && !found; i++) {
                const char *word = json_string_value(json_array_get(command, i));

                if (word)
                        found = model_of_word(word,
                                              json_string_value(json_array_get(command, i + 1)));
        }
        return found;
}

static int set_model(struct resource *r, const json_t *spec, struct error *err)
{
        const char *variable = model_of_variables(json_object_get(spec, "envVars"));
        json_t *model = variable ? json_string(variable)
                                 : model_of_command(json_object_get(spec, "command"));

        if (model)
                return set(r, "model.id", model, err);
        return set_unknown(r, "model.id",
                           "the API has no field for the model that runs, and neither the command "
                           "nor a variable like MODEL_ID names one",
                           err);
}

/* Standard output in a buffer of unknown depth is no log: nothing of AI tools can be forwarded. */
static int set_tool_limits(struct resource *r, bool answers_calls, struct error *err)
{
        int e = set_unknown(r, "encryption.at_rest",
                            "OVHcloud's API says nothing about encryption at rest of AI tools",
                            err);

        if (e == 0 && answers_calls)
                e = set_unknown(r, "log.inference",
                                "AI Deploy shows the latest standard output only, for a time that "
                                "no document gives, and its logs cannot be forwarded: calls can be "
                                "shown only by what the application itself sends to a stream of "
                                "Logs Data Platform",
                                err);
        return e;
}

static int be_of_partner(struct resource *r, struct error *err)
{
        char *type = strdup("saas-ai");

        if (!type)
                return error_oom(err);
        free(r->service_type);
        r->service_type = type;
        return set(r, "model.source", json_string("marketplace"), err);
}

static int refine_app(const struct account *a, struct resource *r, const json_t *item,
                      struct error *err)
{
        const json_t *spec = json_object_get(item, "spec");
        int e;

        own_tags(r, json_object_get(spec, "labels"));
        e = set_model(r, spec, err);
        if (e == 0)
                e = set_tool_limits(r, true, err);
        if (e == 0 && json_member_string(spec, "partnerId"))
                e = be_of_partner(r, err);
        return e;
}

static int refine_job(const struct account *a, struct resource *r, const json_t *item,
                      struct error *err)
{
        own_tags(r, json_object_get(json_object_get(item, "spec"), "labels"));
        return set_tool_limits(r, false, err);
}

/* ---- data stores ---------------------------------------------------------------------------- */

static bool ends_with(const char *text, size_t length, const char *end)
{
        size_t n = strlen(end);

        return length > n && strncasecmp(text + length - n, end, n) == 0;
}

/* The host of "https://s3.gra.io.cloud.ovh.net/", or of what has no scheme. */
static const char *host_of(const char *endpoint, size_t *ret_length)
{
        const char *scheme = strstr(endpoint, "://");
        const char *host = scheme ? scheme + 3 : endpoint;
        size_t length = strcspn(host, "/?#");
        const char *at = memrchr(host, '@', length);

        if (at) {
                length -= (size_t)(at + 1 - host);
                host = at + 1;
        }
        if (length > 0 && host[0] != '[') /* "git@host:path" as well as a port */
                length = strcspn(host, ":/?#");
        *ret_length = length;
        return host;
}

/* "s3.gra.io.cloud.ovh.net" is a store in GRA. */
static json_t *region_of_host(const char *host, size_t length)
{
        const char *dot = memchr(host, '.', length), *end;
        char code[32];
        size_t n;

        if (!dot || !ends_with(host, length, ".cloud.ovh.net") || strncasecmp(host, "s3.", 3) != 0)
                return NULL;
        end = memchr(dot + 1, '.', length - (size_t)(dot + 1 - host));
        n = end ? (size_t)(end - dot - 1) : 0;
        if (n == 0 || n >= sizeof(code))
                return NULL;
        for (size_t i = 0; i < n; i++)
                code[i] = (char)toupper((unsigned char)dot[1 + i]);
        return json_stringn(code, n);
}

static int set_foreign(struct resource *r, const char *host, size_t length, struct error *err)
{
        char cause[256];
        int e;

        (void)snprintf(cause, sizeof(cause),
                       "the data is kept by %.*s, in a place that OVHcloud's API does not know",
                       (int)length, host);
        e = set(r, "processing.third_party", json_stringn(host, length), err);
        return e < 0 ? e : set_unknown(r, "store.region", cause, err);
}

/* A store of OVHcloud is where its path's region is; one of the customer's is where its endpoint
 * says, if that is OVHcloud's at all. */
static int refine_datastore(const struct account *a, struct resource *r, const json_t *item,
                            struct error *err)
{
        const char *endpoint = json_member_string(item, "endpoint");
        const char *owner = json_member_string(item, "owner");
        const char *host;
        json_t *region;
        size_t length;

        if (set_unknown(r, "store.copies",
                        "OVHcloud's API does not say whether a data store is copied", err) < 0)
                return -ENOMEM;
        if (owner && strcmp(owner, "ovhcloud") == 0)
                return set(r, "store.region", json_string(r->region), err);
        if (!endpoint || endpoint[0] == '\0')
                return set_unknown(r, "store.region",
                                   "a store of the customer's own, whose endpoint is not said",
                                   err);
        host = host_of(endpoint, &length);
        region = region_of_host(host, length);
        if (region)
                return set(r, "store.region", region, err);
        if (ends_with(host, length, ".ovh.net") || ends_with(host, length, ".ovh.us"))
                return set_unknown(r, "store.region", "its endpoint does not name a region", err);
        return set_foreign(r, host, length, err);
}

/* ---- machines ------------------------------------------------------------------------------- */

static bool is_of_gpu_family(const struct resource *r)
{
        const json_t *family = NULL;

        return fact_get(r->facts, "compute.family", &family, NULL) == FACT_KNOWN &&
               json_is_string(family) && strstr(json_string_value(family), "gpu");
}

/* Where the list of flavours could not be read, or does not have this one, the name of its family
 * still tells, or its kind. A name that tells nothing leaves the facts as they are. */
static int set_accelerator(struct resource *r, const char *flavor, struct error *err)
{
        bool cpu, counted = fact_get(r->facts, "compute.accelerators", NULL, NULL) == FACT_KNOWN;
        const char *gpu = ovh_gpu_of_flavor(flavor, &cpu);
        int e = 0;

        if (gpu)
                e = set(r, "compute.accelerator", json_string(gpu), err);
        if (e == 0 && gpu && !counted)
                e = set_unknown(r, "compute.accelerators",
                                "the flavour's name tells the accelerator, not how many", err);
        if (e == 0 && cpu && !counted)
                e = set(r, "compute.accelerators", json_integer(0), err);
        if (e == 0 && !gpu && !cpu && !counted && is_of_gpu_family(r))
                e = set_unknown(r, "compute.accelerators",
                                "the flavour's kind tells that it has accelerators, not how many",
                                err);
        return e;
}

static int refine_instance(const struct account *a, struct resource *r, const json_t *item,
                           struct error *err)
{
        const char *flavor = json_member_string(item, "flavorName");

        own_iam_tags(r, item);
        return flavor ? set_accelerator(r, flavor, err) : 0;
}

/* The detail call brought the number of GPUs of every flavour. */
static int pick_count(struct resource *r, const char *flavor, struct error *err)
{
        const json_t *counts = NULL;
        json_t *count;

        if (fact_get(r->facts, "compute.accelerators", &counts, NULL) != FACT_KNOWN ||
            !json_is_object(counts))
                return 0;
        count = json_object_get(counts, flavor);
        return json_is_integer(count) ? set(r, "compute.accelerators", json_incref(count), err)
                                      : set_absent(r, "compute.accelerators", err);
}

static int refine_pool(const struct account *a, struct resource *r, const json_t *item,
                       struct error *err)
{
        const char *flavor = json_member_string(item, "flavor");
        int e;

        own_iam_tags(r, item);
        e = flavor ? pick_count(r, flavor, err) : 0;

        return flavor && e == 0 ? set_accelerator(r, flavor, err) : e;
}

/* ---- streams of Logs Data Platform ---------------------------------------------------------- */

static bool is_true(const json_t *item, const char *member)
{
        return json_is_true(json_object_get(item, member));
}

/* Full, and told to pause then: what is sent now is not indexed. */
static bool index_is_full(const json_t *item)
{
        const json_t *size = json_object_get(item, "indexingCurrentSize"); /* bytes */
        const json_t *max = json_object_get(item, "indexingMaxSize");      /* GB */

        return is_true(item, "pauseIndexingOnMaxSize") && json_is_number(size) &&
               json_is_number(max) && json_number_value(max) > 0 &&
               json_number_value(size) >= json_number_value(max) * 1e9;
}

/* What keeps a log longest: the index, for as long as its retention says, or the archive, by years.
 * days 0: nothing is kept that way; cause: it cannot be said. */
struct kept {
        uint64_t days;
        const char *cause;
};

static struct kept kept_in_index(struct resource *r, const json_t *item)
{
        const json_t *duration = NULL;
        const char *cause = NULL;
        struct kept k = { 0 };

        if (!is_true(item, "indexingEnabled"))
                return k;
        if (index_is_full(item)) {
                k.cause = "its index is full and pauses when full: what is sent now is lost";
                return k;
        }
        switch (fact_get(r->facts, "log.retention_days", &duration, &cause)) {
        case FACT_KNOWN:
                if (!json_is_string(duration)) /* the archive's years: the call was not made */
                        k.cause = "its retention was not read";
                else if (ovh_duration_days(json_string_value(duration), &k.days) < 0)
                        k.cause = "its retention is no duration that can be read";
                break;
        case FACT_UNKNOWN:
                k.cause = cause;
                break;
        case FACT_ABSENT:
                k.cause = "its retention does not say how long";
                break;
        }
        return k;
}

static struct kept kept_in_archive(const json_t *item)
{
        const json_t *years = json_object_get(item, "coldStorageRetention");
        struct kept k = { 0 };

        if (!is_true(item, "coldStorageEnabled"))
                return k;
        if (json_is_integer(years) && json_integer_value(years) > 0)
                k.days = 365 * (uint64_t)json_integer_value(years);
        else
                k.cause = "cold storage is on without a number of years";
        return k;
}

static int refine_stream(const struct account *a, struct resource *r, const json_t *item,
                         struct error *err)
{
        struct kept index = kept_in_index(r, item), archive = kept_in_archive(item);
        uint64_t days = index.days > archive.days ? index.days : archive.days;
        char cause[384];
        int e;

        (void)snprintf(cause, sizeof(cause), "%s",
                       index.cause     ? index.cause
                       : archive.cause ? archive.cause
                                       : "");
        e = set(r, "log.enabled", json_boolean(days > 0 || cause[0]), err);
        if (e == 0)
                e = set_unknown(r, "log.locked",
                                "what a stream holds cannot be changed, so its guides say, but the "
                                "whole stream can be deleted",
                                err);
        if (e < 0)
                return e;
        if (days > 0)
                return set(r, "log.retention_days", json_integer((json_int_t)days), err);
        return cause[0] ? set_unknown(r, "log.retention_days", cause, err)
                        : set_absent(r, "log.retention_days", err);
}

const struct refinement ovh_refinements[OVH_REFINEMENTS] = {
        { .name = "ovh_app", .run = refine_app },
        { .name = "ovh_job", .run = refine_job },
        { .name = "ovh_tags", .run = refine_tags },
        { .name = "ovh_datastore", .run = refine_datastore },
        { .name = "ovh_instance", .run = refine_instance },
        { .name = "ovh_pool", .run = refine_pool },
        { .name = "ovh_stream", .run = refine_stream },
};
