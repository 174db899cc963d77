#include "daemon/store/slice.h"

#include <string.h>

static const struct slice nothing = { NULL, 0 };

/* Behind the string that begins at p; NULL when it does not end. */
static const char *string_end(const char *p, const char *end)
{
        for (p++; p < end && *p != '"'; p++)
                if (*p == '\\')
                        p++;
        return p < end ? p + 1 : NULL;
}

/* Behind the value that begins at p: at the comma or bracket that follows it. NULL when it does not
 * end. */
static const char *value_end(const char *p, const char *end)
{
        size_t depth = 0;

        while (p && p < end) {
                switch (*p) {
                case '"':
                        p = string_end(p, end);
                        continue;
                case '{':
                case '[':
                        depth++;
                        break;
                case '}':
                case ']':
                        if (depth == 0)
                                return p;
                        depth--;
                        break;
                case ',':
                        if (depth == 0)
                                return p;
                        break;
                default:
                        break;
                }
                p++;
        }
        return NULL;
}

static const char *begin_of(struct slice s, char bracket, const char **ret_end)
{
        if (!s.text || s.size_bytes < 2 || s.text[0] != bracket)
                return NULL;
        *ret_end = s.text + s.size_bytes;
        return s.text + 1;
}

struct slice slice_member(struct slice object, const char *name)
{
        const char *end = NULL, *p = begin_of(object, '{', &end), *key, *value;
        size_t n = strlen(name);

        while (p && p < end && *p == '"') {
                key = p + 1;
                p = string_end(p, end);
                if (!p || p >= end || *p != ':')
                        return nothing;
                value = p + 1;
                p = value_end(value, end);
                if (!p)
                        return nothing;
                if ((size_t)(value - key) == n + 2 && memcmp(key, name, n) == 0)
                        return (struct slice){ value, (size_t)(p - value) };
                p += *p == ',';
        }
        return nothing;
}

struct slice slice_element(struct slice array, size_t index)
{
        const char *end = NULL, *p = begin_of(array, '[', &end), *value;

        while (p && p < end && *p != ']') {
                value = p;
                p = value_end(value, end);
                if (!p)
                        return nothing;
                if (index-- == 0)
                        return (struct slice){ value, (size_t)(p - value) };
                p += *p == ',';
        }
        return nothing;
}
