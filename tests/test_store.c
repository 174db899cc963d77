/* Opening, refusing, locking, asking, telling, forgetting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/cleanup.h"
#include "daemon/model/fact.h"
#include "tests/support/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void run_sql(struct ledger *l, const char *sql)
{
        _cleanup_(freep) char *path = ledger_path(l, "vigie.db");
        sqlite3 *db;

        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
                fail_msg("%s", sqlite3_errmsg(db));
        (void)sqlite3_close(db);
}

static char *read_file(const char *path, size_t *ret_size)
{
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
        struct stat st;
        char *data;

        assert_true(fd >= 0);
        assert_int_equal(fstat(fd, &st), 0);
        data = malloc((size_t)st.st_size + 1);
        assert_non_null(data);
        assert_int_equal(read(fd, data, (size_t)st.st_size), st.st_size);
        *ret_size = (size_t)st.st_size;
        return data;
}

static void write_file(const char *path, const void *data, size_t size)
{
        _cleanup_(closep) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, data, size), (ssize_t)size);
}

static int open_again(struct ledger *l, bool read_only, struct error *err)
{
        *err = (struct error){ 0 };
        return store_open(&l->store, l->dir, read_only, err);
}

/* ---- opening -----------------------------------------------------------------------------------
 */

static void store_open_makes_private_files(void **state)
{
        struct ledger *l = *state;
        static const char *const names[] = { "a/b/vigie.db", "a/b/vigie.lock", "a/b/vigie.db-wal" };
        _cleanup_(freep) char *below = ledger_path(l, "a/b");
        mode_t mask = umask(0);
        struct store *s = NULL;
        struct error err = { 0 };
        struct stat st;

        assert_int_equal(store_open(&s, below, false, &err), 0);
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                _cleanup_(freep) char *path = ledger_path(l, names[i]);

                assert_int_equal(stat(path, &st), 0);
                assert_int_equal(st.st_mode & 0777, 0600);
        }
        assert_int_equal(stat(below, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0700);
        store_close(s);
        (void)umask(mask);
}

/* systemd's StateDirectory= is a link where DynamicUser= is on. */
static void store_open_takes_a_folder_that_is_a_link(void **state)
{
        struct ledger *l = *state;
        _cleanup_(freep) char *folder = ledger_path(l, "private"), *link = ledger_path(l, "link"),
                              *database = ledger_path(l, "private/vigie.db"),
                              *elsewhere = ledger_path(l, "elsewhere.db");
        struct store *s = NULL;
        struct error err = { 0 };

        assert_int_equal(mkdir(folder, 0700), 0);
        assert_int_equal(symlink("private", link), 0);
        for (int read_only = 0; read_only < 2; read_only++) {
                if (store_open(&s, link, read_only, &err) < 0)
                        fail_msg("%s", err.text);
                s = store_close(s);
        }
        /* the database itself is none: it would be written wherever the link leads */
        assert_int_equal(rename(database, elsewhere), 0);
        assert_int_equal(symlink("../elsewhere.db", database), 0);
        assert_int_equal(store_open(&s, link, false, &err), -ELOOP);
        assert_non_null(strstr(err.text, "vigie.db"));
}

static void store_open_read_only_needs_a_store(void **state)
{
        struct ledger *l = *state;
        _cleanup_(freep) char *below = ledger_path(l, "nothing");
        struct store *s = NULL;
        struct error err = { 0 };

        assert_int_equal(store_open(&s, below, true, &err), -ENOENT);
        assert_non_null(strstr(err.text, "nothing was scanned"));
        assert_int_not_equal(access(below, F_OK), 0); /* and makes none */
}

static void store_open_takes_up_an_empty_file(void **state)
{
        struct ledger *l = *state;
        _cleanup_(freep) char *path = ledger_path(l, "vigie.db");
        struct error err;

        ledger_close(l);
        write_file(path, "", 0);
        assert_int_equal(open_again(l, true, &err), -ENOENT);
        assert_int_equal(open_again(l, false, &err), 0);
        ledger_scan(l, &(struct visit){ .ids = "a" }, 1);
        assert_string_equal(ledger_resources(l), "a fresh");
}

