#include "daemon/base/files.h"

#include "daemon/base/buffer.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

enum { FILE_BYTES_MAX = 4194304 };

struct files {
        json_t *texts;   /* {path: text}; once it is sealed: {path: where it begins in pages} */
        json_t *folders; /* {folder: [name]} */
        bool sealed;
        char *pages; /* apart from the heap, or it would be full of holes between the texts */
        size_t pages_bytes;
};

struct files *files_new(void)
{
        _cleanup_(files_freep) struct files *f = calloc(1, sizeof(*f));

        if (!f)
                return NULL;
        f->texts = json_object();
        f->folders = json_object();
        return f->texts && f->folders ? TAKE_PTR(f) : NULL;
}

struct files *files_free(struct files *f)
{
        if (!f)
                return NULL;
        json_decref(f->texts);
        json_decref(f->folders);
        if (f->pages)
                (void)munmap(f->pages, f->pages_bytes);
        free(f);
        return NULL;
}

/* The texts one after the other, each with its NUL. */
static int pack(struct files *f)
{
        size_t bytes = 0, at = 0;
        const char *path;
        json_t *text;

        json_object_foreach(f->texts, path, text) bytes += json_string_length(text) + 1;
        if (bytes == 0)
                return 0;
        f->pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (f->pages == MAP_FAILED) {
                f->pages = NULL;
                return -ENOMEM;
        }
        f->pages_bytes = bytes;
        json_object_foreach(f->texts, path, text)
        {
                size_t n = json_string_length(text) + 1;

                memcpy(f->pages + at, json_string_value(text), n);
                if (json_object_set_new_nocheck(f->texts, path, json_integer((json_int_t)at)) < 0)
                        return -ENOMEM;
                at += n;
        }
        return mprotect(f->pages, bytes, PROT_READ) < 0 ? -errno : 0;
}

int files_seal(struct files *f, struct error *err)
{
        int r = pack(f);

        f->sealed = true;
        return r < 0 ? error_set(err, r, "keeping what was read: %s", strerror(-r)) : 0;
}

static const char *kept_text(const struct files *f, const char *path)
{
        const json_t *kept = f ? json_object_get(f->texts, path) : NULL;

        return json_is_integer(kept) ? f->pages + json_integer_value(kept)
                                     : json_string_value(kept);
}

bool files_are_sealed(const struct files *f)
{
        return f && f->sealed;
}

static int not_there(const char *path, int code, struct error *err)
{
        return error_set(err, code == ENOENT ? -ENOENT : -EINVAL, "%s: %s", path, strerror(code));
}

/* ---- texts -------------------------------------------------------------------------------------
 */

static int read_disk(struct buffer *b, const char *path, struct error *err)
{
        _cleanup_(fclosep) FILE *file = fopen(path, "re");
        char chunk[8192];
        size_t n;

        if (!file)
                return not_there(path, errno, err);
        while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
                buffer_append(b, chunk, n);
        if (ferror(file))
                return error_set(err, -EINVAL, "%s: %s", path, strerror(errno));
        if (buffer_error(b) < 0)
                return error_set(err, -EINVAL, "%s: %s", path, strerror(-buffer_error(b)));
        if (strlen(buffer_text(b)) != b->size_bytes)
                return error_set(err, -EINVAL, "%s: holds a byte that is no text", path);
        return 0;
}

static int make(const char *path, const char *text, struct yaml **ret, char *hex, struct error *err)
{
        if (hex)
                (void)digest_sha256_hex(text, strlen(text), hex);
        return yaml_load_text(ret, path, text, err);
}

int files_yaml(struct files *f, const char *path, struct yaml **ret, char *hex, struct error *err)
{
        _cleanup_(buffer_done) struct buffer b = BUFFER_INIT(FILE_BYTES_MAX);
        const char *kept = kept_text(f, path);
        int r;

        if (kept)
                return make(path, kept, ret, hex, err);
        if (files_are_sealed(f))
                return not_there(path, ENOENT, err);
        r = read_disk(&b, path, err);
        if (r < 0)
                return r;
        r = make(path, buffer_text(&b), ret, hex, err);
        if (r < 0 || !f)
                return r;
        /* what the parser takes is UTF-8 */
        if (json_object_set_new(f->texts, path,
                                json_stringn_nocheck(buffer_text(&b), b.size_bytes)) == 0)
                return 0;
        *ret = yaml_free(*ret);
        return error_oom(err);
}

/* ---- folders -----------------------------------------------------------------------------------
 */

static int is_data_file(const struct dirent *entry)
{
        size_t length = strlen(entry->d_name);

        return length > 5 && entry->d_name[0] != '.' &&
               strcmp(entry->d_name + length - 5, ".yaml") == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

static int list_disk(const char *folder, json_t **ret, struct error *err)
{
        struct dirent **entries = NULL;
        json_t *names = json_array();
        int n = scandir(folder, &entries, is_data_file, by_bytes), code = n < 0 ? errno : 0;

        for (int i = 0; i < n; i++) {
                (void)json_array_append_new(names, json_string_nocheck(entries[i]->d_name));
                free(entries[i]);
        }
        free(entries);
        if (code == 0 && json_array_size(names) == (size_t)n) {
                *ret = names;
                return 0;
        }
        json_decref(names);
        return code > 0 ? not_there(folder, code, err) : error_oom(err);
}

int files_list(struct files *f, const char *folder, json_t **ret, struct error *err)
{
        json_t *kept = f ? json_object_get(f->folders, folder) : NULL;
        int r;

        if (kept) {
                *ret = json_incref(kept);
                return 0;
        }
        if (files_are_sealed(f))
                return not_there(folder, ENOENT, err);
        r = list_disk(folder, ret, err);
        if (r < 0 || !f || json_object_set(f->folders, folder, *ret) == 0)
                return r;
        json_decref(*ret);
        return error_oom(err);
}
