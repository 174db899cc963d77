#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/json.h"
#include "tests/support/ledger.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int on_description(void *user, const char *provider, const char *account,
                          const json_t *description)
{
        struct ledger *l = user;
        size_t used = strlen(l->text);

        (void)snprintf(l->text + used, sizeof(l->text) - used, "%s%s/%s/%s", used ? " " : "",
                       provider, account, json_member_string(description, "offer"));
        return 0;
}

static int on_stop(void *user, const char *provider, const char *account, const json_t *description)
{
        return *(int *)user;
}

static void describe(struct ledger *l, const struct visit *v, const char *id, const char *offer)
{
        _cleanup_(resource_freep) struct resource *r = ledger_resource(v, id);
        json_auto_t *description = json_pack("{s:s}", "offer", offer);
        char key[RESOURCE_KEY_MAX];
        struct error err = { 0 };

        if (store_describe(l->scan, resource_key(r, key), description, &err) < 0)
                fail_msg("%s", err.text);
}

/* Two accounts, one of them with two things of one offer, in two regions. */
static void fill(struct ledger *l)
{
        const struct visit west = { .ids = "a b" }, paris = { .ids = "c", .region = "eu-west-3" },
                           lab = { .ids = "d", .account = "lab" };

        ledger_begin(l);
        ledger_visit(l, &west);
        ledger_visit(l, &paris);
        ledger_visit(l, &lab);
        ledger_collected(l, true);
        describe(l, &west, "a", "model");
        describe(l, &west, "b", "model");
        describe(l, &paris, "c", "model");
        describe(l, &lab, "d", "host");
        ledger_end(l);
}

static void store_tells_each_description_of_an_account_once(void **state)
{
        struct ledger *l = *state;
        struct error err = { 0 };

        fill(l);
        l->text[0] = '\0';
        assert_int_equal(store_each_description(l->store, on_description, l, &err), 0);
        assert_string_equal(l->text, "aws/lab/host aws/prod/model");
}

/* What is gone is nobody's any more; what was never described is passed over. */
static void store_tells_no_description_of_what_is_gone(void **state)
{
        const struct visit none = { .account = "lab" }, fresh = { .ids = "e", .account = "lab" };
        struct ledger *l = *state;
        struct error err = { 0 };

        fill(l);
        ledger_scan(l, &none, 1);
        ledger_scan(l, &none, 1);
        ledger_scan(l, &fresh, 1);
        l->text[0] = '\0';
        assert_int_equal(store_each_description(l->store, on_description, l, &err), 0);
        assert_string_equal(l->text, "aws/prod/model");
}

static void store_stops_at_what_the_callback_says(void **state)
{
        struct ledger *l = *state;
        struct error err = { 0 };
        int how = -ERANGE;

        fill(l);
        assert_int_equal(store_each_description(l->store, on_stop, &how, &err), -ERANGE);
        how = 1;
        assert_int_equal(store_each_description(l->store, on_stop, &how, &err), 0);
}

#define WITH_LEDGER(f) cmocka_unit_test_setup_teardown(f, ledger_setup, ledger_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                WITH_LEDGER(store_tells_each_description_of_an_account_once),
                WITH_LEDGER(store_tells_no_description_of_what_is_gone),
                WITH_LEDGER(store_stops_at_what_the_callback_says),
        };

        return cmocka_run_group_tests_name("store_description", tests, NULL, NULL);
}
