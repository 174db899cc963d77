#include "daemon/judge/rules.h"

#include "daemon/base/json.h"
#include "daemon/base/nearest.h"
#include "daemon/judge/checks.h"
#include "daemon/judge/trial.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

struct rule_file {
        char *name; /* as errors call it */
        char *source, *checked;
        struct rule *rules;
        size_t n_rules;
};

static const char *const subject_names[] = { "resource", "sink", "place", "scope", NULL };
static const char *const row_verdicts[] = { "pass", "fail", "unknown", "na", NULL };
/* unknown first: what a rule that does not say gets */
static const char *const absent_verdicts[] = { "unknown", "pass", "fail", "na", NULL };

static const struct yaml_field row_fields[] = {
        { .key = "verdict",
          .type = YAML_ENUM,
          .offset = offsetof(struct rule_row, verdict),
          .required = true,
          .names = row_verdicts },
        { .key = "why", .type = YAML_STRING, .offset = offsetof(struct rule_row, why) },
        { .key = "types", .type = YAML_STRINGS, .offset = offsetof(struct rule_row, types) },
        { .key = "severity", .type = YAML_STRING, .offset = offsetof(struct rule_row, severity) },
        { .key = "applies_from",
          .type = YAML_STRING,
          .offset = offsetof(struct rule_row, applies_from) },
        { .key = "kinds", .type = YAML_STRINGS, .offset = offsetof(struct rule_row, kinds) },
        { .key = "all",
          .type = YAML_LIST,
          .offset = offsetof(struct rule_row, when.all),
          .fields = predicate_fields,
          .size = sizeof(struct predicate),
          .count_offset = offsetof(struct rule_row, when.n_all) },
        { .key = "any",
          .type = YAML_LIST,
          .offset = offsetof(struct rule_row, when.any),
          .fields = predicate_fields,
          .size = sizeof(struct predicate),
          .count_offset = offsetof(struct rule_row, when.n_any) },
        { .type = YAML_PLACE, .offset = offsetof(struct rule_row, place) },
        { 0 },
};

#define F(type_, key_, member_, ...)                                                               \
        {                                                                                          \
                .key = key_, .type = type_, .offset = offsetof(struct rule, member_), __VA_ARGS__  \
        }

static const struct yaml_field rule_fields[] = {
        F(YAML_STRING, "id", id, .required = true),
        F(YAML_SECTION, "title", title, .required = true, .fields = text_fields),
        F(YAML_STRINGS, "basis", basis, .required = true),
        F(YAML_STRING, "applies_from", applies_from),
        F(YAML_STRINGS, "applies_risk", applies_risk),
        F(YAML_STRING, "profile", profile),
        F(YAML_JSON, "by_data", by_data),
        F(YAML_JSON, "by_risk", by_risk),
        F(YAML_JSON, "by_date", by_date),
        F(YAML_JSON, "fixed", fixed),
        F(YAML_STRING, "status", status),
        F(YAML_ENUM, "subject", subject, .required = true, .names = subject_names),
        F(YAML_STRINGS, "topics", topics),
        F(YAML_STRINGS, "types", types),
        F(YAML_STRINGS, "kinds", kinds),
        F(YAML_BOOL, "of_account", of_account),
        F(YAML_STRINGS, "not_kinds", not_kinds),
        F(YAML_STRINGS, "also_kinds", also_kinds),
        F(YAML_STRINGS, "facts", facts),
        F(YAML_STRINGS, "no_adjustment", no_adjustment),
        F(YAML_STRING, "check", check_name),
        F(YAML_JSON, "params", params),
        F(YAML_LIST, "decide", rows, .fields = row_fields, .size = sizeof(struct rule_row),
          .count_offset = offsetof(struct rule, n_rows)),
        F(YAML_ENUM, "when_absent", when_absent, .names = absent_verdicts),
        F(YAML_JSON, "why", why, .required = true),
        F(YAML_JSON, "remediation", remediation, .required = true),
        F(YAML_SECTION, "explanation", explanation, .required = true, .fields = text_fields),
        { .type = YAML_PLACE, .offset = offsetof(struct rule, place) },
        { 0 },
};

static const struct yaml_field file_fields[] = {
        { .key = "source",
          .type = YAML_STRING,
          .offset = offsetof(struct rule_file, source),
          .required = true },
        { .key = "checked",
          .type = YAML_STRING,
          .offset = offsetof(struct rule_file, checked),
          .required = true },
        { .key = "rules",
          .type = YAML_LIST,
          .offset = offsetof(struct rule_file, rules),
          .required = true,
          .fields = rule_fields,
          .size = sizeof(struct rule),
          .count_offset = offsetof(struct rule_file, n_rules) },
        { 0 },
};

