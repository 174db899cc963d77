/* Where logs go and how long they stay: sinks, log buckets, and the buckets and data sets of other
 * services. */
#include "providers/gcp/refine.h"

#include "daemon/base/json.h"
#include "daemon/base/number.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { REQUIRED_DAYS = 400, DEFAULT_DAYS = 30, SECONDS_PER_DAY = 86400 };

int gcp_refine_sink(const struct account *a, struct resource *r, const json_t *item,
                    struct error *err)
{
        return gcp_settle_destinations(r, "log.destination", err);
}

/* ---- log buckets ------------------------------------------------------------------------------
 */

static bool ends_with(const char *text, const char *end)
{
        size_t n = strlen(text), m = strlen(end);

        return n >= m && strcmp(text + n - m, end) == 0;
}

/* 0 days is what is not set; _Required has its own number, and nobody can change it. */
static int settle_retention(struct resource *r, const json_t *item, struct error *err)
{
        json_int_t days = json_integer_value(json_object_get(item, "retentionDays"));
        bool required = ends_with(r->id, "/buckets/_Required");
        int e = gcp_set(r, "log.retention_fixed", json_boolean(required), err);

        if (days <= 0)
                days = required ? REQUIRED_DAYS : DEFAULT_DAYS;
        return e < 0 ? e : gcp_set(r, "log.retention_days", json_integer(days), err);
}

/* The API names the project by its number, sinks by its id. */
static int settle_project(struct resource *r, struct error *err)
{
        const char *rest = strncmp(r->id, "projects/", 9) == 0 ? strchr(r->id + 9, '/') : NULL;
        char *id = NULL;

        if (!rest)
                return 0;
        if (asprintf(&id, "projects/%s%s", r->scope, rest) < 0)
                return error_oom(err);
        free(r->id);
        r->id = id;
        return gcp_replace(&r->name, id, err);
}

int gcp_refine_log_bucket(const struct account *a, struct resource *r, const json_t *item,
                          struct error *err)
{
        _cleanup_(freep) char *place = gcp_place_in(r->id);
        int e = settle_project(r, err);

        if (e == 0)
                e = settle_retention(r, item, err);
        if (e < 0)
                return e;
        if (!place)
                return gcp_unknown(r, "log.region", "its name has no location", err);
        e = gcp_replace(&r->region, place, err);
        return e < 0 ? e : gcp_set(r, "log.region", json_string(place), err);
}

int gcp_refine_named_log_bucket(const struct account *a, struct resource *r, const json_t *item,
                                struct error *err)
{
        const char *owner = json_string_value(gcp_known(r, "data.owner"));
        const char *place = json_string_value(gcp_known(r, "log.region"));
        int e = settle_retention(r, item, err);

        if (e == 0 && place)
                e = gcp_replace(&r->region, place, err);
        /* the project's own is listed with all its buckets */
        return e == 0 && owner && strcmp(owner, r->scope) == 0 ? gcp_absent(r, "data.owner", err)
                                                               : e;
}

/* ---- Cloud Storage ----------------------------------------------------------------------------
 */

/* "EUROPE-WEST9" as "europe-west9"; in a list, too. */
static json_t *lower(const json_t *value)
{
        json_t *list, *element;
        char *text;
        size_t i;

        if (json_is_string(value)) {
                text = strdup(json_string_value(value));
                for (char *p = text; p && *p != '\0'; p++)
                        *p = (char)tolower((unsigned char)*p);
                value = text ? json_string(text) : NULL;
                free(text);
                return (json_t *)value;
        }
        list = json_array();
        json_array_foreach((json_t *)value, i, element)
        {
                (void)json_array_append_new(list, lower(element));
        }
        return list;
}

static int settle_place(struct resource *r, const char *fact, const json_t *custom,
                        struct error *err)
{
        const json_t *place = json_array_size(custom) > 0 ? custom : gcp_known(r, fact);

        return place ? gcp_set(r, fact, lower(place), err) : 0;
}

