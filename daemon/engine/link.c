#include "daemon/engine/link.h"

#include "daemon/base/cleanup.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const char *skip_space(const char *p)
{
        return p + strspn(p, " \t");
}

/* One of the words of rel="prev next". */
static bool has_word(const char *text, size_t length, const char *word)
{
        size_t n = strlen(word);

        for (const char *p = text; p < text + length;) {
                size_t w = strcspn(p, " \t\"");

                if (p + w > text + length)
                        w = (size_t)(text + length - p);
                if (w == n && strncasecmp(p, word, n) == 0)
                        return true;
                p += w + 1;
        }
        return false;
}

/* Reads one parameter at p (behind its ';'); NULL when the text ends within it. */
static const char *read_parameter(const char *p, bool *is_next)
{
        const char *name = skip_space(p), *value;
        size_t n = strcspn(name, "=;, \t"), length;
        bool quoted;

        p = skip_space(name + n);
        if (*p != '=')
                return p;
        value = skip_space(p + 1);
        quoted = *value == '"';
        value += quoted;
        length = strcspn(value, quoted ? "\"" : ";, \t");
        if (quoted && value[length] != '"')
                return NULL;
        if (n == 3 && strncasecmp(name, "rel", n) == 0)
                *is_next = *is_next || has_word(value, length, "next");
        return value + length + quoted;
}

char *link_next(const char *header)
{
        const char *p = skip_space(header);

        while (*p == '<') {
                const char *target = p + 1, *end = strchr(target, '>');
                bool is_next = false;

                if (!end)
                        return NULL;
                p = skip_space(end + 1);
                while (p && *p == ';') {
                        p = read_parameter(p + 1, &is_next);
                        p = p ? skip_space(p) : NULL;
                }
                if (!p)
                        return NULL;
                if (is_next)
                        return strndup(target, (size_t)(end - target));
                p = skip_space(p + (*p == ','));
        }
        return NULL;
}
