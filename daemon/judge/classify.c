#include "daemon/judge/classify.h"

#include "daemon/base/json.h"
#include "daemon/judge/trial.h"

#include <errno.h>
#include <string.h>

struct role {
        char *role, *confidence, *reason;
};

struct duty {
        char *article, *party, *date;
        char **risks; /* NULL: whatever the risk */
        struct yaml_place place;
};

struct service_role {
        char *type;
        struct role cloud, customer;
        struct duty *duties;
        size_t n_duties;
        struct yaml_place place;
};

/* What changes a role: a reason code, when it holds, and what it then says. */
struct role_condition {
        char *reason;
        char **types, **providers;
        struct condition when;
        struct role cloud, customer; /* role NULL: unchanged */
        struct duty *duties;         /* added */
        size_t n_duties;
        char *gpai_modifier; /* "unlikely", "unknown"; never "yes": compute is not observable */
        struct yaml_place place;
};

struct roles {
        char *source, *as_of;
        struct service_role *types;
        size_t n_types;
        struct role_condition *conditions;
        size_t n_conditions;
        json_t *reasons; /* {code: {en, fr}} */
};

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
        TEXT(role_condition, gpai_modifier, false),
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

static bool in_list(char *const *list, const char *text)
{
        for (; text && *list; list++)
                if (strcmp(*list, text) == 0)
                        return true;
        return false;
}

static bool has_word(const struct judge *judge, const char *group, const char *id)
{
        return json_object_get(json_object_get(judge->words.groups, group), id) != NULL;
}

static int check_duties(const struct duty *duties, size_t n, const struct judge *judge,
                        const struct yaml *y, struct error *err)
{
        for (size_t i = 0; i < n; i++) {
                if (duties[i].date && !law_find(judge->law, duties[i].date))
                        return yaml_error_at(y, duties[i].place, err,
                                             "no date '%s' in law/dates.yaml", duties[i].date);
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
        if (c->when.n_all + c->when.n_any == 0)
                return yaml_error_at(y, c->place, err, "'all' or 'any' is needed");
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

static const struct service_role *type_find(const struct roles *roles, const char *type)
{
        for (size_t i = 0; type && i < roles->n_types; i++)
                if (strcmp(roles->types[i].type, type) == 0)
                        return &roles->types[i];
        return NULL;
}

bool roles_has_type(const struct roles *roles, const char *service_type)
{
        return type_find(roles, service_type) != NULL;
}

const char *roles_type_at(const struct roles *roles, size_t i)
{
        return i < roles->n_types ? roles->types[i].type : NULL;
}

json_t *roles_reasons(const struct roles *roles)
{
        return json_incref(roles->reasons);
}

/* ---- classifying
 * ---------------------------------------------------------------------------------------- */

struct classification {
        struct trial *t;
        struct role cloud, customer; /* borrowed */
        json_t *duties, *conditions;
        const char *gpai_modifier;
};

static void take_role(struct role *to, const struct role *from, const char *reason)
{
        if (!from->role)
                return;
        *to = *from;
        to->reason = (char *)reason;
}

static void add_duties(struct classification *c, const struct duty *duties, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                const struct duty *d = &duties[i];
                struct law_state state = law_state(c->t->judge->law, d->date, c->t->date_usec);
                json_t *row;

                if (d->risks && !in_list(d->risks, c->t->subject->risk))
                        continue;
                row = json_pack("{s:s, s:s, s:s?, s:s}", "article", d->article, "party", d->party,
                                "applies_from", state.date, "state", state.name);
                if (row && state.upcoming)
                        (void)json_object_set_new(row, "in_days",
                                                  json_integer((json_int_t)state.days));
                if (!row || json_array_append_new(c->duties, row) < 0)
                        c->t->failed = -ENOMEM;
        }
}

static bool concerns(const struct role_condition *rc, const struct subject *s)
{
        if (rc->types && !in_list(rc->types, s->resource->service_type))
                return false;
        return !rc->providers || in_list(rc->providers, s->place.provider);
}

static void apply_condition(struct classification *c, const struct role_condition *rc)
{
        take_role(&c->cloud, &rc->cloud, rc->reason);
        take_role(&c->customer, &rc->customer, rc->reason);
        add_duties(c, rc->duties, rc->n_duties);
        if (rc->gpai_modifier)
                c->gpai_modifier = rc->gpai_modifier;
        if (json_array_append_new(c->conditions, json_string(rc->reason)) < 0)
                c->t->failed = -ENOMEM;
}

static json_t *role_json(const struct role *role)
{
        return json_pack("{s:s, s:s, s:s}", "role", role->role, "confidence", role->confidence,
                         "reason", role->reason);
}

static json_t *classification_json(const struct classification *c)
{
        if (c->t->failed)
                return NULL;
        return json_pack("{s:{s:o, s:o}, s:O, s:O, s:s*}", "roles", "cloud", role_json(&c->cloud),
                         "customer", role_json(&c->customer), "duties", c->duties, "conditions",
                         c->conditions, "gpai_modifier", c->gpai_modifier);
}

static json_t *nothing_known(void)
{
        return json_pack("{s:{s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s}}, s:[], s:[]}", "roles", "cloud",
                         "role", "none", "confidence", "low", "reason", "unclassified", "customer",
                         "role", "none", "confidence", "low", "reason", "unclassified", "duties",
                         "conditions");
}

json_t *classify(const struct judge *judge, const struct subject *subject, uint64_t date_usec)
{
        const struct roles *roles = judge->roles;
        const struct service_role *s = type_find(roles, subject->resource->service_type);
        json_auto_t *duties = json_array(), *conditions = json_array();
        struct classification c = { .duties = duties, .conditions = conditions };
        struct trial t;
        json_t *result = NULL;

        if (!s)
                return nothing_known();
        if (!duties || !conditions)
                return NULL;
        trial_init(&t, judge, subject, date_usec);
        c.t = &t;
        if (t.failed == 0) {
                take_role(&c.cloud, &s->cloud, s->cloud.reason);
                take_role(&c.customer, &s->customer, s->customer.reason);
                add_duties(&c, s->duties, s->n_duties);
                for (size_t i = 0; i < roles->n_conditions; i++)
                        if (concerns(&roles->conditions[i], subject) &&
                            condition_eval(&roles->conditions[i].when, &t) == TRUTH_YES)
                                apply_condition(&c, &roles->conditions[i]);
                result = classification_json(&c);
        }
        trial_done(&t);
        return result;
}
