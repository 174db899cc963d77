#include "providers/scaleway/gpu.h"

#include "daemon/base/cleanup.h"
#include "daemon/base/number.h"

#include <ctype.h>
#include <string.h>

/* Longer prefixes before the shorter ones they begin with. */
/* clang-format off */
static const struct {
        const char *prefix, *name;
        bool counted; /* "L4-2-24G": the number of GPUs comes next */
} families[] = {
        { "RENDER-",   "P100",       false },
        { "GPU-3070-", "RTX 3070",   false },
        { "H100-SXM-", "H100 SXM",   true },
        { "H100-",     "H100 PCIe",  true },
        { "H200-",     "H200",       true },
        { "GH200-",    "GH200",      true },
        { "L4-",       "L4",         true },
        { "L40S-",     "L40S",       true },
        { "B300-SXM-", "B300",       true },
        { "GPU-",      "GPU",        true },
};
/* clang-format on */

bool gpu_type_normalise(const char *type, char normal[static GPU_TYPE_MAX])
{
        size_t n = strlen(type);

        if (n >= GPU_TYPE_MAX)
                return false;
        for (size_t i = 0; i <= n; i++)
                normal[i] = type[i] == '_' ? '-' : (char)toupper((unsigned char)type[i]);
        return true;
}

/* The number before the next '-' or the end; 1 where none is written. */
static uint64_t leading_count(const char *text)
{
        size_t n = strspn(text, "0123456789");
        char digits[8];
        uint64_t count;

        if (n == 0 || n >= sizeof(digits) || (text[n] != '-' && text[n] != '\0'))
                return 1;
        memcpy(digits, text, n);
        digits[n] = '\0';
        return number_parse_u64(digits, &count) == 0 && count > 0 ? count : 1;
}

bool gpu_type_known(const char *normal, const char **ret_name, uint64_t *ret_count)
{
        for (size_t i = 0; i < ELEMENTSOF(families); i++) {
                size_t n = strlen(families[i].prefix);

                if (strncmp(normal, families[i].prefix, n) != 0)
                        continue;
                *ret_name = families[i].name;
                *ret_count = families[i].counted ? leading_count(normal + n) : 1;
                return true;
        }
        return false;
}