/* ---- checking -----------------------------------------------------------------------------------
 */

struct reading {
        struct rules *rules;
        const struct judge *judge;
};

#define RULE_ERROR(...) yaml_error_at(y, rule->place, err, __VA_ARGS__)
/* Where the value of that key stands. */
#define KEY_ERROR(key, ...) yaml_error_at(y, yaml_place_of(y, rule->place, key), err, __VA_ARGS__)

static bool in_names(const char *const *names, const char *text)
{
        for (; names && *names; names++)
                if (strcmp(*names, text) == 0)
                        return true;
        return false;
}

static int unknown_profile(const struct rule *rule, const struct judge *judge, const struct yaml *y,
                           struct error *err)
{
        struct nearest near = { .word = rule->profile }; /* one letter each: none is near */
        char hint[NEAREST_HINT_MAX];
        const char *name;
        json_t *row;

        json_object_foreach(judge->severity.profiles, name, row) nearest_offer(&near, name);
        return KEY_ERROR("profile", "%s: unknown profile '%s'%s", rule->id, rule->profile,
                         nearest_hint(&near, hint));
}

static int check_severity(const struct rule *rule, const struct judge *judge, const struct yaml *y,
                          struct error *err)
{
        const char *key;
        json_t *value;

        if ((rule->profile != NULL) == (rule->fixed != NULL))
                return RULE_ERROR("%s: either 'profile' or 'fixed' is needed", rule->id);
        if (rule->profile && !severity_has_profile(&judge->severity, rule->profile))
                return unknown_profile(rule, judge, y, err);
        if (rule->profile)
                return 0;
        if (!json_member_string(rule->fixed, "default"))
                return RULE_ERROR("%s: fixed.default is missing", rule->id);
        json_object_foreach(rule->fixed, key, value)
        {
                enum severity s;

                if (!json_is_string(value) || severity_from_name(json_string_value(value), &s) < 0)
                        return KEY_ERROR("fixed",
                                         "%s: fixed.%s is no severity; known are critical, high, "
                                         "medium, low, info",
                                         rule->id, key);
        }
        return 0;
}

/* by_data and by_risk: a profile or a severity for each of some values of a tag. */
static int check_weights(const struct rule *rule, const struct judge *judge, const struct yaml *y,
                         const char *member, const char *tag, const json_t *weights,
                         struct error *err)
{
        const char *key;
        json_t *value;

        if (weights && !rule->profile)
                return RULE_ERROR("%s: '%s' goes with 'profile'", rule->id, member);
        if (weights && !json_is_object(weights))
                return RULE_ERROR("%s: '%s' must be a mapping", rule->id, member);
        json_object_foreach((json_t *)weights, key, value)
        {
                const char *word = json_string_value(value);
                enum severity s;

                if (!vocabulary_accepts(judge->vocabulary, tag, key))
                        return KEY_ERROR(member, "%s: %s: %s does not take '%s'", rule->id, member,
                                         tag, key);
                if (!word || (!severity_has_profile(&judge->severity, word) &&
                              severity_from_name(word, &s) < 0))
                        return KEY_ERROR(member, "%s: %s.%s is neither a profile nor a severity",
                                         rule->id, member, key);
        }
        return 0;
}

static int check_by_date(const struct rule *rule, const struct judge *judge, const struct yaml *y,
                         struct error *err)
{
        const char *key;
        json_t *value;

        if (rule->by_date && (!rule->profile || !rule->check_name))
                return RULE_ERROR("%s: 'by_date' goes with 'profile' and 'check'", rule->id);
        if (rule->by_date && !json_is_object(rule->by_date))
                return RULE_ERROR("%s: 'by_date' must be a mapping", rule->id);
        json_object_foreach(rule->by_date, key, value)
        {
                const char *word = json_string_value(value);

                if (!law_find(judge->law, key))
                        return KEY_ERROR("by_date", "%s: by_date: no date '%s' in law/dates.yaml",
                                         rule->id, key);
                if (!word || !severity_has_profile(&judge->severity, word))
                        return KEY_ERROR("by_date", "%s: by_date.%s is no profile", rule->id, key);
        }
        return 0;
}

