#include "providers/ovh/account.h"

#include <ctype.h>
#include <string.h>

/* clang-format off */
/* Longest first where one begins another (guides and price list, as of 2025-12). */
static const struct {
        const char *prefix, *gpu;
} gpu_families[] = {
        { "l40s-",    "NVIDIA L40S" },
        { "l4-",      "NVIDIA L4" },
        { "a100-",    "NVIDIA A100" },
        { "a10-",     "NVIDIA A10" },
        { "h100-",    "NVIDIA H100" },
        { "h200-",    "NVIDIA H200" }, /* unverified: newer, if present */
        { "b200-",    "NVIDIA B200" }, /* unverified */
        { "b300-",    "NVIDIA B300" }, /* unverified */
        { "t1-",      "NVIDIA Tesla V100" },
        { "t2-",      "NVIDIA Tesla V100S" },
        { "rtx5000-", "NVIDIA Quadro RTX 5000" },
        { "g1-",      "NVIDIA GTX" }, /* unverified: old */
        { "g2-",      "NVIDIA GTX" }, /* unverified */
        { "g3-",      "NVIDIA GTX" }, /* unverified */
};
/* clang-format on */

/* b2-7, c3-16, r2-15, d2-4, i1-45, s1-2: a letter and one or two digits. */
static bool is_cpu_family(const char *flavor)
{
        size_t digits = strchr("bcrdis", tolower((unsigned char)flavor[0])) && flavor[0]
                                ? strspn(flavor + 1, "0123456789")
                                : 0;

        return digits >= 1 && digits <= 2 && flavor[1 + digits] == '-';
}

const char *ovh_gpu_of_flavor(const char *flavor, bool *ret_cpu)
{
        if (strncasecmp(flavor, "win-", 4) == 0)
                flavor += 4;
        *ret_cpu = false;
        for (size_t i = 0; i < ELEMENTSOF(gpu_families); i++)
                if (strncasecmp(flavor, gpu_families[i].prefix, strlen(gpu_families[i].prefix)) ==
                    0)
                        return gpu_families[i].gpu;
        *ret_cpu = is_cpu_family(flavor);
        return NULL;
}
