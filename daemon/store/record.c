#include "daemon/store/record.h"

#include "daemon/base/json.h"
#include "daemon/store/drift.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

/* ---- shared ------------------------------------------------------------------------------------
 */

int record_check(const struct store_scan *scan, struct error *err)
{
        return scan->failed < 0 ? error_set(err, scan->failed, "%s", scan->failure) : 0;
}

void record_fail(struct store_scan *scan, int code, const char *text)
{
        if (scan->failed < 0)
                return;
        scan->failed = code < 0 ? code : -EIO;
        (void)snprintf(scan->failure, sizeof(scan->failure), "%s", text);
}

int record_step(struct store_scan *scan, struct error *err)
{
        int r = record_check(scan, err);

        return r < 0 ? r : step_begin(scan->store, err);
}

json_t *record_place_fields(const struct place *place)
{
        const char *const keys[] = { "provider", "account", "scope", "region" };
        const char *const values[] = { place->provider, place->account, place->scope,
                                       place->region };
        json_t *fields = json_object();

        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                if (values[i] && *values[i])
                        (void)json_object_set_new(fields, keys[i], json_string(values[i]));
        return fields;
}

void record_count(struct store_scan *scan, enum event_kind kind)
{
        static const enum record_count counts[EVENT_KIND_MAX] = {
                [EVENT_FINDING_OPENED] = COUNT_OPENED,
                [EVENT_FINDING_WORSENED] = COUNT_WORSENED,
                [EVENT_FINDING_CLOSED] = COUNT_CLOSED,
                [EVENT_RESOURCE_APPEARED] = COUNT_APPEARED,
                [EVENT_RESOURCE_CHANGED] = COUNT_CHANGED,
                [EVENT_RESOURCE_GONE] = COUNT_GONE,
                [EVENT_COVERAGE_LOST] = COUNT_LOST,
                [EVENT_COVERAGE_RESTORED] = COUNT_RESTORED,
        };

        if (kind <= EVENT_COVERAGE_RESTORED)
                scan->counts[counts[kind]]++;
}

int record_event_take(struct store_scan *scan, enum event_kind kind, json_t *fields,
                      struct error *err)
{
        if (fields)
                (void)json_object_set_new(fields, "scan", json_string(scan->id));
        record_count(scan, kind);
        return outbox_put_take(scan->store, kind, scan->now_usec, fields, err);
}

/* ---- the beginning -----------------------------------------------------------------------------
 */

static int scan_make_id(struct store_scan *scan, struct error *err)
{
        unsigned char bytes[8];

        if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
                return error_set(err, -errno, "random numbers: %s", strerror(errno));
        (void)digest_hex(bytes, sizeof(bytes), scan->id);
        return 0;
}

static int scan_add_account(struct store_scan *scan, const char *account, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(scan->store, ST_ACCOUNT_BASELINE, &st, err, "s", account);

        if (r < 0)
                return r;
        if (json_object_set_new(scan->accounts, account,
                                json_boolean(r > 0 && sqlite3_column_int64(st, 0) > 0)) < 0)
                return error_set(err, -EINVAL, "the name of an account is no text");
        return 0;
}

static int scan_insert(struct store_scan *scan, const char *const *accounts, struct error *err)
{
        _cleanup_(freep) char *text = NULL;
        struct store *s = scan->store;
        int r = 0;

        for (size_t i = 0; accounts && accounts[i] && r == 0; i++)
                r = scan_add_account(scan, accounts[i], err);
        if (r < 0)
                return r;
        text = json_canonical(scan->accounts);
        if (!text)
                return error_oom(err);
        r = store_run(s, ST_SCAN_ADD, err, "ssi", scan->id, text, (int64_t)scan->started_usec);
        scan->number = sqlite3_last_insert_rowid(s->db);
        return r;
}

static struct store_scan *scan_free(struct store_scan *scan)
{
        if (!scan)
                return NULL;
        if (scan->store && scan->store->scan == scan) {
                scan->store->scan = NULL;
                scan->store->subject_open = false;
        }
        while (scan->passes)
                record_pass_free(scan->passes);
        bitmap_done(&scan->seen);
        bitmap_done(&scan->asked);
        findings_subject_done(&scan->subject);
        json_decref(scan->accounts);
        json_decref(scan->troubles);
        free(scan);
        return NULL;
}
DEFINE_CLEANUP(struct store_scan *, scan_free);

void record_abandon(struct store_scan *scan)
{
        struct error ignored = { 0 };

        (void)store_commit(scan->store, &ignored);
        (void)scan_free(scan);
}

