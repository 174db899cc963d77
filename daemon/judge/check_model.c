/* Whether a model is one that the policy wants, and that its provider still serves. */
#include "daemon/judge/checks.h"
#include "daemon/judge/trial.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

/* How far a list of patterns reaches over what a resource says of its model. */
struct match {
        bool any;   /* a value fits */
        bool whole; /* every value of one of the facts fits */
        const char *value, *pattern;
};

/* What is known of the model's names, by fact: its own, a name for people, what it was made from.
 */
static const char *const name_facts[] = { "model.id", "model.name", "model.base" };
struct names {
        json_t *of[ELEMENTSOF(name_facts)]; /* lists; NULL: not known */
        size_t n;                           /* facts that are known */
        const char *unread, *cause;         /* one that could not be read */
};

static void names_done(struct names *n)
{
        for (size_t i = 0; i < ELEMENTSOF(n->of); i++)
                json_decref(n->of[i]);
}

static int names_read(struct trial *t, struct names *n)
{
        const struct resource *r = t->subject->resource;

        for (size_t i = 0; i < ELEMENTSOF(name_facts); i++) {
                const json_t *value = NULL;
                const char *cause = NULL;
                enum fact_state state;

                if (!trial_collected(r, name_facts[i]))
                        continue;
                state = trial_fact(t, r, name_facts[i], &value, &cause);
                if (state == FACT_UNKNOWN && !n->unread) {
                        n->unread = name_facts[i];
                        n->cause = cause;
                }
                if (state != FACT_KNOWN)
                        continue;
                n->of[i] = json_is_array(value) ? json_incref((json_t *)value)
                                                : json_pack("[O]", (json_t *)value);
                if (!n->of[i])
                        return t->failed = -ENOMEM;
                n->n += json_array_size(n->of[i]) > 0;
        }
        return 0;
}

/* The models that the resource uses, as "name (id)", or without what stands before them in an ARN:
 * the same one in several regions is one. New reference; NULL without memory. */
static json_t *short_names(const struct names *n)
{
        const json_t *ids = n->of[0] ? n->of[0] : n->of[1] ? n->of[1] : n->of[2];
        const char *name = json_string_value(json_array_get(n->of[1], 0)),
                   *id = json_string_value(json_array_get(n->of[0], 0));
        json_auto_t *seen = json_object();
        json_t *list = json_array(), *element;
        const char *key;
        size_t i;

        if (name && id && json_array_size(n->of[0]) == 1 && !strstr(id, name)) {
                (void)json_array_append_new(list, json_sprintf("%s (%s)", name, id));
                return list;
        }
        json_array_foreach((json_t *)ids, i, element)
        {
                const char *text = json_string_value(element),
                           *slash = text ? strrchr(text, '/') : NULL;

                if (text)
                        (void)json_object_set_new(
                                seen, slash && strncmp(text, "arn:", 4) == 0 ? slash + 1 : text,
                                json_true());
        }
        json_object_foreach(seen, key, element)(void) json_array_append_new(list, json_string(key));
        return list;
}

/* The whole value, or what follows its last "/" (the model in an ARN or a resource's name). */
static const char *fits(char *const *patterns, const char *value)
{
        const char *slash = strrchr(value, '/');

        for (; patterns && *patterns; patterns++)
                if (fnmatch(*patterns, value, FNM_CASEFOLD) == 0 ||
                    (slash && fnmatch(*patterns, slash + 1, FNM_CASEFOLD) == 0))
                        return *patterns;
        return NULL;
}

static struct match match_names(const struct names *n, char *const *patterns)
{
        struct match m = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(n->of); i++) {
                bool all = json_array_size(n->of[i]) > 0;
                json_t *value;
                size_t k;

                json_array_foreach(n->of[i], k, value)
                {
                        const char *text = json_string_value(value),
                                   *pattern = text ? fits(patterns, text) : NULL;

                        all = all && pattern;
                        if (!pattern || m.any)
                                continue;
                        m = (struct match){ .any = true, .value = text, .pattern = pattern };
                }
                m.whole = m.whole || all;
        }
        return m;
}

/* ---- what the provider says of its end ---------------------------------------------------------
 */

enum life { LIFE_UNTOLD, LIFE_SUPPORTED, LIFE_ENDING, LIFE_RETIRED, LIFE_UNREAD };

static enum life life_of_word(const struct trial *t, const char *word)
{
        static const char *const params[] = {
                [LIFE_SUPPORTED] = "supported", [LIFE_ENDING] = "ending", [LIFE_RETIRED] = "retired"
        };

        for (enum life life = LIFE_SUPPORTED; life <= LIFE_RETIRED; life++) {
                json_t *list = json_object_get(trial_param(t, params[life]),
                                               t->subject->place.provider),
                       *known;
                size_t i;

                json_array_foreach(list, i, known)
                {
                        if (word && json_is_string(known) &&
                            strcmp(json_string_value(known), word) == 0)
                                return life;
                }
        }
        return LIFE_UNTOLD;
}

/* One resource may use several models, of which the worst counts; fewer words than models are no
 * word for all of them. */
static enum life life_of_words(struct trial *t, const json_t *words, size_t models)
{
        json_auto_t *list = json_is_array(words) ? json_incref((json_t *)words)
                                                 : json_pack("[O]", (json_t *)words);
        enum life worst = LIFE_UNTOLD;
        size_t told = 0, i;
        json_t *word;

