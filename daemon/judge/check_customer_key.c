/* Whether the key that protects a resource is the customer's. */
#include "daemon/judge/checks.h"
#include "daemon/judge/offer_trial.h"
#include "daemon/judge/refer.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

/* What was found of the keys of a resource. */
struct holders {
        size_t own, provider; /* keys of the customer, of the provider */
        char key[256];        /* the first of the provider's, else of the customer's */
        const char *unset;    /* the first fact that names no key */
        const char *what;     /* not known */
        char cause[320];
};

static void not_known(struct holders *h, const char *what, const char *cause)
{
        if (h->what)
                return;
        h->what = what;
        (void)snprintf(h->cause, sizeof(h->cause), "%s", cause ? cause : "");
}

static void of_customer(struct holders *h, const char *key)
{
        if (h->own++ == 0 && h->provider == 0)
                (void)snprintf(h->key, sizeof(h->key), "%s", key);
}

static void of_provider(struct holders *h, const char *key)
{
        if (h->provider++ == 0)
                (void)snprintf(h->key, sizeof(h->key), "%s", key);
}

/* Does it fit one of the patterns that the parameter has for the provider? */
static bool is_listed(const struct trial *t, const char *param, const char *text)
{
        const json_t *list = json_object_get(trial_param(t, param), t->subject->place.provider);
        json_t *pattern;
        size_t i;

        json_array_foreach((json_t *)list, i, pattern)
        {
                if (json_is_string(pattern) &&
                    fnmatch(json_string_value(pattern), text, FNM_CASEFOLD) == 0)
                        return true;
        }
        return false;
}

/* A word of the provider's for whose key it is. */
static void weigh_word(const struct trial *t, const char *fact, const char *key,
                       const json_t *value, struct holders *h)
{
        const char *word = json_string_value(value);

        if (word && is_listed(t, "own_words", word))
                of_customer(h, key);
        else if (word && is_listed(t, "provider_words", word))
                of_provider(h, key);
        else
                not_known(h, fact, "a word that is not known");
}

/* No record of a key and an id that says nothing: its lists say why. */
static int weigh_unread(struct trial *t, struct holders *h)
{
        struct place scope = trial_scope(t);
        struct coverage_look look;
        int r = trial_coverage(t, &scope, "key", &look);

        if (r == 0)
                not_known(h, "key.manager",
                          look.unanswered > 0 ? look.cause : "no record of that key was read");
        return r;
}

static int weigh_key(struct trial *t, const char *id, struct holders *h)
{
        const struct resource *key;
        const json_t *value = NULL;
        const char *cause = NULL;

        if (is_listed(t, "provider_ids", id)) {
                of_provider(h, id);
                return 0;
        }
        if (is_listed(t, "own_ids", id)) {
                of_customer(h, id);
                return 0;
        }
        key = trial_key(t, id);
        if (!key)
                return weigh_unread(t, h);
        switch (trial_fact(t, key, "key.manager", &value, &cause)) {
        case FACT_KNOWN:
                weigh_word(t, "key.manager", id, value, h);
                break;
        case FACT_ABSENT:
                not_known(h, "key.manager", "the API does not say");
                break;
        case FACT_UNKNOWN:
                not_known(h, "key.manager", cause);
                break;
        }
        return 0;
}

/* Some kinds have a key of something that they need not have: that none is named there says nothing
 * of the rest. */
static bool may_be_unset(const struct trial *t, const char *fact)
{
        const json_t *spare = json_object_get(trial_param(t, "spare"), t->subject->resource->kind);
        json_t *name;
        size_t i;

        json_array_foreach((json_t *)spare, i, name)
        {
                if (json_is_string(name) && strcmp(json_string_value(name), fact) == 0)
                        return true;
        }
        return false;
}

static int weigh_ids(struct trial *t, const char *fact, const json_t *value, struct holders *h)
{
        json_auto_t *ids = json_is_array(value) ? json_incref((json_t *)value)
                                                : json_pack("[O]", (json_t *)value);
        json_t *id;
        size_t i;
        int r = 0;

        if (!ids)
                return t->failed = -ENOMEM;
        if (json_array_size(ids) == 0)
                not_known(h, fact, "the value is no text");
        json_array_foreach(ids, i, id)
        {
                if (json_is_string(id))
                        r = weigh_key(t, json_string_value(id), h);
                else
                        not_known(h, fact, "the value is no text");
                if (r < 0)
                        return r;
        }
        return 0;
}

