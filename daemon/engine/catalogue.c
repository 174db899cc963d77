#include "daemon/engine/catalogue.h"

#include "daemon/engine/catalogue-check.h"
#include "daemon/engine/offered.h"
#include "providers/provider.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

/* ---- the tables: what a file may say ----------------------------------------------------------
 */

static const char *const paging_styles[] = { "none",   "token",  "page", "link",
                                             "header", "offset", NULL };
static const char *const paging_places[] = { "default", "body", "query", NULL };
static const char *const localities[] = { "region", "zone", "global", "multi-region", NULL };
static const char *const budgets[] = { "place", "account", NULL };

#define STRING(s, member, k, ...)                                                                  \
        {                                                                                          \
                .key = k, .type = YAML_STRING, .offset = offsetof(struct s, member), __VA_ARGS__   \
        }
#define JSON(s, member, k)                                                                         \
        {                                                                                          \
                .key = k, .type = YAML_JSON, .offset = offsetof(struct s, member)                  \
        }
#define STRINGS(s, member, k)                                                                      \
        {                                                                                          \
                .key = k, .type = YAML_STRINGS, .offset = offsetof(struct s, member)               \
        }
#define FLAG(s, member, k)                                                                         \
        {                                                                                          \
                .key = k, .type = YAML_BOOL, .offset = offsetof(struct s, member)                  \
        }
#define CHOICE(s, member, k, n)                                                                    \
        {                                                                                          \
                .key = k, .type = YAML_ENUM, .offset = offsetof(struct s, member), .names = n      \
        }
#define SECTION(s, member, k, f, ...)                                                              \
        {                                                                                          \
                .key = k, .type = YAML_SECTION, .offset = offsetof(struct s, member), .fields = f, \
                __VA_ARGS__                                                                        \
        }
#define LIST(s, member, count, k, f)                                                               \
        {                                                                                          \
                .key = k, .type = YAML_LIST, .offset = offsetof(struct s, member), .fields = f,    \
                .size = sizeof(*((struct s *)NULL)->member),                                       \
                .count_offset = offsetof(struct s, count)                                          \
        }
#define PLACE(s, member)                                                                           \
        {                                                                                          \
                .type = YAML_PLACE, .offset = offsetof(struct s, member)                           \
        }

static const struct yaml_field paging_fields[] = {
        { .key = "style",
          .type = YAML_ENUM,
          .offset = offsetof(struct paging, style),
          .names = paging_styles,
          .required = true },
        STRING(paging, request, "request"),
        STRING(paging, response, "response"),
        FLAG(paging, from_zero, "from_zero"),
        STRING(paging, total, "total"),
        STRING(paging, total_header, "total_header"),
        STRING(paging, more, "more"),
        JSON(paging, size, "size"),
        CHOICE(paging, in, "in", paging_places),
        PLACE(paging, place),
        { 0 },
};

static const struct yaml_field cost_fields[] = {
        { .key = "amount",
          .type = YAML_DOUBLE,
          .offset = offsetof(struct cost, amount),
          .required = true },
        STRING(cost, currency, "currency", .required = true),
        { .key = "per", .type = YAML_UINT, .offset = offsetof(struct cost, per), .min = 1 },
        { .key = "free", .type = YAML_UINT, .offset = offsetof(struct cost, free) },
        FLAG(cost, unverified, "unverified"),
        SECTION(cost, note, "note", text_fields),
        PLACE(cost, place),
        { 0 },
};

static const struct yaml_field keep_fields[] = {
        STRING(keep, path, "path"),
        STRING(keep, fact, "fact"),
        JSON(keep, equals, "equals"),
        JSON(keep, not_equals, "not_equals"),
        JSON(keep, in, "in"),
        STRING(keep, matches, "matches"),
        JSON(keep, at_least, "at_least"),
        JSON(keep, present, "present"),
        FLAG(keep, absent, "absent"),
        PLACE(keep, place),
        { 0 },
};