static void store_keeps_what_it_knows(void **state)
{
        struct ledger *l = *state;

        ledger_scan(l, &(struct visit){ .ids = "a b" }, 1);
        ledger_close(l);
        ledger_open(l);
        assert_string_equal(ledger_resources(l), "a fresh, b fresh");
        assert_string_equal(ledger_events(l), "finished");
        ledger_close(l);
        ledger_open(l);
        assert_string_equal(ledger_events(l), "");
}

/* ---- refusing ----------------------------------------------------------------------------------
 */

/* Both ways of opening fail with code and text, and not a byte changes. */
static void assert_refused(struct ledger *l, int code, const char *text)
{
        _cleanup_(freep) char *path = ledger_path(l, "vigie.db"), *before = NULL, *after = NULL;
        size_t n_before, n_after;
        struct error err;

        before = read_file(path, &n_before);
        for (int read_only = 0; read_only < 2; read_only++) {
                assert_int_equal(open_again(l, read_only, &err), code);
                if (!strstr(err.text, text))
                        fail_msg("%s: no '%s'", err.text, text);
                assert_non_null(strstr(err.text, path));
        }
        after = read_file(path, &n_after);
        assert_int_equal(n_before, n_after);
        assert_memory_equal(before, after, n_before);
}

static void store_refuses_a_newer_version(void **state)
{
        struct ledger *l = *state;

        ledger_scan(l, &(struct visit){ .ids = "a" }, 1);
        ledger_close(l);
        run_sql(l, "PRAGMA user_version = 77");
        assert_refused(l, -EPROTO, "newer vigie (format 77, this one knows ");
}

