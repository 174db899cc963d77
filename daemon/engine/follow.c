#include "daemon/engine/follow.h"

#include "daemon/engine/pass.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char overflow[] = "!overflow";

int follow_prepare(struct scan_account *a)
{
        const struct catalogue *c = a->scan->request.catalogue;
        const struct collector **grown;

        for (size_t i = 0; i < c->n_services; i++)
                for (size_t k = 0; k < c->services[i]->n_collectors; k++) {
                        const struct collector *f = &c->services[i]->collectors[k];

                        if (strcmp(c->services[i]->provider, a->provider->name) != 0 ||
                            (!f->follows.facts && !f->rest) || !collector_wanted(a, f))
                                continue;
                        a->has_rest |= f->rest;
                        if (!f->follows.facts)
                                continue;
                        grown = reallocarray(a->followers, a->n_followers + 1,
                                             sizeof(struct collector *));
                        if (!grown)
                                return -ENOMEM;
                        a->followers = grown;
                        a->followers[a->n_followers++] = f;
                }
        return 0;
}

/* ---- gathering ---------------------------------------------------------------------------------
 */

/* The groups of the expression that fits, as {"1": …}; NULL when none does. */
static json_t *groups_of(const struct follow *f, const char *text)
{
        regmatch_t at[10];
        json_t *groups = NULL;
        char name[4];

        for (size_t i = 0; i < f->n_regexes && !groups; i++) {
                const regex_t *regex = &f->regexes[i];

                if (regexec(regex, text, ELEMENTSOF(at), at, 0) != 0 || at[1].rm_so == at[1].rm_eo)
                        continue;
                groups = json_object();
                for (size_t g = 1; g <= regex->re_nsub && g < ELEMENTSOF(at); g++) {
                        (void)snprintf(name, sizeof(name), "%zu", g);
                        if (at[g].rm_so >= 0)
                                (void)json_object_set_new(
                                        groups, name,
                                        json_stringn(text + at[g].rm_so,
                                                     (size_t)(at[g].rm_eo - at[g].rm_so)));
                }
        }
        return groups;
}

static json_t *values_of(const struct scan_scope *s, const struct collector *c)
{
        return json_object_get(s->followed, c->id);
}

static int value_new(json_t *values, json_t *groups, json_t **ret)
{
        const char *key = json_string_value(json_object_get(groups, "1"));

        if (!key)
                return -ENOMEM;
        *ret = json_object_get(values, key);
        if (*ret)
                return 0;
        if (json_object_size(values) >= FOLLOW_VALUES_MAX)
                return json_object_set_new(values, overflow, json_null());
        if (json_object_set_new(groups, "refs", json_object()) < 0 ||
            json_object_set(values, key, groups) < 0)
                return -ENOMEM;
        *ret = json_object_get(values, key);
        return 0;
}

static int gather_text(const struct scan_scope *s, json_t *values, const struct collector *c,
                       const char *text)
{
        _cleanup_(freep) char *own = NULL;
        json_auto_t *groups = groups_of(&c->follows, scope_id_key(s, text, &own));
        json_t *value = NULL, *refs;
        int r = groups ? value_new(values, groups, &value) : 0;

        if (r < 0 || !value)
                return r;
        refs = json_object_get(value, "refs");
        if (json_object_size(refs) > FOLLOW_REFS_MAX)
                return 0;
        return json_object_set_new(refs, text, json_true()) < 0 ? -ENOMEM : 0;
}

static int gather_value(const struct scan_scope *s, json_t *values, const struct collector *c,
                        const json_t *value)
{
        json_t *element;
        size_t i;
        int r = 0;

        if (json_is_string(value))
                return gather_text(s, values, c, json_string_value(value));
        json_array_foreach((json_t *)value, i, element)
        {
                r = r < 0 ? r : gather_value(s, values, c, element);
        }
        return r;
}

int follow_gather(struct scan_scope *s, const json_t *facts)
{
        const struct scan_account *a = s->account;

        for (size_t i = 0; i < a->n_followers; i++) {
                const struct collector *c = a->followers[i];

                for (char **name = c->follows.facts; *name; name++) {
                        const json_t *value =
                                json_object_get(json_object_get(facts, *name), "value");
                        json_t *values = values_of(s, c);

                        if (!value)
                                continue;
                        if (!s->followed)
                                s->followed = json_object();
                        if (!values) {
                                values = json_object();
                                if (json_object_set_new(s->followed, c->id, values) < 0)
                                        return -ENOMEM;
                        }
                        if (gather_value(s, values, c, value) < 0)
                                return -ENOMEM;
                }
        }
        return 0;
}

void follow_unread(struct scan_scope *s, const char *collector, const char *region)
{
        _cleanup_(freep) char *text = NULL;

        /* whichever came first, the same one is told: replies come in another order each time */
        if (asprintf(&text, "%s, %s", collector, region) < 0)
                text = NULL;
        else if (!s->unread || strcmp(text, s->unread) < 0) {
                free(s->unread);
                s->unread = TAKE_PTR(text);
        }
}

/* ---- asking ------------------------------------------------------------------------------------
 */

const json_t *follow_next(const struct scan_scope *s, const struct collector *c,
                          const json_t *after)
{
        json_t *values = values_of(s, c);
        const char *key = json_string_value(json_object_get(after, "1"));
        void *at = key ? json_object_iter_next(values, json_object_iter_at(values, key))
                       : json_object_iter(values);

        if (at && strcmp(json_object_iter_key(at), overflow) == 0)
                at = json_object_iter_next(values, at);
        return at ? json_object_iter_value(at) : NULL;
}

bool follow_overflowed(const struct scan_scope *s, const struct collector *c)
{
        return json_object_get(values_of(s, c), overflow) != NULL;
}

static int by_text(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

json_t *follow_item(const json_t *value, const json_t *item)
{
        const json_t *refs = json_object_get(value, "refs");
        json_t *copy = json_copy((json_t *)item), *list = json_array(), *unused;
        const char *sorted[FOLLOW_REFS_MAX + 1];
        size_t n = 0;
        const char *ref;

        if (!copy || !list) {
                json_decref(copy);
                json_decref(list);
                return NULL;
        }
        if (json_object_size(refs) > FOLLOW_REFS_MAX) {
                json_decref(list);
                return copy;
        }
        json_object_foreach((json_t *)refs, ref, unused)
        {
                sorted[n++] = ref;
        }
        qsort(sorted, n, sizeof(sorted[0]), by_text); /* they came in the order of replies */
        for (size_t i = 0; i < n; i++)
                (void)json_array_append_new(list, json_string(sorted[i]));
        (void)json_object_set_new(copy, "_refs", list);
        return copy;
}

void follow_done(struct scan_scope *s)
{
        json_decref(s->followed);
        s->followed = NULL;
        free(s->unread);
        s->unread = NULL;
}
