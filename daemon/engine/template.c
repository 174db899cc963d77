#include "daemon/engine/template.h"

#include "daemon/base/buffer.h"
#include "daemon/base/json.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { TEMPLATE_BYTES_MAX = 64 * 1024, TEMPLATE_NAME_MAX = 128 };

bool template_is_valid(const char *text)
{
        for (const char *p = strchr(text, '{'); p; p = strchr(p + 1, '{'))
                if (!strchr(p, '}'))
                        return false;
        return true;
}

bool template_tree_is_valid(const json_t *tree)
{
        const char *key;
        json_t *value;
        size_t i;

        if (json_is_string(tree))
                return template_is_valid(json_string_value(tree));
        json_object_foreach((json_t *)tree, key,
                            value) if (!template_tree_is_valid(value)) return false;
        json_array_foreach((json_t *)tree, i,
                           value) if (!template_tree_is_valid(value)) return false;
        return true;
}

static void append_encoded(struct buffer *b, const char *text, const char *plain)
{
        for (const unsigned char *p = (const unsigned char *)text; *p; p++)
                if (isalnum(*p) || strchr(plain, *p))
                        buffer_append(b, p, 1);
                else
                        buffer_printf(b, "%%%02X", *p);
}

/* The name between the braces at p ("{name}"), into name; returns what follows. */
static const char *take_name(const char *p, char name[static TEMPLATE_NAME_MAX])
{
        const char *end = strchr(p, '}');
        size_t length = end ? (size_t)(end - p) - 1 : TEMPLATE_NAME_MAX;

        if (length >= TEMPLATE_NAME_MAX)
                return NULL;
        memcpy(name, p + 1, length);
        name[length] = '\0';
        return end + 1;
}

static int append_value(struct buffer *b, const char *name, enum template_encoding encoding,
                        const struct template_values *values, struct error *err)
{
        bool is_path = name[0] == '+';
        size_t length = strlen(name += is_path);
        bool optional = length > 0 && name[length - 1] == '?';
        _cleanup_(freep) char *plain = strndup(name, length - optional), *text = NULL;
        json_auto_t *value = plain ? values->value(values->user, plain) : NULL;

        text = value ? json_scalar_text(value) : NULL;
        if (!text && optional)
                return 0;
        if (!text)
                return error_set(err, -ENODATA, "no value for {%s}", name);
        if (encoding == TEMPLATE_PATH)
                append_encoded(b, text, is_path ? "-._~/" : "-._~");
        else
                buffer_add(b, text);
        return 0;
}

int template_expand(const char *text, enum template_encoding encoding,
                    const struct template_values *values, char **ret, struct error *err)
{
        struct buffer b = BUFFER_INIT(TEMPLATE_BYTES_MAX);
        char name[TEMPLATE_NAME_MAX];
        int r = 0;

        while (*text != '\0' && r == 0) {
                size_t plain = strcspn(text, "{");

                buffer_append(&b, text, plain);
                text += plain;
                if (*text != '{')
                        continue;
                text = take_name(text, name);
                if (!text) {
                        r = error_set(err, -EINVAL, "a template's name is too long or not closed");
                        break;
                }
                r = append_value(&b, name, encoding, values, err);
        }
        if (r == 0 && buffer_error(&b) < 0)
                r = error_set(err, buffer_error(&b), "a template's value is too long");
        if (r == 0)
                *ret = buffer_take(&b);
        buffer_done(&b);
        return r < 0 ? r : (*ret ? 0 : error_oom(err));
}

static int expand_string(const char *text, const struct template_values *values, json_t **ret,
                         struct error *err)
{
        _cleanup_(freep) char *expanded = NULL;
        char name[TEMPLATE_NAME_MAX];
        const char *rest = text[0] == '{' ? take_name(text, name) : NULL;
        int r;

        if (rest && *rest == '\0') { /* one template alone keeps its type */
                *ret = values->value(values->user, name + (name[0] == '+'));
                return *ret ? 0 : error_set(err, -ENODATA, "no value for {%s}", name);
        }
        r = template_expand(text, TEMPLATE_PLAIN, values, &expanded, err);
        if (r < 0)
                return r;
        *ret = json_string(expanded);
        return *ret ? 0 : error_set(err, -EINVAL, "a value that is no UTF-8");
}

int template_expand_tree(const json_t *tree, const struct template_values *values, json_t **ret,
                         struct error *err)
{
        json_auto_t *copy = NULL;
        const char *key;
        json_t *value, *expanded = NULL;
        size_t i;
        int r;

        if (json_is_string(tree))
                return expand_string(json_string_value(tree), values, ret, err);
        copy = json_is_object(tree)  ? json_object()
               : json_is_array(tree) ? json_array()
                                     : json_copy((json_t *)tree);
        if (!copy)
                return error_oom(err);
        json_object_foreach((json_t *)tree, key, value)
        {
                r = template_expand_tree(value, values, &expanded, err);
                if (r < 0)
                        return r;
                (void)json_object_set_new(copy, key, expanded);
        }
        json_array_foreach((json_t *)tree, i, value)
        {
                r = template_expand_tree(value, values, &expanded, err);
                if (r < 0)
                        return r;
                (void)json_array_append_new(copy, expanded);
        }
        *ret = TAKE_PTR(copy);
        return 0;
}