/* The version stands in the log only: whoever wrote it was killed. */
static void store_refuses_a_newer_version_in_the_log(void **state)
{
        struct ledger *l = *state;
        _cleanup_(freep) char *path = ledger_path(l, "vigie.db");
        pid_t pid;
        int status;

        ledger_close(l);
        pid = fork();
        if (pid == 0) {
                sqlite3 *db;

                if (sqlite3_open(path, &db) == SQLITE_OK)
                        (void)sqlite3_exec(db, "PRAGMA user_version = 77", NULL, NULL, NULL);
                _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_refused(l, -EPROTO, "format 77");
}

static void store_refuses_what_is_no_store(void **state)
{
        struct ledger *l = *state;
        _cleanup_(freep) char *path = ledger_path(l, "vigie.db");

        ledger_close(l);
        write_file(path,
                   "not a database, but long enough to be taken for the header of one if "
                   "nobody looked at what it says in its first sixteen bytes",
                   120);
        assert_refused(l, -EUCLEAN, "no SQLite database");
        write_file(path, "SQLite", 6);
        assert_refused(l, -EUCLEAN, "no SQLite database");
        assert_int_equal(remove(path), 0);
        run_sql(l, "CREATE TABLE cookies(a)");
        assert_refused(l, -EUCLEAN, "another program");
        run_sql(l, "PRAGMA user_version = 1");
        assert_refused(l, -EUCLEAN, "another program");
}

static int on_any(void *user, const struct store_resource *r)
{
        return 0;
}

static void store_says_when_it_is_damaged(void **state)
{
        struct ledger *l = *state;
        _cleanup_(freep) char *path = ledger_path(l, "vigie.db"), *data = NULL;
        const struct store_filter all = { .all = true };
        struct error err;
        size_t n;
        int r;

        ledger_scan(l, &(struct visit){ .ids = "a b c d e f" }, 1);
        ledger_close(l);
        data = read_file(path, &n);
        memset(data + 4096, 0xa5, n - 4096); /* all but the first page */
        write_file(path, data, n);
        r = open_again(l, false, &err);
        if (r == 0)
                r = store_each_resource(l->store, &all, on_any, NULL, &err);
        assert_int_equal(r, -EUCLEAN);
        assert_non_null(strstr(err.text, "restore a copy"));
}

/* ---- one writer, many readers ------------------------------------------------------------------
 */

static void store_names_the_other_writer(void **state)
{
        struct ledger *l = *state;
        struct store *second = NULL;
        struct error err = { 0 };
        char process[64];

        (void)snprintf(process, sizeof(process), "(process %ld)", (long)getpid());
        assert_int_equal(store_open(&second, l->dir, false, &err), -EBUSY);
        assert_non_null(strstr(err.text, process));
        assert_non_null(strstr(err.text, "test_store"));
        ledger_close(l);
        err = (struct error){ 0 };
        assert_int_equal(store_open(&second, l->dir, false, &err), 0);
        store_close(second);
}

static int on_count(void *user, const struct store_resource *r)
{
        ++*(int *)user;
        return 0;
}

static void store_is_read_beside_a_writer(void **state)
{
        struct ledger *l = *state;
        const struct store_filter all = { .all = true };
        struct store *reader = NULL;
        struct store_scan *scan = NULL;
        struct error err = { 0 };
        int n = 0;

        ledger_scan(l, &(struct visit){ .ids = "a" }, 1);
        ledger_begin(l);
        ledger_visit(l, &(struct visit){ .ids = "a b c" }); /* under way, not committed */
        assert_int_equal(store_open(&reader, l->dir, true, &err), 0);
        assert_int_equal(store_each_resource(reader, &all, on_count, &n, &err), 0);
        assert_int_equal(n, 1);
        ledger_collected(l, true);
        ledger_end(l);
        n = 0;
        assert_int_equal(store_each_resource(reader, &all, on_count, &n, &err), 0);
        assert_int_equal(n, 3);
        assert_int_equal(store_scan_begin(&scan, reader, NULL, 0, &err), -EROFS);
        err = (struct error){ 0 };
        assert_int_equal(store_outbox_sent(reader, 1, &err), -EROFS);
        store_close(reader);
}

static void store_records_one_scan_at_a_time(void **state)
{
        struct ledger *l = *state;
        struct store_scan *second = NULL;
        struct error err = { 0 };

        ledger_begin(l);
        assert_int_equal(strlen(store_scan_id(l->scan)), 16);
        assert_int_equal(store_scan_begin(&second, l->store, NULL, l->now_usec, &err), -EBUSY);
        assert_int_equal(store_prune(l->store, 0, l->now_usec, NULL), -EBUSY);
        ledger_end(l);
}

/* ---- resources as they are asked for -----------------------------------------------------------
 */

static const struct {
        struct store_filter filter;
        const char *found;
} questions[] = {
        { { 0 }, "m x, a, z, b" },
        { { .evidence = true }, "m x, a, z, trail, b" },
        { { .topic = "audit-log" }, "trail" },
        { { .account = "prod", .region = "eu-west-1" }, "a, z" },
        { { .region = "eu-west-3", .evidence = true }, "trail, b" },
        { { .scope = "other" }, "" },
        { { .kind = "aws.eks.cluster" }, "b" },
        { { .service_type = "paas" }, "" },
        { { .service_type = "mlaas", .account = "lab" }, "m x" },
        { { .id = "a" }, "a" },
        { { .id = "name-z" }, "z" },
        { { .text = "NAME-" }, "m x, a, z, b" },
        { { .text = "eks" }, "b" },
        { { .area = "unknown", .account = "lab" }, "m x" },
        { { .area = "eu" }, "" },
};

static int on_id(void *user, const struct store_resource *r)
{
        struct ledger *l = user;
        size_t used = strlen(l->text);

        (void)snprintf(l->text + used, sizeof(l->text) - used, "%s%s", used ? ", " : "",
                       r->resource->id);
        return 0;
}

static void visit_some(struct ledger *l)
{
        _cleanup_(resource_freep) struct resource *spaced = NULL;
        const struct visit lab = { .account = "lab" };

        ledger_begin(l);
        ledger_visit(l, &(struct visit){ .region = "eu-west-3",
                                         .collector = "aws.eks.cluster",
                                         .ids = "b" });
        ledger_visit(l, &(struct visit){ .region = "eu-west-3",
                                         .collector = "aws.cloudtrail.trail",
                                         .topic = "audit-log",
                                         .ids = "trail" });
        ledger_visit(l, &(struct visit){ .ids = "z a" });
        spaced = ledger_resource(&lab, "m x");
        ledger_put(l, &lab, spaced);
        ledger_collected(l, true);
        ledger_end(l);
}

static void store_resources_in_order_by_filter(void **state)
{
        struct ledger *l = *state;
        struct error err = { 0 };

        visit_some(l);
        for (size_t i = 0; i < ELEMENTSOF(questions); i++) {
                l->text[0] = '\0';
                assert_int_equal(
                        store_each_resource(l->store, &questions[i].filter, on_id, l, &err), 0);
                assert_string_equal(l->text, questions[i].found);
        }
}

static int on_stop(void *user, const struct store_resource *r)
{
        return ++*(int *)user == 2 ? 1 : 0;
}

static int on_fail(void *user, const struct store_resource *r)
{
        return -ERANGE;
}

static void store_callbacks_stop_and_fail(void **state)
{
        struct ledger *l = *state;
        const struct store_filter all = { .all = true };
        struct error err = { 0 };
        int n = 0;

        visit_some(l);
        assert_int_equal(store_each_resource(l->store, &all, on_stop, &n, &err), 0);
        assert_int_equal(n, 2);
        assert_int_equal(store_each_resource(l->store, &all, on_fail, NULL, &err), -ERANGE);
}

static int on_place(void *user, const struct place *p)
{
        struct ledger *l = user;
        size_t used = strlen(l->text);

        (void)snprintf(l->text + used, sizeof(l->text) - used, "%s%s/%s/%s", used ? " " : "",
                       p->account, p->scope, p->region);
        return 0;
}

static void store_places_begin_with_their_scope(void **state)
{
        struct ledger *l = *state;
        const struct store_filter all = { .all = true }, scopes = { .region = "" },
                                  west = { .region = "eu-west-3" };
        struct error err = { 0 };

        visit_some(l);
        ledger_scan(l, &(struct visit){ .ids = "a", .scope = "own" }, 1);
        l->text[0] = '\0';
        assert_int_equal(store_each_place(l->store, &all, on_place, l, &err), 0);
        assert_string_equal(l->text, "lab/111122223333/ lab/111122223333/eu-west-1 "
                                     "prod/111122223333/ prod/111122223333/eu-west-1 "
                                     "prod/111122223333/eu-west-3 prod/own/ prod/own/eu-west-1");
        l->text[0] = '\0';
        assert_int_equal(store_each_place(l->store, &scopes, on_place, l, &err), 0);
        assert_string_equal(l->text, "lab/111122223333/ prod/111122223333/ prod/own/");
        l->text[0] = '\0';
        assert_int_equal(store_each_place(l->store, &west, on_place, l, &err), 0);
        assert_string_equal(l->text, "prod/111122223333/eu-west-3");
}

static void store_finds_the_nearest(void **state)
{
        struct ledger *l = *state;
        const struct visit visits[] = {
                { .ids = "key" },
                { .region = "eu-west-3", .ids = "key" },
                { .region = "eu-central-1", .ids = "key", .scope = "111100001111" },
        };
        static const struct {
                const char *scope, *region, *id, *found_scope, *found_region;
        } cases[] = {
                { "111122223333", "eu-west-3", "key", "111122223333", "eu-west-3" },
                { "111122223333", "eu-west-1", "name-key", "111122223333", "eu-west-1" },
                { "111122223333", "us-east-1", "key", "111122223333", "eu-west-1" },
                { "999900009999", "eu-west-3", "key", "111100001111", "eu-central-1" },
                { "111122223333", "", "name-key", "111122223333", "eu-west-1" },
        };
        const struct place elsewhere = { "aws", "lab", "111122223333", "eu-west-1" };
        struct resource *none = NULL;
        struct error err = { 0 };

        ledger_scan(l, visits, ELEMENTSOF(visits));
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const struct place place = { "aws", "prod", cases[i].scope, cases[i].region };
                _cleanup_(resource_freep) struct resource *r = NULL;

                assert_int_equal(store_find(l->store, &place, NULL, cases[i].id, &r, &err), 0);
                assert_string_equal(r->scope, cases[i].found_scope);
                assert_string_equal(r->region, cases[i].found_region);
                assert_int_equal(fact_get(r->facts, "log.retention_days", NULL, NULL), FACT_KNOWN);
        }
        assert_int_equal(store_find(l->store, &elsewhere, NULL, "key", &none, &err), -ENOENT);
        assert_int_equal(store_find(l->store, &elsewhere, NULL, "", &none, &err), -ENOENT);
}

