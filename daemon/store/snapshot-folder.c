#include "daemon/store/snapshot-folder.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

enum { READ_BYTES_MAX = 64 * 1024 * 1024, HASH_BLOCK_BYTES = 65536, OPEN_FILES_MAX = 16 };

DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free);

char *snapshot_path(const char *dir, const char *name)
{
        char *path;

        return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

/* ---- names -------------------------------------------------------------------------------------
 */

bool snapshot_is_name(const char *name)
{
        return fnmatch("[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z",
                       name, 0) == 0;
}

bool snapshot_is_file_name(const char *name)
{
        return name && *name && *name != '/' && !strstr(name, "..");
}

void snapshot_format_name(uint64_t created_usec, char name[static SNAPSHOT_NAME_MAX])
{
        time_t seconds = (time_t)(created_usec / USEC_PER_SEC);
        struct tm tm;

        (void)gmtime_r(&seconds, &tm);
        (void)strftime(name, SNAPSHOT_NAME_MAX, "%Y-%m-%dT%H%M%SZ", &tm);
}

static int is_snapshot(const struct dirent *entry)
{
        return snapshot_is_name(entry->d_name);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

void snapshot_list_free(char **names, size_t n)
{
        for (size_t i = 0; names && i < n; i++)
                free(names[i]);
        free(names);
}

int snapshot_list(const char *folder, char ***ret, size_t *ret_n, struct error *err)
{
        struct dirent **entries = NULL;
        int n = scandir(folder, &entries, is_snapshot, by_bytes);
        char **names;
        bool failed;

        if (n < 0)
                return error_set(err, -errno, "%s: %s", folder, strerror(errno));
        names = calloc((size_t)n + 1, sizeof(*names));
        failed = !names;
        for (int i = 0; i < n; i++) {
                if (!failed)
                        failed = !(names[i] = strdup(entries[i]->d_name));
                free(entries[i]);
        }
        free(entries);
        if (failed) {
                snapshot_list_free(names, (size_t)n);
                return error_oom(err);
        }
        *ret = names;
        *ret_n = (size_t)n;
        return 0;
}

/* ---- files -------------------------------------------------------------------------------------
 */

/* A link could lead out of the folder: none is followed. */
static int open_file(const char *dir, const char *name, struct error *err)
{
        _cleanup_(freep) char *path = snapshot_path(dir, name);
        int fd;

        if (!path)
                return error_oom(err);
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
        return fd < 0 ? error_set(err, -errno, "%s: %s", path, strerror(errno)) : fd;
}

int snapshot_read(const char *dir, const char *name, char **ret, size_t *ret_bytes,
                  struct error *err)
{
        _cleanup_(closep) int fd = open_file(dir, name, err);
        _cleanup_(freep) char *data = NULL;
        size_t used = 0;
        struct stat st;
        ssize_t n;

        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
                return error_set(err, -EINVAL, "%s/%s is no file", dir, name);
        if (st.st_size > READ_BYTES_MAX)
                return error_set(err, -E2BIG, "%s/%s is too large", dir, name);
        data = malloc((size_t)st.st_size + 1);
        if (!data)
                return error_oom(err);
        while (used < (size_t)st.st_size &&
               (n = read(fd, data + used, (size_t)st.st_size - used)) > 0)
                used += (size_t)n;
        if (used != (size_t)st.st_size)
                return error_set(err, -EIO, "%s/%s: cannot be read", dir, name);
        data[used] = '\0';
        *ret = TAKE_PTR(data);
        *ret_bytes = used;
        return 0;
}

int snapshot_hash(const char *dir, const char *name, char hex[static SHA256_HEX_MAX],
                  uint64_t *ret_bytes, struct error *err)
{
        _cleanup_(closep) int fd = open_file(dir, name, err);
        _cleanup_(EVP_MD_CTX_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        _cleanup_(freep) unsigned char *block = malloc(HASH_BLOCK_BYTES);
        unsigned char digest[SHA256_BYTES];
        uint64_t bytes = 0;
        ssize_t n;

        if (fd < 0)
                return fd;
        if (!ctx || !block || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
                return error_oom(err);
        while ((n = read(fd, block, HASH_BLOCK_BYTES)) > 0) {
                (void)EVP_DigestUpdate(ctx, block, (size_t)n);
                bytes += (uint64_t)n;
        }
        if (n < 0)
                return error_set(err, -errno, "%s/%s: %s", dir, name, strerror(errno));
        (void)EVP_DigestFinal_ex(ctx, digest, NULL);
        (void)digest_hex(digest, sizeof(digest), hex);
        *ret_bytes = bytes;
        return 0;
}

int snapshot_write(const char *dir, const char *name, const void *data, size_t size_bytes,
                   struct error *err)
{
        _cleanup_(freep) char *path = snapshot_path(dir, name);
        FILE *f;
        bool failed;

        if (!path)
                return error_oom(err);
        f = fopen(path, "wex");
        if (!f)
                return error_set(err, -errno, "%s: %s", path, strerror(errno));
        failed = fwrite(data, 1, size_bytes, f) != size_bytes || fflush(f) != 0 ||
                 fsync(fileno(f)) < 0;
        failed = fclose(f) != 0 || failed;
        return failed ? error_set(err, errno ? -errno : -EIO, "%s: %s", path, strerror(errno)) : 0;
}

int snapshot_sync_folder(const char *dir, struct error *err)
{
        _cleanup_(closep) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0 || fsync(fd) < 0)
                return error_set(err, -errno, "%s: %s", dir, strerror(errno));
        return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
        (void)remove(path);
        return 0;
}

void snapshot_remove(const char *dir)
{
        (void)nftw(dir, remove_one, OPEN_FILES_MAX, FTW_DEPTH | FTW_PHYS);
}

/* ---- what is done under the lock ---------------------------------------------------------------
 */

int snapshot_lock(const char *folder, int *ret_fd, struct error *err)
{
        _cleanup_(freep) char *path = snapshot_path(folder, ".lock");

        if (!path)
                return error_oom(err);
        if (mkdir(folder, 0700) < 0 && errno != EEXIST)
                return error_set(err, -errno, "snapshots %s: %s", folder, strerror(errno));
        *ret_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (*ret_fd < 0)
                return error_set(err, -errno, "%s: %s", path, strerror(errno));
        if (flock(*ret_fd, LOCK_EX | LOCK_NB) < 0)
                return error_set(err, -EBUSY, "another process writes a snapshot into %s", folder);
        return 0;
}

int snapshot_read_manifest(const char *folder, const char *name, json_t **ret,
                           char hex[static SHA256_HEX_MAX], struct error *err)
{
        _cleanup_(freep) char *dir = snapshot_path(folder, name), *text = NULL;
        size_t n = 0;
        int r;

        if (!dir)
                return error_oom(err);
        r = snapshot_read(dir, SNAPSHOT_MANIFEST, &text, &n, err);
        if (r < 0)
                return r;
        (void)digest_sha256_hex(text, n, hex);
        r = json_parse(text, n, ret, err);
        return r < 0 ? error_wrap(err, r, "%s/" SNAPSHOT_MANIFEST, dir) : 0;
}

int snapshot_write_signed(const char *dir, const char *name, const char *signature_name,
                          const json_t *value, const struct signing_key *key, struct error *err)
{
        _cleanup_(freep) char *text =
                value ? json_dumps(value, JSON_INDENT(1) | JSON_SORT_KEYS) : NULL;
        unsigned char signature[SIGNATURE_BYTES];
        size_t n;
        int r;

        if (!text)
                return error_oom(err);
        n = strlen(text);
        r = signing_key_sign(key, text, n, signature, err);
        if (r == 0)
                r = snapshot_write(dir, name, text, n, err);
        return r == 0 ? snapshot_write(dir, signature_name, signature, sizeof(signature), err) : r;
}
