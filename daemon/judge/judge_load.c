/* A judge is made of its files and its policy. */
#include "daemon/base/json.h"
#include "daemon/base/version.h"
#include "daemon/judge/country.h"
#include "daemon/judge/judge.h"
#include "daemon/judge/programme.h"
#include "daemon/judge/trial.h"

#include <errno.h>

struct facts_file {
        json_t *facts;
};

static const struct yaml_field facts_fields[] = {
        { .key = "facts",
          .type = YAML_JSON,
          .offset = offsetof(struct facts_file, facts),
          .required = true },
        { 0 },
};

static int load_fact_names(struct judge *j, struct data *data, struct error *err)
{
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        struct facts_file file = { 0 };
        int r;

        r = data_load(data, "catalogue/facts.yaml", &y, err);
        if (r < 0)
                return r;
        r = yaml_bind(y, facts_fields, &file, err);
        j->fact_names = file.facts;
        return r;
}

/* Everything of the policy that a verdict depends on. */
static json_t *policy_json(const struct policy *p)
{
        return json_pack("{s:o, s:I, s:b, s:b, s:I, s:s?, s:{s:o, s:o}, s:O?, s:O?, s:b}", "areas",
                         json_strings(p->areas), "log_retention_days",
                         (json_int_t)p->log_retention_days, "strict_half_year", p->strict_half_year,
                         "treat_upcoming_as_applicable", p->treat_upcoming_as_applicable,
                         "coverage_max_age_usec", (json_int_t)p->coverage_max_age_usec,
                         "default_risk", p->default_risk, "models", "allow",
                         json_strings(p->models.allow), "deny", json_strings(p->models.deny),
                         "max_broad_grants", p->max_broad_grants, "tags", p->tags,
                         "declarations_win", p->declarations_win);
}

static int check_policy(const struct judge *j, struct error *err)
{
        const char *key;
        json_t *value;

        for (char **a = j->policy->areas; a && *a; a++)
                if (!regions_area_known(j->regions, *a))
                        return error_set(
                                err, -EINVAL,
                                "policy.areas: '%s' is neither an area (eu, eea, adequate) "
                                "nor a country code in capitals",
                                *a);
        json_object_foreach(j->policy_tags, key, value)
        {
                _cleanup_(freep) char *text = json_scalar_text(value);

                if (!vocabulary_has(j->vocabulary, key))
                        return error_set(err, -EINVAL, "policy.tags: unknown key '%s'", key);
                if (!text || !vocabulary_accepts(j->vocabulary, key, text))
                        return error_set(err, -EINVAL, "policy.tags: %s does not take '%s'", key,
                                         text ? text : "?");
        }
        return 0;
}

static int take_policy(struct judge *j, const struct policy *policy, struct error *err)
{
        j->policy = policy;
        j->policy_tags = policy->tags ? json_copy(policy->tags) : json_object();
        if (!j->policy_tags)
                return error_oom(err);
        if (policy->default_risk && !json_object_get(j->policy_tags, "ai-act-risk") &&
            json_set_string(j->policy_tags, "ai-act-risk", policy->default_risk) < 0)
                return error_oom(err);
        return 0;
}

static int judge_load(struct judge *j, struct data *data, struct error *err)
{
        json_auto_t *policy = NULL;
        int r;

        r = load_fact_names(j, data, err);
        if (r == 0)
                r = regions_load(&j->regions, data, err);
        if (r == 0)
                r = jurisdictions_load(&j->jurisdictions, j->regions, data, err);
        if (r == 0)
                r = law_load(&j->law, data, err);
        if (r == 0)
                r = vocabulary_load(&j->vocabulary, data, err);
        if (r == 0)
                r = declarations_load(&j->declarations, j->vocabulary, data, err);
        if (r == 0)
                r = severity_load(&j->severity, data, err);
        if (r == 0)
                r = words_load(&j->words, data, err);
        if (r == 0)
                r = articles_load(&j->articles, data, err);
        if (r == 0)
                r = roles_load(&j->roles, j, data, err);
        if (r == 0)
                r = rules_load(&j->rules, j, data, err);
        if (r == 0)
                r = waivers_load(&j->waivers, j, data, err);
        if (r == 0)
                r = registers_load(&j->registers, j->jurisdictions, data, err);
        if (r == 0)
                r = check_policy(j, err);
        if (r < 0)
                return r;
        policy = policy_json(j->policy);
        j->parts = policy ? data_parts(data) : NULL;
        if (!j->parts || data_part_put(j->parts, "policy", policy) < 0 ||
            json_object_set_new(j->parts, "vigie", json_string(VIGIE_VERSION)) < 0)
                return error_oom(err);
        r = countries_load(&j->countries, data, err);
        if (r == 0)
                r = data_digest(data, policy, j->digest, err);
        /* after the digest: no verdict depends on the steps of a programme */
        return r == 0 ? programme_load(&j->programme, j, data, err) : r;
}

int judge_new(struct judge **ret, const char *data_dir, const char *overrides_dir,
              const struct policy *policy, struct error *err)
{
        return judge_new_from(ret, NULL, data_dir, overrides_dir, policy, err);
}

int judge_new_from(struct judge **ret, struct files *files, const char *data_dir,
                   const char *overrides_dir, const struct policy *policy, struct error *err)
{
        _cleanup_(judge_freep) struct judge *j = calloc(1, sizeof(*j));
        struct data data;
        int r;

        if (!j)
                return error_oom(err);
        r = take_policy(j, policy, err);
        if (r < 0)
                return r;
        r = data_init(&data, data_dir, overrides_dir, err);
        data.files = files;
        if (r == 0)
                r = judge_load(j, &data, err);
        data_done(&data);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(j);
        return 0;
}

struct judge *judge_free(struct judge *j)
{
        if (!j)
                return NULL;
        programme_free(j->programme);
        waivers_free(j->waivers);
        registers_free(j->registers);
        rules_done(&j->rules);
        roles_free(j->roles);
        articles_free(j->articles);
        words_done(&j->words);
        severity_done(&j->severity);
        declarations_free(j->declarations);
        vocabulary_free(j->vocabulary);
        law_free(j->law);
        jurisdictions_free(j->jurisdictions);
        json_decref(j->countries);
        regions_free(j->regions);
        json_decref(j->parts);
        json_decref(j->fact_names);
        json_decref(j->policy_tags);
        free(j);
        return NULL;
}
