/* What the policy on locations allows: only places within the European Union, or more. */
#include "providers/gcp/refine.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

enum allowed { ALLOWED_EU, ALLOWED_EUROPE, ALLOWED_MORE };

/* The groups and places of the European Union: europe-west2 is London, europe-west6 Zurich. */
static const char *const eu[] = {
        "in:eu-locations",   "eu",
        "europe-west1",      "europe-west3",
        "europe-west4",      "europe-west8",
        "europe-west9",      "europe-west10",
        "europe-west12",     "europe-north1",
        "europe-north2",     "europe-central2",
        "europe-southwest1",
};

static bool is_eu(const char *place, size_t length)
{
        for (size_t i = 0; i < ELEMENTSOF(eu); i++)
                if (strlen(eu[i]) == length && strncasecmp(eu[i], place, length) == 0)
                        return true;
        return false;
}

/* "in:europe-west1-locations", "europe-west1", "europe-west1-b". */
static enum allowed allowed_of(const char *value)
{
        static const char in[] = "in:", end[] = "-locations";
        size_t length = strlen(value);

        if (is_eu(value, length))
                return ALLOWED_EU;
        if (strcmp(value, "in:europe-locations") == 0) /* London and Zurich with it */
                return ALLOWED_EUROPE;
        if (strncmp(value, in, strlen(in)) == 0 && length > strlen(in) + strlen(end) &&
            strcmp(value + length - strlen(end), end) == 0)
                return is_eu(value + strlen(in), length - strlen(in) - strlen(end)) ? ALLOWED_EU
                                                                                    : ALLOWED_MORE;
        if (length > 2 && value[length - 2] == '-' && is_eu(value, length - 2)) /* a zone */
                return ALLOWED_EU;
        return ALLOWED_MORE;
}

struct verdict {
        bool rules, conditional, all;
        bool listed; /* some value is allowed by name */
        enum allowed worst;
};

static void verdict_add(struct verdict *v, const json_t *rule)
{
        json_auto_t *allowed = json_path(rule, "values.allowedValues");
        json_t *value;
        size_t i;

        v->rules = true;
        v->conditional = v->conditional || json_object_get(rule, "condition");
        v->all = v->all || json_is_true(json_object_get(rule, "allowAll"));
        json_array_foreach(allowed, i, value)
        {
                enum allowed one =
                        json_is_string(value) ? allowed_of(json_string_value(value)) : ALLOWED_MORE;

                v->listed = true;
                if (one > v->worst)
                        v->worst = one;
        }
}

static const char *verdict_word(const struct verdict *v)
{
        if (!v->rules || v->all)
                return "absent";
        if (v->conditional || !v->listed)
                return "unknown";
        return v->worst == ALLOWED_EU       ? "present"
               : v->worst == ALLOWED_EUROPE ? "partial"
                                            : "absent";
}

/* ---- the places themselves ---------------------------------------------------------------------
 */

/* "in:europe-west1-locations" is europe-west1, "in:eu-locations" eu. Of in:europe-locations, these
 * three make out which countries it has. */
static int add_places(json_t *list, const char *value)
{
        static const char in[] = "in:", is[] = "is:", end[] = "-locations";
        static const char *const europe[] = { "eu", "europe-west2", "europe-west6" };
        size_t length;
        int r = 0;

        if (strcmp(value, "in:europe-locations") == 0) {
                for (size_t i = 0; i < ELEMENTSOF(europe); i++)
                        r |= json_array_append_new(list, json_string(europe[i]));
                return r < 0 ? -ENOMEM : 0;
        }
        if (strncmp(value, is, strlen(is)) == 0)
                value += strlen(is);
        length = strlen(value);
        if (strncmp(value, in, strlen(in)) == 0 && length > strlen(in) + strlen(end) &&
            strcmp(value + length - strlen(end), end) == 0) {
                value += strlen(in);
                length -= strlen(in) + strlen(end);
        }
        return json_array_append_new(list, json_stringn(value, length)) < 0 ? -ENOMEM : 0;
}

static int set_regions(struct resource *r, const json_t *item, const struct verdict *v,
                       struct error *err)
{
        static const char fact[] = "policy.regions";
        json_auto_t *allowed = json_path(item, "spec.rules[].values.allowedValues[]");
        json_auto_t *list = json_array();
        json_t *value;
        size_t i;

        if (!v->rules || v->all)
                return v->conditional ? gcp_unknown(r, fact, "its rules hold under conditions", err)
                                      : gcp_absent(r, fact, err);
        if (v->conditional)
                return gcp_unknown(r, fact, "its rules hold under conditions", err);
        if (!v->listed)
                return gcp_unknown(r, fact, "it names what is denied, not what is allowed", err);
        json_array_foreach(allowed, i, value)
        {
                if (!list ||
                    add_places(list, json_is_string(value) ? json_string_value(value) : "?") < 0)
                        return error_oom(err);
        }
        return gcp_set_list(r, fact, list, err);
}

int gcp_refine_location_policy(const struct account *a, struct resource *r, const json_t *item,
                               struct error *err)
{
        json_auto_t *rules = json_path(item, "spec.rules");
        struct verdict v = { 0 };
        json_t *rule;
        size_t i;

        json_array_foreach(rules, i, rule)
        {
                verdict_add(&v, rule);
        }
        if (set_regions(r, item, &v, err) < 0)
                return -ENOMEM;
        return gcp_set(r, "policy.verdict", json_string(verdict_word(&v)), err);
}
