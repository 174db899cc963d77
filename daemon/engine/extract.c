#include "daemon/engine/extract.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "daemon/model/fact.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* ---- items --------------------------------------------------------------------------------------
 */

/* Members that a reply may have beside its list: the list may then be left out when it is empty. */
static bool is_envelope(const char *key, const struct call *call, const struct paging *paging)
{
        const char *const *more = call->service ? call->service->envelope : NULL;
        static const char *const words[] = { "ResponseMetadata", "RequestId", "requestId", "xmlns",
                                             "$metadata" };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (strcmp(words[i], key) == 0)
                        return true;
        for (; more && *more; more++)
                if (strcmp(*more, key) == 0)
                        return true;
        return (paging->response && strcmp(paging->response, key) == 0) ||
               (paging->total && strcmp(paging->total, key) == 0);
}

static int missing_list(const json_t *body, const struct call *call, const struct paging *paging,
                        struct error *err)
{
        const char *key;
        json_t *value;

        if (!json_is_object(body))
                return error_set(err, -EBADMSG, "the reply is no object");
        json_object_foreach(
                (json_t *)body, key,
                value) if (!json_is_null(value) &&
                           !is_envelope(key, call,
                                        paging)) return error_set(err, -EBADMSG,
                                                                  "the reply has no '%s'",
                                                                  call->items);
        return 0;
}

static int append_item(json_t *items, json_t *value, const char *key, struct error *err)
{
        json_auto_t *item = NULL;

        if (json_is_object(value)) {
                item = key ? json_copy(value) : json_incref(value);
                if (key)
                        (void)json_object_set_new(item, "_key", json_string(key));
        } else if (json_is_string(value) || json_is_number(value)) {
                item = json_pack("{s:O}", "_value", value);
        } else {
                return error_set(err, -EBADMSG,
                                 "the list has an element that is neither object, text nor number");
        }
        return json_array_append_new(items, TAKE_PTR(item)) < 0 ? error_oom(err) : 0;
}

int extract_items(const json_t *body, const struct call *call, const struct paging *paging,
                  json_t **ret, struct error *err)
{
        json_auto_t *found = json_path(body, call->items), *items = json_array();
        bool whole = strcmp(call->items, ".") == 0;
        const char *key;
        json_t *value;
        size_t i;
        int r = 0;

        if (!items)
                return error_oom(err);
        if (!found)
                r = missing_list(body, call, paging, err);
        else if (json_is_array(found))
                json_array_foreach(found, i, value) r =
                        r < 0 ? r : append_item(items, value, NULL, err);
        else if (whole && json_is_object(found))
                r = append_item(items, found, NULL, err);
        else if (json_is_object(found))
                json_object_foreach(found, key, value) r =
                        r < 0 ? r : append_item(items, value, key, err);
        else
                r = error_set(err, -EBADMSG, "'%s' in the reply is no list", call->items);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(items);
        return 0;
}

/* ---- attributes
 * ----------------------------------------------------------------------------------- */

int extract_text(const char *map, const json_t *item, const struct template_values *values,
                 char **ret, struct error *err)
{
        json_auto_t *value = NULL;

        *ret = NULL;
        if (!map)
                return 0;
        if (strchr(map, '{'))
                return template_expand(map, TEMPLATE_PLAIN, values, ret, err);
        value = json_path(item, map);
        if (!value)
                return 0;
        *ret = json_scalar_text(value);
        return 0;
}

/* Providers give ISO texts, seconds (with fraction or exponent) or milliseconds. */
static int time_usec(const json_t *value, uint64_t *ret_usec)
{
        const double milliseconds_from = 1e11; /* in seconds that would be the year 5138 */
        double n = json_number_value(value);

        if (json_is_string(value))
                return clock_parse_iso8601(json_string_value(value), ret_usec);
        if (!json_is_number(value) || n < 0 || n > 1e14)
                return -EINVAL;
        *ret_usec = (uint64_t)(n > milliseconds_from ? n * 1e3 : n * 1e6);
        return 0;
}

