#include "daemon/engine/catalogue-check.h"

#include "daemon/engine/catalogue.h"
#include "daemon/engine/template.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

static const char *const service_types[] = {
        "iaas", "paas", "paas-ai", "mlaas", "ai-api", "foundation-model", "saas-ai",
};

static const char *const yielded[] = { "scope", "api", "region" };

enum { FOLLOW_GROUPS_MAX = 9 };

static const char *const fact_keys[] = {
        "path",  "paths",   "equals", "not_equals", "in",  "has",    "map", "present", "count",
        "value", "default", "time",   "as",         "sum", "newest", "id",  "unknown",
};

static int fail_at(const struct service *s, struct yaml_place place, struct error *err,
                   const char *fmt, ...) _printf_(4, 5);

static int fail_at(const struct service *s, struct yaml_place place, struct error *err,
                   const char *fmt, ...)
{
        char text[384];
        va_list ap;

        va_start(ap, fmt);
        (void)vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        return error_set(err, -EINVAL, "%s:%d:%d: %s", s->file, place.line, place.column, text);
}

static bool word_in(const char *word, const char *const *words, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(words[i], word) == 0)
                        return true;
        return false;
}

static int check_fact(const struct service *s, struct yaml_place place, const char *name,
                      const json_t *spec, const json_t *fact_names, struct error *err)
{
        const char *key;
        json_t *value;

        if (!json_object_get(fact_names, name))
                return fail_at(s, place, err,
                               "facts: '%s' is no fact; config/catalogue/facts.yaml lists them",
                               name);
        if (json_is_string(spec))
                return 0;
        if (!json_is_object(spec))
                return fail_at(s, place, err, "facts: '%s' must be a path or a mapping", name);
        json_object_foreach((json_t *)spec, key, value) if (
                !word_in(key, fact_keys,
                         ELEMENTSOF(fact_keys))) return fail_at(s, place, err,
                                                                "facts: unknown key '%s' of '%s'",
                                                                key, name);
        if (json_object_get(spec, "unknown") &&
            (!json_is_string(json_object_get(spec, "unknown")) || json_object_size(spec) > 1))
                return fail_at(s, place, err, "facts: '%s': 'unknown' is a cause, and stands alone",
                               name);
        if (!json_is_string(json_object_get(spec, "path")) &&
            !json_is_array(json_object_get(spec, "paths")) && !json_object_get(spec, "value") &&
            !json_object_get(spec, "unknown"))
                return fail_at(s, place, err, "facts: '%s' needs a path or a value", name);
        return 0;
}

static int check_facts(const struct service *s, struct yaml_place place, const json_t *facts,
                       const json_t *fact_names, struct error *err)
{
        const char *name;
        json_t *spec;
        int r = 0;

        if (facts && !json_is_object(facts))
                return fail_at(s, place, err, "'facts' must be a mapping of fact names to paths");
        json_object_foreach((json_t *)facts, name, spec)
        {
                r = check_fact(s, place, name, spec, fact_names, err);
                if (r < 0)
                        return r;
        }
        return r;
}

static int check_templates(const struct service *s, const struct call *call, struct error *err)
{
        const char *const texts[] = { call->path, call->host, call->region };
        const json_t *const trees[] = { call->query, call->body, call->headers };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                if (texts[i] && !template_is_valid(texts[i]))
                        return fail_at(s, call->place, err, "'%s': a '{' has no '}'", texts[i]);
        for (size_t i = 0; i < ELEMENTSOF(trees); i++)
                if (trees[i] && !template_tree_is_valid(trees[i]))
                        return fail_at(s, call->place, err, "call '%s': a '{' has no '}'",
                                       call->name);
        if (call->query && !json_is_object(call->query))
                return fail_at(s, call->place, err, "'query' must be a mapping");
        return 0;
}