static const struct yaml_field call_fields[] = {
        STRING(call, name, "call", .required = true),
        STRING(call, method, "method"),
        STRING(call, path, "path"),
        JSON(call, query, "query"),
        JSON(call, body, "body"),
        JSON(call, headers, "headers"),
        STRING(call, host, "host"),
        STRING(call, region, "region"),
        STRING(call, permission, "permission"),
        STRING(call, items, "items"),
        STRINGS(call, over, "over"),
        STRINGS(call, none, "none"),
        STRING(call, requires, "requires"),
        LIST(call, where, n_where, "where", keep_fields),
        STRING(call, each, "each"),
        STRING(call, in, "in"),
        JSON(call, facts, "facts"),
        STRING(call, tags, "tags"),
        SECTION(call, needs, "needs", text_fields),
        SECTION(call, cost, "cost", cost_fields),
        SECTION(call, note, "note", text_fields),
        PLACE(call, place),
        { 0 },
};

static const struct yaml_field join_fields[] = {
        STRING(join, with, "with", .required = true),
        STRING(join, on, "on"),
        STRING(join, fact, "fact"),
        FLAG(join, all, "all"),
        FLAG(join, must_exist, "must_exist"),
        JSON(join, facts, "facts"),
        PLACE(join, place),
        { 0 },
};

static const struct yaml_field follow_fields[] = {
        STRINGS(follow, facts, "facts"),
        STRINGS(follow, matches, "matches"),
        PLACE(follow, place),
        { 0 },
};

static const struct yaml_field resource_fields[] = {
        STRING(resource_map, id, "id", .required = true), STRING(resource_map, name, "name"),
        STRING(resource_map, status, "status"),           STRING(resource_map, created, "created"),
        STRING(resource_map, modified, "modified"),       STRING(resource_map, scope, "scope"),
        STRING(resource_map, region, "region"),           { 0 },
};

static const struct yaml_field collector_fields[] = {
        STRING(collector, id, "id", .required = true),
        SECTION(collector, title, "title", text_fields, .required = true),
        STRING(collector, type, "type"),
        STRING(collector, type_by, "type_by"),
        JSON(collector, types, "types"),
        STRING(collector, evidence, "evidence"),
        STRING(collector, yields, "yields"),
        STRING(collector, level, "level"),
        FLAG(collector, reference, "reference"),
        STRING(collector, per, "per"),
        SECTION(collector, follows, "follows", follow_fields),
        STRING(collector, when, "when"),
        STRINGS(collector, scope_with, "scope_with"),
        FLAG(collector, optional, "optional"),
        SECTION(collector, why, "why", text_fields),
        SECTION(collector, empty, "empty", text_fields),
        FLAG(collector, unique, "unique"),
        FLAG(collector, rest, "rest"),
        FLAG(collector, no_tags, "no_tags"),
        FLAG(collector, keep_with_children, "keep_with_children"),
        SECTION(collector, list, "list", call_fields),
        SECTION(collector, resource, "resource", resource_fields),
        LIST(collector, keep, n_keep, "keep", keep_fields),
        LIST(collector, drop, n_drop, "drop", keep_fields),
        JSON(collector, attributes, "attributes"),
        LIST(collector, joins, n_joins, "join", join_fields),
        JSON(collector, facts, "facts"),
        STRING(collector, tags, "tags"),
        LIST(collector, detail, n_detail, "detail", call_fields),
        STRING(collector, refine, "refine"),
        { .key = "detail_ttl",
          .type = YAML_SPAN,
          .offset = offsetof(struct collector, detail_ttl_usec) },
        { .key = "list_ttl",
          .type = YAML_SPAN,
          .offset = offsetof(struct collector, list_ttl_usec) },
        STRINGS(collector, ignore, "ignore"),
        SECTION(collector, paging, "paging", paging_fields),
        SECTION(collector, cost, "cost", cost_fields),
        STRINGS(collector, places, "places"),
        STRINGS(collector, multi_regions, "multi_regions"),
        SECTION(collector, note, "note", text_fields),
        PLACE(collector, place),
        { 0 },
};