static void store_counts_what_is_there(void **state)
{
        struct ledger *l = *state;
        const struct place scope = { "aws", "prod", "111122223333", "" };
        const struct place account = { "aws", "prod", "", NULL };
        const struct place region = { "aws", "prod", "111122223333", "eu-west-3" };

        visit_some(l);
        assert_int_equal(store_count(l->store, &scope, NULL), 3);
        assert_int_equal(store_count(l->store, &account, "mlaas"), 3);
        assert_int_equal(store_count(l->store, &region, NULL), 1); /* evidence is none */
        assert_int_equal(store_count(l->store, &region, "paas"), 0);
}

static void store_summary_adds_up(void **state)
{
        struct ledger *l = *state;
        const struct judgement fail = { .verdict = VERDICT_FAIL, .severity = SEVERITY_HIGH };
        struct store_summary s;
        struct error err = { 0 };

        assert_int_equal(store_summarise(l->store, &s, &err), 0);
        assert_null(s.scan_id);
        visit_some(l);
        ledger_begin(l);
        ledger_visit(l, &(struct visit){ .ids = "z", .state = COVERAGE_DENIED });
        ledger_collected(l, true);
        ledger_judge(l, &(struct visit){ 0 }, "a", &fail);
        ledger_end(l);
        assert_int_equal(store_summarise(l->store, &s, &err), 0);
        assert_int_equal(strlen(s.scan_id), 16);
        assert_string_equal(s.started, "2026-07-20T00:26:40Z");
        assert_string_equal(s.finished, "2026-07-20T00:28:40Z");
        assert_true(s.complete);
        assert_int_equal(s.duration_usec, 120 * UINT64_C(1000000));
        assert_int_equal(s.calls, 2);
        assert_int_equal(s.resources, 4);
        assert_int_equal(s.evidence_records, 1);
        assert_int_equal(s.stale,
                         3); /* all but z, which was on page one; evidence is not counted */
        assert_int_equal(s.findings[VERDICT_FAIL][SEVERITY_HIGH], 1);
        assert_int_equal(s.coverage[COVERAGE_DENIED], 1);
        assert_int_equal(s.coverage[COVERAGE_SKIPPED], 3);
        assert_int_equal(s.coverage[COVERAGE_OK], 0);
}

