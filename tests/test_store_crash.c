/* Killed at any instant, out of room, or large: what was committed is whole, and no alert is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/cleanup.h"
#include "daemon/base/number.h"
#include "daemon/store/private.h"
#include "tests/support/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum { KILLS = 32, SCANS = 6, THINGS = 150, BASELINE = 20 };

static const struct visit everything = { 0 };

/* ---- what is written: each scan changes something everywhere -----------------------------------
 */

/* Deals out an id to each call, and dies at the one that was picked. */
struct dying {
        struct ledger *l;
        uint64_t calls, last_call;
};

static void count_call(struct dying *d)
{
        if (++d->calls == d->last_call)
                (void)raise(SIGKILL);
}

/* Half of the things come and go every second scan. */
static bool is_there(int thing, int scan)
{
        return thing < BASELINE || thing % 2 == 0 || scan % 4 < 2;
}

static int write_thing(struct dying *d, void *pass, int thing, int scan, struct error *err)
{
        const struct sink *sink = store_scan_sink(d->l->scan);
        _cleanup_(resource_freep) struct resource *r = NULL;
        char id[32];

        (void)snprintf(id, sizeof(id), "thing-%d", thing);
        r = ledger_resource(&everything, id);
        (void)json_object_set_new(r->tags, "Scan", json_integer(scan));
        count_call(d);
        return sink->resource(sink->user, pass, r, err);
}

static int judge_thing(struct dying *d, int thing, int scan, struct error *err)
{
        const struct place place = ledger_place(&everything);
        _cleanup_(resource_freep) struct resource *r = NULL;
        bool fails = (thing + scan) % 2 == 0;
        const struct judgement j = { .rule = "LOC-001",
                                     .place = place,
                                     .verdict = fails ? VERDICT_FAIL : VERDICT_PASS,
                                     .severity = fails ? SEVERITY_HIGH : SEVERITY_INFO,
                                     .why = { "It is.", "C'est." } };
        char key[RESOURCE_KEY_MAX], id[32];
        int n;

        (void)snprintf(id, sizeof(id), "thing-%d", thing);
        r = ledger_resource(&everything, id);
        count_call(d);
        n = store_judge_begin(d->l->scan, &place, resource_key(r, key), err);
        count_call(d);
        if (n == 0)
                n = store_judge_add(d->l->scan, &j, err);
        count_call(d);
        return n < 0 ? n : store_judge_end(d->l->scan, err);
}

static int write_pass(struct dying *d, int scan, struct error *err)
{
        const struct sink *sink = store_scan_sink(d->l->scan);
        const struct place place = ledger_place(&everything);
        const struct coverage c = { .place = place, .collector = "aws.sagemaker.endpoint" };
        void *pass;
        int n = sink->pass_begin(sink->user, &place, c.collector, &pass, err);

        if (n < 0)
                return n;
        for (int i = 0; i < THINGS && n == 0; i++)
                if (is_there(i, scan))
                        n = write_thing(d, pass, i, scan, err);
        count_call(d);
        if (n < 0) {
                (void)sink->pass_end(sink->user, pass, &c, NULL);
                return n;
        }
        return sink->pass_end(sink->user, pass, &c, err);
}

/* A whole scan; the first failure, with the scan ended all the same. */
static int write_scan(struct dying *d, int scan, struct error *err)
{
        static const char *const accounts[] = { "prod", NULL };
        struct ledger *l = d->l;
        int n, end;

        l->now_usec += LEDGER_HOUR;
        n = store_scan_begin(&l->scan, l->store, accounts, l->now_usec, err);
        if (n < 0)
                return n;
        n = write_pass(d, scan, err);
        count_call(d);
        if (n == 0)
                n = store_scan_collected(l->scan, true, l->now_usec, err);
        for (int i = 0; i < THINGS && n == 0; i++)
                if (is_there(i, scan))
                        n = judge_thing(d, i, scan, err);
        count_call(d);
        end = store_scan_end(TAKE_PTR(l->scan), l->now_usec, err);
        return n < 0 ? n : end;
}

