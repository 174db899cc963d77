#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/list.h"

static char *const two[] = { (char *)"eu-west-3", (char *)"fr-PAR", NULL };
static char *const none[] = { NULL };

static void list_has_what_stands_in_it(void **state)
{
        assert_true(list_has(two, "eu-west-3"));
        assert_true(list_has(two, "fr-PAR"));
        assert_false(list_has(two, "fr-par"));
        assert_false(list_has(two, "eu-west"));
        assert_false(list_has(two, ""));
        assert_false(list_has(none, "eu-west-3"));
}

static void list_has_it_in_capitals_or_not(void **state)
{
        assert_true(list_has_nocase(two, "fr-par"));
        assert_true(list_has_nocase(two, "EU-WEST-3"));
        assert_false(list_has_nocase(two, "fr"));
        assert_false(list_has_nocase(none, "fr-par"));
}

static void list_has_nothing_when_one_is_not_there(void **state)
{
        assert_false(list_has(NULL, "x"));
        assert_false(list_has(two, NULL));
        assert_false(list_has_nocase(NULL, "x"));
        assert_false(list_has_nocase(two, NULL));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(list_has_what_stands_in_it),
                cmocka_unit_test(list_has_it_in_capitals_or_not),
                cmocka_unit_test(list_has_nothing_when_one_is_not_there),
        };

        return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
