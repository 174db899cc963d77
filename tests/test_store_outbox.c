#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/record.h"

#include "daemon/base/clock.h"
#include "daemon/model/fact.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

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

/* ---- what is told -------------------------------------------------------------------------------
 */

static void store_is_quiet_until_an_account_was_scanned_whole(void **state)
{
        struct record *r = *state;

        record_begin(r);
        record_pass(r, "aws.sagemaker.endpoints", COVERAGE_OK, "a");
        record_end(r, false);
        assert_int_equal(record_events(r, EVENT_RESOURCE_APPEARED), 0);
        record_scan(r, COVERAGE_OK, "a b");
        assert_int_equal(record_events(r, EVENT_RESOURCE_APPEARED), 0);
        record_scan(r, COVERAGE_OK, "a b c d");
        assert_int_equal(record_events(r, EVENT_RESOURCE_APPEARED), 2);
        record_scan(r, COVERAGE_OK, "a b c");
        assert_int_equal(record_events(r, EVENT_RESOURCE_GONE), 0);
        record_scan(r, COVERAGE_OK, "a b c");
        assert_int_equal(record_events(r, EVENT_RESOURCE_GONE), 1);
        record_scan(r, COVERAGE_OK, "a b c d");
        assert_int_equal(record_events(r, EVENT_RESOURCE_APPEARED), 1);
}

static void put(struct record *r, const struct resource *x)
{
        const struct sink *sink;
        const struct coverage c = { .place = record_place(), .collector = "k" };
        void *pass = NULL;

        record_begin(r);
        sink = store_scan_sink(r->scan);
        assert_int_equal(sink->pass_begin(sink->user, &c.place, "k", &pass, NULL), 0);
        record_put(r, pass, x);
        assert_int_equal(sink->pass_end(sink->user, pass, &c, NULL), 0);
        record_end(r, true);
}

static void store_tells_what_changed(void **state)
{
        struct record *r = *state;
        struct resource *x = record_resource(r, "k", "x");
        struct store_event event = { 0 };
        json_auto_t *want =
                json_pack("[{s:s, s:s, s:s}, {s:s, s:{}, s:{s:s}}, {s:s, s:i, s:i}, {s:s, s:n, "
                          "s:{s:s, s:s}}]",
                          "fact", "status", "from", "InService", "to", "Failed", "fact", "tags",
                          "from", "to", "owner", "data", "fact", "size", "from", 1, "to", 2, "fact",
                          "log", "from", "to", "state", "unknown", "cause", "denied");

        put(r, x);
        (void)record_events(r, EVENT_SCAN_FINISHED);
        free(x->status);
        x->status = strdup("Failed");
        (void)json_object_set_new(x->tags, "owner", json_string("data"));
        assert_int_equal(fact_set_known_take(x->facts, "size", json_integer(2), 3), 0);
        assert_int_equal(fact_set_unknown(x->facts, "log", "denied"), 0);
        put(r, x);
        assert_int_equal(store_outbox_next(r->store, &event, NULL), 1);
        assert_int_equal(event.kind, EVENT_RESOURCE_CHANGED);
        assert_string_equal(json_string_value(json_object_get(event.fields, "resource")), "x");
        assert_string_equal(json_string_value(json_object_get(event.fields, "kind")), "k");
        if (!json_equal(json_object_get(event.fields, "changes"), want)) {
                char *text = json_dumps(event.fields, JSON_COMPACT);

                fail_msg("%s", text);
        }
        resource_free(x);
}

static void store_tells_lost_and_restored_coverage_once(void **state)
{
        static const struct {
                enum coverage_state state;
                unsigned lost, restored;
        } steps[] = {
                { COVERAGE_DENIED, 0, 0 }, /* at first sight nothing was lost */
                { COVERAGE_OK, 0, 1 },     { COVERAGE_THROTTLED, 1, 0 }, { COVERAGE_DENIED, 0, 0 },
                { COVERAGE_OFF, 0, 1 },    { COVERAGE_OK, 0, 0 },        { COVERAGE_FAILED, 1, 0 },
                { COVERAGE_OK, 0, 1 },
        };
        struct record *r = *state;

        for (size_t i = 0; i < ELEMENTSOF(steps); i++) {
                struct store_event event;
                unsigned lost = 0, restored = 0;

                record_scan(r, steps[i].state, NULL);
                while (store_outbox_next(r->store, &event, NULL) > 0) {
                        lost += event.kind == EVENT_COVERAGE_LOST;
                        restored += event.kind == EVENT_COVERAGE_RESTORED;
                        (void)store_outbox_sent(r->store, event.sequence, NULL);
                }
                if (lost != steps[i].lost || restored != steps[i].restored)
                        fail_msg("step %zu: lost %u, restored %u", i, lost, restored);
        }
}

