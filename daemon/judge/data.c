#include "daemon/judge/data.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

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

int data_load(struct data *d, const char *name, struct yaml **ret, struct error *err)
{
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        json_t *content = NULL;
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
        r = yaml_json(y, &content, err);
        if (r < 0)
                return r;
        if (json_object_set_new(d->seen, name, content) < 0)
                return error_oom(err);
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

static int each_sorted(struct data *d, const char *folder, json_t *names,
                       int (*cb)(void *, const char *, const struct yaml *, struct error *),
                       void *user, struct error *err)
{
        size_t n = 0, count = json_object_size(names);
        _cleanup_(freep) const char **sorted = calloc(count + 1, sizeof(*sorted));
        const char *name;
        json_t *value;

        if (!sorted)
                return error_oom(err);
        json_object_foreach(names, name, value) sorted[n++] = name;
        qsort(sorted, n, sizeof(*sorted), compare_names);
        for (size_t i = 0; i < n; i++) {
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

int data_digest(const struct data *d, const json_t *extra, char hex[static SHA256_HEX_MAX],
                struct error *err)
{
        json_auto_t *all = json_pack("{s:O, s:O}", "data", d->seen, "extra", extra);

        return all && json_canonical_digest(all, hex) ? 0 : error_oom(err);
}

int data_part_put(json_t *parts, const char *name, const json_t *content)
{
        char hex[SHA256_HEX_MAX];

        if (!json_canonical_digest(content, hex))
                return -ENOMEM;
        return json_object_set_new(parts, name, json_stringn(hex, DATA_PART_HEX)) < 0 ? -ENOMEM : 0;
}

json_t *data_parts(const struct data *d)
{
        json_auto_t *parts = json_object();
        const char *name;
        json_t *content;

        json_object_foreach(d->seen, name, content)
        {
                if (!parts || data_part_put(parts, name, content) < 0)
                        return NULL;
        }
        return json_incref(parts);
}
