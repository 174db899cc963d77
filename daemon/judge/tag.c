#include "daemon/judge/tag.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "daemon/judge/match.h"
#include "daemon/model/fact.h"

#include <errno.h>
#include <string.h>

enum { TAG_TEXT_MAX = 2048 }; /* providers allow 256 characters; what is longer is cut */

enum tag_kind { TAG_TEXT, TAG_ENUM, TAG_LIST, TAG_DATE, TAG_INTEGER, TAG_AREAS, TAG_SLUG };
static const char *const kind_names[] = { "text",    "enum",  "list", "date",
                                          "integer", "areas", "slug", NULL };

struct tag_key {
        char *key;
        int kind; /* enum tag_kind */
        char **values;
        json_t *title;
        struct yaml_place place;
};

struct vocabulary {
        char *source, *as_of;
        struct tag_key *keys;
        size_t n_keys;
};

static const struct yaml_field key_fields[] = {
        { .key = "key",
          .type = YAML_STRING,
          .offset = offsetof(struct tag_key, key),
          .required = true },
        { .key = "kind",
          .type = YAML_ENUM,
          .offset = offsetof(struct tag_key, kind),
          .required = true,
          .names = kind_names },
        { .key = "values", .type = YAML_STRINGS, .offset = offsetof(struct tag_key, values) },
        { .key = "title",
          .type = YAML_JSON,
          .offset = offsetof(struct tag_key, title),
          .required = true },
        { .type = YAML_PLACE, .offset = offsetof(struct tag_key, place) },
        { 0 },
};

static const struct yaml_field vocabulary_fields[] = {
        { .key = "source",
          .type = YAML_STRING,
          .offset = offsetof(struct vocabulary, source),
          .required = true },
        { .key = "as_of",
          .type = YAML_STRING,
          .offset = offsetof(struct vocabulary, as_of),
          .required = true },
        { .key = "tags",
          .type = YAML_LIST,
          .offset = offsetof(struct vocabulary, keys),
          .required = true,
          .fields = key_fields,
          .size = sizeof(struct tag_key),
          .count_offset = offsetof(struct vocabulary, n_keys) },
        { 0 },
};

/* ---- the vocabulary -------------------------------------------------------------------------- */

static const struct tag_key *key_find(const struct vocabulary *v, const char *key)
{
        for (size_t i = 0; i < v->n_keys; i++)
                if (strcmp(v->keys[i].key, key) == 0)
                        return &v->keys[i];
        return NULL;
}

bool vocabulary_has(const struct vocabulary *v, const char *key)
{
        return key_find(v, key) != NULL;
}

int vocabulary_load(struct vocabulary **ret, struct data *data, struct error *err)
{
        _cleanup_(vocabulary_freep) struct vocabulary *v = calloc(1, sizeof(*v));
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        int r;

        if (!v)
                return error_oom(err);
        r = data_load(data, "law/tags.yaml", &y, err);
        if (r < 0)
                return r;
        r = yaml_bind(y, vocabulary_fields, v, err);
        for (size_t i = 0; r == 0 && i < v->n_keys; i++) {
                const struct tag_key *k = &v->keys[i];

                if (key_find(v, k->key) != k)
                        r = yaml_error_at(y, k->place, err, "tag '%s' stands here twice", k->key);
                else if ((k->kind == TAG_ENUM || k->kind == TAG_LIST) != (k->values != NULL))
                        r = yaml_error_at(y, k->place, err,
                                          "tag '%s': values go with enum and list", k->key);
        }
        if (r < 0)
                return r;
        *ret = TAKE_PTR(v);
        return 0;
}

struct vocabulary *vocabulary_free(struct vocabulary *v)
{
        if (!v)
                return NULL;
        yaml_unbind(vocabulary_fields, v);
        free(v);
        return NULL;
}

/* ---- normal forms -----------------------------------------------------------------------------
 */

static char to_lower(char c)
{
        return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; /* no locale may change a tag */
}

/* Takes off the beginning of a character whose end was cut away. */
static void trim_utf8(char *text)
{
        size_t n = strlen(text), tail = 0;

        while (n > 0 && tail < 3 && ((unsigned char)text[n - 1] & 0xC0) == 0x80) {
                n--;
                tail++;
        }
        if (n > 0 && ((unsigned char)text[n - 1] & 0xC0) == 0xC0)
                text[n - 1] = '\0';
}

/* Lower case, what is in `to_hyphen` becomes "-", several of them one, none at the ends. */
static char *normalise(const char *from, const char *to_hyphen, char *text, size_t size)
{
        size_t n = 0;

        for (; *from && n + 1 < size; from++) {
                char c = strchr(to_hyphen, *from) ? '-' : to_lower(*from);

                if (c == '-' && (n == 0 || text[n - 1] == '-'))
                        continue;
                text[n++] = c;
        }
        while (n > 0 && text[n - 1] == '-')
                n--;
        text[n] = '\0';
        if (*from)
                trim_utf8(text);
        return text;
}

