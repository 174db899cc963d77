#include "daemon/judge/roles.h"

#include "daemon/judge/trial.h"

#include <errno.h>
#include <string.h>

#define TEXT(of, member_, need)                                                                    \
        {                                                                                          \
                .key = #member_, .type = YAML_STRING, .offset = offsetof(struct of, member_),      \
                .required = need                                                                   \
        }
#define LIST(of, key_, array_, count_, row, fields_)                                               \
        {                                                                                          \
                .key = key_, .type = YAML_LIST, .offset = offsetof(struct of, array_),             \
                .fields = fields_, .size = sizeof(struct row),                                     \
                .count_offset = offsetof(struct of, count_)                                        \
        }
#define SECTION(of, member_, need)                                                                 \
        {                                                                                          \
                .key = #member_, .type = YAML_SECTION, .offset = offsetof(struct of, member_),     \
                .required = need, .fields = role_fields                                            \
        }

static const struct yaml_field role_fields[] = {
        TEXT(role, role, true),
        TEXT(role, confidence, true),
        TEXT(role, reason, false),
        { 0 },
};

static const struct yaml_field duty_fields[] = {
        TEXT(duty, article, true),
        TEXT(duty, party, true),
        TEXT(duty, date, false),
        TEXT(duty, only, false),
        { .key = "risks", .type = YAML_STRINGS, .offset = offsetof(struct duty, risks) },
        { .type = YAML_PLACE, .offset = offsetof(struct duty, place) },
        { 0 },
};

static const struct yaml_field service_fields[] = {
        TEXT(service_role, type, true),
        SECTION(service_role, cloud, true),
        SECTION(service_role, customer, true),
        LIST(service_role, "duties", duties, n_duties, duty, duty_fields),
        { .type = YAML_PLACE, .offset = offsetof(struct service_role, place) },
        { 0 },
};

/* none first: what a condition that does not say has. "yes" is not among them: the computing power
 * that was spent cannot be observed. */
static const char *const modifier_names[] = { "none", "unlikely", "unknown", NULL };

static const struct yaml_field role_condition_fields[] = {
        TEXT(role_condition, reason, true),
        { .key = "types", .type = YAML_STRINGS, .offset = offsetof(struct role_condition, types) },
        { .key = "providers",
          .type = YAML_STRINGS,
          .offset = offsetof(struct role_condition, providers) },
        LIST(role_condition, "all", when.all, when.n_all, predicate, predicate_fields),
        LIST(role_condition, "any", when.any, when.n_any, predicate, predicate_fields),
        SECTION(role_condition, cloud, false),
        SECTION(role_condition, customer, false),
        LIST(role_condition, "duties", duties, n_duties, duty, duty_fields),
        { .key = "third_country",
          .type = YAML_BOOL,
          .offset = offsetof(struct role_condition, third_country) },
        TEXT(role_condition, cloud_is, false),
        { .key = "gpai_modifier",
          .type = YAML_ENUM,
          .offset = offsetof(struct role_condition, gpai_modifier),
          .names = modifier_names },
        { .type = YAML_PLACE, .offset = offsetof(struct role_condition, place) },
        { 0 },
};

static const struct yaml_field roles_fields[] = {
        TEXT(roles, source, true),
        TEXT(roles, as_of, true),
        LIST(roles, "service_types", types, n_types, service_role, service_fields),
        LIST(roles, "conditions", conditions, n_conditions, role_condition, role_condition_fields),
        { .key = "reasons",
          .type = YAML_JSON,
          .offset = offsetof(struct roles, reasons),
          .required = true },
        { 0 },
};

/* ---- reading
 * ---------------------------------------------------------------------------------------- */

static bool has_word(const struct judge *judge, const char *group, const char *id)
{
        return json_object_get(json_object_get(judge->words.groups, group), id) != NULL;
}

static int check_duties(const struct duty *duties, size_t n, const struct judge *judge,
                        const struct yaml *y, struct error *err)
{
        for (size_t i = 0; i < n; i++) {
                json_auto_t *articles = articles_resolve(judge->articles, duties[i].article);

                if (duties[i].date && !law_find(judge->law, duties[i].date))
                        return yaml_error_at(y, duties[i].place, err,
                                             "no date '%s' in law/dates.yaml", duties[i].date);
                if (!articles)
                        return yaml_error_at(y, duties[i].place, err,
                                             "'%s' leads to no article of law/articles.yaml",
                                             duties[i].article);
                if (duties[i].only && !has_word(judge, "only", duties[i].only))
                        return yaml_error_at(y, duties[i].place, err,
                                             "no words for only: '%s' in law/words.yaml",
                                             duties[i].only);
                if (!has_word(judge, "parties", duties[i].party))
                        return yaml_error_at(y, duties[i].place, err, "unknown party '%s'",
                                             duties[i].party);
        }
        return 0;
}

static int check_role(const struct role *role, const struct judge *judge, const struct yaml *y,
                      struct yaml_place place, struct error *err)
{
        if (role->role && !has_word(judge, "roles", role->role))
                return yaml_error_at(y, place, err, "unknown role '%s'", role->role);
        if (role->confidence && !has_word(judge, "confidences", role->confidence))
                return yaml_error_at(y, place, err, "unknown confidence '%s'", role->confidence);
        return 0;
}

static int check_reason(const struct roles *roles, const char *reason, const struct yaml *y,
                        struct yaml_place place, struct error *err)
{
        if (!reason || !words_is_text(json_object_get(roles->reasons, reason)))
                return yaml_error_at(y, place, err, "reasons.%s needs en and fr",
                                     reason ? reason : "?");
        return 0;
}

