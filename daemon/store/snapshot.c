#include "daemon/store/snapshot.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/store/snapshot-folder.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define UNFINISHED ".new."

struct snapshot {
        char *folder, *dir; /* dir: where it is written until it is whole */
        char name[SNAPSHOT_NAME_MAX];
        uint64_t created_usec;
        int lock_fd;
        uint64_t sequence;
        json_t *previous; /* {name, sha256}, JSON null for the first */
        json_t *files;    /* [{name, bytes, sha256}] */
        FILE *file;       /* being written */
        char *file_name;
        char *manifest; /* once it is sealed */
        size_t manifest_bytes;
};

const char *snapshot_name(const struct snapshot *s)
{
        return s->name;
}

struct snapshot *snapshot_free(struct snapshot *s)
{
        if (!s)
                return NULL;
        if (s->file)
                (void)fclose(s->file);
        if (s->dir)
                snapshot_remove(s->dir);
        if (s->lock_fd >= 0)
                (void)close(s->lock_fd);
        json_decref(s->previous);
        json_decref(s->files);
        free(s->file_name);
        free(s->manifest);
        free(s->dir);
        free(s->folder);
        free(s);
        return NULL;
}

/* ---- beginning ---------------------------------------------------------------------------------
 */

/* What a process left that was killed. Nobody else writes here: the lock is ours. */
static void remove_unfinished(const char *folder)
{
        _cleanup_(freep) char *pattern = snapshot_path(folder, UNFINISHED);

        if (pattern)
                snapshot_remove(pattern);
}

/* {name, sha256}, and the digest of its time stamp when it has one: who takes that away is seen. */
static int set_previous(struct snapshot *s, const char *last, const char *hex, struct error *err)
{
        _cleanup_(freep) char *dir = snapshot_path(s->folder, last);
        char stamp_hex[SHA256_HEX_MAX];
        struct error why = { 0 };
        uint64_t bytes;
        int r = dir ? snapshot_hash(dir, SNAPSHOT_TIMESTAMP, stamp_hex, &bytes, &why) : -ENOMEM;

        if (r < 0 && r != -ENOENT)
                return error_set(err, r, "%s", why.text);
        s->previous = json_pack("{s:s, s:s, s:s*}", "name", last, "sha256", hex, "timestamp_sha256",
                                r == 0 ? stamp_hex : NULL);
        return s->previous ? 0 : error_oom(err);
}

static int follow_last(struct snapshot *s, struct error *err)
{
        char hex[SHA256_HEX_MAX], **names = NULL;
        json_auto_t *manifest = NULL;
        const char *last;
        size_t n = 0;
        int r = snapshot_list(s->folder, &names, &n, err);

        if (r < 0)
                return r;
        s->sequence = 1;
        s->previous = json_null();
        last = n > 0 ? names[n - 1] : NULL;
        if (last && strcmp(last, s->name) >= 0) {
                r = error_set(err, -EEXIST,
                              "%s has the snapshot %s already: one of %s would not be the next",
                              s->folder, last, s->name);
        } else if (last) {
                struct error why = { 0 };

                r = snapshot_read_manifest(s->folder, last, &manifest, hex, &why);
                if (r < 0)
                        r = error_set(err, -EINVAL,
                                      "the snapshot before (%s) cannot be read, and a chain is not "
                                      "continued from what is broken: %s; restore it, or begin "
                                      "another folder",
                                      last, why.text);
        }
        if (r == 0 && last) {
                s->sequence =
                        (uint64_t)json_integer_value(json_object_get(manifest, "sequence")) + 1;
                r = set_previous(s, last, hex, err);
        }
        snapshot_list_free(names, n);
        return r;
}

int snapshot_begin(struct snapshot **ret, const char *folder, uint64_t created_usec,
                   struct error *err)
{
        _cleanup_(snapshot_freep) struct snapshot *s = calloc(1, sizeof(*s));
        _cleanup_(freep) char *dir = NULL;
        int r;

        if (!s)
                return error_oom(err);
        s->lock_fd = -1;
        s->created_usec = created_usec;
        s->folder = strdup(folder);
        s->files = json_array();
        dir = snapshot_path(folder, UNFINISHED);
        if (!s->folder || !s->files || !dir)
                return error_oom(err);
        snapshot_format_name(created_usec, s->name);
        r = snapshot_lock(folder, &s->lock_fd, err);
        if (r < 0)
                return r;
        remove_unfinished(folder);
        r = follow_last(s, err);
        if (r < 0)
                return r;
        if (mkdir(dir, 0700) < 0)
                return error_set(err, -errno, "%s: %s", dir, strerror(errno));
        s->dir = TAKE_PTR(dir);
        *ret = TAKE_PTR(s);
        return 0;
}

/* ---- files -------------------------------------------------------------------------------------
 */

static int add_file(struct snapshot *s, const char *name, struct error *err)
{
        char hex[SHA256_HEX_MAX];
        uint64_t bytes = 0;
        int r = snapshot_hash(s->dir, name, hex, &bytes, err);

        if (r < 0)
                return r;
        if (json_array_append_new(s->files, json_pack("{s:s, s:I, s:s}", "name", name, "bytes",
                                                      (json_int_t)bytes, "sha256", hex)) < 0)
                return error_oom(err);
        return 0;
}