char *tag_normalise_key(const char *key, char *text, size_t size)
{
        return normalise(key, ":/._ ", text, size);
}

static void normalise_value(const struct tag_key *k, const char *value, char *text, size_t size)
{
        bool one_word = k->kind == TAG_ENUM || k->kind == TAG_SLUG;
        const char *to_hyphen = one_word ? ":/._ " : ":/. ";

        if (k->kind ==
            TAG_TEXT) { /* a reference of the owner's: kept as it is, without blanks around it */
                size_t length;

                value += strspn(value, " \t");
                length = strlen(value);
                while (length > 0 && strchr(" \t", value[length - 1]))
                        length--;
                (void)snprintf(text, size, "%.*s", (int)length, value);
                if (length >= size)
                        trim_utf8(text);
                return;
        }
        normalise(value, to_hyphen, text, size);
}

static bool in_values(char *const *values, const char *text, size_t length)
{
        for (; values && *values; values++)
                if (strlen(*values) == length && strncmp(*values, text, length) == 0)
                        return true;
        return false;
}

static bool part_is_area(const char *part, size_t length)
{
        static const char *const areas[] = { "eu", "eea", "adequate", "any" };

        for (size_t i = 0; i < ELEMENTSOF(areas); i++)
                if (strlen(areas[i]) == length && strncmp(areas[i], part, length) == 0)
                        return true;
        return length == 2 && strspn(part, "abcdefghijklmnopqrstuvwxyz") >= 2;
}

/* Parts joined by "_", each of them right. */
static bool parts_accepted(const struct tag_key *k, const char *value)
{
        for (const char *p = value;;) {
                const char *end = strchrnul(p, '_');
                size_t length = (size_t)(end - p);
                bool ok = k->kind == TAG_AREAS ? part_is_area(p, length)
                                               : in_values(k->values, p, length);

                if (!ok)
                        return false;
                if (*end == '\0')
                        return true;
                p = end + 1;
        }
}

static bool value_accepted(const struct tag_key *k, const char *value)
{
        uint64_t number;

        switch ((enum tag_kind)k->kind) {
        case TAG_TEXT:
        case TAG_SLUG:
                return value[0] != '\0';
        case TAG_ENUM:
                return in_values(k->values, value, strlen(value));
        case TAG_LIST:
        case TAG_AREAS:
                return parts_accepted(k, value);
        case TAG_DATE:
                return clock_parse_day(value, &number) == 0;
        case TAG_INTEGER:
                return number_parse_u64(value, &number) == 0;
        }
        return false;
}

bool vocabulary_accepts(const struct vocabulary *v, const char *key, const char *value)
{
        const struct tag_key *k = key_find(v, key);

        return k && value_accepted(k, value);
}

const char *vocabulary_normalise(const struct vocabulary *v, const char *key, const char *value,
                                 char *text, size_t size)
{
        const struct tag_key *k = key_find(v, key);

        if (!k)
                return NULL;
        normalise_value(k, value, text, size);
        return value_accepted(k, text) ? text : NULL;
}

void vocabulary_offer(const struct vocabulary *v, struct nearest *near)
{
        for (size_t i = 0; i < v->n_keys; i++)
                nearest_offer(near, v->keys[i].key);
}

/* ---- declarations -----------------------------------------------------------------------------
 */

static int entry_conflict(json_t *entry, const char *value)
{
        const char *before = json_member_string(entry, "value");
        _cleanup_(freep) char *both = NULL;
        bool in_order = strcmp(before, value) < 0;

        if (strcmp(before, value) == 0)
                return 0;
        if (asprintf(&both, "%s, %s", in_order ? before : value, in_order ? value : before) < 0) {
                both = NULL;
                return -ENOMEM;
        }
        if (json_set_string(entry, "value", both) < 0)
                return -ENOMEM;
        return json_set_string(entry, "state", "conflict");
}

static int declared_add(struct declared *d, const struct vocabulary *v, const char *raw_key,
                        const char *raw_value, const char *source)
{
        char key[TAG_TEXT_MAX], value[TAG_TEXT_MAX];
        const struct tag_key *k;
        json_t *entry;

        k = key_find(v, tag_normalise_key(raw_key, key, sizeof(key)));
        if (!k)
                return 0;
        normalise_value(k, raw_value, value, sizeof(value));
        entry = json_object_get(d->entries, k->key);
        if (entry)
                return entry_conflict(entry, value);
        entry = json_pack("{s:s, s:s, s:s}", "value", value, "source", source, "state",
                          value_accepted(k, value) ? "ok" : "invalid");
        return entry && json_object_set_new(d->entries, k->key, entry) == 0 ? 0 : -ENOMEM;
}

/* A provider whose tags are bare texts has "key=value" as the key. Returns the value, and the key
 * in left. */
