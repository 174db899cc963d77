#include "tests/support/judge_pool.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAMES_MAX = 16, POLICIES_MAX = 128 };

/* The policy lends out what stands in its description. */
struct pooled {
        json_t *description;
        struct policy policy;
        char *areas[NAMES_MAX], *allow[NAMES_MAX], *deny[NAMES_MAX];
        struct judge *judge;
};

struct judge_pool {
        const char *overrides;
        struct pooled list[POLICIES_MAX];
        size_t n;
};

static char **names_read(char *names[static NAMES_MAX], const json_t *list)
{
        json_t *name;
        size_t i;

        if (json_array_size(list) >= NAMES_MAX)
                abort();
        json_array_foreach((json_t *)list, i, name) names[i] = (char *)json_string_value(name);
        return list ? names : NULL;
}

static void policy_read(struct pooled *p)
{
        const json_t *d = p->description, *days = json_object_get(d, "log_retention_days");
        const json_t *models = json_object_get(d, "models");

        p->policy = (struct policy){
                .areas = names_read(p->areas, json_object_get(d, "areas")),
                .models = { .allow = names_read(p->allow, json_object_get(models, "allow")),
                            .deny = names_read(p->deny, json_object_get(models, "deny")) },
                .max_broad_grants = json_object_get(d, "max_broad_grants"),
                .log_retention_days = days ? (uint64_t)json_integer_value(days) : 184,
                .strict_half_year = json_is_true(json_object_get(d, "strict_half_year")),
                .treat_upcoming_as_applicable =
                        json_is_true(json_object_get(d, "treat_upcoming_as_applicable")),
                .coverage_max_age_usec =
                        (uint64_t)json_integer_value(json_object_get(d, "coverage_max_age_days")) *
                        USEC_PER_DAY,
                .default_risk = (char *)json_member_string(d, "default_risk"),
                .tags = json_object_get(d, "tags"),
        };
}

struct judge_pool *judge_pool_new(const char *overrides)
{
        struct judge_pool *pool = calloc(1, sizeof(*pool));

        if (pool)
                pool->overrides = overrides;
        return pool;
}

struct judge_pool *judge_pool_free(struct judge_pool *pool)
{
        for (size_t i = 0; pool && i < pool->n; i++) {
                judge_free(pool->list[i].judge);
                json_decref(pool->list[i].description);
        }
        free(pool);
        return NULL;
}

static bool is_of(const struct pooled *p, const json_t *policy)
{
        return policy ? json_equal(p->description, policy) : !p->description;
}

const struct judge *judge_pool_get(struct judge_pool *pool, const json_t *policy)
{
        struct error err = { 0 };
        struct pooled *p;

        for (size_t i = 0; i < pool->n; i++)
                if (is_of(&pool->list[i], policy))
                        return pool->list[i].judge;
        if (pool->n == POLICIES_MAX)
                abort();
        p = &pool->list[pool->n];
        p->description = json_incref((json_t *)policy);
        policy_read(p);
        if (judge_new(&p->judge, "config", pool->overrides, &p->policy, &err) < 0) {
                (void)fprintf(stderr, "%s\n", err.text);
                json_decref(p->description);
                return NULL;
        }
        pool->n++;
        return p->judge;
}