/* id stands at the place, in the rule or in one of its rows; NULL: there is none. */
static int check_date(const struct rule *rule, const char *id, const struct judge *judge,
                      const struct yaml *y, struct yaml_place place, struct error *err)
{
        struct nearest near = NEAREST_TO(id);
        char hint[NEAREST_HINT_MAX];

        if (!id || law_find(judge->law, id))
                return 0;
        law_offer(judge->law, &near);
        return yaml_error_at(y, yaml_place_of(y, place, "applies_from"), err,
                             "%s: no date '%s' in law/dates.yaml%s", rule->id, id,
                             nearest_hint(&near, hint));
}

static int check_types(const struct rule *rule, char *const *types, const struct judge *judge,
                       const struct yaml *y, struct yaml_place place, struct error *err)
{
        for (; types && *types; types++) {
                struct nearest near = NEAREST_TO(*types);
                char hint[NEAREST_HINT_MAX];

                if (roles_has_type(judge->roles, *types))
                        continue;
                for (size_t i = 0; roles_type_at(judge->roles, i); i++)
                        nearest_offer(&near, roles_type_at(judge->roles, i));
                return yaml_error_at(y, yaml_place_of(y, place, "types"), err,
                                     "%s: unknown service type '%s'%s", rule->id, *types,
                                     nearest_hint(&near, hint));
        }
        return 0;
}

static int check_names(const struct rule *rule, const struct judge *judge, const struct yaml *y,
                       struct error *err)
{
        static const char *const adjustments[] = { "type", "env", NULL };
        int r = check_date(rule, rule->applies_from, judge, y, rule->place, err);

        if (r == 0)
                r = check_types(rule, rule->types, judge, y, rule->place, err);
        if (r < 0)
                return r;
        for (char **b = rule->basis; *b; b++) {
                json_auto_t *articles = articles_resolve(judge->articles, *b);

                if (!articles)
                        return KEY_ERROR("basis",
                                         "%s: basis '%s' leads to no article of law/articles.yaml",
                                         rule->id, *b);
        }
        for (char **f = rule->facts; f && *f; f++)
                if (!json_object_get(judge->fact_names, *f))
                        return predicate_unknown_fact(y, yaml_place_of(y, rule->place, "facts"),
                                                      judge, *f, err);
        for (char **a = rule->no_adjustment; a && *a; a++)
                if (!in_names(adjustments, *a))
                        return KEY_ERROR("no_adjustment",
                                         "%s: unknown adjustment '%s'; known are type, env",
                                         rule->id, *a);
        if (rule->also_kinds && !rule->types)
                return KEY_ERROR("also_kinds",
                                 "%s: 'also_kinds' goes with 'types'; without them, name 'kinds'",
                                 rule->id);
        if (rule->subject == RULE_SINK && !rule->topics)
                return RULE_ERROR("%s: a rule on sinks needs 'topics'", rule->id);
        return 0;
}

static int check_texts(const struct rule *rule, const struct yaml *y, const char *member,
                       const json_t *texts, struct error *err)
{
        const char *key;
        json_t *text;

        if (!json_is_object(texts) || json_object_size(texts) == 0)
                return RULE_ERROR("%s: '%s' must be a mapping of texts", rule->id, member);
        json_object_foreach((json_t *)texts, key, text) if (!words_is_text(text)) return RULE_ERROR(
                "%s: %s.%s needs en and fr", rule->id, member, key);
        return 0;
}

static int check_placeholders(const struct rule *rule, const struct judge *judge,
                              const struct yaml *y, const char *key, const char *text,
                              struct error *err)
{
        static const char *const usual[] = { "region", "scope", "provider",     "country",
                                             "area",   "risk",  "service_type", "kind",
                                             "name",   "fact",  "cause",        "value",
                                             "where",  NULL };
        char name[64];

        for (const char *p = strchr(text, '{'); p; p = strchr(p, '{')) {
                size_t length = strcspn(++p, "}");

                (void)snprintf(name, sizeof(name), "%.*s", (int)length, p);
                if (p[length] != '}')
                        return RULE_ERROR("%s: why.%s: '{' without '}'", rule->id, key);
                if (!in_names(usual, name) && !vocabulary_has(judge->vocabulary, name) &&
                    !(rule->check && in_names(rule->check->vars, name)))
                        return RULE_ERROR("%s: why.%s: unknown placeholder '{%s}'", rule->id, key,
                                          name);
        }
        return 0;
}

static int check_why(const struct rule *rule, const struct judge *judge, const struct yaml *y,
                     struct error *err)
{
        const char *key;
        json_t *text;
        int r;

