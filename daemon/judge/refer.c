#include "daemon/judge/refer.h"

#include "daemon/base/json.h"
#include "daemon/judge/region_list.h"

#include <errno.h>
#include <string.h>

static const struct resource *find(struct trial *t, const char *topic, const char *id)
{
        struct place place = trial_place(t);

        /* what it finds is the view's own: nothing of place is kept */
        // cppcheck-suppress returnDanglingLifetime
        return t->view->find(t->view->ctx, &place, topic, id);
}

const struct resource *trial_refer(struct trial *t, const char *topic, const char *value)
{
        const struct resource *to = find(t, topic, value);
        const char *name = strstr(value, "://");
        _cleanup_(freep) char *part = NULL;

        name = name ? name + 3 : value;
        if (to || (name == value && !strchr(value, '/')))
                return to;
        part = strndup(name, strcspn(name, "/"));
        if (!part) {
                t->failed = -ENOMEM;
                return NULL;
        }
        return *part ? find(t, topic, part) : NULL;
}

const struct resource *trial_key(struct trial *t, const char *id)
{
        const char *between = json_member_string(trial_param(t, "key_versions"),
                                                 t->subject->place.provider),
                   *end = between ? strstr(id, between) : NULL;
        const struct resource *key = find(t, "key", id);
        _cleanup_(freep) char *whole = NULL;

        if (key || !end)
                return key;
        whole = strndup(id, (size_t)(end - id));
        if (!whole) {
                t->failed = -ENOMEM;
                return NULL;
        }
        return find(t, "key", whole);
}

json_t *trial_fact_list(struct trial *t, const struct resource *r, const char *fact)
{
        const json_t *value = NULL;
        const char *cause = NULL;

        if (!trial_collected(r, fact) || trial_fact(t, r, fact, &value, &cause) != FACT_KNOWN)
                return NULL;
        return json_is_array(value) ? json_incref((json_t *)value)
                                    : json_pack("[O]", (json_t *)value);
}

/* ---- where they are ----------------------------------------------------------------------------
 */

void named_places_done(struct named_places *p)
{
        json_decref(p->regions);
        json_decref(p->lost);
        *p = (struct named_places){ 0 };
}

/* The region of a record, by its own fact before its place; NULL when that is not known. */
static const char *region_of_record(struct trial *t, const struct resource *to, const char *fact)
{
        const json_t *value = NULL;
        const char *cause = NULL;

        if (trial_collected(to, fact))
                return trial_fact(t, to, fact, &value, &cause) == FACT_KNOWN
                               ? json_string_value(value)
                               : NULL;
        return regions_is_placeless(to->region) ? NULL : to->region;
}

static bool is_region(const struct trial *t, const char *value)
{
        return regions_is_placeless(value) ||
               regions_locate(t->judge->regions, t->subject->place.provider, value, 0).named;
}

int trial_locate(struct trial *t, const json_t *values, const char *topic, const char *region_fact,
                 struct named_places *ret)
{
        json_t *element;
        size_t i;

        *ret = (struct named_places){ .regions = json_array(), .lost = json_array() };
        if (!ret->regions || !ret->lost)
                return t->failed = -ENOMEM;
        json_array_foreach((json_t *)values, i, element)
        {
                const char *value = json_string_value(element), *region = NULL;
                const struct resource *to = NULL;

                if (value && is_region(t, value))
                        region = value;
                else if (value && (to = trial_refer(t, topic, value)))
                        region = region_of_record(t, to, region_fact);
                json_auto_t *found = json_string(region ? region : value ? value : "?");

                (void)region_list_add(t, region ? ret->regions : ret->lost, found);
        }
        return t->failed;
}

/* ---- whether they are there --------------------------------------------------------------------
 */

int trial_destinations(struct trial *t, const struct resource *r, enum destinations *ret,
                       char *cause, size_t size)
{
        json_auto_t *values = trial_fact_list(t, r, "log.destination");
        struct place scope = trial_scope(t);
        struct coverage_look look;
        json_t *value;
        size_t i;
        int n;

        *ret = DESTINATIONS_NONE;
        json_array_foreach(values, i, value)
        {
                *ret = DESTINATIONS_GONE;
                if (json_is_string(value) && trial_refer(t, "log-sink", json_string_value(value))) {
                        *ret = DESTINATIONS_THERE;
                        return t->failed;
                }
        }
        if (*ret == DESTINATIONS_NONE) {
                const char *unread = NULL;

                if (!values && trial_collected(r, "log.destination") &&
                    trial_fact(t, r, "log.destination", NULL, &unread) == FACT_UNKNOWN) {
                        *ret = DESTINATIONS_UNREAD;
                        (void)snprintf(cause, size, "%s", unread);
                }
                return t->failed;
        }
        n = trial_coverage(t, &scope, "log-sink", &look);
        if (n < 0)
                return n;
        if (look.rows == 0)
                *ret = DESTINATIONS_UNSEEN;
        else if (look.unanswered > 0)
                *ret = DESTINATIONS_UNREAD;
        (void)snprintf(cause, size, "%s", look.cause);
        return t->failed;
}
