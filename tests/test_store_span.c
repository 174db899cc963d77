/* What the store tells of the time between two scans, how an older store gets there, and the
 * damping of what changes again and again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/cleanup.h"
#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "daemon/store/span.h"
#include "tests/support/ledger.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>

static const struct visit one = { .ids = "a" };
static const struct visit none = { .ids = "" };
static const struct visit denied = { .ids = "", .state = COVERAGE_DENIED };

/* ---- as one line -------------------------------------------------------------------------------
 */

struct line {
        char text[4096];
};

static void add(struct line *l, const char *fmt, ...) _printf_(2, 3);
static void add(struct line *l, const char *fmt, ...)
{
        size_t used = strlen(l->text);
        va_list ap;

        if (used > 0)
                used += (size_t)snprintf(l->text + used, sizeof(l->text) - used, ", ");
        va_start(ap, fmt);
        (void)vsnprintf(l->text + used, sizeof(l->text) - used, fmt, ap);
        va_end(ap);
}

struct find_scan {
        int64_t number;
        uint64_t started_usec;
};

static int on_scan(void *user, const struct store_scan_row *row)
{
        struct find_scan *f = user;

        if (row->number == f->number)
                f->started_usec = row->started_usec;
        return 0;
}

static uint64_t started_usec(struct ledger *l, int64_t number)
{
        struct find_scan f = { .number = number };
        struct error err = { 0 };

        assert_int_equal(store_each_scan(l->store, on_scan, &f, &err), 0);
        assert_true(f.started_usec > 0);
        return f.started_usec;
}

static int on_resource(void *user, const struct store_moved_resource *r)
{
        static const char *const words[] = { "appeared", "changed", "gone" };
        _cleanup_(freep) char *changes = json_dumps(r->changes, JSON_COMPACT | JSON_SORT_KEYS);

        add(user, "%s %s%s%s", words[r->moved], r->id, r->moved == MOVED_CHANGED ? " " : "",
            r->moved == MOVED_CHANGED ? changes : "");
        return 0;
}

static int on_pass(void *user, const struct store_moved_pass *p)
{
        const char *from = json_member_string(p->from, "state"),
                   *cause = json_member_string(p->to, "cause");

        add(user, "%s: %s to %s%s%s", p->place.region, from ? from : "-",
            json_member_string(p->to, "state"), cause ? " " : "", cause ? cause : "");
        return 0;
}

static int on_finding(void *user, const struct store_moved_finding *f)
{
        add(user, "%s %s %s %s to %s %s (%s)", f->rule, f->resource_id ? f->resource_id : "-",
            f->from.verdict ? f->from.verdict : "-", f->from.severity ? f->from.severity : "-",
            f->to.verdict ? f->to.verdict : "-", f->to.severity ? f->to.severity : "-",
            f->to.arithmetic ? f->to.arithmetic : "");
        return 0;
}

static int on_unseen(void *user, const struct store_resource *r)
{
        add(user, "unseen %s", r->resource->id);
        return 0;
}

/* Everything between two scans, numbered from 1. */
static const char *span_text(struct ledger *l, struct line *line, int64_t from, int64_t to)
{
        const struct store_span span = { from, to, started_usec(l, from), started_usec(l, to) };
        struct error err = { 0 };

        line->text[0] = '\0';
        if (store_each_moved_pass(l->store, &span, on_pass, line, &err) < 0 ||
            store_each_moved_resource(l->store, &span, on_resource, line, &err) < 0 ||
            store_each_moved_finding(l->store, &span, on_finding, line, &err) < 0)
                fail_msg("%s", err.text);
        return line->text;
}

static int64_t count_of(struct ledger *l, const char *sql)
{
        _cleanup_(freep) char *path = ledger_path(l, "vigie.db");
        sqlite3_stmt *st = NULL;
        sqlite3 *db = NULL;
        int64_t n = -1;

        assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
        if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK &&
            sqlite3_step(st) == SQLITE_ROW)
                n = sqlite3_column_int64(st, 0);
        (void)sqlite3_finalize(st);
        (void)sqlite3_close(db);
        return n;
}

/* ---- resources ---------------------------------------------------------------------------------
 */

