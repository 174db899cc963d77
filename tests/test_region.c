#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/clock.h"
#include "daemon/judge/region.h"
#include "tests/support/judge_files.h"

#include <errno.h>
#include <string.h>

static struct regions *load(void)
{
        struct regions *t = NULL;
        struct error err = { 0 };
        struct data data;

        assert_int_equal(data_init(&data, "config", NULL, &err), 0);
        if (regions_load(&t, &data, &err) < 0)
                fail_msg("%s", err.text);
        data_done(&data);
        return t;
}

static uint64_t day(const char *text)
{
        uint64_t usec = 0;

        assert_int_equal(clock_parse_iso8601(text, &usec), 0);
        return usec;
}

static void region_maps_codes_by_table(void **state)
{
        static const struct {
                const char *provider, *region, *country, *area;
        } rows[] = {
                { "aws", "eu-west-3", "FR", "eu" },
                { "aws", "eu-central-1", "DE", "eu" },
                { "aws", "eusc-de-east-1", "DE", "eu" },
                { "aws", "eu-west-2", "GB", "adequate" },
                { "aws", "eu-central-2", "CH", "adequate" },
                { "aws", "us-east-1", "US", "adequate" },
                { "aws", "ap-south-1", "IN", "other" },
                { "aws", "cn-north-1", "CN", "other" },
                { "aws", "il-central-1", "IL", "adequate" },
                { "aws", "eu-west-1a", "IE", "eu" },
                { "aws", "eu-west-2b", "GB", "adequate" },
                { "aws", "eu-central-1-waw-1", "PL", "eu" },
                { "aws", "eu-north-1-cph-1a", "DK", "eu" },
                { "aws", "eu-central-1-ham-1a", NULL, "unknown" }, /* a Local Zone in no table */
                { "aws", "eu-west-99", NULL, "unknown" },
                { "aws", "eu-", NULL, "unknown" },
                { "aws", "", NULL, "unknown" },
                { "aws", "global", NULL, "unknown" },
                { "aws", "aws-global", NULL, "unknown" },
                { "aws", "fr-par", NULL, "unknown" }, /* another provider's */
                { "scaleway", "fr-par", "FR", "eu" },
                { "scaleway", "fr-par-2", "FR", "eu" },
                { "scaleway", "nl-ams-1", "NL", "eu" },
                { "scaleway", "it-mil", "IT", "eu" },
                { "scaleway", "se-sto", NULL, "unknown" },
                { "scaleway", "fr-par-22", NULL, "unknown" },
                { "azure", "uksouth", "GB", "adequate" },
                { "azure", "switzerlandnorth", "CH", "adequate" },
                { "azure", "norwayeast", "NO", "eea" },
                { "gcp", "europe-west2", "GB", "adequate" },
                { "gcp", "europe-west6", "CH", "adequate" },
                { "gcp", "europe-west9-b", "FR", "eu" },
                { "gcp", "eur4", NULL, "eu" },
                { "gcp", "eur5", NULL, "unknown" },
                { "gcp", "eu", NULL, "eu" },
                { "ovh", "UK1", "GB", "adequate" },
                { "ovh", "BHS5", "CA", "adequate" },
                { "ovh", "GRA11", "FR", "eu" },
                { "ovh", "eu-west-lz-osl-a", "NO", "eea" },
                { "ovh", "eu-west-lz-zrh-a", "CH", "adequate" },
                { "ovh", "eu-west-lz-xxx-a", NULL, "unknown" },
                { "nobody", "eu-west-3", NULL, "unknown" },
        };
        _cleanup_(regions_freep) struct regions *t = load();

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                struct location at =
                        regions_locate(t, rows[i].provider, rows[i].region, day("2026-11-23"));
                bool country = rows[i].country
                                       ? at.country && strcmp(at.country, rows[i].country) == 0
                                       : !at.country;

                if (!country || strcmp(at.area, rows[i].area) != 0)
                        fail_msg("%s %s: %s %s", rows[i].provider, rows[i].region,
                                 at.country ? at.country : "-", at.area);
        }
        assert_string_equal(regions_locate(t, "aws", NULL, 0).area, "unknown");
}

static void region_nests_areas(void **state)
{
        static const struct {
                const char *provider, *region, *areas[4];
                enum within within;
        } rows[] = {
                { "aws", "eu-west-3", { "eu" }, WITHIN_YES },
                { "aws", "eu-west-3", { "eea" }, WITHIN_YES },
                { "aws", "eu-west-3", { "adequate" }, WITHIN_YES },
                { "aws", "eu-west-3", { "FR" }, WITHIN_YES },
                { "aws", "eu-west-3", { "DE", "BE" }, WITHIN_NO },
                { "aws", "eu-west-2", { "eu", "eea" }, WITHIN_NO },
                { "aws", "eu-west-2", { "eu", "GB" }, WITHIN_YES },
                { "aws", "eu-west-2", { "adequate" }, WITHIN_YES },
                { "azure", "norwayeast", { "eu" }, WITHIN_NO },
                { "azure", "norwayeast", { "eea" }, WITHIN_YES },
                { "aws", "ap-south-1", { "adequate" }, WITHIN_NO },
                { "aws", "ap-south-1", { "any" }, WITHIN_YES },
                { "aws", "eu-west-99", { "any" }, WITHIN_UNKNOWN },
                { "aws", "eu-west-99", { "eu" }, WITHIN_UNKNOWN },
                { "aws", "global", { "any" }, WITHIN_UNKNOWN },
                { "gcp", "eur4", { "eu" }, WITHIN_YES },
                { "gcp", "eur4", { "FI" }, WITHIN_NO },
                { "gcp", "eur4", { "FI", "NL" }, WITHIN_YES },
                { "gcp", "eu", { "eea" }, WITHIN_YES },
                { "gcp", "asia", { "eu" }, WITHIN_NO },
        };
        _cleanup_(regions_freep) struct regions *t = load();

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (regions_within(t, rows[i].provider, rows[i].region, rows[i].areas,
                                   day("2026-11-23")) != rows[i].within)
                        fail_msg("row %zu: %s %s", i, rows[i].provider, rows[i].region);
}

