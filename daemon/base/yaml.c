/* Why not libcyaml: every part of the catalogue mixes fixed keys with free-form maps (facts,
 * bodies, tags), for which libcyaml 1.3 has no type; each file would be parsed twice. libyaml's
 * documents and one small table reader serve both. */
#include "daemon/base/yaml.h"

#include "daemon/base/buffer.h"
#include "daemon/base/clock.h"
#include "daemon/base/nearest.h"
#include "daemon/base/number.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <yaml.h>

struct yaml {
        char *name;
        yaml_document_t document;
        bool loaded;
};

static struct yaml_place place_of(const yaml_node_t *node)
{
        return (struct yaml_place){ (int)node->start_mark.line + 1,
                                    (int)node->start_mark.column + 1 };
}

int yaml_error_at(const struct yaml *y, struct yaml_place place, struct error *err, const char *fmt,
                  ...)
{
        char text[384];
        va_list ap;

        va_start(ap, fmt);
        (void)vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        return error_set(err, -EINVAL, "%s:%d:%d: %s", y->name, place.line, place.column, text);
}

#define node_error(y, node, err, ...) yaml_error_at(y, place_of(node), err, __VA_ARGS__)

/* ---- loading ------------------------------------------------------------------------------- */

static int parse_document(struct yaml *y, yaml_parser_t *parser, struct error *err)
{
        yaml_document_t extra;
        bool more;

        if (!yaml_parser_load(parser, &y->document)) {
                const char *problem = parser->problem ? parser->problem : "unreadable";
                int line = (int)parser->problem_mark.line + 1,
                    column = (int)parser->problem_mark.column + 1;

                return error_set(err, -EINVAL, "%s:%d:%d: %s", y->name, line, column, problem);
        }
        y->loaded = true;
        if (!yaml_document_get_root_node(&y->document))
                return 0; /* an empty file */
        if (!yaml_parser_load(parser, &extra))
                return error_set(err, -EINVAL, "%s:%d:%d: %s", y->name,
                                 (int)parser->problem_mark.line + 1,
                                 (int)parser->problem_mark.column + 1,
                                 parser->problem ? parser->problem : "unreadable");
        more = yaml_document_get_root_node(&extra) != NULL;
        yaml_document_delete(&extra);
        if (more)
                return error_set(err, -EINVAL, "%s:1:1: more than one YAML document in the file",
                                 y->name);
        return 0;
}

static int check_duplicates(const struct yaml *y, struct error *err);

static int yaml_load(struct yaml **ret, const char *name, FILE *file, const char *text,
                     struct error *err)
{
        _cleanup_(yaml_freep) struct yaml *y = calloc(1, sizeof(*y));
        yaml_parser_t parser;
        int r;