/* ---- hostile texts -----------------------------------------------------------------------------
 */

static void store_takes_texts_as_they_are(void **state)
{
        struct ledger *l = *state;
        static const char *const texts[] = {
                "'; DROP TABLE resource; --", "\"quoted\" \\ back", "éàü 日本語 🗼", "%_?1\x7f\t\n",
                "\x1b[31mred\x1b[0m",
        };
        const struct place place = { "aws", "prod", "111122223333", "eu-west-1" };
        const struct visit v = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                _cleanup_(resource_freep) struct resource *r = ledger_resource(&v, texts[i]),
                                                          *back = NULL;
                struct error err = { 0 };

                (void)json_object_set_new(r->tags, texts[i], json_string(texts[i]));
                ledger_begin(l);
                ledger_put(l, &v, r);
                ledger_collected(l, false);
                ledger_end(l);
                assert_int_equal(store_find(l->store, &place, NULL, texts[i], &back, &err), 0);
                assert_string_equal(back->id, texts[i]);
                assert_true(json_equal(back->tags, r->tags));
                assert_true(json_equal(back->facts, r->facts));
        }
        assert_int_equal(store_count(l->store, &place, NULL), ELEMENTSOF(texts));
}

static void store_refuses_nul_in_texts(void **state)
{
        struct ledger *l = *state;
        const struct visit v = { .ids = "b" };
        _cleanup_(resource_freep) struct resource *r = ledger_resource(&v, "a");
        const struct place place = ledger_place(&v);
        const struct coverage c = { .place = place, .collector = r->kind };
        const struct sink *sink;
        struct error err = { 0 };
        void *pass;

        (void)json_object_set_new(r->tags, "Env", json_stringn("pr\0d", 4));
        ledger_begin(l);
        sink = store_scan_sink(l->scan);
        assert_int_equal(sink->pass_begin(sink->user, &place, r->kind, &pass, &err), 0);
        assert_int_equal(sink->resource(sink->user, pass, r, &err), -EINVAL);
        assert_int_equal(sink->pass_end(sink->user, pass, &c, &err), 0);
        ledger_visit(l, &v); /* the scan goes on */
        ledger_collected(l, true);
        ledger_end(l);
        assert_string_equal(ledger_resources(l), "b fresh");
}

