#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/store/snapshot-folder.h"
#include "daemon/store/snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

/* One snapshot under examination. */
struct exam {
        struct snapshot_check *check;
        const char *dir, *name;
        char *manifest_text;
        size_t manifest_bytes;
        json_t *manifest;
        char *public_pem;
        bool pruned;
        char timestamp_sha256[SHA256_HEX_MAX]; /* "": it has no time stamp */
        uint64_t stamped_usec;                 /* 0: no stamp that holds */
        int stopped;                           /* on_fault ended it */
};

static int fault(struct exam *e, const char *file, const char *fmt, ...) _printf_(3, 4);
static int fault(struct exam *e, const char *file, const char *fmt, ...)
{
        char what[512];
        va_list ap;

        va_start(ap, fmt);
        (void)vsnprintf(what, sizeof(what), fmt, ap);
        va_end(ap);
        e->check->faults++;
        if (e->stopped == 0)
                e->stopped = e->check->on_fault(e->check->user, e->name, file, what);
        return e->stopped;
}

static void exam_done(struct exam *e)
{
        free(e->manifest_text);
        free(e->public_pem);
        json_decref(e->manifest);
}

/* ---- signatures --------------------------------------------------------------------------------
 */

static bool signed_by(struct exam *e, const char *name, const char *text, size_t n,
                      const char *signature_name, struct error *why)
{
        _cleanup_(freep) char *signature = NULL;
        const char *pem = e->check->public_pem ? e->check->public_pem : e->public_pem;
        size_t signature_bytes = 0;

        if (snapshot_read(e->dir, signature_name, &signature, &signature_bytes, why) < 0)
                return false;
        return signature_verify(pem, text, n, (const unsigned char *)signature, signature_bytes,
                                why) == 0;
}

static void note_key(struct exam *e)
{
        struct snapshot_check *check = e->check;
        char fingerprint[SHA256_HEX_MAX];
        const char *said = json_member_string(e->manifest, "key");

        if (signature_fingerprint(e->public_pem, fingerprint, NULL) < 0) {
                (void)fault(e, SNAPSHOT_KEY, "no Ed25519 public key");
                return;
        }
        if (!said || strcmp(said, fingerprint) != 0)
                (void)fault(e, SNAPSHOT_KEY, "another key than the manifest names");
        if (check->key[0] && strcmp(check->key, fingerprint) != 0)
                check->several_keys = true;
        memcpy(check->key, fingerprint, sizeof(fingerprint));
}

/* 0: the manifest is there, whole and signed; > 0: what is in it cannot be relied on. */
static int examine_manifest(struct exam *e)
{
        struct error why = { 0 };
        size_t n = 0;

        if (snapshot_read(e->dir, SNAPSHOT_MANIFEST, &e->manifest_text, &e->manifest_bytes, &why) <
            0) {
                (void)fault(e, SNAPSHOT_MANIFEST, "missing or unreadable");
                return 1;
        }
        if (snapshot_read(e->dir, SNAPSHOT_KEY, &e->public_pem, &n, &why) < 0) {
                (void)fault(e, SNAPSHOT_KEY, "missing or unreadable");
                return 1;
        }
        why = (struct error){ 0 };
        if (!signed_by(e, SNAPSHOT_MANIFEST, e->manifest_text, e->manifest_bytes,
                       SNAPSHOT_SIGNATURE, &why)) {
                (void)fault(e, SNAPSHOT_MANIFEST, "altered, or signed by another key: %s",
                            why.text);
                return 1;
        }
        if (json_parse(e->manifest_text, e->manifest_bytes, &e->manifest, &why) < 0 ||
            !json_is_object(e->manifest)) {
                (void)fault(e, SNAPSHOT_MANIFEST, "no manifest: %s", why.text);
                return 1;
        }
        note_key(e);
        return 0;
}

/* A note of removal counts only when it is signed and is of this manifest. */
static void examine_pruned(struct exam *e)
{
        _cleanup_(freep) char *text = NULL;
        char hex[SHA256_HEX_MAX];
        json_auto_t *note = NULL;
        struct error why = { 0 };
        const char *of;
        size_t n = 0;
        int r = snapshot_read(e->dir, SNAPSHOT_PRUNED, &text, &n, &why);

        if (r == -ENOENT)
                return;
        why = (struct error){ 0 };
        if (r < 0 || !signed_by(e, SNAPSHOT_PRUNED, text, n, SNAPSHOT_PRUNED_SIGNATURE, &why) ||
            json_parse(text, n, &note, &why) < 0) {
                (void)fault(e, SNAPSHOT_PRUNED, "altered, or signed by another key");
                return;
        }
        of = json_member_string(note, "manifest_sha256");
        (void)digest_sha256_hex(e->manifest_text, e->manifest_bytes, hex);
        if (!of || strcmp(of, hex) != 0) {
                (void)fault(e, SNAPSHOT_PRUNED, "is of another snapshot");
                return;
        }
        e->pruned = true;
}

