/* Waivers in the store: kept with what they hold for, listed, and their end told once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/json.h"
#include "tests/support/ledger.h"

#include <sqlite3.h>
#include <string.h>

static const struct visit two = { .ids = "a b" };
static const struct judgement fail_high = { .verdict = VERDICT_FAIL, .severity = SEVERITY_HIGH };

static json_t *waiver(const char *id, const char *owner, const char *until)
{
        return json_pack("{s:s, s:s, s:s, s:s}", "id", id, "owner", owner, "reason", "r", "until",
                         until);
}

static json_t *listed(const char *id, const char *until, const char *state)
{
        json_t *row = waiver(id, "Risques", until);

        (void)json_object_set_new(row, "rules", json_pack("[s, s]", "LOC-001", "GOV-*"));
        (void)json_object_set_new(row, "state", json_string(state));
        return row;
}

static void scan_begin(struct ledger *l)
{
        ledger_begin(l);
        ledger_visit(l, &two);
        ledger_collected(l, true);
}

static void judge_waived(struct ledger *l, const char *id, const char *owner)
{
        json_auto_t *w = waiver("W-1", owner, "2027-03-31");
        const struct judgement j = { .verdict = VERDICT_WAIVED,
                                     .severity = SEVERITY_HIGH,
                                     .waiver = w };

        ledger_judge(l, &two, id, &j);
}

static int on_finding(void *user, const struct store_finding *f)
{
        char **ret = user;

        if (strcmp(f->resource_id, "a") == 0)
                *ret = f->waiver ? json_canonical(f->waiver) : strdup("none");
        return 0;
}

static char *waiver_of_a(struct ledger *l)
{
        const struct store_filter all = { .all = true };
        struct error err = { 0 };
        char *text = NULL;

        assert_int_equal(store_each_finding(l->store, &all, on_finding, &text, &err), 0);
        assert_non_null(text);
        return text;
}

static void store_keeps_the_waiver_with_the_finding(void **state)
{
        static const char *const owners[] = { "Risques", "Risques", "DSI" };
        static const char *const kept[] = {
                "{\"id\":\"W-1\",\"owner\":\"Risques\",\"reason\":\"r\",\"until\":\"2027-03-31\"}",
                "{\"id\":\"W-1\",\"owner\":\"Risques\",\"reason\":\"r\",\"until\":\"2027-03-31\"}",
                "{\"id\":\"W-1\",\"owner\":\"DSI\",\"reason\":\"r\",\"until\":\"2027-03-31\"}",
        };
        static const bool written[] = { true, false, true };
        struct ledger *l = *state;

        for (size_t i = 0; i < ELEMENTSOF(owners); i++) {
                _cleanup_(freep) char *text = NULL;
                uint64_t before;

                scan_begin(l);
                before = store_rows_written(l->store);
                judge_waived(l, "a", owners[i]);
                assert_true((store_rows_written(l->store) > before) == written[i]);
                ledger_end(l);
                text = waiver_of_a(l);
                assert_string_equal(text, kept[i]);
                assert_string_equal(ledger_findings(l, NULL), "LOC-001 a waived high");
                assert_string_equal(ledger_events(l), "finished");
        }
}

static void store_brings_back_what_was_waived(void **state)
{
        struct ledger *l = *state;
        _cleanup_(freep) char *text = NULL;

        scan_begin(l);
        ledger_judge(l, &two, "a", &fail_high);
        ledger_end(l);
        assert_string_equal(ledger_events(l), "opened LOC-001 a fail, finished");
        scan_begin(l);
        judge_waived(l, "a", "Risques");
        ledger_end(l);
        assert_string_equal(ledger_events(l), "closed LOC-001 a waived, finished");
        scan_begin(l);
        ledger_judge(l, &two, "a", &fail_high);
        ledger_end(l);
        assert_string_equal(ledger_events(l), "opened LOC-001 a fail, finished");
        text = waiver_of_a(l);
        assert_string_equal(text, "none");
}

/* ---- the list ----------------------------------------------------------------------------------
 */

static void put_list(struct ledger *l, json_t *list)
{
        json_auto_t *own = list;
        struct error err = { 0 };

        if (store_waivers(l->scan, own, &err) < 0)
                fail_msg("%s", err.text);
}

static void assert_known(struct ledger *l, const char *id, int waived)
{
        json_auto_t *list = NULL;
        struct error err = { 0 };
        json_t *row;
        size_t i;

        assert_int_equal(store_waivers_known(l->store, &list, &err), 0);
        json_array_foreach(list, i, row)
        {
                if (strcmp(json_member_string(row, "id"), id) != 0)
                        continue;
                assert_int_equal(json_integer_value(json_object_get(row, "waived")), waived);
                return;
        }
        fail_msg("no waiver %s", id);
}