/* A time that is not said, or not understood, stays unset. */
static int time_text(const char *map, const json_t *item, char **ret)
{
        json_auto_t *value = map ? json_path(item, map) : NULL;
        char formatted[CLOCK_TEXT_MAX];
        uint64_t usec;

        *ret = NULL;
        if (!value || time_usec(value, &usec) < 0)
                return 0;
        *ret = strdup(clock_format_rfc3339(usec, formatted));
        return *ret ? 0 : -ENOMEM;
}

/* Letter case aside: APIs that do not tell it apart answer as the thing was once written. */
static const char *type_of(const json_t *types, const char *value)
{
        const char *key;
        json_t *type;

        json_object_foreach((json_t *)types, key, type)
        {
                if (strcasecmp(key, value) == 0)
                        return json_string_value(type);
        }
        return NULL;
}

static int resource_type(const struct collector *c, const json_t *item, struct resource *r)
{
        json_auto_t *value = c->type_by ? json_path(item, c->type_by) : NULL;
        _cleanup_(freep) char *text = value ? json_scalar_text(value) : NULL;
        const char *type = text ? type_of(c->types, text) : NULL;

        if (!type)
                type = c->type;
        if (type && !(r->service_type = strdup(type)))
                return -ENOMEM;
        if (c->evidence && !(r->topic = strdup(c->evidence)))
                return -ENOMEM;
        return 0;
}

static int replace_text(char **attribute, const char *map, const json_t *item,
                        const struct template_values *values, struct error *err)
{
        char *text = NULL;
        int r = extract_text(map, item, values, &text, err);

        if (r < 0 || !text || text[0] == '\0') {
                free(text);
                return r;
        }
        free(*attribute);
        *attribute = text;
        return 0;
}

/* Of the item without what moves by itself: only a change elsewhere asks the details again. */
static char *listed_digest(const struct collector *c, const json_t *item,
                           char hex[static SHA256_HEX_MAX])
{
        json_auto_t *copy = c->ignore ? json_copy((json_t *)item) : NULL;

        for (char **member = c->ignore; copy && *member; member++)
                (void)json_object_del(copy, *member);
        return c->ignore && !copy ? NULL : json_canonical_digest(copy ? copy : item, hex);
}

int extract_resource(const struct collector *c, const struct place *place, const json_t *item,
                     const struct template_values *values, struct resource **ret, struct error *err)
{
        _cleanup_(resource_freep) struct resource *res = resource_new(place, c->id);
        const struct resource_map *map = &c->resource;
        int r;

        if (!res || !listed_digest(c, item, res->listed_digest))
                return error_oom(err);
        r = replace_text(&res->id, map->id, item, values, err);
        if (r < 0)
                return error_wrap(err, -EBADMSG, "id of %s", c->id);
        if (!res->id)
                return error_set(err, -EBADMSG, "an item of %s has no '%s'", c->id, map->id);
        (void)replace_text(&res->name, map->name, item, values, NULL);
        (void)replace_text(&res->status, map->status, item, values, NULL);
        (void)replace_text(&res->scope, map->scope, item, values, NULL);
        (void)replace_text(&res->region, map->region, item, values, NULL);
        if (time_text(map->created, item, &res->created) < 0 ||
            time_text(map->modified, item, &res->modified) < 0 || resource_type(c, item, res) < 0)
                return error_oom(err);
        *ret = TAKE_PTR(res);
        return 0;
}

int extract_evidence(struct resource *r, const char *call, const char *time, const char *request_id,
                     const char *sha256)
{
        json_t *entry = json_pack("{s:s, s:s, s:s, s:s}", "call", call, "time", time, "request_id",
                                  request_id, "sha256", sha256);

        if (!entry || json_array_append_new(r->evidence, entry) < 0)
                return -ENOMEM;
        return (int)json_array_size(r->evidence) - 1;
}

/* ---- facts
 * ---------------------------------------------------------------------------------------- */

static json_t *value_in(const json_t *value, const json_t *list)
{
        json_t *element;
        size_t i;

        json_array_foreach((json_t *)list, i,
                           element) if (json_equal(element, value)) return json_true();
        return json_false();
}

/* It is this, or a list that has it. */
static bool has(const json_t *value, const json_t *wanted)
{
        json_t *list =
                json_is_array(value) ? json_incref((json_t *)value) : json_pack("[O]", value);
        bool found = json_is_true(value_in(wanted, list));

        json_decref(list);
        return found;
}

