#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/json.h"
#include "daemon/judge/country.h"
#include "daemon/judge/region.h"
#include "tests/support/judge_files.h"

#include <errno.h>
#include <string.h>

static int load(json_t **ret, const char *dir, struct error *err)
{
        struct data data;
        int r = data_init(&data, dir, NULL, err);

        if (r == 0)
                r = countries_load(ret, &data, err);
        data_done(&data);
        return r;
}

static void country_bad_rows_are_named(void **state)
{
        static const struct {
                const char *row, *says;
        } rows[] = {
                { "{code: fr, title: {en: a, fr: b}, at: [1, 2]}", "no ISO 3166" },
                { "{code: FR, title: {en: a}, at: [1, 2]}", "title needs en and fr" },
                { "{code: FR, title: {en: a, fr: b}, at: [1]}", "a latitude" },
                { "{code: FR, title: {en: a, fr: b}, at: [91, 2]}", "a latitude" },
                { "{code: FR, title: {en: a, fr: b}, at: [1, 181]}", "a latitude" },
                { "{code: FR, title: {en: a, fr: b}, at: [x, 2]}", "a latitude" },
                { "{code: FR, title: {en: a, fr: b}}", "at" },
                { "{code: FR, title: {en: a, fr: b}, at: [1, 2], area: eu}", "area" },
                { "{code: FR, title: {en: a, fr: b}, at: [1, 2]}\n"
                  "  - {code: FR, title: {en: a, fr: b}, at: [1, 2]}",
                  "twice" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                struct judge_files files;
                json_t *map = NULL;
                struct error err = { 0 };

                judge_files_init(&files);
                judge_files_write(&files, "regions/countries.yaml",
                                  "source: x\nchecked: 2026-01-01\ncountries:\n  - %s\n",
                                  rows[i].row);
                assert_int_equal(load(&map, files.dir, &err), -EINVAL);
                if (!strstr(err.text, rows[i].says) || !strstr(err.text, "countries.yaml:"))
                        fail_msg("%s: %s", rows[i].row, err.text);
                judge_files_done(&files);
        }
}

/* Where a resource can be, a page can say where that is. */
static void country_every_region_has_its_country(void **state)
{
        _cleanup_(regions_freep) struct regions *regions = NULL;
        json_auto_t *countries = NULL, *map = NULL;
        struct error err = { 0 };
        struct data data;
        const char *provider, *code;
        json_t *codes, *place;

        assert_int_equal(load(&countries, "config", &err), 0);
        assert_int_equal(data_init(&data, "config", NULL, &err), 0);
        if (regions_load(&regions, &data, &err) < 0)
                fail_msg("%s", err.text);
        data_done(&data);
        map = regions_json(regions);
        assert_non_null(map);
        assert_string_equal(json_path_string(json_object_get(map, "aws"), "eu-west-3.country"),
                            "FR");
        assert_string_equal(json_path_string(json_object_get(map, "aws"), "eu-west-2.area"),
                            "adequate");
        json_object_foreach(map, provider, codes) json_object_foreach(codes, code, place)
        {
                const char *country = json_member_string(place, "country");

                assert_non_null(json_member_string(place, "area"));
                if (country && !json_object_get(countries, country))
                        fail_msg("%s %s: %s is not in countries.yaml", provider, code, country);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(country_bad_rows_are_named),
                cmocka_unit_test(country_every_region_has_its_country),
        };

        return cmocka_run_group_tests_name("country", tests, NULL, NULL);
}
