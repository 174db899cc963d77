#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

        assert_int_equal(schedule_init(&s, &config, MINUTES(100)), 0);
        assert_int_equal(schedule_wake_usec(&s), MINUTES(100));
        assert_int_equal(schedule_next(&s, &config, MINUTES(100), &account), 1);
        assert_null(account);
        schedule_done(&s);
}

static void schedule_gives_each_account_its_interval(void **state)
{
        struct schedule s = { 0 };
        const char *account = "";

        assert_int_equal(schedule_init(&s, &config, 0), 0);
        schedule_scanned(&s, &config, NULL, 0);
        assert_int_equal(schedule_wake_usec(&s), MINUTES(15));
        assert_int_equal(schedule_next(&s, &config, MINUTES(10), &account), 0);
        assert_int_equal(schedule_next(&s, &config, MINUTES(15), &account), 1);
        assert_string_equal(account, "a");
        schedule_scanned(&s, &config, "a", MINUTES(15));
        assert_int_equal(schedule_next(&s, &config, MINUTES(16), &account), 0);
        assert_int_equal(schedule_wake_usec(&s), MINUTES(30));
        schedule_scanned(&s, &config, "a", MINUTES(45));
        assert_int_equal(schedule_next(&s, &config, MINUTES(60), &account), 1);
        assert_null(account); /* both are due: one scan does it */
        schedule_done(&s);
}

static void schedule_takes_what_is_due_in_a_moment(void **state)
{
        struct schedule s = { 0 };
        const char *account = "";

        assert_int_equal(schedule_init(&s, &config, 0), 0);
        schedule_scanned(&s, &config, NULL, 0);
        /* a timer that fires half a minute early must not sleep for half a minute */
        assert_int_equal(schedule_next(&s, &config, MINUTES(15) - 30 * USEC_PER_SEC, &account), 1);
        assert_int_equal(schedule_next(&s, &config, MINUTES(13), &account), 0);
        schedule_done(&s);
}

static void schedule_catches_up_once_after_suspend(void **state)
{
        struct schedule s = { 0 };
        const char *account = "";

        assert_int_equal(schedule_init(&s, &config, 0), 0);
        schedule_scanned(&s, &config, NULL, 0);
        assert_int_equal(schedule_next(&s, &config, MINUTES(1000), &account), 1);
        schedule_scanned(&s, &config, NULL, MINUTES(1000));
        assert_int_equal(schedule_next(&s, &config, MINUTES(1001), &account), 0);
        schedule_done(&s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(schedule_begins_with_everything),
                cmocka_unit_test(schedule_gives_each_account_its_interval),
                cmocka_unit_test(schedule_takes_what_is_due_in_a_moment),
                cmocka_unit_test(schedule_catches_up_once_after_suspend),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