static void store_counts_what_waivers_hold_for(void **state)
{
        struct ledger *l = *state;
        json_auto_t *none = NULL;
        struct error err = { 0 };

        assert_int_equal(store_waivers_known(l->store, &none, &err), 0);
        assert_int_equal(json_array_size(none), 0);
        scan_begin(l);
        put_list(l, json_pack("[o, o]", listed("W-1", "2027-03-31", "in-force"),
                              listed("W-2", "2027-03-31", "in-force")));
        judge_waived(l, "a", "Risques");
        judge_waived(l, "b", "DSI"); /* one waiver, whose owner was changed in between */
        ledger_end(l);
        assert_known(l, "W-1", 2);
        assert_known(l, "W-2", 0);
        scan_begin(l);
        put_list(l, json_pack("[o]", listed("W-1", "2027-03-31", "in-force")));
        judge_waived(l, "a", "Risques");
        ledger_judge(l, &two, "b", &fail_high);
        ledger_end(l);
        assert_known(l, "W-1", 1);
        ledger_scan(l, &(struct visit){ .ids = "b" }, 1);
        ledger_scan(l, &(struct visit){ .ids = "b" }, 1);
        assert_known(l, "W-1", 0); /* what is gone is not waived */
}

static void store_tells_the_end_of_a_waiver_once(void **state)
{
        static const struct {
                const char *until, *state, *events;
        } scans[] = {
                { "2026-07-19", "ending", "finished" },
                { "2026-07-19", "ended", "waiver W-1 2026-07-19 LOC-001, GOV-*, finished" },
                { "2026-07-19", "ended", "finished" },
                { "2026-07-20", "in-force", "finished" }, /* prolonged */
                { "2026-07-20", "ended", "waiver W-1 2026-07-20 LOC-001, GOV-*, finished" },
                { "2026-07-20", "ended", "finished" },
        };
        struct ledger *l = *state;

        for (size_t i = 0; i < ELEMENTSOF(scans); i++) {
                scan_begin(l);
                put_list(l, json_pack("[o]", listed("W-1", scans[i].until, scans[i].state)));
                ledger_end(l);
                ledger_close(l);
                ledger_open(l);
                assert_string_equal(ledger_events(l), scans[i].events);
        }
}

/* ---- a store of before -------------------------------------------------------------------------
 */

static void run_sql(const struct ledger *l, const char *sql)
{
        _cleanup_(freep) char *path = ledger_path(l, "vigie.db");
        sqlite3 *db = NULL;
        char *text = NULL;

        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        if (sqlite3_exec(db, sql, NULL, NULL, &text) != SQLITE_OK)
                fail_msg("%s", text);
        (void)sqlite3_close(db);
}

static void store_of_before_waivers_is_brought_up_to_date(void **state)
{
        struct ledger *l = *state;
        _cleanup_(freep) char *text = NULL;

        scan_begin(l);
        ledger_judge(l, &two, "a", &fail_high);
        ledger_end(l);
        (void)ledger_events(l);
        ledger_close(l);
        run_sql(l, "DROP INDEX finding_waived; DROP TABLE waiver_told;"
                   "ALTER TABLE saying DROP COLUMN waiver;"
                   /* what came after the waivers */
                   "DROP INDEX history_scan; DROP TABLE drift; DROP TABLE basis; DROP TABLE flap;"
                   "ALTER TABLE scan DROP COLUMN basis; ALTER TABLE scan DROP COLUMN judged;"
                   "ALTER TABLE scan DROP COLUMN census;"
                   "ALTER TABLE history DROP COLUMN saying_from;"
                   "ALTER TABLE history DROP COLUMN saying_to;"
                   "DELETE FROM meta WHERE name = 'drift_since';"
                   "DROP TABLE denial; ALTER TABLE pass DROP COLUMN asked;"
                   "ALTER TABLE account DROP COLUMN signs_in; PRAGMA user_version = 1");
        ledger_open(l);
        text = waiver_of_a(l);
        assert_string_equal(text, "none");
        scan_begin(l);
        ledger_judge(l, &two, "a", &fail_high);
        ledger_end(l);
        assert_string_equal(ledger_events(l), "finished"); /* nothing is said anew */
        scan_begin(l);
        judge_waived(l, "a", "Risques");
        ledger_end(l);
        assert_string_equal(ledger_events(l), "closed LOC-001 a waived, finished");
}

#define LEDGER_TEST(f) cmocka_unit_test_setup_teardown(f, ledger_setup, ledger_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(store_keeps_the_waiver_with_the_finding),
                LEDGER_TEST(store_brings_back_what_was_waived),
                LEDGER_TEST(store_counts_what_waivers_hold_for),
                LEDGER_TEST(store_tells_the_end_of_a_waiver_once),
                LEDGER_TEST(store_of_before_waivers_is_brought_up_to_date),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
