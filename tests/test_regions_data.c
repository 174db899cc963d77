#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/clock.h"
#include "daemon/judge/region.h"

#include <string.h>

/* The tables of regions and areas that are shipped, as the judge reads them. */

#define AS_OF UINT64_C(1795392000000000) /* 2026-11-23 */

struct row {
        const char *provider, *region, *country, *area;
};

/* clang-format off */
static const struct row rows[] = {
        { "aws", "eu-central-1",   "DE", "eu" },
        { "aws", "eu-west-1",      "IE", "eu" },
        { "aws", "eu-west-3",      "FR", "eu" },
        { "aws", "eu-north-1",     "SE", "eu" },
        { "aws", "eu-south-1",     "IT", "eu" },
        { "aws", "eu-south-2",     "ES", "eu" },
        { "aws", "eusc-de-east-1", "DE", "eu" },
        { "aws", "eu-west-2",      "GB", "adequate" },
        { "aws", "eu-central-2",   "CH", "adequate" },
        { "aws", "us-east-1",      "US", "adequate" },
        { "aws", "us-east-2",      "US", "adequate" },
        { "aws", "us-west-1",      "US", "adequate" },
        { "aws", "us-west-2",      "US", "adequate" },
        { "aws", "us-gov-west-1",  "US", "adequate" },
        { "aws", "us-gov-east-1",  "US", "adequate" },
        { "aws", "ca-central-1",   "CA", "adequate" },
        { "aws", "ca-west-1",      "CA", "adequate" },
        { "aws", "mx-central-1",   "MX", "other" },
        { "aws", "sa-east-1",      "BR", "adequate" },
        { "aws", "ap-northeast-1", "JP", "adequate" },
        { "aws", "ap-northeast-2", "KR", "adequate" },
        { "aws", "ap-northeast-3", "JP", "adequate" },
        { "aws", "ap-south-1",     "IN", "other" },
        { "aws", "ap-south-2",     "IN", "other" },
        { "aws", "ap-southeast-1", "SG", "other" },
        { "aws", "ap-southeast-2", "AU", "other" },
        { "aws", "ap-southeast-3", "ID", "other" },
        { "aws", "ap-southeast-4", "AU", "other" },
        { "aws", "ap-southeast-5", "MY", "other" },
        { "aws", "ap-southeast-6", "NZ", "adequate" },
        { "aws", "ap-southeast-7", "TH", "other" },
        { "aws", "ap-east-1",      "HK", "other" },
        { "aws", "ap-east-2",      "TW", "other" },
        { "aws", "me-south-1",     "BH", "other" },
        { "aws", "me-central-1",   "AE", "other" },
        { "aws", "il-central-1",   "IL", "adequate" },
        { "aws", "af-south-1",     "ZA", "other" },
        { "aws", "cn-north-1",     "CN", "other" },
        { "aws", "cn-northwest-1", "CN", "other" },
        /* zones follow their region, local zones need not */
        { "aws", "eu-west-2a",         "GB", "adequate" },
        { "aws", "eu-north-1-hel-1",   "FI", "eu" },
        { "aws", "eu-north-1-cph-1a",  "DK", "eu" },

        { "azure", "francecentral",    "FR", "eu" },
        { "azure", "swedencentral",    "SE", "eu" },
        { "azure", "westeurope",       "NL", "eu" },
        { "azure", "norwayeast",       "NO", "eea" },
        { "azure", "norwaywest",       "NO", "eea" },
        { "azure", "switzerlandnorth", "CH", "adequate" },
        { "azure", "switzerlandwest",  "CH", "adequate" },
        { "azure", "uksouth",          "GB", "adequate" },
        { "azure", "ukwest",           "GB", "adequate" },
        { "azure", "eastus2",          "US", "adequate" },
        { "azure", "chinaeast",        "CN", "other" },

        { "gcp", "europe-west1",   "BE", "eu" },
        { "gcp", "europe-west9-b", "FR", "eu" },
        { "gcp", "EUROPE-WEST2",   "GB", "adequate" },
        { "gcp", "europe-west6",   "CH", "adequate" },
        { "gcp", "eu",             NULL, "eu" },
        { "gcp", "EUR4",           NULL, "eu" },
        { "gcp", "us",             "US", "adequate" },
        { "gcp", "nam4",           NULL, "other" },

        { "ovh", "GRA11",             "FR", "eu" },
        { "ovh", "eu-west-par",       "FR", "eu" },
        { "ovh", "eu-west-par-c",     "FR", "eu" },
        { "ovh", "UK1",               "GB", "adequate" },
        { "ovh", "eu-west-eri",       "GB", "adequate" },
        { "ovh", "BHS",               "CA", "adequate" },
        { "ovh", "BHS5",              "CA", "adequate" },
        { "ovh", "EU-WEST-LZ-BRU-A",  "BE", "eu" },
        { "ovh", "eu-north-lz-osl",   "NO", "eea" },
        { "ovh", "eu-west-lz-mnc",    "GB", "adequate" },
        { "ovh", "EU-CENTRAL-LZ-ZRH-A", "CH", "adequate" },
        { "ovh", "us-east-lz-nyc",    "US", "adequate" },
        { "ovh", "UK",                "GB", "adequate" },
        { "ovh", "P-19",              "FR", "eu" },
        { "ovh", "RBX-A",             "FR", "eu" },
        { "ovh", "eu-west-rbx",       "FR", "eu" },
        { "ovh", "EU-SOUTH-MIL",      "IT", "eu" },
        { "ovh", "eu-west-limb",      NULL, "unknown" },

        { "huggingface", "us-east-1", "US", "adequate" }, /* by the tables of other clouds */
        { "huggingface", "eu-west-1", "IE", "eu" },
        { "huggingface", "eastus",    "US", "adequate" },
        { "huggingface", "us-east4",  "US", "adequate" },
        { "huggingface", "us",        "US", "adequate" },
        { "huggingface", "eu",        NULL, "eu" },
        { "huggingface", "mars-1",    NULL, "unknown" },
        { "mistral",     "eu-efta",   NULL, "adequate" }, /* Switzerland is among its countries */
        { "mistral",     "us",        "US", "adequate" },
        { "mistral",     "global",    NULL, "unknown" },
        { "mistral",     "eu",        NULL, "unknown" },
        { "mistral",     "eu-west-1", NULL, "unknown" },

        { "scaleway", "fr-par",   "FR", "eu" },
        { "scaleway", "nl-ams-2", "NL", "eu" },
        { "scaleway", "pl-waw",   "PL", "eu" },
        { "scaleway", "it-mil",   "IT", "eu" },
};