int store_scan_begin(struct store_scan **ret, struct store *s, const char *const *accounts,
                     uint64_t now_usec, struct error *err)
{
        _cleanup_(scan_freep) struct store_scan *scan = calloc(1, sizeof(*scan));
        int r;

        if (!scan)
                return error_oom(err);
        if (s->scan)
                return error_set(err, -EBUSY, "%s: a scan is being recorded already", s->path);
        scan->started_usec = scan->now_usec = now_usec;
        scan->accounts = json_object();
        scan->troubles = json_array();
        if (!scan->accounts || !scan->troubles)
                return error_oom(err);
        scan->store = s;
        scan->sink = inventory_sink;
        scan->sink.user = scan;
        r = scan_make_id(scan, err);
        if (r == 0)
                r = step_begin(s, err);
        if (r < 0)
                return r;
        r = step_end(s, scan_insert(scan, accounts, err), err);
        if (r < 0)
                return r;
        s->scan = scan;
        *ret = TAKE_PTR(scan);
        return 0;
}

const struct sink *store_scan_sink(struct store_scan *scan)
{
        return &scan->sink;
}

const char *store_scan_id(const struct store_scan *scan)
{
        return scan->id;
}

/* ---- the end of collecting ---------------------------------------------------------------------
 */

static int scan_set_baseline(struct store_scan *scan, struct error *err)
{
        const char *account;
        json_t *was;
        int r = 0;

        json_object_foreach(scan->accounts, account, was)
        {
                if (r < 0 || json_is_true(was))
                        continue;
                r = store_run(scan->store, ST_ACCOUNT_SET_BASELINE, err, "sii", account,
                              (int64_t)scan->now_usec, scan->number);
        }
        return r;
}

static int scan_settle(struct store_scan *scan, struct error *err)
{
        int r = coverage_settle(scan, err);

        if (r == 0 && scan->complete)
                r = absence_settle(scan, err);
        if (r == 0 && scan->complete)
                r = scan_set_baseline(scan, err);
        return r;
}

int store_scan_collected(struct store_scan *scan, bool complete, uint64_t now_usec,
                         struct error *err)
{
        struct store *s = scan->store;
        int r = record_step(scan, err);

        if (r < 0)
                return r;
        scan->complete = complete;
        scan->now_usec = now_usec;
        r = step_end(s, scan_settle(scan, err), err);
        if (r < 0)
                return r;
        scan->collected = true;
        return store_commit(s, err);
}

/* ---- the end -----------------------------------------------------------------------------------
 */

static json_t *scan_counts(const struct store_scan *scan, uint64_t now_usec)
{
        static const char *const names[] = {
                [COUNT_APPEARED] = "appeared", [COUNT_CHANGED] = "changed",
                [COUNT_GONE] = "gone",         [COUNT_OPENED] = "opened",
                [COUNT_WORSENED] = "worsened", [COUNT_CLOSED] = "closed",
                [COUNT_LOST] = "lost",         [COUNT_RESTORED] = "restored",
        };
        uint64_t usec = now_usec > scan->started_usec ? now_usec - scan->started_usec : 0;
        json_t *fields = json_pack(
                "{s:b, s:I, s:I}", "complete", scan->complete && scan->failed == 0, "calls",
                (json_int_t)scan->calls, "duration_ms", (json_int_t)(usec / 1000));

        for (size_t i = 0; fields && i < ELEMENTSOF(names); i++)
                (void)json_object_set_new(fields, names[i],
                                          json_integer((json_int_t)scan->counts[i]));
        return fields;
}

static int scan_finish(struct store_scan *scan, uint64_t now_usec, struct error *err)
{
        bool complete = scan->complete && scan->collected && scan->failed == 0;
        struct store *s = scan->store;
        const char *account;
        json_t *was;
        int r;

        r = store_run(s, ST_SCAN_FINISH, err, "iiii", (int64_t)now_usec, (int64_t)complete,
                      (int64_t)scan->calls, scan->number);
        if (scan->collected && scan->failed == 0) {
                json_object_foreach(scan->accounts, account, was)
                {
                        if (r == 0)
                                r = store_run(s, ST_ACCOUNT_SET_JUDGED, err, "si", account,
                                              (int64_t)scan->now_usec);
                }
        }
        scan->now_usec = now_usec;
        if (r == 0 && complete)
                r = flap_settle(scan, err);
        if (r == 0)
                r = trend_count(scan, err);
        return r < 0 ? r
                     : record_event_take(scan, EVENT_SCAN_FINISHED, scan_counts(scan, now_usec),
                                         err);
}

int store_scan_end(struct store_scan *scan, uint64_t now_usec, struct error *err)
{
        struct store *s = scan->store;
        struct error end = { 0 };
        int r;

        s->subject_open = false;
        /* after a failure the transaction is gone; that there was a scan is still worth a row */
        r = step_begin(s, &end);
        if (r == 0)
                r = step_end(s, scan_finish(scan, now_usec, &end), &end);
        if (r == 0)
                r = store_commit(s, &end);
        if (r < 0)
                record_fail(scan, r, end.text);
        r = record_check(scan, err);
        (void)scan_free(scan);
        return r;
}