/* A scan that finds "a" alone, its logs kept so many days; 0: absent, -1: not known. */
static void scan_days(struct ledger *l, int days)
{
        _cleanup_(resource_freep) struct resource *r = ledger_resource(&one, "a");

        if (days > 0)
                assert_int_equal(
                        fact_set_known_take(r->facts, "log.retention_days", json_integer(days), 0),
                        0);
        else if (days == 0)
                assert_int_equal(fact_set_absent(r->facts, "log.retention_days", 0), 0);
        else
                assert_int_equal(
                        fact_set_unknown(r->facts, "log.retention_days", "denied: GetLogGroup"), 0);
        ledger_begin(l);
        ledger_put(l, &one, r);
        ledger_collected(l, true);
        ledger_end(l);
}

#define DAYS(from, to)                                                                             \
        "changed a [{\"fact\":\"log.retention_days\",\"from\":{" from "},\"to\":{" to "}}]"
#define KNOWN(n) "\"state\":\"known\",\"value\":" n

static void store_span_has_facts_from_and_to(void **state)
{
        struct ledger *l = *state;
        struct line line;

        scan_days(l, 365);
        scan_days(l, 30);
        scan_days(l, 0);
        scan_days(l, -1);
        scan_days(l, 365);
        assert_string_equal(span_text(l, &line, 1, 2), DAYS(KNOWN("365"), KNOWN("30")));
        assert_string_equal(span_text(l, &line, 2, 3), DAYS(KNOWN("30"), "\"state\":\"absent\""));
        assert_string_equal(span_text(l, &line, 3, 4),
                            DAYS("\"state\":\"absent\"",
                                 "\"cause\":\"denied: GetLogGroup\",\"state\":\"unknown\""));
        /* over all of it the first and the last count */
        assert_string_equal(
                span_text(l, &line, 1, 4),
                DAYS(KNOWN("365"), "\"cause\":\"denied: GetLogGroup\",\"state\":\"unknown\""));
        assert_string_equal(span_text(l, &line, 1, 5), "");
}

static void store_span_leaves_long_values_out(void **state)
{
        struct ledger *l = *state;
        _cleanup_(resource_freep) struct resource *r = ledger_resource(&one, "a");
        struct line line;
        char *text = calloc(1, 40001);

        assert_non_null(text);
        memset(text, 'x', 40000);
        assert_int_equal(fact_set_known_take(r->facts, "model.id", json_string(text), 0), 0);
        free(text);
        scan_days(l, 365);
        ledger_begin(l);
        ledger_put(l, &one, r);
        ledger_collected(l, true);
        ledger_end(l);
        assert_string_equal(span_text(l, &line, 1, 2),
                            "changed a [{\"fact\":\"model.id\",\"from\":null,"
                            "\"to\":{\"cut\":true,\"state\":\"known\"}}]");
}

static void store_span_has_what_came_and_went(void **state)
{
        struct ledger *l = *state;
        struct line line;

        ledger_scan(l, &(struct visit){ .ids = "a b" }, 1); /* 1 */
        ledger_scan(l, &(struct visit){ .ids = "a c" }, 1); /* 2 */
        ledger_scan(l, &one, 1);                            /* 3: b is gone */
        ledger_scan(l, &one, 1);                            /* 4: c is gone */
        ledger_scan(l, &(struct visit){ .ids = "a b" }, 1); /* 5: b is back */
        assert_string_equal(span_text(l, &line, 1, 2), "appeared c");
        assert_string_equal(span_text(l, &line, 2, 3), "gone b");
        assert_string_equal(span_text(l, &line, 2, 4), "gone b, gone c");
        assert_string_equal(span_text(l, &line, 1, 4), "gone b"); /* c was at neither end */
        assert_string_equal(span_text(l, &line, 4, 5), "appeared b");
        assert_string_equal(span_text(l, &line, 1, 5), "");
}

