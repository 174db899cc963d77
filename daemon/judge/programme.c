#include "daemon/judge/programme.h"

#include "daemon/base/clock.h"
#include "daemon/base/nearest.h"
#include "daemon/judge/trial.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

static const char *const each_names[] = { "entry", "account", "team", NULL };

#define FIELD(type_, struct_, key_, member_, ...)                                                  \
        {                                                                                          \
                .key = key_, .type = type_, .offset = offsetof(struct struct_, member_),           \
                ##__VA_ARGS__                                                                      \
        }
#define TITLE(struct_)                                                                             \
        FIELD(YAML_SECTION, struct_, "title", title, .required = true, .fields = text_fields)
#define ROWS(struct_, member_, fields_, of_)                                                       \
        FIELD(YAML_LIST, struct_, #member_, member_, .required = true, .fields = fields_,          \
              .size = sizeof(struct of_), .count_offset = offsetof(struct struct_, n_##member_))
#define PLACE(struct_)                                                                             \
        {                                                                                          \
                .type = YAML_PLACE, .offset = offsetof(struct struct_, place)                      \
        }

static const struct yaml_field measure_fields[] = {
        FIELD(YAML_STRING, programme_measure, "id", id, .required = true),
        TITLE(programme_measure),
        FIELD(YAML_STRINGS, programme_measure, "rules", rules),
        FIELD(YAML_BOOL, programme_measure, "coverage", coverage),
        FIELD(YAML_STRING, programme_measure, "register", register_name),
        FIELD(YAML_ENUM, programme_measure, "each", each, .names = each_names),
        FIELD(YAML_STRINGS, programme_measure, "needs", needs),
        PLACE(programme_measure),
        { 0 },
};

static const struct yaml_field step_fields[] = {
        FIELD(YAML_STRING, programme_step, "id", id, .required = true),
        TITLE(programme_step),
        FIELD(YAML_UINT, programme_step, "weeks", weeks, .min = 1, .max = 520),
        FIELD(YAML_BOOL, programme_step, "continuous", continuous),
        ROWS(programme_step, measures, measure_fields, programme_measure),
        PLACE(programme_step),
        { 0 },
};

static const struct yaml_field range_fields[] = {
        FIELD(YAML_UINT, programme_range, "from", from, .required = true),
        FIELD(YAML_UINT, programme_range, "to", to, .required = true),
        PLACE(programme_range),
        { 0 },
};

static const struct yaml_field budget_fields[] = {
        FIELD(YAML_STRING, programme_budget, "id", id, .required = true),
        TITLE(programme_budget),
        FIELD(YAML_STRINGS, programme_budget, "providers", providers, .required = true),
        ROWS(programme_budget, ranges, range_fields, programme_range),
        { 0 },
};

static const struct yaml_field plan_fields[] = {
        FIELD(YAML_SECTION, programme_plan, "source", source, .required = true,
              .fields = text_fields),
        FIELD(YAML_STRING, programme_plan, "as_of", as_of, .required = true),
        FIELD(YAML_SECTION, programme_plan, "months", months, .required = true,
              .fields = range_fields),
        ROWS(programme_plan, steps, step_fields, programme_step),
        ROWS(programme_plan, budgets, budget_fields, programme_budget),
        { 0 },
};

/* ---- checking ----------------------------------------------------------------------------------
 */

static int check_pattern(const struct yaml *y, const struct programme_measure *m,
                         const struct rules *rules, const char *pattern, struct error *err)
{
        for (size_t i = 0; i < rules->n; i++)
                if (fnmatch(pattern, rules->list[i]->id, 0) == 0)
                        return 0;
        return yaml_error_at(y, yaml_place_of(y, m->place, "rules"), err,
                             "'rules': '%s' names no rule", pattern);
}

static int check_register(const struct yaml *y, struct programme_measure *m, struct error *err)
{
        struct nearest near = NEAREST_TO(m->register_name);

        for (int k = 0; k < REGISTER_KIND_MAX; k++) {
                const char *name = register_kind_name((enum register_kind)k);

                if (strcmp(name, m->register_name) == 0) {
                        m->kind = (enum register_kind)k;
                        return 0;
                }
                nearest_offer(&near, name);
        }
        return yaml_error_at(y, yaml_place_of(y, m->place, "register"), err,
                             "'register': '%s' is none of %s", m->register_name, near.offered);
}

static int check_needs(const struct yaml *y, const struct programme_measure *m, struct error *err)
{
        for (char **n = m->needs; n && *n; n++) {
                const char *const *c = register_clauses;

                while (*c && strcmp(*c, *n) != 0)
                        c++;
                if (!*c || !m->register_name || m->kind != REGISTER_CONTRACT)
                        return yaml_error_at(y, yaml_place_of(y, m->place, "needs"), err,
                                             "'needs': '%s' is no clause of a contract", *n);
        }
        return 0;
}

static int check_measure(const struct yaml *y, struct programme_measure *m,
                         const struct rules *rules, struct error *err)
{
        int r = 0;

        if ((m->rules != NULL) + m->coverage + (m->register_name != NULL) != 1)
                return yaml_error_at(y, m->place, err,
                                     "'%s' needs one of 'rules', 'coverage', 'register'", m->id);
        for (char **p = m->rules; r == 0 && p && *p; p++)
                r = check_pattern(y, m, rules, *p, err);
        if (r == 0 && m->register_name)
                r = check_register(y, m, err);
        return r == 0 ? check_needs(y, m, err) : r;
}

static int check_range(const struct yaml *y, const struct programme_range *range, struct error *err)
{
        return range->to < range->from ? yaml_error_at(y, yaml_place_of(y, range->place, "to"), err,
                                                       "'to' is less than 'from'")
                                       : 0;
}

static int check_step(const struct yaml *y, struct programme_step *s, const struct rules *rules,
                      struct error *err)
{
        int r = 0;

        if (s->continuous == (s->weeks > 0))
                return yaml_error_at(y, s->place, err, "'%s' needs 'weeks', or 'continuous: true'",
                                     s->id);
        for (size_t i = 0; r == 0 && i < s->n_measures; i++)
                r = check_measure(y, &s->measures[i], rules, err);
        return r;
}

static int check_plan(const struct yaml *y, struct programme_plan *p, const struct rules *rules,
                      struct error *err)
{
        const struct yaml_place root = { 0 };
        uint64_t usec;
        int r = 0;

        if (clock_parse_iso8601(p->as_of, &usec) < 0)
                return yaml_error_at(y, yaml_place_of(y, root, "as_of"), err,
                                     "'as_of': '%s' is no date (YYYY-MM-DD)", p->as_of);
        r = check_range(y, &p->months, err);
        for (size_t i = 0; r == 0 && i < p->n_steps; i++)
                r = check_step(y, &p->steps[i], rules, err);
        for (size_t i = 0; r == 0 && i < p->n_budgets; i++)
                for (size_t k = 0; r == 0 && k < p->budgets[i].n_ranges; k++)
                        r = check_range(y, &p->budgets[i].ranges[k], err);
        return r;
}

int programme_load(struct programme_plan **ret, const struct judge *judge, struct data *data,
                   struct error *err)
{
        _cleanup_(programme_freep) struct programme_plan *p = calloc(1, sizeof(*p));
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        int r;

        if (!p)
                return error_oom(err);
        r = data_load(data, "law/programme.yaml", &y, err);
        if (r == 0)
                r = yaml_bind(y, plan_fields, p, err);
        if (r == 0)
                r = check_plan(y, p, &judge->rules, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(p);
        return 0;
}

struct programme_plan *programme_free(struct programme_plan *p)
{
        if (!p)
                return NULL;
        yaml_unbind(plan_fields, p);
        free(p);
        return NULL;
}

const struct programme_measure *programme_measure_of(const struct programme_plan *p,
                                                     const char *rule)
{
        for (size_t i = 0; i < p->n_steps; i++)
                for (size_t k = 0; k < p->steps[i].n_measures; k++) {
                        const struct programme_measure *m = &p->steps[i].measures[k];

                        for (char **pattern = m->rules; pattern && *pattern; pattern++)
                                if (fnmatch(*pattern, rule, 0) == 0)
                                        return m;
                }
        return NULL;
}