/* What the map says of a value, NULL where it says null: then this is not a value of the fact. */
static json_t *mapped(json_t *value, const json_t *map)
{
        _cleanup_(freep) char *text = json_scalar_text(value);
        json_t *to = text ? json_object_get(map, text) : NULL;

        if (json_is_null(to))
                return NULL;
        return json_incref(to ? to : value);
}

static json_t *counted(const json_t *value)
{
        size_t n = json_is_array(value)    ? json_array_size(value)
                   : json_is_object(value) ? json_object_size(value)
                                           : 1;

        return json_integer((json_int_t)n);
}

static bool is_empty(const json_t *value)
{
        return (json_is_string(value) && json_string_length(value) == 0) ||
               (json_is_array(value) && json_array_size(value) == 0);
}

/* {value} in an as: template, else what the templates around it know. */
struct as_values {
        const json_t *value;
        const struct template_values *around;
};

static json_t *as_value(void *user, const char *name)
{
        const struct as_values *v = user;

        if (strcmp(name, "value") == 0)
                return json_incref((json_t *)v->value);
        return v->around ? v->around->value(v->around->user, name) : NULL;
}

/* Each text in the form that as: gives; what it cannot be made for is left as it is. */
static json_t *as_form(const char *as, json_t *found, const struct template_values *around)
{
        struct as_values v = { .value = found, .around = around };
        struct template_values values = { .value = as_value, .user = &v };
        json_t *list, *element;
        char *text = NULL;
        size_t i;

        if (!as || !found)
                return found;
        if (json_is_array(found)) {
                list = json_array();
                json_array_foreach(found, i, element)
                {
                        (void)json_array_append_new(list,
                                                    as_form(as, json_incref(element), around));
                }
                json_decref(found);
                return list;
        }
        if (json_is_object(found) || template_expand(as, TEMPLATE_PLAIN, &values, &text, NULL) < 0)
                return found;
        json_decref(found);
        found = json_string(text);
        free(text);
        return found;
}

/* What stands at one path: "path", or {path, as}. */
static json_t *path_found(const json_t *spec, const struct extract_source *source)
{
        const char *path =
                json_is_string(spec) ? json_string_value(spec) : json_member_string(spec, "path");
        json_t *found = path ? json_path(source->body, path) : NULL;

        return as_form(json_member_string(spec, "as"), found, source->values);
}

/* What stands at the path, or at any of the paths as one list; NULL when there is nothing. */
static json_t *fact_found(const json_t *spec, const struct extract_source *source)
{
        json_auto_t *all = NULL;
        json_t *each;
        size_t i;

        if (!json_object_get(spec, "paths"))
                return path_found(spec, source);
        all = json_array();
        json_array_foreach(json_object_get(spec, "paths"), i, each)
        {
                json_auto_t *found = path_found(each, source);

                if (json_is_array(found))
                        (void)json_array_extend(all, found);
                else if (found && !is_empty(found))
                        (void)json_array_append(all, found);
        }
        return json_array_size(all) > 0 ? TAKE_PTR(all) : NULL;
}

static json_t *constant(json_t *value, const struct template_values *values)
{
        json_t *expanded = NULL;

        return template_expand_tree(value, values, &expanded, NULL) < 0 ? NULL : expanded;
}

static json_t *as_time(const json_t *value)
{
        char formatted[CLOCK_TEXT_MAX];
        uint64_t usec;

        return time_usec(value, &usec) < 0 ? NULL
                                           : json_string(clock_format_rfc3339(usec, formatted));
}

static bool number_of(const json_t *value, double *ret)
{
        if (json_is_number(value))
                *ret = json_number_value(value);
        return json_is_number(value) ||
               (json_is_string(value) && number_parse_double(json_string_value(value), ret) == 0);
}

/* A sum in which one number cannot be read is none. A whole one is told as whole. */
static json_t *summed(const json_t *value)
{
        const double exact_max = 9007199254740992.0; /* 2^53 */
        double sum = 0, n = 0;
        json_t *element;
        size_t i;

        if (!json_is_array(value) && !number_of(value, &sum))
                return NULL;
        json_array_foreach((json_t *)value, i, element)
        {
                if (!number_of(element, &n))
                        return NULL;
                sum += n;
        }
        return sum == floor(sum) && fabs(sum) < exact_max ? json_integer((json_int_t)sum)
                                                          : json_real(sum);
}

