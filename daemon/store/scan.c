/* A scan from its begin to its end. */
#include "daemon/base/digest.h"
#include "daemon/base/json.h"
#include "daemon/store/internal.h"

#include <errno.h>
#include <string.h>

int scan_usable(const struct store_scan *scan, struct error *err)
{
        if (scan->failed < 0)
                return error_set(err, scan->failed,
                                 "store: an earlier change of this scan could not be written");
        return 0;
}

/* ---- begin -------------------------------------------------------------------------------------
 */

static void scan_id(struct store_scan *scan, uint64_t number)
{
        char text[64], hex[SHA256_HEX_MAX];
        int n = snprintf(text, sizeof(text), "%ju %ju", (uintmax_t)number,
                         (uintmax_t)scan->now_usec);

        (void)digest_sha256_hex(text, (size_t)n, hex);
        memcpy(scan->id, hex, sizeof(scan->id) - 1);
}

static int scan_insert(struct store_scan *scan, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL, *last = NULL;
        uint64_t number;
        int r = sql_take(&last, &scan->store->cache,
                         "SELECT coalesce(max(number), 0) + 1 FROM scans", err);

        if (r >= 0)
                r = sql_step(last, err);
        if (r < 0)
                return r;
        number = sql_u64(last, 0);
        scan_id(scan, number);
        r = sql_take(&q, &scan->store->cache,
                     "INSERT INTO scans (number, id, started) VALUES (?1, ?2, ?3)", err);
        if (r < 0)
                return r;
        sql_bind_u64(q, 1, number);
        sql_bind_text(q, 2, scan->id);
        sql_bind_u64(q, 3, scan->now_usec);
        return write_run(scan->store, q, err);
}

/* An account that was never scanned to its end is quiet: all of it is new. */
static int scan_quieten(struct store_scan *scan, struct error *err)
{
        int r = 0;

        for (char **account = scan->accounts; *account && r >= 0; account++) {
                _cleanup_(sql_givep) struct sql *q = NULL;

                r = sql_take(&q, &scan->store->cache,
                             "SELECT 1 FROM accounts WHERE name = ?1 AND complete IS NOT NULL",
                             err);
                if (r < 0)
                        return r;
                sql_bind_text(q, 1, *account);
                r = sql_step(q, err);
                if (r == 0 && json_object_set_new(scan->quiet, *account, json_true()) < 0)
                        r = error_oom(err);
        }
        return r < 0 ? r : 0;
}

static struct store_scan *scan_free(struct store_scan *scan)
{
        if (!scan)
                return NULL;
        if (scan->store && scan->store->scan == scan)
                scan->store->scan = NULL;
        for (char **account = scan->accounts; account && *account; account++)
                free(*account);
        free(scan->accounts);
        json_decref(scan->quiet);
        json_decref(scan->judged);
        bitmap_done(&scan->seen);
        bitmap_done(&scan->asked);
        bitmap_done(&scan->visited);
        free(scan->adopted);
        findings_done(scan);
        free(scan);
        return NULL;
}
DEFINE_CLEANUP(struct store_scan *, scan_free);

static int scan_new(struct store_scan **ret, struct store *s, const char *const *accounts,
                    uint64_t now_usec)
{
        _cleanup_(scan_freep) struct store_scan *scan = calloc(1, sizeof(*scan));
        size_t n = 0;

        if (!scan)
                return -ENOMEM;
        scan->store = s;
        scan->now_usec = now_usec;
        scan->sink = inventory_sink;
        scan->sink.user = scan;
        scan->quiet = json_object();
        scan->judged = json_object();
        while (accounts[n])
                n++;
        scan->accounts = calloc(n + 1, sizeof(*scan->accounts));
        if (!scan->accounts || !scan->quiet || !scan->judged)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                scan->accounts[i] = strdup(accounts[i]);
                if (!scan->accounts[i])
                        return -ENOMEM;
        }
        *ret = TAKE_PTR(scan);
        return 0;
}