static int check_type(const struct roles *roles, size_t i, const struct judge *judge,
                      const struct yaml *y, struct error *err)
{
        const struct service_role *s = &roles->types[i];
        int r;

        for (size_t k = 0; k < i; k++)
                if (strcmp(roles->types[k].type, s->type) == 0)
                        return yaml_error_at(y, s->place, err, "type '%s' stands here twice",
                                             s->type);
        if (!has_word(judge, "service_types", s->type))
                return yaml_error_at(y, s->place, err, "unknown service type '%s'", s->type);
        r = check_role(&s->cloud, judge, y, s->place, err);
        if (r == 0)
                r = check_role(&s->customer, judge, y, s->place, err);
        if (r == 0)
                r = check_reason(roles, s->cloud.reason, y, s->place, err);
        if (r == 0)
                r = check_reason(roles, s->customer.reason, y, s->place, err);
        return r == 0 ? check_duties(s->duties, s->n_duties, judge, y, err) : r;
}

static int check_condition(const struct roles *roles, const struct role_condition *c,
                           const struct judge *judge, const struct yaml *y, struct error *err)
{
        int r;

        for (char **type = c->types; type && *type; type++)
                if (!roles_has_type(roles, *type))
                        return yaml_error_at(y, c->place, err, "unknown service type '%s'", *type);
        if (c->when.n_all + c->when.n_any == 0 && !c->third_country)
                return yaml_error_at(y, c->place, err, "'all', 'any' or 'third_country' is needed");
        if (c->cloud_is && !has_word(judge, "roles", c->cloud_is))
                return yaml_error_at(y, c->place, err, "unknown role '%s'", c->cloud_is);
        r = check_reason(roles, c->reason, y, c->place, err);
        if (r == 0)
                r = check_role(&c->cloud, judge, y, c->place, err);
        if (r == 0)
                r = check_role(&c->customer, judge, y, c->place, err);
        if (r == 0)
                r = condition_check(&c->when, judge, y, err);
        return r == 0 ? check_duties(c->duties, c->n_duties, judge, y, err) : r;
}

int roles_load(struct roles **ret, const struct judge *judge, struct data *data, struct error *err)
{
        _cleanup_(roles_freep) struct roles *roles = calloc(1, sizeof(*roles));
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        int r;

        if (!roles)
                return error_oom(err);
        r = data_load(data, "law/roles.yaml", &y, err);
        if (r < 0)
                return r;
        r = yaml_bind(y, roles_fields, roles, err);
        for (size_t i = 0; r == 0 && i < roles->n_types; i++)
                r = check_type(roles, i, judge, y, err);
        for (size_t i = 0; r == 0 && i < roles->n_conditions; i++)
                r = check_condition(roles, &roles->conditions[i], judge, y, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(roles);
        return 0;
}

struct roles *roles_free(struct roles *roles)
{
        if (!roles)
                return NULL;
        yaml_unbind(roles_fields, roles);
        free(roles);
        return NULL;
}

/* ---- asking
 * ----------------------------------------------------------------------------------------- */

const struct service_role *roles_find(const struct roles *roles, const char *service_type)
{
        for (size_t i = 0; service_type && i < roles->n_types; i++)
                if (strcmp(roles->types[i].type, service_type) == 0)
                        return &roles->types[i];
        return NULL;
}

bool roles_has_type(const struct roles *roles, const char *service_type)
{
        return roles_find(roles, service_type) != NULL;
}

const char *roles_type_at(const struct roles *roles, size_t i)
{
        return i < roles->n_types ? roles->types[i].type : NULL;
}

json_t *roles_reasons(const struct roles *roles)
{
        return json_incref(roles->reasons);
}

json_t *role_json(const struct role *role)
{
        return json_pack("{s:s, s:s, s:s}", "role", role->role, "confidence", role->confidence,
                         "reason", role->reason);
}

static json_t *duties_json(const struct service_role *s)
{
        json_t *list = json_array();

        for (size_t i = 0; list && i < s->n_duties; i++) {
                const struct duty *d = &s->duties[i];
                json_t *risks = d->risks ? json_array() : NULL;

                for (char **risk = d->risks; risk && *risk; risk++)
                        (void)json_array_append_new(risks, json_string(*risk));
                (void)json_array_append_new(list,
                                            json_pack("{s:s, s:s, s:s*, s:s*, s:o*}", "article",
                                                      d->article, "party", d->party, "date",
                                                      d->date, "only", d->only, "risks", risks));
        }
        return list;
}

json_t *roles_json(const struct roles *roles)
{
        json_t *all = json_object();

        for (size_t i = 0; all && i < roles->n_types; i++) {
                const struct service_role *s = &roles->types[i];

                if (json_object_set_new(all, s->type,
                                        json_pack("{s:I, s:o, s:o, s:o}", "order", (json_int_t)i,
                                                  "cloud", role_json(&s->cloud), "customer",
                                                  role_json(&s->customer), "duties",
                                                  duties_json(s))) < 0) {
                        json_decref(all);
                        return NULL;
                }
        }
        return all;
}

static int each_article(const struct duty *duties, size_t n, int (*cb)(void *, const char *),
                        void *user)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < n; i++)
                r = cb(user, duties[i].article);
        return r;
}

int roles_each_article(const struct roles *roles, int (*cb)(void *user, const char *article),
                       void *user)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < roles->n_types; i++)
                r = each_article(roles->types[i].duties, roles->types[i].n_duties, cb, user);
        for (size_t i = 0; r == 0 && i < roles->n_conditions; i++)
                r = each_article(roles->conditions[i].duties, roles->conditions[i].n_duties, cb,
                                 user);
        return r;
}