/* ---- time stamp --------------------------------------------------------------------------------
 */

static void note_authority(struct snapshot_check *check, const char *authority)
{
        if (check->authority[0] && strcmp(check->authority, authority) != 0)
                check->several_authorities = true;
        (void)snprintf(check->authority, sizeof(check->authority), "%s", authority);
}

/* A snapshot says itself when it was made; nobody stamps what is not there yet. */
static void examine_stamp_time(struct exam *e, uint64_t stamped_usec)
{
        const char *created = json_member_string(e->manifest, "created");
        char when[CLOCK_TEXT_MAX];
        uint64_t created_usec;

        (void)clock_format_rfc3339(stamped_usec, when);
        if (!created || clock_parse_iso8601(created, &created_usec) < 0)
                (void)fault(e, SNAPSHOT_MANIFEST, "says of no time that it was made then");
        else if (stamped_usec + TIMESTAMP_SKEW_USEC < created_usec)
                (void)fault(e, SNAPSHOT_TIMESTAMP,
                            "of %s, before the snapshot says it was made (%s)", when, created);
        else
                e->stamped_usec = stamped_usec;
}

static void examine_timestamp(struct exam *e)
{
        struct timestamp_check stamp = { .data = e->manifest_text,
                                         .data_bytes = e->manifest_bytes,
                                         .ca_file = e->check->timestamp_ca };
        _cleanup_(freep) char *der = NULL;
        struct error why = { 0 };
        size_t n = 0;
        int r = snapshot_read(e->dir, SNAPSHOT_TIMESTAMP, &der, &n, &why);

        if (r == -ENOENT)
                return;
        if (r == 0) {
                (void)digest_sha256_hex(der, n, e->timestamp_sha256);
                r = timestamp_verify(&stamp, der, n, &why);
        }
        if (r < 0) {
                (void)fault(e, SNAPSHOT_TIMESTAMP, "no time stamp of this manifest: %s", why.text);
                return;
        }
        e->check->stamped++;
        note_authority(e->check, stamp.authority);
        examine_stamp_time(e, stamp.time_usec);
}

/* ---- files -------------------------------------------------------------------------------------
 */

static void examine_file(struct exam *e, const json_t *file)
{
        const char *name = json_member_string(file, "name"),
                   *said = json_member_string(file, "sha256");
        char hex[SHA256_HEX_MAX];
        struct error why = { 0 };
        uint64_t bytes = 0;
        int r;

        if (!said || !snapshot_is_file_name(name)) {
                (void)fault(e, SNAPSHOT_MANIFEST, "names a file in no way a snapshot does");
                return;
        }
        r = snapshot_hash(e->dir, name, hex, &bytes, &why);
        if (r == -ENOENT && e->pruned)
                return;
        if (r == -ENOENT)
                (void)fault(e, name, "missing");
        else if (r < 0)
                (void)fault(e, name, "unreadable: %s", why.text);
        else if (strcmp(hex, said) != 0)
                (void)fault(e, name, "altered");
        e->check->files += r == 0;
}

static bool is_listed(const struct exam *e, const char *name)
{
        static const char *const own[] = { SNAPSHOT_MANIFEST,  SNAPSHOT_SIGNATURE,
                                           SNAPSHOT_TIMESTAMP, SNAPSHOT_KEY,
                                           SNAPSHOT_PRUNED,    SNAPSHOT_PRUNED_SIGNATURE };
        const json_t *file;
        size_t i;

        for (i = 0; i < ELEMENTSOF(own); i++)
                if (strcmp(name, own[i]) == 0)
                        return true;
        json_array_foreach(json_object_get(e->manifest, "files"), i, file)
        {
                const char *listed = json_member_string(file, "name");

                if (listed && strcmp(listed, name) == 0)
                        return true;
        }
        return false;
}

/* What lies there and is in no list; within is the folder below the snapshot, "" at its top. */
static void examine_folder(struct exam *e, const char *within)
{
        _cleanup_(freep) char *path = snapshot_path(e->dir, within);
        DIR *d = path ? opendir(path) : NULL;
        const struct dirent *entry;

        if (!d)
                return;
        /* there is one thread, and readdir_r() is obsolete */
        // cppcheck-suppress readdirCalled
        while ((entry = readdir(d))) {
                _cleanup_(freep) char *name = NULL, *full = NULL;
                struct stat st;

                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                        continue;
                if (asprintf(&name, "%s%s%s", within, *within ? "/" : "", entry->d_name) < 0) {
                        name = NULL;
                        break;
                }
                full = snapshot_path(e->dir, name);
                if (full && lstat(full, &st) == 0 && S_ISDIR(st.st_mode))
                        examine_folder(e, name);
                else if (!is_listed(e, name))
                        (void)fault(e, name, "is in no list of the snapshot");
        }
        (void)closedir(d);
}

/* ---- one snapshot ------------------------------------------------------------------------------
 */

