/* Partitions: the parts of AWS that share neither accounts nor credentials. */
#pragma once

struct partition {
        const char *name;
        const char *suffix, *dualstack_suffix;
        const char *global_region;   /* where the services without regions are */
        const char *default_region;  /* when nothing names one */
        const char *const *prefixes; /* of region codes; ends with NULL */
        /* what follows no rule; NULL: not known, and what is asked there is unknown */
        const char *iam_host, *ce_suffix;
};

const struct partition *partition_by_name(const char *name);     /* NULL when there is none */
const struct partition *partition_of_region(const char *region); /* never NULL */
/* The second field of an ARN; NULL for what is no ARN of a partition known here. */
const struct partition *partition_of_arn(const char *arn);
const struct partition *partition_default(void);