        if (!y || !(y->name = strdup(name)) || !yaml_parser_initialize(&parser))
                return error_oom(err);
        if (file)
                yaml_parser_set_input_file(&parser, file);
        else
                yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
        r = parse_document(y, &parser, err);
        yaml_parser_delete(&parser);
        if (r < 0)
                return r;
        r = check_duplicates(y, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(y);
        return 0;
}

int yaml_load_file(struct yaml **ret, const char *path, struct error *err)
{
        _cleanup_(fclosep) FILE *file = fopen(path, "re");

        if (!file)
                return error_set(err, errno == ENOENT ? -ENOENT : -EINVAL, "%s: %s", path,
                                 strerror(errno));
        return yaml_load(ret, path, file, NULL, err);
}

int yaml_load_text(struct yaml **ret, const char *name, const char *text, struct error *err)
{
        return yaml_load(ret, name, NULL, text, err);
}

struct yaml *yaml_free(struct yaml *y)
{
        if (!y)
                return NULL;
        if (y->loaded)
                yaml_document_delete(&y->document);
        free(y->name);
        free(y);
        return NULL;
}

const char *yaml_name(const struct yaml *y)
{
        return y->name;
}

/* ---- walking ------------------------------------------------------------------------------- */

static yaml_node_t *node_at(const struct yaml *y, int index)
{
        /* libyaml's accessor takes a document that it does not change */
        return yaml_document_get_node((yaml_document_t *)&y->document, index);
}

static const char *scalar(const yaml_node_t *node)
{
        return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

static bool is_null(const yaml_node_t *node)
{
        const char *s = scalar(node);

        return s && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
               (strcmp(s, "") == 0 || strcmp(s, "~") == 0 || strcmp(s, "null") == 0);
}

#define foreach_pair(pair, node)                                                                   \
        for (yaml_node_pair_t *pair = (node)->data.mapping.pairs.start;                            \
             pair < (node)->data.mapping.pairs.top; pair++)
#define foreach_item(item, node)                                                                   \
        for (yaml_node_item_t *item = (node)->data.sequence.items.start;                           \
             item < (node)->data.sequence.items.top; item++)

/* libyaml's documents keep a repeated key; which one was meant is not for us to guess. */
static int check_mapping(const struct yaml *y, const yaml_node_t *node, struct error *err)
{
        foreach_pair(pair, node)
        {
                const yaml_node_t *key = node_at(y, pair->key);
                const char *name = scalar(key);

                if (!name)
                        return node_error(y, key, err, "a key must be a plain word");
                foreach_pair(before, node)
                {
                        const char *other = scalar(node_at(y, before->key));

                        if (before == pair)
                                break;
                        if (other && strcmp(other, name) == 0)
                                return node_error(y, key, err, "key '%s' stands here twice", name);
                }
        }
        return 0;
}

/* Large mappings occur in worlds of the tests only, where the quadratic look is not worth it. */
enum { DUPLICATE_CHECK_MAX = 512 };

static int check_duplicates(const struct yaml *y, struct error *err)
{
        const yaml_node_t *node;
        int r;

        for (int i = 1; (node = node_at(y, i)); i++) {
                if (node->type != YAML_MAPPING_NODE ||
                    node->data.mapping.pairs.top - node->data.mapping.pairs.start >
                            DUPLICATE_CHECK_MAX)
                        continue;
                r = check_mapping(y, node, err);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* ---- as JSON ------------------------------------------------------------------------------- */

enum { YAML_DEPTH_MAX = 64 };

static json_t *scalar_json(const yaml_node_t *node)
{
        const char *s = scalar(node);
        int64_t integer;
        double real;

        if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
                return json_string(s);
        if (is_null(node))
                return json_null();
        if (strcmp(s, "true") == 0)
                return json_true();
        if (strcmp(s, "false") == 0)
                return json_false();
        /* "0123" is an identifier, not a number: account ids begin with zeros */
        if (!(s[0] == '0' && s[1] != '\0' && s[1] != '.') && number_parse_i64(s, &integer) == 0)
                return json_integer(integer);
        if (strpbrk(s, ".eE") && number_parse_double(s, &real) == 0)
                return json_real(real);
        return json_string(s);
}

static int node_json(const struct yaml *y, const yaml_node_t *node, int depth, json_t **ret,
                     struct error *err)
{
        json_auto_t *value = NULL;
        int r;

        if (depth > YAML_DEPTH_MAX)
                return node_error(y, node, err, "nested too deep");
        if (node->type == YAML_SCALAR_NODE) {
                value = scalar_json(node);
        } else if (node->type == YAML_SEQUENCE_NODE) {
                value = json_array();
                foreach_item(item, node)
                {
                        json_t *element = NULL;

                        r = node_json(y, node_at(y, *item), depth + 1, &element, err);
                        if (r < 0)
                                return r;
                        (void)json_array_append_new(value, element);
                }
        } else {
                value = json_object();
                foreach_pair(pair, node)
                {
                        const yaml_node_t *key = node_at(y, pair->key);
                        json_t *member = NULL;

                        r = node_json(y, node_at(y, pair->value), depth + 1, &member, err);
                        if (r < 0)
                                return r;
                        if (json_object_set_new(value, scalar(key) ? scalar(key) : "", member) < 0)
                                return node_error(y, key, err, "no valid UTF-8");
                }
        }
        if (!value)
                return node_error(y, node, err, "no valid UTF-8");
        *ret = TAKE_PTR(value);
        return 0;
}

int yaml_json(const struct yaml *y, json_t **ret, struct error *err)
{
        const yaml_node_t *root = yaml_document_get_root_node((yaml_document_t *)&y->document);

        if (!root || is_null(root)) {
                *ret = json_object();
                return *ret ? 0 : error_oom(err);
        }
        return node_json(y, root, 0, ret, err);
}

/* ---- binding by tables ---------------------------------------------------------------------- */

static int bind_mapping(const struct yaml *y, const yaml_node_t *node,
                        const struct yaml_field *fields, const struct yaml_field *ignore,
                        void *object, struct error *err);

static bool field_ends(const struct yaml_field *f)
{
        return !f->key && f->type != YAML_PLACE && f->type != YAML_REST;
}

static void *member(void *object, const struct yaml_field *f)
{
        return (char *)object + f->offset;
}

static int bind_string(const struct yaml *y, const yaml_node_t *node, const struct yaml_field *f,
                       void *object, struct error *err)
{
        char **to = member(object, f);
        const char *s = scalar(node);
        char *copy;

        if (!s || is_null(node))
                return node_error(y, node, err, "'%s' must be a text", f->key);
        copy = strdup(s);
        if (!copy)
                return error_oom(err);
        free(*to);
        *to = copy;
        return 0;
}

static void strings_free(char **list)
{
        for (char **s = list; s && *s; s++)
                free(*s);
        free(list);
}

static int bind_strings(const struct yaml *y, const yaml_node_t *node, const struct yaml_field *f,
                        void *object, struct error *err)
{
        bool list = node->type == YAML_SEQUENCE_NODE;
        size_t n = list ? (size_t)(node->data.sequence.items.top - node->data.sequence.items.start)
                        : 1;
        char ***to = member(object, f), **strings;

        if (node->type == YAML_MAPPING_NODE || is_null(node))
                return node_error(y, node, err, "'%s' must be a list of texts", f->key);
        strings = calloc(n + 1, sizeof(*strings));
        if (!strings)
                return error_oom(err);
        for (size_t i = 0; i < n; i++) {
                const yaml_node_t *element =
                        list ? node_at(y, node->data.sequence.items.start[i]) : node;

                if (!scalar(element) || is_null(element)) {
                        strings_free(strings);
                        return node_error(y, element, err, "'%s' must be a list of texts", f->key);
                }
                strings[i] = strdup(scalar(element));
                if (!strings[i]) {
                        strings_free(strings);
                        return error_oom(err);
                }
        }
        strings_free(*to);
        *to = strings;
        return 0;
}

static int bind_bool(const struct yaml *y, const yaml_node_t *node, const struct yaml_field *f,
                     void *object, struct error *err)
{
        static const char *const words[] = { "false", "true", "no", "yes", "off", "on" };
        const char *s = scalar(node);

        for (size_t i = 0; s && i < ELEMENTSOF(words); i++)
                if (strcmp(s, words[i]) == 0) {
                        *(bool *)member(object, f) = i % 2 == 1;
                        return 0;
                }
        return node_error(y, node, err, "'%s' must be true or false", f->key);
}

static int bind_uint(const struct yaml *y, const yaml_node_t *node, const struct yaml_field *f,
                     void *object, struct error *err)
{
        const char *s = scalar(node);
        uint64_t value;

        if (!s || number_parse_u64(s, &value) < 0)
                return node_error(y, node, err, "'%s' must be a whole number", f->key);
        if (value < f->min || (f->max > 0 && value > f->max))
                return node_error(y, node, err, "'%s' must be between %llu and %llu", f->key,
                                  (unsigned long long)f->min, (unsigned long long)f->max);
        *(uint64_t *)member(object, f) = value;
        return 0;
}

static int bind_double(const struct yaml *y, const yaml_node_t *node, const struct yaml_field *f,
                       void *object, struct error *err)
{
        const char *s = scalar(node);
        double value;

        if (!s || number_parse_double(s, &value) < 0 || value < 0)
                return node_error(y, node, err, "'%s' must be a number, not negative", f->key);
        *(double *)member(object, f) = value;
        return 0;
}

static int bind_span(const struct yaml *y, const yaml_node_t *node, const struct yaml_field *f,
                     void *object, struct error *err)
{
        const char *s = scalar(node);

        if (!s || clock_parse_span(s, member(object, f)) < 0)
                return node_error(y, node, err, "'%s' must be a time span, for instance 15min",
                                  f->key);
        return 0;
}

static int bind_enum(const struct yaml *y, const yaml_node_t *node, const struct yaml_field *f,
                     void *object, struct error *err)
{
        struct buffer known = BUFFER_INIT(256);
        const char *s = scalar(node);
        int r;

        for (int i = 0; s && f->names[i]; i++)
                if (strcmp(s, f->names[i]) == 0) {
                        *(int *)member(object, f) = i;
                        return 0;
                }
        for (int i = 0; f->names[i]; i++)
                buffer_printf(&known, "%s%s", i ? ", " : "", f->names[i]);
        r = node_error(y, node, err, "'%s' must be one of: %s", f->key, buffer_text(&known));
        buffer_done(&known);
        return r;
}

static int bind_json(const struct yaml *y, const yaml_node_t *node, const struct yaml_field *f,
                     void *object, struct error *err)
{
        json_t **to = member(object, f), *value = NULL;
        int r = node_json(y, node, 0, &value, err);

        if (r < 0)
                return r;
        json_decref(*to);
        *to = value;
        return 0;
}

static int bind_section(const struct yaml *y, const yaml_node_t *node, const struct yaml_field *f,
                        void *object, struct error *err)
{
        if (node->type != YAML_MAPPING_NODE)
                return node_error(y, node, err, "'%s' must be a mapping of keys", f->key);
        return bind_mapping(y, node, f->fields, NULL, member(object, f), err);
}

static int bind_list(const struct yaml *y, const yaml_node_t *node, const struct yaml_field *f,
                     void *object, struct error *err)
{
        void **to = member(object, f);
        size_t *count = (size_t *)((char *)object + f->count_offset);
        int r;

        if (node->type != YAML_SEQUENCE_NODE)
                return node_error(y, node, err, "'%s' must be a list", f->key);
        foreach_item(item, node)
        {
                const yaml_node_t *element = node_at(y, *item);
                char *grown;

                if (element->type != YAML_MAPPING_NODE)
                        return node_error(y, element, err,
                                          "an entry of '%s' must be a mapping of keys", f->key);
                grown = reallocarray(*to, *count + 1, f->size);
                if (!grown)
                        return error_oom(err);
                *to = grown;
                memset(grown + *count * f->size, 0, f->size);
                r = bind_mapping(y, element, f->fields, NULL, grown + (*count)++ * f->size, err);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int (*const binders[])(const struct yaml *, const yaml_node_t *, const struct yaml_field *,
                              void *, struct error *) = {
        [YAML_STRING] = bind_string, [YAML_STRINGS] = bind_strings, [YAML_BOOL] = bind_bool,
        [YAML_UINT] = bind_uint,     [YAML_DOUBLE] = bind_double,   [YAML_SPAN] = bind_span,
        [YAML_ENUM] = bind_enum,     [YAML_JSON] = bind_json,       [YAML_SECTION] = bind_section,
        [YAML_LIST] = bind_list,
};

static const struct yaml_field *field_find(const struct yaml_field *fields, const char *key)
{
        for (const struct yaml_field *f = fields; f && !field_ends(f); f++)
                if (f->key && strcmp(f->key, key) == 0)
                        return f;
        return NULL;
}

static bool fields_allow_rest(const struct yaml_field *fields)
{
        for (const struct yaml_field *f = fields; !field_ends(f); f++)
                if (f->type == YAML_REST)
                        return true;
        return false;
}

static int unknown_key(const struct yaml *y, const yaml_node_t *key,
                       const struct yaml_field *fields, struct error *err)
{
        struct nearest near = NEAREST_TO(scalar(key));

        for (const struct yaml_field *f = fields; !field_ends(f); f++)
                if (f->key)
                        nearest_offer(&near, f->key);
        if (near.best)
                return node_error(y, key, err, "unknown key '%s'; did you mean '%s'?", scalar(key),
                                  near.best);
        return node_error(y, key, err, "unknown key '%s'", scalar(key));
}

static int bind_mapping(const struct yaml *y, const yaml_node_t *node,
                        const struct yaml_field *fields, const struct yaml_field *ignore,
                        void *object, struct error *err)
{
        bool rest = fields_allow_rest(fields);
        int r;

        for (const struct yaml_field *f = fields; !field_ends(f); f++)
                if (f->type == YAML_PLACE)
                        *(struct yaml_place *)member(object, f) = place_of(node);
        foreach_pair(pair, node)
        {
                const yaml_node_t *key = node_at(y, pair->key);
                const struct yaml_field *f = field_find(fields, scalar(key));

                if (!f && !rest && !field_find(ignore, scalar(key)))
                        return unknown_key(y, key, fields, err);
                if (!f ||
                    (size_t)f->type >= ELEMENTSOF(binders)) /* only rows with a key have one */
                        continue;
                r = binders[f->type](y, node_at(y, pair->value), f, object, err);
                if (r < 0)
                        return r;
        }
        for (const struct yaml_field *f = fields; !field_ends(f); f++) {
                bool there = !f->required;

                foreach_pair(pair, node) there =
                        there || strcmp(scalar(node_at(y, pair->key)), f->key) == 0;
                if (!there)
                        return node_error(y, node, err, "'%s' is missing", f->key);
        }
        return 0;
}

int yaml_bind(const struct yaml *y, const struct yaml_field *fields, void *object,
              struct error *err)
{
        yaml_node_t *root = yaml_document_get_root_node((yaml_document_t *)&y->document);

        if (!root || is_null(root)) {
                for (const struct yaml_field *f = fields; !field_ends(f); f++)
                        if (f->required)
                                return error_set(err, -EINVAL, "%s:1:1: '%s' is missing", y->name,
                                                 f->key);
                return 0;
        }
        if (root->type != YAML_MAPPING_NODE)
                return node_error(y, root, err, "a mapping of keys is expected here");
        return bind_mapping(y, root, fields, NULL, object, err);
}

int yaml_bind_at(const struct yaml *y, struct yaml_place place, const struct yaml_field *fields,
                 const struct yaml_field *ignore, void *object, struct error *err)
{
        const yaml_node_t *node;

        for (int i = 1; (node = node_at(y, i)); i++) {
                struct yaml_place here = place_of(node);

                if (node->type == YAML_MAPPING_NODE && here.line == place.line &&
                    here.column == place.column)
                        return bind_mapping(y, node, fields, ignore, object, err);
        }
        return yaml_error_at(y, place, err, "a mapping of keys is expected here");
}

struct yaml_place yaml_place_of(const struct yaml *y, struct yaml_place place, const char *key)
{
        const yaml_node_t *node;

        for (int i = 1; (node = node_at(y, i)); i++) {
                struct yaml_place here = place_of(node);

                /* the root is the first node of a document */
                if (place.line ? here.line != place.line || here.column != place.column : i > 1)
                        continue;
                if (node->type != YAML_MAPPING_NODE)
                        continue;
                foreach_pair(pair, node)
                {
                        const char *name = scalar(node_at(y, pair->key));

                        if (name && strcmp(name, key) == 0)
                                return place_of(node_at(y, pair->value));
                }
        }
        return place;
}

static void unbind_list(const struct yaml_field *f, void *object)
{
        size_t *count = (size_t *)((char *)object + f->count_offset);
        char **list = member(object, f);

        for (size_t i = 0; i < *count; i++)
                yaml_unbind(f->fields, *list + i * f->size);
        free(*list);
        *list = NULL;
        *count = 0;
}

void yaml_unbind(const struct yaml_field *fields, void *object)
{
        for (const struct yaml_field *f = fields; !field_ends(f); f++) {
                void *to = member(object, f);

                if (f->type == YAML_STRING) {
                        free(*(char **)to);
                        *(char **)to = NULL;
                } else if (f->type == YAML_STRINGS) {
                        strings_free(*(char ***)to);
                        *(char ***)to = NULL;
                } else if (f->type == YAML_JSON) {
                        json_decref(*(json_t **)to);
                        *(json_t **)to = NULL;
                } else if (f->type == YAML_SECTION) {
                        yaml_unbind(f->fields, to);
                } else if (f->type == YAML_LIST) {
                        unbind_list(f, object);
                }
        }
}
