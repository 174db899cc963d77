/* The programme that a page of the report has: as of when, by which registers, and why not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/json.h"
#include "daemon/watch/programme-page.h"
#include "tests/support/ledger.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static void put_file(const struct ledger *l, const char *name, const char *text)
{
        _cleanup_(freep) char *path = ledger_path(l, name);
        FILE *out = fopen(path, "we");

        assert_non_null(out);
        assert_true(fputs(text, out) >= 0);
        assert_int_equal(fclose(out), 0);
}

/* A configuration whose one register entry is in force until two weeks after LEDGER_START. */
static char *configure(const struct ledger *l, const char *config)
{
        _cleanup_(freep) char *folder = ledger_path(l, "registers");

        assert_int_equal(mkdir(folder, 0700), 0);
        put_file(l, "vigie.yaml", config);
        put_file(l, "registers/people.yaml",
                 "training:\n"
                 "  - {id: T-1, owner: rh, proof: P, date: 2026-01-05, review: 2026-08-01,"
                 " team: data, content: all, people: 3}\n");
        return ledger_path(l, "vigie.yaml");
}

static void scan(struct ledger *l, uint64_t judged_usec)
{
        json_auto_t *parts = json_pack("{s:s}", "rules", "00ff");
        struct error err = { 0 };

        ledger_begin(l);
        ledger_visit(l, &(struct visit){ .ids = "a" });
        ledger_collected(l, true);
        if (judged_usec > 0)
                assert_int_equal(store_judged_by(l->scan, parts, judged_usec, &err), 0);
        ledger_end(l);
}

static const char *state_of(const struct programme *p)
{
        return json_member_string(json_array_get(p->registers, 0), "state");
}

static void programme_page_is_as_of_the_last_judging(void **state)
{
        struct ledger *l = *state;
        struct report_request request = { .store = l->store };
        struct programme_page page;
        _cleanup_(freep) char *path = configure(l, "interval: 1h\n");

        scan(l, LEDGER_START);
        assert_int_equal(programme_page_take(&page, path, &request), 0);
        assert_ptr_equal(request.programme, page.programme);
        assert_null(request.no_programme);
        assert_string_equal(state_of(page.programme), "in-force");
        programme_page_done(&page);
        scan(l, LEDGER_START + 24 * LEDGER_HOUR * 60);
        assert_int_equal(programme_page_take(&page, path, &request), 0);
        assert_string_equal(state_of(page.programme), "review-missed");
        programme_page_done(&page);
}

static void programme_page_of_what_was_never_judged_is_as_of_now(void **state)
{
        struct ledger *l = *state;
        struct report_request request = { .store = l->store };
        struct programme_page page;
        _cleanup_(freep) char *path = configure(l, "interval: 1h\n");

        scan(l, 0);
        assert_int_equal(programme_page_take(&page, path, &request), 0);
        assert_string_equal(state_of(page.programme), "review-missed");
        programme_page_done(&page);
}

static void programme_page_says_what_could_not_be_read(void **state)
{
        struct ledger *l = *state;
        struct report_request request = { .store = l->store };
        struct programme_page page;
        _cleanup_(freep) char *path = configure(l, "interval: 1h\nno_such_key: 1\n");

        scan(l, LEDGER_START);
        assert_int_equal(programme_page_take(&page, path, &request), -EINVAL);
        assert_null(request.programme);
        assert_non_null(strstr(request.no_programme, "vigie.yaml:2:1"));
        assert_non_null(strstr(request.no_programme, "no_such_key"));
        programme_page_done(&page);
        put_file(l, "vigie.yaml", "interval: 1h\n");
        put_file(l, "registers/people.yaml", "training: [{id: T-1, owner: rh}]\n");
        assert_int_equal(programme_page_take(&page, path, &request), -EINVAL);
        assert_non_null(strstr(request.no_programme, "registers/people.yaml:1:"));
        programme_page_done(&page);
}

#define WITH_LEDGER(f) cmocka_unit_test_setup_teardown(f, ledger_setup, ledger_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                WITH_LEDGER(programme_page_is_as_of_the_last_judging),
                WITH_LEDGER(programme_page_of_what_was_never_judged_is_as_of_now),
                WITH_LEDGER(programme_page_says_what_could_not_be_read),
        };

        (void)setenv("VIGIE_DATADIR", "config", 1); /* the tests run from the top of the tree */
        return cmocka_run_group_tests_name("programme_page", tests, NULL, NULL);
}