struct rate {
        double per_second, burst;
};

static const struct yaml_field rate_fields[] = {
        { .key = "per_second",
          .type = YAML_DOUBLE,
          .offset = offsetof(struct service, rate_per_second) -
                    offsetof(struct service, rate_per_second),
          .required = true },
        { .key = "burst",
          .type = YAML_DOUBLE,
          .offset = offsetof(struct service, burst) - offsetof(struct service, rate_per_second) },
        { 0 },
};

static const struct yaml_field service_fields[] = {
        STRING(service, id, "service", .required = true),
        SECTION(service, title, "title", text_fields, .required = true),
        STRING(service, source, "source", .required = true),
        STRING(service, checked, "checked", .required = true),
        STRING(service, host, "host", .required = true),
        STRING(service, protocol, "protocol", .required = true),
        STRING(service, target, "target"),
        STRING(service, version, "version"),
        STRING(service, signing_name, "signing_name"),
        STRING(service, signing_region, "signing_region"),
        STRING(service, permission_prefix, "permission_prefix"),
        CHOICE(service, locality, "locality", localities),
        STRING(service, scope, "scope"),
        STRINGS(service, places, "places"),
        STRINGS(service, multi_regions, "multi_regions"),
        STRING(service, api, "api"),
        JSON(service, options, "options"),
        SECTION(service, rate_per_second, "rate", rate_fields),
        CHOICE(service, budget, "budget", budgets),
        SECTION(service, pace_per_second, "pace", rate_fields),
        FLAG(service, sign_in, "sign_in"),
        SECTION(service, paging, "paging", paging_fields),
        SECTION(service, cost, "cost", cost_fields),
        LIST(service, collectors, n_collectors, "collectors", collector_fields),
        { 0 },
};

/* ---- reading ----------------------------------------------------------------------------------
 */

static void conditions_free(struct keep *rows, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (rows[i].regex) {
                        regfree(rows[i].regex);
                        free(rows[i].regex);
                }
}

static void service_free(struct service *s)
{
        if (!s)
                return;
        for (size_t i = 0; i < s->n_collectors; i++) {
                struct collector *c = &s->collectors[i];

                conditions_free(c->keep, c->n_keep);
                conditions_free(c->drop, c->n_drop);
                conditions_free(c->list.where, c->list.n_where);
                for (size_t k = 0; k < c->n_detail; k++)
                        conditions_free(c->detail[k].where, c->detail[k].n_where);
                for (size_t k = 0; k < c->follows.n_regexes; k++)
                        regfree(&c->follows.regexes[k]);
                free(c->follows.regexes);
                free(c->children);
        }
        yaml_unbind(service_fields, s);
        free(s->provider);
        free(s->file);
        free(s);
}

struct catalogue *catalogue_free(struct catalogue *c)
{
        if (!c)
                return NULL;
        for (size_t i = 0; i < c->n_services; i++)
                service_free(c->services[i]);
        for (size_t i = 0; i < c->n_offered; i++)
                (void)offered_free(c->offered[i]);
        free(c->services);
        free(c->offered);
        free(c);
        return NULL;
}

/* While services are read. */
struct loading {
        struct catalogue *c;
        const struct catalogue_source *from;
        const struct provider *provider;
        const json_t *fact_names;
};

static int service_load(const struct loading *l, const char *path, struct error *err)
{
        struct catalogue *c = l->c;
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        struct service *s, **grown;
        int r;

        grown = reallocarray(c->services, c->n_services + 1, sizeof(struct service *));
        s = calloc(1, sizeof(*s));
        if (grown)
                c->services = grown;
        if (!grown || !s) {
                free(s);
                return error_oom(err);
        }
        c->services[c->n_services++] = s;
        r = files_yaml(l->from->files, path, &y, s->digest, err);
        if (r == 0)
                r = yaml_bind(y, service_fields, s, err);
        if (r < 0)
                return r;
        s->file = strdup(path);
        s->provider = strdup(l->provider->name);
        if (!s->file || !s->provider)
                return error_oom(err);
        return service_check(s, l->provider, l->fact_names, err);
}

