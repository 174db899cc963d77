/* Why a verdict moved. The judge is pure: the same facts, rules and date give the same verdict. So
 * what a verdict rests on is looked through in turn, and what differs is the reason; where both the
 * world and the rules differ, that is what is said. */
#include "daemon/report/drift-private.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

/* ---- the rules ---------------------------------------------------------------------------------
 */

static const json_t *basis_of(const struct drift_side *side, const char *account)
{
        const json_t *basis = json_object_get(side->basis, account);

        return basis ? basis : json_object_get(side->basis, "");
}

json_t *drift_parts(const struct drift *d, const char *account)
{
        const json_t *from = basis_of(&d->from, account), *to = basis_of(&d->to, account);
        json_auto_t *all = json_object(), *sorted = NULL;
        _cleanup_(freep) char *text = NULL;
        json_t *list, *unused;
        const char *name;

        if (!from || !to || !all || json_object_update(all, (json_t *)from) < 0 ||
            json_object_update(all, (json_t *)to) < 0)
                return NULL;
        text = json_canonical(all);
        sorted = text ? json_loads(text, 0, NULL) : NULL;
        list = json_array();
        json_object_foreach(sorted, name, unused)
        {
                const json_t *a = json_object_get(from, name), *b = json_object_get(to, name);

                if (!a || !b || !json_equal(a, b))
                        (void)json_array_append_new(list, json_string(name));
        }
        return list;
}

/* One word for the parts that differ: law, rules, policy (with what operators declare and waive),
 * program, or data. */
static const char *word_of_parts(const json_t *parts)
{
        static const struct {
                const char *prefix, *word;
        } words[] = {
                { "law/", "law" },
                { "rules/", "rules" },
                { "policy", "policy" },
                { "waivers/", "policy" },
                { "declarations/", "policy" },
                { "registers/", "policy" },
                { "vigie", "program" },
                { "", "data" },
        };
        const char *word = NULL;
        json_t *part;
        size_t i;

        json_array_foreach((json_t *)parts, i, part)
        {
                size_t k = 0;

                while (strncmp(json_string_value(part), words[k].prefix, strlen(words[k].prefix)) !=
                       0)
                        k++;
                if (word && strcmp(word, words[k].word) != 0)
                        return "rules"; /* several: what is judged by, in general */
                word = words[k].word;
        }
        return word;
}

/* ---- the sum -----------------------------------------------------------------------------------
 */

/* The sum without "; -1 upcoming (…)" and what it comes to; NULL without one. */
static char *sum_without_date(const json_t *judged)
{
        static const char upcoming[] = "; -1 upcoming (";
        const char *sum = json_member_string(judged, "arithmetic");
        char *copy = sum ? strdup(sum) : NULL;
        char *at = copy ? strstr(copy, upcoming) : NULL, *end = at ? strchr(at, ')') : NULL;

        if (end)
                memmove(at, end + 1, strlen(end + 1) + 1);
        at = copy ? strstr(copy, " -> ") : NULL;
        if (at)
                *at = '\0';
        return copy;
}

/* Only the date of application makes the difference between the two sums. */
static bool date_makes_it(const json_t *from, const json_t *to)
{
        const char *before = json_member_string(from, "arithmetic"),
                   *after = json_member_string(to, "arithmetic"),
                   *verdict = json_member_string(from, "verdict"),
                   *now = json_member_string(to, "verdict");
        _cleanup_(freep) char *a = sum_without_date(from), *b = sum_without_date(to);

        return verdict && now && strcmp(verdict, now) == 0 && a && b && strcmp(a, b) == 0 &&
               strcmp(before, after) != 0;
}

/* ---- the world ---------------------------------------------------------------------------------
 */

static bool has_name(const json_t *list, const char *name)
{
        const char *wanted = strncmp(name, "tags.", 5) == 0 ? "tags" : name;
        json_t *element;
        size_t i;

        json_array_foreach(
                (json_t *)list, i,
                element) if (json_is_string(element) &&
                             (strcmp(json_string_value(element), wanted) == 0 ||
                              strcmp(json_string_value(element), name) == 0)) return true;
        return false;
}

/* The changes of the resource that the verdicts read; all of them when what they read is not known.
 * What kind of service it is decides which rules concern it at all. */
static json_t *changes_read(const json_t *resource, const json_t *read)
{
        json_t *list = json_array(), *change;
        size_t i;

        json_array_foreach(json_object_get(resource, "facts"), i, change)
        {
                const char *name = json_member_string(change, "fact");

                if (!read || has_name(read, name) || strcmp(name, "service_type") == 0)
                        (void)json_array_append(list, change);
        }
        return list;
}

static bool same_member(const json_t *a, const json_t *b, const char *key)
{
        return json_equal(json_object_get(a, key), json_object_get(b, key));
}

/* Does that list matter to the finding? Of a resource, the list it comes from; of a place, every
 * list there. */
static bool coverage_concerns(const json_t *finding, const json_t *coverage)
{
        const char *kind = json_member_string(finding, "kind"),
                   *collector = json_member_string(coverage, "collector"),
                   *region = json_member_string(finding, "region"),
                   *listed = json_member_string(coverage, "region");

        if (!same_member(finding, coverage, "provider") ||
            !same_member(finding, coverage, "account"))
                return false;
        if (*json_member_string(coverage, "scope") && !same_member(finding, coverage, "scope"))
                return false;
        if (region && *region && *listed && strcmp(region, listed) != 0)
                return false;
        return !kind || strcmp(kind, collector) == 0 || strcmp(collector, "sign-in") == 0;
}