/* A rule that deletes what nobody has replaced: by its age, in so many days. 0: it deletes by
 * something else; negative: it deletes only older versions, or nothing. */
static json_int_t deletes_after(const json_t *rule)
{
        static const char *const of_versions[] = { "numNewerVersions", "daysSinceNoncurrentTime",
                                                   "noncurrentTimeBefore" };
        const json_t *condition = json_object_get(rule, "condition");
        const char *action = json_path_string(rule, "action.type");
        const json_t *age = json_object_get(condition, "age");

        if (!action || strcmp(action, "Delete") != 0 ||
            json_is_false(json_object_get(condition, "isLive")))
                return -1;
        for (size_t i = 0; i < ELEMENTSOF(of_versions); i++)
                if (json_object_get(condition, of_versions[i]))
                        return -1;
        return json_is_integer(age) && json_integer_value(age) > 0 ? json_integer_value(age) : 0;
}

static int settle_lifecycle(struct resource *r, const json_t *item, struct error *err)
{
        static const char fact[] = "log.retention_days";
        json_auto_t *rules = json_path(item, "lifecycle.rule");
        json_int_t least = -1;
        bool undecided = false;
        json_t *rule;
        size_t i;

        json_array_foreach(rules, i, rule)
        {
                json_int_t days = deletes_after(rule);

                undecided = undecided || days == 0;
                if (days > 0 && (least < 0 || days < least))
                        least = days;
        }
        if (undecided)
                return gcp_unknown(r, fact, "a rule deletes by something else than age", err);
        return gcp_set(r, fact, least > 0 ? json_integer(least) : json_string("never"), err);
}

static int settle_lock(struct resource *r, struct error *err)
{
        static const char fact[] = "log.locked_days";
        const char *seconds = json_string_value(gcp_known(r, fact));
        uint64_t n;

        if (!seconds)
                return 0;
        if (number_parse_u64(seconds, &n) < 0)
                return gcp_unknown(r, fact, "the time of the lock cannot be read", err);
        return gcp_set(r, fact, json_integer((json_int_t)(n / SECONDS_PER_DAY)), err);
}

int gcp_refine_bucket(const struct account *a, struct resource *r, const json_t *item,
                      struct error *err)
{
        bool logs = json_object_get(r->facts, "log.region") != NULL;
        json_auto_t *custom = json_path(item, "customPlacementConfig.dataLocations");
        int e = settle_place(r, logs ? "log.region" : "store.region", custom, err);

        if (e < 0)
                return e;
        if (!logs)
                return settle_place(r, "store.copies", NULL, err);
        e = settle_lifecycle(r, item, err);
        return e < 0 ? e : settle_lock(r, err);
}

/* ---- BigQuery ---------------------------------------------------------------------------------
 */

/* Milliseconds as text, the shorter of the two; without any, tables stay for ever. */
static int settle_expiry(struct resource *r, const json_t *item, struct error *err)
{
        static const char *const members[] = { "defaultTableExpirationMs",
                                               "defaultPartitionExpirationMs" };
        static const char fact[] = "log.retention_days";
        const uint64_t ms_per_day = 86400000;
        uint64_t least = UINT64_MAX, ms;

        for (size_t i = 0; i < ELEMENTSOF(members); i++) {
                const char *text = json_member_string(item, members[i]);

                if (text && number_parse_u64(text, &ms) < 0)
                        return gcp_unknown(r, fact, "the expiration cannot be read", err);
                if (text && ms > 0 && ms < least)
                        least = ms;
        }
        return gcp_set(r, fact,
                       least == UINT64_MAX ? json_string("never")
                                           : json_integer((json_int_t)(least / ms_per_day)),
                       err);
}

int gcp_refine_dataset(const struct account *a, struct resource *r, const json_t *item,
                       struct error *err)
{
        bool logs = json_object_get(r->facts, "log.region") != NULL;
        int e = settle_place(r, logs ? "log.region" : "store.region", NULL, err);

        return e < 0 || !logs ? e : settle_expiry(r, item, err);
}
