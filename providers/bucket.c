/* Lifecycle: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html. In a
 * versioned bucket the current version that expires stays as a noncurrent one until
 * NoncurrentVersionExpiration, or for ever. */
#include "providers/bucket.h"

#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "daemon/model/fact.h"

#include <errno.h>
#include <string.h>

static const uint64_t days_per_year = 365;

static bool starts_with(const char *text, const char *prefix)
{
        return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_enabled(const json_t *rule)
{
        const char *status = json_member_string(rule, "Status");

        return status && strcmp(status, "Enabled") == 0;
}

/* XML has texts. */
static bool number_at(const json_t *rule, const char *path, uint64_t *ret)
{
        const char *text = json_path_string(rule, path);

        return text && number_parse_u64(text, ret) == 0;
}

/* ---- lifecycle ---------------------------------------------------------------------------------
 */

/* What the rules come to at one place of the bucket. */
struct keeping {
        uint64_t days, old_days; /* current and noncurrent versions; UINT64_MAX: no end */
        char doubt[320];         /* why it is not known; "" when it is */
};

static const char *rule_prefix(const json_t *rule)
{
        static const char *const paths[] = { "Filter.Prefix", "Filter.And.Prefix", "Prefix" };

        for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
                const char *prefix = json_path_string(rule, paths[i]);

                if (prefix)
                        return prefix;
        }
        return "";
}

/* Objects that it reaches are chosen by more than their name. */
static bool is_conditional(const json_t *rule)
{
        static const char *const keys[] = { "Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan" };
        const json_t *filter = json_object_get(rule, "Filter");

        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                if (json_object_get(filter, keys[i]) ||
                    json_object_get(json_object_get(filter, "And"), keys[i]))
                        return true;
        return false;
}

static void apply_rule(struct keeping *k, const json_t *rule, const char *place)
{
        const char *prefix = rule_prefix(rule);
        bool all = starts_with(place, prefix) && !is_conditional(rule);
        uint64_t days = UINT64_MAX, old_days = UINT64_MAX;

        if (!is_enabled(rule) || !(starts_with(place, prefix) || starts_with(prefix, place)))
                return;
        (void)number_at(rule, "Expiration.Days", &days);
        (void)number_at(rule, "NoncurrentVersionExpiration.NoncurrentDays", &old_days);
        if (json_path_string(rule, "Expiration.Date"))
                (void)snprintf(k->doubt, sizeof(k->doubt),
                               "a lifecycle rule deletes at a date, not after a number of days");
        else if (!all && (days < k->days || old_days < k->old_days))
                (void)snprintf(k->doubt, sizeof(k->doubt),
                               "a lifecycle rule for part of the bucket (%.80s) may reach the logs",
                               is_conditional(rule) ? "by tag or size" : prefix);
        if (!all)
                return;
        k->days = days < k->days ? days : k->days;
        k->old_days = old_days < k->old_days ? old_days : k->old_days;
}

/* How long what is written at place is kept: k->days, or k->doubt. */
static void keep_at(struct keeping *k, const struct resource *r, const json_t *rules,
                    const char *place)
{
        const json_t *versioned = NULL;
        const char *cause = NULL;
        json_t *rule;
        size_t i;

        *k = (struct keeping){ .days = UINT64_MAX, .old_days = UINT64_MAX };
        json_array_foreach((json_t *)rules, i, rule)
        {
                apply_rule(k, rule, place);
        }
        if (k->days == UINT64_MAX || k->doubt[0] != '\0')
                return;
        if (fact_get(r->facts, "store.versioning", &versioned, &cause) == FACT_UNKNOWN)
                (void)snprintf(k->doubt, sizeof(k->doubt), "%s", cause);
        else if (json_is_true(versioned))
                k->days = k->old_days == UINT64_MAX ? UINT64_MAX : k->days + k->old_days;
}