static int check_cost(const struct service *s, const struct cost *cost, struct error *err)
{
        const char *currency = cost->currency;

        if (cost->place.line == 0)
                return 0;
        if (strlen(currency) != 3 || strspn(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
                return fail_at(s, cost->place, err,
                               "cost: '%s' is no currency (three capital letters, as USD)",
                               currency);
        return 0;
}

static int check_keep(const struct service *s, struct keep *k, struct error *err)
{
        size_t tests = (k->equals ? 1 : 0) + (k->not_equals ? 1 : 0) + (k->in ? 1 : 0) +
                       (k->matches ? 1 : 0) + (k->at_least ? 1 : 0) + (k->present ? 1 : 0) +
                       (k->absent ? 1 : 0);

        if (!k->path == !k->fact)
                return fail_at(s, k->place, err, "keep: needs either 'path' or 'fact'");
        if (tests != 1)
                return fail_at(s, k->place, err,
                               "keep: needs one of equals, not_equals, in, matches, at_least, "
                               "present, absent");
        if (!k->matches)
                return 0;
        k->regex = calloc(1, sizeof(*k->regex));
        if (!k->regex)
                return error_oom(err);
        if (regcomp(k->regex, k->matches, REG_EXTENDED | REG_NOSUB) != 0) {
                free(k->regex);
                k->regex = NULL;
                return fail_at(s, k->place, err, "keep: '%s' is no regular expression", k->matches);
        }
        return 0;
}

/* Asked before anything else is known of the item: its members only. */
static int check_where(const struct service *s, struct call *call, struct error *err)
{
        int r = 0;

        for (size_t i = 0; i < call->n_where && r == 0; i++) {
                if (!call->where[i].path)
                        return fail_at(s, call->where[i].place, err, "where: needs a 'path'");
                r = check_keep(s, &call->where[i], err);
        }
        return r;
}

static int check_call(struct service *s, struct collector *c, struct call *call,
                      const json_t *fact_names, struct error *err)
{
        int r;

        call->service = s;
        call->collector = c;
        if (call->permission && strcmp(call->permission, "none") == 0) {
                free(TAKE_PTR(call->permission));
        } else if (!call->permission) {
                const char *prefix = s->permission_prefix;

                if (asprintf(&call->permission, "%s%s%s", prefix ? prefix : "", prefix ? ":" : "",
                             call->name) < 0) {
                        call->permission = NULL;
                        return error_oom(err);
                }
        }
        r = check_templates(s, call, err);
        if (r == 0)
                r = check_where(s, call, err);
        if (r == 0)
                r = check_cost(s, &call->cost, err);
        if (r < 0)
                return r;
        return check_facts(s, call->place, call->facts, fact_names, err);
}

/* A collector is exactly one of: a resource, evidence, discovery, a reference. */
static int check_purpose(const struct service *s, const struct collector *c, struct error *err)
{
        size_t purposes = (c->type || c->type_by ? 1 : 0) + (c->evidence ? 1 : 0) +
                          (c->yields ? 1 : 0) + (c->reference ? 1 : 0);
        const char *value;
        json_t *type;

        if (purposes != 1)
                return fail_at(s, c->place, err,
                               "'%s' needs one of type, evidence, yields, reference", c->id);
        if (c->type && !word_in(c->type, service_types, ELEMENTSOF(service_types)))
                return fail_at(s, c->place, err, "'%s': unknown service type '%s'", c->id, c->type);
        json_object_foreach(
                c->types, value,
                type) if (!json_is_string(type) ||
                          !word_in(json_string_value(type), service_types,
                                   ELEMENTSOF(
                                           service_types))) return fail_at(s, c->place, err,
                                                                           "'%s': unknown service "
                                                                           "type for '%s'",
                                                                           c->id, value);
        if (c->evidence && c->evidence[strspn(c->evidence, "abcdefghijklmnopqrstuvwxyz-")] != '\0')
                return fail_at(s, c->place, err,
                               "'%s': a topic is made of small letters and hyphens", c->id);
        if (c->yields && !word_in(c->yields, yielded, ELEMENTSOF(yielded)))
                return fail_at(s, c->place, err, "'%s': yields is 'scope', 'api' or 'region'",
                               c->id);
        if (c->yields && strcmp(c->yields, "scope") == 0 && !c->level)
                return fail_at(s, c->place, err, "'%s': what yields scopes says their 'level'",
                               c->id);
        if (c->list_ttl_usec > 0 && (c->yields || c->reference || c->per))
                return fail_at(s, c->place, err,
                               "'%s': 'list_ttl' is for lists of resources or evidence that stand "
                               "below no other",
                               c->id);
        if (c->rest && (c->yields || c->reference || c->per || c->follows.facts ||
                        s->locality != LOCALITY_GLOBAL))
                return fail_at(s, c->place, err,
                               "'%s': 'rest' is for one list over a whole scope, of a service "
                               "whose locality is global",
                               c->id);
        if (c->scope_with && (c->per || c->yields))
                return fail_at(s, c->place, err,
                               "'%s': 'scope_with' is for lists that stand below no other and are "
                               "no discovery",
                               c->id);
        if (c->optional && !c->why.in[LANGUAGE_EN])
                return fail_at(s, c->place, err, "'%s' is optional and does not say 'why'", c->id);
        return 0;
}

static int check_list(const struct service *s, const struct collector *c, struct error *err)
{
        bool known_places = c->yields && strcmp(c->yields, "region") == 0 && c->places;

        if (!c->list.name)
                return known_places ? 0
                                    : fail_at(s, c->place, err, "'%s': 'list' is missing", c->id);
        if (!c->list.items)
                return fail_at(s, c->list.place, err, "'%s': 'items' is missing", c->id);
        if (!c->resource.id)
                return fail_at(s, c->place, err, "'%s': 'resource' is missing", c->id);
        return 0;
}

static int follow_compile(struct follow *f, const char **ret_text)
{
        size_t n = 0;

        while (f->matches && f->matches[n])
                n++;
        f->regexes = calloc(n + 1, sizeof(*f->regexes));
        if (!f->regexes)
                return -ENOMEM;
        for (; f->n_regexes < n; f->n_regexes++) {
                int r = regcomp(&f->regexes[f->n_regexes], f->matches[f->n_regexes], REG_EXTENDED);

                if (r == 0)
                        continue;
                *ret_text = f->matches[f->n_regexes];
                return r == REG_ESPACE ? -ENOMEM : -EINVAL;
        }
        return 0;
}

static int check_follow_regexes(const struct service *s, struct follow *f, struct error *err)
{
        const char *text = "";
        int r = follow_compile(f, &text);

        if (r == -ENOMEM)
                return error_oom(err);
        if (r < 0)
                return fail_at(s, f->place, err, "follows: '%s' is no regular expression", text);
        for (size_t i = 0; i < f->n_regexes; i++)
                if (f->regexes[i].re_nsub < 1 || f->regexes[i].re_nsub > FOLLOW_GROUPS_MAX)
                        return fail_at(
                                s, f->place, err,
                                "follows: '%s' needs one to nine groups: the first is {over}",
                                f->matches[i]);
        return f->n_regexes > 0 ? 0 : fail_at(s, f->place, err, "follows: 'matches' is missing");
}

static int check_follows(const struct service *s, struct collector *c, const json_t *fact_names,
                         struct error *err)
{
        struct follow *f = &c->follows;

        if (f->place.line == 0)
                return 0;
        if (!f->facts || !f->facts[0])
                return fail_at(s, f->place, err, "follows: 'facts' is missing");
        for (char **name = f->facts; *name; name++)
                if (!json_object_get(fact_names, *name))
                        return fail_at(s, f->place, err, "follows: '%s' is no fact", *name);
        if (c->per || c->list.over || c->yields || c->reference)
                return fail_at(s, f->place, err,
                               "'%s': follows goes with none of per, over, yields, reference",
                               c->id);
        return check_follow_regexes(s, f, err);
}

static int check_collector(struct service *s, struct collector *c, const struct provider *provider,
                           const json_t *fact_names, struct error *err)
{
        size_t length = strlen(provider->name);
        int r;

        if (strncmp(c->id, provider->name, length) != 0 || c->id[length] != '.')
                return fail_at(s, c->place, err, "'%s' must begin with '%s.'", c->id,
                               provider->name);
        c->service = s;
        r = check_purpose(s, c, err);
        if (r == 0)
                r = check_list(s, c, err);
        if (r == 0)
                r = check_follows(s, c, fact_names, err);
        if (r == 0 && c->list.name)
                r = check_call(s, c, &c->list, fact_names, err);
        if (r == 0)
                r = check_facts(s, c->place, c->facts, fact_names, err);
        if (r == 0)
                r = check_cost(s, &c->cost, err);
        for (size_t i = 0; i < c->n_detail && r == 0; i++)
                r = check_call(s, c, &c->detail[i], fact_names, err);
        for (size_t i = 0; i < c->n_keep && r == 0; i++)
                r = check_keep(s, &c->keep[i], err);
        for (size_t i = 0; i < c->n_drop && r == 0; i++)
                r = check_keep(s, &c->drop[i], err);
        for (size_t i = 0; i < c->n_joins && r == 0; i++)
                r = check_facts(s, c->joins[i].place, c->joins[i].facts, fact_names, err);
        for (size_t i = 0; c->refine && i < provider->n_refinements && r == 0; i++)
                if (strcmp(provider->refinements[i].name, c->refine) == 0)
                        c->refinement = &provider->refinements[i];
        if (r == 0 && c->refine && !c->refinement)
                return fail_at(s, c->place, err, "'%s': %s has no refinement '%s'", c->id,
                               provider->name, c->refine);
        return r;
}

static bool protocol_known(const struct provider *provider, const char *protocol)
{
        for (const char *const *p = provider->protocols; *p; p++)
                if (strcmp(*p, protocol) == 0)
                        return true;
        return false;
}

int service_check(struct service *s, const struct provider *provider, const json_t *fact_names,
                  struct error *err)
{
        struct yaml_place top = { 1, 1 };
        size_t length = strlen(provider->name);

        if (strncmp(s->id, provider->name, length) != 0 || s->id[length] != '.')
                return fail_at(s, top, err,
                               "service '%s' must begin with '%s.', as its folder does", s->id,
                               provider->name);
        s->envelope = provider->envelope;
        if (!protocol_known(provider, s->protocol))
                return fail_at(s, top, err, "%s has no protocol '%s'", provider->name, s->protocol);
        if (s->locality == LOCALITY_ZONE && !s->places)
                return fail_at(s, top, err, "a service of zones says its 'places'");
        if (s->locality == LOCALITY_MULTI_REGION && !s->multi_regions)
                return fail_at(s, top, err, "a service of multi-regions says its 'multi_regions'");
        if (check_cost(s, &s->cost, err) < 0)
                return -EINVAL;
        for (size_t i = 0; i < s->n_collectors; i++) {
                int r = check_collector(s, &s->collectors[i], provider, fact_names, err);

                if (r < 0)
                        return r;
        }
        return 0;
}

/* ---- across services ---------------------------------------------------------------------------
 */

static struct collector *find(struct catalogue *c, const char *id)
{
        return (struct collector *)catalogue_find(c, id);
}

static int link_parent(struct catalogue *cat, const struct collector *c, struct error *err)
{
        const struct collector **grown;
        struct collector *parent;

        if (!c->per)
                return 0;
        parent = find(cat, c->per);
        if (!parent || parent == c)
                return fail_at(c->service, c->place, err, "'%s': no collector '%s' to stand below",
                               c->id, c->per);
        if (parent->list_ttl_usec > 0)
                return fail_at(c->service, c->place, err,
                               "'%s': nothing can stand below '%s', which has a list_ttl", c->id,
                               c->per);
        if (parent->yields)
                return fail_at(c->service, c->place, err, "'%s': '%s' lists no resources", c->id,
                               c->per);
        grown = reallocarray(parent->children, parent->n_children + 1, sizeof(struct collector *));
        if (!grown)
                return error_oom(err);
        parent->children = grown;
        parent->children[parent->n_children++] = c;
        return 0;
}

static int check_links(struct catalogue *cat, const struct collector *c, struct error *err)
{
        const struct collector *up = c;

        if (find(cat, c->id) != c)
                return fail_at(c->service, c->place, err, "'%s' stands in the catalogue twice",
                               c->id);
        for (size_t i = 0; i < c->n_joins; i++) {
                const struct collector *with = find(cat, c->joins[i].with);

                if (!c->joins[i].on == !c->joins[i].fact)
                        return fail_at(c->service, c->joins[i].place, err,
                                       "join: needs either 'on' or 'fact'");
                if (!with || !with->reference)
                        return fail_at(c->service, c->joins[i].place, err,
                                       "join: no reference collector '%s'", c->joins[i].with);
                ((struct collector *)with)->joined = true;
        }
        for (int depth = 0; up && up->per; depth++) {
                if (depth > 4)
                        return fail_at(c->service, c->place, err,
                                       "'%s': parents more than 4 deep, or in a loop", c->id);
                up = find(cat, up->per);
        }
        return 0;
}

static bool sets_fact(const struct collector *c, const char *name)
{
        if (json_object_get(c->facts, name))
                return true;
        for (size_t i = 0; i < c->n_detail; i++)
                if (json_object_get(c->detail[i].facts, name))
                        return true;
        for (size_t i = 0; i < c->n_joins; i++)
                if (json_object_get(c->joins[i].facts, name))
                        return true;
        return false;
}

/* Which collectors set what this one follows. */
static void mark_feeders(struct catalogue *cat, const struct collector *follower)
{
        for (size_t i = 0; i < cat->n_services; i++) {
                struct service *s = cat->services[i];

                if (strcmp(s->provider, follower->service->provider) != 0)
                        continue;
                for (size_t k = 0; k < s->n_collectors; k++)
                        for (char **fact = follower->follows.facts; fact && *fact; fact++)
                                if (sets_fact(&s->collectors[k], *fact))
                                        s->collectors[k].feeds = true;
        }
}

/* What a list that is not always asked names would look as if nothing named it. */
static int check_quiet(const struct collector *c, struct error *err)
{
        if (c->list_ttl_usec == 0 || !c->feeds)
                return 0;
        return fail_at(c->service, c->place, err,
                       "'%s': a list with list_ttl cannot set facts that others follow", c->id);
}

/* One budget has one rate. */
static int check_budget(const struct catalogue *cat, const struct service *s, struct error *err)
{
        const struct service *first = catalogue_budget_service(cat, s);
        struct yaml_place top = { 1, 1 };

        if (s->budget != BUDGET_ACCOUNT)
                return s->pace_per_second > 0
                               ? fail_at(s, top, err, "'pace' goes with 'budget: account'")
                               : 0;
        if (s->rate_per_second <= 0)
                return fail_at(s, top, err, "'budget: account' needs a 'rate'");
        if (first->rate_per_second == s->rate_per_second && first->burst == s->burst)
                return 0;
        return fail_at(s, top, err,
                       "'rate' differs from that of %s, whose host and account's budget it shares",
                       first->id);
}

int catalogue_check(struct catalogue *cat, struct error *err)
{
        int r = 0;

        for (size_t i = 0; i < cat->n_services && r == 0; i++)
                r = check_budget(cat, cat->services[i], err);
        for (size_t i = 0; i < cat->n_services && r == 0; i++)
                for (size_t k = 0; k < cat->services[i]->n_collectors && r == 0; k++) {
                        r = check_links(cat, &cat->services[i]->collectors[k], err);
                        mark_feeders(cat, &cat->services[i]->collectors[k]);
                        if (r == 0)
                                r = link_parent(cat, &cat->services[i]->collectors[k], err);
                }
        for (size_t i = 0; i < cat->n_services && r == 0; i++)
                for (size_t k = 0; k < cat->services[i]->n_collectors && r == 0; k++)
                        r = check_quiet(&cat->services[i]->collectors[k], err);
        return r;
}
