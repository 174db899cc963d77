#include "daemon/judge/severity.h"

#include "daemon/base/json.h"
#include "daemon/base/list.h"

#include <errno.h>
#include <string.h>

static const char *const risks[] = { "prohibited", "high-risk", "limited", "minimal", "unknown" };

struct severity_file {
        char *source, *as_of;
        struct severity_profiles p;
};

static const struct yaml_field severity_fields[] = {
        { .key = "source",
          .type = YAML_STRING,
          .offset = offsetof(struct severity_file, source),
          .required = true },
        { .key = "as_of",
          .type = YAML_STRING,
          .offset = offsetof(struct severity_file, as_of),
          .required = true },
        { .key = "profiles",
          .type = YAML_JSON,
          .offset = offsetof(struct severity_file, p.profiles),
          .required = true },
        { .key = "low_types",
          .type = YAML_STRINGS,
          .offset = offsetof(struct severity_file, p.low_types),
          .required = true },
        { .key = "sensitive_data",
          .type = YAML_STRINGS,
          .offset = offsetof(struct severity_file, p.sensitive),
          .required = true },
        { .key = "low_env",
          .type = YAML_STRINGS,
          .offset = offsetof(struct severity_file, p.low_env),
          .required = true },
        { 0 },
};

/* The rows that severity_done() frees. */
static const struct yaml_field profile_fields[] = {
        { .key = "profiles",
          .type = YAML_JSON,
          .offset = offsetof(struct severity_profiles, profiles) },
        { .key = "low_types",
          .type = YAML_STRINGS,
          .offset = offsetof(struct severity_profiles, low_types) },
        { .key = "sensitive_data",
          .type = YAML_STRINGS,
          .offset = offsetof(struct severity_profiles, sensitive) },
        { .key = "low_env",
          .type = YAML_STRINGS,
          .offset = offsetof(struct severity_profiles, low_env) },
        { 0 },
};

static int check_profiles(const struct yaml *y, const json_t *profiles, struct error *err)
{
        const char *name;
        json_t *row;

        json_object_foreach((json_t *)profiles, name, row)
        {
                for (size_t i = 0; i < ELEMENTSOF(risks); i++) {
                        const char *word = json_member_string(row, risks[i]);
                        enum severity s;

                        if (!word || severity_from_name(word, &s) < 0)
                                return error_set(err, -EINVAL,
                                                 "%s:1:1: profiles.%s.%s is no severity",
                                                 yaml_name(y), name, risks[i]);
                }
        }
        return 0;
}

int severity_load(struct severity_profiles *p, struct data *data, struct error *err)
{
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        struct severity_file file = { 0 };
        int r;

        r = data_load(data, "law/severity.yaml", &y, err);
        if (r < 0)
                return r;
        r = yaml_bind(y, severity_fields, &file, err);
        if (r == 0)
                r = check_profiles(y, file.p.profiles, err);
        if (r == 0) {
                *p = file.p;
                file.p = (struct severity_profiles){ 0 };
        }
        yaml_unbind(severity_fields, &file);
        return r;
}

void severity_done(struct severity_profiles *p)
{
        yaml_unbind(profile_fields, p);
}

bool severity_has_profile(const struct severity_profiles *p, const char *profile)
{
        return json_object_get(p->profiles, profile) != NULL;
}

static enum severity base_of(const struct severity_profiles *p, const struct severity_case *c,
                             struct buffer *out)
{
        enum severity base = SEVERITY_HIGH;
        const char *word =
                c->profile ? json_member_string(json_object_get(p->profiles, c->profile), c->risk)
                           : c->fixed;

        (void)severity_from_name(word, &base); /* checked when it was read */
        if (c->profile)
                buffer_printf(out, "base=%s/%s=%s", c->profile, c->risk, severity_name(base));
        else if (c->fixed_key)
                buffer_printf(out, "base=fixed/%s=%s", c->fixed_key, severity_name(base));
        else
                buffer_printf(out, "base=fixed=%s", severity_name(base));
        return base;
}

static enum severity down(enum severity s, enum severity floor)
{
        return s > floor ? s - 1 : s;
}

/* Raw infrastructure counts less, unless it is declared high-risk or holds data of people. */
static bool type_counts_less(const struct severity_profiles *p, const struct severity_case *c)
{
        return !c->no_type && list_has(p->low_types, c->service_type) &&
               strcmp(c->risk, "high-risk") != 0 && strcmp(c->risk, "prohibited") != 0 &&
               !list_has(p->sensitive, c->data);
}

enum severity severity_of(const struct severity_profiles *p, const struct severity_case *c,
                          enum verdict verdict, struct buffer *arithmetic)
{
        enum severity s;

        if (verdict == VERDICT_PASS || verdict == VERDICT_NA) {
                buffer_printf(arithmetic, "%s -> info", verdict_name(verdict));
                return SEVERITY_INFO;
        }
        s = base_of(p, c, arithmetic);
        if (type_counts_less(p, c)) {
                s = down(s, SEVERITY_INFO);
                buffer_printf(arithmetic, "; -1 %s", c->service_type);
        }
        if (c->upcoming_id) {
                s = down(s, SEVERITY_INFO);
                buffer_printf(arithmetic, "; -1 upcoming (%s %s)", c->upcoming_id,
                              c->upcoming_date);
        }
        if (!c->no_env && list_has(p->low_env, c->env)) {
                s = down(s, SEVERITY_INFO);
                buffer_printf(arithmetic, "; -1 env %s", c->env);
        }
        if (verdict == VERDICT_UNKNOWN) {
                s = s > SEVERITY_LOW ? s - 1 : SEVERITY_LOW;
                buffer_add(arithmetic, "; -1 unknown");
        }
        if (verdict == VERDICT_WAIVED)
                buffer_printf(arithmetic, "; waived by %s until %s", c->waiver_id, c->waiver_until);
        buffer_printf(arithmetic, " -> %s", severity_name(s));
        return s;
}
