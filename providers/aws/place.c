/* Where an account is: its region, and the partition that its credentials serve in. */
#include "providers/aws/account.h"

#include <errno.h>
#include <string.h>

static void set_home(struct account *a, const char *region)
{
        (void)snprintf(a->region, sizeof(a->region), "%s", region);
        if (!a->sts_region_fixed)
                (void)snprintf(a->sts_region, sizeof(a->sts_region), "%s", region);
}

void aws_account_set_region(struct account *a, const char *region)
{
        const struct partition *partition = partition_of_region(region);

        if (a->options->partition && partition != a->partition)
                return; /* the configuration wins: a region of another partition is not ours */
        a->partition = partition;
        a->region_known = true;
        set_home(a, region);
}

static const char *environment_region(void)
{
        const char *region = secret_environment("AWS_REGION");

        return region ? region : secret_environment("AWS_DEFAULT_REGION");
}

/* A profile that the configuration names says more about the account than the environment does. */
static const char *said_region(const struct account *a)
{
        const char *profile = aws_profile_get(&a->profiles, chain_profile(a->options), "region");
        const char *environment = environment_region();

        if (a->options->profile && profile)
                return profile;
        return environment ? environment : profile;
}

/* Without a region, an ARN or a wanted region tells the partition. */
static const struct partition *guess_partition(const struct account *a)
{
        const struct chain *c = &a->chain;
        const char *const arns[] = {
                c->n_roles > 0 ? c->roles[c->n_roles - 1].arn : NULL,
                c->role_arn,
                a->options->role,
                a->options->organization.role,
        };
        const struct partition *partition;

        for (size_t i = 0; i < ELEMENTSOF(arns); i++)
                if (arns[i] && (partition = partition_of_arn(arns[i])))
                        return partition;
        if (a->config->regions && a->config->regions[0])
                return partition_of_region(a->config->regions[0]);
        return partition_default();
}

static int check_partition(const struct account *a, const char *key, const char *value,
                           const struct partition *of, struct error *err)
{
        if (!value || !of || of == a->partition)
                return 0;
        return error_set(
                err, -EINVAL,
                "%s: '%s' is of partition %s, and the account is of %s; credentials serve in "
                "one partition, make the other an account of its own",
                key, value, of->name, a->partition->name);
}

/* Asked in the wrong partition, good credentials look bad. */
static int check_partitions(const struct account *a, struct error *err)
{
        const struct aws_options *o = a->options;
        const struct {
                const char *key, *arn;
        } roles[] = { { "role", o->role }, { "organization.role", o->organization.role } };
        int r = o->sts_region ? check_partition(a, "sts_region", o->sts_region,
                                                partition_of_region(o->sts_region), err)
                              : 0;

        for (char **region = a->config->regions; region && *region && r == 0; region++)
                r = check_partition(a, "regions", *region, partition_of_region(*region), err);
        for (size_t i = 0; i < ELEMENTSOF(roles) && r == 0; i++)
                if (roles[i].arn)
                        r = check_partition(a, roles[i].key, roles[i].arn,
                                            partition_of_arn(roles[i].arn), err);
        return r;
}

int aws_places_set(struct account *a, struct error *err)
{
        const char *region = said_region(a);

        if (region && !aws_account_region_valid(region))
                return error_set(err, -EINVAL, "'%.40s' of the environment or profile is no region",
                                 region);
        a->sts_region_fixed = a->options->sts_region != NULL;
        if (a->sts_region_fixed)
                (void)snprintf(a->sts_region, sizeof(a->sts_region), "%s", a->options->sts_region);
        a->partition = a->options->partition ? partition_by_name(a->options->partition)
                                             : guess_partition(a);
        a->region_known = false;
        set_home(a, a->partition->default_region);
        if (region)
                aws_account_set_region(a, region);
        return check_partitions(a, err);
}
