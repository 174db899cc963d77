/* Passes: what was read of each place by each collector, and since when. */
#include "daemon/store/internal.h"

#include <errno.h>
#include <string.h>

/* passes.lost of one that was begun and never ended: what comes next is its first sight. */
enum { LOST_NEVER_ENDED = 2 };

/* ---- one pass ----------------------------------------------------------------------------------
 */

static int pass_look(struct store_scan *scan, const struct place *place, const char *collector,
                     struct scan_pass *ret, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(
                &q, &scan->store->cache,
                "SELECT number, state, lost, last_ok, since FROM passes WHERE provider = ?1"
                " AND account = ?2 AND scope = ?3 AND region = ?4 AND collector = ?5",
                err);

        if (r < 0)
                return r;
        sql_bind_text(q, 1, place->provider);
        sql_bind_text(q, 2, place->account);
        sql_bind_text(q, 3, text_or_empty(place->scope));
        sql_bind_text(q, 4, text_or_empty(place->region));
        sql_bind_text(q, 5, collector);
        r = sql_step(q, err);
        if (r <= 0)
                return r;
        *ret = (struct scan_pass){
                .number = sql_u64(q, 0),
                .known_before = sql_int(q, 2) != LOST_NEVER_ENDED,
                .state = (enum coverage_state)sql_int(q, 1),
                .lost = sql_int(q, 2) != 0,
                .last_ok_usec = sql_u64(q, 3),
                .since_usec = sql_u64(q, 4),
        };
        return 1;
}

/* Until it ends the pass is one that was not read: should the program die, that is what stands
 * there. */
static int pass_insert(struct store_scan *scan, const struct place *place, const char *collector,
                       struct scan_pass *ret, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(
                &q, &scan->store->cache,
                "INSERT INTO passes (provider, account, scope, region, collector, state, cause,"
                " since, tried, lost) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'not read to its end',"
                " ?7, ?7, 2)",
                err);

        if (r < 0)
                return r;
        sql_bind_text(q, 1, place->provider);
        sql_bind_text(q, 2, place->account);
        sql_bind_text(q, 3, text_or_empty(place->scope));
        sql_bind_text(q, 4, text_or_empty(place->region));
        sql_bind_text(q, 5, collector);
        sql_bind_int(q, 6, COVERAGE_SKIPPED);
        sql_bind_u64(q, 7, scan->now_usec);
        r = write_run(scan->store, q, err);
        *ret = (struct scan_pass){
                .number = (uint64_t)sqlite3_last_insert_rowid(scan->store->db),
                .state = COVERAGE_SKIPPED,
                .since_usec = scan->now_usec,
        };
        return r;
}

int coverage_begin(struct store_scan *scan, const struct place *place, const char *collector,
                   struct scan_pass *ret, struct error *err)
{
        int r = pass_look(scan, place, collector, ret, err);

        return r != 0 ? r : pass_insert(scan, place, collector, ret, err);
}

static int pass_update(struct store_scan *scan, const struct scan_pass *pass,
                       const struct coverage *c, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        bool answer = coverage_is_answer(c->state), same = c->state == pass->state;
        int r = sql_take(&q, &scan->store->cache,
                         "UPDATE passes SET topic = ?2, service_type = ?3, state = ?4, cause = ?5,"
                         " permission = ?6, calls = ?7, items = ?8, since = ?9, last_ok = ?10,"
                         " tried = ?11, lost = ?12 WHERE number = ?1",
                         err);

        if (r < 0)
                return r;
        sql_bind_u64(q, 1, pass->number);
        sql_bind_text(q, 2, c->topic);
        sql_bind_text(q, 3, c->service_type);
        sql_bind_int(q, 4, c->state);
        sql_bind_text(q, 5, c->cause);
        sql_bind_text(q, 6, c->permission);
        sql_bind_u64(q, 7, c->calls);
        sql_bind_u64(q, 8, c->items);
        sql_bind_u64(q, 9, same ? pass->since_usec : scan->now_usec);
        if (answer || pass->last_ok_usec > 0)
                sql_bind_u64(q, 10, answer ? scan->now_usec : pass->last_ok_usec);
        sql_bind_u64(q, 11, scan->now_usec);
        sql_bind_int(q, 12, !answer);
        return write_run(scan->store, q, err);
}

static int tell_coverage(struct store_scan *scan, const struct coverage *c, struct error *err)
{
        json_auto_t *fields = fields_new(&c->place);
        bool answer = coverage_is_answer(c->state);

        if (!fields || fields_set(fields, "collector", c->collector) < 0 ||
            fields_set(fields, "cause", answer ? NULL : c->cause) < 0 ||
            fields_set(fields, "state", coverage_state_name(c->state)) < 0)
                return error_oom(err);
        return outbox_add_take(scan, answer ? EVENT_COVERAGE_RESTORED : EVENT_COVERAGE_LOST,
                               TAKE_PTR(fields), err);
}

int coverage_end(struct store_scan *scan, const struct scan_pass *pass, const struct coverage *c,
                 struct error *err)
{
        int r = pass_update(scan, pass, c, err);

        if (r < 0 || !pass->known_before || pass->lost == !coverage_is_answer(c->state))
                return r;
        return tell_coverage(scan, c, err);
}

/* ---- passes that were not visited
 * ------------------------------------------------------------------ */

struct trouble {
        bool found;
        enum coverage_state state;
        char cause[512];
};