static void store_span_is_lost_and_not_gone(void **state)
{
        struct ledger *l = *state;
        struct error err = { 0 };
        struct line line;

        ledger_scan(l, &(struct visit){ .ids = "a b" }, 1);
        for (int i = 0; i < 3; i++)
                ledger_scan(l, &denied, 1);
        assert_string_equal(span_text(l, &line, 1, 4), "eu-west-1: ok to denied because");
        assert_string_equal(span_text(l, &line, 2, 4), "");
        line.text[0] = '\0';
        assert_int_equal(store_each_unseen(l->store, 1, on_unseen, &line, &err), 0);
        assert_string_equal(line.text, "unseen a, unseen b");
        ledger_scan(l, &(struct visit){ .ids = "a b" }, 1);
        assert_string_equal(span_text(l, &line, 4, 5), "eu-west-1: denied to ok");
        assert_string_equal(span_text(l, &line, 1, 5), "");
        line.text[0] = '\0';
        assert_int_equal(store_each_unseen(l->store, 1, on_unseen, &line, &err), 0);
        assert_string_equal(line.text, "");
}

static void store_span_has_lists_that_are_new(void **state)
{
        const struct visit both[] = { { .ids = "a" },
                                      { .region = "eu-west-3", .state = COVERAGE_THROTTLED } };
        struct ledger *l = *state;
        struct line line;

        ledger_scan(l, both, 1);
        ledger_scan(l, both, 2);
        assert_string_equal(span_text(l, &line, 1, 2), "eu-west-3: - to throttled because");
}

static void store_span_writes_nothing_when_nothing_changes(void **state)
{
        struct ledger *l = *state;
        struct line line;
        int64_t history;

        for (int i = 0; i < 3; i++) {
                const struct judgement fail = { .verdict = VERDICT_FAIL,
                                                .severity = SEVERITY_HIGH };

                ledger_begin(l);
                ledger_visit(l, &one);
                ledger_collected(l, true);
                ledger_judge(l, &one, "a", &fail);
                ledger_end(l);
                if (i == 0)
                        history = count_of(l, "SELECT count(*) FROM history");
        }
        assert_int_equal(count_of(l, "SELECT count(*) FROM drift"), 0);
        assert_int_equal(count_of(l, "SELECT count(*) FROM history"), history);
        assert_string_equal(span_text(l, &line, 1, 3), "");
}

/* ---- findings ----------------------------------------------------------------------------------
 */

static void judge_days(struct ledger *l, enum verdict verdict, enum severity severity,
                       const char *arithmetic)
{
        const struct judgement j = { .verdict = verdict,
                                     .severity = severity,
                                     .arithmetic = arithmetic };

        ledger_begin(l);
        ledger_visit(l, &one);
        ledger_collected(l, true);
        ledger_judge(l, &one, "a", &j);
        ledger_end(l);
}

static void store_span_has_verdicts_from_and_to(void **state)
{
        struct ledger *l = *state;
        struct line line;

        judge_days(l, VERDICT_PASS, SEVERITY_INFO, "pass -> info");
        judge_days(l, VERDICT_FAIL, SEVERITY_MEDIUM, "base=medium -> medium");
        judge_days(l, VERDICT_FAIL, SEVERITY_HIGH, "base=high -> high");
        judge_days(l, VERDICT_UNKNOWN, SEVERITY_LOW, "base=high; -1 unknown -> medium");
        judge_days(l, VERDICT_PASS, SEVERITY_INFO, "pass -> info");
        judge_days(l, VERDICT_NA, SEVERITY_INFO, NULL);
        assert_string_equal(span_text(l, &line, 1, 2),
                            "LOC-001 a pass info to fail medium (base=medium -> medium)");
        assert_string_equal(span_text(l, &line, 1, 3),
                            "LOC-001 a pass info to fail high (base=high -> high)");
        assert_string_equal(span_text(l, &line, 3, 4),
                            "LOC-001 a fail high to unknown low (base=high; -1 unknown -> medium)");
        assert_string_equal(span_text(l, &line, 1, 5), "");
}