/* Where in the bucket a reference to it leads: what follows the bucket's name. */
static const char *place_in(const char *ref, const char *bucket)
{
        const char *at = strstr(ref, bucket);

        at = at ? at + strlen(bucket) : "";
        at = *at == ':' || *at == '.' ? strchr(at, '/') : at; /* https://bucket.s3…/place */
        return at && *at == '/' ? at + 1 : "";
}

/* The shortest of all places that something is written to. */
static void keep_shortest(struct keeping *k, const struct resource *r, const json_t *rules,
                          const json_t *refs)
{
        struct keeping one;
        json_t *ref;
        size_t i;

        keep_at(k, r, rules, "");
        if (json_array_size(refs) > 0)
                *k = (struct keeping){ .days = UINT64_MAX };
        json_array_foreach((json_t *)refs, i, ref)
        {
                keep_at(&one, r, rules,
                        place_in(json_string_value(ref), r->name ? r->name : r->id));
                if (one.doubt[0] != '\0' && k->doubt[0] == '\0')
                        memcpy(k->doubt, one.doubt, sizeof(k->doubt));
                k->days = one.days < k->days ? one.days : k->days;
        }
}

static int refine_retention(struct resource *r, const json_t *item)
{
        static const char fact[] = "log.retention_days";
        const json_t *rules = NULL;
        enum fact_state state = fact_get(r->facts, fact, &rules, NULL);
        struct keeping k = { .days = UINT64_MAX }; /* no rules at all: for ever */

        if (!json_object_get(r->facts, fact) || state == FACT_UNKNOWN)
                return 0;
        if (state == FACT_KNOWN)
                keep_shortest(&k, r, rules, json_object_get(item, "_refs"));
        if (k.doubt[0] != '\0')
                return fact_set_unknown(r->facts, fact, k.doubt);
        return fact_set_known_take(r->facts, fact,
                                   k.days == UINT64_MAX ? json_string("never")
                                                        : json_integer((json_int_t)k.days),
                                   fact_evidence(r->facts, fact));
}

/* ---- replication, lock -------------------------------------------------------------------------
 */

static void add_target(json_t *list, const json_t *target)
{
        json_t *element;
        size_t i;

        if (json_is_string(target))
                (void)json_array_append(list, (json_t *)target);
        json_array_foreach((json_t *)target, i, element)
        {
                add_target(list, element);
        }
}

static int refine_copies(struct resource *r, const char *fact)
{
        const json_t *rules = NULL;
        json_auto_t *targets = json_array();
        int evidence = fact_evidence(r->facts, fact);
        json_t *rule;
        size_t i;

        if (fact_get(r->facts, fact, &rules, NULL) != FACT_KNOWN)
                return 0;
        json_array_foreach((json_t *)rules, i, rule)
        {
                json_auto_t *target =
                        is_enabled(rule) ? json_path(rule, "Destination.Bucket") : NULL;

                add_target(targets, target);
        }
        if (json_array_size(targets) == 0)
                return fact_set_absent(r->facts, fact, evidence);
        return fact_set_known_take(r->facts, fact, json_incref(targets), evidence);
}

static int refine_lock(struct resource *r)
{
        static const char fact[] = "log.locked_days";
        const json_t *retentions = NULL, *one;
        uint64_t days = 0, years = 0;

        if (fact_get(r->facts, fact, &retentions, NULL) != FACT_KNOWN)
                return 0;
        one = json_array_get(retentions, 0);
        if (!number_at(one, "Days", &days) && number_at(one, "Years", &years))
                days = years * days_per_year;
        if (days == 0)
                return fact_set_unknown(r->facts, fact, "the default retention has no length");
        return fact_set_known_take(r->facts, fact, json_integer((json_int_t)days),
                                   fact_evidence(r->facts, fact));
}

int bucket_refine(const struct account *a, struct resource *r, const json_t *item,
                  struct error *err)
{
        int n = refine_retention(r, item);

        if (n == 0)
                n = refine_copies(r, "log.copies");
        if (n == 0)
                n = refine_copies(r, "store.copies");
        if (n == 0)
                n = refine_lock(r);
        return n < 0 ? error_oom(err) : 0;
}
