#include "providers/ini.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { INI_BYTES_MAX = 1024 * 1024 };

/* Texts stand in ini.text, which was cut into pieces in place. */
struct ini_entry {
        const char *section;
        const char *key; /* NULL: the section itself */
        const char *sub; /* NULL: key's own value */
        const char *value;
};

struct ini {
        char *text;
        size_t size_bytes;
        struct ini_entry *entries;
        size_t n, allocated;
};

struct ini *ini_free(struct ini *ini)
{
        if (!ini)
                return NULL;
        if (ini->text)
                explicit_bzero(ini->text, ini->size_bytes);
        free(ini->text);
        free(ini->entries);
        free(ini);
        return NULL;
}

static int entry_add(struct ini *ini, struct ini_entry entry)
{
        if (ini->n == ini->allocated) {
                size_t want = ini->allocated ? 2 * ini->allocated : 32;
                struct ini_entry *grown = reallocarray(ini->entries, want, sizeof(*grown));

                if (!grown)
                        return -ENOMEM;
                ini->entries = grown;
                ini->allocated = want;
        }
        ini->entries[ini->n++] = entry;
        return 0;
}

static char *trim(char *text)
{
        size_t n;

        text += strspn(text, " \t\r");
        for (n = strlen(text); n > 0 && strchr(" \t\r", text[n - 1]); n--)
                text[n - 1] = '\0';
        return text;
}

/* "profile  'my test'" becomes "profile my test", in place. */
static void section_normalise(char *name)
{
        char *to = name, quote = '\0';
        bool space = false;

        for (const char *p = name; *p; p++) {
                if (quote ? *p == quote : *p == '"' || *p == '\'') {
                        quote = quote ? '\0' : *p;
                        continue;
                }
                if (!quote && (*p == ' ' || *p == '\t')) {
                        space = true;
                        continue;
                }
                if (space && to > name)
                        *to++ = ' ';
                space = false;
                *to++ = *p;
        }
        *to = '\0';
}

/* Cuts "key = value" in two, the key in lower case. */
static bool split(char *line, char **key, char **value)
{
        char *equals = strchr(line, '=');

        if (!equals || equals == line)
                return false;
        *equals = '\0';
        *key = trim(line);
        *value = trim(equals + 1);
        for (char *p = *key; *p; p++)
                *p = (char)tolower((unsigned char)*p);
        return **key != '\0';
}

/* Where the lines stand: an indented line belongs to the key above it only when it is further in
 * than that key. */
struct cursor {
        struct ini_entry at;
        size_t indent;
};

static int line_read(struct ini *ini, char *line, struct cursor *c)
{
        size_t indent = strspn(line, " \t");
        char *text = trim(line), *key, *value, *end;

        if (*text == '\0' || *text == '#' || *text == ';')
                return 0;
        if (*text == '[') {
                end = strchr(text, ']');
                if (!end || end[1 + strspn(end + 1, " \t")] == '=')
                        return -EINVAL;
                *end = '\0';
                text = trim(text + 1);
                section_normalise(text);
                c->at = (struct ini_entry){ .section = text };
                return entry_add(ini, c->at);
        }
        if (!c->at.section || !split(text, &key, &value))
                return -EINVAL;
        if (c->at.key && indent > c->indent)
                return entry_add(ini, (struct ini_entry){ c->at.section, c->at.key, key, value });
        c->indent = indent;
        c->at = (struct ini_entry){ .section = c->at.section, .key = key, .value = value };
        return entry_add(ini, c->at);
}

/* Takes text over, also when it fails. */
static int parse_take(struct ini **ret, const char *name, char *text_take, size_t size_bytes,
                      struct error *err)
{
        _cleanup_(ini_freep) struct ini *ini = calloc(1, sizeof(*ini));
        struct cursor cursor = { 0 };
        unsigned line = 1;
        char *p;
        int r = 0;

        if (!ini || !text_take) {
                if (text_take)
                        explicit_bzero(text_take, size_bytes);
                free(text_take);
                return error_oom(err);
        }
        ini->text = text_take;
        ini->size_bytes = size_bytes;
        if (memchr(text_take, '\0', size_bytes))
                return error_set(err, -EINVAL, "%s: it has a NUL byte", name);
        p = text_take;
        if (size_bytes >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
                p += 3;
        for (; *p != '\0'; line++) {
                size_t length = strcspn(p, "\n");
                bool more = p[length] == '\n';

                p[length] = '\0';
                r = line_read(ini, p, &cursor);
                if (r == -EINVAL)
                        return error_set(err, r, "%s:%u: neither a section nor a key = value", name,
                                         line);
                if (r < 0)
                        return error_oom(err);
                p += length + more;
        }
        *ret = TAKE_PTR(ini);
        return 0;
}

int ini_parse(struct ini **ret, const char *name, const char *text, size_t size_bytes,
              struct error *err)
{
        char *copy = malloc(size_bytes + 1);

        if (!copy)
                return error_oom(err);
        if (size_bytes > 0)
                memcpy(copy, text, size_bytes);
        copy[size_bytes] = '\0';
        return parse_take(ret, name, copy, size_bytes, err);
}

/* What a file holds, and a NUL; not through stdio's buffer, which would keep a copy of secrets. */
static int file_read(int fd, char **ret, size_t *ret_bytes)
{
        struct stat st;
        size_t n = 0, max;
        ssize_t got = 1;
        char *text;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (S_ISCHR(st.st_mode)) /* /dev/null says that there is nothing to read */
                return -ENOENT;
        if (!S_ISREG(st.st_mode) || st.st_size > INI_BYTES_MAX)
                return S_ISREG(st.st_mode) ? -E2BIG : -EINVAL;
        max = (size_t)st.st_size;
        text = malloc(max + 1);
        if (!text)
                return -ENOMEM;
        while (n < max && got > 0) {
                got = read(fd, text + n, max - n);
                if (got > 0)
                        n += (size_t)got;
        }
        if (got < 0) {
                int code = -errno;

                explicit_bzero(text, n);
                free(text);
                return code;
        }
        text[n] = '\0';
        *ret = text;
        *ret_bytes = n;
        return 0;
}

int ini_load(struct ini **ret, const char *path, struct error *err)
{
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        char *text = NULL;
        size_t n = 0;
        int r = fd < 0 ? -errno : file_read(fd, &text, &n);

        if (r < 0)
                return error_set(err, r, "cannot read %s: %s", path, strerror(-r));
        return parse_take(ret, path, text, n, err);
}

static bool same(const char *a, const char *b)
{
        return a == b || (a && b && strcmp(a, b) == 0);
}

const char *ini_get_nested(const struct ini *ini, const char *section, const char *key,
                           const char *sub)
{
        for (size_t i = ini ? ini->n : 0; i > 0; i--) {
                const struct ini_entry *e = &ini->entries[i - 1];

                if (e->key && strcmp(e->section, section) == 0 && strcmp(e->key, key) == 0 &&
                    same(e->sub, sub))
                        return e->value;
        }
        return NULL;
}

const char *ini_get(const struct ini *ini, const char *section, const char *key)
{
        return ini_get_nested(ini, section, key, NULL);
}

bool ini_has_section(const struct ini *ini, const char *section)
{
        for (size_t i = 0; ini && i < ini->n; i++)
                if (strcmp(ini->entries[i].section, section) == 0)
                        return true;
        return false;
}
