#include "daemon/model/cause.h"

#include "daemon/base/buffer.h"
#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

enum { CAUSE_BYTES_MAX = 16 * 1024, NESTED_MAX = 6, NAMES_MAX = 2 };

struct span {
        const char *text;
        size_t bytes;
};

/* Does the cause fit a key that has names in it? Then what they stand for. */
static bool fits(const char *cause, const char *key, struct span names[static NAMES_MAX])
{
        const char *x, *y, *between;
        size_t before, after, length;

        names[0] = names[1] = (struct span){ 0 };
        if (*key != '{' && *key != *cause)
                return false; /* most of them: this runs for each cause of each finding */
        x = strstr(key, "{x}");
        if (!x)
                return false;
        y = strstr(x, "{y}");
        before = (size_t)(x - key);
        after = strlen((y ? y : x) + 3);
        length = strlen(cause);
        if (length <= before + after || strncmp(cause, key, before) != 0 ||
            strcmp(cause + length - after, (y ? y : x) + 3) != 0)
                return false;
        names[0] = (struct span){ cause + before, length - before - after };
        if (!y)
                return true;
        length = (size_t)(y - x) - 3;
        between = memmem(names[0].text, names[0].bytes, x + 3, length);
        if (!between || between == names[0].text)
                return false;
        names[1].text = between + length;
        names[1].bytes = names[0].bytes - (size_t)(names[1].text - names[0].text);
        names[0].bytes = (size_t)(between - names[0].text);
        return names[1].bytes > 0;
}

/* The words of a cause, what its names stand for, and how much of its front is not in them; NULL
 * when there are none. */
static const json_t *words_of(const json_t *words, const char *cause, size_t *ret_front,
                              struct span ret_names[static NAMES_MAX])
{
        for (const char *at = cause; at; at = strstr(at, ": ") ? strstr(at, ": ") + 2 : NULL) {
                const json_t *text = json_object_get(words, at);
                struct span names[NAMES_MAX];
                size_t best = 0;
                const char *key;
                json_t *row;

                *ret_front = (size_t)(at - cause);
                ret_names[0] = ret_names[1] = (struct span){ 0 };
                if (text)
                        return text;
                json_object_foreach((json_t *)words, key, row)
                {
                        if (strlen(key) <= best || !fits(at, key, names))
                                continue;
                        best = strlen(key);
                        text = row;
                        memcpy(ret_names, names, sizeof(names));
                }
                if (text)
                        return text;
        }
        return NULL;
}

/* What stands before the words, with the language's own colon. */
static void add_front(struct buffer *b, const char *front, size_t bytes, enum language language)
{
        for (size_t i = 0; i < bytes; i++)
                if (language == LANGUAGE_FR && front[i] == ':' && front[i + 1] == ' ')
                        buffer_add(b, " :");
                else
                        buffer_append(b, front + i, 1);
}

static void add_cause(struct buffer *b, const json_t *words, const char *cause,
                      enum language language, unsigned int nested);

/* A name may be a cause itself: "skipped: the scan was cut short". */
static void add_name(struct buffer *b, const json_t *words, const struct span *name,
                     enum language language, unsigned int nested)
{
        _cleanup_(freep) char *text = strndup(name->text ? name->text : "", name->bytes);

        if (text)
                add_cause(b, words, text, language, nested + 1);
        else
                b->failed = -ENOMEM;
}

static void add_words(struct buffer *b, const json_t *words, const json_t *text,
                      const struct span names[static NAMES_MAX], enum language language,
                      unsigned int nested)
{
        const char *p = json_member_string(text, language == LANGUAGE_FR ? "fr" : "en");

        while (p && *p) {
                size_t plain = strcspn(p, "{");
                bool x = strncmp(p + plain, "{x}", 3) == 0, y = strncmp(p + plain, "{y}", 3) == 0;

                buffer_append(b, p, plain);
                p += plain;
                if (x || y)
                        add_name(b, words, &names[y ? 1 : 0], language, nested);
                else if (*p)
                        buffer_append(b, p, 1);
                p += x || y ? 3 : *p ? 1 : 0;
        }
}

static void add_cause(struct buffer *b, const json_t *words, const char *cause,
                      enum language language, unsigned int nested)
{
        struct span names[NAMES_MAX];
        size_t front = 0;
        const json_t *text = nested < NESTED_MAX ? words_of(words, cause, &front, names) : NULL;

        if (!text) {
                buffer_add(b, cause);
                return;
        }
        add_front(b, cause, front, language);
        add_words(b, words, text, names, language, nested);
}

int cause_say(const json_t *words, const char *cause, const char *about, char *ret[LANGUAGE_MAX])
{
        struct span names[NAMES_MAX] = { { about, about ? strlen(about) : 0 } };
        const json_t *text = about ? json_object_get(words, cause) : NULL;
        size_t front = 0;

        if (!text && !about)
                text = words_of(words, cause, &front, names);
        if (!text)
                return 0;
        for (int l = 0; l < LANGUAGE_MAX; l++) {
                struct buffer b = BUFFER_INIT(CAUSE_BYTES_MAX);

                add_front(&b, cause, front, (enum language)l);
                /* what it is about comes from a declaration or an API, and is no cause */
                add_words(&b, words, text, names, (enum language)l, about ? NESTED_MAX : 0);
                ret[l] = buffer_error(&b) == 0 ? buffer_take(&b) : NULL;
                buffer_done(&b);
                if (!ret[l] && l > 0) {
                        free(ret[0]);
                        ret[0] = NULL;
                }
                if (!ret[l])
                        return -ENOMEM;
        }
        return 1;
}