        r = check_texts(rule, y, "why", rule->why, err);
        if (r < 0)
                return r;
        json_object_foreach(rule->why, key, text)
        {
                r = check_placeholders(rule, judge, y, key, json_member_string(text, "en"), err);
                if (r == 0)
                        r = check_placeholders(rule, judge, y, key, json_member_string(text, "fr"),
                                               err);
                if (r < 0)
                        return r;
        }
        for (const char *const *w = rule->check ? rule->check->whys : NULL; w && *w; w++)
                if (!json_object_get(rule->why, *w))
                        return RULE_ERROR("%s: why.%s is missing", rule->id, *w);
        return 0;
}

static bool is_kind_of(const struct rule *rule, const char *kind)
{
        for (char **k = rule->kinds; k && *k; k++)
                if (fnmatch(*k, kind, 0) == 0)
                        return true;
        return false;
}

static int check_row(const struct rule *rule, const struct rule_row *row, const struct judge *judge,
                     const struct yaml *y, struct error *err)
{
        const char *why = row->why ? row->why : row_verdicts[row->verdict];
        int r;

        if (!json_object_get(rule->why, why))
                return yaml_error_at(y, row->place, err, "%s: why.%s is missing", rule->id, why);
        if (row->when.n_all + row->when.n_any == 0 && row->verdict != VERDICT_NA &&
            row->verdict != VERDICT_UNKNOWN)
                return yaml_error_at(y, row->place, err,
                                     "%s: a row without condition may only be na or unknown",
                                     rule->id);
        if (row->severity && !json_object_get(rule->fixed, row->severity))
                return yaml_error_at(y, yaml_place_of(y, row->place, "severity"), err,
                                     "%s: fixed.%s is missing", rule->id, row->severity);
        r = check_date(rule, row->applies_from, judge, y, row->place, err);
        if (r == 0)
                r = check_types(rule, row->types, judge, y, row->place, err);
        for (char **k = row->kinds; r == 0 && k && *k; k++)
                if (!is_kind_of(rule, *k))
                        r = yaml_error_at(y, yaml_place_of(y, row->place, "kinds"), err,
                                          "%s: '%s' is none of the rule's kinds: name it in the "
                                          "rule's 'kinds', or leave it out here",
                                          rule->id, *k);
        return r == 0 ? condition_check(&row->when, judge, y, err) : r;
}

static int check_params(const struct rule *rule, const struct yaml *y, struct error *err)
{
        const char *key;
        json_t *value;

        for (const char *const *p = rule->check->params; p && *p; p++)
                if (!json_object_get(rule->params, *p))
                        return RULE_ERROR("%s: params.%s is missing", rule->id, *p);
        json_object_foreach(
                rule->params, key,
                value) if (!in_names(rule->check->params,
                                     key)) return RULE_ERROR("%s: unknown parameter '%s'", rule->id,
                                                             key);
        return 0;
}

static int check_decision(struct rule *rule, const struct judge *judge, const struct yaml *y,
                          struct error *err)
{
        int r = 0;

        if ((rule->check_name != NULL) == (rule->n_rows > 0))
                return RULE_ERROR("%s: either 'check' or 'decide' is needed", rule->id);
        if (rule->check_name) {
                struct nearest near = NEAREST_TO(rule->check_name);
                char hint[NEAREST_HINT_MAX];

                rule->check = check_find(rule->check_name, &near);
                if (!rule->check)
                        return KEY_ERROR("check", "%s: unknown check '%s'%s", rule->id,
                                         rule->check_name, nearest_hint(&near, hint));
                r = check_params(rule, y, err);
        }
        if (r == 0)
                r = check_why(rule, judge, y, err);
        for (size_t i = 0; r == 0 && i < rule->n_rows; i++)
                r = check_row(rule, &rule->rows[i], judge, y, err);
        return r;
}

static bool only_ai_act(const struct rule *rule)
{
        for (char **b = rule->basis; *b; b++)
                if (strncmp(*b, "AIA ", strlen("AIA ")) != 0)
                        return false;
        return rule->basis[0] != NULL;
}

/* The file that the rule stands in. */
static const char *file_of(const struct rules *rules, const struct rule *rule)
{
        for (size_t i = 0; i < rules->n_files; i++) {
                const struct rule_file *f = &rules->files[i];

                if (rule >= f->rules && rule < f->rules + f->n_rules)
                        return f->name;
        }
        return "";
}