/* What was said before is kept while the history needs it. */
static void store_span_keeps_what_was_said(void **state)
{
        struct ledger *l = *state;
        struct error err = { 0 };
        struct line line;

        judge_days(l, VERDICT_FAIL, SEVERITY_LOW, "base=low -> low");
        judge_days(l, VERDICT_FAIL, SEVERITY_MEDIUM, "base=medium -> medium");
        judge_days(l, VERDICT_FAIL, SEVERITY_HIGH, "base=high -> high");
        assert_int_equal(store_prune(l->store, STORE_KEEP_USEC, l->now_usec, &err), 0);
        assert_string_equal(span_text(l, &line, 1, 2),
                            "LOC-001 a fail low to fail medium (base=medium -> medium)");
}

static void store_span_forgets_what_is_old(void **state)
{
        const uint64_t later_usec = LEDGER_START + 2 * STORE_KEEP_USEC;
        struct ledger *l = *state;
        struct error err = { 0 };

        for (int i = 0; i < 4; i++)
                scan_days(l, i % 2 ? 30 : 365);
        assert_int_equal(count_of(l, "SELECT count(*) FROM drift"), 3);
        assert_int_equal(store_prune(l->store, STORE_KEEP_USEC, l->now_usec, &err), 0);
        ledger_close(l);
        assert_int_equal(count_of(l, "SELECT count(*) FROM drift"), 3);
        ledger_open(l);
        /* the last scan is kept, and so is what it changed */
        assert_int_equal(store_prune(l->store, STORE_KEEP_USEC, later_usec, &err), 0);
        ledger_close(l);
        assert_int_equal(count_of(l, "SELECT count(*) FROM drift"), 1);
        ledger_open(l);
}

/* ---- by what it was judged ---------------------------------------------------------------------
 */

static int on_basis(void *user, const struct store_scan_row *row)
{
        const char *law = json_member_string(row->basis, "law/dates.yaml");

        add(user, "%lld %s %s", (long long)row->number, law ? law : "-",
            row->judged ? row->judged : "-");
        return 0;
}

static void store_scans_say_what_judged_them(void **state)
{
        static const char *const digests[] = { "aa", "aa", NULL, "bb" };
        struct ledger *l = *state;
        struct line line = { "" };
        struct error err = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(digests); i++) {
                json_auto_t *parts =
                        digests[i] ? json_pack("{s:s}", "law/dates.yaml", digests[i]) : NULL;

                ledger_begin(l);
                ledger_collected(l, true);
                if (parts)
                        assert_int_equal(store_judged_by(l->scan, parts, LEDGER_START, &err), 0);
                ledger_end(l);
        }
        assert_int_equal(store_each_scan(l->store, on_basis, &line, &err), 0);
        assert_string_equal(line.text,
                            "4 bb 2026-07-19T22:26:40Z, 3 - -, 2 aa 2026-07-19T22:26:40Z, "
                            "1 aa 2026-07-19T22:26:40Z");
        assert_int_equal(count_of(l, "SELECT count(*) FROM basis"), 2);
}

/* ---- an older store ----------------------------------------------------------------------------
 */

static void make_old(const struct ledger *l)
{
        _cleanup_(freep) char *path = ledger_path(l, "vigie.db"), *sql = NULL;
        _cleanup_(fclosep) FILE *f = fopen("tests/fixtures/store/format-1.sql", "re");
        size_t size = 0;
        sqlite3 *db = NULL;
        char *message = NULL;

        assert_non_null(f);
        assert_true(getdelim(&sql, &size, '\0', f) > 0);
        assert_int_equal(remove(path), 0);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
                fail_msg("%s", message);
        (void)sqlite3_close(db);
}

static void store_of_format_1_goes_on(void **state)
{
        struct ledger *l = *state;
        struct error err = { 0 };
        struct line line;
        int64_t since = -1;

        ledger_close(l);
        make_old(l);
        ledger_open(l);
        assert_string_equal(ledger_resources(l), "a fresh");
        assert_string_equal(ledger_findings(l, NULL), "LOC-001 a fail high");
        assert_int_equal(store_span_since(l->store, &since, &err), 0);
        assert_int_equal(since, 2); /* what the second scan changed is not known */
        l->now_usec = UINT64_C(1784507200000000);
        scan_days(l, 30);
        judge_days(l, VERDICT_FAIL, SEVERITY_CRITICAL, "base=critical -> critical");
        assert_string_equal(span_text(l, &line, 2, 3), DAYS(KNOWN("365"), KNOWN("30")));
        assert_string_equal(
                span_text(l, &line, 3, 4),
                DAYS(KNOWN("30"), KNOWN("365")) ", LOC-001 a fail high to fail critical "
                                                "(base=critical -> critical)");
        assert_string_equal(ledger_events(l), "changed a, finished, changed a, worsened LOC-001 a "
                                              "fail, finished");
}