static int close_file(struct snapshot *s, struct error *err)
{
        bool failed;
        int r;

        if (!s->file)
                return 0;
        errno = 0;
        failed = ferror(s->file) || fflush(s->file) != 0 || fsync(fileno(s->file)) < 0;
        failed = fclose(TAKE_PTR(s->file)) != 0 || failed;
        r = failed ? error_set(err, errno ? -errno : -EIO, "%s/%s: %s", s->dir, s->file_name,
                               errno ? strerror(errno) : "cannot be written")
                   : add_file(s, s->file_name, err);
        free(TAKE_PTR(s->file_name));
        return r;
}

static int make_folders(const struct snapshot *s, const char *name, struct error *err)
{
        _cleanup_(freep) char *path = snapshot_path(s->dir, name);

        if (!path)
                return error_oom(err);
        for (char *p = path + strlen(s->dir) + 1; (p = strchr(p, '/')); p++) {
                *p = '\0';
                if (mkdir(path, 0700) < 0 && errno != EEXIST)
                        return error_set(err, -errno, "%s: %s", path, strerror(errno));
                *p = '/';
        }
        return 0;
}

FILE *snapshot_file(struct snapshot *s, const char *name, struct error *err)
{
        _cleanup_(freep) char *path = snapshot_path(s->dir, name);

        assert(*name != '/' && !strstr(name, ".."));
        if (close_file(s, err) < 0 || make_folders(s, name, err) < 0)
                return NULL;
        s->file_name = strdup(name);
        if (!path || !s->file_name) {
                (void)error_oom(err);
                return NULL;
        }
        s->file = fopen(path, "wex");
        if (!s->file)
                (void)error_set(err, -errno, "%s: %s", path, strerror(errno));
        return s->file;
}

/* ---- finishing ---------------------------------------------------------------------------------
 */

static int write_sums(struct snapshot *s, struct error *err)
{
        FILE *f = snapshot_file(s, SNAPSHOT_SUMS, err);
        const json_t *file;
        size_t i;

        if (!f)
                return err && err->code ? err->code : -EIO;
        json_array_foreach(s->files, i, file)(void)
                fprintf(f, "%s  %s\n", json_member_string(file, "sha256"),
                        json_member_string(file, "name"));
        return close_file(s, err);
}

static json_t *manifest_of(const struct snapshot *s, const char *fingerprint, const json_t *about)
{
        char created[CLOCK_TEXT_MAX];

        return json_pack("{s:s, s:I, s:s, s:O, s:O, s:s, s:O}", "name", s->name, "sequence",
                         (json_int_t)s->sequence, "created",
                         clock_format_rfc3339(s->created_usec, created), "previous", s->previous,
                         "files", s->files, "key", fingerprint, "about", about);
}

static int write_manifest(struct snapshot *s, const struct signing_key *key, const json_t *about,
                          struct error *err)
{
        const char *pem = signing_key_public(key);
        char fingerprint[SHA256_HEX_MAX];
        json_auto_t *manifest = NULL;
        int r = signature_fingerprint(pem, fingerprint, err);

        if (r < 0)
                return r;
        manifest = manifest_of(s, fingerprint, about);
        r = snapshot_write_signed(s->dir, SNAPSHOT_MANIFEST, SNAPSHOT_SIGNATURE, manifest, key,
                                  err);
        return r == 0 ? snapshot_write(s->dir, SNAPSHOT_KEY, pem, strlen(pem), err) : r;
}

int snapshot_seal(struct snapshot *s, const struct signing_key *key, const json_t *about,
                  struct error *err)
{
        int r = close_file(s, err);

        if (r == 0)
                r = write_sums(s, err);
        if (r == 0)
                r = write_manifest(s, key, about, err);
        return r == 0 ? snapshot_read(s->dir, SNAPSHOT_MANIFEST, &s->manifest, &s->manifest_bytes,
                                      err)
                      : r;
}

const char *snapshot_manifest(const struct snapshot *s, size_t *ret_bytes)
{
        *ret_bytes = s->manifest_bytes;
        return s->manifest;
}

int snapshot_put_timestamp(struct snapshot *s, const void *der, size_t size_bytes,
                           struct error *err)
{
        assert(s->manifest);
        return snapshot_write(s->dir, SNAPSHOT_TIMESTAMP, der, size_bytes, err);
}

int snapshot_finish(struct snapshot *s, struct error *err)
{
        _cleanup_(freep) char *place = snapshot_path(s->folder, s->name);
        int r = place ? snapshot_sync_folder(s->dir, err) : error_oom(err);

        assert(s->manifest);
        if (r < 0)
                return r;
        if (rename(s->dir, place) < 0)
                return error_set(err, -errno, "%s: %s", place, strerror(errno));
        free(TAKE_PTR(s->dir));
        return snapshot_sync_folder(s->folder, err);
}
