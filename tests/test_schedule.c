#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "daemon/base/clock.h"
#include "daemon/watch/schedule.h"

#define MINUTES(n) ((n)*USEC_PER_MINUTE)

/* a: every 15 minutes, as everything; b: every hour */
static struct account_config accounts[] = {
        { .name = (char[]){ "a" } },
        { .name = (char[]){ "b" }, .interval_usec = MINUTES(60) },
};
static const struct config config = {
        .interval_usec = MINUTES(15),
        .accounts = accounts,
        .n_accounts = ELEMENTSOF(accounts),
};

static void schedule_begins_with_everything(void **state)
{
        struct schedule s = { 0 };
        const char *account = "";

        assert_int_equal(schedule_init(&s, &config, MINUTES(100), 1, NULL), 0);
        assert_int_equal(schedule_wake_usec(&s), MINUTES(100));
        assert_int_equal(schedule_next(&s, &config, MINUTES(100), &account), 1);
        assert_null(account);
        schedule_done(&s);
}

static void schedule_gives_each_account_its_interval(void **state)
{
        struct schedule s = { 0 };
        const char *account = "";

        assert_int_equal(schedule_init(&s, &config, 0, 1, NULL), 0);
        schedule_scanned(&s, &config, NULL, 0, 0);
        assert_int_equal(schedule_wake_usec(&s), MINUTES(15));
        assert_int_equal(schedule_next(&s, &config, MINUTES(10), &account), 0);
        assert_int_equal(schedule_next(&s, &config, MINUTES(15), &account), 1);
        assert_string_equal(account, "a");
        schedule_scanned(&s, &config, "a", MINUTES(15), MINUTES(15));
        assert_int_equal(schedule_next(&s, &config, MINUTES(16), &account), 0);
        assert_int_equal(schedule_wake_usec(&s), MINUTES(30));
        schedule_scanned(&s, &config, "a", MINUTES(45), MINUTES(45));
        assert_int_equal(schedule_next(&s, &config, MINUTES(60), &account), 1);
        assert_null(account); /* both are due: one scan does it */
        schedule_done(&s);
}

static void schedule_takes_what_is_due_in_a_moment(void **state)
{
        struct schedule s = { 0 };
        const char *account = "";

        assert_int_equal(schedule_init(&s, &config, 0, 1, NULL), 0);
        schedule_scanned(&s, &config, NULL, 0, 0);
        /* a timer that fires half a minute early must not sleep for half a minute */
        assert_int_equal(schedule_next(&s, &config, MINUTES(15) - 30 * USEC_PER_SEC, &account), 1);
        assert_int_equal(schedule_next(&s, &config, MINUTES(13), &account), 0);
        schedule_done(&s);
}

static void schedule_catches_up_once_after_suspend(void **state)
{
        struct schedule s = { 0 };
        const char *account = "";

        assert_int_equal(schedule_init(&s, &config, 0, 1, NULL), 0);
        schedule_scanned(&s, &config, NULL, 0, 0);
        assert_int_equal(schedule_next(&s, &config, MINUTES(1000), &account), 1);
        schedule_scanned(&s, &config, NULL, MINUTES(1000), MINUTES(1000));
        assert_int_equal(schedule_next(&s, &config, MINUTES(1001), &account), 0);
        schedule_done(&s);
}

static void schedule_tries_sooner_and_never_later(void **state)
{
        struct schedule s = { 0 };

        assert_int_equal(schedule_init(&s, &config, 0, 1, NULL), 0);
        schedule_scanned(&s, &config, NULL, 0, 1);
        schedule_sooner(&s, &config, "b", MINUTES(1));
        assert_int_equal(schedule_wake_usec(&s), MINUTES(1));
        assert_int_equal(s.entries[0].due_usec, MINUTES(15));
        schedule_sooner(&s, &config, NULL, MINUTES(30));
        assert_int_equal(s.entries[0].due_usec, MINUTES(15));
        assert_int_equal(s.entries[1].due_usec, MINUTES(1));
        schedule_done(&s);
}

static uint64_t due_with(const char *seed, size_t index)
{
        struct schedule s = { 0 };
        uint64_t due_usec;

        assert_int_equal(schedule_init(&s, &config, MINUTES(100), 1, seed), 0);
        due_usec = s.entries[index].due_usec;
        schedule_done(&s);
        return due_usec;
}

static void schedule_spreads_the_first_scans(void **state)
{
        char seed[32];
        bool apart = false;

        for (int i = 0; i < 100; i++) {
                (void)snprintf(seed, sizeof(seed), "machine-%d", i);
                for (size_t k = 0; k < config.n_accounts; k++) {
                        assert_true(due_with(seed, k) >= MINUTES(100));
                        assert_true(due_with(seed, k) < MINUTES(105));
                        assert_int_equal(due_with(seed, k), due_with(seed, k));
                }
                assert_int_not_equal(due_with(seed, 0), due_with(seed, 1));
                apart = apart || due_with(seed, 0) > due_with("machine", 0) + MINUTES(2) ||
                        due_with("machine", 0) > due_with(seed, 0) + MINUTES(2);
        }
        assert_true(apart);
}

static void schedule_tells_once_that_scans_no_longer_finish(void **state)
{
        struct schedule s = { 0 };

        assert_int_equal(schedule_init(&s, &config, 0, MINUTES(10), NULL), 0);
        schedule_scanned(&s, &config, NULL, 0, MINUTES(20));
        assert_int_equal(schedule_overdue_usec(&s, &config), MINUTES(20 + 2 * 15));
        assert_null(schedule_overdue(&s, &config, MINUTES(49)));
        schedule_scanned(&s, &config, NULL, MINUTES(40), 0); /* one that could not be carried out */
        assert_string_equal(schedule_overdue(&s, &config, MINUTES(50)), "a");
        assert_null(schedule_overdue(&s, &config, MINUTES(50)));
        assert_int_equal(schedule_overdue_usec(&s, &config), MINUTES(20 + 2 * 60));
        assert_string_equal(schedule_overdue(&s, &config, MINUTES(140)), "b");
        assert_int_equal(schedule_overdue_usec(&s, &config), UINT64_MAX);
        schedule_scanned(&s, &config, "a", MINUTES(150), MINUTES(160));
        assert_int_equal(schedule_overdue_usec(&s, &config), MINUTES(190));
        schedule_done(&s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(schedule_begins_with_everything),
                cmocka_unit_test(schedule_gives_each_account_its_interval),
                cmocka_unit_test(schedule_takes_what_is_due_in_a_moment),
                cmocka_unit_test(schedule_catches_up_once_after_suspend),
                cmocka_unit_test(schedule_spreads_the_first_scans),
                cmocka_unit_test(schedule_tries_sooner_and_never_later),
                cmocka_unit_test(schedule_tells_once_that_scans_no_longer_finish),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