static void store_span_since_is_the_beginning(void **state)
{
        struct ledger *l = *state;
        struct error err = { 0 };
        int64_t since = -1;

        assert_int_equal(store_span_since(l->store, &since, &err), 0);
        assert_int_equal(since, 0);
}

/* ---- flapping ----------------------------------------------------------------------------------
 */

#define DAY (24 * LEDGER_HOUR)

static void judge_as(struct ledger *l, enum verdict verdict, enum severity severity)
{
        judge_days(l, verdict, severity, NULL);
}

static int on_flapping(void *user, const struct store_finding *f)
{
        add(user, "%s %s", f->rule, f->flapping ? "flapping" : "still");
        return 0;
}

static const char *flapping_findings(struct ledger *l, struct line *line)
{
        const struct store_filter all = { .all = true };
        struct error err = { 0 };

        line->text[0] = '\0';
        assert_int_equal(store_each_finding(l->store, &all, on_flapping, line, &err), 0);
        return line->text;
}

static void flap_a_finding(struct ledger *l, int times)
{
        for (int i = 0; i < times; i++)
                judge_as(l, i % 2 == 0 ? VERDICT_FAIL : VERDICT_PASS,
                         i % 2 == 0 ? SEVERITY_MEDIUM : SEVERITY_INFO);
}

static void store_flapping_finding_is_told_once(void **state)
{
        struct ledger *l = *state;
        struct line line;

        store_damp(l->store, 4, DAY);
        flap_a_finding(l, 3);
        assert_string_equal(ledger_events(l), "opened LOC-001 a fail, finished, closed LOC-001 a "
                                              "pass, finished, opened LOC-001 a fail, finished");
        assert_string_equal(flapping_findings(l, &line), "LOC-001 still");
        judge_as(l, VERDICT_PASS, SEVERITY_INFO);
        assert_string_equal(ledger_events(l), "flapping LOC-001 (closed), finished");
        assert_string_equal(flapping_findings(l, &line), "LOC-001 flapping");
        flap_a_finding(l, 6);
        assert_string_equal(ledger_events(l),
                            "finished, finished, finished, finished, finished, finished");
        /* nothing is lost */
        assert_int_equal(count_of(l, "SELECT count(*) FROM history"), 10);
        /* the window after the last change: 23 hours are not enough */
        for (int i = 0; i < 23; i++)
                judge_as(l, VERDICT_PASS, SEVERITY_INFO);
        assert_null(strstr(ledger_events(l), "settled"));
        judge_as(l, VERDICT_PASS, SEVERITY_INFO);
        judge_as(l, VERDICT_PASS, SEVERITY_INFO);
        assert_non_null(strstr(ledger_events(l), "settled LOC-001 (closed)"));
        assert_string_equal(flapping_findings(l, &line), "LOC-001 still");
        judge_as(l, VERDICT_FAIL, SEVERITY_MEDIUM);
        assert_string_equal(ledger_events(l), "opened LOC-001 a fail, finished");
}

static void store_flapping_finding_settles_open(void **state)
{
        struct ledger *l = *state;

        store_damp(l->store, 4, 5 * LEDGER_HOUR);
        flap_a_finding(l, 5);
        (void)ledger_events(l);
        for (int i = 0; i < 6; i++)
                judge_as(l, VERDICT_FAIL, SEVERITY_MEDIUM);
        assert_non_null(strstr(ledger_events(l), "settled LOC-001 (opened)"));
}

