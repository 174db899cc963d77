/* What the daemon keeps between scans: less than was read, and enough for the next one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/model/offered.h"
#include "daemon/watch/setup.h"

static const char configuration[] = "accounts:\n"
                                    "  - {name: a, provider: aws}\n"
                                    "  - {name: b, provider: scaleway}\n";

static struct setup *load(void)
{
        char path[] = "/tmp/vigie-setup-XXXXXX";
        _cleanup_(closep) int fd = mkstemp(path);
        struct setup *s = NULL;
        struct error err = { 0 };

        assert_true(fd >= 0);
        assert_int_equal(write(fd, configuration, strlen(configuration)), strlen(configuration));
        if (setup_load(&s, path, &err) < 0)
                fail_msg("%s", err.text);
        (void)unlink(path);
        return s;
}

static void setup_keeps_what_an_account_needs(void **state)
{
        _cleanup_(setup_freep) struct setup *s = load();
        size_t all = s->catalogue->n_services, aws = 0, scaleway = 0;

        setup_trim(s);
        assert_true(s->catalogue->n_services < all);
        for (size_t i = 0; i < s->catalogue->n_services; i++) {
                aws += strcmp(s->catalogue->services[i]->provider, "aws") == 0;
                scaleway += strcmp(s->catalogue->services[i]->provider, "scaleway") == 0;
        }
        assert_true(aws > 0 && scaleway > 0);
        assert_int_equal(aws + scaleway, s->catalogue->n_services);
        assert_non_null(catalogue_find(s->catalogue, "aws.sagemaker.endpoint"));
        for (size_t i = 0; i < s->catalogue->n_offered; i++)
                assert_true(strcmp(s->catalogue->offered[i]->provider, "aws") == 0 ||
                            strcmp(s->catalogue->offered[i]->provider, "scaleway") == 0);
}

static size_t count_patterns(const struct catalogue *c)
{
        size_t n = 0;

        for (size_t i = 0; i < c->n_services; i++)
                for (size_t k = 0; k < c->services[i]->n_collectors; k++)
                        n += c->services[i]->collectors[k].follows.n_regexes;
        return n;
}

static void setup_wakes_as_it_was(void **state)
{
        _cleanup_(setup_freep) struct setup *s = load();
        size_t before = count_patterns(s->catalogue);

        assert_true(before > 0);
        for (int i = 0; i < 3; i++) {
                catalogue_rest(s->catalogue);
                catalogue_rest(s->catalogue); /* twice does no harm */
                assert_int_equal(count_patterns(s->catalogue), 0);
                assert_int_equal(catalogue_wake(s->catalogue), 0);
                assert_int_equal(catalogue_wake(s->catalogue), 0);
                assert_int_equal(count_patterns(s->catalogue), before);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(setup_keeps_what_an_account_needs),
                cmocka_unit_test(setup_wakes_as_it_was),
        };

        (void)setenv("VIGIE_DATADIR", "config", 1); /* the tests run from the top of the tree */
        return cmocka_run_group_tests(tests, NULL, NULL);
}