/* ---- the outbox --------------------------------------------------------------------------------
 */

static void store_outbox_keeps_order_until_sent(void **state)
{
        struct ledger *l = *state;
        json_auto_t *fields = json_pack("{s:s}", "account", "prod");
        struct store_event event;
        struct error err = { 0 };
        uint64_t first;

        assert_int_equal(store_outbox_next(l->store, &event, &err), 0);
        assert_int_equal(
                store_outbox_add(l->store, EVENT_CREDENTIALS_EXPIRING, fields, LEDGER_START, &err),
                0);
        assert_int_equal(store_outbox_add(l->store, EVENT_SCAN_OVERDUE, fields, LEDGER_START, &err),
                         0);
        assert_int_equal(store_outbox_next(l->store, &event, &err), 1);
        assert_int_equal(event.kind, EVENT_CREDENTIALS_EXPIRING);
        assert_string_equal(event.created, "2026-07-19T22:26:40Z");
        assert_true(json_equal(event.fields, fields));
        first = event.sequence;
        ledger_close(l); /* taken, but not marked: it comes again */
        ledger_open(l);
        assert_int_equal(store_outbox_next(l->store, &event, &err), 1);
        assert_int_equal(event.sequence, first);
        assert_int_equal(store_outbox_sent(l->store, first, &err), 0);
        assert_int_equal(store_outbox_sent(l->store, first, &err), 0); /* twice is no harm */
        assert_int_equal(store_outbox_next(l->store, &event, &err), 1);
        assert_int_equal(event.kind, EVENT_SCAN_OVERDUE);
        assert_true(event.sequence > first);
}

/* What is told is committed: a kill right after loses nothing that was said. */
static void store_outbox_tells_committed_changes_only(void **state)
{
        struct ledger *l = *state;
        const struct store_filter all = { .all = true };
        struct store *reader = NULL;
        struct store_event event;
        struct error err = { 0 };
        int n = 0;

        ledger_scan(l, &(struct visit){ .ids = "a" }, 1);
        (void)ledger_events(l);
        assert_int_equal(store_open(&reader, l->dir, true, &err), 0);
        ledger_begin(l);
        ledger_visit(l, &(struct visit){ .ids = "a b" });
        assert_int_equal(store_outbox_next(l->store, &event, &err), 1);
        assert_int_equal(event.kind, EVENT_RESOURCE_APPEARED);
        assert_int_equal(store_each_resource(reader, &all, on_count, &n, &err), 0);
        assert_int_equal(n, 2);
        store_close(reader);
        ledger_collected(l, true);
        ledger_end(l);
}