/* The latest of several times; one that cannot be read is passed over. */
static json_t *newest(const json_t *value)
{
        char formatted[CLOCK_TEXT_MAX];
        uint64_t usec, latest = 0;
        json_t *element;
        size_t i;

        if (!json_is_array(value))
                return as_time(value);
        json_array_foreach((json_t *)value, i, element)
        {
                if (time_usec(element, &usec) == 0 && usec > latest)
                        latest = usec;
        }
        return latest ? json_string(clock_format_rfc3339(latest, formatted)) : NULL;
}

/* What a fact's specification finds: a new reference, NULL when the reply does not say. */
/* Ids in the form in which they compare. */
static json_t *as_id(const json_t *found, const struct extract_source *source)
{
        json_t *list, *element;
        size_t i;

        if (json_is_string(found) && source->id_key)
                return source->id_key(source->user, found);
        if (!json_is_array(found))
                return json_incref((json_t *)found);
        list = json_array();
        json_array_foreach((json_t *)found, i, element)
        {
                (void)json_array_append_new(list, as_id(element, source));
        }
        return list;
}

static json_t *fact_value(const json_t *spec, const struct extract_source *source)
{
        json_auto_t *found = NULL;
        json_t *part;

        if (json_is_object(spec) && !json_object_get(spec, "path") &&
            !json_object_get(spec, "paths"))
                return constant(json_object_get(spec, "value"), source->values);
        found = fact_found(spec, source);
        if (found && is_empty(found) && !json_object_get(spec, "count"))
                json_decref(TAKE_PTR(found)); /* an empty text or list says that there is none */
        if (json_is_string(spec))
                return TAKE_PTR(found);
        if (json_object_get(spec, "present"))
                return json_boolean(found != NULL);
        if (!found)
                return json_incref(json_object_get(spec, "default"));
        if ((part = json_object_get(spec, "value")))
                return constant(part, source->values);
        if ((part = json_object_get(spec, "equals")))
                return json_boolean(json_equal(part, found));
        if ((part = json_object_get(spec, "not_equals")))
                return json_boolean(!json_equal(part, found));
        if ((part = json_object_get(spec, "in")))
                return json_incref(value_in(found, part));
        if ((part = json_object_get(spec, "has")))
                return json_boolean(has(found, part));
        if ((part = json_object_get(spec, "map")))
                return mapped(found, part);
        if (json_object_get(spec, "id"))
                return as_id(found, source);
        if (json_object_get(spec, "time"))
                return as_time(found);
        if (json_object_get(spec, "newest"))
                return newest(found);
        if (json_object_get(spec, "sum"))
                return summed(found);
        return json_object_get(spec, "count") ? counted(found) : TAKE_PTR(found);
}

/* Several calls for one resource (each:): their values become one list. */
static json_t *joined(const json_t *before, json_t *value)
{
        json_t *list;

        if (json_equal(before, value))
                return value;
        list = json_is_array(before) ? json_copy((json_t *)before) : json_pack("[O]", before);
        if (json_is_array(value))
                (void)json_array_extend(list, value);
        else
                (void)json_array_append(list, value);
        json_decref(value);
        return list;
}

int extract_facts(struct resource *r, const json_t *facts, const struct extract_source *source,
                  struct error *err)
{
        const char *name;
        json_t *spec;

        json_object_foreach((json_t *)facts, name, spec)
        {
                const json_t *before = NULL;
                enum fact_state state = fact_get(r->facts, name, &before, NULL);
                const char *untold = json_member_string(spec, "unknown");
                json_t *value;
                int k = 0;

                if (untold && state != FACT_KNOWN)
                        k = fact_set_unknown(r->facts, name, untold);
                if (k < 0)
                        return error_oom(err);
                if (untold)
                        continue;
                value = fact_value(spec, source);
                if (source->collect && state == FACT_UNKNOWN &&
                    json_object_get(r->facts, name)) { /* a part is not the list */
                        json_decref(value);
                        continue;
                }
                if (value && source->collect && state == FACT_KNOWN)
                        value = joined(before, value);
                if (value)
                        k = fact_set_known_take(r->facts, name, value, source->evidence);
                else if (state != FACT_KNOWN)
                        k = fact_set_absent(r->facts, name, source->evidence);
                if (k < 0)
                        return error_oom(err);
        }
        return 0;
}

