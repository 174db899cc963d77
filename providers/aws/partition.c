#include "providers/aws/partition.h"

#include "daemon/base/cleanup.h"

#include <stddef.h>
#include <string.h>

static const char *const eusc_prefixes[] = { "eusc-", NULL };
static const char *const gov_prefixes[] = { "us-gov-", NULL };
static const char *const cn_prefixes[] = { "cn-", NULL };
static const char *const no_prefixes[] = { NULL };

/* The first one takes every region that no other claims. The default region is where STS is asked
 * when nothing says where: in the EU. */
/* clang-format off */
static const struct partition partitions[] = {
        { "aws",        "amazonaws.com",    "api.aws",                      "us-east-1",      "eu-west-1",      no_prefixes,
          "iam.amazonaws.com",                 "amazonaws.com" },
        { "aws-eusc",   "amazonaws.eu",     "api.amazonwebservices.eu",     "eusc-de-east-1", "eusc-de-east-1", eusc_prefixes,
          "iam.eusc-de-east-1.amazonaws.eu",   "api.amazonwebservices.eu" },
        { "aws-us-gov", "amazonaws.com",    "api.aws",                      "us-gov-west-1",  "us-gov-west-1",  gov_prefixes,
          NULL,                                NULL },
        { "aws-cn",     "amazonaws.com.cn", "api.amazonwebservices.com.cn", "cn-northwest-1", "cn-north-1",     cn_prefixes,
          "iam.cn-north-1.amazonaws.com.cn",   NULL },
};
/* clang-format on */

const struct partition *partition_default(void)
{
        return &partitions[0];
}

const struct partition *partition_by_name(const char *name)
{
        for (size_t i = 0; i < ELEMENTSOF(partitions); i++)
                if (strcmp(partitions[i].name, name) == 0)
                        return &partitions[i];
        return NULL;
}

const struct partition *partition_of_region(const char *region)
{
        for (size_t i = 0; i < ELEMENTSOF(partitions); i++)
                for (const char *const *p = partitions[i].prefixes; *p; p++)
                        if (strncmp(region, *p, strlen(*p)) == 0)
                                return &partitions[i];
        return partition_default();
}

const struct partition *partition_of_arn(const char *arn)
{
        char name[16];
        size_t n;

        if (strncmp(arn, "arn:", 4) != 0)
                return NULL;
        n = strcspn(arn + 4, ":");
        if (n >= sizeof(name))
                return NULL;
        memcpy(name, arn + 4, n);
        name[n] = '\0';
        return partition_by_name(name);
}