static void store_flapping_finding_that_is_worse_is_told(void **state)
{
        struct ledger *l = *state;

        store_damp(l->store, 4, DAY);
        flap_a_finding(l, 5);
        (void)ledger_events(l);
        judge_as(l, VERDICT_FAIL, SEVERITY_CRITICAL);
        assert_string_equal(ledger_events(l), "worsened LOC-001 a fail, finished");
        judge_as(l, VERDICT_PASS, SEVERITY_INFO);
        judge_as(l, VERDICT_FAIL, SEVERITY_CRITICAL); /* as bad as what was told */
        assert_string_equal(ledger_events(l), "finished, finished");
}

/* Too slow to be flapping: each change is told. */
static void store_slow_changes_are_told(void **state)
{
        struct ledger *l = *state;

        store_damp(l->store, 4, 3 * LEDGER_HOUR);
        flap_a_finding(l, 8);
        assert_null(strstr(ledger_events(l), "flapping"));
}

static void store_damping_can_be_off(void **state)
{
        struct ledger *l = *state;

        store_damp(l->store, 4, 0);
        flap_a_finding(l, 8);
        assert_null(strstr(ledger_events(l), "flapping"));
}

/* A severity that moves while the finding stays open is no flapping. */
static void store_severities_do_not_flap(void **state)
{
        struct ledger *l = *state;

        store_damp(l->store, 4, DAY);
        for (int i = 0; i < 8; i++)
                judge_as(l, VERDICT_FAIL, i % 2 ? SEVERITY_HIGH : SEVERITY_LOW);
        assert_null(strstr(ledger_events(l), "flapping"));
}

static int on_flapping_resource(void *user, const struct store_resource *r)
{
        add(user, "%s %s", r->resource->id, r->flapping ? "flapping" : "still");
        return 0;
}

static void store_flapping_resource_is_told_once(void **state)
{
        const struct store_filter all = { .all = true };
        struct ledger *l = *state;
        struct line line = { "" };
        struct error err = { 0 };

        store_damp(l->store, 4, DAY);
        ledger_scan(l, &one, 1);
        for (int i = 0; i < 4; i++) {
                ledger_scan(l, &none, 1);
                ledger_scan(l, &none, 1);
                ledger_scan(l, &one, 1);
        }
        assert_string_equal(ledger_events(l),
                            "finished, finished, gone a, finished, appeared a, finished, "
                            "finished, gone a, finished, flapping a (appeared), finished, "
                            "finished, finished, finished, finished, finished, finished");
        assert_int_equal(store_each_resource(l->store, &all, on_flapping_resource, &line, &err), 0);
        assert_string_equal(line.text, "a flapping");
        for (int i = 0; i < 25; i++)
                ledger_scan(l, &one, 1);
        assert_non_null(strstr(ledger_events(l), "settled a (appeared)"));
}

static int on_flapping_coverage(void *user, const struct store_coverage *c)
{
        add(user, "%s %s", c->coverage.place.region, c->flapping ? "flapping" : "still");
        return 0;
}

static void store_flapping_coverage_is_told_once(void **state)
{
        const struct store_filter all = { .all = true };
        struct ledger *l = *state;
        struct line line = { "" };
        struct error err = { 0 };

        store_damp(l->store, 4, DAY);
        ledger_scan(l, &one, 1);
        for (int i = 0; i < 6; i++)
                ledger_scan(l, i % 2 == 0 ? &denied : &one, 1);
        assert_string_equal(ledger_events(l),
                            "finished, lost eu-west-1, finished, restored eu-west-1, finished, "
                            "lost eu-west-1, finished, flapping eu-west-1 (restored), finished, "
                            "finished, finished");
        assert_int_equal(store_each_coverage(l->store, &all, on_flapping_coverage, &line, &err), 0);
        assert_string_equal(line.text, "eu-west-1 flapping");
        /* stable, and lost: that is what is told */
        for (int i = 0; i < 26; i++)
                ledger_scan(l, &denied, 1);
        assert_non_null(strstr(ledger_events(l), "settled eu-west-1 (lost)"));
        ledger_scan(l, &one, 1);
        assert_string_equal(ledger_events(l), "restored eu-west-1, finished");
}