static void write_scans(struct ledger *l, uint64_t last_call, int first)
{
        struct dying d = { .l = l, .last_call = last_call };

        for (int scan = first; scan < first + SCANS; scan++) {
                struct error err = { 0 };

                if (write_scan(&d, scan, &err) < 0)
                        fail_msg("%s", err.text);
        }
}

/* ---- what must hold whenever it is opened ------------------------------------------------------
 */

static int64_t number_of(sqlite3 *db, const char *sql)
{
        sqlite3_stmt *st = NULL;
        int64_t n;

        if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
                fail_msg("%s: %s", sql, sqlite3_errmsg(db));
        assert_int_equal(sqlite3_step(st), SQLITE_ROW);
        n = sqlite3_column_int64(st, 0);
        (void)sqlite3_finalize(st);
        return n;
}

#define OF_FINDINGS " FROM event WHERE kind IN (0, 1, 2)" /* opened, worsened, closed */

static const struct {
        const char *what, *left, *right;
} invariants[] = {
        { "a file without damage",
          "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'", "SELECT 0" },
        { "an event for each change of a finding", "SELECT count(*) FROM history",
          "SELECT count(*)" OF_FINDINGS },
        { "as many open as were opened and not closed",
          "SELECT count(*) FROM finding WHERE verdict = 1 AND closed IS NULL",
          "SELECT coalesce(sum(CASE kind WHEN 0 THEN 1 WHEN 2 THEN -1 ELSE 0 END), "
          "0)" OF_FINDINGS },
        { "as many there as appeared and did not go",
          "SELECT count(*) FROM resource WHERE gone IS NULL AND first_seen > (SELECT max(baseline) "
          "FROM"
          " account)",
          "SELECT coalesce(sum(CASE kind WHEN 3 THEN 1 WHEN 5 THEN -1 ELSE 0 END), 0) FROM event"
          " WHERE kind IN (3, 5)" },
        { "no finding of what is gone is open",
          "SELECT count(*) FROM finding f JOIN resource r USING (resource) WHERE f.closed IS NULL"
          " AND r.gone IS NOT NULL",
          "SELECT 0" },
        { "a finding for each that is told of",
          "SELECT count(DISTINCT json_extract(fields, '$.finding'))" OF_FINDINGS,
          "SELECT count(DISTINCT finding) FROM history" },
        { "a scan that is finished was told",
          "SELECT count(*) FROM scan WHERE finished IS NOT NULL",
          "SELECT count(*) FROM event WHERE kind = 10" },
};

static void assert_whole(struct ledger *l, const char *when, uint64_t point)
{
        for (size_t i = 0; i < ELEMENTSOF(invariants); i++) {
                int64_t left = number_of(l->store->db, invariants[i].left);
                int64_t right = number_of(l->store->db, invariants[i].right);

                if (left != right)
                        fail_msg("%s %llu: not %s: %lld and %lld", when, (unsigned long long)point,
                                 invariants[i].what, (long long)left, (long long)right);
        }
}

/* The baseline: things that are always there. */
static void write_baseline(struct ledger *l)
{
        const struct visit v = { .ids = "thing-0 thing-1 thing-2" };

        ledger_scan(l, &v, 1);
}

/* ---- killed ------------------------------------------------------------------------------------
 */

static void kill_me_after(uint64_t nsec)
{
        struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL };
        struct itimerspec when = { .it_value = { .tv_sec = (time_t)(nsec / 1000000000),
                                                 .tv_nsec = (long)(nsec % 1000000000) } };
        timer_t timer;

        if (timer_create(CLOCK_MONOTONIC, &event, &timer) == 0)
                (void)timer_settime(timer, 0, &when, NULL);
}

