/* What was not seen: absences, and what a pass saw that did not come to its end. */
#include "daemon/store/internal.h"

#include <errno.h>

/* When it was last seen must be noted now: from here on its pass is read without it. */
static int count_miss(struct store_scan *scan, const struct scan_pass *pass, uint64_t number,
                      bool gone, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(
                &q, &scan->store->cache,
                "UPDATE resources SET misses = misses + 1, gone = ?2, last_seen = "
                "coalesce(last_seen,"
                " max(?3, first_seen, coalesce((SELECT seen FROM partial WHERE resource = ?1), 0)))"
                " WHERE number = ?1",
                err);

        if (r < 0)
                return r;
        sql_bind_u64(q, 1, number);
        sql_bind_int(q, 2, gone);
        sql_bind_u64(q, 3, pass->last_ok_usec);
        return write_row(scan->store, q, err);
}

/* q: number, misses, topic, provider, account, scope, region, id, kind, name, key. */
static int tell_gone(struct store_scan *scan, struct sql *q, struct error *err)
{
        const struct place place = { sql_text(q, 3), sql_text(q, 4), sql_text(q, 5),
                                     sql_text(q, 6) };
        json_auto_t *fields = NULL;

        if (sql_text(q, 2) || json_object_get(scan->quiet, place.account))
                return 0;
        fields = fields_new(&place);
        if (!fields || fields_set(fields, "resource", sql_text(q, 7)) < 0 ||
            fields_set(fields, "kind", sql_text(q, 8)) < 0 ||
            fields_set(fields, "name", sql_text(q, 9)) < 0)
                return error_oom(err);
        return outbox_add_take(scan, EVENT_RESOURCE_GONE, TAKE_PTR(fields), err);
}

static int count_one(struct store_scan *scan, const struct scan_pass *pass, struct sql *q,
                     struct error *err)
{
        bool gone = sql_u64(q, 1) + 1 >= MISSES_UNTIL_GONE;
        int r = count_miss(scan, pass, sql_u64(q, 0), gone, err);

        if (r < 0 || !gone)
                return r;
        r = tell_gone(scan, q, err);
        return r < 0 ? r : findings_close_subject(scan, sql_text(q, 10), err);
}

int inventory_count_absent(struct store_scan *scan, const struct scan_pass *pass, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(&q, &scan->store->cache,
                         "SELECT number, misses, topic, provider, account, scope, region, id, "
                         "kind, name, key"
                         " FROM resources WHERE pass = ?1 AND gone = 0 ORDER BY number",
                         err);

        if (r < 0)
                return r;
        sql_bind_u64(q, 1, pass->number);
        while ((r = sql_step(q, err)) > 0) {
                if (bitmap_has(&scan->seen, sql_u64(q, 0)))
                        continue;
                r = count_one(scan, pass, q, err);
                if (r < 0)
                        return r;
        }
        return r;
}

/* ---- passes that did not come to their end
 * -------------------------------------------------------- */

static int keep_seen(struct store_scan *scan, const struct scan_pass *pass, uint64_t number,
                     struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(
                &q, &scan->store->cache,
                "INSERT OR REPLACE INTO partial (resource, pass, seen) VALUES (?1, ?2, ?3)", err);

        if (r < 0)
                return r;
        sql_bind_u64(q, 1, number);
        sql_bind_u64(q, 2, pass->number);
        sql_bind_u64(q, 3, scan->now_usec);
        return write_run(scan->store, q, err);
}

static int forget_partial(struct store_scan *scan, const struct scan_pass *pass, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(&q, &scan->store->cache, "DELETE FROM partial WHERE pass = ?1", err);

        if (r < 0)
                return r;
        sql_bind_u64(q, 1, pass->number);
        return write_run(scan->store, q, err);
}

int inventory_keep_partial(struct store_scan *scan, const struct scan_pass *pass, bool answer,
                           struct error *err)
{
        int r = 0;

        if (answer)
                return forget_partial(scan, pass, err);
        for (size_t word = 0; word < pass->seen.n_words; word++) {
                for (uint64_t bits = pass->seen.words[word]; bits; bits &= bits - 1) {
                        r = keep_seen(scan, pass, 64 * word + (uint64_t)__builtin_ctzll(bits), err);
                        if (r < 0)
                                return r;
                }
        }
        return r;
}

/* ---- resources seen through another pass
 * ------------------------------------------------------------- */

int inventory_adopt(struct store_scan *scan, struct error *err)
{
        int r = 0;

        for (size_t i = 0; i < scan->n_adopted && r >= 0; i++) {
                _cleanup_(sql_givep) struct sql *q = NULL;

                r = sql_take(&q, &scan->store->cache,
                             "UPDATE resources SET pass = ?2,"
                             " account = (SELECT account FROM passes WHERE number = ?2) WHERE "
                             "number = ?1"
                             " AND (SELECT state FROM passes WHERE number = resources.pass) NOT IN "
                             "(0, 5, 6)"
                             " AND (SELECT state FROM passes WHERE number = ?2) IN (0, 5, 6)",
                             err);
                if (r < 0)
                        return r;
                sql_bind_u64(q, 1, scan->adopted[i].resource);
                sql_bind_u64(q, 2, scan->adopted[i].pass);
                r = write_run(scan->store, q, err);
                scan->store->rows_written += (uint64_t)sqlite3_changes(scan->store->db);
        }
        return r;
}