static bool has_name(const json_t *names, const char *name)
{
        const json_t *other;
        size_t i;

        json_array_foreach((json_t *)names, i, other)
        {
                if (strcmp(json_string_value(other), name) == 0)
                        return true;
        }
        return false;
}

/* A folder that is not there has none. */
static int folder_list(const struct loading *l, const char *dir, json_t **ret, struct error *err)
{
        struct error here = { 0 };
        int r = files_list(l->from->files, dir, ret, &here);

        return r < 0 && r != -ENOENT ? error_set(err, r, "%s", here.text) : 0;
}

/* The files of one folder; those that another has too (shadow) are left to it. */
static int folder_load(const struct loading *l, const char *dir, const json_t *names,
                       const json_t *shadow, struct error *err)
{
        const json_t *name;
        size_t i;
        int r = 0;

        json_array_foreach((json_t *)names, i, name)
        {
                _cleanup_(freep) char *path = NULL;

                if (r < 0 || has_name(shadow, json_string_value(name)))
                        continue;
                if (asprintf(&path, "%s/%s", dir, json_string_value(name)) < 0) {
                        path = NULL;
                        return error_oom(err);
                }
                r = service_load(l, path, err);
        }
        return r;
}

static int provider_load(const struct loading *l, struct error *err)
{
        const struct catalogue_source *from = l->from;
        _cleanup_(freep) char *dir = NULL, *over = NULL;
        json_auto_t *names = NULL, *shadow = NULL;
        int r;

        if (asprintf(&dir, "%s/catalogue/%s", from->data_dir, l->provider->name) < 0)
                return error_oom(err);
        if (from->overrides_dir &&
            asprintf(&over, "%s/catalogue/%s", from->overrides_dir, l->provider->name) < 0)
                return error_oom(err);
        r = folder_list(l, dir, &names, err);
        if (r == 0 && over)
                r = folder_list(l, over, &shadow, err);
        if (r == 0)
                r = folder_load(l, dir, names, shadow, err);
        return r < 0 || !over ? r : folder_load(l, over, shadow, NULL, err);
}

/* A folder of services whose provider is not built in would be silently without effect. */
static int folders_check(const char *dir, struct error *err)
{
        _cleanup_(freep) char *path = NULL;
        struct dirent **entries = NULL;
        int n, r = 0;

        if (asprintf(&path, "%s/catalogue", dir) < 0)
                return error_oom(err);
        n = scandir(path, &entries, NULL, alphasort);
        for (int i = 0; i < n; i++) {
                const char *name = entries[i]->d_name;

                if (r == 0 && entries[i]->d_type == DT_DIR && name[0] != '.' &&
                    !provider_find(name))
                        r = error_set(err, -EINVAL, "%s/%s: no provider '%s' is built in", path,
                                      name, name);
                free(entries[i]);
        }
        free(entries);
        return r;
}

static int fact_names_load(const struct catalogue_source *from, json_t **ret, struct error *err)
{
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        _cleanup_(freep) char *path = NULL;
        int r;

        if (asprintf(&path, "%s/catalogue/facts.yaml", from->data_dir) < 0)
                return error_oom(err);
        r = files_yaml(from->files, path, &y, NULL, err);
        return r < 0 ? r : yaml_json(y, ret, err);
}

static int offered_load_all(struct catalogue *c, const struct catalogue_source *from,
                            struct error *err)
{
        size_t n;
        const struct provider *const *providers = provider_all(&n);
        int r = 0;

