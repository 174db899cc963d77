/* What the sets that the key has come to, for a list that was read. */
#include "providers/scaleway/grants.h"

#include "daemon/base/json.h"
#include "providers/scaleway/account.h"

#include <string.h>

enum { PROJECTS_SHOWN_MAX = 3 };

/* ---- what a set of permissions grants ----------------------------------------------------------
 */

/* The rest of a set's name after its product's; NULL when it is no set that only reads. */
static const char *reading_suffix(const char *set)
{
        static const char *const suffixes[] = { "BucketsRead", "ExportRead", "ModelAccess",
                                                "ReadOnly" };
        size_t length = strlen(set);

        for (size_t i = 0; i < ELEMENTSOF(suffixes); i++) {
                size_t n = strlen(suffixes[i]);

                if (length > n && strcmp(set + length - n, suffixes[i]) == 0)
                        return set + length - n;
        }
        return NULL;
}

/* Does one set hold what the other grants? What is not known to is taken not to: an empty list is
 * doubted then, which is the lesser mistake. */
static bool holds(const char *granted, const char *needed)
{
        const char *suffix = reading_suffix(needed);
        size_t product = suffix ? (size_t)(suffix - needed) : 0;
        bool only_reads = suffix && strcmp(suffix, "ModelAccess") != 0;

        if (strcmp(granted, needed) == 0)
                return true;
        if (!scaleway_set_is_of_organization(needed) &&
            (strcmp(granted, "AllProductsFullAccess") == 0 ||
             (only_reads && strcmp(granted, "AllProductsReadOnly") == 0)))
                return true;
        if (strcmp(needed, "IAMReadOnly") == 0 && strcmp(granted, "IAMManager") == 0)
                return true;
        if (product == 0 || strncmp(granted, needed, product) != 0)
                return false;
        return strcmp(granted + product, "FullAccess") == 0 ||
               (strcmp(suffix, "BucketsRead") == 0 && strcmp(granted + product, "ReadOnly") == 0);
}

static bool rule_holds(const json_t *rule, const char *set)
{
        json_t *name;
        size_t i;

        json_array_foreach(json_object_get(rule, "permission_set_names"), i, name)
        {
                if (json_is_string(name) && holds(json_string_value(name), set))
                        return true;
        }
        return false;
}

static bool has_string(const json_t *list, const char *text)
{
        json_t *element;
        size_t i;

        json_array_foreach((json_t *)list, i, element)
        {
                if (json_is_string(element) && strcmp(json_string_value(element), text) == 0)
                        return true;
        }
        return false;
}

/* In the whole organisation (project NULL), or in a project. */
static bool is_granted(const struct grants *g, const char *set, const char *project)
{
        json_t *rule;
        size_t i;

        json_array_foreach(g->rules, i, rule)
        {
                if (!rule_holds(rule, set))
                        continue;
                if (json_member_string(rule, "organization_id") ||
                    (project && has_string(json_object_get(rule, "project_ids"), project)))
                        return true;
        }
        return g->everything;
}

static bool is_granted_somewhere(const struct grants *g, const char *set)
{
        json_t *rule;
        size_t i;

        json_array_foreach(g->rules, i, rule)
        {
                if (rule_holds(rule, set))
                        return true;
        }
        return g->everything;
}

/* ---- judging a reply ---------------------------------------------------------------------------
 */

/* No element in the list that the call reads; where the whole reply is the item, in none of its
 * lists. */
static bool is_empty(const struct call *call, const json_t *body)
{
        json_auto_t *items = NULL;
        const char *key;
        json_t *member;
        size_t lists = 0, filled = 0;

        if (strcmp(call->items, ".") != 0) {
                items = json_path(body, call->items);
                return json_is_object(items) ? json_object_size(items) == 0
                                             : json_array_size(items) == 0;
        }
        json_object_foreach((json_t *)body, key, member)
        {
                lists += json_is_array(member);
                filled += json_array_size(member) > 0;
        }
        return lists > 0 && filled == 0;
}

/* The project that a list is asked for, NULL for those of the organisation; false for lists that
 * are the same for everybody. What is a resource is somebody's, also where the list takes no
 * organisation. */
static bool asks_for_owner(const struct call_instance *call, const char **ret_project)
{
        *ret_project = NULL;
        if (call->scope && strcmp(call->scope->level, "project") == 0) {
                *ret_project = call->scope->id;
                return true;
        }
        return call->call->collector->type || json_object_get(call->query, "organization_id") ||
               json_object_get(call->query, "organization");
}

static void deny_empty(struct reply_meaning *m, const char *set, const char *project)
{
        json_decref(m->body);
        *m = (struct reply_meaning){ .kind = REPLY_DENIED, .stated = true };
        (void)snprintf(m->code, sizeof(m->code), "empty_without_permission");
        (void)snprintf(m->text, sizeof(m->text),
                       "the list is empty, and no policy gives the key %s%s%s: grant it, then what "
                       "is there can be told from nothing",
                       set, project ? " in project " : "", project ? project : "");
}

static void doubt_empty(const struct grants *g, struct reply_meaning *m)
{
        (void)snprintf(m->partial, sizeof(m->partial),
                       "the list is empty, and whether the key may read it is not known (%.120s): "
                       "give the key IAMReadOnly",
                       g->unknown);
}

/* The projects of an organisation that a list is silent about. */
static void tell_left_out(const struct account *a, const char *set, struct reply_meaning *m)
{
        const struct grants *g = &a->grants;
        struct buffer b = BUFFER_INIT(sizeof(m->partial));
        size_t n = 0, i;
        json_t *project;

        if (a->config->scopes) {
                for (char **s = a->config->scopes; *s; s++)
                        if (!is_granted(g, set, *s) && n++ < PROJECTS_SHOWN_MAX)
                                buffer_printf(&b, "%s%s", n > 1 ? ", " : "", *s);
        } else if (!g->projects) {
                n = 1;
                buffer_add(&b, "(the projects cannot be read)");
        }
        json_array_foreach(g->projects, i, project)
        {
                if (!is_granted(g, set, json_string_value(project)) && n++ < PROJECTS_SHOWN_MAX)
                        buffer_printf(&b, "%s%s", n > 1 ? ", " : "", json_string_value(project));
        }
        if (n > 0)
                (void)snprintf(m->partial, sizeof(m->partial),
                               "no policy gives the key %s in %zu project%s, what is there is not "
                               "in the list: "
                               "%s%s",
                               set, n, n == 1 ? "" : "s", buffer_text(&b),
                               n > PROJECTS_SHOWN_MAX ? "…" : "");
        buffer_done(&b);
}

void grants_judge(const struct account *a, const struct call_instance *call,
                  struct reply_meaning *m)
{
        const struct grants *g = &a->grants;
        const char *set = call->call->permission, *project;

        if (!set || call->call->collector->per || !asks_for_owner(call, &project))
                return;
        if (g->step != GRANTS_END || g->unknown[0] != '\0') {
                if (is_empty(call->call, m->body))
                        doubt_empty(g, m);
        } else if (!is_granted_somewhere(g, set) || (project && !is_granted(g, set, project))) {
                if (is_empty(call->call, m->body))
                        deny_empty(m, set, project);
        } else if (!project && !is_granted(g, set, NULL)) {
                tell_left_out(a, set, m);
        }
}