static void store_evidence_is_not_told(void **state)
{
        struct record *r = *state;
        struct resource *x = record_resource(r, "k", "x");

        record_scan(r, COVERAGE_OK, "a");
        (void)record_events(r, EVENT_SCAN_FINISHED);
        x->topic = strdup("audit-log");
        put(r, x);
        free(x->status);
        x->status = strdup("Stopped");
        put(r, x);
        assert_int_equal(record_events(r, EVENT_RESOURCE_APPEARED), 0);
        assert_int_equal(record_number(r, "SELECT count(*) FROM outbox WHERE kind IN (3, 4, 5)"),
                         0);
        resource_free(x);
}

static void store_outbox_keeps_order_until_sent(void **state)
{
        struct record *r = *state;
        struct store_event event = { 0 };
        uint64_t first;

        for (int i = 0; i < 3; i++) {
                json_auto_t *fields = json_pack("{s:i}", "n", i);

                assert_int_equal(
                        store_outbox_add(r->store, EVENT_SCAN_OVERDUE, fields, r->now_usec, NULL),
                        0);
        }
        assert_int_equal(store_outbox_next(r->store, &event, NULL), 1);
        first = event.sequence;
        assert_int_equal(store_outbox_next(r->store, &event, NULL), 1);
        assert_int_equal(event.sequence, first); /* until it is sent */
        assert_int_equal(store_outbox_sent(r->store, first, NULL), 0);
        record_close(r);
        record_open(r);
        assert_int_equal(store_outbox_next(r->store, &event, NULL), 1);
        assert_true(event.sequence > first);
        assert_int_equal(json_integer_value(json_object_get(event.fields, "n")), 1);
        assert_int_equal(record_events(r, EVENT_SCAN_OVERDUE), 2);
        assert_int_equal(store_outbox_next(r->store, &event, NULL), 0);
}

/* ---- kill -9
 * ----------------------------------------------------------------------------------------- */

/* Writes scans without end: each adds a resource and takes one away, with events and findings. */
static void write_for_ever(struct record *r)
{
        for (unsigned n = 0;; n++) {
                char list[2048] = "";

                for (unsigned i = n; i < n + 100; i++)
                        (void)snprintf(list + strlen(list), sizeof(list) - strlen(list), "id-%u ",
                                       i);
                record_scan(r, COVERAGE_OK, list);
        }
}

static void store_survives_kill(void **state)
{
        /* every resource that came after the first whole scan has told of it; what is gone too */
        static const char *const rules[] = {
                "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
                "SELECT count(*) FROM resources r WHERE first_seen >"
                " (SELECT complete FROM accounts WHERE name = 'prod') AND NOT EXISTS (SELECT 1 FROM"
                " outbox WHERE kind = 3 AND json_extract(fields, '$.resource') = r.id)",
                "SELECT count(*) FROM resources r WHERE gone = 1 AND NOT EXISTS (SELECT 1 FROM "
                "outbox"
                " WHERE kind = 5 AND json_extract(fields, '$.resource') = r.id)",
                "SELECT count(*) FROM outbox WHERE kind = 3 AND NOT EXISTS (SELECT 1 FROM resources"
                " WHERE id = json_extract(fields, '$.resource'))",
                "SELECT count(*) FROM outbox WHERE kind = 5 AND NOT EXISTS (SELECT 1 FROM resources"
                " WHERE gone = 1 AND id = json_extract(fields, '$.resource'))",
        };
        unsigned seed = 20261123, grown = 0;

        for (int round = 0; round < 30; round++) {
                void *inner = NULL;
                struct record *r;
                pid_t child;
                int status;

                assert_int_equal(record_setup(&inner), 0);
                r = inner;
                record_close(r);
                child = fork();
                assert_true(child >= 0);
                if (child == 0) {
                        record_open(r);
                        write_for_ever(r);
                }
                (void)usleep(5000 +
                             (unsigned)rand_r(&seed) % 100000); /* where it dies matters not */
                (void)kill(child, SIGKILL);
                assert_int_equal(waitpid(child, &status, 0), child);
                assert_true(WIFSIGNALED(status));
                if (access(record_file(r, "vigie.db"), F_OK) == 0) {
                        record_open(r);
                        for (size_t i = 0; i < ELEMENTSOF(rules); i++)
                                if (record_number(r, rules[i]) != 0)
                                        fail_msg("round %d: %s", round, rules[i]);
                        grown += record_number(r, "SELECT count(*) FROM outbox") > 0;
                        record_scan(r, COVERAGE_OK, "after"); /* and goes on */
                }
                (void)record_teardown(&inner);
        }
        assert_true(grown > 5);
}

