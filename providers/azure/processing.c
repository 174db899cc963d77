#include "providers/azure/processing.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* ---- data zones -------------------------------------------------------------------------------
 */

/* The EU data zone as Microsoft listed its countries in May 2026 (FR, DE, IT, NL, NO, PL, ES, SE,
 * CH), by a region of each: Norway is not in the Union, and Switzerland not even in the EEA.
 * Regions may be added without notice. */
static const char *const eu_zone[] = {
        "francecentral", "germanywestcentral", "italynorth",    "westeurope",       "norwayeast",
        "polandcentral", "spaincentral",       "swedencentral", "switzerlandnorth", NULL,
};
static const char *const us_zone[] = { "unitedstates", NULL };

/* Which account regions belong to which zone is published nowhere as a table: those in the
 * countries of a zone, and the other regions of the Union (unverified). */
static const char *const eu_accounts[] = {
        "francecentral",  "francesouth",      "germanywestcentral", "germanynorth",
        "italynorth",     "westeurope",       "northeurope",        "norwayeast",
        "norwaywest",     "polandcentral",    "spaincentral",       "swedencentral",
        "swedensouth",    "switzerlandnorth", "switzerlandwest",    "austriaeast",
        "belgiumcentral", "denmarkeast",      "finlandcentral",     "greececentral",
};
static const char *const us_accounts[] = {
        "eastus",         "eastus2",       "eastus3", "centralus", "northcentralus",
        "southcentralus", "westcentralus", "westus",  "westus2",   "westus3",
};
static const char *const other_europe[] = { "uksouth", "ukwest" };

static bool is_in(const char *const *list, size_t n, const char *text)
{
        for (size_t i = 0; i < n; i++)
                if (strcasecmp(list[i], text) == 0)
                        return true;
        return false;
}
#define IS_IN(list, text) is_in(list, ELEMENTSOF(list), text)

const char *azure_geography(const char *region)
{
        if (IS_IN(eu_accounts, region) || IS_IN(other_europe, region))
                return "Europe";
        return IS_IN(us_accounts, region) ? "Americas" : NULL;
}

static int add(json_t *regions, const char *region, struct error *err)
{
        return azure_append_once(regions, region) < 0 ? error_oom(err) : 0;
}

static int add_zone(json_t *regions, const char *region, struct error *err)
{
        const char *const *zone = IS_IN(eu_accounts, region)   ? eu_zone
                                  : IS_IN(us_accounts, region) ? us_zone
                                                               : NULL;
        int e = 0;

        if (!zone)
                return error_set(err, -ENOENT,
                                 "which data zone an account in '%s' belongs to is not published",
                                 region);
        for (; *zone && e == 0; zone++)
                e = add(regions, *zone, err);
        return e;
}

/* ---- kinds of deployment ----------------------------------------------------------------------
 */

enum reach { REACH_REGION, REACH_ZONE, REACH_WORLD };

/* clang-format off */
static const struct {
        const char *sku;
        enum reach reach;
} kinds[] = {
        { "Standard",                   REACH_REGION },
        { "ProvisionedManaged",         REACH_REGION },
        { "DataZoneStandard",           REACH_ZONE },
        { "DataZoneProvisionedManaged", REACH_ZONE },
        { "DataZoneBatch",              REACH_ZONE },
        { "GlobalStandard",             REACH_WORLD },
        { "GlobalProvisionedManaged",   REACH_WORLD },
        { "GlobalBatch",                REACH_WORLD },
        { "DeveloperTier",              REACH_WORLD },
};
/* clang-format on */

/* Names change: what begins as the wide ones do is as wide, what is new otherwise is not known. */
static int reach_of(const char *sku, enum reach *ret, struct error *err)
{
        for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
                if (strcasecmp(kinds[i].sku, sku) == 0) {
                        *ret = kinds[i].reach;
                        return 0;
                }
        if (strncasecmp(sku, "Global", strlen("Global")) == 0)
                *ret = REACH_WORLD;
        else if (strncasecmp(sku, "DataZone", strlen("DataZone")) == 0)
                *ret = REACH_ZONE;
        else
                return error_set(err, -ENOENT,
                                 "deployments of kind '%s' run in a place that is not known", sku);
        return 0;
}

int azure_add_processing(json_t *regions, const char *sku, const char *region, struct error *err)
{
        enum reach reach = REACH_WORLD;
        int e = reach_of(sku, &reach, err);

        if (e < 0)
                return e;
        switch (reach) {
        case REACH_REGION:
                return add(regions, region, err);
        case REACH_ZONE:
                return add_zone(regions, region, err);
        case REACH_WORLD:
                break;
        }
        return add(regions, "global", err);
}