int store_scan_begin(struct store_scan **ret, struct store *s, const char *const *accounts,
                     uint64_t now_usec, struct error *err)
{
        _cleanup_(scan_freep) struct store_scan *scan = NULL;
        int r;

        if (s->scan)
                return error_set(err, -EBUSY, "store: a scan is being recorded already");
        if (scan_new(&scan, s, accounts, now_usec) < 0)
                return error_oom(err);
        r = write_begin(s, err);
        if (r < 0)
                return r;
        s->scan = scan;
        r = scan_insert(scan, err);
        if (r >= 0)
                r = scan_quieten(scan, err);
        r = write_end(s, r, err);
        if (r < 0)
                return r;
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

/* ---- troubles
 * ------------------------------------------------------------------------------------ */

struct trouble_row {
        const char *provider, *account, *scope, *cause;
        enum coverage_state state;
};

static int trouble_is_new(struct store_scan *scan, const struct trouble_row *t, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(
                &q, &scan->store->cache,
                "SELECT 1 FROM troubles WHERE provider = ?1 AND account = ?2 AND scope = ?3"
                " AND state = ?4",
                err);

        if (r < 0)
                return r;
        sql_bind_text(q, 1, t->provider);
        sql_bind_text(q, 2, t->account);
        sql_bind_text(q, 3, t->scope);
        sql_bind_int(q, 4, t->state);
        r = sql_step(q, err);
        return r < 0 ? r : r == 0;
}

static int trouble_write(struct store_scan *scan, const struct trouble_row *t, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(
                &q, &scan->store->cache,
                "INSERT INTO troubles (provider, account, scope, state, cause, since, scan)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                " ON CONFLICT (provider, account, scope, state) DO UPDATE SET"
                " cause = excluded.cause, scan = excluded.scan",
                err);

        if (r < 0)
                return r;
        sql_bind_text(q, 1, t->provider);
        sql_bind_text(q, 2, t->account);
        sql_bind_text(q, 3, t->scope);
        sql_bind_int(q, 4, t->state);
        sql_bind_text(q, 5, t->cause);
        sql_bind_u64(q, 6, scan->now_usec);
        sql_bind_text(q, 7, scan->id);
        return write_run(scan->store, q, err);
}

static int trouble_tell(struct store_scan *scan, const struct trouble_row *t, struct error *err)
{
        const struct place place = { t->provider, t->account, t->scope, NULL };
        json_auto_t *fields = fields_new(&place);

        if (!fields || fields_set(fields, "cause", t->cause) < 0 ||
            fields_set(fields, "state", coverage_state_name(t->state)) < 0)
                return error_oom(err);
        return outbox_add_take(
                scan, t->state == COVERAGE_FAILED ? EVENT_COVERAGE_LOST : EVENT_CREDENTIALS_FAILING,
                TAKE_PTR(fields), err);
}

int store_scan_trouble(struct store_scan *scan, const char *provider, const char *account,
                       const char *scope, enum coverage_state state, const char *cause,
                       struct error *err)
{
        const struct trouble_row t = { text_or_empty(provider), text_or_empty(account),
                                       text_or_empty(scope), cause, state };
        int r = scan_usable(scan, err), is_new = 0;

        if (r >= 0)
                r = write_begin(scan->store, err);
        if (r < 0)
                return r;
        is_new = r = trouble_is_new(scan, &t, err);
        if (r >= 0)
                r = trouble_write(scan, &t, err);
        if (r >= 0 && is_new)
                r = trouble_tell(scan, &t, err);
        return write_end(scan->store, r, err);
}

/* ---- the end of collecting
 * ------------------------------------------------------------------------- */

int store_scan_collected(struct store_scan *scan, bool complete, uint64_t now_usec,
                         struct error *err)
{
        int r = scan_usable(scan, err);

        if (r >= 0)
                r = write_begin(scan->store, err);
        if (r < 0)
                return r;
        scan->complete = complete;
        scan->collected = true;
        r = coverage_close_unvisited(scan, err);
        if (r >= 0)
                r = inventory_adopt(scan, err);
        return write_end(scan->store, r, err);
}

/* ---- the end
 * ------------------------------------------------------------------------------------------ */

static int end_accounts(struct store_scan *scan, struct error *err)
{
        int r = 0;

        for (char **account = scan->accounts; *account && r >= 0; account++) {
                _cleanup_(sql_givep) struct sql *q = NULL;

                r = sql_take(&q, &scan->store->cache,
                             "INSERT INTO accounts (name, complete, judged) VALUES (?1, ?2, ?3)"
                             " ON CONFLICT (name) DO UPDATE SET complete = coalesce(complete, "
                             "excluded.complete),"
                             " judged = coalesce(excluded.judged, judged)",
                             err);
                if (r < 0)
                        return r;
                sql_bind_text(q, 1, *account);
                if (scan->complete)
                        sql_bind_u64(q, 2, scan->now_usec);
                if (json_object_get(scan->judged, *account))
                        sql_bind_u64(q, 3, scan->now_usec);
                r = write_run(scan->store, q, err);
        }
        return r;
}

static int end_row(struct store_scan *scan, uint64_t now_usec, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(&q, &scan->store->cache,
                         "UPDATE scans SET finished = ?2, complete = ?3, calls = ?4 WHERE id = ?1",
                         err);

        if (r < 0)
                return r;
        sql_bind_text(q, 1, scan->id);
        sql_bind_u64(q, 2, now_usec);
        sql_bind_int(q, 3, scan->complete);
        sql_bind_u64(q, 4, scan->calls);
        return write_run(scan->store, q, err);
}

static int end_tell(struct store_scan *scan, uint64_t now_usec, struct error *err)
{
        static const struct {
                const char *name;
                enum event_kind kind;
        } counts[] = {
                { "findings_opened", EVENT_FINDING_OPENED },
                { "findings_worsened", EVENT_FINDING_WORSENED },
                { "findings_closed", EVENT_FINDING_CLOSED },
                { "resources_appeared", EVENT_RESOURCE_APPEARED },
                { "resources_changed", EVENT_RESOURCE_CHANGED },
                { "resources_gone", EVENT_RESOURCE_GONE },
                { "coverage_lost", EVENT_COVERAGE_LOST },
                { "coverage_restored", EVENT_COVERAGE_RESTORED },
        };
        json_auto_t *fields = json_object();
        uint64_t took_usec = now_usec > scan->now_usec ? now_usec - scan->now_usec : 0;

        (void)json_object_set_new(fields, "complete", json_boolean(scan->complete));
        (void)json_object_set_new(fields, "calls", json_integer((json_int_t)scan->calls));
        (void)json_object_set_new(fields, "duration_ms",
                                  json_integer((json_int_t)(took_usec / USEC_PER_MSEC)));
        for (size_t i = 0; i < ELEMENTSOF(counts); i++)
                if (json_object_set_new(fields, counts[i].name,
                                        json_integer((json_int_t)scan->counts[counts[i].kind])) < 0)
                        return error_oom(err);
        return outbox_add_take(scan, EVENT_SCAN_FINISHED, TAKE_PTR(fields), err);
}

int store_scan_end(struct store_scan *scan, uint64_t now_usec, struct error *err)
{
        struct store *s = scan->store;
        int r = scan_usable(scan, err);

        if (r >= 0 && !scan->collected)
                r = store_scan_collected(scan, false, now_usec, err);
        if (r >= 0)
                r = write_begin(s, err);
        if (r >= 0) {
                r = end_accounts(scan, err);
                if (r >= 0)
                        r = end_row(scan, now_usec, err);
                if (r >= 0)
                        r = end_tell(scan, now_usec, err);
                r = write_end(s, r, err);
        }
        if (r >= 0)
                r = write_flush(s, err);
        scan_free(scan);
        return r;
}
