#include "daemon/store/saying.h"

#include "daemon/base/buffer.h"
#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

enum { SAID_BYTES_MAX = 1048576 };

void said_done(struct said *said)
{
        free(said->facts);
        free(said->evidence);
        free(said->waiver);
}

int said_make(struct said *ret, const struct judgement *j, struct error *err)
{
        const char *const parts[] = { j->why[LANGUAGE_EN], j->why[LANGUAGE_FR], j->arithmetic,
                                      j->applies_from, j->state };
        struct buffer b = BUFFER_INIT(SAID_BYTES_MAX);
        int r;

        ret->facts = j->facts ? json_canonical(j->facts) : strdup("[]");
        ret->evidence = j->evidence ? json_canonical(j->evidence) : strdup("[]");
        ret->waiver = j->waiver ? json_canonical(j->waiver) : NULL;
        if (!ret->facts || !ret->evidence || !ret->waiver != !j->waiver)
                return error_oom(err);
        for (size_t i = 0; i < ELEMENTSOF(parts); i++) {
                buffer_add(&b, parts[i] ? "+" : "-");
                buffer_append(&b, parts[i] ? parts[i] : "", parts[i] ? strlen(parts[i]) + 1 : 1);
        }
        buffer_append(&b, ret->facts, strlen(ret->facts) + 1);
        if (ret->waiver) /* without one the digest is what it was before there were any */
                buffer_append(&b, ret->waiver, strlen(ret->waiver) + 1);
        r = buffer_error(&b);
        if (r == 0)
                (void)digest_sha256_hex(b.data, b.size_bytes, ret->said);
        buffer_add(&b, ret->evidence);
        r = r < 0 ? r : buffer_error(&b);
        if (r == 0)
                (void)digest_sha256_hex(b.data, b.size_bytes, ret->digest);
        buffer_done(&b);
        return r < 0 ? error_set(err, r, "%s: a verdict that is too long", j->rule) : 0;
}

static int saying_find(struct store *s, const struct said *said, const struct judgement *j,
                       int64_t *ret, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(s, ST_SAYING_FIND, &st, err, "s", said->digest);

        if (r > 0)
                *ret = sqlite3_column_int64(st, 0);
        if (r != 0)
                return r < 0 ? r : 0;
        r = store_run(s, ST_SAYING_ADD, err, "ssssssssss", said->digest, said->said,
                      j->why[LANGUAGE_EN], j->why[LANGUAGE_FR], j->arithmetic, j->applies_from,
                      j->state, said->facts, said->evidence, said->waiver);
        *ret = sqlite3_last_insert_rowid(s->db);
        return r;
}

/* Most verdicts say what another said just before: a small table saves the look-up. */
int saying_row(struct store *s, const struct said *said, const struct judgement *j, int64_t *ret,
               struct error *err)
{
        unsigned slot = 0;
        int r;

        for (const char *p = said->digest; p < said->digest + 8; p++)
                slot = slot * 31 + (unsigned char)*p;
        if (strcmp(s->sayings[slot % SAYING_SLOTS].digest, said->digest) == 0) {
                *ret = s->sayings[slot % SAYING_SLOTS].saying;
                return 0;
        }
        r = saying_find(s, said, j, ret, err);
        if (r == 0) {
                memcpy(s->sayings[slot % SAYING_SLOTS].digest, said->digest, SHA256_HEX_MAX);
                s->sayings[slot % SAYING_SLOTS].saying = *ret;
        }
        return r;
}
