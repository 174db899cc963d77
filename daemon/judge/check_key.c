/* Who holds the keys. */
#include "daemon/judge/checks.h"
#include "daemon/judge/offer_trial.h"
#include "daemon/judge/refer.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

/* What was found of the keys that protect a resource. */
struct keys {
        size_t outside, inside;       /* held outside the provider, or within its reach */
        char first[256], origin[128]; /* of those inside */
        const char *what;             /* not known, or none that could be looked up */
        char cause[320];
};

static void keys_unknown(struct keys *k, const char *what, const char *cause)
{
        if (k->what)
                return;
        k->what = what;
        (void)snprintf(k->cause, sizeof(k->cause), "%s", cause ? cause : "");
}

static void keys_inside(struct keys *k, const char *key, const char *origin)
{
        if (k->inside++ > 0)
                return;
        (void)snprintf(k->first, sizeof(k->first), "%s", key);
        (void)snprintf(k->origin, sizeof(k->origin), "%s", origin);
}

/* What the id alone says: where it names the provider's own key service, no record is needed. */
static bool is_in_service(const struct trial *t, const char *id, struct keys *k)
{
        const json_t *services =
                json_object_get(trial_param(t, "inside"), t->subject->place.provider);
        const char *pattern;
        json_t *name;

        json_object_foreach((json_t *)services, pattern, name)
        {
                if (fnmatch(pattern, id, FNM_CASEFOLD) != 0 || !json_is_string(name))
                        continue;
                keys_inside(k, id, json_string_value(name));
                return true;
        }
        return false;
}

/* Keys that could not be read may be held anywhere. */
static int look_unread(struct trial *t, struct keys *k)
{
        struct place scope = trial_scope(t);
        struct coverage_look look;
        int r = trial_coverage(t, &scope, "key", &look);

        if (r == 0)
                keys_unknown(k, "key.origin",
                             look.unanswered > 0 ? look.cause : "no record of that key was read");
        return r;
}

static int look_at_key(struct trial *t, const char *id, struct keys *k)
{
        const json_t *outside =
                             json_object_get(trial_param(t, "outside"), t->subject->place.provider),
                     *value = NULL;
        const struct resource *key;
        const char *cause = NULL;
        json_t *word;
        size_t i;

        key = trial_key(t, id);
        if (!key)
                return is_in_service(t, id, k) ? 0 : look_unread(t, k);
        switch (trial_fact(t, key, "key.origin", &value, &cause)) {
        case FACT_KNOWN:
                break;
        case FACT_ABSENT:
                keys_unknown(k, "key.origin", "the API does not say");
                return 0;
        case FACT_UNKNOWN:
                keys_unknown(k, "key.origin", cause);
                return 0;
        }
        if (!outside || !json_is_string(value)) {
                keys_unknown(k, "key.origin", "what a key held outside looks like is not known");
                return 0;
        }
        json_array_foreach((json_t *)outside, i, word) if (json_equal(word, value))
        {
                k->outside++;
                return 0;
        }
        keys_inside(k, id, json_string_value(value));
        return 0;
}

static int look_at_fact(struct trial *t, const char *fact, struct keys *k)
{
        const json_t *value = NULL;
        const char *cause = NULL;
        json_auto_t *ids = NULL;
        json_t *id;
        size_t i;
        int r = 0;

        switch (trial_fact(t, t->subject->resource, fact, &value, &cause)) {
        case FACT_ABSENT: /* the provider's own then, or none at all */
                keys_inside(k, fact, "-");
                return 0;
        case FACT_UNKNOWN:
                keys_unknown(k, fact, cause);
                return 0;
        case FACT_KNOWN:
                break;
        }
        ids = json_is_array(value) ? json_incref((json_t *)value)
                                   : json_pack("[O]", (json_t *)value);
        if (!ids)
                return t->failed = -ENOMEM;
        if (json_array_size(ids) == 0)
                keys_unknown(k, fact, "the value is no text");
        json_array_foreach(ids, i, id)
        {
                if (json_is_string(id))
                        r = look_at_key(t, json_string_value(id), k);
                else
                        keys_unknown(k, fact, "the value is no text");
                if (r < 0)
                        return r;
        }
        return 0;
}

static int decide_keys(struct trial *t, const struct keys *k)
{
        if (k->inside > 0) {
                trial_set(t, "key", "%s", k->first);
                trial_set(t, "origin", "%s", k->origin);
                return trial_decide(t, VERDICT_FAIL,
                                    strcmp(k->origin, "-") == 0 ? "provider-key" : NULL);
        }
        if (k->what)
                return trial_unknown(t, k->what, k->cause);
        if (k->outside == 0)
                return trial_unknown(t, "encryption.key", "not collected");
        return trial_decide(t, VERDICT_PASS, NULL);
}

static int check_key_control(struct trial *t)
{
        static const char *const facts[] = { "encryption.key", "encryption.volume_key",
                                             "encryption.output_key" };
        struct keys k = { 0 };
        struct declaration data;
        int r = trial_declared(t, "ai-act-data", &data);

        if (r < 0)
                return 0;
        trial_set(t, "data", "%s", r > 0 ? data.value : "-");
        if (r == 0 || !trial_param_has(t, "data", data.value))
                return trial_decide(t, VERDICT_NA, NULL);
        for (size_t i = 0; i < ELEMENTSOF(facts); i++) {
                if (!trial_collected(t->subject->resource, facts[i]))
                        continue;
                r = look_at_fact(t, facts[i], &k);
                if (r < 0)
                        return r;
        }
        return decide_keys(t, &k);
}

const struct check checks_key[] = {
        { "key_control", check_key_control, NAMES("pass", "fail", "provider-key", "na", "unknown"),
          NAMES("data", "key", "origin"), NAMES("data", "key_versions", "outside", "inside") },
        { 0 },
};