/* What no table names is never guessed from how it begins. */
static const struct row unknown[] = {
        { "aws", "eu-west-9",        NULL, "unknown" },
        { "aws", "eu-west-1-xyz-1",  NULL, "unknown" },
        { "aws", "global",           NULL, "unknown" },
        { "aws", "aws-global",       NULL, "unknown" },
        { "azure", "europe",         NULL, "unknown" },
        { "azure", "global",         NULL, "unknown" },
        { "azure", "franceeast",     NULL, "unknown" },
        { "gcp", "global",           NULL, "unknown" },
        { "gcp", "europe",           NULL, "unknown" },
        { "gcp", "eur5",             NULL, "unknown" },
        { "gcp", "europe-west99",    NULL, "unknown" },
        { "ovh", "eu-west-lz-xxx",   NULL, "unknown" },
        { "ovh", "GRA99",            NULL, "unknown" },
        { "scaleway", "se-sto",      NULL, "unknown" },
        { "elsewhere", "eu-west-1",  NULL, "unknown" },
};
/* clang-format on */

static int setup(void **state)
{
        struct error err = { 0 };
        struct regions *t = NULL;
        struct data d;
        int r = data_init(&d, "config", NULL, &err);

        if (r == 0)
                r = regions_load(&t, &d, &err);
        data_done(&d);
        if (r < 0)
                fail_msg("%s", err.text);
        *state = t;
        return 0;
}

static int teardown(void **state)
{
        regions_free(*state);
        return 0;
}

static void check_row(const struct regions *t, const struct row *row)
{
        struct location at = regions_locate(t, row->provider, row->region, AS_OF);

        if ((at.country == NULL) != (row->country == NULL) ||
            (at.country && strcmp(at.country, row->country) != 0) ||
            strcmp(at.area, row->area) != 0)
                fail_msg("%s %s is in %s, %s", row->provider, row->region,
                         at.country ? at.country : "no country", at.area);
}

static void regions_data_map_regions_to_countries(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                check_row(*state, &rows[i]);
}

static void regions_data_guess_nothing(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(unknown); i++)
                check_row(*state, &unknown[i]);
}

static void regions_data_end_decisions_on_their_date(void **state)
{
        const struct decision *gb = regions_decision(*state, "GB");
        uint64_t after;

        assert_non_null(gb);
        assert_string_equal(gb->expires, "2031-12-27");
        assert_int_equal(clock_parse_iso8601("2031-12-28T00:00:00Z", &after), 0);
        assert_string_equal(regions_locate(*state, "aws", "eu-west-2", after - USEC_PER_SEC).area,
                            "adequate");
        assert_string_equal(regions_locate(*state, "aws", "eu-west-2", after).area, "other");
        assert_string_equal(regions_locate(*state, "aws", "eu-west-3", after).area, "eu");
}

static void regions_data_date_every_decision(void **state)
{
        static const char *const countries[] = { "CH", "CA", "AR", "GG", "IM", "JE", "FO", "AD",
                                                 "IL", "UY", "NZ", "JP", "KR", "US", "GB", "BR" };
        static const char *const scoped[] = { "CA", "IL", "JP", "KR", "US" };
        uint64_t usec;

        for (size_t i = 0; i < ELEMENTSOF(countries); i++) {
                const struct decision *d = regions_decision(*state, countries[i]);

                if (!d || !d->as_of || clock_parse_iso8601(d->adopted, &usec) < 0)
                        fail_msg("the decision on %s is not there or not dated", countries[i]);
        }
        for (size_t i = 0; i < ELEMENTSOF(scoped); i++) {
                const json_t *scope = regions_decision(*state, scoped[i])->scope;

                if (!json_object_get(scope, "en") || !json_object_get(scope, "fr"))
                        fail_msg("the decision on %s does not say its limits", scoped[i]);
        }
        assert_null(regions_decision(*state, "IN"));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(regions_data_map_regions_to_countries),
                cmocka_unit_test(regions_data_guess_nothing),
                cmocka_unit_test(regions_data_end_decisions_on_their_date),
                cmocka_unit_test(regions_data_date_every_decision),
        };

        return cmocka_run_group_tests_name("regions_data", tests, setup, teardown);
}