int extract_facts_unknown(struct resource *r, const json_t *facts, const char *cause,
                          struct error *err)
{
        const char *name;
        json_t *spec;

        json_object_foreach((json_t *)facts, name, spec)
        {
                if (fact_get(r->facts, name, NULL, NULL) == FACT_KNOWN)
                        continue;
                if (fact_set_unknown(r->facts, name, cause) < 0)
                        return error_oom(err);
        }
        return 0;
}

/* Of two values for one key neither is lost: the second stands under its whole text. */
static void add_tag_text(json_t *tags, const char *text)
{
        const char *equals = strchr(text, '='), *value = equals ? equals + 1 : "";
        _cleanup_(freep) char *key = equals ? strndup(text, (size_t)(equals - text)) : strdup(text);
        const char *before = key ? json_member_string(tags, key) : NULL;

        if (!key || key[0] == '\0')
                return;
        if (!before || strcmp(before, value) == 0)
                (void)json_object_set_new(tags, key, json_string(value));
        else if (equals)
                (void)json_object_set_new(tags, text, json_string(""));
}

int extract_tags(struct resource *r, const char *path, const json_t *body, int evidence,
                 struct error *err)
{
        json_auto_t *found = json_path(body, path);
        const char *key;
        json_t *value;
        size_t i;

        json_object_foreach(found, key, value)
        {
                _cleanup_(freep) char *text = json_scalar_text(value);

                if (text)
                        (void)json_object_set_new(r->tags, key, json_string(text));
        }
        json_array_foreach(found, i, value) if (json_is_string(value))
                add_tag_text(r->tags, json_string_value(value));
        return fact_set_known_take(r->facts, "tags", json_true(), evidence) < 0 ? error_oom(err)
                                                                                : 0;
}

/* ---- what to keep
 * ---------------------------------------------------------------------------------- */

static bool matches_any(const struct keep *k, const json_t *value)
{
        _cleanup_(freep) char *text = json_is_array(value) ? NULL : json_scalar_text(value);
        json_t *element;
        size_t i;

        json_array_foreach((json_t *)value, i, element) if (matches_any(k, element)) return true;
        return text && regexec(k->regex, text, 0, NULL, 0) == 0;
}

static bool value_holds(const struct keep *k, const json_t *value)
{
        if (k->absent)
                return value == NULL;
        if (k->present)
                return json_is_true(k->present) == (value != NULL);
        if (k->not_equals)
                return !value || !json_equal(k->not_equals, value);
        if (!value)
                return false;
        if (k->equals)
                return json_equal(k->equals, value);
        if (k->in)
                return json_is_true(value_in(value, k->in));
        if (k->at_least)
                return json_is_number(value) &&
                       json_number_value(value) >= json_number_value(k->at_least);
        return matches_any(k, value);
}

/* unknown: the answer where the fact could not be read, or is not there yet. */
static bool row_holds(const struct keep *k, const json_t *item, const struct resource *r,
                      bool unknown)
{
        json_auto_t *found = NULL;
        const json_t *value = NULL;

        if (k->path) {
                found = json_path(item, k->path);
                return value_holds(k, found);
        }
        if (!r || fact_get(r->facts, k->fact, &value, NULL) == FACT_UNKNOWN)
                return unknown;
        return value_holds(k, value);
}

bool extract_fits(const struct keep *rows, size_t n, const json_t *item)
{
        for (size_t i = 0; i < n; i++)
                if (row_holds(&rows[i], item, NULL, false))
                        return true;
        return n == 0;
}

bool extract_keep(const struct collector *c, const json_t *item, const struct resource *r)
{
        bool kept = c->n_keep == 0;

        /* what could not be read is kept, and not dropped */
        for (size_t i = 0; i < c->n_keep && !kept; i++)
                kept = row_holds(&c->keep[i], item, r, true);
        for (size_t i = 0; i < c->n_drop && kept; i++)
                kept = !row_holds(&c->drop[i], item, r, false);
        return kept;
}