/* Writes in a child that dies at a call, or after a time; true when it did. */
static bool write_and_die(struct ledger *l, uint64_t last_call, uint64_t nsec, int first)
{
        int status = 0;
        pid_t pid;

        ledger_close(l); /* no connection goes through fork() */
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                if (nsec > 0)
                        kill_me_after(nsec);
                ledger_open(l);
                write_scans(l, last_call, first);
                _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
        l->now_usec += SCANS * LEDGER_HOUR;
        ledger_open(l);
        return WIFSIGNALED(status);
}

static uint64_t duration_of_writing(struct ledger *l)
{
        struct timespec a, b;

        (void)clock_gettime(CLOCK_MONOTONIC, &a);
        assert_false(write_and_die(l, 0, 0, 0));
        (void)clock_gettime(CLOCK_MONOTONIC, &b);
        return (uint64_t)(b.tv_sec - a.tv_sec) * 1000000000 + (uint64_t)b.tv_nsec -
               (uint64_t)a.tv_nsec;
}

static void store_killed_between_calls_loses_no_alert(void **state)
{
        struct ledger *l = *state;
        const uint64_t calls = (uint64_t)SCANS * THINGS * 3;
        uint64_t point = 12345;

        write_baseline(l);
        for (int i = 0; i < KILLS / 2; i++) {
                point = (point * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407));
                assert_true(write_and_die(l, 1 + (point >> 33) % calls, 0, i));
                assert_whole(l, "after call", 1 + (point >> 33) % calls);
        }
        write_scans(l, 0, 0); /* and it goes on */
        assert_whole(l, "at the end", 0);
}

static void store_killed_at_any_instant_loses_no_alert(void **state)
{
        struct ledger *l = *state;
        uint64_t nsec;
        int died = 0;

        write_baseline(l);
        nsec = duration_of_writing(l);
        for (int i = 0; i < KILLS / 2; i++) {
                died += write_and_die(l, 0, 1 + nsec * (uint64_t)(i + 1) / (KILLS / 2 + 1), i);
                assert_whole(l, "after part", (uint64_t)i);
        }
        assert_true(died > 0);
        write_scans(l, 0, 0);
        assert_whole(l, "at the end", 0);
}

/* ---- out of room -------------------------------------------------------------------------------
 */

static void store_out_of_room_loses_nothing(void **state)
{
        struct ledger *l = *state;
        struct dying d = { .l = l };
        struct error err = { 0 };
        char sql[64];
        int n;

        write_baseline(l);
        (void)snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %lld",
                       (long long)number_of(l->store->db, "PRAGMA page_count") + 12);
        assert_int_equal(sqlite3_exec(l->store->db, sql, NULL, NULL, NULL), SQLITE_OK);
        n = write_scan(&d, 0, &err);
        assert_int_equal(n, -ENOSPC);
        assert_non_null(strstr(err.text, "make room"));
        assert_whole(l, "when full", 0);
        n = write_scan(&d, 0, NULL); /* the next fails as well, and says so */
        assert_true(n < 0);
        assert_whole(l, "when full", 1);
        ledger_close(l);
        ledger_open(l); /* room was made */
        assert_int_equal(store_outbox_next(l->store, &(struct store_event){ 0 }, &err), 1);
        write_scans(l, 0, 0);
        assert_whole(l, "with room", 0);
        assert_true(number_of(l->store->db, "SELECT count(*) FROM event WHERE kind = 0 AND"
                                            " json_extract(fields, '$.resource') = 'thing-0'") > 0);
}

static int write_with_limit(struct ledger *l, rlim_t bytes)
{
        const struct rlimit limit = { .rlim_cur = bytes, .rlim_max = bytes };
        struct dying d = { .l = l };
        struct error err = { 0 };
        int n = 0;

        (void)signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
                return 2;
        ledger_open(l);
        for (int scan = 0; scan < SCANS && n == 0; scan++)
                n = write_scan(&d, scan, &err);
        l->store = store_close(l->store);
        return n < 0 && err.text[0] ? 0 : 1;
}

