/* The times that templates know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/engine/job.h"
#include "daemon/engine/site.h"

static const char *no_variable(const struct account *a, const struct scope *scope,
                               const char *region, const char *name)
{
        return NULL;
}

static json_t *value_at(const char *time, const char *name)
{
        const struct provider provider = { .name = "bench", .variable = no_variable };
        struct scan scan = { 0 };
        struct scan_account account = { .scan = &scan, .provider = &provider };
        struct scan_scope scope = { .account = &account };
        struct site site = { .scope = &scope, .region = (char *)"eu-west-3" };
        struct frame frame = { .site = &site };

        assert_int_equal(clock_parse_iso8601(time, &scan.started_usec), 0);
        return frame_value(&frame, name);
}

static const struct {
        const char *name, *expected; /* canonical; NULL: there is no such name */
} rows[] = {
        { "since", "\"2026-05-29T00:00:00Z\"" },
        { "since_epoch", "1780012800" },
        { "since14", "\"2026-11-11T00:00:00Z\"" },
        { "since14_epoch", "1794355200" },
        { "since14_date", "\"2026-11-11\"" },
        { "since0_date", "\"2026-11-25\"" },
        { "until", "\"2026-11-26T00:00:00Z\"" },
        { "until_epoch", "1795651200" },
        { "until_date", "\"2026-11-26\"" },
        { "since14_day", NULL },
        { "since99999", NULL },
        { "since-1", NULL },
        { "sinceful", NULL },
        { "untilled", NULL },
};

/* Once in the morning and once at night: what is asked is the same all day. */
static void frame_times_are_whole_days(void **state)
{
        static const char *const times[] = { "2026-11-25T00:00:00Z", "2026-11-25T23:59:59Z" };

        for (size_t t = 0; t < ELEMENTSOF(times); t++)
                for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                        json_auto_t *value = value_at(times[t], rows[i].name);
                        _cleanup_(freep) char *text = value ? json_canonical(value) : NULL;

                        print_message("%s\n", rows[i].name);
                        if (rows[i].expected)
                                assert_string_equal(text ? text : "(nothing)", rows[i].expected);
                        else
                                assert_null(text);
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(frame_times_are_whole_days) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