static int weigh_fact(struct trial *t, const char *fact, struct holders *h)
{
        const json_t *value = NULL;
        const char *cause = NULL;

        switch (trial_fact(t, t->subject->resource, fact, &value, &cause)) {
        case FACT_KNOWN:
                return weigh_ids(t, fact, value, h);
        case FACT_ABSENT:
                if (!h->unset && !may_be_unset(t, fact))
                        h->unset = fact;
                return 0;
        case FACT_UNKNOWN:
                not_known(h, fact, cause);
                return 0;
        }
        return 0;
}

/* Where the provider says whose key it is, an id that is not there counts for nothing; where there
 * is one of the customer's, it says more. */
static void weigh_kind(struct trial *t, struct holders *h)
{
        static const char fact[] = "encryption.key_kind";
        const json_t *value = NULL;
        const char *cause = NULL;

        if (!trial_collected(t->subject->resource, fact))
                return;
        switch (trial_fact(t, t->subject->resource, fact, &value, &cause)) {
        case FACT_KNOWN:
                if (h->own > 0)
                        return;
                h->unset = NULL;
                weigh_word(t, fact, json_is_string(value) ? json_string_value(value) : fact, value,
                           h);
                return;
        case FACT_ABSENT:
                return;
        case FACT_UNKNOWN:
                not_known(h, fact, cause);
                return;
        }
}

static int decide_holders(struct trial *t, const struct holders *h, bool needed)
{
        trial_set(t, "key", "%s", h->provider == 0 && h->unset ? h->unset : h->key);
        if (h->provider > 0 || h->unset)
                return trial_decide(t, VERDICT_FAIL, h->provider > 0 ? NULL : "unset");
        if (h->what)
                return trial_unknown(t, h->what, h->cause);
        if (h->own > 0)
                return trial_decide(t, VERDICT_PASS, NULL);
        return needed ? trial_decide(t, VERDICT_UNKNOWN, "unseen")
                      : trial_decide(t, VERDICT_NA, "na-unseen");
}

static int weigh_all(struct trial *t, struct holders *h)
{
        static const char *const facts[] = { "encryption.key", "encryption.volume_key",
                                             "encryption.output_key" };

        for (size_t i = 0; i < ELEMENTSOF(facts); i++) {
                int r = 0;

                if (trial_collected(t->subject->resource, facts[i]))
                        r = weigh_fact(t, facts[i], h);
                if (r < 0)
                        return r;
        }
        weigh_kind(t, h);
        return 0;
}

static int check_customer_key(struct trial *t)
{
        const char *risk = t->subject->risk;
        struct holders h = { 0 };
        struct declaration data;
        bool sensitive, needed = trial_param_has(t, "needed_risks", risk), own, not_own;
        int told = trial_declared(t, "ai-act-data", &data), r;

        sensitive = told > 0 && trial_param_has(t, "data", data.value);
        if (told >= 0 && trial_param_has(t, "spared_risks", risk) && !sensitive)
                return trial_decide(t, VERDICT_NA, NULL);
        r = weigh_all(t, &h);
        if (r < 0)
                return r;
        /* a key of the customer's is one whatever data is declared, and where the risk alone asks
         * for one, so is one that is not; the rest hangs on it */
        not_own = h.provider > 0 || h.unset;
        own = h.own > 0 && !not_own && !h.what;
        if (told < 0 && !own && !(needed && not_own))
                return 0;
        if (told != 0) /* what contradicts itself is shown as it is */
                trial_set(t, "data", "%s", data.value ? data.value : "?");
        else
                trial_set_word(t, "data", "risks", "unknown"); /* "not declared" */
        return decide_holders(t, &h, sensitive || needed);
}

const struct check checks_customer_key[] = {
        { "customer_key", check_customer_key,
          NAMES("pass", "fail", "unset", "na", "na-unseen", "unseen", "unknown"),
          NAMES("data", "key"),
          NAMES("data", "spared_risks", "needed_risks", "spare", "key_versions", "own_ids",
                "provider_ids", "own_words", "provider_words") },
        { 0 },
};