static void store_refused_writes_lose_nothing(void **state)
{
        struct ledger *l = *state;

        write_baseline(l);
        for (rlim_t bytes = 200000; bytes < 600000; bytes += 100000) {
                int status = 0;
                pid_t pid;

                ledger_close(l);
                pid = fork();
                assert_true(pid >= 0);
                if (pid == 0)
                        _exit(write_with_limit(l, bytes));
                assert_int_equal(waitpid(pid, &status, 0), pid);
                assert_true(WIFEXITED(status));
                assert_int_equal(WEXITSTATUS(status), 0);
                l->now_usec += SCANS * LEDGER_HOUR;
                ledger_open(l);
                assert_whole(l, "limit", bytes);
        }
        write_scans(l, 0, 0);
        assert_whole(l, "without limit", 0);
}

/* ---- large -------------------------------------------------------------------------------------
 */

static uint64_t resident_bytes(void)
{
        _cleanup_(fclosep) FILE *f = fopen("/proc/self/statm", "re");
        char text[128] = "", *p;
        uint64_t pages = 0;

        assert_non_null(f);
        assert_non_null(fgets(text, sizeof(text), f));
        p = text + strcspn(text, " ") + 1;
        p[strcspn(p, " ")] = '\0';
        assert_int_equal(number_parse_u64(p, &pages), 0);
        return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void write_many(struct ledger *l, int regions, int things)
{
        ledger_begin(l);
        for (int region = 0; region < regions; region++) {
                char name[32];
                const struct visit v = { .region = name };
                const struct place place = ledger_place(&v);
                const struct coverage c = { .place = place, .collector = "aws.sagemaker.endpoint" };
                const struct sink *sink = store_scan_sink(l->scan);
                struct error err = { 0 };
                void *pass;

                (void)snprintf(name, sizeof(name), "region-%d", region);
                assert_int_equal(sink->pass_begin(sink->user, &place, c.collector, &pass, &err), 0);
                for (int i = 0; i < things; i++) {
                        _cleanup_(resource_freep) struct resource *r = NULL;
                        char id[96];

                        (void)snprintf(id, sizeof(id), "arn:aws:sagemaker:%s:endpoint/%d", name, i);
                        r = ledger_resource(&v, id);
                        assert_int_equal(sink->resource(sink->user, pass, r, &err), 0);
                }
                assert_int_equal(sink->pass_end(sink->user, pass, &c, &err), 0);
        }
        ledger_collected(l, true);
        ledger_end(l);
}

static int on_row(void *user, const struct store_resource *r)
{
        ++*(uint64_t *)user;
        return 0;
}

static void store_holds_many_in_little_memory(void **state)
{
        struct ledger *l = *state;
        const struct store_filter all = { .all = true };
        struct error err = { 0 };
        uint64_t before, n = 0, written;

        if (SANITIZED)
                skip();
        write_many(l, 1, 1000); /* whatever is allocated once is there */
        before = resident_bytes();
        write_many(l, 100, 1000);
        written = store_rows_written(l->store);
        assert_int_equal(store_each_resource(l->store, &all, on_row, &n, &err), 0);
        assert_int_equal(n, 100000);
        write_many(l, 100, 1000);
        assert_int_equal(store_rows_written(l->store), written);
        assert_true(resident_bytes() < before + UINT64_C(24) * 1024 * 1024);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define WITH_LEDGER(test) cmocka_unit_test_setup_teardown(test, ledger_setup, ledger_teardown)
                WITH_LEDGER(store_killed_between_calls_loses_no_alert),
                WITH_LEDGER(store_killed_at_any_instant_loses_no_alert),
                WITH_LEDGER(store_out_of_room_loses_nothing),
                WITH_LEDGER(store_refused_writes_lose_nothing),
                WITH_LEDGER(store_holds_many_in_little_memory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
