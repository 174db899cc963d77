/* Who may do everything with AI services: rights are counted by role or policy, and no person is
 * named. */
#include "daemon/judge/checks.h"
#include "daemon/judge/trial.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

struct grants {
        struct trial *t;
        uint64_t n;     /* principals that have broad rights */
        json_t *list;   /* "roles/owner: 3 (user, group)" */
        json_t *public; /* what everybody was granted */
        size_t rows;    /* coverage of the collectors that read rights here */
        const char *what;
        char cause[320];
};

static void not_known(struct grants *g, const char *what, const char *cause)
{
        if (g->what)
                return;
        g->what = what;
        (void)snprintf(g->cause, sizeof(g->cause), "%s", cause ? cause : "");
}

static bool is_among(const json_t *patterns, const char *text)
{
        json_t *pattern;
        size_t i;

        json_array_foreach((json_t *)patterns, i, pattern)
        {
                if (text && json_is_string(pattern) &&
                    fnmatch(json_string_value(pattern), text, FNM_CASEFOLD) == 0)
                        return true;
        }
        return false;
}

static bool reads_rights(const struct trial *t, const char *collector)
{
        return is_among(trial_param(t, "collectors"), collector);
}

static json_t *of_provider(const struct trial *t, const char *param)
{
        return json_object_get(trial_param(t, param), t->subject->place.provider);
}

/* A fact of a record as a list: a new reference, NULL where it is not known. */
static json_t *values_of(struct grants *g, const struct resource *r, const char *fact)
{
        const json_t *value = NULL;
        const char *cause = NULL;

        if (!trial_collected(r, fact))
                return NULL;
        switch (trial_fact(g->t, r, fact, &value, &cause)) {
        case FACT_KNOWN:
                break;
        case FACT_ABSENT:
                return json_array();
        case FACT_UNKNOWN:
                not_known(g, fact, cause);
                return NULL;
        }
        return json_is_array(value) ? json_incref((json_t *)value)
                                    : json_pack("[O]", (json_t *)value);
}

/* The name of a broad role: by the provider's table of ids and names, {id or pattern: name}. */
static const char *name_in_table(const json_t *table, const char *id)
{
        const char *pattern;
        json_t *name;

        json_object_foreach((json_t *)table, pattern, name)
        {
                if (id && fnmatch(pattern, id, FNM_CASEFOLD) == 0)
                        return json_is_string(name) ? json_string_value(name) : id;
        }
        return NULL;
}

/* What is broad in the record: a role of the table, or the first permission that fits; "" when
 * nothing is. Borrowed from the lists, which the caller keeps. */
static const char *broad_name(const struct grants *g, const struct resource *r, const json_t *roles,
                              const json_t *permissions)
{
        json_t *element;
        size_t i;

        json_array_foreach((json_t *)roles, i, element)
        {
                const char *name =
                        name_in_table(of_provider(g->t, "roles"), json_string_value(element));

                if (name)
                        return name;
        }
        json_array_foreach((json_t *)permissions, i, element)
        {
                if (is_among(of_provider(g->t, "permissions"), json_string_value(element)))
                        return r->name ? r->name : r->id;
        }
        return "";
}

/* How many have it; where the provider lists one by one, the record is one. */
static uint64_t principals_of(struct grants *g, const struct resource *r)
{
        static const char fact[] = "access.principals";
        const json_t *value = NULL;
        const char *cause = NULL;

        if (!trial_collected(r, fact))
                return 1;
        switch (trial_fact(g->t, r, fact, &value, &cause)) {
        case FACT_KNOWN:
                if (json_is_integer(value) && json_integer_value(value) >= 0)
                        return (uint64_t)json_integer_value(value);
                cause = "the value is no number";
                break;
        case FACT_ABSENT:
                return 1;
        case FACT_UNKNOWN:
                break;
        }
        not_known(g, fact, cause);
        return 1;
}

static void grants_add(struct grants *g, const char *name, uint64_t n, const json_t *kinds)
{
        struct buffer b = BUFFER_INIT(1024);
        json_t *kind;
        size_t i;

        buffer_printf(&b, "%s: %llu", name, (unsigned long long)n);
        json_array_foreach((json_t *)kinds, i, kind)
        {
                buffer_printf(&b, "%s%s", i == 0 ? " (" : ", ",
                              json_is_string(kind) ? json_string_value(kind) : "?");
        }
        if (json_array_size(kinds) > 0)
                buffer_add(&b, ")");
        if (json_array_append_new(g->list, json_string(buffer_text(&b))) < 0)
                g->t->failed = -ENOMEM;
        buffer_done(&b);
        g->n += n;
}

