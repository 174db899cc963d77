/* Snapshots that are over their time: their files go, their place in the chain stays, and their
 * time stamp with it. */
#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/store/snapshot-folder.h"
#include "daemon/store/snapshot.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Who could write a manifest is not to have files removed beside the snapshot. */
static int check_file_names(const char *dir, const json_t *manifest, struct error *err)
{
        const json_t *file;
        size_t i;

        json_array_foreach(json_object_get(manifest, "files"), i, file)
        {
                if (!snapshot_is_file_name(json_member_string(file, "name")))
                        return error_set(err, -EBADMSG,
                                         "%s/" SNAPSHOT_MANIFEST " names a file in no way a "
                                         "snapshot does, so none of its files were removed: it "
                                         "was altered; vigie verify tells more",
                                         dir);
        }
        return 0;
}

static int remove_files(const char *dir, const json_t *manifest, struct error *err)
{
        const json_t *file;
        size_t i;

        json_array_foreach(json_object_get(manifest, "files"), i, file)
        {
                _cleanup_(freep) char *path = snapshot_path(dir, json_member_string(file, "name"));

                if (!path)
                        return error_oom(err);
                (void)unlink(path);
                /* its folder too, once it is empty */
                for (char *slash; (slash = strrchr(path, '/')) && slash > path + strlen(dir);) {
                        *slash = '\0';
                        (void)rmdir(path);
                }
        }
        return 0;
}

/* Says so first, then removes: who is interrupted in between has a snapshot that says it is pruned
 * and still has files, which the next time removes. */
static int prune_one(const char *folder, const char *name, uint64_t now_usec,
                     const struct signing_key *key, struct error *err)
{
        _cleanup_(freep) char *dir = snapshot_path(folder, name), *pruned = NULL;
        json_auto_t *manifest = NULL, *note = NULL;
        char hex[SHA256_HEX_MAX], when[CLOCK_TEXT_MAX];
        bool there;
        int r;

        pruned = dir ? snapshot_path(dir, SNAPSHOT_PRUNED) : NULL;
        if (!pruned)
                return error_oom(err);
        r = snapshot_read_manifest(folder, name, &manifest, hex, err);
        if (r == 0)
                r = check_file_names(dir, manifest, err);
        if (r < 0)
                return r;
        there = access(pruned, F_OK) == 0;
        if (!there) {
                note = json_pack("{s:s, s:s, s:s}", "name", name, "manifest_sha256", hex, "pruned",
                                 clock_format_rfc3339(now_usec, when));
                r = snapshot_write_signed(dir, SNAPSHOT_PRUNED, SNAPSHOT_PRUNED_SIGNATURE, note,
                                          key, err);
                if (r == 0)
                        r = snapshot_sync_folder(dir, err);
                if (r < 0)
                        return r;
        }
        r = remove_files(dir, manifest, err);
        return r < 0 ? r : !there;
}

int snapshot_prune(const char *folder, uint64_t before_usec, uint64_t now_usec,
                   const struct signing_key *key, struct error *err)
{
        char before[SNAPSHOT_NAME_MAX], **names = NULL;
        _cleanup_(closep) int lock_fd = -1;
        size_t n = 0;
        int r, pruned = 0;

        r = snapshot_lock(folder, &lock_fd, err);
        if (r < 0)
                return r;
        snapshot_format_name(before_usec, before);
        r = snapshot_list(folder, &names, &n, err);
        for (size_t i = 0; r >= 0 && i + 1 < n && strcmp(names[i], before) < 0; i++) {
                r = prune_one(folder, names[i], now_usec, key, err);
                pruned += r > 0;
        }
        snapshot_list_free(names, n);
        return r < 0 ? r : pruned;
}
