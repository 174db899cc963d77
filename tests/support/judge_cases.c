#include "tests/support/judge_cases.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define CASES "tests/fixtures/judge"
#define OVERRIDES "tests/fixtures/judge/data"

/* Borrowed from the description; NULL when it is not there. */
static char **names_read(char **names, const json_t *list)
{
        json_t *name;
        size_t i;

        json_array_foreach((json_t *)list, i, name) names[i] = (char *)json_string_value(name);
        return list ? names : NULL;
}

void judge_case_policy_read(struct judge_case_policy *box, const json_t *d)
{
        const json_t *days = json_object_get(d, "log_retention_days");
        const json_t *models = json_object_get(d, "models");

        *box = (struct judge_case_policy){ .policy = { .log_retention_days = 184 } };
        box->policy.areas = names_read(box->areas, json_object_get(d, "areas"));
        box->policy.models.allow = names_read(box->allow, json_object_get(models, "allow"));
        box->policy.models.deny = names_read(box->deny, json_object_get(models, "deny"));
        box->policy.max_broad_grants = json_object_get(d, "max_broad_grants");
        if (days)
                box->policy.log_retention_days = (uint64_t)json_integer_value(days);
        box->policy.strict_half_year = json_is_true(json_object_get(d, "strict_half_year"));
        box->policy.treat_upcoming_as_applicable =
                json_is_true(json_object_get(d, "treat_upcoming_as_applicable"));
        box->policy.coverage_max_age_usec =
                (uint64_t)json_integer_value(json_object_get(d, "coverage_max_age_days")) *
                USEC_PER_DAY;
        box->policy.default_risk = (char *)json_member_string(d, "default_risk");
        box->policy.tags = json_object_get(d, "tags");
}

static void each_of_file(const json_t *cases, const char *file,
                         void (*cb)(void *, const struct judge_case *), void *user)
{
        json_t *c;
        size_t i;

        json_array_foreach((json_t *)cases, i, c)
        {
                const json_t *p = json_object_get(c, "policy");
                struct judge_case_policy box;
                _cleanup_(judge_freep) struct judge *judge = NULL;
                const char *date = json_member_string(c, "date");
                struct judge_case one = { .file = file,
                                          .name = json_member_string(c, "name"),
                                          .world = json_object_get(c, "world"),
                                          .expect = json_object_get(c, "expect"),
                                          .policy = &box.policy };
                struct error err = { 0 };

                judge_case_policy_read(&box, p);
                if (clock_parse_iso8601(date ? date : "2026-11-23", &one.date_usec) < 0 ||
                    judge_new(&judge, "config", OVERRIDES, &box.policy, &err) < 0) {
                        (void)fprintf(stderr, "%s: %s\n", file, err.text);
                        abort();
                }
                one.judge = judge;
                cb(user, &one);
        }
}

static int is_case(const struct dirent *entry)
{
        const char *dot = strrchr(entry->d_name, '.');

        return dot && strcmp(dot, ".json") == 0;
}

size_t judge_cases_each(void (*cb)(void *user, const struct judge_case *c), void *user)
{
        struct dirent **entries;
        int n = scandir(CASES, &entries, is_case, alphasort);
        size_t cases = 0;

        for (int i = 0; i < n; i++) {
                char path[512];
                json_auto_t *list = NULL;

                (void)snprintf(path, sizeof(path), "%s/%s", CASES, entries[i]->d_name);
                list = json_load_file(path, 0, NULL);
                each_of_file(list, entries[i]->d_name, cb, user);
                cases += json_array_size(list);
                free(entries[i]);
        }
        free(entries);
        return cases;
}

static const char *text_or(const json_t *object, const char *key, const char *fallback)
{
        const char *text = json_member_string(object, key);

        return text ? text : fallback;
}

static void add_once(json_t *subjects, json_t *subject)
{
        json_t *there;
        size_t i;

        json_array_foreach(subjects, i, there) if (json_equal(there, subject))
        {
                json_decref(subject);
                return;
        }
        (void)json_array_append_new(subjects, subject);
}

static void add_places(json_t *subjects, const json_t *rows)
{
        json_t *row;
        size_t i;

        json_array_foreach((json_t *)rows, i, row)
        {
                const char *provider = text_or(row, "provider", "aws");
                const char *scope = text_or(row, "scope", "111122223333");
                const char *region = text_or(row, "region", "");

                add_once(subjects, json_pack("{s:s, s:s}", "provider", provider, "scope", scope));
                if (*region)
                        add_once(subjects, json_pack("{s:s, s:[s, s]}", "provider", provider,
                                                     "place", scope, region));
        }
}

json_t *judge_cases_subjects(const json_t *world)
{
        json_t *subjects = json_array(), *row;
        size_t i;

        json_array_foreach(json_object_get(world, "resources"), i, row)
                add_once(subjects, json_pack("{s:s}", "resource", text_or(row, "id", "thing")));
        add_places(subjects, json_object_get(world, "resources"));
        add_places(subjects, json_object_get(world, "coverage"));
        return subjects;
}