        json_array_foreach(list, i, word)
        {
                enum life life = life_of_word(t, json_string_value(word));

                told += life != LIFE_UNTOLD;
                worst = life > worst ? life : worst;
        }
        trial_set_list(t, "lifecycle", list);
        return worst == LIFE_SUPPORTED && (told < models || told < json_array_size(list))
                       ? LIFE_UNTOLD
                       : worst;
}

static enum life life_of_dates(struct trial *t, const json_t *dates)
{
        json_auto_t *list = json_is_array(dates) ? json_incref((json_t *)dates)
                                                 : json_pack("[O]", (json_t *)dates);
        uint64_t notice_usec =
                (uint64_t)json_integer_value(trial_param(t, "notice_days")) * USEC_PER_DAY;
        enum life worst = LIFE_UNTOLD;
        json_t *date;
        size_t i;

        json_array_foreach(list, i, date)
        {
                const char *text = json_string_value(date);
                enum life life = LIFE_UNTOLD;
                uint64_t usec;

                if (!text || clock_parse_iso8601(text, &usec) < 0)
                        continue;
                if (usec <= t->date_usec)
                        life = LIFE_RETIRED;
                else if (usec - t->date_usec <= notice_usec)
                        life = LIFE_ENDING;
                if (i > 0 && life <= worst)
                        continue;
                worst = life;
                trial_set(t, "retires", "%.10s", text);
        }
        return worst;
}

/* What is known to end does so whatever else could not be read. */
static enum life life_of(struct trial *t, size_t models, const char **ret_fact,
                         const char **ret_cause)
{
        static const char *const facts[] = { "model.lifecycle", "model.retires" };
        const struct resource *r = t->subject->resource;
        enum life worst = LIFE_UNTOLD;

        trial_set(t, "lifecycle", "-");
        trial_set(t, "retires", "-");
        for (size_t i = 0; i < ELEMENTSOF(facts); i++) {
                const json_t *value = NULL;
                const char *cause = NULL;
                enum fact_state state;
                enum life life;

                if (!trial_collected(r, facts[i]))
                        continue;
                state = trial_fact(t, r, facts[i], &value, &cause);
                if (state == FACT_UNKNOWN) {
                        *ret_fact = facts[i];
                        *ret_cause = cause;
                }
                if (state != FACT_KNOWN)
                        continue;
                life = i == 0 ? life_of_words(t, value, models) : life_of_dates(t, value);
                worst = life > worst ? life : worst;
        }
        return *ret_fact && worst < LIFE_ENDING ? LIFE_UNREAD : worst;
}

/* ---- both --------------------------------------------------------------------------------------
 */

static int decide_life(struct trial *t, enum life life, bool listed, const char *fact,
                       const char *cause)
{
        switch (life) {
        case LIFE_RETIRED:
                return trial_decide(t, VERDICT_FAIL, "retired");
        case LIFE_ENDING:
                return trial_decide(t, VERDICT_FAIL, "ending");
        case LIFE_UNREAD:
                return trial_unknown(t, fact, cause);
        case LIFE_SUPPORTED:
                return trial_decide(t, VERDICT_PASS, listed ? NULL : "pass-lifecycle");
        case LIFE_UNTOLD:
                break;
        }
        return listed ? trial_decide(t, VERDICT_PASS, "pass-list")
                      : trial_decide(t, VERDICT_UNKNOWN, "no-list");
}

static int decide_model(struct trial *t, const struct names *n, size_t models)
{
        const struct model_policy *policy = &t->judge->policy->models;
        struct match denied = match_names(n, policy->deny), allowed = match_names(n, policy->allow);
        const char *fact = NULL, *cause = NULL;
        enum life life = life_of(t, models, &fact, &cause);

        trial_set(t, "pattern", "%s", denied.any ? denied.pattern : "-");
        if (denied.any) {
                trial_set(t, "model", "%s", denied.value);
                return trial_decide(t, VERDICT_FAIL, "denied");
        }
        if (life == LIFE_RETIRED || life == LIFE_ENDING)
                return decide_life(t, life, false, NULL, NULL);
        if (n->unread && (policy->deny || (policy->allow && !allowed.whole)))
                return trial_unknown(t, n->unread, n->cause);
        if (policy->allow && !allowed.whole)
                return trial_decide(t, VERDICT_FAIL, "not-allowed");
        return decide_life(t, life, policy->allow || policy->deny, fact, cause);
}

static int check_model(struct trial *t)
{
        struct names n = { 0 };
        int r = names_read(t, &n);
        json_auto_t *models = short_names(&n);

        if (r == 0 && !models)
                r = t->failed = -ENOMEM;
        if (r == 0)
                trial_set_list(t, "model", models);
        if (r == 0 && n.n == 0)
                r = n.unread ? trial_unknown(t, n.unread, n.cause)
                             : trial_unknown(t, name_facts[0], "the API does not say");
        else if (r == 0)
                r = decide_model(t, &n, json_array_size(models));
        names_done(&n);
        return r;
}

const struct check checks_model[] = {
        { "model_approved", check_model,
          NAMES("pass", "pass-list", "pass-lifecycle", "denied", "not-allowed", "retired", "ending",
                "no-list", "unknown"),
          NAMES("model", "pattern", "lifecycle", "retires"),
          NAMES("supported", "ending", "retired", "notice_days") },
        { 0 },
};
