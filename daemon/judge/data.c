#include "daemon/judge/data.h"

#include "daemon/base/buffer.h"
#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

enum { SEEN_BYTES_MAX = 128 * 1024 * 1024 };

int data_init(struct data *d, const char *dir, const char *overrides, struct error *err)
{
        *d = (struct data){ .dir = dir, .overrides = overrides, .seen = json_object() };
        return d->seen ? 0 : error_oom(err);
}

void data_done(struct data *d)
{
        json_decref(d->seen);
        d->seen = NULL;
}

static int load_below(const struct data *d, const char *dir, const char *name, struct yaml **ret,
                      struct error *err)
{
        _cleanup_(freep) char *path = NULL;

        if (asprintf(&path, "%s/%s", dir, name) < 0) {
                path = NULL;
                return error_oom(err);
        }
        return files_yaml(d->files, path, ret, NULL, err);
}

/* Written once: the digest of the file and that of everything are made of the same text. */
static int see(struct data *d, const char *name, const struct yaml *y, struct error *err)
{
        json_auto_t *content = NULL;
        _cleanup_(freep) char *text = NULL;
        int r = yaml_json(y, &content, err);

        if (r < 0)
                return r;
        text = json_canonical(content);
        return text && json_object_set_new(d->seen, name, json_string_nocheck(text)) == 0
                       ? 0
                       : error_oom(err);
}

int data_load(struct data *d, const char *name, struct yaml **ret, struct error *err)
{
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        int r = -ENOENT;

        if (d->overrides) {
                struct error here = { 0 };

                r = load_below(d, d->overrides, name, &y, &here);
                if (r < 0 && r != -ENOENT)
                        return error_set(err, r, "%s", here.text);
        }
        if (r == -ENOENT)
                r = load_below(d, d->dir, name, &y, err);
        if (r < 0)
                return r;
        r = see(d, name, y, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(y);
        return 0;
}

/* The names of a folder's files as keys of an object, so that a file in both folders counts once.
 */
static int list_folder(const struct data *d, const char *dir, const char *folder, json_t *names,
                       struct error *err)
{
        _cleanup_(freep) char *path = NULL;
        json_auto_t *list = NULL;
        json_t *name;
        size_t i;
        int r;

        if (asprintf(&path, "%s/%s", dir, folder) < 0) {
                path = NULL;
                return error_oom(err);
        }
        r = files_list(d->files, path, &list, err);
        json_array_foreach(list, i, name)
        {
                (void)json_object_set_new_nocheck(names, json_string_value(name), json_true());
        }
        return r;
}

static int compare_names(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys of an object by their bytes, up to a NULL; they last as long as the object. */
static const char **sorted_keys(json_t *object)
{
        const char **sorted = calloc(json_object_size(object) + 1, sizeof(*sorted));
        const char *name;
        size_t n = 0;
        json_t *value;

        if (!sorted)
                return NULL;
        json_object_foreach(object, name, value) sorted[n++] = name;
        qsort(sorted, n, sizeof(*sorted), compare_names);
        return sorted;
}

static int each_sorted(struct data *d, const char *folder, json_t *names,
                       int (*cb)(void *, const char *, const struct yaml *, struct error *),
                       void *user, struct error *err)
{
        _cleanup_(freep) const char **sorted = sorted_keys(names);

        if (!sorted)
                return error_oom(err);
        for (size_t i = 0; sorted[i]; i++) {
                _cleanup_(freep) char *path = NULL;
                _cleanup_(yaml_freep) struct yaml *y = NULL;
                int r;

                if (asprintf(&path, "%s/%s", folder, sorted[i]) < 0) {
                        path = NULL;
                        return error_oom(err);
                }
                r = data_load(d, path, &y, err);
                if (r < 0)
                        return r;
                r = cb(user, sorted[i], y, err);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Those of the overrides; a folder that is not there has none. */
static int list_own(struct data *d, const char *folder, json_t *names, struct error *err)
{
        struct error here = { 0 };
        int r = d->overrides ? list_folder(d, d->overrides, folder, names, &here) : 0;

        return r < 0 && r != -ENOENT ? error_set(err, r, "%s", here.text) : 0;
}

int data_each(struct data *d, const char *folder,
              int (*cb)(void *user, const char *name, const struct yaml *y, struct error *err),
              void *user, struct error *err)
{
        json_auto_t *names = json_object();
        int r;

        if (!names)
                return error_oom(err);
        r = list_folder(d, d->dir, folder, names, err);
        if (r == 0)
                r = list_own(d, folder, names, err);
        return r < 0 ? r : each_sorted(d, folder, names, cb, user, err);
}

int data_each_own(struct data *d, const char *folder,
                  int (*cb)(void *user, const char *name, const struct yaml *y, struct error *err),
                  void *user, struct error *err)
{
        json_auto_t *names = json_object();
        int r;

        if (!names)
                return error_oom(err);
        r = list_own(d, folder, names, err);
        return r < 0 ? r : each_sorted(d, folder, names, cb, user, err);
}

/* The canonical text of {"data": {name: content}, "extra": …}, put together from those that are
 * there. */
static int put_together(struct buffer *b, const struct data *d, const json_t *extra)
{
        _cleanup_(freep) const char **names = sorted_keys(d->seen);
        _cleanup_(freep) char *last = json_canonical(extra);

        if (!names || !last)
                return -ENOMEM;
        buffer_add(b, "{\"data\":{");
        for (size_t i = 0; names[i]; i++) {
                json_auto_t *key = json_string(names[i]);
                _cleanup_(freep) char *quoted = json_canonical(key);

                if (!quoted)
                        return -ENOMEM;
                buffer_add(b, i > 0 ? "," : "");
                buffer_add(b, quoted);
                buffer_add(b, ":");
                buffer_add(b, json_member_string(d->seen, names[i]));
        }
        buffer_add(b, "},\"extra\":");
        buffer_add(b, last);
        buffer_add(b, "}");
        return buffer_error(b);
}

int data_digest(const struct data *d, const json_t *extra, char hex[static SHA256_HEX_MAX],
                struct error *err)
{
        _cleanup_(buffer_done) struct buffer b = BUFFER_INIT(SEEN_BYTES_MAX);

        if (put_together(&b, d, extra) < 0)
                return error_oom(err);
        (void)digest_sha256_hex(buffer_text(&b), b.size_bytes, hex);
        return 0;
}

static int put_part(json_t *parts, const char *name, const char *text)
{
        char hex[SHA256_HEX_MAX];

        (void)digest_sha256_hex(text, strlen(text), hex);
        return json_object_set_new(parts, name, json_stringn(hex, DATA_PART_HEX)) < 0 ? -ENOMEM : 0;
}

int data_part_put(json_t *parts, const char *name, const json_t *content)
{
        _cleanup_(freep) char *text = json_canonical(content);

        return text ? put_part(parts, name, text) : -ENOMEM;
}

json_t *data_parts(const struct data *d)
{
        json_auto_t *parts = json_object();
        const char *name;
        json_t *text;

        json_object_foreach(d->seen, name, text)
        {
                if (!parts || put_part(parts, name, json_string_value(text)) < 0)
                        return NULL;
        }
        return json_incref(parts);
}
