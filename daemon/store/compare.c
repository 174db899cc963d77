#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "daemon/store/record.h"

#include <errno.h>
#include <string.h>

static bool text_equal(const char *a, const char *b)
{
        return a == b || (a && b && strcmp(a, b) == 0);
}

static int add_change_take(json_t *changes, const char *fact, json_t *from, json_t *to)
{
        json_t *change = json_pack("{s:s, s:o, s:o}", "fact", fact, "from",
                                   from ? from : json_null(), "to", to ? to : json_null());

        return change && json_array_append_new(changes, change) == 0 ? 0 : -ENOMEM;
}

static int compare_text(json_t *changes, const char *what, const char *old, const char *new)
{
        if (text_equal(old, new))
                return 0;
        return add_change_take(changes, what, old ? json_string(old) : NULL,
                               new ? json_string(new) : NULL);
}

/* A fact as it is told: which reply it came from is left out. */
static json_t *fact_told(const json_t *fact)
{
        json_t *told = json_copy((json_t *)fact);

        (void)json_object_del(told, "evidence");
        return told;
}

/* State and value; not the cause, nor the evidence. */
static bool fact_same(const json_t *a, const json_t *b)
{
        const json_t *x = json_object_get(a, "value"), *y = json_object_get(b, "value");

        return a && b && json_equal(json_object_get(a, "state"), json_object_get(b, "state")) &&
               (x == y || json_equal(x, y));
}

/* What is counted (usage.…) moves with every reading: it is written, and told as no change. */
static bool is_reading(const char *name, const json_t *old, const json_t *new)
{
        return strncmp(name, "usage.", 6) == 0 && json_object_get(old, "value") &&
               json_object_get(new, "value");
}

static int compare_fact(json_t *changes, const char *name, const json_t *old, const json_t *new,
                        bool *differs)
{
        json_t *from, *to;

        if (is_reading(name, old, new)) {
                *differs = *differs || !fact_same(old, new);
                return 0;
        }
        if (fact_same(old, new)) {
                const json_t *x = json_object_get(old, "cause"), *y = json_object_get(new, "cause");

                *differs = *differs || (x != y && !json_equal(x, y));
                return 0;
        }
        from = old ? fact_told(old) : NULL;
        to = new ? fact_told(new) : NULL;
        return add_change_take(changes, name, from, to);
}

/* Both objects are walked in the order of their names, so that the list is the same each time. */
static int compare_members(json_t *changes, const json_t *old, const json_t *new,
                           const char *prefix, bool *differs)
{
        json_auto_t *names = json_object();
        _cleanup_(freep) char *text = NULL;
        json_auto_t *sorted = NULL;
        const char *name;
        json_t *unused;
        int r = 0;

        if (!names || json_object_update(names, (json_t *)old) < 0 ||
            json_object_update(names, (json_t *)new) < 0)
                return -ENOMEM;
        text = json_canonical(names);
        sorted = text ? json_loads(text, 0, NULL) : NULL;
        if (!sorted)
                return -ENOMEM;
        json_object_foreach(sorted, name, unused)
        {
                const json_t *x = json_object_get(old, name), *y = json_object_get(new, name);
                _cleanup_(freep) char *full = NULL;

                if (r < 0 || (prefix && x && y && json_equal(x, y)))
                        continue;
                if (prefix && asprintf(&full, "%s%s", prefix, name) < 0)
                        return -ENOMEM;
                r = prefix ? add_change_take(changes, full, json_incref((json_t *)x),
                                             json_incref((json_t *)y))
                           : compare_fact(changes, name, x, y, differs);
        }
        return r;
}

static int compare_object(json_t *changes, const char *old_text, const json_t *new,
                          const char *prefix, bool *differs)
{
        _cleanup_(freep) char *new_text = json_canonical(new);
        json_auto_t *old = NULL;

        if (!new_text)
                return -ENOMEM;
        if (strcmp(old_text, new_text) == 0) /* mostly */
                return 0;
        old = json_loads(old_text, 0, NULL);
        return json_is_object(old) ? compare_members(changes, old, new, prefix, differs) : -EUCLEAN;
}

int compare_resource(const struct compare_old *old, const struct resource *r, json_t **ret_changes,
                     bool *ret_differs)
{
        json_auto_t *changes = json_array();
        bool differs = old->details_complete != r->details_complete ||
                       !text_equal(old->created, r->created) ||
                       !text_equal(old->modified, r->modified);
        int n;

        if (!changes)
                return -ENOMEM;
        n = compare_text(changes, "name", old->name, r->name);
        if (n == 0)
                n = compare_text(changes, "status", old->status, r->status);
        if (n == 0)
                n = compare_text(changes, "service_type", old->service_type, r->service_type);
        if (n == 0)
                n = compare_object(changes, old->tags, r->tags, "tags.", &differs);
        if (n == 0)
                n = compare_object(changes, old->facts, r->facts, NULL, &differs);
        if (n < 0)
                return n;
        *ret_differs = differs || json_array_size(changes) > 0;
        *ret_changes = TAKE_PTR(changes);
        return 0;
}

/* ---- texts -------------------------------------------------------------------------------------
 */

/* Replies are read without NULs; one in here was made by the program itself. */
static bool has_nul(const json_t *value)
{
        const char *key;
        json_t *member;
        size_t i;

        if (json_is_string(value))
                return strlen(json_string_value(value)) != json_string_length(value);
        json_array_foreach((json_t *)value, i, member)
        {
                if (has_nul(member))
                        return true;
        }
        json_object_foreach((json_t *)value, key, member)
        {
                if (has_nul(member))
                        return true;
        }
        return false;
}

int compare_check(const struct resource *r, struct error *err)
{
        if (!r->id || !*r->id)
                return error_set(err, -EINVAL, "a resource of %s without an id", r->kind);
        if (has_nul(r->tags) || has_nul(r->facts) || has_nul(r->evidence))
                return error_set(err, -EINVAL, "%s: a NUL in a text", r->id);
        return 0;
}
