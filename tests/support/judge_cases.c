#include "tests/support/judge_cases.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "tests/support/judge_pool.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define CASES "tests/fixtures/judge"
#define OVERRIDES "tests/fixtures/judge/data"

static void each_of_file(struct judge_pool *pool, const json_t *cases, const char *file,
                         void (*cb)(void *, const struct judge_case *), void *user)
{
        json_t *c;
        size_t i;

        json_array_foreach((json_t *)cases, i, c)
        {
                const char *date = json_member_string(c, "date");
                struct judge_case one = { .file = file,
                                          .name = json_member_string(c, "name"),
                                          .world = json_object_get(c, "world"),
                                          .expect = json_object_get(c, "expect"),
                                          .policy = json_object_get(c, "policy") };

                one.judge = judge_pool_get(pool, one.policy);
                if (!one.judge ||
                    clock_parse_iso8601(date ? date : "2026-11-23", &one.date_usec) < 0) {
                        (void)fprintf(stderr, "%s, %s: no judge, or no date\n", file, one.name);
                        abort();
                }
                cb(user, &one);
        }
}

static json_t *cases_of(const char *file)
{
        json_error_t where;
        char path[512];
        json_t *cases;

        (void)snprintf(path, sizeof(path), "%s/%s", CASES, file);
        cases = json_load_file(path, 0, &where);
        if (!cases) {
                (void)fprintf(stderr, "%s:%d:%d: %s\n", path, where.line, where.column, where.text);
                abort();
        }
        return cases;
}

static int is_case(const struct dirent *entry)
{
        const char *dot = strrchr(entry->d_name, '.');

        return dot && strcmp(dot, ".json") == 0;
}

size_t judge_cases_each(void (*cb)(void *user, const struct judge_case *c), void *user)
{
        _cleanup_(judge_pool_freep) struct judge_pool *pool = judge_pool_new(OVERRIDES);
        struct dirent **entries;
        int n = scandir(CASES, &entries, is_case, alphasort);
        size_t cases = 0;

        if (n < 0 || !pool)
                abort();
        for (int i = 0; i < n; i++) {
                json_auto_t *list = cases_of(entries[i]->d_name);

                each_of_file(pool, list, entries[i]->d_name, cb, user);
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
