#include "daemon/base/json.h"

#include "daemon/base/number.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum { PATH_KEY_MAX = 128 };

/* One step of a path: a key, and what stands in brackets after it. */
struct step {
        char key[PATH_KEY_MAX];
        enum { STEP_PLAIN, STEP_EACH, STEP_MEMBERS, STEP_INDEX, STEP_PAIRS } kind;
        size_t index;
        char pair_key[PATH_KEY_MAX], pair_value[PATH_KEY_MAX];
};

static bool copy_part(char *to, const char *from, size_t length)
{
        if (length >= PATH_KEY_MAX)
                return false;
        memcpy(to, from, length);
        to[length] = '\0';
        return true;
}

/* What is between the brackets; p is behind "[". */
static bool step_bracket(struct step *s, const char *p, size_t length)
{
        const char *equals = memchr(p, '=', length);
        uint64_t index;

        if (length == 0 || (length == 1 && *p == '*')) {
                s->kind = length == 0 ? STEP_EACH : STEP_MEMBERS;
                return true;
        }
        if (equals) {
                s->kind = STEP_PAIRS;
                return copy_part(s->pair_key, p, (size_t)(equals - p)) &&
                       copy_part(s->pair_value, equals + 1, length - (size_t)(equals - p) - 1);
        }
        if (!copy_part(s->pair_key, p, length) || number_parse_u64(s->pair_key, &index) < 0)
                return false;
        s->kind = STEP_INDEX;
        s->index = index;
        return true;
}

/* Reads the first step of path; returns what follows it, NULL for a bad path. */
static const char *step_parse(const char *path, struct step *s)
{
        size_t length = strcspn(path, ".[");
        const char *p = path + length, *end;

        s->kind = STEP_PLAIN;
        if (!copy_part(s->key, path, length))
                return NULL;
        if (*p == '[') {
                end = strchr(p, ']');
                if (!end || !step_bracket(s, p + 1, (size_t)(end - p) - 1))
                        return NULL;
                p = end + 1;
        }
        if (*p == '.')
                return p + 1;
        return *p == '\0' ? p : NULL;
}

static json_t *pairs_object(const json_t *list, const struct step *s)
{
        json_t *object = json_object(), *element;
        size_t i;

        if (!object)
                return NULL;
        json_array_foreach((json_t *)list, i, element)
        {
                const char *key = json_string_value(json_object_get(element, s->pair_key));
                json_t *value = json_object_get(element, s->pair_value);

                if (key)
                        (void)json_object_set_new(object, key,
                                                  value ? json_incref(value) : json_string(""));
        }
        return object;
}

static void add_found(json_t *result, const json_t *element, const char *rest)
{
        json_t *found = json_path(element, rest);

        if (json_is_array(found) && (strstr(rest, "[]") || strstr(rest, "[*]"))) {
                (void)json_array_extend(result, found);
                json_decref(found);
        } else if (found) {
                (void)json_array_append_new(result, found);
        }
}

/* Of an array, or of the members of an object. */
static json_t *each_element(const json_t *list, const char *rest)
{
        json_t *result = json_array(), *element;
        const char *key;
        size_t i;

        if (!result)
                return NULL;
        json_array_foreach((json_t *)list, i, element)
        {
                add_found(result, element, rest);
        }
        json_object_foreach((json_t *)list, key, element)
        {
                add_found(result, element, rest);
        }
        return result;
}

json_t *json_path(const json_t *root, const char *path)
{
        const json_t *here = root;
        struct step s;

        if (strcmp(path, ".") == 0)
                path = "";
        while (*path != '\0') {
                path = step_parse(path, &s);
                if (!path)
                        return NULL;
                if (s.key[0] != '\0')
                        here = json_object_get(here, s.key);
                if (!here || json_is_null(here))
                        return NULL;
                if (s.kind == STEP_EACH)
                        return json_is_array(here) ? each_element(here, path) : NULL;
                if (s.kind == STEP_MEMBERS)
                        return json_is_object(here) ? each_element(here, path) : NULL;
                if (s.kind == STEP_PAIRS) {
                        json_auto_t *pairs = json_is_array(here) ? pairs_object(here, &s) : NULL;

                        return pairs ? json_path(pairs, path) : NULL;
                }
                if (s.kind == STEP_INDEX)
                        here = json_array_get(here, s.index);
                if (!here || json_is_null(here))
                        return NULL;
        }
        return json_is_null(here) ? NULL : json_incref((json_t *)here);
}

const char *json_path_string(const json_t *root, const char *path)
{
        const json_t *here = root;
        struct step s;

        while (here && *path != '\0') {
                path = step_parse(path, &s);
                if (!path || s.kind == STEP_EACH || s.kind == STEP_MEMBERS || s.kind == STEP_PAIRS)
                        return NULL;
                here = json_object_get(here, s.key);
                if (s.kind == STEP_INDEX)
                        here = json_array_get(here, s.index);
        }
        return json_string_value(here);
}

const char *json_member_string(const json_t *object, const char *key)
{
        return json_string_value(json_object_get(object, key));
}

char *json_scalar_text(const json_t *value)
{
        char *text = NULL;

        switch (json_typeof(value)) {
        case JSON_STRING:
                return strdup(json_string_value(value));
        case JSON_INTEGER:
                return asprintf(&text, "%" JSON_INTEGER_FORMAT, json_integer_value(value)) < 0
                               ? NULL
                               : text;
        case JSON_REAL:
                return asprintf(&text, "%.17g", json_real_value(value)) < 0 ? NULL : text;
        case JSON_TRUE:
                return strdup("true");
        case JSON_FALSE:
                return strdup("false");
        case JSON_OBJECT:
        case JSON_ARRAY:
        case JSON_NULL:
                break;
        }
        return NULL;
}

char *json_canonical(const json_t *value)
{
        return json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
}

char *json_canonical_digest(const json_t *value, char hex[static SHA256_HEX_MAX])
{
        _cleanup_(freep) char *text = json_canonical(value);

        return text ? digest_sha256_hex(text, strlen(text), hex) : NULL;
}

int json_parse(const char *text, size_t size_bytes, json_t **ret, struct error *err)
{
        json_error_t where;
        json_t *value =
                json_loadb(text, size_bytes, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where);

        if (!value)
                return error_set(err, -EBADMSG, "no valid JSON at line %d, column %d", where.line,
                                 where.column);
        *ret = value;
        return 0;
}

int json_set_string(json_t *object, const char *key, const char *value)
{
        json_t *text = value ? json_string(value) : json_null();

        return json_object_set_new(object, key, text) < 0 ? -ENOMEM : 0;
}

json_t *json_strings(char *const *strings)
{
        json_t *list = json_array();

        for (; list && strings && *strings; strings++)
                (void)json_array_append_new(list, json_string(*strings));
        return list;
}
