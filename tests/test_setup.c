/* What the daemon keeps between scans: less than was read, and enough for the next one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/model/offered.h"
#include "daemon/watch/setup.h"

static const char configuration[] = "accounts:\n"
                                    "  - {name: a, provider: aws}\n"
                                    "  - {name: b, provider: scaleway}\n";

static char folder[] = "/tmp/vigie-setup-XXXXXX";

static void put(const char *name, const char *text)
{
        _cleanup_(freep) char *path = NULL;
        _cleanup_(fclosep) FILE *f = NULL;

        assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
        f = fopen(path, "we");
        assert_non_null(f);
        assert_true(fputs(text, f) >= 0);
}

static void forget(const char *name)
{
        _cleanup_(freep) char *path = NULL;

        assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
        (void)remove(path);
}

/* As the daemon reads it, with a waiver beside it. */
static struct setup *load(void)
{
        _cleanup_(freep) char *path = NULL;
        struct setup *s = NULL;
        struct error err = { 0 };

        assert_true(asprintf(&path, "%s/vigie.yaml", folder) > 0);
        put("vigie.yaml", configuration);
        put("waivers/w.yaml", "waivers:\n  - {id: W-1, rules: LOC-001, match: {provider: aws}, "
                              "owner: o, reason: r, until: 2099-12-31}\n");
        if (setup_load_long(&s, path, &err) < 0)
                fail_msg("%s", err.text);
        return s;
}

static void setup_keeps_what_an_account_needs(void **state)
{
        _cleanup_(setup_freep) struct setup *s = load();
        size_t aws = 0, scaleway = 0;

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

/* What somebody writes meanwhile counts when it is reloaded, and not before: what was refused as a
 * whole must not come in by halves. */
static void setup_wakes_as_it_was(void **state)
{
        _cleanup_(setup_freep) struct setup *s = load();
        _cleanup_(freep) char *digest = strdup(judge_digest(s->judge));
        size_t services = s->catalogue->n_services, offered = s->catalogue->n_offered;
        struct error err = { 0 };

        put("waivers/w.yaml", "waivers: [broken");
        put("waivers/x.yaml", "waivers: [broken");
        for (int i = 0; i < 3; i++) {
                setup_rest(s);
                setup_rest(s); /* twice does no harm */
                assert_null(s->catalogue);
                assert_null(s->judge);
                if (setup_wake(s, &err) < 0 || setup_wake(s, &err) < 0)
                        fail_msg("%s", err.text);
                assert_int_equal(s->catalogue->n_services, services);
                assert_int_equal(s->catalogue->n_offered, offered);
                assert_string_equal(judge_digest(s->judge), digest);
        }
        forget("waivers/x.yaml");
}

/* Of a setup that nobody keeps the files are read again. */
static void setup_that_is_not_kept_long_reads_the_disk(void **state)
{
        _cleanup_(setup_freep) struct setup *s = load();
        struct error err = { 0 };

        s->files = files_free(s->files);
        put("waivers/w.yaml", "waivers: [broken");
        setup_rest(s);
        assert_int_equal(setup_wake(s, &err), -EINVAL);
        assert_non_null(strstr(err.text, "waivers/w.yaml:"));
}

static int setup(void **state)
{
        _cleanup_(freep) char *waivers = NULL;

        if (!mkdtemp(folder) || asprintf(&waivers, "%s/waivers", folder) < 0)
                return -1;
        return mkdir(waivers, 0700);
}

static int teardown(void **state)
{
        forget("waivers/w.yaml");
        forget("waivers");
        forget("vigie.yaml");
        return rmdir(folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(setup_keeps_what_an_account_needs),
                cmocka_unit_test(setup_wakes_as_it_was),
                cmocka_unit_test(setup_that_is_not_kept_long_reads_the_disk),
        };

        (void)setenv("VIGIE_DATADIR", "config", 1); /* the tests run from the top of the tree */
        return cmocka_run_group_tests_name("setup", tests, setup, teardown);
}
