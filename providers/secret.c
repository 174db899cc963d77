#include "providers/secret.h"

#include <errno.h>
#include <string.h>

enum { SECRET_FILE_BYTES_MAX = 64 * 1024 };

void secret_free(char *text)
{
        if (text)
                explicit_bzero(text, strlen(text));
        free(text);
}

static void wipe_tree(const json_t *value)
{
        const char *key;
        json_t *element;
        size_t i;

        if (json_is_string(value))
                explicit_bzero((char *)json_string_value(value), json_string_length(value));
        json_array_foreach((json_t *)value, i, element)
        {
                wipe_tree(element);
        }
        json_object_foreach((json_t *)value, key, element)
        {
                wipe_tree(element);
        }
}

void secret_json_free(json_t *value)
{
        wipe_tree(value);
        json_decref(value);
}

int secret_file_read(const char *path, char **ret, struct error *err)
{
        _cleanup_(fclosep) FILE *f = fopen(path, "re");
        char *text;
        size_t n;

        if (!f)
                return error_set(err, -errno, "cannot read %s: %s", path, strerror(errno));
        text = calloc(1, SECRET_FILE_BYTES_MAX + 1);
        if (!text)
                return error_oom(err);
        (void)setvbuf(f, NULL, _IONBF, 0);
        n = fread(text, 1, SECRET_FILE_BYTES_MAX, f);
        while (n > 0 && strchr(" \t\r\n", text[n - 1]))
                text[--n] = '\0';
        if (n == 0 || ferror(f) || memchr(text, '\0', n)) {
                explicit_bzero(text, SECRET_FILE_BYTES_MAX);
                free(text);
                return error_set(err, -EINVAL, "%s is empty or not readable", path);
        }
        *ret = text;
        return 0;
}

const char *secret_environment(const char *name)
{
        const char *value = getenv(name);

        return value && value[0] != '\0' ? value : NULL;
}

void secret_fingerprint(const char *const *texts, size_t n, unsigned char ret[static SHA256_BYTES])
{
        unsigned char next[SHA256_BYTES];

        for (size_t i = 0; i < n; i++) {
                const char *text = texts[i];

                /* a text with its end is never a single byte of ones */
                digest_hmac_sha256(ret, SHA256_BYTES, text ? text : "\xff",
                                   text ? strlen(text) + 1 : 1, next);
                memcpy(ret, next, SHA256_BYTES);
        }
}
