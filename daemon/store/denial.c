#include "daemon/base/json.h"
#include "daemon/store/record.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

/* A place that nobody has asked about yet is not made for it: 0. */
static int find(struct store *s, const struct place *place, int64_t *ret, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(s, ST_PLACE_FIND, &st, err, "ssss", place->provider, place->account,
                          place->scope ? place->scope : "", place->region ? place->region : "");

        if (r > 0)
                *ret = sqlite3_column_int64(st, 0);
        return r;
}

/* Columns of ST_DENIAL_EACH. */
enum { D_COLLECTOR, D_PART, D_DIGEST, D_CAUSE, D_ASKED, D_DUE, D_TIMES, D_OFF };

static int each(struct store *s, int64_t place, int (*cb)(void *to, const struct denied_call *d),
                void *to, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(s, ST_DENIAL_EACH, &st, err, "i", place);

        while (r > 0) {
                const struct denied_call d = {
                        .collector = column_text(st, D_COLLECTOR),
                        .part = (uint64_t)sqlite3_column_int64(st, D_PART),
                        .digest = column_text(st, D_DIGEST),
                        .cause = column_text(st, D_CAUSE),
                        .asked_usec = (uint64_t)sqlite3_column_int64(st, D_ASKED),
                        .due_usec = (uint64_t)sqlite3_column_int64(st, D_DUE),
                        .times = (uint64_t)sqlite3_column_int64(st, D_TIMES),
                        .off = sqlite3_column_int64(st, D_OFF) != 0,
                };

                r = cb(to, &d);
                r = r < 0 ? error_set(err, r, "%s: %s", s->path, strerror(-r))
                          : store_next(s, st, err);
        }
        return r;
}

int denial_each(void *user, const struct place *place,
                int (*cb)(void *to, const struct denied_call *d), void *to, struct error *err)
{
        struct store_scan *scan = user;
        int64_t row = 0;
        int r = record_step(scan, err);

        if (r < 0)
                return r;
        r = find(scan->store, place, &row, err);
        if (r > 0)
                r = each(scan->store, row, cb, to, err);
        return step_end(scan->store, r, err);
}

static int put(struct store *s, const struct place *place, const struct denied_call *d,
               struct error *err)
{
        int64_t row = 0;
        int r = store_place(s, place, &row, err);

        return r < 0 ? r
                     : store_run(s, ST_DENIAL_PUT, err, "isissiiii", row, d->collector,
                                 (int64_t)d->part, d->digest, d->cause, (int64_t)d->asked_usec,
                                 (int64_t)d->due_usec, (int64_t)d->times, (int64_t)d->off);
}

int denial_put(void *user, const struct place *place, const struct denied_call *d,
               struct error *err)
{
        struct store_scan *scan = user;
        int r = record_step(scan, err);

        return r < 0 ? r : step_end(scan->store, put(scan->store, place, d, err), err);
}

static int forget(struct store *s, const struct place *place, const struct denied_call *d,
                  struct error *err)
{
        int64_t row = 0;
        int r = find(s, place, &row, err);

        return r <= 0 ? r
                      : store_run(s, ST_DENIAL_FORGET, err, "isi", row, d->collector,
                                  (int64_t)d->part);
}

int denial_forget(void *user, const struct place *place, const struct denied_call *d,
                  struct error *err)
{
        struct store_scan *scan = user;
        int r = record_step(scan, err);

        return r < 0 ? r : step_end(scan->store, forget(scan->store, place, d, err), err);
}

int store_forget_denials(struct store *s, struct error *err)
{
        const char *any_account = NULL;
        int r = s->scan ? error_set(err, -EBUSY, "%s: a scan is being recorded", s->path)
                        : step_begin(s, err);

        return r < 0 ? r : step_end(s, store_run(s, ST_DENIALS_FORGET, err, "s", any_account), err);
}

/* ---- by what credentials are known again -------------------------------------------------------
 *
 * Not by what they are: of the keyed digest half is kept, which tells two of them apart and lets
 * nobody try out what they might be without this store. */

#define KEY_NAME "fingerprint_key"
enum { KEY_BYTES = 32, KEY_HEX = 2 * KEY_BYTES, KEPT_BYTES = SHA256_BYTES / 2 };

static int key_make(struct store *s, char hex[static KEY_HEX + 1], struct error *err)
{
        unsigned char bytes[KEY_BYTES];
        json_auto_t *text = NULL;

        if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
                return error_set(err, -errno, "random numbers: %s", strerror(errno));
        (void)digest_hex(bytes, sizeof(bytes), hex);
        text = json_string(hex);
        return text ? store_meta_put(s, KEY_NAME, text, err) : error_oom(err);
}

static int recognise(struct store *s, const unsigned char fingerprint[static SHA256_BYTES],
                     char hex[static 2 * KEPT_BYTES + 1], struct error *err)
{
        json_auto_t *known = store_meta_json(s, KEY_NAME);
        char key[KEY_HEX + 1] = "";
        unsigned char mac[SHA256_BYTES];

        if (json_string_length(known) == KEY_HEX) {
                memcpy(key, json_string_value(known), sizeof(key));
        } else {
                int r = key_make(s, key, err);

                if (r < 0)
                        return r;
        }
        digest_hmac_sha256(key, KEY_HEX, fingerprint, SHA256_BYTES, mac);
        (void)digest_hex(mac, KEPT_BYTES, hex);
        return 0;
}

static int signs_in(struct store *s, const char *account,
                    const unsigned char fingerprint[static SHA256_BYTES], struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        char hex[2 * KEPT_BYTES + 1] = "";
        int r = recognise(s, fingerprint, hex, err);

        if (r == 0)
                r = store_row(s, ST_ACCOUNT_SIGNS_IN, &st, err, "s", account);
        if (r < 0)
                return r;
        if (r > 0 && column_text(st, 0) && strcmp(column_text(st, 0), hex) == 0)
                return 0;
        statement_resetp(&st);
        st = NULL;
        r = store_run(s, ST_DENIALS_FORGET, err, "s", account);
        return r < 0 ? r : store_run(s, ST_ACCOUNT_SET_SIGNS_IN, err, "ss", account, hex);
}

int denial_signs_in(void *user, const char *account,
                    const unsigned char fingerprint[static SHA256_BYTES], struct error *err)
{
        struct store_scan *scan = user;
        int r = record_step(scan, err);

        return r < 0 ? r
                     : step_end(scan->store, signs_in(scan->store, account, fingerprint, err), err);
}