static const char *split_tag(const char *key, const char *value, char *left, size_t size)
{
        const char *equals = value[0] == '\0' ? strchr(key, '=') : NULL;

        (void)snprintf(left, size, "%.*s", equals ? (int)(equals - key) : (int)strlen(key), key);
        return equals ? equals + 1 : value;
}

struct tag_values tag_find(const json_t *tags, const char *key, const char *pattern)
{
        char wanted[TAG_TEXT_MAX], left[TAG_TEXT_MAX], normal[TAG_TEXT_MAX];
        struct tag_values found = { 0 };
        const char *name;
        json_t *value;

        (void)tag_normalise_key(key, wanted, sizeof(wanted));
        json_object_foreach((json_t *)tags, name, value)
        {
                const char *text = json_string_value(value);
                const char *right = split_tag(name, text ? text : "", left, sizeof(left));

                if (strcmp(tag_normalise_key(left, normal, sizeof(normal)), wanted) != 0)
                        continue;
                found.there++;
                found.like += match_pattern(pattern, right);
        }
        return found;
}

static int declared_add_tag(struct declared *d, const struct vocabulary *v, const char *key,
                            const char *value)
{
        char left[TAG_TEXT_MAX];
        const char *right = split_tag(key, value, left, sizeof(left));

        return declared_add(d, v, left, right, "tag");
}

int declared_add_policy(struct declared *d, const struct vocabulary *v, const json_t *policy)
{
        const char *key;
        json_t *value;

        json_object_foreach((json_t *)policy, key, value)
        {
                char normal[TAG_TEXT_MAX];
                _cleanup_(freep) char *text = json_scalar_text(value);

                if (!text ||
                    json_object_get(d->entries, tag_normalise_key(key, normal, sizeof(normal))))
                        continue;
                if (declared_add(d, v, key, text, "policy") < 0)
                        return -ENOMEM;
        }
        return 0;
}

int declared_read(struct declared *d, const struct vocabulary *v, const json_t *tags,
                  const json_t *facts)
{
        const char *key;
        json_t *value;

        *d = (struct declared){ .entries = json_object() };
        if (!d->entries)
                return -ENOMEM;
        /* tags that are there were read, unless the fact says that more could not be */
        if (json_object_size(tags) == 0 || json_object_get(facts, "tags"))
                (void)fact_get(facts, "tags", NULL, &d->unreadable);
        json_object_foreach((json_t *)tags, key, value)
        {
                const char *text = json_string_value(value);

                if (declared_add_tag(d, v, key, text ? text : "") < 0)
                        return -ENOMEM;
        }
        return 0;
}

void declared_done(struct declared *d)
{
        json_decref(d->entries);
        json_decref(d->ended);
        d->entries = d->ended = NULL;
}

struct declaration declared_get(const struct declared *d, const char *key)
{
        const json_t *entry = json_object_get(d->entries, key);
        const char *state = json_member_string(entry, "state");
        struct declaration got = { .value = json_member_string(entry, "value"),
                                   .source = json_member_string(entry, "source"),
                                   .places = json_object_get(entry, "places") };

        if (!entry) {
                got.cause = d->unreadable;
                got.state = d->unreadable ? DECLARED_UNREADABLE : DECLARED_NONE;
                got.ended = json_object_get(d->ended, key);
                return got;
        }
        got.settled = strcmp(got.source, "tag") == 0 ||
                      (d->files_win && strcmp(got.source, "policy") != 0);
        got.cause = json_member_string(entry, "cause");
        got.state = got.cause                        ? DECLARED_UNREADABLE
                    : strcmp(state, "conflict") == 0 ? DECLARED_CONFLICT
                    : strcmp(state, "invalid") == 0  ? DECLARED_INVALID
                                                     : DECLARED_VALUE;
        return got;
}

const char *declared_value(const struct declared *d, const char *key)
{
        struct declaration got = declared_get(d, key);

        return got.state == DECLARED_VALUE ? got.value : NULL;
}

json_t *declared_json(const struct declared *d, const struct vocabulary *v)
{
        json_t *all = json_object();

        for (size_t i = 0; all && i < v->n_keys; i++) {
                const char *value = declared_value(d, v->keys[i].key);

                if (value && json_set_string(all, v->keys[i].key, value) < 0) {
                        json_decref(all);
                        return NULL;
                }
        }
        return all;
}

json_t *declared_by_json(const struct declared *d, const struct vocabulary *v)
{
        json_t *all = json_object();

        for (size_t i = 0; all && i < v->n_keys; i++) {
                const char *key = v->keys[i].key;
                json_t *entry = json_object_get(d->entries, key);

                if (!entry)
                        entry = json_object_get(d->ended, key);
                if (entry && json_object_set(all, key, entry) < 0) {
                        json_decref(all);
                        return NULL;
                }
        }
        return all;
}