/* ---- forgetting --------------------------------------------------------------------------------
 */

static void store_prune_forgets_what_is_over(void **state)
{
        struct ledger *l = *state;
        const struct judgement fail = { .verdict = VERDICT_FAIL, .severity = SEVERITY_HIGH };
        const uint64_t later_usec = LEDGER_START + 2 * STORE_KEEP_USEC;
        struct store_event event;
        struct store_summary s;
        struct error err = { 0 };

        for (int i = 0; i < 3; i++) {
                const struct visit v = { .ids = i == 0 ? "a b" : "a" };

                ledger_begin(l);
                ledger_visit(l, &v);
                ledger_collected(l, true);
                ledger_judge(l, &v, "a", &fail);
                if (i == 0)
                        ledger_judge(l, &v, "b", &fail);
                ledger_end(l);
        }
        assert_int_equal(store_outbox_next(l->store, &event, &err), 1);
        assert_int_equal(store_prune(l->store, STORE_KEEP_USEC, l->now_usec, &err), 0);
        assert_string_equal(ledger_resources(l), "a fresh, b gone");
        assert_string_equal(ledger_findings(l, NULL), "LOC-001 a fail high, LOC-001 b fail high "
                                                      "closed");
        assert_int_equal(store_prune(l->store, STORE_KEEP_USEC, later_usec, &err), 0);
        assert_string_equal(ledger_resources(l), "a fresh");
        assert_string_equal(ledger_findings(l, NULL), "LOC-001 a fail high");
        assert_int_equal(store_summarise(l->store, &s, &err), 0);
        assert_non_null(s.scan_id);
        /* what was not sent is kept whatever its age */
        assert_non_null(strstr(ledger_events(l), "gone b"));
        ledger_scan(l, &(struct visit){ .ids = "a b" }, 1);
        assert_string_equal(ledger_events(l), "appeared b, finished");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define WITH_LEDGER(test) cmocka_unit_test_setup_teardown(test, ledger_setup, ledger_teardown)
                WITH_LEDGER(store_open_makes_private_files),
                WITH_LEDGER(store_open_takes_a_folder_that_is_a_link),
                WITH_LEDGER(store_open_read_only_needs_a_store),
                WITH_LEDGER(store_open_takes_up_an_empty_file),
                WITH_LEDGER(store_keeps_what_it_knows),
                WITH_LEDGER(store_refuses_a_newer_version),
                WITH_LEDGER(store_refuses_a_newer_version_in_the_log),
                WITH_LEDGER(store_refuses_what_is_no_store),
                WITH_LEDGER(store_says_when_it_is_damaged),
                WITH_LEDGER(store_names_the_other_writer),
                WITH_LEDGER(store_is_read_beside_a_writer),
                WITH_LEDGER(store_records_one_scan_at_a_time),
                WITH_LEDGER(store_resources_in_order_by_filter),
                WITH_LEDGER(store_callbacks_stop_and_fail),
                WITH_LEDGER(store_places_begin_with_their_scope),
                WITH_LEDGER(store_finds_the_nearest),
                WITH_LEDGER(store_counts_what_is_there),
                WITH_LEDGER(store_summary_adds_up),
                WITH_LEDGER(store_takes_texts_as_they_are),
                WITH_LEDGER(store_refuses_nul_in_texts),
                WITH_LEDGER(store_outbox_keeps_order_until_sent),
                WITH_LEDGER(store_outbox_tells_committed_changes_only),
                WITH_LEDGER(store_prune_forgets_what_is_over),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