/* Of the one before in its folder; name NULL: there was none. */
struct link {
        char name[SNAPSHOT_NAME_MAX], sha256[SHA256_HEX_MAX], timestamp_sha256[SHA256_HEX_MAX];
        uint64_t stamped_usec; /* 0: no stamp that holds */
        json_int_t sequence;
        bool known, broken; /* broken: its manifest could not be relied on */
};

/* The stamp that was there when this one was made: it is there still, and it is the earlier one. */
static void examine_stamp_link(struct exam *e, const json_t *previous, const struct link *before)
{
        const char *said = json_member_string(previous, "timestamp_sha256");

        if (!said)
                return;
        if (!*before->timestamp_sha256)
                (void)fault(e, "", "the time stamp of %s is missing", before->name);
        else if (strcmp(said, before->timestamp_sha256) != 0)
                (void)fault(e, "", "follows another time stamp of %s than the one that is there",
                            before->name);
        else if (e->stamped_usec > 0 &&
                 e->stamped_usec + TIMESTAMP_SKEW_USEC < before->stamped_usec)
                (void)fault(e, "", "its time stamp is of before that of %s", before->name);
}

static void examine_link(struct exam *e, const struct link *before)
{
        const json_t *previous = json_object_get(e->manifest, "previous");
        json_int_t sequence = json_integer_value(json_object_get(e->manifest, "sequence"));
        const char *name = json_member_string(previous, "name"),
                   *sha256 = json_member_string(previous, "sha256");

        if (!before->known) {
                if (name)
                        (void)fault(e, "", "the snapshot before it (%s) is missing", name);
                return;
        }
        if (!name) {
                (void)fault(e, "", "says it is the first, after %s", before->name);
                return;
        }
        if (strcmp(name, before->name) != 0)
                (void)fault(e, "", "follows %s, and not %s: %s", name, before->name,
                            strcmp(name, before->name) > 0 ? "one is missing between"
                                                           : "they were put in another order");
        else if (before->broken)
                return;
        else if (!sha256 || strcmp(sha256, before->sha256) != 0)
                (void)fault(e, "", "follows another %s than the one that is there", name);
        else if (sequence != before->sequence + 1)
                (void)fault(e, "", "number %" JSON_INTEGER_FORMAT " after %" JSON_INTEGER_FORMAT,
                            sequence, before->sequence);
        else
                examine_stamp_link(e, previous, before);
}

static int examine(struct snapshot_check *check, const char *dir, const char *name,
                   struct link *link, bool chained)
{
        struct exam e = { .check = check, .dir = dir, .name = name };
        struct link now = { .known = true };
        const json_t *file;
        size_t i;

        check->snapshots++;
        (void)snprintf(now.name, sizeof(now.name), "%s", name);
        now.broken = examine_manifest(&e) != 0;
        if (!now.broken) {
                const char *own = json_member_string(e.manifest, "name");

                if (!own || (chained && strcmp(own, name) != 0))
                        (void)fault(&e, SNAPSHOT_MANIFEST, "is of the snapshot %s",
                                    own ? own : "?");
                examine_pruned(&e);
                examine_timestamp(&e);
                check->pruned += e.pruned;
                json_array_foreach(json_object_get(e.manifest, "files"), i, file)
                        examine_file(&e, file);
                examine_folder(&e, "");
                if (chained)
                        examine_link(&e, link);
                (void)digest_sha256_hex(e.manifest_text, e.manifest_bytes, now.sha256);
                now.sequence = json_integer_value(json_object_get(e.manifest, "sequence"));
                memcpy(now.timestamp_sha256, e.timestamp_sha256, sizeof(now.timestamp_sha256));
                now.stamped_usec = e.stamped_usec;
        }
        *link = now;
        exam_done(&e);
        return e.stopped < 0 ? e.stopped : 0;
}

static bool has_manifest(const char *dir)
{
        _cleanup_(freep) char *path = snapshot_path(dir, SNAPSHOT_MANIFEST);

        return path && access(path, F_OK) == 0;
}

int snapshot_verify(struct snapshot_check *check, const char *dir, struct error *err)
{
        struct link link = { 0 };
        char **names = NULL;
        size_t n = 0;
        int r;

        if (has_manifest(dir)) {
                _cleanup_(freep) char *whole = strdup(dir);
                char *name;

                if (!whole)
                        return error_oom(err);
                for (size_t i = strlen(whole); i > 1 && whole[i - 1] == '/'; i--)
                        whole[i - 1] = '\0';
                name = strrchr(whole, '/');
                return examine(check, whole, name ? name + 1 : whole, &link, false);
        }
        r = snapshot_list(dir, &names, &n, err);
        if (r == 0 && n == 0)
                r = error_set(err, -EINVAL,
                              "%s is neither a snapshot (it has no " SNAPSHOT_MANIFEST
                              ") nor a folder of snapshots",
                              dir);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                _cleanup_(freep) char *path = snapshot_path(dir, names[i]);

                r = path ? examine(check, path, names[i], &link, true) : error_oom(err);
        }
        snapshot_list_free(names, n);
        return r;
}