/* ---- a full disk
 * --------------------------------------------------------------------------------------- */

static void store_full_disk_parts_no_event_from_its_change(void **state)
{
        struct record *r = *state;
        const struct rlimit small = { 6 * 1024 * 1024, RLIM_INFINITY };
        int status;
        pid_t child;

        record_scan(r, COVERAGE_OK, "a");
        record_close(r);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                struct resource *x = record_resource(r, "k", "x");
                const struct place place = record_place();
                const struct sink *sink;
                struct error err = { 0 };
                void *pass = NULL;
                int code = 0;

                (void)signal(SIGXFSZ, SIG_IGN);
                record_open(r);
                (void)setrlimit(RLIMIT_FSIZE, &small);
                record_begin(r);
                sink = store_scan_sink(r->scan);
                (void)sink->pass_begin(sink->user, &place, "k", &pass, &err);
                for (unsigned n = 0; n < 20000 && code >= 0; n++) {
                        char id[32];

                        (void)snprintf(id, sizeof(id), "full-%u", n);
                        free(x->id);
                        x->id = strdup(id);
                        code = sink->resource(sink->user, pass, x, &err);
                }
                if (code >= 0 || err.code != code || !err.text[0])
                        _exit(1);
                err = (struct error){ 0 };
                if (store_scan_end(TAKE_PTR(r->scan), r->now_usec, &err) >= 0 || !err.text[0])
                        _exit(2);
                _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
        record_open(r);
        assert_int_equal(record_number(r, "SELECT count(*) FROM pragma_integrity_check"
                                          " WHERE integrity_check <> 'ok'"),
                         0);
        assert_true(record_number(r, "SELECT count(*) FROM outbox WHERE kind = 3") > 0);
        assert_int_equal(record_number(r, "SELECT count(*) FROM resources WHERE id LIKE 'full-%'"),
                         record_number(r, "SELECT count(*) FROM outbox WHERE kind = 3"));
        record_scan(r, COVERAGE_OK, "a b");
}

/* ---- size
 * ------------------------------------------------------------------------------------------------
 */

static long rss_kib(void)
{
        struct rusage usage;

        (void)getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss;
}

static int count_rows(void *user, const struct store_resource *row)
{
        (*(unsigned *)user)++;
        return 0;
}

static void big_scan(struct record *r, unsigned n)
{
        struct resource *x = record_resource(r, "k", "x");
        const struct coverage c = { .place = record_place(), .collector = "k" };
        const struct sink *sink;
        void *pass = NULL;

        record_begin(r);
        sink = store_scan_sink(r->scan);
        assert_int_equal(sink->pass_begin(sink->user, &c.place, "k", &pass, NULL), 0);
        for (unsigned i = 0; i < n; i++) {
                char id[32];

                (void)snprintf(id, sizeof(id), "id-%06u", i);
                free(x->id);
                x->id = strdup(id);
                record_put(r, pass, x);
        }
        assert_int_equal(sink->pass_end(sink->user, pass, &c, NULL), 0);
        record_end(r, true);
        resource_free(x);
}

static void store_holds_a_hundred_thousand_in_little_memory(void **state)
{
        enum { N = 100000, KIB_MAX = 48 * 1024 };
        const struct store_filter all = { 0 };
        struct record *r = *state;
        uint64_t written;
        unsigned n = 0;
        long before = rss_kib();

        if (SANITIZED)
                skip();
        big_scan(r, N);
        written = store_rows_written(r->store);
        assert_int_equal(written, N);
        big_scan(r, N);
        assert_int_equal(store_rows_written(r->store), written);
        assert_int_equal(store_each_resource(r->store, &all, count_rows, &n, NULL), 0);
        assert_int_equal(n, N);
        if (rss_kib() - before > KIB_MAX)
                fail_msg("%ld KiB more", rss_kib() - before);
}

#define with_store(test) cmocka_unit_test_setup_teardown(test, record_setup, record_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                with_store(store_is_quiet_until_an_account_was_scanned_whole),
                with_store(store_tells_what_changed),
                with_store(store_tells_lost_and_restored_coverage_once),
                with_store(store_evidence_is_not_told),
                with_store(store_outbox_keeps_order_until_sent),
                cmocka_unit_test(store_survives_kill),
                with_store(store_full_disk_parts_no_event_from_its_change),
                with_store(store_holds_a_hundred_thousand_in_little_memory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