static void region_lets_decisions_expire(void **state)
{
        static const char *const adequate[] = { "adequate", NULL };
        _cleanup_(regions_freep) struct regions *t = load();
        const struct decision *gb = regions_decision(t, "GB");

        (void)state;
        assert_string_equal(gb->expires, "2031-12-27");
        assert_null(regions_decision(t, "IN"));
        assert_null(regions_decision(t, NULL));
        assert_int_equal(regions_within(t, "aws", "eu-west-2", adequate, day("2031-12-27")),
                         WITHIN_YES);
        assert_int_equal(regions_within(t, "aws", "eu-west-2", adequate, day("2031-12-28")),
                         WITHIN_NO);
        assert_string_equal(regions_locate(t, "aws", "eu-west-2", day("2032-01-01")).area, "other");
        assert_int_equal(regions_within(t, "aws", "eu-central-2", adequate, day("2040-01-01")),
                         WITHIN_YES);
}

static void region_knows_words_of_areas(void **state)
{
        static const char *const good[] = { "eu", "eea", "adequate", "any", "FR", "CH" };
        static const char *const bad[] = { "europe", "fr", "", "other", "unknown", "FRA" };
        _cleanup_(regions_freep) struct regions *t = load();

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                assert_true(regions_area_known(t, good[i]));
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_false(regions_area_known(t, bad[i]));
}

static void region_tells_what_names_no_place(void **state)
{
        (void)state;
        assert_true(regions_is_placeless(""));
        assert_true(regions_is_placeless("global"));
        assert_true(regions_is_placeless("Global"));
        assert_true(regions_is_placeless("aws-global"));
        assert_false(regions_is_placeless("eu-west-3"));
        assert_false(regions_is_placeless("notglobal"));
        assert_false(regions_is_placeless("globally"));
}

static void region_refuses_bad_tables(void **state)
{
        static const struct {
                const char *text, *says;
        } rows[] = {
                { "regions:\n  - {code: a, country: France}\n", "5:5: 'France' is no ISO" },
                { "regions:\n  - {code: a, country: FR}\n  - {code: [b, A], country: FR}\n",
                  "6:5: region 'A' stands here twice" },
                { "regions:\n  - {code: a}\n", "5:5: one of" },
                { "regions:\n  - {country: FR}\n", "5:5: 'code' is missing" },
                { "regions:\n  - {code: a, area: mars}\n", "'mars' is no area" },
                { "regions:\n  - {code: a, land: FR}\n", "5:15: unknown key 'land'" },
                { "regions: []\npatterns:\n  - {match: '(', country: FR}\n",
                  "6:5: '(' is no regular expression" },
                { "regions: []\nzone: '['\n", "no regular expression" },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                struct judge_files files;
                struct regions *t = NULL;
                struct error err = { 0 };
                struct data data;

                judge_files_init(&files);
                judge_files_write(&files, "regions/aws.yaml",
                                  "provider: aws\nsource: x\nchecked: 2026-11-23\n%s",
                                  rows[i].text);
                assert_int_equal(data_init(&data, "config", files.dir, &err), 0);
                assert_int_equal(regions_load(&t, &data, &err), -EINVAL);
                data_done(&data);
                judge_files_done(&files);
                if (!strstr(err.text, rows[i].says) || !strstr(err.text, "regions/aws.yaml:"))
                        fail_msg("expected %s, got %s", rows[i].says, err.text);
        }
}

static void region_takes_overrides_file_by_file(void **state)
{
        _cleanup_(regions_freep) struct regions *t = NULL;
        struct judge_files files;
        struct error err = { 0 };
        struct data data;

        (void)state;
        judge_files_init(&files);
        judge_files_write(&files, "regions/aws.yaml",
                          "provider: aws\nsource: x\nchecked: 2026-11-23\n"
                          "regions: [{code: eu-west-99, country: PT}]\n");
        judge_files_write(&files, "regions/own.yaml",
                          "provider: own\nsource: x\nchecked: 2026-11-23\n"
                          "regions: [{code: cellar, country: \"NO\"}]\n");
        assert_int_equal(data_init(&data, "config", files.dir, &err), 0);
        assert_int_equal(regions_load(&t, &data, &err), 0);
        data_done(&data);
        judge_files_done(&files);
        assert_string_equal(regions_locate(t, "aws", "eu-west-99", 0).country, "PT");
        assert_null(regions_locate(t, "aws", "eu-west-3", 0).country);
        assert_string_equal(regions_locate(t, "own", "cellar", 0).area, "eea");
        assert_string_equal(regions_locate(t, "scaleway", "fr-par", 0).country, "FR");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(region_maps_codes_by_table),
                cmocka_unit_test(region_nests_areas),
                cmocka_unit_test(region_lets_decisions_expire),
                cmocka_unit_test(region_knows_words_of_areas),
                cmocka_unit_test(region_tells_what_names_no_place),
                cmocka_unit_test(region_refuses_bad_tables),
                cmocka_unit_test(region_takes_overrides_file_by_file),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