        c->offered = calloc(n + 1, sizeof(struct offered *));
        if (!c->offered)
                return error_oom(err);
        for (size_t i = 0; i < n && r == 0; i++) {
                struct offered *o = NULL;

                r = offered_load(&o, c, providers[i], from, err);
                if (o)
                        c->offered[c->n_offered++] = o;
        }
        return r;
}

static int by_id(const void *a, const void *b)
{
        const struct service *const *x = a, *const *y = b;

        return strcmp((*x)->id, (*y)->id);
}

static int services_load(struct catalogue *c, const struct catalogue_source *from,
                         struct error *err)
{
        json_auto_t *names = NULL;
        size_t n;
        const struct provider *const *providers = provider_all(&n);
        int r = fact_names_load(from, &names, err);

        if (r < 0)
                return error_wrap(err, -EINVAL, "the catalogue");
        if (!files_are_sealed(from->files)) /* else they were checked */
                r = folders_check(from->data_dir, err);
        if (r == 0 && from->overrides_dir && !files_are_sealed(from->files))
                r = folders_check(from->overrides_dir, err);
        for (size_t i = 0; i < n && r == 0; i++) {
                const struct loading l = { .c = c,
                                           .from = from,
                                           .provider = providers[i],
                                           .fact_names = json_object_get(names, "facts") };

                r = provider_load(&l, err);
        }
        return r;
}

int catalogue_load(struct catalogue **ret, const char *data_dir, const char *overrides_dir,
                   struct error *err)
{
        const struct catalogue_source from = { .data_dir = data_dir,
                                               .overrides_dir = overrides_dir };

        return catalogue_load_from(ret, &from, err);
}

int catalogue_load_from(struct catalogue **ret, const struct catalogue_source *from,
                        struct error *err)
{
        _cleanup_(catalogue_freep) struct catalogue *c = calloc(1, sizeof(*c));
        int r;

        if (!c)
                return error_oom(err);
        r = services_load(c, from, err);
        if (r < 0)
                return r;
        if (c->n_services > 0)
                qsort(c->services, c->n_services, sizeof(struct service *), by_id);
        r = catalogue_check(c, err);
        if (r == 0)
                r = offered_load_all(c, from, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(c);
        return 0;
}

/* Nothing of one provider points to another's. */
void catalogue_keep(struct catalogue *c, bool (*keep)(void *user, const char *provider), void *user)
{
        size_t services = 0, offered = 0;

        for (size_t i = 0; i < c->n_offered; i++) {
                if (keep(user, c->offered[i]->provider))
                        c->offered[offered++] = c->offered[i];
                else
                        (void)offered_free(c->offered[i]);
        }
        c->n_offered = offered;
        for (size_t i = 0; i < c->n_services; i++) {
                if (keep(user, c->services[i]->provider))
                        c->services[services++] = c->services[i];
                else
                        service_free(c->services[i]);
        }
        c->n_services = services;
}

const struct collector *catalogue_find(const struct catalogue *c, const char *collector_id)
{
        for (size_t i = 0; i < c->n_services; i++)
                for (size_t k = 0; k < c->services[i]->n_collectors; k++)
                        if (strcmp(c->services[i]->collectors[k].id, collector_id) == 0)
                                return &c->services[i]->collectors[k];
        return NULL;
}

const struct service *catalogue_budget_service(const struct catalogue *c,
                                               const struct service *service)
{
        for (size_t i = 0; i < c->n_services; i++) {
                const struct service *s = c->services[i];

                if (s->budget == BUDGET_ACCOUNT && strcmp(s->provider, service->provider) == 0 &&
                    strcmp(s->host, service->host) == 0)
                        return s;
        }
        return service;
}

const struct cost *catalogue_cost(const struct call *call)
{
        const struct cost *const costs[] = { &call->cost, &call->collector->cost,
                                             &call->service->cost };

        for (size_t i = 0; i < ELEMENTSOF(costs); i++)
                if (costs[i]->place.line > 0)
                        return costs[i]->amount > 0 ? costs[i] : NULL;
        return NULL;
}