static bool coverage_moved(const struct drift *d, const json_t *finding, const char *change)
{
        json_t *row;
        size_t i;

        json_array_foreach(d->coverage, i, row)
        {
                const char *moved = json_member_string(row, "change");

                if ((!change || strcmp(moved, change) == 0) && coverage_concerns(finding, row))
                        return true;
        }
        return false;
}

/* A fact that the verdicts read changed somewhere else in the account: a key, a bucket, a sink. */
static bool moved_elsewhere(const struct drift *d, const json_t *finding, const json_t *read)
{
        const json_t *facts = json_object_get(d->facts, json_member_string(finding, "account"));
        const char *name;
        json_t *unused;

        json_object_foreach((json_t *)facts, name,
                            unused) if (!read || has_name(read, name)) return true;
        return false;
}

static bool turns(const json_t *changes, const char *side)
{
        const char *other = strcmp(side, "to") == 0 ? "from" : "to";
        json_t *change;
        size_t i;

        json_array_foreach((json_t *)changes, i, change)
        {
                const char *here = json_member_string(json_object_get(change, side), "state"),
                           *there = json_member_string(json_object_get(change, other), "state");

                if (here && strcmp(here, "unknown") == 0 &&
                    (!there || strcmp(there, "unknown") != 0))
                        return true;
        }
        return false;
}

static bool is_unknown(const json_t *judged)
{
        const char *verdict = json_member_string(judged, "verdict");

        return verdict && strcmp(verdict, "unknown") == 0;
}

static bool opens(const json_t *row)
{
        return strcmp(json_member_string(row, "change"), "opened") == 0;
}

static bool closes(const json_t *row)
{
        return strcmp(json_member_string(row, "change"), "closed") == 0;
}

/* "readable" or "unreadable" where that is what moved it; else NULL. */
static const char *reading_moved(const struct drift *d, const json_t *row, const json_t *changes,
                                 const json_t *read)
{
        bool was = is_unknown(json_object_get(row, "from")),
             is = is_unknown(json_object_get(row, "to"));

        if (is && !was && (turns(changes, "to") || coverage_moved(d, row, "lost")))
                return "unreadable";
        if (was && !is && (turns(changes, "from") || coverage_moved(d, row, "restored")))
                return "readable";
        if (json_member_string(row, "kind") || moved_elsewhere(d, row, read))
                return NULL;
        /* of a place: that something there could not be read is itself what some rules look at */
        if (opens(row) && coverage_moved(d, row, "lost"))
                return "unreadable";
        return closes(row) && coverage_moved(d, row, "restored") ? "readable" : NULL;
}

/* ---- the reason --------------------------------------------------------------------------------
 */

/* Nothing that concerns the resource itself moved. */
static const char *other_reason(const struct drift *d, const json_t *row, const json_t *read,
                                const json_t *parts)
{
        bool elsewhere = moved_elsewhere(d, row, read) ||
                         (!json_member_string(row, "kind") && coverage_moved(d, row, NULL));

        if (!parts)
                return elsewhere ? "world" : "unrecorded";
        if (json_array_size(parts) > 0)
                return elsewhere ? "world-and-rules" : word_of_parts(parts);
        return elsewhere ? "world" : "date";
}

/* The date came, or was set to another day, or is now taken otherwise. */
static const char *reason_of_date(const json_t *from, const json_t *to, const json_t *parts)
{
        bool moved = !same_member(from, to, "applies_from");

        if (parts ? has_name(parts, "law/dates.yaml") : moved)
                return "law";
        if (json_array_size(parts) > 0 && (moved || same_member(from, to, "state")))
                return word_of_parts(parts);
        return "date";
}

static const char *reason_of(const struct drift *d, const json_t *row, const json_t *changes,
                             const json_t *read, const json_t *parts)
{
        const json_t *from = json_object_get(row, "from"), *to = json_object_get(row, "to");
        _cleanup_(freep) char *key = drift_key(row);
        const json_t *resource = key ? json_object_get(d->resources, key) : NULL;
        const char *change = json_member_string(resource, "change"),
                   *reading = reading_moved(d, row, changes, read);

        if (change && (strcmp(change, "appeared") == 0 || strcmp(change, "gone") == 0))
                return "world";
        if (reading)
                return reading;
        if (date_makes_it(from, to))
                return reason_of_date(from, to, parts);
        if (json_array_size(changes) > 0)
                return json_array_size(parts) > 0 ? "world-and-rules" : "world";
        return other_reason(d, row, read, parts);
}

int drift_reason_put(const struct drift *d, json_t *row, const json_t *read)
{
        _cleanup_(freep) char *key = drift_key(row);
        json_auto_t *parts = drift_parts(d, json_member_string(row, "account"));
        json_auto_t *changes = key ? changes_read(json_object_get(d->resources, key), read) : NULL;
        const char *reason = changes ? reason_of(d, row, changes, read, parts) : NULL;

        if (!reason || json_object_set_new(row, "reason", json_string(reason)) < 0)
                return -ENOMEM;
        if (json_array_size(parts) > 0 && strcmp(reason, "world") != 0 &&
            strcmp(reason, "readable") != 0 && strcmp(reason, "unreadable") != 0)
                (void)json_object_set(row, "parts", parts);
        if (json_array_size(changes) > 0)
                (void)json_object_set(row, "facts", changes);
        return 0;
}