static int trouble_of(struct store_scan *scan, const struct place *place, struct trouble *ret,
                      struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(&q, &scan->store->cache,
                         "SELECT state, cause FROM troubles WHERE provider = ?1 AND account = ?2"
                         " AND scan = ?3 AND (scope = '' OR scope = ?4)"
                         " ORDER BY scope DESC, state LIMIT 1",
                         err);

        *ret = (struct trouble){ 0 };
        if (r < 0)
                return r;
        sql_bind_text(q, 1, place->provider);
        sql_bind_text(q, 2, place->account);
        sql_bind_text(q, 3, scan->id);
        sql_bind_text(q, 4, text_or_empty(place->scope));
        r = sql_step(q, err);
        if (r <= 0)
                return r;
        ret->found = true;
        ret->state = (enum coverage_state)sql_int(q, 0);
        (void)snprintf(ret->cause, sizeof(ret->cause), "%s", text_or_empty(sql_text(q, 1)));
        return 0;
}

static int set_unvisited(struct store_scan *scan, uint64_t number, const struct coverage *c,
                         bool lost, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(
                &q, &scan->store->cache,
                "UPDATE passes SET since = iif(state = ?2, since, ?4), state = ?2, cause = ?3,"
                " calls = 0, items = 0, tried = ?4, lost = ?5 WHERE number = ?1",
                err);

        if (r < 0)
                return r;
        sql_bind_u64(q, 1, number);
        sql_bind_int(q, 2, c->state);
        sql_bind_text(q, 3, c->cause);
        sql_bind_u64(q, 4, scan->now_usec);
        sql_bind_int(q, 5, lost);
        return write_run(scan->store, q, err);
}

/* q: number, provider, account, scope, region, collector, lost. */
static int close_one(struct store_scan *scan, struct sql *q, struct error *err)
{
        struct coverage c = {
                .place = { sql_text(q, 1), sql_text(q, 2), sql_text(q, 3), sql_text(q, 4) },
                .collector = sql_text(q, 5),
                .state = COVERAGE_SKIPPED,
                .cause = scan->complete ? "not asked in this scan" : "the scan was cut short",
        };
        bool was_lost = sql_int(q, 6) != 0, lost;
        struct trouble trouble;
        int r = trouble_of(scan, &c.place, &trouble, err);

        if (r < 0)
                return r;
        if (trouble.found) {
                c.state = trouble.state;
                c.cause = trouble.cause;
        }
        /* a scan that somebody cut short is no loss to be told for each pass it did not reach */
        lost = was_lost || trouble.found || scan->complete;
        r = set_unvisited(scan, sql_u64(q, 0), &c, lost, err);
        return r < 0 || was_lost || !lost ? r : tell_coverage(scan, &c, err);
}

static int close_account(struct store_scan *scan, const char *account, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(
                &q, &scan->store->cache,
                "SELECT number, provider, account, scope, region, collector, lost FROM passes"
                " WHERE account = ?1 AND collector <> '" ACCOUNT_COLLECTOR "'"
                " ORDER BY number",
                err);

        if (r < 0)
                return r;
        sql_bind_text(q, 1, account);
        while ((r = sql_step(q, err)) > 0)
                if (!bitmap_has(&scan->visited, sql_u64(q, 0))) {
                        r = close_one(scan, q, err);
                        if (r < 0)
                                return r;
                }
        return r;
}

/* ---- accounts of which something was refused
 * -------------------------------------------------------- */

static int run_for_account(struct store_scan *scan, const char *sql, const char *account,
                           struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(&q, &scan->store->cache, sql, err);

        if (r < 0)
                return r;
        sql_bind_text(q, 1, account);
        sql_bind_text(q, 2, scan->id);
        sql_bind_u64(q, 3, scan->now_usec);
        return write_run(scan->store, q, err);
}

/* A trouble is a row of coverage of its own: an account that could never be read must not look
 * empty. */
static int close_troubles(struct store_scan *scan, const char *account, struct error *err)
{
        static const char *const steps[] = {
                "DELETE FROM troubles WHERE account = ?1 AND scan <> ?2 AND ?3 > 0",
                "DELETE FROM passes WHERE account = ?1 AND collector = '" ACCOUNT_COLLECTOR "'"
                " AND NOT EXISTS (SELECT 1 FROM troubles t WHERE t.scan = ?2 AND t.account = ?1"
                " AND t.provider = passes.provider AND t.scope = passes.scope) AND ?3 > 0",
                "INSERT INTO passes (provider, account, scope, region, collector, state, cause, "
                "since,"
                " tried, lost) SELECT provider, account, scope, '', '" ACCOUNT_COLLECTOR "',"
                " min(state), cause, ?3, ?3, 1 FROM troubles WHERE account = ?1 AND scan = ?2"
                " GROUP BY provider, account, scope"
                " ON CONFLICT (provider, account, scope, region, collector) DO UPDATE SET"
                " since = iif(state = excluded.state, since, excluded.since), state = "
                "excluded.state,"
                " cause = excluded.cause, tried = excluded.tried",
        };
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(steps) && r >= 0; i++)
                r = run_for_account(scan, steps[i], account, err);
        return r;
}

int coverage_close_unvisited(struct store_scan *scan, struct error *err)
{
        int r = 0;

        for (char **account = scan->accounts; *account && r >= 0; account++) {
                r = close_account(scan, *account, err);
                if (r >= 0)
                        r = close_troubles(scan, *account, err);
        }
        return r;
}