static int grants_on_record(void *user, const struct resource *r)
{
        struct grants *g = user;
        json_auto_t *roles = NULL, *ids = NULL, *permissions = NULL, *kinds = NULL;
        const char *name = NULL;
        json_t *kind;
        size_t i;

        if (!reads_rights(g->t, r->kind))
                return 0;
        roles = values_of(g, r, "access.role");
        ids = values_of(g, r, "config.id");
        permissions = values_of(g, r, "access.permissions");
        kinds = values_of(g, r, "access.principal_kinds");
        if (!roles && !ids && !permissions)
                not_known(g, "access.permissions", "not collected");
        name = broad_name(g, r, roles, permissions);
        if (*name == '\0')
                name = broad_name(g, r, ids, NULL);
        if (*name == '\0')
                return g->t->failed;
        grants_add(g, name, principals_of(g, r), kinds);
        json_array_foreach(kinds, i, kind)
        {
                if (trial_param_has(g->t, "everybody", json_string_value(kind)) &&
                    json_array_append_new(g->public, json_string(name)) < 0)
                        g->t->failed = -ENOMEM;
        }
        return g->t->failed;
}

/* Of this very place: what is asked for the whole scope is not told again in each of its regions.
 */
static int grants_on_row(void *user, const struct coverage *c)
{
        struct grants *g = user;
        const struct place *here = &g->t->subject->place;
        char text[320];

        if (!reads_rights(g->t, c->collector) ||
            strcmp(c->place.scope ? c->place.scope : "", here->scope) != 0 ||
            strcmp(c->place.region ? c->place.region : "", here->region) != 0)
                return 0;
        g->rows++;
        if (coverage_is_answer(c->state))
                return 0;
        coverage_describe(c, text, sizeof(text));
        not_known(g, c->collector, text);
        return 0;
}

static uint64_t most(const struct trial *t)
{
        const json_t *own = t->judge->policy->max_broad_grants;

        return (uint64_t)json_integer_value(own ? own : trial_param(t, "max"));
}

static int decide_grants(struct trial *t, const struct grants *g)
{
        trial_set(t, "max", "%llu", (unsigned long long)most(t));
        trial_set(t, "count", "%llu", (unsigned long long)g->n);
        trial_set_list(t, "grants", json_array_size(g->public) > 0 ? g->public : g->list);
        if (json_array_size(g->public) > 0)
                return trial_decide(t, VERDICT_FAIL, "everybody");
        if (g->n > most(t))
                return trial_decide(t, VERDICT_FAIL, NULL);
        if (g->what)
                return trial_unknown(t, g->what, g->cause);
        return trial_decide(t, VERDICT_PASS, g->n == 0 ? "pass-none" : NULL);
}

static int check_broad_grants(struct trial *t)
{
        json_auto_t *list = json_array(), *public = json_array();
        struct grants g = { .t = t, .list = list, .public = public };
        struct place scope = trial_scope(t), place = trial_place(t);
        json_t *topic;
        size_t i;
        int r;

        if (!list || !public)
                return t->failed = -ENOMEM;
        r = t->view->coverage(t->view->ctx, &place, NULL, grants_on_row, &g);
        if (r < 0)
                return r;
        if (g.rows == 0)
                return trial_decide(t, VERDICT_NA, NULL);
        json_array_foreach((json_t *)trial_param(t, "topics"), i, topic)
        {
                const char *name = json_string_value(topic);

                r = t->view->each(t->view->ctx, &scope, name ? name : "", grants_on_record, &g);
                if (r < 0)
                        return r;
        }
        return decide_grants(t, &g);
}

const struct check checks_grants[] = {
        { "broad_grants", check_broad_grants,
          NAMES("pass", "pass-none", "fail", "everybody", "na", "unknown"),
          NAMES("grants", "count", "max"),
          NAMES("max", "topics", "collectors", "roles", "permissions", "everybody") },
        { 0 },
};