static int check_id(const struct rule *rule, const struct rules *rules, const struct yaml *y,
                    struct error *err)
{
        for (size_t i = 0; i < rules->n; i++) {
                const struct rule *other = rules->list[i];

                if (strcmp(other->id, rule->id) == 0)
                        return KEY_ERROR("id",
                                         "rule '%s' stands here twice, first in %s:%d: give one of "
                                         "them another id; a file of the same name replaces an "
                                         "installed one",
                                         rule->id, file_of(rules, other), other->place.line);
        }
        return 0;
}

static int check_rule(struct rule *rule, const struct reading *reading, const struct yaml *y,
                      struct error *err)
{
        int r = check_id(rule, reading->rules, y, err);

        if (r == 0)
                r = check_severity(rule, reading->judge, y, err);
        if (r == 0)
                r = check_weights(rule, reading->judge, y, "by_data", "ai-act-data", rule->by_data,
                                  err);
        if (r == 0)
                r = check_weights(rule, reading->judge, y, "by_risk", "ai-act-risk", rule->by_risk,
                                  err);
        if (r == 0)
                r = check_by_date(rule, reading->judge, y, err);
        if (r == 0)
                r = check_names(rule, reading->judge, y, err);
        if (r == 0)
                r = check_decision(rule, reading->judge, y, err);
        if (r == 0)
                r = check_texts(rule, y, "remediation", rule->remediation, err);
        rule->only_ai_act = only_ai_act(rule);
        return r;
}

/* ---- reading
 * -------------------------------------------------------------------------------------- */

static int read_file(void *user, const char *name, const struct yaml *y, struct error *err)
{
        struct reading *reading = user;
        struct rules *rules = reading->rules;
        struct rule_file *files, *f;
        struct rule **list;
        int r;

        files = reallocarray(rules->files, rules->n_files + 1, sizeof(*files));
        if (!files)
                return error_oom(err);
        rules->files = files;
        f = &files[rules->n_files++];
        *f = (struct rule_file){ .name = strdup(yaml_name(y)) };
        if (!f->name)
                return error_oom(err);
        r = yaml_bind(y, file_fields, f, err);
        if (r < 0)
                return r;
        list = reallocarray(rules->list, rules->n + f->n_rules + 1, sizeof(struct rule *));
        if (!list)
                return error_oom(err);
        rules->list = list;
        for (size_t i = 0; i < f->n_rules; i++) {
                r = check_rule(&f->rules[i], reading, y, err);
                if (r < 0)
                        return r;
                rules->list[rules->n++] = &f->rules[i];
        }
        return 0;
}

static int compare_rules(const void *a, const void *b)
{
        return strcmp((*(struct rule *const *)a)->id, (*(struct rule *const *)b)->id);
}

int rules_load(struct rules *rules, const struct judge *judge, struct data *data, struct error *err)
{
        struct reading reading = { .rules = rules, .judge = judge };
        int r;

        r = data_each(data, "rules", read_file, &reading, err);
        if (r < 0)
                return r;
        if (rules->n > 0)
                qsort(rules->list, rules->n, sizeof(struct rule *), compare_rules);
        return 0;
}

void rules_done(struct rules *rules)
{
        for (size_t i = 0; i < rules->n_files; i++) {
                yaml_unbind(file_fields, &rules->files[i]);
                free(rules->files[i].name);
        }
        free(rules->files);
        free(rules->list);
        *rules = (struct rules){ 0 };
}

/* ---- publishing
 * ------------------------------------------------------------------------------------- */

static json_t *text_json(const struct text *t)
{
        return json_pack("{s:s, s:s}", "en", text_in(t, LANGUAGE_EN), "fr",
                         text_in(t, LANGUAGE_FR));
}

static json_t *rule_json(const struct rule *rule, const struct judge *judge)
{
        const struct law_date *d =
                rule->applies_from ? law_find(judge->law, rule->applies_from) : NULL;

        return json_pack("{s:s, s:o, s:o, s:s?, s:s?, s:s?, s:O?, s:s?, s:s, s:o, s:O}", "id",
                         rule->id, "title", text_json(&rule->title), "basis",
                         json_strings(rule->basis), "applies_from", d ? d->date : NULL,
                         "applies_id", rule->applies_from, "profile", rule->profile, "fixed",
                         rule->fixed, "status", rule->status, "subject",
                         subject_names[rule->subject], "explanation", text_json(&rule->explanation),
                         "remediation", rule->remediation);
}

json_t *rules_json(const struct rules *rules, const struct judge *judge)
{
        json_t *list = json_array();

        for (size_t i = 0; list && i < rules->n; i++)
                if (json_array_append_new(list, rule_json(rules->list[i], judge)) < 0) {
                        json_decref(list);
                        return NULL;
                }
        return list;
}