/* A whole account that cannot be signed in to, every other time. */
static void store_flapping_sign_in_is_told_once(void **state)
{
        const struct store_trouble refused = {
                .provider = "aws", .account = "prod", .state = COVERAGE_EXPIRED, .cause = "refused"
        };
        struct ledger *l = *state;
        struct error err = { 0 };

        store_damp(l->store, 4, DAY);
        ledger_scan(l, &one, 1);
        for (int i = 0; i < 6; i++) {
                ledger_begin(l);
                if (i % 2 == 0)
                        assert_int_equal(store_scan_trouble(l->scan, &refused, &err), 0);
                else
                        ledger_visit(l, &one);
                ledger_collected(l, true);
                ledger_end(l);
        }
        assert_string_equal(ledger_events(l),
                            "finished, credentials prod, finished, restored prod, finished, "
                            "credentials prod, finished, flapping  (restored), finished, "
                            "finished, finished");
        for (int i = 0; i < 26; i++)
                ledger_scan(l, &one, 1);
        assert_non_null(strstr(ledger_events(l), "settled  (restored)"));
}

/* Of an account that was not scanned it is not known whether it is stable. */
static void store_settles_only_what_was_looked_at(void **state)
{
        static const char *const lab[] = { "lab", NULL };
        struct ledger *l = *state;
        struct error err = { 0 };

        store_damp(l->store, 4, 2 * LEDGER_HOUR);
        store_damp(l->store, 4, DAY);
        flap_a_finding(l, 5);
        (void)ledger_events(l);
        for (int i = 0; i < 30; i++) {
                l->now_usec += LEDGER_HOUR;
                assert_int_equal(store_scan_begin(&l->scan, l->store, lab, l->now_usec, &err), 0);
                ledger_collected(l, true);
                ledger_end(l);
        }
        assert_null(strstr(ledger_events(l), "settled"));
        judge_as(l, VERDICT_FAIL, SEVERITY_MEDIUM);
        assert_non_null(strstr(ledger_events(l), "settled LOC-001 (opened)"));
}

/* The state survives a restart, and the alert is in the transaction of the change. */
static void store_flapping_outlives_the_process(void **state)
{
        struct ledger *l = *state;
        struct line line;

        store_damp(l->store, 4, DAY);
        flap_a_finding(l, 4);
        (void)ledger_events(l);
        ledger_close(l);
        ledger_open(l);
        store_damp(l->store, 4, DAY);
        assert_string_equal(flapping_findings(l, &line), "LOC-001 flapping");
        judge_as(l, VERDICT_FAIL, SEVERITY_MEDIUM);
        assert_string_equal(ledger_events(l), "finished");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define WITH_LEDGER(test) cmocka_unit_test_setup_teardown(test, ledger_setup, ledger_teardown)
                WITH_LEDGER(store_span_has_facts_from_and_to),
                WITH_LEDGER(store_span_leaves_long_values_out),
                WITH_LEDGER(store_span_has_what_came_and_went),
                WITH_LEDGER(store_span_is_lost_and_not_gone),
                WITH_LEDGER(store_span_has_lists_that_are_new),
                WITH_LEDGER(store_span_writes_nothing_when_nothing_changes),
                WITH_LEDGER(store_span_has_verdicts_from_and_to),
                WITH_LEDGER(store_span_keeps_what_was_said),
                WITH_LEDGER(store_span_forgets_what_is_old),
                WITH_LEDGER(store_scans_say_what_judged_them),
                WITH_LEDGER(store_of_format_1_goes_on),
                WITH_LEDGER(store_span_since_is_the_beginning),
                WITH_LEDGER(store_flapping_finding_is_told_once),
                WITH_LEDGER(store_flapping_finding_settles_open),
                WITH_LEDGER(store_flapping_finding_that_is_worse_is_told),
                WITH_LEDGER(store_slow_changes_are_told),
                WITH_LEDGER(store_damping_can_be_off),
                WITH_LEDGER(store_severities_do_not_flap),
                WITH_LEDGER(store_flapping_resource_is_told_once),
                WITH_LEDGER(store_flapping_coverage_is_told_once),
                WITH_LEDGER(store_flapping_sign_in_is_told_once),
                WITH_LEDGER(store_settles_only_what_was_looked_at),
                WITH_LEDGER(store_flapping_outlives_the_process),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
