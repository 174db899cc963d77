/* Snapshots: dated folders that an auditor can check without vigie.
 *
 *   FOLDER/2026-11-26T041500Z/
 *           inventory.json …    what is handed over; names may have folders in them
 *           SHA256SUMS          of all of these (sha256sum -c)
 *           manifest.json       sorted keys: name, sequence, created, previous {name, sha256 of its
 *                               manifest, timestamp_sha256 when it has a stamp}, files [{name,
 *                               bytes, sha256}], key (fingerprint), and what the caller says of it
 *                               (about)
 *           manifest.sig        Ed25519 over manifest.json
 *           manifest.tsr        an authority's time stamp of manifest.json, when there is one
 *           public-key.pem
 *
 * A snapshot appears whole or not at all: it is written below FOLDER/.new.*, synced, then renamed.
 * One that is over its time loses its files and keeps manifest, signature, key and a signed
 * pruned.json, so that the chain stays verifiable and a loss can be told from a removal. */
#pragma once

#include "daemon/store/signature.h"
#include "daemon/store/timestamp.h"

#include <jansson.h>
#include <stdint.h>

struct snapshot;

/* Begins one; the folder is made (0700) when it is not there, what an interrupted one left in it is
 * removed. -EBUSY while another process writes one there, -EEXIST when that moment has one,
 * -EINVAL when the last one there cannot be read: a chain is not continued from what is broken. */
int snapshot_begin(struct snapshot **ret, const char *folder, uint64_t created_usec,
                   struct error *err);
/* The next file, to be written and left to the snapshot; NULL with the error set. name: relative,
 * without "..". */
FILE *snapshot_file(struct snapshot *s, const char *name, struct error *err);
/* Closes and signs it: no file comes after this. about: members for the manifest (borrowed). */
int snapshot_seal(struct snapshot *s, const struct signing_key *key, const json_t *about,
                  struct error *err);
/* The manifest of one that is sealed, which is what a time stamp is of; borrowed. */
const char *snapshot_manifest(const struct snapshot *s, size_t *ret_bytes);
int snapshot_put_timestamp(struct snapshot *s, const void *der, size_t size_bytes,
                           struct error *err);
/* Puts one that is sealed in its place. */
int snapshot_finish(struct snapshot *s, struct error *err);
/* "2026-11-26T041500Z"; valid until it is freed. */
const char *snapshot_name(const struct snapshot *s);
/* Removes it unless it was finished. */
struct snapshot *snapshot_free(struct snapshot *s);
DEFINE_CLEANUP(struct snapshot *, snapshot_free);

/* Removes the files of snapshots made before that time, but of the last one; how many were, or a
 * negative errno. Every removal is signed. */
int snapshot_prune(const char *folder, uint64_t before_usec, uint64_t now_usec,
                   const struct signing_key *key, struct error *err);

/* ---- checking ---------------------------------------------------------------------------------
 */

/* What is wrong with one snapshot: file "" when it is the whole. */
typedef int (*snapshot_fault_fn)(void *user, const char *snapshot, const char *file,
                                 const char *what);

struct snapshot_check {
        const char *public_pem;   /* must be this key; NULL: the one that lies in each snapshot */
        const char *timestamp_ca; /* file of whom to believe of time stamps; NULL: the certificate
                                     in each, which tells no more than that nobody altered it */
        snapshot_fault_fn on_fault;
        void *user;

        /* what comes out */
        unsigned snapshots, pruned, stamped, faults;
        uint64_t files;
        char key[SHA256_HEX_MAX]; /* fingerprint of the last one seen */
        bool several_keys;
        char authority[TIMESTAMP_AUTHORITY_MAX]; /* of the last time stamp seen */
        bool several_authorities;
};

/* Checks a snapshot, or every snapshot of a folder and the chain from each to the one before.
 * Faults go to on_fault and count; negative only when checking itself failed (-EINVAL: no snapshot
 * there). */
int snapshot_verify(struct snapshot_check *check, const char *dir, struct error *err);
